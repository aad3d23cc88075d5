"""What the pages read so far hold, where their notebooks lie, and the order of their figures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


def kept(env: BuildEnvironment, what: str) -> dict[str, Any]:
    """What the pages read so far hold: `numbers` and `figures` by id, and the one `ledger`."""
    held: dict[str, Any] = env.__dict__.setdefault(f"openrace_{what}", {})
    return held


def keep(env: BuildEnvironment, what: str, record: dict[str, Any]) -> None:
    """Keep what the page being read holds, with the page's name."""
    kept(env, what)[record["id"]] = record | {"docname": env.docname}


def executed(app: Sphinx, docname: str) -> Path:
    """Return where the executed notebook of a page lies, if it is one."""
    return Path(app.outdir).parent / "jupyter_execute" / f"{docname}.ipynb"


def within(app: Sphinx, page: str) -> str:
    """Return where a page lies within the site; a folder's first page lies at the folder."""
    return re.sub(r"(^|/)index\.html$", r"\1", app.builder.get_target_uri(page))


def numbered(env: BuildEnvironment) -> Iterator[tuple[str, str, str]]:
    """Yield each figure in the book's order: its page, its id, and its number as pages say it."""
    for docname, kinds in env.toc_fignumbers.items():
        for id, number in kinds.get("figure", {}).items():
            yield docname, id, f"Figure {'.'.join(map(str, number))}"
