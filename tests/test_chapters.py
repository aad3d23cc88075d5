"""The real chapters: thin, stripped, every number computed, and executable with other parameters.

Tests that look at what a chapter shows use the one build of the real book.
"""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from pathlib import Path

import altair as alt
import jsonschema
import pytest
from chapters_read import (
    ARGUMENTS,
    CHAPTERS,
    PAGES,
    built,
    cells,
    complaints,
    drawn_by_code,
    each_chapter,
    each_page,
    notebook,
    prose,
    registered,
    shown,
    shown_by_code,
    told,
)
from conftest import Real

from openrace.execution import parameters_of
from openrace.parameters import RULES

# Thin and stripped


def test_there_is_a_chapter_of_the_argument() -> None:
    assert ARGUMENTS


@each_chapter
def test_a_chapter_is_kept_without_outputs(chapter: Path) -> None:
    for cell in cells(chapter, "code"):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
    for cell in notebook(chapter)["cells"]:
        assert set(cell["metadata"]) <= {"tags"}, cell["source"]
    assert set(notebook(chapter)["metadata"]) <= {"kernelspec", "language_info"}
    assert notebook(chapter)["metadata"]["kernelspec"]["name"] == "python3"


@each_chapter
def test_a_chapter_calls_and_does_not_compute(chapter: Path) -> None:
    for cell in cells(chapter, "code"):
        source = "".join(cell["source"])
        if "parameters" not in cell["metadata"]["tags"]:  # a line for each, however many
            assert len(source.splitlines()) <= 8, source
        for node in ast.walk(ast.parse(source)):
            assert not isinstance(
                node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
            ), source
            if isinstance(node, ast.Import | ast.ImportFrom):
                named = getattr(node, "module", None) or node.names[0].name
                assert named.split(".")[0] == "openrace", source


@each_chapter
def test_every_parameter_is_known_and_explained_where_it_is_set(chapter: Path) -> None:
    tagged = [c for c in cells(chapter, "code") if "parameters" in c["metadata"].get("tags", [])]
    assert len(tagged) == 1
    for line in "".join(tagged[0]["source"]).splitlines():
        assert re.fullmatch(r"\w+ = .+  # .{20,}", line), line
    names = parameters_of(chapter)
    assert "as_of" in names
    assert set(names) <= set(RULES)


@pytest.mark.parametrize("chapter", ARGUMENTS, ids=lambda c: c.stem)
def test_a_chapter_of_the_argument_is_neither_a_note_nor_a_book(chapter: Path) -> None:
    plain = re.sub(r"\{\w+\}`[^`]*`", "number", prose(chapter))
    words = re.findall(r"[^\W_][\w’'.-]*", plain)
    assert 1200 <= len(words) <= 2000


@pytest.mark.parametrize("chapter", ARGUMENTS, ids=lambda c: c.stem)
def test_a_chapter_of_the_argument_opens_with_finding_numbers_and_verdict(chapter: Path) -> None:
    (opening,) = re.findall(r"(?ms)\A# [^\n]+\n\n:::\{opening\}[^\n]*\n(.*?)^:::$", prose(chapter))
    first, *keys, verdict = opening.strip().split("\n\n")
    question, finding = first.split("\n")
    assert re.fullmatch(r"\*\*[^*]+\?\*\*", question)
    assert re.fullmatch(r".+[^.]\.", finding)  # one sentence
    assert 3 <= len(keys) <= 4
    assert all(re.match(r"\{number\}`[^`]+`[^\n]*\n: \*\*", key) for key in keys)
    assert verdict.startswith("**Verdict: ")
    assert "```{tested}" in prose(chapter)  # where the counts under the verdict lead


# Every number is computed

CONDITION = re.compile(r"(?ms)^(:{3,})\{(given|missing)\} (\S+)\n(.*?^)\1$")
QUOTE = re.compile(r"\{(number|interval)\}`([^`]+)`")
_MONTH = (
    "January|February|March|April|May|June|July|August|September|October|November|December|"
    "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
)
#: What is no computed number, in the order in which it is taken out of the prose.
NOT_COMPUTED = {
    "code blocks": r"(?ms)^(`{3,}|~{3,}).*?^\1\s*$",
    "roles": r"\{[\w:-]+\}`[^`]*`",
    "code": r"`[^`]*`",
    "targets of links": r"\]\([^)]*\)",
    "addresses": r"https?://\S+",
    "HTML and comments": r"(?s)<!--.*?-->|<[^>\n]+>",
    "numbers of a list": r"(?m)^\s*\d+\. ",
    "footnote marks": r"\[\^\w+\]",
    "days": rf"\b\d{{1,2}}(?:(?:[-–]| to | and )\d{{1,2}})? (?:{_MONTH})\b",
    "dates": r"\b(?:19|20)\d\d(?:-\d\d(?:-\d\d)?|H[12])?\b",
    "names with a digit in them": r"\b[A-Za-z][A-Za-z-]*\d[\w.-]*",
    "names followed by a version": (
        r"\b(?:Llama|Gemma|Qwen|GPT|Phi|Grok|Claude|Gemini|Kimi|Mistral|GLM|Python|CC BY) \d[\d.]*"
    ),
    "names of share indices": r"\bS&P 500\b|\bNasdaq-100\b",
    "measures named by their length": r"\b\d+-(?:day|week|month|year|model)\b",
    "lists named by their length": r"\b[Tt]op[ -]\d+\b",
    "levels of confidence": r"\b9[059] ?% (?:confidence|interval|bootstrap)",
}


def typed_numbers(markdown: str) -> list[str]:
    """Return the lines that hold a numeral which nobody computed."""
    for pattern in NOT_COMPUTED.values():
        markdown = re.sub(pattern, " ", markdown)
    return [line.strip() for line in markdown.splitlines() if re.search(r"\d", line)]


@pytest.mark.parametrize(
    "typed", ["It was 61 %.", "Some 17.3 of 30 places.", "**4.9 times** as much", "in 12 weeks"]
)
def test_a_typed_number_would_be_seen(typed: str) -> None:
    assert typed_numbers(typed)


@pytest.mark.parametrize(
    "allowed",
    [
        "From 15-28 December 2025, and in April 2026, it was {number}`rankings.x1.y2`.",
        "Qwen2.5 and DeepSeek-V3, Llama 3.1 and Kimi-K2-0905, by 30-day downloads of the top 30.",
        "See [the study](https://example.org/2024/1234) and `top_n = 10`.",
        "1. A point of a list, under CC BY 4.0, with 95 % confidence.",
    ],
)
def test_dates_names_and_definitions_are_no_typed_numbers(allowed: str) -> None:
    assert typed_numbers(allowed) == []


@each_page
def test_no_number_is_typed_in_prose(page: Path) -> None:
    assert typed_numbers(prose(page)) == []


COUNTED = "claims.verdicts."  # told by no chapter: publishing counts them by all numbers


@each_page
def test_every_number_quoted_is_told_by_a_chapter(page: Path, real: Real) -> None:
    known = {id for chapter in real.executed for id in told(chapter)}
    quoted = {id for _, id in QUOTE.findall(prose(page)) if not id.startswith(COUNTED)}
    assert quoted - known == set()


@each_page
def test_an_interval_is_quoted_only_of_a_number_that_has_one(page: Path, real: Real) -> None:
    numbers = {k: n for chapter in real.executed for k, n in told(chapter).items()}
    intervals = [numbers[id] for role, id in QUOTE.findall(prose(page)) if role == "interval"]
    assert [n["id"] for n in intervals if not n["interval"] and n["value"] is not None] == []


def test_the_counts_of_verdicts_are_numbers_too(real: Real) -> None:
    published = json.loads((real.site / "numbers.json").read_text(encoding="utf-8"))
    quoted = {id for page in PAGES for _, id in QUOTE.findall(prose(page))}
    counted = {id for id in quoted if id.startswith(COUNTED)}
    assert counted
    assert counted <= set(published)
    assert all(isinstance(published[id]["value"], int) for id in counted)


def test_no_id_is_told_by_two_chapters(real: Real) -> None:
    count = Counter(id for chapter in real.executed for id in told(chapter))
    assert [id for id, times in count.items() if times > 1] == []


def test_every_number_says_what_it_is(real: Real) -> None:
    for chapter in real.executed:
        for id, number in told(chapter).items():
            assert re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+", id), id
            assert len(number["definition"]) >= 15, id
            assert number["as_of"] or number["value"] is None, id
            assert number["sources"], id


_SPANS, _UNITS = ("peak", "mean", "latest"), ("families", "releases")
REQUIRED_NUMBERS = (
    *(f"rankings.{c}_slots.latest_month" for c in ("cn", "us", "unknown")),
    *(f"rankings.{c}_slots.latest_month.publisher" for c in ("cn", "us", "unknown")),
    *(f"rankings.cn_slots.{m}_month" for m in ("min", "max")),
    *(f"rankings.four_of_five_weeks.{v}" for v in ("share", "share.publisher")),
    *(f"rankings.qwen_passes_meta.{v}" for v in ("from", "to")),
    *(f"rankings.derivatives.qwen.{unit}" for unit in ("repos", "authors")),
    *(f"rankings.derivatives.qwen.{unit}.without_launch" for unit in ("repos", "authors")),
    *(f"rankings.cn_share.definitions.{v}" for v in ("min", "q1", "median", "q3", "max")),
    "rankings.cn_share.all_modalities",
    "rankings.lineage.unknown_share",
    *(f"moment.{v}" for v in ("nvda_return", "spy_return", "market_rank_among_days")),
    *(f"moment.nvda_abnormal{v}" for v in ("", ".se", ".ten_days")),
    *(f"moment.releases_per_month.{c}.{w}" for c in ("cn", "us") for w in ("before", "after")),
    *(f"moment.break_date{v}" for v in ("", ".lo", ".hi", ".p")),
    *(f"moment.lag_days.{v}" for v in ("latest", "median", "r1")),
    *(f"moment.r1_vs_o1_price_ratio{v}" for v in ("", ".o3_mini", ".us_hosts")),
    *(f"costs.matched_ratio.{m}{e}" for m in ("median", "regression") for e in ("", ".lo", ".hi")),
    *(f"costs.task_ratio.{v}" for v in ("aider", "livebench", "aa")),
    *(f"costs.eighty_ninety.{v}" for v in ("strict", "at_least")),
    *(f"costs.cn_tokens.{v}_hosts{r}" for v in ("cn", "us") for r in ("", ".seat")),
    *(f"costs.{v}" for v in ("cheapest_equal", "host_gap.median", "crosswalk.matched_share")),
    *(f"costs.{v}" for v in ("flip_token_multiple", "observed_token_multiple")),
    *(f"costs.breakeven_utilisation{e}" for e in ("", ".lo")),
    *(f"incentives.capex_us4.{v}" for v in ("latest", "first", "multiple")),
    "incentives.capex_us4.multiple.four_quarters",
    *(f"incentives.capex_intensity.latest{v}" for v in ("", ".three_firms")),
    *(f"incentives.{m}_share.cn" for m in ("token", "spend")),
    *(f"incentives.{m}_share.cn.vercel.{e}" for m in ("token", "spend") for e in ("low", "high")),
    *(f"incentives.open_share.{c}" for c in ("us", "cn")),
    *(f"incentives.open_share.us.{p}" for p in ("epoch", "catalogue", "frontier")),
    *(f"incentives.price_response.{v}" for v in ("cuts", "within30", "placebo_p")),
    *(f"adoption.router_share.{m}{e}" for m in _SPANS for e in ("", ".lo", ".hi")),
    *(f"adoption.licences.unrestricted_share.{c}.{u}" for c in ("cn", "us") for u in _UNITS),
    *(f"outlook.{v}" for v in ("indicators", "overdue")),
    *(f"outlook.{t}.reading" for t in ("procurement", "regulation", "ecosystem", "quality")),
    *(f"claims.{v}" for v in ("total", "tests", "sources", "bbc_alone")),
)
RANGED_NUMBERS = (
    "rankings.cn_slots.latest_month",
    "rankings.us_slots.latest_month",
    "rankings.four_of_five_weeks.share",
    "moment.nvda_abnormal",
    "moment.break_date",
    "moment.releases_per_month.cn.after",
    "moment.lag_days.latest",
    "moment.r1_vs_o1_price_ratio.us_hosts",
    "costs.matched_ratio.median",
    "costs.task_ratio.livebench",
    "costs.breakeven_utilisation",
    *(f"incentives.{v}" for v in ("capex_us4.multiple", "spend_share.cn", "open_share.us")),
    *(f"incentives.price_response.{v}" for v in ("within30", "placebo_p")),
    *(f"adoption.router_share.{m}" for m in _SPANS),
    "adoption.licences.unrestricted_share.cn.families",
)
_NOUNS = {
    "moment": ("market", "releases", "quality-gap", "price", "timeline"),
    "costs": (
        "price-history",
        "frontier",
        "matched-ratio",
        "per-task",
        "eighty-ninety",
        "hosting",
        "self-host",
        "convergence",
    ),
    "incentives": (
        "capex",
        "intensity",
        "lab-revenue",
        "openness",
        "tokens-dollars",
        "price-response",
        "timeline",
    ),
    "adoption": (
        "router-share",
        "hosting",
        "statements",
        "licences",
        "restrictions",
        "safety",
    ),
    "outlook": ("dashboard",),
    "claims": ("witnesses",),
    "rankings": (
        "trending-share",
        "top-ten",
        "four-of-five",
        "cumulative",
        "increments",
        "derivatives",
        "definitions",
        "concentration",
    ),
}
REQUIRED_FIGURES = tuple(f"{name}-{noun}" for name, nouns in _NOUNS.items() for noun in nouns)


def test_the_ids_that_others_cite_are_there_and_observed(real: Real) -> None:
    numbers = {k: n for chapter in real.executed for k, n in told(chapter).items()}
    assert set(REQUIRED_NUMBERS) - set(numbers) == set()
    assert [id for id in REQUIRED_NUMBERS if numbers[id]["value"] is None] == []
    assert any(id.startswith("rankings.qwen_passes_meta.all_meta") for id in numbers)
    for id in RANGED_NUMBERS:
        assert numbers[id]["low"] <= numbers[id]["value"] <= numbers[id]["high"], id
    drawn = {id for chapter in real.executed for id in shown(chapter)}
    assert set(REQUIRED_FIGURES) - drawn == set()


# Figures


def test_every_registered_figure_is_shown_in_exactly_one_chapter() -> None:
    times = Counter(id for chapter in CHAPTERS for id in shown_by_code(chapter))
    assert times == Counter(list(registered()))


@each_chapter
def test_a_chapter_shows_what_its_tables_have_rows_for(chapter: Path, real: Real) -> None:
    assert list(shown(built(real, chapter))) == drawn_by_code(chapter)


def test_a_figure_that_appears_is_referred_to_only_where_it_is_given() -> None:
    appearing = {id for id, plan in registered().items() if plan.appears}
    kinds: dict[str, set[str]] = {}
    for page in PAGES:
        outside = prose(page)
        for fence, kind, id, said in CONDITION.findall(prose(page)):
            kinds.setdefault(id, set()).add(kind)
            outside = outside.replace(f"{fence}{{{kind}}} {id}\n{said}", "")
        quoted = re.findall(r"\{numref\}`([^`]+)`", outside)
        assert set(quoted) & appearing == set(), page.name
    assert kinds == {id: {"given", "missing"} for id in appearing}


def test_every_figure_is_referred_to_by_its_number() -> None:
    referred = set(re.findall(r"\{numref\}`([^`]+)`", "".join(map(prose, PAGES))))
    assert {id for chapter in CHAPTERS for id in shown_by_code(chapter)} - referred == set()


def test_every_figure_is_whole(real: Real) -> None:
    records = {id: r for chapter in real.executed for id, r in shown(chapter).items()}
    assert records
    for id, record in records.items():
        title, subtitle = record["title"], record["subtitle"]
        assert len(record["alt"]) >= 40, id
        assert record["alt"] not in (title, subtitle), id
        assert title != subtitle, id
        assert re.search(r"\d", title) or len(title.split()) >= 6, id  # a finding, not a label
        assert re.search(r"\d{1,2}\s[A-Z][a-z]{2}\s\d{4}", record["source"]), id
        assert record["limit"].endswith("."), id
        assert record["table"]["data"], id
        for words in (title, subtitle, record["alt"], record["source"], record["limit"]):
            assert not re.search(r"\b(nan|None|NaT|not observed|inf)\b", words), f"{id}: {words}"


def test_every_figure_lets_a_reader_ask_for_values(real: Real) -> None:
    for chapter in real.executed:
        for id, record in shown(chapter).items():
            for width, spec in record["views"].items():
                assert '"tooltip"' in json.dumps(spec), f"{id} {width}"


def test_every_spec_is_valid_vega_lite(real: Real) -> None:
    grammar = jsonschema.Draft7Validator(alt.load_schema())
    assert not grammar.is_valid({"data": {"url": "a.csv"}, "mark": "nonsense"})
    for chapter in real.executed:
        for record in shown(chapter).values():
            for spec in (*record["views"].values(), record["framed"]):
                # chapters skip this, because it takes a while; rows have no grammar and are many
                assert list(grammar.iter_errors(spec | {"datasets": {}})) == [], record["id"]


def test_both_drawings_of_a_figure_fit_their_widths(real: Real) -> None:
    for chapter in real.executed:
        for id, record in shown(chapter).items():
            for width, most in (("wide", 760), ("narrow", 360)):
                drawn = float(re.search(r'width="([\d.]+)"', record["svg"][width])[1])
                assert drawn <= most, f"{id} {width} is {drawn} px wide"


def test_a_chapter_prints_no_warning(real: Real) -> None:
    for chapter in real.executed:
        assert complaints(notebook(chapter)) == [], chapter.name
