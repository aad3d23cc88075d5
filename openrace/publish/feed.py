"""The feed of editions: what came out, when, and what moved.

Atom: RFC 4287. Its words come from what git records of editions, as plain text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from openrace import address
from openrace.cite.record import AUTHOR, TITLE, dated, opened, plain
from openrace.editions import moves
from openrace.editions.moves import Moves
from openrace.editions.record import Edition
from openrace.publish import template
from openrace.publish.editions_page import counted, kept_at
from openrace.publish.frozen import told

PLACE = "feed.xml"


def feed(editions: Sequence[Edition], issued: str) -> str:
    """Return the feed, the newest edition first.

    Args:
        editions: those published, the oldest first.
        issued: the day that the site is published, ISO, for a feed without editions.

    Raises:
        Refusal: a record is not there, or the site's address cannot be read.
    """
    to: Mapping[str, Moves] = {step.after.name: step for step in moves.successive(editions)}
    words = {"title": TITLE, "author": AUTHOR, "told": told, "kept_at": kept_at}
    updated = max((edition.issued for edition in editions), default=issued)
    return str(
        template.render(
            "feed.xml",
            home=address.site(),
            editions=editions[::-1],
            to=to,
            updated=updated,
            summary=summary,
            **words,
        )
    )


def summary(edition: Edition, step: Moves | None) -> str:
    """Say in words what an edition is, and what moved to it from the one before."""
    first = f"{opened(dated(edition.as_of))}, frozen with its pages, tables and code."
    return " ".join((first, *(_moved(step) if step else ("It is the first.",))))


def _moved(step: Moves) -> Iterator[str]:
    yield (
        f"Since the edition of {told(step.before.name)} {counted(len(step.flipped), 'verdict')} "
        f"flipped, {counted(len(step.moved), 'number')} moved and "
        f"{counted(len(step.figures), 'figure')} changed."
    )
    for flip in step.flipped:
        claim = plain(flip.claim).rstrip(".")
        yield f"“{claim}” was {flip.before}, and is {flip.after}."
