"""Frontiers: five points by hand, noise that can flip a place, and lists that disagree."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from openrace import capability, store
from openrace.measures.costs import crosswalk, frontier

NAMES = ("list_prices", "official_prices", "model_names", "price_hosts", "corrections")


def test_a_frontier_of_five_points_by_hand() -> None:
    scores = np.array([130.0, 140.0, 140.0, 150.0, 145.0])
    prices = np.array([1.0, 2.0, 3.0, 9.0, 9.0])
    # the third costs more than the second at its score, the fifth is worse at the fourth's price
    assert frontier.on_frontier(scores, prices).tolist() == [True, True, False, True, False]


def test_twins_count_both() -> None:
    twins = np.array([140.0, 140.0]), np.array([1.0, 1.0])
    assert frontier.on_frontier(*twins).all()


POINTS = arrays.arrays(float, st.integers(1, 8), elements=st.integers(1, 9))


@given(POINTS, st.floats(0.1, 10))
@settings(max_examples=50, deadline=None)
def test_a_scale_of_prices_changes_no_frontier_and_someone_is_always_on_it(scores, factor) -> None:
    prices = np.abs(scores - 5) + 1
    held = frontier.on_frontier(scores, prices)
    assert held.any()
    assert (held == frontier.on_frontier(scores, prices * factor)).all()


def test_without_noise_a_member_stays_and_with_noise_a_close_rival_takes_its_place() -> None:
    scores, prices = np.array([140.0, 140.2, 150.0]), np.array([1.0, 2.0, 3.0])
    assert frontier.stays(scores, prices, 0.0).tolist() == [1, 1, 1]
    noisy = frontier.stays(scores, prices, 1.0)
    assert noisy[0] == 1  # nothing is cheaper
    assert 0.45 < noisy[1] < 0.65  # better than the first by 0.2 with an error of 1.4
    assert noisy[2] > 0.99


def test_the_chance_that_one_side_is_unbeaten() -> None:
    rows = pd.DataFrame({"side": ["cn_open", "us_closed"], "score": 140.0, "price": [2.0, 1.0]})
    assert 0.45 < frontier.unbeaten_draws(rows, 1.0) < 0.55
    assert frontier.unbeaten_draws(rows.iloc[1:], 1.0) is None


@pytest.fixture(scope="module")
def stand() -> tuple[dict[str, pd.DataFrame], pd.DataFrame, pd.Timestamp, pd.DataFrame]:
    histories = crosswalk.histories(*(store.load(name, None) for name in NAMES))
    index, rest = store.load("capability_index", None), store.load("corrections", None)
    latest, earlier = capability.copies(index, rest, store.load("countries", None))
    return histories, latest, pd.Timestamp(index["date"].max()), earlier


def test_each_list_is_read_on_its_own_last_day(stand) -> None:
    table = frontier.frontier_figure(*stand[:3])
    days = table.groupby("source")["day"].first().dt.strftime("%Y-%m-%d").to_dict()
    assert days["litellm"] == "2026-03-01"
    assert days["tokencost"] == "2025-08-28"
    late = table[table["source"] == "tokencost"].merge(stand[1][["model", "released"]], on="model")
    assert late["released"].max() <= pd.Timestamp("2025-08-28")


def test_steps_climb_in_price_with_score_and_the_joint_members_are_members(stand) -> None:
    table = frontier.frontier_figure(*stand[:3])
    members = table[table["member"].astype(bool)]
    for _, rows in members.groupby(["source", "side"]):
        rows = rows.sort_values("score")
        assert rows["price"].is_monotonic_increasing
    assert table.loc[table["joint"].astype(bool), "member"].all()


def test_the_numbers_are_the_counts_of_the_table(stand) -> None:
    table = frontier.frontier_figure(*stand[:3])
    told = {n.id.removeprefix("costs.frontier."): n for n in frontier.numbers(*stand)}
    rows = table[(table["source"] == "models.dev") & table["member"].astype(bool)]
    assert told["models_dev.cn_models"].value == (rows["side"] == "cn_open").sum()
    assert told["models_dev.us_models"].value == (rows["side"] == "us_closed").sum()
    assert told["stable"].low <= told["stable"].value <= told["stable"].high
    assert told["agree"].value <= told["agree.two_lists"].value


def test_nothing_observed(stand) -> None:
    none = {name: history.iloc[:0] for name, history in stand[0].items()}
    models = stand[1].iloc[:0]
    assert frontier.frontier_figure(none, models, pd.NaT).empty
    told = frontier.numbers(none, models, pd.NaT, models)
    assert {n.value for n in told} == {None}
    assert {n.id for n in told} == {n.id for n in frontier.numbers(*stand)}
