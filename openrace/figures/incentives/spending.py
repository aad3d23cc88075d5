"""The figure on tokens and dollars: one week's shares at a router, and bounds at a gateway."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.parts import Mark, heading, key, percent_axis, sentence, share_text
from openrace.figures.render import Chart
from openrace.numbers import written

_TOKENS, _DOLLARS = "incentives.token_share", "incentives.spend_share"
_SPEND = "incentives.spend"
_ROWS = {
    ("country", "CN"): ("China", "China"),
    ("country", "US"): ("United States", "United States"),
    ("country", "other"): ("Elsewhere", "Other"),
    ("country", "unknown"): ("Unknown", "Unknown"),
    ("access", "open"): ("Open weights", "access"),
    ("access", "closed"): ("Closed", "access"),
    ("access", "unknown"): ("Unknown", "Unknown"),
}
_HEADS = {"country": "By home of the maker", "access": "By access to the weights"}
_PLACES = {
    "router": "OpenRouter, a router: every model counted",
    "gateway": "Vercel’s gateway: bounds, ten models named",
}
_TICKS = [0, 0.25, 0.5, 0.75, 1]
_BAR, _STEP, _BLOCK, _TOP = 10, 32, 24, 46
_NAMES = 88


def _title(n: Numbers) -> str:
    """Say who has the tokens and who has the dollars, counted and bounded."""
    said = []
    cn, us = n[f"{_TOKENS}.cn"], n[f"{_TOKENS}.us"]
    if cn.value is not None:
        said.append(
            f"Chinese models had {cn} of one router’s tokens and {n[f'{_DOLLARS}.cn']} of its "
            f"dollars, US models {us} and {n[f'{_DOLLARS}.us']}"
        )
    least, most = n[f"{_DOLLARS}.us.vercel.low"], n[f"{_DOLLARS}.cn.vercel.high"]
    if least.value is not None:
        said.append(
            f"at one gateway US models had at least {least} of the dollars, Chinese ones at most "
            f"{most}"
        )
    return sentence("; ".join(said) or "Shares of tokens and of dollars")


def _subtitle(n: Numbers) -> str:
    """Say what is counted where, and when; either place may be missing."""
    said = []
    if n[f"{_SPEND}.until"].value is not None:
        said.append(
            f"router, {n[f'{_SPEND}.models']} models, {n[f'{_SPEND}.first']} to "
            f"{n[f'{_SPEND}.until']}: {n[f'{_SPEND}.tokens']} tokens and, at prices paid after "
            f"caching, US$ {n[f'{_SPEND}.dollars']}; lines: range over {n[f'{_SPEND}.weeks']} "
            "overlapping weeks and daily prices"
        )
    if n[f"{_SPEND}.vercel_until"].value is not None:
        said.append(
            f"gateway, week to {n[f'{_SPEND}.vercel_until']}: from what is named of a group to "
            "that and all that is not named"
        )
    return ". ".join(sentence(s) for s in ["share of tokens and of dollars", *said])


def _alt(n: Numbers) -> str:
    said = f"{_title(n)}."
    if n[f"{_TOKENS}.open"].value is not None:
        said += (
            f" By access at the router: open weights {n[f'{_TOKENS}.open']} of tokens and "
            f"{n[f'{_DOLLARS}.open']} of dollars."
        )
    if n[f"{_TOKENS}.cn.vercel.low"].value is not None:
        said += f" Chinese models had {n[f'{_TOKENS}.cn.vercel.low']} to "
        said += f"{n[f'{_TOKENS}.cn.vercel.high']} of the gateway’s tokens."
    return said


@figure(
    "incentives-tokens-dollars",
    title=_title,
    subtitle=_subtitle,
    alt=_alt,
    limit=(
        "Use in the US or in any one country, or what makers sell directly: one router, more than "
        "half of whose use is outside the US, and one gateway, of which only our sums over models "
        "and means over a week may be shown."
    ),
    tables=("token_spend", "gateway_shares", "router_access", "labs"),
)
def tokens_dollars(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw a panel per place: beside each other on a wide page, one below the other on a phone."""
    narrow = width == theme.NARROW
    places = [p for p in _PLACES if (table["place"] == p).any()]
    several = 1 if narrow else len(places)
    room = (width - several * _NAMES - 70) // several
    panels = [_panel(table[table["place"] == p], p, room) for p in places]
    whole: Chart = alt.vconcat(*panels, spacing=22) if narrow else alt.hconcat(*panels, spacing=8)
    return alt.vconcat(_key(), whole, spacing=12)


def _key() -> Chart:
    """Say which bar is of tokens and which of dollars."""
    left = 6 - _NAMES
    first, second = "share of tokens", "share of dollars"
    marks = [
        Mark(first, "square", False, theme.INK, left, 6),
        Mark(second, "square", True, theme.INK, left + 112, 6),
    ]
    return key(marks)


def _placed(rows: pd.DataFrame, at: str) -> pd.DataFrame:
    """Place each bar: a pair for each group, tokens above dollars, with room between the blocks."""
    order = {k: i for i, k in enumerate(_ROWS)}
    place = rows.assign(
        row=[order[k] for k in zip(rows["by"], rows["group"], strict=True)],
        named=[_named(k, at) for k in zip(rows["by"], rows["group"], strict=True)],
        bloc=[_ROWS[k][1] for k in zip(rows["by"], rows["group"], strict=True)],
    )
    block = (place["by"] == "access") * _BLOCK
    place["y"] = _TOP + place["row"] * _STEP + block + (place["measure"] == "dollars") * (_BAR + 3)
    place["y2"] = place["y"] + _BAR
    known = place["value"].notna()
    place["from"] = place["low"].where(~known, 0.0)
    place["to"] = place["value"].where(known, place["high"])
    place["end"] = place[["to", "high"]].max(axis=1)
    place["said"] = [_said(r) for r in place.itertuples()]
    return place


def _named(group: tuple[str, str], at: str) -> str:
    """Name a group; at the gateway the unknown are the models that it does not name."""
    return "Not named" if (group[1], at) == ("unknown", "gateway") else _ROWS[group][0]


def _said(row: Any) -> str:
    """Write a share, or its bounds."""
    if row.value == row.value:
        return share_text(row.value)
    return f"{written(row.low, 'share', bare=True)} to {share_text(row.high)}"


def _panel(rows: pd.DataFrame, place: str, room: int) -> Chart:
    """Draw one place: names, bars, ranges and values."""
    bars = _placed(rows, place)
    height = float(bars["y2"].max()) + 6
    scale = alt.Scale(domain=[0, height], range=[0, height], nice=False, zero=False)
    y = alt.Y("y:Q", scale=scale, axis=None)
    x = _across(room)
    middle = bars.assign(y=bars["y"] + _BAR / 2)
    ranges = middle[middle["value"].notna() & (middle["high"] > middle["low"])]
    names = middle[middle["measure"] == "tokens"]
    names = names.assign(y=names["y"] + _BAR / 2 + 1)
    look: dict[str, Any] = {"align": "left", "baseline": "middle"}
    layers = [
        _grid(bars, x("at"), y),
        *(_bars(bars[bars["measure"] == m], x("from"), y, m) for m in ("tokens", "dollars")),
        alt.Chart(ranges)
        .mark_rule(strokeWidth=1.4, color=theme.INK)
        .encode(x=x("low"), x2="high:Q", y=y, tooltip=_tooltip()),
        alt.Chart(middle)
        .mark_text(dx=5, fontSize=11, **look)
        .encode(x=x("end"), y=y, text="said:N"),
        alt.Chart(names)
        .mark_text(fontSize=12, **look)
        .encode(x=alt.value(-_NAMES), y=y, text="named:N"),
    ]
    muted: dict[str, Any] = {"fontSize": 12, "fontWeight": "normal", "color": theme.MUTED}
    heads = [
        heading(_HEADS[str(by)], top - 20, dx=-_NAMES, **muted)
        for by, top in bars.groupby("by")["y"].min().items()
    ]
    title = heading(_PLACES[place], 0, dx=-_NAMES)
    return alt.layer(*layers, *heads, title).properties(width=room, height=height)


def _across(room: int) -> Callable[[str], alt.X]:
    """Return how to place a field by its share, on one scale and axis for all layers."""
    scale = alt.Scale(domain=[0, 1], range=[0, room], nice=False)
    axis = percent_axis(values=_TICKS, grid=False)
    return lambda field: alt.X(f"{field}:Q", title="Share", scale=scale, axis=axis)


def _grid(bars: pd.DataFrame, x: alt.X, y: alt.Y) -> alt.Chart:
    """Draw light lines behind the bars of each block, and none through its heading."""
    blocks = bars.groupby("by").agg(y=("y", "min"), y2=("y2", "max")).reset_index()
    lines = blocks.merge(pd.DataFrame({"at": _TICKS}), how="cross")
    lines = lines.assign(y=lines["y"] - 3, y2=lines["y2"] + 5)
    return alt.Chart(lines).mark_rule(color=theme.GRID).encode(x=x, y=y, y2="y2:Q")


def _bars(rows: pd.DataFrame, x: alt.X, y: alt.Y, measure: str) -> alt.Chart:
    """Draw bars of one measure: of tokens hollow, of dollars filled."""
    colours = alt.Scale(domain=[*theme.BLOCS, "access"], range=[*theme.BLOCS.values(), theme.MUTED])
    drawn: dict[str, Any] = {
        "stroke": alt.Stroke("bloc:N", scale=colours, legend=None),
        "fill": alt.value(theme.PAPER),
    }
    if measure == "dollars":
        drawn["fill"] = alt.Fill("bloc:N", scale=colours, legend=None)
    mark = alt.Chart(rows).mark_rect(strokeWidth=1.4, opacity=1)
    return mark.encode(x=x, x2="to:Q", y=y, y2="y2:Q", tooltip=_tooltip(), **drawn)


def _tooltip() -> list[alt.Tooltip]:
    """Say all of a bar."""
    return [
        alt.Tooltip("place:N"),
        alt.Tooltip("named:N", title="group"),
        alt.Tooltip("measure:N", title="share of"),
        alt.Tooltip("value:Q", title="share", format=".1%"),
        alt.Tooltip("low:Q", title="from", format=".1%"),
        alt.Tooltip("high:Q", title="to", format=".1%"),
        alt.Tooltip("models:Q", title="models counted"),
    ]
