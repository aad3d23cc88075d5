"""Whether the prices of both sides meet: the same models over time, and each day's line-up.

A model's price seldom moves; what moves is which model is the flagship. So the two are kept apart.
Nothing here says how good a model is: scores end in March 2026, prices in November.
"""

from __future__ import annotations

from itertools import product

import pandas as pd

from openrace.measures.costs.history import stitched
from openrace.prices import blended

SIDES = {"us": "United States", "cn": "China"}

#: A side's median is of at least so many labs.
LEAST = 3

BLENDS = (1.0, 3.0, 10.0)
WITHOUT = "DeepSeek"
_FOLLOWED = ["model", "lab", "bloc", "date", "until", "price", "relative", "change"]
_LINEUP = ["date", "lab", "bloc", "tier", "model", "price", "shown"]


def followed(
    told: pd.DataFrame, countries: pd.DataFrame, blend: float = 3.0, days: int = 30
) -> pd.DataFrame:
    """Return the price of each model at its own maker, relative to its first price.

    Args:
        told: see `history.told`.
        countries: table of that name.
        blend: input tokens per output token.
        days: leave out models whose record is shorter.

    Returns:
        model, lab, bloc, date, until (the next change, or the last day on which a list shows it),
        price (US$ per million blended tokens), relative (to the first), change (the last price
        over the first, less one); a row per change, by lab, model and day.
    """
    own = told.dropna(subset="host_lab").merge(
        countries[["country", "bloc"]], left_on="home", right_on="country"
    )
    end = told["date"].max()
    ends = told.groupby("source")["date"].max().to_dict() | {"maker": pd.Timestamp.max}
    found = []
    for (lab, bloc, model), rows in own.groupby(["host_lab", "bloc", "model"]):
        table = stitched(rows, ends, end)
        gone = table.loc[table["input"].isna(), "date"]
        last = gone.iloc[0] if len(gone) else end
        table = table.dropna(subset="input")
        table = table.assign(price=blended(table["input"], table["output"], blend))
        table = table[table["price"] != table["price"].shift()]
        if table.empty or (last - table["date"].iloc[0]).days < days:
            continue
        relative = table["price"] / table["price"].iloc[0]
        known = {"model": model, "lab": lab, "bloc": bloc, "change": relative.iloc[-1] - 1}
        until = table["date"].shift(-1).fillna(last)
        found.append(table.assign(until=until, relative=relative, **known)[_FOLLOWED])
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=_FOLLOWED)


def lineups(
    steps: pd.DataFrame,
    off_peak_prices: pd.DataFrame,
    days: list[pd.Timestamp],
    blend: float = 3.0,
) -> pd.DataFrame:
    """Return what the flagships of the day cost, on each of several days.

    Args:
        steps: see `history.steps`.
        off_peak_prices: table of that name.
        days: the days to look at.
        blend: input tokens per output token.

    Returns:
        date, lab, bloc, tier (`line`, `top`, or `off-peak`: the line's price at cheap hours),
        model, price (US$ per million blended tokens), shown; by day, lab and tier.
    """
    there = steps.merge(pd.DataFrame({"day": days}, dtype="datetime64[us]"), how="cross")
    there = there[(there["from"] <= there["day"]) & (there["until"] >= there["day"])]
    rows = there.sort_values("from", kind="stable").groupby(["day", "lab", "tier"]).tail(1)
    cheap = rows.merge(off_peak_prices.drop(columns=["url", "note"]), on="model")
    cheap = cheap[(cheap["date"] <= cheap["day"]) & ~(cheap["until_y"] < cheap["day"])]
    share = cheap["share"].astype(float)
    cheap = cheap.assign(tier="off-peak", **{c: cheap[c] * share for c in ("input", "output")})
    parts = [
        part.assign(date=part["day"])[[*_LINEUP[:5], "input", "output", "shown"]]
        for part in (rows, cheap)
        if len(part)
    ]
    if not parts:
        return pd.DataFrame(columns=_LINEUP)
    table = pd.concat(parts, ignore_index=True)
    table = table.assign(price=blended(table["input"], table["output"], blend))
    return table.sort_values(["date", "lab", "tier"], ignore_index=True)[_LINEUP]


def medians(lineups: pd.DataFrame) -> pd.DataFrame:
    """Return each side's median price of flagships, where it has at least three labs.

    Returns:
        date, bloc, labs, price (the median), low and high (the cheapest and the dearest lab's).
    """
    rows = lineups[lineups["bloc"].isin(SIDES.values())]
    sides = rows.groupby(["date", "bloc"])["price"].agg(
        labs="size", price="median", low="min", high="max"
    )
    return sides[sides["labs"] >= LEAST].reset_index()


def reading(
    lineups: pd.DataFrame, top: bool = False, off_peak: bool = False, without: str = ""
) -> pd.DataFrame:
    """Return one price per lab and day: its line's, or another that it asks too.

    Args:
        lineups: see `lineups`.
        top: take the dearer model above the line, where there is one.
        off_peak: take the price at cheap hours, where there is one.
        without: leave this lab out.
    """
    wanted = ["line"] + ["top"] * top + ["off-peak"] * off_peak
    rows = lineups[lineups["tier"].isin(wanted) & (lineups["lab"] != without)]
    ranked = rows.assign(rank=rows["tier"].map(wanted.index).astype(int))
    last = ranked.sort_values(["date", "rank"], kind="stable").groupby(["date", "lab"]).tail(1)
    return last.drop(columns="rank").reset_index(drop=True)


def ratio(sides: pd.DataFrame) -> pd.Series:
    """Return the US median over the Chinese one by day, on days that have both."""
    wide = sides.pivot(index="date", columns="bloc", values="price").reindex(columns=SIDES.values())
    return (wide[SIDES["us"]] / wide[SIDES["cn"]]).dropna().sort_index()


def readings(
    steps: pd.DataFrame,
    catalogues: pd.DataFrame,
    off_peak_prices: pd.DataFrame,
    days: list[pd.Timestamp],
) -> pd.DataFrame:
    """Return the ratio under every mix of choices.

    Args:
        steps: see `history.steps`.
        catalogues: the same from LiteLLM's catalogues alone.
        off_peak_prices: table of that name.
        days: the days to look at.

    Returns:
        source, blend, top, off_peak, without, date, ratio.
    """
    columns = ["source", "blend", "top", "off_peak", "without", "date", "ratio"]
    found = []
    for (source, rows), blend in product({"all": steps, "litellm": catalogues}.items(), BLENDS):
        table = lineups(rows, off_peak_prices, days, blend)
        for top, cheap, without in product((False, True), (False, True), ("", WITHOUT)):
            by_day = ratio(medians(reading(table, top, cheap, without)))
            found += [(source, blend, top, cheap, without, *pair) for pair in by_day.items()]
    return pd.DataFrame(found, columns=columns)


def successions(steps: pd.DataFrame) -> pd.DataFrame:
    """Return how the first price of each flagship compares with the last of its predecessor.

    Returns:
        date, lab, bloc, model, predecessor, factor; by lab and day.
    """
    line = steps[steps["tier"] == "line"].sort_values(["lab", "from"], kind="stable")
    models = line.groupby(["lab", "bloc", "model"], sort=False, as_index=False).agg(
        date=("from", "first"), first=("price", "first"), last=("price", "last")
    )
    before = models.groupby("lab")[["model", "last"]].shift()
    models = models.assign(predecessor=before["model"], factor=models["first"] / before["last"])
    kept = ["date", "lab", "bloc", "model", "predecessor", "factor"]
    return models.dropna(subset="predecessor")[kept].reset_index(drop=True)


def convergence_figure(followed: pd.DataFrame, lineups: pd.DataFrame) -> pd.DataFrame:
    """Return what the figure draws, in one table.

    Returns:
        part (`same`: see `followed`; `line-up`: see `lineups`; `median`: see `medians`), and the
        columns of the three.
    """
    sides = SIDES.values()
    parts = {
        "same": followed[followed["bloc"].isin(sides)],
        "line-up": lineups[lineups["bloc"].isin(sides)],
        "median": medians(reading(lineups)),
    }
    filled = [rows.assign(part=part) for part, rows in parts.items() if len(rows)]
    columns = ["part", *_FOLLOWED, "tier", "shown", "labs", "low", "high"]
    if not filled:
        return pd.DataFrame(columns=columns)
    return pd.concat(filled, ignore_index=True).reindex(columns=columns)
