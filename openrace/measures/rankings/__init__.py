"""Is the Hub's scoreboard Chinese? Everything the chapter on rankings calls, by its own noun.

The lists are in `trending`, `top_five` and `slots`, downloads in `downloads` and `concentration`,
base models in `derivatives`, the whole Hub by day in `census`, the set of definitions in
`definitions`, chance in `uncertainty`.
"""

from __future__ import annotations

from openrace.labs import Registry
from openrace.measures.rankings.census import census_derivatives, census_share
from openrace.measures.rankings.census import numbers as census_numbers
from openrace.measures.rankings.concentration import (
    concentration,
    decisive,
    leave_one_out,
    uploaded,
)
from openrace.measures.rankings.concentration import numbers as concentration_numbers
from openrace.measures.rankings.definitions import SOURCES, Tables, definitions, reversals
from openrace.measures.rankings.definitions import numbers as definition_numbers
from openrace.measures.rankings.derivatives import derivatives, leading_families
from openrace.measures.rankings.derivatives import numbers as derivative_numbers
from openrace.measures.rankings.downloads import crossing, cumulative, increments
from openrace.measures.rankings.downloads import numbers as download_numbers
from openrace.measures.rankings.recent import is_recent
from openrace.measures.rankings.slots import numbers as slot_numbers
from openrace.measures.rankings.top_five import (
    four_of_five,
    four_of_five_figure,
    four_of_five_readings,
    four_of_five_shares,
)
from openrace.measures.rankings.top_five import numbers as four_of_five_numbers
from openrace.measures.rankings.trending import listed, monthly_slots, top_ten, trending_share
from openrace.measures.rankings.trending import numbers as top_ten_numbers
from openrace.measures.rankings.uncertainty import lab_ranks, slot_intervals
from openrace.measures.rankings.uncertainty import numbers as lab_rank_numbers
from openrace.numbers import Number

__all__ = [
    "SOURCES",
    "census_derivatives",
    "census_numbers",
    "census_share",
    "choices",
    "concentration",
    "concentration_numbers",
    "crossing",
    "cumulative",
    "decisive",
    "definition_numbers",
    "definitions",
    "derivative_numbers",
    "derivatives",
    "download_numbers",
    "four_of_five",
    "four_of_five_figure",
    "four_of_five_numbers",
    "four_of_five_readings",
    "four_of_five_shares",
    "increments",
    "is_recent",
    "lab_rank_numbers",
    "lab_ranks",
    "leading_families",
    "leave_one_out",
    "listed",
    "monthly_slots",
    "numbers",
    "reversals",
    "slot_intervals",
    "slot_numbers",
    "top_ten",
    "top_ten_numbers",
    "trending_share",
    "uploaded",
]


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
        *top_ten_numbers(top_ten(places, attribution)),
        *lab_rank_numbers(places),
        *four_of_five_numbers(four_of_five_readings(trending, registry)),
        *download_numbers(alltime, increments(gained, countries), registry),
        *derivative_numbers(built, uploads),
        *census_numbers(tables["hub_census"], tables["hub_census_days"], countries),
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
