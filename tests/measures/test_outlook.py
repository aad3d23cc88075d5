"""Five things to watch: directions by hand, the same values as the chapters they come from."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from typing import NamedTuple

import pandas as pd
import pytest

from openrace import capability, labs, package, store
from openrace.measures import outlook
from openrace.measures.moment.lags import lags
from openrace.measures.outlook.numbers import CUT
from openrace.measures.outlook.readings import _acts
from openrace.measures.rankings import slot_numbers
from openrace.measures.rankings.trending import listed
from openrace.numbers import Number

THINGS = ("procurement", "regulation", "ecosystem", "quality", "on_device")
FIRST = date(2025, 1, 16)


class Tables(dict[str, pd.DataFrame]):
    """The book's tables as of a day, read when first asked for."""

    def __init__(self, day: date | None) -> None:
        self.day = day

    def __missing__(self, name: str) -> pd.DataFrame:
        self[name] = store.load(name, self.day)
        return self[name]

    def registry(self) -> labs.Registry:
        parents = labs.parents(self["trending_top1000_daily"], self["hub_uploads"])
        return labs.Registry(self["labs"], self["families"], self["countries"], parents)


class Stand(NamedTuple):
    tables: Tables
    series: pd.DataFrame
    board: pd.DataFrame
    numbers: dict[str, Number]


def newest() -> date:
    return max(day for table in outlook.SOURCES for day in store.days(table))


def stand(day: date | None) -> Stand:
    tables = Tables(day)
    registry = tables.registry()
    series = outlook.readings(tables, registry)
    board = outlook.board(tables["outlook_indicators"], series, tables, day or newest())
    told = outlook.numbers(board, series, tables["hub_uploads"], registry)
    return Stand(tables, series, board, {n.id: n for n in told})


@pytest.fixture(scope="module")
def today() -> Stand:
    return stand(None)


@pytest.fixture(scope="module")
def first_day() -> Stand:
    return stand(FIRST)


def made(*rows: tuple[str, float, float, float]) -> pd.DataFrame:
    """Readings of one thing: day, value, low, high."""
    table = pd.DataFrame(rows, columns=["date", "value", "low", "high"])
    return table.assign(date=pd.to_datetime(table["date"]), thing="x")


@pytest.mark.parametrize(
    ("rows", "direction"),
    [
        ([], "unread"),
        ([("2026-06-30", 5, 4, 6)], "unread"),
        ([("2026-01-31", 5, 4, 6), ("2026-06-30", 9, 8, 10)], "unread"),  # too near
        ([("2025-06-30", 5, 4, 6), ("2026-06-30", 9, 8, 10)], "up"),
        ([("2025-06-30", 9, 8, 10), ("2026-06-30", 5, 4, 6)], "down"),
        ([("2025-06-30", 5, 4, 8), ("2026-06-30", 9, 8, 10)], "unclear"),  # ranges touch
        ([("2025-06-30", 5, 5, 5), ("2026-06-30", 5, 5, 5)], "unclear"),  # nothing moved
        (
            [("2025-06-30", 5, 4, 6), ("2026-01-31", 12, 11, 13), ("2026-06-30", 9, 8, 10)],
            "unclear",  # a month between lies beyond
        ),
        (
            [("2024-06-30", 20, 19, 21), ("2025-06-30", 5, 4, 6), ("2026-06-30", 9, 8, 10)],
            "up",  # what lies before the earlier reading does not count
        ),
    ],
)
def test_a_direction_is_told_only_when_nothing_speaks_against_it(
    rows: list[tuple[str, float, float, float]], direction: str
) -> None:
    found = outlook.compare(made(*rows), 365)
    assert found["direction"] == direction
    if direction in ("up", "down", "unclear"):
        assert found["earlier_date"] == pd.Timestamp("2025-06-30")


def test_the_board_says_what_is_overdue_on_a_day(today: Stand) -> None:
    asked, acts = today.tables["outlook_indicators"], today.tables["restrictions"]
    last = acts["until"].max()
    days = int(asked.set_index("thing").loc["regulation", "every_days"])
    for late, state in ((0, "due"), (1, "overdue")):
        day = (last + pd.Timedelta(days=days + late)).date()
        board = outlook.board(asked, today.series, today.tables, day).set_index("thing")
        assert board.loc["regulation", "state"] == state
        assert board.loc["regulation", "due"] == last + pd.Timedelta(days=days)
        assert board.loc["on_device", "state"] == "none"


def test_overdue_is_told_as_of_the_newest_day_of_the_whole_book() -> None:
    """Else a chapter of old tables would call itself punctual; add the newer table to SOURCES."""
    assert newest() == max(day for table in package.observed() for day in store.days(table))


def test_readings_are_those_of_the_chapters_they_come_from(today: Stand) -> None:
    tables, n = today.tables, today.numbers
    slots = {x.id: x for x in slot_numbers(listed(tables["trending_daily"], tables.registry()))}
    for own, theirs in (("reading", ""), ("publisher.reading", ".publisher")):
        there = slots[f"rankings.cn_slots.latest_month{theirs}"]
        assert n[f"outlook.ecosystem.{own}"].value == pytest.approx(there.value)
        assert n[f"outlook.ecosystem.{own}"].interval == there.interval
    scored = (tables[t] for t in ("capability_index", "corrections", "countries"))
    held = lags(*capability.copies(*scored))
    end = pd.Timestamp(n["outlook.quality.reading.date"].value)
    year = held[held["released"].between(end - pd.DateOffset(years=1), end, inclusive="right")]
    assert n["outlook.quality.reading"].value == year["lag"].median()


def test_what_plain_reading_of_the_files_gives(today: Stand) -> None:
    with package.path("enterprise_surveys").open(encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["measure"] == "open"]
    rows.sort(key=lambda r: r["until"])
    n = today.numbers
    assert n["outlook.procurement.reading"].value == float(rows[-1]["share"])
    year = date.fromisoformat(rows[-1]["until"]) - timedelta(days=365)
    older = [r for r in rows if date.fromisoformat(r["until"]) <= year]
    assert n["outlook.procurement.earlier"].value == float(older[-1]["share"])
    assert n["outlook.procurement.reading.date"].value == rows[-1]["until"]
    with package.path("restrictions").open(encoding="utf-8", newline="") as file:
        acts = [r for r in csv.DictReader(file) if r["status"] == "in force"]
    bound = [sum(r["private_use"] == use for r in acts) for use in ("yes", "government work")]
    read = n["outlook.regulation.reading"]
    assert (read.value, read.high) == (bound[0], sum(bound))


def test_a_planted_act_changes_reading_and_direction(today: Stand) -> None:
    acts = today.tables["restrictions"]
    row = acts[acts["private_use"] == "if passed"].assign(
        private_use="yes", status="in force", date=acts["date"].max(), until=acts["until"].max()
    )
    planted = pd.concat([acts, row, row, row], ignore_index=True)
    own = pd.DataFrame(list(_acts(planted)), columns=list(outlook.COLUMNS))
    found = outlook.compare(own, 365)
    assert (found["value"], found["high"], found["direction"]) == (3, 5, "up")


def test_a_year_of_lags_that_begin_before_the_index_has_no_reading(today: Stand) -> None:
    days = today.series.loc[today.series["thing"] == "quality", "date"]
    assert days.min() > pd.Timestamp("2024-12-31")  # all lags of 2023 are at least so long


def test_ranges_hold_their_readings_and_ids_do_not_depend_on_the_day(
    today: Stand, first_day: Stand
) -> None:
    assert set(today.numbers) == set(first_day.numbers)
    for thing in THINGS:
        for of in ("reading", "earlier", "due", "direction"):
            assert f"outlook.{thing}.{of}" in today.numbers
    held = today.series
    assert ((held["low"] <= held["value"]) & (held["value"] <= held["high"])).all()
    for n in today.numbers.values():
        if n.low is not None:
            assert n.low <= n.value <= n.high, n.id  # type: ignore[operator]


def test_counts_agree_with_the_board(today: Stand, first_day: Stand) -> None:
    for of in (today, first_day):
        state = of.board["state"].value_counts()
        assert of.numbers["outlook.things"].value == len(THINGS) == len(of.board)
        assert of.numbers["outlook.indicators"].value == len(THINGS) - state["none"]
        assert of.numbers["outlook.overdue"].value == state.get("overdue", 0)
        assert of.numbers["outlook.unread"].value == state.get("unread", 0)
    assert first_day.numbers["outlook.quality.reading"].value is None
    assert first_day.numbers["outlook.day"].value == FIRST.isoformat()


def test_nothing_is_known_of_nothing(today: Stand) -> None:
    empty = Tables(None)
    for name in ("enterprise_surveys", "restrictions", "trending_daily", "capability_index"):
        empty[name] = today.tables[name].iloc[:0]
    registry = today.tables.registry()
    series = outlook.readings(empty, registry)
    board = outlook.board(today.tables["outlook_indicators"], series, empty, FIRST)
    uploads = today.tables["hub_uploads"].iloc[:0]
    told = outlook.numbers(board, series, uploads, registry)
    assert {n.id for n in told} == set(today.numbers)
    assert set(board["state"]) == {"unread", "none"}


def test_of_a_long_trending_history_two_years_are_read_and_the_numbers_say_so(today: Stand) -> None:
    trending = today.tables["trending_daily"]
    older = trending.assign(date=trending["date"] - pd.DateOffset(years=5))
    longer = Tables(None)
    longer.update(today.tables, trending_daily=pd.concat([older, trending], ignore_index=True))
    series = outlook.readings(longer, today.tables.registry())
    assert set(series.loc[series["cut"], "thing"]) == {"ecosystem", "ecosystem_publisher"}
    assert not today.series["cut"].any()
    kept = today.series.drop(columns="cut")
    pd.testing.assert_frame_equal(series.drop(columns="cut"), kept)
    board = outlook.board(today.tables["outlook_indicators"], series, longer, newest())
    uploads = today.tables["hub_uploads"].iloc[:0]
    told = {n.id: n.definition for n in outlook.numbers(board, series, uploads, longer.registry())}
    assert CUT in told["outlook.ecosystem.reading"]
    assert CUT not in told["outlook.quality.reading"]
