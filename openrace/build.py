"""The build: every chapter executed once, in parallel, then one site that replaces the last.

Chapters are executed by papermill into `_build/executions`. An execution is its own record: it
is kept exactly while the chapter's code, its parameters, the tables it read, the package's code
and the installed libraries are unchanged. `_build/stage` is a copy of the book, the prose of each
chapter with the outputs of its execution, that Jupyter Book renders with execution off. The site
is replaced only when everything has succeeded. A named set of parameters has a folder of its own,
`_build/sets/<name>`, for all three.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import yaml

from openrace import address, outputs, package, sets, transaction
from openrace.errors import Refusal
from openrace.freshness import LOG, today
from openrace.parameters import refuse_unknown
from openrace.publish.pages import Pages

Parameters = Mapping[str, Any]
Say = Callable[[str], None]
PACKAGE = Path(__file__).resolve().parent


def build(book: Path, given: Parameters, jobs: int, say: Say, chosen: Path | None = None) -> Path:
    """Build the site of a book and return its first page.

    Args:
        book: the folder with `_config.yml` and `_toc.yml`.
        given: chapter parameters by name; each goes to the chapters that have it.
        jobs: how many chapters are executed at once.
        say: told of progress, a line at a time.
        chosen: the file of a named set of parameters; what is given goes before it.

    Raises:
        Refusal: a table or the set is broken, a parameter is not known or impossible, a chapter
            raises, or a page has a warning. The earlier site is untouched then.
    """
    pages = [book / p for p in sources(book)]
    chapters = [p for p in pages if p.suffix == ".ipynb"]
    usual = _usual(chapters)
    refuse_unknown(given, list(usual), "The book")
    named = sets.read(chosen, list(usual)) if chosen else None
    given = {**(named.parameters if named else {}), **given}
    transaction.settle()
    check_tables(book / "_build", say)
    memory = book / "_build" / "sets" / named.name if named else book / "_build"
    work = [_execution(c, given, book / "_build", memory) for c in chapters]
    stage = memory / "stage"
    stale = [w for w in work if not w.fresh()]
    with Pages(stage) if stale else nullcontext() as writer:
        _execute_all(stale, len(work), jobs, say)
        told = {w.notebook: w.told() for w in work}
        _stage(book, stage, pages, told, sets.asked(named, given, usual))
        _render(book, memory, pages, writer, say)
    return memory / "html" / "index.html"


def sources(book: Path) -> list[str]:
    """Return the book's pages in order, as paths with their endings.

    Raises:
        Refusal: there is no `_toc.yml`, or it names a page that is not there.
    """
    contents = book / "_toc.yml"
    if not contents.exists():
        raise Refusal(f"{book} is no book: it has no _toc.yml.")
    toc = yaml.safe_load(contents.read_text(encoding="utf-8"))
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
    """Check every table that changed since it was last found good, and those that refer to it.

    Raises:
        Refusal: a table breaks a rule; the sentence names file, row and rule.
    """
    record = memory / "checked.json"
    good = json.loads(record.read_text()) if record.exists() else {}
    now = {name: package.digest(name) for name in package.names()}
    changed = {name for name in now if now[name] != good.get(name)}
    doubtful = [n for n in now if n in changed or changed & package.references(n)]
    if doubtful:
        from openrace import store  # pandas takes a second that an unchanged build need not pay

        with _timed(say, f"checked {len(doubtful)} of {len(now)} tables"):
            for name in doubtful:
                store.whole(name)
        memory.mkdir(parents=True, exist_ok=True)
        record.write_text(json.dumps(now, indent=1))


def parameters_of(notebook: Path) -> dict[str, Any]:
    """Return what a chapter's cell tagged `parameters` sets: each name with its usual value."""
    for cell in _cells(notebook, "code"):
        if "parameters" in cell["metadata"].get("tags", []):
            lines = [
                a for a in ast.parse("".join(cell["source"])).body if isinstance(a, ast.Assign)
            ]
            return {t.id: ast.literal_eval(a.value) for a in lines for t in _names(a)}
    return {}


def _names(assignment: ast.Assign) -> list[ast.Name]:
    return [t for t in assignment.targets if isinstance(t, ast.Name)]


def _usual(chapters: Sequence[Path]) -> dict[str, list[Any]]:
    """Return the parameters of all chapters, each with the different values it usually has."""
    usual: dict[str, list[Any]] = {}
    for name, value in (item for c in chapters for item in parameters_of(c).items()):
        values = usual.setdefault(name, [])
        values += [value] * (value not in values)
    return usual


def _execution(chapter: Path, given: Parameters, main: Path, memory: Path) -> Execution:
    """Plan a chapter's execution; one that a set does not change is that of the book itself."""
    own = {name: given[name] for name in parameters_of(chapter) if name in given}
    return Execution(chapter, own, (memory if own else main) / "executions" / chapter.name)


@dataclass(frozen=True)
class Execution:
    """One chapter with its parameters, and where its execution is kept."""

    notebook: Path
    parameters: Parameters
    kept: Path

    def key(self) -> str:
        """Return the execution's identity, but for the content of the tables it reads.

        Prose is not part of it: no output depends on it, and it is always taken fresh.
        """
        cells = [(c["source"], c["metadata"]) for c in _cells(self.notebook, "code")]
        own = json.dumps([cells, dict(self.parameters), package.names()], sort_keys=True)
        return hashlib.sha256((own + _code()).encode()).hexdigest()

    def fresh(self) -> bool:
        """Tell whether the kept execution is what executing now would give."""
        if not self.kept.exists():
            return False
        own = json.loads(self.kept.read_text(encoding="utf-8"))["metadata"]["openrace"]
        reads = {r["table"]: r["sha256"] for r in outputs.of(self.kept, outputs.READ)}
        now = {name: package.digest(name) for name in reads if name in package.names()}
        return bool(own["key"] == self.key() and reads == now)

    def run(self, say: Say) -> None:
        """Execute the chapter and keep it, without times that would change with each run.

        Raises:
            Refusal: a cell raises; the sentence names chapter, cell and message.
        """
        import papermill
        from nbclient.exceptions import DeadKernelError

        identity = self.key()
        with _timed(say, f"executed {self.notebook.stem}"):
            try:
                executed = papermill.execute_notebook(
                    str(self.notebook),
                    None,
                    parameters=dict(self.parameters),
                    progress_bar=False,
                    extra_arguments=["--log-level=CRITICAL"],
                )
            except papermill.PapermillExecutionError as error:
                raise _raised(self.notebook, error) from None
            except DeadKernelError:
                why = "its kernel died, as when memory runs out"
                raise Refusal(f"chapter {self.notebook.name}: {why}.") from None
        executed.metadata = {"openrace": {"key": identity}}
        _write(self.kept, json.dumps(executed, ensure_ascii=False, sort_keys=True))

    def told(self) -> str:
        """Return the notebook to publish: today's prose with the outputs of the execution."""
        notebook = json.loads(self.notebook.read_text(encoding="utf-8"))
        executed = iter(_cells(self.kept, "code"))
        cells = [
            part
            for cell in notebook["cells"]
            for part in (_outcome(executed, cell) if cell["cell_type"] == "code" else [cell])
        ]
        numbered = [c | {"id": f"cell-{i}"} for i, c in enumerate(cells)]
        return json.dumps(notebook | {"cells": numbered}, ensure_ascii=False, sort_keys=True)


def _cells(notebook: Path, kind: str) -> list[Any]:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [c for c in cells if c["cell_type"] == kind]


def _outcome(executed: Iterator[Any], cell: Any) -> list[Any]:
    """Take one cell's outcome, and after the parameters the values that papermill injected."""
    outcome = next(executed)
    if "injected-parameters" in outcome["metadata"].get("tags", []):
        hidden = outcome | {"metadata": {"tags": ["hide-input"]}}
        return [hidden, *_outcome(executed, cell)]
    return [cell | {key: outcome[key] for key in ("outputs", "execution_count")}]


def _code() -> str:
    """Return the identity of the package's code and of every installed library."""
    content = hashlib.sha256(sys.version.encode())
    for path in sorted(
        p for p in PACKAGE.rglob("*") if p.suffix in (".py", ".css", ".js", ".svg", ".html")
    ):
        content.update(path.read_bytes())
    content.update(repr(sorted((d.name, d.version) for d in distributions())).encode())
    return content.hexdigest()


def _execute_all(stale: Sequence[Execution], of: int, jobs: int, say: Say) -> None:
    say(f"{of - len(stale)} of {of} chapters unchanged, {len(stale)} to execute")
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        for running in [pool.submit(execution.run, say) for execution in stale]:
            running.result()


def _raised(notebook: Path, error: Any) -> Refusal:
    # a cell's number differs between source, papermill and page; its first line can be found
    first = error.source.strip().splitlines()[0]
    kind = "" if error.ename == Refusal.__name__ else f"{error.ename}: "
    return Refusal(f"chapter {notebook.name}, cell “{first}”: {kind}{error.evalue}")


def _stage(
    book: Path,
    stage: Path,
    pages: Sequence[Path],
    told: Mapping[Path, str],
    asked: Mapping[str, Any],
) -> None:
    """Copy the book with its chapters executed; start anew when it has lost a page."""
    wanted = {stage / p.relative_to(book) for p in pages}
    staged = {p for p in stage.rglob("*") if p.suffix in (".md", ".ipynb")}
    if any("_build" not in p.relative_to(stage).parts for p in staged - wanted):
        shutil.rmtree(stage)  # Sphinx never takes a page out of a site
    config = yaml.safe_load((book / "_config.yml").read_text(encoding="utf-8"))
    config.setdefault("execute", {})["execute_notebooks"] = "off"
    config.setdefault("sphinx", {}).setdefault("config", {})["openrace_asked"] = dict(asked)
    _write(stage / "_config.yml", yaml.safe_dump(config, sort_keys=False, allow_unicode=True))
    for page in [book / "_toc.yml", *pages]:
        text = told[page] if page in told else page.read_text(encoding="utf-8")
        _write(stage / page.relative_to(book), text)


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all, and only if it changes: Sphinx reads what is newer."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_name(f"{path.name}.writing")
        scratch.write_text(text, encoding="utf-8")
        os.replace(scratch, path)


def _render(
    book: Path, memory: Path, pages: Sequence[Path], writer: Pages | None, say: Say
) -> None:
    """Render the stage and let it replace the site, unless the site is already of this stage.

    Pages say what is past due, so they are of a day, and of the log of refreshes; and where they
    will lie, so they are of an address.
    """
    stage = memory / "stage"
    parts = [stage / p.relative_to(book) for p in pages] + [
        stage / "_config.yml",
        stage / "_toc.yml",
    ]
    log = package.digest(LOG) if LOG in package.names() else ""
    content = hashlib.sha256(f"{_code()} {today()} {address.site()} {log}".encode())
    for source in parts:
        content.update(source.read_bytes())
    stamp, site = memory / "site.sha256", memory / "html"
    if site.exists() and stamp.exists() and stamp.read_text() == content.hexdigest():
        say("the site is up to date")
        return
    with _timed(say, "wrote the pages"), nullcontext(writer) if writer else Pages(stage) as ready:
        ready.write()
    for part in ("jupyter_execute", "html"):
        _replace(stage / "_build" / part, memory / part)
    stamp.write_text(content.hexdigest())


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
