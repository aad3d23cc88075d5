"""How the book looks to a reader, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser
from test_browser import DESKTOP, PHONE, Visit, home, visit

__all__ = ["home"]  # a fixture

CHAPTERS = (
    "01-deepseek-moment",
    "02-hugging-face-rankings",
    "03-cost-economics",
    "04-us-incentives",
    "05-adoption-risk",
    "06-outlook",
)
TABLES = (
    "chapters/claims.html",
    "chapters/data.html",
    "editions/index.html",
    "figures/index.html",
    "figures/rankings-top-ten/index.html",  # the table with the most columns
    "numbers/moment.nvda_return/index.html",
)
each_chapter = pytest.mark.parametrize("chapter", CHAPTERS)

#: Characters a line of the text, the last line of a paragraph being half full.
LINES = """(() => {
  const text = [...document.querySelectorAll("article section > p")].map(p => [
    p.innerText.length,
    Math.round(p.clientHeight / parseFloat(getComputedStyle(p).lineHeight)) - 0.5,
  ]).filter(([, lines]) => lines > 3);
  const sum = part => text.reduce((total, of) => total + of[part], 0);
  return sum(0) / sum(1);
})()"""

#: Boxes that scroll sideways, unfolded tables too, with their border and whether keys reach them.
BOXES = """(() => {
  document.querySelectorAll("details").forEach(folded => { folded.open = true; });
  return [...document.querySelectorAll("main *")]
    .filter(box => box.scrollWidth > box.clientWidth + 1
      && ["auto", "scroll"].includes(getComputedStyle(box).overflowX))
    .map(box => [box.className, parseFloat(getComputedStyle(box).borderRightWidth), box.tabIndex]);
})()"""

OPENING = """(() => {
  const opening = document.querySelector(".opening"), size = e => parseFloat(getComputedStyle(e).fontSize);
  const text = size(document.querySelector("article section > p"));
  return {
    larger: [...opening.querySelectorAll("dt")].map(term => size(term) / text),
    unlinked: [...opening.querySelectorAll("dt")].filter(term => !term.querySelector("a.number")).length,
    verdict: opening.querySelector("dl + p > strong").textContent,
    counted: parseInt(opening.querySelector(".counted a").textContent),
    listed: document.querySelectorAll("#claims-tested > li").length,
  };
})()"""  # noqa: E501


@pytest.fixture(scope="module")
def desktop(browser: Browser, home: str) -> Iterator[Visit]:
    with visit(browser, home, DESKTOP) as seen:
        yield seen


@pytest.fixture(scope="module")
def phone(browser: Browser, home: str) -> Iterator[Visit]:
    with visit(browser, home, PHONE) as seen:
        yield seen


@each_chapter
def test_a_line_of_text_is_as_long_as_one_reads_with_ease(
    desktop: Visit, home: str, chapter: str
) -> None:
    desktop.go(f"{home}chapters/{chapter}.html")
    assert 60 <= desktop.tab.evaluate(LINES) <= 75


@each_chapter
def test_a_chapter_opens_with_large_linked_numbers_and_the_count_of_its_verdicts(
    desktop: Visit, home: str, chapter: str
) -> None:
    desktop.go(f"{home}chapters/{chapter}.html")
    opening = desktop.tab.evaluate(OPENING)
    assert 3 <= len(opening["larger"]) <= 4
    assert min(opening["larger"]) > 1.3
    assert opening["unlinked"] == 0
    assert opening["verdict"].startswith("Verdict: ")
    assert opening["counted"] == opening["listed"] > 0


@pytest.mark.parametrize("page", TABLES)
def test_on_a_phone_a_wide_table_scrolls_in_a_box_that_shows_it_and_that_keys_reach(
    phone: Visit, home: str, page: str
) -> None:
    phone.go(home + page)
    boxes = phone.tab.evaluate(BOXES)
    assert [box for box in boxes if box[1] < 1 or box[2] < 0] == []
    assert phone.tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("script", [True, False])
def test_dark_is_what_the_readers_system_asks_for_with_a_script_or_without(
    browser: Browser, home: str, script: bool
) -> None:
    options: dict[str, Any] = {"color_scheme": "dark", "java_script_enabled": script}
    with visit(browser, f"{home}chapters/{CHAPTERS[0]}.html", DESKTOP, **options) as seen:
        paper, ink = (
            seen.tab.locator(place).first.evaluate(f"e => getComputedStyle(e).{of}")
            for place, of in (("body", "backgroundColor"), ("svg.wide [fill='#1f2a33']", "fill"))
        )
    assert paper == "rgb(20, 24, 30)"
    assert ink == "rgb(230, 235, 238)"
