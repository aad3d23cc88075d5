"""Price cuts of closed models above the calendar of open releases, and what chance would give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.incentives.response_odds import ID, odds_strip
from openrace.figures.moment.flags import ASIDE, SIZE, balanced, labels
from openrace.figures.parts import Mark, heading, key, moment
from openrace.figures.render import Chart
from openrace.numbers import written

TABLES = (
    *("price_cuts", "open_weight_releases", "capability_index"),
    *("list_prices", "maker_prices", "price_readings", "price_hosts"),
)

_SHAPES = {"United States": "circle", "Europe": "square", "China": "diamond"}
_DAY, _MONTH = "%-d %b %Y", "timeFormat(datum.value, '%b %Y')"
# Pixels: a line of text, a tick, a release's lane, a phone's plot.
_LEVEL, _TICK, _LANE, _TALL = 16, 12, 44, 560
_MINUS = "\u2212"

_Side = tuple[Literal["left", "right"], int]


def _numbers(n: Numbers, *names: str) -> list[Any]:
    return [n[f"{ID}.{name}"] for name in names]


def _within(n: Numbers) -> str:
    days = n[f"{ID}.window.length"]
    return f"{days} day{'' if days.value == 1 else 's'}"


def _title(n: Numbers) -> str:
    """Set the share of cuts after a release against the share of all days."""
    cuts, hits, share = _numbers(n, "window.days", "window.within", "window.covered_days")
    after = f"within {_within(n)} after a Chinese open release"
    if cuts.value == 1:
        came = "came" if hits.value else "did not come"
        others = f"as did {share} of all days" if hits.value else f"{share} of all days did"
        return f"The one day with price cuts of closed models {came} {after}; {others}"
    came = f"{hits} came" if hits.value else "none came"
    others = f"; so did {share} of all days" if hits.value else f", but {share} of all days did"
    return f"Of {cuts} days with price cuts of closed models, {came} {after}{others}"


def _subtitle(n: Numbers) -> str:
    first, last, p = _numbers(n, "watched.from", "watched.until", "window.placebo_p")
    between = f" ({p.interval} by choice of list and placebo)" if p.low != p.high else ""
    return (
        "Cuts of a closed model that stayed the same, at its maker’s own API, by maker and day; "
        f"tested from {first} to {last}. Chance that as many cuts on random days follow a "
        f"release: p = {p}{between}"
    )


def _alt(n: Numbers) -> str:
    days, needed, least, rises = _numbers(
        n, "window.days", "window.needed", "window.all_hits_p", "rises"
    )
    enough = (
        f"{needed} of {days} would have to for p below 0.05"
        if needed.value <= days.value
        else f"even if every one did, p would be {least}"
    )
    return (
        f"A line of dated price cuts with their size above ticks of open-weight releases. "
        f"{_title(n)}; {enough}. Rises of the same model known: {rises}. Below, bars show how many "
        "of the days chance would put after a release."
    )


@figure(
    "incentives-price-response",
    title=_title,
    subtitle=_subtitle,
    alt=_alt,
    limit="Why a price was cut: a new model of one’s own, a closed rival, cheaper chips and an "
    "open release look alike, cheaper successors are not counted, and both lists are incomplete.",
    tables=TABLES,
)
def price_response(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw time along the page, or down it where there is no width; chance beneath."""
    rows = table.assign(colour=table["bloc"].map(theme.BLOCS).fillna(theme.BLOCS["Unknown"]))
    narrow = width == theme.NARROW
    time = _down(rows, numbers) if narrow else _along(rows, numbers, width - 24)
    plot = 250 if narrow else 380
    return alt.vconcat(time, odds_strip(rows, numbers, plot), spacing=34 if narrow else 26)


def _changes(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the changes with how each is drawn and named."""
    found = rows[rows["part"] == "change"].reset_index(drop=True)
    shape = found["bloc"].map(_SHAPES).fillna("circle")
    shape = shape.mask(found["change"] == "rise", "triangle-up")
    fill = found["colour"].where(found["tested"].astype(bool), theme.PAPER)
    label = [_label(row) for row in found.to_dict("records")]
    near = found["near"].map({True: "yes", False: "no"})
    return found.assign(shape=shape, fill=fill, label=label, near=near)


def _label(row: dict[str, Any]) -> str:
    if row["free"]:
        return f"{row['names']} free"
    sign = "+" if row["change"] == "rise" else _MINUS
    low, high = sorted(abs(row[k]) for k in ("size", "smallest"))
    most = written(high, "share")
    if round(low, 2) == round(high, 2):
        return f"{row['names']} {sign}{most}"
    return f"{row['names']} {sign}{written(low, 'share', bare=True)} to {_MINUS}{most}"


def _domain(rows: pd.DataFrame) -> list[pd.Timestamp]:
    first, last = rows["date"].min(), rows[["date", "until"]].max().max()
    return [first.replace(day=1), last + pd.Timedelta(days=12)]


def _pixels(days: pd.Series, domain: Sequence[pd.Timestamp], length: float) -> pd.Series:
    return (days - domain[0]) / (domain[1] - domain[0]) * length


def _time(channel: Any, domain: Sequence[pd.Timestamp], **scale: Any) -> Any:
    months = (1, 7) if domain[1] - domain[0] > pd.Timedelta(days=400) else (1, 4, 7, 10)
    shown = [moment(day) for day in pd.date_range(*domain, freq="MS") if day.month in months]
    axis = alt.Axis(values=shown, labelExpr=_MONTH, grid=False)
    limits = alt.Scale(domain=[moment(day) for day in domain], nice=False, **scale)
    return channel("date:T", title=None, scale=limits, axis=axis)


def _at(channel: Any, field: str) -> Any:
    """Encode places in pixels, without a scale and an axis."""
    return channel(field).scale(None).axis(None)


_CUT = [
    alt.Tooltip("names:N", title="model"),
    alt.Tooltip("lab:N", title="maker"),
    alt.Tooltip("date:T", format=_DAY, title="day"),
    alt.Tooltip("label:N", title="change"),
    alt.Tooltip("near:N", title="after a Chinese open release"),
    alt.Tooltip("lists:Q", title="lists that show it"),
]
_RELEASE = [
    alt.Tooltip("model:N"),
    alt.Tooltip("lab:N"),
    alt.Tooltip("date:T", format=_DAY, title="released"),
]


def _dots(changes: pd.DataFrame, **places: Any) -> alt.Chart:
    return (
        alt.Chart(changes)
        .mark_point(size=70, opacity=1, strokeWidth=2)
        .encode(
            shape=alt.Shape("shape:N").scale(None),
            stroke=alt.Stroke("colour:N").scale(None),
            fill=alt.Fill("fill:N").scale(None),
            tooltip=_CUT,
            **places,
        )
    )


def _releases(rows: pd.DataFrame, time: Any, lanes: dict[str, float]) -> list[alt.Chart]:
    """Draw covered days as bands and releases as ticks, at their lanes' places across the time."""
    along, across, channel = ("x", "y", alt.Y) if isinstance(time, alt.X) else ("y", "x", alt.X)
    bands = rows[rows["part"] == "cover"].assign(place=lanes["China"], end=lanes["China"] + _TICK)
    ends: dict[str, Any] = {across: _at(channel, "place:Q"), f"{across}2": "end:Q"}
    band = alt.Chart(bands).mark_rect(color=theme.BLOCS["Unknown"], opacity=0.45)
    ticks = rows[rows["part"] == "release"]
    place = ticks["side"].map(lanes)
    colour = ticks["colour"].where(ticks["side"] == "China", theme.MUTED)
    ticks = ticks.assign(place=place, end=place + _TICK, colour=colour)
    tick = alt.Chart(ticks).mark_rule(strokeWidth=2)
    cuts = rows[(rows["part"] == "change") & (rows["tested"].eq(True))]
    dot = alt.Chart(cuts.assign(place=lanes["China"] + _TICK / 2))
    dot = dot.mark_point(shape="circle", filled=True, size=28, opacity=1, color=theme.INK)
    return [
        band.encode(**{along: time, f"{along}2": "until:T"}, **ends),
        tick.encode(
            color=alt.Color("colour:N").scale(None), tooltip=_RELEASE, **{along: time}, **ends
        ),
        dot.encode(**{along: time}, **{across: _at(channel, "place:Q")}),
    ]


def _cover(n: Numbers) -> str:
    return (
        f"Chinese open-weight releases; grey: within {_within(n)} after one, "
        f"{n[f'{ID}.window.covered_days']} of days tested; dots: the cuts tested"
    )


def _meanings(changes: pd.DataFrame) -> list[tuple[str, str, bool, str]]:
    """Return what the marks that are drawn mean: label, shape, filled, colour."""
    names = {"United States": "US maker", "Europe": "European maker", "China": "Chinese maker"}
    found = [
        (names[bloc], shape, True, theme.BLOCS[bloc])
        for bloc, shape in _SHAPES.items()
        if (changes["bloc"] == bloc).any()
    ]
    if (~changes["tested"].astype(bool)).any():
        found.append(("hollow: not tested", "circle", False, theme.MUTED))
    if (changes["change"] == "rise").any():
        found.append(("rise", "triangle-up", False, theme.MUTED))
    return found


def _aside(changes: pd.DataFrame) -> str:
    """Say why changes are not tested."""
    market, change = changes["market"], changes["change"]
    why = [
        ("cuts after the lists’ last day", ((market == "abroad") & (change == "cut")).any()),
        ("examples of cuts in yuan", (market == "home").any()),
        ("rises", (change == "rise").any()),
    ]
    return "Not tested: " + ", ".join(reason for reason, there in why if there)


def _along(rows: pd.DataFrame, numbers: Numbers, plot: int) -> Chart:
    """Draw cuts on a line, what is not tested on another, releases in two lanes below."""
    domain, changes = _domain(rows), _changes(rows)
    tested = changes["tested"].astype(bool)
    time, layers, head = _time(alt.X, domain), [_key(changes, 6.0, 6)], 28.0
    for part in (changes[tested], changes[~tested]):
        if part.empty:
            continue
        name = _aside(part) if head > 28 else "Price cuts of closed models, tested"
        drawn, head = _lane(part, name, time, _pixels(part["date"], domain, plot), plot, head)
        layers += drawn
    lanes = {"China": head + 18, "others": head + 18 + _LANE}
    words: dict[str, Any] = {"fontSize": SIZE, "fontWeight": "normal"}
    layers += [
        heading(_cover(numbers), lanes["China"] - 19, **words),
        heading("Other open-weight releases", lanes["others"] - 19, **words),
        *_releases(rows, time, lanes),
    ]
    return alt.layer(*layers).properties(width=plot, height=lanes["others"] + _TICK + 6)


def _lane(
    changes: pd.DataFrame, name: str, time: alt.X, pixels: pd.Series, plot: int, head: float
) -> tuple[list[Chart], float]:
    """Draw changes on a line with their names above it; return the place for the next lane."""
    placed = labels(zip(changes["label"], pixels, strict=True), plot)
    foot = head + 30 + _LEVEL * (max(label.level for label in placed) + 1)
    flags = [
        (label.text, label.x, foot, foot - 8 - (label.level + 1) * _LEVEL, label.leftward)
        for label in placed
    ]
    base = alt.Chart(pd.DataFrame(flags, columns=["label", "x", "near", "far", "leftward"]))
    base = base.encode(x=_at(alt.X, "x:Q"))
    ends = {"y": _at(alt.Y, "near:Q"), "y2": "far:Q"}
    layers: list[Chart] = [base.mark_rule(color=theme.MUTED, strokeWidth=0.8).encode(**ends)]
    sides: tuple[_Side, ...] = (("left", ASIDE), ("right", -ASIDE))
    for align, dx in sides:
        words = base.transform_filter(alt.datum.leftward == (align == "right"))
        words = words.mark_text(align=align, baseline="top", dx=dx, fontSize=SIZE)
        layers.append(words.encode(y=_at(alt.Y, "far:Q"), text="label:N"))
    line = alt.Chart(pd.DataFrame({"foot": [foot]})).mark_rule(color=theme.GRID)
    layers += [
        line.encode(y=_at(alt.Y, "foot:Q"), x=alt.value(0), x2=alt.value(plot)),
        heading(name, head, fontSize=SIZE, fontWeight="normal"),
        _dots(changes.assign(place=foot), x=time, y=_at(alt.Y, "place:Q")),
    ]
    return layers, foot + 22


def _key(changes: pd.DataFrame, x: float, y: float) -> Chart:
    """Draw what the marks mean, in a row from the left."""
    marks = []
    for label, shape, filled, colour in _meanings(changes):
        marks.append(Mark(label, shape, filled, colour, x, y))
        x += 34 + 6.1 * len(label)
    return key(marks)


def _key_down(changes: pd.DataFrame, n: Numbers, y: float) -> Chart:
    """Draw what the marks mean, one below the other."""
    told = [
        *_meanings(changes),
        (f"{_within(n)} after a Chinese release", "square", True, theme.BLOCS["Unknown"]),
        ("a cut tested", "circle", True, theme.INK),
    ]
    return key([Mark(*meaning, 6.0, y + 18 * line) for line, meaning in enumerate(told)])


def _down(rows: pd.DataFrame, numbers: Numbers) -> Chart:
    """Draw time down the page, releases in two columns, cuts and their names beside them."""
    domain, changes = _domain(rows), _changes(rows)
    time = _time(alt.Y, domain, reverse=True)
    lanes, edge = {"China": 2.0, "others": 24.0}, 92.0
    pixels = _pixels(changes["date"], domain, _TALL)
    dot = changes["tested"].map({True: 54.0, False: 74.0})
    named = changes.assign(pixel=pixels, place=balanced(pixels, 17), dot=dot, edge=edge)
    base = alt.Chart(named[["label", "pixel", "place", "dot", "edge"]])
    line = base.mark_rule(color=theme.MUTED, strokeWidth=0.8).encode(
        x=_at(alt.X, "dot:Q"), x2="edge:Q", y=_at(alt.Y, "pixel:Q"), y2="place:Q"
    )
    words = base.mark_text(align="left", dx=4, fontSize=SIZE)
    words = words.encode(x=_at(alt.X, "edge:Q"), y=_at(alt.Y, "place:Q"), text="label:N")
    columns = {"Chinese releases": 8.0, "other releases": 30.0, "cuts, tested": 54.0}
    if (~changes["tested"].astype(bool)).any():
        columns["not tested"] = 74.0
    heads = pd.DataFrame({"head": list(columns), "x": list(columns.values())})
    head = alt.Chart(heads).mark_text(align="left", angle=300, fontSize=11, color=theme.INK)
    layers: list[Chart] = [
        *_releases(rows, time, lanes),
        line,
        words,
        _dots(named, y=time, x=_at(alt.X, "dot:Q")),
        head.encode(x=_at(alt.X, "x:Q"), y=alt.value(-8), text="head:N"),
        _key_down(changes, numbers, max(_TALL, named["place"].max()) + 26),
    ]
    return alt.layer(*layers).properties(width=262, height=_TALL)
