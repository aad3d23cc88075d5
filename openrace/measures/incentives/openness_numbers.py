"""The numbers on openness: shares of 2025 by population and home, what turns them, which labs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from openrace.measures.incentives.openness import (
    FEW,
    POPULATIONS,
    SIDES,
    WIDTH,
    counts,
    frontier,
    labs_by_access,
    wilson,
    within,
    without_largest,
)
from openrace.numbers import Number
from openrace.sources.release_lists import LAST_OF_SCALE

_ID = "incentives.open_share"
_TABLES: Mapping[str, tuple[str, ...]] = {
    "epoch": ("capability_index", "corrections", "countries"),
    "catalogue": ("catalogue_releases", "corrections", "countries"),
    "frontier": ("frontier_releases",),
}
_ALL = ("capability_index", "catalogue_releases", "frontier_releases")
#: What each list is called, and which part of 2025 it holds.
NAMES: Mapping[str, str] = {
    "epoch": "models evaluated by Epoch",
    "catalogue": "language models in a price catalogue (of 2025, July to December only)",
    "frontier": f"models within {WIDTH} points of the best of their day (Artificial Analysis)",
}
_PEOPLE = {"us": "US", "cn": "Chinese"}
_YEAR = ("2025-01-01", "2026-01-01")
#: Other ways to define two of the populations.
VARIANTS: Mapping[str, str] = {
    "catalogue_majority": "what most providers in the catalogue say, and nothing else",
    "catalogue_any": "open if any provider in the catalogue says so",
    "catalogue_without_largest": "in the catalogue, without the lab with most models of each side",
    "frontier_near": "within 5 points of the best of their day (Artificial Analysis)",
    "frontier_wide": "within 15 points of the best of their day (Artificial Analysis)",
}


class Read(NamedTuple):
    """Models of one side in one population, and those of them with open weights."""

    models: int
    open: int

    @property
    def share(self) -> float | None:
        """The share with open weights; None of no models."""
        return self.open / self.models if self.models else None


def numbers(
    readings: Mapping[str, pd.DataFrame],
    frontier_releases: pd.DataFrame,
    population: str = "epoch",
) -> list[Number]:
    """Return the numbers of this part.

    Args:
        readings: what `openness.readings` returns.
        frontier_releases: table of that name.
        population: epoch, catalogue or frontier; whose shares the plain ids say.
    """
    releases = readings["judged"]
    table = counts(releases, frontier_releases)
    main = {p: _reads(table, p) for p in POPULATIONS}
    tried = _variants(readings, frontier_releases)
    said = "Population whose shares the ids without a population say."
    return [
        Number.of(f"{_ID}.population", population, "text", said, _ALL),
        *_shares(main, population),
        *(_share(f".{s}.{v}", s, tried[v][s], VARIANTS[v], _ALL) for v in VARIANTS for s in SIDES),
        *_gaps(main, tried, population),
        *_latest(table),
        *_ends(releases, frontier_releases),
        *_earlier(releases),
        *_conflicts(releases),
        *_later(frontier_releases),
        *_labs(releases),
    ]


def _reads(table: pd.DataFrame, population: str) -> dict[str, Read]:
    """Read both sides of 2025 in one population."""
    return {s: Read(*within(table, population, bloc, *_YEAR)) for s, bloc in SIDES.items()}


def _variants(
    readings: Mapping[str, pd.DataFrame], frontier_releases: pd.DataFrame
) -> dict[str, dict[str, Read]]:
    """Read 2025 under other definitions of two of the populations."""
    none = frontier_releases.iloc[:0]
    others = without_largest(readings["judged"])
    return {
        "catalogue_majority": _reads(counts(readings["majority"], none), "catalogue"),
        "catalogue_any": _reads(counts(readings["any"], none), "catalogue"),
        "catalogue_without_largest": _reads(counts(others, none), "catalogue"),
        "frontier_near": _reads(frontier(frontier_releases, 5), "frontier"),
        "frontier_wide": _reads(frontier(frontier_releases, 15), "frontier"),
    }


def _share(variant: str, side: str, read: Read, what: str, tables: tuple[str, ...]) -> Number:
    """Return a share with Wilson's interval."""
    said = f"Share with open weights of {_PEOPLE[side]} models of 2025: {what}; Wilson, 95 %."
    low, high = wilson(read.open, read.models)
    return Number.of(f"{_ID}{variant}", read.share, "share", said, tables, low, high)


def _shares(main: dict[str, dict[str, Read]], population: str) -> list[Number]:
    """Return shares and counts by population, and those of the population asked for."""
    found = []
    for name, variant in [(population, ""), *((p, f".{p}") for p in POPULATIONS)]:
        for side in SIDES:
            read, tables, id = main[name][side], _TABLES[name], f".{side}{variant}"
            who = f"{_PEOPLE[side]} models of 2025 whose access is known: {NAMES[name]}."
            seen = any(r.models for r in main[name].values())
            found.append(_share(id, side, read, NAMES[name], tables))
            for count, words in (("models", who), ("open", f"With open weights, of {who}")):
                value = getattr(read, count) if seen else None
                found.append(Number.of(f"{_ID}{id}.{count}", value, "models", words, tables))
    return found


def _gap(reads: Mapping[str, Read]) -> float | None:
    """Return the Chinese share less the US one, where both have a model."""
    us, cn = reads["us"].share, reads["cn"].share
    return None if us is None or cn is None else cn - us


def _gaps(
    main: dict[str, dict[str, Read]], tried: dict[str, dict[str, Read]], population: str
) -> list[Number]:
    every = list((main | tried).values())
    sure = [_gap(r) for r in every if min(x.models for x in r.values()) >= FEW]
    known = [g for g in sure if g is not None]
    said = "Share with open weights of Chinese models less that of US models, 2025"
    ranged = f"{said}; the range is over three populations and five other definitions of two, "
    ranged += f"where both sides have {FEW} models."
    bounds = min(known, default=None), max(known, default=None)
    plain = _gap(main[population])
    return [
        Number.of(f"{_ID}.gap", plain, "points", ranged, _ALL, *bounds),
        *(
            Number.of(f"{_ID}.gap.{p}", _gap(main[p]), "points", f"{said}: {NAMES[p]}.", _TABLES[p])
            for p in POPULATIONS
        ),
        Number.of(
            f"{_ID}.gap.definitions",
            len(known) or None,
            "count",
            f"Definitions with {FEW} models or more on both sides.",
            _ALL,
        ),
    ]


def _latest(table: pd.DataFrame) -> list[Number]:
    """Return the last half-year of each population, and its shares."""
    found = []
    for name in POPULATIONS:
        rows, tables = table[table["population"] == name], _TABLES[name]
        half = rows["half"].max()
        said = f"First day of the last half-year of the list: {NAMES[name]}."
        found.append(Number.of(f"{_ID}.latest.{name}", half, "date", said, tables))
        for side, bloc in SIDES.items():
            row = rows[(rows["half"] == half) & (rows["bloc"] == bloc)]
            read: Any = row.iloc[0] if len(row) else {}
            who = f"{_PEOPLE[side]} models of the last half-year of the list: {NAMES[name]}"
            id = f"{_ID}.{side}.{name}.latest"
            share, low, high = (read.get(k) for k in ("share", "low", "high"))
            words = f"Share with open weights of {who}; Wilson, 95 %."
            found.append(Number.of(id, share, "share", words, tables, low, high))
            for count in ("models", "open"):
                words = f"{count.capitalize()} ({who})."
                found.append(Number.of(f"{id}.{count}", read.get(count), "models", words, tables))
    return found


def _ends(releases: pd.DataFrame, frontier_releases: pd.DataFrame) -> list[Number]:
    """Return the last day of release that each list reaches."""
    last = releases.groupby("population")["released"].max()
    days = last.to_dict() | ({"frontier": LAST_OF_SCALE} if len(frontier_releases) else {})
    return [
        Number.of(
            f"{_ID}.until.{p}",
            days.get(p),
            "date",
            f"Last day of release in the list, or last day of its scores: {NAMES[p]}.",
            _TABLES[p],
        )
        for p in POPULATIONS
    ]


def _earlier(releases: pd.DataFrame) -> list[Number]:
    """Return Epoch's shares of 2024 and before, with and without Meta, to see what turned."""
    rows = releases[(releases["population"] == "epoch") & releases["access"].notna()]
    found = []
    for side, bloc in SIDES.items():
        for without in ("", "without_meta") if side == "us" else ("",):
            mine = rows[rows["bloc"] == bloc]
            mine = mine[mine["lab"] != "Meta"] if without else mine
            for year in (2023, 2024, 2025):
                one = mine[mine["released"].dt.year == year]
                opened = int((one["access"] == "open").sum())
                said = f"Share with open weights of {_PEOPLE[side]} models of {year} that Epoch "
                said += f"evaluated{', Meta’s left out' if without else ''}; Wilson, 95 %."
                id = f"{_ID}.{side}_{year}" + (f".{without}" if without else "")
                read, bounds = Read(len(one), opened), wilson(opened, len(one))
                found.append(Number.of(id, read.share, "share", said, _TABLES["epoch"], *bounds))
                count = "Models in that share."
                value = read.models or None
                found.append(Number.of(f"{id}.models", value, "models", count, _TABLES["epoch"]))
    return found


def _conflicts(releases: pd.DataFrame) -> list[Number]:
    sold = releases[releases["population"] == "catalogue"]
    tables = _TABLES["catalogue"]
    asked = {
        "conflicts": (sold["contested"].sum(), "Models on whose weights their providers disagree"),
        "conflicts.models": (len(sold), "Models in the catalogue, of all homes"),
        "conflicts.undecided": (
            (sold["contested"] & sold["access"].isna()).sum(),
            "Models on which no rule decides between providers",
        ),
    }
    return [
        Number.of(
            f"{_ID}.{id}",
            int(value) if len(sold) else None,
            "models",
            f"{said} (released from July 2025, sold by two providers or more).",
            tables,
        )
        for id, (value, said) in asked.items()
    ]


def _later(frontier_releases: pd.DataFrame) -> list[Number]:
    """Count models at the frontier that were filed as closed at first."""
    rows = frontier_releases[frontier_releases["width"] == WIDTH]
    said = "models at the frontier that the index called closed at first and open by its last day."
    return [
        Number.of(
            f"{_ID}.{side}.opened_later",
            int(rows.loc[rows["country"] == side.upper(), "opened_later"].sum())
            if len(rows)
            else None,
            "models",
            f"{_PEOPLE[side]} {said}",
            _TABLES["frontier"],
        )
        for side in SIDES
    ]


def _labs(releases: pd.DataFrame) -> list[Number]:
    """Count labs by what they released since 2025 in either of the two lists that name models."""
    labs = labs_by_access(releases)
    tables = ("capability_index", "catalogue_releases", "corrections", "countries")
    opened, closed = labs["open"] > 0, labs["closed"] > 0
    asked = {
        "open_labs": (opened, "at least one model with open weights"),
        "closed_labs": (closed, "at least one closed model"),
        "both_labs": (opened & closed, "both open and closed models"),
        "labs": (opened | closed, "any model whose access is known"),
    }
    found = []
    for side, bloc in SIDES.items():
        mine = labs["bloc"] == bloc
        tail = "released since January 2025, in Epoch’s index or the price catalogue"
        for id, (rule, said) in asked.items():
            value = int((rule & mine).sum()) if len(labs) else None
            words = f"{_PEOPLE[side]} labs with {said}, {tail}."
            found.append(Number.of(f"incentives.{id}.{side}", value, "count", words, tables))
        read = Read(int(((opened | closed) & mine).sum()), int((opened & mine).sum()))
        words = f"Share of {_PEOPLE[side]} labs with a model of open weights {tail}; Wilson, 95 %."
        bounds = wilson(read.open, read.models)
        id = f"incentives.open_labs.{side}.share"
        found.append(Number.of(id, read.share, "share", words, tables, *bounds))
    return found
