from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path
from typing import Any

import pytest
import specimen
from freezing import execute
from test_build import Book, at_home, fingerprint

from openrace import build, execution, freshness
from openrace.errors import Refusal
from openrace.freshness import Freshness, Visited

JAN = [date(2026, 1, day) for day in range(1, 32)]
WEEKLY = {"sources": ["hub"], "every_days": 7}
BOTH = {"sources": ["hub", "epoch"], "every_days": 7}


def jan(day: int) -> date:
    return JAN[day - 1]


def good(day: int, source: str = "hub") -> Visited:
    return Visited(jan(day), source, "good")


def failed(day: int, source: str = "hub", outcome: str = "failed") -> Visited:
    return Visited(jan(day), source, outcome, "It did not answer.")


# When a table is due


@pytest.mark.parametrize(
    ("days", "visits", "due"),
    [
        ([1, 2], [], 9),  # by its last day
        ([1, 2], [good(5)], 12),  # by the visit that found nothing new
        ([1, 8], [good(5)], 15),  # rows of a later day came by hand
        ([], [good(5)], 12),
        ([1, 2], [failed(5)], 9),
        ([1, 2], [good(5, "epoch")], 9),  # the visit of another source
    ],
)
def test_a_table_is_due_some_days_after_its_last_day_or_visit(
    days: list[int], visits: list[Visited], due: int
) -> None:
    assert freshness.of(WEEKLY, [jan(d) for d in days], visits, jan(1)).due == jan(due)


def test_a_table_that_nobody_filled_or_asked_about_is_not_due() -> None:
    assert freshness.of(WEEKLY, [], [], jan(31)) == Freshness(None, None, None, None)


@pytest.mark.parametrize(("today", "overdue"), [(8, None), (9, None), (10, 9), (31, 9)])
def test_a_table_is_overdue_from_the_day_after_it_was_due(today: int, overdue: int | None) -> None:
    fresh = freshness.of(WEEKLY, [jan(2)], [], jan(today))
    assert fresh.due == jan(9)
    assert fresh.overdue == (overdue and jan(overdue))


def test_of_two_sources_the_staler_one_decides() -> None:
    visits = [good(2), good(2, "epoch"), good(20)]
    fresh = freshness.of(BOTH, [jan(2), jan(20)], visits, jan(21))
    assert (fresh.last, fresh.asked, fresh.overdue) == (jan(20), jan(2), jan(9))


def test_a_source_never_asked_is_not_made_fresh_by_the_rows_of_the_other() -> None:
    fresh = freshness.of(BOTH, [jan(2), jan(20)], [good(20)], jan(21))
    assert (fresh.asked, fresh.overdue) == (None, jan(9))


# What went wrong


@pytest.mark.parametrize(
    ("visits", "trouble"),
    [
        ([good(2), failed(3)], [failed(3)]),
        ([failed(3), failed(4, outcome="held")], [failed(4, outcome="held")]),
        ([failed(3), good(3)], []),  # the same day, later
        ([good(3), failed(3)], [failed(3)]),
        ([failed(3), good(4, "epoch")], [failed(3)]),
        ([failed(3, "epoch"), failed(4)], [failed(4), failed(3, "epoch")]),
    ],
)
def test_only_a_fault_after_the_last_good_visit_is_trouble(
    visits: list[Visited], trouble: list[Visited]
) -> None:
    assert list(freshness.of(BOTH, [jan(1)], visits, jan(5)).trouble) == trouble


# Today


def test_today_is_a_day_in_utc() -> None:
    before, day, after = datetime.now(UTC).date(), freshness.today({}), datetime.now(UTC).date()
    assert before <= day <= after


def epoch(day: date) -> str:
    return str(int(datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC).timestamp()))


def test_today_is_the_day_that_a_reproducible_build_asks_for() -> None:
    assert freshness.today({"SOURCE_DATE_EPOCH": epoch(jan(9))}) == jan(9)


@pytest.mark.parametrize("seconds", ["soon", "1e9", "9" * 30])
def test_a_day_that_cannot_be_is_refused(seconds: str) -> None:
    with pytest.raises(Refusal, match="SOURCE_DATE_EPOCH"):
        freshness.today({"SOURCE_DATE_EPOCH": seconds})


# In the book


def described() -> dict[str, Any]:
    package = json.loads((specimen.PROJECT / "data" / "datapackage.json").read_text())
    return next(r for r in package["resources"] if r["name"] == "refreshes")


class Live(Book):
    """The specimen with live sources: `hub` feeds both tables, `epoch` one of them."""

    def on(self, day: int, visits: Sequence[Visited], patch: pytest.MonkeyPatch) -> None:
        """Build it on a day, after some visits."""
        at_home(self.folder, patch)
        patch.setattr(execution.Execution, "run", execute)
        patch.setenv("SOURCE_DATE_EPOCH", epoch(jan(day)))
        fields = [f["name"] for f in described()["schema"]["fields"]]
        with (self.folder / "data" / "refreshes.csv").open("w", newline="") as file:
            log = csv.DictWriter(file, fields, restval="")
            log.writeheader()
            for v in visits:
                row = {"date": v.day, "source": v.source, "outcome": v.outcome, "why": v.why}
                log.writerow(row)
        self.build()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Live:
    folder = specimen.write(tmp_path_factory.mktemp("live") / "book")
    path = folder / "data" / "datapackage.json"
    package = json.loads(path.read_text())
    for resource, sources in zip(package["resources"], (["hub"], ["hub", "epoch"]), strict=True):
        resource["refresh"] = {"sources": sources, "every_days": 7, "grows": "days", "key": []}
    package["resources"].append(described())
    path.write_text(json.dumps(package))
    with (folder / "index.md").open("a") as page:
        page.write("\n```{live}\n```\n")
    return Live(folder, jobs=1)  # chapters executed in this process go one after the other


DRAWN = (".svg", ".png", ".csv", ".vl.json", ".view.js")  # citations say the day of publishing


def figures(site: Path) -> dict[str, str]:
    return {k: v for k, v in fingerprint(site / "figures").items() if k.endswith(DRAWN)}


def test_what_is_past_due_is_said_on_pages_and_moves_nothing_that_was_drawn(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.on(9, [], monkeypatch)
    drawn = figures(live.site)
    assert "overdue" not in live.page("chapters/one") + live.page("index")
    live.on(10, [], monkeypatch)  # nothing but the day is new
    assert "2 of 2 chapters unchanged, 0 to execute" in live.said
    said = '<p class="stale">nobody/specimen: overdue since 9\u00a0Jan\u00a02026</p>'
    assert live.page("chapters/one").count(said) == 1
    source, after = live.page("chapters/one").split(said)
    assert source.rstrip().endswith("CC BY 4.0.</p>")
    assert after.lstrip().startswith('<p class="limit">')
    assert '<td data-label="Due">overdue since 9\u00a0Jan\u00a02026</td>' in live.page("index")
    assert figures(live.site) == drawn
    live.build()
    assert "the site is up to date" in live.said


def test_a_source_that_failed_is_named_under_its_figures_and_once_at_the_top(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    why = specimen.HOSTILE
    live.on(8, [good(3), good(3, "epoch"), Visited(jan(8), "epoch", "held", why)], monkeypatch)
    said = f"not refreshed on 8\u00a0Jan\u00a02026, its answer is held: {escape(why)}</p>"
    two = live.page("chapters/two")
    assert two.count(f'<p class="stale">nobody/specimen: {said}') == 1
    because = "of nobody/specimen, because the source “epoch” was "
    top = two.index(f"This chapter stands on data to 2\u00a0Jan\u00a02026 {because}{said}")
    assert two.index("</h1>") < top < two.index("<figure")
    assert "not refreshed" not in live.page("chapters/one")  # rests on the other source
    assert f"8\u00a0Jan\u00a02026, held: {escape(why)}</td>" in live.page("index")
    assert specimen.HOSTILE not in two + live.page("index")


def test_a_good_visit_after_a_failed_one_leaves_nothing_to_say(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.on(8, [failed(7), good(8), good(8, "epoch")], monkeypatch)
    assert "stale" not in live.page("chapters/one") + live.page("chapters/two")
    assert "8\u00a0Jan\u00a02026, good</td>" in live.page("index")


def test_a_set_is_built_apart_says_what_it_is_and_is_not_overdue(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.on(31, [failed(30)], monkeypatch)
    main = fingerprint(live.folder / "_build")
    chosen = live.folder / "past.yml"
    chosen.write_text(
        "title: The <past>\ndescription: Two days.\nparameters:\n  as_of: 2026-01-02\n"
    )
    page = build.build(live.folder, {"as_of": "2026-01-01"}, 1, live.said.append, chosen)
    assert page == live.folder / "_build" / "sets" / "past" / "html" / "index.html"
    told = [p for p in page.parent.rglob("*.html") if "_static" not in p.parts]
    for path in sorted(p for p in told if p.name != "404.html"):  # which tells nothing of the book
        text = path.read_text(encoding="utf-8")
        assert "The &lt;past&gt;" in text, path.name
        assert "as_of 2026-01-01 (otherwise latest)" in text, path.name  # the flag, not the file
        assert "overdue since" not in text, path.name
        assert "not refreshed" not in text, path.name
    numbers = json.loads((page.parent / "numbers.json").read_text())
    assert numbers["one.gain"]["value"] == 0
    now = {k: v for k, v in fingerprint(live.folder / "_build").items() if k in main}
    assert now == main
