"""How far the ratio at equal score moves with lists, matches, mixes, sellers, dates and index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from openrace.measures.costs.crosswalk import ALL, LISTS, TABLES, Histories, last_day, offers
from openrace.measures.costs.matched import CALIPER, CN_OPEN, priced, ratios
from openrace.measures.costs.matched_over_time import series, without_deepseek
from openrace.numbers import Number

#: Readings between which a reasonable reader could choose; the first value is the book's.
CALIPERS = (CALIPER, 1.0, 2.0, 3.0)
BLENDS = (1.0, 10.0, 30.0)

_M = "costs.matched_ratio"
_C = "costs.cheapest_equal"
_AA = ("aa_price_ratios",)


class Market(NamedTuple):
    """What is compared: prices by list, one copy of the index with its day, and choices."""

    histories: Histories
    models: pd.DataFrame
    copy: pd.Timestamp
    blend: float
    score_noise: float

    def sold(
        self, source: str = ALL, seller: str = "maker", blend: float | None = None
    ) -> pd.DataFrame:
        """Return the priced models of one list on its last day not after the copy's."""
        history = self.histories[source]
        day = self.copy if source == ALL else last_day(history, self.copy)
        mix = self.blend if blend is None else blend
        return priced(offers(history, self.models, day, mix), seller)


def by_source(market: Market) -> list[Number]:
    """Return the median in each price list, each on its last day, and their range."""
    found = {name: ratios(market.sold(name))["ratio"].median() for name in LISTS}
    said = (
        "The same median in the price list {} alone, on its last day up to the copy of the index."
    )
    known = [v for v in found.values() if pd.notna(v)]
    middle, low, high = (np.median(known), min(known), max(known)) if known else (None,) * 3
    return [
        _number(
            f"{_M}.median.by_source",
            middle,
            "times",
            "Median of the three lists' medians; the range is over the lists, of which "
            "tokencost ends in August 2025.",
            low,
            high,
        ),
        *(
            _number(f"{_M}.median.{n.replace('.', '_')}", v, "times", said.format(n))
            for n, v in found.items()
        ),
    ]


def choices(market: Market, source: str) -> list[Number]:
    """Return the range of the median over widths of the match, mixes of tokens and sellers."""
    found = []
    for seller in ("maker", "host"):
        for blend in (market.blend, *BLENDS):
            sold = market.sold(source, seller, blend)
            for kept in (sold, without_deepseek(sold)):
                found += [ratios(kept, caliper)["ratio"].median() for caliper in CALIPERS]
    known = [v for v in found if pd.notna(v)]
    widths, mixes = (", ".join(f"{v:g}" for v in sorted(c)) for c in (CALIPERS, BLENDS))
    said = (
        "Median over the readings tried of the matched ratio: makers or cheapest sellers, with "
        f"and without DeepSeek, matches within {widths} points, the chapter's mix and {mixes} "
        "input tokens per output token; the range is over all of them."
    )
    ends = (np.median(known), min(known), max(known)) if known else (None,) * 3
    return [_number(f"{_M}.choices", ends[0], "times", said, *ends[1:])]


def first(sold: pd.DataFrame) -> list[Number]:
    """Return what is left of the cheapest when the model that it most often is were not there."""
    named = ratios(sold)["cheapest_us"].value_counts()
    first = named.index[0] if len(named) else None
    rest = sold[(sold["model"] != first) | (sold["side"] == CN_OPEN)]
    known = ratios(rest)["cheapest_ratio"].dropna() if first else pd.Series(dtype=float)
    middle, share = (known.median(), float((known < 1).mean())) if len(known) else (None, None)
    said = "that model left out; makers' own prices."
    return [
        _number(
            f"{_C}.first",
            first,
            "text",
            "The closed US model that is most often the cheapest of at least the score.",
        ),
        _number(
            f"{_C}.first.models",
            named.iloc[0] if first else None,
            "models",
            "For how many open Chinese models it is the cheapest.",
        ),
        _number(f"{_C}.without_first", middle, "ratio", f"As costs.cheapest_equal, {said}"),
        _number(
            f"{_C}.without_first.share_cheaper",
            share,
            "share",
            f"As costs.cheapest_equal.share_cheaper, {said}",
        ),
    ]


def over_time(market: Market) -> list[Number]:
    """Return the first and the last median by date, with makers' own days."""
    table = series(market.histories, market.models, market.copy, market.blend)
    rows = table[table["source"] == ALL].sort_values("date")
    ends: Sequence[pd.Series | None] = [rows.iloc[i] if len(rows) else None for i in (0, -1)]
    found = []
    for name, row in zip(("first", "last"), ends, strict=True):
        of = _cell(row)
        found += [
            _number(
                f"{_M}.by_date.{name}",
                of("ratio"),
                "times",
                f"The median on the {name} date with three or more open Chinese models matched, "
                "at the prices of that day.",
            ),
            _number(
                f"{_M}.by_date.{name}.as_of", of("date"), "date", f"The {name} date of the medians."
            ),
            _number(
                f"{_M}.by_date.{name}.cheapest_equal",
                of("cheapest_ratio"),
                "ratio",
                "On that date the median price of the cheapest closed US model of at least the "
                "score, over the Chinese one.",
            ),
        ]
    return found


def aa(table: pd.DataFrame) -> list[Number]:
    """Return the ratios in the index of Artificial Analysis, our aggregates."""
    row = table.sort_values("date").iloc[-1] if len(table) else None
    spread = table[["narrow", "matched", "wide"]].stack() if len(table) else None
    ends = (None, None) if spread is None else (spread.min(), spread.max())
    month = [table[c] for c in ("regression", "cheapest_closed", "cheapest_any")]
    said = (
        "in the index of Artificial Analysis, each model at the price of the day; our "
        "aggregate of the last month, the range is over months"
    )
    of = _cell(row)
    return [
        Number.of(
            f"{_M}.aa",
            of("matched"),
            "times",
            f"Median ratio at equal score (within 3 points) {said} and widths of 1.5, 3 and 5 "
            "points.",
            _AA,
            *ends,
        ),
        Number.of(
            f"{_M}.aa.without_deepseek",
            of("matched_without_deepseek"),
            "times",
            f"The same without DeepSeek {said}.",
            _AA,
            *_range(table["matched_without_deepseek"]),
        ),
        Number.of(
            f"{_M}.aa.models",
            of("models"),
            "models",
            f"Open Chinese models matched {said}.",
            _AA,
            *_range(table["models"]),
        ),
        Number.of(f"{_M}.aa.as_of", of("date"), "date", "Last day of that month.", _AA),
        Number.of(
            f"{_M}.aa.regression",
            of("regression"),
            "times",
            f"Ratio at equal score by regression {said}.",
            _AA,
            *_range(month[0]),
        ),
        Number.of(
            f"{_C}.aa",
            of("cheapest_closed"),
            "ratio",
            "Median price of the cheapest closed US model of at least the score, over the "
            f"Chinese one, {said}.",
            _AA,
            *_range(month[1]),
        ),
        Number.of(
            f"{_C}.any_us.aa",
            of("cheapest_any"),
            "ratio",
            f"The same with open US models, {said}.",
            _AA,
            *_range(month[2]),
        ),
    ]


def _cell(row: pd.Series | None) -> Callable[[str], object]:
    """Return how to read a column of a row that may not be there."""
    return lambda column: None if row is None else row[column]


def _range(values: pd.Series) -> tuple[object, object]:
    return (values.min(), values.max()) if len(values) else (None, None)


def _number(
    id: str, value: object, unit: str, words: str, low: object = None, high: object = None
) -> Number:
    return Number.of(id, value, unit, words, TABLES, low, high)
