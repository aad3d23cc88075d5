"""The real chapters asked otherwise: with other definitions, of earlier days, by named sets."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from chapters_read import (
    CHAPTERS,
    built,
    cells,
    drawn_by_code,
    each_chapter,
    notebook,
    sources,
    told,
)
from conftest import Real, tool
from IPython.core.interactiveshell import InteractiveShell
from specimen import PROJECT
from traitlets.config import Config

from openrace import sets, store
from openrace.errors import Refusal
from openrace.execution import parameters_of
from openrace.outputs import FIGURE, NUMBERS
from openrace.parameters import RULES

Bundles = list[dict[str, Any]]


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    """What runs cells in a kernel, without a process of its own for every question."""
    quiet = Config({"HistoryManager": {"enabled": False}})
    yield InteractiveShell.instance(config=quiet)
    InteractiveShell.clear_instance()


# Other parameters


def own(chapter: Path, given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in parameters_of(chapter)}


@dataclass(frozen=True)
class Asked:
    """A chapter executed with other parameters: what it told and showed, by id."""

    told: dict[str, Any]
    shown: dict[str, Any]


@pytest.fixture
def ask(
    shell: InteractiveShell, displayed: Bundles, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Asked]:
    """Execute a chapter and run its opening a second time at the end, as “run all” would."""

    def execute(chapter: Path, **given: Any) -> Asked:
        setting, opening, *rest = sources(chapter)
        assert "chapter.open(" in opening
        injected = "\n".join(f"{name} = {value!r}" for name, value in own(chapter, given).items())
        for cell in (setting, f"# Parameters\n{injected}", opening, *rest, opening):
            shell.run_cell(cell, store_history=True, silent=False).raise_error()
        assert capsys.readouterr().err == ""
        numbers = [b[NUMBERS]["numbers"] for b in displayed if NUMBERS in b]
        return Asked(
            {n["id"]: n for group in numbers for n in group},
            {b[FIGURE]["id"]: b[FIGURE] for b in displayed if FIGURE in b},
        )

    return execute


def same_ids(asked: Asked, real: Real, chapter: Path) -> None:
    """Every number must be there, whatever the parameters: ids are for ever."""
    assert set(asked.told) == set(told(built(real, chapter)))


OTHER: dict[str, Any] = {
    **{"top_n": 10, "attribution": "publisher", "scope": "language", "window_days": 14},
    **{"event_date": "2025-01-21", "estimation_days": 60, "min_quality": 140, "blend": 10},
    **{"price_source": "litellm", "cache_share": 0.5, "gpu_hour_usd": 2, "score_noise": 0.5},
    **{"firms": "Meta, Oracle", "population": "frontier"},
}


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


def stands_as_of(day: str, asked: Asked, chapter: Path) -> None:
    """What a chapter tells and shows as of a day rests on nothing observed later."""
    assert list(asked.shown) == drawn_by_code(chapter, day)
    for record in (*asked.told.values(), *asked.shown.values()):
        assert (record["as_of"] or "") <= day, record["id"]
        assert all((s["as_of"] or "") <= day for s in record["sources"]), record["id"]
    for record in asked.shown.values():
        for words in (record["title"], record["subtitle"], record["alt"]):
            assert not re.search(r"\b(nan|None|NaT|inf)\b", words), f"{record['id']}: {words}"


# The sets that ship


@each_chapter
def test_a_chapter_stands_as_of_spring_2026_with_other_definitions_and_run_twice(
    chapter: Path, real: Real, ask: Callable[..., Asked]
) -> None:
    spring = sets.read(PROJECT / "parameters" / "spring-2026.yml", list(RULES))
    asked = ask(chapter, **OTHER, **spring.parameters)
    same_ids(asked, real, chapter)
    stands_as_of("2026-04-30", asked, chapter)


def test_the_other_definitions_hold_those_of_the_set_by_publisher() -> None:
    """So the one chapter that it changes is executed with them."""
    path = PROJECT / "parameters" / "language-models-by-publisher.yml"
    asked = sets.read(path, list(RULES))
    assert asked.parameters.items() <= OTHER.items()
    assert len([c for c in CHAPTERS if own(c, dict(asked.parameters))]) == 1


@each_chapter
def test_a_chapter_stands_on_the_first_day_of_its_calendar(
    chapter: Path, real: Real, ask: Callable[..., Asked]
) -> None:
    calendar = re.search(r'calendar="(\w+)"', "\n".join(sources(chapter)))[1]
    first = store.days(calendar)[0].isoformat()
    asked = ask(chapter, as_of=first)
    same_ids(asked, real, chapter)
    stands_as_of(first, asked, chapter)


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
