"""The figure on prices: drawn on real and on partial tables, in both widths, with true words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pandas as pd
import pytest
from drawn import spec

import openrace.figures.moment.price  # noqa: F401  (registers the figure)
from openrace import capability, figures, prices, store
from openrace.figures import render, theme
from openrace.measures.moment import price, price_numbers
from openrace.numbers import NOT_OBSERVED, Number

ID = "moment-price"
WIDTHS = (theme.WIDE, theme.NARROW)
# Today, and days and parameters under which less, or something else, is to be drawn.
CASES: dict[str, dict[str, Any]] = {
    "today": {},
    "a year after": {"as_of": date(2026, 1, 31)},
    "weeks after": {"as_of": date(2025, 2, 15)},
    "before": {"as_of": date(2025, 1, 5)},
    "a low score": {"threshold": 130.0},
    "a high score": {"threshold": 152.0, "blend": 10.0},
    "a score of none": {"threshold": 200},
}


class Stand(NamedTuple):
    """What the chapter has on one day under its parameters."""

    table: pd.DataFrame
    numbers: Mapping[str, Number]


@cache
def stand(case: str) -> Stand:
    asked = {"as_of": None, "threshold": "o1", "blend": 3.0} | CASES[case]
    choices = (asked["threshold"], asked["blend"])
    lists = ("list_prices", "official_prices", "model_names", "price_hosts")
    names = (*lists, "corrections", "capability_index", "countries", "aider_runs")
    read = {name: store.load(name, asked["as_of"]) for name in names}
    corrections, index = read["corrections"], read["capability_index"]
    models, earlier = (
        capability.models(index, corrections, read["countries"], copy)
        for copy in (None, index["date"].min())
    )
    history = prices.prices(*(read[n] for n in lists), corrections)
    runs = price.runs(read["aider_runs"], read["model_names"], models)
    table = price.price_figure(history, models, runs, *choices)
    told = price_numbers.numbers(history, models, earlier, runs, *choices)
    return Stand(table, {n.id: n for n in told})


@pytest.fixture(scope="module")
def latest() -> Stand:
    return stand("today")


@cache
def draw(case: str, width: int) -> dict[str, Any]:
    return spec(ID, *stand(case), width)


@cache
def svg(case: str, width: int) -> str:
    return render.svg(draw(case, width), "p")


def texts(drawn: str) -> list[str]:
    found = [e for e in ElementTree.fromstring(drawn).iter() if e.tag.endswith(("text", "tspan"))]
    return [(e.text or "").strip() for e in found]


def words(numbers: Mapping[str, Number]) -> list[str]:
    plan = figures.plan(ID)
    return [plan.title(numbers), plan.subtitle(numbers), plan.alt(numbers)]


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_stands_out_of_the_page(width: int) -> None:
    for case in CASES:
        assert float(ElementTree.fromstring(svg(case, width)).attrib["width"]) <= width, case


@pytest.mark.parametrize("width", WIDTHS)
def test_letters_are_large_enough_and_marks_say_what_they_are(width: int) -> None:
    sizes = {float(s) for s in re.findall(r'font-size="([\d.]+)px"', svg("today", width))}
    assert sizes
    assert min(sizes) >= 11
    assert "tooltip" in str(draw("today", width))


def test_words_are_whole_under_other_parameters() -> None:
    for case in CASES:
        said = words(stand(case).numbers)
        assert not [w for w in said if re.search(rf"None|nan|NaN|{NOT_OBSERVED}", w)], said
        assert 40 <= len(said[2]) <= 400


def test_the_title_carries_the_companions_of_the_famous_ratio(latest: Stand) -> None:
    title = words(latest.numbers)[0].replace("\u00a0", " ")
    for part in ("27.4 times", "9.8 times", "11 days", "2.0 times", "which R1 lacks", "120 days"):
        assert part in title


def test_the_title_turns_when_r1_has_the_score(latest: Stand) -> None:
    id = "moment.ladder.r1_reaches"
    turned = {**latest.numbers, id: replace(latest.numbers[id], value="has", text="has")}
    assert "lacks" not in words(turned)[0]


def test_every_colour_is_of_the_theme() -> None:
    known = {theme.INK, theme.MUTED, theme.GRID, theme.PAPER, *theme.BLOCS.values()}
    for width in WIDTHS:
        assert set(re.findall(r"#[0-9a-fA-F]{6}\b", svg("today", width))) <= known


def test_what_is_below_the_score_is_hollow() -> None:
    drawn = draw("today", theme.WIDE)
    found = {}
    for layer in drawn["vconcat"][1]["layer"]:
        rows = drawn["datasets"].get(layer.get("data", {}).get("name"), [])
        if layer["mark"]["type"] == "point" and rows and rows[0]["part"] == "named":
            found[layer["mark"]["filled"]] = {row["model"] for row in rows}
    assert found[True] == {"o1", "o3"}
    assert found[False] == {"o1-preview", "o1-mini", "DeepSeek-R1", "o3-mini"}


def test_the_steps_are_named_once_and_both_ends_are_priced() -> None:
    said = [t.replace("\u00a0", " ") for t in texts(svg("today", theme.WIDE))]
    for name in ("o1", "Gemini 2.5 Pro", "o4-mini", "GLM-4.5", "Qwen3-Coder", "Grok 4 Fast"):
        assert said.count(name) == 1
    assert "at least o1’s score: US$ 0.28" in said
    assert [t for t in said if t.startswith("at least R1’s score: US$ ")]


def test_every_run_has_its_price_and_the_share_solved(latest: Stand) -> None:
    runs = latest.table[latest.table["part"] == "aider"]
    for width in WIDTHS:
        said = [t.replace("\u00a0", " ") for t in texts(svg("today", width))]
        assert {"US$ 1.34", "US$ 0.042", "62 %", "57 %"} <= set(said)
        assert len([t for t in said if re.fullmatch(r"\d+ %", t)]) == len(runs)


@pytest.mark.parametrize("width", WIDTHS)
def test_either_half_can_stand_alone(latest: Stand, width: int) -> None:
    table = latest.table
    for part in ("aider", "named"):
        half = spec(ID, table[table["part"] == part], latest.numbers, width)
        said = texts(render.svg(half, "p"))
        assert ("DeepSeek-R1, May 2025" in said) == (part == "aider")
        assert ("o1-preview" in said) == (part == "named")
