"""The figure of statements: who said what of the models they use, and what could be checked."""

from __future__ import annotations

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.adoption.listing import Column, hosts, listed, unsure, when
from openrace.figures.render import Chart

_S = "adoption.statements"

_WIDE = (
    (
        Column("when", 0, 76, "when", muted=True),
        Column("firm", 80, 108, "firm", bold=True),
        Column("statement", 192, 296, "what was said, in short"),
        Column("to_whom", 494, 98, "to whom", muted=True),
        Column("checked", 596, 44, "can be\nchecked", muted=True),
        Column("confidence", 648, 44, "confi-\ndence", muted=True),
    ),
)
_NARROW = (
    (Column("firm", 0, 200, bold=True), Column("when", 330, 120, muted=True, right=True)),
    (Column("statement", 0, 332),),
    (Column("foot", 0, 332, muted=True),),
)
_TIPS = [
    alt.Tooltip("firm:N"),
    alt.Tooltip("speaker:N", title="who said it"),
    alt.Tooltip("family:N", title="models"),
    alt.Tooltip("when:N"),
    alt.Tooltip("to_whom:N", title="to whom"),
    alt.Tooltip("note:N"),
    alt.Tooltip("confidence:N"),
    alt.Tooltip("source:N"),
]


def _title(n: Numbers) -> str:
    """Say how many firms spoke for themselves, and what surveys of many say."""
    firms, surveys, closed = (n[f"{_S}.{id}"] for id in ("firms", "surveys", "surveys_closed"))
    said = "No firm listed has said of itself that it uses Chinese models"
    if firms.value:
        said = f"Firms that say of themselves that they use Chinese models: {firms} "
        said += f"({firms.interval} by whose word is taken)"
    if surveys.value:
        said += f"; closed models lead in {closed} of {surveys} surveys and counts"
    return said


def _subtitle(n: Numbers) -> str:
    total, first, last = (n[f"{_S}.{id}"] for id in ("total", "first", "last"))
    return (
        f"Public statements, {first} to {last}, in our own words; listed by hand: {total}; "
        f"outsiders can check a part of {n[f'{_S}.checked']}"
    )


def _alt(n: Numbers) -> str:
    own, others, surveys = (n[f"{_S}.{id}"] for id in ("about_itself", "reports", "surveys"))
    return (
        f"A list of statements with day, firm, content and addressee: {own} of firms about "
        f"themselves, {others} of others about a firm, {surveys} surveys and counts. {_title(n)}. "
        f"An outsider could check a part of {n[f'{_S}.checked']} of them."
    )


@figure(
    "adoption-statements",
    title=_title,
    subtitle=_subtitle,
    alt=_alt,
    limit=(
        "How many firms use which models: there is no register, firms speak when they wish to, and "
        "nothing public measures use in the United States."
    ),
    tables=("firm_statements",),
)
def statements(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw the statements in three groups, the oldest of each first."""
    checked = table["check"].map({"partly": "in part", "none": "no"})
    rows = table.drop(columns="url").assign(
        when=[when(*days) for days in zip(table["date"], table["until"], strict=True)],
        source=hosts(table["url"]),
        checked=checked,
        foot="To "
        + table["to_whom"]
        + "; can be checked: "
        + checked
        + unsure(table["confidence"]),
    )
    groups = _NARROW if width == theme.NARROW else _WIDE
    drawn = listed(rows, groups, width - 10, _TIPS, lambda name, n: f"{name} ({n})")
    return alt.layer(*drawn.layers).properties(width=width - 10, height=drawn.height)
