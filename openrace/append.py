"""What a source's rows add to a table, and the adding itself: new lines, never a changed one."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from openrace import package, schema, store, transaction
from openrace.errors import Refusal
from openrace.package import Resource


@dataclass(frozen=True)
class Additions:
    """What a source's rows add to a table.

    Attributes:
        rows: the rows to append, typed as `store.load` gives them, in the order of the key.
        new: rows of a key that was not known.
        changed: rows that differ from the last known of their key.
        later: rows that differ from another reading of the same day, and are not taken.
        same: rows that say what is known already.
    """

    rows: pd.DataFrame
    new: int = 0
    changed: int = 0
    later: int = 0
    same: int = 0


def additions(name: str, rows: pd.DataFrame) -> Additions:
    """Compare a source's rows with what a table knew by their day.

    Args:
        name: the table's name in the data package, which says how the table grows.
        rows: the source's rows, in the table's columns; their order does not matter.

    Raises:
        Refusal: a row breaks a rule of the table, the table itself is broken, or it holds
            later rows than those that would be added.
    """
    described = package.describe(name)
    observed, key = described["observed"], described["refresh"]["key"]
    grows, given = described["refresh"]["grows"], _checked(rows, described)
    known = store.whole(name)
    if "source" in key:
        known = known[known["source"].isin(given["source"])]
    by_then = known[known[observed] <= given[observed].max()]
    told = _COMPARED[grows](given, by_then, key, observed)
    _refuse_early(told.rows, known, described)
    return told


def append(additions: Mapping[str, pd.DataFrame]) -> None:
    """Append rows to tables, to all of them or, on any failure, to none.

    Args:
        additions: rows by table, in its columns.

    Raises:
        Refusal: a row breaks a rule of its table, a table is broken, another process is at
            work, or the folder cannot be written.
    """
    with transaction.alone():
        transaction.settle()
        grown = [_grown(name, rows) for name, rows in additions.items() if len(rows)]
        if grown:
            transaction.replace(dict(grown))


def _days(given: pd.DataFrame, known: pd.DataFrame, key: list[str], observed: str) -> Additions:
    """Take the rows of days that were not read yet: the first reading of a day stands."""
    read = _among(given, known, key)
    same = _same(given[read], known[_among(known, given, key)], list(given))
    return Additions(given[~read], new=_count(~read), later=_count(~same), same=_count(same))


def _copies(given: pd.DataFrame, known: pd.DataFrame, key: list[str], observed: str) -> Additions:
    """Take all rows as soon as one differs from the last copy, or is not in it."""
    last = known[known[observed] == known[observed].max()]
    told = _changes(given, last, key, observed)
    if len(last) == told.same == len(given):
        return Additions(given[:0], same=told.same)
    if len(given) and (last[observed] == given[observed].max()).any():
        return Additions(given[:0], later=len(given) - told.same, same=told.same)
    return Additions(given, told.new, told.changed, told.later, told.same)


def _changes(given: pd.DataFrame, known: pd.DataFrame, key: list[str], observed: str) -> Additions:
    """Take the rows that are new or differ from the last of their key."""
    last = store.last_of(known[_among(known, given, key)], key, observed)
    same = _same(given, last, [c for c in given if c != observed])
    later = ~same & _among(given, last, [*key, observed])
    old = _among(given, last, key)
    return Additions(
        given[~same & ~later],
        new=_count(~old),
        changed=_count(old & ~same & ~later),
        later=_count(later),
        same=_count(same),
    )


_COMPARED = {"days": _days, "copies": _copies, "changes": _changes, "revisions": _changes}


def _refuse_early(rows: pd.DataFrame, known: pd.DataFrame, described: Resource) -> None:
    """Refuse rows older than what they would follow: they would change what a past day knew."""
    observed, key = described["observed"], described["refresh"]["key"]
    newest = known[observed].max()
    if described["refresh"]["grows"] in ("changes", "revisions"):
        last = store.last_of(known[_among(known, rows, key)], key, observed)
        newest = rows[key].merge(last, on=key, how="left")[observed].set_axis(rows.index)
    early = rows[observed] < newest
    if early.any():
        day = f"{rows[observed][early].min():%Y-%m-%d}"
        raise Refusal(
            f"data/{described['path']} holds later rows than those of {day} that would be added: "
            "is the computer's clock right?"
        )


def _among(rows: pd.DataFrame, others: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """Tell for each row whether it is among other rows, by some columns."""
    wanted = others[list(dict.fromkeys(columns))].drop_duplicates()
    found = rows[list(wanted)].merge(wanted, how="left", indicator="found")["found"]
    return pd.Series((found == "both").to_numpy(), index=rows.index)


def _same(rows: pd.DataFrame, others: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """Tell the same by text: a column without gaps has another type than one with them."""
    return _among(rows.astype("str"), others.astype("str"), columns)


def _count(chosen: pd.Series) -> int:
    return int(chosen.sum())


def _grown(name: str, rows: pd.DataFrame) -> tuple[str, bytes]:
    """Return a table's file and its content with rows appended, after every check."""
    described, path = package.describe(name), package.path(name)
    new, known, key = _checked(rows, described), store.whole(name), schema.primary_key(described)
    twice = _among(new, known, key)
    if key and twice.any():
        with schema.told(described, _row_of(new, described)):
            raise schema.Broken(int(twice.idxmax()), "the table has such a row already")
    content = path.read_bytes()
    with path.open(encoding="utf-8-sig", newline="") as file:
        head = next(csv.reader(file))
    lines = _text(new, described)[head].to_csv(header=False, index=False, lineterminator="\n")
    return path.name, content + b"\n" * (not content.endswith(b"\n")) + lines.encode()


def _checked(rows: pd.DataFrame, described: Resource) -> pd.DataFrame:
    """Return rows as they will be read once they stand in the table, in the order of its key."""
    columns = [f["name"] for f in schema.fields(described)]
    if set(rows) != set(columns):
        odd = ", ".join(sorted(set(rows) ^ set(columns)))
        raise Refusal(f"data/{described['path']}: rows to add differ from its columns in {odd}.")
    text = _text(rows.reset_index(drop=True)[columns], described)
    with schema.told(described, _row_of(text, described)):
        _refuse_control(text)
        typed = schema.check(text, described)
    order = schema.primary_key(described) or columns
    return typed.sort_values(order, kind="stable", ignore_index=True)


def _text(rows: pd.DataFrame, described: Resource) -> pd.DataFrame:
    """Write values as the table's file does: shortest floats, true and false, missing as none."""
    text = rows.astype("str").replace("", None)
    for field in schema.fields(described):
        if field["type"] == "boolean":
            text[field["name"]] = text[field["name"]].str.lower()
    return text


def _refuse_control(text: pd.DataFrame) -> None:
    """Refuse line breaks and the like: a row is a line, for whoever reads a difference."""
    for column in text:
        odd = text[column].str.contains(r"[\x00-\x1f\x7f]", na=False)
        if odd.any():
            raise schema.Broken(int(odd.idxmax()), f"{column} holds a line break or the like")


def _row_of(rows: pd.DataFrame, described: Resource) -> Callable[[int], str]:
    """Name a row that is in no file yet by the values of its key."""
    key = schema.primary_key(described)

    def named(index: int) -> str:
        return "new row " + ", ".join(f"{k} {rows[k].astype('str')[index]}" for k in key)

    return named
