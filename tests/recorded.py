"""Records of editions of the specimen, written as freezing writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openrace import package
from openrace.editions import known, moves, record
from openrace.editions.record import Edition

SITE = "https://race.example/"
Said = Mapping[str, Mapping[str, str]]


def number(value: Any, unit: str = "count", **more: str) -> dict[str, str]:
    """Return the line of a number."""
    given = {"low": "", "high": "", "as_of": "2026-01-02", "definition": "Last less first."}
    return (
        given | {"text": str(value), "value": str(value), "unit": unit, "tables": "counts"} | more
    )


def figure(csv: str = "a", spec: str = "a", svg: str = "a", title: str = "It rose") -> Any:
    """Return the line of a figure."""
    return {"title": title, "as_of": "2026-01-02", "csv": csv, "spec": spec, "svg": svg}


def claim(verdict: str, words: str = "Many use it.") -> dict[str, str]:
    """Return the line of a claim."""
    return {"claim": words, "verdict": verdict}


def edition(
    name: str, numbers: Said | None = None, figures: Said | None = None, claims: Said | None = None
) -> Edition:
    """Record an edition of the tables at hand, as they were known on its data date."""
    as_of = name[:10]
    made = Edition(name, as_of, "2026-11-25", "0.1.0", f"{name}".rjust(64, "0"), {}, SITE)
    tables = {table: known.known(table, as_of) for table in package.names()}
    lines = {
        name: {
            "title": package.describe(name)["title"],
            "rows": str(len(table)),
            "sha256": known.sha256(table),
        }
        for name, table in tables.items()
    }
    said = {"numbers": numbers or {}, "figures": figures or {}, "claims": claims or {}}
    record.write(made, {**said, "tables": lines})
    moves.record(made)
    record.seal(made)
    return made


def describe(data: Path, table: str, **more: Any) -> None:
    """Change what the data package says of a table."""
    path = data / "datapackage.json"
    described = json.loads(path.read_text())
    for resource in described["resources"]:
        if resource["name"] == table:
            resource.update(more)
    path.write_text(json.dumps(described))
