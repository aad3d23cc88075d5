"""Two copies of a small book to compare: tables, and a site as the build leaves it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import specimen

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10">'
    '<rect width="{}" height="9"/></svg>'
)


def number(value: Any, unit: str = "count", day: str = "2026-01-02", **more: Any) -> dict[str, Any]:
    """Return a record of `numbers.json`."""
    return {"value": value, "unit": unit, "text": str(value), "as_of": day} | more


def claim(verdict: str, words: str = "Many use it.") -> dict[str, Any]:
    """Return a record of `claims.json`, but for its id."""
    return {"claim": words, "verdict": verdict}


def figure(
    site: Path,
    id: str,
    title: str = "It rose",
    foot: str = "Data",
    mark: str = "line",
    rows: str = "[]",
) -> Path:
    """Write a figure into a site and return its folder."""
    head = {"text": title.split("/"), "subtitle": ["Downloads"]}
    spec = {
        "title": {"text": [foot]},
        "datasets": {"data-1": json.loads(rows)},
        "usermeta": {"drawn_by": "somebody"},
        "vconcat": [{"title": head, "vconcat": [{"mark": mark}]}],
    }
    folder = site / "figures" / id
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{id}.vl.json").write_text(json.dumps(spec))
    (folder / f"{id}.svg").write_text(SVG.format(len(title + foot + mark)))
    return folder


def site(book: Path, numbers: dict[str, Any], claims: dict[str, Any] | None = None) -> Path:
    """Write the site of a book with some numbers and claims, and return it."""
    built = book / "_build" / "html"
    built.mkdir(parents=True, exist_ok=True)
    (built / "numbers.json").write_text(json.dumps(numbers))
    listed = [{"id": id} | said for id, said in (claims or {}).items()]
    (built / "claims.json").write_text(json.dumps(listed))
    return built


def book(folder: Path) -> Path:
    """Write the specimen book with a site of one number, one claim and one figure."""
    specimen.write(folder)
    built = site(folder, {"one.gain": number(2)}, {"used": claim("supported")})
    figure(built, "one-line")
    return folder
