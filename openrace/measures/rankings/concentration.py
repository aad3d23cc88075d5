"""How few repositories decide a share of downloads, and whose absence would change it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from openrace.labs import Registry, attribute
from openrace.measures.rankings.trending import ATTRIBUTIONS
from openrace.numbers import Number

#: How many of the largest repositories are told together.
MARKS = (1, 10, 100)

_UPLOADS = ("hub_uploads", "labs", "families")
_LABS = ("lab_download_shares",)


def uploaded(hub_uploads: pd.DataFrame, registry: Registry) -> pd.DataFrame:
    """Return the repositories of an upload table, attributed in both ways, largest first.

    Returns:
        Two rows per repository, one per attribution: the table's columns, attribution, lab,
        country, bloc, family, basis.
    """
    models = hub_uploads.drop_duplicates("model_id").sort_values(
        ["downloads_30d", "model_id"], ascending=[False, True]
    )
    return pd.concat(
        [attribute(models, registry, a).assign(attribution=a) for a in ATTRIBUTIONS],
        ignore_index=True,
    )


def concentration(uploaded: pd.DataFrame) -> pd.DataFrame:
    """Return the share of one day's 30-day downloads that the k largest repositories hold.

    Args:
        uploaded: what `uploaded` returns of `hub_uploads`: repositories of mid-August 2026 and
            large older ones, not the whole Hub.

    Returns:
        k (1 to 30, then ever wider steps, to all), share (cumulative), cn_share (the Chinese
        part of it, by lineage), us_share, model_id (the k-th repository).
    """
    models = uploaded[uploaded["attribution"] == "lineage"]
    counts = models["downloads_30d"].astype(float).fillna(0.0)
    steps = {*range(1, 31), *MARKS, *np.geomspace(1, max(len(models), 1), 80).astype(int)}
    parts = {
        "share": counts,
        "cn_share": counts.where(models["bloc"] == "China", 0.0),
        "us_share": counts.where(models["bloc"] == "United States", 0.0),
    }
    curve = pd.DataFrame(parts).cumsum() / counts.sum()
    curve = curve.assign(k=range(1, len(models) + 1), model_id=models["model_id"].to_numpy())
    return curve.loc[curve["k"].isin(steps), ["k", *parts, "model_id"]].reset_index(drop=True)


def leave_one_out(
    uploaded: pd.DataFrame, lab_download_shares: pd.DataFrame, countries: pd.DataFrame
) -> pd.DataFrame:
    """Return the Chinese share with each organisation, or lab, left out in turn.

    The share is China's of China and the United States, in 30-day downloads of one day, so that
    both tables answer the same question.

    Args:
        uploaded: what `uploaded` returns of `hub_uploads`.
        lab_download_shares: table of that name; its latest day counts.
        countries: table `countries`.

    Returns:
        source (table), attribution, left_out (organisation in `hub_uploads`, lab in
        `lab_download_shares`), bloc (the side with more of its downloads), part (of both sides'
        downloads), cn_share, cn_share_without, change; by source, largest change first.
    """
    last = lab_download_shares[lab_download_shares["date"] == lab_download_shares["date"].max()]
    labs = last.drop_duplicates().merge(countries[["country", "bloc"]])
    labs = labs.rename(columns={"lab": "left_out", "share": "weight"})
    models = uploaded.assign(
        left_out=uploaded["model_id"].str.split("/").str[0],
        weight=uploaded["downloads_30d"].astype(float),
    )
    tables = [_without(labs).assign(source="lab_download_shares", attribution="publisher")]
    tables += [
        _without(models[models["attribution"] == a]).assign(source="hub_uploads", attribution=a)
        for a in ATTRIBUTIONS
    ]
    columns = ["source", "attribution", "left_out", *_MOVES]
    return pd.concat(tables, ignore_index=True)[columns]


def decisive(uploaded: pd.DataFrame, leave_one_out: pd.DataFrame, most: int = 6) -> pd.DataFrame:
    """Return what decides a share: the largest repositories, and who moves it most by absence.

    Args:
        uploaded: what `uploaded` returns of `hub_uploads`.
        leave_one_out: what `leave_one_out` returns.
        most: how many organisations or labs of each table are kept.

    Returns:
        part (`largest`: the k largest repositories; `left out`: one organisation or lab), k,
        model_id (the k-th repository), bloc (China, United States or the rest, by lineage; of
        who is left out, its side), share (`largest`: the bloc's part of all downloads that the
        k repositories hold; `left out`: China's of both countries, without it), full (the same
        with all), source, attribution, left_out, change.
    """
    curve = concentration(uploaded)
    held = {
        "China": curve["cn_share"],
        "United States": curve["us_share"],
        REST: curve["share"] - curve["cn_share"] - curve["us_share"],
    }
    by_bloc = [curve[["k", "model_id"]].assign(bloc=b, share=s) for b, s in held.items()]
    moved = leave_one_out.groupby(["source", "attribution"], sort=False).head(most)
    moved = moved.drop(columns="part").rename(
        columns={"cn_share": "full", "cn_share_without": "share"}
    )
    table = pd.concat(
        [*(t.assign(part="largest") for t in by_bloc), moved.assign(part="left out")],
        ignore_index=True,
    )
    columns = ["part", "k", "model_id", "bloc", "share", "full", "source", "attribution"]
    return table[[*columns, "left_out", "change"]]


#: Every bloc but the two that are compared.
REST = "Others and unknown"

_MOVES = ("bloc", "part", "cn_share", "cn_share_without", "change")


def _without(rows: pd.DataFrame) -> pd.DataFrame:
    """Leave each organisation's downloads out in turn."""
    two = rows[rows["bloc"].isin(["China", "United States"])]
    held = two.pivot_table(index="left_out", columns="bloc", values="weight", aggfunc="sum")
    held = held.reindex(columns=["China", "United States"]).astype(float).fillna(0.0)
    if held.empty:
        return pd.DataFrame(columns=["left_out", *_MOVES])
    total, own = held.sum(), held.sum(axis=1)
    table = pd.DataFrame(
        {
            "bloc": np.where(held["China"] > held["United States"], "China", "United States"),
            "part": own / total.sum(),
            "cn_share": total["China"] / total.sum(),
            "cn_share_without": (total["China"] - held["China"]) / (total.sum() - own),
        },
        index=held.index,
    )
    table["change"] = table["cn_share_without"] - table["cn_share"]
    return table.sort_values("change", key=abs, ascending=False, kind="stable").reset_index()


def numbers(
    uploaded: pd.DataFrame, leave_one_out: pd.DataFrame, lab_download_shares: pd.DataFrame
) -> list[Number]:
    """Return how much the largest repositories hold, and how far one organisation moves a share.

    Args:
        uploaded: what `uploaded` returns.
        leave_one_out: what `leave_one_out` returns.
        lab_download_shares: table of that name.
    """
    return [
        *_top(concentration(uploaded)),
        *_top_ten(uploaded),
        *_moved(leave_one_out, "hub_uploads", "lineage", "uploads", _UPLOADS),
        *_moved(leave_one_out, "hub_uploads", "publisher", "uploads.publisher", _UPLOADS),
        *_moved(leave_one_out, "lab_download_shares", "publisher", "labs", _LABS),
        _two_countries(lab_download_shares),
    ]


def _top_ten(uploaded: pd.DataFrame) -> list[Number]:
    """Return how many of the ten most downloaded, and most liked, repositories are whose."""
    said = "Number {} by {} among the ten repositories of the upload table with most {}; the "
    said += "table holds the uploads of mid-August 2026 and large older ones, not the whole Hub."
    found = []
    for by, words in (("downloads_30d", "30-day downloads"), ("likes", "likes")):
        for attribution, variant in zip(ATTRIBUTIONS, ("", ".publisher"), strict=True):
            rows = uploaded[uploaded["attribution"] == attribution]
            ten = rows.sort_values([by, "model_id"], ascending=[False, True]).head(10)
            found += [
                Number.of(
                    f"rankings.top_ten.{words.split()[-1]}.{code}{variant}",
                    int((ten["bloc"] == bloc).sum()) if len(ten) else None,
                    "count",
                    said.format(side, attribution, words),
                    _UPLOADS,
                )
                for code, bloc, side in (
                    ("cn", "China", "from China"),
                    ("us", "United States", "from the United States"),
                )
            ]
    return found


def _top(curve: pd.DataFrame) -> list[Number]:
    """Return what the largest repositories hold together, and how many hold half."""
    id, of = "rankings.concentration", "in the 30-day downloads of all repositories of the table"
    shares = curve.set_index("k")["share"]
    half = shares.index[shares >= 0.5].min() if len(shares) else None
    name = curve["model_id"].iloc[0] if len(curve) else None
    said = f"Fewest repositories that hold half {of}."
    return [
        *(
            Number.of(
                f"{id}.top{k}.share",
                shares[shares.index <= k].max(),
                "share",
                f"Share of the {k} most downloaded repositories {of}.",
                _UPLOADS,
            )
            for k in MARKS
        ),
        Number.of(f"{id}.top1.name", name, "text", f"The largest repository {of}.", _UPLOADS),
        Number.of(f"{id}.half", half, "repositories", said, _UPLOADS),
    ]


def _moved(
    without: pd.DataFrame, source: str, attribution: str, code: str, tables: tuple[str, ...]
) -> list[Number]:
    """Return the Chinese share, and what it becomes when one organisation is left out."""
    rows = without[(without["source"] == source) & (without["attribution"] == attribution)]
    most = rows.iloc[0] if len(rows) else pd.Series(dtype=float)
    shares = rows["cn_share_without"]
    id = f"rankings.leave_one_out.{code}"
    said = f"China's share of China and the United States in 30-day downloads ({source}, by "
    said += f"{attribution})"
    range_ = f"{said}; the range is that with any one organisation left out."
    least = f"{said}, without the organisation that moves it most."
    name = f"The organisation that moves it most when left out: {said}."
    low, high = shares.min(), shares.max()
    return [
        Number.of(f"{id}.cn_share", most.get("cn_share"), "share", range_, tables, low, high),
        Number.of(f"{id}.name", most.get("left_out"), "text", name, tables),
        Number.of(f"{id}.cn_share_without", most.get("cn_share_without"), "share", least, tables),
    ]


def _two_countries(lab_download_shares: pd.DataFrame) -> Number:
    rows = lab_download_shares.drop_duplicates(["date", "country", "lab"])
    china = rows["share"].where(rows["country"] == "CN", 0.0).groupby(rows["date"]).sum()
    shares = (china / rows.groupby("date")["share"].sum()).sort_index()
    return Number.of(
        "rankings.cn_share.all_modalities",
        shares.iloc[-1] if len(shares) else None,
        "share",
        "China's share of China and the United States in the 30-day downloads of each lab's 100 "
        "most downloaded models, all modalities, on the latest day; the range is that of the days "
        "observed.",
        _LABS,
        shares.min(),
        shares.max(),
    )
