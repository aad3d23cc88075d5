"""Charts to specs, SVG and PNG, with text that cannot become script."""

from __future__ import annotations

import re
import struct
import textwrap
import zlib
from collections.abc import Iterator
from typing import Any

import altair as alt
import vl_convert

from openrace.figures import theme

Spec = dict[str, Any]
Chart = (
    alt.Chart
    | alt.LayerChart
    | alt.VConcatChart
    | alt.HConcatChart
    | alt.ConcatChart
    | alt.FacetChart
)
VEGA_LITE = "6.4"
DPI = 300
# What Vega-Lite accepts at the top of a spec only, so that framing must lift it.
_TOP_LEVEL = ("$schema", "background", "config", "datasets", "padding", "params", "usermeta")
_TAG = re.compile(r'<(?:"[^"]*"|[^">])*>')  # tags, not the text between: it may look like one
_ID = re.compile(r'(\bid="|url\(#)([^")]+)')
_CSS_PIXELS_PER_INCH, _POINTS_PER_INCH = 96, 72


def framed(spec: Spec, title: str, subtitle: str, source: str) -> Spec:
    """Return a spec with its finding above and its source line below, to stand alone."""
    whole = {k: v for k, v in spec.items() if k in _TOP_LEVEL}
    inner = {k: v for k, v in spec.items() if k not in _TOP_LEVEL}
    head = {"text": textwrap.wrap(title, 78), "subtitle": textwrap.wrap(subtitle, 105)}
    foot = {
        "text": textwrap.wrap(source, 130),
        "orient": "bottom",
        "anchor": "start",
        "fontSize": 10.5,
        "fontWeight": "normal",
        "color": theme.MUTED,
        "offset": 10,
    }
    return whole | {"title": foot, "vconcat": [{"title": head, "vconcat": [inner]}]}


def svg(spec: Spec, prefix: str) -> str:
    """Draw a spec as SVG that can stand in a page beside others.

    Args:
        spec: a Vega-Lite spec.
        prefix: begins every id of the drawing, so that two drawings in one page do not use
            each other's clip paths.
    """
    drawn = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE)
    names: dict[str, str] = {}  # vl-convert counts ids through all drawings of a process
    return _TAG.sub(lambda tag: _own(tag[0], prefix, names), drawn)


def _own(tag: str, prefix: str, names: dict[str, str]) -> str:
    def renamed(found: re.Match[str]) -> str:
        return found[1] + names.setdefault(found[2], f"{prefix}-{len(names)}")

    tag = _ID.sub(renamed, tag)
    # The page gives the accessible name; the drawing's own roles would be read out mark by mark.
    return re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", tag)


def png(drawn: str, dpi: int = DPI, comment: str = "") -> bytes:
    """Turn an SVG drawing into PNG, one CSS pixel being 1/96 inch; an ASCII comment stays in it."""
    scale = _POINTS_PER_INCH / _CSS_PIXELS_PER_INCH
    return _packed(vl_convert.svg_to_png(drawn, ppi=dpi, scale=scale), comment)


def _packed(image: bytes, comment: str) -> bytes:
    """Pack the pixels of a PNG anew: vl-convert packs in haste, to four times the size."""
    chunks = [*_chunks(image)]
    pixels = zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"))
    head = [chunk for chunk in chunks if chunk[0] not in (b"IDAT", b"IEND")]
    if comment:
        head.append((b"tEXt", b"Comment\0" + comment.encode("ascii")))
    told = (*head, (b"IDAT", zlib.compress(pixels)), (b"IEND", b""))
    return image[:8] + b"".join(map(_chunk, told))


def comment(image: bytes) -> str:
    """Return the comment of a PNG that `png` made; empty when it has none."""
    told = (data for kind, data in _chunks(image) if kind == b"tEXt")
    return next(told, b"").removeprefix(b"Comment\0").decode("ascii")


def _chunks(image: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and data of each chunk of a PNG: https://www.w3.org/TR/png-3/#5Chunk-layout."""
    at = 8
    while at < len(image):
        (length,) = struct.unpack(">I", image[at : at + 4])
        yield image[at + 4 : at + 8], image[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(chunk: tuple[bytes, bytes]) -> bytes:
    body = b"".join(chunk)
    return struct.pack(">I", len(chunk[1])) + body + struct.pack(">I", zlib.crc32(body))
