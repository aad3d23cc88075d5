"""What the ladder of prices says, and under which choices it would say something else.

The index has errors of its own and a price of two kinds needs a mix, so the ladder is drawn again
with the score one point lower and higher, four mixes, and makers' own prices only. Whether a
Chinese model ever was the cheapest hangs on such choices; who cut o1's price first does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import pandas as pd

from openrace.measures.moment.price import O1, O1_MINI, O3_MINI, R1, ladder, least_score
from openrace.numbers import Number
from openrace.prices import price_on

#: Mixes of tokens that are tried: input tokens for each of output.
BLENDS = (1.0, 3.0, 10.0, 30.0)

PRICES = ("list_prices", "official_prices", "model_names", "price_hosts")
LADDER_TABLES = (*PRICES, "capability_index")
_CHOICES = "both copies of the index, the score one point lower or higher, mixes of 1, 3, 10 and "
_CHOICES += "30 input tokens for each of output, all sellers or makers’ own prices only"
_SPAN = f"the range is that over readings: {_CHOICES}"
SIDES = {"us": "United States", "cn": "China"}

# id, value, unit, definition, and what else the value could have been
Asked = tuple[str, Any, str, str, Sequence[Any]]


class Reading(NamedTuple):
    """One way to draw the ladder: the least score, the mix, whose prices; and its lows."""

    least: float
    blend: float
    own_only: bool
    lows: pd.DataFrame

    def end(self, at: int, column: str) -> Any:
        """Return what a column says of the first (0) or the last (-1) low; None without lows."""
        return self.lows[column].iloc[at] if len(self.lows) else None

    def fold(self, o1: pd.Series) -> float:
        """Return how many times o1's first price is the lowest price so far."""
        return mixed(o1, self.blend) / float(self.lows["price"].min())

    def tenth(self, o1: pd.Series, column: str) -> Any:
        """Return what a column says of the low that first was below a tenth of o1's price."""
        return first_of(self.lows[self.lows["price"] < mixed(o1, self.blend) / 10], column)

    def set_by(self, bloc: str, column: str) -> Any:
        """Return what a column says of the first low that a bloc's model set."""
        return first_of(self.lows[self.lows["bloc"] == bloc], column)

    def steps(self, bloc: str) -> int | None:
        """Return how many lows after the first a bloc's models set; None without lows."""
        return int((self.lows["bloc"].iloc[1:] == bloc).sum()) if len(self.lows) else None


def first_of(rows: pd.DataFrame, column: str) -> Any:
    """Return what a column says of the first row; None without rows."""
    return rows[column].iloc[0] if len(rows) else None


def mixed(price: pd.Series, blend: float) -> float:
    """Return the price of a mix, `blend` input tokens for each of output."""
    return float((blend * price["input"] + price["output"]) / (blend + 1))


def readings(
    prices: pd.DataFrame, copies: Sequence[pd.DataFrame], threshold: str | float
) -> list[Reading]:
    """Draw the ladder under every choice; a ladder without lows is left out."""
    found = [
        Reading(score, blend, own, ladder(prices, models, score, blend, own))
        for models in copies
        for least in (least_score(models, threshold),)
        for score in (least - 1, least, least + 1)
        for blend in BLENDS
        for own in (False, True)
    ]
    return [reading for reading in found if len(reading.lows)]


def first_day(prices: pd.DataFrame, pair: tuple[str, str]) -> Any:
    """Return the first day of a price of a model at a seller; not a time when there is none."""
    return prices.loc[(prices["model"] == pair[0]) & (prices["host"] == pair[1]), "date"].min()


def told(asked: Iterable[Asked], tables: Sequence[str]) -> list[Number]:
    """Make numbers, each with the range over what else it could have been."""
    found = []
    for id, value, unit, definition, others in asked:
        known = [other for other in others if not pd.isna(other)]
        low, high = (min(known), max(known)) if known else (None, None)
        found.append(Number.of(f"moment.{id}", value, unit, definition, tables, low, high))
    return found


def numbers(
    prices: pd.DataFrame,
    models: pd.DataFrame,
    earlier: pd.DataFrame,
    threshold: str | float = "o1",
    blend: float = 3.0,
) -> list[Number]:
    """Return the numbers of the ladder.

    Args:
        prices: see `prices.prices`.
        models: one copy of the index; see `capability.models`.
        earlier: another copy, to see what hangs on the copy; it may be the same.
        threshold: whose score, or which, counts as enough.
        blend: input tokens for each of output.
    """
    least = least_score(models, threshold)
    enough = f"{threshold}’s score" if isinstance(threshold, str) else f"{threshold:g} index points"
    chosen = Reading(least, blend, False, ladder(prices, models, least, blend))
    copies = [models] if earlier.equals(models) else [models, earlier]
    tried = readings(prices, copies, threshold)
    what = f"the cheapest list price of any model with at least {enough}, whoever sells it"
    asked = [
        ("ladder.blend", blend, "count", "Input tokens for each of output in one price.", ()),
        *_scores(models, least, enough),
        *_falls(prices, chosen, tried, what),
        *_ends(chosen, what),
        *_sides(chosen, tried, what),
        *_verdicts(prices, tried, what),
    ]
    return told(asked, LADDER_TABLES)


def _scores(models: pd.DataFrame, least: float, enough: str) -> list[Asked]:
    """Return the score that counts as enough, and how far the famous models are from it."""
    scores = models.set_index("model")["score"].astype(float)
    named = {"o1": O1[0], "r1": R1[0], "o3_mini": O3_MINI[0], "o1_mini": O1_MINI[0]}
    found = {id: scores.get(model, float("nan")) for id, model in named.items()}
    missing = pd.isna(found["r1"]) or pd.isna(least)
    place = None if missing else "has" if found["r1"] >= least else "lacks"
    copy = "in the copy of the index that is read"
    newest = f"Newest release that is scored {copy}: no later model can be on the ladder."
    return [
        (
            "ladder.threshold",
            least,
            "index points",
            f"Index points that count as enough: {enough}.",
            (),
        ),
        ("ladder.enough", enough, "text", "What counts as enough, in words.", ()),
        *(
            (f"ladder.score.{id}", score, "index points", f"{named[id]}’s score {copy}.", ())
            for id, score in found.items()
        ),
        (
            "ladder.r1_below_o1",
            found["o1"] - found["r1"],
            "index points",
            f"o1’s less R1’s, {copy}.",
            (),
        ),
        ("ladder.r1_reaches", place, "text", f"Whether R1 has or lacks {enough} {copy}.", ()),
        ("ladder.horizon", models["released"].max(), "date", newest, ()),
    ]


def _falls(prices: pd.DataFrame, chosen: Reading, tried: list[Reading], what: str) -> list[Asked]:
    """Return the first price, the lowest, and how soon and how far below o1's first it fell."""
    day = first_day(prices, O1)
    o1 = price_on(prices, *O1, day)
    starts = [r.end(0, "price") for r in tried if r.least == chosen.least and not r.own_only]
    lasts, folds = [r.end(-1, "price") for r in tried], [r.fold(o1) for r in tried]
    days = [since(day, r.tenth(o1, "date")) for r in (chosen, *tried)]
    fold = chosen.fold(o1) if len(chosen.lows) else None
    mix = f"{chosen.blend:g} input tokens for each of output, US$ per million tokens"
    first = f"First low: {what}; {mix}; the range is that over mixes of 1, 3, 10 and 30."
    last = f"Lowest so far: {what}; {mix}; {_SPAN}."
    fall = f"How many times the lowest price so far o1’s first was; {what}; {_SPAN}."
    tenth = f"less than a tenth of o1’s first price was {what}"
    until = f"Days from o1’s first price until {tenth}; {_SPAN}."
    return [
        ("ladder.first_price", chosen.end(0, "price"), "US$", first, starts),
        ("ladder.last_price", chosen.end(-1, "price"), "US$", last, lasts),
        ("ladder.fold", fold, "times", fall, folds),
        ("ladder.o1_days", days[0], "days", until, days[1:]),
        ("ladder.tenth_model", chosen.tenth(o1, "model"), "text", f"With it {tenth}.", ()),
    ]


def since(day: Any, later: Any) -> int | None:
    """Return the days between two days; None when one is not known."""
    return None if later is None or pd.isna(day) else int((later - day).days)


def _ends(chosen: Reading, what: str) -> list[Asked]:
    """Return day, model and seller of the first and of the last low."""
    return [
        (
            f"ladder.{end}_{column}",
            chosen.end(at, column),
            unit,
            f"{end} low, {column}: {what}.",
            (),
        )
        for end, at in (("first", 0), ("last", -1))
        for column, unit in (("date", "date"), ("model", "text"), ("host", "text"))
    ]


def _sides(chosen: Reading, tried: list[Reading], what: str) -> list[Asked]:
    """Return how many lows each side's models set, and when a Chinese one first did."""
    first = f"on which a Chinese model first set a low: {what}"
    days = [r.set_by("China", "date") for r in tried]
    return [
        *(
            (
                f"ladder.{code}_steps",
                chosen.steps(bloc),
                "count",
                f"Lows after the first set by models from {bloc}: {what}; {_SPAN}.",
                [r.steps(bloc) for r in tried],
            )
            for code, bloc in SIDES.items()
        ),
        (
            "ladder.first_cn",
            chosen.set_by("China", "date"),
            "date",
            f"Day {first}; {_SPAN}, where one did.",
            [d for d in days if d],
        ),
        ("ladder.first_cn.model", chosen.set_by("China", "model"), "text", f"Model {first}.", ()),
        ("ladder.first_cn.host", chosen.set_by("China", "host"), "text", f"Seller {first}.", ()),
    ]


def _verdicts(prices: pd.DataFrame, tried: list[Reading], what: str) -> list[Asked]:
    """Count in how many readings a side's models cut the price first, ever, and last."""
    o1 = price_on(prices, *O1, first_day(prices, O1))
    cuts = [r.tenth(o1, "bloc") for r in tried]
    asked = {
        "": (len(tried), "that were tried"),
        ".us_tenth": (
            cuts.count("United States"),
            "in which a US model first cost less than a tenth of o1",
        ),
        ".cn_ever": (
            sum(r.set_by("China", "date") is not None for r in tried),
            "in which a Chinese model ever set a low",
        ),
        ".us_last": (
            sum(r.end(-1, "bloc") == "United States" for r in tried),
            "in which a US model set the last low",
        ),
    }
    return [
        (
            f"ladder.readings{id}",
            n if tried else None,
            "count",
            f"Readings {said}: {what}, with {_CHOICES}.",
            (),
        )
        for id, (n, said) in asked.items()
    ]
