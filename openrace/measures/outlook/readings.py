"""Every reading of every indicator, by the measures of the chapters that they come from."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from openrace.capability import models
from openrace.labs import Registry
from openrace.measures.adoption import restrictions
from openrace.measures.incentives.openness import wilson
from openrace.measures.moment.race import bounded, lag_draws, last_common_day, race, records
from openrace.measures.rankings.definitions import Tables
from openrace.measures.rankings.trending import complete_months, listed
from openrace.measures.rankings.uncertainty import slot_intervals

#: What stands beside two things of the board: the same list by who uploads, and Chinese models.
BY_PUBLISHER, CHINESE = "ecosystem_publisher", "procurement_chinese"

COLUMNS = ("thing", "date", "value", "low", "high")

_USE = "adoption.restrictions.private_use"
_YEAR, _STEP = pd.DateOffset(years=1), pd.DateOffset(months=6)
_BACK = pd.DateOffset(years=2)  # how far the monthly readings of the trending list go
_NOISE = 1.0  # index points, as in the chapter that measures the lag


def readings(tables: Tables, registry: Registry) -> pd.DataFrame:
    """Return every reading of every indicator, oldest first.

    Args:
        tables: gives a table of `data/` for its name: a dict, or a chapter.
        registry: who is known.

    Returns:
        thing (those of the board, `ecosystem_publisher` and `procurement_chinese` beside them),
        date (the last day that the reading speaks of), value, low, high (in the thing's unit),
        cut (whether the thing has readings older than two years, which are not made).
    """
    surveys, trending = tables["enterprise_surveys"], tables["trending_daily"]
    recent = trending["date"] >= (trending["date"].max() - _BACK).replace(day=1)
    places = listed(trending[recent], registry)
    scored = models(tables["capability_index"], tables["corrections"], tables["countries"])
    rows = [
        *_asked(surveys, "open", "procurement"),
        *_asked(surveys, "chinese open", CHINESE),
        *_acts(tables["restrictions"]),
        *_slots(places, "lineage", "ecosystem"),
        *_slots(places, "publisher", BY_PUBLISHER),
        *_lags(scored),
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    numeric = dict.fromkeys(COLUMNS[2:], "float64")
    table = table.astype(numeric).assign(date=pd.to_datetime(table["date"]))
    cut = table["thing"].isin(["ecosystem", BY_PUBLISHER]) & (not recent.all())
    return table.assign(cut=cut).sort_values(["thing", "date"], ignore_index=True)


_Row = tuple[str, pd.Timestamp, float, float, float]


def _asked(surveys: pd.DataFrame, measure: str, thing: str) -> Iterable[_Row]:
    for row in surveys[surveys["measure"] == measure].itertuples():
        n = int(row.respondents)
        yield thing, row.until, row.share, *wilson(row.share * n, n)


def _acts(acts: pd.DataFrame) -> Iterable[_Row]:
    """Count what the list held at the end of each month, from its first to its last."""
    if acts.empty:
        return
    end = acts["until"].max() + pd.offsets.MonthEnd(0)
    for day in pd.date_range(acts["until"].min(), end, freq="ME"):
        told = {n.id: n.value for n in restrictions.numbers(acts[acts["until"] <= day])}
        own, work = (int(told[f"{_USE}{v}"] or 0) for v in ("", ".government_work"))
        yield "regulation", min(day, acts["until"].max()), own, own, own + work


def _slots(places: pd.DataFrame, attribution: str, thing: str) -> Iterable[_Row]:
    """Read each complete month as if it were the last one."""
    places = places[places["attribution"] == attribution]
    days = places["date"].drop_duplicates().sort_values()
    for month in complete_months(places["date"]):
        end = month + pd.offsets.MonthEnd()
        until = days[days >= end].min()  # a month is over once a later day is seen
        found = slot_intervals(places[places["date"].between(month, until)])
        row = found[found["bloc"] == "China"].iloc[0]
        yield thing, end, row["slots"], row["low"], row["high"]


def _lags(scored: pd.DataFrame) -> Iterable[_Row]:
    """Return the median lag of each year's records, half a year apart.

    A year counts when fewer than half of its lags begin on the first day of closed US models in
    the index, before which nothing is known: the median is then known all the same.
    """
    run = race(scored, _NOISE)
    last, held = last_common_day(run), records(run.cn)
    drawn, first = lag_draws(run)
    if drawn.shape[1] == 0 or pd.isna(last):
        return
    released = run.us["released"].reindex(first[0])
    early = ((released == run.us["released"].min()).to_numpy()) & (drawn[0] > 0)
    for end in _ends(held["released"].min(), last):
        inside = ((held["released"] > end - _YEAR) & (held["released"] <= end)).to_numpy()
        if inside.any() and early[inside].mean() < 0.5:
            value, low, high = bounded(np.median(drawn[:, inside], axis=1))
            if value is not None and low is not None and high is not None:
                yield "quality", end, value, np.floor(low), np.ceil(high)


def _ends(first: pd.Timestamp, last: pd.Timestamp) -> list[pd.Timestamp]:
    ends = [last]
    while ends[-1] - _STEP > first:
        ends.append(last - len(ends) * _STEP)
    return ends
