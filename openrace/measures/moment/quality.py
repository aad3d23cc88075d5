"""How far the best open Chinese model was behind the best closed US model, over time.

The scores are those of one copy of the Epoch Capabilities Index; `lags` measures days and points
with their noise, `arena` the gap on a leaderboard of votes.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from openrace.capability import copies
from openrace.measures.moment import arena
from openrace.measures.moment.arena import R1_RELEASED
from openrace.measures.moment.lags import R1, lags
from openrace.measures.moment.lags import numbers as lag_numbers
from openrace.measures.moment.race import (
    CLOSED_US,
    OPEN_CN,
    OPEN_US,
    Floats,
    Race,
    bounded,
    frontiers,
    gap_draws,
    last_common_day,
    race,
    side,
)
from openrace.numbers import Number

__all__ = ["frontiers", "gap_figure", "lags", "numbers"]

YEAR = pd.DateOffset(years=1)

_TABLES = ("capability_index", "corrections", "countries")


def gap_figure(
    capability_index: pd.DataFrame,
    corrections: pd.DataFrame,
    countries: pd.DataFrame,
    arena_gaps: pd.DataFrame,
    score_noise: float = 1.0,
) -> pd.DataFrame:
    """Return what the figure on the gap draws: frontiers, lags at records, gaps on boards.

    Args:
        capability_index: table of that name.
        corrections: table of that name.
        countries: table of that name.
        arena_gaps: table of that name.
        score_noise: standard deviation of a score's error, in index points.

    Returns:
        part (`index`: a record of a side; `lag`: an open Chinese record; `arena`: a day of a
        board), date, end (until when a record held), bloc, access, model, lab, score, lag (days),
        gap (Elo points), low, high (of lag or gap), at_least, reached_by, other_lag, board,
        open_cn, closed_us. See `frontiers`, `lags` and table `arena_gaps`.
    """
    latest, other = copies(capability_index, corrections, countries)
    parts = {
        "index": frontiers(latest).rename(columns={"released": "date", "until": "end"}),
        "lag": lags(latest, other, score_noise).rename(columns={"released": "date"}),
        "arena": arena_gaps[["date", "board", "gap", "low", "high", "open_cn", "closed_us"]],
    }
    rows = [table.assign(part=part) for part, table in parts.items() if len(table)]
    table = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=["date", "end"])
    table = table.reindex(columns=_FIGURE_COLUMNS)
    return table.assign(**{day: pd.to_datetime(table[day]) for day in ("date", "end")})


_FIGURE_COLUMNS = ["part", "date", "end", "bloc", "access", "model", "lab", "score", "lag", "gap"]
_FIGURE_COLUMNS += ["low", "high", "at_least", "reached_by", "other_lag"]
_FIGURE_COLUMNS += ["board", "open_cn", "closed_us"]


def numbers(
    capability_index: pd.DataFrame,
    corrections: pd.DataFrame,
    countries: pd.DataFrame,
    arena_gaps: pd.DataFrame,
    score_noise: float = 1.0,
) -> list[Number]:
    """Return lags in days, gaps in index points and in Elo points, and where scores end.

    Args:
        capability_index: table of that name.
        corrections: table of that name.
        countries: table of that name.
        arena_gaps: table of that name.
        score_noise: standard deviation of a score's error, in index points.
    """
    latest, other = copies(capability_index, corrections, countries)
    run, there = race(latest, score_noise), race(other, score_noise)
    return [
        *lag_numbers(run, there),
        *_gaps(run, "", "in the latest copy"),
        *_gaps(there, ".other_copy", "in the copy before the latest"),
        *_noise(latest, other, score_noise),
        *_passing(latest, other),
        *_scores(latest),
        *_ends(capability_index, latest),
        *arena.numbers(arena_gaps),
    ]


_NOISE = "; the range is 95 % of draws with independent errors on every score."


def _gaps(run: Race, variant: str, words: str) -> list[Number]:
    """Return the gap in points on single days, and its mean in the years around R1."""
    last = last_common_day(run)
    eve = R1_RELEASED - pd.Timedelta(days=1)
    before, after = (
        pd.date_range(d, d + YEAR, inclusive="left") for d in (R1_RELEASED - YEAR, R1_RELEASED)
    )
    means = [_mean(gap_draws(run, days)) for days in (before, after)]
    said = f"Best closed US score less best open Chinese score {words}, {{}}{_NOISE}"
    common = "the last day on which both sides still had a model evaluated"
    year = "mean over the days of the twelve months {} 20 January 2025"
    asked = (
        ("r1_gap_points", _on(run, R1_RELEASED), "on 20 January 2025, with DeepSeek-R1"),
        ("r1_eve_gap_points", _on(run, eve), "on the day before DeepSeek-R1"),
        ("latest_gap_points", _on(run, last), f"on {common}"),
        ("gap_points.before", means[0], year.format("before")),
        ("gap_points.after", means[1], year.format("from") + f", or to {common}"),
        ("gap_points.change", means[1] - means[0], "the second of those means less the first"),
        *_half_years(run),
    )
    return [
        Number.of(
            f"moment.quality.{id}{variant}", v, "index points", said.format(when), _TABLES, lo, hi
        )
        for id, drawn, when in asked
        for v, lo, hi in [bounded(drawn)]
    ]


def _half_years(run: Race) -> list[tuple[str, Floats, str]]:
    """Return the mean gap of each half-year around R1's release, from its third before on."""
    starts = [R1_RELEASED + pd.DateOffset(months=m) for m in range(-18, 12, 6)]
    found = []
    for start in starts:
        days = pd.date_range(start, start + pd.DateOffset(months=6), inclusive="left")
        said = f"mean over the days of the six months from {start:%B} 20, {start.year}, where known"
        found.append((f"gap_points.from_{start:%Y_%m}", _mean(gap_draws(run, days)), said))
    return found


def _on(run: Race, day: pd.Timestamp) -> Floats:
    return gap_draws(run, pd.DatetimeIndex([day]))[:, 0]


def _mean(gaps: Floats) -> Floats:
    known = gaps[:, np.isfinite(gaps[0])]
    return known.mean(axis=1) if known.shape[1] else np.full(len(gaps), np.nan)


def _copy_differences(models: pd.DataFrame, other: pd.DataFrame) -> pd.Series:
    """Return score here less score in another copy, of each model that both hold."""
    both = models.set_index("model")[["score", "released"]].join(
        other.set_index("model")["score"].rename("there"), how="inner"
    )
    both = both.sort_values("released")
    return (both["score"] - both["there"]).dropna()


def _noise(latest: pd.DataFrame, other: pd.DataFrame, score_noise: float) -> list[Number]:
    """Return the assumed error of a score beside how far two copies disagree."""
    moved = _copy_differences(latest, other)
    recent = moved[moved.index.isin(latest.loc[latest["released"] >= "2024-01-01", "model"])]
    id, said = "moment.score_noise", "Standard deviation of the differences between the two latest "
    said += "copies' scores of a model, {}; both rest mostly on the same tests, so a score's error "
    said += "is larger than its share of this."
    own = "Standard deviation assumed of every score's error."
    shift = "Mean difference between the two latest copies' scores of a model, later less earlier."
    shared = len(moved) or None
    return [
        Number.of(id, score_noise, "index points", own, _TABLES),
        Number.of(
            f"{id}.copies", moved.std(), "index points", said.format("all models in both"), _TABLES
        ),
        Number.of(
            f"{id}.copies.since_2024",
            recent.std(),
            "index points",
            said.format("those released since 2024"),
            _TABLES,
        ),
        Number.of(f"{id}.shift", moved.mean(), "index points", shift, _TABLES),
        Number.of(f"{id}.models", shared, "models", "Models that both copies score.", _TABLES),
    ]


def _passing(latest: pd.DataFrame, other: pd.DataFrame) -> list[Number]:
    """Return since when the best open Chinese model is ahead of the best open US one."""
    said = "Day from which the best open Chinese score stays above the best open US score, as far "
    said += "as both are evaluated, {}."
    id = "moment.quality.open_cn_ahead_of_open_us"
    return [
        Number.of(f"{id}{variant}", _ahead_since(table), "date", said.format(words), _TABLES)
        for variant, table, words in (
            ("", latest, "in the latest copy"),
            (".other_copy", other, "in the copy before the latest"),
        )
    ]


def _ahead_since(models: pd.DataFrame) -> pd.Timestamp | None:
    both = [side(models, *s) for s in (OPEN_CN, OPEN_US)]
    if any(s.empty for s in both):
        return None
    best = [s.groupby("released")["score"].max().cummax() for s in both]
    best = pd.concat(best, axis=1, sort=True).ffill()
    best = best.loc[: min(s["released"].max() for s in both)]
    ahead = best.iloc[:, 0] > best.iloc[:, 1]
    behind = ahead.index[~ahead]
    later = ahead.index[ahead.index > behind.max()] if len(behind) else ahead.index
    return later.min() if len(later) else None


def _scores(latest: pd.DataFrame) -> list[Number]:
    scores = latest.set_index("model")["score"]
    return [
        Number.of(
            f"moment.quality.{id}_score",
            scores.get(name),
            "index points",
            f"Score of {name} in the latest copy of the Epoch index.",
            _TABLES,
        )
        for id, name in (
            ("r1", R1),
            ("o1", "o1"),
            ("o1_mini", "o1-mini"),
            ("o1_preview", "o1-preview"),
            ("v3", "DeepSeek-V3"),
        )
    ]


def _ends(capability_index: pd.DataFrame, latest: pd.DataFrame) -> list[Number]:
    """Return where the scores end, each side's own end among them."""
    said = "Release of the newest {} in the latest copy of the Epoch index."
    copies = sorted(capability_index["date"].unique(), reverse=True)
    made = "Last day of the month in which the {} copy of the Epoch index was made."
    asked: Iterable[tuple[str, object, str]] = (
        ("last_day", latest["released"].max(), said.format("model of any kind")),
        ("last_open_cn.date", _last(latest, OPEN_CN), said.format("open Chinese model")),
        ("last_closed_us.date", _last(latest, CLOSED_US), said.format("closed US model")),
        ("last_open_us.date", _last(latest, OPEN_US), said.format("open US model")),
        ("copy.date", [*copies, None][0], made.format("latest")),
        ("copy.date.other_copy", [*copies, None, None][1], made.format("next to latest")),
    )
    return [Number.of(f"moment.quality.{id}", day, "date", is_, _TABLES) for id, day, is_ in asked]


def _last(models: pd.DataFrame, of: tuple[str, str]) -> pd.Timestamp:
    return side(models, *of)["released"].max()
