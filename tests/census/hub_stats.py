"""The Hub's data set of all models, on two real servers: the Hub, and the host of its files.

The Hub gives commits in pages, says what a file is at a commit, and sends whoever asks for a part
of it on to the other server, which gives that part.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from upstream import Asked, Reply, Upstream

from openrace.census.revisions import DATASET, FILE

#: Commits in a page.
PAGE = 3
BASES = pa.struct(
    {
        "relation": pa.string(),
        "models": pa.list_(pa.struct({"_id": pa.string(), "id": pa.string()})),
    }
)
WEIGHTS = pa.struct(
    {"parameters": pa.struct({"BF16": pa.int64(), "F32": pa.int64()}), "total": pa.int64()}
)
SCHEMA = pa.schema(
    {
        "_id": pa.string(),
        "id": pa.string(),
        "author": pa.string(),
        "createdAt": pa.timestamp("us"),
        "downloads": pa.int64(),
        "downloadsAllTime": pa.int64(),
        "likes": pa.int64(),
        "tags": pa.list_(pa.string()),
        "pipeline_tag": pa.string(),
        "baseModels": BASES,
        "safetensors": WEIGHTS,
        "config": pa.string(),
    }
)


def model(id: str, **more: Any) -> dict[str, Any]:
    """Return a model as the data set has it."""
    plain = {
        "_id": "0",
        "id": id,
        "author": id.partition("/")[0] if "/" in id else None,
        "createdAt": datetime(2024, 12, 1),
        "downloads": 100,
        "downloadsAllTime": 1000,
        "likes": 2,
        "tags": ["license:mit"],
        "pipeline_tag": "text-generation",
        "baseModels": None,
        "safetensors": {"parameters": {"BF16": 7, "F32": None}, "total": 7},
        "config": "{}",
    }
    return plain | more


def parquet(
    models: Sequence[Mapping[str, Any]],
    types: Mapping[str, pa.DataType] | None = None,
    without: Sequence[str] = (),
    **how: Any,
) -> bytes:
    """Return models as a file of the data set.

    Args:
        models: see `model`.
        types: of columns that have another.
        without: columns that are not there.
        how: see `pyarrow.parquet.write_table`.
    """
    fields = {f.name: (types or {}).get(f.name, f.type) for f in SCHEMA if f.name not in without}
    table = pa.Table.from_pylist([dict(m) for m in models], schema=pa.schema(fields))
    body = io.BytesIO()
    pq.write_table(table, body, **how)
    return body.getvalue()


@dataclass
class HubStats:
    """The data set; what is committed stands until the servers go.

    Attributes:
        hub: the Hub.
        host: where its files lie.
        commits: hash, time and title, as the Hub lists them.
        files: by commit, the table of models.
    """

    hub: Upstream
    host: Upstream
    dataset: str = DATASET
    commits: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hub.answer(f"/api/datasets/{self.dataset}/commits/main", self._page)

    def commit(self, at: datetime | date, file: bytes | None, title: str = f"Upload {FILE}") -> str:
        """Commit a table of models at a time, noon of a day; without one, something else."""
        when = at if isinstance(at, datetime) else datetime(at.year, at.month, at.day, 12)
        hash = hashlib.sha1(f"{when} {title} {len(self.commits)}".encode()).hexdigest()
        written = f"{when.replace(tzinfo=UTC):%Y-%m-%dT%H:%M:%S.000Z}"
        about = {"id": hash, "title": title, "message": "", "date": written, "authors": []}
        self.commits.insert(0, about)
        api = f"/api/datasets/{self.dataset}"
        self.hub.answer(f"{api}/paths-info/{hash}", self._listed(file))
        self.hub.answer(f"{api}/tree/{hash}", self._listed(file))
        self.hub.answer(f"{api}/revision/{hash}", {"id": self.dataset, "sha": hash, "siblings": []})
        if file is not None:
            self.files[hash] = file
            leads = {"Location": f"{self.host.address}/{hash}?signed=for-an-hour"}
            path = f"/datasets/{self.dataset}/resolve/{hash}/{FILE}"
            self.hub.answer(path, "Found", 302, leads | {"X-Repo-Commit": hash})
            self.host.answer(f"/{hash}", self.part)
        return hash

    def part(self, asked: Asked) -> Reply:
        """Answer with the part of a file that is asked for."""
        file = self.files[asked.path.strip("/")]
        first, last = map(int, asked.headers["range"].removeprefix("bytes=").split("-"))
        told = {"Content-Range": f"bytes {first}-{last}/{len(file)}", "Accept-Ranges": "bytes"}
        return Reply(file[first : last + 1], 206, told)

    def ranges(self) -> list[tuple[str, int]]:
        """Return what was fetched: the commit, and how many bytes."""
        parts = [(a.path.strip("/"), a.headers["range"]) for a in self.host.asked]
        ends = [(commit, *map(int, r.removeprefix("bytes=").split("-"))) for commit, r in parts]
        return [(commit, last - first + 1) for commit, first, last in ends]

    def read(self) -> set[str]:
        """Return the commits of which more than a footer was fetched."""
        fetched = [commit for commit, _ in self.ranges()]
        return {commit for commit in fetched if fetched.count(commit) > 2}

    def _page(self, asked: Asked) -> Reply:
        page = int(asked.query.get("p", 0))
        path = f"{self.hub.address}{asked.path}?p={page + 1}"
        more = len(self.commits) > (page + 1) * PAGE
        headers = {"Link": f'<{path}>; rel="next"'} if more else {}
        return Reply(self.commits[page * PAGE : (page + 1) * PAGE], headers=headers)

    def _listed(self, file: bytes | None) -> list[dict[str, Any]]:
        readme = {"type": "file", "path": "README.md", "size": 9, "oid": "ab" * 20}
        if file is None:
            return [readme]
        sha = hashlib.sha256(file).hexdigest()
        lfs = {"oid": sha, "size": len(file), "pointerSize": 135}
        oid = hashlib.sha1(file).hexdigest()
        return [{"type": "file", "path": FILE, "size": len(file), "oid": oid, "lfs": lfs}]


@contextmanager
def served() -> Iterator[HubStats]:
    """Serve a data set without commits."""
    with Upstream() as hub, Upstream() as host:
        yield HubStats(hub, host)
