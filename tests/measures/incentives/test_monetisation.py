"""Steps towards earning: lanes, vague days, counts, and agreement with the other list."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from openrace import store
from openrace.measures.incentives import timeline as steps
from openrace.numbers import Number

COUNTRIES = pd.DataFrame({"country": ["US", "CN"], "bloc": ["United States", "China"]})


def events(*rows: tuple[str, str, str, str, str]) -> pd.DataFrame:
    """Return steps from first day, last day, label, kind and country."""
    table = pd.DataFrame(rows, columns=["date", "until", "label", "kind", "country"])
    table = table.assign(actor="Lab", event="So it was.", url="https://a", confidence="high")
    return table.assign(**{c: pd.to_datetime(table[c]) for c in ("date", "until")})


STEPS = events(
    ("2026-01-16", "2026-01-16", "Ads", "advertising", "US"),
    ("2026-01-01", "2026-01-31", "Round", "funding", "CN"),
    ("2026-03-23", "2026-03-31", "Result", "advertising", "US"),
)


def money(*rows: tuple[str, str, float]) -> pd.DataFrame:
    """Return OpenAI's statements from measure, last day and value in millions of dollars."""
    table = pd.DataFrame(rows, columns=["measure", "to", "value"])
    table = table.assign(lab="OpenAI", unit="million", per_usd=1.0, value_high=float("nan"))
    return table.assign(to=pd.to_datetime(table["to"]), observed=pd.to_datetime(table["to"]))


def told(table: pd.DataFrame, sums: pd.DataFrame) -> dict[str, Number]:
    return {n.id: n for n in steps.numbers(table, sums)}


def test_steps_are_in_the_order_of_their_days_and_say_how_well_these_are_known() -> None:
    table = steps.timeline(STEPS, COUNTRIES)
    assert table["name"].tolist() == ["Ads", "Round", "Result"]
    assert table["precision"].tolist() == ["day", "month", "span"]
    assert table["place"].tolist() == [0, 1, 2]
    assert table["bloc"].tolist() == ["United States", "China", "United States"]


def test_advertising_is_set_against_a_run_rate_not_against_revenue() -> None:
    sums = money(
        ("advertising run rate", "2026-03-31", 100),
        ("monthly revenue", "2026-03-31", 2_000),
        ("revenue", "2025-12-31", 13_000),
        ("forecast advertising revenue", "2030-12-31", 100_000),
        ("forecast advertising revenue", "2026-12-31", 2_500),
    )
    found = told(STEPS, sums)
    assert found["incentives.ads.annualised"].value == pytest.approx(0.1)
    assert found["incentives.ads.of_run_rate"].value == pytest.approx(100 / 24_000)
    assert found["incentives.ads.announced"].value == "2026-01-16"
    assert found["incentives.ads.forecast"].value == pytest.approx(2.5)
    assert found["incentives.ads.forecast_2030"].value == pytest.approx(100)
    counts = [found[f"incentives.events.{x}"].value for x in ("total", "us", "cn", "advertising")]
    assert counts == [3, 2, 1, 2]


@pytest.mark.parametrize("day", [date(2025, 1, 1), date(2026, 1, 17)])
def test_ids_do_not_depend_on_the_day(day: date) -> None:
    early = [store.load(name, day) for name in ("monetisation_events", "lab_financials")]
    late = [store.load(name) for name in ("monetisation_events", "lab_financials")]
    assert list(told(*early)) == list(told(*late))
    assert len(steps.timeline(early[0], COUNTRIES)) == len(early[0])


def test_what_stands_in_both_lists_has_the_same_days() -> None:
    both = store.load("monetisation_events").merge(
        store.load("policy_events"), on="label", suffixes=("", "_policy")
    )
    assert len(both) == 8
    assert (both["date"] == both["date_policy"]).all()
    assert (both["until"] == both["until_policy"]).all()


def test_every_kind_has_its_lane() -> None:
    assert set(store.load("monetisation_events")["kind"]) == set(steps.KINDS)
