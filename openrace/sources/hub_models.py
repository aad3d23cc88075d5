"""What the Hub says of a model in its lists: held to its shape, then made a row.

The library's `ModelInfo` holds nothing to a type and has `None` where a field is gone. So each is
turned back into the fields that the Hub sends, and these are checked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, NotRequired

import pandas as pd
from huggingface_hub import ModelInfo
from pydantic import Field, StringConstraints, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from openrace.errors import Refusal
from openrace.sources.asking import misfit

#: `organisation/name`, as the tables have it.
ID = r"[A-Za-z0-9_][A-Za-z0-9._-]*/[A-Za-z0-9._-]+"
UNKNOWN = "unknown"

Id = Annotated[str, StringConstraints(pattern=f"^{ID}$", max_length=200)]
Count = Annotated[int, Field(ge=0, lt=2**53)]
_Score = Annotated[float, Field(allow_inf_nan=False)]


class _Parent(TypedDict):
    id: str


class _Parents(TypedDict):
    relation: str
    models: list[_Parent]


class _Weights(TypedDict):
    parameters: dict[str, Count]
    total: Count


class Model(TypedDict):
    """An entry of a list, with the Hub's own names of the fields, all of which are asked for."""

    id: Id
    author: str
    createdAt: datetime
    downloads: Count
    downloadsAllTime: Count
    likes: Count
    trendingScore: _Score
    gated: bool | Literal["auto", "manual"]
    tags: list[str]
    pipeline_tag: NotRequired[str | None]
    library_name: NotRequired[str | None]
    safetensors: NotRequired[_Weights | None]
    baseModels: NotRequired[_Parents | None]


FIELDS: list[Any] = [field for field in Model.__annotations__ if field != "id"]
_ATTRIBUTES = {"createdAt": "created_at", "downloadsAllTime": "downloads_all_time"}
_ATTRIBUTES |= {"trendingScore": "trending_score", "baseModels": "base_models"}
_KNOWN = {"_id", *vars(ModelInfo(id="a/b"))}
_SHAPE = TypeAdapter(list[Model])

# What authors write themselves: text that does not fit is left out, so that no model's card can
# stop a reading or put a formula into a table.
_NAME = r"[A-Za-z0-9][A-Za-z0-9 .+_-]{0,63}"
_TEXTS = {
    "modality": ("pipeline_tag", r"[a-z0-9]+(-[a-z0-9]+)*"),
    "licence": ("tags", _NAME),
    "library": ("library_name", _NAME),
    "base_model": ("baseModels", ID),
    "base_relation": ("baseModels", "finetune|quantized|adapter|merge"),
}
_SPARSE = {column: field for column, (field, _) in _TEXTS.items()} | {"parameters": "safetensors"}
_MANY = 100


def fields(model: ModelInfo) -> dict[str, Any]:
    """Return what the Hub sent of a model, by the Hub's names; what is empty is left out."""
    said = {field: getattr(model, _ATTRIBUTES.get(field, field)) for field in ("id", *FIELDS)}
    weights = vars(model.safetensors) if model.safetensors else None
    return {k: v for k, v in (said | {"safetensors": weights}).items() if v is not None}


def checked(entries: Sequence[Any], who: str) -> list[Model]:
    """Return the entries of a list, each of the shape of `Model`.

    Args:
        entries: the fields of each model.
        who: whose list it is, for the refusal.

    Raises:
        Refusal: a field is missing or of another type; the sentence names field and model.
    """
    try:
        return _SHAPE.validate_python(list(entries), strict=True)
    except ValidationError as error:
        raise Refusal(misfit(who, error, entries)) from None


def check_raw(entry: object, who: str) -> None:
    """Raise the Refusal that `checked` would, for an entry as JSON has it."""
    try:
        TypeAdapter(Model).validate_json(json.dumps(entry), strict=True)
    except ValidationError as error:
        raise Refusal(misfit(who, error, entry)) from None


def added(models: Sequence[ModelInfo]) -> list[str]:
    """Return the names of fields that are new, escaped and cut for people to read."""
    new: set[str] = set().union(*map(vars, models)) - _KNOWN
    return [ascii(name)[1:-1][:60] for name in sorted(new)]


def once(models: Sequence[Model], who: str) -> tuple[list[Model], int, int]:
    """Keep each model where it first appears.

    Returns:
        The models; how many came again unchanged; how many came again with other counters,
        because they moved to another page between two requests.

    Raises:
        Refusal: a model came twice and differs in what cannot move.
    """
    first: dict[str, Model] = {}
    same = moved = 0
    for model in models:
        known = first.setdefault(model["id"], model)
        if known is model:
            continue
        if known["createdAt"] != model["createdAt"] or known["author"] != model["author"]:
            raise Refusal(f"{who} has {model['id']} twice, with another author or creation time.")
        same, moved = same + (known == model), moved + (known != model)
    return list(first.values()), same, moved


def tidy(models: Sequence[Model]) -> pd.DataFrame:
    """Make a row of each model, in order.

    Returns:
        rank, model_id, modality, downloads_30d, downloads_all_time, likes, trending_score,
        created_on, licence, base_model, base_relation, parameters, gated, library; texts as the
        Hub has them, see `fitting`.
    """
    parents = [_parent(model) for model in models]
    columns = {
        "model_id": _text([m["id"] for m in models]),
        "modality": _text([m.get("pipeline_tag") for m in models]),
        "downloads_30d": [m["downloads"] for m in models],
        "downloads_all_time": [m["downloadsAllTime"] for m in models],
        "likes": [m["likes"] for m in models],
        "trending_score": [float(m["trendingScore"]) for m in models],
        "created_on": pd.to_datetime([_day(m) for m in models]),
        "licence": _text([_licence(m["tags"]) for m in models]),
        "base_model": _text([parent for parent, _ in parents]),
        "base_relation": _text([relation for _, relation in parents]),
        "parameters": pd.array([_parameters(m) for m in models], dtype="Int64"),
        "gated": [m["gated"] is not False for m in models],
        "library": _text([m.get("library_name") for m in models]),
    }
    return pd.DataFrame({"rank": range(1, len(models) + 1), **columns})


def _text(values: Sequence[str | None]) -> pd.Series:
    return pd.Series(values, dtype="str")


def _day(model: Model) -> datetime:
    """Return the day, in UTC: the library reads nothing but moments in UTC."""
    return model["createdAt"].replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)


def _parameters(model: Model) -> int | None:
    weights = model.get("safetensors")
    return weights["total"] if weights else None


def _licence(tags: Sequence[str]) -> str | None:
    return next((t.removeprefix("license:") for t in tags if t.startswith("license:")), None)


def _parent(model: Model) -> tuple[str | None, str | None]:
    """Return the first declared parent and the relation to it."""
    said = model.get("baseModels")
    if said and said["models"]:
        return said["models"][0]["id"], said["relation"]
    return _tagged(model["tags"])


def _tagged(tags: Sequence[str]) -> tuple[str | None, str | None]:
    """Read `base_model:owner/name` and `base_model:quantized:owner/name`."""
    said = [tag.split(":")[1:] for tag in tags if tag.startswith("base_model:")]
    relations = {parts[-1]: parts[0] for parts in said if len(parts) == 2}
    parent = said[0][-1] if said else None
    return parent, relations.get(parent) if parent else None


def fitting(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Leave out authors' texts that do not fit a table, and say how many.

    Args:
        rows: what `tidy` makes, of one list or several.

    Raises:
        Refusal: not one of many models has a field that most models have: it has been renamed.
    """
    _check_sparse(rows)
    notes, kept = [], rows.copy()
    for column, (field, pattern) in _TEXTS.items():
        unfit = rows[column].notna() & ~rows[column].str.fullmatch(pattern, na=False)
        kept[column] = rows[column].mask(unfit)
        if count := int(unfit.sum()):
            notes.append(f"{count} values of “{field}” are no {_words(column)} and left out.")
    kept["base_relation"] = kept["base_relation"].where(kept["base_model"].notna())
    kept["modality"] = kept["modality"].fillna(UNKNOWN)
    return kept, notes


def _words(column: str) -> str:
    return column.replace("_", " ")


def _check_sparse(rows: pd.DataFrame) -> None:
    for column, field in _SPARSE.items():
        if len(rows) >= _MANY and rows[column].isna().all():
            raise Refusal(
                f"The Hub: not one of {len(rows):,} models has a {_words(column)}: "
                f"field “{field}” must have changed."
            )
