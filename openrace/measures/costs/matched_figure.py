"""What the figure on the comparison at equal score draws, in one table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from openrace.measures.costs.crosswalk import ALL, SIDES, Histories
from openrace.measures.costs.matched import (
    CN_OPEN,
    US_CLOSED,
    line_points,
    ratios,
    regression,
)
from openrace.measures.costs.matched_over_time import series
from openrace.measures.costs.matched_ranges import Market

_COLUMNS = ["part", "date", "source", "scale", "model", "lab", "bloc", "score", "price", "low"]
_COLUMNS += ["high", "matches", "ratio", "cheapest_us", "cheapest_ratio", "cheapest_any_us"]
_COLUMNS += ["cheapest_any_ratio", "host_ratio", "ratio_without_deepseek", "models"]

_POINTS = 40


def matched_figure(
    histories: Histories,
    models: pd.DataFrame,
    copy: pd.Timestamp,
    aa_price_ratios: pd.DataFrame,
    blend: float = 3.0,
    price_source: str = ALL,
    score_noise: float = 1.0,
) -> pd.DataFrame:
    """Return the ratios of each open Chinese model, the regression, and the medians by date.

    Args:
        histories: see `crosswalk.histories`.
        models: one copy of the index; see `capability.models`.
        copy: the day of that copy.
        aa_price_ratios: table of that name.
        blend: input tokens per output token.
        price_source: `all` or one price list; the medians by date show each.
        score_noise: standard deviation of a score's error, in index points.

    Returns:
        part (`ratio`: an open Chinese model; `point`: a model of either side with price and
        score; `line`: the regression for closed US models, or with bloc China for open Chinese
        ones; `date`: a median by list; `aa`: a month in the other index, our aggregate), and the
        columns of `matched.ratios`, `matched.line_points` and `matched_over_time.series`.
        host_ratio is the cheapest seller's price over the maker's own. Ratios are prices over
        the Chinese maker's own, prices US$ per million blended tokens.
    """
    market = Market(histories, models, copy, blend, score_noise)
    sold = market.sold(price_source)
    table = ratios(sold).merge(sold[["model", "cheapest", "bloc"]], on="model")
    aa = aa_price_ratios.rename(columns={"matched": "ratio", "cheapest_closed": "cheapest_ratio"})
    aa = aa.rename(columns={"matched_without_deepseek": "ratio_without_deepseek"})
    aa = aa.rename(columns={"cheapest_any": "cheapest_any_ratio"})
    parts = {
        "ratio": table.assign(host_ratio=table["cheapest"] / table["price"]),
        "point": sold[sold["side"].isin([CN_OPEN, US_CLOSED])],
        "line": _lines(sold),
        "date": series(histories, models, copy, blend),
        "aa": aa,
    }
    filled = [
        rows.assign(part=part).reindex(columns=_COLUMNS).dropna(axis="columns", how="all")
        for part, rows in parts.items()
        if len(rows)
    ]
    if table.empty or not filled:
        return pd.DataFrame(columns=_COLUMNS)
    return pd.concat(filled, ignore_index=True).reindex(columns=_COLUMNS)


def _lines(sold: pd.DataFrame) -> pd.DataFrame:
    """Return both lines of the regression over the range of their own side, the US one's band."""
    line = regression(sold)
    if line is None:
        return pd.DataFrame()
    blocs = {side: bloc for (bloc, _), side in SIDES.items() if side != "us_open"}
    found = []
    for side, bloc in blocs.items():
        scores = sold.loc[sold["side"] == side, "score"]
        points = line_points(line, np.linspace(scores.min(), scores.max(), _POINTS))
        if side == CN_OPEN:
            points = points.assign(price=points["price"] / line.ratio, low=np.nan, high=np.nan)
        found.append(points.assign(bloc=bloc))
    return pd.concat(found, ignore_index=True)
