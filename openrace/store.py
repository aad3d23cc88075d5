"""Tables on disk: loaded as of a date, checked on the way."""

from __future__ import annotations

from datetime import date

import pandas as pd

from openrace import package, schema


def load(name: str, as_of: date | None = None) -> pd.DataFrame:
    """Load a table, checked, with the rows that had been observed by a date.

    Args:
        name: the table's name in the data package.
        as_of: the last day of observation to keep; every row when None. Reference tables
            (labs, families) have no day of observation and are always whole.

    Raises:
        Refusal: there is no such table, or it breaks a rule of its description.
    """
    table = schema.read(name)
    observed = package.describe(name).get("observed")
    if as_of is None or not observed:
        return table
    return table[table[observed] <= pd.Timestamp(as_of)].reset_index(drop=True)


def days(name: str) -> list[date]:
    """Return the days on which a table was observed, oldest first; none for reference tables.

    Only the column of days is read, unchecked: this asks when, not what.

    Raises:
        Refusal: there is no such table, or it holds a day that is none.
    """
    observed = package.describe(name).get("observed")
    if not observed:
        return []
    try:
        column = pd.read_csv(package.path(name), usecols=[observed])[observed]
        return sorted(date.fromisoformat(day) for day in column.dropna().unique())
    except ValueError:
        schema.read(name)  # says which row is wrong, and why
        raise
