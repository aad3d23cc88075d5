"""The figure on one router's tokens: a band where it can be known, and what is published on it."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.explore import Window
from openrace.figures.parts import Mark, key, moment, part_title, percent_axis, share_text
from openrace.figures.render import Chart

_ID = "adoption.router_share"
_CHINA = theme.BLOCS["China"]
_SHORT = {"mean": "{}", "open": "{},\nall open"}
_DAY = "%-d %b %Y"
_THIRD = 1 / 3
_HEADS = {
    "open": "Chinese models with open weights",
    "all": "All Chinese models, open or not",
}
# What a published figure says, from which end of its period, and how far from it.
_PLACES: dict[str, tuple[str, str, int, int]] = {
    "first": ("{}", "center", 0, -12),
    "mean": ("average {}", "left", 0, -9),
    "peak": ("nearly {}", "right", -8, 0),
    "open": ("{}, open\nof all countries", "center", 0, 15),
}


def _title(n: Numbers) -> str:
    """Say the share as counted or bounded, and in how many weeks of 2025 it can be a third."""
    said = []
    count, last = n[f"{_ID}.full"], n[f"{_ID}.latest"]
    if count.value is not None:
        said.append(
            f"Chinese open models had {count} of one router’s tokens in the week of "
            f"{n[f'{_ID}.full.week']}, all counted"
        )
    elif last.value is not None:
        said.append(
            f"Chinese open models had {last.interval} of one router’s tokens in the week of "
            f"{n[f'{_ID}.latest.week']}"
        )
    if last.value is not None:
        weeks = n[f"{_ID}.mean_2025.weeks"]
        said.append(
            f"Of {weeks} week{'' if weeks.value == 1 else 's'} of 2025 that can be bounded, a "
            f"third is certain in {n[f'{_ID}.third_weeks']}, possible in "
            f"{n[f'{_ID}.third_weeks.possible']}"
        )
    return ". ".join(said) or "Before July 2025 one router’s chart bounds no share"


def _subtitle(n: Numbers) -> str:
    if not n[f"{_ID}.weeks"].value:
        return "Share of the tokens of the largest models named on one router’s chart, by week"
    return (
        "Share of OpenRouter’s tokens by week: Chinese models named on its chart (firm line), up "
        f"to that plus all that is not named (dashed), {n[f'{_ID}.from']} to {n[f'{_ID}.to']}"
    )


def _alt(n: Numbers) -> str:
    said = f"{_title(n)}."
    if n[f"{_ID}.weeks"].value:
        said += f" A band of weekly bounds, on average {n[f'{_ID}.mean'].interval}"
        said += f"; in the last week {n[f'{_ID}.latest'].interval}."
    if n[f"{_ID}.no_others_weeks"].value:
        said += " Hollow points are shares of the largest models only, which bound nothing."
    return said


@figure(
    "adoption-router-share",
    title=_title,
    subtitle=_subtitle,
    alt=_alt,
    limit=(
        "Global use, or use in the United States: it is one router, more than half of whose use "
        "is elsewhere, tokens are not users, and free offers move them."
    ),
    tables=("router_weeks", "router_full_weeks", "published_studies"),
    controls=(Window(("date",)),),
)
def router_share(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw a panel for open models with published figures on it, and one for all Chinese ones."""
    narrow = width == theme.NARROW
    plot = width - (98 if narrow else 130)
    first = min(table["date"].min(), pd.Timestamp("2024-11-01"))
    x = alt.X(
        "date:T",
        title=None,
        scale=alt.Scale(domain=[moment(first), moment(table["date"].max())]),
        axis=_months(first, table["date"].max(), narrow),
    )
    panels = [
        _panel(table[table["reading"] == reading], x, height, narrow).properties(
            width=plot, height=height, title=part_title(_HEADS[reading])
        )
        for reading, height in (("open", 270 if narrow else 300), ("all", 130))
    ]
    return alt.vconcat(key(_marks(table, narrow)), *panels, spacing=16)


def _months(first: pd.Timestamp, last: pd.Timestamp, narrow: bool) -> alt.Axis:
    """Write quarters, or halves of years where room is short, with the year below January."""
    firsts = pd.date_range(first, last, freq="MS")
    shown = [m for m in firsts if (m.month - 1) % (6 if narrow else 3) == 0]
    text = "[timeFormat(datum.value, '%b'), timeFormat(datum.value, '%Y')]"
    return alt.Axis(values=[moment(m) for m in shown], labelExpr=text, labelFlush=False, grid=False)


def _marks(table: pd.DataFrame, narrow: bool) -> list[Mark]:
    """Say what the marks mean, of those that are drawn."""
    ink = theme.INK
    looks = {
        "band": ("between both bounds", "square", True, _CHINA),
        "full": ("all models counted", "stroke", False, ink),
        "named": ("share of the named only", "circle", False, _CHINA),
        "published": ("published", "diamond", False, ink),
    }
    drawn = [look for part, look in looks.items() if (table["part"] == part).any()]
    step = 162 if narrow else 170
    places = [(6 + step * (i % (2 if narrow else 4)), 6 + 18 * (i // 2 * narrow)) for i in range(4)]
    return [Mark(*look, x, y) for look, (x, y) in zip(drawn, places, strict=False)]


def _panel(rows: pd.DataFrame, x: alt.X, height: int, narrow: bool) -> Chart:
    share = alt.Scale(domain=[0, 1], nice=False)
    axis = percent_axis(values=[0, 0.2, 0.4, 0.6, 0.8, 1], titlePadding=4)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", title=None, scale=share, axis=axis)

    weekly = rows[rows["part"].isin(["band", "running", "named"])]
    first = (rows["reading"] == "open").any()
    layers: list[alt.Chart] = _third(y) if first else []
    layers += _early(weekly[weekly["part"] == "named"], x, y, height, narrow, first)
    layers += _band(weekly[weekly["part"] == "band"], x, y)
    layers += _count(rows[rows["part"] == "full"], x, y)
    layers += _published(rows[rows["part"] == "published"], x, y, narrow)
    layers += _ends(rows, x, share, height, narrow)
    return alt.layer(*layers)


def _tooltip(*fields: str) -> list[alt.Tooltip]:
    dated = [alt.Tooltip("date:T", format=_DAY, title="week to")]
    shares = [alt.Tooltip(f"{f}:Q", format=".1%") for f in fields]
    return [*dated, *shares, alt.Tooltip("tokens:Q", format=".3s")]


def _third(y: Any) -> list[alt.Chart]:
    """Draw the third of the claim across, named at its left end."""
    base = alt.Chart(pd.DataFrame({"third": [_THIRD]})).encode(y=y("third"))
    text = base.mark_text(align="left", dy=-8, fontSize=11, color=theme.MUTED)
    return [
        base.mark_rule(strokeDash=[2, 3]),
        text.encode(x=alt.value(0), text=alt.value("a third")),
    ]


def _early(
    named: pd.DataFrame, x: alt.X, y: Any, height: int, narrow: bool, said: bool
) -> list[alt.Chart]:
    """Draw the weeks without Others as hollow points, left of a line that parts them."""
    if named.empty:
        return []
    points = alt.Chart(named).mark_point(
        size=22, filled=True, fill=theme.PAPER, stroke=_CHINA, strokeWidth=1.2, opacity=1
    )
    long = [
        "Until July 2025 the chart has no Others:",
        "shares of the named largest models only,",
        "no bound of anything, not comparable",
    ]
    short = ["No Others yet:", "no bound, not", "comparable"]
    lines = (short if narrow else long) if said else []
    base = alt.Chart(named.tail(1)[["date"]])
    last = named["date"].max() + pd.Timedelta(days=3)
    wall = alt.Chart(pd.DataFrame({"date": [last]})).mark_rule(strokeWidth=1)
    text = base.mark_text(align="right", baseline="top", color=theme.MUTED, fontSize=11, dx=-4)
    return [
        wall.encode(x=x, y=alt.value(0), y2=alt.value(height)),
        *(
            text.encode(x=x, y=alt.value(2 + 14 * i), text=alt.value(line))
            for i, line in enumerate(lines)
        ),
        points.encode(x=x, y=y("share"), tooltip=_tooltip("share")),
    ]


def _band(weeks: pd.DataFrame, x: alt.X, y: Any) -> list[alt.Chart]:
    """Draw a band for each run of weeks, its edges firm below and dashed above."""
    if weeks.empty:
        return []
    weeks = weeks.assign(alone=weeks.groupby("run")["run"].transform("size") == 1)
    base = alt.Chart(weeks).encode(x=x, detail="run:N")
    area = base.mark_area(color=_CHINA, opacity=0.2).encode(
        y=y("lower"), y2="upper:Q", tooltip=_tooltip("lower", "upper")
    )
    low = base.mark_line(color=_CHINA).encode(y=y("lower"))
    high = base.mark_line(color=_CHINA, strokeWidth=1.2, strokeDash=[4, 3]).encode(y=y("upper"))
    dots = base.mark_circle(color=_CHINA, size=30, opacity=0).encode(
        y=y("lower"), tooltip=_tooltip("lower", "upper")
    )
    # a week without neighbours has no area and no line
    alone = base.transform_filter("datum.alone").mark_rule(color=_CHINA, strokeWidth=3, opacity=0.5)
    return [area, low, high, dots, alone.encode(y=y("lower"), y2="upper:Q")]


def _count(count: pd.DataFrame, x: alt.X, y: Any) -> list[alt.Chart]:
    """Draw the full count as a line in ink."""
    if count.empty:
        return []
    base = alt.Chart(count).encode(x=x, y=y("share"), tooltip=_tooltip("share"))
    return [base.mark_line(color=theme.INK, strokeWidth=2.5)]


def _published(marks: pd.DataFrame, x: alt.X, y: Any, narrow: bool) -> list[alt.Chart]:
    """Draw what is published over its period, a diamond at its middle, with its words."""
    layers: list[alt.Chart] = []
    for _, mark in marks.iterrows():
        words, align, dx, dy = _PLACES[mark["name"]]
        words = _SHORT.get(mark["name"], words) if narrow else words
        middle = mark["date"] + (mark["end"] - mark["date"]) / 2
        row = pd.DataFrame(
            {
                "date": [mark["date"]],
                "middle": [middle],
                "until": [mark["end"]],
                "share": [mark["share"]],
                "text": [words.format(_as_published(mark["name"], mark["share"]))],
                "at": [middle if mark["name"] in ("first", "open") else mark["date"]],
            }
        )
        base = alt.Chart(row)
        at = alt.X("middle:T", title=None)
        look: dict[str, Any] = {"color": theme.INK, "opacity": 1}
        text: dict[str, Any] = {"align": align, "dx": dx, "dy": dy, "fontSize": 11}
        text |= {"lineBreak": "\n", "baseline": "middle"}
        layers += [
            base.mark_rule(strokeWidth=1.4, **look).encode(x=x, x2="until:T", y=y("share")),
            base.mark_point(
                shape="diamond", size=46, filled=True, fill=theme.PAPER, stroke=theme.INK, opacity=1
            ).encode(x=at, y=y("share"), tooltip=["text:N", alt.Tooltip("share:Q", format=".1%")]),
            base.mark_text(color=theme.INK, **text).encode(
                x=alt.X("at:T", title=None), y=y("share"), text="text:N"
            ),
        ]
    return layers


def _as_published(name: str, share: float) -> str:
    """Write a published share to a tenth where its study does."""
    return f"{100 * share:.1f}\u00a0%" if name in ("first", "mean") else share_text(share)


def _ends(
    rows: pd.DataFrame, x: alt.X, share: alt.Scale, height: int, narrow: bool
) -> list[alt.Chart]:
    """Name the bounds and the count at the right, each on a line of its own."""
    band, count = rows[rows["part"] == "band"], rows[rows["part"] == "full"]
    if band.empty:
        return []
    last = band.iloc[-1]
    told = [("upper", last["upper"], "at most "), ("lower", last["lower"], "at least ")]
    if len(count):
        # the count goes on for some days; its label is that of the bounds' own week
        same = count[count["date"] <= last["date"]].tail(1)
        counted = same["share"].iloc[0] if len(same) else count["share"].iloc[-1]
        told.append(("count", counted, "counted " if narrow else "all counted "))
    labels = pd.DataFrame(told, columns=["what", "share", "word"])
    labels["text"] = labels["word"] + labels["share"].map(share_text)
    if narrow:
        labels["text"] = (
            labels["text"].str.replace("at most", "most").str.replace("at least", "least")
        )
    labels = labels.sort_values("share", ignore_index=True)
    places = height * (1 - labels["share"])
    for i in range(1, len(places)):
        places[i] = min(places[i], places[i - 1] - 13)
    end = rows[rows["part"].isin(["band", "full", "running"])]["date"].max()
    labels = labels.assign(place=places, date=end)
    base = alt.Chart(labels).mark_text(align="left", dx=6, fontSize=11 if narrow else 12)
    return [base.encode(x=x, y=alt.Y("place:Q").scale(None), text="text:N")]
