"""Chance of days: blocks are drawn whole, and ranks that could flip say so."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from small_hub import GEMMA, LLAMA, NOBODY, QWEN, registry, trending

from openrace.measures import rankings
from openrace.measures.rankings.uncertainty import block_means


def june(lists: list[list[str]]) -> object:
    days = {f"2026-06-{i:02d}": models for i, models in enumerate(lists, start=1)}
    return rankings.listed(trending(days), registry())


def test_a_weekly_rhythm_is_no_noise_when_whole_weeks_are_drawn() -> None:
    # Single days drawn on their own would vary; blocks of seven all hold the same week.
    weeks = np.tile(np.arange(7.0), 4)[:, None]
    assert block_means(weeks).std() == pytest.approx(0)


def test_a_slow_swing_is_more_noise_than_single_days_would_show() -> None:
    swing = np.repeat([0.0, 1.0, 0.0, 1.0], 7)[:, None]
    single_days = swing.std() / np.sqrt(len(swing))
    assert block_means(swing).std() > 1.5 * single_days


@given(
    arrays.arrays(
        float, st.tuples(st.integers(1, 31), st.integers(1, 3)), elements=st.floats(0, 30)
    )
)
def test_redrawn_means_stay_among_the_days_and_are_the_same_again(daily) -> None:
    means = block_means(daily, draws=50)
    assert (means >= daily.min(axis=0) - 1e-9).all()
    assert (means <= daily.max(axis=0) + 1e-9).all()
    assert (means == block_means(daily, draws=50)).all()


def test_the_interval_holds_the_mean_and_closes_when_no_day_differs() -> None:
    steady = rankings.slot_intervals(june([[QWEN, LLAMA]] * 30)).query("bloc == 'China'")
    assert steady[["slots", "low", "high"]].to_numpy().tolist() == [[1, 1, 1]] * 2
    moving = [[QWEN, LLAMA], [QWEN, f"{QWEN}-x"], [LLAMA, GEMMA]] * 10
    row = rankings.slot_intervals(june(moving)).query("bloc == 'China' & attribution == 'lineage'")
    assert row["low"].item() < row["slots"].item() == 1 < row["high"].item()


def test_ranks_are_certain_when_days_never_disagree_and_open_when_they_do() -> None:
    certain = rankings.lab_ranks(
        june([[QWEN, f"{QWEN}-x", f"{QWEN}-y", LLAMA, f"{LLAMA}-x", GEMMA]] * 30)
    )
    assert certain["lab"].tolist() == ["Alibaba", "Meta", "Google"]
    assert certain["rank_low"].tolist() == certain["rank_high"].tolist() == [1, 2, 3]
    even = rankings.lab_ranks(june([[QWEN], [LLAMA], [LLAMA], [QWEN]] * 7 + [[QWEN], [LLAMA]]))
    assert even["rank"].tolist() == [1, 1]
    assert even[["rank_low", "rank_high"]].to_numpy().tolist() == [[1, 2], [1, 2]]


def test_a_day_without_a_lab_counts_as_none_and_unknown_is_no_lab() -> None:
    ranks = rankings.lab_ranks(june([[QWEN, NOBODY]] * 15 + [[NOBODY]] * 15))
    assert ranks["lab"].tolist() == ["Alibaba"]
    assert ranks["slots"].tolist() == [0.5]


def test_nothing_observed() -> None:
    for table in (rankings.slot_intervals(june([])), rankings.lab_ranks(june([]))):
        assert table.empty
        assert {"slots", "low", "high"} <= set(table)


def test_the_numbers_name_the_first_lab_and_count_who_could_be_first_or_second() -> None:
    def told(lists: list[list[str]]) -> dict[str, object]:
        return {
            n.id.removeprefix("rankings.lab_ranks."): n.value
            for n in rankings.lab_rank_numbers(june(lists))
        }

    certain = told([[QWEN, f"{QWEN}-x", f"{QWEN}-y", LLAMA, f"{LLAMA}-x", GEMMA]] * 30)
    assert certain["first"] == "Alibaba"
    assert (certain["labs"], certain["first.slots"], certain["first.rank_high"]) == (3, 3.0, 1)
    assert (certain["could_lead"], certain["could_be_second"]) == (1, 1)
    even = told([[QWEN], [LLAMA], [LLAMA], [QWEN]] * 7 + [[QWEN], [LLAMA]])
    assert (even["could_lead"], even["could_be_second"], even["first.rank_high"]) == (2, 2, 2)
    assert set(told([]).values()) == {None}
