"""The specimen built and frozen for tests: chapters executed in this process, without a kernel."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from openrace import chapter as chapters
from openrace import execution, figures
from openrace.editions import copy
from openrace.editions.freeze import Making
from openrace.execution import Execution, Say


def execute(self: Execution, say: Say) -> None:
    """Execute a chapter as papermill would, and keep it."""
    key = self.key()
    notebook = json.loads(self.notebook.read_text(encoding="utf-8"))
    bundles: list[dict[str, Any]] = []
    space: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures, "_PLANS", {})
        patch.setattr(chapters, "display", lambda bundle, raw: bundles.append(bundle))
        for cell in (c for c in notebook["cells"] if c["cell_type"] == "code"):
            exec("".join(cell["source"]), space)
            if "parameters" in cell["metadata"]["tags"]:
                space |= self.parameters
            shown, bundles[:] = json.loads(json.dumps(bundles)), []
            cell["outputs"] = [
                {"output_type": "display_data", "metadata": {}, "data": bundle} for bundle in shown
            ]
    notebook["metadata"] = {"openrace": {"key": key}}
    execution.write(self.kept, json.dumps(notebook))


@contextmanager
def at_home(book: Path, day: str = "2026-11-25", **environment: str) -> Iterator[Making]:
    """Yield how editions of a book are made, in its own folder and on a day."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENRACE_DATA", str(book / "data"))
        patch.setattr(Execution, "run", execute)
        for name, value in environment.items():
            patch.setenv(name, value)
        midnight = datetime.fromisoformat(f"{day}T00:00:00+00:00")
        patch.setenv("SOURCE_DATE_EPOCH", str(int(midnight.timestamp())))
        yield Making(book, book / "editions", 1, lambda line: None)


def written(folder: Path, **files: str) -> Path:
    """Write an edition of a few files, as far as a copy of one is looked at."""
    folder.mkdir(parents=True)
    for name, text in ({"index.html": "<p>", "data.csv": "a\n"} | files).items():
        (folder / name).write_text(text)
    lines = [f"{sha256}  {name}\n" for name, sha256 in copy.hashed(folder).items()]
    (folder / copy.SUMS).write_text("".join(lines))
    return folder


def zipped(to: Path, *members: tuple[zipfile.ZipInfo | str, str]) -> Path:
    """Write a zip of some members."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as packed:
        for member, text in members:
            packed.writestr(member, text)
    return to


def packed(edition: Path) -> Path:
    """Pack the files of an edition beside it."""
    files = [path for path in edition.iterdir() if path.is_file()]
    members = [(f"{edition.name}/{path.name}", path.read_text()) for path in files]
    return zipped(edition.with_name(f"{edition.name}.zip"), *members)
