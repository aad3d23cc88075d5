"""The book on paper: PDFs of the brief, of each chapter and of the whole book.

They are printed from the built site by Chromium, which has the running heads and feet of
CSS Paged Media (https://www.w3.org/TR/css-page-3/) since version 131.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

import pikepdf

from openrace.build import replace, sources
from openrace.cite import forms, record
from openrace.cite.built import Built
from openrace.errors import Refusal
from openrace.execution import Say, timed
from openrace.paper import browser
from openrace.paper.document import About, Document, Kind
from openrace.paper.pages import Page, headings, read

_OLDEST = 131  # of Chromium: the first with margin boxes
_ENGINE = re.compile(r"Skia/PDF m(\d+)")
BOOK, BRIEF = "the-open-race.pdf", "brief.pdf"


def make(book: Path, jobs: int, say: Say) -> Path:
    """Print the built site of a book into `_build/pdf`, all of it or nothing, and return that.

    The same site gives the same bytes from the same Chromium: every date is the data date.

    Args:
        book: the folder of the book.
        jobs: how many documents are printed at once.
        say: told of progress, a line at a time.

    Raises:
        Refusal: the book is not built, has other parameters than its own, or its brief is longer
            than a page; Chromium is missing, too old, or fails.
    """
    target = book / "_build" / "pdf"
    said, chromium = about(book), browser.find()
    # within the book: a Chromium that is confined to the reader's own files sees it
    with TemporaryDirectory(dir=target.parent, prefix="paper-") as folder:
        press = Press(book, said, Path(folder), chromium)
        with timed(say, f"printed {len(press.pages) + 1} documents"):
            press.run(jobs)
        replace(press.printed, target)
    return target


def about(book: Path) -> About:
    """Return what is said of a book that is built.

    Raises:
        Refusal: it is not built, or has other parameters than its own.
    """
    cited = Built(_site(book)).cited("")
    told = cited["custom"]
    day = told["as_of"] or told["issued"]
    dated = record.opened(record.dated(told["as_of"]))
    return About(record.TITLE, told["url"], day, dated, forms.styled(cited, "short"))


def _site(book: Path) -> Path:
    return book / "_build" / "html"


@dataclass(frozen=True)
class Press:
    """What prints the documents of a book.

    Attributes:
        book: the folder of the book, whose site is built.
        about: what all documents say of it.
        folder: where to work.
        chromium: the browser.
    """

    book: Path
    about: About
    folder: Path
    chromium: str

    @property
    def printed(self) -> Path:
        """Where the PDFs are."""
        return self.folder / "pdf"

    @cached_property
    def pages(self) -> Sequence[Page]:
        """The pages of the book, the brief first."""
        named = sources(self.book)
        return [page for name in named if (page := read(_site(self.book), name))]

    def run(self, jobs: int) -> None:
        """Print everything, several documents at once."""
        with ThreadPoolExecutor(jobs) as at_once:
            printing = [at_once.submit(self.whole), at_once.submit(self.brief)]
            printing += [at_once.submit(self.chapter, page) for page in self.pages[1:]]
            for document in printing:
                document.result()

    def whole(self) -> None:
        """Print the book, twice: its contents name sheets, which the first print tells."""
        first = self._print(BOOK, "book", self.pages)
        self._print(BOOK, "book", self.pages, _places(first))

    def brief(self) -> None:
        """Print the first page.

        Raises:
            Refusal: it takes more than one sheet.
        """
        with pikepdf.open(self._print(BRIEF, "brief", self.pages[:1])) as pdf:
            if (length := len(pdf.pages)) > 1:
                raise Refusal(
                    f"The brief takes {length} sheets, but is meant for one: shorten its page."
                )

    def chapter(self, page: Page) -> None:
        """Print a page alone."""
        self._print(f"{Path(page.name).name}.pdf", "chapter", [page])

    def _print(
        self,
        name: str,
        kind: Kind,
        pages: Sequence[Page],
        numbers: Mapping[str, int] = MappingProxyType({}),
    ) -> Path:
        self.printed.mkdir(exist_ok=True)
        paper = Document(_site(self.book), self.about, pages, self.pages, kind, numbers)
        html, pdf = self.folder / f"{name}.html", self.printed / name
        paper.write(html)
        browser.print_pdf(self.chromium, html, pdf)
        describe(pdf, paper, headings(html))
        return pdf


def _places(printed: Path) -> dict[str, int]:
    """Return the page, counted from 1, of every place that links of a PDF lead to."""
    with pikepdf.open(printed) as pdf:
        sheets = {page.obj.objgen: number for number, page in enumerate(pdf.pages, start=1)}
        places = pdf.Root.get("/Dests", pikepdf.Dictionary())
        return {name.lstrip("/"): sheets[place[0].objgen] for name, place in places.items()}


def describe(path: Path, paper: Document, titles: Sequence[str] = ()) -> None:
    """Say in a PDF what it is, and put the data date for the moment of printing.

    Args:
        path: the PDF.
        paper: what it was printed from.
        titles: the headings of that, in order.

    Raises:
        Refusal: a Chromium printed it that leaves out what runs along the pages.
    """
    day = f"D:{paper.about.as_of.replace('-', '')}000000Z"
    said = {
        "Title": paper.title,
        "Author": record.AUTHOR,
        "Subject": paper.about.cited,
        "Creator": f"{record.TITLE}, {paper.about.home}",
        "CreationDate": day,
        "ModDate": day,
    }
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        engine = _ENGINE.search(str(pdf.docinfo.get("/Producer", "")))
        if engine and int(engine[1]) < _OLDEST:
            raise Refusal(
                f"Chromium {engine[1]} prints no running heads and feet: "
                f"install version {_OLDEST} or a later one."
            )
        for name, text in said.items():
            pdf.docinfo[f"/{name}"] = pikepdf.String(text)
        _name(pdf, titles)
        packed = pikepdf.ObjectStreamMode.generate
        pdf.save(path, deterministic_id=True, object_stream_mode=packed)


def _name(pdf: pikepdf.Pdf, titles: Sequence[str]) -> None:
    """Give the outline its titles: Chromium doubles the words of those that begin a sheet."""
    with pdf.open_outline() as outline:
        items = list(_items(outline.root))
        if len(items) == len(titles):  # not in the brief, which leaves sections out
            for item, title in zip(items, titles, strict=True):
                item.title = title


def _items(entries: Iterable[pikepdf.OutlineItem]) -> Iterator[pikepdf.OutlineItem]:
    for entry in entries:
        yield entry
        yield from _items(entry.children)
