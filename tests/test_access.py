"""WCAG 2.2 AA in the browser: what axe finds on a page, and what it does not see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from conftest import Real
from playwright.sync_api import Browser, Page
from serving import served

WIDE, PHONE, SMALL = ({"width": w, "height": h} for w, h in ((1280, 900), (360, 740), (320, 640)))
MODES = [(WIDE, "light"), (WIDE, "dark"), (PHONE, "light")]  # dark changes colours alone
CHECKS = (Path(__file__).parent / "access.js").read_text(encoding="utf-8")
CHAPTER = "chapters/06-outlook.html"
FIGURE = "#outlook-dashboard"
Found = dict[str, dict[str, list[str]]]


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    """One tab for all: a page is checked from within, which its policy forbids to others."""
    context = browser.new_context(viewport=WIDE, bypass_csp=True, reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def home(real: Real) -> Iterator[str]:
    with served(real.site) as address:
        yield address


def visit(tab: Page, address: str, screen: Any = WIDE, scheme: Any = "light") -> None:
    tab.set_viewport_size(screen)
    tab.emulate_media(color_scheme=scheme)
    tab.goto(address)
    tab.evaluate(CHECKS)


def shapes(page: Path) -> set[str]:
    """Return the kinds of elements of a page: their names, classes and names of attributes."""
    text = re.sub(r"<svg.*?</svg>", "", page.read_text(encoding="utf-8"), flags=re.S)
    return {re.sub(r'(?<!class)="[^"]*"', "", tag) for tag in re.findall(r"<[a-z][^>]*>", text)}


def with_every_shape(pages: list[Path]) -> list[Path]:
    """Return the pages that have a kind of element which none before them has."""
    seen: set[str] = set()
    chosen = []
    for page in pages:
        if new := shapes(page) - seen:
            chosen.append(page)
            seen |= new
    return chosen


@pytest.fixture(scope="module")
def pages(real: Real) -> list[Path]:
    """Every page of the book; of those of one figure or number, each kind that there is."""
    own = [*real.site.glob("*.html"), *real.site.glob("*/*.html")]
    made = ("figures/*/index.html", "figures/*/embed.html", "numbers/*/index.html")
    alike = [page for kind in made for page in with_every_shape(sorted(real.site.glob(kind)))]
    return [*sorted(p for p in own if p.parent.name != "_static"), *alike]


def axe(tab: Page) -> dict[str, list[str]]:
    """Run axe on the page as it stands, wide and narrow, light and dark."""
    tab.evaluate(AXE_SCRIPT)
    found = {}
    for screen, scheme in MODES:
        tab.set_viewport_size(screen)
        tab.emulate_media(color_scheme=scheme)
        tab.evaluate(f"document.documentElement.dataset.theme = '{scheme}'")
        violations = tab.evaluate(f"access.axe({str(scheme == 'dark').lower()})")
        found[f"{screen['width']} {scheme}"] = violations
    return {mode: violations for mode, violations in found.items() if violations}


@pytest.fixture(scope="module")
def found(tab: Page, home: str, real: Real, pages: list[Path]) -> dict[str, Found]:
    """What is amiss on every page, by kind and by page: each page is loaded once."""
    amiss: dict[str, Found] = {"axe": {}, "structure": {}, "reflow": {}, "motion": {}}
    for page in pages:
        name = str(page.relative_to(real.site))
        visit(tab, home + name)
        embedded = page.name == "embed.html"  # a part of another's page
        amiss["structure"][name] = [] if embedded else tab.evaluate("access.structure()")
        amiss["motion"][name] = tab.evaluate("access.moving()")
        tab.evaluate("access.unfold()")
        tab.set_viewport_size(SMALL)
        amiss["reflow"][name] = tab.evaluate("access.lost()")
        tab.evaluate("access.space()")
        amiss["reflow"][name] += tab.evaluate("access.lost()")
        tab.evaluate("document.adoptedStyleSheets = []")
        tab.evaluate("access.thin()")
        amiss["axe"][name] = axe(tab)
    return amiss


@pytest.mark.parametrize("kind", ["axe", "structure", "reflow", "motion"])
def test_nothing_is_amiss_on_any_page(found: dict[str, Found], kind: str) -> None:
    assert {page: amiss for page, amiss in found[kind].items() if amiss} == {}


# What a reader does


def press(tab: Page, *keys: str) -> None:
    for key in keys:
        tab.keyboard.press(key)


def walked(tab: Page, most: int) -> list[dict[str, Any]]:
    """Return what has the focus after each Tab, until the page is left."""
    steps: list[dict[str, Any]] = []
    while len(steps) <= most:
        press(tab, "Tab")
        step = tab.evaluate("access.focused()")
        if step is None:
            break
        steps.append(step)
    return steps


@pytest.mark.parametrize(("screen", "scheme"), [(WIDE, "light"), (PHONE, "dark")])
def test_a_chapter_is_walked_by_keyboard_in_its_order_with_the_focus_in_sight(
    tab: Page, home: str, screen: Any, scheme: str
) -> None:
    visit(tab, home + CHAPTER, screen, scheme)
    tab.locator("main details").evaluate_all("all => all.forEach(d => { d.open = true })")
    stops = tab.evaluate("access.stops()")
    steps = walked(tab, len(stops))
    assert [step["told"] for step in steps] == stops
    assert [step["told"] for step in steps if not step["clear"]] == []
    assert {s["told"]: round(s["ring"], 1) for s in steps if s["ring"] < 3} == {}


def test_the_first_stop_skips_to_the_text(tab: Page, home: str) -> None:
    visit(tab, home + CHAPTER)
    press(tab, "Tab", "Enter", "Tab")
    assert tab.evaluate("document.querySelector('main').contains(document.activeElement)")


COVERS = {
    "note": (WIDE, "a.number", "Enter", "#number-note"),
    "search": (WIDE, "main summary", "Control+k", ".search-button__search-container"),
    "contents": (PHONE, ".primary-toggle", "Enter", ".bd-sidebar-primary"),
}


@pytest.mark.parametrize("name", COVERS)
def test_what_covers_the_page_is_left_by_escape_to_where_the_reader_was(
    tab: Page, home: str, name: str
) -> None:
    screen, opener, key, cover = COVERS[name]
    visit(tab, home + CHAPTER, screen)
    opened = tab.locator(f"{cover}:visible")
    place = tab.locator(f"{opener}:visible").first
    place.focus()
    press(tab, key)
    within = f"document.activeElement.closest('{cover}') !== null"
    tab.wait_for_function(within)
    tab.evaluate(AXE_SCRIPT)
    assert tab.evaluate(f"access.axe(false, '{cover}')") == []
    press(tab, "Escape")
    opened.wait_for(state="hidden")
    assert place.evaluate("place => place === document.activeElement")


@pytest.mark.parametrize("name", ["search", "contents"])
def test_what_covers_the_page_closes_when_the_focus_leaves_it(
    tab: Page, home: str, name: str
) -> None:
    screen, opener, key, cover = COVERS[name]
    visit(tab, home + CHAPTER, screen)
    tab.locator(f"{opener}:visible").first.focus()
    press(tab, key)
    tab.wait_for_function(f"document.activeElement.closest('{cover}') !== null")
    tab.locator(f"{cover} :is(a, input):visible").last.focus()
    press(tab, "Tab")
    assert not tab.locator(f"{cover}:visible").count()
    assert tab.evaluate("access.focused().clear")


# What a reader hears


def heard(tab: Page, figure: str) -> list[tuple[str, str]]:
    """Return what the browser tells a screen reader of a figure: roles and names, in order."""
    devtools = tab.context.new_cdp_session(tab)
    document = devtools.send("DOM.getDocument")["root"]["nodeId"]
    node = devtools.send("DOM.querySelector", {"nodeId": document, "selector": figure})
    nodes = devtools.send("Accessibility.queryAXTree", node)["nodes"]
    devtools.detach()
    return [
        (n["role"]["value"], n.get("name", {}).get("value", "")) for n in nodes if not n["ignored"]
    ]


@pytest.mark.parametrize("screen", [WIDE, PHONE])
def test_a_screen_reader_says_the_finding_then_the_values_then_the_table(
    tab: Page, home: str, screen: Any
) -> None:
    visit(tab, home + CHAPTER, screen)
    tab.locator(f"{FIGURE} details").evaluate("table => { table.open = true }")
    finding, label = (tab.locator(f"{FIGURE} {part}").first for part in (".caption-text", "svg"))
    alt = label.get_attribute("aria-label")
    said = heard(tab, FIGURE)
    assert said[0][0] == "figure"
    assert finding.inner_text() in said[0][1]
    assert [name for role, name in said if role in ("image", "img")] == [alt]
    assert ("table", f"Values of: {finding.inner_text()}") in said


@pytest.mark.parametrize("screen", [WIDE, PHONE])
def test_an_explored_figure_has_no_violation_and_its_name_stays(
    tab: Page, home: str, screen: Any
) -> None:
    visit(tab, home + CHAPTER, screen)
    figure = tab.locator(FIGURE)
    figure.locator("button.explore").click()
    figure.locator(".exploring svg").wait_for(state="visible")
    tab.evaluate(AXE_SCRIPT)
    assert tab.evaluate(f"access.axe(false, '{FIGURE}')") == []
    assert figure.locator(".caption-text").inner_text() in heard(tab, FIGURE)[0][1]
