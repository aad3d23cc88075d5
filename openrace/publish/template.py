"""HTML by template: every text that is put into one is escaped."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

_TEMPLATES = Environment(
    loader=PackageLoader("openrace.publish"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(name: str, **given: Any) -> Markup:
    """Return what a file of `templates/` makes of what it is given."""
    return Markup(_TEMPLATES.get_template(name).render(given))
