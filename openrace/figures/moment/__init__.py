"""Figures of the chapter on the DeepSeek moment."""

from openrace.figures.moment import market, quality, releases

__all__ = ["market", "quality", "releases"]
