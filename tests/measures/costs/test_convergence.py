"""Convergence: one model's price over time, line-ups of a day, and the ratio by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from openrace.measures.costs import convergence

DAY = pd.Timestamp


def steps(*rows: tuple[str, str, str, str, str, float]) -> pd.DataFrame:
    """Rows of lab, tier, model, first and last day, price (input as dear as output)."""
    made = pd.DataFrame(rows, columns=["lab", "tier", "model", "from", "until", "price"])
    bloc = made["lab"].str[:2].map({"US": "United States", "CN": "China"})
    days = {c: pd.to_datetime(made[c]) for c in ("from", "until")}
    price = made["price"].astype(float)
    return made.assign(bloc=bloc, input=price, output=price, price=price, shown=True, **days)


MARKET = steps(
    ("US a", "line", "A1", "2025-01-01", "2026-01-01", 10),
    ("US a", "line", "A2", "2026-01-01", "2026-06-01", 6),
    ("US a", "top", "A+", "2026-01-01", "2026-06-01", 40),
    ("US b", "line", "B", "2025-01-01", "2026-06-01", 4),
    ("US c", "line", "C", "2025-01-01", "2026-06-01", 2),
    ("CN d", "line", "D", "2025-01-01", "2026-06-01", 1),
    ("CN e", "line", "E", "2025-01-01", "2026-06-01", 2),
    ("CN f", "line", "F", "2025-03-01", "2026-06-01", 3),
    ("CN DeepSeek", "line", "G", "2026-01-01", "2026-06-01", 8),
)
CHEAP = pd.DataFrame(
    {
        "date": [DAY("2026-02-01")],
        "until": [pd.NaT],
        "model": ["G"],
        "share": [0.5],
        "url": ["-"],
        "note": ["-"],
    }
)
DAYS = [DAY("2025-02-01"), DAY("2025-06-01"), DAY("2026-06-01")]


def by_day(**options: Any) -> dict[str, float]:
    table = convergence.lineups(MARKET, CHEAP, DAYS)
    sides = convergence.medians(convergence.reading(table, **options))
    return {f"{day:%Y-%m}": value for day, value in convergence.ratio(sides).items()}


def test_the_ratio_is_of_medians_on_days_with_three_labs_on_each_side() -> None:
    # February 2025 has two Chinese labs; June: 4 over 2; a year on: 4 over the middle of 2 and 3.
    assert by_day() == pytest.approx({"2025-06": 4 / 2, "2026-06": 4 / 2.5})


def test_choices_move_the_ratio_as_they_should() -> None:
    # Above the line 40, 4, 2: the median stays. At cheap hours 1, 2, 3, 4: so does this one.
    assert by_day(top=True) == pytest.approx(by_day())
    assert by_day(off_peak=True)["2026-06"] == pytest.approx(4 / 2.5)
    assert by_day(without="CN DeepSeek")["2026-06"] == pytest.approx(4 / 2)
    assert by_day(without="CN d")["2026-06"] == pytest.approx(4 / 3)


def test_cheap_hours_are_half_price_from_their_day_on() -> None:
    table = convergence.lineups(MARKET, CHEAP, [DAY("2026-01-15"), DAY("2026-06-01")])
    cheap = table[table["tier"] == "off-peak"]
    assert [(f"{r.date:%Y-%m}", r.model, r.price) for r in cheap.itertuples()] == [
        ("2026-06", "G", 4.0)
    ]


def test_on_the_day_of_a_succession_the_new_flagship_counts() -> None:
    table = convergence.lineups(MARKET, CHEAP, [DAY("2026-01-01")])
    assert list(table.loc[(table["lab"] == "US a") & (table["tier"] == "line"), "model"]) == ["A2"]


def test_a_succession_compares_the_first_price_with_the_last_of_the_predecessor() -> None:
    market = steps(
        ("US a", "line", "A1", "2025-01-01", "2025-06-01", 10),
        ("US a", "line", "A1", "2025-06-01", "2026-01-01", 5),
        ("US a", "line", "A2", "2026-01-01", "2026-02-01", 6),
        ("US a", "line", "A2", "2026-02-01", "2026-06-01", 2),
        ("US a", "top", "A+", "2026-01-01", "2026-06-01", 40),
    )
    found = convergence.successions(market)
    assert found[["model", "predecessor", "factor"]].values.tolist() == [["A2", "A1", 1.2]]


def own(*rows: tuple[str, str, float | None]) -> pd.DataFrame:
    """Rows of day, model and price at a US lab's own shop."""
    made = pd.DataFrame(rows, columns=["date", "model", "input"])
    same = {"host": "Lab", "home": "US", "host_lab": "Lab", "source": "litellm"}
    made = made.assign(date=pd.to_datetime(made["date"]), output=made["input"], **same)
    return made.assign(listed_as=made["model"], date_kind="catalogue")


def test_a_model_is_followed_from_its_first_price_until_it_is_gone() -> None:
    countries = pd.DataFrame({"country": ["US"], "bloc": ["United States"]})
    found = convergence.followed(
        own(
            ("2025-01-01", "A", 10.0),
            ("2025-03-01", "A", 2.0),
            ("2025-06-01", "A", None),
            ("2025-01-01", "B", 1.0),
            ("2026-01-01", "New", 1.0),  # a day of record is no history
        ),
        countries,
    )
    told = [
        (r.model, f"{r.date:%m-%d}", f"{r.until:%Y-%m-%d}", r.relative, round(r.change, 9))
        for r in found.itertuples()
    ]
    assert told == [
        ("A", "01-01", "2025-03-01", 1.0, -0.8),
        ("A", "03-01", "2025-06-01", 0.2, -0.8),
        ("B", "01-01", "2026-01-01", 1.0, 0.0),
    ]


def test_nothing_makes_nothing() -> None:
    nothing = convergence.lineups(MARKET.iloc[:0], CHEAP, DAYS)
    assert convergence.ratio(convergence.medians(convergence.reading(nothing))).empty
    assert convergence.successions(MARKET.iloc[:0]).empty
    none = own(("2025-01-01", "A", 1.0)).iloc[:0]
    countries = pd.DataFrame({"country": ["US"], "bloc": ["United States"]})
    assert convergence.convergence_figure(convergence.followed(none, countries), nothing).empty
