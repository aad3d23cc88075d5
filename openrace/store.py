"""Tables on disk: loaded as of a date, checked on the way.

A table that was found good is kept beside, typed, in `_build/tables`, under the identity of all
it was checked by: the processes of a build check each table once and not once each.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa

from openrace import package, schema, transaction


def load(name: str, as_of: date | None = None) -> pd.DataFrame:
    """Load a table, checked, with the rows that had been observed by a date.

    Of a table that grows by revisions, the last row of each key known by then.

    Args:
        name: the table's name in the data package.
        as_of: the last day of observation to keep; every row when None. Reference tables
            (labs, families) have no day of observation and are always whole.

    Raises:
        Refusal: there is no such table, or it breaks a rule of its description.
    """
    described, table = package.describe(name), whole(name)
    if as_of is not None and described.get("observed"):
        table = table[table[described["observed"]] <= pd.Timestamp(as_of)]
    if described.get("refresh", {}).get("grows") == "revisions":
        table = last_of(table, described["refresh"]["key"], described["observed"])
    return table.reset_index(drop=True)


def last_of(table: pd.DataFrame, key: list[str], observed: str) -> pd.DataFrame:
    """Keep the row last observed of each key; of a day's several, the one further down."""
    ordered = table.sort_values(observed, kind="stable")
    return ordered.drop_duplicates(key, keep="last").sort_index()


def days(name: str) -> list[date]:
    """Return the days on which a table was observed, oldest first; none for reference tables.

    Raises:
        Refusal: there is no such table, or it breaks a rule of its description.
    """
    observed = package.describe(name).get("observed")
    if not observed:
        return []
    return [day.date() for day in sorted(whole(name, [observed])[observed].dropna().unique())]


def whole(name: str, columns: list[str] | None = None) -> pd.DataFrame:
    """Return a table with every row, checked.

    Args:
        name: the table's name in the data package.
        columns: those to read, in this order; all when None.

    Raises:
        Refusal: there is no such table, or it breaks a rule of its description.
    """
    if transaction.pending():
        transaction.settle()
    kept = _kept(name)
    try:
        return pd.read_parquet(kept, columns=columns)
    except (OSError, pa.ArrowInvalid):
        table = schema.read(name)
    if kept == _kept(name):  # nobody has written to it meanwhile
        with suppress(OSError):  # all that is lost is time
            _keep(table, kept, name)
    return table if columns is None else table[columns]


def _kept(name: str) -> Path:
    """Return where a good table is kept: by its content, its rules, and what applies them."""
    good = [package.digest(name), *sorted(map(package.digest, package.references(name)))]
    code = Path(schema.__file__).read_bytes() + pd.__version__.encode()
    identity = hashlib.sha256("".join(good).encode() + code).hexdigest()
    return package.folder().parent / "_build" / "tables" / f"{name}-{identity[:20]}.parquet"


def _keep(table: pd.DataFrame, kept: Path, name: str) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    scratch = kept.with_suffix(f".{os.getpid()}")
    table.to_parquet(scratch)
    os.replace(scratch, kept)
    for older in set(kept.parent.glob(f"{name}-*")) - {kept}:
        older.unlink(missing_ok=True)
