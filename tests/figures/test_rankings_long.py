"""Three years of a small Hub: numbers rest on all of it, drawings on the last two years."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd
import pytest
from drawn import spec

from openrace.figures import plan, theme
from openrace.figures.data import _TICKS, _distinct
from openrace.figures.rankings import layout, trending
from openrace.labs import Registry
from openrace.measures import rankings
from openrace.measures.rankings.recent import DATES, DAYS, spread
from openrace.numbers import Number

LABS = pd.DataFrame(
    [("Qwen", "Alibaba", "CN", "maker"), ("meta-llama", "Meta", "US", "maker")],
    columns=["organisation", "lab", "country", "role"],
).assign(renamed_to="", basis="")
FAMILIES = pd.DataFrame(columns=["key", "family", "lab", "country"], dtype="str")
COUNTRIES = pd.DataFrame({"country": ["CN", "US"], "bloc": ["China", "United States"]})
FIRST, LAST = pd.Timestamp("2024-01-01"), pd.Timestamp("2026-12-31")
TURN = pd.Timestamp("2024-12-01")  # before, all places are Chinese; after, all are American

FIGURES = ("rankings-trending-share", "rankings-top-ten", "rankings-four-of-five")


@cache
def book(first: pd.Timestamp) -> tuple[dict[str, Number], dict[str, pd.DataFrame]]:
    """Measure a list of five places from a day on."""
    days = pd.date_range(first, LAST)
    rows = pd.DataFrame({"date": days.repeat(5), "rank": [1, 2, 3, 4, 5] * len(days)})
    maker = rows["date"].lt(TURN).map({True: "Qwen/a", False: "meta-llama/b"})
    table = rows.assign(
        model_id=(maker + rows["rank"].astype("str")).astype("str"), modality="text-generation"
    ).astype({"modality": "str"})
    known = Registry(LABS, FAMILIES, COUNTRIES, {})
    listed = rankings.listed(table, known, 5)
    readings = rankings.four_of_five_readings(table, known)
    tens = rankings.top_ten(listed)
    told = [
        *rankings.choices("lineage", 7),
        *rankings.slot_numbers(listed, 5),
        *rankings.top_ten_numbers(tens),
        *rankings.four_of_five_numbers(readings),
    ]
    recent = tens[rankings.is_recent(tens["week"])]
    drawn = (rankings.trending_share(listed), recent, rankings.four_of_five_figure(readings))
    return {n.id: n for n in told}, dict(zip(FIGURES, drawn, strict=True))


def words(id: str, first: pd.Timestamp) -> str:
    numbers, _ = book(first)
    return " ".join(getattr(plan(id), w)(numbers) for w in ("subtitle", "alt"))


@pytest.mark.parametrize("id", FIGURES)
@pytest.mark.parametrize("width", [theme.WIDE, theme.NARROW])
def test_weeks_of_the_last_two_years_are_drawn(id: str, width: int) -> None:
    numbers, tables = book(FIRST)
    datasets = spec(id, tables[id], numbers, width)["datasets"].values()
    weeks = {row["week"][:10] for rows in datasets for row in rows if row.get("week")}
    assert min(weeks) == "2024-12-30"  # the first Monday in the two years before 28 December 2026
    assert max(weeks) == "2026-12-28"


@pytest.mark.parametrize("id", FIGURES)
def test_a_subtitle_says_from_when_on_and_only_when_days_are_left_out(id: str) -> None:
    assert "days before 30\u00a0Dec\u00a02024 are not drawn" in words(id, FIRST)
    assert "not drawn" not in words(id, pd.Timestamp("2025-01-02"))  # in the first week drawn
    assert "not drawn" in words(id, pd.Timestamp("2024-12-29"))  # the day before it


def test_numbers_rest_on_every_day_and_week() -> None:
    numbers, _ = book(FIRST)
    days, before = (LAST - FIRST).days + 1, (TURN - FIRST).days
    assert numbers["rankings.days"].value == days
    assert numbers["rankings.majority_days.share"].value == pytest.approx(before / days)
    assert numbers["rankings.top_ten.models"].value == 10  # five of them were never drawn
    chinese = numbers["rankings.four_of_five_weeks.share"].value
    assert chinese == pytest.approx(48 / numbers["rankings.four_of_five_weeks.weeks"].value)


def test_a_share_of_all_weeks_is_called_one_beside_the_weeks_drawn() -> None:
    said = words("rankings-four-of-five", FIRST)
    assert "of all 157 weeks judged" in said
    assert "Two rows of the weeks from 30\u00a0Dec\u00a02024 on" in said
    assert "all 1" not in words("rankings-four-of-five", TURN + pd.Timedelta(days=60))


@pytest.mark.parametrize(("days", "named"), [(290, 3), (DAYS, 2)])
def test_marked_spans_are_named_where_there_is_room(days: int, named: int) -> None:
    spans = pd.DataFrame({"name": ["15–28 Dec", "April", "June"]})
    spans["middle"] = pd.to_datetime(["2025-12-22", "2026-04-16", "2026-06-16"])
    assert sum(trending._with_room(spans, pd.Timedelta(days=days) / 266)) == named


def test_a_span_before_the_first_day_drawn_is_neither_marked_nor_told() -> None:
    numbers, _ = book(FIRST)
    later = numbers | {
        f"rankings.days.{end}": Number.of("a.b", day, "date", "", ())
        for end, day in (("first", "2026-02-01"), ("last", LAST))
    }
    assert trending._marked(numbers) == ["december", "april", "june"]
    assert trending._marked(later) == ["april", "june"]


# Dates of a panel


def test_many_dates_are_spread_over_the_period_and_the_asked_ones_kept() -> None:
    dates = pd.Series(pd.date_range("2025-01-01", periods=1000)).repeat(2)
    asked = pd.Series(pd.to_datetime(["2026-05-17", None]))
    drawn = dates[spread(dates, asked)]
    assert {dates.min(), dates.max(), asked[0]} <= set(drawn)
    assert DATES <= drawn.nunique() <= DATES + 2
    assert drawn.drop_duplicates().diff().max() <= pd.Timedelta(days=11)
    assert drawn.value_counts().eq(2).all()


def test_few_dates_are_all_drawn() -> None:
    dates = pd.Series(pd.date_range("2025-01-01", periods=DATES))
    assert spread(dates, dates[:0]).all()
    assert spread(dates[:0], dates[:0]).empty


@pytest.mark.parametrize(
    ("count", "said"),
    [(5, "the few dates observed"), (90, "the 90 dates observed"), (500, "some 100 of the 500")],
)
def test_a_subtitle_says_how_many_dates_are_drawn(count: int, said: str) -> None:
    number: Any = Number.of("rankings.alltime.dates", count, "count", "", ())
    assert said in plan("rankings-cumulative").subtitle({number.id: number})


# Ticks of tables


def test_days_that_would_hide_each_other_are_one_tick() -> None:
    days = pd.DataFrame({"date": pd.date_range("2000-01-01", periods=9000)})
    table = pd.concat([days.assign(table=name) for name in "abc"], ignore_index=True)
    drawn, thick = _distinct(table, 500)
    assert thick == 1
    assert drawn.groupby("table").size().eq(501).all()
    many = pd.concat([days.assign(table=str(n)) for n in range(15)], ignore_index=True)
    drawn, thick = _distinct(many, 500)
    assert thick == 2
    assert len(drawn) <= _TICKS
    assert drawn["table"].nunique() == 15


def test_a_few_days_are_a_tick_each() -> None:
    days = pd.DataFrame({"date": pd.date_range("2000-01-01", periods=_TICKS), "table": "a"})
    drawn, thick = _distinct(days, 100)
    assert thick == 1
    assert drawn is days


def test_without_a_day_observed_nothing_is_said_of_days_not_drawn() -> None:
    ends = (f"rankings.days.{end}" for end in ("first", "last"))
    unobserved = {id: Number.of(id, None, "date", "A day.", ["trending_daily"]) for id in ends}
    assert layout.without_earlier(unobserved) == ""
