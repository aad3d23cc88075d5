"""The figures of the book: registered by id, drawn from a finished table, worded by numbers.

A figure function takes a table, the chapter's numbers and a width, and returns a chart.
It encodes; it does not compute. The words around the drawing are functions of the numbers, so
that a title still tells the truth when a chapter is re-executed with other parameters.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from openrace.errors import Refusal
from openrace.figures.explore import Control
from openrace.figures.render import Chart
from openrace.numbers import Number

Numbers = Mapping[str, Number]
Words = Callable[[Numbers], str]
Draw = Callable[[pd.DataFrame, Numbers, int], Chart]


@dataclass(frozen=True)
class Plan:
    """A registered figure before it has data.

    Attributes:
        id: `<chapter>-<noun>`, stable for ever.
        draw: table, numbers, width in CSS pixels -> chart.
        title: the finding.
        subtitle: measure, unit and period.
        alt: what someone who cannot see the drawing must know.
        limit: one sentence on what the figure does not show.
        tables: the tables of `data/` it rests on.
        appears: it is not shown at all while it has no rows, and pages say so.
        controls: what a reader may change once the figure is explored.
    """

    id: str
    draw: Draw
    title: Words
    subtitle: Words
    alt: Words
    limit: str
    tables: tuple[str, ...]
    appears: bool = False
    controls: tuple[Control, ...] = ()


_PLANS: dict[str, Plan] = {}


def figure(
    id: str,
    *,
    title: Words,
    subtitle: Words,
    alt: Words,
    limit: str,
    tables: Sequence[str],
    appears: bool = False,
    controls: Sequence[Control] = (),
) -> Callable[[Draw], Draw]:
    """Register a figure function under its id with its words."""

    def register(draw: Draw) -> Draw:
        words = (title, subtitle, alt, limit)
        _PLANS[id] = Plan(id, draw, *words, tuple(tables), appears, tuple(controls))
        return draw

    return register


def plan(id: str) -> Plan:
    """Return a registered figure; its chapter's module is the first word of the id.

    Raises:
        Refusal: no figure has this id.
    """
    _load(id.split("-")[0])
    if id not in _PLANS:
        raise Refusal(f"There is no figure “{id}”; there are {', '.join(sorted(_PLANS))}.")
    return _PLANS[id]


def _load(chapter: str) -> None:
    name = f"openrace.figures.{chapter}"
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
