"""The figures on tasks and on the report's own test: drawn on real and on partial tables."""

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

import openrace.figures.costs.eighty_ninety
import openrace.figures.costs.tasks  # noqa: F401  (registers the figures)
from openrace import figures, prices, store
from openrace.figures import render, theme
from openrace.measures.costs import eighty_ninety, task_numbers, tasks
from openrace.numbers import NOT_OBSERVED, Number

TASKS, TEST = "costs-per-task", "costs-eighty-ninety"
WIDTHS = (theme.WIDE, theme.NARROW)
LISTS = ("list_prices", "official_prices", "model_names", "price_hosts", "corrections")
RUNS = ("aider_runs", "task_models", "task_costs", "paid_prices", "task_pairs", "task_pair_counts")
ASSUMED = {"cache_share": 0.8, "token_multiple": 3.0, "success_weighting": "no"}
both = pytest.mark.parametrize("id", [TASKS, TEST])


@dataclass(frozen=True, eq=False)
class Stand:
    """What the chapter has on one day under its parameters."""

    tables: Mapping[str, pd.DataFrame]
    numbers: Mapping[str, Number]


@cache
def read_tables(as_of: date | None) -> Mapping[str, pd.DataFrame]:
    return {name: store.load(name, as_of) for name in (*LISTS, *RUNS)}


@cache
def stand(as_of: date | None = None, blend: float = 3.0, **chosen: Any) -> Stand:
    read = read_tables(as_of)
    lists = [read[name] for name in LISTS]
    history, reads = prices.prices(*lists), tasks.cache_reads(*lists)
    cache = chosen.get("cache_share", 0.0)
    runs = tasks.aider(read["aider_runs"], read["task_models"], history, reads, blend, cache)
    ratios = tasks.ratios(runs, read["task_costs"], blend)
    told = task_numbers.numbers(runs, ratios, read["paid_prices"], blend, **chosen)
    told += eighty_ninety.numbers(eighty_ninety.shares(runs, read["task_pairs"]))
    times, weighing = chosen.get("token_multiple", 1.0), chosen.get("success_weighting", True)
    tables = {
        TASKS: tasks.per_task(ratios, times, weighing),
        TEST: eighty_ninety.eighty_ninety(runs, read["task_pair_counts"]),
    }
    return Stand(tables, {n.id: n for n in told})


@pytest.fixture(scope="module")
def latest() -> Stand:
    return stand()


@pytest.fixture(scope="module")
def others() -> list[Stand]:
    """Days and parameters under which less, or something else, is to be drawn."""
    days = [date(2024, 12, 22), date(2025, 2, 1), date(2026, 6, 20), date(2026, 7, 20)]
    return [*map(stand, days), stand(blend=30.0, **ASSUMED), stand(token_multiple=0.2)]


@cache
def spec(day: Stand, id: str, width: int) -> dict[str, Any]:
    return drawn.spec(id, day.tables[id], day.numbers, width)


@cache
def svg(day: Stand, id: str, width: int) -> str:
    return render.svg(spec(day, id, width), "p")


def texts(drawing: str) -> list[str]:
    found = [e for e in ElementTree.fromstring(drawing).iter() if e.tag.endswith(("text", "tspan"))]
    return [(e.text or "").strip().replace("\u00a0", " ") for e in found]


@both
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_stands_out_of_the_page(
    latest: Stand, others: list[Stand], id: str, width: int
) -> None:
    for day in (latest, *others):
        if len(day.tables[id]):
            drawing = svg(day, id, width)
            most = 760 if width == theme.WIDE else 360
            assert float(ElementTree.fromstring(drawing).attrib["width"]) <= most
            assert not [t for t in texts(drawing) if re.search(r"\bnan\b|None|not observed", t)]


@both
def test_words_are_whole_under_other_parameters(
    latest: Stand, others: list[Stand], id: str
) -> None:
    plan = figures.plan(id)
    for day in (latest, *others):
        if len(day.tables[id]):
            said = [word(day.numbers) for word in (plan.title, plan.subtitle, plan.alt)]
            assert not [w for w in said if re.search(rf"None|nan|{NOT_OBSERVED}", w)], said
            assert 40 <= len(said[2]) <= 400
    assert plan.limit.endswith(".")


@both
@pytest.mark.parametrize("width", WIDTHS)
def test_letters_colours_and_marks(latest: Stand, id: str, width: int) -> None:
    drawing = svg(latest, id, width)
    sizes = {float(s) for s in re.findall(r'font-size="([\d.]+)px"', drawing)}
    assert min(sizes) >= 11
    known = {theme.INK, theme.MUTED, theme.GRID, theme.PAPER, *theme.BLOCS.values()}
    assert set(re.findall(r"#[0-9a-fA-F]{6}\b", drawing)) <= known
    assert "tooltip" in str(spec(latest, id, width))
    bare = {key: part for key, part in spec(latest, id, width).items() if key != "$schema"}
    assert "https://" not in str(bare)


def test_a_stage_that_nobody_recorded_is_not_drawn(latest: Stand) -> None:
    said = texts(svg(latest, TASKS, theme.WIDE))
    assert "Aider (price paid not recorded)" in said
    assert said.count("paid") == 2  # LiveBench and Artificial Analysis
    assumed = texts(svg(stand(blend=30.0, **ASSUMED), TASKS, theme.WIDE))
    assert assumed.count("paid") == 3


def test_the_title_gives_every_benchmark_and_no_mean(latest: Stand) -> None:
    title = figures.plan(TASKS).title(latest.numbers)
    for benchmark in tasks.BENCHMARKS:
        for kind in ("task_ratio", "list_ratio"):
            assert str(latest.numbers[f"costs.{kind}.{benchmark}"]) in title
        assert tasks.NAMES[benchmark] in title


def test_without_deepseek_stands_beside_and_is_counted(latest: Stand) -> None:
    said = texts(svg(latest, TASKS, theme.NARROW))
    assert "without DeepSeek: 1, 2" in said
    early = texts(svg(stand(date(2025, 2, 1)), TASKS, theme.NARROW))
    assert not [t for t in early if "without" in t]


@pytest.mark.parametrize("width", WIDTHS)
def test_every_run_of_the_test_is_named_once(latest: Stand, width: int) -> None:
    said = " ".join(texts(svg(latest, TEST, width)))
    for name in ("DeepSeek R1, May 2025", "Kimi K2", "DeepSeek V3.2 chat", "DeepSeek V3, Mar 2025"):
        assert said.count(name) == 1


def test_the_box_is_a_tenth_of_each_scale(latest: Stand) -> None:
    boxes = [
        rows
        for rows in spec(latest, TEST, theme.WIDE)["datasets"].values()
        if rows and set(rows[0]) == {"x", "x2", "y", "y2"} and len(rows) == 1
    ]
    assert boxes == [[{"x": 0.8, "x2": 0.9, "y": 0.8, "y2": 0.9}]]


@pytest.mark.parametrize("width", WIDTHS)
def test_either_half_of_the_test_can_stand_alone(latest: Stand, width: int) -> None:
    table = latest.tables[TEST]
    for part in ("run", "tenths"):
        half = Stand({TEST: table[table["part"] == part]}, latest.numbers)
        assert ("Kimi K2" in texts(svg(half, TEST, width))) == (part == "run")


def test_a_framed_figure_has_its_title_inside(latest: Stand) -> None:
    for id in (TASKS, TEST):
        title = figures.plan(id).title(latest.numbers)
        whole = render.framed(spec(latest, id, theme.WIDE), title, "subtitle", "Data: source.")
        said = " ".join(texts(render.svg(whole, "p")))
        assert title.replace("\u00a0", " ")[:40] in said
        assert "Data: source." in said
