"""Benchmarks and a router that may not be passed on, to the ratios of them that may.

LiveBench, Artificial Analysis and OpenRouter state no licence to pass their values on. This project
publishes its own medians over models, counts of pairs and shares, and no model's value. Whoever has
the files makes the tables `task_costs`, `task_pairs`, `task_pair_counts` and `paid_prices` again
with `python -m openrace.sources.task_costs LIVEBENCH ANALYSIS PAID`: LiveBench's costs and averages
of the release of 25 June 2026, the daily index of Artificial Analysis from 10 April to 10 July
2026, and the daily prices paid at OpenRouter from 17 July to 8 August 2026.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from openrace import package, store
from openrace.measures.costs import task_pairs
from openrace.measures.costs.task_pairs import CN_OPEN, US_CLOSED
from openrace.prices import blended

#: Input tokens per output token for which the tables are made; 30 is nearer to the router's mix.
BLENDS = (1.0, 3.0, 10.0, 30.0)

#: How far qualities may differ, in points of the score.
CALIPERS = {"narrow": 1.5, "matched": 3.0, "wide": 5.0, "best_effort": 3.0}

#: The last day of the index's first scale, and of the second.
ANALYSIS_DAYS = tuple(pd.to_datetime(["2026-06-08", "2026-07-10"]))
#: The day on which the newest model that LiveBench's file names was first seen.
LIVEBENCH_DAY = pd.Timestamp("2026-08-22")

GROUPS = {"all": lambda runs: runs, "without_deepseek": task_pairs.without_deepseek}


class Snapshot(NamedTuple):
    """The runs of one benchmark on one day, with prices of input and output apart."""

    benchmark: str
    date: pd.Timestamp
    runs: pd.DataFrame


def paid_prices(paid: pd.DataFrame) -> pd.DataFrame:
    """Return what a model cost at the router after caching, the median over the days.

    Args:
        paid: date, model_slug, variant, weighted_input_price, weighted_output_price (US$ per
            million tokens, over all hosts), weighted_cache_hit_rate; a row per host and day.

    Returns:
        router (the slug), paid_input, paid_output, cached (share of input tokens); free, batch
        and other variants are left out.
    """
    rows = paid[(paid["variant"] == "standard") & (paid["weighted_input_price"] > 0)]
    named = {
        "weighted_input_price": "paid_input",
        "weighted_output_price": "paid_output",
        "weighted_cache_hit_rate": "cached",
    }
    days = rows.groupby(["model_slug", "date"])[[*named]].first()
    medians = days.groupby("model_slug").median()
    return medians.rename(columns=named).rename_axis("router").reset_index()


def livebench(costs: pd.DataFrame, task_models: pd.DataFrame, paid: pd.DataFrame) -> Snapshot:
    """Return the runs of LiveBench; models of unknown home or access belong to no side.

    Args:
        costs: model, average (per cent), input_price_per_million, output_price_per_million,
            avg_output_tokens, cost_per_question.
        task_models: table of that name.
        paid: see `paid_prices`.
    """
    names = task_models[task_models["benchmark"] == "livebench"]
    names = names[["name", "model", "lab", "country", "access", "router"]]
    named = {
        "model": "name",
        "average": "quality",
        "input_price_per_million": "input",
        "output_price_per_million": "output",
        "avg_output_tokens": "tokens",
        "cost_per_question": "cost",
    }
    runs = costs.rename(columns=named)[[*named.values()]].merge(names, on="name", how="left")
    runs = runs.merge(paid, on="router", how="left").assign(side=_side(runs))
    return Snapshot("livebench", LIVEBENCH_DAY, runs)


def _side(runs: pd.DataFrame) -> pd.Series:
    """Return the side of each run: cn_open, us_closed, or other."""
    cn = (runs["country"] == "CN") & (runs["access"] == "open")
    us = (runs["country"] == "US") & (runs["access"] == "closed")
    return pd.Series(np.select([cn, us], [CN_OPEN, US_CLOSED], "other"), runs.index, dtype="str")


def artificial_analysis(
    index: pd.DataFrame, day: pd.Timestamp, task_models: pd.DataFrame, paid: pd.DataFrame
) -> Snapshot:
    """Return the runs of one day of the index of Artificial Analysis.

    Of models still offered with a measured (not estimated) score, the cost of running the index,
    and a price. Efforts of a model share what stands before the first bracket of their names.

    Args:
        index: date, name, creator, country, open_weights, deprecated, openrouter_id,
            intelligence_index, index_estimated, price_in, price_out, index_run_cost_usd.
        day: the day to read; the scale changed between 9 and 19 June 2026.
        task_models: table of that name, for the router's names that the index lacks.
        paid: see `paid_prices`.
    """
    measured = index["index_estimated"].astype("str").str.lower() == "false"
    offered = index["deprecated"].astype("str").str.lower() != "true"
    runs = index[(pd.to_datetime(index["date"]) == day) & measured & offered]
    named = {"intelligence_index": "quality", "price_in": "input", "price_out": "output"}
    named |= {"index_run_cost_usd": "cost", "creator": "lab", "openrouter_id": "sold_as"}
    runs = runs.rename(columns=named).drop(columns="date")
    model = runs["name"].str.replace(r"\s*\(.*", "", regex=True)
    names = task_models[task_models["benchmark"] == "artificial_analysis"]
    known = model.map(names.set_index("name")["router"])
    opened = runs["open_weights"].astype("str").str.lower() == "true"
    runs = runs.assign(
        model=model,
        router=known.fillna(runs["sold_as"].str.split(":").str[0]),
        country=runs["country"].str.upper(),
        access=np.where(opened, "open", "closed"),
        tokens=np.nan,
    )
    runs = runs.merge(paid, on="router", how="left")
    return Snapshot("aa", day, runs.assign(side=_side(runs)))


_RUN = ["name", "model", "lab", "side", "quality", "list", "paid", "cost", "tokens"]


def mixed(runs: pd.DataFrame, blend: float) -> pd.DataFrame:
    """Return the runs that can be compared, with prices of one mix of tokens."""
    listed = blended(runs["input"], runs["output"], blend).where(lambda price: price > 0)
    paid = blended(runs["paid_input"], runs["paid_output"], blend)
    used = runs.assign(list=listed, paid=paid)[_RUN].dropna(subset=["list"])
    return task_pairs.comparable(used)


#: What rests on prices paid, which were known after the first scale of the index had ended.
PAID = ("list_paid", "paid", "kept_paid")


def task_costs(
    snapshots: Sequence[Snapshot], paid_until: pd.Timestamp, draws: int = task_pairs.DRAWS
) -> pd.DataFrame:
    """Return every ratio of the benchmarks, by mix of tokens and by width of the comparison.

    Args:
        snapshots: the benchmarks; several of one in the order of their days.
        paid_until: the last day of the prices paid; what rests on them was not known before, and
            is made for the last snapshot of a benchmark only.
        draws: how many times models are redrawn.

    Returns:
        date, benchmark, group (all, or without_deepseek), choice (narrow, matched or wide; of
        best_effort only each model's run of the highest score counts), blend, and the columns of
        `task_pairs.compared`; only mix 3 for choices other than `matched`.
    """
    parts = []
    for benchmark, date, runs in snapshots:
        for choice, blend in _asked():
            for group, keep in GROUPS.items():
                of = keep(mixed(runs, blend))
                of = task_pairs.best_effort(of) if choice == "best_effort" else of
                rows = task_pairs.compared(of, CALIPERS[choice], draws=draws)
                named = {"date": date, "benchmark": benchmark, "group": group}
                parts.append(rows.assign(**named, choice=choice, blend=blend))
    table = pd.concat(parts, ignore_index=True).dropna(subset="ratio")
    on_paid = table["measure"].isin(PAID)
    last = table["date"] == table.groupby("benchmark")["date"].transform("max")
    known = table["date"].clip(lower=paid_until).where(on_paid, table["date"])
    table = table.assign(date=known)[~on_paid | last]
    return table[["date", "benchmark", "group", "choice", "blend", *task_pairs.RESULT]]


def _asked() -> Iterator[tuple[str, float]]:
    for choice in CALIPERS:
        for blend in BLENDS if choice == "matched" else (3.0,):
            yield choice, blend


def task_pair_shares(snapshots: Sequence[Snapshot]) -> pd.DataFrame:
    """Return how often “80–90 % cheaper and 80–90 % as good” holds, by choice of the pairs.

    Returns:
        date, benchmark, group, reference (best: the best closed US run; all: each), basis (what
        is cheaper), and what `task_pairs.shares` returns; prices of mix 3.
    """
    rows = []
    for benchmark, date, runs in snapshots:
        for group, keep in GROUPS.items():
            every = task_pairs.pairs(keep(mixed(runs, 3.0)))
            for reference, of in (("best", task_pairs.best(every)), ("all", every)):
                for basis in task_pairs.BASES:
                    named = {"date": date, "benchmark": benchmark, "group": group}
                    choice = {"reference": reference, "basis": basis}
                    rows.append(named | choice | task_pairs.shares(of, basis))
    return pd.DataFrame(rows)


def task_pair_counts(snapshots: Sequence[Snapshot]) -> pd.DataFrame:
    """Return how many pairs lie where, by tenths: each open Chinese with each closed US run."""
    parts = []
    for benchmark, date, runs in snapshots:
        counted = task_pairs.bins(task_pairs.pairs(mixed(runs, 3.0)))
        parts.append(counted.assign(date=date, benchmark=benchmark))
    table = pd.concat(parts, ignore_index=True)
    return table[["date", "benchmark", "quality", "cheaper", "pairs"]]


def paid_shares(snapshots: Sequence[Snapshot], date: pd.Timestamp) -> pd.DataFrame:
    """Return what was paid at the router as a share of list price: medians over models of a side.

    Args:
        snapshots: benchmarks whose models are looked up at the router.
        date: the last day of the prices paid.

    Returns:
        date, benchmark, side, group, blend, models, paid_over_list, low, high (95 % interval of
        models redrawn), cached (share of input tokens).
    """
    rows = []
    for benchmark, _, runs in snapshots:
        for blend in BLENDS:
            priced = mixed(runs, blend).merge(runs[["name", "cached"]], on="name")
            for (side, group), of in _sides(priced):
                known = of.dropna(subset="paid").drop_duplicates("model")
                if len(known):
                    named = {"date": date, "benchmark": benchmark, "side": side, "group": group}
                    rows.append(named | {"blend": blend} | _paid_share(known))
    return pd.DataFrame(rows)


def _sides(runs: pd.DataFrame) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
    for side in (CN_OPEN, US_CLOSED):
        of = runs[runs["side"] == side]
        yield (side, "all"), of
        if side == CN_OPEN:
            yield (side, "without_deepseek"), task_pairs.without_deepseek(of)


def _paid_share(models: pd.DataFrame) -> dict[str, float]:
    ratio = np.log((models["paid"] / models["list"]).to_numpy(float))
    picks = np.random.default_rng(task_pairs.SEED).integers(0, len(ratio), (2000, len(ratio)))
    low, high = task_pairs.bounds(np.median(ratio[picks], axis=1))
    value = float(np.exp(np.median(ratio)))
    cached = float(models["cached"].median())
    return {
        "models": len(ratio),
        "paid_over_list": value,
        "low": low,
        "high": high,
        "cached": cached,
    }


def main(arguments: Sequence[str]) -> None:
    """Write the four tables from the three files."""
    costs, index, router = (pd.read_csv(path, low_memory=False) for path in arguments)
    names, paid = store.load("task_models"), paid_prices(router)
    analysed = [artificial_analysis(index, day, names, paid) for day in ANALYSIS_DAYS]
    snapshots = [*analysed, livebench(costs, names, paid)]
    until = pd.to_datetime(router["date"]).max()
    made = {
        "task_costs": task_costs(snapshots, until),
        "task_pairs": task_pair_shares(snapshots),
        "task_pair_counts": task_pair_counts(snapshots),
        "paid_prices": paid_shares(snapshots[1:], until),
    }
    for name, table in made.items():
        key = package.describe(name)["schema"]["primaryKey"]
        floats = dict.fromkeys(table.select_dtypes("float"), 3)
        ordered = table.sort_values(key).round(floats)
        ordered.to_csv(package.path(name), index=False, date_format="%Y-%m-%d")


if __name__ == "__main__":
    main(sys.argv[1:])
