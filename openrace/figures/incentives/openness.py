"""The figure on openness: three lists side by side, a dot for each home and half-year, counted."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.parts import PERCENT, Mark, key, part_title, share_text
from openrace.figures.render import Chart
from openrace.numbers import written

_ID = "incentives.open_share"
_HEADS = {
    "epoch": "Evaluated by Epoch",
    "catalogue": "In a price catalogue",
    "frontier": "Within 10 points of the best",
}
_LISTS = {
    "epoch": "models that Epoch evaluated",
    "catalogue": "models in a price catalogue",
    "frontier": "models near the best score of their day",
}
#: Why a list has no half-years before its first.
_BEFORE = {
    "epoch": [],
    "catalogue": ["Names sold before have", "partly left the catalogue."],
    "frontier": ["Too few scores of models", "released before 2025 were", "measured."],
}
_SHAPES = {"China": "circle", "United States": "square", "Other": "diamond", "Unknown": "triangle"}
_NAMES = {"China": "China", "United States": "US", "Other": "others", "Unknown": "home unknown"}
_SIDES = ("China", "United States")
_ROW, _GAP, _LABELS, _COUNTS = 15, 9, 58, 46


def _present(n: Numbers) -> list[str]:
    """Return the populations with US and Chinese models of 2025."""
    return [p for p in _HEADS if n[f"{_ID}.gap.{p}"].value is not None]


def _range(n: Numbers, side: str) -> str:
    """Write the lowest and highest share over populations, or the only one."""
    shares = sorted(float(n[f"{_ID}.{side}.{p}"].value or 0) for p in _present(n))
    low, high = shares[0], shares[-1]
    if share_text(low) == share_text(high):
        return share_text(low)
    return f"{written(low, 'share', bare=True)} to {share_text(high)}"


def _title(n: Numbers) -> str:
    """Say how the answer moves with the population."""
    present = _present(n)
    if not present:
        return "Models with open weights, by home and half-year"
    said = (
        f"In 2025 {_range(n, 'us')} of US and {_range(n, 'cn')} of Chinese models had open weights"
    )
    if len(present) == 1:
        return f"{said}, of {_LISTS[present[0]]}"
    signs = {float(n[f"{_ID}.gap.{p}"].value or 0) > 0 for p in present}
    many = {2: "both", 3: "all three"}[len(present)]
    if len(signs) == 1:
        return f"{said}: the order is the same in {many} lists, the size is not"
    return f"{said}: which side is more open depends on the list"


def _subtitle(n: Numbers) -> str:
    """Say what is measured, and how far each list reaches."""
    said = (
        "Share of models with open weights by home and half-year of release; lines: 95 % intervals"
    )
    ends = [
        f"{name} to {n[f'{_ID}.until.{p}']}"
        for p, name in (
            ("epoch", "Epoch"),
            ("catalogue", "catalogue from July 2025"),
            ("frontier", "scores"),
        )
        if n[f"{_ID}.until.{p}"].value is not None
    ]
    return f"{said}. {', '.join(ends)}" if ends else said


def _alt(n: Numbers) -> str:
    parts = [
        f"{_LISTS[p]}: US {n[f'{_ID}.us.{p}.open']} of {n[f'{_ID}.us.{p}.models']}, "
        f"China {n[f'{_ID}.cn.{p}.open']} of {n[f'{_ID}.cn.{p}.models']}"
        for p in _present(n)
    ]
    return f"{_title(n)}. Counts of 2025: {'; '.join(parts)}." if parts else f"{_title(n)}."


@figure(
    "incentives-openness",
    title=_title,
    subtitle=_subtitle,
    alt=_alt,
    limit=(
        "All releases, or labs: each list has its own rule of entry, one lab with many names "
        "weighs as much as many labs, models opened after their release count as open, those of "
        "unknown access are in no share, and of the frontier there are our counts only."
    ),
    tables=("capability_index", "catalogue_releases", "frontier_releases"),
)
def openness(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw a panel per list: side by side on one grid of half-years, or stacked on the phone."""
    narrow = width == theme.NARROW
    present = [p for p in _HEADS if (table["population"] == p).any()]
    parts: list[Chart]
    if narrow:
        parts = [
            _panel(rows, _places(rows), str(p), width - _LABELS - _COUNTS - 12, True)
            for p in present
            for rows in [table[table["population"] == p]]
        ]
        panels: Chart = alt.vconcat(*parts, spacing=16)
    else:
        places = _places(table)
        plot = (width - _LABELS + 26) // len(present) - 26 - _COUNTS
        parts = [
            _panel(table[table["population"] == p], places, p, plot, p == present[0])
            for p in present
        ]
        panels = alt.hconcat(*parts, spacing=26)
    return alt.vconcat(key(_marks(table, narrow)), panels, spacing=16)


def _marks(table: pd.DataFrame, narrow: bool) -> list[Mark]:
    """Say what the marks mean; hollow ones are of few models."""
    x = {"China": 6, "United States": 66, "Other": 108, "Unknown": 164}
    homes = [
        Mark(_NAMES[b], shape, True, theme.BLOCS[b], x[b], 6)
        for b, shape in _SHAPES.items()
        if b in _SIDES or (table["bloc"] == b).any()
    ]
    few = (6, 24) if narrow else (266, 6)
    return [*homes, Mark("fewer than five models", "circle", False, theme.INK, *few)]


def _places(table: pd.DataFrame) -> pd.DataFrame:
    """Lay out half-years from the top: half, bloc, at (pixels); both sides always have a row."""
    rows, at = [], 0.0
    for half in sorted(table["half"].unique()):
        seen = set(table.loc[table["half"] == half, "bloc"])
        for bloc in _SHAPES:
            if bloc in _SIDES or bloc in seen:
                rows.append((half, bloc, at + _ROW / 2))
                at += _ROW
        at += _GAP
    return pd.DataFrame(rows, columns=["half", "bloc", "at"])


def _panel(
    rows: pd.DataFrame, places: pd.DataFrame, population: str, plot: int, labelled: bool
) -> Chart:
    """Draw one list: intervals, marks, counts on the right, and why earlier rows are empty."""
    height = places["at"].max() + _ROW / 2
    mine = places[places["half"] >= rows["half"].min()].merge(rows, how="left", on=["half", "bloc"])
    mine["home"] = mine["bloc"].map(_NAMES)
    mine["when"] = _when(mine["half"])
    known = mine[mine["models"] > 0]
    x = alt.Scale(domain=[0, 1], range=[0, plot], nice=False)
    axis = alt.Axis(values=[0, 0.5, 1], labelExpr=PERCENT, grid=False, labelFlush=False)
    y = alt.Y("at:Q", scale=_down(height), axis=None)
    place: dict[str, Any] = {
        "x": alt.X("share:Q", title=None, scale=x, axis=axis),
        "y": y,
        "tooltip": _tooltip(),
    }
    low = alt.X("low:Q", title=None, scale=x, axis=axis)
    lines = (
        alt.Chart(known)
        .mark_rule(strokeWidth=2, opacity=0.45)
        .encode(**(place | {"x": low}), x2="high:Q", color=theme.bloc_colour(legend=None))
    )
    layers = [
        *_bands(places[places["half"] >= rows["half"].min()], plot, height),
        *([_halves(places, height)] if labelled else []),
        lines,
        *_dots(known, place),
        *_counts(mine, y, plot),
        *_missing(places, rows, population),
    ]
    title = part_title(_HEADS[population], anchor="start")
    return alt.layer(*layers).properties(width=plot, height=height, title=title)


def _when(half: pd.Series) -> pd.Series:
    return half.dt.year.astype(str) + half.dt.month.map({1: " H1", 7: " H2"})


def _bands(places: pd.DataFrame, plot: int, height: float) -> list[alt.Chart]:
    """Rule off the half-years of a list, and nought, half and all; leave the others bare."""
    ends = places.groupby("half", as_index=False)["at"].max()
    ends["at"] = ends["at"] + (_ROW + _GAP) / 2
    top = places["at"].min() - _ROW / 2
    shares = pd.DataFrame({"share": [0, 0.5, 1]})
    y = alt.Y("at:Q", scale=_down(height), axis=None)
    x = alt.X("share:Q", scale=alt.Scale(domain=[0, 1], range=[0, plot], nice=False), title=None)
    return [
        alt.Chart(ends.iloc[:-1])
        .mark_rule(color=theme.GRID)
        .encode(y=y, x=alt.value(0), x2=alt.value(plot)),
        alt.Chart(shares)
        .mark_rule(color=theme.GRID)
        .encode(x=x, y=alt.value(top), y2=alt.value(height)),
    ]


def _halves(places: pd.DataFrame, height: float) -> alt.Chart:
    """Name the half-years left of a panel."""
    middles = places.groupby("half", as_index=False)["at"].mean()
    middles["when"] = _when(middles["half"])
    mark = alt.Chart(middles).mark_text(align="left", color=theme.INK)
    y = alt.Y("at:Q", scale=_down(height), axis=None)
    return mark.encode(y=y, x=alt.value(-_LABELS), text="when:N")


def _down(height: float) -> alt.Scale:
    """Count pixels from the top."""
    return alt.Scale(domain=[0, height], range=[0, height], nice=False)


def _dots(known: pd.DataFrame, place: dict[str, Any]) -> list[alt.Chart]:
    """Fill the marks of five models or more; leave those of fewer hollow."""
    blocs = list(theme.BLOCS)
    scale = alt.Scale(domain=blocs, range=list(theme.BLOCS.values()))
    shape = alt.Shape(
        "bloc:N",
        scale=alt.Scale(domain=list(_SHAPES), range=list(_SHAPES.values())),
        legend=None,
    )
    stroke = alt.Stroke("bloc:N", scale=scale, legend=None)
    few = known["few"].astype(bool)
    look: dict[str, Any] = {"filled": True, "size": 58, "opacity": 1, "strokeWidth": 1.4}
    return [
        alt.Chart(known[few])
        .mark_point(**look, fill=theme.PAPER)
        .encode(**place, stroke=stroke, shape=shape),
        alt.Chart(known[~few])
        .mark_point(**look)
        .encode(**place, color=theme.bloc_colour(legend=None), shape=shape),
    ]


def _counts(mine: pd.DataFrame, y: alt.Y, plot: int) -> list[alt.Chart]:
    """Write open of all models at the end of each row; a side without models has none."""
    said = [
        f"{o:.0f} of {m:.0f}" if m > 0 else "none"
        for o, m in zip(mine["open"], mine["models"], strict=True)
    ]
    # others are not expected in every list and half-year
    shown = mine.assign(count=said)[(mine["models"] > 0) | mine["bloc"].isin(_SIDES)]
    base = alt.Chart(shown).encode(y=y, x=alt.value(plot + _COUNTS), text="count:N")
    return [base.mark_text(align="right", color=theme.MUTED, fontSize=11)]


def _missing(places: pd.DataFrame, rows: pd.DataFrame, population: str) -> list[alt.Chart]:
    """Say in the empty rows why a list has no earlier half-years."""
    if not (places["half"] < rows["half"].min()).any():
        return []
    return [
        alt.Chart(pd.DataFrame({"word": [line]}))
        .mark_text(align="left", color=theme.MUTED, fontSize=12, baseline="top")
        .encode(x=alt.value(4), y=alt.value(8 + 15 * i), text="word:N")
        for i, line in enumerate(_BEFORE[population])
    ]


def _tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("when:N", title="half-year"),
        alt.Tooltip("home:N"),
        alt.Tooltip("share:Q", title="with open weights", format=".0%"),
        alt.Tooltip("open:Q", title="open models"),
        alt.Tooltip("models:Q", title="models"),
        alt.Tooltip("unknown:Q", title="access unknown"),
        alt.Tooltip("low:Q", title="95 % from", format=".0%"),
        alt.Tooltip("high:Q", title="95 % to", format=".0%"),
    ]
