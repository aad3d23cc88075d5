"""Numbers with an identity: what the prose says, what `numbers.json` holds, what a brief cites."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Self

import numpy as np
import pandas as pd

NOT_OBSERVED = "not observed"
NBSP = "\u00a0"


def _quantity(value: float) -> str:
    """Format a count for people: 1.2 billion, 3.4 million, 12,345, 17.3."""
    for size, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if abs(value) >= size:
            return f"{value / size:.1f}{NBSP}{word}"
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 100 else f"{value:.1f}"


def _share(value: float) -> str:
    percent = 100 * value
    fine = 0 < abs(percent) < 1 or 99 < abs(percent) < 100
    return f"{percent:z.1f}" if fine else f"{percent:z.0f}"


def _signed(value: float) -> str:
    return f"{100 * value:z.1f}".replace("-", "\u2212")


def _minus(form: str) -> Callable[[float], str]:
    """Write a number with a true minus sign, and no minus before zero."""
    return lambda value: f"{value:z{form}}".replace("-", "\u2212")


def _day(value: str) -> str:
    day = date.fromisoformat(value)
    return f"{day.day}{NBSP}{day:%b}{NBSP}{day.year}"


def _month(value: str) -> str:
    return f"{date.fromisoformat(value):%b}{NBSP}{value[:4]}"


def _chance(value: float) -> str:
    if value < 0.001:
        return f"below{NBSP}0.001"
    return f"{value:.3f}" if value < 0.01 else f"{value:.2f}"


def _dollars(value: float) -> str:
    """Format cents, and what is less than ten of them by two digits that say something."""
    small = 0 < abs(value) < 0.1
    decimals = 1 - math.floor(math.log10(abs(value))) if small else 2
    return f"US${NBSP}{value:,.{decimals}f}"


def _billions(value: float) -> str:
    """Format sums of billions of dollars; what is less than a tenth of one in millions."""
    if 0 < abs(value) < 0.1:
        return f"US${NBSP}{1000 * value:,.0f}{NBSP}million"
    decimals = 0 if float(value).is_integer() or abs(value) >= 100 else 1
    return f"US${NBSP}{value:,.{decimals}f}{NBSP}billion"


# unit -> (how the bare figure is written, what follows it)
_UNITS: dict[str, tuple[Callable[[Any], str], str]] = {
    "share": (_share, f"{NBSP}%"),
    "points": (_share, f"{NBSP}points"),
    "return": (_signed, f"{NBSP}%"),
    "index points": (_minus(".1f"), f"{NBSP}points"),
    "Elo points": (_minus(".0f"), f"{NBSP}Elo{NBSP}points"),
    "times": (lambda v: f"{v:.1f}", f"{NBSP}times"),
    "slots": (lambda v: f"{v:.1f}", ""),
    "rate": (lambda v: f"{v:.1f}", ""),
    "ratio": (lambda v: f"{v:.2f}", ""),
    "p": (_chance, ""),
    "US$": (_dollars, ""),
    "US$ billion": (_billions, ""),
    "date": (_day, ""),
    "month": (_month, ""),
    "text": (str, ""),
    **dict.fromkeys(
        ("count", "days", "authors", "repositories", "models", "downloads"),
        (_quantity, ""),
    ),
}


def written(value: float | str | None, unit: str, *, bare: bool = False) -> str:
    """Write a value as the prose does.

    Args:
        value: the value in its unit; shares are fractions of one, dates ISO strings.
        unit: one of the units of this module.
        bare: leave the unit's sign away, as in the first half of an interval.

    Raises:
        KeyError: the unit is not known.
    """
    write, sign = _UNITS[unit]
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return NOT_OBSERVED
    return write(value) + ("" if bare else sign)


@dataclass(frozen=True)
class Number:
    """One computed number: its value in its unit, how it is written, and what it rests on.

    `low` and `high` bound the value: by sampling noise or by the definitions tried, as the
    definition says. `tables` names the tables of `data/` that the value was computed from;
    `until` is the last day whose rows count, where the tables reach further.
    """

    id: str
    value: float | str | None
    unit: str
    text: str
    definition: str
    tables: tuple[str, ...]
    low: float | str | None = None
    high: float | str | None = None
    until: str | None = None

    @classmethod
    def of(
        cls,
        id: str,
        value: Any,
        unit: str,
        definition: str,
        tables: Sequence[str],
        low: Any = None,
        high: Any = None,
    ) -> Self:
        """Make a number and write its text from value and unit."""
        plain = [_plain(v) for v in (value, low, high)]
        text = written(plain[0], unit)
        return cls(id, plain[0], unit, text, definition, tuple(tables), plain[1], plain[2])

    def ended(self, day: Any) -> Self:
        """Return the number as one that counts up to a day; as it is where the day is missing."""
        until = _plain(day)
        return replace(self, until=str(until)) if until else self

    @property
    def interval(self) -> str:
        """The bounds in words, `12 to 14 %`; empty when the number has none."""
        if self.low is None or self.high is None:
            return ""
        return f"{written(self.low, self.unit, bare=True)} to {written(self.high, self.unit)}"

    def __str__(self) -> str:
        """Read as the prose writes it."""
        return self.text

    def record(self) -> dict[str, Any]:
        """Return the number as plain JSON values, bounds left out where there are none."""
        fields = asdict(self) | {"tables": list(self.tables)}
        bounds = ("low", "high", "until")
        return {k: v for k, v in fields.items() if k not in bounds or v is not None}


def _plain(value: Any) -> float | str | None:
    """Turn NumPy and pandas scalars into plain Python ones; what is missing or endless is None."""
    if pd.isna(value) or (isinstance(value, (float, np.floating)) and np.isinf(value)):
        return None
    if isinstance(value, (date, np.datetime64)):
        return str(value)[:10]
    item = value.item() if hasattr(value, "item") else value
    return item if isinstance(item, (int, float, str)) else str(item)
