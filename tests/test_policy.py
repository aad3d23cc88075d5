"""The content security policy: on every page, kept by every page, and kept from every intruder."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path

import pytest
from conftest import Real
from playwright.sync_api import Browser
from serving import served
from specimen import PROJECT
from test_browser import DESKTOP, Visit
from test_project import LOCKS

from openrace.publish import icons, policy

LISTEN = """window.violations = [];
addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
});"""


class Written(HTMLParser):
    """What a page says that a strict policy forbids, and how far the policy stands before it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forbidden: list[str] = []
        self.before = 0
        self.bound = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if said.get("http-equiv") == "Content-Security-Policy":
            self.bound = said["content"] == policy.POLICY
        self.before += not self.bound and tag in ("script", "style", "link", "img", "base")
        data = said.get("type") == "application/ld+json"  # which no browser runs
        if tag in ("style", "base", "iframe") or (
            tag == "script" and not (said.get("src") or data)
        ):
            self.forbidden.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name == "style" or "javascript:" in (value or "").lower():
                self.forbidden.append(f"{tag} {name}={value}")


def pages(site: Path) -> list[Path]:
    found = sorted(site.rglob("*.html"))
    return [page for page in found if "_static" not in page.parts]  # the theme's templates


def test_the_policy_lets_nothing_in_but_files_of_the_book() -> None:
    rules = dict(rule.split(" ", 1) for rule in policy.POLICY.split("; "))
    assert rules.pop("default-src") == rules.pop("base-uri") == "'none'"
    assert rules.pop("img-src") == "'self' data:"
    assert set(rules.values()) == {"'self'"}
    assert {"script-src", "style-src", "font-src", "connect-src", "form-action"} == set(rules)


def test_every_page_says_the_policy_first_and_nothing_against_it(real: Real) -> None:
    for page in pages(real.site):
        written = Written(page.read_text(encoding="utf-8"))
        assert written.bound, page
        assert written.before == 0, page
        assert written.forbidden == [], page


def test_every_icon_of_a_page_is_drawn(real: Real) -> None:
    drawn = {f"fa-{name}" for name in icons.USED} | {"fa-solid", "fa-lg"}
    for page in pages(real.site):
        text = page.read_text(encoding="utf-8")
        named = re.findall(r'class="[^"]*\b(fa-[a-z-]+)[^"]*"', text)
        assert set(named) <= drawn, page


def test_the_icons_carry_the_notice_of_their_licence() -> None:
    assert icons.sheet().startswith("/* Icons: Font Awesome Free by Fonticons")
    assert "CC BY 4.0" in icons.sheet()


def test_pages_need_nothing_of_what_is_left_out(real: Real) -> None:
    idle = r'class="(?:[^"]* )?(?:sd-|toggle\b|tab-set|thebe)|data-bs-toggle="(?!tooltip)'
    for page in pages(real.site):
        assert not re.search(idle, page.read_text(encoding="utf-8")), page
    for gone in ("vendor", "scripts", "styles", "locales"):
        assert not (real.site / "_static" / gone).exists()


# In the browser


@contextmanager
def watched(browser: Browser, address: str) -> Iterator[Visit]:
    """Open a page whose violations are counted from the first one on."""
    context = browser.new_context(viewport=DESKTOP)
    context.add_init_script(LISTEN)
    seen = Visit(context.new_page())
    seen.tab.on("request", lambda request: seen.requests.append(request.url))
    seen.tab.on("pageerror", lambda error: seen.complaints.append(str(error)))
    seen.tab.on("console", seen.hear)
    seen.tab.goto(address, wait_until="load")
    yield seen
    context.close()


def violations(seen: Visit) -> list[str]:
    found: list[str] = seen.tab.evaluate("window.violations")
    return found


def looked_at(site: Path) -> list[str]:
    """Every page of the site, but of those that one template makes one of each chapter."""
    chapters, chosen = set[str](), list[str]()
    for page in pages(site):
        place = page.relative_to(site)
        kind = str(place)
        if len(place.parts) == 3:  # numbers/costs.ratio/index.html, figures/costs-ratio/embed.html
            kind = f"{place.parts[0]} {re.split('[.-]', place.parts[1])[0]} {place.name}"
        if kind not in chapters:
            chosen.append(str(place))
        chapters.add(kind)
    return chosen


def test_no_page_breaks_the_policy_or_asks_another_host(browser: Browser, real: Real) -> None:
    with served(real.site) as home, watched(browser, home) as seen:
        for page in looked_at(real.site):
            seen.tab.goto(home + page, wait_until="load")
            assert violations(seen) == [], page
        away = [r for r in seen.requests if not r.startswith((home, "data:"))]
        assert away == []
        assert seen.complaints == []


@pytest.fixture(params=["served", "from a disk"])
def base(request: pytest.FixtureRequest, real: Real) -> Iterator[str]:
    """The site as a host serves it, and as it lies on a disk."""
    if request.param == "served":
        with served(real.site) as home:
            yield home
    else:
        yield f"{real.site.as_uri()}/"


def test_the_frame_works_under_the_policy(browser: Browser, base: str) -> None:
    with watched(browser, f"{base}chapters/01-deepseek-moment.html") as seen:
        tab = seen.tab
        before = tab.evaluate("document.documentElement.dataset.theme")
        tab.locator(".theme-switch-button").click()
        assert tab.evaluate("document.documentElement.dataset.theme") != before
        menu = tab.locator("details.dropdown")
        menu.locator("summary").click()
        assert menu.locator("a").first.is_visible()
        tab.keyboard.press("Escape")
        assert not menu.locator("a").first.is_visible()
        sidebar = tab.locator(".bd-sidebar-primary")
        tab.locator(".primary-toggle").click()
        sidebar.wait_for(state="hidden")
        tab.locator(".primary-toggle").click()
        sidebar.wait_for(state="visible")
        code = tab.locator("details.hide").first
        code.locator("summary").click()
        assert code.locator("pre").first.is_visible()
        tab.keyboard.press("Control+k")
        assert tab.locator(".search-button__search-container input").is_visible()
        tab.keyboard.press("Escape")
        link = tab.locator(".bd-toc-nav a").nth(2)
        link.click()
        tab.locator(".bd-toc-nav a.active").first.wait_for()
        assert violations(seen) == []
        assert seen.complaints == []


def test_the_colours_chosen_are_there_before_the_next_page_is_drawn(
    browser: Browser, base: str
) -> None:
    with watched(browser, f"{base}index.html") as seen:
        seen.tab.evaluate("localStorage.setItem('mode', 'dark')")
        seen.tab.goto(f"{base}genindex.html", wait_until="commit")
        seen.tab.wait_for_function("document.body")
        assert seen.tab.evaluate("document.documentElement.dataset.theme") == "dark"
        seen.tab.goto(f"{base}numbers/data.last/index.html")  # which has no theme
        colour = seen.tab.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert colour == "rgb(20, 24, 30)"


def test_search_filter_and_exploring_work_under_the_policy(browser: Browser, base: str) -> None:
    with watched(browser, f"{base}search.html?q=downloads") as seen:
        seen.tab.locator("main a[href]:visible").nth(2).wait_for()
        assert violations(seen) == []
        seen.tab.goto(f"{base}chapters/claims.html")
        seen.tab.locator('.claim-filter [name="verdict"]').select_option("contradicted")
        shown, other = ".ledger .test:visible", ':not([data-verdict="contradicted"])'
        assert seen.tab.locator(shown).count()
        assert seen.tab.locator(f"{shown}{other}").count() == 0
        assert violations(seen) == []
        seen.tab.goto(f"{base}chapters/02-hugging-face-rankings.html")
        seen.tab.locator("button.explore").first.click()
        seen.tab.locator(".exploring svg").first.wait_for(timeout=20000)
        assert violations(seen) == []
        assert seen.complaints == []


def test_without_script_no_button_is_there_that_needs_one(browser: Browser, real: Real) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto((real.site / "index.html").as_uri())
    for button in (".theme-switch-button", ".search-button__button", "[data-do]"):
        assert tab.locator(button).count()
        assert tab.locator(f"{button}:visible").count() == 0
    context.close()


CANARIES = {
    "script-src-elem inline": "<script>window.sung = 1</script>",
    "script-src-attr inline": '<img src="nowhere.png" onerror="window.sung = 2">',
    "style-src-elem inline": "<style>h1 { color: rgb(1, 2, 3) }</style>",
    "style-src-attr inline": '<h1 style="color: rgb(1, 2, 3)">A song</h1>',
    "script-src-elem data": '<script src="data:text/javascript,window.sung = 3"></script>',
    "script-src-elem http": '<script src="http://127.0.0.1:9/sing.js"></script>',
    "img-src http": '<img src="http://127.0.0.1:9/sing.png">',
    "frame-src": '<iframe src="data:text/html,<p>sung"></iframe>',
    "object-src": '<object data="http://127.0.0.1:9/sing"></object>',
    "base-uri": '<base href="http://127.0.0.1:9/">',
}

# One of the book's own files would do this.
COMPILE = 'try { new Function("return 1")(); } catch (error) { window.compiled = error.name; }'
COMPILING = '<script src="../_static/compile.js"></script>'


@pytest.mark.parametrize("where", ["served", "from a disk"])
def test_what_is_put_into_a_page_stays_without_effect(
    browser: Browser, real: Real, tmp_path: Path, where: str
) -> None:
    page = real.site / "chapters" / "methods.html"
    text = page.read_text(encoding="utf-8")
    assert "</article>" in text
    shutil.copytree(real.site / "_static", tmp_path / "_static")
    put = text.replace("</article>", f"{''.join(CANARIES.values())}{COMPILING}</article>")
    (tmp_path / "_static" / "compile.js").write_text(COMPILE)
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / page.name).write_text(put, encoding="utf-8")
    with served(tmp_path) as home:
        base = home if where == "served" else f"{tmp_path.as_uri()}/"
        with watched(browser, f"{base}chapters/{page.name}") as seen:
            seen.tab.wait_for_timeout(300)
            found = violations(seen)
            for kind in CANARIES:
                directive, _, source = kind.partition(" ")
                assert [v for v in found if v.startswith(directive) and source in v], kind
            assert seen.tab.evaluate("window.sung") is None
            colours = "[...document.querySelectorAll('h1')].map(h => getComputedStyle(h).color)"
            assert "rgb(1, 2, 3)" not in seen.tab.evaluate(colours)
            assert seen.tab.evaluate("window.compiled") == "EvalError"


def test_every_page_that_no_theme_makes_takes_the_policy_from_one_place() -> None:
    folder = Path(policy.__file__).parent / "templates"
    whole = [p for p in sorted(folder.glob("*.html")) if "<html" in p.read_text(encoding="utf-8")]
    assert whole
    for page in whole:
        text = page.read_text(encoding="utf-8")
        bound = text.find("{{ policy }}")
        if page.name == "paper.html":  # which is printed, not read: it may do even less
            bound = text.find('http-equiv="Content-Security-Policy"')
        assert bound > 0, page.name
        assert not re.search("<(script|link|style|img)", text[:bound]), page.name


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_is_audited_by_its_hash(lock: str) -> None:
    told = (PROJECT / ".github" / "workflows" / "audit.yml").read_text(encoding="utf-8")
    assert f"pip-audit --require-hashes --disable-pip -r {lock}\n" in told
    assert "schedule:" in told  # an advisory comes without a push
