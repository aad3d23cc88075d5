"""How far a month's slots and ranks could differ by chance of days.

Noise model: the days of a month are a stretch of a stationary series, dependent over about a
week (a model stays on the list for days). The moving-block bootstrap (Künsch 1989, Annals of
Statistics 17) redraws blocks of seven consecutive observed days; the last day is followed by the
first, so that every day is drawn as often as any other (Politis and Romano 1992, in LePage and
Billard, Exploring the Limits of Bootstrap). A month holds about four such blocks, so the
intervals are rough and rather too narrow; they say nothing of errors in attribution, nor of a
list that its operator defines.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from openrace.labs import UNKNOWN
from openrace.measures.rankings.trending import ATTRIBUTIONS, daily_slots, latest_month
from openrace.numbers import Number

BLOCK_DAYS = 7
DRAWS = 2000
SEED = 20260821
LEVEL = 0.95

_TABLES = ("trending_daily", "hub_uploads", "trending_top1000_daily", "labs", "families")

Floats = npt.NDArray[np.float64]


def block_means(daily: Floats, draws: int = DRAWS, seed: int = SEED) -> Floats:
    """Redraw the mean of daily rows in overlapping blocks of seven days, laid on a circle.

    Args:
        daily: one row per observed day, in order.
        draws: how many means to draw.
        seed: start of the random numbers; the same seed gives the same means.

    Returns:
        One row of means per draw.
    """
    days = len(daily)
    block = min(BLOCK_DAYS, days)
    shape = (draws, -(-days // block), 1)
    starts = np.random.default_rng(seed).integers(0, days, size=shape)
    drawn = (starts + np.arange(block)).reshape(draws, -1)[:, :days] % days
    times = np.zeros((draws, days))
    np.add.at(times, (np.arange(draws)[:, None], drawn), 1.0)
    return np.asarray(times @ daily / days)


def slot_intervals(listed: pd.DataFrame) -> pd.DataFrame:
    """Return each bloc's mean slots in the last complete month, with 95 % intervals.

    Args:
        listed: the places that count; see `trending.listed`.

    Returns:
        attribution, bloc, slots, low, high (percentiles of the redrawn means), days.
    """
    slots = daily_slots(latest_month(listed))
    parts = [
        _interval(daily).assign(attribution=attribution, days=len(daily))
        for attribution, daily in slots.groupby(level="attribution")
    ]
    columns = ["attribution", "bloc", "slots", "low", "high", "days"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _interval(daily: pd.DataFrame) -> pd.DataFrame:
    """Return each column's mean with the percentiles of its redrawn means."""
    low, high = _percentiles(block_means(daily.to_numpy(dtype=float)))
    slots = daily.mean().to_numpy()
    return pd.DataFrame({"bloc": daily.columns, "slots": slots, "low": low, "high": high})


def _percentiles(means: Floats) -> Floats:
    return np.asarray(np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0))


def lab_ranks(listed: pd.DataFrame, attribution: str = "lineage") -> pd.DataFrame:
    """Rank the labs by mean slots in the last complete month, with simultaneous confidence sets.

    After Mogstad, Romano, Shaikh and Wilhelm (2024, Review of Economic Studies 91): confidence
    intervals for all pairwise differences at once, by the bootstrap of the largest studentised
    deviation. A lab's best rank is one more than the labs surely ahead of it, its worst leaves
    room only for those surely behind. All sets hold together with 95 % confidence, as far as the
    module's noise model holds. Unknown origin is left out: it is not a lab.

    Returns:
        lab, country, bloc, slots, low, high (each lab's own 95 % interval), rank, rank_low,
        rank_high (rank_low is the best).
    """
    month = latest_month(listed)
    month = month[month["attribution"] == attribution]
    days = month["date"].unique()
    known = month[month["lab"] != UNKNOWN]
    daily = daily_slots(known, by="lab").droplevel("attribution").reindex(days, fill_value=0)
    seats = known[["lab", "country", "bloc"]].drop_duplicates("lab").set_index("lab")
    table = pd.DataFrame({"slots": daily.mean()}).rename_axis("lab").join(seats)
    bounds = _bounds(daily.to_numpy(dtype=float)) if len(days) else np.empty((0, 4))
    table[["low", "high", "rank_low", "rank_high"]] = bounds
    table["rank"] = table["slots"].rank(method="min", ascending=False)
    ranks = ["rank", "rank_low", "rank_high"]
    table = table.reset_index().astype(dict.fromkeys(ranks, "int64"))
    columns = ["lab", "country", "bloc", "slots", "low", "high", *ranks]
    return table[columns].sort_values(["rank", "lab"], ignore_index=True)


def _bounds(daily: Floats) -> Floats:
    """Return low, high, best and worst rank of each column."""
    slots, means = daily.mean(axis=0), block_means(daily)
    low, high = _percentiles(means)
    ahead = slots[:, None] - slots[None, :]
    deviations = (means[:, :, None] - means[:, None, :]) - ahead
    error = deviations.std(axis=0)
    studentised = np.divide(
        np.abs(deviations), error, out=np.zeros_like(deviations), where=error > 0
    )
    critical = np.quantile(studentised.max(axis=(1, 2)), LEVEL)
    surely = ahead > critical * error
    return np.column_stack([low, high, 1 + surely.sum(axis=0), len(slots) - surely.sum(axis=1)])


def numbers(listed: pd.DataFrame) -> list[Number]:
    """Return who leads the labs in the last complete month, and whose ranks are open.

    Args:
        listed: the places that count; see `trending.listed`.
    """
    return [number for attribution in ATTRIBUTIONS for number in _leaders(listed, attribution)]


def _leaders(listed: pd.DataFrame, attribution: str) -> list[Number]:
    """Return the first lab by one attribution, and how many could be first or second."""
    ranks = lab_ranks(listed, attribution)
    first = ranks.iloc[0] if len(ranks) else {}
    by = f"by {attribution}, in the last complete month"
    sure = "simultaneous confidence sets of ranks (95 %, moving-block bootstrap over days)."
    said = f"Mean slots a day of the first lab, {by}; the interval is its own (95 %)."
    asked: list[tuple[str, object, str, str]] = [
        ("labs", len(ranks) or None, "count", f"Number of labs with a slot, {by}."),
        ("first", first.get("lab"), "text", f"The lab with the most slots, {by}."),
        ("first.rank_high", first.get("rank_high"), "count", f"Its worst rank, {by}; {sure}"),
    ]
    for id, rank in (("could_lead", 1), ("could_be_second", 2)):
        could = f"Number of labs whose rank could be {rank}, {by}; {sure}"
        asked.append((id, _could_be(ranks, rank), "count", could))
    base, variant = "rankings.lab_ranks", "" if attribution == "lineage" else f".{attribution}"
    slots, low, high = (first.get(column) for column in ("slots", "low", "high"))
    return [
        *(Number.of(f"{base}.{id}{variant}", v, unit, is_, _TABLES) for id, v, unit, is_ in asked),
        Number.of(f"{base}.first.slots{variant}", slots, "slots", said, _TABLES, low, high),
    ]


def _could_be(ranks: pd.DataFrame, rank: int) -> int | None:
    return int(ranks["rank_low"].le(rank).mul(ranks["rank_high"].ge(rank)).sum()) or None
