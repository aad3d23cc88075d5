"""The ledger as pages show it: every claim with its verdict, and nothing that a text could do."""

from __future__ import annotations

import re
from typing import Any

import pytest
import specimen
from test_markup import Shape

from openrace.claims import Verdict
from openrace.errors import Refusal
from openrace.publish import ledger

RULE = {"supported": {"at_least": 0.5}, "contradicted": {"below": 0.2}}


def held(text: str = "plain") -> dict[str, Any]:
    def claim(id: str, test: str) -> dict[str, Any]:
        said = {"claim": text, "said_by": text, "sources": text, "documents": text}
        return {"id": id, "test": test, "topic": "costs", "about_itself": False} | said

    part = {"number": "a.share", "asks": text, "readings": ["a.share:low"]} | RULE
    asked = {"topic": "costs", "asks": text, "limit": text}
    study = {"study": text, "level": text, "measure": text, "period": text, "value": text}
    return {
        "claims": [claim("one", "share"), claim("two", "share"), claim("three", "open")],
        "tests": {"share": asked | {"parts": [part], "figure": "a-line"}, "open": asked},
        "studies": [
            study | {"number": "a.share", "difference": text},
            study | {"number": None, "difference": None},
        ],
        "sources": [],
        "as_of": "2026-01-25",
    }


def told(value: float = 0.8, text: str = "80 %") -> dict[str, dict[str, Any]]:
    return {"a.share": {"value": value, "low": 0.1, "unit": "share", "text": text, "interval": ""}}


def address(id: str) -> str:
    return f"page.html#{id}"


def pages(text: str) -> str:
    record, numbers = held(text), told(text=text)
    judgements = ledger.judged(record, numbers)
    figure = {"id": "a-line", "title": text, "subtitle": text, "alt": text, "limit": text}
    figure |= {"source": text, "svg": {"wide": '<svg class="marks"></svg>'}}
    return "".join(
        (
            ledger.page(record, judgements, numbers, address),
            ledger.tested(record, judgements.values(), address),
            ledger.counted(record, judgements.values(), address),
            ledger.verdicts(judgements.values(), address),
            ledger.weighed(record, judgements, ["one", "three"], address),
            ledger.studies(record, numbers, address),
            ledger.shown(figure, "", address),
        )
    )


@pytest.mark.parametrize("text", specimen.HOSTILES)
def test_hostile_text_is_said_and_nothing_more(text: str) -> None:
    tame, hostile = Shape(pages("tame")), Shape(pages(text))
    assert hostile.tags == tame.tags
    said = "".join(hostile.said).lower()  # a question begins with a capital letter
    assert said.count(text.lower()) == "".join(tame.said).lower().count("tame")


def test_every_claim_stands_there_once_with_an_address_of_its_own() -> None:
    record = held()
    html = ledger.page(record, ledger.judged(record, told()), told(), address)
    for claim in record["claims"]:
        assert html.count(f'id="claim-{claim["id"]}"') == 1
    assert html.count('<div class="test"') == 2  # claims that share a test stand together
    assert 'href="page.html#a.share"' in html
    assert 'href="page.html#a-line"' in html


def test_a_moved_number_moves_verdict_text_index_and_counts() -> None:
    record = held()
    for value, verdict in ((0.8, Verdict.SUPPORTED), (0.1, Verdict.CONTRADICTED)):
        judgements = ledger.judged(record, told(value))
        html = ledger.page(record, judgements, told(value), address)
        assert f'data-verdict="{verdict.name.lower()}"' in html
        by_id = {entry["id"]: entry for entry in ledger.index(record, judgements)}
        assert by_id["one"]["verdict"] == by_id["two"]["verdict"] == verdict
        counts = {n["id"]: n["value"] for n in ledger.numbers(record, judgements)}
        assert counts[f"claims.verdicts.{verdict.name.lower()}"] == 1
        assert counts["claims.verdicts.testable"] == counts["claims.verdicts.untestable"] == 1


def test_a_number_that_is_not_observed_yet_is_said_to_be_missing() -> None:
    record, unseen = held(), told()
    unseen["a.share"] |= {"value": None, "text": "not observed"}
    html = ledger.page(record, ledger.judged(record, unseen), unseen, address)
    assert html.count("Not every number it needs was observed by this day.") == 1


def test_a_verdict_puts_its_claim_under_another_heading() -> None:
    record = held()

    def headings(value: float) -> list[str]:
        html = ledger.weighed(record, ledger.judged(record, told(value)), ["one"], address)
        return [h for h in ledger._WEIGHED if h in html]

    assert headings(0.8) == ["What the report got right"]
    assert headings(0.3) == ["What it overstated"]


def test_a_claim_that_is_not_there_is_refused() -> None:
    record = held()
    with pytest.raises(Refusal, match="no claim “four”"):
        ledger.weighed(record, ledger.judged(record, told()), ["four"], address)


def test_a_tally_counts_a_shared_test_once() -> None:
    record = held()
    html = Shape(ledger.verdicts(ledger.judged(record, told()).values(), address))
    cells = [said.strip() for said in html.said if said.strip() in {"1", "2", "3", "–"}]
    assert cells == ["1", "–", "–", "–", "1"]


def test_only_studies_with_a_number_of_ours_stand_beside_it() -> None:
    html = Shape(ledger.studies(held(), told(), address))
    assert html.tags.count(("tr",)) == 2  # the head and one study


def test_a_figure_of_another_page_says_what_is_past_due_between_source_and_limit() -> None:
    figure = dict.fromkeys(("id", "title", "subtitle", "alt", "limit", "source"), "words")
    late = '<p class="stale">Hub: overdue since 9 Jan 2026</p>'
    source, limit = ledger.shown(figure | {"svg": {}}, late, address).split(late)
    assert '<p class="source">' in source
    assert '<p class="limit">' in limit


def test_an_opening_counts_the_claims_that_the_list_below_it_shows() -> None:
    record = held()
    judgements = ledger.judged(record, told()).values()
    counted = " ".join(Shape(ledger.counted(record, judgements, address)).said)
    assert re.sub(r"\s+", " ", counted).strip() == (
        f"3 claims tested here : {Verdict.SUPPORTED} 2, {Verdict.UNTESTABLE} 1."
    )
    assert ledger.tested(record, judgements, address).count("<li>") == 3
    (one,) = [j for j in judgements if j.test.id == "open"]
    assert "1 claim tested here" in ledger.counted(record, [one], address)
