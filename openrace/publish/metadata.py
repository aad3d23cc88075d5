"""What machines read at the head of a page: Highwire tags, Open Graph and JSON-LD.

Highwire tags are what Google Scholar and Zotero read: https://scholar.google.com/intl/en/scholar/inclusion.html.
Open Graph (https://ogp.me) is what chats and networks show of a link, Twitter's tag how large.
JSON-LD is of https://schema.org. None says when a page was modified, which nobody tracks.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from openrace import address
from openrace.cite import record
from openrace.cite.record import Book
from openrace.publish import cards, template

Record = Mapping[str, Any]
Thing = dict[str, Any]
_LICENCE = "https://creativecommons.org/licenses/by/4.0/"
_MOST = 300  # characters of what a page is about
_PUBLISHER = {"@type": "Organization", "name": record.AUTHOR}


@dataclass(frozen=True)
class Page:
    """A page: its title, where it lies within the site, its data date, and its figures.

    The first page lies at the site's address itself. `tables` is the data package, for the page
    that tells of the tables. `about` says in a sentence or two what it is about, and `card` where
    its image for links to it lies within the site.
    """

    title: str
    place: str
    as_of: str | None
    figures: Sequence[Record]
    tables: Record | None = None
    about: str = ""
    card: str = cards.page_place("index")


def head(page: Page, book: Book) -> Markup:
    """Return the tags for a page's head.

    Args:
        page: the page, its figures each with `id`, `title`, `subtitle`, `alt` and `as_of`.
        book: the book that holds it.
    """
    things = [_report(page, book), *([_dataset(page, page.tables, book)] if page.tables else [])]
    graph = template.embedded({"@context": "https://schema.org", "@graph": things})
    tags, linked = highwire(page, book), social(page, book)
    return template.render("metadata.html", tags=tags, linked=linked, graph=Markup(graph))


def social(page: Page, book: Book) -> dict[str, str]:
    """Return the Open Graph tags of a page by property."""
    whole = page.place == ""
    about = textwrap.shorten(record.plain(page.about), _MOST, placeholder=" …")
    tags = {
        "og:type": "website" if whole else "article",
        "og:site_name": record.TITLE,
        "og:title": record.plain(page.title),
        "og:description": about,
        "og:url": f"{book.home}{page.place}",
        "og:image": f"{book.home}{page.card}",
        "og:image:type": "image/png",
        "og:image:width": str(cards.WIDTH),
        "og:image:height": str(cards.HEIGHT),
        "og:image:alt": f"{record.plain(page.title)}, {record.dated(page.as_of)}",
        "og:locale": "en_GB",
    }
    return {name: said for name, said in tags.items() if said}


def highwire(page: Page, book: Book) -> dict[str, str]:
    """Return the Highwire tags of a page by name; the title says the data date."""
    url = f"{book.home}{page.place}"
    return {
        "citation_title": f"{record.plain(page.title)} ({record.dated(page.as_of)})",
        "citation_author": record.AUTHOR,
        "citation_publication_date": book.issued.replace("-", "/"),
        "citation_technical_report_institution": record.TITLE,
        "citation_public_url": url,
        "citation_fulltext_html_url": url,
        "citation_language": "en",
    }


def _report(page: Page, book: Book) -> Thing:
    part = {"@type": "Report", "name": record.TITLE, "url": book.home}
    return _work("Report", page.title, page.as_of, book) | {
        "url": f"{book.home}{page.place}",
        "inLanguage": "en-GB",
        "publisher": _PUBLISHER,
        "hasPart": [_image(figure, book) for figure in page.figures],
        **({"isPartOf": part} if page.place else {}),
    }


def _image(figure: Record, book: Book) -> Thing:
    place = address.figure(figure["id"])
    return _work("ImageObject", figure["title"], figure["as_of"], book) | {
        "identifier": figure["id"],
        "url": f"{book.home}{place}",
        "contentUrl": f"{book.home}{place}{figure['id']}.png",
        "encodingFormat": "image/png",
        "description": record.plain(figure["alt"]),
        "caption": record.plain(figure["subtitle"]),
        "creditText": record.AUTHOR,
    }


def _dataset(page: Page, tables: Record, book: Book) -> Thing:
    return _work("Dataset", tables["title"], page.as_of, book) | {
        "url": f"{book.home}{page.place}",
        "description": tables["description"],
        "isAccessibleForFree": True,
        "distribution": [_download(table, book) for table in tables["resources"]],
    }


def _download(table: Record, book: Book) -> Thing:
    return {
        "@type": "DataDownload",
        "name": table["title"],
        "contentUrl": f"{book.home}data/{table['path']}",
        "encodingFormat": table.get("mediatype", "text/csv"),
        "license": [licence.get("path", licence["name"]) for licence in table["licenses"]],
    }


def _work(kind: str, name: str, as_of: str | None, book: Book) -> Thing:
    dated = {"contentReferenceTime": as_of} if as_of else {}
    return {
        "@type": kind,
        "name": record.plain(name),
        "creator": _PUBLISHER,
        "datePublished": book.issued,
        "license": _LICENCE,
        **dated,
    }
