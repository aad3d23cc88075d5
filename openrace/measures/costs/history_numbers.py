"""The numbers on flagships' prices, and the table of their figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from openrace.measures.costs.convergence import LEAST, SIDES
from openrace.measures.costs.history import SAME
from openrace.measures.costs.price_lists import COMMITS
from openrace.numbers import Number

KINDS = ("announced", "commit", "catalogue")
_STEPS = ("list_prices", "official_prices", "flagships", "model_names", "price_hosts")


def numbers(steps: pd.DataFrame) -> list[Number]:
    """Return the numbers on flagships' prices; which there are depends on nothing.

    Args:
        steps: see `history.steps`.
    """
    return [*_flagships(steps), *_records(steps)]


def ends(steps: pd.DataFrame, since: pd.Timestamp | None = None) -> pd.DataFrame:
    """Return the first and the last price of each lab's flagship line.

    Args:
        steps: see `history.steps`.
        since: the first day to look at; every day when None.

    Returns:
        lab, bloc, first, last (US$ per million blended tokens), models, factor; by lab.
    """
    line = steps[steps["tier"] == "line"].sort_values(["lab", "from", "until"], kind="stable")
    if since is not None:
        line = line[line["until"] > since]
    table = line.groupby(["lab", "bloc"], as_index=False).agg(
        first=("price", "first"), last=("price", "last"), models=("model", "nunique")
    )
    return table.assign(factor=(table["last"] / table["first"]).astype(float))


def common_start(steps: pd.DataFrame) -> pd.Timestamp | None:
    """Return the first day on which each side has three labs with a price, if there is one."""
    line = steps[steps["tier"] == "line"]
    begun = []
    for bloc in SIDES.values():
        first = line[line["bloc"] == bloc].groupby("lab")["from"].min().sort_values()
        if len(first) < LEAST:
            return None
        begun.append(first.iloc[LEAST - 1])
    return max(begun)


def history_figure(steps: pd.DataFrame, lags: pd.DataFrame) -> pd.DataFrame:
    """Return what the figure draws, in one table.

    Returns:
        part (`step`: see `history.steps`; `lag`: a maker's day of a flagship's price, with the
        first day on which a list with commits shows it), and the columns of both: those of
        `history.steps`, joined (whether another list takes over within one price), seen, days.
    """
    columns = ["part", *steps.columns, "joined", "seen", "days"]
    if steps.empty:
        return pd.DataFrame(columns=columns)
    before = steps.groupby(["lab", "tier", "model"])["source"].shift()
    parts = [steps.assign(part="step", joined=before.notna() & (before != steps["source"]))]
    commits = lags[lags["source"].isin(COMMITS)].dropna(subset="seen")
    first = commits.sort_values("days", kind="stable").drop_duplicates(["date", "model"])
    told = steps[steps["source"] == "maker"].merge(
        first[["date", "model", "seen", "days"]],
        left_on=["from", "model"],
        right_on=["date", "model"],
    )
    parts.append(told.drop(columns="date").assign(part="lag", joined=False))
    table = pd.concat([rows for rows in parts if len(rows)], ignore_index=True)
    return table.reindex(columns=columns)


def _flagships(steps: pd.DataFrame) -> Iterator[Number]:
    """Tell whose flagship has become cheaper or dearer."""
    seen = steps["until"].max()
    for name, value, unit, text in (
        ("labs", steps["lab"].nunique() or None, "count", "Labs whose flagship has a list price."),
        ("flagships", steps["model"].nunique() or None, "models", "Flagships with a list price."),
        ("last_day", seen, "date", "Last day of any price of the history."),
    ):
        yield Number.of(f"costs.history.{name}", value, unit, text, _STEPS)
    table, day = ends(steps), common_start(steps)
    yield Number.of(
        "costs.history.since.day",
        day,
        "date",
        f"First day on which at least {LEAST} labs of each side have a flagship with a list price.",
        _STEPS,
    )
    later = ends(steps, day) if day is not None else table.iloc[:0]
    for infix, rows in (("", table), ("since.", later)):
        words = "its first price in the history" if not infix else "that day, or its first price"
        yield from _moved(rows, infix, words)
    for id, lab in (("openai", "OpenAI"), ("deepseek", "DeepSeek")):
        row = table[table["lab"] == lab]
        for name in ("first", "last"):
            yield Number.of(
                f"costs.history.{name}_price.{id}",
                row[name].iloc[0] if len(row) else None,
                "US$",
                f"The {name} list price of {lab}’s flagship in the history, US$ per million "
                "blended tokens.",
                _STEPS,
            )


def _moved(table: pd.DataFrame, infix: str, start: str) -> Iterator[Number]:
    """Tell how many labs of each side ask less, and how many ask more."""
    for side, bloc in SIDES.items():
        rows = table[(table["bloc"] == bloc) & (table["models"] > 1)]
        for name, of in (
            ("labs", rows["factor"].notna()),
            ("cheaper", rows["factor"] < 1 - SAME),
            ("dearer", rows["factor"] > 1 + SAME),
        ):
            yield Number.of(
                f"costs.history.{infix}{name}.{side}",
                of.sum() if len(table) else None,
                "count",
                f"Labs of the side with at least two flagships: {name}, by more than two per cent "
                f"from {start} to the last where it is a change, three input tokens to one output "
                "unless another blend is asked for.",
                _STEPS,
            )


def _records(steps: pd.DataFrame) -> Iterator[Number]:
    """Tell what the days of the flagships' prices are, and for how long none is known."""
    prices = steps[steps["shown"].astype(bool)]
    prices = prices.drop_duplicates(["lab", "model", "input", "output"])
    kinds: Mapping[str, int] = prices["date_kind"].value_counts().to_dict()
    for kind in KINDS:
        yield Number.of(
            f"costs.history.records.{kind}",
            kinds.get(kind, 0) if len(prices) else None,
            "count",
            "Prices of flagships of which the day is "
            + {
                "announced": "the maker’s own.",
                "commit": "that of a commit to a price list.",
                "catalogue": "only that of a catalogue in which it stands.",
            }[kind],
            _STEPS,
        )
    days = (steps["until"] - steps["from"]).dt.days if len(steps) else pd.Series(dtype=float)
    hidden = days[~steps["shown"].astype(bool)]
    yield Number.of(
        "costs.history.not_shown",
        hidden.sum() / days.sum() if days.sum() else None,
        "share",
        "Share of the flagships’ days on which no list that was being kept showed the price: it "
        "was carried back from the first list that did, or on from one that had ended.",
        _STEPS,
    )
