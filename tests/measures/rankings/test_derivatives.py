"""What new models are built on: busy authors, old repositories, and one launch."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_hub import GEMMA, LLAMA, MISTRAL, NOBODY, QWEN, registry, uploads

from openrace.measures import rankings
from openrace.measures.rankings.derivatives import is_of_launch, launch_week

NEW = "2026-08-21"
NO_TRENDING = uploads([]).assign(rank=pd.Series(dtype="int64"))


def shares(
    rows: list[tuple[str, str, str | None, int]], unit: str, population: str = "new uploads"
):
    table = rankings.derivatives(uploads(rows), NO_TRENDING, registry())
    cell = table[(table["unit"] == unit) & (table["population"] == population)]
    return cell.groupby("family")["share"].sum().to_dict()


def test_an_author_of_hundreds_counts_once() -> None:
    rows = [(f"busy/m{i}", NEW, QWEN, 0) for i in range(8)] + [
        ("a/x", NEW, LLAMA, 0),
        ("b/y", NEW, LLAMA, 0),
    ]
    assert shares(rows, "repositories") == {"Qwen": 0.8, "Llama": 0.2}
    assert shares(rows, "authors") == pytest.approx({"Qwen": 1 / 3, "Llama": 2 / 3})


def test_an_author_is_split_over_what_he_built_on() -> None:
    rows = [("a/x", NEW, QWEN, 0), ("a/y", NEW, LLAMA, 0), ("b/z", NEW, GEMMA, 0)]
    assert shares(rows, "authors") == {"Qwen": 0.25, "Llama": 0.25, "Gemma": 0.5}


def test_an_unknown_base_stays_in_the_denominator_and_no_base_does_not() -> None:
    rows = [("a/x", NEW, QWEN, 0), ("b/y", NEW, NOBODY, 0), ("c/z", NEW, None, 0)]
    assert shares(rows, "repositories") == {"Qwen": 0.5, "unknown": 0.5}
    told = rankings.derivative_numbers(
        rankings.derivatives(uploads(rows), NO_TRENDING, registry()), uploads(rows)
    )
    values = {n.id: n.value for n in told}
    assert values["rankings.derivatives.declared_share"] == pytest.approx(2 / 3)
    assert values["rankings.derivatives.unknown.repos"] == 0.5


def test_an_old_repository_seen_again_is_not_new() -> None:
    rows = [("a/x", "2026-08-14", QWEN, 0), ("b/y", "2026-08-13", LLAMA, 0)]
    assert shares(rows, "repositories") == {"Qwen": 1.0}


def test_the_base_of_a_base_counts() -> None:
    rows = [("a/x", NEW, "b/mystery-tune", 0)]
    known = registry({"b/mystery-tune": QWEN})
    table = rankings.derivatives(uploads(rows), NO_TRENDING, known)
    assert set(table["family"]) == {"Qwen"}


@pytest.mark.parametrize(
    ("base", "is_launch"),
    [
        ("Qwen/Qwen3.8-27B", True),
        ("x/qwen3.8-27b-uncensored", True),
        ("Qwen/Qwen3-8B", False),
        ("Qwen/Qwen3.85-9B", False),
        ("x/NotQwen3.8-27B", False),
    ],
)
def test_qwen3_8_is_not_qwen3_of_8_billion(base: str, is_launch: bool) -> None:
    assert is_of_launch(pd.Series([base])).tolist() == [is_launch]


LAUNCH = "Qwen/Qwen3.8-27B"


def test_the_launch_week_is_where_the_derivatives_are_not_where_the_first_one_is() -> None:
    rows = [("early/x", "2026-08-14", LAUNCH, 0)]
    rows += [(f"a{i}/x", f"2026-08-{15 + i}", LAUNCH, 0) for i in range(7)]
    rows += [("late/x", "2026-08-22", LAUNCH, 0), ("late/y", "2026-08-22", LLAMA, 0)]
    # 14 to 20 August holds seven as well: the earlier of two equal weeks is taken.
    assert launch_week(uploads(rows)) == (pd.Timestamp("2026-08-14"), pd.Timestamp("2026-08-20"))
    again = [*rows, ("b/x", "2026-08-21", LAUNCH, 0)]
    assert launch_week(uploads(again)) == (pd.Timestamp("2026-08-15"), pd.Timestamp("2026-08-21"))


def test_without_the_launch_week_and_without_the_launched_model_are_two_questions() -> None:
    rows = [(f"a{i}/x", "2026-08-14", LAUNCH, 0) for i in range(4)]
    rows += [("b/x", "2026-08-15", QWEN, 0), ("c/x", "2026-08-15", LLAMA, 0)]
    rows += [("d/x", "2026-08-22", LAUNCH, 0), ("e/x", "2026-08-22", LLAMA, 0)]
    assert shares(rows, "repositories") == {"Qwen": 6 / 8, "Llama": 2 / 8}
    assert shares(rows, "repositories", "without the launch week") == {"Qwen": 0.5, "Llama": 0.5}
    assert shares(rows, "repositories", "without Qwen3.8") == pytest.approx(
        {"Qwen": 1 / 3, "Llama": 2 / 3}
    )


BASES = st.sampled_from([QWEN, LLAMA, GEMMA, MISTRAL, NOBODY, LAUNCH])


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.sampled_from("abc"), BASES), min_size=1, max_size=30), st.randoms())
def test_shares_sum_to_one_whatever_the_order_and_the_copies_of_rows(built, random) -> None:
    rows = [(f"{author}/m{i}", NEW, base, 0) for i, (author, base) in enumerate(built)]
    table = rankings.derivatives(uploads(rows), NO_TRENDING, registry())
    sums = table.groupby(["population", "unit"])["share"].sum()
    assert sums.to_numpy() == pytest.approx(1)
    copied = [*rows, *rows[:3]]
    random.shuffle(copied)
    again = rankings.derivatives(uploads(copied), NO_TRENDING, registry())
    pd.testing.assert_frame_equal(table, again)


def test_nothing_observed() -> None:
    table = rankings.derivatives(uploads([]), NO_TRENDING, registry())
    assert table.empty
    assert {"population", "unit", "family", "share"} <= set(table)
    assert launch_week(uploads([])) is None
    assert {n.value for n in rankings.derivative_numbers(table, uploads([]))} == {None}
