"""The figure of the whole Hub around January 2025; it appears once its days are counted."""

from __future__ import annotations

import math
from typing import Any, Literal

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.explore import Follow
from openrace.figures.moment.flags import balanced
from openrace.figures.parts import heading, moment
from openrace.figures.render import Chart
from openrace.measures.moment.attention import EVENT, R1
from openrace.measures.moment.hub_week import DATED, FIRST, LAST, UNDATED
from openrace.measures.moment.releases import SURE
from openrace.numbers import Number

_Side = tuple[pd.Timestamp, str, Literal["left", "right"], int]

_ID = "moment.hub_week"
_SHADED = "; shaded: 95 % interval of the one break looked for"
_TALL, _HEAD = 150, 50  # pixels: a plot; its headings above it
_NAMES = {"United States": "US"}

#: Measure and attribution: the heading, and the series whose break is looked for in it.
_HEADS: dict[tuple[str, str], tuple[str, str]] = {
    ("30-day downloads", "publisher"): ("30-day downloads, by publisher", ""),
    ("30-day downloads", "lineage"): ("30-day downloads, by lineage", ""),
    ("new models a day", "publisher"): ("New models a day, by publisher", "new_models."),
    ("new derivatives a day", "lineage"): ("New derivatives a day, by lineage", "-"),
}
_WHOSE = {"-": ("", "China’s"), "new_models.": ("new_models.", "all")}


def _went(before: Number, after: Number) -> str:
    """Say how a number went from one value to another, as far as their ratio tells."""
    first, last = (float(number.value or 0) for number in (before, after))
    if str(before) == str(after):
        return f"stayed at {after}"
    if first and round(last / first, 1) == 1:
        return f"hardly moved, from {before} to {after}"
    return f"{'rose' if last > first else 'fell'} from {before} to {after}"


def _finding(n: Numbers) -> str:
    before, after = (n[f"{_ID}.cn_new_derivatives.{end}"] for end in ("before", "after"))
    if before.value is None or after.value is None:
        counted = n[f"{_ID}.days_counted"]
        return f"Days of the whole Hub counted around R1: {counted}, too few to compare"
    return (
        f"New derivatives of Chinese weights {_went(before, after)} a day, from the month before "
        f"R1 to the month from Nvidia’s day on; {_dating(n)}"
    )


def _dating(n: Numbers) -> str:
    verdict, day = n[f"{_ID}.break_date.verdict"], n[f"{_ID}.break_date"]
    if verdict.value == DATED:
        return f"a break is dated {day if day.low == day.high else day.interval}"
    few = "too few days to look for a break"
    return f"{verdict} for a break" if verdict.value == UNDATED else few


def _alt(n: Numbers) -> str:
    us, models = (n[f"{_ID}.{flow}.multiple"] for flow in ("us_new_derivatives", "new_models"))
    before, after = (n[f"{_ID}.cn_downloads_share.{end}"] for end in ("before", "after"))
    words = f"Four panels of lines by day for five origins. {_finding(n)}."
    if us.value is not None:
        words += f" Of US weights there were {us} as many, of all new models {models}."
    if before.value is not None and after.value is not None:
        words += f" China’s share of 30-day downloads by lineage {_went(before, after)}."
    return words


@figure(
    "moment-hub-week",
    title=_finding,
    subtitle=lambda n: (
        "The whole Hub by origin, logarithmic scales, days counted from "
        f"{n[f'{_ID}.first']} to {n[f'{_ID}.last']}: {n[f'{_ID}.days_counted']}; days without a "
        f"count are gaps{_SHADED if n[f'{_ID}.break_date'].value else ''}"
    ),
    alt=_alt,
    limit="What caused a change, or who downloads and where: the week was chosen because it was "
    "famous, holidays lie before it, a download is a request by anyone, and a 30-day count shows a "
    "step over a month and not on a day.",
    tables=("hub_census", "hub_census_days"),
    appears=True,
    controls=(Follow("bloc", "Origin"),),
)
def hub_week(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw a panel per measure, with a line per bloc and the week's two days ruled."""
    narrow = width == theme.NARROW
    plot = width - 106 if narrow else width // 2 - 106
    panels = [_panel(table, numbers, key, plot) for key in _HEADS]
    return alt.concat(*panels, columns=1 if narrow else 2, spacing=14)


def _panel(table: pd.DataFrame, n: Numbers, key: tuple[str, str], plot: int) -> Chart:
    rows = table[(table["measure"] == key[0]) & (table["attribution"] == key[1])]
    title, series = _HEADS[key]
    dates = alt.Scale(domain=[moment(FIRST), moment(LAST)], nice=False)
    x = alt.X("date:T", title=None, axis=_months(), scale=dates)
    low, high = _ends(rows["value"])
    symlog = alt.Scale(type="symlog", constant=1, domain=[low, high], nice=False)
    axis = alt.Axis(values=_ticks(low, high), labelExpr=_AMOUNT)
    y = alt.Y("value:Q", title=None, scale=symlog, axis=axis)
    quiet: dict[str, Any] = {"fontWeight": "normal", "fontSize": 11, "color": theme.MUTED}
    layers: list[Chart] = [
        *(_break(n, series, dates) if series else []),
        *_events(dates),
        *_lines(rows, x, y),
        *_named(rows, (low, high), plot),
        heading(title, -_HEAD),
        heading(_tested(n, series), 17 - _HEAD, **quiet),
    ]
    return alt.layer(*layers).properties(width=plot, height=_TALL)


_AMOUNT = (
    "datum.value < 1e6 ? format(datum.value, ',d') : "
    "replace(replace(format(datum.value, '~s'), 'M', ' m'), 'G', ' bn')"
)


def _ends(values: pd.Series) -> tuple[float, float]:
    """Return the ends of the scale, with room below the least and above the most."""
    return 0.6 * float(values.min()), 1.5 * float(values.max()) + 1


def _ticks(low: float, high: float) -> list[float]:
    """Return powers of ten within the scale, and three times them where there are few."""
    powers = [10.0**i for i in range(12)]
    ticks = [t for t in [0.0, *powers] if low <= t <= high]
    more = [3 * p for p in powers if low <= 3 * p <= high]
    return ticks if len(ticks) > 2 else sorted([*ticks, *more])


def _months() -> alt.Axis:
    return alt.Axis(
        values=[moment(day) for day in pd.date_range(FIRST, LAST, freq="MS")],
        labelExpr="timeFormat(datum.value, '%b %Y')",
        labelAlign="left",
        labelFlush=False,
        labelFontSize=11,
    )


def _tested(n: Numbers, series: str) -> str:
    """Say what the break test of a panel's series found."""
    if not series:
        return "each count overlaps with the next day’s"
    at, whose = _WHOSE[series]
    day, p = n[f"{_ID}.{at}break_date"], n[f"{_ID}.{at}break_date.p"]
    if day.value is None:
        return f"{whose}: too few days to look for a break"
    return f"best break, {whose}: {str(day)[:-5]}, p {p}"


def _break(n: Numbers, series: str, dates: alt.Scale) -> list[alt.Chart]:
    """Shade the interval of a break and draw its day, whole only where p is small."""
    at, _ = _WHOSE[series]
    day, p = n[f"{_ID}.{at}break_date"], n[f"{_ID}.{at}break_date.p"]
    if day.value is None or p.value is None:
        return []
    found = pd.DataFrame({"break": [day.value], "low": [day.low], "high": [day.high]})
    base = alt.Chart(found.apply(pd.to_datetime).assign(p=p.value))
    tips = [alt.Tooltip(f"{f}:T", format=_DAY) for f in ("break", "low", "high")]
    band = base.mark_rect(color=theme.MUTED, opacity=0.16).encode(
        x=alt.X("low:T", scale=dates), x2="high:T", tooltip=[*tips, "p:Q"]
    )
    dash = [1, 0] if float(p.value) < SURE else [2, 3]
    line = base.mark_rule(color=theme.INK, strokeDash=dash, strokeWidth=1.2)
    return [band, line.encode(x=alt.X("break:T", scale=dates))]


_DAY = "%-d %b %Y"


def _events(dates: alt.Scale) -> list[alt.Chart]:
    """Rule the two days of the week through a plot; each is named on its own side."""
    drawn: list[alt.Chart] = []
    look: dict[str, Any] = {"baseline": "top", "fontSize": 11, "color": theme.MUTED}
    sides: tuple[_Side, ...] = (
        (R1, "R1, 20 Jan", "right", -4),
        (EVENT, "Nvidia’s day, 27 Jan", "left", 4),
    )
    for day, name, align, dx in sides:
        base = alt.Chart(pd.DataFrame({"date": [day], "name": [name]}))
        base = base.encode(x=alt.X("date:T", scale=dates))
        rule = base.mark_rule(color=theme.MUTED, strokeDash=[3, 3], strokeWidth=1)
        word = base.mark_text(align=align, dx=dx, **look)
        drawn += [
            rule.encode(y=alt.value(-14), y2=alt.value(_TALL)),
            word.encode(y=alt.value(-15), text="name:N"),
        ]
    return drawn


def _lines(rows: pd.DataFrame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Draw a line per bloc and run of days, and a day between two gaps as a dot."""
    tooltip = [
        alt.Tooltip("bloc:N", title="origin"),
        alt.Tooltip("date:T", format=_DAY),
        alt.Tooltip("value:Q", format=",.1f"),
        alt.Tooltip("days:Q", title="days counted together"),
    ]
    kept = ["date", "bloc", "value", "days", "run"]
    alone = rows.groupby("run")["date"].transform("size") == 1
    colour = theme.bloc_colour(legend=None)
    line = alt.Chart(rows[kept]).mark_line(strokeWidth=1.5)
    dots = alt.Chart(rows.loc[alone, kept]).mark_point(filled=True, size=14, opacity=1)
    return [
        line.encode(x=x, y=y, color=colour, detail="run:N", tooltip=tooltip),
        dots.encode(x=x, y=y, color=colour, tooltip=tooltip),
    ]


def _named(rows: pd.DataFrame, scale: tuple[float, float], plot: int) -> list[alt.Chart]:
    """Write each bloc's name beside the end of its line, with a dot of its colour."""
    last = rows.sort_values("date").drop_duplicates("bloc", keep="last")
    low, high = (math.log1p(end) for end in scale)
    place = [_TALL * (high - math.log1p(v)) / (high - low) for v in last["value"]]
    named = last.assign(place=place, name=last["bloc"].replace(_NAMES))
    named = named.assign(place=balanced(named["place"], 12))[["bloc", "name", "place"]]
    base = alt.Chart(named).encode(y=alt.Y("place:Q").scale(None).axis(None))
    dot = base.mark_point(filled=True, size=22, opacity=1)
    text = base.mark_text(align="left", fontSize=11, color=theme.INK)
    return [
        dot.encode(x=alt.value(plot + 8), color=theme.bloc_colour(legend=None)),
        text.encode(x=alt.value(plot + 14), text="name:N"),
    ]
