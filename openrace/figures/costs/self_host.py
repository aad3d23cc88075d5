"""The figure on self-hosting: what a million tokens cost over utilisation, and what the API asks.

The reader can move rent, throughput and utilisation once the figure is explored; without that it
shows the state it begins with, the middle of the reported throughputs at the market's rent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.parts import percent_axis
from openrace.figures.render import Chart
from openrace.numbers import written

_HOST, _EVEN = "costs.self_host", "costs.breakeven_utilisation"
_LEAST, _MOST = 0.03, 1.0
_PRICES = {"api": ("the same model’s API", [5, 4]), "closed": ("US closed models", [13, 5])}
_DASHES = {"sglang_cluster": [1, 0], "deepseek_fleet": [9, 3], "single_node": [2, 3]}
_GPUS_OF_NODE, _GAP = 8, 15
#: What the reader moves: name in expressions, label, least, most, step.
_SLIDERS = {
    "rent": ("US$ per GPU and hour", 0.5, 8.0, 0.01),
    "speed": ("tokens per second, 8 GPUs", 1000, 60000, 100),
    "used": ("part of paid hours at work", _LEAST, 1.0, 0.01),
}
# The same sum as openrace.measures.costs.self_host.cost, for the reader's own assumptions.
_FULL = f"(rent * {_GPUS_OF_NODE} / (speed * 3600) * 1000000)"


def _title(n: Numbers) -> str:
    """Say when renting pays, under which assumptions."""
    even = n[_EVEN]
    if even.value is None:
        return "Renting GPUs against paying per token: not every price is known yet"
    reached = [
        n[f"{_HOST}.{i}.breakeven"].value
        for i in ("sglang_cluster", "deepseek_fleet", "single_node")
    ]
    low = min(v for v in reached if isinstance(v, float))
    given = n[f"{_HOST}.throughput"].value == "given"
    if low > 1:
        at = "the throughput given" if given else "any of three throughputs reported"
        return f"Assumed, not measured: renting GPUs does not beat the API’s price at {at}"
    at = "the throughput given" if given else "the best throughput reported"
    said = f"Assumed, not measured: renting GPUs beats the API’s price from {written(low, 'share')}"
    node = n[f"{_HOST}.single_node.breakeven"].value
    never = isinstance(node, float) and node > 1 and not given
    return f"{said} use at {at}{', and on a single node never' if never else ''}"


def _subtitle(n: Numbers) -> str:
    said = "US$ per million tokens of a model of DeepSeek’s V3 size, "
    said += f"{n[f'{_HOST}.blend']} of input to 1 of output, by the part of paid hours at work; "
    rents = n["costs.gpu_hour.h100"], n["costs.gpu_hour.h200"]
    if rents[0].value is not None and rents[1].value is not None:
        said += f"rents of {n['costs.gpu_hour.h100.date']}: H100 {rents[0]}, H200 {rents[1]}; "
    return (
        said + "throughputs as their makers report; log scale; band: middle half of the API’s hosts"
    )


def _alt(n: Numbers) -> str:
    said = f"{_title(n)}."
    if n[f"{_HOST}.cost_at.10"].value is not None:
        said += f" At 10 % use a million tokens cost {n[f'{_HOST}.cost_at.10']} at the middle "
        said += f"throughput, at full use {n[f'{_HOST}.cost_at.100']}"
        if n[f"{_HOST}.api_price"].value is not None:
            said += f"; hosts ask {n[f'{_HOST}.api_price']}"
        if n[f"{_HOST}.closed_price"].value is not None:
            said += f", US closed models of about the same score {n[f'{_HOST}.closed_price']}"
        said += "."
    return said


@figure(
    "costs-self-host",
    title=_title,
    subtitle=_subtitle,
    alt=_alt,
    limit=(
        "What anyone pays: staff, storage, traffic and idle spares are left out, rents move by "
        "half within months, and reported throughputs are of their makers’ choosing."
    ),
    tables=(
        "gpu_rents",
        "throughputs",
        "list_prices",
        "official_prices",
        "capability_index",
        "price_hosts",
        "model_names",
    ),
)
def self_host(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw cost over utilisation for each installation, and the reader's own point."""
    narrow = width == theme.NARROW
    plot = width - (48 if narrow else 210)
    height = 330 if narrow else 340
    own = table[table["is_middle"]].iloc[0]
    chosen = numbers[f"{_HOST}.utilisation"].value
    begin = {"rent": own["rent"], "speed": own["throughput"], "used": chosen}
    costs = _curves(table)
    span = (min(costs["cost"].min(), table["api"].min()) * 0.45, costs["cost"].max() * 1.25)
    y = alt.Scale(type="log", domain=list(span), nice=False)
    words = _lines(table)
    layers = [
        *_prices(table, y),
        *_installations(table, costs, y),
        *(_key(words) if narrow else _beside(words, span, plot, height)),
        *_own(y, begin, own["api"]),
    ]
    return (
        alt.layer(*layers)
        .resolve_scale(strokeDash="independent")
        .properties(width=plot, height=height)
        .add_params(*(_slider(name, begin[name]) for name in _SLIDERS))
    )


def _slider(name: str, value: Any) -> alt.Parameter:
    label, least, most, step = _SLIDERS[name]
    at = round(min(max(float(value), least), most), 2)
    return alt.param(
        name=name, value=at, bind=alt.binding_range(min=least, max=most, step=step, name=label)
    )


def _curves(table: pd.DataFrame) -> pd.DataFrame:
    """Lay points along each curve."""
    steps = [i / 100 for i in range(round(100 * _LEAST), round(100 * _MOST) + 1)]
    used = pd.DataFrame({"used_share": steps})
    kept = table[["installation", "name", "gpu", "rent", "throughput", "full", "breakeven"]]
    rows = kept.merge(used, how="cross")
    return rows.assign(cost=rows["full"] / rows["used_share"])


def _x(**options: Any) -> alt.X:
    return alt.X(
        "used_share:Q",
        title="part of paid hours at work",
        scale=alt.Scale(domain=[0, 1]),
        axis=percent_axis(values=[0, 0.25, 0.5, 0.75, 1]),
        **options,
    )


def _y(field: str, scale: alt.Scale) -> alt.Y:
    ticks = [0.1, 0.3, 1, 3, 10, 30]
    axis = alt.Axis(values=ticks, format="~g")
    return alt.Y(field, title="US$ per million tokens", scale=scale, axis=axis)


class Line(NamedTuple):
    """What is drawn as a line: its name, where it ends on the right, what its dashes are."""

    words: tuple[str, ...]
    cost: float
    dash: list[int]
    colour: str


def _lines(table: pd.DataFrame) -> list[Line]:
    """Name what is drawn, the dearest at full use first."""
    first = table.iloc[0]
    lines = [
        Line((name, *_meets(even)), cost, _DASHES[installation], theme.INK)
        for installation, name, even, cost in table[
            ["installation", "name", "breakeven", "full"]
        ].itertuples(index=False)
    ]
    for price, (word, dash) in _PRICES.items():
        if pd.notna(first[price]):
            said = f"{word}: {written(first[price], 'US$')}"
            lines.append(Line((said,), first[price], dash, theme.MUTED))
    return sorted(lines, key=lambda line: -line.cost)


def _prices(table: pd.DataFrame, scale: alt.Scale) -> list[alt.Chart]:
    """Draw what is compared: the API's price with its quartiles, and that of closed models."""
    names = {price: word for price, (word, _) in _PRICES.items()}
    rows = table[list(names)].head(1).rename(columns=names).melt().dropna()
    if rows.empty:
        return []
    tips = [
        alt.Tooltip("variable:N", title="price of"),
        alt.Tooltip("value:Q", title="US$ per million", format="$,.2f"),
    ]
    band = alt.Chart(table[["api_low", "api_high"]].head(1)).mark_rect(
        color=theme.GRID, opacity=0.7
    )
    rule = alt.Chart(rows).mark_rule(strokeWidth=1.5, color=theme.MUTED)
    dashes = alt.Scale(domain=list(names.values()), range=[dash for _, dash in _PRICES.values()])
    dash = alt.StrokeDash("variable:N", scale=dashes, legend=None)
    return [
        band.encode(y=_y("api_low:Q", scale), y2="api_high:Q"),
        rule.encode(y=_y("value:Q", scale), strokeDash=dash, tooltip=tips),
    ]


def _installations(table: pd.DataFrame, costs: pd.DataFrame, scale: alt.Scale) -> list[alt.Chart]:
    """Draw a curve per installation, and where it meets the API's price."""
    dash = alt.StrokeDash(
        "installation:N",
        scale=alt.Scale(domain=list(_DASHES), range=list(_DASHES.values())),
        legend=None,
    )
    tips = [
        alt.Tooltip("name:N", title="throughput of"),
        alt.Tooltip("gpu:N"),
        alt.Tooltip("rent:Q", title="US$ per GPU and hour", format=".2f"),
        alt.Tooltip("throughput:Q", title="tokens per second and node", format=",.0f"),
        alt.Tooltip("used_share:Q", title="at work", format=".0%"),
        alt.Tooltip("cost:Q", title="US$ per million", format="$,.2f"),
    ]
    line = alt.Chart(costs).mark_line(color=theme.INK, strokeWidth=1.8)
    # assigned before filtering: pandas lets an empty table take the rows of what is assigned
    met = table.assign(used_share=table["breakeven"], cost=table["api"])
    met = met[met["breakeven"] <= 1]
    even = alt.Chart(met).mark_point(
        shape="diamond", size=70, filled=True, fill=theme.PAPER, stroke=theme.INK, opacity=1
    )
    return [
        line.encode(
            x=_x(), y=_y("cost:Q", scale), strokeDash=dash, detail="installation:N", tooltip=tips
        ),
        even.encode(x=_x(), y=_y("cost:Q", scale), tooltip=tips),
    ]


def _beside(
    lines: list[Line], span: tuple[float, float], plot: int, height: int
) -> Iterator[alt.Chart]:
    """Name every line at its right end, as far apart as letters need."""
    low, high = span
    y = -math.inf
    for line in lines:
        end = height * (1 - math.log(line.cost / low) / math.log(high / low))
        for i, word in enumerate(line.words):
            y = max(end + _GAP * (i - (len(line.words) - 1) / 2), y + _GAP)
            yield _word(word, plot + 8, y, color=theme.MUTED if i else theme.INK)


def _key(lines: list[Line]) -> Iterator[alt.Chart]:
    """Name every line above the drawing, where a phone has no room beside it."""
    for i, line in enumerate(reversed(lines)):
        y = -48 - 17 * i
        sample = alt.Chart(pd.DataFrame({"word": [line.words[0]]}))
        yield sample.mark_rule(color=line.colour, strokeDash=line.dash, strokeWidth=1.8).encode(
            x=alt.value(0), x2=alt.value(30), y=alt.value(y)
        )
        yield _word(" ".join((line.words[0], *line.words[1:])), 38, y)


def _meets(breakeven: float) -> tuple[str, ...]:
    """Say where a curve meets the API's price; nothing where no price is known."""
    if pd.isna(breakeven):
        return ()
    share = written(breakeven, "share")
    return ("never meets the API",) if breakeven > 1 else (f"meets the API at {share}",)


def _word(text: str, x: float, y: float, **style: Any) -> alt.Chart:
    look: dict[str, Any] = {"align": "left", "color": theme.INK, "fontSize": 12} | style
    mark = alt.Chart(pd.DataFrame({"word": [text]})).mark_text(**look)
    return mark.encode(x=alt.value(x), y=alt.value(y), text="word:N")


def _own(scale: alt.Scale, begin: dict[str, Any], api: float) -> list[alt.Chart]:
    """Draw the reader's own curve and point, which the sliders move."""
    steps = [i / 100 for i in range(round(100 * _LEAST), round(100 * _MOST) + 1)]
    rows = pd.DataFrame({"used_share": steps})
    curve = alt.Chart(rows).transform_calculate(cost=f"{_FULL} / datum.used_share")
    point = alt.Chart(pd.DataFrame({"row": [0]})).transform_calculate(
        used_share="used", cost=f"{_FULL} / used"
    )
    tips = [
        alt.Tooltip("used_share:Q", title="at work", format=".0%"),
        alt.Tooltip("cost:Q", title="US$ per million", format="$,.2f"),
    ]
    place: dict[str, Any] = {"x": _x(), "y": _y("cost:Q", scale)}
    word = "'US$\u00a0' + format(datum.cost, '.2f') + ' at ' + round(100 * used) + '\u00a0%'"
    if pd.notna(api):
        word += f" + ({_FULL} / {api} > 1 ? ', never meets the API' : ', meets the API at ' + "
        word += f"round(100 * {_FULL} / {api}) + '\u00a0%')"
    reading: dict[str, Any] = {"align": "left", "fontWeight": "bold", "fontSize": 12}
    return [
        curve.mark_line(clip=True, color=theme.MUTED, strokeWidth=5, opacity=0.3).encode(
            **place, tooltip=tips
        ),
        point.mark_point(clip=True, size=90, filled=True, color=theme.INK, opacity=1).encode(
            **place, tooltip=tips
        ),
        alt.Chart(pd.DataFrame({"row": [0]}))
        .mark_point(size=70, filled=True, color=theme.INK, opacity=1)
        .encode(x=alt.value(5), y=alt.value(-28)),
        point.transform_calculate(word=word)
        .mark_text(**reading)
        .encode(x=alt.value(14), y=alt.value(-28), text="word:N"),
    ]
