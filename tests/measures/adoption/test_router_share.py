"""The band of a router's share: bounds, holes, weeks that bound nothing, the full count in it."""

from __future__ import annotations

import csv
from datetime import date

import pandas as pd
import pytest

from openrace import package, store
from openrace.measures.adoption import router_share, router_share_numbers
from openrace.numbers import NOT_OBSERVED, Number

TABLES = ("router_weeks", "router_full_weeks", "published_studies")


def weeks(*rows: tuple[str, float, float, float, bool, bool]) -> pd.DataFrame:
    """Return weeks from Monday, cn_open, unknown, others, has_others, complete; the rest is US."""
    columns = ["week", "cn_open", "unknown", "others", "has_others", "complete"]
    table = pd.DataFrame(list(rows), columns=columns)
    monday = pd.to_datetime(table["week"])
    us = 1 - table["cn_open"] - table["unknown"] - table["others"]
    return table.assign(
        week=monday,
        date=monday + pd.Timedelta(days=6),
        models=9,
        tokens=100.0,
        cn_closed=0.0,
        us=us,
        other=0.0,
    )


TOY = weeks(
    ("2025-07-07", 0.30, 0.0, 0.00, False, True),
    ("2025-07-14", 0.20, 0.1, 0.30, True, True),
    ("2025-07-21", 0.40, 0.0, 0.20, True, True),
    ("2025-08-04", 0.10, 0.0, 0.20, True, True),
    ("2025-08-11", 0.90, 0.0, 0.05, True, False),
)


@pytest.fixture(scope="module")
def tables() -> list[pd.DataFrame]:
    return [store.load(name) for name in TABLES]


@pytest.fixture(scope="module")
def told(tables: list[pd.DataFrame]) -> dict[str, Number]:
    return {n.id: n for n in router_share_numbers.numbers(*tables)}


def test_the_band_runs_from_what_is_named_to_that_and_all_that_is_not() -> None:
    band = router_share.bounds(TOY)
    assert list(band["part"]) == ["named", "band", "band", "band", "running"]
    assert band["lower"].tolist()[1:] == pytest.approx([0.2, 0.4, 0.1, 0.9])
    assert band["upper"].tolist()[1:] == pytest.approx([0.6, 0.6, 0.3, 0.95])


def test_a_week_without_others_has_no_bounds_and_is_never_joined() -> None:
    band = router_share.bounds(TOY)
    assert band[["lower", "upper"]].iloc[0].isna().all()
    assert band["share"].tolist()[0] == 0.3
    assert band["share"].iloc[1:].isna().all()
    # the missing week of 28 July parts the band in two
    assert band["run"].tolist() == [1, 2, 2, 3, 4]


def test_numbers_of_a_toy_are_those_worked_by_hand(tables: list[pd.DataFrame]) -> None:
    told = {n.id: n for n in router_share_numbers.numbers(TOY, tables[1].head(0), tables[2])}
    id = "adoption.router_share"
    assert (told[f"{id}.weeks"].value, told[f"{id}.no_others_weeks"].value) == (3, 1)
    assert (told[f"{id}.peak"].low, told[f"{id}.peak"].high) == pytest.approx((0.4, 0.6))
    assert told[f"{id}.peak.week"].value == "2025-07-21"
    assert told[f"{id}.peak.possible_weeks"].value == 2  # 0.6 and 0.6 reach 0.4, 0.3 does not
    assert told[f"{id}.mean.lo"].value == pytest.approx(0.7 / 3)
    assert told[f"{id}.mean.hi"].value == pytest.approx(0.5)
    assert told[f"{id}.latest"].interval == "10 to 30\u00a0%"  # the running week does not count
    assert (told[f"{id}.third_weeks"].value, told[f"{id}.third_weeks.possible"].value) == (1, 2)
    assert told[f"{id}.full"].text == NOT_OBSERVED


def test_a_full_count_says_what_part_of_the_rest_was_chinese() -> None:
    counts = pd.DataFrame(
        {
            "date": pd.to_datetime(["2025-07-20", "2025-07-30"]),
            "share": [0.3, 0.9],
            "upper": [0.31, 0.9],
            "free": [0.0, 0.0],
        }
    )
    both = router_share.compared(router_share.bounds(TOY), counts)
    assert list(both["week"]) == [pd.Timestamp("2025-07-14")]
    assert both["of_others"].tolist() == pytest.approx([0.25])  # 0.1 of the 0.4 not named
    assert both["inside"].all()


def test_the_full_count_lies_in_the_band(told: dict[str, Number]) -> None:
    id = "adoption.router_share.full"
    assert told[f"{id}.weeks"].value == told[f"{id}.inside"].value == 6


def test_the_weeks_with_a_third_are_those_of_the_file(told: dict[str, Number]) -> None:
    with package.path("router_weeks").open(newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["date"][:4] == "2025"]
    rows = [r for r in rows if (r["has_others"], r["complete"]) == ("true", "true")]
    rest = ("cn_open", "unknown", "others")
    sure = sum(float(r["cn_open"]) >= 1 / 3 for r in rows)
    possible = sum(sum(float(r[c]) for c in rest) >= 1 / 3 for r in rows)
    assert told["adoption.router_share.third_weeks"].value == sure == 0
    assert told["adoption.router_share.third_weeks.possible"].value == possible == 24


def test_a_share_of_a_past_time_is_dated_by_it(told: dict[str, Number]) -> None:
    until = {id.removeprefix("adoption.router_share."): n.until for id, n in told.items()}
    assert until["third_weeks"] == until["mean_2025"] == until["mean_2025.hi"] == "2025-12-28"
    assert until["latest"] == until["mean"] == told["adoption.router_share.to"].value
    assert until["compared.cn"] == "2026-02-15"  # the last day of the week of the comparison
    assert until["full"] is None  # all that the count knows


def test_the_chart_gives_the_published_comparison_of_the_named(told: dict[str, Number]) -> None:
    studies = store.load("published_studies").set_index("id")["high"]
    for home in ("cn", "us"):
        found = told[f"adoption.router_share.compared.{home}"].value
        assert found == pytest.approx(studies[f"router-week-{home}"], rel=0.01)


def test_published_shares_wait_for_the_end_of_their_period(tables: list[pd.DataFrame]) -> None:
    marks = router_share.published(tables[2], pd.Timestamp("2025-09-01"))
    assert sorted(marks["name"]) == ["first", "peak"]
    whole = router_share.published(tables[2], pd.Timestamp("2026-01-01"))
    assert len(whole) == len(router_share.PUBLISHED)


@pytest.mark.parametrize("day", ["2024-01-01", "2025-06-01", "2025-07-21", "2026-07-15"])
def test_every_day_tells_the_same_numbers(told: dict[str, Number], day: str) -> None:
    read = [store.load(name, date.fromisoformat(day)) for name in TABLES]
    assert [n.id for n in router_share_numbers.numbers(*read)] == list(told)
    assert router_share.router_share(*read).empty == (day < "2025-02")
