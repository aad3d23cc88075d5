"""All-time downloads: missing is not zero, signs stay, and overtaking is an interval."""

from __future__ import annotations

import pandas as pd
import pytest
from small_hub import COUNTRIES, LLAMA, QWEN, registry

from openrace.measures import rankings
from openrace.measures.rankings.downloads import META_LLAMA, passes

DATES = ("2025-01-01", "2025-07-01", "2026-01-01")
DISTILLED = "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B"


def panel(**counts: tuple[float | None, ...]) -> pd.DataFrame:
    """Return the long panel; a missing count is an absent row."""
    rows = [
        (day, model, count)
        for model, values in counts.items()
        for day, count in zip(DATES, values, strict=False)
        if count is not None
    ]
    table = pd.DataFrame(rows, columns=["date", "model_id", "downloads_all_time"])
    return table.astype({"model_id": "str"}).assign(date=pd.to_datetime(table["date"]))


def sums(table: pd.DataFrame, group: str) -> list[float]:
    return table[table["group"] == group].sort_values("date")["downloads"].tolist()


def test_a_model_that_comes_later_adds_nothing_before_and_is_told() -> None:
    later = "Qwen/Qwen4-8B"
    table = rankings.cumulative(panel(**{QWEN: (5, 6, 7), later: (None, 10, 20)}), registry())
    assert sums(table, "Alibaba") == [5, 16, 27]
    first = table[(table["group"] == "Alibaba") & (table["date"] == DATES[0])]
    assert (first["models"].item(), first["not_yet"].item()) == (1, 1)


def test_a_count_lost_in_between_makes_the_sum_missing_not_smaller() -> None:
    table = rankings.cumulative(
        panel(**{QWEN: (5, None, 7), "Qwen/Qwen4-8B": (1, 2, 3)}), registry()
    )
    first, between, last = sums(table, "Alibaba")
    assert (first, last) == (6, 10)
    assert pd.isna(between)


def test_meta_is_shown_with_and_without_its_other_organisations() -> None:
    table = rankings.cumulative(
        panel(**{LLAMA: (5, 6, 7), "facebook/opt": (90, 91, 92)}), registry()
    )
    assert sums(table, "Meta") == [95, 97, 99]
    assert sums(table, META_LLAMA) == [5, 6, 7]


def test_a_distillation_is_its_publishers_or_its_students() -> None:
    counts = panel(**{QWEN: (1, 1, 1), DISTILLED: (9, 9, 9)})
    assert sums(rankings.cumulative(counts, registry()), "DeepSeek") == [9, 9, 9]
    assert sums(rankings.cumulative(counts, registry(), "lineage"), "Alibaba") == [10, 10, 10]


@pytest.mark.parametrize(
    ("qwen", "llama", "expected"),
    [
        ((1, 2, 9), (5, 6, 7), (DATES[1], DATES[2])),
        ((1, 2, 3), (5, 6, 7), (None, None)),
        ((1, 6, 9), (5, 6, 7), (DATES[1], DATES[2])),  # drawing level is not passing
        ((9, 9, 9), (5, 6, 7), (None, DATES[0])),
    ],
)
def test_passing_lies_between_two_observations(qwen, llama, expected) -> None:
    table = rankings.cumulative(panel(**{QWEN: qwen, LLAMA: llama}), registry())
    found = passes(table, "Alibaba", META_LLAMA)
    assert found == tuple(None if day is None else pd.Timestamp(day) for day in expected)


def increments(rows: list[tuple[str, str, int, str, str, int]]) -> pd.DataFrame:
    columns = ["start", "end", "days", "country", "lab", "downloads"]
    table = pd.DataFrame(rows, columns=columns).assign(attribution="publisher", models=1)
    text = {"country": "str", "lab": "str", "attribution": "str"}
    dates = {c: pd.to_datetime(table[c]) for c in ("start", "end")}
    return table.assign(**dates).astype(text)


FROZEN = ("2025-05-28", "2025-07-09", 42)


def test_a_catch_up_after_a_frozen_month_is_divided_by_its_days() -> None:
    table = increments([(*FROZEN, "CN", "Alibaba", 4200), (*FROZEN, "US", "Meta", 2100)])
    gained = rankings.increments(table, COUNTRIES).set_index("bloc")
    assert gained["per_day"].to_dict() == {"China": 100, "United States": 50}
    assert gained["share"].to_dict() == {"China": 2 / 3, "United States": 1 / 3}
    assert set(gained["mid"]) == {pd.Timestamp("2025-06-18")}


def test_a_falling_count_keeps_its_sign() -> None:
    table = increments([(*FROZEN, "CN", "Alibaba", 100), (*FROZEN, "US", "Meta", -50)])
    gained = rankings.increments(table, COUNTRIES, by="lab").set_index("lab")
    assert gained["downloads"].to_dict() == {"Alibaba": 100, "Meta": -50}
    assert gained["share"].to_dict() == {"Alibaba": 2.0, "Meta": -1.0}


def test_the_first_point_is_told_with_its_largest_model() -> None:
    counts = panel(
        **{QWEN: (1, 2, 3), "Qwen/Qwen2.5-1.5B-Instruct": (9, 10, 11), LLAMA: (20, 21, 22)}
    )
    told = rankings.download_numbers(
        counts, rankings.increments(increments([]), COUNTRIES), registry()
    )
    values = {n.id: n.value for n in told}
    assert values["rankings.qwen_first_point.one_model.share"] == 0.9
    assert values["rankings.qwen_first_point.one_model.name"] == "Qwen/Qwen2.5-1.5B-Instruct"
    assert values["rankings.alltime_largest.name"] == LLAMA


def test_nothing_observed() -> None:
    nothing = rankings.cumulative(panel(), registry())
    gained = rankings.increments(increments([]), COUNTRIES)
    assert nothing.empty
    assert gained.empty
    assert {"date", "group", "downloads"} <= set(nothing)
    assert {"mid", "bloc", "per_day"} <= set(gained)
    assert {n.value for n in rankings.download_numbers(panel(), gained, registry())} == {None}
