"""Figures of the chapter on cost economics."""

from openrace.figures.costs import (
    convergence,
    eighty_ninety,
    frontier,
    history,
    hosting,
    matched,
    self_host,
    tasks,
)

__all__ = [
    "convergence",
    "eighty_ninety",
    "frontier",
    "history",
    "hosting",
    "matched",
    "self_host",
    "tasks",
]
