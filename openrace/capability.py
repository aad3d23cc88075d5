"""How capable models are: one copy of the Epoch Capabilities Index, mended, a row per model.

The index gives one score to all versions and efforts of a model name, and its copies differ in
scores and in models, so one copy is read at a time.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from openrace.corrections import corrected

_MODEL_COLUMNS = ["model", "score", "released", "lab", "country", "access", "bloc"]


def models(
    capability_index: pd.DataFrame,
    corrections: pd.DataFrame,
    countries: pd.DataFrame,
    copy: date | pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Return the models of one copy of the index, mended, one row per model name.

    Args:
        capability_index: table of that name; its copies are never mixed.
        corrections: table of that name.
        countries: table of that name.
        copy: `date` of the copy to read; the latest when None.

    Returns:
        model, score (index points; missing where no copy gives the name its own), released (the
        earliest known release of its versions; may be missing), lab, country, access (open,
        closed, unreleased or missing), bloc; by release, then name. No rows for a copy that
        the table does not hold.
    """
    table = corrected(capability_index, corrections, "capability_index")
    return _copy(table, countries, table["date"].max() if copy is None else pd.Timestamp(copy))


def _copy(mended: pd.DataFrame, countries: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Return the models of one copy of a table that has been mended."""
    rows = mended[mended["date"] == day].sort_values(["released", "version"])
    named = rows.groupby("model", sort=False, as_index=False).first()
    named = named.merge(countries[["country", "bloc"]], how="left")
    return named[_MODEL_COLUMNS].sort_values(["released", "model"], ignore_index=True)


def copies(
    capability_index: pd.DataFrame, corrections: pd.DataFrame, countries: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the models of the latest copy, and of the one before it."""
    table = corrected(capability_index, corrections, "capability_index")
    days = sorted(table["date"].unique(), reverse=True)
    read = [_copy(table, countries, day) for day in days[:2]]
    none = _copy(table, countries, pd.NaT)
    latest, other = [*read, none, none][:2]
    return latest, other
