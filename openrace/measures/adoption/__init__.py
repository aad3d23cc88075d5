"""Who uses it, and what could stop them? What the chapter on adoption and risk calls.

A router's tokens are in `router_share`, who hosts open weights in `hosting`; the records made by
hand in `statements`, `licences`, `restrictions` and `safety`.
"""

from openrace.measures.adoption import (
    hosting,
    licences,
    restrictions,
    router_share,
    router_share_numbers,
    safety,
    statements,
)

__all__ = [
    "SOURCES",
    "hosting",
    "licences",
    "restrictions",
    "router_share",
    "router_share_numbers",
    "safety",
    "statements",
]

#: The tables whose days the chapter can stand at, beside those of `router_weeks`.
SOURCES = (
    "router_full_weeks",
    "host_prices",
    "host_counts",
    "firm_statements",
    "licence_terms",
    "open_weight_releases",
    "restrictions",
    "safety_evaluations",
)
