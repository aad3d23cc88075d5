"""The set of definitions: complete, each computed as it says, reversals named."""

from __future__ import annotations

import statistics
from dataclasses import replace
from datetime import date

import census_rows
import pandas as pd
import pytest
from small_hub import COUNTRIES, GEMMA, LLAMA, NOBODY, QWEN, REUPLOAD, registry, trending, uploads

from openrace.measures import rankings
from openrace.measures.rankings.definitions import DEFINITIONS, SOURCES, TITLES, Definition

EMPTY_LIST = trending({})
CENSUS = census_rows.tables(last=date(2025, 3, 5))[0]


def tables(**given: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return every source, empty where it is not given."""
    days = {"date": pd.Series(dtype="datetime64[us]"), "model_id": pd.Series(dtype="str")}
    text = {c: pd.Series(dtype="str") for c in ("country", "lab", "attribution")}
    end = {"end": pd.Series(dtype="datetime64[us]"), "downloads": pd.Series(dtype="int64")}
    share = {"date": days["date"], "share": pd.Series(dtype="float64")}
    empty = {
        "trending_daily": EMPTY_LIST,
        "trending_top1000_daily": EMPTY_LIST,
        "curated_llms": EMPTY_LIST,
        "hub_uploads": uploads([]),
        "alltime_downloads": pd.DataFrame(days | {"downloads_all_time": end["downloads"]}),
        "download_increments": pd.DataFrame(text | end),
        "tracked_models": pd.DataFrame(days),
        "lab_download_shares": pd.DataFrame(text | share).drop(columns="attribution"),
        "hub_census": CENSUS[:0],
        "countries": COUNTRIES,
    }
    return empty | given


def answer(found: pd.DataFrame, **facets: object) -> float:
    for facet, value in facets.items():
        found = found[found[facet] == value]
    return float(found["cn_share"].item())


def test_the_set_holds_every_source_and_no_definition_twice() -> None:
    assert set(SOURCES) == set(TITLES)
    assert len({d.name for d in DEFINITIONS}) == len(DEFINITIONS)


def test_both_attributions_are_asked_alike_where_lineage_can_be_known() -> None:
    one_sided = {
        d.source for d in DEFINITIONS if replace(d, attribution="lineage") not in DEFINITIONS
    }
    assert one_sided == {"tracked_models", "lab_download_shares"}


def test_no_definition_adds_30_day_counts_over_days() -> None:
    # The same list twice: had the counts been added, the second day's would outweigh the first's.
    first = uploads([(QWEN, "2026-08-20", None, 300), (LLAMA, "2026-08-20", None, 100)])
    second = first.assign(date=pd.Timestamp("2026-08-23"), downloads_30d=[1000, 3000])
    ranked = pd.concat([first, second]).assign(rank=[1, 2, 1, 2])
    one = Definition(
        "trending_daily", "whole period", 10, "all", "lineage", "30-day downloads", "counted"
    )
    long = pd.concat(
        [
            ranked.assign(rank=ranked["rank"] + 2 * i, model_id=ranked["model_id"] + f"-{i}")
            for i in range(5)
        ]
    )
    found = rankings.definitions(tables(trending_daily=long), registry())
    assert found.set_index("name").loc[one.name, "cn_share"] == pytest.approx((0.75 + 0.25) / 2)


HUB = uploads(
    [
        (QWEN, "2026-08-20", None, 600),
        (REUPLOAD, "2026-08-20", None, 100),
        (LLAMA, "2026-08-20", None, 200),
        (NOBODY, "2026-08-20", None, 100),
    ]
)


@pytest.mark.parametrize(
    ("attribution", "unknown", "expected"),
    [
        ("lineage", "counted", 0.7),
        ("lineage", "left out", 7 / 9),
        ("publisher", "counted", 0.6),
        ("publisher", "left out", 6 / 9),
        ("publisher", "China and US only", 6 / 9),
    ],
)
def test_downloads_by_hand(attribution: str, unknown: str, expected: float) -> None:
    found = rankings.definitions(tables(hub_uploads=HUB), registry())
    facets = {"scope": "all", "weight": "30-day downloads"}
    value = answer(found, attribution=attribution, unknown=unknown, **facets)
    assert value == pytest.approx(expected)


def test_the_whole_hub_is_in_the_set_and_left_out_while_it_has_no_rows() -> None:
    without = rankings.definitions(tables(hub_uploads=HUB), registry())
    assert "hub_census" in SOURCES
    assert set(without["source"]) == {"hub_uploads"}
    found = rankings.definitions(tables(hub_uploads=HUB, hub_census=CENSUS), registry())
    own = found["source"] == "hub_census"
    assert own.sum() == 2 * 4 * 3  # attributions, weights, ways to treat unknown
    shared = found[~own].drop(columns="position").reset_index(drop=True)
    pd.testing.assert_frame_equal(shared, without.drop(columns="position"))


@pytest.mark.parametrize("attribution", ["lineage", "publisher"])
@pytest.mark.parametrize(
    ("weight", "counter"),
    [("models", "models"), ("30-day downloads", "downloads"), ("all-time downloads", "all_time")],
)
def test_the_whole_hub_answers_of_its_last_day_alone(
    attribution: str, weight: str, counter: str
) -> None:
    found = rankings.definitions(tables(hub_census=CENSUS), registry())
    value = answer(found, attribution=attribution, weight=weight, unknown="counted")
    last = CENSUS[(CENSUS["day"] == CENSUS["day"].max()) & (CENSUS["attribution"] == attribution)]
    finest = last[(last["task"] != "all")]  # another grain than the one that is read
    china = finest.loc[finest["country"] == "CN", counter].sum()
    assert value == pytest.approx(china / finest[counter].sum())


def test_the_treatment_of_unknown_never_changes_who_is_ahead() -> None:
    found = rankings.definitions(tables(hub_uploads=HUB), registry())
    keys = ["source", "period", "length", "scope", "attribution", "weight"]
    assert (found.groupby(keys)["cn_ahead"].nunique() == 1).all()


def test_readings_that_reverse_the_headline_are_named_once() -> None:
    # By models and publisher: one Chinese, two American; by lineage two to one.
    found = rankings.definitions(tables(hub_uploads=HUB), registry())
    named = rankings.reversals(found)
    assert set(named["attribution"]) == {"publisher"}
    assert set(named["weight"]) == {"models", "likes"}
    assert not named.duplicated(["scope", "weight"]).any()


def test_rows_are_sorted_and_within_bounds() -> None:
    found = rankings.definitions(tables(hub_uploads=HUB), registry())
    assert found["cn_share"].is_monotonic_increasing
    assert found["cn_share"].between(0, 1).all()
    assert (found["cn_share"] + found["us_share"]).le(1 + 1e-12).all()
    assert found["position"].tolist() == list(range(1, len(found) + 1))


def test_order_and_copies_of_rows_change_nothing() -> None:
    copied = pd.concat([HUB.iloc[::-1], HUB.iloc[:2]])
    first, second = (rankings.definitions(tables(hub_uploads=t), registry()) for t in (HUB, copied))
    pd.testing.assert_frame_equal(first, second)


def test_a_day_with_a_shorter_list_is_not_part_of_a_longer_one() -> None:
    long = {"2026-05-01": [f"{QWEN}-{i}" for i in range(100)]}
    short = {"2026-04-30": [f"{LLAMA}-{i}" for i in range(99)]}
    found = rankings.definitions(tables(trending_top1000_daily=trending(long | short)), registry())
    assert set(found["cn_share"]) == {1.0}
    assert set(found["length"]) == {100}


def test_tracked_models_are_one_list_whatever_the_day_they_were_added() -> None:
    tracked = pd.DataFrame({"model_id": [QWEN, LLAMA, GEMMA]}, dtype="str")
    tracked["date"] = pd.to_datetime(["2026-01-01", "2026-02-01", "2026-03-01"])
    found = rankings.definitions(tables(tracked_models=tracked), registry())
    assert answer(found, unknown="counted") == pytest.approx(1 / 3)


def test_quartiles_are_those_of_the_table() -> None:
    found = rankings.definitions(tables(hub_uploads=HUB), registry())
    values = {n.id: n.value for n in rankings.definition_numbers(found)}
    quartiles = statistics.quantiles(found["cn_share"], method="inclusive")
    id = "rankings.cn_share.definitions"
    assert [values[f"{id}.{q}"] for q in ("q1", "median", "q3")] == pytest.approx(quartiles)
    assert values[f"{id}.count"] == len(found) == 36
    assert values[f"{id}.cn_ahead"] == found["cn_ahead"].sum()


def test_nothing_observed() -> None:
    found = rankings.definitions(tables(), registry())
    assert found.empty
    assert {"name", "cn_share", "cn_ahead", "position"} <= set(found)
    assert rankings.reversals(found).empty
    assert {n.value for n in rankings.definition_numbers(found)} == {None}
