"""Share of released models with open weights: three populations, side by side, with counts.

No list is all releases. Epoch evaluates a few dozen models a year, chosen for interest; a
catalogue holds what is still sold; the frontier is what came near the best score on its day. A
share of each is a fact of that list. Intervals are Wilson's (1927, JASA 22), 95 %: how far a share
could stray if the list were a chance draw of so many models, which none of them is.

Open means that weights can be downloaded, under whatever licence, by the list's last day: models
that were closed at release and opened since count as open.
"""

from __future__ import annotations

import math

import pandas as pd

from openrace.corrections import corrected
from openrace.labs import UNKNOWN

POPULATIONS = ("epoch", "catalogue", "frontier")
SIDES = {"us": "United States", "cn": "China"}
#: Points below the best score of its day at which a model still counts as frontier.
WIDTH = 10
#: A share of fewer models is drawn pale, and bounds nothing.
FEW = 5
#: How the weights of models in the catalogue are read; see `catalogue`.
READINGS = ("judged", "majority", "any")
SINCE = pd.Timestamp("2023-01-01")
_Z = 1.959964

_ROW = ["population", "model", "lab", "bloc", "released", "access", "contested"]
_COUNT = ["population", "half", "bloc", "models", "open", "unknown"]


def wilson(open_: float, models: float) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share; missing of no models."""
    if not models:
        return math.nan, math.nan
    share, z2 = open_ / models, _Z**2
    middle = (share + z2 / (2 * models)) / (1 + z2 / models)
    reach = _Z * math.sqrt(share * (1 - share) / models + z2 / (4 * models**2))
    reach /= 1 + z2 / models
    return max(0.0, round(middle - reach, 9)), min(1.0, round(middle + reach, 9))


def half_of(days: pd.Series) -> pd.Series:
    """Return the first day of each day's half-year."""
    month = days.dt.to_period("Q").dt.start_time
    return month.where(month.dt.month.isin([1, 7]), month - pd.DateOffset(months=3))


def catalogue(
    catalogue_releases: pd.DataFrame, corrections: pd.DataFrame, reading: str = "judged"
) -> pd.DataFrame:
    """Return the models of the catalogue, with what is read of their weights.

    Args:
        catalogue_releases: table of that name; its last edition is read.
        corrections: table of that name.
        reading: `judged`: a maker's repository of the name decides, else the catalogue's own
            entry, else most providers; `majority`: most providers alone; their halves leave it
            unknown; `any`: open if one provider says so.

    Returns:
        The table's columns with access (open, closed or missing) and contested (providers
        disagree).
    """
    table = corrected(catalogue_releases, corrections, "catalogue_releases")
    table = table[table["date"] == table["date"].max()]
    share = table["open"] / table["listings"]
    access = share.gt(0.5).map({True: "open", False: "closed"}).mask(share == 0.5)
    if reading == "judged":
        entry = table["maker_open"].map({"yes": "open", "no": "closed"})
        access = entry.fillna(access).mask(table["repository"].notna(), "open")
    if reading == "any":
        access = access.mask(share > 0, "open")
    contested = share.between(0, 1, inclusive="neither")
    return table.assign(access=access.astype("str"), contested=contested)


def releases(
    models: pd.DataFrame,
    catalogue_releases: pd.DataFrame,
    corrections: pd.DataFrame,
    countries: pd.DataFrame,
    reading: str = "judged",
) -> pd.DataFrame:
    """Gather the models of the two lists that name them, with home and access.

    Args:
        models: one copy of Epoch's index; see `openrace.capability.models`.
        catalogue_releases: table of that name.
        corrections: table of that name.
        countries: table of that name.
        reading: see `catalogue`.

    Returns:
        population (epoch, catalogue), model, lab, bloc (China, United States, Other, Unknown),
        released, access (open, closed or missing), contested; by population and day. What was
        never released, or has no day, is left out.
    """
    sold = catalogue(catalogue_releases, corrections, reading)
    sold = sold.merge(countries[["country", "bloc"]], how="left").assign(population="catalogue")
    epoch = models[models["access"].ne("unreleased") | models["access"].isna()]
    epoch = epoch.assign(population="epoch", contested=False)
    parts = [t[_ROW] for t in (epoch, sold) if len(t)]
    every = pd.concat(parts, ignore_index=True) if parts else sold[_ROW]
    every["bloc"] = every["bloc"].fillna("Unknown").replace("Europe", "Other")
    every = every[every["released"] >= SINCE]
    return every.sort_values(["population", "released", "model"], ignore_index=True)


def readings(
    models: pd.DataFrame,
    catalogue_releases: pd.DataFrame,
    corrections: pd.DataFrame,
    countries: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """Return `releases` under each reading of the catalogue."""
    lists = (models, catalogue_releases, corrections, countries)
    return {reading: releases(*lists, reading) for reading in READINGS}


def frontier(frontier_releases: pd.DataFrame, width: int = WIDTH) -> pd.DataFrame:
    """Return the counts of the frontier in the form of `counts`, within a width of the best."""
    table = frontier_releases[frontier_releases["width"] == width]
    table = table[table["date"] == table["date"].max()]
    homes = {code.upper(): bloc for code, bloc in SIDES.items()} | {"other": "Other"}
    bloc = table["country"].map(homes)
    return table.assign(population="frontier", bloc=bloc, unknown=0)[_COUNT]


def counts(releases: pd.DataFrame, frontier_releases: pd.DataFrame) -> pd.DataFrame:
    """Return shares by population, half-year and home: what the figure draws.

    Args:
        releases: what `releases` returns.
        frontier_releases: table of that name.

    Returns:
        population, half (its first day), bloc, models (whose access is known), open, unknown
        (models whose access is not), share, low, high (Wilson, 95 %), few (fewer than five
        models); by population and half-year. Half-years without a model have no row.
    """
    known = releases["access"].notna()
    rows = releases.assign(
        half=half_of(releases["released"]),
        known=known.astype("int64"),
        opened=(releases["access"] == "open").astype("int64"),
        missing=(~known).astype("int64"),
    )
    named = rows.groupby(["population", "half", "bloc"], as_index=False).agg(
        models=("known", "sum"), open=("opened", "sum"), unknown=("missing", "sum")
    )
    parts = [t[_COUNT] for t in (named, frontier(frontier_releases)) if len(t)]
    table = pd.concat(parts, ignore_index=True) if parts else named[_COUNT]
    share = table["open"] / table["models"].where(table["models"] > 0)
    bounds = [wilson(o, n) for o, n in zip(table["open"], table["models"], strict=True)]
    table[["low", "high"]] = pd.DataFrame(bounds, index=table.index, columns=["low", "high"])
    table = table.assign(share=share, few=table["models"] < FEW)
    order = table["population"].map(POPULATIONS.index)
    return table.assign(order=order).sort_values(["order", "half", "bloc"], ignore_index=True)[
        [*_COUNT, "share", "low", "high", "few"]
    ]


def within(
    counts: pd.DataFrame, population: str, bloc: str, first: str, before: str
) -> tuple[int, int]:
    """Add up models, and those with open weights, of the half-years that begin in a period."""
    rows = counts[(counts["population"] == population) & (counts["bloc"] == bloc)]
    rows = rows[(rows["half"] >= pd.Timestamp(first)) & (rows["half"] < pd.Timestamp(before))]
    return int(rows["models"].sum()), int(rows["open"].sum())


def without_largest(releases: pd.DataFrame) -> pd.DataFrame:
    """Leave out, in each population and bloc, the lab with the most models (the first by name)."""
    group = ["population", "bloc"]
    sizes = releases.groupby([*group, "lab"], as_index=False).size()
    largest = sizes.sort_values("size", ascending=False, kind="stable").drop_duplicates(group)
    merged = releases.merge(largest[[*group, "lab"]], how="left", indicator=True)
    return merged[merged["_merge"] == "left_only"].drop(columns="_merge").reset_index(drop=True)


def labs_by_access(releases: pd.DataFrame, since: str = "2025-01-01") -> pd.DataFrame:
    """Return the labs of both lists that released since a day, with what they released.

    Returns:
        lab, bloc, open, closed (models in either list, one in both counts twice); unknown labs
        are left out.
    """
    rows = releases[(releases["released"] >= pd.Timestamp(since)) & (releases["lab"] != UNKNOWN)]
    flags = rows.assign(open=rows["access"].eq("open"), closed=rows["access"].eq("closed"))
    return flags.groupby(["lab", "bloc"], as_index=False)[["open", "closed"]].sum()
