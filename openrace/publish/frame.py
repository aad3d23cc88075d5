"""The frame that the theme puts around a page, without its inline scripts and idle parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from openrace.publish import assets, policy

_TEMPLATES = Path(__file__).parent / "theme"


def use_own_parts(app: Sphinx, config: Config) -> None:
    """Let our parts of a page, which hold no script, go before those of the theme."""
    config.templates_path.insert(0, str(_TEMPLATES))


def drop_live_code(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Leave out the settings of live code, that Jupyter Book writes even when it is off."""
    for raw in list(doctree.findall(nodes.raw)):
        if any(word in raw.astext() for word in ("x-thebe-config", "kernelName =")):
            raw.parent.remove(raw)


def forbid(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Put the policy first in a page's head: it binds only what follows it."""
    context["metatags"] = f"{policy.META}{context.get('metatags') or ''}"


def setup(app: Sphinx) -> None:
    """Bind every page of the book to the policy."""
    app.connect("config-inited", use_own_parts, priority=900)  # after the theme's own
    app.connect("doctree-resolved", drop_live_code, priority=900)
    app.connect("html-page-context", forbid, priority=950)
    app.add_js_file("frame.js", loading_method="defer")
    app.add_css_file("frame.css")
    assets.setup(app)
