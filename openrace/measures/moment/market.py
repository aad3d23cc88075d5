"""The market: an event study of the day, of the week before it and of what followed.

The market model (MacKinlay 1997, Journal of Economic Literature 35): a stock's return is a
constant and a multiple of the market's (SPY), fitted to a window of trading days that ends ten
days before the event. An abnormal return is what remains on another day. Its standard error is
that of a forecast: the residual's, and the error of constant and slope. Errors of different days
are taken as independent, and as large on the day as in the window.

The market holds the stocks it is compared with, Nvidia with about 7 % of it, so abnormal returns
are a little too small. QQQ stands beside SPY as one more series.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from openrace.numbers import Number
from openrace.sources.returns import ALL, EVENTS, FOLLOWING, MARKET, WINDOWS

SURE = 1.96  # standard errors on each side of a 95 % interval
#: First trading day after the release of R1 on 20 January 2025, a holiday of the exchange.
RELEASE = EVENTS[1]
FUNDS = {"SPY": "S&P 500 fund", "QQQ": "Nasdaq-100 fund"}

_TABLES = ("market_returns", "market_moments", "stocks")
_RANKED = ("market_days", "market_ranks")


def day(text: str) -> pd.Timestamp:
    """Return a chapter's `event_date` as a day."""
    return pd.Timestamp(text)


def market_models(moments: pd.DataFrame, event: pd.Timestamp, window: int) -> pd.DataFrame:
    """Fit the market model of every series before an event, from the moments of its window.

    Args:
        moments: table `market_moments`.
        event: the day studied.
        window: trading days of the estimation window.

    Returns:
        Indexed by series: constant (percent a day), slope, error (standard deviation of the
        residual, percent), days, market_mean, market_squares, first, last.
    """
    rows = moments[(moments["event"] == event) & (moments["window"] == window)]
    rows = rows.set_index("series")
    slope = rows["cross_products"] / rows["market_squares"]
    unexplained = rows["squares"] - slope * rows["cross_products"]
    return rows[["days", "market_mean", "market_squares", "first", "last"]].assign(
        constant=rows["mean"] - slope * rows["market_mean"],
        slope=slope,
        error=np.sqrt(unexplained / (rows["days"] - 2)),
    )


def abnormal(returns: pd.DataFrame, models: pd.DataFrame) -> pd.DataFrame:
    """Return what some days in a row brought beyond the market model, together.

    Args:
        returns: rows of table `market_returns`, the days to be added.
        models: what `market_models` returns.

    Returns:
        Indexed by series, those without a model left out: return and abnormal (percent, summed
        over the days), se, low and high (95 %), days_added.
    """
    wide = returns.pivot(index="date", columns="series", values="return")
    market, added = wide.get(MARKET, pd.Series(dtype=float)), len(wide)
    known = models[models.index.isin(wide.columns)]
    total = wide[known.index].sum()
    expected = added * known["constant"] + known["slope"] * market.sum()
    off = market.sum() - added * known["market_mean"]
    spread = added + added**2 / known["days"] + off**2 / known["market_squares"]
    se = known["error"] * np.sqrt(spread)
    found = pd.DataFrame({"return": total, "abnormal": total - expected, "se": se})
    bounds = {"low": found["abnormal"] - SURE * se, "high": found["abnormal"] + SURE * se}
    return found.assign(**bounds, days_added=added)


def spans(returns: pd.DataFrame, event: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """Split the published returns around an event.

    Returns:
        The rows of the `day`, of the ten trading days `after` it, of the days `before` it since
        the release of R1, and of the day `with_after`.
    """
    days = returns["date"]
    coming = sorted(days[days > event].unique())[:FOLLOWING]
    later = days.isin(coming)
    return {
        "day": returns[days == event],
        "after": returns[later],
        "before": returns[(days >= RELEASE) & (days < event)],
        "with_after": returns[later | (days == event)],
    }


def study(
    returns: pd.DataFrame,
    moments: pd.DataFrame,
    ranks: pd.DataFrame,
    stocks: pd.DataFrame,
    event: pd.Timestamp,
    window: int,
) -> pd.DataFrame:
    """Return the event study of one day: every stock, and both funds.

    Args:
        returns: table `market_returns`.
        moments: table `market_moments`.
        ranks: table `market_ranks`; without it the ranks are missing.
        stocks: table `stocks`.
        event: the day studied.
        window: trading days of the estimation window.

    Returns:
        A row per stock and fund, the lowest abnormal return of each business first: series,
        name, business (`funds` for SPY and QQQ), return, abnormal, se, low, high (percent; SPY
        has none of these but its return), rank (of the return, 1 is the lowest) and of (days).
    """
    day = spans(returns, event)["day"]
    found = abnormal(day, market_models(moments, event, window)).drop(columns=["days_added"])
    named = stocks.rename(columns={"ticker": "series"})[["series", "name", "business"]]
    funds = pd.DataFrame({"series": FUNDS.keys(), "name": FUNDS.values(), "business": "funds"})
    every = pd.concat([funds, named], ignore_index=True)
    every = every.merge(day[["series", "return"]], on="series")
    every = every.merge(found.drop(columns="return").reset_index(), how="left", on="series")
    placed = ranks[(ranks["day"] == event) & (ranks["statistic"] == "return")]
    every = every.merge(placed[["series", "rank", "of"]], how="left", on="series")
    every = every.assign(at=every["abnormal"].fillna(-np.inf))
    order = every.groupby("business")["at"].transform("mean").where(every["business"] != "funds")
    every = every.assign(order=order).sort_values(["order", "at"], na_position="first")
    return every.drop(columns=["order", "at"]).reset_index(drop=True)


def path(
    returns: pd.DataFrame,
    moments: pd.DataFrame,
    stocks: pd.DataFrame,
    event: pd.Timestamp,
    window: int,
) -> pd.DataFrame:
    """Cumulate each business's abnormal return, day by day from the first day known around it.

    Args:
        returns: table `market_returns`.
        moments: table `market_moments`.
        stocks: table `stocks`.
        event: the day studied.
        window: trading days of the estimation window.

    Returns:
        series (a business), date, abnormal, low, high (percent, cumulated to the day's end).
    """
    models = market_models(moments, event, window)
    models = models[models.index.isin(stocks["business"])]
    around = spans(returns, event)
    kept = pd.concat([around["before"], around["with_after"]])
    parts = [
        abnormal(kept[kept["date"] <= day], models).assign(date=day)
        for day in sorted(kept["date"].unique())
    ]
    columns = ["series", "date", "abnormal", "low", "high"]
    if not parts:
        return pd.DataFrame(columns=columns)
    return pd.concat(parts).reset_index()[columns].sort_values(["series", "date"])


def placebo(days: pd.DataFrame, ranks: pd.DataFrame, event: pd.Timestamp) -> pd.DataFrame:
    """Return every trading day of the sample by size, and the named ones among them.

    Args:
        days: table `market_days`.
        ranks: table `market_ranks`.
        event: the day studied.

    Returns:
        series, statistic, low (the bin's lower bound, percent), days (in the bin); and for the
        event and the two lowest other days: day, value, rank, of, is_event.
    """
    shown = pd.DataFrame(SHOWN, columns=["series", "statistic"])
    bins = days.merge(shown)
    named = ranks.merge(shown).assign(is_event=lambda t: t["day"] == event)
    lowest = named[named["is_event"] | named["rank"].le(2)]
    table = pd.concat([bins, lowest]).drop(columns="date")
    order = {pair: i for i, pair in enumerate(SHOWN)}
    at = [order[pair] for pair in zip(table["series"], table["statistic"], strict=True)]
    return table.assign(at=at).sort_values(["at", "low", "rank"], ignore_index=True)


#: What `placebo` shows: the fall beyond the market, its best known stock, the market itself.
SHOWN = ((ALL, "abnormal"), ("NVDA", "return"), (MARKET, "return"))


def numbers(
    returns: pd.DataFrame,
    moments: pd.DataFrame,
    ranks: pd.DataFrame,
    stocks: pd.DataFrame,
    event: pd.Timestamp,
    window: int,
) -> list[Number]:
    """Return the event's numbers: Nvidia, the funds, the businesses, and where the day ranks.

    Args:
        returns: table `market_returns`.
        moments: table `market_moments`.
        ranks: table `market_ranks`.
        stocks: table `stocks`.
        event: the day studied.
        window: trading days of the estimation window.
    """
    models = market_models(moments, event, window)
    around = {name: abnormal(rows, models) for name, rows in spans(returns, event).items()}
    single = study(returns, moments, ranks, stocks, event, window)
    groups = sorted(stocks["business"].unique())
    return [
        *_asked(models, event, window),
        *_returns(returns, event),
        *_series(around, "NVDA", "nvda", "Nvidia"),
        *_series(around, ALL, "all_stocks", "the mean of all 24 stocks"),
        *(n for g in groups for n in _series(around, g, _slug(g), f"the mean of the stocks {g}")),
        *_by_window(returns, moments, event),
        *_releases(returns, moments, window),
        _made_up(around),
        *_counted(single),
        *_ranked(ranks, event),
    ]


def _slug(group: str) -> str:
    return group.replace(" ", "_")


def _cell(table: pd.DataFrame, series: str, column: str) -> float | None:
    known = len(table) and series in table.index and table.at[series, "days_added"]
    return float(table.at[series, column]) if known else None


def _asked(models: pd.DataFrame, event: pd.Timestamp, window: int) -> list[Number]:
    first, last = models["first"].min(), models["last"].max()
    id = "moment.estimation"
    return [
        Number.of("moment.event_date", event, "date", "The day studied.", _TABLES),
        Number.of(f"{id}.days", window, "days", "Trading days of the estimation window.", _TABLES),
        Number.of(f"{id}.from", first, "date", "First day of the estimation window.", _TABLES),
        Number.of(f"{id}.to", last, "date", "Last day of the estimation window.", _TABLES),
    ]


def _returns(returns: pd.DataFrame, event: pd.Timestamp) -> list[Number]:
    day = spans(returns, event)["day"].set_index("series")["return"]
    said = "Return of {} from the close before the event to its close."
    asked = {"nvda": ("NVDA", "Nvidia"), "spy": ("SPY", "SPY, a fund on the S&P 500")}
    asked["qqq"] = ("QQQ", "QQQ, a fund on the Nasdaq-100 that holds Nvidia")
    return [
        Number.of(f"moment.{k}_return", _of(day, s), "return", said.format(w), _TABLES)
        for k, (s, w) in asked.items()
    ]


def _of(values: pd.Series, key: str) -> float | None:
    return values[key] / 100 if key in values.index else None


def _series(around: Mapping[str, pd.DataFrame], series: str, slug: str, words: str) -> list[Number]:
    """Return one series' abnormal returns, of the day and of the spans around it."""
    said = f"Return of {words} beyond a market model on SPY, {{}}; the interval is 95 %."
    asked = {
        "": ("day", "on the event’s day"),
        ".ten_days": ("after", "added up over the ten trading days that followed"),
        ".with_ten_days": ("with_after", "added up from the event to the tenth day after it"),
        ".release_week": ("before", "added up from the day after R1’s release to the event’s eve"),
    }
    id, found = f"moment.{slug}_abnormal", []
    for variant, (span, when) in asked.items():
        value, low, high = (_scaled(around[span], series, c) for c in ("abnormal", "low", "high"))
        found.append(
            Number.of(f"{id}{variant}", value, "return", said.format(when), _TABLES, low, high)
        )
    se = _scaled(around["day"], series, "se")
    return [*found, Number.of(f"{id}.se", se, "return", f"Standard error: {words}.", _TABLES)]


def _scaled(table: pd.DataFrame, series: str, column: str) -> float | None:
    value = _cell(table, series, column)
    return None if value is None else value / 100


def _releases(returns: pd.DataFrame, moments: pd.DataFrame, window: int) -> list[Number]:
    """Return what the days brought on which the models themselves came out."""
    found = []
    for slug, day, words in (
        ("v3_release", EVENTS[0], "the release of DeepSeek-V3"),
        ("r1_release", RELEASE, "the first trading day after the release of R1"),
    ):
        brought = abnormal(returns[returns["date"] == day], market_models(moments, day, window))
        values = [_scaled(brought, ALL, c) for c in ("abnormal", "low", "high")]
        said = f"Mean return of the 24 stocks beyond a market model on SPY, {words}; 95 %."
        id = f"moment.all_stocks_abnormal.{slug}"
        found.append(Number.of(id, values[0], "return", said, _TABLES, *values[1:]))
    return found


def _made_up(around: Mapping[str, pd.DataFrame]) -> Number:
    """Return which part of a fall the ten days after it brought back."""
    fall = _scaled(around["day"], ALL, "abnormal")
    back = [_scaled(around["after"], ALL, c) for c in ("abnormal", "low", "high")]
    parts = [None if not fall or fall >= 0 or b is None else -b / fall for b in back]
    said = "Mean return of the 24 stocks beyond the market in the ten trading days after the event "
    said += "over their fall on its day; the interval is that of the ten days (95 %)."
    return Number.of("moment.made_up.share", parts[0], "share", said, _TABLES, *parts[1:])


def _by_window(returns: pd.DataFrame, moments: pd.DataFrame, event: pd.Timestamp) -> list[Number]:
    """Return Nvidia's abnormal return with its range over the windows that are published."""
    day = spans(returns, event)["day"]
    found = [
        _scaled(abnormal(day, market_models(moments, event, w)), "NVDA", "abnormal")
        for w in WINDOWS
    ]
    known = [v for v in found if v is not None]
    said = f"Abnormal return of Nvidia with estimation windows of {_listed(WINDOWS)} trading days: "
    return [
        Number.of(
            "moment.nvda_abnormal.windows",
            float(np.median(known)) if known else None,
            "return",
            f"{said}the middle one, and the range.",
            _TABLES,
            min(known, default=None),
            max(known, default=None),
        )
    ]


def _listed(values: Sequence[int]) -> str:
    return f"{', '.join(map(str, values[:-1]))} and {values[-1]}"


def _counted(single: pd.DataFrame) -> list[Number]:
    """Count the stocks whose interval leaves out zero, on either side."""
    tested = single.dropna(subset="abnormal")
    tested = tested[tested["business"] != "funds"]
    size = len(tested) or None
    said = "Stocks whose abnormal return on the event’s day is {} zero with 95 % confidence, each "
    said += "taken alone."
    asked = {"below": tested["high"] < 0, "above": tested["low"] > 0}
    return [
        Number.of("moment.stocks", size, "count", "Stocks in the event study.", _TABLES),
        *(
            Number.of(f"moment.stocks.{k}", size and int(v.sum()), "count", said.format(k), _TABLES)
            for k, v in asked.items()
        ),
    ]


def _ranked(ranks: pd.DataFrame, event: pd.Timestamp) -> list[Number]:
    """Return where the event stands among all trading days of the sample."""
    asked = {
        "": (ALL, "abnormal", "the mean return of the 24 stocks beyond the market"),
        ".nvda": ("NVDA", "return", "Nvidia’s return"),
        ".spy": (MARKET, "return", "SPY’s return"),
        ".qqq": ("QQQ", "return", "QQQ’s return"),
    }
    id, found = "moment.market_rank_among_days", []
    days = ranks["of"].max() if len(ranks) else None
    for variant, (series, statistic, words) in asked.items():
        row = ranks[
            (ranks["day"] == event)
            & (ranks["series"] == series)
            & (ranks["statistic"] == statistic)
        ]
        rank = row["rank"].iloc[0] if len(row) else None
        said = f"Rank of the event by {words} among all trading days of the sample; 1 is the "
        said += "lowest. The day was chosen because it was extreme: a description, no test."
        found.append(Number.of(f"{id}{variant}", rank, "count", said, _RANKED))
    words = "Trading days of the sample, January 2024 to February 2026."
    return [*found, Number.of(f"{id}.of", days, "days", words, _RANKED)]
