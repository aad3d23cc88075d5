"""A parquet file from elsewhere: the columns asked for, of the types they must have."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from openrace.errors import Refusal

#: A file that says it has more rows is not read: memory must hold them.
MOST_ROWS = 50_000_000
_DAY = r"^\d{4}-\d{2}-\d{2}(?:[ T]|$)"


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(_plain(kind)) or pa.types.is_large_string(_plain(kind))


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind)


def _is_day(kind: pa.DataType) -> bool:
    return _is_text(kind) or pa.types.is_date(kind) or pa.types.is_timestamp(kind)


def _is_texts(kind: pa.DataType) -> bool:
    listed = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    return _is_text(kind) or (listed and _is_text(kind.value_type))


_KINDS = {
    "text": ("text", _is_text),
    "number": ("a number", _is_number),
    "day": ("a date", _is_day),
    "texts": ("text or a list of texts", _is_texts),
}


def read(
    body: bytes,
    columns: Mapping[str, str],
    who: str,
    only: tuple[str, tuple[str, ...]] | None = None,
) -> pd.DataFrame:
    """Read columns of a parquet file, each of its kind; other columns are left alone.

    Args:
        body: the file.
        columns: by name its kind: `text`, `number`, `day` (becomes a date without a time),
            `texts` (a list of texts, or one written as text; becomes one text, joined by commas).
        who: whose file it is, for what is said when it is refused.
        only: a column and the values of the rows that are read.

    Returns:
        The columns in the order asked for; `attrs["others"]` names those that were not.

    Raises:
        Refusal: not parquet, too many rows, a column missing or of another type, a day that is
            none.
    """
    try:
        file = pq.ParquetFile(io.BytesIO(body))
        _check(file, columns, who)
        chosen = pc.field(only[0]).isin(list(only[1])) if only else None
        table = pq.read_table(io.BytesIO(body), columns=list(columns), filters=chosen)
    except (pa.ArrowInvalid, OSError):
        raise Refusal(f"{who} sent something that is not a whole parquet file.") from None
    made = {name: _column(table[name], kind, name, who) for name, kind in columns.items()}
    frame = pd.DataFrame(made)
    frame.attrs["others"] = [n for n in file.schema_arrow.names if n not in columns]
    return frame


def _check(file: pq.ParquetFile, columns: Mapping[str, str], who: str) -> None:
    if file.metadata.num_rows > MOST_ROWS:
        raise Refusal(f"{who} sent {file.metadata.num_rows:,} rows, too many to be read.")
    types = dict(zip(file.schema_arrow.names, file.schema_arrow.types, strict=True))
    for name, kind in columns.items():
        words, fits = _KINDS[kind]
        if name not in types:
            raise Refusal(f"{who} has no column “{name}” any more.")
        if not fits(types[name]):
            raise Refusal(f"{who}: column “{name}” is {types[name]}, but must be {words}.")


def _column(values: pa.ChunkedArray, kind: str, name: str, who: str) -> Any:
    if kind == "day":
        return _days(values, name, who)
    if kind == "texts" and not _is_text(values.type):
        values = pc.binary_join(values, ",")
    return values.to_pandas() if kind == "number" else values.cast(pa.string()).to_pandas()


def _days(values: pa.ChunkedArray, name: str, who: str) -> pd.Series:
    """Return the days of texts, dates or points in time, the last in UTC."""
    if not _is_text(values.type):
        days = pd.to_datetime(pd.Series(values.to_pandas()), utc=True).dt.tz_localize(None)
        found = days.dt.normalize()
    else:
        text = values.cast(pa.string()).to_pandas().where(lambda t: t.str.contains(_DAY, na=False))
        found = pd.to_datetime(text.str[:10], format="%Y-%m-%d", errors="coerce")
    if found.isna().any():
        at = int(found.isna().to_numpy().argmax())
        shown = repr(values[at].as_py())[:60]
        raise Refusal(f"{who}: column “{name}” of row {at + 1} is {shown}, which is no day.")
    return found.astype("datetime64[us]")
