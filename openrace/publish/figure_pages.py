"""A page for each figure, through the book's theme, and one without it to embed elsewhere.

A page tells what lies beside it in the figure's folder, so it is made once the files are written:
what has no citation files there is not to be cited.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from openrace import address, outputs
from openrace.cite.forms import ENDINGS, STYLES
from openrace.editions import moves
from openrace.editions.record import Edition, published
from openrace.errors import Refusal
from openrace.numbers import written
from openrace.outputs import FIGURE
from openrace.publish import cards, citations, markup, metadata, template
from openrace.publish.frozen import told
from openrace.publish.kept import executed, numbered

Record = Mapping[str, Any]
Named = list[tuple[str, str]]
GALLERY, METHODS = "figures/index", "chapters/methods"
_ROOT = "../../"  # of the site, from a figure's folder
_FILES = {
    "zip": "All in one zip, with alt text, a caption, a caveat and citation files",
    "png": "PNG, 300 dpi",
    "svg": "SVG",
    "csv": "Table as CSV",
    "vl.json": "Vega-Lite specification",
}
_STYLES = dict(zip(STYLES, ("Short", "APA", "Chicago"), strict=True))
_FORMS = {"bibtex": "BibTeX", "ris": "RIS", "csl-json": "CSL-JSON"}
_WORDS = 230  # CSS pixels that an embedded figure's words take beside its drawing
_HEIGHT = re.compile(r'<svg[^>]* height="([\d.]+)"')
_MOVED = {"title": "finding", "csv": "table", "svg": "drawing"}


@dataclass(frozen=True)
class Shown:
    """A figure as the book shows it.

    Attributes:
        record: the figure as its chapter showed it.
        docname: the name of the chapter's page.
        chapter: the chapter's title.
        number: the figure's number, as pages say it.
        folder: its folder in the site.
    """

    record: Record
    docname: str
    chapter: str
    number: str
    folder: Path

    @property
    def id(self) -> str:
        """The figure's id."""
        return str(self.record["id"])

    @property
    def page(self) -> str:
        """The name of its page."""
        return f"{address.figure(self.id)}index"


def collect(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield the page of each figure for Sphinx to write, and write the one to embed."""
    shown = list(_shown(app))
    asked = markup.banner(app.config.openrace_asked) if app.config.openrace_asked else ""
    neighbours = zip([None, *shown], shown, [*shown[1:], None], strict=False)
    try:
        editions = published(before=app.config.openrace_edition)
        for before, figure, after in neighbours:
            write_embed(figure, asked)
            context = {
                "title": escape(figure.record["title"]),
                "body": page(figure, editions, **_links(app, figure)),
                "prev": _neighbour(before),
                "next": _neighbour(after),
                "openrace_page": _described(figure),
            }
            yield figure.page, context, "page.html"
    except Refusal as refusal:
        raise ExtensionError(str(refusal)) from None


def _shown(app: Sphinx) -> Iterator[Shown]:
    """Yield the figures in the book's order, each from the executed notebook of its page."""
    records: dict[str, dict[str, Record]] = {}
    for docname, id, number in numbered(app.env):
        if docname not in records:
            notebook = executed(app, docname)
            found = outputs.of(notebook, FIGURE) if notebook.exists() else ()
            records[docname] = {record["id"]: record for record in found}
        if record := records[docname].get(id):
            chapter = app.env.titles[docname].astext()
            yield Shown(record, docname, chapter, number, Path(app.outdir, address.figure(id)))


def _links(app: Sphinx, figure: Shown) -> dict[str, Any]:
    """Return where a figure's page leads to, and what is past due of its sources."""

    def to(page: str) -> str:
        return app.builder.get_relative_uri(figure.page, page)

    tables = [source["table"] for source in figure.record["sources"]]
    standing = app.config.openrace_standing
    return {
        "chapter": f"{to(figure.docname)}#{figure.id}",
        "gallery": f"{_ROOT}{GALLERY}.html" if GALLERY in app.env.found_docs else "",
        "methods": to(METHODS) if METHODS in app.env.found_docs else "",
        "stale": markup.stale(tables, standing) if standing else "",
    }


def _neighbour(other: Shown | None) -> dict[str, str] | None:
    if other is None:
        return None
    return {"link": f"{_ROOT}{other.page}.html", "title": other.number}


def _described(figure: Shown) -> metadata.Page:
    """Return what a page's head says of it to machines."""
    title, as_of = figure.record["title"], figure.record["as_of"]
    about, card = figure.record["subtitle"], cards.figure_place(figure.id)
    place = address.figure(figure.id)
    return metadata.Page(title, place, as_of, [figure.record], about=about, card=card)


def write_embed(figure: Shown, asked: str = "") -> None:
    """Write the figure alone, with its finding and its sources, for other sites to embed.

    Args:
        figure: the figure.
        asked: what pages of a book with other parameters say at their top, HTML.
    """
    record = figure.record
    text = template.render(
        "embed.html",
        title=record["title"],
        caption=Markup(markup.caption(record["title"], record["subtitle"])),
        head=Markup(markup.figure_head(record)),
        asked=Markup(asked),
    )
    (figure.folder / "embed.html").write_text(text, encoding="utf-8")


def page(
    figure: Shown, editions: Sequence[Edition], chapter: str, gallery: str, methods: str, stale: str
) -> Markup:
    """Return what stands on a figure's page.

    Args:
        figure: the figure.
        editions: those published before this book, the oldest first.
        chapter: the address of the figure in its chapter.
        gallery: the address of the page of all figures, if the book has one.
        methods: the address of the page on methods, if the book has one.
        stale: what is past due of the figure's sources, as HTML.
    """
    record = figure.record
    return template.render(
        "figure.html",
        record=record,
        as_of=written(record["as_of"], "date") if record["as_of"] else "",
        chapter={"address": chapter, "number": figure.number, "title": figure.chapter},
        gallery=gallery,
        methods=methods,
        head=Markup(markup.figure_head(record) + stale),
        explore=Markup(markup.explore(record["id"], _ROOT)),
        table=Markup(markup.table(record, unfolded=True)),
        downloads=list(_downloads(figure)),
        cited=_cited(figure, editions),
    )


def _downloads(figure: Shown) -> Iterator[tuple[str, str, str]]:
    """Yield name, file and size of what there is to download."""
    for ending, name in _FILES.items():
        file = figure.folder / f"{figure.id}.{ending}"
        if file.exists():
            yield name, file.name, _size(file.stat().st_size)


def _size(count: int) -> str:
    """Write a number of bytes for people: `62 kB`."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"


def _cited(figure: Shown, editions: Sequence[Edition]) -> dict[str, Any] | None:
    """Return what a figure is cited by; None in a book that is not the one to be cited."""
    files = {form: figure.folder / f"{figure.id}.{ENDINGS[form]}" for form in _FORMS}
    if not files["csl-json"].exists():
        return None
    forms = {form: file.read_text(encoding="utf-8") for form, file in files.items()}
    said = json.loads(forms["csl-json"])[0]["custom"]
    earlier = moves.earlier("figures", figure.id, editions)
    texts = (figure.folder / f"{figure.id}.{citations.TEXT}").read_text(encoding="utf-8")
    return {
        "kept": said["url"] == said["frozen"],
        "styles": list(zip(_STYLES.values(), texts.splitlines(), strict=True)),
        "forms": [(name, files[form].name, forms[form]) for form, name in _FORMS.items()],
        "embeds": _embeds(figure, said, earlier),
        "commands": _commands(figure, said, earlier),
        "earlier": [_earlier(figure, said, each) for each in earlier],
    }


def _embeds(figure: Shown, said: Record, earlier: Sequence[moves.Earlier]) -> Named:
    """Return the code that embeds the newest state, and that of an edition where one is kept."""
    places = {"Live: follows the data": said["address"]}
    if said["url"] == said["frozen"]:
        places["Frozen: stays as in this edition"] = said["frozen"]
    elif earlier:
        name = earlier[0].edition.name
        places[f"Frozen: stays as in the edition of {told(name)}"] = _frozen(figure, said, name)
    return [(name, _iframe(figure, place)) for name, place in places.items()]


def _iframe(figure: Shown, place: str) -> str:
    drawn = _HEIGHT.match(figure.record["svg"]["wide"])
    height = _WORDS + (round(float(drawn[1])) if drawn else 0)
    title = escape(figure.record["title"])
    return (
        f'<iframe src="{escape(place)}embed.html" title="{title}" width="100%" height="{height}" '
        'loading="lazy" style="border:0"></iframe>'
    )


def _frozen(figure: Shown, said: Record, name: str) -> str:
    """Return where an edition keeps the figure."""
    place = address.figure(figure.id)
    return f"{said['address'].removesuffix(place)}{address.edition(name)}{place}"


def _commands(figure: Shown, said: Record, earlier: Sequence[moves.Earlier]) -> Named:
    if said["url"] == said["frozen"]:
        return [("Rebuild it from this edition’s tables and compare", said["command"])]
    build = [("Rebuild it, with all others, from today’s tables", said["command"])]
    if not earlier:
        return build
    name = earlier[0].edition.name
    verify = f"openrace verify {figure.id} --edition {name}"
    return [*build, (f"Rebuild that of the edition of {told(name)} and compare", verify)]


def _earlier(figure: Shown, said: Record, then: moves.Earlier) -> dict[str, str]:
    """Say where an earlier edition keeps the figure, and what of it has moved since."""
    now = {"title": figure.record["title"], **said["sha256"]}
    moved = [word for key, word in _MOVED.items() if then.said[key] != now[key]]
    finding = f" It said “{then.said['title']}”." if "finding" in moved else ""
    return {
        "name": told(then.edition.name),
        "address": _frozen(figure, said, then.edition.name),
        "moved": f"other {', '.join(moved)} than now.{finding}" if moved else "the same as now.",
    }


def setup(app: Sphinx) -> None:
    """Connect the pages and the script of their copy buttons."""
    app.connect("html-collect-pages", collect)
    app.add_js_file("cite.js", loading_method="defer")
