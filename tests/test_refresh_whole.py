"""`openrace refresh` as a person runs it: real sources' readers, a real server, a real build."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import live_world
import pytest
import specimen
from conftest import openrace
from live_world import NEW, ONLY
from upstream import Upstream

Refresh = Callable[..., subprocess.CompletedProcess[str]]
APPENDED = {
    "trending_daily": 30,
    "trending_top1000_daily": 1000,
    "hub_lists": 800,
    "alltime_downloads": 40,
    "hub_absent": 1,
    "tracked_models": 1,
    "capability_index": 298,
    "attention_daily": None,
    "refreshes": 5,
}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book of one chapter over the real tables."""
    book = tmp_path_factory.mktemp("whole") / "book"
    shutil.copytree(specimen.PROJECT / "data", book / "data")
    shutil.copy(specimen.PROJECT / "_config.yml", book)
    (book / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nchapters:\n- file: chapters/one\n"
    )
    (book / "index.md").write_text("# A book\n\nThe gain was {number}`one.gain`.\n")
    chapter = book / "chapters" / "one.ipynb"
    specimen.chapter(chapter, "one", "alltime_downloads", "downloads_all_time")
    return book


@pytest.fixture(scope="module")
def refresh(book: Path) -> Iterator[Refresh]:
    with Upstream() as up:
        environment = live_world.answer_all(up) | {"OPENRACE_RAW": str(book / "raw")}

        def run(*options: str) -> subprocess.CompletedProcess[str]:
            return openrace("refresh", "--only", ONLY, *options, folder=book, **environment)

        yield run


@pytest.fixture(scope="module")
def before(book: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (book / "data").iterdir()}


@pytest.fixture(scope="module")
def first(refresh: Refresh, before: dict[str, bytes]) -> subprocess.CompletedProcess[str]:
    return refresh()


def test_a_dry_run_names_what_would_change_and_changes_nothing(
    refresh: Refresh, book: Path, before: dict[str, bytes]
) -> None:
    done = refresh("--dry-run")
    assert "hub: alltime_downloads would gain 40 rows." in done.stdout
    assert {p.name: p.read_bytes() for p in (book / "data").iterdir() if p.suffix} == before
    assert not (book / "raw").exists()
    assert not (book / "_build" / "html").exists()


def test_one_source_that_is_down_is_said_and_the_others_go_on(
    first: subprocess.CompletedProcess[str],
) -> None:
    assert first.returncode == 1
    assert first.stderr.splitlines()[-1] == (
        "Stopped: arena failed; 4 of 6 went well. Their tables stay as they were."
    )
    assert "needs OPENROUTER_API_KEY, which is not set" in first.stdout
    assert "Traceback" not in first.stdout + first.stderr


def test_only_lines_were_added_and_only_to_tables_of_sources_that_answered(
    first: subprocess.CompletedProcess[str], book: Path, before: dict[str, bytes]
) -> None:
    grown = {}
    for name, was in before.items():
        now = (book / "data" / name).read_bytes()
        assert now.startswith(was), name
        if now != was:
            grown[Path(name).stem] = now[len(was) :].count(b"\n")
    assert set(grown) == set(APPENDED)
    assert all(rows in (None, grown[table]) for table, rows in APPENDED.items())
    assert NEW in (book / "data" / "trending_daily.csv").read_text().splitlines()[-30]


def test_the_site_is_of_the_new_tables(first: subprocess.CompletedProcess[str], book: Path) -> None:
    told = json.loads((book / "_build" / "html" / "numbers.json").read_text())
    assert told["one.gain"]["as_of"] == f"{live_world.today()}"


def test_no_key_is_in_what_is_said_kept_or_built(
    first: subprocess.CompletedProcess[str], book: Path
) -> None:
    assert "hf_secret" not in first.stdout + first.stderr
    folders = (book / "raw", book / "data", book / "_build" / "html")
    kept = [p for folder in folders for p in folder.rglob("*") if p.is_file()]
    assert kept
    assert not [p for p in kept if b"hf_secret" in p.read_bytes()]


def test_a_second_refresh_of_the_day_writes_nothing_and_builds_nothing(
    first: subprocess.CompletedProcess[str], refresh: Refresh, book: Path
) -> None:
    was = {path.name: path.read_bytes() for path in (book / "data").glob("*.csv")}
    again = refresh()
    assert {path.name: path.read_bytes() for path in (book / "data").glob("*.csv")} == was
    assert "1 of 1 chapters unchanged, 0 to execute" in again.stdout
    assert "the site is up to date" in again.stdout


def test_a_misspelt_source_is_refused_with_those_that_exist(book: Path) -> None:
    done = openrace("refresh", "--only", "hubb", folder=book)
    assert done.returncode == 1
    assert "There is no source “hubb”; there are arena, atom, epoch, hub" in done.stderr
