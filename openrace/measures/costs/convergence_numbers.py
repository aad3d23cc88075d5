"""The numbers on convergence: how far apart both sides' flagships are, and what moved."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from openrace.measures.costs.convergence import (
    BLENDS,
    LEAST,
    SIDES,
    WITHOUT,
    medians,
    ratio,
    reading,
    successions,
)
from openrace.measures.costs.history import SAME
from openrace.numbers import Number

_TABLES = ("list_prices", "official_prices", "flagships", "model_names", "price_hosts")


def numbers(
    followed: pd.DataFrame,
    lineups: pd.DataFrame,
    steps: pd.DataFrame,
    readings: pd.DataFrame,
    models: pd.DataFrame,
) -> list[Number]:
    """Return the numbers on convergence; which there are depends on nothing.

    Args:
        followed: see `followed`.
        lineups: see `lineups`.
        steps: see `history.steps`.
        readings: see `readings`.
        models: one copy of the index, for the last release that has a score.
    """
    by_day = ratio(medians(reading(lineups)))
    found = [*_ratios(by_day, readings)]
    found.append(
        Number.of(
            "costs.convergence.last_score",
            models.dropna(subset="score")["released"].max(),
            "date",
            "Last release that the index scores: of later prices nobody here can say for what "
            "quality they are.",
            ("capability_index",),
        )
    )
    for side, bloc in SIDES.items():
        found += _same_models(followed[followed["bloc"] == bloc], side)
        found += _flagships(successions(steps[steps["bloc"] == bloc]), lineups, side, bloc)
    return found


def _ratios(by_day: pd.Series, readings: pd.DataFrame) -> Iterator[Number]:
    """Tell the first and the last ratio, and how far choices move them."""
    tables = (*_TABLES, "off_peak_prices")
    for name, at in (("first", 0), ("last", -1)):
        day = by_day.index[at] if len(by_day) else pd.NaT
        tried = readings.loc[readings["date"] == day, "ratio"]
        yield Number.of(
            f"costs.convergence.ratio.{name}",
            by_day.iloc[at] if len(by_day) else None,
            "times",
            f"Median list price of the flagships of US labs over that of Chinese labs, on the "
            f"{name} day of a catalogue with at least {LEAST} labs on each side, three input "
            "tokens to one of output unless another blend is asked for. The range is over blends "
            "of 1, 3 and 10, with and without DeepSeek, with dearer models above the line, at "
            "cheap hours, and by one list alone. It says nothing of quality.",
            tables,
            tried.min(),
            tried.max(),
        )
        yield Number.of(
            f"costs.convergence.ratio.{name}_day",
            day,
            "date",
            f"Day of the {name} such ratio.",
            tables,
        )
    last = readings[readings["date"] == (by_day.index[-1] if len(by_day) else pd.NaT)]
    below = (last["ratio"] < 1).sum() if len(last) else None
    yield Number.of(
        "costs.convergence.ratio.readings",
        len(last) or None,
        "count",
        "Mixes of choices under which the last ratio was computed.",
        tables,
    )
    yield Number.of(
        "costs.convergence.ratio.readings_below_one",
        below,
        "count",
        "Mixes of choices under which the Chinese flagships were the dearer ones on the last day.",
        tables,
    )
    without = last[(last["without"] == WITHOUT) & (last["source"] == "all")]
    plain = without[(without["blend"] == BLENDS[1]) & ~without["top"] & ~without["off_peak"]]
    yield Number.of(
        "costs.convergence.ratio.without_deepseek",
        plain["ratio"].iloc[0] if len(plain) else None,
        "times",
        "The last ratio without DeepSeek, at three to one. The range is over the other choices.",
        tables,
        without["ratio"].min(),
        without["ratio"].max(),
    )


def _same_models(rows: pd.DataFrame, side: str) -> Iterator[Number]:
    """Tell what became of the price of one and the same model."""
    change = rows.drop_duplicates(["lab", "model"])["change"].astype(float)
    yield Number.of(
        f"costs.convergence.same_models.{side}",
        change.median(),
        "share",
        "Median change of the list price of one model at its own maker, from its first price to "
        "its last, of models with at least thirty days of record. The range is of the middle "
        "eight tenths of models.",
        _TABLES,
        change.quantile(0.1),
        change.quantile(0.9),
    )
    for name, of in (
        ("followed", change.notna()),
        ("cut", change < -SAME),
        ("raised", change > SAME),
    ):
        yield Number.of(
            f"costs.convergence.same_models.{name}.{side}",
            of.sum() if len(change) else None,
            "models",
            f"Models so followed: {name}, by more than two per cent where it is a change.",
            _TABLES,
        )


def _flagships(rows: pd.DataFrame, lineups: pd.DataFrame, side: str, bloc: str) -> Iterator[Number]:
    """Tell how often a flagship cost more than the one before it, and what they cost now."""
    for name, of in (
        ("successions", rows["factor"].notna()),
        ("up", rows["factor"] > 1 + SAME),
        ("down", rows["factor"] < 1 - SAME),
    ):
        yield Number.of(
            f"costs.convergence.flagships.{name}.{side}",
            of.sum() if len(rows) else None,
            "count",
            "Successions of flagships in which the new one’s first list price and the old one’s "
            f"last are known: {name}, by more than two per cent where it is a change.",
            _TABLES,
        )
    sides = medians(reading(lineups))
    last = sides[(sides["bloc"] == bloc) & (sides["date"] == sides["date"].max())]
    at = last.iloc[0] if len(last) else dict.fromkeys(("price", "low", "high"))
    yield Number.of(
        f"costs.convergence.flagships.price.{side}",
        at["price"],
        "US$",
        "Median list price of the flagships of the side’s labs on the last day, US$ per million "
        "blended tokens. The range is from the cheapest lab to the dearest.",
        _TABLES,
        at["low"],
        at["high"],
    )
