"""From a router's list of endpoints to aggregates: how many hosts models have, by their home.

The list may not be passed on, so the table holds counts of models by how many hosts they have,
and the share of tokens of at least three models together. Whoever holds the files writes it with

    python -m openrace.sources.host_counts ENDPOINTS COUNTS
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pandas as pd

from openrace import package, store
from openrace.sources.router_hosts import MODELS, homes, host_of, ordinary
from openrace.sources.router_names import HOMES, home_of, is_chinese_open

LEAST_MODELS = 3
#: How many hosts stand together, as lowest and highest of a class.
CLASSES = ((0, 0), (1, 1), (2, 2), (3, 5), (6, 10), (11, 99))
WHOLE = ((0, 99),)
COUNTED = ("CN", "US", "US_or_unknown", "all")
ALL, EITHER = "all", "US_or_unknown"


def kind_of(slugs: pd.Series, labs: pd.DataFrame, router_access: pd.DataFrame) -> pd.Series:
    """Return cn_open or us_closed for a router's names; what is neither is missing.

    Args:
        slugs: the router's names.
        labs: table of that name.
        router_access: table of that name; models that it lacks, those of sound and of moving
            pictures among them, are not counted as closed.
    """
    access = slugs.map(router_access.set_index("model")["access"])
    kinds = pd.Series(pd.NA, index=slugs.index, dtype="str")
    kinds = kinds.mask((home_of(slugs, labs) == "US") & (access == "closed"), "us_closed")
    return kinds.mask(is_chinese_open(slugs), "cn_open")


def hosted(
    endpoints: pd.DataFrame,
    router_hosts: pd.DataFrame,
    labs: pd.DataFrame,
    router_access: pd.DataFrame,
    rule: str,
) -> pd.DataFrame:
    """Return how many hosts of each home sell a text model at an ordinary endpoint.

    Args:
        endpoints: model_slug, permaslug, variant, provider_slug, price_prompt, price_completion
            (US$ per token), is_free, is_hidden, is_disabled.
        router_hosts: table of that name.
        labs: table of that name.
        router_access: table of that name.
        rule: home by `seat` or `owner`.

    Returns:
        By permaslug: slug, kind, and the hosts of `HOMES`, all and US_or_unknown.
    """
    rows = ordinary(endpoints)
    # a name with a tilde is another name of a model that is listed under its own
    rows = rows[~rows["model_slug"].str.startswith("~")]
    kind = kind_of(rows["model_slug"], labs, router_access)
    rows = rows.assign(host=host_of(rows["provider_slug"]), kind=kind)
    rows = rows.dropna(subset="kind").drop_duplicates(["permaslug", "host"])
    rows = rows.assign(home=homes(rows["host"], router_hosts, rule))
    counts = pd.crosstab(rows["permaslug"], rows["home"]).reindex(columns=HOMES, fill_value=0)
    counts = counts.assign(
        **{ALL: counts[list(HOMES)].sum(axis=1), EITHER: counts["US"] + counts["unknown"]}
    )
    names = rows.drop_duplicates("permaslug").set_index("permaslug")
    return names[["model_slug", "kind"]].rename(columns={"model_slug": "slug"}).join(counts)


def host_counts(
    endpoints: pd.DataFrame,
    counts: pd.DataFrame,
    router_hosts: pd.DataFrame,
    labs: pd.DataFrame,
    router_access: pd.DataFrame,
) -> pd.DataFrame:
    """Return how many models have how many hosts of each home, and their share of tokens.

    Args:
        endpoints: see `hosted`; with scrape_date, one day.
        counts: snapshot_date, permaslug, prompt_tokens, completion_tokens over seven days; the
            snapshot of the endpoints' day counts, models without a listed host left out.
        router_hosts: table of that name.
        labs: table of that name.
        router_access: table of that name.

    Returns:
        date, kind (cn_open, cn_widest: those of them whose prices are compared, us_closed), rule,
        home, least and most (hosts of a class; all classes together for cn_widest), models,
        median (hosts, over the kind's models), share (of the kind's tokens; for cn_widest of
        cn_open's; missing below three models).
    """
    day = endpoints["scrape_date"].max()
    used = counts[counts["snapshot_date"] == day]
    tokens = (used["prompt_tokens"] + used["completion_tokens"]).groupby(used["permaslug"]).sum()
    parts = []
    for rule in ("seat", "owner"):
        models = (
            hosted(endpoints, router_hosts, labs, router_access, rule)
            .join(tokens.rename("tokens"))
            .fillna(0)
        )
        widest = models[models["slug"].isin(list(MODELS))].assign(kind="cn_widest")
        whole = models.groupby("kind")["tokens"].sum()
        whole["cn_widest"] = whole["cn_open"]
        for kind, group in pd.concat([models, widest]).groupby("kind"):
            classes = WHOLE if kind == "cn_widest" else CLASSES
            for home in COUNTED:
                rows = _classes(group, home, whole[kind], classes)
                parts.append(rows.assign(kind=kind, rule=rule, home=home, date=day))
    columns = ["date", "kind", "rule", "home", "least", "most", "models", "median", "share"]
    return pd.concat(parts, ignore_index=True)[columns]


def _classes(
    group: pd.DataFrame, home: str, whole: float, classes: Sequence[tuple[int, int]]
) -> pd.DataFrame:
    """Return the classes of one kind and home: models, and their share of the kind's tokens."""
    rows = []
    for least, most in classes:
        of = group[group[home].between(least, most)]
        share = of["tokens"].sum() / whole if len(of) >= LEAST_MODELS else None
        rows.append((least, most, len(of), group[home].median(), share))
    return pd.DataFrame(rows, columns=["least", "most", "models", "median", "share"])


def main(arguments: Sequence[str]) -> None:
    """Write the table from the router's files."""
    endpoints, counts = (pd.read_csv(path) for path in arguments[:2])
    known = [store.load(name) for name in ("router_hosts", "labs", "router_access")]
    table = host_counts(endpoints, counts, *known)
    key = package.describe("host_counts")["schema"]["primaryKey"]
    table.sort_values(key).round({"share": 3}).to_csv(package.path("host_counts"), index=False)


if __name__ == "__main__":
    main(sys.argv[1:])
