"""What figures of the trending list share: months on an axis, which places count."""

from __future__ import annotations

import altair as alt
import pandas as pd

from openrace.figures import Numbers
from openrace.figures.parts import moment
from openrace.measures.rankings.recent import DAYS, is_recent
from openrace.measures.rankings.trending import window_start
from openrace.numbers import written

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


def first_drawn(n: Numbers, window_days: int = 7) -> pd.Timestamp:
    """Return the first day of the first window that a drawing of the last two years has."""
    ends = pd.Series([n[f"rankings.days.{end}"].value for end in ("first", "last")])
    starts = window_start(pd.to_datetime(ends), window_days)
    if is_recent(starts).all():
        return starts[0]
    span, window = pd.Timedelta(days=DAYS), pd.Timedelta(days=window_days)
    return starts[1] - (span - pd.Timedelta(days=1)) // window * window


def not_drawn(n: Numbers, window_days: int = 7) -> str:
    """Return the first day drawn, in words, where the list was observed before it; else nothing."""
    first = n["rankings.days.first"].value
    if first is None:
        return ""
    day = f"{first_drawn(n, window_days):%Y-%m-%d}"
    return written(day, "date") if str(first) < day else ""


def without_earlier(n: Numbers, window_days: int = 7) -> str:
    """Say that a drawing begins later than the list, where it does."""
    day = not_drawn(n, window_days)
    return f"; days before {day} are not drawn" if day else ""


def of(n: Numbers) -> str:
    """Return which places count, as their number's definition says it."""
    said = n["rankings.slots.listed"].definition.partition(": ")[2].rstrip(".")
    return said.replace("models of the scope language", "language models")
