"""The note of a number: in a browser, by mouse, touch and keyboard, from a disk and served."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cited
import pytest
import specimen
from playwright.sync_api import Browser, Page
from serving import served

import openrace.publish
from openrace.publish import number_pages

STATIC = Path(openrace.publish.__file__).parent / "static"
SCREENS = {"desktop": (1280, 800), "phone": (360, 740)}
ID, LAST = "one.gain_all", "one.last"
HOSTILE = " ".join(specimen.HOSTILES)
PAGE = """<!doctype html><html data-theme="light"><head><meta charset="utf-8"><title>calm</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="_static/book.css">
<script src="_static/explore.js" defer></script><script src="_static/numbers.js" defer></script>
</head><body><h1>One</h1><p>It gained
<a class="number" href="numbers/one.gain_all/index.html">1.2 million</a> in all, or so.</p>
<p style="margin: 60rem 0">Then it
<a class="number" href="numbers/one.last/index.html">lost</a>, and
<a class="number" href="numbers/gone.gain/index.html">nobody knows</a> why.</p></body></html>"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page that quotes numbers whose words are hostile, with their pages and notes."""
    site = tmp_path_factory.mktemp("numbers")
    source = cited.SOURCE | {"table": "moves", "title": HOSTILE, "upstream": HOSTILE}
    rest = {"interval": "1 to 3", "chapter": {"title": HOSTILE, "place": "index.html"}}
    told = [cited.number(HOSTILE, id=id, sources=[source], **rest) for id in (ID, LAST)]
    with pytest.MonkeyPatch.context() as patched:
        described = {"resources": [{"name": "moves", "path": "moves.csv"}]}
        patched.setattr(number_pages.package, "read", lambda: described)
        number_pages.write(told, site, cited.BOOK, [])
    shutil.copytree(STATIC, site / "_static")
    (site / "index.html").write_text(PAGE, encoding="utf-8")
    return site


@contextmanager
def opened(browser: Browser, address: str, screen: str, **options: bool) -> Iterator[Page]:
    width, height = SCREENS[screen]
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    tab, wrong = context.new_page(), []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.goto(address)
    yield tab
    assert wrong == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.title() not in ("owned", "1")
    context.close()


def focused(tab: Page) -> str:
    return tab.evaluate("document.activeElement.getAttribute('href') ?? ''")


@pytest.mark.parametrize("screen", SCREENS)
def test_a_number_opens_its_note_and_closing_it_leads_back(
    browser: Browser, site: Path, screen: str
) -> None:
    touch = screen == "phone"
    with opened(browser, (site / "index.html").as_uri(), screen, has_touch=touch) as tab:
        note, number = tab.locator("#number-note"), tab.locator("a.number").first
        (number.tap if touch else number.click)()
        note.wait_for(state="visible")
        assert "1 to 3" in note.inner_text()
        assert tab.evaluate("document.activeElement.id") == "number-note"
        number.click()  # outside of the note
        note.wait_for(state="hidden")
        number.press("Enter")
        note.wait_for(state="visible")
        tab.keyboard.press("Escape")
        note.wait_for(state="hidden")
        assert focused(tab).endswith(f"{ID}/index.html")
        last = tab.locator("a.number").nth(1)
        last.press("Enter")
        note.wait_for(state="visible")
        seen, beside = note.bounding_box(), last.bounding_box()
        assert seen["y"] >= 0
        assert seen["y"] + seen["height"] <= SCREENS[screen][1] + 1
        assert not seen["y"] - 1 < beside["y"] < seen["y"] + seen["height"], "it covers its number"
        tab.keyboard.press("Tab")
        assert focused(tab).endswith(f"{LAST}/index.html")
        tab.keyboard.press("Enter")
        tab.wait_for_url(f"**/{LAST}/index.html")


def test_hostile_text_is_inert_in_a_note_and_on_a_page(browser: Browser, site: Path) -> None:
    handlers = "*:is([onload], [onerror], [onmouseover], [onclick]), img, svg, iframe"
    with served(site) as home, opened(browser, f"{home}index.html", "desktop") as tab:
        asked: list[str] = []
        tab.on("request", lambda request: asked.append(request.url))
        tab.locator("a.number").first.click()
        note = tab.locator("#number-note")
        note.wait_for(state="visible")
        assert "document.title='owned'" in note.inner_text()
        assert note.locator(handlers).count() == 0
        assert asked == [f"{home}numbers/notes/one.js"]
        note.locator("a").click()
        tab.wait_for_url(f"**/{ID}/index.html")
        assert "document.title='owned'" in tab.locator("main").inner_text()
        assert tab.locator(f"main :is({handlers}, script)").count() == 0
        assert tab.title().startswith("1.2\u00a0million")


def test_a_number_without_a_note_or_a_script_is_a_link_to_its_page(
    browser: Browser, site: Path
) -> None:
    start = (site / "index.html").as_uri()
    with opened(browser, start, "phone", java_script_enabled=False) as tab:
        tab.locator("a.number").first.click()
        tab.wait_for_url(f"**/{ID}/index.html")
        assert tab.locator("h1").inner_text() == "1.2\u00a0million"
    with served(site) as home, opened(browser, f"{home}index.html", "phone") as tab:
        tab.locator("a.number").last.click()
        tab.wait_for_url("**/gone.gain/index.html")
