"""The real chapters asked otherwise: with other definitions, of earlier days, by named sets."""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from chapters_read import (
    ADJUSTABLE,
    CHAPTERS,
    built,
    cells,
    complaints,
    drawn_by_code,
    each_chapter,
    notebook,
    shown,
    sources,
    told,
)
from conftest import Real, openrace, tool
from IPython.core.interactiveshell import InteractiveShell
from specimen import PROJECT
from traitlets.config import Config

from openrace import sets, store
from openrace.build import parameters_of
from openrace.errors import Refusal

# Other parameters


def own(chapter: Path, given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in parameters_of(chapter)}


def execute(chapter: Path, out: Path, **given: Any) -> Path:
    """Execute a chapter whose opening is run a second time at the end, as “run all” would."""
    twice = copy.deepcopy(notebook(chapter))
    opening = next(c for c in twice["cells"] if "chapter.open(" in "".join(c["source"]))
    twice["cells"].append(opening | {"id": "again"})
    path = out.with_name("twice.ipynb")
    path.write_text(json.dumps(twice), encoding="utf-8")
    executed = papermill.execute_notebook(
        str(path), None, parameters=own(chapter, given), progress_bar=False, cwd=str(PROJECT)
    )
    nbformat.write(executed, out)
    return out


def same_ids(executed: Path, other: Path) -> None:
    """Every number must be there, whatever the parameters: ids are for ever."""
    assert set(told(executed)) == set(told(other))
    assert complaints(notebook(executed)) == []


OTHER: dict[str, Any] = {
    **{"top_n": 10, "attribution": "publisher", "scope": "language", "window_days": 14},
    **{"event_date": "2025-01-21", "estimation_days": 60, "min_quality": 140, "blend": 10},
    **{"price_source": "litellm", "cache_share": 0.5, "gpu_hour_usd": 2, "score_noise": 0.5},
    **{"firms": "Meta, Oracle", "population": "frontier"},
}


@pytest.mark.parametrize("chapter", ADJUSTABLE, ids=lambda c: c.stem)
def test_a_chapter_can_be_asked_with_other_definitions_and_run_twice(
    chapter: Path, real: Real, tmp_path: Path
) -> None:
    executed = execute(chapter, tmp_path / "out.ipynb", **OTHER)
    same_ids(executed, built(real, chapter))
    assert list(shown(executed)) == drawn_by_code(chapter)


def test_papermill_asks_for_an_earlier_day(tmp_path: Path) -> None:
    """One chapter's opening by papermill's own command; the whole book is asked with a set."""
    chapter = next(c for c in CHAPTERS if "incentives" in c.name)
    given = own(chapter, {"as_of": "2026-04-30", "window_days": "14", "firms": "Meta, Oracle"})
    assert len(given) == 3
    flags = [word for name, value in given.items() for word in ("-p", name, value)]
    opening, out = tmp_path / "opening.ipynb", tmp_path / "out.ipynb"
    kept = [*cells(chapter, "code")[:2], nbformat.v4.new_code_cell("print(book.as_of, firms)")]
    opening.write_text(json.dumps(notebook(chapter) | {"cells": kept}), encoding="utf-8")
    command = [str(opening), str(out), *flags]
    done = tool("papermill", command, PROJECT, dict(os.environ))
    assert done.returncode == 0, done.stderr
    assert "unknown parameter" not in done.stderr
    assert "2026-04-30 Meta, Oracle" in out.read_text(encoding="utf-8")


def no_later_than(executed: Path, day: str) -> None:
    """What a chapter tells and shows as of a day rests on nothing observed later."""
    for record in (*told(executed).values(), *shown(executed).values()):
        assert (record["as_of"] or "") <= day, record["id"]
        assert all((s["as_of"] or "") <= day for s in record["sources"]), record["id"]


# The sets that ship


def site_of(real: Real, name: str) -> Path:
    """Build the real book with a set, apart from the site that other tests look at."""
    done = openrace("build", "--set", f"parameters/{name}.yml", folder=real.folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not re.search("warning|error|traceback", done.stdout, re.IGNORECASE)
    return real.folder / "_build" / "sets" / name


def says_its_set(site: Path, said: str) -> None:
    for page in (site / "html").rglob("*.html"):
        if "_static" not in page.parts:
            assert said in page.read_text(encoding="utf-8"), page.name


def test_the_book_stands_as_of_spring_2026(real: Real) -> None:
    site = site_of(real, "spring-2026")
    executed = sorted((site / "executions").glob("*.ipynb"))
    assert [e.name for e in executed] == [c.name for c in CHAPTERS]
    for chapter, source in zip(executed, CHAPTERS, strict=True):
        same_ids(chapter, built(real, chapter))
        assert list(shown(chapter)) == drawn_by_code(source, "2026-04-30")
        no_later_than(chapter, "2026-04-30")
    says_its_set(site, "as_of 2026-04-30 (otherwise latest)")


def test_the_other_definitions_hold_those_of_the_set_by_publisher() -> None:
    """So its one chapter was executed with them; the others take their executions from the book."""
    known = sorted({name for c in CHAPTERS for name in parameters_of(c)})
    asked = sets.read(PROJECT / "parameters" / "language-models-by-publisher.yml", known)
    assert asked.parameters.items() <= OTHER.items()
    (chapter,) = [c for c in CHAPTERS if own(c, dict(asked.parameters))]
    assert chapter in ADJUSTABLE


@each_chapter
def test_a_chapter_stands_on_the_first_day_of_its_calendar(
    chapter: Path, real: Real, tmp_path: Path
) -> None:
    calendar = re.search(r'calendar="(\w+)"', "\n".join(sources(chapter)))[1]
    first = store.days(calendar)[0].isoformat()
    out = execute(chapter, tmp_path / "out.ipynb", as_of=first)
    same_ids(out, built(real, chapter))
    assert list(shown(out)) == drawn_by_code(chapter, first)
    no_later_than(out, first)
    for record in shown(out).values():
        for words in (record["title"], record["subtitle"], record["alt"]):
            assert not re.search(r"\b(nan|None|NaT|inf)\b", words), f"{record['id']}: {words}"


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    """What runs cells in a kernel, without a process of its own for every question."""
    quiet = Config({"HistoryManager": {"enabled": False}})
    yield InteractiveShell.instance(config=quiet)
    InteractiveShell.clear_instance()


@each_chapter
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ('as_off = "2026-04-30"', "has no parameter “as_off”; it has as_of"),
        ('as_of = "2099-01-01"', "after the last day observed"),
        ('as_of = "2001-01-01"', "before the first day observed"),
    ],
    ids=["misspelt", "future", "before the first"],
)
def test_a_chapter_refuses_what_cannot_be(
    chapter: Path, given: str, said: str, shell: InteractiveShell, displayed: list[dict[str, Any]]
) -> None:
    setting, opening = sources(chapter)[:2]
    assert "chapter.open(" in opening
    for cell in (setting, f"# Parameters\n{given}"):  # as papermill injects it
        assert shell.run_cell(cell, store_history=True, silent=False).success
    refused = shell.run_cell(opening, store_history=True).error_in_exec
    assert isinstance(refused, Refusal)
    assert said in str(refused)
