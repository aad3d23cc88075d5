"""The figure on capital expenditure: a small drawing per firm, all on one logarithmic scale."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.explore import Log
from openrace.figures.incentives.panels import (
    chosen,
    drawn,
    gaps,
    grid,
    head,
    legend,
    moved,
    quarter,
    quarters,
    series,
    span,
)
from openrace.figures.render import Chart
from openrace.measures.incentives.investment import ALL4, CN2, FIRMS, US4

_C = "incentives.capex"
#: Another count is drawn where it is at least a tenth away; nearer ones would hide each other.
_AWAY = 0.1


def _title(n: Numbers) -> str:
    """Say how far four US firms' spending rose, and how far it is from two Chinese ones'."""
    multiple, ratio = n[f"{_C}_us4.multiple"], n[f"{_C}_ratio.us4_cn2.confident"]
    if multiple.value is None or not drawn(n, US4):
        return _each(n)
    first, last = (quarter(n[f"{_C}_us4.{w}_quarter"]) for w in ("first", "latest"))
    said = (
        f"In {last} Amazon, Alphabet, Meta and Microsoft paid {multiple} as much for property and "
        f"equipment as in {first}"
    )
    if ratio.value is None or not drawn(n, CN2):
        return said
    times = ratio.interval or ratio
    return f"{said}, and by quarter {times} what Alibaba and Tencent reported"


def _each(n: Numbers) -> str:
    """Say of up to four firms what their last quarter was."""
    said = []
    for firm in chosen(n):
        id = f"{_C}.{firm.lower()}"
        if n[f"{id}.latest"].value is not None:
            said.append(f"{firm} {n[f'{id}.latest']} ({quarter(n[f'{id}.latest_quarter'])})")
    more = f" and {len(said) - 4} more" if len(said) > 4 else ""
    return f"Capital expenditure: {', '.join(said[:4])}{more}" if said else "Capital expenditure"


def _alt(n: Numbers) -> str:
    said = f"A panel per firm with its quarters. {_title(n)}."
    if n[f"{_C}_us4.multiple"].value is None or not drawn(n, US4):
        return said
    calm = n[f"{_C}_us4.multiple.four_quarters"]
    over = f"; over four quarters {calm}" if calm.value is not None else ""
    four, first = n[f"{_C}_us4.latest"], n[f"{_C}_us4.first"]
    return f"{said} The four together: {first} at first, {four} at last{over}."


@figure(
    "incentives-capex",
    title=_title,
    subtitle=lambda n: (
        "Capital expenditure by calendar quarter, billion US$, log scale: cash paid for property "
        "and equipment (US firms), or as reported (Chinese firms, at the quarter’s average rate of "
        "the European Central Bank)"
    ),
    alt=_alt,
    limit=(
        "What of it is for AI, which none of these firms separates, and what is leased rather than "
        "bought; Chinese firms’ figures are as they report them, not the cash paid, and much of "
        "them was read from the press."
    ),
    tables=("company_quarters", "company_notes", "exchange_rates"),
    controls=(Log("usd", at_first=True),),
)
def capex(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw each firm's quarters; other counts of the same quarter are open diamonds."""
    other = table[(table["part"] == "other") & (table["away"].abs() >= _AWAY)]
    table = pd.concat([table[table["part"] != "other"], other])
    x = quarters(table)
    low, high = table["usd"].min() * 0.6, table["usd"].max() * 1.25
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    ticks = [v for v in (0.3, 1, 3, 10, 30, 100, 300) if low <= v <= high]
    if len(ticks) < 2:
        ticks = [v for v in (0.5, 1, 2, 5, 10, 20, 50, 100, 200) if low <= v <= high]

    def panel(rows: pd.DataFrame, name: str, plot: int, height: int, labelled: bool) -> Chart:
        axis = alt.Axis(values=ticks, format="~g", labels=labelled)
        y = alt.Y("usd:Q", title=None, scale=scale, axis=axis)
        known = rows[rows["part"].isin(["firm", "sum"])].sort_values("quarter")
        layers = [
            *gaps(rows, x, height),
            *series(known, x, y, _tooltip()),
            *_others(rows[rows["part"] == "other"], x, y),
            *head(
                [(name, moved(known, known["usd"].map(_figures).tolist())), (span(known), "")], plot
            ),
        ]
        return alt.layer(*layers).properties(width=plot, height=height)

    more = (
        [("firm’s own count or cash paid, if a tenth away", "diamond", theme.INK)]
        if len(other)
        else []
    )
    key = legend(table, width == theme.NARROW, *more)
    return grid(table, [ALL4, *FIRMS], width, panel, key)


def _figures(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _others(rows: pd.DataFrame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Draw other counts: what a firm itself calls capital expenditure, or what it paid."""
    if rows.empty:
        return []
    look: dict[str, Any] = {"shape": "diamond", "size": 30, "strokeWidth": 1.2, "opacity": 1}
    mark = alt.Chart(rows.drop(columns="url")).mark_point(
        stroke=theme.INK, fill=theme.PAPER, **look
    )
    return [mark.encode(x=x, y=y, tooltip=_tooltip())]


def _tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("firm:N"),
        alt.Tooltip("quarter:N"),
        alt.Tooltip("quarter_end:T", format="%-d %b %Y", title="quarter to"),
        alt.Tooltip("usd:Q", format=",.1f", title="billion US$"),
        alt.Tooltip("value:Q", format=",.0f", title="millions as reported"),
        alt.Tooltip("currency:N"),
        alt.Tooltip("definition:N"),
        alt.Tooltip("basis:N"),
        alt.Tooltip("accession:N"),
        alt.Tooltip("confidence:N"),
        alt.Tooltip("note:N"),
    ]
