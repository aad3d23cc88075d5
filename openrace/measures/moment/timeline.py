"""Releases, events and the days on which the Hub was counted, in lanes of one table.

Both lists are made by hand: a timeline, not a count. An entry dated to its month only is a span
from its first to its last possible day. What was *measured when* is in `coverage`.
"""

from __future__ import annotations

import pandas as pd

from openrace.corrections import corrected
from openrace.measures.moment.coverage import DOWNLOADS, GAP_MONTH, TRENDING
from openrace.numbers import Number

#: The lanes from top to bottom, and which kinds of event each holds.
LANES = {
    "Chinese open weights": (),
    "US open weights": (),
    "Other open weights": (),
    "Policy and restrictions": ("export control", "restriction", "bill", "strategy", "inquiry"),
    "Market and money": ("market", "finance", "monetisation"),
    "Use, studies, statements": (
        "adoption",
        "usage",
        "licence",
        "evaluation",
        "study",
        "statement",
    ),
    DOWNLOADS: (),
    TRENDING: (),
}
_CHINA, _US, _OTHER, *_ = LANES

#: Named on a drawing; all others are ticks, named in tooltips and in the table. Of releases five
#: of either side and one of neither: the lines that studies compare, the first of them, and the
#: newest flagships. Of events three, two and two of their lanes: those that chapters discuss.
LABELLED = (
    *("Qwen2.5", "DeepSeek-V3", "DeepSeek-R1", "Kimi K2", "DeepSeek-V4"),
    *("Llama 2", "Llama 3.1", "Llama 4", "gpt-oss", "Gemma 4"),
    "Mixtral 8x7B",
    *("Zhipu AI on US Entity List", "US AI Action Plan", "H200 rule eased"),
    *("Nvidia falls 17 %", "ChatGPT ads announced"),
    *("CAISI tests DeepSeek", "BBC report"),
)

#: The release, and the kind of event, whose days mark the week in question.
BREAK, _MARKET = "DeepSeek-R1", "market"

COLUMNS = (
    *("lane", "part", "name", "date", "until", "precision", "bloc", "place"),
    *("text", "url", "labelled", "ruled"),
)

_YEAR = pd.Timedelta(days=365)
_LISTS = ("open_weight_releases", "policy_events", "corrections", "countries")
_HUB = (
    *("download_increments", "alltime_downloads", "hub_uploads", "hub_census_days"),
    "open_weight_releases",
)

UNLISTED = "events not listed"


def timeline(
    releases: pd.DataFrame,
    policy_events: pd.DataFrame,
    corrections: pd.DataFrame,
    countries: pd.DataFrame,
    covered: pd.DataFrame,
) -> pd.DataFrame:
    """Return releases, events and what the book's tables cover, each in its lane.

    Args:
        releases: table `open_weight_releases`; what is closed, once corrected, is left out.
        policy_events: table of that name.
        corrections: table of that name.
        countries: table of that name, which gives a country its bloc.
        covered: what `coverage.coverage` returns.

    Returns:
        lane, part (`release`, `event`, `coverage`, `gap`), name, date, until (first and last
        possible day, or a span's ends), precision (`day`, `month`, `span`), bloc (of releases),
        place (country or jurisdiction), text, url, labelled (named on a drawing), ruled (marks
        the week in question). Without a release and an event nothing.
    """
    open_, _ = _by_access(releases, corrections)
    events = corrected(policy_events, corrections, "policy_events")
    listed = [_releases(open_, countries), _events(events)]
    if not sum(map(len, listed)):
        return _finished(covered.iloc[:0])
    table = pd.concat([*listed, covered], ignore_index=True)
    end = table["until"].max()
    table = pd.concat([table.fillna({"until": end}), _unlisted(events, end)], ignore_index=True)
    return _finished(table)


def _by_access(
    releases: pd.DataFrame, corrections: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the releases whose weights are open and those that are closed, once corrected."""
    rows = corrected(releases, corrections, "open_weight_releases")
    is_open = rows["access"] == "open"
    return rows[is_open], rows[~is_open]


def _releases(rows: pd.DataFrame, countries: pd.DataFrame) -> pd.DataFrame:
    rows = rows.merge(countries[["country", "bloc"]], how="left")
    known = [rows[c].fillna("") for c in ("lab", "parameters", "licence")]
    text = [", ".join(filter(None, words)) for words in zip(*known, strict=True)]
    lane = rows["bloc"].map({"China": _CHINA, "United States": _US}).fillna(_OTHER)
    renamed = rows.rename(columns={"model": "name", "country": "place"})
    return renamed.assign(lane=lane, part="release", text=text, ruled=renamed["name"] == BREAK)


def _events(rows: pd.DataFrame) -> pd.DataFrame:
    lanes = {kind: lane for lane, kinds in LANES.items() for kind in kinds}
    renamed = rows.rename(columns={"label": "name", "jurisdiction": "place", "event": "text"})
    lane, ruled = rows["kind"].map(lanes), rows["kind"] == _MARKET
    return renamed.assign(lane=lane, part="event", bloc=None, ruled=ruled)


def _unlisted(events: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """Return what each lane of events leaves open before the list begins and after it ends."""
    first, last = events["date"].min(), events["until"].max()
    before = (GAP_MONTH[1], end if pd.isna(first) else first, True)
    spans = [before, *([] if pd.isna(last) or last == end else [(last, end, False)])]
    rows = [
        (lane, "gap", UNLISTED, *span) for lane, kinds in LANES.items() if kinds for span in spans
    ]
    columns = ["lane", "part", "name", "date", "until", "labelled"]
    return pd.DataFrame(rows, columns=columns).assign(text="the list holds no days here")


def _finished(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of the table in order, in the order of lanes and days."""
    table = rows.reindex(columns=list(COLUMNS))
    lane = pd.Categorical(table["lane"], categories=list(LANES), ordered=True)
    table = table.assign(
        precision=_precision(table["date"], table["until"]),
        labelled=table["labelled"].eq(True) | table["name"].isin(LABELLED),
        ruled=table["ruled"].eq(True),
        order=lane.codes,
    )
    ordered = table.sort_values(["order", "date", "until", "name"], ignore_index=True)
    return ordered.drop(columns="order")


def _precision(first: pd.Series, last: pd.Series) -> pd.Series:
    """Tell days from whole months and from other spans."""
    day, month = first.eq(last), first.dt.is_month_start & last.dt.is_month_end
    month &= first.dt.to_period("M").eq(last.dt.to_period("M"))
    return pd.Series("span", first.index).mask(month, "month").mask(day, "day")


def numbers(
    releases: pd.DataFrame,
    policy_events: pd.DataFrame,
    corrections: pd.DataFrame,
    countries: pd.DataFrame,
    covered: pd.DataFrame,
) -> list[Number]:
    """Return how many entries the lists hold and from when to when, and the gap of the Hub.

    Args:
        releases: table `open_weight_releases`.
        policy_events: table of that name.
        corrections: table of that name.
        countries: table of that name.
        covered: what `coverage.coverage` returns.
    """
    table = timeline(releases, policy_events, corrections, countries, covered)
    _, closed = _by_access(releases, corrections)
    return [
        *_counts(table, len(closed), (policy_events["confidence"] != "high").sum()),
        *_around_the_break(table),
        *_gap(table, covered),
    ]


def _counts(table: pd.DataFrame, closed: int, unsure: int) -> list[Number]:
    """Count the entries of both lists, and give the days between which the events lie."""
    listed, events = (table[table["part"] == part] for part in ("release", "event"))
    lane = listed["lane"].value_counts()
    months = (pd.concat([listed, events])["precision"] == "month").sum()
    of = "in a hand-made list, a timeline and not a count"
    asked = (
        ("releases", len(listed), f"Releases with open weights {of}."),
        ("releases.cn", lane.get(_CHINA, 0), f"Releases of Chinese labs with open weights {of}."),
        ("releases.us", lane.get(_US, 0), f"Releases of US labs with open weights {of}."),
        ("releases.other", lane.get(_OTHER, 0), f"Releases of other labs with open weights {of}."),
        ("closed", closed, "Entries of the list of releases that are closed, and left out."),
        ("events", len(events), f"Policy and market events {of}."),
        ("events.unsure", unsure, f"Policy and market events of less than high confidence {of}."),
        ("month_precision", months, "Releases and events of which only the month is known."),
    )
    dates = (
        ("first_event", events["date"].min(), "First day of the list of events."),
        ("last_event", events["until"].max(), "Last day of the list of events."),
        ("r1", _break(table), f"Day on which {BREAK} was released."),
        ("market_day", _market_day(table), "Day of the fall in the market that the list names."),
    )
    return [
        *(_told(id, n if len(table) else None, "count", said) for id, n, said in asked),
        *(_told(id, day, "date", said) for id, day, said in dates),
    ]


def _told(id: str, value: object, unit: str, said: str) -> Number:
    return Number.of(f"moment.timeline.{id}", value, unit, said, _LISTS)


def _break(table: pd.DataFrame) -> pd.Timestamp:
    return table.loc[table["ruled"] & (table["part"] == "release"), "date"].min()


def _market_day(table: pd.DataFrame) -> pd.Timestamp:
    return table.loc[table["ruled"] & (table["part"] == "event"), "date"].min()


def _around_the_break(table: pd.DataFrame) -> list[Number]:
    """Count each side's listed releases in the year before the break and in the year after."""
    said = "Releases of {} labs in a hand-made list, in the 365 days {} the release of {}, itself "
    said += "in neither: a timeline, not a count. The range takes the day of the market's fall for "
    said += "the middle too, and the first or the last day of what is dated to its month."
    found = []
    for lane, code, side in ((_CHINA, "cn", "Chinese"), (_US, "us", "US")):
        for when in ("before", "after"):
            counts = _within_a_year(table, lane, when)
            low, high = min(counts, default=None), max(counts, default=None)
            id, words = f"moment.timeline.year_{when}.{code}", said.format(side, when, BREAK)
            value = counts[0] if counts else None
            found.append(Number.of(id, value, "count", words, _LISTS, low, high))
    return found


def _within_a_year(table: pd.DataFrame, lane: str, when: str) -> list[int]:
    """Count a lane's releases in the year on one side of the break, in every reading.

    The first reading has the release of R1 for the middle and the middle of spans for their day.
    There is none before the break, nor of a year that is not over.
    """
    rows = table[(table["lane"] == lane) & (table["name"] != BREAK)]
    middle = rows["date"] + (rows["until"] - rows["date"]) / 2
    before, counts = when == "before", []
    for pivot in (_break(table), _market_day(table)):
        if pd.isna(pivot) or (not before and table["until"].max() < pivot + _YEAR):
            continue
        for days in (middle, rows["date"], rows["until"]):
            away = pivot - days if before else days - pivot
            counts.append(int(((away > pd.Timedelta(0)) & (away <= _YEAR)).sum()))
    return counts


def _gap(table: pd.DataFrame, covered: pd.DataFrame) -> list[Number]:
    """Return the gap in the Hub's published record, and how long after R1 it ends."""
    end = covered.loc[covered["part"] == "gap", "until"].min()
    earliest, latest = GAP_MONTH
    days, most, after = ((end - day).days for day in (latest, earliest, _break(table)))
    start = "the last month from which the project knows an earlier published series of Hub "
    start += "downloads by date"
    known = "the first day on which this book has Hub downloads by date"
    asked = (
        ("from", latest, "date", f"Last day of {start}; the range is the month.", earliest, latest),
        ("to", end, "date", f"End of the gap: {known}.", None, None),
        (
            "days",
            days,
            "days",
            f"Days from {start}, to {known}; the range is the month.",
            days,
            most,
        ),
        ("days_after_r1", after, "days", f"Days from {BREAK} to {known}.", None, None),
    )
    return [
        Number.of(f"moment.hub_gap.{id}", value, unit, words, _HUB, low, high)
        for id, value, unit, words, low, high in asked
    ]
