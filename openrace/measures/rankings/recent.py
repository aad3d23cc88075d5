"""What a page can show of a long history. Numbers rest on all of it, drawings on what fits.

A drawing by days goes back two years before the last day observed; one of few dates, which would
lose what happened between the first two, shows dates spread over all of its period.
"""

from __future__ import annotations

import pandas as pd

#: How far back drawings by day, week or window go, from the last one observed.
DAYS = 730

#: How many dates of an uneven series are drawn at most, beside those that it is about.
DATES = 100


def is_recent(dates: pd.Series) -> pd.Series:
    """Tell which dates lie less than two years before the last of them."""
    return dates > dates.max() - pd.Timedelta(days=DAYS)


def spread(dates: pd.Series, kept: pd.Series) -> pd.Series:
    """Tell which dates stand for all: the first, and the last of each hundredth of the period.

    Args:
        dates: dates, which may repeat; up to a hundred different ones all stand for themselves.
        kept: dates that are never left out.
    """
    days = pd.Series(dates.unique()).sort_values(ignore_index=True)
    if len(days) <= DATES:
        return pd.Series(True, index=dates.index)
    part = (days - days.iloc[0]) * (DATES - 1) // (days.iloc[-1] - days.iloc[0])
    last = days.groupby(part).max()
    return dates.isin([days.iloc[0], *last, *kept.dropna()])
