"""The refresh: sources fail alone, anomalies wait for a person, a second time writes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from specimen import PROJECT
from upstream import Upstream

from openrace import held, package, refresh, store, summary
from openrace.errors import Refusal
from openrace.refresh import FAILED, GOOD, HELD, SKIPPED, Outcome
from openrace.sources import asking
from openrace.sources.source import Found, Source, Visit

TABLES = ("labs", "countries", "trending_daily", "alltime_downloads", "refreshes")
TODAY = datetime.now(UTC).date()
MODELS = [f"Qwen/Qwen-{n}" for n in range(12)]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a few of the real tables, and a place for raw answers."""
    real = json.loads((PROJECT / "data" / "datapackage.json").read_text(encoding="utf-8"))
    kept = [r for r in real["resources"] if r["name"] in TABLES]
    data = tmp_path / "data"
    data.mkdir()
    (data / "datapackage.json").write_text(json.dumps(real | {"resources": kept}))
    for table in TABLES:
        (data / f"{table}.csv").write_bytes((PROJECT / "data" / f"{table}.csv").read_bytes())
    downloads = "".join(f"2026-11-01,{model},{1_000_000 + n}\n" for n, model in enumerate(MODELS))
    (data / "alltime_downloads.csv").write_text(f"date,model_id,downloads_all_time\n{downloads}")
    monkeypatch.setenv("OPENRACE_DATA", str(data))
    monkeypatch.setenv("OPENRACE_RAW", str(tmp_path / "raw"))
    return data


@pytest.fixture
def up() -> Iterator[Upstream]:
    with Upstream() as server:
        counters(server)
        yield server


def counters(up: Upstream, times: float = 1.1, more: Sequence[Any] = ()) -> None:
    """Have the server give all-time downloads, each so many times the last."""
    rows = [[model, int(times * (1_000_000 + n))] for n, model in enumerate(MODELS)]
    up.answer("/counters", [*rows, *more])


def _ask(visit: Visit) -> Found:
    rows = asking.get(visit.client, f"{visit.address}/counters").json()
    table = pd.DataFrame(rows, columns=["model_id", "downloads_all_time"])
    table.insert(0, "date", pd.Timestamp(visit.day))
    visit.told("counters")
    return Found({"alltime_downloads": table}, asked=len(rows), notes=["Nothing odd."])


def source(up: Upstream, name: str = "counters", **more: Any) -> Source:
    plain: dict[str, Any] = {
        "title": name,
        "variable": "OPENRACE_TEST_URL",
        "address": up.address,
        "ask": _ask,
        "deadline": 2.0,
    }
    return Source(name, **plain | more)


def run(*sources: Source, **how: Any) -> list[Outcome]:
    return list(refresh.run(sources, refresh.plan(**how)))


def logged() -> list[tuple[str, str]]:
    log = store.load("refreshes")
    return list(zip(log["source"], log["outcome"], strict=True))


def content(data: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(data.glob("*.csv"))}


def test_an_answer_is_appended_kept_and_logged(data: Path, up: Upstream, tmp_path: Path) -> None:
    (outcome,) = run(source(up))
    assert (outcome.outcome, outcome.asked, outcome.new) == (GOOD, 12, 12)
    added = store.load("alltime_downloads").tail(12)
    assert set(added["date"]) == {pd.Timestamp(TODAY)}
    log = store.load("refreshes").iloc[0]
    assert log["answers"] == outcome.answers
    assert log[["source", "outcome", "new"]].to_list() == ["counters", GOOD, 12]
    assert len(list((tmp_path / "raw" / "visits" / "counters").glob("*.json"))) == 1


def test_the_same_day_and_answer_write_nothing(data: Path, up: Upstream) -> None:
    run(source(up))
    before = content(data)
    (outcome,) = run(source(up))
    assert (outcome.outcome, outcome.new, outcome.tables) == (GOOD, 0, {})
    assert content(data) == before


def test_the_first_reading_of_a_day_stands(data: Path, up: Upstream) -> None:
    run(source(up))
    before = content(data)
    counters(up, 1.2)
    (outcome,) = run(source(up))
    assert outcome.notes[-1] == "12 rows differ from today’s first reading, which stands."
    assert content(data) == before


def test_a_dry_run_says_what_would_change_and_writes_nothing(
    data: Path, up: Upstream, tmp_path: Path
) -> None:
    before = content(data)
    outcomes = run(source(up), dry=True)
    assert "counters: alltime_downloads would gain 12 rows." in summary.lines(
        outcomes, {}, dry=True
    )
    assert content(data) == before
    assert not (tmp_path / "raw").exists()


def test_a_source_that_is_down_keeps_none_of_the_others(data: Path, up: Upstream) -> None:
    away = source(up, "away", address="http://127.0.0.1:9", deadline=0.3)
    outcomes = run(away, source(up))
    assert [o.outcome for o in outcomes] == [FAILED, GOOD]
    assert logged() == [("away", FAILED), ("counters", GOOD)]
    assert len(store.load("alltime_downloads")) == 24
    said = summary.trouble(outcomes)
    assert said == "away failed; 1 of 2 went well. Their tables stay as they were."


def test_a_readers_own_mistake_fails_its_source_only(data: Path, up: Upstream) -> None:
    def mistaken(visit: Visit) -> Found:
        return Found({}, asked=[][1])

    broken, good = run(source(up, "broken", ask=mistaken), source(up))
    assert (broken.outcome, good.outcome) == (FAILED, GOOD)
    assert broken.why.endswith("(IndexError: list index out of range); please report this.")


def test_a_failure_is_logged_once_a_day(data: Path, up: Upstream) -> None:
    up.answer("/counters", "<html>down</html>", status=404)
    assert run(source(up))[0].outcome == FAILED
    before = content(data)
    run(source(up))
    assert content(data) == before


def test_all_repositories_falling_together_are_held_until_accepted(
    data: Path, up: Upstream
) -> None:
    counters(up, 0.9)
    (outcome,) = run(source(up))
    assert outcome.outcome == HELD
    assert "fell for 100% of 12 repositories at once" in outcome.why
    assert len(store.load("alltime_downloads")) == 12
    assert f"counters: If that is right: openrace refresh --accept {outcome.id}" in summary.lines(
        [outcome], {}
    )
    assert held.ids() == [outcome.id]
    assert held.waiting(outcome.id).why == (outcome.why,)


def test_what_is_accepted_is_the_answer_that_was_held(
    data: Path, up: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    counters(up, 0.9)
    asked = source(up)
    monkeypatch.setattr(refresh, "SOURCES", (asked,))
    (outcome,) = run(asked)
    counters(up, 5)
    requests = len(up.asked)
    accepted = refresh.accept(outcome.id, refresh.plan())
    assert (accepted.outcome, accepted.new) == (GOOD, 12)
    assert store.load("alltime_downloads")["downloads_all_time"].tail(12).max() == 900_009
    assert len(up.asked) == requests
    assert held.ids() == []
    assert logged() == [("counters", HELD), ("counters", GOOD)]


def test_an_id_that_is_not_held_is_refused_with_those_that_are(data: Path, up: Upstream) -> None:
    with pytest.raises(Refusal, match="No answer is held as “nonsense”; nothing is held"):
        refresh.accept("nonsense", refresh.plan())
    counters(up, 0.9)
    (outcome,) = run(source(up))
    with pytest.raises(Refusal, match=f"there are {outcome.id}"):
        refresh.accept("nonsense", refresh.plan())


def test_a_twentyfold_jump_is_held(data: Path, up: Upstream) -> None:
    rows = [[model, 1_000_000 + n] for n, model in enumerate(MODELS[:-1])]
    up.answer("/counters", [*rows, ["Qwen/Qwen-11", 20_000_220]])
    (outcome,) = run(source(up))
    assert outcome.outcome == HELD
    assert "Qwen/Qwen-11 went from 1,000,011 to 20,000,220 at once" in outcome.why


def _trending(visit: Visit) -> Found:
    """Give the last day's list again, with another model on top."""
    last = visit.table("trending_daily")
    rows = last[last["date"] == last["date"].max()].assign(date=pd.Timestamp(visit.day))
    (top,) = asking.get(visit.client, f"{visit.address}/top").json()
    rows["model_id"] = rows["model_id"].mask(rows["rank"] == 1, top)
    return Found({"trending_daily": rows}, asked=len(rows))


@pytest.mark.parametrize(
    ("top", "outcome"), [("nobody-ever/Model", HELD), ("deepseek-ai/DeepSeek-V9", GOOD)]
)
def test_an_unknown_lab_near_the_top_is_held(
    data: Path, up: Upstream, top: str, outcome: str
) -> None:
    up.answer("/top", [top])
    (told,) = run(source(up, "trending", ask=_trending))
    assert told.outcome == outcome
    assert ("nobody has placed its organisation" in told.why) == (outcome == HELD)


def test_a_source_without_its_key_is_skipped_and_says_so(
    data: Path, up: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENRACE_TEST_KEY", raising=False)
    before = content(data)
    (outcome,) = run(source(up, key="OPENRACE_TEST_KEY"))
    assert (outcome.outcome, outcome.why) == (SKIPPED, "needs OPENRACE_TEST_KEY, which is not set")
    assert summary.trouble([outcome]) == ""
    assert content(data) == before
    monkeypatch.setenv("OPENRACE_TEST_KEY", "secret")
    assert run(source(up, key="OPENRACE_TEST_KEY"))[0].outcome == GOOD


def test_the_past_is_asked_only_of_sources_that_know_it(data: Path, up: Upstream) -> None:
    now, past = run(source(up, "now"), source(up, "past", has_past=True), as_of="2026-09-01")
    assert (now.outcome, past.outcome) == (SKIPPED, GOOD)
    assert now.why == "can only be asked about today, not 2026-09-01"


@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        ("2999-01-01", "the future is unknown"),
        ("2026-02-29", "must be a date like 2026-04-30"),
        ("yesterday", "must be a date like 2026-04-30"),
    ],
)
def test_days_that_are_none_are_refused(data: Path, as_of: str, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        refresh.plan(as_of)


def test_a_clock_behind_the_tables_is_refused(data: Path) -> None:
    path = data / "alltime_downloads.csv"
    path.write_text(path.read_text() + f"{TODAY + timedelta(days=2)},a/b,1\n")
    with pytest.raises(Refusal, match="set the clock"):
        refresh.plan()


def test_offline_reads_what_was_kept_and_asks_nobody(data: Path, up: Upstream) -> None:
    assert run(source(up), offline=True)[0].outcome == SKIPPED
    before = content(data)
    run(source(up))
    appended = content(data)
    for name, text in before.items():
        (data / name).write_bytes(text)
    requests = len(up.asked)
    (outcome,) = run(source(up), offline=True)
    assert (outcome.outcome, outcome.new) == (GOOD, 12)
    assert len(up.asked) == requests
    assert content(data) == appended


def test_rows_that_break_a_rule_of_their_table_fail_the_source(data: Path, up: Upstream) -> None:
    counters(up, more=[["no slash", 5]])
    before = (data / "alltime_downloads.csv").read_bytes()
    (outcome,) = run(source(up))
    assert outcome.outcome == FAILED
    assert "no slash" in outcome.why
    assert (data / "alltime_downloads.csv").read_bytes() == before


def test_names_of_sources_and_groups_choose(monkeypatch: pytest.MonkeyPatch, up: Upstream) -> None:
    three = (source(up, "a"), source(up, "b", group="prices"), source(up, "c", group="prices"))
    monkeypatch.setattr(refresh, "SOURCES", three)
    assert [s.name for s in refresh.chosen("")] == ["a", "b", "c"]
    assert [s.name for s in refresh.chosen("prices, a")] == ["a", "b", "c"]
    assert [s.name for s in refresh.chosen("c")] == ["c"]
    with pytest.raises(Refusal, match="There is no source “d”; there are a, b, c, prices"):
        refresh.chosen("d")


def test_the_summary_is_a_table(data: Path, up: Upstream) -> None:
    head, row, *_ = summary.lines(run(source(up)), {"counters": date(2026, 12, 1)})
    assert head.split() == [
        *["source", "outcome", "asked", "new", "changed", "rejected", "seconds", "next", "due"]
    ]
    name, outcome, *counts, seconds, due = row.split()
    assert (name, outcome, *counts) == ("counters", GOOD, "12", "12", "0", "0")
    assert float(seconds) >= 0
    assert due == "2026-12-01"
    assert len(head) == len(row)


def test_every_table_that_grows_has_its_live_sources_and_every_source_its_tables() -> None:
    fed = [r["refresh"]["sources"] for r in package.read()["resources"] if "refresh" in r]
    assert {s for sources in fed for s in sources} == {s.name for s in refresh.SOURCES}
