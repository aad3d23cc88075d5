"""The whole Hub, counted by day: whose its models, downloads and likes are, and what is built on.

Rows of the census come in three grains that each add up to the whole Hub; the one by country and
the one by lab and family are read here. Counters of the last 30 days overlap, so they are read on
single days and never added. What is new on a day does not overlap, and is.
"""

from __future__ import annotations

import pandas as pd

from openrace.labs import UNKNOWN
from openrace.measures.rankings.recent import is_recent
from openrace.measures.rankings.trending import ATTRIBUTIONS, BLOCS, window_start
from openrace.numbers import Number

#: What a row says of a facet that its grain does not tell apart.
ALL = "all"

#: The counters of a day, and what each is called; the flows count what is new.
COUNTERS = {
    "models": "models",
    "new_models": "new models",
    "new_derivatives": "new derivatives",
    "downloads": "30-day downloads",
    "all_time": "all-time downloads",
    "likes": "likes",
}
FLOWS = ("new_models", "new_derivatives")

#: The counters whose shares are shown, in their order.
SHARED = ("models", "new_models", "downloads", "all_time", "likes")
SIDES = {"China": "cn", "United States": "us", "Unknown": "unknown"}

OTHERS, NOBODY = "other families", "unknown origin"
_NAMED = 6  # families on a drawing
_ENOUGH = 5  # days that make a week, so that no weekend stands for one
_DAY, _WEEK = pd.Timedelta(days=1), pd.Timedelta(days=7)
_TABLES = ("hub_census", "hub_census_days", "countries")


def counted(hub_census_days: pd.DataFrame) -> pd.Series:
    """Return, by counted day, how many days its new models come from: those since the day before.

    Args:
        hub_census_days: table of that name; a day that has none before it stands for itself.
    """
    rows = hub_census_days[hub_census_days["outcome"] == "counted"].sort_values("day")
    since = (rows["day"] - rows["previous"]).dt.days.fillna(1).astype(int)
    return since.rename("days").set_axis(pd.DatetimeIndex(rows["day"]))


def by_bloc(
    hub_census: pd.DataFrame, hub_census_days: pd.DataFrame, countries: pd.DataFrame
) -> pd.DataFrame:
    """Return the whole Hub by day, attribution and bloc.

    Args:
        hub_census: table of that name, of which the rows by country are read.
        hub_census_days: table of that name.
        countries: table of that name, which gives a country its bloc.

    Returns:
        day, attribution, bloc, days (that new models come from), and the counters; a row for each
        bloc on each counted day. All-time downloads are missing where the source had none.
    """
    rows = placed(hub_census[hub_census["lab"] == ALL], countries)
    keys, days = ["day", "attribution", "bloc"], counted(hub_census_days)
    sums = rows.groupby(keys)[list(COUNTERS)].sum(min_count=1)
    every = pd.MultiIndex.from_product([days.index, ATTRIBUTIONS, BLOCS], names=keys)
    whole = sums.reindex(every).astype(float)
    zeros = [c for c in COUNTERS if c != "all_time"]
    whole[zeros] = whole[zeros].fillna(0.0)
    return whole.join(days, on="day").reset_index()


def placed(rows: pd.DataFrame, countries: pd.DataFrame) -> pd.DataFrame:
    """Give each row the bloc of its country."""
    return rows.merge(countries[["country", "bloc"]], how="left").fillna({"bloc": "Other"})


def census_share(
    hub_census: pd.DataFrame, hub_census_days: pd.DataFrame, countries: pd.DataFrame
) -> pd.DataFrame:
    """Return each bloc's share of the whole Hub on the last counted day and on the first.

    Args:
        hub_census: table of that name.
        hub_census_days: table of that name.
        countries: table of that name.

    Returns:
        counter (as `COUNTERS` calls it), attribution, bloc, share, first (the share on the first
        day), last_day, first_day. New models are those of the seven days to the last day and of
        the seven from the first; a counter's first day is the first that has it.
    """
    whole = by_bloc(hub_census, hub_census_days, countries)
    columns = ["counter", "attribution", "bloc", "share", "first", "last_day", "first_day"]
    parts = [_shares(whole, counter) for counter in SHARED]
    return pd.concat(parts, ignore_index=True)[columns]


def _shares(whole: pd.DataFrame, counter: str) -> pd.DataFrame:
    """Return the shares of one counter at both ends of the days that have it."""
    rows = whole[whole[counter].notna()]
    first, last = rows["day"].min(), rows["day"].max()
    more = _WEEK - _DAY if counter in FLOWS else pd.Timedelta(0)
    ends = {"share": (last - more, last), "first": (first, first + more)}
    found = pd.DataFrame({end: _share(rows, counter, *span) for end, span in ends.items()})
    return found.reset_index().assign(counter=COUNTERS[counter], first_day=first, last_day=last)


def _share(rows: pd.DataFrame, counter: str, first: pd.Timestamp, last: pd.Timestamp) -> pd.Series:
    """Return each bloc's share of a counter over some days, by attribution."""
    sums = rows[rows["day"].between(first, last)].groupby(["attribution", "bloc"])[counter].sum()
    totals = sums.groupby("attribution").transform("sum")
    return sums / totals.where(totals > 0)


def census_derivatives(
    hub_census: pd.DataFrame, hub_census_days: pd.DataFrame, countries: pd.DataFrame
) -> pd.DataFrame:
    """Return new derivatives a day by family of the weights they carry, in weeks from Monday.

    Args:
        hub_census: table of that name, of which the rows by lab and family are read, by lineage.
        hub_census_days: table of that name.
        countries: table of that name.

    Returns:
        week (its first day), family (the six with most new derivatives, `other
        families`, `unknown origin`), bloc (none of the other families), new (in the week), days
        (that they come from), rate (new a day), run (weeks in a row have one number). The weeks
        are those of the last two years with five days or more, if there are any.
    """
    rows, days = _families(hub_census, countries), counted(hub_census_days)
    covered = days.groupby(window_start(days.index.to_series()).rename("week")).sum()
    covered = covered[(covered >= _ENOUGH) | (covered.max() < _ENOUGH)]
    week = window_start(rows["day"]).rename("week")
    new = rows.groupby(["family", week])["new_derivatives"].sum().rename("new")
    every = pd.MultiIndex.from_product(
        [rows["family"].unique(), covered.index], names=new.index.names
    )
    table = new.reindex(every, fill_value=0).reset_index().merge(covered.reset_index())
    table = table[is_recent(table["week"])].sort_values(["family", "week"], ignore_index=True)
    blocs = rows.drop_duplicates("family").set_index("family")["bloc"]
    return table.assign(
        bloc=table["family"].map(blocs),
        rate=table["new"] / table["days"],
        run=(table.groupby("family")["week"].diff() != _WEEK).cumsum(),
    )[["week", "family", "bloc", "new", "days", "rate", "run"]]


def _families(hub_census: pd.DataFrame, countries: pd.DataFrame) -> pd.DataFrame:
    """Return the rows by lab and family, by lineage, with the leading families by name.

    A known maker without a known family is among the others, which have no one bloc.
    """
    own = (hub_census["lab"] != ALL) & (hub_census["task"] == ALL)
    rows = placed(hub_census[own & (hub_census["attribution"] == "lineage")], countries)
    nobody = rows["bloc"] == "Unknown"
    known = rows[(rows["family"] != UNKNOWN) & ~nobody]
    named = known.groupby("family")["new_derivatives"].sum().nlargest(_NAMED).index
    other = ~rows["family"].isin(named) & ~nobody
    family = rows["family"].mask(other, OTHERS).mask(nobody, NOBODY)
    return rows.assign(family=family, bloc=rows["bloc"].mask(other, ""))


def numbers(
    hub_census: pd.DataFrame, hub_census_days: pd.DataFrame, countries: pd.DataFrame
) -> list[Number]:
    """Return the shares of the whole Hub at both ends of the census, and what is built on whose.

    Args:
        hub_census: table of that name.
        hub_census_days: table of that name.
        countries: table of that name.
    """
    whole = by_bloc(hub_census, hub_census_days, countries)
    shares = census_share(hub_census, hub_census_days, countries)
    return [
        *_span(whole),
        *_share_numbers(shares),
        *_built_on(_families(hub_census, countries), whole),
    ]


def _number(id: str, value: object, unit: str, words: str) -> Number:
    return Number.of(f"rankings.census.{id}", value, unit, words, _TABLES)


def _span(whole: pd.DataFrame) -> list[Number]:
    """Return from when to when the Hub was counted, on how many days, and its models."""
    days, last = whole["day"], whole[whole["day"] == whole["day"].max()]
    models = last.loc[last["attribution"] == "publisher", "models"].sum()
    missing = (days.max() - days.min()).days + 1 - days.nunique() if len(days) else None
    return [
        _number("first", days.min(), "date", "First day of the count of the whole Hub."),
        _number("last", days.max(), "date", "Last day of the count of the whole Hub."),
        _number("days", days.nunique() or None, "days", "Days on which the whole Hub was counted."),
        _number("days_missing", missing, "days", "Days between them on which it was not."),
        _number("models", models or None, "models", "Models on the Hub on the last day counted."),
    ]


def _share_numbers(shares: pd.DataFrame) -> list[Number]:
    """Return the shares of China, the United States and unknown origin, last and first."""
    found = shares.set_index(["counter", "attribution", "bloc"]).to_dict("index")
    names = {"China": "from China", "United States": "from the United States"}
    told = []
    for counter, called in ((c, COUNTERS[c]) for c in SHARED):
        for attribution, variant in zip(ATTRIBUTIONS, ("", ".publisher"), strict=True):
            for bloc, code in SIDES.items():
                cell = found.get((called, attribution, bloc), {})
                said = f"Share {names.get(bloc, 'of unknown origin')} by {attribution} in the "
                said += f"{called} of the whole Hub, {{}}."
                for column, end in (("share", ""), ("first", ".first")):
                    id = f"{code}_share.{counter}{end}{variant}"
                    when = said.format(_when(counter, column))
                    told.append(_number(id, cell.get(column), "share", when))
    return told


def _when(counter: str, column: str) -> str:
    if counter in FLOWS:
        return "seven days to the last" if column == "share" else "seven days from the first"
    return "last day counted" if column == "share" else "first day counted that has them"


def _built_on(families: pd.DataFrame, whole: pd.DataFrame) -> list[Number]:
    """Return how many derivatives are new a day, and whose weights they carry."""
    new = families.groupby("family")["new_derivatives"].sum()
    total = new.sum()
    shares = new / total if total else new[:0].astype(float)
    known = shares.drop([OTHERS, NOBODY], errors="ignore")
    first = known.idxmax() if len(known) else None
    days = whole.drop_duplicates("day")["days"].sum()
    rows = whole[whole["attribution"] == "lineage"].groupby("bloc")["new_derivatives"].sum()
    sides = {bloc: rows.get(bloc, 0) / total if total else None for bloc in SIDES}
    said = "in the new derivatives of all days counted, by lineage; unknown origin stays in the "
    said += "denominator."
    return [
        _number(
            "derivatives.a_day", total / days if days else None, "count", "New derivatives a day."
        ),
        _number("derivatives.family.name", first, "text", f"Largest known family {said}"),
        _number("derivatives.family.share", known.max(), "share", f"Share of that family {said}"),
        *(
            _number(f"derivatives.{code}_share", sides[bloc], "share", f"Share of {bloc} {said}")
            for bloc, code in SIDES.items()
        ),
    ]
