"""What licences of open weights allow: their conditions by family, and how many set none.

*Unrestricted* is a licence that the Open Source Initiative has approved: no limit by size, no name
to show, no place left out, no list of barred uses. Families of mixed age are not a statistic; the
share is given by family and by release, because the two units answer differently.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from openrace.corrections import corrected
from openrace.numbers import NBSP, Number

#: Countries that are compared, by the code used in ids.
SIDES = {"cn": ("CN", "Chinese"), "us": ("US", "US")}

#: Licences of releases that set no condition, by their names before a bracket.
UNCONDITIONAL = ("Apache-2.0", "MIT")

#: The release after which the share is given once more, itself included.
SINCE = "DeepSeek-R1"

COLUMNS = (
    *("family", "lab", "country", "date", "until", "licence", "unrestricted", "limit", "must_name"),
    *("excluded", "prohibited_uses", "text_read", "conditions", "confidence", "note", "url"),
)

_FAMILIES = ("licence_terms",)
_RELEASES = ("open_weight_releases", "corrections")
_ID = "adoption.licences"
_SHARE = f"{_ID}.unrestricted_share"


def licences(licence_terms: pd.DataFrame) -> pd.DataFrame:
    """Return the conditions of every family’s licence in words, the oldest release first.

    Args:
        licence_terms: table of that name.

    Returns:
        family, lab, country, date and until (first and last possible day of the release that
        first carried the licence), licence, unrestricted, limit (what is asked above which size,
        in words; empty without one), must_name, excluded, prohibited_uses, text_read, conditions
        (all of it in one sentence), confidence, note, url.
    """
    rows = licence_terms.fillna({"excluded": "", "above": "", "revenue_per": ""})
    rows = rows.assign(
        unrestricted=rows["osi_approved"] == "yes",
        limit=[_limit(row) for row in rows.itertuples()],
    )
    rows = rows.assign(conditions=[_conditions(row) for row in rows.itertuples()])
    ordered = rows.sort_values(["date", "until", "family"], ignore_index=True)
    return ordered[list(COLUMNS)]


def _limit(row: Any) -> str:
    """Write from which size on a licence asks for more."""
    users, revenue = row.users, row.revenue
    sizes = [] if pd.isna(users) else [f"{_millions(users)} users"]
    if not pd.isna(revenue):
        sizes.append(f"US${NBSP}{_millions(revenue)} a {row.revenue_per}")
    if row.commercial_asks == "yes":
        return "any commercial use: ask"
    return f"above {' or '.join(sizes)}: {row.above}" if sizes else ""


def _millions(value: float) -> str:
    return f"{value / 1e6:.0f}{NBSP}million"


def _conditions(row: Any) -> str:
    """Write all conditions of a licence in one sentence."""
    if row.unrestricted:
        return "no conditions"
    parts = [row.limit]
    if row.must_name == "yes" and "show name" not in parts[0]:
        parts.append("must show its name")
    if excluded := row.excluded:
        parts.append(f"not for {excluded}")
    if row.prohibited_uses == "yes":
        parts.append("lists barred uses")
    return "; ".join(filter(None, parts))


def numbers(
    licence_terms: pd.DataFrame, releases: pd.DataFrame, corrections: pd.DataFrame
) -> list[Number]:
    """Return how many licences set no condition, by country and by unit.

    Args:
        licence_terms: table of that name.
        releases: table `open_weight_releases`.
        corrections: table of that name.
    """
    rows = corrected(releases, corrections, "open_weight_releases")
    opened = rows[rows["access"] == "open"]
    return [
        *_lists(licence_terms),
        *(n for code in SIDES for n in _by_family(licence_terms, code)),
        *(n for code in SIDES for n in _by_release(opened, code)),
    ]


def _count(id: str, value: object, said: str, tables: tuple[str, ...] = _FAMILIES) -> Number:
    return Number.of(f"{_ID}.{id}", value, "count", said, tables)


def _lists(terms: pd.DataFrame) -> list[Number]:
    """Count the families and how their texts were read."""
    known = not terms.empty
    asked = (
        ("families", len(terms), "Licence families in a hand-made list of mixed age."),
        (
            "families.added",
            (terms["listing"] == "added").sum(),
            "Licence families added to the list because a lab on it later took another licence.",
        ),
        ("read.text", (terms["text_read"] == "text").sum(), "Licences read in the maker’s place."),
        ("read.copy", (terms["text_read"] == "copy").sum(), "Licences read in copies only."),
        (
            "read.report",
            (terms["text_read"] == "report").sum(),
            "Licences known from reports only.",
        ),
        ("territory", terms["excluded"].notna().sum(), "Licences that leave a place out."),
    )
    return [_count(id, int(n) if known else None, said) for id, n, said in asked]


def _by_family(terms: pd.DataFrame, code: str) -> list[Number]:
    """Give a side’s share by family; its bounds are other sets of families and of conditions."""
    country, side = SIDES[code]
    rows = terms[terms["country"] == country]
    readings: tuple[Callable[[pd.DataFrame], float | None], ...] = (
        _unrestricted,
        lambda r: _unrestricted(r[r["listing"] == "listed"]),
        lambda r: _unrestricted(_newest(r)),
        _or_name_only,
    )
    shares = [share for read in readings if (share := read(rows)) is not None]
    said = f"Share of {side} licence families whose licence sets no condition (approved by the "
    said += "Open Source Initiative), in a hand-made list of mixed age. The range: the families "
    said += "first listed only, each lab’s newest only, or also licences that above a size ask "
    said += "for the model’s name alone."
    low, high = min(shares, default=None), max(shares, default=None)
    share = _unrestricted(rows)
    newest = f"Share of {side} labs in the list whose newest licence there sets no condition."
    return [
        Number.of(f"{_SHARE}.{code}.families", share, "share", said, _FAMILIES, low, high),
        Number.of(
            f"{_SHARE}.{code}.newest", _unrestricted(_newest(rows)), "share", newest, _FAMILIES
        ),
        _count(
            f"{code}.families",
            len(rows) if len(terms) else None,
            f"{side} licence families in the list.",
        ),
        _count(
            f"{code}.unrestricted",
            int((rows["osi_approved"] == "yes").sum()) if len(terms) else None,
            f"{side} licence families in the list that set no condition.",
        ),
    ]


def _unrestricted(rows: pd.DataFrame) -> float | None:
    return float((rows["osi_approved"] == "yes").mean()) if len(rows) else None


def _or_name_only(rows: pd.DataFrame) -> float | None:
    """Count licences that ask for the name alone, and that above a size only, as free."""
    name_only = (rows["above"] == "show name").fillna(False)
    return float(((rows["osi_approved"] == "yes") | name_only).mean()) if len(rows) else None


def _newest(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values(["until", "family"]).drop_duplicates("lab", keep="last")


def classed(licence: pd.Series) -> pd.Series:
    """Class licences of releases: `free`, `conditions`, `mixed` (sizes differ) or `unknown`."""
    name = licence.fillna("").str.split(" (", regex=False).str[0]
    mixed = licence.fillna("").str.contains(r"\(\d+B: ", regex=True)
    found = pd.Series("conditions", licence.index).mask(name.isin(UNCONDITIONAL), "free")
    return found.mask(mixed, "mixed").mask(licence.isna(), "unknown")


def _by_release(opened: pd.DataFrame, code: str) -> list[Number]:
    """Give a side’s share by release, of all and of those since R1; bounds by what is unknown."""
    country, side = SIDES[code]
    rows = opened[opened["country"] == country]
    start = opened.loc[opened["model"] == SINCE, "date"].min()
    since = rows[rows["date"] >= start] if pd.notna(start) else rows.iloc[:0]
    unknown = int((classed(rows["licence"]) == "unknown").sum())
    known = len(opened) > 0
    return [
        _release_share(rows, f"{code}.releases", side, ""),
        _release_share(
            since, f"{code}.releases_since_r1", side, f" from {SINCE} on, itself included"
        ),
        _count(
            f"{code}.releases",
            len(rows) if known else None,
            f"{side} releases of open weights in a hand-made list.",
            _RELEASES,
        ),
        _count(
            f"{code}.releases.unknown",
            unknown if known else None,
            f"{side} releases in the list whose licence was not read.",
            _RELEASES,
        ),
    ]


def _release_share(rows: pd.DataFrame, id: str, side: str, span: str) -> Number:
    said = f"Share of {side} releases of open weights in a hand-made list{span} whose licence sets "
    said += "no condition (Apache-2.0 or MIT for every size), of those whose licence was read. The "
    said += "range counts the unread, and those where only some sizes are free, as not free or as "
    said += "free."
    kinds = classed(rows["licence"]).value_counts()
    free, other = int(kinds.get("free", 0)), int(kinds.get("conditions", 0))
    mixed, unread = int(kinds.get("mixed", 0)), int(kinds.get("unknown", 0))
    if not free + other + mixed:
        return Number.of(f"{_SHARE}.{id}", None, "share", said, _RELEASES)
    value, whole = free / (free + other + mixed), len(rows)
    low, high = free / whole, (free + mixed + unread) / whole
    return Number.of(f"{_SHARE}.{id}", value, "share", said, _RELEASES, low, high)
