"""models.dev as it answers: its shape, and every way in which it may be another."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest
from price_world import LISTED, MAKERS, asked
from upstream import Upstream

from openrace.errors import Refusal
from openrace.sources.models_dev import SOURCE
from openrace.sources.source import Found

Body = dict[str, Any]
Ask = Callable[[Any], Found]
PATH = "/api.json"


def body() -> Body:
    sellers: Body = {}
    for provider, name, input, output, cached, *_ in [*LISTED, *MAKERS]:
        cost = {"input": input, "output": output}
        cost |= {"cache_read": cached} if isinstance(cached, float) else {}
        model = {"id": name, "name": name, "open_weights": False, "limit": {}, "cost": cost}
        seller = sellers.setdefault(provider, {"id": provider, "name": provider, "models": {}})
        seller["models"][name] = model
    return sellers


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    with Upstream() as up:
        client = up.client(deadline=30)

        def ask(answer: Any) -> Found:
            up.answer(PATH, answer)
            return SOURCE.ask(asked(client, address=up.address))

        yield ask


def test_the_catalogue_becomes_rows_of_both_tables(ask: Ask) -> None:
    found = ask(body())
    rows = found.rows["list_prices"].set_index("model")
    assert list(rows.loc["gpt-5", ["input", "output", "cache_read"]]) == [1.25, 10.0, 0.125]
    assert set(rows["source"]) == {"models.dev"}
    assert len(rows) == len(LISTED)
    assert set(found.rows["maker_prices"]["model"]) == {"gpt-old", "command"}
    assert (found.asked, found.rejected, found.notes) == (6, 0, [])


def test_a_model_without_costs_has_no_price(ask: Ask) -> None:
    answer = body()
    del answer["zai"]["models"]["zai/glm-5"]["cost"]
    found = ask(answer)
    assert "zai/glm-5" not in set(found.rows["list_prices"]["model"])
    assert found.rejected == 1


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda seller, model: seller.pop("models"), "models"),
        (lambda seller, model: seller.update(models=[]), "models"),
        (lambda seller, model: seller["models"].update(another=None), "another"),
        (lambda seller, model: model.update(cost=None), "cost"),
        (lambda seller, model: model.update(cost=[1.25, 10]), "cost"),
        (lambda seller, model: model["cost"].pop("input"), "input"),
        (lambda seller, model: model["cost"].pop("output"), "output"),
        (lambda seller, model: model["cost"].update(input="1.25"), "input"),
        (lambda seller, model: model["cost"].update(input=None), "input"),
        (lambda seller, model: model["cost"].update(output=True), "output"),
        (lambda seller, model: model["cost"].update(output=-1), "output"),
        (lambda seller, model: model["cost"].update(output=2**60), "output"),
        (lambda seller, model: model["cost"].update(cache_read="free"), "cache_read"),
    ],
)
def test_another_shape_is_refused_by_field_and_row(
    ask: Ask, change: Callable[[Body, Body], object], named: str
) -> None:
    answer = body()
    change(answer["openai"], answer["openai"]["models"]["gpt-5"])
    with pytest.raises(Refusal, match=rf"models\.dev.*{named}") as refused:
        ask(answer)
    assert "gpt-5" in str(refused.value) or "openai" in str(refused.value)


@pytest.mark.parametrize("field", ["cost", "cache_read"])
def test_a_field_that_is_gone_everywhere_is_refused(ask: Ask, field: str) -> None:
    text = json.dumps(body()).replace(f'"{field}"', f'"{field}s"')
    with pytest.raises(
        Refusal, match=r"models\.dev has the field “cost\.(input|cache_read)” for 0 of"
    ):
        ask(json.loads(text))


@pytest.mark.parametrize(
    "answer",
    [{}, [], None, "", "<html>so sorry</html>", b"{", '{"openai": {"models": {}}}'],
)
def test_what_is_no_catalogue_is_refused(ask: Ask, answer: Any) -> None:
    with pytest.raises(Refusal, match=r"models\.dev|127\.0\.0\.1"):
        ask(answer)


def test_not_a_number_is_refused(ask: Ask) -> None:
    text = json.dumps(body()).replace('"output": 10.0', '"output": NaN')
    with pytest.raises(Refusal, match=r"models\.dev"):
        ask(text.encode())


def test_a_field_that_is_new_passes_with_a_note(ask: Ask) -> None:
    answer = body()
    answer["openai"]["motto"] = answer["openai"]["models"]["gpt-5"]["colour"] = 1
    answer["openai"]["models"]["gpt-5"]["cost"]["\x1b[2J"] = 1
    found = ask(answer)
    assert found.notes == ["models.dev has new fields (3): “colour”, “motto”."]


def test_hostile_names_stay_out(ask: Ask) -> None:
    answer = copy.deepcopy(body())
    models = answer["azure"]["models"]
    models["<script>alert(1)</script>/gpt-5"] = models["=cmd()/gpt-5"] = models["azure/gpt-5"]
    answer["<b>"] = answer["openai"]
    found = ask(answer)
    told = pd.concat(found.rows.values())
    assert not (told["model"] + told["provider"]).str.contains("[<=>]").any()
    assert found.rejected == 2
    assert not any(set("<=") & set(note) for note in found.notes)
