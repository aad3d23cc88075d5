"""The tables of what companies spend and earn: traceable, complete where they say so, and right."""

from __future__ import annotations

import csv
import statistics

import pandas as pd
import pytest

from openrace import package, store

#: Fiscal years of capital expenditure as the companies' annual reports give them, US$ millions.
ANNUAL = [
    ("Microsoft", "2024Q2", 44_477),
    ("Microsoft", "2025Q2", 64_551),
    ("Alphabet", "2024Q4", 52_535),
    ("Alphabet", "2025Q4", 91_447),
    ("Amazon", "2023Q4", 52_729),
    ("Amazon", "2024Q4", 82_999),
    ("Amazon", "2025Q4", 131_819),
    ("Meta", "2024Q4", 37_256),
    ("Meta", "2025Q4", 69_691),
    ("Oracle", "2026Q2", 55_663),
]


@pytest.fixture(scope="module")
def quarters() -> pd.DataFrame:
    return store.load("company_quarters")


@pytest.fixture(scope="module")
def notes() -> pd.DataFrame:
    return store.load("company_notes")


def capex(quarters: pd.DataFrame, company: str) -> pd.Series:
    rows = quarters[(quarters["measure"] == "capex") & (quarters["company"] == company)]
    return rows.set_index("quarter")["value"]


@pytest.mark.parametrize(("company", "last", "annual"), ANNUAL)
def test_four_quarters_add_up_to_the_annual_report(
    quarters: pd.DataFrame, company: str, last: str, annual: int
) -> None:
    found = capex(quarters, company)
    at = found.index.get_loc(last)
    assert isinstance(at, int)
    assert found.iloc[at - 3 : at + 1].sum() == annual


def test_a_year_of_revenue_adds_up_too(quarters: pd.DataFrame) -> None:
    def year(company: str, first: str, last: str) -> float:
        rows = quarters[(quarters["measure"] == "revenue") & (quarters["company"] == company)]
        total: float = rows[rows["quarter"].between(first, last)]["value"].sum()
        return total

    # Companies round each sum by itself: nine months may differ from three quarters by a million.
    assert year("Alphabet", "2025Q1", "2025Q4") == pytest.approx(402_836, abs=1)
    assert year("Meta", "2025Q1", "2025Q4") == pytest.approx(200_966, abs=1)
    assert year("Microsoft", "2025Q3", "2026Q2") == 331_839
    assert year("Oracle", "2025Q3", "2026Q2") == pytest.approx(67_400, abs=100)
    assert year("Amazon", "2025Q1", "2025Q4") == pytest.approx(716_900, abs=100)
    assert year("Alibaba", "2025Q2", "2025Q4") == 780_290


def test_a_quarter_lasts_three_months_and_has_the_name_of_most_of_its_days(
    quarters: pd.DataFrame,
) -> None:
    days = (quarters["quarter_end"] - quarters["from"]).dt.days + 1
    assert days.between(89, 92).all()
    oracle = quarters[quarters["company"] == "Oracle"]
    for first, last, name in zip(
        oracle["from"], oracle["quarter_end"], oracle["quarter"], strict=True
    ):
        assert statistics.mode(pd.date_range(first, last).to_period("Q").astype(str)) == name
    others = quarters[quarters["company"] != "Oracle"]
    assert (others["quarter_end"].dt.to_period("Q").astype(str) == others["quarter"]).all()


def test_nothing_is_known_before_its_quarter_ends(
    quarters: pd.DataFrame, notes: pd.DataFrame
) -> None:
    assert (quarters["observed"] > quarters["quarter_end"]).all()
    assert (notes["observed"] > notes["quarter_end"]).all()


def test_no_company_has_a_hole_that_looks_like_a_quarter(quarters: pd.DataFrame) -> None:
    holes = {}
    for company, rows in quarters[quarters["measure"] == "capex"].groupby("company"):
        there = pd.PeriodIndex(rows["quarter"], freq="Q")
        missing = pd.period_range(there.min(), there.max(), freq="Q").difference(there)
        holes[company] = [str(q) for q in missing]
    assert {c: q for c, q in holes.items() if q} == {"Alibaba": ["2025Q4"], "Tencent": ["2025Q4"]}


def test_filed_facts_name_their_filing_and_read_pages_do_not_pretend(
    quarters: pd.DataFrame,
) -> None:
    filed = quarters["basis"].isin(["direct fact", "difference of year-to-date facts"])
    known = quarters[filed]
    assert known[["concept", "accession"]].notna().all(axis=None)
    two = known["accession"].str.contains(";")
    assert (two == (known["basis"] == "difference of year-to-date facts")).all()
    folder = known["accession"].str.slice(0, 20).str.replace("-", "")
    assert all(f in url for f, url in zip(folder, known["url"], strict=True))
    assert quarters[~filed]["concept"].isna().all()
    low = quarters[quarters["confidence"] == "low"]
    assert set(zip(low["company"], low["quarter"], strict=True)) == {
        ("Alibaba", "2026Q1"),
        ("Tencent", "2026Q1"),
    }
    assert low["note"].notna().all()


def test_one_value_and_its_filings_checked_by_hand() -> None:
    """Alphabet paid 80,598 in the first half of 2026 and 35,674 in the first quarter."""
    with package.path("company_quarters").open(encoding="utf-8", newline="") as file:
        found = [
            row
            for row in csv.DictReader(file)
            if (row["company"], row["measure"], row["quarter"]) == ("Alphabet", "capex", "2026Q2")
        ]
    (row,) = found
    assert float(row["value"]) == 80_598 - 35_674
    assert row["accession"] == "0001652044-26-000071; 0001652044-26-000048"
    assert row["observed"] == "2026-07-23"


def test_metas_own_measure_is_its_cash_and_its_leases(
    quarters: pd.DataFrame, notes: pd.DataFrame
) -> None:
    own = notes[notes["kind"] == "own definition"].set_index(["company", "quarter"])["said"]
    assert own["Meta", "2026Q1"] - capex(quarters, "Meta")["2026Q1"] == 843
    assert (own["Meta"] > capex(quarters, "Meta")).all()
    assert (own["Amazon"] < capex(quarters, "Amazon")[own["Amazon"].index]).all()
    said, ranges = notes["said"].notna(), notes["low"].notna() & notes["high"].notna()
    assert (said != ranges).all()
    assert (notes["low"].dropna() < notes["high"].dropna()).all()


def test_metas_restated_year_is_known_when_it_was_restated(quarters: pd.DataFrame) -> None:
    rows = quarters[(quarters["company"] == "Meta") & (quarters["measure"] == "capex")]
    restated = rows[rows["quarter"].str.startswith("2023")]
    assert restated["value"].sum() == 27_045  # first filed as 27,266, and 221 of sales
    first = restated["note"].str.extract("first filed as ([0-9,]+)")[0].str.replace(",", "")
    assert first.astype(int).sum() == 27_045 + 221
    late = (restated["observed"] - restated["quarter_end"]).dt.days
    assert (late > 365).all()


def test_exchange_rates_are_of_every_quarter_with_an_average_and_an_end() -> None:
    rates = store.load("exchange_rates").set_index(["quarter", "basis"])["per_usd"].unstack()
    assert len(rates) == 16
    assert rates.notna().all(axis=None)
    # The ECB's own rates of 31 March 2026: 7.9341 yuan and 1.1498 US$ for a euro.
    assert rates.loc["2026Q1", "end"] == pytest.approx(7.9341 / 1.1498, abs=5e-5)
    # The Federal Reserve's monthly averages (EXCHUS) of October to December 2024.
    assert rates.loc["2024Q4", "average"] == pytest.approx(
        statistics.mean([7.0881, 7.2063, 7.2807]), rel=0.002
    )


def test_every_filed_concept_of_the_table_is_one_the_reader_asks_for(
    quarters: pd.DataFrame,
) -> None:
    asked = store.load("sec_companies")
    key = ["company", "measure", "concept"]
    used = quarters[quarters["concept"].notna()][key].drop_duplicates()
    assert len(used.merge(asked[key], on=key)) == len(used)
    definitions = quarters[quarters["country"] == "US"].groupby(["company", "measure"])[
        "definition"
    ]
    assert (definitions.nunique() == 1).all()
