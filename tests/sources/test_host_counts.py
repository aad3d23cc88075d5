"""From a list of offers to counts of models by hosts; never the tokens of one or two models."""

from __future__ import annotations

import pandas as pd
import pytest

from openrace.sources import host_counts

KNOWN = (
    pd.DataFrame({"organisation": ["openai", "meta-llama"], "country": ["US", "US"]}),
    pd.DataFrame(
        [("openai/gpt-5", "closed"), ("openai/gpt-oss-20b", "open"), ("meta/muse", "closed")],
        columns=["model", "access"],
    ),
)
HOSTS = pd.DataFrame({"host": ["deepinfra", "novita"], "seat": ["US", "US"], "owner": ["US", "CN"]})


def offer(slug: str, provider: str, **changed: object) -> dict[str, object]:
    """Return an ordinary offer at a price."""
    usual: dict[str, object] = {
        "scrape_date": "2026-08-08",
        "model_slug": slug,
        "permaslug": slug,
        "variant": "standard",
        "provider_slug": provider,
        "price_prompt": 1e-7,
        "price_completion": 1e-7,
        "is_free": False,
        "is_hidden": False,
        "is_disabled": False,
    }
    return usual | changed


@pytest.fixture(scope="module")
def endpoints() -> pd.DataFrame:
    rows = [offer(f"qwen/qwen3-{i}b", host) for i in (1, 2, 3) for host in ("deepinfra", "novita")]
    rows += [
        offer("qwen/qwen3-1b", "deepinfra/turbo"),  # the same host
        offer("~qwen/qwen3-latest", "deepinfra"),  # another name of a model
        offer("qwen/qwen3-9b", "deepinfra", is_free=True),
        offer("qwen/qwen3-max", "alibaba"),  # closed
        offer("deepseek/deepseek-v4", "nobody-knows"),
        offer("openai/gpt-5", "deepinfra"),
        offer("openai/gpt-oss-20b", "novita"),  # open, of a US lab
        offer("openai/a-film", "deepinfra"),  # not among the models of text
        offer("meta/muse", "deepinfra"),
    ]
    return pd.DataFrame(rows)


def test_a_host_counts_once_and_only_ordinary_offers(endpoints: pd.DataFrame) -> None:
    models = host_counts.hosted(endpoints, HOSTS, *KNOWN, "owner")
    chinese = models[models["kind"] == "cn_open"]
    assert sorted(chinese.index) == [
        "deepseek/deepseek-v4", "qwen/qwen3-1b", "qwen/qwen3-2b", "qwen/qwen3-3b",
    ]  # fmt: skip
    first = chinese.loc["qwen/qwen3-1b"]
    assert (first["CN"], first["US"], first["unknown"], first["all"]) == (1, 1, 0, 2)
    assert sorted(models.index[models["kind"] == "us_closed"]) == ["meta/muse", "openai/gpt-5"]
    assert host_counts.hosted(endpoints, HOSTS, *KNOWN, "seat").loc["qwen/qwen3-1b", "US"] == 2


def test_classes_hold_shares_of_at_least_three_models(endpoints: pd.DataFrame) -> None:
    counts = pd.DataFrame(
        {
            "snapshot_date": "2026-08-08",
            "permaslug": ["qwen/qwen3-1b", "qwen/qwen3-2b", "deepseek/deepseek-v4", "else"],
            "prompt_tokens": [40, 20, 30, 500],
            "completion_tokens": [0, 0, 10, 0],
        }
    )
    table = host_counts.host_counts(endpoints, counts, HOSTS, *KNOWN)
    us = table[(table["kind"] == "cn_open") & (table["rule"] == "owner") & (table["home"] == "US")]
    us = us.set_index("least")
    assert list(us["models"]) == [1, 3, 0, 0, 0, 0]
    assert us["share"].isna()[0]  # one model: its tokens are not told
    assert us["share"][1] == pytest.approx(0.6)
    assert set(us["median"]) == {1.0}
    either = table[(table["kind"] == "cn_open") & (table["home"] == "US_or_unknown")]
    assert either[either["least"] == 0]["models"].sum() == 0
