"""The book on paper: a specimen with hostile text, printed whole, and leaves of the real book."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
from html import escape
from pathlib import Path

import cited
import pikepdf
import pytest
import specimen
from conftest import Real, chromium, openrace
from figure_page import SVG
from lxml import html
from pypdf import PdfReader

from openrace import address, paper
from openrace.build import sources
from openrace.errors import Refusal
from openrace.paper import browser
from openrace.paper.document import STATIC, About, Document, quoted
from openrace.paper.pages import read
from openrace.publish import citations, markup
from openrace.publish.files import write_fonts

ABOUT = About("The Book", "https://example.org/", "2026-08-22", "Data to 22 August 2026", "Me")
EDITION = "data to 22 August 2026"
RUNNING = "Data to 22 August 2026 · https://race.example/"
NOTED = "https://example.com/one?a=1&b=2"
WORDS = f"""
<p>It gained <a class="number reference internal" href="../numbers/one.gain/index.html">2</a>.
The <a href="{escape(NOTED)}">source</a>, once more <a href="{escape(NOTED)}">it</a>, and
<a href="https://example.com/other">another</a> one.
The same is in <a href="two.html">the second</a> chapter, at <a href="two.html#two-line">its
figure</a>, and <a href="https://example.com/said">https://example.com/said</a>.
See <a href="#one-line">Figure 1.1</a> and <a href="../index.html">the first page</a>.</p>
<details class="hide above-input"><summary>Show code</summary><pre>chapter.open</pre></details>
<div class="cell_input"><pre>chapter.open</pre></div>
{markup.numbers([cited.number(interval="")], str)}
"""


def figure(id: str, title: str, number: str) -> str:
    """Write a figure as the pages of the site hold it."""
    drawing = SVG.replace(' width="700"', ' xmlns="http://www.w3.org/2000/svg" width="700"')
    record = cited.figure(title, id=id) | {
        **{"source": "Data: nobody/specimen.", "dates": [], "svg": {"wide": drawing}},
        "table": {"columns": ["model_id"], "data": [[title]]},
    }
    caption = markup.caption(record["title"], record["subtitle"])
    return (
        f'<figure class="openrace-figure" id="{id}"><figcaption><span class="caption-number">'
        f"{number} </span>{caption}</figcaption>{markup.figure_head(record)}"
        f"{markup.figure_body(record, '../', 'methods.html')}</figure>"
    )


def page(title: str, number: str, inner: str) -> str:
    """Write a page with what the theme puts around and into it."""
    numbered = f'<span class="section-number">{number}. </span>' if number else ""
    return (
        f'<!doctype html><html data-theme="dark"><nav>Menu</nav><article class="bd-article">'
        f'<section id="top"><h1>{numbered}{escape(title)}<a class="headerlink" href="#top">#</a>'
        f'</h1>{inner}<section id="more"><h2>More<a class="headerlink" href="#more">#</a></h2>'
        f"<p>And so on.</p></section></section></article></html>"
    )


def written(folder: Path) -> Path:
    """Write a book whose site is built: two chapters with a figure each, and a first page."""
    for place in ("chapters", "_build/html/chapters", "_build/html/_static"):
        (folder / place).mkdir(parents=True)
    toc = "format: jb-book\nroot: index\nchapters:\n- file: chapters/one\n- file: chapters/two\n"
    (folder / "_toc.yml").write_text(toc)
    site, hostile = folder / "_build" / "html", figure("one-line", specimen.HOSTILE, "Figure 1.1")
    long = "".join("<p>More words of the second chapter.</p>" for _ in range(30))
    pages = {
        "index": page("Specimen", "", "<p>The gain was 2.</p>"),
        "chapters/one": page(f"One {specimen.HOSTILE}", "1", WORDS + hostile),
        "chapters/two": page("Two", "2", long + figure("two-line", "It gained", "Figure 2.1")),
    }
    for name, text in pages.items():
        (folder / f"{name}.md").touch()
        (site / f"{name}.html").write_text(text, encoding="utf-8")
    for sheet in STATIC.glob("*.css"):
        shutil.copy(sheet, site / "_static")
    write_fonts(site / "_static")
    citations.write({}, cited.BOOK, site)
    return folder


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The specimen, printed as a person does."""
    chromium()
    folder = written(tmp_path_factory.mktemp("paper") / "book")
    done = openrace("pdf", folder=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].endswith("/_build/pdf/the-open-race.pdf")
    return folder


def pdf(book: Path, name: str) -> PdfReader:
    return PdfReader(book / "_build" / "pdf" / f"{name}.pdf")


def told(leaf: PdfReader) -> list[str]:
    """Return the text of each sheet, its spaces and breaks as one space."""
    return [" ".join(page.extract_text().split()) for page in leaf.pages]


def test_there_are_the_brief_the_book_and_each_chapter(book: Path) -> None:
    found = {path.name for path in (book / "_build" / "pdf").iterdir()}
    assert found == {"the-open-race.pdf", "brief.pdf", "one.pdf", "two.pdf"}
    assert not list((book / "_build").glob("paper-*"))


def test_the_brief_is_one_sheet(book: Path) -> None:
    assert len(pdf(book, "brief").pages) == 1
    assert "Specimen" in told(pdf(book, "brief"))[0]


@pytest.mark.parametrize("name", ["the-open-race", "brief", "one", "two"])
def test_every_sheet_is_a4_and_says_edition_address_and_its_number(book: Path, name: str) -> None:
    leaf = pdf(book, name)
    for number, text in enumerate(told(leaf), start=1):
        box = leaf.pages[number - 1].mediabox
        assert (round(box.width), round(box.height)) == (595, 842)
        covered = name == "the-open-race" and number == 1
        said = RUNNING.split(" · ") if covered else [RUNNING, f"{number} / {len(leaf.pages)}"]
        assert all(part in text for part in said), text


def test_a_document_says_what_it_is_and_is_dated_by_its_data(book: Path) -> None:
    said = pdf(book, "two").metadata
    assert said is not None
    assert said.title == f"2. Two – The Open Race ({EDITION})"
    assert said.author == "The Open Race contributors"
    assert said["/CreationDate"] == said["/ModDate"] == "D:20260822000000Z"


def test_contents_and_outline_lead_to_the_sheets_they_name(book: Path) -> None:
    leaf = pdf(book, "the-open-race")
    contents = told(leaf)[1]
    for title in ("2. Two", "Figure 2.1 It gained"):
        number = int(re.search(rf"{re.escape(title)} (\d+)", contents)[1])  # type: ignore[index]
        assert title in told(leaf)[number - 1]
    titles = [item.title for item in leaf.outline if not isinstance(item, list)]
    assert "2. Two" in titles


@pytest.mark.parametrize("name", ["the-open-race", "two"])
def test_a_figure_stands_on_one_sheet_from_its_number_to_its_address(book: Path, name: str) -> None:
    link = f"https://race.example/{address.figure('two-line')}"
    sheets = [text for text in told(pdf(book, name)) if link in text]
    assert len(sheets) == 1
    whole = (
        r"Figure 2\.1 It gained Downloads .*Data: nobody.* What it does not show: Not a person\..*"
    )
    assert re.search(whole + re.escape(link), sheets[0])


def test_addresses_are_notes_at_the_end_and_places_of_the_book_are_named(book: Path) -> None:
    text = " ".join(told(pdf(book, "one")))
    assert re.search(r"The source ?1, once more it ?1, and another ?2 one\.", text)
    assert "in the second (chapter 2) chapter, at its figure (Figure 2.1)" in text
    listed = text.partition(" Links ")[2]
    assert f"1. {NOTED} 2. https://example.com/other" in listed
    assert "See Figure 1.1 and the first page ?3." in text.replace("page 3", "page ?3")
    assert "https://example.com/said" in text.partition(" Links ")[0]
    assert "https://example.com/said" not in listed


def test_links_lead_to_the_site_and_within_the_book(book: Path) -> None:
    def addresses(leaf: PdfReader) -> set[str]:
        notes = [note.get_object() for page in leaf.pages for note in page.get("/Annots", [])]
        return {note["/A"]["/URI"] for note in notes if "/URI" in note.get("/A", {})}

    alone, whole = addresses(pdf(book, "one")), addresses(pdf(book, "the-open-race"))
    assert "https://race.example/chapters/two.html#two-line" in alone
    assert "https://race.example/numbers/one.gain/" in alone & whole
    assert not any("chapters/two.html" in link for link in whole)
    assert not any(link.startswith("file:") for link in alone | whole)


def test_paper_has_no_code_no_folds_and_no_controls(book: Path) -> None:
    text = " ".join(told(pdf(book, "one")))
    for word in (
        "chapter.open",
        "Numbers computed here",
        "Table of",
        "Explore values",
        "Show code",
    ):
        assert word not in text


def test_the_typeface_is_the_books_and_text_can_be_read_aloud(book: Path) -> None:
    leaf = pdf(book, "two")
    fonts = {str(f["/BaseFont"]) for p in leaf.pages for f in map(_object, _fonts(p))}
    assert any("SourceSans" in name for name in fonts)
    root = leaf.root_object
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"


def _fonts(page: object) -> list[object]:
    return list(page["/Resources"].get("/Font", {}).values())  # type: ignore[index]


def _object(reference: object) -> dict[str, object]:
    return reference.get_object()  # type: ignore[attr-defined, no-any-return]


def test_hostile_text_stays_text(book: Path) -> None:
    leaf = pdf(book, "one")
    hostile = "".join(specimen.HOSTILE.split())
    said = "".join("".join(told(leaf)).split())
    assert said.count(hostile) >= 3  # the running head, the title, the finding
    assert leaf.metadata is not None
    assert leaf.metadata.title == f"1. One {specimen.HOSTILE} – The Open Race ({EDITION})"
    assert "/JavaScript" not in leaf.root_object.get("/Names", {})


def test_a_string_of_a_style_sheet_ends_where_it_is_meant_to() -> None:
    text = quoted('"; } body { display: none } \\ </style>\n')
    assert re.fullmatch(r'"(\w|\\[0-9a-f]+ )*"', text)


def test_the_same_site_prints_the_same_bytes(book: Path, tmp_path: Path) -> None:
    def digest(path: Path) -> str:
        return hashlib.sha256(path.read_bytes()).hexdigest()

    press = paper.Press(book, paper.about(book), tmp_path, browser.find())
    press.chapter(press.pages[2])
    assert digest(press.printed / "two.pdf") == digest(book / "_build" / "pdf" / "two.pdf")


PAGE = """<!doctype html><article class="bd-article"><section id="x"><h1>A page</h1>
<form>controls</form><details><summary>A fold</summary>limits</details>
<table><thead><tr><th>Head</th></tr></thead><tr><td>cell</td></tr></table>
<table><tr><th>Side</th><td>cell</td></tr></table>
<figure class="openrace-figure" id="f"><figcaption><span class="caption-number">Figure 1 </span>
<span class="caption-text">A finding</span></figcaption><svg class="drawing narrow"></svg>
<svg class="drawing wide" viewBox="0 0 7 3"></svg></figure></section></article>"""


def test_folds_are_open_and_the_wide_drawing_stays(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(PAGE)
    page = read(tmp_path, "page.md")
    assert page is not None
    document = Document(tmp_path, ABOUT, [page], [page], "chapter", {})
    document.write(tmp_path / "paper.html")
    printed = html.parse(str(tmp_path / "paper.html")).getroot()
    assert printed.xpath("count(//form) + count(//svg[contains(@class, 'narrow')])") == 0
    assert printed.xpath("//details/@open") == [""]
    assert printed.get("data-theme") == "light"
    assert [(f.id, f.number, f.title) for f in page.figures] == [("f", "Figure 1", "A finding")]


def test_every_table_that_is_printed_has_a_head_to_repeat(real: Real) -> None:
    heads = 0
    for name in sources(real.folder):
        if page := read(real.site, name):
            assert page.article.xpath(".//table[not(thead)]") == [], name
            heads += len(page.article.xpath(".//table/thead"))
    assert heads > 20


def test_a_gallery_is_no_page_of_paper(tmp_path: Path) -> None:
    gallery = '<article class="bd-article"><h1>All</h1><div class="gallery"></div></article>'
    (tmp_path / "all.html").write_text(gallery)
    assert read(tmp_path, "all.md") is None


# What goes wrong


def test_without_a_browser_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(browser.VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refusal, match="apt-get install chromium"):
        browser.find()
    monkeypatch.setenv(browser.VARIABLE, "no-such-browser")
    with pytest.raises(Refusal, match="OPENRACE_CHROMIUM is “no-such-browser”"):
        browser.find()


def program(path: Path, does: str) -> str:
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return str(path)


def test_a_browser_that_fails_leaves_the_last_pdfs(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: os.stat(path).st_mtime_ns for path in (book / "_build" / "pdf").iterdir()}
    broken = program(tmp_path / "broken", "echo it is broken >&2; exit 3")
    monkeypatch.setenv(browser.VARIABLE, broken)
    with pytest.raises(Refusal, match=r"could not print .*: it is broken"):
        paper.make(book, 1, lambda line: None)
    assert before == {path: os.stat(path).st_mtime_ns for path in before}
    assert not list((book / "_build").glob("paper-*"))


def test_a_book_that_is_not_built_is_not_printed(tmp_path: Path) -> None:
    chromium()
    done = openrace("pdf", folder=specimen.write(tmp_path / "book"))
    assert done.returncode == 1
    assert "build it with “make book”" in done.stderr


def test_a_brief_of_several_sheets_is_refused(book: Path, tmp_path: Path) -> None:
    press = paper.Press(book, paper.about(book), tmp_path, browser.find())
    for _ in range(120):
        press.pages[0].article.append(html.fragment_fromstring("<p>One more line.</p>"))
    with pytest.raises(Refusal, match="takes 3 sheets"):
        press.brief()


def test_an_old_browser_is_refused(tmp_path: Path) -> None:
    document = Document(tmp_path, ABOUT, [], [], "book", {})
    with pikepdf.new() as made:
        made.docinfo["/Producer"] = pikepdf.String("Skia/PDF m130")
        made.save(tmp_path / "old.pdf")
    with pytest.raises(Refusal, match="install version 131"):
        paper.describe(tmp_path / "old.pdf", document)


# The real book


def test_the_real_brief_is_one_sheet_and_no_real_figure_is_cut(real: Real, tmp_path: Path) -> None:
    press = paper.Press(real.folder, paper.about(real.folder), tmp_path, chromium())
    press.brief()
    page = next(page for page in press.pages if page.name.endswith("03-cost-economics"))
    press.chapter(page)
    sheets = [squeezed(text) for text in told(PdfReader(press.printed / "03-cost-economics.pdf"))]
    assert len(page.figures) > 5
    for figure in page.figures:
        on = [text for text in sheets if f"/{address.figure(figure.id)}" in text]
        assert len(on) == 1
        assert squeezed(figure.number + figure.title) in on[0]


def squeezed(text: str) -> str:
    return "".join(text.split())
