"""The directives that put verdicts where they are told, and the opening of a chapter."""

from __future__ import annotations

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

_NUMBERS = range(3, 5)


class judged(nodes.General, nodes.Element):
    """A place for verdicts, to be filled once every chapter is read."""


class Verdicts(SphinxDirective):
    """`{tested}`, the claims of this page or a topic, `{verdicts}`, all counted, and `{studies}`.

    `{weighed}` sorts the claims whose ids it holds by their verdicts; `{shown}` shows the figure
    of another page.
    """

    has_content = True
    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return a placeholder."""
        node = judged(kind=self.name, ids=[*self.arguments, *(c for c in self.content if c)])
        self.set_source_info(node)
        return [node]


class Opening(SphinxDirective):
    """`{opening}`: a chapter's question and finding, its key numbers, and its verdict.

    The numbers are the terms of a list of definitions. Under the verdict stand the counts of those
    on the claims that the chapter tests, or that are of the topic it names.
    """

    has_content = True
    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the three, and a placeholder for the counts."""
        opening = nodes.container(classes=["opening"])
        self.state.nested_parse(self.content, self.content_offset, opening)
        found = len(list(opening.findall(nodes.term)))
        if found not in _NUMBERS:
            raise self.error(f"An opening has three or four key numbers, not {found}.")
        counts = judged(kind="counted", ids=self.arguments)
        self.set_source_info(counts)
        opening += counts
        return [opening]
