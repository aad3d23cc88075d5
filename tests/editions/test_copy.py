from __future__ import annotations

import hashlib
import stat
import subprocess
import zipfile
from pathlib import Path

import pytest
from freezing import packed, written, zipped

from openrace.editions import copy
from openrace.errors import Refusal

NAME = "2026-01-02"


@pytest.fixture
def edition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return written(tmp_path / "editions" / NAME)


@pytest.mark.parametrize("where", [NAME, f"editions/{NAME}", f"editions/{NAME}.zip"])
def test_an_edition_is_found_by_name_folder_or_zip(edition: Path, where: str) -> None:
    packed(edition)
    with copy.opened(where) as folder:
        assert (folder / "data.csv").read_text() == "a\n"
        assert copy.tampered(folder) == []
        assert copy.digest(folder) == copy.digest(edition)


def test_a_name_finds_the_zip_where_only_that_is_at_hand(edition: Path) -> None:
    packed(edition)
    edition.rename(edition.with_name("elsewhere"))
    with copy.opened(NAME) as folder:
        unpacked = folder
        assert unpacked.name == NAME
    assert not unpacked.exists()


@pytest.mark.parametrize("where", ["2026-01-03", "nowhere.zip", "editions", "../2026-01-02", ""])
def test_what_is_no_edition_is_refused(edition: Path, where: str) -> None:
    with pytest.raises(Refusal, match="There is no edition"), copy.opened(where):
        pass


def test_the_list_is_one_that_sha256sum_reads(edition: Path) -> None:
    done = subprocess.run(["sha256sum", "-c", "--quiet", copy.SUMS], cwd=edition)
    assert done.returncode == 0
    own = hashlib.sha256((edition / copy.SUMS).read_bytes()).hexdigest()
    assert copy.digest(edition) == own


def test_files_that_differ_miss_or_are_extra_are_named(edition: Path) -> None:
    (edition / "index.html").write_text("<script>")
    (edition / "data.csv").unlink()
    (edition / "more").mkdir()
    (edition / "more" / "new.txt").write_text("")
    told = ["data.csv is missing", "index.html differs", "more/new.txt is extra"]
    assert copy.tampered(edition) == told


def test_a_link_in_place_of_a_file_differs_even_if_it_leads_to_the_same(edition: Path) -> None:
    aside = edition.parent / "aside.csv"
    (edition / "data.csv").rename(aside)
    (edition / "data.csv").symlink_to(aside)
    (edition / "gone").symlink_to(edition / "nowhere")
    assert copy.tampered(edition) == ["data.csv differs", "gone is extra"]


@pytest.mark.parametrize("text", ["", "no sums\n", "ab  index.html\n", "\xff"])
def test_a_broken_list_is_refused(edition: Path, text: str) -> None:
    (edition / copy.SUMS).write_bytes(text.encode("latin-1"))
    with pytest.raises(Refusal, match="SHA256SUMS"):
        copy.tampered(edition)


def linking() -> zipfile.ZipInfo:
    link = zipfile.ZipInfo(f"{NAME}/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    return link


ESCAPES = ["../out", f"{NAME}/../../out", "/out", "..\\out", "C:/out", "C:\\out"]


@pytest.mark.parametrize("name", [*ESCAPES, linking()])
def test_a_zip_that_would_write_elsewhere_is_not_unpacked(
    tmp_path: Path, name: zipfile.ZipInfo | str
) -> None:
    archive = zipped(tmp_path / "bad.zip", (f"{NAME}/{copy.SUMS}", ""), (name, "/etc"))
    with pytest.raises(Refusal, match="is not unpacked"):
        copy.unpacked(archive, tmp_path / "to")
    assert [*tmp_path.iterdir()] == [archive]


def test_a_zip_that_would_fill_the_disk_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copy, "_MOST", 10)
    archive = zipped(tmp_path / "big.zip", (f"{NAME}/{copy.SUMS}", "a" * 11))
    with pytest.raises(Refusal, match="fill more than"):
        copy.unpacked(archive, tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"a text"])
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(Refusal, match="cannot be unpacked"), copy.opened(str(tmp_path / "a.zip")):
        pass


def test_a_zip_whose_bytes_were_changed_is_refused(edition: Path) -> None:
    archive = packed(edition)
    whole = archive.read_bytes()
    with zipfile.ZipFile(archive) as packing:
        first = packing.infolist()[0]
    begin = first.header_offset + 30 + len(first.filename)  # a zip's local header has 30 bytes
    for place in range(begin, begin + first.compress_size):
        archive.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with pytest.raises(Refusal, match="cannot be unpacked"), copy.opened(str(archive)):
            pass


def test_a_zip_without_an_edition_or_with_a_file_twice_is_refused(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "other.zip", ("other/readme", ""))
    with pytest.raises(Refusal, match="holds no edition"), copy.opened(str(archive)):
        pass
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = zipped(tmp_path / "twice.zip", (f"{NAME}/a", ""), (f"{NAME}/a", "b"))
    with pytest.raises(Refusal, match="cannot be unpacked"), copy.opened(str(twice)):
        pass
