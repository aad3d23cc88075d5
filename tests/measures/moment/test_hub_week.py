"""The week on the whole Hub: recounted another way, with gaps, and where no break was planted."""

from __future__ import annotations

from datetime import date, timedelta
from statistics import mean
from typing import Any

import census_rows
import numpy as np
import pandas as pd
import pytest

from openrace import package, store
from openrace.measures.moment import breaks, hub_week
from openrace.numbers import Number

COUNTRIES = store.load("countries")
CENSUS, DAYS = census_rows.tables()
R1, EVENT = date(2025, 1, 20), date(2025, 1, 27)


@pytest.fixture(autouse=True)
def _fewer_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge a series by fewer draws: p is then coarser, and no less true."""
    monkeypatch.setattr(breaks, "DRAWS", 199)


def told(census: pd.DataFrame = CENSUS, days: pd.DataFrame = DAYS) -> dict[str, Number]:
    numbers = hub_week.numbers(census, days, COUNTRIES)
    return {n.id.removeprefix("moment.hub_week."): n for n in numbers}


def summed(counter: str, attribution: str, country: str, day: date) -> int:
    """Add up the finest grain, which the measures never read."""
    rows = CENSUS[(CENSUS["task"] != "all") & (CENSUS["day"] == pd.Timestamp(day))]
    rows = rows[rows["attribution"] == attribution]
    return int(rows.loc[rows["country"].str.fullmatch(country), counter].sum())


def span(first: date, days: int) -> list[date]:
    return [first + timedelta(days=i) for i in range(days)]


def held(days: list[date]) -> list[date]:
    return [day for day in days if day not in census_rows.MISSING]


def a_day(counter: str, attribution: str, country: str, days: list[date]) -> float:
    """Return what was new a day: a day after a gap stands for the days of the gap as well."""
    new = since = 0
    for day in held(days):
        new += summed(counter, attribution, country, day)
        since += 1
        before = day - timedelta(days=1)
        while before in census_rows.MISSING:
            since, before = since + 1, before - timedelta(days=1)
    return new / since


@pytest.mark.parametrize(
    ("id", "counter", "attribution", "country"),
    [
        ("cn_new_derivatives", "new_derivatives", "lineage", "CN"),
        ("us_new_derivatives", "new_derivatives", "lineage", "US"),
        ("cn_new_models", "new_models", "publisher", "CN"),
        ("new_models", "new_models", "publisher", ".*"),
    ],
)
def test_what_was_new_a_day_is_recounted_from_the_finest_grain(
    id: str, counter: str, attribution: str, country: str
) -> None:
    numbers = told()
    before = a_day(counter, attribution, country, span(date(2024, 12, 21), 30))
    after = a_day(counter, attribution, country, span(EVENT, 30))
    assert numbers[f"{id}.before"].value == pytest.approx(before)
    assert numbers[f"{id}.after"].value == pytest.approx(after)
    multiple = numbers[f"{id}.multiple"]
    assert multiple.value == pytest.approx(after / before)
    bases = [
        a_day(counter, attribution, country, days)
        for days in (
            span(date(2024, 12, 21), 30),
            span(date(2025, 1, 6), 14),
            span(date(2024, 12, 1), 25),
            span(date(2024, 12, 1), 50),
        )
    ]
    assert multiple.low == pytest.approx(after / max(bases))
    assert multiple.high == pytest.approx(after / min(bases))


@pytest.mark.parametrize(("attribution", "variant"), [("lineage", ""), ("publisher", ".publisher")])
def test_the_share_of_downloads_is_of_two_days_and_of_none_added(
    attribution: str, variant: str
) -> None:
    numbers = told()
    for end, day in (("before", date(2025, 1, 19)), ("after", date(2025, 2, 25))):
        china, whole = (summed("downloads", attribution, c, day) for c in ("CN", ".*"))
        value = numbers[f"cn_downloads_share.{end}{variant}"].value
        assert value == pytest.approx(china / whole)


def test_a_step_in_downloads_shows_over_thirty_days() -> None:
    rows = hub_week.study(CENSUS, DAYS, COUNTRIES)
    rows = rows[(rows["measure"] == "30-day downloads") & (rows["attribution"] == "lineage")]
    china = rows[rows["bloc"] == "China"].set_index("date")["value"]
    eve, day, month = (china[pd.Timestamp(d)] for d in ("2025-01-26", "2025-01-27", "2025-02-25"))
    assert day / eve == pytest.approx(31 / 30)
    assert month / eve == pytest.approx(2)


def test_days_counted_and_missing_and_since_when_counters_are_kept() -> None:
    numbers = told()
    assert (numbers["days_counted"].value, numbers["days_missing"].value) == (117, 4)
    assert numbers["all_time_from"].value == "2025-02-27"
    assert all(n.until == "2025-03-31" for n in numbers.values())


def test_unknown_origin_is_in_every_denominator() -> None:
    numbers = told()
    days = held(span(date(2024, 12, 1), 121))
    for id, counter, attribution, which in (
        ("unknown_share", "new_derivatives", "lineage", days),
        ("unknown_share.new_models", "new_models", "publisher", days),
        ("unknown_share.downloads", "downloads", "lineage", days[-1:]),
    ):
        unknown, whole = (
            sum(summed(counter, attribution, c, day) for day in which) for c in ("unknown", ".*")
        )
        assert numbers[id].value == pytest.approx(unknown / whole), id


def test_a_planted_break_is_found_on_its_day() -> None:
    numbers = told()
    day = numbers["break_date"]
    assert day.value == "2025-01-27"
    assert str(day.low) <= str(day.value) <= str(day.high)
    assert numbers["break_date.p"].value <= 0.01
    assert numbers["break_date.multiple"].value == pytest.approx(2, abs=0.2)
    assert numbers["break_date.verdict"].value == hub_week.DATED


def test_without_a_break_no_date_is_identified() -> None:
    flat = told(*census_rows.tables(rise=1.0))
    assert flat["break_date.p"].value > 0.05
    assert flat["break_date.verdict"].value == hub_week.UNDATED
    assert flat["new_models.break_date.verdict"].value == hub_week.UNDATED
    assert flat["cn_new_derivatives.multiple"].text == "1.0\u00a0times"


def test_noise_with_weekends_is_not_taken_for_a_break() -> None:
    week = np.where(np.arange(121) % 7 < 5, 1.2, 0.5)
    index = pd.date_range("2024-12-01", periods=121)
    p = []
    for seed in range(20):
        new = np.random.default_rng(seed).poisson(200 * week)
        found = hub_week.dated(pd.DataFrame({"new": new, "days": 1}, index=index), "step")
        assert found is not None
        p.append(found.p)
    assert mean(value < 0.05 for value in p) <= 0.15  # 0.05 expected, and chance over 20 tries


def test_steady_growth_gives_no_date() -> None:
    index = pd.date_range("2024-12-01", periods=121)
    new = np.random.default_rng(2).poisson(np.linspace(10, 17, 121) ** 2)
    daily = pd.DataFrame({"new": new, "days": 1}, index=index)
    step, trend = (hub_week.dated(daily, model) for model in breaks.MODELS)
    assert step is not None
    assert trend is not None
    assert (step.p < 0.05, trend.p < 0.05) == (True, False)
    assert hub_week._verdict([step, trend]) == hub_week.UNDATED


def test_a_break_after_a_gap_may_have_been_within_it() -> None:
    missing = tuple(span(date(2025, 1, 24), 5))  # the planted day is not counted
    found = told(*census_rows.tables(missing=missing))["break_date"]
    assert found.value == "2025-01-29"
    assert found.low is not None
    assert str(found.low) <= "2025-01-24"


def test_days_that_follow_each_other_are_one_run_and_a_gap_begins_the_next() -> None:
    rows = hub_week.study(CENSUS, DAYS, COUNTRIES)
    assert list(rows) == ["date", "measure", "attribution", "bloc", "value", "days", "run"]
    own = rows[(rows["measure"] == "new derivatives a day") & (rows["bloc"] == "China")]
    ends = own.groupby("run")["date"].agg(["min", "max"])
    assert ends["max"].dt.strftime("%m-%d").tolist() == ["01-04", "03-09", "03-31"]
    assert ends["min"].dt.strftime("%m-%d").tolist() == ["12-01", "01-08", "03-11"]
    assert own.set_index("date").loc["2025-01-08", "days"] == 4
    assert len(rows) == 4 * 5 * 117  # panels, blocs, days


def test_days_outside_the_four_months_count_for_nothing() -> None:
    long = census_rows.tables(first=date(2024, 11, 28), last=date(2025, 4, 4))
    rows = hub_week.study(*long, COUNTRIES)
    assert rows["date"].min() == pd.Timestamp("2024-12-01")
    assert rows["date"].max() == pd.Timestamp("2025-03-31")
    assert told(*long)["days_counted"].value == 117


def test_a_refused_day_is_a_missing_one() -> None:
    assert (DAYS["outcome"] == "refused").sum() == 1
    rows = hub_week.study(CENSUS, DAYS, COUNTRIES)
    assert pd.Timestamp(census_rows.MISSING[0]) not in set(rows["date"])


def test_every_seventh_day_gives_rates_and_no_break() -> None:
    weekly = told(*census_rows.tables(every=7, missing=()))
    daily = told(*census_rows.tables(missing=()))
    ids = ("cn_new_derivatives.before", "cn_new_derivatives.after")
    for id in ids:
        assert weekly[id].value == pytest.approx(daily[id].value, rel=0.06)
    assert weekly["break_date"].value is None
    assert weekly["break_date.verdict"].value == hub_week.TOO_FEW


STATES: list[Any] = [
    (CENSUS[:0], DAYS[:0]),
    (store.load("hub_census"), store.load("hub_census_days")),
    census_rows.tables(last=date(2024, 12, 1)),
    census_rows.tables(first=date(2026, 1, 1), last=date(2026, 1, 3)),
]


@pytest.mark.parametrize(("census", "days"), STATES, ids=["none", "own", "one day", "later"])
def test_ids_do_not_depend_on_the_data(census: pd.DataFrame, days: pd.DataFrame) -> None:
    found, whole = told(census, days), told()
    assert all((n.value is None) == (n.until is None) for n in found.values())
    assert {id: n.definition for id, n in found.items()} == {
        id: n.definition for id, n in whole.items()
    }


def test_without_rows_nothing_is_said_and_nothing_drawn() -> None:
    assert [n.id for n in told(CENSUS[:0], DAYS[:0]).values() if n.value is not None] == []
    assert hub_week.study(CENSUS[:0], DAYS[:0], COUNTRIES).empty


def test_numbers_rest_on_tables_of_the_package() -> None:
    tables = {name for n in told().values() for name in n.tables}
    assert tables == {"hub_census", "hub_census_days", "countries"}
    assert {package.describe(name).get("observed") for name in tables} == {"day", None}
