"""The numbers of the trending list: whose slots, in which months, and what attribution rests on."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from openrace.measures.rankings.trending import (
    ATTRIBUTIONS,
    BLOCS,
    daily_slots,
    is_complete,
    latest_month,
    monthly_slots,
    window_shares,
)
from openrace.measures.rankings.uncertainty import slot_intervals
from openrace.numbers import Number

CODES = dict(zip(BLOCS, ("cn", "us", "europe", "other", "unknown"), strict=True))

#: The three spans in which the United States came back, named in the chapter's argument.
REBOUNDS = {
    "december": (pd.Timestamp("2025-12-15"), pd.Timestamp("2025-12-28")),
    "april": (pd.Timestamp("2026-04-01"), pd.Timestamp("2026-04-30")),
    "june": (pd.Timestamp("2026-06-01"), pd.Timestamp("2026-06-30")),
}

_TABLES = ("trending_daily", "hub_uploads", "trending_top1000_daily", "labs", "families")
_COMPLETE = "complete: over, and observed on at least 85 % of its days"


def numbers(listed: pd.DataFrame, top_n: int = 30, scope: str = "all") -> list[Number]:
    """Return the numbers of the trending list.

    Args:
        listed: the places that count; see `trending.listed`.
        top_n: how many places of the list count, for the definitions.
        scope: which models they are, for the definitions.
    """
    models = "models of all modalities" if scope == "all" else f"models of the scope {scope}"
    of = f"the first {top_n} {models} on the Hub's trending list"
    days, first, last = listed["date"].agg(["nunique", "min", "max"])
    return [
        Number.of("rankings.slots.listed", top_n, "count", f"Slots a day: {of}.", _TABLES),
        Number.of("rankings.days", days or None, "days", "Days observed of the list.", _TABLES),
        Number.of("rankings.days.first", first, "date", "First day of the list.", _TABLES),
        Number.of("rankings.days.last", last, "date", "Last day of the list.", _TABLES),
        *_latest(listed, of),
        *_extremes(listed, of),
        *_rebounds(listed, of),
        *_weeks_ahead(listed, of),
        *_majority(listed, of),
        *_first_ten(listed),
        *_basis(listed, of),
        *_uploaded_by_others(listed, of),
        *_without_largest(listed, of),
    ]


def _variants() -> Iterable[tuple[str, str]]:
    return zip(ATTRIBUTIONS, ("", ".publisher"), strict=True)


def _latest(listed: pd.DataFrame, of: str) -> list[Number]:
    """Return each bloc's mean slots in the last complete month, with bootstrap intervals."""
    found = slot_intervals(listed).set_index(["attribution", "bloc"])
    month = latest_month(listed)["date"].min()
    name = None if pd.isna(month) else f"{month:%B %Y}"
    said = f"Mean number per day, in {name or 'the last complete month'}, of models {{}} by {{}} "
    said += f"among {of}; the interval is a moving-block bootstrap over days (95 %)."
    slots = []
    for attribution, variant in _variants():
        for bloc, code in CODES.items():
            cell = found.loc[(attribution, bloc)] if len(found) else {}
            slots.append(
                Number.of(
                    f"rankings.{code}_slots.latest_month{variant}",
                    cell.get("slots"),
                    "slots",
                    said.format(_from(bloc), attribution),
                    _TABLES,
                    cell.get("low"),
                    cell.get("high"),
                )
            )
    said = f"The last calendar month that is {_COMPLETE}."
    return [
        Number.of("rankings.latest_month", name, "text", said, _TABLES),
        *slots,
        *_leader(found),
    ]


def _leader(found: pd.DataFrame) -> list[Number]:
    """Say who leads in the last complete month, if the two intervals do not overlap."""
    said = "Whose 95 % interval of slots in the last complete month, by {}, lies above the other's."
    leaders = []
    for attribution, variant in _variants():
        leader = None
        if len(found):
            china, states = (found.loc[(attribution, b)] for b in ("China", "United States"))
            leader = "neither country clearly leads"
            leader = "China leads" if china["low"] > states["high"] else leader
            leader = "the United States leads" if states["low"] > china["high"] else leader
        id, words = f"rankings.leader.latest_month{variant}", said.format(attribution)
        leaders.append(Number.of(id, leader, "text", words, _TABLES))
    return leaders


def _from(bloc: str) -> str:
    names = {"Unknown": "of unknown origin", "United States": "from the United States"}
    return names.get(bloc, "from other countries" if bloc == "Other" else f"from {bloc}")


def _extremes(listed: pd.DataFrame, of: str) -> list[Number]:
    """Return the complete months in which each side held fewest and most slots."""
    months = monthly_slots(listed)
    months = months[months["complete"]]
    found = []
    for attribution, variant in _variants():
        for bloc in ("China", "United States"):
            rows = months[(months["attribution"] == attribution) & (months["bloc"] == bloc)]
            rows = rows.sort_values("slots")
            for extreme, words, row in (("min", "Fewest", rows[:1]), ("max", "Most", rows[-1:])):
                id = f"rankings.{CODES[bloc]}_slots.{extreme}_month"
                said = f"{words} slots a day {_from(bloc)} by {attribution} in a month among {of}; "
                said += f"months that are {_COMPLETE}."
                slots = row["slots"].iloc[0] if len(row) else None
                date = f"{row['month'].iloc[0]:%B %Y}" if len(row) else None
                found += [
                    Number.of(f"{id}{variant}", slots, "slots", said, _TABLES),
                    Number.of(f"{id}.date{variant}", date, "text", f"Month: {said}", _TABLES),
                ]
    return found


def _rebounds(listed: pd.DataFrame, of: str) -> list[Number]:
    """Return both sides' mean slots in the three spans in which the United States came back."""
    daily = daily_slots(listed)
    found = []
    for name, (first, last) in REBOUNDS.items():
        whole = is_complete(listed["date"], first, last)
        span = f"{first:%d %B %Y} to {last:%d %B %Y}"
        for attribution, variant in _variants():
            rows = daily[daily.index.get_level_values("attribution") == attribution]
            rows = rows[pd.Series(rows.index.get_level_values("date")).between(first, last).array]
            found += [
                Number.of(
                    f"rankings.{CODES[bloc]}_slots.rebound_{name}{variant}",
                    rows[bloc].mean() if whole else None,
                    "slots",
                    f"Mean number per day, {span}, of models {_from(bloc)} by {attribution} "
                    f"among {of}.",
                    _TABLES,
                )
                for bloc in ("United States", "China")
            ]
    return found


def _weeks_ahead(listed: pd.DataFrame, of: str) -> list[Number]:
    weekly = window_shares(listed).pivot(
        index=["attribution", "week"], columns="bloc", values="share"
    )
    weekly = weekly.reindex(columns=list(BLOCS))
    ahead = weekly["United States"] > weekly["China"]
    said = "Share of weeks in which models from the United States hold more slots than those from "
    said += f"China, by {{}}, among {of}; every week with an observed day counts."
    return [
        Number.of(
            f"rankings.weeks_us_ahead.share{variant}",
            ahead[ahead.index.get_level_values("attribution") == attribution].mean(),
            "share",
            said.format(attribution),
            _TABLES,
        )
        for attribution, variant in _variants()
    ]


def _majority(listed: pd.DataFrame, of: str) -> list[Number]:
    """Return how often one side holds more than half of the list, with the range over lengths."""
    longest = listed["place"].max()
    lengths = sorted({k for k in (5, 10, longest) if k <= longest})
    cut = [_majority_days(daily_slots(listed[listed["place"] <= k])) for k in lengths]
    said = "Share of days on which models {} by {} hold more than half of the slots, among "
    said += f"{of}; the range is that of the list cut at {' or '.join(map(str, lengths))} places."
    found = []
    for attribution, variant in _variants():
        for bloc, code in (("China", ""), ("United States", ".us")):
            shares = [days.at[attribution, bloc] for days in cut]
            found.append(
                Number.of(
                    f"rankings.majority_days.share{code}{variant}",
                    shares[-1] if shares else None,
                    "share",
                    said.format(_from(bloc), attribution),
                    _TABLES,
                    min(shares, default=None),
                    max(shares, default=None),
                )
            )
    return found


def _majority_days(slots: pd.DataFrame) -> pd.DataFrame:
    """Return the share of days on which a bloc holds more than half, by attribution and bloc."""
    held = slots.div(slots.sum(axis=1), axis=0) > 0.5
    return held.groupby(level="attribution").mean()


def _first_ten(listed: pd.DataFrame) -> list[Number]:
    """Return how many of the list's first ten places each side holds on an average day."""
    ten = listed.loc[listed["place"] <= 10, ["attribution", "date", "bloc"]]
    daily, months = daily_slots(ten), monthly_slots(ten)
    months = months[months["complete"]]
    said = "Mean number per day of models {} by {} among the first ten places of the list, over "
    said += f"all days observed; the range is that of the months that are {_COMPLETE}."
    found = []
    for attribution, variant in _variants():
        rows = daily[daily.index.get_level_values("attribution") == attribution]
        for bloc in ("China", "United States"):
            its = months[(months["attribution"] == attribution) & (months["bloc"] == bloc)]["slots"]
            found.append(
                Number.of(
                    f"rankings.top_ten.trending.{CODES[bloc]}{variant}",
                    rows[bloc].mean(),
                    "slots",
                    said.format(_from(bloc), attribution),
                    _TABLES,
                    its.min(),
                    its.max(),
                )
            )
    return found


def _basis(listed: pd.DataFrame, of: str) -> list[Number]:
    """Return what lineage rests on, and how much of either attribution is unknown."""
    rows = {a: listed.loc[listed["attribution"] == a, ["bloc", "basis"]] for a in ATTRIBUTIONS}
    lineage, publisher = rows["lineage"], rows["publisher"]
    asked = (
        ("lineage.unknown_share", lineage["bloc"] == "Unknown", "lineage is of unknown origin"),
        ("lineage.by_name_share", lineage["basis"] == "name", "lineage rests on a name alone"),
        ("lineage.by_base_share", lineage["basis"] == "base_model", "lineage rests on base models"),
        (
            "publisher.unknown_share",
            publisher["bloc"] == "Unknown",
            "publisher is of unknown origin",
        ),
    )
    said = f"over all days observed, among {of}."
    return [
        Number.of(
            f"rankings.{id}",
            is_so.mean(),
            "share",
            f"Share of slots whose {words}, {said}",
            _TABLES,
        )
        for id, is_so, words in asked
    ]


def _uploaded_by_others(listed: pd.DataFrame, of: str) -> list[Number]:
    """Return how much of each side's slots by lineage others uploaded: quantisers, fine-tuners."""
    keys = ["date", "place", "bloc"]
    lineage, publisher = (listed.loc[listed["attribution"] == a, keys] for a in ATTRIBUTIONS)
    both = lineage.merge(publisher, on=["date", "place"], suffixes=("", "_publisher"))
    others = both["bloc"] != both["bloc_publisher"]
    said = "Share of the slots {} by lineage that were uploaded by an organisation not known to be "
    said += f"from there, over all days observed, among {of}."
    return [
        Number.of(
            f"rankings.{CODES[bloc]}_slots.uploaded_by_others.share",
            others[both["bloc"] == bloc].mean(),
            "share",
            said.format(_from(bloc)),
            _TABLES,
        )
        for bloc in ("China", "United States")
    ]


def _without_largest(listed: pd.DataFrame, of: str) -> list[Number]:
    """Return what each side's largest lab holds of its slots in the last complete month."""
    month = latest_month(listed)
    month = month[month["attribution"] == "lineage"]
    found = []
    for bloc in ("China", "United States"):
        labs = month.loc[month["bloc"] == bloc, "lab"].value_counts()
        id = f"rankings.{CODES[bloc]}_slots.largest_lab"
        said = f"largest lab among the slots {_from(bloc)} by lineage, last complete month, {of}."
        name = labs.index[0] if len(labs) else None
        share = labs.iloc[0] / labs.sum() if len(labs) else None
        found += [
            Number.of(f"{id}.name", name, "text", f"The {said}", _TABLES),
            Number.of(f"{id}.share", share, "share", f"Share of the {said}", _TABLES),
        ]
    return found
