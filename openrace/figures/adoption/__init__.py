"""Figures of the chapter on adoption and risk."""

from openrace.figures.adoption import (
    hosting,
    licences,
    restrictions,
    router_share,
    safety,
    statements,
)

__all__ = ["hosting", "licences", "restrictions", "router_share", "safety", "statements"]
