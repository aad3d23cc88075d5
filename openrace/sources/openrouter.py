"""OpenRouter: what the router asks for a model, and how many tokens went through it by day.

The list of models is open to everybody; prices are US$ per token, written as text. The counts need
a key. They may be passed on with attribution, but the table of weeks is made of counts that may
not, so both hold the same: tokens coarsely, and shares by home and openness.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from openrace import store
from openrace.errors import Refusal
from openrace.sources import asking, price_rows
from openrace.sources.router_weeks import KINDS, kind_of
from openrace.sources.source import Found, Source, Visit

#: A day with fewer named models is not the list of the fifty largest.
FEWEST = 10
#: Days asked about when the table is empty, and days asked about again, since counts are restated.
FIRST_DAYS, AGAIN = 30, 7
OTHER = "other"

_TITLE = "OpenRouter"
_NAME = r"^[~a-z0-9_][A-Za-z0-9._~-]*/[A-Za-z0-9._:~-]+$"
_REPOSITORY = r"[A-Za-z0-9_][A-Za-z0-9._-]*/[A-Za-z0-9._-]+"
_MILLION = 1_000_000
_TEN_BILLION = 10**10
_FIELDS = {
    "input": "pricing.prompt",
    "output": "pricing.completion",
    "cache_read": "pricing.input_cache_read",
    "repository": "hugging_face_id",
    "context": "context_length",
}
_UNREAD = re.compile(
    "canonical_slug|name|created|description|architecture|top_provider|per_request_limits|links|"
    "supported_parameters|default_parameters|supported_voices|expiration_date|knowledge_cutoff|"
    "reasoning|benchmarks|request|image|image_token|image_output|web_search|internal_reasoning|"
    "input_cache_write|input_audio_cache|audio|audio_output|discount|overrides|start_date|end_date"
)

Amount = Annotated[
    str, Field(pattern=r"^(?:-1|[0-9]{1,20}(?:\.[0-9]{1,30})?(?:[eE]-[0-9]{1,2})?)$")
]


class _Read(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")


class Pricing(_Read):
    """Prices in US$ per token; -1 where the price depends on where a request is sent."""

    prompt: Amount
    completion: Amount
    input_cache_read: Amount = ""


class Model(_Read):
    """What is read of a model."""

    id: Annotated[str, Field(max_length=200)]
    pricing: Pricing
    hugging_face_id: str | None = None
    context_length: Annotated[int, Field(ge=0, le=2**53)] | None = None


class Links(_Read):
    """Where the list goes on."""

    next: str | None = None


class Page(_Read):
    """The list of models, or a part of it."""

    data: list[Model]
    links: Links = Links()
    total_count: int | None = None


class Count(_Read):
    """The tokens of a model, or of all others, on a day."""

    date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    model_permaslug: Annotated[str, Field(pattern=rf"{_NAME}|^{OTHER}$", max_length=200)]
    total_tokens: Annotated[str, Field(pattern=r"^[0-9]{1,15}$")]


class Meta(_Read):
    """What the counts are."""

    as_of: Annotated[str, Field(pattern=r"^[0-9T:.+Z-]{10,40}$")]
    version: Literal["v1"]


class Rankings(_Read):
    """The counts of a span of days."""

    data: list[Count]
    meta: Meta


_PAGE, _RANKINGS = TypeAdapter(Page), TypeAdapter(Rankings)


def ask_models(visit: Visit) -> Found:
    """Return the router's prices.

    Raises:
        Refusal: the list is not whole, or not of its shape.
    """
    pages = list(_pages(visit))
    listed = _offers(pages)
    fit = listed["model"].str.fullmatch(_NAME[1:-1])
    table = visit.table("router_prices")
    was, offers = store.last_of(table, ["model"], "date"), price_rows.usable(listed[fit])
    price_rows.check_whole(_TITLE, was, listed[fit], ["model"], _FIELDS)
    price_rows.check_priced(_TITLE, was, offers)
    priced, gone = offers.dropna(subset="input"), price_rows.vanished(was, listed, ["model"])
    rows = pd.concat([priced, gone]).assign(date=pd.Timestamp(visit.day))
    rows = rows[table.columns].astype({**table.dtypes, "context": "Int64"})
    count = sum(len(page.data) for page in pages)
    told = {
        "has names that are not written as names are": int((~fit).sum()),
        "has models that are free or have no fixed price": len(offers) - len(priced),
        "names repositories that are none": int(offers["odd"].sum()),
        "lists models twice, the same both times": count - len(listed),
        "no longer has models that had a price": len(gone),
    }
    notes = [note for words, n in told.items() for note in price_rows.counted(_TITLE, words, n)]
    notes += price_rows.added(_TITLE, _extra(pages), _UNREAD)
    rows = rows.reset_index(drop=True)
    return Found({"router_prices": rows}, count, len(listed) - len(priced), notes)


def _pages(visit: Visit) -> Iterator[Page]:
    """Ask for the list page by page, as long as it says that it goes on."""
    asked: set[str] = set()
    path: str | None = "/api/v1/models"
    while path:
        if path in asked or not path.startswith("/"):
            raise Refusal(f"{_TITLE}’s list goes on at an address that it must not: {path[:80]!r}.")
        asked.add(path)
        page = asking.json(visit.client, visit.address + path, _PAGE, who=_TITLE)
        yield page
        path = page.links.next


def _offers(pages: list[Page]) -> pd.DataFrame:
    """Return the models as the table has them, each once, with prices not checked yet."""
    rows = [
        (
            model.id,
            model.hugging_face_id or None,
            _price(model.pricing.prompt),
            _price(model.pricing.completion),
            _price(model.pricing.input_cache_read),
            model.context_length or None,
        )
        for page in pages
        for model in page.data
    ]
    columns = ["model", "repository", "input", "output", "cache_read", "context"]
    offers = pd.DataFrame(rows, columns=columns).drop_duplicates(ignore_index=True)
    twice = offers.loc[offers["model"].duplicated(), "model"]
    if len(twice):
        raise Refusal(f"{_TITLE} lists {twice.iloc[0]!r} twice, differently.")
    total = pages[-1].total_count
    if total is not None and total != len(offers):
        raise Refusal(f"{_TITLE} says that it has {total} models, but lists {len(offers)}.")
    repositories = offers["repository"].astype("str")
    odd = repositories.notna() & ~repositories.str.fullmatch(_REPOSITORY, na=False)
    context = offers["context"].astype("Int64")
    return offers.assign(repository=repositories.mask(odd), context=context, odd=odd)


def _price(amount: str) -> float:
    """Return a price per million tokens: below zero where it is not fixed, missing without one."""
    return float(Decimal(amount) * _MILLION) if amount else float("nan")


def _extra(pages: list[Page]) -> Iterator[str]:
    for page in pages:
        yield from page.model_extra or ()
        for model in page.data:
            yield from model.model_extra or ()
            yield from model.pricing.model_extra or ()


def ask_days(visit: Visit) -> Found:
    """Return the tokens of each day by home and openness.

    Asked are the days since the last that is known and the week before it, which may have been
    restated; never the day that is not over.

    Raises:
        Refusal: the answer is not whole, or not of its shape.
    """
    end = min(visit.until, visit.day - timedelta(days=1))
    table = visit.table("router_days")
    days = table["date"].dt.date
    last = days[days <= end].max() if (days <= end).any() else None
    start = last - timedelta(days=AGAIN - 1) if last else end - timedelta(days=FIRST_DAYS - 1)
    answer = asking.json(
        visit.client,
        f"{visit.address}/api/v1/datasets/rankings-daily",
        _RANKINGS,
        params={"start_date": f"{start}", "end_date": f"{end}"},
        headers={"Authorization": f"Bearer {visit.key}"},
        who=_TITLE,
    )
    counts = _counts(answer, start, end)
    rows = daily(counts, visit.table("labs")).assign(observed=pd.Timestamp(visit.day))
    rows = rows[table.columns].astype(table.dtypes)
    lacking = f"lacks days from {start} to {end}, as of {answer.meta.as_of}"
    notes = price_rows.counted(_TITLE, lacking, (end - start).days + 1 - len(rows))
    read = (answer, answer.meta, *answer.data)
    extra = (name for part in read for name in part.model_extra or ())
    notes += price_rows.added(_TITLE, extra, _UNREAD)
    return Found({"router_days": rows}, len(answer.data), notes=notes)


def _counts(answer: Rankings, start: date, end: date) -> pd.DataFrame:
    """Return date, name and tokens, each name once a day."""
    rows = [(c.date, c.model_permaslug, int(c.total_tokens)) for c in answer.data]
    counts = pd.DataFrame(rows, columns=["date", "name", "tokens"]).drop_duplicates()
    twice = counts[counts.duplicated(["date", "name"])]
    if len(twice):
        raise Refusal(f"{_TITLE} counts {twice['name'].iloc[0]} twice on {twice['date'].iloc[0]}.")
    day = pd.to_datetime(counts["date"], errors="coerce")
    wrong = ~day.between(pd.Timestamp(start), pd.Timestamp(end))
    if wrong.any():
        raise Refusal(
            f"{_TITLE} was asked about {start} to {end} and told of "
            f"{counts.loc[wrong, 'date'].iloc[0]}."
        )
    return counts.assign(date=day)


def daily(counts: pd.DataFrame, labs: pd.DataFrame) -> pd.DataFrame:
    """Return the shares of a day's tokens by home and openness, one row per day.

    Args:
        counts: date, name (as the router has it; `OTHER` for all that is not named), tokens.
        labs: table of that name.

    Returns:
        date, models (named, variants merged), tokens (to ten billion), the shares of `KINDS` and
        others (of all tokens, to three decimals).

    Raises:
        Refusal: a day is without the rest, or with too few names.
    """
    other = counts["name"] == OTHER
    kinds = kind_of(counts["name"], labs).mask(other, "others")
    wide = counts.assign(kind=kinds).pivot_table(
        index="date", columns="kind", values="tokens", aggfunc="sum"
    )
    wide = wide.reindex(columns=[*KINDS, "others"])
    named = counts[~other & (counts["tokens"] > 0)]
    models = named["name"].str.split(":").str[0].groupby(named["date"]).nunique()
    models = models.reindex(wide.index, fill_value=0)
    cut = wide.index[wide["others"].isna() | (models < FEWEST)]
    if len(cut):
        raise Refusal(
            f"{_TITLE} names {models[cut[0]]} models on {cut[0]:%Y-%m-%d}, or leaves out the rest: "
            "that is not a whole day; ask again later."
        )
    tokens = wide.sum(axis=1)
    coarse = (tokens / _TEN_BILLION).round().astype("int64") * _TEN_BILLION
    shares = wide.fillna(0.0).div(tokens, axis=0).round(3)
    return shares.assign(models=models, tokens=coarse).reset_index()


MODELS = Source(
    name="openrouter",
    title="OpenRouter, models",
    variable="OPENRACE_OPENROUTER_URL",
    address="https://openrouter.ai",
    ask=ask_models,
    group="prices",
)
DAYS = Source(
    name="router_days",
    title="OpenRouter, rankings",
    variable="OPENRACE_OPENROUTER_URL",
    address="https://openrouter.ai",
    ask=ask_days,
    key="OPENROUTER_API_KEY",
    has_past=True,
)
SOURCE = (MODELS, DAYS)
