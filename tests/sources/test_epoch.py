"""The Epoch index out of its archive: what it becomes, and what of it is refused."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd
import pytest
from upstream import Upstream, visit

from openrace import store
from openrace.errors import Refusal
from openrace.sources import epoch
from openrace.sources.source import Found

Row = dict[str, str]
KNOWN = {name: store.load(name) for name in ("labs", "countries")}
USA, UK = "United States of America", "United Kingdom of Great Britain and Northern Ireland"
ROW: Row = {
    "Model version": "m-0",
    "ECI Score": "120.123456789",
    "Release date": "2026-01-02",
    "Organization": "DeepSeek,Peking University",
    "Country": "China",
    "Model accessibility": "Open weights (unrestricted)",
    "Training compute (FLOP)": "",
    "Confidence": "Confident",
    "Model name": "M0",
    "Description": "with, a comma and\na line",
    "Display name": "",
}
SPECIAL = (
    {"Organization": "Google DeepMind,Google", "Country": f"{UK},{USA}"},
    {"Organization": "Hugging Face,ServiceNow,NVIDIA,BigCode", "Country": USA},
    {"Organization": "Z.ai (Zhipu AI)", "Country": "", "Model accessibility": ""},
    {"Organization": "Nowhere Lab", "Country": "Atlantis", "Model accessibility": "API access"},
    {"Organization": "Databricks", "Country": USA, "Release date": ""},
)


def rows(*changes: Mapping[str, str]) -> list[Row]:
    """The five special rows and enough plain ones for a copy; changes are rows more."""
    plain = [{}] * epoch.LEAST_ROWS
    each = [*SPECIAL, *plain, *changes]
    return [
        {**ROW, "Model version": f"m-{i:03}", "Model name": f"M{i}", **c}
        for i, c in enumerate(each)
    ]


def member(lines: list[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(lines[0]))
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def archive(content: str | bytes, name: str = epoch.MEMBER) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as files:
        files.writestr("gpqa_diamond.csv", "a\n1\n")
        files.writestr(name, content)
    return body.getvalue()


def ask(body: Any, status: int = 200) -> Found:
    with Upstream() as up:
        up.answer(epoch.PATH, body, status)
        return epoch.SOURCE.ask(visit(up, date(2026, 9, 1), **KNOWN))


def test_scored_rows_become_a_copy_of_the_day() -> None:
    found = ask(archive(member(rows({"ECI Score": ""}))))
    copy = found.rows["capability_index"]
    known = store.load("capability_index")
    assert list(copy) == list(known)
    assert copy.dtypes.to_dict() == known.dtypes.to_dict()
    assert set(copy["date"]) == {pd.Timestamp("2026-09-01")}
    assert (found.asked, found.rejected, len(copy)) == (len(copy) + 1, 1, len(copy))
    assert copy.iloc[5].tolist()[1:] == [
        "m-005",
        "M5",
        120.1235,
        pd.Timestamp("2026-01-02"),
        "DeepSeek",
        "CN",
        "open",
    ]
    made = copy.set_index("version")
    assert made.loc["m-000", ["lab", "country"]].tolist() == ["Google", "US"]
    assert made.loc["m-001", ["lab", "country"]].tolist() == ["BigCode", "unknown"]
    assert made.loc["m-002", ["lab", "country"]].tolist() == ["Z.ai", "CN"]
    assert pd.isna(made.loc["m-002", "access"])
    assert made.loc["m-003", ["lab", "country"]].tolist() == ["Nowhere Lab", "unknown"]
    assert made.loc["m-004", ["lab", "country"]].tolist() == ["Databricks", "US"]
    assert pd.isna(made.loc["m-004", "released"])
    assert any("Nowhere Lab" in note for note in found.notes)


def test_the_member_may_lie_in_a_folder_and_a_repeated_row_is_one() -> None:
    found = ask(archive(member([*rows(), rows()[0]]), f"benchmark_data/{epoch.MEMBER}"))
    assert len(found.rows["capability_index"]) == len(rows())


def test_an_added_field_passes_with_a_note() -> None:
    found = ask(archive(member([{**row, "Reviewer": "x"} for row in rows()])))
    assert "Epoch has a new field “Reviewer”." in found.notes


@pytest.mark.parametrize("field", epoch.COLUMNS)
@pytest.mark.parametrize("renamed", [False, True])
def test_a_missing_field_is_named(field: str, renamed: bool) -> None:
    lines = [{k: v for k, v in row.items() if k != field} for row in rows()]
    if renamed:
        lines = [{**line, f"{field}s": "x"} for line in lines]
    with pytest.raises(Refusal, match=f"no field “{field}”"):
        ask(archive(member(lines)))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ECI Score", "high"),
        ("ECI Score", "NaN"),
        ("ECI Score", "-3"),
        ("ECI Score", "301"),
        ("ECI Score", "1e2"),
        ("Release date", "2026-13-01"),
        ("Release date", "02/01/2026"),
        ("Model accessibility", "Open source"),
        ("Model name", "</script><script>alert(1)</script>"),
        ("Model name", ""),
        ("Organization", "=HYPERLINK(1)"),
    ],
)
def test_a_value_that_is_none_is_refused_by_field(field: str, value: str) -> None:
    with pytest.raises(Refusal, match=f"field “{field}”"):
        ask(archive(member(rows({field: value, "Model version": "odd"}))))


def test_two_different_rows_of_a_version_are_refused() -> None:
    with pytest.raises(Refusal, match="two different rows for m-007"):
        ask(archive(member(rows({"Model version": "m-007", "ECI Score": "99"}))))


def test_a_row_of_another_length_is_refused() -> None:
    cut = member(rows()).rstrip().rsplit(",", 3)[0] + "\n"
    for content in (cut, member(rows()).replace("M9,", "M9,x,y,")):
        with pytest.raises(Refusal, match=r"another length|as CSV"):
            ask(archive(content))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<html>Sorry</html>", "no whole zip archive"),
        (b"", "no whole zip archive"),
        (archive(member(rows()))[:-30], "no whole zip archive"),
        (archive("x", "other.csv"), f"holds 0 files {epoch.MEMBER}"),
        (archive(b"\xff\xfe\x00,\n"), "as CSV"),
        (archive(""), "no field “Model version”"),
        (archive(member(rows()[:20])), "too few"),
    ],
)
def test_what_is_no_index_is_refused(body: Any, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        ask(body)


def test_an_archive_that_unpacks_to_too_much_is_not_read() -> None:
    with pytest.raises(Refusal, match="unpacks to more than"):
        ask(archive(b"0" * (epoch.MOST_BYTES + 1)))


def test_a_member_that_was_changed_on_the_way_is_refused() -> None:
    body = bytearray(archive(member(rows())))
    body[200] ^= 0xFF
    with pytest.raises(Refusal, match="no whole zip archive"):
        ask(bytes(body))
