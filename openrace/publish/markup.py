"""HTML of a figure and of a chapter's numbers; every text is escaped here and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

from openrace import address
from openrace.freshness import Freshness, Live, Standing, Visited
from openrace.numbers import written

Record = Mapping[str, Any]
_MOST_ROWS = 500
_ADDRESS = re.compile(r"https://[\w.-]+(/[\w./?=&%#~+,:;@-]*)?")


def caption(title: str, subtitle: str) -> str:
    """Return a figure's finding and, under it, its measure, unit and period."""
    return (
        f'<span class="caption-text">{escape(title)}</span>'
        f'<span class="subtitle">{escape(subtitle)}</span>'
    )


def figure_head(record: Record) -> str:
    """Return what stands right under a figure's caption: its drawings and their source."""
    return f'{drawings(record)}\n<p class="source">{escape(record["source"])}</p>'


def figure_body(record: Record, root: str, methods: str | None = None) -> str:
    """Return what stands under a figure's source.

    Args:
        record: the figure as its chapter showed it.
        root: the relative address of the site's root, `../` for a chapter.
        methods: the relative address of the page on methods, where the book has one.
    """
    return "\n".join(
        (
            f'<p class="limit">{escape(record["limit"])}</p>',
            _actions(record["id"], root, methods),
            table(record),
        )
    )


def stale(tables: Sequence[str], standing: Standing) -> str:
    """Return what is past due, or was not refreshed, of the tables behind a figure, by upstream."""
    behind: dict[str, list[Freshness]] = {}
    for name in (t for t in tables if t in standing.tables):
        behind.setdefault(standing.upstream[name], []).append(standing.tables[name])
    return "".join(_late(upstream, found) for upstream, found in behind.items())


def _late(upstream: str, found: Sequence[Freshness]) -> str:
    since = min((f.overdue for f in found if f.overdue), default=None)
    said = [f"overdue since {_day(since)}"] if since else []
    said += dict.fromkeys(_trouble(visit) for f in found for visit in f.trouble)
    return f'<p class="stale">{escape(upstream)}: {escape("; ".join(said))}</p>' if said else ""


def notice(tables: Sequence[str], standing: Standing) -> str:
    """Return, for a chapter's top, which of its sources failed or is held; nothing when none is."""
    behind: dict[Visited, list[str]] = {}
    for name in (t for t in tables if t in standing.tables):
        for visit in standing.tables[name].trouble:
            behind.setdefault(visit, []).append(name)
    return "".join(_stands(visit, names, standing) for visit, names in behind.items())


def _stands(visit: Visited, tables: Sequence[str], standing: Standing) -> str:
    last = max((d for t in tables if (d := standing.tables[t].last)), default=None)
    upstream = ", ".join(dict.fromkeys(standing.upstream[t] for t in tables))
    said = (
        f"This chapter stands on data to {_day(last)} of {upstream}, because the source "
        f"“{visit.source}” was {_trouble(visit)}"
    )
    return f'<p class="stale">{escape(said)}</p>'


def _trouble(visit: Visited) -> str:
    held = ", its answer is held" if visit.outcome == "held" else ""
    return f"not refreshed on {_day(visit.day)}{held}{f': {visit.why}' if visit.why else ''}"


def _day(day: date | None) -> str:
    return written(day.isoformat(), "date") if day else "none yet"


def live(standing: Standing) -> str:
    """Return the list of live sources: what each feeds, its last day and visit, when it is due."""
    names = ("Source", "Tables it feeds", "Data to", "Last asked", "Due")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    rows = "".join(map(_source, standing.sources))
    return (
        '<div class="scroll studies" role="region" aria-label="Live sources" tabindex="0">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _source(live: Live) -> str:
    tables = ", ".join(f'<a href="#table-{escape(t)}">{escape(t)}</a>' for t in live.tables)
    cells = {
        "Data to": _day(live.last),
        "Last asked": _asked(live.visit),
        "Due": _due(live),
    }
    told = "".join(f'<td data-label="{k}">{escape(v)}</td>' for k, v in cells.items())
    return f"<tr><td><code>{escape(live.source)}</code></td><td>{tables}</td>{told}</tr>"


def _due(live: Live) -> str:
    if live.overdue:
        return f"overdue since {_day(live.overdue)}"
    return _day(live.due) if live.due else "with the first refresh"


def _asked(visit: Visited | None) -> str:
    if visit is None:
        return "never"
    why = f": {visit.why}" if visit.why and visit.outcome != "good" else ""
    return f"{_day(visit.day)}, {visit.outcome}{why}"


def banner(asked: Record) -> str:
    """Return what every page of a book with other parameters says at its top.

    Args:
        asked: `title`, `description`, and `values`: by parameter, its value and, in a list, those
            that the chapters have otherwise.
    """
    values = [
        f"{name} {value} (otherwise {' or '.join(map(str, usual))})"
        for name, (value, usual) in asked["values"].items()
    ]
    said = "; ".join(values) or "no parameter differs from the book's own"
    title, description = escape(asked["title"]), escape(asked["description"])
    return f"<p>{title}</p>{description} Parameters: {escape(said)}."


def numbers(records: Sequence[Record], page: Callable[[str], str]) -> str:
    """Return the numbers a cell computed, as a table that folds, each with an address.

    Args:
        records: the numbers.
        page: from the id of a number to the address of its page.
    """
    rows = "".join(_number(record, page(record["id"])) for record in records)
    head = _head(("Number", "Value", "Range", "Definition", "As of"))
    first = records[0]["id"]
    table = _scrolling(f"numbers-{number_anchor(first)}", f"Numbers from {first} on", head + rows)
    return (
        '<details class="openrace-numbers">'
        f"<summary>Numbers computed here: {len(records)}</summary>{table}</details>"
    )


def number_anchor(id: str) -> str:
    """Return the address of a number within its chapter's page."""
    return f"number-{id.replace('.', '-')}"


def drawings(record: Record) -> str:
    """Return both drawings of a figure, each named for those who hear it."""
    return "".join(
        _labelled(svg, record["alt"], f"drawing {width}") for width, svg in record["svg"].items()
    )


def _labelled(svg: str, alt: str, classes: str) -> str:
    """Name a drawing for people who hear it, and let the page scale it."""
    label = f'<svg role="img" aria-label="{escape(alt)}" '
    scaled = svg.replace('class="marks"', f'class="{classes}"', 1)
    return label + scaled.removeprefix("<svg ")


def _actions(id: str, root: str, methods: str | None) -> str:
    cite = f'<a href="{root}{address.figure(id)}index.html">Cite and download</a>'
    measured = f'<a href="{methods}#method-{id}">How it is measured</a>' if methods else ""
    return f'<p class="actions">{explore(id, root)} {cite} {measured}</p>'


def explore(id: str, root: str) -> str:
    """Return the button that makes a figure interactive; a script shows it."""
    view = f"{root}{address.figure(id)}{id}.view.js"
    return (
        f'<button class="explore" data-figure="{id}" data-view="{view}" hidden>'
        "Explore values</button>"
    )


def table(record: Record, *, unfolded: bool = False) -> str:
    """Return a figure's table, folded unless a page has room for it."""
    columns, rows = record["table"]["columns"], record["table"]["data"]
    dates = {columns.index(c) for c in record["dates"]}
    head = _head(str(c) for c in columns)
    body = "".join(f"<tr>{_cells(row, dates)}</tr>" for row in rows[:_MOST_ROWS])
    cut = f", first {_MOST_ROWS} shown" if len(rows) > _MOST_ROWS else ""
    shown = " open" if unfolded else ""
    scrolling = _scrolling(f"table-of-{record['id']}", f"Values of: {record['title']}", head + body)
    return (
        f'<details class="table"{shown}><summary>Table of {len(rows)} rows{cut}</summary>'
        f"{scrolling}</details>"
    )


def _scrolling(id: str, caption: str, rows: str) -> str:
    """Return a table in a frame that scrolls by keyboard too, both named for those who hear it."""
    name = f'<caption class="visually-hidden" id="{id}">{escape(caption)}</caption>'
    return (
        f'<div class="scroll" role="region" aria-labelledby="{id}" tabindex="0">'
        f"<table>{name}{rows}</table></div>"
    )


def _head(names: Iterable[str]) -> str:
    cells = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    return f"<tr>{cells}</tr>"


def _cells(row: Sequence[Any], dates: set[int]) -> str:
    return "".join(_cell(value, i in dates) for i, value in enumerate(row))


def _cell(value: Any, is_date: bool) -> str:
    if value is None:
        return "<td></td>"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return (
            f'<td class="number">{value:,.4g}</td>'
            if abs(value) < 1e4
            else (f'<td class="number">{value:,.0f}</td>')
        )
    if is_date:
        return f'<td class="date">{escape(str(value)[:10])}</td>'
    return f"<td>{_linked(str(value))}</td>"


def _linked(text: str) -> str:
    """Let an address be followed; whatever is not wholly one stays text."""
    if not _ADDRESS.fullmatch(text):
        return escape(text)
    shown = escape(text.removeprefix("https://"))
    return f'<a href="{escape(text)}" rel="nofollow noopener">{shown}</a>'


def _number(record: Record, page: str) -> str:
    cells = (record["text"], record["interval"], record["definition"], record["as_of"] or "")
    body = "".join(f"<td>{escape(c)}</td>" for c in cells)
    anchor = number_anchor(record["id"])
    name = f'<a href="{escape(page)}"><code>{escape(record["id"])}</code></a>'
    return f'<tr id="{anchor}"><td>{name}</td>{body}</tr>'
