"""Prices: names by date, makers' own days, sellers kept apart, and a ladder worked by hand."""

from __future__ import annotations

import csv
import re
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import pandas as pd
import pytest

from openrace import capability, package, prices, store
from openrace.measures.moment import price, price_numbers
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


def listed(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Rows of day, seller, name, input, output in one price list."""
    full = [(d, "tokencost", "commit", p, m, i, o, None) for d, p, m, i, o in rows]
    columns = "date source date_kind provider model input output cache_read"
    return table(columns, *full, days=("date",)).astype({"input": float, "output": float})


def official(*rows: tuple[Any, ...]) -> pd.DataFrame:
    full = [(*row, None, "https://example.org", "note") for row in rows]
    return table("date model provider input output cache_read url note", *full, days=("date",))


def named(*rows: tuple[str, str, str | None, str | None]) -> pd.DataFrame:
    """Rows of name, model, first and last day."""
    full = [("list_prices", name, first, last, model, None) for name, model, first, last in rows]
    return table("source name from until model note", *full, days=("from", "until"))


HOSTS = table(
    "provider host country lab basis",
    ("deepseek", "DeepSeek", "CN", "DeepSeek", "seat"),
    ("openai", "OpenAI", "US", "OpenAI", "seat"),
    ("azure", "Azure", "US", None, "seat"),
    ("azure_ai", "Azure", "US", None, "seat"),
    ("chutes", "Chutes", "US", None, "seat"),
)
NO_CORRECTIONS = table("table key_field key field was becomes reason url")


def history(
    rows: pd.DataFrame, names: pd.DataFrame, makers: pd.DataFrame | None = None
) -> pd.DataFrame:
    own = official() if makers is None else makers
    return prices.prices(rows, own, names, HOSTS, NO_CORRECTIONS)


def told(rows: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """Read columns of rows plainly, days as text."""
    shown = rows[list(columns)].copy()
    for column in shown.select_dtypes("datetime"):
        shown[column] = shown[column].dt.strftime("%Y-%m-%d")
    return list(shown.itertuples(index=False, name=None))


# Names


MOVING = named(
    ("deepseek-chat", "V2.5", "2024-09-05", "2024-12-25"),
    ("deepseek-chat", "V3", "2024-12-26", "2025-08-20"),
    ("deepseek-chat", "V3.1", "2025-08-21", "2025-11-30"),
    ("deepseek-chat", "V3.2", "2025-12-01", None),
)


def test_a_moving_name_is_another_model_from_the_day_it_moves() -> None:
    rows = listed(
        ("2024-10-01", "deepseek", "deepseek-chat", 0.14, 0.28),
        ("2025-02-11", "deepseek", "deepseek/deepseek-chat", 0.27, 1.10),
        ("2025-12-05", "deepseek", "deepseek/deepseek-chat", 0.28, 0.42),
    )
    rows["model"] = "deepseek-chat"
    # The price that stands when the name moves is the successor's: no model's price was cut.
    assert told(history(rows, MOVING), "date", "model", "input", "output") == [
        ("2024-10-01", "V2.5", 0.14, 0.28),
        ("2024-12-26", "V3", 0.14, 0.28),
        ("2025-02-11", "V3", 0.27, 1.10),
        ("2025-08-21", "V3.1", 0.27, 1.10),
        ("2025-12-01", "V3.2", 0.27, 1.10),
        ("2025-12-05", "V3.2", 0.28, 0.42),
    ]


def test_a_moving_name_says_nothing_before_it_was_listed() -> None:
    row = ("2025-09-01", "deepseek", "deepseek-chat", 0.57, 1.68)
    later = ("2026-01-01", "azure", "nobody-knows", 1.0, 1.0)
    found = history(listed(row, later), MOVING)
    assert told(found, "date", "model") == [("2025-09-01", "V3.1"), ("2025-12-01", "V3.2")]


def test_a_moving_name_passes_on_no_later_than_the_lists_reach() -> None:
    row = ("2025-09-01", "deepseek", "deepseek-chat", 0.57, 1.68)
    assert told(history(listed(row), MOVING), "date", "model") == [("2025-09-01", "V3.1")]


@pytest.mark.parametrize(
    "other",
    [
        "deepseek-r1-distill-llama-70b",
        "DeepSeek-R1-0528",
        "deepseek-r1-turbo",
        "deepseek-r1:free",
        "deepseek-coder",
        "my-deepseek-r1",
        "deepseek-r1/vision",
    ],
)
def test_only_whole_names_are_caught(other: str) -> None:
    names = named(("deepseek-r1", "DeepSeek-R1", None, None))
    rows = listed(
        ("2025-03-17", "azure", "azure_ai/DeepSeek-R1", 1.35, 5.4),
        ("2025-03-17", "azure", f"azure_ai/{other}", 0.01, 0.01),
    )
    assert told(history(rows, names), "listed_as", "output") == [("azure_ai/DeepSeek-R1", 5.4)]


def test_sellers_are_not_merged_but_two_keys_of_one_are_one() -> None:
    names = named(("r1", "R1", None, None))
    rows = listed(
        ("2025-03-17", "azure", "r1", 1.35, 5.4),
        ("2025-03-18", "azure_ai", "r1", 1.35, 5.4),
        ("2025-03-19", "chutes", "r1", 0.3, 1.2),
    )
    found = history(rows, names)
    assert told(found, "host", "home", "output") == [
        ("Azure", "US", 5.4),
        ("Azure", "US", 5.4),
        ("Chutes", "US", 1.2),
    ]


def test_a_makers_own_days_replace_what_lists_say_of_it_there_and_nowhere_else() -> None:
    names = named(("o3", "o3", None, None))
    makers = official(
        ("2025-04-16", "o3", "openai", 10.0, 40.0), ("2025-06-10", "o3", "openai", 2.0, 8.0)
    )
    rows = listed(
        ("2025-05-07", "openai", "o3", 10.0, 40.0),
        ("2025-05-08", "azure", "o3", 10.0, 40.0),
        ("2025-06-11", "openai", "o3", 2.0, 8.0),
    )
    assert told(history(rows, names, makers), "date", "host", "output", "date_kind") == [
        ("2025-04-16", "OpenAI", 40.0, "announced"),
        ("2025-05-08", "Azure", 40.0, "commit"),
        ("2025-06-10", "OpenAI", 8.0, "announced"),
    ]


def test_a_price_on_a_day_is_the_last_one_set_and_none_is_known_beyond_the_table() -> None:
    makers = official(
        ("2025-04-16", "o3", "openai", 10.0, 40.0), ("2025-06-10", "o3", "openai", 2.0, 8.0)
    )
    found = history(listed(), named(), makers)
    at = {
        day: prices.price_on(found, "o3", "OpenAI", DAY(day))["output"]
        for day in ("2025-04-15", "2025-04-16", "2025-06-09", "2025-06-10", "2025-06-11")
    }
    assert [at["2025-04-16"], at["2025-06-09"], at["2025-06-10"]] == [40, 40, 8]
    assert pd.isna(at["2025-04-15"])
    assert pd.isna(at["2025-06-11"])


# The ladder


def scored(*rows: tuple[str, float, str, str, str]) -> pd.DataFrame:
    """Rows of model, score, release, lab and bloc."""
    return table("model score released lab bloc", *rows, days=("released",))


MODELS = scored(
    ("o1", 143.0, "2024-12-17", "OpenAI", "United States"),
    ("R1", 140.0, "2025-01-20", "DeepSeek", "China"),
    ("mini", 145.0, "2025-04-16", "OpenAI", "United States"),
    ("V4", 144.0, "2025-07-01", "DeepSeek", "China"),
    ("late", 150.0, "2025-09-01", "OpenAI", "United States"),
)
OFFERS = history(
    listed(
        ("2025-01-13", "openai", "o1", 15.0, 60.0),
        ("2025-01-21", "deepseek", "r1", 0.55, 2.19),
        ("2025-05-01", "openai", "mini", 1.0, 5.0),
        ("2025-06-01", "chutes", "v4", 0.2, 1.4),  # listed a month before its release
        ("2025-07-02", "deepseek", "v4", 0.3, 1.5),
        ("2025-08-01", "azure", "v4", 0.2, 1.4),  # as cheap, so not a new low
        ("2025-09-02", "openai", "late", 0.4, 0.8),
        ("2025-10-01", "chutes", "v4", None, None),  # no longer listed
    ),
    named(*[(name.lower(), name, None, None) for name in MODELS["model"]]),
)
LOWS = [
    ("2025-01-13", "2025-05-01", "o1", "OpenAI", "United States", 26.25),
    ("2025-05-01", "2025-07-01", "mini", "OpenAI", "United States", 2.0),
    ("2025-07-01", "2025-10-01", "V4", "Chutes", "China", 0.5),
]


def lows(*arguments: Any, **options: Any) -> list[tuple[Any, ...]]:
    found = price.ladder(OFFERS, MODELS, *arguments, **options)
    return told(found, "date", "until", "model", "host", "bloc", "price")


def test_the_ladder_of_a_toy_market_worked_by_hand() -> None:
    # (3 x 15 + 60) / 4, (3 x 1 + 5) / 4, (3 x 0.2 + 1.4) / 4; `late` costs as much as the last.
    assert lows() == LOWS


def test_r1_is_a_low_only_at_its_own_score() -> None:
    assert [row[2] for row in lows("R1")] == ["o1", "R1", "V4"]
    assert [row[2] for row in lows(140.1)] == ["o1", "mini", "V4"]


def test_makers_own_prices_only() -> None:
    # V4 at DeepSeek itself is (3 x 0.3 + 1.5) / 4; `late` at OpenAI undercuts that.
    assert [(row[2], row[3], row[5]) for row in lows(own_only=True)] == [
        ("o1", "OpenAI", 26.25),
        ("mini", "OpenAI", 2.0),
        ("V4", "DeepSeek", 0.6),
        ("late", "OpenAI", 0.5),
    ]


def test_the_mix_of_tokens_can_decide_who_is_cheapest() -> None:
    # One to one, V4 at Chutes is 0.8 and `late` 0.6.
    assert lows(blend=1)[-1][2:] == ("late", "OpenAI", "United States", 0.6)


def test_a_score_that_no_model_has_and_a_model_without_one_make_no_ladder() -> None:
    assert lows(200) == []
    assert lows("o9") == []


def test_us_hosts_count_once_each_while_r1_was_new() -> None:
    rows = listed(
        ("2025-02-01", "deepseek", "deepseek-r1", 0.55, 2.19),
        ("2025-03-17", "azure", "deepseek-r1", 1.35, 5.4),
        ("2025-04-01", "azure_ai", "deepseek-r1", 1.2, 5.0),
        ("2025-05-28", "chutes", "deepseek-r1", 0.3, 1.2),
    )
    found = price.us_hosts(history(rows, named(("deepseek-r1", "DeepSeek-R1", None, None))))
    assert told(found, "date", "host", "output") == [("2025-03-17", "Azure", 5.4)]


# The benchmark


def bench(*rows: tuple[Any, ...]) -> pd.DataFrame:
    runs = table("date run model pass_rate solved cost", *rows, days=("date",))
    names = table(
        "source name from until model note",
        ("aider_runs", "o1-mini-2024-09-12", None, None, "o1-mini", None),
        ("aider_runs", "DeepSeek R1", None, None, "R1", None),
        ("aider_runs", "o3", None, None, "o3", None),
        days=("from", "until"),
    )
    return price.runs(runs, names, MODELS).set_index("run")


def test_a_solved_task_costs_the_run_over_the_tasks_solved() -> None:
    found = bench(
        ("2024-12-22", "a", "o1-mini-2024-09-12", 0.329, 74, 18.577),
        ("2025-01-20", "b", "DeepSeek R1", 0.569, 128, 5.4193),
        ("2025-01-21", "c", "a pair of models", 0.64, 144, 13.2933),
        ("2025-02-01", "d", "DeepSeek R1", 0.60, 135, None),
        ("2025-06-25", "e", "o3", 0.769, 173, 13.7517),
        ("2025-06-25", "f", "DeepSeek R1", 0.70, 158, 5.0),
    )
    assert found.loc["b", "price"] == pytest.approx(0.04234, abs=1e-5)
    assert found.loc["b", "bloc"] == "China"
    assert pd.isna(found.loc["d", "price"])
    # Wilson's interval of 128 of 225 is 0.5036 to 0.6319.
    assert found.loc["b", "low"] == pytest.approx(5.4193 / 225 / 0.6319, rel=1e-3)
    assert found.loc["b", "high"] == pytest.approx(5.4193 / 225 / 0.5036, rel=1e-3)
    # Shown: named models with a cost, run by March 2025, and the successors of June.
    assert set(found.index[found["shown"]]) == {"a", "b", "e"}


# The numbers, and the tables themselves


class Stand(NamedTuple):
    """What the chapter has on one day."""

    prices: pd.DataFrame
    models: pd.DataFrame
    earlier: pd.DataFrame
    runs: pd.DataFrame

    def told(self, **options: Any) -> dict[str, Number]:
        found = price_numbers.numbers(*self, **options)
        assert len({n.id for n in found}) == len(found)
        return {n.id.removeprefix("moment."): n for n in found}


@cache
def stand(as_of: date | None = None) -> Stand:
    names = ("corrections", "capability_index", "countries", "aider_runs")
    lists = ("list_prices", "official_prices", "model_names", "price_hosts")
    read = {name: store.load(name, as_of) for name in (*names, *lists)}
    corrections, index = read["corrections"], read["capability_index"]
    copies = [
        capability.models(index, corrections, read["countries"], copy)
        for copy in (None, index["date"].min())
    ]
    runs = price.runs(read["aider_runs"], read["model_names"], copies[0])
    return Stand(prices.prices(*(read[n] for n in lists), corrections), *copies, runs)


@pytest.fixture(scope="module")
def latest() -> Stand:
    return stand()


@pytest.fixture(scope="module")
def numbers(latest: Stand) -> dict[str, Number]:
    return latest.told()


def file(name: str) -> list[dict[str, str]]:
    with package.path(name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_famous_ratio_and_its_companions_from_the_files_themselves(
    numbers: dict[str, Number],
) -> None:
    output = {(r["model"], r["date"]): float(r["output"]) for r in file("official_prices")}
    r1, n = output["DeepSeek-R1", "2025-01-20"], numbers
    ratio = n["r1_vs_o1_price_ratio"]
    assert ratio.value == pytest.approx(output["o1", "2024-12-17"] / r1)
    assert ratio.value == pytest.approx(27.397, abs=1e-3)
    assert ratio.low <= 15 / 0.55 <= ratio.value <= ratio.high + 1e-9
    mini = n["r1_vs_o1_price_ratio.o3_mini"].value
    assert mini == pytest.approx(output["o3-mini", "2025-01-31"] / r1)
    hosts = n["r1_vs_o1_price_ratio.us_hosts"]
    assert (hosts.low, hosts.high) == pytest.approx((60 / 8, 60 / 5.4))
    assert n["o3_mini_days"].value == 11


def test_the_cost_of_a_solved_task_from_the_file_itself(numbers: dict[str, Number]) -> None:
    runs = {r["model"]: r for r in file("aider_runs")}
    o1, r1 = runs["o1-2024-12-17 (high)"], runs["DeepSeek R1"]
    ours = [float(r["cost"]) / int(r["solved"]) for r in (o1, r1)]
    n = numbers
    assert n["aider.cost_ratio.o1_r1"].value == pytest.approx(ours[0] / ours[1], rel=1e-3)
    assert n["aider.cost_per_solved.r1"].text.replace("\u00a0", " ") == "US$ 0.042"


def test_the_ladder_starts_with_o1_and_r1_is_not_on_it(
    latest: Stand, numbers: dict[str, Number]
) -> None:
    found, n = price.ladder(latest.prices, latest.models), numbers
    assert found["model"].iloc[0] == "o1"
    assert not found["model"].str.startswith("DeepSeek-R1").any()
    assert n["ladder.r1_reaches"].value == "lacks"
    assert n["ladder.us_steps"].value + n["ladder.cn_steps"].value == len(found) - 1
    assert found["price"].is_monotonic_decreasing
    assert n["ladder.o1_days"].value == (DAY("2025-04-16") - DAY("2024-12-17")).days


def test_the_numbers_that_hang_on_choices_have_ranges_that_hold_them(
    numbers: dict[str, Number],
) -> None:
    n = numbers
    assert n["ladder.readings"].value == 48
    assert n["ladder.readings.us_last"].value < 48  # who is cheapest now depends on the copy
    for id in ("last_price", "fold", "o1_days", "us_steps", "cn_steps", "first_price"):
        number = n[f"ladder.{id}"]
        assert number.low <= number.value <= number.high, id


def test_which_numbers_there_are_depends_on_nothing(
    latest: Stand, numbers: dict[str, Number]
) -> None:
    ids = list(numbers)
    for threshold, blend in ((130.0, 1.0), ("DeepSeek-R1", 3.0), (200.0, 30.0)):
        assert list(latest.told(threshold=threshold, blend=blend)) == ids
    for day in (date(2026, 1, 31), date(2025, 1, 31), date(2024, 1, 1)):
        assert list(stand(day).told()) == ids


def test_nothing_observed_is_told_as_nothing() -> None:
    nothing = stand(date(2020, 1, 1))
    assert nothing.prices.empty
    figure = price.price_figure(nothing.prices, nothing.models, nothing.runs)
    assert figure.empty
    assert "price" in figure
    known = {id for id, n in nothing.told().items() if n.value is not None}
    assert known == {"ladder.blend", "ladder.enough"}


def test_on_the_day_of_r1_the_ratio_is_known_and_what_came_later_is_not() -> None:
    n = stand(date(2025, 1, 25)).told()
    assert n["r1_vs_o1_price_ratio"].value == pytest.approx(27.397, abs=1e-3)
    for id in ("o3_mini", "us_hosts", "us_hosts.first_date"):
        assert n[f"r1_vs_o1_price_ratio.{id}"].value is None
    assert n["o3_mini_days"].value is None


def test_no_free_tier_and_no_half_a_price_is_in_the_table() -> None:
    rows = store.load("list_prices")
    assert (rows[["input", "output"]].fillna(1) > 0).all(axis=None)
    assert (rows["input"].isna() == rows["output"].isna()).all()


def test_every_row_of_the_table_is_a_change() -> None:
    rows = store.load("list_prices").fillna({"input": -1, "output": -1, "cache_read": -1})
    values, names = ["input", "output", "cache_read"], ["source", "provider", "model"]
    before = rows.groupby(names)[values].shift()
    assert not (rows[values] == before).all(axis=1).any()


def test_every_name_in_the_tables_has_its_model_and_no_variant_slipped_in(latest: Stand) -> None:
    rows, names = store.load("list_prices"), store.load("model_names")
    keys = rows["model"].str.rsplit("/", n=1).str[-1].str.lower()
    ours = names[names["source"] == "list_prices"]
    assert set(keys) == set(ours["name"])
    allowed = ours[~ours["model"].str.contains("Coder")]["name"]
    assert not [n for n in allowed if re.search(r"distill|coder|vision|-vl|:free|turbo", n)]
    fixed = ours[ours["from"].isna()]
    assert not fixed["name"].duplicated().any()
    runs = names[names["source"] == "aider_runs"]
    assert set(runs["name"]) <= set(store.load("aider_runs")["model"])
    index = set(store.load("capability_index")["model"])
    outside = names[~names["model"].isin(index)]
    assert outside["note"].str.contains("not in the index").all()


def test_moving_names_follow_each_other_day_by_day() -> None:
    names = store.load("model_names").dropna(subset="from").sort_values(["name", "from"])
    for _, rows in names.groupby("name"):
        follows = rows["from"].iloc[1:].array
        assert (follows - rows["until"].iloc[:-1].array == pd.Timedelta(days=1)).all()


def test_the_price_of_v4_is_not_taken_for_a_cut_of_v3(latest: Stand) -> None:
    own = latest.prices[latest.prices["host"] == "DeepSeek"].dropna(subset="input")
    older = own[own["model"].isin(["DeepSeek-V3.2", "DeepSeek-V3 (Mar 2025)"])]
    assert len(older)
    assert older["input"].min() > 0.25
    cheap = own[(own["input"] == 0.14) & (own["date"] > DAY("2025-02-08"))]
    assert set(cheap["model"]) <= {"DeepSeek-V4-Flash"}
