"""How far the price lists can be trusted: what they call changes, how late they are, who agrees."""

from __future__ import annotations

from typing import Any

import pandas as pd

from openrace.measures.costs.history import SAME
from openrace.prices import blended

LISTS = ("tokencost", "models.dev", "litellm")
COMMITS = ("tokencost", "models.dev")

#: A list may show a price on the eve of the day that a maker names, by the hour of its place.
_EVE = pd.Timedelta(days=1)

_PRICE = ["input", "output"]


def changes(listed: pd.DataFrame) -> pd.DataFrame:
    """Return the changes of a model's price at one seller in one list, each once.

    Compared are values: most of what the lists call a change is one of other fields. Several names
    of one model change together and count once.

    Args:
        listed: see `history.listed`.

    Returns:
        date, model, host, own (whether the seller made it), source, input, output, factor (of the
        three-to-one blend, new over old); by date.
    """
    names = ["source", "provider", "model", "listed_as"]
    rows = listed.sort_values(["date", *names], kind="stable").dropna(subset=_PRICE)
    before = rows.groupby(names)[_PRICE].shift()
    moved = before["input"].notna() & (rows[_PRICE] != before).any(axis=1)
    old, new = (blended(p["input"], p["output"]) for p in (before, rows))
    rows = rows.assign(factor=new / old, own=rows["host_lab"].notna())[moved]
    rows = rows.drop_duplicates(["source", "host", "model", "date"])
    kept = ["date", "model", "host", "own", "source", *_PRICE, "factor"]
    return rows[kept].reset_index(drop=True)


def lags(
    list_prices: pd.DataFrame,
    official_prices: pd.DataFrame,
    model_names: pd.DataFrame,
    price_hosts: pd.DataFrame,
) -> pd.DataFrame:
    """Return how long each list took to show the prices whose first day the maker told.

    The name that the model had on that day is followed, even if it has since moved to another
    model. Left out are lists that had not begun or had ended, and prices that the list showed
    already because a predecessor of the same name cost as much.

    Returns:
        date (the maker's), model, host, source, seen (first day on which the list shows it;
        missing when it never does), days; by date.
    """
    hosts = price_hosts[["provider", "host"]]
    rows = list_prices.merge(hosts, on="provider")
    rows["name"] = rows["model"].str.rsplit("/", n=1).str[-1].str.lower()
    names = model_names[model_names["source"] == "list_prices"]
    found = []
    for told in official_prices.merge(hosts, on="provider").to_dict("records"):
        ours = names[(names["model"] == told["model"]) & ~(names["from"] > told["date"])]
        of = rows[rows["name"].isin(ours["name"]) & (rows["host"] == told["host"])]
        for source in LISTS:
            span = list_prices.loc[list_prices["source"] == source, "date"]
            if span.min() <= told["date"] <= span.max():
                found += _seen(of[of["source"] == source], told, source)
    columns = ["date", "model", "host", "source", "seen", "days"]
    table = pd.DataFrame(found, columns=columns)
    table = table.astype(dict.fromkeys(("date", "seen"), "datetime64[us]"))
    return table.assign(days=(table["seen"] - table["date"]).dt.days.clip(lower=0))


def _seen(rows: pd.DataFrame, told: dict[str, Any], source: str) -> list[dict[str, Any]]:
    """Return the first day on which rows of a list show a maker's price, unless they did before."""
    close = abs(rows["input"] / told["input"] - 1) < SAME
    close &= abs(rows["output"] / told["output"] - 1) < SAME
    eve = told["date"] - _EVE
    before = rows[rows["date"] < eve].groupby("model").tail(1).index
    if close[before].any():
        return []
    days = rows.loc[close & (rows["date"] >= eve), "date"]
    seen = days.min() if len(days) else pd.NaT
    return [{k: told[k] for k in ("date", "model", "host")} | {"source": source, "seen": seen}]


def agreement(
    listed: pd.DataFrame,
    models: pd.DataFrame,
    days: list[pd.Timestamp],
    by_seller: bool = True,
) -> pd.DataFrame:
    """Return for each model, or each model and seller, whether the lists agree on a common day.

    The common day is the last catalogue of LiteLLM on which another list that had not ended
    showed the same. Of several names in a list at one seller the cheapest counts, and of several
    sellers the median.

    Args:
        listed: see `history.listed`.
        models: one copy of the index; see `capability.models`.
        days: the days of the catalogues.
        by_seller: compare each seller's price; otherwise the median over a list's sellers.

    Returns:
        model, host (if by seller), bloc, access, date (the common day), apart (dearest list over
        cheapest, of input or output, whichever is more), agree (apart by at most two per cent).
    """
    keys = ["model", "host"] if by_seller else ["model"]
    ends = listed.groupby("source")["date"].max()
    found: list[pd.DataFrame] = []
    for day in sorted(days, reverse=True):
        names = ["model", "host", "source", "listed_as"]
        rows = listed[listed["source"].isin(LISTS) & (listed["date"] <= day)]
        rows = rows[rows["source"].map(ends) >= day]
        rows = rows.sort_values("date", kind="stable").groupby(names).tail(1).dropna(subset="input")
        low = rows.groupby(["model", "host", "source"])[_PRICE].min()
        pairs = low.groupby([*keys, "source"])[_PRICE].median().groupby(keys)[_PRICE]
        apart = (pairs.max() / pairs.min()).max(axis=1)[pairs.size() > 1]
        found.append(apart.rename("apart").reset_index().assign(date=day))
    table = pd.concat(found) if found else pd.DataFrame(columns=[*keys, "apart", "date"])
    table = table.drop_duplicates(keys).merge(models[["model", "bloc", "access"]], on="model")
    return table.assign(agree=table["apart"].astype(float) <= 1 + SAME)
