"""Prices at equal score: matches and lines worked by hand, and what must not change a ratio."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openrace import capability, store
from openrace.measures.costs import crosswalk, matched, matched_numbers
from openrace.measures.costs.matched_figure import matched_figure
from openrace.measures.costs.matched_over_time import (
    last_open_score,
    series,
    without_deepseek,
)
from openrace.numbers import Number

DATA = Path(__file__).parents[3] / "data"


def sold(*rows: tuple[str, str, float, float]) -> pd.DataFrame:
    """Make priced models of name, side, score and price."""
    table = pd.DataFrame(list(rows), columns=["model", "side", "score", "price"])
    table["released"] = pd.Timestamp("2025-01-01")
    return table.astype({"score": float, "price": float}).assign(lab="L")


TOY = sold(
    ("C", "cn_open", 140, 1.0),
    ("near low", "us_closed", 139, 2.0),
    ("near high", "us_closed", 141.5, 8.0),
    ("too far", "us_closed", 141.6, 0.5),
    ("best", "us_closed", 150, 30.0),
    ("open", "us_open", 140, 0.25),
)


def test_a_match_worked_by_hand() -> None:
    row = matched.ratios(TOY).iloc[0]
    assert row["matches"] == 2
    assert row["ratio"] == pytest.approx(4.0)  # the middle of 2 and 8, in logs
    assert (row["cheapest_us"], row["cheapest_ratio"]) == ("too far", 0.5)
    assert (row["cheapest_any_us"], row["cheapest_any_ratio"]) == ("open", 0.25)


def test_without_a_match_or_a_better_model_there_is_no_ratio() -> None:
    row = matched.ratios(sold(("C", "cn_open", 160, 1.0), ("U", "us_closed", 150, 1.0))).iloc[0]
    assert row["matches"] == 0
    assert math.isnan(row["ratio"])
    assert math.isnan(row["cheapest_ratio"])
    assert matched.ratios(sold(("C", "cn_open", 160, 1.0)))["ratio"].isna().all()


@given(st.floats(0.01, 100))
@settings(max_examples=25, deadline=None)
def test_scaling_all_prices_leaves_every_ratio(factor: float) -> None:
    scaled = TOY.assign(price=TOY["price"] * factor)
    columns = ["ratio", "cheapest_ratio", "cheapest_any_ratio"]
    one, other = (matched.ratios(t)[columns].to_numpy(float) for t in (TOY, scaled))
    np.testing.assert_allclose(one, other)


def planted(ratio: float) -> pd.DataFrame:
    """Lie exactly on log price = 0.1 score + const, the Chinese ones lower by a ratio."""
    us = [(f"U{s}", "us_closed", s, math.exp(0.1 * (s - 140))) for s in (132, 138, 145, 151)]
    cn = [(f"C{s}", "cn_open", s, math.exp(0.1 * (s - 140)) / ratio) for s in (134, 140, 147)]
    return sold(*us, *cn)


@given(st.floats(0.2, 20), st.floats(0.1, 10))
@settings(max_examples=25, deadline=None)
def test_the_regression_returns_the_planted_ratio(ratio: float, factor: float) -> None:
    table = planted(ratio)
    line = matched.regression(table.assign(price=table["price"] * factor))
    assert line is not None
    assert line.ratio == pytest.approx(ratio)
    assert line.beta[1] == pytest.approx(0.1)
    assert line.low <= line.ratio * (1 + 1e-9)
    points = matched.line_points(line, np.array([140.0]))
    assert points["price"].item() == pytest.approx(factor)


def test_hc3_as_written_in_its_definition() -> None:
    noise = np.array([0.3, -0.2, 0.5, -0.4, 0.1, -0.6, 0.2])
    table = planted(4.0)
    table["price"] *= np.exp(noise)
    line = matched.regression(table)
    assert line is not None
    step = (table["side"] == "cn_open").to_numpy(float)
    design = np.column_stack([np.ones(7), table["score"], step])
    hat = design @ np.linalg.pinv(design)
    logs = np.log(table["price"].to_numpy())
    residual = logs - hat @ logs
    middle = np.diag((residual / (1 - np.diag(hat))) ** 2)
    cov = np.linalg.pinv(design) @ middle @ np.linalg.pinv(design).T
    half = 2.776 * math.sqrt(cov[2, 2])  # Student, four degrees of freedom
    assert math.log(line.high / line.ratio) == pytest.approx(half, rel=0.02)


def test_too_few_models_give_no_line_and_no_draws() -> None:
    assert matched.regression(TOY) is None
    assert matched.interval(matched.median_draws(TOY.iloc[:1])) == (None, None)


def test_the_interval_closes_when_nothing_differs() -> None:
    same = sold(*[(f"C{i}", "cn_open", 140, 1.0) for i in range(4)])
    us = sold(*[(f"U{i}", "us_closed", 140, 3.0) for i in range(4)])
    draws = matched.median_draws(pd.concat([same, us], ignore_index=True), 0.0, draws=50)
    assert matched.interval(draws) == pytest.approx((3.0, 3.0))


def test_draws_are_the_same_again_and_noise_widens_them() -> None:
    one, again, wild = (matched.median_draws(planted(4.0), n, draws=200) for n in (1, 1, 6))
    assert (one == again).all()
    assert np.log(wild).std() > np.log(one).std() * 0.8
    assert len(wild) <= 200


# On the book's tables

NAMES = ("list_prices", "official_prices", "model_names", "price_hosts", "corrections")


@pytest.fixture(scope="module")
def histories() -> dict[str, pd.DataFrame]:
    return crosswalk.histories(*(store.load(name, None) for name in NAMES))


@pytest.fixture(scope="module")
def copies() -> tuple[pd.DataFrame, pd.DataFrame, pd.Timestamp]:
    index = store.load("capability_index", None)
    read = capability.copies(index, store.load("corrections", None), store.load("countries", None))
    return (*read, pd.Timestamp(index["date"].max()))


@pytest.fixture(scope="module")
def told(
    histories: dict[str, pd.DataFrame], copies: tuple[pd.DataFrame, pd.DataFrame, pd.Timestamp]
) -> dict[str, Number]:
    latest, earlier, day = copies
    aa = store.load("aa_price_ratios", None)
    return {n.id: n for n in matched_numbers.numbers(histories, latest, day, earlier, aa)}


def test_the_required_numbers_are_there_in_order_of_their_ends(told: dict[str, Number]) -> None:
    for base in ("costs.matched_ratio.median", "costs.matched_ratio.regression"):
        middle = told[base]
        assert (told[f"{base}.lo"].value, told[f"{base}.hi"].value) == (middle.low, middle.high)
        assert middle.low < middle.value < middle.high
    for id in ("without_deepseek", "by_source", "host", "other_copy"):
        assert told[f"costs.matched_ratio.median.{id}"].value is not None
    count, cheaper = told["costs.matched_ratio.models"], told["costs.cheapest_equal.cheaper"]
    assert told["costs.cheapest_equal.share_cheaper"].value == cheaper.value / count.value


def test_the_cheapest_of_any_kind_is_never_dearer(told: dict[str, Number]) -> None:
    for variant in ("", ".host", ".without_deepseek"):
        any_us = told[f"costs.cheapest_equal.any_us{variant}"].value
        assert any_us <= told[f"costs.cheapest_equal{variant}"].value


def test_one_ratio_recomputed_from_the_files(
    histories: dict[str, pd.DataFrame], copies: tuple[pd.DataFrame, pd.DataFrame, pd.Timestamp]
) -> None:
    """DeepSeek-V3.2: closed US scores within 1.5, their makers' prices, by plain csv."""
    with (DATA / "capability_index.csv").open(encoding="utf-8") as file:
        index = {r["model"]: r for r in csv.DictReader(file) if r["date"] == "2026-04-30"}
    score = float(index["DeepSeek-V3.2"]["score"])
    near = {m for m, r in index.items() if r["score"] and abs(float(r["score"]) - score) <= 1.5}
    latest, _, day = copies
    table = matched.priced(crosswalk.offers(histories["all"], latest, day))
    us = table[(table["side"] == "us_closed") & table["model"].isin(near)]
    assert {"Grok 4 Fast", "o4-mini", "GPT-5 mini"} <= set(us["model"])
    with (DATA / "official_prices.csv").open(encoding="utf-8") as file:
        own = [r for r in csv.DictReader(file) if r["model"] == "DeepSeek-V3.2"]
    own = [r for r in own if r["date"] <= "2026-04-30"]
    price = (3 * float(own[-1]["input"]) + float(own[-1]["output"])) / 4
    logs = median(math.log(p) for p in us["price"])
    ratio = matched.ratios(table).set_index("model").loc["DeepSeek-V3.2", "ratio"]
    assert ratio == pytest.approx(math.exp(logs) / price)


def test_a_second_name_at_the_same_price_changes_nothing(
    histories: dict[str, pd.DataFrame], copies: tuple[pd.DataFrame, pd.DataFrame, pd.Timestamp]
) -> None:
    latest, _, day = copies
    history = histories["models.dev"]
    effort = history[history["model"] == "GPT-5"].assign(listed_as="gpt-5_high")
    doubled = pd.concat([history, effort], ignore_index=True).sort_values("date", kind="stable")
    one, two = (crosswalk.offers(h, latest, day) for h in (history, doubled))
    pd.testing.assert_frame_equal(
        matched.ratios(matched.priced(one)), matched.ratios(matched.priced(two))
    )


def test_the_series_ends_where_open_scores_end_and_each_list_where_it_ends(
    histories: dict[str, pd.DataFrame], copies: tuple[pd.DataFrame, pd.DataFrame, pd.Timestamp]
) -> None:
    latest, _, day = copies
    table = series(histories, latest, day)
    end = last_open_score(latest, day)
    assert end == pd.Timestamp("2026-02-11")
    assert table["date"].max() == end
    last = table.groupby("source")["date"].max()
    assert last["tokencost"] <= pd.Timestamp("2025-08-28")
    assert table["models"].min() >= 3


def test_leaving_deepseek_out_keeps_its_rivals() -> None:
    table = TOY.assign(lab=["DeepSeek", "DeepSeek", *["L"] * 4])
    assert list(without_deepseek(table)["model"]) == list(TOY["model"])[1:]


def test_of_the_other_index_only_aggregates_are_kept() -> None:
    with (DATA / "aa_price_ratios.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert min(int(r["models"]) for r in rows) >= 5
    assert {r["scale"] for r in rows} == {"first", "second"}
    assert not [r for r in rows if "2026-06-09" <= r["date"] < "2026-06-19"]


def test_ids_do_not_depend_on_what_was_observed(
    told: dict[str, Number], histories: dict[str, pd.DataFrame]
) -> None:
    none = {name: history.iloc[:0] for name, history in histories.items()}
    index = store.load("capability_index", None).iloc[:0]
    models, earlier = capability.copies(
        index, store.load("corrections", None), store.load("countries", None)
    )
    day, aa = pd.Timestamp(index["date"].max()), store.load("aa_price_ratios", None).iloc[:0]
    found = matched_numbers.numbers(none, models, day, earlier, aa)
    assert {n.id for n in found} == set(told)
    assert {n.value for n in found} == {None}
    assert matched_figure(none, models, day, aa).empty


def test_what_is_matched_on_scores_is_dated_by_them_and_not_by_later_prices(
    told: dict[str, Number],
) -> None:
    assert told["costs.matched_ratio.median"].until == "2026-04-30"
    assert told["costs.matched_ratio.aa"].until is None  # it has scores of its own
