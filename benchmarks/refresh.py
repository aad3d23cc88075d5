"""Measure the refresh: ten thousand models of the Hub, and a build on a hundred times the history.

The models come from a server on this machine, ten pages of a thousand. What the server takes is
told apart: its own processor time is measured within it. The alternative does the least that could
be done: the same client, a table of what it gives, appended to a file, nothing checked or kept.

The history is made a hundred times as long by repeating every row of the tables that a refresh
feeds, each time one whole span of the table earlier; the book is built on both from nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pandas as pd
from huggingface_hub import HfApi

from openrace import append, package, store
from openrace.sources import asking, hub
from openrace.sources.raw import Raw
from openrace.sources.source import Visit

MODELS, PAGE, TIMES = 10_000, 1_000, 100
SECONDS, RATIO = 5.0, 2.0
ASIDE = shutil.ignore_patterns(".*", "_build", "raw", "tests", "*.egg-info", "__pycache__")


class Hub(BaseHTTPRequestHandler):
    """A Hub that gives one list in pages, and adds up what it took to give them."""

    pages: list[bytes]
    seconds = 0.0

    def do_GET(self) -> None:
        """Give a page of the list, and say where the next one is."""
        start = time.thread_time()
        url = urlsplit(self.path)
        at = int(parse_qs(url.query).get("cursor", ["0"])[0])
        body = type(self).pages[at] if url.path == "/api/models" else b"{}"
        self.send_response(200 if url.path == "/api/models" else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if at + 1 < len(type(self).pages):
            host = self.headers["Host"]
            self.send_header("Link", f'<http://{host}/api/models?cursor={at + 1}>; rel="next"')
        self.end_headers()
        self.wfile.write(body)
        type(self).seconds += time.thread_time() - start

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def model(number: int) -> dict[str, Any]:
    """Return a model as the Hub lists it."""
    return {
        "_id": f"{number:024x}",
        "id": f"lab-{number % 97}/model-{number}",
        "author": f"lab-{number % 97}",
        "createdAt": "2026-08-30T23:59:59.000Z",
        "downloads": 100_000 - number,
        "downloadsAllTime": 900_000 + number,
        "likes": number % 500,
        "trendingScore": 7,
        "gated": False,
        "tags": ["transformers", "safetensors", "en", "license:apache-2.0", "region:us"],
        "pipeline_tag": "text-generation",
        "library_name": "transformers",
        "safetensors": {"parameters": {"BF16": 8_000_000}, "total": 8_000_000},
        "baseModels": {"relation": "quantized", "models": [{"_id": "1", "id": "lab/base"}]},
    }


@contextmanager
def served() -> Iterator[str]:
    """Serve the list while asked for, and return the address."""
    models = [model(n) for n in range(MODELS)]
    Hub.pages = [json.dumps(models[i : i + PAGE]).encode() for i in range(0, MODELS, PAGE)]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that work takes beyond the server's own."""
    before, start = Hub.seconds, time.perf_counter()
    work()
    return time.perf_counter() - start - (Hub.seconds - before)


def refreshed(address: str) -> None:
    """Ask for all models, check them, keep the raw answers, and append the rows.

    A list of the table is a thousand long, so the rows are laid out as ten days of one list.
    """
    raw = Raw("hub")
    with asking.opened(300, raw=raw) as client:
        visit = Visit(address, client, date(2026, 9, 1), date(2026, 9, 1), store.load)
        rows = hub.lists(visit, {"trending": MODELS}).rows["hub_lists"]
    raw.save()
    days = pd.to_timedelta((rows["rank"] - 1) // 1000, unit="D")
    rows = rows.assign(date=rows["date"] + days, rank=(rows["rank"] - 1) % 1000 + 1)
    append.append({"hub_lists": append.additions("hub_lists", rows).rows})


def plain(address: str, path: Path) -> None:
    """Ask for all models, and append what is said of them to a file."""
    api = HfApi(endpoint=address, token=False)
    expand = list(hub_fields())
    models = api.list_models(sort="trending_score", limit=MODELS, expand=expand)
    pd.DataFrame([vars(m) for m in models]).to_csv(path, mode="a", index=False)


def hub_fields() -> Iterator[str]:
    """Yield the fields that are asked for, by the Hub's names."""
    from openrace.sources.hub_models import FIELDS

    yield from FIELDS


def models(rounds: int) -> bool:
    """Measure ten thousand models, in turns."""
    seconds: dict[str, list[float]] = {"ours": [], "plain": []}
    for _ in range(rounds):
        with TemporaryDirectory() as scratch, served() as address:
            data = Path(scratch) / "data"
            shutil.copytree(package.PROJECT / "data", data)
            os.environ |= {"OPENRACE_DATA": str(data), "OPENRACE_RAW": f"{scratch}/raw"}
            seconds["ours"].append(timed(lambda at=address: refreshed(at)))
            file = Path(scratch) / "plain.csv"
            seconds["plain"].append(timed(lambda at=address, to=file: plain(at, to)))
    ours, other = median(seconds["ours"]), median(seconds["plain"])
    told("10,000 models", ours, other, f"<= {SECONDS:g} s", ours <= SECONDS)
    return ours <= SECONDS


def lengthen(data: Path) -> None:
    """Repeat the rows of every table that a refresh feeds, each time one span earlier.

    Left as they are: tables without rows, and the list of tracked models, in which a model stands
    once.
    """
    for described in package.read()["resources"]:
        key, observed = described["schema"].get("primaryKey", []), described.get("observed")
        path = data / described["path"]
        if "refresh" not in described or observed not in key:
            continue
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        days = pd.to_datetime(table[observed])
        if table.empty:
            continue
        span = days.max() - days.min() + pd.Timedelta(days=1)
        longer = [
            table.assign(**{observed: (days - n * span).dt.strftime("%Y-%m-%d")})
            for n in reversed(range(TIMES))
        ]
        pd.concat(longer).to_csv(path, index=False)
        print(f"{described['name']}: {len(table) * TIMES:,} rows", file=sys.stderr)


def history(rounds: int) -> bool:
    """Measure the book's build on both histories, from nothing, in turns."""
    seconds: dict[str, list[float]] = {"long": [], "now": []}
    with TemporaryDirectory() as scratch:
        books = {name: Path(scratch) / name for name in seconds}
        for book in books.values():
            shutil.copytree(package.PROJECT, book, ignore=ASIDE)
        os.environ["OPENRACE_DATA"] = str(books["long"] / "data")
        lengthen(books["long"] / "data")
        for _ in range(rounds):
            for name, book in books.items():
                shutil.rmtree(book / "_build", ignore_errors=True)
                os.environ["OPENRACE_DATA"] = str(book / "data")
                seconds[name].append(timed(lambda at=book: build(at)))
    longer, now = median(seconds["long"]), median(seconds["now"])
    told("build, 100 times the history", longer, now, f"<= {RATIO:g}", longer <= RATIO * now)
    return longer <= RATIO * now


def build(book: Path) -> None:
    """Build a book; a build that fails ends the benchmark."""
    tool = Path(sys.executable).with_name("openrace")
    done = subprocess.run([tool, "build", book], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"openrace build failed:\n{done.stdout}{done.stderr}")


def told(what: str, ours: float, other: float, aim: str, met: bool) -> None:
    """Print a line: what, seconds, those of the alternative, ratio, aim."""
    line = f"{what:32}{ours:>9.1f} s{other:>9.1f} s{ours / other:>8.2f}"
    print(f"{line}   {aim}: {'met' if met else 'not met'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--part", choices=["models", "history"])
    arguments = parser.parse_args()
    print(f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, median of {arguments.rounds}")
    print(f"{'':32}{'ours':>11}{'other':>11}{'ratio':>8}")
    parts = {"models": models, "history": history}
    met = [parts[p](arguments.rounds) for p in parts if arguments.part in (None, p)]
    sys.exit(not all(met))


if __name__ == "__main__":
    main()
