"""The codebook: what the data package says of each table, as a page people can read."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd
from IPython.display import HTML, display

from openrace import package
from openrace.package import Resource


def show(tables: Mapping[str, pd.DataFrame]) -> None:
    """Show the codebook of some tables in the running notebook."""
    display(HTML("\n".join(html(package.describe(n), table) for n, table in tables.items())))


def html(described: Resource, table: pd.DataFrame) -> str:
    """Return one table's title, sources, licence, changes made and fields, all text escaped."""
    return "\n".join(
        (
            f'<section class="codebook" id="table-{escape(described["name"])}">',
            f"<h3>{escape(described['title'])}</h3>",
            f"<p>{escape(described['description'])}</p>",
            _facts(described, table),
            _fields(described),
            "</section>",
        )
    )


def _facts(described: Resource, table: pd.DataFrame) -> str:
    facts = {
        "File": f"<code>data/{escape(described['path'])}</code>, {len(table):,} rows",
        "Days": _days(described, table),
        "Source": "; ".join(map(_source, described["sources"])),
        "Licence": ", ".join(escape(x["name"]) for x in described["licenses"]),
        "Kept": escape(described["provenance"]["kept"]),
        "Changed": escape(described["provenance"]["changed"]),
    }
    return "<dl>" + "".join(f"<dt>{k}</dt><dd>{v}</dd>" for k, v in facts.items()) + "</dl>"


def _days(described: Resource, table: pd.DataFrame) -> str:
    column = described.get("observed")
    if not column:
        return "a reference table, kept by hand"
    days = table[column]
    if days.empty:
        return "not observed by this day"
    return f"{days.nunique()} days, {days.min():%Y-%m-%d} to {days.max():%Y-%m-%d}"


def _source(source: dict[str, Any]) -> str:
    title, commit = escape(source["title"]), source.get("commit")
    named = f'<a href="{escape(source["path"])}">{title}</a>'
    return f"{named} at <code>{escape(commit[:10])}</code>" if commit else named


def _fields(described: Resource) -> str:
    fields = described["schema"]["fields"]
    rows = "".join(
        f"<tr><td><code>{escape(f['name'])}</code></td><td>{escape(f['type'])}</td>"
        f"<td>{escape(f.get('unit', ''))}</td><td>{escape(f['description'])}</td></tr>"
        for f in fields
    )
    names = ("Field", "Type", "Unit", "Meaning")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    label = f"Fields of the table {escape(described['name'])}"
    return (
        f"<details><summary>Fields: {len(fields)}</summary>"
        f'<div class="scroll" role="region" aria-label="{label}" tabindex="0">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></details>"
    )
