"""What a live source is: where it is asked, how often, and what a visit to it brings back."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

import httpx2
import pandas as pd

Table = Callable[[str], pd.DataFrame]


@dataclass(frozen=True)
class Visit:
    """One visit to a source: who is asked, about which days, and what is known already.

    Attributes:
        address: where the source is asked, without a slash at the end.
        client: the one way to the network: it waits, gives up in time, and keeps what it heard.
        day: the day of the visit, in UTC: the day of observation of every row.
        until: the last day asked about; earlier than `day` only for sources with a past.
        table: reads a table as it is in the data folder, checked.
        key: the source's key, or empty.
        told: told of progress: what was just read.
    """

    address: str
    client: httpx2.Client
    day: date
    until: date
    table: Table
    key: str = ""
    told: Callable[[str], None] = lambda what: None


@dataclass
class Found:
    """What a visit brought back.

    Attributes:
        rows: by table, the rows as the source has them now, in the table's own columns. Rows that
            are known already may be among them: the store leaves those out.
        asked: entries that the source gave.
        rejected: entries that were left out because they cannot be used.
        notes: sentences on what was seen: added fields, duplicates, names of unknown home.
    """

    rows: dict[str, pd.DataFrame]
    asked: int
    rejected: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Source:
    """A live source.

    Attributes:
        name: what `--only` calls it.
        title: what people call it.
        group: a second name for `--only`, shared by sources that are asked together.
        variable: the environment variable that sets another address.
        address: where it is asked otherwise.
        ask: asks and checks; raises Refusal when the answer cannot be trusted.
        key: the environment variable with the key it needs, if it needs one.
        has_past: whether it can still be asked about earlier days.
        pace: least seconds between two requests.
        deadline: seconds for the whole visit, waiting included.
    """

    name: str
    title: str
    variable: str
    address: str
    ask: Callable[[Visit], Found]
    group: str = ""
    key: str = ""
    has_past: bool = False
    pace: float = 0.0
    deadline: float = 300.0

    def at(self, environment: Mapping[str, str] = os.environ) -> str:
        """Return where the source is asked, as the environment has it."""
        return (environment.get(self.variable) or self.address).rstrip("/")
