"""The data package: which tables there are, what is said of each, and each one's identity.

`data/datapackage.json` (Frictionless Data Package) is the one truth about fields, units, licences
and sources. Set `OPENRACE_DATA` to work on another folder of the same shape.
"""

from __future__ import annotations

import hashlib
import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from openrace.errors import Refusal

Resource = dict[str, Any]
PROJECT = Path(__file__).resolve().parent.parent


def folder() -> Path:
    """Return the folder that holds the tables and their data package."""
    return Path(os.environ.get("OPENRACE_DATA", PROJECT / "data"))


def read() -> dict[str, Any]:
    """Read the data package.

    Raises:
        Refusal: there is none, or it is not JSON.
    """
    path = folder() / "datapackage.json"
    try:
        now = path.stat()
        return _parsed(path, now.st_mtime_ns, now.st_size)
    except FileNotFoundError:
        raise Refusal(f"{path} is missing: restore it from git.") from None
    except ValueError as error:
        raise Refusal(f"{path} is not valid JSON ({error}): mend it or restore it.") from None


@lru_cache(maxsize=4)  # a chapter asks a thousand times
def _parsed(path: Path, changed: int, size: int) -> dict[str, Any]:
    described: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return described


def names() -> list[str]:
    """Return the names of all tables, in the data package's order."""
    return [r["name"] for r in read()["resources"]]


def observed() -> dict[str, str]:
    """Return, for each dated table, the column that holds its day of observation."""
    return {r["name"]: r["observed"] for r in read()["resources"] if r.get("observed")}


def describe(name: str) -> Resource:
    """Return what the data package says of a table: title, fields, licence, sources.

    Raises:
        Refusal: the data package describes no table of that name.
    """
    resources = {r["name"]: r for r in read()["resources"]}
    if name not in resources:
        raise Refusal(f"There is no table “{name}”; there are {', '.join(sorted(resources))}.")
    found: Resource = resources[name]
    return found


def references(name: str) -> set[str]:
    """Return the names of the tables whose keys a table refers to."""
    return {key["reference"]["resource"] for key in describe(name)["schema"].get("foreignKeys", [])}


def path(name: str) -> Path:
    """Return where a table lies.

    Raises:
        Refusal: its file is missing.
    """
    found = folder() / describe(name)["path"]
    if not found.exists():
        raise Refusal(f"data/{found.name} is missing: restore it from git.")
    return found


def digest(name: str) -> str:
    """Return the sha256 of a table together with its description: its identity for a build."""
    content = hashlib.sha256(path(name).read_bytes())
    content.update(json.dumps(describe(name), sort_keys=True).encode())
    return content.hexdigest()
