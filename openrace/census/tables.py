"""The census of a table of one's own, in an engine that holds the days side by side: no network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from time import perf_counter

import pandas as pd
from ibis.expr.types import Table

from openrace.census import days, engine
from openrace.census.columns import LAYOUT
from openrace.census.days import COUNTED, NONE, REFUSED, Outcome
from openrace.census.plan import Asked, Plan, left
from openrace.errors import Refusal


def census(asked: Asked, agree: Callable[[Plan], None]) -> Iterator[Outcome]:
    """Count the days of a table, in one call unless a day is refused; then on from the next.

    Raises:
        Refusal: there is no such table, it lacks a column, or a model is in it twice on a day.
    """
    models = _table(asked)
    there = {day.as_py() for day in models.select("day").distinct().to_pyarrow()["day"]}
    todo = left(asked)
    gaps = [day for day in todo if day not in there]
    planned = Plan(asked, {day: None for day in todo if day in there}, gaps)
    agree(planned)
    yield from (Outcome(day, NONE) for day in gaps)
    waiting = list(planned.todo)
    while waiting:
        done = _counted(asked, models, _previous(waiting, there))
        yield from done
        waiting = waiting[len(done) :]


def _table(asked: Asked) -> Table:
    try:
        models = engine.connect(asked.engine).table(asked.table)
        return models.select(*LAYOUT.names, day=models.day.cast("date"))
    except Exception as error:  # each engine has its own
        why = " ".join(str(error).split())[:200]
        raise Refusal(f"The engine has no table “{asked.table}” of models by day: {why}") from None


def _previous(waiting: Sequence[date], there: set[date]) -> dict[date, date | None]:
    """Return for each day the one counted before it; None if the table no longer has that."""
    known = sorted({*days.counted(), *waiting})
    before = dict(zip(known[1:], known, strict=False))
    return {day: before[day] if before.get(day) in there else None for day in waiting}


def _counted(asked: Asked, models: Table, wanted: Mapping[date, date | None]) -> list[Outcome]:
    """Count days, and keep those before the first that is odd, and that one as refused."""
    begun = perf_counter()
    needed = {*wanted, *filter(None, wanted.values())}
    counts = engine.count(models.filter(models.day.isin(sorted(needed))), wanted)
    seconds = (perf_counter() - begun) / len(wanted)
    now = {day: days.totals_of(counts, day) for day in wanted}
    done: list[Outcome] = []
    for day, before in wanted.items():
        done.append(Outcome(day, COUNTED, None, now[day].models, 0, before, "", seconds))
        odd = before and days.odd(now[day], now.get(before) or days.totals(before), day, before)
        if odd and day not in asked.accepted:
            done[-1] = replace(done[-1], outcome=REFUSED, previous=None, reason=odd)
            break
    _keep({outcome.day: outcome for outcome in done}, counts)
    return done


def _keep(done: Mapping[date, Outcome], counts: pd.DataFrame) -> None:
    kept = [day for day, outcome in done.items() if outcome.outcome == COUNTED]
    rows = counts[pd.to_datetime(counts["day"]).dt.date.isin(kept)]
    days.add(done, rows)
