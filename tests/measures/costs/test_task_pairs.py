"""Pairs of like quality, on cases worked by hand, and what must leave ratios unchanged."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openrace.measures.costs import task_pairs
from openrace.measures.costs.task_pairs import CN_OPEN, US_CLOSED

# name, model, lab, side, quality, list, cost
TOY = [
    ("c", "C", "Zed", CN_OPEN, 50.0, 1.0, 0.2),
    ("d", "D", "DeepSeek", CN_OPEN, 60.0, 0.5, 0.1),
    ("u low", "U", "US Lab", US_CLOSED, 51.0, 4.0, 0.2),
    ("u high", "U", "US Lab", US_CLOSED, 60.0, 4.0, 0.8),
    ("v", "V", "US Lab", US_CLOSED, 52.0, 9.0, 1.8),
    ("far", "F", "US Lab", US_CLOSED, 90.0, 99.0, 99.0),
    ("open", "O", "US Lab", "other", 50.0, 0.1, 0.1),
]


def runs(rows: list[tuple[Any, ...]] = TOY, **columns: Any) -> pd.DataFrame:
    names = ["name", "model", "lab", "side", "quality", "list", "cost"]
    table = pd.DataFrame(rows, columns=names).assign(paid=math.nan, tokens=math.nan, **columns)
    return task_pairs.comparable(table)


def ratio(of: pd.DataFrame, measure: str, caliper: float = 3.0) -> float:
    found = task_pairs.compared(of, caliper, draws=20).set_index("measure")["ratio"]
    return float(found[measure])


def test_each_us_model_counts_once_at_its_nearest_run() -> None:
    # C meets U at 51 (4.0) and V at 52 (9.0): the median of 4 and 9 in logs is 6.
    # D meets U at 60 only: 8 times. Over models, the median of 6 and 8 in logs.
    assert ratio(runs(), "list") == pytest.approx(math.sqrt(6 * 8))
    # cost: C meets 1 and 9 times, so 3; D meets 8 times
    assert ratio(runs(), "attempted") == pytest.approx(math.sqrt(3 * 8))


def test_a_solved_task_costs_more_where_fewer_are_solved() -> None:
    only = [TOY[0], ("w", "W", "US Lab", US_CLOSED, 52.0, 4.0, 0.4)]
    assert ratio(runs(only), "attempted") == pytest.approx(2.0)
    assert ratio(runs(only), "solved") == pytest.approx(2.0 * 50 / 52)


def test_tokens_implied_are_what_the_cost_leaves_of_the_price() -> None:
    # list 4 times but cost 2 times: the Chinese run used twice the tokens
    only = [TOY[0], ("w", "W", "US Lab", US_CLOSED, 50.0, 4.0, 0.4)]
    assert ratio(runs(only), "implied") == pytest.approx(2.0)
    assert ratio(runs(only), "kept_attempted") == pytest.approx(0.5)


def test_runs_of_one_model_are_one_model() -> None:
    thinking = ("d think", "D", "DeepSeek", CN_OPEN, 60.0, 0.5, 0.4)  # 2 times, not 8
    both = task_pairs.grid(runs([*TOY, thinking]), 3.0)
    assert math.exp(task_pairs.point(both, "attempted")) == pytest.approx(math.sqrt(3 * 4))


def test_runs_too_far_apart_in_days_are_not_compared() -> None:
    days = pd.to_datetime(["2025-01-01"] * 2 + ["2025-03-01"] * 2 + ["2025-09-01"] * 3)
    assert ratio(runs(), "list") != pytest.approx(math.sqrt(4 * 8))
    found = task_pairs.compared(runs(date=days), 3.0, days=92, draws=20).set_index("measure")
    assert found.loc["list", "ratio"] == pytest.approx(math.sqrt(4 * 8))  # V is too late
    assert found.loc["list", "pairs"] == 2


UNSCALED = task_pairs.compared(runs(), 3.0, draws=20).set_index("measure")["ratio"]


@given(st.floats(0.001, 1000.0))
def test_scaling_all_prices_leaves_ratios(times: float) -> None:
    rows = [(*row[:5], row[5] * times, row[6] * times) for row in TOY]
    scaled = task_pairs.compared(runs(rows), 3.0, draws=20).set_index("measure")["ratio"]
    for measure in ("list", "attempted", "solved", "kept_solved"):
        assert scaled[measure] == pytest.approx(UNSCALED[measure])


def test_a_duplicate_effort_row_changes_nothing() -> None:
    again = [*TOY, TOY[0], TOY[2]]
    same = ("u low again", *TOY[2][1:])  # another name for a run that is equal in all else
    for rows in (again, [*TOY, same]):
        one, two = (task_pairs.compared(runs(r), 3.0, draws=50) for r in (TOY, rows))
        pd.testing.assert_frame_equal(one, two)


def test_without_deepseek_and_best_effort_leave_out_what_they_say() -> None:
    assert set(task_pairs.without_deepseek(runs())["model"]) == {"C", "U", "V", "F"}
    assert task_pairs.best_effort(runs()).query("model == 'U'")["name"].tolist() == ["u high"]


def test_the_interval_closes_when_every_pair_says_the_same_and_holds_the_ratio() -> None:
    equal = [("c", "C", "Z", CN_OPEN, 50.0, 1.0, 1.0), ("d", "D", "Z", CN_OPEN, 50.0, 1.0, 1.0)]
    equal += [(m, m, "U", US_CLOSED, 50.0, 3.0, 3.0) for m in ("u", "v", "w")]
    row = task_pairs.compared(runs(equal), 1.0).set_index("measure").loc["list"]
    assert [row["low"], row["ratio"], row["high"]] == pytest.approx([3.0] * 3)
    wide = task_pairs.compared(runs(), 3.0).set_index("measure").loc["list"]
    assert wide["low"] < wide["ratio"] < wide["high"]


def test_nothing_to_compare_is_no_ratio_and_no_warning() -> None:
    for rows in ([], TOY[:2], TOY[2:], [TOY[0], TOY[5]]):
        found = task_pairs.compared(runs(rows), 3.0, draws=20)
        assert found["ratio"].isna().all()
        assert (found["pairs"] == 0).all()


def test_runs_without_a_recorded_cost_are_left_out() -> None:
    free = [("n", "N", "Z", CN_OPEN, 50.0, 1.0, c) for c in (0.0, math.nan)]
    assert len(runs([*TOY, *free])) == len(runs())


def test_prices_paid_are_compared_only_where_both_are_known() -> None:
    table = runs(TOY[:4]).assign(paid=[0.5, math.nan, 3.0, 3.0])
    found = task_pairs.compared(task_pairs.comparable(table), 3.0, draws=20).set_index("measure")
    assert found.loc["paid", "ratio"] == pytest.approx(6.0)
    assert found.loc["list_paid", "ratio"] == pytest.approx(4.0)
    assert found.loc["paid", "cn_models"] == 1


def pair(quality: float, cost: float) -> pd.DataFrame:
    rows = [("c", "C", "Z", CN_OPEN, quality, 1.0, cost), ("u", "U", "U", US_CLOSED, 1.0, 1.0, 1.0)]
    return task_pairs.pairs(runs(rows))


@pytest.mark.parametrize(
    ("quality", "cost", "strict", "least"),
    [
        (0.85, 0.15, 1, 1),
        (0.8, 0.2, 1, 1),  # bounds belong to the box
        (0.9, 0.1, 1, 1),
        (0.95, 0.15, 0, 1),
        (0.85, 0.05, 0, 1),
        (0.79, 0.15, 0, 0),
        (0.85, 0.21, 0, 0),
        (1.0, 2.0, 0, 0),
    ],
)
def test_the_box_and_the_weak_reading(quality: float, cost: float, strict: int, least: int) -> None:
    found = task_pairs.shares(pair(quality, cost))
    assert (found["strict"], found["at_least"], found["pairs"]) == (strict, least, 1)
    counted = task_pairs.bins(pair(quality, cost))
    assert ((counted["quality"] == 0.8) & (counted["cheaper"] == 0.8)).any() == bool(strict)


def test_quality_counts_once_by_the_attempted_and_twice_by_the_solved_task() -> None:
    row = pair(0.8, 0.2).iloc[0]
    assert row["cheaper_attempted"] == pytest.approx(0.8)
    assert row["cheaper_solved"] == pytest.approx(1 - 0.2 / 0.8)


def test_what_is_dearer_shares_a_bin_and_so_does_what_is_far_better() -> None:
    assert task_pairs.bins(pair(3.0, 7.0)).iloc[0].tolist() == [1.4, -0.1, 1]


def test_the_best_us_run_is_the_cheapest_of_equals_and_never_a_later_one() -> None:
    rows = [
        ("c", "C", "Z", CN_OPEN, 0.5, 1.0, 0.1),
        ("dear", "U", "U", US_CLOSED, 0.8, 1.0, 2.0),
        ("cheap", "V", "U", US_CLOSED, 0.8, 1.0, 1.0),
        ("later", "W", "U", US_CLOSED, 0.9, 1.0, 1.0),
    ]
    days = pd.to_datetime(["2025-06-01", "2025-05-01", "2025-05-01", "2025-06-02"])
    found = task_pairs.best(task_pairs.pairs(runs(rows, date=days), before=183))
    assert found["name_us"].tolist() == ["cheap"]


def test_the_median_of_nothing_is_not_a_number() -> None:
    values = np.array([[1.0, np.nan, 3.0], [np.nan] * 3])
    assert task_pairs._median(values)[0] == 2.0
    assert np.isnan(task_pairs._median(values)[1])
