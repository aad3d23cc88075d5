"""Text that stands only while the book shows a figure, or only while it does not."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
import specimen
from conftest import tool

from openrace import chapter, figures
from openrace.numbers import Number
from openrace.outputs import FIGURE, NUMBERS

CONF = """
extensions = ["myst_nb", "openrace.publish.extension"]
nb_execution_mode = "off"
myst_enable_extensions = ["colon_fence"]
numfig = True
exclude_patterns = ["_build"]
"""
PAGE = """# {title}

:::{{given}} one-line
It rose by {{number}}`one.gain`, see {{numref}}`one-line`.

- A list of its own.
:::

:::{{missing}} one-line
`openrace refresh` brings it.
:::

Last words.
"""
#: What would warn if it were resolved: neither the number nor the figure is anywhere.
HIDDEN = """
::::{given} nowhere-figure
Of {number}`no.number`, in {numref}`nowhere-figure` and [there](#nowhere).

:::{missing} one-line
Nested.
:::
::::
"""


@pytest.fixture
def shown(
    data: Path, displayed: list[dict[str, Any]], no_figures: dict[str, figures.Plan]
) -> dict[str, Any]:
    """A figure and a number, as an executed cell holds them."""
    exec(specimen.REGISTER.format(name="one", table="counts", field="downloads"), {})
    book = chapter.open("one", calendar="counts", as_of="latest")
    book.tell(Number.of("one.gain", 2, "count", "last less first", ["counts"]))
    book.show("one-line", book["counts"])
    kinds = (FIGURE, NUMBERS)
    return {mime: bundle[mime] for bundle in displayed for mime in kinds if mime in bundle}


def write(folder: Path, *outputs: dict[str, Any]) -> None:
    """Write a book of a page and a chapter; the chapter has these outputs."""
    folder.mkdir(exist_ok=True)
    (folder / "conf.py").write_text(CONF)
    contents = "\n```{toctree}\none\n```\n"
    (folder / "index.md").write_text(PAGE.format(title="First") + HIDDEN + contents)
    cell = nbformat.v4.new_code_cell("book.show()", id="a")
    cell.outputs = [nbformat.v4.new_output("display_data", data=o) for o in outputs]
    words = nbformat.v4.new_markdown_cell(PAGE.format(title="One"), id="b")
    lexer = {"language_info": {"name": "python", "pygments_lexer": "python"}}
    book = nbformat.v4.new_notebook(cells=[words, cell], metadata=lexer)
    nbformat.write(book, folder / "one.ipynb")


def built(folder: Path) -> dict[str, str]:
    """Build it, warnings being errors, and return the text of its pages.

    As XML, for which no files of figures are written.
    """
    arguments = ["-W", "-q", "-b", "xml", ".", "_build/xml"]
    done = tool("sphinx-build", arguments, folder, dict(os.environ))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    pages = {p: (folder / "_build" / "xml" / f"{p}.xml").read_text() for p in ("index", "one")}
    return {p: re.sub(r"\s+", " ", re.sub("<[^>]+>", "", html)) for p, html in pages.items()}


def test_a_book_says_what_it_shows_and_what_it_lacks_and_changes_its_mind(
    tmp_path: Path, shown: dict[str, Any]
) -> None:
    number, figure = ({mime: record} for mime, record in shown.items())
    folder = tmp_path / "book"
    write(folder, number)
    for page in built(folder).values():
        assert "openrace refresh brings it. Last words." in page
        assert "It rose" not in page
        assert "A list" not in page
    write(folder, number, figure)
    for page in built(folder).values():  # that of another chapter too, which did not change
        assert re.search(r"It rose by 2, see Fig\S* 1\. A list of its own\. Last words\.", page)
        assert "openrace refresh" not in page
        assert "Nested" not in page
