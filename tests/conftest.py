"""What several tests share: the specimen's data, the chapter's display, the real book."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import specimen
from filelock import FileLock
from playwright.sync_api import Browser, sync_playwright

from openrace import chapter as chapters
from openrace import figures
from openrace.errors import Refusal
from openrace.paper import browser as chromiums


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The specimen's tables, to read and to break."""
    book = specimen.write(tmp_path / "specimen")
    monkeypatch.setenv("OPENRACE_DATA", str(book / "data"))
    return book / "data"


@pytest.fixture
def displayed(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What a chapter has displayed so far, a bundle of types at a time."""
    bundles: list[dict[str, Any]] = []
    monkeypatch.setattr(chapters, "display", lambda bundle, raw: bundles.append(bundle))
    return bundles


@pytest.fixture
def no_figures(monkeypatch: pytest.MonkeyPatch) -> dict[str, figures.Plan]:
    """An empty register of figures, for the time of a test."""
    plans: dict[str, figures.Plan] = {}
    monkeypatch.setattr(figures, "_PLANS", plans)
    return plans


def openrace(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `openrace …` in a folder as a person does, on that folder's data."""
    own = {k: v for k, v in os.environ.items() if k != "OPENRACE_DATA"}
    return tool("openrace", arguments, folder, own | environment)


def tool(
    name: str, arguments: Sequence[str], folder: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command of this environment in a folder."""
    command = [str(Path(sys.executable).with_name(name)), *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


@dataclass(frozen=True)
class Real:
    """The real book, built with the one command."""

    folder: Path
    said: str

    @property
    def site(self) -> Path:
        return self.folder / "_build" / "html"

    @property
    def executed(self) -> list[Path]:
        return sorted((self.folder / "_build" / "executions").glob("*.ipynb"))


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Real:
    """The real book, built once from a copy: once for all workers, and in nobody's own `_build`."""
    return build_real(tmp_path_factory)


#: The files that take longest: one that began last would end alone.
LONGEST = (
    *("test_build.py", "test_refresh_whole.py", "test_freshness.py", "test_freeze.py"),
    *("test_costs_matched.py", "test_costs_tasks.py", "test_contributing.py"),
    *("test_browser.py", "test_chapters_asked.py", "test_access.py", "test_policy.py"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files that need the real book after those without, and the longest of each first."""
    needing = {item.path for item in items if "real" in getattr(item, "fixturenames", ())}

    def place(item: pytest.Item) -> tuple[bool, int]:
        name = item.path.name
        return item.path in needing, LONGEST.index(name) if name in LONGEST else len(LONGEST)

    items.sort(key=place)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Begin to build the real book while tests that do without it run; else workers would wait."""
    needed = any("real" in getattr(item, "fixturenames", ()) for item in session.items)
    if needed and os.environ.get("PYTEST_XDIST_WORKER") == "gw0":
        factory = session.config._tmp_path_factory  # type: ignore[attr-defined]
        factory.getbasetemp()  # of two threads that make it, one would remove the other's
        Thread(target=build_ahead, args=[factory], daemon=True).start()


def build_ahead(tmp_path_factory: pytest.TempPathFactory) -> None:
    with suppress(AssertionError):  # the fixture builds again, and says why it cannot
        build_real(tmp_path_factory)


def build_real(tmp_path_factory: pytest.TempPathFactory) -> Real:
    """Return the real book, built unless it is."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    folder, said = shared / "real", shared / "real.txt"
    with FileLock(shared / "real.lock"):
        if not said.exists():
            shutil.rmtree(folder, ignore_errors=True)
            aside = shutil.ignore_patterns(".*", "_build", "tests", "*.egg-info", "__pycache__")
            shutil.copytree(specimen.PROJECT, folder, ignore=aside)
            done = openrace("build", folder=folder)
            assert done.returncode == 0, done.stdout + done.stderr
            said.write_text(done.stdout + done.stderr, encoding="utf-8")
    return Real(folder, said.read_text(encoding="utf-8"))


def chromium() -> str:
    """Return where Chromium lies; without it, fail where it is promised and skip elsewhere."""
    try:
        return chromiums.find()
    except Refusal as missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for a worker: a second one beside it in the same thread is refused."""
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=flags)
        yield started
        started.close()
