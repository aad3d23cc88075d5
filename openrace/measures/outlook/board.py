"""The five things in one table: reading, earlier reading, direction, and when the next is due."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from openrace.measures.outlook.readings import COLUMNS
from openrace.measures.rankings.definitions import Tables

_DAY = {"enterprise_surveys": "until", "restrictions": "until"}


def board(
    indicators: pd.DataFrame, series: pd.DataFrame, tables: Tables, as_of: date
) -> pd.DataFrame:
    """Return the five things with reading, earlier reading, direction and day due.

    Args:
        indicators: table `outlook_indicators`.
        series: what `readings` returns.
        tables: gives a table of `data/` for its name: a dict, or a chapter.
        as_of: the chapter's day; overdue is told as of it.

    Returns:
        thing, name, indicator (empty without one), unit, value, low, high, date, earlier,
        earlier_low, earlier_high, earlier_date, direction (`up`, `down`, `unclear`: within noise,
        contradicted or unchanged; `unread`: no two readings; `none`: no indicator), due, state
        (`overdue`, `due`, `unread`, `none`), changes, note, day (the chapter's).
    """
    rows = []
    for row in indicators.to_dict("records"):
        has = pd.notna(row["source"])
        own = series[series["thing"] == row["thing"]]
        read = compare(own, row["compare_days"]) if has else {"direction": "none"}
        due = _due(tables[row["source"]], row) if has else pd.NaT
        state = "none" if not has else "unread" if own.empty or pd.isna(due) else "due"
        if state == "due" and due < pd.Timestamp(as_of):
            state = "overdue"
        rows.append(row | read | {"due": due, "state": state, "day": as_of})
    table = pd.DataFrame(rows).reindex(columns=list(_BOARD))
    texts = ["indicator", "unit"]
    days = {c: pd.to_datetime(table[c]) for c in ("date", "earlier_date", "due", "day")}
    values = {c: table[c].astype("float64") for c in _VALUES}
    return table.assign(**days, **values, **{c: table[c].fillna("") for c in texts})


_VALUES = ("value", "low", "high", "earlier", "earlier_low", "earlier_high")
_BOARD = (
    *("thing", "name", "indicator", "unit", "value", "low", "high", "date"),
    *("earlier", "earlier_low", "earlier_high", "earlier_date", "direction", "due", "state"),
    *("changes", "note", "day"),
)


def _due(source: pd.DataFrame, row: dict[Any, Any]) -> pd.Timestamp:
    last = source[_DAY.get(row["source"], "date")].max()
    return pd.NaT if pd.isna(last) else last + pd.Timedelta(days=int(row["every_days"]))


def compare(own: pd.DataFrame, days: int) -> dict[str, Any]:
    """Return the newest reading, the one at least so many days before it, and the direction.

    Args:
        own: the readings of one thing, oldest first; see `readings`.
        days: how much older the earlier reading is, at least.
    """
    if own.empty:
        return {"direction": "unread"}
    new = own.iloc[-1]
    found: dict[str, Any] = {k: new[k] for k in COLUMNS[1:]}
    before = own[own["date"] <= new["date"] - pd.Timedelta(days=int(days))]
    if before.empty:
        return found | {"direction": "unread"}
    old, since = before.iloc[-1], own[own["date"] >= before["date"].max()]
    found |= {"earlier": old["value"], "earlier_date": old["date"]}
    found |= {"earlier_low": old["low"], "earlier_high": old["high"]}
    others = since["value"].iloc[:-1]
    if new["low"] > old["high"] and (others < new["value"]).all():
        return found | {"direction": "up"}
    if new["high"] < old["low"] and (others > new["value"]).all():
        return found | {"direction": "down"}
    return found | {"direction": "unclear"}


def figure(board: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    """Return what the dashboard draws: the board's rows, then the readings behind them.

    Args:
        board: what `board` returns.
        series: what `readings` returns.

    Returns:
        part (`thing` or `reading`), and the columns of both.
    """
    drawn = series[series["thing"].isin(board["thing"])].assign(part="reading")
    table = board.assign(part="thing")
    if len(drawn):
        table = pd.concat([table, drawn], ignore_index=True)
    return table[["part", *_BOARD]]
