"""Names beside their marks: placed so that none overlaps another, nor a line that it is not on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import pandas as pd

#: Pixels: the size of a name, and its distance from the line it stands at.
SIZE, ASIDE = 12, 5


class Label(NamedTuple):
    """Where a name stands: beside a line that rises from its mark, so many levels high.

    Attributes:
        text: the name.
        x: of its mark, in pixels.
        level: 0 is the lowest.
        leftward: the text ends at the line and does not begin there.
    """

    text: str
    x: float
    level: int
    leftward: bool

    @property
    def ends(self) -> tuple[float, float]:
        """The text's ends in pixels, by an estimate that is rather too wide."""
        far = ASIDE + SIZE * (0.45 * len(self.text) + 1.1)
        return (self.x - far, self.x - ASIDE) if self.leftward else (self.x + ASIDE, self.x + far)

    def meets(self, other: Label) -> bool:
        """Tell whether two texts overlap, or the line of one runs through the other's text."""
        (low, high), (first, last) = self.ends, other.ends
        if self.level == other.level:
            return low < last and first < high
        upper, (low, high) = (
            (self, (first, last)) if self.level > other.level else (other, self.ends)
        )
        return low < upper.x < high

    def fits(self, width: float, walls: Sequence[float]) -> bool:
        """Tell whether the text is within the width, and no wall between it and its mark."""
        low, high = self.ends
        first, last = min(low, self.x + 1), max(high, self.x - 1)
        return low >= 0 and high <= width and not any(first < wall < last for wall in walls)


def labels(
    marks: Iterable[tuple[str, float]], width: float, walls: Sequence[float] = ()
) -> list[Label]:
    """Place names beside lines that rise from their marks, on as few levels as it takes.

    No text overlaps another, nor does a line run through one. Texts stay within the width and on
    their mark's side of each wall where that can be had.

    Args:
        marks: names with the places of their marks, in pixels.
        width: of the plot, in pixels.
        walls: lines in pixels, which no text should cross.
    """
    ordered = sorted(marks, key=lambda mark: (-mark[1], mark[0]))
    for avoided in (walls, ()):
        for levels in range(1, 7):
            found = _arranged(ordered, levels, width, avoided)
            if found is not None:
                return found
    return [Label(text, x, level, False) for level, (text, x) in enumerate(ordered)]


def _arranged(
    marks: Sequence[tuple[str, float]],
    levels: int,
    width: float,
    walls: Sequence[float],
    placed: tuple[Label, ...] = (),
) -> list[Label] | None:
    """Try every way to place the marks that remain; rightward and low first."""
    if not marks:
        return list(placed)
    text, x = marks[0]
    for way in (False, True):
        for level in range(levels):
            label = Label(text, x, level, way)
            if label.fits(width, walls) and not any(label.meets(other) for other in placed):
                found = _arranged(marks[1:], levels, width, walls, (*placed, label))
                if found is not None:
                    return found
    return None


def balanced(places: pd.Series, gap: float) -> pd.Series:
    """Move the places of labels as little as keeps them `gap` pixels apart, in their order.

    Least squares under an order: neighbours that would be too near share a block, which stands
    around the mean of where its labels want to be (pool adjacent violators).
    """
    ordered = places.astype(float).sort_values(kind="stable")
    blocks: list[tuple[float, int]] = []  # mean place of the first label; labels
    for place in ordered:
        mean, size = place, 1
        while blocks and mean < blocks[-1][0] + gap * blocks[-1][1]:
            above, count = blocks.pop()
            mean = (above * count + (mean - gap * count) * size) / (count + size)
            size += count
        blocks.append((mean, size))
    moved = [mean + gap * i for mean, size in blocks for i in range(size)]
    return pd.Series(moved, ordered.index)
