"""Figures of releases: launches by list, and the break that each list finds, if any."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.parts import apart, heading, moment, part_title
from openrace.figures.render import Chart
from openrace.measures.moment.releases import LISTS, R1, SURE
from openrace.numbers import written

_TABLES = ("capability_index", "listed_releases", "open_weight_releases")
_CN, _US = theme.BLOCS["China"], theme.BLOCS["United States"]


def _releases_title(n: Numbers) -> str:
    before, after = (n[f"moment.releases_per_month.cn.{v}"] for v in ("before", "after"))
    if before.value is None or after.value is None:
        return "Too few months are listed to compare the years before and after R1"
    date = n["moment.break_date.verdict"]
    words = f"; {date} for a break" if date.value else ""
    went = "rose" if float(after.value) > float(before.value) else "went"
    return (
        f"Chinese launches of open weights {went} from {before} to {after} a month in the middle "
        f"list{words}"
    )


@figure(
    "moment-releases",
    title=_releases_title,
    subtitle=lambda n: (
        "Launches per quarter (one lab, one week, counts once), by list; hollow: quarter not "
        "complete; shaded: 95 % interval of the one break in the Chinese launches of the list"
    ),
    alt=lambda n: (
        f"Four panels of launches per quarter from China and the United States, one per list. "
        f"{_releases_title(n)}. Breaks in Chinese launches: "
        + "; ".join(
            f"{LISTS[name].name}, {n[id]} ({n[id].interval}), p {n[f'{id}.p']}"
            for name in LISTS
            for id in [f"moment.break_date.{name.replace(' ', '_')}"]
            if n[id].value is not None
        )
        + "."
    ),
    limit="Supply: every list is somebody’s choice, with its own rule and its own holes.",
    tables=_TABLES,
)
def releases(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw a panel per list, each on a scale of its own."""
    narrow = width == theme.NARROW
    plot = (width - 64, 120) if narrow else (width // 2 - 62, 150)
    span = [moment(table["quarter"].min()), moment(table["quarter"].max() + _HALF * 2)]
    panels = [
        _list(table[table["list"] == name], name, span, plot, narrow)
        for name in LISTS
        if name in set(table["list"])
    ]
    return alt.concat(*panels, columns=1 if narrow else 2, spacing=22)


_HALF = pd.Timedelta(days=45)


def _list(
    rows: pd.DataFrame, name: str, span: list[alt.DateTime], plot: tuple[int, int], narrow: bool
) -> Chart:
    rows = rows.assign(middle=rows["quarter"] + _HALF, whole=rows["months"] == 3)
    scale, axis = alt.Scale(domain=span), alt.Axis(format="%Y", tickCount="year", grid=False)
    x = alt.X("middle:T", title=None, scale=scale, axis=axis)
    top = 1.35 * rows["launches"].max()  # room for the words above the lines
    heights = alt.Scale(domain=[0, top], nice=False)
    y = alt.Y("launches:Q", title=None, scale=heights, axis=alt.Axis(tickCount=4, format="d"))
    look = alt.Color(
        "bloc:N", scale=alt.Scale(domain=["China", "United States"], range=[_CN, _US]), legend=None
    )
    base = alt.Chart(rows).encode(x=x, y=y, color=look, tooltip=_tooltips())
    dash = alt.when(alt.datum.bloc == "China").then(alt.value([1, 0])).otherwise(alt.value([5, 3]))
    shape = alt.Shape("bloc:N", legend=None).scale(
        domain=["China", "United States"], range=["circle", "square"]
    )
    points = base.encode(shape=shape)
    layers: list[Chart] = [
        *_break(rows, scale),
        base.mark_line(strokeWidth=1.6).encode(strokeDash=dash),
        points.transform_filter("datum.whole").mark_point(filled=True, size=34, opacity=1),
        points.transform_filter("!datum.whole").mark_point(fill=theme.PAPER, size=34, opacity=1),
        _ends(rows, scale, top, plot[1]),
        _r1(scale),
        *(heading(line, -34 + 15 * i, **style) for i, (line, style) in enumerate(_head(name))),
    ]
    return alt.layer(*layers).properties(width=plot[0], height=plot[1])


def _head(name: str) -> list[tuple[str, dict[str, Any]]]:
    entry = LISTS[name]
    quiet = {"fontWeight": "normal", "fontSize": 11, "color": theme.MUTED}
    return [(entry.name, {}), (f"Misses {entry.misses}", quiet)]


def _tooltips() -> list[Any]:
    return [
        "bloc:N",
        alt.Tooltip("quarter:T", format="%b %Y", title="quarter from"),
        "launches:Q",
        "models:Q",
        alt.Tooltip("months:Q", title="months counted"),
    ]


def _break(rows: pd.DataFrame, scale: alt.Scale) -> list[alt.Chart]:
    """Shade the interval of the list's break and draw its date, whole only where p is small."""
    found = rows.dropna(subset="break").head(1)[["break", "low", "high", "p"]]
    if found.empty:
        return []
    base = alt.Chart(found.assign(end=found["high"] + pd.offsets.MonthEnd(0)))
    tips = [alt.Tooltip(f"{f}:T", format="%b %Y") for f in ("break", "low", "high")]
    band = base.mark_rect(color=theme.MUTED, opacity=0.16).encode(
        x=alt.X("low:T", scale=scale), x2="end:T", tooltip=[*tips, "p:Q"]
    )
    dash = [1, 0] if found["p"].iloc[0] < SURE else [2, 3]
    line = base.mark_rule(color=theme.INK, strokeDash=dash, strokeWidth=1.2)
    after = found["break"].iloc[0] > R1
    side: dict[str, Any] = {"align": "left", "dx": 4} if after else {"align": "right", "dx": -4}
    said = base.mark_text(baseline="top", fontSize=11, color=theme.INK, **side)
    words = f"{found['break'].iloc[0]:%b %Y}, p {written(found['p'].iloc[0], 'p')}"
    x = alt.X("break:T", scale=scale)
    return [band, line.encode(x=x), said.encode(x=x, y=alt.value(13), text=alt.value(words))]


def _r1(scale: alt.Scale) -> Chart:
    base = alt.Chart(pd.DataFrame({"date": [R1], "text": ["R1"]}))
    x = alt.X("date:T", scale=scale)
    rule = base.mark_rule(color=theme.MUTED, strokeWidth=1).encode(x=x)
    word = base.mark_text(align="right", dx=-3, baseline="top", fontSize=11, color=theme.MUTED)
    return alt.layer(rule, word.encode(x=x, y=alt.value(0), text="text:N"))


def _ends(rows: pd.DataFrame, scale: alt.Scale, top: float, height: int) -> alt.Chart:
    """Name both lines where they end, one above the other where they meet."""
    last = rows.sort_values("quarter").groupby("bloc").tail(1)
    last = last.assign(
        text=last["bloc"].replace("United States", "US"),
        place=height - apart(last["launches"] / top * height, 13),
    )
    base = alt.Chart(last[["middle", "place", "text"]])
    return base.mark_text(align="left", dx=7, fontWeight="bold", color=theme.INK).encode(
        x=alt.X("middle:T", scale=scale), y=alt.Y("place:Q").scale(None), text="text:N"
    )


def _breaks_title(n: Numbers) -> str:
    tests = n["moment.breaks.tests"]
    if tests.value is None:
        return "The lists are too short to look for a break"
    sure, trend = n["moment.breaks.sure"], n["moment.breaks.sure.trend"]
    inside = n["moment.breaks.sure.r1_inside"]
    return (
        f"{_count(sure)} of {tests} tests see a break that chance rarely makes, {inside} of them "
        f"possibly in January 2025; {_count(trend).lower()} once a steady trend is allowed"
    )


def _count(number: Any) -> str:
    return "None" if number.value == 0 else str(number)


@figure(
    "moment-breaks",
    title=_breaks_title,
    subtitle=lambda n: (
        "Best month for one break in a monthly series, with its 95 % interval and p-value; filled "
        "where p is below 0.05; left the level may change, right it may change on a trend"
    ),
    alt=lambda n: (
        f"Rows of intervals by list, unit and country, in two panels. {_breaks_title(n)}. Most "
        "intervals span a year or more, so nearly all of them hold January 2025 without saying "
        "that anything happened then."
    ),
    limit="That nothing changed: with one or two launches a month, only a large step would show.",
    tables=_TABLES,
)
def breaks(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw an interval per series, a panel per model of the series."""
    narrow = width == theme.NARROW
    rows = table.dropna(subset="p")
    rows = rows.assign(
        sure=rows["p"] < SURE,
        chance=[written(p, "p") for p in rows["p"]],
        row=_row_names(rows, narrow),
    )
    plot = width - (196 if narrow else 350)
    titles = {"step": "A step in the level", "trend": "A step on a straight trend"}
    panels = [
        _forest(rows[rows["model"] == model], title, plot if narrow else plot // 2, i > 0, narrow)
        for i, (model, title) in enumerate(titles.items())
        if (rows["model"] == model).any()
    ]
    return alt.vconcat(*panels, spacing=18) if narrow else alt.hconcat(*panels, spacing=14)


def _row_names(rows: pd.DataFrame, narrow: bool) -> list[str]:
    names = {name: entry.name for name, entry in LISTS.items()}
    short = {"epoch": "Epoch", "catalogue": "sold", "curated": "local", "by hand": "by hand"}
    called = short if narrow else names
    sides = {"China": "China", "United States": "US"}
    return [f"{sides[r.bloc]}, {called[r.list]}, {r.unit}" for r in rows.itertuples(index=False)]


def _forest(rows: pd.DataFrame, title: str, plot: int, second: bool, narrow: bool) -> Chart:
    order = {name: i for i, name in enumerate(LISTS)}
    rows = rows.sort_values(["bloc", "list", "unit"], key=lambda c: c.replace(order))
    labels = alt.Axis(labels=narrow or not second, labelLimit=230, grid=False, labelFontSize=11)
    y = alt.Y("row:N", title=None, sort=None, axis=labels)
    look = alt.Color(
        "bloc:N", scale=alt.Scale(domain=["China", "United States"], range=[_CN, _US]), legend=None
    )
    axis = alt.Axis(format="%Y", tickCount="year", grid=True)
    months = {f: alt.Tooltip(f"{f}:T", format="%b %Y") for f in ("break", "low", "high")}
    tips: list[Any] = [
        "list:N",
        "bloc:N",
        "unit:N",
        *months.values(),
        alt.Tooltip("p:Q", format=".3f"),
    ]
    tips += ["count:Q", alt.Tooltip("change:Q", format=".1f", title="new level over old")]
    base = alt.Chart(rows).encode(y=y, color=look, tooltip=tips)
    x = alt.X("break:T", title=None, axis=axis)
    rule = alt.Chart(pd.DataFrame({"date": [R1]})).mark_rule(color=theme.INK, strokeDash=[3, 3])
    points = base.encode(x=x)
    layers: list[Chart] = [
        rule.encode(x=alt.X("date:T", axis=axis)),
        base.mark_rule(strokeWidth=1.6).encode(x=alt.X("low:T", axis=axis), x2="high:T"),
        points.transform_filter("datum.sure").mark_point(filled=True, size=52, opacity=1),
        points.transform_filter("!datum.sure").mark_point(fill=theme.PAPER, size=52, opacity=1),
        alt.Chart(rows)
        .mark_text(align="right", fontSize=11, color=theme.MUTED)
        .encode(y=y, x=alt.value(plot + 38), text="chance:N"),
        _p_head(plot + 38),
    ]
    return alt.layer(*layers, title=part_title(title)).properties(width=plot, height=alt.Step(17))


def _p_head(x: float) -> alt.Chart:
    base = alt.Chart(pd.DataFrame({"text": ["p"]})).encode(x=alt.value(x), y=alt.value(-7))
    return base.mark_text(align="right", fontSize=11, color=theme.MUTED).encode(text="text:N")
