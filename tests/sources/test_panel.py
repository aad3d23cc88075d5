"""The downloads panel: which days are used, what is summed, and what is refused."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from upstream import Upstream, visit

from openrace import store
from openrace.errors import Refusal
from openrace.sources import panel
from openrace.sources.source import Found

FILE = "all_downloads.parquet"
NAMES = [
    *(f"Qwen/Qwen9-{i}B" for i in range(4)),
    *(f"unsloth/Qwen9-{i}B-GGUF" for i in range(3)),
    "deepseek-ai/DeepSeek-V9",
    "deepseek-ai/DeepSeek-V8",
    "mistralai/M-1",
    "black-forest-labs/F-1",
    "CohereLabs/C-1",
    *(f"somebody-unknown/thing-{i}" for i in range(20)),
]
KNOWN = {name: store.load(name) for name in ("labs", "families", "countries", "panel_increments")}
SEEN = pd.DataFrame(columns=["date", "model_id", "base_model"])
WEEKS = pd.date_range("2025-08-27", periods=7, freq="7D")


def table(days: pd.DatetimeIndex = WEEKS) -> pd.DataFrame:
    """Model k of the names gains k + 1 a day, from 1,000 on the first day."""
    first = WEEKS[0]
    rows = [
        {
            "_id": f"id{k}",
            "model": name,
            "author": name.split("/")[0],
            "time": f"{day:%Y-%m-%d}",
            "downloadsAllTime": 1000 + (k + 1) * (day - first).days,
            "merged_derived_from": ["Qwen/Qwen9-1B"] if "GGUF" in name else ["No"],
        }
        for day in days
        for k, name in enumerate(NAMES)
    ]
    return pd.DataFrame(rows)


def body(rows: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    rows.to_parquet(file)
    return file.getvalue()


def ask(sent: Any, *files: str, **tables: pd.DataFrame) -> Found:
    known = KNOWN | {"trending_top1000_daily": SEEN, "hub_uploads": SEEN} | tables
    listed = [{"type": "file", "path": f, "size": 1, "oid": "0"} for f in files or (FILE, "R.md")]
    with Upstream() as up:
        up.answer(f"/api/datasets/{panel.DATASET}/tree/main", listed)
        up.file(panel.DATASET, FILE, sent)
        return panel.SOURCE.ask(visit(up, date(2026, 9, 1), **known))


def made(rows: pd.DataFrame, **tables: pd.DataFrame) -> pd.DataFrame:
    return ask(body(rows), **tables).rows["panel_increments"]


def test_growth_is_summed_by_country_and_lab_on_both_attributions() -> None:
    found = ask(body(table()))
    rows, known = found.rows["panel_increments"], store.load("panel_increments")
    assert list(rows) == list(known)
    assert (
        rows.dtypes.map(lambda kind: kind.kind).eq(known.dtypes.map(lambda kind: kind.kind)).all()
    )
    assert set(rows["observed"]) == {pd.Timestamp("2026-09-01")}
    first = rows[rows["end"] == WEEKS[1]].set_index(["attribution", "country", "lab"])
    assert set(first["days"]) == {7}
    counted = first[["models", "downloads", "falling_models"]]
    assert counted.loc[("publisher", "CN", "Alibaba")].tolist() == [4, 7 * (1 + 2 + 3 + 4), 0]
    assert counted.loc[("lineage", "CN", "Alibaba")].tolist() == [7, 7 * sum(range(1, 8)), 0]
    assert counted.loc[("publisher", "US", "Unsloth")].tolist() == [3, 7 * (5 + 6 + 7), 0]
    assert counted.loc[("publisher", "CN", "(other labs)")].tolist() == [2, 7 * (8 + 9), 0]
    assert counted.loc[("publisher", "XE", "(other labs)")].tolist() == [2, 7 * (10 + 11), 0]
    assert counted.loc[("publisher", "unknown", "(unknown)"), "models"] == 20


def test_no_row_is_a_single_models_series() -> None:
    found = ask(body(table()))
    assert found.rows["panel_increments"]["models"].min() == 2
    assert found.rejected == 2 * (len(WEEKS) - 2)  # Cohere's, in both attributions
    assert "10 groups of the panel hold a single model and are left out." in found.notes


def test_the_newest_day_waits_until_the_next_is_there() -> None:
    assert made(table())["end"].max() == WEEKS[-2]
    assert made(table(WEEKS[:2])).empty


def test_the_table_goes_on_where_it_ended() -> None:
    earlier = made(table(WEEKS[:4]))
    later = made(table(), panel_increments=earlier)
    assert earlier["end"].max() == later["start"].min() == WEEKS[2]
    again = pd.concat([earlier, later])
    pd.testing.assert_frame_equal(
        again.sort_values(list(again), ignore_index=True),
        made(table()).sort_values(list(again), ignore_index=True),
    )
    assert made(table(), panel_increments=again).empty


def test_of_daily_readings_one_a_week_is_used() -> None:
    daily = made(table(pd.date_range(WEEKS[0], periods=23)))
    assert daily["end"].drop_duplicates().tolist() == WEEKS[1:4].tolist()


def test_days_that_stand_still_are_spanned() -> None:
    rows = table()
    still = {f"{WEEKS[i]:%Y-%m-%d}" for i in (2, 3)}
    at = rows["time"].isin(still)
    before = rows[rows["time"] == f"{WEEKS[1]:%Y-%m-%d}"].set_index("_id")["downloadsAllTime"]
    rows.loc[at, "downloadsAllTime"] = rows.loc[at, "_id"].map(before)
    found = made(rows)
    assert found["end"].drop_duplicates().tolist() == [WEEKS[1], WEEKS[4], WEEKS[5]]
    assert found.loc[found["end"] == WEEKS[4], "days"].unique().tolist() == [21]
    assert (found.groupby("end")["downloads"].sum() / [7, 21, 7]).nunique() == 1


def test_a_day_read_too_early_is_spanned() -> None:
    rows = table()
    at = rows["time"] == f"{WEEKS[3]:%Y-%m-%d}"
    rows.loc[at, "downloadsAllTime"] -= (rows.loc[at, "_id"].str[2:].astype(int) + 1) * 5
    assert WEEKS[3] not in set(made(rows)["end"])


def test_a_falling_counter_keeps_its_sign_and_is_counted() -> None:
    rows = table()
    fallen = (rows["_id"] == "id0") & (rows["time"] >= f"{WEEKS[2]:%Y-%m-%d}")
    rows.loc[fallen, "downloadsAllTime"] -= 500
    found = ask(body(rows))
    own = found.rows["panel_increments"].set_index(["end", "attribution", "lab"])
    row = own.loc[(WEEKS[2], "publisher", "Alibaba")]
    assert (row["downloads"], row["falling_models"]) == (70 - 500, 1)
    assert f"1 of {len(NAMES)} counters of the panel fell to 2025-09-10." in found.notes


def test_an_interval_counts_the_models_there_on_both_its_days() -> None:
    rows = table()
    gone = (rows["_id"] == "id3") & (rows["time"] > f"{WEEKS[2]:%Y-%m-%d}")
    new = (rows["_id"] == "id2") & (rows["time"] < f"{WEEKS[2]:%Y-%m-%d}")
    found = made(rows[~gone & ~new]).query("attribution == 'publisher' and lab == 'Alibaba'")
    assert found["models"].tolist() == [3, 3, 3, 3, 3]


def test_a_renamed_model_is_one_series_under_its_last_name() -> None:
    rows = table()
    early = (rows["_id"] == "id7") & (rows["time"] < f"{WEEKS[3]:%Y-%m-%d}")
    rows.loc[early, "model"] = "old-name/DeepSeek-V9"
    pd.testing.assert_frame_equal(made(rows), made(table()))


def test_identical_duplicates_are_one_and_different_ones_are_refused() -> None:
    rows = table()
    pd.testing.assert_frame_equal(made(pd.concat([rows, rows.iloc[:40]])), made(rows))
    other = rows.iloc[[3]].assign(downloadsAllTime=7)
    with pytest.raises(Refusal, match="two different rows for id3, 2025-08-27"):
        made(pd.concat([rows, other]))


def test_the_day_with_five_readings_is_not_used() -> None:
    torn = table(pd.DatetimeIndex([panel.TORN]))
    rows = pd.concat([table(), torn, torn.assign(downloadsAllTime=1), torn.iloc[:0]])
    pd.testing.assert_frame_equal(made(rows), made(table()))


def test_lists_texts_and_points_in_time_are_read_alike() -> None:
    rows = table()
    as_text = rows.assign(merged_derived_from=rows["merged_derived_from"].map(str))
    as_time = rows.assign(time=pd.to_datetime(rows["time"]))
    for other in (as_text, as_time):
        pd.testing.assert_frame_equal(made(other), made(rows))


@pytest.mark.parametrize("files", [("README.md", "a.csv"), ("a.parquet", "b.parquet")])
def test_without_one_parquet_file_what_is_there_is_named(files: tuple[str, ...]) -> None:
    with pytest.raises(Refusal, match=f"holds {', '.join(files)}"):
        ask(body(table()), *files)


FIELDS = ["_id", "model", "time", "downloadsAllTime", "merged_derived_from"]


@pytest.mark.parametrize("field", FIELDS)
def test_a_missing_field_is_named(field: str) -> None:
    for rows in (table().drop(columns=field), table().rename(columns={field: f"{field}2"})):
        with pytest.raises(Refusal, match=f"no column “{field}”"):
            made(rows)


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_of_another_type_is_named(field: str) -> None:
    wrong = "12" if field == "downloadsAllTime" else 3
    with pytest.raises(Refusal, match=f"column “{field}” is"):
        made(table().assign(**{field: wrong}))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("downloadsAllTime", -1),
        ("downloadsAllTime", 2**53 + 2),
        ("downloadsAllTime", np.nan),
        ("downloadsAllTime", 0.5),
        ("model", "<script>alert(1)</script>"),
        ("model", "=cmd|x"),
        ("model", None),
        ("_id", None),
    ],
)
def test_a_value_that_is_none_is_refused(field: str, value: Any) -> None:
    rows = table()
    if isinstance(value, float):
        rows[field] = rows[field].astype(float)
    rows.loc[2, field] = value
    with pytest.raises(Refusal, match=f"{field} of"):
        made(rows)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"<html>Sorry</html>", "not a whole parquet file"),
        (body(table())[:-9], "not a whole parquet file"),
        (body(table().iloc[:10]), "too few"),
    ],
)
def test_what_is_no_panel_is_refused(sent: bytes, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        ask(sent)
