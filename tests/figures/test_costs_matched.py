"""The figures on frontier and equal score: whole on any day, in both widths, with true words."""

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

import openrace.figures.costs.frontier
import openrace.figures.costs.matched  # noqa: F401  (both register their figure)
from openrace import capability, figures, store
from openrace.figures import render, theme
from openrace.measures.costs import crosswalk, frontier, matched_numbers
from openrace.measures.costs.matched_figure import matched_figure
from openrace.numbers import NOT_OBSERVED, Number

IDS = ("costs-frontier", "costs-matched-ratio")
ROOM = {theme.WIDE: 760, theme.NARROW: 360}
TABLES = ("list_prices", "official_prices", "model_names", "price_hosts", "corrections")
DAYS = ((None, "all", 3.0), (date(2026, 2, 15), "all", 3.0), (None, "tokencost", 0.0))


@dataclass(frozen=True, eq=False)
class Stand:
    """What the chapter has on one day under its parameters."""

    tables: Mapping[str, pd.DataFrame]
    numbers: Mapping[str, Number]


@cache
def prices(as_of: date | None) -> dict[str, pd.DataFrame]:
    return crosswalk.histories(*(store.load(name, as_of) for name in TABLES))


def stand(as_of: date | None, source: str, blend: float) -> Stand:
    histories = prices(as_of)
    index, aa = (store.load(name, as_of) for name in ("capability_index", "aa_price_ratios"))
    rest = (store.load("corrections", as_of), store.load("countries", as_of))
    latest, earlier = capability.copies(index, *rest)
    day = pd.Timestamp(index["date"].max())
    told = frontier.numbers(histories, latest, day, earlier, blend)
    told += matched_numbers.numbers(histories, latest, day, earlier, aa, blend, source)
    tables = {
        IDS[0]: frontier.frontier_figure(histories, latest, day, blend),
        IDS[1]: matched_figure(histories, latest, day, aa, blend, source),
    }
    return Stand(tables, {n.id: n for n in told})


@pytest.fixture(scope="module")
def stands() -> list[Stand]:
    return [stand(*given) for given in DAYS]


@cache
def draw(at: Stand, id: str, width: int) -> dict[str, Any]:
    return drawn.spec(id, at.tables[id], at.numbers, width)


@cache
def svg(at: Stand, id: str, width: int) -> str:
    return render.svg(draw(at, id, width), "p")


def texts(drawing: str) -> list[str]:
    found = ElementTree.fromstring(drawing).iter()
    return [(e.text or "").strip() for e in found if e.tag.endswith(("text", "tspan"))]


@pytest.mark.parametrize("id", IDS)
def test_it_fits_can_be_read_and_has_only_the_themes_colours(stands: list[Stand], id: str) -> None:
    known = {theme.INK, theme.MUTED, theme.GRID, theme.PAPER, *theme.BLOCS.values()}
    for at in stands:
        for width, room in ROOM.items():
            spec = draw(at, id, width)
            drawing = svg(at, id, width)
            assert float(ElementTree.fromstring(drawing).attrib["width"]) <= room
            assert min(float(s) for s in re.findall(r'font-size="([\d.]+)px"', drawing)) >= 11
            assert set(re.findall(r"#[0-9a-fA-F]{6}\b", drawing)) <= known
            assert "tooltip" in str(spec)
            assert "https://" not in str(spec["datasets"])
            assert not re.search(r"\b(nan|undefined|null|None)\b", " ".join(texts(drawing)))


@pytest.mark.parametrize("id", IDS)
def test_words_are_whole_on_any_day(stands: list[Stand], id: str) -> None:
    plan = figures.plan(id)
    for at in stands:
        said = [plan.title(at.numbers), plan.subtitle(at.numbers), plan.alt(at.numbers)]
        assert not [w for w in said if re.search(rf"None|\bnan\b|{NOT_OBSERVED}", w)], said
        assert 40 <= len(said[2]) <= 400
    assert plan.limit.endswith(".")


def test_the_title_carries_both_answers(stands: list[Stand]) -> None:
    at = stands[0].numbers
    title = figures.plan(IDS[1]).title(at)
    assert at["costs.matched_ratio.median"].text in title
    assert at["costs.matched_ratio.median"].interval in title
    cheaper, count = at["costs.cheapest_equal.cheaper"], at["costs.matched_ratio.models"]
    assert f"{cheaper} of {count}" in title


def test_the_title_on_frontiers_follows_the_counts(stands: list[Stand]) -> None:
    for at in stands:
        held = [
            at.numbers[f"costs.frontier.{name}.joint_cn"].value
            for name in ("litellm", "models_dev", "tokencost")
        ]
        assert ("beat every" in figures.plan(IDS[0]).title(at.numbers)) == (not any(held))


def test_every_chinese_model_and_every_list_is_named(stands: list[Stand]) -> None:
    table = stands[0].tables[IDS[1]]
    said = texts(svg(stands[0], IDS[1], theme.WIDE))
    count = int((table["part"] == "ratio").sum())
    assert count == len([t for t in said if re.match(r"(DeepSeek|GLM|Kimi|Qwen)", t)])
    assert {"LiteLLM", "models.dev", "tokencost", "new scale"} <= set(said)
    assert "Gemini 3.1 Pro 99\u00a0%" in texts(svg(stands[0], IDS[0], theme.WIDE))


def test_no_line_runs_through_the_change_of_scale(stands: list[Stand]) -> None:
    spec = str(draw(stands[0], IDS[1], theme.WIDE))
    assert "'detail': {'field': 'scale'" in spec


@pytest.mark.parametrize("part", ["ratio", "point", "date", "aa"])
@pytest.mark.parametrize("width", ROOM)
def test_every_part_can_stand_alone(stands: list[Stand], part: str, width: int) -> None:
    table = stands[0].tables[IDS[1]]
    alone = table[table["part"] == part]
    assert texts(render.svg(drawn.spec(IDS[1], alone, stands[0].numbers, width), "p"))
