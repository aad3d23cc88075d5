"""Why numbers moved from one edition to the next: what became of the tables they rest on.

Tables only grow, so what was known on an earlier edition's day can be looked at again in the
tables of today and held against the sha256 that the edition recorded. Where a number's tables
are as they were, its code or the parameters were changed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import pandas as pd

from openrace import package
from openrace.changes import NumberChange
from openrace.changes.tables import rows
from openrace.editions import ids
from openrace.editions.known import known, sha256
from openrace.editions.record import Edition

CORRECTIONS = "corrections"
_VERDICTS = "claims.verdicts."  # numbers that count verdicts, which rest on all other numbers


class Cause(StrEnum):
    """Why a number moved, the weightiest first."""

    DEFINITION = "definition changed"
    CORRECTION = "our correction"
    REVISION = "source revised"
    NEW = "new data"


#: What is said of each cause where readers meet it.
MEANINGS = {
    Cause.NEW: "rows came that nobody had before",
    Cause.REVISION: "a source now says something else of a day it had spoken of",
    Cause.CORRECTION: "we mended what a source has wrong, or a list of our own",
    Cause.DEFINITION: "what is computed differs, in words or in code",
}


def keep_corrections(edition: Edition) -> None:
    """Keep beside an edition's record what it reads instead of what its sources say."""
    if CORRECTIONS in package.names():
        shutil.copyfile(package.path(CORRECTIONS), _corrections(edition))


def of_tables(before: Edition, after: Edition) -> dict[str, set[Cause]]:
    """Return what became of each table of the later edition, from the tables of today.

    Raises:
        Refusal: a record is not there, or a table is broken.
    """
    was, now = (edition.lines("tables") for edition in (before, after))
    found: dict[str, set[Cause]] = {name: {Cause.CORRECTION} for name in _mended(before, after)}
    for name in now:
        # each correction speaks for the table it mends, and not for all that could be mended
        if name != CORRECTIONS and now[name]["sha256"] != was.get(name, {}).get("sha256"):
            found.setdefault(name, set()).update(_changed(name, before, after, was.get(name, {})))
    return found


def of_numbers(
    moved: Sequence[NumberChange],
    tables: Mapping[str, set[Cause]],
    wordings: Mapping[str, set[str]],
) -> dict[str, list[Cause]]:
    """Return why each number moved that both editions tell.

    Args:
        moved: the lines of each in both records.
        tables: what became of the tables.
        wordings: by id, the meanings that `ids` lists as one.
    """
    found = {n.id: {c for t in n.after["tables"].split() for c in tables.get(t, ())} for n in moved}
    everything = set().union(*found.values())
    for n in moved:
        if n.id.startswith(_VERDICTS):
            found[n.id] |= everything
        if not found[n.id] or _redefined(n, wordings.get(n.id, set())):
            found[n.id].add(Cause.DEFINITION)
    return {id: [cause for cause in Cause if cause in causes] for id, causes in found.items()}


def _redefined(n: NumberChange, wordings: set[str]) -> bool:
    said = {ids.number_meaning(line) for line in (n.before, n.after)}
    return n.before["tables"] != n.after["tables"] or not (len(said) == 1 or said <= wordings)


def _changed(name: str, before: Edition, after: Edition, was: Mapping[str, str]) -> Iterator[Cause]:
    """Yield why a table is not what the earlier edition recorded of it."""
    if not was:
        yield Cause.NEW
        return
    refresh = package.describe(name).get("refresh")
    then, now = (known(name, edition.as_of) for edition in (before, after))
    if sha256(then) == was["sha256"]:
        yield from _came(then, now, refresh or {}, package.observed().get(name))
    elif sha256(then.head(int(was["rows"]))) == was["sha256"]:  # rows of before came later
        yield Cause.NEW
    else:  # only a person changes what no source feeds
        yield Cause.REVISION if refresh else Cause.CORRECTION


def _came(
    then: pd.DataFrame, now: pd.DataFrame, refresh: Mapping[str, Any], observed: str | None
) -> Iterator[Cause]:
    """Yield what came with later days: rows of new keys, or, by a revision, of known ones."""
    if refresh.get("grows") != "revisions":
        yield Cause.NEW
        return
    then, now = (t.drop(columns=[observed]).astype("str") for t in (then, now))
    added, _, altered, _ = rows(then, now, refresh["key"])
    yield from [Cause.REVISION] * bool(len(altered)) + [Cause.NEW] * bool(len(added))


def _mended(before: Edition, after: Edition) -> set[str]:
    """Return the tables that one edition mends otherwise than the other."""
    was, now = (_rows(_corrections(edition)) for edition in (before, after))
    return {row["table"] for row in map(dict, was ^ now)}


def _rows(path: Path) -> set[frozenset[tuple[str, str]]]:
    if not path.exists():
        return set()
    table = pd.read_csv(path, dtype="str", keep_default_na=False)
    return {frozenset(row.items()) for row in table.to_dict("records")}


def _corrections(edition: Edition) -> Path:
    return edition.folder / f"{CORRECTIONS}.csv"
