"""What a reader can search for: claims, figures, numbers, models, and sections of pages.

The index is made of the site itself, once its pages and its JSON are written. Each kind of thing
is a small script, because unlike data a script also loads from a disk; `static/find.js` searches
all of them, `static/previews.js` looks up what a link leads to. Sphinx's own search knows only
words of pages, so it is left out.
"""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

from lxml import html
from lxml.etree import _Element
from sphinx.application import Sphinx

from openrace import address
from openrace.cite.record import plain
from openrace.claims import Verdict
from openrace.publish import template
from openrace.publish.kept import numbered

#: A thing: id, title, text, a note beside the title, and what its kind adds.
Entry = list[Any]
FOLDER, PAGE = "find", "search"
_CLAIMS, _GALLERY, _TABLES = "chapters/claims", "figures/index", "chapters/data"
_DEFINITION, _LEAD = 85, 100  # the most characters of each that are shown
_SENTENCE = re.compile(r".*?[.:;](?=\s|$)")
_WORD = re.compile(r"[^\W_]+")
#: Words of three letters and more that stand in nearly every paragraph.
_COMMON = frozenset(
    _WORD.findall(
        "all also and any are but can does each for from had has have into its more most not one "
        "only other out such than that the their them then there these they this those two was "
        "were what when where which who whose with"
    )
)
#: Columns of figures' tables that name models and labs, and what they name.
_NAMED = {"model": "model", "model_id": "repository", "family": "family", "lab": "lab"}
_NAME = re.compile(r".*[A-Z0-9-]")  # “unknown” and “several” are none


@dataclass(frozen=True)
class Things:
    """All things of one kind, in the book's order.

    Attributes:
        place: the address of a thing within the site, with `*` for its id.
        entries: the things.
        words: words that find things beside those they show, each with the things' places.
    """

    place: str
    entries: Sequence[Entry]
    words: Mapping[str, Sequence[int]] = field(default_factory=dict)


def index(site: Path, pages: Iterable[str], numbers: Mapping[str, str]) -> dict[str, Things]:
    """Return the things of a site by kind.

    Args:
        site: the site, whose pages and JSON are written.
        pages: the addresses of the pages of prose within it.
        numbers: by a figure's id, its number as pages say it.
    """
    figures = _read(site / "figures.json", {})
    claims = _read(site / "claims.json", [])
    told = _read(site / "numbers.json", {})
    drawn = [_figure(id, figure, numbers.get(id, "")) for id, figure in figures.items()]
    shown = [figure["alt"] for figure in figures.values()]
    sections = [found for page in pages for found in _sections(site / page, page)]
    entries, prose = [entry for entry, _ in sections], [text for _, text in sections]
    return {
        "claims": Things(address.claim("*"), [*map(_claim, claims)]),
        "figures": Things(f"{address.figure('*')}index.html", drawn, _words(drawn, shown)),
        "models": Things("", _models(site, list(figures))),
        "numbers": Things(f"{address.number('*')}index.html", [*map(_number, told.items())]),
        "pages": Things("*", entries, _words(entries, prose)),
    }


def _read(path: Path, otherwise: Any) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else otherwise


def _claim(record: Mapping[str, Any]) -> Entry:
    verdict = Verdict(record["verdict"])
    who = f"{record['said_by']}. The test: {record['asks']}"
    return [record["id"], record["claim"], who, verdict, verdict.name.lower()]


def _figure(id: str, record: Mapping[str, Any], number: str) -> Entry:
    return [id, record["title"], record["subtitle"], number]


def _number(told: tuple[str, Mapping[str, Any]]) -> Entry:
    id, record = told
    definition = plain(record["definition"])
    first = found[0] if (found := _SENTENCE.match(definition)) else definition
    return [id, record["text"], _cut(first, _DEFINITION)]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most].rpartition(' ')[0]} …"


def _models(site: Path, figures: Sequence[str]) -> list[Entry]:
    """Return models, families and labs, each with the places in the list of its figures."""
    found: dict[tuple[str, str], list[int]] = {}
    for place, id in enumerate(figures):
        with (site / address.figure(id) / f"{id}.csv").open(encoding="utf-8", newline="") as file:
            named = {(row[c] or "", c) for row in csv.DictReader(file) for c in _NAMED if c in row}
        for name, column in named:
            if _NAME.match(name):
                found.setdefault((name, _NAMED[column]), []).append(place)
    return [["", name, "", kind, shown] for (name, kind), shown in sorted(found.items())]


def _sections(path: Path, page: str) -> Iterator[tuple[Entry, str]]:
    """Yield the sections of a written page, as far as it is prose, each with all its words.

    What a section adds is the other names that links lead to it by.
    """
    title = ""
    for section in html.fromstring(path.read_bytes()).xpath("//article//section[@id]"):
        heading = next((_heading(h) for h in section.iterchildren("h1", "h2", "h3", "h4")), "")
        prose = plain(" ".join(str(p.text_content()) for p in _prose(section)))
        place = f"{page}#{section.get('id')}" if title else page
        names = [span.get("id") for span in section.iterchildren("span") if span.get("id")]
        yield [place, heading, _cut(prose, _LEAD), title, names], prose
        title = title or heading


def _heading(element: _Element) -> str:
    hidden = "ancestor::*[@class='section-number' or @class='headerlink']"
    return plain("".join(element.xpath(f".//text()[not({hidden})]")))


def _prose(section: _Element) -> Iterator[_Element]:
    """Yield a section's own paragraphs; figures, claims and numbers are found by themselves."""
    for p in section.iter("p", "dd"):
        if next(p.iterancestors("section", "figure", "details")) is section:
            yield p


def _words(entries: Sequence[Entry], texts: Sequence[str]) -> dict[str, list[int]]:
    """Return the words of texts that their entries do not show, each with its entries' places."""
    found: dict[str, list[int]] = {}
    for place, (entry, text) in enumerate(zip(entries, texts, strict=True)):
        seen = _COMMON.union(*(_folded(shown) for shown in entry[1:4]))
        for word in sorted({w for w in _folded(text) if len(w) > 2 and not w.isdigit()} - seen):
            found.setdefault(word, []).append(place)
    return dict(sorted(found.items()))


def _folded(text: str) -> list[str]:
    """Return the words of a text in small letters, without accents, as `find.js` reads them."""
    apart = unicodedata.normalize("NFKD", text)
    return _WORD.findall("".join(c for c in apart if not unicodedata.combining(c)).lower())


def write(kinds: Mapping[str, Things], site: Path) -> None:
    """Write the index into a site: a script for each kind."""
    (site / FOLDER).mkdir(exist_ok=True)
    for kind, things in kinds.items():
        rows = ",\n".join(_embedded(entry) for entry in _shortened(things.entries))
        given = f'"{kind}", {_embedded(things.place)}, [\n{rows}\n], {_embedded(things.words)}'
        (site / FOLDER / f"{kind}.js").write_text(f"openrace.found({given});\n", encoding="utf-8")


def _shortened(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Say each id by how many characters it shares with the one before it, and the rest."""
    before = ""
    for id, *rest in entries:
        alike = (one == other for one, other in zip(before, id, strict=False))
        shared = sum(takewhile(bool, alike))
        yield [shared, id[shared:], *rest]
        before = id


def _embedded(value: Any) -> str:
    """Write JSON without spaces, in which no `<` can open a tag."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Write the index of what is written so far, and yield the page that searches it."""
    prose = [app.builder.get_target_uri(name) for name in sorted(app.env.found_docs)]
    written = [page for page in prose if Path(app.outdir, page).exists()]
    numbers = {id: number for _, id, number in numbered(app.env)}
    write(index(Path(app.outdir), written, numbers), Path(app.outdir))
    instead = {
        "All figures": _GALLERY,
        "All claims and their verdicts": _CLAIMS,
        "All tables": _TABLES,
    }
    links = {name: page for name, page in instead.items() if page in app.env.found_docs}
    body = template.render("search.html", links=links)
    yield PAGE, {"title": "Search", "body": body, "metatags": _UNLISTED}, "page.html"


_UNLISTED = '<meta name="robots" content="noindex" />'


def leave_out_sphinx(app: Sphinx) -> None:
    """Have Sphinx make no index and no search page of its own."""
    app.builder.search = False  # type: ignore[attr-defined]


def add_scripts(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Load what searches on the one page that does, and lead to it from the foot of every page."""
    if page == PAGE:
        app.add_js_file("find.js", loading_method="defer")
    to = f'<a href="{context["pathto"](PAGE)}">Search</a>'
    context["theme_extra_footer"] = f"{context.get('theme_extra_footer', '')} {to}"


def setup(app: Sphinx) -> None:
    """Connect the index, its page, and the previews that look things up in it."""
    app.connect("builder-inited", leave_out_sphinx)
    app.connect("html-collect-pages", pages, priority=900)  # after those that make pages
    app.connect("html-page-context", add_scripts, priority=600)  # after the link to the editions
    app.add_css_file("find.css")
    app.add_js_file("previews.js", loading_method="defer")
