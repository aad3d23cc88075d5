"""Hosts of the same weights: ratios by hand, and the router's files on toy rows."""

from __future__ import annotations

import csv
import statistics

import pandas as pd
import pytest

from openrace import package, store
from openrace.measures.costs import hosting
from openrace.sources import router_hosts as source

HOSTS = pd.DataFrame(
    [
        ("a", "CN", "CN"),
        ("b", "SG", "CN"),
        ("c", "SG", "CN"),
        ("d", "US", "US"),
        ("e", "US", "US"),
        ("f", "US", "unknown"),
    ],
    columns=["host", "seat", "owner"],
)


def endpoint(host: str, price: float, **more: object) -> dict[str, object]:
    row = {
        "scrape_date": "2026-08-08",
        "model_slug": "z-ai/glm-5",
        "variant": "standard",
        "provider_slug": host,
        "price_prompt": price / 1e6,
        "price_completion": price / 1e6,
        "is_free": False,
        "is_hidden": False,
        "is_disabled": False,
    }
    return row | more


def row(
    model: str, rule: str, home: str, median: float | None, hosts: int = 3
) -> dict[str, object]:
    return {
        "date": pd.Timestamp("2026-08-08"),
        "model": model,
        "rule": rule,
        "home": home,
        "blend": 3.0,
        "hosts": hosts,
        "median": median,
        "low": median,
        "high": median,
    }


PRICES = pd.DataFrame(
    [
        row("GLM-5", "owner", "CN", 1.0),
        row("GLM-5", "owner", "US", 2.0, 7),
        row("Kimi K2.5", "owner", "CN", 4.0),
        row("Kimi K2.5", "owner", "US", 3.0),
        row("Qwen3.5-397B", "owner", "CN", None, 2),
        row("Qwen3.5-397B", "owner", "US", 1.0),
        row("GLM-5", "seat", "CN", None, 1),
        row("GLM-5", "seat", "US", 2.5),
    ]
)
LISTED = pd.DataFrame(
    [
        ("GLM-5", "z-ai", 1.0, 3.0),
        ("GLM-5", "d", 3.0, 3.0),
        ("GLM-5", "a", 1.5, 1.5),
    ],
    columns=["model", "host", "input", "output"],
).assign(date=pd.Timestamp("2026-07-02"))


def test_a_price_per_token_becomes_one_per_million() -> None:
    found = source.offers(pd.DataFrame([endpoint("a", 0.6)]))
    assert found[["input", "output"]].values.tolist() == [[pytest.approx(0.6)] * 2]


def test_free_hidden_and_batch_endpoints_are_left_out_and_counted() -> None:
    rows = [
        endpoint("a", 1.0),
        endpoint("b", 0.0),
        endpoint("c", 1.0, is_hidden=True),
        endpoint("d", 1.0, is_disabled=True),
        endpoint("e", 1.0, is_free=True),
        endpoint("f", 0.1, variant="batch"),
        endpoint("a", 1.0, model_slug="openai/gpt-5"),
    ]
    table = pd.DataFrame(rows)
    assert source.offers(table)["host"].tolist() == ["a"]
    assert source.dropped(table) == 4


def test_a_host_counts_once_with_its_cheapest_endpoint() -> None:
    rows = [endpoint("deepinfra", 2.0), endpoint("deepinfra/turbo", 1.0)]
    found = source.offers(pd.DataFrame(rows))
    assert found["host"].tolist() == ["deepinfra"]
    assert found["input"].tolist() == pytest.approx([1.0])


def test_medians_need_three_hosts_and_follow_the_rule_of_home() -> None:
    rows = [endpoint(h, p) for h, p in zip("abcdef", (1, 2, 3, 4, 5, 6), strict=True)]
    found = source.host_prices(source.offers(pd.DataFrame(rows)), HOSTS)
    found = found[found["blend"] == 3.0].set_index(["rule", "home"])
    assert found.loc[("owner", "CN"), "median"] == pytest.approx(2.0)
    assert found.loc[("seat", "US"), "median"] == pytest.approx(5.0)
    assert found.loc[("owner", "US"), "hosts"] == 2
    assert pd.isna(found.loc[("owner", "US"), "median"])
    assert found.loc[("seat", "other"), "hosts"] == 2
    assert found.loc[("owner", "unknown"), "hosts"] == 1


def test_tokens_are_summed_over_days_whose_hosts_are_named() -> None:
    counts = pd.DataFrame(
        [
            ("2026-08-01", "z-ai/glm-5", "a", 40),
            ("2026-08-01", "z-ai/glm-5", "b/fast", 10),
            ("2026-08-01", "z-ai/glm-5", "nobody", 10),
            ("2026-08-01", "openai/gpt-5", "d", 900),
            ("2026-08-01", "qwen/qwen3.7-max", "a", 900),
            ("2026-08-02", "z-ai/glm-5", "a", 1),
            ("2026-08-03", "z-ai/glm-5", "a", 150),
        ],
        columns=["date", "model_slug", "provider_slug", "total_tokens"],
    )
    days = ["2026-08-01", "2026-08-02", "2026-08-03"]
    activity = pd.DataFrame({"date": days, "model_slug": "z-ai/glm-5", "total_prompt_tokens": 90})
    found = source.served(counts, activity.assign(total_completion_tokens=10), HOSTS)
    by = found.set_index(["rule", "home"])["tokens"]
    # the second day names the hosts of one token of a hundred, the third of more than were used
    assert found["days"].unique().tolist() == [1]
    assert (by["owner", "CN"], by["owner", "unknown"], by["owner", "US"]) == (50, 10, 0)
    assert (by["seat", "CN"], by["seat", "other"]) == (40, 10)
    assert found["all_tokens"].unique().tolist() == [100]


def test_what_is_not_published_is_not_open() -> None:
    slugs = {
        "qwen/qwen3.7-max": False,
        "qwen/qwen3.6-plus": False,
        "qwen/qwen3.5-flash-02-23": False,
        "z-ai/glm-5-turbo": False,
        "bytedance-seed/seed-2.0-mini": False,
        "kwaipilot/kat-coder-pro-v2": False,
        "openai/gpt-oss-120b": False,
        "qwen/qwen3.5-397b-a17b": True,
        "stepfun/step-3.7-flash": True,
        "z-ai/glm-4.7-flash": True,
        "deepseek/deepseek-v4-flash": True,
    }
    assert source.is_chinese_open(pd.Series(list(slugs))).tolist() == list(slugs.values())


def test_ratios_by_hand() -> None:
    table = hosting.by_home(PRICES, LISTED)
    assert hosting.gaps(table, "owner").to_dict() == {"GLM-5": 2.0, "Kimi K2.5": 0.75}
    assert hosting.gaps(table, "seat").empty
    # at the maker three tokens at a dollar and one at three are 1.50 mixed
    assert hosting.maker_gaps(table).to_dict() == pytest.approx({"GLM-5": 2.0 / 1.5})
    assert hosting.catalogue_gaps(LISTED, HOSTS).to_dict() == pytest.approx({"GLM-5": 2.0})


def test_a_day_before_the_first_prices_of_hosts_has_no_gap() -> None:
    table = hosting.by_home(PRICES[:0], LISTED[:0])
    assert hosting.maker_gaps(table).empty
    assert hosting.gaps(table, "owner").empty


def test_scaling_all_prices_leaves_the_ratios() -> None:
    scaled = PRICES.assign(median=PRICES["median"] * 7)
    before, after = (hosting.gaps(hosting.by_home(p, LISTED), "owner") for p in (PRICES, scaled))
    pd.testing.assert_series_equal(before, after)


def test_a_mix_that_is_not_published_takes_the_nearest() -> None:
    assert [hosting.mix(b) for b in (0.0, 3.0, 5.0, 25.0, 1000.0)] == [1.0, 3.0, 3.0, 30.0, 30.0]


def test_what_us_hosts_take_back_of_the_saving() -> None:
    closed = pd.DataFrame({"model": ["x", "y"], "score": [140.0, 150.0], "price": [11.0, 90.0]})
    models = pd.DataFrame({"model": ["GLM-5", "Kimi K2.5"], "score": [141.0, 120.0]})
    found = hosting.savings(hosting.by_home(PRICES, LISTED), closed, models)
    # at Chinese hosts a dollar instead of eleven, at US hosts two: one of ten dollars saved is gone
    assert found["model"].tolist() == ["GLM-5"]
    assert found["lost"].tolist() == pytest.approx([0.1])


def test_ids_do_not_depend_on_the_data() -> None:
    tables = [store.load(n) for n in ("host_prices", "hosted_prices", "served_tokens")]
    hosts = store.load("router_hosts")
    split = pd.DataFrame(columns=["cn_hosts", "us_hosts", "closed", "lost"])
    full = hosting.numbers(*tables, hosts, split)
    empty = hosting.numbers(*(t.head(0) for t in tables), hosts, split)
    assert [n.id for n in full] == [n.id for n in empty]
    assert not [n for n in empty if n.id.startswith("costs.cn_tokens") and n.value is not None]


def test_the_published_numbers_computed_without_pandas() -> None:
    with package.path("host_prices").open(encoding="utf-8") as lines:
        rows = [r for r in csv.DictReader(lines) if r["rule"] == "owner" and r["blend"] == "3.0"]
    price = {(r["model"], r["home"]): float(r["median"]) for r in rows if r["median"]}
    models = {m for m, home in price if home == "CN"} & {m for m, home in price if home == "US"}
    middle = statistics.median(price[m, "US"] / price[m, "CN"] for m in models)
    with package.path("served_tokens").open(encoding="utf-8") as lines:
        tokens = {(r["rule"], r["home"]): float(r["tokens"]) for r in csv.DictReader(lines)}
    owned = {home: t for (rule, home), t in tokens.items() if rule == "owner"}
    tables = [store.load(n) for n in ("host_prices", "hosted_prices", "served_tokens")]
    split = pd.DataFrame(columns=["cn_hosts", "us_hosts", "closed", "lost"])
    told = {n.id: n for n in hosting.numbers(*tables, store.load("router_hosts"), split)}
    assert told["costs.host_gap.median"].value == pytest.approx(middle)
    share = owned["CN"] / sum(owned.values())
    assert told["costs.cn_tokens.cn_hosts"].value == pytest.approx(share)
    assert told["costs.cn_tokens.cn_hosts"].high == pytest.approx(
        share + owned["unknown"] / sum(owned.values())
    )
