"""The Sphinx side: how a chapter's outputs become numbered figures and linked numbers.

Loaded by `_config.yml`, so that `openrace build` and plain `jupyter-book build .` publish alike.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

from docutils import nodes
from myst_nb.core.render import MimeData, NbElementRenderer
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator

from openrace.outputs import FIGURE, NUMBERS, READ
from openrace.publish import markup

log = logging.getLogger(__name__)
Maker = Callable[[NbElementRenderer, dict[str, Any]], list[nodes.Element]]
_FILES: list[subprocess.Popen[str]] = []
STATIC = Path(__file__).parent / "static"


class Outputs:
    """Render the project's own output types; myst-nb finds it by its entry point."""

    mime_priority_overrides = (("*", FIGURE, 1), ("*", NUMBERS, 1), ("*", READ, 1))

    @staticmethod
    def handle_mime(
        renderer: NbElementRenderer, data: MimeData, inline: bool
    ) -> list[nodes.Element] | None:
        """Return the nodes of one output, or None when the type is not ours."""
        makers: dict[str, Maker] = {FIGURE: _figure, NUMBERS: _numbers, READ: _nothing}
        if inline or data.mime_type not in makers:
            return None
        return makers[data.mime_type](renderer, data.content)


def _nothing(renderer: NbElementRenderer, record: dict[str, Any]) -> list[nodes.Element]:
    return [nodes.comment()]  # an empty list would fall back to the plain text


class finding(nodes.General, nodes.Element):
    """A figure with its finding as caption: numbered like any figure, drawn by `markup`."""


def _figure(renderer: NbElementRenderer, record: dict[str, Any]) -> list[nodes.Element]:
    document = renderer.renderer.document
    root = "../" * document.settings.env.docname.count("/")
    node = finding(ids=[record["id"]], names=[record["id"]], classes=["openrace-figure"])
    node["title"], node["subtitle"] = record["title"], record["subtitle"]
    node["body"] = markup.figure_body(record, root)
    document.note_explicit_target(node, node)
    return [node]


def _finding_title(node: nodes.Node) -> str:
    return str(cast(finding, node)["title"])


def open_figure(writer: HTML5Translator, node: finding) -> None:
    """Write the number, the finding and the measure, then what stands under them."""
    writer.body.append(writer.starttag(node, "figure", ""))
    writer.body.append("<figcaption>")
    writer.add_fignumber(node)
    writer.body.append(f"{markup.caption(node['title'], node['subtitle'])}</figcaption>")
    writer.body.append(node["body"])


def close_figure(writer: HTML5Translator, node: finding) -> None:
    """End the figure."""
    writer.body.append("</figure>")


def _numbers(renderer: NbElementRenderer, content: dict[str, Any]) -> list[nodes.Element]:
    env = renderer.renderer.document.settings.env
    for record in content["numbers"]:
        _told(env)[record["id"]] = record | {"docname": env.docname}
    return [nodes.raw("", markup.numbers(content["numbers"]), format="html")]


def _told(env: BuildEnvironment) -> dict[str, dict[str, Any]]:
    told: dict[str, dict[str, Any]] = env.__dict__.setdefault("openrace_numbers", {})
    return told


class quoted(nodes.Inline, nodes.TextElement):
    """A number quoted in the prose, to be filled once every chapter is read."""


class Quote(SphinxRole):
    """The roles `{number}` and `{interval}`: the text, or the bounds, of a number by its id."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return a placeholder that names the number and its part."""
        node = quoted(id=self.text, part="interval" if self.name == "interval" else "text")
        self.set_source_info(node)
        return [node], []


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the numbers into the prose, each a link to its definition; an unknown one warns."""
    told = _told(app.env)
    for node in list(doctree.findall(quoted)):
        record = told.get(node["id"])
        if record is None:
            log.warning("there is no number “%s”", node["id"], location=node)
            node.replace_self(nodes.Text(node["id"]))  # so that other pages are still written
            continue
        page = app.builder.get_relative_uri(docname, record["docname"])
        address = f"{page}#{markup.number_anchor(node['id'])}"
        text = record[node["part"]] or record["text"]
        node.replace_self(
            nodes.reference("", text, refuri=address, classes=["number"], internal=True)
        )


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Drop the numbers of a page that is read again."""
    stale = [id for id, record in _told(env).items() if record["docname"] == docname]
    for id in stale:
        del _told(env)[id]


def rewrite_quoting(app: Sphinx, env: BuildEnvironment) -> Iterator[str]:
    """Have every page that quotes numbers written again: they may have changed elsewhere."""
    return (d for d in env.found_docs if any(env.get_doctree(d).findall(quoted)))


def drop_thebe(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Leave out the live-code scripts that Jupyter Book loads even when they are off.

    They name another host, and are loaded twice, which is an error in every page.
    """
    for kind in ("script_files", "css_files"):
        assets = context.get(kind, [])
        context[kind] = [
            a for a in assets if "thebe" not in f"{a} {getattr(a, 'attributes', '')}".lower()
        ]


def add_icon(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Name the icon: a browser that is told of none asks the host's root for one."""
    context["favicon_url"] = context["pathto"]("_static/favicon.svg", resource=True)


def publish(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Start writing the files that people download; every page is read, so every output is known.

    A process of its own draws them while Sphinx writes the pages.
    """
    if app.builder.format == "html":
        out = Path(app.outdir)
        executed = [out.parent / "jupyter_execute" / f"{d}.ipynb" for d in sorted(env.found_docs)]
        paths = [str(out), *(str(n) for n in executed if n.exists())]
        command = [sys.executable, "-m", "openrace.publish.files", *paths]
        _FILES.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True))
    return []


def published(app: Sphinx, error: Exception | None) -> None:
    """Wait for the files, and fail if they could not be written."""
    while _FILES:
        writing = _FILES.pop()
        told = writing.communicate()[1]
        if writing.returncode and error is None:
            raise ExtensionError(f"the figures' files could not be written: {told}")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Connect the roles, the nodes and the published files."""
    for role in ("number", "interval"):
        app.add_role(role, Quote())
    app.add_node(quoted)
    app.add_enumerable_node(finding, "figure", _finding_title, html=(open_figure, close_figure))
    app.connect("doctree-resolved", fill)
    app.connect("env-purge-doc", forget)
    app.connect("env-get-updated", rewrite_quoting)
    app.connect("html-page-context", drop_thebe, priority=900)  # after those that add them
    app.connect("html-page-context", add_icon)
    app.connect("env-updated", publish)
    app.connect("build-finished", published)
    app.connect("builder-inited", lambda app: app.config.html_static_path.append(str(STATIC)))
    app.add_css_file("book.css")
    app.add_js_file("explore.js", loading_method="defer")
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}
