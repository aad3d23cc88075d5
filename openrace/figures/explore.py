"""What a reader may change in a figure that is explored: whom to follow, from when to when, scale.

A figure names its controls where it is registered. They turn into signals of the drawing that is
explored; the still drawing and the spec people download know nothing of them. At rest a signal
changes nothing, so an explored figure begins as the still one.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from openrace.figures import scales
from openrace.figures.render import Spec
from openrace.figures.walk import rows, units

Offer = dict[str, Any]

PALE = 0.12  # what is not followed: there as a shadow, so that the whole stays in sight
_WINDOWED = "(isNumber(from) || isNumber(to))"
_LINES = ("line", "area", "trail")
_SPANS = ("rect", "bar", "rule")


@dataclass(frozen=True)
class Follow:
    """Choose one value of a column: what has another turns pale, what has none stays.

    Attributes:
        field: the column; rows of the drawing carry it too.
        label: what the reader is asked to choose.
    """

    field: str
    label: str

    def offer(self, table: pd.DataFrame) -> Offer:
        """Return the choice among all values of the column."""
        found = sorted({str(v) for v in table[self.field].dropna() if v != ""}, key=str.casefold)
        return {"kind": "follow", "name": self.field, "label": self.label, "options": found}


@dataclass(frozen=True)
class Window:
    """Choose the first and the last day shown.

    Attributes:
        fields: the columns of days on the axis of time.
    """

    fields: tuple[str, ...]

    def offer(self, table: pd.DataFrame) -> Offer:
        """Return the choice of two days, from the first to the last of the columns."""
        days = pd.concat([table[f] for f in self.fields]).dropna()
        first, last = (f"{day:%Y-%m-%d}" for day in (days.min(), days.max()))
        return {"kind": "window", "first": first, "last": last}


@dataclass(frozen=True)
class Log:
    """Choose between a linear and a logarithmic vertical axis.

    Attributes:
        field: what the axis measures, as the drawing names it.
        at_first: whether the still drawing is logarithmic.
        per: how many of the field's unit are one on the axis.
        by: the column that names the lines, where a linear drawing names them at their ends.
    """

    field: str
    at_first: bool = False
    per: float = 1
    by: str = ""

    def offer(self, table: pd.DataFrame) -> Offer:
        """Return the choice."""
        own = {"field": self.field, "per": self.per, "by": self.by}
        return {"kind": "log", "value": self.at_first} | own


Control = Follow | Window | Log


def offers(controls: Sequence[Control], table: pd.DataFrame) -> list[Offer]:
    """Return as data what a figure lets its readers choose, given its table."""
    return [control.offer(table) for control in controls]


def view(spec: Spec, offered: Sequence[Offer]) -> Spec:
    """Return a spec whose signals do what is offered.

    The signals are `from` and `to` (milliseconds or null), `log`, and one by each column that can
    be followed (empty for all). Sliders of the spec lose their binding: the page makes them.

    Args:
        spec: a Vega-Lite spec of a whole figure.
        offered: what `offers` returned for it.
    """
    made = copy.deepcopy(spec)
    params = [{k: v for k, v in p.items() if k != "bind"} for p in made.get("params", [])]
    for offer in sorted(offered, key=lambda offer: offer["kind"] == "follow"):
        params += _APPLY[offer["kind"]](made, offer)  # last: what was added turns pale as well
    return made | ({"params": params} if params else {})


def sliders(spec: Spec) -> list[Offer]:
    """Return the sliders that a spec binds itself."""
    return [
        {"kind": "range", "name": p["name"], "value": p["value"], "label": p["bind"]["name"]}
        | {k: p["bind"][k] for k in ("min", "max", "step")}
        for p in spec.get("params", [])
        if p.get("bind", {}).get("input") == "range"
    ]


def _mark(unit: Spec) -> Spec:
    """Return a unit's mark as a mapping that can be added to."""
    if isinstance(unit["mark"], str):
        unit["mark"] = {"type": unit["mark"]}
    mark: Spec = unit["mark"]
    return mark


def _follow(spec: Spec, offer: Offer) -> list[Spec]:
    name = offer["name"]
    field = f"datum[{name!r}]"
    for unit, data in units(spec):
        if any(name in row for row in rows(spec, data)[:1]):
            test = f"{name} && {field} && {field} !== {name}"
            if _mark(unit)["type"] in _LINES and not _drawn_by(unit, name):
                test = f"{name} && isValid({field})"  # one line through several: none of them
            _pale(unit["encoding"], test)
    return [{"name": name, "value": ""}]


def _drawn_by(unit: Spec, field: str) -> bool:
    """Tell whether a mark has a line of its own for each value of a column."""
    channels = (c for v in unit["encoding"].values() for c in (v if isinstance(v, list) else [v]))
    return any(isinstance(c, dict) and c.get("field") == field for c in channels)


def _pale(encoding: Spec, test: str) -> None:
    opacity = encoding.setdefault("opacity", {})
    held = opacity.get("condition", [])
    pale = {"test": test, "value": PALE}
    opacity["condition"] = [pale, *(held if isinstance(held, list) else [held])]


def _window(spec: Spec, offer: Offer) -> list[Spec]:
    for unit, _ in units(spec):
        for axis in ("x", "y"):
            place = unit.get("encoding", {}).get(axis, {})
            if place.get("type") == "temporal":
                _between(unit, axis, place)
    return [{"name": "from", "value": None}, {"name": "to", "value": None}]


def _between(unit: Spec, axis: str, place: Spec) -> None:
    """Keep a mark, and the scale of its time, within the days chosen."""
    ends = {"domainMin": {"expr": "from"}, "domainMax": {"expr": "to"}}
    place["scale"] = place.get("scale", {}) | ends
    _date_ticks(place)
    if _mark(unit)["type"] in (*_LINES, *_SPANS):
        unit["mark"]["clip"] = {"expr": _WINDOWED}
    else:
        end = unit["encoding"].get(f"{axis}2", {}).get("field", place["field"])
        begin, end = (f"time(toDate(datum[{f!r}]))" for f in (place["field"], end))
        inside = f"(!isNumber(from) || {end} >= from) && (!isNumber(to) || {begin} <= to)"
        unit["transform"] = [*unit.get("transform", []), {"filter": inside}]


def _date_ticks(place: Spec) -> None:
    """Write days at an axis of a window; its own ticks may be too far apart for one."""
    axis = place.get("axis", {})
    if axis is None:
        return
    own = axis.get("labelExpr", "datum.label")
    day = "timeFormat(datum.value, '%-d %b')"
    dated = "datum.index === 0 || (month(datum.value) === 0 && date(datum.value) <= 7)"
    day = f"({dated} ? [{day}, timeFormat(datum.value, '%Y')] : {day})"
    place["axis"] = axis | {"labelExpr": f"{_WINDOWED} ? {day} : ({own})", "labelOverlap": True}
    if "values" in axis:
        place["axis"]["values"] = {"expr": f"{_WINDOWED} ? null : {_literal(axis['values'])}"}


def _literal(values: Sequence[Any]) -> str:
    return f"[{', '.join(_moment(v) if isinstance(v, dict) else repr(v) for v in values)}]"


def _moment(time: Spec) -> str:
    at = (time["year"], time["month"] - 1, time["date"], time.get("hours", 0))
    return f"datetime({', '.join(map(str, at))})"


_APPLY = {"follow": _follow, "window": _window, "log": scales.either}
