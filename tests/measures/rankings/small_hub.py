"""A Hub of six organisations, small enough to count by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from openrace.labs import Registry

QWEN, LLAMA, GEMMA = "Qwen/Qwen3-8B", "meta-llama/Llama-3.1-8B", "google/gemma-3-4b"
MISTRAL, FALCON = "mistralai/Mistral-7B", "tiiuae/falcon-7b"
REUPLOAD, NOBODY = "unsloth/Qwen3-8B-GGUF", "somebody/mystery"

LABS = pd.DataFrame(
    [
        ("Qwen", "Alibaba", "CN", "maker"),
        ("deepseek-ai", "DeepSeek", "CN", "maker"),
        ("meta-llama", "Meta", "US", "maker"),
        ("facebook", "Meta", "US", "maker"),
        ("google", "Google", "US", "maker"),
        ("mistralai", "Mistral AI", "FR", "maker"),
        ("tiiuae", "TII", "AE", "maker"),
        ("unsloth", "Unsloth", "US", "packager"),
    ],
    columns=["organisation", "lab", "country", "role"],
).assign(renamed_to="", basis="")
FAMILIES = pd.DataFrame(
    [
        ("qwen", "Qwen", "Alibaba", "CN"),
        ("deepseek", "DeepSeek", "DeepSeek", "CN"),
        ("llama", "Llama", "Meta", "US"),
        ("gemma", "Gemma", "Google", "US"),
    ],
    columns=["key", "family", "lab", "country"],
)
COUNTRIES = pd.DataFrame(
    [
        ("CN", "China"),
        ("US", "United States"),
        ("FR", "Europe"),
        ("AE", "Other"),
        ("unknown", "Unknown"),
    ],
    columns=["country", "bloc"],
)


def registry(parents: Mapping[str, str] | None = None) -> Registry:
    """Return what is known of the small Hub."""
    return Registry(LABS, FAMILIES, COUNTRIES, dict(parents or {}))


def trending(
    days: Mapping[str, Sequence[str]], modality: str | Mapping[str, str] = "text-generation"
) -> pd.DataFrame:
    """Return a ranked list from the models of each day, first place first."""
    kinds = modality if isinstance(modality, Mapping) else {}
    rows = [
        (day, rank, model, kinds.get(model, "text-generation"), 100, 10)
        for day, models in days.items()
        for rank, model in enumerate(models, start=1)
    ]
    columns = ["date", "rank", "model_id", "modality", "downloads_30d", "likes"]
    table = pd.DataFrame(rows, columns=columns)
    text = {"model_id": "str", "modality": "str"}
    return table.astype(text).assign(date=pd.to_datetime(table["date"]))


def uploads(
    rows: Sequence[tuple[str, str, str | None, int]], day: str = "2026-08-22"
) -> pd.DataFrame:
    """Return an upload table from (model, created on, base model, 30-day downloads)."""
    table = pd.DataFrame(rows, columns=["model_id", "created_on", "base_model", "downloads_30d"])
    text = {"model_id": "str", "base_model": "str"}
    return table.astype(text).assign(
        date=pd.Timestamp(day),
        created_on=pd.to_datetime(table["created_on"]),
        modality="text-generation",
        base_relation=table["base_model"].map(lambda b: "finetune" if b else None).astype("str"),
        likes=1,
    )
