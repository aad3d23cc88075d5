"""The days of the census: what its tables hold of them, what would be odd, and how one is added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd

from openrace import append, store, transaction
from openrace.census.revisions import Revision

COUNTS, DAYS = "hub_census", "hub_census_days"
COUNTED, REFUSED, REPEATED, NONE = "counted", "refused", "repeated", "no revision"
#: Least share of the models of the day before.
_LEAST = 0.9
#: Most growth or shrinking of the 30-day downloads from a day to the next.
_TIMES = 2
#: Seconds to wait for a refresh that is at work on the tables.
_WAIT = 600.0
_WRITTEN = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Outcome:
    """How it went with a day.

    Attributes:
        day: the day, UTC.
        outcome: counted, refused, repeated (the file is that of another day: recorded as
            refused), or no revision (a gap: not recorded).
        revision: what stands for the day; none in a gap, or of a table of one's own.
        models: models in the table; 0 if they were not counted.
        bytes: read over the network.
        previous: the day to which changes are, if there is one.
        reason: why it was refused; of a counted day, why it has no changes.
        seconds: how long it took.
    """

    day: date
    outcome: str
    revision: Revision | None = None
    models: int = 0
    bytes: int = 0
    previous: date | None = None
    reason: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Totals:
    """Of the whole Hub on a day: models, 30-day and all-time downloads; None where missing."""

    models: int
    downloads: int
    all_time: int | None


def outcomes() -> dict[date, str]:
    """Return what became of each day known; counted where it was refused before."""
    known = store.load(DAYS).sort_values("outcome", ascending=False)
    return dict(zip(known["day"].dt.date, known["outcome"], strict=True))


def counted() -> dict[date, Revision | None]:
    """Return the days counted, in their order, each with its revision if it has one."""
    known = store.load(DAYS).sort_values("day")
    rows = known[known["outcome"] == COUNTED].to_dict("records")
    return {row["day"].date(): _revision(row) for row in rows}


def _revision(row: Mapping[str, Any]) -> Revision | None:
    if pd.isna(row["revision"]):
        return None
    at = datetime.strptime(row["committed"], _WRITTEN).replace(tzinfo=UTC)
    return Revision(row["day"].date(), row["revision"], at, row["file"], 0)


def files() -> dict[str, date]:
    """Return the first day of each file known, by the file's hash."""
    known = store.load(DAYS).dropna(subset="file").sort_values("day")
    first = known.drop_duplicates("file")
    return dict(zip(first["file"], first["day"].dt.date, strict=True))


def totals(day: date) -> Totals:
    """Return what the table of counts says of the whole Hub on a day counted."""
    return totals_of(store.load(COUNTS), day)


def totals_of(counts: pd.DataFrame, day: date) -> Totals:
    """Return what counts say of the whole Hub on a day, from their coarsest rows."""
    rows = counts[(counts["attribution"] == "publisher") & (counts["lab"] == "all")]
    rows = rows[pd.to_datetime(rows["day"]) == pd.Timestamp(day)]
    sums = rows[["models", "downloads", "all_time"]].sum(min_count=1)
    all_time = None if pd.isna(sums["all_time"]) else int(sums["all_time"])
    return Totals(int(rows["models"].sum()), int(rows["downloads"].sum()), all_time)


def odd(now: Totals, before: Totals, day: date, since: date) -> str:
    """Return what cannot be true of a day after another; empty if nothing is.

    Downloads may grow or shrink by the factor of a day for each of the days between.
    """
    most = float(_TIMES) ** (day - since).days
    if now.models < _LEAST * before.models:
        few = f"{now.models:,} models are fewer than {_LEAST:.0%} of the {before.models:,}"
        return f"{few} of {since}"
    if not before.downloads / most <= now.downloads <= before.downloads * most:
        return f"its 30-day downloads are {now.downloads:,}, after {before.downloads:,} on {since}"
    if now.all_time is not None and before.all_time is not None and now.all_time < before.all_time:
        fell = f"fell from {before.all_time:,} to {now.all_time:,}"
        return f"its all-time downloads {fell} since {since}"
    return ""


def add(added: Mapping[date, Outcome], counts: pd.DataFrame | None = None) -> None:
    """Append days with their counts, all or nothing; a day refused again is known as such.

    Raises:
        Refusal: a row breaks a rule of its table, or the tables cannot be written.
    """
    known = store.load(DAYS)
    refused = set(known.loc[known["outcome"] == REFUSED, "day"].dt.date)
    fresh = [o for day, o in added.items() if o.outcome == COUNTED or day not in refused]
    if not fresh:
        return
    rows = pd.DataFrame([_row(outcome) for outcome in fresh], dtype=object)
    more = {} if counts is None else {COUNTS: counts}
    with transaction.alone(_WAIT):
        append.append({**more, DAYS: rows})


def _row(outcome: Outcome) -> dict[str, Any]:
    revision, is_counted = outcome.revision, outcome.outcome == COUNTED
    return {
        "day": outcome.day,
        "outcome": COUNTED if is_counted else REFUSED,
        "revision": revision and revision.commit,
        "committed": revision and f"{revision.committed:{_WRITTEN}}",
        "file": (revision and revision.file) or None,
        "models": outcome.models,
        "bytes": outcome.bytes,
        "previous": outcome.previous,
        "reason": None if is_counted else _plain(outcome.reason),
    }


def _plain(text: str) -> str:
    """Return text of others as the table takes it."""
    printable = "".join(c if c.isprintable() else "\ufffd" for c in text)
    return printable.replace("<", "(").replace(">", ")")[:300]
