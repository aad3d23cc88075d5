"""The timeline: releases, events and what was counted when, in lanes; down the page on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.moment.flags import ASIDE, SIZE, Label, balanced, labels
from openrace.figures.parts import moment
from openrace.figures.render import Chart
from openrace.measures.moment.timeline import LANES

TABLES = (
    *("open_weight_releases", "policy_events", "download_increments", "alltime_downloads"),
    *("hub_uploads", "hub_census_days", "trending_daily", "trending_top1000_daily"),
)

_Side = tuple[Literal["left", "right"], int]

_DAY, _MONTH = "%-d %b %Y", "timeFormat(datum.value, '%b %Y')"
# Pixels: lane names; a tick; a line of text; air.
_NAMES, _TICK, _LEVEL, _PAD = 112, 12, 14, 7
_TALL, _COLUMN = 860, 17  # pixels, on a phone: the plot; a lane

#: Lanes as a phone heads its columns.
_HEADS = dict(
    zip(
        LANES,
        (
            *("Chinese weights", "US weights", "Other weights"),
            *("Policy", "Market, money", "Use, studies"),
            *("Hub downloads", "Hub trending"),
        ),
        strict=True,
    )
)


def _finding(n: Numbers) -> str:
    """Say when the book's counts begin, seen from R1."""
    r1, first, after = (
        n[f"moment.{id}"] for id in ("timeline.r1", "hub_gap.to", "hub_gap.days_after_r1")
    )
    if r1.value is None:
        listed = n["moment.timeline.releases"]
        return f"Open-weight releases listed: {listed}; this book has no Hub downloads by date yet"
    if first.value is None:
        return "This book has no Hub downloads by date for the weeks around DeepSeek-R1"
    days = int(float(after.value or 0))
    if days <= 0:
        away = f"{-days} days before DeepSeek-R1" if days else "the day of DeepSeek-R1"
        return f"This book’s counts of Hub downloads begin on {first}, {away}"
    return (
        f"Hub downloads cannot date a break in January 2025: this book’s counts begin on {first}, "
        f"{after} days after DeepSeek-R1"
    )


def _subtitle(n: Numbers) -> str:
    releases, events, first, last = (
        n[f"moment.timeline.{id}"] for id in ("releases", "events", "first_event", "last_event")
    )
    lists = f"open-weight releases ({releases}, a list made by hand)"
    if events.value:
        lists = f"open-weight releases ({releases}) and events ({events}, {first} to {last}), "
        lists += "both lists made by hand"
    return (
        f"Days of {lists}, and of this book’s counts of the Hub; bars where only the month is "
        "known, dashed where nothing is"
    )


def _alt(n: Numbers) -> str:
    cn, us, other = (n[f"moment.timeline.releases.{side}"] for side in ("cn", "us", "other"))
    return (
        f"Lanes of ticks over time: open-weight releases from China ({cn}), the United States "
        f"({us}) and elsewhere ({other}), {n['moment.timeline.events']} events, and days with "
        f"counts of the Hub. {_finding(n)}. Dashed bars: no published series of downloads is "
        "known from October 2022; events before 2025 are not listed."
    )


@figure(
    "moment-timeline",
    title=_finding,
    subtitle=_subtitle,
    alt=_alt,
    limit="How many releases there were, or what policy was like before: both lists are made by "
    "hand, and the list of events begins in January 2025.",
    tables=TABLES,
)
def timeline(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw every lane along the page, or down it where there is no width."""
    hosts = table["url"].astype("str").str.extract(r"^https?://(?:www\.)?([^/]+)", expand=False)
    drawn = table.drop(columns="url").assign(source=hosts)
    return _down(drawn, width) if width == theme.NARROW else _along(drawn, width)


def _domain(table: pd.DataFrame) -> list[pd.Timestamp]:
    """Return the first day of the first month, and a day with room for names after the last."""
    first, last = table["date"].min().replace(day=1), table["until"].max()
    week, span = table.loc[table["ruled"], "date"].max(), last - first
    return [first, max(last + span / 32, week + span / 7 if pd.notna(week) else last)]


def _pixels(days: pd.Series, domain: Sequence[pd.Timestamp], length: float) -> pd.Series:
    return (days - domain[0]) / (domain[1] - domain[0]) * length


def _halves(domain: Sequence[pd.Timestamp]) -> list[alt.DateTime]:
    """Return the first of January and of July of each year."""
    firsts = pd.date_range(domain[0], domain[1], freq="MS")
    return [moment(day) for day in firsts if day.month in (1, 7)]


_TOOLTIP = [
    alt.Tooltip("name:N"),
    alt.Tooltip("lane:N"),
    alt.Tooltip("date:T", format=_DAY, title="from"),
    alt.Tooltip("until:T", format=_DAY, title="to"),
    alt.Tooltip("text:N", title="what"),
    alt.Tooltip("place:N"),
    alt.Tooltip("source:N"),
]


def _along(table: pd.DataFrame, width: int) -> Chart:
    """Draw lanes as rows, each as high as the names above its ticks ask for."""
    plot, domain = width - _NAMES - 10, _domain(table)
    rows = table.assign(pixel=_pixels(table["date"], domain, plot))
    walls = list(rows.loc[rows["ruled"], "pixel"])
    named = rows[rows["labelled"] & (rows["part"] != "gap")]
    placed = {
        lane: labels(zip(part["name"], part["pixel"], strict=True), plot, walls)
        for lane, part in named.groupby("lane")
    }
    foot, head = {}, 14.0
    for lane in LANES:
        levels = max((label.level + 1 for label in placed.get(lane, ())), default=0)
        head += max(levels * _LEVEL + _TICK, 28) + 2 * _PAD
        foot[lane] = head
    rows = rows.assign(near=rows["lane"].map(foot) - _PAD)
    rows = rows.assign(far=rows["near"] - _TICK)
    axis = alt.Axis(
        values=_halves(domain),
        labelExpr=_MONTH,
        ticks=True,
        tickColor=theme.MUTED,
    )
    x = alt.X("date:T", title=None, scale=_scale(domain), axis=axis)
    layers = [*_lanes(foot, plot), *_week(rows, x), *_flags(placed, foot), *_marks(rows, x)]
    said = rows[rows["labelled"] & (rows["part"] == "gap")].assign(near=rows["near"] - _TICK / 2)
    text = alt.Chart(said).mark_text(align="left", dx=6, color=theme.INK)
    layers.append(text.encode(x=x, y=_pixel(alt.Y, "near:Q"), text="name:N"))
    return alt.layer(*layers).properties(width=plot, height=head)


def _scale(domain: Sequence[pd.Timestamp], **options: Any) -> alt.Scale:
    return alt.Scale(domain=[moment(day) for day in domain], nice=False, **options)


def _pixel(channel: Any, field: str) -> Any:
    """Encode places in pixels, without a scale and an axis."""
    return channel(field).scale(None).axis(None)


def _lanes(foot: dict[str, float], plot: float) -> list[alt.Chart]:
    """Draw a line under each lane and its name at the left."""
    frame = pd.DataFrame({"lane": list(foot), "foot": list(foot.values())})
    words = frame["lane"].str.replace("(.*,| and) ", "\\1\n", regex=True).str.strip()
    # A text of several lines hangs from its first.
    name = frame["foot"] - _PAD - _LEVEL * words.str.count("\n")
    base = alt.Chart(frame.assign(name=name, words=words))
    ends: dict[str, Any] = {"x": alt.value(-_NAMES), "x2": alt.value(plot)}
    line = base.mark_rule(color=theme.GRID).encode(y=_pixel(alt.Y, "foot:Q"), **ends)
    text = base.mark_text(align="left", baseline="bottom", lineBreak="\n", color=theme.INK)
    text = text.encode(x=alt.value(-_NAMES), y=_pixel(alt.Y, "name:Q"), text="words:N")
    return [line, text]


def _week(rows: pd.DataFrame, x: alt.X) -> list[alt.Chart]:
    """Rule the days of the break through all lanes; name the first at its left."""
    days = rows.loc[rows["ruled"], ["date"]].sort_values("date").drop_duplicates()
    rule = alt.Chart(days).mark_rule(color=theme.MUTED, strokeWidth=0.8)
    drawn = [rule.encode(x=x, y=alt.value(0))]
    sides: tuple[_Side, ...] = (("right", -4), ("left", 4))
    for date, (side, dx) in zip(days["date"], sides, strict=False):
        frame = pd.DataFrame({"date": [date], "day": [f"{date.day} {date:%b %Y}"]})
        day = alt.Chart(frame).mark_text(align=side, baseline="top", dx=dx, color=theme.MUTED)
        drawn.append(day.encode(x=x, y=alt.value(0), text="day:N"))
    return drawn


def _flags(placed: dict[str, list[Label]], foot: dict[str, float]) -> list[alt.Chart]:
    """Write names beside lines that rise from their ticks."""
    rows = [
        (label.text, label.x, top, top - (label.level + 1) * _LEVEL, label.leftward)
        for lane, its in placed.items()
        for label in its
        for top in [foot[lane] - _PAD - _TICK]
    ]
    frame = pd.DataFrame(rows, columns=["name", "x", "near", "far", "leftward"])
    base = alt.Chart(frame).encode(x=_pixel(alt.X, "x:Q"))
    ends = {"y": _pixel(alt.Y, "near:Q"), "y2": "far:Q"}
    drawn = [base.mark_rule(color=theme.MUTED, strokeWidth=0.8).encode(**ends)]
    sides: tuple[_Side, ...] = (("left", ASIDE), ("right", -ASIDE))
    for align, dx in sides:
        words = base.transform_filter(alt.datum.leftward == (align == "right"))
        words = words.mark_text(align=align, baseline="top", dx=dx, fontSize=SIZE)
        drawn.append(words.encode(y=_pixel(alt.Y, "far:Q"), text="name:N"))
    return drawn


def _marks(rows: pd.DataFrame, time: alt.X | alt.Y) -> list[alt.Chart]:
    """Draw days as ticks, spans as bars and the gap as an open, dashed bar, along the time.

    Args:
        rows: the table with near and far, each mark's ends across the time in pixels.
        time: encodes the days.
    """
    along, across, channel = ("x", "y", alt.Y) if isinstance(time, alt.X) else ("y", "x", alt.X)
    coloured = rows.assign(colour=rows["bloc"].map(theme.BLOCS).fillna(theme.INK))
    colour = alt.Color("colour:N").scale(None)
    day: dict[str, Any] = {along: time, across: _pixel(channel, "near:Q"), f"{across}2": "far:Q"}
    day["tooltip"] = _TOOLTIP
    span = day | {f"{along}2": "until:T"}
    days, gap = coloured["precision"] == "day", coloured["part"] == "gap"
    ticks = alt.Chart(coloured[days & ~gap]).mark_rule(strokeWidth=2)
    bars = alt.Chart(coloured[~days & ~gap]).mark_rect(opacity=0.45)
    hole = alt.Chart(coloured[gap]).mark_rect(
        filled=False, stroke=theme.MUTED, strokeDash=[4, 3], strokeWidth=1
    )
    return [
        bars.encode(color=colour, **span),
        hole.encode(**span),
        ticks.encode(color=colour, **day),
    ]


def _down(table: pd.DataFrame, width: int) -> Chart:
    """Draw lanes as columns and the names of marks in a list beside them."""
    domain, columns = _domain(table), {lane: i * _COLUMN for i, lane in enumerate(LANES)}
    rows = table.assign(near=table["lane"].map(columns) + 2.0)
    rows = rows.assign(far=rows["near"] + _TICK, pixel=_pixels(rows["date"], domain, _TALL))
    years: dict[str, Any] = {
        "values": _halves(domain),
        "labelExpr": _MONTH,
        "labelPadding": 4,
        "grid": False,
    }
    y = alt.Y("date:T", title=None, scale=_scale(domain, reverse=True), axis=alt.Axis(**years))
    edge = float(len(LANES) * _COLUMN)
    days = alt.Chart(rows.loc[rows["ruled"], ["date"]].drop_duplicates())
    week = days.mark_rule(color=theme.MUTED, strokeWidth=0.8)
    week = week.encode(y=y, x=alt.value(0), x2=alt.value(edge))
    said = alt.Chart(_middle(rows[rows["labelled"] & (rows["part"] == "gap")]))
    said = said.mark_text(angle=270, fontSize=11, color=theme.INK)
    said = said.encode(y=y, x=_pixel(alt.X, "near:Q"), text="name:N")
    layers = [*_columns(columns), week, *_beside(rows, edge), *_marks(rows, y), said]
    return alt.layer(*layers).properties(width=width - 62, height=_TALL)


def _middle(gap: pd.DataFrame) -> pd.DataFrame:
    date = gap["date"] + (gap["until"] - gap["date"]) / 2
    return gap.assign(date=date.dt.normalize(), near=gap["near"] + _TICK / 2)


def _columns(columns: dict[str, int]) -> list[alt.Chart]:
    """Draw a line down the middle of each lane, and its name slanting above it."""
    frame = pd.DataFrame({"head": list(_HEADS.values()), "x": [*columns.values()]})
    base = alt.Chart(frame.assign(x=frame["x"] + 2 + _TICK / 2)).encode(x=_pixel(alt.X, "x:Q"))
    line = base.mark_rule(color=theme.GRID).encode(y=alt.value(0), y2=alt.value(_TALL))
    name = base.mark_text(align="left", angle=300, fontSize=11, color=theme.INK)
    return [line, name.encode(y=alt.value(-6), text="head:N")]


def _beside(rows: pd.DataFrame, edge: float) -> list[alt.Chart]:
    """Write names with their days right of the lanes, each joined to its mark."""
    named = rows[rows["labelled"] & (rows["part"] != "gap")].reset_index(drop=True)
    days = [f"{day.day} {day:%b %Y}" for day in named["date"]]
    named = named.assign(place=balanced(named["pixel"], 26), end=edge + 8, day=days)
    base = alt.Chart(named[["name", "day", "far", "pixel", "place", "end"]])
    to = {"x": _pixel(alt.X, "far:Q"), "x2": "end:Q"}
    line = base.mark_rule(color=theme.MUTED, opacity=0.5, strokeWidth=0.7)
    line = line.encode(y=_pixel(alt.Y, "pixel:Q"), y2="place:Q", **to)
    here = base.encode(x=_pixel(alt.X, "end:Q"), y=_pixel(alt.Y, "place:Q"))
    name = here.mark_text(align="left", dx=4, dy=-1, fontSize=SIZE).encode(text="name:N")
    day = here.mark_text(align="left", dx=4, dy=12, fontSize=11, color=theme.MUTED)
    return [line, name, day.encode(text="day:N")]
