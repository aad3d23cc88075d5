"""A planted break is found, none is found in noise, and a trend is not taken for a break."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from openrace.measures.moment import breaks

TRIES = range(30)


@pytest.fixture(autouse=True)
def _fewer_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge each of the many series by fewer draws: p is then coarser, and no less true."""
    monkeypatch.setattr(breaks, "DRAWS", 199)


def counts(rates: np.ndarray, seed: int) -> pd.Series:
    return pd.Series(np.random.default_rng(seed).poisson(rates))


def step(before: float, after: float, at: int = 18, months: int = 36) -> np.ndarray:
    return np.where(np.arange(months) < at, before, after)


def share_below(rates: np.ndarray, model: str, level: float = 0.05) -> float:
    return float(np.mean([breaks.find(counts(rates, i), model).p < level for i in TRIES]))


def test_a_planted_break_is_found_in_its_month() -> None:
    found = [breaks.find(counts(step(3, 20), i), "step") for i in TRIES]
    assert np.median([b.at for b in found]) == 18
    assert np.mean([b.low <= 18 <= b.high for b in found]) >= 0.85
    assert np.mean([b.p < 0.05 for b in found]) == 1
    assert 4 < np.median([b.change for b in found]) < 10


@pytest.mark.parametrize("model", breaks.MODELS)
def test_no_break_is_found_in_noise_more_often_than_the_level_says(model: str) -> None:
    assert share_below(step(5, 5), model) <= 0.15  # 0.05 expected, and chance over 30 tries


def test_steady_growth_is_a_break_to_the_step_and_none_to_the_trend() -> None:
    growth = np.linspace(2, 14, 36)
    assert share_below(growth, "step") >= 0.9
    assert share_below(growth, "trend") <= 0.15


def test_a_break_is_found_on_a_trend_too() -> None:
    assert share_below(np.linspace(2, 6, 36) + step(0, 25), "trend") >= 0.9


def test_a_doubling_from_one_a_month_is_mostly_missed() -> None:
    """The power of the tests, as the limit of the figure states it."""
    assert share_below(step(1, 2), "step") < 0.6


def test_dependence_between_months_does_not_pass_for_a_break() -> None:
    draws = np.random.default_rng(3)
    found = []
    for _ in TRIES:
        noise = np.convolve(draws.normal(size=38), np.ones(3) / 3, mode="valid")
        found.append(breaks.find(pd.Series(np.maximum(8 + 4 * noise, 0)), "step").p < 0.05)
    assert np.mean(found) <= 0.25


def test_the_same_series_gives_the_same_answer() -> None:
    series = counts(step(3, 6), 1)
    assert breaks.find(series) == breaks.find(series)


@pytest.mark.parametrize("series", [pd.Series([1, 2] * 11), pd.Series([3] * 36)])
def test_no_break_is_looked_for_where_there_is_too_little(series: pd.Series) -> None:
    assert breaks.find(series) is None
