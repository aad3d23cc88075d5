from __future__ import annotations

import json
import math
import struct
from datetime import date
from pathlib import Path
from typing import Any

import copies
import pandas as pd
import pytest
import specimen
from click.testing import CliRunner, Result
from copies import claim, number

from openrace.changes import Changes, Kind, compare, markdown, report, tables, troubles
from openrace.cli import main
from openrace.errors import Refusal

HEAD = "date,model_id,bloc,downloads\n"


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """Two equal copies of the specimen book."""
    return copies.book(tmp_path / "before"), copies.book(tmp_path / "after")


def counts(book: Path, text: str) -> None:
    (book / "data" / "counts.csv").write_text(text)


def built(book: Path) -> Path:
    return book / "_build" / "html"


def text(changes: Changes) -> str:
    return "\n\n".join(report.blocks(changes, "pictures"))


def test_equal_copies_show_no_change(pair: tuple[Path, Path]) -> None:
    changes = compare(*pair)
    assert not changes
    assert text(changes) == (
        "**Nothing changed: tables, numbers, verdicts and figures are the same.**"
    )


def test_the_finding_counts_everything_that_moved(pair: tuple[Path, Path]) -> None:
    counts(pair[1], specimen.COUNTS + "2026-01-03,a/one,China,15\n")
    now = copies.site(pair[1], {"one.gain": number(5)}, {"used": claim("partly supported")})
    copies.figure(now, "one-line", "It fell")
    changes = compare(*pair)
    assert report.finding(changes) == (
        "1 table grew by 1 row; 1 number moved, most of all <code>one.gain</code> from 2 to 5; "
        "1 verdict flipped; 1 figure changed."
    )
    assert "CAUTION" not in text(changes)


# tables


def changed(pair: tuple[Path, Path], now: str) -> tables.TableChange:
    counts(pair[1], now)
    (change,) = compare(*pair).tables
    return change


def test_rows_are_told_apart_by_their_key(pair: tuple[Path, Path]) -> None:
    now = HEAD + "2026-01-03,a/one,China,15\n2026-01-02,a/one,China,13\n"
    change = changed(pair, now)
    assert change.added["date"].tolist() == ["2026-01-03"]
    assert change.removed["date"].tolist() == ["2026-01-01"]
    assert (change.was["downloads"].tolist(), change.now["downloads"].tolist()) == (["12"], ["13"])


def test_a_table_that_only_grew_is_no_alarm_and_another_is(pair: tuple[Path, Path]) -> None:
    assert not changed(pair, specimen.COUNTS + "2026-01-03,a/one,China,15\n").alarming
    assert changed(pair, specimen.COUNTS.replace(",12", ",13")).alarming
    assert changed(pair, HEAD).alarming
    assert "lost or altered rows: <code>counts</code> (2 removed, 0 altered)" in text(
        compare(*pair)
    )


def test_a_reference_table_may_be_altered(pair: tuple[Path, Path]) -> None:
    for folder in pair:
        specimen.add_makers(folder / "data")
    (pair[1] / "data" / "countries.csv").write_text("country,name\nCN,PRC\nUS,United States\n")
    (change,) = compare(*pair).tables
    assert not change.alarming
    assert len(change.added) == len(change.removed) == 1  # without a key a row is itself


def test_the_order_of_rows_is_no_change(pair: tuple[Path, Path]) -> None:
    head, *rows = specimen.COUNTS.splitlines()
    counts(pair[1], "\n".join([head, *reversed(rows), ""]))
    assert compare(*pair).tables == []


def test_equal_keys_are_told_apart_by_their_order() -> None:
    was = pd.DataFrame({"key": ["a", "a"], "value": ["1", "2"]})
    now = pd.DataFrame({"key": ["a", "a", "a"], "value": ["1", "2", "3"]})
    added, removed, before, _ = tables.rows(was, now, ["key"])
    assert added["value"].tolist() == ["3"]
    assert removed.empty
    assert before.empty


def test_columns_that_come_and_go_are_named(pair: tuple[Path, Path]) -> None:
    change = changed(pair, specimen.COUNTS.replace("bloc", "country"))
    assert change.columns == ["+country", "-bloc"]
    assert not len(change.added) + len(change.removed) + len(change.was)


def test_a_table_that_is_new_or_gone(pair: tuple[Path, Path]) -> None:
    (pair[0] / "data" / "likes.csv").unlink()
    (pair[1] / "data" / "counts.csv").unlink()
    gone, new = compare(*pair).tables
    assert (gone.name, gone.file, gone.alarming, len(gone.removed)) == (
        "counts",
        "is gone",
        True,
        2,
    )
    assert (new.name, new.file, new.alarming, len(new.added)) == ("likes", "is new", False, 2)


def test_a_table_kept_as_yaml(pair: tuple[Path, Path]) -> None:
    for folder, words in zip(pair, ("old", "new"), strict=True):
        path = folder / "data" / "datapackage.json"
        described = json.loads(path.read_text())
        own = {"name": "said", "path": "said.yml", "observed": None, "schema": {"primaryKey": "id"}}
        described["resources"].append(own)
        path.write_text(json.dumps(described))
        (folder / "data" / "said.yml").write_text(f"said:\n- id: a\n  words: {words}\n- id: b\n")
    (change,) = compare(*pair).tables
    assert (change.was["words"].tolist(), change.now["words"].tolist()) == (["old"], ["new"])


@pytest.mark.parametrize("name", ["data/datapackage.json", "_build/html/numbers.json"])
def test_a_folder_that_is_no_built_book_is_refused(pair: tuple[Path, Path], name: str) -> None:
    (pair[0] / name).write_text("<html>")
    with pytest.raises(Refusal, match=name.split("/")[-1]):
        compare(*pair)
    (pair[0] / name).unlink()
    with pytest.raises(Refusal, match=name.split("/")[-1]):
        compare(*pair)


# numbers


def moved(pair: tuple[Path, Path], was: dict[str, Any], now: dict[str, Any]) -> Changes:
    copies.site(pair[0], was)
    copies.site(pair[1], now)
    return compare(*pair)


def test_numbers_are_sorted_by_relative_change_quantities_first(pair: tuple[Path, Path]) -> None:
    was = {
        "a.day": number("2026-01-01", "date"),
        "a.b": number(100),
        "c.d": number(1),
        "z": number(0),
    }
    now = {
        "a.day": number("2026-02-01", "date"),
        "a.b": number(99),
        "c.d": number(2),
        "z": number(1),
    }
    changes = moved(pair, was, now).numbers
    assert [n.id for n in changes] == ["z", "c.d", "a.b", "a.day"]
    assert [n.relative for n in changes] == [math.inf, 1.0, 0.01, None]


def test_a_later_date_alone_or_the_noise_of_a_sum_is_no_move(pair: tuple[Path, Path]) -> None:
    was = {"a": number(0.3), "b": number(1, day="2026-01-01")}
    now = {"a": number(0.1 + 0.2), "b": number(1, day="2026-02-01")}
    assert moved(pair, was, now).numbers == []


def test_bounds_and_unit_count_as_moves(pair: tuple[Path, Path]) -> None:
    was = {"a": number(1, low=0, high=2), "b": number(1), "c": number(None)}
    now = {"a": number(1, low=0, high=3), "b": number(1, "days"), "c": number(4)}
    changes = moved(pair, was, now)
    assert {n.id for n in changes.numbers} == {"a", "b", "c"}
    assert "| 1 (0 to 2) | 1 (0 to 3) |" in text(changes)
    assert "| count → days |" in text(changes)


def test_what_moves_by_less_than_is_written_is_counted_not_listed(pair: tuple[Path, Path]) -> None:
    was, now = ({"a": number(v) | {"text": "17 %"}} for v in (0.1701, 0.1702))
    changes = moved(pair, was, now)
    assert "1 number moved by less than is written." in text(changes)
    assert "| 17 %" not in text(changes)


def test_numbers_that_appear_and_vanish_are_named(pair: tuple[Path, Path]) -> None:
    changes = text(moved(pair, {"a.old": number(1)}, {"a.new": number(1)}))
    assert "Numbers that appeared: <code>a.new</code>." in changes
    assert "Numbers that vanished: <code>a.old</code>." in changes


def test_long_lists_end_with_how_many_more(pair: tuple[Path, Path]) -> None:
    was, now = ({f"a.n{i}": number(i + more) for i in range(55)} for more in (1, 2))
    assert "… and 15 more." in text(moved(pair, was, now))


# verdicts and figures


def test_a_flip_is_told_in_the_claims_words(pair: tuple[Path, Path]) -> None:
    told = {"one.gain": number(2)}
    copies.site(pair[1], told, {"used": claim("contradicted"), "new": claim("supported", "New.")})
    shown = text(compare(*pair))
    assert "| Many use it. | supported | contradicted | <code>used</code> |" in shown
    assert "| New. | – | supported | <code>new</code> |" in shown
    assert "1 verdict flipped" in shown


@pytest.mark.parametrize(
    ("now", "kind"),
    [
        ({"mark": "bar"}, Kind.DRAWING),
        ({"rows": "[1]"}, Kind.DRAWING),
        ({"title": "It fell", "foot": "Later"}, Kind.WORDS),
        ({"foot": "Later"}, Kind.SOURCE),
    ],
)
def test_what_differs_in_a_figure(pair: tuple[Path, Path], now: dict[str, str], kind: Kind) -> None:
    copies.figure(built(pair[1]), "one-line", **now)
    (figure,) = compare(*pair).figures
    assert figure.kind == kind


def test_another_drawing_of_the_same_specification_is_drift(pair: tuple[Path, Path]) -> None:
    (built(pair[1]) / "figures" / "one-line" / "one-line.svg").write_text(copies.SVG.format(1))
    (figure,) = compare(*pair).figures
    assert figure.kind == Kind.DRIFT
    assert compare(*pair).numbers == []


def test_titles_are_shown_before_and_after_and_once_when_equal(pair: tuple[Path, Path]) -> None:
    copies.figure(built(pair[1]), "one-line", "Most are open-/weight/now")
    assert "“It rose” → “Most are open-weight now”" in text(compare(*pair))
    copies.figure(built(pair[1]), "one-line", mark="bar")
    assert "\n\n“It rose”\n\n" in text(compare(*pair))


def test_pictures_are_drawn_for_the_screen_and_stand_side_by_side(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    copies.figure(built(pair[1]), "one-line", mark="bar")
    copies.figure(built(pair[1]), "two-line")
    report.write(compare(*pair), tmp_path / "to", "https://example.org/1/")
    pictures = sorted(p.name for p in (tmp_path / "to" / "pictures").iterdir())
    assert pictures == ["one-line-after.png", "one-line-before.png", "two-line-after.png"]
    drawn = (tmp_path / "to" / "pictures" / "one-line-after.png").read_bytes()
    assert struct.unpack(">II", drawn[16:24]) == (20, 10)
    shown = (tmp_path / "to" / "report.md").read_text()
    assert 'src="https://example.org/1/one-line-before.png" width="400"' in shown
    assert '| – | <img src="https://example.org/1/two-line-after.png"' in shown


# what a reviewer gets


def test_hostile_text_is_inert_wherever_it_stands(pair: tuple[Path, Path], tmp_path: Path) -> None:
    evil = "@all #1 |x| `c` <img src=x> [a](http://evil.example) GH-1 www.evil.example ![i](//e)"
    rows = pd.DataFrame([["2026-01-03", evil, "China", "1"]], columns=HEAD.strip().split(","))
    counts(pair[1], specimen.COUNTS + rows.to_csv(index=False, header=False))
    told = {"one.gain": number(evil, "text"), evil: number(1)}
    now = copies.site(pair[1], told, {evil: claim(evil, evil)})
    copies.figure(now, "one-line", evil.replace("/", " "))
    report.write(compare(*pair), tmp_path / "to")
    shown = (tmp_path / "to" / "report.md").read_text()
    assert shown.count("evil") > 5
    for live in ("@all", "#1 ", "|x|", "`", "<img src=x", "](", "http:", "GH-1", "www.e", "!["):
        assert live not in shown.replace("&#", "&"), live
    for line in shown.splitlines():
        assert not line.startswith("| ") or line.count("|") in (3, 5, 6, 7, 8), line


@pytest.mark.parametrize(
    "text", [*specimen.HOSTILES, "a\nb\r\n# c", "\u202eevil\u202c", "\x1b[31m"]
)
def test_inert_text_is_one_line_without_markup(text: str) -> None:
    shown = markdown.inert(text)
    assert not set("<>|`\n\r\u202e\x1b*_[]") & set(shown)


def test_inert_text_reads_as_it_was_written() -> None:
    import html

    shown = html.unescape(markdown.inert("a_b @c: 5 < 6 | `x`")).replace("\u200b", "")
    assert shown == "a_b @c: 5 < 6 | `x`"
    assert markdown.inert("x" * 400).endswith("x…")


def test_a_fence_cannot_be_closed_from_inside() -> None:
    shown = markdown.fenced("a\n````\nb").splitlines()
    assert shown[0] == "`````text"
    assert shown[-1] == "`````"


def test_the_body_fits_into_a_pull_request_and_says_what_is_left_out() -> None:
    parts = ["finding", *("x" * 300 for _ in range(10))]
    kept = report.fitted(parts, 1000)
    assert kept[:2] == parts[:2]
    assert len("\n\n".join(kept)) <= 1000
    assert kept[-1].startswith("8 parts more did not fit here")
    assert report.fitted(parts[:2], 1000) == parts[:2]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def test_the_command_writes_the_report_and_says_where(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    same = run("changes", *pair, "--to", tmp_path / "same")
    assert (same.exit_code, same.output.split(":")[0]) == (0, "Nothing changed")
    counts(pair[1], HEAD)
    other = run("changes", *pair, "--to", tmp_path / "other")
    assert (other.exit_code, other.output.split(":")[0]) == (0, "This moved")
    written = sorted(p.name for p in (tmp_path / "other").iterdir())
    assert written == ["body.md", "pictures", "report.md"]


def test_a_folder_that_cannot_be_written_is_refused(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    refused = run("changes", *pair, "--to", tmp_path / "file" / "to")
    assert refused.exit_code == 1
    assert "cannot be written" in refused.output


# troubles

DAY = date(2026, 9, 2)


def visits(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["date", "source", "outcome", "why"])
    return table.assign(date=pd.to_datetime(table["date"]))


def test_a_source_is_in_trouble_by_its_last_visit_of_the_day() -> None:
    log = visits(
        ("2026-09-01", "epoch", "failed", "yesterday"),
        ("2026-09-02", "hub", "failed", "down"),
        ("2026-09-02", "hub", "good", ""),
        ("2026-09-02", "arena", "good", ""),
        ("2026-09-02", "arena", "held", "all fell"),
        ("2026-09-02", "sec", "failed", "<b> @all"),
    )
    found = dict(troubles.troubles(log, DAY))
    assert list(found) == ["arena", "sec"]
    assert "held back, because its answer looks wrong, on 2026-09-02.** all fell" in found["arena"]
    assert "&#60;b&#62; &#64;\u200ball" in found["sec"]


def test_a_file_for_each_source_or_one_for_the_book(tmp_path: Path) -> None:
    log = visits(("2026-09-02", "hub", "failed", "down"))
    assert troubles.write(log, DAY, "a\n```\nStopped: b\n", tmp_path / "one") == ["hub"]
    assert "Stopped: b" in (tmp_path / "one" / "hub.md").read_text()
    assert troubles.write(log.iloc[:0], DAY, "Stopped: b", tmp_path / "two") == ["book"]
    assert "though no source did" in (tmp_path / "two" / "book.md").read_text()
