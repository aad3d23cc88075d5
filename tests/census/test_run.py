"""A census: its plan, day after day, what is odd, and how it goes on after anything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import plain_engine
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tenacity
from click.testing import CliRunner, Result
from filelock import FileLock
from hub_stats import HubStats, model, parquet, served
from specimen import PROJECT

from openrace import cli, store
from openrace.census import days, plan, run
from openrace.census.columns import LAYOUT
from openrace.census.days import COUNTED, NONE, REFUSED, REPEATED, Outcome, Totals
from openrace.census.plan import Plan
from openrace.census.revisions import DATASET, FILE
from openrace.errors import Refusal
from openrace.sources import transport

HERE = Path(__file__).parent
TABLES = ("labs", "families", "countries", "hub_census", "hub_census_days")
FIRST = date(2025, 1, 24)


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_BACKOFF", tenacity.wait_exponential(multiplier=0.03))
    monkeypatch.setattr(plan, "DEADLINE", 5.0)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tables that a census needs, without days."""
    real = json.loads((PROJECT / "data" / "datapackage.json").read_text(encoding="utf-8"))
    kept = [r for r in real["resources"] if r["name"] in TABLES]
    data = tmp_path / "data"
    data.mkdir()
    (data / "datapackage.json").write_text(json.dumps(real | {"resources": kept}))
    for table in TABLES:
        lines = (PROJECT / "data" / f"{table}.csv").read_text(encoding="utf-8").splitlines(True)
        some = lines[:1] if table.startswith("hub_census") else lines
        (data / f"{table}.csv").write_text("".join(some), encoding="utf-8")
    monkeypatch.setenv("OPENRACE_DATA", str(data))
    return data


@pytest.fixture
def stats(data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubStats]:
    with served() as stats:
        monkeypatch.setenv("HF_ENDPOINT", stats.hub.address)
        yield stats


@pytest.fixture
def plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("connect", "parts", "count"):
        monkeypatch.setattr(run.engine, name, getattr(plain_engine, name))


plain = pytest.mark.usefixtures("plainly")


def day(n: int) -> date:
    return FIRST + timedelta(n)


def models(n: int, **more: Any) -> list[dict[str, Any]]:
    return [model(f"Qwen/Qwen-{k}", **more) for k in range(n)]


def commit(stats: HubStats, n: int, count: int = 20, **more: Any) -> str:
    """Commit for the n-th day so many models; it differs from that of any other day."""
    more = {"downloads": 100 + n, "downloadsAllTime": 1000 + n} | more
    return stats.commit(day(n), parquet(models(count, **more)))


def take(first: int, last: int, *accepted: int, **more: str) -> list[Outcome]:
    """Take a census of some days, and return what was not done before."""
    asked = plan.asked(
        str(day(first)), str(day(last)), "1d", [str(day(n)) for n in accepted], **more
    )
    return list(run.census(asked, lambda plan: None, lambda what: None))


def told(outcomes: Sequence[Outcome]) -> list[str]:
    return [outcome.outcome for outcome in outcomes]


def known() -> list[tuple[date, str]]:
    table = store.load("hub_census_days")
    return list(zip(table["day"].dt.date, table["outcome"], strict=True))


def left(data: Path) -> list[str]:
    """Return what lies in the folder of copies."""
    return sorted(path.name for path in (data.parent / "_build" / "census").iterdir())


def tables(data: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in data.glob("hub_census*.csv")}


def command(*arguments: str, **more: Any) -> Result:
    return CliRunner().invoke(cli.main, ["census", *arguments], **more)


def span(first: int, last: int) -> tuple[str, ...]:
    return ("--from", str(day(first)), "--to", str(day(last)))


# Day after day


def test_days_are_counted_each_against_the_one_before_and_gaps_stay(
    stats: HubStats, data: Path
) -> None:
    hashes = [commit(stats, n, 20 + n) for n in (0, 1, 3)]
    outcomes = take(0, 4)
    assert told(outcomes) == [COUNTED, COUNTED, NONE, COUNTED, NONE]
    assert [outcome.previous for outcome in outcomes] == [None, day(0), None, day(1), None]
    rows = store.load("hub_census_days")
    assert rows["revision"].tolist() == hashes
    assert rows["committed"].tolist() == [f"{day(n)}T12:00:00Z" for n in (0, 1, 3)]
    assert rows["models"].tolist() == [20, 21, 23]
    assert rows["bytes"].tolist() == [o.bytes for o in outcomes if o.outcome == COUNTED]
    assert rows["reason"].isna().all()
    counts = store.load("hub_census")
    qwen = counts[(counts["attribution"] == "publisher") & (counts["lab"] == "all")]
    assert qwen["country"].tolist() == ["CN"] * 3
    assert qwen["downloads"].tolist() == [2000, 21 * 101, 23 * 103]
    assert qwen["downloads_change"].fillna(-1).tolist() == [-1, 20, 42]
    assert qwen["all_time_change"].fillna(-1).tolist() == [-1, 20, 42]
    assert left(data) == [".lock"]


@plain
def test_what_is_done_is_not_done_again(stats: HubStats, data: Path) -> None:
    commit(stats, 0), commit(stats, 1)
    take(0, 1)
    before = tables(data)
    stats.hub.asked.clear(), stats.host.asked.clear()
    assert take(0, 1) == []
    assert stats.hub.asked == stats.host.asked == []
    assert tables(data) == before


@plain
def test_the_plan_is_told_before_anything_is_read_and_may_be_refused(
    stats: HubStats, data: Path
) -> None:
    wide = [row | {"config": os.urandom(2000).hex()} for row in models(300)]
    for n in (0, 1, 3):
        rows = [row | {"downloads": 100 + n} for row in wide]
        stats.commit(day(n), parquet(rows, row_group_size=100, use_dictionary=False))
    take(0, 0)
    plans: list[Plan] = []

    def refuse(plan: Plan) -> None:
        plans.append(plan)
        raise Refusal("No.")

    before = tables(data)
    stats.host.asked.clear()
    wanted = plan.asked(str(day(0)), str(day(3)), "1d")
    with pytest.raises(Refusal, match=r"^No\.$"):
        list(run.census(wanted, refuse, lambda what: None))
    assert stats.read() == set()  # footers only
    assert tables(data) == before
    days_said, bytes_said = plans[0].lines()
    assert days_said == (
        f"4 days from {day(0)} to {day(3)}: 2 to count, 1 without a revision, 1 done before."
    )
    assert bytes_said.startswith("About ")
    assert f"will be read from {DATASET} at 127.0.0.1 into _build/census" in bytes_said
    stats.host.asked.clear()
    outcomes = take(0, 3)
    fetched = sum(size for _, size in stats.ranges())
    footers = 5 * 2**16  # Arrow guesses how long one is
    assert plans[0].bytes <= fetched <= plans[0].bytes + footers  # with the first day, again
    assert fetched < sum(map(len, stats.files.values())) / 3
    assert told(outcomes) == [COUNTED, NONE, COUNTED]


@plain
def test_a_later_run_reads_the_day_before_again_and_goes_on_from_it(
    stats: HubStats, data: Path
) -> None:
    hashes = [commit(stats, n) for n in range(2)]
    take(0, 0)
    stats.host.asked.clear()
    (outcome,) = take(1, 1)
    assert {commit for commit, _ in stats.ranges()} == set(hashes)
    assert outcome.previous == day(0)
    assert left(data) == [".lock"]


@plain
def test_a_day_before_that_cannot_be_had_again_leaves_changes_missing(
    stats: HubStats, data: Path
) -> None:
    gone = commit(stats, 0)
    commit(stats, 1)
    take(0, 0)
    path = f"/api/datasets/{DATASET}/revision/{gone}"
    stats.hub.answer(path, {}, 404, {"X-Error-Code": "RevisionNotFound"})
    (outcome,) = take(1, 1)
    assert (outcome.outcome, outcome.previous) == (COUNTED, None)
    assert outcome.reason == f"no changes: {day(0)} cannot be read again"
    assert store.load("hub_census")["downloads_change"].isna().all()


@plain
def test_an_earlier_day_may_be_filled_in_later(stats: HubStats) -> None:
    for n in range(3):
        commit(stats, n)
    take(2, 2)
    assert [outcome.previous for outcome in take(0, 1)] == [None, day(0)]
    assert [known_day for known_day, _ in known()] == [day(2), day(0), day(1)]


@plain
def test_every_so_many_days(stats: HubStats) -> None:
    for n in range(8):
        commit(stats, n)
    wanted = plan.asked(str(day(0)), str(day(7)), "3d")
    outcomes = list(run.census(wanted, lambda plan: None, lambda what: None))
    assert [outcome.day for outcome in outcomes] == [day(0), day(3), day(6)]


@plain
def test_the_file_of_another_day_is_no_reading_of_its_own(stats: HubStats) -> None:
    first = commit(stats, 0)
    for n in (1, 2):
        stats.commit(day(n), stats.files[first])
    commit(stats, 3)
    outcomes = take(0, 3)
    assert told(outcomes) == [COUNTED, REPEATED, REPEATED, COUNTED]
    assert outcomes[3].previous == day(0)
    said = f"{FILE} is the file of {day(0)}"
    assert store.load("hub_census_days")["reason"].dropna().tolist() == [said, said]
    stats.commit(day(4), stats.files[first])
    commit(stats, 5)
    assert told(take(0, 5)) == [REPEATED, COUNTED]  # found in the table too
    assert take(0, 5, 4)[0].reason == said  # accepted or not
    assert len(known()) == 6


# What is refused


@plain
def test_a_revision_whose_columns_differ_is_refused_by_name_and_counted(
    stats: HubStats, data: Path
) -> None:
    commit(stats, 0)
    odd = stats.commit(day(1), parquet(models(20), without=["likes"]))
    none = stats.commit(day(2), None)
    commit(stats, 3)
    outcomes = take(0, 3)
    assert told(outcomes) == [COUNTED, REFUSED, REFUSED, COUNTED]
    reasons = [outcome.reason for outcome in outcomes[1:3]]
    assert reasons[0] == f"{FILE} of revision {odd[:8]}: there is no column “likes”"
    assert reasons[1] == f"there is no {FILE} in revision {none[:8]}"
    assert outcomes[3].previous == day(0)
    assert store.load("hub_census_days")["reason"].dropna().tolist() == reasons
    assert run.trouble(outcomes).startswith(f"2 of 4 days were refused ({day(1)}, {day(2)}): ")
    before = tables(data)
    assert take(0, 3) == []
    assert told(take(0, 3, 1)) == [REFUSED]  # accepting numbers mends no columns
    assert tables(data) == before
    assert left(data) == [".lock"]


@plain
def test_a_model_that_is_in_it_twice_is_refused(stats: HubStats) -> None:
    commit(stats, 0)
    stats.commit(day(1), parquet([*models(20), models(1)[0]]))
    assert [o.reason for o in take(0, 1)] == ["", "Qwen/Qwen-0 is in it twice."]


@plain
def test_hostile_text_does_not_reach_the_table(stats: HubStats) -> None:
    hostile = "a/<script>\x1b[2J" + "x" * 500
    stats.commit(day(0), parquet([model(hostile, downloads=-1)]))
    take(0, 0)
    (reason,) = store.load("hub_census_days")["reason"]
    assert "(script)" in reason
    assert "is negative" in reason
    assert reason.isprintable()


ODD = {
    "models": ({"count": 17}, "17 models are fewer than 90% of the 20 of 2025-01-24"),
    "fallen": ({"downloads": 49}, "its 30-day downloads are 980, after 2,000 on 2025-01-24"),
    "risen": ({"downloads": 201}, "its 30-day downloads are 4,020, after 2,000 on 2025-01-24"),
    "all_time": (
        {"downloadsAllTime": 999},
        "its all-time downloads fell from 20,000 to 19,980 since 2025-01-24",
    ),
}


@plain
@pytest.mark.parametrize("what", ODD)
def test_what_is_odd_about_all_of_it_is_refused_until_accepted(
    stats: HubStats, data: Path, what: str
) -> None:
    more, reason = ODD[what]
    commit(stats, 0)
    commit(stats, 1, **more)
    commit(stats, 2)
    outcomes = take(0, 2)
    assert told(outcomes) == [COUNTED, REFUSED, COUNTED]
    assert outcomes[1].reason == reason
    assert outcomes[2].previous == day(0)
    assert told(take(0, 2)) == []
    assert told(take(0, 2, 1)) == [COUNTED]
    assert known() == [(day(0), COUNTED), (day(1), REFUSED), (day(2), COUNTED), (day(1), COUNTED)]
    assert take(0, 2, 1) == []
    assert left(data) == [".lock"]


def test_all_repositories_of_the_hub_falling_together_is_odd() -> None:
    before = Totals(100, 1000, 5000)
    for now in (Totals(89, 1000, 5000), Totals(100, 499, 5000), Totals(100, 1000, 4999)):
        assert days.odd(now, before, day(1), day(0))
    for now in (Totals(90, 500, 5000), Totals(200, 2000, None)):
        assert not days.odd(now, before, day(1), day(0))
    assert not days.odd(Totals(100, 4000, 5000), before, day(2), day(0))
    assert days.odd(Totals(100, 4001, 5000), before, day(2), day(0))


# What goes wrong


@plain
def test_a_source_that_fails_in_the_middle_keeps_what_is_done_and_goes_on_from_there(
    stats: HubStats, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes = [commit(stats, n) for n in range(3)]
    monkeypatch.setattr(plan, "DEADLINE", 0.8)
    stats.host.answer(f"/{hashes[1]}", "down", 503)
    done = command(*span(0, 2), "--yes")
    assert done.exit_code == 1
    assert "answered 503 for " in done.stderr
    assert done.stderr.endswith("try again later.\n")
    assert f"{day(0)}  counted" in done.stdout
    assert known() == [(day(0), COUNTED)]
    monkeypatch.setattr(plan, "DEADLINE", 5.0)
    stats.host.answer(f"/{hashes[1]}", stats.part)
    stats.host.asked.clear()
    assert told(take(0, 2)) == [COUNTED, COUNTED]
    assert hashes[0] not in {commit for commit, _ in stats.ranges()}


@plain
def test_a_copy_that_is_whole_is_not_read_again(
    stats: HubStats, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(stats, 0), commit(stats, 1)
    take(0, 0)

    def fail(*_: object) -> None:
        raise Refusal("data/ cannot be written.")

    with monkeypatch.context() as patched:
        patched.setattr(days, "add", fail)
        with pytest.raises(Refusal, match="cannot be written"):
            take(0, 1)
    assert left(data) == [".lock", f"{day(0)}.parquet", f"{day(1)}.parquet"]
    stats.host.asked.clear()
    (outcome,) = take(0, 1)
    assert stats.host.asked == []
    assert outcome.bytes > 0
    assert outcome.previous == day(0)
    assert left(data) == [".lock"]


def test_killed_at_any_step_of_a_census_the_next_one_ends_as_if_nothing_had_been(
    stats: HubStats, data: Path
) -> None:
    for n in (2, 3):
        commit(stats, n)
    places = os.pathsep.join([str(HERE), str(HERE.parent)])
    done = subprocess.run(
        [sys.executable, str(HERE / "census_steps.py"), stats.hub.address, str(data.parent)],
        env=os.environ | {"PYTHONPATH": places},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said = [line for line in done.stdout.splitlines() if not line.startswith("step")]
    assert len(said) > 12
    assert set(said) == {"True"}, done.stdout


@plain
def test_a_second_census_at_once_is_refused(stats: HubStats, data: Path) -> None:
    folder = data.parent / "_build" / "census"
    folder.mkdir(parents=True)
    with (
        FileLock(folder / ".lock"),
        pytest.raises(Refusal, match=r"^Another census is at work: wait for it\.$"),
    ):
        take(0, 0)
    assert take(0, 0)[0].outcome == NONE


def test_a_place_for_copies_that_is_taken_is_refused(stats: HubStats, data: Path) -> None:
    (data.parent / "_build").write_text("a file where a folder must be")
    with pytest.raises(Refusal, match="cannot be written"):
        take(0, 0)


def test_without_a_network_a_census_says_so(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    done = command(*span(0, 0), "--yes")
    assert done.exit_code == 1
    assert done.stderr.startswith("Stopped: 127.0.0.1 cannot be reached (Connection refused)")
    assert len(done.stderr.splitlines()) == 1


def test_a_data_set_that_is_not_there_is_told_and_a_copy_may_be_named(
    stats: HubStats, data: Path, plainly: None
) -> None:
    done = command(*span(0, 0), "--yes", "--dataset", "somebody/copy")
    assert done.exit_code == 1
    assert done.stderr == (
        "Stopped: 127.0.0.1 shows no data set somebody/copy (404): if it was taken down, "
        "name a copy of it with --dataset.\n"
    )
    copy = HubStats(stats.hub, stats.host, "somebody/copy")
    commit(copy, 0)
    assert told(take(0, 0, dataset="somebody/copy")) == [COUNTED]


# What is asked, and said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("2025-02-30", "2025-03-01", "1d"), "--from is “2025-02-30”, but must be a date"),
        (("2025-01-01", "yesterday", "1d"), "--to is “yesterday”, but must be a date"),
        (("2025-01-02", "2025-01-01", "1d"), "--from is 2025-01-02, which is after --to"),
        (("2025-01-02", "2125-01-01", "1d"), "the future is unknown"),
        (("2025-01-01", "2025-01-02", "12h"), "--every is “12h”, but must be whole days"),
        (("2025-01-01", "2025-01-02", "0d"), "--every is “0d”, but must be whole days"),
        (("2025-01-01", "2025-01-02", "1.5d"), "--every is “1.5d”, but must be whole days"),
        (("2025-01-01", "2025-01-03", "2d", ["2025-01-02"]), "--accept is 2025-01-02, which is"),
        (("2025-01-01", "2025-01-03", "2d", ["x"]), "--accept is “x”, but must be a date"),
    ],
)
def test_what_cannot_be_asked_is_refused(data: Path, given: Any, said: str) -> None:
    with pytest.raises(Refusal) as refusal:
        plan.asked(*given)
    assert said in str(refusal.value)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"dataset": "hub-stats"}, "--dataset is “hub-stats”, but must be like"),
        ({"dataset": "../api/models"}, "--dataset is “../api/models”, but must be like"),
        ({"table": "models"}, "--table names a table of an engine"),
    ],
)
def test_a_place_that_cannot_be_is_refused(data: Path, more: dict[str, str], said: str) -> None:
    with pytest.raises(Refusal) as refusal:
        plan.asked("2025-01-01", "2025-01-02", "1d", **more)
    assert str(refusal.value).startswith(said)


def test_today_may_be_asked_and_tomorrow_not(data: Path) -> None:
    today = datetime.now(UTC).date()
    assert plan.asked(str(today), str(today), "1d").days == [today]
    with pytest.raises(Refusal, match="the future is unknown"):
        plan.asked(str(today), str(today + timedelta(1)), "1d")


@plain
def test_nobody_to_ask_is_refused_and_yes_is_for_schedules(stats: HubStats, data: Path) -> None:
    commit(stats, 0)
    commit(stats, 1, count=2)
    done = command(*span(0, 2))
    assert done.exit_code == 1
    assert done.stdout.startswith(f"3 days from {day(0)} to {day(2)}: 2 to count, 1 without")
    assert done.stderr.startswith("Stopped: Nobody is there to be asked")
    assert known() == []
    done = command(*span(0, 2), "--yes")
    assert done.exit_code == 1
    lines = done.stdout.splitlines()[2:]
    assert lines[0].split() == ["day", "outcome", "models", "read", "seconds"]
    assert [line.split()[:2] for line in lines[1:4]] == [
        [str(day(0)), "counted"],
        [str(day(1)), "refused"],
        [str(day(2)), "no"],
    ]
    assert lines[4].endswith("1 counted, 1 no revision, 1 refused")
    assert done.stderr == (
        f"Stopped: 1 of 3 days were refused ({day(1)}): see why; "
        "--accept DAY counts a day however odd its numbers are.\n"
    )
    again = command(*span(0, 2))  # nothing to read, so nothing to ask
    assert (again.exit_code, again.stderr) == (0, "")


@plain
@pytest.mark.parametrize(("answer", "code", "wanted"), [("y", 0, 1), ("n", 1, 0)])
def test_a_person_is_asked_whether_to_go_on(
    stats: HubStats,
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    code: int,
    wanted: int,
) -> None:
    commit(stats, 0)
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda self: True)
    done = command(*span(0, 0), input=f"{answer}\n")
    assert done.exit_code == code, done.output
    assert "Go on? [y/N]" in done.output
    assert len(known()) == wanted


# A table of one's own


def filled(folder: Path, rows: dict[int, list[dict[str, Any]]]) -> str:
    """Write models by day into a DuckDB file, and return its address."""
    parts = []
    for n, listed in rows.items():
        named = [{k: row.get(k) for k in LAYOUT.names} | {"parameters": 7} for row in listed]
        part = pa.Table.from_pylist([r | {"baseModels": None} for r in named], schema=LAYOUT)
        parts.append(part.append_column("day", pa.array([day(n)] * len(listed), pa.date32())))
    everything = pa.concat_tables(parts)
    pq.write_table(everything, folder / "history.parquet")
    with duckdb.connect(str(folder / "history.db")) as database:
        source = folder / "history.parquet"
        database.execute(f"create table models as select * from read_parquet('{source}')")
    return f"duckdb://{folder / 'history.db'}"


def test_a_table_of_one_s_own_is_counted_without_a_network(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    more = {"downloads": 103}
    history = {0: models(20), 1: models(21), 2: models(5), 4: models(22, **more)}
    engine = filled(tmp_path, history)
    outcomes = take(0, 4, engine=engine, table="models")
    assert {o.day: o.outcome for o in outcomes} == {
        day(0): COUNTED,
        day(1): COUNTED,
        day(2): REFUSED,
        day(3): NONE,
        day(4): COUNTED,
    }
    rows = store.load("hub_census_days").set_index("day")
    assert rows[["revision", "committed", "file"]].isna().all(axis=None)
    assert rows["previous"].dropna().dt.date.tolist() == [day(0), day(1)]
    totals = [days.totals(day(n)).models for n in (0, 1, 4)]
    assert totals == [20, 21, 22]
    counts = store.load("hub_census")
    last = counts[(counts["day"] == pd.Timestamp(day(4))) & (counts["lab"] == "all")]
    assert last["downloads_change"].tolist() == [63, 63]
    assert told(take(0, 4, engine=engine, table="models")) == [NONE]
    assert told(take(0, 4, 2, engine=engine, table="models")) == [NONE, COUNTED]


def test_a_table_that_is_not_there_is_refused(data: Path, tmp_path: Path) -> None:
    engine = filled(tmp_path, {0: models(2)})
    with pytest.raises(Refusal, match="The engine has no table “others” of models by day"):
        take(0, 0, engine=engine, table="others")
