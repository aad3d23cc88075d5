"""Is the Hub's scoreboard Chinese? Everything the chapter on rankings calls, by its own noun.

The lists are in `trending`, `top_five` and `slots`, downloads in `downloads` and `concentration`,
base models in `derivatives`, the set of definitions in `definitions`, chance in `uncertainty`.
"""

from __future__ import annotations

from openrace.labs import Registry
from openrace.measures import (
    concentration as _concentration,
)
from openrace.measures import (
    definitions as _definitions,
)
from openrace.measures import (
    derivatives as _derivatives,
)
from openrace.measures import (
    downloads as _downloads,
)
from openrace.measures import (
    slots as _slots,
)
from openrace.measures import (
    top_five as _top_five,
)
from openrace.measures import (
    uncertainty as _uncertainty,
)
from openrace.measures.concentration import concentration, decisive, leave_one_out, uploaded
from openrace.measures.definitions import SOURCES, Tables, definitions, reversals
from openrace.measures.derivatives import derivatives, leading_families
from openrace.measures.downloads import crossing, cumulative, increments
from openrace.measures.top_five import (
    four_of_five,
    four_of_five_figure,
    four_of_five_readings,
    four_of_five_shares,
)
from openrace.measures.trending import listed, monthly_slots, top_ten, trending_share
from openrace.measures.uncertainty import lab_ranks, slot_intervals
from openrace.numbers import Number

__all__ = [
    "SOURCES",
    "choices",
    "concentration",
    "crossing",
    "cumulative",
    "decisive",
    "definitions",
    "derivatives",
    "four_of_five",
    "four_of_five_figure",
    "four_of_five_readings",
    "four_of_five_shares",
    "increments",
    "lab_ranks",
    "leading_families",
    "leave_one_out",
    "listed",
    "monthly_slots",
    "numbers",
    "reversals",
    "slot_intervals",
    "top_ten",
    "trending_share",
    "uploaded",
]

concentration_numbers = _concentration.numbers
definition_numbers = _definitions.numbers
derivative_numbers = _derivatives.numbers
download_numbers = _downloads.numbers
four_of_five_numbers = _top_five.numbers
lab_rank_numbers = _uncertainty.numbers
slot_numbers = _slots.numbers


def numbers(
    tables: Tables,
    registry: Registry,
    top_n: int = 30,
    scope: str = "all",
    attribution: str = "lineage",
    window_days: int = 7,
) -> list[Number]:
    """Return every number of the chapter.

    Args:
        tables: gives a table of `data/` for its name: a dict, or a chapter.
        registry: who is known.
        top_n: how many places of the trending list count.
        scope: all modalities, or `language`.
        attribution: whose a model is in the figures that show one answer only.
        window_days: how many days make a window of the trending shares.
    """
    trending, uploads = tables["trending_daily"], tables["hub_uploads"]
    shares, countries = tables["lab_download_shares"], tables["countries"]
    alltime, gained = tables["alltime_downloads"], tables["download_increments"]
    built = derivatives(uploads, tables["trending_top1000_daily"], registry)
    held = uploaded(uploads, registry)
    places = listed(trending, registry, top_n, scope)
    return [
        *choices(attribution, window_days),
        *slot_numbers(places, top_n, scope),
        *lab_rank_numbers(places),
        *four_of_five_numbers(four_of_five_readings(trending, registry)),
        *download_numbers(alltime, increments(gained, countries), registry),
        *derivative_numbers(built, uploads),
        *definition_numbers(definitions(tables, registry)),
        *concentration_numbers(held, leave_one_out(held, shares, countries), shares),
    ]


def choices(attribution: str, window_days: int) -> list[Number]:
    """Return what the chapter was asked to show, for the words around its figures."""
    whose = "Whose a model is in the figures that show one answer only: lineage or publisher."
    window = "Length of a window of the trending shares; windows of 7 days start on Mondays."
    tables = ("trending_daily",)
    return [
        Number.of("rankings.attribution", attribution, "text", whose, tables),
        Number.of("rankings.window_days", window_days, "days", window, tables),
    ]
