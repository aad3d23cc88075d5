"""Execute some chapters and write what they tell and show: the half of a proof that is rebuilt.

A process runs this with the code that an edition holds, ordered by a later `verify`. So what it
reads, an `Order` as JSON in its one argument, and the files that it writes may gain things, but
never lose or rename one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openrace import build, claims, outputs
from openrace.errors import Refusal
from openrace.execution import Execution, parameters_of
from openrace.figures import render
from openrace.outputs import FIGURE, LEDGER, NUMBERS
from openrace.publish import files, ledger

Say = Callable[[str], None]


@dataclass(frozen=True)
class Order:
    """What to rebuild.

    Attributes:
        book: the folder with `_toc.yml` and the chapters.
        to: the folder to write to.
        chapters: the names of the notebooks to execute.
        figures: the ids of the figures to draw.
        parameters: given to each chapter that has them.
        jobs: how many chapters are executed at once.
    """

    book: str
    to: str
    chapters: Sequence[str]
    figures: Sequence[str]
    parameters: Mapping[str, Any]
    jobs: int


def rebuild(order: Order, say: Say) -> None:
    """Execute what is ordered, whatever was executed before, and write what it gives.

    Raises:
        Refusal: the book has no such chapter, or one raises.
    """
    work = [_execution(chapter, order) for chapter in _named(order)]
    with ThreadPoolExecutor(max_workers=order.jobs) as pool:
        for running in [pool.submit(execution.run, say) for execution in work]:
            running.result()
    if len(order.figures) > 1:
        say(f"drawing {len(order.figures)} figures")
    write([w.kept for w in work], order.figures, Path(order.to))


def _named(order: Order) -> list[Path]:
    pages = [Path(order.book, page) for page in build.sources(Path(order.book))]
    chapters = {page.name: page for page in pages}
    for name in order.chapters:
        if name not in chapters:
            raise Refusal(f"the book that rebuilds it has no chapter {name}.")
    return [chapters[name] for name in order.chapters]


def _execution(chapter: Path, order: Order) -> Execution:
    had = parameters_of(chapter)
    own = {name: value for name, value in order.parameters.items() if name in had}
    return Execution(chapter, own, Path(order.to, "executions", chapter.name))


def write(notebooks: Sequence[Path], figures: Collection[str], to: Path) -> None:
    """Write numbers, verdicts and some figures of executed notebooks as the site has them.

    Verdicts are those of the claims that the notebooks' numbers decide.
    """
    for shown in (r for notebook in notebooks for r in outputs.of(notebook, FIGURE)):
        if shown["id"] in figures:
            _draw(shown, to / "figures" / shown["id"])
    groups = [g for notebook in notebooks for g in outputs.of(notebook, NUMBERS)]
    told = {n["id"]: n for group in groups for n in group["numbers"]}
    judged: list[dict[str, Any]] = []
    for held in (r for notebook in notebooks for r in outputs.of(notebook, LEDGER)):
        tests = claims.tests(held["tests"]).items()
        verdicts = {id: claims.judge(t, told) for id, t in tests if told.keys() >= set(t.ids)}
        decided = [claim for claim in held["claims"] if claim["test"] in verdicts]
        judged += ledger.index(held | {"claims": decided}, verdicts)
        if len(verdicts) == len(tests):
            told |= {n["id"]: n for n in ledger.numbers(held, verdicts)}
    _json(files.number_index(told.values()), to / "numbers.json")
    _json(judged, to / "claims.json")


def _draw(shown: Mapping[str, Any], folder: Path) -> None:
    """Write what a figure is compared by: table, spec and drawing."""
    stem, spec = folder / folder.name, files.framed(shown)
    folder.mkdir(parents=True)
    table = files.table_csv(shown["table"], shown["dates"])
    stem.with_suffix(".csv").write_text(table, encoding="utf-8")
    _json(spec, stem.with_suffix(".vl.json"))
    stem.with_suffix(".svg").write_text(render.svg(spec, shown["id"]), encoding="utf-8")


def _json(value: Any, path: Path) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    try:
        rebuild(Order(**json.loads(sys.argv[1])), lambda line: print(line, flush=True))
    except Refusal as refusal:
        sys.exit(" ".join(str(refusal).split()))
