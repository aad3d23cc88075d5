"""From a router's counts to shares by week: what counts, what is open, what is not known."""

from __future__ import annotations

import pandas as pd
import pytest

from openrace.sources import router_weeks
from openrace.sources.router_weeks import OTHERS

READ = pd.Timestamp("2026-08-22")


@pytest.fixture(scope="module")
def labs() -> pd.DataFrame:
    known = {"openai": "US", "xai-org": "US", "mistralai": "FR", "BAAI": "CN"}
    known |= {"deepseek-ai": "CN", "Qwen": "CN", "XiaomiMiMo": "CN"}
    return pd.DataFrame({"organisation": known.keys(), "country": known.values()})


def week(
    monday: str, models: dict[str, float], source: str = "a", running: bool = False
) -> pd.DataFrame:
    rows = pd.DataFrame({"model": list(models), "tokens": list(models.values())})
    return rows.assign(week=monday, source=source, provisional=running)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("deepseek/deepseek-r1:free", "cn_open"),
        ("qwen/qwen3-coder-480b-a35b-07-25", "cn_open"),
        ("qwen/qwen3.6-plus-04-02", "cn_closed"),
        ("xiaomi/mimo-v2-pro-20260318", "cn_closed"),
        ("xiaomi/mimo-v2.5-pro-20260422", "cn_open"),
        ("BAAI/bge-m3", "cn_closed"),  # of a Chinese maker whose openness nobody looked up
        ("x-ai/grok-4-fast", "us"),
        ("openai/gpt-oss-120b", "us"),
        ("mistralai/mistral-nemo", "other"),
        ("openrouter/horizon-beta", "unknown"),
        ("stealth/ox-alpha", "unknown"),
    ],
)
def test_a_name_says_home_and_openness(labs: pd.DataFrame, name: str, kind: str) -> None:
    assert list(router_weeks.kind_of(pd.Series([name]), labs)) == [kind]


def test_a_week_is_divided_by_all_that_it_holds(labs: pd.DataFrame) -> None:
    chart = week(
        "2026-08-10",
        {
            "deepseek/v4": 30.0,
            "deepseek/v4:free": 10.0,
            "qwen/qwen3.6-plus": 5.0,
            "openai/gpt-5": 20.0,
            "mistralai/nemo": 3.0,
            "stealth/ox": 2.0,
            OTHERS: 30.0,
        },
    )
    row = router_weeks.weeks(chart, labs, READ).iloc[0]
    shares = {"cn_open": 0.4, "cn_closed": 0.05, "us": 0.2, "other": 0.03, "unknown": 0.02}
    assert {k: row[k] for k in shares} == pytest.approx(shares)
    assert row["others"] == pytest.approx(0.3)
    assert (row["tokens"], row["models"]) == (100.0, 5)  # a free variant is the same model
    assert (row["date"], row["week"]) == (pd.Timestamp("2026-08-16"), pd.Timestamp("2026-08-10"))


def test_models_that_left_the_nine_largest_count_in_others_only(labs: pd.DataFrame) -> None:
    nine = {f"openai/gpt-{i}": 10.0 + i for i in range(9)}
    chart = week("2026-08-10", nine | {"deepseek/stale": 1.0, OTHERS: 50.0})
    row = router_weeks.weeks(chart, labs, READ).iloc[0]
    assert row["cn_open"] == 0.0
    assert row["tokens"] == sum(nine.values()) + 50.0


def test_a_second_source_of_a_week_is_not_added(labs: pd.DataFrame) -> None:
    chart = pd.concat(
        [
            week("2025-07-14", {"openai/a": 1.0, "deepseek/b": 1.0}, source="without others"),
            week("2025-07-14", {"openai/a": 1.0, "deepseek/b": 1.0, OTHERS: 2.0}, source="with"),
        ]
    )
    row = router_weeks.weeks(chart, labs, READ).iloc[0]
    assert (row["tokens"], row["cn_open"], row["has_others"]) == (4.0, 0.25, True)


def test_weeks_without_others_and_running_weeks_are_marked(labs: pd.DataFrame) -> None:
    chart = pd.concat(
        [
            week("2025-07-07", {"openai/a": 3.0, "deepseek/b": 1.0}),
            week("2026-08-17", {"openai/a": 1.0, OTHERS: 1.0}, running=True),
        ]
    )
    table = router_weeks.weeks(chart, labs, READ)
    assert list(table["has_others"]) == [False, True]
    assert list(table["complete"]) == [True, False]
    assert list(table["date"]) == [pd.Timestamp("2025-07-13"), READ]


def test_seven_days_end_on_the_last_day_counted(labs: pd.DataFrame) -> None:
    counts = pd.DataFrame(
        [
            ("2026-08-10", "2026-08-09", "deepseek/v4", "standard", 50, 10),
            ("2026-08-10", "2026-08-09", "deepseek/v4", "free", 20, 0),
            # used last on Monday: still within the seven days
            ("2026-08-10", "2026-08-03", "openai/gpt-5", "standard", 15, 5),
            ("2026-08-10", "2026-08-09", "openai/unused", "standard", 0, 0),
        ],
        columns=[
            "snapshot_date", "date", "permaslug", "variant", "prompt_tokens", "completion_tokens",
        ],
    )  # fmt: skip
    row = router_weeks.full_weeks(counts, labs).iloc[0]
    assert (row["date"], row["models"], row["tokens"]) == (pd.Timestamp("2026-08-09"), 2, 100)
    assert (row["cn_open"], row["cn_open_free"], row["us"]) == (0.8, 0.2, 0.2)
