"""Figures of the ledger."""

from __future__ import annotations

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.render import Chart


@figure(
    "claims-witnesses",
    title=lambda n: (
        f"{n['claims.documents']} documents are not {n['claims.documents']} witnesses: "
        f"{n['claims.bbc_alone']} of {n['claims.total']} claims reach us through the BBC alone"
    ),
    subtitle=lambda n: "Number of claims in each document, by topic",
    alt=lambda n: (
        f"A grid of topics by documents with the number of claims in each. Of "
        f"{n['claims.total']} claims {n['claims.repeated']} stand in more than one document, "
        f"{n['claims.repeated.one_source']} of these on one independent source."
    ),
    limit="Whether a claim is true; how many people read a document.",
    tables=["documents", "claims"],
)
def witnesses(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw a grid of counts, a disc's area for each, and below it which document is which."""
    narrow = width == theme.NARROW
    base = alt.Chart(table).encode(
        x=alt.X("document:N", title=None, axis=alt.Axis(orient="top", labelAngle=0)),
        y=alt.Y("topic:N", title=None, sort=None, axis=alt.Axis(labelLimit=150)),
        tooltip=["topic:N", "document:N", "name:N", "claims:Q"],
    )
    discs = base.mark_circle(color=theme.GRID, opacity=1).encode(
        size=alt.Size("claims:Q", legend=None, scale=alt.Scale(range=[0, 900], zero=True))
    )
    counts = base.transform_filter("datum.claims > 0").mark_text().encode(text="claims:Q")
    plot = width - (150 if narrow else 210)
    grid = alt.layer(discs, counts).properties(width=plot, height=alt.Step(34))
    return alt.vconcat(grid, _key(table, plot, 1 if narrow else 3), spacing=8)


def _key(table: pd.DataFrame, plot: int, columns: int) -> Chart:
    """Name each document beside its number, some in a row."""
    named = table[["document", "name"]].drop_duplicates().reset_index(drop=True)
    named = named.assign(
        said=named["document"] + "  " + named["name"],
        column=named.index % columns * plot / columns,
        row=named.index // columns * 18 + 9,
    )
    words = alt.Chart(named).mark_text(align="left", color=theme.MUTED)
    at = {"x": alt.X("column:Q", axis=None), "y": alt.Y("row:Q", axis=None)}
    for axis, most in (("x", plot), ("y", 18 * len(named))):
        at[axis] = at[axis].scale(domain=[0, most], range=[0, most])
    height = int(named["row"].max()) + 9
    return words.encode(**at, text="said:N").properties(width=plot, height=height)
