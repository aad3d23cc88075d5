"""A tiny book of two chapters over two tables, to build, break and look at in tests."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import nbformat

PROJECT = Path(__file__).resolve().parent.parent
HOSTILE = "</script><script>document.title='owned'</script>"
HOSTILES = (
    HOSTILE,
    "<svg onload=\"document.title='owned'\">",
    "\" onload=\"document.title='owned'",
    "' onmouseover='document.title=1",
    "<img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "+1+cmd",
    "@SUM(1,2)",
    "-2+3",
    r"a\1b\g<0> & &lt;c",
    "]]></text><script>alert(1)</script>",
)

COUNTS = "date,model_id,bloc,downloads\n2026-01-01,a/one,China,10\n2026-01-02,a/one,China,12\n"
LIKES = "date,model_id,likes\n2026-01-01,a/one,1\n2026-01-02,a/one,2\n"

REGISTER = """
import altair as alt
from openrace.figures import figure

@figure(
    "{name}-line",
    title=lambda n: f"One model gained {{n['{name}.gain']}} downloads",
    subtitle=lambda n: "Downloads a day",
    alt=lambda n: f"A line that rises by {{n['{name}.gain']}}.",
    limit="A download is not a person.",
    tables=["{table}"],
)
def line(table, numbers, width):
    base = alt.Chart(table).encode(x="date:T", y="{field}:Q", tooltip=["model_id:N", "{field}:Q"])
    return base.mark_line(point=True).properties(width=width - 80, height=160)
"""

COMPUTE = """
from openrace.numbers import Number
table = book["{table}"]
gain = table["{field}"].iloc[-1] - table["{field}"].iloc[0]
book.tell(Number.of("{name}.gain", gain, "count", "last less first", ["{table}"]))
"""


def resource(name: str, field: str) -> dict[str, Any]:
    """Describe one of the two tables."""
    fields = [
        {"name": "date", "type": "date", "constraints": {"required": True}},
        {"name": "model_id", "type": "string", "constraints": {"required": True}},
        {"name": "bloc", "type": "string", "constraints": {"enum": ["China", "Other"]}},
        {"name": field, "type": "integer", "constraints": {"minimum": 0}},
    ]
    return {
        "name": name,
        "path": f"{name}.csv",
        "title": f"Specimen {name}",
        "observed": "date",
        "licenses": [{"name": "MIT"}],
        "sources": [{"title": "nobody/specimen", "path": "https://example.org"}],
        "schema": {
            "fields": [f for f in fields if name == "counts" or f["name"] != "bloc"],
            "primaryKey": ["date", "model_id"],
        },
    }


def add_makers(data: Path) -> None:
    """Add two reference tables, of which `makers` may only name countries of the other."""
    described = json.loads((data / "datapackage.json").read_text())
    text = {"type": "string"}
    countries: dict[str, Any] = {"fields": [{"name": "country"} | text, {"name": "name"} | text]}
    makers: dict[str, Any] = {
        "fields": [{"name": "organisation"} | text, {"name": "country"} | text],
        "foreignKeys": [
            {"fields": "country", "reference": {"resource": "countries", "fields": "country"}}
        ],
    }
    for name, schema in (("makers", makers), ("countries", countries)):
        own = {"name": name, "path": f"{name}.csv", "observed": None, "schema": schema}
        described["resources"].append(described["resources"][0] | own)
    (data / "datapackage.json").write_text(json.dumps(described))
    (data / "countries.csv").write_text("country,name\nCN,China\nUS,United States\n")
    (data / "makers.csv").write_text("organisation,country\na,CN\nb,US\n")


def cell(source: str, *tags: str) -> Any:
    """Make a code cell."""
    return nbformat.v4.new_code_cell(source.strip(), metadata={"tags": list(tags)})


def chapter(path: Path, name: str, table: str, field: str, extra: str = "") -> None:
    """Write a chapter that tells one number and shows one figure."""
    words = {"name": name, "table": table, "field": field}
    prose = (
        f"# {name.title()}\n\nThe gain was {{number}}`{name}.gain`, see {{numref}}`{name}-line`."
    )
    cells = [
        cell('as_of = "latest"', "parameters"),
        cell(
            "from openrace import chapter\n"
            f'book = chapter.open("{name}", calendar="{table}", as_of=as_of)'
        ),
        nbformat.v4.new_markdown_cell(prose),
        cell(COMPUTE.format(**words)),
        cell(REGISTER.format(**words), "remove-input"),
        cell(f'book.show("{name}-line", table)'),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells + ([cell(extra)] if extra else []))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata.update(kernelspec=kernel, language_info={"name": "python"})
    for i, c in enumerate(notebook.cells):
        c["id"] = f"cell-{i}"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


def write(folder: Path) -> Path:
    """Write the specimen book into a folder and return it."""
    data = folder / "data"
    data.mkdir(parents=True)
    (data / "counts.csv").write_text(COUNTS)
    (data / "likes.csv").write_text(LIKES)
    package = {
        "name": "specimen",
        "resources": [resource("counts", "downloads"), resource("likes", "likes")],
    }
    (data / "datapackage.json").write_text(json.dumps(package))
    shutil.copy(PROJECT / "_config.yml", folder)
    toc = "format: jb-book\nroot: index\nchapters:\n- file: chapters/one\n- file: chapters/two\n"
    (folder / "_toc.yml").write_text(toc)
    (folder / "index.md").write_text("# Specimen\n\nThe gain was {number}`one.gain`.\n")
    chapter(folder / "chapters" / "one.ipynb", "one", "counts", "downloads")
    chapter(folder / "chapters" / "two.ipynb", "two", "likes", "likes")
    return folder


def poison(book: Path) -> None:
    """Put hostile text into a table, and so into a title, an alt text, numbers and the prose."""
    rows = [(f"2026-01-0{day}", text, "China", day) for text in HOSTILES for day in (1, 2)]
    with (book / "data" / "counts.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([COUNTS.splitlines()[0].split(","), *rows])
    path = book / "chapters" / "one.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for c in notebook.cells:
        c.source = c.source.replace("One model", "{n['one.name']}").replace(
            "A line", "{n['one.name']} {n['one.quoted']}"
        )
        if c.source.startswith("from openrace.numbers"):
            c.source += """
for name, text in zip(("one.name", "one.quoted"), table["model_id"].unique()[[0, 2]]):
    book.tell(Number.of(name, text, "text", text, ["counts"]))
"""
    nbformat.write(notebook, path)
    with (book / "index.md").open("a", encoding="utf-8") as page:
        page.write("\nIts name was {number}`one.name`, or {number}`one.quoted`.\n")
