"""The census: days counted one after another, each kept as soon as it is.

A day's copy stays until the next day has been counted against it; after a kill the copies that
are whole lie there, so nothing is read twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from time import perf_counter

import pandas as pd
from filelock import FileLock, Timeout
from ibis.backends import BaseBackend

from openrace.census import days, engine, folder, part, tables
from openrace.census.days import COUNTED, NONE, REFUSED, REPEATED, Outcome
from openrace.census.plan import Asked, Plan, plan, size, visiting
from openrace.census.reading import Unfit, copy
from openrace.census.revisions import FILE, Revision
from openrace.errors import Refusal
from openrace.sources.source import Visit

HEAD = ("day", "outcome", "models", "read", "seconds", "")
_WORDS = 2  # columns of words, before those of numbers
_NAMED = 5
Told = Callable[[str], None]


def census(asked: Asked, agree: Callable[[Plan], None], told: Told) -> Iterator[Outcome]:
    """Count days, and yield how it went with each.

    Args:
        asked: which days, and where from.
        agree: is given the plan before anything is read, and may refuse it.
        told: told of progress.

    Raises:
        Refusal: another census is at work, the Hub or the engine cannot be asked, or the tables
            cannot be written. What was counted is kept, and the same command goes on from there.
    """
    with alone():
        yield from tables.census(asked, agree) if asked.table else _of_hub(asked, agree, told)


def _of_hub(asked: Asked, agree: Callable[[Plan], None], told: Told) -> Iterator[Outcome]:
    planned = plan(asked, told)
    agree(planned)
    backend = engine.connect(asked.engine or None) if planned.todo else None
    for day in planned.steps:
        begun = perf_counter()
        with visiting(told) as visit:
            outcome = _step(planned, day, backend, visit)
        yield replace(outcome, seconds=perf_counter() - begun)
    _clear()


@contextmanager
def alone() -> Iterator[None]:
    """Hold the folder of copies, so that no other census works with them.

    Raises:
        Refusal: another does, or the folder cannot be written.
    """
    try:
        folder().mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder() / ".lock", fallback_to_soft=False)
        lock.acquire(timeout=0)
    except Timeout:
        raise Refusal("Another census is at work: wait for it.") from None
    except OSError as error:
        raise Refusal(f"{folder()} cannot be written ({error.strerror}).") from None
    try:
        yield
    finally:
        lock.release()


def _clear(kept: Sequence[Path] = ()) -> None:
    """Remove copies, whole or not."""
    for copied in set(folder().glob("[0-9]*")) - set(kept):
        copied.unlink()


def _step(plan: Plan, day: date, backend: BaseBackend, visit: Visit) -> Outcome:
    revision = plan.todo.get(day)
    if revision is None:
        return Outcome(day, NONE)
    if other := plan.repeated.get(day):
        return _refused(Outcome(day, REPEATED, revision, reason=f"{FILE} is the file of {other}"))
    try:
        return _counted(plan.asked, revision, backend, visit)
    except Unfit as unfit:
        return _refused(Outcome(day, REFUSED, revision, reason=str(unfit)))


def _counted(asked: Asked, revision: Revision, backend: BaseBackend, visit: Visit) -> Outcome:
    """Count a day, and keep it unless something about it is odd.

    Raises:
        Unfit: it cannot be counted.
    """
    day, known = revision.day, days.counted()
    last = max((other for other in known if other < day), default=None)
    if not revision.file:
        raise Unfit(f"there is no {FILE} in revision {revision.commit[:8]}")
    read = copy(visit, asked.dataset, revision, part(day))
    before = _again(asked, known[last], visit) if last else None
    counts = _count(backend, day, before)
    now = days.totals_of(counts, day)
    why = f"no changes: {last} cannot be read again" if last and not before else ""
    outcome = Outcome(day, COUNTED, revision, now.models, read, before, why)
    if last and day not in asked.accepted and (odd := days.odd(now, days.totals(last), day, last)):
        return _refused(replace(outcome, outcome=REFUSED, previous=None, reason=odd))
    days.add({day: outcome}, counts)
    _clear([part(day)])
    return outcome


def _again(asked: Asked, before: Revision | None, visit: Visit) -> date | None:
    """Have a copy of a day counted before; return the day, or None if it cannot be had again."""
    if before is None:
        return None
    try:
        copy(visit, asked.dataset, before, part(before.day))
    except Unfit:
        return None
    return before.day


def _count(backend: BaseBackend, day: date, before: date | None) -> pd.DataFrame:
    files = {other: part(other) for other in (before, day) if other}
    try:
        return engine.count(engine.parts(backend, files), {day: before})
    except Refusal as refusal:
        raise Unfit(str(refusal)) from None


def _refused(outcome: Outcome) -> Outcome:
    days.add({outcome.day: outcome})
    part(outcome.day).unlink(missing_ok=True)
    return outcome


def summary(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the summary: a line for each day, then all of them together."""
    if not outcomes:
        return []
    counts = Counter(outcome.outcome for outcome in outcomes)
    every = ", ".join(f"{n:,} {what}" for what, n in sorted(counts.items()))
    models, read = (sum(getattr(o, of) for o in outcomes) for of in ("models", "bytes"))
    seconds = sum(outcome.seconds for outcome in outcomes)
    rows = [_row(outcome) for outcome in sorted(outcomes, key=lambda outcome: outcome.day)]
    total = ("", "", f"{models:,}", size(read), f"{seconds:.1f}", every)
    return _table([HEAD, *rows, total])


def _row(outcome: Outcome) -> tuple[str, ...]:
    counts = (f"{outcome.models:,}", size(outcome.bytes)) if outcome.models else ("", "")
    return (str(outcome.day), outcome.outcome, *counts, f"{outcome.seconds:.1f}", outcome.reason)


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    *widths, _ = [max(map(len, column)) for column in zip(*rows, strict=True)]
    sides = [str.ljust] * _WORDS + [str.rjust] * (len(widths) - _WORDS)
    lines = [
        [*(side(cell, w) for side, cell, w in zip(sides, row, widths, strict=False)), row[-1]]
        for row in rows
    ]
    return ["  ".join(line).rstrip() for line in lines]


def trouble(outcomes: Sequence[Outcome]) -> str:
    """Return in a sentence which days were refused; nothing if none was."""
    refused = [str(outcome.day) for outcome in outcomes if outcome.outcome == REFUSED]
    if not refused:
        return ""
    named = ", ".join(refused[:_NAMED]) + (" …" if len(refused) > _NAMED else "")
    return (
        f"{len(refused)} of {len(outcomes)} days were refused ({named}): see why; "
        "--accept DAY counts a day however odd its numbers are."
    )
