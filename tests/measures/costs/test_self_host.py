"""Break-even worked by hand, and the source of the rents on toy rows."""

from __future__ import annotations

import csv
import math

import numpy as np
import pandas as pd
import pytest

from openrace import package, store
from openrace.measures.costs import self_host
from openrace.measures.costs.self_host import NEVER, cost, installations, mixed, rates
from openrace.sources import gpu_rents

DAY = pd.Timestamp("2026-08-08")


def runs(*rows: tuple[str, str, float, float, float]) -> pd.DataFrame:
    columns = ["installation", "kind", "input", "output", "cached"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(
        name=table["installation"], gpu="H100", rented_as="H100", gpus=8, least_nodes=2, date=DAY
    )


def rents(price: float, low: float | None = None, high: float | None = None) -> pd.DataFrame:
    row = {"date": DAY, "gpu": "H100", "median": price, "low": low or price, "high": high or price}
    return pd.DataFrame([row])


SEPARATE = runs(
    ("sglang_cluster", "separate", 40000.0, 40000.0, 0.0),
    ("deepseek_fleet", "separate", 20000.0, 20000.0, 0.0),
    ("single_node", "separate", 4000.0, 4000.0, 0.0),
)


def told(rent: float = 1.8, api: float = 0.25, utilisation: float = 0.6) -> dict[str, object]:
    prices = pd.Series([api] * 3)
    ran = installations(SEPARATE, rents(rent))
    table = self_host.self_host_figure(ran, prices, 2.5)
    return {n.id: n for n in self_host.numbers(table, rents(rent), prices, utilisation)}


def test_a_million_tokens_by_hand() -> None:
    # eight GPUs at US$ 1.80 are US$ 14.40 an hour, in which 20,000 a second are 72 million tokens
    assert cost(1.8, 8, 20000) == pytest.approx(14.40 / 72)
    assert cost(1.8, 8, 20000, 0.5) == pytest.approx(2 * 14.40 / 72)
    assert math.isinf(cost(1.8, 8, 20000, 0.0))


def test_break_even_by_hand() -> None:
    n = told()
    # US$ 0.10, 0.20 and 1.00 at full use against US$ 0.25
    assert n["costs.breakeven_utilisation"].value == pytest.approx(0.8)
    assert n["costs.breakeven_utilisation.lo"].value == pytest.approx(0.4)
    assert n["costs.breakeven_utilisation.hi"].value == pytest.approx(4.0)
    assert n["costs.breakeven_utilisation.closed"].value == pytest.approx(0.08)
    assert n["costs.self_host.cost_at.10"].value == pytest.approx(2.0)
    assert n["costs.self_host.cost_at.chosen"].value == pytest.approx(0.2 / 0.6)
    # 40,000 tokens a second on each of two nodes, 40 % of a day
    day = n["costs.self_host.sglang_cluster.tokens_per_day"].value
    assert day == pytest.approx(40000 * 2 * 86400 * 0.4)


def test_above_full_use_is_never() -> None:
    n = told()
    assert n["costs.breakeven_utilisation.hi"].text == NEVER
    assert n["costs.self_host.single_node.breakeven"].text == NEVER
    assert n["costs.self_host.single_node.tokens_per_day"].value is None
    assert told(rent=9.0)["costs.breakeven_utilisation"].text == NEVER


def test_twice_the_rent_or_half_the_price_doubles_the_break_even() -> None:
    id = "costs.breakeven_utilisation"
    once = told()[id].value
    assert told(rent=3.6)[id].value == pytest.approx(2 * once)
    assert told(api=0.125)[id].value == pytest.approx(2 * once)


def test_a_mix_takes_the_time_of_its_parts() -> None:
    # three tokens read at 30 a second and one written at 10 take 0.2 seconds
    assert mixed(30, 10, 3.0) == pytest.approx(4 / 0.2)
    assert mixed(30, 10, 0.0) == pytest.approx(10)


def test_tokens_from_a_cache_are_not_counted_as_read() -> None:
    found = rates(runs(("deepseek_fleet", "separate", 100.0, 10.0, 0.6)))
    assert found.loc["deepseek_fleet", "input"] == pytest.approx(40)


def test_two_runs_of_one_node_give_both_rates() -> None:
    # a node that reads 1,000 or writes 100 a second: half its time on each, then 9 tenths reading
    both = runs(
        ("single_node", "together", 500.0, 50.0, 0.0),
        ("single_node", "together", 900.0, 10.0, 0.0),
    )
    found = rates(both).loc["single_node"]
    assert (found["input"], found["output"]) == pytest.approx((1000, 100))
    assert rates(both.head(1)).empty


def test_a_given_rent_and_throughput_replace_the_market() -> None:
    ran = installations(SEPARATE, rents(1.8), gpu_hour_usd=2.0, throughput=10000)
    assert ran["full"].tolist() == pytest.approx([16 / 36] * 3)
    assert ran["full_high"].tolist() == pytest.approx([16 / 36] * 3)


def test_ids_do_not_depend_on_the_data() -> None:
    empty = installations(SEPARATE.head(0), rents(1.8).head(0))
    nothing = pd.Series(dtype=float)
    table = self_host.self_host_figure(empty, nothing, None)
    without = self_host.numbers(table, rents(1.8).head(0), nothing)
    assert [n.id for n in without] == list(told())
    assert all(n.value is None for n in without if n.id.startswith("costs.breakeven"))


def test_the_last_price_of_a_host_counts_and_a_withdrawn_one_does_not() -> None:
    rows = [
        ("2026-01-01", "A", 0.4, 0.4),
        ("2026-02-01", "A", 0.2, 0.2),
        ("2026-01-01", "B", 1.0, 1.0),
        ("2026-03-01", "B", np.nan, np.nan),
    ]
    table = pd.DataFrame(rows, columns=["date", "host", "input", "output"])
    table = table.assign(model=self_host.MODEL, source="litellm", listed_as="x")
    assert self_host.api_prices(table).to_dict() == pytest.approx({"A": 0.2})


def test_the_published_break_even_computed_without_pandas() -> None:
    with package.path("gpu_rents").open(encoding="utf-8") as lines:
        rent = next(
            float(r["median"])
            for r in csv.DictReader(lines)
            if (r["date"], r["gpu"]) == ("2026-08-08", "H100")
        )
    with package.path("throughputs").open(encoding="utf-8") as lines:
        run = next(r for r in csv.DictReader(lines) if r["installation"] == "sglang_cluster")
    seconds = 750_000 / float(run["input"]) + 250_000 / float(run["output"])
    by_hand = seconds * 8 * rent / 3600
    ran = installations(store.load("throughputs"), store.load("gpu_rents"))
    assert ran.set_index("installation").at["sglang_cluster", "full"] == pytest.approx(by_hand)


def test_rents_are_of_servers_and_without_placeholders() -> None:
    runpod = pd.DataFrame(
        {
            "date": ["2026-07-30", "2026-07-30", "2026-07-31"],
            "display_name": ["H100 SXM", "H100 NVL", "H200 SXM"],
            "secure_price": [3.0, 9.0, 4.0],
            "community_price": [2.0, 9.0, 0.5],
        }
    )
    index = pd.DataFrame(
        {
            "timestamp": ["2026-07-02T20:00:00.000Z", "2026-08-02T20:00:00.000Z"],
            "gpu_type": ["H100 SXM", "H200"],
            "index_value": [2.5, 5.0],
        }
    )
    found = gpu_rents.by_month(gpu_rents.observations(runpod, index))
    said = {
        (d, g): (m, n) for d, g, m, n in found[["date", "gpu", "median", "observations"]].values
    }
    assert said == {
        (pd.Timestamp("2026-07-30"), "H100"): (2.5, 3),
        (pd.Timestamp("2026-07-31"), "H200"): (4.0, 1),
        (pd.Timestamp("2026-08-02"), "H200"): (5.0, 1),
    }
