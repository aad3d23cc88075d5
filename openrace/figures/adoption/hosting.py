"""The figure on who sells Chinese open weights: hosts by home, and what of the use they offer."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.parts import Mark, key, part_title, share_text
from openrace.figures.render import Chart

_ID = "adoption.hosts"
_HOMES = {"CN": "China", "US": "United States", "other": "Other", "unknown": "Unknown"}
_ROW, _NAMES, _STEP = 20, 108, 32
#: The last class is open above: so many stand for “or more”.
_OPEN = 99
_KINDS = {
    "cn_open": ("Chinese open models", "China"),
    "us_closed": ("US closed models", "United States"),
}


def _title(n: Numbers) -> str:
    """Say how many models have a US host, and for how much of the use."""
    share = n[f"{_ID}.with_us_host"]
    if share.value is None:
        low, high = n[f"{_ID}.fewest_us"], n[f"{_ID}.most_us"]
        if low.value is None:
            return "Hosts of Chinese open models on one router"
        return (
            f"Widely hosted Chinese open models have {low} to {high} US-owned hosts on one router"
        )
    return (
        f"Of {n[f'{_ID}.models']} Chinese open models on one router {share} have a US-owned host, "
        f"and these hold {n[f'{_ID}.with_us_host.tokens']} of the tokens; half have at most "
        f"{n[f'{_ID}.median_us']}"
    )


def _subtitle(n: Numbers) -> str:
    said = "Hosts by home of their owner"
    if n[f"{_ID}.date"].value is None:
        return f"{said}, for the widely hosted models that the book compares"
    return (
        f"{said}, {n[f'{_ID}.date']}: the widely hosted models; below, all models by their number "
        "of US-owned hosts, and their share of their kind’s tokens"
    )


def _alt(n: Numbers) -> str:
    said = f"{_title(n)}."
    if n[f"{_ID}.fewest_us"].value is not None:
        said += f" The compared models have {n[f'{_ID}.fewest_us']} to {n[f'{_ID}.most_us']} "
        said += "US-owned hosts."
    if n[f"{_ID}.closed_median"].value is not None:
        said += f" US closed models have {n[f'{_ID}.closed_median']} in the median."
    return said


@figure(
    "adoption-hosting",
    title=_title,
    subtitle=_subtitle,
    alt=_alt,
    limit=(
        "Use: an offer says that a host sells the model, not that anyone buys it there, and who "
        "served the tokens is counted in the chapter on costs."
    ),
    tables=("host_prices", "host_counts", "router_hosts"),
)
def hosting(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw a row of hosts per compared model, and classes of all models; either may be missing."""
    narrow = width == theme.NARROW
    models, classes = table[table["part"] == "model"], table[table["part"] == "class"]
    parts: list[Chart] = []
    if len(models):
        parts += [key(_homes()), _rows(models, width, narrow)]
    if len(classes):
        room = width - _NAMES - 14
        plot = room - 40 if narrow else (room - 40 - 2 * 44) // 2
        panels = [
            _classes(rows, numbers, plot, str(kind), names=narrow or i == 0)
            for i, (kind, rows) in enumerate(classes.groupby("kind"))
        ]
        both = alt.vconcat(*panels, spacing=18) if narrow else alt.hconcat(*panels, spacing=40)
        parts += [key(_bars()), both]
    return alt.vconcat(*parts, spacing=14)


def _homes() -> list[Mark]:
    places = {"China": 0, "United States": 62, "Other": 106, "Unknown": 164}
    called = {"United States": "US", "Other": "other", "Unknown": "unknown"}
    return [
        Mark(called.get(name, name), "square", True, theme.BLOCS[name], 6 - _NAMES + x, 6)
        for name, x in places.items()
    ]


def _bars() -> list[Mark]:
    return [
        Mark("share of models", "square", False, theme.INK, 6 - _NAMES, 6),
        Mark("of their tokens, at any host", "square", True, theme.INK, 128 - _NAMES, 6),
    ]


def _rows(models: pd.DataFrame, width: int, narrow: bool) -> Chart:
    """Draw each model's hosts as a bar of units by home, most US-owned ones first."""
    wide = models.pivot(index="model", columns="home", values="hosts")
    wide = wide.reindex(columns=list(_HOMES)).fillna(0).astype(int)
    wide = wide.sort_values(["US", "CN"], ascending=False, kind="stable")
    rows = models.assign(
        bloc=models["home"].map(_HOMES),
        order=models["home"].map(list(_HOMES).index),
        row=models["model"].map({m: i for i, m in enumerate(wide.index)}),
    ).sort_values(["row", "order"])
    rows["to"] = rows.groupby("model")["hosts"].cumsum()
    rows["from"] = rows["to"] - rows["hosts"]
    rows["top"] = rows["row"] * _ROW + 3
    rows["bottom"] = (rows["row"] + 1) * _ROW - 3
    room = 76 if narrow else 128
    plot, height = width - _NAMES - room - 14, len(wide) * _ROW
    y = alt.Scale(domain=[0, height], range=[0, height], nice=False, zero=False)
    most = int(wide.sum(axis=1).max())
    x = alt.Scale(domain=[0, most], nice=False)
    axis = alt.Axis(values=list(range(0, most + 1, 5)), format="d", grid=True)
    bars = (
        alt.Chart(rows)
        .mark_rect(stroke=theme.PAPER, strokeWidth=1.5)
        .encode(
            x=alt.X("from:Q", title="Hosts", scale=x, axis=axis),
            x2="to:Q",
            y=alt.Y("top:Q", scale=y, axis=None),
            y2="bottom:Q",
            color=theme.bloc_colour(legend=None),
            tooltip=["model:N", alt.Tooltip("home:N", title="home of the owner"), "hosts:Q"],
        )
    )
    return alt.layer(bars, *_counts(wide, plot, y, narrow)).properties(width=plot, height=height)


def _counts(wide: pd.DataFrame, plot: int, scale: alt.Scale, narrow: bool) -> list[alt.Chart]:
    """Write each row's model on the left, its hosts by home on the right."""
    table = pd.DataFrame(
        {
            "model": wide.index,
            "at": [(i + 0.5) * _ROW for i in range(len(wide))],
            "hosts": [" / ".join(str(v) for v in row) for row in wide.to_numpy()],
        }
    )
    base = alt.Chart(table).encode(y=alt.Y("at:Q", scale=scale, axis=None))
    size = 11 if narrow else 12
    head = alt.Chart(pd.DataFrame({"word": ["CN/US/other/?" if narrow else "CN / US / other / ?"]}))
    right: dict[str, Any] = {"align": "left", "fontSize": size, "color": theme.MUTED}
    at = alt.value(plot + 10)
    return [
        base.mark_text(align="left", fontSize=size).encode(x=alt.value(-_NAMES), text="model:N"),
        base.mark_text(**right).encode(x=at, text="hosts:N"),
        head.mark_text(**(right | {"fontSize": 11})).encode(x=at, y=alt.value(-8), text="word:N"),
    ]


def _label(least: int, most: int) -> str:
    """Write a class of hosts: no US host, 1, 3 to 5, 11 or more."""
    if most == 0:
        return "no US host"
    if most >= _OPEN:
        return f"{least} or more"
    return str(least) if least == most else f"{least} to {most}"


def _classes(rows: pd.DataFrame, n: Numbers, plot: int, kind: str, *, names: bool) -> Chart:
    """Draw the shares of models, hollow, and of tokens, filled, by number of US-owned hosts."""
    words, bloc = _KINDS[kind]
    rows = rows.sort_values("least", ignore_index=True)
    labels = [_label(int(a), int(b)) for a, b in zip(rows["least"], rows["most"], strict=True)]
    # no model, no tokens; too few models, no share that may be shown
    rows = rows.assign(hosts=labels, tokens=rows["tokens"].mask(rows["models"] == 0, 0.0))
    rows["top"] = rows.index * _STEP
    long = rows.melt(["hosts", "models", "top"], ["share", "tokens"], "of", "value")
    long["top"] += long["of"].map({"share": 3, "tokens": 15})
    long = long.assign(
        bottom=long["top"] + 10,
        middle=long["top"] + 5.5,
        start=0.0,
        text=long["value"].map(lambda v: "–" if v != v else share_text(v)),
    )
    empty = long["models"] == 0
    long["text"] = long["text"].mask(empty, long["of"].map({"share": "none", "tokens": ""}))
    height = len(rows) * _STEP
    y = alt.Scale(domain=[0, height], range=[0, height], nice=False, zero=False)
    x = alt.Scale(domain=[0, max(0.6, long["value"].max())], nice=False)
    base = alt.Chart(long).encode(
        x=alt.X("value:Q", scale=x, axis=None),
        tooltip=[
            alt.Tooltip("hosts:N", title="US-owned hosts"),
            "models:Q",
            alt.Tooltip("of:N", title="what"),
            alt.Tooltip("value:Q", format=".1%"),
        ],
    )
    bars = base.transform_filter("datum.value > 0").encode(
        x2="start:Q", y=alt.Y("top:Q", scale=y, axis=None), y2="bottom:Q"
    )
    colour = theme.BLOCS[bloc]
    text = base.mark_text(align="left", dx=5, fontSize=11, color=theme.INK)
    name = alt.Chart(rows).mark_text(align="left", dy=_STEP / 2, color=theme.INK)
    number = n[f"{_ID}.models{'' if kind == 'cn_open' else '.closed'}"]
    return alt.layer(
        *(
            [
                name.encode(
                    x=alt.value(-_NAMES), y=alt.Y("top:Q", scale=y, axis=None), text="hosts:N"
                )
            ]
            if names
            else []
        ),
        bars.transform_filter("datum.of == 'share'").mark_rect(
            fill=theme.PAPER, stroke=colour, strokeWidth=1.5
        ),
        bars.transform_filter("datum.of == 'tokens'").mark_rect(
            fill=colour, stroke=colour, strokeWidth=1.5
        ),
        text.encode(y=alt.Y("middle:Q", scale=y, axis=None), text="text:N"),
        title=part_title(f"{number} {words}, by US-owned hosts", dx=-_NAMES if names else 0),
    ).properties(width=plot, height=height)
