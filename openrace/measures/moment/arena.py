"""The gap on a leaderboard of blind votes, within one day and one board only.

A board's levels drift, and its rules change, so nothing is said across boards. On Elo's scale a
gap of 100 points means that voters prefer the better model in about 64 % of decided votes.
"""

from __future__ import annotations

import pandas as pd

from openrace.numbers import Number

#: The board that saw January 2025 with published intervals, the other copy of it, and the Arena's
#: own file of all its days, which a refresh reads.
MAIN, COPY, HUB = "arena_2025", "arena_2024", "arena_hub"

#: A board is a source and a way of rating, by their last days.
BOARDS = ("arena_2023", COPY, MAIN, "arena_2026", HUB)

R1_RELEASED = pd.Timestamp("2025-01-20")
SETTLED = pd.Timedelta(days=7)

_TABLES = ("arena_gaps",)
_GAP = "best open Chinese score less best closed US score"


def on_board(arena_gaps: pd.DataFrame, board: str) -> pd.DataFrame:
    """Return a board's days, in order."""
    return arena_gaps[arena_gaps["board"] == board].sort_values("date", ignore_index=True)


def numbers(arena_gaps: pd.DataFrame) -> list[Number]:
    """Return the gap around R1's release, at the ends of each board, and how long it was narrower.

    Args:
        arena_gaps: table of that name.
    """
    return [
        *_around(on_board(arena_gaps, MAIN), MAIN, ""),
        *_around(on_board(arena_gaps, COPY), COPY, f".{COPY}"),
        *_medians(on_board(arena_gaps, MAIN)),
        *_ends(arena_gaps),
        *_coverage(arena_gaps),
    ]


def _first(rows: pd.DataFrame) -> pd.Series:
    return rows.iloc[0] if len(rows) else pd.Series(dtype=object)


def _gap(id: str, row: pd.Series, said: str) -> Number:
    """Return a gap with the interval that the board publishes, if it does."""
    bounds = [row.get(column) for column in ("gap", "low", "high")]
    return Number.of(f"moment.arena.gap.{id}", bounds[0], "Elo points", said, _TABLES, *bounds[1:])


def _around(days: pd.DataFrame, board: str, variant: str) -> list[Number]:
    """Return the gap before and after R1, and when it was as wide again."""
    before = days[days["date"] <= R1_RELEASED].tail(1)
    later = days[days["date"] >= R1_RELEASED + SETTLED]
    start, end = _first(before), _first(later)
    again = _first(later[later["gap"] <= start.get("gap", float("nan"))]).get("date")
    said = f"on {board}: {_GAP}, {{}}; 95 % interval of the published ones where there are any."
    wide = "First day, at least a week after R1's release on 20 January 2025, on which the gap on "
    wide += f"{board} was as wide as on the last day to it."
    since = (again - R1_RELEASED).days if pd.notna(again) else None
    id, days_of = "moment.arena.gap.as_wide_again", "moment.arena.days_narrower"
    return [
        _gap(
            f"before_r1{variant}", start, f"Last day to 20 January 2025 {said.format('no R1 yet')}"
        ),
        _gap(f"after_r1{variant}", end, f"First day from 27 January 2025 {said.format('with R1')}"),
        Number.of(f"{id}{variant}", again, "date", wide, _TABLES),
        Number.of(
            f"{days_of}{variant}",
            since,
            "days",
            f"Days from 20 January 2025 to the {wide[0].lower()}{wide[1:]}",
            _TABLES,
        ),
    ]


def _medians(days: pd.DataFrame) -> list[Number]:
    is_before = days["date"] < R1_RELEASED
    said = f"Median over the days of {MAIN} {{}} 20 January 2025 of the {_GAP}; the range is that "
    said += "of all those days. Days are those on which the source was stored, not evenly spaced."
    return [
        Number.of(
            f"moment.arena.gap.{id}",
            gaps.median(),
            "Elo points",
            said.format(word),
            _TABLES,
            gaps.min(),
            gaps.max(),
        )
        for id, word, gaps in (
            ("median_before", "before", days.loc[is_before, "gap"]),
            ("median_after", "from", days.loc[~is_before, "gap"]),
        )
    ]


def _ends(arena_gaps: pd.DataFrame) -> list[Number]:
    """Return the first and last gap of each board, with their days."""
    found = []
    for board in BOARDS:
        days = on_board(arena_gaps, board)
        for end, rows in (("first", days.head(1)), ("last", days.tail(1))):
            said, row = f"{end.title()} day of {board}", _first(rows)
            id = f"moment.arena.{board}.{end}"
            found += [
                _gap(f"{board}.{end}", row, f"{said}: {_GAP}; 95 % interval where published."),
                Number.of(f"{id}.date", row.get("date"), "date", f"{said}.", _TABLES),
            ]
    return found


def _coverage(arena_gaps: pd.DataFrame) -> list[Number]:
    known = len(arena_gaps) > 0
    some = int((arena_gaps["unknown"] > 0).sum()) if known else None
    said = "Days of boards with a model of unknown home or access among the first fifteen."
    days = "Days of boards, all boards together."
    return [
        Number.of("moment.arena.days", len(arena_gaps) or None, "days", days, _TABLES),
        Number.of("moment.arena.days.unknown", some, "days", said, _TABLES),
    ]
