"""One HTML file for one PDF: pages of the site, and what runs along every sheet of paper."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from lxml import html
from lxml.html import HtmlElement
from markupsafe import Markup

from openrace import address, publish
from openrace.paper.links import Links
from openrace.paper.pages import Figure, Page
from openrace.publish import template

Kind = Literal["book", "chapter", "brief"]
STATIC = Path(publish.__file__).parent / "static"
_SHEET = STATIC / "paper.css"
_APART = ("embed.css", "number.css", "paper.css", "print.css")  # of other kinds of pages


@dataclass(frozen=True)
class About:
    """The book that is printed.

    Attributes:
        title: its title.
        home: the address of its first page, that of its edition once it is frozen.
        as_of: its data date, ISO; the day of publishing of a book without one.
        dated: the edition in words: `Data to 22 August 2026`.
        cited: how it is cited.
    """

    title: str
    home: str
    as_of: str
    dated: str
    cited: str


@dataclass(frozen=True)
class Document:
    """A document to print.

    Attributes:
        site: the folder of the site.
        about: the book.
        pages: what it holds.
        book: all pages of the book, which its links may name.
        kind: the whole book, a chapter alone, or the brief.
        numbers: the pages of the places that its contents name, once they are known.
    """

    site: Path
    about: About
    pages: Sequence[Page]
    book: Sequence[Page]
    kind: Kind
    numbers: Mapping[str, int]

    @property
    def title(self) -> str:
        """What it is, with its edition."""
        name = self.about.title
        if self.kind != "book":
            name = f"{self.pages[0].title if self.kind == 'chapter' else 'The brief'} – {name}"
        return f"{name} ({self.about.dated[:1].lower()}{self.about.dated[1:]})"

    def write(self, path: Path) -> None:
        """Write it as HTML, with its style sheet of running lines beside it."""
        running = path.with_suffix(".css")
        running.write_text(self._running(), encoding="utf-8")
        sheets = [*self._sheets(), _SHEET, running]
        whole = template.render(
            "paper.html",
            document=self,
            sheets=[sheet.as_uri() for sheet in sheets],
            chapters=[self._chapter(page) for page in self.pages],
        )
        path.write_text(whole, encoding="utf-8")

    def _sheets(self) -> list[Path]:
        """Return the book's own style sheets in the site, which are not those of its theme."""
        ours = sorted(sheet.name for sheet in STATIC.glob("*.css"))
        return [
            self.site / "_static" / name
            for name in ours
            if name not in _APART and (self.site / "_static" / name).exists()
        ]

    def _running(self) -> str:
        place = self.pages[0].place if self.kind == "chapter" else ""
        said = {
            "title": self.about.title,
            "foot": f"{self.about.dated} · {self.about.home}{place}",
        }
        heads = "".join(
            f"@page {page.key} {{ @top-right {{ content: {quoted(page.title)} }} }}\n"
            f".sheet-{page.key} {{ page: {page.key} }}\n"
            for page in self.pages
            if page.title != self.about.title
        )
        lines = "".join(f"--paper-{name}: {quoted(text)}; " for name, text in said.items())
        return f"html {{ {lines}}}\n{heads}"

    def _chapter(self, page: Page) -> dict[str, Any]:
        labels = {place: label for p in self.book for place, label in p.labels.items()}
        here = {f"{p.name}.html": p for p in self.pages}
        links, article = Links(page, self.about.home, labels, here), copy.deepcopy(page.article)
        for figure in page.figures:
            self._address(article, figure)
        links.settle(article)
        _place(article, page, self.site)
        inner = "".join(html.tostring(child, encoding="unicode") for child in article)
        return {"page": page, "body": Markup(inner), "notes": list(links.notes)}

    def _address(self, article: HtmlElement, figure: Figure) -> None:
        """Put the address of a figure's own page where the way to it stood."""
        url = f"{self.about.home}{address.figure(figure.id)}"
        for actions in article.xpath(".//figure[@id=$id]/p[@class='actions']", id=figure.id):
            actions.clear()
            actions.set("class", "address")
            actions.text = "To cite, with table and data: "
            link = html.Element("a", {"href": url})
            link.text = url
            actions.append(link)


def _place(article: HtmlElement, page: Page, site: Path) -> None:
    """Tell the ids of a page from those of others, and let its pictures be found from elsewhere."""
    for element in article.xpath(".//*[@id][not(ancestor-or-self::svg)]"):
        element.set("id", f"{page.key}--{element.get('id')}")
    for picture in article.xpath(".//img[@src]"):
        source = (site / page.name).parent / picture.get("src")
        picture.set("src", source.resolve().as_uri())


def quoted(text: str) -> str:
    """Write text of others as a string of CSS, which nothing in it can end."""
    return '"' + "".join(c if c.isalnum() else f"\\{ord(c):x} " for c in text) + '"'
