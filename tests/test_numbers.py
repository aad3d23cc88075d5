from __future__ import annotations

import json
import math
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openrace.numbers import NOT_OBSERVED, Number, written


def number(value: Any, unit: str, low: Any = None, high: Any = None) -> Number:
    return Number.of("specimen.number", value, unit, "what it is", ["counts"], low, high)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.614, "share", "61 %"),
        (0.0, "share", "0 %"),
        (1.0, "share", "100 %"),
        (0.004, "share", "0.4 %"),
        (0.995, "share", "99.5 %"),
        (0.123, "points", "12 points"),
        (-0.123, "points", "-12 points"),
        (-0.004, "points", "-0.4 points"),
        (-0.16968, "return", "\u221217.0 %"),
        (0.0119, "return", "1.2 %"),
        (-0.0001, "return", "0.0 %"),
        (0.0004, "p", "below 0.001"),
        (0.0081, "p", "0.008"),
        (0.144, "p", "0.14"),
        (2.06, "rate", "2.1"),
        (0.278, "ratio", "0.28"),
        ("2025-01-01", "month", "Jan 2025"),
        (3.0894, "index points", "3.1 points"),
        (-54.0, "Elo points", "\u221254 Elo points"),
        (-0.04, "index points", "0.0 points"),
        (4.917, "times", "4.9 times"),
        (17.3, "slots", "17.3"),
        (17.0, "slots", "17.0"),
        (12345, "count", "12,345"),
        (-12345, "downloads", "-12,345"),
        (999_949, "count", "999,949"),
        (3_449_000, "downloads", "3.4 million"),
        (-3_449_000, "downloads", "-3.4 million"),
        (1_200_000_000, "downloads", "1.2 billion"),
        (64_400_000_000_000, "count", "64.4 trillion"),
        (0, "models", "0"),
        (41, "models", "41"),
        (123.4, "days", "123"),
        (7, "authors", "7"),
        (8, "repositories", "8"),
        (0.55, "US$", "US$ 0.55"),
        (1234.5, "US$", "US$ 1,234.50"),
        (13.07, "US$ billion", "US$ 13.1 billion"),
        (852.0, "US$ billion", "US$ 852 billion"),
        (0.04336, "US$ billion", "US$ 43 million"),
        (0.0423, "US$", "US$ 0.042"),
        (0.0031, "US$", "US$ 0.0031"),
        (0, "US$", "US$ 0.00"),
        ("2025-01-27", "date", "27 Jan 2025"),
        ("Qwen2.5-0.5B", "text", "Qwen2.5-0.5B"),
    ],
)
def test_a_value_is_written_for_people(value: Any, unit: str, text: str) -> None:
    assert written(value, unit).replace("\u00a0", " ") == text
    assert number(value, unit).text.replace("\u00a0", " ") == text


def test_a_figure_and_its_unit_stay_on_one_line() -> None:
    for value, unit in ((0.5, "share"), (2, "times"), (2e6, "count"), ("2025-01-27", "date")):
        assert " " not in written(value, unit)


def test_nothing_is_written_as_minus_nought() -> None:
    assert written(-0.0, "share").startswith("0")
    assert written(-0.0004, "points").replace("\u00a0", " ") != "-0 points"


def test_an_unknown_unit_is_an_error() -> None:
    with pytest.raises(KeyError, match="furlongs"):
        number(1, "furlongs")


MISSING = [None, math.nan, np.nan, np.float32("nan"), pd.NA, pd.NaT, math.inf, -math.inf]


@pytest.mark.parametrize("value", MISSING, ids=repr)
@pytest.mark.parametrize("unit", ["share", "times", "count", "date", "text"])
def test_what_was_not_observed_says_so(value: Any, unit: str) -> None:
    told = number(value, unit)
    assert told.value is None
    assert told.text == str(told) == NOT_OBSERVED == "not observed"
    assert json.loads(json.dumps(told.record()))["value"] is None


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.int64(3), 3),
        (np.float64(0.5), 0.5),
        (np.float32(0.5), 0.5),
        (pd.Series([3], dtype="Int64").max(), 3),
        (pd.Series(["Qwen"], dtype="str").iloc[0], "Qwen"),
        (np.str_("Qwen"), "Qwen"),
        (pd.Timestamp("2026-01-02"), "2026-01-02"),
        (np.datetime64("2026-01-02"), "2026-01-02"),
        (pd.Series(pd.to_datetime(["2026-01-02"])).to_numpy()[0], "2026-01-02"),
        (np.datetime64("2026-01-02", "ns"), "2026-01-02"),
        (date(2026, 1, 2), "2026-01-02"),
    ],
    ids=lambda v: f"{type(v).__name__} {v}",
)
def test_the_scalars_of_numpy_and_pandas_become_plain(value: Any, plain: Any) -> None:
    unit = "text" if isinstance(plain, str) else "count"
    told = number(value, unit, value, value)
    assert [told.value, told.low, told.high] == [plain] * 3
    assert {type(v) for v in (told.value, told.low, told.high)} == {type(plain)}
    assert json.loads(json.dumps(told.record()))["value"] == plain


@pytest.mark.parametrize(
    ("low", "high", "unit", "text"),
    [
        (0.12, 0.14, "share", "12 to 14 %"),
        (12, 14.5, "slots", "12.0 to 14.5"),
        ("2025-03-05", "2025-04-02", "date", "5 Mar 2025 to 2 Apr 2025"),
        (1.5, 2, "times", "1.5 to 2.0 times"),
        (0.35, 1.2, "US$", "US$ 0.35 to US$ 1.20"),
        (0.0, 0.14, "share", "0 to 14 %"),
        (None, 0.14, "share", ""),
        (0.12, math.nan, "share", ""),
        (None, None, "share", ""),
    ],
)
def test_an_interval_is_written_once_with_its_unit(
    low: Any, high: Any, unit: str, text: str
) -> None:
    assert number(None, unit, low, high).interval.replace("\u00a0", " ") == text


def test_a_record_is_plain_json_with_bounds_only_where_there_are_some() -> None:
    bare = number(np.float64(0.5), "share").record()
    assert bare == {
        "id": "specimen.number",
        "value": 0.5,
        "unit": "share",
        "text": "50\u00a0%",
        "definition": "what it is",
        "tables": ["counts"],
    }
    assert json.loads(json.dumps(bare)) == bare
    bounded = number(0.5, "share", 0.0, 0.6).record()
    assert (bounded["low"], bounded["high"]) == (0.0, 0.6)


@given(st.one_of(st.floats(), st.integers(-(2**53), 2**53)))
def test_any_number_makes_strict_json(value: float) -> None:
    for unit in ("share", "points", "times", "slots", "count"):
        record = number(value, unit, value, value).record()
        assert json.loads(json.dumps(record, allow_nan=False)) == record
