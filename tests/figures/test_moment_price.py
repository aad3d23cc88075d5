"""The figure on prices: drawn on real and on partial tables, in both widths, with true words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pandas as pd
import pytest

import openrace.figures.moment.price  # noqa: F401  (registers the figure)
from openrace import capability, figures, package, prices, store
from openrace.figures import render, theme
from openrace.measures.moment import price, price_numbers
from openrace.numbers import NOT_OBSERVED, Number

ID = "moment-price"
WIDTHS = (theme.WIDE, theme.NARROW)


class Stand(NamedTuple):
    """What the chapter has on one day under its parameters."""

    table: pd.DataFrame
    numbers: Mapping[str, Number]


def stand(as_of: date | None = None, threshold: str | float = "o1", blend: float = 3.0) -> Stand:
    read = {name: store.load(name, as_of) for name in package.names()}
    corrections, index = read["corrections"], read["capability_index"]
    models, earlier = (
        capability.models(index, corrections, read["countries"], copy)
        for copy in (None, index["date"].min())
    )
    lists = (read[n] for n in ("list_prices", "official_prices", "model_names", "price_hosts"))
    history = prices.prices(*lists, corrections)
    runs = price.runs(read["aider_runs"], read["model_names"], models)
    table = price.price_figure(history, models, runs, threshold, blend)
    told = price_numbers.numbers(history, models, earlier, runs, threshold, blend)
    return Stand(table, {n.id: n for n in told})


@pytest.fixture(scope="module")
def latest() -> Stand:
    return stand()


@pytest.fixture(scope="module")
def others(latest: Stand) -> list[Stand]:
    """Days and parameters under which less, or something else, is to be drawn."""
    days = [stand(day) for day in (date(2026, 1, 31), date(2025, 2, 15), date(2025, 1, 5))]
    return [*days, stand(threshold=130.0), stand(threshold=152.0, blend=10.0), stand(threshold=200)]


def draw(day: Stand, width: int) -> dict[str, Any]:
    return figures.plan(ID).draw(day.table, day.numbers, width).to_dict()


def svg(day: Stand, width: int) -> str:
    return render.svg(draw(day, width), "p")


def texts(drawn: str) -> list[str]:
    found = [e for e in ElementTree.fromstring(drawn).iter() if e.tag.endswith(("text", "tspan"))]
    return [(e.text or "").strip() for e in found]


def words(numbers: Mapping[str, Number]) -> list[str]:
    plan = figures.plan(ID)
    return [plan.title(numbers), plan.subtitle(numbers), plan.alt(numbers)]


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_stands_out_of_the_page(latest: Stand, others: list[Stand], width: int) -> None:
    for day in (latest, *others):
        assert float(ElementTree.fromstring(svg(day, width)).attrib["width"]) <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_letters_are_large_enough_and_marks_say_what_they_are(latest: Stand, width: int) -> None:
    spec = draw(latest, width)
    sizes = {float(s) for s in re.findall(r'font-size="([\d.]+)px"', render.svg(spec, "p"))}
    assert sizes
    assert min(sizes) >= 11
    assert "tooltip" in str(spec)


def test_words_are_whole_under_other_parameters(latest: Stand, others: list[Stand]) -> None:
    for day in (latest, *others):
        said = words(day.numbers)
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


def test_every_colour_is_of_the_theme(latest: Stand) -> None:
    known = {theme.INK, theme.MUTED, theme.GRID, theme.PAPER, *theme.BLOCS.values()}
    for width in WIDTHS:
        assert set(re.findall(r"#[0-9a-fA-F]{6}\b", svg(latest, width))) <= known


def test_what_is_below_the_score_is_hollow(latest: Stand) -> None:
    spec = draw(latest, theme.WIDE)
    found = {}
    for layer in spec["vconcat"][1]["layer"]:
        rows = spec["datasets"].get(layer.get("data", {}).get("name"), [])
        if layer["mark"]["type"] == "point" and rows and rows[0]["part"] == "named":
            found[layer["mark"]["filled"]] = {row["model"] for row in rows}
    assert found[True] == {"o1", "o3"}
    assert found[False] == {"o1-preview", "o1-mini", "DeepSeek-R1", "o3-mini"}


def test_the_steps_are_named_once_and_both_ends_are_priced(latest: Stand) -> None:
    said = [t.replace("\u00a0", " ") for t in texts(svg(latest, theme.WIDE))]
    for name in ("o1", "Gemini 2.5 Pro", "o4-mini", "GLM-4.5", "Qwen3-Coder", "Grok 4 Fast"):
        assert said.count(name) == 1
    assert "at least o1’s score: US$ 0.28" in said
    assert [t for t in said if t.startswith("at least R1’s score: US$ ")]


def test_every_run_has_its_price_and_the_share_solved(latest: Stand) -> None:
    runs = latest.table[latest.table["part"] == "aider"]
    for width in WIDTHS:
        said = [t.replace("\u00a0", " ") for t in texts(svg(latest, width))]
        assert {"US$ 1.34", "US$ 0.042", "62 %", "57 %"} <= set(said)
        assert len([t for t in said if re.fullmatch(r"\d+ %", t)]) == len(runs)


@pytest.mark.parametrize("width", WIDTHS)
def test_either_half_can_stand_alone(latest: Stand, width: int) -> None:
    table = latest.table
    for part in ("aider", "named"):
        half = Stand(table[table["part"] == part], latest.numbers)
        said = texts(svg(half, width))
        assert ("DeepSeek-R1, May 2025" in said) == (part == "aider")
        assert ("o1-preview" in said) == (part == "named")
