"""Figures of the chapter on the tables."""

from __future__ import annotations

import altair as alt
import pandas as pd

from openrace import package
from openrace.figures import Numbers, figure, theme
from openrace.figures.explore import Window
from openrace.figures.render import Chart

_TICKS = 5000  # what Altair draws in one chart


@figure(
    "data-coverage",
    title=lambda n: (
        f"{n['data.tables']} tables hold {n['data.rows']} rows, the newest of {n['data.last']}; "
        "most were observed on few days"
    ),
    subtitle=lambda n: (
        f"A tick for each day on which a dated table was observed, {n['data.first']} to "
        f"{n['data.last']}"
    ),
    alt=lambda n: (
        f"A row of ticks per dated table from {n['data.first']} to {n['data.last']}. The "
        "daily trending list is nearly unbroken; most tables cover weeks or single days."
    ),
    limit="How complete a source was on a day that it was observed.",
    tables=tuple(package.observed()),
    controls=(Window(("date",)),),
)
def coverage(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw a row of ticks per table, oldest table first."""
    narrow = width == theme.NARROW
    rows = alt.Y(
        "table:N",
        title=None,
        sort=alt.EncodingSortField("date", op="min"),
        axis=alt.Axis(labels=not narrow, labelLimit=170, grid=False),
    )
    plot = width - (20 if narrow else 190)
    drawn, thick = _distinct(table, plot)
    base = alt.Chart(drawn)
    ticks = base.mark_tick(color=theme.INK, thickness=thick, size=14).encode(
        x=alt.X("date:T", title=None, axis=alt.Axis(tickCount=5, format="%b %Y")),
        y=rows,
        tooltip=["table:N", "date:T", alt.Tooltip("rows:Q", format=",")],
    )
    names = base.mark_text(align="left", dy=-13, color=theme.MUTED, fontSize=11).encode(
        x=alt.value(0), y=rows, text="table:N"
    )
    layers = [ticks, names.transform_aggregate(groupby=["table"], date="min(date)")]
    chart = alt.layer(*layers[: 2 if narrow else 1])
    return chart.properties(width=plot, height=alt.Step(34 if narrow else 24))


def _distinct(table: pd.DataFrame, plot: int) -> tuple[pd.DataFrame, int]:
    """Return the days to draw, and how thick: of many, those that would hide each other but once.

    A tick stands for all days within its width; it is as thin as the number of ticks allows.
    """
    if len(table) <= _TICKS:
        return table, 1
    since = table["date"] - table["date"].min()
    for thick in (1, 2, 4, 8):
        place = since * (plot // thick) // since.max()
        drawn = table[~table.assign(place=place).duplicated(["table", "place"])]
        if len(drawn) <= _TICKS:
            break
    return drawn, thick
