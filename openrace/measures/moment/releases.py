"""Releases of open weights: how many, by whose list, and whether the lists see a break.

A *launch* is one lab in one calendar week: a family of twenty sizes and variants counts once. No
list is supply. Each is read from the month in which it begins to hold models regularly to its
last complete month, and its break is its own; see `breaks` for the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from openrace.corrections import corrected
from openrace.labs import UNKNOWN
from openrace.measures.moment import breaks
from openrace.numbers import Number

UNITS = ("launches", "models")


class List(NamedTuple):
    """A list of releases: what it is called, what gets a model into it, what it misses."""

    name: str
    rule: str
    misses: str
    begins: pd.Timestamp
    units: tuple[str, ...] = UNITS


LISTS: Mapping[str, List] = {
    "epoch": List(
        "Evaluated by Epoch",
        "open-weight models that Epoch AI scored on its index",
        "models nobody evaluated; US open models after August 2025",
        pd.Timestamp("2023-07-01"),
    ),
    "catalogue": List(
        "Still sold in July 2026",
        "open-weight names that a provider still sold on 2 July 2026",
        "whatever is no longer sold: the older the quarter, the more",
        pd.Timestamp("2024-01-01"),
    ),
    "curated": List(
        "Chosen for local use",
        "makers’ models in the list of a tool that fits models to computers",
        "models too large for a desk, and what its author did not choose",
        pd.Timestamp("2023-11-01"),
    ),
    "by hand": List(
        "Known by hand",
        "well-known releases, collected for the timeline of this chapter",
        "nearly everything: a timeline and not a count",
        pd.Timestamp("2023-07-01"),
        ("launches",),  # it has one row a launch
    ),
}
SIDES = {"China": "cn", "United States": "us"}
#: R1 was released on this day; whether a break lies there is asked of every list.
R1 = pd.Timestamp("2025-01-20")
SURE = 0.05

_TABLES = ("capability_index", "listed_releases", "open_weight_releases")


def rows(
    index: pd.DataFrame,
    listed_releases: pd.DataFrame,
    by_hand: pd.DataFrame,
    corrections: pd.DataFrame,
    countries: pd.DataFrame,
) -> pd.DataFrame:
    """Gather the open-weight models of all lists.

    Args:
        index: one copy of Epoch's index, a row per model; see `capability.models`.
        listed_releases: table of that name.
        by_hand: table `open_weight_releases`.
        corrections: table `corrections`.
        countries: table `countries`.

    Returns:
        list, model, lab, bloc, released; models without a day of release are left out.
    """
    mended = corrected(by_hand, corrections, "open_weight_releases")
    hand = mended.rename(columns={"date": "released"}).assign(list="by hand")
    hand = hand[(hand["access"] == "open") & (hand["until"].dt.month == hand["released"].dt.month)]
    epoch = index[index["access"] == "open"].assign(list="epoch")
    columns = ["list", "model", "lab", "country", "released"]
    every = pd.concat([t[columns] for t in (epoch, listed_releases, hand)], ignore_index=True)
    every = every.dropna(subset="released").merge(countries[["country", "bloc"]], how="left")
    every["bloc"] = every["bloc"].fillna("Unknown")
    return every[["list", "model", "lab", "bloc", "released"]]


def monthly(releases: pd.DataFrame, listed_releases: pd.DataFrame) -> pd.DataFrame:
    """Count each side's launches and models, list by list and month by month.

    Args:
        releases: what `rows` returns.
        listed_releases: table of that name, for the days of the lists' editions.

    Returns:
        list, bloc (China, United States), month, launches, models; a row for every month from
        the list's first to its last complete one, zeros included.
    """
    known = releases[releases["bloc"].isin(SIDES) & (releases["lab"] != UNKNOWN)]
    parts = [
        _counted(rows[rows["bloc"] == bloc], span).assign(list=name, bloc=bloc)
        for name, rows in known.groupby("list")
        for bloc in SIDES
        for span in [_span(str(name), bloc, rows, listed_releases)]
        if span is not None
    ]
    columns = ["list", "bloc", "month", *UNITS]
    return pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns)


def _span(
    name: str, bloc: str, rows: pd.DataFrame, listed_releases: pd.DataFrame
) -> pd.DatetimeIndex | None:
    """Return the months of a list: to the one before its edition, or before its last release."""
    editions = listed_releases.loc[listed_releases["list"] == name, "date"]
    own = rows["released"] if name != "epoch" else rows.loc[rows["bloc"] == bloc, "released"]
    # most of the curated list was made at once; later additions fill it unevenly
    end = own.max() if editions.empty else editions.min()
    if pd.isna(end):
        return None
    whole = end.to_period("M").start_time - pd.offsets.MonthBegin(1)
    months = pd.date_range(LISTS[name].begins, whole, freq="MS")
    return months if len(months) else None


def _counted(rows: pd.DataFrame, months: pd.DatetimeIndex) -> pd.DataFrame:
    week = rows["released"].dt.to_period("W-SUN")
    firsts = rows.groupby([rows["lab"], week])["released"].min()
    counts = {"launches": _by_month(firsts), "models": _by_month(rows["released"])}
    table = pd.DataFrame(counts).reindex(months, fill_value=0).fillna(0).astype("int64")
    return table.rename_axis("month").reset_index()


def _by_month(days: pd.Series) -> pd.Series:
    return days.dt.to_period("M").dt.start_time.value_counts()


def quarterly(months: pd.DataFrame) -> pd.DataFrame:
    """Add months up to quarters, for the drawing.

    Args:
        months: what `monthly` returns.

    Returns:
        list, bloc, quarter (its first day), launches, models, months (observed of the three).
    """
    quarter = months["month"].dt.to_period("Q").dt.start_time.rename("quarter")
    sums = months.groupby(["list", "bloc", quarter], sort=False)
    return sums.agg(
        launches=("launches", "sum"), models=("models", "sum"), months=("month", "size")
    ).reset_index()


def tests(months: pd.DataFrame) -> pd.DataFrame:
    """Look for one break in every series: list by unit by side by model of the series.

    Args:
        months: what `monthly` returns.

    Returns:
        list, bloc, unit, model, months, count, break (first month of the new level), low, high
        (95 % interval), p, change (new level over old), r1_inside (the interval holds the month
        of R1); the last six missing where no break can be looked for.
    """
    found = [
        _tested(rows, unit, model) | {"list": name, "bloc": bloc, "unit": unit, "model": model}
        for (name, bloc), rows in months.groupby(["list", "bloc"])
        for unit in LISTS[str(name)].units
        for model in breaks.MODELS
    ]
    columns = ["list", "bloc", "unit", "model", "months", "count"]
    columns += ["break", "low", "high", "p", "change", "r1_inside"]
    dates = dict.fromkeys(("break", "low", "high"), "datetime64[us]")
    return pd.DataFrame(found, columns=columns).astype(dates)


def _tested(rows: pd.DataFrame, unit: str, model: str) -> dict[str, object]:
    counts = rows.set_index("month")[unit]
    size: dict[str, object] = {"months": len(counts), "count": int(counts.sum())}
    found = breaks.find(counts, model)
    if found is None:
        return size | {"r1_inside": False}
    at, low, high = (counts.index[i] for i in (found.at, found.low, found.high))
    inside = bool(low <= R1.to_period("M").start_time <= high)
    dates = {"break": at, "low": low, "high": high, "r1_inside": inside}
    return size | dates | {"p": found.p, "change": found.change}


def figure(quarters: pd.DataFrame, tested: pd.DataFrame) -> pd.DataFrame:
    """Join the quarters of each list with the break of its Chinese launches.

    Args:
        quarters: what `quarterly` returns.
        tested: what `tests` returns.

    Returns:
        The columns of `quarterly`, and break, low, high, p: of the step in Chinese launches.
    """
    step = tested[(tested["model"] == "step") & (tested["unit"] == "launches")]
    step = step.loc[step["bloc"] == "China", ["list", "break", "low", "high", "p"]]
    return quarters.merge(step, how="left", on="list")


def numbers(months: pd.DataFrame, tested: pd.DataFrame) -> list[Number]:
    """Return launches a month before and after R1, and what the lists say of a break.

    Args:
        months: what `monthly` returns.
        tested: what `tests` returns.
    """
    return [*_rates(months), *_joint(tested), *_each(tested), *_tally(tested)]


def _rates(months: pd.DataFrame) -> list[Number]:
    """Return the middle list's launches a month in the years before and after R1."""
    month = R1.to_period("M").start_time
    year = pd.DateOffset(months=12)
    spans = {
        "before": months[(months["month"] < month) & (months["month"] >= month - year)],
        "after": months[(months["month"] > month) & (months["month"] <= month + year)],
    }
    said = "Open-weight launches a month (one lab, one week) from {} in the twelve months {} the "
    said += "month of R1, as far as observed: the middle of the lists, and their range."
    found = []
    for bloc, code in SIDES.items():
        means = {
            when: rows[rows["bloc"] == bloc].groupby("list")["launches"].mean()
            for when, rows in spans.items()
        }
        for when, rates in means.items():
            id = f"moment.releases_per_month.{code}.{when}"
            words = said.format("China" if code == "cn" else "the United States", when)
            found.append(_over_lists(id, rates, "rate", words))
        words = f"Launches a month after R1 over those before, {bloc}: middle and range of lists."
        fold = means["after"] / means["before"]
        found.append(_over_lists(f"moment.releases_fold.{code}", fold, "times", words))
    return found


def _over_lists(id: str, values: pd.Series, unit: str, words: str) -> Number:
    known = values.dropna()
    bounds = (known.median(), known.min(), known.max()) if len(known) else (None, None, None)
    value, low, high = bounds
    return Number.of(id, value, unit, words, _TABLES, low, high)


def _chinese(tested: pd.DataFrame) -> pd.DataFrame:
    return tested[(tested["bloc"] == "China") & (tested["unit"] == "launches")]


def identified(tested: pd.DataFrame) -> bool:
    """Tell whether the lists date one break of Chinese launches between them.

    They do when every list sees a break that chance rarely makes, with and without a trend, and
    all their intervals share a month.

    Args:
        tested: what `tests` returns.
    """
    series = _chinese(tested)
    return bool(
        len(series) and (series["p"] < SURE).all() and series["low"].max() <= series["high"].min()
    )


def _joint(tested: pd.DataFrame) -> list[Number]:
    """Return the date over all lists, its range and the weakest and strongest p-value."""
    series = _chinese(tested)
    step = series[series["model"] == "step"].dropna(subset="p")
    id = "moment.break_date"
    said = "of the break in Chinese open-weight launches a month, one step in a level, over lists"
    day = step["break"].sort_values().iloc[(len(step) - 1) // 2] if len(step) else None
    low, high = (step["low"].min(), step["high"].max()) if len(step) else (None, None)
    verdict = None
    if len(step):
        verdict = "one date is identified" if identified(tested) else "no date is identified"
    rule = "One date is identified when every list sees a break with p below 0.05, with and "
    rule += "without a trend, and all 95 % intervals share a month."
    return [
        Number.of(id, day, "month", f"The middle date {said}.", _TABLES, low, high),
        Number.of(f"{id}.lo", low, "month", f"Earliest lower end of the interval {said}.", _TABLES),
        Number.of(f"{id}.hi", high, "month", f"Latest upper end of the interval {said}.", _TABLES),
        Number.of(f"{id}.p", _most(step), "p", f"Largest p-value {said}.", _TABLES),
        Number.of(f"{id}.verdict", verdict, "text", rule, _TABLES),
    ]


def _most(rows: pd.DataFrame) -> float | None:
    return float(rows["p"].max()) if len(rows) else None


def _each(tested: pd.DataFrame) -> list[Number]:
    """Return each list's own date with its interval, and its p-values under both models."""
    series = _chinese(tested).set_index(["list", "model"])
    found = []
    for name in LISTS:
        id = f"moment.break_date.{name.replace(' ', '_')}"
        words = f"Break in Chinese open-weight launches a month, list “{LISTS[name].name}”"
        step, trend = (_row(series, (name, model)) for model in breaks.MODELS)
        bounds = [step.get(k) for k in ("break", "low", "high")]
        found += [
            Number.of(id, bounds[0], "month", f"{words}: a step.", _TABLES, *bounds[1:]),
            Number.of(f"{id}.p", step.get("p"), "p", f"{words}: p of a step.", _TABLES),
            Number.of(
                f"{id}.p.trend",
                trend.get("p"),
                "p",
                f"{words}: p of a step on a straight trend.",
                _TABLES,
            ),
        ]
    return found


def _row(series: pd.DataFrame, key: tuple[str, str]) -> pd.Series:
    return series.loc[key] if key in series.index else pd.Series(dtype=object)


def _tally(tested: pd.DataFrame) -> list[Number]:
    """Count the tests, those that see a break, and those whose interval holds R1."""
    run = tested.dropna(subset="p")
    sure = run[run["p"] < SURE]
    size, id = len(run) or None, "moment.breaks"
    of = "among all lists, units, sides and models of the series"
    asked = {
        "tests": (run, f"Series tested for a break: {of}."),
        "sure": (sure, f"Tests with p below 0.05 {of}."),
        "sure.step": (sure[sure["model"] == "step"], "Of these, those that allow no trend."),
        "sure.trend": (sure[sure["model"] == "trend"], "Of these, those that allow a trend."),
        "tests.trend": (run[run["model"] == "trend"], "Tests that allow a trend."),
        "sure.r1_inside": (
            sure[sure["r1_inside"].astype(bool)],
            f"Tests with p below 0.05 whose interval holds January 2025, {of}.",
        ),
        "sure.us": (sure[sure["bloc"] == "United States"], "Of these, those of US series."),
    }
    return [
        Number.of(f"{id}.{k}", size and len(rows), "count", words, _TABLES)
        for k, (rows, words) in asked.items()
    ]
