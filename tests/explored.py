"""A page with one figure to explore, under the policy of the book, and what goes wrong."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

import openrace.publish
from openrace.figures import explore, render
from openrace.publish import files
from openrace.publish.policy import META

STATIC = Path(openrace.publish.__file__).parent / "static"
SCREENS = {"desktop": (1280, 900), "phone": (360, 740)}
PAGE = """<!doctype html><html data-theme="light"><head><meta charset="utf-8">
{policy}<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="book.css">
<link rel="stylesheet" href="figures.css">
<link rel="icon" href="data:,"><script src="explore.js"></script></head><body>
<figure class="openrace-figure" id="{id}">{wide}{narrow}
<p class="actions"><button class="explore" data-figure="{id}" data-view="view.js" hidden>
Explore</button></p></figure></body></html>"""


def write(
    folder: Path, id: str, views: Mapping[str, Any], offered: Sequence[explore.Offer] = ()
) -> None:
    """Write a page with one figure, still and to be explored, as the book does."""
    for sheet in (*STATIC.glob("*.css"), *STATIC.glob("expl*.js")):
        shutil.copy(sheet, folder)
    files.write_vega(folder / "vega.js")
    record = {"id": id, "views": views, "controls": list(offered)}
    (folder / "view.js").write_text(files.view(record), encoding="utf-8")
    drawn = {
        name: render.svg(spec, name)
        .replace('class="marks"', f'class="drawing {name}"', 1)
        .replace("<svg ", '<svg role="img" aria-label="What it shows." ', 1)
        for name, spec in views.items()
    }
    (folder / "index.html").write_text(PAGE.format(id=id, policy=META, **drawn), encoding="utf-8")


@contextmanager
def opened(
    browser: Browser, address: str, screen: str = "desktop", **options: Any
) -> Iterator[Page]:
    """Open a page in a tab of its own, and fail at the end if it broke a rule."""
    width, height = SCREENS[screen]
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    with shown(context.new_page(), address) as page:
        yield page
    context.close()


@contextmanager
def shown(page: Page, address: str) -> Iterator[Page]:
    """Show an address anew, and fail at the end if it broke a rule of the policy or raised."""
    page.set_default_timeout(8000)
    wrong: list[str] = []
    said = {
        "pageerror": lambda error: wrong.append(str(error)),
        "console": lambda said: wrong.append(said.text) if said.type == "error" else None,
    }
    page.goto("about:blank")  # else another fragment of the same page would not load it
    for event, hear in said.items():
        page.on(event, hear)  # type: ignore[call-overload]
    page.goto(address)
    yield page
    for event, hear in said.items():
        page.remove_listener(event, hear)
    # the fonts of the book, and an icon, are not here
    assert [w for w in wrong if not re.search("404|FILE_NOT_FOUND|data:,", w)] == [], wrong
