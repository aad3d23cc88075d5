"""The same weights at many hosts: what the host's home does to the price, and who serves tokens.

Home has two rules: the host's seat, as its router says, and the company that owns it in the end.
Prices are medians over the hosts of one home on one router; fewer than three give none. A ratio
compares sellers of the same weights, so it says nothing of quality, and little of speed or limits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from openrace.numbers import Number
from openrace.prices import blended
from openrace.sources.router_hosts import BLENDS, MODELS, homes
from openrace.sources.router_names import HOMES

#: Number ids of the compared models; fixed, whatever the tables hold.
SLUGS: Mapping[str, str] = {
    name: slug.split("/")[1].replace(".", "_").replace("-", "_") for slug, name in MODELS.items()
}
MAKERS: Mapping[str, str] = {name: slug.split("/")[0] for slug, name in MODELS.items()} | {
    "Qwen3.5-397B": "alibaba"
}
RULES = {"owner": "", "seat": ".seat"}
#: US closed models count as comparable up to this many points of the index away.
NEAR = 2.0

_PRICED = ("host_prices", "router_hosts")
_LISTED = ("hosted_prices", "router_hosts")
_SERVED = ("served_tokens", "router_hosts")
_SAVED = ("host_prices", "hosted_prices", "capability_index", "list_prices", "router_hosts")
_ROW = ["model", "rule", "home", "hosts", "median", "low", "high"]


def mix(blend: float) -> float:
    """Return the published mix nearest to the one asked for, in input tokens per output token."""
    return min(BLENDS, key=lambda b: abs(math.log((b + 0.1) / (blend + 0.1))))


def newest(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the last day of a table."""
    return table[table["date"] == table["date"].max()]


def makers_prices(hosted_prices: pd.DataFrame, blend: float = 3.0) -> pd.Series:
    """Return what a million tokens cost at each model's maker, indexed by model (US$)."""
    listed = newest(hosted_prices)
    own = listed[listed["host"] == listed["model"].map(MAKERS)].set_index("model")
    return blended(own["input"], own["output"], mix(blend)).rename("maker")


def by_home(
    host_prices: pd.DataFrame, hosted_prices: pd.DataFrame, blend: float = 3.0
) -> pd.DataFrame:
    """Return the price of each compared model by rule and home of the hosts.

    Args:
        host_prices: table of that name.
        hosted_prices: table of that name, for the makers' own prices.
        blend: input tokens per output token; the nearest published mix is taken.

    Returns:
        model, rule, home, hosts, median, low and high (quartiles; US$ per million tokens; missing
        for fewer than three hosts), maker (its own price), gap (of US hosts: their median over
        that of Chinese hosts under the same rule).
    """
    table = newest(host_prices)
    table = table[(table["blend"] == mix(blend)) & table["model"].isin(list(SLUGS))]
    maker = table["model"].map(makers_prices(hosted_prices, blend)).astype(float)
    table = table[_ROW].assign(maker=maker)
    chinese = table[table["home"] == "CN"][["model", "rule", "median"]]
    table = table.merge(chinese, on=["model", "rule"], how="left", suffixes=("", "_cn"))
    gap = (table["median"] / table["median_cn"]).where(table["home"] == "US")
    return table.assign(gap=gap).drop(columns="median_cn")


def gaps(prices: pd.DataFrame, rule: str) -> pd.Series:
    """Return each model's ratio of US to Chinese hosts under a rule, where both have three."""
    rows = prices[(prices["rule"] == rule) & (prices["home"] == "US")]
    return rows.set_index("model")["gap"].dropna()


def maker_gaps(prices: pd.DataFrame) -> pd.Series:
    """Return the median price at US hosts (by owner) over the maker's own, by model."""
    rows = prices[(prices["rule"] == "owner") & (prices["home"] == "US")].set_index("model")
    return (rows["median"] / rows["maker"]).dropna()


def catalogue_gaps(
    hosted_prices: pd.DataFrame, router_hosts: pd.DataFrame, blend: float = 3.0
) -> pd.Series:
    """Return the same ratio from the open catalogue, with as few as one host on either side."""
    listed = newest(hosted_prices)
    price = blended(listed["input"], listed["output"], blend)
    listed = listed.assign(price=price, home=homes(listed["host"], router_hosts, "owner"))
    wide = listed.pivot_table(index="model", columns="home", values="price", aggfunc="median")
    return (wide.reindex(columns=["US", "CN"])["US"] / wide.get("CN", math.nan)).dropna()


def served(served_tokens: pd.DataFrame) -> pd.DataFrame:
    """Return the share of tokens of Chinese open models by the home of the host that served them.

    Returns:
        rule, home, share (of the tokens whose host the router names), tokens.
    """
    table = newest(served_tokens)
    whole = table.groupby("rule")["tokens"].transform("sum")
    return table[["rule", "home", "tokens"]].assign(share=table["tokens"] / whole)


def closed_prices(prices: pd.DataFrame, models: pd.DataFrame, blend: float = 3.0) -> pd.DataFrame:
    """Return the last list price of each scored US closed model at its own maker.

    Args:
        prices: see `openrace.prices.prices`.
        models: one copy of the index; see `openrace.capability.models`.
        blend: input tokens per output token.

    Returns:
        model, score, price (US$ per million tokens).
    """
    us = models[(models["bloc"] == "United States") & (models["access"] == "closed")]
    table = prices.dropna(subset="input").merge(us[["model", "score", "lab"]], on="model")
    table = table[table["host_lab"] == table["lab"]].drop_duplicates("model", keep="last")
    price = blended(table["input"], table["output"], mix(blend))
    return table.assign(price=price)[["model", "score", "price"]].reset_index(drop=True)


def near_closed(closed: pd.DataFrame, models: pd.DataFrame, model: str) -> pd.Series:
    """Return the prices of the US closed models within two points of a model's score."""
    score = models.set_index("model")["score"].get(model, math.nan)
    return closed[(closed["score"] - score).abs() <= NEAR]["price"]


def closed_price(
    prices: pd.DataFrame, models: pd.DataFrame, model: str, blend: float = 3.0
) -> float:
    """Return the median price of the US closed models within two points of a model's score."""
    return float(near_closed(closed_prices(prices, models, blend), models, model).median())


def savings(by_home: pd.DataFrame, closed: pd.DataFrame, models: pd.DataFrame) -> pd.DataFrame:
    """Split what a Chinese open model saves into the maker's part and what US hosts take back.

    Args:
        by_home: what `by_home` returns.
        closed: what `closed_prices` returns.
        models: one copy of the index.

    Returns:
        By model, of those scored: cn_hosts, us_hosts, closed (median over the US closed models of
        at most two points more or less; US$ per million tokens), closed_low, closed_high (its
        quartiles), compared (how many), lost (share of the saving that is gone at US hosts;
        negative where US hosts are cheaper).
    """
    wide = by_home[by_home["rule"] == "owner"].pivot(index="model", columns="home", values="median")
    rows = []
    for model, row in wide.reindex(columns=["CN", "US"]).dropna().iterrows():
        near = near_closed(closed, models, str(model))
        if near.empty:
            continue
        low, middle, high = near.quantile([0.25, 0.5, 0.75])
        lost = (row["US"] - row["CN"]) / (middle - row["CN"])
        rows.append((model, row["CN"], row["US"], middle, low, high, len(near), lost))
    columns = ["model", "cn_hosts", "us_hosts", "closed", "closed_low", "closed_high"]
    return pd.DataFrame(rows, columns=[*columns, "compared", "lost"])


def hosting_figure(by_home: pd.DataFrame, served: pd.DataFrame) -> pd.DataFrame:
    """Return what the figure draws: part (`price` or `tokens`) and the columns of both tables."""
    parts = {"price": by_home, "tokens": served}
    filled = [rows.assign(part=part) for part, rows in parts.items() if len(rows)]
    columns = ["part", *_ROW, "maker", "gap", "tokens", "share"]
    if not filled:
        return pd.DataFrame(columns=columns)
    return pd.concat(filled, ignore_index=True).reindex(columns=columns)


def numbers(
    host_prices: pd.DataFrame,
    hosted_prices: pd.DataFrame,
    served_tokens: pd.DataFrame,
    router_hosts: pd.DataFrame,
    savings: pd.DataFrame,
    blend: float = 3.0,
) -> list[Number]:
    """Return the numbers of this part.

    Args:
        host_prices: table of that name.
        hosted_prices: table of that name.
        served_tokens: table of that name.
        router_hosts: table of that name.
        savings: what the function of that name returns.
        blend: input tokens per output token.
    """
    choices = [by_home(host_prices, hosted_prices, b) for b in BLENDS]
    now = by_home(host_prices, hosted_prices, blend)
    catalogue = catalogue_gaps(hosted_prices, router_hosts, mix(blend))
    return [
        Number.of(
            "costs.host_gap.blend",
            f"{mix(blend):.0f}",
            "text",
            "Input tokens per output token in the prices of hosts; medians exist for some mixes.",
            _PRICED,
        ),
        Number.of(
            "costs.host_gap.date",
            host_prices["date"].max(),
            "date",
            "Day on which the router’s prices were read.",
            _PRICED,
        ),
        *_medians(now, catalogue),
        *(_gap(model, now, choices) for model in SLUGS),
        *_saved(savings),
        *_tokens(served_tokens),
    ]


def _spread(id: str, values: pd.Series, said: str, tables: tuple[str, ...]) -> Number:
    """Return a median with the lowest and highest value."""
    return Number.of(id, values.median(), "times", said, tables, values.min(), values.max())


def _medians(now: pd.DataFrame, catalogue: pd.Series) -> list[Number]:
    id, said = "costs.host_gap", "Median over models of the median price at US hosts over that at "
    ranged = "; the range is that of the models."
    owned = gaps(now, "owner")
    own = owned.index.str.startswith("DeepSeek")
    asked = {
        "deepseek": (owned[own], "Chinese hosts, by ownership, DeepSeek’s models only", _PRICED),
        "without_deepseek": (
            owned[~own],
            "Chinese hosts, by ownership, without DeepSeek’s models",
            _PRICED,
        ),
        "median": (owned, "Chinese hosts, home by ownership", _PRICED),
        "median.seat": (gaps(now, "seat"), "Chinese hosts, home by seat", _PRICED),
        "maker": (maker_gaps(now), "the maker’s own list price", _SAVED),
        "catalogue": (catalogue, "Chinese hosts, by ownership, in an open catalogue", _LISTED),
    }
    found = []
    for variant, (values, words, tables) in asked.items():
        found.append(_spread(f"{id}.{variant}", values, f"{said}{words}{ranged}", tables))
        count = Number.of(
            f"{id}.{variant}.models", len(values), "models", f"Models in “{variant}”.", tables
        )
        found.append(count)
    name = owned.idxmax() if len(owned) else None
    words = "Model with the widest ratio of US to Chinese hosts, home by ownership."
    found.append(Number.of(f"{id}.widest_model", name, "text", words, _PRICED))
    dearer = int((owned > 1).sum()) if len(now) else None
    said = "Models that cost more at the median US host than at the median Chinese one (owner)."
    return [*found, Number.of(f"{id}.us_dearer", dearer, "models", said, _PRICED)]


def _gap(model: str, now: pd.DataFrame, choices: list[pd.DataFrame]) -> Number:
    """Return one model's ratio, with its range over both rules and the published mixes."""
    tried = [gaps(table, rule).get(model) for table in choices for rule in RULES]
    known = [v for v in tried if v is not None]
    said = f"Median price of {model} at US hosts over that at Chinese hosts, home by ownership; "
    said += "the range is over both rules of home and four mixes of input and output."
    return Number.of(
        f"costs.host_gap.{SLUGS[model]}",
        gaps(now, "owner").get(model),
        "times",
        said,
        _PRICED,
        min(known, default=None),
        max(known, default=None),
    )


def _saved(savings: pd.DataFrame) -> list[Number]:
    lost = savings["lost"].astype(float)
    said = "Part of the saving at Chinese hosts, against the median US closed model of about the "
    said += "same index score, that is gone at US hosts: median and range over the scored models."
    id = "costs.host_saving"
    words = {
        "cn_hosts": "at Chinese hosts",
        "us_hosts": "at US hosts",
        "closed": "of US closed models within two index points",
    }
    prices = [
        Number.of(
            f"{id}.{column}",
            savings[column].astype(float).median(),
            "US$",
            f"Median price {where}, per million tokens, median over the scored models.",
            _SAVED,
            savings[column].min(),
            savings[column].max(),
        )
        for column, where in words.items()
    ]
    return [
        Number.of(f"{id}.lost", lost.median(), "share", said, _SAVED, lost.min(), lost.max()),
        Number.of(f"{id}.models", len(savings), "models", "Models with hosts and score.", _SAVED),
        *prices,
    ]


def _tokens(served_tokens: pd.DataFrame) -> list[Number]:
    shares = served(served_tokens).set_index(["rule", "home"])["share"]
    id = "costs.cn_tokens"
    found = []
    for rule, variant in RULES.items():
        unknown = shares.get((rule, "unknown"), math.nan)
        for home in HOMES:
            share = shares.get((rule, home), math.nan)
            # whoever is unknown may be of this home
            high = share if home == "unknown" else share + unknown
            said = f"Share of tokens of Chinese open models served by hosts of home “{home}”, by "
            said += f"{rule}, on one router; up to the share if all unknown hosts were of it."
            slug = f"{id}.{home.lower()}_hosts{variant}"
            found.append(Number.of(slug, share, "share", said, _SERVED, share, high))
    now = newest(served_tokens).drop_duplicates("date")
    row = now.iloc[0] if len(now) else pd.Series(dtype=float)
    named = served(served_tokens)
    tokens = named[named["rule"] == "owner"]["tokens"].sum() if len(named) else None
    share = None if tokens is None else tokens / row["all_tokens"]
    said = "Tokens of Chinese open models on the counted days whose host the router names"
    return [
        *found,
        Number.of(
            f"{id}.days", row.get("days"), "days", "Days on which the tokens were counted.", _SERVED
        ),
        Number.of(f"{id}.from", row.get("first"), "date", "First day counted.", _SERVED),
        Number.of(f"{id}.to", row.get("date"), "date", "Last day counted.", _SERVED),
        Number.of(f"{id}.tokens", tokens, "count", f"{said}.", _SERVED),
        Number.of(f"{id}.named", share, "share", f"{said}, of all of theirs.", _SERVED),
    ]
