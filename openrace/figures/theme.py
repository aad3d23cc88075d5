"""How every figure looks: one palette by meaning, one typeface, two widths."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import altair as alt
import font_source_sans_pro
import vl_convert

WIDE, NARROW = 700, 340
FONT = "Source Sans Pro"
FONT_FOLDER = Path(font_source_sans_pro.__file__).parent / "files"

# The tokens that `figures.css` turns over in dark mode; every other colour is used in both.
INK, MUTED, GRID, PAPER = "#1f2a33", "#5b6770", "#e3e7ea", "#ffffff"

# Okabe-Ito, which survives colour blindness; by meaning, never by rank or order. The last two are
# chosen to stay apart from it, and all to stand out on a light page and on a dark one.
BLOCS = {
    "China": "#d55e00",
    "United States": "#0072b2",
    "Europe": "#009e73",
    "Other": "#82637e",
    "Unknown": "#8a949b",
}

vl_convert.register_font_directory(str(FONT_FOLDER))


def bloc_colour(**options: Any) -> alt.Color:
    """Colour by the field `bloc`, the same everywhere in the book."""
    return alt.Color(
        "bloc:N", scale=alt.Scale(domain=list(BLOCS), range=list(BLOCS.values())), **options
    )


@alt.theme.register("openrace", enable=True)
def openrace() -> alt.theme.ThemeConfig:
    """Return the one theme: light horizontal grid, no frame, nothing that carries nothing."""
    labels: dict[str, Any] = {
        "labelFont": FONT,
        "titleFont": FONT,
        "labelColor": MUTED,
        "titleColor": MUTED,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    }
    axis: Any = labels | {"ticks": False, "domain": False, "gridColor": GRID, "labelPadding": 6}
    config: Any = {
        "aria": False,
        "background": PAPER,
        "font": FONT,
        "padding": 4,
        "view": {"stroke": None},
        "axis": axis,
        "axisX": {"grid": False},
        "axisY": {
            "titleAngle": 0,
            "titleAlign": "left",
            "titleAnchor": "start",
            "titleBaseline": "bottom",
            "titleX": 0,
            "titleY": -8,
        },
        "legend": labels | {"orient": "top", "title": None, "symbolType": "square"},
        "header": labels | {"labelColor": INK},
        "title": {
            "font": FONT,
            "subtitleFont": FONT,
            "color": INK,
            "subtitleColor": MUTED,
            "fontSize": 17,
            "subtitleFontSize": 13,
            "anchor": "start",
            "frame": "bounds",
            "offset": 12,
        },
        "text": {"font": FONT, "color": INK, "fontSize": 12},
        "line": {"strokeWidth": 2},
        "rule": {"color": MUTED},
        "range": {"category": list(BLOCS.values())},
    }
    return alt.theme.ThemeConfig(config=config)
