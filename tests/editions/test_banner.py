from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from serving import served

from openrace.editions.record import Edition
from openrace.publish import extension, frozen

OLD, NEW = "2026-01-02", "2026-01-02-2"
PAGE = (
    '<!doctype html><link rel="icon" href="data:,">'
    '<script defer src="{}_static/edition.js"></script>{}'
)


@pytest.fixture(autouse=True)
def _addressed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENRACE_ADDRESS", "https://race.example/")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with two editions, of which the newer one has lost a page."""
    site = tmp_path_factory.mktemp("served") / "site"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENRACE_ADDRESS", "https://race.example/")
        made = [Edition(n, n[:10], "2026-11-25", "0.1.0", "", {}) for n in (OLD, NEW)]
        for name in (OLD, NEW):
            for place in ("index.html", "chapters/one.html", "chapters/gone.html"):
                page = site / "editions" / name / place
                page.parent.mkdir(parents=True, exist_ok=True)
                page.write_text(PAGE.format("../" * place.count("/"), frozen.banner(name, place)))
            (site / "editions" / name / "_static").mkdir()
            shutil.copy(extension.STATIC / "edition.js", site / "editions" / name / "_static")
        frozen.point(made, site)
    (site / "editions" / NEW / "chapters" / "gone.html").unlink()
    return site


@pytest.fixture(scope="module")
def home(site: Path) -> Iterator[str]:
    with served(site.parent) as address:
        yield f"{address}site/editions"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def newest(page: Page) -> str:
    page.wait_for_selector("[data-newer]:not(:empty)")
    page.wait_for_load_state("networkidle")
    return page.inner_text("[data-newer]").strip()


def test_an_old_page_leads_to_the_same_page_of_the_newest_edition(page: Page, home: str) -> None:
    page.goto(f"{home}/{OLD}/chapters/one.html#there")
    assert newest(page) == "The newest edition is that of 2 January 2026, version 2."
    link = page.get_attribute("[data-newer] a", "href")
    assert link == f"{home}/{NEW}/chapters/one.html#there"


def test_where_that_page_is_gone_it_leads_to_the_editions_first_page(page: Page, home: str) -> None:
    page.goto(f"{home}/{OLD}/chapters/gone.html")
    newest(page)
    assert page.get_attribute("[data-newer] a", "href") == f"{home}/{NEW}/"


def test_the_newest_says_so(page: Page, home: str) -> None:
    page.goto(f"{home}/{NEW}/")
    assert newest(page) == "No edition is newer."


def test_latest_leads_to_the_newest_without_a_script(browser: Browser, home: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{home}/latest/")
    page.wait_for_url(f"{home}/{NEW}/")
    assert "This is the edition of 2 January 2026, version 2, frozen" in page.inner_text("p")
    context.close()


def test_from_a_disk_a_page_asks_for_nothing_that_is_not_in_its_edition(
    page: Page, site: Path
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((site / "editions" / OLD / "index.html").as_uri())
    page.wait_for_load_state("networkidle")
    home = (site / "editions" / OLD).as_uri()
    assert [url for url in asked if not url.startswith((home, "data:"))] == []
    assert page.inner_text("[data-newer]") == ""


def test_a_live_book_without_editions_points_nowhere(tmp_path: Path) -> None:
    frozen.point([], tmp_path)
    assert [*tmp_path.iterdir()] == []


def test_the_live_page_and_its_words_are_escaped() -> None:
    shown = frozen.banner(OLD, 'figures/"><script>/')
    assert "<script>" not in shown
    assert 'href="https://race.example/figures/&#34;' in shown
