"""The Arena's own leaderboard file: each day's gap of open Chinese behind closed US models.

The file holds every day that the board was published, without control for style. Its maker's name
and licence of a model decide on home and access, with the exceptions below. Only gaps within one
day are kept.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from openrace.errors import Refusal
from openrace.sources import asking, parquet
from openrace.sources.listed_names import check_names, check_same, key, labs_of
from openrace.sources.source import Found, Source, Visit

DATASET = "lmarena-ai/leaderboard-dataset"
FILE = "text/full-00000-of-00001.parquet"
BOARD = "arena_hub"
#: What the board over all kinds of prompts is called; the first that is there.
CATEGORIES = ("overall", "full")
#: Fewer models than this on the newest day are no board: the first ever had 13.
LEAST_MODELS = 10
#: Among so many from the top, models of unknown home or access are counted.
TOP = 15

#: Makers that the table of labs lacks, as `key` writes them, and their home.
MORE_MAKERS: Mapping[str, str] = {
    "databricks": "US",
    "inflectionai": "US",
    "lmsys": "US",
    "mosaicml": "US",
    "princeton": "US",
    "stanford": "US",
    "ucberkeley": "US",
    "uw": "US",
}
#: Licences that say closed, and those that say nothing; any other lets weights be downloaded.
CLOSED = ("proprietary", "propretary")
SILENT = ("", "-", "n/a", "none", "unknown", "null")
#: Weights that were not published, or were, whatever the board says of the licence.
CLOSED_NAMES = r"qwen[\d.]*-max.*"
OPEN_NAMES = r"deepseek-v2-api-0628|deepseek-coder-v2-0724"

_COLUMNS = {
    "leaderboard_publish_date": "day",
    "model_name": "text",
    "organization": "text",
    "license": "text",
    "rating": "number",
    "rating_lower": "number",
    "rating_upper": "number",
    "category": "text",
}
_OTHERS = ("variance", "vote_count", "rank")
_GAPS = ["observed", "date", "board", "gap", "low", "high"]
_GAPS += ["open_cn", "closed_us", "unknown", "listed"]
_WHO = "The Arena's leaderboard"


def leaderboard(body: bytes) -> pd.DataFrame:
    """Return the rows of the board over all prompts.

    Args:
        body: the file, parquet.

    Returns:
        date, model, maker, licence (in lower case), rating, lower, upper (Elo points; the last
        two may be missing); `attrs["others"]` names the file's other columns.

    Raises:
        Refusal: a column is missing or of another type, a value is none, a model is twice and
            different on one day, there is no such board, or too little of it.
    """
    read = parquet.read(body, _COLUMNS, _WHO, ("category", CATEGORIES))
    kinds = [c for c in CATEGORIES if (read["category"] == c).any()]
    if not kinds:
        raise Refusal(f"{_WHO} has no rows of the category {' or '.join(CATEGORIES)}.")
    rows = read[read["category"] == kinds[0]].drop(columns="category")
    rows.columns = pd.Index(["date", "model", "maker", "licence", "rating", "lower", "upper"])
    check_names(rows["model"], _WHO, "model_name")
    rows = check_same(rows, ["date", "model"], _WHO)
    _check_ratings(rows)
    newest = int((rows["date"] == rows["date"].max()).sum())
    if newest < LEAST_MODELS:
        raise Refusal(f"{_WHO} lists {newest} models on its newest day, too few to be a board.")
    rows["licence"] = rows["licence"].fillna("").str.strip().str.lower()
    return rows.assign(maker=rows["maker"].fillna(""))


def _check_ratings(rows: pd.DataFrame) -> None:
    """Refuse a rating, or an end of its interval, that is none."""
    fits = {
        "rating": rows["rating"].between(1, 10_000),
        "rating_lower": rows["lower"].isna() | rows["lower"].between(-10_000, rows["rating"]),
        "rating_upper": rows["upper"].isna() | rows["upper"].between(rows["rating"], 20_000),
    }
    for field, good in fits.items():
        if not good.all():
            wrong = rows[~good].iloc[0]
            value = wrong[field.removeprefix("rating_")]
            raise Refusal(
                f"{_WHO}: {field} of {wrong['model']} on {wrong['date']:%Y-%m-%d} is {value}."
            )


def sides(rows: pd.DataFrame, labs: pd.DataFrame) -> pd.DataFrame:
    """Add home (a country or unknown) and access (open, closed, unknown) to models of the board.

    Args:
        rows: what `leaderboard` returns.
        labs: table of that name.
    """
    more = rows["maker"].map(key).map(dict(MORE_MAKERS))
    home = labs_of(rows["maker"], labs)["country"].fillna(more).fillna("unknown")
    is_closed = rows["licence"].isin(CLOSED)
    access = pd.Series(np.where(is_closed, "closed", "open"), rows.index)
    access = access.mask(rows["licence"].isin(SILENT), "unknown")
    name = rows["model"].str.lower()
    access = access.mask(name.str.fullmatch(CLOSED_NAMES), "closed")
    return rows.assign(home=home, access=access.mask(name.str.fullmatch(OPEN_NAMES), "open"))


def gaps(rows: pd.DataFrame, observed: pd.Timestamp) -> pd.DataFrame:
    """Return a row for every day that lists an open Chinese and a closed US model.

    Args:
        rows: what `sides` returns.
        observed: the day on which they were read.

    Returns:
        The columns of the table `arena_gaps`; low and high take the published intervals of the
        two ratings as independent.
    """
    ranked = rows.sort_values(["date", "rating", "model"], ascending=[True, False, True])
    best = {
        side: ranked[(ranked["home"] == home) & (ranked["access"] == access)]
        .drop_duplicates("date")
        .set_index("date")
        for side, home, access in (("cn", "CN", "open"), ("us", "US", "closed"))
    }
    pairs = best["cn"].merge(best["us"], on="date", suffixes=("_cn", "_us"))
    gap = pairs["rating_cn"] - pairs["rating_us"]
    below, above = _arms(pairs, "lower"), _arms(pairs, "upper")
    top = ranked.groupby("date").head(TOP)
    unknown = ((top["home"] == "unknown") | (top["access"] == "unknown")).groupby(top["date"]).sum()
    table = pd.DataFrame(
        {
            "observed": observed,
            "board": BOARD,
            "gap": gap.round(1),
            "low": (gap - np.hypot(below["cn"], above["us"])).round(1),
            "high": (gap + np.hypot(above["cn"], below["us"])).round(1),
            "open_cn": pairs["model_cn"],
            "closed_us": pairs["model_us"],
            "unknown": unknown,
            "listed": ranked.groupby("date").size(),
        },
        index=pairs.index,
    )
    return table.reset_index()[_GAPS]


def _arms(pairs: pd.DataFrame, end: str) -> dict[str, pd.Series]:
    """Return how far an end of the interval lies from the rating, on each side."""
    return {side: (pairs[f"{end}_{side}"] - pairs[f"rating_{side}"]).abs() for side in ("cn", "us")}


def _notes(others: list[str], rows: pd.DataFrame, made: pd.DataFrame) -> list[str]:
    notes = [f"The Arena has a new field “{name}”." for name in others if name not in _OTHERS]
    newest = rows[rows["date"] == rows["date"].max()]
    unplaced = sorted(set(newest.loc[newest["home"] == "unknown", "maker"]))
    if unplaced:
        notes.append(
            f"{len(unplaced)} makers on the Arena's newest day have no known home: "
            f"{', '.join(repr(maker[:40]) for maker in unplaced[:5])}."
        )
    without = rows["date"].nunique() - len(made)
    if without:
        notes.append(
            f"{without} days of the Arena list no open Chinese or no closed US model: left out."
        )
    return notes


def _ask(visit: Visit) -> Found:
    read = leaderboard(asking.hub_file(visit, DATASET, FILE))
    visit.told(FILE)
    rows = sides(read[read["date"] <= pd.Timestamp(visit.until)], visit.table("labs"))
    made = gaps(rows, pd.Timestamp(visit.day).as_unit("us"))
    notes = _notes(read.attrs.get("others", []), rows, made)
    return Found({"arena_gaps": made}, len(read), notes=notes)


SOURCE = Source(
    name="arena",
    title="Arena, leaderboard dataset on the Hugging Face Hub",
    variable="HF_ENDPOINT",
    address="https://huggingface.co",
    ask=_ask,
    has_past=True,
    deadline=600.0,
)
