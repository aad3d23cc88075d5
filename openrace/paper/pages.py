"""A page of the site as paper takes it: without controls, folds and code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lxml import html
from lxml.html import HtmlElement

from openrace.errors import Refusal

_DROPPED = (
    "script",
    "form",
    "button",
    "iframe",
    "a[@class='headerlink']",
    "a[starts-with(@href, '#') and normalize-space() = '#']",
    "details[contains(@class, 'hide')]",
    "div[contains(@class, 'cell_input')]",
    "details[contains(@class, 'openrace-numbers')]",
    "details[@class='table']",
    "svg[contains(@class, 'narrow')]",
    "div[contains(@class, 'toctree-wrapper')]",
)
_FIGURE = ".//figure[contains(@class, 'openrace-figure')][@id]"


@dataclass(frozen=True)
class Figure:
    """A figure: its id, its number as captions write it, and its finding."""

    id: str
    number: str
    title: str


@dataclass(frozen=True)
class Page:
    """A page: its name within the site, without an ending, and what it holds."""

    name: str
    article: HtmlElement

    @property
    def key(self) -> str:
        """What the ids of the page begin with, where several pages are one document."""
        return f"page-{re.sub(r'[^A-Za-z0-9-]', '-', self.name)}"

    @property
    def place(self) -> str:
        """Where it lies within the site."""
        return "" if self.name == "index" else f"{self.name}.html"

    @cached_property
    def title(self) -> str:
        """Its title, with its number if it has one."""
        return words(self.article.xpath(".//h1")[0])

    @cached_property
    def sections(self) -> dict[str, str]:
        """The titles of its sections by id."""
        return {h.getparent().get("id"): words(h) for h in self.article.xpath(".//section[@id]/h2")}

    @cached_property
    def figures(self) -> list[Figure]:
        """The figures it shows as its own."""
        return [_figure(found) for found in self.article.xpath(_FIGURE)]

    @cached_property
    def labels(self) -> dict[str, str]:
        """What paper calls it and its figures, “chapter 2” or “Figure 2.1”, by their places."""
        numbers = self.article.xpath(".//h1//*[contains(@class, 'section-number')]")
        own = {f"{self.name}.html": f"chapter {words(n).rstrip('.')}" for n in numbers}
        return own | {f"{self.name}.html#{f.id}": f.number for f in self.figures}


def _figure(found: HtmlElement) -> Figure:
    said = [
        " ".join(map(words, found.xpath(f"./figcaption//*[contains(@class, '{part}')]")))
        for part in ("caption-number", "caption-text")
    ]
    return Figure(found.get("id"), *said)


def words(element: HtmlElement) -> str:
    """Return the text of an element as one line, with its spaces that do not break."""
    return " ".join(re.split(r"[ \t\r\n]+", element.text_content().strip()))


def headings(document: Path) -> list[str]:
    """Return the titles of an HTML file's headings, in order."""
    tree = html.document_fromstring(document.read_text(encoding="utf-8"))
    return [words(heading) for heading in tree.iter("h1", "h2", "h3", "h4", "h5", "h6")]


def read(site: Path, name: str) -> Page | None:
    """Read a page of a site, or nothing where it is pictures of other pages.

    Args:
        site: the site's folder.
        name: the page's source within the book, as `_toc.yml` has it with its ending.

    Raises:
        Refusal: the site has no such page.
    """
    plain = Path(name).with_suffix("").as_posix()
    try:
        text = (site / f"{plain}.html").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Refusal(f"The site has no page {plain}.html: build it with “make book”.") from None
    article = html.document_fromstring(text).xpath("//article")[0]
    if article.find_class("gallery"):
        return None
    for gone in article.xpath(" | ".join(f".//{what}" for what in _DROPPED)):
        gone.drop_tree()
    for fold in article.iter("details"):
        fold.set("open", "")
    return Page(plain, article)
