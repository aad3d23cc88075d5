"""OpenRouter as it answers: the list of models with prices, and tokens by day."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from price_world import DAY, asked
from upstream import Upstream

from openrace import store
from openrace.errors import Refusal
from openrace.sources.openrouter import DAYS, FEWEST, MODELS
from openrace.sources.source import Found, Source, Visit

PATHS = {MODELS: "/api/v1/models", DAYS: "/api/v1/datasets/rankings-daily"}
KEY = "sk-or-a-secret"

Body = dict[str, Any]


class Router:
    """A router on this machine, and the tables that it is read with."""

    def __init__(self, up: Upstream) -> None:
        self.up = up
        self.client = up.client(deadline=30)
        labs = {"openai": "US", "deepseek-ai": "CN", "Qwen": "CN", "mistralai": "FR"}
        self.tables = {
            "labs": pd.DataFrame({"organisation": labs.keys(), "country": labs.values()}),
            "router_prices": store.load("router_prices").iloc[:0],
            "router_days": store.load("router_days").iloc[:0],
        }

    def visit(self, **tables: pd.DataFrame) -> Visit:
        return replace(asked(self.client, self.tables | tables, self.up.address), key=KEY)

    def ask(self, source: Source, answer: Any, **tables: pd.DataFrame) -> Found:
        self.up.answer(PATHS[source], answer)
        return source.ask(self.visit(**tables))


@pytest.fixture(scope="module")
def router() -> Iterator[Router]:
    with Upstream() as up:
        yield Router(up)


def model(id: str, prompt: str, completion: str, **more: Any) -> Body:
    pricing = {"prompt": prompt, "completion": completion, "request": "0"}
    pricing |= {"input_cache_read": more.pop("cached")} if "cached" in more else {}
    facts = {"id": id, "name": id, "created": 1755000000, "pricing": pricing}
    return facts | {"context_length": 131072, "hugging_face_id": None} | more


def models() -> Body:
    data = [
        model("openai/gpt-5", "0.00000125", "0.00001", cached="0.000000125", hugging_face_id=""),
        model("deepseek/deepseek-v4", "2.5e-7", "0.000001", hugging_face_id="deepseek-ai/V4"),
        model("qwen/qwen3-max", "0.0000012", "0.000006"),
    ]
    return {"data": data}


def prices(found: Found) -> pd.DataFrame:
    return found.rows["router_prices"].set_index("model")


@pytest.fixture
def known(router: Router) -> pd.DataFrame:
    table = router.ask(MODELS, models()).rows["router_prices"]
    return table.assign(date=pd.Timestamp("2026-08-25"))


def test_prices_are_told_by_the_million(router: Router) -> None:
    found = router.ask(MODELS, models())
    rows, table = prices(found), store.load("router_prices")
    assert list(rows.loc["openai/gpt-5", ["input", "output", "cache_read"]]) == [1.25, 10.0, 0.125]
    assert list(rows.loc["deepseek/deepseek-v4", ["input", "output"]]) == [0.25, 1.0]
    assert rows.loc["deepseek/deepseek-v4", "repository"] == "deepseek-ai/V4"
    assert rows["repository"].isna().tolist() == [True, False, True]
    assert rows["context"].tolist() == [131072] * 3
    assert found.rows["router_prices"].columns.tolist() == table.columns.tolist()
    assert set(rows["date"]) == {pd.Timestamp(DAY)}
    assert (found.asked, found.rejected, found.notes) == (3, 0, [])


def test_what_is_free_or_has_no_fixed_price_is_counted(router: Router) -> None:
    answer = models()
    answer["data"] += [
        model("openrouter/auto", "-1", "-1", context_length=None),
        model("qwen/qwen3:free", "0", "0"),
        model("a/dear", "0.5", "0.5"),
        model("<b>/one", "0.000001", "0.000001"),
    ]
    found = router.ask(MODELS, answer)
    assert len(prices(found)) == 3
    assert found.rejected == 4
    assert found.notes == [
        "OpenRouter has names that are not written as names are (1).",
        "OpenRouter has models that are free or have no fixed price (3).",
    ]


def test_a_repository_that_is_none_is_left_out_and_told(router: Router) -> None:
    answer = models()
    answer["data"][0]["hugging_face_id"] = "javascript:alert(1)"
    answer["data"][1]["context_length"] = 0
    found = router.ask(MODELS, answer)
    assert pd.isna(prices(found).loc["openai/gpt-5", "repository"])
    assert pd.isna(prices(found).loc["deepseek/deepseek-v4", "context"])
    assert found.notes == ["OpenRouter names repositories that are none (1)."]


def test_a_model_that_is_gone_gets_a_row_without_prices_once(
    router: Router, known: pd.DataFrame
) -> None:
    answer = {"data": models()["data"][:2]}
    found = router.ask(MODELS, answer, router_prices=known)
    assert prices(found).loc["qwen/qwen3-max"].drop("date").isna().all()
    assert found.notes == ["OpenRouter no longer has models that had a price (1)."]
    later = pd.concat([known, found.rows["router_prices"]])
    assert len(prices(router.ask(MODELS, answer, router_prices=later))) == 2


def test_a_list_in_pages_is_read_to_its_end(router: Router) -> None:
    first, last = models()["data"][:2], models()["data"][1:]
    path = "/api/v1/models?offset=2&limit=2"
    router.up.answer(PATHS[MODELS], {"data": first, "links": {"next": path}, "total_count": 3})
    page = {"data": last, "links": {"next": None}, "total_count": 3}
    router.up.answer(PATHS[MODELS], page, query={"offset": "2"}, times=1)
    found = MODELS.ask(router.visit())
    assert len(prices(found)) == 3  # one of them moved between the pages
    assert found.notes == ["OpenRouter lists models twice, the same both times (1)."]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"total_count": 4}, "says that it has 4 models, but lists 3"),
        ({"links": {"next": "/api/v1/models"}}, "goes on at an address"),
        ({"links": {"next": "https://elsewhere.example/models"}}, "goes on at an address"),
        ({"data": []}, "0 usable prices"),
        (
            {"data": [*models()["data"], model("openai/gpt-5", "1e-6", "1e-5")]},
            "twice, differently",
        ),
    ],
)
def test_a_list_that_is_not_whole_is_refused(router: Router, more: Body, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        router.ask(MODELS, models() | more)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda m: m.pop("id"), "id"),
        (lambda m: m.update(id=7), "id"),
        (lambda m: m.pop("pricing"), "pricing"),
        (lambda m: m["pricing"].pop("prompt"), "prompt"),
        (lambda m: m["pricing"].pop("completion"), "completion"),
        (lambda m: m["pricing"].update(prompt=1.25e-6), "prompt"),
        (lambda m: m["pricing"].update(prompt=None), "prompt"),
        (lambda m: m["pricing"].update(prompt="NaN"), "prompt"),
        (lambda m: m["pricing"].update(prompt="-0.1"), "prompt"),
        (lambda m: m["pricing"].update(completion="1e9"), "completion"),
        (lambda m: m["pricing"].update(input_cache_read=[]), "input_cache_read"),
        (lambda m: m.update(context_length="8192"), "context_length"),
        (lambda m: m.update(context_length=-1), "context_length"),
        (lambda m: m.update(context_length=2**60), "context_length"),
        (lambda m: m.update(hugging_face_id=7), "hugging_face_id"),
    ],
)
def test_another_shape_of_a_model_is_refused_by_field_and_row(
    router: Router, change: Callable[[Body], object], named: str
) -> None:
    answer = models()
    change(answer["data"][1])
    with pytest.raises(Refusal, match=f"OpenRouter.*{named}") as refused:
        router.ask(MODELS, answer)
    assert named == "id" or "deepseek-v4" in str(refused.value)


@pytest.mark.parametrize("field", ["input_cache_read", "hugging_face_id", "context_length"])
def test_a_field_that_is_gone_everywhere_is_refused(
    router: Router, known: pd.DataFrame, field: str
) -> None:
    answer = json.loads(json.dumps(models()).replace(f'"{field}"', f'"new_{field}"'))
    with pytest.raises(Refusal, match=f"has the field “.*{field}” for 0 of"):
        router.ask(MODELS, answer, router_prices=known)


@pytest.mark.parametrize("source", [MODELS, DAYS], ids=lambda source: source.name)
@pytest.mark.parametrize("answer", [{}, [], None, "", "<html>so sorry</html>", b'{"data": ['])
def test_what_is_no_list_is_refused(router: Router, source: Source, answer: Any) -> None:
    with pytest.raises(Refusal, match=r"OpenRouter|127\.0\.0\.1"):
        router.ask(source, answer)


def test_new_fields_pass_with_a_note(router: Router) -> None:
    answer = models() | {"colour": 1}
    answer["data"][0]["pricing"]["weekend"] = "0"
    assert router.ask(MODELS, answer).notes == [
        "OpenRouter has new fields (2): “colour”, “weekend”."
    ]


def day_of(day: date, **more: int) -> list[Body]:
    tokens = {f"openai/gpt-{n}": 10**10 for n in range(FEWEST - 3)}
    tokens |= {"deepseek/deepseek-v4": 25 * 10**10, "deepseek/deepseek-v4:free": 5 * 10**10}
    tokens |= {"qwen/qwen3-max": 10**10, "stealth/ox": 2 * 10**10, "other": 60 * 10**10} | more
    return [
        {"date": f"{day}", "model_permaslug": name, "total_tokens": f"{count}"}
        for name, count in tokens.items()
    ]


def counts(*days: date, **more: int) -> Body:
    meta = {"as_of": "2026-09-01T02:00:00Z", "version": "v1"}
    meta |= {"start_date": "2026-08-02", "end_date": "2026-08-31"}
    return {"data": [row for day in days for row in day_of(day, **more)], "meta": meta}


WINDOW = [date(2026, 8, 2) + timedelta(days=n) for n in range(30)]


def test_tokens_of_a_day_are_told_by_home_and_openness_and_coarsely(router: Router) -> None:
    found = router.ask(DAYS, counts(*WINDOW, other=600_000_000_001))
    rows, table = found.rows["router_days"], store.load("router_days")
    assert rows.dtypes.equals(table.dtypes)
    row = rows.iloc[-1]
    assert (row["date"], row["observed"]) == (pd.Timestamp(WINDOW[-1]), pd.Timestamp(DAY))
    assert (row["models"], row["tokens"]) == (FEWEST, 100 * 10**10)  # variants are one model
    shares = ["cn_open", "cn_closed", "us", "other", "unknown", "others"]
    assert list(row[shares]) == [0.3, 0.01, 0.07, 0.0, 0.02, 0.6]
    assert (found.asked, found.rejected, found.notes) == (30 * 12, 0, [])


def test_the_key_goes_to_the_router_and_nowhere_else(router: Router) -> None:
    router.ask(DAYS, counts(*WINDOW))
    asked = router.up.asked[-1]
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.query == {"start_date": "2026-08-02", "end_date": "2026-08-31"}
    router.ask(MODELS, models())
    assert "authorization" not in router.up.asked[-1].headers
    router.up.answer(PATHS[DAYS], {"error": KEY}, status=401)
    with pytest.raises(Refusal) as refused:
        DAYS.ask(router.visit())
    assert KEY not in str(refused.value)


@pytest.mark.parametrize(
    ("until", "start", "end"),
    [
        (DAY, "2026-08-23", "2026-08-31"),
        (date(2026, 8, 31), "2026-08-23", "2026-08-31"),
        (date(2026, 8, 20), "2026-07-22", "2026-08-20"),  # nothing is known by then
    ],
)
def test_asked_is_the_week_before_what_is_known_and_never_the_running_day(
    router: Router, until: date, start: str, end: str
) -> None:
    days = router.ask(DAYS, counts(*WINDOW)).rows["router_days"]
    days = days[days["date"] == pd.Timestamp("2026-08-29")]
    router.up.answer(PATHS[DAYS], counts(date.fromisoformat(end)))
    found = DAYS.ask(replace(router.visit(router_days=days), until=until))
    assert router.up.asked[-1].query == {"start_date": start, "end_date": end}
    lacking = (date.fromisoformat(end) - date.fromisoformat(start)).days
    assert found.notes == [
        f"OpenRouter lacks days from {start} to {end}, as of 2026-09-01T02:00:00Z ({lacking})."
    ]


def test_identical_rows_are_dropped_and_different_ones_refused(router: Router) -> None:
    answer = counts(*WINDOW)
    answer["data"].append(answer["data"][0])
    assert len(router.ask(DAYS, answer).rows["router_days"]) == 30
    answer["data"].append(answer["data"][0] | {"total_tokens": "7"})
    with pytest.raises(Refusal, match="counts openai/gpt-0 twice on 2026-08-02"):
        router.ask(DAYS, answer)


@pytest.mark.parametrize("without", ["other", "openai/gpt-0"])
def test_a_day_without_the_rest_or_with_few_names_is_refused(router: Router, without: str) -> None:
    answer = counts(*WINDOW)
    last = [row for row in day_of(WINDOW[-1]) if row["model_permaslug"] != without]
    answer["data"] = [row for row in answer["data"] if row["date"] != "2026-08-31"] + last
    with pytest.raises(Refusal, match="on 2026-08-31"):
        router.ask(DAYS, answer)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("date", ...),
        ("date", None),
        ("date", "1 Aug 2026"),
        ("date", "2026-09-01"),
        ("date", "2026-02-30"),
        ("model_permaslug", ...),
        ("model_permaslug", 7),
        ("model_permaslug", "<script>alert(1)</script>"),
        ("total_tokens", ...),
        ("total_tokens", 12345678),
        ("total_tokens", None),
        ("total_tokens", "-1"),
        ("total_tokens", "NaN"),
        ("total_tokens", "9" * 17),
    ],
)
def test_another_shape_of_a_count_is_refused(router: Router, field: str, value: object) -> None:
    answer = counts(*WINDOW)
    answer["data"][3][field] = value
    if value is ...:
        del answer["data"][3][field]
    with pytest.raises(Refusal, match=f"OpenRouter.*({field}|told of)"):
        router.ask(DAYS, answer)


@pytest.mark.parametrize("meta", [{}, {"as_of": "now", "version": "v1"}, {"as_of": "2026-09-01"}])
def test_counts_of_another_version_are_refused(router: Router, meta: Body) -> None:
    with pytest.raises(Refusal, match=r"OpenRouter.*meta"):
        router.ask(DAYS, counts(*WINDOW) | {"meta": meta})
