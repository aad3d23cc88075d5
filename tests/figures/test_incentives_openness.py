"""The figure on openness: whole and in parts, in both widths, with true words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pandas as pd
import pytest
from drawn import spec

import openrace.figures.incentives.openness  # noqa: F401  (registers the figure)
from openrace import capability, figures, store
from openrace.figures import render, theme
from openrace.measures.incentives import openness, openness_numbers
from openrace.numbers import NOT_OBSERVED, Number

ID = "incentives-openness"
WIDTHS = (theme.WIDE, theme.NARROW)


class Stand(NamedTuple):
    """What the chapter has on one day."""

    table: pd.DataFrame
    numbers: Mapping[str, Number]


def stand(tables: list[pd.DataFrame], until: str) -> Stand:
    index, corrections, countries, sold, best = (
        t[t["date"] <= pd.Timestamp(until)] if "date" in t else t for t in tables
    )
    models, _ = capability.copies(index, corrections, countries)
    readings = openness.readings(models, sold, corrections, countries)
    told = openness_numbers.numbers(readings, best)
    return Stand(openness.counts(readings["judged"], best), {n.id: n for n in told})


@pytest.fixture(scope="module")
def days() -> list[Stand]:
    """Today, with one list, and with two."""
    names = ("capability_index", "corrections", "countries")
    tables = [store.load(n) for n in (*names, "catalogue_releases", "frontier_releases")]
    return [stand(tables, until) for until in ("2099-01-01", "2026-02-01", "2026-07-03")]


@pytest.fixture(scope="module")
def specs(days: list[Stand]) -> dict[tuple[int, int], dict[str, Any]]:
    drawn = [(0, theme.WIDE), (0, theme.NARROW), (1, theme.WIDE)]
    return {(i, w): spec(ID, *days[i], w) for i, w in drawn}


@pytest.fixture(scope="module")
def drawings(specs: dict[tuple[int, int], dict[str, Any]]) -> dict[tuple[int, int], str]:
    return {at: render.svg(made, "p") for at, made in specs.items()}


def texts(drawn: str) -> list[str]:
    found = [e for e in ElementTree.fromstring(drawn).iter() if e.tag.endswith(("text", "tspan"))]
    return [(e.text or "").strip().replace("\u00a0", " ") for e in found]


def words(numbers: Mapping[str, Number]) -> list[str]:
    plan = figures.plan(ID)
    return [plan.title(numbers), plan.subtitle(numbers), plan.alt(numbers)]


def test_it_fits_the_page_in_the_letters_and_colours_of_the_theme(
    specs: dict[tuple[int, int], dict[str, Any]], drawings: dict[tuple[int, int], str]
) -> None:
    known = {theme.INK, theme.MUTED, theme.GRID, theme.PAPER, *theme.BLOCS.values()}
    for (i, width), drawn in drawings.items():
        most = 760 if width == theme.WIDE else 360
        assert float(ElementTree.fromstring(drawn).attrib["width"]) <= most
        assert min(float(s) for s in re.findall(r'font-size="([\d.]+)px"', drawn)) >= 11
        assert set(re.findall(r"#[0-9a-fA-F]{6}\b", drawn)) <= known
        assert "tooltip" in str(specs[i, width])


def test_every_count_is_written_beside_its_mark(
    days: list[Stand], drawings: dict[tuple[int, int], str]
) -> None:
    for (i, _), drawn in drawings.items():
        said = texts(drawn)
        rows = days[i].table[days[i].table["models"] > 0]
        counts = [f"{o} of {m}" for o, m in zip(rows["open"], rows["models"], strict=True)]
        assert sorted(t for t in said if re.fullmatch(r"\d+ of \d+", t)) == sorted(counts)


def test_a_side_without_models_is_a_hole_that_says_so(
    drawings: dict[tuple[int, int], str],
) -> None:
    for width in WIDTHS:
        assert texts(drawings[0, width]).count("none") == 1  # China in early 2025, at the frontier
    assert "partly left the catalogue." in texts(drawings[0, theme.WIDE])
    assert "partly left the catalogue." not in texts(drawings[1, theme.WIDE])


def test_shares_of_few_models_are_hollow(specs: dict[tuple[int, int], dict[str, Any]]) -> None:
    made = specs[0, theme.WIDE]
    hollow = [
        name
        for panel in made["vconcat"][1]["hconcat"]
        for layer in panel["layer"]
        if layer["mark"].get("fill") == theme.PAPER
        for name in [layer["data"]["name"]]
    ]
    marks = [row for name in hollow for row in made["datasets"][name]]
    assert len(marks) > 5
    assert all(row["models"] < openness.FEW for row in marks)


def test_words_are_whole_and_carry_the_range(days: list[Stand]) -> None:
    for day in days:
        said = words(day.numbers)
        assert not [w for w in said if re.search(rf"None|nan|NaN|{NOT_OBSERVED}", w)], said
        assert len(said[2]) <= 400
    title = words(days[0].numbers)[0]
    shares = [days[0].numbers[f"incentives.open_share.us.{p}"] for p in openness.POPULATIONS]
    assert max(shares, key=lambda n: float(n.value or 0)).text in title
    assert "all three lists" in title


def test_the_title_says_so_when_the_order_turns(days: list[Stand]) -> None:
    gap = "incentives.open_share.gap.catalogue"
    turned = Number.of(gap, -0.1, "points", "Turned.", ("catalogue_releases",))
    title = words({**days[0].numbers, gap: turned})[0]
    assert title.endswith("which side is more open depends on the list")
