"""The opening of a chapter: question and finding, key numbers, verdict, counts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import directives
from myst_parser.parsers.docutils_ import Parser

from openrace.publish.opening import Opening, judged

SETTINGS = {"myst_enable_extensions": ["colon_fence", "deflist"], "report_level": 5}
KEY = "{n} of 9\n: **Part {n}** of the matter.\n"


@pytest.fixture(autouse=True)
def known() -> Iterator[None]:
    directives.register_directive("opening", Opening)
    yield
    del directives._directives["opening"]


def read(numbers: int, topic: str = "") -> nodes.document:
    keys = "\n".join(KEY.format(n=n) for n in range(numbers))
    said = f"**Is it so?**\nIt is.\n\n{keys}\n**Verdict: supported.** By all."
    text = f"# A chapter\n\n:::{{opening}}{topic}\n{said}\n:::\n"
    return publish_doctree(text, parser=Parser(), settings_overrides=SETTINGS)


def test_an_opening_holds_its_parts_in_order_and_counts_at_the_end() -> None:
    (opening,) = read(3, " outlook").findall(nodes.container)
    assert opening["classes"] == ["opening"]
    kinds = [type(child) for child in opening.children]
    assert kinds == [nodes.paragraph, nodes.definition_list, nodes.paragraph, judged]
    assert opening.children[0].astext().split("\n") == ["Is it so?", "It is."]
    assert (opening.children[3]["kind"], opening.children[3]["ids"]) == ("counted", ["outlook"])


@pytest.mark.parametrize("numbers", [0, 2, 5])
def test_too_few_or_too_many_key_numbers_are_refused(numbers: int) -> None:
    document = read(numbers)
    assert not list(document.findall(nodes.container))
    said = "".join(m.astext() for m in document.findall(nodes.system_message))
    assert f"An opening has three or four key numbers, not {numbers}." in said
