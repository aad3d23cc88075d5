"""The figure on the quality gap: whole under any day, its holes open, its words true."""

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

import openrace.figures.moment.quality  # noqa: F401
from openrace import figures, store
from openrace.figures import render, theme
from openrace.measures.moment import quality
from openrace.numbers import NOT_OBSERVED, Number

ID = "moment-quality-gap"
NAMES = ("capability_index", "corrections", "countries", "arena_gaps")
ROOM = {theme.WIDE: 760, theme.NARROW: 360}
DAYS = (None, date(2026, 2, 1), date(2025, 2, 1), date(2024, 6, 1), date(2023, 5, 8))


class Stand(NamedTuple):
    """What the chapter has on one day."""

    table: pd.DataFrame
    numbers: Mapping[str, Number]


@cache
def stand(as_of: date | None, score_noise: float = 1.0) -> Stand:
    read = [store.load(name, as_of) for name in NAMES]
    numbers = {n.id: n for n in quality.numbers(*read, score_noise)}
    return Stand(quality.gap_figure(*read, score_noise), numbers)


@cache
def draw(day: date | None, width: int, part: str | None = None) -> dict[str, Any]:
    table, numbers = stand(day)
    return spec(ID, table if part is None else table[table["part"] == part], numbers, width)


@cache
def svg(day: date | None, width: int, part: str | None = None) -> str:
    return render.svg(draw(day, width, part), "p")


def texts(drawn: str) -> list[str]:
    found = ElementTree.fromstring(drawn).iter()
    return [(e.text or "").strip() for e in found if e.tag.endswith(("text", "tspan"))]


def words(numbers: Mapping[str, Number]) -> list[str]:
    plan = figures.plan(ID)
    return [plan.title(numbers), plan.subtitle(numbers), plan.alt(numbers)]


def nodes(spec: Any) -> list[dict[str, Any]]:
    """Return every mapping of a spec, the data apart."""
    if isinstance(spec, list):
        return [n for item in spec for n in nodes(item)]
    if not isinstance(spec, dict):
        return []
    return [spec, *(n for k, v in spec.items() if k != "datasets" for n in nodes(v))]


@pytest.mark.parametrize("width", ROOM)
@pytest.mark.parametrize("day", DAYS)
def test_it_fits_and_can_be_read(day: date | None, width: int) -> None:
    drawn = svg(day, width)
    tree = ElementTree.fromstring(drawn)
    assert float(tree.attrib["width"]) <= ROOM[width]
    assert min(float(s) for s in re.findall(r'font-size="([\d.]+)px"', drawn)) >= 11
    assert not re.search("nan|undefined|null|None", " ".join(tree.itertext()))


@pytest.mark.parametrize("day", DAYS)
def test_words_are_whole_on_any_day(day: date | None) -> None:
    said = words(stand(day).numbers)
    assert not [w for w in said if re.search(rf"None|nan|{NOT_OBSERVED}", w)]
    assert 40 <= len(said[2]) <= 400


def test_words_are_whole_under_other_noise() -> None:
    for noise in (0.0, 6.0):
        at = stand(None, noise)
        assert not [w for w in words(at.numbers) if re.search(rf"None|nan|{NOT_OBSERVED}", w)]
        assert spec(ID, *at, theme.WIDE)


def test_the_title_follows_r1s_rank() -> None:
    numbers = stand(None).numbers
    rank = "moment.lag_days.r1.rank"
    third = {**numbers, rank: replace(numbers[rank], value=3.0, text="3")}
    assert "the shortest lag of 14" in words(numbers)[0]
    assert "number 3 by shortness of 14" in words(third)[0]


def test_every_part_can_stand_alone() -> None:
    for part, word in (("index", "o1"), ("lag", "R1: 34"), ("arena", "no data")):
        assert word in texts(svg(None, theme.WIDE, part))
        assert texts(svg(None, theme.NARROW, part))


def test_all_panels_share_one_axis_of_time_and_r1s_day_is_on_each() -> None:
    drawn = draw(None, theme.WIDE)
    domains = [str(n["x"]["scale"]["domain"]) for n in nodes(drawn) if "scale" in n.get("x", {})]
    assert len(set(domains)) == 1
    rules = [n for n in nodes(drawn) if n.get("mark", {}) and "strokeDash" in str(n["mark"])]
    assert len([r for r in rules if r["mark"]["type"] == "rule"]) == len(drawn["vconcat"]) == 3
    before = svg(date(2024, 6, 1), theme.WIDE)
    assert "R1, 20 Jan 2025" not in texts(before)


def test_no_line_runs_from_one_board_to_another() -> None:
    drawn = draw(None, theme.WIDE, "arena")
    lines = [n for n in nodes(drawn) if isinstance(n.get("mark"), dict) and "encoding" in n]
    lines = [n for n in lines if n["mark"]["type"] in ("line", "area")]
    assert lines
    assert {n["encoding"]["detail"]["field"] for n in lines} == {"board"}


def test_the_arenas_own_file_is_a_line_of_its_own_and_fills_the_hole() -> None:
    gaps = store.load("arena_gaps")
    own = gaps[gaps["board"].isin(["arena_2025", "arena_2026"])].assign(board="arena_hub")
    own = own.drop_duplicates("date")
    tables = {name: store.load(name) for name in NAMES} | {"arena_gaps": pd.concat([gaps, own])}
    table = quality.gap_figure(*(tables[name] for name in NAMES))
    told = {n.id: n for n in quality.numbers(*(tables[name] for name in NAMES))}
    for width, room in ROOM.items():
        drawn = render.svg(spec(ID, table[table["part"] == "arena"], told, width), "p")
        assert "own file" in texts(drawn)
        assert not {"data", "no data"} & set(texts(drawn))
        assert float(ElementTree.fromstring(drawn).attrib["width"]) <= room
    assert told["moment.arena.gap.arena_hub.last"].value == own["gap"].iloc[-1]


def test_the_open_us_line_ends_where_the_index_ends_it() -> None:
    drawn = draw(None, theme.WIDE, "index")
    ends = {}
    for node in nodes(drawn):
        if isinstance(node.get("mark"), dict) and node["mark"]["type"] == "line":
            rows = drawn["datasets"][node["data"]["name"]]
            ends[rows[0]["bloc"], rows[0]["access"]] = max(r["date"][:10] for r in rows)
    numbers = stand(None).numbers
    assert ends["United States", "open"] == numbers["moment.quality.last_open_us.date"].value
    assert ends["United States", "open"] < ends["China", "open"] < ends["United States", "closed"]
    assert "Open US: none" in texts(svg(None, theme.WIDE, "index"))


def test_bars_of_one_week_are_told_apart_and_keep_their_day_in_the_tooltip() -> None:
    for width, least in ((theme.WIDE, 15), (theme.NARROW, 30)):
        drawn = draw(None, width, "lag")
        rows = next(d for d in drawn["datasets"].values() if len(d) == 14)
        days = pd.to_datetime(pd.Series([r["date"] for r in rows])).sort_values()
        assert days.diff().min() >= pd.Timedelta(days=least)
        named = {r["model"]: r["released"][:10] for r in rows}
        assert named["GLM-4.5"] == "2025-07-28"


def test_only_the_colours_of_the_theme_are_used() -> None:
    known = {*theme.BLOCS.values(), theme.INK, theme.MUTED, theme.GRID, theme.PAPER}
    for width in ROOM:
        assert set(re.findall(r"#[0-9a-f]{6}", svg(None, width))) <= known
    assert "tooltip" in str(draw(None, theme.NARROW))
