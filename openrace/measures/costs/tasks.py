"""What the same task costs: list price, price paid after caching, cost of a task; by benchmark.

How many times dearer closed US models are than open Chinese ones of like score (see `task_pairs`).
Aider's runs are public and compared here; of LiveBench and Artificial Analysis only our own
aggregates are (see `sources/task_costs.py`). Benchmarks are shown side by side, never averaged:
their tasks, days and models differ.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from openrace import prices
from openrace.corrections import corrected
from openrace.measures.costs import task_pairs
from openrace.measures.costs.task_pairs import CN_OPEN, US_CLOSED

BENCHMARKS = ("aider", "livebench", "aa")
NAMES = {"aider": "Aider", "livebench": "LiveBench", "aa": "Artificial Analysis"}
GROUPS = ("all", "without_deepseek")
TASKS = 225

#: How far pass rates of Aider may differ, as shares, by choice.
CALIPERS = {"narrow": 0.05, "matched": 0.1, "wide": 0.15, "best_effort": 0.1}
#: How many days two runs of Aider may lie apart: prices and models of one time are compared.
PERIOD = 92
#: Lists date prices late: the first price that one gives so many days after a run counts for it.
LATE = 45

STAGES = ("list", "paid", "task")

#: Which measure says how many tokens a task took, and in what words.
OBSERVED = {
    "livebench": ("tokens", "output tokens of a task as recorded (mean over kinds of tasks)"),
    "aa": ("implied", "tokens of the index as the run’s cost and list prices imply them"),
    "aider": ("implied", "tokens of a task as the run’s cost and list prices imply them"),
}

_RATIO = ["date", "benchmark", "group", "choice", *task_pairs.RESULT]


def cache_reads(
    list_prices: pd.DataFrame,
    official_prices: pd.DataFrame,
    model_names: pd.DataFrame,
    price_hosts: pd.DataFrame,
    corrections: pd.DataFrame,
) -> pd.DataFrame:
    """Return the history of prices of cached input: as `prices.prices`, with read for output.

    Returns:
        date, model, host_lab, input and read (US$ per million tokens), where both are known.
    """
    said = corrected(list_prices, corrections, "list_prices")
    listed, own = (t.assign(output=t["cache_read"]) for t in (said, official_prices))
    table = prices.prices(listed, own, model_names, price_hosts, corrections.iloc[:0])
    table = table.rename(columns={"output": "read"})
    return table[["date", "model", "host_lab", "input", "read"]].dropna(subset=["input", "read"])


def aider(
    aider_runs: pd.DataFrame,
    task_models: pd.DataFrame,
    history: pd.DataFrame,
    reads: pd.DataFrame,
    blend: float = 3.0,
    cache_share: float = 0.0,
) -> pd.DataFrame:
    """Return every run of Aider with its side, its maker's list price and its cost.

    Args:
        aider_runs: table of that name.
        task_models: table of that name.
        history: see `prices.prices`.
        reads: see `cache_reads`.
        blend: input tokens per output token.
        cache_share: share of input tokens read from a cache, an assumption; with nought no price
            paid is assumed, because none was recorded.

    Returns:
        date, run, name, model, lab, side, quality (share of tasks solved), list and paid (US$ per
        million tokens on the day of the run; may be missing), cost (US$ of a task attempted;
        missing where not recorded), tokens (not recorded), by date.
    """
    names = task_models[task_models["benchmark"] == "aider"]
    table = aider_runs.rename(columns={"model": "listed_as"})
    table = table.merge(names, left_on="listed_as", right_on="name", how="left")
    cn = (table["country"] == "CN") & (table["access"] == "open")
    us = (table["country"] == "US") & (table["access"] == "closed")
    side = cn.map({True: CN_OPEN, False: "other"}).mask(us, US_CLOSED)
    table = table.assign(side=side, quality=table["solved"] / TASKS, cost=table["cost"] / TASKS)
    listed = _standing(table, history.dropna(subset="input"), ["input", "output"])
    listed = table[["input", "output"]].fillna(listed)  # the price of a mode that lists lack
    cached = _standing(table, reads, ["input", "read"])
    kept = 1 - cache_share * (1 - cached["read"] / cached["input"])
    paid = prices.blended(listed["input"] * kept, listed["output"], blend)
    table = table.assign(
        list=prices.blended(listed["input"], listed["output"], blend),
        paid=paid if cache_share else math.nan,
        tokens=math.nan,
    )
    columns = ["date", "run", "name", "model", "lab", "side", "quality", "list", "paid"]
    return table[[*columns, "cost", "tokens"]].sort_values(["date", "run"], ignore_index=True)


def _standing(runs: pd.DataFrame, history: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return what the maker asked on the day of each run, or first thereafter."""
    keys = {"left_by": ["model", "lab"], "right_by": ["model", "host_lab"]}
    asked = runs[["date", "model", "lab"]].reset_index().sort_values("date", kind="stable")
    told = history[["date", "model", "host_lab", *columns]].dropna(subset="host_lab")
    told = told.sort_values("date", kind="stable")
    days = pd.Timedelta(days=LATE)
    found = pd.merge_asof(asked, told, on="date", **keys)
    later = pd.merge_asof(asked, told, on="date", direction="forward", tolerance=days, **keys)
    return found[columns].fillna(later[columns]).set_index(found["index"]).sort_index()


def ratios(aider: pd.DataFrame, task_costs: pd.DataFrame, blend: float = 3.0) -> pd.DataFrame:
    """Return every ratio of every benchmark, the latest copy of each.

    Args:
        aider: see `aider`.
        task_costs: table of that name; of its mixes of tokens the nearest to `blend` is taken.
        blend: input tokens per output token.

    Returns:
        date, benchmark, group (all, or without_deepseek), choice (see `CALIPERS`), measure,
        ratio, low, high, cn_models, us_models, pairs; measures without a ratio are left out.
    """
    parts = [_stored(task_costs, blend), *_aiders(task_pairs.comparable(aider))]
    table = pd.concat([p for p in parts if len(p)] or parts[:1], ignore_index=True)
    return table.dropna(subset="ratio")[_RATIO].reset_index(drop=True)


def _aiders(runs: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield the ratios of Aider by group and choice."""
    runs = runs.dropna(subset="list")
    for group in GROUPS:
        of = task_pairs.without_deepseek(runs) if group == GROUPS[1] else runs
        for choice, caliper in CALIPERS.items():
            chosen = task_pairs.best_effort(of) if choice == "best_effort" else of
            rows = task_pairs.compared(chosen, caliper, PERIOD)
            day = runs["date"].max()
            yield rows.assign(date=day, benchmark="aider", group=group, choice=choice)


def _stored(task_costs: pd.DataFrame, blend: float) -> pd.DataFrame:
    """Return the latest aggregates of each benchmark, of the mix of tokens nearest to the asked."""
    last = task_costs.groupby(["benchmark", "measure"])["date"].transform("max")
    rows = task_costs[task_costs["date"] == last]
    mixes = rows.groupby("choice")["blend"].transform(lambda given: nearest(given, blend))
    return rows[rows["blend"] == mixes]


def nearest(given: pd.Series, blend: float) -> float:
    """Return the mix nearest in proportion to the one asked for."""
    apart = (given.map(math.log) - math.log(max(blend, 0.1))).abs()
    return float(given[apart.idxmin()])


def weighed(ratios: pd.DataFrame, token_multiple: float = 1.0) -> pd.DataFrame:
    """Return the ratios as if Chinese runs had used so many times more tokens than they did.

    What is a cost falls by the multiple, what is a count of tokens changes with it, and prices
    stay. Tokens come out as Chinese over US, where they went in as US over Chinese.
    """
    costs = ratios["measure"].isin(["attempted", "solved", "kept_attempted", "kept_solved"])
    values = ratios[["ratio", "low", "high"]]
    values = values.mask(costs, values / token_multiple)
    values = values.mask(ratios["measure"] == "implied", values * token_multiple)
    tokens = ratios["measure"] == "tokens"
    turned = token_multiple / values.rename(columns={"low": "high", "high": "low"})
    return ratios.assign(**values.mask(tokens, turned[["ratio", "low", "high"]]))


def per_task(
    ratios: pd.DataFrame, token_multiple: float = 1.0, success_weighting: bool | str = True
) -> pd.DataFrame:
    """Return what the figure draws: three stages per benchmark, with and without DeepSeek.

    The last stage is there twice, the second time with each model at its best effort only.

    Args:
        ratios: see `ratios`.
        token_multiple: see `weighed`.
        success_weighting: whether a task counts when solved, or already when attempted.

    Returns:
        benchmark, name, group, stage (list, paid or task; observed: tokens of a task, Chinese over
        US), choice, ratio, low, high, cn_models, us_models, pairs, date; a stage that nobody
        recorded is not there.
    """
    stages = {"list": "list", "paid": "paid", basis(success_weighting): "task"}
    rows = weighed(ratios, token_multiple)
    rows = rows.assign(stage=rows["measure"].map(stages), name=rows["benchmark"].map(NAMES))
    again = (rows["choice"] == "best_effort") & (rows["stage"] == "task")
    seen = rows["measure"] == rows["benchmark"].map({b: of for b, (of, _) in OBSERVED.items()})
    rows = rows.assign(stage=rows["stage"].mask(seen, "observed"))
    rows = rows[((rows["choice"] == "matched") & rows["stage"].notna()) | again]
    order = {name: at for at, name in enumerate((*BENCHMARKS, *GROUPS, *STAGES, "observed"))}
    columns = ["benchmark", "name", "group", "stage", "choice", "ratio", "low", "high"]
    columns += ["cn_models", "us_models", "pairs", "date"]
    by = ["benchmark", "group", "choice", "stage"]
    order |= {"matched": 0, "best_effort": 1}
    return rows[columns].sort_values(by, key=lambda c: c.map(order), ignore_index=True)


def basis(success_weighting: bool | str) -> str:
    """Return the measure of a task: `solved`, or `attempted` when success does not count."""
    return "solved" if success_weighting in (True, "yes") else "attempted"
