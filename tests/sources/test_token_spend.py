"""From a router's counts and prices, and a gateway's daily ten, to sums: toy rows by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from openrace import store
from openrace.sources import token_spend as source

READ = pd.Timestamp("2026-08-10")
LABS = pd.DataFrame(
    [
        ("deepseek-ai", "CN"),
        ("xai-org", "US"),
        ("openai", "US"),
        ("mistralai", "FR"),
        ("Qwen", "CN"),
        ("allura-forge", "unknown"),
    ],
    columns=["organisation", "country"],
)
ACCESS = pd.DataFrame(
    [("deepseek/v4", "open"), ("openai/gpt", "closed"), ("qwen/qwen", "open")],
    columns=["model", "access"],
)
SLUGS = pd.DataFrame(
    [("deepseek/v4-0423", "deepseek/v4"), ("openai/gpt-0709", "openai/gpt")],
    columns=["permaslug", "model_slug"],
)


def counts(*rows: tuple[str | None, str, int, int], read: pd.Timestamp = READ) -> pd.DataFrame:
    columns = ["permaslug", "variant", "prompt_tokens", "completion_tokens"]
    return pd.DataFrame(rows, columns=columns).assign(snapshot_date=read)


def paid(
    day: str, model: str, price: tuple[float, float], hosted: int = 10**7
) -> dict[str, object]:
    return {
        "date": pd.Timestamp(day),
        "permaslug": model,
        "variant": "standard",
        "weighted_input_price": price[0],
        "weighted_output_price": price[1],
        "total_tokens": hosted,
    }


def test_a_weeks_price_is_the_mean_of_days_and_not_of_hosts() -> None:
    rows = [
        paid("2026-08-02", "a/a", (9.0, 9.0)),
        paid("2026-08-03", "a/a", (1.0, 4.0)),
        paid("2026-08-03", "a/a", (1.0, 4.0)),
        paid("2026-08-05", "a/a", (2.0, 6.0)),
        paid("2026-08-06", "a/a", (0.0, 0.0)),
    ]
    days = pd.to_datetime(["2026-08-03", "2026-08-09"])
    row = source.week_prices(pd.DataFrame(rows), *days).iloc[0]
    assert (row["weighted_input_price"], row["weighted_output_price"]) == (1.5, 5.0)
    assert (row["weighted_input_price_low"], row["weighted_output_price_high"]) == (1.0, 6.0)


def test_days_on_which_few_hosts_are_named_give_no_price() -> None:
    week = counts(("a/a", "standard", 600, 100))
    rows = [paid("2026-08-09", "a/a", (1.0, 1.0), hosted) for hosted in (10, 9)]
    # a hundred tokens a day: nineteen of them are less than a fifth, with one more they are not
    assert source.covered(pd.DataFrame(rows), week).empty
    assert (
        len(source.covered(pd.DataFrame([*rows, paid("2026-08-09", "b/b", (1, 1), 1)]), week)) == 3
    )


@pytest.fixture(scope="module")
def made() -> pd.DataFrame:
    week = counts(
        ("deepseek/v4-0423", "standard", 8_000_000, 1_000_000),
        ("deepseek/v4-0423", "free", 500_000, 500_000),
        ("openai/gpt-0709", "standard", 2_000_000, 1_000_000),
        ("qwen/qwen", "standard", 1_000_000, 0),
        ("stealth/owl", "standard", 3_000_000, 0),
        (None, "standard", 7, 0),
    )
    late = counts(("openai/gpt-0709", "standard", 1, 1), read=READ + pd.Timedelta(days=3))
    days = [f"2026-08-0{d}" for d in (3, 4, 5, 7)]
    rows = [
        paid(d, m, p)
        for d in days
        for m, p in (("deepseek/v4-0423", (0.1, 0.2)), ("openai/gpt-0709", (1.0, 10.0)))
    ]
    rows += [paid("2026-08-08", "openai/gpt-0709", (2.0, 10.0))]
    rows += [paid("2026-08-08", "qwen/qwen", (0.5, 0.0))]
    table = source.token_spend(pd.concat([week, late]), pd.DataFrame(rows), SLUGS, LABS, ACCESS)
    return table.set_index(["by", "group"])


def test_only_weeks_with_prices_on_five_days_are_counted(made: pd.DataFrame) -> None:
    assert made["date"].unique().tolist() == [READ]
    assert made["until"].unique().tolist() == [pd.Timestamp("2026-08-09")]
    assert made["first"].unique().tolist() == [pd.Timestamp("2026-08-03")]
    assert set(made["priced_days"]) == {5}


def test_tokens_and_dollars_by_hand(made: pd.DataFrame) -> None:
    china, us = made.loc[("country", "CN")], made.loc[("country", "US")]
    assert (china["tokens"], china["free_tokens"], china["models"]) == (11_000_000, 1_000_000, 2)
    # 8 x 0.1 + 1 x 0.2 of DeepSeek, 1 x 0.5 of Qwen; the free variant costs nothing
    assert china["dollars"] == pytest.approx(1.5)
    # four days at a dollar and one at two: 2 x 1.2 + 1 x 10
    assert us["dollars"] == pytest.approx(12.4)
    assert (us["dollars_low"], us["dollars_high"]) == pytest.approx((12.0, 14.0))
    assert made.loc[("country_without_deepseek", "CN"), "dollars"] == pytest.approx(0.5)


def test_what_has_no_price_is_counted_and_costs_nothing(made: pd.DataFrame) -> None:
    stealth = made.loc[("country", "unknown")]
    assert (stealth["tokens"], stealth["free_tokens"], stealth["priced_tokens"]) == (
        3_000_000,
        0,
        0,
    )
    assert stealth["dollars"] == 0
    assert made.loc[("country", "other"), "models"] == 0


def test_access_goes_by_undated_names(made: pd.DataFrame) -> None:
    tokens = made.loc["access", "tokens"].to_dict()
    assert tokens == {"open": 11_000_000, "closed": 3_000_000, "unknown": 3_000_000}


def test_the_gateways_placeholder_names_nobody_and_the_rest_is_unknown() -> None:
    days = ["2026-08-03", "2026-08-04"]
    rows = [
        (days[0], "tokens", "GLM 5.2", 30.0),
        (days[1], "tokens", "GLM 5.2", 10.0),
        (days[0], "tokens", "GPT OSS 20B", 10.0),
        (days[0], "tokens", "Nobody 1", 20.0),
        (days[0], "tokens", "(others)", 0.0),
        (days[1], "cost", "Claude Opus 5", 50.0),
        (days[0], "requests", "GPT 5.5", 99.0),
    ]
    week = pd.DataFrame(rows, columns=["day", "metric", "model", "share_pct"])
    week = week.assign(snapshot="2026-08-22")
    week[["day", "snapshot"]] = week[["day", "snapshot"]].apply(pd.to_datetime)
    found = source.gateway_shares(week)
    assert found["until"].unique().tolist() == [pd.Timestamp("2026-08-09")]  # no empty week
    share = found.set_index(["metric", "by", "group"])["share"]
    assert share["tokens", "country", "CN"] == pytest.approx(0.2)
    assert share["tokens", "country", "US"] == pytest.approx(0.05)
    assert share["tokens", "country", "unknown"] == pytest.approx(0.75)
    assert share["tokens", "access", "open"] == pytest.approx(0.25)
    assert share["dollars", "country", "US"] == pytest.approx(0.25)


def test_the_book_publishes_no_count_or_price_of_one_model() -> None:
    table = store.load("token_spend")
    sizes = table.pivot(index="date", columns=["by", "group"], values="models")
    assert sizes.min().min() >= 3
    whole, rest = sizes["country", "CN"], sizes["country_without_deepseek", "CN"]
    assert (whole - rest).min() >= 3  # what the difference tells is of several models, too
    assert set(store.load("gateway_shares")["days"]) == {7}
