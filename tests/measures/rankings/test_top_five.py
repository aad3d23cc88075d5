"""Four of the top five: one week judged by hand under several readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache

import pandas as pd
import pytest
from small_hub import GEMMA, LLAMA, MISTRAL, NOBODY, QWEN, registry, trending

from openrace.measures import rankings
from openrace.measures.rankings.top_five import READINGS, RULES

CHINESE = [f"{QWEN}-{i}" for i in range(5)]
FOUR = [*CHINESE[:4], LLAMA]
THREE = [*CHINESE[:3], LLAMA, GEMMA]
WEEK = [f"2026-07-{day:02d}" for day in range(6, 13)]  # Monday to Sunday


def judged(days: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Judge the weeks of daily lists under every reading."""
    return _judged(tuple((day, tuple(models)) for day, models in days.items()))


@cache
def _judged(days: tuple[tuple[str, tuple[str, ...]], ...]) -> pd.DataFrame:
    return rankings.four_of_five_readings(trending(dict(days)), registry())


def verdicts(lists: list[list[str]], bloc: str = "China", **facets: str) -> dict[str, object]:
    """Judge one week of daily lists, by rule."""
    readings = judged(dict(zip(WEEK, lists, strict=False)))
    facets = {"scope": "language", "unknown": "takes a place", "attribution": "lineage"} | facets
    rows = readings[readings["bloc"] == bloc]
    for facet, value in facets.items():
        rows = rows[rows[facet] == value]
    return rows.set_index("rule")["counts"].to_dict()


def test_four_days_of_seven_count_by_days_and_not_by_the_mean() -> None:
    # Four of five on four days, three on three: 25 / 7 = 3.57 on average, three on the last day.
    # Points of the week: the fourth Chinese model has 4 days x 2, Gemma has 3 days x 1.
    found = verdicts([FOUR] * 4 + [THREE] * 3)
    assert found == {
        "most days": True,
        "mean of the days": False,
        "last day": False,
        "any day": True,
        "the week's five": True,
    }


def test_half_of_the_days_is_not_most_of_them() -> None:
    assert verdicts([FOUR] * 3 + [THREE] * 3)["most days"] is False


def test_an_unknown_model_takes_a_place_or_is_left_out() -> None:
    day = [*CHINESE[:3], NOBODY, LLAMA, CHINESE[3]]
    assert verdicts([day] * 7)["most days"] is False
    assert verdicts([day] * 7, unknown="left out")["most days"] is True


def test_days_with_fewer_than_five_models_are_not_used_and_three_days_are_no_week() -> None:
    short = FOUR[:4]
    assert verdicts([FOUR] * 4 + [short] * 3)["mean of the days"] is True
    assert set(verdicts([FOUR] * 3 + [short] * 4).values()) == {None}


def test_incomplete_days_are_told_even_in_weeks_not_judged() -> None:
    days = dict(zip(WEEK, [FOUR] * 3 + [FOUR[:4]] * 4, strict=True))
    told = rankings.four_of_five_numbers(judged(days))
    values = {n.id: n.value for n in told}
    assert values["rankings.four_of_five_weeks.incomplete_days"] == 4
    assert values["rankings.four_of_five_weeks.share"] is None


def test_the_same_rule_is_applied_to_the_united_states() -> None:
    american = [f"{LLAMA}-{i}" for i in range(4)]
    lists = [[*american, MISTRAL]] * 7
    assert set(verdicts(lists, bloc="United States").values()) == {True}
    assert set(verdicts(lists).values()) == {False}


def test_the_share_stands_between_its_lowest_and_highest_reading() -> None:
    second = [f"2026-07-{day:02d}" for day in range(13, 20)]
    days = dict(zip([*WEEK, *second], [FOUR] * 7 + [THREE] * 7, strict=True))
    told = rankings.four_of_five_numbers(judged(days))
    values = {n.id: n.value for n in told}
    assert values["rankings.four_of_five_weeks.share"] == 0.5
    assert values["rankings.four_of_five_weeks.weeks"] == 2
    assert values["rankings.four_of_five_weeks.share.low"] == 0.5
    assert values["rankings.four_of_five_weeks.readings"] == 2 * len(READINGS)


def test_the_figure_leads_with_the_first_reading_and_shows_how_many_agree() -> None:
    days = dict(zip(WEEK, [FOUR] * 4 + [THREE] * 3, strict=True))
    weeks = rankings.four_of_five(judged(days)).set_index("attribution")
    assert asdict(READINGS[0])["rule"] == "most days"
    assert bool(weeks.loc["lineage", "counts"])
    assert weeks.loc["lineage", "agree"] == pytest.approx(3 / 5)  # three of the five rules
    assert weeks.loc["lineage", "among_five"] == pytest.approx(25 / 7)


def test_order_and_copies_of_rows_change_nothing() -> None:
    table = trending(dict(zip(WEEK, [FOUR, THREE] * 3, strict=False)))
    copied = pd.concat([table.iloc[::-1], table.iloc[:3]])
    first, second = (rankings.four_of_five_readings(t, registry()) for t in (table, copied))
    pd.testing.assert_frame_equal(first, second)


def test_every_reading_is_tried_once() -> None:
    assert len(set(READINGS)) == len(READINGS) == 3 * 2 * len(RULES)


def test_nothing_observed_is_an_empty_table_with_its_columns() -> None:
    readings = judged({})
    assert readings.empty
    assert {"week", "attribution", "counts", "agree"} <= set(rankings.four_of_five(readings))
    assert rankings.four_of_five_shares(readings).empty
    assert {n.value for n in rankings.four_of_five_numbers(readings)} == {None}


def test_four_are_held_exactly_when_most_days_have_four() -> None:
    # Three, three, five, five: half of the days have four, which is not most of them; a mean or
    # a median between the middle days would say four.
    five = CHINESE[:5]
    for lists, held in (
        ([THREE, THREE, five, five], 3),
        ([THREE, THREE, five, five, FOUR], 4),
        ([FOUR] * 4 + [THREE] * 3, 4),
        ([five] * 4 + [THREE] * 3, 5),
    ):
        days = dict(zip(WEEK, lists, strict=False))
        weeks = rankings.four_of_five(judged(days)).set_index("attribution")
        assert weeks.loc["lineage", "held"] == held
        assert weeks.loc["lineage", "counts"] == (held >= 4)


def test_the_figure_holds_weeks_and_every_reading_with_the_leading_one_marked() -> None:
    days = dict(zip(WEEK, [FOUR] * 7, strict=True))
    both = rankings.four_of_five_figure(judged(days))
    assert both["part"].value_counts().to_dict() == {"weeks": 2, "readings": 2 * len(READINGS)}
    leading = both[both["leads"].fillna(False)]
    assert leading["attribution"].tolist() == ["lineage", "publisher"]
    assert set(leading["rule"]) == {READINGS[0].rule}
    assert rankings.four_of_five_figure(judged({})).empty
