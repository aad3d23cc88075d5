"""The build: every chapter executed once, in parallel, then one site that replaces the last.

Chapters are executed by papermill into `_build/stage`, a copy of the book that Jupyter Book
renders with execution off. A staged chapter is its own record: it is kept exactly while its
notebook, its parameters, the tables it read, the package's code and the installed libraries are
unchanged. The site is replaced only when everything has succeeded.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import yaml

from openrace import outputs, package
from openrace.errors import Refusal
from openrace.parameters import refuse_unknown

Parameters = Mapping[str, Any]
Say = Callable[[str], None]
PACKAGE = Path(__file__).resolve().parent


def build(book: Path, given: Parameters, jobs: int, say: Say) -> Path:
    """Build the site of a book and return its first page.

    Args:
        book: the folder with `_config.yml` and `_toc.yml`.
        given: chapter parameters by name; each goes to the chapters that have it.
        jobs: how many chapters are executed at once.
        say: told of progress, a line at a time.

    Raises:
        Refusal: a table is broken, a parameter is not known or impossible, a chapter raises, or
            a page has a warning. The earlier site is untouched then.
    """
    pages = [book / p for p in sources(book)]
    chapters = [p for p in pages if p.suffix == ".ipynb"]
    _refuse_unknown(given, chapters)
    check_tables(book / "_build", say)
    stage = book / "_build" / "stage"
    _stage_texts(book, stage, pages)
    work = {c: _own(given, c) for c in chapters}
    stale = [c for c in chapters if not fresh(stage / c.relative_to(book), c, work[c])]
    _execute_all(stale, work, lambda c: stage / c.relative_to(book), jobs, say)
    _render(book, stage, pages, say)
    return book / "_build" / "html" / "index.html"


def sources(book: Path) -> list[str]:
    """Return the book's pages in order, as paths with their endings.

    Raises:
        Refusal: `_toc.yml` names a page that is not there.
    """
    toc = yaml.safe_load((book / "_toc.yml").read_text(encoding="utf-8"))
    return [_with_ending(book, name) for name in _named(toc)]


def _named(toc: Any) -> Iterator[str]:
    if isinstance(toc, dict):
        yield from (toc[key] for key in ("root", "file") if key in toc)
        toc = [value for value in toc.values() if isinstance(value, list)]
    if isinstance(toc, list):
        for entry in toc:
            yield from _named(entry)


def _with_ending(book: Path, name: str) -> str:
    for ending in (".ipynb", ".md"):
        if (book / f"{name}{ending}").exists():
            return f"{name}{ending}"
    raise Refusal(f"_toc.yml names the page {name}, but there is no such .ipynb or .md file.")


def check_tables(memory: Path, say: Say) -> None:
    """Check every table that changed since it was last found good.

    Raises:
        Refusal: a table breaks a rule; the sentence names file, row and rule.
    """
    record = memory / "checked.json"
    good = json.loads(record.read_text()) if record.exists() else {}
    now = {name: package.digest(name) for name in package.names()}
    changed = [name for name in now if now[name] != good.get(name)]
    if changed:
        from openrace import schema  # pandas takes a second that an unchanged build need not pay

        with _timed(say, f"checked {len(changed)} of {len(now)} tables"):
            for name in changed:
                schema.read(name)
        memory.mkdir(parents=True, exist_ok=True)
        record.write_text(json.dumps(now, indent=1))


def parameters_of(notebook: Path) -> list[str]:
    """Return the names a chapter's cell tagged `parameters` sets."""
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if "parameters" in cell["metadata"].get("tags", []):
            lines = ast.parse("".join(cell["source"])).body
            return [t.id for a in lines if isinstance(a, ast.Assign) for t in _names(a)]
    return []


def _names(assignment: ast.Assign) -> list[ast.Name]:
    return [t for t in assignment.targets if isinstance(t, ast.Name)]


def _refuse_unknown(given: Parameters, chapters: Sequence[Path]) -> None:
    known = list(dict.fromkeys(name for c in chapters for name in parameters_of(c)))
    refuse_unknown(given, known, "The book")


def _own(given: Parameters, chapter: Path) -> dict[str, Any]:
    return {name: given[name] for name in parameters_of(chapter) if name in given}


def key(notebook: Path, parameters: Parameters) -> str:
    """Return the identity of an execution, but for the tables it reads."""
    content = hashlib.sha256(notebook.read_bytes())
    content.update(json.dumps(dict(parameters), sort_keys=True).encode())
    content.update(_code().encode())
    return content.hexdigest()


def fresh(staged: Path, notebook: Path, parameters: Parameters) -> bool:
    """Tell whether a staged execution is the one that executing now would give."""
    if not staged.exists():
        return False
    own = json.loads(staged.read_text(encoding="utf-8"))["metadata"].get("openrace", {})
    reads = {r["table"]: r["sha256"] for r in outputs.of(staged, outputs.READ)}
    now = {name: package.digest(name) for name in reads if name in package.names()}
    return bool(own.get("key") == key(notebook, parameters) and reads == now)


def _code() -> str:
    """Return the identity of the package's code and of every installed library."""
    content = hashlib.sha256(sys.version.encode())
    for path in sorted(p for p in PACKAGE.rglob("*") if p.suffix in (".py", ".css", ".js")):
        content.update(path.read_bytes())
    content.update(repr(sorted((d.name, d.version) for d in distributions())).encode())
    return content.hexdigest()


def _execute_all(
    stale: Sequence[Path],
    work: Mapping[Path, Parameters],
    staged: Callable[[Path], Path],
    jobs: int,
    say: Say,
) -> None:
    say(f"{len(work) - len(stale)} of {len(work)} chapters unchanged, {len(stale)} to execute")
    if not stale:
        return
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        for done in [pool.submit(execute, c, staged(c), work[c], say) for c in stale]:
            done.result()


def execute(notebook: Path, staged: Path, parameters: Parameters, say: Say) -> None:
    """Execute a chapter into the stage, with its key, and without times that change each run.

    Raises:
        Refusal: a cell raises; the sentence names chapter, cell and message.
    """
    import nbformat
    import papermill

    identity = key(notebook, parameters)
    scratch = staged.with_suffix(".executing")
    scratch.parent.mkdir(parents=True, exist_ok=True)
    with _timed(say, f"executed {notebook.stem}"):
        try:
            executed = papermill.execute_notebook(
                str(notebook), None, parameters=dict(parameters), progress_bar=False,
                extra_arguments=["--log-level=ERROR"],
            )
        except papermill.PapermillExecutionError as error:
            raise _raised(notebook, error) from None
    nbformat.write(_settled(executed, identity), scratch)
    os.replace(scratch, staged)


def _raised(notebook: Path, error: Any) -> Refusal:
    # papermill counts from the injected and marked cells on; the first line is what one can find
    first = error.source.strip().splitlines()[0]
    kind = "" if error.ename == Refusal.__name__ else f"{error.ename}: "
    return Refusal(f"{notebook.name}, cell {error.exec_count} (“{first}”): {kind}{error.evalue}")


def _settled(executed: Any, identity: str) -> Any:
    executed.metadata.pop("papermill", None)
    executed.metadata["openrace"] = {"key": identity}
    for cell in executed.cells:
        for timing in ("papermill", "execution"):
            cell.metadata.pop(timing, None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.metadata["tags"].append("hide-input")
        cell["id"] = f"cell-{executed.cells.index(cell)}"
    return executed


def _stage_texts(book: Path, stage: Path, pages: Sequence[Path]) -> None:
    """Copy what is not executed; drop pages the book no longer has."""
    wanted = {stage / p.relative_to(book) for p in pages}
    for old in [p for p in stage.rglob("*") if p.suffix in (".md", ".ipynb")]:
        if old not in wanted and "_build" not in old.relative_to(stage).parts:
            old.unlink()
    config = yaml.safe_load((book / "_config.yml").read_text(encoding="utf-8"))
    config.setdefault("execute", {})["execute_notebooks"] = "off"
    _write(stage / "_config.yml", yaml.safe_dump(config, sort_keys=False, allow_unicode=True))
    for text in [book / "_toc.yml", *(p for p in pages if p.suffix == ".md")]:
        _write(stage / text.relative_to(book), text.read_text(encoding="utf-8"))


def _write(path: Path, text: str) -> None:
    """Write a file unless it already says so: Sphinx reads again what is newer."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _render(book: Path, stage: Path, pages: Sequence[Path], say: Say) -> None:
    """Render the stage and let it replace the site, unless the site is already of this stage."""
    parts = [stage / p.relative_to(book) for p in pages] + [stage / "_config.yml", stage / "_toc.yml"]
    content = hashlib.sha256(_code().encode())
    for part in parts:
        content.update(part.read_bytes())
    stamp, site = book / "_build" / "site.sha256", book / "_build" / "html"
    if site.exists() and stamp.exists() and stamp.read_text() == content.hexdigest():
        say("the site is up to date")
        return
    with _timed(say, "wrote the pages"):
        _jupyter_book(stage)
    for part in ("jupyter_execute", "html"):
        _replace(stage / "_build" / part, book / "_build" / part)
    stamp.write_text(content.hexdigest())


def _jupyter_book(stage: Path) -> None:
    command = ["jupyter-book", "build", str(stage), "-W", "-n", "--keep-going", "-q"]
    tool = Path(sys.executable).with_name(command[0])
    done = subprocess.run([str(tool), *command[1:]], capture_output=True, text=True)
    if done.returncode:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        told = [line for line in said if "WARNING" in line or "ERROR" in line] or said[-20:]
        raise Refusal("the pages were not written:\n" + "\n".join(told))


def _replace(new: Path, old: Path) -> None:
    """Let a folder take another's place; what is served is never half of each."""
    coming, going = old.with_name(f"{old.name}.new"), old.with_name(f"{old.name}.old")
    for leftover in (coming, going):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(new, coming)
    if old.exists():
        old.rename(going)
    coming.rename(old)
    shutil.rmtree(going, ignore_errors=True)


@contextmanager
def _timed(say: Say, what: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    say(f"{what} in {time.perf_counter() - start:.1f} s")
