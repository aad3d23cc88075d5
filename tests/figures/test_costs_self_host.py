"""The figure on self-hosting: drawn on real and on partial tables, with sliders and true words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from xml.etree import ElementTree

import drawn
import pandas as pd
import pytest

import openrace.figures.costs.self_host  # noqa: F401  (registers the figure)
from openrace import capability, figures, prices, store
from openrace.figures import render, theme
from openrace.measures.costs import hosting, self_host
from openrace.numbers import NOT_OBSERVED, Number

ID = "costs-self-host"
WIDTHS = (theme.WIDE, theme.NARROW)


@dataclass(frozen=True, eq=False)
class Stand:
    """What the chapter has on one day under its parameters."""

    table: pd.DataFrame
    numbers: Mapping[str, Number]


@cache
def stand(
    as_of: date | None = None,
    rent: float | str = self_host.MARKET,
    throughput: float | str = self_host.PUBLISHED,
    blend: float = 3.0,
    utilisation: float = 0.6,
) -> Stand:
    def read(name: str) -> pd.DataFrame:
        return store.load(name, as_of)

    lists = ("list_prices", "official_prices", "model_names", "price_hosts", "corrections")
    history = prices.prices(*map(read, lists))
    index = map(read, ("capability_index", "corrections", "countries"))
    models = capability.models(*index, None)
    near = hosting.closed_price(history, models, self_host.MODEL, blend)
    api = self_host.api_prices(history, blend)
    ran = self_host.installations(read("throughputs"), read("gpu_rents"), blend, rent, throughput)
    table = self_host.self_host_figure(ran, api, near)
    told = self_host.numbers(table, read("gpu_rents"), api, utilisation, blend)
    return Stand(table, {n.id: n for n in told})


@pytest.fixture(scope="module")
def latest() -> Stand:
    return stand()


@pytest.fixture(scope="module")
def others() -> list[Stand]:
    """Days and parameters under which less, or something else, is to be drawn."""
    return [
        stand(date(2026, 4, 30)),
        stand(rent=0.8),
        stand(rent=8.0, utilisation=1.0),
        stand(throughput=2000.0, utilisation=0.0),
        stand(throughput=60000.0, blend=30.0),
    ]


@cache
def draw(day: Stand, width: int) -> dict[str, Any]:
    return drawn.spec(ID, day.table, day.numbers, width)


@cache
def svg(day: Stand, width: int) -> str:
    return render.svg(draw(day, width), "p")


def texts(drawing: str) -> list[str]:
    found = [e for e in ElementTree.fromstring(drawing).iter() if e.tag.endswith(("text", "tspan"))]
    return [(e.text or "").strip().replace("\u00a0", " ") for e in found]


def words(numbers: Mapping[str, Number]) -> list[str]:
    plan = figures.plan(ID)
    return [plan.title(numbers), plan.subtitle(numbers), plan.alt(numbers)]


@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_the_page_in_letters_that_can_be_read(
    latest: Stand, others: list[Stand], width: int
) -> None:
    for day in (latest, *others):
        drawing = svg(day, width)
        assert float(ElementTree.fromstring(drawing).attrib["width"]) <= width
        assert min(float(s) for s in re.findall(r'font-size="([\d.]+)px"', drawing)) >= 11


def test_marks_say_what_they_are_in_the_colours_of_the_theme(latest: Stand) -> None:
    known = {theme.INK, theme.MUTED, theme.GRID, theme.PAPER, *theme.BLOCS.values()}
    for width in WIDTHS:
        spec = draw(latest, width)
        assert "tooltip" in str(spec)
        assert "https" not in str(spec).replace(spec["$schema"], "")
        assert set(re.findall(r"#[0-9a-fA-F]{6}\b", svg(latest, width))) <= known


def test_words_are_whole_and_call_it_an_assumption(latest: Stand, others: list[Stand]) -> None:
    for day in (latest, *others):
        said = words(day.numbers)
        assert not [w for w in said if re.search(rf"None|nan|NaN|inf|{NOT_OBSERVED}", w)], said
        assert "not measured" in said[0]
        assert 40 <= len(said[2]) <= 400


def test_words_stand_without_any_table() -> None:
    empty = stand(date(2025, 1, 31))
    assert empty.table.empty
    assert not re.search(rf"None|nan|{NOT_OBSERVED}", " ".join(words(empty.numbers)))
    assert set(empty.numbers) == set(stand().numbers)


def test_the_title_turns_when_rents_rise() -> None:
    assert "beats the API’s price from" in words(stand().numbers)[0]
    assert "does not beat" in words(stand(rent=8.0).numbers)[0]


def test_the_sliders_begin_at_what_the_static_drawing_shows(latest: Stand) -> None:
    spec = draw(latest, theme.WIDE)
    begin = {p["name"]: p["value"] for p in spec["params"] if "bind" in p}
    middle = latest.table[latest.table["is_middle"]].iloc[0]
    assert begin == {
        "rent": round(middle["rent"], 2),
        "speed": round(middle["throughput"], 2),
        "used": 0.6,
    }
    expected = middle["full"] / 0.6
    said = [
        t for t in texts(svg(latest, theme.WIDE)) if t.startswith(f"US$ {expected:.2f} at 60 %")
    ]
    assert said


def test_params_stay_at_the_top_when_the_figure_stands_alone(latest: Stand) -> None:
    framed = render.framed(draw(latest, theme.WIDE), "Title", "Subtitle", "Source")
    assert [p["name"] for p in framed["params"]] == ["rent", "speed", "used"]
    assert "Title" in texts(render.svg(framed, "p"))


def test_every_curve_has_a_name_and_a_dash_of_its_own(latest: Stand) -> None:
    for width in WIDTHS:
        drawing = svg(latest, width)
        said = texts(drawing)
        assert all(any(t.startswith(name) for t in said) for name in latest.table["name"])
        assert len({*re.findall(r'stroke-dasharray="([^"]+)"', drawing)}) >= 3
