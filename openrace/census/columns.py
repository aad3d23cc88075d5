"""The columns needed of a table of all models, in the forms its revisions have had, made one form.

What is in none of these forms is refused, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pydantic
from pydantic import StrictInt, StrictStr

#: A model as it is counted. `parameters` are those its safetensors hold; times are UTC.
LAYOUT = pa.schema(
    {
        "id": pa.string(),
        "author": pa.string(),
        "createdAt": pa.timestamp("us"),
        "downloads": pa.int64(),
        "downloadsAllTime": pa.int64(),
        "likes": pa.int64(),
        "tags": pa.list_(pa.string()),
        "pipeline_tag": pa.string(),
        "baseModels": pa.list_(pa.string()),
        "parameters": pa.int64(),
    }
)
#: Those that a revision may be without; they are missing then.
OPTIONAL = ("downloadsAllTime", "baseModels", "safetensors")
_NEVER_NULL = ("id", "downloads", "likes")
#: Above it, not every whole number has a double of its own.
_MOST = 2**53
_TIME = r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|\+00(:?00)?)?$"


class Odd(Exception):
    """A value that cannot be.

    Attributes:
        column: its column.
        row: its row in the batch.
        words: what is wrong with it.
    """

    def __init__(self, column: str, row: int, words: str) -> None:
        """Say what is wrong, and where."""
        super().__init__(words)
        self.column, self.row, self.words = column, row, words


class _Base(pydantic.BaseModel):
    id: StrictStr


class _Bases(pydantic.BaseModel):
    models: list[_Base] | None = None


class _Weights(pydantic.BaseModel):
    total: StrictInt | None = None


_BASES = pydantic.TypeAdapter(_Bases | None)
_WEIGHTS = pydantic.TypeAdapter(_Weights | None)


def leaves(file: pq.ParquetFile) -> list[int]:
    """Return the places of the columns needed; of nested ones, of the parts needed."""
    paths = [file.schema.column(at).path for at in range(len(file.schema))]
    return [at for at, path in enumerate(paths) if _is_needed(path)]


def _is_needed(path: str) -> bool:
    name, *parts = path.split(".")
    if name == "safetensors":
        return parts in ([], ["total"])
    if name == "baseModels":
        return not parts or (parts[0], parts[-1]) == ("models", "id")
    return name in _FORMS


def wrong(schema: pa.Schema) -> str:
    """Return which column is gone or of another type than it must be; empty if none is."""
    for name, (words, fits, _) in _FORMS.items():
        at = schema.get_field_index(name)
        if at < 0 and name not in OPTIONAL:
            return f"there is no column “{name}”"
        if at >= 0 and not fits(schema.field(at).type):
            return f"column “{name}” is {schema.field(at).type}, but must be {words}"
    return ""


def fitted(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return rows in LAYOUT.

    Args:
        batch: the `leaves` of a schema that is not `wrong`.

    Raises:
        Odd: a value cannot be.
    """
    _check_there(batch)
    made = []
    for (name, (_, _, read)), field in zip(_FORMS.items(), LAYOUT, strict=True):
        if name in batch.schema.names:
            made.append(read(batch[name], name))
        else:
            made.append(pa.nulls(batch.num_rows, field.type))
    return pa.record_batch(made, schema=LAYOUT)


def _check_there(batch: pa.RecordBatch) -> None:
    for name in _NEVER_NULL:
        _refuse(pc.is_null(batch[name]), name, "is missing")


def _refuse(odd: pa.BooleanArray, name: str, words: str) -> None:
    row = pc.index(odd, True).as_py()
    if row >= 0:
        raise Odd(name, row, words)


def _text(values: pa.Array, name: str) -> pa.Array:
    return values.cast(pa.string())


def _texts(values: pa.Array, name: str) -> pa.Array:
    return values.cast(pa.list_(pa.string()))


def _count(values: pa.Array, name: str) -> pa.Array:
    numbers = values.cast(pa.int64())
    _refuse(pc.less(numbers, 0), name, "is negative")
    _refuse(pc.greater(numbers, _MOST), name, "is more than can be")
    return numbers


def _time(values: pa.Array, name: str) -> pa.Array:
    if pa.types.is_timestamp(values.type):
        exact = pa.timestamp("us", values.type.tz)
        return values.cast(exact, safe=False).cast(pa.timestamp("us"))  # parts of a µs go
    text = values.cast(pa.string())
    _refuse(pc.invert(pc.match_substring_regex(text, _TIME)), name, "is no time")
    plain = pc.replace_substring_regex(text, r"(Z|\+00(:?00)?)$", "")
    try:
        return plain.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        raise Odd(name, _first_unread(plain), "is no time") from None


def _first_unread(times: pa.Array) -> int:
    """Return the row of a time that no day has: Arrow does not say which it was."""
    for row, text in enumerate(times):
        try:
            text.cast(pa.timestamp("us"))
        except pa.ArrowInvalid:
            return row
    raise AssertionError("all of them can be read")


def _parsed(values: pa.Array, name: str, shape: pydantic.TypeAdapter[Any]) -> list[Any]:
    """Read JSON text, each text once; missing stays missing."""
    text = values.cast(pa.string())
    read: dict[str | None, Any] = {None: None}
    for row, one in enumerate(text.to_pylist()):
        if one not in read:
            try:
                read[one] = shape.validate_json(one)
            except pydantic.ValidationError:
                raise Odd(name, row, "is JSON of another shape, or none") from None
    return [read[one] for one in text.to_pylist()]


def _bases(values: pa.Array, name: str) -> pa.Array:
    """Return the ids of the base models, in their order."""
    if _is_text(values.type):
        bases = _parsed(values, name, _BASES)
        ids = [base and base.models and [model.id for model in base.models] for base in bases]
        return pa.array(ids, pa.list_(pa.string()))
    listed = pc.struct_field(values, "models")
    ids = pc.struct_field(listed.flatten(), "id").cast(pa.string())
    lengths = pc.fill_null(pc.list_value_length(listed), 0).cast(pa.int32())
    ends = pc.cumulative_sum(lengths)
    starts = pa.concat_arrays([pa.array([0], pa.int32()), ends])
    return pa.ListArray.from_arrays(starts, ids, mask=pc.is_null(listed))


def _weights(values: pa.Array, name: str) -> pa.Array:
    if _is_text(values.type):
        weights = _parsed(values, name, _WEIGHTS)
        return _count(pa.array([w and w.total for w in weights], pa.int64()), name)
    return _count(pc.struct_field(values, "total"), name)


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(_plain(kind)) or pa.types.is_large_string(_plain(kind))


def _is_list(kind: pa.DataType) -> bool:
    return pa.types.is_list(kind) or pa.types.is_large_list(kind)


def _is_texts(kind: pa.DataType) -> bool:
    return _is_list(kind) and _is_text(kind.value_type)


def _is_count(kind: pa.DataType) -> bool:
    return pa.types.is_int32(kind) or pa.types.is_int64(kind)


def _is_time(kind: pa.DataType) -> bool:
    return pa.types.is_timestamp(kind) or _is_text(kind)


def _is_bases(kind: pa.DataType) -> bool:
    listed = _part(kind, "models")
    return _is_text(kind) or (_is_list(listed) and _is_text(_part(listed.value_type, "id")))


def _is_weights(kind: pa.DataType) -> bool:
    return _is_text(kind) or _is_count(_part(kind, "total"))


def _part(kind: pa.DataType, name: str) -> pa.DataType:
    """Return the type of a part of a struct; null if it has none, or is no struct."""
    at = kind.get_field_index(name) if pa.types.is_struct(kind) else -1
    return kind.field(at).type if at >= 0 else pa.null()


#: By column of the revision, in the order of LAYOUT: the type in words, who knows it, who reads it.
_FORMS: dict[str, tuple[str, Callable[[pa.DataType], bool], Callable[..., pa.Array]]] = {
    "id": ("text", _is_text, _text),
    "author": ("text", _is_text, _text),
    "createdAt": ("a time", _is_time, _time),
    "downloads": ("a whole number", _is_count, _count),
    "downloadsAllTime": ("a whole number", _is_count, _count),
    "likes": ("a whole number", _is_count, _count),
    "tags": ("a list of texts", _is_texts, _texts),
    "pipeline_tag": ("text", _is_text, _text),
    "baseModels": ("a struct with a list “models” of ids, or JSON", _is_bases, _bases),
    "safetensors": ("a struct with a whole number “total”, or JSON", _is_weights, _weights),
}
