"""Counts of a few models without an engine, so that tests of days need no query compiled for each.

What the real engine counts has tests of its own; here a day has one row of each attribution.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from openrace.census import engine
from openrace.errors import Refusal

COUNTERS = {"downloads": "downloads", "all_time": "downloadsAllTime", "likes": "likes"}
ALL = dict.fromkeys(("lab", "family", "task", "size", "licence"), "all")


def connect(address: str | None) -> None:
    """Need no engine."""


def parts(backend: None, files: Mapping[date, Path]) -> dict[date, pd.DataFrame]:
    return {day: pq.read_table(file).to_pandas().set_index("id") for day, file in files.items()}


def count(models: Mapping[date, pd.DataFrame], days: Mapping[date, date | None]) -> pd.DataFrame:
    ((day, before),) = days.items()
    if models[day].index.has_duplicates:
        raise Refusal(f"{models[day].index[0]} is in it twice.")
    counted = _counts(models[day], models[before] if before else None)
    rows = [{"attribution": by, "country": "unknown", **ALL} for by in ("lineage", "publisher")]
    frame = pd.DataFrame(rows).assign(day=day, **counted)
    integers = frame.columns.difference([*ALL, "attribution", "country", "day"])
    return frame.astype(dict.fromkeys(integers, "Int64"))


def _counts(now: pd.DataFrame, before: pd.DataFrame | None) -> dict[str, object]:
    counts: dict[str, object] = {"models": len(now), "authors": now["author"].nunique()}
    counts |= {"new_models": 0, "new_derivatives": 0}
    for name, column in COUNTERS.items():
        values = now[column].astype("Int64")
        counts[name] = values.sum(min_count=1)
        known = values if before is None else values - before[column].astype("Int64")
        counts[f"{name}_change"] = pd.NA if before is None else known.sum(min_count=1)
    return counts


def install() -> None:
    """Take the place of the real one in this process."""
    engine.connect, engine.parts, engine.count = connect, parts, count  # type: ignore[assignment]
