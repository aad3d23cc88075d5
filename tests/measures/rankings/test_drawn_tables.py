"""Tables made for one figure each: intervals beside published ones, folded families, decisive."""

from __future__ import annotations

import pandas as pd
import pytest
from small_hub import GEMMA, LLAMA, MISTRAL, NOBODY, QWEN, registry, uploads

from openrace.measures import rankings
from openrace.measures.rankings.concentration import REST

STUDIES = pd.DataFrame(
    {
        "study": ["A Project (draft 1)", "B Institute, its report"],
        "measure": [
            "month in which Qwen passes Llama in cumulative downloads",
            "share of downloads",
        ],
        "unit": ["date", "percent"],
        "period": ["2025-06/2025-08", "2025-09"],
    }
).astype("str")


def panel(qwen: tuple[int, ...], llama: tuple[int, ...]) -> pd.DataFrame:
    days = ("2025-01-01", "2025-07-01", "2026-01-01")
    rows = [
        (day, model, count)
        for model, counts in ((QWEN, qwen), (LLAMA, llama))
        for day, count in zip(days, counts, strict=False)
    ]
    table = pd.DataFrame(rows, columns=["date", "model_id", "downloads_all_time"])
    return table.astype({"model_id": "str"}).assign(date=pd.to_datetime(table["date"]))


def test_a_season_means_all_of_its_days_and_other_units_are_no_dates() -> None:
    table = rankings.crossing(panel((1, 2, 9), (5, 6, 7)), STUDIES, registry())
    published = table[table["part"] == "published"]
    assert published[["event", "study"]].values.tolist() == [["Qwen passes Llama", "A Project"]]
    days = [published[c].item() for c in ("date", "end")]
    assert days == [pd.Timestamp("2025-06-01"), pd.Timestamp("2025-08-31")]


def test_the_interval_of_the_panel_stands_beside_the_published_one() -> None:
    table = rankings.crossing(panel((1, 2, 9), (5, 6, 7)), STUDIES, registry())
    here = table[(table["part"] == "here") & (table["event"] == "Qwen passes meta-llama")]
    days = [here[c].item() for c in ("date", "end")]
    assert days == [pd.Timestamp("2025-07-01"), pd.Timestamp("2026-01-01")]
    assert set(table.loc[table["part"] == "panel", "downloads"]) == {1, 2, 9, 5, 6, 7}


def test_what_has_not_passed_has_no_interval() -> None:
    table = rankings.crossing(panel((1, 2, 3), (5, 6, 7)), STUDIES, registry())
    assert set(table["part"]) == {"panel", "published"}


def test_published_dates_alone_are_no_panel() -> None:
    table = rankings.crossing(panel((), ()), STUDIES, registry())
    assert table.empty
    assert {"part", "date", "end", "event"} <= set(table)


NEW, LAUNCH = "2026-08-21", "Qwen/Qwen3.8-27B"
NO_TRENDING = uploads([]).assign(rank=pd.Series(dtype="int64"))


def folded(bases: list[str], count: int) -> pd.DataFrame:
    rows = [(f"a{i}/x", NEW, base, 0) for i, base in enumerate(bases)]
    found = rankings.derivatives(uploads(rows), NO_TRENDING, registry())
    table = rankings.leading_families(found, count)
    return table[table["unit"] == "repositories"].drop(columns="unit")


def test_families_beyond_the_leading_ones_stay_in_their_bloc() -> None:
    bases = [QWEN] * 4 + [LLAMA] * 3 + [GEMMA] + [MISTRAL] + [NOBODY]
    table = folded(bases, count=2).set_index(["bloc", "level", "family"])["share"]
    assert table.to_dict() == {
        ("China", "bloc", ""): 0.4,
        ("China", "family", "Qwen"): 0.4,
        ("United States", "bloc", ""): 0.4,
        ("United States", "family", "Llama"): pytest.approx(0.3),
        ("United States", "rest", ""): 0.1,
        ("Europe", "bloc", ""): 0.1,
        ("Unknown", "bloc", ""): 0.1,
    }


def test_a_day_before_the_first_census_of_uploads_has_no_family_to_name() -> None:
    trending = uploads([("a/x", "2026-04-27", QWEN, 0)]).assign(rank=1)
    found = rankings.derivatives(trending[:0], trending, registry())
    assert not found.empty
    assert rankings.leading_families(found).empty


def test_unknown_comes_last_however_large() -> None:
    table = folded([NOBODY] * 8 + [QWEN] + [MISTRAL], count=1)
    assert table["bloc"].iloc[-1] == "Unknown"
    assert not (table["family"] == "unknown").any()


def test_without_the_launched_model_the_other_shares_grow() -> None:
    table = folded([LAUNCH] * 2 + [QWEN] + [LLAMA], count=2).set_index(["bloc", "level"])
    china, states = (table.loc[(bloc, "bloc")] for bloc in ("China", "United States"))
    assert (china["share"], china["without_qwen38"]) == (0.75, 0.5)
    assert (states["share"], states["without_qwen38"]) == (0.25, 0.5)


COUNTRIES = pd.DataFrame({"country": ["CN", "US"], "bloc": ["China", "United States"]})
NO_LABS = pd.DataFrame(
    {
        "date": pd.Series(dtype="datetime64[us]"),
        "country": pd.Series(dtype="str"),
        "lab": pd.Series(dtype="str"),
        "share": pd.Series(dtype="float64"),
    }
)


def decisive(rows: list[tuple[str, str, str | None, int]], most: int) -> pd.DataFrame:
    held = rankings.uploaded(uploads(rows), registry())
    return rankings.decisive(held, rankings.leave_one_out(held, NO_LABS, COUNTRIES), most)


def test_what_decides_by_hand() -> None:
    rows = [(NOBODY, NEW, None, 500), (QWEN, NEW, None, 300), (LLAMA, NEW, None, 200)]
    table = decisive(rows, most=1)
    largest = table[(table["part"] == "largest") & (table["k"] == 2)].set_index("bloc")["share"]
    assert largest.to_dict() == {"China": 0.3, "United States": 0.0, REST: 0.5}
    left_out = table[table["part"] == "left out"]
    assert left_out.groupby("attribution").size().to_dict() == {"lineage": 1, "publisher": 1}
    # Qwen has 300 of both sides' 500, and nothing is Chinese without it.
    assert left_out[["left_out", "full", "share"]].drop_duplicates().values.tolist() == [
        ["Qwen", 0.6, 0.0]
    ]


def test_the_layers_of_the_curve_make_the_whole() -> None:
    rows = [(NOBODY, NEW, None, 7), (QWEN, NEW, None, 5), (LLAMA, NEW, None, 3)]
    table = decisive(rows, most=3)
    sums = table[table["part"] == "largest"].groupby("k")["share"].sum()
    assert sums.tolist() == pytest.approx([7 / 15, 12 / 15, 1])


def test_nothing_uploaded_decides_nothing() -> None:
    table = decisive([], most=3)
    assert table.empty
    assert {"part", "k", "bloc", "share", "left_out"} <= set(table)


def test_the_panel_of_increments_tells_its_period_and_its_size() -> None:
    both = ["publisher", "lineage"]
    gained = pd.DataFrame(
        [
            (start, end, 7, attribution, country, "x", models, 10)
            for attribution in both
            for start, end in (("2025-02-26", "2025-03-05"), ("2025-03-05", "2025-03-12"))
            for country, models in (("CN", 3), ("US", 4))
        ],
        columns=["start", "end", "days", "attribution", "country", "lab", "models", "downloads"],
    )
    gained = gained.assign(**{c: pd.to_datetime(gained[c]) for c in ("start", "end")})
    by_bloc = rankings.increments(gained, COUNTRIES)
    told = rankings.download_numbers(panel((), ()), by_bloc, registry())
    values = {n.id.removeprefix("rankings.increments."): n.value for n in told}
    assert (values["from"], values["to"]) == ("2025-02-26", "2025-03-12")
    assert values["models"] == 7  # not once per attribution, nor once per interval
