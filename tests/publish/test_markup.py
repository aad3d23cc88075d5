from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
import specimen

from openrace.publish import markup

SVG = '<svg xmlns="http://www.w3.org/2000/svg" class="marks" width="7"><path d="M0"/></svg>'


class Shape(HTMLParser):
    """The tags and the names of the attributes of some HTML, and what it says."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, ...]] = []
        self.said: list[str] = []
        self.attributes: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, *(name for name, _ in attrs)))
        self.attributes += [value or "" for _, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(("/" + tag,))

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def figure(text: str, rows: int = 2) -> dict[str, Any]:
    return {
        "id": "one-line",
        "title": text,
        "subtitle": text,
        "alt": text,
        "limit": text,
        "source": text,
        "table": {
            "columns": ["date", "model_id", "downloads"],
            "data": [["2026-01-01T00:00:00.000", text, i] for i in range(rows)],
        },
        "dates": ["date"],
        "svg": {"wide": SVG, "narrow": SVG},
    }


def number(text: str, **rest: Any) -> dict[str, Any]:
    told = {"id": "one.gain", "text": text, "interval": text, "definition": text, "as_of": None}
    return told | rest


def html(text: str) -> str:
    record = figure(text)
    caption = markup.caption(record["title"], record["subtitle"])
    body = markup.figure_head(record) + markup.figure_body(record, "../")
    return caption + body + markup.numbers([number(text)], lambda id: f"../numbers/{id}/")


@pytest.mark.parametrize("text", specimen.HOSTILES)
def test_hostile_text_is_said_and_nothing_more(text: str) -> None:
    tame, hostile = Shape(html("tame")), Shape(html(text))
    assert hostile.tags == tame.tags  # no tag and no attribute that tame text does not make
    assert hostile.said.count(text) == tame.said.count("tame")
    assert hostile.attributes.count(text) == tame.attributes.count("tame") == 2  # alt, two widths


def test_a_drawing_is_an_image_with_its_alt_text_in_both_widths() -> None:
    body = markup.figure_head(figure("A line that rises."))
    for width in ("wide", "narrow"):
        assert '<svg role="img" aria-label="A line that rises." ' in body
        assert f'class="drawing {width}"' in body
    assert 'class="marks"' not in body


def test_every_figure_leads_to_its_own_page() -> None:
    for root in ("", "../"):
        body = markup.figure_body(figure("words"), root)
        assert f'<a href="{root}figures/one-line/index.html">Cite and download</a>' in body
        assert f'data-view="{root}figures/one-line/one-line.view.js"' in body


def test_the_button_that_needs_script_is_hidden_without_it() -> None:
    button = markup.figure_body(figure("words"), "").partition("<button")[2].partition(">")[0]
    assert button.split()[-1] == "hidden"


def test_a_long_table_is_cut_and_says_so() -> None:
    short, cut = (markup.figure_body(figure("words", n), "") for n in (500, 501))
    assert "Table of 500 rows<" in short
    assert "Table of 501 rows, first 500 shown<" in cut
    assert short.count("<tr>") == cut.count("<tr>") == 501  # with the head


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "<td></td>"),
        (12, '<td class="number">12</td>'),
        (-12.5, '<td class="number">-12.5</td>'),
        (0.123456, '<td class="number">0.1235</td>'),
        (12345678, '<td class="number">12,345,678</td>'),
        (1.5e9, '<td class="number">1,500,000,000</td>'),
        (True, "<td>True</td>"),
        ("a & b", "<td>a &amp; b</td>"),
    ],
)
def test_a_cell_is_written_for_people(value: Any, written: str) -> None:
    record = figure("words")
    record["table"] = {"columns": ["value"], "data": [[value]]}
    record["dates"] = []
    assert f"<tr>{written}</tr>" in markup.figure_body(record, "")


def test_a_day_is_written_without_a_time() -> None:
    assert ">2026-01-01</td>" in markup.figure_body(figure("words"), "")


def test_a_number_has_an_address_and_its_definition() -> None:
    told = number("2", definition="last less first", as_of="2026-01-02")
    row = markup.numbers([told], lambda id: f"../numbers/{id}/index.html")
    assert f'<tr id="{markup.number_anchor("one.gain")}">' in row
    page = '<a href="../numbers/one.gain/index.html"><code>one.gain</code></a>'
    for cell in (page, "2", "last less first", "2026-01-02"):
        assert f"<td>{cell}</td>" in row


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://example.org/a?b=1&c=2", "https://example.org/a?b=1&amp;c=2"),
        ("https://example.org", "https://example.org"),
    ],
)
def test_an_address_in_a_table_can_be_followed(text: str, address: str) -> None:
    assert f'href="{address}"' in markup._linked(text)


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "http://example.org",
        "see https://example.org",
        'https://example.org/" onclick="x',
        "https://example.org/<script>",
        *specimen.HOSTILES,
    ],
)
def test_what_is_no_plain_address_stays_text(text: str) -> None:
    assert "<a" not in markup._linked(text)
