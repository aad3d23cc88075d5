"""Lists drawn as tables: rows of words in columns, wrapped to their room, in groups with names.

A row is one or more groups of columns: the columns of a group stand side by side, the groups of a
row below one another. On a wide page a row has one group, on a phone several.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import altair as alt
import pandas as pd

from openrace.figures import theme

#: Pixels: a line of text, the air around a row, a group's name, the head of the columns.
LINE, AIR, NAME, HEAD = 15, 8, 30, 34

#: Pixels that a letter takes on average, rather too many; bold ones take more.
_LETTER, _BOLD = 5.9, 6.4


class Column(NamedTuple):
    """A column: a field's words at a place, in a room of so many pixels.

    Attributes:
        field: the field that holds the words; empty keeps a line free for marks.
        x: left edge in pixels, or the right edge where `right`.
        room: width in pixels to which the words are wrapped.
        title: what stands above it; may hold line breaks.
        muted, bold, right: how it looks.
    """

    field: str
    x: float
    room: float
    title: str = ""
    muted: bool = False
    bold: bool = False
    right: bool = False


class Listing(NamedTuple):
    """A list as drawn: its layers, the rows with the pixels at which they stand, its height."""

    layers: list[alt.Chart]
    rows: pd.DataFrame
    height: float


def when(date: pd.Timestamp, until: pd.Timestamp) -> str:
    """Write a day, a month or a span of days for people."""
    if date == until:
        return f"{date.day} {date:%b %Y}"
    if (date.year, date.month) == (until.year, until.month) and date.day == 1:
        return f"{date:%b %Y}"
    first = f"{date.day}–" if date.month == until.month else f"{date.day} {date:%b} – "
    return f"{first}{until.day} {until:%b %Y}"


def hosts(urls: pd.Series) -> pd.Series:
    """Return the hosts of addresses, for tooltips: a spec names no address."""
    return urls.astype("str").str.extract(r"^https?://(?:www\.)?([^/]+)", expand=False)


def listed(
    rows: pd.DataFrame,
    groups: Sequence[Sequence[Column]],
    width: float,
    tooltip: Sequence[alt.Tooltip],
    named: Callable[[str, int], str] | None = None,
) -> Listing:
    """Lay rows out below one another and draw their words.

    Args:
        rows: the rows in order; of one `section` all together, where that field is there.
        groups: the groups of columns of every row.
        width: of the list in pixels.
        tooltip: what a row's words say when pointed at.
        named: writes a section's name from it and from how many rows it has.

    Returns:
        The layers, the rows with `top` and `bottom` and, for each group, `group_0` … (the middle
        of its first line), and the height, all in pixels.
    """
    y = float(HEAD if any(c.title for g in groups for c in g) else 2)
    words: list[dict[str, Any]] = []
    names: list[tuple[str, float]] = []
    placed: list[dict[str, float]] = []
    section = ""
    for index, row in rows.iterrows():
        if named and row["section"] != section:
            section = row["section"]
            names.append((named(section, int((rows["section"] == section).sum())), y + NAME - 9))
            y += NAME
        at, lines = _placed(row, groups, y + AIR / 2)
        words += [line | {"index": index} for line in lines]
        placed.append(at | {"top": y})
        y = at["bottom"]
    frame = rows.reset_index(drop=True).join(pd.DataFrame(placed))
    layers = [*_rules(frame, width), *_heads(groups), *_names(names), *_words(words, rows, tooltip)]
    return Listing(layers, frame, y + 4)


def _placed(
    row: pd.Series, groups: Sequence[Sequence[Column]], top: float
) -> tuple[dict[str, float], list[dict[str, Any]]]:
    """Return where a row's groups begin and it ends, and its lines with their places."""
    at: dict[str, float] = {}
    lines: list[dict[str, Any]] = []
    for number, group in enumerate(groups):
        at[f"group_{number}"] = top + LINE / 2
        most = 1
        for column in group:
            text = _wrapped(str(row[column.field]) if column.field else "", column)
            look = _look(column.muted, column.bold, column.right)
            for i, line in enumerate(text):
                y = top + LINE / 2 + i * LINE
                lines.append({"text": line, "x": column.x, "y": y, "look": look})
            most = max(most, len(text))
        top += most * LINE
    at["bottom"] = top + AIR / 2
    return at, lines


def _wrapped(text: str, column: Column) -> list[str]:
    letters = int(column.room / (_BOLD if column.bold else _LETTER))
    # A space that does not break holds a figure and its unit together.
    held = text.replace("\u00a0", "\u2007").replace(" %", "\u2007%")
    lines = [line for part in held.split("\n") for line in textwrap.wrap(part, letters)]
    return [line.replace("\u2007", "\u00a0") for line in lines]


def unsure(confidence: pd.Series) -> pd.Series:
    """Write how sure an entry is where it is less than highly so, to be added to its words."""
    return ("; " + confidence + " confidence").where(confidence != "high", "")


def _look(muted: bool = False, bold: bool = False, right: bool = False) -> str:
    return f"{muted:d}{bold:d}{right:d}"


def _words(
    words: list[dict[str, Any]], rows: pd.DataFrame, tooltip: Sequence[alt.Tooltip]
) -> list[alt.Chart]:
    """Draw the lines of words, a layer for each look."""
    frame = pd.DataFrame(words)
    if "index" in frame:
        tips = [str(tip.shorthand).split(":")[0] for tip in tooltip]
        frame = frame.merge(rows[tips], left_on="index", right_index=True, how="left")
    layers = []
    for look, lines in frame.groupby("look"):
        muted, bold, right = (letter == "1" for letter in str(look))
        mark = alt.Chart(lines.drop(columns=["look", "index"], errors="ignore")).mark_text(
            align="right" if right else "left",
            baseline="middle",
            color=theme.MUTED if muted else theme.INK,
            fontWeight="bold" if bold else "normal",
        )
        place = {"x": alt.X("x:Q").scale(None).axis(None), "y": alt.Y("y:Q").scale(None).axis(None)}
        layers.append(mark.encode(text="text:N", tooltip=list(tooltip), **place))
    return layers


def _rules(frame: pd.DataFrame, width: float) -> list[alt.Chart]:
    """Draw a light line below every row."""
    base = alt.Chart(frame[["bottom"]])
    y = alt.Y("bottom:Q").scale(None).axis(None)
    rule = base.mark_rule(color=theme.GRID)
    return [rule.encode(x=alt.value(0), x2=alt.value(width), y=y)]


def _heads(groups: Sequence[Sequence[Column]]) -> list[alt.Chart]:
    """Write what the columns are above them."""
    rows = [
        {
            "text": line,
            "x": column.x,
            "y": HEAD - 12 - LINE * (lines - 1 - i),
            "right": column.right,
        }
        for group in groups
        for column in group
        for lines in [column.title.count("\n") + 1]
        for i, line in enumerate(column.title.split("\n"))
        if line
    ]
    layers = []
    for right in (False, True):
        some = pd.DataFrame([row for row in rows if row["right"] == right])
        if len(some):
            mark = alt.Chart(some).mark_text(
                align="right" if right else "left", baseline="middle", color=theme.MUTED
            )
            x, y = alt.X("x:Q").scale(None).axis(None), alt.Y("y:Q").scale(None).axis(None)
            layers.append(mark.encode(x=x, y=y, text="text:N"))
    return layers


def _names(names: Sequence[tuple[str, float]]) -> list[alt.Chart]:
    """Write the names of the sections."""
    if not names:
        return []
    mark = alt.Chart(pd.DataFrame(names, columns=["name", "y"])).mark_text(
        align="left", baseline="middle", fontWeight="bold", fontSize=13, color=theme.INK
    )
    y = alt.Y("y:Q").scale(None).axis(None)
    return [mark.encode(x=alt.value(0), y=y, text="name:N")]
