"""models.dev: what sellers charge for a million tokens, a catalogue kept by its users.

Prices are US$ per million tokens; tiers for long prompts are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd
from pydantic import BaseModel, ConfigDict, TypeAdapter

from openrace.sources import asking, price_rows
from openrace.sources.price_rows import Price
from openrace.sources.source import Found, Source, Visit

_FIELDS = {"input": "cost.input", "output": "cost.output", "cache_read": "cost.cache_read"}
_UNREAD = re.compile(
    "id|env|npm|api|name|doc|description|family|attachment|reasoning|reasoning_options|"
    "temperature|tool_call|structured_output|interleaved|knowledge|release_date|last_updated|"
    "modalities|open_weights|limit|status|experimental|provider|base_model|cache_write|"
    "input_audio|output_audio|context_over_200k|tiers"
)
_NONE = float("nan")


class _Read(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")


class Cost(_Read):
    """What a model costs."""

    input: Price
    output: Price
    cache_read: Price = _NONE


class Model(_Read):
    """What is read of a model at a seller; some have no price."""

    cost: Cost = Cost.model_construct(input=_NONE, output=_NONE)


class Seller(_Read):
    """What is read of a seller."""

    models: dict[str, Model]


_CATALOGUE = TypeAdapter(dict[str, Seller])


def ask(visit: Visit) -> Found:
    """Return what the catalogue says of the names that the tables of prices follow.

    Raises:
        Refusal: the catalogue is not whole, or not of its shape.
    """
    sellers = asking.json(visit.client, visit.address + "/api.json", _CATALOGUE, who="models.dev")
    found = price_rows.found(visit, "models.dev", "models.dev", offers(sellers), _FIELDS)
    found.notes += price_rows.added("models.dev", _extra(sellers), _UNREAD)
    return found


def offers(sellers: dict[str, Seller]) -> pd.DataFrame:
    """Return the catalogue as `price_rows.found` wants it."""
    rows = [
        (provider, name, True, model.cost.input, model.cost.output, model.cost.cache_read)
        for provider, seller in sellers.items()
        for name, model in seller.models.items()
    ]
    return pd.DataFrame(rows, columns=price_rows.OFFERS)


def _extra(sellers: dict[str, Seller]) -> Iterator[str]:
    for seller in sellers.values():
        yield from seller.model_extra or ()
        for model in seller.models.values():
            yield from model.model_extra or ()
            yield from model.cost.model_extra or ()


SOURCE = Source(
    name="models_dev",
    title="models.dev",
    variable="OPENRACE_MODELS_DEV_URL",
    address="https://models.dev",
    ask=ask,
    group="prices",
)
