"""A transport that waits as it is told, gives up in time, and proves that an answer is whole.

It lies under every client of a refresh, so that huggingface_hub gets it too. What it cannot get
it refuses in a sentence: a Refusal passes through libraries that would try httpx2's errors again.
"""

from __future__ import annotations

import gzip
import io
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import httpx2
import tenacity

from openrace.errors import Refusal
from openrace.sources.raw import Raw

#: Statuses that may pass, as huggingface_hub has them.
PASSING = (408, 429, 500, 502, 503, 504)
#: Most bytes of an answer, unpacked.
MOST = 200_000_000
#: Longest silence, and longest way to a connection, in seconds; then it is tried again.
SILENCE, CONNECTING = 30.0, 10.0
#: Who cannot be reached so often is away: nobody offline waits for a whole deadline.
TRIES_TO_REACH = 5
_BACKOFF = tenacity.wait_exponential(multiplier=0.25, max=30)
_USED_UP = re.compile(r";\s*r\s*=\s*0\s*;\s*t\s*=\s*(\d+)")
_LATE = "did not answer in full within {deadline}"
_CUT = "cut its answers short for {waited}"


class _Trouble(Exception):
    """Something that may pass.

    Attributes:
        words: what the host did; `{waited}` and `{deadline}` become times.
        told: seconds to wait before asking again, if the host says so.
        unreachable: why there was no connection, if there was none.
    """

    def __init__(self, words: str, told: float = 0.0, unreachable: str = "") -> None:
        super().__init__(words)
        self.words = words
        self.told = told
        self.unreachable = unreachable


class Patient(httpx2.BaseTransport):
    """Asks until it is answered, or its deadline is over."""

    def __init__(self, deadline: float, pace: float = 0.0, raw: Raw | None = None) -> None:
        """Start the clock.

        Args:
            deadline: seconds for all requests together, waiting included.
            pace: least seconds between two requests.
            raw: keeps final answers.
        """
        self._deadline = deadline
        self._until = time.monotonic() + deadline
        self._pace = pace
        self._raw = raw
        self._earliest = 0.0
        self._before: dict[httpx2.URL, frozenset[httpx2.URL]] = {}
        self._connections: list[Any] = []
        # A client under the transport, not a bare one: it finds the proxies that the user has set.
        self._under = httpx2.Client(verify=_certificates())

    def close(self) -> None:
        """Close the connections."""
        self._under.close()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return a final answer, read whole and unpacked.

        Raises:
            Refusal: there was none in time, or it cannot be trusted.
        """
        ask = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Trouble),
            wait=_wait,
            stop=self._is_over,
            retry_error_callback=self._give_up,
        )
        response: httpx2.Response = ask(self._ask, request)
        self._check_links(response)
        if self._raw:
            self._raw.keep(response)
        return response

    def _left(self) -> float:
        return self._until - time.monotonic()

    def _ask(self, request: httpx2.Request) -> httpx2.Response:
        """Ask once."""
        self._keep_pace(request.url.host)
        limits = {"connect": CONNECTING, "read": SILENCE, "write": SILENCE, "pool": SILENCE}
        timeout = {k: max(min(v, self._left()), 0.001) for k, v in limits.items()}
        request.extensions = {**request.extensions, "timeout": timeout, "trace": self._note}
        with (
            self._troubles(request),
            self._watched(),
            closing(self._under.send(request, stream=True)) as answer,
        ):
            if answer.status_code in PASSING:
                words = f"answered {answer.status_code} for {{waited}}"
                raise _Trouble(words, told=_told(answer.headers))
            _check_part(answer)
            return _whole(answer, self._read(answer))

    def _keep_pace(self, host: str) -> None:
        pause = max(self._earliest - time.monotonic(), 0)
        if pause >= self._left():
            whole = _seconds(self._deadline)
            raise Refusal(
                f"{host} cannot be asked on: the {whole} for it are over; try again later."
            )
        time.sleep(pause)
        self._earliest = time.monotonic() + self._pace

    def _read(self, answer: httpx2.Response) -> bytes:
        body = bytearray()
        for chunk in answer.iter_raw():
            body += chunk
            _check_size(answer.url, len(body))
        if self._left() <= 0:  # an answer may also end because `_hang_up` ended it
            raise _Trouble(_LATE)
        return bytes(body)

    @contextmanager
    def _troubles(self, request: httpx2.Request) -> Iterator[None]:
        """Tell what may pass from what will not; the words of some errors may hold a key."""
        try:
            yield
        except (httpx2.LocalProtocolError, httpx2.UnsupportedProtocol):
            raise Refusal(
                f"{request.url.host or 'A source'} cannot be asked: "
                "its address or its key is not written as it should be."
            ) from None
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
            why = re.sub(r"^\[.*?\] ", "", str(error)) or "no answer"
            raise _Trouble("cannot be reached", unreachable=why) from None
        except httpx2.TransportError as error:
            silent = isinstance(error, httpx2.TimeoutException)
            words = "was silent for {waited}" if silent else _CUT
            raise _Trouble(_LATE if self._left() <= 0 else words) from None

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Hang up at the deadline: timeouts are of single reads, and a drip never reaches one."""
        watch = threading.Timer(max(self._left(), 0), self._hang_up)
        watch.daemon = True
        watch.start()
        try:
            yield
        finally:
            watch.cancel()

    def _note(self, event: str, told: Mapping[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._connections.append(told["return_value"])

    def _hang_up(self) -> None:
        for connection in self._connections:
            with suppress(OSError):  # closed already
                own = connection.get_extra_info("socket")
                socket.socket.shutdown(own, socket.SHUT_RDWR)  # TLS's own is not for other threads

    def _is_over(self, state: tenacity.RetryCallState) -> bool:
        away = bool(_trouble(state).unreachable) and state.attempt_number >= TRIES_TO_REACH
        return away or state.upcoming_sleep >= self._left()

    def _give_up(self, state: tenacity.RetryCallState) -> httpx2.Response:
        host, trouble = state.args[0].url.host, _trouble(state)
        if trouble.unreachable:
            what = f"cannot be reached ({trouble.unreachable}): check the network, or"
        elif 0 < self._left() <= trouble.told:
            left = _seconds(self._left())
            what = f"asks to wait {_seconds(trouble.told)}, but {left} are left for it:"
        else:
            waited = _seconds(state.seconds_since_start or 0)
            what = trouble.words.format(waited=waited, deadline=_seconds(self._deadline)) + ":"
        raise Refusal(f"{host} {what} try again later.")

    def _check_links(self, response: httpx2.Response) -> None:
        """Refuse a next page elsewhere or seen before, and a way from https to http."""
        asked = response.request.url
        if response.has_redirect_location:
            leads = _joined(asked, response.headers["location"])
            if (asked.scheme, leads.scheme) == ("https", "http"):
                raise Refusal(f"{asked.host} leads to http://{leads.host}, which is not safe.")
        if following := response.links.get("next", {}).get("url"):
            page = _joined(asked, following)
            if page.origin != asked.origin:
                raise Refusal(f"{asked.host} has its next page at {page.host}: that is refused.")
            before = self._before.get(asked, frozenset()) | {asked}
            if page in before:
                raise Refusal(f"{asked.host} leads in a circle from page to page: try again later.")
            self._before[page] = before


def _joined(asked: httpx2.URL, leads: str) -> httpx2.URL:
    try:
        return asked.join(leads)
    except httpx2.InvalidURL:
        raise Refusal(f"{asked.host} leads to an address that is none.") from None


@cache
def _certificates() -> ssl.SSLContext:
    """Return whom to trust; reading it takes longer than most answers."""
    return httpx2.create_ssl_context()


def _trouble(state: tenacity.RetryCallState) -> _Trouble:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, _Trouble)
    return error


def _wait(state: tenacity.RetryCallState) -> float:
    return _trouble(state).told or _BACKOFF(state)


def _told(headers: httpx2.Headers) -> float:
    """Return the seconds that an answer asks to wait; 0 if it does not say."""
    after = headers.get("retry-after", "").strip()
    used_up = _USED_UP.search(headers.get("ratelimit", ""))
    told = float(after) if after.isascii() and after.isdigit() else _until(after, headers)
    return max(told, float(used_up[1]) if used_up else 0, 0)


def _until(day: str, headers: httpx2.Headers) -> float:
    """Return the seconds until an HTTP date by the host's own clock, ours being possibly wrong."""
    try:
        until = parsedate_to_datetime(day)
        now = parsedate_to_datetime(headers["date"]) if "date" in headers else datetime.now(UTC)
        return (until - now).total_seconds()
    except (TypeError, ValueError):
        return 0.0


def _whole(answer: httpx2.Response, body: bytes) -> httpx2.Response:
    """Return an answer with its body unpacked, proved to be whole."""
    headers = answer.headers.copy()
    if answer.request.method != "HEAD":
        for name in ("content-encoding", "content-length", "transfer-encoding"):
            headers.pop(name, None)
        body = _unpacked(answer, body)
    return httpx2.Response(
        answer.status_code, headers=headers, content=body, request=answer.request
    )


def _check_part(answer: httpx2.Response) -> None:
    """Refuse another part of a file than was asked for, or all of it, before it is read."""
    asked = answer.request.headers.get("range", "").removeprefix("bytes=")
    if not asked or answer.status_code not in (200, 206):
        return
    if answer.headers.get("content-range", "").partition("/")[0] != f"bytes {asked}":
        raise Refusal(f"{answer.url.host} gives another part of a file than was asked for.")


def _unpacked(answer: httpx2.Response, body: bytes) -> bytes:
    packed = answer.headers.get("content-encoding", "identity").strip().lower()
    if packed == "identity" or not body:
        if body and not {"content-length", "transfer-encoding"} & set(answer.headers):
            raise Refusal(f"{answer.url.host} does not say how long its answer is: it may be cut.")
        return body
    if packed not in ("gzip", "x-gzip"):
        raise Refusal(f"{answer.url.host} packed its answer in a way that was not asked for.")
    try:
        unpacked = gzip.GzipFile(fileobj=io.BytesIO(body)).read(MOST + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise _Trouble(_CUT) from None
    _check_size(answer.url, len(unpacked))
    return unpacked


def _check_size(url: httpx2.URL, size: int) -> None:
    if size > MOST:
        raise Refusal(f"{url.host} answers more than {MOST // 1_000_000} MB: that is refused.")


def _seconds(time_span: float) -> str:
    return f"{time_span:.0f} s" if time_span >= 10 else f"{time_span:.1f} s"
