"""The numbers of the outlook: what is read, against what, which way, and what is overdue."""

from __future__ import annotations

from typing import Any

import pandas as pd

from openrace.labs import Registry
from openrace.measures.outlook.readings import BY_PUBLISHER, CHINESE
from openrace.measures.rankings.derivatives import built_on, new_uploads
from openrace.numbers import Number

_TABLES = {
    "procurement": ("enterprise_surveys",),
    "regulation": ("restrictions",),
    "ecosystem": ("trending_daily", "hub_uploads", "trending_top1000_daily", "labs", "families"),
    "quality": ("capability_index", "corrections", "countries"),
    "on_device": ("hub_uploads", "labs", "families"),
}

_DAY = ("list_prices",)  # the table refreshed last: its newest day is the chapter's

_READS = {
    "procurement": "Share of firms’ work with language models that open models of all countries "
    "do, as one investor’s newest survey of US firms has it (table enterprise_surveys, read at "
    "second hand); the range is Wilson’s, 95 %, as if each person asked were one drawn at random",
    "regulation": "Acts in force that bind a private firm’s own use of open weights, as counted by "
    "adoption.restrictions.private_use; the high bound adds those that bind its work for a "
    "government",
    "ecosystem": "Mean places a day of Chinese models, by lineage, among the 30 of the Hub’s "
    "trending list in a complete month, measured as rankings.cn_slots; the interval is a "
    "moving-block bootstrap over days, 95 %",
    "quality": "Median lag in days of the open Chinese records released in a year behind closed US "
    "models, in the latest copy of the Epoch index, measured as moment.lag_days; the range is 95 % "
    "of draws with independent errors on every score, rounded outwards to whole days",
    "on_device": "What runs on people’s own devices: no indicator is known",
}

#: Said of a reading that has older ones than are made.
CUT = "for the last two years"

_FORMS = r"gguf|mlx|awq|gptq|exl2|exl3"
_SMALL = 9e9  # parameters: fits a phone or a small computer at four bits each, a convention


def numbers(
    board: pd.DataFrame, series: pd.DataFrame, uploads: pd.DataFrame, registry: Registry
) -> list[Number]:
    """Return how many indicators there are, are overdue and have moved, and each one's readings.

    Args:
        board: what `board` returns.
        series: what `readings` returns.
        uploads: table `hub_uploads`.
        registry: who is known.
    """
    cut = set(series.loc[series["cut"], "thing"])
    return [
        *_counts(board),
        *(n for row in board.to_dict("records") for n in _thing(row, row["thing"] in cut)),
        *_beside(board, series),
        *_copies(uploads, registry),
    ]


def _counts(board: pd.DataFrame) -> list[Number]:
    state, moved = board["state"], board["direction"].isin(["up", "down"])
    tables = tuple(dict.fromkeys(t for ts in (*_TABLES.values(), _DAY) for t in ts))
    asked = (
        ("things", len(board), "Things to watch."),
        ("indicators", (state != "none").sum(), "Things to watch that have an indicator."),
        (
            "overdue",
            (state == "overdue").sum(),
            "Indicators whose next reading was due before the chapter’s day.",
        ),
        ("unread", (state == "unread").sum(), "Indicators not read by the chapter’s day."),
        (
            "moved",
            moved.sum(),
            "Indicators with a direction: the ranges of reading and earlier reading do not "
            "overlap, and no reading between lies beyond the newest.",
        ),
    )
    counts = [Number.of(f"outlook.{id}", int(n), "count", said, tables) for id, n, said in asked]
    said = "The chapter’s day, as of which a reading is overdue: the newest of the book, or that "
    said += "which was asked for."
    return [Number.of("outlook.day", board["day"].max(), "date", said, _DAY), *counts]


_DIRECTIONS = {
    "up": "up",
    "down": "down",
    "unclear": "no direction",
    "unread": "no earlier reading",
    "none": "no indicator",
}


def _thing(row: dict[Any, Any], cut: bool) -> list[Number]:
    """Return the reading of a thing, the earlier one, its direction and when it is due."""
    thing = row["thing"]
    tables, said = _TABLES[thing], _READS[thing] + f"; read {CUT}" * cut
    unit = row["unit"] or "count"
    older = f"{said}: the last reading at least as much older as the table of indicators says."
    ends = [[row[f"{of}low"], row[f"{of}high"]] for of in ("", "earlier_")]
    told: tuple[tuple[str, Any, str, str, list[Any]], ...] = (
        ("reading", row["value"], unit, f"{said}.", ends[0]),
        ("earlier", row["earlier"], unit, older, ends[1]),
        ("reading.date", row["date"], "date", f"Last day that the reading speaks of: {said}.", []),
        ("earlier.date", row["earlier_date"], "date", f"Day of the earlier reading: {said}.", []),
        ("due", row["due"], "date", f"Day on which the next reading is due: {said}.", []),
        ("direction", _DIRECTIONS[row["direction"]], "text", f"Which way it moves: {said}.", []),
    )
    return [
        Number.of(f"outlook.{thing}.{id}", value, kind, words, tables, *bounds)
        for id, value, kind, words, bounds in told
    ]


def _beside(board: pd.DataFrame, series: pd.DataFrame) -> list[Number]:
    """Return the readings that stand beside the board's: by who uploads, and of Chinese models."""
    days = board.set_index("thing")["earlier_date"].get("ecosystem")
    own = series[series["thing"] == BY_PUBLISHER].set_index("date")
    said = "Mean places a day of models uploaded by Chinese makers among the 30 trending, {}; the "
    said += "interval is a moving-block bootstrap over days, 95 %."
    asked = (
        ("reading", own.index.max(), "in the last complete month"),
        ("earlier", days, "in the earlier month of the board"),
    )
    slots = [
        Number.of(f"outlook.ecosystem.publisher.{id}", *_at(own, day, "slots", said.format(when)))
        for id, day, when in asked
    ]
    some = series[series["thing"] == CHINESE].set_index("date")
    said = "Share of Chinese open models in US firms’ use of models through interfaces, by the "
    said += "newest survey that gives it (read at second hand); Wilson’s range, 95 %."
    return [
        *slots,
        Number.of(
            "outlook.procurement.chinese",
            *_at(some, some.index.max(), "share", said, "procurement"),
        ),
    ]


def _at(
    own: pd.DataFrame, day: Any, unit: str, said: str, thing: str = "ecosystem"
) -> tuple[Any, str, str, tuple[str, ...], Any, Any]:
    """Return what a number is made of, on a day of a series."""
    row = own.loc[day] if day in own.index else {}
    return row.get("value"), unit, said, _TABLES[thing], row.get("low"), row.get("high")


def _copies(uploads: pd.DataFrame, registry: Registry) -> list[Number]:
    """Return how many of the new uploads are smaller copies of a model, and whose."""
    built = built_on(new_uploads(uploads), registry)
    declared = built["base_relation"] == "quantized"
    named = built["model_id"].str.contains(_FORMS, case=False, regex=True)
    copies = built[declared]
    of = "new repositories of the nine days that the census covers, among those with a base"
    author = copies["author"].value_counts(normalize=True).max()
    asked = (
        (
            "copies.share",
            declared.mean(),
            f"Share of {of}, that say they are quantised copies of it; from those that also carry "
            "a form’s name to those with either.",
            *((declared & named).mean(), (declared | named).mean()),
        ),
        (
            "copies.cn",
            (copies["bloc"] == "China").mean(),
            f"Share of Chinese bases among the quantised copies: {of}.",
            *(None, None),
        ),
        (
            "copies.one_author",
            author,
            f"Share of the busiest author among the quantised copies: {of}.",
            *(None, None),
        ),
        (
            "copies.small",
            (copies["parameters"].dropna() <= _SMALL).mean(),
            "Share of at most nine billion parameters, as the Hub counts them, among the quantised "
            f"copies whose size is known: {of}; from all unknown ones large to all small.",
            (copies["parameters"] <= _SMALL).fillna(value=False).mean(),
            (copies["parameters"] <= _SMALL).fillna(value=True).mean(),
        ),
    )
    tables = _TABLES["on_device"]
    return [
        Number.of(f"outlook.on_device.{id}", value, "share", said, tables, low, high)
        for id, value, said, low, high in asked
    ]
