"""What the ladder of prices says, and under which choices it would say something else.

The index has errors of its own and a price of two kinds needs a mix, so the ladder is drawn again
with the score one point lower and higher, four mixes, and makers' own prices only. Whether a
Chinese model ever was the cheapest hangs on such choices; who cut o1's price first does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd

from openrace.measures.moment.price import O1, O1_MINI, O3_MINI, R1, ladder, least_score
from openrace.measures.moment.prices import price_on
from openrace.numbers import Number

#: Mixes of tokens that are tried: input tokens for each of output.
BLENDS = (1.0, 3.0, 10.0, 30.0)

PRICES = ("list_prices", "official_prices", "model_names", "price_hosts")
_TABLES = (*PRICES, "capability_index")
_SPAN = "the range is that over readings: the score one index point lower or higher, mixes of 1, "
_SPAN += "3, 10 and 30 input tokens for each of output, all sellers or makers’ own prices only"
_SIDES = {"us": "United States", "cn": "China"}


class Reading(NamedTuple):
    """One way to draw the ladder: the least score, the mix, whose prices; and its lows."""

    least: float
    blend: float
    own_only: bool
    lows: pd.DataFrame

    def end(self, at: int, column: str) -> Any:
        """Return what a column says of the first (0) or last (-1) low; None without lows."""
        return self.lows[column].iloc[at] if len(self.lows) else None

    def fold(self, o1: pd.Series) -> float:
        """Return how many times lower the last low is than o1's first price."""
        return mixed(o1, self.blend) / self.lows["price"].min()

    def tenth(self, o1: pd.Series) -> Any:
        """Return the low that first cost less than a tenth of o1's first price."""
        rows = self.lows[self.lows["price"] < mixed(o1, self.blend) / 10]
        return rows.iloc[0] if len(rows) else pd.Series({"date": pd.NaT, "model": None})

    def of(self, bloc: str) -> pd.DataFrame:
        """Return the lows that a bloc's models set."""
        return self.lows[self.lows["bloc"] == bloc]

    def steps(self, bloc: str) -> int | None:
        """Return how many lows after the first a bloc's models set; None without lows."""
        return int((self.lows["bloc"].iloc[1:] == bloc).sum()) if len(self.lows) else None


def mixed(price: pd.Series, blend: float) -> float:
    """Return the price of a mix, `blend` input tokens for each of output."""
    return float((blend * price["input"] + price["output"]) / (blend + 1))


def readings(prices: pd.DataFrame, models: pd.DataFrame, least: float) -> list[Reading]:
    """Draw the ladder under every choice; a ladder without steps is left out."""
    found = [
        Reading(score, blend, own, ladder(prices, models, score, blend, own))
        for score in (least - 1, least, least + 1)
        for blend in BLENDS
        for own in (False, True)
    ]
    return [reading for reading in found if len(reading.lows)]


def first_day(prices: pd.DataFrame, pair: tuple[str, str]) -> Any:
    """Return the first day of a price of a model at a seller; not a time when there is none."""
    return prices.loc[(prices["model"] == pair[0]) & (prices["host"] == pair[1]), "date"].min()


def ranged(
    id: str, value: Any, unit: str, said: str, span: Sequence[Any], tables: Sequence[str]
) -> Number:
    """Make a number with the range over what else it could have been."""
    known = pd.Series(span, dtype=None if len(span) else float).dropna()
    low, high = (known.min(), known.max()) if len(known) else (None, None)
    return Number.of(id, value, unit, said, tables, low, high)


def numbers(
    prices: pd.DataFrame,
    models: pd.DataFrame,
    threshold: str | float = "o1",
    blend: float = 3.0,
) -> list[Number]:
    """Return the numbers of the ladder.

    Args:
        prices: see `prices.prices`.
        models: one copy of the index; see `quality.models`.
        threshold: whose score, or which, counts as enough.
        blend: input tokens for each output token.
    """
    least = least_score(models, threshold)
    enough = f"{threshold}’s score" if isinstance(threshold, str) else f"{threshold:g} index points"
    chosen = Reading(least, blend, False, ladder(prices, models, least, blend))
    tried = readings(prices, models, least)
    what = f"the cheapest list price of any model with at least {enough}, whoever sells it"
    return [
        *_scores(models, least, enough),
        *_falls(prices, chosen, tried, what),
        *_sides(chosen, tried, what),
        *_at_r1_score(prices, models, blend),
        *_matched(prices, models, least, enough),
    ]


def _scores(models: pd.DataFrame, least: float, enough: str) -> list[Number]:
    """Return the score that counts as enough, and how far the famous models are from it."""
    scores = models.set_index("model")["score"].astype(float)
    named = {"o1": O1[0], "r1": R1[0], "o3_mini": O3_MINI[0], "o1_mini": O1_MINI[0]}
    found = {id: scores.get(model, float("nan")) for id, model in named.items()}
    missing = pd.isna(found["r1"]) or pd.isna(least)
    copy = "in the copy of the index that is read"
    place = None if missing else "has" if found["r1"] >= least else "lacks"
    horizon = f"Newest release that is scored {copy}: no later model can be on the ladder."
    asked: list[tuple[str, object, str, str]] = [
        ("threshold", least, "score", f"What counts as enough, in index points: {enough}."),
        ("enough", enough, "text", "What counts as enough, in words."),
        *((f"score.{id}", v, "score", f"{named[id]}’s score {copy}.") for id, v in found.items()),
        ("r1_below_o1", found["o1"] - found["r1"], "score", f"Points that R1 is below o1 {copy}."),
        ("r1_reaches", place, "text", f"Whether R1 has or lacks {enough} {copy}."),
        ("horizon", models["released"].max(), "date", horizon),
    ]
    return [Number.of(f"moment.ladder.{id}", v, unit, d, _TABLES) for id, v, unit, d in asked]


def _falls(
    prices: pd.DataFrame, chosen: Reading, tried: list[Reading], what: str
) -> list[Number]:
    """Return the ladder's ends, and how soon and how far it fell below o1's first price."""
    day = first_day(prices, O1)
    o1 = price_on(prices, *O1, day)
    falls = [(r.tenth(o1)["date"] - day).days for r in tried]
    model = chosen.tenth(o1)["model"]
    fold = chosen.fold(o1) if len(chosen.lows) else None
    mix = f"{chosen.blend:g} input tokens for each of output, US$ per million"
    tenth = f"less than a tenth of o1’s first price was {what}"
    fall = "How many times o1’s first price is the lowest price so far"
    starts = [r.end(0, "price") for r in tried if r.least == chosen.least and not r.own_only]
    first = f"First price of the ladder: {what}; {mix}; the range is that over other mixes."
    last = f"Lowest price so far: {what}; {mix}; {_SPAN}."
    lasts, folds = [r.end(-1, "price") for r in tried], [r.fold(o1) for r in tried]
    asked: list[tuple[str, Any, str, str, list[Any]]] = [
        ("first_price", chosen.end(0, "price"), "US$", first, starts),
        ("last_price", chosen.end(-1, "price"), "US$", last, lasts),
        ("fold", fold, "times", f"{fall}: {what}; {_SPAN}.", folds),
        ("o1_days", _days(chosen, o1, day), "days", f"Days until {tenth}; {_SPAN}.", falls),
    ]
    named = f"The model by which {tenth}."
    return [
        *(ranged(f"moment.ladder.{id}", v, *rest, _TABLES) for id, v, *rest in asked),
        Number.of("moment.ladder.tenth_model", model, "text", named, _TABLES),
        *_ends(chosen, what),
    ]


def _days(reading: Reading, o1: pd.Series, day: Any) -> int | None:
    return (reading.tenth(o1)["date"] - day).days


def _ends(chosen: Reading, what: str) -> list[Number]:
    """Return day, model and seller of the first and the last low."""
    return [
        Number.of(
            f"moment.ladder.{end}_{column}",
            chosen.end(at, column),
            unit,
            f"The {end} low: its {column}; {what}.",
            _TABLES,
        )
        for end, at in (("first", 0), ("last", -1))
        for column, unit in (("date", "date"), ("model", "text"), ("host", "text"))
    ]


def _sides(chosen: Reading, tried: list[Reading], what: str) -> list[Number]:
    """Return whose models set the lows, and in how many readings a Chinese one did."""
    china = chosen.of("China")
    row = china.iloc[0] if len(china) else pd.Series({"date": None, "model": None, "host": None})
    days = [r.of("China")["date"].min() for r in tried]
    base, said = "moment.ladder", "first Chinese model to be the cheapest"
    whole = f"of the ladder, {what}"
    steps = [
        ranged(
            f"{base}.{code}_steps",
            chosen.steps(bloc),
            "count",
            f"Lows after the first, by models from {bloc}, {whole}; {_SPAN}.",
            [r.steps(bloc) for r in tried],
            _TABLES,
        )
        for code, bloc in _SIDES.items()
    ]
    lasts = pd.Series([r.end(-1, "bloc") for r in tried], dtype="str")
    counts = (
        ("readings", len(tried), f"Readings {whole}: {_SPAN.removeprefix('the range is that over ')}."),
        ("readings.cn_ever", sum(len(r.of("China")) > 0 for r in tried), f"Readings in which a Chinese model set a low {whole}."),
        ("readings.us_last", int((lasts == "United States").sum()), f"Readings in which a US model set the last low {whole}."),
        ("readings.us_tenth", None, ""),
    )
    return steps
