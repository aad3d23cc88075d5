"""The report's own test: 80 to 90 % cheaper and 80 to 90 % as good, pair by pair.

Only on scales that count from nought, where “80 % as good” means something: a share of tasks
solved, or a mean of such shares; not on Elo or the capability index. Cheaper is by the cost of a
task attempted, because quality is the other scale already. Strict: within 80 to 90 % on both.
Weak: at least 80 % on both.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from openrace.measures.costs import task_pairs
from openrace.measures.costs.tasks import BENCHMARKS, GROUPS, NAMES, PERIOD
from openrace.numbers import Number

#: How many days the best closed US run may be older than the Chinese one; none is younger.
BEST_BEFORE = 183

REFERENCES = {"best": "the best closed US run", "all": "each closed US run"}

_CHOICE = ["benchmark", "group", "reference", "basis"]
_FOUND = ["pairs", "strict", "at_least", "median_cheaper", "median_quality"]
_TABLES = {
    "aider": ("aider_runs", "task_models", "list_prices", "official_prices"),
    "livebench": ("task_pairs",),
    "aa": ("task_pairs",),
}
_FIGURE = ["part", "benchmark", "name", "quality", "cheaper", "pairs", "share", "strict"]
_FIGURE += ["at_least", "run", "lab", "date", "other", "other_date"]


def aider_pairs(aider: pd.DataFrame, reference: str = "all") -> pd.DataFrame:
    """Return pairs of runs of Aider.

    Args:
        aider: see `tasks.aider`.
        reference: `all`: each closed US run of the quarter of a year before or after; `best`: the
            best one of the half-year before.

    Returns:
        See `task_pairs.pairs`.
    """
    runs = task_pairs.comparable(aider)
    if reference == "best":
        return task_pairs.best(task_pairs.pairs(runs, BEST_BEFORE)).reset_index(drop=True)
    return task_pairs.pairs(runs, PERIOD, PERIOD)


def shares(aider: pd.DataFrame, shares_elsewhere: pd.DataFrame) -> pd.DataFrame:
    """Return how often the test holds, by benchmark and by each choice of the pairs.

    Args:
        aider: see `tasks.aider`.
        shares_elsewhere: table `task_pairs`; the latest copy of each benchmark counts.

    Returns:
        benchmark, group, reference (best or all), basis (what is cheaper: a task attempted, one
        solved, or the list price), pairs, strict and at_least (shares of the pairs),
        median_cheaper, median_quality; only choices with a pair.
    """
    rows = [
        {"benchmark": "aider", "group": group, "reference": reference, "basis": basis}
        | task_pairs.shares(of, basis)
        for reference in REFERENCES
        for group in GROUPS
        for of in [_group(aider_pairs(aider, reference), group)]
        for basis in task_pairs.BASES
    ]
    last = shares_elsewhere.groupby("benchmark")["date"].transform("max")
    stored = shares_elsewhere[shares_elsewhere["date"] == last]
    parts = [pd.DataFrame(rows, columns=[*_CHOICE, *_FOUND]), stored[[*_CHOICE, *_FOUND]]]
    table = pd.concat([p for p in parts if len(p)], ignore_index=True)
    return table[table["pairs"] > 0].reset_index(drop=True)


def _group(pairs: pd.DataFrame, group: str) -> pd.DataFrame:
    return pairs[pairs["lab_cn"] != task_pairs.DEEPSEEK] if group == GROUPS[1] else pairs


def eighty_ninety(aider: pd.DataFrame, counts_elsewhere: pd.DataFrame) -> pd.DataFrame:
    """Return what the figure draws: pairs counted by tenths, and Aider's runs against the best.

    Args:
        aider: see `tasks.aider`.
        counts_elsewhere: table `task_pair_counts`; the latest copy of each benchmark counts.

    Returns:
        part (`tenths`: a tenth of both scales; `run`: an open Chinese run of Aider), benchmark,
        name (of the benchmark), quality and cheaper (shares; of a tenth its lower bounds, as in
        `task_pairs.bins`), pairs and share (of the benchmark's pairs), strict and at_least (of a
        run: whether the test holds), run, lab, date, other (the best closed US run), other_date.
    """
    last = counts_elsewhere.groupby("benchmark")["date"].transform("max")
    stored = counts_elsewhere[counts_elsewhere["date"] == last].drop(columns="date")
    own = task_pairs.bins(aider_pairs(aider)).assign(benchmark="aider")
    tenths = pd.concat([p for p in (own, stored) if len(p)] or [own], ignore_index=True)
    total = tenths.groupby("benchmark")["pairs"].transform("sum")
    tenths = tenths.assign(part="tenths", share=tenths["pairs"] / total)
    parts = [p for p in (tenths, _runs(aider_pairs(aider, "best"))) if len(p)]
    table = pd.concat(parts or [tenths], ignore_index=True)
    table = table.assign(name=table["benchmark"].map(NAMES)).reindex(columns=_FIGURE)
    days = {day: pd.to_datetime(table[day]) for day in ("date", "other_date")}
    return table.assign(**days)


def _runs(best: pd.DataFrame) -> pd.DataFrame:
    """Return Aider's open Chinese runs against the best closed US run before them."""
    named = {"name_cn": "run", "lab_cn": "lab", "date_cn": "date", "name_us": "other"}
    named |= {"date_us": "other_date", "cheaper_attempted": "cheaper"}
    rows = best.rename(columns=named)
    strict, least = task_pairs.verdict(rows["quality"], rows["cheaper"])
    return rows.assign(part="run", benchmark="aider", strict=strict, at_least=least)[
        ["part", "benchmark", "quality", "cheaper", "strict", "at_least", *named.values()][:-1]
    ]


def numbers(shares: pd.DataFrame) -> list[Number]:
    """Return how often the test holds, with its range over the choices, and the medians.

    Args:
        shares: see `shares`.
    """
    return [
        *_headline(shares),
        *(n for benchmark in BENCHMARKS for n in _benchmark(shares, benchmark)),
    ]


_KINDS = {
    "strict": ("share", "Share of pairs 80 to 90 % cheaper and 80 to 90 % as good"),
    "at_least": ("share", "Share of pairs at least 80 % cheaper and at least 80 % as good"),
    "median_cheaper": ("share", "Median over pairs of one less the ratio of costs"),
    "median_quality": ("share", "Median over pairs of the Chinese score over the US one"),
}
_PAIRS = "open Chinese runs against {}, by the cost of a task attempted"


def _range(rows: pd.DataFrame, kind: str) -> tuple[float | None, float | None]:
    return (rows[kind].min(), rows[kind].max()) if len(rows) else (None, None)


def _value(rows: pd.DataFrame, reference: str, kind: str) -> float | None:
    found = rows[(rows["reference"] == reference) & (rows["basis"] == "attempted")][kind]
    return found.iloc[0] if len(found) else None


def _headline(shares: pd.DataFrame) -> Iterator[Number]:
    """Yield Aider's shares, with their range over benchmarks, references and what is cheaper."""
    tables = (*_TABLES["aider"], "task_pairs")
    over = "; range: over three benchmarks, the best or each US run, and a task attempted, a task "
    over += "solved or the list price."
    for group in GROUPS:
        of, less = shares[shares["group"] == group], "" if group == "all" else ", without DeepSeek"
        aider = of[of["benchmark"] == "aider"]
        for kind, (unit, words) in _KINDS.items():
            said = f"{words}, in Aider: {_PAIRS.format('the best closed US run before them')}{less}"
            id = f"costs.eighty_ninety.{kind}" + ("" if group == "all" else f".{group}")
            value = _value(aider, "best", kind)
            yield Number.of(id, value, unit, said + over, tables, *_range(of, kind))


def _benchmark(shares: pd.DataFrame, benchmark: str) -> Iterator[Number]:
    """Yield one benchmark's shares against the best and each US run, and the counts of pairs."""
    over = "; range: over the best or each US run, and a task attempted, a task solved or the list "
    over += "price."
    tables = _TABLES[benchmark]
    for group in GROUPS:
        rows = shares[(shares["benchmark"] == benchmark) & (shares["group"] == group)]
        end, less = ("", "") if group == "all" else (f".{group}", ", without DeepSeek")
        for reference, against in REFERENCES.items():
            place = f"in {NAMES[benchmark]}: {_PAIRS.format(against)}{less}"
            variant = f"{benchmark}{end}" if reference == "best" else f"{benchmark}.each{end}"
            for kind, (unit, words) in _KINDS.items():
                id, value = f"costs.eighty_ninety.{kind}.{variant}", _value(rows, reference, kind)
                said = f"{words}, {place}{over}"
                yield Number.of(id, value, unit, said, tables, *_range(rows, kind))
            id, said = f"costs.eighty_ninety.pairs.{variant}", f"Number of pairs {place}."
            yield Number.of(id, _value(rows, reference, "pairs"), "count", said, tables)
