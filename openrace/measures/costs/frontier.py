"""Price against score: which models nobody of their side beats on both, in each price list.

A model is on its side's frontier when no other of the side is at least as good for at most its
price. Scores carry errors, so membership is drawn again and again with noise on every score (a
parametric bootstrap: Efron and Tibshirani 1993, chapter 6); prices are taken as listed.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from openrace.measures.costs.crosswalk import LISTS, TABLES, Histories, dated, last_day, offers
from openrace.measures.costs.matched import CN_OPEN, US_CLOSED, US_OPEN, priced
from openrace.numbers import Number

DRAWS = 2000
SEED = 20260430

#: In how many of the draws a member has to stay on its frontier to be called stable.
STABLE = 0.9

_POINT = ["source", "day", "side", "bloc", "access", "model", "lab", "score", "price", "host"]
_POINT += ["member", "stays", "joint"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def on_frontier(scores: Floats, prices: Floats) -> Flags:
    """Return which models no other beats: none at least as good for at most the price.

    Of models equal in both, each counts.

    Args:
        scores: models along the last axis; further axes are draws.
        prices: one per model.
    """
    ahead = scores[..., None, :] >= scores[..., :, None]
    cheap = prices[None, :] <= prices[:, None]
    same = (scores[..., None, :] == scores[..., :, None]) & (prices[None, :] == prices[:, None])
    return ~(ahead & cheap & ~same).any(axis=-1)


def stays(scores: Floats, prices: Floats, score_noise: float = 1.0, draws: int = DRAWS) -> Floats:
    """Return the share of draws in which each model is on the frontier.

    Args:
        scores: one per model, in index points.
        prices: one per model.
        score_noise: standard deviation of a score's error, in index points.
        draws: how often to draw all scores.
    """
    noise = np.random.default_rng(SEED).normal(size=(draws, len(scores)))
    return np.asarray(on_frontier(scores + score_noise * noise, prices).mean(axis=0))


def unbeaten_draws(
    table: pd.DataFrame, score_noise: float = 1.0, draws: int = DRAWS
) -> float | None:
    """Return in which share of draws at least one open Chinese model is on the joint frontier.

    Args:
        table: one price list of `frontier_figure`.
        score_noise: standard deviation of a score's error, in index points.
        draws: how often to draw all scores.
    """
    cn = (table["side"] == CN_OPEN).to_numpy(bool)
    if not cn.any():
        return None
    scores, prices = (table[c].to_numpy(float) for c in ("score", "price"))
    noise = np.random.default_rng(SEED).normal(size=(draws, len(scores)))
    held = on_frontier(scores + score_noise * noise, prices)
    return float(held[:, cn].any(axis=1).mean())


def frontier_figure(
    histories: Histories,
    models: pd.DataFrame,
    copy: pd.Timestamp,
    blend: float = 3.0,
    score_noise: float = 1.0,
    seller: str = "maker",
) -> pd.DataFrame:
    """Return what the figure draws: each priced model in each price list, and who is on a frontier.

    Args:
        histories: see `crosswalk.histories`.
        models: one copy of the index; see `capability.models`.
        copy: the day of that copy; each list is read on its last day not after it.
        blend: input tokens per output token.
        score_noise: standard deviation of a score's error, in index points.
        seller: see `matched.priced`.

    Returns:
        source, day, side, bloc, access, model, lab, score, price (US$ per million blended
        tokens), host (the seller of an open US model), member (of its side's frontier), stays
        (share of draws in which it is one), joint (on the frontier of all sides together); by
        source, side, score.
    """
    parts = [
        _in_list(name, histories[name], models, copy, blend, score_noise, seller) for name in LISTS
    ]
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=_POINT)
    return pd.concat(filled, ignore_index=True)[_POINT]


def _in_list(
    name: str,
    history: pd.DataFrame,
    models: pd.DataFrame,
    copy: pd.Timestamp,
    blend: float,
    score_noise: float,
    seller: str,
) -> pd.DataFrame:
    """Return the points of one price list on its last day."""
    day = last_day(history, copy)
    table = priced(offers(history, models, day, blend), seller)
    scores, prices = (table[c].to_numpy(float) for c in ("score", "price"))
    table = table.assign(source=name, day=day, joint=on_frontier(scores, prices))
    table["host"] = table["host"].where((table["side"] == US_OPEN) | (seller == "host"))
    parts = [_marked(rows, score_noise) for _, rows in table.groupby("side", sort=True)]
    return pd.concat(parts, ignore_index=True) if parts else table


def _marked(rows: pd.DataFrame, score_noise: float) -> pd.DataFrame:
    """Add membership of one side, and in how many draws it stays."""
    scores, prices = (rows[c].to_numpy(float) for c in ("score", "price"))
    return rows.assign(member=on_frontier(scores, prices), stays=stays(scores, prices, score_noise))


def numbers(
    histories: Histories,
    models: pd.DataFrame,
    copy: pd.Timestamp,
    earlier: pd.DataFrame,
    blend: float = 3.0,
    score_noise: float = 1.0,
) -> list[Number]:
    """Return how many models are on each frontier in each list, and how far that can be trusted.

    Args:
        histories: see `crosswalk.histories`.
        models: one copy of the index; see `capability.models`.
        copy: the day of that copy.
        earlier: the copy before it, for the same prices with other scores.
        blend: input tokens per output token.
        score_noise: standard deviation of a score's error, in index points.
    """
    table = frontier_figure(histories, models, copy, blend, score_noise)
    low = frontier_figure(histories, models, copy, blend, score_noise, "host")
    old = frontier_figure(histories, earlier, copy, blend, score_noise)
    found = [
        *(n for name in LISTS for n in _of_list(name, table, low, old, score_noise)),
        *_trust(table, low, score_noise),
    ]
    return dated(found, copy)


def _of_list(
    name: str,
    table: pd.DataFrame,
    at_hosts: pd.DataFrame,
    old: pd.DataFrame,
    score_noise: float,
) -> list[Number]:
    """Return the members of each frontier in one list, and the Chinese ones on the joint one."""
    rows, hosts, before = (t[t["source"] == name] for t in (table, at_hosts, old))
    where = f"in the price list {name}, makers’ own prices"
    said = "{} models that no other of their side beats on price and score, " + where + "."
    both = "Open Chinese models that no model of the three sides beats on price and score, {}."
    drawn = f"Share of draws with an error of {score_noise:g} points on every score"
    asked: list[tuple[str, object, str, str]] = [
        ("cn_models", _count(rows, CN_OPEN, "member"), "models", said.format("Open Chinese")),
        ("us_models", _count(rows, US_CLOSED, "member"), "models", said.format("Closed US")),
        (
            "us_open_models",
            _count(rows, US_OPEN, "member"),
            "models",
            said.format("Open US") + " At the cheapest seller’s price.",
        ),
        ("cn_priced", _count(rows, CN_OPEN), "models", f"Open Chinese models {where}."),
        ("joint_cn", _count(rows, CN_OPEN, "joint"), "models", both.format(where)),
        (
            "joint_cn.host",
            _count(hosts, CN_OPEN, "joint"),
            "models",
            both.format(f"in the price list {name}, cheapest sellers’ prices"),
        ),
        (
            "joint_cn.other_copy",
            _count(before, CN_OPEN, "joint"),
            "models",
            both.format(f"{where}, with the scores of the copy before"),
        ),
        (
            "joint_cn.draws",
            unbeaten_draws(rows, score_noise),
            "share",
            f"{drawn} in which some open Chinese model is unbeaten by all sides, {where}.",
        ),
        (
            "as_of",
            rows["day"].max() if len(rows) else None,
            "date",
            f"Day on which {name} is read.",
        ),
    ]
    base = name.replace(".", "_")
    return [_number(f"{base}.{id}", value, unit, words) for id, value, unit, words in asked]


def _count(rows: pd.DataFrame, side: str, flag: str | None = None) -> int | None:
    """Count the models of a side in a list, or those with a mark; nothing in an empty list."""
    here = rows["side"].eq(side)
    counted = here if flag is None else here & rows[flag].eq(True)
    return int(counted.sum()) if len(rows) else None


def _trust(table: pd.DataFrame, at_hosts: pd.DataFrame, score_noise: float) -> list[Number]:
    """Return the share of members that stay under noise, and the share that lists agree on."""
    noise = f"with an error of {score_noise:g} index points (standard deviation) on every score"
    shares = [_stable(t, table["source"].unique()) for t in (table, at_hosts)]
    words = (
        "Of the members of the frontiers of open Chinese and closed US models, the share that "
        f"stay in {STABLE:.0%} of draws, {noise}; all lists together, the range is over lists, "
        "and over makers' or cheapest prices."
    )
    value, low, high = shares[0][0], *_ends([*shares[0], *shares[1]])
    pairs = {"": list(LISTS), ".two_lists": list(LISTS[:2])}
    said = (
        "Of the members of those frontiers in any of the lists {}, the share that are members "
        "in all of them; the range is over makers' or cheapest prices."
    )
    agreed = []
    for variant, names in pairs.items():
        found = [_agreement(t, names) for t in (table, at_hosts)]
        agreed.append(
            _number(
                f"agree{variant}",
                found[0],
                "share",
                said.format(" and ".join(names) if len(names) == 2 else ", ".join(names)),
                *_ends(found),
            )
        )
    return [_number("stable", value, "share", words, low, high), *agreed]


def _stable(table: pd.DataFrame, names: npt.NDArray[np.object_]) -> list[float | None]:
    """Return the stable share in all lists together, then in each."""
    rows = table[table["member"].eq(True) & table["side"].isin([CN_OPEN, US_CLOSED])]
    found = [rows, *(rows[rows["source"] == name] for name in names)]
    return [float((t["stays"] >= STABLE).mean()) if len(t) else None for t in found]


def _agreement(table: pd.DataFrame, names: list[str]) -> float | None:
    rows = table[table["member"].eq(True) & table["side"].isin([CN_OPEN, US_CLOSED])]
    rows = rows[rows["source"].isin(names)]
    if rows["source"].nunique() < len(names):
        return None
    return float((rows.groupby("model")["source"].nunique() == len(names)).mean())


def _ends(values: list[float | None]) -> tuple[float | None, float | None]:
    known = [v for v in values if v is not None]
    return (min(known), max(known)) if known else (None, None)


def _number(
    id: str, value: object, unit: str, words: str, low: object = None, high: object = None
) -> Number:
    return Number.of(f"costs.frontier.{id}", value, unit, words, TABLES, low, high)
