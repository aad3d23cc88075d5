"""The figure on hosts: the same weights by home of the host, and where their tokens are served."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.parts import Mark, key, part_title, sentence, share_text
from openrace.figures.render import Chart

_GAP, _TOKENS, _SAVED = "costs.host_gap", "costs.cn_tokens", "costs.host_saving"
_HOMES = {"CN": "China", "US": "United States", "other": "Other", "unknown": "Unknown"}
_SIDES = {"CN": ("circle", -4), "US": ("square", 4)}
_ROW, _NAMES = 26, 98
_ORDER = list(_HOMES)


def _title(n: Numbers) -> str:
    """Say what the host's home does to the price, and who serves the tokens."""
    said = []
    middle = n[f"{_GAP}.median"]
    if middle.value is not None:
        low, high = f"{middle.low:.1f}", f"{middle.high:.1f}"
        said.append(
            f"The same Chinese open weights cost {middle} as much at US hosts as at Chinese ones, "
            f"{low} to {high} by model"
        )
    owned, seated = n[f"{_TOKENS}.cn_hosts"], n[f"{_TOKENS}.cn_hosts.seat"]
    if owned.value is not None:
        said.append(
            f"{owned} of their tokens were served by hosts of Chinese owners, {seated} by hosts "
            "seated in China"
        )
    return ". ".join(said) or "The same weights at hosts of different homes"


def _subtitle(n: Numbers) -> str:
    """Say what is measured, and when; either half may be missing."""
    said = []
    if n[f"{_GAP}.date"].value is not None:
        said.append(
            f"Median list price over at least three hosts on one router, {n[f'{_GAP}.date']}, US$ "
            f"per million tokens, {n[f'{_GAP}.blend']} of input to 1 of output, log scale; lines "
            "are quartiles"
        )
    if n[f"{_TOKENS}.from"].value is not None:
        days = f"{n[f'{_TOKENS}.from']} to {n[f'{_TOKENS}.to']}"
        said.append(f"share of tokens by home of the host, {days}")
    return sentence("; below, ".join(said) or "list prices and tokens by home of the host")


def _alt(n: Numbers) -> str:
    said = f"{_title(n)}."
    if n[f"{_GAP}.median"].value is not None:
        said += f" US hosts are dearer for {n[f'{_GAP}.us_dearer']} of "
        said += f"{n[f'{_GAP}.median.models']} models, most for {n[f'{_GAP}.widest_model']}."
    return said


@figure(
    "costs-hosting",
    title=_title,
    subtitle=_subtitle,
    alt=_alt,
    limit=(
        "Where the machines stand, who asked, or how fast and reliable a host is: one router, most "
        "of whose use is outside the US, names hosts for part of its tokens, and only medians and "
        "sums may be shown."
    ),
    tables=("host_prices", "hosted_prices", "served_tokens", "router_hosts"),
)
def hosting(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw prices by model and, below them, two bars of tokens; either may be missing."""
    narrow = width == theme.NARROW
    prices, tokens = table[table["part"] == "price"], table[table["part"] == "tokens"]
    parts: list[Chart] = [key(_marks(len(prices) > 0))]
    if len(prices):
        parts.append(_prices(prices, width, narrow))
    if len(tokens):
        parts.append(_served(tokens, numbers, width - 12, _NAMES if len(prices) else 0, narrow))
    return alt.vconcat(*parts, spacing=14)


def _marks(priced: bool) -> list[Mark]:
    """Say what the marks mean: filled by owner, hollow by seat; colours also hold for the bars."""
    left = 6 - _NAMES if priced else 6
    china, us = theme.BLOCS["China"], theme.BLOCS["United States"]
    homes = {
        "China": ("circle", china, 0),
        "US": ("square", us, 62),
        "other": ("square", theme.BLOCS["Other"], 106),
        "unknown": ("square", theme.BLOCS["Unknown"], 164),
    }
    marks = [Mark(n, shape, True, c, left + x, 6) for n, (shape, c, x) in homes.items()]
    if not priced:
        return marks
    hollow = Mark("by seat, else by owner", "circle", False, china, left, 24)
    return [*marks, hollow, Mark("maker’s own", "diamond", False, theme.INK, left + 164, 24)]


def _ordered(prices: pd.DataFrame) -> list[str]:
    """Order the models, the widest gap first, those without one last."""
    by_model = prices[prices["rule"] == "owner"].groupby("model")["gap"].max()
    return list(by_model.sort_values(ascending=False, na_position="last").index)


def _prices(prices: pd.DataFrame, width: int, narrow: bool) -> Chart:
    """Draw a row per model: both homes, by owner filled and by seat hollow, and the maker."""
    models = _ordered(prices)
    room = 62 if narrow else 172
    plot = width - _NAMES - room - 12
    rows = prices[prices["home"].isin(list(_SIDES))].copy()
    rows["row"] = rows["model"].map({m: i for i, m in enumerate(models)})
    rows["at"] = (
        rows["row"] * _ROW + _ROW / 2 + rows["home"].map({h: y for h, (_, y) in _SIDES.items()})
    )
    rows["bloc"] = rows["home"].map(_HOMES)
    height = len(models) * _ROW
    low = rows[["low", "median", "maker"]].min().min() * 0.85
    high = rows[["high", "median", "maker"]].max().max() * 1.15
    ticks = [v for v in (0.1, 0.3, 1, 3, 10) if low <= v <= high]
    x = alt.Scale(type="log", domain=[low, high], nice=False)
    axis = alt.Axis(values=ticks, format="~g", grid=True)
    y = alt.Scale(domain=[0, height], range=[0, height], nice=False, zero=False)
    place: dict[str, Any] = {
        "x": alt.X("median:Q", title="US$ per million tokens", scale=x, axis=axis),
        "y": alt.Y("at:Q", title=None, scale=y, axis=None),
        "color": theme.bloc_colour(legend=None),
        "tooltip": _tooltip(),
    }
    shape = alt.Shape(
        "home:N",
        scale=alt.Scale(domain=list(_SIDES), range=[s for s, _ in _SIDES.values()]),
        legend=None,
    )
    known = rows.dropna(subset="median")
    owner, seat = known[known["rule"] == "owner"], known[known["rule"] == "seat"]
    ranges = (
        alt.Chart(owner)
        .mark_rule(strokeWidth=2, opacity=0.45)
        .encode(
            **(place | {"x": alt.X("low:Q", title="US$ per million tokens", scale=x, axis=axis)}),
            x2="high:Q",
        )
    )
    hollow = (
        alt.Chart(seat)
        .mark_point(size=58, filled=True, fill=theme.PAPER, strokeWidth=1.4, opacity=1)
        .encode(
            **{k: v for k, v in place.items() if k != "color"},
            stroke=alt.Stroke("bloc:N", scale=_scale(), legend=None),
            shape=shape,
        )
    )
    filled = (
        alt.Chart(owner).mark_point(size=58, filled=True, opacity=1).encode(**place, shape=shape)
    )
    makers = rows.drop_duplicates("model").dropna(subset="maker").copy()
    makers["at"] = makers["row"] * _ROW + _ROW / 2
    own = (
        alt.Chart(makers)
        .mark_point(
            shape="diamond", size=40, filled=True, fill=theme.PAPER, stroke=theme.INK, opacity=1
        )
        .encode(x=alt.X("maker:Q", scale=x), y="at:Q", tooltip=_tooltip())
    )
    return alt.layer(*_words(rows, models, plot, narrow), ranges, hollow, filled, own).properties(
        width=plot, height=height
    )


def _scale() -> alt.Scale:
    return alt.Scale(domain=list(theme.BLOCS), range=list(theme.BLOCS.values()))


def _tooltip() -> list[alt.Tooltip]:
    dollars = {"median": "median", "low": "lower quartile", "high": "upper quartile"}
    return [
        alt.Tooltip("model:N"),
        alt.Tooltip("home:N", title="home of the hosts"),
        alt.Tooltip("rule:N", title="home by"),
        alt.Tooltip("hosts:Q"),
        *(alt.Tooltip(f"{c}:Q", title=t, format="$,.3f") for c, t in dollars.items()),
        alt.Tooltip("maker:Q", title="at the maker", format="$,.3f"),
    ]


def _words(rows: pd.DataFrame, models: list[str], plot: int, narrow: bool) -> list[alt.Chart]:
    """Write each row's model on the left, and its ratio and counts of hosts on the right."""
    owner = rows[rows["rule"] == "owner"].pivot(
        index="model", columns="home", values=["gap", "hosts"]
    )
    owner = owner.reindex(models)
    gap = owner[("gap", "US")]
    counts = owner["hosts"].reindex(columns=["CN", "US"]).fillna(0).astype(int)
    ratio = [f"{g:.1f}" if g == g else "–" for g in gap]
    table = pd.DataFrame(
        {
            "model": models,
            "at": [i * _ROW + _ROW / 2 for i in range(len(models))],
            "ratio": ratio,
            "hosts": [f"{c} / {u}" for c, u in zip(counts["CN"], counts["US"], strict=True)],
        }
    )
    scale = alt.Scale(domain=[0, len(models) * _ROW], range=[0, len(models) * _ROW])
    y = alt.Y("at:Q", scale=scale, axis=None)
    size, at = (11, plot + 26) if narrow else (12, plot + 50)
    end = plot + (60 if narrow else 140)
    heads = ("US/CN", "hosts") if narrow else ("US / China", "hosts CN / US")
    left: dict[str, Any] = {"align": "left", "color": theme.INK, "fontSize": size}
    base, right = alt.Chart(table).encode(y=y), left | {"align": "right"}
    muted = right | {"color": theme.MUTED}
    return [
        base.mark_text(**left).encode(x=alt.value(-_NAMES), text="model:N"),
        base.mark_text(**right).encode(x=alt.value(at), text="ratio:N"),
        base.mark_text(**muted).encode(x=alt.value(end), text="hosts:N"),
        *(
            alt.Chart(pd.DataFrame({"word": [head]}))
            .mark_text(**(muted | {"fontSize": 11}))
            .encode(x=alt.value(x), y=alt.value(-6), text="word:N")
            for head, x in zip(heads, (at, end), strict=True)
        ),
    ]


def _served(tokens: pd.DataFrame, n: Numbers, width: int, names: int, narrow: bool) -> Chart:
    """Draw one bar per rule of home, whose shares are written above it."""
    heads = {"owner": "By owner of the host", "seat": "By seat of the host"}
    bar, step = 18, 58 if narrow else 44
    rows = tokens.assign(
        bloc=tokens["home"].map(_HOMES), order=tokens["home"].map(_ORDER.index)
    ).sort_values(["rule", "order"])
    rows["to"] = rows.groupby("rule")["share"].cumsum()
    rows["from"] = rows["to"] - rows["share"]
    layers: list[alt.Chart] = []
    for i, (rule, head) in enumerate(heads.items()):
        one = rows[rows["rule"] == rule]
        top = i * step + (34 if narrow else 20)
        shares = ", ".join(
            f"{name} {share_text(s)}"
            for name, s in zip(("China", "US", "other", "unknown"), one["share"], strict=True)
        )
        lines = [f"{head}:", shares] if narrow else [f"{head}: {shares}"]
        layers += [
            alt.Chart(pd.DataFrame({"word": [line]}))
            .mark_text(align="left", baseline="top", fontSize=12)
            .encode(
                x=alt.value(-names),
                y=alt.value(top - 16 - 14 * (len(lines) - 1 - j)),
                text="word:N",
            )
            for j, line in enumerate(lines)
        ]
        layers.append(
            alt.Chart(one)
            .mark_rect(stroke=theme.PAPER, strokeWidth=1.5)
            .encode(
                x=alt.X(
                    "from:Q",
                    scale=alt.Scale(domain=[0, 1], range=[-names, width - names]),
                    axis=None,
                ),
                x2="to:Q",
                y=alt.value(top),
                y2=alt.value(top + bar),
                color=theme.bloc_colour(legend=None),
                tooltip=[
                    alt.Tooltip("home:N"),
                    alt.Tooltip("rule:N", title="home by"),
                    alt.Tooltip("share:Q", format=".1%"),
                    alt.Tooltip("tokens:Q", format=".3s"),
                ],
            )
        )
    head = f"Tokens of Chinese open models, {n[f'{_TOKENS}.tokens']} with a named host"
    return alt.layer(*layers, title=part_title(head, dx=-names)).properties(
        width=width - names, height=2 * step
    )
