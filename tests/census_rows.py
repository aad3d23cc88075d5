"""A made-up count of the whole Hub: both tables as `openrace census` leaves them.

Groups of models, each with a publisher and a lineage, gain models and downloads day by day; the
three grains of both attributions are sums of them, so that they agree as the real ones must.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

FIRST, LAST = date(2024, 12, 1), date(2025, 3, 31)
#: Where the level of what is new is planted to rise.
RISE = date(2025, 1, 27)
#: The first day with an all-time counter.
COUNTED = date(2025, 2, 27)
#: Days that were not counted; of the first the source's revision was refused.
MISSING = (date(2025, 1, 5), date(2025, 1, 6), date(2025, 1, 7), date(2025, 3, 10))

FACETS = ["lab", "family", "task", "size", "licence"]
KEYS = ["day", "attribution", "country", *FACETS]
CHANGES = {"downloads": "downloads_change", "all_time": "all_time_change", "likes": "likes_change"}
COUNTERS = [
    *("models", "new_models", "new_derivatives", "authors", "downloads", "downloads_change"),
    *("all_time", "all_time_change", "likes", "likes_change"),
]
DAYS = [
    *("day", "outcome", "revision", "committed", "file", "models", "bytes", "previous", "reason")
]


class Maker(NamedTuple):
    """Whose a model is, one way or the other."""

    country: str
    lab: str
    family: str


NOBODY = Maker("unknown", "unknown", "unknown")
QWEN, DEEPSEEK = Maker("CN", "Alibaba", "Qwen"), Maker("CN", "DeepSeek", "DeepSeek")
GLM = Maker("CN", "Zhipu AI", "GLM")
LLAMA, GEMMA = Maker("US", "Meta", "Llama"), Maker("US", "Google", "Gemma")
PHI, NVIDIA = Maker("US", "Microsoft", "Phi"), Maker("US", "NVIDIA", "unknown")
UNSLOTH = Maker("US", "Unsloth", "unknown")
MISTRAL, FLUX = Maker("FR", "Mistral AI", "Mistral"), Maker("DE", "Black Forest Labs", "FLUX")
FALCON = Maker("AE", "TII", "Falcon")
EXAONE = Maker("KR", "LG AI Research", "EXAONE")

#: publisher, lineage, models at first, new a day, share of derivatives in them, requests a day.
GROUPS = (
    *((own, own, 900, 12.0, 0.3, 200_000) for own in (QWEN, DEEPSEEK, GLM)),
    *((own, own, 1_500, 15.0, 0.3, 300_000) for own in (LLAMA, GEMMA, PHI, NVIDIA, UNSLOTH)),
    *((own, own, 400, 4.0, 0.3, 60_000) for own in (MISTRAL, FLUX, FALCON, EXAONE)),
    (NOBODY, QWEN, 40_000, 160, 0.97, 150_000),
    (NOBODY, DEEPSEEK, 9_000, 30, 0.97, 60_000),
    (UNSLOTH, QWEN, 300, 3, 1.0, 80_000),
    (NOBODY, LLAMA, 60_000, 190, 0.97, 170_000),
    (NOBODY, GEMMA, 16_000, 40, 0.97, 50_000),
    (NOBODY, FLUX, 15_000, 80, 0.97, 40_000),
    (NOBODY, MISTRAL, 20_000, 45, 0.97, 50_000),
    (NOBODY, NOBODY, 800_000, 1_400, 0.2, 900_000),
)
#: Two kinds of models in each group, and how much of it each is.
KINDS = (
    (("language", "1B to 10B", "permissive"), 0.6),
    (("unknown", "unknown", "unknown"), 0.4),
)


def tables(
    rise: float = 2.0,
    first: date = FIRST,
    last: date = LAST,
    missing: tuple[date, ...] = MISSING,
    every: int = 1,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return `hub_census` and `hub_census_days` as they are loaded.

    Args:
        rise: what new models and requests of Chinese weights are multiplied by from `RISE` on.
        first: the first day counted.
        last: the last day that may be counted.
        missing: days that were not.
        every: count only each so many days.
    """
    span = range(0, (last - first).days + 1, every)
    days = [d for i in span if (d := first + timedelta(days=i)) not in missing]
    cells = [c for group in GROUPS for kind in KINDS for c in _cells(group, kind, days, rise)]
    joint = pd.DataFrame(cells)
    census = pd.concat([_attributed(joint, a) for a in ("publisher", "lineage")])
    census["day"] = pd.to_datetime(census["day"])
    return census.sort_values(KEYS, ignore_index=True)[[*KEYS, *COUNTERS]], _days(days, joint)


def _cells(
    group: tuple[Maker, Maker, int, float, float, int],
    kind: tuple[tuple[str, str, str], float],
    days: list[date],
    rise: float,
) -> Iterator[dict[str, object]]:
    """Yield a row a day for the models of one group and one kind."""
    publisher, lineage, models, new, derived, requests = group
    facets, part = kind
    draws = np.random.default_rng([ord(c) for c in publisher.lab + lineage.lab + facets[0]])

    def grown(day: date) -> float:
        return rise if lineage.country == "CN" and day >= RISE else 1.0

    def made(day: date) -> int:
        rhythm = 0.75 if day.weekday() > 4 else 1.1
        return int(draws.poisson(part * new * rhythm * grown(day)))

    fresh = {d: made(d) for d in _between(days[0], days[-1])}
    asked = {
        d: int(part * requests * grown(d)) for d in _between(days[0] - timedelta(days=29), days[-1])
    }
    held, likes, all_time = int(part * models), int(6 * part * models), 3_000 * int(part * requests)
    before: date | None = None
    for day in days:
        since = _between(before + timedelta(days=1) if before else day, day)
        born = sum(fresh[d] for d in since)
        held, likes = held + born, likes + 3 * born
        all_time += sum(asked[d] for d in since)
        yield {
            "day": day,
            "publisher": publisher,
            "lineage": lineage,
            **dict(zip(("task", "size", "licence"), facets, strict=True)),
            "models": held,
            "new_models": born,
            "new_derivatives": int(draws.binomial(born, derived)),
            "authors": max(1, held // 3),
            "downloads": sum(asked[d] for d in _between(day - timedelta(days=29), day)),
            "all_time": all_time if day >= COUNTED else None,
            "likes": likes,
        }
        before = day


def _between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def _attributed(joint: pd.DataFrame, attribution: str) -> pd.DataFrame:
    """Return the rows of one attribution in all three grains."""
    makers = pd.DataFrame(list(joint[attribution]), columns=Maker._fields)
    rows = joint.drop(columns=["publisher", "lineage"]).join(makers).assign(attribution=attribution)
    country = rows.assign(**dict.fromkeys(FACETS, "all"))
    family = rows.assign(**dict.fromkeys(FACETS[2:], "all"))
    summed = [c for c in COUNTERS if c not in CHANGES.values()]
    grains = [g.groupby(KEYS)[summed].sum(min_count=1) for g in (country, family, rows)]
    whole = pd.concat(grains).reset_index().sort_values(KEYS)
    by = whole.groupby(KEYS[1:])
    return whole.assign(**{change: by[c].diff() for c, change in CHANGES.items()})


def _days(days: list[date], joint: pd.DataFrame) -> pd.DataFrame:
    """Return the table of days, with one refused."""
    models = joint.groupby("day")["models"].sum()
    rows: list[tuple[Any, ...]] = [
        (
            day,
            "counted",
            f"{i:040x}",
            f"{day}T12:00:00Z",
            f"{i:064x}",
            models[day],
            10_000,
            was,
            None,
        )
        for i, (was, day) in enumerate(zip([None, *days], days, strict=False))
    ]
    if MISSING[0] not in days and days[0] < MISSING[0] < days[-1]:
        why = "models.parquet is the file of 2025-01-04"
        commit, stamp, held = "f" * 40, f"{MISSING[0]}T12:00:00Z", "e" * 64
        rows.append((MISSING[0], "refused", commit, stamp, held, 0, 0, None, why))
    table = pd.DataFrame(rows, columns=DAYS)
    dated = {c: pd.to_datetime(table[c]) for c in ("day", "previous")}
    return table.assign(**dated).sort_values(["day", "outcome"], ignore_index=True)


def write(data: Path, **asked: Any) -> None:
    """Write both tables into a folder of tables, as `openrace census` would append them."""
    for name, table in zip(("hub_census", "hub_census_days"), tables(**asked), strict=True):
        whole = {c: table[c].astype("Int64") for c in table.columns.intersection(COUNTERS)}
        table.assign(**whole).to_csv(
            data / f"{name}.csv", index=False, date_format="%Y-%m-%d", lineterminator="\n"
        )
