"""The figures on the router's share and on hosts: drawn on several days, with true words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pandas as pd
import pytest

import openrace.figures.adoption.hosting
import openrace.figures.adoption.router_share  # noqa: F401  (registers the figure)
from openrace import figures, store
from openrace.figures import render, theme
from openrace.measures.adoption import hosting, router_share, router_share_numbers
from openrace.numbers import NOT_OBSERVED, Number

SHARE, HOSTS = "adoption-router-share", "adoption-hosting"
READ = {
    SHARE: ("router_weeks", "router_full_weeks", "published_studies"),
    HOSTS: ("host_prices", "host_counts"),
}


class Stand(NamedTuple):
    """What the chapter has on one day."""

    id: str
    table: pd.DataFrame
    numbers: Mapping[str, Number]


def stand(id: str, as_of: date | None = None, without: str = "") -> Stand:
    read = [store.load(name, as_of) for name in READ[id]]
    read = [t.head(0) if n == without else t for n, t in zip(READ[id], read, strict=True)]
    if id == SHARE:
        table, told = router_share.router_share(*read), router_share_numbers.numbers(*read)
    else:
        table, told = hosting.hosting(*read), hosting.numbers(*read)
    return Stand(id, table, {n.id: n for n in told})


@pytest.fixture(scope="module")
def latest() -> list[Stand]:
    return [stand(SHARE), stand(HOSTS)]


@pytest.fixture(scope="module")
def others() -> list[Stand]:
    """Days and halves on which less is to be drawn."""
    days = [date(2025, 6, 1), date(2025, 7, 21), date(2026, 3, 1)]
    halves = [stand(HOSTS, without=name) for name in READ[HOSTS]]
    return [*(stand(SHARE, day) for day in days), *halves]


def draw(day: Stand, width: int) -> str:
    # the whole book's tests validate every spec; here it would take most of the time
    return render.svg(spec_of(day, width), "p")


def spec_of(day: Stand, width: int) -> dict[str, Any]:
    spec: dict[str, Any] = (
        figures.plan(day.id).draw(day.table, day.numbers, width).to_dict(validate=False)
    )
    return spec


@pytest.fixture(scope="module")
def drawn(latest: list[Stand], others: list[Stand]) -> dict[tuple[str, int], list[str]]:
    """Return the drawings by figure and width: today's, and on the phone one with less."""
    wide = {(s.id, theme.WIDE): [draw(s, theme.WIDE)] for s in latest}
    less = {SHARE: others[1], HOSTS: others[-1]}
    phone = {
        (s.id, theme.NARROW): [draw(s, theme.NARROW), draw(less[s.id], theme.NARROW)]
        for s in latest
    }
    return wide | phone


def test_they_fit_the_page_in_letters_that_can_be_read(
    drawn: dict[tuple[str, int], list[str]],
) -> None:
    for (_, width), drawings in drawn.items():
        for svg in drawings:
            most = 760 if width == theme.WIDE else 360
            assert float(ElementTree.fromstring(svg).attrib["width"]) <= most
            assert min(float(s) for s in re.findall(r'font-size="([\d.]+)px"', svg)) >= 11
            assert not re.search(r">[^<]*\b(nan|None|undefined|NaN)\b[^<]*<", svg)


def test_words_are_sentences_on_every_day(latest: list[Stand], others: list[Stand]) -> None:
    for day in (*latest, *others):
        plan = figures.plan(day.id)
        for said in (plan.title(day.numbers), plan.subtitle(day.numbers), plan.alt(day.numbers)):
            assert said
            assert NOT_OBSERVED not in said
            assert not re.search(r"\b(nan|None)\b", said)
        assert plan.limit.endswith(".")


def test_the_title_tells_certain_from_possible(latest: list[Stand]) -> None:
    title = figures.plan(SHARE).title(latest[0].numbers).replace("\u00a0", " ")
    assert (
        "Of 24 weeks of 2025 that can be bounded, a third is certain in 0, possible in 24" in title
    )


def test_no_line_joins_weeks_with_bounds_to_weeks_without(latest: list[Stand]) -> None:
    table = latest[0].table
    bounded = table["part"] == "band"
    assert set(table[bounded]["run"]) & set(table[table["part"] == "named"]["run"]) == set()
    assert table[table["part"] == "named"][["lower", "upper"]].isna().all().all()
    spec = spec_of(latest[0], theme.WIDE)
    assert "tooltip" in str(spec)
    lines = [
        layer
        for panel in spec["vconcat"]
        for layer in panel.get("layer", [])
        if layer["mark"].get("type") in ("line", "area") and "detail" in layer["encoding"]
    ]
    assert len(lines) == 6
    assert {layer["encoding"]["detail"]["field"] for layer in lines} == {"run"}


def test_a_single_week_with_bounds_is_drawn(
    others: list[Stand], drawn: dict[tuple[str, int], list[str]]
) -> None:
    assert (others[1].table["part"] == "band").sum() == 2  # once for each reading
    assert "most 50\u00a0%" in drawn[SHARE, theme.NARROW][1]


def test_unknown_owners_are_drawn_in_grey(drawn: dict[tuple[str, int], list[str]]) -> None:
    assert drawn[HOSTS, theme.WIDE][0].count(f'fill="{theme.BLOCS["Unknown"]}"') >= 11
