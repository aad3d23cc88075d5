"""Search and previews in a browser: from a disk and served, by mouse, touch and keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import searched
import specimen
from playwright.sync_api import Browser, Page, expect
from serving import served

HOSTILE = " ".join(specimen.HOSTILES)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return searched.site(tmp_path_factory.mktemp("searched"))


@contextmanager
def opened(browser: Browser, address: str, width: int = 1280, **options: bool) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": width, "height": 800}, **options)
    tab = context.new_page()
    wrong: list[str] = []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    tab.goto(address)
    yield tab
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.title() not in ("owned", "1")
    assert wrong == []
    context.close()


def search(tab: Page, words: str) -> list[str]:
    """Search, and return what was found of each kind as its heading says."""
    tab.locator("#find-words").fill(words)
    tab.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("q", [""]) == [words])
    return tab.locator(".find-results h2").all_inner_texts()


@pytest.mark.parametrize("width", [1280, 360])
def test_each_kind_of_thing_is_found_in_a_group_of_its_own(
    browser: Browser, site: Path, width: int
) -> None:
    with opened(browser, (site / "search.html").as_uri(), width) as tab:
        found = search(tab, "gained")
        assert found == ["Claims 1", "Figures 1", "Numbers 1"]
        assert tab.locator(".find-said").inner_text() == "3 results."
        assert tab.locator(".verdict.partly").inner_text() == "partly supported"
        assert search(tab, "qwen") == ["Models and labs 1"]
        assert search(tab, "zepp") == ["Pages 1"]
        assert search(tab, "elysee") == ["Pages 1"]
        assert search(tab, "") == []


def test_a_slip_of_the_pen_is_forgiven_and_said(browser: Browser, site: Path) -> None:
    with opened(browser, (site / "search.html").as_uri()) as tab:
        assert search(tab, "zepelin") == ["Pages 1"]
        assert tab.locator(".find-said").inner_text() == "1 result for “zeppelin”."
        assert search(tab, "zeppelin qwen3") == ["Models and labs 1", "Pages 1"]
        assert "none of which has all the words" in tab.locator(".find-said").inner_text()
        assert search(tab, "xylophone") == []
        assert tab.locator(".find-said").inner_text() == "No results."


def test_a_search_is_shared_by_its_address_and_walked_by_keyboard(
    browser: Browser, site: Path
) -> None:
    with served(site) as home, opened(browser, f"{home}search.html?q=bars") as tab:
        expect(tab.locator(".find-results a")).to_have_count(1)
        tab.locator("#find-words").focus()
        for _ in range(3):  # the button, a list that needs no search, the result
            tab.keyboard.press("Tab")
        tab.keyboard.press("Enter")
        tab.wait_for_url("**/figures/one-bar/index.html")


def test_the_index_is_asked_for_only_when_it_is_used(browser: Browser, site: Path) -> None:
    with served(site) as home, opened(browser, f"{home}search.html") as tab:
        asked: list[str] = []
        tab.on("request", lambda request: asked.append(request.url))
        assert tab.evaluate("document.activeElement.id") == "find-words"
        assert not [url for url in asked if "/find/" in url]
        search(tab, "gained")
        kinds = ("claims", "figures", "models", "numbers", "pages")
        found = sorted(url for url in asked if "/find/" in url)
        assert found == [f"{home}find/{kind}.js" for kind in kinds]


def test_without_a_script_the_page_says_what_to_use_instead(browser: Browser, site: Path) -> None:
    with opened(browser, (site / "search.html").as_uri(), 360, java_script_enabled=False) as tab:
        assert not tab.locator("form.find").is_visible()
        assert "needs JavaScript" in tab.locator(".find-page").inner_text()
        assert tab.locator(".find-instead a").inner_text() == "All figures"


def test_hostile_text_is_inert_in_results_and_previews(browser: Browser, tmp_path: Path) -> None:
    site = searched.site(tmp_path, title=HOSTILE, model=HOSTILE)
    handlers = ":is([onload], [onerror], [onmouseover], img, script)"
    with opened(browser, (site / "search.html").as_uri()) as tab:
        assert search(tab, "owned") == ["Claims 1", "Figures 1", "Numbers 1", "Models and labs 1"]
        assert tab.locator(f".find-results {handlers}").count() == 0
        assert "document.title='owned'" in tab.locator(".find-results").inner_text()
    with opened(browser, (site / searched.CHAPTER).as_uri()) as tab:
        tab.locator("article a[href*=claim]").hover()
        preview = tab.locator("#preview")
        expect(preview).to_be_visible()
        assert "document.title='owned'" in preview.inner_text()
        assert preview.locator(":is([onload], [onerror], script, svg)").count() == 0


# Previews


def test_a_preview_stays_while_it_is_pointed_at_and_goes_with_escape(
    browser: Browser, site: Path
) -> None:
    with opened(browser, (site / searched.CHAPTER).as_uri()) as tab:
        preview, link = tab.locator("#preview"), tab.locator("article a[href*=one-line]")
        link.hover()
        expect(preview).to_be_visible()
        assert preview.inner_text().split("\n\n") == ["Figure 1.1", "One model gained", "Downloads"]
        assert preview.locator("img").get_attribute("src").endswith("one-line.svg")
        assert link.get_attribute("aria-describedby") == "preview"
        preview.hover()
        tab.wait_for_timeout(600)
        expect(preview).to_be_visible()
        tab.keyboard.press("Escape")
        expect(preview).to_be_hidden()
        assert link.get_attribute("aria-describedby") is None


def test_a_preview_opens_on_focus_and_goes_with_it(browser: Browser, site: Path) -> None:
    with opened(browser, (site / searched.CHAPTER).as_uri()) as tab:
        preview = tab.locator("#preview")
        for _ in range(3):  # the heading's own link, the figure, the claim
            tab.keyboard.press("Tab")
        expect(preview).to_be_visible()
        assert "partly supported" in preview.inner_text()
        tab.keyboard.press("Escape")
        expect(preview).to_be_hidden()
        assert tab.evaluate("document.activeElement.textContent") == "a claim"
        tab.keyboard.press("Tab")  # on to a section that is in view
        tab.wait_for_timeout(500)
        expect(preview).to_be_hidden()


def test_numbers_have_their_notes_and_fingers_no_previews(browser: Browser, site: Path) -> None:
    with opened(browser, (site / searched.CHAPTER).as_uri()) as tab:
        tab.locator("a.number").hover()
        tab.wait_for_timeout(600)
        expect(tab.locator("#preview")).to_be_hidden()
    with opened(browser, (site / searched.CHAPTER).as_uri(), 360, has_touch=True) as tab:
        tab.locator("article p a[href='#far-away']").tap()
        tab.wait_for_timeout(600)
        expect(tab.locator("#preview:popover-open")).to_have_count(0)
