from __future__ import annotations

import csv
import io
import json
import struct
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import altair as alt
import cited
import pandas as pd
import pytest
import specimen

from openrace.figures import render
from openrace.publish import files

WIDE = (
    '<svg xmlns="http://www.w3.org/2000/svg" class="marks" width="400" height="100">'
    '<path d="M0,0h400v100h-400Z" fill="#d55e00"/></svg>'
)
DRAWN = {"svg", "g", "path", "text", "rect", "clipPath", "defs", "line"}


def record(text: str = "a/one", id: str = "one-line") -> dict[str, Any]:
    """A figure as a chapter shows it, with one text in its data and all its words."""
    table = pd.DataFrame(
        {
            "date": pd.to_datetime(["2026-01-01", "2026-01-02"]),
            "model_id": ["a/one", text],
            "downloads": [10, -12.5],
        }
    )
    base = alt.Chart(table).encode(x="downloads:Q", y=alt.Y("model_id:N").axis(labelLimit=0))
    chart = base.mark_bar(clip=True).properties(width=300, height=80)
    words = dict.fromkeys(("title", "subtitle", "alt", "limit"), text)
    return words | {
        "id": id,
        "as_of": "2026-01-02",
        "sources": [cited.SOURCE | {"title": text, "upstream": text}],
        "source": text,
        "table": json.loads(table.to_json(orient="split", index=False, date_format="iso")),
        "dates": ["date"],
        "framed": render.framed(chart.to_dict(), text, text, text),
        "views": {"wide": chart.to_dict(), "narrow": chart.to_dict()},
        "controls": [],
        "svg": {"wide": WIDE},
    }


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site as Sphinx leaves it, before the files are written into it."""
    (tmp_path / "site" / "_static").mkdir(parents=True)
    return tmp_path / "site"


def text_of(written: Path) -> str:
    return written.read_text(encoding="utf-8")


def png_facts(content: bytes) -> tuple[int, float]:
    """Return the width in pixels and the dots per inch that a PNG says of itself."""
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    at, facts = 8, {}
    while at < len(content):
        length, kind = struct.unpack(">I4s", content[at : at + 8])
        facts[kind] = content[at + 8 : at + 8 + length]
        at += length + 12
    per_metre, _, unit = struct.unpack(">IIB", facts[b"pHYs"])
    assert unit == 1
    return struct.unpack(">I", facts[b"IHDR"][:4])[0], per_metre * 0.0254


def test_a_figure_is_written_in_every_form(tmp_path: Path) -> None:
    files.write_figure(record(), tmp_path)
    endings = {"svg", "png", "small.png", "csv", "vl.json", "view.js"}
    assert {p.name for p in tmp_path.iterdir()} == {f"one-line.{e}" for e in endings}


@pytest.mark.parametrize("text", specimen.HOSTILES)
def test_hostile_text_stays_data_in_every_file(tmp_path: Path, text: str) -> None:
    files.write_figure(record(text), tmp_path)
    stem = tmp_path / "one-line"
    spec, view = text_of(stem.with_suffix(".vl.json")), text_of(stem.with_suffix(".view.js"))
    assert "<" not in spec + view
    assert text in [r["model_id"] for r in next(iter(json.loads(spec)["datasets"].values()))]
    handed = view.removeprefix('openrace.view("one-line", ').removesuffix(");\n")
    assert set(json.loads(handed)) == {"wide", "narrow", "controls"}
    drawn = ElementTree.fromstring(text_of(stem.with_suffix(".svg")))
    for element in drawn.iter():
        assert element.tag.rpartition("}")[2] in {
            "svg",
            "g",
            "path",
            "text",
            "rect",
            "clipPath",
            "defs",
            "line",
        }
        assert not [a for a in element.attrib if a.startswith("on") or "href" in a]
    assert text.strip() in [(e.text or "").strip() for e in drawn.iter()]


def rows(columns: list[str], data: list[list[Any]], dates: list[str]) -> list[list[str]]:
    text = files.table_csv({"columns": columns, "data": data}, dates)
    return list(csv.reader(io.StringIO(text), strict=True))


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\n"])
def test_a_text_that_a_spreadsheet_takes_for_a_formula_is_quoted(first: str) -> None:
    assert rows(["model_id"], [[f"{first}cmd"]], [])[1] == [f"'{first}cmd"]


@pytest.mark.parametrize("text", ["\r=cmd", "a\r=cmd", "a\r\n=cmd", "a\n=cmd"])
def test_no_line_break_in_a_text_starts_a_row_of_its_own(text: str) -> None:
    written = files.table_csv({"columns": ["model_id"], "data": [[text]]}, [])
    assert "\r" not in written  # which some programs take for the end of a row
    assert len(list(csv.reader(io.StringIO(written), strict=True))) == 2


@pytest.mark.parametrize("value", [-12, -12.5, 0, 7, 1e-7])
def test_a_number_stays_a_number(value: float) -> None:
    (cell,) = rows(["downloads"], [[value]], [])[1]
    assert float(cell) == value


def test_a_table_is_written_whole_with_days_and_gaps() -> None:
    data = [["2026-01-01T00:00:00.000", 'a, "b"\nc', None], [None, "", 3]]
    assert rows(["date", "model_id", "downloads"], data, ["date"]) == [
        ["date", "model_id", "downloads"],
        ["2026-01-01", 'a, "b"\nc', ""],
        ["", "", "3"],
    ]


def test_the_png_is_of_300_dpi_and_as_wide_as_the_drawing(tmp_path: Path) -> None:
    files.write_figure(record(), tmp_path)
    drawn = ElementTree.fromstring(text_of(tmp_path / "one-line.svg"))
    pixels, dpi = png_facts((tmp_path / "one-line.png").read_bytes())
    assert dpi == pytest.approx(300, abs=0.5)
    assert pixels == pytest.approx(float(drawn.attrib["width"]) * 300 / 96, abs=2)


def test_the_source_line_is_inside_the_drawing(tmp_path: Path) -> None:
    files.write_figure(record() | {"framed": framed("Data: nobody.")}, tmp_path)
    assert ">Data: nobody.<" in text_of(tmp_path / "one-line.svg")


def framed(source: str) -> dict[str, Any]:
    chart = alt.Chart(pd.DataFrame()).mark_point()
    return render.framed(chart.to_dict(), "title", "", source)


def test_an_unchanged_drawing_is_not_drawn_again_and_a_changed_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    draw = render.svg
    monkeypatch.setattr(
        render, "svg", lambda spec, prefix: drawn.append(prefix) or draw(spec, prefix)
    )
    first, second = record("a/one"), record("b/two")
    for shown in (first, first, second, second):
        files.write_figure(shown, tmp_path)
    assert drawn == ["one-line", "one-line"]
    assert "b/two" in text_of(tmp_path / "one-line.svg")


def test_a_figure_whose_drawing_was_cut_off_is_drawn_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(render, "png", lambda spec: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            files.write_figure(record(), tmp_path)
    files.write_figure(record(), tmp_path)
    assert png_facts((tmp_path / "one-line.png").read_bytes())[0] > 0


def executed(path: Path, *bundles: dict[str, Any]) -> Path:
    cells = [{"cell_type": "code", "outputs": [{"data": bundle} for bundle in bundles]}]
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return path


def told(id: str, **rest: Any) -> dict[str, Any]:
    number = {"id": id, "value": 2, "unit": "count", "text": "2", "definition": "d", "tables": []}
    return number | {"interval": "", "as_of": "2026-01-02", "sources": []} | rest


@pytest.fixture
def bare(site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site that needs no fonts and no script, which take their time."""
    for write in ("write_fonts", "write_vega"):
        monkeypatch.setattr(files, write, lambda target: None)
    return site


def test_numbers_of_all_chapters_are_indexed_by_id(tmp_path: Path, bare: Path) -> None:
    first, second = told("one.gain", low=1, high=3), told("two.gain", text="≈ 2")
    one = executed(tmp_path / "a.ipynb", {files.NUMBERS: {"numbers": [first]}})
    two = executed(tmp_path / "b.ipynb", {files.NUMBERS: {"numbers": [second]}})
    files.publish([one, two], bare)
    numbers = json.loads(text_of(bare / "numbers.json"))
    assert list(numbers) == ["one.gain", "two.gain"]
    assert numbers["one.gain"] == {
        "value": 2,
        "unit": "count",
        "text": "2",
        "low": 1,
        "high": 3,
        "as_of": "2026-01-02",
        "definition": "d",
        "sources": [],
    }
    assert not {"low", "high"} & set(numbers["two.gain"])


def test_a_figure_that_is_shown_no_more_leaves_the_site(tmp_path: Path, bare: Path) -> None:
    for id in ("one-line", "one-bar"):
        notebook = executed(tmp_path / "a.ipynb", {files.FIGURE: record(id=id)})
        files.publish([notebook], bare)
    assert [p.name for p in (bare / "figures").iterdir()] == ["one-bar"]


def test_the_bundle_and_the_fonts_are_whole_and_ask_no_one(site: Path) -> None:
    files.publish([], site)
    static = site / "_static"
    assert "vegaEmbed" in text_of(static / "vega.js")
    fonts = sorted(p.name for p in static.glob("*.woff2"))
    assert fonts == [f"source-sans-{s}.woff2" for s in ("it", "regular", "semibold")]
    css = text_of(Path(files.__file__).parent / "static" / "book.css")
    assert all(f'url("{font}")' in css for font in fonts)
    assert css.count("url(") == len(fonts)
