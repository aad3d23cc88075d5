"""What figures of the trending list share: months on an axis, headings, which places count."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from openrace.figures import Numbers

TABLES = ("trending_daily", "hub_uploads", "trending_top1000_daily", "labs", "families")
WEEK = pd.Timedelta(days=7)
PERCENT = "round(100 * datum.value) + '\u00a0%'"


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


def moment(time: pd.Timestamp) -> alt.DateTime:
    """Return a time as Vega-Lite writes it, in the reader's own clock, as it reads the table's."""
    return alt.DateTime(year=time.year, month=time.month, date=time.day, hours=time.hour)


def heading(text: str, y: float, **style: Any) -> alt.Chart:
    """Write a line at a panel's left edge, so many pixels below its head."""
    look: dict[str, Any] = {"fontSize": 13, "fontWeight": "bold", "baseline": "top"} | style
    mark = alt.Chart(pd.DataFrame({"heading": [text]})).mark_text(align="left", **look)
    return mark.encode(x=alt.value(0), y=alt.value(y), text="heading:N")


def of(n: Numbers) -> str:
    """Return which places count, as their number's definition says it."""
    said = n["rankings.slots.listed"].definition.partition(": ")[2].rstrip(".")
    return said.replace("models of the scope language", "language models")
