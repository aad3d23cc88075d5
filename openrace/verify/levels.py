"""The three levels at which something rebuilt is the thing cited: numbers, spec and drawing."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, Self

from openrace.cite.built import Built
from openrace.cite.record import plain

Record = Mapping[str, Any]
LEVELS = ("numbers", "spec", "drawing")
#: Values closer than this, relative to their size, differ by how a processor sums them up.
_NOISE = 1e-9
#: What a cited number says, and a cited claim.
_NUMBER = ("text", "value", "low", "high", "unit", "as_of")
_CLAIM = ("claim", "verdict")
#: How many of those that differ the closing sentence names.
_NAMED = 5


@dataclass(frozen=True)
class Proof:
    """At which levels something held; None where it has no such level.

    Attributes:
        id: that of the figure, number or claim.
        numbers: a figure's table; a number's value, text, bounds, unit and date; a claim's words
            and verdict.
        spec: a figure's Vega-Lite specification.
        drawing: its SVG, byte for byte.
        note: how it differs, for a person; text of others.
        upgraded: whether the edition was drawn by another version of the drawing library.
    """

    id: str
    numbers: bool
    spec: bool | None = None
    drawing: bool | None = None
    note: str = ""
    upgraded: bool = False

    @property
    def drifted(self) -> bool:
        """Whether the same specification is drawn otherwise by another drawing library."""
        return self.numbers and self.spec is True and self.drawing is False and self.upgraded

    @property
    def held(self) -> bool:
        """Whether it is the cited thing; a drawing that has drifted still is."""
        levels = (self.numbers, self.spec, self.drawing)
        return all(level is not False for level in levels) or self.drifted


def compared(id: str, was: Built, now: Built) -> Proof:
    """Compare a figure, a number or a claim of an edition with the rebuilt one.

    Args:
        id: what to compare.
        was: the edition, which has it.
        now: what was rebuilt; what it lacks differs.
    """
    if id in was.figures:
        return _figure(id, *(_Files.of(book.site / "figures" / id / id) for book in (was, now)))
    if id in was.numbers:
        return _said(id, was.numbers[id], now.numbers.get(id, {}), _NUMBER)
    return _said(id, was.claims[id], now.claims.get(id, {}), _CLAIM)


def _said(id: str, was: Record, now: Record, parts: Sequence[str]) -> Proof:
    for part in parts:
        if not alike(was.get(part), now.get(part)):
            return Proof(id, False, note=f"{part} {was.get(part)}, rebuilt {now.get(part)}")
    return Proof(id, True)


@dataclass(frozen=True)
class _Files:
    """A figure's files: table, specification, the note of what drew it, and drawing."""

    table: list[list[float | str]]
    spec: Record
    drawn_by: str
    drawing: bytes

    @classmethod
    def of(cls, stem: Path) -> Self | None:
        """Read a figure's files; None when one is missing or broken."""
        try:
            with stem.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
                table = [[_cell(text) for text in row] for row in csv.reader(file)]
            spec = dict(json.loads(stem.with_suffix(".vl.json").read_text(encoding="utf-8")))
            drawn_by = dict(spec.pop("usermeta", {})).get("drawn_by")
            drawing = stem.with_suffix(".svg").read_bytes()
        except (OSError, ValueError, TypeError, csv.Error):
            return None
        return cls(table, spec, str(drawn_by), drawing)


def _cell(text: str) -> float | str:
    """Return what was written as a number with decimals; “1.10” may be a version, and is text."""
    try:
        number = float(text)
        return number if math.isfinite(number) and repr(number) == text else text
    except ValueError:
        return text


def _figure(id: str, was: _Files | None, now: _Files | None) -> Proof:
    if was is None or now is None:
        note = "the edition lacks a file of it" if was is None else "no chapter shows it now"
        return Proof(id, False, False, False, note)
    other = sum(not alike(*rows) for rows in zip_longest(was.table, now.table))
    levels = (not other, alike(was.spec, now.spec), was.drawing == now.drawing)
    note = f"drawn by {was.drawn_by}, here by {now.drawn_by}" if not levels[2] else ""
    note = f"{other} of {len(was.table)} lines of its table differ" if other else note
    return Proof(id, *levels, note, upgraded=was.drawn_by != now.drawn_by)


def alike(was: Any, now: Any) -> bool:
    """Tell whether two values of JSON are the same, numbers but for the noise of summing up."""
    if isinstance(was, dict) and isinstance(now, dict):
        return was.keys() == now.keys() and all(alike(was[k], now[k]) for k in was)
    if isinstance(was, list) and isinstance(now, list):
        return len(was) == len(now) and all(map(alike, was, now))
    if isinstance(was, float) and isinstance(now, float):
        return was == now or math.isclose(was, now, rel_tol=_NOISE)
    return bool(was == now)


def table(proofs: Sequence[Proof]) -> list[str]:
    """Return proofs as lines with aligned columns, a header first."""
    rows = [("", *LEVELS, ""), *map(_row, proofs)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    lines = [[*map(str.ljust, row, widths), row[-1]] for row in rows]  # the note is not padded
    return ["  ".join(line).rstrip() for line in lines]


def _row(proof: Proof) -> tuple[str, ...]:
    words = {True: "holds", False: "differs", None: "–"}
    return (plain(proof.id), *(words[getattr(proof, at)] for at in LEVELS), plain(proof.note))


def sentence(proofs: Sequence[Proof]) -> str:
    """Say in a sentence what the proofs come to."""
    differing = [plain(proof.id) for proof in proofs if not proof.held]
    if differing:
        some = ", ".join(differing[:_NAMED]) + (" …" if len(differing) > _NAMED else "")
        return f"{_share(differing, proofs)} not what the edition says: {some}."
    if drifted := [proof for proof in proofs if proof.drifted]:
        return (
            f"Numbers and specs hold; {_share(drifted, proofs)} drawn otherwise from the same "
            "spec, by another version of the drawing library (drawing drift)."
        )
    all = f"{proofs[0].id} holds" if len(proofs) == 1 else f"All {len(proofs):,} hold"
    return f"{all} at every level: rebuilt, this is what the edition says."


def _share(some: Sequence[object], proofs: Sequence[Proof]) -> str:
    return f"{len(some):,} of {len(proofs):,} {'is' if len(some) == 1 else 'are'}"
