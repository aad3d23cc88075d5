"""The panel of leaderboards: gaps within one board and day, boards and their hole named."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from openrace.figures import theme
from openrace.figures.moment.quality_frame import Frame, event, title, y_axis
from openrace.figures.render import Chart
from openrace.measures.moment.arena import COPY, HUB, MAIN, R1_RELEASED

_DAY = "%-d %b %Y"
_ROOM = pd.Timedelta(days=300)  # that words need to the right of where they begin

# Where a word on a board stands: day, Elo points, alignment.
_WORDS = {
    "arena_2023": ("online Elo,\nin the order\nof votes", "2023-12-20", -275, "left"),
    MAIN: ("all votes fitted at once:\ntwo copies, dots and rings", "2025-02-05", -185, "left"),
    "arena_2026": ("board\nof 2026", "2026-04-05", -90, "center"),
    HUB: ("dashed: the Arena’s\nown file", "2025-02-05", -265, "left"),
}


def boards(rows: pd.DataFrame, frame: Frame, named: bool) -> Chart:
    """Draw each board as a line of its own, with what intervals it publishes.

    Args:
        rows: the rows of part `arena`.
        frame: what the panels share.
        named: whether R1's day is named here, no panel standing above.
    """
    height = 190 if frame.narrow else 210
    y = y_axis("gap", [min(rows["gap"].min() * 1.06, -100), max(12, rows["gap"].max() + 5)])
    base = alt.Chart(rows).encode(
        x=frame.x,
        y=y,
        detail="board:N",
        tooltip=[
            alt.Tooltip("board:N"),
            alt.Tooltip("date:T", format=_DAY),
            alt.Tooltip("gap:Q", format=".0f", title="Elo points"),
            alt.Tooltip("low:Q", format=".0f"),
            alt.Tooltip("high:Q", format=".0f"),
            alt.Tooltip("open_cn:N", title="open Chinese"),
            alt.Tooltip("closed_us:N", title="closed US"),
        ],
    )
    band = base.transform_filter("isValid(datum.low)").mark_area(color=theme.MUTED, opacity=0.25)
    copy = base.transform_filter(f"datum.board == '{COPY}'")
    own = base.transform_filter(f"datum.board == '{HUB}'")
    rest = base.transform_filter(f"datum.board != '{COPY}' && datum.board != '{HUB}'")
    level = alt.Chart(pd.DataFrame({"gap": [0]})).mark_rule(color=theme.INK, strokeWidth=1)
    layers = [
        *event(frame, height - 8 if named else None),
        level.encode(y=y),
        band.encode(y="low:Q", y2="high:Q"),
        *(
            [own.mark_line(color=theme.MUTED, strokeDash=[3, 2], strokeWidth=1.2)]
            if _has(rows, HUB)
            else []
        ),
        rest.mark_line(color=theme.INK, strokeWidth=1.2, strokeJoin="round"),
        copy.mark_point(size=22, color=theme.INK, strokeWidth=0.8, opacity=1),
        rest.mark_circle(color=theme.INK, size=10, opacity=1),
        *_words(rows, frame),
    ]
    head = title("Open Chinese less closed US, Elo points", "One board and day at a time")
    return alt.layer(*layers, title=head).properties(height=height)


def _has(rows: pd.DataFrame, board: str) -> bool:
    return bool((rows["board"] == board).any())


def _words(rows: pd.DataFrame, frame: Frame) -> list[alt.Chart]:
    """Name the boards that are drawn, and the hole between two of them that no other fills."""
    days = rows.groupby("board")["date"].agg(["min", "max"])
    said = [(*word, theme.INK) for board, word in _WORDS.items() if board in days.index]
    if {MAIN, "arena_2026"} <= set(days.index) and HUB not in days.index:
        start, end = days.loc[MAIN, "max"], days.loc["arena_2026", "min"]
        hole = "no\ndata" if frame.narrow else "no data"
        said.append((hole, str(start + (end - start) / 2), -40, "center", theme.MUTED))
    return [_word(frame, *word) for word in said]


def _word(frame: Frame, text: str, day: str, gap: float, align: str, colour: str) -> alt.Chart:
    """Write words on a panel; where time ends too soon for them, at its end."""
    date = pd.Timestamp(day)
    if align == "left" and date + _ROOM > frame.end:
        before_r1 = R1_RELEASED - pd.Timedelta(days=9)
        date, align = min(frame.end, before_r1 if frame.has_r1 else frame.end), "right"
    row = pd.DataFrame({"date": [date], "gap": [gap], "text": [text]})
    look: dict[str, Any] = {"fontSize": 11, "color": colour, "align": align}
    mark = alt.Chart(row).mark_text(lineBreak="\n", baseline="middle", **look)
    return mark.encode(x=frame.x, y="gap:Q", text="text:N")
