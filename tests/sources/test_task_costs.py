"""From benchmarks that may not be passed on to ratios that may, on rows made up for the test."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from openrace import store
from openrace.sources import task_costs as source

DAY = pd.Timestamp("2026-07-10")

NAMES = pd.DataFrame(
    [
        ("livebench", "k3", "K 3", "Moonshot AI", "CN", "open", "m/k3"),
        ("livebench", "ds", "DS", "DeepSeek", "CN", "open", None),
        ("livebench", "gpt", "GPT", "OpenAI", "US", "closed", "o/gpt"),
        ("livebench", "tune", "Tune", "Abacus.AI", "US", "open", None),
        ("livebench", "max", "Max", "Alibaba", "CN", None, None),
        ("artificial_analysis", "GPT 9", "GPT 9", "OpenAI", "US", "closed", "o/gpt"),
    ],
    columns=["benchmark", "name", "model", "lab", "country", "access", "router"],
)

ROUTER = pd.DataFrame(
    [
        ("2026-07-17", "m/k3", "standard", 0.5, 2.0, 0.8),
        ("2026-07-17", "m/k3", "standard", 0.5, 2.0, 0.8),  # another host, the same weighted price
        ("2026-07-18", "m/k3", "standard", 0.7, 2.0, 0.6),
        ("2026-07-18", "m/k3", "batch", 0.1, 0.1, 0.0),
        ("2026-07-18", "o/gpt", "standard", 3.0, 20.0, 0.5),
        ("2026-07-18", "x/free", "standard", 0.0, 0.0, 0.0),
    ],
    columns=[
        "date",
        "model_slug",
        "variant",
        "weighted_input_price",
        "weighted_output_price",
        "weighted_cache_hit_rate",
    ],
)

LIVEBENCH = pd.DataFrame(
    [
        ("k3", 60.0, 1.0, 5.0, 2000, 0.1),
        ("ds", 59.0, 0.1, 0.5, 4000, 0.02),
        ("gpt", 61.0, 5.0, 25.0, 1000, 0.4),
        ("tune", 60.0, 1.0, 1.0, 1000, 0.1),
        ("max", 60.0, 1.0, 1.0, 1000, 0.1),
        ("nobody", 60.0, 1.0, 1.0, 1000, 0.1),
    ],
    columns=[
        "model",
        "average",
        "input_price_per_million",
        "output_price_per_million",
        "avg_output_tokens",
        "cost_per_question",
    ],
)


@pytest.fixture
def paid() -> pd.DataFrame:
    return source.paid_prices(ROUTER)


def index(*rows: tuple[object, ...]) -> pd.DataFrame:
    columns = ["date", "name", "creator", "country", "open_weights", "deprecated"]
    columns += ["openrouter_id", "intelligence_index", "index_estimated"]
    columns += ["price_in", "price_out", "index_run_cost_usd"]
    return pd.DataFrame(rows, columns=columns)


def test_prices_paid_are_medians_over_days_and_not_over_hosts(paid: pd.DataFrame) -> None:
    row = paid.set_index("router").loc["m/k3"]
    assert (row["paid_input"], row["paid_output"]) == (0.6, 2.0)
    assert row["cached"] == pytest.approx(0.7)
    assert set(paid["router"]) == {"m/k3", "o/gpt"}  # no free model, no batch


def test_who_is_unknown_or_open_elsewhere_is_on_no_side(paid: pd.DataFrame) -> None:
    runs = source.livebench(LIVEBENCH, NAMES, paid).runs.set_index("name")["side"]
    assert runs.to_dict() == {
        "k3": "cn_open",
        "ds": "cn_open",
        "gpt": "us_closed",
        "tune": "other",
        "max": "other",
        "nobody": "other",
    }


def test_the_ratios_by_hand(paid: pd.DataFrame) -> None:
    made = source.task_costs([source.livebench(LIVEBENCH, NAMES, paid)], DAY, draws=20)
    found = made[(made["choice"] == "matched") & (made["blend"] == 3.0)]
    found = found.set_index(["group", "measure"])["ratio"]
    # mix 3: GPT 10, K3 2, DS 0.2: 5 and 50 times; tasks 4 and 20 times; tokens one half, a quarter
    assert found["all", "list"] == pytest.approx(math.sqrt(5 * 50))
    assert found["all", "attempted"] == pytest.approx(math.sqrt(4 * 20))
    assert found["all", "tokens"] == pytest.approx(math.sqrt(0.5 * 0.25))
    assert found["without_deepseek", "list"] == pytest.approx(5)
    assert found["without_deepseek", "paid"] == pytest.approx((9 + 20) / (1.8 + 2))


def test_what_rests_on_prices_paid_is_dated_by_them(paid: pd.DataFrame) -> None:
    until = pd.Timestamp("2027-01-01")
    made = source.task_costs([source.livebench(LIVEBENCH, NAMES, paid)], until, draws=20)
    days = made.groupby("measure")["date"].unique()
    assert days["list"].tolist() == [source.LIVEBENCH_DAY]
    assert days["paid"].tolist() == days["kept_paid"].tolist() == [until]


def test_estimates_retired_models_and_other_days_are_left_out(paid: pd.DataFrame) -> None:
    given = (
        "2026-07-10",
        "GPT 9 (high)",
        "OpenAI",
        "us",
        False,
        False,
        None,
        50.0,
        False,
        5,
        25,
        9,
    )
    rows = index(
        given,
        (given[0], "GPT 9 (low)", *given[2:7], 45.0, *given[8:]),
        (given[0], "Old", *given[2:5], True, *given[6:]),
        (given[0], "Guess", *given[2:8], True, *given[9:]),
        ("2026-07-09", "Before", *given[2:]),
        (given[0], "K (on)", "Kimi", "cn", True, False, "m/k3:free", 51.0, False, 1, 5, 3),
    )
    runs = source.artificial_analysis(rows, DAY, NAMES, paid).runs
    assert set(runs["model"]) == {"GPT 9", "K"}
    assert runs.set_index("name")["side"].to_dict() == {
        "GPT 9 (high)": "us_closed",
        "GPT 9 (low)": "us_closed",
        "K (on)": "cn_open",
    }
    assert runs.set_index("name")["router"]["K (on)"] == "m/k3"
    assert runs.set_index("name")["paid_input"]["GPT 9 (low)"] == 3.0


def test_pairs_are_counted_whole_and_by_tenths(paid: pd.DataFrame) -> None:
    snapshots = [source.livebench(LIVEBENCH, NAMES, paid)]
    shares = source.task_pair_shares(snapshots)
    row = shares.query("group == 'all' and reference == 'all' and basis == 'attempted'").iloc[0]
    assert row["pairs"] == 2
    assert row["median_cheaper"] == pytest.approx((0.75 + 0.95) / 2)
    assert source.task_pair_counts(snapshots)["pairs"].sum() == 2


def test_what_was_paid_is_a_share_of_the_list_price(paid: pd.DataFrame) -> None:
    made = source.paid_shares([source.livebench(LIVEBENCH, NAMES, paid)], DAY)
    row = made.query("side == 'cn_open' and group == 'all' and blend == 3").iloc[0]
    assert row["models"] == 1
    assert row["paid_over_list"] == pytest.approx(((3 * 0.6 + 2) / 4) / 2)


def test_the_book_publishes_no_value_of_one_model() -> None:
    published = {"task_costs": 6, "paid_prices": 6}
    costs, shares = store.load("task_costs"), store.load("paid_prices")
    assert costs["pairs"].min() >= published["task_costs"]
    assert shares["models"].min() >= published["paid_prices"]
    assert store.load("task_pairs")["pairs"].min() >= 7
