"""Measure what a reader waits for, page by page, against the same book as Altair would publish it.

Chromium opens each page with an empty cache, over a line of 1.6 Mbit/s with 150 ms to the server
and a processor four times slower. The server compresses text, as hosts of such sites do.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import altair as alt
import yaml
from playwright.sync_api import Browser, Page, Request, sync_playwright

from openrace import outputs
from openrace.build import sources

NOTES = """
First view: all that is asked for until nothing was for half a second, unscrolled, compressed.
altair: the same chapters in Jupyter Book's own frame, each figure as Altair's default output.
Its three libraries come from the same server as the page, not from a CDN: their one bundle by
vl-convert in place of the first, and an empty file in place of either other.
LCP: when the largest text or picture was there. Blocked: what tasks took over 50 ms each (TBT).
Shift: how far the layout jumped (CLS). In ms and kB; the median of {repeat}."""
LINE = {"offline": False, "latency": 150, "downloadThroughput": 2e5, "uploadThroughput": 94e3}
SLOWER = {"rate": 4}
AT_MOST_SHARE, AT_MOST_SHIFT = 1 / 3, 0.02
CDN = re.compile(r"https://cdn\.jsdelivr\.net/npm/(vega(?:-lite|-embed)?)@[^\"]*")
OBSERVE = """window.seen = {lcp: 0, shift: 0, tasks: []};
const watch = (type, take) => new PerformanceObserver(
  (list) => list.getEntries().forEach(take)).observe({type, buffered: true});
watch("largest-contentful-paint", (entry) => { seen.lcp = entry.startTime; });
watch("layout-shift", (entry) => { if (!entry.hadRecentInput) seen.shift += entry.value; });
watch("longtask", (entry) => seen.tasks.push([entry.startTime, entry.duration]));"""
TOLD = """() => {
  const painted = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0;
  const late = seen.tasks.filter(([start, took]) => start + took > painted);
  return [seen.lcp, late.reduce((sum, [, took]) => sum + Math.max(0, took - 50), 0), seen.shift];
}"""
# Jupyter Book's own frame: ours, with its policy, would stop Altair's scripts.
PLAIN = """from openrace.publish import extension, frame
frame.setup = lambda app: None
setup = extension.setup
"""


@dataclass(frozen=True)
class View:
    """A first view of one page: ms, ms, share of the screen, kB, files."""

    lcp: float
    blocked: float
    shift: float
    kilobytes: float
    requests: float


class Handler(SimpleHTTPRequestHandler):
    """Serve text compressed, and say nothing."""

    def send_head(self) -> BytesIO | BinaryIO | None:
        """Send what comes before a file, and return the file."""
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if path.suffix not in (".html", ".css", ".js", ".json", ".svg") or not path.is_file():
            return super().send_head()
        body = gzip.compress(path.read_bytes(), 6)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return BytesIO(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def served(site: Path) -> Iterator[str]:
    handler = functools.partial(Handler, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def view(browser: Browser, address: str) -> View:
    """Open a page as a reader who was never here, and wait until it is still."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(180_000)
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", LINE)
    line.send("Emulation.setCPUThrottlingRate", SLOWER)
    loaded: list[float] = []
    line.on("Network.loadingFinished", lambda told: loaded.append(told["encodedDataLength"]))
    asked: list[str] = []
    page.on("request", lambda request: _note(request, asked))
    page.add_init_script(OBSERVE)
    page.goto(address, wait_until="networkidle")
    _settle(page)
    lcp, blocked, shift = page.evaluate(TOLD)
    context.close()
    return View(lcp, blocked, shift, sum(loaded) / 1000, len(asked))


def _note(request: Request, asked: list[str]) -> None:
    if not request.url.startswith(("data:", "blob:")):
        asked.append(request.url)


def _settle(page: Page) -> None:
    """Wait until every chart that Altair promises is drawn, and a second longer."""
    charts = "[...document.querySelectorAll('div[id^=altair-viz]')]"
    page.wait_for_function(f"{charts}.every(chart => chart.querySelector('canvas, svg'))")
    page.wait_for_timeout(1000)


def median(views: list[View]) -> View:
    """Return each measure's median over some views."""
    columns = zip(
        *((v.lcp, v.blocked, v.shift, v.kilobytes, v.requests) for v in views), strict=True
    )
    return View(*(sorted(column)[len(views) // 2] for column in columns))


def with_altair(book: Path, target: Path) -> Path:
    """Build an executed book with each figure as Altair shows it by default; return its site."""
    executed = book / "_build" / "jupyter_execute"
    for part in ("_toc.yml", *sources(book)):
        (target / part).parent.mkdir(parents=True, exist_ok=True)
        there = executed / part
        shutil.copy(there if there.exists() else book / part, target / part)
    for chapter in target.rglob("*.ipynb"):
        _show_by_altair(chapter)
    config = yaml.safe_load((book / "_config.yml").read_text(encoding="utf-8"))
    config["execute"]["execute_notebooks"] = "off"
    config["sphinx"]["extra_extensions"] = ["plain"]
    (target / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (target / "plain.py").write_text(PLAIN, encoding="utf-8")
    tool = Path(sys.executable).with_name("jupyter-book")
    own = os.environ | {"PYTHONPATH": str(target), "OPENRACE_DATA": str(book / "data")}
    done = subprocess.run([tool, "build", target], env=own, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"the book with Altair's output was not built:\n{done.stdout}{done.stderr}")
    site = target / "_build" / "html"
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        page.write_text(CDN.sub(r"/_static/\1.js", text), encoding="utf-8")
    for rest in ("vega-lite", "vega-embed"):
        (site / "_static" / f"{rest}.js").write_text("", encoding="utf-8")
    return site


def _show_by_altair(chapter: Path) -> None:
    notebook, renderer = json.loads(chapter.read_text(encoding="utf-8")), alt.renderers.get()
    assert renderer
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if figure := output.get("data", {}).get(outputs.FIGURE):
                output["data"] = renderer(figure["views"]["wide"])
    chapter.write_text(json.dumps(notebook), encoding="utf-8")


def shared_pages(ours: Path, other: Path) -> list[str]:
    """Return the pages that both sites have in a frame of their own."""
    found = (p.relative_to(other) for p in (*other.glob("*.html"), *other.glob("chapters/*.html")))
    framed = [p for p in found if "bd-article" in (other / p).read_text(encoding="utf-8")]
    return [str(p) for p in sorted(framed) if (ours / p).exists()]


def own_pages(site: Path) -> list[str]:
    """Return one page of each kind that only our book has; those of a figure, the heaviest."""
    places = (
        "figures/index.html",
        "figures/*/index.html",
        "figures/*/embed.html",
        "numbers/*/index.html",
    )
    heaviest = (
        max(found, key=lambda p: p.stat().st_size) for g in places if (found := [*site.glob(g)])
    )
    return list(dict.fromkeys(str(page.relative_to(site)) for page in heaviest))


def row(page: str, ours: View, other: View | None) -> str:
    """Return one page's measures, beside the other's, with ratios of bytes and requests."""
    pairs = [
        (ours.lcp, other and other.lcp, ".0f"),
        (ours.blocked, other and other.blocked, ".0f"),
        (ours.shift, other and other.shift, ".3f"),
        (ours.kilobytes, other and other.kilobytes, ".0f"),
        (ours.requests, other and other.requests, ".0f"),
    ]
    told = [f"{a:{f}} / {b:{f}}" if b is not None else f"{a:{f}}" for a, b, f in pairs]
    ratios = (
        other and f"{ours.kilobytes / other.kilobytes:.2f}, {ours.requests / other.requests:.2f}"
    )
    return f"{page[:36]:37}" + "".join(f"{text:>16}" for text in told) + f"{ratios or '':>13}"


def met(views: dict[str, tuple[View, View | None]]) -> list[str]:
    """Return each aim, and the pages that miss it."""
    misses = {
        f"bytes at most {AT_MOST_SHARE:.2f} of Altair's": [
            p for p, (a, b) in views.items() if b and a.kilobytes > AT_MOST_SHARE * b.kilobytes
        ],
        f"requests at most {AT_MOST_SHARE:.2f} of Altair's": [
            p for p, (a, b) in views.items() if b and a.requests > AT_MOST_SHARE * b.requests
        ],
        f"shift at most {AT_MOST_SHIFT}": [
            p for p, (a, _) in views.items() if a.shift > AT_MOST_SHIFT
        ],
    }
    return [f"{aim}: {_missed(pages)}" for aim, pages in misses.items()]


def _missed(pages: list[str]) -> str:
    return f"not met by {', '.join(pages)}" if pages else "met by every page"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeat", type=int, default=1, metavar="N", help="views of each page")
    options.add_argument("book", type=Path, nargs="?", default=Path(__file__).resolve().parents[1])
    given = options.parse_args()
    site = given.book / "_build" / "html"
    if not site.exists():
        sys.exit("Build the book first: openrace build")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with TemporaryDirectory(prefix="openrace-") as folder, sync_playwright() as playwright:
        other = with_altair(given.book.resolve(), Path(folder))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        print(f"{browser.version}, {os.cpu_count()} cores; openrace / altair\n")
        heads = ("LCP", "blocked", "shift", "kB", "requests")
        print(f"{'page':37}" + "".join(f"{h:>16}" for h in heads) + f"{'ratios':>13}")
        views: dict[str, tuple[View, View | None]] = {}
        with served(site) as here, served(other) as there:
            both = shared_pages(site, other)
            for page in [*both, *own_pages(site)]:
                a = median([view(browser, here + page) for _ in range(given.repeat)])
                pair = page in both
                b = (
                    median([view(browser, there + page) for _ in range(given.repeat)])
                    if pair
                    else None
                )
                views[page] = a, b
                print(row(page, a, b), flush=True)
        print("", *met(views), NOTES.format(repeat=given.repeat), sep="\n")
        browser.close()


if __name__ == "__main__":
    main()
