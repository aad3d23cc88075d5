"""A table as it was known on a day, and its identity, which editions record."""

from __future__ import annotations

import hashlib
from datetime import date

import pandas as pd

from openrace import store


def known(name: str, day: str) -> pd.DataFrame:
    """Return a table as it was known on a day (ISO); a reference table is whole on any day.

    Raises:
        Refusal: there is no such table, or it breaks a rule of its description.
    """
    return store.load(name, date.fromisoformat(day))


def sha256(table: pd.DataFrame) -> str:
    """Return the sha256 of a table, written as CSV in one way."""
    text = table.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d")
    return hashlib.sha256(text.encode()).hexdigest()
