"""The numbers on prices: the famous ratio with its companions, the ladder, the cost of a task."""

from __future__ import annotations

import pandas as pd

from openrace.measures.moment import price_readings
from openrace.measures.moment.price import O1, O1_MINI, O3_MINI, R1, ladder, least_score, us_hosts
from openrace.measures.moment.price_readings import (
    BLENDS,
    LADDER_TABLES,
    PRICES,
    SIDES,
    Asked,
    Reading,
    first_day,
    first_of,
    mixed,
    since,
    told,
)
from openrace.numbers import Number
from openrace.prices import price_on

#: The days on which the argument compares prices.
R1_DAY, O3_MINI_DAY = pd.Timestamp("2025-01-20"), pd.Timestamp("2025-01-31")

_RUNS = {
    "o1": "o1-2024-12-17 (high)",
    "r1": "DeepSeek R1",
    "o3_mini_medium": "o3-mini (medium)",
    "o3_mini_high": "o3-mini (high)",
    "o1_mini": "o1-mini-2024-09-12",
}


def numbers(
    prices: pd.DataFrame,
    models: pd.DataFrame,
    earlier: pd.DataFrame,
    runs: pd.DataFrame,
    threshold: str | float = "o1",
    blend: float = 3.0,
) -> list[Number]:
    """Return every number of the chapter's part on prices.

    Args:
        prices: see `prices.prices`.
        models: one copy of the index; see `capability.models`.
        earlier: another copy, to see what hangs on the copy; it may be the same.
        runs: see `price.runs`.
        threshold: whose score, or which, counts as enough.
        blend: input tokens for each of output.
    """
    return [
        *told([*_listed(prices), *_ratios(prices), *_us_hosts(prices)], PRICES),
        *price_readings.numbers(prices, models, earlier, threshold, blend),
        *told(_at_r1_score(prices, models, blend), LADDER_TABLES),
        *told(_earlier(prices, earlier, threshold, blend), LADDER_TABLES),
        *told(_matched(prices, models, threshold), LADDER_TABLES),
        *told([*_solved(runs), *_per_task(runs)], ("aider_runs", "model_names")),
    ]


def _listed(prices: pd.DataFrame) -> list[Asked]:
    """Return what the makers listed on the day R1 came out, and how soon o3-mini followed."""
    said = "{}’s list price of {} tokens at its maker on 20 January 2025, US$ per million tokens."
    found: list[Asked] = []
    for id, (model, host) in (("r1", R1), ("o1", O1)):
        price = price_on(prices, model, host, R1_DAY)
        found += [
            (f"{id}_price.{kind}", price[kind], "US$", said.format(model, kind), ())
            for kind in ("input", "output")
        ]
    days = (first_day(prices, O3_MINI) - first_day(prices, R1)).days
    later = "Days from R1’s first list price at DeepSeek to o3-mini’s first at OpenAI."
    return [*found, ("o3_mini_days", days, "days", later, ())]


def _ratios(prices: pd.DataFrame) -> list[Asked]:
    """Return the famous ratio, and those of two US models that it leaves out."""
    said = "How many times R1’s list price at DeepSeek {} cost at OpenAI on {}: output tokens; the "
    said += "range is that over input tokens and mixes of 1, 3, 10 and 30 input tokens for each of "
    said += "output."
    found: list[Asked] = []
    asked = (("", O1, R1_DAY), (".o3_mini", O3_MINI, O3_MINI_DAY), (".o1_mini", O1_MINI, R1_DAY))
    for variant, dear, day in asked:
        one, r1 = price_on(prices, *dear, day), price_on(prices, *R1, day)
        ratios = [one["output"] / r1["output"], one["input"] / r1["input"]]
        ratios += [mixed(one, blend) / mixed(r1, blend) for blend in BLENDS]
        words = said.format(dear[0], f"{day.day} {day:%B %Y}")
        found.append((f"r1_vs_o1_price_ratio{variant}", ratios[0], "times", words, ratios))
    return found


def _us_hosts(prices: pd.DataFrame) -> list[Asked]:
    """Return how much dearer o1 was than R1 at hosts with a seat in the United States."""
    id, hosts = "r1_vs_o1_price_ratio.us_hosts", us_hosts(prices)
    ratios = price_on(prices, *O1, R1_DAY)["output"] / hosts["output"].astype(float)
    newest = "while R1 was DeepSeek’s newest version (until 27 May 2025)"
    said = "How many times the list price of R1 at hosts with a seat in the US o1 cost at OpenAI: "
    said += f"output tokens, {newest}; the median over hosts, each at the first price that our "
    said += "sources show; the range is that over hosts."
    first = "First day on which our sources show a price of R1 at a US host: the day of a commit, "
    first += "which comes weeks after hosts began to sell it."
    count = f"Number of US hosts for which our sources show a price of R1 {newest}."
    names = ", ".join(hosts["host"]) or None
    found: list[Asked] = [
        (id, ratios.median(), "times", said, list(ratios)),
        (f"{id}.first_date", hosts["date"].min(), "date", first, ()),
        (f"{id}.count", len(hosts) or None, "count", count, ()),
        (f"{id}.names", names, "text", f"Which: {count}", ()),
    ]
    return found


def _run(runs: pd.DataFrame, id: str) -> pd.Series:
    """Return one run of the benchmark; missing values when it is not there."""
    rows = runs[runs["listed_as"] == _RUNS[id]]
    columns = ["price", "low", "high", "pass_rate", "cost"]
    return (
        rows[columns].astype(float).iloc[0] if len(rows) else pd.Series(index=columns, dtype=float)
    )


def _solved(runs: pd.DataFrame) -> list[Asked]:
    """Return what a solved task cost, and how many were solved, in the runs that are named."""
    cost = "What a task that {} solved cost in its run of Aider’s polyglot benchmark; the range "
    cost += "is that of the 95 % interval (Wilson) of the rate over 225 tasks."
    rate = "Share of the 225 tasks of Aider’s polyglot benchmark that {} solved in two tries."
    found: list[Asked] = []
    for id, name in _RUNS.items():
        run = _run(runs, id)
        ends = [run["low"], run["high"]]
        found += [
            (f"aider.cost_per_solved.{id}", run["price"], "US$", cost.format(name), ends),
            (f"aider.pass_rate.{id}", run["pass_rate"], "share", rate.format(name), ()),
        ]
    return found


def _per_task(runs: pd.DataFrame) -> list[Asked]:
    """Return how many times as much as with R1 a solved task cost with three US models."""
    said = "How many times as much as with R1 a solved task cost with {} on Aider’s polyglot "
    said += "benchmark; the range is that over the cost of a whole run{}."
    found: list[Asked] = []
    r1 = _run(runs, "r1")
    for id, name, ids, more in (
        ("o1_r1", "o1 (high)", ("o1",), ""),
        ("o3_mini_r1", "o3-mini (medium)", ("o3_mini_medium", "o3_mini_high"), " and over efforts"),
        ("o1_mini_r1", "o1-mini", ("o1_mini",), ""),
    ):
        ratios = [_run(runs, i)[kind] / r1[kind] for i in ids for kind in ("price", "cost")]
        words = said.format(name, more)
        found.append((f"aider.cost_ratio.{id}", ratios[0], "times", words, ratios))
    return found


def _at_r1_score(prices: pd.DataFrame, models: pd.DataFrame, blend: float) -> list[Asked]:
    """Return the same for R1's own score: how long it was the cheapest, and who followed."""
    reading = Reading(0, blend, False, ladder(prices, models, R1[0], blend))
    lows = reading.lows
    mine = lows[(lows["model"] == R1[0]) & (lows["host"] == R1[1])]
    after = lows[lows["date"] >= first_of(mine, "until")] if len(mine) else mine
    days = since(first_of(mine, "date"), first_of(mine, "until")) if len(mine) else None
    what = "the cheapest list price of any model with at least R1’s score, whoever sells it"
    return [
        ("ladder.at_r1.days", days, "days", f"Days for which R1 at DeepSeek was {what}.", ()),
        (
            "ladder.at_r1.next_model",
            first_of(after, "model"),
            "text",
            f"The model that was next {what}.",
            (),
        ),
        ("ladder.at_r1.last_price", reading.end(-1, "price"), "US$", f"Lowest so far: {what}.", ()),
        (
            "ladder.at_r1.last_model",
            reading.end(-1, "model"),
            "text",
            f"The model that is {what}.",
            (),
        ),
        *(
            (
                f"ladder.at_r1.{code}_steps",
                reading.steps(bloc),
                "count",
                f"Lows after the first set by models from {bloc}: {what}.",
                (),
            )
            for code, bloc in SIDES.items()
        ),
    ]


def _earlier(
    prices: pd.DataFrame, earlier: pd.DataFrame, threshold: str | float, blend: float
) -> list[Asked]:
    """Return where the ladder ends by the scores of another copy of the index."""
    lows = ladder(prices, earlier, threshold, blend).tail(1)
    what = "by the scores of the earlier copy of the index"
    return [
        (
            f"ladder.earlier.last_{column}",
            first_of(lows, column),
            unit,
            f"Last low, {column}, {what}.",
            (),
        )
        for column, unit in (
            ("price", "US$"),
            ("date", "date"),
            ("model", "text"),
            ("host", "text"),
        )
    ]


def _matched(prices: pd.DataFrame, models: pd.DataFrame, threshold: str | float) -> list[Asked]:
    """Return how many of the models that could be on the ladder have a price."""
    least = least_score(models, threshold)
    priced = models["model"].isin(prices["model"])
    shares = [
        priced[models["score"] >= score].mean()
        for score in (least, least_score(models, R1[0]), least - 1, least + 1)
    ]
    said = "Share of the copy’s models with the score that counts as enough for which a list "
    said += "price is known; the range is that with R1’s score, or the score one point off."
    return [("crosswalk.matched_share", shares[0], "share", said, shares)]
