"""What a chapter works with: its tables as of a day, its numbers, its figures.

A chapter opens itself with its parameters, asks for tables, and tells numbers and shows figures.
Whatever it reads or shows it also carries in its output, as data, so that publishing needs the
executed notebook and nothing else.
"""

from __future__ import annotations

import ast
import html
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import takewhile
from typing import Any

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode
from IPython.core.getipython import get_ipython
from IPython.display import display

from openrace import claims, figures, package, parameters, store
from openrace.errors import Refusal
from openrace.figures import explore, render, theme
from openrace.numbers import Number, written
from openrace.outputs import FIGURE, LEDGER, NUMBERS, READ


class _Untold(KeyError):
    """A number is asked for by an id that was not told."""


class _Told(dict[str, Number]):
    """The numbers told so far, by id."""

    def __missing__(self, id: str) -> Number:
        raise _Untold(id)


@dataclass
class Chapter:
    """A chapter at one day: read tables with `chapter["name"]`, then `tell` and `show`."""

    name: str
    as_of: date
    numbers: dict[str, Number] = field(default_factory=_Told)
    _tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    _days: dict[str, list[date]] = field(default_factory=dict)

    def __getitem__(self, table: str) -> pd.DataFrame:
        """Return a table as it was known on the chapter's day."""
        if table not in self._tables:
            self._tables[table] = store.load(table, self.as_of)
            self.days(table)
        return self._tables[table]

    def days(self, table: str) -> list[date]:
        """Return the days of a table, and say in the output that the chapter rests on it.

        An execution is kept only while what it rests on is unchanged, and dates and sources are
        part of what a chapter shows.
        """
        if table not in self._days:
            self._days[table] = store.days(table)
            record = {"table": table, "sha256": package.digest(table)}
            _display({READ: record, "text/plain": f"read data/{table}: {record['sha256'][:12]}"})
        return self._days[table]

    def tell(self, *numbers: Number | Iterable[Number]) -> None:
        """Add numbers to the chapter, for its prose, its titles and `numbers.json`.

        Raises:
            Refusal: two numbers claim one id.
        """
        told = [n for item in numbers for n in ([item] if isinstance(item, Number) else item)]
        for number in told:
            if number.id in self.numbers and self.numbers[number.id] != number:
                raise Refusal(f"Two different numbers claim the id {number.id}.")
            self.numbers[number.id] = number
        records = [self._numbered(n) for n in told]
        plain = "\n".join(f"{n.id}: {n.text}" for n in told)
        _display({NUMBERS: {"numbers": records}, "text/plain": plain})

    def show(self, id: str, table: pd.DataFrame) -> None:
        """Draw a registered figure from a finished table, in both widths.

        A table without rows is drawn as what it is: nothing observed by the chapter's day. A
        figure that appears with its rows is not shown then.

        Raises:
            Refusal: no figure has this id, or it names a number the chapter has not told.
        """
        plan = figures.plan(id)
        if plan.appears and table.empty:
            return
        draw = plan.draw if len(table) else _nothing_observed
        try:
            words = self._words(plan) if len(table) else _empty_words(self.as_of)
            views = _views(draw, table, self.numbers)
        except _Untold as missing:
            raise Refusal(f"Figure {id} names {missing}, which was not told yet.") from None
        source = self.source_line(plan.tables)
        record = words | {
            "id": id,
            "limit": plan.limit,
            "as_of": self.observed(plan.tables),
            "source": source,
            "sources": self.sources(plan.tables),
            "table": json.loads(table.to_json(orient="split", index=False, date_format="iso")),
            "dates": [c for c in table if pd.api.types.is_datetime64_any_dtype(table[c])],
            "framed": render.framed(views["wide"], words["title"], words["subtitle"], source),
            "views": views,
            "controls": explore.offers(plan.controls, table) if len(table) else [],
            "svg": {width: render.svg(spec, f"{id}-{width}") for width, spec in views.items()},
        }
        _display({FIGURE: record, "text/html": _fallback(record)})

    def judge(self, table: pd.DataFrame, studies: pd.DataFrame) -> None:
        """Hand the ledger on: claims, their tests, studies; publishing knows every number.

        Args:
            table: the claims.
            studies: published studies, `number` naming the number of ours beside each.

        Raises:
            Refusal: a test of the ledger cannot be read, or a claim names one that is not there.
        """
        tests = claims.ledger()
        claims.refuse_unknown_tests(table["test"], tests)
        carried = {"sources": self.sources(["claims"]), "as_of": self.as_of.isoformat()}
        record = carried | {"claims": _records(table), "studies": _records(studies), "tests": tests}
        _display({LEDGER: record, "text/plain": f"{len(table)} claims, {len(tests)} tests"})

    def observed(self, tables: Sequence[str]) -> str | None:
        """Return the last day observed, by the chapter's day, in any of some tables."""
        last = [day for day in map(self._last_day, tables) if day]
        return max(last).isoformat() if last else None

    def sources(self, tables: Sequence[str]) -> list[dict[str, Any]]:
        """Return where some tables come from, each with licence and last day of its data."""
        return [self._source(t) for t in tables]

    def source_line(self, tables: Sequence[str]) -> str:
        """Return the sources in one line with their dates, for the foot of an image."""
        last: dict[str, str] = {}
        for source in self.sources(tables):
            if self.days(source["table"]):
                upstream = source["upstream"]
                last[upstream] = max(last.get(upstream, ""), source["as_of"] or "")
        said = [f"{upstream} ({_until(day)})" for upstream, day in last.items()]
        return f"Data: {'; '.join(said)}. The Open Race, CC BY 4.0."

    def _words(self, plan: figures.Plan) -> dict[str, str]:
        return {w: getattr(plan, w)(self.numbers) for w in ("title", "subtitle", "alt")}

    def _last_day(self, table: str) -> date | None:
        return max((d for d in self.days(table) if d <= self.as_of), default=None)

    def _source(self, table: str) -> dict[str, Any]:
        described, last = package.describe(table), self._last_day(table)
        return {
            "table": table,
            "title": described["title"],
            "upstream": described["sources"][0]["title"],
            "url": described["sources"][0]["path"],
            "licence": described["licenses"][0]["name"],
            "as_of": last.isoformat() if last else None,
        }

    def _numbered(self, number: Number) -> dict[str, Any]:
        known = [day for day in (self.observed(number.tables), number.until) if day]
        return number.record() | {
            "interval": number.interval,
            "as_of": min(known, default=None),
            "sources": self.sources(number.tables),
        }


def open(name: str, *, calendar: str, tables: Sequence[str] = (), **given: Any) -> Chapter:
    """Open a chapter with its parameters, or refuse them in one sentence.

    Args:
        name: the chapter's name, shared with its measures and figures.
        calendar: the table whose first day is the first the chapter can stand at.
        tables: further tables whose days the chapter can stand at.
        given: the chapter's parameters by name; whatever else the parameter cells set is a
            misspelt one.

    Raises:
        Refusal: a parameter is misspelt, or its value impossible.
    """
    parameters.refuse_unknown(_injected(), list(given), f"The chapter “{name}”")
    checked = parameters.check(given)
    observed = {t: store.days(t) for t in (calendar, *tables)}
    if not observed[calendar]:
        raise Refusal(f"The table “{calendar}” has no days, so there is none to stand at.")
    days = sorted({d for t in observed for d in observed[t] if d >= observed[calendar][0]})
    book = Chapter(name, parameters.observed_day(checked["as_of"], days))
    for table in observed:
        book.days(table)
    return book


def _injected() -> list[str]:
    """Return the names set by the parameter cells: those of plain values before the running cell.

    What else the notebook holds may come from its later cells, when all are run again.
    """
    shell = get_ipython()
    cells = [_set_plainly(cell) for cell in (shell.user_ns["In"][:-1] if shell else [])]
    return [name for cell in takewhile(bool, reversed(cells)) for name in cell]


def _set_plainly(cell: str) -> list[str]:
    """Return the names a cell sets; none when it does anything but set names to plain values."""
    names: list[str] = []
    try:
        for line in ast.parse(cell).body:
            if not isinstance(line, ast.Assign):
                return []
            ast.literal_eval(line.value)
            names += [target.id for target in line.targets if isinstance(target, ast.Name)]
    except (SyntaxError, ValueError):
        return []
    return names


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = json.loads(table.to_json(orient="records", date_format="iso"))
    return records


def _until(day: str) -> str:
    return f"to {written(day, 'date')}" if day else "not observed by this day"


def _views(draw: figures.Draw, table: pd.DataFrame, numbers: figures.Numbers) -> dict[str, Any]:
    """Draw a figure in both widths; the tests validate the specs, which takes seconds here."""
    with debug_mode(False):
        charts = {
            "wide": draw(table, numbers, theme.WIDE),
            "narrow": draw(table, numbers, theme.NARROW),
        }
        return {width: _finite(chart.to_dict(validate=False)) for width, chart in charts.items()}


def _finite(spec: dict[str, Any]) -> dict[str, Any]:
    """Write what is missing as JSON has it: Altair leaves NaN in columns of several types."""
    whole: dict[str, Any] = json.loads(json.dumps(spec), parse_constant=lambda _: None)
    return whole


def _nothing_observed(table: pd.DataFrame, numbers: figures.Numbers, width: int) -> alt.Chart:
    frame = pd.DataFrame({"text": ["Nothing was observed by this day."]})
    chart = alt.Chart(frame).mark_text(color=theme.MUTED, fontSize=14).encode(text="text:N")
    return chart.properties(width=width - 20, height=80)


def _empty_words(as_of: date) -> dict[str, str]:
    none = f"No data by {written(as_of.isoformat(), 'date')}"
    return {"title": none, "subtitle": "The source had not been observed by then.", "alt": none}


def _fallback(record: Mapping[str, Any]) -> str:
    """Return the figure for a notebook viewer that knows nothing of this book."""
    title, subtitle, source = (html.escape(record[k]) for k in ("title", "subtitle", "source"))
    return (
        f"<figure><figcaption><strong>{title}</strong><br>{subtitle}</figcaption>"
        f"{record['svg']['wide']}<small>{source}</small></figure>"
    )


def _display(bundle: dict[str, Any]) -> None:
    display(bundle, raw=True)
