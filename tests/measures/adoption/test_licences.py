"""Licences: what counts as free, by family and by release, and what is not known."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pytest

from openrace import store
from openrace.measures.adoption import licences
from openrace.numbers import Number

NONE = pd.DataFrame(
    columns=["table", "key_field", "key", "field", "was", "becomes", "reason"], dtype="str"
)


def terms(*rows: dict[str, object]) -> pd.DataFrame:
    plain: dict[str, object] = {
        "lab": "L", "country": "CN", "licence": "x", "osi_approved": "no", "users": pd.NA,
        "revenue": None, "revenue_per": None, "above": None, "must_name": "no", "excluded": None,
        "prohibited_uses": "no", "commercial_asks": "no", "text_read": "text", "listing": "listed",
        "confidence": "high", "note": "", "url": "https://a.example", "until": "2025-01-01",
    }  # fmt: skip
    table = pd.DataFrame([plain | {"family": str(i)} | row for i, row in enumerate(rows)])
    until = pd.to_datetime(table["until"])
    text = ("revenue_per", "above", "excluded")
    return table.assign(
        until=until,
        date=until,
        users=table["users"].astype("Int64"),
        revenue=table["revenue"].astype("float64"),
        **{name: table[name].astype("str") for name in text},
    )


def releases(*rows: tuple[str, str, str, str | None]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["model", "date", "country", "licence"])
    return table.assign(
        date=pd.to_datetime(table["date"]), access="open", licence=table["licence"].astype("str")
    )


TERMS = terms(
    {"osi_approved": "yes", "lab": "A", "until": "2024-01-01"},
    {"lab": "A", "above": "show name", "users": 100_000_000, "until": "2025-01-01"},
    {"lab": "B", "prohibited_uses": "yes", "until": "2024-01-01"},
    {"osi_approved": "yes", "lab": "B", "until": "2026-01-01", "listing": "added"},
)
RELEASES = releases(
    ("old", "2024-01-01", "CN", "own"),
    ("DeepSeek-R1", "2025-01-20", "CN", "MIT"),
    ("two sizes", "2025-02-01", "CN", "Apache-2.0 (72B: other)"),
    ("unread", "2025-03-01", "CN", None),
    ("both", "2025-04-01", "US", "MIT (repository file: Apache-2.0)"),
)


def told(known: pd.DataFrame, opened: pd.DataFrame) -> Mapping[str, Number]:
    found = licences.numbers(known, opened, NONE)
    return {n.id.removeprefix("adoption.licences."): n for n in found}


def bounds(number: Number) -> list[object]:
    return [number.value, number.low, number.high]


def test_the_share_by_family_swings_with_what_counts() -> None:
    share = told(TERMS, RELEASES)["unrestricted_share.cn.families"]
    # All: 2 of 4. First listed: 1 of 3. Newest of both labs: 1 of 2. Name only too: 3 of 4.
    assert bounds(share) == pytest.approx([0.5, 1 / 3, 0.75])


def test_what_was_not_read_widens_the_share_by_release() -> None:
    numbers = told(TERMS, RELEASES)
    share = numbers["unrestricted_share.cn.releases"]
    assert bounds(share) == pytest.approx([1 / 3, 0.25, 0.75])
    since = numbers["unrestricted_share.cn.releases_since_r1"]
    assert bounds(since) == pytest.approx([0.5, 1 / 3, 1])
    assert numbers["cn.releases.unknown"].value == 1
    assert numbers["unrestricted_share.us.releases"].value == 1


def test_a_side_without_families_has_a_count_of_none_and_no_share() -> None:
    numbers = told(TERMS, RELEASES)
    assert numbers["us.families"].value == 0
    assert numbers["unrestricted_share.us.families"].value is None


def test_conditions_are_told_whole() -> None:
    table = licences.licences(
        terms(
            {"users": 700_000_000, "above": "ask", "must_name": "yes", "excluded": "EU"},
            {"revenue": 2e7, "revenue_per": "month", "above": "show name", "must_name": "yes"},
            {"commercial_asks": "yes", "prohibited_uses": "yes"},
            {"osi_approved": "yes"},
        )
    )
    assert [text.replace("\u00a0", " ") for text in table["conditions"]] == [
        "above 700 million users: ask; must show its name; not for EU",
        "above US$ 20 million a month: show name",
        "any commercial use: ask; lists barred uses",
        "no conditions",
    ]


def test_without_rows_every_id_is_told_and_none_has_a_value() -> None:
    numbers = told(TERMS.iloc[:0], RELEASES.iloc[:0])
    assert {n.value for n in numbers.values()} == {None}
    assert set(numbers) == set(told(TERMS, RELEASES))
    assert licences.licences(TERMS.iloc[:0]).empty


def test_no_free_licence_of_the_book_sets_a_condition() -> None:
    table = licences.licences(store.load("licence_terms"))
    free = table[table["unrestricted"]]
    assert (free["limit"] == "").all()
    assert (free[["must_name", "prohibited_uses"]] == "no").all(axis=None)
    assert (table.loc[~table["unrestricted"], "conditions"] != "").all()
    assert set(free["licence"]) <= set(licences.UNCONDITIONAL)
