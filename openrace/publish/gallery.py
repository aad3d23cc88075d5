"""The directive `{gallery}`: every figure of the book by chapter, each a link to its page."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from openrace.numbers import written
from openrace.publish import template
from openrace.publish.kept import kept, numbered


class gallery(nodes.General, nodes.Element):
    """The place for all figures, to be filled once every chapter is read."""


class Gallery(SphinxDirective):
    """`{gallery}`: all figures, in the book's order."""

    def run(self) -> list[nodes.Node]:
        """Return a placeholder."""
        return [gallery()]


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the figures into the page that asks for them."""
    for place in list(doctree.findall(gallery)):
        place.replace_self(nodes.raw("", _figures(app, docname), format="html"))


def _figures(app: Sphinx, docname: str) -> Markup:
    held, root = kept(app.env, "figures"), "../" * docname.count("/")
    chapters: list[dict[str, Any]] = []
    for page, found in groupby(numbered(app.env), key=lambda figure: figure[0]):
        figures = [held[id] | {"number": number} for _, id, number in found if id in held]
        chapter = {
            "title": app.env.titles[page].astext(),
            "address": app.builder.get_relative_uri(docname, page),
        }
        chapters += [chapter | {"figures": figures}] if figures else []
    return template.render("gallery.html", chapters=chapters, root=root, written=written)


def setup(app: Sphinx) -> None:
    """Connect the directive."""
    app.add_node(gallery)
    app.add_directive("gallery", Gallery)
    app.connect("doctree-resolved", fill)
