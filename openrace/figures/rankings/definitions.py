"""Figure on definitions: the Chinese share under every reading that someone could defend."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.explore import Follow
from openrace.figures.parts import Mark, key, part_title, percent_axis
from openrace.figures.render import Chart
from openrace.measures.rankings.definitions import SOURCES, TITLES

_ID = "rankings.cn_share.definitions"
_AHEAD = "datum.cn_ahead"
_COLOURS = {True: theme.BLOCS["China"], False: theme.BLOCS["United States"]}
_FACETS: dict[str, dict[str, str]] = {
    "source": TITLES,
    "attribution": {"lineage": "by lineage", "publisher": "by publisher"},
    "weight": {
        "models": "counting models",
        "30-day downloads": "30-day downloads",
        "all-time downloads": "all-time downloads",
        "likes": "likes",
    },
    "scope": {"all": "all modalities", "language": "language models"},
    "unknown": {
        "counted": "unknown counted",
        "left out": "unknown left out",
        "China and US only": "China and US only",
    },
}


@figure(
    "rankings-definitions",
    title=lambda n: (
        f"In {n[f'{_ID}.cn_ahead']} of {n[f'{_ID}.count']} readings China is ahead of the US, with "
        f"a median share of {n[f'{_ID}.median']}; by publisher in "
        f"{n[f'{_ID}.cn_ahead.publisher']} of {n[f'{_ID}.count.publisher']}"
    ),
    subtitle=lambda n: (
        "China’s share of open-weight models on the Hub under every definition of a set that was "
        "fixed before it was computed, lowest share first"
    ),
    alt=lambda n: (
        f"A rising curve of {n[f'{_ID}.count']} readings from {n[f'{_ID}.min']} to "
        f"{n[f'{_ID}.max']}; half lie between {n[f'{_ID}.q1']} and {n[f'{_ID}.q3']}. By lineage "
        f"China is ahead in {n[f'{_ID}.cn_ahead.lineage']} of {n[f'{_ID}.count.lineage']}, by "
        f"publisher in {n[f'{_ID}.cn_ahead.publisher']} of {n[f'{_ID}.count.publisher']}. Readings "
        "with the US ahead are hollow diamonds, and named."
    ),
    limit="Which reading is right: they share data, so that their number is no probability.",
    tables=(*SOURCES, "labs", "families", "countries"),
    controls=(
        Follow("source", "Table"),
        Follow("attribution", "Whose models"),
        Follow("weight", "Counted by"),
        Follow("scope", "Which models"),
        Follow("unknown", "Unknown origin"),
    ),
)
def definitions(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw the specification curve, and under it what each reading is made of."""
    shown = table[["position", "cn_share", "us_share", "cn_ahead", "period", "length", *_FACETS]]
    if width == theme.NARROW:
        plot = width - 70
        curve = alt.layer(*_curve(shown, numbers, plot, 190))
        parts = [curve.properties(width=plot, height=190), _by_source(shown, plot)]
    else:
        plot = width - 225
        curve = alt.layer(*_curve(shown, numbers, plot, 300), *_named(shown, 300))
        parts = [curve.properties(width=plot, height=300), _facets(shown, plot)]
    parts[0] = parts[0].properties(title=part_title("Chinese share"))
    return alt.vconcat(*parts, spacing=26)


def _place(table: pd.DataFrame) -> alt.X:
    """Place a reading by its rank: one scale for the curve and all that stands under it."""
    scale = alt.Scale(domain=[0, len(table) + 1], nice=False)
    return alt.X("position:Q", title=None, axis=None, scale=scale)


def _colour() -> alt.Color:
    """Colour by who is ahead under a reading."""
    scale = alt.Scale(domain=list(_COLOURS), range=list(_COLOURS.values()))
    return alt.Color("cn_ahead:N", scale=scale, legend=None)


def _readings(table: pd.DataFrame) -> alt.Chart:
    """Draw a reading as a dot with China ahead, as a hollow diamond with the US ahead."""
    shapes = alt.Scale(domain=list(_COLOURS), range=["circle", "diamond"])
    china = alt.when(_AHEAD)
    points = alt.Chart(table).mark_point(opacity=1, strokeWidth=1.3)
    return points.encode(
        color=_colour(),
        fill=china.then(alt.value(_COLOURS[True])).otherwise(alt.value("transparent")),
        shape=alt.Shape("cn_ahead:N", scale=shapes, legend=None),
        size=china.then(alt.value(7)).otherwise(alt.value(26)),
        tooltip=[
            alt.Tooltip("cn_share:Q", format=".1%", title="China"),
            alt.Tooltip("us_share:Q", format=".1%", title="US"),
            *(f"{facet}:N" for facet in (*_FACETS, "period", "length")),
        ],
    )


def _curve(table: pd.DataFrame, n: Numbers, plot: int, height: int) -> list[Chart]:
    """Draw the readings from the lowest to the highest, with their quartiles."""
    words = {"q1": ("quartile", 0.25), "median": ("median", 0.5), "q3": ("quartile", 0.75)}
    levels = [
        {
            "cn_share": n[f"{_ID}.{code}"].value,
            "text": f"{word} {n[f'{_ID}.{code}']}",
            "position": 1 + (len(table) - 1) * part,  # the line begins where the curve has it
        }
        for code, (word, part) in words.items()
    ]
    axis = percent_axis(tickCount=5)
    y = alt.Y("cn_share:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=axis)
    base = alt.Chart(pd.DataFrame(levels)).encode(y=y)
    text = base.mark_text(align="right", baseline="top", dy=3, dx=-2, color=theme.INK)
    marks = [
        Mark("China ahead", "circle", True, _COLOURS[True], plot - 185, height - 12),
        Mark("US ahead", "diamond", False, _COLOURS[False], plot - 75, height - 12),
    ]
    return [
        base.mark_rule(color=theme.MUTED, strokeDash=[4, 3]).encode(
            x=_place(table), x2=alt.value(plot)
        ),
        text.encode(x=alt.value(plot), text="text:N"),
        _readings(table).encode(x=_place(table), y=y),
        key(marks),
    ]


def _named(table: pd.DataFrame, height: int) -> list[alt.Chart]:
    """Name the lowest reading of each source that has the United States ahead."""
    lowest = table[~table["cn_ahead"]].drop_duplicates("source")
    words = (lowest[facet].map(_FACETS[facet]) for facet in ("source", "attribution", "weight"))
    flags = pd.DataFrame(
        {
            "position": lowest["position"],
            "place": [22.0 + 14 * i for i in range(len(lowest))],
            "foot": height * (1 - lowest["cn_share"]) - 4,
            "text": [", ".join(parts) for parts in zip(*words, strict=True)],
        }
    )
    base = alt.Chart(flags).encode(x=_place(table), y=alt.Y("place:Q").scale(None))
    text = base.mark_text(align="left", dx=4, fontSize=11, color=theme.INK)
    staff = base.mark_rule(color=theme.MUTED, strokeWidth=0.8).encode(y2="foot:Q")
    said = "Lowest readings with the US ahead, one per source" if len(flags) else ""
    head = alt.Chart(pd.DataFrame({"text": [said]})).mark_text(align="left", color=theme.MUTED)
    head = head.encode(x=alt.value(4), y=alt.value(8), text="text:N")
    return [staff, text.encode(text="text:N"), head]


def _rows(table: pd.DataFrame) -> dict[str, float]:
    """Place a row for each value of a facet that some reading has, with air between facets."""
    places: dict[str, float] = {}
    for i, (facet, words) in enumerate(_FACETS.items()):
        used = [value for value in words if (table[facet] == value).any()]
        places |= {value: 14.0 * (len(places) + j) + 7 * i for j, value in enumerate(used)}
    return places


def _facets(table: pd.DataFrame, plot: int) -> Chart:
    """Draw a tick for each reading in the row of each of its facets; count the US ahead."""
    places = _rows(table)
    called = {value: word for words in _FACETS.values() for value, word in words.items()}
    china = alt.when(_AHEAD)
    base = (
        alt.Chart(table)
        .transform_fold(list(_FACETS), ["facet", "value"])
        .transform_calculate(
            place=f"({places})[datum.value]",
            row=f"({called})[datum.value]",
            us=f"{_AHEAD} ? 0 : 1",
        )
        .encode(y=alt.Y("place:Q", axis=None, scale=None))
    )
    ticks = base.mark_tick(thickness=1.2, opacity=1).encode(
        x=_place(table),
        color=_colour(),
        size=china.then(alt.value(7)).otherwise(alt.value(13)),
    )
    style: dict[str, Any] = {"fontSize": 11, "color": theme.INK}
    counted = base.transform_aggregate(us="sum(us)", all="count()", groupby=["row", "place"])
    counted = counted.transform_calculate(said="datum.us + ' of ' + datum.all")
    names = counted.mark_text(align="right", dx=-8, **style)
    counts = counted.mark_text(align="left", dx=8, **style)
    head = alt.Chart(pd.DataFrame({"said": ["US ahead in"]})).mark_text(align="left", dx=8, **style)
    return alt.layer(
        ticks,
        names.encode(x=alt.value(0), text="row:N"),
        counts.encode(x=alt.value(plot), text="said:N"),
        head.encode(x=alt.value(plot), y=alt.value(-14), text="said:N"),
    ).properties(width=plot, height=max(places.values()) + 7)


def _by_source(table: pd.DataFrame, plot: int) -> Chart:
    """Draw the readings of each source on one line, with how many have the US ahead."""
    order = [source for source in TITLES if (table["source"] == source).any()]
    y = alt.Y("source:N", sort=order, title=None, axis=None)
    axis = percent_axis(tickCount=5, grid=True)
    x = alt.X("cn_share:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=axis)
    said = f"({TITLES})[datum.source] + ': US ahead in ' + datum.us + ' of ' + datum.all"
    counted = (
        alt.Chart(table)
        .transform_calculate(us=f"{_AHEAD} ? 0 : 1")
        .transform_aggregate(us="sum(us)", all="count()", groupby=["source"])
        .transform_calculate(said=said)
        .mark_text(align="left", dy=-13, fontSize=11, color=theme.INK)
    )
    return alt.layer(
        _readings(table).encode(x=x, y=y),
        counted.encode(x=alt.value(0), y=y, text="said:N"),
        title=part_title("Chinese share of each reading, by source"),
    ).properties(width=plot, height=alt.Step(34))
