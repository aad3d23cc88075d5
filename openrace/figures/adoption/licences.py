"""The figure of licences: what each family’s licence asks for, in words."""

from __future__ import annotations

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.adoption.listing import LINE, Column, hosts, listed, when
from openrace.figures.parts import Mark, key, sentence
from openrace.figures.render import Chart
from openrace.measures.adoption.licences import SIDES

_L = "adoption.licences"
_SHARE = f"{_L}.unrestricted_share"

_WIDE = (
    (
        Column("family", 16, 132, "models", bold=True),
        Column("maker", 152, 96, "lab, home", muted=True),
        Column("when", 252, 76, "first release", muted=True),
        Column("licence", 332, 98, "licence"),
        Column("limit", 434, 148, "limit by size; places"),
        Column("name", 588, 30, "show\nname"),
        Column("uses", 624, 34, "barred\nuses"),
        Column("read", 664, 36, "text\nread", muted=True),
    ),
)
_NARROW = (
    (Column("family", 16, 190, bold=True), Column("when", 330, 100, muted=True, right=True)),
    (Column("conditions", 16, 316),),
    (Column("foot", 16, 316, muted=True),),
)
_TIPS = [
    alt.Tooltip("family:N", title="models"),
    alt.Tooltip("maker:N", title="lab"),
    alt.Tooltip("licence:N"),
    alt.Tooltip("conditions:N"),
    alt.Tooltip("when:N", title="first release"),
    alt.Tooltip("text_read:N", title="what was read"),
    alt.Tooltip("note:N"),
    alt.Tooltip("source:N"),
]


def _pair(n: Numbers, unit: str) -> str:
    """Write both sides’ shares by a unit; empty where one is missing."""
    shares = [(n[f"{_SHARE}.{code}.{unit}"], side) for code, (_, side) in SIDES.items()]
    known = [f"{share} of {side}" for share, side in shares if share.value is not None]
    return " and ".join(known)


def _title(n: Numbers) -> str:
    """Say which share of licences sets no condition, by both units."""
    families, releases = _pair(n, "families"), _pair(n, "releases")
    if not families:
        return "What licences of open weights ask for"
    said = f"No conditions in {families} licence families"
    if not releases:
        return said
    said += f", and in {releases} releases"
    return f"{said}: which side is freer turns with the unit" if _turns(n) else said


def _turns(n: Numbers) -> bool:
    """Tell whether the side with the larger share by family has the smaller one by release."""
    gaps = []
    for unit in ("families", "releases"):
        cn, us = (n[f"{_SHARE}.{code}.{unit}"].value for code in SIDES)
        if cn is None or us is None:
            return False
        gaps.append(float(cn) - float(us))
    return gaps[0] * gaps[1] < 0


def _subtitle(n: Numbers) -> str:
    return (
        "Conditions of licences of open weights as their texts put them, by the day of the first "
        f"release; hand-made list of mixed age: {n[f'{_L}.families']}; no conditions: approved "
        "by the Open Source Initiative, only notices are to be kept"
    )


def _alt(n: Numbers) -> str:
    said = [
        f"{n[f'{_L}.{code}.unrestricted']} of {n[f'{_L}.{code}.families']} {side}"
        for code, (_, side) in SIDES.items()
    ]
    return (
        f"A table of licences by family with limits by size, names to show, places left out and "
        f"barred uses. No conditions: {' and '.join(said)} families. Licences that leave a place "
        f"out: {n[f'{_L}.territory']}. Known from reports only: {n[f'{_L}.read.report']}."
    )


@figure(
    "adoption-licences",
    title=_title,
    subtitle=_subtitle,
    alt=_alt,
    limit=(
        "How much each licence is used, what courts would make of it, or the licences of the "
        "models that are not listed: the families differ in age and are no sample."
    ),
    tables=("licence_terms", "open_weight_releases"),
)
def licences(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw a row per family, with a mark for whether the licence sets conditions."""
    narrow = width == theme.NARROW
    rows = _worded(table)
    drawn = listed(rows, _NARROW if narrow else _WIDE, width - 10, _TIPS)
    marks = drawn.rows.assign(y=drawn.rows["group_0"])
    place = {"x": alt.value(5), "y": alt.Y("y:Q").scale(None).axis(None), "tooltip": _TIPS}
    free, tied = marks[marks["unrestricted"]], marks[~marks["unrestricted"]]
    filled = alt.Chart(free).mark_point(filled=True, color=theme.INK, size=52, opacity=1)
    hollow = alt.Chart(tied).mark_point(stroke=theme.INK, fill=theme.PAPER, size=52, opacity=1)
    layers = [*drawn.layers, filled.encode(**place), hollow.encode(**place)]
    listing = alt.layer(*layers).properties(width=width - 10, height=drawn.height)
    keys = [
        Mark("no conditions", "circle", True, theme.INK, 5, LINE / 2),
        Mark("conditions", "circle", False, theme.INK, 110, LINE / 2),
    ]
    return alt.vconcat(key(keys), listing, spacing=4)


def _worded(table: pd.DataFrame) -> pd.DataFrame:
    """Write the conditions of each family in short words."""
    limits = [
        "; ".join(filter(None, (limit, f"not for {places}" if places else "")))
        for limit, places in zip(table["limit"], table["excluded"], strict=True)
    ]
    homes = table["country"].map({"CN": "China", "US": "US"}).fillna(table["country"])
    maker = table["lab"] + ", " + homes
    read = table["text_read"].map({"text": "yes", "copy": "copy", "report": "no"})
    yes = {"yes": "yes", "no": "–", "unknown": "?"}
    reading = {"yes": "text read", "copy": "read in a copy", "no": "known from reports"}
    return table.drop(columns="url").assign(
        when=[when(*days) for days in zip(table["date"], table["until"], strict=True)],
        limit=pd.Series(limits, table.index).replace("", "–"),
        maker=maker,
        name=table["must_name"].map(yes),
        uses=table["prohibited_uses"].map(yes),
        read=read,
        conditions=table["conditions"].map(sentence),
        foot=maker + "; " + table["licence"] + "; " + read.map(reading),
        source=hosts(table["url"]),
    )
