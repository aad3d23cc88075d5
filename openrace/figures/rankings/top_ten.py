"""Which families lead each week: the week's ten highest models as cells."""

from __future__ import annotations

import re

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.explore import Follow
from openrace.figures.parts import heading
from openrace.figures.rankings.layout import TABLES, months, of, without_earlier
from openrace.figures.render import Chart
from openrace.numbers import Number

# Written on colours, so these are no tokens and stay as they are in dark mode.
_DARK, _LIGHT = "#0b0b0b", "#ffffff"

#: Shades of the top ten's families, from left to right; what is not named shares its bloc's rest.
_SHADES = {
    "Qwen": "#d55e00",
    "GLM": "#f2a069",
    "DeepSeek": "#7a2b05",
    "MiniMax": "#e8b93a",
    "Kimi": "#a93a1c",
    "other Chinese": "#f9d5ba",
    "European": theme.BLOCS["Europe"],
    "other countries": theme.BLOCS["Other"],
    "unknown origin": theme.BLOCS["Unknown"],
    "other US": "#9fcbe8",
    "Nemotron": "#0b3c5d",
    "Gemma": "#0072b2",
}
_NAMED = {
    "China": ("Qwen", "GLM", "DeepSeek", "MiniMax", "Kimi"),
    "United States": ("Nemotron", "Gemma"),
}
_REST = {
    "China": "other Chinese",
    "Europe": "European",
    "Other": "other countries",
    "Unknown": "unknown origin",
    "United States": "other US",
}
# The key of the families begins this far left of the cells, at their months.
_INDENT = 54
_LIGHT_ON = ["DeepSeek", "Kimi", "Nemotron", "Gemma", "other countries"]


def _places(n: Numbers) -> int:
    return min(10, int(n["rankings.slots.listed"].value or 0))


def _top_pair(n: Numbers, variant: str = "") -> list[Number]:
    return [n[f"rankings.top_ten.trending.{side}{variant}"] for side in ("cn", "us")]


def _top_title(n: Numbers) -> str:
    (cn, us), (cn_up, us_up) = _top_pair(n), _top_pair(n, ".publisher")
    return (
        f"Of the trending list’s first {_places(n)} places, Chinese models hold {cn} and US models "
        f"{us} on an average day by lineage; by publisher it is {cn_up} and {us_up}"
    )


def _top_alt(n: Numbers) -> str:
    cn, us = _top_pair(n)
    return (
        "A row of ten cells per week, coloured by family: Chinese families from the left, US "
        f"families from the right, others between. By lineage Chinese models hold {cn} of the "
        f"first {_places(n)} places on an average day and US models {us}. Names mark models that "
        "stay among the week’s ten for at least four weeks."
    )


@figure(
    "rankings-top-ten",
    title=_top_title,
    subtitle=lambda n: (
        f"The week’s leading models, up to ten, among {of(n)}: a cell each, by family and "
        f"{n['rankings.attribution']}, Chinese from the left, US from the right"
        + without_earlier(n)
    ),
    alt=_top_alt,
    limit="The order below a week’s first place: cells are grouped by bloc and family.",
    tables=TABLES,
    controls=(Follow("family", "Follow one family"), Follow("lab", "Follow one lab")),
)
def top_ten(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw a row of cells per week, families from left to right; names where there is room."""
    narrow = width == theme.NARROW
    weeks = pd.date_range(table["week"].min(), table["week"].max(), freq="7D")
    seats = list(range(table["place"].max()))
    rows = _seated(table, len(seats))
    plot, row = (width - (62 if narrow else 64), 14 if narrow else 17)
    base = alt.Chart(rows).encode(
        x=alt.X("seat:O", axis=None).scale(domain=seats, paddingInner=0.025),
        y=alt.Y("row:O", title=None, axis=_row_axis(weeks)).scale(
            domain=[_iso(week) for week in weeks], paddingInner=0.07
        ),
    )
    cells = base.mark_rect().encode(color=_kind_colour(), tooltip=_CELL_TOOLTIP)
    first, names = _cell_marks(base, plot / len(seats), row)
    grid = alt.layer(cells, first, *([] if narrow else [names]))
    grid = grid.properties(width=plot, height=row * len(weeks))
    return alt.vconcat(_kind_key(rows, plot, narrow), grid, spacing=10)


def _row_axis(weeks: pd.DatetimeIndex) -> alt.Axis:
    return alt.Axis(
        values=[_iso(week) for week in months(weeks)],
        labelExpr="timeFormat(toDate(datum.value + 'T00:00:00'), '%b %Y')",
        grid=False,
    )


def _cell_marks(base: alt.Chart, width: float, height: int) -> tuple[alt.Chart, alt.Chart]:
    """Return a marked corner for each week's first model, and the names of those that stay."""
    light = alt.when(alt.FieldOneOfPredicate("kind", _LIGHT_ON)).then(alt.value(_LIGHT))
    base = base.encode(color=light.otherwise(alt.value(_DARK)))
    corner = base.transform_filter("datum.place == 1").mark_point(
        shape="M-1 -1 L1 -1 L1 1 Z",
        size=40,
        filled=True,
        opacity=1,
        xOffset=width / 2 - 4,
        yOffset=4 - height / 2,
    )
    names = base.transform_filter("datum.stays").mark_text(
        align="left", fontSize=11, dx=3 - width / 2, limit=width - 4
    )
    return corner, names.encode(text="short:N")


_CELL_TOOLTIP = [
    alt.Tooltip("model_id:N", title="Model"),
    alt.Tooltip("family:N", title="Family"),
    alt.Tooltip("lab:N", title="Lab"),
    alt.Tooltip("country:N", title="Country"),
    alt.Tooltip("place:O", title="Place"),
    alt.Tooltip("week:T", title="Week from", format="%-d %b %Y"),
    alt.Tooltip("days:Q", title="Days observed"),
    alt.Tooltip("weeks:Q", title="Weeks among the leading"),
]


def _iso(week: pd.Timestamp) -> str:
    return f"{week:%Y-%m-%d}"


def _kind_colour() -> alt.Color:
    scale = alt.Scale(domain=list(_SHADES), range=list(_SHADES.values()))
    return alt.Color("kind:N", legend=None, scale=scale)


def _kind_key(rows: pd.DataFrame, width: int, narrow: bool) -> Chart:
    """Name the families that are drawn, in the order of the cells, and say what the marks are."""
    columns, note = (3, "Marked corner: the week’s first place")
    if not narrow:
        columns, note = 6, f"{note}. Named: models of four weeks or more"
    frame = pd.DataFrame({"kind": [kind for kind in _SHADES if kind in set(rows["kind"])]})
    frame["x"] = frame.index % columns * (width + _INDENT) / columns - _INDENT
    frame["y"] = frame.index // columns * 20 + 8
    foot = int(frame["y"].max()) + 28
    base = alt.Chart(frame).encode(
        x=alt.X("x:Q", axis=None).scale(domain=[0, width], nice=False),
        y=alt.Y("y:Q", axis=None).scale(domain=[foot, 0], nice=False),
    )
    squares = base.mark_square(size=110, opacity=1, xOffset=6).encode(color=_kind_colour())
    names = base.mark_text(align="left", dx=16).encode(text="kind:N")
    said = heading(note, foot - 14, fontWeight="normal", color=theme.MUTED, fontSize=12)
    layers = alt.layer(squares, names, said.encode(x=alt.value(-_INDENT)))
    return layers.properties(width=width, height=foot)


def _seated(table: pd.DataFrame, seats: int) -> pd.DataFrame:
    """Give each cell its kind, a short name, and its seat in the row.

    Families keep their order and models their place within a family; in a row with fewer models
    than seats the empty ones are left of the United States.
    """
    kinds = [
        family if family in _NAMED.get(bloc, ()) else _REST[bloc]
        for family, bloc in zip(table["family"], table["bloc"], strict=True)
    ]
    rows = table.assign(
        kind=kinds,
        order=[list(_SHADES).index(kind) for kind in kinds],
        row=[_iso(week) for week in table["week"]],
        short=[_short(*cell) for cell in zip(table["model_id"], kinds, strict=True)],
    ).sort_values(["week", "order", "place"])
    weekly = rows.groupby("week")["place"]
    empty = (seats - weekly.transform("size")).where(rows["bloc"] == "United States", 0)
    return rows.assign(seat=weekly.cumcount() + empty).drop(columns="order")


def _short(model_id: str, kind: str, fits: int = 11) -> str:
    """Shorten a model's name to what fits a cell.

    Its maker goes first, then sizes, then the family that the colour tells, if that is enough.
    """
    name = model_id.rpartition("/")[2]
    bare = re.sub(r"-A?\d+(\.\d+)?b\b", "", name, flags=re.IGNORECASE)
    rest = re.sub(rf"^{re.escape(kind)}-", "", bare)
    whole_words = bare[:fits] if bare[fits : fits + 1] == "-" else ""
    cut = whole_words or f"{bare[: fits - 1].rstrip('-')}."
    return next((n for n in (name, bare, rest) if len(n) <= fits), cut)
