"""What a census is asked, and what it will do, said before anything is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

import numpy as np

from openrace import store
from openrace.census import days, part
from openrace.census.reading import Unfit, bytes_of, weigh
from openrace.census.revisions import DATASET, Revision, revisions
from openrace.errors import Refusal
from openrace.refresh import today
from openrace.sources import asking
from openrace.sources.hub import SOURCE
from openrace.sources.source import Visit

#: Seconds for all that is asked about one day, waiting included.
DEADLINE = 3600.0


@dataclass(frozen=True)
class Asked:
    """What a census is asked.

    Attributes:
        days: those wanted, in their order.
        accepted: those that are counted however odd they are.
        dataset: on the Hub, `owner/name`.
        engine: address of an Ibis backend; DuckDB if empty.
        table: of the engine, instead of the data set; if empty the data set is read.
    """

    days: Sequence[date]
    accepted: Collection[date] = frozenset()
    dataset: str = DATASET
    engine: str = ""
    table: str = ""


@dataclass(frozen=True)
class Plan:
    """What will be done.

    Attributes:
        asked: what was asked.
        todo: by day, the revision to be counted; none stands for a table of one's own.
        gaps: days without a revision.
        repeated: days whose file is that of another day, and that day.
        bytes: about how many are to be read.
    """

    asked: Asked
    todo: Mapping[date, Revision | None]
    gaps: Sequence[date] = ()
    repeated: Mapping[date, date] = field(default_factory=dict)
    bytes: float = 0.0

    @property
    def steps(self) -> list[date]:
        """The days of which something will be said."""
        return sorted([*self.todo, *self.gaps])

    def lines(self) -> list[str]:
        """Say it, in a sentence or two."""
        every, counts = self.asked.days, self._counts()
        parts = ", ".join(f"{n:,} {what}" for what, n in counts.items() if n)
        said = [f"{len(every):,} days from {every[0]} to {every[-1]}: {parts}."]
        if self.bytes:
            host = urlsplit(SOURCE.at()).hostname
            said.append(
                f"About {size(self.bytes)} will be read from {self.asked.dataset} at {host} "
                "into _build/census, which is emptied at the end."
            )
        return said

    def _counts(self) -> dict[str, int]:
        return {
            "to count": len(self.todo) - len(self.repeated),
            "with the file of another day": len(self.repeated),
            "without a revision": len(self.gaps),
            "done before": len(self.asked.days) - len(self.steps),
        }


def size(read: float) -> str:
    """Return bytes for a person."""
    return f"{read / 1e9:,.1f} GB" if read >= 1e8 else f"{read / 1e6:,.1f} MB"


def asked(first: str, last: str, every: str, accepted: Collection[str] = (), **more: str) -> Asked:
    """Read what a census is asked.

    Args:
        first: the first day.
        last: the last day.
        every: whole days between them, as `1d`.
        accepted: days to be counted however odd they are.
        more: dataset, engine and table, see `Asked`.

    Raises:
        Refusal: a day is none or in the future, the first is after the last, `every` is no number
            of days, a day accepted is not wanted, or there is no such data set or table.
    """
    begin, end, step = _day(first, "--from"), _day(last, "--to"), _step(every)
    if begin > end:
        raise Refusal(f"--from is {begin}, which is after --to, {end}.")
    if end > (now := today()):
        raise Refusal(f"--to is {end}, but today is {now} in UTC: the future is unknown.")
    days = [begin + timedelta(n) for n in range(0, (end - begin).days + 1, step)]
    taken = frozenset(_day(day, "--accept") for day in accepted)
    if beyond := sorted(taken - set(days)):
        raise Refusal(f"--accept is {beyond[0]}, which is not among the days asked for.")
    chosen = Asked(days, taken, **{name: text for name, text in more.items() if text})
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", chosen.dataset):
        raise Refusal(f"--dataset is “{chosen.dataset}”, but must be like {DATASET}.")
    if chosen.table and not chosen.engine:
        raise Refusal("--table names a table of an engine: name that too, with --engine.")
    return chosen


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal(f"{option} is “{text}”, but must be a date like 2025-01-31.") from None


def _step(text: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,3}d", text):
        raise Refusal(f"--every is “{text}”, but must be whole days, like 1d or 7d.")
    return int(text[:-1])


def left(asked: Asked) -> list[date]:
    """Return the days still to be done: those not counted, and of those refused the accepted."""
    known = days.outcomes()
    again = {day for day in asked.accepted if known.get(day) == days.REFUSED}
    return [day for day in asked.days if day not in known or day in again]


@contextmanager
def visiting(told: Callable[[str], None]) -> Iterator[Visit]:
    """Yield a visit to the Hub, whose clock starts now."""
    now = datetime.now(UTC).date()
    with asking.opened(DEADLINE) as client:
        yield Visit(SOURCE.at(), client, now, now, store.load, told=told)


def plan(asked: Asked, told: Callable[[str], None]) -> Plan:
    """Find the revisions, and about how much must be read of them.

    Raises:
        Refusal: the Hub cannot be asked, or has no such data set.
    """
    todo = left(asked)
    if not todo:
        return Plan(asked, {})
    with visiting(told) as visit:
        found = revisions(visit, asked.dataset, todo)
        repeated = _repeated(found.values())
        read = _to_read([r for day, r in found.items() if day not in repeated and r.file])
        about = _bytes(visit, asked.dataset, read)
    gaps = [day for day in todo if day not in found]
    return Plan(asked, found, gaps, repeated, about)


def _repeated(found: Iterable[Revision]) -> dict[date, date]:
    """Return the days whose file is that of another day, and that day."""
    first, repeated = days.files(), {}
    for revision in found:
        if revision.file:
            other = first.setdefault(revision.file, revision.day)
            if other != revision.day:
                repeated[revision.day] = other
    return repeated


def _to_read(count: Sequence[Revision]) -> list[Revision]:
    """Return the revisions to be read: of those to be counted, and of those counted before them.

    Of one read again, what is known of the size is that of the one after it.
    """
    counted = days.counted()
    every = {**counted, **{revision.day: revision for revision in count}}
    read = []
    for revision in count:
        earlier = max((day for day in every if day < revision.day), default=None)
        before = counted.get(earlier) if earlier else None
        again = [replace(before, size=revision.size)] if before else []
        read += [r for r in (*again, revision) if bytes_of(part(r.day), r) is None]
    return read


def _bytes(visit: Visit, dataset: str, read: Sequence[Revision]) -> float:
    """Return about how many bytes are to be read, by the columns' share in the first and last."""
    shares = {}
    for revision in {r.size: r for r in (*read[:1], *read[-1:])}.values():
        with suppress(Unfit):  # it will be refused in its turn
            shares[revision.size] = weigh(visit, dataset, revision) / revision.size
    sizes = np.array([revision.size for revision in read])
    known = sorted(shares) or [1]
    share = np.interp(sizes, known, [shares.get(size, 1.0) for size in known])
    return float((sizes * share).sum())
