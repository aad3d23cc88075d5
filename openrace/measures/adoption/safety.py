"""Published evaluations of safety: who ran them on what, and what they found.

A row is a finding. Tasks, attacks and models differ from row to row, so figures compare within a
row only, and nothing is added up or averaged.
"""

from __future__ import annotations

import pandas as pd

from openrace.numbers import NBSP, Number, written

COLUMNS = (
    *(
        "date",
        "evaluation",
        "evaluator",
        "evaluator_kind",
        "evaluator_country",
        "interest",
        "kind",
        "tested",
    ),
    *("tested_bloc", "compared", "compared_bloc", "measure", "value", "unit", "baseline", "said"),
    *("baseline_said", "level", "confidence", "note", "url"),
)

_TABLES = ("safety_evaluations",)
_ID = "adoption.safety"
_LIST = "in a hand-made list of published evaluations"


def safety(safety_evaluations: pd.DataFrame, countries: pd.DataFrame) -> pd.DataFrame:
    """Return the findings with their figures in words, the oldest first.

    Args:
        safety_evaluations: table of that name.
        countries: table of that name, which gives a country its bloc.

    Returns:
        date, evaluation, evaluator, evaluator_kind, interest, kind, tested, tested_bloc,
        compared, compared_bloc, measure, value, unit, baseline, said and baseline_said (the
        figures in words, empty where there is none), level, confidence, note, url.
    """
    bloc = countries.set_index("country")["bloc"]
    rows = safety_evaluations.assign(
        tested_bloc=safety_evaluations["tested_country"].map(bloc),
        compared_bloc=safety_evaluations["compared_country"].map(bloc),
        said=[_said(r.value, r.unit) for r in safety_evaluations.itertuples()],
        baseline_said=[_said(r.baseline, r.unit) for r in safety_evaluations.itertuples()],
    )
    ordered = rows.sort_values(["date", "evaluation", "measure"], ignore_index=True)
    return ordered[list(COLUMNS)]


def _said(value: float, unit: str) -> str:
    """Write a figure with its unit for people."""
    if pd.isna(value):
        return ""
    if unit == "share":
        return written(value, "share")
    if unit == "share cheaper":
        return f"US model {written(value, 'share')} less"
    words = {
        "times": f"{value:g}{NBSP}times as often",
        "months": f"about {value:g}{NBSP}months behind",
        "of seven": f"{value:g} of 7",
        "count": f"{value / 1e6:g}{NBSP}million",
    }
    return words[unit]


def numbers(safety_evaluations: pd.DataFrame) -> list[Number]:
    """Count evaluations and evaluators, and give the findings that are quoted most.

    Args:
        safety_evaluations: table of that name.
    """
    table = safety_evaluations
    rows = table[table["kind"] == "evaluation"]
    once = rows.drop_duplicates(["date", "evaluation"])
    government = once["evaluator_kind"] == "government"
    us = once["evaluator_country"] == "US"
    asked = (
        ("findings", len(table), "Findings and accusations " + _LIST + "."),
        ("evaluations", len(once), f"Evaluations {_LIST}; accusations are not counted."),
        ("evaluators", once["evaluator"].nunique(), f"Evaluators {_LIST}."),
        ("us_government", (government & us).sum(), f"Evaluations of a US agency {_LIST}."),
        ("us_evaluators", us.sum(), f"Evaluations by evaluators in the United States {_LIST}."),
        ("accusations", (table["kind"] == "accusation").sum(), f"Accusations by a party {_LIST}."),
        ("with_figures", rows["value"].notna().sum(), f"Findings with a figure {_LIST}."),
        (
            "backdoors_demonstrated",
            (once["backdoor"] == "shown").sum(),
            f"Evaluations {_LIST} that "
            "show a planted backdoor in published weights. Zero is not a proof that there is none: "
            "most did not look for one, and no known method can rule one out.",
        ),
        (
            "backdoors_looked_for",
            (once["backdoor"] != "not looked for").sum(),
            f"Evaluations {_LIST}"
            " that looked for hidden triggers or aims, by what was read of them.",
        ),
    )
    known = not table.empty
    return [
        *(_told(id, int(n) if known else None, "count", said) for id, n, said in asked),
        _independent(once, known),
        *_quoted(table),
        _told("first", table["date"].min(), "date", "First day of the list of evaluations."),
        _told("last", table["date"].max(), "date", "Last day of the list of evaluations."),
    ]


def _told(id: str, value: object, unit: str, said: str) -> Number:
    return Number.of(f"{_ID}.{id}", value, unit, said, _TABLES)


def _independent(once: pd.DataFrame, known: bool) -> Number:
    """Count evaluations without a known interest; the high bound adds all universities."""
    said = f"Evaluations {_LIST} whose evaluator has no known interest in the result: neither a "
    said += "government, nor a seller of security or of models, nor a tester for one. The high "
    said += "bound counts universities that test for a model’s maker too."
    if not known:
        return Number.of(f"{_ID}.independent", None, "count", said, _TABLES)
    least = int(once["interest"].isna().sum())
    most = int((once["interest"].isna() | (once["evaluator_kind"] == "university")).sum())
    return Number.of(f"{_ID}.independent", least, "count", said, _TABLES, least, most)


#: The findings that are quoted: id, first words of the measure, field, unit, what it is.
_QUOTES = (
    ("hijack_ratio", "Agents that follow", "value", "times",
     "How much likelier agents on the DeepSeek model R1-0528 were to follow a hijacker’s orders "
     "than on the US models compared, a ratio of averages, by CAISI, September 2025."),
    ("jailbreak.deepseek", "Malicious requests met", "value", "share",
     "Malicious requests that R1-0528 met under one jailbreak, by CAISI, September 2025."),
    ("jailbreak.us", "Malicious requests met", "baseline", "share",
     "Malicious requests that the US models compared met under the same jailbreak, by CAISI, "
     "September 2025."),
    ("us_cheaper", "Cost at similar", "value", "share",
     "How much less one US model cost than the best DeepSeek model at similar performance, "
     "by CAISI, September 2025."),
    ("v4_months_behind", "Capability, by", "value", "count",
     "Months by which CAISI puts DeepSeek V4 Pro behind the US frontier, May 2026."),
    ("v4_cheaper_on", "Benchmarks on", "value", "count",
     "Benchmarks of seven on which DeepSeek V4 Pro was cheaper than a US model of comparable "
     "performance, by CAISI, May 2026."),
    ("trigger.with", "Code with severe", "value", "share",
     "Code of R1 with severe flaws when told that it is for Tibet, by CrowdStrike, November 2025."),
    ("trigger.without", "Code with severe", "baseline", "share",
     "Code of R1 with severe flaws without such words, by CrowdStrike, November 2025."),
    ("closed.weakest", "Attacks over several", "value", "share",
     "Attacks over several turns that succeed on the weakest of 15 closed US models, by Cisco, "
     "May 2026."),
    ("closed.strongest", "Attacks over several", "baseline", "share",
     "Attacks over several turns that succeed on the strongest of 15 closed US models, by Cisco, "
     "May 2026."),
)  # fmt: skip


def _quoted(table: pd.DataFrame) -> list[Number]:
    """Return single findings as their evaluators published them."""
    found = []
    for id, words, field, unit, said in _QUOTES:
        match = table.loc[table["measure"].str.startswith(words), field]
        found.append(_told(id, match.iloc[0] if len(match) else None, unit, said))
    return found
