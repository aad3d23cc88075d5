from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import specimen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openrace import package, schema
from openrace.census.days import COUNTS, DAYS
from openrace.errors import Refusal
from openrace.freshness import LOG

HEAD, FIRST, SECOND = specimen.COUNTS.splitlines()


def rewrite(data: Path, *lines: str) -> None:
    (data / "counts.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def describe_field(data: Path, name: str, **changes: Any) -> None:
    """Change what the data package says of one field of `counts`."""
    path = data / "datapackage.json"
    described = json.loads(path.read_text())
    fields = described["resources"][0]["schema"]["fields"]
    next(f for f in fields if f["name"] == name).update(changes)
    path.write_text(json.dumps(described))


def refusal(name: str = "counts") -> str:
    with pytest.raises(Refusal) as refused:
        schema.read(name)
    return str(refused.value)


def test_a_good_table_has_the_types_of_its_description(data: Path) -> None:
    table = schema.read("counts")
    assert list(table) == ["date", "model_id", "bloc", "downloads"]
    assert pd.api.types.is_datetime64_any_dtype(table["date"])
    assert pd.api.types.is_string_dtype(table["model_id"])
    assert table["downloads"].dtype == "int64"
    assert table["downloads"].tolist() == [10, 12]


def test_a_missing_whole_number_stays_missing_and_the_others_whole(data: Path) -> None:
    rewrite(data, HEAD, FIRST, "2026-01-02,a/one,China,")
    downloads = schema.read("counts")["downloads"]
    assert downloads.dtype == "Int64"
    assert downloads.tolist() == [10, pd.NA]


@pytest.mark.parametrize("word", ["NA", "null", "None", "nan"])
def test_words_that_pandas_takes_for_missing_stay_words(data: Path, word: str) -> None:
    rewrite(data, HEAD, FIRST, f"2026-01-02,{word},China,12")
    assert schema.read("counts")["model_id"].tolist() == ["a/one", word]


def test_a_table_without_rows_keeps_columns_and_types(data: Path) -> None:
    rewrite(data, HEAD)
    table = schema.read("counts")
    assert table.empty
    assert pd.api.types.is_datetime64_any_dtype(table["date"])


def test_a_byte_order_mark_is_not_part_of_the_first_name(data: Path) -> None:
    text = (data / "counts.csv").read_text()
    (data / "counts.csv").write_text(text, encoding="utf-8-sig")
    assert next(iter(schema.read("counts"))) == "date"


# name of the case -> the second row, and the rule that its refusal names
BROKEN_ROWS = {
    "text in an integer": ("2026-01-02,a/one,China,many", "downloads is “many”", "whole number"),
    "nan in an integer": ("2026-01-02,a/one,China,nan", "downloads is “nan”", "whole number"),
    "a float in an integer": ("2026-01-02,a/one,China,1e5", "downloads is “1e5”", "whole number"),
    "a decimal in an integer": ("2026-01-02,a/one,China,12.0", "is “12.0”", "whole number"),
    "a grouped integer": ('2026-01-02,a/one,China,"1,200"', "is “1,200”", "whole number"),
    "other digits": ("2026-01-02,a/one,China,１２", "downloads is “１２”", "whole number"),
    "over 2^53": ("2026-01-02,a/one,China,90071992547409930", "downloads is", "whole number"),
    "no such month": ("2026-13-01,a/one,China,12", "date is “2026-13-01”", "YYYY-MM-DD"),
    "no such day": ("2026-02-29,a/one,China,12", "date is “2026-02-29”", "YYYY-MM-DD"),
    "a short date": ("2026-1-2,a/one,China,12", "date is “2026-1-2”", "YYYY-MM-DD"),
    "a date with a time": ("2026-01-02T00:00,a/one,China,12", "date is", "YYYY-MM-DD"),
    "a negative count": ("2026-01-02,a/one,China,-12", "downloads is “-12”", "at least 0"),
    "outside an enum": ("2026-01-02,a/one,Mars,12", "bloc is “Mars”", "one of China, Other"),
    "empty required text": ("2026-01-02,,China,12", "model_id is empty", "required"),
    "empty required date": (",a/one,China,12", "date is empty", "required"),
    "a duplicate key": ("2026-01-01,a/one,China,12", "second row", "2026-01-01, model_id a/one"),
    "a row cut short": ("2026-01-02,a/one,China", "3 fields", "4"),
    "a row too long": ("2026-01-02,a/one,China,12,7", "5 fields", "4"),
    "an empty row": ("", "0 fields", "4"),
}


@pytest.mark.parametrize(("row", "value", "rule"), BROKEN_ROWS.values(), ids=BROKEN_ROWS)
def test_a_broken_row_is_refused_by_file_row_and_rule(
    data: Path, row: str, value: str, rule: str
) -> None:
    rewrite(data, HEAD, FIRST, row, "2026-01-03,a/one,China,13")
    said = refusal()
    assert said.startswith("data/counts.csv, row 3: ")
    assert value in said
    assert rule in said
    assert said.count("\n") == 0
    assert said.endswith(".")


def test_every_row_with_a_comma_too_many_is_refused(data: Path) -> None:
    rewrite(data, HEAD, FIRST + ",", SECOND + ",")
    assert refusal().startswith("data/counts.csv, row 2: ")


def test_the_row_is_counted_in_the_file_after_a_quoted_line_break(data: Path) -> None:
    rewrite(data, HEAD, '2026-01-01,"a\n/one",China,10', "2026-01-02,b,China,-1")
    assert refusal().startswith("data/counts.csv, row 3: downloads is “-1”")


def test_the_first_of_several_broken_rows_is_named(data: Path) -> None:
    rewrite(data, HEAD, FIRST, "2026-01-02,,China,12", "2026-01-03,a/one,Mars,-1")
    assert "row 3: model_id is empty" in refusal()


BROKEN_HEADS = {
    "a missing column": ("date,model_id,bloc", "column downloads is missing"),
    "a renamed column": ("date,model_id,bloc,downloads_30d", "column downloads is missing"),
    "a column of capitals": ("Date,model_id,bloc,downloads", "column date is missing"),
    "an extra column": ("date,model_id,bloc,downloads,note", "column note is not in"),
    "a column twice": ("date,model_id,bloc,downloads,bloc", "column bloc"),
}


@pytest.mark.parametrize(("head", "rule"), BROKEN_HEADS.values(), ids=BROKEN_HEADS)
def test_a_broken_head_is_refused_by_file_and_column(data: Path, head: str, rule: str) -> None:
    row = ["2026-01-01", "a/one", "China", "10", "China"][: head.count(",") + 1]
    rewrite(data, head, ",".join(row))
    said = refusal()
    assert said.startswith("data/counts.csv: ")
    assert rule in said


@pytest.mark.parametrize("content", [b"", b"date,model_id\n\xff\xfe\n", b'date\n"2026-01-01'])
def test_a_file_that_is_no_table_is_refused_by_name(data: Path, content: bytes) -> None:
    (data / "counts.csv").write_bytes(content)
    said = refusal()
    assert said.startswith("data/counts.csv")
    assert said.count("\n") == 0


def test_a_missing_file_is_refused_with_what_to_do(data: Path) -> None:
    (data / "counts.csv").unlink()
    assert refusal() == "data/counts.csv is missing: restore it from git."


def test_an_unknown_table_is_refused_with_those_that_exist(data: Path) -> None:
    assert refusal("count") == "There is no table “count”; there are counts, likes."


@pytest.mark.parametrize("content", [None, "{", '{"resources": ['])
def test_a_broken_data_package_is_refused_by_name(data: Path, content: str | None) -> None:
    if content is None:
        (data / "datapackage.json").unlink()
    else:
        (data / "datapackage.json").write_text(content)
    assert "datapackage.json" in refusal()


@pytest.mark.parametrize("word", ["inf", "-inf", "nan", "1e999", "12 %", "1,5", " 5"])
def test_a_number_must_be_a_finite_number(data: Path, word: str) -> None:
    describe_field(data, "downloads", type="number", constraints={})
    rewrite(data, HEAD, FIRST, f'2026-01-02,a/one,China,"{word}"')
    assert f"row 3: downloads is “{word}”, but must be a number" in refusal()


def test_numbers_may_be_written_as_people_and_programs_do(data: Path) -> None:
    describe_field(data, "downloads", type="number", constraints={})
    rewrite(
        data, HEAD, *(f"2026-01-0{i},a,China,{w}" for i, w in enumerate(["1", "-2.5", "5e-05"], 1))
    )
    assert schema.read("counts")["downloads"].tolist() == [1.0, -2.5, 5e-05]


def test_a_truth_value_is_true_or_false(data: Path) -> None:
    describe_field(data, "downloads", type="boolean", constraints={})
    rewrite(data, HEAD, "2026-01-01,a,China,true", "2026-01-02,a,China,false")
    assert schema.read("counts")["downloads"].tolist() == [True, False]
    rewrite(data, HEAD, "2026-01-01,a,China,true", "2026-01-02,a,China,yes")
    assert "row 3: downloads is “yes”, but must be true or false" in refusal()


def test_a_maximum_and_a_pattern_are_held(data: Path) -> None:
    describe_field(data, "downloads", constraints={"maximum": 11})
    assert "row 3: downloads is “12”, but must be at most 11" in refusal()
    describe_field(data, "downloads", constraints={})
    describe_field(data, "model_id", constraints={"pattern": "b/.*"})
    assert "row 2: model_id is “a/one”, but must match b/.*" in refusal()


def test_an_unknown_country_is_refused_by_row_and_by_the_table_that_should_know_it(
    data: Path,
) -> None:
    specimen.add_makers(data)
    assert len(schema.read("makers")) == 2
    (data / "makers.csv").write_text("organisation,country\na,CN\nb,ZZ\n")
    assert refusal("makers") == (
        "data/makers.csv, row 3: country is “ZZ”, which data/countries.csv does not know."
    )


def test_an_empty_optional_reference_is_no_unknown_country(data: Path) -> None:
    specimen.add_makers(data)
    (data / "makers.csv").write_text("organisation,country\na,CN\nb,\n")
    assert schema.read("makers")["country"].isna().tolist() == [False, True]


def test_a_table_that_is_referred_to_and_broken_is_refused_by_its_name(data: Path) -> None:
    specimen.add_makers(data)
    (data / "countries.csv").write_text("code,name\nCN,China\n")
    assert "data/countries.csv" in refusal("makers")


@pytest.mark.parametrize("seed", range(5))
def test_row_order_changes_neither_the_rows_nor_what_is_refused(data: Path, seed: int) -> None:
    rows = [f"2026-01-{day:02},m/{model},Other,{day}" for day in range(1, 6) for model in "abc"]
    random.Random(seed).shuffle(rows)
    rewrite(data, HEAD, *rows)
    table = schema.read("counts").sort_values(["date", "model_id"], ignore_index=True)
    assert table["downloads"].tolist() == [day for day in range(1, 6) for _ in "abc"]
    at = rows.index("2026-01-03,m/b,Other,3")
    rows[at] = "2026-01-03,m/b,Other,-3"
    rewrite(data, HEAD, *rows)
    assert refusal().startswith(f"data/counts.csv, row {at + 2}: ")


@pytest.mark.parametrize(
    "change",
    [
        lambda data: rewrite(data, HEAD, FIRST, "2026-01-02,a/one,China,13"),
        lambda data: rewrite(data, HEAD, SECOND, FIRST),
        lambda data: describe_field(data, "downloads", unit="downloads"),
    ],
    ids=["a value", "the order of rows", "the description"],
)
def test_a_tables_identity_follows_its_content_and_its_description(
    data: Path, change: Callable[[Path], None]
) -> None:
    before = package.digest("counts"), package.digest("likes")
    assert before == (package.digest("counts"), package.digest("likes"))
    change(data)
    assert package.digest("counts") != before[0]
    assert package.digest("likes") == before[1]


@pytest.mark.parametrize("name", [r["name"] for r in package.read()["resources"]])
def test_every_real_table_is_good(name: str) -> None:
    fed = "refresh" in package.describe(name) or name in (LOG, COUNTS, DAYS)
    assert len(schema.read(name)) or fed


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=st.text(alphabet='ab",\n\r\0 é', max_size=24))
def test_a_file_is_read_fast_only_as_it_is_read_strictly(data: Path, body: str) -> None:
    described = package.describe("counts")
    described["schema"]["fields"] = [{"name": "a"}, {"name": "b"}]
    path = data / "counts.csv"
    path.write_text(f"a,b\n{body}", encoding="utf-8", newline="")
    quick = schema._quick(path, described)
    if quick is not None:
        head, *rows = schema._lines(path, described)
        assert quick.fillna("").to_numpy().tolist() == rows
        assert list(quick) == head
