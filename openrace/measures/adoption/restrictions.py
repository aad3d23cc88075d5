"""Bans, bills, controls and inquiries: what each binds, and whether a private firm is reached.

The list is made by hand and ends on a day; nothing is said of what came after. Whether an act is
in force is told as of the newest entry that is known.
"""

from __future__ import annotations

import pandas as pd

from openrace.numbers import Number

#: Whom acts reach, from top to bottom, and what their group is called.
REACH = {
    "firms": "What private firms may use",
    "government": "Government systems, and work for them",
    "consumers": "An app, and its users’ data",
    "exports": "What Chinese firms may be sold",
}

#: What a status looks like to a reader: something that binds, that may come, or that does not.
STANDS = {
    "in force": "binds",
    "eased": "eased",
    "lifted": "eased",
    "proposed": "not yet",
    "open": "not yet",
    "unconfirmed": "unclear",
}

COLUMNS = (
    *("section", "date", "until", "label", "jurisdiction", "kind", "binds", "whom", "status"),
    *("stands", "private_use", "confidence", "note", "url"),
)

_TABLES = ("restrictions",)
_ID = "adoption.restrictions"
_LIST = "in a hand-made list"
_LAWFUL = "binds a private firm’s own use of open weights, outside work for a government"


def restrictions(table: pd.DataFrame) -> pd.DataFrame:
    """Return the acts by whom they reach, the oldest of each group first.

    Args:
        table: table `restrictions`.

    Returns:
        section (one of `REACH`’s names), date and until, label, jurisdiction, kind, binds, whom,
        status (as of the newest entry), stands (`binds`, `eased`, `not yet`, `unclear`),
        private_use, confidence, note, url.
    """
    status = _status(table)
    rows = table.assign(
        status=status,
        stands=status.map(STANDS),
        order=table["reach"].map({reach: i for i, reach in enumerate(REACH)}),
        section=table["reach"].map(REACH),
    )
    ordered = rows.sort_values(["order", "date", "until", "label"], ignore_index=True)
    return ordered[list(COLUMNS)]


def _status(table: pd.DataFrame) -> pd.Series:
    """Return what stood on the day of the newest entry: what was lifted later was in force."""
    later = table["ended"] > table["until"].max()
    return table["status"].mask(later, "in force")


def numbers(table: pd.DataFrame) -> list[Number]:
    """Count the acts, those in force, and those that reach what a private firm uses.

    Args:
        table: table `restrictions`.
    """
    status, use = _status(table), table["private_use"]
    in_force = status == "in force"
    until = table["until"].max()
    asked = (
        ("total", len(table), f"Acts around Chinese models and chips {_LIST}."),
        (
            "private_use",
            (in_force & (use == "yes")).sum(),
            f"Acts in force {_LIST} of which one {_LAWFUL}.",
        ),
        (
            "private_use.government_work",
            (in_force & (use == "government work")).sum(),
            f"Acts in force {_LIST} that bind private firms in their work for a government.",
        ),
        (
            "private_use.if_passed",
            (use == "if passed").sum(),
            f"Bills {_LIST} that, if passed, would bind a private firm’s own use of open weights.",
        ),
        (
            "private_use.asked",
            (use == "asked").sum(),
            f"Inquiries {_LIST} into private firms’ use.",
        ),
        (
            "bills",
            (table["kind"] == "bill").sum(),
            f"Bills {_LIST}, none of them known to have passed by its end.",
        ),
        (
            "us",
            table["jurisdiction"].str.startswith("US").sum(),
            f"Acts of the United States and its states {_LIST}.",
        ),
        ("unconfirmed", (status == "unconfirmed").sum(), f"Acts {_LIST} that are not confirmed."),
        (
            "undone",
            status.isin(["eased", "lifted"]).sum(),
            f"Acts {_LIST} that ease a control, or were lifted again.",
        ),
        *(
            (reach, (in_force & (table["reach"] == reach)).sum(), f"Acts in force {_LIST}: {name}.")
            for reach, name in REACH.items()
        ),
    )
    known = not table.empty
    counts = [_told(id, int(n) if known else None, "count", said) for id, n, said in asked]
    return [
        *counts,
        _binding(status),
        _told("first", table["date"].min(), "date", "First day of the list of acts."),
        _told(
            "latest", until, "date", "Last day of the list of acts, which says nothing of later."
        ),
        _told("latest_month", until, "month", "Month in which the list of acts ends."),
    ]


def _told(id: str, value: object, unit: str, said: str) -> Number:
    return Number.of(f"{_ID}.{id}", value, unit, said, _TABLES)


def _binding(status: pd.Series) -> Number:
    """Count what is in force; the high bound adds what is unconfirmed, and what was only eased."""
    said = f"Acts {_LIST} in force on the day of its newest entry. The high bound adds what is "
    said += "unconfirmed, and controls that were eased but still ask for a licence."
    if status.empty:
        return Number.of(f"{_ID}.binding", None, "count", said, _TABLES)
    least = int((status == "in force").sum())
    most = least + int(status.isin(["unconfirmed", "eased"]).sum())
    return Number.of(f"{_ID}.binding", least, "count", said, _TABLES, least, most)
