from __future__ import annotations

import json
from pathlib import Path

import bibtexparser
import pytest
import rispy
import specimen
from cited import BOOK, KEPT, claim, figure, number
from click.testing import CliRunner, Result
from conftest import Real

from openrace.cite import built, forms, record
from openrace.cite.built import Built
from openrace.cli import main


@pytest.fixture(autouse=True)
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A book as building leaves it, as far as citing asks, and today's date."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    return tmp_path


def write(folder: Path, title: str = "One model gained", kept: bool = False) -> None:
    site = folder / "_build" / "html"
    site.mkdir(parents=True, exist_ok=True)
    figures = [figure(title), figure("Two of two fell", id="two-bar", as_of=None)]
    whole = record.csl(record.whole(KEPT if kept else BOOK))
    files = {
        "figures.json": {f.pop("id"): f for f in figures},
        "numbers.json": {n.pop("id"): n for n in [number()]},
        "claims.json": [claim()],
        "citation.csl.json": [whole],
    }
    for name, content in files.items():
        (site / name).write_text(json.dumps(content), encoding="utf-8")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_a_figure_is_cited_in_one_line() -> None:
    assert run("cite", "one-line").output == (
        "The Open Race, Figure one-line, data to 21 August 2026, "
        "https://race.example/figures/one-line/\n"
    )


@pytest.mark.parametrize(
    ("id", "said"),
    [
        ("one.gain_all", "Last less first: 1.2 million (number one.gain_all, data to 20 August"),
        ("it-gained", "“It gained”: partly supported (claim it-gained, data to 20 August 2026)"),
        ("", "The Open Race (data to 22 August 2026)"),
    ],
)
@pytest.mark.parametrize("style", ["apa", "chicago"])
def test_numbers_claims_and_the_book_are_cited_in_every_style(
    id: str, said: str, style: str
) -> None:
    assert said in run("cite", *([id] if id else []), "--style", style).output


def test_every_format_is_read_back_with_the_day_it_was_asked_for() -> None:
    (read,) = bibtexparser.parse_string(
        run("cite", "one-line", "--format", "bibtex").output
    ).entries
    assert read["urldate"] == "2027-01-15"
    (found,) = rispy.loads(run("cite", "one-line", "--format", "ris").output)
    assert found["access_date"] == "2027/01/15"
    (item,) = json.loads(run("cite", "one-line", "--format", "csl-json").output)
    assert item["accessed"] == {"date-parts": [[2027, 1, 15]]}
    assert item["issued"] == {"date-parts": [[2026, 11, 25]]}  # as it was published


def test_a_kept_edition_is_cited_by_its_frozen_address(book: Path) -> None:
    write(book, kept=True)
    assert run("cite", "one-line").output.endswith("/editions/2026-08-22/figures/one-line/\n")


def test_another_folder_is_asked_by_name(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (book / "elsewhere").mkdir()
    monkeypatch.chdir(book / "elsewhere")
    assert run("cite", "--book", str(book)).exit_code == 0
    assert run("cite").exit_code == 1


def test_an_unknown_id_is_refused_with_the_nearest() -> None:
    done = run("cite", "one-lime")
    assert done.exit_code == 1
    assert done.output == (
        "Stopped: There is no figure, number or claim “one-lime”; the nearest are one-line; "
        "“openrace figures”, “openrace numbers” and “openrace claims” list all.\n"
    )


@pytest.mark.parametrize("command", ["cite", "figures", "numbers"])
def test_a_book_that_is_not_built_says_how_to_build_it(command: str, book: Path) -> None:
    for path in (book / "_build" / "html").iterdir():
        path.unlink()
    done = run(command)
    assert done.exit_code == 1
    assert done.output.endswith("build it with “make book”.\n")
    assert "Traceback" not in done.output


def test_a_broken_index_is_named(book: Path) -> None:
    (book / "_build" / "html" / "figures.json").write_text("{")
    assert "figures.json is not JSON: build it with “make book”." in run("figures").output


def test_lists_are_aligned() -> None:
    assert run("figures").output.splitlines() == [
        "one-line  2026-08-21  One model gained",
        "two-bar   –           Two of two fell",
    ]
    assert run("numbers").output == "one.gain_all  2026-08-20  1.2 million  Last less first.\n"
    assert run("claims").output == "it-gained  partly supported  It gained.\n"


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["GAINED"], ["one-line"]),
        (["two", "fell"], ["two-bar"]),
        (["model", "fell"], []),
        (["downloads"], ["one-line", "two-bar"]),
        (["one-"], ["one-line"]),
    ],
)
def test_a_search_finds_what_has_all_words_in_any_case(words: list[str], ids: list[str]) -> None:
    done = run("figures", *words)
    assert done.exit_code == (0 if ids else 1)
    if ids:
        assert [line.split()[0] for line in done.output.splitlines()] == ids
    else:
        assert done.output == "Stopped: No figure has “model” and “fell”.\n"


def test_text_of_others_cannot_steer_the_terminal(book: Path) -> None:
    for text in (*specimen.HOSTILES, "\x1b[2J\x1b]0;owned\x07\u202eowned\r\nStopped: no"):
        write(book, text)
        said = [
            run("figures").output,
            *(run("cite", "one-line", "--style", s).output for s in forms.STYLES),
        ]
        assert all(line.isprintable() for output in said for line in output.splitlines())
        assert [len(output.splitlines()) for output in said] == [2, 1, 1, 1]


def test_everything_in_the_real_book_can_be_cited_by_one_id(real: Real) -> None:
    found = Built(real.site)
    ids = [*found.figures, *found.numbers, *found.claims]
    assert len(ids) == len(set(ids)) > 1000
    items = [found.cited(id) for id in ids]
    assert len({item["id"] for item in items}) == len(items)
    for item in items:
        assert all(form(item) for form in forms.FILES.values())
    for id in found.figures:
        (written,) = json.loads((real.site / f"figures/{id}/{id}.csl.json").read_text("utf-8"))
        assert written == found.cited(id)
    for kind, columns in built.COLUMNS.items():
        assert len(built.table(getattr(found, kind), columns)) == len(getattr(found, kind))
