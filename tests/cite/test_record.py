from __future__ import annotations

import json

import pytest
import specimen
from cited import BOOK, KEPT, SOURCE, claim, figure, number

from openrace.cite import record
from openrace.cite.record import Book


def test_the_data_date_is_the_latest_of_figures_and_numbers() -> None:
    days = [{"as_of": "2026-08-21"}, {"as_of": None}]
    assert record.data_date(days, [{"as_of": "2026-08-22"}]) == "2026-08-22"
    assert record.data_date(days, []) == "2026-08-21"
    assert record.data_date([{"as_of": None}], []) is None


def test_a_book_published_today_has_day_date_and_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    monkeypatch.setenv("OPENRACE_ADDRESS", "https://race.example")
    assert Book.today([figure()], [number()]) == Book(
        "2027-01-15", "2026-08-21", "https://race.example/"
    )


def test_a_figure_is_cited_with_all_that_proves_it() -> None:
    cited = record.figure(figure(), BOOK)
    assert (cited.kind, cited.id, cited.title) == ("figure", "one-line", "One model gained")
    assert (cited.as_of, cited.issued) == ("2026-08-21", "2026-11-25")
    assert cited.address == cited.url == "https://race.example/figures/one-line/"
    assert cited.frozen == "https://race.example/editions/2026-08-22/figures/one-line/"
    assert cited.sources == [SOURCE]
    assert cited.sha256 == {"csv": "ab", "svg": "cd"}
    assert cited.alt == "A line: One model gained"
    assert cited.licence == "CC-BY-4.0"


def test_a_kept_edition_is_cited_by_its_frozen_address_and_can_be_verified() -> None:
    cited = record.figure(figure(), KEPT)
    assert cited.url == cited.frozen
    assert cited.command == "openrace verify one-line --edition 2026-08-22"
    assert record.whole(KEPT).command == "openrace verify --edition 2026-08-22"
    assert record.figure(figure(), BOOK).command == "openrace build"


def test_a_number_is_cited_with_what_it_is_and_how_it_is_written() -> None:
    cited = record.number(number(), BOOK)
    assert cited.title == "Last less first: 1.2 million"
    assert cited.address == "https://race.example/numbers/one.gain_all/"
    assert cited.as_of == "2026-08-20"


def test_a_claim_is_cited_with_its_verdict_and_dated_by_its_numbers() -> None:
    cited = record.claim(claim(), {"one.gain_all": number()}, BOOK)
    assert cited.title == "“It gained”: partly supported"
    assert (cited.as_of, cited.sources) == ("2026-08-20", [SOURCE])
    assert cited.address == "https://race.example/chapters/claims.html#claim-it-gained"


def test_a_claim_without_numbers_is_dated_by_the_book() -> None:
    cited = record.claim(claim(numbers=[]), {}, BOOK)
    assert (cited.as_of, cited.sources) == ("2026-08-22", [])


def test_the_book_is_cited_by_its_own_address() -> None:
    cited = record.whole(BOOK)
    assert (cited.title, cited.as_of, cited.url) == (
        "The Open Race",
        "2026-08-22",
        "https://race.example/",
    )


def test_what_is_not_dated_says_so_and_has_no_frozen_address() -> None:
    cited = record.number(number(as_of=None), Book("2026-11-25", None, "https://race.example/"))
    assert cited.frozen == ""
    item = record.csl(cited)
    assert item["id"] == "openrace_number_one_gain_all_undated"
    assert item["title"].endswith("(number one.gain_all, not dated)")


def test_csl_names_id_and_data_date_in_the_title_that_every_style_prints() -> None:
    item = record.csl(record.figure(figure(), BOOK))
    assert item["title"] == "One model gained (figure one-line, data to 21 August 2026)"
    assert item["id"] == "openrace_one_line_20260821"
    assert item["issued"] == {"date-parts": [[2026, 11, 25]]}
    assert item["custom"]["frozen"].startswith("https://race.example/editions/2026-08-22/")
    assert record.csl(record.whole(BOOK))["title"] == "The Open Race (data to 22 August 2026)"


@pytest.mark.parametrize(
    ("cited", "key"),
    [
        (record.figure(figure(id="rankings-top"), BOOK), "openrace_rankings_top_20260821"),
        (record.number(number(id="rankings.top"), BOOK), "openrace_number_rankings_top_20260820"),
        (record.whole(BOOK), "openrace_20260822"),
    ],
)
def test_keys_differ_by_kind_and_data_date(cited: record.Citable, key: str) -> None:
    assert record.key(cited) == key


@pytest.mark.parametrize("text", [*specimen.HOSTILES, "a\r\nER  - \n\x1b[2J\u202e\u2028b\ud800"])
def test_titles_are_one_line_of_printable_characters(text: str) -> None:
    item = record.csl(record.figure(figure(text), BOOK))
    for part in ("title", "title-short", "abstract"):
        assert item[part].isprintable()
    assert " ".join(text.split()[:1])[:3] in item["title"]
    json.dumps(item, ensure_ascii=False).encode()
