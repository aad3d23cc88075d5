"""The days on which the book has counts of the Hub, and the gap in which it has none.

Read from the days of the book's own tables, so that a hole in the record is drawn as one.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

DOWNLOADS, TRENDING = "Hub downloads", "Hub trending list"

#: The last month before 2025 from which the project knows a published series of Hub downloads by
#: date. The last day of it counts, so that the gap is never said to be longer than it is.
GAP_MONTH = (pd.Timestamp("2022-10-01"), pd.Timestamp("2022-10-31"))

#: What the book has of the Hub by date: lane, what it is, and which span is named on a drawing.
_SOURCES = {
    "counts of a fixed panel": (DOWNLOADS, "growth of all-time downloads of a fixed panel", 0),
    "single counts": (DOWNLOADS, "all-time downloads of headline models on one day", -1),
    "count of all models": (DOWNLOADS, "30-day downloads of all models, counted by this book", 0),
    "count of new uploads": (DOWNLOADS, "30-day downloads of one week's new uploads", None),
    "first 30, daily": (TRENDING, "the first 30 models of the trending list", 0),
    "first 100 or 1,000": (TRENDING, "the trending list to a greater depth", None),
}
GAP = "no published series of downloads known"

_Span = tuple[pd.Timestamp, pd.Timestamp]
_Row = tuple[str, str, str, pd.Timestamp, pd.Timestamp, str, bool]


def coverage(
    download_increments: pd.DataFrame,
    alltime_downloads: pd.DataFrame,
    hub_uploads: pd.DataFrame,
    trending_daily: pd.DataFrame,
    trending_top1000_daily: pd.DataFrame,
    hub_census_days: pd.DataFrame,
) -> pd.DataFrame:
    """Return the days on which the book has the Hub's downloads and trending list, and the gap.

    Days in a row are one span; a day that was not observed ends it. The gap runs from the last
    month with an earlier published series to the first day with a count, and has no end while
    there is none.

    Args:
        download_increments: table of that name, whose intervals are spans.
        alltime_downloads: table of that name.
        hub_uploads: table of that name.
        trending_daily: table of that name.
        trending_top1000_daily: table of that name.
        hub_census_days: table of that name; days refused are not covered.

    Returns:
        lane, part (`coverage`, `gap`), name, date, until (missing for a gap without an end),
        text, labelled.
    """
    census = hub_census_days[hub_census_days["outcome"] == "counted"]
    spans = {
        "counts of a fixed panel": download_increments[["start", "end"]],
        "single counts": _days(alltime_downloads),
        "count of all models": _days(census.rename(columns={"day": "date"})),
        "count of new uploads": _days(hub_uploads),
        "first 30, daily": _days(trending_daily),
        "first 100 or 1,000": _days(trending_top1000_daily),
    }
    rows = [row for name, days in spans.items() for row in _covered(name, _runs(days))]
    counted = [date for lane, _, _, date, *_ in rows if lane == DOWNLOADS]
    first = min(counted, default=pd.NaT)
    gap = (DOWNLOADS, "gap", GAP, GAP_MONTH[1], first, "no count by date is in this book", True)
    columns = ["lane", "part", "name", "date", "until", "text", "labelled"]
    table = pd.DataFrame([gap, *rows], columns=columns)
    return table.assign(**{c: pd.to_datetime(table[c]) for c in ("date", "until")})


def _days(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"start": table["date"], "end": table["date"]})


def _runs(spans: pd.DataFrame) -> list[_Span]:
    """Join spans that touch or follow each other within a day."""
    ordered = spans.drop_duplicates().sort_values("start")
    reached = ordered["end"].cummax().shift()
    apart = ordered["start"] - reached > pd.Timedelta(days=1)
    runs = ordered.groupby(apart.cumsum()).agg({"start": "min", "end": "max"})
    return list(zip(runs["start"], runs["end"], strict=True))


def _covered(name: str, spans: Sequence[_Span]) -> list[_Row]:
    """Return a row for each span of a source; one of them may be named on the drawing."""
    lane, text, place = _SOURCES[name]
    named = spans[place] if spans and place is not None else None
    return [(lane, "coverage", name, *span, text, span == named) for span in spans]
