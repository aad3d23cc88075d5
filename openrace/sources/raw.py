"""What sources answered, word for word: kept outside git, and answered again from there.

A visit is a list of answers in the order in which they came, and each body lies once, under its
own hash, however many visits heard it. Nothing of a request is kept but its method and address,
so no key is.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import httpx2

from openrace import package
from openrace.errors import Refusal

#: What is kept of an answer's head: what readers, paging and huggingface_hub go by.
HEADERS = (
    "content-type",
    "etag",
    "last-modified",
    "link",
    "location",
    "x-error-code",
    "x-error-message",
    "x-linked-etag",
    "x-linked-size",
    "x-repo-commit",
)


@dataclass(frozen=True)
class Answer:
    """One final answer; its body lies under its hash.

    Attributes:
        method: of HTTP.
        url: what was asked, without a name or password.
        status: of HTTP.
        headers: those of HEADERS that it had; the length too if it is an answer without a body.
        sha256: hash of the body, unpacked.
    """

    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    sha256: str


def folder() -> Path:
    """Return the folder of raw answers: OPENRACE_RAW, or `raw` in the project."""
    return Path(os.environ.get("OPENRACE_RAW") or package.PROJECT / "raw")


def last(source: str) -> Path | None:
    """Return the last visit kept of a source, if one is."""
    return max((folder() / "visits" / source).glob("*.json"), default=None)


def digest(answers: Iterable[Answer]) -> str:
    """Return the hash of a visit: the same answers in the same order have the same."""
    lines = (f"{a.method} {a.url} {a.status} {a.sha256}\n" for a in answers)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


class Raw:
    """Keeps the answers of one visit; nothing is written before `save`."""

    def __init__(self, source: str, at: datetime | None = None, until: date | None = None) -> None:
        """Begin a visit to a source.

        Args:
            source: its name.
            at: when; now unless given.
            until: the last day asked about; the day of the visit, in UTC, unless given.
        """
        self.source = source
        self.at = (at or datetime.now(UTC)).astimezone(UTC)
        self.until = until or self.at.date()
        self._answers: list[Answer] = []
        self._bodies: dict[str, bytes] = {}
        self._unsigned: dict[str, str] = {}

    @property
    def digest(self) -> str:
        """The hash of what was answered so far."""
        return digest(self._answers)

    def keep(self, response: httpx2.Response) -> None:
        """Keep a final answer, its body read and unpacked."""
        request, body = response.request, response.content
        named = hashlib.sha256(body).hexdigest()
        kept = {k: response.headers[k] for k in HEADERS if k in response.headers}
        if request.method == "HEAD" and "content-length" in response.headers:
            kept["content-length"] = response.headers["content-length"]
        if "location" in kept:
            kept["location"] = self._without_signature(request.url, kept["location"])
        url = self._unsigned.get(str(request.url)) or str(_nameless(request.url))
        self._answers.append(Answer(request.method, url, response.status_code, kept, named))
        self._bodies[named] = body

    def _without_signature(self, asked: httpx2.URL, location: str) -> str:
        """Return where an answer leads; on another host without what grants access for an hour."""
        leads = asked.join(location)
        plain = _nameless(leads if leads.host == asked.host else leads.copy_with(query=None))
        self._unsigned[str(leads)] = str(plain)
        return str(plain)

    def save(self) -> Path:
        """Write the visit, bodies first, and return where it lies.

        Raises:
            Refusal: the folder cannot be written; what was there before is whole.
        """
        for named, body in self._bodies.items():
            path = _body(named)
            if not path.exists():
                write(path, gzip.compress(body, mtime=0))
        about = {"source": self.source, "at": f"{self.at:%Y-%m-%dT%H:%M:%S.%f}Z"}
        about["until"] = self.until.isoformat()
        text = json.dumps({**about, "answers": [vars(a) for a in self._answers]}, indent=1)
        path = folder() / "visits" / self.source / f"{self.at:%Y-%m-%dT%H%M%S.%fZ}.json"
        write(path, text.encode())
        return path


class Replay(httpx2.BaseTransport):
    """Answers from a kept visit, each question in the order in which it was answered then.

    Attributes:
        path: where the visit is kept.
        at: when it was.
        until: the last day asked about.
        answers: what was answered.
    """

    def __init__(self, path: Path) -> None:
        """Read a kept visit.

        Raises:
            Refusal: the file is not one.
        """
        self.path = path
        try:
            visit = json.loads(path.read_bytes())
            self.at = datetime.fromisoformat(visit["at"])
            self.until = date.fromisoformat(visit["until"])
            self.answers = [Answer(**a) for a in visit["answers"]]
        except (OSError, ValueError, TypeError, KeyError):
            raise Refusal(f"{path} is no kept visit: ask the source anew.") from None
        self._left: dict[tuple[str, str], deque[Answer]] = {}
        for answer in self.answers:
            self._left.setdefault((answer.method, answer.url), deque()).append(answer)

    @property
    def digest(self) -> str:
        """The hash of the whole visit."""
        return digest(self.answers)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer as was answered then.

        Raises:
            Refusal: that was not asked then, or not so often; or the kept body is damaged.
        """
        asked = (request.method, str(_nameless(request.url)))
        left = self._left.get(asked)
        if not left:
            raise Refusal(f"The visit kept in {self.path} has no answer to {' '.join(asked)}.")
        answer = left.popleft()
        return httpx2.Response(
            answer.status, headers=answer.headers, content=_read(answer.sha256), request=request
        )


def _nameless(url: httpx2.URL) -> httpx2.URL:
    """Return an address without the name and password that it may carry."""
    return url.copy_with(userinfo=b"")


def _body(named: str) -> Path:
    return folder() / "bodies" / f"{named}.gz"


def _read(named: str) -> bytes:
    """Return a kept body, proved by its hash."""
    path = _body(named)
    try:
        body = gzip.decompress(path.read_bytes())
    except (OSError, EOFError):
        raise Refusal(f"{path} is missing or damaged: ask the source anew.") from None
    if hashlib.sha256(body).hexdigest() != named:
        raise Refusal(f"{path} is not what it was when kept: ask the source anew.")
    return body


def write(path: Path, content: bytes) -> None:
    """Write a file of the folder whole or not at all.

    Raises:
        Refusal: the folder cannot be written, or the disk is full.
    """
    coming: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            coming = Path(file.name)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        coming.replace(path)
    except OSError as error:
        if coming:
            coming.unlink(missing_ok=True)
        why = error.strerror or str(error)
        raise Refusal(f"Raw answers cannot be kept in {path.parent} ({why}).") from None
