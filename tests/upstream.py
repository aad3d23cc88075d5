"""A real HTTP server on this machine that stands in for a live source, faults included."""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pandas as pd

from openrace import store
from openrace.sources import asking
from openrace.sources.source import Visit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass(frozen=True)
class Asked:
    """A request as the server got it; names of headers are in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True)
class Reply:
    """A whole answer, which a function of Asked may return where a body is not enough."""

    body: Any = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Answer:
    """What is answered to a path and, if given, to those parameters."""

    body: Any
    status: int
    headers: Mapping[str, str]
    query: Mapping[str, str]
    left: float

    def fits(self, asked: Asked) -> bool:
        return self.left > 0 and self.query.items() <= asked.query.items()


@dataclass
class Upstream:
    """A server that answers as it was told, and remembers what it was asked.

    Every method but HEAD gets the body; what nobody told it is 404.
    """

    asked: list[Asked] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._answers: dict[str, list[Answer]] = {}
        self._wires: dict[str, Callable[[BufferedIOBase], object]] = {}
        self._clients: list[httpx2.Client] = []

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"upstream": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for client in self._clients:
            client.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def answer(
        self,
        path: str,
        body: Any = "",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        times: float = float("inf"),
    ) -> None:
        """Answer a path from now on; the last answer told that fits is given.

        Args:
            path: without parameters.
            body: bytes, text, something for JSON, or a function of Asked that returns one of them
                or a Reply.
            status: of HTTP.
            headers: more of them; `Content-Type` is guessed from the body.
            query: parameters that the request must have; others may be there too.
            times: after so many, the answer told before holds again.
        """
        answers = self._answers.setdefault(path, [])
        answers.insert(0, Answer(body, status, headers or {}, query or {}, times))

    def file(self, repo: str, path: str, body: bytes, revision: str = "main") -> None:
        """Answer with a file of a Hub dataset, as the Hub does."""
        headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{zlib.crc32(body):x}"'}
        self.answer(f"/datasets/{repo}/resolve/{revision}/{path}", body, headers=headers)

    def wire(self, path: str, script: Callable[[BufferedIOBase], object]) -> None:
        """Let a function write the whole answer to a path, head included, and then hang up."""
        self._wires[path] = script

    def client(self, deadline: float = 2.0, **options: Any) -> httpx2.Client:
        """Return a client as a refresh opens it; closed with the server."""
        self._clients.append(asking.opened(deadline, **options))
        return self._clients[-1]

    def find(self, asked: Asked) -> Answer:
        fitting = (a for a in self._answers.get(asked.path, ()) if a.fits(asked))
        found = next(fitting, Answer({"error": "nothing here"}, 404, {}, {}, 1))
        found.left -= 1
        return found


def visit(
    up: Upstream,
    day: date = date(2026, 9, 1),
    until: date | None = None,
    key: str = "",
    deadline: float = 2.0,
    **tables: pd.DataFrame,
) -> Visit:
    """Return a visit to the server; tables that are not given are those of the data folder."""
    return Visit(
        address=up.address,
        client=up.client(deadline),
        day=day,
        until=until or day,
        table=lambda name: tables[name] if name in tables else store.load(name),
        key=key,
    )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that hang up: many tests are about that."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    upstream: Upstream

    def _answer(self) -> None:
        url = urlsplit(self.path)
        headers = {k.lower(): v for k, v in self.headers.items()}
        asked = Asked(self.command, url.path, dict(parse_qsl(url.query)), headers)
        self.rfile.read(int(headers.get("content-length", 0)))
        self.upstream.asked.append(asked)
        if url.path in self.upstream._wires:
            self.close_connection = True
            self.upstream._wires[url.path](self.wfile)
        else:
            self._send(asked, self.upstream.find(asked))

    def _send(self, asked: Asked, answer: Answer) -> None:
        said = answer.body(asked) if callable(answer.body) else answer.body
        reply = said if isinstance(said, Reply) else Reply(said, answer.status, answer.headers)
        body, kind = _body(reply.body)
        headers = {"Content-Type": kind, "Content-Length": str(len(body)), **reply.headers}
        self.send_response(reply.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = _answer

    def log_message(self, format: str, *args: object) -> None:
        pass


def _body(body: Any) -> tuple[bytes, str]:
    """Return a body's bytes and a likely type."""
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    if isinstance(body, str):
        return body.encode(), "text/html" if body.lstrip().startswith("<") else "text/plain"
    return json.dumps(body).encode(), "application/json"
