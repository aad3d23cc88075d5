"""How many price cuts chance would put after a release: a strip beneath the timeline."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from openrace.figures import Numbers, theme
from openrace.figures.parts import part_title
from openrace.figures.render import Chart
from openrace.numbers import written

ID = "incentives.price_response"


def odds_strip(rows: pd.DataFrame, n: Numbers, plot: int) -> Chart:
    """Draw how probable each number of hits is by chance, and which was observed.

    Args:
        rows: the figure's table.
        n: the chapter's numbers.
        plot: width of the plot in pixels.
    """
    odds = rows[rows["part"] == "odds"]
    found = int(odds.loc[odds["observed"].astype(bool), "hits"].iloc[0])
    odds = odds.assign(
        colour=[theme.MUTED if k >= found else theme.PAPER for k in odds["hits"]],
        text=[written(p, "share") for p in odds["probability"]],
        said=[f"observed: {found}" if k == found else "" for k in odds["hits"]],
        top=odds[["probability", "shifted"]].max(axis=1),
    )
    scale = alt.Scale(domain=[0, 1.5 * float(odds["top"].max())])
    x = alt.X("hits:O", title="days with cuts that follow a release", axis=alt.Axis(labelAngle=0))
    tips = [
        alt.Tooltip("hits:O", title="days with cuts after a release"),
        alt.Tooltip("probability:Q", format=".1%", title="cuts on random days"),
        alt.Tooltip("shifted:Q", format=".1%", title="calendar of cuts shifted"),
    ]
    base = alt.Chart(odds).encode(x=x, tooltip=tips)
    bar, line, top = (
        alt.Y(f"{field}:Q", axis=None, scale=scale) for field in ("probability", "shifted", "top")
    )
    tick = base.mark_point(size=40, opacity=1, fill=theme.PAPER, stroke=theme.INK)
    share = base.mark_text(baseline="bottom", dy=-6, fontSize=11, color=theme.MUTED)
    seen = base.mark_text(baseline="top", fontWeight="bold").encode(y=alt.value(0), text="said:N")
    title = [
        "Days with cuts that chance puts after a release",
        f"filled: as many as observed or more, p = {n[f'{ID}.window.placebo_p']};",
        "circle: the calendar of cuts shifted",
    ]
    return alt.layer(
        base.mark_bar(stroke=theme.MUTED).encode(y=bar, fill=alt.Fill("colour:N").scale(None)),
        tick.encode(y=line),
        share.encode(y=top, text="text:N"),
        seen,
    ).properties(width=plot, height=120, title=_titled(title))


def _titled(lines: Sequence[str]) -> alt.TitleParams:
    title, *others = lines
    return part_title(title, subtitle=list(others), subtitleFontSize=11, subtitleColor=theme.MUTED)
