"""The count itself: by an engine as by hand, the same in any engine, and sound."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import census_models
import pandas as pd
import plainly
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from openrace import package, schema, store
from openrace.census import aggregate, engine
from openrace.census.columns import LAYOUT
from openrace.errors import Refusal

Files = dict[date, Path]


@pytest.fixture(autouse=True)
def aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an engine puts on the disk lies in the test's own folder."""
    monkeypatch.setattr(engine, "folder", lambda: tmp_path / "census")


def asked(files: Files) -> dict[date, date | None]:
    return {min(files): None, **{day: last for last, day in pairwise(files)}}


def counted(files: Files, days: Mapping[date, date | None] | None = None) -> pd.DataFrame:
    backend = engine.connect()
    return tidy(engine.count(engine.parts(backend, files), days or asked(files)))


def tidy(counts: pd.DataFrame) -> pd.DataFrame:
    """Order rows and columns, and give columns the same types whoever counted."""
    ordered = counts.sort_values(list(plainly.KEY), ignore_index=True)[sorted(counts)]
    kinds = {c: "str" if c in plainly.KEY else "Int64" for c in ordered}
    return ordered.astype(kinds)


def table_of(path: Path, *models: plainly.Row) -> Path:
    empty = dict.fromkeys(LAYOUT.names) | {"downloads": 0, "likes": 0}
    pq.write_table(pa.Table.from_pylist([empty | m for m in models], schema=LAYOUT), path)
    return path


def test_an_engine_counts_as_one_would_by_hand(tmp_path: Path) -> None:
    files = census_models.write(tmp_path, models=6000)
    pd.testing.assert_frame_equal(counted(files), tidy(plainly.count(files, asked(files))))


def test_each_grain_counts_every_model_and_download_once(tmp_path: Path) -> None:
    files = census_models.write(tmp_path, models=3000)
    counts, day = counted(files), max(files)
    table = pq.read_table(files[day])
    rows = counts[counts["day"] == str(day)]
    grains = rows["lab"].eq("all").astype(int) + rows["task"].eq("all").astype(int)
    sums = rows.groupby(["attribution", grains])[["models", "downloads"]].sum()
    assert len(sums) == 6
    assert set(sums["models"]) == {table.num_rows}
    assert set(sums["downloads"]) == {sum(table["downloads"].to_pylist())}


def test_counts_keep_every_rule_of_their_table(tmp_path: Path) -> None:
    files = census_models.write(tmp_path, models=3000)
    described = package.describe("hub_census")
    text = counted(files).astype("str").replace("<NA>", None)
    fields = [field["name"] for field in schema.fields(described)]
    assert len(schema.check(text[fields], described)) == len(text)


def test_real_models_have_the_homes_that_the_registry_tells(tmp_path: Path) -> None:
    """Of names and base models as people write them, all that the project's tables hold."""
    seen = [store.load(name) for name in ("trending_top1000_daily", "hub_uploads")]
    rows = pd.concat(seen)[["date", "model_id", "base_model"]].sort_values("date")
    last = rows.drop_duplicates("model_id", keep="last")
    based = zip(last["model_id"], last["base_model"], strict=True)
    models = {id: None if pd.isna(base) else base for id, base in based}
    registry = plainly.known({id: base for id, base in models.items() if base})
    for way in ("publisher", "lineage"):
        for id, home in homes_of(tmp_path, models, way).items():
            assert home == tuple(plainly.home(registry, id, way).values()), (way, id)


def homes_of(
    folder: Path, models: Mapping[str, str | None], way: str
) -> dict[str, tuple[str, ...]]:
    """Count models as if each had an author of its own, so that each has a row of its own."""
    rows = [{"id": i, "baseModels": [b] if b else None} for i, b in models.items()]
    backend, names = engine.connect(), engine.Homes()
    read = engine.parts(backend, {date(2026, 1, 1): table_of(folder / "real.parquet", *rows)})
    placed, homes = engine._placed(backend, read, names)
    told = backend.to_pyarrow(placed.select("key", way)).to_pylist()
    of = {h["code"]: (h["country"], h["lab"], h["family"]) for h in homes.to_pylist()}
    found = {row["key"]: of[row[way]] for row in told}
    return {id: found[names_key(names, id)] for id in models}


def names_key(names: engine.Homes, id: str) -> str:
    """Return the key of an id, by hand."""
    organisation, slash, name = id.lower().partition("/")
    return f"{names._renamed.get(organisation, organisation)}{slash}{name}"


def test_a_long_chain_of_base_models_is_followed_to_its_root(tmp_path: Path) -> None:
    steps = 2**aggregate._DOUBLINGS
    chain = [{"id": "Qwen/Qwen2.5-7B"}]
    chain += [{"id": f"user{i}/step", "baseModels": [chain[-1]["id"]]} for i in range(steps)]
    files = {date(2026, 1, 1): table_of(tmp_path / "day.parquet", *chain)}
    rows = counted(files).query("attribution == 'lineage' and task == 'all' and lab != 'all'")
    assert list(rows["lab"]) == ["Alibaba"]
    assert list(rows["models"]) == [steps + 1]


def test_base_models_in_a_circle_end(tmp_path: Path) -> None:
    circle = [{"id": f"user{i}/x", "baseModels": [f"user{(i + 1) % 3}/x"]} for i in range(3)]
    files = {date(2026, 1, 1): table_of(tmp_path / "day.parquet", *circle)}
    assert set(counted(files)["country"]) == {"unknown"}


def test_a_model_that_stands_twice_in_a_day_is_refused(tmp_path: Path) -> None:
    twice = [{"id": "a/b"}, {"id": "a/c"}, {"id": "a/b", "downloads": 7}]
    files = {date(2026, 1, 1): table_of(tmp_path / "day.parquet", *twice)}
    with pytest.raises(Refusal, match=r"^Only 2 of 3 models have an id of their own\.$"):
        counted(files)


def test_hostile_text_is_only_text(tmp_path: Path) -> None:
    """Of a name no more is kept than whose it is; of tags and tasks no more than their group."""
    odd = {"author": "=cmd()", "pipeline_tag": "x'; DROP TABLE", "tags": ["license:</script>", "'"]}
    models = [{"id": "Qwen/'; DROP TABLE x; --"}, odd | {"id": "a\\1$1/qwen(?i)[<b>"}]
    counts = counted({date(2026, 1, 1): table_of(tmp_path / "day.parquet", *models)})
    texts = {text for column in plainly.KEY for text in counts[column]}
    assert not any(sign in text for text in texts for sign in "'<>$\\=")
    assert counts.query("attribution == 'lineage' and task == 'other'")["family"].item() == "Qwen"


def test_an_engine_that_cannot_be_opened_is_refused_in_a_sentence() -> None:
    with pytest.raises(Refusal, match=r"^The engine nosuch://here cannot be opened: .+\.$"):
        engine.connect("nosuch://here")


def test_an_engine_that_fails_is_told_in_a_sentence(tmp_path: Path) -> None:
    backend = engine.connect()
    path = table_of(tmp_path / "day.parquet", {"id": "a/b"})
    models = engine.parts(backend, {date(2026, 1, 1): path})
    path.write_bytes(b"not parquet")
    with pytest.raises(Refusal, match=r"^The engine cannot count: .+\.$"):
        engine.count(models, {date(2026, 1, 1): None})


@pytest.fixture
def java() -> None:
    """Spark and its Java; without them, fail where they are promised and skip elsewhere."""
    if not (shutil.which("java") and find_spec("pyspark")):
        stop = pytest.fail if os.environ.get("CI") else pytest.skip
        stop("Spark is not here: install Java 17 or later, then run make spark.")


@pytest.mark.usefixtures("java")
def test_spark_and_duckdb_count_a_million_rows_alike(tmp_path: Path) -> None:
    files = census_models.write(tmp_path, models=500_000, days=2)
    script = Path(__file__).with_name("spark_counts.py")
    to = tmp_path / "counts"
    command = [sys.executable, script, tmp_path, to, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    there = tidy(pd.read_parquet(to))
    assert sum(pq.read_metadata(file).num_rows for file in files.values()) > 990_000
    before, day = files
    pd.testing.assert_frame_equal(counted(files, {day: before}), there)
