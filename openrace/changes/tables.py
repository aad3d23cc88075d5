"""What moved in the tables: rows added, removed and altered.

Tables are compared as text, unchecked: the comparison must also see what a check would refuse.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from openrace.errors import Refusal

_NTH = "\0nth"  # no column of a table is called so


@dataclass(frozen=True)
class TableChange:
    """What differs in one table; all values are text.

    Attributes:
        name: the table's name in the data package.
        grows_only: whether rows may only be added: it says when each was observed.
        added: the rows that only the later copy has.
        removed: the rows that only the earlier copy has.
        was: the altered rows before, in the columns of both copies.
        now: the same rows after.
        key: the columns that tell rows apart.
        columns: the columns that came, with “+” before their names, and those that went, “-”.
        file: “is new” or “is gone” when only one copy has the table, or empty.
    """

    name: str
    grows_only: bool
    added: pd.DataFrame
    removed: pd.DataFrame
    was: pd.DataFrame
    now: pd.DataFrame
    key: list[str]
    columns: list[str]
    file: str = ""

    @property
    def alarming(self) -> bool:
        """Whether what may only grow has lost or altered rows."""
        return self.grows_only and bool(len(self.removed) or len(self.was))


def compared(before: Path, after: Path) -> Iterator[TableChange]:
    """Yield the tables of two data folders that differ, in the later one's order.

    Raises:
        Refusal: a folder has no data package, or a table cannot be read.
    """
    was, now = _described(before), _described(after)
    for name in dict.fromkeys([*now, *was]):
        sides = [
            (folder / described[name]["path"], described[name]) if name in described else None
            for folder, described in ((before, was), (after, now))
        ]
        if not _same(sides) and (change := _change(name, sides)):
            yield change


def _described(folder: Path) -> dict[str, Any]:
    path = folder / "datapackage.json"
    try:
        resources = json.loads(path.read_text(encoding="utf-8"))["resources"]
    except (OSError, ValueError, KeyError) as error:
        raise Refusal(f"{path} cannot be read ({error}): it is no book's data.") from None
    return {r["name"]: r for r in resources}


_Side = tuple[Path, dict[str, Any]] | None


def _same(sides: Sequence[_Side]) -> bool:
    contents = [side[0].read_bytes() if side and side[0].exists() else None for side in sides]
    return contents[0] == contents[1]


def _change(name: str, sides: Sequence[_Side]) -> TableChange | None:
    described = [side[1] for side in sides if side]
    grows_only = any(d.get("observed") for d in described)
    was, now = (_read(side) for side in sides)
    if was is None or now is None:
        file = "is new" if was is None else "is gone"
        none = pd.DataFrame()
        added, removed = (none if t is None else t for t in (now, was))
        return TableChange(name, grows_only, added, removed, none, none, [], [], file)
    key = _key(described[-1], [c for c in was if c in now])
    columns = [f"+{c}" for c in now if c not in was] + [f"-{c}" for c in was if c not in now]
    change = TableChange(name, grows_only, *rows(was, now, key), key, columns)
    return change if columns or any(map(len, (change.added, change.removed, change.was))) else None


def _key(described: dict[str, Any], shared: list[str]) -> list[str]:
    given = described["schema"].get("primaryKey") or []
    given = [given] if isinstance(given, str) else given
    wanted = {*given, described.get("observed")} if given else set(shared)
    return [c for c in shared if c in wanted] or shared


def rows(
    was: pd.DataFrame, now: pd.DataFrame, key: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the rows added and removed, and those altered, before and after.

    Args:
        was: the earlier table, as text.
        now: the later one.
        key: columns of both; rows of equal key are told apart by their order.
    """
    shared = [c for c in was if c in now]
    places = _index(now, key).get_indexer(_index(was, key))
    kept = places >= 0
    before, after = was.loc[kept, shared], now[shared].iloc[places[kept]]
    differs = reduce(
        np.logical_or,
        (before[c].to_numpy() != after[c].to_numpy() for c in shared),
        np.zeros(len(before), dtype=bool),
    )
    fresh = np.ones(len(now), dtype=bool)
    fresh[places[kept]] = False
    return now[fresh], was[~kept], before[differs], after[differs]


def _index(table: pd.DataFrame, key: Sequence[str]) -> pd.MultiIndex:
    nth = table.groupby(list(key)).cumcount()
    return pd.MultiIndex.from_frame(table[list(key)].assign(**{_NTH: nth}))


def _read(side: _Side) -> pd.DataFrame | None:
    if side is None or not side[0].exists():
        return None
    path, described = side
    try:
        if path.suffix == ".yml":
            records = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
            return pd.DataFrame(records[described["name"]]).fillna("").astype("str")
        return pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    except (ValueError, yaml.YAMLError, KeyError, TypeError) as error:
        why = " ".join(str(error).split())
        raise Refusal(f"{path} cannot be compared: {why}.") from None
