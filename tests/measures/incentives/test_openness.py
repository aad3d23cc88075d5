"""Shares of open weights: toy lists by hand, then the book's own tables."""

from __future__ import annotations

import csv
import math
from functools import cache

import pandas as pd
import pytest

from openrace import capability, package, store
from openrace.measures.incentives import openness, openness_numbers
from openrace.numbers import Number

COUNTRIES = pd.DataFrame(
    {"country": ["CN", "US", "FR"], "bloc": ["China", "United States", "Europe"]}
)
NONE = pd.DataFrame(columns=["table", "key_field", "key", "field", "was", "becomes", "reason"])


def day(text: str) -> pd.Timestamp:
    return pd.Timestamp(text)


SOLD = pd.DataFrame(
    [
        # repository decides against the providers; entry against them; most; half
        ("repo", "A", "CN", "2025-07-01", "a/repo", None, 4, 0),
        ("entry", "A", "CN", "2025-12-31", None, "no", 4, 3),
        ("most", "B", "US", "2026-01-01", None, None, 3, 2),
        ("half", "B", "US", "2026-06-30", None, None, 2, 1),
        ("few", "C", "FR", "2026-06-30", None, None, 3, 1),
        ("who", "unknown", "unknown", "2026-06-30", None, None, 2, 2),
    ],
    columns=["model", "lab", "country", "released", "repository", "maker_open", "listings", "open"],
).assign(date=day("2026-07-02"))
SOLD["released"] = pd.to_datetime(SOLD["released"])

MODELS = pd.DataFrame(
    [
        ("x", "A", "CN", "2025-01-01", "open", "China"),
        ("y", "B", "US", "2025-03-31", "closed", "United States"),
        ("z", "B", "US", "2025-06-30", None, "United States"),
        ("gone", "B", "US", "2025-06-30", "unreleased", "United States"),
        ("undated", "B", "US", None, "open", "United States"),
    ],
    columns=["model", "lab", "country", "released", "access", "bloc"],
).assign(score=140.0)
MODELS["released"] = pd.to_datetime(MODELS["released"])
MODELS["access"] = MODELS["access"].astype("str")

FRONTIER = pd.DataFrame(
    [
        ("2025-01-01", "US", 5, 1, 0, 0),
        ("2025-01-01", "US", 10, 5, 1, 0),
        ("2025-07-01", "CN", 10, 5, 4, 2),
        ("2026-01-01", "other", 10, 1, 1, 0),
    ],
    columns=["half", "country", "width", "models", "open", "opened_later"],
).assign(date=day("2026-07-10"))
FRONTIER["half"] = pd.to_datetime(FRONTIER["half"])


def toy(reading: str = "judged") -> pd.DataFrame:
    return openness.releases(MODELS, SOLD, NONE, COUNTRIES, reading)


@pytest.mark.parametrize(
    ("open_", "models", "low", "high"),
    # 4 of 10 as in Wilson's interval by hand: (0.4 + 1.92/10 -+ ...) / (1 + 3.84/10)
    [(4, 10, 0.16818, 0.68733), (0, 5, 0.0, 0.43449), (5, 5, 0.56552, 1.0)],
)
def test_wilson_by_hand(open_: int, models: int, low: float, high: float) -> None:
    assert openness.wilson(open_, models) == pytest.approx((low, high), abs=1e-4)


def test_of_no_models_there_is_no_interval() -> None:
    assert all(math.isnan(bound) for bound in openness.wilson(0, 0))


def test_half_years_begin_in_january_and_july() -> None:
    days = pd.Series(pd.to_datetime(["2025-01-01", "2025-06-30", "2025-07-01", "2025-12-31"]))
    months = openness.half_of(days).dt.strftime("%Y-%m-%d").tolist()
    assert months == ["2025-01-01", "2025-01-01", "2025-07-01", "2025-07-01"]


def test_a_repository_beats_the_entry_and_the_entry_beats_the_providers() -> None:
    judged = openness.catalogue(SOLD, NONE).set_index("model")
    assert judged["access"].dropna().to_dict() == {
        "repo": "open",
        "entry": "closed",
        "most": "open",
        "few": "closed",
        "who": "open",
    }
    assert judged["contested"].sum() == 4
    majority = openness.catalogue(SOLD, NONE, "majority").set_index("model")["access"]
    assert (majority["repo"], majority["entry"]) == ("closed", "open")
    anyone = openness.catalogue(SOLD, NONE, "any").set_index("model")["access"]
    assert anyone[anyone == "closed"].index.tolist() == ["repo"]


def test_counts_keep_the_unknown_and_leave_out_what_was_not_released() -> None:
    table = openness.counts(toy(), FRONTIER).set_index(["population", "half", "bloc"])
    rows = table[["models", "open", "unknown"]]
    first, second = day("2025-01-01"), day("2026-01-01")
    assert rows.loc[("epoch", first, "United States")].tolist() == [1, 0, 1]
    assert rows.loc[("catalogue", second, "United States")].tolist() == [1, 1, 1]
    assert rows.loc[("catalogue", second, "Unknown")].tolist() == [1, 1, 0]
    assert rows.loc[("catalogue", second, "Other")].tolist() == [1, 0, 0]  # Europe
    assert rows.loc[("frontier", first, "United States")].tolist() == [5, 1, 0]
    assert not table.loc[("frontier", first, "United States"), "few"]
    assert table["few"].sum() == len(table) - 2


def told(population: str = "epoch") -> dict[str, Number]:
    readings = openness.readings(MODELS, SOLD, NONE, COUNTRIES)
    return {n.id: n for n in openness_numbers.numbers(readings, FRONTIER, population)}


def test_shares_of_2025_follow_the_population_and_the_gap_its_definition() -> None:
    shares = {p: told(p)["incentives.open_share.cn"].value for p in openness.POPULATIONS}
    assert shares == {"epoch": 1.0, "catalogue": 0.5, "frontier": 0.8}
    n = told("frontier")
    assert n["incentives.open_share.us.frontier"].value == 0.2
    gap = n["incentives.open_share.gap"]
    # of the eight definitions only the frontier has five models on both sides
    assert (gap.value, gap.low, gap.high) == pytest.approx((0.6, 0.6, 0.6))
    assert n["incentives.open_share.gap.catalogue"].value is None  # no US model of 2025 in it
    assert n["incentives.open_share.cn.opened_later"].value == 2


def test_the_largest_lab_of_each_side_is_left_out_list_by_list() -> None:
    rows = toy()
    more = rows[rows["model"] == "few"].assign(model="few 2", lab="D")
    kept = openness.without_largest(pd.concat([rows, more, more.assign(model="few 3")]))
    # C has one model against two of D; everyone else is alone on its side of a list
    assert kept["model"].tolist() == ["few"]


def test_labs_count_once_however_many_names_they_have() -> None:
    n = told()
    ids = ("open_labs", "closed_labs", "both_labs", "labs")
    assert [n[f"incentives.{id}.us"].value for id in ids] == [1, 1, 1, 1]
    assert [n[f"incentives.{id}.cn"].value for id in ids] == [1, 1, 1, 1]


NAMES = (
    "capability_index",
    "corrections",
    "countries",
    "catalogue_releases",
    "frontier_releases",
)


@cache
def book(until: str = "2099-01-01", population: str = "epoch") -> dict[str, Number]:
    index, corrections, countries, sold, best = (
        table[table["date"] <= day(until)] if "date" in table else table for table in loaded()
    )
    models, _ = capability.copies(index, corrections, countries)
    readings = openness.readings(models, sold, corrections, countries)
    return {n.id: n for n in openness_numbers.numbers(readings, best, population)}


@cache
def loaded() -> list[pd.DataFrame]:
    return [store.load(name) for name in NAMES]


def test_the_same_numbers_exist_on_every_day_and_for_every_population() -> None:
    ids = set(book())
    assert ids == set(book("2026-02-01", "frontier"))
    early = book("2024-01-01", "catalogue")
    assert ids == set(early)
    values = {n.value for id, n in early.items() if not id.endswith("population")}
    assert values == {None}


def test_where_repository_and_entry_both_speak_they_agree() -> None:
    sold = store.load("catalogue_releases")
    both = sold[sold["repository"].notna() & sold["maker_open"].notna()]
    assert len(both) > 30
    assert (both["maker_open"] == "yes").all()


def test_the_catalogue_and_the_frontier_counted_again_without_pandas() -> None:
    with package.path("catalogue_releases").open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["released"] < "2026"]
    mended = {r["key"] for r in store.load("corrections").to_dict("records")}

    def is_open(row: dict[str, str]) -> bool | None:
        if row["repository"] or row["model"] in mended:
            return True
        if row["maker_open"]:
            return row["maker_open"] == "yes"
        share = int(row["open"]) / int(row["listings"])
        return None if share == 0.5 else share > 0.5

    for side in ("us", "cn"):
        said = [is_open(r) for r in rows if r["country"] == side.upper()]
        mine = [word for word in said if word is not None]
        number = book()[f"incentives.open_share.{side}.catalogue"]
        assert number.value == pytest.approx(sum(mine) / len(mine))
    with package.path("frontier_releases").open(encoding="utf-8") as file:
        best = [r for r in csv.DictReader(file) if r["width"] == "10" and r["half"] < "2026"]
    us = [r for r in best if r["country"] == "US"]
    assert book()["incentives.open_share.us.frontier"].value == pytest.approx(
        sum(int(r["open"]) for r in us) / sum(int(r["models"]) for r in us)
    )
