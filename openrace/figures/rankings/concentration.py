"""Figure on concentration: how few repositories hold the downloads, and whose absence tells."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.parts import part_title, percent_axis, sentence, share_text
from openrace.figures.render import Chart
from openrace.measures.rankings.concentration import MARKS, REST
from openrace.measures.rankings.definitions import TITLES

_SIDES = {"China": "China", "United States": "US", REST: "Others,\nunknown"}
_NAMES = 75  # pixels for the names of organisations


def _finding(n: Numbers) -> str:
    """Say what ten repositories hold, and what China's share is without who moves it most."""
    top, found, share = n["rankings.concentration.top10.share"], [], "China’s share"
    if top.value is not None:
        found.append(f"ten repositories hold {top} of downloads")
    for code, where in (("uploads", ""), ("labs", ", in the table of labs")):
        id = f"rankings.leave_one_out.{code}"
        full, less = n[f"{id}.cn_share"], n[f"{id}.cn_share_without"]
        if full.value is not None and less.value is not None:
            found.append(f"without {n[f'{id}.name']} {share} is {less}, not {full}{where}")
            share = "it"
    return sentence("; ".join(found) or "nothing was observed")


def _curve_in_words(n: Numbers) -> str:
    first, hundred = (n[f"rankings.concentration.top{k}.share"] for k in (1, 100))
    if first.value is None:
        return ""
    return (
        f"A curve stacked by side rises from {first} for the largest, "
        f"{n['rankings.concentration.top1.name']}, to {hundred} for the largest hundred. "
    )


@figure(
    "rankings-concentration",
    title=_finding,
    subtitle=lambda n: (
        "30-day downloads on one day. First, the share of the largest repositories of the upload "
        "table; then China’s share of China and the US with one organisation left out"
    ),
    alt=lambda n: (
        f"{_finding(n)}. {_curve_in_words(n)}Dots show the Chinese share without each of the "
        "organisations that move it most."
    ),
    limit="The whole Hub: the upload table holds August’s uploads and large older repositories.",
    tables=("hub_uploads", "lab_download_shares", "labs", "families"),
)
def concentration(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw how few repositories hold the downloads, and whose absence moves the share."""
    narrow = width == theme.NARROW
    curve, moved = (table[table["part"] == p] for p in ("largest", "left out"))
    if curve.empty:
        return _left_out(moved, width - 140)
    few = _few(curve, numbers).properties(
        width=width - 168 if narrow else 230, height=230 if narrow else 350
    )
    if moved.empty:
        return few
    left_out = _left_out(moved, width - 135 if narrow else 210)
    if narrow:
        return alt.vconcat(few, left_out, spacing=26)
    return alt.hconcat(few, left_out, spacing=14)


def _few(curve: pd.DataFrame, n: Numbers) -> Chart:
    """Stack what the k largest repositories hold, by side, with marks at one, ten and hundred."""
    last, blocs = curve["k"].max(), list(_SIDES)
    rows = curve.assign(order=curve["bloc"].map(blocs.index))
    first = str(rows.loc[rows["k"].idxmin(), "model_id"]).split("/")[-1]
    x = alt.X(
        "k:Q",
        title=["Largest repositories, counted from the top;", f"the first is {first}"],
        scale=alt.Scale(type="log", domain=[0.2, max(last, 2)], nice=False),
        axis=alt.Axis(
            values=[v for v in (1, 10, 100, 1000, 10000) if v <= last],
            format=",",
            labelFlush=False,
        ),
    )
    axis = percent_axis(tickCount=5)
    y = alt.Y("share:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=axis)
    colours = [theme.BLOCS.get(b, theme.BLOCS["Unknown"]) for b in blocs]
    area = alt.Chart(rows[["k", "model_id", "bloc", "share", "order"]]).encode(
        x=x,
        y=y,
        color=alt.Color("bloc:N", scale=alt.Scale(domain=blocs, range=colours)).legend(None),
        order="order:Q",
        tooltip=["k:Q", "model_id:N", "bloc:N", alt.Tooltip("share:Q", format=".1%")],
    )
    steps = area.mark_area(interpolate="step-after")
    title = part_title("Share of all downloads")
    return alt.layer(steps, _sides(rows, x), *_marks(n, x, y), title=title)


def _sides(rows: pd.DataFrame, x: alt.X) -> alt.Chart:
    """Name the layers of the stack at its end."""
    ends = rows[rows["k"] == rows["k"].max()].sort_values("order")
    ends = ends.assign(
        middle=ends["share"].cumsum() - ends["share"] / 2,
        text=ends["bloc"].map(_SIDES) + " " + ends["share"].map(share_text),
    )
    names = alt.Chart(ends[["k", "middle", "text"]])
    names = names.mark_text(align="left", dx=6, lineBreak="\n", color=theme.INK)
    return names.encode(x=x, y="middle:Q", text="text:N")


def _marks(n: Numbers, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    shares = {k: n[f"rankings.concentration.top{k}.share"] for k in MARKS}
    tops = [
        {"k": k, "share": s.value, "text": f"top {k}\n{s}"}
        for k, s in shares.items()
        if s.value is not None
    ]
    base = alt.Chart(pd.DataFrame(tops, columns=["k", "share", "text"])).encode(x=x, y=y)
    text = base.mark_text(align="right", dx=-6, dy=-14, lineBreak="\n", color=theme.INK)
    return [base.mark_circle(size=45, color=theme.INK, opacity=1), text.encode(text="text:N")]


def _left_out(moved: pd.DataFrame, plot: int) -> alt.VConcatChart:
    """Draw China's share with all, and without each of those that move it most."""
    least, most = moved[["share", "full"]].min().min(), moved[["share", "full"]].max().max()
    scale = alt.Scale(domain=[min(least - 0.13, 0.4), max(most + 0.1, 0.6)], nice=False)
    tables = list(moved.groupby(["source", "attribution"]))
    last = tables[-1][0]

    def x(labels: bool) -> alt.X:
        axis = percent_axis(values=[0, 0.25, 0.5, 0.75, 1], labels=labels, grid=True)
        return alt.X("share:Q", title=None, scale=scale, axis=axis)

    charts = [_one_table(key, rows, x(key == last), plot) for key, rows in tables]
    title = part_title("China’s share of China and the US, without …", dx=-_NAMES)
    return alt.vconcat(*charts, spacing=8, title=title)


def _one_table(key: tuple[str, str], rows: pd.DataFrame, x: alt.X, plot: int) -> Chart:
    rows = rows.assign(text=rows["share"].map(share_text))
    shown = rows[["left_out", "bloc", "share", "full", "change", "text"]]
    y = alt.Y("left_out:N", sort=None, title=None, axis=alt.Axis(grid=False, labelLimit=_NAMES))
    base = alt.Chart(shown).encode(
        x=x,
        y=y,
        tooltip=[
            alt.Tooltip("left_out:N", title="without"),
            alt.Tooltip("share:Q", format=".1%"),
            alt.Tooltip("full:Q", format=".1%", title="with all"),
        ],
    )
    colour = theme.bloc_colour(legend=None)
    once = alt.Chart(shown.head(1))
    style: dict[str, Any] = {"color": theme.INK, "fontSize": 11}
    text = base.encode(text="text:N")
    full = share_text(rows["full"].iloc[0])
    title = f"{sentence(TITLES[key[0]])}, by {key[1]}: {full} with all"
    return alt.layer(
        once.mark_rule(color=theme.GRID, strokeWidth=3).encode(x=alt.datum(0.5)),  # who is ahead
        once.mark_rule(color=theme.INK, strokeWidth=1.5).encode(x="full:Q"),
        base.mark_rule(strokeWidth=1.5).encode(x2="full:Q", color=colour),
        base.mark_circle(size=70, opacity=1).encode(color=colour),
        text.transform_filter("datum.change < 0").mark_text(align="right", dx=-7, **style),
        text.transform_filter("datum.change >= 0").mark_text(align="left", dx=7, **style),
        title=part_title(title, dx=-_NAMES),
    ).properties(width=plot, height=alt.Step(15))
