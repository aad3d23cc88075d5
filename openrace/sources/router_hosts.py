"""From what a router says of hosts to aggregates: prices by the host's home, and tokens served.

The router's endpoints and daily counts may not be passed on, so the tables hold medians over at
least three hosts and sums over all models. Whoever holds the files writes them again with

    python -m openrace.sources.router_hosts ENDPOINTS COUNTS ACTIVITY

Endpoints are priced in US$ per token, the tables per million. An endpoint that costs nothing is a
free tier or a glitch and is dropped; one host is counted once, with its cheapest ordinary endpoint.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

import pandas as pd

from openrace import package, store
from openrace.prices import blended
from openrace.sources.router_names import HOMES, is_chinese_open

MILLION = 1_000_000
#: Mixes of input to output for which medians are published; other mixes cannot be made of these.
BLENDS = (1.0, 3.0, 10.0, 30.0)
LEAST_HOSTS = 3
#: Days on which the router named the hosts of less than this share of its tokens are left out.
LEAST_COVERED = 0.2

#: Open weights of Chinese labs with most hosts on the day, by the router’s names.
MODELS: Mapping[str, str] = {
    "deepseek/deepseek-v3.2": "DeepSeek-V3.2",
    "deepseek/deepseek-v4-flash": "DeepSeek-V4-Flash",
    "deepseek/deepseek-v4-pro": "DeepSeek-V4-Pro",
    "moonshotai/kimi-k2.5": "Kimi K2.5",
    "moonshotai/kimi-k2.6": "Kimi K2.6",
    "moonshotai/kimi-k2.7-code": "Kimi K2.7 Code",
    "z-ai/glm-5": "GLM-5",
    "z-ai/glm-5.1": "GLM-5.1",
    "z-ai/glm-5.2": "GLM-5.2",
    "minimax/minimax-m2.5": "MiniMax-M2.5",
    "qwen/qwen3.5-397b-a17b": "Qwen3.5-397B",
}

_CHEAPEST = ["date", "model", "host"]


def host_of(provider: pd.Series) -> pd.Series:
    """Return the company behind an endpoint: `deepinfra/turbo` is DeepInfra."""
    return provider.str.split("/").str[0]


def ordinary(endpoints: pd.DataFrame) -> pd.DataFrame:
    """Return the endpoints that are offered to everyone for money."""
    shown = ~(endpoints["is_free"] | endpoints["is_hidden"] | endpoints["is_disabled"])
    priced = (endpoints["price_prompt"] > 0) & (endpoints["price_completion"] > 0)
    return endpoints[shown & priced & (endpoints["variant"] == "standard")]


def offers(endpoints: pd.DataFrame) -> pd.DataFrame:
    """Return the cheapest ordinary offer of each host for each model that is compared.

    Args:
        endpoints: scrape_date, model_slug, variant, provider_slug, price_prompt, price_completion
            (US$ per token), is_free, is_hidden, is_disabled.

    Returns:
        date, model, host, input, output (US$ per million tokens).
    """
    kept = ordinary(endpoints)
    kept = kept[kept["model_slug"].isin(list(MODELS))]
    table = pd.DataFrame(
        {
            "date": kept["scrape_date"],
            "model": kept["model_slug"].map(MODELS),
            "host": host_of(kept["provider_slug"]),
            "input": kept["price_prompt"] * MILLION,
            "output": kept["price_completion"] * MILLION,
        }
    )
    table = table.assign(price=blended(table["input"], table["output"])).sort_values("price")
    cheapest = table.drop_duplicates(_CHEAPEST).drop(columns="price")
    return cheapest.sort_values(_CHEAPEST, ignore_index=True)


def homes(hosts: pd.Series, router_hosts: pd.DataFrame, rule: str) -> pd.Series:
    """Return the home of each host under a rule: CN, US, other or unknown.

    Args:
        hosts: the router's names.
        router_hosts: table of that name.
        rule: `seat` or `owner`.
    """
    home = hosts.map(router_hosts.set_index("host")[rule]).fillna("unknown")
    return home.where(home.isin(HOMES), "other")


def host_prices(offers: pd.DataFrame, router_hosts: pd.DataFrame) -> pd.DataFrame:
    """Return the median price by model, rule, home and mix, over at least three hosts.

    Returns:
        date, model, rule, home, blend, hosts, median, low and high (the quartiles); the prices
        (US$ per million tokens) are missing for fewer than three hosts.
    """
    parts = []
    for rule in ("seat", "owner"):
        for blend in BLENDS:
            price = blended(offers["input"], offers["output"], blend)
            home = homes(offers["host"], router_hosts, rule)
            groups = offers.assign(home=home, price=price).groupby(["date", "model", "home"])
            found = groups["price"].agg(
                hosts="size",
                median="median",
                low=lambda p: p.quantile(0.25),
                high=lambda p: p.quantile(0.75),
            )
            few = found["hosts"] < LEAST_HOSTS
            prices = ["median", "low", "high"]
            found[prices] = found[prices].mask(few)
            parts.append(found.reset_index().assign(rule=rule, blend=blend))
    columns = ["date", "model", "rule", "home", "blend", "hosts", "median", "low", "high"]
    return pd.concat(parts, ignore_index=True)[columns]


def dropped(endpoints: pd.DataFrame) -> int:
    """Count the endpoints of the compared models that cost nothing, or are hidden or disabled."""
    of = endpoints[endpoints["model_slug"].isin(list(MODELS))]
    free = of["is_free"] | ~(of["price_prompt"] > 0) | ~(of["price_completion"] > 0)
    return int((free | of["is_hidden"] | of["is_disabled"]).sum())


def served(
    counts: pd.DataFrame, activity: pd.DataFrame, router_hosts: pd.DataFrame
) -> pd.DataFrame:
    """Return where a router's tokens of Chinese open models were served, over all days together.

    Args:
        counts: date, model_slug, provider_slug, total_tokens: tokens by host and day.
        activity: date, model_slug, total_prompt_tokens, total_completion_tokens: all tokens.
        router_hosts: table of that name.

    Returns:
        date and first (the last and first day), days, rule, home, tokens (of those days, with the
        host named), all_tokens (of the same days and models, with or without a host).
    """
    said = counts[is_chinese_open(counts["model_slug"]) & (counts["total_tokens"] > 0)]
    total = activity["total_prompt_tokens"] + activity["total_completion_tokens"]
    used = activity.assign(tokens=total)[is_chinese_open(activity["model_slug"])]
    by_day = pd.DataFrame(
        {
            "named": said.groupby("date")["total_tokens"].sum(),
            "all": used.groupby("date")["tokens"].sum(),
        }
    ).dropna()
    kept = by_day[by_day["named"].between(LEAST_COVERED * by_day["all"], by_day["all"])]
    said = said[said["date"].isin(kept.index)]
    parts = []
    for rule in ("seat", "owner"):
        home = homes(host_of(said["provider_slug"]), router_hosts, rule)
        tokens = said.groupby(home.rename("home"))["total_tokens"].sum()
        tokens = tokens.reindex(list(HOMES), fill_value=0)
        parts.append(tokens.rename("tokens").reset_index().assign(rule=rule))
    whole = {"date": kept.index[-1], "first": kept.index[0], "days": len(kept)}
    table = pd.concat(parts, ignore_index=True).assign(**whole, all_tokens=kept["all"].sum())
    return table[["date", "first", "days", "rule", "home", "tokens", "all_tokens"]]


def main(arguments: Sequence[str]) -> None:
    """Write the two tables from the router's files."""
    endpoints, counts, activity = (pd.read_csv(path) for path in arguments[:3])
    hosts = store.load("router_hosts")
    made = {
        "host_prices": host_prices(offers(endpoints), hosts),
        "served_tokens": served(counts, activity, hosts),
    }
    for name, table in made.items():
        key = package.describe(name)["schema"]["primaryKey"]
        floats = dict.fromkeys(table.select_dtypes("float"), 4)
        table.sort_values(key).round(floats).to_csv(package.path(name), index=False)


if __name__ == "__main__":
    main(sys.argv[1:])
