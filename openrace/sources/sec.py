"""The visit to the US Securities and Exchange Commission: quarters that are new or restated.

A quarter that the table has stays as it was traced, by whatever way: the Commission's facts add to
it only when they give another value, filed later.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, TypeAdapter

from openrace.errors import Refusal
from openrace.sources import asking, company_facts
from openrace.sources.source import Found, Source, Visit

TABLE = "company_quarters"
FIRST = "2023Q1"
_PATH = "/api/xbrl/companyfacts/CIK{cik:010d}.json"
_KEY = ["company", "measure", "quarter_end"]
#: Millions: two sums that are rounded apart may differ by one; pages round to a hundred.
_EXACT, _ROUNDED = 1.0, 50.0


class Facts(BaseModel):
    """The facts of one company; `company_facts` checks whose they are, and those that it reads."""

    model_config = ConfigDict(strict=True, extra="allow")
    cik: Any
    entityName: str
    facts: dict[str, dict[str, Any]]


_FACTS: TypeAdapter[Facts] = TypeAdapter(Facts)


def ask(visit: Visit) -> Found:
    """Ask for the facts of each company, and return the quarters that the table does not have.

    Raises:
        Refusal: no one to write to is given, or an answer is of another shape or company, or
            lacks a measure.
    """
    if "@" not in visit.key:
        raise Refusal("OPENRACE_CONTACT must be a name and an e-mail address: the SEC asks for it.")
    companies, found = visit.table("sec_companies"), Found({}, 0)
    parts = [_company(visit, str(name), companies, found) for name in companies["company"].unique()]
    filed = pd.concat(parts, ignore_index=True)
    found.asked = len(filed)
    new, kept = _news(filed, visit.table(TABLE))
    found.rejected = len(kept)
    found.notes += [_kept(row) for _, row in kept.iterrows()]
    found.rows[TABLE] = new
    return found


def _company(visit: Visit, name: str, companies: pd.DataFrame, found: Found) -> pd.DataFrame:
    """Return the quarters of one company, as the Commission has them now."""
    own = companies[companies["company"] == name]
    url = visit.address + _PATH.format(cik=own["cik"].iloc[0])
    facts = asking.json(visit.client, url, _FACTS, headers={"User-Agent": visit.key})
    for field in facts.model_extra or {}:
        found.notes.append(f"The facts of {name} have a new field “{field}”.")
    table = company_facts.rows(dict(facts), name, companies, visit.until)
    for measure in sorted(set(own["measure"]) - set(table["measure"])):
        names = ", ".join(own.loc[own["measure"] == measure, "concept"])
        raise Refusal(f"The facts of {name} hold no quarter of {measure} under {names}.")
    visit.told(name)
    return table[(table["quarter"] >= FIRST) & (table["currency"] == "USD")]


def _news(filed: pd.DataFrame, known: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part what says something else than the table: filed later than it, or not."""
    last = known.sort_values("observed").drop_duplicates(_KEY, keep="last")
    last = last.assign(within=_EXACT)
    rounded = ~last["basis"].isin([company_facts.DIRECT, company_facts.DIFFERENCE])
    last.loc[rounded & (last["value"] % 100 == 0), "within"] = _ROUNDED
    beside = filed[_KEY].merge(
        last[[*_KEY, "observed", "value", "within"]], on=_KEY, how="left", validate="one_to_one"
    )
    differs = ~((filed["value"] - beside["value"]).abs() <= beside["within"])
    later = beside["observed"].isna() | (filed["observed"] > beside["observed"])
    return filed[differs & later], filed.assign(was=beside["value"])[differs & ~later]


def _kept(row: pd.Series) -> str:
    what = f"{row['company']} has {row['measure']} of {row['quarter']}"
    return f"{what} as {row['value']:,.0f}, not later filed than our {row['was']:,.0f}: not taken."


SOURCE = Source(
    name="sec",
    title="SEC EDGAR company facts",
    variable="OPENRACE_SEC_URL",
    address="https://data.sec.gov",
    ask=ask,
    key="OPENRACE_CONTACT",
    has_past=True,
    pace=0.11,
)
