"""HTML by template: every text that is put into one is escaped."""

from __future__ import annotations

import json
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from openrace.publish import policy

_TEMPLATES = Environment(
    loader=PackageLoader("openrace.publish"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.globals["policy"] = policy.META


def render(name: str, /, **given: Any) -> Markup:
    """Return what a file of `templates/` makes of what it is given."""
    return Markup(_TEMPLATES.get_template(name).render(given))


def embedded(value: Any) -> str:
    """Write JSON that stays data wherever it is pasted: no `<` can open a tag in it."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c")
