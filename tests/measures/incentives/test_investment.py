"""Capital expenditure and intensity: sums, gaps and rates by hand, and the tables once over."""

from __future__ import annotations

import csv
from datetime import date

import pandas as pd
import pytest

from openrace import package, store
from openrace.errors import Refusal
from openrace.measures.incentives import investment as I
from openrace.measures.incentives.investment_numbers import numbers
from openrace.numbers import Number

TABLES = ("company_quarters", "exchange_rates", "company_notes", "corrections")
NO_CORRECTIONS = pd.DataFrame(
    columns=["table", "key_field", "key", "field", "was", "becomes", "reason", "url"]
)
FOUR = dict(zip(I.US4, (10.0, 6.0, 4.0, 5.0), strict=True))


def fact(
    company: str, quarter: str, billions: float, measure: str = "capex", **more: object
) -> dict[str, object]:
    chinese = company in I.CN2
    row: dict[str, object] = {
        "observed": pd.Period(quarter, freq="Q").end_time.normalize() + pd.Timedelta(days=30),
        "company": company,
        "country": "CN" if chinese else "US",
        "measure": measure,
        "quarter": quarter,
        "quarter_end": pd.Period(quarter, freq="Q").end_time.normalize(),
        "currency": "CNY" if chinese else "USD",
        "value": billions * 1000,
        "definition": "paid",
        "basis": "direct fact",
        "confidence": "high",
        "accession": "0-0",
        "url": "",
        "note": None,
    }
    return row | more


def four(quarter: str, times: float = 1.0, without: str = "") -> list[dict[str, object]]:
    return [fact(firm, quarter, times * v) for firm, v in FOUR.items() if firm != without]


RATES = pd.DataFrame(
    [
        ("2025Q1", "CNY", "average", 7.0),
        ("2025Q1", "CNY", "end", 8.0),
        ("2025Q2", "CNY", "average", 7.0),
        ("2025Q2", "CNY", "end", 7.0),
    ],
    columns=["quarter", "currency", "basis", "per_usd"],
)
NO_NOTES = pd.DataFrame(
    columns=[
        "company",
        "kind",
        "quarter",
        "quarter_end",
        "currency",
        "said",
        "definition",
        "confidence",
        "url",
        "note",
    ]
)


def note(company: str, quarter: str, billions: float, kind: str) -> dict[str, object]:
    row = fact(company, quarter, billions)
    return {c: row.get(c) for c in NO_NOTES} | {"kind": kind, "said": row["value"]}


def known(rows: list[dict[str, object]], kind: str = "average") -> pd.DataFrame:
    return I.facts(pd.DataFrame(rows), RATES, NO_CORRECTIONS, kind)


def told(rows: list[dict[str, object]], notes: pd.DataFrame = NO_NOTES) -> dict[str, Number]:
    found = numbers(pd.DataFrame(rows), RATES, notes, NO_CORRECTIONS)
    return {n.id.removeprefix("incentives."): n for n in found}


@pytest.fixture(scope="module")
def book() -> list[pd.DataFrame]:
    return [store.load(name) for name in TABLES]


@pytest.mark.parametrize(
    ("text", "firms"),
    [
        ("all", I.FIRMS),
        (" ALL ", I.FIRMS),
        ("tencent, Amazon,amazon", ("Amazon", "Tencent")),
        ("Meta,", ("Meta",)),
    ],
)
def test_firms_are_read_in_any_case_and_order(text: str, firms: tuple[str, ...]) -> None:
    assert I.parse_firms(text) == firms


@pytest.mark.parametrize("text", ["", " , ", "Apple", "all, Meta", "Meta; Amazon"])
def test_an_unknown_firm_is_refused_with_the_names_that_exist(text: str) -> None:
    with pytest.raises(Refusal, match="names among Amazon, Alphabet, Meta") as refused:
        I.parse_firms(text)
    assert f"“{text}”" in str(refused.value)


def test_yuan_become_dollars_at_the_rate_of_their_quarter() -> None:
    rows = [fact("Alibaba", "2025Q1", 28), fact("Meta", "2025Q1", 3), fact("Tencent", "2019Q1", 7)]
    average, at_end = (known(rows, kind).set_index("company")["usd"] for kind in ("average", "end"))
    assert (average["Alibaba"], at_end["Alibaba"], average["Meta"]) == (4.0, 3.5, 3.0)
    assert pd.isna(average["Tencent"])  # no rate of that quarter is known, and none is guessed


def test_a_group_counts_only_quarters_with_all_its_firms() -> None:
    rows = [*four("2025Q1"), *four("2025Q2", 2, without="Meta"), *four("2025Q3", 3)]
    sums = I.together(I.wide(known(rows), "capex"), I.US4)
    assert sums.to_dict() == {"2025Q1": 25.0, "2025Q3": 75.0}


def test_four_quarters_need_all_four() -> None:
    quarters = ["2024Q1", "2024Q2", "2024Q3", "2024Q4", "2025Q2", "2025Q3", "2025Q4", "2026Q1"]
    sums = I.four_quarters(pd.Series(range(1, 9), index=quarters, dtype=float))
    assert sums.to_dict() == {"2024Q4": 10.0, "2026Q1": 26.0}


def test_intensity_takes_firms_together_in_dollars_not_as_a_mean_of_shares() -> None:
    rows = [*four("2025Q1"), *four("2025Q2")]
    rows += [fact(firm, "2025Q1", 2 * v, "revenue") for firm, v in FOUR.items() if firm != "Meta"]
    rows += [fact("Meta", "2025Q1", 60, "revenue"), fact("Meta", "2025Q2", 8, "revenue")]
    shares = I.intensity(known(rows), I.US4)["together"]
    assert shares.to_dict() == {"2025Q1": pytest.approx(25 / 102)}
    assert I.intensity(known(rows))["Meta"].to_dict() == pytest.approx(
        {"2025Q1": 4 / 60, "2025Q2": 0.5}
    )


def test_lines_break_at_a_missing_quarter_and_it_is_listed() -> None:
    rows = [fact("Meta", q, 4) for q in ("2024Q3", "2024Q4", "2025Q2")]
    rows += [fact("Oracle", "2025Q2", 1)]
    table = I.capex_figure(known(rows), I.other_figures(NO_NOTES, RATES, NO_CORRECTIONS), I.FIRMS)
    meta = table[(table["firm"] == "Meta") & (table["part"] == "firm")]
    assert meta["run"].tolist() == [0, 0, 1]
    lost = table[table["part"] == "gap"].groupby("firm")["quarter"].apply(list)
    assert lost["Meta"] == ["2025Q1"]
    assert lost["Oracle"] == ["2024Q3", "2024Q4", "2025Q1"]
    assert len(lost["Amazon"]) == 4  # a firm without any quarter is missing in all of them
    assert "sum" not in set(table["part"])


def test_another_count_stands_beside_the_first_and_never_in_it() -> None:
    rows = [fact("Microsoft", "2025Q1", 4), fact("Microsoft", "2025Q2", 5)]
    notes = pd.DataFrame(
        [
            note("Microsoft", "2025Q2", 6, "own definition"),
            note("Microsoft", "2025Q2", 90, "backlog"),
            note("Microsoft", "2025Q3", 7, "own definition"),
        ]
    )
    other = I.other_figures(notes, RATES, NO_CORRECTIONS)
    table = I.capex_figure(known(rows), other, ("Microsoft",))
    assert table[table["part"] == "other"]["away"].tolist() == [pytest.approx(0.2)]
    own = I.counted_otherwise(I.wide(known(rows), "capex"), other)["Microsoft"]
    assert own.to_dict() == {"2025Q1": 4.0, "2025Q2": 6.0}
    assert told(rows, notes)["capex_leases.msft"].value == pytest.approx(1.2)


def test_multiples_by_hand() -> None:
    rows = [r for q in ("2024Q1", "2024Q2", "2024Q3", "2024Q4") for r in four(q)]
    rows += [r for i, q in enumerate(("2025Q1", "2025Q2", "2025Q3")) for r in four(q, i + 2)]
    found = told(rows)
    assert found["capex_us4.multiple"].value == 4.0
    # four and four quarters would overlap: seven have no such multiple
    assert found["capex_us4.multiple.four_quarters"].value is None
    found = told([*rows, *four("2025Q4", 5)])
    assert found["capex_us4.multiple"].value == 5.0
    assert found["capex_us4.multiple.four_quarters"].value == pytest.approx((2 + 3 + 4 + 5) / 4)
    assert found["capex_us4.multiple"].low == pytest.approx(3.5)
    assert found["capex_us4.latest_quarter"].value == "2025-12-31"
    assert found["capex_us5.latest"].value is None


def test_the_ratio_to_the_chinese_platforms_takes_one_quarter_and_ranges_over_all() -> None:
    rows = [*four("2025Q1"), *four("2025Q2", 2)]
    rows += [fact("Alibaba", "2025Q1", 28), fact("Tencent", "2025Q1", 7)]
    rows += [fact("Alibaba", "2025Q2", 14), fact("Tencent", "2025Q2", 14, confidence="low")]
    found = told(rows)
    assert found["capex_ratio.us4_cn2"].value == pytest.approx(50 / 4)
    assert found["capex_ratio.us4_cn2.confident"].value == pytest.approx(25 / 5)
    assert found["capex_ratio.us4_cn2.confident"].high == pytest.approx(25 / (35 / 8))
    assert found["capex_cn2.latest_quarter.confident"].value == "2025-03-31"
    # rates of exchange go on; what is converted ends with the last accounts
    assert found["capex_ratio.us4_cn2"].until == found["capex_cn2.latest"].until == "2025-07-30"


def test_ids_stay_and_nothing_breaks_when_little_or_nothing_is_known(
    book: list[pd.DataFrame],
) -> None:
    full = numbers(*book)
    empty = numbers(*(t.head(0) for t in book))
    early = numbers(*(store.load(n, date(2023, 5, 1)) for n in TABLES), firms=("Meta",))
    assert [n.id for n in full] == [n.id for n in empty] == [n.id for n in early]
    assert {n.value for n in empty} == {None, "all"}
    facts = I.facts(book[0].head(0), book[1], book[3])
    other = I.other_figures(book[2].head(0), book[1], book[3])
    assert I.capex_figure(facts, other, I.FIRMS).empty
    assert I.intensity_figure(facts, I.FIRMS).empty


def test_a_range_holds_its_number(book: list[pd.DataFrame]) -> None:
    for n in numbers(*book):
        if isinstance(n.value, float) and n.low is not None:
            assert n.low <= n.value <= n.high, n.id


def test_the_published_numbers_computed_without_pandas(book: list[pd.DataFrame]) -> None:
    with package.path("company_quarters").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    value = {(r["company"], r["measure"], r["quarter"]): float(r["value"]) for r in rows}

    def whole(measure: str, firms: tuple[str, ...]) -> dict[str, float]:
        quarters = sorted({q for _, _, q in value})
        return {
            q: sum(value[f, measure, q] for f in firms)
            for q in quarters
            if all((f, measure, q) in value for f in firms)
        }

    found = {n.id: n.value for n in numbers(*book)}
    capex = whole("capex", I.US4)
    first, *_, last = capex.values()
    assert found["incentives.capex_us4.multiple"] == pytest.approx(last / first)
    assert found["incentives.capex_us4.latest"] == pytest.approx(last / 1000)
    three, revenue = whole("capex", I.US3), whole("revenue", I.US3)
    both = max(set(three) & set(revenue))
    share = found["incentives.capex_intensity.latest.three_firms"]
    assert share == pytest.approx(three[both] / revenue[both])
