"""The numbers of capital expenditure and intensity, with their ranges.

A range says what a reasonable other choice would give: the company’s own count instead of cash
(where it is at hand: leases are in it), other quarters compared, another rate of exchange.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from openrace.measures.incentives.investment import (
    CN2,
    FIRMS,
    US3,
    US4,
    US5,
    counted_otherwise,
    facts,
    four_quarters,
    intensity,
    other_figures,
    together,
    wide,
)
from openrace.numbers import Number

_US = ("company_quarters", "company_notes")
_CN = ("company_quarters", "exchange_rates")
_ALL = (*_US, "exchange_rates")
_CASH = "cash capital expenditure, not only for AI"
_OWN = "the range is to the companies’ own counts, with leases or less proceeds, where at hand"
_QUARTER = "last day of the calendar quarter"


def numbers(
    company_quarters: pd.DataFrame,
    exchange_rates: pd.DataFrame,
    company_notes: pd.DataFrame,
    corrections: pd.DataFrame,
    firms: Sequence[str] = FIRMS,
) -> list[Number]:
    """Return the numbers of this part, all of them whatever firms are drawn.

    Args:
        company_quarters: table of that name.
        exchange_rates: table of that name.
        company_notes: table of that name.
        corrections: table of that name.
        firms: the firms that the figures draw, for their titles.
    """
    known = facts(company_quarters, exchange_rates, corrections)
    at_end = facts(company_quarters, exchange_rates, corrections, "end")
    capex = wide(known, "capex")
    other = other_figures(company_notes, exchange_rates, corrections)
    own = counted_otherwise(capex, other)
    shares = intensity(known)
    drawn = "all" if set(firms) >= set(FIRMS) else ", ".join(firms)
    return [
        Number.of("incentives.capex.firms", drawn, "text", "Firms that the figures draw.", _US),
        *_group("incentives.capex_us4", US4, capex, own),
        *_group("incentives.capex_us5", US5, capex, own),
        *(n.ended(company_quarters["observed"].max()) for n in _chinese(known, at_end, other)),
        *(n for firm in FIRMS for n in _firm(firm, capex[firm], own[firm], _last_day(known, firm))),
        *_leases(capex["Microsoft"], own["Microsoft"]),
        *_intensities(known, own),
        *(_share(firm, shares[firm].dropna()) for firm in FIRMS),
    ]


def _end(quarter: str | None) -> str | None:
    """Return the last day of a calendar quarter like 2025Q2."""
    if quarter is None:
        return None
    return str(pd.Period(quarter, freq="Q").end_time.date())


def _at(values: pd.Series, place: int) -> Any:
    """Return a value by its place, or nothing."""
    return values.iloc[place] if len(values) else None


def _name(values: pd.Series, place: int) -> str | None:
    return str(values.index[place]) if len(values) else None


def _over(value: Any, base: Any) -> float | None:
    return None if value is None or base is None else float(value / base)


def _range(*choices: Any) -> dict[str, float | None]:
    """Return the bounds of what the choices give; none where there is but one answer."""
    known = [float(c) for c in choices if c is not None]
    if len(set(known)) < 2:
        return {"low": None, "high": None}
    return {"low": min(known), "high": max(known)}


def _year_before(values: pd.Series, quarter: str | None) -> Any:
    """Return the value four quarters before one, or nothing."""
    if quarter is None:
        return None
    return values.get(str(pd.Period(quarter, freq="Q") - 4))


def _growth(values: pd.Series) -> float | None:
    """Return the last quarter over the same one a year before."""
    return _over(_at(values, -1), _year_before(values, _name(values, -1)))


def _longest(values: pd.Series) -> float | None:
    """Return the last four quarters over the first four, which may not overlap."""
    sums = four_quarters(values)
    return _over(_at(sums, -1), _at(sums, 0)) if len(values) >= 8 and len(sums) > 1 else None


def _same_season(values: pd.Series) -> float | None:
    """Return the last quarter over the first of the same season."""
    if values.empty:
        return None
    same = values[values.index.str[-2:] == values.index[-1][-2:]]
    return _over(same.iloc[-1], same.iloc[0]) if len(same) > 1 else None


def _group(id: str, firms: Sequence[str], capex: pd.DataFrame, own: pd.DataFrame) -> list[Number]:
    cash, leased = together(capex, firms), together(own, firms)
    names = f"{', '.join(firms[:-1])} and {firms[-1]}"
    whose = f"{names} together, {_CASH}, in quarters with all of them"
    sums, own_sums = four_quarters(cash), four_quarters(leased)
    first, last, own1 = _at(cash, 0), _at(cash, -1), _at(leased, 0)
    multiple = _over(last, first) if len(cash) > 1 else None
    long = _longest(cash)
    yearly = _over(_at(sums, -1), _year_before(sums, _name(sums, -1)))
    own_yearly = _over(_at(own_sums, -1), _year_before(own_sums, _name(own_sums, -1)))
    of = "Last of these quarters over"
    return [
        _dollars(f"{id}.latest", last, f"{whose}: last quarter; {_OWN}.", _at(leased, -1)),
        _dollars(f"{id}.first", first, f"{whose}: first quarter; {_OWN}.", _at(leased, 0)),
        _dollars(
            f"{id}.four_quarters",
            _at(sums, -1),
            f"{whose}: sum of the last four; {_OWN}.",
            _at(own_sums, -1),
        ),
        _times(
            f"{id}.multiple",
            multiple,
            f"{of} the first: {whose}. The range also holds the first quarter of the same season, "
            "the last four quarters over the first four, and the companies’ own counts where at "
            "hand (Microsoft’s late ones).",
            multiple and _range(multiple, _same_season(cash), long, _over(_at(leased, -1), own1)),
        ),
        _times(
            f"{id}.multiple.four_quarters",
            long,
            f"Last four quarters over the first four: {whose}; {_OWN} (Microsoft’s late ones).",
            long and _range(long, _longest(leased)),
        ),
        _times(
            f"{id}.multiple.year",
            _growth(cash),
            f"{of} the same one a year before: {whose}; {_OWN}.",
            _range(_growth(cash), _growth(leased)),
        ),
        _times(
            f"{id}.multiple.year.four_quarters",
            yearly,
            f"Last four quarters over the four before: {whose}; {_OWN}.",
            yearly and _range(yearly, own_yearly),
        ),
        _day(f"{id}.latest_quarter", _name(cash, -1), f"Last quarter of {names}: {_QUARTER}."),
        _day(f"{id}.first_quarter", _name(cash, 0), f"First quarter of {names}: {_QUARTER}."),
    ]


def _chinese(known: pd.DataFrame, at_end: pd.DataFrame, other: pd.DataFrame) -> list[Number]:
    """Return both Chinese platforms together: in the last quarter, and in the last well read."""
    four = together(wide(known, "capex"), US4)
    found = []
    for variant in ("", ".confident"):
        average, end_rate = (_both(rows, bool(variant)) for rows in (known, at_end))
        capex = counted_otherwise(wide(known, "capex"), other, "cash paid")
        paid = together(capex, CN2).reindex(average.index)
        ratios = (four / average).dropna()
        every = pd.concat([ratios, *((four / s).dropna() for s in (end_rate, paid))])
        without = ", quarters known with low confidence left out" if variant else ""
        found += [
            Number.of(
                f"incentives.capex_cn2.latest{variant}",
                _at(average, -1),
                "US$ billion",
                f"Capital expenditure that Alibaba and Tencent report, together{without}: last "
                "quarter with both, at its average rate of exchange; the range is over the rate at "
                "its end and, where known, what Tencent paid.",
                _CN,
                **_range(*(_at(s, -1) for s in (average, end_rate, paid))),
            ),
            _day(
                f"incentives.capex_cn2.latest_quarter{variant}",
                _name(average, -1),
                f"Last quarter with Alibaba and Tencent{without}: {_QUARTER}.",
                _CN,
            ),
            _times(
                f"incentives.capex_ratio.us4_cn2{variant}",
                _at(ratios, -1),
                "Cash capital expenditure of Amazon, Alphabet, Meta and Microsoft over what "
                f"Alibaba and Tencent report, last quarter with all six{without}; the range is "
                "over all such quarters, both rates and, where known, what Tencent paid.",
                _range(*every),
                _CN,
            ),
        ]
    return found


def _both(rows: pd.DataFrame, confident: bool) -> pd.Series:
    """Return the sum of both Chinese platforms, with or without quarters of low confidence."""
    return together(wide(rows[rows["confidence"] != "low"] if confident else rows, "capex"), CN2)


def _last_day(known: pd.DataFrame, firm: str) -> Any:
    """Return the last day of a firm’s last quarter with capital expenditure, as the firm has it."""
    rows = known[(known["company"] == firm) & (known["measure"] == "capex")].dropna(subset="usd")
    return rows["quarter_end"].max() if len(rows) else None


def _firm(firm: str, cash: pd.Series, own: pd.Series, last: Any) -> list[Number]:
    cash = cash.dropna()
    own = own.dropna()
    id, tables = f"incentives.capex.{firm.lower()}", _ALL if firm in CN2 else _US
    whose = f"Capital expenditure of {firm}, not only for AI"
    return [
        _dollars(f"{id}.latest", _at(cash, -1), f"{whose}: last quarter.", _at(own, -1), tables),
        _dollars(f"{id}.first", _at(cash, 0), f"{whose}: first quarter.", _at(own, 0), tables),
        Number.of(
            f"{id}.latest_quarter",
            last,
            "date",
            f"Last day of the last quarter of {firm}, as the firm has its quarters.",
            tables,
        ),
        _times(
            f"{id}.year",
            _growth(cash),
            f"{whose}: last quarter over the same one a year before; {_OWN}.",
            _range(_growth(cash), _growth(own)),
            tables,
        ),
    ]


def _leases(cash: pd.Series, own: pd.Series) -> list[Number]:
    ratio = (own / cash).dropna()
    ratio = ratio[ratio != 1]
    id, tables = "incentives.capex_leases.msft", _US
    return [
        Number.of(
            id,
            _at(ratio, -1),
            "ratio",
            "What Microsoft calls capital expenditure, finance leases included, over its cash "
            "capital expenditure, last quarter with both; the range is that of the quarters.",
            tables,
            **_range(*ratio),
        ),
        _day(f"{id}.quarter", _name(ratio, -1), f"Quarter of that ratio: {_QUARTER}."),
    ]


def _intensities(known: pd.DataFrame, own: pd.DataFrame) -> list[Number]:
    """Return the groups' capital expenditure over revenue, first and last."""
    id = "incentives.capex_intensity"
    revenue = wide(known, "revenue")
    found = []
    for variant, firms in (("", US4), (".three_firms", US3)):
        shares = intensity(known, firms)["together"]
        leased = (together(own, firms) / together(revenue, firms)).reindex(shares.index)
        names = f"{', '.join(firms[:-1])} and {firms[-1]}"
        said = f"Cash capital expenditure over revenue of {names} together"
        for which, place in (("latest", -1), ("first", 0)):
            day = _name(shares, place)
            choices = _range(_at(shares, place), _at(leased, place))
            words = f"{said}, {which} quarter with all of both; {_OWN}."
            found += [
                Number.of(
                    f"{id}.{which}{variant}", _at(shares, place), "share", words, _US, **choices
                ),
                _day(f"{id}.{which}_quarter{variant}", day, f"Quarter of that share: {_QUARTER}."),
            ]
    return found


def _share(firm: str, shares: pd.Series) -> Number:
    said = f"Capital expenditure of {firm} over its revenue, last quarter with both; the range is "
    said += "that of its quarters."
    id = f"incentives.capex_intensity.{firm.lower()}"
    tables = ("company_quarters",)
    return Number.of(id, _at(shares, -1), "share", said, tables, **_range(*shares))


def _dollars(
    id: str, value: Any, words: str, other: Any = None, tables: Sequence[str] = _US
) -> Number:
    """Return billions of dollars, with the range to another value where that differs."""
    differs = other is not None and value is not None and abs(other / value - 1) > 0.0005
    choices = _range(value, other) if differs else {}
    return Number.of(id, value, "US$ billion", words, tables, **choices)


def _times(
    id: str, value: Any, words: str, choices: Any = None, tables: Sequence[str] = _US
) -> Number:
    return Number.of(id, value, "times", words, tables, **(choices or {}))


def _day(id: str, quarter: str | None, words: str, tables: Sequence[str] = _US) -> Number:
    return Number.of(id, _end(quarter), "date", words, tables)
