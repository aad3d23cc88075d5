"""The Hub's lists and counters, from a real server that misbehaves in every way we know of."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from upstream import Asked, Upstream, visit

from openrace import append, package, schema
from openrace.errors import Refusal
from openrace.sources import hub, hub_models
from openrace.sources.source import Found, Visit

DAY = date(2026, 9, 1)
SORTS = {
    "trending": "trendingScore",
    "downloads": "downloads",
    "likes": "likes",
    "newest": "createdAt",
}
SMALL = {"trending": 3}


def past(*models: str) -> pd.DataFrame:
    dates = pd.to_datetime(["2026-07-01", "2026-08-01"])
    rows = [(day, m, 100 + 10 * n) for n, day in enumerate(dates) for m in models]
    return pd.DataFrame(rows, columns=["date", "model_id", "downloads_all_time"])


NEVER = pd.DataFrame({c: pd.Series(dtype="str") for c in ("model_id", "reason", "renamed_to")})
NEVER.insert(0, "date", pd.Series(dtype="datetime64[us]"))


@dataclass
class Mirror:
    """A Hub of this machine and one patient visit to it, for all tests that need no more."""

    up: Upstream
    to: Visit

    def three(self, *entries: object) -> Found:
        """Ask for a trending list of three, of which these come first."""
        return self.trending([*entries, *(entry(n) for n in range(90, 93 - len(entries)))])

    def trending(self, entries: object, limit: int = 3) -> Found:
        self.up.answer("/api/models", entries, query={"sort": SORTS["trending"]})
        return hub.lists(self.to, {"trending": limit})

    def row(self, **changes: Any) -> dict[str, Any]:
        """Return the row that is made of one model."""
        return self.three(entry(1, **changes)).rows["hub_lists"].iloc[0].to_dict()

    def named(self, *models: str, absent: pd.DataFrame | None = None) -> Found:
        """Ask for these models by name; each was counted 100 and then 110 times."""
        tables = {
            "alltime_downloads": past(*models),
            "hub_absent": NEVER if absent is None else absent,
        }
        return hub.counters(replace(self.to, table=tables.__getitem__))

    def counters(self, **answers: Mapping[str, Any] | int) -> Found:
        """Ask for models of `a` by name, each answered by a status or by fields."""
        for name, said in answers.items():
            body = {"error": "no"} if isinstance(said, int) else {"id": f"a/{name}", **said}
            self.up.answer(f"/api/models/a/{name}", body, said if isinstance(said, int) else 200)
        return self.named(*(f"a/{name}" for name in answers))


@pytest.fixture(scope="module")
def mirror() -> Iterator[Mirror]:
    with Upstream() as server:
        yield Mirror(server, visit(server, day=DAY, deadline=120))


@pytest.fixture
def up() -> Iterator[Upstream]:
    with Upstream() as server:
        yield server


def entry(number: int, **changes: Any) -> dict[str, Any]:
    """A model as the Hub lists it; a change to `...` removes the field."""
    fields = {
        "_id": f"{number:024x}",
        "id": f"lab-{number % 7}/model-{number}",
        "author": f"lab-{number % 7}",
        "createdAt": "2026-08-30T23:59:59.000Z",
        "downloads": 1000 - number,
        "downloadsAllTime": 9000 + number,
        "likes": number,
        "trendingScore": 0.7000000000000001,
        "gated": False,
        "tags": ["transformers", "license:apache-2.0"],
        "pipeline_tag": "text-generation",
        "library_name": "transformers",
        "safetensors": {"parameters": {"BF16": 8}, "total": 8},
        "baseModels": {"relation": "quantized", "models": [{"_id": "1", "id": "lab/base"}]},
    }
    return {k: v for k, v in (fields | changes).items() if v is not ...}


# The shape of an entry


def test_a_model_becomes_a_row(mirror: Mirror) -> None:
    assert mirror.row(downloads=2**53 - 1, trendingScore=3) == {
        "rank": 1,
        "model_id": "lab-1/model-1",
        "modality": "text-generation",
        "downloads_30d": 2**53 - 1,
        "downloads_all_time": 9001,
        "likes": 1,
        "trending_score": 3.0,
        "created_on": pd.Timestamp("2026-08-30"),
        "licence": "apache-2.0",
        "base_model": "lab/base",
        "base_relation": "quantized",
        "parameters": 8,
        "gated": False,
        "library": "transformers",
        "date": pd.Timestamp(DAY),
        "list": "trending",
    }


REQUIRED = ("downloads", "downloadsAllTime", "likes", "trendingScore", "createdAt", "tags")
REQUIRED += ("gated", "author")


@pytest.mark.parametrize("field", REQUIRED)
def test_a_field_that_is_gone_or_renamed_is_refused_by_name_and_model(
    mirror: Mirror, field: str
) -> None:
    with pytest.raises(Refusal, match=rf"field “{field}” of lab-1/model-1 is missing"):
        mirror.row(**{field: ..., f"{field}Now": 1})


COUNTS = ("downloads", "downloadsAllTime", "likes")
WRONG = [(field, value) for field in COUNTS for value in ("12", -1, 2**53, 1.5, True, None)]
WRONG += [("trendingScore", value) for value in ("1", True, None)]
WRONG += [("createdAt", v) for v in (17, "yesterday", "2026-02-30T00:00:00.000Z", None)]
WRONG += [("tags", v) for v in ("license:mit", [1], {"license": "mit"})]
WRONG += [("gated", v) for v in ("maybe", 0, 1)] + [("author", 7), ("library_name", ["x"])]
WRONG += [("pipeline_tag", 5), ("safetensors", 7), ("safetensors", {"parameters": {}})]
WRONG += [
    ("safetensors", {"parameters": {}, "total": "8"}),
    ("safetensors", [8]),
    ("safetensors", {"total": 8}),
]
WRONG += [("baseModels", v) for v in ("lab/base", ["lab/base"], {"models": []})]
WRONG += [("baseModels", {"relation": "merge", "models": ["lab/base"]})]


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_another_type_is_refused_by_name_and_model(
    mirror: Mirror, field: str, value: object
) -> None:
    with pytest.raises(Refusal, match=rf"“trending”: field “{field}[a-z0-9.]*” of lab-1/model-1 "):
        mirror.row(**{field: value})


def test_a_moment_that_the_library_cannot_read_is_refused_by_model(mirror: Mirror) -> None:
    with pytest.raises(Refusal, match="cannot read lab-1/model-1: Cannot parse '2026-08-30"):
        mirror.row(createdAt="2026-08-30T23:59:59+02:00")


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_refused(mirror: Mirror, number: float) -> None:
    with pytest.raises(Refusal, match=r"answered “(NaN|Infinity)” as a number"):
        mirror.row(trendingScore=number)


@pytest.mark.parametrize("name", ["no-slash", "=cmd|'/c'!A1/x", "a/b\n", "a/<script>", 7, None, ""])
def test_an_id_that_is_none_is_refused(mirror: Mirror, name: object) -> None:
    with pytest.raises(Refusal, match=r"“trending”: field “(0\.)?id”.* (should|is missing)"):
        mirror.row(id=name)


@pytest.mark.parametrize("answer", ["<html>Sorry</html>", {"error": "x"}, ["a"], [None], 5, "[{"])
def test_what_is_no_list_of_models_is_refused(mirror: Mirror, answer: object) -> None:
    with pytest.raises(Refusal, match=r"answered (a web page|something)|too few|has"):
        mirror.trending(answer)


def test_a_field_that_is_new_is_told_once(mirror: Mirror) -> None:
    found = mirror.three(entry(1, mood="good"), entry(2, mood="bad", **{"<b>\x1b[2J": 1}))
    assert found.notes == [
        "The Hub has a new field “<b>\\x1b[2J”.",
        "The Hub has a new field “mood”.",
    ]


# What authors write


@pytest.mark.parametrize(
    ("tags", "declared", "expected"),
    [
        ([], None, (None, None)),
        (["base_model:a/b"], None, ("a/b", None)),
        (["base_model:a/b", "base_model:adapter:a/b"], None, ("a/b", "adapter")),
        (["base_model:finetune:a/b"], None, ("a/b", "finetune")),
        (["base_model:a/b", "base_model:c/d", "base_model:merge:c/d"], None, ("a/b", None)),
        (["base_model:a/b"], {"relation": "finetune", "models": []}, ("a/b", None)),
        (
            ["base_model:a/b"],
            {"relation": "merge", "models": [{"id": "c/d"}, {"id": "e/f"}]},
            ("c/d", "merge"),
        ),
    ],
)
def test_the_first_declared_parent_is_kept(
    mirror: Mirror, tags: list[str], declared: object, expected: tuple[object, object]
) -> None:
    row = mirror.three(entry(1, tags=tags, baseModels=declared)).rows["hub_lists"].astype(object)
    row = row.where(row.notna(), None).iloc[0]
    assert (row["base_model"], row["base_relation"]) == expected


def test_what_is_not_declared_is_empty_or_unknown(mirror: Mirror) -> None:
    none = dict.fromkeys(["pipeline_tag", "library_name", "safetensors", "baseModels"])
    row = mirror.row(**none, tags=[])
    assert row["modality"] == "unknown"
    assert all(pd.isna(row[c]) for c in ("licence", "library", "parameters", "base_model"))
    gone = dict.fromkeys(none, ...)
    assert mirror.row(**gone, gated="manual")["gated"]


@pytest.mark.parametrize(
    ("changes", "column", "note"),
    [
        ({"tags": ["license:=HYPERLINK(1)"]}, "licence", "1 values of “tags” are no licence"),
        ({"tags": ["license:mit\r\n"]}, "licence", "no licence"),
        ({"tags": ["license:" + "x" * 65]}, "licence", "no licence"),
        ({"library_name": "@SUM(A1)"}, "library", "“library_name” are no library"),
        ({"library_name": "</script><script>"}, "library", "no library"),
        ({"pipeline_tag": "Text <b>"}, "modality", "“pipeline_tag” are no modality"),
        (
            {"baseModels": {"relation": "merge", "models": [{"id": "../x"}]}},
            "base_model",
            "“baseModels” are no base model",
        ),
        (
            {"baseModels": {"relation": "dream", "models": [{"id": "a/b"}]}},
            "base_relation",
            "no base relation",
        ),
    ],
)
def test_text_that_does_not_fit_a_table_is_left_out_and_counted(
    mirror: Mirror, changes: dict[str, Any], column: str, note: str
) -> None:
    found = mirror.three(entry(1, **changes))
    value = found.rows["hub_lists"][column][0]
    assert value == "unknown" if column == "modality" else pd.isna(value)
    assert len(found.notes) == 1
    assert note in found.notes[0]


def test_a_relation_without_its_parent_is_left_out(mirror: Mirror) -> None:
    assert pd.isna(
        mirror.row(baseModels={"relation": "merge", "models": [{"id": "x"}]})["base_relation"]
    )


@pytest.mark.parametrize("field", ["pipeline_tag", "library_name", "safetensors"])
def test_a_field_that_no_model_of_many_has_is_refused(mirror: Mirror, field: str) -> None:
    entries = [entry(n, **{field: ...}) for n in range(100)]
    with pytest.raises(Refusal, match=f"not one of 100 models has a .*field “{field}” must have"):
        mirror.trending(entries, 100)


def test_a_reading_without_any_licence_is_refused(mirror: Mirror) -> None:
    entries = [entry(n, tags=["licence=mit"]) for n in range(100)]
    with pytest.raises(Refusal, match="has a licence: field “tags” must have changed"):
        mirror.trending(entries, 100)


# Lists of several pages


def paged(up: Upstream, *pages: list[dict[str, Any]]) -> None:
    """Answer the trending list in pages, as the Hub does."""
    for number, page in enumerate(pages):
        following = f'<{up.address}/api/models?cursor={number + 1}>; rel="next"'
        headers = {"Link": following} if number + 1 < len(pages) else {}
        query = {"cursor": str(number)} if number else {"sort": "trendingScore"}
        up.answer("/api/models", page, headers=headers, query=query)


def test_pages_are_read_until_the_limit_and_no_further(up: Upstream) -> None:
    paged(up, *([entry(n)] for n in range(5)))
    rows = hub.lists(visit(up), SMALL).rows["hub_lists"]
    assert rows["model_id"].tolist() == ["lab-0/model-0", "lab-1/model-1", "lab-2/model-2"]
    assert rows["rank"].tolist() == [1, 2, 3]
    assert len([a for a in up.asked if a.path == "/api/models"]) == 3


def test_a_page_that_fails_fails_the_list(up: Upstream) -> None:
    paged(up, *([entry(n)] for n in range(5)))
    up.answer("/api/models", "no", 503, query={"cursor": "1"})
    with pytest.raises(Refusal, match="try again later"):
        hub.lists(visit(up, deadline=0.3), {"trending": 5})


def test_a_page_that_is_refused_fails_the_list(up: Upstream) -> None:
    paged(up, *([entry(n)] for n in range(5)))
    up.answer("/api/models", {"error": "bad cursor"}, 400, query={"cursor": "1"})
    with pytest.raises(Refusal, match="answered 400 for /api/models"):
        hub.lists(visit(up), {"trending": 5})


def test_a_model_that_comes_twice_counts_once_and_leaves_no_gap(up: Upstream) -> None:
    again = [entry(n) for n in range(20)]
    found = twenty(up, [*again[:10], again[9], *again[10:19]])
    assert found.rows["hub_lists"]["rank"].tolist() == list(range(1, 20))
    assert found.rows["hub_lists"]["model_id"].is_unique
    assert (found.asked, found.rejected) == (20, 1)
    assert found.notes == ["The Hub’s list “trending”: 1 models came twice, unchanged."]


def twenty(up: Upstream, entries: list[dict[str, Any]]) -> Found:
    paged(up, entries[:10], entries[10:])
    return hub.lists(visit(up), {"trending": 20})


def test_a_model_that_moved_between_pages_is_counted_where_first_seen(up: Upstream) -> None:
    moved = entry(9, downloads=1)
    found = twenty(up, [*map(entry, range(10)), moved, *map(entry, range(10, 19))])
    assert found.rows["hub_lists"]["downloads_30d"][9] == 991
    assert (len(found.rows["hub_lists"]), found.rejected) == (19, 1)
    assert "1 models moved between pages" in found.notes[0]


@pytest.mark.parametrize("change", [{"author": "x"}, {"createdAt": "2020-01-01T00:00:00.000Z"}])
def test_a_model_that_comes_twice_as_two_is_refused(mirror: Mirror, change: dict[str, Any]) -> None:
    with pytest.raises(Refusal, match="has lab-1/model-1 twice, with another author or creation"):
        mirror.three(entry(1), entry(1, **change))


def test_too_few_are_refused_however_many_come_twice(mirror: Mirror) -> None:
    for short in ([], [entry(1)], [entry(1)] * 3):
        with pytest.raises(Refusal, match=r"list “trending” has \d models, too few of 3"):
            mirror.trending(short)
    assert len(mirror.trending([entry(n) for n in range(9)], 10).rows["hub_lists"]) == 9


# Models asked by name


def counts(found: Found) -> dict[str, int]:
    table = found.rows["alltime_downloads"]
    return dict(zip(table["model_id"], table["downloads_all_time"], strict=True))


def absences(found: Found) -> dict[str, str]:
    table = found.rows["hub_absent"]
    return dict(zip(table["model_id"], table["reason"], strict=True))


def test_counters_are_read_by_name(mirror: Mirror) -> None:
    found = mirror.counters(x={"downloadsAllTime": 120}, y={"downloadsAllTime": 110})
    assert counts(found) == {"a/x": 120, "a/y": 110}
    assert (found.asked, found.rejected, found.notes) == (2, 0, [])
    assert found.rows["hub_absent"].empty
    assert list(found.rows["hub_absent"].columns) == ["date", "model_id", "reason", "renamed_to"]


@pytest.mark.parametrize(
    ("status", "headers", "reason"),
    [
        (404, {}, "gone"),
        (401, {"X-Error-Code": "RepoNotFound"}, "gone"),
        (401, {}, "gone"),
        (401, {"X-Error-Code": "GatedRepo"}, "gated"),
        (403, {"X-Error-Code": "GatedRepo"}, "gated"),
        (403, {"X-Error-Message": "Access to this resource is disabled."}, "disabled"),
        (403, {}, "private"),
    ],
)
def test_a_model_that_is_not_shown_is_marked_and_the_others_are_read(
    mirror: Mirror, status: int, headers: dict[str, str], reason: str
) -> None:
    mirror.up.answer("/api/models/a/y", {"error": "no"}, status, headers)
    mirror.up.answer("/api/models/a/x", {"id": "a/x", "downloadsAllTime": 120})
    found = mirror.named("a/x", "a/y")
    assert (counts(found), absences(found)) == ({"a/x": 120}, {"a/y": reason})
    assert (found.asked, found.rejected) == (2, 1)
    assert ("a/y" in "".join(found.notes)) == (reason != "gated")


@pytest.mark.parametrize("reason", ["private", "disabled"])
def test_a_model_that_says_it_is_closed_is_marked(mirror: Mirror, reason: str) -> None:
    found = mirror.counters(x={"downloadsAllTime": 120}, y={reason: True})
    assert (counts(found), absences(found)) == ({"a/x": 120}, {"a/y": reason})


def test_a_gated_model_is_marked_and_still_counted(mirror: Mirror) -> None:
    found = mirror.counters(x={"downloadsAllTime": 120, "gated": "manual"})
    assert (counts(found), absences(found)) == ({"a/x": 120}, {"a/x": "gated"})


def test_a_renamed_model_goes_on_under_the_name_asked_for(mirror: Mirror) -> None:
    mirror.up.answer("/api/models/a/old", "", 307, {"Location": "/api/models/b/new"})
    mirror.up.answer("/api/models/b/new", {"id": "b/new", "downloadsAllTime": 130})
    found = mirror.named("a/old")
    assert counts(found) == {"a/old": 130}
    row = found.rows["hub_absent"].iloc[0]
    assert (row["model_id"], row["reason"], row["renamed_to"]) == ("a/old", "renamed", "b/new")


def test_a_model_that_is_there_again_is_said_to_be(mirror: Mirror) -> None:
    rows = [("2026-08-01", "a/x", "found", None), ("2026-08-02", "a/x", "gone", None)]
    absent = pd.DataFrame(rows, columns=NEVER.columns).astype({"date": "datetime64[us]"})
    mirror.counters(x={"downloadsAllTime": 120}, y={"downloadsAllTime": 120})
    found = mirror.named("a/x", "a/y", absent=absent)
    assert absences(found) == {"a/x": "found"}


def test_a_counter_that_falls_is_kept_and_told(mirror: Mirror) -> None:
    found = mirror.counters(x={"downloadsAllTime": 109}, y={"downloadsAllTime": 110})
    assert counts(found) == {"a/x": 109, "a/y": 110}
    assert found.notes == ["1 counters of all-time downloads fell: a/x from 110 to 109."]


@pytest.mark.parametrize("count", ["120", -1, 2**53, 1.0, True, None, ...])
def test_a_counter_of_another_type_is_refused_by_name(mirror: Mirror, count: object) -> None:
    said = {} if count is ... else {"downloadsAllTime": count}
    with pytest.raises(Refusal, match="asked for a/x: field “downloadsAllTime” of a/x should "):
        mirror.counters(x=said)


@pytest.mark.parametrize("body", ["<html>", [], {"downloadsAllTime": 3}, "5"])
def test_an_answer_that_is_no_model_is_refused(mirror: Mirror, body: object) -> None:
    mirror.up.answer("/api/models/a/x", body)
    with pytest.raises(Refusal, match=r"the answer on a/x does not describe|answered a web page"):
        mirror.named("a/x")


def test_another_name_that_is_no_id_is_refused(mirror: Mirror) -> None:
    with pytest.raises(Refusal, match="asked for a/x: field “id”"):
        mirror.counters(x={"id": "<script>", "downloadsAllTime": 1})


def test_a_server_error_for_one_model_fails_the_source(up: Upstream) -> None:
    up.answer("/api/models/a/x", "no", 503)
    with pytest.raises(Refusal, match="try again later"):
        hub.counters(
            visit(up, deadline=0.3, alltime_downloads=past("a/x", "a/y"), hub_absent=NEVER)
        )


def test_a_hub_that_shows_hardly_any_model_is_refused(mirror: Mirror) -> None:
    some = {f"x{n}": {"downloadsAllTime": 120} for n in range(4)}
    with pytest.raises(Refusal, match="shows only 4 of 10 models"):
        mirror.counters(**some, **{f"y{n}": 404 for n in range(6)})


# The whole visit


@pytest.fixture(scope="module")
def whole() -> tuple[Found, list[Asked], list[str]]:
    """A whole visit to a good Hub, what it asked and what it told of its progress."""
    told: list[str] = []
    with Upstream() as up:
        for shift, name in enumerate(SORTS):
            entries = [entry(n + 100 * shift) for n in range(hub.LISTS[name])]
            up.answer("/api/models", entries, query={"sort": SORTS[name]})
        up.answer("/api/models/a/x", {"id": "a/x", "downloadsAllTime": 120})
        labs = pd.DataFrame({"organisation": [f"LAB-{n}" for n in range(5)]})
        tables = {"labs": labs, "alltime_downloads": past("a/x"), "hub_absent": NEVER}
        to = visit(up, day=DAY, deadline=20, **tables)
        object.__setattr__(to, "told", told.append)
        return hub.ask(to), up.asked, told


Whole = tuple[Found, list[Asked], list[str]]


def test_every_table_holds_what_it_is_for(whole: Whole) -> None:
    found, _, told = whole
    sizes = {name: len(rows) for name, rows in found.rows.items()}
    assert sizes == {
        "trending_daily": 30,
        "trending_top1000_daily": 1000,
        "hub_lists": 800,
        "alltime_downloads": 1,
        "hub_absent": 0,
    }
    assert (found.asked, found.rejected) == (1601, 0)
    assert told[0] == "trending: 1,000 models"
    assert told[-1] == "all-time downloads: 1 models"


def test_the_unknown_share_of_the_top_is_told(whole: Whole) -> None:
    assert whole[0].notes == [
        "14 of the first 50 trending models (28%) are by organisations that data/labs.csv does "
        "not know: lab-5, lab-6."
    ]


def test_the_rows_fit_the_tables_of_the_data_package(
    whole: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(package.folder() / "datapackage.json", tmp_path)
    for name in whole[0].rows:
        head = ",".join(f["name"] for f in package.describe(name)["schema"]["fields"])
        (tmp_path / f"{name}.csv").write_text(f"{head}\n")
    monkeypatch.setenv("OPENRACE_DATA", str(tmp_path))
    new = {name: append.additions(name, rows).rows for name, rows in whole[0].rows.items()}
    append.append(new)
    for name, rows in new.items():
        assert len(rows) == len(whole[0].rows[name])
        pd.testing.assert_frame_equal(schema.read(name), rows, check_dtype=False)
    assert not any(len(append.additions(name, rows).rows) for name, rows in whole[0].rows.items())


def test_what_is_asked_is_what_is_read(whole: Whole) -> None:
    lists = [a for a in whole[1] if a.path == "/api/models"]
    assert [a.query["sort"] for a in lists] == list(SORTS.values())
    assert all("authorization" not in a.headers for a in whole[1])


def test_every_field_of_the_plan_is_asked_for() -> None:
    assert {"baseModels", "safetensors", "downloadsAllTime", "id"} - set(hub_models.FIELDS) == {
        "id"
    }


def test_the_address_is_the_one_that_users_of_the_hub_set() -> None:
    assert hub.SOURCE.at({}) == "https://huggingface.co"
    assert hub.SOURCE.at({"HF_ENDPOINT": "http://mirror/"}) == "http://mirror"
