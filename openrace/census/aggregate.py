"""From all models of some days to counts: one expression, which any engine of Ibis can run.

Ibis writes it in the engine's own language: https://ibis-project.org/backends. Steps that many
later ones need are kept as tables of the engine for the time of the run (`kept`).
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis import _

from openrace.census.groups import LICENCES, SIZES, TASKS
from openrace.census.homes import COLUMNS, Homes

#: Base models of base models are followed this often twice as far: 8 steps in all.
_DOUBLINGS = 3
_COUNTERS = {"downloads": "downloads", "all_time": "downloadsAllTime", "likes": "likes"}
_KINDS = ("task", "size", "licence")
_NEW = ("new_models", "new_derivatives")
#: The kind of each task, and of each licence as tags name it.
KINDS = pa.Table.from_pylist(
    [
        {"name": prefix + name, "kind": kind}
        for prefix, groups in (("", TASKS), ("license:", LICENCES))
        for kind, names in groups.items()
        for name in names.split()
    ]
)
#: In which grains each attribution is counted: all labs and families in one, all kinds in one.
GRAINS = pa.Table.from_pylist(
    [
        {"attribution": way, "all_labs": labs, "all_kinds": kinds}
        for way in ("publisher", "lineage")
        for labs, kinds in ((True, True), (False, True), (False, False))
    ]
)


def described(models: ir.Table, homes: Homes) -> ir.Table:
    """Read each model's name, base model, task, size and licence.

    Args:
        models: a table of the layout in which days are read, plus `day`.
        homes: how names are read.
    """
    tagged = _first(models.tags.filter(lambda tag: tag.startswith("base_model:")))
    declared = ibis.coalesce(_first(models.baseModels), tagged.re_replace("^.*:", ""))
    key, base = homes.key(models.id), homes.key(declared)
    return models.select(
        "day",
        "author",
        key=key,
        base=base.nullif(key),
        maker=homes.maker(key),
        words=homes.words(key).fill_null(""),
        created=models.createdAt.date(),
        task=models.pipeline_tag,
        size=_size(models.parameters),
        licence=_first(models.tags.filter(lambda tag: tag.startswith("license:"))),
        **_counters(models),
    )


def based(rows: ir.Table, homes: Homes) -> ir.Table:
    """Read the name of each base model once, for many models share one.

    Args:
        rows: what `described` returns.
        homes: how names are read.
    """
    bases = rows.filter(_.base.notnull()).select("base").distinct()
    return bases.mutate(maker=homes.maker(bases.base), words=homes.words(bases.base))


def names(*rows: ir.Table) -> ir.Table:
    """Return every pair of maker and words in some tables once."""
    return ibis.union(*(table.select("maker", "words") for table in rows)).distinct()


def attributed(rows: ir.Table, bases: ir.Table, answers: ir.Table, kinds: ir.Table) -> ir.Table:
    """Put kinds for tasks and licences, and codes of homes by publisher and by lineage.

    Args:
        rows: what `described` returns.
        bases: what `based` returns of them.
        answers: maker, words, publisher and weights, as `Homes.of` returns them.
        kinds: `KINDS`, as a table of the engine.
    """
    own = rows.join(answers, ["maker", "words"])
    declared = bases.join(answers, ["maker", "words"]).select("base", declared="weights")
    both = own.left_join(declared, "base")
    for column, rest in (("task", "other"), ("licence", "other terms")):
        both = _grouped(both, kinds, column, rest)
    facts = ("day", "author", "key", "base", "created", *_KINDS, *_COUNTERS)
    placed = kept(both.select(*facts, "publisher", "weights", "declared"))
    return _followed(placed)


def _grouped(rows: ir.Table, kinds: ir.Table, column: str, rest: str) -> ir.Table:
    found = kinds.select(**{column: "name", "kind": "kind"})
    joined = rows.left_join(found, column).drop(f"{column}_right")
    named = ibis.cases((_[column].isnull(), "unknown"), else_=_.kind.fill_null(rest))
    return joined.mutate(**{column: named}).drop("kind")


def _followed(rows: ir.Table) -> ir.Table:
    """Follow base models to the root: the home nearest to it that is known counts as `lineage`.

    Each round joins what is known of a model's ancestor so far to what is known of the model, so
    that the distance doubles (pointer jumping: https://doi.org/10.1016/0196-6774(82)90008-6).
    """
    links = rows.filter(_.base.notnull()).group_by("day", "key")
    chain = links.aggregate(ancestor=_.base.min(), weights=_known(_.declared, _.weights).max())
    for _round in range(_DOUBLINGS):
        further = chain.select("day", ancestor="key", beyond="ancestor", above="weights")
        joined = chain.left_join(further, ["day", "ancestor"])
        chain = kept(
            joined.select(
                "day", "key", ancestor="beyond", weights=_known(joined.above, joined.weights)
            )
        )
    found = chain.select("day", "key", followed="weights")
    joined = rows.left_join(found, ["day", "key"]).drop("day_right", "key_right")
    return joined.mutate(lineage=_known(_.followed, _.weights)).drop(
        "followed", "weights", "declared"
    )


def counters(models: ir.Table, homes: Homes) -> ir.Table:
    """Return each model's counters on days that others are compared to.

    Args:
        models: as for `described`.
        homes: how names are read.
    """
    rows = models.select("day", key=homes.key(models.id), **_counters(models))
    return rows.group_by(previous="day", same="key").aggregate(
        **{f"{name}_before": rows[name].max() for name in _COUNTERS}
    )


def changed(rows: ir.Table, before: ir.Table, days: ir.Table) -> ir.Table:
    """Add what changed since the day before, and whether a model is new.

    Args:
        rows: what `attributed` returns.
        before: what `counters` returns of the days before.
        days: day, previous (null for a first day).
    """
    counted = rows.join(days, "day")
    both = counted.left_join(
        before, [counted.previous == before.previous, counted.key == before.same]
    )
    changes = {f"{n}_change": both[n] - both[f"{n}_before"] for n in _COUNTERS}
    since = ibis.coalesce(both.previous, both.day - ibis.interval(days=1))
    new = (both.created > since) & (both.created <= both.day)
    return both.select(
        *("day", "author", "publisher", "lineage", *_KINDS, *_COUNTERS),
        new_models=new.fill_null(False).cast("int64"),
        new_derivatives=(new.fill_null(False) & both.base.notnull()).cast("int64"),
        **changes,
    )


def counts(rows: ir.Table, homes: ir.Table, grains: ir.Table) -> ir.Table:
    """Count models of each attribution in each grain: by country, by lab and family, by all.

    Args:
        rows: what `changed` returns.
        homes: code, country, lab, family, as `Homes.of` returns them.
        grains: `GRAINS`, as a table of the engine.

    Returns:
        The columns of the table `hub_census`.
    """
    sums = [*_COUNTERS, *(f"{name}_change" for name in _COUNTERS), *_NEW]
    groups = rows.group_by("day", "publisher", "lineage", *_KINDS, "author")
    small = groups.aggregate(models=_.count(), **{name: rows[name].sum() for name in sums})
    told = kept(small).cross_join(grains)
    coded = told.mutate(
        code=ibis.ifelse(told.attribution == "publisher", told.publisher, told.lineage)
    )
    placed = coded.join(homes, "code")
    names = {name: _unless(placed.all_labs, placed[name]) for name in ("lab", "family")}
    kinds = {name: _unless(placed.all_kinds, placed[name]) for name in _KINDS}
    by = placed.mutate(**names, **kinds).group_by("day", "attribution", *COLUMNS, *_KINDS)
    return by.aggregate(
        authors=_.author.nunique(),
        **{name: placed[name].sum().cast("int64") for name in (*sums, "models")},
    )


def _unless(summed: ir.BooleanValue, name: ir.StringValue) -> ir.StringValue:
    return ibis.ifelse(summed, ibis.literal("all"), name)


def kept(table: ir.Table) -> ir.Table:
    """Have the engine work a table out once, now: some would only do it when they must."""
    cached = table.cache()
    cached.count().to_pyarrow()
    return cached


def _first(texts: ir.ArrayValue) -> ir.StringValue:
    """Return the first of some texts without spaces; null where there is none.

    Engines differ in what an index beyond the end gives.
    """
    return texts.join(" ").split(" ")[0].nullif("")


def _counters(models: ir.Table) -> dict[str, ir.Value]:
    return {name: models[column] for name, column in _COUNTERS.items()}


def _known(code: ir.IntegerValue, otherwise: ir.IntegerValue) -> ir.IntegerValue:
    return ibis.ifelse(code.fill_null(0) != 0, code, otherwise)


def _size(parameters: ir.IntegerValue) -> ir.StringValue:
    return ibis.cases(
        *((parameters >= least, name) for name, least in SIZES.items()), else_="unknown"
    )
