"""Write the pages of a staged book, in a process that gets ready while chapters are executed.

Importing Sphinx and making what no chapter changes takes as long as writing the pages.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Self

from openrace.errors import Refusal


class Pages:
    """The process that will write a stage's pages; leaving the context ends it."""

    def __init__(self, stage: Path, day: date) -> None:
        """Start getting ready, to write pages of a day of publishing."""
        self._stage = stage
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(stage)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"NO_COLOR": "1", "SOURCE_DATE_EPOCH": str(int(midnight.timestamp()))},
        )

    def __enter__(self) -> Self:
        """Return the process."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """End the process, whether it was told to write or not."""
        if self._process.returncode is None:
            self._process.communicate()

    def write(self) -> None:
        """Write the pages.

        Raises:
            Refusal: a page has a warning or an error; the sentences name page and line.
        """
        told = self._process.communicate("write\n")[0]
        if self._process.returncode:
            # Sphinx warns of a page when it reads it, and would be silent about it from then on
            shutil.rmtree(self._stage / "_build" / ".doctrees", ignore_errors=True)
            said = [line for line in told.splitlines() if line.strip()]
            named = [line for line in said if "WARNING" in line or "ERROR" in line] or said[-20:]
            raise Refusal("the pages were not written:\n" + "\n".join(named))


def _main(stage: str) -> None:
    for slow in ("jupyter_book.sphinx", "myst_nb.sphinx_ext", "openrace.publish.extension"):
        import_module(slow)
    from jupyter_book.cli.main import main

    from openrace.publish import files

    files.write_shared(Path(stage, "_build", "html"))
    if sys.stdin.readline():  # nothing comes when a chapter failed
        main(["build", stage, "-W", "-n", "--keep-going", "-q"])


if __name__ == "__main__":
    _main(sys.argv[1])
