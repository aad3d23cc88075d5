"""Take a census and die at every step of writing: `python census_steps.py ADDRESS FOLDER`.

A step is each change of a folder that the process asks the system for, about the copies or the
census's tables; what else a transaction writes `append_steps.py` kills. For the first, the second,
and so on until one comes through, a forked process takes the census and kills itself there; another
takes it to its end. What it printed is, for each step, whether the tables and the folder of copies
are as if nothing had happened.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import plain_engine

from openrace.census import run
from openrace.census.plan import asked

STEPS = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate")
WANTED = ("2025-01-26", "2025-01-27", "1d")


def taken() -> None:
    for _ in run.census(asked(*WANTED), lambda plan: None, lambda what: None):
        pass


def dying_at(step: int) -> None:
    """Kill this process before its step-th change of a folder, or opening of a file to write."""
    seen = 0

    def audited(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        writes = event == "open" and isinstance(arguments[1], str) and arguments[1][0] in "wxa"
        if (writes or event in STEPS) and _is_ours(str(arguments[0])):
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(audited)


def _is_ours(path: str) -> bool:
    return "/_build/census/" in path or "/hub_census" in path


def lived(step: int = 0) -> bool:
    """Take the census in a process of its own; tell whether it lived."""
    child = os.fork()
    if not child:
        if step:
            dying_at(step)
        taken()
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if not os.WIFSIGNALED(status) and os.WEXITSTATUS(status):
        raise SystemExit("a step failed otherwise than by its killing")
    return not os.WIFSIGNALED(status)


def tables(data: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in data.glob("hub_census*.csv")}


def main(address: str, folder: Path) -> None:
    data, kept = folder / "data", folder / "before"
    os.environ |= {"OPENRACE_DATA": str(data), "HF_ENDPOINT": address}
    plain_engine.install()
    shutil.copytree(data, kept)
    lived()
    after, step, whole = tables(data), 0, False
    while not whole:
        shutil.rmtree(data)
        shutil.rmtree(folder / "_build")
        shutil.copytree(kept, data)
        step += 1
        whole = lived(step)
        print(f"step {step}", flush=True)
        lived()
        left = [path.name for path in (folder / "_build" / "census").iterdir()]
        print(tables(data) == after and left == [".lock"], flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
