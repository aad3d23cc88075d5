"""The figure on the price history: a small drawing per lab, all on the same scales."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.moment.price_runs import look
from openrace.figures.parts import Mark, key, moment
from openrace.figures.render import Chart
from openrace.numbers import NBSP, written

_DAY = "%-d %b %Y"
_LABS = ["OpenAI", "Anthropic", "Google", "xAI", "Meta", "Mistral AI"]
_LABS += ["DeepSeek", "Alibaba", "Moonshot AI", "Z.ai", "MiniMax"]
_SIDES = {"United States": "US lab", "Europe": "French lab", "China": "Chinese lab"}
_FIRST = pd.Timestamp("2024-01-01")
# How a price is known -> the dash of its line, and the words of the key.
_DASHES: dict[str, tuple[list[float], str]] = {
    "dated": ([1, 0], "day of the maker, or of a commit to a list"),
    "catalogue": ([5, 2], "day of a catalogue only"),
    "hidden": ([1, 2.5], "no list shows it yet, or any more"),
}
_H = "costs.history"


def _dearer(n: Numbers, infix: str) -> str:
    """Say of how many labs of each side the flagship has become dearer."""
    parts = []
    for side, whose in (("cn", "Chinese"), ("us", "US")):
        labs, dearer = (n[f"{_H}.{infix}{name}.{side}"].value for name in ("labs", "dearer"))
        if labs:
            parts.append(f"{dearer or 'none'} of {labs} {whose}")
    return ", ".join(parts)


def _headline(n: Numbers) -> str:
    """Say of how many labs the flagship has become dearer, since its first price and lately."""
    whole, later = _dearer(n, ""), _dearer(n, "since.")
    if not whole:
        return "What each lab’s flagship cost at its own API"
    text = f"Labs whose flagship is dearer than at first: {whole}"
    return f"{text}; since {n[f'{_H}.since.day']}: {later}" if later else text


def _alt(n: Numbers) -> str:
    text = f"{_headline(n)}. Steps by lab"
    for lab, name in (("openai", "OpenAI"), ("deepseek", "DeepSeek")):
        first, last = n[f"{_H}.first_price.{lab}"], n[f"{_H}.last_price.{lab}"]
        if last.value is not None:
            text += f"; {name}’s flagship goes from {first} to {last} per million tokens"
    return f"{text}."


@figure(
    "costs-price-history",
    title=_headline,
    subtitle=lambda n: (
        "List price of each lab’s flagship at its own API since January 2024, or its first price "
        "since, US$ per million tokens of the chosen blend (three input to one output unless "
        "changed), log scale"
    ),
    alt=_alt,
    limit=(
        "What is bought for the price: flagships of one day differ in quality and in how many "
        "tokens they use, and what is a flagship is a rule of ours."
    ),
    tables=("list_prices", "official_prices", "flagships", "model_names", "price_hosts"),
)
def price_history(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw each lab's steps, four in a row or two on a phone."""
    narrow = width == theme.NARROW
    columns, height = (2, 84) if narrow else (4, 100)
    plot = (width - 44 - (columns - 1) * 18) // columns
    x, y = _scales(table)
    rows = _rows(table)
    there = [lab for lab in _LABS if lab in set(rows["lab"])]
    # Names stand above all that a panel holds; this much lower they are beside its prices.
    name = alt.Header(title=None, labelAnchor="start", labelFontWeight="bold", labelPadding=-13)
    panels = (
        alt.layer(*_lines(x, y), *_lags(x, y), *_marks(x, y), *_words(plot), data=rows)
        .properties(width=plot, height=height)
        .facet(facet=alt.Facet("lab:N", sort=there, header=name), columns=columns)
        .properties(bounds="flush", spacing={"row": 59, "column": 18})
        .resolve_axis(x="independent")
    )
    return alt.vconcat(_key(rows[rows["part"] == "step"], narrow), panels, spacing=12)


def _scales(table: pd.DataFrame) -> tuple[alt.X, alt.Y]:
    """Return the scales that all panels share."""
    low, high = table["price"].min() * 0.6, table["price"].max() * 1.5
    last = table["until"].max()
    years = pd.date_range(_FIRST, max(last, _FIRST), freq="YS")
    ticks = [moment(day) for day in years if (last - day).days > 90]
    day = alt.Scale(domain=[moment(_FIRST), moment(max(last, _FIRST + pd.Timedelta(days=90)))])
    axis = alt.Axis(values=ticks, format="%Y", labelFlush=False, labelAlign="left")
    prices = [v for v in (0.1, 0.3, 1, 3, 10, 30) if low * 1.15 <= v <= high]
    return alt.X("from:T", title=None, scale=day, axis=axis), alt.Y(
        "price:Q",
        title=None,
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=alt.Axis(values=prices, format="~g"),
    )


def _rows(table: pd.DataFrame) -> pd.DataFrame:
    """Say of each step how it is drawn: its dash, whence it rises, whether it is the last."""
    steps = table[(table["part"] == "step") & (table["until"] >= _FIRST)]
    steps = steps.assign(**{"from": steps["from"].clip(lower=_FIRST)})
    style = steps["date_kind"].where(steps["date_kind"] == "catalogue", "dated")
    line = steps[steps["tier"] == "line"]
    before = line.groupby("lab")[["price", "until"]].shift()
    rises = (before["until"] == line["from"]) & (before["price"] != line["price"])
    steps = steps.assign(
        style=style.where(steps["shown"].astype(bool), "hidden"),
        before=before["price"].where(rises),
        last=~steps.duplicated(["lab", "tier"], keep="last"),
    )
    lags = table[(table["part"] == "lag") & table["lab"].isin(steps["lab"])]
    return pd.concat([steps.merge(_said(line), on="lab"), lags], ignore_index=True)


def _said(line: pd.DataFrame) -> pd.DataFrame:
    """Return what is said of each lab: its flagship now, its first and last price."""
    found = []
    for lab, rows in line.groupby("lab"):
        first, last = (written(rows["price"].iloc[at], "US$").split(NBSP)[1] for at in (0, -1))
        moved = f"{first} → {last}" if rows["model"].nunique() > 1 else last
        found.append((lab, rows["model"].iloc[-1].removesuffix(" preview"), moved))
    return pd.DataFrame(found, columns=["lab", "flagship", "moved"])


def _tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("lab:N"),
        alt.Tooltip("model:N"),
        alt.Tooltip("from:T", format=_DAY),
        alt.Tooltip("until:T", format=_DAY),
        alt.Tooltip("price:Q", format="$,.3f", title="blend"),
        alt.Tooltip("input:Q", format="$,.3f"),
        alt.Tooltip("output:Q", format="$,.3f"),
        alt.Tooltip("source:N"),
        alt.Tooltip("date_kind:N", title="day of"),
        alt.Tooltip("shown:N", title="shown by a list"),
    ]


def _of(condition: str) -> alt.Chart:
    """Begin a layer of the rows for which a condition holds."""
    return alt.Chart().transform_filter(condition)


def _lines(x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Draw prices as long as they stand, and where one step follows another without a gap."""
    colour = theme.bloc_colour(legend=None)
    rises = _of("isValid(datum.before)").mark_rule(strokeWidth=1)
    dashes = alt.Scale(domain=list(_DASHES), range=[dash for dash, _ in _DASHES.values()])
    thick = alt.condition("datum.tier == 'top'", alt.value(1.2), alt.value(2.4))
    steps = _of("datum.part == 'step'").mark_rule()
    return [
        rises.encode(x=x, y=y, y2="before:Q", color=colour),
        steps.encode(x=x, x2="until:T", y=y, color=colour, tooltip=_tooltip()).encode(
            strokeDash=alt.StrokeDash("style:N", scale=dashes, legend=None), strokeWidth=thick
        ),
    ]


def _lags(x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Draw from a maker's day to the first commit that shows the price, below its step."""
    tips = [
        alt.Tooltip("model:N"),
        alt.Tooltip("from:T", format=_DAY, title="maker’s day"),
        alt.Tooltip("seen:T", format=_DAY, title="first in a list"),
        alt.Tooltip("days:Q", title="days late"),
    ]
    base = _of("datum.part == 'lag'").encode(x=x, y=y, tooltip=tips)
    tick: dict[str, Any] = {"color": theme.INK, "thickness": 1, "size": 7, "yOffset": 5}
    return [
        base.mark_rule(color=theme.INK, strokeWidth=1, yOffset=5).encode(x2="seen:T"),
        base.mark_tick(orient="vertical", **tick),
    ]


def _marks(x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Mark where another list takes over, and the last price of each line."""
    ring: dict[str, Any] = {"size": 16, "strokeWidth": 1, "fill": theme.PAPER, "opacity": 1}
    joins = _of("datum.joined").mark_point(stroke=theme.INK, shape="circle", **ring)
    layers = [joins.encode(x=x, y=y, tooltip=_tooltip())]
    inside: dict[str, dict[str, Any]] = {"top": {"fill": theme.PAPER}, "line": {"filled": True}}
    for tier, style in inside.items():
        last = _of(f"datum.last && datum.tier == '{tier}'")
        base = last.mark_point(size=42, opacity=1, strokeWidth=1.5, **style)
        layers.append(base.encode(x=alt.X("until:T"), y=y, **look(tooltip=_tooltip())))
    return layers


def _words(plot: int) -> list[alt.Chart]:
    """Give a lab's flagship now, and its first and last price, below and beside its name."""
    said: list[tuple[str, int, int, dict[str, Any]]] = [
        ("flagship", 0, -3, {"align": "left", "color": theme.MUTED}),
        ("moved", plot, -17, {"align": "right"}),
    ]
    base = _of("datum.last && datum.tier == 'line'")
    return [
        base.mark_text(baseline="bottom", **style).encode(
            x=alt.value(x), y=alt.value(y), text=f"{field}:N"
        )
        for field, x, y, style in said
    ]


def _key(steps: pd.DataFrame, narrow: bool) -> Chart:
    """Say what colours, lines and marks mean."""
    there = [bloc for bloc in _SIDES if bloc in set(steps["bloc"])]
    shapes = {"United States": "square", "Europe": "triangle-up", "China": "circle"}
    marks = [
        Mark(_SIDES[b], shapes[b], True, theme.BLOCS[b], 6 + 92 * at, 4)
        for at, b in enumerate(there)
    ]
    above = bool((steps["tier"] == "top").any())
    if above:
        at = (6, 22) if narrow else (6 + 92 * len(marks), 4)
        marks.append(
            Mark("thin, hollow: dearer model above the line", "circle", False, theme.MUTED, *at)
        )
    layers: list[Chart] = [key(marks)]
    places = _places(narrow, 22 + 18 * above if narrow else 22)
    for (dash, words), (x, y) in zip(_DASHES.values(), places, strict=False):
        layers += _swatch(words, x, y, dash)
    (jx, jy), (lx, ly) = places[3:]
    ring: dict[str, Any] = {"size": 16, "fill": theme.PAPER, "strokeWidth": 1, "opacity": 1}
    dot = alt.Chart(pd.DataFrame({"text": ["another list takes over"]}))
    layers += [
        dot.mark_point(stroke=theme.INK, **ring).encode(x=alt.value(jx + 10), y=alt.value(jy)),
        dot.mark_text(align="left").encode(x=alt.value(jx + 26), y=alt.value(jy), text="text:N"),
        *_swatch("from the maker’s day to the first commit", lx, ly, [1, 0], 1),
    ]
    return alt.layer(*layers).properties(width=1, height=max(y for _, y in places) + 18)


def _places(narrow: bool, top: int) -> list[tuple[int, int]]:
    """Return where the lines of the key stand."""
    if narrow:
        return [(0, top + 16 * at) for at in range(5)]
    return [(0, top), (282, top), (440, top), (282, top + 18), (0, top + 18)]


def _swatch(
    words: str, x: float, y: float, dash: list[float], thick: float = 2.4
) -> list[alt.Chart]:
    """Draw a piece of line with what it means."""
    base = alt.Chart(pd.DataFrame({"text": [words]}))
    line = base.mark_rule(color=theme.INK, strokeWidth=thick, strokeDash=dash)
    ends: list[alt.Chart] = []
    if thick == 1:
        tick = base.mark_rule(color=theme.INK, strokeWidth=1)
        ends.append(tick.encode(x=alt.value(x), y=alt.value(y - 3.5), y2=alt.value(y + 3.5)))
    return [
        line.encode(x=alt.value(x), x2=alt.value(x + 20), y=alt.value(y)),
        base.mark_text(align="left").encode(x=alt.value(x + 26), y=alt.value(y), text="text:N"),
        *ends,
    ]
