"""What moved between two copies of the book: rows, numbers, verdicts and figures.

A copy is a folder with `data/` and the site built from it, `_build/html`. The comparison knows
nothing of how it is shown: `report` writes it for a reviewer, and editions can show it elsewhere.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from openrace.changes.tables import TableChange, compared
from openrace.errors import Refusal

Record = Mapping[str, Any]
#: Values closer than this, relative to their size, differ by how they were summed up.
_NOISE = 1e-9


@dataclass(frozen=True)
class NumberChange:
    """A number that moved, appeared or vanished.

    `before` and `after` are its records in `numbers.json`, empty where a copy does not tell it.
    """

    id: str
    before: Record
    after: Record

    @property
    def chapter(self) -> str:
        """The chapter that tells it: the first word of its id."""
        return self.id.split(".")[0]

    @property
    def moved(self) -> bool:
        """Whether both copies tell it."""
        return bool(self.before and self.after)

    @property
    def relative(self) -> float | None:
        """The change as a share of the value before; None where there are not two quantities."""
        was, now = self.before.get("value"), self.after.get("value")
        if not isinstance(was, int | float) or not isinstance(now, int | float):
            return None
        return abs(now - was) / abs(was) if was else math.inf


@dataclass(frozen=True)
class Flip:
    """A claim whose verdict differs; empty where a copy has no such claim."""

    id: str
    claim: str
    before: str
    after: str


class Kind(StrEnum):
    """What differs in a figure, the weightiest first."""

    NEW = "is new"
    GONE = "is gone"
    DRAWING = "is drawn from other data or otherwise"
    WORDS = "has another title or subtitle"
    SOURCE = "has another source line only, as when its data is dated later"
    DRIFT = "has the same specification, but the drawing library draws it otherwise"


@dataclass(frozen=True)
class FigureChange:
    """A figure that differs, with its titles and its drawings (SVG), None where it is not."""

    id: str
    kind: Kind
    before: str
    after: str
    drawn_before: Path | None
    drawn_after: Path | None


@dataclass(frozen=True)
class Changes:
    """Everything that moved between two copies.

    `numbers` are sorted by relative change, largest first, quantities before dates and texts.
    """

    tables: list[TableChange]
    numbers: list[NumberChange]
    flips: list[Flip]
    figures: list[FigureChange]

    def __bool__(self) -> bool:
        """Tell whether anything moved."""
        return any((self.tables, self.numbers, self.flips, self.figures))


def compare(before: Path, after: Path) -> Changes:
    """Compare two copies of the book.

    Raises:
        Refusal: a folder has no tables or no site, or one of its files cannot be read.
    """
    was, now = (folder / "_build" / "html" for folder in (before, after))
    told = [_json(site / "numbers.json") for site in (was, now)]
    claims = [_claims(site / "claims.json") for site in (was, now)]
    return Changes(
        list(compared(before / "data", after / "data")),
        sorted(numbers(*told), key=_weight),
        list(flips(*claims)),
        list(figures(was / "figures", now / "figures")),
    )


def numbers(before: Mapping[str, Record], after: Mapping[str, Record]) -> Iterator[NumberChange]:
    """Yield the numbers whose value, unit or bounds differ, and those that came or went."""
    for id in dict.fromkeys([*after, *before]):
        was, now = before.get(id, {}), after.get(id, {})
        if not _equal(was, now):
            yield NumberChange(id, was, now)


def _equal(was: Record, now: Record) -> bool:
    return was.get("unit") == now.get("unit") and all(
        _near(was.get(part), now.get(part)) for part in ("value", "low", "high")
    )


def _near(was: Any, now: Any) -> bool:
    if isinstance(was, int | float) and isinstance(now, int | float):
        return math.isclose(was, now, rel_tol=_NOISE)
    return bool(was == now)


def _weight(change: NumberChange) -> tuple[bool, float]:
    return change.relative is None, -(change.relative or 0)


def flips(before: Mapping[str, Record], after: Mapping[str, Record]) -> Iterator[Flip]:
    """Yield the claims whose verdict differs, and those that came or went."""
    for id in dict.fromkeys([*after, *before]):
        was, now = before.get(id, {}), after.get(id, {})
        if was.get("verdict") != now.get("verdict"):
            words = str((now or was)["claim"])
            yield Flip(id, words, str(was.get("verdict", "")), str(now.get("verdict", "")))


def figures(before: Path, after: Path) -> Iterator[FigureChange]:
    """Yield the figures that differ, by id.

    Args:
        before: the folder with a folder for each figure, in the earlier site.
        after: the same in the later one.
    """
    for id in sorted({f.name for folder in (before, after) for f in folder.glob("*")}):
        was, now = _Drawn.of(before / id), _Drawn.of(after / id)
        if kind := _kind(was, now):
            titles = [side.title if side else "" for side in (was, now)]
            drawings = [side.svg if side else None for side in (was, now)]
            yield FigureChange(id, kind, titles[0], titles[1], drawings[0], drawings[1])


@dataclass(frozen=True)
class _Drawn:
    """A figure as a site has it: what is drawn, the words above, the source line below."""

    drawing: Record
    head: Record
    foot: Record
    svg: Path

    @classmethod
    def of(cls, folder: Path) -> _Drawn | None:
        if not folder.exists():
            return None
        stem = folder / folder.name
        spec = _json(stem.with_suffix(".vl.json"))
        (inner,) = spec["vconcat"]  # as `figures.render.framed` makes it
        drawing = {k: v for k, v in spec.items() if k not in ("title", "usermeta")}
        own = {"vconcat": inner["vconcat"]}
        return cls(drawing | own, inner["title"], spec["title"], stem.with_suffix(".svg"))

    @property
    def title(self) -> str:
        """The title, put together from its lines; those that break after a hyphen go on."""
        return "".join(t if t.endswith("-") else f"{t} " for t in self.head["text"]).strip()


def _kind(was: _Drawn | None, now: _Drawn | None) -> Kind | None:
    if was is None or now is None:
        return Kind.NEW if now else Kind.GONE
    for part, kind in (("drawing", Kind.DRAWING), ("head", Kind.WORDS), ("foot", Kind.SOURCE)):
        if getattr(was, part) != getattr(now, part):
            return kind
    return Kind.DRIFT if was.svg.read_bytes() != now.svg.read_bytes() else None


def _claims(path: Path) -> dict[str, Record]:
    """Read the ledger by id; a book without one has no verdicts to flip."""
    return {claim["id"]: claim for claim in _json(path)} if path.exists() else {}


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refusal(f"{path} is missing: build the book there with “openrace build”.") from None
    except ValueError as error:
        raise Refusal(f"{path} is not valid JSON ({error}): build the book there anew.") from None
