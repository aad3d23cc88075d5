"""The four lists of records as drawn: words that fit, marks that mean what they say."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pandas as pd
import pytest
from altair.utils.schemapi import debug_mode
from fontTools.ttLib import TTFont

import openrace.figures.adoption.licences
import openrace.figures.adoption.restrictions
import openrace.figures.adoption.safety
import openrace.figures.adoption.statements  # noqa: F401  (registers the figures)
from openrace import figures, store
from openrace.figures import render, theme
from openrace.figures.adoption.listing import Column, listed, when
from openrace.measures.adoption import licences, restrictions, safety, statements
from openrace.numbers import NOT_OBSERVED, Number

IDS = [f"adoption-{noun}" for noun in ("statements", "licences", "restrictions", "safety")]
WIDTHS = (theme.WIDE, theme.NARROW)


class Stand(NamedTuple):
    """What the chapter has on a day, and how it is drawn, each width once."""

    tables: Mapping[str, pd.DataFrame]
    numbers: Mapping[str, Number]
    specs: dict[tuple[str, int], dict[str, Any]]
    drawn: dict[tuple[str, int], str]

    def spec(self, id: str, width: int) -> dict[str, Any]:
        if (id, width) not in self.specs:
            chart = figures.plan(id).draw(self.tables[id], self.numbers, width)
            with debug_mode(False):
                self.specs[id, width] = chart.to_dict()
        return self.specs[id, width]

    def svg(self, id: str, width: int) -> str:
        if (id, width) not in self.drawn:
            self.drawn[id, width] = render.svg(self.spec(id, width), "p")
        return self.drawn[id, width]

    def words(self, id: str) -> list[str]:
        plan = figures.plan(id)
        return [plan.title(self.numbers), plan.subtitle(self.numbers), plan.alt(self.numbers)]


def stand(as_of: date | None) -> Stand:
    said, terms, acts, found, countries, opened, mended = (
        store.load(name, as_of)
        for name in (
            *("firm_statements", "licence_terms", "restrictions", "safety_evaluations"),
            *("countries", "open_weight_releases", "corrections"),
        )
    )
    tables = (
        statements.statements(said),
        licences.licences(terms),
        restrictions.restrictions(acts),
        safety.safety(found, countries),
    )
    told = [
        *statements.numbers(said),
        *licences.numbers(terms, opened, mended),
        *restrictions.numbers(acts),
        *safety.numbers(found),
    ]
    return Stand(dict(zip(IDS, tables, strict=True)), {n.id: n for n in told}, {}, {})


@pytest.fixture(scope="module")
def latest() -> Stand:
    return stand(None)


@pytest.fixture(scope="module")
def early() -> Stand:
    return stand(date(2025, 5, 31))


def texts(drawn: str) -> list[str]:
    found = [e for e in ElementTree.fromstring(drawn).iter() if e.tag.endswith(("text", "tspan"))]
    return [(e.text or "").strip().replace("\u00a0", " ") for e in found]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("id", IDS)
def test_it_fits_the_page_in_letters_and_colours_of_the_theme(
    latest: Stand, id: str, width: int
) -> None:
    drawn = latest.svg(id, width)
    assert float(ElementTree.fromstring(drawn).attrib["width"]) <= width
    assert min(float(size) for size in re.findall(r'font-size="([\d.]+)px"', drawn)) >= 11
    known = {theme.INK, theme.MUTED, theme.GRID, theme.PAPER, *theme.BLOCS.values()}
    assert set(re.findall(r"#[0-9a-fA-F]{6}\b", drawn)) <= known


@pytest.mark.parametrize("id", IDS)
def test_a_spec_has_tooltips_and_no_address(latest: Stand, id: str) -> None:
    spec = latest.spec(id, theme.NARROW)
    spec = {name: value for name, value in spec.items() if name != "$schema"}
    assert "tooltip" in str(spec)
    assert "https://" not in str(spec)
    assert len(json.dumps(spec)) < 200_000


@pytest.mark.parametrize("id", IDS)
def test_words_are_whole_on_every_day(latest: Stand, early: Stand, id: str) -> None:
    for day in (latest, early, stand(date(2025, 1, 31))):
        if len(day.tables[id]):
            said = day.words(id)
            assert not [w for w in said if re.search(rf"\bNone\b|nan|{NOT_OBSERVED}", w)], said
            assert 40 <= len(said[2]) <= 400
    assert figures.plan(id).limit.endswith(".")


@pytest.mark.parametrize("id", IDS)
def test_an_early_day_is_drawn(early: Stand, id: str) -> None:
    assert len(early.tables[id])
    assert "tooltip" in str(early.spec(id, theme.NARROW))


@pytest.mark.parametrize("width", WIDTHS)
def test_every_record_is_in_the_drawing(latest: Stand, width: int) -> None:
    for id, field in (("adoption-statements", "firm"), ("adoption-licences", "family"),
                      ("adoption-restrictions", "label")):  # fmt: skip
        said = " ".join(texts(latest.svg(id, width)))
        for name in latest.tables[id][field]:
            assert all(word in said for word in name.split()), name


def test_a_mark_is_filled_where_there_are_no_conditions(latest: Stand) -> None:
    table = latest.tables["adoption-licences"]
    spec = latest.spec("adoption-licences", theme.WIDE)
    marks = [layer for layer in spec["vconcat"][1]["layer"] if layer["mark"]["type"] == "point"]
    data = spec["datasets"]
    filled, hollow = (len(data[mark["data"]["name"]]) for mark in marks)
    assert (filled, hollow) == (table["unrestricted"].sum(), (~table["unrestricted"]).sum())


def test_the_title_on_licences_turns_only_when_the_order_does(latest: Stand) -> None:
    title, id = figures.plan("adoption-licences").title, "adoption.licences.unrestricted_share"
    assert "turns with the unit" in title(latest.numbers)
    ahead = Number.of(f"{id}.cn.families", 0.9, "share", "more", ["licence_terms"])
    assert "turns" not in title({**latest.numbers, ahead.id: ahead})


def test_titles_say_what_binds_a_private_firm(latest: Stand) -> None:
    title = latest.words("adoption-restrictions")[0]
    assert "none bound a private firm’s own use" in title
    assert "13 of 23 listed acts" in title


def test_shares_stand_beside_what_they_are_compared_with(latest: Stand) -> None:
    for width in WIDTHS:
        said = texts(latest.svg("adoption-safety", width))
        assert {"94 %", "8 %", "12 times as often", "no figure read"} <= set(said)


# The list itself


def test_days_months_and_spans_are_written_for_people() -> None:
    day = pd.Timestamp
    assert when(day("2025-01-20"), day("2025-01-20")) == "20 Jan 2025"
    assert when(day("2026-03-01"), day("2026-03-31")) == "Mar 2026"
    assert when(day("2025-02-06"), day("2025-02-07")) == "6–7 Feb 2025"
    assert when(day("2025-01-31"), day("2025-02-03")) == "31 Jan – 3 Feb 2025"


def test_rows_are_as_high_as_their_longest_cell_and_do_not_overlap() -> None:
    rows = pd.DataFrame({"a": ["short", "a text that goes on and on", "end"], "b": ["x", "y", "z"]})
    drawn = listed(rows, [[Column("a", 0, 60), Column("b", 70, 30)]], 120, [])
    heights = drawn.rows["bottom"] - drawn.rows["top"]
    assert heights[1] > heights[0] == heights[2]
    assert (
        drawn.rows["top"].iloc[1:].to_numpy() == drawn.rows["bottom"].iloc[:-1].to_numpy()
    ).all()
    assert drawn.height >= drawn.rows["bottom"].max()


def test_wrapped_lines_are_no_wider_than_their_room(latest: Stand) -> None:
    font = TTFont(theme.FONT_FOLDER / "SourceSansPro-Regular.ttf")
    glyphs, advances, em = font.getBestCmap(), font["hmtx"], font["head"].unitsPerEm
    for text in latest.tables["adoption-statements"]["statement"]:
        drawn = listed(pd.DataFrame({"t": [text]}), [[Column("t", 0, 296)]], 300, [])
        lines = [row["text"] for layer in drawn.layers for row in _values(layer) if "text" in row]
        for line in lines:
            wide = 12 * sum(advances[glyphs[ord(letter)]][0] for letter in line) / em
            assert wide <= 296, line


def _values(layer: Any) -> list[dict[str, Any]]:
    return list(layer.data.to_dict("records"))
