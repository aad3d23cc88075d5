"""What each lab's flagship cost, day by day, and how far the price lists can be trusted.

A lab's flagship is a matter of rule (table `flagships`), and so is the list that is believed on a
day: a maker's own day before any list, a list with days of commits before one of catalogues, and
no list after its last day. Where no list shows a flagship yet, its first price is carried back and
marked: that is a guess, not an observation.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan
from typing import Any

import pandas as pd

from openrace.corrections import corrected
from openrace.prices import AT_HOME, blended, prices, resolved

#: Which list is believed first, of those that have not ended.
ORDER = ("maker", "models.dev", "tokencost", "genai-prices", "litellm")

SECOND_SHOPS = (*AT_HOME, "google-vertex")

#: Prices that differ by less are the same, in whatever list.
SAME = 0.02

_STEP = ["lab", "country", "bloc", "tier", "model", "from", "until", "input", "output", "price"]
_STEP += ["source", "date_kind", "shown"]
_PRICE = ["input", "output"]
_KEPT = [*_PRICE, "source", "date_kind"]
_SAID = ["date", "listed_as", *_KEPT]
_SAME_STEP = (*_PRICE, "source", "shown")


def storefronts(list_prices: pd.DataFrame) -> pd.DataFrame:
    """Return price lists without the second shops of makers, where the same name costs otherwise.

    Left out are makers' sites for customers in China, priced in yuan, and Google's cloud.
    """
    return list_prices[~list_prices["provider"].isin(SECOND_SHOPS)].reset_index(drop=True)


def catalogue_days(list_prices: pd.DataFrame) -> list[pd.Timestamp]:
    """Return the days of LiteLLM's catalogues, oldest first."""
    days = list_prices.loc[list_prices["source"] == "litellm", "date"]
    return sorted(days.unique())


def told(
    list_prices: pd.DataFrame,
    official_prices: pd.DataFrame,
    model_names: pd.DataFrame,
    price_hosts: pd.DataFrame,
    corrections: pd.DataFrame,
) -> pd.DataFrame:
    """Return one history of prices, with one shop per maker, up to the last day observed.

    A moving name passes on at a day that the names know, but nobody had seen on an earlier day.

    Returns:
        See `prices.prices`.
    """
    shops = storefronts(list_prices)
    rows = prices(shops, official_prices, model_names, price_hosts, corrections)
    last = pd.Series([list_prices["date"].max(), official_prices["date"].max()]).max()
    return rows[rows["date"] <= last].reset_index(drop=True)


def listed(
    list_prices: pd.DataFrame,
    model_names: pd.DataFrame,
    price_hosts: pd.DataFrame,
    corrections: pd.DataFrame,
) -> pd.DataFrame:
    """Return what the lists say, also where a maker's own days are known, seller's keys apart.

    Returns:
        The columns of `prices.prices`, and provider; one shop per maker, by date.
    """
    hosts = price_hosts.drop(columns="basis").rename(columns={"country": "home", "lab": "host_lab"})
    shops = storefronts(corrected(list_prices, corrections, "list_prices"))
    rows = resolved(shops, model_names).merge(hosts, on="provider")
    rows = rows[rows["date"] <= list_prices["date"].max()]
    return rows.sort_values(["date", "model", "provider", "source"], ignore_index=True)


def tenures(flagships: pd.DataFrame, countries: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """Return when each model was its lab's flagship, up to the last day of prices.

    Returns:
        lab, country, bloc, tier, model, from, until (the successor's first day, or `end`), last
        (whether there is no successor); by lab, tier and day.
    """
    table = flagships.merge(countries[["country", "bloc"]], how="left")
    table = table.sort_values(["lab", "tier", "from"], ignore_index=True)
    next_day = table.groupby(["lab", "tier"])["from"].shift(-1)
    table = table.assign(until=next_day.fillna(end), last=next_day.isna())
    table = table[table["from"] <= table["until"]]
    kept = ["lab", "country", "bloc", "tier", "model", "from", "until", "last"]
    return table[kept].reset_index(drop=True)


def steps(
    told: pd.DataFrame, flagships: pd.DataFrame, countries: pd.DataFrame, blend: float = 3.0
) -> pd.DataFrame:
    """Return the price of each lab's flagship at its own API, a row for each step.

    Args:
        told: see `told`; rows of one list only give that list's history.
        flagships: table of that name.
        countries: table of that name.
        blend: input tokens per output token.

    Returns:
        lab, country, bloc, tier, model, from, until, input, output, price (US$ per million tokens
        of the blend), source, date_kind, shown (False while no list shows the model that day: the
        first price carried back, or the last of a list that has ended); by lab, tier and day.
    """
    ends = told.groupby("source")["date"].max().to_dict() | {"maker": pd.Timestamp.max}
    found: list[dict[str, Any]] = []
    end = told["date"].max()
    shops = dict(list(told.groupby(["model", "host_lab"])))
    for row in tenures(flagships, countries, end).to_dict("records"):
        history = stitched(shops.get((row["model"], row["lab"]), told.iloc[:0]), ends, end)
        history = history[(history["date"] < row["until"]) | row.pop("last")]
        history = history.dropna(subset="input")
        found += [row | step for step in _within(history, row["from"], row["until"])]
    if not found:
        return pd.DataFrame(columns=_STEP)
    table = pd.DataFrame(found)
    return table.assign(price=blended(table["input"], table["output"], blend))[_STEP]


def stitched(rows: pd.DataFrame, ends: dict[str, pd.Timestamp], end: pd.Timestamp) -> pd.DataFrame:
    """Return one history of a model at one seller from several lists.

    A list that takes over from one that has ended, and says otherwise, is believed from its next
    row on: till then it may only be late. Once a list that is believed drops the name, the model
    is gone, since other lists keep what has been retired.

    Args:
        rows: the rows of `prices` for the model and the seller.
        ends: the last day of each list.
        end: the last day of any price.

    Returns:
        date, input, output, source, date_kind, shown; a row per change of price, of list, or of
        whether a list shows it; without a price at the end when the model is gone.
    """
    said: dict[pd.Timestamp, list[dict[str, Any]]] = {
        ends[source] + pd.Timedelta(days=1): [] for source in set(rows["source"]) - {"maker"}
    }
    for row in rows[_SAID].to_dict("records"):
        said.setdefault(row["date"], []).append(row)
    told: list[dict[str, Any]] = []
    names: dict[str, dict[str, dict[str, Any]]] = {source: {} for source in ORDER}
    for day in sorted(day for day in said if day <= end):
        for row in said[day]:  # the name spoken of last comes to stand last
            names[row["source"]].pop(row["listed_as"], None)
            names[row["source"]][row["listed_as"]] = row
        standing = _standing(names, ends, day, told[-1] if told else None)
        if standing and not (told and all(told[-1][k] == standing[k] for k in _SAME_STEP)):
            told.append({"date": day, **standing})
        if standing and pd.isna(standing["input"]):
            break
    return pd.DataFrame(told, columns=["date", *_PRICE, "source", "date_kind", "shown"])


def _standing(
    names: dict[str, dict[str, dict[str, Any]]],
    ends: dict[str, pd.Timestamp],
    day: pd.Timestamp,
    before: Any,
) -> Any:
    """Return the price of the most trusted list that stands, else the last that was believed."""
    for source in ORDER:
        of = list(names[source].values()) if day <= ends.get(source, day) else []
        there = [row for row in of if not isnan(row["input"])]
        if there:
            last = there[-1]
            late = before and source != before["source"] and last["date"] < before["date"]
            if late and any(last[k] != before[k] for k in _PRICE):
                continue
            return {k: last[k] for k in _KEPT} | {"shown": True}
        if of and before and before["source"] == source:
            return {k: of[-1][k] for k in _KEPT} | {"shown": False}
    return {k: before[k] for k in _KEPT} | {"shown": False} if before else None


def _within(rows: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> Iterator[dict[str, Any]]:
    """Cut a history to the days on which the model was the flagship."""
    days = [*rows["date"], end]
    for at, row in enumerate(rows.to_dict("records")):
        until = min(days[at + 1], end)
        day = row.pop("date")
        if at == 0 and day > start:
            yield row | {"from": start, "until": day, "shown": False}
        if until > start or at + 1 == len(rows):
            yield row | {"from": max(day, start), "until": until}
