"""Shares of tokens and of dollars in one week: a router counted in full, a gateway as bounds.

At the router (OpenRouter) dollars are tokens times the price paid after caching; variants sold as
free count as tokens and cost nothing. The gateway (Vercel) names ten models, so a group has at
least what is named of it and at most that and all that is not named. Both are two places where
developers buy tokens, and neither measures use in one country.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import pandas as pd

MILLION = 1_000_000
ROUTER, GATEWAY = "router", "gateway"
MEASURES = ("tokens", "dollars")
#: Groups in the order of figures, by way of grouping, with the last part of their number ids.
GROUPS = {
    "country": {"CN": "cn", "US": "us", "other": "other", "unknown": "unknown"},
    "access": {"open": "open", "closed": "closed", "unknown": "unknown_access"},
}
_COLUMNS = ["place", "by", "group", "measure", "value", "low", "high", "models"]


class Range(NamedTuple):
    """A value of the last week, and how far choices and other weeks move it."""

    value: float
    low: float
    high: float


MISSING = Range(math.nan, math.nan, math.nan)


def shares(token_spend: pd.DataFrame) -> pd.DataFrame:
    """Return shares and prices of each group in each week.

    Args:
        token_spend: table of that name.

    Returns:
        until, by, group, models; tokens (share), paid_tokens (share of tokens not sold as free),
        dollars (share) with dollars_low and dollars_high (the group at its cheapest days and all
        others at their dearest, and the reverse); price (US$ per million priced tokens) with
        price_low and price_high; free (share of the group's own tokens sold as free), with_free
        (US$ per million tokens, free ones included).
    """
    t = token_spend
    week = t.groupby(["until", "by"])

    def of_all(values: pd.Series) -> pd.Series:
        return values / values.groupby([t["until"], t["by"]]).transform("sum")

    rest = {c: week[c].transform("sum") - t[c] for c in ("dollars_low", "dollars_high")}
    found = t[["until", "by", "group", "models"]].assign(
        tokens=of_all(t["tokens"]),
        paid_tokens=of_all(t["tokens"] - t["free_tokens"]),
        dollars=of_all(t["dollars"]),
        dollars_low=t["dollars_low"] / (t["dollars_low"] + rest["dollars_high"]),
        dollars_high=t["dollars_high"] / (t["dollars_high"] + rest["dollars_low"]),
        free=t["free_tokens"] / t["tokens"],
        with_free=MILLION * t["dollars"] / (t["priced_tokens"] + t["free_tokens"]),
    )
    for end in ("", "_low", "_high"):
        found["price" + end] = MILLION * t["dollars" + end] / t["priced_tokens"]
    return found.reset_index(drop=True)


def ranged(shares: pd.DataFrame, by: str, group: str, column: str) -> Range:
    """Return a group's value in the last week, its range over all weeks and daily prices.

    Args:
        shares: what the function of that name returns.
        by: a way of grouping.
        group: a group of it.
        column: what to read; `_low` and `_high` of it widen the range where they are there.
    """
    rows = shares[(shares["by"] == by) & (shares["group"] == group)].sort_values("until")
    if rows.empty:
        return MISSING
    last = rows.iloc[-1]
    ends = [*rows[column], *(last.get(column + e, math.nan) for e in ("_low", "_high"))]
    return Range(last[column], *pd.Series(ends, dtype="float").agg(["min", "max"]))


def ratio(shares: pd.DataFrame, by: str, over: str, under: str, column: str = "price") -> Range:
    """Return what a token of one group costs over that of another, in the last week.

    The range is that of all weeks, and of the last week with one group at the cheapest days of
    its models and the other at the dearest.
    """
    rows = shares[shares["by"] == by].pivot(index="until", columns="group").sort_index()
    if rows.empty:
        return MISSING
    weeks = rows[column, over] / rows[column, under]
    ends = list(weeks)
    if f"{column}_low" in shares:
        last = rows.iloc[-1]
        for one, other in (("_low", "_high"), ("_high", "_low")):
            ends.append(last[column + one, over] / last[column + other, under])
    return Range(weeks.iloc[-1], min(ends), max(ends))


def bounds(gateway_shares: pd.DataFrame) -> pd.DataFrame:
    """Return the least and the most that each group can have at the gateway, by week.

    Args:
        gateway_shares: table of that name.

    Returns:
        until, measure, by, group, models, low, high; of the group unknown both are its share.
    """
    t = gateway_shares.rename(columns={"metric": "measure", "share": "low"})
    key = ["until", "measure", "by"]
    unknown = t[t["group"] == "unknown"].set_index(key)["low"].rename("unknown")
    t = t.join(unknown, on=key)
    high = t["low"] + t["unknown"].where(t["group"] != "unknown", 0)
    return t.assign(high=high)[[*key, "group", "models", "low", "high"]]


def same_week(gateway: pd.DataFrame, week: pd.Timestamp | None) -> pd.DataFrame:
    """Return the gateway's rows of a week, or of its last one where it lacks that week."""
    until = week if (gateway["until"] == week).any() else gateway["until"].max()
    return gateway[gateway["until"] == until]


def spending(token_spend: pd.DataFrame, gateway_shares: pd.DataFrame) -> pd.DataFrame:
    """Return what the figure draws: both places in the router's last week.

    Args:
        token_spend: table of that name.
        gateway_shares: table of that name.

    Returns:
        place (router, gateway), by (country, access), group, measure (tokens, dollars), value
        (share; missing where only bounds are known), low, high (of the router over weeks and daily
        prices; of the gateway the bounds), models.
    """
    found = shares(token_spend)
    last = found[found["until"] == found["until"].max()]
    rows = []
    for row in last[last["by"].isin(list(GROUPS))].itertuples():
        for measure in MEASURES:
            read = ranged(found, str(row.by), str(row.group), measure)
            rows.append((ROUTER, row.by, row.group, measure, *read, row.models))
    gateway = same_week(bounds(gateway_shares), found["until"].max())
    known = gateway["low"].where(gateway["group"] == "unknown")
    at_gateway = gateway.assign(place=GATEWAY, value=known)[_COLUMNS]
    table = pd.DataFrame(rows, columns=_COLUMNS)
    parts = [part for part in (table, at_gateway) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else table
