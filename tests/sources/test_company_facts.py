"""The Commission's facts, made up in its shape: what becomes a quarter, and what must not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd
import pytest

from openrace import package, store
from openrace.errors import Refusal
from openrace.sources import company_facts as source

CAPEX = "PaymentsToAcquirePropertyPlantAndEquipment"
Fact = dict[str, Any]
Units = dict[str, list[Fact]]


def fact(start: str | None, end: str, val: Any, filed: str, accn: str = "", **more: Any) -> Fact:
    """A fact as the Commission writes it, with the filing's fiscal year, which misleads."""
    made = {"end": end, "val": val, "accn": accn or f"A-{filed}", "fy": 2031, "fp": "Q9"}
    return made | {"form": "10-Q", "filed": filed} | ({"start": start} if start else {}) | more


def company(concepts: Mapping[str, Units], cik: int | str = 1, taxonomy: str = "us-gaap") -> Fact:
    """The object of one company; a concept is given with its units."""
    said = {
        c: {"label": c, "description": "made up", "units": units} for c, units in concepts.items()
    }
    shares = {"units": {"shares": [{"end": "2024-01-15", "val": 9, "accn": "A", "filed": "x"}]}}
    dei = {"EntityCommonStockSharesOutstanding": shares}
    return {"cik": cik, "entityName": "Made Up Inc.", "facts": {"dei": dei, taxonomy: said}}


def usd(*facts: Fact) -> Units:
    return {"USD": list(facts)}


def read(facts: Fact, *concepts: str, as_of: date | None = None) -> pd.DataFrame:
    return source.quarters(facts, "Made Up", "capex", concepts or (CAPEX,), as_of)


def values(table: pd.DataFrame) -> dict[str, float]:
    return dict(zip(table["quarter"], table["value"], strict=True))


YEAR = (
    fact("2024-01-01", "2024-03-31", 100e6, "2024-04-25"),
    fact("2024-01-01", "2024-06-30", 250e6, "2024-07-25"),
    fact("2024-01-01", "2024-09-30", 450e6, "2024-10-25"),
    fact("2024-01-01", "2024-12-31", 700e6, "2025-02-05"),
)


def test_sums_from_the_start_of_the_year_become_quarters() -> None:
    table = read(company({CAPEX: usd(*YEAR)}))
    assert values(table) == {"2024Q1": 100, "2024Q2": 150, "2024Q3": 200, "2024Q4": 250}
    assert table["basis"].tolist() == [source.DIRECT] + [source.DIFFERENCE] * 3
    last = table.iloc[-1]
    assert last["accession"] == "A-2025-02-05; A-2024-10-25"  # the later first
    assert last["observed"] == pd.Timestamp("2025-02-05")
    assert (last["from"], last["quarter_end"]) == (
        pd.Timestamp("2024-10-01"),
        pd.Timestamp("2024-12-31"),
    )
    assert table.columns.tolist() == list(source.COLUMNS)


def test_a_fact_of_three_months_wins_over_a_difference() -> None:
    own = fact("2024-04-01", "2024-06-30", 151e6, "2024-07-25")
    table = read(company({CAPEX: usd(*YEAR, own)}))
    assert values(table)["2024Q2"] == 151
    assert table.loc[1, ["basis", "accession"]].tolist() == [source.DIRECT, "A-2024-07-25"]


def test_a_missing_sum_leaves_its_two_quarters_missing_and_no_more() -> None:
    table = read(company({CAPEX: usd(YEAR[0], YEAR[2], YEAR[3])}))
    assert values(table) == {"2024Q1": 100, "2024Q4": 250}
    assert read(company({CAPEX: usd(YEAR[3])})).empty  # a year alone says nothing of quarters


def test_an_amended_filing_holds_from_the_day_it_is_filed() -> None:
    mended = fact("2024-01-01", "2024-06-30", 260e6, "2024-09-10", "A-mended", form="10-Q/A")
    facts = company({CAPEX: usd(mended, *YEAR)})
    table = read(facts)
    assert values(table) == {"2024Q1": 100, "2024Q2": 160, "2024Q3": 190, "2024Q4": 250}
    second = table.iloc[1]
    assert second["accession"] == "A-mended; A-2024-04-25"
    assert second["observed"] == pd.Timestamp("2024-09-10")
    assert values(read(facts, as_of=date(2024, 9, 9))) == {"2024Q1": 100, "2024Q2": 150}
    assert values(read(facts, as_of=date(2024, 9, 10)))["2024Q2"] == 160
    assert read(facts, as_of=date(2024, 4, 24)).empty


def test_a_fact_repeated_for_comparison_is_one_fact_known_since_the_first() -> None:
    again = fact("2024-01-01", "2024-03-31", 100e6, "2025-04-25", frame="CY2024Q1")
    table = read(company({CAPEX: usd(again, YEAR[0])}))
    assert values(table) == {"2024Q1": 100}
    assert table.loc[0, "observed"] == pd.Timestamp("2024-04-25")
    assert table.loc[0, "accession"] == "A-2024-04-25"


def test_a_repeated_fact_with_another_value_is_read_as_last_filed() -> None:
    recast = fact("2024-01-01", "2024-03-31", 90e6, "2024-12-03", form="8-K", fp=None, fy=None)
    again = fact("2024-01-01", "2024-03-31", 90e6, "2025-04-25")
    table = read(company({CAPEX: usd(YEAR[0], again, recast)}))
    assert values(table) == {"2024Q1": 90}
    assert table.loc[0, "accession"] == "A-2024-12-03"  # the first that had it


def test_a_renamed_concept_is_read_quarter_by_quarter_and_never_mixed() -> None:
    old, new = "RevenueFromContractWithCustomerExcludingAssessedTax", "Revenues"
    facts = company(
        {
            old: usd(YEAR[0], YEAR[1]),
            new: usd(fact("2024-01-01", "2024-06-30", 255e6, "2025-07-25"), YEAR[2]),
        }
    )
    table = read(facts, new, old)
    # The second quarter is of the old name alone: 255 − 100 would mix two.
    assert values(table) == {"2024Q1": 100, "2024Q2": 150, "2024Q3": 195}
    assert table["concept"].tolist() == [old, old, new]
    assert values(read(facts, old, new))["2024Q3"] == 195
    assert read(facts, "NotAConcept").empty


def test_a_restated_year_is_read_as_restated_quarter_by_quarter() -> None:
    """Meta's 2023, which its reports of 2024 give less the proceeds of sales."""
    facts = company(
        {
            CAPEX: usd(
                fact("2023-01-01", "2023-03-31", 6_842e6, "2023-04-27"),
                fact("2023-01-01", "2023-03-31", 6_823e6, "2024-04-25"),
                fact("2023-01-01", "2023-06-30", 13_058e6, "2023-07-27"),
                fact("2023-01-01", "2023-06-30", 12_957e6, "2024-08-01"),
            )
        }
    )
    table = read(facts)
    assert values(table) == {"2023Q1": 6_823, "2023Q2": 6_134}
    assert table["observed"].dt.strftime("%Y-%m-%d").tolist() == ["2024-04-25", "2024-08-01"]
    assert values(read(facts, as_of=date(2024, 1, 1))) == {"2023Q1": 6_842, "2023Q2": 6_216}


def test_a_quarter_repeated_under_a_new_name_is_known_since_the_old_one() -> None:
    """Alphabet's revenue of 2024, which its reports from July 2025 call by another name."""
    old, new = "RevenueFromContractWithCustomerExcludingAssessedTax", "Revenues"
    facts = company(
        {
            old: usd(
                fact("2024-01-01", "2024-03-31", 80_539e6, "2024-04-26"),
                fact("2024-04-01", "2024-06-30", 84_742e6, "2024-07-24"),
                fact("2024-01-01", "2024-09-30", 253_549e6, "2024-10-30"),
                fact("2024-01-01", "2024-12-31", 350_018e6, "2025-02-05"),
            ),
            new: usd(
                fact("2024-04-01", "2024-06-30", 84_742e6, "2025-07-24"),
                fact("2024-01-01", "2024-09-30", 253_549e6, "2025-10-30"),
                fact("2024-01-01", "2024-12-31", 350_018e6, "2026-02-05"),
            ),
        }
    )
    table = read(facts, new, old)
    assert values(table) == {"2024Q1": 80_539, "2024Q2": 84_742, "2024Q4": 96_469}
    assert set(table["concept"]) == {old}
    assert table["observed"].dt.strftime("%Y-%m-%d").tolist()[1:] == ["2024-07-24", "2025-02-05"]
    pd.testing.assert_frame_equal(read(facts, new, old, as_of=date(2025, 6, 1)), table)


def test_fiscal_years_that_begin_in_june_or_july_count_from_their_own_first_day() -> None:
    oracle = usd(
        fact("2025-06-01", "2025-08-31", 8502e6, "2025-09-10"),
        fact("2025-06-01", "2025-11-30", 20535e6, "2025-12-11"),
        fact("2025-06-01", "2026-02-28", 39170e6, "2026-03-11"),
        fact("2025-06-01", "2026-05-31", 55663e6, "2026-06-22"),
    )
    table = read(company({CAPEX: oracle}))
    assert values(table) == {"2025Q3": 8502, "2025Q4": 12033, "2026Q1": 18635, "2026Q2": 16493}
    # A sum of the calendar year ends on the same day as one of the fiscal year.
    microsoft = usd(
        fact("2024-07-01", "2025-03-31", 47472e6, "2025-04-30"),
        fact("2024-07-01", "2025-06-30", 64551e6, "2025-07-30"),
        fact("2025-01-01", "2025-06-30", 40000e6, "2025-07-30"),
    )
    assert values(read(company({CAPEX: microsoft}))) == {"2025Q2": 17079}


def test_years_of_53_weeks_have_quarters_of_13_and_14() -> None:
    weeks = usd(
        fact("2023-01-01", "2023-04-01", 10e6, "2023-05-01"),  # 13 weeks
        fact("2023-01-01", "2023-07-01", 30e6, "2023-08-01"),
        fact("2023-01-01", "2023-09-30", 60e6, "2023-11-01"),
        fact("2023-01-01", "2024-01-06", 100e6, "2024-02-20"),  # 53 weeks
    )
    table = read(company({CAPEX: weeks}))
    assert values(table) == {"2023Q1": 10, "2023Q2": 20, "2023Q3": 30, "2023Q4": 40}
    days = (table["quarter_end"] - table["from"]).dt.days + 1
    assert days.tolist() == [91, 91, 91, 98]


def test_sums_over_the_last_twelve_months_make_no_quarter() -> None:
    trailing = fact("2023-07-01", "2024-06-30", 900e6, "2024-07-25")
    table = read(company({CAPEX: usd(*YEAR[:2], trailing)}))
    assert values(table) == {"2024Q1": 100, "2024Q2": 150}


def test_months_and_states_on_a_day_are_not_quarters() -> None:
    month = fact("2024-01-01", "2024-01-31", 30e6, "2024-02-15")
    on_a_day = fact(None, "2024-03-31", 5e9, "2024-04-25")
    assert read(company({CAPEX: usd(month, on_a_day)})).empty


def test_currencies_are_kept_apart_and_units_that_are_none_are_left_out() -> None:
    units = {
        "CNY": [YEAR[0], YEAR[1]],
        "USD": [fact("2024-01-01", "2024-03-31", 14e6, "2024-04-25")],
        "USD/shares": [fact("2024-01-01", "2024-03-31", 1.5, "2024-04-25")],
        "pure": [fact("2024-01-01", "2024-03-31", 0.5, "2024-04-25")],
    }
    table = read(company({CAPEX: units}, taxonomy="ifrs-full"))
    of = table.set_index(["quarter", "currency"])["value"].to_dict()
    assert of == {("2024Q1", "CNY"): 100, ("2024Q1", "USD"): 14, ("2024Q2", "CNY"): 150}


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"cik": 1}, "of Made Up cannot be read: the key “facts” is missing"),
        ([], "the key “facts” is missing"),
        ({"facts": []}, "the key “facts” holds no object"),
        ({"facts": {"us-gaap": {CAPEX: {"label": "x"}}}}, "the key “units” is missing"),
        (
            company({CAPEX: usd({"start": "2024-01-01", "end": "2024-03-31", "val": 1})}),
            "of Made Up cannot be read: the key “accn” is missing",
        ),
        (company({CAPEX: usd(fact("2024-01-01", "spring", 1, "2024-04-25"))}), "“spring” as end"),
        (company({CAPEX: usd(fact("2024-01-01", "2024-03-31", 1, ""))}), "“” as filed"),
        (
            company({CAPEX: {"USD": [fact("2024-01-01", "2024-03-31", "n/a", "2024-04-25")]}}),
            "“n/a” as val",
        ),
    ],
)
def test_what_is_not_of_this_shape_is_refused_in_one_sentence(facts: Any, sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence) as refused:
        read(facts)
    assert str(refused.value).count(".") == 1


def test_all_measures_of_a_company_become_rows_of_the_table() -> None:
    known = store.load("sec_companies")
    net = "RevenueFromContractWithCustomerExcludingAssessedTax"
    facts = company(
        {"PaymentsToAcquireProductiveAssets": usd(*YEAR), net: usd(YEAR[0]), CAPEX: usd()},
        cik="0001018724",
    )
    table = source.rows(facts, "Amazon", known)
    fields = {f["name"] for f in package.describe("company_quarters")["schema"]["fields"]}
    assert set(table.columns) == fields
    assert table.groupby("measure").size().to_dict() == {"capex": 4, "revenue": 1}
    assert set(table["definition"]) == {
        "cash paid for property and equipment, before sales and incentives",
        "net sales",
    }
    first = table["url"].iloc[0]
    assert first == "https://www.sec.gov/Archives/edgar/data/1018724/A20240425/"
    with pytest.raises(Refusal, match="facts of CIK 0001018724, but Meta is CIK 1326801"):
        source.rows(facts, "Meta", known)
    with pytest.raises(Refusal, match="no company “Made Up”"):
        source.rows(facts, "Made Up", known)
