"""The figure of attention: views of Wikipedia's articles by day; it appears once there are any."""

from __future__ import annotations

import math
from typing import Any

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.moment.flags import ASIDE, SIZE, balanced, labels
from openrace.figures.parts import moment
from openrace.figures.render import Chart
from openrace.measures.moment.attention import BESIDE, EVENT, FIRST, LAST, R1, SUBJECT, V3

#: Articles: the name beside the line, its colour, its dash; the two of a side differ by dash.
_LINES: dict[str, tuple[str, str, list[int]]] = {
    SUBJECT: ("DeepSeek", theme.BLOCS["China"], [1, 0]),
    "ChatGPT": ("ChatGPT", theme.BLOCS["United States"], [1, 0]),
    "Llama (language model)": ("Llama", theme.BLOCS["United States"], [4, 2]),
    "Qwen": ("Qwen", theme.BLOCS["China"], [4, 2]),
}
_EVENTS = {"V3, 26 Dec": V3, "R1, 20 Jan": R1, "Nvidia’s day, 27 Jan": EVENT}
_TALL, _HEAD, _LEVEL = 250, 8, 14  # pixels: the plot; air above it; a line of text
_DAY = "%-d %b %Y"


def _days(number: object) -> str:
    return f"{number} day{'' if str(number) == '1' else 's'}"


def _finding(n: Numbers) -> str:
    peak, day, multiple, half = (
        n[f"moment.attention.{id}"] for id in ("peak", "peak_day", "multiple", "half_life_days")
    )
    if peak.value is None:
        return "Wikimedia counts no views of the article on DeepSeek in the month after R1"
    words = f"Wikipedia’s article on DeepSeek was opened {peak} times on {day}"
    if multiple.value is not None:
        words += f", {multiple} a usual day before R1"
    if half.value is None:
        return f"{words}; no later day counted had half as many"
    return f"{words}, and half as often {_days(half)} later"


def _alt(n: Numbers) -> str:
    stayed, others = n["moment.attention.after.multiple"], []
    for article, slug in BESIDE.items():
        other = n[f"moment.attention.multiple.{slug}"]
        if other.value is not None:
            others.append(f"{_LINES[article][0]} {other}")
    return (
        f"Lines of views by day, on a logarithmic scale, for four articles. {_finding(n)}."
        + (f" In April 2025 a usual day had {stayed} as many as before." if stayed.value else "")
        + (f" Highest day over the usual one: {', '.join(others)}." if others else "")
    )


@figure(
    "moment-attention",
    title=_finding,
    subtitle=lambda n: (
        "Views of four articles of the English Wikipedia a day, by people, world-wide, logarithmic "
        "scale, 1 December 2024 to 27 April 2025; days without a count are gaps"
    ),
    alt=_alt,
    limit="Who reads, where, or whether they use a model: readers of English are all over the "
    "world, and views of redirects and of other articles on the same thing are not in it.",
    tables=("attention_daily",),
    appears=True,
)
def attention(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw a line per article, broken at gaps, with the events above the plot."""
    narrow = width == theme.NARROW
    plot = width - (118 if narrow else 126)
    scale = _scale(table["views"])
    x = alt.X("date:T", title=None, axis=_months(narrow)).scale(
        domain=[moment(FIRST), moment(LAST)], nice=False
    )
    ticks = [0.0, *(10.0**i for i in range(10))]
    axis = alt.Axis(values=[t for t in ticks if scale[0] <= t <= scale[1]], format=",d")
    y = alt.Y("views:Q", title=None, axis=axis).scale(
        type="symlog", constant=1, domain=list(scale), nice=False
    )
    flags = labels(((name, _across(day, plot)) for name, day in _EVENTS.items()), plot)
    layers = [*_events(flags), *_curves(table, x, y), *_named(table, scale, plot)]
    return alt.layer(*layers).properties(width=plot, height=_TALL)


def _scale(views: pd.Series) -> tuple[float, float]:
    """Return the ends of the scale, with room below the fewest views and above the most."""
    return 0.6 * float(views.min()), 1.6 * float(views.max()) + 1


def _months(narrow: bool) -> alt.Axis:
    firsts = pd.date_range(FIRST, LAST, freq="2MS" if narrow else "MS")
    return alt.Axis(
        values=[moment(day) for day in firsts],
        labelExpr="timeFormat(datum.value, '%b %Y')",
        labelAlign="left",
        labelFlush=False,
    )


def _across(day: pd.Timestamp, plot: float) -> float:
    return float((day - FIRST) / (LAST - FIRST) * plot)


def _events(flags: list[Any]) -> list[alt.Chart]:
    """Rule the days through the plot and write what they are above it."""
    rows = [(f.text, f.x, -_HEAD - (f.level + 1) * _LEVEL, float(_TALL), f.leftward) for f in flags]
    frame = pd.DataFrame(rows, columns=["name", "x", "top", "foot", "leftward"])
    base = alt.Chart(frame).encode(x=alt.X("x:Q").scale(None).axis(None))
    top = alt.Y("top:Q").scale(None).axis(None)
    rule = base.mark_rule(color=theme.MUTED, strokeDash=[3, 3], strokeWidth=1)
    drawn = [rule.encode(y=top, y2="foot:Q")]
    for leftward in (False, True):
        words = base.transform_filter(alt.datum.leftward == leftward).mark_text(
            align="right" if leftward else "left",
            dx=-ASIDE if leftward else ASIDE,
            baseline="top",
            color=theme.MUTED,
            fontSize=SIZE,
        )
        drawn.append(words.encode(y=top, text="name:N"))
    return drawn


def _curves(table: pd.DataFrame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Draw a line per run of days, a day between two gaps as a dot, and the marked days by name."""
    tooltip = [
        alt.Tooltip("article:N"),
        alt.Tooltip("date:T", format=_DAY),
        alt.Tooltip("views:Q", format=",d"),
    ]
    drawn: list[alt.Chart] = []
    for article, (_, colour, dash) in reversed(_LINES.items()):
        rows = table[table["article"] == article]
        base = alt.Chart(rows).encode(x=x, y=y, tooltip=tooltip)
        wide = 2.2 if article == SUBJECT else 1.3
        lines = base.mark_line(color=colour, strokeDash=dash, strokeWidth=wide)
        alone = rows.groupby("run")["date"].transform("size") == 1
        dots = alt.Chart(rows[alone]).encode(x=x, y=y, tooltip=tooltip)
        drawn += [
            lines.encode(detail="run:N"),
            dots.mark_point(filled=True, color=colour, size=14, opacity=1),
        ]
    marked = alt.Chart(table[table["mark"] != ""]).encode(x=x, y=y, tooltip=["mark:N", *tooltip])
    rings = marked.mark_point(size=46, fill=theme.PAPER, stroke=theme.BLOCS["China"], opacity=1)
    names = marked.mark_text(align="left", dx=9, fontSize=SIZE, color=theme.INK)
    return [*drawn, rings, names.encode(text="mark:N")]


def _named(table: pd.DataFrame, scale: tuple[float, float], plot: float) -> list[alt.Chart]:
    """Write each article's name beside the end of its line."""
    last = table.sort_values("date").drop_duplicates("article", keep="last")
    low, high = (math.log1p(end) for end in scale)
    place = [_TALL * (high - math.log1p(v)) / (high - low) for v in last["views"]]
    rows = pd.DataFrame({"name": [_LINES[a][0] for a in last["article"]], "place": place})
    base = alt.Chart(rows.assign(place=balanced(rows["place"], 14)))
    at = alt.Y("place:Q").scale(None).axis(None)
    text = base.mark_text(align="left", dx=8, fontSize=SIZE)
    return [text.encode(x=alt.value(plot), y=at, text="name:N")]
