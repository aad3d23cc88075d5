"""Figures on all-time downloads: who passes whom, and what a balanced panel gained."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.explore import Follow, Log
from openrace.figures.parts import apart, moment, part_title
from openrace.figures.render import Chart
from openrace.measures.rankings.downloads import META, META_LLAMA, QWEN
from openrace.measures.rankings.recent import DATES

_DAY = "%-d %b %Y"
_LABEL_GAP = 13

_NAMED = 8
_FEW = 20  # dates that a reader can count
_CALLED = {
    QWEN: "Qwen",
    META: "Meta, all",
    META_LLAMA: "meta-llama",
    "OpenAI": "OpenAI: GPT-2 (2019)",  # all that the panel has of OpenAI
}
_CONTENDERS = (QWEN, META, META_LLAMA)


def _passing(n: Numbers) -> str:
    """Say between which days Qwen passes meta-llama, and by when all of Meta."""
    id = "rankings.qwen_passes_meta"
    first, last, all_meta = n[f"{id}.from"], n[f"{id}.to"], n[f"{id}.all_meta.to"]
    if last.value is None:
        return "Qwen has not passed Meta’s Llama in all-time downloads"
    when = f"between {first} and {last}" if first.value else f"by {last}"
    after = f"all of Meta by {all_meta}" if all_meta.value else "not yet all of Meta"
    return f"Qwen passes Meta’s Llama {when}, {after}"


def _dates(n: Numbers, few: str = "the ") -> str:
    """Say how many dates are drawn, and of how many."""
    dates = n["rankings.alltime.dates"]
    if float(dates.value or 0) <= _FEW:
        return f"{few}few dates"
    some = "" if float(dates.value or 0) <= DATES else f"some {DATES} of "
    return f"{some}the {dates} dates"


@figure(
    "rankings-cumulative",
    title=lambda n: f"{_passing(n)}, in a panel of survivors",
    subtitle=lambda n: (
        "All-time downloads of a panel of models chosen in August 2026, by publisher, on "
        f"{_dates(n)} observed; below, when Qwen passes Meta here and in published studies"
    ),
    alt=lambda n: (
        f"Lines of all-time downloads by lab on {_dates(n, 'a ')}. {_passing(n)}. The most "
        f"downloaded model, {n['rankings.alltime_largest.name']}, has "
        f"{n['rankings.alltime_largest.share']} of all downloads of the panel. Bars below give the "
        "intervals, and the months that published studies name."
    ),
    limit="Models that fell out of favour: the panel was chosen at its end and holds survivors.",
    tables=("alltime_downloads", "labs", "families", "published_studies"),
    controls=(Follow("group", "Follow one publisher"), Log("downloads", per=1e6, by="group")),
)
def cumulative(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw the panel's lines, and under them when Qwen passes Meta in it and elsewhere."""
    narrow = width == theme.NARROW
    plot = width - (146 if narrow else 195)
    panel, events = table[table["part"] == "panel"], table[table["part"] != "panel"]
    days = _labelled(sorted(panel["date"].unique()), (24 if narrow else 45) / plot)
    domain = [moment(panel["date"].min()), moment(table[["date", "end"]].max().max())]

    def when(**labels: Any) -> alt.X:
        values = [moment(d) for d in days]
        axis = alt.Axis(values=values, labelOverlap=False, labelFlush=False, **labels)
        return alt.X("date:T", title=None, scale=alt.Scale(domain=domain), axis=axis)

    lines = _lines(panel, events, when(grid=True, labelExpr=_two_lines(days, narrow)), plot, narrow)
    return alt.vconcat(lines, _intervals(events, when(labels=False), plot, narrow), spacing=22)


def _labelled(days: list[pd.Timestamp], share: float) -> list[pd.Timestamp]:
    """Return the days with room for a label, a share of the axis; the last day in any case."""
    room = (days[-1] - days[0]) * share
    kept = [days[-1]]
    for day in reversed(days[:-1]):
        if kept[-1] - day >= room:
            kept.append(day)
    return kept[::-1]


def _two_lines(days: list[pd.Timestamp], narrow: bool) -> str:
    """Write dates in two lines; where room is short the month, and a year where it is new."""
    if not narrow:
        return "[timeFormat(datum.value, '%-d %b'), timeFormat(datum.value, '%Y')]"
    firsts = [str(d.date()) for d in pd.Series(days).groupby([d.year for d in days]).min()]
    is_first = f"indexof({firsts}, timeFormat(datum.value, '%Y-%m-%d')) >= 0"
    year = f"{is_first} ? timeFormat(datum.value, '%Y') : ''"
    return f"[timeFormat(datum.value, '%b'), {year}]"


def _lines(panel: pd.DataFrame, events: pd.DataFrame, x: alt.X, plot: int, narrow: bool) -> Chart:
    height, top = 250 if narrow else 310, panel["downloads"].max() * 1.04
    rows = panel.assign(
        contender=panel["group"].isin(_CONTENDERS), inner=panel["group"] == META_LLAMA
    )
    base = alt.Chart(rows).encode(
        x=x,
        y=alt.Y(
            "downloads:Q",
            title="Million downloads",
            scale=alt.Scale(domain=[0, top], nice=False),
            axis=alt.Axis(labelExpr="format(datum.value / 1e6, ',')", tickCount=5),
        ),
        color=theme.bloc_colour(legend=None),
        detail="group:N",
        tooltip=[
            alt.Tooltip("group:N", title="lab"),
            alt.Tooltip("date:T", format=_DAY),
            alt.Tooltip("downloads:Q", format=","),
            "models:Q",
        ],
    )
    shown = alt.when("datum.contender")
    line = base.mark_line().encode(
        strokeWidth=shown.then(alt.value(2.5)).otherwise(alt.value(1)),
        opacity=shown.then(alt.value(1)).otherwise(alt.value(0.7)),
        strokeDash=alt.when("datum.inner").then(alt.value([5, 3])).otherwise(alt.value([1, 0])),
    )
    points = base.mark_circle(opacity=1).encode(
        size=shown.then(alt.value(55)).otherwise(alt.value(16))
    )
    here = events[events["part"] == "here"].drop_duplicates(["date", "end"])
    band = alt.Chart(here).mark_rect(color=theme.BLOCS["China"], opacity=0.1)
    named = _ends(rows, x, top, height, narrow)
    return alt.layer(band.encode(x=x, x2="end"), line, points, *named).properties(
        width=plot, height=height
    )


def _ends(rows: pd.DataFrame, x: alt.X, top: float, height: int, narrow: bool) -> list[alt.Chart]:
    """Name the lines at the edge: the largest by name, the rest together; when one ended early."""
    last = rows.dropna(subset="downloads").sort_values("date").groupby("group").tail(1)
    last = last.sort_values("downloads", ascending=False, ignore_index=True)
    named, others = last.head(_NAMED), last.iloc[_NAMED:]
    text = named["group"].map(_CALLED).fillna(named["group"])
    text += named["date"].dt.strftime(" (to %b)").where(named["date"] < rows["date"].max(), "")
    named = named.assign(date=rows["date"].max())
    if narrow:
        text = text.str.split(": ").str[-1]
    else:
        text += (named["downloads"] / 1e6).map(" · {:,.0f}".format)
    named = named.assign(text=text)
    if len(others):
        rest = named.iloc[[0]].assign(text=f"{len(others)} smaller labs", downloads=0.0)
        rest["contender"] = False
        named = pd.concat([named, rest], ignore_index=True)
    named = named.assign(place=height - apart(named["downloads"] / top * height, _LABEL_GAP))
    base = alt.Chart(named[["date", "contender", "text", "place"]]).encode(
        x=x, y=alt.Y("place:Q").scale(None), text="text:N"
    )
    bold = base.transform_filter("datum.contender").mark_text
    plain = base.transform_filter("!datum.contender").mark_text
    return [
        bold(align="left", dx=9, fontWeight="bold", color=theme.INK),
        plain(align="left", dx=9, color=theme.MUTED),
    ]


def _intervals(events: pd.DataFrame, x: alt.X, plot: int, narrow: bool) -> Chart:
    """Draw an interval in a row of its own with its words: ours filled, published ones hollow."""
    rows = events.sort_values(["date", "end"])
    rows = rows.assign(text=[_words(e, narrow) for _, e in rows.iterrows()])
    y = alt.Y("text:N", sort=None, axis=None, scale=alt.Scale(paddingOuter=0.1))
    ours, theirs = (alt.Chart(rows[rows["part"] == p]) for p in ("here", "published"))
    tooltip = ["event:N", "study:N", *(alt.Tooltip(f"{d}:T", format=_DAY) for d in ("date", "end"))]
    ends: dict[str, Any] = {"x": x, "x2": "end:T", "y": y, "tooltip": tooltip}
    bar: dict[str, Any] = {"height": 9, "strokeWidth": 1.5, "yOffset": 15 if narrow else 0}
    said: dict[str, Any] = {"y": y, "text": "text:N"}
    if narrow:
        above = alt.Chart(rows).mark_text(
            align="left", baseline="top", lineBreak="\n", fontSize=11, dy=-21
        )
        words = [above.encode(x=alt.value(0), **said)]
    else:
        words = [
            theirs.mark_text(align="left", dx=7).encode(x="end:T", **said),
            ours.mark_text(align="right", dx=-7).encode(x=x, **said),
        ]
    return alt.layer(
        theirs.mark_bar(filled=False, color=theme.MUTED, **bar).encode(**ends),
        ours.mark_bar(color=theme.BLOCS["China"], **bar).encode(**ends),
        *words,
        title=part_title("When Qwen passes: hollow as published, filled here"),
    ).properties(width=plot, height=alt.Step(48 if narrow else 20))


def _words(event: pd.Series, narrow: bool) -> str:
    """Say what passes what; of a study also when, and which. A phone has room for two lines."""
    first, last, what = event["date"], event["end"], event["event"]
    space = "\n" if narrow else " "
    if event["part"] == "here":
        by = f"{last.day} {last:%b %Y}"
        dates = f"by {by}" if first == last else f"{first.day} {first:%b %Y} to {by}"
        return f"{what}{space}{dates}" if narrow else str(what)
    one_month = (first.year, first.month) == (last.year, last.month)
    months = f"{last:%b %Y}" if one_month else f"{first:%b} to {last:%b %Y}"
    return f"{what}:{space}{months}, {event['study'].split(', ')[0]}"


def _gains(n: Numbers) -> str:
    return (
        f"Of the downloads that {n['rankings.increments.models']} models gained, "
        f"{n['rankings.cn_increments.share']} went to Chinese and "
        f"{n['rankings.us_increments.share']} to US ones; by publisher "
        f"{n['rankings.cn_increments.share.publisher']} and "
        f"{n['rankings.us_increments.share.publisher']}"
    )


@figure(
    "rankings-increments",
    title=_gains,
    subtitle=lambda n: (
        "Downloads per day in a panel of the same models, between the dates on which their counts "
        f"moved, {n['rankings.increments.from']} to {n['rankings.increments.to']}"
    ),
    alt=lambda n: (
        f"Step lines of downloads per day by bloc, {n['rankings.increments.from']} to "
        f"{n['rankings.increments.to']}. {_gains(n)}. Unknown origin has "
        f"{n['rankings.unknown_increments.share']} by lineage, "
        f"{n['rankings.unknown_increments.share.publisher']} by publisher."
    ),
    limit="The market: the panel holds models created from August 2024 to February 2025, so "
    "neither Llama 3.1 nor Qwen3.",
    tables=("download_increments", "countries"),
    controls=(Log("per_day", per=1e6, by="bloc"),),
)
def increments(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw each interval as a flat step, by lineage and by publisher."""
    narrow = width == theme.NARROW
    plot, height = (width - 112, 190) if narrow else (width // 2 - 104, 260)
    domain = [min(0, table["per_day"].min()), table["per_day"].max() * 1.12]
    titles = {
        "lineage": "By lineage: whose weights",
        "publisher": "By publisher: who uploaded them",
    }
    panels = [
        _steps(rows, domain, height).properties(
            width=plot, height=height, title=part_title(titles[attribution])
        )
        for attribution, rows in table.groupby("attribution")
    ]
    return alt.vconcat(*panels, spacing=18) if narrow else alt.hconcat(*panels, spacing=16)


def _steps(rows: pd.DataFrame, domain: list[float], height: int) -> Chart:
    firsts = list(pd.date_range(rows["start"].min(), rows["end"].max(), freq="MS"))
    dated = alt.Axis(
        values=[moment(m) for m in firsts], labelExpr=_two_lines(firsts, True), labelFlush=False
    )
    base = alt.Chart(rows).encode(
        x=alt.X("start:T", title=None, axis=dated),
        y=alt.Y(
            "per_day:Q",
            title="Million a day",
            scale=alt.Scale(domain=domain, nice=False),
            axis=alt.Axis(labelExpr="format(datum.value / 1e6, '.1f')", tickCount=4),
        ),
        color=theme.bloc_colour(legend=None),
        detail="bloc:N",
        tooltip=[
            "bloc:N",
            alt.Tooltip("start:T", format=_DAY),
            alt.Tooltip("end:T", format=_DAY),
            "days:Q",
            "models:Q",
            alt.Tooltip("per_day:Q", format=",.0f", title="downloads per day"),
        ],
    )
    joints = base.mark_line(interpolate="step-after", strokeWidth=1, opacity=0.45)
    steps = base.mark_rule(strokeWidth=2.5).encode(x2="end:T")
    last = rows[rows["end"] == rows["end"].max()]
    risen = (last["per_day"] - domain[0]) / (domain[1] - domain[0]) * height
    last = last.assign(
        place=height - apart(risen, _LABEL_GAP), text=last["bloc"].replace("United States", "US")
    )
    names = alt.Chart(last[["end", "place", "text"]]).mark_text(align="left", dx=6)
    names = names.encode(x="end:T", y=alt.Y("place:Q").scale(None), text="text:N")
    return alt.layer(joints, steps, names, *_longest(rows))


def _longest(rows: pd.DataFrame) -> list[alt.Chart]:
    """Say of the longest interval that it is one step."""
    long = rows[rows["days"] == rows["days"].max()].head(1)[["start", "mid", "end", "days"]]
    base = alt.Chart(long.assign(text=[f"{d} days in one step" for d in long["days"]]))
    rule = base.mark_rule(color=theme.MUTED).encode(x="start:T", x2="end:T", y=alt.value(16))
    text = base.mark_text(color=theme.MUTED, dy=-8, fontSize=11)
    return [rule, text.encode(x="mid:T", y=alt.value(16), text="text:N")]
