"""The trending list: shares, months, top tens, and the traps of a list with holes."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_hub import FALCON, GEMMA, LLAMA, MISTRAL, NOBODY, QWEN, REUPLOAD, registry, trending

from openrace.errors import Refusal
from openrace.measures import rankings
from openrace.measures.rankings import trending as lists

MODELS = (QWEN, LLAMA, GEMMA, MISTRAL, FALCON, REUPLOAD, NOBODY)


def share(table: pd.DataFrame, attribution: str, bloc: str, week: str) -> float:
    at = (table["attribution"] == attribution) & (table["bloc"] == bloc)
    return float(table.loc[at & (table["week"] == week), "share"].item())


def test_a_reuploaded_qwen_is_american_by_publisher_and_chinese_by_lineage() -> None:
    # Monday to Sunday, two days observed: 8 places in all.
    days = {
        "2026-07-06": [QWEN, REUPLOAD, LLAMA, NOBODY],
        "2026-07-08": [QWEN, GEMMA, LLAMA, NOBODY],
    }
    weekly = rankings.trending_share(rankings.listed(trending(days), registry()))
    assert share(weekly, "lineage", "China", "2026-07-06") == 3 / 8
    assert share(weekly, "publisher", "China", "2026-07-06") == 2 / 8
    assert share(weekly, "lineage", "United States", "2026-07-06") == 3 / 8
    assert share(weekly, "publisher", "United States", "2026-07-06") == 4 / 8
    assert share(weekly, "lineage", "Unknown", "2026-07-06") == 2 / 8
    assert share(weekly, "lineage", "Europe", "2026-07-06") == 0
    assert set(weekly["days"]) == {2}


def test_a_week_without_a_day_is_a_gap_and_a_partial_week_says_so() -> None:
    days = {"2026-07-10": [QWEN], "2026-07-20": [QWEN], "2026-07-21": [QWEN]}
    weekly = rankings.trending_share(rankings.listed(trending(days), registry()))
    seen = weekly.drop_duplicates("week").set_index("week")["days"]
    assert seen.to_dict() == {pd.Timestamp("2026-07-06"): 1, pd.Timestamp("2026-07-20"): 2}


def test_a_longer_window_joins_weeks() -> None:
    days = {"2026-07-13": [QWEN], "2026-07-20": [LLAMA]}
    listed = rankings.listed(trending(days), registry())
    starts = {n: rankings.trending_share(listed, n)["week"].nunique() for n in (7, 28)}
    assert starts == {7: 2, 28: 1}


@settings(deadline=None, max_examples=25)
@given(
    st.dictionaries(
        st.dates(pd.Timestamp("2026-01-01").date(), pd.Timestamp("2026-03-31").date()).map(str),
        st.lists(st.sampled_from(MODELS), min_size=1, max_size=7, unique=True),
        min_size=1,
        max_size=20,
    ),
    st.randoms(use_true_random=False),
)
def test_shares_sum_to_one_whatever_the_order_and_the_copies_of_rows(days, random) -> None:
    table = trending(days)
    order = [*range(len(table)), *range(0, len(table), 2)]
    random.shuffle(order)
    weekly = rankings.trending_share(rankings.listed(table, registry()))
    shuffled = rankings.trending_share(rankings.listed(table.iloc[order], registry()))
    pd.testing.assert_frame_equal(weekly, shuffled)
    sums = weekly.groupby(["week", "attribution"])["share"].sum()
    assert sums.to_numpy() == pytest.approx(1)


def test_only_places_of_the_scope_count_and_are_counted_anew() -> None:
    table = trending({"2026-07-06": [LLAMA, QWEN, GEMMA]}, {LLAMA: "text-to-image"})
    listed = rankings.listed(table, registry(), top_n=1, scope="language")
    assert listed["model_id"].tolist() == [QWEN, QWEN]
    assert listed["place"].tolist() == [1, 1]


def test_an_unknown_scope_is_refused_with_those_that_exist() -> None:
    with pytest.raises(Refusal, match="all, language, text only"):
        rankings.listed(trending({"2026-07-06": [QWEN]}), registry(), scope="chat")


def days_of(month: str, count: int) -> dict[str, list[str]]:
    first = pd.Timestamp(f"{month}-01")
    return {f"{first + pd.Timedelta(days=i):%Y-%m-%d}": [QWEN, LLAMA] for i in range(count)}


@pytest.mark.parametrize(
    ("month", "observed", "after", "complete"),
    [
        ("2026-06", 30, {}, True),
        ("2026-06", 27, {"2026-07-01": [QWEN]}, True),
        ("2026-06", 25, {"2026-07-01": [QWEN]}, False),  # 83 % of its days
        ("2026-06", 29, {}, False),  # not over yet
    ],
)
def test_a_month_is_complete_when_it_is_over_and_mostly_observed(
    month: str, observed: int, after: dict[str, list[str]], complete: bool
) -> None:
    listed = rankings.listed(trending(days_of(month, observed) | after), registry())
    months = rankings.monthly_slots(listed).set_index("month")
    assert set(months.loc[month, "complete"]) == {complete}
    assert (len(lists.latest_month(listed)) > 0) == complete


def test_slots_of_a_month_are_a_mean_over_observed_days_not_over_the_calendar() -> None:
    days = {"2026-06-01": [QWEN, QWEN + "-x"], "2026-06-03": [LLAMA, QWEN]}
    months = rankings.monthly_slots(rankings.listed(trending(days), registry()))
    china = months[(months["bloc"] == "China") & (months["attribution"] == "lineage")]
    assert china["slots"].item() == 1.5
    assert china["days"].item() == 2


def test_the_weeks_order_goes_by_points_and_a_day_off_the_list_gives_none() -> None:
    # Lists of three: first place 3 points, second 2, third 1.
    days = {
        "2026-07-06": [LLAMA, QWEN, GEMMA],  # Llama 3, Qwen 2, Gemma 1
        "2026-07-07": [MISTRAL, QWEN, GEMMA],  # Mistral 3, Qwen 2, Gemma 1
    }
    top = rankings.top_ten(rankings.listed(trending(days), registry()), stays=1)
    assert top["model_id"].tolist() == [QWEN, LLAMA, MISTRAL, GEMMA]
    assert top["place"].tolist() == [1, 2, 3, 4]


def test_a_model_stays_when_it_is_in_the_top_of_enough_weeks() -> None:
    days = {"2026-07-06": [QWEN, LLAMA], "2026-07-13": [QWEN, GEMMA]}
    top = rankings.top_ten(rankings.listed(trending(days), registry()), stays=2)
    assert top.set_index(["week", "model_id"])["stays"].to_dict() == {
        (pd.Timestamp("2026-07-06"), QWEN): True,
        (pd.Timestamp("2026-07-06"), LLAMA): False,
        (pd.Timestamp("2026-07-13"), QWEN): True,
        (pd.Timestamp("2026-07-13"), GEMMA): False,
    }


def test_nothing_observed_gives_empty_tables_with_their_columns() -> None:
    listed = rankings.listed(trending({}), registry())
    assert rankings.trending_share(listed).columns.tolist() == [
        "week",
        "attribution",
        "bloc",
        "share",
        "days",
    ]
    for table in (rankings.trending_share(listed), rankings.monthly_slots(listed)):
        assert table.empty
    top = rankings.top_ten(listed)
    assert top.empty
    assert {"week", "place", "model_id", "family", "bloc", "stays"} <= set(top)


def test_nothing_observed_gives_numbers_without_values() -> None:
    told = rankings.slot_numbers(rankings.listed(trending({}), registry()))
    assert {n.value for n in told if n.id != "rankings.slots.listed"} == {None}
    assert {n.text for n in told if n.id != "rankings.slots.listed"} == {"not observed"}


def test_a_span_that_is_not_over_has_no_rebound() -> None:
    def december(last: int) -> float | str | None:
        days = {f"2025-12-{d}": [QWEN, LLAMA, GEMMA] for d in range(15, last + 1)}
        told = rankings.slot_numbers(rankings.listed(trending(days), registry()))
        return {n.id: n.value for n in told}["rankings.us_slots.rebound_december"]

    assert december(27) is None
    assert december(28) == 2


def test_slots_that_others_uploaded_are_told_apart() -> None:
    days = {"2026-07-06": [QWEN, REUPLOAD, LLAMA]}
    told = rankings.slot_numbers(rankings.listed(trending(days), registry()))
    values = {n.id: n.value for n in told}
    assert values["rankings.cn_slots.uploaded_by_others.share"] == 1 / 2
    assert values["rankings.us_slots.uploaded_by_others.share"] == 0
    assert values["rankings.lineage.by_name_share"] == pytest.approx(1 / 3)


def test_more_than_half_means_more_than_half() -> None:
    days = {"2026-07-06": [QWEN, LLAMA], "2026-07-07": [QWEN, QWEN + "-x", LLAMA]}
    told = rankings.slot_numbers(rankings.listed(trending(days), registry()))
    values = {n.id: n.value for n in told}
    assert values["rankings.majority_days.share"] == 1 / 2
    assert values["rankings.majority_days.share.us"] == 0
