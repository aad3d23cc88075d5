"""From what a price list says today to rows of `list_prices` and `maker_prices`.

The two tables are continued by the rules that made them, which their descriptions tell: a name
that a table has is followed to its end. A name that is new must mean a model that the
Capabilities Index scores well, or a lab's flagship at that lab's own API. Names are never guessed:
what nobody has placed is counted and told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Annotated

import pandas as pd
from pydantic import Field

from openrace import store
from openrace.corrections import corrected
from openrace.errors import Refusal
from openrace.measures.incentives import response
from openrace.prices import AT_HOME
from openrace.sources.source import Found, Visit

#: A price as JSON has it: a finite number of dollars.
Price = Annotated[float, Field(ge=0, le=2**53, allow_inf_nan=False)]
#: US$ per million tokens. No model costs more; what does is a mistake of units.
HIGHEST = 1000.0
#: From this score on, in any copy of the index, a model is followed at every seller.
SCORED = 130.0
#: Columns of what a list offers; see `found`.
OFFERS = ["provider", "model", "chat", "input", "output", "cache_read"]

_KEY = ["provider", "model"]
_PRICES = ["input", "output", "cache_read"]
_TABLES = ("list_prices", "maker_prices")
_NAME = r"[A-Za-z0-9@~][A-Za-z0-9._:@/+~-]{0,119}"
# The same model once more, for one region of a cloud.
_REGION = r"(?:^|/)(?:us|eu|ap|apac|sa|ca|me|af|global)(?:-[a-z]+)*(?:-\d+)?/"
# As in the table of unmatched names, which leaves out what does not write text.
_NO_TEXT = (
    "embedding|moderation|image|imagine|tts|audio|realtime|transcribe|asr|video|livetranslate|ocr|"
    "veo|whisper|dall-e|live-"
)
_FIELD = re.compile(r"[A-Za-z0-9_.:-]{1,60}")
_SHOWN = 5


def found(
    visit: Visit, source: str, title: str, offers: pd.DataFrame, fields: Mapping[str, str]
) -> Found:
    """Return what a price list says of the names that the two tables follow.

    A name without a usable price keeps the one that stands; a name that is gone gets a row without
    prices.

    Args:
        visit: the visit; its tables say what is known.
        source: the list's name in the tables.
        title: what people call the list.
        offers: provider and model (as the list names them), chat (whether it is one), input,
            output, cache_read (US$ per million tokens, missing where the list has none).
        fields: by column of offers, the list's own name of it.

    Raises:
        Refusal: the list is not whole, or has lost a field.
    """
    visit = replace(visit, table=cache(visit.table))
    known = {name: _last(visit.table(name), source) for name in _TABLES}
    priced = usable(offers)
    goes = _destination(priced, known, visit)
    now = {name: priced[goes == name] for name in _TABLES}
    was, followed = pd.concat(known.values()), pd.concat(now.values())
    check_whole(title, was, offers.loc[followed.index], _KEY, fields)
    check_priced(title, was, followed)
    rows = {name: _rows(visit, source, name, known[name], now[name]) for name in _TABLES}
    free, unfit = int(followed["input"].isna().sum()), int((goes == "unfit").sum())
    strangers, unread = priced[goes == "stranger"], _unread(visit, source, rows)
    gone = len(vanished(was, followed, _KEY))
    notes = [
        *counted(title, "has names without a usable price, so that the last one stands", free),
        *counted(title, "has new names that are not written as names are", unfit),
        *counted(title, "no longer has names that had a price", gone),
        *_named(f"{title} has names at makers that are new to us", strangers, "model_names"),
        *_named(f"{title} has price changes at makers that are unread", unread, "price_readings"),
    ]
    return Found(rows, len(offers), free + unfit + len(strangers), notes)


def usable(offers: pd.DataFrame) -> pd.DataFrame:
    """Return offers with prices to six decimals; what is free or absurd is no price."""
    prices = offers[_PRICES].round(6)
    prices = prices.where((prices > 0) & (prices <= HIGHEST))
    whole = prices[["input", "output"]].notna().all(axis=1)
    return offers.assign(**prices.where(whole))


def check_whole(
    title: str,
    was: pd.DataFrame,
    now: pd.DataFrame,
    key: Sequence[str],
    fields: Mapping[str, str],
) -> None:
    """Refuse an answer that has lost most of what was known: it is cut short, or has changed.

    Args:
        title: who answered.
        was: the last known row of each key; those with an input price must mostly be there still.
        now: what was answered.
        key: columns of the key.
        fields: by column, the source's own name of it; most values that were known must be there.

    Raises:
        Refusal: less than half is there; the sentence says of what.
    """
    standing = was.dropna(subset="input")
    both = standing.merge(now, on=list(key), suffixes=("_was", ""))
    if len(both) < len(standing) / 2:
        raise Refusal(
            f"{title} has {len(both)} of the {len(standing)} names that had a price: "
            "that is not the whole list; ask again later."
        )
    for column, field in fields.items():
        had = both[both[f"{column}_was"].notna()]
        kept = int(had[column].notna().sum())
        if kept < len(had) / 2:
            raise Refusal(
                f"{title} has the field “{field}” for {kept} of the {len(had)} names that had it: "
                "see whether it has another name now."
            )


def check_priced(title: str, was: pd.DataFrame, now: pd.DataFrame) -> None:
    """Refuse an answer in which most of what was known has no price that can be used.

    Raises:
        Refusal: no usable price at all, or less than half as many as were known.
    """
    had, has = was["input"].notna().sum(), now["input"].notna().sum()
    if has == 0 or has < had / 2:
        raise Refusal(f"{title} has {has} usable prices, where {had} are known: ask again later.")


def vanished(was: pd.DataFrame, now: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """Return the keys that had a price when last seen and are not among what was answered now."""
    standing = was.dropna(subset="input")[list(key)]
    return standing[~_among(standing, now, key)].reset_index(drop=True)


def added(title: str, names: Iterable[str], known: re.Pattern[str]) -> list[str]:
    """Return a sentence on fields that a source did not use to have."""
    new = sorted({name for name in names if not known.fullmatch(name)})
    shown = ", ".join(f"“{name}”" for name in new[:_SHOWN] if _FIELD.fullmatch(name))
    return [f"{title} has new fields ({len(new)}): {shown}."] if new else []


def counted(title: str, words: str, count: int) -> list[str]:
    """Return a sentence on what was counted, if there is any."""
    return [f"{title} {words} ({count})."] if count else []


def _last(table: pd.DataFrame, source: str) -> pd.DataFrame:
    return store.last_of(table[table["source"] == source], _KEY, "date")


def _among(rows: pd.DataFrame, others: pd.DataFrame, key: Sequence[str] = _KEY) -> pd.Series:
    """Say for each row whether its key is among those of the others."""
    keys = set(others[list(key)].itertuples(index=False, name=None))
    return pd.Series(
        [k in keys for k in rows[list(key)].itertuples(index=False, name=None)],
        rows.index,
        dtype=bool,
    )


def _destination(
    offers: pd.DataFrame, known: Mapping[str, pd.DataFrame], visit: Visit
) -> pd.Series:
    """Say where each offer belongs: a table, “unfit”, “stranger”, or nowhere (empty)."""
    fit = offers["model"].str.fullmatch(_NAME)
    new = offers["chat"] & offers["input"].notna()
    goes = pd.Series("", offers.index)
    goes = goes.mask(new & fit & _strange(offers, visit), "stranger")
    wanted = new & _wanted(offers, visit)
    goes = goes.mask(wanted, "list_prices").mask(wanted & ~fit, "unfit")
    for name in _TABLES:  # no name moves between the tables
        goes = goes.mask(_among(offers, known[name]), name)
    return goes


def _short(models: pd.Series) -> pd.Series:
    """Return names as the table of names has them."""
    return models.str.rsplit("/", n=1).str[-1].str.lower()


def _wanted(offers: pd.DataFrame, visit: Visit) -> pd.Series:
    """Say which offers are of models that the table of list prices is about."""
    index, corrections = visit.table("capability_index"), visit.table("corrections")
    scores = corrected(index, corrections, "capability_index").groupby("model")["score"].max()
    flagships = visit.table("flagships").drop_duplicates("model").set_index("model")["lab"]
    names = visit.table("model_names")
    names = names[names["source"] == "list_prices"]
    names = names.assign(
        scored=names["model"].map(scores) >= SCORED, lab=names["model"].map(flagships)
    )
    hosts = visit.table("price_hosts").set_index("provider")["lab"]
    short, own = _short(offers["model"]), offers["provider"].map(hosts)
    anywhere = short.isin(names.loc[names["scored"], "name"])
    flags = set(names.dropna(subset="lab")[["name", "lab"]].itertuples(index=False, name=None))
    flagship = pd.Series([pair in flags for pair in zip(short, own, strict=True)], offers.index)
    flagship &= ~offers["provider"].isin(AT_HOME)
    region = offers["model"].str.contains(_REGION)
    return offers["provider"].isin(hosts.index) & (anywhere | flagship) & ~region


def _strange(offers: pd.DataFrame, visit: Visit) -> pd.Series:
    """Say which offers are makers' own and of a name that no table knows."""
    hosts = visit.table("price_hosts")
    makers = hosts[hosts["lab"].notna()].set_index("provider")["host"]
    names, unmatched = visit.table("model_names"), visit.table("unmatched_names")
    short = _short(offers["model"])
    left = offers.assign(seller=offers["provider"].map(makers), name=short)
    left_out = _among(left, unmatched, ["seller", "name"])
    known = short.isin(names.loc[names["source"] == "list_prices", "name"])
    return left["seller"].notna() & ~known & ~left_out & ~short.str.contains(_NO_TEXT)


def _rows(
    visit: Visit, source: str, name: str, was: pd.DataFrame, now: pd.DataFrame
) -> pd.DataFrame:
    """Return today's rows of a table, in its columns; a maker stays what it was.

    A price that still stands keeps the kind of its day, or all that were dated by commits would
    look changed on the first day of a catalogue.
    """
    table = visit.table(name)
    rows = pd.concat([now.dropna(subset="input"), vanished(was, now, _KEY)])
    said = was.drop(columns=["date", "source"])
    rows = rows.merge(said, on=_KEY, how="left", suffixes=("", "_was"))
    stands = pd.Series(True, rows.index)
    for price in [p for p in _PRICES if p in table]:
        before = rows[f"{price}_was"]
        stands &= rows[price].eq(before) | (rows[price].isna() & before.isna())
    kind = rows["date_kind"].where(stands, "catalogue").fillna("catalogue")
    rows = rows.assign(date=pd.Timestamp(visit.day), source=source, date_kind=kind)
    return rows[table.columns].astype(table.dtypes)


def _unread(visit: Visit, source: str, rows: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return changes at makers' own APIs, today's and older, that nobody has read yet.

    What a change is the chapter says, so that what is told here is what it will ask for.
    """
    grown = [pd.concat([visit.table(name), rows[name]]) for name in _TABLES]
    others = [visit.table(name) for name in ("price_hosts", "corrections")]
    changes = response.detected(*grown, *others)
    changes = response.readings(changes, visit.table("price_readings"))
    unread = response.unread(changes) & (changes["source"] == source)
    return changes[unread].drop_duplicates(["date", *_KEY])


def _named(words: str, rows: pd.DataFrame, table: str) -> list[str]:
    shown = ", ".join((rows["provider"] + " " + rows["model"]).sort_values()[:_SHOWN])
    note = f"{words} ({len(rows)}): {shown}; say in data/{table}.csv what they are."
    return [note] if len(rows) else []
