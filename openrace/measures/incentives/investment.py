"""Cash capital expenditure of the cloud companies, and what part of their revenue it is.

Quarters are calendar quarters; a fiscal quarter counts as the one that holds most of its days.
A group has a value only in the quarters in which each of its firms has one, and four quarters
only where none of them is missing: nothing is filled. None of the companies separates what it
spends on AI, so this is all of their capital expenditure.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from openrace.corrections import corrected
from openrace.parameters import names

US4 = ("Amazon", "Alphabet", "Meta", "Microsoft")
US3 = ("Alphabet", "Meta", "Microsoft")
US5 = (*US4, "Oracle")
CN2 = ("Alibaba", "Tencent")
FIRMS = (*US5, *CN2)
ALL4, ALL3 = "Four US firms", "Three US firms"
#: Groups whose intensity is drawn: name -> its firms.
GROUPS = {ALL4: US4, ALL3: US3}

_BLOCS = {"US": "United States", "CN": "China"}
_CONFIDENCE = ("high", "medium", "low")
_FACT = ["company", "bloc", "quarter", "quarter_end", "measure", "usd"]
_FACT += ["value", "currency", "per_usd", "definition", "basis", "confidence"]
_FACT += ["accession", "url", "note"]
_OTHER = ["company", "quarter", "quarter_end", "kind", "usd", "value", "currency", "per_usd"]
_OTHER += ["definition", "confidence", "url", "note"]
_DRAWN = ["part", "firm", "bloc", "quarter", "quarter_end", "run", "usd", "away", "value"]
_DRAWN += ["currency", "per_usd", "definition", "basis", "confidence", "accession", "url", "note"]
_SHARES = ["part", "firm", "bloc", "quarter", "quarter_end", "run", "intensity"]
_SHARES += ["capex", "revenue", "currency", "confidence", "note"]


def parse_firms(text: str) -> tuple[str, ...]:
    """Return the firms a parameter asks for, in the order of `FIRMS`.

    Args:
        text: `all`, or names separated by commas, in any case.

    Raises:
        Refusal: no firm is named, or one that does not exist.
    """
    return names("firms", text, FIRMS)


def facts(
    company_quarters: pd.DataFrame,
    exchange_rates: pd.DataFrame,
    corrections: pd.DataFrame,
    kind: str = "average",
) -> pd.DataFrame:
    """Return the companies' quarters with their value in US$.

    Args:
        company_quarters: table of that name.
        exchange_rates: table of that name.
        corrections: table of that name.
        kind: the rate of exchange: `average` over the quarter, or at its `end`.

    Returns:
        A row per company, measure and quarter: company, bloc, quarter (like 2025Q2),
        quarter_end, measure (capex or revenue), usd (billion US$; missing where no rate is
        known), value (millions of currency), currency, per_usd (rate used), and what the table
        says of each fact. Sorted by company and quarter.
    """
    table = corrected(company_quarters, corrections, "company_quarters")
    table = table.assign(
        bloc=table["country"].map(_BLOCS), per_usd=_rates(table, exchange_rates, kind)
    )
    table["usd"] = table["value"] / table["per_usd"] / 1000
    return table.sort_values(["company", "measure", "quarter"], ignore_index=True)[_FACT]


def other_figures(
    company_notes: pd.DataFrame, exchange_rates: pd.DataFrame, corrections: pd.DataFrame
) -> pd.DataFrame:
    """Return other counts of the same quarters than `facts` has.

    Returns:
        company, quarter, quarter_end, kind (`own definition` of a company that counts leases in
        or proceeds out, or `cash paid` by one that otherwise counts what arrived), usd (billion
        US$, at the quarter’s average rate), value (millions of currency), currency, per_usd,
        definition, confidence, url, note.
    """
    notes = corrected(company_notes, corrections, "company_notes")
    notes = notes[notes["kind"].isin(["own definition", "cash paid"])].dropna(subset=["said"])
    notes = notes.rename(columns={"said": "value"})
    notes = notes.assign(per_usd=_rates(notes, exchange_rates, "average"))
    notes["usd"] = notes["value"] / notes["per_usd"] / 1000
    return notes.sort_values(["company", "quarter"], ignore_index=True)[_OTHER]


def wide(facts: pd.DataFrame, measure: str, value: str = "usd") -> pd.DataFrame:
    """Return one measure as a table of quarters by firm; what is not known is missing."""
    rows = facts[facts["measure"] == measure]
    table = rows.pivot(index="quarter", columns="company", values=value)
    return table.reindex(columns=list(FIRMS)).astype(float).sort_index()


def together(table: pd.DataFrame, firms: Sequence[str]) -> pd.Series:
    """Return the sum over firms in the quarters in which each of them has a value."""
    return table[list(firms)].dropna().sum(axis=1)


def four_quarters(values: pd.Series) -> pd.Series:
    """Return sums over four quarters by the last of them, where none of the four is missing."""
    if values.empty:
        return values
    whole = pd.period_range(values.index.min(), values.index.max(), freq="Q").astype(str)
    return values.reindex(whole).rolling(4).sum().dropna()


def intensity(facts: pd.DataFrame, firms: Sequence[str] | None = None) -> pd.DataFrame:
    """Return capital expenditure over revenue, by quarter and firm, or of firms together.

    Args:
        facts: what `facts` returns.
        firms: firms to take together; each by itself when None.

    Returns:
        Quarters by firm, or with the one column `together`; shares of one. Both halves are in
        the currency of the report, so no rate of exchange is in them.
    """
    capex, revenue = (wide(facts, measure, "value") for measure in ("capex", "revenue"))
    quarters = capex.index.intersection(revenue.index)
    capex, revenue = capex.loc[quarters], revenue.loc[quarters]
    if firms is None:
        return (capex / revenue).dropna(how="all")
    both = (capex.notna() & revenue.notna())[list(firms)].all(axis=1)
    shares = together(capex[both], firms) / together(revenue[both], firms)
    return shares.rename("together").to_frame()


def counted_otherwise(
    capex: pd.DataFrame, other: pd.DataFrame, kind: str = "own definition"
) -> pd.DataFrame:
    """Return a table of quarters by firm in which another count replaces the first, where known.

    Args:
        capex: quarters by firm; see `wide`.
        other: what `other_figures` returns.
        kind: the count to take.
    """
    rows = other[other["kind"] == kind].pivot(index="quarter", columns="company", values="usd")
    rows = rows.reindex(index=capex.index, columns=capex.columns).astype(float)
    return rows.where(capex.notna()).fillna(capex)


def capex_figure(facts: pd.DataFrame, other: pd.DataFrame, firms: Sequence[str]) -> pd.DataFrame:
    """Return what the figure on capital expenditure draws.

    Args:
        facts: what the function of that name returns.
        other: what `other_figures` returns.
        firms: the firms to draw.

    Returns:
        part (`firm`, `other` for another count of a firm’s quarter, `gap` for a quarter of a firm
        that is not at hand, or `sum` of four firms, where all of them are drawn), firm, run
        (counts stretches without a missing quarter, from 0), usd (billion US$), away (of another
        count: how far from the first, in shares of it), and what the tables say.
    """
    rows = facts[(facts["measure"] == "capex") & facts["company"].isin(list(firms))]
    rows = rows.dropna(subset="usd").rename(columns={"company": "firm"}).assign(part="firm")
    rows["run"] = _runs(rows["firm"], rows["quarter"])
    first = rows[["firm", "quarter", "bloc", "usd"]].rename(columns={"usd": "first"})
    counts = other.rename(columns={"company": "firm", "kind": "basis"})
    counts = counts.merge(first, on=["firm", "quarter"]).assign(part="other")
    counts["away"] = counts["usd"] / counts["first"] - 1
    parts = [rows, counts, _gaps(rows, firms)]
    if set(US4) <= set(firms):
        parts.insert(0, _group_rows(together(wide(facts, "capex"), US4).rename("usd"), "sum", ALL4))
    return _stacked(parts, _DRAWN)


def intensity_figure(facts: pd.DataFrame, firms: Sequence[str]) -> pd.DataFrame:
    """Return what the figure on intensity draws.

    Args:
        facts: what the function of that name returns.
        firms: the firms to draw; a group is drawn when all its firms are.

    Returns:
        part (`firm`, `group`, or `gap` for a quarter of a firm without one of both), firm,
        run (see `capex_figure`), intensity (share of one), capex and revenue (millions of
        currency), confidence (the lower of both) and note.
    """
    both = _both(facts[facts["company"].isin(list(firms))])
    if both.empty:
        return pd.DataFrame(columns=_SHARES)
    parts = [both]
    for name, members in GROUPS.items():
        shares = intensity(facts, members)
        if set(members) <= set(firms) and len(shares):
            rows = _group_rows(shares["together"].rename("intensity"), "group", name)
            sums = {m: together(wide(facts, m), members) * 1000 for m in ("capex", "revenue")}
            parts.append(rows.assign(**{m: rows["quarter"].map(s) for m, s in sums.items()}))
    parts.append(_gaps(both, firms))
    return _stacked(parts, _SHARES)


def _both(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the quarters in which a firm has capital expenditure and revenue."""
    key = ["company", "bloc", "quarter", "currency"]
    capex, revenue = (rows[rows["measure"] == m] for m in ("capex", "revenue"))
    table = capex.merge(revenue[[*key, "value", "confidence", "note"]], on=key)
    table = table.rename(columns={"company": "firm", "value_x": "capex", "value_y": "revenue"})
    worst = table[["confidence_x", "confidence_y"]].map(_CONFIDENCE.index).max(axis=1)
    notes = table["note_x"].fillna("") + "; " + table["note_y"].fillna("")
    return table.assign(
        part="firm",
        intensity=table["capex"] / table["revenue"],
        confidence=worst.map(dict(enumerate(_CONFIDENCE))),
        note=notes.str.strip("; "),
        run=_runs(table["firm"], table["quarter"]),
    )


def _gaps(rows: pd.DataFrame, firms: Sequence[str]) -> pd.DataFrame:
    """Return a row for each quarter of a firm that is missing within the quarters drawn."""
    if rows.empty:
        return pd.DataFrame(columns=["firm", "quarter"])
    span = pd.period_range(rows["quarter"].min(), rows["quarter"].max(), freq="Q").astype(str)
    every = pd.MultiIndex.from_product([firms, span])
    lost = every.difference(pd.MultiIndex.from_frame(rows[["firm", "quarter"]]), sort=False)
    table = lost.to_frame(index=False, name=["firm", "quarter"])
    return table.assign(part="gap", quarter_end=_ends(table["quarter"]), note="not at hand")


def _group_rows(values: pd.Series, part: str, name: str) -> pd.DataFrame:
    """Return the rows of a group of US firms from its values by quarter."""
    table = values.rename_axis("quarter").reset_index()
    table = table.assign(part=part, firm=name, bloc="United States", currency="USD")
    return table.assign(
        quarter_end=_ends(table["quarter"]), run=_runs(table["firm"], table["quarter"])
    )


def _stacked(parts: Sequence[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """Put parts under each other; what has no rows says nothing of its columns' types."""
    filled = [part.reindex(columns=columns) for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=columns)
    texts = [part.dropna(axis=1, how="all") for part in filled]
    return pd.concat(texts, ignore_index=True).reindex(columns=columns)


def _rates(table: pd.DataFrame, exchange_rates: pd.DataFrame, kind: str) -> pd.Series:
    """Return units of each row's currency per US$ in its quarter; missing where none is known."""
    known = exchange_rates[exchange_rates["basis"] == kind].set_index(["currency", "quarter"])
    rates = known["per_usd"].to_dict()
    pairs = zip(table["currency"], table["quarter"], strict=True)
    found = [1.0 if currency == "USD" else rates.get((currency, q)) for currency, q in pairs]
    return pd.Series(found, index=table.index, dtype=float)


def _runs(firms: pd.Series, quarters: pd.Series) -> pd.Series:
    """Count stretches of quarters without a gap, firm by firm; rows are sorted by quarter."""
    at = pd.Series(pd.PeriodIndex(quarters, freq="Q").year * 4, index=quarters.index)
    at += pd.PeriodIndex(quarters, freq="Q").quarter
    breaks = (at.groupby(firms).diff().fillna(1) != 1).astype(int)
    return breaks.groupby(firms).cumsum()


def _ends(quarters: pd.Series) -> pd.Series:
    """Return the last day of calendar quarters."""
    ends = pd.PeriodIndex(quarters, freq="Q").to_timestamp(how="end").normalize()
    return pd.Series(ends, index=quarters.index)
