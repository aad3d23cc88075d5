"""The numbers on price cuts and open releases, and the table of their figure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from openrace.measures.incentives import response
from openrace.measures.incentives.response import SIDES, SURE, WINDOW, Span
from openrace.numbers import Number

_ID = "incentives.price_response"
_LISTS = ("list_prices", "maker_prices", "price_readings", "price_hosts", "corrections")
_CUTS = ("price_cuts", "countries", *_LISTS)
_TEST = (*_CUTS, "open_weight_releases", "capability_index")
_SPANS = ("from", "until")
_WHERE = {"us": "United States", "eu": "Europe", "cn": "China"}
#: The share of cuts in the window for which the test's power is told.
STRONG = 0.9


def numbers(
    changes: pd.DataFrame,
    releases: pd.DataFrame,
    readings: pd.DataFrame,
    span: Span | None,
    window_days: int = WINDOW,
) -> list[Number]:
    """Return the numbers on price cuts of closed models; which there are depends on nothing.

    Args:
        changes: see `response.changes`.
        releases: see `response.releases`.
        readings: see `response.readings`.
        span: see `response.watched`.
        window_days: days after a release in which a cut counts, for the numbers named window.
    """
    fixed = response.choices(changes, releases, span)
    own = response.choices(changes, releases, span, window_days)
    end = span.end if span else None
    return [
        *_counted(changes, readings, span),
        *_listed(readings),
        *(
            n.ended(end)
            for n in (*_tested("", fixed, WINDOW), *_tested("window.", own, window_days))
        ),
        Number.of(
            f"{_ID}.window.length",
            window_days,
            "days",
            "Days after a release in which a cut counts, as asked for.",
            _TEST,
        ),
    ]


def _counted(changes: pd.DataFrame, readings: pd.DataFrame, span: Span | None) -> Iterator[Number]:
    """Tell how many cuts and rises there are, of whom, when and how large."""
    abroad = changes[changes["market"] == "abroad"]
    cuts, rises = (abroad[abroad["change"] == change] for change in ("cut", "rise"))
    end = span.end if span else pd.NaT
    within, later = cuts[cuts["date"] <= end], cuts[cuts["date"] > end]
    unclear = readings.loc[readings["verdict"] == "unclear"]
    unclear = unclear[unclear["after_input"] < unclear["before_input"]]
    watched = "while a price list with days of commits watched makers’ prices"
    same = "Closed models that became cheaper at their maker’s own API, the model staying the same"
    seen = span is not None
    high = len(within) + len(later) + unclear["event"].nunique()
    low = int((within["lists"] > 0).sum())
    median = -within["size"].median() if len(within) else None
    bounds = (-within["size"].max(), -within["size"].min()) if len(within) else (None, None)
    told: list[tuple[Any, ...]] = [
        (
            "cuts",
            len(within),
            "count",
            f"{same}, {watched}. From those that a list shows by itself, to all known to this day "
            "and those that the lists leave unclear.",
            low,
            high,
        ),
        ("cuts.later", len(later), "count", f"{same}, after the last day of those lists."),
        ("cuts.known", len(cuts), "count", f"{same}, in all that is known."),
        ("labs", within["lab"].nunique(), "count", f"Makers of the closed models cut {watched}."),
        (
            "rises",
            len(rises),
            "count",
            "Closed models that became dearer at their maker’s own API, the model staying the same "
            "(three input tokens to one output), in all that is known.",
        ),
        (
            "home",
            int((changes["market"] == "home").sum()),
            "count",
            "Cuts of closed models for buyers in China, in yuan, that the table holds as examples; "
            "no list shows them and others are surely missing.",
        ),
    ]
    told += [
        (
            f"cuts.{code}",
            int((within["bloc"] == bloc).sum()),
            "count",
            f"{same}, {bloc}, {watched}.",
        )
        for code, bloc in _WHERE.items()
    ]
    for name, value, unit, words, *ends in told:
        limits = ends if seen else ()
        number = Number.of(f"{_ID}.{name}", value if seen else None, unit, words, _CUTS, *limits)
        yield number.ended(end) if watched in words else number
    words = f"Median cut of the price of three input tokens and one output, models cut {watched}"
    words += "; from the smallest to the largest."
    yield Number.of(f"{_ID}.median_cut", median, "share", words, _CUTS, *bounds).ended(end)
    for name, day in (("first", cuts["date"].min()), ("last", cuts["date"].max())):
        yield Number.of(f"{_ID}.{name}", day, "date", f"Day of the {name} cut known.", _CUTS)
    for name, day in zip(_SPANS, span or (None, None), strict=True):
        words = f"Days on which lists with days of commits watched makers’ prices: {name}."
        yield Number.of(f"{_ID}.watched.{name}", day, "date", words, _LISTS)


def _listed(readings: pd.DataFrame) -> Iterator[Number]:
    """Tell what the changes that the lists show were."""
    of = "of more than two per cent of a name’s price at its maker’s own API, each list apart"
    asked = {
        "changes": (readings["verdict"].notna(), f"Changes {of}."),
        "changes.genuine": (
            readings["verdict"].isin(["cut", "rise"]),
            f"Changes {of}, that were changes of the same closed model.",
        ),
        "changes.moved": (
            readings["reason"] == "moved name",
            f"Changes {of}, because the name passed to another model.",
        ),
        "changes.open": (readings["reason"] == "open weights", f"Changes {of}: open weights."),
        "changes.unclear": (readings["verdict"] == "unclear", f"Changes {of}, left unclear."),
        "changes.unread": (
            response.unread(readings),
            f"Changes {of}, that no person has read yet; they count as unclear.",
        ),
    }
    for name, (rows, words) in asked.items():
        count = int(rows.sum()) if len(readings) else None
        yield Number.of(f"{_ID}.{name}", count, "count", words, _LISTS)


def _tested(infix: str, choices: pd.DataFrame, window: int) -> Iterator[Number]:
    """Tell how many cuts followed a release, and how many would by chance."""
    main = choices.iloc[0] if len(choices) else pd.Series(dtype=float)
    in_days = f"in the {window} days before" if infix == "" else "in the days before, as asked for"
    over = "over the choices of calendar (the hand-made list, with or without the index), of "
    over += "side (Chinese releases or all) and of span (to the last day of lists with days, or "
    over += "to the last cut known)"
    shares = choices["hits"] / choices["cuts"]
    main_share = main["hits"] / main["cuts"] if len(choices) else None
    both = pd.concat([choices["uniform"], choices["circular"]])
    names = ("within", "placebo_p") if infix else (f"within{WINDOW}", "placebo_p")
    told: list[tuple[Any, ...]] = [
        (
            names[0],
            main.get("hits"),
            "count",
            f"Makers’ days with cuts that had a Chinese open-weight release on the day or {in_days}"
            f"; the range is {over}.",
            choices["hits"],
        ),
        (
            f"{names[0]}.share",
            main_share,
            "share",
            f"Share of makers’ days with cuts that had a Chinese open-weight release {in_days}; "
            f"the range is {over}.",
            shares,
        ),
        (
            names[1],
            main.get("uniform"),
            "p",
            "Chance of at least as many cuts after a release if each fell on any day alike; the "
            f"range is {over}, and of placebo (any day, or the calendar of cuts shifted).",
            both,
        ),
        (
            "covered_days",
            main.get("covered"),
            "share",
            f"Share of all days that had a Chinese open-weight release {in_days}; the range is "
            f"{over}.",
            choices["covered"],
        ),
        (
            "needed",
            main.get("needed"),
            "count",
            "Makers’ days with cuts that would have to follow a release for a p-value below "
            f"{SURE:g}; one more than there are when not even all of them would do.",
            None,
        ),
        ("days", main.get("cuts"), "count", "Makers’ days with cuts that are tested.", None),
        (
            "all_hits_p",
            _all_hits(choices),
            "p",
            "The p-value if every one of the makers’ days with cuts had followed a release.",
            None,
        ),
        (
            "power",
            _power(choices),
            "share",
            "Chance that the test would find it if in truth nine of ten cuts followed a release.",
            None,
        ),
    ]
    for name, value, unit, words, values in told:
        bounds = () if values is None else (values.min(), values.max())
        yield Number.of(f"{_ID}.{infix}{name}", value, unit, words, _TEST, *bounds)


def _all_hits(choices: pd.DataFrame) -> float | None:
    """Return the smallest p-value that the main choice can give."""
    if choices.empty:
        return None
    return float(choices["covered"].iloc[0] ** choices["cuts"].iloc[0])


def _power(choices: pd.DataFrame) -> float | None:
    """Return how probable a p-value below 0.05 is when cuts follow releases nine times in ten."""
    if choices.empty:
        return None
    n, least = (int(choices[name].iloc[0]) for name in ("cuts", "needed"))
    return response.tail(response.odds(STRONG, n), least)


def figure(
    changes: pd.DataFrame, releases: pd.DataFrame, span: Span | None, window_days: int = WINDOW
) -> pd.DataFrame:
    """Return what the figure draws, in one table.

    Returns:
        part, and by part: `change` (a maker's day of cuts or rises: date, lab, bloc, names, size
        as the largest cut, smallest as the smallest, change, market, tested, near: after a
        Chinese release, lists, free), `release` (date, model, lab, bloc, side), `cover` (date,
        until: days after a Chinese release), `odds` (hits, probability, shifted, observed),
        `span` (date, until). No rows without a cut.
    """
    columns = ["part", "date", "until", "lab", "bloc", "names", "size", "smallest", "change"]
    columns += ["market", "tested", "near", "lists", "free", "model", "side"]
    columns += ["hits", "probability", "shifted", "observed"]
    days = response.decisions(changes, span) if span else []
    chinese = releases[releases["bloc"] == "China"]
    if not days or chinese.empty or span is None:
        return pd.DataFrame(columns=columns)
    last = max(span.end, changes["date"].max())
    near = response.covered(chinese, Span(span.start, last), window_days)
    parts = [
        _days(changes, span).assign(near=lambda t: t["date"].map(near).fillna(False)),
        _ticks(releases, Span(span.start, last)),
        _runs(near).assign(part="cover"),
        _odds(near[: span.end], days),
        pd.DataFrame([{"part": "span", "date": span.start, "until": span.end}]),
    ]
    return pd.concat(parts, ignore_index=True).reindex(columns=columns)


def _days(changes: pd.DataFrame, span: Span) -> pd.DataFrame:
    """Return a row for each maker's day of cuts or rises."""
    named = changes.assign(name=changes["model"].str.replace(r" \(.*\)", "", regex=True))
    keys = ["date", "lab", "bloc", "change", "market"]
    table = named.groupby(keys, as_index=False).agg(
        names=("name", _joined),
        size=("size", "min"),
        smallest=("size", "max"),
        lists=("lists", "max"),
        free=("after_input", lambda prices: bool((prices == 0).all())),
    )
    tested = (table["change"] == "cut") & (table["market"] == "abroad")
    return table.assign(part="change", tested=tested & (table["date"] <= span.end))


def _joined(names: pd.Series) -> str:
    """Join names, what they share at the front only once: Mistral Large, Small."""
    first, *others = sorted(names)
    lead = first.rsplit(" ", 1)[0] + " "
    return ", ".join([first, *(name.removeprefix(lead) for name in others)])


def _ticks(releases: pd.DataFrame, span: Span) -> pd.DataFrame:
    rows = releases[releases["date"].between(span.start, span.end)]
    side = rows["bloc"].map({SIDES[0]: SIDES[0]}).fillna("others")
    return rows.drop(columns="list").assign(part="release", side=side)


def _runs(near: pd.Series) -> pd.DataFrame:
    """Return the unbroken runs of covered days, first and last."""
    run = (near != near.shift()).cumsum()[near]
    days = run.index.to_series().groupby(run.to_numpy())
    return pd.DataFrame({"date": days.min(), "until": days.max()})


def _odds(near: pd.Series, days: list[pd.Timestamp]) -> pd.DataFrame:
    hits = range(len(days) + 1)
    table = pd.DataFrame(
        {"part": "odds", "hits": hits, "probability": response.chance(near, len(days))}
    )
    found = int(near[days].sum())
    return table.assign(shifted=response.shifted(near, days), observed=table["hits"] == found)
