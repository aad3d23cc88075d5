"""What a frozen page says of itself, and what the live site says to the pages of its editions."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from markupsafe import Markup

from openrace import address
from openrace.cite.record import written
from openrace.editions.record import Edition
from openrace.publish import template


def banner(name: str, place: str) -> Markup:
    """Return what a page of an edition says at its top.

    Args:
        name: the edition's name.
        place: where the page lies within the site.
    """
    return template.render("edition.html", day=told(name), live=f"{address.site()}{place}")


def told(name: str) -> str:
    """Say an edition's name: `22 August 2026`, or `22 August 2026, version 2` for a correction."""
    return written(name[:10]) + (f", version {name[11:]}" if name[11:] else "")


def offer(buttons: Iterable[dict[str, Any]]) -> None:
    """Have a page's buttons offer its source from where an edition keeps it.

    A site has all sources in `_sources`; an edition has executed notebooks and prose apart.
    """
    for button in buttons:
        offer(button.get("buttons", []))
        if "_sources/" in (url := button.get("url", "")):
            folder = "notebooks" if url.endswith(".ipynb") else "source"
            button["url"] = url.replace("_sources/", f"{folder}/")


def point(editions: list[Edition], site: Path) -> None:
    """Write into the site that holds editions what points at the newest, if there is one.

    Args:
        editions: those published, the oldest first.
        site: the site's folder.
    """
    if not editions:
        return
    name = editions[-1].name
    to = {"name": name, "day": told(name)}
    folder = site / "editions"
    (folder / "latest").mkdir(parents=True, exist_ok=True)
    (folder / "latest.js").write_text(template.render("latest.js", **to), encoding="utf-8")
    page = template.render("newest.html", **to)
    (folder / "latest" / "index.html").write_text(page, encoding="utf-8")
