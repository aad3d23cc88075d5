"""Whose places: each bloc's share of the trending list over time, by lineage and publisher."""

from __future__ import annotations

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.explore import Window
from openrace.figures.parts import PERCENT, heading, moment
from openrace.figures.rankings.layout import TABLES, first_drawn, month_axis, of, without_earlier
from openrace.figures.render import Chart
from openrace.measures.rankings.slots import REBOUNDS

_PANELS = {"lineage": "By lineage: whose weights", "publisher": "By publisher: who uploaded"}

# From the foot of a column to its head: each side has an edge of the panel for its baseline.
_STACK = ("China", "Europe", "Other", "Unknown", "United States")

#: A line over the columns, white in dark mode too.
_LIGHT = "#ffffff"

_UP = "US up"


def _share_title(n: Numbers) -> str:
    if n["rankings.latest_month"].value is None:
        return "No month of the trending list was observed long enough to compare two sides"
    cn, us, cn_up, us_up = (
        n[f"rankings.{side}_slots.latest_month{v}"]
        for v in ("", ".publisher")
        for side in ("cn", "us")
    )
    return (
        f"By lineage {n['rankings.leader.latest_month']} the trending list of "
        f"{n['rankings.latest_month']} ({cn} of {n['rankings.slots.listed'].value} places against "
        f"{us} for the United States); by publisher "
        f"{n['rankings.leader.latest_month.publisher']} ({cn_up} against {us_up})"
    )


def _share_alt(n: Numbers) -> str:
    unknown = n["rankings.unknown_slots.latest_month.publisher"]
    rebounds = (n[f"rankings.us_slots.rebound_{name}"] for name in _marked(n))
    spans = ", ".join(map(str, rebounds))
    return (
        "Two panels of stacked columns: China from the foot, the United States from the head, "
        f"others and unknown between. {_share_title(n)}."
        + (f" Unknown by publisher: {unknown}." if unknown.value is not None else "")
        + (f" US places by lineage in the marked spans: {spans}." if spans else "")
    )


@figure(
    "rankings-trending-share",
    title=_share_title,
    subtitle=lambda n: (
        f"Share of {of(n)}, a column for each {n['rankings.window_days']} days, narrower where "
        "fewer were observed" + without_earlier(n, _window(n).days)
    ),
    alt=_share_alt,
    limit=(
        "How much a model is used; a place on the list is attention of the last days, by a rule "
        "that the Hub sets."
    ),
    tables=TABLES,
    controls=(Window(("week",)),),
)
def share(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw a panel per attribution, with one key in the order of the stack."""
    narrow = width == theme.NARROW
    plot = (196 if narrow else 266, 170 if narrow else 250)
    stacked = _stacked(table, _window(numbers))
    panels = [_share_panel(stacked, a, numbers, plot, narrow) for a in _PANELS]
    key = _stack_key(plot[1])
    if narrow:
        return alt.vconcat(*(alt.hconcat(p, key, spacing=6) for p in panels), spacing=22)
    return alt.hconcat(*panels, key, spacing=10)


def _window(n: Numbers) -> pd.Timedelta:
    return pd.Timedelta(days=n["rankings.window_days"].value)


def _stacked(table: pd.DataFrame, window: pd.Timedelta) -> pd.DataFrame:
    """Lay the shares of each window on each other, and its columns beside each other."""
    rows = table.assign(layer=table["bloc"].map(_STACK.index)).sort_values(
        ["attribution", "week", "layer"]
    )
    head = rows.groupby(["attribution", "week"])["share"].cumsum()
    wide = pd.to_timedelta(0.88 * rows["days"], unit="D")
    return rows.assign(
        head=head,
        foot=head - rows["share"],
        left=rows["week"] + (window - wide) / 2,
        right=rows["week"] + (window + wide) / 2,
        last=rows["week"] + window - pd.Timedelta(days=1),
    )


def _share_panel(
    rows: pd.DataFrame, attribution: str, numbers: Numbers, plot: tuple[int, int], narrow: bool
) -> Chart:
    window = _window(numbers)
    first, end = rows["week"].min(), rows["week"].max() + window
    named = narrow or attribution == "lineage"
    percent = alt.Axis(values=[0, 0.5, 1], grid=False, labels=named, labelExpr=PERCENT)
    x = alt.X("left:T", title=None, axis=month_axis(rows["week"], 5, window / 2))
    columns = (
        alt.Chart(rows[rows["attribution"] == attribution])
        .mark_rect()
        .encode(
            x=x.scale(domain=[moment(first), moment(end)]),
            x2="right:T",
            y=alt.Y("foot:Q", title=None, axis=percent).scale(domain=[0, 1]),
            y2="head:Q",
            color=theme.bloc_colour(legend=None),
            tooltip=[
                alt.Tooltip("bloc:N", title="Bloc"),
                alt.Tooltip("share:Q", title="Share", format=".0%"),
                alt.Tooltip("week:T", title="From", format="%-d %b %Y"),
                alt.Tooltip("last:T", title="To", format="%-d %b %Y"),
                alt.Tooltip("days:Q", title="Days observed"),
            ],
        )
    )
    half = alt.Chart(pd.DataFrame({"y": [0.5]})).mark_rule(color=_LIGHT, opacity=0.8)
    layers = [columns, half.encode(y="y:Q"), heading(_PANELS[attribution], -48)]
    if attribution == "lineage":
        layers += _rebound_marks(numbers, (end - first) / plot[0])
    return alt.layer(*layers).properties(width=plot[0], height=plot[1])


def _marked(numbers: Numbers) -> list[str]:
    """Return the spans that were observed and are drawn; one observed is over by the last day."""
    first = first_drawn(numbers, _window(numbers).days)
    return [
        name
        for name, (start, _) in REBOUNDS.items()
        if numbers[f"rankings.us_slots.rebound_{name}"].value is not None and first <= start
    ]


def _rebound_marks(numbers: Numbers, pixel: pd.Timedelta) -> list[alt.Chart]:
    """Draw a bracket over each span that is marked, with its name where there is room for it."""
    spans = [
        (start, last + pd.Timedelta(days=1), _span(start, last))
        for start, last in map(REBOUNDS.__getitem__, _marked(numbers))
    ]
    if not spans:
        return []
    frame = pd.DataFrame(spans, columns=["start", "end", "name"])
    frame["middle"] = frame["start"] + (frame["end"] - frame["start"]) / 2
    base = alt.Chart(frame)
    named = frame[_with_room(frame, pixel)]
    names = (base if len(named) == len(frame) else alt.Chart(named)).mark_text(
        fontSize=11, color=theme.MUTED
    )
    lines = [
        names.encode(x="middle:T", y=alt.value(-22), text=alt.value(_UP)),
        names.encode(x="middle:T", y=alt.value(-11), text="name:N"),
    ]
    bracket = base.mark_rule(color=theme.INK).encode(x="start:T", x2="end:T", y=alt.value(-3))
    return [bracket, *lines]


def _with_room(frame: pd.DataFrame, pixel: pd.Timedelta) -> list[bool]:
    """Tell which spans can be named without meeting the name before; letters take 6 pixels."""
    room, free = [], pd.Timestamp.min
    for middle, name in zip(frame["middle"], frame["name"], strict=True):
        half = 3 * max(len(name), len(_UP)) * pixel
        room.append(bool(middle - half >= free))
        free = middle + half if room[-1] else free
    return room


def _span(start: pd.Timestamp, last: pd.Timestamp) -> str:
    whole = start.day == 1 and last == start + pd.offsets.MonthEnd()
    return f"{start:%B}" if whole else f"{start.day}–{last.day} {last:%b}"


def _stack_key(height: int) -> Chart:
    """Name the blocs in the order of the stack, the two sides at their own edges."""
    middle = {"Europe": 18, "Other": 0, "Unknown": -18}
    places = {"China": height - 8, "United States": 8}
    places |= {bloc: height // 2 + down for bloc, down in middle.items()}
    frame = pd.DataFrame({"bloc": list(places), "y": list(places.values())})
    base = alt.Chart(frame).encode(y=alt.Y("y:Q", axis=None).scale(domain=[height, 0], nice=False))
    squares = base.mark_square(size=110, opacity=1).encode(
        x=alt.value(6), color=theme.bloc_colour(legend=None)
    )
    names = base.mark_text(align="left").encode(x=alt.value(16), text="bloc:N")
    return alt.layer(squares, names).properties(width=88, height=height)
