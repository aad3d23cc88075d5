"""One rule for whose a router's model is."""

from __future__ import annotations

import pandas as pd
import pytest

from openrace import store
from openrace.sources.router_names import MAKERS, NAMESAKES, home_of


@pytest.fixture(scope="module")
def labs() -> pd.DataFrame:
    return store.load("labs")


@pytest.mark.parametrize(
    ("name", "home"),
    [
        ("openai/gpt-5", "US"),
        ("OpenAI/GPT-5", "US"),
        ("perplexity/sonar", "US"),
        ("meta/muse-spark", "US"),
        ("mistralai/mistral-nemo", "other"),
        ("ai21/jamba-large-1.7", "other"),
        ("kwaivgi/kling", "CN"),
        ("nex-agi/nex", "CN"),
        ("allura-forge/a", "unknown"),
        ("text-embedding-3-large", "unknown"),
        ("stealth/ox-alpha", "unknown"),
        ("openrouter/horizon-beta", "unknown"),
    ],
)
def test_a_name_says_the_home_of_its_maker(labs: pd.DataFrame, name: str, home: str) -> None:
    assert list(home_of(pd.Series([name]), labs)) == [home]


def test_makers_of_open_chinese_models_are_chinese(labs: pd.DataFrame) -> None:
    assert set(home_of(pd.Series([f"{maker}/x" for maker in MAKERS]), labs)) == {"CN"}


def test_every_namesake_is_an_organisation_that_is_known(labs: pd.DataFrame) -> None:
    assert {name.lower() for name in NAMESAKES.values()} <= set(labs["organisation"].str.lower())


def test_two_tables_of_one_count_agree_on_the_countries_shares() -> None:
    """Both are made of the same weeks: sums by country, and shares by home and openness."""
    sums = store.load("token_spend").query("by == 'country'")
    shares = store.load("router_full_weeks").set_index("date")
    wide = sums.pivot_table(index="until", columns="group", values="tokens")
    both = wide.div(wide.sum(axis=1), axis=0)[["CN", "US"]].join(shares, how="inner")
    assert len(both) >= 10
    assert (both["CN"] - both["cn_open"] - both["cn_closed"]).abs().max() <= 0.002
    assert (both["US"] - both["us"]).abs().max() <= 0.002
