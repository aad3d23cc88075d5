"""Figures of who leads: four of the top five, and ranks of labs beyond chance."""

from __future__ import annotations

import altair as alt
import pandas as pd

from openrace.figures import Numbers, figure, theme
from openrace.figures.explore import Follow
from openrace.figures.parts import PERCENT, heading, moment
from openrace.figures.rankings.layout import (
    TABLES,
    WEEK,
    month_axis,
    not_drawn,
    of,
    without_earlier,
)
from openrace.figures.render import Chart
from openrace.numbers import written

_CHINA = theme.BLOCS["China"]
_FIVE = {
    "lineage": ("By lineage", "rankings.four_of_five_weeks.share"),
    "publisher": ("By publisher", "rankings.four_of_five_weeks.share.publisher"),
}
_SCOPES = {"language": "language models", "text only": "text-only models", "all": "all models"}
_READINGS = "rankings.four_of_five_weeks.readings"
_LABS = 15


def _five_title(n: Numbers) -> str:
    lineage, publisher = (n[id] for _, id in _FIVE.values())
    if lineage.value is None:
        return "No week has been observed long enough to judge its five leading models"
    return (
        f"At least four of the five leading language models are Chinese in {lineage} of weeks by "
        f"lineage and {publisher} by publisher; other readings give {lineage.interval}"
    )


def _five_alt(n: Numbers) -> str:
    lineage, publisher = (n[id] for _, id in _FIVE.values())
    if lineage.value is None:
        return f"Two rows for weeks and a strip for readings, all empty. {_five_title(n)}."
    day, weeks = not_drawn(n), n["rankings.four_of_five_weeks.weeks"]
    drawn = f"the weeks from {day} on" if day else f"{weeks} weeks"
    counted = f"all {weeks} weeks judged" if day else "the weeks"
    return (
        f"Two rows of {drawn}, each a column of five "
        "squares that fills with the number of Chinese models. Four or five are filled in "
        f"{lineage} of {counted} by lineage, in {publisher} by publisher. A strip below spreads "
        f"{n[_READINGS]} readings of the same question, from {lineage.interval}."
    )


@figure(
    "rankings-four-of-five",
    title=_five_title,
    subtitle=lambda n: (
        "How many of the first five language models on the Hub’s trending list are Chinese on "
        "more than half of a week’s days; below, the share of weeks with four or more by every "
        "reading tried" + without_earlier(n)
    ),
    alt=_five_alt,
    limit="Whether the leading models are also the most used ones, or the best.",
    tables=TABLES,
    controls=(
        Follow("attribution", "Whose models"),
        Follow("scope", "Which models"),
        Follow("unknown", "Unknown origin"),
        Follow("rule", "When a place is held"),
    ),
)
def four_of_five(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw a column of five squares per week, and below a strip of all readings."""
    narrow = width == theme.NARROW
    plot = width - 98
    weeks, readings = (table[table["part"] == part] for part in ("weeks", "readings"))
    rows, every = [], "all " if not_drawn(numbers) else ""
    for attribution, (name, id) in _FIVE.items():
        share = f": {numbers[id]} of {every}weeks" if numbers[id].value is not None else ""
        rows.append(_weeks_row(weeks[weeks["attribution"] == attribution], name + share, plot))
    said = f"All {numbers[_READINGS]} readings, share of {every}weeks"
    return alt.vconcat(*rows, _strip(readings, said, plot, narrow), spacing=16)


def _weeks_row(weeks: pd.DataFrame, said: str, width: int) -> Chart:
    """Draw the weeks of one attribution; a week that was not judged stays empty."""
    kinds = {"counts": _CHINA, "counts not": _CHINA, "not Chinese": theme.GRID}
    first, end = weeks["week"].min(), weeks["week"].max() + WEEK
    x = alt.X("week:T", title=None, axis=month_axis(weeks["week"], 5, 0.43 * WEEK))
    four = alt.Axis(values=[4], labelExpr="'4 of 5'", grid=False)
    kind = alt.Color("kind:N", legend=None)
    squares = (
        alt.Chart(_squares(weeks))
        .mark_rect()
        .encode(
            x=x.scale(domain=[moment(first), moment(end)]),
            x2="right:T",
            y=alt.Y("foot:Q", title=None, axis=four).scale(domain=[0, 5], nice=False),
            y2="level:Q",
            color=kind.scale(domain=list(kinds), range=list(kinds.values())),
            opacity=alt.when("datum.kind == 'counts not'")
            .then(alt.value(0.5))
            .otherwise(alt.value(1)),
            tooltip=[
                alt.Tooltip("week:T", title="Week from", format="%-d %b %Y"),
                alt.Tooltip("held:Q", title="Chinese of five, on most days"),
                alt.Tooltip("among_five:Q", title="Mean of the days", format=".1f"),
                alt.Tooltip("days:Q", title="Usable days"),
                alt.Tooltip("agree:Q", title="Readings that count it", format=".0%"),
            ],
        )
    )
    rule = alt.Chart(pd.DataFrame({"y": [4.05]})).mark_rule(color=theme.INK).encode(y="y:Q")
    layers = alt.layer(squares, rule, heading(said, -20))
    return layers.properties(width=width, height=75)


def _squares(weeks: pd.DataFrame) -> pd.DataFrame:
    """Lay five squares on each other for each judged week."""
    judged = weeks[weeks["counts"].notna()]
    squares = judged.merge(pd.DataFrame({"level": range(1, 6)}), how="cross")
    kind = squares["counts"].map({True: "counts", False: "counts not"}).astype("str")
    return squares.assign(
        kind=kind.where(squares["level"] <= squares["held"], "not Chinese"),
        right=squares["week"] + 0.86 * WEEK,
        foot=squares["level"] - 0.9,
    )[["week", "right", "level", "foot", "kind", "held", "among_five", "days", "agree"]]


def _strip(readings: pd.DataFrame, said: str, width: int, narrow: bool) -> Chart:
    """Draw a tick per reading, the leading ones as labelled points, and name the extremes."""
    names = {attribution: name for attribution, (name, _) in _FIVE.items()}
    rows = readings.dropna(subset="share")
    rows = rows.assign(
        name=rows["attribution"].map(names), text=[written(s, "share") for s in rows["share"]]
    )
    percent = alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], labelExpr=PERCENT, orient="top")
    row = alt.Axis(grid=True, labelColor=theme.INK, labelPadding=10)
    base = alt.Chart(rows).encode(
        x=alt.X("share:Q", title=None, axis=percent).scale(domain=[0, 1]),
        y=alt.Y("name:N", title=None, axis=row).scale(domain=list(names.values())),
        tooltip=[
            alt.Tooltip("attribution:N", title="Attribution"),
            alt.Tooltip("scope:N", title="Models"),
            alt.Tooltip("unknown:N", title="Unknown origin"),
            alt.Tooltip("rule:N", title="Week"),
            alt.Tooltip("weeks:Q", title="Weeks judged"),
            alt.Tooltip("text:N", title="Share of weeks"),
        ],
    )
    leads = base.transform_filter("datum.leads")
    layers = [
        base.mark_tick(color=_CHINA, thickness=2, size=18, opacity=0.6),
        leads.mark_point(color=_CHINA, filled=True, size=110, opacity=1),
        leads.mark_text(dy=-17, fontWeight="bold").encode(text="text:N"),
        heading(said, -44),
        *_extremes(rows, base, narrow),
    ]
    return alt.layer(*layers).properties(width=width, height=2 * (78 if narrow else 66))


def _extremes(rows: pd.DataFrame, base: alt.Chart, narrow: bool) -> list[alt.Chart]:
    """Name the readings that give the lowest and the highest share below their ticks."""
    ends = rows.sort_values("share", kind="stable")
    labels = []
    for which, end in (("Lowest", ends[:1]), ("Highest", ends[-1:])) if len(ends) else ():
        r = end.iloc[0]
        parts = [
            f"{which}, {r['text']}",
            f"{_SCOPES[r['scope']]}, {r['rule']},",
            f"unknown {r['unknown']}",
        ]
        said = "\n".join(parts if narrow else [parts[0], " ".join(parts[1:])])
        text = base.mark_text(
            align="left" if r["share"] < 0.5 else "right",
            baseline="top",
            dy=12,
            fontSize=11,
            lineHeight=13,
            lineBreak="\n",
            color=theme.MUTED,
        )
        labels.append(text.properties(data=end.assign(said=said)).encode(text="said:N"))
    return labels


# Ranks of labs


def _variant(n: Numbers) -> str:
    return ".publisher" if n["rankings.attribution"].value == "publisher" else ""


def _ranks_title(n: Numbers) -> str:
    labs, first, slots, lead, second = (
        n[f"rankings.lab_ranks.{id}{_variant(n)}"]
        for id in ("labs", "first", "first.slots", "could_lead", "could_be_second")
    )
    if first.value is None:
        return "No month of the trending list was observed long enough to rank its labs"
    held = f"with {slots} of {n['rankings.slots.listed'].value} places a day in "
    held += f"{n['rankings.latest_month']}"
    if lead.value != 1:
        ahead = f"No lab leads beyond chance: {first} is ahead {held}"
        return f"{ahead}, but {lead} of {labs} labs could be first"
    follows = f"; {second} of {labs} labs could be second" if second.value else ""
    return f"{first} leads beyond chance, {held}{follows}"


@figure(
    "rankings-lab-ranks",
    title=_ranks_title,
    subtitle=lambda n: (
        f"Mean places a day in {n['rankings.latest_month']} among {of(n)}, by "
        f"{n['rankings.attribution']}, and the ranks that chance of days leaves open (all hold "
        f"together with 95 % confidence); the first {_LABS} labs"
    ),
    alt=lambda n: (
        f"A row per lab with a dot and interval for its mean places a day, and a bar for the ranks "
        f"that chance of days leaves open. {_ranks_title(n)}."
    ),
    limit="Errors in whose model is whose, and what the list’s own rule favours.",
    tables=TABLES,
)
def lab_ranks(table: pd.DataFrame, numbers: Numbers, width: int) -> Chart:
    """Draw a row per lab: slots with their interval, then the set of its ranks."""
    narrow = width == theme.NARROW
    rows = table.head(_LABS)
    rows = rows.assign(
        name=[f"{r.lab} ({r.country})" for r in rows.itertuples()],
        mean=[written(slots, "slots") for slots in rows["slots"]],
        ranks=[_ranks(r.rank_low, r.rank_high) for r in rows.itertuples()],
        best=rows["rank_low"] - 0.5,
        worst=rows["rank_high"] + 0.5,
    )
    base = alt.Chart(rows).encode(
        y=alt.Y("name:N", title=None, sort=list(rows["name"])).axis(
            labels=not narrow, labelColor=theme.INK, labelLimit=190, grid=not narrow
        ),
        color=theme.bloc_colour(legend=None),
        tooltip=_RANK_TOOLTIP,
    )
    step = 38 if narrow else 24
    left, right = (156, 94) if narrow else (256, 208)
    slots = _slots_panel(base, rows["high"].max(), narrow).properties(
        width=left, height=alt.Step(step)
    )
    ranks = _ranks_panel(base, len(table)).properties(width=right, height=alt.Step(step))
    return alt.hconcat(slots, ranks, spacing=16)


_RANK_TOOLTIP = [
    alt.Tooltip("lab:N", title="Lab"),
    alt.Tooltip("country:N", title="Country"),
    alt.Tooltip("slots:Q", title="Mean places a day", format=".1f"),
    alt.Tooltip("low:Q", title="95 % from", format=".1f"),
    alt.Tooltip("high:Q", title="to", format=".1f"),
    alt.Tooltip("ranks:N", title="Ranks"),
]


def _ranks(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low} to {high}"


def _slots_panel(base: alt.Chart, longest: float, narrow: bool) -> Chart:
    axis = alt.Axis(orient="top", tickCount=4, grid=False)
    x = alt.X("low:Q", title=None, axis=axis).scale(domain=[0, 1.15 * longest], nice=False)
    layers = [
        base.mark_rule(strokeWidth=2.5, opacity=0.6).encode(x=x, x2="high:Q"),
        base.mark_circle(size=80, opacity=1).encode(x="slots:Q"),
        base.mark_text(align="left", dx=8).encode(
            x="high:Q", text="mean:N", color=alt.value(theme.INK)
        ),
        heading("Places a day", -40),
    ]
    if narrow:
        names = base.mark_text(align="left", dy=-15, fontSize=12)
        layers.append(names.encode(x=alt.value(0), text="name:N", color=alt.value(theme.INK)))
    return alt.layer(*layers)


def _ranks_panel(base: alt.Chart, labs: int) -> Chart:
    values = [1, *range(10, labs + 1, 10)]
    axis = alt.Axis(orient="top", values=values, grid=False)
    x = alt.X("best:Q", title=None, axis=axis).scale(domain=[0.5, labs + 0.5], nice=False)
    base = base.encode(y=alt.Y("name:N", axis=None, sort=None))
    return alt.layer(
        base.mark_bar(height=8, opacity=0.45).encode(x=x, x2="worst:Q"),
        base.mark_tick(thickness=3, size=14, opacity=1).encode(x="rank:Q"),
        base.mark_text(align="left", dx=8).encode(
            x=alt.datum(labs + 0.5), text="ranks:N", color=alt.value(theme.INK)
        ),
        heading("Possible ranks", -40),
    )
