"""LiteLLM's price map: what sellers charge for a token, kept by the users of a router library.

Prices are US$ per token. Google's Vertex AI is no seller of `price_hosts`, since the map prices
it partly by character. Prices of cached input are not read: the table has none of this list, and
rows that differ in them alone would date old prices anew.
"""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, TypeAdapter

from openrace.errors import Refusal
from openrace.sources import asking, price_rows
from openrace.sources.price_rows import Price
from openrace.sources.source import Found, Source, Visit

CHAT = ("chat", "responses")

_PATH = "/model_prices_and_context_window.json"
_MILLION = 1_000_000
_FIELDS = {"input": "input_cost_per_token", "output": "output_cost_per_token"}
# The map has some 170 fields and says that more will come: those of a known family are not news.
_FAMILIES = re.compile(
    r"(?:supports|supported|max|uses?|gemini|vertex_ai|bedrock|regional|reasoning|default)_\w+|"
    r"\w*costs?(?:_\w+)?|tiered_pricing|output_vector_size|prompt_cache_min_tokens|[rt]pm|source|"
    r"metadata|comment|aliases|deprecation_date|provider_specific_entry|thinking_always_on|"
    r"web_search_billing_unit|audio_\w+"
)


class Entry(BaseModel):
    """What is read of a model."""

    model_config = ConfigDict(strict=True, extra="allow")
    litellm_provider: str
    mode: str = ""
    input_cost_per_token: Price = float("nan")
    output_cost_per_token: Price = float("nan")


class Map(BaseModel):
    """The map: a model by name, and two entries that are none."""

    model_config = ConfigDict(strict=True, extra="allow")
    sample_spec: dict[str, Any] = {}
    fallback_generalizations: dict[str, Any] = {}
    __pydantic_extra__: dict[str, Entry]


_MAP = TypeAdapter(Map)


def ask(visit: Visit) -> Found:
    """Return what the map says of the names that the tables of prices follow.

    Raises:
        Refusal: the map is not whole, or not of its shape.
    """
    answer = asking.json(visit.client, visit.address + _PATH, _MAP, who="LiteLLM")
    entries = answer.__pydantic_extra__
    if not any(entry.mode for entry in entries.values()):
        raise Refusal("LiteLLM has no model with the field “mode”: see whether it is called anew.")
    found = price_rows.found(visit, "litellm", "LiteLLM", offers(entries), _FIELDS)
    names = {name for entry in entries.values() for name in entry.model_extra or ()}
    found.notes += price_rows.added("LiteLLM", names, _FAMILIES)
    return found


def offers(entries: dict[str, Entry]) -> pd.DataFrame:
    """Return the map as `price_rows.found` wants it."""
    rows = [
        (
            entry.litellm_provider,
            name,
            entry.mode in CHAT,
            entry.input_cost_per_token * _MILLION,
            entry.output_cost_per_token * _MILLION,
            float("nan"),
        )
        for name, entry in entries.items()
    ]
    return pd.DataFrame(rows, columns=price_rows.OFFERS)


SOURCE = Source(
    name="litellm",
    title="LiteLLM",
    variable="OPENRACE_LITELLM_URL",
    address="https://raw.githubusercontent.com/BerriAI/litellm/main",
    ask=ask,
    group="prices",
)
