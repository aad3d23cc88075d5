"""What git records of each edition, in `published/<name>/`: enough to prove a copy and tell a move.

`edition.json` holds the edition itself; `numbers.csv`, `figures.csv`, `claims.csv` and
`tables.csv` hold a line for each thing in it, by id.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openrace import package
from openrace.errors import Refusal

if TYPE_CHECKING:  # pandas takes a second that an unchanged build need not pay
    import pandas as pd

Lines = Mapping[str, Mapping[str, str]]
#: What is recorded of each kind of thing, after its id.
KINDS = {
    "numbers": ("text", "value", "low", "high", "unit", "as_of", "definition", "tables"),
    "figures": ("title", "as_of", "csv", "spec", "svg"),  # the last three: sha256 of the files
    "claims": ("claim", "verdict"),
    "tables": ("title", "rows", "sha256"),  # of the table as it was known on the data date
}


@dataclass(frozen=True)
class Edition:
    """One frozen edition.

    Attributes:
        name: its data date, ISO; a correction on the same data adds `-2`, `-3` …
        as_of: its data date, ISO.
        issued: the day it was frozen, ISO.
        version: that of the package.
        digest: sha256 of its `SHA256SUMS`, which holds that of every other file in it.
        parameters: what its chapters were given beyond their usual values.
        address: that of the site which its citations name.
    """

    name: str
    as_of: str
    issued: str
    version: str
    digest: str
    parameters: Mapping[str, Any]
    address: str = ""

    @property
    def folder(self) -> Path:
        """Where git records it."""
        return place() / self.name

    def lines(self, kind: str) -> dict[str, dict[str, str]]:
        """Return what is recorded of each thing of a kind of KINDS, by id, as text.

        Raises:
            Refusal: the record is not there.
        """
        import pandas as pd

        path = self.folder / f"{kind}.csv"
        try:
            table = pd.read_csv(path, dtype=str, keep_default_na=False, index_col="id")
        except (OSError, ValueError) as error:
            raise Refusal(f"{path} cannot be read ({error}): restore it from git.") from None
        return {str(id): {str(k): v for k, v in row.items()} for id, row in _rows(table)}


def _rows(table: pd.DataFrame) -> list[tuple[Any, dict[Any, str]]]:
    return [*table.to_dict("index").items()]


def place() -> Path:
    """Return the folder in which git records what was published."""
    return package.folder().parent / "published"


def published(before: str = "") -> list[Edition]:
    """Return the editions published so far, the oldest first.

    Args:
        before: only those that come before the edition of this name, if one is given.

    Raises:
        Refusal: a record cannot be read.
    """
    found = sorted(map(_read, place().glob("*/edition.json")), key=_order)
    return [e for e in found if not before or _order(e) < _named(before)]


def _order(edition: Edition) -> tuple[str, int]:
    return _named(edition.name)


def _named(name: str) -> tuple[str, int]:
    """Sort key of a name: its day, then which correction it is."""
    return name[:10], int(name[11:] or 1)


def _read(path: Path) -> Edition:
    try:
        return Edition(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise Refusal(f"{path} cannot be read ({error}): restore it from git.") from None


def write(edition: Edition, things: Mapping[str, Lines]) -> None:
    """Record what is in an edition; it counts as published once it is sealed too.

    Args:
        edition: the edition.
        things: for each kind of KINDS, what is recorded of each thing by id.
    """
    import pandas as pd

    edition.folder.mkdir(parents=True, exist_ok=True)
    for kind, columns in KINDS.items():
        table = pd.DataFrame.from_dict(dict(things[kind]), orient="index", columns=list(columns))
        path = edition.folder / f"{kind}.csv"
        table.to_csv(path, index_label="id", lineterminator="\n")


def seal(edition: Edition) -> None:
    """Record the edition itself, after everything else that is recorded of it."""
    text = json.dumps(asdict(edition), indent=1, ensure_ascii=False)
    (edition.folder / "edition.json").write_text(f"{text}\n", encoding="utf-8")
