"""What moved from one edition to the next, and why, from what git records of both."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any

from openrace import changes
from openrace.changes import Flip, NumberChange
from openrace.editions import ids
from openrace.editions.record import Edition, published
from openrace.errors import Refusal

_TEXTS = ("date", "month", "text")  # units of values that are no quantities
_APART = "; "
_MOVED = "moved.csv"
_READ: dict[tuple[Path, str, str], dict[str, dict[str, str]]] = {}


@dataclass(frozen=True)
class Earlier:
    """What an edition said of a thing: its line in the record of its kind."""

    edition: Edition
    said: dict[str, str]


def earlier(kind: str, id: str, editions: Iterable[Edition]) -> list[Earlier]:
    """Return what editions said of a thing, the newest first; those without it are left out.

    Args:
        kind: one of KINDS of `record`.
        id: the thing's id.
        editions: the editions, the oldest first, as `published` returns them.

    Raises:
        Refusal: a record is not there.
    """
    said = [(edition, _lines(edition, kind).get(id)) for edition in editions]
    return [Earlier(edition, line) for edition, line in reversed(said) if line]


def _lines(edition: Edition, kind: str) -> dict[str, dict[str, str]]:
    """Read a record once, however many things are asked for."""
    key = (edition.folder, edition.digest, kind)
    if key not in _READ:
        _READ[key] = edition.lines(kind)
    return _READ[key]


class Kind(StrEnum):
    """What differs in a figure, as far as the sha256 of its files tell, the weightiest first."""

    NEW = changes.Kind.NEW
    GONE = changes.Kind.GONE
    DATA = "is drawn from other data"
    WORDS = "has another title, over the same data"
    REST = "has the same data and title, but is dated, worded or drawn otherwise"
    DRIFT = changes.Kind.DRIFT


@dataclass(frozen=True)
class FigureMove:
    """A figure that differs, with its titles; empty where an edition has it not."""

    id: str
    kind: Kind
    before: str
    after: str


@dataclass(frozen=True)
class Moves:
    """What moved from an edition to the next.

    Attributes:
        numbers: those that moved, came or went; their lines in both records.
        causes: why, by the id of each number that moved; none where nobody recorded why.
        flips: the verdicts that differ, and those that came or went.
        figures: the figures that differ, the weightiest first.
    """

    before: Edition
    after: Edition
    numbers: Sequence[NumberChange]
    causes: Mapping[str, Sequence[str]]
    flips: Sequence[Flip]
    figures: Sequence[FigureMove]

    @property
    def moved(self) -> list[NumberChange]:
        """The numbers that both editions tell."""
        return [n for n in self.numbers if n.moved]

    @property
    def flipped(self) -> list[Flip]:
        """The verdicts that both editions give."""
        return [f for f in self.flips if f.before and f.after]


def between(before: Edition, after: Edition) -> Moves:
    """Return what moved from an edition to a later one.

    Raises:
        Refusal: a record is not there.
    """
    claims = [edition.lines("claims") for edition in (before, after)]
    figures = [edition.lines("figures") for edition in (before, after)]
    return Moves(
        before,
        after,
        [*_numbers(before, after)],
        _causes(before, after),
        [*changes.flips(*claims)],
        sorted(_figures(*figures), key=lambda move: [*Kind].index(move.kind)),
    )


def successive(editions: Sequence[Edition]) -> list[Moves]:
    """Return what moved to each edition from the one before it, the newest first."""
    return [between(*pair) for pair in pairwise(editions)][::-1]


def _numbers(before: Edition, after: Edition) -> Iterator[NumberChange]:
    sides = [
        {id: dict(line) | _valued(line) for id, line in edition.lines("numbers").items()}
        for edition in (before, after)
    ]
    yield from changes.numbers(*sides)


def _valued(line: Mapping[str, str]) -> dict[str, Any]:
    """Read value and bounds by the number's unit, as `numbers.json` has them."""
    text = line["unit"] in _TEXTS
    parts = ("value", "low", "high")
    return {p: (line[p] if text else float(line[p])) if line[p] else None for p in parts}


def _figures(
    before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]
) -> Iterator[FigureMove]:
    for id in dict.fromkeys([*after, *before]):
        was, now = before.get(id, {}), after.get(id, {})
        if kind := _kind(was, now):
            yield FigureMove(id, kind, was.get("title", ""), now.get("title", ""))


def _kind(was: Mapping[str, str], now: Mapping[str, str]) -> Kind | None:
    if not was or not now:
        return Kind.NEW if now else Kind.GONE
    parts = {"csv": Kind.DATA, "title": Kind.WORDS, "spec": Kind.REST, "svg": Kind.DRIFT}
    return next((kind for part, kind in parts.items() if was[part] != now[part]), None)


def record(edition: Edition) -> None:
    """Record why numbers moved to an edition from the one before it.

    To be told once what is in the edition is recorded, while the tables it was made from are at
    hand.

    Raises:
        Refusal: a record is not there, or a table is broken.
    """
    from openrace.editions import causes  # pandas takes a second that others need not pay

    causes.keep_corrections(edition)
    for before in published(before=edition.name)[-1:]:
        tables = causes.of_tables(before, edition)
        means = {entry.id: entry.wordings for entry in ids.read() if entry.kind == "number"}
        moved = [n for n in _numbers(before, edition) if n.moved]
        _write(edition, before, causes.of_numbers(moved, tables, means))


def _write(after: Edition, before: Edition, causes: Mapping[str, Sequence[str]]) -> None:
    with (after.folder / _MOVED).open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["id", "since", "causes"])
        rows.writerows([id, before.name, _APART.join(found)] for id, found in causes.items())


def _causes(before: Edition, after: Edition) -> dict[str, list[str]]:
    """Read the recorded causes; those of a move from another edition do not count."""
    path = after.folder / _MOVED
    if not path.exists():
        return {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            found = [r for r in csv.DictReader(file) if r["since"] == before.name]
            return {r["id"]: r["causes"].split(_APART) for r in found}
    except (OSError, ValueError, LookupError) as error:
        raise Refusal(f"{path} cannot be read ({error}): restore it from git.") from None
