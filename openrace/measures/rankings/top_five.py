"""Weeks in which at least four of the top five models are from one country, in every reading.

The saying leaves open which models lead, what becomes of unknown origin, and how days make a
week. All its readings are tried; the chapter shows the leading one with the range of the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import product

import pandas as pd

from openrace.labs import Registry
from openrace.measures.rankings.recent import is_recent
from openrace.measures.rankings.trending import in_scope, listed, window_start
from openrace.numbers import Number

SIDES = ("China", "United States")
RULES = ("most days", "mean of the days", "last day", "any day", "the week's five")


@dataclass(frozen=True)
class Reading:
    """One way to read “four of the top five are from one country in a week”.

    Attributes:
        scope: which models stand for the leading models.
        unknown: whether a model of unknown origin takes one of the five places.
        rule: how the days of a week make a verdict on the week.
    """

    scope: str
    unknown: str
    rule: str


#: Every reading that is tried; the first is the one the chapter leads with.
READINGS = tuple(
    Reading(*facets)
    for facets in product(("language", "text only", "all"), ("takes a place", "left out"), RULES)
)

#: A week with fewer usable days than this is not judged.
USABLE_DAYS = 4

_FIVE, _FOUR = 5, 4
_COLUMNS = {
    "week": "datetime64[us]",
    "bloc": "str",
    "attribution": "str",
    "scope": "str",
    "unknown": "str",
    "rule": "str",
    "days": "int64",
    "incomplete_days": "int64",
    "among_five": "float64",
    "held": "Int64",
    "counts": "boolean",
}
_TABLES = ("trending_daily", "hub_uploads", "trending_top1000_daily", "labs", "families")


def four_of_five_readings(trending: pd.DataFrame, registry: Registry) -> pd.DataFrame:
    """Judge every week under every reading of “at least four of the top five are from a bloc”.

    The top five of a day are the first five models of the reading's scope on the day's list of
    30. A day whose list holds fewer than five of them is incomplete and not usable; a week with
    fewer than four usable days is not judged. “Most days”: at least four of five on more than
    half of the usable days. “Mean of the days”: at least four on average. “The week's five”: the
    five with the most points over the week, as in `trending.top_ten`.

    Args:
        trending: table `trending_daily`.
        registry: who is known.

    Returns:
        week, bloc (China or United States), attribution, scope, unknown, rule, days (usable),
        incomplete_days, among_five (mean number of the bloc's models), held (the number of them
        reached on more than half of the usable days, so that four is “most days”), counts; the
        last two are missing when the week is not judged.
    """
    names = ["model_id", "modality", "bloc"]
    rows = listed(trending, registry)[["attribution", "date", "place", *names]]
    rows = rows.astype(dict.fromkeys(names, "category"))  # they are compared again and again
    judged = [
        weeks.assign(attribution=attribution, **asdict(reading))
        for attribution, mine in rows.groupby("attribution")
        for reading, weeks in _judge(mine)
    ]
    empty = pd.DataFrame(columns=list(_COLUMNS))
    readings = pd.concat(judged, ignore_index=True) if judged else empty
    return readings[list(_COLUMNS)].astype(_COLUMNS)


def _judge(rows: pd.DataFrame) -> Iterator[tuple[Reading, pd.DataFrame]]:
    """Yield the judged weeks of each reading and bloc, for rows of one attribution."""
    rows = rows.assign(
        week=window_start(rows["date"]), points=rows["place"].max() + 1 - rows["place"]
    )
    rows = rows.sort_values(["date", "place"])
    dates = rows.drop_duplicates("date").set_index("date")["week"]
    for scope, unknown in dict.fromkeys((r.scope, r.unknown) for r in READINGS):
        eligible = in_scope(rows, scope)
        if unknown == "left out":
            eligible = eligible[eligible["bloc"] != "Unknown"]
        five = eligible[eligible.groupby("date").cumcount() < _FIVE]
        places = five.groupby("date").size().reindex(dates.index, fill_value=0)
        usable = five[five["date"].isin(places.index[places == _FIVE])]
        days = (places == _FIVE).groupby(dates)
        facts = pd.DataFrame({"days": days.sum(), "incomplete_days": days.size() - days.sum()})
        leaders = _leaders(eligible)
        for bloc in SIDES:
            verdicts = _verdicts(usable, leaders, bloc).reindex(facts.index)
            verdicts = verdicts.mask(facts["days"] < USABLE_DAYS)
            for rule in RULES:
                weeks = facts.assign(
                    bloc=bloc, **verdicts[["among_five", "held"]], counts=verdicts[rule]
                )
                yield Reading(scope, unknown, rule), weeks.rename_axis("week").reset_index()


def _leaders(eligible: pd.DataFrame) -> pd.DataFrame:
    """Return the five models with the most points in each week."""
    models = eligible.groupby(["week", "model_id", "bloc"], as_index=False)["points"].sum()
    models = models.sort_values(["week", "points", "model_id"], ascending=[True, False, True])
    return models[models.groupby("week").cumcount() < _FIVE]


def _verdicts(usable: pd.DataFrame, leaders: pd.DataFrame, bloc: str) -> pd.DataFrame:
    """Return, per week, the bloc's mean number among five and whether each rule is met."""
    hits = (usable["bloc"] == bloc).groupby([usable["week"], usable["date"]]).sum()
    four = (hits >= _FOUR).groupby("week")
    among_five = hits.groupby("week").mean()
    held = hits.groupby("week").quantile(0.5, interpolation="lower")
    led = (leaders["bloc"] == bloc).groupby(leaders["week"]).sum()
    met = (four.mean() > 0.5, among_five >= _FOUR, four.last(), four.any(), led >= _FOUR)
    verdicts = pd.DataFrame(dict(zip(RULES, met, strict=True))).astype("boolean")
    return verdicts.assign(among_five=among_five, held=held)


def four_of_five(readings: pd.DataFrame, bloc: str = "China") -> pd.DataFrame:
    """Return a bloc's weeks under the leading reading, and how many readings agree on each.

    Args:
        readings: what `four_of_five_readings` returns.
        bloc: China or United States.

    Returns:
        week, attribution, days (usable), incomplete_days, among_five (mean number of the bloc's
        models), held (the number reached on more than half of the days), counts (missing when
        not judged), agree (share of the readings of this attribution that judge the week and
        count it).
    """
    mine = readings[readings["bloc"] == bloc]
    agree = mine.groupby(["week", "attribution"], as_index=False)["counts"].mean()
    leading = mine[
        (mine[["scope", "unknown", "rule"]] == list(asdict(READINGS[0]).values())).all(axis=1)
    ]
    columns = ["week", "attribution", "days", "incomplete_days", "among_five", "held", "counts"]
    agree = agree.rename(columns={"counts": "agree"}).astype({"agree": float})
    return leading[columns].merge(agree, on=["week", "attribution"])


def four_of_five_shares(readings: pd.DataFrame, bloc: str = "China") -> pd.DataFrame:
    """Return the share of judged weeks that count under each reading, by attribution.

    Returns:
        attribution, scope, unknown, rule, weeks (judged), share.
    """
    facets = ["attribution", "scope", "unknown", "rule"]
    counts = readings[readings["bloc"] == bloc].groupby(facets, sort=False)["counts"]
    shares = counts.agg(weeks="count", share="mean").reset_index()
    return shares.astype({"weeks": "int64", "share": float})


def four_of_five_figure(readings: pd.DataFrame, bloc: str = "China") -> pd.DataFrame:
    """Return the weeks under the leading reading and the shares under all, one below the other.

    Weeks are those of the last two years; shares are of all weeks.

    Returns:
        part (weeks or readings), then the columns of `four_of_five` and `four_of_five_shares`,
        and leads (whether a reading is the leading one); empty where a part has no such column.
    """
    weeks, shares = four_of_five(readings, bloc), four_of_five_shares(readings, bloc)
    weeks = weeks[is_recent(weeks["week"])]
    facets = ["scope", "unknown", "rule"]
    leads = (shares[facets] == list(asdict(READINGS[0]).values())).all(axis=1)
    parts = [weeks.assign(part="weeks"), shares.assign(part="readings", leads=leads)]
    both = pd.concat(parts, ignore_index=True).astype({"leads": "boolean"})
    return both[["part", *both.columns.drop("part")]]


def numbers(readings: pd.DataFrame) -> list[Number]:
    """Return the share of weeks that count, by lineage and publisher, and its range.

    Args:
        readings: what `four_of_five_readings` returns.
    """
    id = "rankings.four_of_five_weeks"
    shares = four_of_five_shares(readings)["share"]
    low, high, tried = shares.min(), shares.max(), len(shares)
    of = "share of weeks in which at least four of the top five models are Chinese, among the "
    of += f"{tried} readings tried."
    china, states = (four_of_five(readings, bloc) for bloc in SIDES)
    judged = int(china.loc[china["counts"].notna(), "week"].nunique())
    return [
        _share(f"{id}.share", china, "China", "lineage", low, high),
        _share(f"{id}.share.publisher", china, "China", "publisher", low, high),
        Number.of(f"{id}.share.low", low, "share", f"Lowest {of}", _TABLES),
        Number.of(f"{id}.share.high", high, "share", f"Highest {of}", _TABLES),
        _share(f"{id}.us", states, "the United States", "lineage"),
        _share(f"{id}.us.publisher", states, "the United States", "publisher"),
        Number.of(f"{id}.weeks", judged or None, "count", "Number of weeks judged.", _TABLES),
        Number.of(f"{id}.readings", tried or None, "count", "Number of readings.", _TABLES),
        _incomplete(readings),
    ]


def _share(
    id: str,
    weeks: pd.DataFrame,
    side: str,
    attribution: str,
    low: float | None = None,
    high: float | None = None,
) -> Number:
    said = "Share of weeks in which, on more than half of the usable days, at least four of the "
    said += f"first five language models of the Hub's trending list are from {side}, by "
    said += f"{attribution}" + (
        "." if low is None else "; the range is that of all readings tried."
    )
    value = weeks.loc[weeks["attribution"] == attribution, "counts"].astype("Float64").mean()
    return Number.of(id, None if pd.isna(value) else value, "share", said, _TABLES, low, high)


def _incomplete(readings: pd.DataFrame) -> Number:
    text = readings[(readings["scope"] == "text only") & (readings["unknown"] == "takes a place")]
    days = text.drop_duplicates("week")["incomplete_days"]
    return Number.of(
        "rankings.four_of_five_weeks.incomplete_days",
        int(days.sum()) if len(days) else None,
        "days",
        "Days on which the trending list holds fewer than five text-generation models; the "
        "text-only readings do not use them.",
        _TABLES,
    )
