"""From a catalogue and an index to who releases weights, on rows made up for the test."""

from __future__ import annotations

import pandas as pd
import pytest

from openrace.labs import Registry
from openrace.sources import release_lists as source

DAY = pd.Timestamp("2026-07-02")

LABS = pd.DataFrame(
    [
        ("deepseek-ai", "DeepSeek", "CN", "maker", None),
        ("zai-org", "Z.ai", "CN", "maker", None),
        ("nvidia", "NVIDIA", "US", "maker", None),
        ("unsloth", "Unsloth", "US", "packager", None),
    ],
    columns=["organisation", "lab", "country", "role", "renamed_to"],
)
FAMILIES = pd.DataFrame(
    [("deepseek", "DeepSeek", "DeepSeek", "CN"), ("glm", "GLM", "Z.ai", "CN")],
    columns=["key", "family", "lab", "country"],
)
COUNTRIES = pd.DataFrame({"country": ["CN", "US"], "bloc": ["China", "United States"]})
REGISTRY = Registry(LABS, FAMILIES, COUNTRIES, {})

CATALOGUE = pd.DataFrame(
    [
        # one model under four names at three providers; its own entry is at odds with a provider
        ("zai", "glm-5", "zhipuai/glm-5", "2026-02-12", True),
        ("a", "zai-org/GLM-5-FP8", "zhipuai/glm-5", "2026-02-12", True),
        ("b", "glm-5-thinking", None, "2026-02-20", False),
        ("b", "zai.glm-5:free", None, "2026-02-20", False),
        # no own entry: the most frequent day, a bare month counts as its first
        ("a", "claude-4.9-sonnet", None, "2026-03", False),
        ("b", "us.anthropic.claude-sonnet-4-9-20260301-v1:0", None, "2026-03", False),
        ("c", "claude-sonnet-4-9", None, "2026-04-09", False),
        ("a", "deepseek-v9", None, "2026-05-01", True),
        ("b", "deepseek-v9", None, "2026-05-01", False),
        # left out: one provider, pictures, too old, not out yet, no day
        ("a", "glm-5-novel-derestricted", None, "2026-02-12", True),
        ("a", "glm-image", None, "2026-02-12", True),
        ("b", "glm-image", None, "2026-02-12", True),
        ("a", "glm-4.5", None, "2025-06-30", True),
        ("b", "glm-4.5", None, "2025-06-30", True),
        ("a", "glm-9", None, "2026-07-03", True),
        ("b", "glm-9", None, "2026-07-03", True),
        ("a", "glm-8", None, None, True),
        ("b", "glm-8", None, None, True),
    ],
    columns=["provider", "model", "base_model", "release_date", "open_weights"],
)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("us.anthropic.claude-opus-4-6-v1:0", "claude-opus-4-6"),
        ("hf:zai-org/GLM-5.1-FP8", "glm-5.1"),
        ("grok-4-fast-reasoning", "grok-4-fast"),
        ("x-ai/grok-4.1-fast-non-reasoning", "grok-4.1-fast"),
        ("claude-opus-4-6-fast", "claude-opus-4-6"),
        ("gpt-5-2025-08-07", "gpt-5"),
        ("qwen3-235b-a22b-thinking-2507", "qwen3-235b-a22b"),
        ("doubao-seed-1-8-251228", "seed-1-8"),
        ("kimi-k2-thinking-turbo", "kimi-k2"),
    ],
)
def test_sellers_efforts_and_dates_are_taken_off_a_name(name: str, short: str) -> None:
    assert source.bare(name) == short


def test_one_model_is_one_row_and_every_word_on_its_weights_is_kept() -> None:
    seen = pd.DataFrame(
        {
            "date": pd.to_datetime(["2026-06-01", "2026-06-01", "2026-07-03"]),
            "model_id": ["nvidia/DeepSeek-V9", "unsloth/GLM-5", "zai-org/GLM-5"],
        }
    )
    published = source.repositories([seen], LABS, DAY)
    table = source.catalogue_releases(CATALOGUE, REGISTRY, published, DAY).set_index("model")
    assert list(table.index) == ["claude-sonnet-4-9", "deepseek-v9", "glm-5"]
    assert table.loc["glm-5", ["maker_open", "listings", "open"]].tolist() == ["yes", 3, 2]
    assert table["released"].dt.strftime("%m-%d").tolist() == ["03-01", "05-01", "02-12"]
    assert table["lab"].tolist() == ["Anthropic", "DeepSeek", "Z.ai"]
    # a packager, another maker, or a day too late is no repository of the maker
    assert table["repository"].isna().all()
    sooner = seen.assign(date=pd.Timestamp("2026-06-01"))
    published = source.repositories([sooner], LABS, DAY)
    table = source.catalogue_releases(CATALOGUE, REGISTRY, published, DAY).set_index("model")
    assert table["repository"].dropna().to_dict() == {"glm-5": "zai-org/GLM-5"}


def index(*rows: tuple[str, str, str, str, str, str, bool, float, bool]) -> pd.DataFrame:
    columns = ["date", "id", "name", "release_date", "creator", "country", "open_weights"]
    table = pd.DataFrame(rows, columns=[*columns, "intelligence_index", "index_estimated"])
    return table.assign(date=pd.to_datetime(table["date"]))


INDEX = index(
    ("2026-05-01", "1", "Best (high)", "2025-08-01", "O", "us", False, 50.0, False),
    ("2026-05-01", "2", "Best (low)", "2025-08-01", "O", "us", False, 20.0, False),
    # released before the best, so at the frontier of its day; opened after the scale ended
    ("2026-05-01", "3", "Early", "2025-07-01", "A", "cn", False, 30.0, False),
    ("2026-07-10", "3", "Early", "2025-07-01", "A", "cn", True, 99.0, False),
    ("2026-05-01", "4", "Near", "2025-09-01", "A", "cn", True, 40.0, False),
    ("2026-05-01", "5", "Far", "2025-09-02", "A", "cn", True, 34.9, False),
    ("2026-05-01", "6", "Guess", "2025-07-01", "O", "us", False, 90.0, True),
    ("2026-07-10", "7", "After", "2026-06-20", "O", "us", False, 95.0, False),
    ("2026-05-01", "8", "Mid", "2026-01-05", "M", "fr", True, 45.0, False),
    ("2026-05-01", "9", "Old", "2024-12-31", "M", "us", True, 10.0, False),
)


def test_a_model_is_measured_against_what_was_out_on_its_day() -> None:
    behind = source.measured(INDEX).set_index("score")["behind"].to_dict()
    assert behind == {10.0: 0, 30.0: 0, 50.0: 0, 40.0: 10, 34.9: pytest.approx(15.1), 45.0: 5}


def test_the_frontier_is_counted_by_half_year_home_and_width() -> None:
    table = source.frontier_releases(INDEX, pd.Timestamp("2025-01-01"))
    assert (table["date"] == pd.Timestamp("2026-07-10")).all()
    assert "score" not in table
    counted = table.set_index(["width", "half", "country"]).sort_index()
    later, first = pd.Timestamp("2025-07-01"), pd.Timestamp("2026-01-01")
    columns = ["models", "open", "opened_later"]
    assert counted.loc[(5, later, "CN"), columns].tolist() == [1, 1, 1]
    assert counted.loc[(10, later, "CN"), columns].tolist() == [2, 2, 1]
    assert counted.loc[(15, later, "CN"), columns].tolist() == [2, 2, 1]
    assert counted.loc[(10, later, "US"), columns].tolist() == [1, 0, 0]
    assert counted.loc[(5, first, "other"), columns].tolist() == [1, 1, 0]
