from __future__ import annotations

import json
from pathlib import Path

import pytest
import recorded
import specimen
from recorded import claim, edition, figure, number

from openrace.editions import ids, moves
from openrace.editions.ids import Id
from openrace.editions.moves import Kind
from openrace.errors import Refusal

FIRST, SECOND, THIRD = "2026-01-02", "2026-01-03", "2026-01-04"
LATER = "2026-01-03,a/one,China,15\n"
REFRESH = {"sources": ["hub"], "every_days": 1, "grows": "days", "key": ["date"]}
REVISED = REFRESH | {"grows": "revisions", "key": ["model_id"]}
CORRECTIONS = "table,key_field,key,field,was,becomes,reason,url\n"


def counts(data: Path, text: str) -> None:
    (data / "counts.csv").write_text(text)


def causes(data: Path, now: str, was: str = "2", to: str = "5", **more: str) -> list[str]:
    """Return why a number moved when the table became what it is now."""
    before = edition(FIRST, {"one.gain": number(was)})
    counts(data, now)
    after = edition(SECOND, {"one.gain": number(to, **more)})
    return [*moves.between(before, after).causes["one.gain"]]


# what editions said


def test_what_editions_said_comes_newest_first(data: Path) -> None:
    made = [
        edition(FIRST, {"one.gain": number(2)}),
        edition(SECOND),
        edition(THIRD, {"one.gain": number(5)}),
    ]
    told = moves.earlier("numbers", "one.gain", made)
    assert [(t.edition.name, t.said["text"]) for t in told] == [(THIRD, "5"), (FIRST, "2")]
    assert moves.earlier("figures", "one-line", made) == []


# what moved


def test_numbers_move_by_value_bounds_or_unit_and_not_by_noise(data: Path) -> None:
    was = {
        "a": number(0.1 + 0.2, "share"),
        "b": number("2026-01-02", "date"),
        "c": number(2, low="1.0", high="3.0"),
        "d": number(2),
        "gone": number(""),
    }
    now = {
        "a": number(0.3, "share"),
        "b": number("2026-01-03", "date"),
        "c": number(2, low="1.5", high="3.0"),
        "d": number(2, "days"),
        "new": number(1),
    }
    moved = moves.between(edition(FIRST, was), edition(SECOND, now))
    assert [n.id for n in moved.moved] == ["b", "c", "d"]
    assert [n.id for n in moved.numbers if not n.moved] == ["new", "gone"]
    assert moved.numbers[1].after["low"] == 1.5


def test_verdicts_flip_come_and_go(data: Path) -> None:
    before = edition(FIRST, claims={"used": claim("supported"), "old": claim("supported")})
    after = edition(SECOND, claims={"used": claim("contradicted"), "new": claim("supported")})
    step = moves.between(before, after)
    assert [(f.id, f.before, f.after) for f in step.flipped] == [
        ("used", "supported", "contradicted")
    ]
    assert {f.id for f in step.flips} == {"used", "old", "new"}


@pytest.mark.parametrize(
    ("now", "kind"),
    [
        (figure(), None),
        (figure("b", "b", "b", "It fell"), Kind.DATA),
        (figure("a", "b", "b", "It fell"), Kind.WORDS),
        (figure("a", "b", "b"), Kind.REST),
        (figure("a", "a", "b"), Kind.DRIFT),
        ({}, Kind.GONE),
    ],
)
def test_a_figure_differs_by_its_weightiest_part(
    now: dict[str, str], kind: Kind | None, data: Path
) -> None:
    before = edition(FIRST, figures={"one-line": figure()})
    after = edition(SECOND, figures={"one-line": now} if now else {})
    found = [move.kind for move in moves.between(before, after).figures]
    assert found == ([kind] if kind else [])


def test_each_edition_is_held_against_the_one_before(data: Path) -> None:
    made = [edition(day, {"one.gain": number(day[-1])}) for day in (FIRST, SECOND, THIRD)]
    steps = moves.successive(made)
    assert [(s.before.name, s.after.name) for s in steps] == [(SECOND, THIRD), (FIRST, SECOND)]


# why


def test_rows_of_later_days_are_new_data(data: Path) -> None:
    assert causes(data, specimen.COUNTS + LATER) == ["new data"]


def test_rows_of_earlier_days_that_come_late_are_new_data(data: Path) -> None:
    assert causes(data, specimen.COUNTS + "2026-01-01,b/two,China,1\n") == ["new data"]


@pytest.mark.parametrize(("fed", "cause"), [(False, "our correction"), (True, "source revised")])
def test_an_altered_row_is_the_sources_doing_only_where_a_source_feeds_the_table(
    fed: bool, cause: str, data: Path
) -> None:
    if fed:
        recorded.describe(data, "counts", refresh=REFRESH)
    assert causes(data, specimen.COUNTS.replace(",12", ",14")) == [cause]


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (LATER, ["source revised"]),
        ("2026-01-03,b/two,China,1\n", ["new data"]),
        (LATER + "2026-01-03,b/two,China,1\n", ["source revised", "new data"]),
    ],
)
def test_a_revision_is_a_later_row_of_a_key_already_known(
    row: str, found: list[str], data: Path
) -> None:
    recorded.describe(data, "counts", refresh=REVISED)
    assert causes(data, specimen.COUNTS + row) == found


def test_a_correction_speaks_for_the_table_it_mends(data: Path) -> None:
    described = json.loads((data / "datapackage.json").read_text())
    fields = [{"name": name, "type": "string"} for name in CORRECTIONS.strip().split(",")]
    own = {"name": "corrections", "path": "corrections.csv", "observed": None}
    described["resources"].append(described["resources"][0] | own | {"schema": {"fields": fields}})
    (data / "datapackage.json").write_text(json.dumps(described))
    (data / "corrections.csv").write_text(CORRECTIONS)
    tables = {"one.gain": "counts corrections", "two.gain": "likes corrections"}
    lines = {id: number(2, tables=named) for id, named in tables.items()}
    before = edition(FIRST, lines)
    mended = CORRECTIONS + "counts,model_id,a/one,downloads,12,13,It miscounts.,https://x.example\n"
    (data / "corrections.csv").write_text(mended)
    after = edition(SECOND, {id: number(3, tables=named) for id, named in tables.items()})
    found = moves.between(before, after).causes
    assert found == {"one.gain": ["our correction"], "two.gain": ["definition changed"]}


def test_where_no_table_changed_the_code_did(data: Path) -> None:
    assert causes(data, specimen.COUNTS) == ["definition changed"]


def test_a_table_with_another_title_has_no_new_data(data: Path) -> None:
    before = edition(FIRST, {"a": number(1)})
    package = data / "datapackage.json"
    described = json.loads(package.read_text(encoding="utf-8"))
    for table in described["resources"]:
        table["title"] = "Otherwise called"
    package.write_text(json.dumps(described), encoding="utf-8")
    after = edition(SECOND, {"a": number(2)})
    assert moves.between(before, after).causes == {"a": ["definition changed"]}


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"definition": "Last over first."}, ["definition changed", "new data"]),
        ({"unit": "days"}, ["definition changed", "new data"]),
        ({"tables": "counts likes"}, ["definition changed", "new data"]),
    ],
)
def test_another_definition_comes_first_among_the_causes(
    more: dict[str, str], found: list[str], data: Path
) -> None:
    assert causes(data, specimen.COUNTS + LATER, **more) == found


def test_a_definition_that_tells_other_counts_and_days_is_the_same(data: Path) -> None:
    before = edition(FIRST, {"a": number(1, definition="Mean of 24 models in April 2026.")})
    counts(data, specimen.COUNTS + LATER)
    after = edition(SECOND, {"a": number(2, definition="Mean of 25 models in July 2026.")})
    assert moves.between(before, after).causes == {"a": ["new data"]}


def test_words_listed_as_one_meaning_are_no_other_definition(data: Path) -> None:
    lines = [number(1, definition="Revenue."), number(2, definition="Revenue, leaked.")]
    both = " ".join(map(ids.number_meaning, lines))
    ids.write([Id("number", "a", FIRST, both, note="The words tell what is known.")])
    before = edition(FIRST, {"a": lines[0]})
    counts(data, specimen.COUNTS + LATER)
    assert moves.between(before, edition(SECOND, {"a": lines[1]})).causes == {"a": ["new data"]}


def test_counts_of_verdicts_move_with_what_verdicts_rest_on(data: Path) -> None:
    def lines(value: int) -> dict[str, dict[str, str]]:
        return {
            "one.gain": number(value),
            "claims.verdicts.supported": number(value, tables="likes"),
        }

    before = edition(FIRST, lines(1))
    counts(data, specimen.COUNTS + LATER)
    found = moves.between(before, edition(SECOND, lines(2))).causes
    assert found == {"one.gain": ["new data"], "claims.verdicts.supported": ["new data"]}


def test_causes_are_those_of_the_step_they_were_recorded_for(data: Path) -> None:
    first, _, third = (edition(day, {"a": number(day[-1])}) for day in (FIRST, SECOND, THIRD))
    assert moves.between(first, third).causes == {}


def test_a_broken_record_of_causes_is_refused(data: Path) -> None:
    before, after = (edition(day, {"a": number(day[-1])}) for day in (FIRST, SECOND))
    (after.folder / "moved.csv").write_text("id,why\na,b\n")
    with pytest.raises(Refusal, match=r"moved\.csv cannot be read .*: restore it from git\."):
        moves.between(before, after)
