"""`openrace …`: the commands of the report."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path
from typing import Any

import click
import yaml

from openrace.errors import Refusal


class _Commands(click.Group):
    """A group whose refusals are one sentence and exit code 1, never a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            click.echo(f"Stopped: {refusal}", err=True)
            sys.exit(1)


@click.group(cls=_Commands)
@click.version_option(package_name="openrace")
def main() -> None:
    """The Open Race: an executable report, rebuilt from dated public data."""


@main.command()
@click.option("-p", "given", nargs=2, multiple=True, metavar="NAME VALUE", help="A parameter.")
@click.option("--jobs", default=os.cpu_count() or 1, show_default=True, help="Chapters at once.")
@click.argument("book", type=click.Path(exists=True, file_okay=False), default=".")
def build(book: str, given: tuple[tuple[str, str], ...], jobs: int) -> None:
    """Build the site of BOOK (this folder) from the tables in git."""
    from openrace.build import build

    os.environ.setdefault("OPENRACE_DATA", str(Path(book).resolve() / "data"))
    values = {name: _value(name, text) for name, text in given}
    page = build(Path(book).resolve(), values, jobs, click.echo)
    click.echo(f"The book is ready. Open {page.as_uri()}")


@main.command()
def check() -> None:
    """Check every table against the data package."""
    from openrace import package, schema

    for name in package.names():
        click.echo(f"{name}: {len(schema.read(name)):,} rows are good")


def _value(name: str, text: str) -> Any:
    """Read a parameter as papermill does; dates stay text."""
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        raise Refusal(f"{name} is “{text}”, which cannot be read as a value.") from None
    return value.isoformat() if isinstance(value, date) else value
