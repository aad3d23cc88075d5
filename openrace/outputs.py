"""What a chapter carries in its outputs: the one hand-over from execution to publishing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FIGURE = "application/vnd.openrace.figure+json"
NUMBERS = "application/vnd.openrace.numbers+json"
READ = "application/vnd.openrace.read+json"
LEDGER = "application/vnd.openrace.ledger+json"


def of(notebook: Path, mime: str) -> Iterator[dict[str, Any]]:
    """Yield an executed notebook's outputs of one type, in the order they were shown."""
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            if mime in output.get("data", {}):
                yield output["data"][mime]
