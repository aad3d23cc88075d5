"""All-time downloads: a fixed panel at a few dates, and what a balanced panel gained between dates.

A download is any GET or HEAD of a model's `config.json`: requests, not people. All-time counts
may be subtracted between dates, and can fall; 30-day counts overlap and are never added.
"""

from __future__ import annotations

import pandas as pd

from openrace.labs import Registry, attribute
from openrace.measures.rankings.recent import spread
from openrace.numbers import Number

META_LLAMA = "Meta (meta-llama only)"
QWEN = "Alibaba"
META = "Meta"

_ALLTIME = ("alltime_downloads", "labs", "families")
_INCREMENTS = ("download_increments", "countries")


def _grouped(alltime: pd.DataFrame, registry: Registry, attribution: str) -> pd.DataFrame:
    """Attribute the panel and repeat Meta's main organisation as a group of its own."""
    rows = attribute(alltime.drop_duplicates(["date", "model_id"]), registry, attribution)
    rows = rows.assign(group=rows["lab"])
    main = rows[rows["model_id"].str.startswith("meta-llama/")]
    return pd.concat([rows, main.assign(group=META_LLAMA)], ignore_index=True)


def cumulative(
    alltime: pd.DataFrame, registry: Registry, attribution: str = "publisher"
) -> pd.DataFrame:
    """Return each lab's all-time downloads within the fixed panel, at each date.

    A model that is missing before its first observation was not yet uploaded and adds nothing;
    one that is missing after it makes its lab's sum missing on that date, never smaller.

    Args:
        alltime: table `alltime_downloads`; an absent row is a missing cell.
        registry: who is known.
        attribution: by `publisher`, DeepSeek's distillations of Qwen are DeepSeek's; by
            `lineage` they are Alibaba's.

    Returns:
        date, group (the lab, and once more Meta's organisation meta-llama alone), country, bloc,
        models (counted), not_yet (models that come later), downloads (all-time requests).
    """
    rows = _grouped(alltime, registry, attribution)
    cells = rows.pivot(index=["group", "model_id"], columns="date", values="downloads_all_time")
    cells = cells.astype(float)
    seen = cells.ffill(axis=1).notna()
    by_lab = [part.groupby("group").sum() for part in (cells, cells.notna(), ~seen)]
    lost = (seen & cells.isna()).groupby("group").any()
    sums = pd.concat(
        [by_lab[0].mask(lost).stack(future_stack=True), *(p.stack() for p in by_lab[1:])],
        axis=1,
        keys=["downloads", "models", "not_yet"],
    ).reset_index()
    seats = rows[["group", "country", "bloc"]].drop_duplicates("group")
    columns = ["date", "group", "country", "bloc", "models", "not_yet", "downloads"]
    return sums.merge(seats, on="group")[columns].sort_values(["group", "date"], ignore_index=True)


def passes(
    cumulative: pd.DataFrame, chaser: str, leader: str
) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    """Return the two dates between which one group's downloads pass another's.

    Returns:
        The last date at which the chaser is not ahead and the first at which it is. The first
        is None when it leads from the start, both are when it never does.
    """
    wide = cumulative.pivot(index="date", columns="group", values="downloads")
    wide = wide.reindex(columns=[chaser, leader]).dropna()
    ahead = wide.index[wide[chaser] > wide[leader]]
    if ahead.empty:
        return None, None
    before = wide.index[wide.index < ahead[0]]
    return (before[-1] if len(before) else None), ahead[0]


#: What passes what in each reading, for a drawing.
_EVENTS = {
    "": "Qwen passes meta-llama",
    ".all_meta": "Qwen passes all of Meta",
    ".lineage": "By lineage, Qwen passes all of Meta",
    ".without_largest": "Qwen without its largest early model passes meta-llama",
}


def crossing(
    alltime: pd.DataFrame, published_studies: pd.DataFrame, registry: Registry
) -> pd.DataFrame:
    """Return the panel's sums by publisher, and every date given for Qwen passing Meta.

    A study that gives a month or a season means all of its days. Of many dates of the panel,
    about a hundred stand for all, those between which something passes among them.

    Args:
        alltime: table `alltime_downloads`.
        published_studies: table of that name; its rows whose unit is a date count.
        registry: who is known.

    Returns:
        part (`panel`: one group at one date; `here`: between which dates this panel passes;
        `published`: when a study says it does), date, end (last day of an interval), group,
        bloc, models, downloads (these four of the panel), event, study. Without panel nothing.
    """
    panel = cumulative(alltime, registry)[["date", "group", "bloc", "models", "downloads"]]
    here = [
        (*passes(table, QWEN, leader), _EVENTS[variant])
        for variant, (table, leader, _) in _readings(alltime, registry).items()
    ]
    own = pd.DataFrame(here, columns=["date", "end", "event"]).dropna(subset="end")
    own["date"] = own["date"].fillna(own["end"])  # ahead at the first date already
    panel = panel[spread(panel["date"], pd.concat([own["date"], own["end"]]))]
    parts = {"panel": panel, "here": own, "published": _published_dates(published_studies)}
    columns = ["part", "date", "end", "group", "bloc", "models", "downloads", "event", "study"]
    table = pd.concat([rows.assign(part=part) for part, rows in parts.items()], ignore_index=True)
    dates = {c: pd.to_datetime(table[c]) for c in ("date", "end")}
    table = table.assign(**dates).reindex(columns=columns)
    return table if len(panel) else table.iloc[:0]


def _published_dates(published_studies: pd.DataFrame) -> pd.DataFrame:
    """Return the first and last day, the event and the study of each published date."""
    rows = published_studies[published_studies["unit"] == "date"]
    months = rows["period"].str.split("/")
    return pd.DataFrame(
        {
            "date": pd.to_datetime(months.str[0]),
            "end": pd.to_datetime(months.str[-1]) + pd.offsets.MonthEnd(0),
            "event": rows["measure"].str.extract("in which (.*) in cumulative", expand=False),
            "study": rows["study"].str.replace(r" *\([^)]*\)", "", regex=True),
        }
    ).sort_values("date")


def increments(
    download_increments: pd.DataFrame, countries: pd.DataFrame, by: str = "bloc"
) -> pd.DataFrame:
    """Return downloads per day in a balanced panel, between dates at which counts moved.

    The panel holds the models counted at every date, so nothing published after its first date
    is in it. An interval in which the source stood still is joined to the one that catches up.

    Args:
        download_increments: the table of that name.
        countries: table `countries`, which gives a country its bloc.
        by: group by `bloc` or by `lab`.

    Returns:
        start, end, mid, days, attribution, the group's column, models, downloads (may be
        negative), per_day, share (of the interval's downloads).
    """
    rows = download_increments.drop_duplicates().merge(countries[["country", "bloc"]])
    keys = ["start", "end", "days", "attribution"]
    sums = rows.groupby([*keys, by], as_index=False)[["models", "downloads"]].sum()
    return sums.assign(
        mid=sums["start"] + (sums["end"] - sums["start"]) / 2,
        per_day=sums["downloads"] / sums["days"],
        share=sums["downloads"] / sums.groupby(keys)["downloads"].transform("sum"),
    )[["start", "end", "mid", "days", "attribution", by, "models", "downloads", "per_day", "share"]]


def numbers(alltime: pd.DataFrame, increments: pd.DataFrame, registry: Registry) -> list[Number]:
    """Return when Qwen passes Meta, what its first point is made of, and the panel's gains.

    Args:
        alltime: table `alltime_downloads`.
        increments: what `increments` returns, by bloc.
        registry: who is known.
    """
    return [
        *_passing(alltime, registry),
        *_first_point(alltime, registry),
        *_largest(alltime),
        *_gains(increments),
    ]


def _readings(
    alltime: pd.DataFrame, registry: Registry
) -> dict[str, tuple[pd.DataFrame, str, str]]:
    """Return what “Qwen passes Meta” can mean: variant -> cumulative downloads, leader, words."""
    published = cumulative(alltime, registry)
    inherited = cumulative(alltime, registry, "lineage")
    first = _first_qwen(alltime, registry)
    without = cumulative(alltime[~alltime["model_id"].isin(first.index[:1])], registry)
    return {
        "": (published, META_LLAMA, "the organisation Qwen, Meta is the organisation meta-llama"),
        ".all_meta": (published, META, "the organisation Qwen, Meta is all its organisations"),
        ".lineage": (inherited, META, "all Qwen weights, Meta is all Llama and OPT weights"),
        ".without_largest": (
            without,
            META_LLAMA,
            "Qwen without its largest model of the first date, Meta the organisation meta-llama",
        ),
    }


def _passing(alltime: pd.DataFrame, registry: Registry) -> list[Number]:
    said = "{} of the observation dates between which Alibaba passes Meta in all-time "
    said += "downloads of a panel of 41 models chosen in August 2026: {}."
    return [
        Number.of(
            f"rankings.qwen_passes_meta{v}.{end}", day, "date", said.format(word, who), _ALLTIME
        )
        for v, (table, leader, who) in _readings(alltime, registry).items()
        for end, word, day in zip(
            ("from", "to"), ("The earlier", "The later"), passes(table, QWEN, leader), strict=True
        )
    ]


def _first_qwen(alltime: pd.DataFrame, registry: Registry) -> pd.Series:
    """Return the downloads of Qwen's models at the panel's first date, the largest first."""
    rows = attribute(alltime[alltime["date"] == alltime["date"].min()], registry, "publisher")
    rows = rows[rows["lab"] == QWEN].drop_duplicates("model_id").set_index("model_id")
    return rows["downloads_all_time"].astype(float).sort_values(ascending=False)


def _first_point(alltime: pd.DataFrame, registry: Registry) -> list[Number]:
    first = _first_qwen(alltime, registry)
    id = "rankings.qwen_first_point.one_model"
    said = "in Qwen's all-time downloads at the first date of the panel of 41 models"
    share, name = (first.iloc[0] / first.sum(), first.index[0]) if len(first) else (None, None)
    return [
        Number.of(f"{id}.share", share, "share", f"Share of the largest model {said}.", _ALLTIME),
        Number.of(f"{id}.name", name, "text", f"The largest model {said}.", _ALLTIME),
    ]


def _largest(alltime: pd.DataFrame) -> list[Number]:
    """Count the panel, and name its most downloaded model at the last date with its share."""
    last = alltime[alltime["date"] == alltime["date"].max()].drop_duplicates("model_id")
    counts = last.set_index("model_id")["downloads_all_time"].astype(float).dropna()
    share, name = (counts.max() / counts.sum(), counts.idxmax()) if len(counts) else (None, None)
    id, said = "rankings.alltime_largest", "in the panel of 41 models, all-time, at its last date"
    size, dates = (alltime[c].nunique() or None for c in ("model_id", "date"))
    return [
        Number.of("rankings.alltime.models", size, "models", "Models of the panel.", _ALLTIME),
        Number.of("rankings.alltime.dates", dates, "count", "Dates of the panel.", _ALLTIME),
        Number.of(f"{id}.name", name, "text", f"The most downloaded model {said}.", _ALLTIME),
        Number.of(f"{id}.share", share, "share", f"Its share of the downloads {said}.", _ALLTIME),
    ]


def _gains(gained: pd.DataFrame) -> list[Number]:
    """Return each side's share of the downloads the balanced panel gained in its whole period."""
    sums = gained.groupby(["attribution", "bloc"])["downloads"].sum()
    totals = sums.groupby("attribution").sum()
    said = "Share of {} in the downloads that a balanced panel of models gained over its whole "
    said += "period, by {}; unknown in the denominator, signs kept."

    def share(attribution: str, bloc: str) -> float | None:
        if attribution not in totals.index:
            return None
        return float(sums.get((attribution, bloc), 0) / totals[attribution])

    return [
        *_interval(gained),
        *(
            Number.of(
                f"rankings.{code}_increments.share{variant}",
                share(attribution, bloc),
                "share",
                said.format(bloc, attribution),
                _INCREMENTS,
            )
            for attribution, variant in (("lineage", ""), ("publisher", ".publisher"))
            for code, bloc in (("cn", "China"), ("us", "United States"), ("unknown", "Unknown"))
        ),
    ]


def _interval(gained: pd.DataFrame) -> list[Number]:
    """Return the period of the balanced panel, and how many models it holds."""
    models = gained.groupby(["attribution", "end"])["models"].sum()
    id, of = "rankings.increments", "a balanced panel of models is observed"
    said = "Models with an all-time count at every date of the panel."
    return [
        Number.of(f"{id}.from", gained["start"].min(), "date", f"First day {of}.", _INCREMENTS),
        Number.of(f"{id}.to", gained["end"].max(), "date", f"Last day {of}.", _INCREMENTS),
        Number.of(f"{id}.models", models.max(), "models", said, _INCREMENTS),
    ]
