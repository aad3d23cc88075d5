from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import searched
import specimen
from conftest import Real

from openrace.publish import find


def index(tmp_path: Path, **given: str) -> dict[str, find.Things]:
    return find.index(searched.site(tmp_path, **given), [searched.CHAPTER], {"one-line": "Fig. 1"})


def test_it_holds_claims_figures_numbers_models_and_sections(tmp_path: Path) -> None:
    found = index(tmp_path)
    claim, (figure, _), number = (found[k].entries for k in ("claims", "figures", "numbers"))
    who = "The BBC. The test: Did downloads grow?"
    assert claim == [["it-gained", "One model gained", who, "partly supported", "partly"]]
    assert figure == ["one-line", "One model gained", "Downloads", "Fig. 1"]
    assert number[0] == ["one.gain_all", "1.2\u00a0million", "One model gained"]
    assert found["models"].entries == [
        ["", "Alibaba", "", "lab", [0, 1]],
        ["", "Qwen3", "", "model", [0, 1]],
    ]
    first, second = found["pages"].entries
    assert first[:2] == [searched.CHAPTER, "Downloads"]
    assert first[2].startswith("Élysée counted downloads. Figure 1.1, a claim")
    assert second[:2] + second[3:] == [
        *(f"{searched.CHAPTER}#far-away", "Far away", "Downloads", ["also-far"])
    ]


def test_words_that_are_not_shown_lead_to_their_section(tmp_path: Path) -> None:
    long = "Nothing happened for a while, and then it went on. " * 3
    words = index(tmp_path, words=f"{long}Then an Überraschung came.")["pages"].words
    assert words["uberraschung"] == [1]
    assert not {"the", "then", "folded", "prose", "zeppelin"} & set(words)


def test_only_a_name_is_a_model(tmp_path: Path) -> None:
    assert [e[1] for e in index(tmp_path, model="unknown")["models"].entries] == ["Alibaba"]


def test_a_page_that_tells_no_number_and_shows_no_figure_is_found_too(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(searched.page(searched.PROSE), encoding="utf-8")
    found = find.index(tmp_path, ["index.html"], {})
    assert [entry[0] for entry in found["pages"].entries] == ["index.html", "index.html#far-away"]
    assert not any(found[kind].entries for kind in ("claims", "figures", "models", "numbers"))


def rows(script: Path) -> list[list[object]]:
    text = script.read_text(encoding="utf-8")
    return json.loads(text[text.index("[\n") : text.index("\n], {") + 2])


def test_an_id_is_written_by_what_it_adds_to_the_one_before(tmp_path: Path) -> None:
    searched.site(tmp_path)
    assert [row[:2] for row in rows(tmp_path / "find" / "numbers.js")] == [
        [0, "one.gain_all"],
        [4, "last"],
    ]


@pytest.mark.parametrize("text", specimen.HOSTILES)
def test_hostile_text_opens_no_tag_in_the_index(tmp_path: Path, text: str) -> None:
    searched.site(tmp_path, title=text, model=text)
    for script in (tmp_path / "find").glob("*.js"):
        assert "<" not in script.read_text(encoding="utf-8")
    assert rows(tmp_path / "find" / "claims.js")[0][2] == text


def test_the_real_book_is_found_whole_and_its_index_is_small(real: Real) -> None:
    scripts = sorted((real.site / find.FOLDER).glob("*.js"))
    assert [s.stem for s in scripts] == ["claims", "figures", "models", "numbers", "pages"]
    assert sum(script.stat().st_size for script in scripts) < 350_000
    for kind in ("claims", "figures", "numbers"):
        told = json.loads((real.site / f"{kind}.json").read_text(encoding="utf-8"))
        assert len(rows(real.site / find.FOLDER / f"{kind}.js")) == len(told)
    assert not (real.site / "searchindex.js").exists()
    lost = [place for place in addresses(real.site / "find" / "pages.js") if not there(real, place)]
    assert not lost


def addresses(script: Path) -> list[str]:
    found, before = [], ""
    for shared, rest, *_ in rows(script):
        before = f"{before[: int(str(shared))]}{rest}"
        found.append(before)
    return found


def there(real: Real, place: str) -> bool:
    page, _, anchor = place.partition("#")
    text = (real.site / page).read_text(encoding="utf-8")
    return not anchor or re.search(f'id="{re.escape(anchor)}"', text) is not None
