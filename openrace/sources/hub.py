"""The Hugging Face Hub: its lists of today, and the all-time downloads of models asked by name."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from huggingface_hub import HfApi, ModelInfo
from huggingface_hub.errors import DisabledRepoError, GatedRepoError, HfHubHTTPError
from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from openrace import package
from openrace.errors import Refusal
from openrace.sources import asking, hub_models
from openrace.sources.source import Found, Source, Visit

#: How many models are asked for, list by list.
LISTS: Mapping[str, int] = {"trending": 1000, "downloads": 200, "likes": 200, "newest": 200}
_SORTS: Mapping[str, Literal["trending_score", "downloads", "likes", "created_at"]] = {
    "trending": "trending_score",
    "downloads": "downloads",
    "likes": "likes",
    "newest": "created_at",
}
_DEPTHS = {"trending_daily": 30, "trending_top1000_daily": 1000, "hub_lists": 200}
_ENOUGH = 0.9
_TOP = 50


def ask(visit: Visit) -> Found:
    """Read the Hub's four lists and the counters of the models that were counted before.

    Raises:
        Refusal: an answer fails, is too short, or has another shape.
    """
    listed = lists(visit, LISTS)
    counted = counters(visit)
    every = listed.rows["hub_lists"]
    trending = every[every["list"] == "trending"]
    rows = {name: _cut(name, every if name == "hub_lists" else trending) for name in _DEPTHS}
    return Found(
        rows=rows | counted.rows,
        asked=listed.asked + counted.asked,
        rejected=listed.rejected + counted.rejected,
        notes=[*listed.notes, *_strangers(trending, visit.table("labs")), *counted.notes],
    )


def _cut(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    fields = [field["name"] for field in package.describe(name)["schema"]["fields"]]
    return rows.loc[rows["rank"] <= _DEPTHS[name], fields].reset_index(drop=True)


def lists(visit: Visit, limits: Mapping[str, int]) -> Found:
    """Ask for the first models of some lists.

    Args:
        visit: to the Hub.
        limits: by list (a key of `LISTS`), how many models.

    Returns:
        In table `hub_lists` every model asked for, ranks without gaps.

    Raises:
        Refusal: a list fails, is shorter than nine tenths of its limit, or has another shape.
    """
    with asking.hub(visit) as api:
        read = [_list(api, visit, name, limit) for name, limit in limits.items()]
    every = pd.concat([found.rows["hub_lists"] for found in read], ignore_index=True)
    rows, unfit = hub_models.fitting(every)
    notes = dict.fromkeys(note for found in read for note in found.notes)
    asked, rejected = sum(f.asked for f in read), sum(f.rejected for f in read)
    return Found({"hub_lists": rows}, asked, rejected, [*notes, *unfit])


def _list(api: HfApi, visit: Visit, name: str, limit: int) -> Found:
    listed = _models(api, name, limit)
    models = hub_models.checked([hub_models.fields(model) for model in listed], _who(name))
    kept, same, moved = hub_models.once(models, _who(name))
    if len(kept) < _ENOUGH * limit:
        raise Refusal(f"{_who(name)} has {len(kept):,} models, too few of {limit:,}.")
    visit.told(f"{name}: {len(kept):,} models")
    rows = hub_models.tidy(kept).assign(date=_day(visit), list=name)
    new = [f"The Hub has a new field “{field}”." for field in hub_models.added(listed)]
    notes = [*_twice(name, same, moved), *new]
    return Found({"hub_lists": rows}, len(models), same + moved, notes)


def _day(visit: Visit) -> pd.Timestamp:
    return pd.Timestamp(visit.day).as_unit("us")


def _who(name: str) -> str:
    return f"The Hub’s list “{name}”"


def _models(api: HfApi, name: str, limit: int) -> list[ModelInfo]:
    asked = api.list_models(sort=_SORTS[name], limit=limit, expand=hub_models.FIELDS)
    try:
        return list(asked)
    except HfHubHTTPError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _stumbled(error, _who(name)) from None


def _stumbled(error: Exception, who: str) -> Refusal:
    """Say on which entry the library stumbled, and why: its own error does not name the entry."""
    frames = [frame.f_locals for frame, _ in traceback.walk_tb(error.__traceback__)]
    entry: Any = next((seen["item"] for seen in frames if "item" in seen), None)
    hub_models.check_raw(entry, who)
    return Refusal(f"{who}: the library cannot read {entry['id']}: {error}.")


def _twice(name: str, same: int, moved: int) -> list[str]:
    said = {"came twice, unchanged": same, "moved between pages and count where first seen": moved}
    return [f"{_who(name)}: {count} models {how}." for how, count in said.items() if count]


def _strangers(trending: pd.DataFrame, labs: pd.DataFrame) -> list[str]:
    """Say how much of the top is by organisations that nobody has placed yet."""
    top = trending["model_id"].head(_TOP).str.split("/").str[0]
    strange = top[~top.str.lower().isin(labs["organisation"].str.lower())]
    if strange.empty:
        return []
    share, names = len(strange) / len(top), ", ".join(strange.unique())
    return [
        f"{len(strange)} of the first {len(top)} trending models ({share:.0%}) are by "
        f"organisations that data/labs.csv does not know: {names}."
    ]


@dataclass(frozen=True)
class _State:
    """What the Hub says of a model asked by name; no reason is the normal case."""

    count: int | None = None
    reason: str = ""
    renamed_to: str | None = None


class _Named(TypedDict):
    id: hub_models.Id
    downloadsAllTime: hub_models.Count


_NAMED = TypeAdapter(_Named)
_MANY = 10
# Whoever asks without a token gets 401 for what is private and for what was never there.
_REASONS = {401: "gone", 403: "private", 404: "gone"}


def counters(visit: Visit) -> Found:
    """Ask for the all-time downloads of each model of table `alltime_downloads`.

    Returns:
        `alltime_downloads` under the ids asked for, so that the series of a renamed model goes
        on, and `hub_absent`: what is not found as it was, or is there again.

    Raises:
        Refusal: an answer fails or has another shape, or most of the models are not there.
    """
    known = visit.table("alltime_downloads").sort_values("date")
    last = known.groupby("model_id")["downloads_all_time"].last()
    with asking.hub(visit) as api:
        states = {model: _state(api, model) for model in last.index}
    counts = {m: state.count for m, state in states.items() if state.count is not None}
    if len(states) >= _MANY and len(counts) < len(states) / 2:
        raise Refusal(f"The Hub shows only {len(counts)} of {len(states)} models asked by name.")
    visit.told(f"all-time downloads: {len(counts):,} models")
    absent = _absences(states, visit.table("hub_absent"))
    rows = {"alltime_downloads": _counted(counts), "hub_absent": absent}
    dated = {name: table.assign(date=_day(visit)) for name, table in rows.items()}
    return Found(
        rows={name: table[["date", *rows[name]]] for name, table in dated.items()},
        asked=len(states),
        rejected=len(states) - len(counts),
        notes=[*_fallen(counts, last), *_missing(states)],
    )


def _state(api: HfApi, model: str) -> _State:
    try:
        info = api.model_info(model, expand=["downloadsAllTime", "private", "gated", "disabled"])
    except GatedRepoError:
        return _State(reason="gated")
    except DisabledRepoError:
        return _State(reason="disabled")
    except HfHubHTTPError as error:
        reason = _REASONS.get(error.response.status_code)
        if reason is None:
            raise
        return _State(reason=reason)
    except (KeyError, TypeError, ValueError):
        raise Refusal(f"The Hub: the answer on {model} does not describe a model.") from None
    return _told(info, model)


def _told(info: ModelInfo, model: str) -> _State:
    if info.disabled or info.private:
        return _State(reason="disabled" if info.disabled else "private")
    said = {"id": info.id, "downloadsAllTime": info.downloads_all_time}
    try:
        count = _NAMED.validate_python(said, strict=True)["downloadsAllTime"]
    except ValidationError as error:
        raise Refusal(asking.misfit(f"The Hub, asked for {model}", error, said)) from None
    if info.id != model:
        return _State(count, "renamed", info.id)
    return _State(count, "gated" if info.gated else "")


def _counted(counts: Mapping[str, int]) -> pd.DataFrame:
    columns = {"model_id": pd.Series(list(counts), dtype="str")}
    return pd.DataFrame(columns | {"downloads_all_time": pd.Series(counts.values(), dtype="int64")})


def _absences(states: Mapping[str, _State], known: pd.DataFrame) -> pd.DataFrame:
    """Return the models that are not as they were, and those that were not but are again."""
    before = set(known["model_id"])
    rows = [
        (model, state.reason or "found", state.renamed_to)
        for model, state in states.items()
        if state.reason or model in before
    ]
    return pd.DataFrame(rows, columns=["model_id", "reason", "renamed_to"], dtype="str")


def _fallen(counts: Mapping[str, int], last: pd.Series) -> list[str]:
    fallen = {model: count for model, count in counts.items() if count < last[model]}
    if not fallen:
        return []
    each = ", ".join(f"{model} from {last[model]:,} to {n:,}" for model, n in fallen.items())
    return [f"{len(fallen)} counters of all-time downloads fell: {each}."]


def _missing(states: Mapping[str, _State]) -> list[str]:
    told = {m: f"{m} ({s.reason})" for m, s in states.items() if s.reason not in ("", "gated")}
    if not told:
        return []
    return [f"{len(told)} models asked by name are not as they were: {', '.join(told.values())}."]


SOURCE = Source(
    name="hub",
    title="Hugging Face Hub",
    variable="HF_ENDPOINT",
    address="https://huggingface.co",
    ask=ask,
)
