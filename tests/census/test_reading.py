"""A revision read in parts over HTTP: what is fetched, what it becomes, and what is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tenacity
from hub_stats import HubStats, model, parquet, served
from upstream import Reply, visit

from openrace.census import reading
from openrace.census.reading import LAYOUT, Unfit
from openrace.census.revisions import DATASET, FILE, Revision, revisions
from openrace.errors import Refusal
from openrace.sources import transport
from openrace.sources.source import Visit

DAY = date(2025, 1, 27)
ONE = model("Qwen/Qwen2.5-7B")


@pytest.fixture(autouse=True)
def _short_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_BACKOFF", tenacity.wait_exponential(multiplier=0.03))


@pytest.fixture
def stats() -> Iterator[HubStats]:
    with served() as stats:
        yield stats


def revision(stats: HubStats, file: bytes) -> tuple[Visit, Revision]:
    stats.commit(DAY, file)
    asking = visit(stats.hub)
    return asking, revisions(asking, DATASET, [DAY])[DAY]


def copied(stats: HubStats, to: Path, file: bytes) -> list[dict[str, Any]]:
    asking, found = revision(stats, file)
    reading.copy(asking, DATASET, found, to)
    table = pq.read_table(to)
    assert table.schema == LAYOUT
    return table.to_pylist()


def refused(stats: HubStats, to: Path, file: bytes, kind: type[Refusal] = Unfit) -> str:
    """Copy what must be refused, naming the revision, and leave nothing behind."""
    asking, found = revision(stats, file)
    with pytest.raises(kind) as refusal:
        reading.copy(asking, DATASET, found, to)
    assert list(to.parent.glob("*")) == []
    who = f"{FILE} of revision {found.commit[:8]}"
    assert kind is Refusal or who in str(refusal.value)
    return str(refusal.value).removeprefix(f"{who}: ")


@pytest.fixture
def to(tmp_path: Path) -> Path:
    return tmp_path / "census" / f"{DAY}.parquet"


# What it becomes


def test_a_model_is_read_as_it_will_be_counted(stats: HubStats, to: Path) -> None:
    parent = {"relation": "quantized", "models": [{"_id": "1", "id": "a/b"}, {"id": "c/d"}]}
    bare = {"author": None, "tags": None, "pipeline_tag": None, "safetensors": None}
    bare |= {"downloadsAllTime": None, "createdAt": None}
    full = {"createdAt": datetime(2025, 1, 20, 6, 30, 1, 500), "baseModels": parent}
    assert copied(stats, to, parquet([model("a/full", **full), model("gpt2", **bare)])) == [
        {
            "id": "a/full",
            "author": "a",
            "createdAt": datetime(2025, 1, 20, 6, 30, 1, 500),
            "downloads": 100,
            "downloadsAllTime": 1000,
            "likes": 2,
            "tags": ["license:mit"],
            "pipeline_tag": "text-generation",
            "baseModels": ["a/b", "c/d"],
            "parameters": 7,
        },
        dict.fromkeys(LAYOUT.names) | {"id": "gpt2", "downloads": 100, "likes": 2},
    ]


def test_base_models_stay_with_their_models_in_every_batch(
    stats: HubStats, to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_ROWS", 7)
    kinds: list[Any] = [None, {"relation": None, "models": None}]
    for n in (0, 1, 3):
        kinds.append({"relation": "finetune", "models": [{"id": f"base/{n}"}] * n})
    models = [model(f"a/{n}", baseModels=kinds[n % 5]) for n in range(101)]
    read = copied(stats, to, parquet(models, row_group_size=17))
    wanted: list[Any] = [None, None, [], ["base/1"], ["base/3"] * 3]
    assert [row["baseModels"] for row in read] == [wanted[n % 5] for n in range(101)]
    assert [row["id"] for row in read] == [f"a/{n}" for n in range(101)]


def test_columns_that_early_revisions_lack_are_missing(stats: HubStats, to: Path) -> None:
    without = ("downloadsAllTime", "baseModels", "safetensors")
    (read,) = copied(stats, to, parquet([ONE], without=without))
    assert [read[name] for name in ("downloadsAllTime", "baseModels", "parameters")] == [None] * 3


@pytest.mark.parametrize(
    ("column", "kind", "given", "became"),
    [
        ("createdAt", pa.timestamp("ns"), datetime(2025, 1, 2), datetime(2025, 1, 2)),
        ("createdAt", pa.timestamp("ms", "UTC"), datetime(2025, 1, 2), datetime(2025, 1, 2)),
        ("createdAt", pa.timestamp("s", "Asia/Tokyo"), datetime(2025, 1, 2), datetime(2025, 1, 2)),
        (
            "createdAt",
            pa.string(),
            "2025-01-02T03:04:05.678Z",
            datetime(2025, 1, 2, 3, 4, 5, 678_000),
        ),
        ("createdAt", pa.string(), "2025-01-02 03:04:05+00", datetime(2025, 1, 2, 3, 4, 5)),
        ("createdAt", pa.large_string(), "2025-01-02T03:04:05", datetime(2025, 1, 2, 3, 4, 5)),
        ("createdAt", pa.string(), None, None),
        ("downloads", pa.int32(), 5, 5),
        ("likes", pa.int64(), 2**53, 2**53),
        ("id", pa.dictionary(pa.int32(), pa.string()), "a/b", "a/b"),
        ("tags", pa.large_list(pa.large_string()), ["x", None], ["x", None]),
        ("baseModels", pa.string(), '{"models": [{"_id": "1", "id": "a/b"}]}', ["a/b"]),
        ("baseModels", pa.string(), '{"relation": "merge", "models": []}', []),
        ("baseModels", pa.string(), "null", None),
        ("baseModels", pa.string(), None, None),
        ("safetensors", pa.string(), '{"parameters": {"F32": 3}, "total": 3}', 3),
        ("safetensors", pa.string(), "null", None),
        ("safetensors", pa.struct({"total": pa.int32()}), {"total": 3}, 3),
    ],
)
def test_a_column_may_have_each_of_its_forms(
    stats: HubStats, to: Path, column: str, kind: pa.DataType, given: Any, became: Any
) -> None:
    body = parquet([ONE | {column: given}], {column: kind})
    (read,) = copied(stats, to, body)
    assert read["parameters" if column == "safetensors" else column] == became


def test_hostile_text_stays_data(stats: HubStats, to: Path) -> None:
    hostile = "a/</script>\u202e\x1b[2J"
    (read,) = copied(stats, to, parquet([model(hostile)]))
    assert read["id"] == hostile


# What is refused


@pytest.mark.parametrize(
    "gone", ["id", "author", "createdAt", "downloads", "likes", "tags", "pipeline_tag"]
)
def test_a_column_that_is_gone_or_renamed_is_refused_by_name(
    stats: HubStats, to: Path, gone: str
) -> None:
    said = refused(stats, to, parquet([ONE], without=[gone]))
    assert said == f"there is no column “{gone}”"


@pytest.mark.parametrize(
    ("column", "kind", "given", "words"),
    [
        ("downloads", pa.float64(), 1.0, "is double, but must be a whole number"),
        ("downloads", pa.float64(), float("nan"), "is double, but must be a whole number"),
        ("downloads", pa.string(), "5", "is string, but must be a whole number"),
        ("likes", pa.uint64(), 5, "is uint64, but must be a whole number"),
        ("downloadsAllTime", pa.string(), "5", "is string, but must be a whole number"),
        ("id", pa.int64(), 5, "is int64, but must be text"),
        ("author", pa.binary(), b"a", "is binary, but must be text"),
        ("createdAt", pa.int64(), 5, "is int64, but must be a time"),
        ("createdAt", pa.date32(), DAY, "is date32[day], but must be a time"),
        ("tags", pa.string(), "a,b", "is string, but must be a list of texts"),
        ("tags", pa.list_(pa.int64()), [1], "is list<element: int64>, but must be a list of texts"),
        ("safetensors", pa.struct({"total": pa.float64()}), {"total": 1.0}, "or JSON"),
        ("safetensors", pa.int64(), 5, "or JSON"),
        ("baseModels", pa.list_(pa.string()), ["a/b"], "or JSON"),
        ("baseModels", pa.struct({"models": pa.string()}), {"models": "a/b"}, "or JSON"),
    ],
)
def test_a_column_of_another_type_is_refused_by_name_and_type(
    stats: HubStats, to: Path, column: str, kind: pa.DataType, given: Any, words: str
) -> None:
    said = refused(stats, to, parquet([ONE | {column: given}], {column: kind}))
    assert said.startswith(f"column “{column}” is ")
    assert said.endswith(words)


@pytest.mark.parametrize(
    ("column", "kind", "given", "words"),
    [
        ("downloads", None, -1, "is negative"),
        ("downloads", None, None, "is missing"),
        ("likes", None, None, "is missing"),
        ("likes", pa.int32(), -5, "is negative"),
        ("downloadsAllTime", None, 2**53 + 1, "is more than can be"),
        ("safetensors", None, {"total": -1}, "is negative"),
        ("createdAt", pa.string(), "yesterday", "is no time"),
        ("createdAt", pa.string(), "2025-01-02", "is no time"),
        ("createdAt", pa.string(), "2025-02-30T00:00:00Z", "is no time"),
        ("createdAt", pa.string(), "2025-01-02T25:00:00Z", "is no time"),
        ("createdAt", pa.string(), "2025-01-02T03:04:05+09:00", "is no time"),
        ("baseModels", pa.string(), "{cut", "is JSON of another shape, or none"),
        ("baseModels", pa.string(), '["a/b"]', "is JSON of another shape, or none"),
        ("baseModels", pa.string(), '{"models": [{"id": 5}]}', "is JSON of another shape, or none"),
        ("safetensors", pa.string(), '{"total": "5"}', "is JSON of another shape, or none"),
        ("safetensors", pa.string(), '{"total": 5.0}', "is JSON of another shape, or none"),
        ("safetensors", pa.string(), '{"total": NaN}', "is JSON of another shape, or none"),
        ("safetensors", pa.string(), '{"total": -5}', "is negative"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_column_and_model(
    stats: HubStats, to: Path, column: str, kind: pa.DataType | None, given: Any, words: str
) -> None:
    models = [model(f"a/{n}", **{column: None} if kind else {}) for n in range(5)]
    if column == "likes":
        models = [model(f"a/{n}") for n in range(5)]
    models[3] = model("a/odd", **{column: given})
    said = refused(stats, to, parquet(models, {column: kind} if kind else {}))
    assert said == f"column “{column}” of “a/odd” {words}"


def test_a_model_without_an_id_is_refused(stats: HubStats, to: Path) -> None:
    said = refused(stats, to, parquet([ONE, model("a/b") | {"id": None}]))
    assert said == "column “id” of a model without an id is missing"


def test_a_file_that_is_damaged_is_refused(stats: HubStats, to: Path) -> None:
    whole = parquet([model(f"a/{n}") for n in range(500)])
    assert refused(stats, to, b"<html>").endswith(" is no whole parquet file")
    assert refused(stats, to, whole[:-20]).endswith(" is no whole parquet file")
    damaged = whole[:4] + bytes(2000) + whole[2004:]
    assert refused(stats, to, damaged).endswith(" is no whole parquet file")


# What is fetched


def test_little_more_than_the_needed_columns_and_the_footer_is_fetched(
    stats: HubStats, to: Path
) -> None:
    models = [model(f"a/{n}", config=os.urandom(2000).hex()) for n in range(1000)]
    body = parquet(models, row_group_size=250, use_dictionary=False)
    asking, found = revision(stats, body)
    with reading._opened(asking, DATASET, found, lambda read: None) as file:
        needed, tail = reading.weight(file), max(2**16, file.metadata.serialized_size)
    stats.host.asked.clear()
    read = reading.copy(asking, DATASET, found, to)
    fetched = sum(size for _, size in stats.ranges())
    assert len(body) > 4_000_000
    assert read == fetched <= needed + tail + 4 * 8192  # Arrow reads over holes of 8 KiB
    assert pq.read_table(to).num_rows == 1000
    assert reading.weigh(asking, DATASET, found) == needed


def test_a_copy_that_is_there_is_not_fetched_again(stats: HubStats, to: Path) -> None:
    asking, found = revision(stats, parquet([ONE]))
    read = reading.copy(asking, DATASET, found, to)
    stats.host.asked.clear()
    assert reading.copy(asking, DATASET, found, to) == read
    assert stats.host.asked == []
    to.write_bytes(to.read_bytes()[:-9])  # a power cut
    assert reading.copy(asking, DATASET, found, to) == read
    other = stats.commit(DAY, parquet([model("b/other")]))
    changed = Revision(DAY, other, found.committed, found.file, found.size)
    reading.copy(asking, DATASET, changed, to)
    assert pq.read_table(to)["id"].to_pylist() == ["b/other"]


def test_parts_come_unpacked_and_without_a_token(
    stats: HubStats, to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    copied(stats, to, parquet([ONE]))
    for asked in (*stats.hub.asked, *stats.host.asked):
        assert "authorization" not in asked.headers
        assert "hf_secret" not in json.dumps(asked.headers)
        assert "The-Open-Race" in asked.headers["user-agent"]
    assert {asked.headers["accept-encoding"] for asked in stats.host.asked} == {"identity"}


def test_a_limit_on_a_part_is_waited_for(stats: HubStats, to: Path) -> None:
    asking, found = revision(stats, parquet([ONE]))
    path = f"/datasets/{DATASET}/resolve/{found.commit}/{FILE}"
    stats.hub.answer(path, "slow", 429, {"RateLimit": '"resolvers";r=0;t=1'}, times=1)
    stats.host.answer(f"/{found.commit}", "slow", 503, times=1)
    reading.copy(asking, DATASET, found, to)
    assert pq.read_table(to).num_rows == 1


def test_a_part_that_is_cut_is_asked_for_again(stats: HubStats, to: Path) -> None:
    asking, found = revision(stats, parquet([model(f"a/{n}") for n in range(3000)]))

    def cut(asked: Any) -> Reply:
        whole = stats.part(asked)
        length = {"Content-Length": str(len(whole.body)), "Connection": "close"}
        return Reply(whole.body[:500], 206, {**whole.headers, **length})

    stats.host.answer(f"/{found.commit}", cut, times=2)
    reading.copy(asking, DATASET, found, to)
    assert pq.read_table(to).num_rows == 3000


def test_another_part_or_the_whole_file_is_refused(stats: HubStats, to: Path) -> None:
    body = parquet([ONE])
    asking, found = revision(stats, body)
    shifted = {"Content-Range": f"bytes 0-9/{len(body)}"}
    for answer in (Reply(body), Reply(body[:10], 206, shifted), Reply(body[:10], 206)):
        stats.host.answer(f"/{found.commit}", lambda asked, answer=answer: answer)
        with pytest.raises(Refusal, match="gives another part of a file than was asked for") as no:
            reading.copy(asking, DATASET, found, to)
        assert not isinstance(no.value, Unfit)
        assert not list(to.parent.glob("*"))


def test_a_source_that_fails_in_the_middle_leaves_nothing(stats: HubStats, to: Path) -> None:
    models = [model(f"a/{n}", config=os.urandom(500).hex()) for n in range(400)]
    stats.commit(DAY, parquet(models, row_group_size=100))
    asking = visit(stats.hub, deadline=0.6)
    found = revisions(asking, DATASET, [DAY])[DAY]
    stats.host.answer(f"/{found.commit}", "down", 503)
    stats.host.answer(f"/{found.commit}", stats.part, times=3)
    with pytest.raises(Refusal, match=r"answered 503 for .*: try again later\.") as refusal:
        reading.copy(asking, DATASET, found, to)
    assert not isinstance(refusal.value, Unfit)
    assert list(to.parent.glob("*")) == []


@pytest.mark.parametrize("host", ["hub", "host"])
def test_a_file_that_is_gone_is_the_revision_s_own_trouble(
    stats: HubStats, to: Path, host: str
) -> None:
    asking, found = revision(stats, parquet([ONE]))
    if host == "hub":
        path = f"/datasets/{DATASET}/resolve/{found.commit}/{FILE}"
        stats.hub.answer(path, "", 404, {"X-Error-Code": "EntryNotFound"})
    else:
        stats.host.answer(f"/{found.commit}", "", 404)
    with pytest.raises(Unfit, match="is not there any more"):
        reading.copy(asking, DATASET, found, to)


def test_a_revision_that_is_gone_is_its_own_trouble_and_a_data_set_is_not(
    stats: HubStats, to: Path
) -> None:
    asking, found = revision(stats, parquet([ONE]))
    path = f"/api/datasets/{DATASET}/revision/{found.commit}"
    stats.hub.answer(path, {}, 404, {"X-Error-Code": "RevisionNotFound"})
    with pytest.raises(Unfit, match="is not there any more"):
        reading.copy(asking, DATASET, found, to)
    for status, code in ((404, "RepoNotFound"), (401, ""), (404, "")):
        stats.hub.answer(path, {}, status, {"X-Error-Code": code} if code else {})
        with pytest.raises(Refusal, match="name a copy of it with --dataset") as refusal:
            reading.copy(asking, DATASET, found, to)
        assert not isinstance(refusal.value, Unfit)


FULL = """
import resource, signal, sys
from pathlib import Path
import pyarrow.parquet as pq
from openrace.census import reading
from openrace.errors import Refusal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
copied, to, *rooms = sys.argv[1:]
for room in map(int, rooms):
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    try:
        with reading._written(Path(to)) as writer:
            for batch in pq.ParquetFile(copied).iter_batches(1000):
                with reading._writing(Path(to)):
                    writer.write_batch(batch)
    except Refusal as refusal:
        print(refusal)
"""


def test_a_disk_that_is_full_is_told(stats: HubStats, to: Path) -> None:
    copied(stats, to, parquet([model(os.urandom(99).hex()) for _ in range(9000)]))
    rooms = ("0", "3", "1000", str(to.stat().st_size - 5))
    command = [sys.executable, "-c", FULL, str(to), str(to.with_name("other")), *rooms]
    done = subprocess.run(command, capture_output=True, text=True)
    said = f"{to.parent} cannot be written (File too large): nothing was changed.\n"
    assert done.stdout == said * len(rooms), done.stderr


# How much memory


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    most = [_most(tmp_path, groups) for groups in (2, 12)]
    assert most[1] < most[0] + 40, most  # MB; ten more row groups hold 80 MB


MEASURE = """
import re, sys
from datetime import UTC, date, datetime
from pathlib import Path
from hub_stats import DATASET
from openrace.census import reading
from openrace.census.revisions import Revision
from openrace.sources import asking
from openrace.sources.source import Visit
day = date(2025, 1, 27)
address, commit, size, to = sys.argv[1:]
with asking.opened(60) as client:
    visit = Visit(address, client, day, day, lambda name: None)
    found = Revision(day, commit, datetime.now(UTC), "", int(size))
    reading.copy(visit, DATASET, found, Path(to))
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1000)
"""


def _most(folder: Path, groups: int) -> int:
    """Return the most memory, in MB, of a process that copies so many row groups."""
    tags = [f"tag-{n}-{'x' * 60}" for n in range(1000)]
    size = 10_000
    models = [
        model(f"some-author/model-{n}", tags=[tags[(n * k) % 1000] for k in range(1, 11)])
        for n in range(size)
    ]
    table = pq.ParquetFile(pa.BufferReader(parquet(models, row_group_size=size))).read()
    body = pa.BufferOutputStream()
    with pq.ParquetWriter(body, table.schema, use_dictionary=False, compression="NONE") as writer:
        for _ in range(groups):
            writer.write_table(table)
    with served() as stats:
        commit = stats.commit(DAY, body.getvalue().to_pybytes())
        arguments = [stats.hub.address, commit, str(len(stats.files[commit]))]
        to = str(folder / f"{groups}.parquet")
        places = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parent.parent)])
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, *arguments, to],
            env=os.environ | {"PYTHONPATH": places},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stderr
    assert pq.read_metadata(to).num_rows == groups * size
    return int(done.stdout)
