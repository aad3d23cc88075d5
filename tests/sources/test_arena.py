"""The Arena's file: the gap of each day on its board, and what of the file is refused."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from upstream import Upstream, visit

from openrace import store
from openrace.errors import Refusal
from openrace.sources import arena
from openrace.sources.source import Found

COLUMNS = ["leaderboard_publish_date", "model_name", "organization", "license", "rating"]
LABS = store.load("labs")
DAYS = ("2026-08-01", "2026-08-08")
TOP = (
    ("claude-x", "anthropic", "Proprietary", 1500.0),
    ("gpt-x", "OpenAI", "proprietary", 1490.0),
    ("qwen9-max", "alibaba", "Apache 2.0", 1485.0),  # closed whatever the licence says
    ("anonymous", "", "", 1480.0),
    ("glm-x", "zai", "MIT", 1470.0),
    ("kimi-x", "Moonshot", "Modified MIT", 1460.0),
    ("dbrx", "Databricks", "DBRX LICENSE", 1400.0),
    ("deepseek-v2-api-0628", "DeepSeek", "Proprietary", 1300.0),  # open whatever it says
)
REST = tuple((f"m-{i}", "Mistral", "Apache 2.0", 1100.0 - i) for i in range(8))


def table(category: str = "overall") -> pd.DataFrame:
    """Two days of sixteen models, with intervals of 3 down and 4 up, and other categories."""
    rows = pd.DataFrame([(d, *m) for d in DAYS for m in TOP + REST], columns=COLUMNS)
    rows = rows.assign(
        rating_lower=rows["rating"] - 3,
        rating_upper=rows["rating"] + 4,
        variance=1.5,
        vote_count=1000,
        rank=1,
        category=category,
    )
    return pd.concat([rows, rows.assign(category="coding", rating=900.0)], ignore_index=True)


def body(rows: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    rows.to_parquet(file)
    return file.getvalue()


def ask(sent: Any, until: date | None = None) -> Found:
    with Upstream() as up:
        up.file(arena.DATASET, arena.FILE, sent)
        return arena.SOURCE.ask(visit(up, date(2026, 9, 1), until, labs=LABS))


def test_each_day_is_one_gap_on_the_board_of_its_own() -> None:
    found = ask(body(table()))
    rows, known = found.rows["arena_gaps"], store.load("arena_gaps")
    assert list(rows) == list(known)
    assert rows.dtypes.to_dict() == known.dtypes.to_dict()
    first = rows.iloc[0].to_dict()
    assert (len(rows), first["board"]) == (2, "arena_hub")
    assert first["observed"] == pd.Timestamp("2026-09-01")
    assert first["date"] == pd.Timestamp(DAYS[0])
    assert (first["open_cn"], first["closed_us"], first["gap"]) == ("glm-x", "claude-x", -30.0)
    # independent intervals: down by glm's 3 and claude's 4, up by glm's 4 and claude's 3
    assert (first["low"], first["high"]) == (-35.0, -25.0)
    assert (first["unknown"], first["listed"]) == (1, 16)
    assert found.notes == ["1 makers on the Arena's newest day have no known home: ''."]


def test_home_and_access_follow_maker_and_licence_but_for_the_exceptions() -> None:
    rows = arena.sides(arena.leaderboard(body(table())), LABS)
    placed = rows.drop_duplicates("model").set_index("model")[["home", "access"]]
    assert placed.loc["qwen9-max"].tolist() == ["CN", "closed"]
    assert placed.loc["deepseek-v2-api-0628"].tolist() == ["CN", "open"]
    assert placed.loc["anonymous"].tolist() == ["unknown", "unknown"]
    assert placed.loc["dbrx"].tolist() == ["US", "open"]
    assert placed.loc["m-0"].tolist() == ["FR", "open"]


def test_days_after_the_last_asked_about_are_left_alone() -> None:
    found = ask(body(table()), until=date(2026, 8, 7))
    assert found.rows["arena_gaps"]["date"].tolist() == [pd.Timestamp(DAYS[0])]


def test_a_day_without_an_open_chinese_model_is_no_row() -> None:
    rows = table()
    chinese = rows["organization"].isin(["zai", "Moonshot", "DeepSeek"])
    found = ask(body(rows[~(chinese & (rows["leaderboard_publish_date"] == DAYS[0]))]))
    assert len(found.rows["arena_gaps"]) == 1
    assert any(note.startswith("1 days of the Arena list no open Chinese") for note in found.notes)


def test_intervals_may_be_missing_and_dates_may_be_dates() -> None:
    rows = table().assign(rating_lower=float("nan"))
    rows["leaderboard_publish_date"] = pd.to_datetime(rows["leaderboard_publish_date"])
    made = ask(body(rows)).rows["arena_gaps"]
    assert made["date"].tolist() == [pd.Timestamp(day) for day in DAYS]
    assert made[["low", "high"]].isna().all(axis=None)


def test_the_board_over_all_prompts_may_be_called_full() -> None:
    assert len(ask(body(table("full"))).rows["arena_gaps"]) == 2
    with pytest.raises(Refusal, match="overall or full"):
        ask(body(table("text")))


def test_a_repeated_row_is_one_and_a_different_one_is_refused() -> None:
    rows = table()
    assert len(ask(body(pd.concat([rows, rows]))).rows["arena_gaps"]) == 2
    other = rows.iloc[[1]].assign(rating=1491.0)
    with pytest.raises(Refusal, match="two different rows for 2026-08-01, gpt-x"):
        ask(body(pd.concat([rows, other])))


def test_an_added_field_passes_with_a_note() -> None:
    assert "The Arena has a new field “mood”." in ask(body(table().assign(mood=1))).notes


FIELDS = [*COLUMNS, "rating_lower", "rating_upper", "category"]


@pytest.mark.parametrize("field", FIELDS)
def test_a_missing_field_is_named(field: str) -> None:
    for rows in (table().drop(columns=field), table().rename(columns={field: f"{field}_2"})):
        with pytest.raises(Refusal, match=f"no column “{field}”"):
            ask(body(rows))


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_of_another_type_is_named(field: str) -> None:
    wrong = "1200" if field.startswith("rating") else 3
    with pytest.raises(Refusal, match=f"column “{field}” is"):
        ask(body(table().assign(**{field: wrong})))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("rating", float("nan"), "rating of gpt-x on 2026-08-01"),
        ("rating", float("inf"), "rating of gpt-x"),
        ("rating", -5.0, "rating of gpt-x"),
        ("rating_lower", 1495.0, "rating_lower of gpt-x"),
        ("rating_upper", 1480.0, "rating_upper of gpt-x"),
        ("model_name", "<script>alert(1)</script>", "field “model_name”"),
        ("model_name", "@cmd", "field “model_name”"),
        ("model_name", "x" * 200, "field “model_name”"),
        ("model_name", None, "field “model_name”"),
        ("leaderboard_publish_date", "soon", "“leaderboard_publish_date” of row 2"),
        ("leaderboard_publish_date", "2026-02-30", "“leaderboard_publish_date” of row 2"),
        ("leaderboard_publish_date", None, "“leaderboard_publish_date” of row 2"),
    ],
)
def test_a_value_that_is_none_is_refused(field: str, value: Any, said: str) -> None:
    rows = table()
    rows.loc[1, field] = value
    with pytest.raises(Refusal, match=said):
        ask(body(rows))


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"<html>Sorry</html>", "not a whole parquet file"),
        (b"", "not a whole parquet file"),
        (body(table())[:-9], "not a whole parquet file"),
        (body(table().iloc[:0].astype({"variance": float})), "no rows of the category|column"),
        (body(table().iloc[:5]), "too few"),
    ],
)
def test_what_is_no_board_is_refused(sent: bytes, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        ask(sent)


def test_large_and_dictionary_texts_are_texts() -> None:
    read = pa.Table.from_pandas(table())
    kinds = {"organization": pa.large_string(), "license": pa.dictionary(pa.int32(), pa.string())}
    fields = [pa.field(f.name, kinds.get(f.name, f.type)) for f in read.schema]
    file = io.BytesIO()
    pq.write_table(read.cast(pa.schema(fields)), file)
    assert len(ask(file.getvalue()).rows["arena_gaps"]) == 2
