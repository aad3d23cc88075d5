"""The build: every chapter executed once, in parallel, then one site that replaces the last.

Chapters are executed into `_build/executions`. `_build/stage` is a copy of the book, the prose of
each chapter with the outputs of its execution, that Jupyter Book renders with execution off. The
site is replaced only when everything has succeeded. A named set of parameters has a folder of its
own, `_build/sets/<name>`, for all three, and an edition has `_build/editions/<as of>`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from openrace import address, package, sets, transaction
from openrace.editions import record
from openrace.errors import Refusal
from openrace.execution import (
    Execution,
    Parameters,
    Say,
    code,
    execute_all,
    parameters_of,
    timed,
    usual,
    write,
)
from openrace.freshness import LOG, today
from openrace.parameters import refuse_unknown
from openrace.publish.pages import Pages


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
    known = known_parameters(book)
    refuse_unknown(given, list(known), "The book")
    named = sets.read(chosen, list(known)) if chosen else None
    given = {**(named.parameters if named else {}), **given}
    plan = planned(book, given, Path("sets", named.name) if named else Path(), say)
    day, asked = today(), sets.asked(named, given, known)
    with Pages(plan.stage, day) if plan.stale else nullcontext() as writer:
        execute_all(plan.stale, len(plan.executions), jobs, say)
        render(plan, {"openrace_asked": asked}, day, say, writer)
    return plan.site / "index.html"


@dataclass(frozen=True)
class Plan:
    """A book to build.

    Attributes:
        book: its folder.
        memory: where its stage and its site are kept.
        pages: its pages, in order.
        executions: one for each of its chapters.
    """

    book: Path
    memory: Path
    pages: Sequence[Path]
    executions: Sequence[Execution]

    @property
    def stage(self) -> Path:
        """Where Jupyter Book renders it."""
        return self.memory / "stage"

    @property
    def site(self) -> Path:
        """Where its site lies, once it is rendered."""
        return self.memory / "html"

    @cached_property
    def stale(self) -> list[Execution]:
        """The executions that are not what executing now would give."""
        return [execution for execution in self.executions if not execution.fresh()]


def planned(book: Path, given: Parameters, memory: Path, say: Say) -> Plan:
    """Plan a build, after a look at the tables.

    Args:
        book: the folder of the book.
        given: chapter parameters by name, all of them known.
        memory: where to keep what differs from the usual book, within `_build`.
        say: told of progress, a line at a time.

    Raises:
        Refusal: a table is broken, or a page that the contents name is not there.
    """
    transaction.settle()
    main = book / "_build"
    check_tables(main, say)
    pages = [book / p for p in sources(book)]
    work = [_execution(c, given, main, main / memory) for c in _chapters(pages)]
    return Plan(book, main / memory, pages, work)


def known_parameters(book: Path) -> dict[str, list[Any]]:
    """Return the parameters of a book's chapters, each with the different values it usually has."""
    return usual(_chapters([book / p for p in sources(book)]))


def _chapters(pages: Sequence[Path]) -> list[Path]:
    return [p for p in pages if p.suffix == ".ipynb"]


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

        with timed(say, f"checked {len(doubtful)} of {len(now)} tables"):
            for name in doubtful:
                store.whole(name)
        memory.mkdir(parents=True, exist_ok=True)
        record.write_text(json.dumps(now, indent=1))


def _execution(chapter: Path, given: Parameters, main: Path, memory: Path) -> Execution:
    """Plan a chapter's execution; one that a set does not change is that of the book itself."""
    own = {name: given[name] for name in parameters_of(chapter) if name in given}
    return Execution(chapter, own, (memory if own else main) / "executions" / chapter.name)


def render(
    plan: Plan, config: Mapping[str, Any], day: date, say: Say, writer: Pages | None = None
) -> None:
    """Render an executed book and let it replace its site, unless the site is already of it.

    Pages say what is past due, so they are of a day, and of the log of refreshes; where they will
    lie, so they are of an address; and what was published before.

    Args:
        plan: the book, every chapter of it executed.
        config: what its configuration says beyond `_config.yml`.
        day: the day of publishing.
        say: told of progress, a line at a time.
        writer: the process that writes the pages, if one is getting ready.

    Raises:
        Refusal: a page has a warning.
    """
    parts = _staged(plan, config)
    stamp, content = plan.memory / "site.sha256", _content(parts, day)
    if plan.site.exists() and stamp.exists() and stamp.read_text() == content:
        say("the site is up to date")
        return
    started = nullcontext(writer) if writer else Pages(plan.stage, day)
    with timed(say, "wrote the pages"), started as ready:
        ready.write()
    for part in ("jupyter_execute", "html"):
        replace(plan.stage / "_build" / part, plan.memory / part)
    stamp.write_text(content)


def _content(parts: Sequence[Path], day: date) -> str:
    """Return the identity of all that a site is rendered from."""
    log = package.digest(LOG) if LOG in package.names() else ""
    content = hashlib.sha256(f"{code()} {day} {address.site()} {log}".encode())
    recorded = sorted(path for path in record.place().rglob("*") if path.is_file())
    for source in (*parts, *recorded):
        content.update(source.read_bytes())
    return content.hexdigest()


def _staged(plan: Plan, config: Mapping[str, Any]) -> list[Path]:
    """Copy the book with its chapters executed; start anew when it has lost a page."""
    stage, told = plan.stage, {w.notebook: w.told() for w in plan.executions}
    wanted = [stage / p.relative_to(plan.book) for p in plan.pages]
    staged = {p for p in stage.rglob("*") if p.suffix in (".md", ".ipynb")}
    if any("_build" not in p.relative_to(stage).parts for p in staged - set(wanted)):
        shutil.rmtree(stage)  # Sphinx never takes a page out of a site
    write(stage / "_config.yml", _configured(plan.book, config))
    for page in [plan.book / "_toc.yml", *plan.pages]:
        text = told[page] if page in told else page.read_text(encoding="utf-8")
        write(stage / page.relative_to(plan.book), text)
    return [*wanted, stage / "_config.yml", stage / "_toc.yml"]


def _configured(book: Path, config: Mapping[str, Any]) -> str:
    said = yaml.safe_load((book / "_config.yml").read_text(encoding="utf-8"))
    said.setdefault("execute", {})["execute_notebooks"] = "off"
    said.setdefault("sphinx", {}).setdefault("config", {}).update(config)
    return yaml.safe_dump(said, sort_keys=False, allow_unicode=True)


def replace(new: Path, old: Path) -> None:
    """Let a folder take another's place; what is served is never half of each."""
    coming, going = old.with_name(f"{old.name}.new"), old.with_name(f"{old.name}.old")
    for leftover in (coming, going):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(new, coming)
    if old.exists():
        old.rename(going)
    coming.rename(old)
    shutil.rmtree(going, ignore_errors=True)
