"""Measure `openrace build` against plain `jupyter-book build`.

Two temporary copies of the book and its tables go through the same changes, the two builders
taking turns. What a reader then waits for, `reading.py` measures.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import pandas as pd

from openrace import outputs, package
from openrace.build import sources

NOTES = """
plain: `jupyter-book build` of the same chapters with the same _config.yml, execution forced.
(old): its pages still said what the table said before the change.
The table changed was {0} (its {1}), read by {2} of {3} chapters."""


@dataclass
class Builder:
    """One of the two ways to build, with its own copy of the book."""

    command: str
    book: Path
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    old: set[str] = field(default_factory=set)

    def take(self, scenario: Scenario) -> None:
        """Change the book, build it, record the seconds and whether old numbers were left."""
        os.environ["OPENRACE_DATA"] = str(self.book / "data")
        scenario.change(self.book)
        start = time.perf_counter()
        self.build(*(scenario.plain_options if self.command == "jupyter-book" else ()))
        self.seconds[scenario.label].append(seconds := time.perf_counter() - start)
        if any(package.digest(r["table"]) != r["sha256"] for r in tables_read(self.book)):
            self.old.add(scenario.label)
        print(f"{self.command}, {scenario.label}: {seconds:.1f} s", file=sys.stderr)

    def build(self, *options: str) -> None:
        """Build the book; a build that fails ends the benchmark."""
        tool = Path(sys.executable).with_name(self.command)
        done = subprocess.run([tool, "build", *options, self.book], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{self.command} build failed:\n{done.stdout}{done.stderr}")

    def told(self, label: str) -> str:
        """Return a scenario's median, marked when old numbers were left."""
        return f"{median(self.seconds[label]):.1f} s{' (old)' if label in self.old else ''}"


@dataclass(frozen=True)
class Scenario:
    """A change to the book, and the aim for the build after it."""

    label: str
    change: Callable[[Path], None]
    at_most: float
    unit: str = "s"
    plain_options: tuple[str, ...] = ()

    def row(self, ours: Builder, plain: Builder) -> str:
        """Return the medians, their ratio, the aim and whether it was met."""
        seconds = median(ours.seconds[self.label])
        ratio = seconds / median(plain.seconds[self.label])
        met = (seconds if self.unit == "s" else ratio) <= self.at_most
        aim = f"<= {self.at_most:g} {self.unit}: {'met' if met else 'not met'}"
        told = "" if self.label in plain.old else f"{ratio:.2f}"
        return line(self.label, ours.told(self.label), plain.told(self.label), told, aim)


def line(label: str, ours: str, other: str, ratio: str, aim: str = "") -> str:
    return f"{label:32}{ours:>10}{other:>14}{ratio:>8}   {aim}".rstrip()


def forget_builds(book: Path) -> None:
    shutil.rmtree(book / "_build", ignore_errors=True)


def change_prose(book: Path) -> None:
    chapter = next(book / page for page in sources(book) if page.endswith(".ipynb"))
    notebook = json.loads(chapter.read_text(encoding="utf-8"))
    cell = next(c for c in notebook["cells"] if c["cell_type"] == "markdown")
    cell["source"] = "".join(cell["source"]) + "\n\nThis sentence was not here before.\n"
    chapter.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")


def change_table(book: Path) -> None:
    name, column, _ = changeable(book)
    table = pd.read_csv(package.path(name), dtype=str, keep_default_na=False)
    last = table.index[table[column] != ""][-1]
    table.loc[last, column] = str(int(table.loc[last, column]) + 1)
    table.to_csv(package.path(name), index=False)


def changeable(book: Path) -> tuple[str, str, int]:
    """Return the table that fewest chapters read, a column of counts, and how many chapters."""
    readers = Counter(read["table"] for read in tables_read(book))
    return next(
        (name, column["name"], readers[name])
        for name in sorted(readers, key=lambda name: (readers[name], name))
        for schema in [package.describe(name)["schema"]]
        for column in schema["fields"]
        if column["type"] == "integer" and column["name"] not in schema["primaryKey"]
    )


def executed(book: Path) -> dict[Path, Path]:  # by their places in the book
    folder = book / "_build" / "jupyter_execute"
    return {file.relative_to(folder): file for file in sorted(folder.rglob("*.ipynb"))}


def tables_read(book: Path) -> list[dict[str, str]]:
    """Return every table, with its digest, that a published chapter was computed from."""
    return [r for chapter in executed(book).values() for r in outputs.of(chapter, outputs.READ)]


def copy_book(book: Path, target: Path) -> Path:
    for part in ("_config.yml", "_toc.yml", *sources(book)):
        (target / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(book / part, target / part)
    shutil.copytree(book / "data", target / "data")
    return target


def compare_builds(ours: Builder, plain: Builder, repeat: int) -> None:
    scenarios = (
        Scenario("cold, everything executed", forget_builds, 0.75, "of plain"),
        Scenario("nothing changed", lambda book: None, 3),
        Scenario("one chapter's prose changed", change_prose, 6),
        Scenario("one table changed", change_table, 6),
        Scenario("one table changed, plain --all", change_table, 6, plain_options=("--all",)),
    )
    for number in range(repeat):
        for scenario in scenarios:
            for builder in (ours, plain)[:: -1 if number % 2 else 1]:
                builder.take(scenario)
    head = line(f"median of {repeat}", "openrace", "plain", "ratio", "aim")
    print(head, *(scenario.row(ours, plain) for scenario in scenarios), "", sep="\n")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeat", type=int, default=3, metavar="N", help="runs (default 3)")
    options.add_argument("book", type=Path, nargs="?", default=Path(__file__).resolve().parents[1])
    given = options.parse_args()
    with TemporaryDirectory(prefix="openrace-") as folder:
        ours = Builder("openrace", copy_book(given.book, Path(folder, "ours")))
        plain = Builder("jupyter-book", copy_book(given.book, Path(folder, "plain")))
        print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores\n")
        compare_builds(ours, plain, given.repeat)
        print(NOTES.format(*changeable(ours.book), len(executed(ours.book))))


if __name__ == "__main__":
    main()
