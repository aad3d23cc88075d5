"""The numbers on prices: the famous ratio with its companions, the ladder, the cost of a task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd

from openrace.measures.moment.price import (
    O1,
    O1_MINI,
    O3_MINI,
    R1,
    ladder,
    least_score,
    us_hosts,
)
from openrace.measures.moment.prices import price_on
from openrace.numbers import Number

#: The days on which the argument compares prices.
R1_DAY, O3_MINI_DAY = pd.Timestamp("2025-01-20"), pd.Timestamp("2025-01-31")

#: Mixes of tokens that are tried: input tokens for each of output.
BLENDS = (1.0, 3.0, 10.0, 30.0)

_PRICES = ("list_prices", "official_prices", "model_names", "price_hosts")
_LADDER = (*_PRICES, "capability_index")
_AIDER = ("aider_runs", "model_names")
_RUNS = {
    "o1": "o1-2024-12-17 (high)",
    "r1": "DeepSeek R1",
    "o3_mini_medium": "o3-mini (medium)",
    "o3_mini_high": "o3-mini (high)",
    "o1_mini": "o1-mini-2024-09-12",
}
_SPAN = "the range is that over readings: the score one index point lower or higher, mixes of 1, "
_SPAN += "3, 10 and 30 input tokens for each of output, all sellers or makers’ own prices only"


class Reading(NamedTuple):
    """One way to draw the ladder: the least score, the mix, whose prices; and its lows."""

    least: float
    blend: float
    own_only: bool
    lows: pd.DataFrame

    def fold(self, o1: pd.Series) -> float:
        """How many times lower the last low is than o1's price on its first day."""
        return _mixed(o1, self.blend) / float(self.lows["price"].iloc[-1])

    def tenth(self, o1: pd.Series) -> Any:
        """The day from which the score cost less than a tenth of o1's first price."""
        return self.lows.loc[self.lows["price"] < _mixed(o1, self.blend) / 10, "date"].min()

    def first_of(self, bloc: str) -> Any:
        """The day on which a bloc's model first set the low."""
        return self.lows.loc[self.lows["bloc"] == bloc, "date"].min()

    def steps(self, bloc: str) -> int:
        """How many of the lows after the first a bloc's models set."""
        return int((self.lows["bloc"].iloc[1:] == bloc).sum())


def _mixed(price: pd.Series, blend: float) -> float:
    return float((blend * price["input"] + price["output"]) / (blend + 1))


def readings(prices: pd.DataFrame, models: pd.DataFrame, least: float) -> list[Reading]:
    """Draw the ladder under every reasonable choice; a ladder without steps is left out."""
    found = [
        Reading(score, blend, own, ladder(prices, models, score, blend, own))
        for score in (least - 1, least, least + 1)
        for blend in BLENDS
        for own in (False, True)
    ]
    return [reading for reading in found if len(reading.lows)]


def numbers(
    prices: pd.DataFrame,
    models: pd.DataFrame,
    runs: pd.DataFrame,
    threshold: str | float = "o1",
    blend: float = 3.0,
) -> list[Number]:
    """Return every number of the chapter's part on prices.

    Args:
        prices: see `prices.prices`.
        models: one copy of the index; see `quality.models`.
        runs: see `price.runs`.
        threshold: whose score, or which, counts as enough.
        blend: input tokens for each output token.
    """
    least = least_score(models, threshold)
    enough = f"{threshold:g} index points" if isinstance(threshold, (int, float)) else threshold
    enough = "o1’s score" if enough == "o1" else enough
    return [
        *_listed(prices),
        *_ratios(prices),
        *_us_hosts(prices),
        *_scores(models, least, enough),
        *_ladder(prices, models, Reading(least, blend, False, ladder(prices, models, least, blend)), enough),
        *_at_r1_score(prices, models, blend),
        *_matched(prices, models, least, enough),
        *_aider(runs),
    ]


def _listed(prices: pd.DataFrame) -> list[Number]:
    """Return what the makers listed on the day R1 came out, and how soon o3-mini followed."""
    said = "{}’s list price of {} tokens at its maker on 20 January 2025, US$ per million tokens."
    found = [
        Number.of(f"moment.{id}_price.{kind}", price[kind], "US$", said.format(model, kind), _PRICES)
        for id, (model, host) in (("r1", R1), ("o1", O1))
        for price in (price_on(prices, model, host, R1_DAY),)
        for kind in ("input", "output")
    ]
    days = (_first_day(prices, O3_MINI) - _first_day(prices, R1)).days
    later = "Days from R1’s first list price at DeepSeek to o3-mini’s first at OpenAI."
    return [*found, Number.of("moment.o3_mini_days", days, "days", later, _PRICES)]


def _first_day(prices: pd.DataFrame, pair: tuple[str, str]) -> Any:
    return prices.loc[(prices["model"] == pair[0]) & (prices["host"] == pair[1]), "date"].min()


def _ratios(prices: pd.DataFrame) -> list[Number]:
    """Return the famous ratio, and those of two US models that it leaves out."""
    said = "How many times R1’s list price at DeepSeek {} cost at OpenAI on {}: output tokens; the "
    said += "range is that over input tokens and mixes of 1, 3, 10 and 30 input tokens for each of "
    said += "output."
    found = []
    asked = (("", O1, R1_DAY), (".o3_mini", O3_MINI, O3_MINI_DAY), (".o1_mini", O1_MINI, R1_DAY))
    for variant, dear, day in asked:
        one, r1 = price_on(prices, *dear, day), price_on(prices, *R1, day)
        ratios = [one["output"] / r1["output"], one["input"] / r1["input"]]
        ratios += [_mixed(one, blend) / _mixed(r1, blend) for blend in BLENDS]
        words = said.format(dear[0], f"{day.day} {day:%B %Y}")
        id = f"moment.r1_vs_o1_price_ratio{variant}"
        found.append(_ranged(id, ratios[0], "times", words, ratios, _PRICES))
    return found


def _us_hosts(prices: pd.DataFrame) -> list[Number]:
    """Return how much dearer o1 was than R1 at hosts with a seat in the United States."""
    id, hosts = "moment.r1_vs_o1_price_ratio.us_hosts", us_hosts(prices)
    ratios = price_on(prices, *O1, R1_DAY)["output"] / hosts["output"].astype(float)
    newest = "while R1 was DeepSeek’s newest version (until 27 May 2025)"
    said = "How many times the list price of R1 at hosts with a seat in the US o1 cost at OpenAI, "
    said += f"output tokens, {newest}: the median over hosts, each at the first price that our "
    said += "sources show; the range is that over hosts."
    first = "First day on which our sources show a price of R1 at a US host: the day of a commit, "
    first += "which comes weeks after hosts began to sell it."
    count = f"Number of US hosts for which our sources show a price of R1 {newest}."
    names = ", ".join(hosts["host"]) or None
    return [
        _ranged(id, ratios.median(), "times", said, list(ratios), _PRICES),
        Number.of(f"{id}.first_date", hosts["date"].min(), "date", first, _PRICES),
        Number.of(f"{id}.count", len(hosts) or None, "count", count, _PRICES),
        Number.of(f"{id}.names", names, "text", f"Which: {count}", _PRICES),
    ]


def _scores(models: pd.DataFrame, least: float, enough: str) -> list[Number]:
    """Return the score that counts as enough, and how far the famous models are from it."""
    scores = models.set_index("model")["score"].astype(float)
    named = {"o1": O1, "r1": R1, "o3_mini": O3_MINI, "o1_mini": O1_MINI}
    found = {id: scores.get(model, float("nan")) for id, (model, _) in named.items()}
    r1 = found["r1"]
    reaches = None if pd.isna(r1) or pd.isna(least) else "has" if r1 >= least else "lacks"
    copy = "in the copy of the index that is read"
    horizon = f"Newest release that is scored {copy}: no later model can be on the ladder."
    asked: list[tuple[str, object, str, str]] = [
        ("threshold", least, "score", f"What counts as enough, in index points: {enough}."),
        ("enough", enough, "text", "What counts as enough, in words."),
        *((f"score.{id}", v, "score", f"{named[id][0]}’s score {copy}.") for id, v in found.items()),
        ("r1_below_o1", found["o1"] - r1, "score", f"Index points that R1 is below o1 {copy}."),
        ("r1_reaches", reaches, "text", f"Whether R1 has or lacks {enough} {copy}."),
        ("horizon", models["released"].max(), "date", horizon),
    ]
    return [Number.of(f"moment.ladder.{id}", v, unit, d, _LADDER) for id, v, unit, d in asked]


def _ladder(
    prices: pd.DataFrame, models: pd.DataFrame, chosen: Reading, enough: str
) -> list[Number]:
    """Return the ladder's ends, its fall, whose steps they are, and how that hangs on choices."""
    what = f"the cheapest list price of any model with at least {enough}, whoever sells it"
    tried, o1_day = readings(prices, models, chosen.least), _first_day(prices, O1)
    o1 = price_on(prices, *O1, o1_day)
    mine = chosen if len(chosen.lows) else None
    ends = [r.lows["price"].iloc[-1] for r in tried]
    days = [(r.tenth(o1) - o1_day).days for r in tried]
    starts = [r.lows["price"].iloc[0] for r in tried if not r.own_only and r.least == chosen.least]
    asked: list[tuple[str, object, str, str, Sequence[Any]]] = [
        ("first_price", mine and mine.lows["price"].iloc[0], "US$", "First", starts),
        ("last_price", mine and mine.lows["price"].iloc[-1], "US$", "Lowest so far", ends),
        ("fold", mine and mine.fold(o1), "times", "How many times lower than o1’s first price is", [r.fold(o1) for r in tried]),
        ("o1_days", mine and (mine.tenth(o1) - o1_day).days, "days", "Days from o1’s first price until less than a tenth of it was", days),
    ]
    return [
        *(_ranged(f"moment.ladder.{id}", v, unit, f"{d}: {what}; {_SPAN}.", span, _LADDER) for id, v, unit, d, span in asked),
    ]


def _ranged(
    id: str, value: Any, unit: str, said: str, span: Sequence[Any], tables: Sequence[str]
) -> Number:
    """Make a number with the range over what else it could have been."""
    known = pd.Series(span).dropna()
    low, high = (known.min(), known.max()) if len(known) else (None, None)
    return Number.of(id, value, unit, said, tables, low, high)
