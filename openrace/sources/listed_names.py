"""What lists of models call a lab, and what a name in a list may look like.

Epoch and the Arena write a maker's name as they please: “Z.ai (Zhipu AI)”, “zai”, “Zhipu”. A name
is a lab's when it is, without spaces and signs, the lab's display name, one of its organisations
on the Hub, or one of the names below. Nothing is matched by parts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

from openrace.errors import Refusal

#: A name that may stand in a table: one line, beginning with a letter or a digit.
NAME = r"[^\W_][\w .:/()+,'&@#*~\[\]-]{0,119}"

#: More names of labs, as `key` writes them.
ALIASES: Mapping[str, str] = {
    "allenaiuw": "Ai2",
    "cerebrassystems": "Cerebras",
    "liquid": "Liquid AI",
    "metaai": "Meta",
    "microsoftai": "Microsoft",
    "microsoftresearch": "Microsoft",
    "mistral": "Mistral AI",
    "moonshot": "Moonshot AI",
    "reka": "Reka AI",
    "technologyinnovationinstitute": "TII",
    "tsinghua": "Tsinghua University",
    "upstageai": "Upstage",
    "zaizhipuai": "Z.ai",
    "zhipu": "Z.ai",
    "zhipuai": "Z.ai",
}


def key(name: str) -> str:
    """Return a name in lower case without spaces and signs."""
    return re.sub(r"[\W_]", "", name.lower())


def labs_of(names: pd.Series, labs: pd.DataFrame) -> pd.DataFrame:
    """Return lab and country of each maker's name; missing where no lab is called so.

    Args:
        names: as a list writes them.
        labs: table of that name.

    Returns:
        lab, country; with the index of the names.
    """
    home = labs.drop_duplicates("lab").set_index("lab")["country"]
    lab = {key(o): lab for o, lab in zip(labs["organisation"], labs["lab"], strict=True)}
    lab |= {key(name): name for name in home.index} | dict(ALIASES)
    found = names.map(key).map(lab)
    return pd.DataFrame({"lab": found, "country": found.map(home)})


def check_names(names: pd.Series, who: str, field: str) -> None:
    """Refuse a name that may not stand in a table.

    Raises:
        Refusal: a name is missing, too long, or holds signs that no name has.
    """
    wrong = names[~names.str.fullmatch(NAME, na=False)]
    if len(wrong):
        shown = repr(wrong.iloc[0])[:60]
        raise Refusal(f"{who}: field “{field}” holds {shown}, which is no name for a table.")


def check_same(rows: pd.DataFrame, keys: list[str], who: str) -> pd.DataFrame:
    """Return rows without their identical repetitions.

    Raises:
        Refusal: two rows of one key differ.
    """
    rows = rows.drop_duplicates()
    twice = rows[rows.duplicated(keys)]
    if len(twice):
        first = twice.iloc[0]
        values = ", ".join(str(first[k])[:60].removesuffix(" 00:00:00") for k in keys)
        raise Refusal(f"{who} has two different rows for {values}.")
    return rows
