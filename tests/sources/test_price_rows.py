"""From what a price list says today to rows of two tables: which names, and what is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import httpx2
import pandas as pd
import pytest
from price_world import DAY, LISTED, MAKERS, asked, world

from openrace.errors import Refusal
from openrace.sources import asking, price_rows
from openrace.sources.source import Found

FIELDS = {"input": "cost.input", "output": "cost.output", "cache_read": "cost.cache_read"}
TYPES = dict.fromkeys(["input", "output", "cache_read"], float) | {"chat": bool}
SAID = [(p, m, True, i, o, c) for p, m, i, o, c in LISTED]
SAID += [(p, m, False, i, o, None) for p, m, i, o, *_ in MAKERS]


@pytest.fixture(scope="module")
def client() -> Iterator[httpx2.Client]:
    with asking.opened(deadline=1) as client:
        yield client


Read = Callable[..., Found]


@pytest.fixture
def read(client: httpx2.Client) -> Read:
    def read(
        *more: tuple[object, ...],
        less: Sequence[str] = (),
        tables: dict[str, pd.DataFrame] | None = None,
    ) -> Found:
        said = [row for row in SAID if row[1] not in less] + list(more)
        offers = pd.DataFrame(said, columns=price_rows.OFFERS).astype(TYPES)
        return price_rows.found(asked(client, tables), "litellm", "The list", offers, FIELDS)

    return read


def told(found: Found, table: str = "list_prices") -> dict[tuple[str, str], tuple[float, float]]:
    rows = found.rows[table]
    keys = zip(rows["provider"], rows["model"], strict=True)
    return dict(zip(keys, zip(rows["input"], rows["output"], strict=True), strict=True))


def test_what_is_known_is_said_again_in_the_tables_own_columns(read: Read) -> None:
    found, tables = read(), world()
    for name, rows in found.rows.items():
        assert rows.dtypes.equals(tables[name].dtypes)
        assert set(rows["date"]) == {pd.Timestamp(DAY)}
        assert set(rows["source"]) == {"litellm"}
        known = tables[name][tables[name]["source"] == "litellm"]
        pd.testing.assert_frame_equal(
            rows.drop(columns="date").sort_values("model", ignore_index=True),
            known.drop(columns="date").sort_values("model", ignore_index=True),
        )
    assert (found.asked, found.rejected, found.notes) == (6, 0, [])


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("nebius", "openai/GPT-5"),  # a scored model at any seller, by what follows the slash
        ("zai", "glm-5.2"),  # an unscored flagship at its own lab
    ],
)
def test_a_new_name_of_a_model_that_the_table_is_about_is_taken(
    read: Read, provider: str, model: str
) -> None:
    found = read((provider, model, True, 2.0, 4.0, None))
    assert told(found)[provider, model] == (2.0, 4.0)
    rows = found.rows["list_prices"].set_index("model")
    assert rows.loc[model, "date_kind"] == "catalogue"
    assert found.rejected == 0


def test_other_names_are_left_out_without_a_word(read: Read) -> None:
    others = [
        ("nebius", "zai/glm-5.2", True),  # an unscored flagship at another seller
        ("zhipuai", "glm-5.2", True),  # and at its lab's shop for buyers in China
        ("nebius", "weak", True),  # scored too low
        ("azure", "azure/eu/gpt-5", True),  # the same once more, for a region
        ("azure", "azure/us-gov/gpt-5", True),
        ("nebius", "bedrock/ap-northeast-1/gpt-5", True),
        ("nebius", "global-standard/gpt-5", True),
        ("reseller", "gpt-5", True),  # no seller that runs models
        ("vertex_ai-language-models", "gpt-5", True),
        ("nebius", "gpt-5", False),  # no chat model
        ("nebius", "gpt-5-distill", True),  # another model's name, of which nobody is told
        ("openai", "gpt-left-out", True),  # left out for good
        ("openai", "text-embedding-9", True),
    ]
    found = read(*((p, m, chat, 2.0, 4.0, None) for p, m, chat in others))
    assert not {(p, m) for p, m, _ in others} & set(told(found) | told(found, "maker_prices"))
    assert (found.asked, found.rejected, found.notes) == (len(SAID) + len(others), 0, [])


def test_new_names_at_makers_are_counted_and_told(read: Read) -> None:
    new = [("openai", f"gpt-{n}", True, 1.0, 2.0, None) for n in range(60, 67)]
    found = read(*new, ("nebius", "gpt-60", True, 1.0, 2.0, None))
    assert found.rejected == 7
    assert found.notes == [
        "The list has names at makers that are new to us (7): openai gpt-60, openai gpt-61, "
        "openai gpt-62, openai gpt-63, openai gpt-64; say in data/model_names.csv what they are."
    ]


def test_no_name_moves_between_the_tables(read: Read) -> None:
    found = read()  # the name of gpt-old is placed, and its model is scored
    assert ("openai", "gpt-old") in told(found, "maker_prices")
    assert ("openai", "gpt-old") not in told(found)
    assert ("nebius", "command") not in told(read(("nebius", "command", True, 1.0, 2.0, None)))


def test_a_name_that_is_gone_gets_a_row_without_prices_once(read: Read) -> None:
    found, tables = read(less=["zai/glm-5"]), world()
    assert all(map(pd.isna, told(found)["zai", "zai/glm-5"]))
    assert found.notes == ["The list no longer has names that had a price (1)."]
    tables["list_prices"] = pd.concat([tables["list_prices"], found.rows["list_prices"]])
    later = read(less=["zai/glm-5"], tables=tables)
    assert ("zai", "zai/glm-5") not in told(later)
    back = read(tables=tables)
    assert told(back)["zai", "zai/glm-5"] == (1.0, 3.2)


@pytest.mark.parametrize(
    "prices", [[(0.0, 0.0), (0.0, 3.2), (1.0, 0.0)], [(None, 3.2), (1000.1, 3.2), (1.0, 3e5)]]
)
def test_what_is_free_or_absurd_is_no_price_and_the_last_one_stands(
    read: Read, prices: list[tuple[float | None, float]]
) -> None:
    lost = [row[:2] for row in LISTED[1:]]
    rows = [(*key, True, *pair, None) for key, pair in zip(lost, prices, strict=True)]
    found = read(*rows, less=[model for _, model in lost])
    assert list(told(found)) == [LISTED[0][:2]]
    assert found.rejected == 3
    assert found.notes == [
        "The list has names without a usable price, so that the last one stands (3)."
    ]


def test_prices_have_six_decimals_and_cached_input_may_be_free(read: Read) -> None:
    found = read(("zai", "glm-5.2", True, 0.1 + 0.2, 0.12345678, 0.0))
    row = found.rows["list_prices"].set_index("model").loc["glm-5.2"]
    assert (row["input"], row["output"]) == (0.3, 0.123457)
    assert pd.isna(row["cache_read"])


def test_a_name_that_is_not_written_as_one_stays_out(read: Read) -> None:
    owners = ["<script>alert(1)</script>", "=1+1", "\x1b[31m", "a b", "-", "a" * 200]
    unwritten = [("nebius", f"{owner}/gpt-5", True, 1.0, 2.0, None) for owner in owners]
    unplaced = [("openai", f"{owner} x", True, 1.0, 2.0, None) for owner in owners]
    found = read(*unwritten, *unplaced)
    assert len(told(found)) == len(LISTED)
    assert found.rejected == len(owners)
    assert found.notes == ["The list has new names that are not written as names are (6)."]


@pytest.mark.parametrize(
    ("row", "unread"),
    [
        (("openai", "gpt-5", True, 1.2, 10.0, None), 1),
        (("openai", "gpt-5", True, 1.25, 10.1, None), 0),  # within two per cent
        (("azure", "azure/gpt-5", True, 1.0, 8.0, None), 0),  # no maker
        (("openai", "gpt-old", True, 0.4, 1.5, None), 0),  # read already
    ],
)
def test_changes_at_makers_are_told_until_they_are_read(
    read: Read, row: tuple[object, ...], unread: int
) -> None:
    tables = world()
    at = (pd.Timestamp(DAY), "litellm", "openai", "gpt-old", "cut", "GPT Old", None, None)
    tables["price_readings"].loc[1] = at
    found = read(row, less=[str(row[1])], tables=tables)
    words = "The list has price changes at makers that are unread (1): openai gpt-5; "
    words += "say in data/price_readings.csv what they are."
    assert found.notes == [words] * unread


def test_a_change_that_nobody_read_is_told_again(read: Read) -> None:
    tables = world()
    dearer = tables["list_prices"].iloc[[len(LISTED)]].assign(input=2.5)
    assert dearer["model"].item() == "gpt-5"
    later = dearer.assign(date=pd.Timestamp("2026-08-20"))
    tables["list_prices"] = pd.concat([tables["list_prices"], later], ignore_index=True)
    found = read(("openai", "gpt-5", True, 2.5, 10.0, 0.125), less=["gpt-5"], tables=tables)
    assert "unread (1): openai gpt-5;" in found.notes[0]


def test_a_change_of_the_other_table_is_told_too(read: Read) -> None:
    found = read(("cohere", "command", True, 0.9, 2.0, None), less=["command"])
    assert found.notes[0].startswith("The list has price changes at makers that are unread (1)")
    assert told(found, "maker_prices")["cohere", "command"] == (0.9, 2.0)
    rows = found.rows["maker_prices"].set_index("model")
    assert tuple(rows.loc["command", ["lab", "country"]]) == ("Cohere", "CA")
    assert rows["date_kind"].to_dict() == {"gpt-old": "commit", "command": "catalogue"}


def test_a_list_that_has_lost_most_names_is_refused(read: Read) -> None:
    lost = [row[1] for row in SAID[2:]]
    with pytest.raises(Refusal, match="has 2 of the 6 names that had a price"):
        read(less=lost)


@pytest.mark.parametrize(("column", "field"), [(3, "cost.input"), (5, "cost.cache_read")])
def test_a_list_that_has_lost_a_field_is_refused_by_its_name(
    read: Read, column: int, field: str
) -> None:
    rows = [(*row[:column], None, *row[column + 1 :]) for row in SAID[:1] + SAID[2:]]
    with pytest.raises(Refusal, match=f"has the field “{field}” for [01] of"):
        read(*rows, less=[row[1] for row in rows])


def test_a_list_without_any_price_is_refused_even_when_nothing_is_known(read: Read) -> None:
    with pytest.raises(Refusal, match="has 0 usable prices"):
        read(less=[row[1] for row in SAID], tables=new_world())


def new_world() -> dict[str, pd.DataFrame]:
    tables = world()
    return tables | {n: tables[n].iloc[:0] for n in ("list_prices", "maker_prices")}


def test_the_first_list_ever_is_taken_by_the_rule_alone(read: Read) -> None:
    assert len(told(read(tables=new_world()))) == len(LISTED)
