"""What drawings share: titles of parts, times, percentages, keys, labels that keep apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import altair as alt
import pandas as pd

from openrace.figures import theme
from openrace.figures.render import Chart
from openrace.numbers import written

PERCENT = "round(100 * datum.value) + '\u00a0%'"


class Mark(NamedTuple):
    """A line of a key: what a mark means, how it looks, where it stands in pixels."""

    label: str
    shape: str
    filled: bool
    colour: str
    x: float
    y: float


def key(marks: Sequence[Mark]) -> Chart:
    """Draw what marks mean, each at its place."""
    layers: list[alt.Chart] = []
    for mark in marks:
        at: dict[str, Any] = {"x": alt.value(mark.x), "y": alt.value(mark.y)}
        base = alt.Chart(pd.DataFrame({"label": [mark.label]})).encode(**at)
        look: dict[str, Any] = {"shape": mark.shape, "filled": mark.filled, "color": mark.colour}
        layers += [
            base.mark_point(size=52, opacity=1, **look),
            base.mark_text(align="left", dx=9, color=theme.INK).encode(text="label:N"),
        ]
    return alt.layer(*layers).properties(width=1, height=max(m.y for m in marks))


def part_title(text: str, **options: Any) -> alt.TitleParams:
    """Write the title of a part of a drawing, at its plot's left edge."""
    look: dict[str, Any] = {"fontSize": 12, "fontWeight": "normal", "frame": "group", "offset": 6}
    return alt.Title(text, color=theme.INK, **look, **options)


def percent_axis(**options: Any) -> alt.Axis:
    """Write shares as percentages."""
    return alt.Axis(labelExpr=PERCENT, labelFlush=False, **options)


def share_text(share: float) -> str:
    """Write a share as the prose does."""
    return written(share, "share")


def sentence(text: str) -> str:
    """Begin with a capital letter."""
    return text[0].upper() + text[1:]


def apart(places: pd.Series, gap: float) -> pd.Series:
    """Push the places of labels up, lowest first, until each is `gap` pixels above the last."""
    moved = places.astype(float).sort_values()
    for i in range(1, len(moved)):
        moved.iloc[i] = max(moved.iloc[i], moved.iloc[i - 1] + gap)
    return moved


def moment(time: pd.Timestamp) -> alt.DateTime:
    """Return a time as Vega-Lite writes it, in the reader's own clock, as it reads the table's."""
    return alt.DateTime(year=time.year, month=time.month, date=time.day, hours=time.hour)


def heading(text: str, y: float, **style: Any) -> alt.Chart:
    """Write a line at a panel's left edge, so many pixels below its head."""
    look: dict[str, Any] = {"fontSize": 13, "fontWeight": "bold", "baseline": "top"} | style
    mark = alt.Chart(pd.DataFrame({"heading": [text]})).mark_text(align="left", **look)
    return mark.encode(x=alt.value(0), y=alt.value(y), text="heading:N")
