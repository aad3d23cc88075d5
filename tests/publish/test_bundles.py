from __future__ import annotations

import os
import re
import struct
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZIP_STORED, ZipFile

import cited
import pytest
import specimen
from test_files import record

from openrace.publish import bundles

NAMES = {"svg", "png", "csv", "vl.json", "csl.json", "bib", "ris", "txt"}


def folder(path: Path, drawn: bytes = b"drawn") -> Path:
    """A figure's folder with its other files."""
    path.mkdir(parents=True, exist_ok=True)
    for ending in NAMES:
        (path / f"one-line.{ending}").write_bytes(drawn)
    return path


def packed(path: Path, figure: dict[str, Any], book: Any = cited.BOOK) -> Path:
    bundles.write(figure, folder(path), book)
    return path / "one-line.zip"


def test_a_zip_holds_the_figure_in_every_form_in_words_and_to_cite(tmp_path: Path) -> None:
    with ZipFile(packed(tmp_path, record())) as found:
        names = found.namelist()
        assert found.read("one-line/one-line.svg") == b"drawn"
        slide = found.read("one-line/one-line-slide.png")
        readme = found.read("one-line/README.txt").decode()
    told = {"one-line-slide.png", "alt.txt", "caption.txt", "caveat.txt", "README.txt"}
    assert set(names) == {f"one-line/{n}" for n in {f"one-line.{e}" for e in NAMES} | told}
    assert all(re.fullmatch(r"[a-z-]+/[A-Za-z.-]+", name) for name in names)
    assert struct.unpack(">II", slide[16:24]) == (1920, 1080)
    listed = set(re.findall(r"^  ([\w.-]+): ", readme, re.MULTILINE))
    assert {name.removeprefix("one-line/") for name in names} - listed == {"README.txt"}
    assert "Cite as: The Open Race, Figure one-line, data to 2 January 2026" in readme
    assert "CC-BY-4.0" in readme
    assert "table counts: a/one, from a/one: MIT, https://example.org" in readme


def test_the_same_figure_gives_the_same_zip_anywhere(tmp_path: Path) -> None:
    first, second = packed(tmp_path / "a", record()), tmp_path / "b"
    for path in folder(second).iterdir():
        path.chmod(0o600)
        os.utime(path, (1, 1))
    bundles.write(record(), second, cited.BOOK)
    assert first.read_bytes() == (second / "one-line.zip").read_bytes()
    with ZipFile(first) as found:
        members = found.infolist()
    assert {(m.date_time[0], m.external_attr >> 16, m.create_system) for m in members} == {
        (1980, 0o100644, 3)
    }
    assert {m.compress_type for m in members} == {ZIP_STORED}


def test_a_slide_is_drawn_again_only_when_it_changes_or_its_zip_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(bundles.render, "png", lambda s, dpi: drawn.append(s) or b"png")
    packed(tmp_path, record())
    packed(tmp_path, record() | {"alt": "Other words."}, cited.KEPT)
    assert len(drawn) == 1
    packed(tmp_path, record() | {"title": "Another finding"})
    assert len(drawn) == 2
    target = tmp_path / "one-line.zip"
    target.write_bytes(target.read_bytes()[:99])
    packed(tmp_path, record() | {"title": "Another finding"})
    assert len(drawn) == 3


def test_a_book_of_other_parameters_is_not_to_be_cited(tmp_path: Path) -> None:
    with ZipFile(packed(tmp_path, record(), None)) as found:
        names, readme = found.namelist(), found.read("one-line/README.txt").decode()
    assert not [n for n in names if n.endswith((".bib", ".ris", "csl.json"))]
    assert "not to be cited" in readme
    assert "Cite as" not in readme


@pytest.mark.parametrize("words", [1, 12, 33, 34, 200])
@pytest.mark.parametrize("sources", [1, 3])
def test_a_caption_has_at_most_forty_words_its_source_and_its_date(
    words: int, sources: int
) -> None:
    title = " ".join(f"word{i}" for i in range(words)) + " of 12\u00a0%."
    upstreams = [f"A long name of the source {i}, as it says of itself" for i in range(sources)]
    figure = cited.figure(title, sources=[cited.SOURCE | {"upstream": u} for u in upstreams])
    caption = bundles.caption(figure)
    assert len(caption.split()) <= bundles.MOST_WORDS
    assert "Source: The Open Race, from A long name of the source" in caption
    assert ("and others" in caption) == (sources > 1)
    assert caption.endswith("; data to 21 August 2026.")
    if words == 12:
        assert caption.startswith(f"{title} Source")
    if words == 200:
        assert "… Source" in caption


@pytest.mark.parametrize("text", [*specimen.HOSTILES, "two\nlines\x1b[31m", "a\u2028b\u202ec"])
def test_hostile_text_is_one_line_in_words_and_text_on_a_slide(text: str) -> None:
    figure = record(text)
    calm = bundles.texts(record("calm"), cited.BOOK)
    for name, said in bundles.texts(figure, cited.BOOK).items():
        assert len(said.splitlines()) == len(calm[name].splitlines()), name
        assert all(c.isprintable() or c == "\n" for c in said), name
    drawn = ElementTree.fromstring(bundles.slide(record(text.replace("\x1b", ""))))
    assert {e.tag.rpartition("}")[2] for e in drawn.iter()} == {"svg", "rect", "text", "g", "path"}
    assert not [a for e in drawn.iter() for a in e.attrib if a.startswith("on") or "href" in a]


def test_a_slide_has_its_title_above_the_figure_and_its_source_below() -> None:
    figure = record("A finding of some length " * 8) | {"source": "Data: nobody."}
    drawn = ElementTree.fromstring(bundles.slide(figure))
    titles = [e for e in drawn.iter() if e.get("font-size") == "44"]
    assert len(titles) == 3
    moved = next(e.get("transform", "") for e in drawn.iter() if "transform" in e.attrib)
    left, top, scale = map(float, re.findall(r"[\d.]+", moved))
    assert float(titles[-1].attrib["y"]) < top
    assert left == pytest.approx(960 - 200 * scale, abs=1)
    (source,) = [e for e in drawn.iter() if e.text == "Data: nobody."]
    assert top + 100 * scale < float(source.attrib["y"]) < 1080
