from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from specimen import PROJECT

# https://developers.zenodo.org/#representation; Zenodo ships no schema that may be kept here
REQUIRED = {"title", "description", "upload_type", "creators", "license", "access_right"}
KNOWN = REQUIRED | {"publication_type", "keywords", "notes", "language", "related_identifiers"}
RELATIONS = {"isDerivedFrom", "isSupplementedBy", "cites", "references"}


@pytest.fixture(scope="module")
def deposit() -> dict[str, Any]:
    return json.loads((PROJECT / ".zenodo.json").read_text(encoding="utf-8"))


def test_a_deposit_has_what_a_doi_needs_in_words_that_zenodo_knows(deposit: dict[str, Any]) -> None:
    assert deposit.keys() >= REQUIRED
    assert deposit.keys() <= KNOWN
    assert (deposit["upload_type"], deposit["publication_type"]) == ("publication", "report")
    assert (deposit["access_right"], deposit["license"]) == ("open", "cc-by-4.0")
    assert all(creator["name"] for creator in deposit["creators"])


def test_it_agrees_with_the_repositorys_citation(deposit: dict[str, Any]) -> None:
    said = yaml.safe_load((PROJECT / "CITATION.cff").read_text(encoding="utf-8"))
    assert deposit["title"] == said["title"]
    assert [c["name"] for c in deposit["creators"]] == [a["name"] for a in said["authors"]]
    assert deposit["keywords"] == said["keywords"]
    assert deposit["license"].upper() in said["license"]


def test_it_names_only_sources_that_the_tables_name(deposit: dict[str, Any]) -> None:
    package = json.loads((PROJECT / "data" / "datapackage.json").read_text(encoding="utf-8"))
    sources = {s.get("path") for r in package["resources"] for s in r["sources"]}
    for related in deposit["related_identifiers"]:
        assert related["identifier"] in sources
        assert related["relation"] in RELATIONS
