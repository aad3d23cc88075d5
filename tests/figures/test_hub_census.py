"""The figures of the whole Hub as drawn from made-up days, and not shown while there are none."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import cache
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import census_rows
import pandas as pd
import pytest
from drawn import spec
from fontTools.ttLib import TTFont

from openrace import chapter, figures, package, store
from openrace.figures import render, theme
from openrace.figures.explore import offers, view
from openrace.measures import rankings
from openrace.measures.moment import hub_week
from openrace.numbers import NOT_OBSERVED, Number
from openrace.outputs import FIGURE

WEEK, SHARE, BUILT = "moment-hub-week", "rankings-census-share", "rankings-census-derivatives"
IDS = (WEEK, SHARE, BUILT)
WIDTHS = (theme.WIDE, theme.NARROW)
COUNTRIES = store.load("countries")
STATES: dict[str, dict[str, Any]] = {
    "rise": {},
    "flat": {"rise": 1.0},
    "fall": {"rise": 0.4},
    "few": {"last": date(2025, 1, 10)},
    "one day": {"last": date(2024, 12, 1)},
    "weekly": {"every": 7, "missing": ()},
}
_STUDY: dict[str, Callable[..., pd.DataFrame]] = {
    WEEK: hub_week.study,
    SHARE: rankings.census_share,
    BUILT: rankings.census_derivatives,
}
each_figure = pytest.mark.parametrize("id", IDS)
each_state = pytest.mark.parametrize("state", STATES)
each_width = pytest.mark.parametrize("width", WIDTHS)


@cache
def tables(state: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    return (*census_rows.tables(**STATES[state]), COUNTRIES)


@cache
def told(state: str) -> dict[str, Number]:
    asked = tables(state)
    return {n.id: n for n in [*hub_week.numbers(*asked), *rankings.census_numbers(*asked)]}


@cache
def drawn(id: str, state: str, width: int) -> tuple[dict[str, Any], str]:
    made = spec(id, _STUDY[id](*tables(state)), told(state), width)
    return made, render.svg(made, "p")


def words(id: str, state: str) -> dict[str, str]:
    plan = figures.plan(id)
    return {w: getattr(plan, w)(told(state)) for w in ("title", "subtitle", "alt")}


@each_figure
@each_state
def test_words_are_whole_in_any_state(id: str, state: str) -> None:
    said = words(id, state)
    assert not re.search(rf"\b(nan|None|NaT|inf|{NOT_OBSERVED})\b", " ".join(said.values()))
    assert 40 <= len(said["alt"]) <= 600
    assert len({*said.values()}) == 3


@each_figure
@each_state
@each_width
def test_drawings_fit_and_no_letter_is_small(id: str, state: str, width: int) -> None:
    svg = drawn(id, state, width)[1]
    assert float(ElementTree.fromstring(svg).attrib["width"]) <= width
    assert "NaN" not in svg
    sizes = re.findall(r'font-size="([\d.]+)px"', svg)
    assert min(map(float, sizes)) >= 11


_FONT = TTFont(theme.FONT_FOLDER / "SourceSansPro-Regular.ttf")


_Box = tuple[float, float, float, float, str]


def meet(a: _Box, b: _Box) -> bool:
    """Tell whether two texts overlap."""
    return a[0] < b[1] and b[0] < a[1] and a[2] < b[3] and b[2] < a[3]


def boxes(svg: str) -> list[_Box]:
    """Return where each text stands: left, right, top, foot (its letters, without the air)."""
    glyphs, advances, em = _FONT.getBestCmap(), _FONT["hmtx"], _FONT["head"].unitsPerEm
    found: list[_Box] = []

    def walk(node: ElementTree.Element, x: float, y: float) -> None:
        moves = re.findall(r"translate\(([-\d.]+)[, ]+([-\d.]+)\)", node.get("transform", ""))
        for right, down in moves:
            x, y = x + float(right), y + float(down)
        if node.tag.endswith("text") and node.text and node.get("opacity") != "0":
            size = float(str(node.get("font-size")).removesuffix("px"))
            wide = size / em * sum(advances[glyphs[ord(c)]][0] for c in node.text)
            shift = {"end": -wide, "middle": -wide / 2}.get(node.get("text-anchor", ""), 0.0)
            found.append((x + shift, x + shift + wide, y - 0.66 * size, y, node.text))
        for part in node:
            walk(part, x, y)

    walk(ElementTree.fromstring(svg), 0, 0)
    return found


@each_figure
@each_state
@each_width
def test_no_two_texts_collide(id: str, state: str, width: int) -> None:
    placed = boxes(drawn(id, state, width)[1])
    assert len(placed) > 8
    assert [(a[4], b[4]) for a, b in combinations(placed, 2) if meet(a, b)] == []


def test_texts_that_collide_would_be_seen() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><text font-size="12px">{}</text>{}</svg>'
    one, two = '<g transform="translate(3,2)"><text font-size="12px">b</text></g>', "aaaa"
    (a, b) = boxes(svg.format(two, one))
    assert meet(a, b)


# What is drawn


@each_width
def test_the_week_names_both_days_and_every_origin_in_each_panel(width: int) -> None:
    texts = [text for *_, text in boxes(drawn(WEEK, "rise", width)[1])]
    for text in ("R1, 20 Jan", "Nvidia’s day, 27 Jan", "China", "US", "Europe", "Other", "Unknown"):
        assert texts.count(text) == 4, text
    assert (
        "best break, China’s: 27 Jan, p below\u00a00.001".replace("27 Jan", "27\u00a0Jan") in texts
    )


def test_no_line_is_drawn_through_a_gap() -> None:
    made = drawn(WEEK, "rise", theme.WIDE)[0]
    names = [
        layer["data"]["name"]
        for part in made["concat"]
        for layer in part["layer"]
        if layer["mark"]["type"] == "line"
    ]
    for name in names:
        rows = pd.DataFrame(made["datasets"][name])
        days = pd.to_datetime(rows["date"])
        steps = days.groupby([rows["bloc"], rows["run"]]).diff().dropna()
        assert (steps == pd.Timedelta(days=1)).all()
    svg = drawn(WEEK, "rise", theme.WIDE)[1]
    lines = re.findall(rf'<path[^>]* d="([^"]+)"[^>]*stroke="{theme.BLOCS["China"]}"', svg)
    assert sorted({d.count("L") + 1 for d in lines if d.count("L") > 10}) == [21, 35, 61]


def test_a_break_is_ruled_whole_where_it_is_sure_and_dashed_where_it_is_not() -> None:
    for state, dash in (("rise", [1, 0]), ("flat", [2, 3])):
        part = drawn(WEEK, state, theme.WIDE)[0]["concat"][3]
        rule = next(m["mark"] for m in part["layer"] if m["mark"].get("strokeWidth") == 1.2)
        assert rule["strokeDash"] == dash
    part = drawn(WEEK, "weekly", theme.WIDE)[0]["concat"][3]  # too few days to look for one
    assert not [m for m in part["layer"] if m["mark"].get("strokeWidth") == 1.2]


def test_the_weeks_title_tells_rise_fall_and_rest() -> None:
    assert "rose from 196.1 to 402.2 a day" in words(WEEK, "rise")["title"]
    assert words(WEEK, "rise")["title"].endswith(
        "a break is dated 27\u00a0Jan\u00a02025 to 28\u00a0Jan\u00a02025"
    ) or words(WEEK, "rise")["title"].endswith("a break is dated 27\u00a0Jan\u00a02025")
    assert " fell from " in words(WEEK, "fall")["title"]
    assert " hardly moved, from " in words(WEEK, "flat")["title"]
    assert words(WEEK, "flat")["title"].endswith("no date is identified for a break")
    assert words(WEEK, "few")["title"].endswith("too few to compare")
    assert words(WEEK, "weekly")["title"].endswith("too few days to look for a break")


def test_titles_of_the_hub_say_the_numbers_and_no_side_first_by_taste() -> None:
    n = told("rise")
    title = words(SHARE, "rise")["title"]
    for id in ("cn_share.downloads", "us_share.downloads", "unknown_share.downloads.publisher"):
        assert str(n[f"rankings.census.{id}"]) in title
    assert "carry weights of Qwen" in words(BUILT, "rise")["title"]
    assert "carry weights of Llama" in words(BUILT, "flat")["title"]
    assert "unknown" in words(BUILT, "flat")["title"]


@each_width
def test_shares_are_written_with_what_they_were(width: int) -> None:
    texts = [text for *_, text in boxes(drawn(SHARE, "rise", width)[1])]
    last, first = (told("rise")[f"rankings.census.cn_share.downloads{e}"] for e in ("", ".first"))
    assert f"{str(first).split()[0]} → {last}" in texts
    assert texts.count("All-time downloads") == (1 if width == theme.WIDE else 2)
    few = [text for *_, text in boxes(drawn(SHARE, "few", width)[1])]
    assert "All-time downloads" not in few


@each_width
def test_families_of_one_bloc_differ_by_dash(width: int) -> None:
    made = drawn(BUILT, "rise", width)[0]
    name = next(m["data"]["name"] for m in made["layer"] if m["mark"]["type"] == "line")
    rows = pd.DataFrame(made["datasets"][name]).drop_duplicates("family")
    assert not rows.duplicated(["bloc", "dash"]).any()


@each_figure
def test_a_reader_may_ask_for_values_and_follow_one(id: str) -> None:
    table = _STUDY[id](*tables("rise"))
    for width in WIDTHS:
        made = drawn(id, "rise", width)[0]
        assert '"tooltip"' in str(made).replace("'", '"')
        (offer,) = offers(figures.plan(id).controls, table)
        assert "China" in offer["options"] or "Qwen" in offer["options"]
        assert render.svg(view(made, [offer]), "p") == drawn(id, "rise", width)[1]


# Both states


@each_figure
def test_a_figure_appears_with_its_rows(id: str, displayed: list[dict[str, Any]]) -> None:
    name = id.split("-")[0]
    for rows in (slice(0), slice(None)):
        census, days, countries = tables("rise")
        asked = census[rows], days[rows], countries
        book = chapter.Chapter(name, date(2026, 9, 1))
        book.tell(hub_week.numbers(*asked), rankings.census_numbers(*asked))
        book.show(id, _STUDY[id](*asked))
        assert len([b for b in displayed if FIGURE in b]) == (1 if len(asked[0]) else 0)
    record = next(b[FIGURE] for b in displayed if FIGURE in b)
    assert record["id"] == id
    assert record["limit"].endswith(".")


def test_the_tables_are_dated_ones_of_the_package() -> None:
    for id in IDS:
        assert set(figures.plan(id).tables) <= set(package.observed())
