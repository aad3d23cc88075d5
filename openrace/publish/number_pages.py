"""A plain page for each number, and the notes that open where the prose quotes one.

A page needs no theme, and a script only to know the colours that its reader chose. The notes of a
chapter are one small script, which `static/numbers.js` loads when a reader opens the first of
them: unlike data, a script also loads from a disk.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from openrace import address, package
from openrace.cite import forms
from openrace.cite import record as cite
from openrace.cite.record import Book
from openrace.editions import moves
from openrace.editions.record import Edition
from openrace.errors import Refusal
from openrace.publish import frozen, markup, metadata, template

Record = Mapping[str, Any]
NOTES = "notes"  # no id of a number is without a dot, so no page of one lies there
_WORDS = {"cite": cite, "address": address, "told": frozen.told}
_ID = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")


def told(notebook: Path, numbers: Iterable[Record], site: Path) -> Iterator[dict[str, Any]]:
    """Yield numbers with their chapter: its title, and where in the site it defines each.

    Args:
        notebook: the chapter's executed notebook, which lies as in the book.
        numbers: what it tells.
        site: the site.
    """
    lies = os.path.relpath(notebook, site.parent / "jupyter_execute")
    page, title = Path(lies).with_suffix(".html").as_posix(), _title(notebook)
    for number in numbers:
        place = f"{page}#{markup.number_anchor(number['id'])}"
        yield {**number, "chapter": {"title": title, "place": place}}


def _title(notebook: Path) -> str:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    lines = (line for c in cells if c["cell_type"] == "markdown" for line in _lines(c))
    return next((line[2:].strip() for line in lines if line.startswith("# ")), "its chapter")


def _lines(cell: Record) -> list[str]:
    return "".join(cell["source"]).splitlines()


def write(
    numbers: Sequence[Record],
    site: Path,
    book: Book | None,
    editions: Sequence[Edition],
    banner: str = "",
) -> None:
    """Write the page of each number and the notes of each chapter, and remove those of others.

    Args:
        numbers: all numbers, with their chapters.
        site: the site.
        book: the book that tells them; None for one that is not to be cited.
        editions: those published before it, the oldest first.
        banner: what pages of a book with other parameters say at their top, HTML.

    Raises:
        Refusal: the id of a number could not name a folder.
    """
    folder = site / "numbers"
    _remove(folder, {n["id"] for n in numbers})
    files = {r["name"]: r["path"] for r in package.read()["resources"]}
    notes: dict[str, dict[str, str]] = defaultdict(dict)
    for id, number in {n["id"]: n for n in numbers}.items():
        if not _ID.fullmatch(id):
            raise Refusal(f"A number has the id “{id}”, but ids are words with dots between them.")
        shown = {
            "number": number,
            "files": files,
            "cited": _cited(number, book) if book else None,
            "earlier": moves.earlier("numbers", id, editions),
            "asked": Markup(banner),
        } | _WORDS
        _write(folder / id / "index.html", template.render("number.html", **shown))
        notes[id.partition(".")[0]][id] = template.render("number_note.html", **shown)
    for chapter, held in notes.items():
        _write(folder / NOTES / f"{chapter}.js", f"openrace.notes({template.embedded(held)});\n")


def _cited(number: Record, book: Book) -> dict[str, Any]:
    """Return what a page says of citing its number.

    APA and Chicago are left to `openrace cite`: for all numbers they would take a minute.
    """
    citable = cite.number(number, book)
    item = cite.csl(citable)
    place, about = address.number(number["id"]), number["definition"]
    page = metadata.Page(citable.title, place, number["as_of"], [], about=about)
    plain = {k: v for k, v in item.items() if k != "custom"}  # which the page says already
    return {
        "url": citable.url,
        "short": forms.styled(item, "short"),
        "command": citable.command,
        "forms": {"BibTeX": forms.bibtex(item), "CSL-JSON": forms.csl_json(plain)},
        "head": metadata.head(page, book),
        "banner": frozen.banner(book.edition, page.place) if book.kept else "",
    }


def _remove(folder: Path, ids: set[str]) -> None:
    for gone in [path for path in folder.glob("*") if path.name not in ids]:
        shutil.rmtree(gone)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
