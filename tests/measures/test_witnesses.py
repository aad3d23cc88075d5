"""Who says what: claims by document, and how many independent voices there are."""

from __future__ import annotations

import pandas as pd
import pytest

from openrace.measures import claims as C

DOCUMENTS = pd.DataFrame({"document": ["000", "001", "002"], "name": ["A", "B", "C"]})
CLAIMS = pd.DataFrame(
    {
        "id": ["one", "two", "three"],
        "topic": ["risk", "costs", "costs"],
        "sources": ["BBC", "BBC; A", "B"],
        "documents": ["000 l. 1; 001 l. 2, 7", "000 l. 3", "009 l. 4"],
        "test": ["t", "t", "u"],
        "about_itself": [True, False, False],
    }
)


@pytest.fixture(scope="module")
def places() -> pd.DataFrame:
    return C.places(CLAIMS, DOCUMENTS)


def test_a_claim_has_a_row_for_each_document_that_is_known(places: pd.DataFrame) -> None:
    rows = places[["claim", "document", "place", "sources"]].to_numpy().tolist()
    assert rows == [
        ["one", "000", "l. 1", 1],
        ["one", "001", "l. 2, 7", 1],
        ["two", "000", "l. 3", 2],
    ]


def test_topics_keep_the_ledgers_order_and_documents_without_claims_count_none(
    places: pd.DataFrame,
) -> None:
    table = C.witnesses(places)
    assert table[["topic", "document", "claims"]].to_numpy().tolist() == [
        ["Costs", "000", 1],
        ["Costs", "001", 0],
        ["Risk", "000", 1],
        ["Risk", "001", 1],
    ]


def test_only_claims_of_known_documents_are_counted(places: pd.DataFrame) -> None:
    values = {n.id.removeprefix("claims."): n.value for n in C.numbers(CLAIMS, places)}
    assert values == {
        "total": 2,
        "tests": 1,
        "documents": 2,
        "sources": 2,  # the BBC and A
        "about_itself": 1,
        "repeated": 1,
        "repeated.one_source": 1,
        "bbc_alone": 0.5,
    }


def test_without_documents_there_is_nothing_and_no_warning() -> None:
    places = C.places(CLAIMS, DOCUMENTS.iloc[:0])
    assert C.witnesses(places).empty
    values = {n.id: n.value for n in C.numbers(CLAIMS, places)}
    assert values["claims.total"] == 0
    assert values["claims.bbc_alone"] is None
