"""The timeline of steps towards earning: a row for each, a column for each kind."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.render import Chart
from openrace.measures.incentives.timeline import KINDS

_ROW = 19  # pixels
_HEADS = ("Advertising", "Funding", "Listing", "Accounts", "Closing")
_SHAPES = {"China": "circle", "United States": "square"}
_OTHER = "diamond"


def _title(n: Numbers) -> str:
    """Say when advertising began and what it brought, seen from all revenue."""
    announced, yearly, share = (
        n[f"incentives.ads.{id}"] for id in ("announced", "annualised", "of_run_rate")
    )
    if announced.value is None:
        total, us, cn = (n[f"incentives.events.{id}"] for id in ("total", "us", "cn"))
        return f"Steps towards earning listed here: {total}, {us} of US, {cn} of Chinese firms"
    if share.value is None:
        return f"Advertising in ChatGPT was announced on {announced}"
    return (
        f"Ads in ChatGPT were announced on {announced}; six weeks into the test they ran at "
        f"{yearly} a year, {share} of OpenAI’s run rate"
    )


def _subtitle(n: Numbers) -> str:
    total, us, cn, first, last = (
        n[f"incentives.events.{id}"] for id in ("total", "us", "cn", "first", "last")
    )
    return (
        f"Steps of labs and of firms beside them towards earning, {first} to {last}, a list made "
        f"by hand: {total} in all, {us} of US and {cn} of Chinese firms; a hollow mark where only "
        "the month is known, or the confidence is low"
    )


def _alt(n: Numbers) -> str:
    said = ", ".join(f"{kind} {n[f'incentives.events.{kind.split()[0]}']}" for kind in KINDS)
    return (
        f"A list of dated steps, with a mark in one of five columns. {_title(n)}. By kind: {said}."
    )


@figure(
    "incentives-timeline",
    title=_title,
    subtitle=_subtitle,
    alt=_alt,
    limit="How much firms do to earn, or who does more: the list is made by hand of what was "
    "read, most of it about the US, and releases of open weights in the same months are not in it.",
    tables=("monetisation_events", "lab_financials"),
)
def timeline(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Write a row for each step; on a phone with narrow columns under slanting heads."""
    narrow = width == theme.NARROW
    name, lanes, lane = (70, 240, 18) if narrow else (100, 412, 58)
    middle = {kind: lanes + lane * (i + 0.5) for i, kind in enumerate(KINDS)}
    rows = table.assign(
        day=[_day(*x) for x in zip(table["date"], table["until"], table["precision"], strict=True)],
        who=table["actor"],
        x=table["lane"].map(middle),
        y=(table["place"] + 0.5) * _ROW,
        shape=table["bloc"].map(_SHAPES).fillna(_OTHER),
        colour=table["bloc"].map(theme.BLOCS).fillna(theme.BLOCS["Unknown"]),
        sure=table["precision"].eq("day") & table["confidence"].ne("low"),
    ).drop(columns="url")
    height, edge = len(rows) * _ROW, lanes + lane * len(KINDS)
    texts = [("day", 0, theme.MUTED), ("name", name, theme.INK)]
    if not narrow:
        texts.append(("who", 300, theme.MUTED))
    layers = [
        *_grid(rows, middle, edge, height),
        *_heads(middle, narrow),
        *(_column(rows, field, x, colour) for field, x, colour in texts),
        *_marks(rows),
        *_key(0 if narrow else 100, height + 16),
    ]
    return alt.layer(*layers).properties(width=edge, height=height + 22)


def _day(first: pd.Timestamp, last: pd.Timestamp, precision: str) -> str:
    """Write a day, a month, or the month of a span."""
    return f"{first.day} {first:%b %Y}" if precision == "day" else f"{first:%b %Y}"


def _at(channel: Any, field: str) -> Any:
    """Encode places in pixels, without a scale and an axis."""
    return channel(field).scale(None).axis(None)


def _grid(
    rows: pd.DataFrame, middle: dict[str, float], edge: float, height: float
) -> list[alt.Chart]:
    """Draw a line above each month's first row, and one down each lane."""
    month = rows["until"].dt.to_period("M")
    firsts = pd.DataFrame({"y": rows.loc[month != month.shift(), "y"] - _ROW / 2})
    across = alt.Chart(firsts).mark_rule(color=theme.GRID)
    down = alt.Chart(pd.DataFrame({"x": list(middle.values())})).mark_rule(color=theme.GRID)
    return [
        across.encode(y=_at(alt.Y, "y:Q"), x=alt.value(0), x2=alt.value(edge)),
        down.encode(x=_at(alt.X, "x:Q"), y=alt.value(0), y2=alt.value(height)),
    ]


def _heads(middle: dict[str, float], narrow: bool) -> list[alt.Chart]:
    frame = pd.DataFrame({"head": list(_HEADS), "x": list(middle.values())})
    look: dict[str, Any] = {"align": "center", "dy": -8}
    if narrow:
        look = {"align": "left", "angle": 300, "dx": 6}
    text = alt.Chart(frame).mark_text(fontSize=11, color=theme.MUTED, **look)
    return [text.encode(x=_at(alt.X, "x:Q"), y=alt.value(0), text="head:N")]


def _column(rows: pd.DataFrame, field: str, x: float, colour: str) -> alt.Chart:
    text = alt.Chart(rows[[field, "y"]]).mark_text(align="left", baseline="middle", color=colour)
    return text.encode(x=alt.value(x), y=_at(alt.Y, "y:Q"), text=f"{field}:N")


def _marks(rows: pd.DataFrame) -> list[alt.Chart]:
    """Mark each step in its lane: shape and colour by home, hollow where it is vague."""
    drawn = []
    for (shape, colour, sure), part in rows.groupby(["shape", "colour", "sure"]):
        mark = alt.Chart(part).mark_point(
            size=70,
            shape=shape,
            filled=True,
            fill=colour if sure else theme.PAPER,
            stroke=colour,
            strokeWidth=2,
            opacity=1,
        )
        drawn.append(mark.encode(x=_at(alt.X, "x:Q"), y=_at(alt.Y, "y:Q"), tooltip=_TOOLTIP))
    return drawn


def _key(x: float, y: float) -> list[alt.Chart]:
    """Say which mark is whose."""
    layers = []
    for i, (bloc, shape) in enumerate(_SHAPES.items()):
        base = alt.Chart(pd.DataFrame({"text": [bloc]}))
        at = x + 5 + 75 * i
        colour = theme.BLOCS[bloc]
        mark = base.mark_point(size=70, shape=shape, filled=True, color=colour, opacity=1)
        layers.append(mark.encode(x=alt.value(at), y=alt.value(y)))
        word = base.mark_text(align="left", baseline="middle", color=theme.MUTED, fontSize=11)
        layers.append(word.encode(x=alt.value(at + 9), y=alt.value(y), text="text:N"))
    return layers


_TOOLTIP = [
    alt.Tooltip("name:N"),
    alt.Tooltip("text:N", title="what"),
    alt.Tooltip("date:T", format="%-d %b %Y", title="from"),
    alt.Tooltip("until:T", format="%-d %b %Y", title="to"),
    alt.Tooltip("actor:N"),
    alt.Tooltip("lane:N", title="kind"),
    alt.Tooltip("confidence:N"),
]
