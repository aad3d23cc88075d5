"""Names and prices meet whole: no variant, build, alias or home market stands for another."""

from __future__ import annotations

import csv

import pandas as pd
import pytest

from openrace import capability, package, store
from openrace.measures.costs import crosswalk
from openrace.prices import AT_HOME

DAY = pd.Timestamp("2026-04-30")
NAMES = ("list_prices", "official_prices", "model_names", "price_hosts", "corrections")


@pytest.fixture(scope="module")
def names() -> dict[str, set[str]]:
    """Every model that a name of a price list has stood for."""
    table = store.load("model_names", None)
    table = table[table["source"] == "list_prices"]
    return {name: set(rows["model"]) for name, rows in table.groupby("name")}


@pytest.fixture(scope="module")
def histories() -> dict[str, pd.DataFrame]:
    return crosswalk.histories(*(store.load(name, None) for name in NAMES))


@pytest.fixture(scope="module")
def models() -> pd.DataFrame:
    rest = (store.load("corrections", None), store.load("countries", None))
    return capability.models(store.load("capability_index", None), *rest)


def test_builds_of_one_name_are_models_of_their_own(names: dict[str, set[str]]) -> None:
    june, october = (names[f"claude-3-5-sonnet-{day}"] for day in ("20240620", "20241022"))
    assert june == {"Claude 3.5 Sonnet"}
    assert october == {"Claude 3.5 Sonnet (October 2024)"}
    assert len({*names["deepseek-r1"], *names["deepseek-r1-0528"]}) == 2


def test_three_builds_of_gpt_4o_are_never_one_model(names: dict[str, set[str]]) -> None:
    builds = [names.get(f"gpt-4o-{day}") for day in ("2024-05-13", "2024-08-06", "2024-11-20")]
    known = [next(iter(found)) for found in builds if found]
    assert len(known) == len(set(known))


def test_minor_versions_stay_apart(names: dict[str, set[str]]) -> None:
    for one, other in (("glm-4.5", "glm-4.6"), ("gpt-5", "gpt-5.1"), ("grok-3", "grok-4")):
        assert names[one].isdisjoint(names[other])
    assert names["deepseek-v3.2"].isdisjoint(names["deepseek-v3.2-exp"])


def test_four_digit_tags_are_identities(names: dict[str, set[str]]) -> None:
    assert names["deepseek-v3-0324"] == {"DeepSeek-V3 (Mar 2025)"}
    assert names["deepseek-r1-0528"] == {"DeepSeek-R1 (May 2025)"}


def test_distills_coders_vision_and_light_variants_are_not_caught(
    names: dict[str, set[str]],
) -> None:
    for name in names:
        assert "distill" not in name
    parents = {"glm-4.5": ("glm-4.5-air", "glm-4.5v", "glm-4.5-flash", "glm-4.5-x")}
    for parent, others in parents.items():
        for other in others:
            assert names.get(other, set()).isdisjoint(names[parent])
    assert names["qwen3-coder-480b-a35b-instruct"] == {"Qwen3-Coder-480B-A35B"}


def test_a_moving_alias_means_one_model_at_a_time() -> None:
    table = store.load("model_names", None)
    moving = table[table["name"].isin(["deepseek-chat", "deepseek-reasoner"])]
    for _, rows in moving.groupby("name"):
        rows = rows.sort_values("from")
        ends, starts = rows["until"].iloc[:-1], rows["from"].iloc[1:]
        assert ((starts.to_numpy() - ends.to_numpy()) == pd.Timedelta(days=1)).all()


def test_aliases_without_a_published_date_are_listed_and_not_guessed() -> None:
    left = set(store.load("unmatched_names", None)["name"])
    assert {"claude-3-5-sonnet-latest", "grok-4-latest", "o1-pro"} <= left
    table = store.load("model_names", None)
    assert left.isdisjoint(table.loc[table["source"] == "list_prices", "name"])


def test_an_effort_is_no_model_and_adds_nothing() -> None:
    index = store.load("capability_index", None)
    rest = (store.load("corrections", None), store.load("countries", None))
    row = index[(index["date"] == index["date"].max()) & (index["model"] == "GPT-5")].head(1)
    doubled = pd.concat([index, row.assign(version="gpt-5_32K_high")], ignore_index=True)
    one, two = (capability.models(table, *rest) for table in (index, doubled))
    assert one["model"].is_unique
    assert one.equals(two)


def test_prices_for_buyers_in_china_are_left_out(
    histories: dict[str, pd.DataFrame], models: pd.DataFrame
) -> None:
    table = crosswalk.offers(histories["models.dev"], models, DAY).set_index("model")
    # 1.5 and 7.5 abroad, 0.861 and 3.441 at home, at three to one
    assert table.loc["Qwen3-Coder-480B-A35B", "own"] == pytest.approx(3.0)
    hosts = {row["provider"] for row in csv.DictReader(_file("price_hosts"))}
    assert set(AT_HOME) <= hosts


def test_the_maker_and_the_cheapest_seller_are_two_columns(
    histories: dict[str, pd.DataFrame], models: pd.DataFrame
) -> None:
    table = crosswalk.offers(histories["all"], models, DAY).set_index("model")
    assert table["own"].dropna().ge(table["cheapest"][table["own"].notna()]).all()
    assert table.loc["DeepSeek-R1", "own"] == pytest.approx((3 * 0.55 + 2.19) / 4)
    assert table.loc["DeepSeek-R1", "cheapest"] < 0.55
    assert table.loc[table["side"] == "us_open", "own"].isna().all()


def rows(*told: tuple[str, str, str, float | None]) -> pd.DataFrame:
    """Make a history of day, seller, list and one price for input and output."""
    columns = ["date", "host", "source", "input"]
    table = pd.DataFrame(list(told), columns=columns).astype({"input": float})
    table["date"] = pd.to_datetime(table["date"])
    return table.assign(model="M", host_lab="L", listed_as="m", output=table["input"])


def test_a_price_stands_until_its_list_drops_the_name() -> None:
    table = rows(
        ("2025-01-01", "A", "litellm", 2.0),
        ("2025-03-01", "A", "litellm", 1.0),
        ("2025-05-01", "A", "litellm", None),
    )
    days = pd.to_datetime(["2024-12-31", "2025-02-01", "2025-03-01", "2025-06-01"])
    found = [list(crosswalk.standing(table, day)["price"]) for day in days]
    assert found == [[], [2.0], [1.0], []]


def test_the_makers_word_goes_before_lists_and_of_lists_the_median_counts() -> None:
    lists = [("2025-01-01", "A", s, p) for s, p in zip(crosswalk.LISTS, (1, 2, 9), strict=True)]
    assert list(crosswalk.standing(rows(*lists), DAY)["price"]) == [2.0]
    maker = ("2024-12-01", "A", "maker", 5.0)
    assert list(crosswalk.standing(rows(*lists, maker), DAY)["price"]) == [5.0]


def test_a_list_speaks_only_on_its_own_days(histories: dict[str, pd.DataFrame]) -> None:
    days = {
        row["date"] for row in csv.DictReader(_file("list_prices")) if row["source"] == "litellm"
    }
    told = set(histories["litellm"]["date"].dt.strftime("%Y-%m-%d"))
    assert told <= days


def test_the_shares_count_models_and_bound_the_lists(
    histories: dict[str, pd.DataFrame], models: pd.DataFrame
) -> None:
    told = crosswalk.numbers(histories, models, store.load("unmatched_names", None))
    numbers = {n.id.removeprefix("costs.crosswalk."): n for n in told}
    share = numbers["matched_share"]
    assert 0 < share.low <= share.value <= 1
    assert numbers["matched_share.cn_open"].value == 1
    assert numbers["unmatched"].value == len(list(csv.DictReader(_file("unmatched_names"))))
    assert list(crosswalk.without_price(histories, models)["model"]) == ["Gemini 2.0 Pro"]


def test_nothing_observed() -> None:
    empty = [store.load(name, None) for name in NAMES]
    none = crosswalk.histories(empty[0].iloc[:0], empty[1].iloc[:0], *empty[2:])
    index = store.load("capability_index", None).iloc[:0]
    models = capability.models(index, empty[-1], store.load("countries", None))
    told = crosswalk.numbers(none, models, store.load("unmatched_names", None).iloc[:0])
    assert {n.value for n in told} == {None}
    assert pd.isna(pd.Timestamp(index["date"].max()))
    assert crosswalk.offers(none["all"], models, pd.Timestamp(index["date"].max())).empty


def _file(table: str) -> list[str]:
    return package.path(table).read_text(encoding="utf-8").splitlines()


def test_quality_may_be_read_from_the_copy_before() -> None:
    index = store.load("capability_index", None)
    rest = (store.load("corrections", None), store.load("countries", None))
    now, before = (crosswalk.scores(index, *rest, m) for m in ("eci", "eci_previous"))
    assert (now.day, before.day) == (pd.Timestamp("2026-04-30"), pd.Timestamp("2026-01-31"))
    pd.testing.assert_frame_equal(now.models, before.other)
    pd.testing.assert_frame_equal(now.other, before.models)
    alone = crosswalk.scores(index[index["date"] == before.day], *rest, "eci_previous")
    assert alone.day == before.day  # with one copy there is none before
    assert not alone.models.empty
