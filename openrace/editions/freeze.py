"""Freeze the built book as an edition: a folder and a zip that hold all it stands on.

The folder's digest is the sha256 of its list of checksums. Nothing in it says when or where it was
made, beyond the day of publishing, so that freezing the same state of the repository again gives
the same digest. What git records of an edition (`record`) is written once, after its
folder; only new ids are listed before.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from openrace import address, freshness, outputs, package, parameters
from openrace.build import Plan, known_parameters, planned, render
from openrace.cite.built import Built
from openrace.cite.record import data_date
from openrace.editions import copy, ids, known, moves, record
from openrace.editions.assemble import assembled, pack
from openrace.editions.copy import SUMS
from openrace.editions.record import Edition, Lines
from openrace.errors import Refusal
from openrace.execution import Parameters, Say, execute_all
from openrace.outputs import FIGURE, NUMBERS


@dataclass(frozen=True)
class Frozen:
    """An edition as it was frozen: its record, its folder, and whether git knew it before."""

    edition: Edition
    folder: Path
    known: bool

    def said(self) -> str:
        """Return what a person is told."""
        name, digest = self.edition.name, f"digest {self.edition.digest}"
        if self.known:
            return f"{name} is as it was published ({digest}). It lies in {self.folder}."
        return (
            f"{name} is frozen in {self.folder} and its zip ({digest}); its citations name "
            f"{self.edition.address}. Commit {self.edition.folder.parent.name}/ and tag the commit "
            f"edition-{name}: the release follows from the tag."
        )


@dataclass(frozen=True)
class Making:
    """How an edition is made.

    Attributes:
        book: the folder of the book.
        to: the folder that gets `<name>/` and `<name>.zip`.
        jobs: how many chapters are executed at once.
        say: told of progress, a line at a time.
    """

    book: Path
    to: Path
    jobs: int
    say: Say


def freeze(making: Making, given: Parameters, *, correction: bool = False) -> Frozen:
    """Freeze a book as the edition of its data date, and record it.

    An edition that git records already is made again as it was, or not at all.

    Args:
        making: how.
        given: nothing, or the `as_of` day whose state is to be frozen.
        correction: whether this corrects the last edition of the same data date; it gets a name
            of its own then, and the other one stays.

    Raises:
        Refusal: another parameter is given; the book cannot be built, or has no data date; git
            records another edition of that name, or a later one.
    """
    asked = _asked(given, known_parameters(making.book))
    plan = _executed(making, asked)
    as_of = _data_date(plan)
    published = record.published()
    same = [edition for edition in published if edition.as_of == as_of]
    if same and not correction:
        return _made_again(making, plan, replace(same[-1], parameters=asked))
    _refuse_order(as_of, published, correction=correction)
    name = f"{as_of}-{len(same) + 1}" if same else as_of
    day = freshness.today().isoformat()
    new = Edition(name, as_of, day, version("openrace"), "", asked, address.site())
    _render(making, plan, new)
    ids.record(as_of, plan.site)
    coming = assembled(plan, new, making.to)
    edition = replace(new, digest=copy.digest(coming))
    folder = _placed(coming, making.to / name)
    _record(edition, folder)
    return Frozen(edition, folder, known=False)


def again(making: Making, name: str) -> Frozen:
    """Make an edition again that git records.

    Raises:
        Refusal: git records no such edition, or this state of the book gives another one.
    """
    recorded = {edition.name: edition for edition in record.published()}
    if name not in recorded:
        raise Refusal(f"published/ records no edition “{name}”, so it cannot be made again.")
    return _made_again(making, _executed(making, recorded[name].parameters), recorded[name])


def _made_again(making: Making, plan: Plan, edition: Edition) -> Frozen:
    _render(making, plan, edition)
    coming = assembled(plan, edition, making.to)
    _refuse_other(coming, edition)
    return Frozen(edition, _placed(coming, making.to / edition.name), known=True)


def _executed(making: Making, asked: Parameters) -> Plan:
    memory = Path("editions", asked.get("as_of", parameters.LATEST))
    plan = planned(making.book, asked, memory, making.say)
    execute_all(plan.stale, len(plan.executions), making.jobs, making.say)
    return plan


def _render(making: Making, plan: Plan, edition: Edition) -> None:
    """Render the pages of an edition from nothing: what Sphinx remembers could show in them."""
    shutil.rmtree(plan.stage, ignore_errors=True)
    with _published_at(edition.address):
        day = date.fromisoformat(edition.issued)
        render(plan, {"openrace_edition": edition.name}, day, making.say)


def _asked(given: Parameters, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of an edition: an `as_of` day, or none."""
    parameters.refuse_unknown(given, [*known], "The book")
    for name in given:
        if name != "as_of":
            raise Refusal(
                f"An edition is the book's own state on a day: it takes as_of, but not {name}; "
                "“openrace build” builds the book with other parameters."
            )
    days = parameters.check(given)
    return {name: day.isoformat() for name, day in days.items() if day}


def _data_date(plan: Plan) -> str:
    """Return the data date of an executed book."""
    notebooks = [execution.kept for execution in plan.executions]
    figures = [shown for notebook in notebooks for shown in outputs.of(notebook, FIGURE)]
    told = [group for notebook in notebooks for group in outputs.of(notebook, NUMBERS)]
    day = data_date(figures, [number for group in told for number in group["numbers"]])
    if day is None:
        raise Refusal("No figure or number of this book is dated, so no date can name an edition.")
    return day


def _refuse_order(as_of: str, published: Sequence[Edition], *, correction: bool) -> None:
    """Refuse a correction of nothing, and an edition older than one that is published."""
    if correction and as_of not in {edition.as_of for edition in published}:
        raise Refusal(f"No edition of {as_of} is published, so there is none to correct.")
    if published and published[-1].as_of > as_of:
        raise Refusal(
            f"The edition {published[-1].name} is published, and tells of those before it: one of "
            f"an earlier day, {as_of}, can no longer come before it."
        )


@contextmanager
def _published_at(site: str) -> Iterator[None]:
    """Have pages name a site's address for the time of the context."""
    before = os.environ.get(address.VARIABLE)
    os.environ[address.VARIABLE] = site
    try:
        yield
    finally:
        if before is None:
            del os.environ[address.VARIABLE]
        else:
            os.environ[address.VARIABLE] = before


def _refuse_other(coming: Path, recorded: Edition) -> None:
    """Refuse an edition that is not the one that git records; what differs is named."""
    if copy.digest(coming) == recorded.digest:
        return
    wrong = copy.differing(copy.sums(recorded.folder), copy.sums(coming))
    shutil.rmtree(coming)
    more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    raise Refusal(
        f"{recorded.name} is published and stays as it is, but this would be another edition of "
        f"the same data date: {', '.join(wrong[:3])}{more}. Freeze the state of git that was "
        f"tagged edition-{recorded.name}, or publish this one beside it with --correction."
    )


def _placed(coming: Path, folder: Path) -> Path:
    """Let an edition take its place, with its zip, unless another one of its name lies there."""
    if folder.exists():
        if copy.hashed(folder) != copy.sums(coming):
            shutil.rmtree(coming)
            raise Refusal(
                f"{folder} holds another edition of that name, or a damaged one: move it away."
            )
        shutil.rmtree(folder)
    coming.rename(folder)
    pack(folder)
    return folder


def _record(edition: Edition, folder: Path) -> None:
    """Record a new edition for git: what it says, its list of checksums, and why numbers moved."""
    edition.folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(folder / SUMS, edition.folder / SUMS)
    record.write(edition, _things(folder, edition.as_of))
    moves.record(edition)
    record.seal(edition)


def _things(folder: Path, as_of: str) -> dict[str, Lines]:
    """Return what is recorded of each thing in an edition, by kind and id."""
    built = Built(folder)
    tables = {name: known.known(name, as_of) for name in package.names()}
    return {
        "numbers": {id: _number(number) for id, number in built.numbers.items()},
        "figures": {id: _figure(figure) for id, figure in built.figures.items()},
        "claims": {
            id: {"claim": claim["claim"], "verdict": claim["verdict"]}
            for id, claim in built.claims.items()
        },
        "tables": {
            name: {
                "title": package.describe(name)["title"],
                "rows": str(len(table)),
                "sha256": known.sha256(table),
            }
            for name, table in tables.items()
        },
    }


def _number(number: Mapping[str, Any]) -> dict[str, str]:
    kept = ("text", "value", "low", "high", "unit", "as_of", "definition")
    said = {key: "" if number.get(key) is None else str(number[key]) for key in kept}
    return said | {"tables": " ".join(source["table"] for source in number["sources"])}


def _figure(figure: Mapping[str, Any]) -> dict[str, str]:
    sha256 = figure["sha256"]
    said = {"title": figure["title"], "as_of": figure["as_of"] or ""}
    return said | {"csv": sha256["csv"], "spec": sha256["vl.json"], "svg": sha256["svg"]}
