"""The numbers on the price lists: what moved in them, how late they are, and what was dropped."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from openrace.measures.costs.price_lists import COMMITS, LISTS
from openrace.numbers import Number

_CHANGES = ("list_prices", "model_names", "price_hosts")
_AGREED = (*_CHANGES, "capability_index")
_GROUPS = {"us_closed": ("United States", "closed"), "cn_open": ("China", "open")}
_EXACT, _LOOSE = 1e-9, 0.05


def numbers(
    changes: pd.DataFrame,
    lags: pd.DataFrame,
    by_seller: pd.DataFrame,
    by_model: pd.DataFrame,
    price_rows: pd.DataFrame,
) -> list[Number]:
    """Return the numbers on the price lists; which there are depends on nothing.

    Args:
        changes: see `price_lists.changes`.
        lags: see `price_lists.lags`.
        by_seller: see `price_lists.agreement`.
        by_model: the same for medians over a list's sellers.
        price_rows: table of that name.
    """
    return [
        *_changes(changes),
        *_lags(lags),
        *_dropped(price_rows),
        *_agreement(by_seller, "", "pairs of a model and a seller"),
        *_agreement(by_model, "any_seller.", "models, by the median over a list’s sellers,"),
    ]


def _changes(changes: pd.DataFrame) -> Iterator[Number]:
    """Tell how often the price of one model changed."""
    own = changes[changes["own"].astype(bool)]
    some = len(changes) > 0
    once = own.drop_duplicates(["model", "input", "output"])
    words = "Changes of the price of one model at its own maker, told by values: "
    rows = [
        ("", once, words + "each once, whichever lists show it."),
        (".up", once[once["factor"] > 1], words + "upwards, each once."),
        (".down", once[once["factor"] < 1], words + "downwards, each once."),
        *((f".{s.replace('.', '_')}", own[own["source"] == s], f"{words}in {s}.") for s in LISTS),
        (".all_sellers", changes, words.replace("its own maker", "any seller") + "in any list."),
    ]
    for name, of, text in rows:
        value = len(of) if some else None
        yield Number.of(f"costs.history.changes{name}", value, "count", text, _CHANGES)


def _lags(lags: pd.DataFrame) -> Iterator[Number]:
    """Tell how many days the lists were behind the makers."""
    tables = ("official_prices", "list_prices", "model_names", "price_hosts")
    commits = lags[lags["source"].isin(COMMITS)]
    first = commits.groupby(["date", "model", "host"])["days"].min().dropna().astype(float)
    by_list = commits.groupby("source")["days"].max().astype(float)
    yield Number.of(
        "costs.history.lag_days.median",
        first.median(),
        "days",
        "Median days from the day on which a maker’s price held to the first commit of a list "
        "that shows it, of prices that some list shows. The range is of the middle half.",
        tables,
        first.quantile(0.25),
        first.quantile(0.75),
    )
    yield Number.of(
        "costs.history.lag_days.max",
        first.max(),
        "days",
        "The longest of these. The range is of the longest in each list with commits.",
        tables,
        by_list.min(),
        by_list.max(),
    )
    told = lags[["date", "model", "host"]].drop_duplicates()
    for name, value, unit, text in (
        ("told", len(told) or None, "count", "Prices with a maker’s day that a list could show."),
        (
            "shown",
            len(first) if len(told) else None,
            "count",
            "Of these, shown by a list with commits.",
        ),
        (
            "catalogues",
            lags.loc[lags["source"] == "litellm", "days"].astype(float).median(),
            "days",
            "Median days until a catalogue of LiteLLM shows such a price; they are months apart.",
        ),
    ):
        yield Number.of(f"costs.history.lag_days.{name}", value, unit, text, tables)


def _dropped(price_rows: pd.DataFrame) -> Iterator[Number]:
    """Tell how many rows of the lists are no prices."""
    rows = price_rows.groupby("reason")["rows"].sum()
    read = price_rows["rows"].sum() or None
    yield Number.of(
        "costs.history.rows",
        read,
        "count",
        "Rows that three price lists hold, of all sellers and models.",
        ("price_rows",),
    )
    for name, text in (
        ("free", "both prices are zero: free tiers, trials and placeholders."),
        ("glitch", "a price is above 1,000 dollars per million tokens, which no seller asks."),
        ("vertex_ai", "they are of Google’s cloud, in part priced by character."),
    ):
        yield Number.of(
            f"costs.history.dropped.{name}",
            rows.get(name, 0) if read else None,
            "count",
            f"Rows of the three price lists that were left out because {text}",
            ("price_rows",),
        )


def _agreement(table: pd.DataFrame, infix: str, what: str) -> Iterator[Number]:
    """Tell how often the lists agree on a day that they share."""
    for name, (bloc, access) in _GROUPS.items():
        rows = table[(table["bloc"] == bloc) & (table["access"] == access)]
        apart = rows["apart"].astype(float)
        yield Number.of(
            f"costs.history.sources_agree.{infix}{name}",
            rows["agree"].astype(float).mean(),
            "share",
            f"Share of {what} of which all lists that have it on the last common catalogue day "
            "agree within two per cent, input and output; models with a score, and with access as "
            "the index says. The range is of exact agreement and of agreement within five per "
            "cent.",
            _AGREED,
            (apart <= 1 + _EXACT).mean() if len(rows) else None,
            (apart <= 1 + _LOOSE).mean() if len(rows) else None,
        )
        yield Number.of(
            f"costs.history.sources_agree.{infix}count.{name}",
            len(rows) or None,
            "count",
            f"Number of such {what}.",
            _AGREED,
        )
