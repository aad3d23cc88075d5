from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
import specimen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openrace import package, schema, store
from openrace.errors import Refusal

START = date(2026, 1, 1)


def write_days(data: Path, offsets: list[int]) -> None:
    rows = [f"{START + timedelta(days=d)},a/one,Other,{d}" for d in offsets]
    (data / "counts.csv").write_text("\n".join(["date,model_id,bloc,downloads", *rows]) + "\n")


def test_as_of_keeps_what_had_been_observed_by_then_the_day_included(data: Path) -> None:
    assert store.load("counts", date(2026, 1, 1))["downloads"].tolist() == [10]
    assert store.load("counts", date(2026, 1, 2))["downloads"].tolist() == [10, 12]
    assert store.load("counts", date(2025, 12, 31)).empty


def test_without_as_of_every_row_is_there(data: Path) -> None:
    assert store.load("counts")["downloads"].tolist() == [10, 12]


def test_a_reference_table_is_whole_on_any_day(data: Path) -> None:
    specimen.add_makers(data)
    assert len(store.load("countries", date(1970, 1, 1))) == 2
    assert store.days("countries") == []


def test_days_are_told_once_and_oldest_first(data: Path) -> None:
    write_days(data, [3, 0, 7])
    rows = (data / "counts.csv").read_text() + "2026-01-01,b/two,Other,1\n"
    (data / "counts.csv").write_text(rows)
    assert store.days("counts") == [date(2026, 1, d) for d in (1, 4, 8)]


def test_a_broken_day_is_refused_by_row_even_when_only_days_are_asked(data: Path) -> None:
    (data / "counts.csv").write_text(specimen.COUNTS.replace("2026-01-02", "2026-13-02"))
    with pytest.raises(Refusal, match=r"data/counts.csv, row 3: date is “2026-13-02”"):
        store.days("counts")


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    offsets=st.lists(st.integers(0, 60), unique=True, min_size=1),
    at=st.integers(-5, 65),
    later=st.lists(st.integers(66, 99), unique=True, min_size=1),
)
def test_a_later_row_never_changes_what_was_known_earlier(
    data: Path, offsets: list[int], at: int, later: list[int]
) -> None:
    day = START + timedelta(days=at)
    write_days(data, offsets)
    known = store.load("counts", day)
    write_days(data, [*later, *offsets])
    assert store.load("counts", day).equals(known)
    assert known["downloads"].tolist() == [d for d in offsets if d <= at]


# What was found good is kept


def kept(data: Path) -> list[Path]:
    return sorted((data.parent / "_build" / "tables").glob("*"))


def test_a_good_table_is_kept_typed_and_read_from_there(data: Path) -> None:
    first = store.load("counts")
    (copy,) = kept(data)
    first.assign(downloads=[1, 2]).to_parquet(copy)  # to see who reads it
    assert store.load("counts")["downloads"].tolist() == [1, 2]
    copy.write_bytes(b"no table")
    assert store.load("counts").equals(first)
    assert kept(data) == [copy]


def test_another_content_is_checked_again_and_replaces_what_was_kept(data: Path) -> None:
    store.load("counts")
    (old,) = kept(data)
    write_days(data, [0, 1, 2])
    assert len(store.load("counts")) == 3
    assert old not in kept(data)
    assert len(kept(data)) == 1
    (data / "counts.csv").write_text(specimen.COUNTS.replace("China,12", "China,-12"))
    for _ in range(2):
        with pytest.raises(Refusal, match="row 3: downloads is “-12”"):
            store.load("counts")


def test_other_rules_or_another_table_referred_to_are_checked_again(data: Path) -> None:
    specimen.add_makers(data)
    store.load("makers"), store.load("counts")
    (data / "countries.csv").write_text("country,name\nCN,China\n")
    with pytest.raises(Refusal, match="country is “US”"):
        store.load("makers")
    described = (data / "datapackage.json").read_text()
    (data / "datapackage.json").write_text(described.replace('"minimum": 0', '"minimum": 11'))
    with pytest.raises(Refusal, match="row 2: downloads is “10”, but must be at least 11"):
        store.load("counts")


def test_a_place_where_nothing_can_be_kept_costs_time_only(data: Path) -> None:
    (data.parent / "_build").write_text("a file where a folder should be")
    assert store.load("counts")["downloads"].tolist() == [10, 12]
    assert store.days("counts") == [date(2026, 1, 1), date(2026, 1, 2)]


@pytest.mark.parametrize("name", package.names())
def test_every_real_table_is_kept_as_it_was_read(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").symlink_to(package.folder())
    monkeypatch.setenv("OPENRACE_DATA", str(tmp_path / "data"))
    store.whole(name)
    pd.testing.assert_frame_equal(store.whole(name), schema.read(name))
    assert len(kept(tmp_path / "data")) == 1
