"""Whether closed models became cheaper after open-weight releases, tested against placebo dates.

A cut counts when the same model becomes cheaper at its maker's own API. Price lists show many
changes that are none: names pass to successors, lists mend themselves. So every change that the
lists show is detected here and read by hand (table `price_readings`), and the cuts with their
makers' days stand in `price_cuts`.

The test asks how many days with cuts had an open-weight release in the days before, and how many
would have had one by chance. Makers' days are counted, not models: what one maker cuts on one day
is one decision. Chance is exact under two placebos: each cut on any day alike, and the whole
calendar of cuts shifted by any number of days against the calendar of releases, which keeps cuts
as bunched as they were.
"""

from __future__ import annotations

from itertools import product
from math import comb
from typing import NamedTuple

import numpy as np
import pandas as pd

from openrace import capability
from openrace.corrections import corrected
from openrace.measures.costs.history import SAME, storefronts
from openrace.prices import blended

#: Days after a release in which a cut counts as following it, in the numbers that never change.
WINDOW = 30
#: The conventional bar of a test.
SURE = 0.05
#: A seller of one maker's models under another's roof.
FOREIGN = ("google-vertex-anthropic",)

LISTS = ("tokencost", "models.dev", "litellm")
#: The hand-made list alone, and with what the Capabilities Index has besides.
CALENDARS = ("list", "list and index")
SIDES = ("China", "all")
SPANS = ("lists", "cuts")

_PRICE = ["input", "output"]
_KEY = ["date", "source", "provider", "model"]
_CHANGE = [*_KEY, "before_input", "before_output", "after_input", "after_output"]
_NEAR = pd.Timedelta(days=7)


class Span(NamedTuple):
    """The days that the test looks at, both ends included."""

    start: pd.Timestamp
    end: pd.Timestamp

    @property
    def days(self) -> pd.DatetimeIndex:
        """Each day."""
        return pd.date_range(self.start, self.end, freq="D")


def detected(
    list_prices: pd.DataFrame,
    maker_prices: pd.DataFrame,
    price_hosts: pd.DataFrame,
    corrections: pd.DataFrame,
) -> pd.DataFrame:
    """Return every change of more than two per cent of a name's price at its maker's own API.

    Args:
        list_prices: table of that name; read with its corrections, one shop per maker.
        maker_prices: table of that name.
        price_hosts: table of that name.
        corrections: table of that name.

    Returns:
        date (of the list's row), source, provider, model (as listed), before_input,
        before_output, after_input, after_output (US$ per million tokens); by the first four.
    """
    shops = storefronts(corrected(list_prices, corrections, "list_prices"))
    makers = price_hosts.loc[price_hosts["lab"].notna(), "provider"]
    own = shops["provider"].isin(makers) & ~shops["provider"].isin(FOREIGN)
    parts = [shops[own & shops["source"].isin(LISTS)], maker_prices]
    rows = pd.concat([part[[*_KEY, *_PRICE]] for part in parts], ignore_index=True)
    rows = rows.dropna(subset=_PRICE).sort_values(["source", "provider", "model", "date"])
    before = rows.groupby(_KEY[1:])[_PRICE].shift()
    moved = (rows[_PRICE] / before - 1).abs() > SAME
    rows = rows.assign(before_input=before["input"], before_output=before["output"])
    found = rows[moved.any(axis=1)].rename(columns={k: f"after_{k}" for k in _PRICE})
    return found.sort_values(_KEY, ignore_index=True)[_CHANGE]


def readings(detected: pd.DataFrame, price_readings: pd.DataFrame) -> pd.DataFrame:
    """Return the detected changes with what each was; one that nobody has read is unclear.

    Returns:
        The columns of `detected`, with verdict, event, reason and note of `price_readings`; an
        unread change has no reason and stands for the model of its name.
    """
    table = detected.merge(price_readings, on=_KEY, how="left")
    unread = table["verdict"].isna()
    return table.assign(
        verdict=table["verdict"].mask(unread, "unclear"),
        event=table["event"].mask(unread, table["model"]),
    )


def unread(readings: pd.DataFrame) -> pd.Series:
    """Tell of each change whether no person has read it yet; see `readings`."""
    return (readings["verdict"] == "unclear") & readings["reason"].isna()


def changes(
    price_cuts: pd.DataFrame, readings: pd.DataFrame, countries: pd.DataFrame
) -> pd.DataFrame:
    """Return the price changes of closed models, with how large each is and which lists show it.

    Args:
        price_cuts: table of that name.
        readings: see `readings`.
        countries: table of that name.

    Returns:
        The columns of `price_cuts`, and bloc, size (share by which the price rose, three input
        tokens to one output, input alone where only that is known; negative for cuts; missing
        without a price before), change (cut or rise), lists (how many show the change); by date.
    """
    table = price_cuts.merge(countries[["country", "bloc"]], how="left")
    before, after = (
        blended(table[f"{when}_input"], table[f"{when}_output"]).fillna(table[f"{when}_input"])
        for when in ("before", "after")
    )
    size = after / before - 1
    told = readings[readings["verdict"].isin(["cut", "rise"])]
    lists = told.groupby("event")["source"].nunique()
    table = table.assign(
        size=size,
        change=np.where(size > 0, "rise", "cut"),  # what became free has no size, and is a cut
        lists=table["model"].map(lists).fillna(0).astype(int),
    )
    return table.sort_values(["date", "model"], ignore_index=True)


def releases(
    open_weight_releases: pd.DataFrame,
    capability_index: pd.DataFrame,
    corrections: pd.DataFrame,
    countries: pd.DataFrame,
) -> pd.DataFrame:
    """Return open-weight releases of the hand-made list, and those that only the index has.

    A model of the index is a release of its own unless the list has one of the same lab within a
    week. Of a release known to the month the last day counts.

    Args:
        open_weight_releases: table of that name.
        capability_index: table of that name; its latest copy is read.
        corrections: table of that name.
        countries: table of that name.

    Returns:
        date, model, lab, bloc, list (“list” or “index”); by date.
    """
    listed = corrected(open_weight_releases, corrections, "open_weight_releases")
    listed = listed[listed["access"] == "open"].merge(countries[["country", "bloc"]], how="left")
    listed = listed.assign(date=listed["until"], list="list")
    index = capability.models(capability_index, corrections, countries)
    index = index[(index["access"] == "open") & index["released"].notna()]
    index = index.rename(columns={"released": "date"}).assign(list="index")
    days = {lab: rows["date"] for lab, rows in listed.groupby("lab")}
    known = [
        lab in days and bool(((days[lab] - day).abs() <= _NEAR).any())
        for lab, day in zip(index["lab"], index["date"], strict=True)
    ]
    new = index[~np.array(known, dtype=bool)].drop_duplicates(["lab", "date"])
    kept = ["date", "model", "lab", "bloc", "list"]
    parts = [part[kept] for part in (listed, new) if len(part)] or [listed[kept]]
    return pd.concat(parts).sort_values(["date", "model"], ignore_index=True)


def watched(list_prices: pd.DataFrame, maker_prices: pd.DataFrame) -> Span | None:
    """Return from when to when a price list with days of commits watched makers' prices."""
    tables = [t.loc[t["date_kind"] == "commit", "date"] for t in (list_prices, maker_prices)]
    days = pd.concat(tables)
    return Span(days.min(), days.max()) if len(days) else None


def covered(releases: pd.DataFrame, span: Span, window: int = WINDOW) -> pd.Series:
    """Return for each day of a span whether a release came on it or in the `window` days before."""
    days, reach = span.days, pd.Timedelta(days=window)
    near = np.zeros(len(days), dtype=bool)
    for day in releases["date"].unique():
        near |= (days >= day) & (days <= day + reach)
    return pd.Series(near, days)


def decisions(changes: pd.DataFrame, span: Span) -> list[pd.Timestamp]:
    """Return the days of cuts for buyers abroad within a span, each maker's day once."""
    cuts = changes[(changes["change"] == "cut") & (changes["market"] == "abroad")]
    within = cuts["date"].between(span.start, span.end)
    return cuts[within].drop_duplicates(["lab", "date"])["date"].tolist()


def chance(near: pd.Series, n: int) -> list[float]:
    """Return how probable each number of hits is, 0 to n, if cuts fell on any day alike."""
    return odds(float(near.mean()), n)


def odds(share: float, n: int) -> list[float]:
    """Return the binomial probabilities of 0 to n hits when each has the chance `share`."""
    return [comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)]


def shifted(near: pd.Series, days: list[pd.Timestamp]) -> list[float]:
    """Return how often each number of hits comes about over all circular shifts of the cuts."""
    at = near.index.get_indexer(pd.DatetimeIndex(days))
    moves = (at[None, :] + np.arange(len(near))[:, None]) % len(near)
    hits = near.to_numpy()[moves].sum(axis=1)
    counts = np.bincount(hits, minlength=len(days) + 1)
    return [float(count) / len(near) for count in counts]


def tail(probabilities: list[float], hits: int) -> float:
    """Return the probability of at least so many hits."""
    return min(1.0, sum(probabilities[hits:]))


def needed(near: pd.Series, n: int) -> int:
    """Return the fewest hits with a p-value below 0.05; n + 1 when not even n would do."""
    odds_of = chance(near, n)
    return next((k for k in range(n + 1) if tail(odds_of, k) < SURE), n + 1)


def choices(
    changes: pd.DataFrame, releases: pd.DataFrame, span: Span | None, window: int = WINDOW
) -> pd.DataFrame:
    """Return the test under every choice of calendar, side and span.

    Args:
        changes: see `changes`.
        releases: see `releases`.
        span: see `watched`; the span “cuts” goes on to the last cut known.
        window: days after a release in which a cut counts.

    Returns:
        calendar, side, span, cuts (makers' days with cuts), hits, covered (share of days),
        uniform and circular (p-values), needed (see `needed`); the first row is the main choice.
        No rows without a cut.
    """
    rows = []
    for calendar, side, reach in product(CALENDARS[::-1], SIDES, SPANS):
        used = _used(releases, calendar, side)
        looked = None if span is None else _reach(changes, span, reach)
        days = decisions(changes, looked) if looked else []
        if not looked or not days or used.empty:
            continue
        near = covered(used, looked, window)
        hits, n = int(near[days].sum()), len(days)
        values = (n, hits, float(near.mean()), tail(chance(near, n), hits))
        other = (tail(shifted(near, days), hits), needed(near, n))
        rows.append((calendar, side, reach, *values, *other))
    names = ["calendar", "side", "span", "cuts", "hits", "covered", "uniform", "circular", "needed"]
    return pd.DataFrame(rows, columns=names)


def _used(releases: pd.DataFrame, calendar: str, side: str) -> pd.DataFrame:
    of_list = (releases["list"] == "list") | (calendar == CALENDARS[1])
    return releases[of_list & ((releases["bloc"] == "China") | (side == "all"))]


def _reach(changes: pd.DataFrame, span: Span, reach: str) -> Span:
    last = changes.loc[(changes["change"] == "cut") & (changes["market"] == "abroad"), "date"].max()
    return Span(span.start, last) if reach == "cuts" and last > span.end else span
