"""Small drawings of firms, all on the same scales: what both figures on investment share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import altair as alt
import pandas as pd

from openrace.figures import Numbers, theme
from openrace.figures.parts import Mark, key, moment
from openrace.figures.render import Chart
from openrace.measures.incentives.investment import FIRMS
from openrace.numbers import Number

SHAPES = {"United States": "square", "China": "circle"}
_SPACE, _AXIS = 18, 44


def quarter(day: Number) -> str:
    """Write the quarter that ends on a day: Q2 2026."""
    if day.value is None:
        return ""
    at = date.fromisoformat(str(day.value))
    return f"Q{(at.month + 2) // 3} {at.year}"


def drawn(n: Numbers, firms: Sequence[str]) -> bool:
    """Tell whether all of some firms are drawn."""
    chosen = n["incentives.capex.firms"].text
    return chosen == "all" or set(firms) <= set(chosen.split(", "))


def chosen(n: Numbers) -> list[str]:
    """Return the firms that are drawn."""
    text = n["incentives.capex.firms"].text
    return list(FIRMS) if text == "all" else text.split(", ")


def grid(
    table: pd.DataFrame, order: Sequence[str], width: int, panel: Callable[..., Chart], first: Chart
) -> Chart:
    """Set a panel per firm in rows of four, or of two on a phone, under a key.

    Args:
        table: what is drawn; a firm whose every quarter is missing gets a panel that says so.
        order: firms and groups, in the order of their panels.
        width: of the whole drawing, in pixels.
        panel: rows of a firm, its name, width, height, whether it has labels -> drawing.
        first: the key.
    """
    columns, height = (2, 100) if width == theme.NARROW else (4, 124)
    plot = (width - _AXIS - (columns - 1) * _SPACE) // columns
    there = [name for name in order if name in set(table["firm"])]
    panels = [
        panel(table[table["firm"] == name], name, plot, height, at % columns == 0)
        for at, name in enumerate(there)
    ]
    rows = [
        alt.hconcat(*panels[at : at + columns], spacing=_SPACE, bounds="flush")
        for at in range(0, len(panels), columns)
    ]
    return alt.vconcat(first, *rows, spacing=12)


def quarters(table: pd.DataFrame) -> alt.X:
    """Return the axis of time that all panels share, with a line at the start of each year."""
    first, last = table["quarter_end"].min(), table["quarter_end"].max()
    start, stop = first - pd.Timedelta(days=91), last + pd.Timedelta(days=60)
    years = [moment(day) for day in pd.date_range(start, stop, freq="YS") if (stop - day).days > 60]
    axis = alt.Axis(
        values=years, format="%Y", grid=True, labelFlush=False, labelAlign="left", labelOffset=2
    )
    scale = alt.Scale(domain=[moment(start), moment(stop)])
    return alt.X("quarter_end:T", title=None, scale=scale, axis=axis)


def series(
    rows: pd.DataFrame, x: alt.X, y: alt.Y, tooltip: list[alt.Tooltip], dash: bool = False
) -> list[alt.Chart]:
    """Draw quarters, joined where they follow each other; those of low confidence are hollow.

    Args:
        rows: of one firm or group, in their order.
        x: the axis of time.
        y: the axis of values.
        tooltip: what a mark says.
        dash: draw a dashed line and hollow marks, for a second series of a panel.
    """
    rows = rows.drop(columns="url", errors="ignore")
    low = rows["confidence"] == "low"
    shape = alt.Shape(
        "bloc:N", scale=alt.Scale(domain=list(SHAPES), range=list(SHAPES.values())), legend=None
    )
    colours = alt.Scale(domain=list(theme.BLOCS), range=list(theme.BLOCS.values()))
    look: dict[str, Any] = {"x": x, "y": y, "shape": shape, "tooltip": tooltip}
    ring = look | {"stroke": alt.Stroke("bloc:N", scale=colours, legend=None)}
    open_mark: dict[str, Any] = {"fill": theme.PAPER, "opacity": 1, "strokeWidth": 1.4}
    line = alt.Chart(rows).mark_line(strokeWidth=1.6, strokeDash=[4, 2] if dash else [1, 0])
    known = alt.Chart(rows[~low])
    marks = (
        known.mark_point(size=18, **open_mark).encode(**ring)
        if dash
        else known.mark_point(size=18, filled=True, opacity=1).encode(
            **look, color=theme.bloc_colour(legend=None)
        )
    )
    layers = [line.encode(x=x, y=y, color=theme.bloc_colour(legend=None), detail="run:N")]
    if rows.empty:
        return layers  # its axes and nothing in them
    layers.append(marks)
    if low.any():
        layers.append(alt.Chart(rows[low]).mark_point(size=34, **open_mark).encode(**ring))
    return layers


def gaps(rows: pd.DataFrame, x: alt.X, height: int) -> list[alt.Chart]:
    """Draw a mark at the foot of a panel for each quarter that is not at hand."""
    rows = rows[rows["part"] == "gap"]
    if rows.empty:
        return []
    base = alt.Chart(rows[["firm", "quarter", "quarter_end", "note"]])
    tips = ["firm:N", "quarter:N", "note:N"]
    mark = base.mark_rule(color=theme.BLOCS["Unknown"], strokeWidth=4)
    return [mark.encode(x=x, y=alt.value(height - 6), y2=alt.value(height), tooltip=tips)]


def span(known: pd.DataFrame) -> str:
    """Write the first and the last quarter of rows in their order."""
    if known.empty:
        return ""
    first, last = (f"Q{q[-1]} {q[:4]}" for q in known["quarter"].iloc[[0, -1]])
    return first if first == last else f"{first} to {last}"


def moved(known: pd.DataFrame, texts: Sequence[str]) -> str:
    """Write the first and the last value; what was read with low confidence is in brackets."""
    if known.empty:
        return "not at hand"
    low = (known["confidence"] == "low").tolist()
    said = [f"({texts[at]})" if low[at] else texts[at] for at in (0, -1)]
    return said[-1] if len(known) == 1 else " → ".join(said)


def head(lines: Sequence[tuple[str, str]], plot: int) -> list[alt.Chart]:
    """Write two lines above a panel: words at the left, values at the right; the first bold."""
    layers = []
    for at, (left, right) in enumerate(lines):
        y = -4 - 15 * (len(lines) - 1 - at)
        weight = "bold" if at == 0 else "normal"
        colour = theme.INK if at == 0 else theme.MUTED
        for text, x, align in ((left, 0, "left"), (right, plot, "right"))[: 2 if right else 1]:
            look: dict[str, Any] = {"align": align, "baseline": "bottom", "color": colour}
            look |= {"fontWeight": weight if align == "left" else "normal"}
            base = alt.Chart(pd.DataFrame({"text": [text]})).mark_text(**look)
            layers.append(base.encode(x=alt.value(x), y=alt.value(y), text="text:N"))
    return layers


def legend(table: pd.DataFrame, narrow: bool, *more: tuple[str, str, str]) -> Chart:
    """Say what the marks mean: only those that are there, in lines that fit the width.

    Args:
        table: what is drawn.
        narrow: whether it is the drawing for phones.
        more: words, shape and colour of hollow marks of one figure.
    """
    names = {"United States": "US firm", "China": "Chinese firm"}
    found = [(names[b], SHAPES[b], True, theme.BLOCS[b]) for b in names if b in set(table["bloc"])]
    if (table["confidence"] == "low").any():
        found.append(("low confidence, in brackets", "circle", False, theme.BLOCS["China"]))
    found += [(words, shape, False, colour) for words, shape, colour in more]
    if (table["part"] == "gap").any():
        found.append(("quarter not at hand", "square", True, theme.BLOCS["Unknown"]))
    marks, x, y, room = [], 6.0, 6.0, 330 if narrow else 690
    for words, shape, filled, colour in found:
        wide = 28 + 5.3 * len(words)
        if x > 6 and x + wide > room:
            x, y = 6.0, y + 18
        marks.append(Mark(words, shape, filled, colour, x, y))
        x += wide
    return key(marks)
