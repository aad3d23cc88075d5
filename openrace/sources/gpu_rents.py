"""From daily price lists of rented GPUs to a median per month and type.

The daily lists may not be passed on. Whoever holds them writes the table again with

    python -m openrace.sources.gpu_rents RUNPOD INDEX

RunPod lists two prices a day, of its own machines and of its community's; Ornn's index is of deals.
All are counted alike, so the median is of days and lists, not of GPUs rented.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pandas as pd

from openrace import package

#: How each list names a type; other builds (PCIe, NVL) rent for other prices.
GPUS = {"H100 SXM": "H100", "H200 SXM": "H200", "H200": "H200", "B200": "B200"}
#: A community price of US$ 0.50 stands where nothing is offered.
PLACEHOLDER = 0.5


def observations(runpod: pd.DataFrame, index: pd.DataFrame) -> pd.DataFrame:
    """Return every price of the counted types.

    Args:
        runpod: date, display_name, secure_price, community_price (US$ per GPU and hour).
        index: timestamp, gpu_type, index_value (the same unit).

    Returns:
        date, gpu, price.
    """
    listed = runpod.melt(
        ["date", "display_name"], ["secure_price", "community_price"], value_name="price"
    )
    dealt = index.rename(columns={"gpu_type": "display_name", "index_value": "price"})
    dealt = dealt.assign(date=dealt["timestamp"].str[:10])
    kept = ["date", "display_name", "price"]
    every = pd.concat([listed[kept], dealt[kept]], ignore_index=True)
    every = every.assign(gpu=every["display_name"].map(GPUS), date=pd.to_datetime(every["date"]))
    every = every[every["gpu"].notna() & (every["price"] > PLACEHOLDER)]
    return every[["date", "gpu", "price"]].reset_index(drop=True)


def by_month(observations: pd.DataFrame) -> pd.DataFrame:
    """Return the median and the spread of the prices of each month.

    Returns:
        date (last day seen in the month), gpu, median, low and high (tenth and ninetieth
        percentile; US$ per GPU and hour), observations.
    """
    month = observations["date"].dt.to_period("M").rename("month")
    groups = observations.groupby([month, "gpu"])
    found = groups["price"].agg(
        median="median",
        low=lambda p: p.quantile(0.1),
        high=lambda p: p.quantile(0.9),
        observations="size",
    )
    found = found.assign(date=groups["date"].max()).reset_index()
    return found[["date", "gpu", "median", "low", "high", "observations"]]


def main(arguments: Sequence[str]) -> None:
    """Write the table from the two lists."""
    table = by_month(observations(*(pd.read_csv(path) for path in arguments[:2])))
    floats = dict.fromkeys(table.select_dtypes("float"), 3)
    ordered = table.sort_values(["date", "gpu"]).round(floats)
    ordered.to_csv(package.path("gpu_rents"), index=False, date_format="%Y-%m-%d")


if __name__ == "__main__":
    main(sys.argv[1:])
