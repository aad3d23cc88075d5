"""The chapter's numbers on the real tables, recounted from the files without pandas."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

import pytest

from openrace import store
from openrace.labs import Registry, parents
from openrace.measures import rankings
from openrace.numbers import Number

DATA = Path(__file__).resolve().parents[3] / "data"
TABLES = (
    "labs",
    "families",
    "countries",
    "trending_daily",
    "trending_top1000_daily",
    "hub_uploads",
    "curated_llms",
    "alltime_downloads",
    "download_increments",
    "tracked_models",
    "lab_download_shares",
    "hub_census",
    "hub_census_days",
)


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def tables() -> dict:
    return {name: store.load(name) for name in TABLES}


@pytest.fixture(scope="module")
def registry(tables) -> Registry:
    known = parents(tables["hub_uploads"], tables["trending_top1000_daily"])
    return Registry(tables["labs"], tables["families"], tables["countries"], known)


@pytest.fixture(scope="module")
def told(tables, registry) -> list[Number]:
    return rankings.numbers(tables, registry)


@pytest.fixture(scope="module")
def numbers(told) -> dict[str, Number]:
    return {n.id: n for n in told}


BLOCS = {r["country"]: r["bloc"] for r in rows("countries")}
HOMES = {r["organisation"].lower(): BLOCS[r["country"]] for r in rows("labs")}
RENAMED = {
    r["organisation"].lower(): r["renamed_to"].lower() for r in rows("labs") if r["renamed_to"]
}


def publisher(model_id: str) -> str:
    organisation = model_id.partition("/")[0].lower()
    return HOMES.get(RENAMED.get(organisation, organisation), "Unknown")


REQUIRED = """
    cn_slots.latest_month us_slots.latest_month unknown_slots.latest_month
    cn_slots.latest_month.publisher us_slots.latest_month.publisher
    unknown_slots.latest_month.publisher cn_slots.min_month cn_slots.max_month
    four_of_five_weeks.share four_of_five_weeks.share.publisher four_of_five_weeks.share.low
    four_of_five_weeks.share.high qwen_passes_meta.from qwen_passes_meta.to
    qwen_passes_meta.all_meta.from qwen_passes_meta.all_meta.to derivatives.qwen.repos
    derivatives.qwen.authors derivatives.qwen.repos.without_launch
    derivatives.qwen.authors.without_launch cn_share.definitions.min cn_share.definitions.q1
    cn_share.definitions.median cn_share.definitions.q3 cn_share.definitions.max
    cn_share.all_modalities lineage.unknown_share
"""


def test_every_required_number_is_told_once_with_definition_and_tables(told) -> None:
    times = Counter(n.id for n in told)
    assert {f"rankings.{id}" for id in REQUIRED.split()} <= set(times)
    assert set(times.values()) == {1}


def test_each_number_says_what_it_is_and_from_where(numbers) -> None:
    for number in numbers.values():
        assert number.definition.endswith("."), number.id
        assert set(number.tables) <= set(TABLES), number.id
        if isinstance(number.value, float) and number.low is not None:
            assert number.low <= number.value <= number.high, number.id


def test_slots_of_the_latest_month_by_publisher(numbers) -> None:
    by_month: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows("trending_daily"):
        by_month[row["date"][:7]].append(row)
    last_day = max(row["date"] for row in rows("trending_daily"))

    def is_complete(month: str) -> bool:
        first = date.fromisoformat(f"{month}-01")
        end = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        return last_day >= str(end) and len({r["date"] for r in by_month[month]}) >= 0.85 * end.day

    listed = by_month[max(filter(is_complete, by_month))]
    homes = Counter(publisher(row["model_id"]) for row in listed)
    days = len({row["date"] for row in listed})
    for code, bloc in (("cn", "China"), ("us", "United States"), ("unknown", "Unknown")):
        number = numbers[f"rankings.{code}_slots.latest_month.publisher"]
        assert number.value == pytest.approx(homes[bloc] / days)


def test_unknown_lineage(numbers, registry) -> None:
    listed = [registry.lineage(row["model_id"]).bloc for row in rows("trending_daily")]
    share = listed.count("Unknown") / len(listed)
    assert numbers["rankings.lineage.unknown_share"].value == pytest.approx(share)


LANGUAGE = {
    "text-generation",
    "image-text-to-text",
    "any-to-any",
    "audio-text-to-text",
    "video-text-to-text",
}


def test_four_of_five(numbers, registry) -> None:
    by_day = {
        day: sorted(group, key=lambda r: int(r["rank"]))
        for day, group in groupby(rows("trending_daily"), key=lambda r: r["date"])
    }
    weeks: dict[date, list[bool]] = defaultdict(list)
    for day, listed in by_day.items():
        five = [r["model_id"] for r in listed if r["modality"] in LANGUAGE][:5]
        if len(five) == 5:
            chinese = sum(registry.lineage(model).bloc == "China" for model in five)
            monday = date.fromisoformat(day) - timedelta(days=date.fromisoformat(day).weekday())
            weeks[monday].append(chinese >= 4)
    judged = [sum(days) > len(days) / 2 for days in weeks.values() if len(days) >= 4]
    share = sum(judged) / len(judged)
    assert numbers["rankings.four_of_five_weeks.share"].value == pytest.approx(share)


def test_when_qwen_passes_meta(numbers) -> None:
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows("alltime_downloads"):
        organisation = row["model_id"].partition("/")[0]
        sums[row["date"]][organisation] += int(row["downloads_all_time"] or 0)

    def between(*leaders: str) -> list[str]:
        behind = [d for d, s in sums.items() if s["Qwen"] <= sum(s[o] for o in leaders)]
        return [max(behind), min(set(sums) - set(behind))]

    for variant, leaders in (("", ["meta-llama"]), (".all_meta", ["meta-llama", "facebook"])):
        id = f"rankings.qwen_passes_meta{variant}"
        assert [numbers[f"{id}.from"].value, numbers[f"{id}.to"].value] == between(*leaders)


def test_china_of_china_and_the_united_states(numbers) -> None:
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows("lab_download_shares"):
        sums[row["date"]][row["country"]] += float(row["share"])
    shares = {day: s["CN"] / (s["CN"] + s["US"]) for day, s in sums.items()}
    number = numbers["rankings.cn_share.all_modalities"]
    expected = (shares[max(shares)], min(shares.values()), max(shares.values()))
    assert (number.value, number.low, number.high) == pytest.approx(expected)


def test_what_new_models_are_built_on(numbers, registry) -> None:
    snapshot = date.fromisoformat(rows("hub_uploads")[0]["date"])
    new = [
        row
        for row in rows("hub_uploads")
        if row["base_model"] and 0 <= (snapshot - date.fromisoformat(row["created_on"])).days < 9
    ]
    qwen = [registry.lineage(row["base_model"]).family == "Qwen" for row in new]
    assert numbers["rankings.derivatives.qwen.repos"].value == pytest.approx(sum(qwen) / len(qwen))
    authors: dict[str, list[bool]] = defaultdict(list)
    for row, is_qwen in zip(new, qwen, strict=True):
        authors[row["model_id"].partition("/")[0]].append(is_qwen)
    share = sum(sum(own) / len(own) for own in authors.values()) / len(authors)
    assert numbers["rankings.derivatives.qwen.authors"].value == pytest.approx(share)


def test_a_past_day_knows_nothing_of_what_came_later(tables, registry) -> None:
    def told(last: str) -> dict[str, float | str | None]:
        past = {
            name: table[table[observed] <= last]
            if (observed := {"download_increments": "end"}.get(name, "date")) in table
            else table
            for name, table in tables.items()
        }
        return {n.id: n.value for n in rankings.numbers(past, registry)}

    april = told("2026-04-30")
    assert april["rankings.latest_month"] == "April 2026"
    assert april["rankings.qwen_passes_meta.to"] is None
    assert april["rankings.us_slots.rebound_june"] is None
    assert april["rankings.derivatives.qwen.repos"] is None
    before = told("2020-01-01")
    asked = {f"rankings.{id}" for id in ("slots.listed", "attribution", "window_days")}
    assert {v for id, v in before.items() if id not in asked} == {None}
