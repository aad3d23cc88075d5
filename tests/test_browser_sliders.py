"""The sliders of the figure on self-hosting: in a browser, by keyboard, on a desk and a phone."""

from __future__ import annotations

import functools
import json
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page

import openrace.figures.costs.self_host
import openrace.publish
from openrace import figures
from openrace.figures import render, theme
from openrace.measures.costs import self_host
from openrace.publish import files

ID = "costs-self-host"
STATIC = Path(openrace.publish.__file__).parent / "static"
SCREENS = {"desktop": (1280, 900), "phone": (360, 740)}
PAGE = """<!doctype html><html data-theme="light"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="book.css">
<script src="explore.js"></script></head><body style="margin: 8px">
<figure class="openrace-figure" id="{id}">{wide}{narrow}
<p class="actions"><button class="explore" data-figure="{id}" data-view="view.js" hidden>
Explore</button></p></figure></body></html>"""


class Handler(SimpleHTTPRequestHandler):
    """Serve quietly, and forbid compiling code from text."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", "default-src 'self' 'unsafe-inline' data:")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


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
    for name in ("explore.js", "book.css"):
        shutil.copy(STATIC / name, folder)
    files.write_vega(folder / "vega.js")
    specs = {"wide": spec(theme.WIDE), "narrow": spec(theme.NARROW)}
    view = f"openrace.view({json.dumps(ID)}, {files.embedded(specs)});\n"
    (folder / "view.js").write_text(view, encoding="utf-8")
    drawn = {
        name: render.svg(spec, name).replace('class="marks"', f'class="drawing {name}"', 1)
        for name, spec in specs.items()
    }
    page = PAGE.format(id=ID, **drawn)
    (folder / "index.html").write_text(page, encoding="utf-8")
    handler = functools.partial(Handler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(params=SCREENS)
def tab(browser: Browser, home: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = SCREENS[request.param]
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.goto(home)
    yield page
    context.close()
    assert [w for w in wrong if "404" not in w] == []  # the fonts of the book are not here


def texts(tab: Page, where: str) -> list[str]:
    found: list[str] = tab.locator(f"{where} text").all_text_contents()
    return [t.replace("\u00a0", " ") for t in found]


def test_without_asking_the_figure_is_whole_and_holds_no_slider(tab: Page) -> None:
    drawn = "svg.drawing.narrow" if tab.viewport_size["width"] < 600 else "svg.drawing.wide"
    assert "US$ 0.83 at 60 %, meets the API at 63 %" in texts(tab, drawn)
    assert tab.locator("input[type=range]").count() == 0


def test_sliders_move_the_reading_by_keyboard(tab: Page) -> None:
    tab.locator("button.explore").click()
    tab.locator(".exploring svg").wait_for(state="visible")
    assert "US$ 0.83 at 60 %, meets the API at 63 %" in texts(tab, ".exploring svg")
    sliders = tab.locator(".vega-bind input[type=range]")
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
    names = tab.locator(".vega-bind-name").all_inner_texts()
    assert [n for n in names if "GPU" in n]
    width = tab.viewport_size["width"]
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    for slider in tab.locator(".vega-bind input[type=range]").all():
        box = slider.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["height"] >= 24
