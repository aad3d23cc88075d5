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
    """Draw a grid of counts, a disc's area for each."""
    narrow = width == theme.NARROW
    base = alt.Chart(table).encode(
        x=alt.X("name:N", title=None, axis=alt.Axis(orient="top", labelAngle=0, labelLimit=130)),
        y=alt.Y("topic:N", title=None, sort=None, axis=alt.Axis(labelLimit=150)),
        tooltip=["topic:N", "name:N", "claims:Q"],
    )
    if narrow:
        base = base.encode(
            x=alt.X("document:N", title=None, axis=alt.Axis(orient="top", labelAngle=0))
        )
    discs = base.mark_circle(color=theme.GRID, opacity=1).encode(
        size=alt.Size("claims:Q", legend=None, scale=alt.Scale(range=[0, 900], zero=True))
    )
    counts = base.transform_filter("datum.claims > 0").mark_text().encode(text="claims:Q")
    return alt.layer(discs, counts).properties(
        width=width - (150 if narrow else 210), height=alt.Step(34)
    )
