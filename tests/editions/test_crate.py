from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cited
import pytest
import specimen
from rocrate.rocrate import ROCrate

from openrace.editions import crate
from openrace.outputs import FIGURE

ABOUT = {
    **{"name": "2026-08-22", "as_of": "2026-08-22", "issued": "2026-11-25", "version": "0.1.0"},
    "address": "https://race.example/",
}


def write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def made(edition: Path, title: str = "One model gained") -> Path:
    """Write as much of an edition as its metadata tells of, and the metadata."""
    figure = cited.figure(title, files={"svg": "figures/one-line/one-line.svg"})
    shown = {"data": {FIGURE: {"id": "one-line"}}}
    write(edition / "edition.json", ABOUT)
    write(edition / "figures.json", {"one-line": figure})
    write(edition / "figures" / "one-line" / "one-line.svg", "")
    write(edition / "notebooks" / "chapters" / "one.ipynb", {"cells": [{"outputs": [shown]}]})
    table = specimen.resource("counts", "downloads") | {"title": title}
    write(edition / "data" / "datapackage.json", {"resources": [table]})
    for name in ("data/counts.csv", "index.html", "numbers.json", "source/index.md"):
        write(edition / name, "")
    crate.write(edition)
    return edition


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    return made(tmp_path / "edition")


def test_the_formats_own_library_reads_it_back(edition: Path) -> None:
    read = ROCrate(edition)
    assert read.root_dataset["name"] == "The Open Race (data to 22 August 2026)"
    assert read.root_dataset["datePublished"] == "2026-11-25"
    assert read.root_dataset["identifier"] == "https://race.example/editions/2026-08-22/"
    licence = read.root_dataset["license"]
    assert licence.id == "https://creativecommons.org/licenses/by/4.0/"


def test_everything_it_describes_is_there(edition: Path) -> None:
    for entity in ROCrate(edition).data_entities:
        assert (edition / entity.id).exists(), entity.id


def test_a_figure_says_what_made_it_from_what(edition: Path) -> None:
    made = ROCrate(edition).get("#make-one-line")
    assert made.type == "CreateAction"
    assert [i.id for i in made["instrument"]] == ["notebooks/chapters/one.ipynb", "#openrace"]
    assert [table.id for table in made["object"]] == ["data/counts.csv"]
    assert [file.id for file in made["result"]] == ["figures/one-line/one-line.svg"]
    assert made["result"][0]["encodingFormat"] == "image/svg+xml"


def test_a_table_names_licence_and_source(edition: Path) -> None:
    table = ROCrate(edition).get("data/counts.csv")
    assert [licence["name"] for licence in table["license"]] == ["MIT"]
    assert table["isBasedOn"] == ["https://example.org"]


def test_it_is_the_same_wherever_and_whenever_it_is_written(edition: Path, tmp_path: Path) -> None:
    other = made(tmp_path / "another")
    assert (other / crate.NAME).read_bytes() == (edition / crate.NAME).read_bytes()


@pytest.mark.parametrize("text", specimen.HOSTILES)
def test_words_of_others_stay_words(tmp_path: Path, text: str) -> None:
    read = ROCrate(made(tmp_path / "edition", title=f"{text}\x1b[2J"))
    assert read.get("data/counts.csv")["name"] == f"{text} [2J"
    assert read.get("figures/one-line/")["name"] == f"{text} [2J"
    assert len(read.get_entities()) == len(ROCrate(made(tmp_path / "plain")).get_entities())
