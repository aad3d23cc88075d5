"""What a solved task cost in each run of Aider's benchmark, and how a maker's bloc looks."""

from __future__ import annotations

from typing import Any, Literal

import altair as alt
import pandas as pd

from openrace.figures import theme
from openrace.figures.parts import share_text
from openrace.figures.render import Chart
from openrace.numbers import written

_DAY = "%-d %b %Y"

#: A second channel beside the colour.
SHAPES = {
    "China": "circle",
    "United States": "square",
    "Europe": "triangle-up",
    "Other": "diamond",
    "Unknown": "cross",
}
_RUNS = {
    "o1-2024-12-17 (high)": "o1 (high)",
    "o1-mini-2024-09-12": "o1-mini",
    "DeepSeek R1": "DeepSeek-R1",
    "DeepSeek R1 (0528)": "DeepSeek-R1, May 2025",
    "DeepSeek Chat V3 (prev)": "DeepSeek-V3, promotion",
    "DeepSeek V3 (0324)": "DeepSeek-V3, Mar 2025",
    "claude-3-5-sonnet-20241022": "Claude 3.5 Sonnet",
    "claude-3-7-sonnet-20250219 (no thinking)": "Claude 3.7 Sonnet",
    "claude-3-7-sonnet-20250219 (32k thinking tokens)": "Claude 3.7, thinking",
    "gpt-4.5-preview": "GPT-4.5",
    "o3": "o3, Jun 2025",
}


def look(**options: Any) -> dict[str, Any]:
    """Give a bloc its colour and its shape."""
    scale = alt.Scale(domain=list(SHAPES), range=list(SHAPES.values()))
    shape = alt.Shape("bloc:N", scale=scale, legend=None)
    return {"color": theme.bloc_colour(legend=None), "shape": shape, **options}


def task_costs(runs: pd.DataFrame, plot: int, narrow: bool) -> Chart:
    """Draw what a solved task cost in each run, with the share solved beside it."""
    rows = runs.assign(
        name=runs["listed_as"].map(_RUNS).fillna(runs["listed_as"]),
        rate=runs["pass_rate"].map(share_text),
        said=runs["price"].map(lambda v: written(v, "US$")),
    )
    up, down = (-7, 8) if narrow else (0, 0)  # a phone has a line for the words above the marks
    y = alt.Y("run:N", sort=None, axis=None)
    ticks = [0.003, 0.01, 0.03, 0.1, 0.3, 1]
    span = alt.Scale(
        type="log",
        domain=[rows["low"].min() * 0.9, rows["high"].max() * 1.05],
        range=[8 if narrow else 170, plot - (66 if narrow else 110)],
    )
    axis = alt.Axis(values=ticks, format="~g", grid=True, labelFlush=False)
    base = alt.Chart(rows).encode(x=alt.X("price:Q", title=None, scale=span, axis=axis), y=y)
    tooltip = [
        alt.Tooltip("listed_as:N", title="run"),
        alt.Tooltip("date:T", format=_DAY),
        alt.Tooltip("price:Q", format="$,.4f", title="per task solved"),
        alt.Tooltip("cost:Q", format="$,.2f", title="whole run"),
        alt.Tooltip("solved:Q", title="tasks solved of 225"),
    ]
    dressed, at = look(tooltip=tooltip), alt.Chart(rows).encode(y=y)
    range_ = base.mark_rule(strokeWidth=2, yOffset=down)
    return alt.layer(
        range_.encode(x="low:Q", x2="high:Q", color=theme.bloc_colour(legend=None)),
        base.mark_point(filled=True, opacity=1, size=60, yOffset=down).encode(**dressed),
        base.mark_text(align="left", dx=6, dy=down).encode(x="high:Q", text="said:N"),
        at.mark_text(align="left", dy=up).encode(x=alt.value(0), text="name:N"),
        at.mark_text(align="right", dy=up).encode(x=alt.value(plot), text="rate:N"),
        _head("US$ per task solved in Aider’s coding benchmark", 0, "left"),
        _head("solved", plot, "right"),
    ).properties(width=plot, height=alt.Step(34 if narrow else 19))


def _head(text: str, at: int, align: Literal["left", "right"]) -> alt.Chart:
    """Write what a column holds above it."""
    words = alt.Chart(pd.DataFrame({"text": [text]})).mark_text(align=align, baseline="bottom")
    return words.encode(x=alt.value(at), y=alt.value(-6), text="text:N")
