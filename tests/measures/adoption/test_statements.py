"""Statements: whose word counts, and what a count of them is not."""

from __future__ import annotations

import csv
from collections.abc import Mapping

import pandas as pd

from openrace import package, store
from openrace.measures.adoption import statements
from openrace.numbers import Number

FIELDS = [
    "date",
    "until",
    "firm",
    "kind",
    "says",
    "family",
    "family_country",
    "check",
    "confidence",
]


def listed(*rows: tuple[str, ...]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=FIELDS)
    table = table.assign(date=pd.to_datetime(table["date"]), until=pd.to_datetime(table["until"]))
    return table.assign(speaker="s", statement="t", to_whom="w", note="", url="https://a.example")


def told(table: pd.DataFrame) -> Mapping[str, Number]:
    found = {n.id: n for n in statements.numbers(table)}
    return {id.removeprefix("adoption.statements."): n for id, n in found.items()}


TOY = listed(
    ("2025-10-22", "2025-10-22", "A", "itself", "uses", "Qwen", "CN", "none", "high"),
    ("2025-11-04", "2025-11-04", "A", "itself", "uses", "not named", "unknown", "none", "medium"),
    ("2025-12-01", "2025-12-31", "B", "itself", "uses", "Kimi", "CN", "partly", "medium"),
    ("2025-09-01", "2025-09-01", "C", "itself", "declines", "DeepSeek", "CN", "none", "high"),
    ("2026-01-05", "2026-01-05", "D", "report", "uses", "GLM", "CN", "none", "low"),
    (
        "2026-01-06",
        "2026-01-06",
        "E",
        "survey",
        "closed lead",
        "all open",
        "unknown",
        "none",
        "low",
    ),
)


def test_a_firm_counts_once_and_others_word_only_at_the_upper_end() -> None:
    firms = told(TOY)["firms"]
    assert (firms.value, firms.low, firms.high) == (2, 1, 3)


def test_what_is_declined_is_no_use_and_a_survey_names_no_firm() -> None:
    numbers = told(TOY)
    assert [numbers[id].value for id in ("total", "about_itself", "reports", "surveys")] == [
        6,
        4,
        1,
        1,
    ]
    assert [numbers[id].value for id in ("declines", "checked", "unnamed")] == [1, 1, 1]
    assert numbers["surveys_closed"].value == 1


def test_groups_come_in_order_and_the_oldest_first() -> None:
    table = statements.statements(TOY)
    assert table["firm"].tolist() == ["C", "A", "A", "B", "D", "E"]
    assert table["section"].unique().tolist() == list(statements.KINDS.values())


def test_without_rows_nothing_is_counted_and_every_id_is_told() -> None:
    numbers = told(TOY.iloc[:0])
    assert {n.value for n in numbers.values()} == {None}
    assert set(numbers) == set(told(TOY))
    assert statements.statements(TOY.iloc[:0]).empty


def test_the_book_counts_what_the_file_holds() -> None:
    with package.path("firm_statements").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    own = [r for r in rows if r["kind"] == "itself" and r["says"] == "uses"]
    numbers = told(store.load("firm_statements"))
    assert numbers["total"].value == len(rows)
    assert numbers["firms"].value == len({r["firm"] for r in own if r["family_country"] == "CN"})
