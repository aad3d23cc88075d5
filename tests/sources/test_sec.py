"""The visit to the Commission: facts made of the table's own rows add nothing to it."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

import pandas as pd
import pytest
from upstream import Upstream, visit

from openrace import package, store
from openrace.append import Additions, additions
from openrace.errors import Refusal
from openrace.sources import company_facts, sec
from openrace.sources.source import Found

DAY = date(2026, 11, 20)
CONTACT = "Ada Lovelace ada@example.org"
CAPEX = "PaymentsToAcquirePropertyPlantAndEquipment"
ALPHABET = 1652044
BEFORE = 40_000  # millions: quarters of a fiscal year before those that the table has
Bodies = dict[int, dict[str, Any]]


@pytest.fixture(scope="module")
def quarters() -> pd.DataFrame:
    return store.load("company_quarters")


@pytest.fixture(scope="module")
def companies() -> pd.DataFrame:
    return store.load("sec_companies")


@pytest.fixture
def up() -> Iterator[Upstream]:
    with Upstream() as server:
        yield server


def fact(start: Any, end: Any, millions: float, filed: Any, accn: Any) -> dict[str, Any]:
    days = {k: f"{v:%Y-%m-%d}" for k, v in (("start", start), ("end", end), ("filed", filed))}
    form = {"fy": 2026, "fp": "Q2", "form": "10-Q"}
    return days | form | {"val": int(millions * company_facts.MILLION), "accn": accn}


def year_begins(first: pd.Timestamp, year_end: str) -> pd.Timestamp:
    ends = [pd.Timestamp(f"{first.year - back}-{year_end}") for back in (0, 1)]
    return max(e for e in ends if e < first) + pd.Timedelta(days=1)


def filings(rows: pd.DataFrame, year_end: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the facts of which one measure of a company would be read as it stands in the table.

    Sums from the start of the fiscal year for every quarter; three months where they were filed,
    and for quarters that were read from pages, whose exact values a page may have rounded.
    """
    sums: dict[pd.Timestamp, float] = {}
    for row in rows.sort_values("quarter_end").itertuples():
        read = row.basis in (company_facts.DIRECT, company_facts.DIFFERENCE)
        accn = row.accession if read else "0000000001-26-000001"
        value = row.value if read or row.value % 100 else row.value + 30
        begin, eve = year_begins(row[5], year_end), row[5] - pd.Timedelta(days=1)
        if begin < row[5] and begin not in sums:
            sums[begin] = BEFORE
            yield row.concept, fact(begin, eve, BEFORE, row.quarter_end, accn.split("; ")[-1])
        sums[begin] = sums.get(begin, 0) + value
        accn = accn.split("; ")[0]
        yield row.concept, fact(begin, row.quarter_end, sums[begin], row.observed, accn)
        if row.basis != company_facts.DIFFERENCE:
            yield row.concept, fact(row[5], row.quarter_end, value, row.observed, accn)


@pytest.fixture(scope="module")
def as_known(quarters: pd.DataFrame, companies: pd.DataFrame) -> Bodies:
    """The objects of the five companies, as they would be read to the table's own rows."""
    bodies = {}
    for (name, cik), own in companies.groupby(["company", "cik"]):
        said: dict[str, Any] = defaultdict(lambda: {"label": "made up", "units": {"USD": []}})
        for measure, concepts in own.groupby("measure")["concept"]:
            rows = quarters[(quarters["company"] == name) & (quarters["measure"] == measure)]
            rows = rows.fillna({"concept": concepts.iloc[0]})
            for concept, filed in filings(rows, own["fiscal_year_end"].iloc[0]):
                said[concept]["units"]["USD"].append(filed)
        bodies[cik] = {"cik": cik, "entityName": name, "facts": {"us-gaap": dict(said)}}
    first, last, filed = (pd.Timestamp(d) for d in ("2023-01-01", "2023-03-31", "2023-04-27"))
    meta = bodies[1326801]["facts"]["us-gaap"][CAPEX]["units"]["USD"]
    meta.append(fact(first, last, 6842, filed, "A"))  # as it was, before it was restated
    return bodies


@pytest.fixture
def bodies(as_known: Bodies) -> Bodies:
    """One company's object, to break; the others take time and no other way."""
    return {ALPHABET: copy.deepcopy(as_known[ALPHABET])}


def ask(up: Upstream, bodies: Bodies, key: str = CONTACT, **options: Any) -> Found:
    """Ask for the companies of these numbers, and of no others."""
    for cik, body in bodies.items():
        up.answer(f"/api/xbrl/companyfacts/CIK{cik:010d}.json", body)
    companies = store.load("sec_companies")
    companies = companies[companies["cik"].isin(list(bodies))]
    return sec.ask(visit(up, DAY, key=key, sec_companies=companies, **options))


def added(found: Found) -> Additions:
    return additions("company_quarters", found.rows["company_quarters"])


def capex_of_alphabet(bodies: Bodies) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = bodies[ALPHABET]["facts"]["us-gaap"][CAPEX]["units"]["USD"]
    return listed


def test_facts_that_are_known_add_nothing(
    up: Upstream, as_known: Bodies, quarters: pd.DataFrame
) -> None:
    found = ask(up, as_known)
    assert found.rows["company_quarters"].empty
    assert (found.rejected, found.notes) == (0, [])
    assert added(found).rows.empty
    assert found.asked == (quarters["country"] == "US").sum()
    assert len(up.asked) == 5
    assert {a.headers["user-agent"] for a in up.asked} == {CONTACT}


def test_the_server_serves_the_tables_own_rows(
    as_known: Bodies, quarters: pd.DataFrame, companies: pd.DataFrame
) -> None:
    """Or the test before this one would show nothing: quarter by quarter, as it is known."""
    for body in as_known.values():
        read = company_facts.rows(body, body["entityName"], companies)
        both = read.merge(quarters, on=["company", "measure", "quarter_end"], suffixes=("", "_was"))
        filed = both[both["basis_was"].isin([company_facts.DIRECT, company_facts.DIFFERENCE])]
        assert len(both) == len(read)
        for field in ("value", "observed", "concept", "basis", "accession", "url", "definition"):
            same = filed[field] == filed[f"{field}_was"]
            assert same.all(), filed.loc[~same, ["company", "quarter", field, f"{field}_was"]]


def test_a_new_quarter_is_a_row_of_the_day_of_its_filing(up: Upstream, bodies: Bodies) -> None:
    first, last, filed = (pd.Timestamp(d) for d in ("2026-07-01", "2026-09-30", "2026-10-29"))
    capex_of_alphabet(bodies).append(fact(first, last, 50_000, filed, "0001652044-26-000090"))
    told = added(ask(up, bodies))
    (row,) = told.rows.to_dict("records")
    assert (told.new, told.changed) == (1, 0)
    assert (row["company"], row["measure"], row["quarter"]) == ("Alphabet", "capex", "2026Q3")
    assert (row["value"], row["observed"]) == (50_000, filed)
    assert row["accession"] == "0001652044-26-000090"
    assert row["definition"] == "cash paid for property and equipment"


def restate(bodies: Bodies, millions: float, filed: str) -> None:
    """Give Alphabet's first quarter of 2026 another value."""
    first, last, day = (pd.Timestamp(d) for d in ("2026-01-01", "2026-03-31", filed))
    capex_of_alphabet(bodies).append(fact(first, last, millions, day, "0001652044-26-000099"))


def test_a_restated_quarter_is_a_row_of_the_day_of_its_restatement(
    up: Upstream, bodies: Bodies, quarters: pd.DataFrame
) -> None:
    restate(bodies, 35_700, "2026-10-29")
    found = ask(up, bodies)
    rows, told = found.rows["company_quarters"], added(found)
    assert (told.new, told.changed, len(told.rows)) == (0, 2, 2)
    both = rows[["quarter", "value"]].to_records(index=False).tolist()
    # The second quarter is the half-year, which was not restated, less the first.
    assert both == [("2026Q1", 35_700), ("2026Q2", 44_898)]
    assert set(rows["observed"]) == {pd.Timestamp("2026-10-29")}
    again = ask(up, bodies, company_quarters=pd.concat([quarters, rows], ignore_index=True))
    assert again.rows["company_quarters"].empty


def test_a_restatement_is_not_known_before_its_day(up: Upstream, bodies: Bodies) -> None:
    restate(bodies, 35_700, "2026-10-29")
    assert ask(up, bodies, until=date(2026, 10, 28)).rows["company_quarters"].empty
    assert len(ask(up, bodies, until=date(2026, 10, 29)).rows["company_quarters"]) == 2


def test_a_difference_of_rounding_is_none(up: Upstream, bodies: Bodies) -> None:
    restate(bodies, 35_675, "2026-10-29")  # a million more than it was
    assert ask(up, bodies).rows["company_quarters"].empty


def test_another_value_that_was_not_filed_later_is_said_and_not_taken(
    up: Upstream, bodies: Bodies, quarters: pd.DataFrame
) -> None:
    ours = quarters.copy()
    at = (ours["company"] == "Alphabet") & (ours["measure"] == "capex")
    ours.loc[at & (ours["quarter"] == "2024Q3"), "value"] = 13_000
    found = ask(up, bodies, company_quarters=ours)
    assert found.rows["company_quarters"].empty
    assert found.rejected == 1
    assert found.notes == [
        "Alphabet has capex of 2024Q3 as 13,061, not later filed than our 13,000: not taken."
    ]


def test_quarters_before_2023_and_other_currencies_are_left_out(
    up: Upstream, bodies: Bodies
) -> None:
    first, last, filed = (pd.Timestamp(d) for d in ("2022-10-01", "2022-12-31", "2023-02-03"))
    capex_of_alphabet(bodies).append(fact(first, last, 7_595, filed, "0001652044-23-000016"))
    euros = fact(pd.Timestamp("2026-07-01"), pd.Timestamp("2026-09-30"), 9, DAY, "A")
    bodies[ALPHABET]["facts"]["us-gaap"][CAPEX]["units"]["EUR"] = [euros]
    assert ask(up, bodies).rows["company_quarters"].empty


@pytest.mark.parametrize("key", ["", "nobody"])
def test_no_one_is_asked_without_someone_to_write_to(
    up: Upstream, bodies: Bodies, key: str
) -> None:
    with pytest.raises(Refusal, match="OPENRACE_CONTACT must be a name and an e-mail address"):
        ask(up, bodies, key=key)
    assert up.asked == []


def test_an_added_field_passes_and_is_said(up: Upstream, bodies: Bodies) -> None:
    bodies[ALPHABET]["tickers"] = ["GOOG"]
    assert ask(up, bodies).notes == ["The facts of Alphabet have a new field “tickers”."]


@pytest.mark.parametrize("field", ["cik", "entityName", "facts"])
@pytest.mark.parametrize("value", [None, [], 1.5])
def test_another_shape_names_the_field(
    up: Upstream, bodies: Bodies, field: str, value: Any
) -> None:
    if value is None:
        bodies[ALPHABET][f"{field}_new"] = bodies[ALPHABET].pop(field)
    else:
        bodies[ALPHABET][field] = value
    with pytest.raises(Refusal, match=f"(?i){field}"):
        ask(up, bodies)


@pytest.mark.parametrize("field", ["end", "val", "accn", "filed"])
def test_a_fact_that_lacks_a_field_names_it(up: Upstream, bodies: Bodies, field: str) -> None:
    del capex_of_alphabet(bodies)[3][field]
    with pytest.raises(Refusal, match=f"Alphabet cannot be read: the key “{field}” is missing"):
        ask(up, bodies)


@pytest.mark.parametrize(
    "value", ["6289000000", None, True, float("nan"), 2**53 + 1, {"amount": 1}, [1]]
)
def test_a_value_must_be_a_number(up: Upstream, bodies: Bodies, value: Any) -> None:
    capex_of_alphabet(bodies)[0]["val"] = value
    with pytest.raises(Refusal):
        ask(up, bodies)


def test_a_measure_under_another_name_is_no_empty_measure(up: Upstream, bodies: Bodies) -> None:
    gaap = bodies[ALPHABET]["facts"]["us-gaap"]
    gaap["PaymentsForProperty"] = gaap.pop(CAPEX)
    with pytest.raises(Refusal, match=f"Alphabet hold no quarter of capex under {CAPEX}"):
        ask(up, bodies)


@pytest.mark.parametrize("body", ["<html>Undeclared automated tool</html>", "", [], {}])
def test_a_page_with_200_is_refused(up: Upstream, bodies: Bodies, body: Any) -> None:
    with pytest.raises(Refusal):
        ask(up, bodies | {ALPHABET: body})


def test_the_source_says_what_it_is() -> None:
    assert sec.SOURCE.at({}) == "https://data.sec.gov"
    assert sec.SOURCE.key == "OPENRACE_CONTACT"
    assert sec.SOURCE.pace >= 0.1
    described = package.describe("company_quarters")
    assert described["refresh"]["sources"] == [sec.SOURCE.name]
    assert described["schema"]["primaryKey"][0] == described["observed"]
