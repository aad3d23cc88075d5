"""An explored figure in a browser: controls, values, address, by pointer, finger and key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import altair as alt
import explored
import pandas as pd
import pytest
import specimen
from playwright.sync_api import Browser, Locator, Page
from serving import served

from openrace.figures import explore, theme
from openrace.figures.explore import Follow, Log, Window

ID = "made-up"
HOSTILE = specimen.HOSTILES[0]
LABS = {"Ant": 1.0, "Bee": 10.0, HOSTILE: 100.0}
DAYS = pd.date_range("2025-01-01", periods=4, freq="MS")
CONTROLS = (Follow("lab", "Follow one lab"), Window(("day",)), Log("price", by="lab"))


def table() -> pd.DataFrame:
    """Return the prices of three labs on four days, over more than two decades."""
    rows = [(lab, day, at * (1 + i)) for lab, at in LABS.items() for i, day in enumerate(DAYS)]
    return pd.DataFrame(rows, columns=["lab", "day", "price"])


def spec(width: int) -> dict[str, Any]:
    base = alt.Chart(table()).encode(
        x=alt.X("day:T", scale=alt.Scale(domain=[str(DAYS[0]), str(DAYS[-1])])),
        y=alt.Y("price:Q", scale=alt.Scale(domain=[0, 450], nice=False)),
        detail="lab:N",
        tooltip=["lab:N", "day:T", "price:Q"],
    )
    drawn = alt.layer(base.mark_line(), base.mark_point(opacity=1, filled=True))
    made: dict[str, Any] = drawn.properties(width=width - 150, height=200).to_dict()
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explored")
    views = {"wide": spec(theme.WIDE), "narrow": spec(theme.NARROW)}
    explored.write(folder, ID, views, explore.offers(CONTROLS, table()))
    return folder


@pytest.fixture(scope="module")
def home(folder: Path) -> Iterator[str]:
    with served(folder) as address:
        yield address


@pytest.fixture(scope="module")
def screen(browser: Browser) -> Iterator[Page]:
    """One tab for tests that show the figure anew and keep nothing: a tab costs a second."""
    with explored.opened(browser, "about:blank") as page:
        yield page


@pytest.fixture
def tab(screen: Page, home: str) -> Iterator[Page]:
    """The figure, explored by a click."""
    with explored.shown(screen, home) as page:
        page.locator("button.explore").click()
        drawn(page)
        yield page


def drawn(page: Page) -> Locator:
    page.locator(".exploring svg").wait_for(state="visible", timeout=15000)
    page.locator(".steps").wait_for(state="visible")
    return page.locator(".exploring .mark-symbol path")


def places(mark: Locator) -> list[float]:
    return [float(n) for n in re.findall(r"[\d.]+", mark.get_attribute("transform") or "")]


def opacities(page: Page) -> list[float]:
    return [float(mark.get_attribute("opacity") or 1) for mark in drawn(page).all()]


def chosen(page: Page) -> dict[str, Any]:
    fields = page.locator(".controls [name]:not([type=checkbox])").all()
    told = {str(f.get_attribute("name")): f.input_value() for f in fields}
    return told | {"log": page.get_by_label("Log scale").is_checked()}


def settled(page: Page, fragment: str) -> None:
    page.wait_for_function("f => location.hash === f", arg=f"#{fragment}", timeout=3000)


def test_at_rest_the_explored_figure_is_the_still_one_and_the_address_is_as_it_was(
    tab: Page, home: str
) -> None:
    still = tab.locator("svg.drawing.wide .mark-symbol path")
    pairs = zip(drawn(tab).all(), still.all(), strict=True)
    for mark, before in list(pairs)[::4]:
        assert places(mark) == pytest.approx(places(before), abs=0.01)
    assert set(opacities(tab)) == {1.0}
    assert tab.url == home


def test_one_is_followed_and_the_others_turn_pale(tab: Page) -> None:
    tab.get_by_label("Follow one lab").select_option("Bee")
    settled(tab, f"explore={ID}&lab=Bee")
    assert opacities(tab) == [explore.PALE] * 4 + [1.0] * 4 + [explore.PALE] * 4


def test_a_window_is_chosen_by_two_days_and_the_end_not_moved_gives_way(tab: Page) -> None:
    tab.get_by_label("From").fill("2025-02-15")
    settled(tab, f"explore={ID}&from=2025-02-15")
    assert drawn(tab).count() == 2 * len(LABS)
    tab.get_by_label("To").fill("2025-02-01")
    settled(tab, f"explore={ID}&from=2025-02-01&to=2025-02-01")
    assert drawn(tab).count() == len(LABS)


def heights(page: Page) -> list[float]:
    boxes = [mark.bounding_box() for mark in drawn(page).all()]
    return [box["y"] for box in boxes if box]


def test_a_logarithmic_scale_sets_equal_ratios_equally_far_apart_and_names_the_lines(
    tab: Page,
) -> None:
    names = tab.locator(".exploring svg text", has_text="Ant")
    assert not names.is_visible() or names.get_attribute("fill-opacity") == "0"
    tab.get_by_label("Log scale").press("Space")
    settled(tab, f"explore={ID}&log=1")
    first = heights(tab)[::4]
    assert first[0] - first[1] == pytest.approx(first[1] - first[2], abs=0.5)
    assert first[0] - first[1] > 40
    assert names.get_attribute("fill-opacity") is None
    tab.get_by_label("Log scale").press("Space")
    settled(tab, f"explore={ID}")
    assert heights(tab)[0] - heights(tab)[4] < 10


def test_reset_shows_all_again(tab: Page) -> None:
    tab.get_by_label("Follow one lab").select_option("Ant")
    tab.get_by_label("Log scale").check()
    tab.get_by_role("button", name="Reset").click()
    settled(tab, f"explore={ID}")
    assert set(opacities(tab)) == {1.0}


# The address


@pytest.mark.parametrize("name", explored.SCREENS)
def test_a_shared_link_opens_the_figure_as_it_was_left(
    browser: Browser, home: str, name: str
) -> None:
    link = f"{home}#explore={ID}&lab=Bee&from=2025-02-01&to=2025-03-31&log=1"
    with explored.opened(browser, link, name) as tab:
        drawn(tab)
        assert chosen(tab) == {"lab": "Bee", "from": "2025-02-01", "to": "2025-03-31", "log": True}
        assert opacities(tab).count(1.0) == 2
        assert tab.url == link
        assert tab.evaluate("document.documentElement.scrollWidth") <= tab.viewport_size["width"]


def test_the_link_to_a_view_is_copied(browser: Browser, home: str) -> None:
    with explored.opened(browser, home, permissions=["clipboard-read", "clipboard-write"]) as tab:
        tab.locator("button.explore").click()
        drawn(tab)
        tab.get_by_label("Follow one lab").select_option("Bee")
        tab.get_by_role("button", name="Copy link").click()
        tab.get_by_role("button", name="Link copied").wait_for()
        copied = tab.evaluate("navigator.clipboard.readText()")
        assert copied == f"{home}#explore={ID}&lab=Bee"


@pytest.mark.parametrize(
    "fragment",
    [
        f"explore={ID}&lab=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&from=2025-13-45&to=1e9&log=yes",
        f"explore={ID}&lab=constructor&from=1999-01-01&to=2999-01-01&log=__proto__",
        f"explore={ID}&spec=%7B%22mark%22%3A%22bar%22%7D&signal=alert(1)&price=1&width=9999",
    ],
)
def test_whatever_is_not_offered_is_not_taken_from_an_address(
    screen: Page, home: str, fragment: str
) -> None:
    with explored.shown(screen, f"{home}#{fragment}") as tab:
        assert set(opacities(tab)) == {1.0}
        assert chosen(tab) == {"lab": "", "from": "", "to": "", "log": False}
        assert tab.locator(".exploring svg").bounding_box()["width"] < 800


@pytest.mark.parametrize("fragment", ["explore=other", "explore=__proto__", "%E0%A4%A", "explore"])
def test_an_address_that_names_no_figure_loads_nothing(
    screen: Page, home: str, fragment: str
) -> None:
    with explored.shown(screen, f"{home}#{fragment}") as tab:
        tab.wait_for_load_state("networkidle")
        assert tab.locator("button.explore").is_visible()
        assert tab.evaluate("typeof vegaEmbed") == "undefined"


def test_another_link_on_the_open_page_moves_the_controls(tab: Page) -> None:
    tab.evaluate(f"location.hash = 'explore={ID}&lab=Ant'")
    tab.wait_for_function("document.querySelector('.controls select').value === 'Ant'")
    assert opacities(tab).count(1.0) == 4


def test_a_view_is_opened_and_kept_in_the_address_from_a_disk_too(
    screen: Page, folder: Path
) -> None:
    page = (folder / "index.html").as_uri()
    with explored.shown(screen, f"{page}#explore={ID}&lab=Bee") as tab:
        assert opacities(tab).count(1.0) == 4
        tab.get_by_label("Follow one lab").select_option("Ant")
        settled(tab, f"explore={ID}&lab=Ant")


# Values


def test_arrow_keys_step_through_the_values_of_the_one_followed(tab: Page) -> None:
    tab.get_by_label("Follow one lab").select_option("Bee")
    steps = tab.get_by_label("Values, one by one")
    steps.focus()
    assert steps.get_attribute("max") == "4"
    told = []
    for mark in drawn(tab).all()[4:8]:
        tab.keyboard.press("ArrowRight")
        told.append(steps.get_attribute("aria-valuetext"))
        assert tab.locator(".reading").inner_text() == told[-1]
        ring, box = tab.locator(".ring").bounding_box(), mark.bounding_box()
        for side, length in (("x", "width"), ("y", "height")):
            middle = box[side] + box[length] / 2
            assert ring[side] + ring[length] / 2 == pytest.approx(middle, abs=1.5)
    assert told[0] == "1 of 4. lab: Bee; day: Jan 01, 2025; price: 10"
    assert told[3].endswith("price: 40")
    tab.keyboard.press("Home")
    assert tab.locator(".ring").is_hidden()


def test_hostile_text_is_told_as_text(tab: Page) -> None:
    tab.get_by_label("Follow one lab").select_option(HOSTILE)
    tab.get_by_label("Values, one by one").press("ArrowRight")
    assert " ".join(HOSTILE.split()) in " ".join(tab.locator(".reading").inner_text().split())
    drawn(tab).nth(8).hover()
    values = tab.locator(".figure-values.visible")
    assert values.inner_text().startswith("lab")
    assert values.locator("img, script, iframe").count() == 0
    tab.keyboard.press("Escape")
    assert values.count() == 0


def test_a_tap_tells_values_on_a_phone(browser: Browser, home: str) -> None:
    with explored.opened(browser, home, "phone", has_touch=True, is_mobile=True) as tab:
        tab.locator("button.explore").tap()
        drawn(tab).nth(5).tap(force=True)
        assert "Bee" in tab.locator(".figure-values.visible").inner_text()


def test_controls_are_named_large_enough_and_reached_in_order_by_keyboard(
    browser: Browser, home: str
) -> None:
    with explored.opened(browser, home, "phone") as tab:
        tab.locator("button.explore").press("Enter")
        drawn(tab)
        assert tab.evaluate("document.activeElement === document.querySelector('.controls select')")
        for control in tab.locator(".controls :is(select, input, button), .steps input").all():
            box = control.bounding_box()
            assert box["height"] >= 24
            assert box["width"] >= 24
            assert box["x"] + box["width"] <= 360
        assert tab.locator(".exploring").get_attribute("aria-label") == "What it shows."
        assert not tab.locator("svg.drawing.narrow").is_visible()
