from __future__ import annotations

import json
import re
from typing import Any

import bibtexparser
import pytest
import rispy
import specimen
from bibtexparser.middlewares import LatexDecodingMiddleware
from cited import BOOK, KEPT, claim, figure, number
from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db

from openrace.cite import forms, record

# What would end a value, an entry, a record or a line, beside the hostile texts of tables.
BREAKING = (
    *specimen.HOSTILES,
    "} , url = {https://evil.example}} @misc{x, title={",
    "unbalanced { and \\",
    "a % comment, $math$, #1, a_b^c ~ & é ≈ “x” 汉",
    "line\r\nER  - \r\nTY  - JOUR\nTI  - other\u2028UR  - https://evil.example",
    '<span class="nocase">Not</span> <i>MARKED</i> <SPAN class="nocase">',
    "\x1b]0;owned\x07\u202e",
)
FIGURE = record.csl(record.figure(figure(), BOOK))
ITEMS = {
    "figure": FIGURE,
    "number": record.csl(record.number(number(), BOOK)),
    "claim": record.csl(record.claim(claim(), {"one.gain_all": number()}, BOOK)),
    "book": record.csl(record.whole(BOOK)),
}


def hostile(text: str) -> dict[str, Any]:
    return record.csl(record.figure(figure(f"One {text}"), BOOK))


def test_the_short_style_names_publisher_figure_data_date_and_address() -> None:
    assert forms.styled(FIGURE, "short") == (
        "The Open Race, Figure one-line, data to 21 August 2026, "
        "https://race.example/figures/one-line/"
    )
    assert forms.styled(ITEMS["book"], "short") == (
        "The Open Race, data to 22 August 2026, https://race.example/"
    )


def test_apa_and_chicago_are_those_of_the_csl_repository() -> None:
    title = "One model gained (figure one-line, data to 21 August 2026)"
    url = "https://race.example/figures/one-line/"
    assert forms.styled(FIGURE, "apa") == (
        f"The Open Race contributors. (2026). {title} [Figure]. The Open Race. {url}"
    )
    assert forms.styled(FIGURE, "chicago") == (
        f"The Open Race contributors. 2026. {title}. Figure. The Open Race. {url}."
    )


@pytest.mark.parametrize("style", forms.STYLES)
@pytest.mark.parametrize("kind", ITEMS)
def test_every_style_says_id_data_date_publisher_and_address(kind: str, style: forms.Style) -> None:
    item = ITEMS[kind]
    said, cited = forms.styled(item, style), item["custom"]
    for part in (cited["id"], record.dated(cited["as_of"]), "The Open Race", item["URL"]):
        assert part in said


def test_a_kept_edition_is_named_by_its_frozen_address() -> None:
    item = record.csl(record.figure(figure(), KEPT))
    frozen = "https://race.example/editions/2026-08-22/figures/one-line/"
    assert forms.styled(item, "apa").endswith(frozen)
    assert f"UR  - {frozen}\r\n" in forms.ris(item)


#: What TeX has and pylatexenc does not know; pandoc reads all of them.
NAMES = {"less": "<", "greater": ">", "braceleft": "{", "braceright": "}", "asciicircum": "^"}


def decoder() -> LatexNodes2Text:
    known = get_default_latex_context_db()
    named = [MacroTextSpec(f"text{n}", simplify_repl=c) for n, c in NAMES.items()]
    known.add_context_category("names", prepend=True, macros=named)
    return LatexNodes2Text(latex_context=known)


def entry(text: str) -> dict[str, str]:
    """Read the one entry back, its marks of LaTeX as the characters they stand for."""
    decode = [LatexDecodingMiddleware(decoder=decoder())]
    read = bibtexparser.parse_string(text, append_middleware=decode)
    assert read.failed_blocks == []
    assert len(read.blocks) == 1
    (found,) = read.entries
    return {"key": found.key, "type": found.entry_type} | {f.key: f.value for f in found.fields}


def test_bibtex_is_read_back() -> None:
    assert entry(forms.bibtex(forms.accessed(FIGURE, "2026-12-01"))) == {
        "key": "openrace_one_line_20260821",
        "type": "misc",
        "author": "The Open Race contributors",
        "title": "One model gained (figure one-line, data to 21 August 2026)",
        "howpublished": "The Open Race",
        "year": "2026",
        "month": "nov",
        "day": "25",
        "url": "https://race.example/figures/one-line/",
        "urldate": "2026-12-01",
    }


@pytest.mark.parametrize("text", BREAKING)
def test_no_title_breaks_out_of_bibtex(text: str) -> None:
    item = hostile(text)
    written = forms.bibtex(item)
    assert written.count("{") == written.count("}")
    depths = [written[:i].count("{") - written[:i].count("}") for i in range(len(written) - 2)]
    assert min(depths[6:]) >= 1  # the entry ends once
    assert not re.search(r"(?<!\\)[%$#&~^]", written)
    read = entry(written)
    assert read["url"] == item["URL"]
    assert read["title"].replace(" ", "") == item["title"].replace(" ", "")


def test_ris_is_read_back() -> None:
    (read,) = rispy.loads(forms.ris(forms.accessed(FIGURE, "2026-12-01")))
    assert read["type_of_reference"] == "RPRT"
    assert read["authors"] == ["The Open Race contributors,"]
    assert read["title"] == "One model gained (figure one-line, data to 21 August 2026)"
    assert (read["publisher"], read["year"]) == ("The Open Race", "2026")
    assert (read["date"], read["access_date"]) == ("2026/11/25", "2026/12/01")
    assert read["urls"] == ["https://race.example/figures/one-line/"]
    assert read["notes"] == ["Data to 21 August 2026."]


@pytest.mark.parametrize("text", BREAKING)
def test_no_title_breaks_out_of_ris(text: str) -> None:
    item = hostile(text)
    written = forms.ris(item)
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in written.splitlines())
    (read,) = rispy.loads(written)
    assert read["title"] == item["title"]
    assert read["urls"] == [item["URL"]]


@pytest.mark.parametrize("text", BREAKING)
def test_csl_json_stays_data_wherever_it_is_pasted(text: str) -> None:
    item = hostile(text)
    written = forms.csl_json(item)
    assert "<" not in written
    assert json.loads(written) == [item]


@pytest.mark.parametrize("style", ["apa", "chicago"])
def test_no_title_steers_a_style(style: forms.Style) -> None:
    for text in BREAKING:
        item = hostile(text)
        said = forms.styled(item, style)
        assert said.isprintable()
        assert (
            item["title"]
            .replace("<span", "‹span")
            .replace("</span", "‹/span")
            .replace("<SPAN", "‹SPAN")
            in said
        )
        assert item["URL"] in said
