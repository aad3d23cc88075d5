"""Launches, lists and months on rows that can be counted by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from openrace.measures.moment import releases

COUNTRIES = pd.DataFrame({"country": ["CN", "US"], "bloc": ["China", "United States"]})
NONE = pd.DataFrame(columns=["table", "key_field", "key", "field", "was", "becomes", "reason"])
NO_EDITIONS = pd.DataFrame({"list": pd.Series(dtype="str"), "date": pd.to_datetime([])})


def hand(rows: list[tuple[str, str, str, str]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["released", "model", "lab", "bloc"])
    return table.assign(list="by hand", released=pd.to_datetime(table["released"]))


QWEN = [("2024-09-19", f"Qwen2.5-{size}", "Alibaba", "China") for size in ("0.5B", "7B", "72B")]


def test_a_family_released_in_one_week_is_one_launch() -> None:
    rows = hand([*QWEN, ("2024-09-22", "Qwen2.5-Math", "Alibaba", "China")])  # Thursday, Sunday
    later = hand([("2024-11-05", "Hunyuan", "Tencent", "China")])
    months = releases.monthly(pd.concat([rows, later]), NO_EDITIONS)
    september = months[(months["month"] == "2024-09-01") & (months["bloc"] == "China")]
    assert september[["launches", "models"]].to_numpy().tolist() == [[1, 4]]


def test_two_labs_in_one_week_are_two_launches_and_a_week_later_is_another() -> None:
    more = [
        ("2024-09-20", "MiniCPM", "OpenBMB", "China"),
        ("2024-09-26", "QVQ", "Alibaba", "China"),
    ]
    rows = hand([*QWEN, *more, ("2024-11-05", "Hunyuan", "Tencent", "China")])
    months = releases.monthly(rows, NO_EDITIONS)
    assert months.loc[months["month"] == "2024-09-01", "launches"].max() == 3


def test_months_without_a_launch_are_counted_and_the_last_is_whole() -> None:
    rows = hand([QWEN[0], ("2024-12-06", "Llama 3.3", "Meta", "United States")])
    months = releases.monthly(rows, NO_EDITIONS)
    china = months[months["bloc"] == "China"].set_index("month")["launches"]
    assert china.index[0] == pd.Timestamp("2023-07-01")
    assert china.index[-1] == pd.Timestamp("2024-11-01")  # December has only begun
    assert (len(china), china.sum()) == (17, 1)


def test_unknown_makers_are_nobodys_launch() -> None:
    later = ("2024-11-05", "Hunyuan", "Tencent", "China")
    rows = hand([*QWEN, ("2024-09-05", "x", "unknown", "China"), later])
    assert releases.monthly(rows, NO_EDITIONS)["launches"].sum() == 1


def test_the_index_ends_for_each_side_with_its_own_last_model() -> None:
    rows = hand([*QWEN, ("2024-06-07", "Llama", "Meta", "United States")]).assign(list="epoch")
    ends = releases.monthly(rows, NO_EDITIONS).groupby("bloc")["month"].max()
    assert ends["China"] == pd.Timestamp("2024-08-01")
    assert ends["United States"] == pd.Timestamp("2024-05-01")


def test_an_edition_ends_its_list() -> None:
    rows = hand([("2024-01-03", "a", "A", "China"), ("2026-06-26", "b", "B", "China")])
    editions = pd.DataFrame({"list": ["catalogue"], "date": pd.to_datetime(["2025-07-02"])})
    months = releases.monthly(rows.assign(list="catalogue"), editions)
    assert months["month"].max() == pd.Timestamp("2025-06-01")


def test_closed_models_and_spans_over_two_months_are_in_no_list() -> None:
    index = pd.DataFrame(
        {
            "model": ["open", "closed"],
            "lab": "A",
            "country": "CN",
            "released": pd.Timestamp("2025-01-20"),
            "access": ["open", "closed"],
        }
    )
    listed = pd.DataFrame(columns=["list", "model", "lab", "country", "released"])
    spans = {"date": ["2025-01-01", "2025-01-01"], "until": ["2025-01-31", "2025-03-31"]}
    by_hand = pd.DataFrame(spans).apply(pd.to_datetime)
    by_hand = by_hand.assign(model=["month", "quarter"], lab="A", country="US", access="open")
    rows = releases.rows(index, listed, by_hand, NONE, COUNTRIES)
    assert rows["model"].tolist() == ["open", "month"]
    assert rows["bloc"].tolist() == ["China", "United States"]


def outcome(**changes: object) -> pd.DataFrame:
    base = {"bloc": "China", "unit": "launches", "model": "step", "p": 0.01}
    rows = pd.DataFrame([base | {"list": name} for name in ("epoch", "catalogue")])
    rows["break"] = rows["low"] = pd.Timestamp("2025-01-01")
    rows["high"] = pd.Timestamp("2025-03-01")
    return rows.assign(**changes)


@pytest.mark.parametrize(
    ("table", "verdict"),
    [
        (outcome(), True),
        (outcome(p=[0.01, 0.2]), False),
        (outcome(low=pd.to_datetime(["2025-01-01", "2025-04-01"])), False),
    ],
    ids=["agree", "one sees none", "apart"],
)
def test_a_date_is_identified_only_where_all_lists_agree(
    table: pd.DataFrame, verdict: bool
) -> None:
    assert releases.identified(table) is verdict


def test_quarters_say_how_many_of_their_months_were_counted() -> None:
    months = releases.monthly(hand([QWEN[0], ("2024-12-06", "x", "B", "China")]), NO_EDITIONS)
    quarters = releases.quarterly(months)
    last = quarters[quarters["quarter"] == "2024-10-01"]
    assert last["months"].tolist() == [2, 2]


def test_no_list_gives_no_numbers_and_the_same_ids() -> None:
    nothing = releases.monthly(hand([]), NO_EDITIONS)
    empty = releases.numbers(nothing, releases.tests(nothing))
    some = releases.monthly(hand([*QWEN, ("2026-01-05", "x", "B", "China")]), NO_EDITIONS)
    full = releases.numbers(some, releases.tests(some))
    assert [n.id for n in empty] == [n.id for n in full]
    assert {n.value for n in empty} == {None}
