"""What the panels of the quality figure share: one axis of time, one edge, the day of R1."""

from __future__ import annotations

from typing import Any, NamedTuple

import altair as alt
import pandas as pd

from openrace.figures import theme
from openrace.figures.parts import moment, part_title
from openrace.measures.moment.arena import R1_RELEASED

_AXIS = 32  # pixels for the figures of an axis, the same in all panels


class Frame(NamedTuple):
    """What the panels share: the axis of time, its last day, room, whether R1's day is on it."""

    x: alt.X
    end: pd.Timestamp
    narrow: bool
    has_r1: bool


def frame(table: pd.DataFrame, narrow: bool) -> Frame:
    """Lay one axis of time under all rows of the figure's table."""
    first, last = table["date"].min(), table[["date", "end"]].max().max()
    start, end = first - pd.Timedelta(days=25), last + pd.Timedelta(days=20)
    every = 12 if narrow else 6
    months = [m for m in pd.date_range(first, end, freq="MS") if m.month % every == 1]
    axis = alt.Axis(
        values=[moment(m) for m in months or [first]],
        labelExpr="timeFormat(datum.value, '%b %Y')",
        labelFlush=False,
        labelOverlap=False,
    )
    scale = alt.Scale(domain=[moment(start), moment(end)], nice=False, padding=0)
    x = alt.X("date:T", title=None, axis=axis, scale=scale)
    return Frame(x, end, narrow, start < R1_RELEASED < end)


def y_axis(field: str, domain: list[float], **axis: Any) -> alt.Y:
    """Return a panel's axis of values, as wide as those of the others."""
    shown = alt.Axis(minExtent=_AXIS, maxExtent=_AXIS, labelFlush=False, **axis)
    return alt.Y(f"{field}:Q", title=None, axis=shown, scale=alt.Scale(domain=domain, nice=False))


def title(text: str, *more: str) -> alt.TitleParams:
    """Write a panel's title at the drawing's left edge, and how to read it under it."""
    look: dict[str, Any] = {"subtitleFontSize": 11, "subtitleColor": theme.MUTED}
    return part_title(text, dx=-_AXIS - 6, **({"subtitle": list(more)} | look if more else {}))


def event(frame: Frame, named_at: float | None = None) -> list[alt.Chart]:
    """Mark the day of R1's release, and name it so many pixels below the panel's head."""
    if not frame.has_r1:
        return []
    base = alt.Chart(pd.DataFrame({"date": [R1_RELEASED], "text": ["R1, 20 Jan 2025"]}))
    rule = base.mark_rule(color=theme.MUTED, strokeWidth=1, strokeDash=[2, 3]).encode(x=frame.x)
    if named_at is None:
        return [rule]
    text = base.mark_text(align="right", dx=-5, fontSize=11, color=theme.MUTED)
    return [rule, text.encode(x=frame.x, y=alt.value(named_at), text="text:N")]
