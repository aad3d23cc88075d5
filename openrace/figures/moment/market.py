"""Figures of the market: the day, its rank among all days, the week before and what followed."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.parts import Mark, key, moment, part_title
from openrace.figures.render import Chart
from openrace.measures.moment.market import SHOWN
from openrace.numbers import Number, written
from openrace.sources.returns import BIN

_STUDY = ("market_returns", "market_moments", "market_ranks", "stocks")
_PATH = ("market_returns", "market_moments", "stocks")
_DAYS = ("market_days", "market_ranks")
_PERCENT = "replace(format(datum.value, 'd'), '-', '\u2212')"
_DAY = "%-d %b %Y"
_SLUGS = {
    "power": "power",
    "network_and_servers": "network and servers",
    "chips": "chips",
    "cloud": "cloud",
    "others": "others",
}
_MINUS = "\u2212"


def _moved(number: Number) -> str:
    """Say which way a return went: fell 17.0 %, rose 1.2 %, hardly moved."""
    value = float(number.value or 0)
    if abs(value) < 0.0005:
        return "hardly moved"
    return f"{'fell' if value < 0 else 'rose'} {number.text.lstrip(_MINUS)}"


def _day_title(n: Numbers) -> str:
    beyond = n["moment.nvda_abnormal"]
    return (
        f"On {n['moment.event_date']} Nvidia {_moved(n['moment.nvda_return'])} while the S&P 500 "
        f"{_moved(n['moment.spy_return'])}; beyond the market Nvidia {_moved(beyond)}, power "
        f"stocks {_moved(n['moment.power_abnormal'])}, and {n['moment.stocks.below']} of "
        f"{n['moment.stocks']} stocks fell by more than chance"
    )


@figure(
    "moment-market",
    title=_day_title,
    subtitle=lambda n: (
        f"Return on {n['moment.event_date']}, and abnormal return with its 95 % interval: beyond a "
        f"market model on SPY from {n['moment.estimation.from']} to {n['moment.estimation.to']}; "
        "at the right, the day’s rank among all trading days, 2024 to 2026 (1 is the worst)"
    ),
    alt=lambda n: (
        f"A row per stock, grouped by business, with its return and its abnormal return on "
        f"{n['moment.event_date']}. {_day_title(n)}. Abnormal returns by business: chips "
        f"{n['moment.chips_abnormal']}, power {n['moment.power_abnormal']}, network and servers "
        f"{n['moment.network_and_servers_abnormal']}, cloud {n['moment.cloud_abnormal']}, others "
        f"{n['moment.others_abnormal']}."
    ),
    limit="Why prices moved; the list of stocks was drawn up after the day, so it is no sample, "
    "and other news came the same day.",
    tables=_STUDY,
)
def day(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw a row per stock, a part per business, the worst business first."""
    narrow = width == theme.NARROW
    plot = width - (148 if narrow else 310)
    lowest, highest = table[["low", "return"]].min().min(), table[["high", "return"]].max().max()
    x = alt.Scale(domain=[lowest - 1, highest + 1], nice=False)
    groups = list(dict.fromkeys(table["business"]))
    parts = [
        _business(table[table["business"] == g], g, x, plot, narrow, last=g == groups[-1])
        for g in groups
    ]
    return alt.vconcat(_legend(plot, narrow), *parts, spacing=4)


def _legend(plot: int, narrow: bool) -> Chart:
    """Say what the marks are, and head the columns of figures."""
    marks = [
        Mark("return", "diamond", False, theme.MUTED, 5, 6),
        Mark("abnormal, 95 %", "circle", True, theme.INK, 66, 6),
    ]
    heads = {"rank": plot + _RANK[narrow]} | ({} if narrow else {"abnormal": plot + _BEYOND})
    frame = pd.DataFrame({"head": list(heads), "x": list(heads.values())})
    base = alt.Chart(frame).mark_text(align="right", fontSize=11, color=theme.MUTED)
    x = alt.X("x:Q", axis=None).scale(None)
    return alt.layer(key(marks), base.encode(x=x, y=alt.value(6), text="head:N")).properties(
        width=plot, height=14
    )


#: Where the columns of figures end, in pixels right of the plot: the rank, wide and narrow.
_RANK, _BEYOND = {True: 44, False: 128}, 68


def _business(
    rows: pd.DataFrame, business: str, x: alt.Scale, plot: int, narrow: bool, last: bool
) -> Chart:
    ticker = " (" + rows["series"] + ")"
    ticker = ticker.mask(narrow | (rows["name"] == rows["series"]), "")
    rows = rows.assign(
        label=rows["name"] + ticker, beyond=_beyond(rows), placed=_placed(rows, narrow)
    )
    axis = alt.Axis(labels=last, labelExpr=_PERCENT, grid=True, tickCount=5)
    y = alt.Y("label:N", title=None, sort=list(rows["label"])).axis(labelLimit=150, grid=False)
    title = ("Percent" if narrow else "Percent on the day") if last else None
    base = alt.Chart(rows).encode(y=y, tooltip=_tooltips())
    at = alt.X("abnormal:Q", title=title, scale=x, axis=axis)
    zero = alt.Chart(pd.DataFrame({"at": [0.0]})).mark_rule(color=theme.MUTED)
    layers: list[alt.Chart] = [
        zero.encode(x=alt.X("at:Q", scale=x, axis=axis, title=title)),
        base.mark_rule(color=theme.INK, strokeWidth=1.5).encode(
            x=alt.X("low:Q", title=title, scale=x, axis=axis), x2="high:Q"
        ),
        base.mark_point(shape="diamond", size=38, color=theme.MUTED, filled=False).encode(
            x=alt.X("return:Q", title=title, scale=x, axis=axis)
        ),
        base.mark_circle(size=44, color=theme.INK, opacity=1).encode(x=at),
        _column(base, "placed", plot + _RANK[narrow]),
    ]
    if not narrow:
        layers.append(_column(base, "beyond", plot + _BEYOND))
    return alt.layer(*layers, title=part_title(_TITLES[business])).properties(
        width=plot, height=alt.Step(17)
    )


_TITLES = {
    "funds": "The market",
    "chips": "Chips",
    "power": "Power",
    "network and servers": "Network, servers, sites",
    "cloud": "Cloud",
    "others": "Others",
}


def _column(base: alt.Chart, field: str, x: float) -> alt.Chart:
    """Write a column of figures, right-aligned, beside the drawing."""
    text = base.mark_text(align="right", fontSize=11, color=theme.MUTED)
    return text.encode(x=alt.value(x), text=f"{field}:N")


def _beyond(rows: pd.DataFrame) -> list[str]:
    return ["" if pd.isna(v) else written(v / 100, "return") for v in rows["abnormal"]]


def _placed(rows: pd.DataFrame, narrow: bool) -> list[str]:
    text = "{:.0f}" if narrow else "{:.0f} of {:.0f}"
    return [
        "" if pd.isna(rank) else text.format(rank, of)
        for rank, of in zip(rows["rank"], rows["of"], strict=True)
    ]


def _tooltips() -> list[Any]:
    fields = {"return": "return, %", "abnormal": "abnormal return, %", "low": "from", "high": "to"}
    return [
        "name:N",
        "business:N",
        *(alt.Tooltip(f"{f}:Q", title=t, format=".1f") for f, t in fields.items()),
        alt.Tooltip("rank:Q", title="rank of the return"),
        alt.Tooltip("of:Q", title="of trading days"),
    ]


def _path_title(n: Numbers) -> str:
    before, after = n["moment.all_stocks_abnormal.release_week"], n["moment.all_stocks_abnormal"]
    later, net = (n[f"moment.all_stocks_abnormal.{v}"] for v in ("ten_days", "with_ten_days"))
    event = n["moment.event_date"]
    words = f"Beyond the market the 24 stocks {_moved(after)} on {event}"
    if before.value is not None:
        words = f"In the days between R1’s release and {event} the 24 stocks {_moved(before)} "
        words += f"beyond the market, then {_moved(after)} in a day"
    if later.value is None:
        return words
    return f"{words}; ten trading days later they stood {_stood(net)}"


def _stood(number: Number) -> str:
    side = "below" if isinstance(number.value, float) and number.value < 0 else "above"
    return f"{number.text.lstrip(_MINUS)} {side} where they were on the eve"


@figure(
    "moment-aftermath",
    title=_path_title,
    subtitle=lambda n: (
        "Abnormal return by business, percent, added up from the first day shown, with its 95 % "
        f"band; {n['moment.event_date']} marked"
    ),
    alt=lambda n: (
        f"Five panels of lines, one per business. {_path_title(n)}. From the event to the tenth "
        "day after: "
        + ", ".join(
            f"{words} {n[f'moment.{slug}_abnormal.with_ten_days']}"
            for slug, words in _SLUGS.items()
            if n[f"moment.{slug}_abnormal.with_ten_days"].value is not None
        )
        + "."
    ),
    limit="What the event caused in the later days: results of several of the firms, interest "
    "rates and tariffs moved them too.",
    tables=_PATH,
)
def aftermath(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw a panel per business on one scale."""
    narrow = width == theme.NARROW
    plot = (124, 110) if narrow else (112, 170)
    domain = [table["low"].min() - 1, table["high"].max() + 1]
    event = pd.Timestamp(str(numbers["moment.event_date"].value))
    groups = [g for g in _TITLES if g in set(table["series"])]
    first = [g for i, g in enumerate(groups) if i % (2 if narrow else 5) == 0]
    panels = [
        _cumulated(table[table["series"] == g], g, domain, event, plot, g in first) for g in groups
    ]
    return alt.concat(*panels, columns=2 if narrow else 5, spacing=14)


def _cumulated(
    rows: pd.DataFrame,
    business: str,
    domain: list[float],
    event: pd.Timestamp,
    plot: tuple[int, int],
    labelled: bool,
) -> Chart:
    days = sorted(rows["date"].unique())
    shown = [days[0], event, days[-1]] if event > days[0] else [days[0], days[-1]]
    x = alt.X(
        "date:T",
        title=None,
        axis=alt.Axis(
            values=[moment(d) for d in shown],
            labelExpr="[timeFormat(datum.value, '%-d'), timeFormat(datum.value, '%b')]",
            labelOverlap=False,
        ),
    )
    axis = alt.Axis(labels=labelled, labelExpr=_PERCENT, tickCount=5)
    y = alt.Y("abnormal:Q", title=None, scale=alt.Scale(domain=domain, nice=False), axis=axis)
    base = alt.Chart(rows).encode(
        x=x,
        tooltip=[
            "series:N",
            alt.Tooltip("date:T", format=_DAY),
            *(alt.Tooltip(f"{f}:Q", format=".1f") for f in ("abnormal", "low", "high")),
        ],
    )
    zero = alt.Chart(pd.DataFrame({"at": [0.0]})).mark_rule(color=theme.MUTED).encode(y="at:Q")
    rule = alt.Chart(pd.DataFrame({"date": [event]})).mark_rule(
        color=theme.MUTED, strokeDash=[3, 3]
    )
    band = base.mark_area(color=theme.MUTED, opacity=0.25).encode(
        y=alt.Y("low:Q", title=None, axis=axis), y2="high:Q"
    )
    line = base.mark_line(color=theme.INK, point=alt.OverlayMarkDef(size=18, color=theme.INK))
    return alt.layer(
        band, zero, rule.encode(x=x), line.encode(y=y), title=part_title(_TITLES[business])
    ).properties(width=plot[0], height=plot[1])


def _ordinal(number: Number, of: Number) -> str:
    """Write a rank from the nearer end: the worst, the 31st worst, the second best."""
    rank, last = int(number.value or 0), int(of.value or 0)
    side, place = ("worst", rank) if 2 * rank <= last else ("best", last - rank + 1)
    if place == 1:
        return f"the {side}"
    ending = {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"the {place}{'th' if place % 100 in (11, 12, 13) else ending} {side}"


def _days_title(n: Numbers) -> str:
    id = "moment.market_rank_among_days"
    of = n[f"{id}.of"]
    stocks, nvidia, market = (_ordinal(n[f"{id}{v}"], of) for v in ("", ".nvda", ".spy"))
    return (
        f"Of {of} trading days, {n['moment.event_date']} was {stocks} for the 24 stocks beyond the "
        f"market, {nvidia} for Nvidia and {market} for the S&P 500"
    )


@figure(
    "moment-days",
    title=_days_title,
    subtitle=lambda n: (
        "Trading days by size of return, bins of half a percentage point, January 2024 to "
        "February 2026, beyond the market by one model over all of them; the event and the two "
        "lowest other days marked"
    ),
    alt=lambda n: (
        f"Three histograms of trading days by return. {_days_title(n)}. The event’s bars lie far "
        "to the left of the others for the stocks and inside the crowd for the S&P 500."
    ),
    limit="A test: the day was chosen because it was extreme, and so were the stocks.",
    tables=_DAYS,
)
def days(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw a histogram per series, with the named days above their bins."""
    narrow = width == theme.NARROW
    plot = (width - 50, 96) if narrow else (194, 150)
    panels = [
        _histogram(table[(table["series"] == s) & (table["statistic"] == k)], s, plot)
        for s, k in SHOWN
    ]
    return alt.vconcat(*panels, spacing=12) if narrow else alt.hconcat(*panels, spacing=22)


_HISTOGRAMS = {
    "all stocks": "Mean of 24 stocks, beyond the market",
    "NVDA": "Nvidia, return",
    "SPY": "S&P 500 (SPY), return",
}


def _histogram(rows: pd.DataFrame, series: str, plot: tuple[int, int]) -> Chart:
    bins = rows.dropna(subset="low")[["low", "days"]]
    bins = bins.assign(high=bins["low"] + BIN, foot=0)
    tall = float(bins["days"].max())
    y = alt.Scale(domain=[0, 1.75 * tall], nice=False)
    ticks = alt.Axis(values=[v for v in (50, 100, 150) if v <= tall], title=None)
    tips = [alt.Tooltip("low:Q", title="from, %"), alt.Tooltip("high:Q", title="to, %"), "days:Q"]
    percent = alt.Axis(labelExpr=_PERCENT, tickCount=4, labelFlush=False)
    bars = alt.Chart(bins).mark_rect(color=theme.MUTED, opacity=0.7, stroke=None)
    drawn = bars.encode(
        x=alt.X("low:Q", title="Percent", axis=percent),
        x2="high:Q",
        y=alt.Y("days:Q", scale=y, axis=ticks),
        y2="foot:Q",
        tooltip=tips,
    )
    return alt.layer(
        drawn, *_stems(rows.dropna(subset="day"), tall), title=part_title(_HISTOGRAMS[series])
    ).properties(width=plot[0], height=plot[1])


def _stems(named: pd.DataFrame, tall: float) -> list[alt.Chart]:
    """Mark the named days, the lowest highest, so that no word meets another's stem."""
    named = named.sort_values("value").assign(foot=0)
    named = named.assign(
        at=[tall * h for h in (1.65, 1.43, 1.21)[: len(named)]],
        text=[_named(v, d) for v, d in zip(named["value"], named["day"], strict=True)],
    )
    base = alt.Chart(named[["value", "at", "foot", "text", "is_event", "rank", "day"]])
    stems = base.mark_rule(color=theme.INK).encode(
        x="value:Q",
        y="at:Q",
        y2="foot:Q",
        strokeDash=alt.when("datum.is_event").then(alt.value([1, 0])).otherwise(alt.value([2, 2])),
        tooltip=[
            alt.Tooltip("day:T", format=_DAY),
            alt.Tooltip("value:Q", format=".1f"),
            "rank:Q",
        ],
    )
    words = base.mark_text(align="left", dx=4, fontSize=11).encode(
        x="value:Q", y="at:Q", text="text:N"
    )
    return [stems, words]


def _named(value: float, day: pd.Timestamp) -> str:
    return f"{day.day} {day:%b %Y}: {written(value / 100, 'return')}"
