"""The chapters with the whole Hub counted and without: figures, numbers, prose of both states."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import census_rows
import pytest
from chapters_read import ARGUMENTS, built, prose, shown, sources, told
from conftest import Real
from IPython.core.interactiveshell import InteractiveShell
from specimen import PROJECT
from traitlets.config import Config

from openrace.outputs import FIGURE, NUMBERS

COMMAND = "openrace census --from 2024-12-01 --to 2025-03-31 --every 1d"
MOMENT, RANKINGS = ARGUMENTS[:2]
FIGURES = {MOMENT: ["moment-hub-week"], RANKINGS: ["rankings-census-share"]}
FIGURES[RANKINGS].append("rankings-census-derivatives")
#: The cells that read the count, and what those of them need that stand after others.
NEEDED = {MOMENT: r"census|hub = \(", RANKINGS: r"census|labs\.parents|rankings\.definitions"}
OWN = {MOMENT: "moment.hub_week.", RANKINGS: "rankings.census."}
each_chapter = pytest.mark.parametrize("chapter", FIGURES, ids=lambda c: c.stem)


@dataclass(frozen=True)
class Counted:
    """What the cells of a chapter told and showed over a table with rows, by id."""

    told: dict[str, Any]
    shown: dict[str, Any]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's tables, but for the count of the Hub, which has rows."""
    data = tmp_path_factory.mktemp("counted") / "data"
    shutil.copytree(PROJECT / "data", data, ignore=shutil.ignore_patterns(".*", "hub_census*"))
    census_rows.write(data)
    return data


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    """What runs cells in a kernel, without a process of its own."""
    quiet = Config({"HistoryManager": {"enabled": False}})
    yield InteractiveShell.instance(config=quiet)
    InteractiveShell.clear_instance()


def counted(
    chapter: Path, shell: InteractiveShell, displayed: list[dict[str, Any]], as_of: str = "latest"
) -> Counted:
    setting, opening, *rest = sources(chapter)
    cells = [cell for cell in rest if re.search(NEEDED[chapter], cell)]
    for cell in (setting, f"as_of = {as_of!r}", opening, *cells):
        shell.run_cell(cell, store_history=True, silent=False).raise_error()
    numbers = [n for b in displayed if NUMBERS in b for n in b[NUMBERS]["numbers"]]
    figures = {b[FIGURE]["id"]: b[FIGURE] for b in displayed if FIGURE in b}
    return Counted({n["id"]: n for n in numbers}, figures)


def conditional(chapter: Path, kind: str, id: str) -> str:
    """Return what the chapter says while a figure is there, or while it is not."""
    blocks = re.findall(rf"(?ms)^(:{{3,}})\{{{kind}\}} {re.escape(id)}\n(.*?)^\1$", prose(chapter))
    return "\n".join(said for _, said in blocks)


@each_chapter
def test_with_rows_the_figures_appear_and_what_is_quoted_is_known(
    chapter: Path,
    full: Path,
    shell: InteractiveShell,
    displayed: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("OPENRACE_DATA", str(full))
    found = counted(chapter, shell, displayed)
    assert capsys.readouterr().err == ""
    assert set(FIGURES[chapter]) <= set(found.shown)
    for id in FIGURES[chapter]:
        record, said = found.shown[id], conditional(chapter, "given", id)
        assert f"{{numref}}`{id}`" in said
        assert "hub-stats" in record["source"] or "Hub stats" in record["source"]
        for role, number in re.findall(r"\{(number|interval)\}`([^`]+)`", said):
            assert found.told[number]["value"] is not None, number
            assert role == "number" or found.told[number]["interval"], number


@each_chapter
def test_without_rows_they_do_not_and_the_command_is_named(chapter: Path, real: Real) -> None:
    executed = built(real, chapter)
    assert set(FIGURES[chapter]) & set(shown(executed)) == set()
    own = {id: n for id, n in told(executed).items() if id.startswith(OWN[chapter])}
    assert own
    assert [id for id, n in own.items() if n["value"] is not None] == []
    page = (real.site / "chapters" / f"{chapter.stem}.html").read_text(encoding="utf-8")
    assert COMMAND in re.sub(r"<[^>]+>", "", page)
    for id in FIGURES[chapter]:
        quoted = set(re.findall(r"\{number\}`([^`]+)`", conditional(chapter, "given", id)))
        ours = {number for number in quoted if number.startswith(OWN[chapter])}
        assert ours
        assert [number for number in ours if f"#{number}" in page] == []


def test_ids_are_the_same_in_both_states(
    full: Path,
    shell: InteractiveShell,
    displayed: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    real: Real,
) -> None:
    monkeypatch.setenv("OPENRACE_DATA", str(full))
    with_rows = counted(MOMENT, shell, displayed)
    empty = told(built(real, MOMENT))
    assert set(with_rows.told) <= set(empty)
    own = {id for id in empty if id.startswith(OWN[MOMENT])}
    assert own == {id for id in with_rows.told if id.startswith(OWN[MOMENT])}
    # The timeline tells of the count as well, and the gap it draws ends where counting begins.
    assert empty["moment.hub_gap.to"]["value"] == "2025-02-26"
    assert with_rows.told["moment.hub_gap.to"]["value"] == "2024-12-01"
    title = with_rows.shown["moment-timeline"]["title"]
    assert title.endswith("begin on 1\u00a0Dec\u00a02024, 50 days before DeepSeek-R1")
    gap = "from 1 December 2024 to 26 February 2025"
    assert gap in conditional(MOMENT, "missing", "moment-hub-week")


def test_the_chapter_stands_on_a_day_within_the_count(
    full: Path,
    shell: InteractiveShell,
    displayed: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENRACE_DATA", str(full))
    found = counted(MOMENT, shell, displayed, as_of="2025-01-25")
    record = found.shown["moment-hub-week"]
    assert record["as_of"] == "2025-01-25"
    assert found.told["moment.hub_week.last"]["value"] == "2025-01-25"
    assert found.told["moment.hub_week.cn_new_derivatives.after"]["value"] is None
    assert record["title"].endswith("too few to compare")


def test_the_definitions_take_the_whole_hub_in_once_it_has_rows(
    full: Path,
    shell: InteractiveShell,
    displayed: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    real: Real,
) -> None:
    monkeypatch.setenv("OPENRACE_DATA", str(full))
    id = "rankings.cn_share.definitions.count"
    more = counted(RANKINGS, shell, displayed).told[id]["value"]
    assert more - told(built(real, RANKINGS))[id]["value"] == 24
