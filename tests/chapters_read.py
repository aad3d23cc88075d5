"""Reading the real chapters: their cells, and what their executions told and showed."""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import Real
from specimen import PROJECT

from openrace import figures, outputs, store
from openrace.outputs import FIGURE, NUMBERS

CHAPTERS = sorted((PROJECT / "chapters").glob("*.ipynb"))
PAGES = [PROJECT / "index.md", *sorted((PROJECT / "chapters").glob("*.md")), *CHAPTERS]
ARGUMENTS = [c for c in CHAPTERS if c.name[0].isdigit()]
each_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.stem)
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)


@cache
def notebook(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def cells(path: Path, kind: str) -> list[Any]:
    return [c for c in notebook(path)["cells"] if c["cell_type"] == kind]


def sources(path: Path) -> list[str]:
    return ["".join(c["source"]) for c in cells(path, "code")]


def prose(page: Path) -> str:
    """The Markdown of a page."""
    if page.suffix == ".md":
        return page.read_text(encoding="utf-8")
    return "\n\n".join("".join(c["source"]) for c in cells(page, "markdown"))


def told(path: Path) -> dict[str, Any]:
    """Return the numbers an executed chapter tells, by id."""
    return {n["id"]: n for group in outputs.of(path, NUMBERS) for n in group["numbers"]}


def shown(path: Path) -> dict[str, Any]:
    """Return the figures an executed chapter shows, by id."""
    return {record["id"]: record for record in outputs.of(path, FIGURE)}


def complaints(executed: Any) -> list[str]:
    """Return what cells wrote to their error stream, or raised."""
    found = [o for c in executed["cells"] for o in c.get("outputs", [])]
    return [str(o) for o in found if o.get("name") == "stderr" or o["output_type"] == "error"]


def shown_by_code(chapter: Path) -> Iterator[str]:
    """Yield the figure ids that a chapter's code shows."""
    for node in ast.walk(ast.parse("\n".join(sources(chapter)))):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "show" and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant):
                yield first.value


def registered() -> dict[str, figures.Plan]:
    for module in pkgutil.walk_packages(figures.__path__, "openrace.figures."):
        importlib.import_module(module.name)
    return figures._PLANS


def drawn_by_code(chapter: Path, as_of: str | None = None) -> list[str]:
    """Return the figures a chapter draws: some appear only once their tables have rows."""
    day = date.fromisoformat(as_of) if as_of else date.max
    plans = registered()

    def drawn(plan: figures.Plan) -> bool:
        return not plan.appears or any(d <= day for t in plan.tables for d in store.days(t))

    return [id for id in shown_by_code(chapter) if drawn(plans[id])]


def built(real: Real, chapter: Path) -> Path:
    return next(executed for executed in real.executed if executed.name == chapter.name)
