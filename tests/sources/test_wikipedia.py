"""Page views as Wikimedia answers them, from a server on this machine; all counts are made up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import unquote

import pandas as pd
import pytest
from upstream import Upstream, visit

from openrace import package
from openrace.append import additions
from openrace.errors import Refusal
from openrace.sources import wikipedia
from openrace.sources.source import Found

DAY = date(2025, 1, 29)
NONE = pd.DataFrame({"observed": [], "date": [], "article": [], "views": []})
NO_VIEWS = {
    "detail": "The date(s) you used are valid, but we either do not have data for those date(s).",
    "status": 404,
    "title": "Not Found",
    "type": "about:blank",
}


@pytest.fixture
def up() -> Iterator[Upstream]:
    with Upstream() as server:
        yield server


def path(title: str, first: str = "2024120100", last: str = "2025012800") -> str:
    return f"{wikipedia._PATH}/{title.replace(' ', '_')}/daily/{first}/{last}"


def item(title: str, day: str = "20250127", views: Any = 100, **more: Any) -> dict[str, Any]:
    return {
        "project": "en.wikipedia",
        "article": title.replace(" ", "_"),
        "granularity": "daily",
        "timestamp": f"{day}00",
        "access": "all-access",
        "agent": "user",
        "views": views,
    } | more


def answer(up: Upstream, title: str, *items: Any, **where: str) -> None:
    """Answer of one article; its address is written with brackets escaped, as a browser does."""
    up.answer(path(title, **where).replace("(", "%28").replace(")", "%29"), {"items": [*items]})


def answer_all(up: Upstream, **where: str) -> None:
    for title in wikipedia.ARTICLES:
        answer(up, title, item(title), **where)


def ask(up: Upstream, known: pd.DataFrame = NONE, day: date = DAY, **options: Any) -> Found:
    return wikipedia.ask(visit(up, day, attention_daily=known, **options))


def test_the_first_visit_asks_for_each_article_up_to_the_day_before(up: Upstream) -> None:
    answer_all(up)
    answer(up, "DeepSeek", item("DeepSeek", views=0), item("DeepSeek", "20250128", 10**12))
    found = ask(up)
    assert [unquote(a.path) for a in up.asked] == [path(title) for title in wikipedia.ARTICLES]
    rows = found.rows["attention_daily"]
    fields = package.describe("attention_daily")["schema"]["fields"]
    assert list(rows) == [f["name"] for f in fields]
    assert set(rows["observed"]) == {pd.Timestamp(DAY)}
    first = rows[rows["article"] == "DeepSeek"]
    assert first["views"].tolist() == [0, 10**12]
    assert first["date"].tolist() == [pd.Timestamp("2025-01-27"), pd.Timestamp("2025-01-28")]
    assert set(rows["article"]) == set(wikipedia.ARTICLES)
    assert (found.asked, found.rejected) == (5, 0)
    assert additions("attention_daily", rows).new == 5


def test_a_day_that_is_not_there_is_a_gap_and_said(up: Upstream) -> None:
    answer_all(up, first="2025012600")
    two = (item("DeepSeek", "20250126"), item("DeepSeek", "20250128"))
    answer(up, "DeepSeek", *two, first="2025012600")
    seen = pd.to_datetime(["2025-02-09"] * 4)
    known = pd.DataFrame({"date": seen, "article": wikipedia.ARTICLES})
    found = ask(up, known)  # from fourteen days before the last day known, the last one anyway
    rows = found.rows["attention_daily"]
    assert rows.loc[rows["article"] == "DeepSeek", "date"].dt.day.tolist() == [26, 28]
    assert "Of “DeepSeek” there are no views on 1 of 3 days to 2025-01-28." in found.notes
    assert 0 not in rows["views"].tolist()


def test_what_was_counted_lately_is_asked_again_article_by_article(up: Upstream) -> None:
    answer_all(up)
    answer(up, "ChatGPT", item("ChatGPT"), first="2025011000")
    days = pd.date_range("2024-12-01", "2025-01-24")
    found = ask(up, pd.DataFrame({"date": days, "article": "ChatGPT"}))
    asked = [a.path.split("/")[-2] for a in up.asked]
    assert asked == ["2024120100", "2025011000", "2024120100", "2024120100"]
    assert found.asked == 4


def test_an_earlier_day_can_be_asked_about(up: Upstream) -> None:
    answer_all(up, last="2025012700")
    found = ask(up, day=date(2026, 9, 1), until=date(2025, 1, 27))
    assert set(found.rows["attention_daily"]["observed"]) == {pd.Timestamp("2026-09-01")}
    with pytest.raises(Refusal, match="from 2024-12-01 on, which is not over by 2024-06-01"):
        ask(up, until=date(2024, 6, 1))


@pytest.mark.parametrize(
    "body", [NO_VIEWS, NO_VIEWS | {"type": "https://mediawiki.org/wiki/HyperSwitch/not_found"}]
)
def test_an_article_without_views_has_no_rows_and_is_said(up: Upstream, body: Any) -> None:
    answer_all(up)
    up.answer(path("Qwen"), body, status=404)
    found = ask(up)
    assert set(found.rows["attention_daily"]["article"]) == set(wikipedia.ARTICLES) - {"Qwen"}
    assert "Of “Qwen” there are no views on 59 of 59 days to 2025-01-28." in found.notes
    assert all(n.startswith("Of “") for n in found.notes)


def test_no_views_of_any_article_is_no_answer(up: Upstream) -> None:
    for title in wikipedia.ARTICLES:
        answer(up, title)
    with pytest.raises(Refusal, match="no views of any of 4 articles up to 2025-01-28"):
        ask(up)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"title": "no such route"}, 404),
        ("<html>Not found</html>", 404),
        ("<html>We are sorry</html>", 200),
        ('{"items": [', 200),
        ([], 200),
        ({}, 200),
        ({"items": None}, 200),
    ],
)
def test_another_404_or_another_page_is_refused(up: Upstream, body: Any, status: int) -> None:
    answer_all(up)
    up.answer(path("ChatGPT"), body, status=status)
    with pytest.raises(Refusal):
        ask(up)


FIELDS = list(item("DeepSeek"))


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_that_is_gone_or_renamed_is_named(up: Upstream, field: str) -> None:
    answer_all(up)
    broken = item("DeepSeek")
    broken[f"{field}_new"] = broken.pop(field)
    answer(up, "DeepSeek", item("DeepSeek", "20250126"), broken)
    with pytest.raises(Refusal, match=field) as refused:
        ask(up)
    assert "1" in str(refused.value)  # which of the items


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("views", "100"),
        ("views", None),
        ("views", 100.5),
        ("views", 100.0),
        ("views", -1),
        ("views", True),
        ("views", 2**53 + 1),
        ("views", float("nan")),
        ("timestamp", 2025012700),
        ("timestamp", "2025-01-27"),
        ("timestamp", "2025139900"),
        ("timestamp", "2025012712"),
        ("project", "de.wikipedia"),
        ("granularity", "monthly"),
        ("access", "desktop"),
        ("agent", "all-agents"),
        ("article", ["DeepSeek"]),
        ("article", "</script><script>alert(1)</script>"),
    ],
)
def test_a_value_of_another_kind_is_refused(up: Upstream, field: str, value: Any) -> None:
    answer_all(up)
    answer(up, "DeepSeek", item("DeepSeek") | {field: value})
    with pytest.raises(Refusal):
        ask(up)


def test_an_added_field_passes_and_is_said_once(up: Upstream) -> None:
    for title in wikipedia.ARTICLES:
        answer(up, title, item(title, bots=3))
    found = ask(up)
    assert found.notes.count("Wikimedia has a new field “bots”.") == 1
    assert "bots" not in found.rows["attention_daily"]


def test_the_same_day_twice_is_one_and_with_two_counts_none(up: Upstream) -> None:
    answer_all(up)
    answer(up, "DeepSeek", item("DeepSeek"), item("DeepSeek"))
    assert ask(up).asked == len(wikipedia.ARTICLES)
    answer(up, "DeepSeek", item("DeepSeek"), item("DeepSeek", views=101))
    with pytest.raises(Refusal, match="two counts of “DeepSeek” for 2025-01-27"):
        ask(up)


@pytest.mark.parametrize("day", ["20241130", "20250129"])
def test_a_day_that_nobody_asked_for_is_refused(up: Upstream, day: str) -> None:
    answer_all(up)
    answer(up, "DeepSeek", item("DeepSeek", day))
    with pytest.raises(Refusal, match="which was not asked for"):
        ask(up)


def test_the_source_says_what_it_is() -> None:
    source = wikipedia.SOURCE
    assert source.at({}) == "https://wikimedia.org"
    assert source.at({"OPENRACE_WIKIPEDIA_URL": "http://here/"}) == "http://here"
    described = package.describe("attention_daily")["refresh"]
    assert described["sources"] == [source.name]
    assert timedelta(days=described["every_days"]) < wikipedia.AGAIN
