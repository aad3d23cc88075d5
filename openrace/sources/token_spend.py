"""A router's tokens and prices paid, and a gateway's daily ten, to sums and shares by country.

Neither upstream states a licence, so the tables hold sums over groups of models by the week, and
means over a week of what the gateway names. Whoever has the files writes them again with

    python -m openrace.sources.token_spend COUNTS PAID SLUGS GATEWAY

COUNTS are the router's tokens of the last seven days by model, PAID its daily prices after caching
(US$ per million tokens), SLUGS its names with and without dates, GATEWAY the daily shares.
Prompt tokens include those read from a cache, whose discount is in the price of input; completion
tokens include those of reasoning.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

import pandas as pd

from openrace import package, store
from openrace.sources.router_hosts import LEAST_COVERED
from openrace.sources.router_names import HOMES, home_of

MILLION = 1_000_000
ACCESS = ("open", "closed", "unknown")
#: The ways in which models are grouped, and the groups of each.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "country": HOMES,
    "country_without_deepseek": HOMES,
    "access": ACCESS,
}
WEEK = pd.Timedelta(days=7)
#: A week counts when so many of its seven days have prices.
LEAST_DAYS = 5
#: The gateway's weeks, by their Sundays: the whole weeks of August 2026 before its list was read.
GATEWAY_WEEKS = tuple(pd.to_datetime(["2026-08-09", "2026-08-16"]))

#: Country and access of the gateway's models, by the beginning of their names, the first that fits.
GATEWAY_NAMES: Mapping[str, tuple[str, str]] = {
    "Claude": ("US", "closed"),
    "DeepSeek": ("CN", "open"),
    "GLM": ("CN", "open"),
    "GPT OSS": ("US", "open"),
    "GPT": ("US", "closed"),
    "Gemini": ("US", "closed"),
    "Step": ("CN", "open"),
    "text-embedding-3": ("US", "closed"),
}
_METRICS = {"tokens": "tokens", "cost": "dollars"}
_MODEL = ["permaslug", "variant"]
_TOKENS = ["prompt_tokens", "completion_tokens"]
_SUMS = ["tokens", "free_tokens", "priced_tokens", "dollars", "dollars_low", "dollars_high"]
_PRICES = ["weighted_input_price", "weighted_output_price"]


def covered(paid: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Return the prices of the days whose hosts served a fifth of the tokens counted, or more.

    On the first days the router named few hosts; prices of their tokens alone are not the model's.

    Args:
        paid: date, total_tokens (of the host on that day).
        counts: snapshot_date, prompt_tokens, completion_tokens: of the seven days before.
    """
    hosted = paid.groupby("date")["total_tokens"].sum()
    weekly = counts.groupby("snapshot_date")[_TOKENS].sum().sum(axis=1)
    read = hosted.index + pd.Timedelta(days=1)
    daily = weekly.reindex(read, method="nearest").to_numpy() / WEEK.days
    return paid[paid["date"].isin(hosted.index[hosted >= LEAST_COVERED * daily])]


def week_prices(paid: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    """Return what each model cost in a week, on the mean, cheapest and dearest of its days.

    Args:
        paid: date, permaslug, variant, weighted_input_price, weighted_output_price (US$ per
            million tokens, over all hosts); a row per host and day. A price of nothing for both
            is none.
        first: the week's first day.
        last: its last day.

    Returns:
        permaslug, variant and the two prices as the mean of the days on which they were seen, and
        with `_low` and `_high` as the least and the most of these days.
    """
    rows = paid[paid["date"].between(first, last) & (paid[_PRICES] > 0).any(axis=1)]
    days = rows.drop_duplicates(["date", *_MODEL])
    found = days.groupby(_MODEL)[_PRICES]
    mean, low, high = found.mean(), found.min(), found.max()
    return mean.join([low.add_suffix("_low"), high.add_suffix("_high")]).reset_index()


def week_models(counts: pd.DataFrame, paid: pd.DataFrame, last: pd.Timestamp) -> pd.DataFrame:
    """Return tokens and dollars of each model in the week to a day.

    A row of the counts stands in the snapshot of the day after the week, whatever day the model
    was last used on.

    Args:
        counts: snapshot_date, permaslug, variant, prompt_tokens, completion_tokens: of seven days.
        paid: see `week_prices`.
        last: the week's last day.

    Returns:
        permaslug, tokens, free_tokens (of free variants), priced_tokens (of others, with a price),
        dollars (what the priced tokens cost), dollars_low, dollars_high (each model at its cheapest
        and dearest day of the week).
    """
    rows = counts[counts["snapshot_date"] == last + pd.Timedelta(days=1)].dropna(subset="permaslug")
    rows = rows.merge(week_prices(paid, last - WEEK + pd.Timedelta(days=1), last), "left", _MODEL)
    tokens = rows["prompt_tokens"] + rows["completion_tokens"]
    free = rows["variant"] == "free"
    priced = ~free & rows[_PRICES].notna().all(axis=1)
    table = pd.DataFrame(
        {
            "permaslug": rows["permaslug"],
            "tokens": tokens,
            "free_tokens": tokens.where(free, 0),
            "priced_tokens": tokens.where(priced, 0),
        }
    )
    for end in ("", "_low", "_high"):
        cost = sum(rows[t] * rows[p + end] for t, p in zip(_TOKENS, _PRICES, strict=True))
        table["dollars" + end] = (cost / MILLION).where(priced, 0.0)
    return table


def grouped(models: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return the sums over the models of each group, every group of that way included.

    Args:
        models: what `week_models` returns, with maker, country and access.
        by: a way of `GROUPS`.

    Returns:
        by, group, models (with any token), and the sums of what `week_models` returns.
    """
    field = by.removesuffix("_without_deepseek")
    kept = models if field == by else models[models["maker"] != "deepseek"]
    used = kept[kept["tokens"] > 0].groupby(field)
    sums = used[_SUMS].sum()
    sums.insert(0, "models", used["permaslug"].nunique())
    whole = sums.reindex(list(GROUPS[by]), fill_value=0).rename_axis("group").reset_index()
    return whole.assign(by=by)


def token_spend(
    counts: pd.DataFrame,
    paid: pd.DataFrame,
    slugs: pd.DataFrame,
    labs: pd.DataFrame,
    router_access: pd.DataFrame,
) -> pd.DataFrame:
    """Return tokens and dollars by group of models for every week with prices on five days.

    Args:
        counts: see `week_models`, with dates as timestamps.
        paid: see `week_prices` and `covered`, with dates as timestamps.
        slugs: permaslug, model_slug: the router's dated and undated names.
        labs: table of that name.
        router_access: table of that name, by undated name.

    Returns:
        date (the count was read), first, until (days of the week), priced_days, and what `grouped`
        returns.
    """
    undated = slugs.drop_duplicates("permaslug").set_index("permaslug")["model_slug"]
    access = router_access.set_index("model")["access"]
    paid = covered(paid, counts)
    parts = []
    for read in sorted(counts["snapshot_date"].unique()):
        last = read - pd.Timedelta(days=1)
        first = read - WEEK
        days = paid.loc[paid["date"].between(first, last), "date"].nunique()
        if days < LEAST_DAYS:
            continue
        models = week_models(counts, paid, last)
        name = models["permaslug"].map(undated).fillna(models["permaslug"])
        models["maker"] = models["permaslug"].str.split("/").str[0]
        models["country"] = home_of(models["permaslug"], labs)
        models["access"] = name.map(access).fillna("unknown")
        week = pd.concat([grouped(models, by) for by in GROUPS])
        parts.append(week.assign(date=read, first=first, until=last, priced_days=days))
    columns = ["date", "first", "until", "priced_days", "by", "group", "models"]
    return pd.concat(parts, ignore_index=True)[[*columns, *_SUMS]]


def gateway_shares(shares: pd.DataFrame) -> pd.DataFrame:
    """Return what a gateway names of tokens and dollars by group, the mean of a week's days.

    The models named on all days are the ten of the day on which the list was read, so what is not
    named is unknown; the row `(others)` of the list is a placeholder and is left out.

    Args:
        shares: day, metric, snapshot, model, share_pct (per cent), with dates as timestamps.

    Returns:
        date (the list was read), first, until, days, metric (tokens, dollars), by, group, models,
        share; the group unknown is the rest of the whole.
    """
    rows = shares[shares["metric"].isin(list(_METRICS)) & (shares["model"] != "(others)")].copy()
    found = rows["model"].map(_gateway_name)
    rows["country"], rows["access"] = found.str[0], found.str[1]
    rows["metric"] = rows["metric"].map(_METRICS)
    parts = []
    for last in GATEWAY_WEEKS:
        first = last - WEEK + pd.Timedelta(days=1)
        week = rows[rows["day"].between(first, last)]
        days = int(week["day"].nunique())
        if not days:
            continue
        read = {"date": week["snapshot"].max(), "first": first, "until": last, "days": days}
        for metric, by in ((m, b) for m in _METRICS.values() for b in ("country", "access")):
            part = _named(week[week["metric"] == metric], by, days)
            parts.append(part.assign(metric=metric, by=by, **read))
    columns = ["date", "first", "until", "days", "metric", "by", "group", "models", "share"]
    return pd.concat(parts, ignore_index=True)[columns]


def _gateway_name(model: str) -> tuple[str, str]:
    known = (kind for start, kind in GATEWAY_NAMES.items() if model.startswith(start))
    return next(known, ("unknown", "unknown"))


def _named(rows: pd.DataFrame, by: str, days: int) -> pd.DataFrame:
    """Return models and mean daily share of each group; what is not named is unknown."""
    groups = rows[rows[by] != "unknown"].groupby(by)
    shares = (groups["share_pct"].sum() / 100 / days).rename("share").to_frame()
    shares["models"] = groups["model"].nunique()
    shares = shares.reindex(list(GROUPS[by]), fill_value=0)
    shares.loc["unknown", "share"] = 1 - shares["share"].sum()
    return shares.rename_axis("group").reset_index()


def main(arguments: Sequence[str]) -> None:
    """Write the two tables from the router's and the gateway's files."""
    counts = pd.read_csv(arguments[0], parse_dates=["snapshot_date"])
    paid = pd.read_csv(arguments[1], parse_dates=["date"])
    slugs = pd.read_csv(arguments[2])[["permaslug", "model_slug"]]
    slugs = pd.concat([slugs, paid[["permaslug", "model_slug"]]])
    gateway = pd.read_csv(arguments[3], parse_dates=["day", "snapshot"])
    known = store.load("labs"), store.load("router_access")
    made = {
        "token_spend": token_spend(counts, paid, slugs, *known).round(dict.fromkeys(_SUMS, 0)),
        "gateway_shares": gateway_shares(gateway).round({"share": 4}),
    }
    for name, table in made.items():
        key = package.describe(name)["schema"]["primaryKey"]
        table.sort_values(key).to_csv(package.path(name), index=False)


if __name__ == "__main__":
    main(sys.argv[1:])
