"""The price history: stitched lists, tenures, changes by value, lags, and traps of the sources."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import pandas as pd
import pytest

from openrace import capability, package, store
from openrace.measures.costs import (
    convergence,
    convergence_numbers,
    history,
    history_numbers,
    price_lists,
    price_lists_numbers,
)
from openrace.numbers import Number

DAY = pd.Timestamp


def table(columns: str, *rows: tuple[Any, ...], days: tuple[str, ...] = ()) -> pd.DataFrame:
    """Make a table as the store loads it: text as `str`, days as times."""
    made = pd.DataFrame(list(rows), columns=columns.split())
    for column in made:
        if column in days:
            made[column] = pd.to_datetime(made[column])
        elif made[column].map(lambda v: isinstance(v, str) or v is None).all():
            made[column] = made[column].astype("str")
    return made


def told(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Rows of day, model, source, input, output at a Chinese lab's own shop; see `prices`."""
    full = [
        (d, m, "Lab", "CN", "Lab", m.lower(), s, "announced" if s == "maker" else "commit", i, o)
        for d, m, s, i, o in rows
    ]
    columns = "date model host home host_lab listed_as source date_kind input output"
    made = table(columns, *full, days=("date",))
    return made.astype({"input": float, "output": float})


COUNTRIES = table("country bloc", ("CN", "China"), ("US", "United States"))


def flagships(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Rows of first day, model and tier of one lab."""
    full = [(d, "Lab", "CN", tier, m, "release", "-", "-") for d, m, tier in rows]
    columns = "from lab country tier model basis reason url"
    return table(columns, *full, days=("from",))


def shown(steps: pd.DataFrame) -> list[tuple[str, str, str, float, bool]]:
    return [
        (r["model"], f"{r['from']:%m-%d}", f"{r['until']:%m-%d}", r["price"], bool(r["shown"]))
        for r in steps.to_dict("records")
    ]


# Steps


def test_a_flagship_is_followed_from_its_first_day_to_its_successors() -> None:
    rows = told(
        ("2026-01-05", "A", "models.dev", 1, 1),
        ("2026-01-20", "A", "models.dev", 2, 2),
        ("2026-02-03", "B", "models.dev", 3, 3),
        ("2026-02-20", "A", "models.dev", 9, 9),  # no longer the flagship
        ("2026-03-01", "B", "models.dev", 4, 4),
    )
    line = flagships(("2026-01-01", "A", "line"), ("2026-02-01", "B", "line"))
    assert shown(history.steps(rows, line, COUNTRIES)) == [
        ("A", "01-01", "01-05", 1.0, False),  # out, but in no list yet: carried back and marked
        ("A", "01-05", "01-20", 1.0, True),
        ("A", "01-20", "02-01", 2.0, True),
        ("B", "02-01", "02-03", 3.0, False),
        ("B", "02-03", "03-01", 3.0, True),
        ("B", "03-01", "03-01", 4.0, True),
    ]


def test_a_flagship_that_no_list_shows_in_its_time_leaves_a_hole() -> None:
    rows = told(
        ("2026-01-01", "A", "models.dev", 1, 1),
        ("2026-05-01", "B", "models.dev", 2, 2),
        ("2026-03-01", "C", "models.dev", 3, 3),
        ("2026-06-01", "C", "models.dev", 4, 4),
    )
    line = [("2026-01-01", "A"), ("2026-02-01", "B"), ("2026-03-01", "C")]
    found = history.steps(rows, flagships(*((d, m, "line") for d, m in line)), COUNTRIES)
    assert list(found["model"].unique()) == ["A", "C"]


def test_a_dearer_model_above_the_line_does_not_end_it() -> None:
    rows = told(
        ("2026-01-01", "A", "models.dev", 1, 1),
        ("2026-02-01", "Top", "models.dev", 9, 9),
        ("2026-03-01", "A", "models.dev", 2, 2),
    )
    line = flagships(("2026-01-01", "A", "line"), ("2026-02-01", "Top", "top"))
    found = history.steps(rows, line, COUNTRIES)
    assert shown(found[found["tier"] == "line"])[-1] == ("A", "03-01", "03-01", 2.0, True)
    assert shown(found[found["tier"] == "top"]) == [("Top", "02-01", "03-01", 9.0, True)]


ENDS = {
    "tokencost": DAY("2025-09-01"),
    "models.dev": DAY("2026-07-01"),
    "litellm": DAY("2026-11-20"),
    "maker": DAY("2200-01-01"),
}


def stitched(*rows: tuple[Any, ...]) -> list[tuple[str, str, float, bool]]:
    found = history.stitched(told(*rows), ENDS, DAY("2026-11-20"))
    return [
        (f"{r['date']:%Y-%m-%d}", r["source"], r["input"], bool(r["shown"]))
        for r in found.to_dict("records")
    ]


def test_a_list_of_commits_is_believed_before_one_of_catalogues() -> None:
    assert stitched(
        ("2025-01-01", "A", "litellm", 5, 5),
        ("2025-02-01", "A", "tokencost", 4, 4),
        ("2025-03-01", "A", "litellm", 3, 3),
    )[:2] == [("2025-01-01", "litellm", 5, True), ("2025-02-01", "tokencost", 4, True)]


def test_a_late_list_does_not_bring_an_old_price_back() -> None:
    # models.dev ends at 1.25; LiteLLM still has 2 of May, and mends it in September.
    assert stitched(
        ("2026-03-01", "A", "models.dev", 2, 2),
        ("2026-05-01", "A", "litellm", 2, 2),
        ("2026-05-20", "A", "models.dev", 1.25, 1.25),
        ("2026-09-01", "A", "litellm", 1.25, 1.25),
    ) == [
        ("2026-03-01", "models.dev", 2, True),
        ("2026-05-20", "models.dev", 1.25, True),
        ("2026-07-02", "models.dev", 1.25, False),
        ("2026-09-01", "litellm", 1.25, True),
    ]


def test_what_the_believed_list_drops_is_gone_though_another_keeps_it() -> None:
    rows = told(
        ("2026-01-01", "A", "models.dev", 2, 2),
        ("2026-03-01", "A", "models.dev", None, None),
        ("2026-05-01", "A", "litellm", 2, 2),
    )
    found = history.stitched(rows, ENDS, DAY("2026-11-20"))
    assert list(found["input"].isna()) == [False, True]


def test_scaling_all_prices_scales_the_steps_and_leaves_ratios() -> None:
    rows = told(
        ("2026-01-01", "A", "models.dev", 1, 3),
        ("2026-02-01", "B", "models.dev", 2, 5),
        ("2026-03-01", "B", "models.dev", 4, 9),
    )
    line = flagships(("2026-01-01", "A", "line"), ("2026-02-01", "B", "line"))
    once = history.steps(rows, line, COUNTRIES)
    tripled = rows.assign(input=rows["input"] * 3, output=rows["output"] * 3)
    thrice = history.steps(tripled, line, COUNTRIES)
    assert list(thrice["price"]) == pytest.approx([3 * v for v in once["price"]])
    assert list(history_numbers.ends(thrice)["factor"]) == pytest.approx(
        list(history_numbers.ends(once)["factor"])
    )


# Changes, lags, agreement


def listed(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Rows of day, source, name, model, input, output at one shop."""
    full = [(d, s, "commit", "lab", n, i, o, m, "Lab", "CN", "Lab") for d, s, n, m, i, o in rows]
    columns = "date source date_kind provider listed_as input output model host home host_lab"
    made = table(columns, *full, days=("date",))
    return made.astype({"input": float, "output": float})


def test_a_change_is_one_of_value_and_counts_once_for_all_names() -> None:
    found = price_lists.changes(
        listed(
            ("2026-01-01", "models.dev", "a", "A", 1, 2),
            ("2026-01-01", "models.dev", "a-0101", "A", 1, 2),
            ("2026-02-01", "models.dev", "a", "A", 1, 2),  # only its context grew
            ("2026-03-01", "models.dev", "a", "A", 1, 1),
            ("2026-03-01", "models.dev", "a-0101", "A", 1, 1),
            ("2026-04-01", "models.dev", "a", "A", None, None),
        )
    )
    assert [(r.source, f"{r.date:%m-%d}", r.output) for r in found.itertuples()] == [
        ("models.dev", "03-01", 1.0)
    ]
    assert found["factor"].iloc[0] == pytest.approx(4 / 5)


def test_a_moving_name_that_passes_on_is_no_change_of_a_price() -> None:
    rows = listed(
        ("2026-01-01", "models.dev", "chat", "Old", 1, 2),
        ("2026-02-01", "models.dev", "chat", "New", 3, 4),
    )
    assert price_lists.changes(rows).empty


def lag(*rows: tuple[str, float], told_on: str = "2026-03-01") -> list[float]:
    """Days until models.dev shows 2 and 4, from its rows of day and input (output the double)."""
    full = [(d, "models.dev", "commit", "lab", "chat", i, 2 * i) for d, i in rows]
    full.append(("2026-06-01", "models.dev", "commit", "lab", "other", 1.0, 1.0))
    columns = "date source date_kind provider model input output"
    lists = table(columns, *full, days=("date",))
    makers = table(
        "date model provider input output", (told_on, "A", "lab", 2.0, 4.0), days=("date",)
    )
    names = table(
        "source name from until model",
        ("list_prices", "chat", "2026-03-01", "2026-03-31", "A"),
        ("list_prices", "chat", "2026-04-01", None, "B"),
        days=("from", "until"),
    )
    hosts = table("provider host", ("lab", "Lab"))
    return list(price_lists.lags(lists, makers, names, hosts)["days"])


def test_a_lag_is_counted_from_the_makers_day_even_past_the_next_model_of_the_name() -> None:
    assert lag(("2026-01-01", 9.0), ("2026-04-19", 2.0)) == [49.0]
    assert lag(("2026-01-01", 9.0), ("2026-02-28", 2.02)) == [0.0]  # the eve, within two per cent
    assert pd.isna(lag(("2026-01-01", 9.0))).all()  # never shown


def test_a_price_kept_from_the_predecessor_tells_nothing_of_a_lists_lag() -> None:
    assert lag(("2026-01-01", 2.0), ("2026-04-19", 3.0)) == []


def test_lists_that_had_not_begun_are_not_late() -> None:
    assert lag(("2026-04-01", 2.0), told_on="2026-03-01") == []


def test_lists_agree_within_two_per_cent_on_the_last_catalogue_that_both_have() -> None:
    rows = listed(
        ("2026-01-01", "litellm", "a", "A", 1.00, 2.00),
        ("2026-01-01", "models.dev", "a", "A", 1.01, 2.03),
        ("2026-01-01", "litellm", "b", "B", 1.00, 2.00),
        ("2026-01-01", "models.dev", "b", "B", 1.00, 2.10),
        ("2026-01-01", "litellm", "c", "C", 1.00, 2.00),
        ("2026-06-01", "models.dev", "c", "C", 5.00, 5.00),  # after the last common catalogue
    )
    models = table(
        "model bloc access",
        ("A", "China", "open"),
        ("B", "China", "open"),
        ("C", "China", "open"),
    )
    found = price_lists.agreement(rows, models, [DAY("2026-01-01")]).set_index("model")
    assert dict(found["agree"]) == {"A": True, "B": False}
    assert found.loc["B", "apart"] == pytest.approx(1.05)


def test_lists_that_know_other_sellers_differ_on_a_model_though_they_agree_on_each() -> None:
    rows = listed(
        ("2026-01-01", "litellm", "a", "A", 1.0, 1.0),
        ("2026-01-01", "models.dev", "a", "A", 1.0, 1.0),
        ("2026-01-01", "litellm", "b/a", "A", 3.0, 3.0),
    )
    rows.loc[rows["listed_as"] == "b/a", "host"] = "Elsewhere"
    models = table("model bloc access", ("A", "China", "open"))
    days = [DAY("2026-01-01")]
    assert list(price_lists.agreement(rows, models, days)["agree"]) == [True]
    assert list(price_lists.agreement(rows, models, days, by_seller=False)["apart"]) == [2.0]


# Traps of units, in the tables themselves


def file(name: str) -> list[dict[str, str]]:
    with package.path(name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def listed_prices() -> list[float]:
    rows = [r for r in file("list_prices") if r["input"]]
    return [float(r[k]) for r in rows for k in ("input", "output")]


def test_no_price_is_per_token() -> None:
    # Per token the dearest price is 0.0006; of chat models none costs so little per million.
    assert min(v for v in listed_prices() if v) > 0.001


def test_no_price_is_per_million_tokens_entered_as_per_token() -> None:
    assert max(listed_prices()) <= 1000


def test_no_price_is_per_thousand_tokens() -> None:
    # Read per thousand, one list would be a thousandth of another for the same model and seller.
    seen: dict[tuple[str, str], list[float]] = {}
    hosts = {r["provider"]: r["host"] for r in file("price_hosts")}
    for row in file("list_prices"):
        if row["input"] and float(row["input"]):
            name = row["model"].rsplit("/", 1)[-1].lower()
            seen.setdefault((hosts[row["provider"]], name), []).append(float(row["input"]))
    assert max(max(v) / min(v) for v in seen.values()) < 100


def test_no_price_is_per_character() -> None:
    assert not [r for r in file("list_prices") if r["provider"].startswith("vertex_ai")]


def test_free_tiers_and_glitches_are_not_prices_but_are_counted() -> None:
    both = [r for r in file("list_prices") if r["input"] and float(r["input"] or 0) == 0]
    assert not [r for r in both if float(r["output"]) == 0]
    counts = {r["reason"] for r in file("price_rows")}
    assert {"free", "glitch", "vertex_ai"} <= counts


# The numbers, and the real tables


class Stand(NamedTuple):
    """What the chapter has on one day."""

    steps: pd.DataFrame
    lags: pd.DataFrame
    followed: pd.DataFrame
    lineups: pd.DataFrame
    numbers: dict[str, Number]


TABLES = ("list_prices", "official_prices", "model_names", "price_hosts", "corrections")
TABLES += ("capability_index", "countries", "flagships", "off_peak_prices", "price_rows")


@cache
def stand(as_of: date | None = None, blend: float = 3.0) -> Stand:
    r = {name: store.load(name, as_of) for name in TABLES}
    rest = [r[n] for n in ("model_names", "price_hosts", "corrections")]
    whole = history.told(r["list_prices"], r["official_prices"], *rest)
    lists = history.listed(r["list_prices"], *rest)
    models = capability.models(r["capability_index"], r["corrections"], r["countries"])
    steps = history.steps(whole, r["flagships"], r["countries"], blend)
    catalogues = lists[lists["source"] == "litellm"]
    alone = history.steps(catalogues, r["flagships"], r["countries"], blend)
    lags = price_lists.lags(r["list_prices"], r["official_prices"], rest[0], rest[1])
    days = history.catalogue_days(r["list_prices"])
    followed = convergence.followed(whole, r["countries"], blend)
    lineups = convergence.lineups(steps, r["off_peak_prices"], days, blend)
    readings = convergence.readings(steps, alone, r["off_peak_prices"], days)
    found = history_numbers.numbers(steps)
    found += price_lists_numbers.numbers(
        price_lists.changes(lists),
        lags,
        price_lists.agreement(lists, models, days),
        price_lists.agreement(lists, models, days, by_seller=False),
        r["price_rows"],
    )
    found += convergence_numbers.numbers(followed, lineups, steps, readings, models)
    assert len({n.id for n in found}) == len(found)
    return Stand(steps, lags, followed, lineups, {n.id: n for n in found})


@pytest.fixture(scope="module")
def latest() -> Stand:
    return stand()


def test_every_flagship_has_a_name_and_a_price_somewhere() -> None:
    names = {r["model"] for r in file("model_names") if r["source"] == "list_prices"}
    assert {r["model"] for r in file("flagships")} <= names


def test_the_last_prices_from_the_files_themselves(latest: Stand) -> None:
    row = next(
        r for r in file("list_prices") if r["model"] == "gpt-6.1-sol" and r["date"] == "2026-11-20"
    )
    openai = (3 * float(row["input"]) + float(row["output"])) / 4
    assert latest.numbers["costs.history.last_price.openai"].value == pytest.approx(openai)
    peak = [r for r in file("official_prices") if r["model"] == "DeepSeek-V4-Pro"][-1]
    deepseek = (3 * float(peak["input"]) + float(peak["output"])) / 4
    assert latest.numbers["costs.history.last_price.deepseek"].value == pytest.approx(deepseek)


def test_makers_days_are_used_where_they_are_known(latest: Stand) -> None:
    steps = latest.steps
    r1 = steps[steps["model"] == "DeepSeek-R1"]
    assert list(r1["source"].unique()) == ["maker"]
    cut = steps[(steps["model"] == "o3") & (steps["input"] == 2)]
    assert cut["from"].iloc[0] == DAY("2025-06-10")


def test_no_price_is_of_a_day_after_what_was_seen() -> None:
    # deepseek-chat passes on in 2026: the names know it, but nobody knew it in January 2025.
    day = date(2025, 1, 31)
    assert stand(day, blend=1.0).steps["until"].max() <= DAY(day)


def test_of_several_shops_of_a_maker_one_counts() -> None:
    shops = history.storefronts(store.load("list_prices"))
    assert not set(shops["provider"]) & {"alibaba-cn", "moonshotai-cn", "zhipuai", "google-vertex"}


def test_no_two_steps_of_a_line_overlap(latest: Stand) -> None:
    for _, rows in latest.steps.groupby(["lab", "tier"]):
        assert (rows["from"].iloc[1:].to_numpy() >= rows["until"].iloc[:-1].to_numpy()).all()


def test_dropped_rows_are_told_from_the_file(latest: Stand) -> None:
    rows = file("price_rows")
    for reason in ("free", "glitch", "vertex_ai"):
        counted = sum(int(r["rows"]) for r in rows if r["reason"] == reason)
        assert latest.numbers[f"costs.history.dropped.{reason}"].value == counted
    assert latest.numbers["costs.history.rows"].value == sum(int(r["rows"]) for r in rows)


def test_ranges_hold_what_they_are_of(latest: Stand) -> None:
    for number in latest.numbers.values():
        bounds = (number.low, number.value, number.high)
        if all(isinstance(v, int | float) for v in bounds):
            assert list(bounds) == sorted(bounds), number.id  # type: ignore[type-var]


@pytest.mark.parametrize("day", [(2023, 12, 1), (2024, 2, 1), (2025, 1, 31), (2025, 12, 31)])
def test_which_numbers_there_are_depends_on_nothing(latest: Stand, day: tuple[int, ...]) -> None:
    early = stand(date(*day), blend=1.0)
    assert list(early.numbers) == list(latest.numbers)
    history_numbers.history_figure(early.steps, early.lags)
    convergence.convergence_figure(early.followed, early.lineups)
