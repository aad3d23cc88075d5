"""The lag: days between a closed US model and the open Chinese model that matches its score."""

from __future__ import annotations

import numpy as np
import pandas as pd

from openrace.measures.moment.arena import R1_RELEASED
from openrace.measures.moment.race import (
    CLOSED_US,
    OPEN_CN,
    Floats,
    Race,
    bounded,
    interval,
    lag_draws,
    race,
    records,
    side,
)
from openrace.numbers import Number

R1 = "DeepSeek-R1"

_TABLES = ("capability_index", "corrections", "countries")


def lags(models: pd.DataFrame, other: pd.DataFrame, score_noise: float = 1.0) -> pd.DataFrame:
    """Return how far behind each open Chinese record was on its day.

    Args:
        models: the models of one copy; see `capability.models`.
        other: those of another copy, for the same records' lags there.
        score_noise: standard deviation of a score's error, in index points.

    Returns:
        model, lab, score, released, lag (days since the first day on which a closed US model had
        at least this score; 0 when none had), low, high (percentiles over the noise), at_least
        (that day is the first of the copy's closed US models, so the lag may be longer), reached_by
        (the model of that day), other_lag (missing where the other copy does not hold the record).
    """
    run = race(models, score_noise)
    held = records(run.cn)
    drawn, first = lag_draws(run)
    if drawn.shape[1] == 0:
        return held.iloc[:0].reindex(columns=_COLUMNS)
    reached = run.us.reindex(first[0])
    ends = dict(zip(("low", "high"), interval(drawn), strict=True))
    table = held.assign(
        lag=drawn[0],
        **ends,
        at_least=(reached["released"] == run.us["released"].min()).to_numpy() & (drawn[0] > 0),
        reached_by=reached["model"].to_numpy(),
        other_lag=held["model"].map(_lags_of(held["model"], other)),
    )
    return table[_COLUMNS].reset_index(drop=True)


_COLUMNS = ["model", "lab", "score", "released", "lag", "low", "high", "at_least", "reached_by"]
_COLUMNS += ["other_lag"]


def _lags_of(names: pd.Series, other: pd.DataFrame) -> pd.Series:
    """Return the lags that named models have in another copy, records there or not."""
    cn, us = side(other, *OPEN_CN), side(other, *CLOSED_US)
    rows = cn[cn["model"].isin(names)]
    best = us["score"].cummax()
    days = [us["released"][best >= s].min() for s in rows["score"]]
    late = (rows["released"] - pd.to_datetime(pd.Series(days, index=rows.index))).dt.days
    return late.fillna(0).clip(lower=0).astype(float).set_axis(rows["model"])


_LAG = "Days from the first day on which a closed US model had at least the record's score to the "
_LAG += "record's release (0 when none had), in the Epoch index"
_NOISE = "; the range is 95 % of draws with independent errors on every score."


def numbers(run: Race, there: Race) -> list[Number]:
    """Return the lags of the last record, of R1 and of the median record, and R1's rank.

    Args:
        run: both sides of the latest copy.
        there: both sides of the copy before it.
    """
    return [
        *_lags(run, "", "of the latest copy"),
        *_lags(there, ".other_copy", "of the copy before the latest, with its own records"),
        *_r1_among_records(run),
    ]


def _median(drawn: Floats) -> Floats:
    return np.median(drawn, axis=1) if drawn.shape[1] else np.full(len(drawn), np.nan)


def _lags(run: Race, variant: str, words: str) -> list[Number]:
    """Return the lag of the last record, of R1, and the median over records."""
    held = records(run.cn)
    drawn, first = lag_draws(run)
    names = held["model"].to_numpy()[: drawn.shape[1]]
    us_days = run.us["released"].reset_index(drop=True)
    exact = (us_days.reindex(first[0]) > us_days.min()).to_numpy() | (drawn[0] == 0)
    r1, since = names == R1, (held["released"] > R1_RELEASED).to_numpy()[: len(names)]
    asked = (
        ("latest", drawn[:, -1:], "the last open Chinese record"),
        ("r1", drawn[:, r1], "DeepSeek-R1"),
        ("median", drawn[:, exact], "median over the open Chinese records whose lag is known"),
        ("median.all", drawn, "median over all open Chinese records, each at least so long"),
        ("since_r1", drawn[:, since], "median over the open Chinese records after DeepSeek-R1"),
    )
    said = f"{_LAG} {words}: {{}}{_NOISE}"
    found = [
        Number.of(f"moment.lag_days.{id}{variant}", v, "days", said.format(who), _TABLES, lo, hi)
        for id, columns, who in asked
        for v, lo, hi in [bounded(_median(columns))]
    ]
    last = names[-1] if len(names) else None
    count, open_ended = (len(names), int((~exact).sum())) if len(names) else (None, None)
    record = f"Open Chinese records {words}"
    older = f"{record} whose score was had on the first day of closed US models there: lag or more."
    return [
        *found,
        Number.of(f"moment.lag_days.records{variant}", count, "count", f"{record}.", _TABLES),
        Number.of(f"moment.lag_days.at_least{variant}", open_ended, "count", older, _TABLES),
        Number.of(
            f"moment.quality.latest_record.name{variant}",
            last,
            "text",
            f"The last of the open Chinese records {words}.",
            _TABLES,
        ),
    ]


def _r1_among_records(run: Race) -> list[Number]:
    """Return R1's place among the lags, and how sure it is; and the step that R1 was."""
    drawn, _ = lag_draws(run)
    held = records(run.cn)
    at = np.flatnonzero(held["model"].to_numpy()[: drawn.shape[1]] == R1)
    ranks = 1 + (drawn < drawn[:, at]).sum(axis=1) if len(at) else np.full(len(drawn), np.nan)
    rank, best, worst = bounded(ranks.astype(float))
    sure = float((ranks[1:] == 1).mean()) if len(at) else None
    ids, said = "moment.lag_days.r1", "of DeepSeek-R1's lag among all open Chinese records"
    often = "Share of draws of score errors in which no open Chinese record has a shorter lag than "
    often += "DeepSeek-R1."
    steps = held["score"].diff()[held["model"] == R1]
    step = "Score of DeepSeek-R1 less that of the best open Chinese model before it."
    values = steps.tolist() or [None]
    return [
        Number.of(
            f"{ids}.rank",
            rank,
            "count",
            f"Rank {said}, 1 is shortest{_NOISE}",
            _TABLES,
            best,
            worst,
        ),
        Number.of(f"{ids}.shortest_share", sure, "share", often, _TABLES),
        Number.of("moment.quality.r1_step_points", values[0], "index points", step, _TABLES),
    ]
