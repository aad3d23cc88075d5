"""The figure on prices at equal score: each model, the regression, and the medians by date."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.costs import matched_panels as panels_of
from openrace.figures.costs.matched_panels import FORMAT, TICKS, Room, log_scale
from openrace.figures.explore import Follow
from openrace.figures.parts import Mark, key, part_title
from openrace.figures.render import Chart

TABLES = (
    "list_prices",
    "official_prices",
    "model_names",
    "price_hosts",
    "capability_index",
    "aa_price_ratios",
)

_US, _CN = theme.BLOCS["United States"], theme.BLOCS["China"]
_M, _C = "costs.matched_ratio", "costs.cheapest_equal"


# A dash means a side in one panel and a price list in another.
_APART: dict[str, Any] = {"strokeDash": "independent"}


def _title(n: Numbers) -> str:
    median, less, count = n[f"{_M}.median"], n[f"{_C}.cheaper"], n[f"{_M}.models"]
    parts = []
    if median.value is not None:
        within = f" ({median.interval})" if median.interval else ""
        parts.append(
            f"Closed US models of equal score list at {median} the price of open Chinese ones"
            f"{within}"
        )
    if less.value is not None:
        parts.append(f"for {less} of {count} some closed US model at least as good costs less")
    said = ", yet ".join(parts) if len(parts) == 2 else "".join(parts)
    return said[:1].upper() + said[1:] if said else "Too few models of both sides to compare prices"


def _subtitle(n: Numbers) -> str:
    day, last = n[f"{_M}.as_of"], n[f"{_M}.last_open_score"]
    ends = f"; by date to {last}, the last open Chinese score" if last.value is not None else ""
    on = f", prices of {day}" if day.value is not None else ""
    ids = (f"{_M}.median", f"{_C}.cheaper", f"{_M}.models")
    old, less, of = (n[f"{id}.other_copy"] for id in ids)
    said = ""
    if old.value is not None and less.value is not None:
        said = f". With the scores of the copy before: {old}, and {less} of {of}"
    return (
        "List price over that of the open Chinese model at its own maker (log scale), "
        f"Epoch Capabilities Index{on}{ends}{said}"
    )


def _alt(n: Numbers) -> str:
    told = [
        (f"{_M}.median", "median of closed US models within 1.5 points"),
        (f"{_M}.regression", "by regression"),
        (f"{_M}.median.without_deepseek", "the median without DeepSeek"),
        (f"{_C}", "the cheapest closed US model of at least the score"),
    ]
    known = [
        f"{words} {n[id]}" + (f" ({n[id].interval})" if n[id].interval else "")
        for id, words in told
        if n[id].value is not None
    ]
    listed = "; ".join(known) or "too few models for a median"
    return f"Dots of prices over those of open Chinese models: {listed}. Then medians by date."


@figure(
    "costs-matched-ratio",
    title=_title,
    subtitle=_subtitle,
    alt=_alt,
    limit="It does not show what a task costs: models of equal score need different numbers of "
    "tokens, one score stands for all kinds of work, and of the Artificial Analysis index only "
    "our own medians over models are here.",
    tables=TABLES,
    controls=(Follow("model", "Follow one model"),),
)
def matched(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw rows of ratios, then the regression beside the medians by date."""
    narrow = width == theme.NARROW
    room = Room(narrow, width - (110 if narrow else 230), width - (98 if narrow else 420))
    part = dict(list(table.groupby("part")))
    panels = [
        *panels_of.regression(part.get("point"), part.get("line"), numbers, room),
        *panels_of.by_date(part.get("date"), part.get("aa"), room),
    ]
    top = [_key(room), _rows(part["ratio"], numbers, room)] if "ratio" in part else []
    if not narrow and len(panels) > 1:
        right = alt.vconcat(*panels[1:], spacing=16).resolve_scale(**_APART)
        panels = [alt.hconcat(panels[0], right, spacing=24).resolve_scale(**_APART)]
    return alt.vconcat(*top, *panels, spacing=16).resolve_scale(**_APART)


def _key(room: Room) -> Chart:
    """Say what the marks of the rows mean."""
    told = [
        ("closed US, median within 1.5 points", "circle", True, _US),
        ("cheapest closed US, as good or better", "diamond", False, _US),
        ("cheapest US of any kind, if another", "triangle-up", False, _US),
        ("same weights, cheapest seller", "circle", False, _CN),
    ]
    across = 1 if room.narrow else 2
    return key(
        [
            Mark(label, shape, filled, colour, 6 + (i % across) * 300, 6 + (i // across) * 17)
            for i, (label, shape, filled, colour) in enumerate(told)
        ]
    )


def _rows(rows: pd.DataFrame, n: Numbers, room: Room) -> Chart:
    """Draw one row per open Chinese model, the best score on top."""
    columns = ["ratio", "cheapest_ratio", "cheapest_any_ratio", "host_ratio"]
    ticks = [0.01, 0.1, 1, 10, 100] if room.narrow else TICKS
    rows = rows.sort_values(["score", "model"], ascending=False)
    short = (
        rows["model"].str.replace("DeepSeek-", "DS ", regex=False) if room.narrow else rows["model"]
    )
    rows = rows.assign(name=short.str.replace("-A22B|-480B-A35B", "", regex=True))
    y = alt.Y("name:N", sort=rows["name"].tolist(), title=None).axis(
        labelColor=theme.INK, labelLimit=0, domain=False
    )
    scale = log_scale(rows[columns], high=1.5)
    title = "Price over the Chinese maker’s own"
    base = alt.Chart(rows).encode(y=y, tooltip=_TOOLTIP)

    def at(column: str) -> alt.X:
        axis = alt.Axis(values=ticks, labelExpr=FORMAT, grid=True)
        return alt.X(f"{column}:Q", title=title, scale=scale, axis=axis)

    other = base.transform_filter("datum.cheapest_any_us != datum.cheapest_us")
    hollow: dict[str, Any] = {"filled": False, "fill": theme.PAPER, "opacity": 1}
    layers: list[alt.Chart] = [
        base.mark_rule(color=theme.GRID, strokeWidth=2).encode(
            x=at("cheapest_ratio"), x2="ratio:Q"
        ),
        _one(scale),
        base.mark_point(shape="circle", size=38, color=_CN, **hollow).encode(x=at("host_ratio")),
        other.mark_point(shape="triangle-up", size=48, color=_US, **hollow).encode(
            x=at("cheapest_any_ratio")
        ),
        base.mark_point(shape="diamond", size=62, color=_US, **hollow).encode(
            x=at("cheapest_ratio")
        ),
        base.mark_point(shape="circle", size=62, color=_US, filled=True, opacity=1).encode(
            x=at("ratio")
        ),
    ]
    layers += [_middle(n[f"{_M}.median"].value, scale), _middle(n[_C].value, scale)]
    if not room.narrow:
        layers += _cheapest_names(rows, y, room.rows)
    head = f"Open Chinese models by score; dashed: {_medians(n)}"
    short_head = "Open Chinese models by score"
    size: dict[str, int] = {"width": room.rows, "height": 19 * len(rows)}
    return alt.layer(*layers).properties(
        title=part_title(short_head if room.narrow else head), **size
    )


def _medians(n: Numbers) -> str:
    """Say the medians, with and without DeepSeek."""
    ids = (f"{_M}.median", _C), (f"{_M}.median.without_deepseek", f"{_C}.without_deepseek")
    told = [
        " and ".join(
            n[id].text.removesuffix("\u00a0times") for id in pair if n[id].value is not None
        )
        for pair in ids
    ]
    words = f"medians, {told[0]}"
    return f"{words}; without DeepSeek {told[1]}" if told[1] else words


def _cheapest_names(rows: pd.DataFrame, y: alt.Y, right: int) -> list[alt.Chart]:
    """Name the cheapest closed US models in a column of their own."""
    look: dict[str, Any] = {"align": "left", "fontSize": 11, "color": theme.MUTED}
    names = alt.Chart(rows.dropna(subset="cheapest_us")).mark_text(**look)
    head = alt.Chart(pd.DataFrame({"head": ["cheapest closed US:"]})).mark_text(**look)
    return [
        names.encode(x=alt.value(right + 6), y=y, text="cheapest_us:N"),
        head.encode(x=alt.value(right + 6), y=alt.value(-12), text="head:N"),
    ]


def _one(scale: alt.Scale) -> alt.Chart:
    """Draw where the price is the Chinese maker's own."""
    line = alt.Chart(pd.DataFrame({"at": [1.0]})).mark_rule(color=_CN, strokeWidth=1.5)
    return line.encode(x=alt.X("at:Q", scale=scale))


def _middle(value: Any, scale: alt.Scale) -> alt.Chart:
    """Draw a median across all rows."""
    frame = pd.DataFrame({"at": [value]}).astype(float).dropna()
    line = alt.Chart(frame).mark_rule(color=_US, strokeDash=[4, 3], strokeWidth=1.5)
    return line.encode(x=alt.X("at:Q", scale=scale))


_TOOLTIP = [
    alt.Tooltip("model:N", title="Open Chinese model"),
    alt.Tooltip("score:Q", title="Index", format=".1f"),
    alt.Tooltip("price:Q", title="Maker’s own price, US$ per million tokens", format=".3~f"),
    alt.Tooltip("matches:Q", title="Closed US models within 1.5 points"),
    alt.Tooltip("ratio:Q", title="Their median price over it", format=".2f"),
    alt.Tooltip("cheapest_us:N", title="Cheapest closed US, as good or better"),
    alt.Tooltip("cheapest_ratio:Q", title="Its price over it", format=".2f"),
    alt.Tooltip("cheapest_any_us:N", title="Cheapest US of any kind"),
    alt.Tooltip("cheapest_any_ratio:Q", title="Its price over it", format=".2f"),
    alt.Tooltip("host_ratio:Q", title="Cheapest seller of the same weights over it", format=".2f"),
]
