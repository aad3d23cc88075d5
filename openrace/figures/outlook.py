"""The dashboard: five things to watch in a table, with a small drawing of each one's readings."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.adoption.listing import LINE, Column, listed
from openrace.figures.render import Chart
from openrace.measures.outlook.numbers import CUT
from openrace.numbers import NBSP, NOT_OBSERVED, written

_O = "outlook"
_COUNTS = ("none", "one", "two", "three", "four", "five")

#: Where the small drawings stand, in pixels: left edge, width, height.
_WIDE_ROOM, _NARROW_ROOM = (292, 104, 2.6 * LINE), (166, 160, 2 * LINE)

_WIDE = (
    (
        Column("name", 0, 168, "thing and indicator", bold=True),
        Column("reading", 176, 108, "reading", bold=True),
        Column("", 290, 100, "all readings,\nfrom 0 up"),
        Column("moves", 414, 106, "direction", bold=True),
        Column("next", 528, 160, "next reading, and what\nwould change the verdict", bold=True),
    ),
    (
        Column("about", 0, 168, muted=True),
        Column("told", 176, 100, muted=True),
        Column("against", 414, 106, muted=True),
        Column("wanted", 528, 160, muted=True),
    ),
)
_NARROW = (
    (Column("name", 0, 170, bold=True), Column("next", 330, 200, bold=True, right=True)),
    (Column("about", 0, 326, muted=True),),
    (Column("reading", 0, 150, bold=True),),
    (Column("told", 0, 150, muted=True),),
    (Column("moves", 0, 150, bold=True),),
    (Column("against", 0, 326, muted=True),),
    (Column("change", 0, 326, muted=True),),
)
#: What is counted, after the bare figure of a reading.
_OF = {"days": " days", "slots": " of 30", "count": " acts"}
_MOVES = {
    "up": "up",
    "down": "down",
    "unclear": "no direction",
    "unread": "no earlier one",
    "none": "no direction",
}
_TIPS = [
    alt.Tooltip("name:N", title="thing"),
    alt.Tooltip("about:N", title="indicator"),
    alt.Tooltip("reading:N"),
    alt.Tooltip("told:N", title="range and day"),
    alt.Tooltip("moves:N", title="direction"),
    alt.Tooltip("against:N", title="against"),
    alt.Tooltip("next:N", title="next reading"),
    alt.Tooltip("changes:N", title="would change the verdict"),
    alt.Tooltip("note:N", title="limit"),
]


def _title(n: Numbers) -> str:
    """Say how many things have an indicator, are overdue and have moved."""
    things, has, late, moved, unread = (
        _COUNTS[int(n[f"{_O}.{id}"].value or 0)]
        for id in ("things", "indicators", "overdue", "moved", "unread")
    )
    if unread == has:
        return (
            f"Of {things} things to watch, {has} have an indicator, and none was read by this day"
        )
    said = f"Of {things} things to watch, {has} have an indicator; {late} "
    said += "is overdue" if late in ("none", "one") else "are overdue"
    if unread != "none":
        said += f", {unread} {'was' if unread == 'one' else 'were'} not read by this day"
    return f"{said}, and {moved} moved by more than noise"


def _subtitle(n: Numbers) -> str:
    cut = CUT in n[f"{_O}.ecosystem.reading"].definition
    read = f", of ecosystem momentum {CUT}" * cut
    return (
        f"As of {n[f'{_O}.day']}: the newest reading with its range, all readings since the first"
        f"{read}, and the direction, told only where ranges do not overlap and no reading between "
        "disagrees"
    )


def _alt(n: Numbers) -> str:
    names = {
        "procurement": "procurement",
        "regulation": "regulation",
        "ecosystem": "ecosystem momentum",
        "quality": "quality convergence",
    }
    said = ", ".join(
        f"{name} {n[f'{_O}.{id}.reading']} ({n[f'{_O}.{id}.direction']})"
        for id, name in names.items()
        if n[f"{_O}.{id}.reading"].value is not None
    )
    words = f"A table of five things to watch. {_title(n)}."
    return f"{words} Readings: {said}; on-device has no indicator." if said else words


@figure(
    "outlook-dashboard",
    title=_title,
    subtitle=_subtitle,
    alt=_alt,
    limit=(
        "What will happen: each indicator is the nearest thing that can be read, not the thing "
        "itself, and the days on which readings are due are a choice of this book."
    ),
    tables=(
        *("outlook_indicators", "enterprise_surveys", "restrictions", "trending_daily"),
        *("capability_index", "list_prices"),
    ),
)
def dashboard(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw the five things as rows, each with its readings as points with ranges."""
    narrow = width == theme.NARROW
    rows = _worded(table[table["part"] == "thing"])
    drawn = listed(rows, _NARROW if narrow else _WIDE, width - 10, _TIPS)
    x, room, height = _NARROW_ROOM if narrow else _WIDE_ROOM
    tops = drawn.rows["group_2" if narrow else "group_0"] - LINE / 2 + 4 * (not narrow)
    layers = [*drawn.layers]
    for thing, top in zip(drawn.rows["thing"], tops, strict=True):
        read = table[(table["part"] == "reading") & (table["thing"] == thing)]
        layers += _small(read, x, float(top), room, height)
    return alt.layer(*layers).properties(width=width - 10, height=drawn.height)


def _worded(rows: pd.DataFrame) -> pd.DataFrame:
    """Write each row's values as the prose does; what is missing says so."""
    told = [_words(row) for row in rows.to_dict("records")]
    keep = rows[["thing", "name", "changes", "note"]].reset_index(drop=True)
    return keep.join(pd.DataFrame(told))


def _words(row: dict[Any, Any]) -> dict[str, str]:
    unit, some = row["unit"] or "count", pd.notna(row["value"])
    has = row["state"] != "none"
    told = f"{_range(row['low'], row['high'], unit)}, {_day(row['date'])}" if some else ""
    old = pd.notna(row["earlier"])
    earlier = (
        f"{written(row['earlier'], unit)} ({_range(row['earlier_low'], row['earlier_high'], unit)})"
        f" on {_day(row['earlier_date'])}"
        if old
        else ""
    )
    due = _day(row["due"])
    state = {
        "overdue": f"overdue since {due}",
        "due": f"due {due}",
        "unread": "not read by this day",
        "none": "no indicator",
    }
    return {
        "about": row["indicator"] or row["note"].rstrip("."),
        "reading": written(row["value"], unit) + _OF.get(unit, "") if some else "no reading",
        "told": told,
        "moves": _MOVES[row["direction"]],
        "against": f"against {earlier}" if earlier else "",
        "next": state[row["state"]],
        "change": f"{'Would change it' if has else 'Needed'}: {row['changes']}",
        "wanted": f"{'' if has else 'Needed: '}{row['changes']}",
    }


def _range(low: float, high: float, unit: str) -> str:
    """Write a range that is not broken over lines."""
    return f"{written(low, unit, bare=True)} to {written(high, unit)}".replace(" ", NBSP)


def _day(day: pd.Timestamp) -> str:
    text = written(None if pd.isna(day) else day.date().isoformat(), "date")
    return "" if text == NOT_OBSERVED else text


def _small(
    read: pd.DataFrame, x: float, top: float, width: float, height: float
) -> list[alt.Chart]:
    """Draw the readings of a thing from nought up, the newest filled, their days below."""
    if read.empty:
        return []
    first = read["date"].min()
    span = (read["date"].max() - first).days
    along = (read["date"] - first).dt.days / span if span else 1.0
    most = float(read["high"].max()) or 1.0
    plot = height - 2
    points = read[["date", "value", "low", "high"]].assign(
        x=x + along * (width - 8) + 2,
        y=top + plot * (1 - read["value"] / most),
        y_low=top + plot * (1 - read["low"] / most),
        y_high=top + plot * (1 - read["high"] / most),
        newest=read["date"] == read["date"].max(),
    )
    base = pd.DataFrame({"x": [x - 2], "x2": [x + width - 2], "y": [top + plot]})
    ends = [f"{day:%b %Y}" for day in (first, read["date"].max())]
    under = pd.DataFrame({"x": [x - 2, x + width - 2], "y": top + plot + 11, "text": ends})
    tips = [
        alt.Tooltip("date:T", format="%-d %b %Y"),
        alt.Tooltip("value:Q", format=".3~g"),
        alt.Tooltip("low:Q", format=".3~g"),
        alt.Tooltip("high:Q", format=".3~g"),
    ]
    rule = alt.Chart(points).mark_rule(color=theme.MUTED, strokeWidth=1)
    floor = alt.Chart(base).mark_rule(color=theme.GRID)
    layers = [_at(floor).encode(x2="x2:Q"), _at(rule, "y_low").encode(y2="y_high:Q", tooltip=tips)]
    for newest, size in ((False, 14), (True, 46)):
        some = points[points["newest"] == newest]
        mark = alt.Chart(some).mark_point(shape="circle", filled=True, size=size, opacity=1)
        layers.append(_at(mark).encode(color=alt.value(theme.INK), tooltip=tips))
    for at in (0, 1)[0 if span else 1 :]:
        label = alt.Chart(under.iloc[[at]]).mark_text(
            align="right" if at else "left", baseline="middle", color=theme.MUTED, fontSize=11
        )
        layers.append(_at(label).encode(text="text:N"))
    return layers


def _at(chart: alt.Chart, y: str = "y") -> alt.Chart:
    """Place marks by their pixels."""
    return chart.encode(
        x=alt.X("x:Q").scale(None).axis(None), y=alt.Y(f"{y}:Q").scale(None).axis(None)
    )
