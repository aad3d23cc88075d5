"""The numbers on one router's tokens: shares at least and at most, and what a full count says."""

from __future__ import annotations

import math

import pandas as pd

from openrace.measures.adoption.router_share import PUBLISHED, bounds, compared, full, judged
from openrace.numbers import Number

CLAIMED_YEAR, THIRD = 2025, 1 / 3
#: The week of a published comparison of Chinese and US tokens (its Monday).
COMPARED = "2026-02-09"

_WEEKS, _FULL = ("router_weeks",), ("router_weeks", "router_full_weeks")
_STUDIES = ("router_weeks", "published_studies")
_ID = "adoption.router_share"
_ENDS = ("lower", "upper")


def numbers(
    router_weeks: pd.DataFrame, router_full_weeks: pd.DataFrame, published_studies: pd.DataFrame
) -> list[Number]:
    """Return the numbers of this part; arguments as those of `router_share.router_share`."""
    opened = bounds(router_weeks)
    weeks = judged(opened)
    count = full(router_full_weeks)
    shares = [*_peak(weeks), *_means(weeks), *_latest(weeks, router_weeks)]
    return [
        *(n.ended(weeks["date"].max()) for n in (*_extent(opened, weeks), *shares)),
        *(n.ended(_claimed(weeks)["date"].max()) for n in (*_mean_claimed(weeks), *_third(weeks))),
        _third_first(weeks),
        *_counted(opened, count, router_full_weeks),
        *_studies(router_weeks, published_studies),
    ]


def _claimed(weeks: pd.DataFrame) -> pd.DataFrame:
    """Return the weeks of the year of which the report speaks."""
    return weeks[weeks["date"].dt.year == CLAIMED_YEAR]


def _band(id: str, lower: float, upper: float, said: str) -> list[Number]:
    """Return a share as its lower bound, with the band as interval, and both bounds alone."""
    said = f"Chinese open models’ share of one router’s tokens, {said}"
    value = Number.of(
        id,
        lower,
        "share",
        f"{said}: at least; the range is the band up to Others and unknown models, all counted.",
        _WEEKS,
        lower,
        upper,
    )
    low = Number.of(f"{id}.lo", lower, "share", f"{said}: named models only.", _WEEKS)
    high = f"{said}: named models, Others and unknown models."
    return [value, low, Number.of(f"{id}.hi", upper, "share", high, _WEEKS)]


def _extent(opened: pd.DataFrame, weeks: pd.DataFrame) -> list[Number]:
    without = int((opened["part"] == "named").sum())
    said = "Weeks that are over and have Others, so that the share has bounds."
    return [
        Number.of(f"{_ID}.weeks", len(weeks), "count", said, _WEEKS),
        Number.of(f"{_ID}.from", weeks["week"].min(), "date", "Monday of the first.", _WEEKS),
        Number.of(
            f"{_ID}.to", weeks["date"].max(), "date", "Last day of the last such week.", _WEEKS
        ),
        Number.of(
            f"{_ID}.no_others_weeks",
            without,
            "count",
            "Weeks before them in which the chart has no Others: their shares bound nothing.",
            _WEEKS,
        ),
    ]


def _peak(weeks: pd.DataFrame) -> list[Number]:
    best = _row(weeks.loc[[weeks["lower"].idxmax()]] if len(weeks) else weeks)
    rivals = int((weeks["upper"] >= best["lower"]).sum()) if len(weeks) else None
    said = "Weeks whose upper bound reaches the highest lower bound, that week among them: any of "
    said += "them may have been the peak."
    return [
        *_band(
            f"{_ID}.peak", best["lower"], best["upper"], "in the week with the highest lower bound"
        ),
        Number.of(f"{_ID}.peak.week", best["week"], "date", "Monday of that week.", _WEEKS),
        Number.of(f"{_ID}.peak.possible_weeks", rivals, "count", said, _WEEKS),
    ]


def _row(rows: pd.DataFrame) -> pd.Series:
    """Return the last row; of an empty table one that is missing throughout."""
    return rows.iloc[-1] if len(rows) else pd.Series(math.nan, index=rows.columns, dtype=object)


def _means(weeks: pd.DataFrame) -> list[Number]:
    use = weeks["tokens"]
    by_tokens = [(weeks[b] * use).sum() / use.sum() if len(weeks) else None for b in _ENDS]
    said = "Chinese open models’ share of all tokens of those weeks together: at least; the range "
    said += "is the band."
    low, high = (weeks[b].mean() for b in _ENDS)
    return [
        *_band(f"{_ID}.mean", low, high, "mean over the weeks with Others"),
        Number.of(f"{_ID}.mean.by_tokens", by_tokens[0], "share", said, _WEEKS, *by_tokens),
    ]


def _mean_claimed(weeks: pd.DataFrame) -> list[Number]:
    claimed, id = _claimed(weeks), f"{_ID}.mean_{CLAIMED_YEAR}"
    low, high = (claimed[b].mean() for b in _ENDS)
    said = f"mean over the weeks with Others that ended in {CLAIMED_YEAR}"
    count = Number.of(f"{id}.weeks", len(claimed), "count", "How many weeks.", _WEEKS)
    return [*_band(id, low, high, said), count]


def _latest(weeks: pd.DataFrame, router_weeks: pd.DataFrame) -> list[Number]:
    last = _row(weeks)
    others = {
        "all_chinese": ("all", "Chinese models’ share, weights open or not,"),
        "us": ("us", "US models’ share, open or not,"),
    }
    found = []
    for variant, (reading, words) in others.items():
        row = _row(judged(bounds(router_weeks, reading)))
        said = f"{words} of one router’s tokens in the last complete week: at least; the range is "
        said += "the band."
        ends = [row[b] for b in _ENDS]
        id = f"{_ID}.latest.{variant}"
        found.append(Number.of(id, ends[0], "share", said, _WEEKS, *ends))
    return [
        *_band(f"{_ID}.latest", last["lower"], last["upper"], "in the last complete week"),
        Number.of(f"{_ID}.latest.week", last["week"], "date", "Monday of that week.", _WEEKS),
        Number.of(f"{_ID}.latest.tokens", last["tokens"], "count", "Tokens of that week.", _WEEKS),
        *found,
    ]


def _third(weeks: pd.DataFrame) -> list[Number]:
    claimed = _claimed(weeks)
    sure, possible = (int((claimed[b] >= THIRD).sum()) if len(claimed) else None for b in _ENDS)
    said = f"Weeks of {CLAIMED_YEAR} with Others in which Chinese open models"
    id = f"{_ID}.third_weeks"
    return [
        Number.of(id, sure, "count", f"{said} surely have a third.", _WEEKS, sure, possible),
        Number.of(f"{id}.possible", possible, "count", f"{said} may have a third.", _WEEKS),
    ]


def _third_first(weeks: pd.DataFrame) -> Number:
    first = weeks[weeks["lower"] >= THIRD]["week"].min()
    said = "Monday of the first week of all in which Chinese open models surely have a third."
    return Number.of(f"{_ID}.third_weeks.first", first, "date", said, _WEEKS)


def _counted(
    opened: pd.DataFrame, count: pd.DataFrame, router_full_weeks: pd.DataFrame
) -> list[Number]:
    """Return the full count of the last week that has a band too, and what it says of Others."""
    both = compared(opened, count)
    last = _row(both)
    same = router_full_weeks[router_full_weeks["date"].isin(both["date"].tail(1))]
    every, us = (_row(full(same, reading)) for reading in ("all", "us"))
    where = "in the last week that has both a band and a full count"
    id, up_to = f"{_ID}.full", "; the range adds all unknown models"
    shares = {
        id: (last["share"], last["most"], "Chinese open models’"),
        f"{id}.all_chinese": (every["share"], every["upper"], "Chinese models’, open or not, "),
        f"{id}.us": (us["share"], us["upper"], "US models’, open or not, "),
    }
    largest = _row(both.sort_values("lower"))
    said = "Part of Others and unknown models that was Chinese and open, where all is counted; the "
    said += "range is that of the weeks, all of 2026."
    part = both["of_others"].astype(float)
    return [
        *(
            Number.of(
                i, v, "share", f"{who.strip()} share of all tokens {where}{up_to}.", _FULL, v, u
            )
            for i, (v, u, who) in shares.items()
        ),
        Number.of(f"{id}.week", last["week"], "date", "Monday of that week.", _FULL),
        Number.of(f"{id}.weeks", len(both), "count", "Weeks with band and full count.", _FULL),
        Number.of(
            f"{id}.inside",
            int(both["inside"].sum()) if len(both) else None,
            "count",
            "Of those, weeks in which the full count lies in the band.",
            _FULL,
        ),
        Number.of(
            f"{id}.free",
            last["free"],
            "share",
            f"Share of all tokens {where} through free variants of Chinese open models.",
            _FULL,
        ),
        Number.of(
            f"{id}.free.peak",
            largest["free"],
            "share",
            "The same in that one of the counted weeks that has the highest lower bound.",
            _FULL,
        ),
        Number.of(
            f"{id}.of_others", last["of_others"], "share", said, _FULL, part.min(), part.max()
        ),
    ]


def _studies(router_weeks: pd.DataFrame, published_studies: pd.DataFrame) -> list[Number]:
    """Return the published shares, and what the chart has of a published comparison."""
    rows = published_studies.set_index("id")["high"]
    shares = [
        Number.of(
            f"{_ID}.published.{name}",
            rows.get(id, math.nan) / 100,
            "share",
            f"Share of the router’s tokens as its own study is quoted: {name}.",
            _STUDIES,
        )
        for id, name in PUBLISHED.items()
    ]
    week = _row(router_weeks[router_weeks["week"] == COMPARED])
    chinese = week["cn_open"] + week["cn_closed"]
    said = "tokens of the named models in the week of a published comparison"
    told = [
        Number.of(
            f"{_ID}.compared.cn", chinese * week["tokens"], "count", f"Chinese {said}.", _WEEKS
        ),
        Number.of(
            f"{_ID}.compared.us", week["us"] * week["tokens"], "count", f"US {said}.", _WEEKS
        ),
        Number.of(
            f"{_ID}.compared.others",
            week["others"],
            "share",
            "Share of Others in that week, which the comparison leaves out.",
            _WEEKS,
        ),
    ]
    return [*shares, *(n.ended(week["date"]) for n in told)]
