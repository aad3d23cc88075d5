"""Figures of the chapter on the US incentive structure."""

from openrace.figures.incentives import (
    capex,
    intensity,
    labs,
    openness,
    response,
    spending,
    timeline,
)

__all__ = ["capex", "intensity", "labs", "openness", "response", "spending", "timeline"]
