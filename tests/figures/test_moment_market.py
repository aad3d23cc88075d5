"""Figures of the market and of releases: true words for any day, and labels in their places."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pandas as pd
import pytest
from drawn import spec

from openrace import figures, store
from openrace.figures import render, theme
from openrace.figures.moment.market import _moved, _ordinal
from openrace.measures.moment import market, releases
from openrace.numbers import Number
from openrace.sources.returns import EVENTS

WIDTHS = (theme.WIDE, theme.NARROW)
IDS = ("moment-market", "moment-aftermath", "moment-days")


@cache
def stand(event: pd.Timestamp) -> tuple[dict[str, pd.DataFrame], dict[str, Number]]:
    names = ("market_returns", "market_moments", "market_ranks", "stocks")
    returns, moments, ranks, stocks = map(store.load, names)
    drawn = (
        market.study(returns, moments, ranks, stocks, event, 120),
        market.path(returns, moments, stocks, event, 120),
        market.placebo(store.load("market_days"), ranks, event),
    )
    told = market.numbers(returns, moments, ranks, stocks, event, 120)
    return dict(zip(IDS, drawn, strict=True)), {n.id: n for n in told}


@cache
def drawing(id: str, event: pd.Timestamp, width: int) -> str:
    tables, told = stand(event)
    return render.svg(spec(id, tables[id], told, width), "p")


@pytest.fixture(scope="module", params=EVENTS, ids=lambda e: f"{e:%Y-%m-%d}")
def day(request: pytest.FixtureRequest) -> Any:
    return request.param


def of(value: float, unit: str = "return") -> Number:
    return Number.of("moment.x", value, unit, "an example", ("market_returns",))


def test_a_return_is_told_by_its_direction() -> None:
    assert _moved(of(-0.17)) == "fell 17.0\u00a0%"
    assert _moved(of(0.012)) == "rose 1.2\u00a0%"
    assert _moved(of(-0.0002)) == "hardly moved"


@pytest.mark.parametrize(
    ("rank", "words"),
    [(1, "the worst"), (2, "the 2nd worst"), (31, "the 31st worst"), (12, "the 12th worst")],
)
def test_a_rank_is_told_from_the_worst(rank: int, words: str) -> None:
    assert _ordinal(of(rank, "count"), of(539, "count")) == words


def test_a_rank_in_the_upper_half_is_told_from_the_best() -> None:
    assert _ordinal(of(539, "count"), of(539, "count")) == "the best"
    assert _ordinal(of(537, "count"), of(539, "count")) == "the 3rd best"


@pytest.mark.parametrize("id", IDS)
def test_words_are_true_and_whole_on_every_published_day(id: str, day: Any) -> None:
    plan, told = figures.plan(id), stand(day)[1]
    for words in (plan.title(told), plan.subtitle(told), plan.alt(told)):
        assert not re.search(r"\b(nan|None|not observed)\b|--|−−", words), words
    assert told["moment.event_date"].text in plan.title(told) + plan.subtitle(told)


@pytest.mark.parametrize("id", IDS)
@pytest.mark.parametrize("width", WIDTHS)
def test_a_drawing_fits_on_every_published_day(id: str, width: int, day: Any) -> None:
    drawn = drawing(id, day, width)
    assert float(re.search(r'width="([\d.]+)"', drawn)[1]) <= (760 if width > 400 else 360)
    assert "NaN" not in drawn


def test_every_stock_is_a_labelled_row_in_both_widths() -> None:
    for width in WIDTHS:
        drawn = drawing("moment-market", EVENTS[-1], width)
        for name in store.load("stocks")["name"]:
            assert name in drawn, name


TESTED = pd.DataFrame(
    {
        "list": ["epoch", "catalogue"],
        "bloc": "China",
        "unit": "launches",
        "model": "step",
        "months": 30,
        "count": 40,
        "break": pd.to_datetime(["2024-11-01", "2025-07-01"]),
        "low": pd.to_datetime(["2024-03-01", "2025-05-01"]),
        "high": pd.to_datetime(["2025-10-01", "2025-09-01"]),
        "p": [0.2, 0.001],
        "change": [1.5, 4.0],
        "r1_inside": [True, False],
    }
)


def months() -> pd.DataFrame:
    spans = pd.date_range("2024-01-01", "2025-12-01", freq="MS")
    rows = [
        (name, bloc, month, 1 + (bloc == "China") * (month.year == 2025), 5)
        for name in ("epoch", "catalogue")
        for bloc in ("China", "United States")
        for month in spans
    ]
    return pd.DataFrame(rows, columns=["list", "bloc", "month", "launches", "models"])


@pytest.mark.parametrize("width", WIDTHS)
def test_a_break_is_drawn_whole_only_where_chance_is_small(width: int) -> None:
    table = releases.figure(releases.quarterly(months()), TESTED)
    told = {n.id: n for n in releases.numbers(months(), TESTED)}
    plan = figures.plan("moment-releases")
    drawn = render.svg(spec(plan.id, table, told, width), "p")
    assert "Nov 2024, p 0.20" in drawn
    assert "Jul 2025, p 0.001" in drawn
    assert 'stroke-dasharray="2,3"' in drawn
    assert "rose from 1.0 to 2.0 a month" in plan.title(told)
    assert "no date is identified" in plan.title(told)


def test_the_title_of_the_breaks_counts_them_and_says_none_where_there_is_none() -> None:
    told = {n.id: n for n in releases.numbers(months(), TESTED)}
    title = figures.plan("moment-breaks").title(told)
    assert title.startswith("1 of 2 tests")
    assert title.endswith("none once a steady trend is allowed")
