"""Company facts of the US Securities and Exchange Commission, to capital expenditure by quarter.

The Commission publishes everything a company has filed as one JSON object per company: for each
concept of US GAAP or IFRS and each unit a list of facts with the days they cover, the value, and
the filing. Statements of cash flows give sums from the start of the fiscal year, so most quarters
are differences. This module reads the parsed object; `sec` asks for it.

A fact's `fy`, `fp` and `frame` are not read: they describe the filing, or are filled in later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from openrace.errors import Refusal

MILLION = 1_000_000
TAXONOMIES = ("us-gaap", "ifrs-full")
DIRECT = "direct fact"
DIFFERENCE = "difference of year-to-date facts"
#: Days in one to four quarters; years of 52 or 53 weeks have quarters of 13 or 14.
LENGTHS = {1: (80, 100), 2: (170, 190), 3: (260, 285), 4: (350, 380)}
#: What `quarters` returns; `rows` adds what the facts do not say.
COLUMNS = (
    "observed",
    "company",
    "measure",
    "from",
    "quarter_end",
    "quarter",
    "currency",
    "value",
    "basis",
    "concept",
    "accession",
)
_KEYS = ("end", "val", "accn", "filed")
_PERIOD = ["currency", "start", "end"]
_QUARTER = ["quarter_end", "currency"]
_DAY = pd.Timedelta(days=1)


def quarters(
    facts: Mapping[str, Any],
    company: str,
    measure: str,
    concepts: Sequence[str],
    as_of: date | None = None,
) -> pd.DataFrame:
    """Return a measure of one company by quarter; a quarter that cannot be known is no row.

    A fact of three months is taken as it is. Otherwise a quarter is the difference of two facts
    that begin on the same day and end one quarter apart, dated by the later of their filings. Of
    facts on the same days the last filed holds, dated by the first filing with its value. Nothing
    is mixed across concepts or currencies: a quarter filed in two currencies has a row for each.
    Later reports repeat a quarter under a new name: the value of the best name holds, as it was
    first known under any.

    Args:
        facts: the parsed object of one company.
        company: what the company is to be called.
        measure: what the measure is to be called.
        concepts: one name of the fact or more, best first; for a quarter the first that has it
            is read.
        as_of: the last day of filing to read; every filing when None.

    Returns:
        The columns COLUMNS, oldest first, value in millions of the currency.

    Raises:
        Refusal: the object is not of the Commission's shape; the sentence says what is missing.
    """
    read = [_by_quarter(_listed(facts, company, c, as_of)).assign(concept=c) for c in concepts]
    table = _first_known(pd.concat(read))
    table = table.assign(company=company, measure=measure, value=table["val"] / MILLION)
    table["quarter"] = calendar_quarter(table["from"], table["quarter_end"])
    return table.sort_values(_QUARTER, ignore_index=True)[list(COLUMNS)]


def rows(
    facts: Mapping[str, Any],
    company: str,
    sec_companies: pd.DataFrame,
    as_of: date | None = None,
) -> pd.DataFrame:
    """Return all measures of one US company as rows of the table `company_quarters`.

    Args:
        facts: the parsed object of that company.
        company: its name in `sec_companies`.
        sec_companies: table of that name.
        as_of: the last day of filing to read.

    Raises:
        Refusal: the object is of another company, or not of the Commission's shape.
    """
    known = sec_companies[sec_companies["company"] == company].sort_values("rank")
    _check_company(facts, company, known["cik"])
    parts = [
        quarters(facts, company, measure, list(named["concept"]), as_of).merge(
            named[["concept", "definition"]], on="concept"
        )
        for measure, named in known.groupby("measure")
    ]
    table = pd.concat(parts, ignore_index=True)
    cik = known["cik"].iloc[0]
    later = table["accession"].str.slice(0, 20).str.replace("-", "")
    return table.assign(
        country="US",
        url=f"https://www.sec.gov/Archives/edgar/data/{cik}/" + later + "/",
        confidence="high",
        note=None,
    )


def calendar_quarter(start: pd.Series, end: pd.Series) -> pd.Series:
    """Return the calendar quarter that holds most days of a fiscal one, as 2025Q2.

    Args:
        start: first days.
        end: last days; a fiscal quarter touches two calendar ones at most, so the one with its
            middle holds most of it.
    """
    middle = start + (end - start) / 2
    return middle.dt.year.astype(str) + "Q" + middle.dt.quarter.astype(str)


def _check_company(facts: Mapping[str, Any], company: str, known: pd.Series) -> None:
    if known.empty:
        raise Refusal(f"data/sec_companies.csv has no company “{company}”.")
    cik = _get(facts, "cik", company)
    if str(cik).lstrip("0") != str(known.iloc[0]):
        raise Refusal(f"These are facts of CIK {cik}, but {company} is CIK {known.iloc[0]}.")


def _get(within: object, key: str, company: str) -> Any:
    if not isinstance(within, Mapping) or key not in within:
        raise Refusal(f"The company facts of {company} cannot be read: the key “{key}” is missing.")
    return within[key]


def _object(within: object, key: str, company: str) -> Mapping[str, Any]:
    found = _get(within, key, company)
    if not isinstance(found, Mapping):
        raise Refusal(
            f"The company facts of {company} cannot be read: the key “{key}” holds no object."
        )
    return found


def _listed(
    facts: Mapping[str, Any], company: str, concept: str, as_of: date | None
) -> pd.DataFrame:
    """Return the facts of one concept that cover a period, in currencies, as filed."""
    columns = ["currency", "start", *_KEYS]
    table = pd.DataFrame(list(_facts(facts, company, concept)), columns=columns)
    for day in ("start", "end", "filed"):
        read = pd.to_datetime(table[day], format="%Y-%m-%d", errors="coerce")
        table[day] = _whole(read, table[day], day, company)
    table["val"] = _whole(table["val"].map(_number).astype(float), table["val"], "val", company)
    return table if as_of is None else table[table["filed"] <= pd.Timestamp(as_of)]


def _facts(facts: Mapping[str, Any], company: str, concept: str) -> Iterator[tuple[Any, ...]]:
    by_taxonomy = _object(facts, "facts", company)
    for taxonomy in TAXONOMIES:
        found = by_taxonomy.get(taxonomy, {}).get(concept)
        for unit, listed in _object(found, "units", company).items() if found else ():
            if not re.fullmatch("[A-Z]{3}", unit):  # shares, and money per share
                continue
            for fact in listed:
                if "start" in fact:  # a fact without one is a state on a day, not a flow
                    yield (unit, fact["start"], *(_get(fact, key, company) for key in _KEYS))


def _number(value: Any) -> float:
    """Return a number that a float holds exactly; text, truth and anything else are none."""
    exact = type(value) in (int, float) and abs(value) <= 2**53
    return float(value) if exact else float("nan")


def _whole(read: pd.Series, written: pd.Series, key: str, company: str) -> pd.Series:
    """Return what was read, or refuse what could not be."""
    if read.isna().any():
        wrong = written[read.isna()].iloc[0]
        raise Refusal(f"The company facts of {company} have “{wrong}” as {key}: that cannot be.")
    return read


def _last_filed(facts: pd.DataFrame) -> pd.DataFrame:
    """Keep, for each period, the last filed value, in the filing that first had it."""
    in_order = facts.sort_values(["filed", "accn"])
    before = in_order.groupby(_PERIOD)["val"].shift()
    return in_order[in_order["val"] != before].drop_duplicates(_PERIOD, keep="last")


def _by_quarter(facts: pd.DataFrame) -> pd.DataFrame:
    """Return direct quarters and differences of one concept, each quarter and currency once."""
    final = _last_filed(facts)
    days = (final["end"] - final["start"]).dt.days + 1
    final = final.assign(length=0)
    for quarters_long, (least, most) in LENGTHS.items():
        final.loc[days.between(least, most), "length"] = quarters_long
    direct = final[final["length"] == 1].rename(
        columns={"start": "from", "end": "quarter_end", "filed": "observed", "accn": "accession"}
    )
    found = pd.concat([direct.assign(basis=DIRECT), _differences(final[final["length"] > 0])])
    columns = ["observed", "from", "quarter_end", "currency", "val", "basis", "accession"]
    return found.drop_duplicates(_QUARTER)[columns]


def _first_known(by_concept: pd.DataFrame) -> pd.DataFrame:
    """Keep, for each quarter and currency, the best name's value as it was first known."""
    best = by_concept.groupby(_QUARTER)["val"].transform("first")
    same = by_concept[by_concept["val"] == best]
    return same.sort_values("observed", kind="stable").drop_duplicates(_QUARTER)


def _differences(final: pd.DataFrame) -> pd.DataFrame:
    """Return quarters as differences of facts that begin on the same day, a quarter apart."""
    shorter = final.assign(length=final["length"] + 1)
    both = final.merge(shorter, on=["currency", "start", "length"], suffixes=("", "_before"))
    both = both.assign(
        observed=both[["filed", "filed_before"]].max(axis=1),
        val=both["val"] - both["val_before"],
        accession=both["accn"] + "; " + both["accn_before"],
        basis=DIFFERENCE,
        quarter_end=both["end"],
    )
    both["from"] = both["end_before"] + _DAY
    days = (both["quarter_end"] - both["from"]).dt.days + 1
    return both[days.between(*LENGTHS[1])]
