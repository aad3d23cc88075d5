"""Through a Vega-Lite spec: its marks, and the rows that each draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from openrace.figures.render import Spec

PARTS = ("layer", "concat", "hconcat", "vconcat")


def units(spec: Spec, data: Any = None) -> Iterator[tuple[Spec, Any]]:
    """Yield every mark of a spec with the data it draws."""
    data = spec.get("data", data)
    if "mark" in spec:
        yield spec, data
    parts = [part for kind in PARTS for part in spec.get(kind, [])]
    for part in [*parts, *([spec["spec"]] if "spec" in spec else [])]:
        yield from units(part, data)


def rows(spec: Spec, data: Any) -> Sequence[Mapping[str, Any]]:
    """Return the rows of some data of a spec, before anything is filtered or computed."""
    if not data:
        return []
    found = data.get("values") or spec.get("datasets", {}).get(data.get("name"), [])
    return list(found)
