"""Who must earn, and who may give away? What the chapter on the US incentive structure calls.

What firms spend is in `investment`, what labs earn and lose in `labs`, their steps towards earning
in `timeline`; who publishes weights in `openness`; what users pay and for what in `spending`; and
whether prices of closed models follow open releases in `response`. A module's numbers, where they
fill a room of their own, are in a module that ends in `_numbers`.
"""

from openrace.measures.incentives import (
    investment,
    investment_numbers,
    labs,
    openness,
    openness_numbers,
    response,
    response_numbers,
    spending,
    spending_numbers,
    timeline,
)

__all__ = [
    "PRICED",
    "SOURCES",
    "investment",
    "investment_numbers",
    "labs",
    "openness",
    "openness_numbers",
    "response",
    "response_numbers",
    "spending",
    "spending_numbers",
    "timeline",
]

#: The tables in which `response.detected` looks for changes of a maker's own price.
PRICED = ("list_prices", "maker_prices", "price_hosts", "corrections")

#: The tables whose days the chapter can stand at, beside those of `company_quarters`.
SOURCES = (
    "company_notes",
    "exchange_rates",
    "lab_financials",
    "capability_index",
    "catalogue_releases",
    "frontier_releases",
    "token_spend",
    "gateway_shares",
    "list_prices",
    "maker_prices",
    "price_cuts",
    "open_weight_releases",
    "monetisation_events",
)
