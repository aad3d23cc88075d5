"""The whole Hub: shares and bases recounted from the finest grain, in any state of the table."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import census_rows
import pandas as pd
import pytest

from openrace import store
from openrace.measures import rankings
from openrace.measures.rankings import census
from openrace.numbers import Number

COUNTRIES = store.load("countries")
CENSUS, DAYS = census_rows.tables()
BLOCS = dict(zip(COUNTRIES["country"], COUNTRIES["bloc"], strict=True))
FINEST = CENSUS[CENSUS["task"] != "all"].assign(bloc=lambda t: t["country"].map(BLOCS))


def told(rows: pd.DataFrame = CENSUS, days: pd.DataFrame = DAYS) -> dict[str, Number]:
    numbers = rankings.census_numbers(rows, days, COUNTRIES)
    return {n.id.removeprefix("rankings.census."): n for n in numbers}


def share(counter: str, attribution: str, bloc: str, first: date, last: date) -> float:
    rows = FINEST[FINEST["day"].between(pd.Timestamp(first), pd.Timestamp(last))]
    rows = rows[rows["attribution"] == attribution]
    return float(rows.loc[rows["bloc"] == bloc, counter].sum() / rows[counter].sum())


def test_the_made_up_grains_agree_as_real_ones_must() -> None:
    for counter in ("models", "new_models", "new_derivatives", "downloads", "likes"):
        country = CENSUS[CENSUS["lab"] == "all"]
        family = CENSUS[(CENSUS["lab"] != "all") & (CENSUS["task"] == "all")]
        sums = [t.groupby(["day", "attribution"])[counter].sum() for t in (country, family, FINEST)]
        pd.testing.assert_series_equal(sums[0], sums[1])
        pd.testing.assert_series_equal(sums[0], sums[2])
        both = sums[0].unstack("attribution")
        assert (both["publisher"] == both["lineage"]).all()


@pytest.mark.parametrize("counter", census.SHARED)
def test_shares_are_of_the_last_day_and_of_the_first_that_has_the_count(counter: str) -> None:
    first = census_rows.COUNTED if counter == "all_time" else census_rows.FIRST
    last, more = census_rows.LAST, timedelta(days=6 if counter == "new_models" else 0)
    numbers = told()
    for bloc, code in census.SIDES.items():
        for attribution, variant in (("lineage", ""), ("publisher", ".publisher")):
            now, was = (numbers[f"{code}_share.{counter}{end}{variant}"] for end in ("", ".first"))
            assert now.value == pytest.approx(
                share(counter, attribution, bloc, last - more, last)
            ), now.id
            assert was.value == pytest.approx(
                share(counter, attribution, bloc, first, first + more)
            ), was.id


def test_shares_of_all_blocs_are_one_and_each_counter_says_its_days() -> None:
    table = rankings.census_share(CENSUS, DAYS, COUNTRIES)
    sums = table.groupby(["counter", "attribution"])[["share", "first"]].sum()
    assert sums.to_numpy() == pytest.approx(1)
    days = table.drop_duplicates("counter").set_index("counter")["first_day"]
    assert days["all-time downloads"] == pd.Timestamp("2025-02-27")
    assert days.drop("all-time downloads").eq(pd.Timestamp("2024-12-01")).all()


def test_before_there_are_all_time_counters_they_have_no_share() -> None:
    early = census_rows.tables(last=date(2025, 2, 1))
    table = rankings.census_share(*early, COUNTRIES)
    assert "all-time downloads" not in set(table["counter"])
    assert told(*early)["cn_share.all_time"].value is None
    assert told(*early)["cn_share.models"].value is not None


def test_bases_by_family_are_recounted() -> None:
    lineage = FINEST[FINEST["attribution"] == "lineage"]
    new = lineage["new_derivatives"]
    numbers = told()
    qwen = new[lineage["family"] == "Qwen"].sum() / new.sum()
    assert numbers["derivatives.family.name"].value == "Qwen"
    assert numbers["derivatives.family.share"].value == pytest.approx(qwen)
    for bloc, code in census.SIDES.items():
        value = numbers[f"derivatives.{code}_share"].value
        assert value == pytest.approx(new[lineage["bloc"] == bloc].sum() / new.sum())
    assert numbers["derivatives.a_day"].value == pytest.approx(new.sum() / 121)


def test_weeks_hold_rates_and_no_weekend_stands_for_one() -> None:
    table = rankings.census_derivatives(CENSUS, DAYS, COUNTRIES)
    assert table["week"].dt.day_of_week.eq(0).all()
    assert table["week"].min() == pd.Timestamp("2024-12-02")  # the first day was a Sunday
    assert table["week"].max() == pd.Timestamp("2025-03-24")  # the last one a Monday
    lineage = FINEST[(FINEST["attribution"] == "lineage") & (FINEST["family"] == "Qwen")]
    after = lineage[lineage["day"].between("2025-01-06", "2025-01-12")]
    row = table[(table["family"] == "Qwen") & (table["week"] == "2025-01-06")].iloc[0]
    assert row["days"] == 8  # the Sunday before was not counted: its models are among these
    assert row["rate"] == pytest.approx(after["new_derivatives"].sum() / 8)


def test_six_families_have_a_name_and_no_known_maker_is_unknown() -> None:
    table = rankings.census_derivatives(CENSUS, DAYS, COUNTRIES)
    named = set(table["family"]) - {census.OTHERS, census.NOBODY}
    assert named == {"Qwen", "Llama", "FLUX", "DeepSeek", "Mistral", "Gemma"}
    blocs = table.drop_duplicates("family").set_index("family")["bloc"]
    assert blocs[census.OTHERS] == ""
    assert blocs[census.NOBODY] == "Unknown"
    assert blocs["FLUX"] == "Europe"
    week = table[table["week"] == "2025-02-03"]
    lineage = FINEST[(FINEST["attribution"] == "lineage")]
    whole = lineage[lineage["day"].between("2025-02-03", "2025-02-09")]["new_derivatives"].sum()
    assert week["new"].sum() == whole


def test_a_week_without_a_count_is_a_gap() -> None:
    gap = tuple(date(2025, 2, 1) + timedelta(days=i) for i in range(16))
    table = rankings.census_derivatives(*census_rows.tables(missing=gap), COUNTRIES)
    qwen = table[table["family"] == "Qwen"]
    assert pd.Timestamp("2025-02-03") not in set(qwen["week"])
    assert qwen["run"].nunique() == 2


def test_one_day_is_drawn_though_it_is_no_week() -> None:
    one = census_rows.tables(last=date(2024, 12, 1))
    assert len(rankings.census_derivatives(*one, COUNTRIES)) > 0
    assert told(*one)["days_missing"].value == 0


STATES: list[Any] = [
    (CENSUS[:0], DAYS[:0]),
    (store.load("hub_census"), store.load("hub_census_days")),
    census_rows.tables(last=date(2024, 12, 2)),
]


@pytest.mark.parametrize(("rows", "days"), STATES, ids=["none", "own", "two days"])
def test_ids_and_definitions_do_not_depend_on_the_data(
    rows: pd.DataFrame, days: pd.DataFrame
) -> None:
    found = told(rows, days)
    assert {id: n.definition for id, n in found.items()} == {
        id: n.definition for id, n in told().items()
    }


def test_without_rows_nothing_is_said_and_nothing_drawn() -> None:
    nothing = CENSUS[:0], DAYS[:0]
    assert [n.id for n in told(*nothing).values() if n.value is not None] == []
    assert rankings.census_share(*nothing, COUNTRIES).empty
    assert rankings.census_derivatives(*nothing, COUNTRIES).empty
