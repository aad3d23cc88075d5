"""The share of one router's tokens: what its chart proves, what it leaves open, what all count.

The weekly chart names nine models; whatever else was used is in Others. So the share of Chinese
models is at least what is named of them, and at most that plus Others plus the models under test:
a band, not a number. Before July 2025 the chart has no Others, and its shares bound nothing.
For some weeks of 2026 all models were counted, and the share is known. One router, more than half
of whose use is outside the United States: nothing here measures use there.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

#: What counts as Chinese: open weights only, or services too.
READINGS: Mapping[str, tuple[str, ...]] = {
    "open": ("cn_open",),
    "all": ("cn_open", "cn_closed"),
    "us": ("us",),
}
#: Published figures that are drawn on the band, by id of `published_studies`.
PUBLISHED: Mapping[str, str] = {
    "router-cn-open-first": "first",
    "router-cn-open-mean": "mean",
    "router-cn-open-peak": "peak",
    "router-open-share": "open",
}

_COLUMNS = ["part", "reading", "run", "date", "end", "share", "lower", "upper", "tokens", "name"]


def bounds(router_weeks: pd.DataFrame, reading: str = "open") -> pd.DataFrame:
    """Return the least and the most that a reading can have of each week's tokens.

    Args:
        router_weeks: table of that name.
        reading: one of `READINGS`.

    Returns:
        date (last day counted), week (Monday), part (`band`; `named` for a week without Others;
        `running` for one that was not over), run (weeks without a hole between them share one),
        share (of the named tokens; only where part is `named`), lower and upper (of all tokens;
        missing there), tokens.
    """
    rows = router_weeks.sort_values("date", ignore_index=True)
    named = rows[list(READINGS[reading])].sum(axis=1)
    part = pd.Series("band", index=rows.index).mask(~rows["complete"], "running")
    part = part.mask(~rows["has_others"], "named")
    known = part != "named"
    new = (rows["week"].diff() != pd.Timedelta(days=7)) | (part != part.shift())
    return pd.DataFrame(
        {
            "date": rows["date"],
            "week": rows["week"],
            "part": part,
            "run": new.cumsum(),
            "share": named.where(~known),
            "lower": named.where(known),
            "upper": (named + rows["others"] + rows["unknown"]).where(known),
            "tokens": rows["tokens"],
        }
    )


def judged(bounds: pd.DataFrame) -> pd.DataFrame:
    """Return the weeks that have a band and are over."""
    return bounds[bounds["part"] == "band"].reset_index(drop=True)


def full(router_full_weeks: pd.DataFrame, reading: str = "open") -> pd.DataFrame:
    """Return a reading's share of all tokens over seven days.

    Returns:
        date (last day counted), share, upper (if all unknown were of it), free (share of Chinese
        open models' free variants), tokens.
    """
    rows = router_full_weeks.sort_values("date", ignore_index=True)
    share = rows[list(READINGS[reading])].sum(axis=1)
    return pd.DataFrame(
        {
            "date": rows["date"],
            "share": share,
            "upper": share + rows["unknown"],
            "free": rows["cn_open_free"],
            "tokens": rows["tokens"],
        }
    )


def compared(bounds: pd.DataFrame, full: pd.DataFrame) -> pd.DataFrame:
    """Return the weeks that have both a band and a full count.

    Returns:
        date, week, lower, upper, share (of the full count), most (with all unknown), inside
        (whether the count, to the rounding of the tables, lies in the band), of_others (the part
        of Others and unknown that was of the reading).
    """
    counts = full[["date", "share", "upper", "free"]].rename(columns={"upper": "most"})
    both = judged(bounds)[["date", "week", "lower", "upper"]].merge(counts, on="date")
    # a share of the tables is rounded to 0.001, a sum of three of them to 0.0015
    inside = both["share"].between(both["lower"] - 0.002, both["upper"] + 0.002)
    of_others = (both["share"] - both["lower"]) / (both["upper"] - both["lower"])
    return both.assign(inside=inside, of_others=of_others)


def published(published_studies: pd.DataFrame, until: pd.Timestamp) -> pd.DataFrame:
    """Return the published shares whose period was over by a day.

    Returns:
        name (of `PUBLISHED`), date and end (first and last day of the period), share.
    """
    rows = published_studies[published_studies["id"].isin(list(PUBLISHED))]
    ends = rows["period"].str.split("/")
    last = pd.to_datetime(ends.str[-1], format="%Y-%m") + pd.offsets.MonthEnd(0)
    table = pd.DataFrame(
        {
            "name": rows["id"].map(PUBLISHED),
            "date": pd.to_datetime(ends.str[0], format="%Y-%m"),
            "end": last,
            "share": rows["high"] / 100,
        }
    )
    return table[last <= until].reset_index(drop=True)


def router_share(
    router_weeks: pd.DataFrame, router_full_weeks: pd.DataFrame, published_studies: pd.DataFrame
) -> pd.DataFrame:
    """Return what the figure draws: the bands of two readings, the full count, what is published.

    Args:
        router_weeks: table of that name.
        router_full_weeks: table of that name.
        published_studies: table of that name.

    Returns:
        part (band, named, running, full, published), reading, run, date, end, share, lower,
        upper, tokens, name; empty without weeks.
    """
    if router_weeks.empty:
        return pd.DataFrame(columns=_COLUMNS)
    parts = []
    for reading in ("open", "all"):
        parts.append(bounds(router_weeks, reading).assign(reading=reading))
        counts = full(router_full_weeks, reading).drop(columns="upper")
        parts.append(counts.assign(reading=reading, part="full"))
    marks = published(published_studies, router_weeks["date"].max())
    parts.append(marks.assign(reading="open", part="published"))
    filled = [p for p in parts if len(p)]
    return pd.concat(filled, ignore_index=True).reindex(columns=_COLUMNS)
