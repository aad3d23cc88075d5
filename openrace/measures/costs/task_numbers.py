"""The numbers on tasks: ratios by benchmark, the tokens that would undo them, what they rest on."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from openrace.measures.costs.task_pairs import CN_OPEN, US_CLOSED
from openrace.measures.costs.tasks import (
    BENCHMARKS,
    GROUPS,
    NAMES,
    OBSERVED,
    basis,
    nearest,
    weighed,
)
from openrace.numbers import Number

_TABLES = {
    "aider": ("aider_runs", "task_models", "list_prices", "official_prices"),
    "livebench": ("task_costs",),
    "aa": ("task_costs",),
}


def numbers(
    aider: pd.DataFrame,
    ratios: pd.DataFrame,
    paid_prices: pd.DataFrame,
    blend: float = 3.0,
    cache_share: float = 0.0,
    token_multiple: float = 1.0,
    success_weighting: bool | str = True,
) -> list[Number]:
    """Return the ratios by benchmark, the tokens that would undo them, and what they rest on.

    Args:
        aider: see `tasks.aider`.
        ratios: see `tasks.ratios`.
        paid_prices: table of that name.
        blend: input tokens per output token.
        cache_share: see `tasks.aider`.
        token_multiple: see `tasks.weighed`.
        success_weighting: see `tasks.per_task`.
    """
    given = weighed(ratios, token_multiple)
    given = given.set_index(["benchmark", "group", "choice", "measure"])
    task = basis(success_weighting)
    return [
        *_ratio_numbers(given, task, token_multiple),
        *_multiples(given, token_multiple),
        *_paid(paid_prices, blend),
        *_used(aider),
        *_choices(ratios, task, cache_share, token_multiple),
    ]


_BOOT = "; interval: 95 %, of models of both sides redrawn."
_KINDS = {
    "task_ratio": "Cost of a task {task}, closed US over open Chinese models of like score",
    "list_ratio": "List price, closed US over open Chinese models of like score",
    "paid_ratio": "Price paid after caching, closed US over open Chinese models of like score",
    "advantage_kept": "Ratio of the costs of a task {task} over the ratio of list prices",
}


def _number(
    given: pd.DataFrame, id: str, at: tuple[str, str, str, str], unit: str, said: str
) -> Number:
    row = given.loc[at] if at in given.index else {}
    value, low, high = (row.get(c) for c in ("ratio", "low", "high"))
    return Number.of(id, value, unit, said + _BOOT, _TABLES[at[0]], low, high)


def _ratio_numbers(given: pd.DataFrame, task: str, token_multiple: float) -> Iterator[Number]:
    """Yield each ratio of each benchmark, with and without DeepSeek, and by other choices."""
    measures = {"task_ratio": task, "list_ratio": "list", "paid_ratio": "paid"}
    measures["advantage_kept"] = f"kept_{task}"
    more = "" if token_multiple == 1 else f", Chinese tokens times {token_multiple:g}"
    for benchmark in BENCHMARKS:
        for kind, measure in measures.items():
            unit = "share" if kind == "advantage_kept" else "times"
            said = _KINDS[kind].format(task=task) + f", in {NAMES[benchmark]}{more}"
            id, at = f"costs.{kind}.{benchmark}", (benchmark, *GROUPS[:1], "matched", measure)
            yield _number(given, id, at, unit, said)
            less = (benchmark, GROUPS[1], "matched", measure)
            yield _number(given, f"{id}.{GROUPS[1]}", less, unit, said + ", without DeepSeek")
        said = _KINDS["task_ratio"].format(task=task) + f", in {NAMES[benchmark]}{more}"
        for choice, words in _CHOICES.items():
            at = (benchmark, "all", choice, task)
            yield _number(
                given, f"costs.task_ratio.{benchmark}.{choice}", at, "times", said + words
            )
        yield from _counts(given, benchmark, task)
    id, said = "costs.paid_ratio", _KINDS["paid_ratio"] + ", of LiveBench’s models at OpenRouter"
    for group in GROUPS:
        variant = "" if group == "all" else f".{group}"
        yield _number(given, id + variant, ("livebench", group, "matched", "paid"), "times", said)


_CHOICES = {
    "narrow": ", scores half as far apart",
    "wide": ", scores half as far apart again",
    "best_effort": ", of each model only the run of the highest score",
}


def _counts(given: pd.DataFrame, benchmark: str, task: str) -> Iterator[Number]:
    for group in GROUPS:
        at, variant = (benchmark, group, "matched", task), "" if group == "all" else f".{group}"
        for kind, words in (("cn_models", "open Chinese"), ("us_models", "closed US")):
            said = (
                f"Number of {words} models that {NAMES[benchmark]}’s ratio of task costs rests on"
            )
            value = given.loc[at, kind] if at in given.index else None
            id = f"costs.task_ratio.{benchmark}.{kind}{variant}"
            said += "." if group == "all" else ", without DeepSeek."
            yield Number.of(id, value, "models", said, _TABLES[benchmark])


def _multiples(given: pd.DataFrame, token_multiple: float) -> Iterator[Number]:
    """Yield the multiple of tokens that undoes the advantage, beside the one observed.

    Without a benchmark's name both are LiveBench's, whose tokens are recorded.
    """
    flip = "How many times more tokens open Chinese models would have to use for equal cost, from "
    flip += "list prices at like score, in {}"
    saw = "Open Chinese over closed US models of like score, in {}: {}"
    for variant, benchmark in (("", "livebench"), *((f".{b}", b) for b in BENCHMARKS)):
        measure, words = OBSERVED[benchmark]
        for group in GROUPS:
            end, less = ("", "") if group == "all" else (f".{group}", ", without DeepSeek")
            at = (benchmark, group, "matched")
            name = NAMES[benchmark]
            id = f"costs.flip_token_multiple{variant}{end}"
            yield _number(given, id, (*at, "list"), "times", flip.format(name) + less)
            said = saw.format(name, words) + less
            if token_multiple != 1:
                said += f", times {token_multiple:g} as assumed"
            id = f"costs.observed_token_multiple{variant}{end}"
            yield _number(given, id, (*at, measure), "times", said)


def _paid(paid_prices: pd.DataFrame, blend: float) -> Iterator[Number]:
    """Yield what was paid at the router as a share of list price, and what was cached."""
    rows = paid_prices[paid_prices["benchmark"] == "livebench"]
    rows = rows[rows["date"] == rows["date"].max()]
    mix = nearest(rows["blend"], blend) if len(rows) else math.nan
    rows = rows[(rows["blend"] == mix) & (rows["group"] == "all")].set_index("side")
    for side, words in ((CN_OPEN, "open Chinese"), (US_CLOSED, "closed US")):
        row = rows.loc[side] if side in rows.index else {}
        said = f"Price paid at OpenRouter over list price, median of LiveBench’s {words} models"
        value, low, high = (row.get(c) for c in ("paid_over_list", "low", "high"))
        of = ("paid_prices",)
        yield Number.of(f"costs.paid_share.{side}", value, "share", said + _BOOT, of, low, high)
        cached = (
            f"Input tokens read from a cache at OpenRouter, median of LiveBench’s {words} models"
        )
        yield Number.of(f"costs.cached_share.{side}", row.get("cached"), "share", cached + ".", of)


def _used(aider: pd.DataFrame) -> Iterator[Number]:
    """Yield how many of Aider's runs are compared, and why others are not."""
    sided = aider["side"].isin([CN_OPEN, US_CLOSED])
    counts = {
        "runs_used": (
            sided & aider["cost"].notna() & aider["list"].notna(),
            "on either side with a recorded cost and a list price",
        ),
        "no_cost": (aider["cost"].isna(), "whose cost was not recorded"),
        "other_side": (
            ~sided & aider["cost"].notna(),
            "with a recorded cost that are neither of an"
            " open Chinese nor of a closed US model, or of two models at once",
        ),
        "no_price": (
            sided & aider["cost"].notna() & aider["list"].isna(),
            "on either side whose maker’s list price is not in the lists",
        ),
    }
    for id, (rows, words) in counts.items():
        value = int(rows.sum()) if len(aider) else None
        said = f"Number of Aider’s runs {words}."
        yield Number.of(f"costs.aider.{id}", value, "count", said, _TABLES["aider"])


def _choices(
    ratios: pd.DataFrame, task: str, cache_share: float, token_multiple: float
) -> Iterator[Number]:
    """Yield what the chapter was asked to show, for the words around its figures."""
    of: tuple[str, ...] = _TABLES["aider"]
    said = "Whether the cost of a task is that of one solved, or of one attempted."
    yield Number.of("costs.task_basis", task, "text", said, of)
    said = "Share of Aider’s input tokens assumed to come from a cache; nought: none is assumed."
    yield Number.of("costs.cache_share", cache_share, "share", said, of)
    said = "Times by which the tokens of Chinese runs are multiplied, an assumption."
    yield Number.of("costs.token_multiple", token_multiple, "times", said, of)
    for benchmark in BENCHMARKS:
        of_it = (ratios["benchmark"] == benchmark) & (ratios["measure"] == "list")
        day = ratios.loc[of_it, "date"].max()
        said = f"Last day of what is compared in {NAMES[benchmark]}."
        yield Number.of(f"costs.task_ratio.{benchmark}.date", day, "date", said, _TABLES[benchmark])
