"""The figure on hosts: drawn whole and in halves, in both widths, with true words."""

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

import openrace.figures.costs.hosting  # noqa: F401  (registers the figure)
from openrace import figures, store
from openrace.figures import render, theme
from openrace.measures.costs import hosting
from openrace.numbers import NOT_OBSERVED, Number

ID = "costs-hosting"
WIDTHS = (theme.WIDE, theme.NARROW)


@dataclass(frozen=True, eq=False)
class Stand:
    """What the chapter has on one day under its parameters."""

    table: pd.DataFrame
    numbers: Mapping[str, Number]


def stand(as_of: date | None = None, blend: float = 3.0, without: str = "") -> Stand:
    tables = []
    for name in ("host_prices", "hosted_prices", "served_tokens"):
        table = store.load(name, as_of)
        tables.append(table.head(0) if name == without else table)
    split = pd.DataFrame(columns=["cn_hosts", "us_hosts", "closed", "lost"])
    told = hosting.numbers(*tables, store.load("router_hosts"), split, blend)
    prices = hosting.by_home(tables[0], tables[1], blend)
    table = hosting.hosting_figure(prices, hosting.served(tables[2]))
    return Stand(table, {n.id: n for n in told})


@pytest.fixture(scope="module")
def latest() -> Stand:
    return stand()


@pytest.fixture(scope="module")
def others() -> list[Stand]:
    """Days, mixes and halves under which less, or something else, is to be drawn."""
    days = [stand(date(2026, 8, 7)), stand(blend=0.0), stand(blend=30.0)]
    return [*days, stand(without="served_tokens"), stand(without="hosted_prices")]


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
    most = 760 if width == theme.WIDE else 360
    for day in (latest, *others):
        drawing = svg(day, width)
        assert float(ElementTree.fromstring(drawing).attrib["width"]) <= most
        assert min(float(s) for s in re.findall(r'font-size="([\d.]+)px"', drawing)) >= 11


def test_marks_say_what_they_are_in_the_colours_of_the_theme(latest: Stand) -> None:
    known = {theme.INK, theme.MUTED, theme.GRID, theme.PAPER, *theme.BLOCS.values()}
    for width in WIDTHS:
        assert "tooltip" in str(draw(latest, width))
        assert set(re.findall(r"#[0-9a-fA-F]{6}\b", svg(latest, width))) <= known


def test_words_are_whole(latest: Stand, others: list[Stand]) -> None:
    for day in (latest, *others, stand(date(2026, 1, 1))):
        said = words(day.numbers)
        assert not [w for w in said if re.search(rf"None|nan|NaN|{NOT_OBSERVED}", w)], said
        assert len(said[2]) <= 400


def test_the_title_carries_both_rules_of_home(latest: Stand) -> None:
    title = words(latest.numbers)[0]
    for id in ("costs.cn_tokens.cn_hosts", "costs.cn_tokens.cn_hosts.seat"):
        assert latest.numbers[id].text in title


def test_every_model_stands_in_its_row_with_its_hosts(latest: Stand) -> None:
    owner = latest.table[(latest.table["part"] == "price") & (latest.table["rule"] == "owner")]
    counts = owner.pivot(index="model", columns="home", values="hosts")
    for width in WIDTHS:
        said = texts(svg(latest, width))
        for model in owner["model"].unique():
            assert said.count(model) == 1
            cn, us = counts.loc[model, ["CN", "US"]]
            assert f"{cn:.0f} / {us:.0f}" in said


def test_no_price_of_fewer_than_three_hosts_is_drawn(latest: Stand) -> None:
    prices = latest.table[latest.table["part"] == "price"]
    assert prices.loc[prices["hosts"] < 3, ["median", "low", "high"]].isna().all(axis=None)
    assert prices.loc[prices["hosts"] >= 3, "median"].notna().all()


def test_the_unknown_is_drawn_and_the_bars_are_whole(latest: Stand) -> None:
    tokens = latest.table[latest.table["part"] == "tokens"]
    assert tokens.groupby("rule")["share"].sum().tolist() == pytest.approx([1, 1])
    for width in WIDTHS:
        said = " ".join(texts(svg(latest, width)))
        assert said.count("unknown") == 3
