from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import altair as alt
import pandas as pd
import pytest
import specimen

from openrace import chapter, figures, package
from openrace.errors import Refusal
from openrace.numbers import Number
from openrace.outputs import FIGURE, NUMBERS, READ

Bundles = list[dict[str, Any]]


def last(displayed: Bundles, mime: str) -> dict[str, Any]:
    return next(bundle[mime] for bundle in reversed(displayed) if mime in bundle)


def gain(value: Any, until: str | None = None, **rest: Any) -> Number:
    told = Number.of("one.gain", value, "count", "last less first", ["counts"], **rest)
    return replace(told, until=until)


@pytest.fixture
def book(data: Path, displayed: Bundles) -> chapter.Chapter:
    return chapter.open("one", calendar="counts", as_of="latest")


@pytest.fixture
def line(no_figures: dict[str, figures.Plan]) -> figures.Plan:
    exec(specimen.REGISTER.format(name="one", table="counts", field="downloads"), {})
    return no_figures["one-line"]


# Opening: parameters


def test_a_chapter_stands_at_the_last_day_by_default(book: chapter.Chapter) -> None:
    assert book.as_of == date(2026, 1, 2)


def test_a_chapter_stands_at_the_day_asked_for(data: Path, displayed: Bundles) -> None:
    book = chapter.open("one", calendar="counts", as_of="2026-01-01", top_n=10)
    assert book["counts"]["downloads"].tolist() == [10]


def test_further_tables_add_days_but_no_earlier_start(data: Path, displayed: Bundles) -> None:
    likes = specimen.LIKES + "2025-12-01,a/one,1\n2026-02-01,a/one,3\n"
    (data / "likes.csv").write_text(likes)
    book = chapter.open("one", calendar="counts", tables=["likes"], as_of="2026-02-01")
    assert book.as_of == date(2026, 2, 1)
    with pytest.raises(Refusal, match="before the first day observed, 2026-01-01"):
        chapter.open("one", calendar="counts", tables=["likes"], as_of="2025-12-01")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"as_of": "2026-01-03"}, "after the last day observed, 2026-01-02"),
        ({"as_of": "2025-12-31"}, "before the first day observed, 2026-01-01"),
        ({"as_of": "soon"}, "must be a date like"),
        ({"as_of": "latest", "top_n": 0}, "top_n is “0”"),
    ],
)
def test_an_impossible_parameter_stops_the_opening(
    data: Path, displayed: Bundles, given: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Refusal, match=sentence):
        chapter.open("one", calendar="counts", **given)


def test_a_table_without_rows_gives_no_day_to_stand_at(data: Path, displayed: Bundles) -> None:
    (data / "counts.csv").write_text(specimen.COUNTS.splitlines()[0] + "\n")
    with pytest.raises(Refusal, match="counts"):
        chapter.open("one", calendar="counts", as_of="latest")


OPENING = 'book = chapter.open("one", calendar="counts", as_of=as_of)'


def ran(monkeypatch: pytest.MonkeyPatch, *cells: str) -> None:
    """Let the notebook have run some cells, and be running the opening."""
    shell = SimpleNamespace(user_ns={"In": ["", *cells, OPENING]})
    monkeypatch.setattr(chapter, "get_ipython", lambda: shell)


@pytest.mark.parametrize(
    "cells",
    [
        ['as_of = "latest"', '# Parameters\nas_off = "2026-01-01"'],  # papermill's own cell
        ['as_of = "latest"  # date\nas_off = "2026-01-01"'],
        ['as_off = ["2026-01-01", -1]', 'as_of = "latest"'],
    ],
)
def test_a_misspelt_name_is_refused_with_those_that_exist(
    data: Path, displayed: Bundles, monkeypatch: pytest.MonkeyPatch, cells: list[str]
) -> None:
    ran(monkeypatch, *cells)
    with pytest.raises(Refusal, match=r"“one” has no parameter “as_off”; it has as_of\."):
        chapter.open("one", calendar="counts", as_of="latest")


@pytest.mark.parametrize(
    "earlier",
    [
        [],
        ["from openrace import chapter, labs", 'as_of = "latest"'],
        # all cells run again: what the later ones set is no parameter
        ['as_of = "latest"', OPENING, "tables = {}", "n = len(tables)", 'as_of = "latest"'],
        ['as_of = "latest"', "%matplotlib inline"],
        ['as_of = "latest"', OPENING, "n = 1\nprint(n)"],
    ],
)
def test_what_other_cells_set_is_no_parameter(
    data: Path, displayed: Bundles, monkeypatch: pytest.MonkeyPatch, earlier: list[str]
) -> None:
    ran(monkeypatch, *earlier)
    assert chapter.open("one", calendar="counts", as_of="latest").as_of == date(2026, 1, 2)


# Reading


def test_a_table_read_is_named_in_the_output_with_its_identity_once(
    book: chapter.Chapter, displayed: Bundles
) -> None:
    del displayed[:]
    assert book["likes"] is book["likes"]
    reads = [b[READ] for b in displayed if READ in b]
    assert reads == [{"table": "likes", "sha256": package.digest("likes")}]


def told_by_opening(displayed: Bundles) -> set[str]:
    return {b[READ]["table"] for b in displayed if READ in b}


def test_tables_that_only_give_their_days_are_named_as_read_too(
    data: Path, displayed: Bundles
) -> None:
    # "latest" follows from them: without this a chapter would be kept past a new day
    chapter.open("one", calendar="counts", tables=["likes"], as_of="latest")
    assert told_by_opening(displayed) >= {"counts", "likes"}


def test_tables_that_only_date_a_number_are_named_as_read_too(
    book: chapter.Chapter, displayed: Bundles
) -> None:
    book.tell(Number.of("one.likes", 1, "count", "likes", ["likes"]))
    assert "likes" in told_by_opening(displayed)


# Numbers


def test_numbers_are_told_with_their_dates_and_sources(
    book: chapter.Chapter, displayed: Bundles
) -> None:
    book.tell(gain(2, low=1, high=3), [Number.of("one.b", 1, "count", "b", ["counts", "likes"])])
    first, second = last(displayed, NUMBERS)["numbers"]
    assert first["interval"] == "1 to 3"
    assert first["as_of"] == "2026-01-02"
    assert first["sources"] == [
        {
            "table": "counts",
            "title": "Specimen counts",
            "upstream": "nobody/specimen",
            "url": "https://example.org",
            "licence": "MIT",
            "as_of": "2026-01-02",
        }
    ]
    assert [s["table"] for s in second["sources"]] == ["counts", "likes"]
    assert list(book.numbers) == ["one.gain", "one.b"]
    assert json.loads(json.dumps(displayed, allow_nan=False)) == displayed


def test_the_date_of_a_number_is_the_last_one_observed_by_the_chapters_day(
    data: Path, displayed: Bundles
) -> None:
    book = chapter.open("one", calendar="counts", as_of="2026-01-01")
    book.tell(gain(0))
    assert last(displayed, NUMBERS)["numbers"][0]["as_of"] == "2026-01-01"


def test_a_number_whose_data_end_before_its_tables_is_dated_by_its_data(
    book: chapter.Chapter, displayed: Bundles
) -> None:
    book.tell(gain(2, until="2026-01-01"))
    assert last(displayed, NUMBERS)["numbers"][0]["as_of"] == "2026-01-01"


def test_two_different_numbers_with_one_id_are_refused(book: chapter.Chapter) -> None:
    book.tell(gain(2))
    with pytest.raises(Refusal, match=r"Two different numbers claim the id one\.gain"):
        book.tell(gain(3))
    with pytest.raises(Refusal, match=r"one\.gain"):
        book.tell(gain(2, low=1, high=3))


def test_the_same_number_may_be_told_twice(book: chapter.Chapter) -> None:
    book.tell(gain(2), gain(2))
    book.tell(gain(2))
    assert list(book.numbers) == ["one.gain"]


def test_a_number_that_was_not_observed_is_told_as_such(
    book: chapter.Chapter, displayed: Bundles
) -> None:
    book.tell(gain(math.nan))
    assert last(displayed, NUMBERS)["numbers"][0]["text"] == "not observed"


# Figures


def test_a_figure_carries_all_that_publishing_needs(
    book: chapter.Chapter, displayed: Bundles, line: figures.Plan
) -> None:
    book.tell(gain(2))
    book.show("one-line", book["counts"])
    record = last(displayed, FIGURE)
    assert record["id"] == "one-line"
    assert record["title"] == "One model gained 2 downloads"
    assert record["subtitle"] == "Downloads a day"
    assert record["alt"] == "A line that rises by 2."
    assert record["limit"] == line.limit
    assert record["as_of"] == "2026-01-02"
    assert record["source"] == (
        "Data: nobody/specimen (to 2\u00a0Jan\u00a02026). The Open Race, CC BY 4.0."
    )
    assert record["table"]["columns"] == ["date", "model_id", "bloc", "downloads"]
    assert [row[3] for row in record["table"]["data"]] == [10, 12]
    assert record["dates"] == ["date"]
    assert set(record["svg"]) == set(record["views"]) == {"wide", "narrow"}
    assert all(svg.startswith("<svg ") for svg in record["svg"].values())
    assert json.loads(json.dumps(record, allow_nan=False)) == record


def test_what_is_missing_in_a_drawing_is_written_as_json_has_it(
    book: chapter.Chapter, displayed: Bundles, line: figures.Plan
) -> None:
    book.tell(gain(2))
    mixed = book["counts"].assign(note=pd.Series([True, math.nan], dtype=object))
    book.show("one-line", mixed)
    views = last(displayed, FIGURE)["views"]
    assert json.loads(json.dumps(views, allow_nan=False)) == views


def test_an_upstream_of_several_tables_is_named_once_with_its_newest_day(
    book: chapter.Chapter, data: Path
) -> None:
    (data / "likes.csv").write_text("date,model_id,likes\n2026-01-01,a/one,1\n", encoding="utf-8")
    assert book.source_line(["likes", "counts"]) == (
        "Data: nobody/specimen (to 2\u00a0Jan\u00a02026). The Open Race, CC BY 4.0."
    )


def test_a_viewer_that_knows_nothing_of_the_book_still_shows_the_figure(
    book: chapter.Chapter, displayed: Bundles, line: figures.Plan
) -> None:
    book.tell(gain(2))
    book.show("one-line", book["counts"])
    fallback = next(b["text/html"] for b in displayed if FIGURE in b)
    assert "<svg " in fallback
    assert "One model gained 2 downloads" in fallback


def test_a_figure_without_rows_says_that_nothing_was_observed(
    book: chapter.Chapter, displayed: Bundles, line: figures.Plan
) -> None:
    book.show("one-line", book["counts"].iloc[:0])  # not even the number of its title is told
    record = last(displayed, FIGURE)
    assert record["title"] == "No data by 2\u00a0Jan\u00a02026"
    assert "2" not in record["subtitle"]
    assert record["table"]["data"] == []
    for drawn in record["svg"].values():
        assert "Nothing was observed by this day." in drawn


def test_a_figure_that_names_an_untold_number_is_refused_by_both_names(
    book: chapter.Chapter, line: figures.Plan
) -> None:
    with pytest.raises(Refusal) as refused:
        book.show("one-line", book["counts"])
    assert "one-line" in str(refused.value)
    assert "one.gain" in str(refused.value)
    assert "not told" in str(refused.value)


def test_a_drawing_that_names_an_untold_number_is_refused_by_both_names(
    book: chapter.Chapter, no_figures: dict[str, figures.Plan]
) -> None:
    def draw(table: pd.DataFrame, numbers: figures.Numbers, width: int) -> alt.Chart:
        return alt.Chart(table).mark_point().properties(title=str(numbers["one.gain"]))

    def words(numbers: figures.Numbers) -> str:
        return "words"

    register(draw, words)
    with pytest.raises(Refusal, match=r"one-drawn names 'one.gain', which was not told"):
        book.show("one-drawn", book["counts"])


def register(draw: Callable[..., Any], words: Callable[..., str]) -> None:
    same = {"title": words, "subtitle": words, "alt": words}
    figures.figure("one-drawn", limit="none", tables=["counts"], **same)(draw)


def test_an_unknown_figure_is_refused_with_those_that_exist(
    book: chapter.Chapter, line: figures.Plan
) -> None:
    with pytest.raises(Refusal, match=r"There is no figure “one-lin”; there are one-line\."):
        book.show("one-lin", book["counts"])
