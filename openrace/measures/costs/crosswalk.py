"""Which models of the index have a price: at whom, in which list, and which names stay unmatched.

Names of price lists are matched whole, by table `model_names`; a name that is not in it is
counted and listed, never guessed. Makers' own prices and hosts' prices of the same weights stay
two columns, because they differ by several times.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from openrace.capability import copies
from openrace.numbers import Number
from openrace.prices import blended, prices

#: Every price known, makers' own days first; then each list as it is, without makers' own days.
ALL = "all"
LISTS = ("litellm", "models.dev", "tokencost")

#: The index score from which price lists were matched.
LEAST_SCORE = 130.0

SIDES = {
    ("China", "open"): "cn_open",
    ("United States", "closed"): "us_closed",
    ("United States", "open"): "us_open",
}

TABLES = ("list_prices", "official_prices", "model_names", "price_hosts", "capability_index")
_OFFER = ["model", "lab", "bloc", "access", "side", "score", "released", "own", "cheapest", "host"]

Histories = Mapping[str, pd.DataFrame]


def histories(
    list_prices: pd.DataFrame,
    official_prices: pd.DataFrame,
    model_names: pd.DataFrame,
    price_hosts: pd.DataFrame,
    corrections: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """Return the history of prices with makers' own days, and each list's history without them.

    Returns:
        For `all` and for each list the table of `prices.prices`; a single list's rows on days on
        which that list was made: what a moving name comes to mean between two it did not say.
    """
    rest = (model_names, price_hosts, corrections)
    lists = prices(list_prices, official_prices.iloc[:0], *rest)
    found = {ALL: prices(list_prices, official_prices, *rest)}
    for name in LISTS:
        days = pd.Index(list_prices.loc[list_prices["source"] == name, "date"].unique())
        found[name] = _said(lists[lists["source"] == name], days.sort_values())
    return found


def _said(history: pd.DataFrame, days: pd.Index) -> pd.DataFrame:
    """Move each row to the first day, not before its own, on which its list was made."""
    at = days.searchsorted(history["date"])
    rows = history[at < len(days)]
    return rows.assign(date=days[at[at < len(days)]]) if len(rows) else rows


class Scores(NamedTuple):
    """The copy of the index that a chapter reads, the other one, and the first one's day."""

    models: pd.DataFrame
    other: pd.DataFrame
    day: pd.Timestamp


def scores(
    capability_index: pd.DataFrame,
    corrections: pd.DataFrame,
    countries: pd.DataFrame,
    quality_measure: str = "eci",
) -> Scores:
    """Return the scores that count as quality, and others to see what hangs on the choice.

    Args:
        capability_index: table of that name.
        corrections: table of that name.
        countries: table of that name.
        quality_measure: `eci`, the latest copy of the index, or `eci_previous`, the one before.
    """
    days = sorted(capability_index["date"].unique())[-2:]
    pair = copies(capability_index, corrections, countries)
    if quality_measure == "eci_previous" and len(days) == 2:
        return Scores(pair[1], pair[0], pd.Timestamp(days[0]))
    return Scores(*pair, pd.Timestamp(capability_index["date"].max()))


def dated(numbers: list[Number], copy: pd.Timestamp) -> list[Number]:
    """Return numbers that say that they end with a copy of the index, where they rest on one.

    Prices go on after the last scores; what is matched on scores does not.
    """
    return [n.ended(copy) if "capability_index" in n.tables else n for n in numbers]


def last_day(history: pd.DataFrame, copy: pd.Timestamp) -> pd.Timestamp:
    """Return the last day of a history not after the day of a copy of the index."""
    return history.loc[history["date"] <= copy, "date"].max()


def standing(history: pd.DataFrame, day: pd.Timestamp, blend: float = 3.0) -> pd.DataFrame:
    """Return the price of each model at each seller that stood on a day.

    A maker's own word goes before lists; of several lists, and of several names at one seller, the
    median counts. A price stands until its list drops the name.

    Args:
        history: see `prices.prices`.
        day: the day.
        blend: input tokens per output token.

    Returns:
        model, host, host_lab, price (US$ per million blended tokens).
    """
    rows = history[history["date"] <= day]
    rows = rows.drop_duplicates(["source", "model", "host", "listed_as"], keep="last")
    rows = rows.dropna(subset=["input", "output"])
    rows = rows.assign(
        price=blended(rows["input"], rows["output"], blend), told=rows["source"] == "maker"
    )
    rows = rows[rows["told"] | ~rows.groupby(["model", "host"])["told"].transform("any")]
    seller = ["model", "host", "host_lab"]
    one = rows.groupby([*seller, "source"], dropna=False, as_index=False)["price"].median()
    return one.groupby(seller, dropna=False, as_index=False)["price"].median()


def offers(
    history: pd.DataFrame, models: pd.DataFrame, day: pd.Timestamp, blend: float = 3.0
) -> pd.DataFrame:
    """Return the scored models of three sides with their prices on a day, one row per model.

    Args:
        history: see `prices.prices`.
        models: one copy of the index; see `capability.models`.
        day: models released later are left out.
        blend: input tokens per output token.

    Returns:
        model, lab, bloc, access, side (cn_open, us_closed or us_open), score, released, own (its
        maker's price; missing when the maker does not sell it), cheapest (the lowest price of any
        seller) and host (that seller); US$ per million blended tokens; by score, then name.
    """
    stood = standing(history, day, blend).sort_values(["price", "host"])
    known = models[(models["score"] >= LEAST_SCORE) & ~(models["released"] > day)]
    side = pd.Series(list(zip(known["bloc"], known["access"], strict=True)), index=known.index)
    known = known.assign(side=side.map(SIDES).astype("str")).dropna(subset="side")
    sold = known.merge(stood, on="model")
    own = sold[sold["host_lab"] == sold["lab"]].drop_duplicates("model")
    low = sold.drop_duplicates("model").rename(columns={"price": "cheapest"})
    table = low.merge(own[["model", "price"]].rename(columns={"price": "own"}), how="left")
    return table[_OFFER].sort_values(["score", "model"], ignore_index=True)


def coverage(histories: Histories, models: pd.DataFrame) -> pd.DataFrame:
    """Return how many index models of each side have ever had a price, by list.

    Returns:
        source (`all` or a list), side, models (scored `LEAST_SCORE` or more), priced (at any
        seller), own (at their makers).
    """
    known = models[models["score"] >= LEAST_SCORE]
    rows = []
    for source, history in histories.items():
        sold = history.dropna(subset="input").drop_duplicates(["model", "host_lab"])
        own = sold.merge(models[["model", "lab"]], on="model")
        own = own[own["host_lab"] == own["lab"]]
        for (bloc, access), side in SIDES.items():
            names = known.loc[(known["bloc"] == bloc) & (known["access"] == access), "model"]
            has, at_maker = names.isin(sold["model"]).sum(), names.isin(own["model"]).sum()
            rows.append((source, side, len(names), int(has), int(at_maker)))
    return pd.DataFrame(rows, columns=["source", "side", "models", "priced", "own"])


def without_price(histories: Histories, models: pd.DataFrame) -> pd.DataFrame:
    """Return the index models of all homes, scored high enough, that no list has ever priced.

    Returns:
        model, lab, country, access, score, released.
    """
    sold = histories[ALL].dropna(subset="input")["model"]
    rows = models[(models["score"] >= LEAST_SCORE) & ~models["model"].isin(sold)]
    columns = ["model", "lab", "country", "access", "score", "released"]
    return rows[columns].reset_index(drop=True)


def numbers(
    histories: Histories, models: pd.DataFrame, unmatched_names: pd.DataFrame
) -> list[Number]:
    """Return which share of the index has a price, by side, and how many names stay unmatched.

    Args:
        histories: see `histories`.
        models: one copy of the index; see `capability.models`.
        unmatched_names: table of that name.
    """
    table = coverage(histories, models)
    scored = (
        f"Of the models of three sides that the index scores at {LEAST_SCORE:.0f} or more (open "
        f"Chinese, closed US, open US), the share that {{}}; the range is that of the single "
        "price lists."
    )
    asked = [
        ("", "priced", "has had a price at any seller in any list or by its maker"),
        (".maker", "own", "has had a price at its own maker"),
    ]
    found = []
    for variant, column, words in asked:
        value, low, high = _share(table, column)
        found.append(
            _number(f"matched_share{variant}", value, "share", scored.format(words), low, high)
        )
    for side in SIDES.values():
        rows = table[table["side"] == side]
        value, low, high = _share(rows, "priced")
        words = f"has had a price, side {side}"
        found.append(
            _number(f"matched_share.{side}", value, "share", scored.format(words), low, high)
        )
    count = int(table.loc[table["source"] == ALL, "models"].sum()) or None
    missing = len(without_price(histories, models)) if count else None
    names = len(unmatched_names) or None
    return [
        *found,
        _number(
            "models",
            count,
            "models",
            "Models of the three sides that the index scores at 130 or more.",
        ),
        _number(
            "without_price",
            missing,
            "models",
            "Models of any home, scored at 130 or more, that no list has ever priced.",
        ),
        Number.of(
            "costs.crosswalk.unmatched",
            names,
            "count",
            "Names at makers in the three price lists that stand for no model of the table of "
            "names; listed in unmatched_names.",
            ("unmatched_names",),
        ),
    ]


def _share(table: pd.DataFrame, column: str) -> tuple[float | None, float | None, float | None]:
    """Return the share of models in all lists together, and the least and most of single lists."""
    sums = table.groupby("source")[["models", column]].sum()
    shares = (sums[column] / sums["models"].where(sums["models"] > 0)).dropna()
    if ALL not in shares:
        return None, None, None
    lists = shares[[name for name in LISTS if name in shares]]
    return float(shares[ALL]), float(lists.min()), float(lists.max())


def _number(
    id: str, value: object, unit: str, words: str, low: object = None, high: object = None
) -> Number:
    return Number.of(f"costs.crosswalk.{id}", value, unit, words, TABLES, low, high)
