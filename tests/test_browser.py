"""The real site in a real browser; a page that breaks its own policy complains of it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import specimen
from conftest import Real, chromium
from freezing import at_home
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Locator
from playwright.sync_api import Page as Tab
from serving import served

from openrace import build

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
SCREENS = {"desktop": (DESKTOP, "wide", "narrow"), "phone": (PHONE, "narrow", "wide")}
FIGURE = "figure.openrace-figure:not(.shown)"


@pytest.mark.parametrize(
    ("where", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)]
)
def test_a_missing_browser_is_never_passed_over_where_it_is_promised(
    monkeypatch: pytest.MonkeyPatch, where: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setenv("CI", where)
    with pytest.raises(outcome, match="apt-get install chromium"):
        chromium()


@dataclass
class Visit:
    """A tab, what its page asked for, and what it and those before it complained of."""

    tab: Tab
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def go(self, address: str) -> None:
        """Go on to another page: a tab of its own would compile every script of the book anew."""
        self.requests.clear()
        self.tab.goto(address, wait_until="load")

    def hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} at {message.location.get('url')}")

    def interrupted(self, dialog: Dialog) -> None:
        self.complaints.append(f"a dialog says {dialog.message}")
        dialog.dismiss()


@contextmanager
def visit(
    browser: Browser, address: str, screen: dict[str, int], **options: Any
) -> Iterator[Visit]:
    context = browser.new_context(viewport=screen, **options)
    seen = Visit(context.new_page())
    seen.tab.on("request", lambda request: seen.requests.append(request.url))
    seen.tab.on("pageerror", lambda error: seen.complaints.append(str(error)))
    seen.tab.on("dialog", seen.interrupted)
    seen.tab.on("console", seen.hear)
    seen.tab.goto(address, wait_until="load")
    yield seen
    context.close()


@pytest.fixture(scope="session")
def home(real: Real) -> Iterator[str]:
    with served(real.site) as address:
        yield address


@pytest.fixture(scope="session")
def pages(real: Real) -> list[str]:
    """The pages of the site by their addresses in it; those of one figure or number lie deeper."""
    found = [
        p.relative_to(real.site) for p in (*real.site.glob("*.html"), *real.site.glob("*/*.html"))
    ]
    return [str(p) for p in sorted(found) if p.parts[0] != "_static"]  # the theme's templates


@pytest.fixture(scope="session")
def illustrated(real: Real, pages: list[str]) -> list[str]:
    """The pages with figures."""
    with_figures = [
        p for p in pages if 'class="openrace-figure"' in (real.site / p).read_text("utf-8")
    ]
    assert with_figures
    return with_figures


# Every page


DRAWN = """figures => figures.map(figure => {
  const seen = [...figure.querySelectorAll("svg.drawing")].filter(svg => svg.checkVisibility());
  const facts = seen.map(svg => {
    const {width, height} = svg.getBoundingClientRect();
    const sizes = [...svg.querySelectorAll("text")].map(
      text => parseFloat(getComputedStyle(text).fontSize) * width / svg.viewBox.baseVal.width);
    return {
      width, height, smallest: Math.min(...sizes), classes: svg.getAttribute("class"),
      role: svg.getAttribute("role"), label: svg.getAttribute("aria-label"),
    };
  });
  return {id: figure.id, facts, button: figure.querySelector("button").checkVisibility()};
})"""


def drawn_for(seen: Visit, name: str, script: bool = True) -> None:
    """Look whether every figure is drawn once, readably and for the screen."""
    screen, fitting, _ = SCREENS[name]
    for figure in seen.tab.locator(FIGURE).evaluate_all(DRAWN):
        (drawn,) = figure["facts"]
        assert drawn["classes"] == f"drawing {fitting}", figure["id"]
        assert 200 < drawn["width"] <= screen["width"], figure["id"]
        assert drawn["height"] > 60, figure["id"]
        assert drawn["smallest"] >= 9, f"{figure['id']}: {drawn['smallest']:.1f} px"
        assert drawn["role"] == "img"
        assert len(drawn["label"]) >= 40, figure["id"]
        assert figure["button"] == script


# What lies under a text is the same in any mode, and finding it costs more than all the rest.
CONTRASTS = """figures => {
  const rgba = text => {
    const [r, g, b, a = 1] = (text.match(/[\\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
    return [r, g, b, a];
  };
  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3]));
  const linear = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = c => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
  const paint = element => {
    const style = getComputedStyle(element);
    const svg = element instanceof SVGElement && element.tagName !== "svg";
    const colour = rgba(svg ? (style.fill === "none" ? "" : style.fill) : style.backgroundColor);
    const alpha = (svg ? parseFloat(style.fillOpacity) : 1) * parseFloat(style.opacity);
    return [...colour.slice(0, 3), colour[3] * alpha];
  };
  const inSight = ({left, right, top, bottom}) =>
    left >= 0 && right <= innerWidth && top > innerHeight / 4 && bottom < innerHeight * 3 / 4;
  const under = text => {
    if (!inSight(text.getBoundingClientRect()))
      text.scrollIntoView({block: "center", behavior: "instant"});
    const box = text.getBoundingClientRect();
    const stack = document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    if (!stack.length) throw new Error(`${text.textContent} is out of sight`);
    return stack.filter(e => !["text", "tspan"].includes(e.tagName)).reverse();
  };
  const contrast = (text, stack) => {
    let below = [255, 255, 255];
    for (const element of stack) below = over(paint(element), below);
    const [low, high] = [light(over(paint(text), below)), light(below)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const written = figures.flatMap(figure => [...figure.querySelectorAll("svg text")]
    .filter(text => text.textContent.trim() && text.checkVisibility())
    .map(text => [figure.id, text, under(text)]));
  return ["light", "dark"].flatMap(mode => {
    document.documentElement.dataset.theme = mode;
    return written.map(([id, text, stack]) => [id, mode, text.textContent, contrast(text, stack)]);
  });
}"""


# The pages' policy allows no style of a test's own but this kind.
POINTED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("figure svg * { pointer-events: all !important }");
  document.adoptedStyleSheets.push(sheet);
}"""


def faint(seen: Visit) -> dict[str, float]:
    """Return the texts of figures that do not stand out from what is under them, in any mode."""
    seen.tab.evaluate(POINTED)
    figures = seen.tab.locator(FIGURE)
    contrasts = figures.evaluate_all(CONTRASTS)
    drawn = {figure.get_attribute("id") for figure in figures.all()}
    assert {id for id, *_ in contrasts} == drawn
    return {f"{id}, {mode}: {t}": round(c, 1) for id, mode, t, c in contrasts if c < 4.5}


@pytest.mark.parametrize("name", SCREENS)
def test_every_page_loads_from_its_own_host_and_fits_and_every_figure_is_readable_in_any_mode(
    browser: Browser, home: str, pages: list[str], illustrated: list[str], name: str
) -> None:
    screen = SCREENS[name][0]
    with visit(browser, home, screen) as seen:
        for page in pages:
            seen.go(home + page)
            seen.tab.wait_for_load_state("networkidle")
            away = [r for r in seen.requests if not r.startswith((home, "data:", "blob:"))]
            assert away == [], page
            assert seen.complaints == [], page
            width = seen.tab.evaluate("document.documentElement.scrollWidth")
            assert width <= screen["width"], f"{page} scrolls sideways: {width} px"
            if page in illustrated:
                drawn_for(seen, name)
                assert faint(seen) == {}


def test_without_script_every_figure_is_drawn_once_and_readably_for_the_screen(
    browser: Browser, home: str, illustrated: list[str]
) -> None:
    with visit(browser, home, DESKTOP, java_script_enabled=False) as seen:
        for page in illustrated:
            seen.go(home + page)
            for name, (screen, _, _) in SCREENS.items():
                seen.tab.set_viewport_size(screen)
                drawn_for(seen, name, script=False)


@pytest.fixture(scope="module")
def still(browser: Browser, home: str, illustrated: list[str]) -> Iterator[Tab]:
    """A page with figures for tests that leave it as it was."""
    with visit(browser, home + illustrated[0], DESKTOP) as seen:
        yield seen.tab


def test_the_text_is_set_in_the_books_own_typeface(browser: Browser, home: str) -> None:
    with visit(browser, home, DESKTOP) as seen:
        seen.tab.evaluate("document.fonts.ready.then(() => true)")
        assert seen.tab.evaluate("document.fonts.check('16px \"Source Sans Pro\"')")
        assert [r for r in seen.requests if r.endswith("source-sans-regular.woff2")]


# Figures


def open_table(figure: Locator) -> None:
    """Open the table of a figure, and fold it again: a page of open tables is slow."""
    table = figure.locator("details.table")
    assert not table.locator("td").first.is_visible()
    table.locator("summary").click()
    assert table.locator("td").first.is_visible()
    table.evaluate("table => table.open = false")


def test_a_quoted_number_leads_to_its_note_its_page_and_its_definition(
    browser: Browser, home: str
) -> None:
    with visit(browser, home, DESKTOP) as seen:
        quoted = seen.tab.locator("a.number").first
        text = quoted.inner_text()
        quoted.click()
        seen.tab.locator(f"#number-note :text('{text}')").first.wait_for(state="visible")
        seen.tab.locator("#number-note a").click()
        seen.tab.wait_for_url("**/numbers/*/index.html")
        assert seen.tab.locator("h1").inner_text() == text
        seen.tab.locator('a[href*="#number-"]').click()
        row = seen.tab.locator(f"#{seen.tab.url.partition('#')[2]}")
        row.wait_for(state="visible", timeout=5000)  # the list it stands in was folded
        assert row.locator("td").nth(3).inner_text()
        assert seen.complaints == []


def test_a_printed_figure_has_its_source_and_no_buttons(still: Tab) -> None:
    still.emulate_media(media="print")
    figure = still.locator(FIGURE).first
    for part in ("svg.drawing.wide", ".source", ".limit"):
        assert figure.locator(part).is_visible()
    for part in (".actions", "details.table"):
        assert not figure.locator(part).is_visible()
    assert not still.locator("details.openrace-numbers").first.is_visible()
    still.emulate_media(media="screen")


def test_dark_mode_is_dark_under_a_drawing(still: Tab) -> None:
    light = still.evaluate("document.documentElement.dataset.theme")
    still.evaluate("document.documentElement.dataset.theme = 'dark'")
    paper = still.locator(f"{FIGURE} svg.drawing.wide > rect").first
    assert paper.evaluate("e => getComputedStyle(e).fill") == "rgba(0, 0, 0, 0)"
    still.evaluate(f"document.documentElement.dataset.theme = '{light}'")


# Interaction


def explore(figure: Locator) -> Locator:
    """Ask for interaction and return the drawing that takes the static one's place."""
    button = figure.locator("button.explore")
    button.scroll_into_view_if_needed()
    button.click()
    drawn = figure.locator(".exploring svg")
    drawn.wait_for(state="visible", timeout=15000)
    return drawn


MARKS = """svg => [...svg.querySelectorAll(".role-mark > *")].filter(mark =>
    !["background", "foreground"].includes(mark.getAttribute("class")))
    .map(mark => mark.getBoundingClientRect())
    .filter(box => box.width > 0 && box.height > 0)
    .map(box => [box.x + box.width / 2, box.y + box.height / 2])"""


def values_at_a_mark(tab: Tab, drawn: Locator) -> str:
    """Point at the marks, one after the other, until one tells its values."""
    drawn.scroll_into_view_if_needed()
    marks = drawn.evaluate(MARKS)
    assert marks
    inside = [(x, y) for x, y in marks if 0 < y < tab.viewport_size["height"]]
    for x, y in inside[:: max(1, len(inside) // 40)]:
        tab.mouse.move(x, y)
        tab.wait_for_timeout(30)
        told = tab.locator(".figure-values.visible")
        if told.count():
            return told.inner_text()
    return ""


def vega(seen: Visit) -> list[str]:
    return [r for r in seen.requests if "vega" in r.lower() or r.endswith(".view.js")]


@pytest.mark.parametrize("name", SCREENS)
def test_every_figure_tells_its_values_and_opens_its_table_when_asked_and_not_before(
    browser: Browser, home: str, illustrated: list[str], name: str
) -> None:
    screen, fitting, _ = SCREENS[name]
    most = None if name == "desktop" else 1  # every figure once, the way to it on both screens
    with visit(browser, home, screen) as seen:
        for page in illustrated:
            seen.go(home + page)
            seen.tab.wait_for_load_state("networkidle")
            assert vega(seen) == []
            address = seen.tab.url
            for figure in seen.tab.locator(FIGURE).all()[:most]:
                id = figure.get_attribute("id")
                open_table(figure)
                drawn = explore(figure)
                assert not figure.locator(f"svg.drawing.{fitting}").is_visible()
                assert any(r.endswith(f"/{id}.view.js") for r in seen.requests)
                told = values_at_a_mark(seen.tab, drawn)
                assert any(c.isdigit() for c in told), f"{id} on the {name} tells “{told}”"
            assert seen.tab.url == address
            assert len([r for r in vega(seen) if r.endswith("vega.js")]) == 1
            assert [r for r in seen.requests if not r.startswith((home, "data:", "blob:"))] == []
            assert seen.complaints == []
            width = seen.tab.evaluate("document.documentElement.scrollWidth")
            assert width <= screen["width"]


def test_interaction_works_from_a_disk_too(
    browser: Browser, real: Real, illustrated: list[str]
) -> None:
    with visit(browser, (real.site / illustrated[0]).as_uri(), DESKTOP) as seen:
        assert explore(seen.tab.locator(FIGURE).first).is_visible()


def test_a_figure_that_cannot_be_loaded_says_so_and_stays(
    browser: Browser, home: str, illustrated: list[str]
) -> None:
    with visit(browser, home + illustrated[0], DESKTOP) as seen:
        seen.tab.route("**/*.view.js", lambda route: route.abort())
        figure = seen.tab.locator(FIGURE).first
        figure.locator("button.explore").click()
        figure.get_by_text("Try again").wait_for(timeout=10000)
        assert figure.locator("svg.drawing.wide").is_visible()
        seen.tab.unroute("**/*.view.js")
        assert explore(figure).is_visible()


def test_an_explored_figure_is_as_readable(
    browser: Browser, home: str, illustrated: list[str]
) -> None:
    with visit(browser, home + illustrated[0], DESKTOP) as seen:
        for figure in seen.tab.locator(FIGURE).all():
            explore(figure)
        assert faint(seen) == {}


# Hostile text


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The specimen's site, with hostile text in its table, a title, an alt text and a number."""
    book = specimen.write(tmp_path_factory.mktemp("hostile") / "book")
    specimen.poison(book)
    with at_home(book):
        build.build(book, {}, 1, lambda line: None)
    with served(book / "_build" / "html") as address:
        yield address


def test_hostile_text_does_nothing_on_the_page_of_its_figure(
    browser: Browser, hostile: str
) -> None:
    handlers = "*:is([onload], [onerror], [onmouseover])"
    with visit(browser, f"{hostile}figures/one-line/index.html", DESKTOP) as seen:
        assert seen.tab.title().startswith(specimen.HOSTILE)  # as text: it did not set it
        assert "document.title='owned'" in seen.tab.locator("article h1").inner_text()
        assert seen.tab.locator(f"article :is(iframe, img, script, {handlers})").count() == 0
        assert seen.tab.locator('meta[name="citation_title"]').count() == 1
        assert seen.complaints == []


def test_hostile_text_does_nothing_even_when_values_are_explored(
    browser: Browser, hostile: str
) -> None:
    handlers = "*:is([onload], [onerror], [onmouseover], [onclick])"
    with visit(browser, hostile, DESKTOP) as seen:
        for page in ("index.html", "chapters/one.html"):
            seen.go(hostile + page)
            title = seen.tab.title()
            for figure in seen.tab.locator(FIGURE).all():
                figure.locator("details.table summary").click()
                drawn = explore(figure)
                told = values_at_a_mark(seen.tab, drawn)
                assert any(text in told for text in specimen.HOSTILES)
            assert seen.tab.title() == title
            assert "owned" not in title
            assert seen.complaints == []
            article = seen.tab.locator("article")
            assert "document.title='owned'" in article.inner_text()  # it is there, as text
            assert article.locator(f"iframe, img, {handlers}").count() == 0
            data = 'script[type="application/ld+json"]'  # which no browser runs
            scripts = seen.tab.locator(f"script:not({data.removeprefix('script')})")
            assert not [s for s in scripts.all_inner_texts() if "owned" in s or "alert" in s]
            (linked,) = seen.tab.locator(data).all_inner_texts()
            assert "<" not in linked
            assert json.loads(linked)["@context"] == "https://schema.org"


# The ledger

LEDGER = "chapters/claims.html"


@pytest.mark.parametrize("name", SCREENS)
def test_the_ledger_is_filtered_and_the_view_can_be_shared(
    browser: Browser, home: str, name: str
) -> None:
    with visit(browser, home + LEDGER, SCREENS[name][0]) as seen:
        tab = seen.tab
        claims = tab.locator(".ledger [data-speaker]:visible")
        every = claims.count()
        tab.locator('[name="verdict"]').select_option("contradicted")
        few = claims.count()
        assert 0 < few < every
        assert tab.locator(".claim-filter output").inner_text().startswith(f"{few} claim")
        assert tab.locator('.ledger .test:visible:not([data-verdict="contradicted"])').count() == 0
        shared = tab.url
        tab.locator('[name="topic"]').select_option("outlook")  # which has none of that verdict
        assert claims.count() == 0
        tab.goto(shared)
        assert claims.count() == few
        assert seen.complaints == []


def test_a_link_to_one_claim_opens_its_test(browser: Browser, home: str) -> None:
    with visit(browser, f"{home}{LEDGER}#claim-best-is-open-source", PHONE) as seen:
        claim = seen.tab.locator("#claim-best-is-open-source")
        test = seen.tab.locator(".ledger .test", has=claim)
        assert claim.is_visible()
        assert test.get_by_text("The test.").is_visible()
        assert test.get_by_text("The limit.").is_visible()


def test_without_a_script_every_claim_is_there_and_no_filter(browser: Browser, home: str) -> None:
    with visit(browser, home + LEDGER, PHONE, java_script_enabled=False) as seen:
        assert not seen.tab.locator(".claim-filter").is_visible()
        claims = seen.tab.locator(".ledger [data-speaker]")
        assert all(claim.is_visible() for claim in claims.all())
        first = seen.tab.locator(".ledger .test").first
        first.locator("summary").click()
        assert first.get_by_text("The limit.").is_visible()


def test_the_front_page_is_one_printed_page(browser: Browser, home: str) -> None:
    with visit(browser, f"{home}index.html", DESKTOP) as seen:
        margins = dict.fromkeys(("top", "bottom", "left", "right"), "12mm")
        printed = seen.tab.pdf(format="A4", margin=margins)
        assert len(re.findall(rb"/Type /Page\b", printed)) == 1
