"""Daily stock returns, which may not be passed on, to the statistics of them that may.

Closing prices are their vendors'. This project publishes returns of event windows, and of all
other days only what an event study needs: the moments of each estimation window, counts of days
by size of return, and the rank of a few days. Whoever has the returns of the stocks in
`data/stocks.csv` makes the same tables again with `python -m openrace.sources.returns FILE`, FILE
being a CSV of percent returns with a column `date`, one for SPY, one for QQQ and one a ticker.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import pandas as pd

from openrace import package, store

MARKET = "SPY"
ALL = "all stocks"
#: DeepSeek-V3 released; first trading day after R1's release; the fall.
EVENTS = tuple(pd.to_datetime(["2024-12-26", "2025-01-21", "2025-01-27"]))
WINDOWS = (60, 120, 200)
#: Trading days between the end of the estimation window and the event: the week of R1 is in none.
GAP = 10
FOLLOWING = 10
BIN = 0.5
EXTREMES = 5


def with_portfolios(returns: pd.DataFrame, stocks: pd.DataFrame) -> pd.DataFrame:
    """Add the mean return of each business, and of all stocks, as series of their own.

    A mean over stocks has a market model of its own, so that its error counts what the stocks
    have in common.

    Args:
        returns: percent returns, a row per trading day and a column per series.
        stocks: table `stocks` (ticker, business).
    """
    members = {b: list(rows["ticker"]) for b, rows in stocks.groupby("business")}
    members[ALL] = list(stocks["ticker"])
    means = {name: returns[tickers].mean(axis=1) for name, tickers in members.items()}
    return returns.assign(**means)


def event_returns(returns: pd.DataFrame) -> pd.DataFrame:
    """Return the returns of the event windows: the event's day and those that follow.

    Returns:
        date, series, return (percent).
    """
    kept = sorted({day for event in EVENTS for day in _from(returns, event)})
    long = returns.loc[kept].rename_axis("date").melt(ignore_index=False, var_name="series")
    return long.rename(columns={"value": "return"}).dropna().reset_index()


def _from(returns: pd.DataFrame, event: pd.Timestamp) -> pd.DatetimeIndex:
    at = returns.index.get_loc(event)
    return returns.index[at : at + FOLLOWING + 1]


def market_moments(returns: pd.DataFrame) -> pd.DataFrame:
    """Return what a market model of each series needs, per event and estimation window.

    Returns:
        event, window (trading days asked for), series, days (with a return), first, last,
        mean and market_mean (percent), market_squares, cross_products and squares (sums of
        products of deviations from the means, percent squared).
    """
    rows = [
        {"event": event, "window": window, "series": name} | _moments(frame[name], frame[MARKET])
        for event in EVENTS
        for window in WINDOWS
        for frame in [_before(returns, event, window)]
        for name in returns.columns.drop(MARKET)
    ]
    return pd.DataFrame(rows)


def _before(returns: pd.DataFrame, event: pd.Timestamp, window: int) -> pd.DataFrame:
    end = returns.index.get_loc(event) - GAP
    return returns.iloc[max(end - window, 0) : end]


def _moments(stock: pd.Series, market: pd.Series) -> dict[str, object]:
    stock = stock.dropna()
    market = market[stock.index]
    x, y = market - market.mean(), stock - stock.mean()
    return {
        "days": len(stock),
        "first": stock.index[0],
        "last": stock.index[-1],
        "mean": stock.mean(),
        "market_mean": market.mean(),
        "market_squares": (x * x).sum(),
        "cross_products": (x * y).sum(),
        "squares": (y * y).sum(),
    }


def statistics(returns: pd.DataFrame) -> Iterator[tuple[str, str, pd.Series]]:
    """Yield, per series, what is ranked: its return and its residual of one market model.

    The model of the residual is fitted to all days of the sample: it ranks days, and tests none.
    """
    market = returns[MARKET]
    for name in returns:
        stock = returns[name].dropna()
        yield name, "return", stock
        if name != MARKET:
            moments = _moments(stock, market)
            beta = moments["cross_products"] / moments["market_squares"]  # type: ignore[operator]
            expected = stock.mean() + beta * (market[stock.index] - moments["market_mean"])
            yield name, "abnormal", stock - expected


def histogram(returns: pd.DataFrame) -> pd.DataFrame:
    """Count the days of the sample by size.

    Returns:
        date (the sample's last day), series, statistic, low (percent; the bin is half a point
        wide), days.
    """
    parts = [
        (values.floordiv(BIN) * BIN)
        .value_counts()
        .rename("days")
        .rename_axis("low")
        .reset_index()
        .assign(date=returns.index[-1], series=series, statistic=statistic)
        for series, statistic, values in statistics(returns)
    ]
    return pd.concat(parts)[["date", "series", "statistic", "low", "days"]]


def ranks(returns: pd.DataFrame) -> pd.DataFrame:
    """Rank the events and the most extreme days of each series among all days of the sample.

    Returns:
        date (the sample's last day), series, statistic, day, value (percent), rank (1 is the
        lowest), of (days of the series).
    """
    parts = []
    for series, statistic, values in statistics(returns):
        ranked = pd.DataFrame({"value": values, "rank": values.rank(method="min").astype(int)})
        extreme = (ranked["rank"] <= EXTREMES) | (ranked["rank"] > len(values) - EXTREMES)
        kept = ranked[extreme | ranked.index.isin(EVENTS)].rename_axis("day").reset_index()
        parts.append(kept.assign(series=series, statistic=statistic, of=len(values)))
    columns = ["date", "series", "statistic", "day", "value", "rank", "of"]
    return pd.concat(parts).assign(date=returns.index[-1])[columns]


def main(arguments: Sequence[str]) -> None:
    """Write the four tables from a file of returns."""
    given = pd.read_csv(arguments[0], index_col="date", parse_dates=True)
    returns = with_portfolios(given, store.load("stocks"))
    made = {
        "market_returns": event_returns(returns),
        "market_moments": market_moments(returns),
        "market_days": histogram(returns),
        "market_ranks": ranks(returns),
    }
    for name, table in made.items():
        key = package.describe(name)["schema"]["primaryKey"]
        floats = dict.fromkeys(table.select_dtypes("float"), 6)
        ordered = table.sort_values(key).round(floats)
        ordered.to_csv(package.path(name), index=False, date_format="%Y-%m-%d")


if __name__ == "__main__":
    main(sys.argv[1:])
