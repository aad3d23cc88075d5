"""Figure on the quality gap: two frontiers, the lag at each record, the gap on leaderboards."""

from __future__ import annotations

from typing import Any, NamedTuple

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.explore import Follow, Window
from openrace.figures.moment.quality_boards import boards
from openrace.figures.moment.quality_frame import Frame, event, frame, title, y_axis
from openrace.figures.parts import sentence
from openrace.figures.render import Chart
from openrace.measures.moment.arena import BOARDS
from openrace.measures.moment.lags import R1
from openrace.numbers import Number

_DAY = "%-d %b %Y"
_SMALL: dict[str, Any] = {"fontSize": 11, "color": theme.INK}
_NEAR = pd.Timedelta(days=160)  # within which a label could hit another bar


class _Label(NamedTuple):
    """How a record is named beside its point."""

    text: str
    align: str
    dx: int
    dy: int


_LABELS = {
    ("DeepSeek-R1", "open"): _Label("R1", "left", 7, 7),
    ("o1", "closed"): _Label("o1", "right", -6, -6),
    ("GPT-4 (Mar 2023)", "closed"): _Label("GPT-4", "left", -4, -10),
    ("Qwen-14B", "open"): _Label("Qwen-14B", "left", 8, 9),
}


def _lag_words(n: Numbers) -> str:
    """Say R1's lag, its rank, and the last record's."""
    r1, last = n["moment.lag_days.r1"], n["moment.lag_days.latest"]
    rank, of = n["moment.lag_days.r1.rank"], n["moment.lag_days.records"]
    name = n["moment.quality.latest_record.name"]
    if r1.value is None:
        return ""
    place = "the shortest lag" if rank.value == 1 else f"number {rank} by shortness"
    said = f"DeepSeek-R1 came {r1} days after the first closed US model with its score, {place} "
    said += f"of {of} open Chinese records"
    return said if name.value == R1 else f"{said}; the latest, {name}, after {last} days"


def _arena_words(n: Numbers) -> str:
    before, after = n["moment.arena.gap.before_r1"], n["moment.arena.gap.after_r1"]
    if before.value is not None and after.value is not None:
        ends = f"{_bare(before)} to {after}"
        return f"on a board of votes, open Chinese less closed US went from {ends} with R1"
    drawn = [b for b in BOARDS if n[f"moment.arena.gap.{b}.last"].value is not None]
    if not drawn:
        return ""
    gap, day = n[f"moment.arena.gap.{drawn[-1]}.last"], n[f"moment.arena.{drawn[-1]}.last.date"]
    return f"on a board of votes, open Chinese less closed US was {gap} on {day}"


def _bare(number: Number) -> str:
    return number.text.split("\u00a0")[0]


def _subtitle(n: Numbers) -> str:
    copy, noise = n["moment.quality.copy.date"], n["moment.score_noise"]
    sure = n["moment.lag_days.r1.shortest_share"]
    often = "" if sure.value is None else f" (R1’s lag is the shortest in {sure} of draws)"
    if copy.value is None:
        return "Best open Chinese model less best closed US model, Elo points on boards of votes"
    return (
        f"Epoch Capabilities Index, copy of {copy}, and days behind at each open Chinese record, "
        f"with a score error of {noise}{often}; below, Elo points on boards of votes"
    )


def _alt(n: Numbers) -> str:
    gap, last = n["moment.quality.r1_gap_points"], n["moment.quality.latest_gap_points"]
    found = [_lag_words(n)]
    if gap.value is not None and last.value is not None:
        found.append(f"the index gap was {gap} on R1’s day and {last} at the end")
    found.append(_arena_words(n))
    return "Panels over time. " + " ".join(f"{sentence(words)}." for words in found if words)


@figure(
    "moment-quality-gap",
    title=lambda n: sentence(_lag_words(n) or _arena_words(n)),
    subtitle=_subtitle,
    alt=_alt,
    limit=(
        "Models that nobody evaluated, errors that all scores share, or what a lab held back: days "
        "count between releases, and a score is that of a model name, not of each version."
    ),
    tables=("capability_index", "corrections", "countries", "arena_gaps"),
    controls=(Follow("lab", "Follow one lab"), Window(("date",))),
)
def quality_gap(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw scores, lags and board gaps under each other, on one axis of time."""
    shared = frame(table, width == theme.NARROW)
    parts = dict(iter(table.groupby("part")))
    panels = []
    if "index" in parts:
        panels.append(_frontiers(parts["index"], shared))
    if "lag" in parts:
        panels.append(_lags(parts["lag"], numbers, shared))
    if "arena" in parts:
        panels.append(boards(parts["arena"], shared, named="index" not in parts))
    plot = width - (78 if shared.narrow else 60)
    return alt.vconcat(*(p.properties(width=plot) for p in panels), spacing=20)


def _frontiers(rows: pd.DataFrame, frame: Frame) -> Chart:
    y = y_axis("score", [rows["score"].min() - 5, rows["score"].max() + 6], tickCount=6)
    looks = (("United States", "open", [3, 3], 1.2), ("United States", "closed", [1, 0], 2.0))
    layers = event(frame, named_at=6)
    for bloc, access, dash, size in (*looks, ("China", "open", [1, 0], 2.0)):
        held = rows[(rows["bloc"] == bloc) & (rows["access"] == access)]
        layers += _steps(held, frame.x, y, {"strokeDash": dash, "strokeWidth": size})
    layers += [*_names(rows, frame.x, y), *_ends(rows, frame.x, y)]
    head = title("Best score so far, index points")
    return alt.layer(*layers, title=head).properties(height=230 if frame.narrow else 270)


def _steps(rows: pd.DataFrame, x: alt.X, y: alt.Y, look: dict[str, Any]) -> list[alt.Chart]:
    """Draw a side's records, held until the next one or the last model evaluated."""
    colour = theme.bloc_colour(legend=None)
    to_end = pd.concat([rows, rows.tail(1).assign(date=rows["end"].tail(1))], ignore_index=True)
    line = alt.Chart(to_end).mark_line(interpolate="step-after", **look)
    points = alt.Chart(rows).mark_circle(size=15 * look["strokeWidth"], opacity=1)
    return [
        line.encode(x=x, y=y, color=colour),
        points.encode(
            x=x,
            y=y,
            color=colour,
            tooltip=[
                alt.Tooltip("model:N"),
                alt.Tooltip("lab:N"),
                alt.Tooltip("access:N", title="weights"),
                alt.Tooltip("score:Q", format=".1f"),
                alt.Tooltip("date:T", format=_DAY, title="released"),
            ],
        ),
    ]


def _names(rows: pd.DataFrame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Name a few records beside their points."""
    found = []
    for (model, access), label in _LABELS.items():
        row = rows[(rows["model"] == model) & (rows["access"] == access)]
        place: dict[str, Any] = {"align": label.align, "dx": label.dx, "dy": label.dy}
        text = alt.Chart(row.assign(text=label.text)).mark_text(**place, **_SMALL)
        found.append(text.encode(x=x, y=y, text="text:N"))
    return found


def _ends(rows: pd.DataFrame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Name the sides where they end; say of the open US one why it ends."""
    last = rows.sort_values("date").groupby(["bloc", "access"], as_index=False).tail(1)
    last = last.assign(date=last["end"], side=last["access"] + " " + last["bloc"])
    said: dict[str, tuple[str, dict[str, Any]]] = {
        "closed United States": ("Closed\nUS", {"dx": 6, "dy": -6}),
        "open China": ("Open\nChinese", {"dx": 6, "dy": -6}),
        "open United States": ("Open US: none\nevaluated later", {"dx": 5, "dy": 16}),
    }
    found = []
    for side, (text, place) in said.items():
        row = last[last["side"] == side].assign(text=text)
        mark = alt.Chart(row).mark_text(align="left", lineBreak="\n", **_SMALL, **place)
        found.append(mark.encode(x=x, y=y, text="text:N"))
    return found


def _apart(days: pd.Series, least: float) -> pd.Series:
    """Move days apart, so that bars of records of one month can be told from each other."""
    moved = days.sort_values()
    for i in range(1, len(moved)):
        short = pd.Timedelta(days=least) - (moved.iloc[i] - moved.iloc[i - 1])
        if short > pd.Timedelta(0):
            moved.iloc[i - 1] -= short / 2
            moved.iloc[i] += short / 2
    return moved


def _lags(rows: pd.DataFrame, n: Numbers, frame: Frame) -> Chart:
    rows = rows.assign(
        released=rows["date"],
        date=_apart(rows["date"], 38 if frame.narrow else 16),
        at_least=rows["at_least"].astype(bool),
    )
    y = y_axis("lag", [0, rows[["lag", "high", "other_lag"]].max().max() * 1.12 + 1], tickCount=4)
    base = alt.Chart(rows).encode(
        x=frame.x,
        y=y,
        tooltip=[
            alt.Tooltip("model:N"),
            alt.Tooltip("released:T", format=_DAY),
            alt.Tooltip("lag:Q", title="days behind"),
            alt.Tooltip("low:Q", title="from"),
            alt.Tooltip("high:Q", title="to"),
            alt.Tooltip("at_least:N", title="or more"),
            alt.Tooltip("reached_by:N", title="first US model"),
            alt.Tooltip("other_lag:Q", title="in the other copy"),
        ],
    )
    bar: dict[str, Any] = {"size": 4.5 if frame.narrow else 6, "color": theme.BLOCS["China"]}
    ring: dict[str, Any] = {"fill": theme.PAPER, "stroke": theme.INK, "strokeWidth": 1}
    other = base.transform_filter("isValid(datum.other_lag)").encode(y="other_lag:Q")
    marks = [
        *event(frame),
        base.transform_filter("!datum.at_least").mark_bar(**bar),
        base.transform_filter("datum.at_least").mark_bar(filled=False, strokeWidth=1, **bar),
        base.mark_rule(color=theme.INK, strokeWidth=1.2).encode(y="low:Q", y2="high:Q"),
        other.mark_point(shape="diamond", size=30, opacity=1, **ring),
    ]
    head = title("Days since a closed US model first had the score", *_reading(n, frame.narrow))
    layers = [*marks, *_lag_names(rows, frame)]
    return alt.layer(*layers, title=head).properties(height=150 if frame.narrow else 175)


def _reading(n: Numbers, narrow: bool) -> list[str]:
    """Say what the marks of the lags mean."""
    first = "Outlined: or more, the index has no earlier closed US model"
    more, copy = ["line: 95 % of draws of score errors"], n["moment.quality.copy.date.other_copy"]
    if copy.value is not None:
        more.append(f"diamond: copy of {copy}")
    return (
        [f"{first};", *(f"{m};" for m in more[:-1]), more[-1]]
        if narrow
        else [f"{first}; {'; '.join(more)}"]
    )


def _lag_names(rows: pd.DataFrame, frame: Frame) -> list[alt.Chart]:
    """Write the days of R1, of the longest lag and of the last record beside their bars."""
    last, longest = rows["model"].iloc[-1], rows.loc[rows["lag"].idxmax(), "model"]
    near = rows[(rows["date"] - rows["date"].iloc[-1]).abs() < _NEAR]
    clear = near[["lag", "high", "other_lag"]].max().max()
    chosen: dict[str, tuple[float | None, dict[str, Any]]] = {
        R1: (None, {"align": "left", "dx": 6}),
        last: (clear, {"align": "center", "dy": -8}),
        longest: (None, {"align": "right", "dx": -8}),
    }
    found = []
    for model, (height, place) in chosen.items():
        row = rows[rows["model"] == model]
        days = row["lag"].map("{:.0f}".format) + row["at_least"].map({True: " or more", False: ""})
        short = model.removeprefix("DeepSeek-").split(" (")[0]
        fits = not frame.narrow or (model != R1 and len(short) < 12)
        row = row.assign(text=(f"{short}: " if fits else "") + days)
        row = row if height is None else row.assign(lag=height)
        text = alt.Chart(row).mark_text(**_SMALL, **place)
        found.append(text.encode(x=frame.x, y="lag:Q", text="text:N"))
    return found
