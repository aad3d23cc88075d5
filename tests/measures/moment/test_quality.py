"""The quality gap: lags worked by hand, noise that keeps records and days, boards never joined."""

from __future__ import annotations

import csv
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from openrace import capability, package, store
from openrace.measures.moment import arena, quality
from openrace.measures.moment.race import bounded, frontiers, gap_draws, race
from openrace.numbers import Number

NAMES = ("capability_index", "corrections", "countries", "arena_gaps")
COUNTRIES = pd.DataFrame({"country": ["CN", "US"], "bloc": ["China", "United States"]})
NO_CORRECTIONS = pd.DataFrame(
    columns=["table", "key_field", "key", "field", "was", "becomes", "reason", "url"], dtype="str"
)


def models(*rows: tuple[str, str, str, float, str]) -> pd.DataFrame:
    """Make models of (country, access, name, score, day)."""
    table = pd.DataFrame(rows, columns=["country", "access", "model", "score", "released"])
    table["released"] = pd.to_datetime(table["released"])
    return table.merge(COUNTRIES).assign(lab="Lab")


US = (
    ("US", "closed", "First", 100.0, "2024-01-01"),
    ("US", "closed", "Second", 110.0, "2024-02-01"),
    ("US", "closed", "Weaker", 105.0, "2024-02-20"),
    ("US", "closed", "Third", 118.0, "2024-08-01"),
)
CN = (
    ("CN", "open", "Early", 95.0, "2024-03-01"),
    ("CN", "open", "Middle", 105.0, "2024-04-01"),
    ("CN", "open", "No record", 104.0, "2024-04-15"),
    ("CN", "closed", "Not open", 130.0, "2024-04-20"),
    ("CN", "open", "Ahead", 117.0, "2024-05-01"),
)
TOY = models(*US, *CN)
NOTHING = TOY.iloc[:0]


def read(as_of: date | None = None) -> list[pd.DataFrame]:
    return [store.load(name, as_of) for name in NAMES]


def told(as_of: date | None = None, score_noise: float = 1.0) -> dict[str, Number]:
    return {n.id: n for n in quality.numbers(*read(as_of), score_noise)}


@pytest.fixture(scope="module")
def latest() -> dict[str, Number]:
    return told()


# Models of a copy


def index(*rows: tuple[str, str, str, float | None, str | None]) -> pd.DataFrame:
    """Make an index of (day of the copy, version, name, score, release)."""
    table = pd.DataFrame(rows, columns=["date", "version", "model", "score", "released"])
    table = table.assign(lab="Lab", country="CN", access="open")
    return table.assign(**{d: pd.to_datetime(table[d]) for d in ("date", "released")})


COPIES = index(
    ("2026-01-31", "a-1", "A", 90.0, "2025-01-01"),
    ("2026-04-30", "a-2", "A", 91.0, "2025-03-01"),
    ("2026-04-30", "a-1", "A", 91.0, "2025-02-01"),
    ("2026-04-30", "a-0", "A", 91.0, None),
    ("2026-04-30", "b", "B", 80.0, None),
)


def test_a_name_is_one_model_released_with_its_first_dated_version_in_the_latest_copy() -> None:
    found = capability.models(COPIES, NO_CORRECTIONS, COUNTRIES).set_index("model")
    assert found["score"].to_dict() == {"A": 91.0, "B": 80.0}
    assert found["released"]["A"] == pd.Timestamp("2025-02-01")
    assert pd.isna(found["released"]["B"])
    assert set(found["bloc"]) == {"China"}


def test_copies_are_read_one_at_a_time() -> None:
    january = capability.models(COPIES, NO_CORRECTIONS, COUNTRIES, date(2026, 1, 31))
    assert january[["model", "score"]].to_numpy().tolist() == [["A", 90.0]]
    assert capability.models(COPIES, NO_CORRECTIONS, COUNTRIES, date(2026, 2, 28)).empty
    assert list(capability.models(COPIES.iloc[:0], NO_CORRECTIONS, COUNTRIES)) == list(january)


def test_the_mistakes_of_the_source_are_mended() -> None:
    capability_index, corrections, countries, _ = read()
    april, january = (
        capability.models(capability_index, corrections, countries, copy).set_index("model")
        for copy in (None, date(2026, 1, 31))
    )
    assert pd.isna(january["score"]["DeepSeek-V3"])  # it had that of its successor
    assert january["score"]["DeepSeek-V3 (Mar 2025)"] > april["score"]["DeepSeek-V3"]
    assert january["released"]["Kimi K2"] == pd.Timestamp("2025-07-12")
    assert april["access"].notna().all()
    assert april["access"]["GLM-5"] == "open"


# Frontiers and lags


def test_a_record_holds_until_the_next_and_the_last_until_its_side_ends() -> None:
    steps = frontiers(TOY)
    held = steps[["model", "released", "until"]].astype(str).to_numpy().tolist()
    assert held == [
        ["Early", "2024-03-01", "2024-04-01"],
        ["Middle", "2024-04-01", "2024-05-01"],
        ["Ahead", "2024-05-01", "2024-05-01"],
        ["First", "2024-01-01", "2024-02-01"],
        ["Second", "2024-02-01", "2024-08-01"],
        ["Third", "2024-08-01", "2024-08-01"],
    ]


def test_of_two_models_of_one_day_only_the_better_is_a_record() -> None:
    same = models(("CN", "open", "a", 90.0, "2024-01-01"), ("CN", "open", "b", 91.0, "2024-01-01"))
    assert frontiers(same)["model"].tolist() == ["b"]


def test_lags_count_from_the_first_us_model_that_had_the_score() -> None:
    table = quality.lags(TOY, NOTHING, score_noise=0.0).set_index("model")
    assert table["lag"].to_dict() == {"Early": 60, "Middle": 60, "Ahead": 0}
    assert table["reached_by"]["Middle"] == "Second"  # as good as Weaker, which came later
    assert table["at_least"].to_dict() == {"Early": True, "Middle": False, "Ahead": False}


def test_without_noise_an_interval_closes_and_with_noise_the_record_keeps_its_day() -> None:
    still, moved = (quality.lags(TOY, NOTHING, noise) for noise in (0.0, 3.0))
    assert still["low"].tolist() == still["high"].tolist() == still["lag"].tolist()
    assert moved["model"].tolist() == still["model"].tolist()
    assert moved["released"].tolist() == still["released"].tolist()
    middle = moved.set_index("model").loc["Middle"]
    assert middle["low"] <= 60 <= middle["high"]
    assert {middle["low"], middle["high"]} <= {0.0, 60.0, 91.0}  # days on which a US model came
    pd.testing.assert_frame_equal(moved, quality.lags(TOY, NOTHING, 3.0))


def test_the_other_copy_gives_the_same_record_its_own_lag() -> None:
    other = models(*US[:2], ("CN", "open", "Middle", 99.0, "2024-04-01"))
    table = quality.lags(TOY, other, 0.0).set_index("model")
    assert table["other_lag"]["Middle"] == 91
    assert table["other_lag"][["Early", "Ahead"]].isna().all()


def test_the_gap_is_known_only_while_both_sides_are_evaluated() -> None:
    days = pd.DatetimeIndex(["2024-02-29", "2024-03-01", "2024-04-10", "2024-05-01", "2024-05-02"])
    gaps = gap_draws(race(TOY, 0.0), days)
    assert gaps[0, 1:4].tolist() == [15, 5, -7]
    assert np.isnan(gaps[:, [0, 4]]).all()


def test_a_value_keeps_its_published_self_beside_what_was_drawn() -> None:
    drawn = np.concatenate([[7.0], np.arange(1.0, 101.0)])
    assert bounded(drawn) == (7.0, 3.0, 98.0)
    assert bounded(np.full(5, np.nan)) == (None, None, None)


# Numbers


def test_the_same_ids_whatever_is_known_or_assumed(latest: dict[str, Number]) -> None:
    ids = [n.id for n in quality.numbers(*read())]
    assert len(ids) == len(set(ids))
    for day in (date(2022, 1, 1), date(2025, 1, 10), date(2026, 2, 1)):
        assert set(told(day)) == set(latest)
    assert set(told(score_noise=0.0)) == set(latest)
    nothing = told(date(2022, 1, 1))
    assert {n.value for n in nothing.values()} == {None, 1.0}
    assert nothing["moment.score_noise"].value == 1.0


def test_every_number_rests_on_a_dated_table(latest: dict[str, Number]) -> None:
    dated = package.observed()
    for number in latest.values():
        assert set(number.tables) & set(dated)
        assert number.definition.endswith(".")


def test_a_published_value_lies_in_its_range(latest: dict[str, Number]) -> None:
    for number in latest.values():
        if number.low is not None:
            assert number.low <= number.value <= number.high, number.id


def test_the_headlines_by_plain_reading_of_the_files(latest: dict[str, Number]) -> None:
    with package.path("capability_index").open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["date"] == "2026-04-30" and r["released"]]
    scores = {r["model"]: float(r["score"]) for r in rows}
    # o3-pro's access is empty in the source, and mended by the table of corrections.
    closed = [r for r in rows if r["access"] == "closed" or r["model"] == "o3-pro"]

    def first(score: float) -> date:
        better = [r for r in closed if r["country"] == "US" and float(r["score"]) >= score]
        return min(date.fromisoformat(r["released"]) for r in better)

    r1 = date(2025, 1, 20) - first(scores["DeepSeek-R1"])
    kimi = date(2026, 1, 27) - first(scores["Kimi K2.5"])
    assert latest["moment.lag_days.r1"].value == r1.days
    assert latest["moment.lag_days.latest"].value == kimi.days
    gap = scores["o1"] - scores["DeepSeek-R1"]
    assert latest["moment.quality.r1_gap_points"].value == pytest.approx(gap)


def test_r1_has_the_shortest_lag_and_later_ones_are_longer(latest: dict[str, Number]) -> None:
    r1, since = latest["moment.lag_days.r1"], latest["moment.lag_days.since_r1"]
    assert latest["moment.lag_days.r1.rank"].value == 1
    assert r1.value < since.low


def test_more_noise_makes_r1s_rank_less_sure() -> None:
    sure = [told(score_noise=s)["moment.lag_days.r1.shortest_share"].value for s in (0.0, 1.0, 4.0)]
    assert sure[0] == 1.0
    assert sure[0] > sure[1] > sure[2] > 0


def test_the_year_before_is_split_into_half_years_that_make_its_mean(
    latest: dict[str, Number],
) -> None:
    halves = [latest[f"moment.quality.gap_points.from_{m}"].value for m in ("2024_01", "2024_07")]
    days = [182, 184]  # 20 Jan to 19 Jul 2024, a leap year; 20 Jul to 19 Jan 2025
    mean = sum(h * d for h, d in zip(halves, days, strict=True)) / sum(days)
    assert latest["moment.quality.gap_points.before"].value == pytest.approx(mean)


# Boards of votes


def board(name: str, **gaps: float) -> pd.DataFrame:
    """Make a board of gaps by days from R1: m3 is three days before, p9 nine after."""
    rows = [
        {
            "date": pd.Timestamp("2025-01-20") + timedelta(int(d[1:]) * (-1 if d[0] == "m" else 1)),
            "board": name,
            "gap": gap,
            "low": gap - 5,
            "high": gap + 5,
            "unknown": 0,
        }
        for d, gap in gaps.items()
    ]
    return pd.DataFrame(rows)


def arena_told(*boards: pd.DataFrame) -> dict[str, object]:
    return {n.id: n.value for n in arena.numbers(pd.concat(boards, ignore_index=True))}


def test_the_gap_before_and_after_is_read_on_one_board_only() -> None:
    found = arena_told(
        board(arena.MAIN, m20=-90.0, m3=-60.0, p2=-65.0, p8=-20.0, p30=-40.0, p64=-60.0, p90=-30.0),
        board(arena.COPY, m1=-10.0, p7=-99.0),
    )
    id = "moment.arena.gap"
    assert (found[f"{id}.before_r1"], found[f"{id}.after_r1"]) == (-60.0, -20.0)
    assert found[f"{id}.as_wide_again"] == "2025-03-25"
    assert found["moment.arena.days_narrower"] == 64
    assert found[f"{id}.as_wide_again.{arena.COPY}"] == "2025-01-27"
    assert (found[f"{id}.median_before"], found[f"{id}.median_after"]) == (-75.0, -40.0)


def test_a_gap_that_stays_narrower_has_no_day_of_return() -> None:
    found = arena_told(board(arena.MAIN, m3=-60.0, p8=-20.0, p30=-59.0))
    assert found["moment.arena.gap.as_wide_again"] is None
    assert found["moment.arena.days_narrower"] is None


def test_the_arenas_own_file_is_told_apart_and_moves_no_other_board() -> None:
    main = board(arena.MAIN, m3=-60.0, p8=-20.0, p30=-59.0)
    alone = arena_told(main)
    both = arena_told(main, board(arena.HUB, m3=-50.0, p8=-10.0, p400=-30.0))
    assert alone["moment.arena.gap.arena_hub.last"] is None
    assert both["moment.arena.gap.arena_hub.last"] == -30.0
    moved = {id for id in alone if alone[id] != both[id]}
    assert {id.split(".arena_hub")[0] for id in moved} == {
        "moment.arena",
        "moment.arena.gap",
        "moment.arena.days",
    }


def test_the_gap_around_r1_by_plain_reading_of_the_file(latest: dict[str, Number]) -> None:
    with package.path("arena_gaps").open(encoding="utf-8") as file:
        days = {
            r["date"]: float(r["gap"]) for r in csv.DictReader(file) if r["board"] == arena.MAIN
        }
    assert latest["moment.arena.gap.before_r1"].value == days["2025-01-20"]
    assert latest["moment.arena.gap.after_r1"].value == days["2025-01-29"]


def test_the_two_copies_of_one_board_agree() -> None:
    gaps = store.load("arena_gaps")
    one, two = (arena.on_board(gaps, b) for b in (arena.MAIN, arena.COPY))
    near = pd.merge_asof(
        two, one, on="date", direction="nearest", tolerance=pd.Timedelta(days=1)
    ).dropna(subset="gap_y")
    assert len(near) > 40
    # A board may change within the day between the copies; on most days it does not.
    assert (near["gap_x"] - near["gap_y"]).abs().median() < 1


# What the figure draws


def test_the_figures_table_has_its_parts_in_one_frame() -> None:
    table = quality.gap_figure(*read())
    assert set(table["part"]) == {"index", "lag", "arena"}
    assert table.loc[table["part"] == "lag", "lag"].notna().all()
    assert table.loc[table["part"] == "arena", "gap"].notna().all()


def test_names_of_the_source_that_gives_aggregates_only_are_not_kept() -> None:
    rows = store.load("arena_gaps").query(f"board == '{arena.MAIN}'")
    assert rows[["open_cn", "closed_us"]].isna().all(axis=None)


def test_before_the_first_copy_only_boards_are_drawn_and_before_them_nothing() -> None:
    early = quality.gap_figure(*read(date(2025, 1, 31)))
    assert set(early["part"]) == {"arena"}
    nothing = quality.gap_figure(*read(date(2022, 1, 1)))
    assert nothing.empty
    assert list(nothing) == list(early)
