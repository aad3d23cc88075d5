from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from openrace.errors import Refusal
from openrace.measures.incentives.investment import FIRMS
from openrace.parameters import RULES, check, observed_day, refuse_unknown
from openrace.sources.returns import EVENTS, WINDOWS

DAYS = [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 5)]


def test_values_come_back_in_their_own_types() -> None:
    given = {
        "as_of": "2026-04-30",
        "top_n": 10,
        "scope": "language",
        "attribution": "publisher",
        "window_days": 14,
        "event_date": "2025-01-21",
        "estimation_days": 60,
        "min_quality": 140.0,
        "score_noise": 2.0,
        "blend": 10.0,
        "quality_measure": "eci",
        "price_source": "litellm",
        "cache_share": 0.8,
        "token_multiple": 2.0,
        "success_weighting": "no",
        "gpu_hour_usd": 2.5,
        "throughput": 2000.0,
        "utilisation": 0.3,
        "firms": "Meta, Oracle",
        "population": "frontier",
    }
    assert check(given) == given | {"as_of": date(2026, 4, 30)}
    assert set(given) == set(RULES)  # a new parameter needs a line here


def test_every_firm_there_is_can_be_asked_for() -> None:
    assert check({"firms": "all"}) == {"firms": ", ".join(FIRMS)}


def test_latest_is_the_last_day_observed() -> None:
    assert check({"as_of": "latest"}) == {"as_of": None}
    assert observed_day(None, DAYS) == date(2026, 1, 5)


@pytest.mark.parametrize("day", DAYS)
def test_an_observed_day_is_taken_as_it_is(day: date) -> None:
    assert observed_day(day, DAYS) == day


def test_a_leap_day_is_a_day() -> None:
    assert check({"as_of": "2024-02-29"}) == {"as_of": date(2024, 2, 29)}


@pytest.mark.parametrize(
    ("name", "value", "exists"),
    [
        ("as_of", "2026-02-29", "a date like 2026-04-30"),
        ("as_of", "yesterday", "a date like 2026-04-30"),
        ("as_of", "", "a date like 2026-04-30"),
        ("as_of", None, "a date like 2026-04-30"),
        ("as_of", 7, "a date like 2026-04-30"),
        ("as_of", "2026-04-30T12:00:00Z", "a date like 2026-04-30"),
        ("top_n", 0, "a whole number from 1 to 30"),
        ("top_n", 31, "a whole number from 1 to 30"),
        ("top_n", -1, "a whole number from 1 to 30"),
        ("top_n", 10.0, "a whole number from 1 to 30"),
        ("top_n", "10", "a whole number from 1 to 30"),
        ("top_n", True, "a whole number from 1 to 30"),
        ("top_n", float("nan"), "a whole number from 1 to 30"),
        ("firms", "Apple", "names among Amazon, Alphabet"),
        ("firms", "", "names among Amazon, Alphabet"),
        ("event_date", "2025-01-28", "2024-12-26, 2025-01-21, 2025-01-27"),
        ("estimation_days", 100, "60, 120, 200"),
        ("estimation_days", "120", "60, 120, 200"),
        ("min_quality", "o2", "“o1” or a number from 0 to 300"),
        ("min_quality", float("nan"), "“o1” or a number from 0 to 300"),
        ("score_noise", -1, "a number from 0 to 10"),
        ("blend", True, "a number from 0 to 1000"),
        ("window_days", 0, "a whole number from 1 to 90"),
        ("window_days", None, "a whole number from 1 to 90"),
        ("scope", "everything", "all, language"),
        ("scope", "All", "all, language"),
        ("scope", ["all"], "all, language"),
        ("attribution", "country", "lineage, publisher"),
        ("attribution", None, "lineage, publisher"),
    ],
)
def test_an_impossible_value_is_refused_with_those_that_exist(
    name: str, value: Any, exists: str
) -> None:
    with pytest.raises(Refusal) as refused:
        check({name: value})
    said = str(refused.value)
    assert said.startswith(f"{name} is “{value}”")
    assert exists in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("day", "names"),
    [
        (date(2025, 12, 31), ["before the first day observed, 2026-01-01"]),
        (date(2026, 1, 6), ["after the last day observed, 2026-01-05"]),
        (date(2099, 1, 1), ["after the last day observed, 2026-01-05"]),
        (date(2026, 1, 3), ["not observed", "2026-01-02 and 2026-01-05"]),
        (date(2026, 1, 4), ["not observed", "2026-01-02 and 2026-01-05"]),
    ],
    ids=["before", "after", "future", "gap", "gap's end"],
)
def test_a_day_that_was_not_observed_is_refused_with_the_nearest(
    day: date, names: list[str]
) -> None:
    with pytest.raises(Refusal) as refused:
        observed_day(day, DAYS)
    assert all(name in str(refused.value) for name in [str(day), *names])


def test_a_misspelt_name_is_refused_with_those_that_exist() -> None:
    with pytest.raises(Refusal, match=r"The book has no parameter “as_off”; it has as_of, top_n\."):
        refuse_unknown(["top_n", "as_off"], ["as_of", "top_n"], "The book")


def test_known_names_pass() -> None:
    refuse_unknown(["top_n", "as_of"], ["as_of", "top_n"], "The book")


def test_the_days_that_can_be_studied_are_those_whose_returns_are_published() -> None:
    for event in EVENTS:
        assert check({"event_date": f"{event:%Y-%m-%d}"})
    for window in WINDOWS:
        assert check({"estimation_days": window})


def test_a_whole_number_is_a_number_and_a_word_is_itself() -> None:
    assert check({"min_quality": 140, "blend": 3}) == {"min_quality": 140.0, "blend": 3.0}
    assert check({"min_quality": "o1"}) == {"min_quality": "o1"}
