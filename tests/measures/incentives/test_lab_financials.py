"""The money of labs: ratios by hand, run rates kept apart, and what the table says of itself."""

from __future__ import annotations

import csv
from datetime import date

import pandas as pd
import pytest

from openrace import package, store
from openrace.measures.incentives import labs
from openrace.numbers import Number

COUNTRIES = pd.DataFrame({"country": ["US", "CN"], "bloc": ["United States", "China"]})
_Y = ("2025-01-01", "2025-12-31")


def said(*rows: tuple[str, str, tuple[str, str], float]) -> pd.DataFrame:
    """Return statements from lab, measure, period and value in millions of dollars."""
    table = pd.DataFrame(rows, columns=["lab", "measure", "span", "value"])
    table["from"] = pd.to_datetime([span[0] for span in table.pop("span")])
    table["to"] = pd.to_datetime([row[2][1] for row in rows])
    more = {"country": "US", "access": "closed", "unit": "million", "currency": "USD"}
    table = table.assign(**more, per_usd=1.0, kind="press report", confidence="medium")
    period = [f"{row[2][0]} on" for row in rows]
    return table.assign(observed=table["to"], period=period, value_high=float("nan"))


def told(table: pd.DataFrame) -> dict[str, Number]:
    return {n.id: n for n in labs.numbers(table)}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return store.load("lab_financials")


@pytest.fixture(scope="module")
def now(table: pd.DataFrame) -> dict[str, Number]:
    return told(table)


def test_a_run_rate_is_no_revenue_and_is_not_added_to_it() -> None:
    rows = said(
        ("OpenAI", "revenue", _Y, 13_000),
        ("OpenAI", "run-rate revenue", ("2025-12-31", "2025-12-31"), 20_000),
        ("OpenAI", "monthly revenue", ("2026-03-01", "2026-03-31"), 2_000),
        ("Anthropic", "run-rate revenue", _Y, 47_000),
    )
    found = told(rows)
    assert found["incentives.lab_revenue.openai"].value == pytest.approx(13)
    assert found["incentives.lab_revenue.anthropic"].value is None
    # a month's two billion are 24 a year, said later than the 20
    assert found["incentives.lab_run_rate.openai"].value == pytest.approx(24)
    assert found["incentives.lab_loss_per_revenue.openai"].value is None
    assert "not revenue" in found["incentives.lab_run_rate.openai"].definition


def test_half_a_year_is_not_a_year() -> None:
    rows = said(("OpenAI", "revenue", ("2025-01-01", "2025-06-30"), 4_300))
    assert told(rows)["incentives.lab_revenue.openai"].value is None


def test_a_loss_is_compared_with_the_revenue_of_its_own_period_and_currency() -> None:
    rows = said(
        ("MiniMax", "revenue", _Y, 50),
        ("MiniMax", "net loss", _Y, 1_000),
        ("MiniMax", "adjusted net loss", _Y, 150),
        ("MiniMax", "net loss", ("2024-01-01", "2024-12-31"), 400),
        ("MiniMax", "revenue", ("2026-01-01", "2026-03-31"), 20),
        ("MiniMax", "net loss", ("2026-01-01", "2026-03-31"), 50),
    )
    found = told(rows)
    id = "incentives.lab_loss_per_revenue.minimax"
    # 1000 / 50, within 50 / 20 of the later quarter and itself; 2024 has no revenue
    assert (found[id].value, found[id].low, found[id].high) == (20.0, 2.5, 20.0)
    assert found[f"{id}.before_revaluations"].value == pytest.approx(3.0)
    other = rows.assign(currency=rows["currency"].where(rows["measure"] == "revenue", "CNY"))
    assert told(other)[id].value is None


def test_scaling_the_currency_leaves_ratios_and_moves_sums(table: pd.DataFrame) -> None:
    dearer = table.assign(per_usd=table["per_usd"] * 2)
    first, then = labs.annual_losses(table), labs.annual_losses(dearer)
    pd.testing.assert_series_equal(first["ratio"], then["ratio"])
    earned = [labs.annual_revenue(t)["usd"]["Z.ai"] for t in (table, dearer)]
    assert earned[0] == pytest.approx(2 * earned[1])


def test_an_operating_loss_goes_before_a_net_one_which_goes_before_none() -> None:
    rows = said(
        ("xAI", "revenue", _Y, 10), ("xAI", "net loss", _Y, 50), ("xAI", "operating loss", _Y, 20)
    )
    assert told(rows)["incentives.lab_loss_per_revenue.xai"].value == pytest.approx(2)
    assert told(rows)["incentives.lab_loss_per_revenue.xai.net"].value == pytest.approx(5)


def test_a_value_over_revenue_has_the_run_rate_for_its_lower_bound() -> None:
    rows = said(
        ("Anthropic", "revenue", _Y, 5_000),
        ("Anthropic", "run-rate revenue", ("2026-05-01", "2026-05-31"), 50_000),
        ("Anthropic", "valuation", ("2026-02-12", "2026-02-12"), 400_000),
        ("Anthropic", "valuation", ("2026-05-28", "2026-05-28"), 1_000_000),
    )
    found = told(rows)
    multiple, value = (found[f"incentives.lab_{x}.anthropic"] for x in ("multiple", "valuation"))
    assert multiple.value == pytest.approx(200)
    assert multiple.low == pytest.approx(20)
    assert (value.value, value.low, value.high) == (1000.0, 400.0, 1000.0)


def test_a_range_is_given_by_its_middle_and_its_ends() -> None:
    rows = said(("DeepSeek", "planned valuation", ("2026-06-01", "2026-06-30"), 52_000))
    found = told(rows.assign(value_high=59_000.0))["incentives.lab_valuation.deepseek"]
    assert (found.value, found.low, found.high) == (55.5, 52.0, 59.0)


@pytest.mark.parametrize("day", [date(2023, 1, 1), date(2025, 10, 31), date(2026, 1, 25)])
def test_ids_do_not_depend_on_the_day(now: dict[str, Number], day: date) -> None:
    early = store.load("lab_financials", day)
    assert list(told(early)) == list(now)
    assert len(labs.lab_table(early, COUNTRIES)) == early["lab"].nunique()


def test_the_published_ratios_computed_without_pandas(now: dict[str, Number]) -> None:
    with package.path("lab_financials").open(encoding="utf-8") as lines:
        rows = {
            (r["lab"], r["measure"], r["from"], r["to"]): float(r["value"])
            for r in csv.DictReader(lines)
        }
    for lab, slug, year, loss in (
        ("OpenAI", "openai", "2025", "operating loss"),
        ("Z.ai", "zhipu", "2024", "net loss"),
        ("MiniMax", "minimax", "2025", "net loss"),
    ):
        span = (f"{year}-01-01", f"{year}-12-31")
        ratio = rows[(lab, loss, *span)] / rows[(lab, "revenue", *span)]
        assert now[f"incentives.lab_loss_per_revenue.{slug}"].value == pytest.approx(ratio)


def test_the_listed_chinese_labs_lose_more_in_every_like_for_like_pairing(
    now: dict[str, Number],
) -> None:
    for variant in (".before_revaluations", ".net"):
        zhipu, minimax, openai = (
            now[f"incentives.lab_loss_per_revenue.{lab}{variant}"]
            for lab in ("zhipu", "minimax", "openai")
        )
        assert isinstance(openai.high, float)
        assert isinstance(zhipu.low, float)
        assert zhipu.low > openai.high
        assert isinstance(minimax.low, float)
        assert minimax.low > openai.high


def test_the_table_is_consistent(table: pd.DataFrame) -> None:
    assert set(table["lab"]) == set(labs.LABS)
    assert (table["from"] <= table["to"]).all()
    over = ~table["measure"].str.contains("forecast|planned")
    soon = table["observed"] >= table["to"] - pd.Timedelta(days=31)
    assert soon[over].all()  # what is over was not told long before its end
    assert (
        table.loc[~over & table["measure"].str.startswith("forecast"), "kind"].eq("forecast").all()
    )
    assert table.loc[table["unit"] != "percent", "per_usd"].notna().all()
    month = table["date_precision"] == "month"
    assert table.loc[month, "observed"].dt.is_month_end.all()


def test_the_rate_of_a_year_agrees_with_that_of_another_central_bank(table: pd.DataFrame) -> None:
    rates = store.load("exchange_rates")
    quarters = rates[rates["quarter"].str.startswith("2024") & (rates["basis"] == "average")]
    used = table[(table["currency"] == "CNY") & (table["period"] == "2024")]["per_usd"]
    assert used.nunique() == 1
    assert used.iloc[0] == pytest.approx(quarters["per_usd"].mean(), rel=1e-3)
