"""The figure on tasks: from list price to the cost of a task, one slope per benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.parts import Mark, key
from openrace.figures.render import Chart
from openrace.measures.costs.tasks import BENCHMARKS, NAMES, STAGES
from openrace.numbers import written

_LEAST, _MOST = 0.2, 60.0
_TICKS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)
_NAMES = {"list": "list\nprice", "paid": "price\npaid", "task": "a task\n{}"}
_HEIGHT = 230
_TOKENS = {
    "aider": "implied by cost",
    "livebench": "output tokens, recorded",
    "aa": "implied by cost",
}


def _each(n: Numbers, kind: str, bare: bool = False) -> list[str]:
    """Say a ratio of each benchmark that has one."""
    asked = [(NAMES[b], n[f"costs.{kind}.{b}"]) for b in BENCHMARKS]
    known = [(name, number) for name, number in asked if number.value is not None]
    return [number.text if bare else f"{number} in {name}" for name, number in known]


def _listing(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def _task(n: Numbers) -> str:
    return n["costs.task_basis"].text


def _title(n: Numbers) -> str:
    tasks, prices = _each(n, "task_ratio"), _each(n, "list_ratio", bare=True)
    if not tasks:
        return "Too few runs for a comparison so far"
    first = f"{tasks[0].split(' in ')[0]} as much per task {_task(n)} as open Chinese ones in "
    first += tasks[0].split(" in ")[1]
    said = f"Closed US models of like score cost {_listing([first, *tasks[1:]])}"
    return f"{said}; by list price {_listing(prices)}"


def _alt(n: Numbers) -> str:
    less = _each(n, "task_ratio")
    without = [
        f"{value} in {NAMES[b]}"
        for b in BENCHMARKS
        for value in [n[f"costs.task_ratio.{b}.without_deepseek"]]
        if value.value is not None
    ]
    if not less:
        return "One slope per benchmark, of which none has enough runs to compare so far."
    said = f"Slopes from list price to a task {_task(n)}, US over Chinese, one per benchmark: "
    said += f"{_listing(less)} per task."
    return said + (f" Without DeepSeek: {_listing(without)}." if without else "")


def _subtitle(n: Numbers) -> str:
    days = [
        f"{NAMES[b]} {n[f'costs.task_ratio.{b}.date']}"
        for b in BENCHMARKS
        if n[f"costs.task_ratio.{b}.date"].value is not None
    ]
    share, times = n["costs.cache_share"], n["costs.token_multiple"]
    said = f"Times as dear, log scale, median over models with 95 % intervals; to {', '.join(days)}"
    if share.value:
        said += f"; Aider’s price paid assumes {share} of input cached"
    return said if times.value == 1 else f"{said}; Chinese tokens {times} those used"


@figure(
    "costs-per-task",
    title=_title,
    subtitle=_subtitle,
    alt=_alt,
    limit=(
        "Tasks other than the benchmarks’ own: each has its kind of task, days, models and way of "
        "counting caches, prices paid are of the models that OpenRouter sold, and of LiveBench and "
        "Artificial Analysis only our medians may be shown."
    ),
    tables=("task_costs", "paid_prices", "aider_runs", "task_models", "list_prices"),
)
def per_task(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw a slope per benchmark, and below them the tokens of a task."""
    narrow = width == theme.NARROW
    there = [b for b in BENCHMARKS if b in set(table["benchmark"])]
    gap = 26
    plot = (width - 46) if narrow else (width - 46 - gap * (len(BENCHMARKS) - 1)) // len(BENCHMARKS)
    scale = _scale(table)
    slopes = [_slopes(table, b, numbers, plot, scale, narrow or b == there[0]) for b in there]
    join = alt.vconcat if narrow else alt.hconcat
    panels = join(*slopes, spacing=30 if narrow else gap)
    parts: list[Chart] = [key(_marks(table, narrow)), panels]
    if (table["stage"] == "observed").any():
        parts.append(_tokens(table, scale, width - 46, narrow))
    return alt.vconcat(*parts, spacing=22)


def title_lines(lines: Sequence[str]) -> alt.TitleParams:
    """Write the title of a part in several lines, as `parts.part_title` does one."""
    look: dict[str, Any] = {"fontSize": 12, "fontWeight": "normal", "frame": "group", "offset": 6}
    return alt.Title(list(lines), color=theme.INK, **look)


def _marks(table: pd.DataFrame, narrow: bool) -> list[Mark]:
    """Say what the marks mean, of what is drawn."""
    best = "each model at its best effort only"
    marks = [
        Mark("all models", "circle", True, theme.INK, 6, 6),
        Mark(best, "diamond", False, theme.INK, 6 if narrow else 250, 24 if narrow else 6),
    ]
    less = Mark("without DeepSeek", "square", False, theme.MUTED, 110, 6)
    return [*marks, less] if "without_deepseek" in set(table["group"]) else marks


def _scale(table: pd.DataFrame) -> alt.Scale:
    """Return the one scale of all ratios, wide enough for every interval."""
    low, high = min(_LEAST, table["low"].min() * 0.9), max(_MOST, table["high"].max() * 1.1)
    return alt.Scale(type="log", domain=[low, high], nice=False)


def _slopes(
    table: pd.DataFrame, benchmark: str, n: Numbers, plot: int, scale: alt.Scale, axis: bool
) -> Chart:
    """Draw one benchmark: ratios from list price to a task."""
    rows = table[(table["benchmark"] == benchmark) & table["stage"].isin(STAGES)]
    stages = [s for s in STAGES if s in set(rows["stage"])]
    at = {stage: i for i, stage in enumerate(stages)}
    aside = rows["group"].map({"all": -0.06, "without_deepseek": 0.06})
    aside = aside.where(rows["choice"] == "matched", 0.22)
    rows = rows.assign(place=rows["stage"].map(at) + aside)
    last = max(len(stages) - 1, 1)
    x = alt.X("place:Q", axis=None, scale=alt.Scale(domain=[-0.4, last + 0.4], nice=False))
    label = "datum.value < 1 ? format(datum.value, '~g') : datum.value + '×'"
    low, high = scale.to_dict()["domain"]
    values = [v for v in _TICKS if low < v < high]
    ticks = alt.Axis(values=values, labels=axis, labelExpr=label, title=None)
    y = alt.Y("ratio:Q", axis=ticks, scale=scale)
    layers = [
        *_even(y, axis),
        *_group(rows, "without_deepseek", x, y),
        *_group(rows, "all", x, y),
        *_best_effort(rows, x, y),
        *_values(rows, stages, n, x),
        *(_row_names(rows) if axis else []),
    ]
    head = title_lines(_heads(rows, benchmark, n))
    return alt.layer(*layers, title=head).properties(width=plot, height=_HEIGHT)


def _even(y: alt.Y, said: bool) -> list[alt.Chart]:
    """Draw the line of equal cost."""
    frame = pd.DataFrame({"ratio": [1.0], "text": ["below 1×: US cheaper"]})
    base = alt.Chart(frame).encode(y=y)
    style: dict[str, Any] = {"align": "left", "dx": 3, "fontSize": 11, "color": theme.MUTED}
    place: dict[str, Any] = {"x": alt.value(0), "y": alt.value(_HEIGHT - 24)}
    words = alt.Chart(frame).mark_text(**style).encode(**place, text="text:N")
    rule = base.mark_rule(color=theme.INK, strokeWidth=1)
    return [rule, words] if said else [rule]


def _tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("name:N", title="benchmark"),
        alt.Tooltip("group:N"),
        alt.Tooltip("stage:N"),
        alt.Tooltip("choice:N"),
        alt.Tooltip("ratio:Q", format=".2f", title="US over Chinese"),
        alt.Tooltip("low:Q", format=".2f", title="from"),
        alt.Tooltip("high:Q", format=".2f", title="to"),
        alt.Tooltip("cn_models:Q", title="open Chinese models"),
        alt.Tooltip("us_models:Q", title="closed US models"),
        alt.Tooltip("date:T", format="%-d %b %Y"),
    ]


def _group(rows: pd.DataFrame, group: str, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Draw the slope of one group with intervals; stages that are missing have no line."""
    main = group == "all"
    of = rows[(rows["group"] == group) & (rows["choice"] == "matched")]
    base = alt.Chart(of).encode(x=x, y=y)
    ink = theme.INK if main else theme.MUTED
    dash = [1, 0] if main else [4, 3]
    dots: dict[str, Any] = {"size": 60, "opacity": 1, "strokeWidth": 1.6}
    dots |= {"filled": True} if main else {"shape": "square", "fill": theme.PAPER, "stroke": ink}
    dots |= {"color": ink} if main else {}
    return [
        base.mark_rule(color=ink, strokeWidth=1.2, strokeDash=dash).encode(y="low:Q", y2="high:Q"),
        base.mark_line(color=ink, strokeWidth=2 if main else 1.4, strokeDash=dash),
        base.mark_point(**dots).encode(tooltip=_tooltip()),
    ]


def _best_effort(rows: pd.DataFrame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    of = rows[(rows["group"] == "all") & (rows["choice"] == "best_effort")]
    ring: dict[str, Any] = {"fill": theme.PAPER, "stroke": theme.INK, "strokeWidth": 1.3}
    marks = alt.Chart(of).mark_point(shape="diamond", size=52, opacity=1, **ring)
    return [marks.encode(x=x, y=y, tooltip=_tooltip())]


#: How far below a plot the ratios are written, by group, in which ink, under which name.
_ROWS = (("all", 54, theme.INK, "all"), ("without_deepseek", 70, theme.MUTED, "without"))


def _row_names(rows: pd.DataFrame) -> list[alt.Chart]:
    """Name the rows of ratios at the left edge."""
    return [
        alt.Chart(pd.DataFrame({"text": [name]}))
        .mark_text(align="right", color=ink, fontSize=11)
        .encode(x=alt.value(-4), y=alt.value(_HEIGHT + below), text="text:N")
        for group, below, ink, name in _ROWS
        if group in set(rows["group"])
    ]


def _values(rows: pd.DataFrame, stages: list[str], n: Numbers, x: alt.X) -> list[alt.Chart]:
    """Write under each stage its name and its ratios, all models above, without DeepSeek below."""
    names = [_NAMES[s].format(_task(n)) for s in stages]
    layers = [_line(pd.DataFrame({"place": range(len(stages)), "text": names}), x, _HEIGHT + 12)]
    for group, below, ink, _ in _ROWS:
        of = rows[(rows["group"] == group) & (rows["choice"] == "matched")]
        said = of["ratio"].map(lambda v: written(v, "times", bare=True) + "×")
        frame = pd.DataFrame({"place": of["place"].round(), "text": said})
        layers.append(_line(frame, x, _HEIGHT + below, color=ink))
    return layers


def _line(frame: pd.DataFrame, x: alt.X, at: float, **style: Any) -> alt.Chart:
    text = alt.Chart(frame).mark_text(lineBreak="\n", **({"color": theme.MUTED} | style))
    return text.encode(x=x, y=alt.value(at), text="text:N")


def _heads(rows: pd.DataFrame, benchmark: str, n: Numbers) -> list[str]:
    """Name the benchmark, and say on how many models of either side the task's ratio rests."""
    task = rows[(rows["stage"] == "task") & (rows["choice"] == "matched")].set_index("group")
    missing = "" if "paid" in set(rows["stage"]) else " (price paid not recorded)"
    lines = [NAMES[benchmark] + missing]
    for group, word in (("all", "models"), ("without_deepseek", "without DeepSeek")):
        if group in task.index:
            cn, us = task.loc[group, "cn_models"], task.loc[group, "us_models"]
            lines.append(
                f"{cn} Chinese, {us} US {word}" if group == "all" else f"{word}: {cn}, {us}"
            )
    return lines


def _tokens(table: pd.DataFrame, scale: alt.Scale, plot: int, narrow: bool) -> Chart:
    """Draw the tokens of a task beside the multiple that undoes the list prices' advantage."""
    rows = table[(table["group"] == "all") & (table["choice"] == "matched")]
    rows = rows[rows["stage"].isin(["observed", "list"])]
    order = [b for b in BENCHMARKS if b in set(rows["benchmark"])]
    y: dict[str, Any] = {"y": alt.Y("benchmark:N", sort=order, axis=None)}
    low, high = scale.to_dict()["domain"]
    values = [v for v in _TICKS if low < v < high]
    ticks = alt.Axis(values=values, labelExpr="datum.label + '×'", title=None, grid=True)
    base = alt.Chart(rows).encode(x=alt.X("ratio:Q", axis=ticks, scale=scale), **y)
    seen, flip = (base.transform_filter(f"datum.stage == '{s}'") for s in ("observed", "list"))
    bar: dict[str, Any] = {"thickness": 3, "size": 18, "color": theme.MUTED}
    dot: dict[str, Any] = {"filled": True, "size": 60, "opacity": 1, "color": theme.INK}
    said = {b: f"{NAMES[b]}: {_TOKENS[b]}" for b in order}
    names = alt.Chart(pd.DataFrame({"benchmark": list(said), "text": list(said.values())}))
    layers = [
        seen.mark_rule(color=theme.INK, strokeWidth=1.2).encode(x="low:Q", x2="high:Q"),
        flip.mark_tick(**bar).encode(tooltip=_tooltip()),
        seen.mark_point(**dot).encode(tooltip=_tooltip()),
        names.mark_text(align="right", dy=-17).encode(x=alt.value(plot), text="text:N", **y),
    ]
    what = "Tokens of a task, open Chinese over closed US models of like score;"
    read = ["dot: used, with 95 % interval;", "bar: what would undo the gap in list price"]
    heads = ["Tokens of a task, open Chinese over", "closed US models of like score;"]
    head = title_lines([*heads, *read] if narrow else [what, " ".join(read)])
    return alt.layer(*layers, title=head).properties(width=plot, height=46 * len(order))
