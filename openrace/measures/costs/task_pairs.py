"""Open Chinese runs of a benchmark beside closed US runs of like quality: ratios and their chance.

A run is compared with each closed US model at that model's nearest run, so that a model listed at
five efforts counts once. Of a run's ratios the median over US models counts, of a model's runs the
geometric mean, of the models the median. Intervals redraw the models of both sides with
replacement (the bootstrap: Efron 1979, Annals of Statistics 7); prices, qualities and the choice of
benchmark are taken as they are, so the intervals are rather too narrow.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

CN_OPEN, US_CLOSED = "cn_open", "us_closed"
DEEPSEEK = "DeepSeek"
DRAWS = 1000
SEED = 20260822
LEVEL = 0.95

#: The report's own bounds, as shares: “80–90 % cheaper, 80–90 % as good”.
LEAST, MOST = 0.8, 0.9

#: What a ratio compares, US over Chinese: list price; list price and price paid of the models that
#: have both; cost of a task attempted, and of one solved; output tokens of a task.
KINDS = ("list", "list_paid", "paid", "attempted", "solved", "tokens")

#: Ratios of two ratios: the share of the advantage kept, and the tokens that a run's cost implies.
DERIVED = {
    "kept_paid": ("paid", "list_paid"),
    "kept_attempted": ("attempted", "list"),
    "kept_solved": ("solved", "list"),
    "implied": ("list", "attempted"),
}
MEASURES = (*KINDS, *DERIVED)

RESULT = ["measure", "ratio", "low", "high", "cn_models", "us_models", "pairs"]

Floats = npt.NDArray[np.float64]


class Grid(NamedTuple):
    """Log ratios of each open Chinese run (row) to each closed US model (column), by kind.

    Attributes:
        logs: kind -> log of US over Chinese; not a number where the two are not compared.
        owner: the number of the Chinese model that each row is a run of.
    """

    logs: dict[str, Floats]
    owner: npt.NDArray[np.intp]


def comparable(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the runs that can be compared at all, with the kinds that are computed.

    Args:
        runs: name (of the run), model, lab, side, quality (share of tasks solved, or points of a
            score that counts from nought), list and paid (US$ per million tokens), cost (US$ of a
            task attempted), tokens (output tokens of a task), and date where runs were made on
            many days; list, paid and tokens may be missing.

    Returns:
        Runs of the two sides with a recorded cost and a quality above nought, each once, with
        attempted, solved and list_paid.
    """
    used = runs[runs["side"].isin([CN_OPEN, US_CLOSED]) & (runs["cost"] > 0)]
    used = used[used["quality"] > 0].drop_duplicates()
    return used.assign(
        attempted=used["cost"],
        solved=used["cost"] / used["quality"],
        list_paid=used["list"].where(used["paid"].notna()),
        paid=used["paid"].where(used["list"].notna()),
    ).reset_index(drop=True)


def without_deepseek(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the runs of other labs."""
    return runs[runs["lab"] != DEEPSEEK]


def best_effort(runs: pd.DataFrame) -> pd.DataFrame:
    """Return of each model the run of the highest quality; of equals the cheapest."""
    ranked = runs.sort_values(["quality", "cost"], ascending=[False, True])
    return ranked.drop_duplicates("model").sort_index()


def grid(runs: pd.DataFrame, caliper: float, days: int | None = None) -> Grid:
    """Compare each open Chinese run with the closed US models of like quality.

    Args:
        runs: see `comparable`.
        caliper: how far the two qualities may differ, in the unit of quality.
        days: how many days the two runs may lie apart; any number when None.
    """
    cn, us = (runs[runs["side"] == side].reset_index(drop=True) for side in (CN_OPEN, US_CLOSED))
    away = np.abs(us["quality"].to_numpy()[None, :] - cn["quality"].to_numpy()[:, None])
    away = np.where(away <= caliper + 1e-9, away, np.inf)
    if days is not None:
        between = us["date"].to_numpy()[None, :] - cn["date"].to_numpy()[:, None]
        away = np.where(np.abs(between) <= np.timedelta64(days, "D"), away, np.inf)
    nearest = [_nearest(away, np.flatnonzero(us["model"] == m)) for m in us["model"].unique()]
    at = np.array(nearest, dtype=int).reshape(len(nearest), len(cn)).T
    logs = {}
    for kind in KINDS:
        own, other = (np.log(side[kind].to_numpy(float)) for side in (cn, us))
        padded = np.append(other, np.nan)  # the last place is “no run near enough”
        logs[kind] = padded[at] - own[:, None]
    return Grid(logs, np.asarray(pd.factorize(cn["model"])[0]))


def _nearest(away: Floats, runs: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Return which of a model's runs is nearest to each row, or -1."""
    pick = runs[away[:, runs].argmin(axis=1)]
    return np.where(np.isfinite(away[:, runs].min(axis=1)), pick, -1)


def _median(values: Floats) -> Floats:
    """Return the median along the last axis of what is there; without anything, not a number."""
    if not values.shape[-1]:
        return np.full(values.shape[:-1], np.nan)
    ordered = np.sort(values, axis=-1)  # missing ones come last
    count = (~np.isnan(values)).sum(axis=-1, keepdims=True)
    places = (np.maximum(count - 1, 0) // 2, np.minimum(count // 2, values.shape[-1] - 1))
    both = [np.take_along_axis(ordered, at, axis=-1)[..., 0] for at in places]
    return np.where(count[..., 0] > 0, (both[0] + both[1]) / 2, np.nan)


def _models(logs: Floats, owner: npt.NDArray[np.intp]) -> Floats:
    """Return the mean of each model's runs along the last axis, of those that are there."""
    there = ~np.isnan(logs)
    runs = np.eye(owner.max(initial=-1) + 1)[owner]
    count = there @ runs
    total = np.where(there, logs, 0.0) @ runs
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def point(grid: Grid, kind: str) -> float:
    """Return the log of the ratio of one kind."""
    return float(_median(_models(_median(grid.logs[kind]), grid.owner)))


def drawn(grid: Grid, draws: int = DRAWS) -> dict[str, Floats]:
    """Redraw the log ratio of every kind, the same models for all kinds of a draw."""
    rows, columns = grid.logs["list"].shape
    models = int(grid.owner.max(initial=-1)) + 1
    found: dict[str, list[Floats]] = {kind: [] for kind in KINDS}
    if not rows or not columns:
        return {kind: np.empty(0) for kind in KINDS}
    rng = np.random.default_rng(SEED)
    for start in range(0, draws, 100):
        size = min(100, draws - start)
        us = rng.integers(0, columns, (size, 1, columns))
        cn = rng.integers(0, models, (size, models))
        for kind in KINDS:
            logs = np.take_along_axis(grid.logs[kind][None], us, axis=2)
            own = _models(_median(logs), grid.owner)
            found[kind].append(_median(np.take_along_axis(own, cn, axis=1)))
    return {kind: np.concatenate(parts) for kind, parts in found.items()}


def bounds(draws: Floats) -> tuple[float, float]:
    """Return the 95 % percentile interval of drawn logs, as ratios."""
    draws = draws[np.isfinite(draws)]
    if not len(draws):
        return np.nan, np.nan
    low, high = np.exp(np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]))
    return float(low), float(high)


def compared(
    runs: pd.DataFrame, caliper: float, days: int | None = None, draws: int = DRAWS
) -> pd.DataFrame:
    """Return every measure of one benchmark: the ratio, its 95 % interval, what it rests on.

    Args:
        runs: see `comparable`.
        caliper: see `grid`.
        days: see `grid`.
        draws: how many times the models are redrawn.

    Returns:
        measure (one of `MEASURES`), ratio (US over Chinese; of `DERIVED` the first ratio over the
        second), low, high, cn_models (with a comparison), us_models, pairs.
    """
    cells = grid(runs, caliper, days)
    again = drawn(cells, draws)
    rows = []
    for measure in MEASURES:
        first, *second = DERIVED.get(measure, (measure,))
        value, moved, there = point(cells, first), again[first], ~np.isnan(cells.logs[first])
        for kind in second:
            value, moved = value - point(cells, kind), moved - again[kind]
        rows.append((measure, float(np.exp(value)), *bounds(moved), *_counts(there, cells.owner)))
    return pd.DataFrame(rows, columns=RESULT)


def _counts(there: npt.NDArray[np.bool_], owner: npt.NDArray[np.intp]) -> tuple[int, int, int]:
    """Return how many Chinese models, US models and pairs a measure rests on."""
    return len(set(owner[there.any(axis=1)])), int(there.any(axis=0).sum()), int(there.sum())


def pairs(runs: pd.DataFrame, before: int | None = None, after: int = 0) -> pd.DataFrame:
    """Return every open Chinese run beside every closed US run of its time.

    Args:
        runs: see `comparable`.
        before: how many days earlier the US run may be; of any day when None.
        after: how many days later it may be.

    Returns:
        The columns of `runs` with suffixes _cn and _us, quality (share of the US run's), and for
        the bases list, attempted and solved: cheaper_<basis> (one less the ratio of costs).
    """
    sides = [runs[runs["side"] == side].drop(columns="side") for side in (CN_OPEN, US_CLOSED)]
    table = sides[0].merge(sides[1], how="cross", suffixes=("_cn", "_us"))
    if before is not None:
        days = (table["date_us"] - table["date_cn"]).dt.days
        table = table[days.between(-before, after)]
    cheaper = {f"cheaper_{b}": 1 - table[f"{b}_cn"] / table[f"{b}_us"] for b in BASES}
    quality = table["quality_cn"] / table["quality_us"]
    return table.assign(quality=quality, **cheaper).reset_index(drop=True)


BASES = ("attempted", "solved", "list")


def best(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return of each open Chinese run the pair with the best closed US run; of equals the cheapest.

    Args:
        pairs: see `pairs`.
    """
    ranked = pairs.sort_values(["quality_us", "attempted_us"], ascending=[False, True])
    return ranked.drop_duplicates("name_cn").sort_index()


def verdict(quality: pd.Series, cheaper: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return which pairs lie in the strict box, and which reach its lower bounds."""
    good, cheap = quality.round(9), cheaper.round(9)
    strict = good.between(LEAST, MOST) & cheap.between(LEAST, MOST)
    return strict, (good >= LEAST) & (cheap >= LEAST)


def shares(pairs: pd.DataFrame, basis: str = "attempted") -> dict[str, float]:
    """Return how often the report's test holds among some pairs.

    Args:
        pairs: see `pairs`.
        basis: what is cheaper: a task `attempted`, one `solved`, or the `list` price.

    Returns:
        pairs, strict and at_least (shares of them), median_cheaper and median_quality.
    """
    known = pairs.dropna(subset=[f"cheaper_{basis}", "quality"])
    cheaper, quality = known[f"cheaper_{basis}"], known["quality"]
    strict, least = verdict(quality, cheaper)
    means = {"strict": strict.mean(), "at_least": least.mean()}
    medians = {"median_cheaper": cheaper.median(), "median_quality": quality.median()}
    return {"pairs": len(known)} | means | medians


#: Bins are a tenth wide and named by their lower bound; what is dearer shares the bin below nought.
_DEARER, _WORST, _BEST = -0.1, 0.0, 1.4


def bins(pairs: pd.DataFrame, basis: str = "attempted") -> pd.DataFrame:
    """Count pairs by tenths of both scales.

    Returns:
        quality and cheaper (lower bounds of the bins, shares; dearer pairs in the bin at -0.1,
        qualities of 1.4 and more in the bin at 1.4), pairs.
    """
    known = pairs.dropna(subset=[f"cheaper_{basis}", "quality"])
    tenths = pd.DataFrame({"quality": known["quality"], "cheaper": known[f"cheaper_{basis}"]})
    # a bound belongs to the box that it closes: nine tenths are still within 80 to 90 %
    tenths = tenths.round(9).apply(lambda v: np.floor(v * 10 - 1e-6 * (v == MOST)) / 10)
    tenths["cheaper"] = tenths["cheaper"].clip(lower=_DEARER)
    tenths["quality"] = tenths["quality"].clip(_WORST, _BEST)
    return tenths.round(1).value_counts().rename("pairs").sort_index().reset_index()
