"""Shares of tokens and dollars: two toy weeks by hand, bounds, ranges, and the book's own."""

from __future__ import annotations

import csv

import pandas as pd
import pytest

from openrace import package, store
from openrace.measures.incentives import spending, spending_numbers
from openrace.numbers import Number

DAYS = pd.to_datetime(["2026-08-02", "2026-08-09"])


def spend(day: pd.Timestamp, by: str, group: str, *sums: float) -> dict[str, object]:
    """Make a row: tokens, free and priced ones, dollars with their least and most."""
    columns = ["tokens", "free_tokens", "priced_tokens", "dollars", "dollars_low", "dollars_high"]
    row = {"date": day + pd.Timedelta(days=1), "first": day - pd.Timedelta(days=6), "until": day}
    row |= {"priced_days": 7, "by": by, "group": group, "models": 3}
    return row | dict(zip(columns, sums, strict=True))


ROUTER = pd.DataFrame(
    [
        spend(DAYS[0], "country", "CN", 800, 0, 800, 1.0, 1.0, 1.0),
        spend(DAYS[0], "country", "US", 200, 0, 200, 3.0, 3.0, 3.0),
        spend(DAYS[1], "country", "CN", 600, 100, 500, 2.0, 1.0, 4.0),
        spend(DAYS[1], "country", "US", 400, 100, 200, 8.0, 6.0, 9.0),
    ]
)
GATEWAY = pd.DataFrame(
    [
        (DAYS[1], "tokens", "country", "CN", 2, 0.4),
        (DAYS[1], "tokens", "country", "US", 3, 0.25),
        (DAYS[1], "tokens", "country", "unknown", 0, 0.35),
        (DAYS[1] + pd.Timedelta(days=7), "tokens", "country", "CN", 2, 0.5),
        (DAYS[1] + pd.Timedelta(days=7), "tokens", "country", "unknown", 0, 0.5),
    ],
    columns=["until", "metric", "by", "group", "models", "share"],
)


@pytest.fixture(scope="module")
def tables() -> list[pd.DataFrame]:
    return [store.load(n) for n in ("token_spend", "gateway_shares")]


@pytest.fixture(scope="module")
def told(tables: list[pd.DataFrame]) -> dict[str, Number]:
    return {n.id: n for n in spending_numbers.numbers(*tables)}


def test_shares_by_hand() -> None:
    found = spending.shares(ROUTER).set_index(["until", "group"]).loc[DAYS[1]]
    assert found["tokens"].to_dict() == {"CN": 0.6, "US": 0.4}
    assert found["paid_tokens"].to_dict() == {"CN": 0.625, "US": 0.375}
    assert found["dollars"].to_dict() == {"CN": 0.2, "US": 0.8}
    # the least of China is its cheapest days among the others' dearest: 1 of 1 + 9
    assert found.loc["CN", "dollars_low"] == pytest.approx(0.1)
    assert found.loc["CN", "dollars_high"] == pytest.approx(0.4)
    assert found["price"].to_dict() == {"CN": 4000, "US": 40_000}
    assert found.loc["US", "with_free"] == pytest.approx(8 / 300 * 1e6)


def test_a_range_holds_other_weeks_and_daily_prices() -> None:
    found = spending.shares(ROUTER)
    assert spending.ranged(found, "country", "CN", "tokens") == (0.6, 0.6, 0.8)
    assert spending.ranged(found, "country", "CN", "dollars") == pytest.approx((0.2, 0.1, 0.4))
    assert pd.isna(spending.ranged(found, "access", "open", "tokens").value)


def test_ratios_by_hand() -> None:
    found = spending.shares(ROUTER)
    # 40,000 over 4,000 now; 15,000 over 1,250 a week before; at the ends 30,000/8,000, 45,000/2,000
    assert spending.ratio(found, "country", "US", "CN") == pytest.approx((10, 3.75, 22.5))
    assert spending.ratio(found, "country", "US", "CN", "with_free")[0] == pytest.approx(8)


def test_a_group_has_what_is_named_and_at_most_all_that_is_not() -> None:
    week = spending.same_week(spending.bounds(GATEWAY), DAYS[1]).set_index("group")
    assert week.loc["CN", ["low", "high"]].tolist() == [0.4, 0.75]
    assert week.loc["US", ["low", "high"]].tolist() == [0.25, pytest.approx(0.6)]
    assert week.loc["unknown", ["low", "high"]].tolist() == [0.35, 0.35]


def test_the_gateways_last_week_stands_in_where_it_lacks_the_routers() -> None:
    week = spending.same_week(spending.bounds(GATEWAY), pd.Timestamp("2026-07-26"))
    assert week["until"].unique().tolist() == [DAYS[1] + pd.Timedelta(days=7)]


def test_only_what_is_known_has_a_value(tables: list[pd.DataFrame]) -> None:
    table = spending.spending(*tables)
    known = table.dropna(subset="value")
    assert set(known.loc[known["place"] == "gateway", "group"]) == {"unknown"}
    router = table[table["place"] == "router"].groupby(["by", "measure"])["value"].sum()
    assert router.tolist() == pytest.approx([1] * 4)
    assert ((table["low"] <= table["high"]) & table["low"].between(0, 1)).all()


def test_ids_do_not_depend_on_the_data(tables: list[pd.DataFrame], told: dict[str, Number]) -> None:
    empty = [t.head(0) for t in tables]
    nothing = spending_numbers.numbers(*empty)
    assert [n.id for n in nothing] == list(told)
    assert {n.value for n in nothing} - {None} == {0}  # the count of weeks
    assert spending.spending(*empty).empty
    assert len(spending.spending(tables[0], empty[1])) == 14
    assert len(spending.spending(empty[0], tables[1])) == 14


def value(number: Number) -> float:
    assert isinstance(number.value, float)
    return number.value


def test_every_bound_holds_its_number(told: dict[str, Number]) -> None:
    for n in told.values():
        if isinstance(n.low, float) and isinstance(n.high, float):
            assert n.low <= value(n) <= n.high, n.id
    for measure in ("token_share", "spend_share"):
        low, high = (value(told[f"incentives.{measure}.cn.vercel.{e}"]) for e in ("low", "high"))
        assert high - low == pytest.approx(1 - value(told[f"incentives.{measure}.vercel.named"]))


def test_the_published_numbers_computed_without_pandas(told: dict[str, Number]) -> None:
    with package.path("token_spend").open(encoding="utf-8") as lines:
        rows = [r for r in csv.DictReader(lines) if r["until"] == "2026-08-09"]
    by = {r["group"]: r for r in rows if r["by"] == "country"}
    for field, id in (("tokens", "token_share"), ("dollars", "spend_share")):
        whole = sum(float(r[field]) for r in by.values())
        for group in ("CN", "US"):
            share = float(by[group][field]) / whole
            assert told[f"incentives.{id}.{group.lower()}"].value == pytest.approx(share)
    price = {g: float(by[g]["dollars"]) / float(by[g]["priced_tokens"]) for g in ("CN", "US")}
    ratio = told["incentives.paid_per_token.ratio"].value
    assert ratio == pytest.approx(price["US"] / price["CN"])
    with package.path("gateway_shares").open(encoding="utf-8") as lines:
        named = {
            (r["metric"], r["group"]): float(r["share"])
            for r in csv.DictReader(lines)
            if r["until"] == "2026-08-09" and r["by"] == "country"
        }
    most = 1 - named["dollars", "US"] - named["dollars", "other"]
    assert told["incentives.spend_share.cn.vercel.high"].value == pytest.approx(most, abs=1e-3)
