from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import cited
import pytest
import specimen
from conftest import Real
from figure_page import STATIC, page, shown
from test_metadata import Head

from openrace import package
from openrace.cite import forms
from openrace.editions import record as editions
from openrace.editions.record import Edition
from openrace.figures import theme
from openrace.numbers import written
from openrace.publish import figure_pages


class Shape(HTMLParser):
    """The tags and the names of their attributes, the links, and what stands in each place."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, ...]] = []
        self.links: list[str] = []
        self.places: dict[str, str] = {}
        self._open = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, *found))
        self.links += [found["href"]] if "href" in found else []
        self._open = found.get("id", self._open)

    def handle_data(self, data: str) -> None:
        self.places[self._open] = self.places.get(self._open, "") + data

    def handle_endtag(self, tag: str) -> None:
        self._open = "" if tag in ("p", "textarea", "code") else self._open


@pytest.fixture
def earlier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Edition, ...]:
    """Two editions: the first says something else of the figure, the second what it says now."""
    monkeypatch.setattr(package, "folder", lambda: tmp_path / "data")
    for day, title, table in (
        ("2026-06-30", "None <b>gained", "old"),
        ("2026-07-31", "One model gained", "ab"),
    ):
        line = {"title": title, "as_of": day, "csv": table, "spec": "ef", "svg": "cd"}
        nothing: dict[str, editions.Lines] = {kind: {} for kind in editions.KINDS}
        made = Edition(day, day, "2026-08-01", "1", "digest", {})
        editions.write(made, nothing | {"figures": {"one-line": line}})
        editions.seal(made)
    return tuple(editions.published())


def test_a_page_says_what_the_figure_shows_and_does_not_and_where_it_is(tmp_path: Path) -> None:
    text = page(shown(tmp_path), gallery="../index.html", methods="../../chapters/methods.html")
    assert "<h1>One model gained</h1>" in text
    assert "<dt>What it shows</dt><dd>One model gained</dd>" in text
    assert "<dt>What it does not show</dt><dd>One model gained" in text
    assert f"data to {written('2026-08-21', 'date')}" in text
    assert '<details class="table" open><summary>Table of 1 rows' in text
    links = Shape(text).links
    assert "../../chapters/one.html#one-line" in links
    assert "../../chapters/methods.html#method-one-line" in links


def test_downloads_are_those_that_are_there_with_their_sizes(tmp_path: Path) -> None:
    figure = shown(tmp_path)
    files = list(figure_pages._downloads(figure))
    assert [(f, size) for _, f, size in files] == [
        ("one-line.png", "1.4 MB"),
        ("one-line.csv", "1 kB"),
    ]
    (figure.folder / "one-line.zip").write_bytes(b"x" * 61_600)
    assert 'href="one-line.zip" download>All in one zip' in page(figure)
    assert "<small>62 kB</small>" in page(figure)


def test_a_citation_on_the_page_is_the_one_in_the_file(tmp_path: Path) -> None:
    figure = shown(tmp_path, "A & B: {50 %} of “it”")
    places = Shape(page(figure)).places
    item = json.loads((figure.folder / "one-line.csl.json").read_text())[0]
    for i, style in enumerate(forms.STYLES, 1):
        assert places[f"cite-{i}"] == forms.styled(item, style)
    for i, ending in enumerate(("bib", "ris", "csl.json"), 1):
        file = (figure.folder / f"one-line.{ending}").read_text(encoding="utf-8")
        assert places[f"form-{i}"].removeprefix("\n") == file


def test_a_book_of_other_parameters_cites_and_embeds_nothing(tmp_path: Path) -> None:
    text = page(shown(tmp_path, book=None))
    assert "has other parameters" in text
    assert not [
        word for word in ("iframe", "race.example", "@misc", "openrace build") if word in text
    ]


def test_without_editions_the_page_says_so_and_embeds_the_live_figure(tmp_path: Path) -> None:
    places = Shape(text := page(shown(tmp_path))).places
    assert "No edition yet." in text
    assert '<iframe src="https://race.example/figures/one-line/embed.html"' in places["embed-1"]
    assert 'height="630"' in places["embed-1"]
    assert "embed-2" not in places
    assert places["command-1"] == "openrace build"


def test_earlier_editions_are_named_with_what_moved_since(
    tmp_path: Path, earlier: tuple[Edition, ...]
) -> None:
    places = Shape(text := page(shown(tmp_path / "site"), earlier)).places
    newest, oldest = re.findall(r"<li>(<a href=.*)</li>", text.partition("Earlier editions")[2])
    kept = "https://race.example/editions/2026-07-31/figures/one-line/"
    assert newest == f'<a href="{kept}">Edition of 31 July 2026</a>: the same as now.'
    assert oldest.endswith("other finding, table than now. It said “None &lt;b&gt;gained”.")
    assert f'src="{kept}embed.html"' in places["embed-2"]
    assert places["command-2"] == "openrace verify one-line --edition 2026-07-31"


def test_a_frozen_page_embeds_and_proves_itself(
    tmp_path: Path, earlier: tuple[Edition, ...]
) -> None:
    places = Shape(text := page(shown(tmp_path / "site", book=cited.KEPT), earlier)).places
    frozen = "https://race.example/editions/2026-08-22/figures/one-line/embed.html"
    assert frozen in places["embed-2"]
    assert places["command-1"] == "openrace verify one-line --edition 2026-08-22"
    assert "Edition of 30 June 2026" in text


@pytest.mark.parametrize("text", specimen.HOSTILES)
def test_hostile_text_opens_no_tag_on_either_page(tmp_path: Path, text: str) -> None:
    def both(words: str, folder: Path) -> tuple[list[tuple[str, ...]], dict[str, str]]:
        figure = shown(folder, words)
        figure_pages.write_embed(figure)
        embedded = (figure.folder / "embed.html").read_text(encoding="utf-8")
        found = Shape(page(figure))
        return [*found.tags, *Shape(embedded).tags], found.places

    (tame, _), (hostile, places) = both("tame", tmp_path / "a"), both(text, tmp_path / "b")
    assert hostile == tame
    code = Shape(places["embed-1"])  # what another site gets when it pastes the code
    assert code.tags == [("iframe", "src", "title", "width", "height", "loading", "style")]


def test_the_figure_to_embed_needs_no_script_and_leads_back(tmp_path: Path) -> None:
    figure = shown(tmp_path)
    figure_pages.write_embed(figure)
    text = (figure.folder / "embed.html").read_text(encoding="utf-8")
    assert "<script" not in text
    assert text.count("<svg role=") == 2
    assert 'href="index.html" target="_blank" rel="noopener"' in text


def test_an_embedded_figure_turns_the_same_tokens_over_in_the_dark() -> None:
    _, _, dark = (STATIC / "embed.css").read_text().partition("prefers-color-scheme: dark")
    turned = re.findall(r'\[(fill|stroke)="(#\w+)"\]', dark)
    tokens = (theme.INK, theme.MUTED, theme.GRID)
    hollow = ("fill", theme.PAPER)
    assert sorted(turned) == sorted([*product(("fill", "stroke"), tokens), hollow])


def test_the_real_book_has_a_page_for_each_figure_and_all_in_the_gallery(real: Real) -> None:
    index = json.loads((real.site / "figures.json").read_text(encoding="utf-8"))
    gallery = (real.site / "figures" / "index.html").read_text(encoding="utf-8")
    assert sorted(re.findall(r'<li><a href="[./]*figures/([\w-]+)/', gallery)) == sorted(index)
    for id in index:
        text = (real.site / "figures" / id / "index.html").read_text(encoding="utf-8")
        assert f'href="{id}.png" download' in text
        assert len(text) < 600_000, id
    found = Head((real.site / "figures" / "rankings-top-ten" / "index.html").read_text("utf-8"))
    assert found.canonical == ["https://the-open-race.example/figures/rankings-top-ten/"]
    assert index["rankings-top-ten"]["title"] in found.tags["citation_title"]
    assert [i["identifier"] for i in found.graph[0]["hasPart"]] == ["rankings-top-ten"]
