"""The figure of safety evaluations: who ran them on what, with value beside baseline."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.adoption.listing import HEAD, LINE, Column, hosts, listed, unsure
from openrace.figures.parts import Mark, key, sentence
from openrace.figures.render import Chart

_S = "adoption.safety"

#: Pixels from the left: the strip of shares, on a wide page and on a phone.
_STRIP = {theme.WIDE: (534.0, 646.0), theme.NARROW: (44.0, 286.0)}

_WIDE = (
    (
        Column("sure", 0, 74, "when,\nconfidence", muted=True),
        Column("by", 76, 112, "who ran it", bold=True),
        Column("pair", 194, 152, "on what, against what"),
        Column("measure", 352, 138, "what was measured"),
    ),
)
_NARROW = (
    (Column("measure", 0, 332, bold=True),),
    (Column("pair", 0, 332),),
    (Column("foot", 0, 332, muted=True),),
    (Column("", 0, 332),),
)
_TIPS = [
    alt.Tooltip("evaluation:N"),
    alt.Tooltip("date:T", format="%-d %b %Y"),
    alt.Tooltip("evaluator:N", title="who ran it"),
    alt.Tooltip("interest:N", title="its interest"),
    alt.Tooltip("pair:N", title="on what"),
    alt.Tooltip("measure:N", title="measured"),
    alt.Tooltip("said:N", title="found"),
    alt.Tooltip("baseline_said:N", title="compared"),
    alt.Tooltip("note:N"),
    alt.Tooltip("confidence:N"),
    alt.Tooltip("source:N"),
]


def _title(n: Numbers) -> str:
    """Say what was found of the first model, by whom, and that no backdoor was shown."""
    tested, us = n[f"{_S}.jailbreak.deepseek"], n[f"{_S}.jailbreak.us"]
    said = []
    if tested.value is not None and us.value is not None:
        said.append(
            f"Under one jailbreak a DeepSeek model met {tested} of malicious requests, US models "
            f"{us}, a US agency found"
        )
    shown = n[f"{_S}.backdoors_demonstrated"].value or "none"
    said.append(
        f"of {n[f'{_S}.evaluations']} evaluations listed {n[f'{_S}.backdoors_looked_for']} looked "
        f"for planted behaviour, {shown} shows a backdoor"
    )
    return sentence("; ".join(said))


def _subtitle(n: Numbers) -> str:
    return (
        f"Findings as published, {n[f'{_S}.first']} to {n[f'{_S}.last']}; shares on a scale from "
        "0 to 100 %, more is worse; rows do not compare with one another; evaluators in the US: "
        f"{n[f'{_S}.us_evaluators']} of {n[f'{_S}.evaluations']}"
    )


def _alt(n: Numbers) -> str:
    return (
        f"A list of {n[f'{_S}.findings']} findings with day, evaluator, models and figure beside "
        f"what it was compared with. {_title(n)}. Evaluations by a US agency: "
        f"{n[f'{_S}.us_government']}; without a known interest: {n[f'{_S}.independent']}."
    )


@figure(
    "adoption-safety",
    title=_title,
    subtitle=_subtitle,
    alt=_alt,
    limit=(
        "Whether a model is safe in use, with guards around it, or free of backdoors: most "
        "evaluations did not look for one, and rows differ in task, attack and models."
    ),
    tables=("safety_evaluations",),
)
def safety(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw a row per finding: words, and the share with its baseline, or the figure in words."""
    narrow = width == theme.NARROW
    rows = _worded(table)
    drawn = listed(rows, _NARROW if narrow else _WIDE, width - 10, _TIPS)
    strip = _STRIP[width]
    placed = drawn.rows.assign(y=drawn.rows["group_3" if narrow else "group_0"])
    share = placed[placed["unit"] == "share"]
    other = placed[placed["unit"] != "share"]
    layers = [*drawn.layers, *_scale(strip, share, narrow), *_figures(other, strip[0], narrow)]
    for field, words, filled in (("baseline", "compared", False), ("value", "tested", True)):
        layers += _dots(share, field, words, strip, filled)
    layers += _labels(share, strip)
    listing = alt.layer(*layers).properties(width=width - 10, height=drawn.height)
    return alt.vconcat(key(_marks()), listing, spacing=4)


def _worded(table: pd.DataFrame) -> pd.DataFrame:
    """Write who tested what against what."""
    days = pd.Series([f"{day.day} {day:%b %Y}" for day in table["date"]], table.index)
    against = ("; against " + table["compared"]).fillna("")
    agency = table["evaluator_country"].where(table["evaluator_country"] != "unknown", "")
    kinds = {"government": ", " + agency + " agency", "security firm": ", security firm"}
    by = table["evaluator"]
    for kind, said in (kinds | {"competitor": ", a party, accuses"}).items():
        by = by.where(table["evaluator_kind"] != kind, by + said)
    return table.drop(columns="url").assign(
        by=by,
        pair=(table["tested"] + against).map(sentence),
        sure=days + "\n" + table["confidence"],
        foot=by + ", " + days + unsure(table["confidence"]),
        source=hosts(table["url"]),
    )


def _scale(strip: tuple[float, float], share: pd.DataFrame, narrow: bool) -> list[alt.Chart]:
    """Join each pair and, where there is room, draw its scale and the scale’s ends in words."""
    first, last = strip
    ends = [share[field] * (last - first) + first for field in ("baseline", "value")]
    base = alt.Chart(share[["y"]].assign(low=ends[0], high=ends[1], below=share["y"] + 10))
    x, y = alt.X("low:Q").scale(None).axis(None), alt.Y("y:Q").scale(None).axis(None)
    below = alt.Y("below:Q").scale(None).axis(None)
    scale = base.mark_rule(color=theme.GRID, strokeWidth=2)
    pair = base.mark_rule(color=theme.MUTED, strokeWidth=1)
    between = pair.encode(x=x, x2="high:Q", y=y)
    if narrow or share.empty:
        return [between]
    layers = [scale.encode(x=alt.value(first), x2=alt.value(last), y=below), between]
    heads = pd.DataFrame({"x": [first, last], "text": ["0\u00a0%", "100\u00a0%"]})
    text = alt.Chart(heads).mark_text(color=theme.MUTED, baseline="middle")
    x = alt.X("x:Q").scale(None).axis(None)
    return [*layers, text.encode(x=x, y=alt.value(HEAD - 12), text="text:N")]


def _dots(
    share: pd.DataFrame, field: str, words: str, strip: tuple[float, float], filled: bool
) -> list[alt.Chart]:
    """Draw one end of each pair, coloured by the home of its maker."""
    first, last = strip
    some = share.dropna(subset=field)
    some = some.assign(x=first + some[field] * (last - first), bloc=some[f"{words}_bloc"])
    layers = []
    for bloc, part in some.groupby("bloc"):
        colour = theme.BLOCS[str(bloc)]
        look: dict[str, Any] = {"fill": colour if filled else theme.PAPER, "stroke": colour}
        mark = alt.Chart(part).mark_point(size=64, opacity=1, strokeWidth=2, **look)
        layers.append(mark.encode(tooltip=_TIPS, **_place()))
    return layers


def _labels(share: pd.DataFrame, strip: tuple[float, float]) -> list[alt.Chart]:
    """Write the larger figure of each pair at its right and the smaller one at its left."""
    first, last = strip
    lines = []
    for row in share.itertuples():
        ends = [(row.value, row.said), (row.baseline, row.baseline_said)]
        known = sorted(end for end in ends if not pd.isna(end[0]))
        for (value, text), right in zip(known[-2:], (False, True)[-len(known) :], strict=True):
            x = first + value * (last - first) + (8 if right else -8)
            lines.append({"x": x, "y": row.y, "text": text, "right": right})
    layers = []
    for right in (False, True):
        some = pd.DataFrame([line for line in lines if line["right"] == right])
        if len(some):
            mark = alt.Chart(some).mark_text(align="left" if right else "right", baseline="middle")
            layers.append(mark.encode(text="text:N", **_place()))
    return layers


def _figures(other: pd.DataFrame, left: float, narrow: bool) -> list[alt.Chart]:
    """Write figures that are no shares, and say where none was read."""
    said = other["said"].where(other["said"] != "", "no figure read")
    shown = other.assign(said=said, x=0.0 if narrow else left - 6)
    mark = alt.Chart(shown).mark_text(align="left", baseline="middle", color=theme.INK)
    return [mark.encode(text="said:N", tooltip=_TIPS, **_place())]


def _marks() -> list[Mark]:
    """Say what colours and fillings mean."""
    china, us = theme.BLOCS["China"], theme.BLOCS["United States"]
    return [
        Mark("tested", "circle", True, theme.INK, 6, LINE / 2),
        Mark("compared", "circle", False, theme.INK, 66, LINE / 2),
        Mark("Chinese", "circle", True, china, 148, LINE / 2),
        Mark("US", "circle", True, us, 218, LINE / 2),
    ]


def _place() -> dict[str, Any]:
    """Encode places in pixels."""
    channels = {"x": alt.X("x:Q"), "y": alt.Y("y:Q")}
    return {name: channel.scale(None).axis(None) for name, channel in channels.items()}
