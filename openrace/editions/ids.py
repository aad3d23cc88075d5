"""Published ids: an id never changes its meaning, and is never used again once it is retired.

`published/ids.csv` lists every figure, number and claim ever published, with the meaning of its
id as a short sha256. An id whose meaning would change is retired instead, with a note, and gets
a page that says so.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from openrace.editions.record import place
from openrace.errors import Refusal

#: From kind and id to the meaning of the id.
Meanings = Mapping[tuple[str, str], str]
KINDS = ("figure", "number", "claim")
_ID = re.compile(r"\w[\w.-]*", re.ASCII)
_COMPUTED = re.compile(r"\d[\d.,:]*|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b")


@dataclass(frozen=True)
class Id:
    """One published id.

    Attributes:
        kind: `figure`, `number` or `claim`.
        since: the data date (ISO) of the book that first published it.
        meaning: the short sha256 of what it means. Other words may mean the same: then that of
            the other words comes behind, after a space, and `note` says so.
        retired: the day (ISO) on which it was retired; empty while it is in the book.
        replaced_by: the id of the same kind that came in its place, if one did.
        note: why it was retired, or why other words mean the same.
    """

    kind: str
    id: str
    since: str
    meaning: str
    retired: str = ""
    replaced_by: str = ""
    note: str = ""

    @property
    def wordings(self) -> set[str]:
        """What it means, in every wording."""
        return set(self.meaning.split())


def path() -> Path:
    """Return where the ids are listed."""
    return place() / "ids.csv"


def read() -> list[Id]:
    """Return the published ids; none where nothing was published.

    Raises:
        Refusal: the list cannot be read.
    """
    if not path().exists():
        return []
    try:
        with path().open(encoding="utf-8", newline="") as file:
            return [Id(**row) for row in csv.DictReader(file, restval="")]
    except (OSError, ValueError, TypeError) as error:
        raise Refusal(f"{path()} cannot be read ({error}): restore it from git.") from None


def write(listed: Iterable[Id], to: Path | None = None) -> None:
    """Write the list of published ids to its place, or some of them elsewhere."""
    target = to or path()
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, [field.name for field in fields(Id)], lineterminator="\n")
        rows.writeheader()
        rows.writerows(map(asdict, listed))


def record(since: str, site: Path) -> None:
    """Add the ids of a built book that are new to the list.

    Args:
        since: the data date (ISO) of the book.
        site: its site.

    Raises:
        Refusal: an id of the book is retired, or meant something else.
    """
    listed, now = read(), meanings(site)
    if said := [*wrong(listed), *changed(listed, now)]:
        raise Refusal(" ".join(said))
    known = {(entry.kind, entry.id) for entry in listed}
    write([*listed, *(Id(*key, since, now[key]) for key in now if key not in known)])


def meanings(site: Path) -> dict[tuple[str, str], str]:
    """Return what each figure, number and claim of a built book means."""
    figures, numbers, claims = (
        _json(site / f"{name}.json") for name in ("figures", "numbers", "claims")
    )
    return {
        **{("figure", id): _figure(site / r["files"]["csv"]) for id, r in figures.items()},
        **{("number", id): number_meaning(r) for id, r in numbers.items()},
        **{("claim", r["id"]): _short(r["claim"]) for r in claims or []},
    }


def number_meaning(number: Mapping[str, Any]) -> str:
    """Return what a number means: its unit and its definition, but for what is computed in it.

    Definitions tell counts and days, which move with the data.
    """
    return _short(number["unit"], _COMPUTED.sub("#", number["definition"]))


def _figure(table: Path) -> str:
    """Return what a figure means: the columns it draws; its words and rows move with the data."""
    with table.open(encoding="utf-8", newline="") as file:
        return _short(*next(csv.reader(file)))


def _short(*words: str) -> str:
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:12]


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def broken(listed: Iterable[Id], now: Meanings) -> list[str]:
    """Return how a book breaks the promise of the published ids, each with what to do."""
    listed = list(listed)
    gone = [
        f"The {e.kind} “{e.id}” was published and is not in the book: restore it, or retire it in "
        "published/ids.csv with day and note, and with its successor if it has one."
        for e in listed
        if not e.retired and (e.kind, e.id) not in now
    ]
    return [*wrong(listed), *changed(listed, now), *gone]


def changed(listed: Iterable[Id], now: Meanings) -> list[str]:
    """Return which ids of a book are retired or mean something else, each with what to do."""
    held = [(entry, now[entry.kind, entry.id]) for entry in listed if (entry.kind, entry.id) in now]
    return [said for entry, meaning in held if (said := _changed(entry, meaning))]


def _changed(entry: Id, meaning: str) -> str:
    named = f"The {entry.kind} “{entry.id}”"
    if entry.retired:
        return f"{named} was retired on {entry.retired} and may not come back: give it another id."
    if meaning not in entry.wordings:
        return (
            f"{named} meant something else when it was published: restore its definition, give it "
            "another id and retire this one in published/ids.csv, or, if only the words changed, "
            f"put “ {meaning}” behind its meaning there, with a note."
        )
    return ""


def wrong(listed: Iterable[Id]) -> list[str]:
    """Return what is wrong with the list itself."""
    listed = list(listed)
    keys = Counter((entry.kind, entry.id) for entry in listed)
    twice = [key for key, times in keys.items() if times > 1]
    return [
        *(f"The {kind} “{id}” is listed twice in published/ids.csv." for kind, id in twice),
        *(said for entry in listed for said in _wrong(entry, set(keys))),
    ]


def _wrong(entry: Id, keys: set[tuple[str, str]]) -> Iterator[str]:
    named = f"The {entry.kind} “{entry.id}” of published/ids.csv"
    if entry.kind not in KINDS:
        yield f"{named} is of no kind; there are {', '.join(KINDS)}."
    if not _ID.fullmatch(entry.id):
        yield f"{named} holds signs that no id has."
    if not all(map(_day, (entry.since, entry.retired or entry.since))):
        yield f"{named} has a day that is none."
    if (entry.retired or " " in entry.meaning) and not entry.note:
        yield f"{named} is retired or put in other words, but no note says why."
    if entry.replaced_by and not (entry.retired and (entry.kind, entry.replaced_by) in keys):
        yield f"{named} names a successor that is not listed, or is not retired."


def _day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False
