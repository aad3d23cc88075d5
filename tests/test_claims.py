"""Verdicts: by rule, from numbers, with every outcome in reach."""

from __future__ import annotations

import math
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import Real
from specimen import PROJECT

from openrace import claims, outputs, store
from openrace.claims import Condition, Judgement, Part, Verdict
from openrace.errors import Refusal
from openrace.outputs import LEDGER, NUMBERS

S, P, C = Verdict.SUPPORTED, Verdict.PARTLY, Verdict.CONTRADICTED


def told(**values: Any) -> dict[str, dict[str, Any]]:
    return {id: {"value": v, "low": v, "high": v, "unit": "share"} for id, v in values.items()}


def part(number: str = "a", *readings: str) -> Part:
    return Part(number, "a share", Condition("at_least", 0.5), Condition("below", 0.2), readings)


def asked(*parts: Part) -> claims.Test:
    return claims.Test("t", "costs", "Is it so?", "Not all.", parts)


@pytest.mark.parametrize(
    ("value", "verdict"), [(0.5, S), (0.49, P), (0.2, P), (0.19, C), (None, Verdict.UNTESTABLE)]
)
def test_a_rule_has_two_edges(value: float | None, verdict: Verdict) -> None:
    assert claims.judge(asked(part()), told(a=value)).verdict == verdict


def test_without_parts_nothing_is_judged() -> None:
    judgement = claims.judge(asked(), {})
    assert judgement.verdict == Verdict.UNTESTABLE
    assert (judgement.specifications, judgement.stability) == (0, None)


@pytest.mark.parametrize(
    ("a", "b", "verdict"), [(0.9, 0.9, S), (0.9, 0.1, P), (0.9, 0.3, P), (0.1, 0.1, C)]
)
def test_parts_must_all_agree(a: float, b: float, verdict: Verdict) -> None:
    assert claims.judge(asked(part("a"), part("b")), told(a=a, b=b)).verdict == verdict


def test_a_part_that_is_not_observed_leaves_the_test_unjudged() -> None:
    judgement = claims.judge(asked(part("a"), part("b")), told(a=0.9, b=None))
    assert judgement.verdict == Verdict.UNTESTABLE


def test_stability_counts_every_choice_of_readings() -> None:
    # a: two of three readings support; b: one of two. Both: 2/3 x 1/2 = 1/3 support,
    # 1/3 x 0 contradict; the headline says supported, a third of six specifications do.
    given = told(a=0.9, a2=0.6, a3=0.1, b=0.7, b2=0.3)
    judgement = claims.judge(asked(part("a", "a2", "a3"), part("b", "b2")), given)
    assert judgement.specifications == 6
    assert judgement.shares == pytest.approx({S: 1 / 3, C: 0, P: 2 / 3})
    assert (judgement.headline, judgement.verdict) == (S, Verdict.DEFINITION)
    assert [h.dissent for h in judgement.heard] == [
        (("a3", "10\u00a0%", C),),
        (("b2", "30\u00a0%", P),),
    ]


def test_half_of_the_specifications_are_enough() -> None:
    assert claims.judge(asked(part("a", "b")), told(a=0.9, b=0.1)).verdict == S
    assert claims.judge(asked(part("a", "b", "c")), told(a=0.9, b=0.1, c=0.1)).verdict == (
        Verdict.DEFINITION
    )


def test_a_reading_may_be_a_bound_and_is_left_out_when_not_observed() -> None:
    given = told(a=0.9, b=None)
    given["a"] |= {"low": 0.1, "high": 0.95}
    judgement = claims.judge(asked(part("a", "a:low", "a:high", "b")), given)
    assert judgement.specifications == 3
    assert judgement.shares[S] == pytest.approx(2 / 3)


def test_dates_and_words_are_compared_too() -> None:
    late = Condition.of({"at_least": "2025-09-01"})
    assert late.holds("2026-02-25")
    assert not late.holds("2025-08-31")
    assert late.words("date") == "at least 1\u00a0Sep\u00a02025"
    assert Condition.of({"is": "one"}).words("text") == "one"


@pytest.mark.parametrize("rule", [{}, {"around": 1}, {"above": 1, "below": 2}])
def test_a_rule_that_is_none_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(Refusal, match="must be one of at_least, above"):
        Condition.of(rule)


def test_a_number_that_nobody_tells_is_refused_by_name() -> None:
    with pytest.raises(Refusal, match="rests on the number b, which no chapter tells"):
        claims.judge(asked(part("a", "b")), told(a=0.5))


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"topic": "costs", "asks": "?"}, "limit"), ({"topic": "costs", "verdict": "yes"}, "verdict")],
)
def test_an_incomplete_test_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(Refusal, match=f"“t” of data/claims.yml is not complete: .*{said}"):
        claims.tests({"t": fields})


def test_a_claim_without_a_test_and_a_test_without_a_claim_are_refused() -> None:
    with pytest.raises(Refusal, match="claims name the test “a”, which is not there"):
        claims.refuse_unknown_tests(["a"], {})
    with pytest.raises(Refusal, match="the test “b” has no claim"):
        claims.refuse_unknown_tests(["a"], {"a": 1, "b": 1})


def test_a_tally_counts_tests_by_topic() -> None:
    judgements = [claims.judge(asked(part()), told(a=a)) for a in (0.9, 0.8, 0.1)]
    assert claims.tally(judgements) == {"costs": {S: 2, C: 1}}


# The real ledger


@pytest.fixture(scope="module")
def ledger(real: Real) -> dict[str, Any]:
    (held,) = (r for notebook in real.executed for r in outputs.of(notebook, LEDGER))
    return held


@pytest.fixture(scope="module")
def numbers(real: Real) -> dict[str, dict[str, Any]]:
    groups = (g for notebook in real.executed for g in outputs.of(notebook, NUMBERS))
    return {n["id"]: n for g in groups for n in g["numbers"]}


@pytest.fixture(scope="module")
def judged(ledger: dict[str, Any], numbers: dict[str, Any]) -> dict[str, Judgement]:
    return {id: claims.judge(t, numbers) for id, t in claims.tests(ledger["tests"]).items()}


def test_every_claim_of_the_documents_is_there_once(ledger: dict[str, Any]) -> None:
    ids = [c["id"] for c in ledger["claims"]]
    assert len(ids) == len(set(ids)) == 84
    assert max(len(c["claim"].split()) for c in ledger["claims"]) <= 25


def test_what_a_company_says_of_itself_is_never_judged(
    ledger: dict[str, Any], judged: dict[str, Judgement]
) -> None:
    own = [c for c in ledger["claims"] if c["about_itself"]]
    assert own
    assert {judged[c["test"]].verdict for c in own} == {Verdict.UNTESTABLE}


def around(condition: Condition) -> list[Any]:
    """Values at a rule's edge and on either side of it, in the rule's own type."""
    edge = condition.value
    if isinstance(edge, str):
        days = edge[:4].isdigit()
        return [edge, *(["1900-01-01", "2100-01-01"] if days else ["something else"])]
    return [edge, math.nextafter(edge, -math.inf), math.nextafter(edge, math.inf), -1e9, 1e9]


def test_every_rule_can_end_in_support_and_in_contradiction(
    judged: dict[str, Judgement],
) -> None:
    for id, judgement in judged.items():
        for p in judgement.test.parts:
            values = [v for c in (p.supported, p.contradicted) for v in around(c)]
            reached = {p.says(v) for v in values}
            assert {S, C} <= reached, f"{id}: {p.number}"
            assert not any(p.supported.holds(v) and p.contradicted.holds(v) for v in values), id


def test_every_testable_claim_has_its_figure_and_every_untestable_one_says_why(
    real: Real, judged: dict[str, Judgement]
) -> None:
    drawn = {p.name for p in (real.site / "figures").iterdir()}
    for id, judgement in judged.items():
        if judgement.test.parts:
            assert judgement.test.figure in drawn, id
        else:
            assert judgement.test.figure is None, id
        assert len(judgement.test.limit.split()) >= 6, id
        assert judgement.test.limit.endswith("."), id


def links(page: Path) -> set[str]:
    return set(re.findall(r'href="([^"]+)"', page.read_text(encoding="utf-8")))


def test_chapters_lead_to_the_claims_they_test_and_claims_to_their_numbers_and_figures(
    real: Real, ledger: dict[str, Any], judged: dict[str, Judgement]
) -> None:
    """Both ways: from a claim to every chapter whose numbers it rests on, and back."""
    chapters = {p.stem: links(p) for p in (real.site / "chapters").glob("0*.html")}
    homes = {
        n["id"]: notebook.stem
        for notebook in real.executed
        for g in outputs.of(notebook, NUMBERS)
        for n in g["numbers"]
    }
    page, led_to = links(real.site / "chapters" / "claims.html"), set()
    for claim in ledger["claims"]:
        test = judged[claim["test"]].test
        for home in {homes[id] for id in test.ids} & set(chapters):
            assert f"claims.html#claim-{claim['id']}" in chapters[home], f"{home}: {claim['id']}"
            led_to.add(home)
        for part in test.parts:
            assert f"../numbers/{part.number}/index.html" in page
        if test.figure:
            assert any(link.endswith(f".html#{test.figure}") for link in page), test.figure
    assert led_to == {c for c in chapters if "outlook" not in c}  # which retells, and tests none
    watched = {c["id"] for c in ledger["claims"] if judged[c["test"]].test.topic == "outlook"}
    outlook = next(found for name, found in chapters.items() if "outlook" in name)
    assert {f"claims.html#claim-{id}" for id in watched} <= outlook


def test_every_verdict_there_is_is_given_by_some_claim(judged: dict[str, Judgement]) -> None:
    assert {j.verdict for j in judged.values()} == set(Verdict)


@pytest.mark.parametrize("wanted", [S, C])
def test_planted_numbers_turn_every_verdict(
    judged: dict[str, Judgement], numbers: dict[str, dict[str, Any]], wanted: Verdict
) -> None:
    """Whatever today's numbers say, values from one side of the rules give that side's verdict."""
    for judgement in judged.values():
        planted = dict(numbers)
        for p in judgement.test.parts:
            value = next(
                v for c in (p.supported, p.contradicted) for v in around(c) if p.says(v) == wanted
            )
            for id in (p.number, *p.readings):
                name = id.partition(":")[0]
                planted[name] = numbers[name] | {"value": value, "low": value, "high": value}
        if judgement.test.parts:
            assert claims.judge(judgement.test, planted).verdict == wanted, judgement.test.id


def test_the_ledger_stands_in_the_data_package_as_a_table() -> None:
    table = store.load("claims", date(2026, 4, 30))
    assert len(table) == 84
    assert table["about_itself"].dtype == bool
    assert (PROJECT / "data" / "claims.yml").exists()
