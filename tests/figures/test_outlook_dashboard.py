"""The dashboard as drawn: true words on any day, five rows, inside the page."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pandas as pd
import pytest
from altair.utils.schemapi import debug_mode

import openrace.figures.outlook  # noqa: F401  (registers the figure)
from openrace import figures, labs, store
from openrace.figures import render, theme
from openrace.measures import outlook
from openrace.numbers import NOT_OBSERVED, Number

ID = "outlook-dashboard"
WIDTHS = (theme.WIDE, theme.NARROW)
DAYS = (None, date(2025, 1, 16))
TABLES = (
    *("enterprise_surveys", "restrictions", "trending_daily", "trending_top1000_daily"),
    *("hub_uploads", "capability_index", "corrections", "countries", "labs", "families"),
    "outlook_indicators",
)


class Stand(NamedTuple):
    table: pd.DataFrame
    numbers: dict[str, Number]
    specs: dict[int, dict[str, Any]]
    drawn: dict[int, str]


def stand(day: date | None) -> Stand:
    t = {name: store.load(name, day) for name in TABLES}
    parents = labs.parents(t["trending_top1000_daily"], t["hub_uploads"])
    registry = labs.Registry(t["labs"], t["families"], t["countries"], parents)
    series = outlook.readings(t, registry)
    at = day or store.days("list_prices")[-1]
    board = outlook.board(t["outlook_indicators"], series, t, at)
    told = {n.id: n for n in outlook.numbers(board, series, t["hub_uploads"], registry)}
    table = outlook.figure(board, series)
    with debug_mode(False):
        specs = {w: figures.plan(ID).draw(table, told, w).to_dict() for w in WIDTHS}
    return Stand(table, told, specs, {w: render.svg(s, "p") for w, s in specs.items()})


@pytest.fixture(scope="module")
def stands() -> dict[date | None, Stand]:
    return {day: stand(day) for day in DAYS}


def texts(svg: str) -> list[str]:
    found = [e for e in ElementTree.fromstring(svg).iter() if e.tag.endswith(("text", "tspan"))]
    return [(e.text or "").strip().replace("\u00a0", " ") for e in found]


def test_it_fits_the_page_in_letters_and_colours_of_the_theme(
    stands: dict[date | None, Stand],
) -> None:
    known = {theme.INK, theme.MUTED, theme.GRID, theme.PAPER}
    for of in stands.values():
        for width, svg in of.drawn.items():
            most = 760 if width == theme.WIDE else 360
            assert float(ElementTree.fromstring(svg).attrib["width"]) <= most
            assert min(float(s) for s in re.findall(r'font-size="([\d.]+)px"', svg)) >= 11
            assert set(re.findall(r"#[0-9a-fA-F]{6}\b", svg)) <= known


def test_a_pointer_finds_words_and_no_address(stands: dict[date | None, Stand]) -> None:
    for spec in stands[None].specs.values():
        text = json.dumps(spec)
        assert '"tooltip"' in text
        assert not re.search(r"https?://(?!vega\.github\.io)", text)


def test_each_thing_is_named_with_its_reading_and_when_the_next_is_due(
    stands: dict[date | None, Stand],
) -> None:
    of = stands[None]
    rows = of.table[of.table["part"] == "thing"]
    for svg in of.drawn.values():
        said = texts(svg)
        assert all(name in said for name in rows["name"])
        assert (
            sum(text.startswith("overdue since") for text in said)
            == of.numbers["outlook.overdue"].value
        )
        assert said.count("no indicator") == 1
        assert of.numbers["outlook.procurement.reading"].text.replace("\u00a0", " ") in said


def test_the_drawn_readings_are_all_of_the_table(stands: dict[date | None, Stand]) -> None:
    of = stands[None]
    read = of.table[of.table["part"] == "reading"]
    for spec in of.specs.values():
        rows = [r for data in spec["datasets"].values() for r in data if "newest" in r]
        assert len(rows) >= len(read)
        newest = {round(r["value"], 9) for r in rows if r["newest"]}
        last = read.sort_values("date").groupby("thing")["value"].last()
        assert newest == set(last.round(9))


def test_words_are_true_on_any_day(stands: dict[date | None, Stand]) -> None:
    plan = figures.plan(ID)
    for day, of in stands.items():
        for words in (plan.title(of.numbers), plan.subtitle(of.numbers), plan.alt(of.numbers)):
            assert not re.search(rf"\b(nan|None|NaT|{NOT_OBSERVED})\b", words), f"{day}: {words}"
        for svg in of.drawn.values():
            assert not re.search(r">(nan|None|NaT|[^<]*not observed)", svg)
    assert "were not read by this day" in plan.title(stands[date(2025, 1, 16)].numbers)
    assert plan.limit.endswith(".")


def test_an_overdue_event_says_since_when(stands: dict[date | None, Stand]) -> None:
    of = stands[None]
    due = of.table["due"].max().date()
    late = of.table.assign(state=of.table["state"].replace({"due": "overdue"}))
    shown = render.svg(
        figures.plan(ID).draw(late, of.numbers, theme.WIDE).to_dict(validate=False), "p"
    )
    assert any(text == f"overdue since {due.day} {due:%b %Y}" for text in texts(shown))
