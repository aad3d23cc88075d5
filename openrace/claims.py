"""The ledger: how each claim of the report is tested, and what the numbers say of it.

`data/claims.yml` holds `claims`, a table like any other, and `tests`. A test asks one number or
several; each has a rule that says from which value on it supports the claim and from which on it
contradicts it, and other readings of the same question. Nothing here knows a number's value: the
chapters' numbers come in, verdicts come out.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import prod
from typing import Any

import yaml

from openrace import package
from openrace.errors import Refusal
from openrace.numbers import written

Told = Mapping[str, Mapping[str, Any]]

#: The topics of the ledger, in its order.
TOPICS = {
    "moment": "The DeepSeek moment",
    "rankings": "Rankings and downloads",
    "quality": "Quality",
    "costs": "Costs",
    "incentives": "US incentives",
    "adoption": "Adoption by firms",
    "geopolitics": "States and influence",
    "risk": "Risk",
    "outlook": "What to watch",
}


class Verdict(StrEnum):
    """What may be said of a claim."""

    SUPPORTED = "supported"
    PARTLY = "partly supported"
    CONTRADICTED = "contradicted"
    DEFINITION = "depends on the definition"
    UNTESTABLE = "not testable with public data"


#: A verdict that holds in a smaller share of the specifications is none: it hangs on how one asks.
ENOUGH = 1 / 2

_COMPARE: Mapping[str, tuple[Callable[[Any, Any], bool], str]] = {
    "at_least": (operator.ge, "at least"),
    "above": (operator.gt, "above"),
    "at_most": (operator.le, "at most"),
    "below": (operator.lt, "below"),
    "is": (operator.eq, ""),
}


@dataclass(frozen=True)
class Condition:
    """A comparison of a number with a fixed value, `at_least: 0.8`."""

    compare: str
    value: float | str

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Condition:
        """Read one comparison.

        Raises:
            Refusal: it is not exactly one of the comparisons that exist.
        """
        if len(given) != 1 or next(iter(given)) not in _COMPARE:
            raise Refusal(
                f"A rule of a claim is {given}, but must be one of {', '.join(_COMPARE)}."
            )
        ((compare, value),) = given.items()
        return cls(compare, value)

    def holds(self, value: float | str) -> bool:
        """Say whether a value meets the comparison; dates compare as ISO strings."""
        return _COMPARE[self.compare][0](value, self.value)

    def words(self, unit: str) -> str:
        """Write the comparison as the prose writes values of a unit."""
        return f"{_COMPARE[self.compare][1]} {written(self.value, unit)}".strip()


@dataclass(frozen=True)
class Part:
    """One question of a test: a number, its rule, and other readings of the question.

    A reading is the id of a number, or of one of its bounds: `costs.matched_ratio.median:low`.
    """

    number: str
    asks: str
    supported: Condition
    contradicted: Condition
    readings: tuple[str, ...] = ()

    def says(self, value: float | str) -> Verdict:
        """Judge one value by the rule."""
        if self.supported.holds(value):
            return Verdict.SUPPORTED
        return Verdict.CONTRADICTED if self.contradicted.holds(value) else Verdict.PARTLY


@dataclass(frozen=True)
class Test:
    """How a claim is tested; without parts, why public data cannot test it."""

    id: str
    topic: str
    asks: str
    limit: str
    parts: tuple[Part, ...] = ()
    figure: str | None = None

    @property
    def ids(self) -> list[str]:
        """The numbers the test rests on, readings included, without bounds."""
        named = [id for part in self.parts for id in (part.number, *part.readings)]
        return list(dict.fromkeys(_id(reading) for reading in named))


@dataclass(frozen=True)
class Heard:
    """What the readings of one part say: the headline's word, and each other reading's.

    `others` holds a reading's id, its text, and what it says.
    """

    part: Part
    says: Verdict
    others: tuple[tuple[str, str, Verdict], ...]

    @property
    def counted(self) -> Counter[Verdict]:
        """How many readings say what, the headline's among them."""
        return Counter([self.says, *(verdict for *_, verdict in self.others)])

    @property
    def dissent(self) -> tuple[tuple[str, str, Verdict], ...]:
        """The readings that say something else than the headline."""
        return tuple(other for other in self.others if other[2] != self.says)


@dataclass(frozen=True)
class Judgement:
    """What the numbers say of one test.

    A specification takes one reading of each part; `shares` is the share of all specifications
    that give each verdict.
    """

    test: Test
    verdict: Verdict
    headline: Verdict
    heard: tuple[Heard, ...] = ()

    @property
    def specifications(self) -> int:
        """How many ways there are to choose one reading of each part; none when untestable."""
        return prod(h.counted.total() for h in self.heard) if self.heard else 0

    @property
    def shares(self) -> dict[Verdict, float]:
        """The share of the specifications that give each verdict."""
        return _shares(self.heard)

    @property
    def stability(self) -> float | None:
        """The share of specifications that say what the headline says; None when untestable."""
        return self.shares[self.headline] if self.heard else None


def _shares(heard: Sequence[Heard]) -> dict[Verdict, float]:
    """Join the parts' readings, each taken with each: unanimous, or partly."""

    def all_say(verdict: Verdict) -> float:
        return prod(h.counted[verdict] / h.counted.total() for h in heard)

    whole = {v: all_say(v) for v in (Verdict.SUPPORTED, Verdict.CONTRADICTED)}
    return {**whole, Verdict.PARTLY: max(0.0, 1 - sum(whole.values()))}


def judge(test: Test, told: Told) -> Judgement:
    """Judge a test by the chapters' numbers.

    Args:
        test: the test.
        told: the records of the numbers, by id.

    Raises:
        Refusal: the test names a number that no chapter tells.
    """
    heard = [_heard(part, told) for part in test.parts]
    observed = tuple(h for h in heard if h is not None)
    if not test.parts or len(observed) < len(heard):
        return Judgement(test, Verdict.UNTESTABLE, Verdict.UNTESTABLE)
    headline = together([h.says for h in observed])
    return Judgement(test, _verdict(headline, _shares(observed)), headline, observed)


def together(says: Sequence[Verdict]) -> Verdict:
    """Join the parts of a test: all or nothing, else partly."""
    return says[0] if len(set(says)) == 1 else Verdict.PARTLY


def _verdict(headline: Verdict, shares: Mapping[Verdict, float]) -> Verdict:
    return headline if shares[headline] >= ENOUGH else Verdict.DEFINITION


def _heard(part: Part, told: Told) -> Heard | None:
    """Read a part in every way that is observed; None when its headline is not."""
    value = _value(part.number, told)
    values = {reading: _value(reading, told) for reading in part.readings}
    others = tuple(
        (reading, written(v, told[_id(reading)]["unit"]), part.says(v))
        for reading, v in values.items()
        if v is not None
    )
    return None if value is None else Heard(part, part.says(value), others)


def _id(reading: str) -> str:
    return reading.partition(":")[0]


def _value(reading: str, told: Told) -> float | str | None:
    id, _, bound = reading.partition(":")
    if id not in told:
        raise Refusal(f"The ledger rests on the number {id}, which no chapter tells.")
    value: float | str | None = told[id].get(bound or "value")
    return value


def ledger() -> dict[str, Any]:
    """Read `tests` of `data/claims.yml` as they are written, for a chapter to carry.

    Raises:
        Refusal: a test lacks a field, has one that is not known, or a rule that is none.
    """
    with package.path("claims").open(encoding="utf-8") as file:
        given: dict[str, Any] = yaml.safe_load(file)["tests"]
    tests(given)
    return given


def refuse_unknown_tests(named: Iterable[str], tests: Mapping[str, Any]) -> None:
    """Refuse a claim whose test is not there, and a test that no claim has.

    Raises:
        Refusal: it names the test.
    """
    wanted = set(named)
    for id in sorted(wanted ^ set(tests)):
        missing = f"claims name the test “{id}”, which" if id in wanted else f"the test “{id}”"
        verb = "is not there" if id in wanted else "has no claim"
        raise Refusal(f"data/claims.yml: {missing} {verb}.")


def tests(given: Mapping[str, Mapping[str, Any]]) -> dict[str, Test]:
    """Make tests, by id, of what is written of them.

    Raises:
        Refusal: a test lacks a field, has one that is not known, or a rule that is none.
    """
    return {id: _test(id, fields) for id, fields in given.items()}


def _test(id: str, fields: Mapping[str, Any]) -> Test:
    try:
        parts = tuple(_part(p) for p in fields.get("parts", ()))
        return Test(id, **{**fields, "parts": parts})
    except (TypeError, KeyError) as error:
        raise Refusal(f"The test “{id}” of data/claims.yml is not complete: {error}.") from None


def _part(fields: Mapping[str, Any]) -> Part:
    rules = {rule: Condition.of(fields[rule]) for rule in ("supported", "contradicted")}
    return Part(**{**fields, **rules, "readings": tuple(fields.get("readings", ()))})


def tally(judgements: Iterable[Judgement]) -> dict[str, Counter[Verdict]]:
    """Count verdicts by topic; claims that share a test are one."""
    counted: dict[str, Counter[Verdict]] = {}
    for judgement in judgements:
        counted.setdefault(judgement.test.topic, Counter())[judgement.verdict] += 1
    return counted
