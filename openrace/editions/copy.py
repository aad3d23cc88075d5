"""A copy of an edition: found by name, folder or zip, and proved against its checksums."""

from __future__ import annotations

import hashlib
import lzma
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from openrace.errors import Refusal

SUMS = "SHA256SUMS"
PLACE = Path("editions")  # of a book: where its editions lie
NAMED = re.compile(r"\d{4}-\d\d-\d\d(-[1-9]\d*)?")
_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
_BROKEN = (
    *(OSError, ValueError, RuntimeError, EOFError),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
)
_MOST = 2 * 1024**3  # bytes unpacked: ten times an edition; a zip that says more is a trap


@contextmanager
def opened(where: str) -> Iterator[Path]:
    """Yield the folder of an edition, that of a zip unpacked for as long as it is open.

    Args:
        where: an edition's name, to be found in `editions`, or the path of its folder or zip.

    Raises:
        Refusal: there is no such edition, or the zip is broken or would write elsewhere.
    """
    path = _found(where)
    if path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="openrace-") as scratch:
        yield unpacked(path, Path(scratch))


def _found(where: str) -> Path:
    named = [PLACE / where, PLACE / f"{where}.zip"] if NAMED.fullmatch(where) else []
    for path in (*named, Path(where)):
        if (path / SUMS).is_file() or path.is_file():
            return path
    raise Refusal(
        f"There is no edition “{where}” here: give the folder or the zip of one, or its name once "
        f"its zip lies in {PLACE}/, fetched from the releases of the repository."
    )


def unpacked(archive: Path, to: Path) -> Path:
    """Unpack the zip of an edition and return the edition's folder.

    Raises:
        Refusal: it is no zip, is damaged, holds more or less than one edition, or a file of it
            would lie outside its folder.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            members = packed.infolist()
            if wrong := _unsafe(members):
                raise Refusal(f"{archive} is not unpacked: {wrong}.")
            for member in members:
                _extract(packed, member, to)
    except _BROKEN as error:
        raise Refusal(f"{archive} cannot be unpacked ({error}): fetch it again.") from None
    held = [path for path in sorted(to.iterdir()) if (path / SUMS).is_file()]
    if len(held) != 1:
        raise Refusal(
            f"{archive} holds no edition, or more than one: just one folder has a {SUMS}."
        )
    return held[0]


def _extract(packed: zipfile.ZipFile, member: zipfile.ZipInfo, to: Path) -> None:
    path = to / member.filename
    if member.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with packed.open(member) as source, path.open("xb") as target:
        shutil.copyfileobj(source, target)


def _unsafe(members: list[zipfile.ZipInfo]) -> str:
    """Say what makes a zip unsafe to unpack; nothing if it is safe."""
    if sum(member.file_size for member in members) > _MOST:
        return f"it would fill more than {_MOST // 1024**3} GB"
    for member in members:
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            return f"“{member.filename}” in it is a link or no plain file"
        if not _within(member.filename):
            return f"“{member.filename}” in it would lie outside its folder"
    return ""


def _within(name: str) -> bool:
    """Tell whether a name stays below the folder it is joined to, on any system."""
    path = PurePosixPath(name)
    return not (path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name)


def sums(folder: Path) -> dict[str, str]:
    """Return what an edition says of its files: the sha256 of each, by name.

    Raises:
        Refusal: it has no such list, or the list is broken.
    """
    path = folder / SUMS
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise Refusal(f"{path} cannot be read ({error}): fetch the edition again.") from None
    found = [_LINE.fullmatch(line) for line in lines]
    if not all(found) or not found:
        raise Refusal(f"{path} is no list of checksums: fetch the edition again.")
    return {match[2]: match[1] for match in found if match}


def tampered(folder: Path) -> list[str]:
    """Return what is wrong with an edition's files, a sentence for each; none if it is whole.

    Raises:
        Refusal: it has no list of checksums, or the list is broken.
    """
    return differing(sums(folder), hashed(folder))


def differing(said: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """Return how the files found differ from those said, both by name with their sha256."""
    return [
        f"{name} {_difference(said.get(name), found.get(name))}"
        for name in sorted({*said, *found})
        if said.get(name) != found.get(name)
    ]


def _difference(said: str | None, found: str | None) -> str:
    return "is missing" if found is None else "is extra" if said is None else "differs"


def hashed(folder: Path) -> dict[str, str]:
    """Return the sha256 of each file in a folder but its list of checksums, by name.

    A link counts as a file of its own kind, whatever it leads to: an edition has none.
    """
    paths = sorted(p for p in folder.rglob("*") if p.is_symlink() or not p.is_dir())
    named = {path.relative_to(folder).as_posix(): path for path in paths}
    return {name: _sha256(path) for name, path in sorted(named.items()) if name != SUMS}


def _sha256(path: Path) -> str:
    if path.is_symlink() or not path.is_file():
        return "no plain file"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(folder: Path) -> str:
    """Return the digest of an edition: the sha256 of its list of checksums."""
    return _sha256(folder / SUMS)
