"""Who said what of the models they use: firms of themselves, others of firms, and surveys.

There is no register of users. A statement is made when it suits, so a count of statements is a
count of statements: what firms that say nothing use, no one outside them can know.
"""

from __future__ import annotations

import pandas as pd

from openrace.numbers import Number

#: What a statement is, and what its group is called, from top to bottom.
KINDS = {
    "itself": "Firms about themselves",
    "report": "Others about a firm",
    "survey": "Surveys and counts of many firms",
}

COLUMNS = (
    *("section", "date", "until", "firm", "speaker", "family", "says", "statement", "to_whom"),
    *("check", "confidence", "note", "url"),
)

_TABLES = ("firm_statements",)
_ID = "adoption.statements"
_LIST = "in a hand-made list, which is not a count of users"


def statements(firm_statements: pd.DataFrame) -> pd.DataFrame:
    """Return the statements in groups, the oldest of each first.

    Args:
        firm_statements: table of that name.

    Returns:
        section (one of `KINDS`’ names), date and until (first and last possible day), firm,
        speaker, family, says, statement, to_whom, check (`none`, `partly`), confidence, note, url.
    """
    rows = firm_statements.assign(
        order=firm_statements["kind"].map({kind: i for i, kind in enumerate(KINDS)}),
        section=firm_statements["kind"].map(KINDS),
    )
    ordered = rows.sort_values(["order", "date", "until", "firm"], ignore_index=True)
    return ordered[list(COLUMNS)]


def numbers(firm_statements: pd.DataFrame) -> list[Number]:
    """Count the statements, the firms, and what of it anyone could check.

    Args:
        firm_statements: table of that name.
    """
    rows = firm_statements
    survey, checked = rows["kind"] == "survey", rows["check"] == "partly"
    asked = (
        ("total", len(rows), f"Statements {_LIST}."),
        (
            "about_itself",
            (rows["kind"] == "itself").sum(),
            f"Statements of firms about themselves {_LIST}.",
        ),
        (
            "reports",
            (rows["kind"] == "report").sum(),
            f"Statements of others about a firm {_LIST}.",
        ),
        ("surveys", survey.sum(), f"Surveys, estimates and counts of many firms {_LIST}."),
        (
            "surveys_closed",
            (survey & (rows["says"] == "closed lead")).sum(),
            f"Surveys and counts in which closed models have the larger share {_LIST}.",
        ),
        (
            "checked",
            checked.sum(),
            f"Statements of which someone outside could check a part {_LIST}.",
        ),
        (
            "checked.about_itself",
            (checked & (rows["kind"] == "itself")).sum(),
            f"Firms’ statements about themselves that an outsider could check in part {_LIST}.",
        ),
        (
            "declines",
            (rows["says"] == "declines").sum(),
            f"Statements of firms that they keep from a Chinese model or its app {_LIST}.",
        ),
        (
            "unnamed",
            (rows["family"] == "not named").sum(),
            f"Statements that name no model {_LIST}.",
        ),
        (
            "high_confidence",
            (rows["confidence"] == "high").sum(),
            f"Statements of high confidence {_LIST}.",
        ),
    )
    empty = rows.empty
    return [
        *(_told(id, None if empty else int(n), "count", said) for id, n, said in asked),
        _firms(rows),
        _told("first", rows["date"].min(), "date", "First day of the list of statements."),
        _told("last", rows["until"].max(), "date", "Last day of the list of statements."),
    ]


def _told(id: str, value: object, unit: str, said: str) -> Number:
    return Number.of(f"{_ID}.{id}", value, unit, said, _TABLES)


def _firms(rows: pd.DataFrame) -> Number:
    """Count the firms that say so themselves; bounds by whose word is taken."""
    said = (
        f"Firms that say of themselves that they use Chinese models, a host among them, {_LIST}. "
    )
    said += "The low bound takes statements of high confidence only, the high one also what others "
    said += "say of a firm and statements that name no model."
    if rows.empty:
        return Number.of(f"{_ID}.firms", None, "count", said, _TABLES)
    uses = rows[(rows["says"] == "uses") & (rows["kind"] != "survey")]
    own = uses[(uses["kind"] == "itself") & (uses["family_country"] == "CN")]
    sure = own.loc[own["confidence"] == "high", "firm"].nunique()
    value, most = own["firm"].nunique(), uses["firm"].nunique()
    return Number.of(f"{_ID}.firms", value, "count", said, _TABLES, sure, most)
