"""Price cuts as drawn: words that stay true, marks that say what was tested, nothing clipped."""

from __future__ import annotations

import re
from datetime import date
from xml.etree import ElementTree

import pandas as pd
import pytest
from drawn import spec

from openrace import figures, store
from openrace.figures import render, theme
from openrace.figures.incentives import response as figure
from openrace.measures.incentives import response, response_numbers
from openrace.numbers import NOT_OBSERVED, Number

ID = "incentives-price-response"
DAYS = (None, date(2024, 6, 10), date(2025, 2, 1))
WINDOWS = {None: 30, date(2024, 6, 10): 30, date(2025, 2, 1): 1}

Stand = tuple[pd.DataFrame, dict[str, Number]]


def stand(as_of: date | None, window: int) -> Stand:
    def known(*names: str) -> list[pd.DataFrame]:
        return [store.load(name, as_of) for name in names]

    lists = known("list_prices", "maker_prices")
    found = response.detected(*lists, *known("price_hosts", "corrections"))
    read = response.readings(found, *known("price_readings"))
    cuts, countries = known("price_cuts", "countries")
    changes = response.changes(cuts, read, countries)
    names = ("open_weight_releases", "capability_index", "corrections", "countries")
    releases, span = response.releases(*known(*names)), response.watched(*lists)
    told = response_numbers.numbers(changes, releases, read, span, window)
    table = response_numbers.figure(changes, releases, span, window)
    return table, {n.id: n for n in told}


@pytest.fixture(scope="module")
def stands() -> dict[date | None, Stand]:
    return {day: stand(day, WINDOWS[day]) for day in DAYS}


def plan() -> figures.Plan:
    return figures._PLANS[ID]


@pytest.mark.parametrize(
    ("day", "width", "most"),
    [(None, theme.WIDE, 760), (None, theme.NARROW, 360), (DAYS[1], theme.WIDE, 760)],
)
def test_it_fits_names_every_cut_and_carries_tooltips(
    stands: dict[date | None, Stand], day: date | None, width: int, most: float
) -> None:
    table, told = stands[day]
    made = spec(ID, table, told, width)
    drawn = render.svg(made, "p")
    size = re.search(r'width="([\d.]+)" height="([\d.]+)"', drawn)
    assert size is not None
    assert float(size[1]) <= most
    written = [
        (e.text or "") for e in ElementTree.fromstring(drawn).iter() if e.tag.endswith("text")
    ]
    changes = table[table["part"] == "change"]
    for name in changes["names"]:
        assert sum(text.startswith(f"{name} ") for text in written) == 1
    encoded = str(made["vconcat"]) + str(made["datasets"])
    assert "tooltip" in encoded
    assert "https://" not in encoded
    colours = set(re.findall(r"#[0-9a-f]{6}", encoded))
    assert colours <= {theme.INK, theme.MUTED, theme.GRID, theme.PAPER, *theme.BLOCS.values()}


@pytest.mark.parametrize("day", DAYS)
def test_words_are_whole_sentences(stands: dict[date | None, Stand], day: date | None) -> None:
    told = stands[day][1]
    for words in (plan().title(told), plan().subtitle(told), plan().alt(told)):
        assert not re.search(rf"{NOT_OBSERVED}|\bnan\b|None", words)
    assert plan().limit.endswith(".")


def test_the_title_sets_the_cuts_against_all_days(stands: dict[date | None, Stand]) -> None:
    assert plan().title(stands[None][1]) == (
        "Of 7 days with price cuts of closed models, 6 came within 30 days after a Chinese open "
        "release; so did 69\u00a0% of all days"
    )
    assert "none came within 1 day after" in plan().title(stands[date(2025, 2, 1)][1])
    one = plan().title(stands[date(2024, 6, 10)][1])
    assert one.startswith("The one day with price cuts of closed models did not come within")
    assert "even if every one did" in plan().alt(stands[None][1])


def test_what_is_not_tested_is_hollow_and_a_rise_points_up(
    stands: dict[date | None, Stand],
) -> None:
    rows = stands[None][0].assign(colour=theme.BLOCS["Unknown"])
    drawn = figure._changes(rows).set_index("names")
    assert (drawn.loc[~drawn["tested"].astype(bool), "fill"] == theme.PAPER).all()
    assert (drawn.loc[drawn["tested"].astype(bool), "fill"] != theme.PAPER).all()
    rises = drawn[drawn["shape"] == "triangle-up"]
    assert rises["label"].tolist() == ["Gemini 2.5 Flash +224\u00a0%"]
    assert drawn.loc["GPT-5.6 Luna, Terra", "label"].endswith("\u221220 to \u221280\u00a0%")
    assert drawn.loc["ERNIE Speed", "label"] == "ERNIE Speed free"
