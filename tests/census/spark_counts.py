"""Counts the days of a folder on a Spark of its own process: files, days and result by argument."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path

from openrace.census import engine

CONFIGURED = {
    "spark.sql.shuffle.partitions": "2",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}

if __name__ == "__main__":
    folder, to, *days = sys.argv[1:]
    given = " ".join(f"--conf {key}={value}" for key, value in CONFIGURED.items())
    master = "--master local[2] --driver-memory 3g"
    os.environ["PYSPARK_SUBMIT_ARGS"] = f"{master} {given} pyspark-shell"
    spark = engine.connect("pyspark://")
    read = {date.fromisoformat(day): Path(folder, f"{day}.parquet") for day in days}
    before, day = read
    engine.count(engine.parts(spark, read), {day: before}).to_parquet(to)
