from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from openrace import build
from openrace.cli import main


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


COMMANDS = {"openrace": main, **main.commands}


@pytest.mark.parametrize(("name", "command"), COMMANDS.items())
def test_every_command_and_every_option_says_what_it_does(
    name: str, command: click.Command
) -> None:
    assert command.help
    assert command.help.rstrip().endswith(".")
    for option in (p for p in command.params if isinstance(p, click.Option)):
        assert option.help, f"{name} {option.name}"


@pytest.mark.parametrize("name", main.commands)
def test_help_is_given_for_every_command(name: str) -> None:
    shown = run(name, "--help")
    assert shown.exit_code == 0
    assert name in run("--help").output


def test_check_counts_the_rows_of_good_tables(data: Path) -> None:
    checked = run("check")
    assert checked.exit_code == 0
    assert checked.output.splitlines() == ["counts: 2 rows are good", "likes: 2 rows are good"]


def test_check_stops_at_a_broken_table_in_one_sentence(data: Path) -> None:
    table = data / "likes.csv"
    table.write_text(table.read_text().replace(",2\n", ",-2\n"))
    checked = run("check")
    assert checked.exit_code == 1
    assert checked.output.splitlines()[1:] == [
        "Stopped: data/likes.csv, row 3: likes is “-2”, but must be at least 0."
    ]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, data: Path) -> dict[str, Any]:
    """What the command asks of the build, which is not run."""
    seen: dict[str, Any] = {}

    def only_asked(
        book: Path, given: dict[str, Any], jobs: int, say: Any, chosen: Path | None
    ) -> Path:
        seen.update(book=book, given=given, jobs=jobs, chosen=chosen)
        return book / "index.html"

    monkeypatch.setattr(build, "build", only_asked)
    return seen


def test_parameters_arrive_in_the_types_that_papermill_gives_them(
    asked: dict[str, Any], tmp_path: Path
) -> None:
    given = ["-p", "as_of", "2026-04-30", "-p", "top_n", "10", "-p", "scope", "language"]
    done = run("build", *given, "--jobs", "3", str(tmp_path))
    assert done.exit_code == 0
    assert asked["given"] == {"as_of": "2026-04-30", "top_n": 10, "scope": "language"}
    assert (asked["book"], asked["jobs"]) == (tmp_path, 3)


def test_a_set_is_asked_for_by_its_file(asked: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "past.yml").touch()
    assert run("build", "--set", str(tmp_path / "past.yml"), str(tmp_path)).exit_code == 0
    assert asked["chosen"] == tmp_path / "past.yml"
    assert run("build", "--set", str(tmp_path / "none.yml"), str(tmp_path)).exit_code == 2


def test_the_end_says_what_to_open(asked: dict[str, Any], tmp_path: Path) -> None:
    last = run("build", str(tmp_path)).output.splitlines()[-1]
    assert last == f"The book is ready. Open {(tmp_path / 'index.html').as_uri()}"


@pytest.mark.parametrize("arguments", [["build", "-p", "as_of"], ["bild"], ["build", "nowhere"]])
def test_what_makes_no_command_is_a_usage_error(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_text_of_others_cannot_steer_the_terminal(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = data / "likes.csv"
    table.write_text(table.read_text().replace(",2\n", ",\x1b[2J\x1b]0;owned\x07\u202e\n"))
    said = run("check").output
    assert "owned" in said
    assert not set("\x1b\x07\u202e") & set(said)
