"""What can be cited in a built book: find it by its id, list it, search it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

from openrace.cite import record
from openrace.cite.record import Book
from openrace.errors import Refusal

Records = dict[str, dict[str, Any]]
#: What each list shows of an entry after its id, the longest text last.
COLUMNS = {
    "figures": ("as_of", "title"),
    "numbers": ("as_of", "text", "definition"),
    "claims": ("verdict", "claim"),
}


@dataclass(frozen=True)
class Built:
    """A book that is built: its site holds what can be cited."""

    site: Path

    @cached_property
    def figures(self) -> Records:
        """The figures by id."""
        return self._read("figures.json")

    @cached_property
    def numbers(self) -> Records:
        """The numbers by id."""
        return self._read("numbers.json")

    @cached_property
    def claims(self) -> Records:
        """The claims by id; none in a book without a ledger."""
        listed = self._read("claims.json") if (self.site / "claims.json").exists() else []
        return {claim["id"]: claim for claim in listed}

    def cited(self, id: str) -> dict[str, Any]:
        """Return the CSL-JSON of a figure, a number or a claim, or of the book for an empty id.

        Raises:
            Refusal: the book is not built, or has nothing of that id; the sentence names the
                nearest ids.
        """
        if not id:
            return record.csl(record.whole(self._book))
        if id in self.figures:
            return record.csl(record.figure(self.figures[id] | {"id": id}, self._book))
        if id in self.numbers:
            return record.csl(record.number(self.numbers[id] | {"id": id}, self._book))
        if id in self.claims:
            return record.csl(record.claim(self.claims[id], self.numbers, self._book))
        raise Refusal(self._unknown(id))

    @cached_property
    def _book(self) -> Book:
        """The book as it was published, by its own citation file."""
        cited = self._read("citation.csl.json")[0]["custom"]
        kept = cited["url"] == cited["frozen"]
        name = cited["frozen"].rstrip("/").rpartition("/")[2] if kept else ""
        correction = name if name != cited["as_of"] else ""
        return Book(cited["issued"], cited["as_of"], cited["address"], kept, correction)

    def _unknown(self, id: str) -> str:
        ids = [*self.figures, *self.numbers, *self.claims]
        near = get_close_matches(id, ids, n=3, cutoff=0.5)
        hint = f"; the nearest are {', '.join(near)}" if near else ""
        lists = "“openrace figures”, “openrace numbers” and “openrace claims” list all"
        return f"There is no figure, number or claim “{id}”{hint}; {lists}."

    def _read(self, name: str) -> Any:
        try:
            return json.loads((self.site / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise Refusal(
                f"{self.site} holds no book with its own parameters: build it with “make book”."
            ) from None
        except ValueError:
            raise Refusal(f"{self.site / name} is not JSON: build it with “make book”.") from None


def found(records: Records, words: Iterable[str]) -> Records:
    """Return the records that have all the words, in any case, in their id or their words."""
    wanted = [word.casefold() for word in words]
    return {id: r for id, r in records.items() if all(w in _said(id, r) for w in wanted)}


def _said(id: str, r: Mapping[str, Any]) -> str:
    told = ("title", "subtitle", "definition", "text", "claim", "verdict", "said_by")
    return " ".join((id, *(str(r[k]) for k in told if k in r))).casefold()


def table(records: Records, columns: Sequence[str]) -> list[str]:
    """Return records as lines with aligned columns, the id first; the last column is not cut."""
    rows = [[record.plain(str(r[c] or "–")) for c in columns] for r in records.values()]
    cells = [[id, *row] for id, row in zip(records, rows, strict=True)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)][:-1]
    return [
        "  ".join([*(c.ljust(w) for c, w in zip(row, widths, strict=False)), row[-1]])
        for row in cells
    ]
