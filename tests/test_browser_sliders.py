"""The sliders of the figure on self-hosting: in a browser, by keyboard, on a desk and a phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import explored
import pandas as pd
import pytest
from playwright.sync_api import Browser, Page
from serving import served

from openrace import figures
from openrace.figures import theme
from openrace.measures.costs import self_host

ID = "costs-self-host"


def spec(width: int) -> dict[str, Any]:
    """Draw three made-up installations; at full use the middle one costs US$ 0.50 a million."""
    day = pd.Timestamp("2026-08-08")
    rents = pd.DataFrame({"date": day, "gpu": ["H100", "H200"]})
    rents = rents.assign(median=1.8, low=1.8, high=1.8)
    speeds = dict(zip(self_host.INSTALLATIONS, (8000.0, 16000.0, 4000.0), strict=True))
    runs = pd.DataFrame({"installation": speeds.keys(), "input": speeds.values()})
    runs = runs.assign(output=runs["input"], name=runs["installation"], gpu="H100", cached=0.0)
    runs = runs.assign(rented_as="H100", gpus=8, least_nodes=1, kind="separate", date=day)
    api = pd.Series([0.8, 0.8, 0.8])
    ran = self_host.installations(runs, rents)
    table = self_host.self_host_figure(ran, api, 3.0)
    told = {n.id: n for n in self_host.numbers(table, rents, api)}
    return figures.plan(ID).draw(table, told, width).to_dict()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("sliders")
    explored.write(folder, ID, {"wide": spec(theme.WIDE), "narrow": spec(theme.NARROW)})
    with served(folder) as address:
        yield address


@pytest.fixture(scope="module", params=explored.SCREENS)
def screen(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    with explored.opened(browser, "about:blank", request.param) as page:
        yield page


@pytest.fixture
def tab(screen: Page, home: str) -> Iterator[Page]:
    with explored.shown(screen, home) as page:
        yield page


def texts(tab: Page, where: str) -> list[str]:
    found: list[str] = tab.locator(f"{where} text").all_text_contents()
    return [t.replace("\u00a0", " ") for t in found]


def test_without_asking_the_figure_is_whole_and_holds_no_slider(tab: Page) -> None:
    drawn = "svg.drawing.narrow" if tab.viewport_size["width"] < 600 else "svg.drawing.wide"
    assert "US$ 0.83 at 60 %, meets the API at 63 %" in texts(tab, drawn)
    assert tab.locator("input").count() == 0


def test_sliders_move_the_reading_by_keyboard(tab: Page) -> None:
    tab.locator("button.explore").click()
    tab.locator(".exploring svg").wait_for(state="visible")
    assert "US$ 0.83 at 60 %, meets the API at 63 %" in texts(tab, ".exploring svg")
    sliders = tab.locator(".controls input[type=range]")
    assert sliders.count() == 3
    sliders.last.focus()
    for _ in range(30):
        tab.keyboard.press("ArrowLeft")
    # half the hours at work, twice the cost
    tab.locator(".exploring svg text", has_text="US$\u00a01.67 at 30\u00a0%").wait_for()
    sliders.first.focus()
    tab.keyboard.press("End")
    tab.locator(".exploring svg text", has_text="30\u00a0%, never meets the API").wait_for()


def test_sliders_are_named_and_fit_the_page(tab: Page) -> None:
    tab.locator("button.explore").click()
    tab.locator(".exploring svg").wait_for(state="visible")
    assert tab.get_by_label("US$ per GPU and hour").is_visible()
    width = tab.viewport_size["width"]
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    for slider in tab.locator(".controls input[type=range]").all():
        box = slider.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["height"] >= 24
