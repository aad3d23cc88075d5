from __future__ import annotations

import struct
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import cited
import pytest
import specimen

from openrace.figures import render
from openrace.publish import cards

DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="700" height="300" viewBox="0 0 700 300">'
    '<rect width="700" height="300" fill="#d55e00"/></svg>'
)
SVG = "{http://www.w3.org/2000/svg}"


def figure(title: str = "One model gained", **rest: Any) -> dict[str, Any]:
    return cited.figure(title, svg={"wide": DRAWING}, source="Data: nobody.", **rest)


def drawn(site: Path) -> bytes:
    return (site / cards.figure_place("one-line")).read_bytes()


def said(card: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(card).iter(f"{SVG}text")]


def test_a_figures_card_says_finding_measure_source_and_date() -> None:
    card = cards.svg("One model gained", "Downloads", "2026-08-21", "Data: nobody.", DRAWING)
    assert said(card)[:2] == ["The Open Race", "Data to 21 August 2026"]
    assert " ".join(said(card)[2:]) == "One model gained Downloads Data: nobody."
    assert '<rect width="700" height="300"' in card


def test_it_is_of_the_size_that_others_show(tmp_path: Path) -> None:
    cards.write_figure(figure(), tmp_path)
    assert struct.unpack(">II", drawn(tmp_path)[16:24]) == (cards.WIDTH, cards.HEIGHT)
    cards.write_page("chapters/one", "One", "It opens so.", None, tmp_path)
    assert (tmp_path / "cards" / "chapters" / "one.png").exists()


def test_it_is_the_same_bytes_each_time_and_drawn_again_only_when_it_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards.write_figure(figure(), tmp_path)
    first = drawn(tmp_path)
    cards.write_figure(figure(), tmp_path / "again")
    assert drawn(tmp_path / "again") == first
    with monkeypatch.context() as patched:
        patched.setattr(render, "png", lambda *_: pytest.fail("drawn again"))
        cards.write_figure(figure(), tmp_path)
    cards.write_figure(figure("Another finding"), tmp_path)
    assert drawn(tmp_path) != first


@pytest.mark.parametrize("title", ["Short", "A finding of some length " * 8, "x" * 900])
def test_a_title_of_any_length_stays_on_the_card(title: str) -> None:
    for drawing in ("", DRAWING):
        texts = ElementTree.fromstring(
            cards.svg(title, "words " * 300, None, "source " * 90, drawing)
        ).iter(f"{SVG}text")
        assert all(0 < float(text.attrib["y"]) < cards.HEIGHT for text in texts)


@pytest.mark.parametrize("text", [*specimen.HOSTILES, "a\x00b\x1bc"])
def test_hostile_text_stays_text(text: str, tmp_path: Path) -> None:
    card = cards.svg(text, text, "2026-08-21", text, DRAWING)
    root = ElementTree.fromstring(card)
    kinds = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert kinds == {"svg", "rect", "text", "path", "g"}
    assert not [name for e in root.iter() for name in e.attrib if name.startswith("on")]
