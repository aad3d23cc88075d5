"""One chapter's execution by papermill, kept as long as it is what executing again would give.

An execution is its own record: it is kept exactly while the chapter's code, its parameters, the
tables it read, the package's code and the installed libraries are unchanged.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from openrace import outputs, package
from openrace.errors import Refusal

Parameters = Mapping[str, Any]
Say = Callable[[str], None]
PACKAGE = Path(__file__).resolve().parent


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


def usual(chapters: Sequence[Path]) -> dict[str, list[Any]]:
    """Return the parameters of all chapters, each with the different values it usually has."""
    usual: dict[str, list[Any]] = {}
    for name, value in (item for c in chapters for item in parameters_of(c).items()):
        values = usual.setdefault(name, [])
        values += [value] * (value not in values)
    return usual


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
        return hashlib.sha256((own + code()).encode()).hexdigest()

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
        from nbclient.exceptions import CellTimeoutError, DeadKernelError

        identity = self.key()
        with timed(say, f"executed {self.notebook.stem}"):
            try:
                executed = papermill.execute_notebook(
                    str(self.notebook),
                    None,
                    parameters=dict(self.parameters),
                    progress_bar=False,
                    iopub_timeout=60,  # a busy machine hands outputs over late
                    extra_arguments=["--log-level=CRITICAL"],
                )
            except papermill.PapermillExecutionError as error:
                raise _raised(self.notebook, error) from None
            except DeadKernelError:
                why = "its kernel died, as when memory runs out"
                raise Refusal(f"chapter {self.notebook.name}: {why}.") from None
            except CellTimeoutError:
                why = "its kernel stopped answering: build again when the machine is less busy"
                raise Refusal(f"chapter {self.notebook.name}: {why}.") from None
        executed.metadata = {"openrace": {"key": identity}}
        write(self.kept, json.dumps(executed, ensure_ascii=False, sort_keys=True))

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


def code() -> str:
    """Return the identity of the package's code and of every installed library."""
    content = hashlib.sha256(sys.version.encode())
    for path in sorted(
        p for p in PACKAGE.rglob("*") if p.suffix in (".py", ".css", ".js", ".svg", ".html")
    ):
        content.update(path.read_bytes())
    content.update(repr(sorted((d.name, d.version) for d in distributions())).encode())
    return content.hexdigest()


def execute_all(stale: Sequence[Execution], of: int, jobs: int, say: Say) -> None:
    """Execute chapters that are stale, of so many in all, several at once.

    Raises:
        Refusal: one of them raises.
    """
    say(f"{of - len(stale)} of {of} chapters unchanged, {len(stale)} to execute")
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        for running in [pool.submit(execution.run, say) for execution in stale]:
            running.result()


def _raised(notebook: Path, error: Any) -> Refusal:
    # a cell's number differs between source, papermill and page; its first line can be found
    first = error.source.strip().splitlines()[0]
    kind = "" if error.ename == Refusal.__name__ else f"{error.ename}: "
    return Refusal(f"chapter {notebook.name}, cell “{first}”: {kind}{error.evalue}")


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all, and only if it changes: Sphinx reads what is newer."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_name(f"{path.name}.writing")
        scratch.write_text(text, encoding="utf-8")
        os.replace(scratch, path)


@contextmanager
def timed(say: Say, what: str) -> Iterator[None]:
    """Say what was done within the context, and in how many seconds."""
    start = time.perf_counter()
    yield
    say(f"{what} in {time.perf_counter() - start:.1f} s")
