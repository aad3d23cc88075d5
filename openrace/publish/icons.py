"""The few icons of the theme's buttons, as masks of a style sheet.

The theme brings all icons of Font Awesome as a script of 1.5 MB. Those in use are read here from
the typeface in the theme's package. A mask takes the colour of the text, asks for no file, and
works from a disk.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from urllib.parse import quote

import pydata_sphinx_theme
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.ttLib import TTFont

USED = (
    "angle-left",
    "angle-right",
    "arrow-up",
    "bars",
    "circle-half-stroke",
    "download",
    "expand",
    "file",
    "file-pdf",
    "list",
    "magnifying-glass",
    "moon",
    "sun",
)
_EM, _ASCENT = 512, 448  # of the icons' square, in units of the typeface
_PLAIN = " :/='"  # needs no escape within a quoted address
_NOTICE = "/* Icons: Font Awesome Free by Fonticons, https://fontawesome.com, CC BY 4.0 */"
_SHAPE = """:is(.fas, .fa-solid)::before { content: ""; display: inline-block; height: 1em;
  vertical-align: -0.125em; background: currentcolor;
  -webkit-mask: var(--icon) 0 0 / 100% 100%; mask: var(--icon) 0 0 / 100% 100%; }
@media (forced-colors: active) { :is(.fas, .fa-solid)::before { forced-color-adjust: none; } }
.fa-lg { font-size: 1.25em; line-height: 0.05em; vertical-align: -0.075em; }"""
_DRAWN = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {em}'>"
    "<path transform='matrix(1 0 0 -1 0 {ascent})' d='{path}'/></svg>"
)


@cache
def sheet() -> str:
    """Return the style sheet of the icons in use, with the notice that their licence asks for."""
    with TTFont(_typeface()) as font:
        return "\n".join((_NOTICE, _SHAPE, *(_icon(font, name) for name in USED)))


def _typeface() -> Path:
    static = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme/static"
    return next(static.glob("vendor/fontawesome/*/webfonts/fa-solid-900.ttf"))


def _icon(font: TTFont, name: str) -> str:
    glyphs = font.getGlyphSet()
    pen = SVGPathPen(glyphs, ntos=lambda length: str(round(length)))
    glyphs[name].draw(pen)
    width = glyphs[name].width
    drawn = _DRAWN.format(width=width, em=_EM, ascent=_ASCENT, path=pen.getCommands())
    address = f"data:image/svg+xml,{quote(drawn, safe=_PLAIN)}"
    return f'.fa-{name}::before {{ --icon: url("{address}"); width: {width / _EM:g}em; }}'
