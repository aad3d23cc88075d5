"""The figure on the report's own test: how much cheaper, how good, against which US model."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.costs.tasks import title_lines
from openrace.figures.parts import PERCENT, apart
from openrace.figures.render import Chart
from openrace.measures.costs.task_pairs import LEAST, MOST
from openrace.measures.costs.tasks import BENCHMARKS, NAMES, PERIOD

_ID = "costs.eighty_ninety"
_CHINA = theme.BLOCS["China"]
_STEP = 0.1
#: Reach of the tenths' scales: what is dearer shares the lowest row, the best the last column.
_ACROSS, _UP = (0.2, 1.5), (-0.1, 1.05)
_GAP = 15
_BOTH, _LESS = ("strict", "at_least"), ".without_deepseek"
_SHORT = {
    "DeepSeek Chat V2.5": "DeepSeek V2.5",
    "DeepSeek Chat V3 (prev)": "DeepSeek V3",
    "DeepSeek V3 (0324)": "DeepSeek V3, Mar 2025",
    "DeepSeek R1 (0528)": "DeepSeek R1, May 2025",
    "DeepSeek-V3.2-Exp (Chat)": "DeepSeek V3.2 chat",
    "DeepSeek-V3.2-Exp (Reasoner)": "DeepSeek V3.2 reasoner",
}


class _Plane(NamedTuple):
    """Both scales of a part, for any field that is drawn on them."""

    across: dict[str, Any]
    up: dict[str, Any]

    def x(self, field: str) -> alt.X:
        """Place a field on the scale of how good."""
        return alt.X(f"{field}:Q", title=None, **self.across)

    def y(self, field: str) -> alt.Y:
        """Place a field on the scale of how much cheaper."""
        return alt.Y(f"{field}:Q", title=None, **self.up)


def _scale(low: float, high: float, values: list[float], **options: Any) -> dict[str, Any]:
    words = f"datum.value < 0 ? 'dearer' : {PERCENT}"
    axis = alt.Axis(values=values, labelExpr=words, labelFlush=False, **options)
    return {"axis": axis, "scale": alt.Scale(domain=[low, high], nice=False, clamp=True)}


def _reading(n: Numbers, kind: str) -> list[tuple[str, str]]:
    """Return the share of pairs of each benchmark, each Chinese run with each US run."""
    asked = [(NAMES[b], n[f"{_ID}.{kind}.{b}.each"]) for b in BENCHMARKS]
    return [(name, number.text) for name, number in asked if number.value is not None]


def _strict(n: Numbers) -> str:
    first, *others = [f"{share} in {name}" for name, share in _reading(n, "strict")]
    return ", ".join([first.replace(" in ", " of pairs in ", 1), *others])


def _title(n: Numbers) -> str:
    least = [share for _, share in _reading(n, "at_least")]
    if not least:
        return "No open Chinese run can be compared with a closed US one so far"
    told = ", ".join(least[:-1]) + " and " + least[-1] if len(least) > 1 else least[0]
    return (
        f"“80–90 % cheaper and 80–90 % as good” holds for {_strict(n)}; "
        f"“at least 80 %” on both for {told}"
    )


def _subtitle(n: Numbers) -> str:
    counts = [
        f"{NAMES[b]} {n[f'{_ID}.pairs.{b}.each']}"
        for b in BENCHMARKS
        if n[f"{_ID}.pairs.{b}.each"].value is not None
    ]
    said = "Cost of a task attempted, and score as a share of the US model’s"
    return f"{said}; pairs: {', '.join(counts)}" if counts else said


def _alt(n: Numbers) -> str:
    runs, hits = n[f"{_ID}.pairs.aider"], n[f"{_ID}.strict.aider"]
    said = "Squares count pairs by how good and how much cheaper the open Chinese run is."
    if _reading(n, "strict"):
        said += f" In the box of 80 to 90 % on both: {_strict(n)}."
    if runs.value and hits.value is not None:
        least = n[f"{_ID}.at_least.aider"]
        said += f" Aider’s Chinese runs ({runs}) against the best US run before each: {hits} in the"
        said += f" box, {least} at or above its lower bounds."
    return said


@figure(
    "costs-eighty-ninety",
    title=_title,
    subtitle=_subtitle,
    alt=_alt,
    limit=(
        "Which of the pairs a buyer would choose between: a pair counts as one whatever its use, "
        "several efforts of one model make several pairs, and scores end at 100 %, where good "
        "models draw together; of LiveBench and Artificial Analysis only our counts may be shown."
    ),
    tables=("aider_runs", "task_models", "task_pairs", "task_pair_counts"),
)
def eighty_ninety(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw Aider's runs against the best US run, and below them all pairs by tenths."""
    narrow = width == theme.NARROW
    parts: list[Chart] = []
    runs, tenths = (table[table["part"] == part] for part in ("run", "tenths"))
    if len(runs):
        parts.append(_runs(runs, width - 52, narrow))
    there = [b for b in BENCHMARKS if b in set(tenths["benchmark"])]
    if there:
        gap = 26
        plot = (width - 52) if narrow else (width - 52 - gap * 2) // 3
        panels = [
            _tenths(tenths[tenths["benchmark"] == b], b, numbers, plot, narrow or b == there[0])
            for b in there
        ]
        join = alt.vconcat if narrow else alt.hconcat
        head = _PAIRS_NARROW if narrow else _PAIRS_WIDE
        parts.append(join(*panels, spacing=24 if narrow else gap, title=title_lines(head)))
    return alt.vconcat(*parts, spacing=26)


def _box(plane: _Plane, right: float, top: float) -> list[alt.Chart]:
    """Draw the strict box, and the lower bounds of the weak reading to the ends of the scales."""
    strict = pd.DataFrame([{"x": LEAST, "x2": MOST, "y": LEAST, "y2": MOST}])
    lines = [
        {"x": LEAST, "x2": right, "y": LEAST, "y2": LEAST},
        {"x": LEAST, "x2": LEAST, "y": LEAST, "y2": top},
    ]
    ends: dict[str, Any] = {"x": plane.x("x"), "y": plane.y("y"), "x2": "x2", "y2": "y2"}
    weak = alt.Chart(pd.DataFrame(lines)).mark_rule(
        color=theme.INK, strokeDash=[4, 3], strokeWidth=1.2
    )
    box = alt.Chart(strict).mark_rect(filled=False, stroke=theme.INK, strokeWidth=2)
    return [weak.encode(**ends), box.encode(**ends)]


def _runs(rows: pd.DataFrame, plot: int, narrow: bool) -> Chart:
    """Draw each open Chinese run of Aider against the best closed US run before it."""
    height, top = 230, 1.01
    low = min(0.75, math.floor(rows["cheaper"].min() * 20) / 20)
    left = min(0.2, math.floor(rows["quality"].min() * 10) / 10)
    right = max(1.0, math.ceil(rows["quality"].max() * 10) / 10)
    across = [v / 10 for v in range(round(left * 10), round(right * 10) + 1)]
    across = across[::2] if narrow else across
    up = [v for v in (0, 0.2, 0.4, 0.6, 0.8, 0.85, 0.9, 0.95, 1) if low <= v]
    up = up if low > 0.7 else [v for v in up if v not in (0.85, 0.95)]
    plane = _Plane(_scale(left, right, across), _scale(low, top, up))
    marks = alt.Chart(rows).mark_point(filled=True, size=64, opacity=1, color=_CHINA)
    tip = [
        alt.Tooltip("run:N"),
        alt.Tooltip("date:T", format="%-d %b %Y"),
        alt.Tooltip("other:N", title="best closed US run"),
        alt.Tooltip("other_date:T", format="%-d %b %Y", title="of"),
        alt.Tooltip("quality:Q", format=".0%", title="as good"),
        alt.Tooltip("cheaper:Q", format=".1%", title="cheaper"),
    ]
    size = (plot / (right - left), height / (top - low))
    layers = [
        *_box(plane, right, top),
        *_labels(rows, plane, left, size, top),
        marks.encode(x=plane.x("quality"), y=plane.y("cheaper"), tooltip=tip),
    ]
    title = title_lines(_RUNS_NARROW if narrow else _RUNS_WIDE)
    return alt.layer(*layers, title=title).properties(width=plot, height=height)


_PAIRS_WIDE = [
    "Each open Chinese run with each closed US run: the stronger, the more pairs. The last column",
    f"holds 140 % and more too; Aider’s pairs were run within {PERIOD} days of each other.",
]
_PAIRS_NARROW = [
    "Each open Chinese run with each closed US run:",
    "the stronger, the more pairs. The last column holds",
    "140 % and more too; Aider’s pairs were run",
    f"within {PERIOD} days of each other.",
]
_READ = "Up: how much cheaper a task; across: how good. Box: 80 to 90 % on both; dashes: at least."
_RUNS_WIDE = [
    "Aider: open Chinese runs against the best closed US run of the half-year before.",
    _READ,
]
_RUNS_NARROW = [
    "Aider: open Chinese runs against the best closed",
    "US run of the half-year before. Up: how much",
    "cheaper a task; across: how good. Box: 80 to",
    "90 % on both; dashes: at least 80 %.",
]


def _labels(
    rows: pd.DataFrame, plane: _Plane, left: float, size: tuple[float, float], top: float
) -> list[alt.Chart]:
    """Name runs in one column, each tied to its point; those left of it below their points."""
    column = left + 0.47
    named = rows.assign(text=rows["run"].map(_SHORT).fillna(rows["run"]), column=column)
    early = named[named["quality"] <= column]
    late = named[named["quality"] > column].sort_values("cheaper", ascending=False)
    # of points at about one height the left one is named first, so that ties cross no points
    heights = (top - late["cheaper"].round(2)) * size[1] + late["quality"]
    pixels = apart(heights, _GAP)
    late = late.assign(level=top - pixels.reindex(late.index) / size[1])
    base = alt.Chart(late).encode(x=plane.x("column"), y=plane.y("level"))
    tie = base.mark_rule(color=theme.MUTED, strokeWidth=0.6).encode(x2="quality", y2="cheaper")
    early = early.assign(text=early["text"].str.replace(" ", "\n", n=1))
    beside = alt.Chart(early).mark_text(align="left", lineBreak="\n", dx=-4, dy=15)
    return [
        tie,
        base.mark_text(align="right", dx=-4).encode(text="text:N"),
        beside.encode(x=plane.x("quality"), y=plane.y("cheaper"), text="text:N"),
    ]


def _tenths(rows: pd.DataFrame, benchmark: str, n: Numbers, plot: int, labelled: bool) -> Chart:
    """Draw where the pairs of one benchmark lie, the stronger the more of them."""
    rows = rows.assign(to=rows["quality"] + _STEP, top=rows["cheaper"] + _STEP)
    plane = _Plane(
        _scale(*_ACROSS, [0.4, 0.8, 1.2]),
        _scale(*_UP, [-0.05, 0.2, 0.4, 0.6, 0.8, 1.0], labels=labelled),
    )
    shade = alt.Opacity(
        "share:Q", legend=None, scale=alt.Scale(domain=[0, 0.12], range=[0.08, 0.9], clamp=True)
    )
    tip = [
        alt.Tooltip("name:N", title="benchmark"),
        alt.Tooltip("quality:Q", format=".0%", title="as good, from"),
        alt.Tooltip("cheaper:Q", format=".0%", title="cheaper, from"),
        alt.Tooltip("pairs:Q"),
        alt.Tooltip("share:Q", format=".1%", title="of pairs"),
    ]
    cells = alt.Chart(rows).mark_rect(color=theme.MUTED, stroke=theme.PAPER, strokeWidth=0.5)
    layers = [
        cells.encode(
            x=plane.x("quality"),
            y=plane.y("cheaper"),
            x2="to",
            y2="top",
            opacity=shade,
            tooltip=tip,
        ),
        *_box(plane, _ACROSS[1], _UP[1]),
    ]
    head = [f"{NAMES[benchmark]}: {n[f'{_ID}.pairs.{benchmark}.each']} pairs"]
    for group, words in (("", "in the box {}, at least {}"), (_LESS, "without DeepSeek {}, {}")):
        strict, least = (n[f"{_ID}.{kind}.{benchmark}.each{group}"] for kind in _BOTH)
        if strict.value is not None:
            head.append(words.format(strict, least))
    title = title_lines(head)
    return alt.layer(*layers, title=title).properties(width=plot, height=170)
