"""What new models are built on: the families of the base models that uploads declare.

Two units, because they differ much: repositories (one author uploads hundreds) and authors (each
counts once, split evenly over what he built on). A repository without a declared base says
nothing and is counted apart; a declared base of unknown origin is shown as unknown.
"""

from __future__ import annotations

import pandas as pd

from openrace.labs import UNKNOWN, Registry, attribute
from openrace.numbers import Number

LAUNCH = "Qwen3.8"
UNITS = ("repositories", "authors")

#: The upload census is near complete for the days before its snapshot, and thin before them.
_CENSUS_DAYS = 9
_LAUNCH_DAYS = 7
_TABLES = ("hub_uploads", "trending_top1000_daily", "labs", "families")
_ORIGIN = ["family", "lab", "country", "bloc"]


def new_uploads(hub_uploads: pd.DataFrame) -> pd.DataFrame:
    """Keep the repositories created in the nine days that the census covers near completely."""
    age = (hub_uploads["date"] - hub_uploads["created_on"]).dt.days
    new = hub_uploads[age.between(0, _CENSUS_DAYS - 1)].drop_duplicates("model_id")
    return new.sort_values("model_id")


def built_on(models: pd.DataFrame, registry: Registry) -> pd.DataFrame:
    """Return the models that declare a base, with author and the origin of the base's weights."""
    declared = models[models["base_model"].notna()]
    bases = attribute(declared[["base_model"]].set_axis(["model_id"], axis=1), registry, "lineage")
    return declared.assign(author=declared["model_id"].str.split("/").str[0]).join(bases[_ORIGIN])


def is_of_launch(base_models: pd.Series) -> pd.Series:
    """Tell which base models carry the launched generation's name as a whole."""
    name = LAUNCH.replace(".", r"\.")
    return base_models.str.contains(rf"(?<![a-z0-9]){name}(?!\d)", case=False, na=False)


def launch_week(hub_uploads: pd.DataFrame) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """Return first and last of the seven days with most new repositories built on Qwen3.8.

    Creation dates of Qwen's own repositories precede their publication by days, so the launch
    is dated by what others built. None when nothing is built on it yet.
    """
    models = new_uploads(hub_uploads)
    days = models.loc[is_of_launch(models["base_model"]), "created_on"].value_counts()
    if days.empty:
        return None
    daily = days.sort_index().asfreq("D", fill_value=0)
    ahead = pd.concat([daily.shift(-i, fill_value=0) for i in range(_LAUNCH_DAYS)], axis=1)
    first = ahead.sum(axis=1).idxmax()
    return first, first + pd.Timedelta(days=_LAUNCH_DAYS - 1)


def _shares(models: pd.DataFrame) -> pd.DataFrame:
    """Return n and share of each base family, by repositories and by authors."""
    weights = pd.DataFrame(
        {
            "repositories": 1.0,
            "authors": 1 / models.groupby("author")["model_id"].transform("size"),
        },
        index=models.index,
    )
    weights.columns.name = "unit"
    sums = weights.groupby([models[c] for c in _ORIGIN]).sum().stack().rename("n").reset_index()
    return sums.assign(share=sums["n"] / sums.groupby("unit")["n"].transform("sum"))


def derivatives(
    hub_uploads: pd.DataFrame, trending_top1000: pd.DataFrame, registry: Registry
) -> pd.DataFrame:
    """Return what new and trending models are built on, with and without Qwen3.8's launch.

    Args:
        hub_uploads: table of that name; only the nine days it covers near completely are new.
        trending_top1000: table `trending_top1000_daily`, each model once: not new uploads, but
            what was popular three months before the launch.
        registry: who is known.

    Returns:
        population (`new uploads`, `without the launch week`: not created in its seven days,
        `without Qwen3.8`: not built on it, whatever the day, `fine-tunes`: new uploads whose
        declared relation is neither quantisation nor adapter nor merge, `trending 1,000`), unit
        (repositories or authors), family, lab, country, bloc, n (authors are fractions), share
        (of the models with a declared base).
    """
    populations = _populations(hub_uploads, trending_top1000, registry)
    tables = [_shares(p).assign(population=name) for name, p in populations.items()]
    columns = ["population", "unit", *_ORIGIN, "n", "share"]
    order = ["population", "unit", "share", "family", "lab"]
    return pd.concat(tables)[columns].sort_values(
        order, ascending=[True, True, False, True, True], ignore_index=True
    )


def _populations(
    hub_uploads: pd.DataFrame, trending_top1000: pd.DataFrame, registry: Registry
) -> dict[str, pd.DataFrame]:
    new = built_on(new_uploads(hub_uploads), registry)
    week = launch_week(hub_uploads)
    in_week = new["created_on"].between(*week) if week else pd.Series(False, index=new.index)
    popular = trending_top1000.sort_values(["date", "rank"]).drop_duplicates(
        "model_id", keep="last"
    )
    return {
        "new uploads": new,
        "without the launch week": new[~in_week],
        "without Qwen3.8": new[~is_of_launch(new["base_model"])],
        "fine-tunes": new[new["base_relation"] == "finetune"],
        "trending 1,000": built_on(popular, registry),
    }


def leading_families(derivatives: pd.DataFrame, count: int = 8) -> pd.DataFrame:
    """Fold the bases of new uploads into the leading families and the rest of each bloc.

    Args:
        derivatives: what `derivatives` returns.
        count: how many families are named: those with most new uploads, both units weighing
            the same. A known maker without a known family is in the rest of its bloc.

    Returns:
        bloc, level (`bloc`: all of it; `family`; `rest`: its other families, where some are
        named), family (empty unless the level is `family`), unit, and a share per population of
        new uploads: share, without_launch (week), without_qwen38. Largest bloc first, largest
        family first within it, its rest last; unknown origin after all other blocs.
    """
    rows = derivatives[derivatives["population"].isin(_OF_UPLOADS)]
    known = rows[(rows["population"] == "new uploads") & (rows["family"] != UNKNOWN)]
    named = known.groupby("family")["share"].sum().nlargest(count).index
    rest = rows["family"].where(rows["family"].isin(named), "")
    level = rest.where(rest == "", "family").replace("", "rest")
    whole = rows.assign(family="", level="bloc")
    folded = pd.concat([whole, rows.assign(family=rest, level=level)])
    keys = ["bloc", "level", "family", "unit"]
    table = folded.pivot_table(index=keys, columns="population", values="share", aggfunc="sum")
    table = table.reindex(columns=list(_OF_UPLOADS)).fillna(0.0).rename(columns=_OF_UPLOADS)
    table = table.reset_index().rename_axis(columns=None)
    with_families = table.loc[table["level"] == "family", "bloc"]
    alone = (table["level"] == "rest") & ~table["bloc"].isin(with_families)
    return _largest_first(table[~alone])


#: population -> column of `leading_families`
_OF_UPLOADS = {
    "new uploads": "share",
    "without the launch week": "without_launch",
    "without Qwen3.8": "without_qwen38",
}


def _largest_first(table: pd.DataFrame) -> pd.DataFrame:
    """Order blocs, what is in them, and the units."""
    blocs = table[table["level"] == "bloc"].groupby("bloc")["share"].sum()
    families = table.groupby(["bloc", "level", "family"])["share"].transform("sum")
    order = {
        "last": table["bloc"] == "Unknown",
        "size": -table["bloc"].map(blocs).astype(float),  # of no rows, it would be text
        "level": table["level"],  # bloc, family, rest: the alphabet has them in this order
        "family_size": -families,
    }
    keys = [*order, "bloc", "family", "unit"]
    table = table.assign(**{k: v for k, v in order.items() if k != "level"})
    table = table.sort_values(keys, ignore_index=True)
    return table.drop(columns=["last", "size", "family_size"])


#: population -> variant of the number's id
_VARIANTS = {
    "new uploads": "",
    "without the launch week": ".without_launch",
    "without Qwen3.8": ".without_qwen38",
    "fine-tunes": ".finetunes",
    "trending 1,000": ".trending",
}


def numbers(derivatives: pd.DataFrame, hub_uploads: pd.DataFrame) -> list[Number]:
    """Return the shares of Qwen, and of the sides, in what models are built on.

    Args:
        derivatives: what `derivatives` returns.
        hub_uploads: table of that name, for the size of the census.
    """
    table = derivatives
    asked = {
        "qwen": table["family"] == "Qwen",
        "cn": table["bloc"] == "China",
        "us": table["bloc"] == "United States",
        "unknown": table["bloc"] == "Unknown",
    }
    said = "Share of bases of {} in {} that declare a base, by {}; unknown bases stay in the "
    said += "denominator."
    names = {"qwen": "the family Qwen", "cn": "China", "us": "the United States"}
    shares = [
        Number.of(
            f"rankings.derivatives.{code}.{'repos' if unit == 'repositories' else unit}{variant}",
            _share(table[(table["population"] == population) & (table["unit"] == unit)], rows),
            "share",
            said.format(names.get(code, "unknown origin"), population, unit),
            _TABLES,
        )
        for code, rows in asked.items()
        for unit in UNITS
        for population, variant in _VARIANTS.items()
    ]
    return [*shares, *_census(hub_uploads)]


def _share(cell: pd.DataFrame, rows: pd.Series) -> float | None:
    return float(cell.loc[rows, "share"].sum()) if len(cell) else None


def _census(hub_uploads: pd.DataFrame) -> list[Number]:
    """Return the size of the census, how much of it declares a base, and who uploads most."""
    new = new_uploads(hub_uploads)
    declared = new[new["base_model"].notna()]
    by_author = declared["model_id"].str.split("/").str[0].value_counts(normalize=True)
    week = launch_week(hub_uploads) or (None, None)
    id, of = "rankings.derivatives", "repositories created in the nine days to the snapshot"
    some = len(new) > 0
    return [
        Number.of(f"{id}.new", len(new) or None, "repositories", f"Number of {of}.", _TABLES),
        Number.of(
            f"{id}.declared_share",
            len(declared) / len(new) if some else None,
            "share",
            f"Share of {of} that declare a base model.",
            _TABLES,
        ),
        Number.of(
            f"{id}.top_ten_authors.share",
            by_author.iloc[:10].sum() if some else None,
            "share",
            f"Share of the ten busiest authors in {of} that declare a base model.",
            _TABLES,
        ),
        Number.of(
            f"{id}.launch.from",
            week[0],
            "date",
            "First of the seven days with most new repositories built on Qwen3.8.",
            _TABLES,
        ),
        Number.of(
            f"{id}.launch.to",
            week[1],
            "date",
            "Last of the seven days with most new repositories built on Qwen3.8.",
            _TABLES,
        ),
    ]
