"""Which revision of the Hub's table of all models stands for a day.

The data set gets several commits a day, one per file; a past day is a past commit.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.hf_api import GitCommitInfo, RepoFile

from openrace.errors import Refusal
from openrace.sources import asking
from openrace.sources.source import Visit

DATASET = "cfahlgren1/hub-stats"
FILE = "models.parquet"
_KIND = "dataset"
# Whoever asks without a token gets 401 for what is private and for what was never there.
_AWAY = (401, 403, 404)
_HASH = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class Revision:
    """A commit of the data set, as it stands for a day.

    Attributes:
        day: the day, UTC.
        commit: its hash.
        committed: when, UTC.
        file: hash that the Hub gives of the table of models; empty if the commit has no table.
        size: bytes of the table.
    """

    day: date
    commit: str
    committed: datetime
    file: str
    size: int


def revisions(visit: Visit, dataset: str, days: Collection[date]) -> dict[date, Revision]:
    """Find for each day the commit that is nearest to its noon, UTC.

    Commits whose title names the file go before others of the day.

    Args:
        visit: to the Hub.
        dataset: `owner/name`.
        days: those wanted.

    Returns:
        By day, in their order; a day without a commit is not there.

    Raises:
        Refusal: the data set is not there, or an answer fails or is not what it was.
    """
    with asking.hub(visit) as api, readable(dataset):
        nearest = _nearest(_commits(api, dataset), days)
        visit.told(f"{len(nearest)} revisions")
        return {day: _revision(api, dataset, day, *nearest[day]) for day in sorted(nearest)}


@contextmanager
def readable(dataset: str) -> Iterator[None]:
    """Say it in a sentence when the Hub does not show a data set.

    Raises:
        Refusal: it does not.
    """
    try:
        yield
    except HfHubHTTPError as error:
        status, url = error.response.status_code, error.response.url
        if status not in _AWAY or not url.path.startswith("/api/"):
            raise
        raise Refusal(
            f"{url.host} shows no data set {dataset} ({status}): if it was taken down, "
            "name a copy of it with --dataset."
        ) from None


def _commits(api: HfApi, dataset: str) -> list[tuple[str, datetime, bool]]:
    """Return of every commit its hash, its time, and whether it says that it is of the table."""
    try:
        listed = api.list_repo_commits(dataset, repo_type=_KIND)
        return [_read(commit) for commit in listed]
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Refusal(f"The Hub’s list of commits to {dataset} is not what it was.") from None


def _read(commit: GitCommitInfo) -> tuple[str, datetime, bool]:
    if not re.fullmatch("[0-9a-f]{40}", commit.commit_id):
        raise ValueError(commit.commit_id)
    return commit.commit_id, commit.created_at.astimezone(UTC), FILE in commit.title


def _nearest(
    commits: Iterable[tuple[str, datetime, bool]], days: Collection[date]
) -> dict[date, tuple[str, datetime]]:
    best: dict[date, tuple[tuple[bool, float, datetime], str]] = {}
    for commit, at, own in commits:
        day = at.date()
        noon = datetime.combine(day, time(12), UTC)
        rank = (not own, abs((at - noon).total_seconds()), at)
        if day in days:
            best[day] = min(best.get(day, (rank, commit)), (rank, commit))
    return {day: (commit, rank[-1]) for day, (rank, commit) in best.items()}


def _revision(api: HfApi, dataset: str, day: date, commit: str, at: datetime) -> Revision:
    try:
        found = api.get_paths_info(dataset, FILE, revision=commit, repo_type=_KIND)
        files = [file for file in found if isinstance(file, RepoFile) and file.path == FILE]
        hashes = [file.lfs.sha256 if file.lfs else file.blob_id for file in files] or [""]
        size = int(files[0].size) if files else 0
        if files and not (_HASH.fullmatch(hashes[0]) and size > 0):
            raise ValueError(hashes[0])
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Refusal(f"The Hub’s answer on {FILE} at {commit[:8]} is not what it was.") from None
    return Revision(day, commit, at, hashes[0], size)
