from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import specimen
from click.testing import CliRunner, Result

from openrace import chapter as chapters
from openrace import figures, verify
from openrace.cli import main
from openrace.editions import copy, record
from openrace.editions.record import Edition
from openrace.errors import Refusal
from openrace.outputs import LEDGER
from openrace.publish import files
from openrace.verify import levels, rebuild
from openrace.verify.rebuild import Order

NAME = "2026-01-02"
TEST = {
    "topic": "moment",
    "asks": "Did it gain?",
    "limit": "One model only.",
    "parts": [
        {
            "number": "one.gain",
            "asks": "How much?",
            "supported": {"above": 0},
            "contradicted": {"below": 0},
        }
    ],
}
CLAIM = {"id": "it-gained", "claim": "It gained.", "test": "gain", "said_by": "A", "as_of": None}
HELD = {"claims": [CLAIM], "tests": {"gain": TEST}, "studies": [], "sources": [], "as_of": NAME}
JUDGE = f"from openrace.chapter import _display\n_display({{{LEDGER!r}: {HELD!r}}})"
COUNTS = {f"claims.verdicts.{name}" for name in ("supported", "contradicted", "testable")}
ESCAPES = "\x1b[2J\x1b]0;owned\x07\u202e\nStopped: no"


def execute(notebook: Path, to: Path, data: Path) -> Path:
    """Execute a chapter as papermill does, but in this process, which takes no seconds."""
    bundles: list[dict[str, Any]] = []
    held = json.loads(notebook.read_text(encoding="utf-8"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENRACE_DATA", str(data))
        patch.setattr(figures, "_PLANS", {})
        patch.setattr(chapters, "display", lambda bundle, raw: bundles.append(bundle))
        space: dict[str, Any] = {}
        for cell in (c for c in held["cells"] if c["cell_type"] == "code"):
            exec("".join(cell["source"]), space)
    held["cells"][-1]["outputs"] = [{"data": bundle} for bundle in json.loads(json.dumps(bundles))]
    to.mkdir(parents=True, exist_ok=True)
    (to / notebook.name).write_text(json.dumps(held), encoding="utf-8")
    return to / notebook.name


def list_files(edition: Path) -> None:
    lines = [f"{sha256}  {name}\n" for name, sha256 in copy.hashed(edition).items()]
    (edition / copy.SUMS).write_text("".join(lines), encoding="utf-8")


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book with an edition, both as the commands leave them, as far as proving asks."""
    book = specimen.write(tmp_path_factory.mktemp("frozen") / "book")
    specimen.chapter(book / "chapters" / "one.ipynb", "one", "counts", "downloads", JUDGE)
    edition = book / "editions" / NAME
    told = [
        execute(book / "chapters" / f"{name}.ipynb", edition / "notebooks", book / "data")
        for name in ("one", "two")
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENRACE_DATA", str(book / "data"))
        patch.setattr(files, "write_shared", lambda site: None)
        files.publish(told, edition)
    for name in ("_config.yml", "_toc.yml", "index.md", "chapters"):
        kept = shutil.copytree if name == "chapters" else shutil.copy
        (edition / "source").mkdir(exist_ok=True)
        kept(book / name, edition / "source" / name)
    about = {"name": NAME, "as_of": NAME, "issued": NAME, "version": "1", "parameters": {}}
    (edition / "edition.json").write_text(json.dumps(about))
    list_files(edition)
    return book


@pytest.fixture
def edition(frozen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The edition in a book of its own, to spoil, and this process in that book."""
    shutil.copytree(frozen, tmp_path / "book")
    monkeypatch.chdir(tmp_path / "book")
    monkeypatch.setenv("OPENRACE_DATA", str(tmp_path / "book" / "data"))
    return tmp_path / "book" / "editions" / NAME


def publish(edition: Path) -> Path:
    """Have git know an edition."""
    known = Edition(NAME, NAME, NAME, "1", copy.digest(edition), {})
    record.write(known, {kind: {} for kind in record.KINDS})
    record.seal(known)
    shutil.copy(edition / copy.SUMS, known.folder)
    return edition


@pytest.fixture
def recorded(edition: Path) -> Path:
    """The edition, which git knows."""
    return publish(edition)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Order]]:
    """What is ordered, rebuilt in this process."""
    orders: list[Order] = []

    def run(order: Order, edition: Path, code: Path, say: Callable[[str], None]) -> None:
        orders.append(order)
        notebooks = [Path(order.book, "chapters", name) for name in order.chapters]
        told = [execute(n, Path(order.to, "done"), edition / "data") for n in notebooks]
        rebuild.write(told, order.figures, Path(order.to))

    monkeypatch.setattr(verify, "run", run)
    return orders


def proved(*ids: str, edition: str = NAME) -> Result:
    return CliRunner().invoke(main, ["verify", *ids, "--edition", edition, "--jobs", "1"])


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def drawing(edition: Path, ending: str = "svg") -> Path:
    return edition / "figures" / "one-line" / f"one-line.{ending}"


def levels_of(said: Result) -> dict[str, list[str]]:
    """What each line of the table says, by id."""
    rows = [line.split() for line in said.output.splitlines() if "  " in line]
    return {row[0]: row[1:4] for row in rows if set(row[1:4]) <= {"holds", "differs", "–"}}


def test_the_published_edition_proves_itself_with_its_own_code(edition: Path) -> None:
    source = edition / "source" / "openrace"
    aside = shutil.ignore_patterns("__pycache__", "static", "*.css")
    shutil.copytree(specimen.PROJECT / "openrace", source, ignore=aside)
    edit(source / "verify" / "rebuild.py", "    try:\n", "    print('I am frozen')\n    try:\n")
    list_files(edition)
    publish(edition)
    (edition.parents[1] / "chapters" / "one.ipynb").unlink()  # what comes later plays no part
    done = proved("one-line", "one.gain", "it-gained")
    assert done.exit_code == 0, done.output
    said = done.output.splitlines()
    digest = hashlib.sha256((edition / "SHA256SUMS").read_bytes()).hexdigest()
    assert said[0] == f"edition {NAME} is as published: git records its digest, {digest[:12]}"
    assert said[1].startswith("rebuilding with the edition's own code, on Python 3.")
    assert said[2] == "I am frozen"
    assert said[3].startswith("executed one in ")
    assert said[4:] == [
        "           numbers  spec   drawing",
        "one-line   holds    holds  holds",
        "one.gain   holds    –      –",
        "it-gained  holds    –      –",
        "All 3 hold at every level: rebuilt, this is what the edition says.",
    ]
    assert copy.tampered(edition) == []  # executing has left nothing behind


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("data/counts.csv", "differs"),
        ("figures/one-line/one-line.svg", "differs"),
        ("source/chapters/one.ipynb", "differs"),
        ("numbers.json", "is missing"),
        ("source/more.py", "is extra"),
    ],
)
def test_a_file_that_is_not_the_listed_one_is_named(
    recorded: Path, quick: list[Order], name: str, how: str
) -> None:
    path = recorded / name
    if how == "is missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] if path.exists() else b"x")
    done = proved("one-line")
    assert done.exit_code == 1
    assert done.output.splitlines() == [
        f"{name} {how}",
        f"Stopped: edition {NAME} is not whole: what its SHA256SUMS lists differs in 1 file; "
        "get it from the releases of the repository.",
    ]
    assert quick == []


def test_checksums_made_to_fit_are_found_by_the_digest_that_git_records(
    recorded: Path, quick: list[Order]
) -> None:
    edit(recorded / "data" / "counts.csv", ",12", ",13")
    (recorded / "source" / "more.py").touch()
    list_files(recorded)
    done = proved()
    assert done.exit_code == 1
    assert done.output.splitlines() == [
        "data/counts.csv differs",
        "source/more.py is extra",
        f"Stopped: this is not edition {NAME} as published: what git records differs in 2 files; "
        "get it from the releases of the repository.",
    ]
    assert quick == []


def test_not_even_the_order_of_the_checksums_may_change(recorded: Path) -> None:
    lines = (recorded / "SHA256SUMS").read_text().splitlines(keepends=True)
    (recorded / "SHA256SUMS").write_text("".join(lines[::-1]))
    done = proved()
    assert (done.exit_code, done.output.splitlines()[0]) == (1, "SHA256SUMS differs")


def test_an_edition_under_the_name_of_another_is_refused(
    recorded: Path, quick: list[Order]
) -> None:
    recorded.rename(recorded.with_name("2026-01-03"))
    done = proved(edition="2026-01-03")
    said = f"Stopped: what lies under the name 2026-01-03 calls itself edition {NAME}.\n"
    assert (done.exit_code, done.output, quick) == (1, said, [])


def test_a_copy_that_git_does_not_know_is_rebuilt_with_this_code_alone(
    edition: Path, quick: list[Order]
) -> None:
    done = proved("one-line")
    assert done.exit_code == 0
    assert "agree with each other, but this repository does not know it (digest" in done.output
    assert "rebuilding with this project's code and chapters, on Python 3." in done.output
    assert [(o.book, o.chapters) for o in quick] == [(str(edition.parents[1]), ["one.ipynb"])]


def test_numbers_of_another_table_are_found_by_rebuilding(
    edition: Path, quick: list[Order]
) -> None:
    edit(edition / "data" / "counts.csv", ",12", ",13")
    list_files(edition)
    done = proved("one-line", "one.gain", "two.gain", "it-gained")
    assert done.exit_code == 1
    assert levels_of(done) == {
        "one-line": ["differs", "differs", "differs"],
        "one.gain": ["differs", "–", "–"],
        "two.gain": ["holds", "–", "–"],
        "it-gained": ["holds", "–", "–"],
    }
    assert "1 of 3 lines of its table differ" in done.output
    assert "text 2, rebuilt 3" in done.output
    last = done.output.splitlines()[-1]
    assert last == "Stopped: 2 of 4 are not what the edition says: one-line, one.gain."


@pytest.mark.parametrize(
    ("index", "old", "new", "id"),
    [
        ("numbers.json", '"text": "2"', '"text": "3"', "one.gain"),
        ("claims.json", '"verdict": "supported"', '"verdict": "contradicted"', "it-gained"),
        ("numbers.json", '"value": 1', '"value": 0', "claims.verdicts.supported"),
    ],
)
def test_a_forged_number_or_verdict_is_found_by_rebuilding(
    edition: Path, quick: list[Order], index: str, old: str, new: str, id: str
) -> None:
    edit(edition / index, old, new)
    list_files(edition)
    done = proved(id)
    assert (done.exit_code, levels_of(done)) == (1, {id: ["differs", "–", "–"]})


def test_another_drawing_of_the_same_spec_is_drift_after_an_upgrade_alone(
    edition: Path, quick: list[Order]
) -> None:
    edit(drawing(edition), "<svg", "<svg ")
    list_files(edition)
    done = proved("one-line")
    assert (done.exit_code, levels_of(done)) == (1, {"one-line": ["holds", "holds", "differs"]})
    drawn_by = f"vl-convert {version('vl-convert-python')}"
    assert f"drawn by {drawn_by}, here by {drawn_by}\n" in done.output
    edit(
        drawing(edition, "vl.json"), f'"vl-convert {version("vl-convert-python")}', '"vl-convert 1'
    )
    list_files(edition)
    done = proved("one-line", "one.gain")
    assert (done.exit_code, levels_of(done)["one-line"]) == (0, ["holds", "holds", "differs"])
    assert done.output.splitlines()[-1] == (
        "Numbers and specs hold; 1 of 2 is drawn otherwise from the same spec, by another version "
        "of the drawing library (drawing drift)."
    )


def test_without_ids_everything_is_rebuilt(edition: Path, quick: list[Order]) -> None:
    done = proved()
    assert done.exit_code == 0
    found = levels_of(done)
    assert {"one-line", "two-line", "one.gain", "two.gain", "it-gained"} | COUNTS <= set(found)
    assert quick[0].chapters == ["one.ipynb", "two.ipynb"]
    assert f"All {len(found)} hold at every level" in done.output


@pytest.mark.parametrize(
    ("id", "needed"),
    [
        ("two-line", ["two.ipynb"]),
        ("two.gain", ["two.ipynb"]),
        ("it-gained", ["one.ipynb"]),
        ("claims.verdicts.supported", ["one.ipynb", "two.ipynb"]),
    ],
)
def test_only_the_chapters_that_are_needed_are_executed(
    edition: Path, quick: list[Order], id: str, needed: list[str]
) -> None:
    assert proved(id).exit_code == 0
    assert [order.chapters for order in quick] == [needed]
    assert [*quick[0].figures] == [id] * id.endswith("-line")


def test_an_unknown_id_is_refused_with_the_nearest(edition: Path, quick: list[Order]) -> None:
    done = proved("one-lime")
    assert done.exit_code == 1
    assert "no figure, number or claim “one-lime”; the nearest are one-line, " in done.output
    assert quick == []


def test_a_zip_and_a_folder_elsewhere_are_proved_too(
    recorded: Path, quick: list[Order], tmp_path: Path
) -> None:
    shutil.make_archive(str(tmp_path / "kept"), "zip", recorded.parent, NAME)
    recorded.rename(tmp_path / "elsewhere")
    for where in (tmp_path / "kept.zip", tmp_path / "elsewhere"):
        done = proved("one-line", edition=str(where))
        assert done.exit_code == 0
        assert f"edition {NAME} is as published" in done.output
    assert proved(edition=NAME).output.startswith(f"Stopped: There is no edition “{NAME}” here")


def test_libraries_that_differ_from_the_pinned_are_named(edition: Path, quick: list[Order]) -> None:
    pins = f"altair=={version('altair')} \\\n    --hash=sha256:0\npandas==2.0.0 \\\nzzz==1\n"
    (edition / "source" / "requirements.txt").write_text(pins)
    list_files(edition)
    said = proved("one.gain").output
    assert f"pandas is {version('pandas')} here; the edition pins 2.0.0\n" in said
    assert "altair is" not in said


@pytest.mark.parametrize("about", ["{", "[]", '{"name": "../x", "parameters": {}}', '{"name": 1}'])
def test_an_edition_that_does_not_say_what_it_is_is_refused(edition: Path, about: str) -> None:
    (edition / "edition.json").write_text(about)
    done = proved()
    assert done.exit_code == 1
    assert "edition.json cannot be read" in done.output
    assert len(done.output.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("claims.json", '[{"id": "it-gained"}]'),
        ("claims.json", "3"),
        ("notebooks/one.ipynb", '{"cells": [{"outputs": [{"data": 1}]}]}'),
        ("numbers.json", "[]"),
        ("figures.json", "{"),
        ("data", ""),
    ],
)
def test_an_edition_of_another_shape_is_refused_in_one_sentence(
    edition: Path, name: str, text: str
) -> None:
    if text:
        (edition / name).write_text(text)
    else:
        shutil.rmtree(edition / name)
    list_files(edition)
    done = proved("it-gained")
    assert (done.exit_code, type(done.exception)) == (1, SystemExit)
    assert done.output.splitlines()[-1].startswith("Stopped: ")


def test_what_an_edition_says_cannot_steer_the_terminal(edition: Path, quick: list[Order]) -> None:
    told = json.loads((edition / "numbers.json").read_text())
    told |= {ESCAPES: told["one.gain"], "one.gain": told["one.gain"] | {"text": ESCAPES}}
    (edition / "numbers.json").write_text(json.dumps(told))
    outputs = []
    for strange in (edition / "\x1b]0;owned\x07\nStopped: no", edition / "none"):
        strange.touch()
        outputs.append(proved().output)
        strange.unlink()
        list_files(edition)
    outputs.append(proved().output)
    for said in outputs:
        assert all(line.isprintable() for line in said.splitlines())
        assert said.count("\nStopped: ") == 1
    assert "owned" in outputs[0]
    assert outputs[2].count("owned") == 3


@pytest.fixture
def order(edition: Path, tmp_path: Path) -> Order:
    """An order of a chapter."""
    (tmp_path / "scratch").mkdir()
    to = str(tmp_path / "scratch")
    return Order(str(edition / "source"), to, ["one.ipynb"], [], {"as_of": "2026-01-01"}, 2)


def code(folder: Path, text: str) -> Path:
    """Write code of an edition, whose rebuilding is this."""
    (folder / "openrace" / "verify").mkdir(parents=True)
    for path in ("", "verify"):
        (folder / "openrace" / path / "__init__.py").touch()
    (folder / "openrace" / "verify" / "rebuild.py").write_text(text)
    return folder


def test_code_is_run_apart_over_a_copy_of_the_tables(
    order: Order, edition: Path, tmp_path: Path
) -> None:
    text = "import os, sys\nprint(sys.argv[1], os.environ['OPENRACE_DATA'], os.getcwd(), sep='\\n')"
    said: list[str] = []
    verify.run(order, edition, code(tmp_path / "code", text), said.append)
    assert Order(**json.loads(said[0])) == order
    assert said[1:] == [f"{order.to}/data", order.to]
    assert (Path(order.to) / "data" / "counts.csv").read_text() == specimen.COUNTS
    assert not [*(tmp_path / "code").rglob("__pycache__")]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (r"import sys; sys.exit('chapter one: no\x1b[2J rows.\n\n')", "chapter one: no [2J rows."),
        ("raise KeyError('x')", "KeyError: 'x'"),
        ("import os; os.kill(os.getpid(), 9)", "it was ended"),
    ],
)
def test_a_rebuilding_that_fails_is_told_in_one_sentence(
    order: Order, edition: Path, tmp_path: Path, text: str, why: str
) -> None:
    with pytest.raises(Refusal) as refused:
        verify.run(order, edition, code(tmp_path / "code", text), print)
    assert str(refused.value) == f"the edition is not rebuilt: {why}"


def test_chapters_get_the_parameters_they_have(order: Order, monkeypatch: Any) -> None:
    work: list[rebuild.Execution] = []
    monkeypatch.setattr(rebuild.Execution, "run", lambda execution, say: work.append(execution))
    monkeypatch.setattr(rebuild, "write", lambda *given: None)
    given = {"as_of": "2026-01-01", "top_n": 3}
    rebuild.rebuild(replace(order, parameters=given), print)
    assert [(w.notebook.name, w.parameters) for w in work] == [
        ("one.ipynb", {"as_of": "2026-01-01"})
    ]
    with pytest.raises(Refusal, match=r"has no chapter gone\.ipynb\.$"):
        rebuild.rebuild(replace(order, chapters=["gone.ipynb"]), print)


@pytest.mark.parametrize(
    ("was", "now", "same"),
    [
        ({"a": [0.1 + 0.2, None]}, {"a": [0.3, None]}, True),
        ({"a": [0.3]}, {"a": [0.3001]}, False),
        ([1, 2], [1], False),
        ({"a": 1}, {"b": 1}, False),
        ("1.10", "1.1", False),
        (2, 2.0, True),
    ],
)
def test_only_the_noise_of_summing_up_is_forgiven(was: Any, now: Any, same: bool) -> None:
    assert levels.alike(was, now) is same


def test_a_version_in_a_table_is_no_number() -> None:
    cells = ["0.30000000000000004", "1.10", "007", "2", "nan", "a"]
    assert [type(levels._cell(text)) for text in cells] == [float, str, str, str, str, str]
