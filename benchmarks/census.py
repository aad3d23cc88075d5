"""The census of a day and of a month, against pandas reading the file of a day whole.

A server on this machine speaks for the Hub. Its tables have generated models in the layout of the
source, and a column of text beside that the census does not need. Each case runs in a process of
its own, so that its highest memory is its own: `python benchmarks/census.py`, some minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

PROJECT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(PROJECT / "tests"), str(PROJECT / "tests" / "census")]

import census_models  # noqa: E402
from hub_stats import BASES, SCHEMA, WEIGHTS, HubStats, served  # noqa: E402

TABLES = ("labs", "families", "countries", "hub_census", "hub_census_days")
FIRST, SECOND = census_models.FIRST, census_models.FIRST + timedelta(days=1)


def published(path: Path) -> bytes:
    """Return a table of generated models with the columns of the source."""
    file, body = pq.ParquetFile(path), pa.BufferOutputStream()
    with pq.ParquetWriter(body, SCHEMA, compression="zstd") as writer:
        for group in range(file.num_row_groups):
            writer.write_table(_as_source(file.read_row_group(group)))
    return body.getvalue().to_pybytes()


def _as_source(table: pa.Table) -> pa.Table:
    based = table["baseModels"].combine_chunks()
    named = list(BASES[1].type.value_type)
    ids = pa.StructArray.from_arrays([based.values, based.values], fields=named)
    models = pa.ListArray.from_arrays(based.offsets, ids)
    empty = pa.nulls(len(table), WEIGHTS[0].type)
    made = dict(zip(table.column_names, table.columns, strict=True)) | {
        "_id": table["id"],
        "baseModels": pa.StructArray.from_arrays(
            [pa.nulls(len(table), pa.string()), models], fields=list(BASES), mask=based.is_null()
        ),
        "safetensors": pa.StructArray.from_arrays(
            [empty, table["parameters"].combine_chunks()], fields=list(WEIGHTS)
        ),
        "config": pa.array([os.urandom(60).hex() for _ in range(len(table))]),
    }
    return pa.table([made[name] for name in SCHEMA.names], schema=SCHEMA)


def census(last: date) -> dict[str, Any]:
    """Count the days from the first one on, and return how long each took."""
    from openrace.census import run
    from openrace.census.plan import asked

    every = [f"{FIRST + timedelta(days=n)}" for n in range((last - FIRST).days + 1)]
    wanted = asked(every[0], every[-1], "1d", every)  # generated days may be odd
    days = list(run.census(wanted, lambda plan: None, lambda what: None))
    assert all(day.outcome == "counted" for day in days), [day.reason for day in days]
    return {"seconds": [day.seconds for day in days], "models": days[-1].models}


def whole(path: str) -> dict[str, Any]:
    """Read a file whole with pandas, and count its models and downloads by author."""
    begun = time.perf_counter()
    table = pd.read_parquet(path)
    table.groupby("author", dropna=False)["downloads"].agg(["size", "sum"])
    return {"seconds": [time.perf_counter() - begun], "models": len(table)}


def highest() -> float:
    """Return the most memory that this process had, in gigabytes; getrusage counts its parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1e6


CASES: dict[str, Callable[[str], dict[str, Any]]] = {
    "census": lambda last: census(date.fromisoformat(last)),
    "whole": whole,
}


def case(name: str, of: str, cores: int = 2, **environment: str) -> dict[str, Any]:
    """Run a case in a process of its own; its highest memory is in gigabytes."""
    command = [sys.executable, __file__, "--case", name, "--of", of, "--cores", str(cores)]
    own = os.environ | environment
    done = subprocess.run(command, env=own, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def data(folder: Path) -> str:
    """Make a folder of tables of which nothing is counted yet, and return where it lies."""
    kept = folder / "data"
    kept.mkdir(parents=True)
    described = json.loads((PROJECT / "data" / "datapackage.json").read_text(encoding="utf-8"))
    resources = [r for r in described["resources"] if r["name"] in TABLES]
    (kept / "datapackage.json").write_text(json.dumps(described | {"resources": resources}))
    for table in TABLES:
        text = (PROJECT / "data" / f"{table}.csv").read_text(encoding="utf-8")
        head = text.partition("\n")[0] + "\n"
        (kept / f"{table}.csv").write_text(head if "census" in table else text, encoding="utf-8")
    return str(kept)


def publish(stats: HubStats, folder: Path, models: int, days: int) -> Path:
    """Commit days of models, and return the file of the first."""
    for day, path in census_models.write(folder, models, days).items():
        body = published(path)
        stats.commit(day, body)
        path.write_bytes(body)
    return folder / f"{FIRST}.parquet"


def a_day(folder: Path, models: int) -> list[str]:
    """Compare the census of one day on two cores and on one with pandas."""
    with served() as stats:
        file = publish(stats, folder, models, days=2)
        at = {"HF_ENDPOINT": stats.hub.address}
        pandas = case("whole", str(file))
        two, one = (
            case("census", f"{SECOND}", cores, OPENRACE_DATA=data(folder / f"{cores}"), **at)
            for cores in (2, 1)
        )
    lines = [f"One day of {two['models']:,} models, compared to the day before:"]
    for name, found in (("census, two cores", two), ("census, one core", one), ("pandas", pandas)):
        lines.append(f"  {name:18} {found['seconds'][-1]:6.1f} s  {found['memory']:5.2f} GB")
    lines.append(f"  census over pandas {two['memory'] / pandas['memory']:6.2f} of the memory")
    lines.append(f"  two cores over one {two['seconds'][-1] / one['seconds'][-1]:6.2f} of the time")
    return lines


def a_month(folder: Path, models: int, days: int) -> list[str]:
    """Compare the last days of a month with its first."""
    with served() as stats:
        publish(stats, folder, models, days)
        at = {"HF_ENDPOINT": stats.hub.address, "OPENRACE_DATA": data(folder / "month")}
        found = case("census", f"{FIRST + timedelta(days=days - 1)}", **at)
    early, late = median(found["seconds"][1:6]), median(found["seconds"][-5:])
    return [
        f"{days} days of {found['models']:,} models: {early:.2f} s a day at first, {late:.2f} s at "
        f"last, {late / early:.2f} times; {found['memory']:.2f} GB."
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=2_500_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--case", choices=CASES, help=argparse.SUPPRESS)
    parser.add_argument("--of", help=argparse.SUPPRESS)
    parser.add_argument("--cores", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.case:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: given.cores])
        found = CASES[given.case](given.of)
        print(json.dumps(found | {"memory": highest()}))
        return
    with TemporaryDirectory() as folder:
        day, month = Path(folder, "day"), Path(folder, "month")
        for place in (day, month):
            place.mkdir()
        print("\n".join(a_day(day, given.models)), flush=True)
        print("\n".join(a_month(month, given.models // 25, given.days)))


if __name__ == "__main__":
    main()
