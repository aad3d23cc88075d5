"""Renting GPUs against paying per token: an assumption worked out, not a measurement.

What a million tokens cost on rented GPUs is their rent over what they process. Rents are market
medians; throughputs are what was reported of three installations, one a mean over a day of real
use and two under load; the hours in which nobody asks are the utilisation. Staff, storage, traffic
and spare machines are left out, which makes the break-even too low; the day of real use has idle
hours in it already, which makes the break-even of that installation too high.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from openrace.numbers import Number, written
from openrace.prices import blended

MODEL = "DeepSeek-V3.2"
MARKET, PUBLISHED = "market", "published"
INSTALLATIONS = ("deepseek_fleet", "sglang_cluster", "single_node")
GPUS = ("H100", "H200")
READINGS = (10, 30, 60, 100)
SECONDS, MILLION = 3600, 1_000_000
NEVER = "not reached"
#: GPUs of a node when a throughput is given instead of published.
NODE = 8

_RENT = ("gpu_rents",)
_RAN = ("gpu_rents", "throughputs")
_PRICED = ("list_prices", "official_prices", "price_hosts", "model_names")
_ALL = (*_RAN, *_PRICED)


def rates(throughputs: pd.DataFrame) -> pd.DataFrame:
    """Return how fast each installation reads, and how fast it writes, doing nothing else.

    Where nodes do only one of both, the report says so. Where a node did both at once, two runs
    with different mixes give two equations: the time read plus the time written is one second.

    Args:
        throughputs: table of that name.

    Returns:
        Indexed by installation: name, gpu, rented_as, gpus, least_nodes, input (tokens per second
        and node, without those from a cache), output (the same), date.
    """
    rows = []
    for installation, runs in throughputs.groupby("installation"):
        first = runs.iloc[0]
        read, wrote = (runs["input"] * (1 - runs["cached"])).to_numpy(), runs["output"].to_numpy()
        if first["kind"] == "together":
            if len(runs) < 2:
                continue
            equations = np.column_stack([read, wrote])[:2]
            read, wrote = 1 / np.linalg.solve(equations, np.ones(2))[:, None]
        kept = first[["name", "gpu", "rented_as", "gpus", "least_nodes", "date"]]
        rows.append({"installation": installation, **kept, "input": read[0], "output": wrote[0]})
    columns = ["installation", "name", "gpu", "rented_as", "gpus", "least_nodes", "date"]
    return pd.DataFrame(rows, columns=[*columns, "input", "output"]).set_index("installation")


def mixed(input: float, output: float, blend: float = 3.0) -> float:
    """Return the tokens per second at a mix of `blend` tokens read for each written."""
    return (blend + 1) / (blend / input + 1 / output)


def rents(gpu_rents: pd.DataFrame) -> pd.DataFrame:
    """Return the newest month's rents, by gpu: median, low, high (US$ an hour), date."""
    newest = gpu_rents.sort_values("date").drop_duplicates("gpu", keep="last")
    return newest.set_index("gpu")[["median", "low", "high", "date"]]


def cost(rent: float, gpus: float, throughput: float, utilisation: float = 1.0) -> float:
    """Return what a million tokens cost on rented GPUs, in US$.

    Args:
        rent: US$ per GPU and hour.
        gpus: GPUs of a node.
        throughput: tokens per second of a node at work.
        utilisation: part of the hours paid in which it is at work; at 0 the cost is endless.
    """
    if utilisation <= 0:
        return math.inf
    return rent * gpus / (throughput * SECONDS * utilisation) * MILLION


def api_prices(prices: pd.DataFrame, blend: float = 3.0) -> pd.Series:
    """Return the last list price of the model at each host, in US$ per million tokens.

    Args:
        prices: see `openrace.prices.prices`.
        blend: input tokens per output token.
    """
    rows = prices[prices["model"] == MODEL]
    last = rows.drop_duplicates(["source", "host", "listed_as"], keep="last").dropna(subset="input")
    price = blended(last["input"], last["output"], blend)
    return last.assign(price=price).groupby("host")["price"].median()


def installations(
    throughputs: pd.DataFrame,
    gpu_rents: pd.DataFrame,
    blend: float = 3.0,
    gpu_hour_usd: float | str = MARKET,
    throughput: float | str = PUBLISHED,
) -> pd.DataFrame:
    """Return what a million tokens cost on each installation at full use, cheapest first.

    Args:
        throughputs: table of that name.
        gpu_rents: table of that name.
        blend: tokens read for each written.
        gpu_hour_usd: rent of a GPU, US$ an hour; the market's when “market”.
        throughput: tokens per second of a node of eight GPUs; the reports' when “published”.

    Returns:
        The columns of `rates`, with installation, throughput (tokens per second and node at the
        mix), rent, rent_low, rent_high (US$ per GPU and hour), full, full_low, full_high (US$ per
        million tokens at full use). Installations whose GPU has no rent are left out.
    """
    market = rents(gpu_rents).drop(columns="date")
    table = rates(throughputs).reset_index().merge(market, left_on="rented_as", right_index=True)
    table = table.rename(columns={"median": "rent", "low": "rent_low", "high": "rent_high"})
    if gpu_hour_usd != MARKET:
        table[["rent", "rent_low", "rent_high"]] = float(gpu_hour_usd)
    table["throughput"] = mixed(table["input"], table["output"], blend)
    if throughput != PUBLISHED:
        table = table.assign(throughput=float(throughput) / NODE * table["gpus"])
    for end in ("", "_low", "_high"):
        table[f"full{end}"] = cost(table[f"rent{end}"], table["gpus"], table["throughput"])
    return table.sort_values(["full", "installation"], ignore_index=True)


def middle(installations: pd.DataFrame) -> pd.Series:
    """Return the installation of middle cost; an empty row when there is none."""
    if installations.empty:
        return pd.Series(dtype=float)
    return installations.iloc[len(installations) // 2]


def self_host_figure(
    installations: pd.DataFrame, api: pd.Series, closed: float | None
) -> pd.DataFrame:
    """Return what the figure draws: each installation with what it is compared to.

    Args:
        installations: what the function of that name returns.
        api: what `api_prices` returns.
        closed: price of US closed models of about the same quality, US$ per million tokens.

    Returns:
        The columns of `installations`, with api (median over hosts), api_low and api_high
        (quartiles), closed, breakeven (utilisation at which renting costs what the API does;
        above 1 never), is_middle.
    """
    low, median, high = api.quantile([0.25, 0.5, 0.75]) if len(api) else [math.nan] * 3
    table = installations.assign(api=median, api_low=low, api_high=high, closed=closed)
    chosen = middle(installations).get("installation")
    is_middle = table["installation"] == chosen
    return table.assign(breakeven=table["full"] / table["api"], is_middle=is_middle)


def numbers(
    figure: pd.DataFrame,
    gpu_rents: pd.DataFrame,
    api: pd.Series,
    utilisation: float = 0.6,
    blend: float = 3.0,
) -> list[Number]:
    """Return the numbers of this part.

    Args:
        figure: what `self_host_figure` returns.
        gpu_rents: table of that name.
        api: what `api_prices` returns.
        utilisation: part of the paid hours at which one cost is read.
        blend: tokens read for each written.
    """
    said = "Tokens read for each written in the costs of self-hosting."
    return [
        Number.of("costs.self_host.blend", f"{blend:g}", "text", said, _RAN),
        _whose(figure),
        *(n for gpu in GPUS for n in _rent(gpu, gpu_rents)),
        *_api(figure, api),
        *_breakeven(figure),
        *(_cost_at(figure, pct / 100, f"cost_at.{pct}") for pct in READINGS),
        _cost_at(figure, utilisation, "cost_at.chosen"),
        Number.of("costs.self_host.utilisation", utilisation, "share", "Utilisation chosen.", _RAN),
        *(n for i in INSTALLATIONS for n in _installation(figure, i)),
    ]


def _whose(figure: pd.DataFrame) -> Number:
    """Say whether the throughputs are those published, or one that was given for all."""
    given = len(figure) > 1 and figure["throughput"].nunique() == 1
    said = "Whether throughputs are the published ones, or one given in their place."
    word = "given" if given else PUBLISHED
    return Number.of("costs.self_host.throughput", word, "text", said, _RAN)


def _rent(gpu: str, gpu_rents: pd.DataFrame) -> list[Number]:
    known = rents(gpu_rents)
    row = known.loc[gpu] if gpu in known.index else pd.Series(dtype=float)
    rows = gpu_rents[gpu_rents["gpu"] == gpu]["median"]
    id, said = f"costs.gpu_hour.{gpu.lower()}", f"Rent of one {gpu} for an hour, median of the "
    said += "newest month’s daily lists; from the tenth to the ninetieth percentile."
    values = [row.get(column) for column in ("median", "low", "high")]
    spread = "Lowest monthly median seen, and the range of all."
    return [
        Number.of(id, values[0], "US$", said, _RENT, *values[1:]),
        Number.of(f"{id}.date", row.get("date"), "date", "Last day of that month seen.", _RENT),
        Number.of(f"{id}.months", rows.min(), "US$", spread, _RENT, rows.min(), rows.max()),
    ]


def _api(figure: pd.DataFrame, api: pd.Series) -> list[Number]:
    low, high = api.quantile(0.25), api.quantile(0.75)
    id, said = "costs.self_host.api", f"List price of {MODEL} per million tokens, median over "
    closed = figure["closed"].iloc[0] if len(figure) else None
    words = "Median list price of US closed models within two index points, per million tokens."
    return [
        Number.of(
            f"{id}_price", api.median(), "US$", f"{said}hosts; quartiles.", _PRICED, low, high
        ),
        Number.of(f"{id}_hosts", len(api), "count", "Hosts with a list price.", _PRICED),
        Number.of(f"{id}_cheapest", api.min(), "US$", "The cheapest host’s price.", _PRICED),
        Number.of("costs.self_host.closed_price", closed, "US$", words, _PRICED),
    ]


def reached(number: Number) -> Number:
    """Write a break-even above full use as what it is: never reached."""
    over = isinstance(number.value, float) and number.value > 1
    return replace(number, text=NEVER) if over else number


def _breakeven(figure: pd.DataFrame) -> list[Number]:
    row, id = middle(figure), "costs.breakeven_utilisation"
    said = "Part of the paid hours in which rented GPUs must be at work to cost what the API does: "
    words = f"{said}the middle of three reported throughputs, at market rents; an assumption. "
    words += "The range is over throughputs and rents; above 100 % it is never reached."
    value = row.get("breakeven")
    low = (figure["full_low"] / figure["api"]).min()
    high = (figure["full_high"] / figure["api"]).max()
    cheap = None if value is None else row["full"] / row["api_high"]
    dear = None if value is None else row["full"] / row["api_low"]
    versus = None if value is None else row["full"] / row["closed"]
    best = (figure["full"] / figure["closed"]).min()
    worst = (figure["full"] / figure["closed"]).max()
    other = "; the range is over the quartiles of the hosts’ prices."
    closed = f"{said}that of US closed models of about the same index score; range: throughputs."
    found = [
        Number.of(id, value, "share", words, _ALL, low, high),
        Number.of(f"{id}.lo", low, "share", f"{said}lowest throughput need and rent.", _ALL),
        Number.of(f"{id}.hi", high, "share", f"{said}highest throughput need and rent.", _ALL),
        Number.of(f"{id}.api", value, "share", f"{said}middle{other}", _ALL, cheap, dear),
        Number.of(f"{id}.closed", versus, "share", closed, _ALL, best, worst),
    ]
    return [reached(number) for number in found]


def _cost_at(figure: pd.DataFrame, utilisation: float, name: str) -> Number:
    costs = figure["full"] / utilisation if utilisation > 0 else figure["full"] * math.inf
    row = middle(figure.assign(cost=costs))
    share = written(utilisation, "share")
    said = f"A million tokens on rented GPUs at work {share} of the hours, middle of three "
    said += "reported throughputs, which give the range; an assumption."
    return Number.of(
        f"costs.self_host.{name}", row.get("cost"), "US$", said, _RAN, costs.min(), costs.max()
    )


def _installation(figure: pd.DataFrame, installation: str) -> Sequence[Number]:
    """Return one installation's break-even, its cost at full use, and the tokens that takes."""
    rows = figure[figure["installation"] == installation]
    row = rows.iloc[0] if len(rows) else pd.Series(dtype=float)
    even, full = row.get("breakeven"), row.get("full")
    low, high = (row.get("full_low"), row.get("full_high")) if len(rows) else (None, None)
    known = even is not None and even <= 1
    day = row["throughput"] * row["least_nodes"] * SECONDS * 24 * even if known else None
    id = f"costs.self_host.{installation}"
    price = row.get("api")
    bounds = (low / price, high / price) if low is not None else (None, None)
    words = f"The {installation.replace('_', ' ')}: "
    return [
        reached(
            Number.of(
                f"{id}.breakeven",
                even,
                "share",
                f"{words}utilisation at which renting costs what the API does; range: rents.",
                _ALL,
                *bounds,
            )
        ),
        Number.of(
            f"{id}.full", full, "US$", f"{words}a million tokens at full use.", _RAN, low, high
        ),
        Number.of(
            f"{id}.tokens_per_day",
            day,
            "count",
            f"{words}tokens a day at break-even, of its smallest size.",
            _ALL,
        ),
        Number.of(
            f"{id}.gpus",
            row["gpus"] * row["least_nodes"] if len(rows) else None,
            "count",
            f"{words}GPUs of its smallest size.",
            ("throughputs",),
        ),
    ]
