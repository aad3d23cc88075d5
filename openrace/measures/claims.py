"""Who says what: the claims of the ledger, the documents that carry them, and whose word it is."""

from __future__ import annotations

import pandas as pd

from openrace.claims import TOPICS
from openrace.numbers import Number

SOURCES = ("documents",)


def places(claims: pd.DataFrame, documents: pd.DataFrame) -> pd.DataFrame:
    """List where each claim stands.

    Args:
        claims: the ledger's claims; `documents` names a document and a place in it, joined by
            semicolons.
        documents: the documents known by the chapter's day.

    Returns:
        One row per claim and document: claim, topic, sources (independent ones, counted),
        document, name, place.
    """
    listed = claims.assign(where=claims["documents"].str.split("; ")).explode("where")
    split = listed["where"].str.split(n=1, expand=True).reindex(columns=[0, 1])
    placed = pd.DataFrame(
        {
            "claim": listed["id"],
            "topic": listed["topic"],
            "sources": listed["sources"].str.count(";") + 1,
            "document": split[0],
            "place": split[1],
        }
    )
    return placed.merge(documents[["document", "name"]], on="document").reset_index(drop=True)


def witnesses(places: pd.DataFrame) -> pd.DataFrame:
    """Count claims by topic and document, those without any included.

    Args:
        places: see `places`.

    Returns:
        One row per topic, in the ledger's order, and document: topic, document, name, claims.
    """
    counted = places.groupby(["topic", "document"])["claim"].nunique()
    documents = places[["document", "name"]].drop_duplicates().sort_values("document")
    topics = [t for t in TOPICS if t in set(places["topic"])]
    whole = pd.MultiIndex.from_product([topics, documents["document"]], names=counted.index.names)
    table = counted.reindex(whole, fill_value=0).rename("claims").reset_index()
    return table.merge(documents, on="document").assign(topic=lambda t: t["topic"].map(TOPICS))


def numbers(claims: pd.DataFrame, places: pd.DataFrame) -> list[Number]:
    """Count claims, tests, documents and independent sources."""
    known = claims[claims["id"].isin(places["claim"])]
    sources = known["sources"].str.split("; ")
    alone = sources.map(lambda named: named == ["BBC"])
    several = places.groupby("claim")["document"].nunique().gt(1)
    single = places.drop_duplicates("claim").set_index("claim")["sources"].eq(1)
    counts = {
        "claims.total": (len(known), "Claims of the documents, in the ledger."),
        "claims.tests": (known["test"].nunique(), "Tests of the ledger; some claims share one."),
        "claims.documents": (places["document"].nunique(), "Documents the claims stand in."),
        "claims.sources": (len(set(sources.explode())), "Independent sources of the claims."),
        "claims.about_itself": (
            int(known["about_itself"].sum()),
            "Claims in which a company speaks about itself.",
        ),
        "claims.repeated": (int(several.sum()), "Claims that stand in more than one document."),
        "claims.repeated.one_source": (
            int((several & single.reindex(several.index)).sum()),
            "Claims in more than one document that rest on one independent source.",
        ),
    }
    share = alone.mean() if len(known) else None
    said = "Share of the claims whose only independent source is the BBC's report."
    return [
        *(Number.of(id, n, "count", text, SOURCES) for id, (n, text) in counts.items()),
        Number.of("claims.bbc_alone", share, "share", said, SOURCES),
    ]
