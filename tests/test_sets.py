from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from specimen import PROJECT

from openrace import sets
from openrace.errors import Refusal
from openrace.parameters import RULES
from openrace.publish import markup

KNOWN = ["as_of", "top_n", "scope"]
SHIPPED = sorted((PROJECT / "parameters").glob("*"))


def written(tmp_path: Path, name: str = "past.yml", **changed: Any) -> Path:
    held = {"title": "Past", "description": "An earlier day.", "parameters": {"top_n": 10}}
    kept = {key: value for key, value in (held | changed).items() if value is not None}
    (tmp_path / name).write_text(yaml.safe_dump(kept), encoding="utf-8")
    return tmp_path / name


def test_a_set_is_named_by_its_file_and_its_dates_stay_text(tmp_path: Path) -> None:
    path = tmp_path / "early-2026.yml"
    path.write_text(
        "title: Early\ndescription: A day.\nparameters:\n  as_of: 2026-01-02\n  top_n: 10\n"
    )
    read = sets.read(path, KNOWN)
    assert (read.name, read.title, read.description) == ("early-2026", "Early", "A day.")
    assert read.parameters == {"as_of": "2026-01-02", "top_n": 10}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"title": None}, "a set has a “title”; it has title, description, parameters"),
        ({"parameters": None}, "a set has a “parameters”"),
        ({"author": "me"}, "a set has no “author”; it has title, description, parameters"),
        ({"title": 3}, "title must be text"),
        ({"parameters": ["top_n"]}, "parameters must be a mapping"),
        ({"parameters": {"top": 1}}, "the book has no parameter “top”; it has as_of, top_n, scope"),
        ({"parameters": {"blend": 1}}, "the book has no parameter “blend”; it has as_of"),
        ({"parameters": {"top_n": 99}}, "top_n is “99”, but must be a whole number from 1 to 30"),
        ({"parameters": {"scope": "text"}}, "must be one of all, language"),
        ({"parameters": {"as_of": "soon"}}, "must be a date like 2026-04-30"),
        ({"parameters": {"scope": ["all"]}}, "must be one of all, language"),
    ],
)
def test_what_a_set_cannot_say_is_refused_naming_the_file_and_what_exists(
    tmp_path: Path, changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refusal) as refused:
        sets.read(written(tmp_path, **changed), KNOWN)
    assert str(refused.value).startswith("past.yml: ")
    assert said in str(refused.value)
    assert str(refused.value).count("\n") == 0


@pytest.mark.parametrize("text", ["", "a list\n", "- title\n", "title: [", "\x00"])
def test_a_file_that_is_no_set_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "past.yml").write_text(text)
    with pytest.raises(Refusal, match=r"^past\.yml"):
        sets.read(tmp_path / "past.yml", KNOWN)


@pytest.mark.parametrize("name", ["Past.yml", "..yml", "a b.yml", "-p.yml"])
def test_a_name_that_makes_no_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refusal, match="small letters"):
        sets.read(written(tmp_path, name), KNOWN)


USUAL = {"as_of": ["latest"], "window_days": [7, 30]}


def test_pages_say_what_differs_from_any_chapter_and_no_more() -> None:
    given = {"as_of": "latest", "window_days": 30}
    assert sets.asked(None, given, USUAL)["values"] == {"window_days": [30, [7, 30]]}


def test_the_usual_book_says_nothing() -> None:
    assert sets.asked(None, {}, USUAL) == sets.asked(None, {"as_of": "latest"}, USUAL) == {}


def test_flags_alone_are_said_too() -> None:
    asked = sets.asked(None, {"as_of": "2026-04-30"}, USUAL)
    assert "Parameters: as_of 2026-04-30 (otherwise latest)." in markup.banner(asked)
    assert "not the book as published" in markup.banner(asked)


def test_a_set_that_changes_nothing_says_so(tmp_path: Path) -> None:
    usual = sets.read(written(tmp_path, parameters={"top_n": 10}), KNOWN)
    asked = sets.asked(usual, usual.parameters, {"top_n": [10]})
    assert "no parameter differs from the book's own" in markup.banner(asked).replace("&#x27;", "'")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_a_set_that_ships_can_be_read_and_is_named_in_the_readme(path: Path) -> None:
    assert sets.read(path, list(RULES)).parameters
    assert f"--set parameters/{path.name}" in (PROJECT / "README.md").read_text(encoding="utf-8")


def test_two_sets_ship() -> None:
    assert len(SHIPPED) == 2
