"""The lower panels of the figure on prices at equal score: regression, medians by date."""

from __future__ import annotations

from typing import Any, NamedTuple

import altair as alt
import pandas as pd

from openrace.figures import Numbers, theme
from openrace.figures.parts import part_title
from openrace.figures.render import Chart

_US, _CN = theme.BLOCS["United States"], theme.BLOCS["China"]
_M = "costs.matched_ratio"
TICKS = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]
FORMAT = "format(datum.value, '~g')"
_SMALL: dict[str, Any] = {"fontSize": 11, "color": theme.INK}

#: list -> dash of its line
_LISTS: dict[str, list[int]] = {
    "all": [1, 0],
    "litellm": [2, 2],
    "models.dev": [6, 3],
    "tokencost": [8, 3, 2, 3],
}


class Room(NamedTuple):
    """Widths in pixels: of the rows and of a small panel."""

    narrow: bool
    rows: int
    panel: int


def log_scale(values: pd.DataFrame, low: float = 0.8, high: float = 1.25) -> alt.Scale:
    """Span all values on a log scale, with the line of equal price inside."""
    known = values.stack()
    ends = [min(1.0, known.min()) * low, max(1.0, known.max()) * high]
    return alt.Scale(type="log", domain=ends, nice=False)


def regression(
    points: pd.DataFrame | None, line: pd.DataFrame | None, n: Numbers, room: Room
) -> list[Chart]:
    """Draw log price on score for both sides, with the line of each and the US one's band."""
    if points is None:
        return []
    x = alt.X("score:Q", title="Epoch Capabilities Index").scale(zero=False, nice=False, padding=8)
    axis = alt.Axis(values=[0.01, 0.1, 1, 10, 100], labelExpr=FORMAT)
    scale = alt.Scale(type="log", nice=False, padding=8)
    y = alt.Y("price:Q", title="US$ per million tokens", scale=scale, axis=axis)
    colour = theme.bloc_colour(legend=None)
    shape = alt.Shape("bloc:N", legend=None).scale(
        domain=["China", "United States"], range=["circle", "square"]
    )
    tips = [alt.Tooltip("model:N", title="Model"), alt.Tooltip("score:Q", format=".1f")]
    tips.append(alt.Tooltip("price:Q", title="US$ per million tokens", format=".3~f"))
    dots = alt.Chart(points).mark_point(filled=True, size=34, opacity=0.75)
    layers: list[alt.Chart] = []
    if line is not None:
        us = line[line["bloc"] == "United States"]
        band = alt.Chart(us).mark_area(opacity=0.18, color=_US)
        layers.append(
            band.encode(
                x=x,
                y=alt.Y("low:Q", title="US$ per million tokens", scale=scale, axis=axis),
                y2="high:Q",
            )
        )
        dash = alt.StrokeDash("bloc:N", legend=None).scale(
            domain=["China", "United States"], range=[[1, 0], [6, 3]]
        )
        layers.append(alt.Chart(line).mark_line().encode(x=x, y=y, color=colour, strokeDash=dash))
    layers.append(dots.encode(x=x, y=y, color=colour, shape=shape, tooltip=tips))
    layers += _ends(points, line, x, y)
    ratio = n[f"{_M}.regression"]
    said = f"By regression {ratio} ({ratio.interval})" if ratio.value is not None else "Too few"
    size: dict[str, int] = {"width": room.panel, "height": 230 if room.narrow else 330}
    return [alt.layer(*layers).properties(title=part_title(said), **size)]


def _ends(points: pd.DataFrame, line: pd.DataFrame | None, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Name the sides at the left end of their lines."""
    if line is None:
        return []
    words = {"United States": "closed US", "China": "open Chinese"}
    found = []
    for bloc, text in words.items():
        first = line[line["bloc"] == bloc].head(1).assign(text=text)
        place: dict[str, Any] = {"align": "left", "dx": 3, "dy": 24 if bloc == "China" else -26}
        mark = alt.Chart(first).mark_text(**place, fontSize=12, color=theme.INK)
        found.append(mark.encode(x=x, y=y, text="text:N"))
    return found


def by_date(dates: pd.DataFrame | None, aa: pd.DataFrame | None, room: Room) -> list[Chart]:
    """Draw the medians by date in each list, and by month in the other index."""
    found = []
    height = 150
    if dates is not None:
        head = "Medians by date, times the Chinese price"
        found.append(
            _dates(dates).properties(width=room.panel, height=height, title=part_title(head))
        )
    if aa is not None:
        head = "Artificial Analysis index, our monthly medians"
        found.append(_aa(aa).properties(width=room.panel, height=110, title=part_title(head)))
    return found


_DATE_TIPS = [
    alt.Tooltip("date:T", title="Day", format="%-d %b %Y"),
    alt.Tooltip("models:Q", title="Open Chinese models"),
    alt.Tooltip("ratio:Q", title="Closed US of equal score over them", format=".2f"),
    alt.Tooltip("ratio_without_deepseek:Q", title="The same without DeepSeek", format=".2f"),
    alt.Tooltip("cheapest_ratio:Q", title="Cheapest closed US, as good or better", format=".2f"),
]


def _axes(rows: pd.DataFrame) -> tuple[alt.X, alt.Scale]:
    x = alt.X("date:T", title=None).axis(
        format="%b %Y", tickCount=4, labelFlush=True, labelOverlap=True
    )
    return x.scale(padding=10), log_scale(rows[["ratio", "cheapest_ratio"]])


def _at(column: str, scale: alt.Scale) -> alt.Y:
    axis = alt.Axis(values=TICKS, labelExpr=FORMAT)
    return alt.Y(f"{column}:Q", title=None, scale=scale, axis=axis)


def _dates(rows: pd.DataFrame) -> Chart:
    """Draw a line per list above, and the cheapest with makers' own days below."""
    x, scale = _axes(rows)
    layers = [_same(rows, scale)]
    dash = alt.StrokeDash("source:N").scale(domain=list(_LISTS), range=list(_LISTS.values()))
    named = "{all: 'all, makers’ days first', litellm: 'LiteLLM'}[datum.value] || datum.value"
    dash = dash.legend(
        orient="top", symbolType="stroke", symbolSize=700, columns=2, labelExpr=named
    )
    base = alt.Chart(rows).encode(x=x, y=_at("ratio", scale))
    layers.append(base.mark_line(color=_US, strokeWidth=1.5).encode(strokeDash=dash))
    tips = [alt.Tooltip("source:N", title="Price list"), *_DATE_TIPS]
    dots = base.mark_point(size=22, filled=True, color=_US, opacity=1)
    layers.append(dots.encode(tooltip=tips))
    own = alt.Chart(rows[rows["source"] == "all"])
    low = own.mark_point(
        shape="diamond", size=36, color=_US, filled=False, fill=theme.PAPER, opacity=1
    )
    layers.append(low.encode(x=x, y=_at("cheapest_ratio", scale), tooltip=_DATE_TIPS))
    return alt.layer(*layers)


def _same(rows: pd.DataFrame, scale: alt.Scale) -> alt.Chart:
    """Draw where the prices are the same."""
    line = alt.Chart(pd.DataFrame({"at": [1.0]})).mark_rule(color=_CN, strokeWidth=1.5)
    return line.encode(y=alt.Y("at:Q", scale=scale, title=None))


def _aa(rows: pd.DataFrame) -> Chart:
    """Draw the months of the other index, unjoined where its scale changed."""
    x, scale = _axes(rows)
    base = alt.Chart(rows).encode(x=x, tooltip=[alt.Tooltip("scale:N"), *_DATE_TIPS])
    line = base.mark_line(color=_US, strokeWidth=1.5).encode(
        y=_at("ratio", scale), detail="scale:N"
    )
    dot = base.mark_point(size=42, color=_US, filled=True, opacity=1)
    low = base.mark_point(
        shape="diamond", size=42, color=_US, filled=False, fill=theme.PAPER, opacity=1
    )
    layers = [_same(rows, scale), line, dot.encode(y=_at("ratio", scale))]
    layers.append(low.encode(y=_at("cheapest_ratio", scale)))
    second = rows[rows["scale"] == "second"].head(1).assign(text="new scale")
    mark = alt.Chart(second).mark_text(**_SMALL, align="center", dy=-12)
    return alt.layer(*layers, mark.encode(x=x, y=_at("ratio", scale), text="text:N"))
