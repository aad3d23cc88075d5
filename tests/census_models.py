"""Generated tables of all models on the Hub, in the layout in which a day is read, traps included.

Nothing of them is real but the names of labs and families, which the tables of the project know.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from openrace.census.reading import LAYOUT

FIRST = date(2025, 1, 26)  # of three days
_MAKERS = (
    "Qwen/Qwen2.5-7B-Instruct",
    "meta-llama/Llama-3.1-8B",
    "mistralai/Mistral-7B-v0.3",
    "google/gemma-2-9b",
    "deepseek-ai/DeepSeek-R1",
    "THUDM/glm-4-9b",  # an organisation that was renamed
    "zai-org/glm-4-9b-chat",
    "openai/whisper-large-v3",
    "black-forest-labs/FLUX.1-dev",
    "microsoft/phi-4",
)
_STEMS = (
    "Qwen2.5-7B-{}",
    "llama-3.1-8b-{}-GGUF",
    "my-model-{}",
    "DeepSeek-R1-Distill-Qwen-{}",
    "mistral_nemo.{}",
    "bert-finetuned-{}",
    "llama.cpp-tools-{}",  # a tool, not a family
    "qwenish-{}",  # no whole key
    "run_{}",
    "flux-lora-{}",
)
_TASKS = ("text-generation", None, "image-text-to-text", "text-to-image", "fill-mask", "odd-task")
_LICENCES = ("apache-2.0", None, "mit", "llama3.1", "cc-by-nc-4.0", "cc-by-sa-4.0", "other")
_SIZES = (None, 494_032_768, 7_615_616_512, 70_553_706_496, 671_026_419_200)


def write(folder: Path, models: int, days: int = 3, seed: int = 1) -> dict[date, Path]:
    """Write the tables of some days in a row, and return where each lies."""
    made = _Made(models, seed)
    written = {}
    for number in range(days):
        day = FIRST + timedelta(days=number)
        written[day] = folder / f"{day}.parquet"
        pq.write_table(made.day(number), written[day], compression="zstd", row_group_size=100_000)
    return written


class _Made:
    """Some models, and what becomes of them from day to day."""

    def __init__(self, models: int, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._count = models
        self._authors = self._random.zipf(1.4, models) % max(models // 4, 1)
        self._kinds = self._random.integers(0, 60, models)
        self._ids = [self._id(i) for i in range(models)]
        self._parents = [self._parent(i) for i in range(models)]
        self._downloads = (self._random.pareto(0.7, models) * 3).astype("int64")
        age = self._random.exponential(300, models)
        noon = datetime(FIRST.year, FIRST.month, FIRST.day, 12)
        self._created = np.datetime64(noon) + (3 - age).clip(-1500, 3) * np.timedelta64(86_400, "s")

    def day(self, number: int) -> pa.Table:
        """Return the table of a day; models made later are not in it, some are gone for a day."""
        ends = np.datetime64(FIRST + timedelta(days=number + 1))
        gone = (np.arange(self._count) % 211 == 7) & (number == 1)
        there = np.flatnonzero((self._created < ends) & ~gone)
        falls = np.where(there % 97 == 3, -1, 1)  # counters that fall
        grown = self._downloads[there] + falls * number * (self._downloads[there] // 50)
        columns = [
            [self._renamed(self._ids[i], number) for i in there],
            [self._author(i, number) for i in there],
            pa.array(self._created[there].astype("datetime64[us]")),
            pa.array(grown),
            pa.array((4 * self._downloads[there] + falls * number * 5).clip(0)),
            pa.array(self._downloads[there] % 40),
            [self._tags(i) for i in there],
            [_TASKS[k % len(_TASKS)] for k in self._kinds[there]],
            [self._declared(i) for i in there],
            [_SIZES[k % len(_SIZES)] for k in self._kinds[there]],
        ]
        arrays = [pa.array(c, f.type) for c, f in zip(columns, LAYOUT, strict=True)]
        return pa.table(arrays, schema=LAYOUT)

    def _id(self, i: int) -> str:
        if i < len(_MAKERS):
            return _MAKERS[i]
        if i % 5003 == 0:
            return f"legacy-bert-{i}"  # older than owners
        owner = (
            _MAKERS[i % len(_MAKERS)].split("/")[0] if i % 97 == 0 else f"user{self._authors[i]}"
        )
        return f"{owner}/{_STEMS[self._kinds[i] % len(_STEMS)].format(i)}"

    def _renamed(self, id: str, number: int) -> str:
        """The organisation is renamed on the second day."""
        return id.replace("THUDM/", "zai-org/") if number else id

    def _author(self, i: int, number: int) -> str | None:
        owner, slash, _ = self._renamed(self._ids[i], number).partition("/")
        return owner if slash else None

    def _parent(self, i: int) -> str | None:
        """A maker's model, another model before it, itself, or nothing."""
        if i < len(_MAKERS) or self._kinds[i] % 5 > 1:
            return None
        if i % 1009 == 0:
            return self._ids[i]
        if i % 7 == 0:
            return self._ids[int(self._random.integers(0, i))]
        return _MAKERS[i % len(_MAKERS)] if i % 11 else f"gone/Qwen2.5-{i}"

    def _declared(self, i: int) -> list[str] | None:
        parent = self._parents[i]
        return [parent, "someone/else"] if parent and i % 3 == 0 else None

    def _tags(self, i: int) -> list[str] | None:
        """Null, or many; a parent that is not declared in its own column is among them."""
        if i % 53 == 0:
            return None
        parent, licence = self._parents[i], _LICENCES[self._kinds[i] % len(_LICENCES)]
        tags = ["transformers", "safetensors", "en", "text-generation-inference", "region:us"]
        if licence:
            tags.append(f"license:{licence}")
        if parent and i % 3 == 1:
            tags += [f"base_model:{parent}", f"base_model:finetune:{parent}"]
        elif parent and i % 3 == 2:
            tags += [f"base_model:quantized:{parent}"]
        return [*tags, "endpoints_compatible", f"arxiv:2501.{i % 10_000:05d}"]
