"""The timeline: what is wrong is mended, what is vague is a span, what is missing is a gap."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from functools import cache

import pandas as pd
import pytest

from openrace import package, store
from openrace.corrections import corrected
from openrace.measures.moment import coverage
from openrace.measures.moment import timeline as lanes
from openrace.numbers import Number

COUNTRIES = pd.DataFrame(
    [("CN", "China"), ("US", "United States"), ("FR", "Europe"), ("CA", "Other")],
    columns=["country", "bloc"],
)
MENDED = pd.DataFrame(
    [
        ("open_weight_releases", "model", "Closed", "access", "open", "closed"),
        ("policy_events", "label", "Ban", "date", "2025-02-05", "2025-01-31"),
        ("policy_events", "label", "Ban", "until", "2025-02-05", "2025-01-31"),
    ],
    columns=["table", "key_field", "key", "field", "was", "becomes"],
)


def releases(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    """Return a list of releases from first day, last day, model and country."""
    table = pd.DataFrame(rows, columns=["date", "until", "model", "country"])
    table = table.assign(access="open", lab="Lab", parameters=None, licence="MIT", url="https://a")
    return dated(table)


def events(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    """Return a list of events from first day, last day, label and kind."""
    table = pd.DataFrame(rows, columns=["date", "until", "label", "kind"])
    return dated(
        table.assign(event="So it was.", jurisdiction="US", url="https://b", confidence="high")
    )


def dated(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(**{c: pd.to_datetime(table[c]) for c in ("date", "until")})


def observed(*days: str) -> pd.DataFrame:
    return pd.DataFrame({"date": pd.to_datetime(list(days))})


def weeks(*ends: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(ends, columns=["start", "end"]).apply(pd.to_datetime)


def counted(*days: str, outcome: str = "counted") -> pd.DataFrame:
    """Return days of the count of the whole Hub."""
    return pd.DataFrame({"day": pd.to_datetime(list(days)), "outcome": outcome})


def covered(**tables: pd.DataFrame) -> pd.DataFrame:
    """Return what is covered by some tables, all others being empty."""
    names = ("alltime_downloads", "hub_uploads", "trending_daily", "trending_top1000_daily")
    empty = {name: observed() for name in names} | {"download_increments": weeks()}
    empty["hub_census_days"] = counted()
    return coverage.coverage(**empty | tables)


LISTED = releases(
    ("2024-01-10", "2024-01-10", "Early", "CN"),
    ("2024-06-01", "2024-06-01", "Qwen2.5", "CN"),
    ("2025-01-01", "2025-01-31", "Vague", "CN"),
    ("2025-01-20", "2025-01-20", "DeepSeek-R1", "CN"),
    ("2025-03-01", "2025-03-01", "Later", "US"),
    ("2025-05-01", "2025-05-01", "Closed", "CN"),
    ("2026-01-25", "2026-01-25", "A year on", "CN"),
    ("2026-02-01", "2026-02-01", "Elsewhere", "CA"),
)
HAPPENED = events(
    ("2025-01-27", "2025-01-27", "Fall", "market"),
    ("2025-02-05", "2025-02-05", "Ban", "restriction"),
    ("2025-08-01", "2025-08-31", "Draft", "strategy"),
    ("2026-02-09", "2026-02-15", "A week", "usage"),
)


def table(**changes: pd.DataFrame) -> pd.DataFrame:
    given = {
        "releases": LISTED,
        "policy_events": HAPPENED,
        "corrections": MENDED,
        "countries": COUNTRIES,
        "covered": covered(),
    }
    return lanes.timeline(**given | changes)


def told(**changes: pd.DataFrame) -> dict[str, Number]:
    given = {
        "releases": LISTED,
        "policy_events": HAPPENED,
        "corrections": MENDED,
        "countries": COUNTRIES,
        "covered": covered(),
    }
    return {n.id.removeprefix("moment."): n for n in lanes.numbers(**given | changes)}


def test_each_entry_stands_in_one_lane_and_what_is_closed_in_none() -> None:
    lane = table().query("part in ('release', 'event')").set_index("name")["lane"]
    assert "Closed" not in lane
    assert lane["Qwen2.5"] == "Chinese open weights"
    assert lane["Later"] == "US open weights"
    assert lane["Elsewhere"] == "Other open weights"
    assert lane["Ban"] == "Policy and restrictions"
    assert lane["Fall"] == "Market and money"
    assert lane["A week"] == "Use, studies, statements"


def test_a_month_is_a_span_and_a_week_is_none_of_both() -> None:
    precision = table().set_index("name")["precision"]
    assert precision["Vague"] == precision["Draft"] == "month"
    assert precision["A week"] == "span"
    assert precision["DeepSeek-R1"] == "day"


def test_a_mended_day_is_the_one_that_counts() -> None:
    ban = table().set_index("name").loc["Ban"]
    assert ban["date"] == ban["until"] == pd.Timestamp("2025-01-31")


def test_the_week_is_ruled_by_the_release_and_the_fall() -> None:
    ruled = table().query("ruled")
    assert ruled["name"].tolist() == ["DeepSeek-R1", "Fall"]
    assert not table(policy_events=HAPPENED.iloc[1:])["name"].eq("Fall").any()


def test_days_in_a_row_are_one_bar_and_a_missing_day_ends_it() -> None:
    seen = covered(trending_daily=observed("2026-01-02", "2026-01-01", "2026-01-04"))
    bars = seen.query("part == 'coverage'")[["date", "until"]]
    assert bars.map(str).to_numpy().tolist() == [
        ["2026-01-01 00:00:00", "2026-01-02 00:00:00"],
        ["2026-01-04 00:00:00", "2026-01-04 00:00:00"],
    ]


def test_intervals_that_touch_are_one_bar() -> None:
    seen = covered(
        download_increments=weeks(("2025-03-05", "2025-03-12"), ("2025-02-26", "2025-03-05"))
    )
    bar = seen.query("part == 'coverage'").iloc[0]
    assert (bar["date"], bar["until"]) == (pd.Timestamp("2025-02-26"), pd.Timestamp("2025-03-12"))


def test_the_gap_ends_with_the_first_count_and_never_with_a_trending_list() -> None:
    seen = covered(
        download_increments=weeks(("2025-03-05", "2025-03-12")),
        alltime_downloads=observed("2025-02-26"),
        trending_daily=observed("2024-11-07"),
    )
    gap = seen.query("part == 'gap'").iloc[0]
    assert gap["until"] == pd.Timestamp("2025-02-26")
    numbers = told(covered=seen)
    assert numbers["hub_gap.to"].value == "2025-02-26"
    assert numbers["hub_gap.days_after_r1"].value == 37
    # 31 October to 31 December 2022: 61 days; then two years and 57 days.
    assert numbers["hub_gap.days"].value == 61 + 365 + 366 + 57
    assert numbers["hub_gap.days"].high == numbers["hub_gap.days"].value + 30


def test_the_count_of_the_whole_hub_ends_the_gap_and_its_own_gaps_stay() -> None:
    days = counted("2024-12-01", "2024-12-02", "2025-01-25")
    seen = covered(download_increments=weeks(("2025-02-26", "2025-03-12")), hub_census_days=days)
    assert seen.query("part == 'gap'")["until"].item() == pd.Timestamp("2024-12-01")
    bars = seen[seen["name"] == "count of all models"]
    assert bars["until"].tolist() == [pd.Timestamp("2024-12-02"), pd.Timestamp("2025-01-25")]
    assert bars["labelled"].tolist() == [True, False]
    assert told(covered=seen)["hub_gap.days_after_r1"].value == -50


def test_a_day_that_was_refused_covers_nothing() -> None:
    seen = covered(hub_census_days=counted("2025-01-25", outcome="refused"))
    assert seen["part"].tolist() == ["gap"]


def test_while_nothing_is_counted_the_gap_is_open() -> None:
    rows = table().query("lane == 'Hub downloads'")
    assert rows["part"].tolist() == ["gap"]
    assert rows["until"].item() == pd.Timestamp("2026-02-15")  # the last day of the lists
    assert told()["hub_gap.to"].value is None


def test_lanes_of_events_are_open_before_and_after_the_list() -> None:
    seen = covered(hub_uploads=observed("2026-08-22"))
    holes = table(covered=seen).query("name == 'events not listed' and lane == 'Market and money'")
    assert holes["until"].tolist() == [pd.Timestamp("2025-01-27"), pd.Timestamp("2026-08-22")]
    whole = table(policy_events=HAPPENED.iloc[:0]).query("name == 'events not listed'")
    assert len(whole) == 3
    assert set(whole["until"]) == {pd.Timestamp("2026-02-01")}


def test_the_year_before_and_after_are_counted_in_every_reading() -> None:
    numbers = told()
    # Before 20 January: Qwen2.5 and, by its middle or first day, Vague; Early is too early.
    before = numbers["timeline.year_before.cn"]
    assert (before.value, before.low, before.high) == (2, 1, 2)
    # Within a year of 20 January nothing; of 27 January A year on; by its last day Vague.
    after = numbers["timeline.year_after.cn"]
    assert (after.value, after.low, after.high) == (0, 0, 2)
    assert numbers["timeline.year_before.us"].value == 0
    assert numbers["timeline.year_after.us"].value == 1


def test_a_year_that_is_not_over_is_not_counted() -> None:
    numbers = told(releases=LISTED.iloc[:6], policy_events=HAPPENED.iloc[:3])
    assert numbers["timeline.year_after.cn"].value is None
    assert numbers["timeline.year_before.cn"].value == 2


def test_without_entries_there_is_no_timeline_and_no_number_but_the_constant() -> None:
    nothing = {"releases": LISTED.iloc[:0], "policy_events": HAPPENED.iloc[:0]}
    empty = table(**nothing)
    assert empty.empty
    assert list(empty) == list(lanes.COLUMNS)
    numbers = told(**nothing)
    assert {id for id, n in numbers.items() if n.value is not None} == {"hub_gap.from"}
    assert set(numbers) == set(told())


# The book's own lists


@cache
def stand(as_of: date | None = None) -> tuple[pd.DataFrame, dict[str, Number]]:
    lists = ("open_weight_releases", "policy_events", "corrections", "countries")
    hub = ("download_increments", "alltime_downloads", "hub_uploads", "trending_daily")
    hub = (*hub, "trending_top1000_daily", "hub_census_days")
    seen = coverage.coverage(*(store.load(name, as_of) for name in hub))
    given = [*(store.load(name, as_of) for name in lists), seen]
    return lanes.timeline(*given), {n.id: n for n in lanes.numbers(*given)}


def test_every_entry_has_a_source_and_a_sentence_of_its_own() -> None:
    rows, _ = stand()
    listed = rows[rows["part"].isin(["release", "event"])]
    assert listed["url"].str.match(r"https://[^/]+\.[^/]+/").all()
    happened = listed[listed["part"] == "event"]
    assert happened["text"].str.fullmatch(r"[A-Z].{10,90}\.").all()
    assert happened["text"].is_unique
    assert not happened["place"].isna().any()


def test_labs_are_those_of_the_book_and_sit_where_it_says() -> None:
    homes = store.load("labs").drop_duplicates(["lab", "country"])
    listed = store.load("open_weight_releases")
    found = listed.merge(homes[["lab", "country"]], how="left", indicator=True)
    assert found.loc[found["_merge"] != "both", "lab"].tolist() == []


def test_what_is_known_to_be_wrong_is_mended() -> None:
    rows, _ = stand()
    by_name = rows.set_index("name")
    assert by_name.loc["DeepSeek-V2", "date"] == pd.Timestamp("2024-05-07")
    assert by_name.loc["DeepSeek-V2", "precision"] == "day"
    assert "Qwen3.6-Max-Preview" not in by_name.index
    raw = store.load("open_weight_releases")
    assert raw["access"].eq("open").all()  # the list as its author has it
    mended = corrected(raw, store.load("corrections"), "open_weight_releases")
    assert mended.loc[mended["access"] == "closed", "model"].tolist() == ["Qwen3.6-Max-Preview"]


def test_every_kind_of_event_has_a_lane_and_every_label_names_an_entry() -> None:
    rows, _ = stand()
    described = json.loads(package.path("countries").with_name("datapackage.json").read_text())
    fields = next(r for r in described["resources"] if r["name"] == "policy_events")["schema"][
        "fields"
    ]
    kinds = next(f for f in fields if f["name"] == "kind")["constraints"]["enum"]
    assert sorted(kinds) == sorted(k for its in lanes.LANES.values() for k in its)
    assert set(lanes.LABELLED) <= set(rows["name"])


def test_the_headline_counts_are_those_of_the_files_read_by_hand() -> None:
    _, numbers = stand()

    def read(name: str) -> list[dict[str, str]]:
        with package.path(name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    first = min(date.fromisoformat(r["start"]) for r in read("download_increments"))
    assert numbers["moment.hub_gap.days_after_r1"].value == (first - date(2025, 1, 20)).days
    chinese = [r for r in read("open_weight_releases") if r["country"] == "CN"]
    assert numbers["moment.timeline.releases.cn"].value == len(chinese) - 1  # one is closed
    opened, year = date(2025, 1, 20), timedelta(days=365)
    days = [date.fromisoformat(r["date"]) for r in chinese if r["model"] != "Qwen3.6-Max-Preview"]
    assert numbers["moment.timeline.year_after.cn"].value == sum(
        timedelta(0) < day - opened <= year for day in days
    )
    assert numbers["moment.timeline.events"].value == len(read("policy_events"))


@pytest.mark.parametrize(
    "as_of", [date(2022, 1, 1), date(2023, 3, 1), date(2025, 1, 20), date(2025, 1, 29), None]
)
def test_ids_are_the_same_on_every_day_and_every_number_has_a_dated_table(
    as_of: date | None,
) -> None:
    _, numbers = stand(as_of)
    assert set(numbers) == set(stand()[1])
    assert all(set(n.tables) & set(package.observed()) for n in numbers.values())
