"""The figure on price against score: three frontiers in each price list."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.explore import Follow
from openrace.figures.parts import Mark, key, part_title
from openrace.figures.render import Chart
from openrace.measures.costs.crosswalk import LISTS
from openrace.measures.costs.frontier import STABLE
from openrace.numbers import written

TABLES = ("list_prices", "official_prices", "model_names", "price_hosts", "capability_index")

#: side -> shape, dash of its frontier, whether filled
_LOOK: dict[str, tuple[str, list[int], bool]] = {
    "cn_open": ("circle", [1, 0], True),
    "us_closed": ("square", [6, 3], True),
    "us_open": ("triangle-up", [2, 2], False),
}

#: side -> where the names of its first, its last and its other members stand, away from the steps
_PLACES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "cn_open": (
        {"align": "right", "dx": -8, "dy": -5},
        {"align": "center", "dx": 8, "dy": -12},
        {"align": "right", "dx": -8, "dy": -9},
    ),
    "us_closed": ({"align": "left", "dx": 8, "dy": 9},) * 3,
    "us_open": (
        {"align": "left", "dx": 9, "dy": 5},
        {"align": "right", "dx": -4, "dy": -9},
        {"align": "left", "dx": 8, "dy": 9},
    ),
}
_LISTED = {"litellm": "LiteLLM", "models.dev": "models.dev", "tokencost": "tokencost"}
_WORDS = {"cn_open": "open Chinese", "us_closed": "closed US", "us_open": "open US"}
_PRICES = [0.01, 0.1, 1, 10, 100]


def _lists(n: Numbers, id: str) -> list[tuple[str, Any]]:
    """Return what a number says in each price list that was observed."""
    told = [(_LISTED[name], n[f"costs.frontier.{name.replace('.', '_')}.{id}"]) for name in LISTS]
    return [(name, number) for name, number in told if number.value is not None]


def _title(n: Numbers) -> str:
    own, host, draws = (_lists(n, f"joint_cn{v}") for v in ("", ".host", ".draws"))
    if any(number.value for _, number in own):
        held = ", ".join(f"{number} in {name}" for name, number in own)
        said = f"Open Chinese models unbeaten by US ones on price and score: {held}"
    else:
        said = "At makers’ prices US models beat every open Chinese one on price and score"
    shares = sorted({number.value: number.text for _, number in draws}.items())
    often = " to ".join(dict.fromkeys(text for _, text in (shares[:1] + shares[-1:])))
    drawn = f"score errors leave some unbeaten in {often} of draws, " if shares else ""
    cheap = ", ".join(f"{number} ({name})" for name, number in host)
    return f"{said}; {drawn}the cheapest sellers’ prices {cheap}"


def _subtitle(n: Numbers) -> str:
    days = ", ".join(f"{name} on {day}" for name, day in _lists(n, "as_of"))
    return (
        "List price, US$ per million blended tokens (log scale), against the Epoch Capabilities "
        f"Index; makers’ own prices, of open US models the cheapest seller’s; {days}{_before(n)}"
    )


def _before(n: Numbers) -> str:
    """Say what the scores of the copy before would give."""
    old = _lists(n, "joint_cn.other_copy")
    counts = ", ".join(str(number) for _, number in old)
    return f". With the scores of the copy before, {counts} open Chinese unbeaten" if old else ""


def _alt(n: Numbers) -> str:
    counts = [
        f"{name}: {cn} open Chinese and {us} closed US"
        for (name, cn), (_, us) in zip(_lists(n, "cn_models"), _lists(n, "us_models"), strict=True)
    ]
    stable = n["costs.frontier.stable"]
    told = (
        f" {stable} of the members stay in nine of ten draws." if stable.value is not None else ""
    )
    return f"Price against score with frontiers. Models on them, {'; '.join(counts)}.{told}"


@figure(
    "costs-frontier",
    title=_title,
    subtitle=_subtitle,
    alt=_alt,
    limit="It does not show what a task costs, because models need different numbers of tokens, "
    "nor whether one could still buy an old model: lists keep names that makers have moved on "
    "from.",
    tables=TABLES,
    controls=(Follow("model", "Follow one model"),),
)
def frontier(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw one panel per price list."""
    narrow = width == theme.NARROW
    plot = width - 60
    x = alt.X("score:Q", title="Epoch Capabilities Index").scale(
        domain=[table["score"].min() - 1, table["score"].max() + (6 if narrow else 3)],
        nice=False,
    )
    x = x.axis(tickCount=4 if narrow else 8)
    y = alt.Y("price:Q", title="US$ per million tokens").scale(
        type="log",
        domain=[table["price"].min() / 1.6, table["price"].max() * 1.4],
        nice=False,
    )
    y = y.axis(values=_PRICES, labelExpr="format(datum.value, '~g')")
    panels = []
    for name in LISTS:
        rows = table[table["source"] == name]
        if len(rows):
            head = part_title(_head(name, rows, numbers, narrow))
            size: dict[str, int] = {"width": plot, "height": 210 if narrow else 230}
            panels.append(_panel(rows, x, y, narrow).properties(title=head, **size))
    return alt.vconcat(_key(narrow), *panels, spacing=14)


def _head(name: str, rows: pd.DataFrame, n: Numbers, narrow: bool) -> str:
    day = written(f"{rows['day'].iloc[0]:%Y-%m-%d}", "date")
    priced = n[f"costs.frontier.{name.replace('.', '_')}.cn_priced"]
    if narrow:
        return f"{_LISTED[name]}, {day}; % of draws if below 90"
    return (
        f"{_LISTED[name]}, {day}: {priced} open Chinese models at their makers; percentages: how "
        "often a model stays on its frontier"
    )


def _key(narrow: bool) -> Chart:
    """Say what the marks mean."""
    colours = [theme.BLOCS["China"], *[theme.BLOCS["United States"]] * 2]
    step = 105 if narrow else 130
    marks = [
        Mark(_WORDS[side], shape, filled, colour, 6 + i * step, 6)
        for i, ((side, (shape, _, filled)), colour) in enumerate(
            zip(_LOOK.items(), colours, strict=True)
        )
    ]
    return key(marks)


def _panel(rows: pd.DataFrame, x: alt.X, y: alt.Y, narrow: bool) -> Chart:
    """Draw all models small, the frontiers as steps, their members large and named."""
    layers: list[alt.Chart] = []
    for side, (shape, dash, filled) in _LOOK.items():
        here = rows[rows["side"] == side]
        if here.empty:
            continue
        colour = theme.bloc_colour(legend=None)
        rest = alt.Chart(here[~here["member"].astype(bool)]).mark_point(
            shape=shape, filled=False, size=26, opacity=0.55, strokeWidth=1
        )
        members = here[here["member"].astype(bool)]
        line = alt.Chart(members).mark_line(
            interpolate="step-before", strokeDash=dash, strokeWidth=1.5
        )
        look: dict[str, Any] = {} if filled else {"fill": theme.PAPER}
        mark = alt.Chart(members).mark_point(
            shape=shape, filled=filled, size=80, opacity=1, strokeWidth=2, **look
        )
        layers += [
            chart.encode(x=x, y=y, color=colour, tooltip=_TOOLTIP) for chart in (rest, line, mark)
        ]
    layers += [text for side in _LOOK for text in _names(rows, side, x, y, narrow)]
    return alt.layer(*layers)


_TOOLTIP = [
    alt.Tooltip("model:N", title="Model"),
    alt.Tooltip("lab:N", title="Lab"),
    alt.Tooltip("score:Q", title="Index", format=".1f"),
    alt.Tooltip("price:Q", title="US$ per million tokens", format=".3~f"),
    alt.Tooltip("host:N", title="Seller, if not the maker"),
    alt.Tooltip("stays:Q", title="On its side’s frontier, share of draws", format=".0%"),
    alt.Tooltip("joint:N", title="Unbeaten by any side"),
]


def _names(rows: pd.DataFrame, side: str, x: alt.X, y: alt.Y, narrow: bool) -> list[alt.Chart]:
    """Name the members of a frontier with how often they stay, on phones only unstable ones."""
    members = rows[(rows["side"] == side) & rows["member"].astype(bool)].sort_values("score")
    names = members["model"].str.replace("DeepSeek-", "", regex=False)
    share = members["stays"].map(_share)
    members = members.assign(text=share if narrow else names + " " + share)
    first, last, others = _PLACES[side]
    parts = [(members.iloc[:1], first), (members.iloc[1:-1], others), (members.iloc[1:][-1:], last)]
    found = []
    for part, place in parts:
        shown = part[part["stays"].round(2) < STABLE] if narrow else part
        if len(shown):
            text = alt.Chart(shown).mark_text(**place, fontSize=11, color=theme.INK)
            found.append(text.encode(x=x, y=y, text="text:N"))
    return found


def _share(value: float) -> str:
    """Write a share in whole percent, and 100 only for all draws."""
    return written(1.0 if value == 1 else min(round(value, 2), 0.99), "share")
