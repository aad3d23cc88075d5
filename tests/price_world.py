"""A small world of sellers and models, for tests of price lists."""

from __future__ import annotations

from datetime import date

import httpx2
import pandas as pd

from openrace.sources.source import Visit

DAY = date(2026, 9, 1)

LISTS = ("models.dev", "litellm")
#: provider, model, input, output, cache_read: what both lists have said so far.
LISTED = [
    ("openai", "gpt-5", 1.25, 10.0, 0.125),
    ("azure", "azure/gpt-5", 1.25, 10.0, None),
    ("anthropic", "claude-opus-5", 5.0, 25.0, 0.5),
    ("zai", "zai/glm-5", 1.0, 3.2, None),
]
#: The same of names that the other table follows; one seller is in no table of sellers.
MAKERS = [
    ("openai", "gpt-old", 0.5, 1.5, "OpenAI", "US"),
    ("cohere", "command", 1.0, 2.0, "Cohere", "CA"),
]


def asked(
    client: httpx2.Client, tables: dict[str, pd.DataFrame] | None = None, address: str = ""
) -> Visit:
    """Return a visit to this world; one client serves many, for they are dear to make."""
    return Visit(address, client, DAY, DAY, (tables or world()).__getitem__)


def world() -> dict[str, pd.DataFrame]:
    """Return the tables that a price list is read with."""
    day, kind = pd.Timestamp("2026-08-01"), "commit"
    listed = [(day, s, kind, *row) for s in LISTS for row in LISTED]
    makers = [(day, s, kind, p, lab, c, m, i, o) for s in LISTS for p, m, i, o, lab, c in MAKERS]
    prices = ["input", "output"]
    head = ["date", "source", "date_kind", "provider"]
    hosts = [("openai", "OpenAI"), ("anthropic", "Anthropic"), ("zai", "Z.ai"), ("zhipuai", "Z.ai")]
    hosts += [("azure", None), ("nebius", None)]
    names = [("gpt-5", "GPT-5"), ("claude-opus-5", "Claude Opus 5"), ("glm-5", "GLM-5")]
    names += [("glm-5.2", "GLM-5.2"), ("weak", "Weak"), ("gpt-old", "GPT-5")]
    scores = [("GPT-5", 150.0), ("Claude Opus 5", 152.0), ("Weak", 120.0), ("GLM-5", None)]
    kinds = {"table": "str", "key_field": "str", "key": "str", "field": "str", "was": "str"}
    kinds |= {"becomes": "str", "reason": "str", "url": "str"}
    reading = ["date", "source", "provider", "model", "verdict", "event", "reason", "note"]
    return {
        "list_prices": pd.DataFrame(listed, columns=[*head, "model", *prices, "cache_read"]),
        "maker_prices": pd.DataFrame(makers, columns=[*head, "lab", "country", "model", *prices]),
        "price_hosts": pd.DataFrame(
            [(p, lab or "A cloud", "US", lab, "") for p, lab in hosts],
            columns=["provider", "host", "country", "lab", "basis"],
        ),
        "model_names": pd.DataFrame(
            [("list_prices", *row) for row in names], columns=["source", "name", "model"]
        ),
        "capability_index": pd.DataFrame(
            [("2026-04-30", m, m, s) for m, s in scores],
            columns=["date", "version", "model", "score"],
        ),
        "flagships": pd.DataFrame(
            [("GLM-5", "Z.ai"), ("GLM-5.2", "Z.ai")], columns=["model", "lab"]
        ),
        "unmatched_names": pd.DataFrame([("OpenAI", "gpt-left-out")], columns=["seller", "name"]),
        "corrections": pd.DataFrame(columns=list(kinds)).astype(kinds),
        "price_readings": pd.DataFrame(
            [(day, "litellm", "openai", "none", "not", None, None, None)], columns=reading
        ),
    }
