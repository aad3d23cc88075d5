"""How few repositories decide, and whose absence changes a share."""

from __future__ import annotations

import pandas as pd
import pytest
from small_hub import COUNTRIES, GEMMA, LLAMA, NOBODY, QWEN, REUPLOAD, registry, uploads

from openrace.measures import rankings

HUB = uploads(
    [
        (NOBODY, "2026-08-20", None, 500),
        (QWEN, "2026-08-20", None, 300),
        (LLAMA, "2026-08-20", None, 100),
        (REUPLOAD, "2026-08-20", None, 60),
        (GEMMA, "2026-08-20", None, 40),
    ]
)


def lab_table(rows: list[tuple[str, str, str, float]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["date", "country", "lab", "share"])
    text = {"country": "str", "lab": "str", "share": float}
    return table.astype(text).assign(date=pd.to_datetime(table["date"]))


LABS = lab_table(
    [
        ("2026-03-01", "CN", "Alibaba", 0.2),
        ("2026-03-01", "US", "Meta", 0.8),
        ("2026-03-02", "CN", "Alibaba", 0.3),
        ("2026-03-02", "CN", "DeepSeek", 0.1),
        ("2026-03-02", "US", "Meta", 0.6),
    ]
)


def test_the_curve_by_hand() -> None:
    curve = rankings.concentration(rankings.uploaded(HUB, registry())).set_index("k")
    assert curve["share"].tolist() == pytest.approx([0.5, 0.8, 0.9, 0.96, 1.0])
    assert curve["cn_share"].tolist() == pytest.approx([0, 0.3, 0.3, 0.36, 0.36])
    assert curve.loc[1, "model_id"] == NOBODY


def test_each_left_out_in_turn_by_hand() -> None:
    # By lineage of both sides' 500: 300 Qwen, 60 re-uploaded by unsloth, 100 Llama, 40 Gemma.
    held = rankings.uploaded(HUB, registry())
    table = rankings.leave_one_out(held, LABS, COUNTRIES)
    lineage = table[(table["source"] == "hub_uploads") & (table["attribution"] == "lineage")]
    without = lineage.set_index("left_out")["cn_share_without"].to_dict()
    assert without == pytest.approx(
        {"Qwen": 60 / 200, "meta-llama": 360 / 400, "unsloth": 300 / 440, "google": 360 / 460}
    )
    assert set(lineage["cn_share"]) == {0.72}
    assert lineage["left_out"].iloc[0] == "Qwen"


def test_only_the_latest_day_of_the_lab_table_counts() -> None:
    table = rankings.leave_one_out(rankings.uploaded(HUB, registry()), LABS, COUNTRIES)
    labs = table[table["source"] == "lab_download_shares"].set_index("left_out")
    assert labs["cn_share_without"].to_dict() == pytest.approx(
        {"Alibaba": 0.1 / 0.7, "DeepSeek": 0.3 / 0.9, "Meta": 1.0}
    )


def test_the_range_of_days_stands_beside_the_latest_day() -> None:
    held = rankings.uploaded(HUB, registry())
    told = rankings.concentration_numbers(held, rankings.leave_one_out(held, LABS, COUNTRIES), LABS)
    numbers = {n.id: n for n in told}
    two = numbers["rankings.cn_share.all_modalities"]
    assert (two.value, two.low, two.high) == pytest.approx((0.4, 0.2, 0.4))
    assert numbers["rankings.concentration.half"].value == 1
    assert numbers["rankings.top_ten.downloads.cn"].value == 2
    assert numbers["rankings.top_ten.downloads.cn.publisher"].value == 1


def test_order_and_copies_of_rows_change_nothing() -> None:
    copied = pd.concat([HUB.iloc[::-1], HUB.iloc[:2]])
    first, second = (rankings.uploaded(t, registry()) for t in (HUB, copied))
    pd.testing.assert_frame_equal(rankings.concentration(first), rankings.concentration(second))
    pd.testing.assert_frame_equal(
        rankings.leave_one_out(first, LABS, COUNTRIES),
        rankings.leave_one_out(second, pd.concat([LABS.iloc[::-1], LABS.iloc[:1]]), COUNTRIES),
    )


def test_nothing_observed() -> None:
    held = rankings.uploaded(uploads([]), registry())
    without = rankings.leave_one_out(held, LABS.iloc[:0], COUNTRIES)
    assert rankings.concentration(held).empty
    assert without.empty
    assert {"k", "share", "cn_share"} <= set(rankings.concentration(held))
    assert {"left_out", "cn_share_without", "change"} <= set(without)
    told = rankings.concentration_numbers(held, without, LABS.iloc[:0])
    assert {n.value for n in told} == {None}
