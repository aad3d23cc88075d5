"""Figures of the chapter on the DeepSeek moment."""

from openrace.figures.moment import market, releases

__all__ = ["market", "releases"]
