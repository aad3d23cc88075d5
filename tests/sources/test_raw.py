"""Raw answers: kept whole or not at all, and the same when answered again."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from upstream import Upstream, visit

from openrace.errors import Refusal
from openrace.sources import asking, raw
from openrace.sources.raw import Raw, Replay

MARKER = "sk-marker-that-must-never-be-kept"
AT = datetime(2028, 2, 29, 23, 59, tzinfo=UTC)


@pytest.fixture
def up() -> Iterator[Upstream]:
    with Upstream() as server:
        yield server


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPENRACE_RAW", str(tmp_path / "raw"))
    return tmp_path / "raw"


def kept(up: Upstream, *paths: str, at: datetime = AT) -> Raw:
    """Ask for paths, and return what was kept of it, not saved yet."""
    answers = Raw("wiki", at)
    client = up.client(1.0, raw=answers)
    for path in paths:
        client.get(up.address + path)
    return answers


def files(folder: Path) -> list[str]:
    return sorted(str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file())


def test_a_visit_is_answered_again_word_for_word(up: Upstream) -> None:
    packed = {"Content-Encoding": "gzip", "Link": '<x>; rel="prev"', "ETag": '"e"'}
    up.answer("/a", gzip.compress(b"[1]"), headers=packed)
    up.answer("/b", "gone", 404)
    path = kept(up, "/a", "/b", "/a").save()
    with asking.replayed(Replay(path)) as client:
        first = asking.get(client, up.address + "/a")
        assert (first.content, first.headers["etag"]) == (b"[1]", '"e"')
        assert client.get(up.address + "/b").status_code == 404
        assert asking.get(client, up.address + "/a").content == b"[1]"
        with pytest.raises(Refusal, match="has no answer to GET"):
            client.get(up.address + "/a")
        with pytest.raises(Refusal, match="has no answer to GET"):
            client.get(up.address + "/never")
    assert len(up.asked) == 3


def test_answers_to_one_question_come_in_their_order(up: Upstream) -> None:
    numbers = iter(range(3))
    up.answer("/a", lambda asked: str(next(numbers)))
    path = kept(up, "/a", "/a", "/a").save()
    with asking.replayed(Replay(path)) as client:
        assert [client.get(up.address + "/a").text for _ in range(3)] == ["0", "1", "2"]


def test_the_hub_is_answered_again(up: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    following = f'<{up.address}/api/models?page=1>; rel="next"'
    up.answer("/api/models", [{"id": "a/b"}], headers={"Link": following})
    up.answer("/api/models", [{"id": "a/c"}], query={"page": "1"})
    monkeypatch.setattr("huggingface_hub.utils._detect_agent._registry", None)
    answers = Raw("hub", AT)
    for client in (up.client(1.0, raw=answers), None):
        replay = client or asking.replayed(Replay(raw.last("hub")))  # type: ignore[arg-type]
        one = visit(up)
        object.__setattr__(one, "client", replay)
        with asking.hub(one) as api:
            assert [model.id for model in api.list_models()] == ["a/b", "a/c"]
        answers.save()
        replay.close()
    assert len(up.asked) == 2


def test_a_way_to_another_host_is_kept_without_what_grants_access(
    up: Upstream, folder: Path
) -> None:
    with Upstream() as store:
        store.answer("/blob", "good")
        address = store.address.replace("127.0.0.1", "localhost")
        up.answer("/a", "", 302, {"Location": f"{address}/blob?Signature={MARKER}"})
        up.answer("/here", "", 302, {"Location": "/a?page=1"})
        answers = kept(up, "/a", "/here")
        again = kept(up, "/a", "/here")
        assert MARKER in str(store.asked)
    with asking.replayed(Replay(answers.save())) as client:
        assert client.get(up.address + "/a").text == "good"
        assert client.get(up.address + "/here").text == "good"
    assert answers.digest == again.digest
    assert not any(MARKER in (folder / f).read_text() for f in files(folder) if "visits" in f)


def test_no_key_is_kept(up: Upstream, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", MARKER)
    monkeypatch.setenv("OPENROUTER_API_KEY", MARKER)
    up.answer("/a", "good", headers={"Set-Cookie": f"session={MARKER}", "X-Request": MARKER})
    answers = Raw("wiki", AT)
    named = up.address.replace("//", f"//name:{MARKER}@")
    key = {"Authorization": f"Bearer {MARKER}"}
    asking.get(up.client(1.0, raw=answers), named + "/a", headers=key)
    path = answers.save()
    assert "127.0.0.1" in path.read_text()
    written = b"".join((folder / f).read_bytes() for f in files(folder))
    unpacked = b"".join(gzip.decompress(f.read_bytes()) for f in folder.rglob("*.gz"))
    assert MARKER.encode() not in written + unpacked


def test_only_final_answers_are_kept(up: Upstream) -> None:
    up.answer("/a", "good")
    up.answer("/a", "bad", 503, times=1)
    assert kept(up, "/a").digest == kept(up, "/a").digest


def test_the_same_answers_have_the_same_digest(up: Upstream) -> None:
    up.answer("/a", "one")
    up.answer("/b", "two")
    first = kept(up, "/a", "/b")
    assert first.digest == kept(up, "/a", "/b", at=datetime.now(UTC)).digest
    assert first.digest == Replay(first.save()).digest
    assert first.digest != kept(up, "/b", "/a").digest
    up.answer("/b", "three")
    assert first.digest != kept(up, "/a", "/b").digest


def test_nothing_is_written_before_the_visit_is_saved(up: Upstream, folder: Path) -> None:
    up.answer("/a", "good")
    answers = kept(up, "/a", "/a")
    assert not folder.exists()
    assert raw.last("wiki") is None
    assert answers.save() == raw.last("wiki")
    assert [f.split("/")[0] for f in files(folder)] == ["bodies", "visits"]


def test_visits_are_named_by_their_time_in_utc(up: Upstream) -> None:
    up.answer("/a", "good")
    later = datetime.fromisoformat("2028-03-01T01:00:00+01:00")  # the day after, a minute later
    for at in (later, AT):
        kept(up, "/a", at=at).save()
    last = raw.last("wiki")
    assert last is not None
    assert last.name == "2028-03-01T000000.000000Z.json"


def test_a_visit_knows_its_days(up: Upstream) -> None:
    up.answer("/a", "good")
    answers = Raw("wiki", AT, until=date(2028, 2, 1))
    up.client(1.0, raw=answers).get(up.address + "/a")
    replay = Replay(answers.save())
    assert (replay.at, replay.until) == (AT, date(2028, 2, 1))
    assert Replay(kept(up, "/a").save()).until == date(2028, 2, 29)


def test_a_body_is_kept_once_and_always_in_the_same_bytes(up: Upstream, folder: Path) -> None:
    up.answer("/a", "good")
    kept(up, "/a").save()
    body = next(folder.rglob("*.gz"))
    before = body.read_bytes()
    body.unlink()
    kept(up, "/a", at=datetime(2029, 1, 1, tzinfo=UTC)).save()
    assert [f.read_bytes() for f in folder.rglob("*.gz")] == [before]


@pytest.mark.parametrize("harm", ["gone", "cut", "other", "no gzip"])
def test_a_damaged_body_is_refused(up: Upstream, folder: Path, harm: str) -> None:
    up.answer("/a", "good")
    path = kept(up, "/a").save()
    body = next(folder.rglob("*.gz"))
    whole = body.read_bytes()
    body.write_bytes({"cut": whole[:-6], "other": gzip.compress(b"bad")}.get(harm, b"x"))
    if harm == "gone":
        body.unlink()
    with (
        asking.replayed(Replay(path)) as client,
        pytest.raises(Refusal, match="ask the source anew"),
    ):
        client.get(up.address + "/a")


@pytest.mark.parametrize("text", ["", "[]", '{"answers": [{}]}', '{"answers": 1}', None])
def test_what_is_no_visit_is_refused(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "visit.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(Refusal, match="is no kept visit"):
        Replay(path)


def test_a_folder_that_cannot_be_written_is_refused(up: Upstream, folder: Path) -> None:
    up.answer("/a", "good")
    folder.write_text("a file where the folder should be")
    with pytest.raises(Refusal, match="Raw answers cannot be kept in"):
        kept(up, "/a").save()


def test_a_full_disk_leaves_nothing_half(
    up: Upstream, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = pytest.importorskip("resource")
    up.answer("/a", os.urandom(100_000))
    answers = kept(up, "/a")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(Refusal, match=r"Raw answers cannot be kept in .* \(File too large\)"):
            answers.save()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert files(folder) == []
    assert json.loads(answers.save().read_text())["source"] == "wiki"
