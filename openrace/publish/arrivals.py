"""What waits at the site's root for those who come from elsewhere.

`sitemap.xml` and `robots.txt` for search engines, `feed.xml` for whoever follows the editions,
`404.html` for whoever came to an address that leads nowhere. A host serves that at any depth, so
its links begin at the root of the host. `robots.txt` counts only where the site is a whole host.
An edition has none of them: the site that it lies in has.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from openrace import address
from openrace.cite.record import TITLE
from openrace.editions.record import Edition, published
from openrace.errors import Refusal
from openrace.publish import editions_page, feed, template
from openrace.publish.kept import within

_INSTEAD = {
    "All figures": "figures/index",
    "All claims and their verdicts": "chapters/claims",
    "All tables": "chapters/data",
    "All editions": editions_page.PLACE,
}
_FEED = Markup(
    '<link rel="alternate" type="application/atom+xml" title="Editions of {}" href="{}" />'
)


def sitemap(pages: Iterable[str], editions: list[Edition], site: Path) -> str:
    """Return the sitemap: https://www.sitemaps.org/protocol.html.

    Args:
        pages: where each page of prose lies within the site.
        editions: those published; only of them it is tracked when they were last changed.
        site: the site, with its indexes of figures and numbers.
    """
    figures, numbers = (_ids(site / f"{kind}.json") for kind in ("figures", "numbers"))
    places = [*pages, *map(address.figure, figures), *map(address.number, numbers)]
    days = {address.edition(edition.name): edition.issued for edition in editions}
    known = dict.fromkeys(places) | days
    return str(template.render("sitemap.xml", places=known, home=address.site()))


def _ids(index: Path) -> list[str]:
    return list(json.loads(index.read_text(encoding="utf-8")))


def robots() -> str:
    """Return what search engines ask for first, which leads them to the sitemap."""
    return str(template.render("robots.txt", home=address.site()))


def lost(pages: set[str]) -> str:
    """Return the page for an address that leads nowhere.

    Args:
        pages: the names of the book's pages, of which it offers some.
    """
    root = urlsplit(address.site()).path
    links = {name: page for name, page in _INSTEAD.items() if page in pages}
    return str(template.render("404.html", root=root, links=links, title=TITLE))


def write(app: Sphinx) -> list[Any]:
    """Write all four, once figures and numbers are indexed; this makes no page."""
    if not _asked_for(app):
        return []
    site, prose = Path(app.outdir), app.env.found_docs
    try:
        editions = published()
        pages = [within(app, page) for page in (*sorted(prose), editions_page.PLACE)]
        written = {
            "sitemap.xml": sitemap(pages, editions, site),
            "robots.txt": robots(),
            feed.PLACE: feed.feed(editions, app.config.openrace_issued),
            "404.html": lost({*prose, editions_page.PLACE}),
        }
    except Refusal as refusal:
        raise ExtensionError(str(refusal)) from None
    for name, text in written.items():
        (site / name).write_text(f"{text}\n", encoding="utf-8")
    return []


def _asked_for(app: Sphinx) -> bool:
    """Tell whether this is the live site, and not an edition or a book of other parameters."""
    return bool(app.config.html_baseurl) and not app.config.openrace_edition


def add_feed(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Name the feed in every page of the live site."""
    if _asked_for(app):
        to = _FEED.format(TITLE, f"{address.site()}{feed.PLACE}")
        context["metatags"] = f"{context.get('metatags') or ''}{to}"


def setup(app: Sphinx) -> None:
    """Connect the files, and the link to the feed."""
    app.connect("html-collect-pages", write, priority=900)  # after the indexes
    app.connect("html-page-context", add_feed)
