"""The contributing guide, followed as it is written, in a copy of the project."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
import specimen
from conftest import tool
from specimen import PROJECT

GUIDE = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ID, CHAPTER = "rankings-modalities", "chapters/02-hugging-face-rankings.ipynb"
_STEP = re.compile(r"(?ms)^([^\n`]*`[^\n]*|[^\n]* Markdown cell[^\n]*):\n\n```(\w+)\n(.*?)^```$")
_NEW = re.compile(r"New file `(?P<path>[^`]+)`")
_INTO = re.compile(r"In `(?P<path>[^`]+)`, (?P<side>below|above) `(?P<line>[^`]+)`")
_CELL = re.compile(r"In `(?P<path>[^`]+)`, below the cell that shows `(?P<shown>[^`]+)`, .*")
_KEPT = ("as_of = ", "chapter.open(", "rankings.listed(", ID)


@dataclass(frozen=True)
class Newcomer:
    """Someone who does to a copy of the project what the guide says."""

    folder: Path

    def follow(self, told: str, language: str, block: str) -> None:
        """Take one step: write a file, add lines to one, or add a cell to a chapter."""
        if step := _NEW.fullmatch(told):
            path = self.folder / step["path"]
            assert not path.exists(), step["path"]
            path.write_text(block, encoding="utf-8")
        elif step := _INTO.fullmatch(told):
            self._add(step["path"], step["line"], step["side"] == "above", block)
        elif language == "markdown":
            self._cell(CHAPTER, ID, nbformat.v4.new_markdown_cell(block.strip()))
        else:
            step = _CELL.fullmatch(told)
            assert step, f"nobody knows how to follow “{told}”"
            self._cell(step["path"], step["shown"], specimen.cell(block, "hide-input"))

    def _add(self, path: str, line: str, above: bool, block: str) -> None:
        text = (self.folder / path).read_text(encoding="utf-8")
        assert text.count(f"\n{line}\n") == 1, f"{path} has no single line “{line}”"
        both = f"\n{block}\n{line}\n" if above else f"\n{line}\n{block}"
        whole = text.replace(f"\n{line}\n", both)
        (self.folder / path).write_text(whole, encoding="utf-8")

    def _cell(self, path: str, shown: str, cell: nbformat.NotebookNode) -> None:
        notebook = nbformat.read(self.folder / path, as_version=4)
        at = [i for i, c in enumerate(notebook.cells) if f'show("{shown}"' in c.source]
        notebook.cells.insert(at[0] + 1, cell)
        nbformat.write(notebook, self.folder / path)

    def run(self, name: str, *arguments: str) -> str:
        """Run a command on the copy's own code and tables; it must succeed."""
        own = {"PYTHONPATH": str(self.folder), "OPENRACE_DATA": str(self.folder / "data")}
        done = tool(name, arguments, self.folder, {**os.environ, **own})
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def shorten(self) -> None:
        """Leave of the book what the new figure needs: a build of all of it takes minutes."""
        notebook = nbformat.read(self.folder / CHAPTER, as_version=4)
        for i, c in enumerate(notebook.cells):
            c.id = f"cell-{i}"
        kept = [c for c in notebook.cells if any(word in c.source for word in _KEPT)]
        title = nbformat.v4.new_markdown_cell("# Rankings", id="title")
        notebook.cells = [title, *kept]
        nbformat.write(notebook, self.folder / CHAPTER)
        methods = (self.folder / "chapters" / "methods.md").read_text(encoding="utf-8")
        own = re.search(rf"(?ms)^\(method-{ID}\)=.*?(?=^\()", methods)
        assert own
        (self.folder / "chapters" / "methods.md").write_text(
            f"# Methods\n\n## Rankings\n\n{own.group()}"
        )
        (self.folder / "index.md").write_text("# The book\n\n{number}`rankings.text_slots`\n")
        pages = ("02-hugging-face-rankings", "methods")
        files = "".join(f"- file: chapters/{page}\n" for page in pages)
        (self.folder / "_toc.yml").write_text(f"format: jb-book\nroot: index\nchapters:\n{files}")


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Newcomer:
    """A copy of the project in which every step of the guide was taken."""
    folder = tmp_path_factory.mktemp("newcomer") / "book"
    aside = shutil.ignore_patterns(".*", "_build", "raw", "editions", "*.egg-info", "__pycache__")
    shutil.copytree(PROJECT, folder, ignore=aside)
    someone = Newcomer(folder)
    for told, language, block in _STEP.findall(GUIDE):
        if language != "sh":
            someone.follow(told.strip(), language, block)
    return someone


def test_the_new_figure_is_in_the_book_with_its_number_and_its_method(newcomer: Newcomer) -> None:
    newcomer.shorten()
    newcomer.run("openrace", "build")
    site = newcomer.folder / "_build" / "html"
    page = (site / CHAPTER).with_suffix(".html").read_text(encoding="utf-8")
    number = json.loads((site / "numbers.json").read_text(encoding="utf-8"))["rankings.text_slots"]
    assert f"Models that only write text held {number['text']} of 30 trending places" in page
    assert f'href="#{ID}"' in page
    assert f"methods.html#method-{ID}" in page
    for promised in re.findall(r"`_build/html/([^`]+)`", GUIDE):
        assert (site / promised).exists(), promised
    for file in ("csv", "svg", "png"):
        assert (site / "figures" / ID / f"{ID}.{file}").exists()


def test_the_new_test_passes(newcomer: Newcomer) -> None:
    (command,) = re.findall(r"(?m)^\.venv/bin/pytest (.+)$", GUIDE)
    assert "2 passed" in newcomer.run("pytest", command, "-o", "addopts=")


def test_what_the_guide_adds_is_written_as_the_house_writes(newcomer: Newcomer) -> None:
    written = [m["path"] for m in _NEW.finditer(GUIDE)]
    assert len(written) == 3
    newcomer.run("ruff", "check", *written)
    newcomer.run("ruff", "format", "--check", *written)


@pytest.mark.parametrize(
    "path", re.findall(r"`((?:openrace|tests|data|docs|published)/[^`]*)`", GUIDE)
)
def test_every_place_that_the_guide_names_is_there(path: str, newcomer: Newcomer) -> None:
    assert (newcomer.folder / path.replace("NAME", "wikipedia")).exists()
