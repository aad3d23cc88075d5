"""Figures of the chapter on the DeepSeek moment."""

from openrace.figures.moment import attention, market, price, quality, releases, timeline

__all__ = ["attention", "market", "price", "quality", "releases", "timeline"]
