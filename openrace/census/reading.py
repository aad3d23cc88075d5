"""The columns needed of one revision of the table of all models, read in parts over HTTP.

Only their bytes and the footer are fetched, a row group at a time, and written to a file of one
layout whatever the revision's own was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from huggingface_hub import HfFileSystem
from huggingface_hub.errors import (
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from tqdm.utils import CallbackIOWrapper

from openrace.census import columns
from openrace.census.columns import LAYOUT, Odd
from openrace.census.revisions import FILE, Revision, readable
from openrace.errors import Refusal
from openrace.sources import asking
from openrace.sources.reading import shown
from openrace.sources.source import Visit

__all__ = ("LAYOUT", "Unfit", "bytes_of", "copy", "weigh", "weight")

#: Rows in memory at a time.
_ROWS = 65_536
_BYTES = b"bytes"
_COMMIT = b"commit"


class Unfit(Refusal):
    """A revision cannot be counted; others can."""


def weight(file: pq.ParquetFile) -> int:
    """Return the bytes to be read of a table of models: those of the columns, and the footer."""
    data = file.metadata
    chosen = columns.leaves(file)
    groups = (data.row_group(group) for group in range(data.num_row_groups))
    read = sum(group.column(at).total_compressed_size for group in groups for at in chosen)
    return int(read + data.serialized_size)


def weigh(visit: Visit, dataset: str, revision: Revision) -> int:
    """Return the bytes that would be read of a revision; only its footer is.

    Raises:
        Unfit: it is no table of models.
        Refusal: the Hub cannot be asked.
    """
    with _opened(visit, dataset, revision, lambda read: None) as file:
        return weight(file)


def copy(visit: Visit, dataset: str, revision: Revision, to: Path) -> int:
    """Copy what is needed of a revision to a file in LAYOUT, which is there whole or not at all.

    Args:
        visit: to the Hub; told of the bytes read so far.
        dataset: `owner/name`.
        revision: of which the table is read.
        to: the file; if it holds this revision already, nothing is read.

    Returns:
        The bytes that were read over the network.

    Raises:
        Unfit: a column is gone or of another type, a value cannot be, or the file is damaged.
        Refusal: the Hub cannot be asked, or the file cannot be written.
    """
    known = bytes_of(to, revision)
    if known is not None:
        return known
    fetched = 0

    def tell(read: int) -> None:
        nonlocal fetched
        fetched += read
        visit.told(f"{revision.day}: {fetched / 1e6:,.0f} MB")

    coming = to.with_suffix(".coming")
    try:
        with (
            _opened(visit, dataset, revision, tell) as file,
            _written(coming) as writer,
        ):
            for batch in _batches(file, revision):
                with _writing(coming):
                    writer.write_batch(batch)
            about = {_COMMIT: revision.commit.encode(), _BYTES: str(fetched).encode()}
            writer.add_key_value_metadata(about)
        with _writing(coming):
            coming.replace(to)
    finally:
        coming.unlink(missing_ok=True)
    return fetched


def bytes_of(path: Path, revision: Revision) -> int | None:
    """Return how many bytes were read for a copy; None if no whole one of the commit is there."""
    try:
        about = pq.read_metadata(path).metadata
    except (pa.ArrowInvalid, OSError):
        return None
    return int(about[_BYTES]) if about[_COMMIT] == revision.commit.encode() else None


def _who(revision: Revision) -> str:
    return f"{FILE} of revision {revision.commit[:8]}"


@contextmanager
def _opened(
    visit: Visit, dataset: str, revision: Revision, told: Callable[[int], None]
) -> Iterator[pq.ParquetFile]:
    """Open a table of models on the Hub, of which exactly the parts asked for are fetched."""
    with asking.hub(visit) as api, readable(dataset), _there(revision):
        files = HfFileSystem(endpoint=visit.address, token=False, skip_instance_cache=True)
        files._api = api  # asks in our name
        path = f"datasets/{dataset}@{revision.commit}/{FILE}"
        with files.open(path, cache_type="none") as whole:
            yield _parquet(CallbackIOWrapper(told, whole), revision)


@contextmanager
def _there(revision: Revision) -> Iterator[None]:
    """Tell a revision whose table is gone from a data set that is."""
    try:
        yield
    except (HfHubHTTPError, FileNotFoundError) as error:
        known = error if isinstance(error, HfHubHTTPError) else error.__cause__
        if isinstance(known, HfHubHTTPError) and not _is_gone(known):
            raise known from None
        raise Unfit(f"{_who(revision)} is not there any more") from None


def _is_gone(error: HfHubHTTPError) -> bool:
    if isinstance(error, RepositoryNotFoundError):
        return False
    path, status = error.response.url.path, error.response.status_code
    return isinstance(error, RevisionNotFoundError) or (
        status == 404 and not path.startswith("/api/")
    )


def _parquet(file: Any, revision: Revision) -> pq.ParquetFile:
    with _whole(revision):
        return pq.ParquetFile(file)


@contextmanager
def _whole(revision: Revision) -> Iterator[None]:
    """Refuse a damaged file; a Hub that fails is another matter."""
    try:
        yield
    except HfHubHTTPError:
        raise
    except (pa.ArrowException, OSError):
        raise Unfit(f"{_who(revision)} is no whole parquet file") from None


def _batches(file: pq.ParquetFile, revision: Revision) -> Iterator[pa.RecordBatch]:
    if wrong := columns.wrong(file.schema_arrow):
        raise Unfit(f"{_who(revision)}: {wrong}")
    names = [file.schema.column(at).path for at in columns.leaves(file)]
    for group in range(file.num_row_groups):  # Arrow keeps what it fetched for one call
        batches = file.iter_batches(_ROWS, row_groups=[group], columns=names)
        while True:
            with _whole(revision):
                batch = next(batches, None)
            if batch is None:
                break
            yield _fitted(batch, revision)


def _fitted(batch: pa.RecordBatch, revision: Revision) -> pa.RecordBatch:
    try:
        return columns.fitted(batch)
    except Odd as odd:
        id = batch["id"][odd.row].as_py()
        of = f"“{shown(id)}”" if id is not None else "a model without an id"
        raise Unfit(f"{_who(revision)}: column “{odd.column}” of {of} {odd.words}") from None


@contextmanager
def _written(path: Path) -> Iterator[pq.ParquetWriter]:
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        writer = pq.ParquetWriter(path, LAYOUT, compression="zstd")
    try:
        yield writer
    except BaseException:
        with suppress(OSError):  # what failed once may fail again
            writer.close()
        raise
    with _writing(path):
        writer.close()


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = re.sub(r"^.*\[errno \d+\] ", "", error.strerror or str(error))  # Arrow has more words
        raise Refusal(f"{path.parent} cannot be written ({why}): nothing was changed.") from None
