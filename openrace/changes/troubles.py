"""What went wrong in today's refresh, one file a source, for the issues that name them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd

from openrace.changes.markdown import code, fenced, inert
from openrace.errors import Refusal

_LAST = 40
#: What the trouble is called when no source is to blame.
BOOK = "book"


def write(visits: pd.DataFrame, day: date, said: str, folder: Path) -> list[str]:
    """Write `<source>.md` for each source in trouble, `book.md` when there is none.

    Args:
        visits: the table `refreshes`.
        day: the day of the refresh that failed, UTC.
        said: what it printed.
        folder: where to write; made when it is missing.

    Returns:
        The names of those in trouble.

    Raises:
        Refusal: the folder cannot be written.
    """
    found = dict(troubles(visits, day)) or {BOOK: _BOOK}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, cause in found.items():
            (folder / f"{name}.md").write_text(f"{cause}\n\n{_printed(said)}\n", encoding="utf-8")
    except OSError as error:
        raise Refusal(f"{folder} cannot be written: {error}.") from None
    return list(found)


def troubles(visits: pd.DataFrame, day: date) -> Iterator[tuple[str, str]]:
    """Yield each source whose last visit on a day was not good, with the cause as Markdown."""
    today = visits[visits["date"] == pd.Timestamp(day)]
    last = today.drop_duplicates("source", keep="last").sort_values("source")
    for visit in last[last["outcome"] != "good"].itertuples():
        why = inert(visit.why if isinstance(visit.why, str) else "no cause was given", 2000)
        source = code(visit.source)
        happened, what_to_do = _OUTCOMES[str(visit.outcome)]
        cause = f"**{source} {happened} on {day}.** {why}\n\n{what_to_do}"
        yield str(visit.source), cause


_OUTCOMES = {
    "failed": (
        "was not refreshed",
        "A refresh asks again tomorrow; if it fails again, see whether the source has changed.",
    ),
    "held": (
        "is held back, because its answer looks wrong,",
        "Look at the answer. To take it, start the workflow “refresh” with its id as `accept` "
        "and the number of the run below as `run`.",
    ),
}
_BOOK = "**The refresh failed, though no source did.** The tables or the book stopped it."


def _printed(said: str) -> str:
    lines = said.replace("\r", "\n").splitlines()[-_LAST:]
    shown = fenced("\n".join(line[:500] for line in lines))
    return (
        "The site stays as it was, and shows the data it has with its dates. "
        f"What the refresh printed last:\n\n{shown}"
    )
