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
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator

from openrace import address, freshness, outputs, package
from openrace.cite.record import Book, data_date
from openrace.claims import Judgement
from openrace.errors import Refusal
from openrace.outputs import FIGURE, LEDGER, NUMBERS, READ
from openrace.publish import (
    arrivals,
    cards,
    editions_page,
    figure_pages,
    find,
    frame,
    frozen,
    gallery,
    ledger,
    markup,
    metadata,
)
from openrace.publish.kept import executed, keep, kept, within
from openrace.publish.opening import Opening, Verdicts, judged

log = logging.getLogger(__name__)
Maker = Callable[[NbElementRenderer, dict[str, Any]], list[nodes.Element]]
_OF_THE_PAST = "This book stands at an earlier day: what is due, the book of today says."
_FILES: list[subprocess.Popen[str]] = []
STATIC = Path(__file__).parent / "static"
METHODS = "chapters/methods"  # the page that every figure leads to, in a book that has it
TABLES = "chapters/data"  # the page that tells of the tables


class Outputs:
    """Render the project's own output types; myst-nb finds it by its entry point."""

    mime_priority_overrides = tuple(("*", mime, 1) for mime in (FIGURE, NUMBERS, READ, LEDGER))

    @staticmethod
    def handle_mime(
        renderer: NbElementRenderer, data: MimeData, inline: bool
    ) -> list[nodes.Element] | None:
        """Return the nodes of one output, or None when the type is not ours."""
        makers: dict[str, Maker] = {
            FIGURE: _figure,
            NUMBERS: _numbers,
            READ: _read,
            LEDGER: _ledger,
        }
        if inline or data.mime_type not in makers:
            return None
        return makers[data.mime_type](renderer, data.content)


def _read(renderer: NbElementRenderer, record: dict[str, Any]) -> list[nodes.Element]:
    env = renderer.renderer.document.settings.env
    keep(env, "read", {"id": f"{env.docname}:{record['table']}", "table": record["table"]})
    return [nodes.comment()]  # an empty list would fall back to the plain text


class finding(nodes.General, nodes.Element):
    """A figure with its finding as caption: numbered like any figure, drawn by `markup`."""


def _figure(renderer: NbElementRenderer, record: dict[str, Any]) -> list[nodes.Element]:
    document = renderer.renderer.document
    env = document.settings.env
    root = "../" * env.docname.count("/")
    methods = f"{root}{METHODS}.html" if METHODS in env.found_docs else None
    node = finding(ids=[record["id"]], names=[record["id"]], classes=["openrace-figure"])
    node["title"], node["subtitle"] = record["title"], record["subtitle"]
    node["head"], node["body"] = (
        markup.figure_head(record),
        markup.figure_body(record, root, methods),
    )
    node["tables"] = [source["table"] for source in record["sources"]]
    document.note_explicit_target(node, node)
    keep(env, "figures", {k: record[k] for k in ("id", "title", "subtitle", "alt", "as_of")})
    return [node]


def _finding_title(node: nodes.Node) -> str:
    return str(cast(finding, node)["title"])


def open_figure(writer: HTML5Translator, node: finding) -> None:
    """Write the number, the finding and the measure, then what stands under them."""
    writer.body.append(writer.starttag(node, "figure", "", **{"aria-label": node["title"]}))
    writer.body.append("<figcaption>")
    writer.add_fignumber(node)
    writer.body.append(f"{markup.caption(node['title'], node['subtitle'])}</figcaption>")
    stale = _stale(writer.builder.config, node["tables"])
    writer.body.append(f"{node['head']}\n{stale}\n{node['body']}")


def close_figure(writer: HTML5Translator, node: finding) -> None:
    """End the figure."""
    writer.body.append("</figure>")


def _numbers(renderer: NbElementRenderer, content: dict[str, Any]) -> list[nodes.Element]:
    env = renderer.renderer.document.settings.env
    for record in content["numbers"]:
        keep(env, "numbers", record)
    root = "../" * env.docname.count("/")
    table = markup.numbers(content["numbers"], lambda id: f"{root}{address.number(id)}index.html")
    return [nodes.raw("", table, format="html")]


def _ledger(renderer: NbElementRenderer, content: dict[str, Any]) -> list[nodes.Element]:
    env = renderer.renderer.document.settings.env
    keep(env, "ledger", content | {"id": "ledger"})
    return [judged(kind="page", ids=[])]


class quoted(nodes.Inline, nodes.TextElement):
    """A number quoted in the prose, to be filled once every chapter is read."""


class Quote(SphinxRole):
    """The roles `{number}` and `{interval}`: the text, or the bounds, of a number by its id."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return a placeholder that names the number and its part."""
        node = quoted(id=self.text, part="interval" if self.name == "interval" else "text")
        self.set_source_info(node)
        return [node], []


class live(nodes.General, nodes.Element):
    """The place for the list of live sources."""


class Sources(SphinxDirective):
    """`{live}`: the live sources, each with its last day and visit, and when it is due."""

    def run(self) -> list[nodes.Node]:
        """Return a placeholder: what is due depends on the day the pages are written."""
        return [live()]


class condition(nodes.General, nodes.Element):
    """Text that stands on the page only if the book shows a figure, or only if it does not."""


class Condition(SphinxDirective):
    """`{given}` a figure's id, text for when the book shows it; `{missing}`, for when not."""

    has_content = True
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the text, to be kept or dropped once every chapter is read."""
        node = condition(figure=self.arguments[0], given=self.name == "given")
        self.state.nested_parse(self.content, self.content_offset, node)
        return [node]


class Decide(SphinxPostTransform):
    """Keep or drop conditional text, before a reference in it could fail to be resolved."""

    default_priority = 1

    def run(self, **_: Any) -> None:
        """Put the content of conditions that hold in their place, and drop the others."""
        shown = kept(self.env, "figures")
        for node in list(self.document.findall(condition)):
            holds = node["given"] == (node["figure"] in shown)
            node.parent.replace(node, node.children if holds else [])


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put numbers and verdicts into a page, each a link to where it comes from."""
    told = dict(kept(app.env, "numbers"))
    try:
        judgements = _judge(app.env, told)
    except Refusal as refusal:
        log.warning("%s", refusal, location=docname)
        judgements = {}
    for node in list(doctree.findall(quoted)):
        _quote(app, docname, node, told)
    for place in list(doctree.findall(judged)):
        place.replace_self(_judged(app, docname, place, judgements, told))
    _date(app, doctree, docname)


def _date(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Say on a page how fresh its sources are: in a list, or at its top when one is in trouble."""
    standing, lists = app.config.openrace_standing, list(doctree.findall(live))
    for place in lists:
        table = markup.live(standing) if standing else f"<p>{_OF_THE_PAST}</p>"
        place.replace_self(nodes.raw("", table, format="html"))
    read = [r["table"] for r in kept(app.env, "read").values() if r["docname"] == docname]
    if standing and not lists and (notice := markup.notice(read, standing)):
        for title in list(doctree.findall(nodes.title))[:1]:
            said = nodes.raw("", notice, format="html")
            title.parent.insert(title.parent.index(title) + 1, said)


def _stale(config: Config, tables: list[str]) -> str:
    standing = config.openrace_standing
    return markup.stale(tables, standing) if standing else ""


def _judged(
    app: Sphinx, docname: str, place: judged, judgements: dict[str, Judgement], told: dict[str, Any]
) -> nodes.Node:
    try:
        if not judgements:
            raise Refusal("No page of this book holds a ledger whose claims can be judged.")
        return nodes.raw("", _verdicts(app, docname, place, judgements, told), format="html")
    except Refusal as refusal:
        log.warning("%s", refusal, location=place)
        return nodes.comment()


def _judge(env: BuildEnvironment, told: dict[str, Any]) -> dict[str, Judgement]:
    """Judge the ledger by all numbers, and add the counts of its verdicts to them."""
    held = kept(env, "ledger").get("ledger")
    if held is None:
        return {}
    judgements = ledger.judged(held, told)
    counts = ledger.numbers(held, judgements)
    told.update({n["id"]: n | {"docname": held["docname"]} for n in counts})
    return judgements


def _quote(app: Sphinx, docname: str, node: quoted, told: dict[str, Any]) -> None:
    record = told.get(node["id"])
    if record is None:
        log.warning("there is no number “%s”", node["id"], location=node)
        node.replace_self(nodes.Text(node["id"]))  # so that other pages are still written
        return
    text = record[node["part"]] or record["text"]
    page = _address(app, docname, told)(node["id"])
    node.replace_self(nodes.reference("", text, refuri=page, classes=["number"], internal=True))


def _address(app: Sphinx, docname: str, told: dict[str, Any]) -> ledger.Address:
    """Make the function from an id to the address, seen from a page, of what it names."""
    figures, book = kept(app.env, "figures"), kept(app.env, "ledger").get("ledger", {})

    def of(id: str) -> str:
        if id in told:
            return app.builder.get_relative_uri(docname, f"{address.number(id)}index")
        page = figures.get(id, book)["docname"]
        return f"{app.builder.get_relative_uri(docname, page)}#{id}"

    return of


def _verdicts(
    app: Sphinx, docname: str, place: judged, judgements: dict[str, Judgement], told: dict[str, Any]
) -> str:
    held, address = kept(app.env, "ledger")["ledger"], _address(app, docname, told)

    def here() -> list[Judgement]:
        mine = {id for id, number in told.items() if number["docname"] == docname}
        return [
            j for j in judgements.values() if mine & set(j.test.ids) or j.test.topic in place["ids"]
        ]

    makers: dict[str, Callable[[], str]] = {
        "page": lambda: ledger.page(held, judgements, told, address),
        "verdicts": lambda: ledger.verdicts(judgements.values(), address),
        "tested": lambda: ledger.tested(held, here(), address),
        "counted": lambda: ledger.counted(held, here(), address),
        "weighed": lambda: ledger.weighed(held, judgements, place["ids"], address),
        "studies": lambda: ledger.studies(held, told, address),
        "shown": lambda: _shown(app, place["ids"][0], address),
    }
    return makers[place["kind"]]()


def _shown(app: Sphinx, id: str, address: ledger.Address) -> str:
    record = _figure_record(app, id)
    stale = _stale(app.config, [source["table"] for source in record["sources"]])
    return ledger.shown(record, stale, address)


def _figure_record(app: Sphinx, id: str) -> dict[str, Any]:
    """Read a figure from the executed notebook of its page.

    Raises:
        Refusal: no page shows it.
    """
    shown = kept(app.env, "figures").get(id)
    if shown is None:
        raise Refusal(f"No page shows a figure “{id}”.")
    notebook = executed(app, shown["docname"])
    return next(r for r in outputs.of(notebook, FIGURE) if r["id"] == id)


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Drop what a page held that is read again."""
    for what in ("numbers", "figures", "ledger", "read"):
        held = kept(env, what)
        for id in [id for id, record in held.items() if record["docname"] == docname]:
            del held[id]


def rewrite_quoting(app: Sphinx, env: BuildEnvironment) -> Iterator[str]:
    """Have pages written again that change with others: those that quote, or have no date."""
    dated = {r["docname"] for what in ("figures", "numbers") for r in kept(env, what).values()}
    return (
        d
        for d in env.found_docs
        if d not in dated or any(env.get_doctree(d).findall(_filled_later))
    )


def _filled_later(node: nodes.Node) -> bool:
    return isinstance(node, quoted | judged | condition)


def add_banner(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Say on every page of an edition, or of a book with other parameters, which it is."""
    if name := app.config.openrace_edition:
        context["theme_announcement"] = frozen.banner(name, within(app, page))
        frozen.offer(context.get("header_buttons", []))
    elif app.config.openrace_asked:
        context["theme_announcement"] = markup.banner(app.config.openrace_asked)


def add_metadata(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give a page's head what machines read; a book with other parameters is not to be cited."""
    if app.config.html_baseurl:  # of the site or of the edition
        context["pageurl"] = f"{app.config.html_baseurl}{within(app, page)}"
    described = context.get("openrace_page")
    if not (described or page in app.env.found_docs) or not _citable(app.config):
        return
    held = {w: list(kept(app.env, w).values()) for w in ("figures", "numbers", "ledger")}
    numbered = held["numbers"] + held["ledger"]
    book = Book.today(held["figures"], numbered, edition=app.config.openrace_edition)
    figures, numbers = (
        [r for r in held[w] if r["docname"] == page] for w in ("figures", "numbers")
    )
    as_of = data_date(figures, numbers) or book.as_of
    shown = described or metadata.Page(
        title=app.env.titles[page].astext(),
        place=within(app, page),
        as_of=as_of,
        figures=figures,
        tables=package.read() if page == TABLES else None,
        about=cards.opening(doctree) if doctree else "",
        card=cards.page_place(page),
    )
    if not described:
        cards.write_page(page, shown.title, shown.about, as_of, Path(app.outdir))
    context["metatags"] = f"{context.get('metatags') or ''}{metadata.head(shown, book)}"


def _citable(config: Config) -> bool:
    """Tell whether the book has its own parameters; one of an earlier day is citable too."""
    return set(config.openrace_asked.get("values", {})) <= {"as_of"}


def date_book(app: Sphinx, config: Config) -> None:
    """Take the address and the day of publishing, for Sphinx to write every page anew with them."""
    edition = address.edition(config.openrace_edition) if config.openrace_edition else ""
    try:
        config.html_baseurl = f"{address.site()}{edition}" if _citable(config) else ""
        config.openrace_issued = freshness.today().isoformat()
    except Refusal as refusal:
        raise ExtensionError(str(refusal)) from None


def date_sources(app: Sphinx, config: Config) -> None:
    """Find out what is past due, for Sphinx to write every page anew when that has changed.

    An edition, or a book that is asked for an earlier day, is meant to be old.
    """
    if config.openrace_edition or "as_of" in config.openrace_asked.get("values", {}):
        return
    try:
        config.openrace_standing = freshness.standing(freshness.today())
    except Refusal as refusal:
        raise ExtensionError(str(refusal)) from None


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
        notebooks = [executed(app, docname) for docname in sorted(env.found_docs)]
        there = [str(notebook) for notebook in notebooks if notebook.exists()]
        cited = "cited" if _citable(app.config) else "uncited"
        asked = app.config.openrace_asked
        banner = markup.banner(asked) if asked else ""
        paths = [str(out), cited, app.config.openrace_edition, banner, *there]
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


def drawn(app: Sphinx) -> list[Any]:
    """Wait for the files before pages that tell of them are written; this makes no page."""
    published(app, None)
    return []


def setup(app: Sphinx) -> ExtensionMetadata:
    """Connect the roles, the nodes and the published files."""
    for role in ("number", "interval"):
        app.add_role(role, Quote())
    for directive in ("tested", "verdicts", "weighed", "studies", "shown"):
        app.add_directive(directive, Verdicts)
    app.add_directive("opening", Opening)
    for directive in ("given", "missing"):
        app.add_directive(directive, Condition)
    app.add_directive("live", Sources)
    app.add_config_value("openrace_asked", {}, "html")
    app.add_config_value("openrace_edition", "", "html")
    app.add_config_value("openrace_standing", None, "html")
    app.add_config_value("openrace_issued", "", "html")
    app.add_node(quoted)
    app.add_node(live)
    app.add_node(judged)
    app.add_node(condition)
    app.add_post_transform(Decide)
    app.add_enumerable_node(finding, "figure", _finding_title, html=(open_figure, close_figure))
    app.connect("doctree-resolved", fill)
    app.connect("env-purge-doc", forget)
    app.connect("env-get-updated", rewrite_quoting)
    app.connect("html-page-context", add_icon)
    app.connect("html-page-context", add_banner, priority=900)  # after the theme's buttons
    app.connect("html-page-context", add_metadata)
    app.connect("config-inited", date_book)
    app.connect("config-inited", date_sources)
    app.connect("env-updated", publish)
    app.connect("html-collect-pages", drawn)
    app.connect("build-finished", published)
    app.connect("builder-inited", lambda app: app.config.html_static_path.append(str(STATIC)))
    for sheet in ("book.css", "figures.css", "ledger.css"):
        app.add_css_file(sheet)
    app.add_css_file("print.css", media="print")
    app.add_css_file("access.css")
    app.add_js_file("access.js", loading_method="defer")
    app.add_js_file("explore.js", loading_method="defer")
    app.add_js_file("claims.js", loading_method="defer")
    frame.setup(app)
    figure_pages.setup(app)
    gallery.setup(app)
    app.add_js_file("numbers.js", loading_method="defer")
    app.add_js_file("edition.js", loading_method="defer")
    editions_page.setup(app)
    find.setup(app)
    arrivals.setup(app)
    return {
        "version": "1",
        "env_version": 2,  # of what `keep` keeps
        "parallel_read_safe": False,
        "parallel_write_safe": True,
    }
