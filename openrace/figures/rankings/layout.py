"""What figures of the trending list share: months on an axis, which places count."""

from __future__ import annotations

import altair as alt
import pandas as pd

from openrace.figures import Numbers
from openrace.figures.parts import moment

TABLES = ("trending_daily", "hub_uploads", "trending_top1000_daily", "labs", "families")
WEEK = pd.Timedelta(days=7)


def months(weeks: pd.Series | pd.DatetimeIndex, most: int = 99) -> list[pd.Timestamp]:
    """Return the first week of each month: about so many at most, January among them."""
    ordered = pd.Series(weeks.unique()).sort_values()
    firsts = list(ordered.groupby(ordered.dt.strftime("%Y-%m")).min())
    step = next((s for s in (1, 2, 3, 6) if len(firsts) <= s * most), 12)
    return [w for w in firsts if (w.month - 1) % step == 0] or firsts[:1]


def month_axis(weeks: pd.Series, most: int, shift: pd.Timedelta) -> alt.Axis:
    """Return a time axis that names months below the middle of their first week.

    Args:
        weeks: the first days of the weeks that are drawn.
        most: how many months to name at most.
        shift: from the first day of a week to its middle.
    """
    return alt.Axis(
        values=[moment(week + shift) for week in months(weeks, most)],
        labelExpr="[timeFormat(datum.value, '%b'), timeFormat(datum.value, '%Y')]",
    )


def of(n: Numbers) -> str:
    """Return which places count, as their number's definition says it."""
    said = n["rankings.slots.listed"].definition.partition(": ")[2].rstrip(".")
    return said.replace("models of the scope language", "language models")
