"""How fresh the tables of live sources are: last day, last visit, what is due, what went wrong."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from openrace import package
from openrace.errors import Refusal

LOG, GOOD = "refreshes", "good"


@dataclass(frozen=True)
class Visited:
    """One visit to a source, as the log of refreshes has it; `why` is text of others."""

    day: date
    source: str
    outcome: str
    why: str = ""


@dataclass(frozen=True)
class Freshness:
    """How fresh a table is.

    Attributes:
        last: its last day of observation.
        asked: the last good visit to the source of it that was asked longest ago; None while one
            of them was never asked.
        due: the day on which it is to be asked again; None when nothing was ever observed.
        overdue: the same day, once it is past.
        trouble: for each of its sources, a failed or held visit after the last good one.
    """

    last: date | None
    asked: date | None
    due: date | None
    overdue: date | None
    trouble: tuple[Visited, ...] = ()


def today(environment: Mapping[str, str] = os.environ) -> date:
    """Return the day in UTC, or that of SOURCE_DATE_EPOCH, which makes builds reproducible.

    Raises:
        Refusal: SOURCE_DATE_EPOCH is no number of seconds.
    """
    seconds = environment.get("SOURCE_DATE_EPOCH")
    if not seconds:
        return datetime.now(UTC).date()
    try:
        return datetime.fromtimestamp(int(seconds), UTC).date()
    except (ValueError, OverflowError, OSError):
        raise Refusal(
            f"SOURCE_DATE_EPOCH is “{seconds}”, but must be whole seconds since 1970."
        ) from None


def of(
    refresh: Mapping[str, Any], days: Sequence[date], visits: Sequence[Visited], today: date
) -> Freshness:
    """Return how fresh a table is on a day; of several sources, the stalest decides.

    Args:
        refresh: the table's entry in the data package: `sources` and `every_days`.
        days: the table's days of observation.
        visits: visits to any source, oldest first.
        today: the day.
    """
    last = {s: [v for v in visits if v.source == s][-1:] for s in refresh["sources"]}
    good = _good(refresh, visits)
    due = _first(_due(source, refresh, days, visits) for source in good)
    return Freshness(
        last=max(days, default=None),
        asked=min(map(max, good.values())) if all(good.values()) else None,
        due=due,
        overdue=due if due and due < today else None,
        trouble=tuple(v for visit in last.values() for v in visit if v.outcome != GOOD),
    )


def _good(refresh: Mapping[str, Any], visits: Iterable[Visited]) -> dict[str, set[date]]:
    good: dict[str, set[date]] = {source: set() for source in refresh["sources"]}
    for visit in visits:
        if visit.source in good and visit.outcome == GOOD:
            good[visit.source].add(visit.day)
    return good


def _due(
    source: str, refresh: Mapping[str, Any], days: Iterable[date], visits: Iterable[Visited]
) -> date | None:
    """Return when one source of a table is due; a day that only another brought is not its own."""
    good = _good(refresh, visits)
    others = set().union(*(good[s] for s in good if s != source))
    known = max(good[source] | (set(days) - others), default=None)
    return known + timedelta(days=refresh["every_days"]) if known else None


def _first(days: Iterable[date | None]) -> date | None:
    return min((day for day in days if day), default=None)


@dataclass(frozen=True)
class Live:
    """One live source: the tables it feeds, their last day, its last visit, and when it is due."""

    source: str
    tables: tuple[str, ...]
    last: date | None
    visit: Visited | None
    due: date | None
    overdue: date | None


@dataclass(frozen=True)
class Standing:
    """How fresh everything is: `tables` by name, who each comes from, and the live sources."""

    tables: Mapping[str, Freshness]
    upstream: Mapping[str, str]
    sources: tuple[Live, ...]


def standing(today: date) -> Standing:
    """Return how fresh the tables of live sources are on a day.

    Raises:
        Refusal: a table or the log of refreshes breaks a rule of its description.
    """
    from openrace import store  # pandas takes a second that an unchanged build need not pay

    fed = {r["name"]: r for r in package.read()["resources"] if "refresh" in r}
    refresh = {name: described["refresh"] for name, described in fed.items()}
    days, seen = {name: store.days(name) for name in fed}, visits()
    names = dict.fromkeys(source for entry in refresh.values() for source in entry["sources"])
    return Standing(
        {name: of(refresh[name], days[name], seen, today) for name in fed},
        {name: described["sources"][0]["title"] for name, described in fed.items()},
        tuple(_live(source, refresh, days, seen, today) for source in names),
    )


def _live(
    source: str,
    refresh: Mapping[str, Mapping[str, Any]],
    days: Mapping[str, Sequence[date]],
    visits: Sequence[Visited],
    today: date,
) -> Live:
    tables = tuple(name for name, entry in refresh.items() if source in entry["sources"])
    due = _first(_due(source, refresh[t], days[t], visits) for t in tables)
    return Live(
        source,
        tables,
        last=max((day for t in tables for day in days[t]), default=None),
        visit=next((v for v in reversed(visits) if v.source == source), None),
        due=due,
        overdue=due if due and due < today else None,
    )


def visits() -> list[Visited]:
    """Return the log of refreshes, oldest first; a book without one was never refreshed.

    Raises:
        Refusal: the log breaks a rule of its description.
    """
    from openrace import store

    if LOG not in package.names():
        return []
    log = store.load(LOG).sort_values("date", kind="stable")
    told = zip(
        log["date"].dt.date, log["source"], log["outcome"], log["why"].fillna(""), strict=True
    )
    return [Visited(*visit) for visit in told]
