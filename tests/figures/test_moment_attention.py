"""The figure of attention as drawn from made-up rows, and not shown while there are none."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from drawn import spec

from openrace import chapter, figures
from openrace.figures import render, theme
from openrace.measures.moment import attention
from openrace.outputs import FIGURE

ID = "moment-attention"
WIDTHS = (theme.WIDE, theme.NARROW)
LEVELS = {"DeepSeek": 900, "ChatGPT": 60_000, "Llama (language model)": 2_600, "Qwen": 700}
NONE = "counts no views of the article on DeepSeek in the month after R1"
NO_DATA = re.compile(r"\b(nan|None|NaT|not observed|inf)\b")


def planted(*articles: str) -> pd.DataFrame:
    """Made-up views: a wave that wanes by a fifth a day from 27 January on, and a gap in March."""
    days = pd.date_range("2024-12-01", "2025-05-31")
    made = []
    for article in articles or LEVELS:
        wave = 300_000 if article == "DeepSeek" else LEVELS[article] / 2
        for day in days[~days.isin(pd.date_range("2025-03-03", "2025-03-07"))]:
            since = (day - attention.EVENT).days
            more = wave * 0.8**since if since >= 0 else 0
            made.append((day, article, int(LEVELS[article] * (1 + 0.1 * (day.day % 3)) + more)))
    table = pd.DataFrame(made, columns=["date", "article", "views"])
    return table.assign(observed=pd.Timestamp("2026-09-01"))


def words(table: pd.DataFrame) -> dict[str, str]:
    told = {n.id: n for n in attention.numbers(table)}
    plan = figures.plan(ID)
    return {w: getattr(plan, w)(told) for w in ("title", "subtitle", "alt")}


def drawn(table: pd.DataFrame, width: int) -> tuple[dict[str, Any], str]:
    told = {n.id: n for n in attention.numbers(table)}
    made = spec(ID, attention.study(table), told, width)
    return made, render.svg(made, "p")


@pytest.mark.parametrize("width", WIDTHS)
def test_both_drawings_fit_name_every_line_and_say_what_a_mark_is(width: int) -> None:
    made, svg = drawn(planted(), width)
    size = re.search(r'width="([\d.]+)"', svg)
    assert size is not None
    assert float(size[1]) <= (760 if width == theme.WIDE else 360)
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    for text in ("DeepSeek", "ChatGPT", "Llama", "Qwen", "V3, 26 Dec", "R1, 20 Jan", "peak"):
        assert texts.count(text) == 1, text
    assert '"tooltip"' in str(made).replace("'", '"')
    colours = set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]{6})"', svg))
    assert colours <= {*theme.BLOCS.values(), theme.INK, theme.MUTED, theme.GRID, theme.PAPER}


def test_no_line_is_drawn_through_a_gap() -> None:
    svg = drawn(planted("DeepSeek"), theme.WIDE)[1]
    lines = re.findall(r'<path[^>]* d="([^"]+)"[^>]*stroke="#d55e00"[^>]*/?>', svg)
    thick = [d for d in lines if d.startswith("M") and d.count("L") > 20]
    assert [d.count("L") + 1 for d in thick] == [
        (date(2025, 3, 3) - date(2024, 12, 1)).days,
        (date(2025, 4, 27) - date(2025, 3, 7)).days,
    ]


def test_the_title_says_peak_multiple_and_half() -> None:
    said = words(planted())
    assert said["title"] == (
        "Wikipedia’s article on DeepSeek was opened 300,900 times on 27\u00a0Jan\u00a02025, "
        "303.9\u00a0times a usual day before R1, and half as often 4 days later"
    )
    assert "ChatGPT 1.4\u00a0times" in said["alt"]
    assert not NO_DATA.search(" ".join(said.values()))


@pytest.mark.parametrize(
    ("table", "title"),
    [
        (planted("Qwen"), NONE),
        (planted("DeepSeek")[:1], NONE),
        (planted("DeepSeek")[50:60], "no later day counted had half as many"),
        (planted("DeepSeek").assign(views=0), NONE),
        (planted("DeepSeek")[55:80], "half as often 4 days later"),
    ],
    ids=["no DeepSeek", "one early day", "no fall", "no views", "no month before"],
)
def test_words_are_true_and_drawings_possible_in_any_state(table: pd.DataFrame, title: str) -> None:
    said = words(table)
    assert title in said["title"]
    assert not NO_DATA.search(" ".join(said.values()))
    assert "NaN" not in drawn(table, theme.NARROW)[1]


def test_one_day_is_one_day() -> None:
    views = planted("DeepSeek")
    views.loc[views["date"] > "2025-01-27", "views"] = 900
    assert words(views)["title"].endswith("and half as often 1 day later")


def test_the_figure_appears_with_its_rows(displayed: list[dict[str, Any]]) -> None:
    table = planted()
    book = chapter.Chapter("moment", date(2026, 9, 1) + timedelta(days=1))
    book.tell(attention.numbers(table[:0]))
    book.show(ID, attention.study(table[:0]))
    assert [b for b in displayed if FIGURE in b] == []
    again = chapter.Chapter("moment", book.as_of)
    again.tell(attention.numbers(table))
    again.show(ID, attention.study(table))
    (record,) = [b[FIGURE] for b in displayed if FIGURE in b]
    assert record["id"] == ID
    assert record["limit"].endswith(".")
