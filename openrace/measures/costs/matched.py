"""How much dearer closed US models are than open Chinese ones of the same score, and the reverse.

Three answers to one question. Matched: for each open Chinese model the median price of the closed
US models within a few index points, over its own (a caliper match: Rosenbaum and Rubin 1985, The
American Statistician 39). Regression: one line of log price on score for both sides, with a step
between them; standard errors are HC3 (MacKinnon and White 1985, Journal of Econometrics 29).
Cheapest: the lowest price of a US model of at least the score, which is what a buyer would pay.
They answer differently because US prices at one score differ tenfold.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

CN_OPEN, US_CLOSED, US_OPEN = "cn_open", "us_closed", "us_open"

CALIPER = 1.5
DRAWS = 2000
SEED = 20260430
LEVEL = 0.95

_PAIR = ["model", "lab", "score", "released", "price"]
_RATIO = [*_PAIR, "matches", "matched", "ratio", "cheapest_us", "cheapest_ratio"]
_RATIO += ["cheapest_any_us", "cheapest_any_ratio"]

Floats = npt.NDArray[np.float64]


class Line(NamedTuple):
    """A regression of log price on score with a step between the sides.

    Attributes:
        ratio: price of closed US models over open Chinese ones of equal score.
        low: lower end of its 95 % interval.
        high: upper end.
        beta: constant, slope per index point, step of the Chinese side, in logs.
        cov: covariance of beta, HC3.
        t: Student's quantile that the interval uses.
    """

    ratio: float
    low: float
    high: float
    beta: Floats
    cov: Floats
    t: float


def priced(offers: pd.DataFrame, seller: str = "maker") -> pd.DataFrame:
    """Return the offers with the one price of each model that is compared.

    Args:
        offers: see `crosswalk.offers`.
        seller: `maker` for the maker's own price of Chinese and closed models, and the cheapest
            seller's of open US models, whose makers rarely sell them; `host` for the cheapest
            seller's of all.

    Returns:
        The rows of `offers` that have such a price, with price (US$ per million blended tokens).
    """
    own = offers["own"].where(offers["side"] != US_OPEN, offers["cheapest"])
    price = offers["cheapest"] if seller == "host" else own
    return offers.assign(price=price).dropna(subset="price").reset_index(drop=True)


def ratios(priced: pd.DataFrame, caliper: float = CALIPER) -> pd.DataFrame:
    """Return for each open Chinese model how its price compares with US models of its score.

    Args:
        priced: see `priced`.
        caliper: how many index points a match may differ.

    Returns:
        model, lab, score, released, price, matches (closed US models within the caliper), matched
        (their median price, in logs), ratio (matched over price; missing without a match),
        cheapest_us and cheapest_any_us (the cheapest closed, or any, US model of at least the
        score), cheapest_ratio and cheapest_any_ratio (its price over the Chinese one; below one
        the US model is cheaper; missing without such a model); by release, then name.
    """
    cn, us = _side(priced, CN_OPEN), _side(priced, US_CLOSED)
    every = pd.concat([us, _side(priced, US_OPEN)]) if len(priced) else us
    near = (us["score"].to_numpy()[None, :] - cn["score"].to_numpy()[:, None]).__abs__() <= caliper
    matched = _log_medians(us["price"].to_numpy(float), near)
    table = cn.assign(matches=near.sum(axis=1), matched=matched, ratio=matched / cn["price"])
    for kind, side in (("cheapest_", us), ("cheapest_any_", every)):
        names, lows = _cheapest(table["score"], side)
        table = table.assign(**{f"{kind}us": names, f"{kind}ratio": lows / table["price"]})
    return table[_RATIO].sort_values(["released", "model"], ignore_index=True)


def _side(priced: pd.DataFrame, side: str) -> pd.DataFrame:
    return priced.loc[priced["side"] == side, _PAIR].reset_index(drop=True)


def _log_medians(prices: Floats, chosen: npt.NDArray[np.bool_]) -> Floats:
    """Return the median log price of the chosen along the last axis, as a price."""
    if not prices.size:
        return np.full(chosen.shape[:-1], np.nan)
    logs = np.sort(np.where(chosen, np.log(prices), np.inf), axis=-1)
    count = chosen.sum(axis=-1, keepdims=True)
    lower, upper = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, prices.shape[-1] - 1)
    pair = [np.take_along_axis(logs, at, axis=-1)[..., 0] for at in (lower, upper)]
    middle = np.mean(pair, axis=0)
    return np.exp(np.where(count[..., 0] > 0, middle, np.nan))


def _cheapest(scores: pd.Series, side: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return name and price of the cheapest model of at least each score."""
    ranked = side.sort_values(["price", "model"])
    found = [ranked[ranked["score"] >= score].head(1) for score in scores]
    names = [row["model"].iloc[0] if len(row) else None for row in found]
    lows = [float(row["price"].iloc[0]) if len(row) else np.nan for row in found]
    return pd.Series(names, scores.index, dtype="str"), pd.Series(lows, scores.index, dtype=float)


def median_draws(
    priced: pd.DataFrame, score_noise: float = 1.0, caliper: float = CALIPER, draws: int = DRAWS
) -> Floats:
    """Redraw the median of the matched ratios: models of both sides, and the error of each score.

    Models are drawn with replacement within their side (the bootstrap: Efron 1979, Annals of
    Statistics 7); a drawn model keeps its price and gets a new score.

    Args:
        priced: see `priced`.
        score_noise: standard deviation of a score's error, in index points.
        caliper: how many index points a match may differ.
        draws: how many medians to draw.

    Returns:
        One median per draw, those without any match left out.
    """
    cn, us = _side(priced, CN_OPEN), _side(priced, US_CLOSED)
    if cn.empty or us.empty:
        return np.empty(0)
    rng = np.random.default_rng(SEED)
    picks = [rng.integers(0, len(side), (draws, len(side))) for side in (cn, us)]
    noise = [score_noise * rng.normal(size=(draws, len(side))) for side in (cn, us)]
    prices, scores = (
        [side[c].to_numpy(float)[at] for side, at in zip((cn, us), picks, strict=True)]
        for c in ("price", "score")
    )
    drawn = [s + np.take_along_axis(n, p, 1) for s, n, p in zip(scores, noise, picks, strict=True)]
    near = np.abs(drawn[1][:, None, :] - drawn[0][:, :, None]) <= caliper
    found = _log_medians(prices[1][:, None, :], near) / prices[0]
    found = found[np.isfinite(found).any(axis=1)]
    return np.array([np.median(row[np.isfinite(row)]) for row in found])


def interval(draws: Floats) -> tuple[float | None, float | None]:
    """Return the 95 % percentile interval of what was drawn; nothing without draws."""
    if not len(draws):
        return None, None
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def regression(priced: pd.DataFrame) -> Line | None:
    """Fit log price = a + b·score + c·(open Chinese) to both sides; the ratio is exp(-c).

    Args:
        priced: see `priced`.

    Returns:
        The line; nothing when a side has fewer than three models, or scores do not differ.
    """
    sides = [_side(priced, side) for side in (US_CLOSED, CN_OPEN)]
    if min(map(len, sides)) < 3:
        return None
    score = np.concatenate([side["score"].to_numpy(float) for side in sides])
    logs = np.log(np.concatenate([side["price"].to_numpy(float) for side in sides]))
    step = np.repeat([0.0, 1.0], [len(side) for side in sides])
    design = np.column_stack([np.ones_like(score), score, step])
    if np.linalg.matrix_rank(design - design.mean(axis=0)) < 2:
        return None
    inverse = np.linalg.inv(design.T @ design)
    beta = inverse @ design.T @ logs
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    weight = ((logs - design @ beta) / (1 - leverage).clip(1e-9)) ** 2
    cov = inverse @ (design.T * weight) @ design @ inverse
    t = _student(len(logs) - 3)
    error = t * np.sqrt(cov[2, 2])
    ratio, low, high = (float(np.exp(-beta[2] + e)) for e in (0.0, -error, error))
    return Line(ratio, low, high, beta, cov, t)


def _student(freedom: int) -> float:
    """Return Student's quantile to three digits (Cornish and Fisher's expansion, two terms)."""
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    return z + (z**3 + z) / (4 * freedom) + second / freedom**2


def line_points(line: Line, scores: Floats) -> pd.DataFrame:
    """Return the price that the line gives closed US models at some scores, with its 95 % band.

    Returns:
        score, price, low, high (US$ per million blended tokens; the band is of the line, not of
        single models, which scatter far wider).
    """
    at = np.column_stack([np.ones_like(scores), scores, np.zeros_like(scores)])
    error = line.t * np.sqrt(np.einsum("ij,jk,ik->i", at, line.cov, at))
    logs = at @ line.beta
    prices = {"price": logs, "low": logs - error, "high": logs + error}
    return pd.DataFrame({"score": scores, **{name: np.exp(v) for name, v in prices.items()}})
