"""Figures as a chapter draws them: Altair's own checks cost more than the drawing does.

`tests/test_chapters.py` checks every spec of the book against the schema of Vega-Lite.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from altair.utils.schemapi import debug_mode

from openrace import figures


def spec(id: str, table: pd.DataFrame, numbers: figures.Numbers, width: int) -> dict[str, Any]:
    """Draw a registered figure."""
    with debug_mode(False):
        drawn: dict[str, Any] = figures.plan(id).draw(table, numbers, width).to_dict(validate=False)
    return drawn
