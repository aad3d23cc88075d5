"""What a refresh says at its end: a table of the sources, and what was noticed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from openrace.freshness import GOOD
from openrace.refresh import FAILED, HELD, Outcome

HEAD = ("source", "outcome", "asked", "new", "changed", "rejected", "seconds", "next due")
_WORDS = len(("source", "outcome"))


def lines(
    outcomes: Sequence[Outcome], due: Mapping[str, date | None], dry: bool = False
) -> list[str]:
    """Return the summary: a line per source, then what changed, why, and what was noticed.

    Args:
        outcomes: how the visits went.
        due: by source, when it is to be asked again.
        dry: whether rows would only be appended.
    """
    return [
        *_table([HEAD, *(_row(o, due.get(o.source.name)) for o in outcomes)]),
        *(s for o in outcomes for s in _said(o, dry)),
    ]


def trouble(outcomes: Sequence[Outcome]) -> str:
    """Return in one sentence which sources failed or are held; nothing if none is."""
    failed = [o.source.name for o in outcomes if o.outcome == FAILED]
    held = [o.source.name for o in outcomes if o.outcome == HELD]
    parts = [f"{', '.join(failed)} failed"] * bool(failed)
    parts += [f"{', '.join(held)} held back"] * bool(held)
    others = sum(o.outcome == GOOD for o in outcomes)
    rest = f"; {others} of {len(outcomes)} went well" if others else ""
    return f"{' and '.join(parts)}{rest}. Their tables stay as they were." if parts else ""


def _row(outcome: Outcome, due: date | None) -> tuple[str, ...]:
    counts = (outcome.asked, outcome.new, outcome.changed, outcome.rejected)
    asked = [f"{n:,}" for n in counts] if outcome.asked else [""] * len(counts)
    return (
        outcome.source.name,
        outcome.outcome,
        *asked,
        f"{outcome.seconds:.1f}",
        f"{due or 'not asked yet'}",
    )


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if at < _WORDS else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def _said(outcome: Outcome, dry: bool) -> list[str]:
    verb = "would gain" if dry else "gained"
    gains = [f"{t} {verb} {n:,} row{'s' * (n != 1)}." for t, n in outcome.tables.items()]
    why = [f"{outcome.outcome}: {outcome.why}"] if outcome.why else []
    accept = [f"If that is right: openrace refresh --accept {outcome.id}"] if outcome.id else []
    return [f"{outcome.source.name}: {said}" for said in (*gains, *why, *accept, *outcome.notes)]
