"""The folder and the zip of an edition, from a book that is rendered as one."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from dataclasses import asdict
from pathlib import Path

from openrace.build import Plan
from openrace.editions import copy, crate, ids, record
from openrace.editions.copy import SUMS
from openrace.editions.record import Edition
from openrace.execution import PACKAGE

#: What rebuilds an edition, beside its pages, the package, and the records of earlier editions.
_SOURCE = (
    *("_config.yml", "_toc.yml", "pyproject.toml", "requirements.txt"),
    *("Makefile", "README.md", "LICENSE", "CITATION.cff"),
)
_ASIDE = (".buildinfo", ".doctrees", "_sources")  # of a site: nobody who reads it needs them
_DATED = (1980, 1, 1, 0, 0, 0)  # the first day a zip can name


def assembled(plan: Plan, edition: Edition, to: Path) -> Path:
    """Put an edition together beside its place and return the folder.

    Args:
        plan: the book, rendered as this edition.
        edition: the edition; its digest follows from the folder.
        to: the folder in which its place is.
    """
    coming = to / f".{edition.name}.coming"
    shutil.rmtree(coming, ignore_errors=True)
    shutil.copytree(plan.site, coming, ignore=shutil.ignore_patterns(*_ASIDE))
    for execution in plan.executions:
        notebook = coming / "notebooks" / execution.notebook.relative_to(plan.book)
        notebook.parent.mkdir(parents=True, exist_ok=True)
        notebook.write_text(execution.told(), encoding="utf-8")
    _add_source(plan, edition, coming / "source")
    about = {key: value for key, value in asdict(edition).items() if key != "digest"}
    _write(coming / "edition.json", json.dumps(about, indent=1, ensure_ascii=False))
    crate.write(coming)
    sums = copy.hashed(coming)
    _write(coming / SUMS, "\n".join(f"{sha256}  {name}" for name, sha256 in sums.items()))
    return coming


def _add_source(plan: Plan, edition: Edition, source: Path) -> None:
    """Copy what rebuilds an edition, and the records of the editions that it tells of."""
    sets = sorted((plan.book / "parameters").glob("*.yml"))
    for part in (*plan.pages, *sets, *(plan.book / name for name in _SOURCE)):
        if part.exists():
            _copy(part, source / part.relative_to(plan.book))
    aside = shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(PACKAGE, source / PACKAGE.name, ignore=aside)
    for earlier in record.published(before=edition.name):
        kept = source / "published" / earlier.name
        shutil.copytree(earlier.folder, kept, ignore=shutil.ignore_patterns(SUMS))
    told = [entry for entry in ids.read() if entry.since <= edition.as_of]
    ids.write(told, source / "published" / ids.path().name)


def _copy(file: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, to)


def _write(path: Path, text: str) -> None:
    path.write_text(f"{text}\n", encoding="utf-8")


def pack(folder: Path) -> None:
    """Pack an edition beside its folder; the same edition gives the same zip."""
    scratch = folder.with_name(f".{folder.name}.zip.coming")
    with zipfile.ZipFile(scratch, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in (*copy.sums(folder), SUMS):
            member = zipfile.ZipInfo(f"{folder.name}/{name}", _DATED)
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            packed.writestr(member, (folder / name).read_bytes())
    os.replace(scratch, folder.with_name(f"{folder.name}.zip"))
