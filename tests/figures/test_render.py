from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import combinations, product
from pathlib import Path
from xml.etree import ElementTree

import altair as alt
import pandas as pd
import pytest
from coloraide import Color

from openrace import publish
from openrace.errors import Refusal
from openrace.figures import plan, render, theme


def chart(text: str = "a/one") -> alt.Chart:
    table = pd.DataFrame({"model_id": [text, "b/two"], "downloads": [10, 12]})
    encoded = alt.Chart(table).encode(x="downloads:Q", y=alt.Y("model_id:N").axis(labelLimit=0))
    bars = encoded.mark_bar(clip=True, color=alt.Gradient(gradient="linear", stops=STOPS))
    return bars.properties(width=200, height=60)


STOPS = [alt.GradientStop("#d55e00", 0), alt.GradientStop("#0072b2", 1)]


def ids(svg: str) -> list[str]:
    return [e.attrib["id"] for e in ElementTree.fromstring(svg).iter() if "id" in e.attrib]


def test_drawings_in_one_page_share_no_id_and_use_their_own() -> None:
    drawn = [render.svg(chart().to_dict(), p) for p in ("a-wide", "a-narrow", "b-wide")]
    every = [id for svg in drawn for id in ids(svg)]
    assert len(every) == len(set(every)) >= 3 * 2  # a clip path and a gradient in each
    assert all(id.startswith("a-wide-") for id in ids(drawn[0]))
    for svg in drawn:
        used = set(re.findall(r"url\(#([^)]+)\)", svg))
        assert used
        assert used <= set(ids(svg))


@pytest.mark.parametrize("text", ['id="a" url(#b)', ' role="img" aria-label="c"', "a\\1 > <b>"])
def test_text_that_looks_like_an_attribute_is_drawn_as_it_is(text: str) -> None:
    drawn = ElementTree.fromstring(render.svg(chart(text).to_dict(), "p"))
    assert text.strip() in [(e.text or "").strip() for e in drawn.iter()]


def test_a_drawings_own_roles_are_not_read_out_mark_by_mark() -> None:
    spoken = chart().configure(aria=True)
    drawn = ElementTree.fromstring(render.svg(spoken.to_dict(), "p"))
    attributes = {name for e in drawn.iter() for name in e.attrib}
    assert not [a for a in attributes if a == "role" or a.startswith("aria")]


def test_a_drawing_is_the_same_whatever_was_drawn_before_it() -> None:
    first = render.svg(chart().to_dict(), "p")
    render.svg(chart("another").to_dict(), "q")
    assert render.svg(chart().to_dict(), "p") == first


DRAW = """
import sys; sys.path.insert(0, sys.argv[1])
import hashlib, json
import test_render
from openrace.figures import render
spec = render.framed(test_render.chart().to_dict(), "title", "subtitle", "source")
drawn = json.dumps(spec).encode(), render.svg(spec, "p").encode(), render.png(render.svg(spec, "p"))
print([hashlib.sha256(d).hexdigest() for d in drawn])
"""


def test_spec_svg_and_png_are_the_same_bytes_in_every_run() -> None:
    here = str(Path(__file__).parent)
    runs = {
        subprocess.run(
            [sys.executable, "-c", DRAW, here],
            env=os.environ | {"PYTHONHASHSEED": seed, "LC_ALL": locale, "TZ": zone},
            capture_output=True,
            check=True,
        ).stdout
        for seed, locale, zone in (("1", "C", "UTC"), ("2", "C.UTF-8", "Asia/Tokyo"))
    }
    assert len(runs) == 1


def test_the_words_and_the_source_stand_inside_the_framed_drawing() -> None:
    title = (
        "A finding that is long enough to need more than one line of an image, at 78 signs a line"
    )
    spec = render.framed(chart().to_dict(), title, "Measure and unit", "Data: nobody.")
    drawn = ElementTree.fromstring(render.svg(spec, "p"))
    said = " ".join(e.text or "" for e in drawn.iter() if e.tag.endswith(("text", "tspan")))
    for words in (title, "Measure and unit", "Data: nobody."):
        assert words in said


def test_a_framed_spec_is_valid_with_every_kind_of_chart_inside() -> None:
    one = chart()
    for kind in (one, one + one, one | one, one & one, one.facet("model_id:N")):
        spec = render.framed(kind.to_dict(), "title", "subtitle", "source")
        alt.Chart.from_dict(spec)
        assert ">source<" in render.svg(spec, "p")


def test_an_unknown_figure_is_refused_whether_or_not_its_chapter_exists() -> None:
    for id in ("nowhere-line", "rankings-nonsense"):
        with pytest.raises(Refusal, match=f"There is no figure “{id}”"):
            plan(id)


# The theme and the style sheet

STATIC = Path(publish.__file__).parent / "static"
CSS = (STATIC / "figures.css").read_text(encoding="utf-8")
(DARK,) = re.findall(
    r"--pst-color-background: light-dark\(#ffffff, (#\w+)\)",
    (STATIC / "book.css").read_text(encoding="utf-8"),
)


def test_dark_mode_turns_over_exactly_the_tokens_of_the_theme() -> None:
    turned = re.findall(r'\[(fill|stroke)="(#\w+)"\] \{ (?:fill|stroke): var\(', CSS)
    tokens = (theme.INK, theme.MUTED, theme.GRID)
    hollow = ("fill", theme.PAPER)
    assert sorted(turned) == sorted([*product(("fill", "stroke"), tokens), hollow])


def test_a_light_page_has_the_tokens_as_they_were_drawn() -> None:
    kept = re.findall(r"--(?:ink|muted|grid): light-dark\((#\w+), #\w+\)", CSS)
    assert kept == [theme.INK, theme.MUTED, theme.GRID]


def test_only_hollow_marks_take_the_colour_of_the_page() -> None:
    # a white word stands on a colour, which dark mode leaves as it is
    assert re.findall(rf'(\w*)\[fill="{theme.PAPER}"\]', CSS) == ["path"]


def test_the_style_sheets_name_no_other_colour_of_a_drawing() -> None:
    named = set(re.findall(r'\[(?:fill|stroke)="(#\w+)"\]', CSS))
    assert named == {theme.INK, theme.MUTED, theme.GRID, theme.PAPER}
    for sheet in STATIC.glob("*.css"):
        used = set(re.findall(r"#\w{6}", sheet.read_text(encoding="utf-8")))
        assert not set(theme.BLOCS.values()) & used, sheet.name


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("ink", [theme.INK, theme.MUTED])
def test_text_is_readable_on_paper(ink: str) -> None:
    assert contrast(ink, theme.PAPER) >= 4.5


def test_every_bloc_has_a_colour_of_its_own() -> None:
    assert len(set(theme.BLOCS.values())) == len(theme.BLOCS)


@pytest.mark.parametrize("page", [theme.PAPER, DARK])
@pytest.mark.parametrize("bloc", theme.BLOCS)
def test_a_blocs_colour_stands_out_on_a_light_and_on_a_dark_page(bloc: str, page: str) -> None:
    assert contrast(theme.BLOCS[bloc], page) >= 3


@pytest.mark.parametrize("sight", ["all", "protan", "deutan", "tritan"])
def test_blocs_stay_apart_whichever_colours_a_reader_sees(sight: str) -> None:
    # a difference (CIEDE2000) of ten is one that nobody overlooks side by side
    seen = [Color(colour) for colour in theme.BLOCS.values()]
    seen = seen if sight == "all" else [colour.filter(sight) for colour in seen]
    assert min(a.delta_e(b, method="2000") for a, b in combinations(seen, 2)) >= 10


def test_colours_stay_apart_in_grey_print_where_blocs_meet_most() -> None:
    # no more than this is left between what stands out on paper and what does on a dark page;
    # order, labels and shapes say the rest
    greys = [luminance(theme.BLOCS[b]) for b in ("United States", "China", "Unknown")]
    assert greys == sorted(greys)
    assert contrast(theme.BLOCS["United States"], theme.BLOCS["Unknown"]) > 1.6


def test_a_token_is_no_colour_of_the_palette() -> None:
    # or dark mode would turn over a colour that means something
    tokens = {theme.INK, theme.MUTED, theme.GRID, theme.PAPER}
    assert not tokens & set(theme.BLOCS.values())


def test_the_theme_writes_every_text_in_the_one_typeface() -> None:
    drawn = render.svg(render.framed(chart().to_dict(), "title", "subtitle", "source"), "p")
    assert set(re.findall(r'font-family="([^"]+)"', drawn)) == {theme.FONT}
