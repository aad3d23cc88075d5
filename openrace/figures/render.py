"""Charts to specs, SVG and PNG, with text that cannot become script."""

from __future__ import annotations

import re
import textwrap
from typing import Any

import altair as alt
import vl_convert

from openrace.figures import theme

Spec = dict[str, Any]
Chart = alt.Chart | alt.LayerChart | alt.VConcatChart | alt.HConcatChart | alt.FacetChart
VEGA_LITE = "6.4"
DPI = 300
_CSS_PIXELS_PER_INCH, _POINTS_PER_INCH = 96, 72


def framed(chart: Chart, title: str, subtitle: str, source: str) -> alt.VConcatChart:
    """Return the chart with its finding above and its source line below, to stand alone."""
    head = alt.TitleParams(
        textwrap.wrap(title, 78), subtitle=textwrap.wrap(subtitle, 105), anchor="start"
    )
    foot = alt.TitleParams(
        textwrap.wrap(source, 130),
        orient="bottom",
        anchor="start",
        fontSize=10.5,
        fontWeight="normal",
        color=theme.MUTED,
        offset=10,
    )
    inner = alt.vconcat(chart).properties(title=head)
    return alt.vconcat(inner).properties(title=foot)


def svg(spec: Spec, prefix: str) -> str:
    """Draw a spec as SVG that can stand in a page beside others.

    Args:
        spec: a Vega-Lite spec.
        prefix: put before every id of the drawing, so that two drawings in one page do not
            use each other's clip paths.
    """
    drawn = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE)
    drawn = re.sub(r"\b(id=\"|url\(#)", rf"\g<1>{prefix}-", drawn)
    # The page gives the accessible name; the drawing's own roles would be read out mark by mark.
    return re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", drawn)


def png(spec: Spec) -> bytes:
    """Draw a spec as PNG at 300 dpi, one CSS pixel being 1/96 inch."""
    scale = _POINTS_PER_INCH / _CSS_PIXELS_PER_INCH
    drawn: bytes = vl_convert.vegalite_to_png(spec, vl_version=VEGA_LITE, ppi=DPI, scale=scale)
    return drawn
