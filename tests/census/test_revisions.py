"""Which commit stands for a day, as a real server lists commits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import tenacity
from hub_stats import HubStats, model, parquet, served
from upstream import Reply, visit

from openrace.census.revisions import DATASET, FILE, Revision, revisions
from openrace.errors import Refusal
from openrace.sources import transport

DAY, NEXT = date(2025, 1, 27), date(2025, 1, 28)
SMALL = parquet([model("a/one")])


@pytest.fixture(autouse=True)
def _short_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_BACKOFF", tenacity.wait_exponential(multiplier=0.03))


@pytest.fixture
def stats() -> Iterator[HubStats]:
    with served() as stats:
        yield stats


def found(stats: HubStats, *days: date) -> dict[date, Revision]:
    return revisions(visit(stats.hub), stats.dataset, days or (DAY,))


def refused(stats: HubStats) -> str:
    with pytest.raises(Refusal) as refusal:
        found(stats)
    return str(refusal.value)


def test_a_day_has_the_commit_nearest_to_its_noon_from_any_page(stats: HubStats) -> None:
    wanted = {}
    for day in (DAY, NEXT):
        for hour in (0, 5, 11, 16, 23):
            at = datetime(day.year, day.month, day.day, hour)
            hash = stats.commit(at, SMALL + bytes([hour]))
            wanted[day] = hash if hour == 11 else wanted.get(day)
    read = found(stats, DAY, NEXT)
    assert {day: revision.commit for day, revision in read.items()} == wanted
    assert read[DAY].committed == datetime(2025, 1, 27, 11, tzinfo=UTC)
    assert read[DAY].size == len(SMALL) + 1
    assert len(read[DAY].file) == 64
    pages = [asked for asked in stats.hub.asked if asked.path.endswith("/commits/main")]
    assert len(pages) == 4  # of ten commits, three a page


def test_a_commit_of_the_file_goes_before_nearer_ones_of_other_files(stats: HubStats) -> None:
    stats.commit(datetime(2025, 1, 27, 12), SMALL, "Upload datasets.parquet with huggingface_hub")
    own = stats.commit(datetime(2025, 1, 27, 3), SMALL)
    other = stats.commit(datetime(2025, 1, 28, 3), SMALL, "Upload spaces.parquet")
    assert [revision.commit for revision in found(stats, DAY, NEXT).values()] == [own, other]


def test_a_day_without_a_commit_has_no_revision(stats: HubStats) -> None:
    stats.commit(datetime(2025, 1, 26, 23, 59), SMALL)
    stats.commit(datetime(2025, 1, 28, 0, 0), SMALL)
    assert found(stats) == {}


def test_a_commit_without_the_file_stands_for_its_day_with_no_file(stats: HubStats) -> None:
    stats.commit(DAY, None)
    assert (found(stats)[DAY].file, found(stats)[DAY].size) == ("", 0)


def test_a_file_outside_large_storage_has_the_hash_of_git(stats: HubStats) -> None:
    hash = stats.commit(DAY, SMALL)
    told = [{"type": "file", "path": FILE, "size": 5, "oid": "ab" * 20}]
    stats.hub.answer(f"/api/datasets/{DATASET}/paths-info/{hash}", told)
    assert found(stats)[DAY].file == "ab" * 20


@pytest.mark.parametrize("status", [401, 404])
def test_a_data_set_that_was_taken_down_is_told_in_a_sentence(stats: HubStats, status: int) -> None:
    stats.hub.answer(f"/api/datasets/{DATASET}/commits/main", {"error": "no"}, status)
    assert refused(stats) == (
        f"127.0.0.1 shows no data set {DATASET} ({status}): if it was taken down, "
        "name a copy of it with --dataset."
    )


def test_a_page_of_commits_that_fails_fails_all(stats: HubStats) -> None:
    for _ in range(4):
        stats.commit(DAY, SMALL)
    path = f"/api/datasets/{DATASET}/commits/main"
    stats.hub.answer(path, "broken", 500, query={"p": "1"})
    with pytest.raises(Refusal, match=r"127\.0\.0\.1 answered 500 for .* s: try again later\."):
        revisions(visit(stats.hub, deadline=0.4), DATASET, [DAY])


def test_a_limit_on_commits_is_waited_for(stats: HubStats) -> None:
    stats.commit(DAY, SMALL)
    path = f"/api/datasets/{DATASET}/commits/main"
    stats.hub.answer(path, "slow down", 429, {"Retry-After": "0.1"}, times=1)
    assert list(found(stats)) == [DAY]


@pytest.mark.parametrize(
    "odd",
    [
        {"id": "main"},
        {"id": "../../../api"},
        {"id": None},
        {"date": "yesterday"},
        {"date": "2025-01-28T01:30:00.000+02:00"},
        {"date": None},
        {"title": None},
    ],
    ids=str,
)
def test_a_list_of_commits_of_another_shape_is_refused(
    stats: HubStats, odd: dict[str, Any]
) -> None:
    stats.commit(DAY, SMALL)
    stats.commits[0].update(odd)
    assert refused(stats) == f"The Hub’s list of commits to {DATASET} is not what it was."


@pytest.mark.parametrize("gone", ["id", "date", "title", "authors"])
def test_a_commit_without_a_field_is_refused(stats: HubStats, gone: str) -> None:
    stats.commit(DAY, SMALL)
    del stats.commits[0][gone]
    assert refused(stats) == f"The Hub’s list of commits to {DATASET} is not what it was."


@pytest.mark.parametrize("answer", [[1], {"a": 1}, [{"type": "file", "path": FILE}], "no", None])
def test_a_file_described_otherwise_is_refused(stats: HubStats, answer: Any) -> None:
    hash = stats.commit(DAY, SMALL)
    stats.hub.answer(f"/api/datasets/{DATASET}/paths-info/{hash}", lambda asked: Reply(answer))
    assert refused(stats).endswith(("is not what it was.", "or is cut."))


def test_a_file_with_a_hash_that_is_none_is_refused(stats: HubStats) -> None:
    hash = stats.commit(DAY, SMALL)
    told = [{"type": "file", "path": FILE, "size": 5, "oid": "<script>"}]
    stats.hub.answer(f"/api/datasets/{DATASET}/paths-info/{hash}", told)
    assert refused(stats) == f"The Hub’s answer on {FILE} at {hash[:8]} is not what it was."
