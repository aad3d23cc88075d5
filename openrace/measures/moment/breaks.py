"""Does a series of counts by month or day break, when, and could it be chance?

The model: the square root of a count, which makes the noise of small and large counts alike, is a
level that may change once (“step”), or a straight trend whose level may change once (“trend”).
The break is where a least-squares fit leaves least (Bai 1997, Review of Economics and Statistics
79), at least six months from either end. Its statistic is the largest F over all months (Andrews
1993, Econometrica 61). The p-value is the share of series without a break, made from the fit
without one and its residuals redrawn in blocks of three months, that reach the statistic. Of days,
the margin and the blocks are weeks. The interval holds 95 % of the breaks found in series made
from the fit with the break. Where no break is there, the interval is a place and not a date: it
says little unless p is small. A straight trend is not the only alternative to a step, and a list
that grows for its own reasons will break.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

MODELS = ("step", "trend")
MARGIN = 6
BLOCK = 3
DRAWS = 1000
SEED = 20250120
LEVEL = 0.95

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.intp]


class Break(NamedTuple):
    """Where a series breaks: positions of the first month or day after it, and its chance.

    Attributes:
        at: position of the first month or day of the new level.
        low: lower end of the 95 % interval of `at`.
        high: upper end of it.
        p: share of series without a break that break as clearly.
        change: the new level over the old one, in counts: at the break, along the trend.
    """

    at: int
    low: int
    high: int
    p: float
    change: float


def find(
    counts: pd.Series, model: str = "step", margin: int = MARGIN, block: int = BLOCK
) -> Break | None:
    """Find the one break of a series, its interval and its p-value.

    Args:
        counts: a count per month, no month left out; or per day.
        model: `step` or `trend`.
        margin: how far from either end a break is looked for.
        block: how many residuals in a row are redrawn together.

    Returns:
        The break, or None where the series is shorter than four margins or never changes.
    """
    y = np.sqrt(counts.to_numpy(dtype=float) + 3 / 8)
    if len(y) < 4 * margin or np.ptp(y) == 0:
        return None
    plain, split = _designs(len(y), model, margin)
    at, statistic = _best(y[None, :], plain, split)
    flat, broken = _fitted(y, plain), _fitted(y, split[at[0]])
    draws = np.random.default_rng(SEED)
    chance = _best(_redrawn(flat, y - flat, block, draws), plain, split)[1]
    again = _best(_redrawn(broken, y - broken, block, draws), plain, split)[0]
    low, high = np.quantile(again, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], method="nearest")
    p = (1 + np.sum(chance >= statistic[0] * (1 - 1e-9))) / (1 + DRAWS)  # ties, as rounding has it
    first, earliest, latest = (int(i) + margin for i in (at[0], low, high))
    return Break(first, earliest, latest, float(p), _change(y, plain, split[at[0]]))


def _designs(months: int, model: str, margin: int) -> tuple[Floats, Floats]:
    """Return the regressors without a break, and with one at every month that may have it."""
    time = np.arange(months, dtype=float)
    plain = np.ones((months, 1))
    if model == "trend":
        plain = np.column_stack([plain, time - time.mean()])
    starts = np.arange(margin, months - margin + 1)
    after = (time[None, :] >= starts[:, None]).astype(float)[:, :, None]
    return plain, np.concatenate([np.broadcast_to(plain, (len(starts), *plain.shape)), after], 2)


def _best(series: Floats, plain: Floats, split: Floats) -> tuple[Whole, Floats]:
    """Return, for each series, its best break and that break's F."""
    centred = series - series.mean(axis=1, keepdims=True)  # every design holds a level
    explained = np.einsum("kic,si->skc", np.linalg.qr(split)[0], centred, optimize=True)
    left = (centred**2).sum(axis=1)[:, None] - (explained**2).sum(axis=2)
    whole = ((series - series @ (plain @ np.linalg.pinv(plain)).T) ** 2).sum(axis=1)
    at = left.argmin(axis=1)
    least = np.maximum(left.min(axis=1), 1e-12)
    return at, (whole - least) / (least / (series.shape[1] - split.shape[2]))


def _fitted(y: Floats, design: Floats) -> Floats:
    return np.asarray(design @ np.linalg.lstsq(design, y, rcond=None)[0])


def _redrawn(fit: Floats, residuals: Floats, block: int, draws: np.random.Generator) -> Floats:
    """Return series made of a fit and of its residuals in blocks in a row, laid on a circle."""
    months = len(fit)
    starts = draws.integers(0, months, size=(DRAWS, -(-months // block), 1))
    order = (starts + np.arange(block)).reshape(DRAWS, -1)[:, :months] % months
    return fit + residuals[order]


def _change(y: Floats, plain: Floats, split: Floats) -> float:
    weights = np.linalg.lstsq(split, y, rcond=None)[0]
    first = int(np.argmax(split[:, -1]))
    before = float(plain[first] @ weights[:-1])
    return float(max(before + weights[-1], 0) ** 2 / max(before, 1e-6) ** 2)
