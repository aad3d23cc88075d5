from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Real

from openrace.editions import ids
from openrace.editions.ids import Id
from openrace.errors import Refusal

KEY = ("number", "one.gain")
GAIN = Id(*KEY, "2026-01-02", "aaa")
RETIRED = replace(GAIN, retired="2026-02-01", note="It counted twice.")


@pytest.fixture
def site(data: Path) -> Path:
    """A site with one figure, one number and one claim."""
    built = data.parent / "site"
    (built / "figures").mkdir(parents=True)
    (built / "figures" / "line.csv").write_text("date,downloads\n2026-01-01,1\n")
    write(built, "figures", {"one-line": {"files": {"csv": "figures/line.csv"}}})
    write(built, "numbers", {"one.gain": {"unit": "count", "definition": "Last less first."}})
    write(built, "claims", [{"id": "used", "claim": "Many use it."}])
    return built


def write(site: Path, name: str, value: Any) -> None:
    (site / f"{name}.json").write_text(json.dumps(value))


# the real list


def test_every_published_id_is_in_the_book_and_means_what_it_meant(real: Real) -> None:
    listed = ids.read()
    assert len(listed) > 1500
    assert ids.broken(listed, ids.meanings(real.site)) == []


# what a list can break


def test_a_list_that_the_book_keeps_is_whole() -> None:
    successor = replace(GAIN, id="one.growth")
    retired = replace(RETIRED, replaced_by="one.growth")
    assert ids.broken([retired, successor], {("number", "one.growth"): "aaa"}) == []


def test_an_id_the_book_has_and_nobody_listed_breaks_nothing() -> None:
    assert ids.broken([], {KEY: "aaa"}) == []


@pytest.mark.parametrize(
    ("entry", "now", "said"),
    [
        (GAIN, {}, "was published and is not in the book: restore it, or retire it"),
        (GAIN, {KEY: "bbb"}, "meant something else when it was published: restore its definition"),
        (RETIRED, {KEY: "aaa"}, "was retired on 2026-02-01 and may not come back"),
        (replace(RETIRED, note=""), {}, "is retired or put in other words, but no note says why"),
        (replace(GAIN, meaning="a b"), {KEY: "b"}, "put in other words, but no note says why"),
        (replace(RETIRED, replaced_by="none"), {}, "names a successor that is not listed"),
        (replace(RETIRED, retired="soon"), {}, "has a day that is none"),
        (replace(GAIN, since=""), {KEY: "aaa"}, "has a day that is none"),
        (replace(RETIRED, kind="page"), {}, "is of no kind"),
        (replace(RETIRED, id="../up"), {}, "holds signs that no id has"),
    ],
)
def test_what_is_broken_is_said_with_what_to_do(
    entry: Id, now: dict[tuple[str, str], str], said: str
) -> None:
    (sentence,) = ids.broken([entry], now)
    assert said in sentence
    assert entry.id in sentence


def test_an_id_is_listed_once() -> None:
    (said,) = ids.broken([GAIN, replace(GAIN, meaning="bbb")], {KEY: "aaa"})[:1]
    assert said == "The number “one.gain” is listed twice in published/ids.csv."


def test_other_words_that_a_person_listed_mean_the_same() -> None:
    entry = replace(GAIN, meaning="aaa bbb", note="Shorter.")
    assert [ids.broken([entry], {KEY: meaning}) for meaning in ("aaa", "bbb")] == [[], []]
    assert "put “ ccc” behind its meaning" in ids.broken([entry], {KEY: "ccc"})[0]


# what an id means


def meaning(site: Path, kind: str) -> str:
    return {key[0]: value for key, value in ids.meanings(site).items()}[kind]


def test_a_number_means_its_unit_and_definition_but_not_the_counts_told_in_it() -> None:
    def of(definition: str, unit: str = "count") -> str:
        return ids.number_meaning({"unit": unit, "definition": definition})

    said = of("Mean of 24 models in April 2026, 1,200 days.")
    assert said == of("Mean of 25 models in July 2027, 1,300.5 days.")
    assert said != of("Median of 24 models in April 2026, 1,200 days.")
    assert of("Last.") != of("Last.", "share")


def test_a_figure_means_its_columns_and_a_claim_its_words(site: Path) -> None:
    was = [meaning(site, kind) for kind in ("figure", "claim")]
    table = site / "figures" / "line.csv"
    table.write_text("date,downloads\n2026-01-02,2\n")
    assert meaning(site, "figure") == was[0]
    table.write_text("date,likes\n2026-01-02,2\n")
    write(site, "claims", [{"id": "used", "claim": "All use it."}])
    assert [meaning(site, kind) for kind in ("figure", "claim")] != was
    assert was[0] != meaning(site, "figure")
    assert was[1] != meaning(site, "claim")


def test_a_book_without_a_ledger_has_no_claims(site: Path) -> None:
    (site / "claims.json").unlink()
    assert {kind for kind, _ in ids.meanings(site)} == {"figure", "number"}


# recording


def test_an_edition_adds_the_ids_that_are_new(site: Path) -> None:
    ids.record("2026-01-02", site)
    first = ids.read()
    assert [(e.kind, e.id, e.since) for e in first] == [
        ("figure", "one-line", "2026-01-02"),
        ("number", "one.gain", "2026-01-02"),
        ("claim", "used", "2026-01-02"),
    ]
    text = ids.path().read_bytes()
    ids.record("2026-01-03", site)
    assert ids.path().read_bytes() == text
    write(site, "claims", [{"id": "new", "claim": "Few use it."}])
    ids.record("2026-01-03", site)
    assert [*map(str, ids.read())] == [
        *map(str, first),
        str(Id("claim", "new", "2026-01-03", meaning(site, "claim"))),
    ]


def test_an_edition_whose_ids_mean_something_else_is_refused(site: Path) -> None:
    ids.record("2026-01-02", site)
    write(site, "numbers", {"one.gain": {"unit": "count", "definition": "Last over first."}})
    with pytest.raises(Refusal, match=r"“one\.gain” meant something else"):
        ids.record("2026-01-03", site)


def test_an_edition_of_an_earlier_day_may_lack_an_id(site: Path) -> None:
    ids.record("2026-01-02", site)
    write(site, "claims", [])
    ids.record("2026-01-01", site)
    assert len(ids.read()) == 3


def test_a_broken_list_is_refused(data: Path) -> None:
    ids.path().parent.mkdir()
    ids.path().write_text("kind,id,colour\nnumber,one.gain,red\n")
    with pytest.raises(Refusal, match=r"ids\.csv cannot be read .*: restore it from git\."):
        ids.read()
