"""Figures of the whole Hub, counted by day: whose it is, and what is built on whose weights."""

from __future__ import annotations

import math
from typing import Any

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.explore import Follow
from openrace.figures.moment.flags import balanced
from openrace.figures.parts import Mark, key, moment, part_title, percent_axis, share_text
from openrace.figures.render import Chart
from openrace.measures.rankings.census import SIDES

_ID = "rankings.census"
_TABLES = ("hub_census", "hub_census_days")
_ORIGINS = {"China": "China", "United States": "United States", "Unknown": "unknown origin"}
_DAY = "%-d %b %Y"
_NAMES = 114  # pixels for the names of rows


def _share_title(n: Numbers) -> str:
    def of(bloc: str, variant: str) -> str:
        return f"{n[f'{_ID}.{bloc}_share.downloads{variant}']}"

    if n[f"{_ID}.cn_share.downloads"].value is None:
        return "Nobody downloaded anything from the Hub on the last day counted"
    return (
        f"Of all 30-day downloads of the Hub {of('cn', '')} are of Chinese weights and "
        f"{of('us', '')} of US ones; by publisher {of('cn', '.publisher')} and "
        f"{of('us', '.publisher')}, with {of('unknown', '.publisher')} unknown"
    )


def _share_alt(n: Numbers) -> str:
    now, first = (n[f"{_ID}.cn_share.models{end}"] for end in ("", ".first"))
    new, unknown = (n[f"{_ID}.{side}_share.new_models"] for side in ("cn", "unknown"))
    return (
        f"Two panels of dots, by publisher and by lineage, for five counts. {_share_title(n)}. By "
        f"lineage China has {now} of all models, on the first day {first}; of new models {new}, "
        f"with {unknown} unknown."
    )


@figure(
    "rankings-census-share",
    title=_share_title,
    subtitle=lambda n: (
        f"Share of the whole Hub ({n[f'{_ID}.models']} models) on {n[f'{_ID}.last']}, and hollow "
        "on the first day that has the count; new models of seven days; unknown origin stays in"
    ),
    alt=_share_alt,
    limit="Use, or use in any country: a download is a request by a person or a machine anywhere, "
    "and most publishers are private persons of unknown home.",
    tables=_TABLES,
    appears=True,
    controls=(Follow("bloc", "Origin"),),
)
def shares(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw two dots per counter and origin, a panel per attribution."""
    narrow = width == theme.NARROW
    rows = _rows(table[table["bloc"].isin(SIDES)].dropna(subset="share"))
    plot = width - _NAMES - 82 if narrow else (width - _NAMES - 146) // 2
    scale = alt.Scale(domain=[0, 1], nice=False)
    panels = [
        _dots(rows[rows["attribution"] == a], scale, plot, narrow or a == "publisher").properties(
            title=part_title(f"By {a}")
        )
        for a in ("publisher", "lineage")
    ]
    both = alt.vconcat(*panels, spacing=14) if narrow else alt.hconcat(*panels, spacing=58)
    marks = [
        Mark("last day", "circle", True, theme.INK, 6, 0),
        Mark("first day", "circle", False, theme.INK, 84, 0),
    ]
    return alt.vconcat(key(marks), both, spacing=8)


def _rows(table: pd.DataFrame) -> pd.DataFrame:
    """Give each row its place, its name, and its shares in words."""
    order = {bloc: i for i, bloc in enumerate(SIDES)}
    rows = table.assign(order=table["bloc"].map(order))
    first = {counter: i for i, counter in enumerate(table["counter"].drop_duplicates())}
    rows["place"] = rows["counter"].map(first) * 68 + rows["order"] * 16 + 26
    moved = [_moved(a, b) for a, b in zip(rows["first"], rows["share"], strict=True)]
    far = rows[["share", "first"]].max(axis=1)
    return rows.assign(text=moved, called=rows["bloc"].replace(_ORIGINS), far=far)


def _moved(first: float, last: float) -> str:
    """Write the share, after what it was where that reads otherwise."""
    was, now = share_text(first), share_text(last)
    return now if was == now or pd.isna(first) else f"{was.split()[0]} → {now}"


def _dots(rows: pd.DataFrame, scale: alt.Scale, plot: int, names: bool) -> Chart:
    colour, tall = theme.bloc_colour(legend=None), float(rows["place"].max()) + 14
    axis = percent_axis(values=[0, 0.25, 0.5, 0.75, 1], grid=True)
    kept = ["counter", "bloc", "called", "share", "first", "far", "place", "text"]
    days = [c for c in ("first_day", "last_day") if c in rows]
    base = alt.Chart(rows[[*kept, *days]]).encode(
        y=alt.Y("place:Q").scale(None).axis(None),
        tooltip=[
            alt.Tooltip("counter:N", title="of"),
            alt.Tooltip("called:N", title="origin"),
            *(alt.Tooltip(f"{c}:Q", format=".2%", title=t) for c, t in _WHEN.items()),
            *(alt.Tooltip(f"{d}:T", format=_DAY, title=d.replace("_", " ")) for d in days),
        ],
    )

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", title=None, scale=scale, axis=axis)

    layers: list[Chart] = [
        base.mark_rule(opacity=0.5).encode(x=x("first"), x2="share:Q", color=colour),
        base.mark_point(size=40, opacity=1, fill=theme.PAPER).encode(x=x("first"), color=colour),
        base.mark_point(size=40, opacity=1, filled=True).encode(x=x("share"), color=colour),
        base.mark_text(align="left", dx=8, fontSize=11, color=theme.INK).encode(
            x=x("far"), text="text:N"
        ),
    ]
    if names:
        text = base.mark_text(align="left", fontSize=11, color=theme.MUTED)
        layers += [text.encode(x=alt.value(10 - _NAMES), text="called:N"), _counters(rows)]
    return alt.layer(*layers).properties(width=plot, height=tall)


_WHEN = {"share": "last day", "first": "first day"}


def _counters(rows: pd.DataFrame) -> alt.Chart:
    """Name what is counted above its rows."""
    heads = rows.groupby("counter")["place"].min().reset_index()
    heads = heads.assign(place=heads["place"] - 17, called=heads["counter"].str.capitalize())
    base = alt.Chart(heads).mark_text(align="left", fontWeight="bold", color=theme.INK)
    at = alt.Y("place:Q").scale(None).axis(None)
    return base.encode(x=alt.value(-_NAMES), y=at, text="called:N")


def _built_title(n: Numbers) -> str:
    name, share, unknown = (
        n[f"{_ID}.derivatives.{id}"] for id in ("family.name", "family.share", "unknown_share")
    )
    if name.value is None:
        return "New derivatives on the Hub name no family that is known"
    cn, us = (n[f"{_ID}.derivatives.{side}_share"] for side in ("cn", "us"))
    return (
        f"Of all new derivatives on the Hub {share} carry weights of {name}; China has {cn}, the "
        f"United States {us}, and of {unknown} the origin is unknown"
    )


@figure(
    "rankings-census-derivatives",
    title=_built_title,
    subtitle=lambda n: (
        "New models a day that declare a base model, by family of their weights, means of weeks, "
        f"logarithmic scale; {n[f'{_ID}.days']} days counted, {n[f'{_ID}.first']} to "
        f"{n[f'{_ID}.last']}"
    ),
    alt=lambda n: (
        f"Lines by week for the leading families, the others and unknown ones. {_built_title(n)}. "
        f"In all there were {n[f'{_ID}.derivatives.a_day']} new derivatives a day."
    ),
    limit="Whether anyone uses them: many are copies in other formats, made by machines and hardly "
    "downloaded, and models that name no base are not among them.",
    tables=_TABLES,
    appears=True,
    controls=(Follow("family", "Family"),),
)
def derivatives(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw a line per family; those of one bloc differ by dash, and all are named at their ends."""
    plot, tall = width - (150 if width == theme.NARROW else 160), 320
    rows = table.assign(dash=table["family"].map(_dashes(table)))
    scale = 0.7 * float(rows["rate"].min()), 1.3 * float(rows["rate"].max()) + 1
    powers = [0, *(f * 10**i for i in range(7) for f in (1, 3))]
    axis = alt.Axis(values=[p for p in powers if scale[0] <= p <= scale[1]], format=",d")
    symlog = alt.Scale(type="symlog", constant=1, domain=list(scale), nice=False)
    y = alt.Y("rate:Q", title=None, scale=symlog, axis=axis)
    x = alt.X("week:T", title=None, axis=_months(rows["week"], 4 if plot < 300 else 9))
    return alt.layer(*_lines(rows, x, y), *_ends(rows, scale, plot, tall)).properties(
        width=plot, height=tall
    )


_DASHES = ([1, 0], [6, 2], [2, 2], [8, 2, 2, 2], [1, 3], [10, 4])


def _dashes(table: pd.DataFrame) -> dict[str, int]:
    """Number the families of each bloc from the one with most new derivatives."""
    sums = table.groupby(["bloc", "family"])["new"].sum().sort_values(ascending=False)
    ranks = sums.groupby("bloc").cumcount()
    return {family: int(rank) for (_, family), rank in ranks.items()}


def _months(weeks: pd.Series, most: int) -> alt.Axis:
    firsts = pd.date_range(weeks.min(), weeks.max() + pd.Timedelta(days=6), freq="MS")
    step = next((s for s in (1, 2, 3, 6) if len(firsts) <= s * most), 12)
    return alt.Axis(
        values=[moment(day) for day in firsts if (day.month - 1) % step == 0],
        labelExpr="timeFormat(datum.value, '%b %Y')",
        labelFlush=False,
        labelFontSize=11,
    )


def _colour(**options: Any) -> alt.Color:
    """Colour by bloc; the other families have none."""
    looks = {**theme.BLOCS, "": theme.INK}
    scale = alt.Scale(domain=list(looks), range=list(looks.values()))
    return alt.Color("bloc:N", scale=scale, legend=None, **options)


def _lines(rows: pd.DataFrame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    tooltip = [
        alt.Tooltip("family:N"),
        alt.Tooltip("week:T", format=_DAY, title="week from"),
        alt.Tooltip("rate:Q", format=",.1f", title="a day"),
        alt.Tooltip("days:Q", title="days counted"),
    ]
    scale = alt.Scale(domain=list(range(len(_DASHES))), range=[list(d) for d in _DASHES])
    dash = alt.StrokeDash("dash:O", scale=scale, legend=None)
    shown: dict[str, Any] = {"x": x, "y": y, "color": _colour(), "tooltip": tooltip}
    alone = rows.groupby("run")["week"].transform("size") == 1
    line = alt.Chart(rows).mark_line(strokeWidth=1.8)
    dots = alt.Chart(rows[alone]).mark_point(filled=True, size=20, opacity=1)
    return [
        line.encode(strokeDash=dash, detail=["run:N", "family:N"], **shown),
        dots.encode(**shown),
    ]


def _ends(rows: pd.DataFrame, scale: tuple[float, float], plot: int, tall: int) -> list[alt.Chart]:
    """Write each family's name beside the end of its line, with a dot of its bloc's colour."""
    last = rows.sort_values("week").drop_duplicates("family", keep="last")
    low, high = (math.log1p(end) for end in scale)
    place = pd.Series(
        [tall * (high - math.log1p(v)) / (high - low) for v in last["rate"]], last.index
    )
    named = last.assign(place=balanced(place, 14))[["family", "bloc", "place"]]
    base = alt.Chart(named).encode(y=alt.Y("place:Q").scale(None).axis(None))
    dot = base.mark_point(filled=True, size=26, opacity=1)
    text = base.mark_text(align="left", fontSize=12, color=theme.INK)
    return [
        dot.encode(x=alt.value(plot + 8), color=_colour()),
        text.encode(x=alt.value(plot + 15), text="family:N"),
    ]
