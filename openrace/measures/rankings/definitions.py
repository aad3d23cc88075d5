"""The Chinese share under every definition of a set that is fixed here, before it is computed.

A specification curve (Simonsohn, Simmons and Nelson 2020, Nature Human Behaviour 4): all readings
that someone could defend are computed, none is picked. A definition says which list and period,
how much of the list, which modalities, whose a model is, what is weighed, and what becomes of
unknown origin. Combinations that mean nothing are not in the set: 30-day counts are never added
over days (each day gives a share, and days are averaged), and a chosen panel is not counted by
models. The count of the whole Hub is in the set since before it had a row; until it has, its
definitions cannot be computed and are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from itertools import product
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from openrace.labs import Registry, attribute
from openrace.measures.rankings.census import ALL, placed
from openrace.measures.rankings.trending import (
    ATTRIBUTIONS,
    BLOCS,
    in_latest_month,
    in_scope,
)
from openrace.numbers import Number

Floats = npt.NDArray[np.float64]

LATEST_MONTH = "last complete month"
WHOLE_PERIOD = "whole period"
LATEST_DAY = "latest day"


class Tables(Protocol):
    """Anything that gives a table for its name: a dict, or a chapter."""

    def __getitem__(self, name: str, /) -> pd.DataFrame:
        """Return a table as it was known on the day in question."""


@dataclass(frozen=True)
class Definition:
    """One definition of “the Chinese share of open-weight models on the Hub”.

    Attributes:
        source: table.
        period: over which of the table's days shares are averaged.
        length: places of a ranked list that count; 0 where there is no list.
        scope: all modalities, or models that answer in text.
        attribution: publisher or lineage.
        weight: what a model counts: 1, its 30-day downloads, its likes, its all-time downloads.
        unknown: unknown origin `counted` in the denominator, `left out`, or the share of
            `China and US only`.
    """

    source: str
    period: str
    length: int
    scope: str
    attribution: str
    weight: str
    unknown: str

    @property
    def name(self) -> str:
        """The definition in words."""
        length = f"top {self.length:,}" if self.length else ""
        unknown = self.unknown if self.unknown == "China and US only" else f"unknown {self.unknown}"
        scope = "all modalities" if self.scope == "all" else "language models"
        parts = (
            TITLES[self.source],
            length,
            self.period,
            scope,
            f"by {self.attribution}",
            self.weight,
            unknown,
        )
        return ", ".join(p for p in parts if p)


#: What a source is called in the name of a definition.
TITLES = {
    "trending_daily": "trending list",
    "trending_top1000_daily": "trending 1,000",
    "curated_llms": "curated list of LLMs",
    "hub_uploads": "uploads of August 2026",
    "alltime_downloads": "panel of 41 models",
    "download_increments": "balanced panel of 2025",
    "tracked_models": "models tracked by ATOM",
    "lab_download_shares": "table of labs",
    "hub_census": "the whole Hub",
}
UNKNOWN = ("counted", "left out", "China and US only")
_SCOPES = ("all", "language")
_WEIGHTS = {
    "models": "one",
    "30-day downloads": "downloads_30d",
    "likes": "likes",
    "all-time downloads": "downloads",
}
_KEPT = ("date", "rank", "modality")  # what a definition asks of a row, beside bloc and weight
_HUB_WEIGHTS = ("models", "30-day downloads", "likes")


def _every(
    source: str,
    periods: Iterable[str],
    lengths: Iterable[int],
    scopes: Iterable[str],
    attributions: Iterable[str],
    weights: Iterable[str],
    unknown: Iterable[str] = UNKNOWN,
) -> Iterator[Definition]:
    for facets in product(periods, lengths, scopes, attributions, weights, unknown):
        yield Definition(source, *facets)


_DAY, _PERIOD, _BOTH, _ALLTIME = (
    (LATEST_DAY,),
    (WHOLE_PERIOD,),
    ATTRIBUTIONS,
    ("all-time downloads",),
)
_TRENDING = (LATEST_MONTH, WHOLE_PERIOD)
DEFINITIONS: tuple[Definition, ...] = (
    *_every("trending_daily", _TRENDING, (10, 30), _SCOPES, _BOTH, _HUB_WEIGHTS),
    *_every("trending_top1000_daily", _PERIOD, (100, 1000), _SCOPES, _BOTH, _HUB_WEIGHTS),
    *_every("curated_llms", _DAY, (0,), _SCOPES, _BOTH, _HUB_WEIGHTS),
    *_every("hub_uploads", _DAY, (0,), _SCOPES, _BOTH, _HUB_WEIGHTS),
    *_every("alltime_downloads", _DAY, (0,), ("all",), _BOTH, _ALLTIME),
    *_every("download_increments", _PERIOD, (0,), ("all",), _BOTH, _ALLTIME),
    *_every("tracked_models", _PERIOD, (0,), ("all",), ("publisher",), ("models",)),
    # This table holds the labs of China and the United States only.
    *_every(
        "lab_download_shares",
        _DAY,
        (0,),
        ("all",),
        ("publisher",),
        ("30-day downloads",),
        ("China and US only",),
    ),
    *_every("hub_census", _DAY, (0,), ("all",), _BOTH, (*_HUB_WEIGHTS, *_ALLTIME)),
)
SOURCES = tuple(dict.fromkeys(d.source for d in DEFINITIONS))
_TABLES = (*SOURCES, "labs", "families", "countries")


def definitions(tables: Tables, registry: Registry) -> pd.DataFrame:
    """Return the Chinese share under every definition that the tables can answer.

    Args:
        tables: gives each of `SOURCES`, and `countries`, by name.
        registry: who is known.

    Returns:
        One row per definition, lowest Chinese share first: position (1 is lowest), name, the
        facets (source, period, length, scope, attribution, weight, unknown), cn_share, us_share,
        cn_ahead (the Chinese share is larger than the US share under the same definition).
    """
    rows = {source: _rows(source, tables, registry) for source in SOURCES}
    held = {part: _held(rows[part.source], part) for part in dict.fromkeys(map(_part, DEFINITIONS))}
    answered = [asdict(d) | {"name": d.name} | _answer(held[_part(d)], d) for d in DEFINITIONS]
    table = pd.DataFrame(answered).dropna(subset="cn_share")
    table = table.sort_values(["cn_share", "name"], ignore_index=True)
    table = table.assign(
        position=range(1, len(table) + 1), cn_ahead=table["cn_share"] > table["us_share"]
    )
    facets = [f.name for f in fields(Definition)]
    return table[["position", "name", *facets, "cn_share", "us_share", "cn_ahead"]]


def _part(d: Definition) -> Definition:
    """Return the definition without its weight and unknown: which rows it is about."""
    return replace(d, weight="", unknown="")


def _rows(source: str, tables: Tables, registry: Registry) -> pd.DataFrame:
    """Return a source's rows with date, attribution, bloc, and one column per weight."""
    rows = tables[source].drop_duplicates()
    if source == "hub_census":
        return _of_the_whole(rows, tables["countries"])
    if source in ("download_increments", "lab_download_shares"):
        return _of_countries(rows, tables["countries"])
    if source == "tracked_models":  # its dates say when tracking began: one list, not many
        rows = rows.assign(date=rows["date"].max())
    rows = rows.rename(columns={"downloads_all_time": "downloads"}).assign(one=1)
    rows = rows.sort_values(["date", "rank"]) if "rank" in rows else rows
    kept = [c for c in (*_KEPT, *_WEIGHTS.values()) if c in rows]
    both = [
        attribute(rows, registry, a)[[*kept, "bloc"]].assign(attribution=a) for a in ATTRIBUTIONS
    ]
    whole = pd.concat(both, ignore_index=True)
    return whole.astype({c: "category" for c in ("modality", "attribution") if c in whole})


def _of_countries(rows: pd.DataFrame, countries: pd.DataFrame) -> pd.DataFrame:
    """Bring our own aggregates, which know countries and no models, into the same shape."""
    rows = rows.merge(countries[["country", "bloc"]])
    if "share" in rows:
        return rows.assign(attribution="publisher", downloads_30d=rows["share"])
    return rows.assign(date=rows["end"].max())  # gains of disjoint intervals may be added


def _of_the_whole(rows: pd.DataFrame, countries: pd.DataFrame) -> pd.DataFrame:
    """Bring the census of the Hub, by country, into the same shape."""
    counters = {"models": "one", "downloads": "downloads_30d", "all_time": "downloads"}
    rows = rows[rows["lab"] == ALL].rename(columns={"day": "date"} | counters)
    return placed(rows, countries)


def _held(rows: pd.DataFrame, part: Definition) -> dict[str, Floats]:
    """Return, per weight, each day's sums by bloc for the rows a definition is about."""
    rows = rows[(rows["attribution"] == part.attribution) & _in_period(rows["date"], part.period)]
    if part.length:
        listed = rows.groupby("date")["rank"].transform("size")
        rows = rows[listed >= part.length]
    rows = rows if part.scope == "all" else in_scope(rows, part.scope)
    if part.length:
        rows = rows[rows.groupby("date").cumcount() < part.length]
    weights = [w for w in _WEIGHTS.values() if w in rows]
    sums = rows[weights].astype(float).groupby([rows["date"], rows["bloc"]]).sum().unstack("bloc")
    sums = sums.reindex(columns=pd.MultiIndex.from_product([weights, BLOCS])).fillna(0.0)
    return {w: sums[w].to_numpy() for w in weights}


def _in_period(dates: pd.Series, period: str) -> pd.Series:
    """Tell which rows belong to a period of their table."""
    if period == LATEST_MONTH:
        return in_latest_month(dates)
    return dates == dates.max() if period == LATEST_DAY else dates.notna()


def _answer(held: dict[str, Floats], d: Definition) -> dict[str, float]:
    """Return the shares of China and of the United States, averaged over days."""
    totals = held[_WEIGHTS[d.weight]]
    china, states, unknown = (
        totals[:, BLOCS.index(b)] for b in ("China", "United States", "Unknown")
    )
    whole = {
        "counted": totals.sum(axis=1),
        "left out": totals.sum(axis=1) - unknown,
        "China and US only": china + states,
    }[d.unknown]
    some = whole > 0
    if not some.any():
        return {"cn_share": np.nan, "us_share": np.nan}
    return {
        "cn_share": float((china[some] / whole[some]).mean()),
        "us_share": float((states[some] / whole[some]).mean()),
    }


def numbers(definitions: pd.DataFrame) -> list[Number]:
    """Return the spread of the Chinese share over the definitions, and how many reverse it.

    Args:
        definitions: what `definitions` returns.
    """
    id, shares = "rankings.cn_share.definitions", definitions["cn_share"]
    said = f"{{}} of the Chinese share over {len(shares)} definitions, each weighing the same; the "
    said += "set is fixed in openrace/measures/rankings/definitions.py; these can be computed."
    quartiles = (
        ("min", 0.0, "Smallest value"),
        ("q1", 0.25, "First quartile"),
        ("median", 0.5, "Median"),
        ("q3", 0.75, "Third quartile"),
        ("max", 1.0, "Largest value"),
    )
    medians = definitions.groupby("source")["cn_share"].median()
    return [
        *(
            Number.of(f"{id}.{code}", shares.quantile(q), "share", said.format(words), _TABLES)
            for code, q, words in quartiles
        ),
        Number.of(
            f"{id}.median.by_source",
            medians.median(),
            "share",
            "Median of the sources' medians, so that each source weighs the same; the range is "
            "that of the sources.",
            _TABLES,
            medians.min(),
            medians.max(),
        ),
        *_counts(definitions, id),
        *(n for a in ATTRIBUTIONS for n in _counts(definitions, id, a)),
    ]


def _counts(definitions: pd.DataFrame, id: str, attribution: str = "") -> list[Number]:
    """Count the definitions, those with China ahead of the United States, and majorities."""
    rows, variant, by = definitions, "", ""
    if attribution:
        rows = definitions[definitions["attribution"] == attribution]
        variant, by = f".{attribution}", f" by {attribution}"
    count = len(rows) or None
    ahead = int(rows["cn_ahead"].sum()) if count else None
    shares = rows["cn_share"]
    asked = (
        ("count", count, "count", f"Number of definitions{by} that can be computed."),
        ("cn_ahead", ahead, "count", f"Number of definitions{by} with China ahead of the US."),
        ("cn_ahead.share", rows["cn_ahead"].mean(), "share", f"Share of them{by}: China ahead."),
        (
            "cn_majority.share",
            (shares > 0.5).mean(),
            "share",
            f"Share of definitions{by} in which China holds more than half.",
        ),
    )
    numbers = [
        Number.of(f"{id}.{code}{variant}", value, unit, words, _TABLES)
        for code, value, unit, words in asked
    ]
    if not attribution:
        return numbers
    words = f"Median of the Chinese share over the definitions{by}."
    return [*numbers, Number.of(f"{id}.median{variant}", shares.median(), "share", words, _TABLES)]


def reversals(definitions: pd.DataFrame) -> pd.DataFrame:
    """Name the readings under which the United States is ahead, smallest Chinese share first.

    The treatment of unknown origin cannot change who is ahead, so readings that differ in
    nothing else are named once.

    Returns:
        source, period, length, scope, attribution, weight, cn_share, us_share (both of China
        and the United States only).
    """
    keys = ["source", "period", "length", "scope", "attribution", "weight"]
    two = definitions[definitions["unknown"] == "China and US only"]
    return two.loc[~two["cn_ahead"], [*keys, "cn_share", "us_share"]].reset_index(drop=True)
