"""Was January 2025 a break, and in what? Everything the chapter on the DeepSeek moment calls.

A part is a module with the part's name: `market`, `attention`, `hub_week`, `releases` (breaks of
both in `breaks`), `quality` (with `race`, `lags` and `arena`), `price` (with `price_readings` and
`price_numbers`), `timeline` (with `coverage`).
"""

from openrace.measures.moment import (
    attention,
    coverage,
    hub_week,
    market,
    price,
    price_numbers,
    quality,
    releases,
    timeline,
)

__all__ = [
    "SOURCES",
    "attention",
    "coverage",
    "hub_week",
    "market",
    "price",
    "price_numbers",
    "quality",
    "releases",
    "timeline",
]

#: The tables whose days the chapter can stand at, beside those of the returns.
SOURCES = (
    "market_moments",
    "market_ranks",
    "market_days",
    "attention_daily",
    "hub_census",
    "hub_census_days",
    "capability_index",
    "listed_releases",
    "open_weight_releases",
    "arena_gaps",
    "list_prices",
    "official_prices",
    "aider_runs",
    "policy_events",
    "download_increments",
    "alltime_downloads",
    "hub_uploads",
    "trending_daily",
    "trending_top1000_daily",
)
