"""Views by day, made up and worked out by hand: what is a peak, its half, and what is missing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from openrace import package
from openrace.measures.moment import attention
from openrace.numbers import Number
from openrace.sources import wikipedia

FIRST, LAST = date(2024, 12, 1), date(2025, 4, 30)


def day(text: str) -> date:
    return date.fromisoformat(f"2025-{text}")


def rows(article: str, views: dict[date, int], usual: int, first: date = FIRST) -> pd.DataFrame:
    """Return a usual number of views from a first day on, and others on some days; -1 is a gap."""
    days = [first + timedelta(days=i) for i in range((LAST - first).days + 1)]
    made = [(d, article, views.get(d, usual)) for d in days if views.get(d, usual) >= 0]
    table = pd.DataFrame(made, columns=["date", "article", "views"])
    return table.assign(date=pd.to_datetime(table["date"]), observed=pd.Timestamp("2026-09-01"))


def told(*tables: pd.DataFrame) -> dict[str, Number]:
    numbers = attention.numbers(pd.concat(tables, ignore_index=True))
    return {n.id.removeprefix("moment.attention."): n for n in numbers}


def values(found: dict[str, Number], *ids: str) -> list[Any]:
    return [found[id].value for id in ids]


#: The peak on the 28th; half of it, 500, is reached on the 31st and left for good on 2 February.
WAVE = {
    day("01-27"): 900,
    day("01-28"): 1000,
    day("01-29"): 800,
    day("01-30"): 501,
    day("01-31"): 500,
    day("02-01"): 600,
    day("02-02"): 300,
}
NONE = rows("DeepSeek", {}, 0)[:0]


def test_peak_multiple_half_and_rest_of_a_wave() -> None:
    found = told(rows("DeepSeek", WAVE, 10))
    assert values(found, "peak", "peak_day", "before", "multiple") == [1000, "2025-01-28", 10, 100]
    assert (found["multiple"].low, found["multiple"].high) == (100, 100)
    half = found["half_life_days"]
    assert (half.low, half.value, half.high) == (3, 3, 5)
    assert values(found, "after", "after.multiple", "latest") == [10, 1, 10]
    assert found["peak"].until == "2025-04-27"
    assert found["latest"].until is None


def test_the_multiple_ranges_over_what_counts_as_usual() -> None:
    december = {date(2024, 12, d): 5 for d in range(1, 26)}  # the days before V3
    fortnight = {day(f"01-{d:02}"): 20 for d in range(6, 20)}
    multiple = told(rows("DeepSeek", december | fortnight | WAVE, 10))["multiple"]
    # Of the month before R1 five days have 5, eleven have 10 and fourteen 20: the median is 10.
    assert (multiple.low, multiple.value, multiple.high) == (50, 100, 200)


def test_a_day_that_is_missing_is_no_day_without_views() -> None:
    holes = {day("01-29"): -1, day("01-30"): -1, day("04-10"): -1}
    found = told(rows("DeepSeek", WAVE | holes, 10))
    half = found["half_life_days"]
    assert (half.low, half.value, half.high) == (1, 3, 5)  # it may have been on a missing day
    assert found["after"].value == 10
    table = attention.study(rows("DeepSeek", WAVE | holes, 10))
    spans = table.groupby("run")["date"].agg(["min", "max"])
    assert spans["max"].dt.strftime("%m-%d").tolist() == ["01-28", "04-09", "04-27"]
    assert spans["min"].dt.strftime("%m-%d").tolist() == ["12-01", "01-31", "04-11"]


def test_a_median_needs_half_of_its_days() -> None:
    enough = told(rows("DeepSeek", WAVE, 10, first=day("01-05")))
    assert enough["multiple"].value == 100  # fifteen of thirty days
    less = told(rows("DeepSeek", WAVE, 10, first=day("01-06")))
    assert values(less, "peak", "before", "multiple") == [1000, None, None]
    assert (less["multiple"].low, less["after.multiple"].value) == (None, None)
    late = told(rows("DeepSeek", {}, 10, first=day("03-01")))
    assert values(late, "peak", "peak_day", "half_life_days") == [None, None, None]


def test_what_never_fell_by_half_has_no_half_life() -> None:
    found = told(rows("DeepSeek", {}, 10))
    assert values(found, "peak", "multiple", "half_life_days") == [10, 1, None]


def test_the_first_of_two_equal_days_is_the_peak_and_a_later_wave_is_not() -> None:
    later = {day("01-22"): 1000, day("03-26"): 5000}
    found = told(rows("DeepSeek", WAVE | later, 10))
    assert values(found, "peak_day", "half_life_days") == ["2025-01-22", 1]
    assert found["half_life_days"].high == 64  # the day after 26 March


def test_no_views_before_make_no_multiple() -> None:
    found = told(rows("DeepSeek", WAVE, 0))
    assert values(found, "peak", "before", "multiple", "after.multiple") == [1000, 0, None, None]


def test_other_articles_are_held_against_their_own_usual_day() -> None:
    ghibli = {day("01-27"): 150, day("03-26"): 900}
    found = told(rows("DeepSeek", WAVE, 10), rows("ChatGPT", ghibli, 100))
    assert values(found, "multiple.chatgpt", "multiple.llama") == [1.5, None]
    assert found["multiple.chatgpt"].text == "1.5\u00a0times"


def test_the_drawn_days_are_marked_and_end_after_ninety() -> None:
    tables = [rows("DeepSeek", WAVE, 10), rows("Qwen", WAVE, 1)]
    table = attention.study(pd.concat(tables).sample(frac=1, random_state=1))
    assert table.columns.tolist() == ["date", "article", "views", "run", "mark"]
    marked = table[table["mark"] != ""]
    assert marked[["article", "mark"]].to_numpy().tolist() == [
        ["DeepSeek", "peak"],
        ["DeepSeek", "half"],
    ]
    assert marked["date"].dt.strftime("%m-%d").tolist() == ["01-28", "01-31"]
    assert table["date"].max() == pd.Timestamp("2025-04-27")
    assert table.groupby("article")["run"].nunique().to_dict() == {"DeepSeek": 1, "Qwen": 1}


@pytest.mark.parametrize("table", [NONE, rows("Qwen", {}, 3), rows("DeepSeek", {}, 3)[-1:]])
def test_ids_do_not_depend_on_the_data(table: pd.DataFrame) -> None:
    found = told(table)
    assert set(found) == set(told(rows("DeepSeek", WAVE, 10)))
    assert all(n.tables == ("attention_daily",) for n in found.values())
    assert all((n.value is None) == (n.until is None) for i, n in found.items() if i != "latest")
    assert len(attention.study(table)) == len(table[table["date"] <= "2025-04-27"])


def test_the_articles_are_those_that_are_asked_for() -> None:
    assert (attention.SUBJECT, *attention.BESIDE) == wikipedia.ARTICLES
    assert pd.Timestamp(wikipedia.FIRST) == attention.FIRST
    assert package.describe("attention_daily")["observed"] == "observed"
