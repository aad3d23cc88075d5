"""Who sells Chinese open models: classes of hosts, medians, and the range of unknown owners."""

from __future__ import annotations

import csv

import pandas as pd
import pytest

from openrace import package, store
from openrace.measures.adoption import hosting
from openrace.numbers import NOT_OBSERVED, Number


def counts(*models: int, shares: tuple[float | None, ...] = (0.1, 0.9)) -> pd.DataFrame:
    """Return the classes “none” and “one or two” of Chinese open models, hosts by owner."""
    table = pd.DataFrame({"least": [0, 1], "most": [0, 2], "models": models, "share": shares})
    day = pd.Timestamp("2026-08-08")
    return table.assign(kind="cn_open", rule="owner", home="US", median=1.0, date=day)


@pytest.fixture(scope="module")
def tables() -> list[pd.DataFrame]:
    return [store.load("host_prices"), store.load("host_counts")]


@pytest.fixture(scope="module")
def told(tables: list[pd.DataFrame]) -> dict[str, Number]:
    return {n.id: n for n in hosting.numbers(*tables)}


def test_shares_are_of_the_kind() -> None:
    assert list(hosting.classes(counts(1, 3))["share"]) == [0.25, 0.75]
    assert list(hosting.classes(counts(1, 3))["tokens"]) == [0.1, 0.9]


def test_at_least_adds_the_classes_above() -> None:
    of = hosting.classes(counts(1, 3))
    assert hosting.at_least(of, "cn_open", 1) == pytest.approx((0.75, 0.9))
    assert hosting.at_least(of, "cn_open", 0) == (1.0, 1.0)


def test_a_class_too_small_to_tell_leaves_the_tokens_unknown() -> None:
    models, tokens = hosting.at_least(
        hosting.classes(counts(1, 3, shares=(None, 0.9))), "cn_open", 1
    )
    assert models == 0.75
    assert pd.isna(tokens)


def test_an_empty_class_takes_nothing_away() -> None:
    of = hosting.classes(counts(0, 3, shares=(None, 1.0)))
    assert hosting.at_least(of, "cn_open", 1) == (1.0, 1.0)


def test_models_with_a_us_host_are_those_of_the_file(told: dict[str, Number]) -> None:
    with package.path("host_counts").open(newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["kind"] == "cn_open" and r["rule"] == "owner"]
    us = {int(r["least"]): int(r["models"]) for r in rows if r["home"] == "US"}
    found = told["adoption.hosts.with_us_host"]
    assert told["adoption.hosts.models"].value == sum(us.values())
    assert found.value == pytest.approx(1 - us[0] / sum(us.values()))
    assert found.interval == "67 to 85\u00a0%"


def test_the_widely_hosted_are_not_the_rule(told: dict[str, Number]) -> None:
    assert told["adoption.hosts.median_us"].interval == "1 to 2"
    assert told["adoption.hosts.median_us.widest"].interval == "7 to 10"


def test_hosts_of_the_compared_models_agree_with_their_median(
    tables: list[pd.DataFrame], told: dict[str, Number]
) -> None:
    models = hosting.by_model(tables[0])
    us = models[models["home"] == "US"]["hosts"]
    assert us.median() == told["adoption.hosts.median_us.widest"].value
    assert len(us) == told["adoption.hosts.models.widest"].value


def test_without_tables_the_same_numbers_are_not_observed(
    tables: list[pd.DataFrame], told: dict[str, Number]
) -> None:
    none = [t.head(0) for t in tables]
    found = hosting.numbers(*none)
    assert [n.id for n in found] == list(told)
    assert {n.text for n in found} == {NOT_OBSERVED}
    assert hosting.hosting(*none).empty
