"""Who holds the Hub's trending list: shares of places, months, weekly top tens.

The list has 30 places a day and covers all modalities. A place is a *slot*: each counts the same.
Whose place it is has two answers, by publisher and by lineage (see `openrace.labs`); unknown is a
bloc of its own, so that shares sum to one.
"""

from __future__ import annotations

import pandas as pd

from openrace.errors import Refusal
from openrace.labs import Registry, attribute
from openrace.measures.rankings.recent import is_recent
from openrace.numbers import Number

ATTRIBUTIONS = ("lineage", "publisher")
BLOCS = ("China", "United States", "Europe", "Other", "Unknown")

#: Models that answer in text: the modalities of the scope "language".
LANGUAGE = (
    "text-generation",
    "image-text-to-text",
    "any-to-any",
    "audio-text-to-text",
    "video-text-to-text",
)
SCOPES = {"all": None, "language": LANGUAGE, "text only": ("text-generation",)}

#: A period counts as complete when it is over and this share of its days was observed.
COMPLETE = 0.85

_MONDAY = pd.Timestamp("1970-01-05")
_WEEK = 7
_TABLES = ("trending_daily",)


def in_scope(rows: pd.DataFrame, scope: str) -> pd.DataFrame:
    """Keep the rows whose modality belongs to a scope: all, language or text only.

    Raises:
        Refusal: there is no such scope.
    """
    if scope not in SCOPES:
        raise Refusal(f"There is no scope “{scope}”; use one of {', '.join(SCOPES)}.")
    modalities = SCOPES[scope]
    return rows if modalities is None else rows[rows["modality"].isin(modalities)]


def listed(
    trending: pd.DataFrame, registry: Registry, top_n: int = 30, scope: str = "all"
) -> pd.DataFrame:
    """Return the places of a ranked daily list that count, attributed in both ways.

    Args:
        trending: table `trending_daily` or `trending_top1000_daily`.
        registry: who is known.
        top_n: how many places of the scope count, from the top.
        scope: all modalities, `language` (answers in text) or `text only`.

    Returns:
        Two rows per place, one per attribution: the table's columns, place (within the scope),
        attribution, lab, country, bloc, family, basis.
    """
    rows = in_scope(trending.drop_duplicates(["date", "rank"]), scope).sort_values(["date", "rank"])
    rows = rows.assign(place=rows.groupby("date").cumcount() + 1)
    rows = rows[rows["place"] <= top_n]
    both = [attribute(rows, registry, a).assign(attribution=a) for a in ATTRIBUTIONS]
    return pd.concat(both, ignore_index=True)


def window_start(dates: pd.Series, days: int = _WEEK) -> pd.Series:
    """Return the first day of each date's window; windows of 7 days start on Mondays."""
    return dates - pd.to_timedelta((dates - _MONDAY).dt.days % days, unit="D")


def daily_slots(listed: pd.DataFrame, by: str = "bloc") -> pd.DataFrame:
    """Count the places of each bloc (or lab) on each day, by attribution.

    Returns:
        Index attribution and date, one column per bloc or lab, zeros filled in.
    """
    counts = listed.groupby(["attribution", "date", by]).size().unstack(by, fill_value=0)
    return counts.reindex(columns=list(BLOCS), fill_value=0) if by == "bloc" else counts


def window_shares(listed: pd.DataFrame, window_days: int = _WEEK) -> pd.DataFrame:
    """Return each bloc's share of the places in each window of days.

    A window is as long as its observed days; one without any does not appear.

    Returns:
        week (first day of the window), attribution, bloc, share, days (observed).
    """
    slots = daily_slots(listed).reset_index()
    slots["week"] = window_start(slots["date"], window_days)
    weekly = slots.groupby(["week", "attribution"])
    counts, days = weekly[list(BLOCS)].sum(), weekly["date"].nunique()
    shares = counts.div(counts.sum(axis=1), axis=0).rename_axis(columns="bloc").stack()
    tidy = shares.rename("share").reset_index().merge(days.rename("days").reset_index())
    return tidy[["week", "attribution", "bloc", "share", "days"]]


def trending_share(listed: pd.DataFrame, window_days: int = _WEEK) -> pd.DataFrame:
    """Return what `window_shares` does of the last two years, for a drawing."""
    shares = window_shares(listed, window_days)
    return shares[is_recent(shares["week"])].reset_index(drop=True)


def is_complete(dates: pd.Series, first: pd.Timestamp, last: pd.Timestamp) -> bool:
    """Tell whether a period is over and observed on at least 85 % of its days."""
    observed = dates[dates.between(first, last)].nunique()
    over = bool((dates >= last).any())
    return over and observed >= COMPLETE * ((last - first).days + 1)


def month_of(dates: pd.Series) -> pd.Series:
    """Return the first day of each date's month."""
    return dates - pd.to_timedelta(dates.dt.day - 1, unit="D")


def complete_months(dates: pd.Series) -> list[pd.Timestamp]:
    """Return the first days of the calendar months that are complete, oldest first."""
    days = dates.drop_duplicates()
    observed = month_of(days).value_counts().sort_index()
    firsts = pd.DatetimeIndex(observed.index)
    over = firsts + pd.offsets.MonthEnd() <= days.max()
    return list(firsts[over & (observed.to_numpy() >= COMPLETE * firsts.days_in_month)])


def last_complete_month(dates: pd.Series) -> pd.Timestamp:
    """Return the first day of the last complete month; not a time when there is none."""
    return pd.Timestamp(max(complete_months(dates), default=pd.NaT))


def monthly_slots(listed: pd.DataFrame) -> pd.DataFrame:
    """Return each bloc's mean places per observed day in each calendar month.

    Returns:
        month (its first day), attribution, bloc, slots, days (observed), complete.
    """
    slots = daily_slots(listed).reset_index()
    slots["month"] = month_of(slots["date"])
    monthly = slots.groupby(["month", "attribution"])
    means = monthly[list(BLOCS)].mean().rename_axis(columns="bloc").stack().rename("slots")
    tidy = means.reset_index().merge(monthly["date"].nunique().rename("days").reset_index())
    return tidy.assign(complete=tidy["month"].isin(complete_months(slots["date"])))


def latest_month(listed: pd.DataFrame) -> pd.DataFrame:
    """Return the listed places of the last complete calendar month; none when there is none."""
    return listed[in_latest_month(listed["date"])]


def in_latest_month(dates: pd.Series) -> pd.Series:
    """Tell which dates belong to the last complete month among them."""
    first = last_complete_month(dates)
    return dates.between(first, first + pd.offsets.MonthEnd())


def top_ten(
    listed: pd.DataFrame, attribution: str = "lineage", places: int = 10, stays: int = 4
) -> pd.DataFrame:
    """Return the ten models that stood highest in each week.

    A day gives a model as many points as it stands above the foot of the list (first of 30 is
    30 points, off the list is none); the week's place goes by the sum, then by the best place,
    then by name.

    Args:
        listed: the places that count; see `listed`.
        attribution: whose family, lab and country are returned.
        places: how many places of the week to return.
        stays: a model stays when it is in the top ten of at least this many weeks.

    Returns:
        week, days (observed), place, model_id, family, lab, country, bloc, weeks (in the top
        ten), stays.
    """
    rows = listed[listed["attribution"] == attribution]
    origin = ["model_id", "family", "lab", "country", "bloc"]
    rows = rows.assign(
        week=window_start(rows["date"]), points=rows["place"].max() + 1 - rows["place"]
    )
    models = rows.groupby(["week", *origin], as_index=False).agg(
        points=("points", "sum"), best=("place", "min")
    )
    models = models.sort_values(
        ["week", "points", "best", "model_id"], ascending=[True, False, True, True]
    )
    models["place"] = models.groupby("week").cumcount() + 1
    cells = models[models["place"] <= places]
    cells = cells.merge(rows.groupby("week")["date"].nunique().rename("days").reset_index())
    weeks = cells.groupby("model_id")["week"].transform("size")
    cells = cells.assign(weeks=weeks, stays=weeks >= stays)
    return cells[["week", "days", "place", *origin, "weeks", "stays"]]


def numbers(top_ten: pd.DataFrame) -> list[Number]:
    """Return how many models reach the weekly top ten, and how many of them stay.

    Args:
        top_ten: what `top_ten` returns.
    """
    models = top_ten.drop_duplicates("model_id")
    id, said = "rankings.top_ten", "models among the ten that stood highest in any week"
    stays = int(models["stays"].sum()) if len(models) else None
    return [
        Number.of(f"{id}.models", len(models) or None, "models", f"Different {said}.", _TABLES),
        Number.of(f"{id}.stays", stays, "models", f"{said.capitalize()}, four or more.", _TABLES),
    ]
