"""The figure on prices: the ladder of lows with its companions, and what a solved task cost."""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.explore import Window
from openrace.figures.moment.price_runs import SHAPES, look, task_costs
from openrace.figures.parts import Mark, apart, key, moment
from openrace.figures.render import Chart
from openrace.numbers import written

_DAY = "%-d %b %Y"
_GAP, _LONG = 14, 20
_BLOCS = {
    "China": "Chinese model",
    "United States": "US model",
    "Europe": "European model",
    "Other": "other model",
    "Unknown": "model not scored",
}
_RATIO, _LADDER = "moment.r1_vs_o1_price_ratio", "moment.ladder"


class Words(NamedTuple):
    """What the drawing calls a price, where the words go (pixels), and what fits a phone."""

    text: str
    dx: int
    dy: int
    align: Literal["left", "right"]
    phone: str


# What is named beside the ladder: model, seller and day.
_NAMED = {
    ("o1-preview", "OpenAI", "2024-09-12"): Words("o1-preview", 9, 12, "left", "o1-preview"),
    ("o1-mini", "OpenAI", "2024-09-12"): Words("o1-mini", 9, 0, "left", "o1-mini"),
    ("o1", "OpenAI", "2024-12-17"): Words("o1", 9, -9, "left", "o1"),
    ("DeepSeek-R1", "DeepSeek", "2025-01-20"): Words("R1 at DeepSeek", -9, 0, "right", "R1"),
    ("o3-mini", "OpenAI", "2025-01-31"): Words("o3-mini; o1-mini, cut", -9, 2, "right", "o3-mini"),
    ("DeepSeek-R1", "Azure", "2025-03-17"): Words("R1 at Azure, Bedrock", -9, -3, "right", ""),
    ("DeepSeek-R1", "SambaNova", "2025-05-20"): Words(
        "R1 at other US hosts", 9, -5, "left", "R1 at US hosts"
    ),
    ("o3", "OpenAI", "2025-04-16"): Words("o3", 9, 0, "left", "o3"),
    ("o3", "OpenAI", "2025-06-10"): Words("o3, price cut", 9, 0, "left", "o3, cut"),
}
# Models that set a low; others have their own names, above a long step or beside a short one.
_LOWS = {
    "Gemini 2.5 Pro (Mar 2025)": Words("Gemini 2.5 Pro", -9, 0, "right", ""),
    "o4-mini": Words("o4-mini", 9, -9, "left", "o4-mini"),
    "Qwen3-Coder-480B-A35B": Words("Qwen3-Coder", 9, 2, "left", "Qwen3-Coder"),
    "Grok 4 Fast": Words("Grok 4 Fast", 9, -9, "left", "Grok 4 Fast"),
}


def _headline(n: Numbers) -> str:
    """Say what o1 and its cheaper successors cost beside R1."""
    ratio, hosts, o3_mini = n[_RATIO], n[f"{_RATIO}.us_hosts"], n[f"{_RATIO}.o3_mini"]
    if ratio.value is None:
        return "What reasoning cost, by list prices and in one benchmark"
    said = f"o1 was listed at {ratio} R1’s price"
    if hosts.value is not None:
        said += f", or {hosts} that of R1 at US hosts"
    if o3_mini.value is not None:
        said += f"; o3-mini, {n['moment.o3_mini_days']} days later, at {o3_mini}"
    return said


def _fall(n: Numbers) -> str:
    """Say how soon the score that counts as enough cost a tenth of o1, and with whose model."""
    days = n[f"{_LADDER}.o1_days"].value
    if not isinstance(days, int) or days < 1:
        return ""
    enough, model = n[f"{_LADDER}.enough"], n[f"{_LADDER}.tenth_model"]
    lacks = ", which R1 lacks," if n[f"{_LADDER}.r1_reaches"].value == "lacks" else ""
    return f". {enough}{lacks} cost a tenth of o1 after {days} days, with {model}"


def _alt(n: Numbers) -> str:
    first, last = n[f"{_LADDER}.first_price"], n[f"{_LADDER}.last_price"]
    o1, r1 = (n[f"moment.aider.cost_per_solved.{id}"] for id in ("o1", "r1"))
    said = f"{_headline(n)}{_fall(n)}."
    if last.value is not None:
        said += f" Steps fall from {first} to {last} per million tokens; lows after the first: "
        said += f"{n[f'{_LADDER}.us_steps']} by US models, {n[f'{_LADDER}.cn_steps']} by Chinese."
    if o1.value is not None and r1.value is not None:
        said += f" In Aider’s benchmark a solved task cost {o1} with o1, {r1} with R1."
    return said


def _subtitle(n: Numbers) -> str:
    """Say what is measured, of what there is."""
    if n[f"{_LADDER}.last_price"].value is None:
        return "List prices in US$ per million tokens, and US$ per task solved, on log scales"
    enough, blend = n[f"{_LADDER}.enough"], n[f"{_LADDER}.blend"]
    return (
        f"Lowest list price so far with at least {enough} in Epoch’s index, whoever sells it, US$ "
        f"per million tokens, {blend} of input to 1 of output; below, US$ per task solved in "
        "Aider’s coding benchmark; log scales"
    )


@figure(
    "moment-price",
    title=lambda n: f"{_headline(n)}{_fall(n)}",
    subtitle=_subtitle,
    alt=_alt,
    limit=(
        "What was paid: list prices leave out discounts and how many tokens a task takes, and a "
        "low may since have been withdrawn."
    ),
    tables=(
        "list_prices",
        "official_prices",
        "aider_runs",
        "capability_index",
        "model_names",
        "price_hosts",
    ),
    controls=(Window(("date",)),),
)
def price(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw the ladder and, below it, the runs; either may be missing."""
    narrow = width == theme.NARROW
    plot = width - 44
    runs, listed = table[table["part"] == "aider"], table[table["part"] != "aider"]
    parts: list[Chart] = [key(_marks(table, numbers, narrow))]
    if len(listed):
        parts.append(_ladders(listed, numbers, plot, narrow))
    if len(runs):
        parts.append(task_costs(runs, plot, narrow))
    return alt.vconcat(*parts, spacing=22)


def _tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("model:N"),
        alt.Tooltip("host:N", title="seller"),
        alt.Tooltip("date:T", format=_DAY),
        alt.Tooltip("date_kind:N", title="day of"),
        alt.Tooltip("price:Q", format="$,.3f", title="mixed"),
        alt.Tooltip("input:Q", format="$,.3f"),
        alt.Tooltip("output:Q", format="$,.3f"),
        alt.Tooltip("score:Q", format=".1f"),
    ]


def _ladders(listed: pd.DataFrame, n: Numbers, plot: int, narrow: bool) -> Chart:
    """Draw both ladders and the prices that are named beside them."""
    height = 300 if narrow else 350
    first = min(pd.Timestamp("2024-09-01"), listed["date"].min())
    last = listed[["date", "until"]].max().max()
    low, high = listed["price"].min() * 0.45, listed["price"].max() * 1.5
    months = list(pd.date_range(first, last, freq="MS"))[:: 6 if narrow else 3]
    style: dict[str, Any] = {"format": "%b %Y", "labelFlush": False, "labelOverlap": False}
    dated = alt.Axis(values=[moment(m) for m in months], **style)
    span = alt.Scale(domain=[moment(first), moment(last)])
    x = alt.X("date:T", title=None, axis=dated, scale=span)
    ticks = [v for v in (0.03, 0.1, 0.3, 1, 3, 10, 30) if low * 1.2 <= v <= high]
    y = alt.Y(
        "price:Q",
        title="US$ per million tokens",
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=alt.Axis(values=ticks, format="~g"),
    )
    lows, at_r1, named = (listed[listed["part"] == p] for p in ("ladder", "r1 score", "named"))
    layers = [
        *_horizon(n, x, first, last),
        *_steps(at_r1, x, y, theme.MUTED),
        *_steps(lows, x, y, theme.INK),
        *_ends(lows, at_r1, n, x, height / math.log(high / low), high),
        *_named(named, x, y),
        *_words(named, lows, x, y, narrow),
    ]
    return alt.layer(*layers).properties(width=plot, height=height)


def _steps(rows: pd.DataFrame, x: alt.X, y: alt.Y, ink: str) -> list[alt.Chart]:
    """Draw a ladder as steps with a point at each low."""
    main = ink == theme.INK
    base, weight = alt.Chart(rows).encode(x=x, y=y), 2 if main else 1
    points = base if main else alt.Chart(rows.iloc[1:]).encode(x=x, y=y)  # R1 has its own mark
    dressed = look(tooltip=_tooltip())
    return [
        base.mark_line(interpolate="step-after", color=ink, strokeWidth=weight),
        base.mark_rule(color=ink, strokeWidth=weight).encode(x2="until:T"),
        points.mark_point(filled=True, opacity=1, size=70 if main else 24).encode(**dressed),
    ]


def _ends(
    lows: pd.DataFrame, at_r1: pd.DataFrame, n: Numbers, x: alt.X, scale: float, high: float
) -> list[alt.Chart]:
    """Say below the ladders' ends what each is, and its price."""
    ends = pd.concat([part.tail(1) for part in (lows, at_r1) if len(part)] or [lows])
    enough = {"ladder": str(n[f"{_LADDER}.enough"]), "r1 score": "R1’s score"}
    prices = ends["price"].map(lambda v: written(v, "US$")).astype("str")  # also where none is
    said = ends["part"].map(enough) + ": " + prices
    below = ends["price"].map(lambda v: scale * math.log(high / v) + 14)
    rows = ends.assign(date=ends["until"], text="at least " + said, place=apart(below, _GAP))
    base = alt.Chart(rows[["part", "date", "text", "place"]])
    inks = alt.when("datum.part == 'ladder'").then(alt.value(theme.INK))
    words = base.mark_text(align="right").encode(color=inks.otherwise(alt.value(theme.MUTED)))
    return [words.encode(x=x, y=alt.Y("place:Q").scale(None), text="text:N")]


def _horizon(n: Numbers, x: alt.X, first: pd.Timestamp, last: pd.Timestamp) -> list[alt.Chart]:
    """Mark the last release that the index scores."""
    day = n[f"{_LADDER}.horizon"].value
    if day is None or pd.Timestamp(day) >= last:
        return []
    late = pd.Timestamp(day) > first + (last - first) * 0.75
    frame = pd.DataFrame({"date": [pd.Timestamp(day)], "text": ["no newer model\nhas a score"]})
    style: dict[str, Any] = {"align": "right" if late else "left", "dx": -5 if late else 5}
    base = alt.Chart(frame).encode(x=x)
    said = base.mark_text(color=theme.MUTED, baseline="top", lineBreak="\n", **style)
    return [
        base.mark_rule(strokeDash=[3, 3]).encode(y=alt.value(0), y2=alt.value(34)),
        said.encode(y=alt.value(0), text="text:N"),
    ]


def _named(rows: pd.DataFrame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Mark what the argument names: filled with the score that counts as enough, else hollow."""
    style: dict[str, Any] = {"opacity": 1, "size": 52, "strokeWidth": 1.8}
    return [
        alt.Chart(part)
        .mark_point(filled=bool(reaches), **style)
        .encode(x=x, y=y, **look(tooltip=_tooltip()))
        for reaches, part in rows.groupby("reaches")
    ]


def _words(
    named: pd.DataFrame, lows: pd.DataFrame, x: alt.X, y: alt.Y, narrow: bool
) -> list[alt.Chart]:
    """Name prices at their marks, each once; a model with several lows in a row once as well."""
    placed = [(row, _NAMED[at]) for row in named.itertuples() if (at := _at(row)) in _NAMED]
    known = {_at(row) for row, _ in placed}
    new = lows[lows["model"] != lows["model"].shift()]
    placed += [(row, _low_words(row)) for row in new.itertuples() if _at(row) not in known]
    layers = []
    for row, words in placed:
        text = words.phone if narrow else words.text
        frame = pd.DataFrame({"date": [row.date], "price": [row.price], "text": [text]})
        said = alt.Chart(frame).mark_text(align=words.align, dx=words.dx, dy=words.dy)
        layers.append(said.encode(x=x, y=y, text="text:N"))
    return layers


def _at(row: Any) -> tuple[str, str, str]:
    return row.model, row.host, f"{row.date:%Y-%m-%d}"


def _low_words(row: Any) -> Words:
    long = (row.until - row.date).days > _LONG
    return _LOWS.get(row.model, Words(row.model, 9, -9 if long else 0, "left", ""))


def _marks(table: pd.DataFrame, n: Numbers, narrow: bool) -> list[Mark]:
    """Say what colour, shape and filling mean, of what is drawn."""
    there = [bloc for bloc in _BLOCS if bloc in set(table["bloc"])]
    marks = [
        Mark(_BLOCS[bloc], SHAPES[bloc], True, theme.BLOCS[bloc], 6 + 110 * at, 6)
        for at, bloc in enumerate(there)
    ]
    if (table["reaches"] == False).any():  # noqa: E712  (missing is neither)
        at = (6, 24) if narrow else (6 + 110 * len(marks), 6)
        below = f"hollow: below {n[f'{_LADDER}.enough']}"
        marks.append(Mark(below, "circle", False, theme.INK, *at))
    return marks
