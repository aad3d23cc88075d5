"""Figure on derivatives: what new models are built on."""

from __future__ import annotations

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.parts import Mark, key, part_title, percent_axis, share_text
from openrace.figures.render import Chart

_BLOCS = {
    "China": "China",
    "United States": "United States",
    "Europe": "Europe",
    "Other": "Other countries",
    "Unknown": "Unknown origin",
}
_UNITS = {"repositories": "Each repository counts once", "authors": "Each author counts once"}
_NAMES = 120  # pixels for the names of families
_FAR = 0.05

#: column -> what its mark means, its shape, whether it is filled
_MARKS = {
    "share": ("all nine days", "circle", True),
    "without_launch": ("without the launch week", "circle", False),
    "without_qwen38": ("without Qwen3.8 (→)", "diamond", False),
}


def _finding(n: Numbers) -> str:
    """Compare both countries as bases, with and without the launched generation."""
    id = "rankings.derivatives"
    china, states = n[f"{id}.cn.repos"], n[f"{id}.us.repos"]
    if china.value is None or states.value is None:
        return "What new models are built on was not observed"
    left, right = (n[f"{id}.{side}.repos.without_qwen38"] for side in ("cn", "us"))
    which = "More" if float(china.value) > float(states.value) else "No more"
    return (
        f"{which} new models are built on Chinese than on US ones, {china} against {states}; "
        f"without Qwen3.8, {left} against {right}"
    )


@figure(
    "rankings-derivatives",
    title=_finding,
    subtitle=lambda n: (
        "Share of the base models that repositories created in nine days declare; launch week "
        f"{n['rankings.derivatives.launch.from']} to {n['rankings.derivatives.launch.to']}"
    ),
    alt=lambda n: (
        f"{_finding(n)}. Three dots per family in two panels, by repositories and by authors. Qwen "
        f"has {n['rankings.derivatives.qwen.repos']} of repositories, "
        f"{n['rankings.derivatives.qwen.repos.without_launch']} outside the launch week; by "
        f"authors {n['rankings.derivatives.qwen.authors']} and "
        f"{n['rankings.derivatives.qwen.authors.without_launch']}."
    ),
    limit="Use: most of these repositories are hardly downloaded, and many name no base model.",
    tables=("hub_uploads", "trending_top1000_daily", "labs", "families"),
)
def derivatives(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw three dots per bloc and family, one panel per unit."""
    narrow = width == theme.NARROW
    total = table["level"] == "bloc"
    called = table["family"].mask(table["level"] == "rest", "other families")
    rows = table.assign(
        row=table["bloc"] + table["level"] + table["family"],
        total=total,
        called=called.mask(total, table["bloc"].map(_BLOCS)),
        low=table[list(_MARKS)].min(axis=1),
        high=table[list(_MARKS)].max(axis=1),
        text=[_moved(row) for _, row in table.iterrows()],
    )
    plot = width - 150 if narrow else 255
    scale = alt.Scale(domain=[0, rows["high"].max() * 1.3], nice=False)
    panels = [
        _panel(
            rows[rows["unit"] == unit], scale, plot, narrow or unit == "repositories"
        ).properties(title=part_title(title))
        for unit, title in _UNITS.items()
    ]
    both = alt.vconcat(*panels, spacing=14) if narrow else alt.hconcat(*panels, spacing=14)
    places = [(6, 0), (104, 0), (6, 18)] if narrow else [(6, 0), (116, 0), (274, 0)]
    marks = [
        Mark(*mark, theme.INK, x - (_NAMES if narrow else 0), y)
        for mark, (x, y) in zip(_MARKS.values(), places, strict=True)
    ]
    return alt.vconcat(key(marks), both, spacing=8)


def _moved(row: pd.Series) -> str:
    """Write the share, and what it is without Qwen3.8 where that is far away."""
    share, without = share_text(row["share"]), share_text(row["without_qwen38"])
    far = abs(row["share"] - row["without_qwen38"]) > _FAR
    return f"{share.split()[0]} → {without}" if far else share


def _panel(rows: pd.DataFrame, scale: alt.Scale, plot: int, names: bool) -> Chart:
    y = alt.Y("row:N", sort=None, axis=None)
    base = alt.Chart(rows.drop(columns=["unit", "level", "family"])).encode(
        y=y,
        tooltip=[
            alt.Tooltip("called:N", title="base"),
            *(alt.Tooltip(f"{c}:Q", format=".1%", title=m[0]) for c, m in _MARKS.items()),
        ],
    )
    colour = theme.bloc_colour(legend=None)
    axis = percent_axis(tickCount=4, grid=True)
    dots = [
        base.mark_point(shape=shape, filled=filled, size=52, opacity=1, strokeWidth=1.6).encode(
            x=alt.X(f"{column}:Q", title=None, scale=scale, axis=axis), color=colour
        )
        for column, (_, shape, filled) in reversed(_MARKS.items())
    ]
    stems = base.mark_rule(opacity=0.5).encode(x="low:Q", x2="high:Q", color=colour)
    values = base.mark_text(align="left", dx=8, fontSize=11, color=theme.INK)
    layers = [stems, *dots, values.encode(x="high:Q", text="text:N")]
    if names:
        bold = base.transform_filter("datum.total").mark_text
        plain = base.transform_filter("!datum.total").mark_text
        layers += [
            bold(align="left", fontWeight="bold", color=theme.INK).encode(
                x=alt.value(-_NAMES), text="called:N"
            ),
            plain(align="left", color=theme.MUTED).encode(
                x=alt.value(12 - _NAMES), text="called:N"
            ),
        ]
    return alt.layer(*layers).properties(width=plot, height=alt.Step(19))
