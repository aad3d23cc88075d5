"""The parameters of the chapters: one name, one meaning, one rule in the whole book."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from openrace.errors import Refusal

LATEST = "latest"


def _choice(*allowed: str) -> Callable[[str, Any], str]:
    def check(name: str, value: Any) -> str:
        if value not in allowed:
            raise Refusal(f"{name} is “{value}”, but must be one of {', '.join(allowed)}.")
        return str(value)

    return check


def _one_of(*allowed: int) -> Callable[[str, Any], int]:
    def check(name: str, value: Any) -> int:
        if value not in allowed or isinstance(value, bool):
            words = ", ".join(map(str, allowed))
            raise Refusal(f"{name} is “{value}”, but must be one of {words}.")
        return int(value)

    return check


def _number(low: float, high: float, *words: str) -> Callable[[str, Any], float | str]:
    def check(name: str, value: Any) -> float | str:
        if value in words:
            return str(value)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not low <= value <= high:
            instead = "".join(f"“{w}” or " for w in words)
            raise Refusal(
                f"{name} is “{value}”, but must be {instead}a number from {low:g} to {high:g}."
            )
        return float(value)

    return check


def names(name: str, text: Any, known: Sequence[str]) -> tuple[str, ...]:
    """Return those of some names that a parameter lists, in the order in which they are known.

    Args:
        name: the parameter.
        text: `all`, or names separated by commas, in any case.
        known: the names that exist.

    Raises:
        Refusal: nothing is named, or something that does not exist.
    """
    asked = {part.strip().casefold() for part in str(text).split(",") if part.strip()}
    if asked == {"all"}:
        return tuple(known)
    if not asked or asked - {k.casefold() for k in known}:
        raise Refusal(
            f"{name} is “{text}”, but must be “all” or names among {', '.join(known)}, "
            "separated by commas."
        )
    return tuple(k for k in known if k.casefold() in asked)


def _names(*known: str) -> Callable[[str, Any], str]:
    return lambda name, value: ", ".join(names(name, value, known))


def _whole(low: int, high: int) -> Callable[[str, Any], int]:
    def check(name: str, value: Any) -> int:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or not low <= value <= high:
            raise Refusal(f"{name} is “{value}”, but must be a whole number from {low} to {high}.")
        return int(value)

    return check


def _day(name: str, value: Any) -> date | None:
    if value == LATEST:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise Refusal(f"{name} is “{value}”, but must be a date like 2026-04-30.") from None


RULES: Mapping[str, Callable[[str, Any], Any]] = {
    "as_of": _day,
    "top_n": _whole(1, 30),
    "scope": _choice("all", "language"),
    "attribution": _choice("lineage", "publisher"),
    "window_days": _whole(1, 90),
    # returns of other days and moments of other windows are not published: see sources/returns.py
    "event_date": _choice("2024-12-26", "2025-01-21", "2025-01-27"),
    "estimation_days": _one_of(60, 120, 200),
    "min_quality": _number(0, 300, "o1"),
    "score_noise": _number(0, 10),
    "blend": _number(0, 1000),
    "quality_measure": _choice("eci", "eci_previous"),
    "price_source": _choice("all", "litellm", "models.dev", "tokencost"),
    "cache_share": _number(0, 1),
    "token_multiple": _number(0.01, 1000),
    "success_weighting": _choice("yes", "no"),
    "gpu_hour_usd": _number(0.01, 1000, "market"),
    "throughput": _number(1, 10_000_000, "published"),
    "utilisation": _number(0.001, 1),
    # those of measures/incentives/investment.py
    "firms": _names("Amazon", "Alphabet", "Meta", "Microsoft", "Oracle", "Alibaba", "Tencent"),
    "population": _choice("epoch", "catalogue", "frontier"),
}


def check(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a chapter's parameters in their own types.

    Raises:
        Refusal: a value is impossible; the sentence names the values that exist.
    """
    return {name: RULES[name](name, value) for name, value in given.items()}


def plain(value: Any) -> Any:
    """Return a value that YAML read as chapters take it: dates stay text."""
    return value.isoformat() if isinstance(value, date) else value


def refuse_unknown(given: Iterable[str], known: Sequence[str], where: str) -> None:
    """Refuse the first name that is not a parameter, naming those that are.

    papermill only warns of a misspelt name and then computes something else than was asked.

    Raises:
        Refusal: a name is not known.
    """
    for name in given:
        if name not in known:
            raise Refusal(f"{where} has no parameter “{name}”; it has {', '.join(known)}.")


def observed_day(as_of: date | None, days: Sequence[date]) -> date:
    """Return the day a chapter stands at: `as_of` if it was observed, the last day when None.

    Args:
        as_of: the day asked for, or None for the latest.
        days: the days on which the chapter's tables were observed, oldest first.

    Raises:
        Refusal: the day is before the first, after the last, or in a gap; the sentence names
            the nearest days that exist. Nothing is interpolated.
    """
    if as_of is None:
        return days[-1]
    if as_of < days[0]:
        raise Refusal(f"as_of is {as_of}, before the first day observed, {days[0]}.")
    if as_of > days[-1]:
        raise Refusal(f"as_of is {as_of}, after the last day observed, {days[-1]}.")
    at = bisect_left(days, as_of)
    if days[at] != as_of:
        near = f"the nearest days that were are {days[at - 1]} and {days[at]}"
        raise Refusal(f"as_of is {as_of}, a day that was not observed; {near}.")
    return as_of
