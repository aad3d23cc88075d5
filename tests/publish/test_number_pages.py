from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import cited
import pytest
import specimen
from test_files import executed
from test_markup import Shape

from openrace.editions.record import Edition, write
from openrace.errors import Refusal
from openrace.publish import number_pages

CHAPTER = {"title": "One", "place": "chapters/one.html#number-one-gain_all"}


def number(definition: str = "Last less first.", **rest: Any) -> dict[str, Any]:
    """A number as its chapter told it, with its chapter."""
    return cited.number(definition, interval="1 to 3", chapter=CHAPTER) | rest


@pytest.fixture
def site(data: Path, tmp_path: Path) -> Path:
    """An empty site for a book over the specimen's tables."""
    return tmp_path / "site"


def page(site: Path, told: dict[str, Any], book: Any = cited.BOOK, editions: Any = ()) -> str:
    number_pages.write([told], site, book, editions)
    return (site / "numbers" / told["id"] / "index.html").read_text(encoding="utf-8")


def notes(site: Path, chapter: str = "one") -> dict[str, str]:
    script = (site / "numbers" / "notes" / f"{chapter}.js").read_text(encoding="utf-8")
    assert "<" not in script
    handed: dict[str, str] = json.loads(script.removeprefix("openrace.notes(")[: -len(");\n")])
    return handed


def said(html: str) -> str:
    return " ".join(" ".join(Shape(html).said).split())


def test_a_page_says_what_the_number_is_where_it_comes_from_and_how_to_cite_it(site: Path) -> None:
    html = page(site, number())
    assert "<h1>1.2\u00a0million</h1>" in html
    told = said(html)
    for words in (
        "Last less first.",
        "Range 1 to 3",
        "Unit count, computed as 2",
        "As of 20 August 2026",
        "Counts , data to 21 August 2026, MIT, from nobody/specimen",
        "Told in One",
        "Earlier editions None has this number yet.",
        "The Open Race, Number one.gain_all, data to 20 August 2026, "
        "https://race.example/numbers/one.gain_all/",
        "@misc{openrace_number_one_gain_all_20260820,",
        "openrace cite one.gain_all --style apa",
    ):
        assert words in told
    links = re.findall(r'href="([^"]+)"', html)
    assert {"../../data/counts.csv", f"../../{CHAPTER['place']}", "https://example.org"} < set(
        links
    )
    assert '<link rel="canonical" href="https://race.example/numbers/one.gain_all/">' in html
    assert '<meta name="citation_public_url"' in html
    assert len(html) < 6000


def test_the_csl_json_of_a_page_is_an_item(site: Path) -> None:
    boxes = [t for t in Shape(page(site, number())).said if t.startswith("[\n")]
    (item,) = json.loads(boxes[0])
    assert item["URL"] == "https://race.example/numbers/one.gain_all/"
    assert "custom" not in item


def test_a_note_says_the_same_in_short_and_lies_with_those_of_its_chapter(site: Path) -> None:
    many = [cited.SOURCE | {"title": f"Table {i}"} for i in range(6)]
    other = number(id="two.gain", sources=many, as_of=None, interval="")
    number_pages.write([number(), number(id="one.loss"), other], site, cited.BOOK, [])
    assert list(notes(site)) == ["one.gain_all", "one.loss"]
    told = said(notes(site)["one.gain_all"])
    for words in ("1.2 million", "1 to 3", "Last less first.", "As of 20 August 2026"):
        assert words in told
    assert "Counts (data to 21 August 2026)" in told
    assert "Cite The Open Race, Number one.gain_all, data to 20 August 2026" in told
    told = said(notes(site, "two")["two.gain"])
    assert "Table 3 (data to 21 August 2026); and 2 more" in told
    assert "As of not dated" in told


@pytest.mark.parametrize("text", specimen.HOSTILES)
def test_hostile_text_is_said_and_nothing_more(site: Path, text: str) -> None:
    def shapes(words: str) -> list[Shape]:
        source = cited.SOURCE | {"title": words, "upstream": words, "licence": words}
        told = number(words, text=words, interval=words, unit="text", sources=[source])
        told["chapter"] = CHAPTER | {"title": words}
        return [Shape(page(site, told)), Shape(notes(site)["one.gain_all"])]

    for hostile, calm in zip(shapes(text), shapes("calm"), strict=True):
        assert hostile.tags == calm.tags
        assert text in "".join(hostile.said)


def test_a_book_of_other_parameters_cites_nothing_and_says_so(site: Path) -> None:
    html = page(site, number(), None)
    for told in (html, notes(site)["one.gain_all"]):
        assert "ot to be cited" in told
        assert "race.example" not in told
    assert "citation_" not in html
    assert "canonical" not in html


def edition(name: str, **line: str) -> Edition:
    """Record an edition that holds one number."""
    made = Edition(name, name, "2026-06-01", "0.1", "ab", {}, "https://race.example/")
    said = {"text": "1.1\u00a0million", "unit": "count", "definition": "Last less first."}
    said |= {"value": "1", "low": "", "high": "", "as_of": name, "tables": "counts"} | line
    write(made, {"numbers": {"one.gain_all": said}, "figures": {}, "claims": {}, "tables": {}})
    return made


def test_earlier_values_are_told_newest_first_with_their_frozen_pages(site: Path) -> None:
    editions = [edition("2026-03-01", definition="Counted."), edition("2026-04-01", text="1.3")]
    html = page(site, number(), editions=editions)
    told = said(html)
    newer, older = told.index("1.3 in the edition of 1 April"), told.index("1.1 million in the ed")
    assert newer < older
    assert "1 March 2026 , defined as: Counted." in told
    assert told.count("defined as") == 1
    assert 'href="https://race.example/editions/2026-04-01/numbers/one.gain_all/"' in html
    assert "Before 1.3 (1 April 2026); 1.1 million (1 March 2026)" in said(
        notes(site)["one.gain_all"]
    )


def test_a_frozen_page_says_so_and_is_cited_by_its_frozen_address(site: Path) -> None:
    html = page(site, number(), cited.KEPT)
    frozen = "https://race.example/editions/2026-08-22/numbers/one.gain_all/"
    assert f'<link rel="canonical" href="{frozen}">' in html
    assert "This is the edition of 22 August 2026, frozen" in said(html)
    assert "openrace verify one.gain_all --edition 2026-08-22" in html


def test_pages_and_notes_of_numbers_that_are_gone_leave_the_site(site: Path) -> None:
    number_pages.write([number(), number(id="two.gain")], site, cited.BOOK, [])
    number_pages.write([number(id="one.loss")], site, cited.BOOK, [])
    found = {p.relative_to(site).as_posix() for p in site.rglob("*.*") if p.is_file()}
    assert found == {"numbers/one.loss/index.html", "numbers/notes/one.js"}


@pytest.mark.parametrize("id", ["../one.gain", "one", "one..gain", "one.gain/x", "one.<b>", ""])
def test_an_id_that_could_name_another_folder_is_refused(site: Path, id: str) -> None:
    with pytest.raises(Refusal, match="words with dots"):
        number_pages.write([number(id=id)], site, cited.BOOK, [])
    assert not list(site.parent.rglob("index.html"))


def test_a_number_knows_its_chapter(tmp_path: Path) -> None:
    folder = tmp_path / "jupyter_execute" / "chapters"
    folder.mkdir(parents=True)
    notebook = executed(folder / "one.ipynb", {})
    cells = [{"cell_type": "markdown", "source": ["Words\n", "\n", "# The first chapter\n"]}]
    notebook.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    (told,) = number_pages.told(notebook, [cited.number()], tmp_path / "html")
    assert told["chapter"] == CHAPTER | {"title": "The first chapter"}
    assert told["id"] == "one.gain_all"
