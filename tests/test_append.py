from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import specimen
from conftest import openrace, tool

from openrace import package, schema, store, transaction
from openrace.append import additions, append
from openrace.errors import Refusal

HERE = Path(__file__).parent


def grows(data: Path, how: str, key: list[str], name: str = "counts") -> None:
    """Say how a table grows, with a day of observation beside the specimen's date."""
    path = data / "datapackage.json"
    described = json.loads(path.read_text())
    resource = next(r for r in described["resources"] if r["name"] == name)
    resource["refresh"] = {"sources": ["nobody"], "grows": how, "key": key}
    path.write_text(json.dumps(described))


def rows(day: str, **downloads: int) -> pd.DataFrame:
    """Return rows of `counts` as a source gives them, a model each."""
    return pd.DataFrame(
        {
            "date": pd.Timestamp(day),
            "model_id": [f"a/{name}" for name in downloads],
            "bloc": "China",
            "downloads": list(downloads.values()),
        }
    )


def counted(name: str, given: pd.DataFrame) -> dict[str, int]:
    told = additions(name, given)
    counts = {k: getattr(told, k) for k in ("new", "changed", "later", "same")}
    return {k: n for k, n in counts.items() if n} | {"rows": len(told.rows)}


def contents(data: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in data.rglob("*") if p.is_file() and p.name != ".lock"}


def refused(act: Callable[[], Any], data: Path) -> str:
    """Do what must be refused, and leave the folder as it was."""
    before = contents(data)
    with pytest.raises(Refusal) as refusal:
        act()
    assert contents(data) == before
    return str(refusal.value)


# What is new


def test_the_first_reading_of_a_day_stands(data: Path) -> None:
    grows(data, "days", ["date"])
    assert counted("counts", rows("2026-01-02", one=12)) == {"same": 1, "rows": 0}
    assert counted("counts", rows("2026-01-02", one=13, two=1)) == {"later": 2, "rows": 0}
    assert counted("counts", rows("2026-01-03", one=12, two=1)) == {"new": 2, "rows": 2}


def test_a_change_is_a_row_that_differs_from_the_last_of_its_key(data: Path) -> None:
    grows(data, "changes", ["model_id"])
    given = rows("2026-01-03", one=12, two=1)
    assert counted("counts", given) == {"new": 1, "same": 1, "rows": 1}
    assert counted("counts", rows("2026-01-03", one=10)) == {"changed": 1, "rows": 1}  # as of old
    assert counted("counts", rows("2026-01-02", one=10)) == {"later": 1, "rows": 0}
    append({"counts": additions("counts", given).rows})
    assert store.load("counts")["model_id"].tolist() == ["a/one", "a/one", "a/two"]


def test_a_copy_is_taken_whole_when_anything_differs_or_is_gone(data: Path) -> None:
    grows(data, "copies", ["model_id"])
    append({"counts": additions("counts", rows("2026-01-03", one=12, two=1)).rows})
    assert counted("counts", rows("2026-01-04", two=1, one=12)) == {"same": 2, "rows": 0}
    assert counted("counts", rows("2026-01-04", one=12, two=2)) == {
        "changed": 1,
        "same": 1,
        "rows": 2,
    }
    assert counted("counts", rows("2026-01-04", one=12)) == {"same": 1, "rows": 1}
    assert counted("counts", rows("2026-01-03", one=12, two=2)) == {
        "later": 1,
        "same": 1,
        "rows": 0,
    }


def test_only_rows_of_the_same_source_are_compared(data: Path) -> None:
    described = (data / "datapackage.json").read_text()
    (data / "datapackage.json").write_text(described.replace('"model_id"', '"source"'))
    head = "date,source,bloc,downloads\n"
    (data / "counts.csv").write_text(f"{head}2026-01-01,x,China,1\n2026-01-02,y,China,2\n")
    grows(data, "copies", ["source"])
    given = rows("2026-01-03", one=1).rename(columns={"model_id": "source"}).assign(source="x")
    assert counted("counts", given) == {"same": 1, "rows": 0}


def test_a_visit_repeated_for_an_earlier_day_is_compared_with_what_was_known_then(
    data: Path,
) -> None:
    grows(data, "changes", ["model_id"])
    assert counted("counts", rows("2026-01-01", one=10)) == {"same": 1, "rows": 0}
    said = refused(lambda: additions("counts", rows("2025-12-31", one=9)), data)
    assert said == (
        "data/counts.csv holds later rows than those of 2025-12-31 that would be added: "
        "is the computer's clock right?"
    )


@pytest.mark.parametrize("how", ["days", "copies"])
def test_a_day_before_the_last_is_no_new_day(data: Path, how: str) -> None:
    grows(data, how, ["date"] if how == "days" else ["model_id"])
    assert "clock" in refused(lambda: additions("counts", rows("2025-12-31", one=9)), data)


def test_floats_and_gaps_are_compared_as_the_file_holds_them(data: Path) -> None:
    text = (data / "datapackage.json").read_text().replace('"integer"', '"number"')
    (data / "datapackage.json").write_text(text)
    grows(data, "changes", ["model_id"])
    given = rows("2026-01-03", one=1, two=2, three=3, four=4)
    given["downloads"] = [0.1 + 0.2, 1e-7, None, 1e16]
    given["bloc"] = ["China", None, "Other", ""]
    append({"counts": additions("counts", given).rows})
    assert (data / "counts.csv").read_text().splitlines()[3:] == [
        "2026-01-03,a/four,,1e+16",
        "2026-01-03,a/one,China,0.30000000000000004",
        "2026-01-03,a/three,Other,",
        "2026-01-03,a/two,,1e-07",
    ]
    again = given.assign(date=pd.Timestamp("2026-01-04"))
    assert counted("counts", again) == {"same": 4, "rows": 0}
    again.loc[0, "downloads"] = 0.3
    assert counted("counts", again) == {"changed": 1, "same": 3, "rows": 1}


def test_no_rows_add_nothing(data: Path) -> None:
    for how in ("days", "copies", "changes", "revisions"):
        grows(data, how, ["model_id"])
        assert counted("counts", rows("2026-01-03", one=1)[:0]) == {"rows": 0}


# What is written


def test_old_bytes_stay_and_new_lines_follow_in_the_files_own_columns(data: Path) -> None:
    old = 'model_id,date,downloads,bloc\n"a,""one",2026-01-01,010,China'
    (data / "counts.csv").write_text(old)
    append({"counts": rows("2026-01-03", two=2).assign(model_id='b,"two" é')})
    new = '\n"b,""two"" é",2026-01-03,2,China\n'
    assert (data / "counts.csv").read_text(encoding="utf-8") == old + new


def test_truth_values_are_written_as_they_are_read(data: Path) -> None:
    text = (data / "datapackage.json").read_text()
    text = text.replace('"integer", "constraints": {"minimum": 0}', '"boolean"')
    (data / "datapackage.json").write_text(text)
    (data / "counts.csv").write_text("date,model_id,bloc,downloads\n")
    given = rows("2026-01-03", one=1, two=2, zero=3)
    append({"counts": given.assign(downloads=[True, False, None])})
    assert [line.split(",")[3] for line in (data / "counts.csv").read_text().splitlines()[1:]] == [
        "true",
        "false",
        "",
    ]


def test_the_same_again_writes_nothing_whatever_the_order(data: Path) -> None:
    ways = (("days", ["date"]), ("changes", ["model_id"]), ("copies", ["model_id"]))
    for day, (how, key) in enumerate(ways, start=1):
        grows(data, how, key)
        given = rows(f"2026-02-{day:02}", one=1, two=day, three=3)
        append({"counts": additions("counts", given.sample(frac=1, random_state=1)).rows})
        before = contents(data)
        append({"counts": additions("counts", given.sample(frac=1, random_state=2)).rows})
        assert contents(data) == before


def test_the_order_of_the_rows_does_not_show(data: Path) -> None:
    given, written = rows("2026-01-03", one=1, two=2, three=3, four=4), set()
    for seed in range(4):
        (data / "counts.csv").write_text(specimen.COUNTS)
        append({"counts": given.sample(frac=1, random_state=seed)})
        written.add((data / "counts.csv").read_bytes())
    assert len(written) == 1


BAD = {
    "a negative count": ({"downloads": -1}, "downloads is “-1”, but must be at least 0"),
    "a fraction": ({"downloads": 1.5}, "downloads is “1.5”, but must be a whole number"),
    "over 2^53": ({"downloads": 2**54}, "downloads is “18014398509481984”, but must be a whole"),
    "no name": ({"model_id": None}, "model_id is empty, but is required"),
    "a bloc that is none": ({"bloc": "Mars"}, "bloc is “Mars”, but must be one of China, Other"),
    "a line break": ({"model_id": "a\nb"}, "model_id holds a line break or the like"),
    "a hidden return": ({"model_id": "a\rb"}, "model_id holds a line break or the like"),
    "a known day and model": (
        {"date": pd.Timestamp("2026-01-02")},
        "date 2026-01-02, model_id a/one: the table has such a row already",
    ),
}


@pytest.mark.parametrize(("change", "rule"), BAD.values(), ids=BAD)
def test_a_row_that_breaks_a_rule_is_refused_by_table_key_and_rule_and_nothing_is_written(
    data: Path, change: dict[str, Any], rule: str
) -> None:
    likes = rows("2026-01-03", one=1).rename(columns={"downloads": "likes"}).drop(columns="bloc")
    bad = rows("2026-01-03", one=1).assign(**change)
    said = refused(lambda: append({"likes": likes, "counts": bad}), data)
    assert said.startswith("data/counts.csv, new row date 2026-01-0")
    assert rule in said
    assert "\n" not in said.replace("a\nb", "").replace("a\rb", "")


def test_two_rows_of_one_key_columns_too_many_and_unknown_countries_are_refused(
    data: Path,
) -> None:
    twice = pd.concat([rows("2026-01-03", one=1), rows("2026-01-03", one=2)])
    said = refused(lambda: append({"counts": twice}), data)
    assert "a second row for date 2026-01-03, model_id a/one" in said
    odd = rows("2026-01-03", one=1).assign(note="x")
    assert "differ from its columns in note" in refused(lambda: append({"counts": odd}), data)
    specimen.add_makers(data)
    makers = pd.DataFrame({"organisation": ["c"], "country": ["ZZ"]})
    said = refused(lambda: append({"makers": makers}), data)
    assert "country is “ZZ”, which data/countries.csv does not know" in said


def test_a_table_that_was_altered_by_hand_is_refused_by_file_and_row(data: Path) -> None:
    grows(data, "changes", ["model_id"])
    given = additions("counts", rows("2026-01-03", one=13)).rows
    text = (data / "counts.csv").read_text()
    (data / "counts.csv").write_text(text.replace("China,12", "China,twelve"))
    for act in (lambda: append({"counts": given}), lambda: additions("counts", given)):
        assert refused(act, data).startswith("data/counts.csv, row 3: downloads is “twelve”")


# Revisions


def test_a_revision_replaces_the_earlier_row_as_of_its_day(data: Path) -> None:
    path = data / "datapackage.json"
    described = json.loads(path.read_text())
    counts = described["resources"][0]
    counts["schema"]["fields"].insert(0, {"name": "observed", "type": "date"})
    counts["schema"]["primaryKey"].insert(0, "observed")
    path.write_text(json.dumps(described | {"resources": [counts | {"observed": "observed"}]}))
    head, *old = specimen.COUNTS.splitlines()
    lines = [f"observed,{head}", *(f"2026-01-05,{row}" for row in old)]
    (data / "counts.csv").write_text("\n".join(lines) + "\n")
    grows(data, "revisions", ["date", "model_id"])
    revised = pd.concat([rows("2026-01-02", one=20), rows("2026-01-01", one=10)])
    given = revised.assign(observed=pd.Timestamp("2026-01-09"))
    assert counted("counts", given) == {"changed": 1, "same": 1, "rows": 1}
    append({"counts": additions("counts", given).rows})
    assert store.load("counts", pd.Timestamp("2026-01-08").date())["downloads"].tolist() == [10, 12]
    assert store.load("counts")["downloads"].tolist() == [10, 20]
    assert len(store.whole("counts")) == 3
    assert counted("counts", given.assign(observed=pd.Timestamp("2026-01-10"))) == {
        "same": 2,
        "rows": 0,
    }


# All or nothing


def child(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ) | {"OPENRACE_DATA": str(data), "PYTHONPATH": str(HERE)}
    return tool("python", list(arguments), data.parent, environment)


def test_killed_at_any_step_both_tables_are_whole_before_or_whole_after(data: Path) -> None:
    done = child(str(HERE / "append_steps.py"), str(data.parent), data=data)
    assert done.returncode == 0, done.stderr
    appending, settling = (part.splitlines() for part in done.stdout.split("then\n"))
    before, after, half = "before before", "after after", "after before"
    rolled = {f"{before} -> {after}", f"{half} -> {after}", f"{after} -> {after}"}
    assert set(appending) == rolled | {f"{before} -> {before}"}
    assert set(settling) == rolled
    assert min(len(appending), len(settling)) > 40
    checked = openrace("check", folder=data.parent, OPENRACE_DATA=str(data))
    assert checked.stdout == "counts: 3 rows are good\nlikes: 3 rows are good\n"


APPEND = """
import resource, sys
import append_steps
from openrace.errors import Refusal
for room in map(int, sys.argv[1:]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    try:
        append_steps.appending()
    except Refusal as refusal:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        print(refusal)
"""


def test_a_full_disk_is_refused_before_anything_is_replaced(data: Path) -> None:
    before = contents(data)
    rooms = ("0", "40", "100", "110")  # for the lock's word, a table, its last line, the note
    done = child("-c", APPEND, *rooms, data=data)
    said = "data/ cannot be written (File too large): nothing was changed.\n"
    assert done.stdout == said * len(rooms), done.stderr
    assert contents(data) == before


def test_a_place_that_is_taken_is_refused(data: Path) -> None:
    (data / ".coming").write_text("a file where a folder must be")
    said = refused(lambda: append({"counts": rows("2026-01-03", one=1)}), data)
    assert said == "data/ cannot be written (File exists): nothing was changed."


NOBODY = """
import os
import append_steps
from openrace import schema
from openrace.errors import Refusal
schema.read("counts")
if os.geteuid() == 0:
    os.setuid(65534)  # permissions do not bind root
try:
    append_steps.appending()
except Refusal as refusal:
    print(refusal)
"""


def test_a_folder_that_may_not_be_written_is_refused() -> None:
    with tempfile.TemporaryDirectory() as place:  # pytest's own folders are closed to others
        data = specimen.write(Path(place) / "book") / "data"
        for folder, mode in ((Path(place), 0o755), (data.parent, 0o755), (data, 0o555)):
            folder.chmod(mode)
        before = contents(data)
        done = child("-c", NOBODY, data=data)
        assert done.stdout == "data/ cannot be written (Permission denied): nothing was changed.\n"
        assert contents(data) == before
        data.chmod(0o755)


def test_a_table_changed_between_the_kill_and_the_settling_is_not_overwritten(data: Path) -> None:
    old = (data / "counts.csv").read_bytes()
    transaction._write({"counts.csv": old + b"2026-01-03,a/one,China,13\n"})
    (data / "counts.csv").write_bytes(old + b"2026-01-03,b/two,China,1\n")
    assert refused(transaction.settle, data).startswith("data/counts.csv was changed while")
    assert refused(lambda: store.load("counts"), data).endswith("lose those rows.")
    (data / "counts.csv").write_bytes(old)
    assert store.load("counts")["downloads"].tolist() == [10, 12, 13]
    assert not (data / ".coming").exists()


# One at a time

HOLD = """
import sys
from openrace import transaction
with transaction.alone(), transaction.alone():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_second_of_two_says_who_is_at_work_and_a_dead_holder_holds_nothing(data: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        said = refused(lambda: append({"counts": rows("2026-01-03", one=1)}), data)
        holder.kill()
    assert said.startswith(f"Another refresh is at work (process {holder.pid} since ")
    assert said.endswith(" UTC): wait for it.")
    append({"counts": rows("2026-01-03", one=1)})
    assert len(store.load("counts")) == 3


def test_of_two_that_begin_together_the_tables_hold_each_row_once(data: Path) -> None:
    command = [sys.executable, "-c", "import append_steps; append_steps.appending()"]
    environment = dict(os.environ) | {"PYTHONPATH": str(HERE)}
    both = [subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) for _ in "ab"]
    told = [process.communicate()[1] for process in both]
    assert sorted(process.returncode for process in both) == [0, 1]
    loser = next(words for words, process in zip(told, both, strict=True) if process.returncode)
    assert b"Another refresh is at work" in loser or b"has such a row already" in loser
    assert schema.read("counts")["downloads"].tolist() == [10, 12, 15]
    assert package.read()["name"] == "specimen"
