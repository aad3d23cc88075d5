"""The figures of the trending list, drawn from the real tables as a reader could ask for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from drawn import spec
from fontTools.ttLib import TTFont

from openrace import labs, store
from openrace.figures import plan, render, theme
from openrace.figures.rankings import leaders, top_ten, trending
from openrace.measures import rankings
from openrace.numbers import Number

FIGURES = (
    "rankings-trending-share",
    "rankings-top-ten",
    "rankings-four-of-five",
    "rankings-lab-ranks",
)
CASES: dict[str, dict[str, Any]] = {
    "today": {},
    "a past day": {"as_of": date(2026, 4, 30)},
    "few places": {"top_n": 5, "scope": "language", "attribution": "publisher"},
    "long windows": {"window_days": 30},
    "one week": {"as_of": date(2025, 11, 9)},
}
WIDTHS = (theme.WIDE, theme.NARROW)


@dataclass(frozen=True)
class Book:
    numbers: dict[str, Number]
    tables: dict[str, pd.DataFrame]


@cache
def book(case: str) -> Book:
    """Measure what the chapter would show under the parameters of a case."""
    asked = {"as_of": None, "top_n": 30, "scope": "all"} | CASES[case]
    attribution, days = asked.get("attribution", "lineage"), asked.get("window_days", 7)
    names = ("labs", "families", "countries", "trending_daily")
    tables = {name: store.load(name, asked["as_of"]) for name in names}
    parents = labs.parents(
        *(store.load(name, asked["as_of"]) for name in ("trending_top1000_daily", "hub_uploads"))
    )
    known = labs.Registry(tables["labs"], tables["families"], tables["countries"], parents)
    listed = rankings.listed(tables["trending_daily"], known, asked["top_n"], asked["scope"])
    readings = rankings.four_of_five_readings(tables["trending_daily"], known)
    told = [
        *rankings.choices(attribution, days),
        *rankings.slot_numbers(listed, asked["top_n"], asked["scope"]),
        *rankings.lab_rank_numbers(listed),
        *rankings.four_of_five_numbers(readings),
    ]
    drawn = (
        rankings.trending_share(listed, days),
        rankings.top_ten(listed, attribution),
        rankings.four_of_five_figure(readings),
        rankings.lab_ranks(listed, attribution),
    )
    return Book({n.id: n for n in told}, dict(zip(FIGURES, drawn, strict=True)))


@cache
def drawing(case: str, id: str, width: int) -> ElementTree.Element:
    made = spec(id, book(case).tables[id], book(case).numbers, width)
    return ElementTree.fromstring(render.svg(made, "p"))


# In one week no month is whole, so there are no ranks of labs and the chapter draws none; only
# one figure knows the length of windows.
DRAWINGS = [
    (case, id, width)
    for case in CASES
    for id in FIGURES
    for width in WIDTHS
    if (case, id) != ("one week", "rankings-lab-ranks")
    and (case != "long windows" or id == "rankings-trending-share")
]


# How much room texts take

FONTS = {
    bold: TTFont(theme.FONT_FOLDER / f"SourceSansPro-{weight}.ttf")
    for bold, weight in ((False, "Regular"), (True, "Bold"))
}


def length(text: str, size: float, bold: bool) -> float:
    font = FONTS[bold]
    letters, widths = font.getBestCmap(), font["hmtx"].metrics
    units = sum(widths[letters.get(ord(letter), ".notdef")][0] for letter in text)
    return float(units * size / font["head"].unitsPerEm)


Box = tuple[float, float, float, float]


def boxes(element: ElementTree.Element, x: float = 0, y: float = 0) -> Iterator[tuple[str, Box]]:
    """Yield each line of text of a drawing with the ink's left, top, right and bottom."""
    moved = re.match(r"translate\(([^,]+),([^)]+)\)", element.get("transform", ""))
    x, y = (x + float(moved[1]), y + float(moved[2])) if moved else (x, y)
    if not element.tag.endswith("}text"):
        for child in element:
            yield from boxes(child, x, y)
        return
    size, bold = float(element.get("font-size", "").rstrip("px")), "font-weight" in element.attrib
    lines = [(e.text or "", float(e.get("dy", 0))) for e in element] or [(element.text or "", 0)]
    for text, down in lines:
        y += down
        wide = length(text, size, bold)
        left = x - wide * {"start": 0, "middle": 0.5, "end": 1}[element.get("text-anchor", "start")]
        yield text, (left, y - 0.66 * size, left + wide, y)


def meet(one: Box, other: Box) -> bool:
    return (
        max(one[0], other[0]) < min(one[2], other[2]) - 0.5
        and max(one[1], other[1]) < min(one[3], other[3]) - 0.5
    )


@pytest.mark.parametrize(("case", "id", "width"), DRAWINGS)
def test_a_drawing_fits_its_page_and_no_text_meets_another(case: str, id: str, width: int) -> None:
    drawn = drawing(case, id, width)
    assert float(drawn.get("width", "inf")) <= width
    written = [(text, box) for text, box in boxes(drawn) if text.strip()]
    assert len(written) > 5
    met = [(a[0], b[0]) for a, b in combinations(written, 2) if meet(a[1], b[1])]
    assert not met


@pytest.mark.parametrize(("case", "id", "width"), DRAWINGS)
def test_no_text_is_smaller_than_eleven_pixels(case: str, id: str, width: int) -> None:
    sizes = [
        e.get("font-size", "") for e in drawing(case, id, width).iter() if "font-size" in e.attrib
    ]
    assert min(float(size.rstrip("px")) for size in sizes) >= 11


# Words


@pytest.mark.parametrize(("case", "id", "width"), [d for d in DRAWINGS if d[2] == theme.WIDE])
def test_titles_tell_what_was_observed_and_nothing_else(case: str, id: str, width: int) -> None:
    words = [getattr(plan(id), w)(book(case).numbers) for w in ("title", "subtitle", "alt")]
    assert 40 <= len(words[2]) <= 400
    for text in words:
        assert not re.search(r"not observed|None|nan|\{|\.\.", text), text


def ranks(**values: Any) -> dict[str, Number]:
    told = {"first": "A lab", "first.slots": 9.0, "labs": 20, "could_be_second": 7} | values
    units = {"first": "text", "first.slots": "slots"}
    rest = (
        Number.of("rankings.attribution", "lineage", "text", "", ()),
        Number.of("rankings.latest_month", "July 2026", "text", "", ()),
        Number.of("rankings.slots.listed", 30, "slots", "", ()),
    )
    own = [
        Number.of(f"rankings.lab_ranks.{id}", value, units.get(id, "count"), "", ())
        for id, value in told.items()
    ]
    return {n.id: n for n in (*own, *rest)}


def test_a_lead_that_could_be_chance_is_not_called_one() -> None:
    title = plan("rankings-lab-ranks").title
    assert "A lab leads beyond chance" in title(ranks(could_lead=1))
    assert "7 of 20 labs could be second" in title(ranks(could_lead=1))
    assert title(ranks(could_lead=4)).startswith("No lab leads beyond chance")
    assert "4 of 20 labs could be first" in title(ranks(could_lead=4))
    assert "No month" in title(ranks(first=None, could_lead=None))


# Keys and colours


@pytest.mark.parametrize("width", WIDTHS)
def test_every_bloc_is_named_beside_the_columns(width: int) -> None:
    texts = [text for text, _ in boxes(drawing("today", "rankings-trending-share", width))]
    assert set(theme.BLOCS) <= set(texts)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_key_names_every_colour_of_the_cells_and_no_other(width: int) -> None:
    drawn = drawing("today", "rankings-top-ten", width)
    fills = {e.get("fill") for e in drawn.iter() if e.get("fill") in top_ten._SHADES.values()}
    texts = {text for text, _ in boxes(drawn)}
    assert fills == {shade for kind, shade in top_ten._SHADES.items() if kind in texts}


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("kind", top_ten._SHADES)
def test_names_are_readable_on_their_cells(kind: str) -> None:
    ink = top_ten._LIGHT if kind in top_ten._LIGHT_ON else top_ten._DARK
    low, high = sorted(map(luminance, (ink, top_ten._SHADES[kind])))
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_a_family_is_coloured_by_whose_it_is_and_not_by_its_name() -> None:
    # By publisher a Qwen re-uploaded by nobody known is of unknown origin, whatever its name.
    cells = book("few places").tables["rankings-top-ten"]
    kinds = top_ten._seated(cells, 10).set_index("bloc")["kind"]
    assert set(kinds["Unknown"]) == {"unknown origin"}
    assert "Qwen" in set(kinds["China"])


# Cells in their seats


def test_no_two_models_share_a_seat_and_the_united_states_sit_on_the_right() -> None:
    cells = book("few places").tables["rankings-top-ten"]
    seated = top_ten._seated(cells, 10)
    assert not seated.duplicated(["week", "seat"]).any()
    assert seated["seat"].between(0, 9).all()
    short = seated[seated.groupby("week")["seat"].transform("size") < 10]
    last = short.loc[short["bloc"] == "United States"].groupby("week")["seat"].max()
    assert len(last)
    assert (last == 9).all()


def test_a_week_without_data_stays_an_empty_row() -> None:
    whole, id = book("today"), "rankings-top-ten"
    table = whole.tables[id]
    week = table["week"].unique()[5]
    holed = spec(id, table[table["week"] != week], whole.numbers, theme.WIDE)
    svg = ElementTree.fromstring(render.svg(holed, "p"))
    assert svg.get("height") == drawing("today", id, theme.WIDE).get("height")


def test_columns_are_as_wide_as_the_days_observed() -> None:
    share = book("today").tables["rankings-trending-share"]
    rows = trending._stacked(share, pd.Timedelta(days=7))
    assert set(rows["days"]) > {7}
    daily = (rows["right"] - rows["left"]) / rows["days"]
    assert daily.max() - daily.min() < pd.Timedelta(seconds=1)
    assert rows.groupby(["attribution", "week"])["head"].max().between(0.999, 1.001).all()


@pytest.mark.parametrize("attribution", ["lineage", "publisher"])
def test_a_week_counts_exactly_when_its_fourth_square_is_filled(attribution: str) -> None:
    table = book("today").tables["rankings-four-of-five"]
    weeks = table[(table["part"] == "weeks") & (table["attribution"] == attribution)]
    kinds = [set(five["kind"]) for _, five in leaders._squares(weeks).groupby("week")]
    assert len(kinds) == weeks["counts"].count()
    assert sum("counts" in k for k in kinds) == weeks["counts"].sum()
    for week in leaders._squares(weeks).query("level == 4")[["kind", "held"]].itertuples():
        assert (week.kind == "counts") == (week.held >= 4)


@pytest.mark.parametrize(
    ("model", "kind", "name"),
    [
        ("zai-org/GLM-5.2", "GLM", "GLM-5.2"),
        ("Qwen/Qwen3.6-35B-A3B", "Qwen", "Qwen3.6"),
        ("moonshotai/Kimi-K2-Thinking", "Kimi", "K2-Thinking"),
        ("nvidia/personaplex-7b-v1", "European", "personaplex"),
        # The family stays where the cut name could be taken for another lab's model.
        ("a/Qwen3.5-27B-Claude-4.6-Opus", "Qwen", "Qwen3.5-Cl."),
        ("baidu/Unlimited-OCR", "other Chinese", "Unlimited."),
    ],
)
def test_names_fit_their_cells(model: str, kind: str, name: str) -> None:
    assert top_ten._short(model, kind) == name
