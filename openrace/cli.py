"""`openrace …`: the commands of the report."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import click
import yaml

from openrace.cite import forms
from openrace.cite.forms import FORMATS, STYLES, Format, Style
from openrace.editions.copy import PLACE
from openrace.errors import Refusal
from openrace.parameters import plain

SITE = Path("_build", "html")  # of a book
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


def printable(text: str) -> str:
    """Return text of others without what would move a terminal's cursor or colour."""
    return "".join(c if c.isprintable() or c in "\n\u00a0" else "\ufffd" for c in text)


class _Commands(click.Group):
    """A group whose refusals are one sentence and exit code 1, never a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            click.echo(printable(f"Stopped: {refusal}"), err=True)
            sys.exit(1)


@click.group(cls=_Commands)
@click.version_option(package_name="openrace")
def main() -> None:
    """The Open Race: an executable report, rebuilt from dated public data."""


@main.command()
@click.option("-p", "given", nargs=2, multiple=True, metavar="NAME VALUE", help="A parameter.")
@click.option(
    "--set",
    "chosen",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of parameters, as in parameters/: built apart; -p goes before it.",
)
@click.option("--jobs", default=os.cpu_count() or 1, show_default=True, help="Chapters at once.")
@click.argument("book", type=click.Path(exists=True, file_okay=False), default=".")
def build(book: str, given: tuple[tuple[str, str], ...], chosen: Path | None, jobs: int) -> None:
    """Build the site of BOOK (this folder) from the tables in git."""
    from openrace.build import build

    os.environ.setdefault("OPENRACE_DATA", str(Path(book).resolve() / "data"))
    values = {name: _value(name, text) for name, text in given}
    page = build(Path(book).resolve(), values, jobs, click.echo, chosen)
    click.echo(f"The book is ready. Open {page.as_uri()}")


@main.command()
@click.option("--jobs", default=os.cpu_count() or 1, show_default=True, help="Prints at once.")
@click.argument("book", type=_FOLDER, default=".")
def pdf(book: Path, jobs: int) -> None:
    """Print the built site of BOOK (this folder): the brief, each chapter, the whole book."""
    from openrace import paper

    folder = paper.make(book.resolve(), jobs, click.echo)
    click.echo(f"The PDFs are ready. Open {(folder / paper.BOOK).as_uri()}")


@main.command()
@click.option("-p", "given", nargs=2, multiple=True, metavar="as_of DAY", help="Of an earlier day.")
@click.option(
    "--to",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where folder and zip go: editions/ of BOOK.",
)
@click.option("--correction", is_flag=True, help="Publish it beside the last one of its data date.")
@click.option("--again", default="", metavar="NAME", help="Make one again that git records.")
@click.option("--jobs", default=os.cpu_count() or 1, show_default=True, help="Chapters at once.")
@click.argument("book", type=click.Path(exists=True, file_okay=False), default=".")
def edition(
    book: str,
    given: tuple[tuple[str, str], ...],
    to: Path | None,
    correction: bool,
    again: str,
    jobs: int,
) -> None:
    """Freeze BOOK (this folder) as the edition of its data date, and record it for git."""
    from openrace.editions import freeze

    folder = Path(book).resolve()
    os.environ.setdefault("OPENRACE_DATA", str(folder / "data"))
    if again and (given or correction):
        raise Refusal("--again makes an edition as git records it: it goes with no other choice.")
    values = {name: _value(name, text) for name, text in given}
    making = freeze.Making(folder, to or folder / PLACE, jobs, click.echo)
    if again:
        frozen = freeze.again(making, again)
    else:
        frozen = freeze.freeze(making, values, correction=correction)
    click.echo(printable(frozen.said()))


@main.command()
@click.argument("zips", type=_FOLDER)
@click.option("--to", "site", required=True, type=_FOLDER, help="The site, built.")
def editions(zips: Path, site: Path) -> None:
    """Put every edition that git records into a site, from the zips in a folder, each proved."""
    from openrace.editions.record import published
    from openrace.editions.site import put
    from openrace.publish import frozen

    for name in put(zips, site):
        click.echo(f"{name} is as it was published")
    frozen.point(published(), site)


@main.command()
@click.option("--only", default="", metavar="SOURCES", help="Ask these only: hub,prices")
@click.option("--as-of", default="", metavar="DAY", help="Ask what was known by a day.")
@click.option("--accept", default="", metavar="ID", help="Promote an answer that is held.")
@click.option("--dry-run", "dry", is_flag=True, help="Say what would change; write nothing.")
@click.option("--offline", is_flag=True, help="Read the answers kept last instead of asking.")
@click.option("--jobs", default=os.cpu_count() or 1, show_default=True, help="Chapters at once.")
@click.argument("book", type=click.Path(exists=True, file_okay=False), default=".")
def refresh(
    book: str, only: str, as_of: str, accept: str, dry: bool, offline: bool, jobs: int
) -> None:
    """Ask the live sources, append what is new, and build the site of BOOK anew."""
    from tqdm import tqdm

    from openrace import refresh as refreshing
    from openrace import summary
    from openrace.build import build
    from openrace.freshness import standing

    folder = Path(book).resolve()
    os.environ.setdefault("OPENRACE_DATA", str(folder / "data"))
    sources = refreshing.chosen(only)
    with tqdm(total=1 if accept else len(sources), disable=None, leave=False) as bar:
        plan = refreshing.plan(as_of, dry, offline, lambda source, what: _tell(bar, source, what))
        visits = [refreshing.accept(accept, plan)] if accept else refreshing.run(sources, plan)
        outcomes = []
        for outcome in visits:
            outcomes.append(outcome)
            bar.update()
    due = {live.source: live.due for live in standing(plan.day).sources}
    for line in summary.lines(outcomes, due, dry):
        click.echo(printable(line))
    if not dry:
        page = build(folder, {}, jobs, click.echo)
        click.echo(f"The book is ready. Open {page.as_uri()}")
    if trouble := summary.trouble(outcomes):
        raise Refusal(trouble)


def _tell(bar: Any, source: str, what: str) -> None:
    bar.set_postfix_str(printable(f"{source}: {what}"))


@main.command()
@click.option("--from", "first", required=True, metavar="DAY", help="The first day.")
@click.option("--to", "last", required=True, metavar="DAY", help="The last day.")
@click.option("--every", default="1d", show_default=True, help="A day of so many.")
@click.option("--yes", is_flag=True, help="Begin without asking, as schedules must.")
@click.option("--accept", multiple=True, metavar="DAY", help="Count it, however odd it is.")
@click.option("--dataset", default="", metavar="OWNER/NAME", help="A copy on the Hub.")
@click.option("--engine", default="", metavar="ADDRESS", help="An Ibis backend; DuckDB.")
@click.option("--table", default="", metavar="NAME", help="Of the engine; read no data set.")
def census(
    first: str, last: str, every: str, yes: bool, accept: tuple[str, ...], **more: str
) -> None:
    """Count all models of the Hugging Face Hub on past days, by lab, country and kind."""
    from tqdm import tqdm

    from openrace.census import run
    from openrace.census.plan import Plan, asked

    outcomes = []
    wanted = asked(first, last, every, accept, **more)
    with tqdm(disable=None, leave=False) as bar:

        def agree(plan: Plan) -> None:
            with bar.external_write_mode():
                _agree(plan.lines(), yes or not plan.todo)
            bar.reset(len(plan.steps))

        try:
            for outcome in run.census(wanted, agree, lambda what: _tell(bar, "census", what)):
                outcomes.append(outcome)
                bar.update()
        finally:
            bar.close()
            for line in run.summary(outcomes):
                click.echo(printable(line))
    if trouble := run.trouble(outcomes):
        raise Refusal(trouble)


def _agree(lines: Sequence[str], agreed: bool) -> None:
    """Tell what will be done, and ask whether it may be."""
    for line in lines:
        click.echo(printable(line))
    if not agreed and not sys.stdin.isatty():
        raise Refusal("Nobody is there to be asked whether to go on: say so with --yes.")
    if not agreed:
        click.confirm("Go on?", abort=True)


@main.command()
def check() -> None:
    """Check every table against the data package."""
    from openrace import package, schema

    for name in package.names():
        click.echo(f"{name}: {len(schema.read(name)):,} rows are good")


_TO = click.option(
    "--to", required=True, type=click.Path(file_okay=False, path_type=Path), help="Where to write."
)


@main.command()
@click.argument("before", type=_FOLDER)
@click.argument("after", type=_FOLDER)
@_TO
@click.option("--pictures-url", default="pictures", help="Address where the pictures will lie.")
def changes(before: Path, after: Path, to: Path, pictures_url: str) -> None:
    """Report what moved from the book in BEFORE to the book in AFTER, both built."""
    from openrace.changes import compare, report

    moved = compare(before, after)
    report.write(moved, to, pictures_url)
    click.echo(f"{'This moved' if moved else 'Nothing changed'}: see {to / 'report.md'}")


@main.command()
@_TO
@click.option("--said", type=click.File(errors="replace"), help="What today's refresh printed.")
def troubles(to: Path, said: TextIO | None) -> None:
    """Write a file for each source that failed or is held today, as of the tables."""
    from openrace import store
    from openrace.changes import troubles

    visits, day = store.load("refreshes"), datetime.now(UTC).date()
    found = troubles.write(visits, day, said.read() if said else "", to)
    click.echo(f"In trouble: {', '.join(found)}")


_BOOK = click.option(
    "--book", type=_FOLDER, default=".", help="The folder of the book, built; this one."
)


@main.command()
@click.option("--style", type=click.Choice(STYLES), default="short", help="Of text.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="What to write.")
@_BOOK
@click.argument("id", default="")
def cite(id: str, style: Style, form: Format, book: Path) -> None:
    """Cite a figure, a number or a claim by its ID, or the book."""
    from openrace.cite.built import Built
    from openrace.freshness import today

    item = forms.accessed(Built(book / SITE).cited(id), today().isoformat())
    text = forms.styled(item, style) if form == "text" else forms.FILES[form](item)
    click.echo(text.rstrip())


@main.command()
@_BOOK
@click.argument("words", nargs=-1)
def figures(words: tuple[str, ...], book: Path) -> None:
    """List the figures that have all WORDS in id, title or subtitle, with their data dates."""
    _list("figures", words, book)


@main.command()
@_BOOK
@click.argument("words", nargs=-1)
def numbers(words: tuple[str, ...], book: Path) -> None:
    """List the numbers that have all WORDS in id, text or definition, with their data dates."""
    _list("numbers", words, book)


@main.command()
@_BOOK
@click.argument("words", nargs=-1)
def claims(words: tuple[str, ...], book: Path) -> None:
    """List the claims that have all WORDS in id, words, speaker or verdict, with verdicts."""
    _list("claims", words, book)


def _list(kind: str, words: tuple[str, ...], book: Path) -> None:
    from openrace.cite import built

    found = built.found(getattr(built.Built(book / SITE), kind), words)
    if not found:
        raise Refusal(f"No {kind[:-1]} has {' and '.join(f'“{w}”' for w in words) or 'an id'}.")
    for line in built.table(found, built.COLUMNS[kind]):
        click.echo(printable(line))


@main.command()
@click.option(
    "--edition", required=True, metavar="NAME|FOLDER|ZIP", help="Its name in editions/, or path."
)
@click.option("--jobs", default=os.cpu_count() or 1, show_default=True, help="Chapters at once.")
@click.argument("ids", nargs=-1)
def verify(ids: tuple[str, ...], edition: str, jobs: int) -> None:
    """Prove an edition: rebuild the figures, numbers and claims IDS, or all, and compare."""
    from openrace.verify import levels
    from openrace.verify import verify as proved

    proofs = proved(ids, edition, jobs, lambda line: click.echo(printable(line)))
    for line in levels.table(proofs):
        click.echo(printable(line))
    if not all(proof.held for proof in proofs):
        raise Refusal(levels.sentence(proofs))
    click.echo(printable(levels.sentence(proofs)))


def _value(name: str, text: str) -> Any:
    """Read a parameter as papermill does; dates stay text."""
    try:
        return plain(yaml.safe_load(text))
    except yaml.YAMLError:
        raise Refusal(f"{name} is “{text}”, which cannot be read as a value.") from None
