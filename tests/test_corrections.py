"""Corrections reach exactly the rows they name, and are refused when they have become stale."""

from __future__ import annotations

import pandas as pd
import pytest

from openrace import store
from openrace.corrections import corrected
from openrace.errors import Refusal

MODELS = pd.DataFrame(
    {
        "version": ["a-1", "a-2", "b"],
        "model": ["A", "A", "B"],
        "released": pd.to_datetime(["2024-09-05", "2025-01-01", None]),
        "score": [136.6737, 140.0, None],
        "access": pd.array([None, "open", None], dtype="str"),
    }
)


def mended(*rows: tuple[str, ...]) -> pd.DataFrame:
    columns = ["table", "key_field", "key", "field", "was", "becomes", "reason"]
    table = pd.DataFrame([("models", *row, "because") for row in rows], columns=columns)
    return corrected(MODELS, table.replace("", None).astype("str"), "models")


def test_a_date_a_number_and_a_word_are_mended_and_nothing_else_is() -> None:
    now = mended(
        ("version", "a-1", "released", "2024-09-05", "2025-09-05"),
        ("version", "a-1", "score", "136.6737", ""),
        ("model", "A", "access", "", "closed"),
    )
    assert now["released"][0] == pd.Timestamp("2025-09-05")
    assert pd.isna(now["score"][0])
    assert now["access"].tolist()[:2] == ["closed", "open"]  # only the empty one of model A
    pd.testing.assert_frame_equal(now.loc[2:], MODELS.loc[2:])
    assert (now.dtypes == MODELS.dtypes).all()


def test_a_correction_may_build_on_an_earlier_one() -> None:
    now = mended(
        ("version", "a-1", "model", "A", "A (first)"),
        ("model", "A (first)", "released", "2024-09-05", "2024-09-06"),
    )
    assert now["released"][0] == pd.Timestamp("2024-09-06")


def test_a_correction_that_the_source_has_made_itself_is_refused() -> None:
    with pytest.raises(Refusal, match="the source does not say “2020-01-01” there"):
        mended(("version", "a-1", "released", "2020-01-01", "2025-09-05"))


def test_a_row_that_is_not_there_yet_is_left_alone() -> None:
    pd.testing.assert_frame_equal(mended(("version", "c", "access", "", "open")), MODELS)


def test_every_correction_of_the_book_changes_something() -> None:
    corrections = store.load("corrections")
    for at, row in corrections.iterrows():
        table = store.load(row["table"])
        before = corrected(table, corrections.loc[: at - 1], row["table"])
        after = corrected(table, corrections.loc[:at], row["table"])
        assert not before.equals(after), row.to_dict()
