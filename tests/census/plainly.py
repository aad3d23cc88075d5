"""A count of models without an engine: a loop over rows, whose homes the registry tells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from openrace import store
from openrace.census.groups import LICENCES, SIZES, TASKS
from openrace.labs import Registry

KEY = ("day", "attribution", "country", "lab", "family", "task", "size", "licence")
COUNTERS = {"downloads": "downloads", "all_time": "downloadsAllTime", "likes": "likes"}
Row = dict[str, Any]


def count(files: Mapping[date, Path], days: Mapping[date, date | None]) -> pd.DataFrame:
    """Return the rows of the table `hub_census`."""
    tables = {day: pq.read_table(file).to_pylist() for day, file in files.items()}
    rows = [r for day, last in days.items() for r in day_of(day, last, tables)]
    counted = pd.concat([grouped(pd.DataFrame(rows), grain) for grain in GRAINS])
    return counted.sort_values(list(KEY), ignore_index=True)


def day_of(day: date, last: date | None, tables: Mapping[date, list[Row]]) -> list[Row]:
    registry = known({m["id"]: p for m in tables[day] if (p := parent(m))})
    before = {registry.present(m["id"]): m for m in tables[last]} if last else {}
    since = last or day - timedelta(days=1)
    return [
        fact | {"day": day, "attribution": way} | home(registry, m["id"], way)
        for m in tables[day]
        for fact in [facts(m, before.get(registry.present(m["id"])), since, day)]
        for way in ("publisher", "lineage")
    ]


def known(parents: dict[str, str]) -> Registry:
    return Registry(*map(store.load, ("labs", "families", "countries")), parents)


def home(registry: Registry, model: str, way: str) -> Row:
    origin = registry.origin(model, way)
    return {"country": origin.country, "lab": origin.lab, "family": origin.family}


def parent(model: Row) -> str | None:
    tagged = [t.split(":")[-1] for t in model["tags"] or [] if t.startswith("base_model:")]
    first = [*(model["baseModels"] or []), *tagged][:1]
    return first[0] if first and first[0].lower() != model["id"].lower() else None


def facts(model: Row, before: Row | None, since: date, day: date) -> Row:
    new = model["createdAt"] is not None and since < model["createdAt"].date() <= day
    licences = [t.removeprefix("license:") for t in model["tags"] or [] if t.startswith("license:")]
    found: Row = {
        "author": model["author"],
        "new_models": int(new),
        "new_derivatives": int(new and parent(model) is not None),
        "task": group(model["pipeline_tag"], TASKS, "other"),
        "licence": group(licences[0] if licences else None, LICENCES, "other terms"),
        "size": next(
            (n for n, least in SIZES.items() if (model["parameters"] or 0) >= least), "unknown"
        ),
    }
    for name, column in COUNTERS.items():
        was = before[column] if before else None
        found[name] = model[column]
        found[f"{name}_change"] = None if was is None or found[name] is None else found[name] - was
    return found


def size(parameters: int) -> str:
    return next((name for name, least in SIZES.items() if parameters >= least), "unknown")


def group(value: str | None, groups: Mapping[str, str], rest: str) -> str:
    if value is None:
        return "unknown"
    return next((name for name, values in groups.items() if value in values.split()), rest)


GRAINS: tuple[tuple[str, ...], ...] = (
    ("lab", "family", "task", "size", "licence"),
    ("task", "size", "licence"),
    (),
)


def grouped(rows: pd.DataFrame, grain: tuple[str, ...]) -> pd.DataFrame:
    told = rows.assign(**dict.fromkeys(grain, "all"))
    sums = [*COUNTERS, *(f"{c}_change" for c in COUNTERS), "new_models", "new_derivatives"]
    told[sums] = told[sums].astype("Int64")
    groups = told.groupby(list(KEY))
    counts = groups[sums].sum(min_count=1)
    return counts.assign(models=groups.size(), authors=groups["author"].nunique()).reset_index()
