"""The figures on the price history and on convergence: true words, widths, and what is drawn."""

from __future__ import annotations

import json
import re
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import drawn
import pandas as pd
import pytest

import openrace.figures.costs.convergence
import openrace.figures.costs.history  # noqa: F401  (registers the figure)
from openrace import capability, figures, store
from openrace.figures import render, theme
from openrace.measures.costs import (
    convergence,
    convergence_numbers,
    history,
    history_numbers,
    price_lists,
    price_lists_numbers,
)
from openrace.numbers import Number

WIDTHS = (theme.WIDE, theme.NARROW)
ROOM = {theme.WIDE: 760, theme.NARROW: 360}
IDS = ("costs-price-history", "costs-convergence")
DAYS = [None, date(2025, 8, 15), date(2025, 2, 1), date(2024, 2, 1)]
TABLES = ("list_prices", "official_prices", "model_names", "price_hosts", "corrections")
TABLES += ("capability_index", "countries", "flagships", "off_peak_prices", "price_rows")


class Stand(NamedTuple):
    """What the chapter shows on one day."""

    tables: dict[str, pd.DataFrame]
    numbers: dict[str, Number]


@cache
def stand(as_of: date | None) -> Stand:
    r = {name: store.load(name, as_of) for name in TABLES}
    rest = [r[n] for n in ("model_names", "price_hosts", "corrections")]
    whole = history.told(r["list_prices"], r["official_prices"], *rest)
    lists = history.listed(r["list_prices"], *rest)
    models = capability.models(r["capability_index"], r["corrections"], r["countries"])
    steps = history.steps(whole, r["flagships"], r["countries"])
    alone = history.steps(lists[lists["source"] == "litellm"], r["flagships"], r["countries"])
    lags = price_lists.lags(r["list_prices"], r["official_prices"], rest[0], rest[1])
    days = history.catalogue_days(r["list_prices"])
    followed = convergence.followed(whole, r["countries"])
    lineups = convergence.lineups(steps, r["off_peak_prices"], days)
    readings = convergence.readings(steps, alone, r["off_peak_prices"], days)
    found = history_numbers.numbers(steps)
    found += price_lists_numbers.numbers(
        price_lists.changes(lists),
        lags,
        price_lists.agreement(lists, models, days),
        price_lists.agreement(lists, models, days, by_seller=False),
        r["price_rows"],
    )
    found += convergence_numbers.numbers(followed, lineups, steps, readings, models)
    tables = {
        IDS[0]: history_numbers.history_figure(steps, lags),
        IDS[1]: convergence.convergence_figure(followed, lineups),
    }
    return Stand(tables, {n.id: n for n in found})


@cache
def spec(as_of: date | None, id: str, width: int) -> dict[str, Any]:
    return drawn.spec(id, stand(as_of).tables[id], stand(as_of).numbers, width)


@cache
def svg(as_of: date | None, id: str, width: int) -> str:
    return render.svg(spec(as_of, id, width), "t")


def texts(drawing: str) -> list[str]:
    return [re.sub(r"<[^>]*>", "", t) for t in re.findall(r"<text[^>]*>(.*?)</text>", drawing)]


@pytest.mark.parametrize("as_of", DAYS, ids=str)
@pytest.mark.parametrize("id", IDS)
def test_words_are_whole_on_any_day(as_of: date | None, id: str) -> None:
    plan = figures.plan(id)
    for words in (plan.title, plan.subtitle, plan.alt):
        said = words(stand(as_of).numbers)
        assert not re.search(r"\bnan\b|None|not observed|\b0 of\b", said)
        assert said.strip() == said
        assert said
    assert plan.limit.endswith(".")


@pytest.mark.parametrize("as_of", DAYS, ids=str)
@pytest.mark.parametrize("id", IDS)
@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_and_every_colour_turns_over_in_the_dark(
    as_of: date | None, id: str, width: int
) -> None:
    plain = json.dumps(spec(as_of, id, width), default=str)
    assert "tooltip" in plain
    assert "http" not in plain.replace("https://vega.github.io/schema", "")
    drawing = svg(as_of, id, width)
    assert float(re.search(r'<svg[^>]*\bwidth="([\d.]+)"', drawing)[1]) <= ROOM[width]  # type: ignore[index]
    known = {c.lower() for c in (theme.INK, theme.MUTED, theme.GRID, theme.PAPER)}
    known |= set(theme.BLOCS.values())
    assert set(re.findall(r"#[0-9a-f]{6}\b", drawing.lower())) <= known
    assert not re.search(r"NaN|undefined|null", " ".join(texts(drawing)))


@pytest.mark.parametrize("width", WIDTHS)
def test_each_lab_has_its_panel_with_its_first_and_last_price(width: int) -> None:
    said = texts(svg(None, IDS[0], width))
    for lab in stand(None).tables[IDS[0]]["lab"].unique():
        assert said.count(lab) == 1
    assert "15.00 → 4.00" in said
    assert "GPT-6.1 Sol" in said


def test_joins_lags_and_guesses_are_drawn_as_such() -> None:
    table = stand(None).tables[IDS[0]]
    assert table.loc[table["part"] == "lag", "days"].max() >= 22  # R1, in the first list
    assert table["joined"].any()
    assert (table["shown"] == False).any()  # noqa: E712
    dashes = re.findall(r'stroke-dasharray="([^"]+)"', svg(None, IDS[0], theme.WIDE))
    for dash in ("1,0", "5,2", "1,2.5"):
        assert dashes.count(dash) > 2  # more than the key has


def test_both_ratios_and_their_choices_are_in_the_title() -> None:
    numbers = stand(None).numbers
    title = figures.plan(IDS[1]).title(numbers)
    for name in ("first", "last"):
        assert str(numbers[f"costs.convergence.ratio.{name}"]) in title
    assert numbers["costs.convergence.ratio.last"].interval in title


@pytest.mark.parametrize("width", WIDTHS)
def test_scores_end_before_prices_and_the_drawing_says_so(width: int) -> None:
    said = " ".join(texts(svg(None, IDS[1], width))).replace("\u00a0", " ")
    assert "no scores after" in said
    assert "5 Mar 2026" in said
    assert "median of a side" in said


def test_no_line_joins_the_medians_of_two_days() -> None:
    assert '"line"' not in re.sub(
        r'"(tier|part)": "[^"]*"', "", json.dumps(spec(None, IDS[1], theme.WIDE)["vconcat"])
    )
