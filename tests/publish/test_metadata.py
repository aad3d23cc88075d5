from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import specimen
from conftest import Real

from openrace import package
from openrace.cite.record import Book
from openrace.publish import extension, metadata

BOOK = Book("2026-11-25", "2026-08-22", "https://race.example/")
FIGURE = {"id": "one-line", "title": "It rose", "subtitle": "A day", "alt": "A line"}
FIGURE |= {"as_of": "2026-08-21"}


class Head(HTMLParser):
    """The tags, the address and the JSON-LD of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: dict[str, str] = {}
        self.linked_by: dict[str, str] = {}
        self.canonical: list[str] = []
        self.graph: list[dict[str, Any]] = []
        self.opened: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {k: v or "" for k, v in attrs}
        self.opened.append(" ".join((tag, *sorted(found))))
        self.linked = found.get("type") == "application/ld+json"
        if found.get("name", "").startswith("citation_"):
            self.tags[found["name"]] = found["content"]
        if found.get("property"):
            self.linked_by[found["property"]] = found["content"]
        if found.get("rel") == "canonical":
            self.canonical.append(found["href"])

    def handle_data(self, data: str) -> None:
        if getattr(self, "linked", False) and data.strip():
            self.graph += json.loads(data)["@graph"]
            self.linked = False


def page(title: str = "Costs", place: str = "chapters/costs.html", **rest: Any) -> metadata.Page:
    given: dict[str, Any] = {"as_of": "2026-08-21", "figures": [FIGURE]} | rest
    return metadata.Page(title, place, **given)


def head(shown: metadata.Page) -> Head:
    return Head(metadata.head(shown, BOOK))


def test_a_page_has_the_tags_that_scholar_and_zotero_read() -> None:
    assert head(page()).tags == {
        "citation_title": "Costs (data to 21 August 2026)",
        "citation_author": "The Open Race contributors",
        "citation_publication_date": "2026/11/25",
        "citation_technical_report_institution": "The Open Race",
        "citation_public_url": "https://race.example/chapters/costs.html",
        "citation_fulltext_html_url": "https://race.example/chapters/costs.html",
        "citation_language": "en",
    }


def test_a_chapter_is_a_report_that_holds_its_figures() -> None:
    (report,) = head(page()).graph
    assert (report["@type"], report["name"]) == ("Report", "Costs")
    assert report["isPartOf"]["url"] == "https://race.example/"
    assert report["contentReferenceTime"] == "2026-08-21"
    (image,) = report["hasPart"]
    assert image["@type"] == "ImageObject"
    assert image["contentUrl"] == "https://race.example/figures/one-line/one-line.png"
    assert (image["name"], image["description"], image["caption"]) == ("It rose", "A line", "A day")


def test_a_link_to_a_page_shows_its_title_what_it_is_about_and_its_card() -> None:
    found = head(page(about="How prices moved. " * 30, card="cards/chapters/costs.png")).linked_by
    assert found["og:title"] == "Costs"
    assert found["og:url"] == "https://race.example/chapters/costs.html"
    assert found["og:image"] == "https://race.example/cards/chapters/costs.png"
    assert (found["og:image:width"], found["og:image:height"]) == ("1200", "630")
    assert len(found["og:description"]) <= 300
    assert found["og:type"] == "article"
    assert head(page("The Open Race", "")).linked_by["og:type"] == "website"


def test_the_first_page_is_the_book_itself() -> None:
    (report,) = head(page("The Open Race", "")).graph
    assert report["url"] == "https://race.example/"
    assert "isPartOf" not in report


def test_what_is_not_tracked_is_not_said() -> None:
    (report,) = head(page(as_of=None)).graph
    assert not {"dateModified", "contentReferenceTime"} & set(report)
    assert head(page(as_of=None)).tags["citation_title"] == "Costs (not dated)"


def test_the_tables_are_a_dataset_with_a_file_each() -> None:
    tables = package.read()
    report, dataset = head(page(tables=tables)).graph
    assert (report["@type"], dataset["@type"]) == ("Report", "Dataset")
    assert 50 <= len(dataset["description"]) <= 5000
    files = {d["contentUrl"]: d for d in dataset["distribution"]}
    assert len(files) == len(tables["resources"])
    assert files["https://race.example/data/labs.csv"]["encodingFormat"] == "text/csv"
    assert all(url.startswith("https://") for d in files.values() for url in d["license"])


@pytest.mark.parametrize("text", specimen.HOSTILES)
def test_hostile_text_opens_no_tag_and_leaves_no_attribute(text: str) -> None:
    figure = FIGURE | dict.fromkeys(("title", "subtitle", "alt"), text)
    found = head(page(text, figures=[figure]))
    assert set(found.opened) == {"meta content name", "meta content property", "script type"}
    assert found.linked_by["og:title"] == text
    assert found.tags["citation_title"] == f"{text} (data to 21 August 2026)"
    assert found.graph[0]["hasPart"][0]["name"] == text


@pytest.mark.parametrize(
    ("asked", "cited"),
    [
        ({}, True),
        ({"values": {"as_of": ["2026-04-30", ["latest"]]}}, True),
        ({"values": {"as_of": ["2026-04-30", ["latest"]], "top_n": [10, [30]]}}, False),
        ({"values": {"top_n": [10, [30]]}}, False),
    ],
)
def test_a_book_of_other_parameters_is_not_to_be_cited(asked: dict[str, Any], cited: bool) -> None:
    config = SimpleNamespace(
        openrace_asked=asked, openrace_edition="", html_baseurl="", openrace_issued=""
    )
    extension.date_book(SimpleNamespace(), config)  # type: ignore[arg-type]
    assert bool(config.html_baseurl) is cited
    context: dict[str, Any] = {}
    app = SimpleNamespace(config=config, env=SimpleNamespace(found_docs={"page"}))
    if not cited:
        extension.add_metadata(app, "page", "", context, None)  # type: ignore[arg-type]
        assert context == {}


def test_every_page_of_the_real_book_says_what_it_is_and_where(real: Real) -> None:
    index = json.loads((real.site / "figures.json").read_text(encoding="utf-8"))
    (book,) = json.loads((real.site / "citation.csl.json").read_text(encoding="utf-8"))
    shown: list[str] = []
    for path in [real.site / "index.html", *sorted((real.site / "chapters").glob("*.html"))]:
        found = Head(path.read_text(encoding="utf-8"))
        place = path.relative_to(real.site).as_posix().removesuffix("index.html")
        assert found.canonical == [f"{book['URL']}{place}"]
        assert found.tags["citation_public_url"] == found.canonical[0]
        assert "(data to " in found.tags["citation_title"]
        assert found.graph[0]["url"] == found.canonical[0]
        shown += [image["identifier"] for image in found.graph[0]["hasPart"]]
        for thing in found.graph[1:]:
            exist(real.site, book["URL"], [d["contentUrl"] for d in thing["distribution"]])
        exist(real.site, book["URL"], [i["contentUrl"] for i in found.graph[0]["hasPart"]])
    assert sorted(shown) == sorted(index)


def exist(site: Path, address: str, urls: list[str]) -> None:
    assert [u for u in urls if not (site / u.removeprefix(address)).is_file()] == []
