from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from recorded import claim, edition, figure, number
from specimen import COUNTS, HOSTILES
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from openrace.editions import ids, moves
from openrace.editions.ids import Id
from openrace.editions.record import Edition, published
from openrace.publish import editions_page

FIRST, SECOND = "2026-01-02", "2026-01-03"
KEPT = "https://race.example/editions"
RETIRED = Id("figure", "one-line", FIRST, "aaa", "2026-02-01", "two-line", "It misled.")


class Page(HTMLParser):
    """The text, the links and the tags of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.links, self.tags = "", [""], {""}
        self.feed(str(html))
        self.close()
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(" ".join((tag, *(name for name, _ in attrs))))
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


def two(data: Path, words: str = "Many use it.") -> list[Edition]:
    """Record two editions, a row apart."""
    before = {
        "one.gain": number(2, definition=words),
        "one.share": number("0.2", "share", text="20 %", low="0.1", high="0.3"),
        "one.tiny": number("0.21", text="20 %"),
        "one.gone": number(1),
    }
    edition(FIRST, before, {"one-line": figure(title=words)}, {"used": claim("supported", words)})
    (data / "counts.csv").write_text(COUNTS + "2026-01-03,a/one,China,15\n")
    after = {
        "one.gain": number(5, definition=words),
        "one.share": number("0.2", "share", text="20 %", low="0.1", high="0.4"),
        "one.tiny": number("0.22", text="20 %"),
        "two.new": number(1),
    }
    now = figure("b", "b", "b", "It fell")
    edition(SECOND, after, {"one-line": now}, {"used": claim("contradicted", words)})
    return published()


def app(site: Path, name: str = "") -> Sphinx:
    """Return as much of Sphinx as the pages ask for."""
    site.mkdir(exist_ok=True)
    config = SimpleNamespace(openrace_edition=name)
    builder = SimpleNamespace(format="html")
    return cast(Sphinx, SimpleNamespace(config=config, builder=builder, outdir=str(site)))


def pages(site: Path, name: str = "") -> dict[str, dict[str, Any]]:
    return {page: context for page, context, _ in editions_page.pages(app(site, name))}


# the list


def test_a_book_without_editions_says_what_one_will_be(data: Path) -> None:
    made = pages(data.parent / "site")
    assert list(made) == ["editions/index"]
    text = Page(made["editions/index"]["body"]).text
    assert "frozen under its data date" in text
    assert "No edition yet." in text
    assert json.loads((data.parent / "site" / "editions.json").read_text()) == []


def test_editions_are_listed_newest_first_with_digest_and_what_moved(data: Path) -> None:
    first, second = two(data)
    page = Page(pages(data.parent / "site")["editions/index"]["body"])
    assert page.text.index("3 January 2026") < page.text.index("2 January 2026")
    assert {first.digest, second.digest} <= set(page.text.split())
    assert "3 numbers, 1 verdict, 1 figure" in page.text
    assert {f"{KEPT}/{SECOND}/", f"{SECOND}-changes.html", f"{KEPT}/{FIRST}/"} <= set(page.links)


def test_the_list_is_there_for_machines(data: Path) -> None:
    two(data)
    pages(data.parent / "site")
    newest, oldest = json.loads((data.parent / "site" / "editions.json").read_text())
    assert newest["moved"] == {"since": FIRST, "numbers": 3, "verdicts": 1, "figures": 1}
    assert (newest["address"], oldest["moved"]) == (f"{KEPT}/{SECOND}/", None)
    assert {"name", "as_of", "issued", "version", "digest"} < set(oldest)


def test_an_edition_lists_those_before_it(data: Path) -> None:
    two(data)
    made = pages(data.parent / "site", SECOND)
    assert list(made) == ["editions/index"]
    page = Page(made["editions/index"]["body"])
    assert "part of the edition of 3 January 2026: it lists those before it" in page.text
    assert f"{KEPT}/{FIRST}/" in page.links
    first = pages(data.parent / "site", FIRST)["editions/index"]["body"]
    assert "there is none before it" in first
    assert "No edition yet" not in first


def test_the_foot_of_every_page_leads_to_the_list(data: Path) -> None:
    context: dict[str, Any] = {"pathto": lambda page: f"../{page}.html"}
    editions_page.link(app(data.parent / "site"), "chapters/one", "page.html", context, None)
    assert Page(context["theme_extra_footer"]).links[1:] == ["../editions/index.html"]


def test_a_broken_record_stops_the_build_with_a_sentence(data: Path) -> None:
    (two(data)[0].folder / "numbers.csv").unlink()
    with pytest.raises(ExtensionError, match=r"numbers\.csv cannot be read"):
        pages(data.parent / "site")


# what moved


def changed(data: Path, words: str = "Many use it.") -> Page:
    return Page(editions_page.changed(moves.between(*two(data, words))))


def test_verdicts_come_first_then_numbers_by_chapter_then_figures(data: Path) -> None:
    text = changed(data).text
    parts = ("1 verdict flipped, 3 numbers moved and 1 figure changed", "Many use it. supported")
    more = ("One: 2 numbers", "Many use it. one.gain 2 5 new data", "It fell one-line is drawn")
    places = [text.find(part) for part in (*parts, *more)]
    assert -1 not in places, text
    assert places == sorted(places)


def test_a_number_has_its_bounds_and_one_that_is_written_alike_is_only_counted(data: Path) -> None:
    text = changed(data).text
    assert "one.share 20 % (10 to 30 %) 20 % (10 to 40 %)" in text.replace("\u00a0", " ")
    assert "1 number moved by less than is written, and is not listed" in text
    assert "one.tiny" not in text


def test_every_value_leads_to_the_frozen_page_that_says_it(data: Path) -> None:
    links = changed(data).links
    for place in ("numbers/one.gain/", "figures/one-line/", "chapters/claims.html#claim-used"):
        assert {f"{KEPT}/{FIRST}/{place}", f"{KEPT}/{SECOND}/{place}"} <= set(links)


def test_numbers_that_came_and_went_lead_to_the_edition_that_has_them(data: Path) -> None:
    page = changed(data)
    assert "1 number appeared" in page.text
    assert "1 number vanished" in page.text
    assert f"{KEPT}/{SECOND}/numbers/two.new/" in page.links
    assert f"{KEPT}/{FIRST}/numbers/two.new/" not in page.links
    assert f"{KEPT}/{FIRST}/numbers/one.gone/" in page.links


def test_causes_are_counted_with_what_they_mean(data: Path) -> None:
    assert "new data (3 numbers): rows came that nobody had before" in changed(data).text


def test_nothing_moved_is_said(data: Path) -> None:
    edition(FIRST)
    edition(SECOND)
    text = Page(editions_page.changed(moves.between(*published()))).text
    assert text.count("None.") == 3
    assert "no verdicts flipped, no numbers moved and no figures changed" in text


def test_hostile_words_stay_words(data: Path) -> None:
    hostile = " ".join(HOSTILES)
    plain, page = changed(data), changed(data, hostile)
    assert page.tags == plain.tags
    assert page.text.count(hostile) == 3  # the claim, a definition, the title before


# retired ids


def test_a_retired_id_leads_to_the_newest_edition_that_has_it(data: Path) -> None:
    edition("2026-01-01", figures={"one-line": figure()})
    two(data)
    page = Page(editions_page.retired(RETIRED, published()))
    assert "has not been in the live book since 1 Feb 2026: It misled." in page.text.replace(
        "\u00a0", " "
    )
    kept = [link for link in page.links if link.startswith(KEPT)]
    assert kept == [f"{KEPT}/{day}/figures/one-line/" for day in (SECOND, FIRST, "2026-01-01")]
    assert "../../figures/two-line/index.html" in page.links


def test_a_retired_id_that_no_edition_holds_says_so(data: Path) -> None:
    page = Page(editions_page.retired(RETIRED, []))
    assert "No edition holds it." in page.text


def test_nobody_is_sent_on_before_he_has_read(data: Path) -> None:
    assert 'http-equiv="refresh"' not in editions_page.retired(RETIRED, [])


def test_a_hostile_note_stays_a_note(data: Path) -> None:
    hostile = " ".join(HOSTILES)
    page = Page(editions_page.retired(replace(RETIRED, note=hostile), []))
    assert hostile in page.text
    assert page.tags == Page(editions_page.retired(RETIRED, [])).tags


def test_retired_figures_and_numbers_have_pages_in_the_live_book_alone(data: Path) -> None:
    number_entry = Id("number", "one.gone", FIRST, "aaa", "2026-02-01", "", "It counted twice.")
    kept = Id("figure", "two-line", FIRST, "bbb")
    words = Id("claim", "used", FIRST, "ccc", "2026-02-01", "", "Said otherwise.")
    ids.write([RETIRED, number_entry, kept, words])
    site = data.parent / "site"
    editions_page.lead_on(app(site, SECOND), None)
    assert list(site.rglob("*.html")) == []
    editions_page.lead_on(app(site), None)
    found = {page.relative_to(site).as_posix() for page in site.rglob("*.html")}
    assert found == {"figures/one-line/index.html", "numbers/one.gone/index.html"}


def test_a_failed_build_leads_nowhere(data: Path) -> None:
    ids.write([RETIRED])
    editions_page.lead_on(app(data.parent / "site"), RuntimeError())
    assert list((data.parent / "site").rglob("*.html")) == []
