"""Where a source is wrong or silent: its table mended, one reasoned row at a time."""

from __future__ import annotations

import pandas as pd

from openrace.errors import Refusal


def corrected(table: pd.DataFrame, corrections: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a table with its corrections applied, in the order of their rows.

    A correction holds for the rows of its key that say exactly what it says the source says, so
    it can neither reach a later copy of the source nor survive the source's own mending.

    Args:
        table: the table as the source has it, whole or as of a day.
        corrections: table `corrections`.
        name: the table's name in the data package.

    Raises:
        Refusal: rows of the key are there, but none says what was corrected.
    """
    mended = table.copy()
    for row in corrections[corrections["table"] == name].fillna("").itertuples():
        keyed = _text(mended[row.key_field]) == row.key
        stale = keyed.copy()
        stale[keyed] = _text(mended.loc[keyed, row.field]) == row.was
        if keyed.any() and not stale.any():
            raise Refusal(
                f"data/corrections.csv mends {row.field} of {row.key} in {name}, but the source "
                f"does not say “{row.was}” there: remove the row, or say what it is to mend."
            )
        mended[row.field] = mended[row.field].mask(stale, _typed(row.becomes, mended[row.field]))
    return mended


def _text(values: pd.Series) -> pd.Series:
    """Write values as the tables on disk do; what is missing is empty."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.strftime("%Y-%m-%d").fillna("")
    if isinstance(values.dtype, pd.StringDtype):
        return values.fillna("")
    return values.map(str, na_action="ignore").fillna("").astype("str")


def _typed(text: str, like: pd.Series) -> object:
    if not text:
        return None
    if pd.api.types.is_datetime64_any_dtype(like):
        return pd.Timestamp(text)
    return float(text) if pd.api.types.is_numeric_dtype(like) else text
