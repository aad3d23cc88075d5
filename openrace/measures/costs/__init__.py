"""Cheaper at the same quality, for the same task, at whose price? What the chapter on costs calls.

Prices over time are in `history`, `price_lists` and `convergence`; price against score in
`crosswalk`, `frontier` and `matched`; tasks in `tasks`, `task_pairs` and `eighty_ninety`; sellers
in `hosting` and `self_host`. A module's numbers, where they fill a room of their own, are in a
module that ends in `_numbers`.
"""

from openrace.measures.costs import (
    convergence,
    convergence_numbers,
    crosswalk,
    eighty_ninety,
    frontier,
    history,
    history_numbers,
    hosting,
    matched_figure,
    matched_numbers,
    price_lists,
    price_lists_numbers,
    self_host,
    task_numbers,
    tasks,
)

__all__ = [
    "LISTS",
    "SOURCES",
    "convergence",
    "convergence_numbers",
    "crosswalk",
    "eighty_ninety",
    "frontier",
    "history",
    "history_numbers",
    "hosting",
    "matched_figure",
    "matched_numbers",
    "price_lists",
    "price_lists_numbers",
    "self_host",
    "task_numbers",
    "tasks",
]

#: The tables that make a history of prices, in the order in which `prices.prices` takes them.
LISTS = ("list_prices", "official_prices", "model_names", "price_hosts", "corrections")

#: The tables whose days the chapter can stand at, beside those of the lists.
SOURCES = (
    "official_prices",
    "capability_index",
    "unmatched_names",
    "aa_price_ratios",
    "aider_runs",
    "task_costs",
    "task_pairs",
    "task_pair_counts",
    "paid_prices",
    "host_prices",
    "hosted_prices",
    "served_tokens",
    "gpu_rents",
    "throughputs",
)
