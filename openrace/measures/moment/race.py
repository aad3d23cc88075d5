"""Two sides of one copy of the index: their best scores over time, and score noise drawn on them.

A side is the models of one home and access that one copy of the index holds. Noise is drawn for
every score on its own, from a normal distribution (a parametric bootstrap: Efron and Tibshirani
1993, An Introduction to the Bootstrap, chapter 6). The records and their days stay as published;
only scores move. Errors that all scores share, and models that nobody evaluated, stay outside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

OPEN_CN, CLOSED_US, OPEN_US = (
    ("China", "open"),
    ("United States", "closed"),
    ("United States", "open"),
)

DRAWS = 2000
SEED = 20250120
LEVEL = 0.95

Floats = npt.NDArray[np.float64]


def side(models: pd.DataFrame, bloc: str, access: str) -> pd.DataFrame:
    """Return the models of one side that have a day and a score, by day, the better one first."""
    rows = models[(models["bloc"] == bloc) & (models["access"] == access)]
    rows = rows.dropna(subset=["released", "score"])
    return rows.sort_values(["released", "score"], ascending=[True, False], ignore_index=True)


def records(side: pd.DataFrame) -> pd.DataFrame:
    """Return the models of a side that were better than all before them."""
    return side[side["score"] > side["score"].cummax().shift(fill_value=-np.inf)]


def frontiers(models: pd.DataFrame) -> pd.DataFrame:
    """Return the best score of three sides over time, one row per record.

    Args:
        models: the models of one copy; see `capability.models`.

    Returns:
        bloc, access, model, lab, score (index points), released, until (the next record's day;
        of the last record the day of the last model of its side that the copy holds: after it
        nothing is known of the side).
    """
    parts = []
    for bloc, access in (OPEN_CN, CLOSED_US, OPEN_US):
        rows = side(models, bloc, access)
        best = records(rows)
        parts.append(best.assign(until=best["released"].shift(-1).fillna(rows["released"].max())))
    columns = ["bloc", "access", "model", "lab", "score", "released", "until"]
    return pd.concat(parts, ignore_index=True)[columns]


@dataclass(frozen=True)
class Race:
    """Both sides of a copy with their scores: first as published, then as drawn.

    Attributes:
        cn: open Chinese models, by day.
        us: closed US models, by day.
        cn_scores: one row of scores per draw, in the order of `cn`.
        us_scores: the same of `us`.
    """

    cn: pd.DataFrame
    us: pd.DataFrame
    cn_scores: Floats
    us_scores: Floats


def race(models: pd.DataFrame, score_noise: float) -> Race:
    """Draw noise for every score.

    Args:
        models: the models of one copy; see `capability.models`.
        score_noise: standard deviation of a score's error, in index points.
    """
    cn, us = side(models, *OPEN_CN), side(models, *CLOSED_US)
    scores = np.concatenate([cn["score"], us["score"]]).astype(float)
    noise = np.random.default_rng(SEED).normal(0.0, 1.0, (DRAWS + 1, len(scores)))
    noise[0] = 0
    drawn = scores + score_noise * noise
    return Race(cn, us, drawn[:, : len(cn)], drawn[:, len(cn) :])


def bounded(values: Floats) -> tuple[float | None, float | None, float | None]:
    """Return a value as published with the percentiles of what was drawn.

    Args:
        values: one value per draw, the published one first.
    """
    if not np.isfinite(values).all():
        return None, None, None
    low, high = interval(values)
    return float(values[0]), float(low), float(high)


def interval(values: Floats) -> Floats:
    """Return the percentiles of drawn values, along the first axis; each one was drawn."""
    ends = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    return np.asarray(np.quantile(values[1:], ends, axis=0, method="inverted_cdf"))


def lag_draws(race: Race) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return the lag of each open Chinese record in each draw.

    Returns:
        Days, one row per draw and one column per record, 0 when no closed US model had the
        record's score by its day; and the place in `race.us` of the first that had it.
    """
    held = records(race.cn)
    if race.us.empty or held.empty:
        return np.empty((DRAWS + 1, 0)), np.empty((DRAWS + 1, 0), dtype=np.int64)
    scores = race.cn_scores[:, held.index]
    best = np.maximum.accumulate(race.us_scores, axis=1)
    first = (best[:, None, :] < scores[:, :, None]).sum(axis=2)
    days = np.append(_days(race.us["released"]), np.inf)
    return np.maximum(_days(held["released"]) - days[first], 0.0), first


def _days(dates: pd.Series) -> Floats:
    return np.asarray((dates - pd.Timestamp("2000-01-01")).dt.days, dtype=float)


def gap_draws(race: Race, days: pd.DatetimeIndex) -> Floats:
    """Return, in each draw and on each day, best closed US less best open Chinese score.

    Returns:
        Index points, one row per draw; missing before either side has a model, and after the
        last day on which both still had one evaluated.
    """
    gaps = np.full((DRAWS + 1, len(days)), np.nan)
    known = (days >= _both(race, "min")) & (days <= last_common_day(race))
    if known.any():
        at = [_at(s["released"], days[known]) for s in (race.us, race.cn)]
        best = [np.maximum.accumulate(x, axis=1) for x in (race.us_scores, race.cn_scores)]
        gaps[:, known] = best[0][:, at[0]] - best[1][:, at[1]]
    return gaps


def _at(released: pd.Series, days: pd.DatetimeIndex) -> npt.NDArray[np.int64]:
    return np.asarray(released.searchsorted(days, side="right") - 1)


def _both(race: Race, end: str) -> pd.Timestamp:
    ends = [getattr(s["released"], end)() for s in (race.cn, race.us)]
    return pd.NaT if pd.isna(ends).any() else (max(ends) if end == "min" else min(ends))


def last_common_day(race: Race) -> pd.Timestamp:
    """Return the last day on which both sides had a model evaluated; missing without one."""
    return _both(race, "max")
