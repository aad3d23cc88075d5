"""The figure on intensity: capital expenditure over revenue, firm by firm on one scale."""

from __future__ import annotations

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
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
from openrace.figures.parts import percent_axis, share_text
from openrace.figures.render import Chart
from openrace.measures.incentives.investment import ALL3, ALL4, FIRMS, US3, US4
from openrace.numbers import NBSP

_I = "incentives.capex_intensity"
_TOGETHER = "together"


def _title(n: Numbers) -> str:
    """Say what part of revenue went into equipment, by the groups that are whole."""
    four = _then(n, "", " of revenue on property and equipment") if drawn(n, US4) else ""
    last = "" if four else " of revenue on property and equipment"
    three = _then(n, ".three_firms", last) if drawn(n, US3) else ""
    if four:
        without = f"; without Amazon {three}" if three else ""
        return f"Amazon, Alphabet, Meta and Microsoft spent {four}{without}"
    return f"Alphabet, Meta and Microsoft spent {three}" if three else _each(n)


def _then(n: Numbers, variant: str, what: str) -> str:
    """Write a group's last and first share with their quarters."""
    first, last = (n[f"{_I}.{which}{variant}"] for which in ("first", "latest"))
    if last.value is None:
        return ""
    then, now = (quarter(n[f"{_I}.{w}_quarter{variant}"]) for w in ("first", "latest"))
    return f"{last}{what} in {now}" + (f", {first} in {then}" if then != now else "")


def _each(n: Numbers) -> str:
    """Say each drawn firm's share."""
    shares = {firm: n[f"{_I}.{firm.lower()}"] for firm in chosen(n)}
    said = [f"{firm} {share}" for firm, share in shares.items() if share.value is not None]
    words = "Capital expenditure as a share of revenue"
    return f"{words}, last quarter known: {', '.join(said)}" if said else words


def _subtitle(n: Numbers) -> str:
    """Say what is measured, and which groups are drawn."""
    said = "Capital expenditure over revenue, calendar quarters, one scale"
    groups = []
    if drawn(n, US4) and n[f"{_I}.latest"].value is not None:
        groups.append(f"of four US firms to {quarter(n[f'{_I}.latest_quarter'])}")
    if drawn(n, US3) and n[f"{_I}.latest.three_firms"].value is not None:
        last = quarter(n[f"{_I}.latest_quarter.three_firms"])
        groups.append(f"of three, without Amazon, to {last}")
    if not groups:
        return said
    return f"{said}; together {', '.join(groups)}: only quarters in which each firm has both"


def _alt(n: Numbers) -> str:
    said = f"A panel per firm with its quarters. {_title(n)}."
    return said if _title(n) == _each(n) else f"{said} {_each(n)}."


@figure(
    "incentives-intensity",
    title=_title,
    subtitle=_subtitle,
    alt=_alt,
    limit=(
        "What the equipment earns, or that it is for AI: revenue is of the whole firm, shops and "
        "advertising too, leases are left out, and Chinese firms count what they report, not what "
        "they paid."
    ),
    tables=("company_quarters",),
)
def intensity(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw each firm's quarters, and groups of firms together in a panel of their own."""
    grouped = table["part"] == "group"
    table = table.assign(name=table["firm"], firm=table["firm"].mask(grouped, _TOGETHER))
    x, top = quarters(table), max(0.5, table["intensity"].max() * 1.08)
    scale = alt.Scale(domain=[0, top], nice=False)

    def panel(rows: pd.DataFrame, name: str, plot: int, height: int, labelled: bool) -> Chart:
        axis = percent_axis(values=[0, 0.25, 0.5, 0.75, 1], labels=labelled)
        y = alt.Y("intensity:Q", title=None, scale=scale, axis=axis)
        known = rows[rows["part"] != "gap"].sort_values("quarter")
        layers = gaps(rows, x, height)
        for who in sorted(set(known["name"])) or [name]:
            of = known[known["name"] == who]
            layers += series(of, x, y, _tooltip(), dash=who == ALL3)
        return alt.layer(*layers, *head(_head(known, name), plot)).properties(
            width=plot, height=height
        )

    key = legend(table[~grouped], width == theme.NARROW)
    return grid(table, [_TOGETHER, *FIRMS], width, panel, key)


def _head(known: pd.DataFrame, name: str) -> list[tuple[str, str]]:
    """Write a firm's name, its first and last share, and their quarters; of groups, both."""
    if name != _TOGETHER:
        return [(name, _moved(known)), (span(known), "")]
    words = {ALL4: ALL4, ALL3: "Three (dashed)"}
    parts = {who: known[known["name"] == who] for who in words}
    return [(words[who], _moved(rows)) for who, rows in parts.items() if len(rows)]


def _moved(rows: pd.DataFrame) -> str:
    """Write the first and the last share, with one sign of per cent."""
    shares = [share.split(NBSP)[0] for share in rows["intensity"].map(share_text)]
    return moved(rows, shares) + (f"{NBSP}%" if shares else "")


def _tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("name:N", title="firm"),
        alt.Tooltip("quarter:N"),
        alt.Tooltip("quarter_end:T", format="%-d %b %Y", title="quarter to"),
        alt.Tooltip("intensity:Q", format=".1%", title="share of revenue"),
        alt.Tooltip("capex:Q", format=",.0f", title="capital expenditure, millions"),
        alt.Tooltip("revenue:Q", format=",.0f", title="revenue, millions"),
        alt.Tooltip("currency:N"),
        alt.Tooltip("confidence:N"),
        alt.Tooltip("note:N"),
    ]
