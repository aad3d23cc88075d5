"""What was observed when: the days of every table, and how much each holds."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from openrace.numbers import Number


def coverage(tables: Mapping[str, pd.DataFrame], observed: Mapping[str, str]) -> pd.DataFrame:
    """List the days on which each dated table was observed.

    Args:
        tables: the tables by name.
        observed: for each dated table, the column that holds its day of observation.

    Returns:
        One row per table and day: table, date, rows (of that day), last (the table's last day).
    """
    parts = [
        tables[name].groupby(column).size().rename("rows").rename_axis("date").reset_index()
        for name, column in observed.items()
    ]
    days = pd.concat([p.assign(table=n) for n, p in zip(observed, parts, strict=True)])
    days["last"] = days.groupby("table")["date"].transform("max")
    return days[["table", "date", "rows", "last"]].reset_index(drop=True)


def numbers(coverage: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> list[Number]:
    """Count tables, rows and days, and give the newest and the most outdated last day."""
    names = tuple(tables)
    last = coverage.groupby("table")["date"].max()
    rows = sum(map(len, tables.values()))
    return [
        Number.of("data.tables", len(tables), "count", "tables in the data package", names),
        Number.of("data.rows", rows, "count", "rows of all tables", names),
        Number.of("data.days", coverage["date"].nunique(), "days", "distinct days observed", names),
        Number.of("data.first", coverage["date"].min(), "date", "first day observed", names),
        Number.of("data.last", last.max(), "date", "last day observed in any table", names),
        Number.of("data.oldest_last", last.min(), "date", "earliest of the last days", names),
    ]
