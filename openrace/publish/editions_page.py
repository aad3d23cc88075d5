"""Pages on editions in the live site: their list, what moved to each, and ids that are retired.

All of it comes from what git records, so a build without the editions themselves writes it too.
Links lead to the frozen addresses that citations name.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from openrace import address
from openrace.changes import NumberChange
from openrace.editions import ids, moves
from openrace.editions.causes import MEANINGS
from openrace.editions.ids import Id
from openrace.editions.moves import Moves
from openrace.editions.record import Edition, published
from openrace.errors import Refusal
from openrace.numbers import written
from openrace.publish import template
from openrace.publish.frozen import told

PLACE = "editions/index"  # the page's name within the site
Page = tuple[str, dict[str, Any], str]


def pages(app: Sphinx) -> Iterator[Page]:
    """Yield the list of editions and a page on what moved to each, for Sphinx to write.

    An edition lists those before it.
    """
    try:
        editions = published(before=app.config.openrace_edition)
        steps = moves.successive(editions)
    except Refusal as refusal:
        raise ExtensionError(str(refusal)) from None
    index = json.dumps(listed(editions, steps), indent=1, ensure_ascii=False)
    Path(app.outdir, "editions.json").write_text(f"{index}\n", encoding="utf-8")
    yield _page(PLACE, "Editions", overview(editions, steps, app.config.openrace_edition))
    for step in steps:
        title = f"What changed in the edition of {told(step.after.name)}"
        yield _page(f"editions/{step.after.name}-changes", title, changed(step))


def _page(name: str, title: str, body: Markup) -> Page:
    return name, {"title": title, "body": body}, "page.html"


def link(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Lead to the editions from the foot of every page."""
    context["theme_extra_footer"] = f'<a href="{context["pathto"](PLACE)}">Editions</a>'


def overview(editions: Sequence[Edition], steps: Sequence[Moves], own: str = "") -> Markup:
    """Return the list of editions, the newest first, as HTML.

    Args:
        editions: those published, the oldest first.
        steps: what moved to each but the first.
        own: the name of the edition that holds the list, if one does.
    """
    to = {step.after.name: step for step in steps}
    return template.render("editions.html", editions=editions[::-1], to=to, own=own, **_words())


def changed(step: Moves) -> Markup:
    """Return what moved to an edition as HTML: verdicts first, numbers by chapter, figures."""
    seen = [n for n in step.moved if said(n.before) != said(n.after)]
    chapters: dict[str, list[NumberChange]] = {}
    for n in seen:
        chapters.setdefault(n.chapter, []).append(n)
    counts = Counter(cause for id in step.causes for cause in step.causes[id])
    causes = {cause: (counts[cause], MEANINGS[cause]) for cause in MEANINGS if counts[cause]}
    given = {"step": step, "chapters": chapters, "causes": causes, "seen": len(seen)}
    return template.render("moved.html", said=said, **given, **_words())


def _words() -> dict[str, Any]:
    places = {kind: getattr(address, kind) for kind in ("figure", "number", "claim")}
    return {"told": told, "day": _day, "counted": counted, "kept_at": kept_at, **places}


def kept_at(edition: Edition) -> str:
    """Return the frozen address of an edition, which citations of it begin with."""
    return f"{edition.address}{address.edition(edition.name)}"


def _day(day: str) -> str:
    return written(day, "date")


def counted(number: int, noun: str) -> str:
    """Count things in words: `no figures`, `1 figure`, `2 figures`."""
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def said(number: Mapping[str, Any]) -> str:
    """Write a recorded number as the prose does, with its bounds."""
    low, high, unit = number["low"], number["high"], number["unit"]
    if low is None or high is None:
        return str(number["text"])
    return f"{number['text']} ({written(low, unit, bare=True)} to {written(high, unit)})"


def listed(editions: Sequence[Edition], steps: Sequence[Moves]) -> list[dict[str, Any]]:
    """Return the editions for `editions.json`, the newest first."""
    to = {step.after.name: step for step in steps}
    return [_entry(edition, to.get(edition.name)) for edition in editions[::-1]]


def _entry(edition: Edition, step: Moves | None) -> dict[str, Any]:
    moved = (
        {
            "since": step.before.name,
            "numbers": len(step.moved),
            "verdicts": len(step.flipped),
            "figures": len(step.figures),
        }
        if step
        else None
    )
    return {
        "name": edition.name,
        "as_of": edition.as_of,
        "issued": edition.issued,
        "version": edition.version,
        "digest": edition.digest,
        "address": kept_at(edition),
        "moved": moved,
    }


def lead_on(app: Sphinx, error: Exception | None) -> None:
    """Write a page for each retired figure and number, once nobody else writes beside Sphinx.

    An edition has what it has: an id that is retired later was not when it was frozen.
    """
    if error or app.builder.format != "html" or app.config.openrace_edition:
        return
    try:
        editions = published()
        for entry in ids.read():
            if entry.retired and entry.kind in _PLACES:
                _write(retired(entry, editions), Path(app.outdir, _PLACES[entry.kind](entry.id)))
    except Refusal as refusal:
        raise ExtensionError(str(refusal)) from None


_PLACES = {"figure": address.figure, "number": address.number}


def _write(page: Markup, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text(page, encoding="utf-8")


def retired(entry: Id, editions: Sequence[Edition]) -> Markup:
    """Return the page of a retired figure or number.

    It leads to the frozen one that was cited, and does not hurry who came to see it elsewhere.

    Args:
        entry: the id, with its note.
        editions: those published, the oldest first.
    """
    held = moves.earlier(f"{entry.kind}s", entry.id, editions)
    place = _PLACES[entry.kind]
    return template.render("retired.html", entry=entry, held=held, place=place, **_words())


def setup(app: Sphinx) -> None:
    """Connect the pages; retired ids come after the files, whose folders are cleared before."""
    app.connect("html-collect-pages", pages)
    app.connect("html-page-context", link)
    app.connect("build-finished", lead_on, priority=900)
