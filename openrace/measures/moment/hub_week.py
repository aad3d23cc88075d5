"""The whole Hub around 27 January 2025: downloads, new models and new derivatives, by country.

A count of the last 30 days overlaps with that of the next day: its daily change is the day's
downloads less those of thirty days before, so a step in downloads shows over a month and not on a
day, and counts of different days are never added. What is new on a day does not overlap; it is
divided by the days since the day counted before. A day without a count is a gap.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import pandas as pd

from openrace.measures.moment import breaks
from openrace.measures.moment.attention import EVENT, R1, V3
from openrace.measures.moment.releases import SURE
from openrace.measures.rankings.census import COUNTERS, FLOWS, by_bloc
from openrace.numbers import Number

#: The days studied.
FIRST, LAST = pd.Timestamp("2024-12-01"), pd.Timestamp("2025-03-31")

#: What is drawn: a counter, and whose a model is in it.
PANELS = (
    ("downloads", "publisher"),
    ("downloads", "lineage"),
    ("new_models", "publisher"),
    ("new_derivatives", "lineage"),
)

#: The break test of the chapter, with its lengths in days: weeks stay whole.
MARGIN = BLOCK = 7

DATED, UNDATED = "one date is identified", "no date is identified"
TOO_FEW = "the days are too few to look for one"

_Window = tuple[pd.Timestamp, pd.Timestamp]
_Dated = TypeVar("_Dated", pd.Series, pd.DataFrame)
_DAY, _MONTH, _SOON = pd.Timedelta(days=1), pd.Timedelta(days=29), pd.Timedelta(days=7)
_BEFORE: _Window = (R1 - _MONTH - _DAY, R1 - _DAY)
_AFTER: _Window = (EVENT, EVENT + _MONTH)
#: What else could count as before: two weeks, the days before V3, and all days.
_BASES: tuple[_Window, ...] = (
    _BEFORE,
    (R1 - pd.Timedelta(days=14), R1 - _DAY),
    (FIRST, V3 - _DAY),
    (FIRST, R1 - _DAY),
)
_TABLES = ("hub_census", "hub_census_days", "countries")


class _Flow(NamedTuple):
    """Something new that is counted by day: whose it is, and what it is called."""

    counter: str
    attribution: str
    blocs: tuple[str, ...]
    called: str


_EVERY = ("China", "United States", "Europe", "Other", "Unknown")
FLOW = {
    "cn_new_derivatives": _Flow(
        "new_derivatives", "lineage", ("China",), "New derivatives of Chinese weights"
    ),
    "us_new_derivatives": _Flow(
        "new_derivatives", "lineage", ("United States",), "New derivatives of US weights"
    ),
    "cn_new_models": _Flow(
        "new_models", "publisher", ("China",), "New models of Chinese publishers"
    ),
    "new_models": _Flow("new_models", "publisher", _EVERY, "New models of the whole Hub"),
}

#: The series that are asked for a break, and where their numbers' ids begin.
TESTED = {"cn_new_derivatives": "", "new_models": "new_models."}


def study(
    hub_census: pd.DataFrame, hub_census_days: pd.DataFrame, countries: pd.DataFrame
) -> pd.DataFrame:
    """Return what is drawn of the days from December 2024 to March 2025.

    Args:
        hub_census: table of that name.
        hub_census_days: table of that name.
        countries: table of that name.

    Returns:
        date, measure, attribution, bloc, value (30-day downloads, or new ones a day), days (that
        new ones come from), run (days in a row have one number; a gap begins the next).
    """
    whole = _whole(hub_census, hub_census_days, countries)
    parts = [_panel(whole, counter, attribution) for counter, attribution in PANELS]
    return pd.concat(parts, ignore_index=True)


def _whole(
    hub_census: pd.DataFrame, hub_census_days: pd.DataFrame, countries: pd.DataFrame
) -> pd.DataFrame:
    whole = by_bloc(hub_census, hub_census_days, countries)
    return whole[whole["day"].between(FIRST, LAST)].rename(columns={"day": "date"})


def _panel(whole: pd.DataFrame, counter: str, attribution: str) -> pd.DataFrame:
    rows = whole[whole["attribution"] == attribution].sort_values(["bloc", "date"])
    run = (rows.groupby("bloc")["date"].diff() != _DAY).cumsum()
    per_day = counter in FLOWS
    value = rows[counter] / rows["days"] if per_day else rows[counter]
    called = COUNTERS[counter] + (" a day" if per_day else "")
    rows = rows.assign(measure=called, value=value, run=run)
    return rows[["date", "measure", "attribution", "bloc", "value", "days", "run"]]


def numbers(
    hub_census: pd.DataFrame, hub_census_days: pd.DataFrame, countries: pd.DataFrame
) -> list[Number]:
    """Return what was new before and after, shares of downloads, breaks, and what is not known.

    Args:
        hub_census: table of that name.
        hub_census_days: table of that name.
        countries: table of that name.
    """
    whole = _whole(hub_census, hub_census_days, countries)
    flows = {id: _daily(whole, flow) for id, flow in FLOW.items()}
    told = [
        *_days(whole),
        *(n for id, daily in flows.items() for n in _levels(id, FLOW[id].called, daily)),
        *_downloads(whole),
        *_unknown(whole),
        *(n for id, at in TESTED.items() for n in _break(at, FLOW[id].called, flows[id])),
    ]
    return [n if n.value is None else n.ended(LAST) for n in told]


def _number(id: str, value: object, unit: str, words: str, *bounds: object) -> Number:
    return Number.of(f"moment.hub_week.{id}", value, unit, words, _TABLES, *bounds)


def _days(whole: pd.DataFrame) -> list[Number]:
    """Return on how many of the days the Hub was counted, and since when without forgetting."""
    days = whole["date"].nunique()
    every = (LAST - FIRST).days + 1
    span = "of the days from 1 December 2024 to 31 March 2025"
    counter = whole.loc[whole["all_time"].notna(), "date"].min()
    return [
        _number("days_counted", days or None, "days", f"Days counted {span}."),
        _number("days_missing", every - days if days else None, "days", f"Days missing {span}."),
        _number("first", whole["date"].min(), "date", f"First day counted {span}."),
        _number("last", whole["date"].max(), "date", f"Last day counted {span}."),
        _number("all_time_from", counter, "date", f"First {span} with an all-time counter."),
    ]


def _daily(whole: pd.DataFrame, flow: _Flow) -> pd.DataFrame:
    """Return new (since the day counted before) and days (that they come from) by day."""
    rows = whole[(whole["attribution"] == flow.attribution) & whole["bloc"].isin(flow.blocs)]
    named = {"new": (flow.counter, "sum"), "days": ("days", "first")}
    return rows.groupby("date").agg(**named)


def _within(rows: _Dated, window: _Window) -> _Dated:
    return rows[(rows.index >= window[0]) & (rows.index <= window[1])]


def _rate(daily: pd.DataFrame, window: _Window) -> float | None:
    """Return the mean of what was new a day; None unless half of the window's days are counted."""
    found, days = _within(daily, window), (window[1] - window[0]).days + 1
    covered = found["days"].sum()
    return float(found["new"].sum() / covered) if 2 * covered >= days else None


def _levels(id: str, called: str, daily: pd.DataFrame) -> list[Number]:
    """Return what was new a day before R1 and after the event, and the one over the other."""
    before, after = _rate(daily, _BEFORE), _rate(daily, _AFTER)
    bases = [_rate(daily, base) for base in _BASES]
    tried = [after / base for base in bases if base and after is not None]
    multiple = after / before if before and after is not None else None
    bounds = (min(tried), max(tried)) if multiple is not None else ()
    return [
        _number(f"{id}.before", before, "rate", f"{called} a day, 30 days before 20 January 2025."),
        _number(f"{id}.after", after, "rate", f"{called} a day, 30 days from 27 January 2025."),
        _number(
            f"{id}.multiple",
            multiple,
            "times",
            f"{called}: a day of the 30 from 27 January 2025 over one of the 30 before 20 January; "
            "range over two weeks, the days before V3 and all days since 1 December 2024.",
            *bounds,
        ),
    ]


def _downloads(whole: pd.DataFrame) -> list[Number]:
    """Return the Chinese share of 30-day downloads just before R1 and a month after the event."""
    said = "in the 30-day downloads of the whole Hub, on the {}."
    before = "last day counted of the seven before 20 January 2025"
    after = "first day counted whose 30 days begin on 27 January 2025 or in the week from then"
    found = []
    for attribution, variant in (("lineage", ""), ("publisher", ".publisher")):
        rows = whole[whole["attribution"] == attribution]
        held = rows.groupby("date")["downloads"].sum()
        share = rows[rows["bloc"] == "China"].set_index("date")["downloads"] / held
        earlier = _within(share, (R1 - _SOON, R1 - _DAY))
        later = _within(share, (_AFTER[1], _AFTER[1] + _SOON - _DAY))
        for end, when, value in (("before", before, earlier[-1:]), ("after", after, later[:1])):
            words = f"Chinese share by {attribution} {said.format(when)}"
            id = f"cn_downloads_share.{end}{variant}"
            found.append(_number(id, value.sum(min_count=1), "share", words))
    return found


def _unknown(whole: pd.DataFrame) -> list[Number]:
    """Return how much of each counter is of unknown origin."""
    asked = (
        ("unknown_share", "new_derivatives", "lineage"),
        ("unknown_share.new_models", "new_models", "publisher"),
        ("unknown_share.downloads", "downloads", "lineage"),
    )
    found = []
    for id, counter, attribution in asked:
        rows = whole[whole["attribution"] == attribution]
        if counter not in FLOWS:
            rows = rows[rows["date"] == rows["date"].max()]
        total = rows[counter].sum()
        unknown = rows.loc[rows["bloc"] == "Unknown", counter].sum()
        when = "all days counted" if counter in FLOWS else "the last day counted"
        words = f"Share of unknown origin by {attribution} in the {COUNTERS[counter]} of the whole "
        words += f"Hub, {when} to 31 March 2025."
        found.append(_number(id, unknown / total if total else None, "share", words))
    return found


class Dated(NamedTuple):
    """A break by the calendar.

    Attributes:
        day: first day of the new level.
        low: lower end of its 95 % interval; of days not counted, the first that could be it.
        high: upper end of it.
        p: share of series without a break that break as clearly.
        change: the new level over the old one.
    """

    day: pd.Timestamp
    low: pd.Timestamp
    high: pd.Timestamp
    p: float
    change: float


def dated(daily: pd.DataFrame, model: str) -> Dated | None:
    """Find the one break in what is new a day; days without a count are left out.

    Args:
        daily: new and days by day, oldest first.
        model: `step` or `trend`.
    """
    found = breaks.find(daily["new"] / daily["days"], model, MARGIN, BLOCK)
    if found is None:
        return None
    day, low, high = (daily.index[at] for at in (found.at, found.low, found.high))
    low -= pd.Timedelta(days=int(daily["days"][low]) - 1)
    return Dated(day, low, high, found.p, found.change)


def _break(at: str, called: str, daily: pd.DataFrame) -> list[Number]:
    """Return the break of one series, with and without a trend, and whether it has a date."""
    found = {model: dated(daily, model) for model in breaks.MODELS}
    told = []
    for model, variant, allowing in (("step", "", ""), ("trend", ".trend", " on a straight trend")):
        one, id = found[model], f"{at}break_date{variant}"
        said = f"of the one break in: {called.lower()} a day, as a step in the level{allowing}."
        bounds = (one.low, one.high) if one else ()
        told += [
            _number(id, one and one.day, "date", f"Day {said}", *bounds),
            _number(f"{id}.p", one and one.p, "p", f"P-value {said}"),
            _number(f"{id}.multiple", one and one.change, "times", f"New level over old {said}"),
        ]
    rule = "One date is identified when p is below 0.05 with and without a trend, and the 95 % "
    rule += f"intervals share a day: {called.lower()} a day."
    verdict = _verdict(list(found.values())) if len(daily) else None
    return [*told, _number(f"{at}break_date.verdict", verdict, "text", rule)]


def _verdict(found: list[Dated | None]) -> str:
    seen = [one for one in found if one]
    if not seen:
        return TOO_FEW
    sure = len(seen) == len(found) and all(one.p < SURE for one in seen)
    shared = max(one.low for one in seen) <= min(one.high for one in seen)
    return DATED if sure and shared else UNDATED
