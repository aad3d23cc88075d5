"""A figure's own page and its copy buttons in a browser, from a server and from a disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import specimen
from figure_page import STATIC, page, shown
from playwright.sync_api import Browser, Locator
from serving import served
from test_browser import DESKTOP, PHONE, visit

from openrace.publish import figure_pages

PAGE = """<!doctype html><html data-theme="light"><head><meta charset="utf-8"><title>tame</title>
<link rel="icon" href="data:,"><meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="../../_static/book.css">
<link rel="stylesheet" href="../../_static/figures.css">
<script src="../../_static/cite.js" defer></script></head><body>{body}</body></html>"""
WORDS = f"{specimen.HOSTILES[0]} {specimen.HOSTILES[1]} {specimen.HOSTILES[2]} “ü” & \\{{%"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of one figure all of whose words are hostile, without the theme."""
    folder = tmp_path_factory.mktemp("cite")
    shutil.copytree(STATIC, folder / "_static")
    figure = shown(folder, WORDS)
    figure_pages.write_embed(figure)
    text = PAGE.format(body=page(figure))
    (figure.folder / "index.html").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def home(site: Path) -> Iterator[str]:
    with served(site) as address:
        yield f"{address}figures/one-line/"


def said(button: Locator) -> str:
    """Press a copy button with the keyboard, and return what it then says."""
    button.focus()
    button.press("Enter")
    button.page.wait_for_function("b => b.textContent !== 'Copy'", arg=button.element_handle())
    return button.inner_text()


def test_a_copy_button_copies_the_text_whole_and_says_so(
    browser: Browser, home: str, site: Path
) -> None:
    rights = ["clipboard-read", "clipboard-write"]
    with visit(browser, f"{home}index.html", DESKTOP, permissions=rights) as seen:
        seen.tab.get_by_text("BibTeX", exact=True).click()
        assert said(seen.tab.locator('[data-copy="form-1"]')) == "Copied"
        copied = seen.tab.evaluate("navigator.clipboard.readText()")
        assert copied == (site / "figures/one-line/one-line.bib").read_text(encoding="utf-8")
        assert seen.tab.locator("output.copied").inner_text() == "BibTeX: Copied"
        assert seen.complaints == []


def test_hostile_words_do_nothing_on_the_page_or_in_the_frame(browser: Browser, home: str) -> None:
    with visit(browser, f"{home}index.html", PHONE) as seen:
        wide = seen.tab.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE["width"]
        code = seen.tab.locator("#embed-1").input_value()
        seen.tab.set_content(code.replace("https://race.example/figures/one-line/", home))
        frame = seen.tab.frame_locator("iframe")
        assert "document.title='owned'" in frame.locator("figcaption").inner_text()
        inner = frame.locator("html")
        assert inner.evaluate("e => e.scrollWidth") <= inner.evaluate("e => e.clientWidth")
        assert inner.evaluate("e => e.ownerDocument.title").startswith("</script>")
        assert frame.locator("[onload], [onmouseover], script").count() == 0
        assert [c for c in seen.complaints if "woff2" not in c] == []  # fonts, left out here


def test_from_a_disk_the_button_copies_or_leaves_the_text_selected(
    browser: Browser, site: Path
) -> None:
    with visit(browser, (site / "figures/one-line/index.html").as_uri(), DESKTOP) as seen:
        assert seen.tab.title() == "tame"
        assert said(seen.tab.locator('[data-copy="cite-1"]')) in ("Copied", "Selected: copy it")
        assert seen.complaints == []


def test_without_scripts_there_are_no_buttons_and_all_the_text(
    browser: Browser, site: Path
) -> None:
    where = (site / "figures/one-line/index.html").as_uri()
    with visit(browser, where, DESKTOP, java_script_enabled=False) as seen:
        assert not any(b.is_visible() for b in seen.tab.locator("button").all())
        seen.tab.get_by_text("CSL-JSON", exact=True).click()
        assert seen.tab.locator("#form-3").is_visible()


@pytest.mark.parametrize(("scheme", "ink"), [("light", "31, 42, 51"), ("dark", "230, 235, 238")])
def test_the_embedded_figure_is_dark_as_the_reader_asks(
    browser: Browser, site: Path, scheme: str, ink: str
) -> None:
    where = (site / "figures/one-line/embed.html").as_uri()
    with visit(browser, where, DESKTOP, color_scheme=scheme) as seen:
        colour = "e => getComputedStyle(e).color"
        assert seen.tab.locator(".caption-text").evaluate(colour) == f"rgb({ink})"
        drawn = [svg.is_visible() for svg in seen.tab.locator("svg").all()]
        assert drawn == [True, False]
