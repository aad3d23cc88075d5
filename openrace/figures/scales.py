"""A linear and a logarithmic scale in one drawing, switched by the signal `log`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from openrace.figures.parts import apart
from openrace.figures.render import Spec
from openrace.figures.walk import PARTS, rows, units

_FAR = 1e6  # how far from all amounts the constant lies
_ROOM = 0.8  # where a logarithmic scale begins, times the least amount


def either(spec: Spec, offer: Mapping[str, Any]) -> list[Spec]:
    """Give a drawing both scales by one whose constant moves, since Vega fixes a scale's type.

    A symlog scale is linear far below its constant and logarithmic far above it:
    https://doi.org/10.1088/0957-0233/24/2/027001.
    """
    panels = [*_panels(spec, offer["field"])]
    found = [v for panel in panels for v in _amounts(spec, panel, offer["field"])]
    for panel in panels:
        for label in (u for u, _ in units(panel) if _at_pixels(u)):
            label["encoding"]["fillOpacity"] = _hidden("log")
        named = [_names(spec, panel, offer, min(found))] if offer["by"] else []
        _rescale(panel, offer, min(found), max(found))
        panel["layer"] += named
    return [{"name": "log", "value": offer["value"]}]


def _panels(spec: Spec, field: str) -> Iterator[Spec]:
    """Yield the parts of a figure whose layers measure a field upwards."""
    if any(_measures(layer, field) for layer in spec.get("layer", [])):
        yield spec
    for part in (part for kind in PARTS for part in spec.get(kind, [])):
        yield from _panels(part, field)


def _measures(unit: Spec, field: str) -> bool:
    return bool(unit.get("encoding", {}).get("y", {}).get("field") == field)


def _at_pixels(unit: Spec) -> bool:
    y = unit["encoding"].get("y", {})
    return "field" in y and y.get("scale", {}) is None


def _amounts(spec: Spec, panel: Spec, field: str) -> list[float]:
    measured = (data for unit, data in units(panel) if _measures(unit, field))
    values = (row.get(field) for data in measured for row in rows(spec, data))
    return [value for value in values if value and value > 0]


def _hidden(test: str) -> Spec:
    return {"condition": {"test": test, "value": 0}}


def _rescale(panel: Spec, offer: Mapping[str, Any], low: float, high: float) -> None:
    constant = {"expr": f"log ? {low / _FAR!r} : {high * _FAR!r}"}
    for unit, _ in units(panel):
        if _measures(unit, offer["field"]):
            y = unit["encoding"]["y"]
            logarithmic, linear = _domains(y.get("scale", {}), low, high, offer["value"])
            ends = [
                {"expr": f"log ? {a!r} : {b!r}"} for a, b in zip(logarithmic, linear, strict=True)
            ]
            symlog = {"type": "symlog", "constant": constant, "domain": ends, "nice": False}
            y["scale"] = y.get("scale", {}) | symlog
            _amount_ticks(y, offer, low, high)


def _domains(scale: Spec, low: float, high: float, at_first: bool) -> tuple[list[float], ...]:
    """Return the ends of the logarithmic and the linear scale; that at first stays as it was."""
    own = scale.get("domain", [low if at_first else 0, high])
    return (own, [0, own[-1]]) if at_first else ([low * _ROOM, own[-1]], own)


def _amount_ticks(y: Spec, offer: Mapping[str, Any], low: float, high: float) -> None:
    """Write the ticks of both scales: a symlog scale knows linear ones only."""
    axis, at_first = y.get("axis", {}), offer["value"]
    if axis is None:
        return
    own = axis.get("values")
    powers, evenly = _powers(low, high), _evenly(high)
    logarithmic, linear = (own or powers, evenly) if at_first else (powers, own)
    told = f"log === {json.dumps(at_first)} ? ({axis.get('labelExpr', 'datum.label')}) : "
    told += f"format(datum.value / {offer['per']!r}, ',.2~r')"
    y["axis"] = axis | {
        "values": {"expr": f"log ? {logarithmic!r} : {json.dumps(linear)}"},
        "labelExpr": told,
    }
    if "tickCount" in axis:
        y["axis"]["tickCount"] = {"expr": f"log ? {len(powers)} : {axis['tickCount']}"}


def _powers(low: float, high: float) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [s * 10.0**p for p in powers for s in (1, 3) if low <= s * 10.0**p <= high]


def _evenly(high: float) -> list[float]:
    power = 10 ** math.floor(math.log10(high / 3))
    step = max(s * power for s in (1, 2, 5) if s * power <= high / 3)
    return [i * step for i in range(math.floor(high / step) + 1)]


def _names(spec: Spec, panel: Spec, offer: Mapping[str, Any], low: float) -> Spec:
    """Return the names of lines at their ends on the logarithmic scale."""
    field, by, height = offer["field"], offer["by"], panel["height"]
    unit, data = next((u, d) for u, d in units(panel) if _measures(u, field))
    time = unit["encoding"]["x"]["field"]
    told = sorted((r for r in rows(spec, data) if r.get(field)), key=lambda row: str(row[time]))
    last = pd.Series({row[by]: row[field] for row in told})
    bottom, top = low * _ROOM, unit["encoding"]["y"]["scale"]["domain"][-1]
    places = apart(height * (1 - (last / bottom).map(math.log) / math.log(top / bottom)), 12)
    values = [{by: name, "place": place} for name, place in places.items()]
    return {
        "data": {"values": values},
        "mark": {"type": "text", "align": "left", "dx": 9, "fontSize": 11, "limit": 150},
        "encoding": {
            "x": {"value": panel["width"]},
            "y": {"field": "place", "type": "quantitative", "scale": None},
            "text": {"field": by, "type": "nominal"},
            "fillOpacity": _hidden("!log"),
        },
    }
