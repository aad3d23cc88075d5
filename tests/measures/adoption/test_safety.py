"""Safety: findings in words, evaluations counted once, and what zero backdoors means."""

from __future__ import annotations

import csv
from collections.abc import Mapping

import pandas as pd
import pytest

from openrace import package, store
from openrace.measures.adoption import safety
from openrace.numbers import Number

COUNTRIES = pd.DataFrame({"country": ["CN", "US"], "bloc": ["China", "United States"]})
FIELDS = [
    *("date", "evaluation", "evaluator", "evaluator_kind", "evaluator_country", "interest"),
    *("kind", "measure", "value", "unit", "baseline", "backdoor"),
]


def findings(*rows: tuple[object, ...]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=FIELDS)
    words = dict.fromkeys(("tested", "compared", "level", "confidence", "note", "url"), "x")
    return table.assign(
        date=pd.to_datetime(table["date"]),
        value=table["value"].astype("float64"),
        baseline=table["baseline"].astype("float64"),
        interest=table["interest"].astype("str"),
        tested_country="CN",
        compared_country="US",
        **words,
    )


_AGENCY = ("2025-09-30", "three models", "agency", "government", "US", "a party")
TOY = findings(
    (*_AGENCY, "evaluation", "Malicious requests met", 0.94, "share", 0.08, "not looked for"),
    (*_AGENCY, "evaluation", "Agents that follow", 12, "times", None, "not looked for"),
    ("2026-01-01", "K", "college", "university", "ES", "tests", "evaluation", "refusals",
     None, "none", None, "not shown"),
    ("2026-02-01", "L", "others", "university", "unknown", None, "evaluation", "lag", 8, "months",
     None, "not looked for"),
    ("2026-03-01", "M", "rival", "competitor", "US", "plaintiff", "accusation", "copies", 16e6,
     "count", None, "not looked for"),
)  # fmt: skip


def told(table: pd.DataFrame) -> Mapping[str, Number]:
    return {n.id.removeprefix("adoption.safety."): n for n in safety.numbers(table)}


def test_an_evaluation_with_two_findings_counts_once_and_an_accusation_not_at_all() -> None:
    numbers = told(TOY)
    assert [numbers[id].value for id in ("findings", "evaluations", "evaluators")] == [5, 3, 3]
    assert [numbers[id].value for id in ("us_government", "accusations")] == [1, 1]


def test_independence_ends_where_an_interest_is_known() -> None:
    independent = told(TOY)["independent"]
    assert (independent.value, independent.low, independent.high) == (1, 1, 2)


def test_zero_backdoors_says_how_few_looked() -> None:
    numbers = told(TOY)
    assert numbers["backdoors_demonstrated"].value == 0
    assert numbers["backdoors_looked_for"].value == 1
    assert "not a proof" in numbers["backdoors_demonstrated"].definition
    assert told(TOY.assign(backdoor="shown"))["backdoors_demonstrated"].value == 3


def test_quotes_are_the_findings_and_are_missing_where_those_are() -> None:
    numbers = told(TOY)
    assert numbers["jailbreak.deepseek"].value == 0.94
    assert numbers["jailbreak.us"].value == 0.08
    assert numbers["hijack_ratio"].value == 12
    assert numbers["us_cheaper"].value is None


def test_figures_are_written_with_their_unit() -> None:
    table = safety.safety(TOY, COUNTRIES).set_index("measure")
    said = table["said"].str.replace("\u00a0", " ")
    assert said["Malicious requests met"] == "94 %"
    assert said["Agents that follow"] == "12 times as often"
    assert said["lag"] == "about 8 months behind"
    assert said["copies"] == "16 million"
    assert said["refusals"] == ""
    assert table["tested_bloc"].unique().tolist() == ["China"]


def test_without_rows_every_id_is_told_and_none_has_a_value() -> None:
    numbers = told(TOY.iloc[:0])
    assert {n.value for n in numbers.values()} == {None}
    assert set(numbers) == set(told(TOY))
    assert safety.safety(TOY.iloc[:0], COUNTRIES).empty


def test_the_book_quotes_what_the_file_holds() -> None:
    with package.path("safety_evaluations").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    jailbreak = next(r for r in rows if "jailbreak" in r["measure"])
    numbers = told(store.load("safety_evaluations"))
    ratio = numbers["jailbreak.deepseek"].value / numbers["jailbreak.us"].value  # type: ignore[operator]
    assert ratio == pytest.approx(float(jailbreak["value"]) / float(jailbreak["baseline"]))
    assert all(n.value is not None for n in numbers.values())
    assert numbers["evaluations"].value == len(
        {(r["date"], r["evaluation"]) for r in rows if r["kind"] == "evaluation"}
    )
