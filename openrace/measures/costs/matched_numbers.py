"""The numbers of the comparison at equal score, with the ranges over the choices it took."""

from __future__ import annotations

import pandas as pd

from openrace.measures.costs import matched_ranges as ranges
from openrace.measures.costs.crosswalk import ALL, TABLES, Histories, dated
from openrace.measures.costs.matched import (
    CALIPER,
    CN_OPEN,
    US_CLOSED,
    interval,
    median_draws,
    ratios,
    regression,
)
from openrace.measures.costs.matched_over_time import last_open_score, without_deepseek
from openrace.numbers import Number

_M = "costs.matched_ratio"
_C = "costs.cheapest_equal"


def numbers(
    histories: Histories,
    models: pd.DataFrame,
    copy: pd.Timestamp,
    earlier: pd.DataFrame,
    aa_price_ratios: pd.DataFrame,
    blend: float = 3.0,
    price_source: str = ALL,
    score_noise: float = 1.0,
) -> list[Number]:
    """Return how many times dearer closed US models of equal score are, and the reverse.

    Args:
        histories: see `crosswalk.histories`.
        models: one copy of the index; see `capability.models`.
        copy: the day of that copy.
        earlier: the copy before it, for the same prices with other scores.
        aa_price_ratios: table of that name.
        blend: input tokens per output token.
        price_source: `all` or one price list.
        score_noise: standard deviation of a score's error, in index points.
    """
    market = ranges.Market(histories, models, copy, blend, score_noise)
    main, hosted = (market.sold(price_source, seller) for seller in ("maker", "host"))
    old = ranges.Market(histories, earlier, copy, blend, score_noise).sold(price_source)
    recent = main[main["released"] >= copy - pd.DateOffset(years=1)]
    found = [
        *_frame(main, models, copy),
        *_median("", main, score_noise, "makers' own prices"),
        *_median(".without_deepseek", without_deepseek(main), score_noise, "DeepSeek left out"),
        *_median(".host", hosted, score_noise, "the cheapest seller's price of every model"),
        *_median(".last_year", recent, score_noise, "models of both sides of the last year only"),
        *_median(".other_copy", old, score_noise, "the scores of the copy before"),
        *_regression("", main, "makers' own prices"),
        *_regression(".without_deepseek", without_deepseek(main), "DeepSeek left out"),
        *_regression(".host", hosted, "the cheapest seller's price of every model"),
        *_regression(".last_year", recent, "models of both sides of the last year only"),
        *_regression(".other_copy", old, "the scores of the copy before"),
        *_regression(".same_scores", _overlap(main), "closed US models with Chinese scores only"),
        *ranges.by_source(market),
        *ranges.choices(market, price_source),
        *_cheapest("", main, "makers' own prices"),
        *_cheapest(".without_deepseek", without_deepseek(main), "DeepSeek left out"),
        *_cheapest(".host", hosted, "the cheapest seller's price of every model"),
        *_cheapest(".other_copy", old, "the scores of the copy before"),
        _models(".other_copy", old, "the scores of the copy before"),
        *ranges.first(main),
        *ranges.over_time(market),
        *ranges.aa(aa_price_ratios),
    ]
    return dated(found, copy)


def _frame(main: pd.DataFrame, models: pd.DataFrame, copy: pd.Timestamp) -> list[Number]:
    table = ratios(main)
    count = len(table) or None
    matched = int(table["ratio"].count()) if count else None
    us = int(main["side"].eq(US_CLOSED).sum()) if count else None
    return [
        _number(
            f"{_M}.as_of",
            copy if count else None,
            "date",
            "Day of the copy of the index; prices are those that stood on it.",
        ),
        _number(
            f"{_M}.last_open_score",
            last_open_score(models, copy),
            "date",
            "Release of the last open Chinese model that the index scores; the comparison by "
            "date ends there.",
        ),
        _number(
            f"{_M}.models",
            count,
            "models",
            "Open Chinese models with a score of 130 or more and a price at their own maker.",
        ),
        _number(
            f"{_M}.models.matched",
            matched,
            "models",
            f"Of those, the ones with a closed US model within {CALIPER:g} index points.",
        ),
        _number(
            f"{_M}.us_models",
            us,
            "models",
            "Closed US models with a score of 130 or more and a price at their own maker.",
        ),
    ]


def _models(variant: str, sold: pd.DataFrame, words: str) -> Number:
    count = len(ratios(sold)) or None
    said = f"Open Chinese models compared, {words}."
    return _number(f"{_M}.models{variant}", count, "models", said)


def _median(variant: str, sold: pd.DataFrame, noise: float, words: str) -> list[Number]:
    value = ratios(sold)["ratio"].median()
    low, high = interval(median_draws(sold, noise)) if pd.notna(value) else (None, None)
    said = (
        "Median over open Chinese models of the median price of closed US models within "
        f"{CALIPER:g} index points over its own price; {words}. The interval is 95 % of "
        f"bootstrap draws of models on both sides, with an error of {noise:g} points on every "
        "score."
    )
    return _with_ends(f"{_M}.median{variant}", value, low, high, said)


def _regression(variant: str, sold: pd.DataFrame, words: str) -> list[Number]:
    line = regression(sold)
    value, low, high = line[:3] if line else (None, None, None)
    said = (
        "Price of closed US models over that of open Chinese models of equal score, from log "
        f"price = a + b times score + c if open Chinese; {words}. 95 % interval by HC3."
    )
    return _with_ends(f"{_M}.regression{variant}", value, low, high, said)


def _with_ends(id: str, value: object, low: object, high: object, words: str) -> list[Number]:
    """Return a ratio, and its ends as numbers of their own."""
    return [
        _number(id, value, "times", words, low, high),
        _number(f"{id}.lo", low, "times", f"Lower end of the interval. {words}"),
        _number(f"{id}.hi", high, "times", f"Upper end of the interval. {words}"),
    ]


def _overlap(sold: pd.DataFrame) -> pd.DataFrame:
    """Leave out the models outside the range of open Chinese scores and the caliper around it."""
    cn = sold.loc[sold["side"] == CN_OPEN, "score"]
    return sold[sold["score"].between(cn.min() - CALIPER, cn.max() + CALIPER)]


def _cheapest(variant: str, sold: pd.DataFrame, words: str) -> list[Number]:
    """Return what the cheapest US model of at least the score costs, and how often it is less."""
    table, found = ratios(sold), []
    for who, column, kind in (
        ("", "cheapest_ratio", "closed US model"),
        (".any_us", "cheapest_any_ratio", "US model, open (at its cheapest seller) or closed,"),
    ):
        known = table[column].dropna()
        middle = known.median() if len(known) else None
        ends = (known.min(), known.max()) if len(known) else (None, None)
        share = float((known < 1).mean()) if len(known) else None
        said = f"the cheapest {kind} of at least its score"
        cheaper = int((known < 1).sum()) if len(known) else None
        found += [
            _number(
                f"{_C}{who}{variant}",
                middle,
                "ratio",
                f"Median over open Chinese models of the price of {said} over its own; below "
                f"one the US model is cheaper; {words}. The range is over the Chinese models.",
                *ends,
            ),
            _number(
                f"{_C}{who}.cheaper{variant}",
                cheaper,
                "models",
                f"Open Chinese models for which {said} is cheaper; {words}.",
            ),
            _number(
                f"{_C}{who}.share_cheaper{variant}",
                share,
                "share",
                f"Share of open Chinese models for which {said} is cheaper; {words}.",
            ),
        ]
    return found


def _number(
    id: str, value: object, unit: str, words: str, low: object = None, high: object = None
) -> Number:
    return Number.of(id, value, unit, words, TABLES, low, high)
