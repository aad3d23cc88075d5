"""The whole Hub, counted day by day from past revisions of a table of all its models."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from openrace import package


def folder() -> Path:
    """Return the folder for copies of days, which is emptied when a census is done."""
    return package.folder().absolute().parent / "_build" / "census"


def part(day: date) -> Path:
    """Return where the copy of a day lies while it is needed."""
    return folder() / f"{day}.parquet"
