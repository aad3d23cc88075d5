"""Figures of the chapter on rankings."""

from openrace.figures.rankings import (
    census,
    concentration,
    definitions,
    derivatives,
    downloads,
    leaders,
    top_ten,
    trending,
)

__all__ = [
    "census",
    "concentration",
    "definitions",
    "derivatives",
    "downloads",
    "leaders",
    "top_ten",
    "trending",
]
