"""The engine that counts: DuckDB in this process, or any other that Ibis knows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import ibis
import pandas as pd
import pyarrow as pa
from ibis import _
from ibis.backends import BaseBackend
from ibis.expr.types import Table

from openrace.census import aggregate, folder
from openrace.census.homes import Homes
from openrace.errors import Refusal

#: Most memory of the embedded engine; beyond it, it uses the disk.
MEMORY = "1200MB"
_DAYS = pa.schema({"day": pa.date32(), "previous": pa.date32()})


def connect(address: str | None = None) -> BaseBackend:
    """Open an engine.

    Args:
        address: of an Ibis backend (`pyspark://`, `bigquery://project/dataset`, `trino://…`);
            DuckDB in this process unless given.

    Raises:
        Refusal: there is no such engine, or it cannot be opened.
    """
    if address is None:
        folder().mkdir(parents=True, exist_ok=True)
        return ibis.duckdb.connect(
            memory_limit=MEMORY,
            temp_directory=str(folder() / "spill"),
            preserve_insertion_order=False,
        )
    try:
        return ibis.connect(address)
    except Exception as error:
        raise Refusal(f"The engine {address} cannot be opened: {_first_line(error)}.") from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


def parts(backend: BaseBackend, files: Mapping[date, Path]) -> Table:
    """Return files of the layout in which days are read as one table, with their `day`."""
    read = [backend.read_parquet(file).mutate(day=ibis.literal(day)) for day, file in files.items()]
    return ibis.union(*read) if len(read) > 1 else read[0]


def count(models: Table, days: Mapping[date, date | None]) -> pd.DataFrame:
    """Count all models of some days.

    Args:
        models: the models of those days and of the days before, in the layout in which days are
            read, plus `day`, in any engine.
        days: the days to count, and to which day before each is compared, if to any.

    Returns:
        The columns of the table `hub_census`.

    Raises:
        Refusal: a model stands twice in a day, or the engine fails.
    """
    backend = models.get_backend()
    try:
        _refuse_twice(backend, models)
        return _counted(backend, models, days)
    except Refusal:
        raise
    except Exception as error:  # each engine has errors of its own
        raise Refusal(f"The engine cannot count: {_first_line(error)}.") from None


def _refuse_twice(backend: BaseBackend, models: Table) -> None:
    sizes = models.group_by("day").aggregate(models=_.count(), ids=_.id.nunique())
    twice = backend.to_pyarrow(sizes.filter(_.models != _.ids)).to_pylist()
    if twice:
        every, own = twice[0]["models"], twice[0]["ids"]
        raise Refusal(f"Only {own:,} of {every:,} models have an id of their own.")


def _counted(backend: BaseBackend, models: Table, days: Mapping[date, date | None]) -> pd.DataFrame:
    homes = Homes()
    placed, named = _placed(backend, models.filter(_.day.isin(list(days))), homes)
    others = [day for day in days.values() if day]
    before = aggregate.counters(models.filter(_.day.isin(others)), homes)
    asked = pa.table([list(days), list(days.values())], schema=_DAYS)
    changed = aggregate.changed(placed, before, _given(backend, asked))
    counts = aggregate.counts(changed, _given(backend, named), _given(backend, aggregate.GRAINS))
    whole = {pa.int64(): pd.Int64Dtype()}  # which may be missing
    return backend.to_pyarrow(counts).to_pandas(types_mapper=whole.get)


def _placed(backend: BaseBackend, models: Table, homes: Homes) -> tuple[Table, pa.Table]:
    """Return the models with the codes of their homes, and the homes; on the way needs room."""
    rows = aggregate.kept(aggregate.described(models, homes))
    bases = aggregate.kept(aggregate.based(rows, homes))
    answers, named = homes.of(backend.to_pyarrow(aggregate.names(rows, bases)))
    ours = _given(backend, answers), _given(backend, aggregate.KINDS)
    return aggregate.attributed(rows, bases, *ours), named


def _given(backend: BaseBackend, ours: pa.Table) -> Table:
    """Have a small table of ours in the engine before a kept one needs it."""
    table = ibis.memtable(ours)
    backend.to_pyarrow(table.limit(1))
    return table
