"""Links on paper: addresses become notes, places of the book are named by their numbers."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from lxml import html
from lxml.html import HtmlElement

from openrace.paper.pages import Page, words

_NUMBERS = "numbers/"  # a number's page is a click away, but too many to note
_INDEX = re.compile(r"(^|/)index\.html(?=$|#)")  # a folder's first page lies at the folder


@dataclass
class Links:
    """The links of one page.

    Attributes:
        page: where they stand.
        home: the address of the site.
        labels: what places of the book are called.
        here: the pages that are in the same document, by their places.
        notes: the addresses that paper names, each with the number of its note.
    """

    page: Page
    home: str
    labels: Mapping[str, str]
    here: Mapping[str, Page]
    notes: dict[str, int] = field(default_factory=dict)

    def settle(self, article: HtmlElement) -> None:
        """Let every link of the page lead somewhere from paper, and say where."""
        for link in article.xpath(".//a[@href]"):
            self._settle(link, link.get("href"))

    def _settle(self, link: HtmlElement, href: str) -> None:
        if urlsplit(href).scheme:
            self._note(link, href)
            return
        file, id = self._place(href)
        page = self.here.get(file)
        if page:
            link.set("href", f"#{page.key}--{id}" if id else f"#{page.key}")
        else:
            link.set("href", self.home + _INDEX.sub(r"\1", f"{file}#{id}".rstrip("#")))
        chapter = self.labels.get(file) if page != self.page else None
        if label := self.labels.get(f"{file}#{id}") or chapter:
            _say(link, label)
        elif not page and not file.startswith(_NUMBERS):
            self._note(link, link.get("href"))

    def _place(self, href: str) -> tuple[str, str]:
        """Return the file within the site that a link of the page leads to, and the place there."""
        path, _, id = href.partition("#")
        joined = posixpath.join(posixpath.dirname(self.page.name), path)
        return posixpath.normpath(joined) if path else f"{self.page.name}.html", id

    def _note(self, link: HtmlElement, address: str) -> None:
        """Note an address, unless it is what the page says anyhow."""
        if words(link) not in (address, urlsplit(address)._replace(scheme="").geturl()[2:]):
            number = self.notes.setdefault(address, len(self.notes) + 1)
            _after(link, "sup", str(number), "note")


def _say(link: HtmlElement, label: str) -> None:
    if label.casefold() not in words(link).casefold():
        _after(link, "span", f" ({label})", "whither")


def _after(link: HtmlElement, tag: str, text: str, kind: str) -> None:
    said = html.Element(tag, {"class": kind})
    said.text, said.tail, link.tail = text, link.tail, None
    link.addnext(said)
