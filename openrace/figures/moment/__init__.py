"""Figures of the chapter on the DeepSeek moment."""

from openrace.figures.moment import market, price, quality, releases, timeline

__all__ = ["market", "price", "quality", "releases", "timeline"]
