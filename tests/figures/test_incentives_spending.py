"""The figure on tokens and dollars: drawn with one place and with two, in both widths."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple
from xml.etree import ElementTree

import pandas as pd
import pytest
from drawn import spec

import openrace.figures.incentives.spending  # noqa: F401  (registers the figure)
from openrace import figures, store
from openrace.figures import render, theme
from openrace.measures.incentives import spending, spending_numbers
from openrace.numbers import NOT_OBSERVED, Number

PLAN = figures.plan("incentives-tokens-dollars")
TABLES = ("token_spend", "gateway_shares")


class Stand(NamedTuple):
    """What the chapter has on one day."""

    table: pd.DataFrame
    numbers: Mapping[str, Number]


def stand(as_of: date | None = None, without: str = "") -> Stand:
    tables = [store.load(name, as_of) for name in TABLES]
    tables = [t.head(0) if n == without else t for n, t in zip(TABLES, tables, strict=True)]
    told = {n.id: n for n in spending_numbers.numbers(*tables)}
    return Stand(spending.spending(*tables), told)


@pytest.fixture(scope="module")
def days() -> dict[str, Stand]:
    return {
        "both": stand(),
        "router": stand(date(2026, 8, 12)),
        "early": stand(date(2026, 7, 28)),
        "gateway": stand(without="token_spend"),
    }


@pytest.fixture(scope="module")
def drawn(days: dict[str, Stand]) -> dict[tuple[str, int], str]:
    shown = [("both", theme.WIDE), ("both", theme.NARROW), ("gateway", theme.WIDE)]
    specs = {k: spec(PLAN.id, *days[k[0]], k[1]) for k in shown}
    assert all("tooltip" in str(made) for made in specs.values())
    return {key: render.svg(made, "p") for key, made in specs.items()}


def texts(drawing: str) -> list[str]:
    found = [e for e in ElementTree.fromstring(drawing).iter() if e.tag.endswith("text")]
    return [(e.text or "").strip().replace("\u00a0", " ") for e in found]


def test_it_fits_the_page_in_the_colours_and_letters_of_the_theme(
    drawn: dict[tuple[str, int], str],
) -> None:
    known = {theme.INK, theme.MUTED, theme.GRID, theme.PAPER, *theme.BLOCS.values()}
    for (_, width), drawing in drawn.items():
        most = 760 if width == theme.WIDE else 360
        assert float(ElementTree.fromstring(drawing).attrib["width"]) <= most
        assert min(float(s) for s in re.findall(r'font-size="([\d.]+)px"', drawing)) >= 11
        assert set(re.findall(r"#[0-9a-fA-F]{6}\b", drawing)) <= known


def test_every_share_stands_beside_its_bar_and_bounds_as_bounds(
    days: dict[str, Stand], drawn: dict[tuple[str, int], str]
) -> None:
    numbers = days["both"].numbers
    shares = [
        numbers[f"incentives.{m}_share.{g}"].text for m in ("token", "spend") for g in ("cn", "us")
    ]
    low, high = (numbers[f"incentives.spend_share.us.vercel.{e}"] for e in ("low", "high"))
    bound = f"{low.text.split()[0]} to {high.text}".replace("\u00a0", " ")
    for width in (theme.WIDE, theme.NARROW):
        said = texts(drawn["both", width])
        assert {s.replace("\u00a0", " ") for s in shares} <= set(said)
        assert bound in said
        assert said.count("China") == 2
        assert said.count("Unknown") == said.count("Not named") == 2


def test_where_only_the_gateway_is_known_no_router_is_drawn(
    drawn: dict[tuple[str, int], str],
) -> None:
    said = " ".join(texts(drawn["gateway", theme.WIDE]))
    assert "OpenRouter" not in said
    assert "Vercel" in said


def test_words_are_whole_on_every_day(days: dict[str, Stand]) -> None:
    for day in (*days.values(), stand(date(2026, 1, 1))):
        said = [PLAN.title(day.numbers), PLAN.subtitle(day.numbers), PLAN.alt(day.numbers)]
        assert not [w for w in said if re.search(rf"None|nan|NaN|{NOT_OBSERVED}", w)], said
        assert len(said[2]) <= 400


def test_the_title_gives_both_sides_tokens_and_dollars(days: dict[str, Stand]) -> None:
    title, numbers = PLAN.title(days["both"].numbers), days["both"].numbers
    for id in ("token_share.cn", "spend_share.cn", "token_share.us", "spend_share.us"):
        assert numbers[f"incentives.{id}"].text in title
    assert numbers["incentives.spend_share.us.vercel.low"].text in title
    assert "gateway" not in PLAN.title(days["router"].numbers)
