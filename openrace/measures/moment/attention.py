"""Attention: how often Wikipedia's article on DeepSeek was opened around 27 January 2025.

Views are counts of one article of the English Wikipedia, whose readers are everywhere. A day
without a count is a gap and takes part in no median.
"""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from openrace.numbers import Number

SUBJECT = "DeepSeek"
#: The articles it is held against, and their names in the ids of numbers.
BESIDE = {"ChatGPT": "chatgpt", "Llama (language model)": "llama", "Qwen": "qwen"}
V3, R1 = pd.Timestamp("2024-12-26"), pd.Timestamp("2025-01-20")
EVENT = pd.Timestamp("2025-01-27")
_DAY, _MONTH = pd.Timedelta(days=1), pd.Timedelta(days=29)
#: The days drawn, to the ninetieth after the event.
FIRST, LAST = pd.Timestamp("2024-12-01"), EVENT + pd.Timedelta(days=90)

_Window = tuple[pd.Timestamp, pd.Timestamp]
_BEFORE: _Window = (R1 - _MONTH - _DAY, R1 - _DAY)
_PEAK: _Window = (R1, R1 + _MONTH)
_AFTER: _Window = (LAST - _MONTH, LAST)
#: What else could count as before: two weeks, the days before V3, and all days.
_BASES: tuple[_Window, ...] = (
    _BEFORE,
    (R1 - pd.Timedelta(days=14), R1 - _DAY),
    (FIRST, V3 - _DAY),
    (FIRST, R1 - _DAY),
)
_TABLES = ("attention_daily",)
_COLUMNS = ["date", "article", "views", "run", "mark"]


def study(attention_daily: pd.DataFrame) -> pd.DataFrame:
    """Return the views by day from December 2024 to ninety days after the event.

    Args:
        attention_daily: table of that name.

    Returns:
        date, article, views (a day), run (days in a row have one number; a gap begins the next),
        mark (`peak` and `half` on the days of DeepSeek's that are named so, else empty).
    """
    rows = attention_daily[attention_daily["date"].between(FIRST, LAST)]
    rows = rows.sort_values(["article", "date"], ignore_index=True)
    broken = rows.groupby("article")["date"].diff() != _DAY
    rows = rows.assign(run=broken.cumsum(), mark="")
    fall = _fall(_views(attention_daily, SUBJECT))
    for mark, day in (("peak", fall.peak), ("half", fall.half)):
        rows.loc[(rows["article"] == SUBJECT) & (rows["date"] == day), "mark"] = mark
    return rows[_COLUMNS]


def numbers(attention_daily: pd.DataFrame) -> list[Number]:
    """Return peak, what it is a multiple of, its half-life, and what stayed.

    Args:
        attention_daily: table of that name.
    """
    views = _views(attention_daily, SUBJECT)
    dated = [*_level(views), *_peak(views), *_others(attention_daily)]
    ended = [n.ended(None if n.value is None else LAST) for n in dated]
    latest = _median(views, (views.index.max() - _MONTH, views.index.max()))
    return [*ended, _number("latest", latest, "Views a day, median of the last 30 days counted.")]


class Fall(NamedTuple):
    """The highest day of a series and when half of it was left; missing where not counted.

    Attributes:
        peak: the first day with most views.
        half: the first day counted after it with at most half as many.
        soon: the earliest day that could be: the first after the peak that is not known to have
            had more.
        late: the day after the last one with more than half.
    """

    peak: pd.Timestamp | None = None
    half: pd.Timestamp | None = None
    soon: pd.Timestamp | None = None
    late: pd.Timestamp | None = None


def _fall(views: pd.Series) -> Fall:
    """Find the highest day in the thirty days from R1 on, and the days of half as many."""
    high = _within(views, _PEAK)
    if not high.any():
        return Fall()
    peak = high.idxmax()
    since = _within(views, (peak, LAST))
    above = since.index[since > high.max() / 2]
    below = since.index[since <= high.max() / 2]
    if below.empty:
        return Fall(peak)
    known = pd.date_range(peak, below[0])
    return Fall(peak, below[0], known.difference(above)[0], above[-1] + _DAY)


def _views(attention_daily: pd.DataFrame, article: str) -> pd.Series:
    """Return one article's views by day, oldest first."""
    own = attention_daily[attention_daily["article"] == article]
    return own.set_index("date")["views"].sort_index()


def _within(views: pd.Series, window: _Window) -> pd.Series:
    return views[(views.index >= window[0]) & (views.index <= window[1])]


def _median(views: pd.Series, window: _Window) -> float | None:
    """Return the median day of a window; None unless half of its days are counted."""
    found = _within(views, window)
    days = (window[1] - window[0]).days + 1 if len(found) else 0
    return float(found.median()) if len(found) and 2 * len(found) >= days else None


def _over(views: pd.Series, window: _Window, base: _Window) -> float | None:
    """Return the most views of a day in one window over the median of another."""
    high, usual = _within(views, window), _median(views, base)
    return float(high.max()) / usual if len(high) and usual else None


def _number(id: str, value: object, words: str, unit: str = "count", *bounds: object) -> Number:
    said = f"{words} English Wikipedia, views by people, world-wide."
    return Number.of(f"moment.attention.{id}", value, unit, said, _TABLES, *bounds)


def _level(views: pd.Series) -> list[Number]:
    before, after = _median(views, _BEFORE), _median(views, _AFTER)
    over = after / before if before and after is not None else None
    month = "of the 30 days to 27 April 2025"
    return [
        _number("before", before, "Views a day, median of the 30 days before 20 January 2025."),
        _number("after", after, f"Views a day, median {month}."),
        _number("after.multiple", over, f"Median {month} over that before R1.", "times"),
    ]


def _peak(views: pd.Series) -> list[Number]:
    fall = _fall(views)
    peak = None if fall.peak is None else views[fall.peak]
    tried = [t for base in _BASES if (t := _over(views, _PEAK, base)) is not None]
    bounds = (min(tried), max(tried)) if tried else ()
    multiple = _over(views, _PEAK, _BEFORE)
    days = [None if d is None else (d - fall.peak).days for d in (fall.half, fall.soon, fall.late)]
    month = "in the 30 days from 20 January 2025"
    return [
        _number("peak", peak, f"Most views of a day {month}."),
        _number("peak_day", fall.peak, f"Day with most views {month}.", "date"),
        _number(
            "multiple",
            multiple,
            f"Most views of a day {month} over the median of the 30 days before; range over two "
            "weeks, the days before V3 and all days since 1 December 2024.",
            "times",
            *(bounds if multiple else ()),
        ),
        _number(
            "half_life_days",
            days[0],
            "Days from the peak to the first day with at most half its views; range from the first "
            "day that could be it, if days are missing, to the day after the last with more.",
            "days",
            *days[1:],
        ),
    ]


def _others(attention_daily: pd.DataFrame) -> list[Number]:
    words = "Most views of the article “{}” in the 30 days from 20 January 2025 over the median of "
    words += "the 30 days before."
    return [
        _number(
            f"multiple.{slug}",
            _over(_views(attention_daily, article), _PEAK, _BEFORE),
            words.format(article),
            "times",
        )
        for article, slug in BESIDE.items()
    ]
