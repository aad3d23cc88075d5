"""The timeline as drawn: names that keep apart, lanes that say what is not known."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from drawn import spec
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from openrace import figures, package, store
from openrace.figures import render, theme
from openrace.figures.moment import timeline as figure
from openrace.figures.moment.flags import Label, balanced, labels
from openrace.measures.moment import coverage
from openrace.measures.moment import timeline as lanes
from openrace.numbers import NOT_OBSERVED, Number

ID = "moment-timeline"
WIDTHS = (theme.WIDE, theme.NARROW)
DAYS = (None, date(2026, 1, 25), date(2025, 1, 29), date(2025, 1, 20), date(2024, 6, 15))

Stand = tuple[pd.DataFrame, dict[str, Number]]


@cache
def stand(as_of: date | None) -> Stand:
    lists = ("open_weight_releases", "policy_events", "corrections", "countries")
    hub = ("download_increments", "alltime_downloads", "hub_uploads", "trending_daily")
    hub = (*hub, "trending_top1000_daily", "hub_census_days")
    seen = coverage.coverage(*(store.load(name, as_of) for name in hub))
    read = [*(store.load(name, as_of) for name in lists), seen]
    return lanes.timeline(*read), {n.id: n for n in lanes.numbers(*read)}


@cache
def drawn(day: date | None, width: int) -> dict[str, Any]:
    return spec(ID, *stand(day), width)


@cache
def svg(day: date | None, width: int) -> str:
    return render.svg(drawn(day, width), "p")


def texts(day: date | None, width: int) -> list[str]:
    found = ElementTree.fromstring(svg(day, width)).iter()
    return [(e.text or "").strip() for e in found if e.tag.endswith(("text", "tspan"))]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("day", DAYS)
def test_nothing_stands_out_and_no_letter_is_small(day: date | None, width: int) -> None:
    assert float(ElementTree.fromstring(svg(day, width)).attrib["width"]) <= width
    sizes = re.findall(r'font-size="([\d.]+)px"', svg(day, width))
    assert min(float(size) for size in sizes) >= 11


def test_its_tables_are_dated_ones_of_the_book() -> None:
    assert set(figures.plan(ID).tables) == set(figure.TABLES) <= set(package.observed())


def test_a_phone_is_not_given_an_endless_page() -> None:
    for day in DAYS:
        assert float(ElementTree.fromstring(svg(day, theme.NARROW)).attrib["height"]) <= 1100


@pytest.mark.parametrize("day", DAYS)
def test_words_are_whole_on_every_day(day: date | None) -> None:
    plan, numbers = figures.plan(ID), stand(day)[1]
    said = [plan.title(numbers), plan.subtitle(numbers), plan.alt(numbers)]
    assert not [words for words in said if re.search(rf"None|nan|{NOT_OBSERVED}", words)]
    assert 40 <= len(said[2]) <= 400


def test_the_title_claims_no_more_than_the_day_knows() -> None:
    title = figures.plan(ID).title
    assert "37 days after DeepSeek-R1" in title(stand(None)[1])
    assert "no Hub downloads by date for the weeks" in title(stand(date(2025, 1, 29))[1])
    assert "DeepSeek" not in title(stand(date(2024, 6, 15))[1])


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_not_known_is_written_into_the_drawing(width: int) -> None:
    said = texts(None, width)
    assert said.count(lanes.UNLISTED) == 3
    assert said.count(coverage.GAP) == 1
    assert set(lanes.LABELLED) <= set(said)
    for day in ("20 Jan 2025", "27 Jan 2025"):
        assert day in said


def drawn_rows(width: int, mark: str) -> int:
    """Count the rows of the layers that draw today's table with one mark, its tooltips on."""
    today = drawn(None, width)
    of_table = [
        layer
        for layer in today["layer"]
        if layer["mark"]["type"] == mark and "tooltip" in layer["encoding"]
    ]
    return sum(len(today["datasets"][layer["data"]["name"]]) for layer in of_table)


@pytest.mark.parametrize("width", WIDTHS)
def test_days_are_ticks_and_all_else_are_bars(width: int) -> None:
    table = stand(None)[0]
    ticks = (table["precision"] == "day").sum()
    assert drawn_rows(width, "rule") == ticks
    assert drawn_rows(width, "rect") == len(table) - ticks


# Names that keep apart


def test_two_names_at_one_place_stand_on_two_levels() -> None:
    by_level = sorted(labels([("one", 5), ("two", 6)], 300), key=lambda label: label.level)
    assert [label.level for label in by_level] == [0, 1]
    assert not by_level[0].meets(by_level[1])


def test_a_name_that_has_no_room_to_its_right_stands_to_its_left() -> None:
    assert [label.leftward for label in labels([("a long name", 290)], 300)] == [True]


def test_a_name_stays_on_its_marks_side_of_a_wall() -> None:
    (before,) = labels([("a long name", 100)], 300, walls=[110.0])
    assert before.leftward
    assert before.ends[1] <= 100


def test_a_line_does_not_run_through_a_text() -> None:
    low, high = Label("a long name", 100, 0, False), Label("b", 130, 1, False)
    assert high.meets(low)
    assert low.meets(high)
    assert not Label("b", 90, 1, False).meets(low)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.text("abcdefgh", min_size=1, max_size=26), st.floats(0, 570)),
        max_size=5,
        unique_by=lambda mark: mark[1],
    )
)
def test_names_never_meet(marks: list[tuple[str, float]]) -> None:
    placed = labels(marks, 570, walls=[300.0])
    assert sorted((label.text, label.x) for label in placed) == sorted(marks)
    assert not [pair for pair in combinations(placed, 2) if pair[0].meets(pair[1])]


def test_the_estimate_is_not_narrower_than_the_typeface() -> None:
    font = TTFont(theme.FONT_FOLDER / "SourceSansPro-Regular.ttf")
    glyphs, advances, em = font.getBestCmap(), font["hmtx"], font["head"].unitsPerEm
    table = stand(None)[0]
    for name in table.loc[table["labelled"], "name"]:
        wide = 12 * sum(advances[glyphs[ord(letter)]][0] for letter in name) / em
        first, last = Label(name, 0, 0, False).ends
        assert last - first >= wide, name


@given(st.lists(st.floats(0, 500), min_size=1, max_size=12))
def test_a_list_beside_the_lanes_keeps_its_order_and_distance(places: list[float]) -> None:
    moved = balanced(pd.Series(places), 26)
    wanted = pd.Series(places)[moved.index]
    assert wanted.is_monotonic_increasing
    assert (moved.diff().dropna() >= 26 - 1e-6).all()
    # No label is moved for nothing: as many pixels up as down.
    assert moved.mean() == pytest.approx(wanted.mean())


def test_labels_that_have_room_stay_where_they_are() -> None:
    assert balanced(pd.Series({"a": 100.0, "b": 0.0}), 26).to_dict() == {"b": 0, "a": 100}
    assert balanced(pd.Series({"a": 10.0, "b": 10.0}), 26).to_dict() == {"a": -3, "b": 23}
