"""What a model cost, at whom, since when: price lists and makers' own words made one history.

The lists date a price by their own commits, days to months late, so a maker's own price days
replace what they say of that model at that maker. Sellers are never merged: the same weights cost
several times more at one host than at another. Names are matched whole, and DeepSeek's two moving
names are resolved by date, or successors would look like price cuts.
"""

from __future__ import annotations

import pandas as pd

from openrace.corrections import corrected

#: Sellers' keys for buyers in China, who pay less than half as much at one of them. The same
#: sellers' keys for everybody else stand beside them.
AT_HOME = ("alibaba-cn", "moonshotai-cn", "siliconflow-cn", "zhipuai")

_KEPT = [
    "date",
    "model",
    "host",
    "home",
    "host_lab",
    "listed_as",
    "source",
    "date_kind",
    "input",
    "output",
]


def prices(
    list_prices: pd.DataFrame,
    official_prices: pd.DataFrame,
    model_names: pd.DataFrame,
    price_hosts: pd.DataFrame,
    corrections: pd.DataFrame,
) -> pd.DataFrame:
    """Return each change of a list price, by model of the index, seller and source.

    Prices for buyers in China are left out.

    Args:
        list_prices: table of that name.
        official_prices: table of that name; whole for each model and seller that it names.
        model_names: table of that name.
        price_hosts: table of that name.
        corrections: table of that name.

    Returns:
        date, model (by its name in the index), host, home (country of its seat), host_lab (the
        lab whose models are its own; missing for clouds and hosts), listed_as, source, date_kind
        (announced, commit or catalogue), input and output (US$ per million tokens; missing from
        the day on which the source no longer lists the name); by date.
    """
    named = {"country": "home", "lab": "host_lab"}
    hosts = price_hosts.drop(columns="basis").rename(columns=named)
    mended = corrected(list_prices, corrections, "list_prices")
    abroad = mended[~mended["provider"].isin(AT_HOME)]
    said = resolved(abroad, model_names)
    said = said.merge(hosts, on="provider")
    makers = official_prices.merge(hosts, on="provider").assign(
        listed_as=official_prices["model"], source="maker", date_kind="announced"
    )
    pair = ["model", "host"]
    told = said.merge(makers[pair].drop_duplicates(), on=pair, how="left", indicator="whose")
    told = told[told["whose"] == "left_only"]
    parts = [part[_KEPT] for part in (makers, told) if len(part)]
    table = pd.concat(parts, ignore_index=True) if parts else makers[_KEPT]
    return table.sort_values(["date", "model", "host", "source", "listed_as"], ignore_index=True)


def resolved(list_prices: pd.DataFrame, model_names: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of price lists with the model that each name meant while its price stood.

    A price that stands when a moving name passes to a successor is the successor's from that day.
    Names that are not known are left out.

    Returns:
        The rows of `list_prices` with listed_as (the seller's name) and model (the index's).
    """
    names = model_names[model_names["source"] == "list_prices"]
    rows = list_prices.rename(columns={"model": "listed_as"}).sort_values("date", kind="stable")
    rows = rows.assign(
        name=rows["listed_as"].str.rsplit("/", n=1).str[-1].str.lower(),
        ends=rows.groupby(["source", "provider", "listed_as"])["date"].shift(-1),
    )
    rows = rows.merge(names[["name", "from", "until", "model"]], on="name")
    begun = rows["until"].isna() | (rows["date"] <= rows["until"])
    lasts = rows["from"].isna() | rows["ends"].isna() | (rows["ends"] > rows["from"])
    rows = rows[begun & lasts]
    rows = rows.assign(date=rows[["date", "from"]].max(axis=1))
    rows = rows[rows["date"] <= list_prices["date"].max()]  # a name may pass on after what is known
    return rows.drop(columns=["name", "from", "until", "ends"]).reset_index(drop=True)


def blended(input: pd.Series, output: pd.Series, blend: float = 3.0) -> pd.Series:
    """Return one price for a mix of tokens, in the unit of the prices.

    Args:
        input: price of input tokens.
        output: price of output tokens.
        blend: input tokens per output token.
    """
    return ((blend * input + output) / (blend + 1)).round(6)


def price_on(table: pd.DataFrame, model: str, host: str, day: pd.Timestamp) -> pd.Series:
    """Return input and output price of a model at a seller on a day, in US$ per million tokens.

    Args:
        table: see `prices`.
        model: by its name in the index.
        host: by its name in `price_hosts`.
        day: a day that the table reaches; after its last row nothing is known.

    Returns:
        input and output; missing when no price stood.
    """
    rows = table[(table["model"] == model) & (table["host"] == host) & (table["date"] <= day)]
    if rows.empty or table["date"].max() < day:
        return pd.Series({"input": None, "output": None}, dtype=float)
    return rows.iloc[-1][["input", "output"]].astype(float)
