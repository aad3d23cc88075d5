"""Answers that are held: kept raw, beside the reasons, until a person accepts them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from openrace.errors import Refusal
from openrace.sources import raw


@dataclass(frozen=True)
class Held:
    """An answer that waits: its id, its source, where the visit is kept, and what is odd."""

    id: str
    source: str
    visit: Path
    why: tuple[str, ...]


def hold(source: str, answers: str, visit: Path, why: Sequence[str]) -> Held:
    """Hold a kept visit; the same answers of a source always have the same id.

    Args:
        source: its name.
        answers: the digest of the visit.
        visit: where it is kept.
        why: what is odd, a sentence each.

    Raises:
        Refusal: the folder of raw answers cannot be written.
    """
    waiting = Held(f"{source}-{answers[:8]}", source, visit, tuple(why))
    about = {"source": source, "visit": str(visit.relative_to(raw.folder())), "why": list(why)}
    text = json.dumps(about, indent=1, ensure_ascii=False)
    raw.write(_path(waiting.id), text.encode())
    return waiting


def waiting(id: str) -> Held:
    """Return a held answer by its id.

    Raises:
        Refusal: none has it; the sentence names those that wait.
    """
    if id not in ids():
        known = f"there are {', '.join(ids())}" if ids() else "nothing is held"
        raise Refusal(f"No answer is held as “{id}”; {known}.")
    about = json.loads(_path(id).read_text(encoding="utf-8"))
    return Held(id, about["source"], raw.folder() / about["visit"], tuple(about["why"]))


def release(id: str) -> None:
    """Forget that an answer is held; the visit itself stays kept."""
    _path(id).unlink(missing_ok=True)


def ids() -> list[str]:
    """Return the ids of the answers that wait."""
    return sorted(path.stem for path in (raw.folder() / "held").glob("*.json"))


def _path(id: str) -> Path:
    return raw.folder() / "held" / f"{id}.json"
