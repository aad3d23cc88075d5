"""Editions within the published site: each one from its zip, once it is proved to be the one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from openrace.editions import copy, record
from openrace.editions.record import Edition
from openrace.errors import Refusal


def put(zips: Path, site: Path) -> Iterator[str]:
    """Put every edition that git records into a site, and yield its name.

    Args:
        zips: the folder that holds `<name>.zip` of each.
        site: the site's folder.

    Raises:
        Refusal: a zip is not there, or is not that edition.
    """
    for edition in record.published():
        archive = zips / f"{edition.name}.zip"
        if not archive.is_file():
            raise Refusal(
                f"{edition.name} is published, but {archive} is not there: its release is made "
                f"from the tag edition-{edition.name}."
            )
        with copy.opened(str(archive)) as folder:
            _refuse_other(folder, edition, archive)
            place = site / copy.PLACE / edition.name
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(folder, place)
        yield edition.name


def _refuse_other(folder: Path, edition: Edition, archive: Path) -> None:
    if wrong := copy.tampered(folder):
        raise Refusal(f"{archive} is damaged: {wrong[0]}.")
    if copy.digest(folder) != edition.digest:
        raise Refusal(
            f"{archive} is not the edition {edition.name} that was published: its digest is "
            f"{copy.digest(folder)}, but {edition.digest} is recorded."
        )
