"""LiteLLM's price map as it answers: its shape, and every way in which it may be another."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from price_world import LISTED, MAKERS, asked
from upstream import Upstream

from openrace.errors import Refusal
from openrace.sources.litellm import SOURCE
from openrace.sources.source import Found

Body = dict[str, dict[str, Any]]
Ask = Callable[[Any], Found]
PATH = "/model_prices_and_context_window.json"


def entry(provider: str, input: float, output: float, mode: str = "chat") -> dict[str, Any]:
    return {
        "litellm_provider": provider,
        "mode": mode,
        "input_cost_per_token": input / 1e6,
        "output_cost_per_token": output / 1e6,
        "supports_vision": True,
        "max_tokens": 8192,
        "cache_read_input_token_cost": 1e-8,
    }


def body() -> Body:
    known = {name: entry(p, i, o) for p, name, i, o, *_ in [*LISTED, *MAKERS]}
    sample = {"mode": "one of: chat", "max_tokens": "LEGACY parameter", "input_cost_per_token": 0.0}
    rules = {"rules": [{"name": "gpt", "pattern": ".*"}]}
    return {"sample_spec": sample, "fallback_generalizations": rules, **known}


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    with Upstream() as up:
        client = up.client(deadline=30)

        def ask(answer: Any) -> Found:
            up.answer(PATH, answer)
            return SOURCE.ask(asked(client, address=up.address))

        yield ask


def test_the_map_becomes_rows_of_both_tables(ask: Ask) -> None:
    found = ask(body())
    rows = found.rows["list_prices"].set_index("model")
    assert list(rows.loc["azure/gpt-5", ["input", "output"]]) == [1.25, 10.0]
    assert rows["cache_read"].isna().all()
    assert set(rows["source"]) == {"litellm"}
    assert len(rows) == len(LISTED)
    assert set(found.rows["maker_prices"]["model"]) == {"gpt-old", "command"}
    assert (found.asked, found.rejected, found.notes) == (6, 0, [])


def test_vertex_and_what_is_no_chat_are_left_out_but_known_names_stay(ask: Ask) -> None:
    answer = body()
    answer["vertex_ai/gpt-5"] = entry("vertex_ai-language-models", 1, 2)
    answer["nebius/gpt-5"] = entry("nebius", 1, 2, mode="embedding")
    answer["nebius/openai/gpt-5"] = entry("nebius", 1, 2, mode="responses")
    answer["command"]["mode"] = "completion"
    found = ask(answer)
    told = set(found.rows["list_prices"]["model"])
    assert told == {name for _, name, *_ in LISTED} | {"nebius/openai/gpt-5"}
    assert "command" in set(found.rows["maker_prices"]["model"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("litellm_provider", ...),
        ("litellm_provider", 7),
        ("litellm_provider", None),
        ("mode", None),
        ("mode", 7),
        ("input_cost_per_token", "1.25e-06"),
        ("input_cost_per_token", None),
        ("input_cost_per_token", -1e-6),
        ("output_cost_per_token", True),
        ("output_cost_per_token", 2.0**60),
    ],
)
def test_another_type_is_refused_by_field_and_row(ask: Ask, field: str, value: object) -> None:
    answer = body()
    answer["azure/gpt-5"][field] = value
    if value is ...:
        del answer["azure/gpt-5"][field]
    with pytest.raises(Refusal, match=rf"LiteLLM.*azure/gpt-5.*{field}|LiteLLM.*{field}.*azure"):
        ask(answer)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("litellm_provider", "litellm_provider"),
        ("mode", "no model with the field “mode”"),
        ("input_cost_per_token", "field “input_cost_per_token” for 0 of the 6"),
        ("output_cost_per_token", "field “output_cost_per_token” for 0 of the 6"),
    ],
)
def test_a_field_with_another_name_is_refused(ask: Ask, field: str, words: str) -> None:
    text = json.dumps(body()).replace(f'"{field}"', f'"new_{field}"')
    with pytest.raises(Refusal, match=words):
        ask(json.loads(text))


@pytest.mark.parametrize("answer", [{}, [], None, "", "<html>", b'{"a":', {"gpt-5": None}])
def test_what_is_no_map_is_refused(ask: Ask, answer: Any) -> None:
    with pytest.raises(Refusal, match=r"LiteLLM|127\.0\.0\.1"):
        ask(answer)


def test_not_a_number_is_refused(ask: Ask) -> None:
    text = json.dumps(body()).replace("1.25e-06", "NaN")
    with pytest.raises(Refusal, match="LiteLLM"):
        ask(text.encode())


def test_fields_of_a_known_family_are_no_news_and_others_are(ask: Ask) -> None:
    answer = body()
    answer["command"] |= {"supports_magic": True, "input_cost_per_dream": 1, "supported_moods": []}
    answer["command"] |= {"regional_processing_uplift_multiplier_eu": 1.1, "tiered_pricing": []}
    assert ask(answer).notes == []
    answer["command"]["price_list"] = {}
    assert ask(answer).notes == ["LiteLLM has new fields (1): “price_list”."]


def test_hostile_names_stay_out(ask: Ask) -> None:
    answer = body()
    answer["<script>alert(1)</script>/gpt-5"] = entry("nebius", 1, 2)
    answer["=cmd()/gpt-5"] = entry("nebius", 1, 2)
    answer["model_copy"] = entry("<b>", 1, 2)
    found = ask(answer)
    assert set(found.rows["list_prices"]["model"]) == {name for _, name, *_ in LISTED}
    assert found.rejected == 2
