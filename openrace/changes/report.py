"""The report on what moved, for a reviewer on GitHub: the finding first, then the evidence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

import pandas as pd

from openrace.changes import Changes, FigureChange, Flip, Kind, NumberChange, Record
from openrace.changes.markdown import code, folded, inert, table
from openrace.changes.tables import TableChange
from openrace.errors import Refusal
from openrace.numbers import written

_ROWS, _LINES, _CELL = 3, 40, 60
_SCREEN = 96
#: GitHub takes 65,536 characters in a body; the rest is for who sends it.
_BODY = 64_000
_PICTURED = (Kind.NEW, Kind.GONE, Kind.DRAWING, Kind.WORDS, Kind.DRIFT)


def write(changes: Changes, folder: Path, pictures_url: str = "pictures") -> None:
    """Write `report.md`, `body.md`, which fits into a pull request, and `pictures/`.

    Args:
        changes: what moved.
        folder: where to write; made when it is missing.
        pictures_url: the address at which the folder of pictures will lie.

    Raises:
        Refusal: the folder cannot be written.
    """
    parts = list(blocks(changes, pictures_url.rstrip("/")))
    try:
        (folder / "pictures").mkdir(parents=True, exist_ok=True)
        (folder / "report.md").write_text(_joined(parts), encoding="utf-8")
        (folder / "body.md").write_text(_joined(fitted(parts, _BODY)), encoding="utf-8")
        for figure in changes.figures:
            _draw(figure, folder / "pictures")
    except OSError as error:
        raise Refusal(f"{folder} cannot be written: {error}.") from None


def blocks(changes: Changes, pictures_url: str) -> Iterator[str]:
    """Yield the report in blocks of Markdown, each whole in itself."""
    yield f"**{finding(changes)}**"
    yield from _alarm(changes.tables)
    yield from _verdicts(changes.flips)
    yield from _tables(changes.tables)
    yield from _numbers(changes.numbers)
    yield from _figures(changes.figures, pictures_url)


def fitted(parts: Sequence[str], most: int) -> list[str]:
    """Return the first blocks that fit into so many characters, and say what is left out."""
    if len(_joined(parts)) <= most:
        return list(parts)
    kept, room = [], most - 200
    for part in parts:
        room -= len(part) + 2
        if room < 0:
            break
        kept.append(part)
    left = _count(len(parts) - len(kept), "part")
    return [*kept, f"{left} more did not fit here: the full report is kept with this run."]


def finding(changes: Changes) -> str:
    """Return what moved in a sentence or a few, as Markdown."""
    if not changes:
        return "Nothing changed: tables, numbers, verdicts and figures are the same."
    grown = [t for t in changes.tables if len(t.added)]
    rows = sum(len(t.added) for t in grown)
    told = [
        f"{_count(len(grown), 'table')} grew" + (f" by {_count(rows, 'row')}" if grown else ""),
        _moved([n for n in changes.numbers if n.moved]),
        f"{_count(sum(bool(f.before and f.after) for f in changes.flips), 'verdict')} flipped",
        f"{_count(len(changes.figures), 'figure')} changed",
    ]
    if otherwise := len(changes.tables) - len(grown):
        told.insert(1, f"{_count(otherwise, 'table')} changed without growing")
    sentence = "; ".join(told)
    return f"{sentence[0].upper()}{sentence[1:]}."


def _moved(moved: Sequence[NumberChange]) -> str:
    said = f"{_count(len(moved), 'number')} moved"
    if not moved or not moved[0].relative:  # dates and texts, or bounds alone
        return said
    most = moved[0]
    return f"{said}, most of all {code(most.id)} from {_said(most.before)} to {_said(most.after)}"


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}" if n else f"no {noun}"


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(parts) + "\n"


def _alarm(tables: Sequence[TableChange]) -> Iterator[str]:
    alarming = [
        f"{code(t.name)} ({len(t.removed):,} removed, {len(t.was):,} altered)"
        for t in tables
        if t.alarming
    ]
    if alarming:
        yield (
            "> [!CAUTION]\n> Tables that may only grow have lost or altered rows: "
            f"{', '.join(alarming)}. A refresh never does that: do not merge before you know why."
        )


def _verdicts(flips: Sequence[Flip]) -> Iterator[str]:
    if flips:
        head = ("Claim", "Before", "After", "Id")
        lines = ([inert(f.claim), *map(_or_none, (f.before, f.after)), code(f.id)] for f in flips)
        yield "## Verdicts that flipped"
        yield from _capped(head, list(lines))


def _or_none(text: str) -> str:
    return inert(text) if text else "–"


def _capped(head: Sequence[str], lines: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a table's first lines, and how many more there are."""
    yield table(head, lines[:_LINES])
    if len(lines) > _LINES:
        yield f"… and {len(lines) - _LINES:,} more."


def _tables(tables: Sequence[TableChange]) -> Iterator[str]:
    if not tables:
        return
    head = ("Table", "Rows added", "Altered", "Removed", "Besides")
    yield "## Tables"
    yield table(
        head,
        (
            [
                code(t.name),
                *(f"{len(part):,}" for part in (t.added, t.was, t.removed)),
                inert("; ".join([t.file, *t.columns]).strip("; ")),
            ]
            for t in tables
        ),
    )
    for t in tables:
        yield from _first_rows(t)


def _first_rows(t: TableChange) -> Iterator[str]:
    for what, part in (("added to", t.added), ("removed from", t.removed)):
        if len(part):
            yield folded(_which(len(part), what, t.name), _rows(part))
    if len(t.was):
        yield folded(_which(len(t.was), "altered in", t.name), _altered(t))


def _which(n: int, what: str, name: str) -> str:
    first = f"The first {_ROWS} of {n:,} rows" if n > _ROWS else _count(n, "row")
    return f"{first} {what} {code(name)}"


def _rows(part: pd.DataFrame) -> str:
    head = [inert(c, _CELL) for c in part]
    return table(head, ([inert(v, _CELL) for v in row] for row in part.head(_ROWS).to_numpy()))


def _altered(t: TableChange) -> str:
    """Show altered rows by their keys, a line for each field that differs."""
    lines = [
        [inert(", ".join(now[t.key]), 2 * _CELL), *(inert(v, _CELL) for v in (c, was[c], now[c]))]
        for (_, was), (_, now) in zip(
            t.was.head(_ROWS).iterrows(), t.now.head(_ROWS).iterrows(), strict=True
        )
        for c in t.was
        if was[c] != now[c]
    ]
    return table([inert(", ".join(t.key)), "Field", "Before", "After"], lines)


def _numbers(numbers: Sequence[NumberChange]) -> Iterator[str]:
    moved = [n for n in numbers if n.moved]
    seen = [n for n in moved if _written(n.before) != _written(n.after)]
    if moved:
        head = ("Number", "Before", "After", "Change", "Unit", "Chapter", "As of")
        yield "## Numbers that moved"
        if seen:
            yield from _capped(head, [_line(n) for n in seen])
        if hidden := len(moved) - len(seen):
            yield f"{_count(hidden, 'number').capitalize()} moved by less than is written."
    for what, some in (
        ("appeared", [n.id for n in numbers if not n.before]),
        ("vanished", [n.id for n in numbers if not n.after]),
    ):
        if some:
            more = f" and {len(some) - _LINES:,} more" if len(some) > _LINES else ""
            yield f"Numbers that {what}: {', '.join(map(code, some[:_LINES]))}{more}."


def _line(n: NumberChange) -> list[str]:
    units, days = (
        " → ".join(dict.fromkeys(inert(side.get(what, "–")) for side in (n.before, n.after)))
        for what in ("unit", "as_of")
    )
    return [
        code(n.id),
        *map(_said, (n.before, n.after)),
        _share(n.relative),
        units,
        inert(n.chapter),
        days,
    ]


def _share(relative: float | None) -> str:
    if relative is None:
        return "–"
    return "from zero" if math.isinf(relative) else f"{100 * relative:,.1f} %"


def _written(number: Record) -> tuple[str, str]:
    return _said(number), number["unit"]


def _said(number: Record) -> str:
    """Write a number as the prose does, with its bounds."""
    low, high, unit = number.get("low"), number.get("high"), number["unit"]
    if low is None or high is None:
        return inert(number["text"])
    bounds = f"{written(low, unit, bare=True)} to {written(high, unit)}"
    return inert(f"{number['text']} ({bounds})")


def _figures(figures: Sequence[FigureChange], pictures_url: str) -> Iterator[str]:
    pictured = [f for f in figures if f.kind in _PICTURED]
    if figures:
        yield "## Figures"
    for f in pictured:
        yield "\n\n".join([f"### {code(f.id)} {f.kind}", *_titles(f), _pictures(f, pictures_url)])
    if plain := [code(f.id) for f in figures if f not in pictured]:
        yield f"With another source line only, as when data is dated later: {', '.join(plain)}."


def _titles(f: FigureChange) -> Iterator[str]:
    titles = [inert(t) for t in (f.before, f.after) if t]
    if len(set(titles)) == 1:
        yield f"“{titles[0]}”"
    else:
        yield "“" + "” → “".join(titles) + "”"


def _pictures(f: FigureChange, url: str) -> str:
    cells = [
        _picture(f"{url}/{quote(f.id)}-{side}.png", f"{f.id}, {side}") if drawn else "–"
        for side, drawn in (("before", f.drawn_before), ("after", f.drawn_after))
    ]
    return table(("Before", "After"), [cells])


def _picture(address: str, alt: str) -> str:
    return f'<img src="{escape(address)}" width="400" alt="{escape(alt)}">'


def _draw(f: FigureChange, folder: Path) -> None:
    """Draw what a figure was and is, for the screen: the site's own pictures are for print."""
    from openrace.figures import render  # the drawing library takes a second to load

    for side, drawn in (("before", f.drawn_before), ("after", f.drawn_after)):
        if drawn and f.kind in _PICTURED:
            image = render.png(drawn.read_text(encoding="utf-8"), _SCREEN)
            (folder / f"{f.id}-{side}.png").write_bytes(image)
