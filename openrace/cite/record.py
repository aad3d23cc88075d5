"""The record of what is cited, and CSL-JSON, which all other forms are made from.

CSL-JSON: https://docs.citationstyles.org/en/stable/specification.html (schema 1.0.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cache
from importlib.metadata import version
from typing import Any

from openrace import address, freshness

Record = Mapping[str, Any]
TITLE = "The Open Race"
AUTHOR = f"{TITLE} contributors"
LICENCE = "CC-BY-4.0"  # of text and figures; each table has its own, named with its source


def data_date(figures: Iterable[Record], numbers: Iterable[Record]) -> str | None:
    """Return the latest day (ISO) that some figures and numbers are dated to: the edition's name.

    None when none of them is dated.
    """
    days = (r["as_of"] for records in (figures, numbers) for r in records)
    return max((day for day in days if day), default=None)


@dataclass(frozen=True)
class Book:
    """What all citations of one built book share.

    Attributes:
        issued: the day it is published, ISO.
        as_of: its data date, ISO, which names its edition.
        site: its address, ending in a slash.
        kept: whether its edition is frozen, so that the frozen addresses lead somewhere; only a
            book with a data date can be.
        correction: the name of its edition, where that is more than its data date.
    """

    issued: str
    as_of: str | None
    site: str
    kept: bool = False
    correction: str = ""

    @property
    def edition(self) -> str:
        """The name of its edition; empty without a data date."""
        return self.correction or self.as_of or ""

    @property
    def home(self) -> str:
        """The address of its first page: that of its edition, once it is frozen."""
        return f"{self.site}{address.edition(self.edition)}" if self.kept else self.site

    @classmethod
    def today(
        cls, figures: Iterable[Record], numbers: Iterable[Record], *, edition: str = ""
    ) -> Book:
        """Return the book that holds some figures and numbers, published today.

        Args:
            figures: its figures.
            numbers: its numbers.
            edition: the name of the edition that it is frozen as, if it is.

        Raises:
            Refusal: SOURCE_DATE_EPOCH or the site's address cannot be read.
        """
        as_of = data_date(figures, numbers)
        correction = edition if edition != as_of else ""
        day = freshness.today().isoformat()
        return cls(day, as_of, address.site(), kept=bool(edition), correction=correction)


@dataclass(frozen=True)
class Citable:
    """What a citation says of a figure, a number, a claim or the book.

    Attributes:
        kind: `figure`, `number`, `claim` or `book`.
        as_of: its data date, ISO; None when nothing it rests on is dated.
        issued: the day of publishing, ISO.
        version: that of the package.
        address: where its newest state lies.
        frozen: where its edition keeps it; empty without a data date.
        url: the one of both that a citation names: `frozen` once the edition is kept.
        sources: each with `title`, `upstream`, `url`, `licence` and `as_of`.
        command: what rebuilds it.
        sha256: by kind of file, `csv` for the table and `svg` for the drawing.
        alt: what the drawing shows, for those who do not see it.
    """

    id: str
    kind: str
    title: str
    as_of: str | None
    issued: str
    version: str
    address: str
    frozen: str
    url: str
    licence: str
    command: str
    sources: Sequence[Record]
    sha256: Record = field(default_factory=dict)
    alt: str = ""


def figure(record: Record, book: Book) -> Citable:
    """Return what a figure is cited by.

    Args:
        record: its entry in `figures.json` with its `id`, or the figure as its chapter showed
            it, which knows no sha256 of files.
        book: the book that holds it.
    """
    rest = {"sha256": record.get("sha256", {}), "alt": plain(record["alt"])}
    return _citable("figure", record["title"], record, address.figure(record["id"]), book, **rest)


def number(record: Record, book: Book) -> Citable:
    """Return what a number is cited by, its value as the prose writes it.

    Args:
        record: the number as its chapter told it, or its entry in `numbers.json` with its `id`.
        book: the book that holds it.
    """
    title = f"{record['definition'].rstrip('.')}: {record['text']}"
    return _citable("number", title, record, address.number(record["id"]), book)


def claim(record: Record, numbers: Mapping[str, Record], book: Book) -> Citable:
    """Return what a claim is cited by, with its verdict.

    It is dated by the newest number that decides it; the book's data date dates a claim that
    no number decides.

    Args:
        record: the claim's entry in `claims.json`.
        numbers: `numbers.json`.
        book: the book that holds it.
    """
    told = [numbers[id] for id in record["numbers"]]
    sources = {source["table"]: source for n in told for source in n["sources"]}.values()
    title = f"“{record['claim'].rstrip('.')}”: {record['verdict']}"
    made = {"id": record["id"], "as_of": data_date([], told) or book.as_of, "sources": [*sources]}
    return _citable("claim", title, made, address.claim(record["id"]), book)


def whole(book: Book) -> Citable:
    """Return what the whole book is cited by."""
    return _citable("book", TITLE, {"id": "", "as_of": book.as_of, "sources": []}, "", book)


def _citable(kind: str, title: str, of: Record, place: str, book: Book, **rest: Any) -> Citable:
    """Make the record of what has an id, a data date and sources, and lies at a place."""
    live = f"{book.site}{place}"
    frozen = f"{book.site}{address.edition(book.edition)}{place}" if book.edition else ""
    verify = " ".join(filter(None, ("openrace verify", of["id"], f"--edition {book.edition}")))
    return Citable(
        id=of["id"],
        kind=kind,
        title=plain(title),
        as_of=of["as_of"],
        issued=book.issued,
        version=_version(),
        address=live,
        frozen=frozen,
        url=frozen if book.kept else live,
        licence=LICENCE,
        command=verify if book.kept else "openrace build",
        sources=of["sources"],
        **rest,
    )


@cache
def _version() -> str:
    """Return the package's version, which takes long to look up for every number."""
    return version("openrace")


def csl(citable: Citable) -> dict[str, Any]:
    """Return the CSL-JSON item of something citable; `custom` holds the whole record.

    It is a report with id and data date in its title: most styles leave out version, medium and
    note, and reference managers drop the publisher of a graphic, but a report's title, publisher,
    date and address they all keep.
    """
    item = {
        "id": key(citable),
        "type": "report",
        "title": f"{citable.title} ({_which(citable)})",
        "title-short": citable.title,
        "genre": opened(citable.kind) if citable.id else "Executable report",
        "author": [{"literal": AUTHOR}],
        "publisher": TITLE,
        "issued": {"date-parts": [parts(citable.issued)]},
        "URL": citable.url,
        "language": "en-GB",
        "note": f"{opened(dated(citable.as_of))}.",
        "custom": asdict(citable),
    }
    return item | ({"abstract": citable.alt} if citable.alt else {})


def _which(citable: Citable) -> str:
    named = [f"{citable.kind} {citable.id}"] if citable.id else []
    return ", ".join((*named, dated(citable.as_of)))


def key(citable: Citable) -> str:
    """Return a key that stays: `openrace_rankings_trending_share_20260822`."""
    kind = [citable.kind] if citable.kind in ("number", "claim") else []
    words = ("openrace", *kind, citable.id, (citable.as_of or "undated").replace("-", ""))
    return "_".join(re.sub(r"[^A-Za-z0-9]+", "_", word) for word in words if word)


def dated(day: str | None) -> str:
    """Say a data date: `data to 22 August 2026`."""
    if not day:
        return "not dated"
    return f"data to {written(day)}"


def written(day: str) -> str:
    """Write a day (ISO) as prose does: `22 August 2026`."""
    found = date.fromisoformat(day)
    return f"{found.day} {found:%B} {found.year}"


def opened(words: str) -> str:
    """Begin words with a capital letter, as a sentence does."""
    return words[:1].upper() + words[1:]


def parts(day: str) -> list[int]:
    """Split a day (ISO) into year, month and day, as CSL-JSON has dates."""
    return [int(part) for part in day.split("-")]


def plain(text: str) -> str:
    """Write text of others as one line of printable characters, which no format can break."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
