"""The table of labs and the list of steps: drawn in both widths, with true words."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pandas as pd
import pytest
from drawn import spec

import openrace.figures.incentives.labs
import openrace.figures.incentives.timeline  # noqa: F401  (registers the figure)
from openrace import figures, store
from openrace.figures import render, theme
from openrace.measures.incentives import labs, timeline
from openrace.numbers import NOT_OBSERVED, Number

LABS, STEPS = "incentives-lab-revenue", "incentives-timeline"
WIDTHS = (theme.WIDE, theme.NARROW)
DAYS = (None, date(2025, 12, 20), date(2026, 1, 25))


class Stand(NamedTuple):
    """What the chapter has on one day."""

    tables: dict[str, pd.DataFrame]
    numbers: dict[str, Number]


def stand(day: date | None) -> Stand:
    money, events = (store.load(n, day) for n in ("lab_financials", "monetisation_events"))
    countries = store.load("countries")
    drawn = {
        LABS: labs.lab_table(money, countries),
        STEPS: timeline.timeline(events, countries),
    }
    told = [*labs.numbers(money), *timeline.numbers(events, money)]
    return Stand(drawn, {n.id: n for n in told})


@pytest.fixture(scope="module")
def stands() -> dict[date | None, Stand]:
    return {day: stand(day) for day in DAYS}


@pytest.fixture(scope="module")
def specs(stands: dict[date | None, Stand]) -> dict[tuple[str, int], dict[str, Any]]:
    """Today's drawings as specs."""
    tables, numbers = stands[None]
    return {(id, w): spec(id, tables[id], numbers, w) for id in (LABS, STEPS) for w in WIDTHS}


@pytest.fixture(scope="module")
def drawn(specs: dict[tuple[str, int], dict[str, Any]]) -> dict[tuple[str, int], str]:
    """Today's drawings as SVG."""
    return {key: render.svg(drawing, "p") for key, drawing in specs.items()}


def texts(svg: str) -> list[str]:
    found = [e for e in ElementTree.fromstring(svg).iter() if e.tag.endswith(("text", "tspan"))]
    return [(e.text or "").strip().replace("\u00a0", " ") for e in found]


def test_they_fit_the_page_in_letters_and_colours_of_the_theme(
    drawn: dict[tuple[str, int], str],
) -> None:
    known = {theme.INK, theme.MUTED, theme.GRID, theme.PAPER, *theme.BLOCS.values()}
    for (_, width), svg in drawn.items():
        most = 760 if width == theme.WIDE else 360
        assert float(ElementTree.fromstring(svg).attrib["width"]) <= most
        assert min(float(s) for s in re.findall(r'font-size="([\d.]+)px"', svg)) >= 11
        assert set(re.findall(r"#[0-9a-fA-F]{6}\b", svg)) <= known


def test_a_pointer_finds_words_and_no_address(
    specs: dict[tuple[str, int], dict[str, Any]],
) -> None:
    for drawing in specs.values():
        found = str(drawing).replace("https://vega.github.io", "")
        assert "tooltip" in found
        assert "https://" not in found


@pytest.mark.parametrize("day", DAYS)
def test_words_are_whole(stands: dict[date | None, Stand], day: date | None) -> None:
    for id in (LABS, STEPS):
        plan = figures.plan(id)
        said = [words(stands[day].numbers) for words in (plan.title, plan.subtitle, plan.alt)]
        assert not [w for w in said if re.search(rf"None|nan|NaN|{NOT_OBSERVED}", w)], said
        assert len(said[2]) <= 400


def test_earlier_days_are_drawn_without_figures_of_later_ones(
    stands: dict[date | None, Stand],
) -> None:
    tables, numbers = stands[date(2025, 12, 20)]
    said = texts(render.svg(spec(LABS, tables[LABS], numbers, theme.NARROW), "p"))
    assert {"US$ 43 million", "OpenAI"} <= set(said)
    assert not {"US$ 13.1 billion", "xAI"} & set(said)


def test_each_lab_stands_once_and_what_is_missing_says_so(
    stands: dict[date | None, Stand], drawn: dict[tuple[str, int], str]
) -> None:
    table = stands[None].tables[LABS]
    missing = int(table[["revenue", "run_rate", "loss", "value"]].isna().sum().sum())
    for width in WIDTHS:
        said = texts(drawn[LABS, width])
        for lab in table["lab"].replace("Z.ai", "Z.ai (Zhipu)"):
            assert said.count(lab) == 1
        assert said.count("not published") == missing > 0


def test_run_rates_stand_apart_and_are_not_printed_like_revenue(
    drawn: dict[tuple[str, int], str],
) -> None:
    svg = drawn[LABS, theme.WIDE]
    assert 'stroke-dasharray="4,3"' in svg
    bold = re.findall(r'font-weight="bold"[^>]*>([^<]+)<', svg)
    assert not [b for b in bold if "47" in b or "24" in b]
    assert [b for b in bold if "13.1" in b]


def test_every_step_has_a_row_and_vague_ones_are_hollow(
    stands: dict[date | None, Stand], drawn: dict[tuple[str, int], str]
) -> None:
    table = stands[None].tables[STEPS]
    vague = table["precision"].ne("day") | table["confidence"].eq("low")
    for width in WIDTHS:
        said = texts(drawn[STEPS, width])
        assert not set(table["name"]) - set(said)
        marks = re.findall(
            r'<path[^>]*fill="#ffffff"[^>]*stroke="#(?:d55e00|0072b2)"', drawn[STEPS, width]
        )
        assert len(marks) == vague.sum()
