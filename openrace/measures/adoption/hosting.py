"""Who sells Chinese open weights: how many hosts, at home where, and for how much of the use.

Whoever wants a Chinese model without a Chinese company in between needs another host. An offer
says that there is one, not that it is used: most tokens may still go to Chinese hosts, which the
chapter on costs counts. Home is the owner's; some owners are unknown, so counts have a range.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from openrace.measures.costs.hosting import mix, newest
from openrace.numbers import Number

_COUNTS = ("host_counts", "router_hosts")
_ID = "adoption.hosts"
#: From how many US hosts on a model counts as widely offered there.
MANY = 6
_COLUMNS = ["part", "model", "kind", "home", "hosts", "least", "most", "models", "share", "tokens"]


def by_model(host_prices: pd.DataFrame) -> pd.DataFrame:
    """Return how many hosts of each home sell each compared model, home by owner.

    Args:
        host_prices: table of that name.

    Returns:
        model, home (CN, US, other, unknown), hosts; homes without a host have no row.
    """
    rows = newest(host_prices)
    rows = rows[(rows["rule"] == "owner") & (rows["blend"] == mix(3.0))]
    return rows[["model", "home", "hosts"]].reset_index(drop=True)


def classes(host_counts: pd.DataFrame, home: str = "US", rule: str = "owner") -> pd.DataFrame:
    """Return the share of models, and of their kind's tokens, by how many hosts they have.

    Args:
        host_counts: table of that name.
        home: whose hosts are counted: CN, US, US_or_unknown or all.
        rule: home by `owner` or `seat`.

    Returns:
        kind, least, most (hosts of the class), models, median (hosts, over the kind), share (of
        the kind's models), tokens (share of the kind's tokens; missing below three models).
    """
    rows = newest(host_counts)
    rows = rows[(rows["home"] == home) & (rows["rule"] == rule)].sort_values(["kind", "least"])
    share = rows["models"] / rows.groupby("kind")["models"].transform("sum")
    table = rows.rename(columns={"share": "tokens"}).assign(share=share)
    columns = ["kind", "least", "most", "models", "median", "share", "tokens"]
    return table[columns].reset_index(drop=True)


def hosting(host_prices: pd.DataFrame, host_counts: pd.DataFrame) -> pd.DataFrame:
    """Return what the figure draws: hosts of the compared models, and classes of all models.

    Args:
        host_prices: table of that name.
        host_counts: table of that name.

    Returns:
        part (`model` or `class`) and the columns of `by_model` and `classes`.
    """
    of = classes(host_counts)
    parts = {"model": by_model(host_prices), "class": of[of["kind"] != "cn_widest"]}
    filled = [rows.assign(part=part) for part, rows in parts.items() if len(rows)]
    if not filled:
        return pd.DataFrame(columns=_COLUMNS)
    return pd.concat(filled, ignore_index=True).reindex(columns=_COLUMNS)


def at_least(classes: pd.DataFrame, kind: str, hosts: int) -> tuple[float, float]:
    """Return the share of a kind's models, and of its tokens, that have so many hosts or more.

    Args:
        classes: what the function of that name returns.
        kind: one of its kinds.
        hosts: the fewest hosts of a class.
    """
    rows = classes[(classes["kind"] == kind) & (classes["models"] > 0)]
    enough = rows["least"] >= hosts
    # a class of fewer than three models has no share, and the shares of the others add up to less
    below = rows["tokens"][~enough].sum(skipna=False) if (~enough).any() else 0.0
    return rows["share"][enough].sum(), 1 - below


def numbers(host_prices: pd.DataFrame, host_counts: pd.DataFrame) -> list[Number]:
    """Return the numbers of this part; arguments as those of `hosting`."""
    sure, maybe = classes(host_counts), classes(host_counts, "US_or_unknown")
    return [
        Number.of(
            f"{_ID}.date", host_counts["date"].max(), "date", "Day of the list of offers.", _COUNTS
        ),
        *_kinds(host_counts),
        *_medians(host_counts, sure, maybe),
        *_with_host(sure, maybe),
        *_rest(host_counts, by_model(host_prices)),
    ]


_KINDS: Mapping[str, tuple[str, str]] = {
    "cn_open": ("", "Chinese open models on one router"),
    "cn_widest": (".widest", "Chinese open models whose prices are compared, the widely hosted"),
    "us_closed": (".closed", "US closed models on the same router"),
}


def _median(classes: pd.DataFrame, kind: str) -> float:
    found = classes[classes["kind"] == kind]["median"]
    return float(found.iloc[0]) if len(found) else math.nan


def _kinds(host_counts: pd.DataFrame) -> list[Number]:
    every = classes(host_counts, "all")
    found = []
    for kind, (variant, words) in _KINDS.items():
        rows = every[every["kind"] == kind]
        models = int(rows["models"].sum()) if len(rows) else None
        said = f"{words}: text models with an ordinary priced offer."
        found.append(Number.of(f"{_ID}.models{variant}", models, "models", said, _COUNTS))
        if kind != "us_closed":
            said = f"Median number of hosts, of any home, of {words}; the maker’s own counts."
            id = f"{_ID}.median_all{variant}"
            found.append(Number.of(id, _median(every, kind), "count", said, _COUNTS))
    return found


def _medians(host_counts: pd.DataFrame, sure: pd.DataFrame, maybe: pd.DataFrame) -> list[Number]:
    seats = classes(host_counts, rule="seat")
    found = []
    for variant, kind in (("", "cn_open"), (".widest", "cn_widest")):
        said = f"Median number of US-owned hosts of {_KINDS[kind][1]}; up to the median if all "
        said += (
            "hosts of unknown owners were of it; the range is also over seats instead of owners."
        )
        tried = [_median(table, kind) for table in (sure, maybe, seats)]
        low, high = (f(tried) if tried[0] == tried[0] else None for f in (min, max))
        found.append(
            Number.of(f"{_ID}.median_us{variant}", tried[0], "count", said, _COUNTS, low, high)
        )
    said = "Median number of hosts of US closed models on the same router, all US-owned."
    value = _median(sure, "us_closed")
    return [*found, Number.of(f"{_ID}.closed_median", value, "count", said, _COUNTS)]


def _with_host(sure: pd.DataFrame, maybe: pd.DataFrame) -> list[Number]:
    """Return how many models, and how many tokens, have a US-owned host, and many of them."""
    found = []
    for name, hosts, words in (
        ("with_us_host", 1, "a"),
        ("with_many_us_hosts", MANY, "six or more"),
    ):
        low = at_least(sure, "cn_open", hosts)
        high = at_least(maybe, "cn_open", hosts)
        if sure.empty:
            low = high = (math.nan, math.nan)
        of = {"": "Share of Chinese open models on one router", ".tokens": "Share of their tokens,"}
        for i, (variant, said) in enumerate(of.items()):
            said += " of models" if variant else ""
            said += (
                f" with {words} US-owned host{'s' if hosts > 1 else ''}; the range counts hosts "
            )
            said += "of unknown owners too."
            id = f"{_ID}.{name}{variant}"
            found.append(Number.of(id, low[i], "share", said, _COUNTS, low[i], high[i]))
    return found


def _rest(host_counts: pd.DataFrame, models: pd.DataFrame) -> list[Number]:
    """Return what is offered once only, what Chinese hosts do not offer, and the widest offers."""
    every, chinese = classes(host_counts, "all"), classes(host_counts, "CN")
    once = every[(every["kind"] == "cn_open") & (every["most"] == 1)]["share"].sum()
    none = chinese[(chinese["kind"] == "cn_open") & (chinese["most"] == 0)]["share"].sum()
    widest = every[every["kind"] == "cn_widest"]["tokens"].sum()
    shares = {
        "one_host": (once, "Share of Chinese open models that a single host sells."),
        "without_cn_host": (none, "Share of Chinese open models that no Chinese-owned host sells."),
        "widest.tokens": (
            widest,
            "Share of Chinese open models’ tokens that went to the compared models.",
        ),
    }
    us = models[models["home"] == "US"].sort_values(["hosts", "model"])["hosts"]
    priced = ("host_prices", "router_hosts")
    return [
        *(
            Number.of(f"{_ID}.{n}", v if len(every) else None, "share", said, _COUNTS)
            for n, (v, said) in shares.items()
        ),
        Number.of(
            f"{_ID}.fewest_us",
            us.min(),
            "count",
            "Fewest US-owned hosts of a compared model.",
            priced,
        ),
        Number.of(
            f"{_ID}.most_us", us.max(), "count", "Most US-owned hosts of a compared model.", priced
        ),
    ]
