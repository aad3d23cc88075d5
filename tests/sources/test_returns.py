"""From returns that may not be passed on to statistics that may."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from openrace import store
from openrace.sources import returns as source

STOCKS = pd.DataFrame({"ticker": ["A", "B"], "business": ["chips", "power"]})


@pytest.fixture(scope="module")
def returns() -> pd.DataFrame:
    """A sample of trading days with a market, two stocks, and a stock listed late."""
    days = pd.bdate_range("2024-01-02", "2025-03-31", name="date")
    draws = np.random.default_rng(7).normal(size=(len(days), 3))
    table = pd.DataFrame(draws, days, columns=["SPY", "A", "B"])
    table["A"] += 0.5 + 2 * table["SPY"]
    table.loc[: pd.Timestamp("2024-06-30"), "B"] = np.nan
    return source.with_portfolios(table, STOCKS)


def test_a_portfolio_is_the_mean_of_those_that_are_listed(returns: pd.DataFrame) -> None:
    first, last = returns.iloc[0], returns.iloc[-1]
    assert first["all stocks"] == first["A"] == first["chips"]
    assert last["all stocks"] == pytest.approx((last["A"] + last["B"]) / 2)


@pytest.mark.parametrize("window", source.WINDOWS)
def test_the_moments_give_the_line_that_a_fit_to_the_days_gives(
    returns: pd.DataFrame, window: int
) -> None:
    event = source.EVENTS[-1]
    days = returns[returns.index < event].iloc[-source.GAP - window : -source.GAP]
    slope, constant = np.polyfit(days["SPY"], days["A"], 1)
    made = source.market_moments(returns).set_index(["event", "window", "series"])
    row = made.loc[(event, window, "A")]
    assert row["cross_products"] / row["market_squares"] == pytest.approx(slope)
    assert row["mean"] - slope * row["market_mean"] == pytest.approx(constant)
    assert (row["days"], row["last"]) == (window, days.index[-1])


def test_a_stock_listed_late_is_fitted_to_the_days_it_has(returns: pd.DataFrame) -> None:
    made = source.market_moments(returns).set_index(["event", "window", "series"])
    row = made.loc[(source.EVENTS[0], 200, "B")]
    assert row["days"] < 200
    assert row["first"] == pd.Timestamp("2024-07-01")
    assert len(made) == len(source.EVENTS) * len(source.WINDOWS) * 5


def test_a_histogram_holds_every_day_once(returns: pd.DataFrame) -> None:
    bins = source.histogram(returns).groupby(["series", "statistic"])["days"].sum()
    assert bins[("A", "return")] == bins[("A", "abnormal")] == len(returns)
    assert bins[("B", "return")] == returns["B"].count()
    assert ("SPY", "abnormal") not in bins.index


def test_ranks_count_from_the_lowest(returns: pd.DataFrame) -> None:
    ranked = source.ranks(returns)
    rows = ranked[(ranked["series"] == "A") & (ranked["statistic"] == "return")]
    assert rows.sort_values("value")["rank"].is_monotonic_increasing
    assert rows.set_index("rank").loc[1, "value"] == returns["A"].min()
    assert set(source.EVENTS) <= set(rows["day"])


def test_abnormal_returns_of_all_days_add_up_to_nothing(returns: pd.DataFrame) -> None:
    residuals = {name: v for name, kind, v in source.statistics(returns) if kind == "abnormal"}
    assert residuals["A"].sum() == pytest.approx(0)
    assert (residuals["A"] * returns["SPY"]).sum() == pytest.approx(0)


def test_the_book_publishes_event_windows_and_no_series() -> None:
    days = store.load("market_returns")["date"].unique()
    assert len(days) <= len(source.EVENTS) * (source.FOLLOWING + 1)
    ranks = store.load("market_ranks").groupby(["series", "statistic"]).size()
    assert ranks.max() <= 2 * source.EXTREMES + len(source.EVENTS)
