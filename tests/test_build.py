from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import specimen
from conftest import openrace, tool

from openrace import build, execution
from openrace.errors import Refusal

LOG = """
import os
with open(os.environ["SPECIMEN_LOG"], "a") as log:
    print("{name}", file=log)
"""


@dataclass
class Book:
    """The specimen book on disk, to build and to look at."""

    folder: Path
    said: list[str] = field(default_factory=list)
    jobs: int = 2

    def build(self, **given: Any) -> None:
        del self.said[:]
        build.build(self.folder, given, self.jobs, self.said.append)

    @property
    def executed(self) -> list[str]:
        """The chapters executed, one line written by each execution itself."""
        log = self.folder / "executed.log"
        return sorted(log.read_text().split()) if log.exists() else []

    @property
    def site(self) -> Path:
        return self.folder / "_build" / "html"

    def page(self, name: str) -> str:
        return (self.site / f"{name}.html").read_text(encoding="utf-8")

    def numbers(self) -> dict[str, Any]:
        return json.loads((self.site / "numbers.json").read_text(encoding="utf-8"))

    def csv(self, figure: str) -> list[str]:
        return (self.site / "figures" / figure / f"{figure}.csv").read_text().splitlines()

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.folder / path).read_text(encoding="utf-8")
        assert old in text
        (self.folder / path).write_text(text.replace(old, new), encoding="utf-8")


def fingerprint(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def at_home(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("OPENRACE_DATA", str(folder / "data"))
    patch.setenv("SPECIMEN_LOG", str(folder / "executed.log"))


@pytest.fixture(scope="session")
def specimen_built(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """The specimen, built once where every test will find it, and a copy put aside."""
    folder = specimen.write(tmp_path_factory.mktemp("built") / "book")
    for name, table, column in (("one", "counts", "downloads"), ("two", "likes", "likes")):
        path = folder / "chapters" / f"{name}.ipynb"
        specimen.chapter(path, name, table, column, LOG.format(name=name))
    book = Book(folder)
    book.edit("chapters/two.ipynb", "The gain", "One gained {number}`one.gain`. The gain")
    with pytest.MonkeyPatch.context() as patch:
        at_home(folder, patch)
        book.build()
    shutil.copytree(folder, folder.with_name("aside"))
    return book


@pytest.fixture
def book(specimen_built: Book, monkeypatch: pytest.MonkeyPatch) -> Book:
    """The specimen as it was built, in the place where it was built: Sphinx remembers places."""
    folder = specimen_built.folder
    shutil.rmtree(folder)
    shutil.copytree(folder.with_name("aside"), folder)
    at_home(folder, monkeypatch)
    (folder / "executed.log").unlink()
    return Book(folder)


# What a first build does


def test_a_first_build_executes_every_chapter_once(specimen_built: Book, book: Book) -> None:
    log = book.folder.with_name("aside") / "executed.log"
    assert sorted(log.read_text().split()) == ["one", "two"]
    assert "0 of 2 chapters unchanged, 2 to execute" in specimen_built.said


def test_pages_show_numbers_figures_and_links_to_definitions(book: Book) -> None:
    assert 'href="numbers/one.gain/index.html"' in book.page("index")
    assert "chapters/one.html#number-one-gain" in book.page("numbers/one.gain/index")
    one = book.page("chapters/one")
    assert 'id="number-one-gain"' in one
    assert "One model gained 2 downloads" in one
    assert 'aria-label="A line that rises by 2."' in one
    assert "Fig" in one.partition('href="#one-line"')[2].partition("</a>")[0]
    assert book.numbers()["one.gain"]["value"] == 2
    assert book.csv("one-line")[1:] == ["2026-01-01,a/one,China,10", "2026-01-02,a/one,China,12"]


def test_chapters_execute_side_by_side(tmp_path: Path) -> None:
    # each waits until the other has begun: one after the other, neither would end
    wait = """
import pathlib, time
here = pathlib.Path({folder!r})
(here / "{own}.begun").touch()
end = time.monotonic() + 60
while not (here / "{other}.begun").exists():
    assert time.monotonic() < end, "the other chapter never began"
    time.sleep(0.05)
"""
    work = []
    for own, other in (("one", "two"), ("two", "one")):
        code = wait.format(folder=str(tmp_path), own=own, other=other)
        kept = tmp_path / "executions" / f"{own}.ipynb"
        work.append(execution.Execution(notebook(tmp_path / f"{own}.ipynb", code), {}, kept))
    execution.execute_all(work, 2, 2, lambda line: None)
    assert all(w.fresh() for w in work)


def notebook(path: Path, *sources: str) -> Path:
    """Write a notebook of a few code cells."""
    made = specimen.nbformat.v4.new_notebook(cells=[specimen.cell(s) for s in sources])
    made.metadata.update(kernelspec={"name": "python3", "display_name": "Python 3"})
    specimen.nbformat.write(made, path)
    return path


# What a second build keeps, and what it does not


def test_an_unchanged_book_is_neither_executed_nor_written_again(book: Book) -> None:
    before = fingerprint(book.folder / "_build")
    book.build()
    assert book.executed == []
    assert "2 of 2 chapters unchanged, 0 to execute" in book.said
    assert "the site is up to date" in book.said
    assert fingerprint(book.folder / "_build") == before


def test_new_prose_is_in_the_page_without_an_execution(book: Book) -> None:
    book.edit("chapters/one.ipynb", "The gain was", "In the end the gain was")
    book.build()
    assert book.executed == []
    assert "In the end the gain was" in book.page("chapters/one")
    assert "2</a>" in book.page("chapters/one")


def test_new_code_executes_its_chapter_only(book: Book) -> None:
    one, two = executions(book, "one", "two")
    book.edit("chapters/one.ipynb", ".iloc[0]\\n", ".iloc[0] + 5\\n")
    assert [one.fresh(), two.fresh()] == [False, True]


def test_a_stale_number_cannot_be_published(book: Book) -> None:
    book.edit("data/counts.csv", "a/one,China,12", "a/one,China,4321")
    book.build()
    assert book.executed == ["one"]  # the only reader of the table
    assert book.numbers()["one.gain"]["value"] == 4311
    assert book.numbers()["two.gain"]["value"] == 1
    for page in ("index", "chapters/one", "chapters/two"):  # one computes it, two quote it
        quoted = book.page(page).partition('class="number')[2].partition("</a>")[0]
        assert quoted.endswith(">4,311")
    assert "One model gained 4,311 downloads" in book.page("chapters/one")
    assert book.csv("one-line")[-1] == "2026-01-02,a/one,China,4321"
    assert "4321" in (book.site / "figures/one-line/one-line.vl.json").read_text()
    assert "4,311" in (book.site / "figures/one-line/one-line.svg").read_text()


def test_a_new_day_in_a_table_that_only_dates_the_chapter_executes_it(book: Book) -> None:
    opening = 'calendar=\\"counts\\", as_of=as_of'
    book.edit("chapters/one.ipynb", opening, opening + ', tables=[\\"likes\\"]')
    (work,) = executions(book, "one")
    work.run(lambda line: None)
    assert work.fresh()
    book.edit("data/likes.csv", "2026-01-02,a/one,2\n", "2026-01-02,a/one,2\n2026-01-03,a/one,3\n")
    assert not work.fresh()


def executions(book: Book, *names: str) -> list[execution.Execution]:
    kept = book.folder / "_build" / "executions"
    return [
        execution.Execution(book.folder / "chapters" / f"{n}.ipynb", {}, kept / f"{n}.ipynb")
        for n in names
    ]


def test_new_words_on_a_tables_source_execute_its_reader(book: Book) -> None:
    one, two = executions(book, "one", "two")
    book.edit("data/datapackage.json", "Specimen counts", "Counts of a specimen")
    assert [one.fresh(), two.fresh()] == [False, True]


def test_new_parameters_execute_a_chapter(book: Book) -> None:
    (one,) = executions(book, "one")
    asked = execution.Execution(one.notebook, {"as_of": "2026-01-01"}, one.kept)
    assert [one.fresh(), asked.fresh()] == [True, False]


def test_one_table_more_executes_everything(book: Book) -> None:
    specimen.add_makers(book.folder / "data")  # a page that lists the tables has read none of these
    assert not any(work.fresh() for work in executions(book, "one", "two"))


def test_new_code_of_the_package_executes_everything(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert all(work.fresh() for work in executions(book, "one", "two"))
    monkeypatch.setattr(execution, "code", lambda: "another state of the code")
    assert not any(work.fresh() for work in executions(book, "one", "two"))


@pytest.mark.parametrize("name", ["figures/theme.py", "publish/static/book.css", "new.py"])
def test_the_packages_identity_follows_every_file_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    shutil.copytree(execution.PACKAGE, tmp_path / "package")
    monkeypatch.setattr(execution, "PACKAGE", tmp_path / "package")
    before = execution.code()
    assert execution.code() == before
    with (tmp_path / "package" / name).open("a") as file:
        file.write("\n")
    assert execution.code() != before


def test_another_version_of_a_library_changes_the_packages_identity(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = execution.code()
    monkeypatch.setattr(execution, "distributions", lambda: [])
    assert execution.code() != before


# Parameters


def test_a_day_asked_for_gives_that_days_view(book: Book) -> None:
    book.build(as_of="2026-01-01")
    assert book.executed == ["one", "two"]
    assert book.numbers()["one.gain"]["value"] == 0
    assert book.numbers()["one.gain"]["as_of"] == "2026-01-01"
    assert book.csv("one-line")[1:] == ["2026-01-01,a/one,China,10"]
    assert "to 1\u00a0Jan\u00a02026" in book.page("chapters/one")
    assert "One model gained 0 downloads" in book.page("chapters/one")
    assert "data to 1 January 2026" in (book.site / "figures/one-line/one-line.bib").read_text()
    assert 'content="One (data to 1 January 2026)"' in book.page("chapters/one")
    assert not any(work.fresh() for work in executions(book, "one", "two"))  # for the next build


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["-p", "as_off", "2026-01-01"], ["“as_off”", "it has as_of"]),
        (["-p", "as_of", "[2026"], ["as_of", "[2026"]),
    ],
    ids=["misspelt", "unreadable"],
)
def test_a_parameter_that_cannot_be_is_refused_before_anything_runs(
    book: Book, arguments: list[str], names: list[str]
) -> None:
    refused(book, arguments, names)
    assert book.executed == []


def test_an_impossible_day_is_refused_with_the_days_that_exist(book: Book) -> None:
    (one,) = executions(book, "one")
    asked = execution.Execution(one.notebook, {"as_of": "2099-01-01"}, one.kept)
    before = one.kept.read_bytes()
    with pytest.raises(Refusal, match=r"one\.ipynb, cell .*: as_of is 2099-01-01.*2026-01-02"):
        asked.run(lambda line: None)
    assert one.kept.read_bytes() == before


def refused(book: Book, arguments: list[str], names: list[str]) -> subprocess.CompletedProcess[str]:
    """Build on the command line; it must stop in a sentence and leave the site as it was."""
    before = fingerprint(book.site)
    done = openrace("build", *arguments, folder=book.folder)
    assert done.returncode == 1
    assert done.stderr.startswith("Stopped: ")
    assert "Traceback" not in done.stdout + done.stderr
    for name in names:
        assert name in done.stderr
    assert fingerprint(book.site) == before
    return done


# Faults


def test_a_chapter_that_raises_is_named_with_its_cell_and_message_and_the_site_stays(
    book: Book,
) -> None:
    raising = "table = table.sort_index()\nraise ValueError('the counts <do> not \"fit\"')"
    path = book.folder / "chapters" / "two.ipynb"
    specimen.chapter(path, "two", "likes", "likes", raising)
    cell = "chapter two.ipynb, cell “table = table.sort_index()”"
    refused(book, [], [f'{cell}: ValueError: the counts <do> not "fit"'])


def test_a_chapter_whose_kernel_dies_is_named_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    dying = notebook(tmp_path / "dying.ipynb", "import os\nos._exit(9)")
    work = execution.Execution(dying, {}, tmp_path / "kept.ipynb")
    with pytest.raises(Refusal, match=r"chapter dying\.ipynb"):
        work.run(lambda line: None)
    assert not work.kept.exists()


def test_a_broken_table_stops_the_build_before_anything_runs(book: Book) -> None:
    book.edit("data/counts.csv", "China,12", "China,-12")
    for _ in range(2):  # and again: a table found broken is not taken for good
        done = refused(book, [], ["row 3: downloads is “-12”, but must be at least 0."])
        assert done.stderr.startswith("Stopped: data/counts.csv")
        assert "to execute" not in done.stdout


def test_a_table_that_is_referred_to_is_not_changed_behind_the_back_of_the_other(
    data: Path, tmp_path: Path
) -> None:
    specimen.add_makers(data)
    build.check_tables(tmp_path / "memory", lambda line: None)
    (data / "countries.csv").write_text("country,name\nCN,China\n")
    with pytest.raises(Refusal, match=r"data/makers.csv, row 3: country is “US”"):
        build.check_tables(tmp_path / "memory", lambda line: None)


FAULTY_PAGE = """# Specimen

#### A heading that skips two levels

A [page](chapters/three.md) and a figure, {numref}`three-line`, that do not exist.
"""


def test_a_page_with_a_warning_is_not_published_not_even_the_second_time(book: Book) -> None:
    before = fingerprint(book.site)
    (book.folder / "index.md").write_text(FAULTY_PAGE)
    book.edit("chapters/one.ipynb", "{number}`one.gain`", "{number}`one.gone`")
    for _ in range(2):  # Sphinx tells of what it reads once, and then keeps the page
        with pytest.raises(Refusal) as refused:
            book.build()
        said = str(refused.value)
        for fault in ("H1 to H4", "chapters/three.md", "three-line", "no number “one.gone”"):
            assert fault in said
        assert "index.md:3" in said
    assert fingerprint(book.site) == before


def test_a_page_taken_out_of_the_book_leaves_the_site(book: Book) -> None:
    book.edit("_toc.yml", "- file: chapters/two\n", "")
    book.build()
    assert book.executed == []
    left = [path for path in fingerprint(book.site) if "two" in path]
    assert left == []
    assert list(book.numbers()) == ["one.gain"]
    assert "chapters/two" not in book.page("index") + book.page("chapters/one")


def test_a_page_that_the_contents_name_and_nobody_wrote_is_refused(book: Book) -> None:
    (book.folder / "chapters" / "two.ipynb").unlink()
    refused(book, [], ["_toc.yml", "chapters/two"])


def test_a_folder_that_is_no_book_is_refused(tmp_path: Path) -> None:
    done = openrace("build", folder=tmp_path)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "_toc.yml" in done.stderr


# Plain Jupyter Book


@pytest.fixture
def plain(book: Book, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The site that plain `jupyter-book build .` makes of the same book."""
    other = book.folder.with_name("plain")
    shutil.copytree(book.folder, other, ignore=shutil.ignore_patterns("_build"))
    at_home(other, monkeypatch)
    environment = dict(os.environ)
    done = tool("jupyter-book", ["build", ".", "-W", "-n", "--keep-going"], other, environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return other / "_build" / "html"


def test_plain_jupyter_book_publishes_the_same_numbers_and_figures(book: Book, plain: Path) -> None:
    own, same = (
        {
            k: v
            for k, v in fingerprint(site).items()
            if k.startswith(("figures", "numbers.json", "citat")) and not k.endswith(".html")
        }
        for site in (book.site, plain)
    )
    assert len(own) == 2 + 4 + 2 * 12  # two indexes, four citation files of the book, two figures
    assert own == same
    for page in ("index.html", "chapters/one.html"):
        assert 'class="number' in (plain / page).read_text()
