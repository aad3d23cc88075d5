"""What no source has shown before, and what must not enter a table unseen by a person.

The thresholds stand outside everything that the 284 days of the trending list hold: at most 29 %
of its counters ever fell from one day to the next, a counter above 10,000 rose twentyfold on one
day, and an organisation that no table knew came among the first five on one day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from openrace import package

JUMP = 20
FALLING = 0.5
LEAST_COMPARED = 10
NEAR_THE_TOP = 5
UNKNOWN = 0.5
TRENDING, PANEL = "trending_daily", "panel_increments"


@dataclass(frozen=True)
class Watched:
    """A column whose values are held against the last known ones.

    Attributes:
        table: where it stands.
        column: its name.
        key: what a row is about; its last row by day of observation is compared.
        days: how old the last row may be; None: any age.
        least: from a value below it a jump may have small reasons; it is not looked for.
        counter: whether many falling values together mean that the source is broken.
    """

    table: str
    column: str
    key: tuple[str, ...]
    days: int | None = None
    least: float = 0
    counter: bool = False


_PRICE = ("source", "provider", "model")
WATCHED = (
    Watched("trending_daily", "downloads_30d", ("model_id",), 7, 10_000, counter=True),
    Watched("trending_top1000_daily", "downloads_30d", ("model_id",), 7, 10_000, counter=True),
    Watched("alltime_downloads", "downloads_all_time", ("model_id",), 31, 10_000, counter=True),
    *(Watched(t, c, _PRICE) for t in ("list_prices", "maker_prices") for c in ("input", "output")),
    *(Watched("router_prices", c, ("model",)) for c in ("input", "output")),
    Watched("attention_daily", "views", ("article", "date"), None, 1_000),
    Watched("company_quarters", "value", ("company", "measure")),
)


def found(table: str, known: pd.DataFrame, new: pd.DataFrame, labs: pd.DataFrame) -> list[str]:
    """Return what is odd about the rows that would be appended to a table, a sentence each.

    Args:
        table: its name.
        known: its rows so far.
        new: the rows to append, in the same columns.
        labs: table of that name.
    """
    watched = [w for w in WATCHED if w.table == table]
    said = [s for w in watched for s in _compared(w, _beside(w, known, new))]
    if table == TRENDING:
        said += _unknown_labs(known, new, labs)
    return said + list(_falling_panel(new)) if table == PANEL else said


def _beside(watched: Watched, known: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return the new values (`now`) beside the last known ones (`was`) of the same key."""
    day, key = package.observed()[watched.table], list(watched.key)
    old, now = (
        rows.dropna(subset=[watched.column])[[day, *key, watched.column]].rename(
            columns={day: f"{when}_day", watched.column: when}
        )
        for rows, when in ((known, "was"), (new, "now"))
    )
    last = old.sort_values("was_day", kind="stable").drop_duplicates(key, keep="last")
    both = now.merge(last, on=key)
    age = (both["now_day"] - both["was_day"]).dt.days
    return both if watched.days is None else both[age <= watched.days]


def _compared(watched: Watched, both: pd.DataFrame) -> Iterator[str]:
    what = f"{watched.table}.{watched.column}"
    large = both[(both["was"] > 0) & (both["was"] >= watched.least)]
    times = (large["now"] / large["was"]).astype(float)
    for _, row in large[~times.between(1 / JUMP, JUMP, inclusive="neither")].iterrows():
        name = ", ".join(f"{row[k]}" for k in watched.key)
        yield f"{what} of {name} went from {row['was']:,.9g} to {row['now']:,.9g} at once."
    falling = (both["now"] < both["was"]).mean()
    if watched.counter and len(both) >= LEAST_COMPARED and falling > FALLING:
        yield f"{what} fell for {falling:.0%} of {len(both)} repositories at once."


def _unknown_labs(known: pd.DataFrame, new: pd.DataFrame, labs: pd.DataFrame) -> Iterator[str]:
    """Say who came near the top that no table knows, and whether most of the list is unknown."""
    organisations = new["model_id"].str.split("/").str[0].str.lower()
    unknown = ~organisations.isin(labs["organisation"].str.lower())
    unseen = ~organisations.isin(known["model_id"].str.split("/").str[0].str.lower())
    for _, row in new[unknown & unseen & (new["rank"] <= NEAR_THE_TOP)].iterrows():
        yield (
            f"{row['model_id']} stands at rank {row['rank']} of the trending list, and nobody "
            "has placed its organisation: look it up for data/labs.csv."
        )
    if unknown.mean() > UNKNOWN:
        yield f"{unknown.mean():.0%} of the trending list is of organisations without a known home."


def _falling_panel(new: pd.DataFrame) -> Iterator[str]:
    """Say in which intervals most models of the downloads panel lost downloads."""
    sums = new[new["attribution"] == "publisher"].groupby("end")[["models", "falling_models"]].sum()
    for end, row in sums[sums["falling_models"] > FALLING * sums["models"]].iterrows():
        yield (
            f"{PANEL}: {row['falling_models']:,} of {row['models']:,} counters fell in the "
            f"interval to {end:%Y-%m-%d}."
        )
