"""HTML and JSON of the ledger: verdicts computed from every chapter's numbers.

A chapter hands on the claims and their tests; here they meet the numbers that all chapters told.
The templates escape every text that is put into them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from openrace import claims
from openrace.claims import TOPICS, Judgement, Told, Verdict
from openrace.errors import Refusal
from openrace.numbers import Number, written
from openrace.publish import markup, template

Record = Mapping[str, Any]
#: From the id of a number or of a figure, from `claim-…` or `topic-…`, to its address.
Address = Callable[[str], str]


def judged(ledger: Record, told: Told) -> dict[str, Judgement]:
    """Judge every test of the ledger, by id.

    Raises:
        Refusal: a test names a number that no chapter tells.
    """
    tests = claims.tests(ledger["tests"])
    return {id: claims.judge(test, told) for id, test in tests.items()}


def numbers(ledger: Record, judgements: Mapping[str, Judgement]) -> Iterator[dict[str, Any]]:
    """Yield the counts of the ledger as records of numbers, for the prose and `numbers.json`."""
    counted = Counter(j.verdict for j in judgements.values())
    said = "Tests of the ledger, claims that share one counted once, whose verdict is"
    counts = {v.name.lower(): (counted[v], f"{said} “{v}”.") for v in Verdict}
    testable = len(judgements) - counted[Verdict.UNTESTABLE]
    counts["testable"] = (testable, "Tests of the ledger for which public data gives a verdict.")
    for name, (value, definition) in counts.items():
        number = Number.of(f"claims.verdicts.{name}", value, "count", definition, ["claims"])
        yield number.record() | {k: ledger[k] for k in ("sources", "as_of")} | {"interval": ""}


def index(ledger: Record, judgements: Mapping[str, Judgement]) -> list[dict[str, Any]]:
    """Return the ledger for `claims.json`: each claim with its verdict and what it rests on."""
    return [_entry(claim, judgements[claim["test"]]) for claim in ledger["claims"]]


def _entry(claim: Record, judgement: Judgement) -> dict[str, Any]:
    test = judgement.test
    return dict(claim) | {
        "verdict": judgement.verdict,
        "specifications": judgement.specifications,
        "stability": judgement.stability,
        "asks": test.asks,
        "limit": test.limit,
        "figure": test.figure,
        "numbers": test.ids,
    }


def page(
    ledger: Record, judgements: Mapping[str, Judgement], told: Told, address: Address
) -> Markup:
    """Return the whole ledger as a static list by topic, with the form that filters it."""
    speakers = sorted({claim["said_by"] for claim in ledger["claims"]})
    choices = {
        "topic": TOPICS,
        "verdict": {v.name.lower(): str(v) for v in Verdict},
        "speaker": {s: s for s in speakers},
    }
    said: dict[str, list[Record]] = {}
    for claim in ledger["claims"]:
        said.setdefault(claim["test"], []).append(claim)
    counts = Markup(markup.numbers(list(numbers(ledger, judgements)), address))
    given = {"choices": choices, "said": said, "told": told, "counts": counts}
    return _render("ledger.html", judgements.values(), address, **given)


def tested(ledger: Record, judgements: Iterable[Judgement], address: Address) -> Markup:
    """Return the claims that some tests decide, each with its verdict, for a chapter's end."""
    verdicts = {j.test.id: j.verdict for j in judgements}
    said = [claim for claim in ledger["claims"] if claim["test"] in verdicts]
    return _render("tested.html", (), address, said=said, verdicts=verdicts)


def counted(ledger: Record, judgements: Iterable[Judgement], address: Address) -> Markup:
    """Return how many of the claims that some tests decide have which verdict, for an opening."""
    verdicts = {j.test.id: j.verdict for j in judgements}
    found = Counter(verdicts[c["test"]] for c in ledger["claims"] if c["test"] in verdicts)
    counts = {verdict: found[verdict] for verdict in Verdict if found[verdict]}
    return _render("counted.html", (), address, counts=counts, total=found.total())


def verdicts(judgements: Iterable[Judgement], address: Address) -> Markup:
    """Return the count of verdicts by topic as a table; claims that share a test count once."""
    judged = list(judgements)
    return _render("verdicts.html", judged, address, counted=claims.tally(judged))


def _render(name: str, judged: Iterable[Judgement], address: Address, **given: Any) -> Markup:
    common = {"judgements": list(judged), "address": address, "topics": TOPICS}
    words = {"Verdict": Verdict, "written": written}
    return template.render(name, **common, **words, **given)


#: How a reader meets verdicts: what held up, what said too much, what stays open.
_WEIGHED = {
    "What the report got right": {Verdict.SUPPORTED},
    "What it overstated": {Verdict.PARTLY, Verdict.CONTRADICTED, Verdict.DEFINITION},
    "What nobody can know": {Verdict.UNTESTABLE},
}


def weighed(
    ledger: Record, judgements: Mapping[str, Judgement], ids: Sequence[str], address: Address
) -> Markup:
    """Return some claims under what their verdicts say of the report; a verdict moves its claim.

    Raises:
        Refusal: an id names no claim.
    """
    known = {claim["id"]: claim for claim in ledger["claims"]}
    unknown = [id for id in ids if id not in known]
    if unknown:
        raise Refusal(f"The ledger has no claim “{unknown[0]}”.")
    verdicts = {test: j.verdict for test, j in judgements.items()}
    groups = {
        heading: [known[id] for id in ids if verdicts[known[id]["test"]] in meant]
        for heading, meant in _WEIGHED.items()
    }
    return _render("weighed.html", (), address, groups=groups, verdicts=verdicts)


def shown(record: Record, stale: str, address: Address) -> Markup:
    """Return a figure of another page: finding, drawing, source and limit, and where it is.

    Args:
        record: the figure.
        stale: what is past due of its sources, as HTML.
        address: from an id to its address.
    """
    given = {
        "caption": Markup(markup.caption(record["title"], record["subtitle"])),
        "head": Markup(markup.figure_head(record) + stale),
    }
    return _render("shown.html", (), address, record=record, **given)


def studies(ledger: Record, told: Told, address: Address) -> Markup:
    """Return the published studies that measure what a number of ours measures, beside it."""
    paired = [study for study in ledger["studies"] if study["number"]]
    return _render("studies.html", (), address, studies=paired, told=told)
