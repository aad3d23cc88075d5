"""Prove an edition: that it is the one published, and that its tables still give what it says.

Its files are those of its list of checksums, git records the digest of that list, and chapters
executed anew over its tables say and draw the same. The code that executes them is the edition's
own once git knows it; code that git does not know is never run.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from openrace import outputs, package
from openrace.cite.built import Built
from openrace.cite.record import plain
from openrace.editions import copy, record
from openrace.errors import Refusal
from openrace.outputs import FIGURE, LEDGER, NUMBERS
from openrace.verify import levels
from openrace.verify.levels import Proof
from openrace.verify.rebuild import Order

Say = Callable[[str], None]
CODE = Path(__file__).resolve().parents[2]
#: The libraries that compute and draw.
_TOOLS = ("numpy", "pandas", "altair", "vl-convert-python")


def verify(ids: Sequence[str], where: str, jobs: int, say: Say) -> list[Proof]:
    """Rebuild things of an edition from its tables, and say of each at which level it held.

    Args:
        ids: figures, numbers and claims; everything in the edition when there are none.
        where: the edition's name, folder or zip.
        jobs: how many chapters are executed at once.
        say: told of progress, a line at a time.

    Raises:
        Refusal: there is no such edition, its files are not those that it lists or that git
            records, it has nothing of an id, or a chapter raises.
    """
    with copy.opened(where) as found, TemporaryDirectory(prefix="openrace-") as scratch:
        edition = found.resolve()  # it is read from another folder
        about = _about(edition)
        own = _published(edition, about["name"], where, say) and (edition / "source")
        book = Built(edition)
        with _readable(edition):
            wanted = _wanted(book, ids)
            chapters = _chapters(edition, book, wanted)
        _tell_tools(edition, bool(own), say)
        order = Order(
            book=str(own or package.folder().resolve().parent),
            to=scratch,
            chapters=chapters,
            figures=[id for id in wanted if id in book.figures],
            parameters=about["parameters"],
            jobs=jobs,
        )
        run(order, edition, own or CODE, say)
        return [levels.compared(id, book, Built(Path(scratch))) for id in wanted]


@contextmanager
def _readable(edition: Path) -> Iterator[None]:
    """Refuse an edition whose indexes or notebooks have another shape than those of an edition."""
    try:
        yield
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        why = f"{type(error).__name__}: {error}"
        raise Refusal(f"{edition} cannot be read ({why}): fetch the edition again.") from None


def _about(edition: Path) -> dict[str, Any]:
    """Read an edition's name and parameters."""
    path = edition / "edition.json"
    try:
        about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if copy.NAMED.fullmatch(about["name"]) and isinstance(about["parameters"], dict):
            return about
        why = "it has no name of an edition, or no parameters"
    except (OSError, ValueError, TypeError, KeyError) as error:
        why = str(error)
    raise Refusal(f"{path} cannot be read ({why}): fetch the edition again.")


def _published(edition: Path, name: str, where: str, say: Say) -> bool:
    """Tell whether git knows an edition; every file that is not as it should be is named.

    Raises:
        Refusal: it is not the one asked for, its files are not those that it lists, or it is not
            the one that git records under its name.
    """
    if copy.NAMED.fullmatch(where) and where != name:
        raise Refusal(f"what lies under the name {where} calls itself edition {name}.")
    _refuse(copy.tampered(edition), f"edition {name} is not whole: what its {copy.SUMS} lists", say)
    digest, known = copy.digest(edition), {e.name: e for e in record.published()}.get(name)
    if known is None:
        whole = f"edition {name}: its files agree with each other, but this repository does not"
        say(f"{whole} know it (digest {digest[:12]})")
        return False
    if known.digest != digest:
        other = copy.differing(copy.sums(known.folder), copy.sums(edition))
        why = f"this is not edition {name} as published: what git records"
        _refuse(other or [f"{copy.SUMS} differs"], why, say)
    say(f"edition {name} is as published: git records its digest, {digest[:12]}")
    return True


def _refuse(wrong: Sequence[str], why: str, say: Say) -> None:
    for sentence in wrong:
        say(plain(sentence))
    if wrong:
        files = "1 file" if len(wrong) == 1 else f"{len(wrong):,} files"
        raise Refusal(f"{why} differs in {files}; get it from the releases of the repository.")


def _wanted(book: Built, ids: Sequence[str]) -> list[str]:
    for id in ids:
        book.cited(id)  # refuses an unknown one, with the nearest
    return [*dict.fromkeys(filter(None, ids))] or [*book.figures, *book.numbers, *book.claims]


def _chapters(edition: Path, book: Built, wanted: Iterable[str]) -> list[str]:
    """Return the chapters that hold what is wanted, and the numbers that decide wanted claims."""
    deciding = {n for id in wanted if id in book.claims for n in book.claims[id]["numbers"]}
    needed = {*wanted, *deciding}
    holds = {n.name: set(_held(n)) for n in sorted(edition.glob("notebooks/**/*.ipynb"))}
    if needed - set().union(*holds.values()):  # counted from all chapters, as verdicts are
        return list(holds)
    return [name for name, held in holds.items() if held & needed]


def _held(notebook: Path) -> Iterator[str]:
    """Yield the ids of the figures, numbers and claims in an executed notebook."""
    yield from (shown["id"] for shown in outputs.of(notebook, FIGURE))
    for mime, things in ((NUMBERS, "numbers"), (LEDGER, "claims")):
        yield from (thing["id"] for told in outputs.of(notebook, mime) for thing in told[things])


def _tell_tools(edition: Path, own: bool, say: Say) -> None:
    """Say whose code rebuilds, and which libraries are other ones than made the edition."""
    whose = "the edition's own code" if own else "this project's code and chapters"
    say(f"rebuilding with {whose}, on Python {platform.python_version()}")
    path = edition / "source" / "requirements.txt"
    other = _other(path.read_text(encoding="utf-8")) if path.exists() else {}
    for name, pins in other.items():
        say(f"{name} is {version(name)} here; the edition pins {plain(' or '.join(pins))}")
    if other:
        say("to rebuild with its libraries, install its source/requirements.txt in a new .venv")


def _other(requirements: str) -> dict[str, list[str]]:
    """Return the tools that are installed in none of the versions that a lock pins, with these."""
    pinned = re.findall(r"^([\w.-]+)==([^\s;]+)", requirements, re.MULTILINE)
    pins = {tool: [of for name, of in pinned if name == tool] for tool in _TOOLS}
    return {tool: of for tool, of in pins.items() if of and version(tool) not in of}


def run(order: Order, edition: Path, code: Path, say: Say) -> None:
    """Rebuild what is ordered from a copy of an edition's tables, in a process of its own.

    Args:
        order: what to rebuild.
        edition: the edition's folder, in which nothing is written.
        code: the folder that holds the package to run.
        say: told of progress.

    Raises:
        Refusal: a chapter raises, or the process ends otherwise than it should.
    """
    scratch = Path(order.to)
    with _readable(edition):
        shutil.copytree(edition / "data", scratch / "data")
    with (
        (scratch / "errors.txt").open("w+", encoding="utf-8", errors="replace") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "openrace.verify.rebuild", json.dumps(asdict(order))],
            cwd=scratch,
            env={**os.environ, **_environment(scratch / "data", code)},
            stdout=subprocess.PIPE,
            stderr=errors,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        for line in process.stdout or ():
            say(plain(line))
        if process.wait():
            errors.seek(0)
            last = [line for line in errors if line.strip()][-1:] or ["it was ended"]
            raise Refusal(f"the edition is not rebuilt: {plain(last[0])}")


def _environment(data: Path, code: Path) -> Mapping[str, str]:
    """Return what makes a process read some tables with some code, and write nothing beside it."""
    return {
        "OPENRACE_DATA": str(data),
        "PYTHONPATH": str(code),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
    }
