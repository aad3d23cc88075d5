"""Figures of the chapter on the DeepSeek moment."""

from openrace.figures.moment import market, quality, releases, timeline

__all__ = ["market", "quality", "releases", "timeline"]
