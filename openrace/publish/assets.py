"""One style sheet and one script for all pages, made of those of the theme, of Sphinx and ours.

The first view of a page asks for few files, and for none that the book does not use: no script
draws icons, none makes menus, tabs, toggles or live code. A page names its joined files when it
is written; they are joined at the end, when the last of their parts is in the site.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from openrace.publish import icons

#: A file within `_static`, and the media it is for.
Part = tuple[str, str | None]
_BASE: list[Part] = [
    (name, None) for name in ("basic.css", "styles/bootstrap.css", "styles/pydata-sphinx-theme.css")
]
_THEME: list[Part] = [("scripts/pydata-sphinx-theme.js", None)]
_UNUSED = re.compile("thebe|togglebutton|sphinx-design|design-tabs")
_JOINED = ("scripts", "styles", "vendor", "locales")  # folders of the theme that no page names
_MAP = re.compile(r"(//|/\*)# sourceMappingURL=\S+( \*/)?")
_RELATIVE = re.compile(r"url\((?!['\"]?(?:data:|#))['\"]?([^'\")]+)['\"]?\)")


def name(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Tell a page's template the names of its one style sheet and its one script."""
    sheets = [*_BASE, *_parts(context["css_files"])]
    scripts = context["script_files"]
    last = [file for file in scripts if _attribute(file, "defer")]
    first = [file for file in scripts if file not in last]
    context["openrace_sheet"] = _planned(app, "css", sheets)
    context["openrace_script"] = _planned(app, "js", [*_parts(first), *_THEME, *_parts(last)])


def _parts(files: Sequence[Any]) -> list[Part]:
    """Return what a page loads, but for what is unused and settings that have no file."""
    named = [(_filename(file), _attribute(file, "media")) for file in files]
    return [(file, media) for file, media in named if file and not _UNUSED.search(file)]


def _filename(file: Any) -> str:
    return str(getattr(file, "filename", file) or "").removeprefix("_static/").partition("?")[0]


def _attribute(file: Any, name: str) -> str | None:
    found: str | None = getattr(file, "attributes", {}).get(name)
    return found


def _planned(app: Sphinx, kind: str, parts: Sequence[Part]) -> str:
    """Keep what is to be joined for the end, and return how a page asks for it."""
    static, plans = Path(app.outdir) / "_static", _plans(app)
    plan = json.dumps(list(dict.fromkeys(parts)))
    name = f"page-{sha256(plan.encode()).hexdigest()[:8]}.{kind}"
    plans.mkdir(exist_ok=True)
    (plans / name).write_text(plan, encoding="utf-8")
    content = sha256(icons.sheet().encode())
    for part in (static / file for file, _ in parts):
        content.update(part.read_bytes() if part.exists() else b"")
    return f"{name}?v={content.hexdigest()[:8]}"


def _plans(app: Sphinx) -> Path:
    return Path(app.doctreedir) / "joined"


def join(app: Sphinx, error: Exception | None) -> None:
    """Write the joined files, and take the theme's own out of the site.

    Sphinx puts those there anew at each build.
    """
    if app.builder.format != "html" or error:
        return
    static = Path(app.outdir) / "_static"
    for plan in sorted(_plans(app).iterdir()):
        parts = json.loads(plan.read_text(encoding="utf-8"))
        if all((static / file).exists() for file, _ in parts):  # else no page asks for it any more
            made = _sheet(static, parts) if plan.suffix == ".css" else _script(static, parts)
            (static / plan.name).write_text(made, encoding="utf-8")
    for folder in _JOINED:
        shutil.rmtree(static / folder, ignore_errors=True)
    for idle in [file for file in static.iterdir() if _UNUSED.search(file.name)]:
        idle.unlink()


def _script(static: Path, parts: Sequence[Part]) -> str:
    # not every script ends its last line
    return "".join(f"{_read(static / file)}\n;\n" for file, _ in parts)


def _sheet(static: Path, parts: Sequence[Part]) -> str:
    texts = [_moved(static, static / file) for file, _ in parts]
    held = [
        f"@media {media} {{\n{text}\n}}" if media else text
        for text, (_, media) in zip(texts, parts, strict=True)
    ]
    return "\n".join((*held, icons.sheet()))


def _moved(static: Path, path: Path) -> str:
    """Return a style sheet as it reads from the folder of the joined one."""

    def address(found: re.Match[str]) -> str:
        return f'url("{os.path.relpath(path.parent / found[1], static)}")'

    text = _read(path)
    return text if path.parent == static else _RELATIVE.sub(address, text)


def _read(path: Path) -> str:
    return _MAP.sub("", path.read_text(encoding="utf-8"))


def setup(app: Sphinx) -> None:
    """Join the files of every page, once all that add to them have done so."""
    app.connect("html-page-context", name, priority=950)
    app.connect("build-finished", join, priority=950)
