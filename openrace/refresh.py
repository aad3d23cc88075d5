"""The refresh: ask each source, check what comes, append it, and say how it went.

Sources fail alone: what one brings is promoted whole or not at all, and the others go on. An
answer with an anomaly is held, raw, until a person accepts it by its id; what is accepted is that
answer, read again from where it is kept, and not a new one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from time import perf_counter

import httpx2
import pandas as pd

from openrace import anomalies, append, held, package, store, transaction
from openrace.append import Additions
from openrace.errors import Refusal
from openrace.freshness import GOOD, LOG
from openrace.sources import asking
from openrace.sources.live import SOURCES
from openrace.sources.raw import Raw, Replay, last
from openrace.sources.source import Found, Source, Table, Visit

FAILED, HELD, SKIPPED = "failed", "held", "skipped"
Told = Callable[[str, str], None]


@dataclass(frozen=True)
class Plan:
    """What a refresh is to do.

    Attributes:
        day: the day of observation, UTC.
        until: the last day asked about; not later than `day`.
        dry: whether to say only what would change.
        offline: whether to read the answers kept last instead of asking.
        told: told of progress: the source, and what was just read.
    """

    day: date
    until: date
    dry: bool
    offline: bool
    told: Told


@dataclass(frozen=True)
class Outcome:
    """How a visit to one source went.

    Attributes:
        source: who was asked.
        outcome: good, failed, held, or skipped.
        why: the reason, unless it is good.
        asked: entries that the source gave; `rejected` of them could not be used.
        tables: rows appended, by table; `new` of them had no earlier, `changed` differ from one.
        notes: sentences on what was seen.
        answers: the digest of the raw answers.
        id: what `--accept` takes, if it is held.
        seconds: how long it took.
    """

    source: Source
    outcome: str
    why: str = ""
    asked: int = 0
    new: int = 0
    changed: int = 0
    rejected: int = 0
    tables: dict[str, int] = field(default_factory=dict)
    notes: Sequence[str] = ()
    answers: str | None = None
    id: str = ""
    seconds: float = 0.0


def _silent(source: str, what: str) -> None:
    """Tell nobody."""


def today() -> date:
    """Return the day in UTC.

    Raises:
        Refusal: the tables hold a later day, so the clock is wrong.
    """
    now = datetime.now(UTC).date()
    later = max((d for t in package.observed() for d in store.days(t)[-1:]), default=now)
    if later > now:
        raise Refusal(f"The clock says {now}, but the tables reach to {later}: set the clock.")
    return now


def plan(as_of: str = "", dry: bool = False, offline: bool = False, told: Told = _silent) -> Plan:
    """Make a plan for today, or for what was known by an earlier day.

    Raises:
        Refusal: the day is none, or lies in the future.
    """
    day = today()
    try:
        until = date.fromisoformat(as_of) if as_of else day
    except ValueError:
        raise Refusal(f"--as-of is “{as_of}”, but must be a date like 2026-04-30.") from None
    if until > day:
        raise Refusal(f"--as-of is {until}, but today is {day} in UTC: the future is unknown.")
    return Plan(day, until, dry, offline, told)


def chosen(only: str) -> list[Source]:
    """Return the sources that are named, or whose group is, separated by commas; all for "".

    Raises:
        Refusal: a name is not known; the sentence lists those that are.
    """
    asked = [name.strip() for name in only.split(",") if name.strip()]
    known = {name for s in SOURCES for name in (s.name, s.group) if name}
    for name in asked:
        if name not in known:
            raise Refusal(f"There is no source “{name}”; there are {', '.join(sorted(known))}.")
    return [s for s in SOURCES if not asked or {s.name, s.group} & set(asked)]


def run(sources: Iterable[Source], plan: Plan) -> Iterator[Outcome]:
    """Visit sources one after the other, and yield how each visit went.

    Raises:
        Refusal: another refresh is at work, or the data folder cannot be written.
    """
    with transaction.alone():
        transaction.settle()
        for source in sources:
            yield _timed(source, partial(_visit, source, plan), plan)


def accept(id: str, plan: Plan) -> Outcome:
    """Promote a held answer.

    Raises:
        Refusal: no answer is held by this id, or the data folder cannot be written.
    """
    waiting = held.waiting(id)
    source = next(s for s in SOURCES if s.name == waiting.source)
    with transaction.alone():
        transaction.settle()
        again = partial(_again, source, plan, waiting.visit, accepted=True)
        outcome = _timed(source, again, plan)
    if outcome.outcome == GOOD and not plan.dry:
        held.release(id)
    return outcome


def _timed(source: Source, visit: Callable[[], Outcome], plan: Plan) -> Outcome:
    """Visit a source and log it; what goes wrong with its answer, or in its reader, stays there."""
    start = perf_counter()
    try:
        outcome = visit()
    except Refusal as refusal:
        outcome = Outcome(source, FAILED, " ".join(str(refusal).split()))
    except Exception as error:
        why = f"its answer could not be read ({type(error).__name__}: {error}); please report this."
        outcome = Outcome(source, FAILED, " ".join(why.split()))
    if not plan.dry and outcome.outcome in (FAILED, HELD):
        append.append(_log(outcome, plan.day))
    return replace(outcome, seconds=perf_counter() - start)


def _visit(source: Source, plan: Plan) -> Outcome:
    if why := _skipped(source, plan):
        return Outcome(source, SKIPPED, why)
    if plan.offline:
        kept = last(source.name)
        return _again(source, plan, kept) if kept else Outcome(source, SKIPPED, "nothing is kept")
    raw = Raw(source.name, until=plan.until)
    with asking.opened(source.deadline, source.pace, raw) as client:
        found = source.ask(_visiting(source, plan, client, store.load))
    kept = None if plan.dry else raw.save()
    return _promoted(source, plan, found, raw.digest, kept)


def _skipped(source: Source, plan: Plan) -> str:
    if source.key and not os.environ.get(source.key) and not plan.offline:
        return f"needs {source.key}, which is not set"
    if plan.until < plan.day and not source.has_past:
        return f"can only be asked about today, not {plan.until}"
    return ""


def _again(source: Source, plan: Plan, kept: Path, accepted: bool = False) -> Outcome:
    """Read a kept visit once more, as of its own day, with the tables as they were before it."""
    replay = Replay(kept)
    plan = replace(plan, day=replay.at.date(), until=replay.until)

    def before(name: str) -> pd.DataFrame:
        return store.load(name, plan.day - timedelta(days=1))

    with asking.replayed(replay) as client:
        found = source.ask(_visiting(source, plan, client, before))
    return _promoted(source, plan, found, replay.digest, kept, accepted)


def _visiting(source: Source, plan: Plan, client: httpx2.Client, table: Table) -> Visit:
    def told(what: str) -> None:
        plan.told(source.name, what)

    key = os.environ.get(source.key, "") if source.key else ""
    return Visit(source.at(), client, plan.day, plan.until, table, key, told)


def _promoted(
    source: Source,
    plan: Plan,
    found: Found,
    answers: str,
    kept: Path | None,
    accepted: bool = False,
) -> Outcome:
    """Append what an answer adds, or hold it when something is odd about it."""
    added = {t: append.additions(t, rows) for t, rows in found.rows.items()}
    outcome = _counted(source, found, added, answers)
    odd = () if accepted else _odd(added)
    if odd:
        id = held.hold(source.name, answers, kept, odd).id if kept else ""
        return replace(outcome, outcome=HELD, why=" ".join(odd), id=id, tables={})
    if not plan.dry:
        append.append({t: a.rows for t, a in added.items()} | _log(outcome, plan.day))
    return outcome


def _counted(source: Source, found: Found, added: Mapping[str, Additions], answers: str) -> Outcome:
    later = sum(a.later for a in added.values())
    notes = [f"{later:,} rows differ from today’s first reading, which stands."] if later else []
    return Outcome(
        source,
        GOOD,
        asked=found.asked,
        new=sum(a.new for a in added.values()),
        changed=sum(a.changed for a in added.values()),
        rejected=found.rejected,
        tables={t: len(a.rows) for t, a in added.items() if len(a.rows)},
        notes=[*found.notes, *notes],
        answers=answers,
    )


def _odd(added: Mapping[str, Additions]) -> list[str]:
    labs = store.load("labs")
    return [s for t, a in added.items() for s in anomalies.found(t, store.load(t), a.rows, labs)]


def _log(outcome: Outcome, day: date) -> dict[str, pd.DataFrame]:
    """Return the row to log; none when the day's log says as much already."""
    log = store.load(LOG)
    today = log[(log["date"] == pd.Timestamp(day)) & (log["source"] == outcome.source.name)]
    told = today[today["outcome"] == outcome.outcome]
    if len(told) and not outcome.tables:
        return {}
    counts = {c: getattr(outcome, c) for c in ("asked", "new", "changed", "rejected")}
    row = {"date": pd.Timestamp(day), "source": outcome.source.name, "outcome": outcome.outcome}
    row |= counts | {"answers": outcome.answers, "why": outcome.why or None}
    return {LOG: pd.DataFrame([row])[list(log)]}
