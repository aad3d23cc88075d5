"""The figure of restrictions: what each act binds, whom, and whether it stands."""

from __future__ import annotations

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.adoption.listing import LINE, Column, hosts, listed, unsure, when
from openrace.figures.parts import Mark, key
from openrace.figures.render import Chart

_R = "adoption.restrictions"

_WIDE = (
    (
        Column("when", 16, 86, "when", muted=True),
        Column("label", 106, 172, "act", bold=True),
        Column("binds", 282, 162, "what it binds"),
        Column("whom", 448, 120, "whom", muted=True),
        Column("status", 572, 70, "stands"),
        Column("confidence", 648, 44, "confi-\ndence", muted=True),
    ),
)
_NARROW = (
    (Column("label", 16, 200, bold=True), Column("when", 330, 118, muted=True, right=True)),
    (Column("what", 16, 310),),
)
_TIPS = [
    alt.Tooltip("label:N", title="act"),
    alt.Tooltip("jurisdiction:N", title="whose"),
    alt.Tooltip("kind:N"),
    alt.Tooltip("when:N"),
    alt.Tooltip("binds:N", title="what it binds"),
    alt.Tooltip("whom:N"),
    alt.Tooltip("status:N", title="stands"),
    alt.Tooltip("private_use:N", title="a firm’s own use of open weights"),
    alt.Tooltip("note:N"),
    alt.Tooltip("confidence:N"),
    alt.Tooltip("source:N"),
]

#: How each standing looks, and how it is written in the key.
_LOOKS = {
    "binds": ("circle", True, theme.INK, "in force"),
    "not yet": ("circle", False, theme.INK, "proposed, open"),
    "eased": ("cross", True, theme.MUTED, "eased, lifted"),
    "unclear": ("triangle", False, theme.MUTED, "unconfirmed"),
}


def _title(n: Numbers) -> str:
    """Say how many acts stand, and how many reach what a private firm uses."""
    total, binding, firms = (n[f"{_R}.{id}"] for id in ("total", "binding", "private_use"))
    said = f"To {n[f'{_R}.latest_month']}, {binding} of {total} listed acts were in force; "
    said += f"{firms.value or 'none'} bound a private firm’s own use of open weights"
    work, bills = n[f"{_R}.private_use.government_work"], n[f"{_R}.private_use.if_passed"]
    if work.value:
        said += f", {work} its work for the US government"
    if bills.value:
        said += f"; {bills} {'bill' if bills.value == 1 else 'bills'}, if passed, would bind it"
    return said


def _subtitle(n: Numbers) -> str:
    return (
        f"Bans, laws, bills, export controls and inquiries, {n[f'{_R}.first']} to "
        f"{n[f'{_R}.latest']}, by whom they reach; a hand-made list, mostly of the US "
        f"({n[f'{_R}.us']}), that says nothing of later"
    )


def _alt(n: Numbers) -> str:
    in_force = [n[f"{_R}.{reach}"] for reach in ("government", "consumers", "exports")]
    systems, apps, exports = in_force
    return (
        f"A list of acts with day, content and standing, in groups by whom they reach. In force: "
        f"{systems} on government systems, {apps} on an app and its data, {exports} on exports. "
        f"{_title(n)}."
    )


@figure(
    "adoption-restrictions",
    title=_title,
    subtitle=_subtitle,
    alt=_alt,
    limit=(
        "Anything after its last day, how strictly an act is enforced, or what firms do out of "
        "caution; of the US states that ban the app only those with a known day are listed."
    ),
    tables=("restrictions",),
)
def restrictions(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw the acts in groups by whom they reach, with a mark for how each stands."""
    narrow = width == theme.NARROW
    days = [when(*days) for days in zip(table["date"], table["until"], strict=True)]
    rows = table.drop(columns="url").assign(
        when=days,
        what=table["binds"] + " – " + table["whom"] + unsure(table["confidence"]),
        source=hosts(table["url"]),
    )
    groups = _NARROW if narrow else _WIDE
    drawn = listed(rows, groups, width - 10, _TIPS, lambda name, n: f"{name} ({n})")
    marks = drawn.rows.assign(y=drawn.rows["group_0"])
    layers = [*drawn.layers]
    for stands, (shape, filled, colour, _) in _LOOKS.items():
        look = {"filled": True} if filled else {"fill": theme.PAPER}
        mark = alt.Chart(marks[marks["stands"] == stands]).mark_point(
            shape=shape, stroke=colour, color=colour, size=52, opacity=1, **look
        )
        y = alt.Y("y:Q").scale(None).axis(None)
        layers.append(mark.encode(x=alt.value(5), y=y, tooltip=_TIPS))
    listing = alt.layer(*layers).properties(width=width - 10, height=drawn.height)
    return alt.vconcat(key(_marks(narrow)), listing, spacing=4)


def _marks(narrow: bool) -> list[Mark]:
    """Say what the marks mean, in one line or in two."""
    places = (
        [(5, 0), (90, 0), (205, 0), (5, 1)] if narrow else [(5, 0), (90, 0), (205, 0), (310, 0)]
    )
    return [
        Mark(name, shape, filled, colour, x, LINE / 2 + line * 18)
        for (shape, filled, colour, name), (x, line) in zip(_LOOKS.values(), places, strict=True)
    ]
