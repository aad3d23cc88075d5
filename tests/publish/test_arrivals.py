from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import cited
import pytest
import recorded
import specimen
from conftest import Real

from openrace import address
from openrace.editions.record import Edition, published
from openrace.publish import arrivals, feed

SITE = "https://race.example/book/"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(autouse=True)
def at_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(address.VARIABLE, SITE)


def edition(name: str) -> Edition:
    return Edition(name, name[:10], "2026-11-25", "0.1.0", "0" * 64, {}, SITE)


def dated(text: str) -> dict[str, str | None]:
    root = ElementTree.fromstring(text)
    return {url.findtext(f"{MAP}loc", ""): url.findtext(f"{MAP}lastmod") for url in root}


def test_the_sitemap_has_every_page_and_a_day_only_where_one_is_known(tmp_path: Path) -> None:
    things = {"figures": cited.figure(), "numbers": cited.number(as_of=None)}
    for kind, thing in things.items():
        (tmp_path / f"{kind}.json").write_text(json.dumps({thing["id"]: thing}))
    pages = ["", "chapters/methods.html"]
    assert dated(arrivals.sitemap(pages, [edition("2026-01-02")], tmp_path)) == {
        SITE: None,
        f"{SITE}chapters/methods.html": None,
        f"{SITE}figures/one-line/": None,
        f"{SITE}numbers/one.gain_all/": None,
        f"{SITE}editions/2026-01-02/": "2026-11-25",
    }


def test_robots_are_led_to_the_sitemap() -> None:
    assert f"\nSitemap: {SITE}sitemap.xml" in arrivals.robots()


def test_the_page_for_a_wrong_address_works_at_any_depth_and_needs_no_script() -> None:
    page = arrivals.lost({"figures/index"})
    assert 'href="/book/_static/number.css"' in page
    assert '<form action="/book/search.html"' in page
    assert 'href="/book/figures/index.html"' in page
    assert "All claims" not in page
    assert "<script" not in page


# The feed


def entries(text: str) -> list[ElementTree.Element]:
    """Return the entries of a feed that has what RFC 4287 asks of one, in 4.1.1 and 4.1.2."""
    root = ElementTree.fromstring(text)
    assert root.tag == f"{ATOM}feed"
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    found = root.findall(f"{ATOM}entry")
    for element in (root, *found):
        for part in ("id", "title", "updated"):
            (only,) = element.findall(f"{ATOM}{part}")
            assert only.text
        day = datetime.fromisoformat(element.findtext(f"{ATOM}updated", ""))
        assert day.tzinfo is not None
        links = [(link.get("rel"), link.get("type")) for link in element.findall(f"{ATOM}link")]
        assert links.count(("alternate", "text/html")) == 1
        assert element.findtext(f"{ATOM}id", "").startswith("https://")
    assert len({e.findtext(f"{ATOM}id") for e in found}) == len(found)
    return found


def test_a_feed_without_editions_is_one_too() -> None:
    assert entries(feed.feed([], "2026-11-25")) == []


def test_the_feed_says_what_moved_to_each_edition_the_newest_first(data: Path) -> None:
    recorded.edition(
        "2026-01-01", {"one.gain": recorded.number(2)}, {}, {"a": claimed("supported")}
    )
    recorded.edition("2026-01-02", {"one.gain": recorded.number(3)}, {}, {"a": claimed("refuted")})
    newest, first = entries(feed.feed(published(), "2026-11-25"))
    assert first.findtext(f"{ATOM}summary", "").endswith("It is the first.")
    assert newest.findtext(f"{ATOM}title") == "Edition of 2 January 2026"
    assert newest.findtext(f"{ATOM}id") == f"{recorded.SITE}editions/2026-01-02/"
    assert newest.findtext(f"{ATOM}summary") == (
        "Data to 2 January 2026, frozen with its pages, tables and code. Since the edition of "
        "1 January 2026 1 verdict flipped, 1 number moved and no figures changed. “Many use it” "
        "was supported, and is refuted."
    )


def claimed(verdict: str, words: str = "Many use it.") -> dict[str, str]:
    return recorded.claim(verdict, words)


@pytest.mark.parametrize("text", specimen.HOSTILES)
def test_hostile_claims_stay_text_in_the_feed(data: Path, text: str) -> None:
    for name, verdict in (("2026-01-01", "supported"), ("2026-01-02", "refuted")):
        recorded.edition(name, claims={"a": claimed(verdict, text)})
    newest, _ = entries(feed.feed(published(), "2026-11-25"))
    assert f"“{text.rstrip('.')}” was supported" in newest.findtext(f"{ATOM}summary", "")
    assert not list(newest.find(f"{ATOM}summary") or ())


# In the real book


def test_the_real_book_has_all_of_them_and_each_page_its_card(
    real: Real, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(address.VARIABLE)
    home = address.site()
    apart = {f"{home}{address.edition(edition.name)}" for edition in published()}  # put in later
    for place in dated((real.site / "sitemap.xml").read_text(encoding="utf-8")):
        if place in apart:
            continue
        path = real.site / place.removeprefix(home)
        file = path / "index.html" if place.endswith("/") else path
        assert f'rel="canonical" href="{place}"' in file.read_text(encoding="utf-8"), place
    entries((real.site / "feed.xml").read_text(encoding="utf-8"))
    for page in [*real.site.glob("*.html"), *real.site.glob("chapters/*.html")]:
        text = page.read_text(encoding="utf-8")
        for card in text.split('property="og:image" content="')[1:]:
            assert (real.site / card.partition('"')[0].removeprefix(home)).is_file(), page
    assert 'property="og:image"' in (real.site / "index.html").read_text(encoding="utf-8")
