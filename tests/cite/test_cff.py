"""CITATION.cff, by its format's schema: cffconvert cannot be locked beside click 8."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import yaml
from specimen import PROJECT

from openrace.cite import record

# from the Citation File Format, https://citation-file-format.github.io/1.2.0/schema.json, CC BY 4.0
SCHEMA = Path(__file__).with_name("cff-1.2.0.schema.json")
TEXT = (PROJECT / "CITATION.cff").read_text(encoding="utf-8")


def test_the_citation_file_is_valid() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    checker = jsonschema.FormatChecker()
    jsonschema.validate(yaml.load(TEXT, yaml.BaseLoader), schema, format_checker=checker)


def test_the_citation_file_says_what_citations_say() -> None:
    told = yaml.safe_load(TEXT)
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert str(told["version"]) == project["version"]
    assert [author["name"] for author in told["authors"]] == [record.AUTHOR]
    assert told["title"].startswith(f"{record.TITLE}:")
    assert record.LICENCE in told["license"]
    assert not {"doi", "date-released", "url", "repository-code"} & set(told)  # not true yet
