"""Append to two tables and die at every step: `python append_steps.py FOLDER`.

Every line of the transaction is a step, and every change of a folder that it asks the system for.
For the first step, the second, and so on until one comes through, a forked process does the work
and kills itself there; this one then settles what it left, and prints how each table was left and
how it was settled. Then the same for a process that settles what has its note.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pandas as pd

from openrace import package, transaction
from openrace.append import append

DAY = pd.Timestamp("2026-01-03")
COUNTS = pd.DataFrame({"date": [DAY], "model_id": ["a/one"], "bloc": ["China"], "downloads": [15]})
LIKES = pd.DataFrame({"date": [DAY], "model_id": ["a/one"], "likes": [3]})
CODE = transaction.__file__
WHOLE: dict[str, dict[str, bytes]] = {}


def appending() -> None:
    append({"counts": COUNTS, "likes": LIKES})


def writing(contents: Mapping[str, bytes]) -> None:
    """Do what `append` does once it knows what to write."""
    with transaction.alone():
        transaction.settle()
        transaction.replace(contents)


def dying_at(step: int) -> None:
    """Kill this process before its step-th line of the transaction, or its step-th system call."""
    seen = 0

    def count() -> None:
        nonlocal seen
        seen += 1
        if seen == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def line(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename != CODE:
            return None
        if event == "line":
            count()
        return line

    def audited(event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate"):
            count()

    sys.addaudithook(audited)
    sys.settrace(line)


def forked(do: Callable[[], None], step: int = 0) -> bool:
    """Do something in a process of its own; tell whether it lived."""
    child = os.fork()
    if not child:
        if step:
            dying_at(step)
        do()
        sys.settrace(None)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if not os.WIFSIGNALED(status) and os.WEXITSTATUS(status):
        raise SystemExit("a step failed otherwise than by its killing")
    return not os.WIFSIGNALED(status)


def settled() -> None:
    transaction.settle()
    assert not (package.folder() / ".coming").exists()


def tables(data: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(data.glob("*.csv"))}


def state(data: Path) -> str:
    """Say of each table whether it is as before or as after; refuse anything else."""
    now = tables(data)
    return " ".join(next(k for k, was in WHOLE.items() if was[n] == now[n]) for n in now)


def restored(data: Path, kept: Path) -> None:
    shutil.rmtree(data)
    shutil.copytree(kept, data)


def committed(data: Path, before: Path, write: Callable[[], None]) -> Path:
    """Return a folder as a process leaves it that dies when its note is just written."""
    step = 0
    while not transaction.pending():
        restored(data, before)
        step += 1
        forked(write, step)
    return Path(shutil.copytree(data, before.with_name("committed")))


def killed(act: Callable[[], None], data: Path, start: Path) -> None:
    """Kill an act at each of its steps, from the same start, and print what became of it."""
    lived, step = False, 0
    while not lived:
        restored(data, start)
        step += 1
        lived = forked(act, step)
        left = state(data)
        settled()
        print(left, "->", state(data))


def main(folder: Path) -> None:
    data = folder / "data"
    os.environ["OPENRACE_DATA"] = str(data)
    before = Path(shutil.copytree(data, folder / "before"))
    WHOLE["before"] = tables(data)
    appending()
    WHOLE["after"] = tables(data)
    write = partial(writing, WHOLE["after"])
    killed(write, data, before)
    print("then")
    killed(transaction.settle, data, committed(data, before, write))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
