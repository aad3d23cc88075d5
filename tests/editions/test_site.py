from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from freezing import packed, written

from openrace.cli import main
from openrace.editions import copy, record
from openrace.editions.record import Edition


def recorded(zips: Path, name: str) -> Edition:
    """Make an edition with its zip, and let git record it."""
    folder = written(zips / name, **{"name.txt": name})
    packed(folder)
    edition = Edition(name, name[:10], "2026-11-25", "0.1.0", copy.digest(folder), {})
    record.write(edition, {kind: {} for kind in record.KINDS})
    record.seal(edition)
    shutil.rmtree(folder)
    return edition


@pytest.fixture
def zips(data: Path, tmp_path: Path) -> Path:
    for name in ("2026-01-01", "2026-01-02", "2026-01-02-2"):
        recorded(tmp_path / "zips", name)
    (tmp_path / "site").mkdir()
    return tmp_path / "zips"


def put(zips: Path) -> Result:
    site = str(zips.parent / "site")
    return CliRunner().invoke(main, ["editions", str(zips), "--to", site])


def test_every_published_edition_lies_under_its_address(zips: Path) -> None:
    for _ in range(2):
        done = put(zips)
        assert done.exit_code == 0, done.output
    assert "2026-01-02-2 is as it was published" in done.output
    place = zips.parent / "site" / "editions"
    pointers = ["latest", "latest.js"]
    names = ["2026-01-01", "2026-01-02", "2026-01-02-2"]
    assert sorted(p.name for p in place.iterdir()) == names + pointers
    assert "../2026-01-02-2/" in (place / "latest" / "index.html").read_text(encoding="utf-8")
    assert (place / "2026-01-02-2" / "name.txt").read_text() == "2026-01-02-2"


def test_one_that_is_not_released_is_named_with_its_tag(zips: Path) -> None:
    (zips / "2026-01-02.zip").unlink()
    done = put(zips)
    assert done.exit_code == 1
    assert "from the tag edition-2026-01-02.\n" in done.output


def test_another_edition_or_a_damaged_one_is_not_published(zips: Path) -> None:
    first = record.published()[0]
    record.seal(replace(first, digest="0" * 64))
    done = put(zips)
    assert done.exit_code == 1
    assert "is not the edition 2026-01-01 that was published" in done.output
    folder = written(zips / "other" / "2026-01-01")
    (folder / "index.html").write_text("<script>")
    packed(folder).replace(zips / "2026-01-01.zip")
    done = put(zips)
    assert "is damaged: index.html differs." in done.output
    assert [*(zips.parent / "site").iterdir()] == []


def test_a_book_without_editions_is_published_as_it_is(data: Path, tmp_path: Path) -> None:
    (tmp_path / "zips").mkdir()
    (tmp_path / "site").mkdir()
    done = put(tmp_path / "zips")
    assert (done.exit_code, done.output) == (0, "")
