"""Growth of all-time downloads, from the panel of models that mmpr publishes on the Hub.

Upstream counts each model for a year after its creation, weekly to January 2026 and daily since.
It states no licence, so the table holds sums over groups of models. Each interval has a panel of
its own, the models counted on both its days; the fixed panel of 2025 is another table, that
chapters describe as fixed.

Counters stand still on some days and were read too early on others: such days are not used, and
the interval spans them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pandas as pd

from openrace.errors import Refusal
from openrace.labs import Registry, attribute, parents
from openrace.sources import asking, parquet
from openrace.sources.listed_names import check_same
from openrace.sources.source import Found, Source, Visit

DATASET = "mmpr/open_model_evolution_data"
#: The day after the last of the fixed panel on which the table begins.
START = pd.Timestamp("2025-08-27")
#: Readings nearer to each other are not both used.
LEAST_DAYS = 7
#: A day is read too early when the median model gained less than this part of its daily gain.
EARLY = 0.6
#: Five readings are filed under this day.
TORN = pd.Timestamp("2026-01-12")
#: A lab with fewer models is summed with the others of its country.
LEAST_MODELS = 3
#: Fewer models than this on the newest day are no panel.
LEAST_PANEL = 30
OTHERS, NOBODY = "(other labs)", "(unknown)"
#: Small groups of these blocs are one row each.
JOINED = {"Europe": "XE", "Other": "XO"}
_COLUMNS = {
    "_id": "text",
    "model": "text",
    "time": "day",
    "downloadsAllTime": "number",
    "merged_derived_from": "texts",
}
_NAME = r"[A-Za-z0-9_][A-Za-z0-9._-]*"
_ID = rf"(?:{_NAME}/)?{_NAME}"
_GROUP = ["country", "lab"]
_ROWS = {
    **dict.fromkeys(("observed", "start", "end"), "datetime64[us]"),
    "days": "int64",
    **dict.fromkeys(("attribution", *_GROUP), "str"),
    **dict.fromkeys(("models", "downloads", "falling_models"), "int64"),
}
_WHO = "The downloads panel"


def readings(body: bytes) -> pd.DataFrame:
    """Return the panel's rows: a model on a day.

    Args:
        body: the file, parquet.

    Returns:
        id (stays when a model is renamed), model_id, date, downloads (all-time), base_model (the
        first declared; missing without).

    Raises:
        Refusal: a column is missing or of another type, a value is none, a model has two counts
            on one day, or there is too little.
    """
    rows = parquet.read(body, _COLUMNS, _WHO)
    rows.columns = pd.Index(["id", "model_id", "date", "downloads", "base_model"])
    rows = rows[rows["date"] != TORN]
    _check(rows)
    rows["base_model"] = rows["base_model"].str.extract(rf"({_NAME}/{_NAME})", expand=False)
    rows = rows.drop_duplicates(["id", "date", "downloads"])
    check_same(rows, ["id", "date"], _WHO)
    newest = int((rows["date"] == rows["date"].max()).sum())
    if newest < LEAST_PANEL:
        raise Refusal(f"{_WHO} has {newest} models on its newest day, too few to be a panel.")
    return rows.astype({"downloads": "int64"})


def _check(rows: pd.DataFrame) -> None:
    counts = rows["downloads"]
    fits = {
        "_id": rows["id"].notna(),
        "model": rows["model_id"].str.fullmatch(_ID, na=False),
        "downloadsAllTime": counts.between(0, 2**53) & (counts % 1 == 0),
    }
    for (field, good), name in zip(fits.items(), ("id", "model_id", "downloads"), strict=True):
        if not good.all():
            wrong = rows[~good].iloc[0]
            shown = f"{str(wrong['model_id'])[:60]!r} on {wrong['date']:%Y-%m-%d}"
            raise Refusal(f"{_WHO}: {field} of {shown} is {str(wrong[name])[:60]!r}.")


def usable(counts: pd.DataFrame) -> list[pd.Timestamp]:
    """Return the days whose counts can be used: not the same as before, and not read too early.

    The newest day is not among them, because whether it was read too early shows later.

    Args:
        counts: all-time downloads, a row per model and a column per day, in order.
    """
    moved = [counts.columns[0]]
    for day in counts.columns[1:]:
        gained = (counts[day] - counts[moved[-1]]).dropna()
        if (gained != 0).any():
            moved.append(day)
    inner = zip(moved, moved[1:], moved[2:], strict=False)
    late = [day for before, day, after in inner if _part(counts, before, day, after) >= EARLY]
    return [moved[0], *late]


def _part(
    counts: pd.DataFrame, before: pd.Timestamp, day: pd.Timestamp, after: pd.Timestamp
) -> float:
    """Return what the median model gained a day, as a part of its daily gain to the day after."""
    first = (counts[day] - counts[before]) / (day - before).days
    whole = (counts[after] - counts[before]) / (after - before).days
    return float((first / whole)[whole > 0].median())


def spaced(days: Sequence[pd.Timestamp], last: pd.Timestamp) -> list[pd.Timestamp]:
    """Return the day that the table has come to, and usable days a week or more apart after it.

    Args:
        days: what `usable` returns.
        last: the end of the last interval of the table. Where the panel does not have it, the
            next interval begins on the first day after it.
    """
    chosen: list[pd.Timestamp] = []
    for day in days:
        if day >= last and (not chosen or (day - chosen[-1]).days >= LEAST_DAYS):
            chosen.append(day)
    return chosen


def groups(homes: pd.DataFrame) -> pd.DataFrame:
    """Return country and lab under which each model of an interval is summed.

    Args:
        homes: country, bloc and lab of each of its models.
    """
    is_known = homes["country"] != "unknown"
    size = homes.groupby(_GROUP)["lab"].transform("size")
    small = is_known & (size < LEAST_MODELS)
    lab = homes["lab"].mask(small, OTHERS).where(is_known, NOBODY)
    country = homes["country"].mask(small, homes["bloc"].map(JOINED).fillna(homes["country"]))
    return pd.DataFrame({"country": country, "lab": lab})


def increments(
    rows: pd.DataFrame, registry: Registry, last: pd.Timestamp, observed: pd.Timestamp
) -> pd.DataFrame:
    """Return what the models counted on both days of each interval gained, by country and lab.

    Args:
        rows: what `readings` returns.
        registry: who is known, and what is declared.
        last: the end of the last interval of the table.
        observed: the day of the reading.

    Returns:
        The columns of the table `panel_increments`.
    """
    counts = rows[rows["date"] >= min(last, rows["date"].max())]
    counts = counts.pivot(index="id", columns="date", values="downloads")
    names = rows.sort_values("date").drop_duplicates("id", keep="last").set_index("id")
    homes = {way: attribute(names, registry, way) for way in ("publisher", "lineage")}
    days = spaced(usable(counts), last)
    parts = [
        _sums((counts[end] - counts[start]).dropna(), homes[way]).assign(
            observed=observed, start=start, end=end, days=(end - start).days, attribution=way
        )
        for start, end in pairwise(days)
        for way in homes
    ]
    made = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(_ROWS))
    return made[list(_ROWS)].astype(_ROWS)


def _sums(gained: pd.Series, homes: pd.DataFrame) -> pd.DataFrame:
    """Return models, downloads and falling_models of each group of the models that are given."""
    placed = groups(homes.loc[gained.index])
    placed["downloads"] = gained.astype("int64")
    placed["falling_models"] = gained < 0
    return placed.groupby(_GROUP, as_index=False).agg(
        models=("downloads", "size"),
        downloads=("downloads", "sum"),
        falling_models=("falling_models", "sum"),
    )


def _file(visit: Visit) -> str:
    """Return the name of the one parquet file of the data set."""
    with asking.hub(visit) as hub:
        names = hub.list_repo_files(DATASET, repo_type="dataset")
    found = [name for name in names if name.endswith(".parquet")]
    if len(found) != 1:
        there = ", ".join(sorted(names)[:10]) or "nothing"
        raise Refusal(f"{_WHO} should be one parquet file, but {DATASET} holds {there[:300]}.")
    return found[0]


def _notes(made: pd.DataFrame, alone: int) -> list[str]:
    """Say how many counters fell in each new interval, and how many rows a model stood alone in."""
    said = f"{alone} groups of the panel hold a single model and are left out."
    own = made[made["attribution"] == "publisher"]
    sums = own.groupby("end")[["falling_models", "models"]].sum()
    fell = [
        f"{row.falling_models} of {row.models} counters of the panel fell to {row.Index:%Y-%m-%d}."
        for row in sums[sums["falling_models"] > 0].itertuples()
    ]
    return [said, *fell] if alone else fell


def _ask(visit: Visit) -> Found:
    name = _file(visit)
    rows = readings(asking.hub_file(visit, DATASET, name))
    visit.told(name)
    known = ("labs", "families", "countries", "trending_top1000_daily", "hub_uploads")
    labs, families, countries, *seen = (visit.table(table) for table in known)
    registry = Registry(labs, families, countries, parents(rows, *seen))
    table = visit.table("panel_increments")
    last = table["end"].max() if len(table) else START
    made = increments(rows, registry, last, pd.Timestamp(visit.day))
    alone = made["models"] == 1  # a row would be this model's own series
    kept = made[~alone].reset_index(drop=True)
    left_out = int(alone.sum())
    return Found({"panel_increments": kept}, len(rows), left_out, _notes(made, left_out))


SOURCE = Source(
    name="panel",
    title="Open Model Evolution Data (mmpr) on the Hugging Face Hub",
    variable="HF_ENDPOINT",
    address="https://huggingface.co",
    ask=_ask,
    deadline=900.0,
)
