"""A figure with its files and its page, made without a book, for tests."""

from __future__ import annotations

from pathlib import Path

import cited

from openrace.cite.record import Book
from openrace.editions.record import Edition
from openrace.publish import citations, figure_pages
from openrace.publish.figure_pages import Shown

SVG = '<svg class="marks" width="700" height="400" viewBox="0 0 700 400"><path d="M0,0L1,1"/></svg>'
STATIC = Path(figure_pages.__file__).parent / "static"


def shown(folder: Path, text: str = "One model gained", book: Book | None = cited.BOOK) -> Shown:
    """A figure with its files, and with citations if its book is to be cited."""
    record = cited.figure(text) | {
        **dict.fromkeys(("subtitle", "alt", "limit", "source"), text),
        "table": {"columns": ["model_id"], "data": [[text]]},
        "dates": [],
        "svg": {"wide": SVG, "narrow": SVG},
    }
    place = folder / "figures" / "one-line"
    place.mkdir(parents=True)
    (place / "one-line.csv").write_bytes(b"x" * 1400)
    (place / "one-line.png").write_bytes(b"x" * 1_410_000)
    if book:
        citations.write({"one-line": {k: v for k, v in record.items() if k != "id"}}, book, folder)
    return Shown(record, "chapters/one", text, "Figure 1", place)


def page(figure: Shown, kept: tuple[Edition, ...] = (), **links: str) -> str:
    given = {"chapter": "../../chapters/one.html#one-line", "gallery": "", "methods": ""}
    return figure_pages.page(figure, kept, **given | {"stale": ""} | links)
