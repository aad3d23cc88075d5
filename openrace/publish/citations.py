"""The citation files of the book and of each figure, and the index of figures."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openrace.cite import record
from openrace.cite.forms import ENDINGS, FILES, STYLES, styled

Records = dict[str, dict[str, Any]]
BOOK = "citation"  # the stem of the book's own citation files, in the site's root
TEXT = "txt"  # the ending of the file with a line for each style
_DRAWN = ("svg", "png", "csv", "vl.json")


def index(shown: Mapping[str, Mapping[str, Any]], site: Path) -> dict[str, dict[str, Any]]:
    """Map each figure's id to its words, date, sources, files and their sha256.

    Args:
        shown: the figures by id, whose files lie in the site.
        site: the site.
    """
    kept = ("title", "subtitle", "alt", "limit", "as_of", "sources")
    return {
        id: {k: figure[k] for k in kept} | {"files": _files(id), "sha256": _sha256(id, site)}
        for id, figure in shown.items()
    }


def write(figures: Records, book: record.Book, site: Path) -> None:
    """Write CSL-JSON, BibTeX, RIS and text of the book and beside each figure.

    Args:
        figures: the index of figures.
        book: the book that holds them.
        site: the site.
    """
    _write(record.whole(book), site / BOOK)
    for id, figure in figures.items():
        _write(record.figure(figure | {"id": id}, book), site / "figures" / id / id)


def remove(site: Path) -> None:
    """Remove all citation files: a book of other parameters is not the one to be cited."""
    for ending in (*ENDINGS.values(), TEXT):
        for stale in (site / f"{BOOK}.{ending}", *site.glob(f"figures/*/*.{ending}")):
            stale.unlink(missing_ok=True)


def _write(citable: record.Citable, stem: Path) -> None:
    item = record.csl(citable)
    for form, write in FILES.items():
        text = write(item)
        # byte for byte: RIS ends its lines as Windows does
        stem.with_name(f"{stem.name}.{ENDINGS[form]}").write_bytes(text.encode())
    lines = "".join(f"{styled(item, style)}\n" for style in STYLES)
    stem.with_name(f"{stem.name}.{TEXT}").write_bytes(lines.encode())


def _files(id: str) -> dict[str, str]:
    return {ending: f"figures/{id}/{id}.{ending}" for ending in _DRAWN}


def _sha256(id: str, site: Path) -> dict[str, str]:
    return {
        ending: hashlib.sha256((site / file).read_bytes()).hexdigest()
        for ending, file in _files(id).items()
    }
