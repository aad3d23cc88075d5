"""What labs earn, lose and are valued at: a table that is drawn, stacked into cards on a phone."""

from __future__ import annotations

from typing import Any, NamedTuple

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.render import Chart
from openrace.numbers import written

_ID = "incentives.lab_loss_per_revenue"
_HEAD, _ROW, _PAD = 38, 60, 8  # pixels
#: Columns: field of the table, heading, where it stands, label on a phone.
_COLUMNS = (
    ("revenue", "Revenue,\nlast full year", 124, "Revenue"),
    ("run_rate", "Run rate,\nnot revenue", 264, "Run rate, not revenue"),
    ("loss", "Loss per unit of revenue,\nbefore revaluations", 402, "Loss per unit earned"),
    ("value", "Last value of\nthe whole firm", 568, "Value of the firm"),
)
_MISSING = "not published"
_DEALS = {"valuation": "last deal", "planned valuation": "planned deal"}
_KINDS = {"company statement": "company", "press report": "press", "audited": "annual results"}


class _Text(NamedTuple):
    """A line of text: where it stands, what it says, how it looks."""

    x: float
    y: float
    text: str
    look: str


_LOOKS: dict[str, dict[str, Any]] = {
    "strong": {"fontSize": 13, "fontWeight": "bold", "color": theme.INK},
    "plain": {"fontSize": 12, "color": theme.INK},
    "quiet": {"fontSize": 11, "color": theme.MUTED},
}


def _title(n: Numbers) -> str:
    """Compare the losses of listed Chinese labs and of OpenAI, where all three are known."""
    zhipu, minimax, openai = (
        n[f"{_ID}.{lab}.before_revaluations"] for lab in ("zhipu", "minimax", "openai")
    )
    known = [x.value for x in (zhipu, minimax, openai) if isinstance(x.value, float)]
    if len(known) < 3:
        accounts, total = (
            n[f"incentives.lab_rows.{i}"] for i in ("audited_or_prospectus", "total")
        )
        return f"Of {total} statements on the money of labs, {accounts} rest on published accounts"
    if known[2] < min(known[:2]):
        return (
            f"For each unit earned the listed Chinese labs lost more than OpenAI: Z.ai {zhipu}, "
            f"MiniMax {minimax}, OpenAI {openai}, before revaluations"
        )
    return (
        f"Lost for each unit earned, before revaluations: Z.ai {zhipu}, MiniMax {minimax}, "
        f"OpenAI {openai}"
    )


def _subtitle(n: Numbers) -> str:
    accounts, total = (n[f"incentives.lab_rows.{i}"] for i in ("audited_or_prospectus", "total"))
    return (
        "Last figures of each lab with period, source and confidence; US$, yuan at the mean rate "
        "of the year; losses in the lab’s own currency over the revenue of the same year; "
        f"{accounts} of {total} statements from published accounts, read in copies"
    )


def _alt(n: Numbers) -> str:
    names = {
        "anthropic": "Anthropic",
        "minimax": "MiniMax",
        "openai": "OpenAI",
        "xai": "xAI",
        "zhipu": "Z.ai",
    }
    earned = {name: n[f"incentives.lab_revenue.{lab}"] for lab, name in names.items()}
    said = ", ".join(f"{name} {x}" for name, x in earned.items() if x.value is not None)
    words = f"A table of labs, in the order of the alphabet. {_title(n)}."
    return f"{words} Revenue of the last full year: {said}." if said else words


@figure(
    "incentives-lab-revenue",
    title=_title,
    subtitle=_subtitle,
    alt=_alt,
    limit="Profit from models alone: xAI’s figures include the network X, OpenAI’s are leaked, "
    "Anthropic’s are what it expected, Z.ai’s year is 2024, "
    "each lab adjusts its loss by its own rule, and a lab with much revenue can lose less of each "
    "dollar and more in all.",
    tables=("lab_financials",),
)
def lab_revenue(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Write the table in columns, or as a card for each lab where there is no width."""
    return _cards(table, width) if width == theme.NARROW else _columns(table, width)


def _amount(row: Any, field: str) -> str:
    """Write a value in its unit; what is missing says so."""
    value = getattr(row, field)
    if pd.isna(value):
        return _MISSING
    if field == "value" and row.value_low < row.value_high:
        return f"US$\u00a0{row.value_low:.0f} to {row.value_high:.0f}\u00a0billion"
    return written(value, "ratio" if field == "loss" else "US$ billion")


def _details(row: Any, field: str) -> list[str]:
    """Say period and kind, then the confidence, of a value."""
    if pd.isna(getattr(row, field)):
        return []
    period, kind, sure = (getattr(row, f"{field}_{x}") for x in ("period", "kind", "confidence"))
    confidence = f"{sure} confidence"
    if field == "loss":
        net = "" if pd.isna(row.net) else f"net loss: {written(row.net, 'ratio')}; "
        return [f"{row.loss_measure}, {period}", f"{net}{confidence}"]
    if field == "value":
        kind = _DEALS.get(row.value_measure, row.value_measure)
    return [f"{period}, {_KINDS.get(kind, kind)}", confidence]


def _name(row: Any) -> str:
    return "Z.ai (Zhipu)" if row.lab == "Z.ai" else str(row.lab)


def _columns(table: pd.DataFrame, width: int) -> Chart:
    """Draw a row for each lab, run rates apart in a dashed frame."""
    texts = [
        _Text(x, 4 + 14 * i, line, "quiet")
        for _, head, x, _ in _COLUMNS
        for i, line in enumerate(head.split("\n"))
    ]
    tops: list[float] = []
    for at, row in enumerate(table.itertuples()):
        top = _HEAD + at * _ROW + _PAD
        tops.append(top - _PAD)
        texts += [
            _Text(14, top, _name(row), "strong"),
            _Text(14, top + 18, str(row.bloc), "quiet"),
            _Text(14, top + 32, f"{row.access} weights", "quiet"),
        ]
        for field, _, x, _ in _COLUMNS:
            texts += _cell(row, field, x, top)
    height = _HEAD + _ROW * len(table)
    x = _COLUMNS[1][2] - 8
    frame = pd.DataFrame({"x": [x], "x2": [_COLUMNS[2][2] - 14], "y": [0], "y2": [height]})
    look: dict[str, Any] = {"filled": False, "stroke": theme.MUTED, "strokeDash": [4, 3]}
    box = _placed(alt.Chart(frame).mark_rect(strokeWidth=1, **look))
    return _drawn(table, texts, tops, [*tops[1:], height], width - 8, box)


def _cell(row: Any, field: str, x: float, top: float) -> list[_Text]:
    amount = _amount(row, field)
    look = "quiet" if amount == _MISSING else "plain" if field == "run_rate" else "strong"
    lines = [_Text(x, top, amount, look)]
    return lines + [
        _Text(x, top + 18 + 14 * i, line, "quiet") for i, line in enumerate(_details(row, field))
    ]


def _cards(table: pd.DataFrame, width: int) -> Chart:
    """Draw a card for each lab, as high as what is known of it asks for."""
    texts: list[_Text] = []
    tops: list[float] = []
    y = 0.0
    for row in table.itertuples():
        tops.append(y)
        about = f"{row.bloc}, {row.access} weights"
        texts += [
            _Text(14, y + _PAD, _name(row), "strong"),
            _Text(132, y + _PAD + 1, about, "quiet"),
        ]
        y += _PAD + 20
        for field, _, _, label in _COLUMNS:
            amount, details = _amount(row, field), "; ".join(_details(row, field))
            look = "quiet" if amount == _MISSING else "plain" if field == "run_rate" else "strong"
            texts += [_Text(14, y, label, "plain"), _Text(132, y, amount, look)]
            y += 16
            if details:
                texts += [_Text(14, y, details, "quiet")]
                y += 19
        y += _PAD
    return _drawn(table, texts, tops, [*tops[1:], y], width - 8)


def _placed(chart: alt.Chart) -> alt.Chart:
    """Place marks by their pixels."""
    return chart.encode(
        x=alt.X("x:Q").scale(None).axis(None),
        y=alt.Y("y:Q").scale(None).axis(None),
        x2="x2:Q",
        y2="y2:Q",
    )


def _drawn(
    table: pd.DataFrame,
    texts: list[_Text],
    tops: list[float],
    ends: list[float],
    width: int,
    *more: alt.Chart,
) -> Chart:
    """Draw rules between labs, their marks, all texts, and over each lab what a pointer reads."""
    rows = table.assign(x=0.0, x2=float(width), y=tops, y2=ends)
    rule = alt.Chart(rows[["y", "x", "x2"]]).mark_rule(color=theme.GRID)
    rule = rule.encode(
        x=alt.X("x:Q").scale(None).axis(None), x2="x2:Q", y=alt.Y("y:Q").scale(None).axis(None)
    )
    marks = rows[["bloc", "y"]].assign(colour=rows["bloc"].map(theme.BLOCS), y=rows["y"] + 14)
    dot = alt.Chart(marks).mark_square(size=64, opacity=1)
    dot = dot.encode(
        x=alt.value(5),
        y=alt.Y("y:Q").scale(None).axis(None),
        color=alt.Color("colour:N").scale(None),
    )
    hidden = _placed(alt.Chart(rows).mark_rect(fill=theme.PAPER, opacity=0)).encode(
        tooltip=_TOOLTIP
    )
    return alt.layer(rule, *more, dot, *_written(texts), hidden).properties(
        width=width, height=ends[-1]
    )


def _written(texts: list[_Text]) -> list[alt.Chart]:
    """Write texts, those of one look in one layer."""
    frame = pd.DataFrame(texts, columns=list(_Text._fields))
    drawn = []
    for look, style in _LOOKS.items():
        part = alt.Chart(frame[frame["look"] == look][["x", "y", "text"]])
        mark = part.mark_text(align="left", baseline="top", **style)
        drawn.append(
            mark.encode(
                x=alt.X("x:Q").scale(None).axis(None),
                y=alt.Y("y:Q").scale(None).axis(None),
                text="text:N",
            )
        )
    return drawn


_TOOLTIP = [
    alt.Tooltip("lab:N"),
    alt.Tooltip("revenue:Q", title="revenue, US$ bn", format=",.3~f"),
    alt.Tooltip("revenue_period:N", title="of"),
    alt.Tooltip("revenue_kind:N", title="by"),
    alt.Tooltip("run_rate:Q", title="run rate, US$ bn", format=",.3~f"),
    alt.Tooltip("run_rate_period:N", title="of"),
    alt.Tooltip("loss:Q", title="loss per unit of revenue", format=".2f"),
    alt.Tooltip("loss_measure:N", title="kind of loss"),
    alt.Tooltip("net:Q", title="net loss per unit", format=".2f"),
    alt.Tooltip("value:Q", title="value, US$ bn", format=",.3~f"),
    alt.Tooltip("value_confidence:N", title="confidence of value"),
    alt.Tooltip("value_period:N", title="of"),
]
