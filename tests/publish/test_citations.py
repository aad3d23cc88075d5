from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import rispy
import specimen
from test_files import executed, record, told

from openrace.publish import files

FIGURE = "figures/one-line/one-line"


@pytest.fixture
def site(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty site for a book over the specimen's tables."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    monkeypatch.setenv("OPENRACE_ADDRESS", "https://race.example")
    monkeypatch.setattr(files, "write_shared", lambda site: None)
    (tmp_path / "site").mkdir()
    return tmp_path / "site"


def published(site: Path, text: str = "a/one", **rest: Any) -> Path:
    bundles = {files.FIGURE: record(text), files.NUMBERS: {"numbers": [told("one.gain")]}}
    files.publish([executed(site.with_name("a.ipynb"), bundles)], site, **rest)
    return site


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_figures_are_indexed_with_the_sha256_of_their_files(site: Path) -> None:
    (entry,) = read(published(site) / "figures.json").values()
    assert entry["title"] == "a/one"
    assert entry["files"] == {e: f"{FIGURE}.{e}" for e in ("svg", "png", "csv", "vl.json")}
    for ending, file in entry["files"].items():
        assert hashlib.sha256((site / file).read_bytes()).hexdigest() == entry["sha256"][ending]


def test_every_figure_and_the_book_have_their_citation_files(site: Path) -> None:
    published(site)
    for stem, id in ((FIGURE, "one-line"), ("citation", "")):
        (item,) = read(site / f"{stem}.csl.json")
        assert item["custom"]["id"] == id
        assert item["custom"]["issued"] == "2027-01-15"
        assert item["URL"].startswith("https://race.example/")
        assert item["id"] in (site / f"{stem}.bib").read_text(encoding="utf-8")
        (found,) = rispy.loads((site / f"{stem}.ris").read_bytes().decode())
        assert found["title"] == item["title"]
    assert read(site / f"{FIGURE}.csl.json")[0]["custom"]["sha256"].keys() >= {"csv", "svg"}


def test_the_tables_lie_in_the_site_as_they_are(site: Path, data: Path) -> None:
    (site / "data").mkdir()
    (site / "data" / "gone.csv").touch()
    published(site)
    names = {"counts.csv", "likes.csv", "datapackage.json"}
    assert {p.name for p in (site / "data").iterdir()} == names
    assert all((site / "data" / n).read_bytes() == (data / n).read_bytes() for n in names)


def test_a_book_of_other_parameters_is_not_to_be_cited(site: Path) -> None:
    published(site)
    published(site, cited=False)
    left = {p.name for p in site.rglob("*") if p.suffix in (".bib", ".ris") or "csl" in p.name}
    assert left == set()
    assert (site / "figures.json").exists()


@pytest.mark.parametrize("text", specimen.HOSTILES[:6])
def test_hostile_text_stays_data_in_every_citation_file(site: Path, text: str) -> None:
    published(site, text)
    (item,) = read(site / f"{FIGURE}.csl.json")
    assert item["title-short"] == text
    assert "<" not in (site / f"{FIGURE}.csl.json").read_text(encoding="utf-8")
    (found,) = rispy.loads((site / f"{FIGURE}.ris").read_bytes().decode())
    assert found["title"] == item["title"]
