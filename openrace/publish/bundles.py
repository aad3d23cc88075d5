"""A zip for each figure: what goes into a report or a talk, with what it is to be cited by.

Members are stored as they are, in one order and of one day: compressed bytes differ from one
library to the next, and the same figure has to give the same zip anywhere.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile, ZipInfo

from markupsafe import Markup

from openrace.cite import forms
from openrace.cite import record as cite
from openrace.cite.record import Book
from openrace.figures import render, theme
from openrace.publish import citations, template

Record = Mapping[str, Any]
MOST_WORDS = 40  # of a caption
_SOURCE_WORDS = 6  # of them, the most for the name of a source
_SIZE = re.compile(r'<svg[^>]* width="([\d.]+)" height="([\d.]+)"')
_DRAWN = {
    "png": "the figure for print, 300 dpi",
    "svg": "the figure as a drawing that can be scaled and edited",
    "csv": "the figure's table",
    "vl.json": "the figure's Vega-Lite spec, data included",
}
_CITED = {
    citations.TEXT: "the citation in words: short, APA, Chicago",
    forms.ENDINGS["csl-json"]: "citation for Zotero, pandoc and Word",
    forms.ENDINGS["bibtex"]: "citation for LaTeX",
    forms.ENDINGS["ris"]: "citation for EndNote, Mendeley and others",
}
_SAID = {
    "alt.txt": "what the figure shows, for those who do not see it",
    "caption.txt": f"a caption of at most {MOST_WORDS} words",
    "caveat.txt": "what the figure does not show; keep it beside the figure",
}


def write(record: Record, folder: Path, book: Book | None) -> None:
    """Write the zip of a figure beside its other files, which lie there already.

    A slide takes its time to draw, so one that is in the zip already stays.

    Args:
        record: the figure as its chapter showed it.
        folder: the figure's folder in the site.
        book: the book that holds it; None for one that is not to be cited.
    """
    id, target = record["id"], folder / f"{record['id']}.zip"
    drawing = slide(record)
    drawn_as = hashlib.sha256(f"{version('vl-convert-python')} {drawing}".encode()).hexdigest()
    name = f"{id}/{id}-slide.png"
    image = _kept(target, name, drawn_as) or render.png(drawing, dpi=96)
    endings = [*_DRAWN, *(_CITED if book else ())]
    members = {f"{id}.{e}": (folder / f"{id}.{e}").read_bytes() for e in endings}
    members |= {name: text.encode() for name, text in texts(record, book).items()}
    with ZipFile(target, "w") as packed:
        packed.writestr(_member(name, drawn_as), image)
        for file, content in sorted(members.items()):
            packed.writestr(_member(f"{id}/{file}"), content)


def _kept(target: Path, name: str, drawn_as: str) -> bytes | None:
    """Return the slide of the zip that is there, if it is of the same drawing."""
    try:
        with ZipFile(target) as packed:
            same = packed.getinfo(name).comment == drawn_as.encode()
            return packed.read(name) if same else None
    except (OSError, KeyError, BadZipFile):
        return None


def _member(name: str, comment: str = "") -> ZipInfo:
    member = ZipInfo(name)  # of 1 January 1980, and stored
    member.create_system = 3  # Unix, wherever it is made
    member.external_attr = 0o100644 << 16
    member.comment = comment.encode()
    return member


def texts(record: Record, book: Book | None) -> dict[str, str]:
    """Return what a figure's zip says in words, by file name.

    Args:
        record: the figure as its chapter showed it.
        book: the book that holds it; None for one that is not to be cited.
    """
    said = {"alt.txt": record["alt"], "caption.txt": caption(record), "caveat.txt": caveat(record)}
    lines = {name: cite.plain(text) for name, text in said.items()}
    lines["README.txt"] = "\n".join(_readme(record, book))
    return {name: f"{text}\n" for name, text in lines.items()}


def _readme(record: Record, book: Book | None) -> Iterator[str]:
    id = record["id"]
    yield f"{cite.TITLE}, figure {id}, {cite.dated(record['as_of'])}"
    if book:
        item = cite.csl(cite.figure(record, book))
        yield f"\nCite as: {forms.styled(item, 'short')}"
    else:
        yield "\nDrawn with other parameters than the book's own, so it is not to be cited."
    yield "\nFiles\n"
    named = {f"{id}.{ending}": what for ending, what in _DRAWN.items()}
    named[f"{id}-slide.png"] = "the figure with its title for a talk, 1920 x 1080"
    named |= _SAID | ({f"{id}.{ending}": what for ending, what in _CITED.items()} if book else {})
    yield from (f"  {name}: {what}" for name, what in named.items())
    yield f"\nLicences\n\n  figure and text: {cite.LICENCE}, by {cite.AUTHOR}"
    for source in record["sources"]:
        told = f"{source['title']}, from {source['upstream']}: {source['licence']}, {source['url']}"
        yield f"  table {source['table']}: {cite.plain(told)}"


def caption(record: Record) -> str:
    """Return a caption of at most 40 words: what the figure shows, its sources and data date."""
    first, *others = dict.fromkeys(s["upstream"] for s in record["sources"])
    source = f"{_cut(first, _SOURCE_WORDS)}{' and others' if others else ''}"
    end = f"Source: {cite.TITLE}, from {source}; {cite.dated(record['as_of'])}."
    finding = _cut(record["title"].rstrip("."), MOST_WORDS - len(end.split()))
    return f"{finding}{'' if finding.endswith('…') else '.'} {end}"


def caveat(record: Record) -> str:
    """Return what a figure does not show, to stand alone."""
    return f"What it does not show: {record['limit']}"


def _cut(text: str, most: int) -> str:
    """Cut text after some words; the spaces between them stay, those that do not break too."""
    kept = re.match(rf"\s*(?:\S+\s+){{{most - 1}}}\S+(?=\s+\S)", text)
    return f"{kept[0].rstrip(' ,;:.')}…" if kept else text


def slide(record: Record) -> str:
    """Return a figure as SVG of 1920 × 1080 pixels, with a title that a full room can read."""
    drawing = record["svg"]["wide"]
    width, height = map(float, _SIZE.search(drawing).groups())  # type: ignore[union-attr]
    title, subtitle = textwrap.wrap(record["title"], 84), textwrap.wrap(record["subtitle"], 160)
    source = textwrap.wrap(record["source"], 200)
    top, bottom = 76 + 54 * len(title) + 32 * len(subtitle), 1010 - 24 * len(source)
    scale = min(1760 / width, (bottom - top) / height)
    left, down = 960 - scale * width / 2, (top + bottom - scale * height) / 2
    place = f"translate({left:.1f} {down:.1f}) scale({scale:.4f})"
    words = {"title": title, "subtitle": subtitle, "source": source, "theme": theme}
    return template.render("slide.svg", **words, drawing=Markup(drawing), place=place)
