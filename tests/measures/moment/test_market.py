"""The event study, worked by hand on five days, and on the returns that are published."""

from __future__ import annotations

import csv
import math

import pandas as pd
import pytest

from openrace import package, store
from openrace.measures.moment import market
from openrace.numbers import Number

EVENT = pd.Timestamp("2025-01-27")
NEXT = pd.Timestamp("2025-01-28")

# Estimation: the market returns -1, 0, 1, 2, -2 and the stock 1 + 2 times that, with residuals
# 1, -2, 1, 0, 0, which add up to nothing and have nothing to do with the market. So the constant
# is 1, the slope 2, and the residual's variance 6 / (5 - 2) = 2.
MOMENTS = pd.DataFrame(
    {
        "event": EVENT,
        "window": 60,
        "series": ["NVDA"],
        "days": 5,
        "first": pd.Timestamp("2025-01-02"),
        "last": pd.Timestamp("2025-01-08"),
        "mean": 1.0,
        "market_mean": 0.0,
        "market_squares": 10.0,
        "cross_products": 20.0,
        "squares": 46.0,
    }
)
RETURNS = pd.DataFrame(
    [(EVENT, "SPY", -5.0), (EVENT, "NVDA", -20.0), (NEXT, "SPY", 3.0), (NEXT, "NVDA", 6.0)],
    columns=["date", "series", "return"],
)
STOCKS = pd.DataFrame({"ticker": ["NVDA"], "name": ["Nvidia"], "business": ["chips"]})
RANKS = pd.DataFrame(
    [(EVENT, "NVDA", "return", 1, 500), (EVENT, "SPY", "return", 31, 500)],
    columns=["day", "series", "statistic", "rank", "of"],
)


def nvidia(days: pd.DataFrame) -> pd.Series:
    return market.abnormal(days, market.market_models(MOMENTS, EVENT, 60)).loc["NVDA"]


def test_the_market_model_is_what_paper_and_pencil_give() -> None:
    model = market.market_models(MOMENTS, EVENT, 60).loc["NVDA"]
    assert (model["constant"], model["slope"]) == (1, 2)
    assert model["error"] == pytest.approx(math.sqrt(2))


def test_the_abnormal_return_and_its_error_are_those_of_a_forecast() -> None:
    day = nvidia(market.spans(RETURNS, EVENT)["day"])
    assert day["abnormal"] == -20 - (1 + 2 * -5)
    assert day["se"] == pytest.approx(math.sqrt(2 * (1 + 1 / 5 + 25 / 10)))
    assert day["low"] == pytest.approx(-11 - 1.96 * math.sqrt(7.4))


def test_days_added_up_share_the_error_of_one_model() -> None:
    both = nvidia(market.spans(RETURNS, EVENT)["with_after"])
    assert both["abnormal"] == -14 - (2 * 1 + 2 * -2)
    assert both["se"] == pytest.approx(math.sqrt(2 * (2 + 4 / 5 + 4 / 10)))


def test_the_market_itself_has_a_return_and_nothing_beyond_it() -> None:
    table = market.study(RETURNS, MOMENTS, RANKS, STOCKS, EVENT, 60)
    assert table["series"].tolist() == ["SPY", "NVDA"]
    assert table["abnormal"].isna().tolist() == [True, False]
    assert table["rank"].tolist() == [31, 1]


@pytest.fixture(scope="module")
def told() -> dict[str, Number]:
    names = ("market_returns", "market_moments", "market_ranks", "stocks")
    return {n.id: n for n in market.numbers(*map(store.load, names), EVENT, 120)}


def test_the_day_as_the_newspapers_had_it(told: dict[str, Number]) -> None:
    # close of 142.62 on Friday, 118.42 on Monday
    assert told["moment.nvda_return"].value == pytest.approx(118.42 / 142.62 - 1, abs=2e-4)
    assert told["moment.spy_return"].text == "−1.4\u00a0%"


def test_nvidia_beyond_the_market_recomputed_without_pandas(told: dict[str, Number]) -> None:
    def rows(name: str) -> list[dict[str, str]]:
        with package.path(name).open(encoding="utf-8") as file:
            return list(csv.DictReader(file))

    fit = next(
        r
        for r in rows("market_moments")
        if (r["event"], r["window"], r["series"]) == ("2025-01-27", "120", "NVDA")
    )
    day = {
        r["series"]: float(r["return"]) for r in rows("market_returns") if r["date"] == fit["event"]
    }
    slope = float(fit["cross_products"]) / float(fit["market_squares"])
    expected = float(fit["mean"]) + slope * (day["SPY"] - float(fit["market_mean"]))
    assert told["moment.nvda_abnormal"].value == pytest.approx((day["NVDA"] - expected) / 100)


def test_every_stock_has_one_business_and_a_row() -> None:
    stocks = store.load("stocks")
    names = ("market_returns", "market_moments", "market_ranks")
    table = market.study(*map(store.load, names), stocks, EVENT, 120)
    assert set(table["series"]) == {*stocks["ticker"], "SPY", "QQQ"}
    assert len(stocks) == 24
    assert table.dropna(subset="abnormal")["se"].gt(0).all()


def test_windows_end_before_the_release_that_they_are_to_judge() -> None:
    moments = store.load("market_moments")
    late = moments[moments["event"] == EVENT]
    assert (late["last"] < pd.Timestamp("2025-01-20")).all()


def test_a_longer_window_moves_the_answer_less_than_chance(told: dict[str, Number]) -> None:
    own, windows = told["moment.nvda_abnormal"], told["moment.nvda_abnormal.windows"]
    assert own.low < windows.low <= windows.high < own.high


def test_the_week_before_is_no_part_of_the_day_nor_of_what_followed(
    told: dict[str, Number],
) -> None:
    returns = store.load("market_returns")
    parts = market.spans(returns, EVENT)
    days = {name: set(rows["date"]) for name, rows in parts.items()}
    assert [len(days[k]) for k in ("before", "day", "after", "with_after")] == [4, 1, 10, 11]
    assert not days["before"] & days["with_after"]
    assert days["day"] | days["after"] == days["with_after"]


def test_before_the_day_was_observed_nothing_is_told_and_nothing_breaks() -> None:
    early = pd.Timestamp("2024-12-26")
    names = ("market_returns", "market_moments", "market_ranks")
    tables = [store.load(name, early.date()) for name in names]
    told = market.numbers(*tables, store.load("stocks"), EVENT, 120)
    day = {n.id: n.value for n in told}
    assert day["moment.nvda_abnormal"] is None
    assert day["moment.stocks.below"] is None
    assert market.study(*tables, store.load("stocks"), EVENT, 120).empty
    assert market.path(*tables[:2], store.load("stocks"), EVENT, 120).empty
    assert {n.id for n in told} == {n.id for n in _told(EVENT)}


def _told(event: pd.Timestamp) -> list[Number]:
    names = ("market_returns", "market_moments", "market_ranks", "stocks")
    return market.numbers(*map(store.load, names), event, 60)


def test_a_path_ends_where_its_parts_add_up(told: dict[str, Number]) -> None:
    names = ("market_returns", "market_moments", "stocks")
    path = market.path(*map(store.load, names), EVENT, 120)
    last = path[(path["series"] == "power") & (path["date"] == path["date"].max())]
    parts = [told[f"moment.power_abnormal.{v}"].value for v in ("release_week", "with_ten_days")]
    assert last["abnormal"].item() / 100 == pytest.approx(sum(parts))
