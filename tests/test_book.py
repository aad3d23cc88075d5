"""The real book, built once with the one command: what lies in its site."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import frictionless
import pytest
from conftest import Real
from specimen import PROJECT

from openrace import outputs
from openrace.claims import Verdict
from openrace.outputs import FIGURE, NUMBERS


class Page(HTMLParser):
    """The links of a page, the places in it, and what it loads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.places: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.places |= {v for k in ("id", "name") if (v := found.get(k))}
        self.links += [v for k in ("href", "src", "data-view") if (v := found.get(k))]


@pytest.fixture(scope="session")
def pages(real: Real) -> dict[Path, Page]:
    found = sorted(p for p in real.site.rglob("*.html") if "_static" not in p.parts)
    return {path: Page(path) for path in found}  # the theme leaves its templates in _static


def records(real: Real, mime: str) -> list[dict[str, Any]]:
    return [r for chapter in real.executed for r in outputs.of(chapter, mime)]


def test_the_build_says_what_it_did_and_what_to_open(real: Real) -> None:
    count = len(real.executed)
    assert f"0 of {count} chapters unchanged, {count} to execute" in real.said
    assert all(f"executed {chapter.stem} in " in real.said for chapter in real.executed)
    page = real.site / "index.html"
    assert real.said.splitlines()[-1] == f"The book is ready. Open {page.as_uri()}"


def test_the_build_warns_of_nothing(real: Real) -> None:
    assert not re.search("warning|error|traceback", real.said, re.IGNORECASE)


def test_every_page_of_the_contents_is_in_the_site(pages: dict[Path, Page], real: Real) -> None:
    named = re.findall(r"(?:file|root): (\S+)", (PROJECT / "_toc.yml").read_text())
    assert len(named) >= 3
    assert {real.site / f"{name}.html" for name in named} <= set(pages)


def test_only_the_books_own_pages_are_in_the_site(pages: dict[Path, Page], real: Real) -> None:
    named = re.findall(r"(?:file|root): (\S+)", (PROJECT / "_toc.yml").read_text())
    extra = {str(p.relative_to(real.site).with_suffix("")) for p in pages} - set(named)
    figures = json.loads((real.site / "figures.json").read_text(encoding="utf-8"))
    own = {f"figures/{id}/{page}" for id in figures for page in ("index", "embed")}
    numbers = json.loads((real.site / "numbers.json").read_text(encoding="utf-8"))
    own |= {f"numbers/{id}/index" for id in numbers}
    assert own <= extra
    own |= {page for page in extra if page.startswith("editions/")}
    assert extra - own <= {"genindex", "search", "404"}


def test_every_relative_link_leads_to_a_file_and_a_place_in_it(
    pages: dict[Path, Page], real: Real
) -> None:
    broken = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            base = real.site if parts.path.startswith("/") else path.parent
            target = (base / unquote(parts.path).lstrip("/")).resolve() if parts.path else path
            if target.is_dir():
                target = target / "index.html"
            place = unquote(parts.fragment)
            known = pages.get(target)
            if not target.exists() or (place and known and place not in known.places):
                broken.append(f"{path.name}: {link}")
    assert broken == []


def test_a_link_that_leaves_the_site_is_encrypted_and_loads_nothing(
    pages: dict[Path, Page], real: Real
) -> None:
    loaded = r'<(?:script|img|iframe|link)\b[^>]*(?:src|href)="(?:https?:)?//[^"]+"'
    for path, page in pages.items():
        assert [x for x in page.links if x.startswith("http:")] == [], path.name
        found = re.findall(loaded, path.read_text(encoding="utf-8"))
        named = ('rel="canonical"', 'rel="alternate"')  # told to machines, and not loaded
        assert [f for f in found if not any(word in f for word in named)] == [], path.name


def test_our_own_styles_scripts_and_views_name_no_host(real: Real) -> None:
    own = [
        real.site / "_static" / name
        for name in (
            "book.css",
            "figures.css",
            "ledger.css",
            "embed.css",
            "number.css",
            "explore.js",
            "exploring.js",
            "exploring.css",
            "claims.js",
            "cite.js",
            "numbers.js",
        )
    ]
    for path in [*own, *real.site.rglob("*.view.js")]:
        text = path.read_text(encoding="utf-8")
        hosts = set(re.findall(r"https?://([^/\"'\s]+)", text))
        assert hosts <= {"vega.github.io"}, path.name  # the name of the format, never asked
        assert "@import" not in text


def test_numbers_json_is_what_the_chapters_told(real: Real) -> None:
    told = {n["id"]: n for group in records(real, NUMBERS) for n in group["numbers"]}
    published = json.loads((real.site / "numbers.json").read_text(encoding="utf-8"))
    assert set(published) - set(told) == {
        f"claims.verdicts.{name}" for name in (*(v.name.lower() for v in Verdict), "testable")
    }
    for id, number in published.items():
        assert {"value", "unit", "text", "as_of", "sources"} <= set(number)
        assert set(number) - {"low", "high"} == {
            "value",
            "unit",
            "text",
            "as_of",
            "definition",
            "sources",
        }
        for key in ("value", "unit", "text", "as_of", "sources"):
            assert id not in told or number[key] == told[id][key]


def test_every_figure_has_its_files_and_no_other_figure_has(real: Real) -> None:
    shown = {r["id"]: r for r in records(real, FIGURE)}
    assert {f.name for f in (real.site / "figures").glob("*/")} == set(shown)
    for id, record in shown.items():
        stem = real.site / "figures" / id / id
        for ending in ("svg", "png", "small.png", "csv", "vl.json", "view.js", "zip"):
            assert stem.with_suffix(f".{ending}").stat().st_size > 100, f"{id}.{ending}"
        rows = stem.with_suffix(".csv").read_text(encoding="utf-8").splitlines()
        assert len(rows) >= 1 + len(record["table"]["data"])
        drawn = stem.with_suffix(".svg").read_text(encoding="utf-8")
        assert record["source"].split(".")[0].partition(" (")[0] in re.sub(r"<[^>]+>", " ", drawn)


def test_the_pages_stand_at_the_newest_data(real: Real) -> None:
    for record in records(real, FIGURE):
        newest = max(s["as_of"] for s in record["sources"] if s["as_of"])
        assert record["as_of"] == newest


def test_the_data_package_is_valid_for_everyone() -> None:
    report = frictionless.validate(str(PROJECT / "data" / "datapackage.json"))
    assert report.flatten(["title", "rowNumber", "fieldName", "message"]) == []
    assert report.valid


def test_the_data_package_says_of_every_table_where_it_comes_from() -> None:
    described = json.loads((PROJECT / "data" / "datapackage.json").read_text(encoding="utf-8"))
    for resource in described["resources"]:
        name = resource["name"]
        assert {"title", "description", "licenses", "sources", "observed"} <= set(resource), name
        assert {"kept", "changed"} <= set(resource["provenance"]), name
        assert all(s["path"].startswith("https://") for s in resource["sources"]), name
        assert all(f.get("description") for f in resource["schema"]["fields"]), name
        assert resource["schema"]["primaryKey"], name
    paths = {r["path"] for r in described["resources"]}
    kept = {p.name for p in (PROJECT / "data").iterdir()} - {"datapackage.json"}
    assert kept == paths
