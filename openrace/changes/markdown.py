"""GitHub's Markdown with text from anywhere that stays text.

Upstreams choose what stands in our tables. On GitHub it could become markup, a link, a picture
from another host, a mention that calls people, or a reference that marks foreign threads.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

_STRUCTURE = re.compile(r"[\\`*_\[\]<>&|~$@#:]")
# What GitHub turns into links after it has read the Markdown, when entities no longer help:
# an invisible space that has no width keeps the halves apart.
_LINKED = re.compile(r"[@#:]|(?i:(?<=www)\.|(?<=\bgh)-)")
_NO_WIDTH = "\u200b"


def inert(text: object, most: int = 300) -> str:
    """Return text as one line that GitHub shows as it is, cut to so many characters.

    It may stand anywhere but at the start of a line, where a dash or a digit would begin a list.
    """
    plain = " ".join(_visible(str(text)).split())
    short = plain if len(plain) <= most else plain[: most - 1] + "…"
    apart = _LINKED.sub(lambda found: found[0] + _NO_WIDTH, short)
    return _STRUCTURE.sub(lambda found: f"&#{ord(found[0])};", apart)


def _visible(text: str) -> str:
    """Take out what is not seen but acts: control characters, and marks that turn lines round."""
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in text)


def code(text: object, most: int = 300) -> str:
    """Return text as code, on one line."""
    return f"<code>{inert(text, most)}</code>"


def table(head: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table of cells that are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def folded(summary: str, body: str) -> str:
    """Return a part that a reader opens; both texts are Markdown or HTML already."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def fenced(text: str) -> str:
    """Return several lines as they are, behind a fence that none of them closes."""
    lines = [_visible(line).rstrip() for line in text.splitlines()]
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}text", *lines, fence])
