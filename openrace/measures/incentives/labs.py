"""What seven labs earn, lose and are valued at, by what is published or said of them.

Revenue is revenue of a period that is over; a run rate is a month's revenue times twelve, or what
the lab calls so, and is never added to it. Losses are compared with the revenue of the same
period in the same currency, so the ratio needs no rate of exchange.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from openrace.numbers import Number

#: The labs in the order of the alphabet, and how number ids name them.
LABS: Mapping[str, str] = {
    "Anthropic": "anthropic",
    "DeepSeek": "deepseek",
    "MiniMax": "minimax",
    "Moonshot AI": "moonshot",
    "OpenAI": "openai",
    "xAI": "xai",
    "Z.ai": "zhipu",
}
#: Kinds of loss, the one that is read first in front: as published, and before revaluations.
_OPERATING, _ADJUSTED, _EBITDA, _NET = (
    "operating loss",
    "adjusted net loss",
    "EBITDA loss",
    "net loss",
)
PUBLISHED = (_OPERATING, _NET, _EBITDA)
BEFORE_REVALUATIONS = (_OPERATING, _ADJUSTED, _EBITDA)
ACCOUNTS = ("audited", "prospectus")

_VALUES = ("valuation", "market value", "planned valuation")
_MONTHS = {"run-rate revenue": 1, "monthly revenue": 12}
_SURE = ("high", "medium", "low")
#: How far back other statements on a lab's value count into its range.
_RECENT = pd.Timedelta(days=183)
_TABLES = ("lab_financials",)


def statements(lab_financials: pd.DataFrame) -> pd.DataFrame:
    """Return the table with `usd` and `usd_high` (US$ billion; missing where not a sum of money).

    Args:
        lab_financials: table of that name.
    """
    money = lab_financials["unit"] == "million"
    rate = lab_financials["per_usd"].where(money) * 1000
    return lab_financials.assign(
        usd=lab_financials["value"] / rate, usd_high=lab_financials["value_high"] / rate
    )


def _latest(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the row of each lab whose period ends last; of several, what was said last."""
    ordered = rows.sort_values(["to", "observed"], kind="stable")
    return ordered.drop_duplicates("lab", keep="last").set_index("lab")


def annual_revenue(lab_financials: pd.DataFrame) -> pd.DataFrame:
    """Return each lab's revenue of its last full calendar year, by lab; forecasts do not count."""
    rows = statements(lab_financials)
    return _latest(rows[_full_year(rows) & (rows["measure"] == "revenue")])


def _full_year(rows: pd.DataFrame) -> pd.Series:
    whole = rows["from"].dt.is_year_start & rows["to"].dt.is_year_end
    return whole & (rows["from"].dt.year == rows["to"].dt.year)


def run_rates(lab_financials: pd.DataFrame) -> pd.DataFrame:
    """Return each lab's last run rate, by lab; a month's revenue counts twelve times."""
    rows = statements(lab_financials[lab_financials["measure"].isin(list(_MONTHS))])
    return _latest(rows.assign(usd=rows["usd"] * rows["measure"].map(_MONTHS).astype(float)))


def values(lab_financials: pd.DataFrame) -> pd.DataFrame:
    """Return the last value of each lab, by lab: of a deal, done or planned, or on the exchange.

    Returns:
        The columns of `statements`, usd being the middle of a reported range, usd_low and usd_high
        its ends; low and high (over what was said of the half-year before; US$ billion).
    """
    rows = statements(lab_financials[lab_financials["measure"].isin(_VALUES)])
    rows = rows.assign(usd_high=rows["usd_high"].fillna(rows["usd"]))
    last = _latest(rows)
    end = rows.groupby("lab")["to"].transform("max")
    near = rows[rows["to"] >= end - _RECENT].groupby("lab")
    middle = (last["usd"] + last["usd_high"]) / 2
    ends = {"low": near["usd"].min(), "high": near["usd_high"].max()}
    return last.assign(usd_low=last["usd"], **ends).assign(usd=middle)


def losses(lab_financials: pd.DataFrame) -> pd.DataFrame:
    """Return every loss over the revenue of the same period, in the lab's own currency.

    Returns:
        lab, measure (kind of loss), period, from, to, observed, kind, ratio (currency units lost
        per unit earned), confidence (the lower of the two statements').
    """
    on = ["lab", "from", "to", "currency"]
    revenue = lab_financials[lab_financials["measure"] == "revenue"]
    lost = lab_financials[lab_financials["measure"].isin({*PUBLISHED, *BEFORE_REVALUATIONS})]
    both = lost.merge(revenue[[*on, "value", "confidence"]], on=on, suffixes=("", "_revenue"))
    order = {word: i for i, word in enumerate(_SURE)}
    less = both[["confidence", "confidence_revenue"]].apply(lambda c: c.map(order)).max(axis=1)
    sure = less.map(dict(enumerate(_SURE))).astype("str")
    both = both.assign(ratio=both["value"] / both["value_revenue"], confidence=sure)
    columns = ["lab", "measure", "period", "from", "to", "observed", "kind", "ratio", "confidence"]
    return both[columns]


def annual_losses(
    lab_financials: pd.DataFrame, kinds: tuple[str, ...] = BEFORE_REVALUATIONS
) -> pd.DataFrame:
    """Return each lab's loss per unit of revenue in its last full year with both, by lab.

    Args:
        lab_financials: table of that name.
        kinds: kinds of loss; where a year has several, the first of these.
    """
    rows = losses(lab_financials)
    rows = rows[_full_year(rows) & rows["measure"].isin(kinds)]
    order = {kind: -i for i, kind in enumerate(kinds)}
    ranked = rows.assign(order=rows["measure"].map(order).astype(float))
    ranked = ranked.sort_values(["to", "order", "observed"], kind="stable")
    return ranked.drop_duplicates("lab", keep="last").set_index("lab")


def lab_table(lab_financials: pd.DataFrame, countries: pd.DataFrame) -> pd.DataFrame:
    """Return one row a lab for the figure, in the order of the alphabet.

    Args:
        lab_financials: table of that name.
        countries: table of that name, for the bloc.

    Returns:
        lab, bloc, access; revenue, run_rate, value (US$ billion), loss (before revaluations) and
        net (units lost per unit of revenue); of each but net also _period and _confidence, and
        _kind and _measure; value_low and value_high (ends of a reported range). No row without a
        statement on the lab.
    """
    about = lab_financials.drop_duplicates("lab").merge(countries[["country", "bloc"]], how="left")
    table = about.set_index("lab")[["bloc", "access"]]
    parts = {
        "revenue": annual_revenue(lab_financials).rename(columns={"usd": "number"}),
        "run_rate": run_rates(lab_financials).rename(columns={"usd": "number"}),
        "loss": annual_losses(lab_financials).rename(columns={"ratio": "number"}),
        "value": values(lab_financials).rename(columns={"usd": "number"}),
    }
    for name, part in parts.items():
        kept = part[["number", "period", "kind", "measure", "confidence"]]
        kept = kept.rename(columns=lambda c, n=name: n if c == "number" else f"{n}_{c}")
        table = table.join(kept)
    ends = parts["value"][["usd_low", "usd_high"]]
    table = table.join(ends.rename(columns=lambda c: c.replace("usd", "value")))
    table = table.join(annual_losses(lab_financials, (_NET,))["ratio"].rename("net"))
    return table.reindex([lab for lab in LABS if lab in table.index]).reset_index()


def numbers(lab_financials: pd.DataFrame) -> list[Number]:
    """Return the numbers of the labs; the same ids whatever the table holds.

    Args:
        lab_financials: table of that name.
    """
    revenue, rates = annual_revenue(lab_financials), run_rates(lab_financials)
    value = values(lab_financials)
    return [
        *(_sum("lab_revenue", lab, revenue, "Revenue") for lab in LABS),
        *(_sum("lab_run_rate", lab, rates, "Run rate, not revenue,") for lab in LABS),
        *(_sum("lab_valuation", lab, value, "Value") for lab in LABS),
        *(_multiple(lab, value, revenue, rates) for lab in LABS),
        *_ratios(lab_financials),
        *_rows(lab_financials),
    ]


def _sum(id: str, lab: str, rows: pd.DataFrame, what: str) -> Number:
    """Return a sum of US$ billion with what it is of, its kind and its confidence."""
    row = rows.loc[lab] if lab in rows.index else pd.Series(dtype=object)
    said, bounds = f"{what} of {lab}", (None, None)
    if len(row):
        said += (
            f", {row['period']} ({row['measure']}; {row['kind']}; {row['confidence']} confidence)"
        )
    if len(row) and row["currency"] != "USD":
        said += f", at {row['per_usd']:.4g} {row['currency']} for a US dollar"
    if "low" in row and row["low"] < row["high"]:
        said += "; the range is that of what was said in the half-year before"
        bounds = row["low"], row["high"]
    name = f"incentives.{id}.{LABS[lab]}"
    return Number.of(name, row.get("usd"), "US$ billion", f"{said}.", _TABLES, *bounds)


def _multiple(lab: str, value: pd.DataFrame, revenue: pd.DataFrame, rates: pd.DataFrame) -> Number:
    """Return the last value over the last year's revenue, down to that over the last run rate."""
    worth, earned, rate = (
        float(rows["usd"].get(lab, math.nan)) for rows in (value, revenue, rates)
    )
    year = revenue["period"].get(lab, "the last full year")
    said, bounds = f"Last value of {lab} over its revenue of {year}", (math.nan, math.nan)
    if math.isfinite(worth / earned / rate):
        said += "; the lower bound is over its last run rate, which is not revenue"
        bounds = worth / rate, worth / earned
    id = f"incentives.lab_multiple.{LABS[lab]}"
    return Number.of(id, worth / earned, "times", f"{said}.", _TABLES, *bounds)


def _ratios(lab_financials: pd.DataFrame) -> list[Number]:
    """Return losses per unit of revenue: as published first, before revaluations, and net."""
    every = losses(lab_financials)
    asked = {"": PUBLISHED, ".before_revaluations": BEFORE_REVALUATIONS, ".net": (_NET,)}
    found = []
    for variant, kinds in asked.items():
        rows = annual_losses(lab_financials, kinds)
        for lab, slug in LABS.items():
            row = rows.loc[lab] if lab in rows.index else pd.Series(dtype=object)
            said, tried = f"Loss of {lab} per unit of revenue", pd.Series(dtype=float)
            if len(row):
                said += f" in {row['period']}: {row['measure']} ({row['kind']})"
                near = every[(every["lab"] == lab) & (every["to"] >= row["from"])]
                tried = (near if not variant else near[near["measure"].isin(kinds)])["ratio"]
            low, high = (tried.min(), tried.max()) if len(tried) > 1 else (None, None)
            said += "; range over kinds of loss and periods from then on." if low else "."
            id = f"incentives.lab_loss_per_revenue.{slug}{variant}"
            found.append(Number.of(id, row.get("ratio"), "ratio", said, _TABLES, low, high))
    return found


def _rows(lab_financials: pd.DataFrame) -> list[Number]:
    """Count the statements, those of published accounts, and those of little confidence."""
    some = len(lab_financials) > 0
    accounts = lab_financials["kind"].isin(ACCOUNTS)
    asked = {
        "total": (len(lab_financials), "Statements on the money of labs in a hand-made table."),
        "audited_or_prospectus": (
            int(accounts.sum()),
            "Of these, from annual results of listed labs or prospectuses, read in copies.",
        ),
        "low_confidence": (
            int((lab_financials["confidence"] == "low").sum()),
            "Of these, of low confidence: one retelling, a forecast, a plan, or a conflict.",
        ),
        "labs_with_accounts": (
            lab_financials.loc[accounts, "lab"].nunique(),
            "Labs of the seven of which there are published accounts.",
        ),
    }
    return [
        Number.of(f"incentives.lab_rows.{id}", n if some else None, "count", said, _TABLES)
        for id, (n, said) in asked.items()
    ]
