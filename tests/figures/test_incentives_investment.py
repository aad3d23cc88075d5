"""The drawings of capital expenditure and intensity, on several days and for several firms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pandas as pd
import pytest
from drawn import spec

from openrace import figures, store
from openrace.figures import render, theme
from openrace.measures.incentives import investment
from openrace.measures.incentives.investment_numbers import numbers
from openrace.numbers import NOT_OBSERVED, Number

IDS = ("incentives-capex", "incentives-intensity")
WIDTHS = (theme.WIDE, theme.NARROW)


class Stand(NamedTuple):
    """Both tables and the numbers of one day, for some firms."""

    tables: Mapping[str, pd.DataFrame]
    numbers: Mapping[str, Number]


def stand(as_of: date | None = None, firms: str = "all") -> Stand:
    names = ("company_quarters", "exchange_rates", "company_notes", "corrections")
    quarters, rates, notes, corrections = (store.load(n, as_of) for n in names)
    chosen = investment.parse_firms(firms)
    facts = investment.facts(quarters, rates, corrections)
    other = investment.other_figures(notes, rates, corrections)
    tables = {
        IDS[0]: investment.capex_figure(facts, other, chosen),
        IDS[1]: investment.intensity_figure(facts, chosen),
    }
    found = numbers(quarters, rates, notes, corrections, chosen)
    return Stand(tables, {n.id: n for n in found})


@pytest.fixture(scope="module")
def latest() -> Stand:
    return stand()


@pytest.fixture(scope="module")
def others() -> list[Stand]:
    days = [stand(date(2023, 5, 1)), stand(date(2024, 2, 3)), stand(date(2025, 6, 15))]
    return [*days, stand(firms="Oracle, Tencent"), stand(firms="Alphabet, Meta, Microsoft")]


@pytest.fixture(scope="module")
def drawings(latest: Stand) -> dict[tuple[str, int], tuple[dict[str, Any], str]]:
    """Each width once."""
    drawn = {}
    for id in IDS:
        for width in WIDTHS:
            made = spec(id, latest.tables[id], latest.numbers, width)
            drawn[id, width] = (made, render.svg(made, "p"))
    return drawn


def texts(drawn: str) -> list[str]:
    found = [e for e in ElementTree.fromstring(drawn).iter() if e.tag.endswith(("text", "tspan"))]
    return [(e.text or "").strip().replace("\u00a0", " ") for e in found]


def words(id: str, told: Mapping[str, Number]) -> list[str]:
    plan = figures.plan(id)
    return [plan.title(told), plan.subtitle(told), plan.alt(told)]


@pytest.mark.parametrize("id", IDS)
def test_it_fits_in_letters_that_can_be_read_and_colours_of_the_theme(
    drawings: dict[tuple[str, int], tuple[dict[str, Any], str]], id: str
) -> None:
    known = {theme.INK, theme.MUTED, theme.GRID, theme.PAPER, *theme.BLOCS.values()}
    for width, most in zip(WIDTHS, (760, 360), strict=True):
        made, drawn = drawings[id, width]
        assert float(ElementTree.fromstring(drawn).attrib["width"]) <= most
        assert min(float(s) for s in re.findall(r'font-size="([\d.]+)px"', drawn)) >= 11
        assert set(re.findall(r"#[0-9a-fA-F]{6}\b", drawn)) <= known
        assert "tooltip" in str(made)
        assert "https" not in str({k: v for k, v in made.items() if k != "$schema"})


@pytest.mark.parametrize("id", IDS)
def test_every_firm_has_its_panel_and_what_is_uncertain_is_in_brackets(
    latest: Stand, drawings: dict[tuple[str, int], tuple[dict[str, Any], str]], id: str
) -> None:
    table = latest.tables[id]
    last = table[table["part"] == "firm"].groupby("firm").tail(1)
    uncertain = (last["confidence"] == "low").sum()
    for width in WIDTHS:
        said = texts(drawings[id, width][1])
        assert [said.count(firm) for firm in investment.FIRMS] == [1] * len(investment.FIRMS)
        assert sum("→ (" in s for s in said) == uncertain
        assert "quarter not at hand" in said


def test_no_line_runs_through_a_missing_quarter(latest: Stand) -> None:
    for table in latest.tables.values():
        for _, run in table[table["part"] == "firm"].groupby(["firm", "run"]):
            months = run["quarter_end"].dt.to_period("M").astype("int64")
            assert set(months.diff().dropna()) <= {3}


def test_words_are_whole_on_any_day_and_for_any_firms(latest: Stand, others: list[Stand]) -> None:
    for day in (latest, *others, stand(date(2022, 1, 1))):
        for id in IDS:
            said = words(id, day.numbers)
            assert not [w for w in said if re.search(rf"None|nan|NaN|{NOT_OBSERVED}", w)], said
            assert len(said[2]) <= 420


def test_it_is_drawn_from_little(others: list[Stand]) -> None:
    some = spec(IDS[0], others[3].tables[IDS[0]], others[3].numbers, theme.NARROW)
    assert "tooltip" in str(some)
    # a firm that is asked for and of which nothing is known has its panel, and it says so
    early = spec(IDS[1], others[0].tables[IDS[1]], others[0].numbers, theme.NARROW)
    assert "Oracle" in str(early["datasets"])
    assert "'not at hand'" in str(early["datasets"])


def test_the_title_names_only_firms_that_are_drawn(others: list[Stand]) -> None:
    title = words(IDS[0], others[3].numbers)[0]
    assert "Oracle" in title
    assert "Amazon" not in title
    assert words(IDS[1], others[4].numbers)[0].startswith("Alphabet, Meta and Microsoft spent")


def test_the_title_gives_the_range_of_the_ratio_not_its_highest_quarter(latest: Stand) -> None:
    title = words(IDS[0], latest.numbers)[0]
    assert latest.numbers["incentives.capex_ratio.us4_cn2.confident"].interval in title
    assert latest.numbers["incentives.capex_us4.multiple"].text in title
