"""Restrictions: what stands on a day, and whether a private firm is reached."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from openrace import store
from openrace.measures.adoption import restrictions
from openrace.numbers import Number

FIELDS = ["date", "label", "jurisdiction", "kind", "reach", "status", "ended", "private_use"]


def acts(*rows: tuple[str | None, ...]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=FIELDS)
    days = pd.to_datetime(table["date"])
    words = dict.fromkeys(("binds", "whom", "confidence", "note", "url"), "x")
    return table.assign(date=days, until=days, ended=pd.to_datetime(table["ended"]), **words)


TOY = acts(
    ("2025-01-16", "list", "US", "export control", "exports", "in force", None, "no"),
    ("2025-01-29", "bill", "US", "bill", "firms", "proposed", None, "if passed"),
    ("2025-02-15", "app", "KR", "ban", "consumers", "lifted", "2025-04-28", "no"),
    ("2025-12-18", "act", "US", "law", "government", "in force", None, "government work"),
    ("2026-06-30", "talk", "US-TX", "ban", "firms", "unconfirmed", None, "no"),
)


def told(table: pd.DataFrame) -> Mapping[str, Number]:
    found = restrictions.numbers(table)
    return {n.id.removeprefix("adoption.restrictions."): n for n in found}


def test_what_is_proposed_lifted_or_unconfirmed_binds_nobody() -> None:
    binding = told(TOY)["binding"]
    assert (binding.value, binding.low, binding.high) == (2, 2, 3)


def test_a_ban_stands_until_the_day_it_was_lifted() -> None:
    early = TOY[TOY["date"] <= "2025-03-01"]
    table = restrictions.restrictions(early).set_index("label")
    assert table.loc["app", "status"] == "in force"
    assert told(early)["binding"].value == 2
    late = restrictions.restrictions(TOY).set_index("label")
    assert (late.loc["app", "status"], late.loc["app", "stands"]) == ("lifted", "eased")


def test_bills_and_work_for_a_government_are_not_a_firms_own_use() -> None:
    numbers = told(TOY)
    assert numbers["private_use"].value == 0
    assert numbers["private_use.government_work"].value == 1
    assert numbers["private_use.if_passed"].value == 1
    forbidden = TOY.assign(private_use="yes")
    assert told(forbidden)["private_use"].value == 2


def test_states_are_counted_with_their_country() -> None:
    assert told(TOY)["us"].value == 4


def test_without_rows_every_id_is_told_and_none_has_a_value() -> None:
    numbers = told(TOY.iloc[:0])
    assert {n.value for n in numbers.values()} == {None}
    assert set(numbers) == set(told(TOY))
    assert restrictions.restrictions(TOY.iloc[:0]).empty


def test_the_book_knows_no_act_in_force_on_private_use() -> None:
    for day in (None, date(2025, 3, 1)):
        table = store.load("restrictions", day)
        assert told(table)["private_use"].value == 0
        assert not ((table["status"] == "in force") & (table["private_use"] == "if passed")).any()


def test_acts_of_both_lists_have_the_same_days() -> None:
    events = store.load("policy_events").set_index("label")["date"]
    ours = store.load("restrictions").set_index("label")["date"]
    same = {
        "No Adversarial AI Act": "No Adversarial AI Act",
        "H200 rule eased": "H200-class chips: case by case",
    }
    for event, act in same.items():
        assert events[event] == ours[act]
