"""What o1's quality cost, whoever sold it, and what the famous ratio of o1 to R1 leaves out.

The ladder is the record of lows: each day on which some model of at least the given score was
listed for less than any before. It takes every seller, and says nothing of how many tokens a task
needs; the benchmark of Aider does, on one kind of task.
"""

from __future__ import annotations

import math

import pandas as pd

from openrace.prices import blended

O1, R1, O3_MINI = ("o1", "OpenAI"), ("DeepSeek-R1", "DeepSeek"), ("o3-mini", "OpenAI")
O1_MINI = ("o1-mini", "OpenAI")

#: What the figure names beside the ladder, model and seller.
NAMED = (("o1-preview", "OpenAI"), O1_MINI, O1, R1, O3_MINI, ("o3", "OpenAI"))

#: The day R1's weights were followed by a new version; hosts that came later sold an old model.
R1_SUCCEEDED = pd.Timestamp("2025-05-28")

TASKS = 225
_FIRST_RUNS_UNTIL = pd.Timestamp("2025-03-31")
_LATER_RUNS = ("o3", "DeepSeek R1 (0528)")
_LEAST_RUN = "o1-mini-2024-09-12"

_STEP = ["date", "until", "model", "host", "home", "bloc", "price", "input", "output"]
_STEP += ["source", "date_kind", "score"]


def least_score(models: pd.DataFrame, threshold: str | float = "o1") -> float:
    """Return the score that counts as enough: a model's own, or the number itself.

    Args:
        models: one copy of the index; see `capability.models`.
        threshold: the name of a model, or index points.

    Returns:
        Index points; not a number when the copy does not score the model.
    """
    if not isinstance(threshold, str):
        return float(threshold)
    return float(models.set_index("model")["score"].get(threshold, math.nan))


def offers(prices: pd.DataFrame, models: pd.DataFrame, blend: float = 3.0) -> pd.DataFrame:
    """Return every price with the score and the maker's bloc of what it buys.

    A price counts from the later of its own day and the release. `price` is that of a million
    tokens, of which `blend` are input for each of output.
    """
    scored = models[["model", "score", "released", "lab", "bloc"]]
    table = prices.dropna(subset="input").merge(scored, on="model")
    price = blended(table["input"], table["output"], blend)
    return table.assign(date=table[["date", "released"]].max(axis=1), price=price)


def ladder(
    prices: pd.DataFrame,
    models: pd.DataFrame,
    threshold: str | float = "o1",
    blend: float = 3.0,
    own_only: bool = False,
) -> pd.DataFrame:
    """Return each new lowest list price of any model with at least a score.

    Args:
        prices: see `prices.prices`.
        models: one copy of the index; see `capability.models`.
        threshold: see `least_score`.
        blend: input tokens per output token.
        own_only: count makers' prices of their own models only.

    Returns:
        date, until (the next low; for the last one the last day of any price), model, host, home
        (country of the host), bloc (of the maker), price (US$ per million blended tokens), input,
        output, source, date_kind, score; by date.
    """
    table = offers(prices, models, blend)
    table = table[table["score"] >= least_score(models, threshold)]
    if own_only:
        table = table[table["host_lab"] == table["lab"]]
    table = table.sort_values(["date", "price", "model", "host", "source"], ignore_index=True)
    before = table["price"].cummin().shift(fill_value=math.inf)
    lows = table[table["price"] < before].reset_index(drop=True)
    until = lows["date"].shift(-1).fillna(prices["date"].max())
    return lows.assign(until=until)[_STEP]


def us_hosts(prices: pd.DataFrame) -> pd.DataFrame:
    """Return the first price of R1 at each US host, while R1 was its maker's newest version.

    Returns:
        The rows of `prices`, by date.
    """
    r1 = (prices["model"] == R1[0]) & (prices["home"] == "US") & (prices["date"] < R1_SUCCEEDED)
    return prices[r1].dropna(subset="input").drop_duplicates("host", ignore_index=True)


def named(
    prices: pd.DataFrame,
    models: pd.DataFrame,
    threshold: str | float = "o1",
    blend: float = 3.0,
) -> pd.DataFrame:
    """Return the prices that the argument names, with whether each model has the score.

    Returns:
        The columns of `ladder` without until, with reaches; by date.
    """
    pairs = pd.DataFrame(NAMED, columns=["model", "host"])
    told = [prices.merge(pairs, on=["model", "host"]), us_hosts(prices)]
    table = pd.concat([part for part in told if len(part)] or told[:1], ignore_index=True)
    table = offers(table, models, blend)
    enough = table["score"] >= least_score(models, threshold)
    kept = [column for column in _STEP if column != "until"]
    return table.assign(reaches=enough)[[*kept, "reaches"]].sort_values("date", ignore_index=True)


def runs(aider_runs: pd.DataFrame, model_names: pd.DataFrame, models: pd.DataFrame) -> pd.DataFrame:
    """Return what a solved task cost in each run of Aider's benchmark.

    Args:
        aider_runs: table of that name.
        model_names: table of that name.
        models: one copy of the index, for the makers' blocs.

    Returns:
        date, run, listed_as (model and effort as the source names them), model, bloc, solved,
        pass_rate, cost (US$ of the run), price (US$ per task solved), low, high (if as many runs
        solved as many tasks as the 95 % interval of Wilson (1927) for the rate allows), shown
        (in the figure: of one model of the index, with a recorded cost, run by March 2025 and no
        worse than o1-mini, or one of the two successors of June 2025); by price.
    """
    names = model_names[model_names["source"] == "aider_runs"][["name", "model"]]
    table = aider_runs.rename(columns={"model": "listed_as"})
    table = table.merge(names, left_on="listed_as", right_on="name", how="left")
    table = table.merge(models[["model", "bloc"]], on="model", how="left")
    table["bloc"] = table["bloc"].fillna("Unknown")
    table["price"] = (table["cost"] / table["solved"]).round(6)
    low, high = _wilson(table["solved"] / TASKS)
    table = table.assign(low=table["cost"] / TASKS / high, high=table["cost"] / TASKS / low)
    least = table.loc[table["listed_as"] == _LEAST_RUN, "solved"].max()
    first = (table["date"] <= _FIRST_RUNS_UNTIL) & (table["solved"] >= least)
    told = table["model"].notna() & table["cost"].notna()
    table["shown"] = told & (first | table["listed_as"].isin(_LATER_RUNS))
    return table.drop(columns="name").sort_values(["price", "run"], ignore_index=True)


def _wilson(rate: pd.Series, z: float = 1.96) -> tuple[pd.Series, pd.Series]:
    """Return the interval of a rate over the benchmark's tasks."""
    shrunk = 1 + z**2 / TASKS
    middle = (rate + z**2 / (2 * TASKS)) / shrunk
    half = z * (rate * (1 - rate) / TASKS + z**2 / (4 * TASKS**2)) ** 0.5 / shrunk
    return middle - half, middle + half


def price_figure(
    prices: pd.DataFrame,
    models: pd.DataFrame,
    runs: pd.DataFrame,
    threshold: str | float = "o1",
    blend: float = 3.0,
) -> pd.DataFrame:
    """Return what the figure draws, in one table.

    Returns:
        part (`ladder`: the lows at the threshold; `r1 score`: the lows at R1's own score, from R1
        on; `named`: prices named beside them; `aider`: runs of the benchmark), and the columns of
        `ladder`, `named` and the shown `runs`. `price` is US$ per million blended tokens, in the
        part `aider` US$ per task solved.
    """
    at_r1 = ladder(prices, models, R1[0], blend)
    parts = {
        "ladder": ladder(prices, models, threshold, blend),
        "r1 score": at_r1[(at_r1["model"] == R1[0]).cummax()],
        "named": named(prices, models, threshold, blend),
        "aider": runs[runs["shown"]].drop(columns="shown"),
    }
    filled = [rows.assign(part=part) for part, rows in parts.items() if len(rows)]
    columns = ["part", *_STEP, "reaches", "run", "listed_as", "solved", "pass_rate", "cost"]
    columns += ["low", "high"]
    if not filled:
        return pd.DataFrame(columns=columns)
    return pd.concat(filled, ignore_index=True).reindex(columns=columns)
