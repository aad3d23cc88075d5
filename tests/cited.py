"""Figures, numbers and claims to cite in tests."""

from __future__ import annotations

from typing import Any

from openrace.cite.record import Book

BOOK = Book("2026-11-25", "2026-08-22", "https://race.example/")
KEPT = Book("2026-11-25", "2026-08-22", "https://race.example/", kept=True)
SOURCE = {
    "table": "counts",
    "title": "Counts",
    "upstream": "nobody/specimen",
    "url": "https://example.org",
    "licence": "MIT",
    "as_of": "2026-08-21",
}


def figure(title: str = "One model gained", **rest: Any) -> dict[str, Any]:
    """An entry of `figures.json`, with its id."""
    made = {"id": "one-line", "title": title, "subtitle": "Downloads", "alt": f"A line: {title}"}
    made |= {"as_of": "2026-08-21", "sources": [SOURCE], "limit": "Not a person."}
    return made | {"files": {}, "sha256": {"csv": "ab", "svg": "cd"}} | rest


def number(definition: str = "Last less first.", **rest: Any) -> dict[str, Any]:
    """An entry of `numbers.json`, with its id."""
    made = {"id": "one.gain_all", "value": 2, "unit": "count", "text": "1.2\u00a0million"}
    made |= {"definition": definition, "as_of": "2026-08-20", "sources": [SOURCE]}
    return made | rest


def claim(said: str = "It gained.", **rest: Any) -> dict[str, Any]:
    """An entry of `claims.json`."""
    made = {"id": "it-gained", "claim": said, "verdict": "partly supported", "said_by": "The BBC"}
    return made | {"numbers": ["one.gain_all"]} | rest
