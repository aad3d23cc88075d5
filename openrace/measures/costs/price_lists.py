"""How far the price lists can be trusted: what they call changes, how late they are, who agrees."""

from __future__ import annotations

from typing import Any

import numpy as np
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
    makers = official_prices.merge(hosts, on="provider")
    rows = list_prices.merge(hosts[hosts["host"].isin(makers["host"])], on="provider")
    rows["name"] = rows["model"].str.rsplit("/", n=1).str[-1].str.lower()
    names = model_names[model_names["source"] == "list_prices"]
    rows = rows[rows["name"].isin(names.loc[names["model"].isin(makers["model"]), "name"])]
    spans = list_prices.groupby("source")["date"].agg(["min", "max"]).reindex(LISTS)
    found = []
    for told in makers.to_dict("records"):
        ours = names[(names["model"] == told["model"]) & ~(names["from"] > told["date"])]
        of = rows[rows["name"].isin(ours["name"]) & (rows["host"] == told["host"])]
        for source, first, last in spans.itertuples():
            if first <= told["date"] <= last:
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
    calendar = pd.DatetimeIndex(sorted(days))
    rows = _last_shared(_spans(listed, calendar), keys)
    low = rows.groupby(["model", "host", "source"])[_PRICE].min()
    pairs = low.groupby([*keys, "source"])[_PRICE].median().groupby(keys)[_PRICE]
    apart = (pairs.max() / pairs.min()).max(axis=1).rename("apart")
    shared = calendar[rows.groupby(keys)["shared"].first().to_numpy(int)]
    table = apart.to_frame().assign(date=shared).reset_index()
    table = table.sort_values("date", ascending=False, kind="stable")
    table = table.merge(models[["model", "bloc", "access"]], on="model")
    return table.assign(agree=table["apart"].astype(float) <= 1 + SAME)


def _spans(listed: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the prices of the compared lists that stood on one of some days.

    Returns:
        The rows of `listed` with since and until: the places in `days` of the first on which the
        price stands, and of the first on which its list says otherwise, or has ended.
    """
    rows = listed[listed["source"].isin(LISTS)].sort_values("date", kind="stable")
    names = rows.groupby(["model", "host", "source", "listed_as"])
    changed = days.searchsorted(names["date"].shift(-1))  # of the last row: after all days
    ended = days.searchsorted(rows.groupby("source")["date"].transform("max"), side="right")
    rows = rows.assign(since=days.searchsorted(rows["date"]), until=np.minimum(changed, ended))
    return rows[rows["since"] < rows["until"]].dropna(subset="input").reset_index(drop=True)


def _last_shared(spans: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return what stood on the last day on which several lists showed the same, with that day."""
    rows = spans[spans.groupby(keys)["source"].transform("nunique") > 1]
    each = rows.loc[rows.index.repeat(rows["until"] - rows["since"]), [*keys, "source", "since"]]
    each = each.assign(shared=each["since"] + each.groupby(level=0).cumcount())
    each = each.drop_duplicates([*keys, "source", "shared"])
    lists = each.groupby([*keys, "shared"], as_index=False).size()
    last = lists[lists["size"] > 1].drop_duplicates(keys, keep="last")
    rows = rows.merge(last[[*keys, "shared"]], on=keys)
    return rows[(rows["since"] <= rows["shared"]) & (rows["shared"] < rows["until"])]
