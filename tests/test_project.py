from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from specimen import PROJECT

LOCKS = ("requirements.txt", "requirements-test.txt", "requirements-spark.txt")


def kept_files() -> list[Path]:
    """The files that git keeps or would keep."""
    anyone = ("-c", "safe.directory=*")  # the folder may be another user's, as in a container
    listed = subprocess.run(
        ["git", *anyone, "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=PROJECT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return [PROJECT / name for name in listed.split("\0") if name and (PROJECT / name).is_file()]


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


# In pieces, so that this file does not name them itself.
FOREIGN = {
    "an author's folder": r"(?<![\w.>])/(?:wo" r"rk|ro" r"ot|Us" r"ers|ho" r"me)/\w",
    "a folder beside the project": r"\.\./sha" r"red|sha" r"red/(?:data|design|evidence|style)",
    "a scratch folder": r"(?<![\w.])/t" r"mp/\w",
}


@pytest.mark.parametrize("what", FOREIGN)
def test_no_kept_file_names_the_machine_it_was_written_on(what: str) -> None:
    found = [
        f"{path.relative_to(PROJECT)}: {match.group()}"
        for path in kept_files()
        for match in re.finditer(FOREIGN[what], text(path))
    ]
    assert found == []


def test_nothing_built_or_installed_is_kept() -> None:
    aside = {"_build", ".venv", "__pycache__", ".pytest_cache", ".hypothesis"}
    assert [p for p in kept_files() if aside & set(p.relative_to(PROJECT).parts)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_packages_and_hashes_and_no_registry(lock: str) -> None:
    content = text(PROJECT / lock)
    for word in ("index-url", "find-links", "trusted-host", "://", " @ "):
        assert word not in content, word
    pins = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n", "", content).strip())
    assert len(pins) > 50
    for pin in pins:
        assert re.match(r"[A-Za-z0-9._-]+==\S+", pin), pin
        assert "--hash=sha256:" in pin, pin


@pytest.mark.parametrize(
    "name", ["jupyter-book", "pandas", "altair", "huggingface-hub", "papermill"]
)
def test_the_lock_holds_what_the_report_stands_on(name: str) -> None:
    assert re.search(rf"(?mi)^{name.replace('-', '[-_]')}==", text(PROJECT / "requirements.txt"))


def test_the_locks_agree() -> None:
    own, test, spark = (
        dict(re.findall(r"(?m)^([A-Za-z0-9._-]+)==([^ ;\\]+)", text(PROJECT / lock)))
        for lock in LOCKS
    )
    assert own.items() <= test.items()
    assert own.items() <= spark.items()


PUBLIC = (
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "CITATION.cff"),
    *("docs/architecture.md", "docs/commands.md", "docs/book.webp", ".ci/run"),
)


@pytest.mark.parametrize("name", PUBLIC)
def test_the_files_that_people_look_for_are_there(name: str) -> None:
    assert (PROJECT / name).stat().st_size > 100


def test_every_fault_on_the_list_is_shown_by_a_test_or_a_benchmark_that_is_there() -> None:
    told = (PROJECT / "docs" / "faults.md").read_text(encoding="utf-8")
    rows = [line for line in told.splitlines() if line.startswith("| ")][2:]
    written = "".join(p.read_text(encoding="utf-8") for p in (PROJECT / "tests").rglob("*.py"))
    for row in rows:
        *tests, last = re.findall(r"`((?:test_|benchmarks/)[a-z_0-9./]+)`", row)
        for name in (*tests, last):
            there = (PROJECT / name).exists() if "/" in name else f"def {name}(" in written
            assert there, f"{name} is named in docs/faults.md, but is nowhere"
