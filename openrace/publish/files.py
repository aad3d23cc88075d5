"""The files people download: figures in four formats, citations, tables, fonts, the Vega bundle.

Everything comes out of the executed notebooks, so a download is exactly what was drawn.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import vl_convert
from fontTools import subset

from openrace import outputs, package
from openrace.cite.record import Book
from openrace.editions.record import published
from openrace.errors import Refusal
from openrace.figures import explore, render, theme
from openrace.outputs import FIGURE, LEDGER, NUMBERS
from openrace.publish import bundles, cards, citations, ledger, number_pages
from openrace.publish.template import embedded

Record = Mapping[str, Any]
_FORMULA = ("=", "+", "-", "@", "\t", "\n")
_SMALL = 64  # dots per inch of the picture in the gallery
_STYLES = ("Regular", "Semibold", "It")
_LATIN = "U+0020-024F,U+2010-2027,U+202F,U+2032-2033,U+20AC,U+2190-2193,U+2212,U+2248,U+2264-2265"


def publish(
    notebooks: Sequence[Path],
    site: Path,
    *,
    cited: bool = True,
    edition: str = "",
    banner: str = "",
) -> None:
    """Write every figure and number of some executed notebooks into a site.

    Args:
        notebooks: the executed notebooks.
        site: the site's folder.
        cited: whether to write citations; none are of a book with other parameters.
        edition: the name of the edition that the book is frozen as, if it is.
        banner: what pages of a book with other parameters say at their top, HTML.
    """
    shown = {r["id"]: r for notebook in notebooks for r in outputs.of(notebook, FIGURE)}
    for id, record in shown.items():
        write_figure(record, site / "figures" / id)
    for gone in [f for f in (site / "figures").glob("*/") if f.name not in shown]:
        shutil.rmtree(gone)
    told: list[Record] = []
    for notebook in notebooks:
        numbers = [n for group in outputs.of(notebook, NUMBERS) for n in group["numbers"]]
        told += number_pages.told(notebook, numbers, site)
    for notebook, held in [(n, r) for n in notebooks for r in outputs.of(n, LEDGER)]:
        judgements = ledger.judged(held, {n["id"]: n for n in told})
        told += number_pages.told(notebook, ledger.numbers(held, judgements), site)
        _write(site / "claims.json", _indented(ledger.index(held, judgements)))
    _write(site / "numbers.json", _indented(number_index(told)))
    figures = citations.index(shown, site)
    _write(site / "figures.json", _indented(figures))
    citations.remove(site)
    book = Book.today(shown.values(), told, edition=edition) if cited else None
    if book:
        citations.write(figures, book, site)
        for record in shown.values():
            cards.write_figure(record, site)
    for id, record in shown.items():
        bundles.write(record, site / "figures" / id, book)
    number_pages.write(told, site, book, published(before=edition), banner)
    write_tables(site / "data")
    write_shared(site)


def write_tables(folder: Path) -> None:
    """Copy the tables and their data package, for whoever computes with them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for source in (package.folder() / "datapackage.json", *map(package.path, package.names())):
        shutil.copyfile(source, folder / source.name)


def write_shared(site: Path) -> None:
    """Write what follows from the libraries alone, typeface and Vega, unless it is there."""
    static = site / "_static"
    static.mkdir(parents=True, exist_ok=True)
    write_fonts(static)
    write_vega(static / "vega.js")


def number_index(told: Iterable[Record]) -> dict[str, dict[str, Any]]:
    """Map each number's id to its value, unit, text, date, sources and bounds."""
    kept = ("value", "unit", "text", "low", "high", "as_of", "definition", "sources")
    return {n["id"]: {k: n[k] for k in kept if k in n} for n in told}


def write_figure(record: Record, folder: Path) -> None:
    """Write one figure as Vega-Lite, CSV, SVG, PNG, a small PNG and the view that explores it.

    Drawing is slow and follows from the spec and the drawing library alone, so an unchanged
    spec is not drawn again.
    """
    stem = folder / record["id"]
    spec = framed(record)
    _write(stem.with_suffix(".csv"), table_csv(record["table"], record["dates"]))
    _write(stem.with_suffix(".view.js"), view(record))
    if not _says(stem.with_suffix(".vl.json"), embedded(spec)):
        drawn = render.svg(spec, record["id"])
        stem.with_suffix(".svg").write_text(drawn, encoding="utf-8")
        stem.with_suffix(".png").write_bytes(render.png(drawn))
        small = render.png(record["svg"]["wide"], _SMALL)
        stem.with_suffix(".small.png").write_bytes(small)
        _write(stem.with_suffix(".vl.json"), embedded(spec))


def framed(record: Record) -> dict[str, Any]:
    """Return the spec of a figure that stands alone, with a note of what draws it."""
    drawn_by = f"vl-convert {version('vl-convert-python')}"
    return {**record["framed"], "usermeta": {"id": record["id"], "drawn_by": drawn_by}}


def table_csv(table: Record, dates: Sequence[str]) -> str:
    """Write a figure's table as CSV that no spreadsheet takes for formulas."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(table["columns"])
    days = [c in dates for c in table["columns"]]
    for row in table["data"]:
        rows.writerow([_safe(v, d) for v, d in zip(row, days, strict=True)])
    return text.getvalue()


def _safe(value: Any, is_date: bool) -> Any:
    if not isinstance(value, str):
        return value
    if is_date:
        return value[:10]
    text = value.replace("\r\n", "\n").replace("\r", "\n")  # a bare one would start a new row
    return f"'{text}" if text.startswith(_FORMULA) else text


def view(record: Record) -> str:
    """Return the script that hands both specs to the page; unlike data it loads from a disk."""
    controls = record["controls"]
    views = {width: explore.view(spec, controls) for width, spec in record["views"].items()}
    given = views | {"controls": [*controls, *explore.sliders(record["views"]["wide"])]}
    return f"openrace.view({embedded(record['id'])}, {embedded(given)});\n"


def write_fonts(static: Path) -> None:
    """Write the book's typeface as compact web fonts, from the library that ships it."""
    for style in _STYLES:
        target = static / f"source-sans-{style.lower()}.woff2"
        if not target.exists():
            source = str(theme.FONT_FOLDER / f"SourceSansPro-{style}.ttf")
            subset.main(
                [source, f"--unicodes={_LATIN}", "--flavor=woff2", f"--output-file={target}"]
            )


def write_vega(target: Path) -> None:
    """Write the one script that makes figures interactive; pages load it only when asked."""
    if not target.exists():
        script = vl_convert.javascript_bundle(vl_version=render.VEGA_LITE)  # type: ignore[call-arg]
        # its names at the top, `_` among them, must not meet those of the page's own scripts
        target.write_text(f"(() => {{{script}}})();\n", encoding="utf-8")


def _indented(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)


def _says(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":  # the extension runs this beside Sphinx: drawing holds Python's lock
    out, whether, name, asked, *given = sys.argv[1:]
    notebooks = [Path(notebook) for notebook in given]
    try:
        publish(notebooks, Path(out), cited=whether == "cited", edition=name, banner=asked)
    except Refusal as refusal:
        sys.exit(str(refusal))
