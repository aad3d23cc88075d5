"""Figures of the chapter on rankings."""

from openrace.figures.rankings import (
    concentration,
    definitions,
    derivatives,
    downloads,
    leaders,
    top_ten,
    trending,
)

__all__ = [
    "concentration",
    "definitions",
    "derivatives",
    "downloads",
    "leaders",
    "top_ten",
    "trending",
]
