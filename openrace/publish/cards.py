"""The image that others show with a link to a page: 1200 × 630 pixels, as Open Graph has it.

A figure's has its finding, its drawing and its source; that of another page its title and how it
opens. Both say the data date. A card is drawn again only when it would differ: it holds the digest
of what it was drawn from.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from docutils import nodes
from markupsafe import Markup

from openrace import address
from openrace.cite.record import TITLE, dated, opened, plain
from openrace.figures import render, theme
from openrace.publish import template

Record = Mapping[str, Any]
WIDTH, HEIGHT = 1200, 630
_COLUMN = 430  # pixels that the words of a figure's card are wide; what is left has the drawing
_BESIDE = (1200 - 48 - 640, 94, 640, 470)  # left, top, width and height of that
_SIZES = (60, 52, 46, 40, 36, 32, 28, 24)  # of a title, the largest that fits
_CHARACTER = 0.49  # of the size, what a character of the typeface is wide on average
_SIZE = re.compile(r'<svg[^>]* width="([\d.]+)" height="([\d.]+)"')


def figure_place(id: str) -> str:
    """Return where the card of a figure lies within the site."""
    return f"{address.figure(id)}{id}.card.png"


def page_place(page: str) -> str:
    """Return where the card of another page lies within the site; that of `index` is the book's."""
    return f"cards/{page}.png"


def write_figure(record: Record, site: Path) -> None:
    """Draw the card of a figure, unless it lies in the site already."""
    drawing = record["svg"]["wide"]
    card = svg(record["title"], record["subtitle"], record["as_of"], record["source"], drawing)
    _write(card, site / figure_place(record["id"]))


def write_page(page: str, title: str, opening: str, as_of: str | None, site: Path) -> None:
    """Draw the card of a page, unless it lies in the site already.

    Args:
        page: its name within the site.
        title: its title.
        opening: how it opens.
        as_of: its data date, ISO.
        site: the site's folder.
    """
    _write(svg(title, opening, as_of, address.site()), site / page_place(page))


def opening(page: nodes.document) -> str:
    """Return the first paragraph of a page in words."""
    return next((plain(p.astext()) for p in page.findall(nodes.paragraph)), "")


def svg(title: str, text: str, as_of: str | None, foot: str, drawing: str = "") -> str:
    """Return a card as SVG.

    Args:
        title: what it says largest.
        text: what stands under that, as far as there is room.
        as_of: the data date, ISO.
        foot: what stands at its foot, in two lines at most.
        drawing: SVG that stands beside the words.
    """
    width = _COLUMN if drawing else WIDTH - 96
    size, lines = _fitted(plain(title), width)
    said = 24 if drawing else 36  # its size
    room = int((540 - 110 - size * 1.2 * len(lines)) // (said * 1.35))
    given = {
        "name": TITLE,
        "day": opened(dated(as_of)),
        "title": lines,
        "size": size,
        "said": said,
        "text": _wrapped(text, width, said, room),
        "foot": _wrapped(foot, WIDTH - 96, 17, 2),
        "theme": theme,
        "drawing": Markup(drawing),
        "place": _placed(drawing) if drawing else "",
    }
    return str(template.render("card.svg", **given))


def _fitted(title: str, width: int) -> tuple[int, list[str]]:
    """Return the largest size at which a title takes two thirds of the height, and its lines."""
    for size in _SIZES:
        most = int(400 // (size * 1.2))
        lines = _wrapped(title, width, size, most + 1)
        if len(lines) <= most:
            return size, lines
    return size, _wrapped(title, width, size, most)


def _wrapped(text: str, width: int, size: int, most: int) -> list[str]:
    """Break a text into lines; what does not fit is cut."""
    if most < 1:
        return []
    across = int(width / (size * _CHARACTER))
    return textwrap.wrap(plain(text), across, max_lines=most, placeholder=" …")


def _placed(drawing: str) -> str:
    """Return what moves a drawing beside the words, as large as there is room."""
    left, top, width, height = _BESIDE
    own_width, own_height = map(float, _SIZE.search(drawing).groups())  # type: ignore[union-attr]
    scale = min(width / own_width, height / own_height)
    across, down = (width - scale * own_width) / 2, (height - scale * own_height) / 2
    return f"translate({left + across:.1f} {top + down:.1f}) scale({scale:.4f})"


def _write(card: str, target: Path) -> None:
    drawn_by = f"vl-convert {version('vl-convert-python')}"
    digest = hashlib.sha256(f"{drawn_by} {card}".encode()).hexdigest()
    if not target.exists() or render.comment(target.read_bytes()) != digest:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(render.png(card, 96, digest))
