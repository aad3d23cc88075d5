"""The ratio at equal score month by month, in each price list, and by another index's months.

Each month end takes the models released by then at the prices that stood then. It ends with the
last open Chinese model that the index scores: after it one side would only grow older.
"""

from __future__ import annotations

import pandas as pd

from openrace.measures.costs.crosswalk import ALL, LEAST_SCORE, LISTS, Histories, offers
from openrace.measures.costs.matched import CALIPER, CN_OPEN, priced, ratios

#: Fewer Chinese models than this are no median.
LEAST_MODELS = 3

_SERIES = ["source", "date", "models", "ratio", "cheapest_ratio", "ratio_without_deepseek"]


def last_open_score(models: pd.DataFrame, copy: pd.Timestamp) -> pd.Timestamp:
    """Return the release of the last open Chinese model that a copy of the index scores."""
    cn = (models["bloc"] == "China") & (models["access"] == "open") & models["score"].notna()
    days = models.loc[cn, "released"]
    return days[days <= copy].max()


def series(
    histories: Histories,
    models: pd.DataFrame,
    copy: pd.Timestamp,
    blend: float = 3.0,
    caliper: float = CALIPER,
) -> pd.DataFrame:
    """Return the median of the matched ratios by date and price list, makers' own prices.

    Args:
        histories: see `crosswalk.histories`.
        models: one copy of the index; see `capability.models`. Its scores stand for all dates.
        copy: the day of that copy.
        blend: input tokens per output token.
        caliper: how many index points a match may differ.

    Returns:
        source (`all` or a list), date, models (open Chinese ones with a match), ratio, its value
        without DeepSeek, cheapest_ratio (median price of the cheapest closed US model of at least
        the score over the Chinese one). Month ends between a list's first and last day, the list
        of catalogues on its own days; only with `LEAST_MODELS` or more.
    """
    start, end = _first_median(models), last_open_score(models, copy)
    found = []
    for source in (ALL, *LISTS):
        history = histories[source]
        for day in _days(source, history, end):
            if not day < start:  # nothing is before a day that is not known
                found.append((source, day, *_medians(history, models, day, blend, caliper)))
    table = pd.DataFrame(found, columns=_SERIES)
    return table[table["models"] >= LEAST_MODELS].reset_index(drop=True)


def _first_median(models: pd.DataFrame) -> pd.Timestamp:
    """Return the first day on which enough open Chinese models are out; earlier ones cost time."""
    cn = (models["bloc"] == "China") & (models["access"] == "open")
    out = models.loc[cn & (models["score"] >= LEAST_SCORE), "released"]
    days = out.sort_values(na_position="first")
    return days.iloc[LEAST_MODELS - 1] if len(days) >= LEAST_MODELS else pd.Timestamp.max


def _days(source: str, history: pd.DataFrame, end: pd.Timestamp) -> list[pd.Timestamp]:
    """Return the days on which a history is read, up to the end of scores."""
    known = history["date"]
    if known.empty or pd.isna(end):
        return []
    if source == "litellm":
        return sorted(known[known <= end].unique())
    last = min(end, known.max())
    days = list(pd.date_range(known.min(), last, freq="ME"))
    return [*days, last] if not days or days[-1] < last else days


def _medians(
    history: pd.DataFrame, models: pd.DataFrame, day: pd.Timestamp, blend: float, caliper: float
) -> tuple[int, float, float, float]:
    """Return count, median ratio, that of the cheapest, and the first without DeepSeek."""
    table = ratios(priced(offers(history, models, day, blend)), caliper)
    others = table[table["lab"] != "DeepSeek"]
    rest = others["ratio"].median() if others["ratio"].count() >= LEAST_MODELS else float("nan")
    count = int(table["ratio"].count())
    return count, table["ratio"].median(), table["cheapest_ratio"].median(), rest


def without_deepseek(priced: pd.DataFrame) -> pd.DataFrame:
    """Leave DeepSeek's open models out of what `matched.priced` returns."""
    return priced[(priced["lab"] != "DeepSeek") | (priced["side"] != CN_OPEN)]
