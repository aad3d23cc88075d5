"""The ATOM lists: models by the day they are first seen, and where makers are placed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from upstream import Upstream, visit

from openrace import store
from openrace.errors import Refusal
from openrace.sources import atom
from openrace.sources.source import Found

MODELS = "org,model,modelId\n" + "".join(
    f"Qwen,Q-{i:04},Qwen/Q-{i:04}\n" for i in range(atom.LEAST_MODELS)
)
REGIONS = "hf_org,region,notes\nQwen,china,\nmistralai,eu,\n"
KNOWN = {name: store.load(name) for name in ("labs", "countries", "tracked_models")}


def ask(models: Any = MODELS, regions: Any = REGIONS, **tables: pd.DataFrame) -> Found:
    known = KNOWN | {"tracked_models": KNOWN["tracked_models"].iloc[:0]} | tables
    with Upstream() as up:
        up.answer("/models.csv", models)
        up.answer("/metadata/organization_regions.csv", regions)
        return atom.SOURCE.ask(visit(up, date(2026, 9, 1), **known))


def test_the_list_becomes_rows_of_the_day() -> None:
    rows = ask().rows["tracked_models"]
    known = KNOWN["tracked_models"]
    assert list(rows) == list(known)
    assert rows["model_id"].dtype == known["model_id"].dtype
    assert set(rows["date"]) == {pd.Timestamp("2026-09-01")}
    assert rows["model_id"].iloc[0] == "Qwen/Q-0000"
    assert ask().notes == []


def test_a_model_that_left_stays_and_a_repeated_one_is_one() -> None:
    was = pd.DataFrame({"date": pd.to_datetime(["2026-01-01"]), "model_id": ["Qwen/gone"]})
    found = ask(MODELS + "Qwen,Q-0001,Qwen/Q-0001\n", tracked_models=was)
    assert len(found.rows["tracked_models"]) == atom.LEAST_MODELS
    assert found.notes == ["1 models of the table have left ATOM's list; they stay."]


def test_places_that_are_missing_or_differ_are_said() -> None:
    more = "".join(f"nobody-{i},us,\n" for i in range(7)) + "ai21labs,us,\nQWEN-x,other,\n"
    notes = ask(regions=REGIONS + more).notes
    assert notes[0].startswith("ATOM places 8 organisations (nobody-0, nobody-1, nobody-2")
    assert notes[0].endswith("and 3 more) that labs.csv lacks.")
    assert notes[1:] == ["ATOM places 1 organisation (ai21labs) elsewhere than labs.csv does."]


def test_an_added_field_passes_with_a_note() -> None:
    lines = MODELS.splitlines()
    added = "\n".join([f"{lines[0]},size", *(f"{line},7" for line in lines[1:])])
    assert ask(added).notes == ["ATOM has a new field “size”."]


@pytest.mark.parametrize("field", atom.MODELS)
def test_a_field_of_models_that_is_missing_is_named(field: str) -> None:
    with pytest.raises(Refusal, match=f"“{field}”"):
        ask(MODELS.replace(f"{field},", "x,", 1).replace(f",{field}\n", ",x\n", 1))


@pytest.mark.parametrize("field", atom.REGIONS)
def test_a_field_of_regions_that_is_missing_is_named(field: str) -> None:
    with pytest.raises(Refusal, match=f"“{field}”"):
        ask(regions=REGIONS.replace(field, "x", 1))


@pytest.mark.parametrize(
    "row",
    ["Qwen,,Qwen/", "Qwen,Q,Other/Q", "Qwen,<b>,Qwen/<b>", "=1+1,Q,=1+1/Q", "a/b,c,a/b/c", ",,"],
)
def test_an_id_that_is_none_is_refused_with_its_row(row: str) -> None:
    with pytest.raises(Refusal, match=f"row {atom.LEAST_MODELS + 2} is no organisation/name"):
        ask(f"{MODELS}{row}\n")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("Qwen,us,", "two different rows for Qwen"),
        ("new,mars,", "region “mars”"),
        ("new,,", "region “”"),
        ("<script>,us,", "hf_org “<script>”"),
    ],
)
def test_a_region_that_is_none_is_refused(row: str, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        ask(regions=f"{REGIONS}{row}\n")


@pytest.mark.parametrize("body", ["<html>Sorry</html>", "", "org,model,modelId\n", {"a": 1}])
def test_what_is_no_list_is_refused(body: Any) -> None:
    with pytest.raises(Refusal):
        ask(body)


def test_too_short_a_list_is_refused() -> None:
    with pytest.raises(Refusal, match="too few"):
        ask("org,model,modelId\nQwen,Q,Qwen/Q\n")
