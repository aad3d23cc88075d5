"""Figures of the chapter on the DeepSeek moment."""

from openrace.figures.moment import attention, hub_week, market, price, quality, releases, timeline

__all__ = ["attention", "hub_week", "market", "price", "quality", "releases", "timeline"]
