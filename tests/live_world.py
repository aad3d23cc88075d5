"""Upstreams on this machine that answer from the tables, as if the world had moved on a little."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any
from urllib.parse import quote

import pandas as pd
from upstream import Upstream

from openrace import store
from openrace.sources import epoch, wikipedia

#: What a refresh of this world asks; it has no other sources.
ONLY = "hub,epoch,atom,wikipedia,arena,router_days"
VARIABLES = ("HF_ENDPOINT", *(f"OPENRACE_{s}_URL" for s in ("EPOCH", "ATOM", "WIKIPEDIA")))
NEW = "Qwen/Qwen-of-tomorrow"


def today() -> date:
    return datetime.now(UTC).date()


def answer_all(up: Upstream) -> dict[str, str]:
    """Have a server answer for all of them but the Arena, and return the settings to find it."""
    for name in ("_lists", "_counters", "_atom", "_epoch", "_views"):
        globals()[name](up)
    environment = dict.fromkeys(VARIABLES, up.address)
    return environment | {"OPENROUTER_API_KEY": "", "HF_TOKEN": "hf_secret"}


def _lists(up: Upstream) -> None:
    """Give the last trending list again with a newcomer on top, in pages of half its length."""
    last = store.load("trending_top1000_daily")
    last = last[last["date"] == last["date"].max()].sort_values("rank")
    models = [_model(NEW, 999_999)]
    for row in last.iloc[:-1].itertuples():
        parents = [{"_id": "1", "id": row.base_model}]
        parent = (
            {"relation": row.base_relation, "models": parents}
            if pd.notna(row.base_relation)
            else None
        )
        models.append(_model(row.model_id, row.downloads_30d) | {"baseModels": parent})
    for sort in ("trendingScore", "downloads", "likes", "createdAt"):
        half = len(models) // 2
        next_page = f'<{up.address}/api/models?sort={sort}&cursor=2>; rel="next"'
        up.answer("/api/models", models[:half], query={"sort": sort}, headers={"Link": next_page})
        up.answer("/api/models", models[half:], query={"sort": sort, "cursor": "2"})


def _model(id: str, downloads: int) -> dict[str, Any]:
    return {
        "id": id,
        "author": id.split("/")[0],
        "createdAt": "2026-08-30T12:00:00.000Z",
        "downloads": downloads,
        "downloadsAllTime": 10 * downloads,
        "likes": 7,
        "trendingScore": 3,
        "gated": False,
        "tags": ["license:apache-2.0"],
        "pipeline_tag": "text-generation",
        "library_name": "transformers",
        "safetensors": {"parameters": {"BF16": 8}, "total": 8},
        "baseModels": None,
    }


def _counters(up: Upstream) -> None:
    """Let every counter grow by a tenth; one model is gone."""
    last = (
        store.load("alltime_downloads").sort_values("date").drop_duplicates("model_id", keep="last")
    )
    for row in last.iloc[1:].itertuples():
        grown = {"downloadsAllTime": int(1.1 * row.downloads_all_time)}
        up.answer(f"/api/models/{row.model_id}", _model(row.model_id, 5_000) | grown)


def _atom(up: Upstream) -> None:
    models = [*store.load("tracked_models")["model_id"], NEW]
    lines = [f"{id.split('/')[0]},{id.split('/')[1]},{id}" for id in models]
    up.answer("/models.csv", "org,model,modelId\n" + "\n".join(lines) + "\n")
    up.answer("/metadata/organization_regions.csv", "hf_org,region,notes\nQwen,china,\n")


def _epoch(up: Upstream) -> None:
    """Give the last copy again, one score a point higher."""
    last = store.load("capability_index")
    last = last[last["date"] == last["date"].max()].reset_index(drop=True)
    last.loc[0, "score"] += 1
    access = {"open": "Open weights (unrestricted)", "closed": "API access"}
    table = pd.DataFrame(
        {
            "Model version": last["version"],
            "ECI Score": last["score"],
            "Release date": last["released"].dt.strftime("%Y-%m-%d"),
            "Organization": last["lab"],
            "Country": "",
            "Model accessibility": last["access"].map(access),
            "Model name": last["model"],
        }
    )
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as files:
        files.writestr(epoch.MEMBER, table.to_csv(index=False))
    up.answer(epoch.PATH, body.getvalue())


def _views(up: Upstream) -> None:
    """Let attention rise on 27 January 2025, and fall by half in a week; for a second visit too."""
    last = today() - timedelta(days=1)
    for article, first in product(wikipedia.ARTICLES, (wikipedia.FIRST, last - wikipedia.AGAIN)):
        title = quote(article.replace(" ", "_"), safe="")
        path = f"{wikipedia._PATH}/{title}/daily/{first:%Y%m%d}00/{last:%Y%m%d}00"
        up.answer(path, {"items": list(_items(article, first, last))})


def _items(article: str, first: date, last: date) -> Iterator[dict[str, Any]]:
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        since = (day - date(2025, 1, 27)).days
        views = 2_000 + (400_000 * 0.5 ** (since / 7) if since >= 0 else 0)
        usual = 20_000 + 10 * (day.toordinal() % 7)
        yield {
            "project": "en.wikipedia",
            "article": article.replace(" ", "_"),
            "granularity": "daily",
            "timestamp": f"{day:%Y%m%d}00",
            "access": "all-access",
            "agent": "user",
            "views": int(views) if article == "DeepSeek" else usual,
        }
