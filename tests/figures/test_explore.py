"""What a reader may change: at rest nothing changes, and nothing is offered in vain."""

from __future__ import annotations

import re
from typing import Any

import altair as alt
import pandas as pd
import pytest

from openrace.figures import explore, render, scales
from openrace.figures.explore import Follow, Log, Window

DAYS = pd.date_range("2025-01-01", periods=3, freq="MS")
OFFERS = explore.offers(
    (Follow("lab", "Follow one lab"), Window(("day",)), Log("price", by="lab")),
    pd.DataFrame({"lab": ["b", "A", "", None], "day": [*DAYS, None], "price": [1.0, 5, 30, 400]}),
)


def spec(mark: str = "line", **options: Any) -> dict[str, Any]:
    rows = [(lab, day, at) for lab, at in (("A", 1.0), ("b", 400.0)) for day in DAYS]
    chart = alt.Chart(pd.DataFrame(rows, columns=["lab", "day", "price"])).encode(
        x=alt.X("day:T"),
        y=alt.Y(
            "price:Q",
            scale=alt.Scale(domain=[0, 450], nice=False),
            axis=alt.Axis(tickCount=5, values=[0, 200, 400]),
        ),
        detail="lab:N",
    )
    drawn = alt.layer(getattr(chart, f"mark_{mark}")(**options), chart.mark_point())
    made: dict[str, Any] = drawn.properties(width=300, height=200).to_dict()
    return made


def numbers(drawn: str) -> list[float]:
    return [float(n) for n in re.findall(r"-?\d+\.?\d*", drawn)]


def test_what_is_offered_comes_from_the_table() -> None:
    follow, window, log = OFFERS
    assert follow["options"] == ["A", "b"]
    assert (window["first"], window["last"]) == ("2025-01-01", "2025-03-01")
    assert log["value"] is False


@pytest.mark.parametrize("offered", [[OFFERS[0]], [OFFERS[1]], [OFFERS[0], OFFERS[1]]])
def test_at_rest_a_drawing_is_the_same_bytes(offered: list[explore.Offer]) -> None:
    before = spec()
    assert render.svg(explore.view(before, offered), "a") == render.svg(before, "a")
    assert before == spec()  # untouched


def test_a_scale_that_can_be_switched_is_linear_at_rest_to_a_hundredth_of_a_pixel() -> None:
    unnamed = OFFERS[2] | {"by": ""}
    drawn, still = (numbers(render.svg(s, "a")) for s in (explore.view(spec(), [unnamed]), spec()))
    assert drawn == pytest.approx(still, abs=0.01)


def moved(made: dict[str, Any], **values: Any) -> str:
    """Draw a view as if a reader had moved its controls."""
    params = [p | {"value": values.get(p["name"], p["value"])} for p in made["params"]]
    return render.svg(made | {"params": params}, "a")


def test_what_is_not_followed_is_pale_and_an_own_condition_is_kept() -> None:
    made = explore.view(spec("line"), [OFFERS[0]])
    drawn = moved(made, lab="b")
    assert drawn.count(f'opacity="{explore.PALE}"') == 1 + len(DAYS)
    own = spec()
    held = {"test": "datum.price > 5", "value": 0.5}
    own["layer"][0]["encoding"]["opacity"] = {"condition": held}
    opacity = explore.view(own, [OFFERS[0]])["layer"][0]["encoding"]["opacity"]
    assert [c["value"] for c in opacity["condition"]] == [explore.PALE, 0.5]


def test_one_line_through_several_is_pale_whomever_one_follows() -> None:
    joined = spec()
    for layer in joined["layer"]:
        del layer["encoding"]["detail"]
    test = explore.view(joined, [OFFERS[0]])["layer"][0]["encoding"]["opacity"]["condition"]
    assert test[0]["test"].endswith("isValid(datum['lab'])")


def test_names_stand_at_the_ends_of_lines_on_a_logarithmic_scale_only() -> None:
    made = explore.view(spec(), [OFFERS[2]])
    named = r'fill-opacity="0"[^>]*>(?:A|b)<|>(?:A|b)</text>'
    assert len(re.findall(named, moved(made, log=True))) == 2
    assert 'fill-opacity="0"' in moved(made)
    assert 'fill-opacity="0"' not in moved(made, log=True)


def test_a_part_without_the_amount_keeps_its_scale() -> None:
    other = spec()
    both = {"vconcat": [spec(), other]}
    for layer in other["layer"]:
        layer["encoding"]["y"] = {"field": "lab", "type": "nominal"}
    both["datasets"] = both["vconcat"][0].pop("datasets")
    scales.either(both, OFFERS[2])
    assert "scale" not in both["vconcat"][1]["layer"][0]["encoding"]["y"]


def test_sliders_are_handed_to_the_page_and_taken_from_the_drawing() -> None:
    rent = alt.param(name="rent", value=2, bind=alt.binding_range(min=1, max=3, step=1, name="US$"))
    slid: dict[str, Any] = (
        alt.Chart(pd.DataFrame({"a": [1]})).mark_point().add_params(rent).to_dict()
    )
    (slider,) = explore.sliders(slid)
    assert slider == {
        "kind": "range",
        "name": "rent",
        "label": "US$",
        "value": 2,
        "min": 1,
        "max": 3,
        "step": 1,
    }
    assert explore.view(slid, [])["params"] == [{"name": "rent", "value": 2}]
