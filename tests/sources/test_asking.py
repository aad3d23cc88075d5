"""The one way to the network, against a real server that misbehaves."""

from __future__ import annotations

import gzip
import hashlib
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from io import BufferedIOBase
from typing import Any

import httpx2
import pydantic
import pytest
import tenacity
from huggingface_hub.utils import _http
from pydantic import StrictInt
from upstream import Upstream, visit

from openrace.errors import Refusal
from openrace.sources import asking, transport

MARKER = "sk-marker-that-must-never-be-seen"
ANYTHING = pydantic.TypeAdapter(Any)


class Cost(pydantic.BaseModel, strict=True):
    input: float


class Model(pydantic.BaseModel, strict=True):
    id: str
    cost: Cost


CATALOGUE = pydantic.TypeAdapter(dict[str, Model])


@pytest.fixture(autouse=True)
def _short_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_BACKOFF", tenacity.wait_exponential(multiplier=0.03))


@pytest.fixture
def up() -> Iterator[Upstream]:
    with Upstream() as server:
        yield server


def refused(up: Upstream, path: str = "/a", deadline: float = 0.2) -> tuple[str, float]:
    """Return the sentence with which a path is refused, and after how many seconds."""
    client = up.client(deadline)
    began = time.monotonic()
    with pytest.raises(Refusal) as refusal:
        asking.get(client, up.address + path)
    return str(refusal.value), time.monotonic() - began


def whole(up: Upstream, path: str = "/a", deadline: float = 1.0) -> bytes:
    return asking.get(up.client(deadline), up.address + path).content


def head(*lines: str) -> bytes:
    return "\r\n".join(("HTTP/1.1 200 OK", *lines, "", "")).encode()


# What may pass


@pytest.mark.parametrize("status", transport.PASSING)
def test_a_status_that_passes_is_asked_again(up: Upstream, status: int) -> None:
    up.answer("/a", "good")
    up.answer("/a", "bad", status, times=1)
    assert whole(up) == b"good"
    assert len(up.asked) == 2


def test_a_status_that_does_not_pass_ends_at_the_deadline(up: Upstream) -> None:
    up.answer("/a", "bad", 503)
    said, seconds = refused(up)
    assert said.startswith("127.0.0.1 answered 503 for 0.")
    assert said.endswith(" s: try again later.")
    assert seconds <= 0.2
    assert 1 < len(up.asked) <= 3  # after 0.03 and 0.09 s; the next would be too late


@pytest.mark.parametrize("headers", [{"Retry-After": "1"}, {"RateLimit": '"api";r=0;t=1'}])
def test_a_limit_is_waited_for_as_told(up: Upstream, headers: dict[str, str]) -> None:
    up.answer("/a", "good")
    up.answer("/a", "slow down", 429, headers, times=1)
    began = time.monotonic()
    assert whole(up, deadline=1.3) == b"good"
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize("headers", [{"Retry-After": "55"}, {"RateLimit": '"api";r=0;t=55'}])
def test_a_wait_beyond_the_deadline_fails_at_once(up: Upstream, headers: dict[str, str]) -> None:
    up.answer("/a", "slow down", 429, headers)
    said, seconds = refused(up)
    assert said.startswith("127.0.0.1 asks to wait 55 s, but 0.")
    assert seconds < 0.2
    assert len(up.asked) == 1


def test_a_rate_limit_that_is_not_used_up_is_no_reason_to_wait(up: Upstream) -> None:
    up.answer("/a", "good")
    up.answer("/a", "slow down", 503, {"RateLimit": '"api";r=12;t=55'}, times=1)
    assert whole(up) == b"good"


@pytest.mark.parametrize("told", ["", "soon", "-5", "1e9", "Wed, 21 Oct 2015 07:28:00 GMT", "²"])
def test_a_wait_that_makes_no_sense_is_not_taken(up: Upstream, told: str) -> None:
    up.answer("/a", "good")
    up.answer("/a", "slow down", 429, {"Retry-After": told.encode().decode("latin-1")}, times=1)
    assert whole(up) == b"good"


def test_a_wait_until_a_date_is_read_by_the_clock_of_the_host() -> None:
    wrong = datetime(2031, 2, 28, 23, 59, tzinfo=UTC)  # whatever our own clock says
    headers = httpx2.Headers(
        {
            "Date": format_datetime(wrong, usegmt=True),
            "Retry-After": format_datetime(wrong + timedelta(seconds=90), usegmt=True),
        }
    )
    assert transport._told(headers) == 90


def test_who_cannot_be_reached_is_not_asked_for_ever() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, but not listening: refuses
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with asking.opened(0.4) as client, pytest.raises(Refusal) as refusal:
            asking.get(client, address)
    assert "cannot be reached (Connection refused): check the network" in str(refusal.value)


def test_a_connection_that_nobody_accepts_ends_at_the_deadline() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen(0)
        address = busy.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:  # fill the queue, so that a further one hears nothing
            one.setblocking(False)
            one.connect_ex(address)
        began = time.monotonic()
        with asking.opened(0.3) as client, pytest.raises(Refusal, match="try again later"):
            asking.get(client, f"http://127.0.0.1:{address[1]}")
        for one in waiting:
            one.close()
    assert time.monotonic() - began < 0.6


# Answers that do not end, or end too early


def stall(up: Upstream, *parts: bytes, every: float = 0.0) -> Callable[[BufferedIOBase], None]:
    def script(wire: BufferedIOBase) -> None:
        for part in parts:
            wire.write(part)
            if up.over.wait(every):
                return
        up.over.wait(5)

    return script


def drip(start: bytes) -> tuple[bytes, ...]:
    return (start, *[b"x"] * 100)


@pytest.mark.parametrize(
    ("parts", "every"),
    [
        ((), 0.0),
        ((b"HTTP/1.1 200",), 0.0),
        ((head("Content-Length: 9"), b"12"), 0.0),
        (drip(head("Content-Length: 99")), 0.05),
        (drip(b"HTTP/1.1 200 OK\r\nX: "), 0.05),
        (drip(head("Connection: close")), 0.05),
    ],
    ids=["silence", "half a head", "half a body", "drip", "dripping head", "drip without length"],
)
def test_a_stall_or_a_drip_ends_at_the_deadline(
    up: Upstream, parts: tuple[bytes, ...], every: float
) -> None:
    up.wire("/a", stall(up, *parts, every=every))
    said, seconds = refused(up, deadline=0.3)
    assert said == "127.0.0.1 did not answer in full within 0.3 s: try again later."
    assert 0.2 < seconds < 0.5


CUT = {
    "json": head("Content-Length: 20") + b'[{"id": "a"},',
    "chunks": head("Transfer-Encoding: chunked") + b"5\r\n[1, 2\r\n",
    "gzip": head("Content-Length: 30", "Content-Encoding: gzip") + gzip.compress(b"[1]" * 99)[:30],
    "gzip to the end": head("Content-Encoding: gzip", "Connection: close")
    + gzip.compress(b"[1, 2, 3]")[:-4],
    "not gzip": head("Content-Length: 5", "Content-Encoding: gzip") + b"[1,2]",
    "nothing": b"",
}


@pytest.mark.parametrize("sent", CUT.values(), ids=CUT)
def test_a_cut_answer_is_asked_again_and_never_half_read(up: Upstream, sent: bytes) -> None:
    up.wire("/a", lambda wire: wire.write(sent))
    said, _ = refused(up)
    assert said.startswith("127.0.0.1 cut its answers short for 0.")


def test_a_cut_once_does_no_harm(up: Upstream) -> None:
    sent = iter([CUT["json"], head("Content-Length: 3") + b"[1]"])
    up.wire("/a", lambda wire: wire.write(next(sent)))
    assert whole(up) == b"[1]"


def test_an_answer_that_does_not_say_its_length_may_be_cut(up: Upstream) -> None:
    up.wire("/a", lambda wire: wire.write(head("Connection: close") + b"a,b\n1,2\n"))
    assert "does not say how long its answer is" in refused(up)[0]


def test_gzip_is_unpacked(up: Upstream) -> None:
    packed = gzip.compress(b"[1,") + gzip.compress(b"2]")  # two members are one file
    up.answer("/a", packed, headers={"Content-Encoding": "gzip"})
    assert whole(up) == b"[1,2]"
    assert up.asked[0].headers["accept-encoding"] == "gzip"


def test_another_packing_is_refused(up: Upstream) -> None:
    up.answer("/a", b"x", headers={"Content-Encoding": "br"})
    assert "packed its answer in a way that was not asked for" in refused(up)[0]


@pytest.mark.parametrize("packed", [True, False])
def test_too_large_an_answer_is_refused(
    up: Upstream, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    monkeypatch.setattr(transport, "MOST", 1000)
    body = gzip.compress(b"0" * 1001) if packed else b"0" * 1001
    up.answer("/a", body, headers={"Content-Encoding": "gzip"} if packed else None)
    assert "that is refused" in refused(up)[0]


# Where an answer leads


def pages(up: Upstream, number: int, last: Callable[[int], str]) -> None:
    """Answer with pages of one model, each but the last with the next; `last` says what follows."""
    for page in range(number):
        following = f"{up.address}/api/models?page={page + 1}" if page + 1 < number else last(page)
        up.answer(
            "/api/models",
            [{"id": f"a/{page}"}],
            headers={"Link": f'<{following}>; rel="next"'} if following else None,
            query={"page": str(page)} if page else None,
        )


def models(up: Upstream, deadline: float = 0.4) -> list[str]:
    with asking.hub(visit(up, deadline=deadline)) as api:
        return [model.id for model in api.list_models()]


def test_pages_are_read_to_the_end(up: Upstream) -> None:
    pages(up, 5, lambda page: "")
    assert models(up) == [f"a/{page}" for page in range(5)]


def test_a_page_that_fails_fails_the_list(up: Upstream) -> None:
    pages(up, 5, lambda page: "")
    up.answer("/api/models", "bad", 502, query={"page": "1"})
    with pytest.raises(Refusal, match="answered 502 for"):
        models(up)


def test_a_page_that_fails_once_does_no_harm(up: Upstream) -> None:
    pages(up, 3, lambda page: "")
    up.answer("/api/models", "bad", 502, query={"page": "1"}, times=1)
    assert models(up) == ["a/0", "a/1", "a/2"]


@pytest.mark.parametrize("back", [0, 1, 2])
def test_pages_that_lead_in_a_circle_are_refused(up: Upstream, back: int) -> None:
    pages(up, 3, lambda page: f"{up.address}/api/models" + (f"?page={back}" if back else ""))
    with pytest.raises(Refusal, match="leads in a circle"):
        models(up)
    assert len(up.asked) == 3


def test_the_same_list_may_be_asked_twice_in_a_visit(up: Upstream) -> None:
    pages(up, 2, lambda page: "")
    with asking.hub(visit(up)) as api:
        assert len([*api.list_models(), *api.list_models()]) == 4


@pytest.mark.parametrize("other", ["http://example.org", "https://127.0.0.1", "http://127.0.0.1:1"])
def test_a_next_page_elsewhere_is_refused(up: Upstream, other: str) -> None:
    pages(up, 1, lambda page: f"{other}/api/models?page=1")
    with pytest.raises(Refusal, match="has its next page at"):
        models(up)


def test_a_key_does_not_go_along_to_another_host(up: Upstream) -> None:
    with Upstream() as other:
        other.answer("/file", "good")
        up.answer("/a", "", 302, {"Location": f"{other.address}/file"})
        key = {"Authorization": f"Bearer {MARKER}"}
        assert asking.get(up.client(), up.address + "/a", headers=key).content == b"good"
        assert MARKER in str(up.asked)
        assert MARKER not in str(other.asked)


def test_a_way_in_a_circle_is_refused(up: Upstream) -> None:
    up.answer("/a", "", 302, {"Location": f"{up.address}/a"})
    assert refused(up, deadline=1.0)[0].startswith("127.0.0.1 leads from address to address")
    up.answer("/api/models", "", 302, {"Location": f"{up.address}/api/models"})
    with pytest.raises(Refusal, match="leads from address to address"):
        models(up, deadline=1.0)


@pytest.mark.parametrize("name", ["Location", "Link"])
def test_a_way_to_no_address_is_refused(up: Upstream, name: str) -> None:
    leads = {"Location": "http://a:b/", "Link": '<http://a:b/>; rel="next"'}
    up.answer("/a", "x", 302 if name == "Location" else 200, {name: leads[name]})
    assert refused(up)[0] == "127.0.0.1 leads to an address that is none."


def test_a_way_from_https_to_http_is_refused() -> None:
    request = httpx2.Request("GET", "https://example.org/a")
    leads = httpx2.Response(302, headers={"Location": "http://example.org/a"}, request=request)
    with pytest.raises(Refusal, match="not safe"):
        transport.Patient(1)._check_links(leads)


def test_requests_keep_their_pace(up: Upstream) -> None:
    up.answer("/a", "good")
    client = up.client(1.0, pace=0.1)
    began = time.monotonic()
    for _ in range(3):
        asking.get(client, up.address + "/a")
    assert 0.2 <= time.monotonic() - began < 0.5


def test_a_pace_beyond_the_deadline_is_refused_at_once(up: Upstream) -> None:
    up.answer("/a", "good")
    client = up.client(0.5, pace=60)
    asking.get(client, up.address + "/a")
    with pytest.raises(Refusal, match="cannot be asked on"):
        asking.get(client, up.address + "/a")


def test_the_proxy_of_the_user_is_used(up: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", up.address)
    up.answer("/a", "good")
    with asking.opened(1.0) as client:
        assert asking.get(client, "http://example.invalid/a").content == b"good"
    assert up.asked[0].headers["host"] == "example.invalid"


# Who asks


def test_hosts_learn_who_asks_and_whom_to_write_to(
    up: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENRACE_CONTACT", "someone@example.org")
    up.answer("/a", "good")
    whole(up)
    assert up.asked[0].headers["user-agent"] == "The-Open-Race/0.1.0 (+someone@example.org)"


@pytest.mark.parametrize("contact", ["a@b\r\nX-Evil: 1", "ä@b", "\x1b[31m"])
def test_a_contact_that_cannot_stand_in_a_header_is_refused(
    monkeypatch: pytest.MonkeyPatch, contact: str
) -> None:
    monkeypatch.setenv("OPENRACE_CONTACT", contact)
    with pytest.raises(Refusal, match="OPENRACE_CONTACT must be"):
        asking.opened(1)


@pytest.mark.parametrize("key", [f"{MARKER}\n", f"ключ {MARKER}", f"{MARKER}\r\nX: 1"])
def test_a_key_that_is_not_written_well_is_refused_without_being_told(
    up: Upstream, key: str
) -> None:
    with pytest.raises(Refusal, match="not written as it should be") as refusal:
        asking.get(up.client(), up.address, headers={"Authorization": f"Bearer {key}"})
    assert MARKER not in str(refusal.value)


@pytest.mark.parametrize(
    "url", ["http://", "ftp://example.org", "http://exa mple.org", "no", "http://[", "http://a:b"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    url = url.replace("//", f"//name:{MARKER}@")
    with asking.opened(0.1) as client, pytest.raises(Refusal) as refusal:
        asking.get(client, url)
    assert MARKER not in str(refusal.value)


@pytest.mark.parametrize("status", [201, 204, 400, 401, 403, 404, 410])
def test_another_status_than_200_is_refused(up: Upstream, status: int) -> None:
    up.answer("/a", "", status)
    assert refused(up)[0].startswith(f"127.0.0.1 answered {status} for /a")


# JSON and CSV


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("<!DOCTYPE html><p>maintenance", "answered a web page, not JSON"),
        ("[1, 2", "not JSON, or is cut"),
        ("", "not JSON, or is cut"),
        (b"\xff\xfe", "not JSON, or is cut"),
        ("[" * 100_000, "not JSON, or is cut"),
        ("[NaN]", "answered “NaN” as a number"),
        ("[-Infinity]", "answered “-Infinity” as a number"),
        ("[1e999]", "answered “1e999” as a number"),
    ],
)
def test_what_is_not_json_is_refused(up: Upstream, body: str | bytes, why: str) -> None:
    up.answer("/a", body)
    with pytest.raises(Refusal, match=why):
        asking.json(up.client(), up.address + "/a", ANYTHING)


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ({"cost": {"input": "1"}}, '“cost.input” of m/x should be a valid number, but is "1"'),
        ({"cost": {"input": None}}, "“cost.input” of m/x should be a valid number, but is null"),
        ({"cost": {}}, "“cost.input” of m/x is missing"),
        ({}, "“cost” of m/x is missing"),
        ({"cost": {"input": "\x1b[31m"}}, '“cost.input” of m/x should be a valid number, but is "'),
    ],
)
def test_a_field_that_does_not_fit_is_named(up: Upstream, model: dict[str, Any], why: str) -> None:
    up.answer("/a", {"key": {"id": "m/x", **model}})
    with pytest.raises(Refusal) as refusal:
        asking.json(up.client(), up.address + "/a", CATALOGUE, who="models.dev")
    assert str(refusal.value).startswith(f"models.dev: field {why}")
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize(
    ("shape", "body", "why"),
    [
        (list[int], {}, "the answer should be a valid array."),
        (list[StrictInt], [1, [2]], "field “1” should be a valid integer."),
        (dict[str, Model], {"a": {"cost": {"input": 1}}}, "field “a.id” is missing."),
        (dict[str, StrictInt | bool], {"a": "x"}, '“a” should be a valid integer, but is "x".'),
        (list[list[StrictInt] | bool], [["x"]], "field “0.0” should be"),
        (list[Model], [{"id": 7}], "field “0.id” should be a valid string, but is 7."),
    ],
)
def test_a_place_is_named_where_no_id_is(up: Upstream, shape: Any, body: Any, why: str) -> None:
    up.answer("/a", body)
    with pytest.raises(Refusal) as refusal:
        asking.json(up.client(), up.address + "/a", pydantic.TypeAdapter(shape))
    assert why in str(refusal.value)


def test_csv_is_read_as_text_and_says_what_was_added(up: Upstream) -> None:
    up.answer("/a", '\ufeffid,n,new\n"a,\n=1",NA,\n\nb,007,x\n'.encode())
    table = asking.csv(up.client(), up.address + "/a", ["id", "n"])
    assert table.values.tolist() == [["a,\n=1", "NA", ""], ["b", "007", "x"]]
    assert table.attrs["added"] == ["new"]
    assert set(table.dtypes.astype(str)) == {"str"}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("<html>", "answered a web page, not CSV"),
        ("", "no column “id”"),
        ("ID,n\n1,2\n", "no column “id” in /a"),
        ("id,id,n\n1,2,3\n", "more than one column “id”"),
        ("id,n\n", "no rows"),
        ("id,n\n1,2\na", "2 columns but 1 in the row of “a”"),
        ("id,n\n1,2\na,b,c\n", "2 columns but 3 in the row of “a”"),
        ('id,n\n1,"2\n', "CSV that is cut or broken"),
        (b"id,n\n\xff,2\n", "text that is not UTF-8"),
    ],
)
def test_what_is_not_the_csv_we_know_is_refused(up: Upstream, body: str | bytes, why: str) -> None:
    up.answer("/a", body)
    with pytest.raises(Refusal, match=why):
        asking.csv(up.client(), up.address + "/a", ["id", "n"])


# The Hub


def test_the_hub_is_asked_without_any_token(up: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", MARKER)
    pages(up, 2, lambda page: "")
    assert models(up) == ["a/0", "a/1"]
    assert MARKER not in str(up.asked)
    assert {asked.path for asked in up.asked} == {"/api/models"}  # not who runs us
    assert "The-Open-Race/" in up.asked[0].headers["user-agent"]


def test_the_hub_library_has_its_own_way_back(up: Upstream) -> None:
    own = _http._GLOBAL_CLIENT_FACTORY
    with asking.hub(one := visit(up)) as api:
        with pytest.raises(Refusal), asking.hub(visit(up)):
            list(api.list_models())
        assert _http._GLOBAL_CLIENT_FACTORY is not own
    assert _http._GLOBAL_CLIENT_FACTORY is own
    assert not one.client.is_closed


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("<html>", "answered a web page, not JSON"),
        ('[{"id": "a/b", "likes": NaN}]', "answered “NaN” as a number"),
        ({"error": "x"}, "no list of models"),
        (["a/b"], "no list of models"),
        ('[{"id": "a/b"},', "not JSON, or is cut"),
    ],
)
def test_what_is_no_list_of_models_is_refused(up: Upstream, body: Any, why: str) -> None:
    up.answer("/api/models", body)
    with pytest.raises(Refusal, match=why):
        models(up)


def test_what_the_hub_library_raises_becomes_a_sentence(up: Upstream) -> None:
    gone = pytest.raises(Refusal, match="answered 404 for /api/models/a/b: it is not there")
    with gone, asking.hub(visit(up)) as api:
        api.model_info("a/b")


@pytest.mark.parametrize("hashed", ["right", "wrong"])
def test_a_large_file_is_proved_by_its_hash(up: Upstream, hashed: str) -> None:
    with Upstream() as store:
        name = hashlib.sha256({"right": b"PAR1", "wrong": b"PAR2"}[hashed]).hexdigest()
        store.answer("/blob", b"PAR1")
        leads = {"Location": f"{store.address}/blob?Signature=s", "X-Linked-ETag": f'"{name}"'}
        up.answer("/datasets/o/d/resolve/main/x/y.parquet", "", 302, leads)
        if hashed == "right":
            assert asking.hub_file(visit(up), "o/d", "x/y.parquet") == b"PAR1"
        else:
            with pytest.raises(Refusal, match=r"x/y.parquet of o/d is not the file"):
                asking.hub_file(visit(up), "o/d", "x/y.parquet")


def test_a_small_file_comes_as_it_is(up: Upstream) -> None:
    up.file("o/d", "x.csv", b"a,b\n")
    assert asking.hub_file(visit(up), "o/d", "x.csv") == b"a,b\n"


def test_the_hub_is_not_asked_by_who_is_offline(
    up: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(Refusal, match="HF_HUB_OFFLINE is set"):
        asking.hub_file(visit(up), "o/d", "x.csv")
    assert not up.asked
