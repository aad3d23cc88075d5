"""From a router's weekly chart and its full count of tokens to shares by home and openness.

The router's counts may not be passed on, so the tables hold shares of all tokens, over models.
Whoever holds the files writes them again with

    python -m openrace.sources.router_weeks CHART COUNTS

The chart names the nine largest models of a week and, since July 2025, puts the rest into Others.
A copy read during a week also keeps models that fell out of the nine since: they are in Others
too, and are dropped here. With that, chart and full count agree on a week's tokens.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

import pandas as pd

from openrace import package, store
from openrace.sources.router_names import home_of, is_chinese_open

NAMED = 9
OTHERS = "Others"
KINDS = ("cn_open", "cn_closed", "us", "other", "unknown")

# Sold as a service only, under names that do not say so.
_SERVICE = re.compile(r"xiaomi/mimo-v2-(?:pro|omni)|alibaba/|kwaivgi/")


def kind_of(models: pd.Series, labs: pd.DataFrame) -> pd.Series:
    """Return cn_open, cn_closed, us, other or unknown for each of a router's names.

    Home is the lab's, by its name before the slash. Models under test, whose lab is not named
    (`stealth/`, `openrouter/`), stay unknown, also where the lab was named later.

    Args:
        models: the router's names, with or without a date.
        labs: table of that name.
    """
    names = models.str.lower()
    homes = home_of(names, labs)
    opened = is_chinese_open(names) & ~names.str.contains(_SERVICE)
    kinds = homes.map({"US": "us", "CN": "cn_closed", "unknown": "unknown"}).fillna("other")
    # the table of labs knows Chinese makers whose openness nobody has looked up: closed here
    return kinds.mask((homes == "CN") & opened, "cn_open")


def _shares(tokens: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return tokens by kind, one row per value of `by`; kinds that do not occur are zero."""
    wide = tokens.pivot_table(index=by, columns="kind", values="tokens", aggfunc="sum")
    return wide.reindex(columns=[*KINDS, OTHERS]).fillna(0.0)


def charted(chart: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a chart that count: one source a week, its nine largest and Others."""
    complete = chart.groupby(["week", "source"])["model"].transform(lambda m: m.eq(OTHERS).any())
    best = complete.groupby(chart["week"]).transform("max")
    rows = chart[complete == best].drop_duplicates(["week", "model"])
    rank = rows["tokens"].where(rows["model"] != OTHERS).groupby(rows["week"]).rank(ascending=False)
    return rows[(rank <= NAMED) | (rows["model"] == OTHERS)]


def weeks(chart: pd.DataFrame, labs: pd.DataFrame, read: pd.Timestamp) -> pd.DataFrame:
    """Return the shares of a week's tokens by home and openness, one row per week.

    Args:
        chart: week (its Monday), model (with its variant after a colon), tokens, source,
            provisional (true of the running week).
        labs: table of that name.
        read: the day on which the copy was made.

    Returns:
        date (last day counted), week, complete, has_others, models (named, variants merged),
        tokens (named, and Others where there are), the shares of `KINDS` and others (of tokens).
    """
    rows = charted(chart)
    rows = rows.assign(name=rows["model"].str.split(":").str[0])
    rows = rows.assign(kind=kind_of(rows["name"], labs).mask(rows["name"] == OTHERS, OTHERS))
    wide = _shares(rows, "week")
    tokens, groups = wide.sum(axis=1), rows.groupby("week")
    has_others = groups["name"].agg(lambda m: m.eq(OTHERS).any())
    table = wide.div(tokens, axis=0).rename(columns={OTHERS: "others"})
    monday = pd.to_datetime(table.index.to_series())
    facts = {
        "date": (monday + pd.Timedelta(days=6)).clip(upper=read),
        "week": monday,
        "complete": ~groups["provisional"].agg(lambda p: p.eq(True).any()),
        "has_others": has_others,
        "models": groups["name"].nunique() - has_others,
        "tokens": tokens,
    }
    return table.assign(**facts)[[*facts, *KINDS, "others"]].reset_index(drop=True)


def full_weeks(counts: pd.DataFrame, labs: pd.DataFrame) -> pd.DataFrame:
    """Return the same shares of all models, over seven days that end on each day counted.

    Args:
        counts: snapshot_date, date, permaslug, variant, prompt_tokens, completion_tokens: one row
            per model and variant, each over seven days.
        labs: table of that name.

    Returns:
        date (last day counted), models, tokens, the shares of `KINDS`, and cn_open_free (the part
        of cn_open that went through free variants); all of tokens.
    """
    rows = counts.assign(
        tokens=counts["prompt_tokens"] + counts["completion_tokens"],
        kind=kind_of(counts["permaslug"], labs),
    )
    free = rows[(rows["variant"] == "free") & (rows["kind"] == "cn_open")]
    wide = _shares(rows, "snapshot_date")[list(KINDS)]
    tokens, groups = wide.sum(axis=1), rows[rows["tokens"] > 0].groupby("snapshot_date")
    facts = {
        # a model without use on the last day keeps the date of its own last use
        "date": pd.to_datetime(groups["date"].max()),
        "models": groups["permaslug"].nunique(),
        "tokens": tokens,
    }
    given = free.groupby("snapshot_date")["tokens"].sum().reindex(wide.index, fill_value=0)
    table = wide.assign(cn_open_free=given).div(tokens, axis=0).assign(**facts)
    return table[[*facts, *KINDS, "cn_open_free"]].reset_index(drop=True)


def main(arguments: Sequence[str]) -> None:
    """Write the two tables from the router's files, coarsely: tokens to ten billion, 0.1 %."""
    chart, counts = (pd.read_csv(path) for path in arguments[:2])
    labs = store.load("labs")
    full = full_weeks(counts, labs)
    read = pd.to_datetime(counts["snapshot_date"]).max()
    made = {"router_weeks": weeks(chart, labs, read), "router_full_weeks": full}
    for name, table in made.items():
        key = package.describe(name)["schema"]["primaryKey"]
        shares = {c: 3 for c in (*KINDS, "others", "cn_open_free") if c in table}
        tokens = (table["tokens"] / 1e10).round().astype(int) * 10**10
        rounded = table.assign(tokens=tokens).sort_values(key).round(shares)
        text = rounded.replace({True: "true", False: "false"})
        text.to_csv(package.path(name), index=False, date_format="%Y-%m-%d")


if __name__ == "__main__":
    main(sys.argv[1:])
