from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
import specimen
from click.testing import CliRunner
from freezing import at_home

from openrace.cite.built import Built
from openrace.cli import main
from openrace.editions import copy, freeze, record
from openrace.editions.freeze import Frozen, Making
from openrace.errors import Refusal

NAME = "2026-01-02"
SITE = "https://race.example/"
FROZEN = f"{SITE}editions/{NAME}/"


@dataclass(frozen=True)
class World:
    """The specimen book, hostile texts in its tables, with its first edition."""

    book: Path
    first: Frozen

    @property
    def folder(self) -> Path:
        return self.first.folder

    def page(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    book = specimen.write(tmp_path_factory.mktemp("first") / "book")
    specimen.poison(book)
    with at_home(book, OPENRACE_ADDRESS=SITE, PYTHONHASHSEED="1") as making:
        return World(book, freeze.freeze(making, {}))


@pytest.fixture
def copied(world: World, tmp_path: Path) -> Path:
    """A copy of the book as git has it, executed, with the record of its first edition."""
    book = tmp_path / "copy"
    aside = shutil.ignore_patterns("stage", "html", "jupyter_execute", "editions")
    shutil.copytree(world.book, book, ignore=aside)
    return book


@pytest.fixture
def making(world: World, copied: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Making]:
    """How editions of the copy are made, pages taken from the first edition with their day."""

    def render(plan: Any, config: dict[str, str], day: Any, say: Any) -> None:
        shutil.rmtree(plan.site, ignore_errors=True)
        shutil.copytree(world.book / "_build" / "editions" / "latest" / "html", plan.site)
        told = f"{config['openrace_edition']} {day} {os.environ['OPENRACE_ADDRESS']}"
        if told != f"{NAME} 2026-11-25 {SITE}":
            (plan.site / "index.html").write_text(told)

    monkeypatch.setattr(freeze, "render", render)
    with at_home(copied, "2026-12-24") as making:
        yield making


# What an edition holds


def test_it_is_named_by_its_data_date_and_says_what_it_is(world: World) -> None:
    assert world.folder == world.book / "editions" / NAME
    said = {"name": NAME, "as_of": NAME, "issued": "2026-11-25", "version": "0.1.0"}
    about = json.loads(world.page("edition.json"))
    assert about == said | {"parameters": {}, "address": SITE}


def test_every_file_is_listed_with_its_checksum(world: World) -> None:
    assert copy.tampered(world.folder) == []
    check = ["sha256sum", "-c", "--quiet", copy.SUMS]
    assert subprocess.run(check, cwd=world.folder).returncode == 0
    with copy.opened(f"{world.folder}.zip") as unpacked:
        assert copy.hashed(unpacked) == copy.hashed(world.folder)


def test_it_holds_what_rebuilds_it_and_nothing_twice(world: World) -> None:
    files = copy.hashed(world.folder)
    for name in ("chapters/one.ipynb", "index.md", "_toc.yml", "openrace/build.py"):
        assert f"source/{name}" in files
    assert {"notebooks/chapters/two.ipynb", "data/counts.csv", "numbers.json"} <= files.keys()
    parts = {part for name in files for part in name.split("/")}
    assert not parts & {"_sources", ".buildinfo", "__pycache__", ".doctrees"}


def test_nothing_in_it_names_the_machine_it_was_made_on(world: World) -> None:
    for path in (p for p in world.folder.rglob("*") if p.is_file()):
        assert str(world.book.parent).encode() not in path.read_bytes(), path
        assert str(specimen.PROJECT).encode() not in path.read_bytes(), path


class Links(HTMLParser):
    """The addresses that a page names, by tag."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        led = tag in ("a", "form") or held.get("rel") == "canonical"
        for name in ("href", "src", "data-view"):
            if held.get(name):
                self.found.append(("a" if led else "load", held[name] or ""))


def test_its_pages_need_no_other_host_and_lead_nowhere_that_is_not_there(world: World) -> None:
    for page in world.folder.glob("**/*.html"):
        if page.relative_to(world.folder).parts[0] in ("source", "_static"):
            continue
        for kind, link in Links(page.read_text(encoding="utf-8")).found:
            place = urlsplit(urldefrag(link)[0])
            if place.scheme or place.netloc:
                assert kind == "a", (page, link)
            elif place.path:
                assert (page.parent / unquote(place.path)).exists(), (page, link)


def test_each_page_says_without_a_script_that_it_is_frozen_and_where_the_newest_is(
    world: World,
) -> None:
    for place, file in {"": "index.html", "chapters/one.html": "chapters/one.html"}.items():
        page = world.page(file)
        assert "This is the edition of 2 January 2026, frozen; " in page
        assert f'<a href="{SITE}{place}">the newest state of this page</a>' in page
        assert page.count('rel="canonical"') == 1
        assert f'rel="canonical" href="{FROZEN}{place}"' in page
        (script,) = re.findall(r"_static/(page-\w+\.js)", page)
        assert "latest.js" in world.page(f"_static/{script}")  # asked for what came after it
    assert "the newest state of this page" in world.page("genindex.html")


def test_a_page_offers_its_source_from_where_the_edition_keeps_it(world: World) -> None:
    assert 'href="../notebooks/chapters/one.ipynb"' in world.page("chapters/one.html")
    assert 'href="source/index.md"' in world.page("index.html")


def test_its_citations_name_frozen_addresses_and_the_command_that_proves_it(world: World) -> None:
    cited = Built(world.folder).cited("one-line")
    assert cited["URL"] == f"{FROZEN}figures/one-line/"
    assert cited["custom"]["command"] == f"openrace verify one-line --edition {NAME}"
    assert f"url = {{{FROZEN}}}" in world.page("citation.bib")
    assert f'content="{FROZEN}chapters/one.html"' in world.page("chapters/one.html")


# What git records


def test_git_records_what_it_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENRACE_DATA", str(world.book / "data"))
    (edition,) = record.published()
    assert edition == world.first.edition
    assert edition.digest == copy.digest(world.folder)
    numbers, figures = edition.lines("numbers"), edition.lines("figures")
    assert numbers["two.gain"] == {
        **{"text": "1", "value": "1", "low": "", "high": "", "unit": "count", "as_of": NAME},
        **{"definition": "last less first", "tables": "likes"},
    }
    assert numbers["one.name"]["text"] == specimen.HOSTILE
    built = Built(world.folder).figures["one-line"]
    assert figures["one-line"]["title"] == built["title"]
    assert figures["one-line"]["spec"] == built["sha256"]["vl.json"]
    assert edition.lines("tables")["likes"]["rows"] == "2"
    assert edition.lines("claims") == {}
    assert copy.sums(edition.folder) == copy.sums(world.folder)


def test_the_same_state_in_another_folder_gives_the_same_edition(
    world: World, copied: Path
) -> None:
    with at_home(copied, "2027-03-01", PYTHONHASHSEED="2") as making:
        again = freeze.freeze(making, {})
    assert copy.differing(copy.sums(world.folder), copy.sums(again.folder)) == []
    assert again.edition == world.first.edition
    assert again.said().startswith(f"{NAME} is as it was published (digest {again.edition.digest})")
    zips = [Path(f"{folder}.zip").read_bytes() for folder in (world.folder, again.folder)]
    assert zips[0] == zips[1]
    assert "OPENRACE_ADDRESS" not in os.environ


# What is refused


def test_an_edition_made_again_takes_its_place_and_changes_no_record(making: Making) -> None:
    before = copy.hashed(making.book / "published")
    assert freeze.again(making, NAME).known
    assert freeze.freeze(making, {}).known
    assert [p.name for p in sorted(making.to.iterdir())] == [NAME, f"{NAME}.zip"]
    assert copy.hashed(making.book / "published") == before


def test_another_state_of_a_published_day_is_refused_by_what_differs_and_may_correct_it(
    making: Making,
) -> None:
    with (making.book / "index.md").open("a") as page:
        page.write("\nMore words.\n")
    before = copy.hashed(making.book / "published")
    with pytest.raises(Refusal, match=rf"{NAME} is published.*source/index.md differs.*--correc"):
        freeze.freeze(making, {})
    assert [*making.to.iterdir()] == []
    assert copy.hashed(making.book / "published") == before
    corrected = freeze.freeze(making, {}, correction=True)
    assert (corrected.edition.name, corrected.edition.issued) == (f"{NAME}-2", "2026-12-24")
    assert [edition.name for edition in record.published()] == [NAME, f"{NAME}-2"]
    kept = copy.hashed(making.book / "published" / NAME)
    told = corrected.folder / "source" / "published" / NAME
    assert copy.differing(kept, copy.hashed(told)) == []


def test_a_folder_that_holds_something_else_is_left_alone(making: Making) -> None:
    (making.to / NAME).mkdir(parents=True)
    with pytest.raises(Refusal, match="holds another edition of that name, or a damaged one"):
        freeze.again(making, NAME)
    assert [*(making.to / NAME).iterdir()] == []


def test_an_earlier_day_cannot_come_before_what_is_published(making: Making) -> None:
    with pytest.raises(Refusal, match=r"2026-01-02 is published.*2026-01-01, can no longer"):
        freeze.freeze(making, {"as_of": "2026-01-01"})
    with pytest.raises(Refusal, match="No edition of 2026-01-01 is published"):
        freeze.freeze(making, {"as_of": "2026-01-01"}, correction=True)


def test_an_edition_of_an_earlier_day_is_named_by_it(making: Making) -> None:
    shutil.rmtree(making.book / "published")
    made = freeze.freeze(making, {"as_of": "2026-01-01"})
    assert (made.edition.name, made.edition.parameters) == ("2026-01-01", {"as_of": "2026-01-01"})
    assert made.edition.lines("tables")["likes"]["rows"] == "1"
    assert made.said().startswith(f"2026-01-01 is frozen in {made.folder}")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-p", "top_n", "3"], "The book has no parameter “top_n”; it has as_of"),
        (["-p", "as_of", "soon"], "as_of is “soon”, but must be a date"),
        (["--again", "2020-01-01"], "published/ records no edition “2020-01-01”"),
        (["--again", NAME, "--correction"], "--again makes an edition as git records it"),
    ],
)
def test_what_cannot_be_an_edition_is_refused_in_a_sentence(
    making: Making, arguments: list[str], said: str
) -> None:
    done = CliRunner().invoke(main, ["edition", *arguments, str(making.book)])
    assert done.exit_code == 1
    assert f"Stopped: {said}" in done.output
    assert done.output.count("\n") == 1


def test_only_the_day_may_be_chosen(making: Making) -> None:
    known: dict[str, Any] = {"as_of": ["latest"], "top_n": [10]}
    with pytest.raises(Refusal, match="it takes as_of, but not top_n; “openrace build” builds"):
        freeze._asked({"top_n": 3}, known)
    assert freeze._asked({"as_of": "latest"}, known) == {}


def test_a_book_without_a_date_has_no_edition(making: Making) -> None:
    for chapter in ("one", "two"):
        path = making.book / "chapters" / f"{chapter}.ipynb"
        notebook = json.loads(path.read_text())
        notebook["cells"] = notebook["cells"][:3]
        path.write_text(json.dumps(notebook))
    with pytest.raises(Refusal, match="no date can name an edition"):
        freeze.freeze(making, {})
