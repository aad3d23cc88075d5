"""Figures on downloads, bases, definitions and concentration: drawn on real and on tiny tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pandas as pd
import pytest
from drawn import spec

from openrace import figures, store
from openrace.figures import render, theme
from openrace.figures.parts import apart
from openrace.labs import Registry, parents
from openrace.measures import rankings
from openrace.numbers import NOT_OBSERVED, Number

IDS = [
    f"rankings-{noun}"
    for noun in ("cumulative", "increments", "derivatives", "concentration", "definitions")
]
WIDTHS = (theme.WIDE, theme.NARROW)
TABLES = (
    "alltime_downloads",
    "countries",
    "curated_llms",
    "download_increments",
    "families",
    "hub_census",
    "hub_census_days",
    "hub_uploads",
    "lab_download_shares",
    "labs",
    "published_studies",
    "tracked_models",
    "trending_daily",
    "trending_top1000_daily",
)


class Stand(NamedTuple):
    """What the chapter has on one day: a table for each figure, and its numbers."""

    tables: dict[str, pd.DataFrame]
    numbers: Mapping[str, Number]
    drawn: dict[tuple[str, int], tuple[dict[str, Any], str]]

    def spec(self, id: str, width: int) -> dict[str, Any]:
        """Return the spec of a figure as the day has it."""
        return self._once(id, width)[0]

    def svg(self, id: str, width: int) -> str:
        """Return the drawing of a figure as the day has it."""
        return self._once(id, width)[1]

    def _once(self, id: str, width: int) -> tuple[dict[str, Any], str]:
        if (id, width) not in self.drawn:
            made = spec(id, self.tables[id], self.numbers, width)
            self.drawn[id, width] = (made, render.svg(made, "p"))
        return self.drawn[id, width]


def stand(as_of: date | None) -> Stand:
    read = {name: store.load(name, as_of) for name in TABLES}
    known = parents(read["hub_uploads"], read["trending_top1000_daily"])
    registry = Registry(read["labs"], read["families"], read["countries"], known)
    alltime, uploads = read["alltime_downloads"], read["hub_uploads"]
    held = rankings.uploaded(uploads, registry)
    shares, countries = read["lab_download_shares"], read["countries"]
    built = rankings.derivatives(uploads, read["trending_top1000_daily"], registry)
    drawn = (
        rankings.crossing(alltime, read["published_studies"], registry),
        rankings.increments(read["download_increments"], countries),
        rankings.leading_families(built),
        rankings.decisive(held, rankings.leave_one_out(held, shares, countries)),
        rankings.definitions(read, registry),
    )
    told = {n.id: n for n in rankings.numbers(read, registry)}
    return Stand(dict(zip(IDS, drawn, strict=True)), told, {})


@pytest.fixture(scope="module")
def latest() -> Stand:
    return stand(None)


@pytest.fixture(scope="module")
def april() -> Stand:
    return stand(date(2026, 4, 30))


def svg(id: str, table: pd.DataFrame, numbers: Mapping[str, Number], width: int) -> str:
    return render.svg(spec(id, table, numbers, width), "p")


def texts(drawn: str) -> list[str]:
    found = [e for e in ElementTree.fromstring(drawn).iter() if e.tag.endswith(("text", "tspan"))]
    return [(e.text or "").strip() for e in found]


def words(id: str, numbers: Mapping[str, Number]) -> list[str]:
    plan = figures.plan(id)
    return [plan.title(numbers), plan.subtitle(numbers), plan.alt(numbers)]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("id", IDS)
def test_nothing_stands_out_of_the_page(latest: Stand, april: Stand, id: str, width: int) -> None:
    for day in (latest, april):
        if len(day.tables[id]):
            drawn = ElementTree.fromstring(day.svg(id, width))
            assert float(drawn.attrib["width"]) <= width


@pytest.mark.parametrize("id", IDS)
def test_no_letter_is_smaller_than_eleven_pixels(latest: Stand, id: str) -> None:
    for width in WIDTHS:
        drawn = latest.svg(id, width)
        sizes = {float(size) for size in re.findall(r'font-size="([\d.]+)px"', drawn)}
        assert sizes
        assert min(sizes) >= 11


@pytest.mark.parametrize("id", IDS)
def test_words_are_whole_under_other_parameters(latest: Stand, april: Stand, id: str) -> None:
    for day in (latest, april):
        if len(day.tables[id]):
            said = words(id, day.numbers)
            assert not [w for w in said if re.search(rf"None|nan|{NOT_OBSERVED}", w)]
            assert 40 <= len(said[2]) <= 400


def test_before_the_uploads_were_seen_there_is_nothing_to_draw_of_them(april: Stand) -> None:
    assert april.tables["rankings-derivatives"].empty
    assert set(april.tables["rankings-concentration"]["source"]) == {"lab_download_shares"}


# Cumulative downloads


def test_a_passing_is_a_bar_between_two_observations(latest: Stand, april: Stand) -> None:
    id, event = "rankings-cumulative", "Qwen passes meta-llama"
    for width in WIDTHS:
        assert event in texts(latest.svg(id, width))
        said = texts(april.svg(id, width))
        assert event not in said
        assert [t for t in said if t.startswith("Qwen passes Llama")]  # the published one stays
    assert "has not passed" in words(id, april.numbers)[0]


def test_lines_have_points_at_the_dates_observed_and_no_others(latest: Stand) -> None:
    table = latest.tables["rankings-cumulative"]
    drawn = latest.spec("rankings-cumulative", theme.WIDE)
    panel = table[table["part"] == "panel"]
    for layer in drawn["vconcat"][0]["layer"]:
        mark = layer["mark"]
        if mark["type"] in ("line", "circle"):
            assert "interpolate" not in mark
            assert len(drawn["datasets"][layer["data"]["name"]]) == len(panel)


def test_one_date_is_drawn_without_a_line(latest: Stand) -> None:
    table = latest.tables["rankings-cumulative"]
    first = table[(table["part"] == "panel") & (table["date"] == table["date"].min())]
    for width in WIDTHS:
        assert "Qwen" in " ".join(texts(svg("rankings-cumulative", first, latest.numbers, width)))


# Increments


def test_a_frozen_counter_is_one_step_and_says_so(latest: Stand) -> None:
    table = latest.tables["rankings-increments"]
    said = texts(latest.svg("rankings-increments", theme.WIDE))
    assert said.count("42 days in one step") == 2
    shorter = table[table["days"] < 42]
    said = texts(svg("rankings-increments", shorter, latest.numbers, theme.WIDE))
    assert "14 days in one step" in said


def test_a_falling_count_is_drawn_below_zero(latest: Stand) -> None:
    table = latest.tables["rankings-increments"]
    fallen = table.assign(per_day=-table["per_day"])
    drawn = spec("rankings-increments", fallen, latest.numbers, theme.NARROW)
    low, _ = drawn["vconcat"][0]["layer"][0]["encoding"]["y"]["scale"]["domain"]
    assert low == -table["per_day"].max()


# Derivatives


def test_unknown_and_other_families_are_rows_of_their_own(latest: Stand) -> None:
    id = "rankings-derivatives"
    for width in WIDTHS:
        said = texts(latest.svg(id, width))
        assert {"Unknown origin", "other families", "Qwen", "Europe"} <= set(said)


def test_the_title_turns_with_the_numbers(latest: Stand) -> None:
    id = "rankings.derivatives.cn.repos"
    turned = {**latest.numbers, id: replace(latest.numbers[id], value=0.1, text="10 %")}
    assert words("rankings-derivatives", latest.numbers)[0].startswith("More new models")
    assert words("rankings-derivatives", turned)[0].startswith("No more new models")


def test_one_family_is_drawn(latest: Stand) -> None:
    table = latest.tables["rankings-derivatives"]
    for width in WIDTHS:
        said = texts(svg("rankings-derivatives", table.iloc[:2], latest.numbers, width))
        assert said.count("China") == (1 if width == theme.WIDE else 2)


# Definitions


def scales(node: Any) -> list[list[float]]:
    """Return the domains of every scale of `position` in a spec."""
    if isinstance(node, list):
        return [domain for item in node for domain in scales(item)]
    if not isinstance(node, dict):
        return []
    own = [node["scale"]["domain"]] if node.get("field") == "position" else []
    return own + [domain for item in node.values() for domain in scales(item)]


def test_a_reading_stands_above_its_own_facets(latest: Stand) -> None:
    id = "rankings-definitions"
    domains = scales(latest.spec(id, theme.WIDE)["vconcat"])
    assert len(domains) >= 3
    assert all(domain == [0, len(latest.tables[id]) + 1] for domain in domains)


def test_the_readings_that_reverse_the_headline_are_counted_and_named(latest: Stand) -> None:
    table = latest.tables["rankings-definitions"]
    said = texts(latest.svg("rankings-definitions", theme.WIDE))
    publisher = table[table["attribution"] == "publisher"]
    assert f"{(~publisher['cn_ahead']).sum()} of {len(publisher)}" in said
    reversed_ = set(table.loc[~table["cn_ahead"], "source"])
    flags = [t for t in said if re.search(r", by (lineage|publisher), ", t)]
    assert len(flags) == len(reversed_)
    narrow = texts(latest.svg("rankings-definitions", theme.NARROW))
    panel = table[table["source"] == "alltime_downloads"]
    assert f"panel of 41 models: US ahead in {len(panel)} of {len(panel)}" in narrow


@pytest.mark.parametrize("ahead", [True, False])
def test_readings_that_all_agree_are_drawn(latest: Stand, ahead: bool) -> None:
    table = latest.tables["rankings-definitions"]
    some = table[table["cn_ahead"] == ahead].head(1)
    for width in WIDTHS:
        said = " ".join(texts(svg("rankings-definitions", some, latest.numbers, width)))
        assert f"{0 if ahead else 1} of 1" in said
        assert ("Lowest readings" in said) == (not ahead and width == theme.WIDE)


# Concentration


def test_what_is_left_out_is_named_with_the_share_without_it(latest: Stand) -> None:
    id = "rankings-concentration"
    for width in WIDTHS:
        said = texts(latest.svg(id, width))
        for code in ("uploads", "uploads.publisher", "labs"):
            number = latest.numbers[f"rankings.leave_one_out.{code}.cn_share_without"]
            assert number.text in said


@pytest.mark.parametrize("part", ["largest", "left out"])
def test_half_of_the_figure_can_stand_alone(latest: Stand, part: str) -> None:
    table = latest.tables["rankings-concentration"]
    half = table[table["part"] == part]
    for width in WIDTHS:
        said = texts(svg("rankings-concentration", half, latest.numbers, width))
        assert ("Alibaba" in said) == (part == "left out")
        assert ("Share of all downloads" in said) == (part == "largest")


def test_labels_keep_apart_in_their_order() -> None:
    moved = apart(pd.Series({"a": 10.0, "b": 12.0, "c": 0.0, "d": 50.0}), 13)
    assert moved.to_dict() == {"c": 0, "a": 13, "b": 26, "d": 50}
