"""New contents for several tables, all or none, by one process at a time.

New contents are written to `data/.coming/` and pressed to the disk; then a note names them, which
is the moment from which they count; then each takes the place of its table, and the note goes.
A process may die at any step: whoever comes next finishes what has a note and drops what has none.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from openrace import package
from openrace.errors import Refusal


@contextmanager
def alone(wait: float = 0) -> Iterator[None]:
    """Hold the data folder, so that no other process changes a table; may be nested.

    The lock is the system's, so a process that died holds nothing.

    Args:
        wait: seconds to wait for another process.

    Raises:
        Refusal: another process holds it, or the folder cannot be written.
    """
    path = package.folder().absolute() / ".lock"
    lock = FileLock(path, is_singleton=True, fallback_to_soft=False, on_acquired=_sign)
    try:
        lock.acquire(timeout=wait)
    except Timeout:
        holder = path.read_text() or "a process that has just begun"
        raise Refusal(f"Another refresh is at work ({holder}): wait for it.") from None
    except OSError as error:
        raise _unwritable(error) from None
    try:
        yield
    finally:
        lock.release()


def _sign(lock: int) -> None:
    os.ftruncate(lock, 0)
    os.write(lock, f"process {os.getpid()} since {datetime.now(UTC):%H:%M} UTC".encode())


def replace(contents: Mapping[str, bytes]) -> None:
    """Give files of the data folder new contents: all of them, or on any failure none.

    Args:
        contents: the new content by file name. Call this `alone`.

    Raises:
        Refusal: the folder cannot be written or the disk is full; nothing has changed then.
    """
    try:
        _write(contents)
    except BaseException as error:
        _drop()
        if isinstance(error, OSError):
            raise _unwritable(error) from None
        raise
    _finish()


def settle() -> None:
    """Finish or drop what a killed process left behind; otherwise do nothing.

    Raises:
        Refusal: another process is at work, or a table was changed by hand meanwhile.
    """
    if _coming().is_dir():
        with alone(wait=20):  # whoever is at work is writing, which takes a moment
            _finish()


def pending() -> bool:
    """Tell whether tables are about to be replaced, so that some may be new and some old."""
    return _note().exists()


def _coming() -> Path:
    return package.folder() / ".coming"


def _note() -> Path:
    return _coming() / "note.json"


def _write(contents: Mapping[str, bytes]) -> None:
    shutil.rmtree(_coming(), ignore_errors=True)
    _coming().mkdir()
    for name, content in contents.items():
        _press(_coming() / name, content)
    replaced = {name: _digest(package.folder() / name) for name in contents}
    _press(_coming() / "note.writing", json.dumps(replaced).encode())
    _press_folder(_coming())
    os.replace(_coming() / "note.writing", _note())
    _press_folder(_coming())


def _press(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _press_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _finish() -> None:
    """Let what has a note take its place, then clear away; a second time changes nothing."""
    replaced = json.loads(_note().read_text()) if pending() else {}
    left = [name for name in replaced if (_coming() / name).exists()]
    for name in left:
        if _digest(package.folder() / name) != replaced[name]:
            raise Refusal(
                f"data/{name} was changed while rows were being added to it: "
                "restore it from git, or remove data/.coming to keep it and lose those rows."
            )
    try:
        for name in left:
            os.replace(_coming() / name, package.folder() / name)
        _press_folder(package.folder())
        _drop()
    except OSError as error:
        raise Refusal(
            f"data/ cannot be written ({error.strerror}): once it can, run the command again; "
            "what was begun is finished first."
        ) from None


def _drop() -> None:
    if pending():
        _note().unlink()  # first: without it, half a folder counts for nothing
    shutil.rmtree(_coming(), ignore_errors=True)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _unwritable(error: OSError) -> Refusal:
    return Refusal(f"data/ cannot be written ({error.strerror}): nothing was changed.")
