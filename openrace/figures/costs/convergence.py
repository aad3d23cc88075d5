"""The figure on convergence: the same models over time, and the flagships of each day."""

from __future__ import annotations

import math
from typing import Any

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.explore import Follow
from openrace.figures.moment.price_runs import look
from openrace.figures.parts import Mark, apart, heading, key, moment
from openrace.figures.render import Chart
from openrace.measures.costs.history import SAME
from openrace.numbers import NBSP, written

_DAY = "%-d %b %Y"
_C = "costs.convergence"
_SIDES = {"United States": ("us", "US models"), "China": ("cn", "Chinese models")}
_FIRST = pd.Timestamp("2023-12-10")
_GAP = 14
_BESIDE = 138


def _headline(n: Numbers) -> str:
    """Say how far apart the line-ups were and are, and what one model's price did."""
    first, last = n[f"{_C}.ratio.first"], n[f"{_C}.ratio.last"]
    if first.value is None:
        return "Flagships of US and Chinese labs: what they cost, day by day"
    text = f"US labs’ flagships cost {first} what Chinese ones did on {n[f'{_C}.ratio.first_day']}"
    if n[f"{_C}.ratio.first_day"].value != n[f"{_C}.ratio.last_day"].value:
        text += f", {last} on {n[f'{_C}.ratio.last_day']} ({last.interval} by other choices)"
    return text


def _followed(n: Numbers) -> str:
    """Say of how many models the price moved."""
    parts = []
    for side, whose in _SIDES.values():
        all_, cut, raised = (
            n[f"{_C}.same_models.{k}.{side}"].value for k in ("followed", "cut", "raised")
        )
        if all_:
            parts.append(
                f"of {all_} {whose} {cut or 'none'} became cheaper, {raised or 'none'} dearer"
            )
    return "; ".join(parts)


def _alt(n: Numbers) -> str:
    text = f"{_headline(n)}."
    if followed := _followed(n):
        text += f" One model at its own maker, first to last list price: {followed}."
    us, cn = (n[f"{_C}.flagships.price.{s}"] for s in ("us", "cn"))
    if us.value is not None and cn.value is not None:
        text += f" Medians on the last day: {us} and {cn} per million tokens."
    return text


@figure(
    "costs-convergence",
    title=_headline,
    subtitle=lambda n: (
        "Above: list price of one and the same model at its own maker, as a multiple of its first; "
        "below: each lab’s flagship on the days of LiteLLM’s catalogues, with each side’s median, "
        "US$ per million tokens of the chosen blend; log scales"
    ),
    alt=_alt,
    limit=(
        "Whether the models of one day are equally good: of those released after the last score "
        "nothing is said of quality."
    ),
    tables=(
        "list_prices",
        "official_prices",
        "off_peak_prices",
        "flagships",
        "model_names",
        "price_hosts",
        "capability_index",
    ),
    controls=(Follow("lab", "Follow one lab"),),
)
def convergence(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw both panels; either may be missing."""
    narrow = width == theme.NARROW
    same, days = table[table["part"] == "same"], table[table["part"] != "same"]
    span = _days(table)
    parts: list[Chart] = []
    if len(same):
        panels = [
            _same(same[same["bloc"] == bloc], bloc, numbers, span, width, narrow)
            for bloc in _SIDES
            if (same["bloc"] == bloc).any()
        ]
        if narrow:
            parts.append(alt.vconcat(*panels, spacing=16))
        else:
            parts.append(alt.hconcat(*panels, spacing=_BESIDE + 44, bounds="flush"))
    if len(days):
        parts += [key(_keys(days, narrow)), _lineup(days, numbers, span, width, narrow)]
    return alt.vconcat(*parts, spacing=18)


def _days(table: pd.DataFrame) -> alt.X:
    """Return the axis of days that all panels share."""
    last = max(table[["date", "until"]].max().max(), _FIRST + pd.Timedelta(days=90))
    years = [moment(d) for d in pd.date_range(_FIRST, last, freq="YS") if (last - d).days > 90]
    axis = alt.Axis(values=years, format="%Y", labelFlush=False, labelAlign="left")
    scale = alt.Scale(domain=[moment(_FIRST), moment(last)])
    return alt.X("date:T", title=None, axis=axis, scale=scale)


def _same(rows: pd.DataFrame, bloc: str, n: Numbers, x: alt.X, width: int, narrow: bool) -> Chart:
    """Draw how the price of each model of a side went, and name those that ended elsewhere."""
    plot = width - 44 - _BESIDE if narrow else (width - 88) // 2 - _BESIDE
    height, low, high = 130 if narrow else 150, 0.15, 4.0
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    ticks = alt.Axis(values=[0.25, 0.5, 1, 2], format="~g")
    y = alt.Y("relative:Q", title="times its first price", scale=scale, axis=ticks)
    moved = rows["model"].isin(rows.loc[rows["relative"] != 1, "model"])
    tips = [
        alt.Tooltip("model:N"),
        alt.Tooltip("lab:N"),
        alt.Tooltip("date:T", format=_DAY, title="from"),
        alt.Tooltip("until:T", format=_DAY),
        alt.Tooltip("price:Q", format="$,.3f", title="blend"),
        alt.Tooltip("relative:Q", format=".2f", title="times its first"),
    ]
    colour = alt.value(theme.BLOCS[bloc])
    layers = []
    for of, look_ in ((rows[~moved], (1.0, 0.35)), (rows[moved], (1.8, 1.0))):
        base = alt.Chart(of).encode(x=x, y=y, color=colour, tooltip=tips)
        layers.append(base.mark_rule(strokeWidth=look_[0], opacity=look_[1]).encode(x2="until:T"))
        jump = of.assign(before=of.groupby(["lab", "model"])["relative"].shift())
        rise = alt.Chart(jump.dropna(subset="before")).encode(x=x, y=y, y2="before:Q", color=colour)
        layers.append(rise.mark_rule(strokeWidth=1))
    side, whose = _SIDES[bloc]
    followed = n[f"{_C}.same_models.followed.{side}"]
    layers += _ends(rows[moved], plot, height, low, high)
    said = heading(f"{followed} {whose}", -36, fontSize=12)
    return alt.layer(*layers, said).properties(width=plot, height=height)


def _short(model: str) -> str:
    """Leave away which version of a model it is; the tooltip says it."""
    return model.split(" (")[0]


def _ends(rows: pd.DataFrame, plot: int, height: int, low: float, high: float) -> list[alt.Chart]:
    """Name models at the right whose last price is not their first."""
    last = rows.groupby(["lab", "model"]).tail(1)
    last = last[abs(last["relative"] - 1) > SAME]
    if last.empty:
        return []
    place = last["relative"].map(lambda v: height * math.log(high / v) / math.log(high / low))
    frame = pd.DataFrame(
        {
            "text": last["relative"].map("{:.2f}".format) + NBSP + last["model"].map(_short),
            "place": apart(place, _GAP),
            "at": place,
        }
    )
    base = alt.Chart(frame).encode(y=alt.Y("place:Q").scale(None))
    lead = base.mark_rule(strokeWidth=0.7).encode(
        x=alt.value(plot + 1), x2=alt.value(plot + 8), y=alt.Y("at:Q").scale(None), y2="place:Q"
    )
    words = base.mark_text(align="left").encode(x=alt.value(plot + 10), text="text:N")
    return [lead, words]


def _lineup(days: pd.DataFrame, n: Numbers, x: alt.X, width: int, narrow: bool) -> Chart:
    """Draw each day's flagships, the medians of both sides, and the names of the last day's."""
    beside = 112
    plot, height = width - 44 - beside, 300 if narrow else 320
    rows, medians = days[days["part"] == "line-up"], days[days["part"] == "median"]
    low, high = rows["price"].min() * 0.75, rows["price"].max() * 2.4
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    ticks = [v for v in (0.1, 0.3, 1, 3, 10, 30) if low * 1.1 <= v <= high]
    axis = alt.Axis(values=ticks, format="~g")
    y = alt.Y("price:Q", title="US$ per million tokens", scale=scale, axis=axis)
    layers: list[alt.Chart] = [*_horizon(n, x, height)]
    for bloc in _SIDES:
        aside = 3 if narrow else 4
        offset = {"xOffset": -aside if bloc == "United States" else aside}
        of, middle = (t[t["bloc"] == bloc] for t in (rows, medians))
        layers += _side(of, middle, x, y, 8 if narrow else 15, offset)
    layers += _names(rows, x, plot, height, low, high)
    return alt.layer(*layers).properties(width=plot, height=height)


def _side(
    rows: pd.DataFrame,
    medians: pd.DataFrame,
    x: alt.X,
    y: alt.Y,
    bar: int,
    offset: dict[str, Any],
) -> list[alt.Chart]:
    """Draw one side's flagships and their median on each day."""
    tips = [
        alt.Tooltip("lab:N"),
        alt.Tooltip("model:N"),
        alt.Tooltip("tier:N"),
        alt.Tooltip("date:T", format=_DAY),
        alt.Tooltip("price:Q", format="$,.3f", title="blend"),
        alt.Tooltip("shown:N", title="shown by a list"),
    ]
    layers = []
    colour = theme.bloc_colour(legend=None)
    whole = alt.Chart(medians).encode(x=x, color=colour)
    reach = alt.Chart(medians.assign(price=medians["low"])).encode(x=x, y=y, y2="high:Q")
    layers.append(reach.mark_rule(strokeWidth=1, opacity=0.5, **offset).encode(color=colour))
    for line in (False, True):  # what is hollow is larger, and below
        of = rows[(rows["tier"] == "line") == line]
        fill: dict[str, Any] = {"filled": True} if line else {"fill": theme.PAPER}
        mark = alt.Chart(of).mark_point(
            size=30 if line else 72, opacity=1, strokeWidth=1.4, **fill, **offset
        )
        layers.append(mark.encode(x=x, y=y, **look(tooltip=tips)))
    middle = whole.mark_tick(orient="horizontal", thickness=3, size=bar, opacity=1, **offset)
    layers.append(middle.encode(y=y, tooltip=[*tips[3:5], alt.Tooltip("labs:Q")]))
    return layers


def _horizon(n: Numbers, x: alt.X, height: int) -> list[alt.Chart]:
    """Mark the last release that has a score, and say what that means."""
    day = n[f"{_C}.last_score"]
    if day.value is None or n[f"{_C}.ratio.last_day"].value is None:
        return []
    if str(day.value) >= str(n[f"{_C}.ratio.last_day"].value):
        return []
    frame = pd.DataFrame({"date": [pd.Timestamp(day.value)], "text": [f"no scores after\n{day}"]})
    base = alt.Chart(frame).encode(x=x)
    said: dict[str, Any] = {"align": "right", "baseline": "top", "lineBreak": "\n", "dx": -5}
    return [
        base.mark_rule(strokeDash=[3, 3]).encode(y=alt.value(0), y2=alt.value(height)),
        base.mark_text(color=theme.MUTED, **said).encode(y=alt.value(0), text="text:N"),
    ]


def _names(
    rows: pd.DataFrame, x: alt.X, plot: int, height: int, low: float, high: float
) -> list[alt.Chart]:
    """Name the labs of the last day at the right, with their marks, and what their line costs."""
    last = rows[(rows["date"] == rows["date"].max()) & (rows["tier"] == "line")]
    last = last.sort_values(["price", "bloc", "lab"], ascending=[False, True, True])
    place = last["price"].map(lambda v: height * math.log(high / v) / math.log(high / low))
    price = last["price"].map(lambda v: written(v, "US$").split(NBSP)[1])
    frame = last[["lab", "model", "bloc"]].assign(
        text=price + NBSP + last["lab"], place=apart(place, _GAP), at=place
    )
    base = alt.Chart(frame).encode(y=alt.Y("place:Q").scale(None))
    lead = base.mark_rule(strokeWidth=0.7).encode(
        x=alt.value(plot + 10), x2=alt.value(plot + 18), y=alt.Y("at:Q").scale(None), y2="place:Q"
    )
    mark = base.mark_point(size=30, opacity=1, filled=True)
    tips = [alt.Tooltip("lab:N"), alt.Tooltip("model:N")]
    words = base.mark_text(align="left").encode(x=alt.value(plot + 32), text="text:N")
    return [lead, mark.encode(x=alt.value(plot + 24), **look(tooltip=tips)), words]


def _keys(days: pd.DataFrame, narrow: bool) -> list[Mark]:
    """Say what the marks of the line-up mean."""
    marks = [
        Mark("US flagship", "square", True, theme.BLOCS["United States"], 6, 4),
        Mark("Chinese flagship", "circle", True, theme.BLOCS["China"], 106, 4),
    ]
    places = [(6, 40), (6, 58)] if narrow else [(222, 4), (444, 4)]
    if (days["part"] == "median").any():
        words = "median of a side, from its cheapest to its dearest lab"
        marks.append(Mark(words, "stroke", False, theme.INK, 6, 22))
    hollow = (
        ("top", "hollow: dearer model above the line", "square", "United States"),
        ("off-peak", "hollow: DeepSeek at its cheap hours", "circle", "China"),
    )
    there = [what for tier, *what in hollow if (days["tier"] == tier).any()]
    for (words, shape, bloc), at in zip(there, places, strict=False):
        marks.append(Mark(words, shape, False, theme.BLOCS[bloc], *at))
    return marks
