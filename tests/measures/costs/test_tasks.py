"""What a task costs: Aider's runs with prices of their day, and numbers that keep their ids."""

from __future__ import annotations

import csv
import math
from datetime import date
from functools import cache
from statistics import median
from typing import Any, NamedTuple

import pandas as pd
import pytest

from openrace import package, prices, store
from openrace.measures.costs import eighty_ninety, task_numbers, task_pairs, tasks
from openrace.numbers import Number

LISTS = ("list_prices", "official_prices", "model_names", "price_hosts", "corrections")
RUNS = ("aider_runs", "task_models", "task_costs", "paid_prices", "task_pairs")


class Told(NamedTuple):
    aider: pd.DataFrame
    ratios: pd.DataFrame
    numbers: dict[str, Number]


@cache
def read_tables(as_of: date | None) -> dict[str, pd.DataFrame]:
    return {name: store.load(name, as_of) for name in (*LISTS, *RUNS)}


@cache
def told(as_of: date | None = None, blend: float = 3.0, **chosen: Any) -> Told:
    read = read_tables(as_of)
    lists = [read[name] for name in LISTS]
    history, reads = prices.prices(*lists), tasks.cache_reads(*lists)
    cache = chosen.get("cache_share", 0.0)
    runs = tasks.aider(read["aider_runs"], read["task_models"], history, reads, blend, cache)
    ratios = tasks.ratios(runs, read["task_costs"], blend)
    numbers = task_numbers.numbers(runs, ratios, read["paid_prices"], blend, **chosen)
    numbers += eighty_ninety.numbers(eighty_ninety.shares(runs, read["task_pairs"]))
    return Told(runs, ratios, {n.id: n for n in numbers})


@pytest.fixture(scope="module")
def latest() -> Told:
    return told()


def test_a_run_costs_by_the_price_of_its_day(latest: Told) -> None:
    runs = latest.aider.set_index("name")
    assert runs.loc["DeepSeek Chat V3 (prev)", "list"] == pytest.approx((3 * 0.14 + 0.28) / 4)
    assert runs.loc["DeepSeek V3 (0324)", "list"] == pytest.approx((3 * 0.27 + 1.10) / 4)
    assert runs.loc["o3", "list"] == pytest.approx((3 * 2 + 8) / 4)  # after its cut
    thinking = runs.loc["gemini-2.5-flash-preview-05-20 (24k think)", "list"]
    assert thinking == pytest.approx((3 * 0.15 + 3.5) / 4)  # dearer output than without thinking


def test_open_chinese_runs_are_those_and_no_mixture_is_on_a_side(latest: Told) -> None:
    costed = latest.aider[latest.aider["cost"].notna()]
    assert set(costed.loc[costed["side"] == "cn_open", "lab"]) == {"DeepSeek", "Moonshot AI"}
    mixed = costed[costed["name"].str.contains(" + ", regex=False)]
    assert len(mixed) == 2
    assert set(mixed["side"]) == {"other"}
    assert costed.loc[costed["name"].str.startswith("gpt-oss"), "side"].tolist() == ["other"]


def test_every_run_of_aider_has_a_line_in_the_table_of_models(latest: Told) -> None:
    names = store.load("task_models").query("benchmark == 'aider'")["name"]
    assert set(store.load("aider_runs")["model"]) <= set(names)
    n = latest.numbers
    counted = ("runs_used", "no_cost", "other_side", "no_price")
    assert sum(int(n[f"costs.aider.{id}"].value or 0) for id in counted) <= len(latest.aider)


def test_the_ratio_without_deepseek_is_kimi_alone_worked_by_hand(latest: Told) -> None:
    with (package.path("aider_runs")).open(encoding="utf-8") as file:
        runs = {row["model"]: row for row in csv.DictReader(file)}

    def cost(name: str) -> float:
        return float(runs[name]["cost"]) / float(runs[name]["solved"])

    # within ten points of Kimi K2's pass rate and 92 days: Claude Sonnet 4 and Gemini 2.5 Flash
    near = ["claude-sonnet-4-20250514 (32k thinking)", "gemini-2.5-flash-preview-05-20 (24k think)"]
    logs = [math.log(cost(name) / cost("Kimi K2")) for name in near]
    number = latest.numbers["costs.task_ratio.aider.without_deepseek"]
    assert number.value == pytest.approx(math.exp(median(logs)))


def test_the_share_kept_is_the_task_over_the_list_price(latest: Told) -> None:
    n = latest.numbers
    for benchmark in tasks.BENCHMARKS:
        task, price = (n[f"costs.{kind}_ratio.{benchmark}"].value for kind in ("task", "list"))
        kept = n[f"costs.advantage_kept.{benchmark}"].value
        assert kept == pytest.approx(float(task or 0) / float(price or 1), abs=0.002)


def test_every_ratio_has_its_interval(latest: Told) -> None:
    for number in latest.numbers.values():
        if number.value is not None and number.unit == "times" and "ratio" in number.id:
            assert number.low is not None
            assert number.low <= number.value <= number.high  # type: ignore[operator]


def test_ids_depend_on_neither_day_nor_parameters(latest: Told) -> None:
    others = [told(date(2023, 1, 1)), told(date(2024, 12, 23)), told(date(2026, 7, 20))]
    others += [told(blend=0.0, success_weighting="no"), told(blend=30.0, cache_share=0.9)]
    for other in others:
        assert set(other.numbers) == set(latest.numbers)


def test_prices_paid_are_not_known_before_they_were_paid() -> None:
    ratios = told(date(2026, 7, 20)).ratios
    assert "list" in set(ratios.query("benchmark == 'aa'")["measure"])
    assert not set(ratios.query("benchmark == 'aa'")["measure"]) & {"paid", "list_paid"}


def test_tokens_assumed_divide_costs_and_leave_prices(latest: Told) -> None:
    doubled = told(token_multiple=2.0).numbers
    for id, times in (("task_ratio", 0.5), ("list_ratio", 1.0), ("advantage_kept", 0.5)):
        for benchmark in tasks.BENCHMARKS:
            before, after = (n[f"costs.{id}.{benchmark}"].value for n in (latest.numbers, doubled))
            assert after == pytest.approx(float(before or 0) * times)
    seen = [n["costs.observed_token_multiple"] for n in (latest.numbers, doubled)]
    assert seen[1].value == pytest.approx(2 * float(seen[0].value or 0))
    assert seen[1].low is not None
    assert seen[1].low < seen[1].value < seen[1].high  # type: ignore[operator]


def test_a_cache_makes_a_price_paid_and_nought_makes_none(latest: Told) -> None:
    assert latest.numbers["costs.paid_ratio.aider"].value is None
    cached = told(cache_share=0.8)
    assert cached.numbers["costs.paid_ratio.aider"].value is not None
    runs = cached.aider.set_index("name")
    # V3.2-Exp: 0.28 in, 0.028 from the cache, 0.42 out
    mean = 0.2 * 0.28 + 0.8 * 0.028
    assert runs.loc["DeepSeek-V3.2-Exp (Chat)", "paid"] == pytest.approx((3 * mean + 0.42) / 4)


def test_the_mix_taken_is_the_nearest_there_is() -> None:
    given = pd.Series([1.0, 3.0, 10.0, 30.0])
    asked = (0.0, 1.0, 2.0, 5.0, 6.0, 100.0)
    assert [tasks.nearest(given, b) for b in asked] == [1.0, 1.0, 3.0, 3.0, 10.0, 30.0]


def test_the_figure_has_a_stage_only_where_it_was_recorded(latest: Told) -> None:
    table = tasks.per_task(latest.ratios)
    stages = table[table["choice"] == "matched"].groupby("benchmark")["stage"].agg(set)
    assert "paid" not in stages["aider"]
    assert {"list", "paid", "task", "observed"} == stages["livebench"] == stages["aa"]
    assert tasks.per_task(latest.ratios.iloc[:0]).empty


def test_the_report_s_test_by_hand(latest: Told) -> None:
    best = eighty_ninety.aider_pairs(latest.aider, "best").set_index("name_cn")
    row = best.loc["DeepSeek R1"]
    assert row["name_us"] == "o1-2024-12-17 (high)"
    assert row["quality"] == pytest.approx(128 / 139)
    assert row["cheaper_attempted"] == pytest.approx(1 - 5.4193 / 186.4958)
    found = task_pairs.shares(best.reset_index())
    n = latest.numbers
    assert n["costs.eighty_ninety.strict"].value == found["strict"]
    assert n["costs.eighty_ninety.pairs.aider"].value == len(best) == 8


def test_the_range_of_the_report_s_test_holds_its_value_and_every_benchmark(latest: Told) -> None:
    n = latest.numbers
    for kind in ("strict", "at_least", "median_cheaper", "median_quality"):
        whole = n[f"costs.eighty_ninety.{kind}"]
        for benchmark in tasks.BENCHMARKS:
            value = n[f"costs.eighty_ninety.{kind}.{benchmark}"].value
            assert whole.low <= value <= whole.high  # type: ignore[operator]


def test_the_pairs_drawn_are_all_pairs(latest: Told) -> None:
    table = eighty_ninety.eighty_ninety(latest.aider, store.load("task_pair_counts"))
    drawn = table[table["part"] == "tenths"].groupby("benchmark")["pairs"].sum()
    for benchmark in tasks.BENCHMARKS:
        each = latest.numbers[f"costs.eighty_ninety.pairs.{benchmark}.each"]
        assert drawn[benchmark] == each.value
    none = eighty_ninety.eighty_ninety(latest.aider.iloc[:0], store.load("task_pair_counts")[:0])
    assert none.empty
