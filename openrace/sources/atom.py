"""The list of mainline open models that the ATOM Project tracks, and where it places their makers.

Two files on GitHub, under the Apache License. The table keeps the day on which a model was first
seen in the list; one that leaves the list stays in the table. ATOM's regions are read to be
compared with the table of labs, which is kept by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from openrace.errors import Refusal
from openrace.sources import asking
from openrace.sources.listed_names import check_same
from openrace.sources.source import Found, Source, Visit

MODELS = ("org", "model", "modelId")
REGIONS = ("hf_org", "region", "notes")
#: Fewer models than this are no list: it had 1,772 in August 2026.
LEAST_MODELS = 500
#: The bloc of the table of countries that each of ATOM's regions stands for.
BLOCS = {
    "china": "China",
    "us": "United States",
    "eu": "Europe",
    "other": "Other",
    "unknown": "Unknown",
}
_ID = r"[A-Za-z0-9_][A-Za-z0-9._-]*/[A-Za-z0-9._-]+"
_ORGANISATION = r"[A-Za-z0-9_][A-Za-z0-9._-]*"


def model_ids(models: pd.DataFrame) -> list[str]:
    """Return the models of the list, once each, in order of their names.

    Args:
        models: org, model, modelId, as text.

    Raises:
        Refusal: an id is none of the Hub, differs from its parts, or the list is too short.
    """
    joined = models["org"] + "/" + models["model"]
    wrong = models[~models["modelId"].str.fullmatch(_ID, na=False) | (models["modelId"] != joined)]
    if len(wrong):
        shown = str(wrong["modelId"].iloc[0])[:60]
        raise Refusal(
            f"ATOM's models.csv: modelId “{shown}” in row {wrong.index[0] + 2} is no "
            "organisation/name of its columns org and model."
        )
    found = sorted(set(models["modelId"]))
    if len(found) < LEAST_MODELS:
        raise Refusal(f"ATOM's models.csv has {len(found)} models, too few to be its whole list.")
    return found


def regions(table: pd.DataFrame) -> pd.Series:
    """Return the bloc in which ATOM places an organisation, by its name in lower case.

    Raises:
        Refusal: a region or an organisation is none, or an organisation has two regions.
    """
    rows = check_same(table[["hf_org", "region"]], ["hf_org"], "ATOM's organization_regions.csv")
    for field, fits in (
        ("region", rows["region"].isin(BLOCS)),
        ("hf_org", rows["hf_org"].str.fullmatch(_ORGANISATION, na=False)),
    ):
        if not fits.all():
            shown = str(rows.loc[~fits, field].iloc[0])[:60]
            raise Refusal(f"ATOM's organization_regions.csv: {field} “{shown}” is not known.")
    return rows.set_index(rows["hf_org"])["region"].map(BLOCS)


def compared(blocs: pd.Series, labs: pd.DataFrame, countries: pd.DataFrame) -> list[str]:
    """Say which organisations the table of labs lacks, or has elsewhere.

    Args:
        blocs: what `regions` returns.
        labs: table of that name.
        countries: table of that name.
    """
    ours = labs.merge(countries, "left").set_index(labs["organisation"].str.lower())["bloc"]
    found = blocs.index.str.lower().map(ours)
    known = found.notna()
    elsewhere = known & (found != blocs.to_numpy())
    said = (
        ("ATOM places {} that labs.csv lacks", blocs.index[~known]),
        ("ATOM places {} elsewhere than labs.csv does", blocs.index[elsewhere]),
    )
    return [f"{words.format(_named(list(names)))}." for words, names in said if len(names)]


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    one = "organisation" if len(names) == 1 else "organisations"
    return f"{len(names)} {one} ({', '.join(names[:5])}{more})"


def _ask(visit: Visit) -> Found:
    models = asking.csv(visit.client, f"{visit.address}/models.csv", MODELS)
    visit.told("models")
    placed = asking.csv(visit.client, f"{visit.address}/metadata/organization_regions.csv", REGIONS)
    ids = model_ids(models)
    new = [f"ATOM has a new field “{name}”." for t in (models, placed) for name in t.attrs["added"]]
    compare = compared(regions(placed), visit.table("labs"), visit.table("countries"))
    left = sorted(set(visit.table("tracked_models")["model_id"]) - set(ids))
    gone = [f"{len(left)} models of the table have left ATOM's list; they stay."] if left else []
    day = pd.Timestamp(visit.day).as_unit("us")
    rows = pd.DataFrame({"date": day, "model_id": pd.Series(ids, dtype="str")})
    return Found({"tracked_models": rows}, asked=len(models), notes=[*new, *compare, *gone])


SOURCE = Source(
    name="atom",
    title="ATOM Project, tracked models",
    variable="OPENRACE_ATOM_URL",
    address="https://raw.githubusercontent.com/Interconnects-AI/tracked-models/main",
    ask=_ask,
)
