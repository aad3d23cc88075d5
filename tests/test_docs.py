"""The project's own pages: every command is told, every example can be typed, every place is there.

What the README finds is held to the built book.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import click
import pytest
from conftest import Real
from specimen import PROJECT
from test_project import kept_files

from openrace.cli import main
from openrace.parameters import RULES

PAGES = [
    *(PROJECT / f"{name}.md" for name in ("README", "CONTRIBUTING", "CHANGELOG")),
    *sorted((PROJECT / "docs").glob("*.md")),
]
COMMANDS = (PROJECT / "docs" / "commands.md").read_text(encoding="utf-8")
TARGETS = re.findall(r"(?m)^([a-z]+):", (PROJECT / "Makefile").read_text(encoding="utf-8"))
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def code(page: Path) -> Iterator[str]:
    """Yield what a page shows as code: lines of blocks, indented lines, and pieces in a line."""
    for block in re.findall(r"(?ms)^```sh\n(.*?)^```$", read(page)):
        yield from block.splitlines()
    yield from re.findall(r"(?m)^    (\S.*)$", read(page))
    yield from re.findall(r"(?<!`)`([^`\n]+)`(?!`)", re.sub(r"(?ms)^```.*?^```$", "", read(page)))


# Commands


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_is_told_with_an_example_and_all_its_options(name: str) -> None:
    section = re.search(rf"(?ms)^## openrace {name}\n(.*?)(?=^## |\Z)", COMMANDS)
    assert section, f"docs/commands.md does not tell of openrace {name}"
    assert f"\n    openrace {name}" in section[1]
    for parameter in main.commands[name].params:
        if isinstance(parameter, click.Option):
            assert any(option in section[1] for option in parameter.opts), parameter.opts


def test_no_command_is_told_that_is_not_there() -> None:
    assert set(re.findall(r"(?m)^## openrace (\w+)$", COMMANDS)) == set(main.commands)


@each_page
def test_every_example_can_be_typed(page: Path) -> None:
    for line in code(page):
        command, *words = shlex.split(line, comments=True) if line.startswith("openrace ") else [""]
        if command and words[0] != "COMMAND":
            name, *rest = words
            parser = main.commands[name].make_parser(click.Context(main.commands[name]))
            given, *_ = parser.parse_args(rest)
            assert {parameter for parameter, _ in given.get("given", [])} <= set(RULES), line


@each_page
def test_every_target_of_make_that_is_named_is_there(page: Path) -> None:
    named = {found for line in code(page) for found in re.findall(r"^make ([a-z]+)\b", line)}
    assert named <= set(TARGETS)


def test_every_target_of_make_is_told() -> None:
    assert [target for target in TARGETS if f"`make {target}`" not in COMMANDS] == []


# Places


@each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", read(page)):
        assert target.startswith("https://") or (page.parent / target).exists(), target


# What commands make is no part of the project.
BUILT = ("_build", "raw", "editions", "edition-", "numbers.json", "claims.json")
_PATH = re.compile(r"[\w.*-]+(?:/[\w.*-]+)*(?:/|\.(?:py|md|yml|csv|json|ipynb|js|css|cff|toml))")


@each_page
def test_every_file_that_is_named_is_there(page: Path) -> None:
    for named in (found for found in code(page) if _PATH.fullmatch(found)):
        if named.startswith(BUILT) or "NAME" in named or _given_by_a_guide(named):
            continue
        assert _there(named), f"{page.name} names {named}"


def _there(named: str) -> bool:
    """Tell whether a kept file has this path, or ends with it, or lies in a folder of the name."""
    paths = (f"/{path.relative_to(PROJECT).as_posix()}" for path in kept_files())
    pattern = f"*/{named}*" if named.endswith("/") else f"*/{named}"
    return any(fnmatchcase(path, pattern) for path in paths)


def _given_by_a_guide(named: str) -> bool:
    """Tell whether a file is one that the contributing guide lets a newcomer write."""
    return f"New file `{named}`" in read(PROJECT / "CONTRIBUTING.md")


def test_every_room_of_the_package_is_told() -> None:
    told = read(PROJECT / "docs" / "architecture.md")
    rooms = [p for p in (PROJECT / "openrace").iterdir() if not p.name.startswith("__")]
    assert [room.name for room in rooms if room.name not in told] == []


# What the README says

Numbers = Mapping[str, Any]
FOUND: dict[str, Callable[[Numbers], bool]] = {
    "Closed US models list at several times the price of open Chinese ones that score as much; but "
    "each of these also meets a cheaper US model that scores as much.": lambda n: (
        n["costs.matched_ratio.median"] >= 2
        and n["costs.cheapest_equal.cheaper"] == n["costs.matched_ratio.models"]
    ),
    "have most of one router's tokens and less than half of its dollars.": lambda n: (
        n["incentives.token_share.cn"] > 0.5 > n["incentives.spend_share.cn"]
    ),
    "under some most of what is counted is Chinese, under others hardly any.": lambda n: (
        n["rankings.cn_share.definitions.min"] < 0.05
        and n["rankings.cn_share.definitions.max"] > 0.5
    ),
    "Chinese and US releases are about equally free to adapt.": lambda n: (
        abs(
            n["adoption.licences.unrestricted_share.cn.releases_since_r1"]
            - n["adoption.licences.unrestricted_share.us.releases_since_r1"]
        )
        < 0.1
    ),
    "About half of the tests cannot be made with public data": lambda n: (
        0.4 < n["claims.verdicts.untestable"] / n["claims.tests"] < 0.6
    ),
}


def test_what_the_readme_finds_is_what_the_book_finds(real: Real) -> None:
    told = json.loads((real.site / "numbers.json").read_text(encoding="utf-8"))
    numbers = {id: number["value"] for id, number in told.items()}
    (section,) = re.findall(r"(?ms)^## What it finds\n(.*?)^## ", read(PROJECT / "README.md"))
    assert section.count("\n- ") == len(FOUND)
    for sentence, holds in FOUND.items():
        assert sentence in section
        assert holds(numbers), sentence


def test_the_readme_shows_the_book_in_a_light_picture() -> None:
    (picture,) = re.findall(r"!\[[^\]]{40,}\]\(([^)]+)\)", read(PROJECT / "README.md"))
    assert 20_000 < (PROJECT / picture).stat().st_size <= 200_000


# The other pages


def test_the_changelog_is_in_order() -> None:
    heads = re.findall(r"(?m)^## (.+)$", read(PROJECT / "CHANGELOG.md"))
    assert heads[0] == "[Unreleased]"
    days = [date.fromisoformat(day) for day in heads[1:]]
    assert days == sorted(days, reverse=True)
    kinds = re.findall(r"(?m)^### (\w+)", read(PROJECT / "CHANGELOG.md"))
    assert set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


NO_QUANTITY = {"sec_companies.cik"}  # a number that names


def test_every_quantity_of_the_data_dictionary_has_a_unit() -> None:
    described = json.loads(read(PROJECT / "data" / "datapackage.json"))
    without = {
        f"{table['name']}.{field['name']}"
        for table in described["resources"]
        for field in table["schema"]["fields"]
        if field["type"] in ("integer", "number") and not field.get("unit")
    }
    assert without == NO_QUANTITY
