"""The numbers on tokens and dollars: a router's last week with its ranges, a gateway's bounds."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from openrace.measures.incentives.spending import (
    GROUPS,
    MISSING,
    Range,
    bounds,
    ranged,
    ratio,
    same_week,
    shares,
)
from openrace.numbers import Number

_NAMES = {
    "CN": "models of Chinese makers",
    "US": "models of US makers",
    "other": "models of makers elsewhere",
    "unknown": "models of unknown makers, stealth models among them",
    "open": "models with open weights",
    "closed": "closed models",
}
_NO_ACCESS = "models of which it is not known whether their weights are open"
_TOLD = {"tokens": "incentives.token_share", "dollars": "incentives.spend_share"}
_PAID = "incentives.paid_per_token"

_SPEND = ("token_spend", "router_access", "labs")
_GATEWAY = ("gateway_shares",)


def numbers(token_spend: pd.DataFrame, gateway_shares: pd.DataFrame) -> list[Number]:
    """Return the numbers of this part, of the last week at the router and at the gateway.

    Args:
        token_spend: table of that name.
        gateway_shares: table of that name.
    """
    found = shares(token_spend)
    return [
        *_week(token_spend),
        *_shares(found),
        *_without_deepseek(found),
        *_free(found, token_spend),
        *_prices(found),
        *_gateway(gateway_shares, found["until"].max()),
    ]


def _number(id: str, read: Range, unit: str, said: str) -> Number:
    return Number.of(id, read.value, unit, said, _SPEND, read.low, read.high)


def _week(token_spend: pd.DataFrame) -> Iterator[Number]:
    """Say which week is counted, and how much it is."""
    last = token_spend[token_spend["until"] == token_spend["until"].max()]
    rows = last[last["by"] == "country"]
    sums = rows[["models", "tokens", "dollars"]].sum() if len(rows) else dict.fromkeys(rows)
    weeks = token_spend["until"].nunique()
    said = {
        "first": (rows["first"].max(), "date", "First day of the week counted at the router."),
        "until": (rows["until"].max(), "date", "Last day of the week counted at the router."),
        "priced_days": (rows["priced_days"].max(), "days", "Days of that week with prices."),
        "weeks": (weeks, "count", "Seven-day windows, one ending on each day, behind the ranges."),
        "models": (sums["models"], "models", "Models with any token at the router in that week."),
        "tokens": (sums["tokens"], "count", "Tokens of all models at the router in that week."),
        "dollars": (
            sums["dollars"],
            "count",
            "US$ that these tokens cost, at the mean of each model’s daily prices after caching.",
        ),
    }
    for name, (value, unit, words) in said.items():
        yield Number.of(f"incentives.spend.{name}", value, unit, words, _SPEND)


def _shares(found: pd.DataFrame) -> Iterator[Number]:
    """Give each group's share of tokens, with and without free ones, and of dollars."""
    weeks = "the range is that of all seven-day windows"
    for by, groups in GROUPS.items():
        for group, id in groups.items():
            name = _NO_ACCESS if (by, group) == ("access", "unknown") else _NAMES[group]
            yield _number(
                f"{_TOLD['tokens']}.{id}",
                ranged(found, by, group, "tokens"),
                "share",
                f"Share of one router’s tokens that went to {name}; {weeks}.",
            )
            yield _number(
                f"{_TOLD['tokens']}.{id}.paid",
                ranged(found, by, group, "paid_tokens"),
                "share",
                f"The same of tokens not sold as free, to {name}; {weeks}.",
            )
            yield _number(
                f"{_TOLD['dollars']}.{id}",
                ranged(found, by, group, "dollars"),
                "share",
                f"Share of one router’s dollars, tokens times price paid, that went to {name}; "
                f"{weeks}, and of the cheapest and dearest days of each model in the last.",
            )


def _without_deepseek(found: pd.DataFrame) -> Iterator[Number]:
    """Give the shares that are left when one Chinese maker's models are taken from the whole."""
    for measure, id in _TOLD.items():
        for group in ("CN", "US"):
            yield _number(
                f"{id}.{group.lower()}.without_deepseek",
                ranged(found, "country_without_deepseek", group, measure),
                "share",
                f"Share of the router’s {measure} that went to {_NAMES[group]}, DeepSeek’s models "
                "left out of part and whole; the range is as for the share with them.",
            )


def _free(found: pd.DataFrame, token_spend: pd.DataFrame) -> Iterator[Number]:
    """Say how many tokens cost nothing, and how many have no price that is known."""
    rows = token_spend[token_spend["by"] == "country"].groupby("until")
    sums = rows[["tokens", "free_tokens", "priced_tokens"]].sum()
    parts = {
        f"{_TOLD['tokens']}.free_variants": (sums["free_tokens"], "of variants sold as free"),
        "incentives.spend.priced_share": (sums["priced_tokens"], "with a price above nothing"),
        "incentives.spend.unpriced_share": (
            sums["tokens"] - sums["free_tokens"] - sums["priced_tokens"],
            "neither sold as free nor with a known price",
        ),
    }
    for id, (tokens, name) in parts.items():
        weeks = tokens / sums["tokens"]
        read = Range(weeks.iloc[-1], weeks.min(), weeks.max()) if len(weeks) else MISSING
        yield _number(id, read, "share", f"Share of the router’s tokens {name}, over all windows.")
    for group in ("CN", "US"):
        yield _number(
            f"{_TOLD['tokens']}.free_variants.of_{group.lower()}",
            ranged(found, "country", group, "free"),
            "share",
            f"Share of the tokens of {_NAMES[group]} that variants sold as free processed.",
        )


def _prices(found: pd.DataFrame) -> Iterator[Number]:
    """Give what a million tokens cost by group, and the ratios of it."""
    for by, group in (
        ("country", "CN"),
        ("country", "US"),
        ("access", "open"),
        ("access", "closed"),
    ):
        yield _number(
            f"{_PAID}.{group.lower()}",
            ranged(found, by, group, "price"),
            "US$",
            f"US$ per million tokens with a price, input and output together, of {_NAMES[group]}.",
        )
    said = "US$ per priced token of models of US makers over those of Chinese makers"
    mixed = "; it mixes prices with which models are used, for what, and how well they cache."
    asked = {
        "ratio": (("country", "US", "CN"), said + mixed),
        "ratio.with_free": (
            ("country", "US", "CN", "with_free"),
            f"{said}, tokens sold as free included{mixed}",
        ),
        "ratio.without_deepseek": (
            ("country_without_deepseek", "US", "CN"),
            f"{said}, DeepSeek’s models left out{mixed}",
        ),
        "ratio.closed_open": (
            ("access", "closed", "open"),
            f"US$ per priced token of closed models over those with open weights{mixed}",
        ),
    }
    for name, (choice, words) in asked.items():
        yield _number(f"{_PAID}.{name}", ratio(found, *choice), "times", words)


def _gateway(gateway_shares: pd.DataFrame, week: pd.Timestamp) -> Iterator[Number]:
    """Give the least and the most of each group at the gateway, ranged over its weeks."""
    table = bounds(gateway_shares)
    now = same_week(table, week)
    yield Number.of(
        "incentives.spend.vercel_until",
        now["until"].max(),
        "date",
        "Last day of the gateway’s week, the router’s where the gateway has it.",
        _GATEWAY,
    )
    ends = {"low": "at least", "high": "at most (that named and all that is not)"}
    for measure, id in _TOLD.items():
        for by, group in (
            ("country", "CN"),
            ("country", "US"),
            ("access", "open"),
            ("access", "closed"),
        ):
            for end, word in ends.items():
                weeks = _at_gateway(table, measure, by, group)[end]
                value = _at_gateway(now, measure, by, group)[end].max()
                said = f"Share of {measure} at one gateway that went to {_NAMES[group]}, {word}; "
                yield Number.of(
                    f"{id}.{group.lower()}.vercel.{end}",
                    value,
                    "share",
                    said + "mean of the days of the week, the range is that of the weeks.",
                    _GATEWAY,
                    weeks.min(),
                    weeks.max(),
                )
        unnamed = _at_gateway(now, measure, "country", "unknown")["low"].max()
        said = f"Share of {measure} at the gateway that went to the ten models it names."
        yield Number.of(f"{id}.vercel.named", 1 - unnamed, "share", said, _GATEWAY)


def _at_gateway(table: pd.DataFrame, measure: str, by: str, group: str) -> pd.DataFrame:
    wanted = (table["measure"] == measure) & (table["by"] == by) & (table["group"] == group)
    return table[wanted]
