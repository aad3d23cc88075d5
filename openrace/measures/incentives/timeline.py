"""Steps towards earning from language models, in lanes by kind; a list made by hand."""

from __future__ import annotations

import math

import pandas as pd

from openrace.measures.incentives.labs import run_rates, statements
from openrace.numbers import Number

#: The kinds of step, in the order of their lanes.
KINDS = ("advertising", "funding", "listing", "disclosure", "closing of weights")

_ADS, _ADVERTISER = "advertising run rate", "OpenAI"
_EVENTS = ("monetisation_events",)
_BOTH = ("monetisation_events", "lab_financials")


def timeline(monetisation_events: pd.DataFrame, countries: pd.DataFrame) -> pd.DataFrame:
    """Return the steps by day, each with its lane.

    Args:
        monetisation_events: table of that name.
        countries: table of that name, for the bloc.

    Returns:
        place (0 for the first), date, until, precision (`day`, `month`, `span`), lane, name,
        actor, bloc, text, url, confidence.
    """
    rows = monetisation_events.merge(countries[["country", "bloc"]], on="country", how="left")
    rows = rows.sort_values(["until", "date", "label"], kind="stable", ignore_index=True)
    first, last = rows["date"], rows["until"]
    month = first.dt.is_month_start & last.dt.is_month_end
    precision = pd.Series("span", rows.index).mask(month, "month").mask(first == last, "day")
    named = rows.rename(columns={"kind": "lane", "label": "name", "event": "text"})
    kept = ["date", "until", "precision", "lane", "name", "actor", "bloc", "text", "url"]
    named = named.assign(precision=precision)[[*kept, "confidence"]]
    named.insert(0, "place", range(len(named)))
    return named


def numbers(monetisation_events: pd.DataFrame, lab_financials: pd.DataFrame) -> list[Number]:
    """Count the steps of the list, and return what advertising brought beside all revenue.

    Args:
        monetisation_events: table of that name.
        lab_financials: table of that name.
    """
    return [*_counts(monetisation_events), *_advertising(monetisation_events, lab_financials)]


def _counts(rows: pd.DataFrame) -> list[Number]:
    of = "steps towards earning in a hand-made list, a timeline and not a count"
    kinds = {kind: kind.split(" ")[0] for kind in KINDS}
    asked = {
        "total": (len(rows), f"All {of}."),
        "us": ((rows["country"] == "US").sum(), f"Of firms in the US: {of}."),
        "cn": ((rows["country"] == "CN").sum(), f"Of Chinese firms: {of}."),
        "low_confidence": ((rows["confidence"] == "low").sum(), f"Of low confidence: {of}."),
        **{
            id: ((rows["kind"] == kind).sum(), f"Kind “{kind}”: {of}.")
            for kind, id in kinds.items()
        },
    }
    dates = {
        "first": (rows["date"].min(), "First day of the list of steps towards earning."),
        "last": (rows["until"].max(), "Last day of the list of steps towards earning."),
    }
    return [
        *(
            Number.of(f"incentives.events.{id}", n if len(rows) else None, "count", said, _EVENTS)
            for id, (n, said) in asked.items()
        ),
        *(
            Number.of(f"incentives.events.{id}", day, "date", said, _EVENTS)
            for id, (day, said) in dates.items()
        ),
    ]


def _advertising(events: pd.DataFrame, lab_financials: pd.DataFrame) -> list[Number]:
    """Return since when there is advertising in a chat product, and how much it brings."""
    announced = events.loc[events["kind"] == "advertising", "date"].min()
    sums = statements(lab_financials[lab_financials["lab"] == _ADVERTISER])
    yearly = _last(sums[sums["measure"] == _ADS])
    whole = float(run_rates(lab_financials)["usd"].get(_ADVERTISER, math.nan))
    forecast = sums[sums["measure"] == "forecast advertising revenue"].sort_values("to")
    near, far = (_last(rows) for rows in (forecast.head(1), forecast.tail(1)))
    said = f"Advertising revenue of {_ADVERTISER}"
    asked = (
        ("announced", announced, "date", "Day on which advertising in ChatGPT was announced."),
        ("annualised", yearly, "US$ billion", f"{said} six weeks after a test began, annualised."),
        ("of_run_rate", yearly / whole, "share", f"{said}, annualised, over its last run rate."),
        ("forecast", near, "US$ billion", f"{said} in 2026, as told to investors: a forecast."),
        ("forecast_2030", far, "US$ billion", f"{said} in 2030, as told to investors: a forecast."),
    )
    return [
        Number.of(f"incentives.ads.{id}", v, unit, words, _BOTH) for id, v, unit, words in asked
    ]


def _last(rows: pd.DataFrame) -> float:
    return float(rows.sort_values("to")["usd"].iloc[-1]) if len(rows) else math.nan
