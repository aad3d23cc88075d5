"""Price cuts of closed models: found in the lists, read one by one, tested against chance."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from math import comb

import pandas as pd
import pytest

from openrace import package, store
from openrace.measures.incentives import response, response_numbers
from openrace.measures.incentives.response import Span
from openrace.numbers import Number

ID = "incentives.price_response."
KEY = ["date", "source", "provider", "model"]
TABLES = (
    *("list_prices", "maker_prices", "price_hosts", "corrections", "price_readings"),
    *("price_cuts", "countries", "open_weight_releases", "capability_index"),
)


def day(text: str) -> pd.Timestamp:
    return pd.Timestamp(text)


def listed(*rows: tuple[str, str, str, str, float | None, float | None]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=[*KEY, "input", "output"])
    return table.assign(date=pd.to_datetime(table["date"]), date_kind="commit")


def calendar(*days: str, bloc: str = "China", of: str = "list") -> pd.DataFrame:
    return pd.DataFrame(
        {"date": pd.to_datetime(list(days)), "model": "open", "lab": "a", "bloc": bloc, "list": of}
    )


def cuts(*days: str, lab: str = "b") -> pd.DataFrame:
    table = pd.DataFrame({"date": pd.to_datetime(list(days)), "model": list(days), "lab": lab})
    return table.assign(
        bloc="United States", market="abroad", change="cut", size=-0.5, lists=1, after_input=1.0
    )


@pytest.fixture(scope="module")
def book() -> dict[str, pd.DataFrame]:
    return {name: store.load(name) for name in TABLES}


Made = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, Span | None]


def made(tables: dict[str, pd.DataFrame]) -> Made:
    found = response.detected(
        *(tables[k] for k in ("list_prices", "maker_prices", "price_hosts", "corrections"))
    )
    read = response.readings(found, tables["price_readings"])
    changes = response.changes(tables["price_cuts"], read, tables["countries"])
    releases = response.releases(
        *(
            tables[k]
            for k in ("open_weight_releases", "capability_index", "corrections", "countries")
        )
    )
    span = response.watched(tables["list_prices"], tables["maker_prices"])
    return changes, releases, read, span


@pytest.fixture(scope="module")
def stand(book: dict[str, pd.DataFrame]) -> Made:
    return made(book)


@pytest.fixture(scope="module")
def told(stand: Made) -> dict[str, Number]:
    return {n.id.removeprefix(ID): n for n in response_numbers.numbers(*stand)}


HOSTS = pd.DataFrame(
    {"provider": ["maker", "host"], "host": ["M", "H"], "country": "US", "lab": ["M", None]}
)
NO_CORRECTIONS = pd.DataFrame(
    columns=["table", "key_field", "key", "field", "was", "becomes", "reason", "url"], dtype="str"
)


def test_a_change_is_found_per_list_at_the_maker_only_and_not_within_two_per_cent() -> None:
    prices = listed(
        ("2024-01-01", "tokencost", "maker", "m", 10.0, 30.0),
        ("2024-02-01", "tokencost", "maker", "m", 9.9, 30.0),  # one per cent: a rounding
        ("2024-03-01", "tokencost", "maker", "m", None, None),  # gone for a while
        ("2024-04-01", "tokencost", "maker", "m", 9.9, 15.0),  # output alone is a change
        ("2024-05-01", "litellm", "maker", "m", 5.0, 15.0),  # another list’s first row is none
        ("2024-01-01", "tokencost", "host", "m", 8.0, 8.0),
        ("2024-02-01", "tokencost", "host", "m", 4.0, 4.0),  # a host’s price is not the maker’s
    )
    others = listed(
        ("2024-01-01", "litellm", "cohere", "c", 1.0, 2.0),
        ("2024-06-01", "litellm", "cohere", "c", 2.0, 2.0),
    )
    found = response.detected(prices, others, HOSTS, NO_CORRECTIONS)
    assert found[["model", "before_output", "after_output", "before_input", "after_input"]].to_dict(
        "tight"
    )["data"] == [["m", 30.0, 15.0, 9.9, 9.9], ["c", 2.0, 2.0, 1.0, 2.0]]
    assert found["date"].tolist() == [day("2024-04-01"), day("2024-06-01")]


def test_days_within_the_window_are_covered_both_ends_included() -> None:
    span = Span(day("2024-01-10"), day("2024-01-20"))
    near = response.covered(calendar("2024-01-08", "2024-01-15"), span, 3)
    assert near[near].index.day.tolist() == [10, 11, 15, 16, 17, 18]


def test_chance_is_binomial_and_shifts_keep_the_cuts_bunched() -> None:
    span = Span(day("2024-01-01"), day("2024-01-10"))
    near = response.covered(calendar("2024-01-01"), span, 4)  # days 1 to 5 of 10
    assert response.chance(near, 2) == pytest.approx([0.25, 0.5, 0.25])
    # Two cuts on neighbouring days: both, one or none by the shift, and one of ten at each edge.
    moved = response.shifted(near, [day("2024-01-02"), day("2024-01-03")])
    assert moved == pytest.approx([0.4, 0.2, 0.4])
    assert response.tail(moved, 1) == pytest.approx(0.6)


def test_as_many_hits_are_needed_as_make_chance_small_or_more_than_there_are() -> None:
    span = Span(day("2024-01-01"), day("2024-01-10"))
    half = response.covered(calendar("2024-01-01"), span, 4)
    assert response.needed(half, 4) == 5  # four of four: 0.0625
    assert response.needed(half, 5) == 5  # five of five: 0.031
    assert response.needed(half, 8) == 7  # seven or more of eight: 9/256


def test_a_makers_day_is_one_decision_and_only_cuts_abroad_count() -> None:
    same = pd.concat([cuts("2024-02-01", "2024-02-01"), cuts("2024-02-01", lab="c")])
    rise = cuts("2024-03-01").assign(change="rise")
    home = cuts("2024-03-02").assign(market="home")
    table = pd.concat([same, rise, home], ignore_index=True)
    span = Span(day("2024-01-01"), day("2024-12-31"))
    assert response.decisions(table, span) == [day("2024-02-01")] * 2


def test_choices_differ_by_calendar_side_and_span() -> None:
    releases = pd.concat(
        [
            calendar("2024-01-01"),
            calendar("2024-02-01", of="index"),
            calendar("2024-03-01", bloc="Europe"),
        ]
    )
    span = Span(day("2024-01-01"), day("2024-03-31"))
    table = response.choices(
        cuts("2024-01-03", "2024-02-03", "2024-03-03", "2024-06-01"), releases, span, 5
    )
    hits = table.set_index(["calendar", "side", "span"])["hits"]
    assert hits["list and index", "China", "lists"] == 2
    assert hits["list", "China", "lists"] == 1
    assert hits["list and index", "all", "lists"] == 3
    assert table.loc[table["span"] == "cuts", "cuts"].eq(4).all()
    assert table.iloc[0][["calendar", "side", "span"]].tolist() == [
        "list and index",
        "China",
        "lists",
    ]


def test_of_the_index_only_releases_that_the_list_has_not_count(
    book: dict[str, pd.DataFrame], stand: Made
) -> None:
    releases = stand[1].set_index("model")
    assert releases.loc["DeepSeek-R1 (May 2025)", "list"] == "index"
    assert releases.loc["DeepSeek-R1", "list"] == "list"  # and not twice
    assert "Qwen3.6-Max-Preview" not in releases.index  # closed
    assert releases.loc["DeepSeek-V2", "date"] == day("2024-05-07")  # corrected


def test_every_change_that_the_lists_show_is_read_and_every_reading_is_of_a_change(
    book: dict[str, pd.DataFrame], stand: Made
) -> None:
    read = stand[2]
    assert read["reason"].notna().eq(~read["verdict"].isin(["cut", "rise"])).all()
    found = set(map(tuple, read[KEY].to_numpy()))
    assert set(map(tuple, book["price_readings"][KEY].to_numpy())) == found
    genuine = read[read["verdict"].isin(["cut", "rise"])]
    table = stand[0].set_index("model")
    assert set(genuine["event"]) <= set(table.index)
    known = table.loc[genuine["event"]]
    assert (known["change"].to_numpy() == genuine["verdict"].to_numpy()).all()
    for name in ("before_input", "before_output", "after_input", "after_output"):
        assert known[name].tolist() == genuine[name].tolist()  # the table says what lists say
    assert (known["date"].to_numpy() <= genuine["date"].to_numpy()).all()  # lists are late
    others = read[~read["verdict"].isin(["cut", "rise"])]
    assert others["reason"].notna().all()


def test_a_change_that_nobody_has_read_is_unclear_and_counted_so(
    book: dict[str, pd.DataFrame],
) -> None:
    found = response.detected(
        *(book[t] for t in ("list_prices", "maker_prices", "price_hosts", "corrections"))
    )
    read = response.readings(found, book["price_readings"].iloc[1:])
    unread = read[read["reason"].isna() & (read["verdict"] == "unclear")]
    assert (
        unread[KEY].to_numpy().tolist() == book["price_readings"][KEY].iloc[:1].to_numpy().tolist()
    )
    assert (unread["event"] == unread["model"]).all()


def test_the_headline_is_what_plain_arithmetic_gives(told: dict[str, Number]) -> None:
    with package.path("price_cuts").open(encoding="utf-8") as lines:
        rows = [r for r in csv.DictReader(lines) if r["market"] == "abroad"]
    fell = [r for r in rows if float(r["after_output"]) < float(r["before_output"])]
    fell = [r for r in fell if "2024-01-30" <= r["date"] <= "2026-06-29"]
    assert told["cuts"].value == len(fell) == 8
    days = sorted({(r["lab"], r["date"]) for r in fell})
    with package.path("open_weight_releases").open(encoding="utf-8") as lines:
        chinese = [
            date.fromisoformat("2024-05-07" if r["model"] == "DeepSeek-V2" else r["until"])
            for r in csv.DictReader(lines)
            if r["country"] == "CN" and "Max-Preview" not in r["model"]
        ]
    chinese.append(date(2025, 5, 28))  # R1-0528, which only the index has
    chinese += [date(2025, 12, 1), date(2025, 12, 22)]
    first, last = date(2024, 1, 30), date(2026, 6, 29)
    all_days = [first + timedelta(days=i) for i in range((last - first).days + 1)]

    def near(moment: date) -> bool:
        return any(0 <= (moment - release).days <= 30 for release in chinese)

    hits = sum(near(date.fromisoformat(when)) for _, when in days)
    share = sum(map(near, all_days)) / len(all_days)
    n = len(days)
    p = sum(comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(hits, n + 1))
    assert (told["within30"].value, told["days"].value) == (hits, n)
    assert told["covered_days"].value == pytest.approx(share)
    assert told["placebo_p"].value == pytest.approx(p)
    assert told["all_hits_p"].value == pytest.approx(share**n)


def test_what_is_tested_ends_with_the_lists_that_watched(told: dict[str, Number]) -> None:
    end = told["watched.until"].value
    tested = ("cuts", "cuts.us", "within30", "placebo_p", "covered_days", "median_cut", "days")
    assert {told[name].until for name in tested} == {end}
    assert told["cuts.known"].until is None


def test_so_few_cuts_can_tell_nothing(told: dict[str, Number]) -> None:
    assert told["placebo_p"].low > 0.05  # under every choice
    assert told["needed"].value == told["days"].value + 1  # not even all would do
    assert told["power"].value == 0
    assert told["cuts"].low <= told["cuts"].value < 10  # and fewer than ten in all


def test_the_window_moves_its_own_numbers_only(stand: Made, told: dict[str, Number]) -> None:
    week = {n.id.removeprefix(ID): n for n in response_numbers.numbers(*stand, window_days=7)}
    assert list(week) == list(told)
    assert len(set(week)) == len(response_numbers.numbers(*stand))
    assert week["placebo_p"] == told["placebo_p"]
    assert week["window.within"].value < told["within30"].value
    assert week["window.covered_days"].value < told["covered_days"].value
    assert told["window.placebo_p"].value == told["placebo_p"].value


@pytest.mark.parametrize("known", ["2023-06-01", "2024-03-01", "2024-06-10", "2025-02-01"])
def test_on_an_early_day_less_is_known_and_nothing_breaks(
    book: dict[str, pd.DataFrame], told: dict[str, Number], known: str
) -> None:
    seen = {
        name: table[table[package.describe(name)["observed"]] <= day(known)].reset_index(drop=True)
        if package.describe(name).get("observed")
        else table
        for name, table in book.items()
    }
    changes, releases, read, span = made(seen)
    numbers = response_numbers.numbers(changes, releases, read, span)
    assert [n.id.removeprefix(ID) for n in numbers] == list(told)
    drawn = response_numbers.figure(changes, releases, span)
    assert drawn.empty == (known < "2024-05-31")
    assert drawn.empty or drawn["date"].max() <= day(known)
