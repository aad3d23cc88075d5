"""From a catalogue and an index to who releases weights: rows of the one, counts of the other.

The catalogue of models.dev may be passed on; the index of Artificial Analysis may not, so of it
only counts by half-year, home and access are kept. Whoever holds both files writes the tables again
with

    python -m openrace.sources.release_lists CATALOGUE DAY INDEX

One model is sold under many names: suffixes of formats, offers, efforts and dates are taken off,
and what is left is compared by its words in any order and its figures in theirs. A gateway's own
names, fine-tunes and routers are rarely sold by two providers, so a model must be.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence

import pandas as pd

from openrace import labs, package, store
from openrace.labs import Registry

#: Models are counted from this day of release; what is older has partly left the catalogue.
SINCE = pd.Timestamp("2025-07-01")
LEAST_PROVIDERS = 2
#: The index was re-scaled after this day; scores before and after are not compared.
LAST_OF_SCALE = pd.Timestamp("2026-06-08")
#: How far below the best score of its day of release a model still counts as frontier.
WIDTHS = (5, 10, 15)

# What is not a language model: pictures, sound, vectors, filters.
_OTHER = re.compile(
    r"image|imagin|video|veo-?\d|sora|seedream|seedance|flux|wan-?\d|lyria|audio|voice|tts|asr|"
    r"speech|whisper|transcri|translat|realtime|-live|livetrans|embed|bge|gte-|voyage|rerank|ocr|"
    r"guard|moderation|detect|parakeet|banana|cosmos|recraft|kling|hailuo|latest$|router|^free$|"
    r"bodybuilder|pareto|customtools|^deepseek$|reasoner$"
)
_SELLER = re.compile(
    r"^(?:[a-z]{2,6}\.)?(?:anthropic|openai|zai|qwen|google|moonshotai|moonshot|minimax|deepseek|"
    r"nvidia|mistral|amazon|xai|meta|writer)\.|"
    r"^(?:anthropic|arcee|zai-org|moonshotai|databricks|azure|duo-chat|openai(?=-gpt)|doubao(?=-seed))-{1,2}"
)
_SUFFIX = re.compile(
    r"[-_](?:fp8|fp4|nvfp4|bf16|int4|int8|awq|tee|turbo-free|free|tput|maas|original|hf|highspeed|"
    r"(?<!grok-4-)(?<!4-1-)(?<!4\.1-)fast|cs|thinking|think|nonthinking|non-thinking|reasoning|non-reasoning|none|minimal|low|"
    r"medium|high|xhigh|instruct|instruct-turbo|it|chat|preview|exp|beta|v1|20\d{6}|\d{6}|"
    r"20\d\d-\d\d-\d\d|\d{2}-20\d\d|\d{4}|\d\d-\d\d)$"
)
# Longer names of the same, and faster offers of the same weights.
_ALIASES = {
    "cogito-671b-v2.1": "cogito-v2.1-671b",
    "deepseek-chat-v3.1": "deepseek-v3.1",
    "devstral-2-123b": "devstral-2",
    "gemma-4": "gemma-4-31b",
    "glm-4.5-airx": "glm-4.5-air",
    "glm-4.5-x": "glm-4.5",
    "glm-4.7-flashx": "glm-4.7-flash",
    "kimi-k2-thinking-turbo": "kimi-k2",
    "kimi-k2-turbo": "kimi-k2",
    "minimax-m2.1-lightning": "minimax-m2.1",
    "mistral-large-3-675b": "mistral-large-3",
    "qwen3-vl": "qwen3-vl-235b-a22b",
    "qwen3-coder-480b-a35b": "qwen3-coder",
}
#: Whole-name beginnings of families whose names are common words, for this list alone.
NAMES: Mapping[str, tuple[str, str]] = {
    "claude": ("Anthropic", "US"),
    "codex": ("OpenAI", "US"),
    "cogito": ("Deep Cogito", "US"),
    "command": ("Cohere", "CA"),
    "doubao": ("ByteDance", "CN"),
    "fugu": ("Sakana AI", "JP"),
    "gemini": ("Google", "US"),
    "gemma-sea-lion": ("AI Singapore", "SG"),
    "gpt-": ("OpenAI", "US"),
    "grok": ("xAI", "US"),
    "hermes": ("Nous Research", "US"),
    "intellect": ("Prime Intellect", "US"),
    "k2p": ("Moonshot AI", "CN"),
    "kat-": ("Kuaishou", "CN"),
    "ling-": ("Ant Group", "CN"),
    "llama-3.1-nemotron": ("NVIDIA", "US"),
    "llama-3.3-nemotron": ("NVIDIA", "US"),
    "mercury": ("Inception Labs", "US"),
    "muse": ("Meta", "US"),
    "north-": ("Cohere", "CA"),
    "nova": ("Amazon", "US"),
    "o1": ("OpenAI", "US"),
    "o3": ("OpenAI", "US"),
    "o4": ("OpenAI", "US"),
    "palmyra": ("Writer", "US"),
    "reka": ("Reka AI", "US"),
    "ring-": ("Ant Group", "CN"),
    "rnj": ("Essential AI", "US"),
    "sarvam": ("Sarvam AI", "IN"),
    "seed-": ("ByteDance", "CN"),
    "solar": ("Upstage", "KR"),
    "sonar": ("Perplexity", "US"),
    "step-": ("StepFun", "CN"),
    "tongyi": ("Alibaba", "CN"),
    "trinity": ("Arcee AI", "US"),
    "ui-tars": ("ByteDance", "CN"),
}
_CATALOGUE = ["date", "model", "lab", "country", "released", "repository", "maker_open"]
_COUNTED = ["listings", "open"]
_FRONTIER = ["date", "half", "country", "width", "models", "open", "opened_later"]


def bare(name: str) -> str:
    """Return a model's name without its seller, and without formats, efforts and dates at its end.

    `us.anthropic.claude-opus-4-6-v1:0` becomes `claude-opus-4-6`.
    """
    short = _SELLER.sub("", re.sub(r":[^/]*$", "", name.lower()).split("/")[-1])
    cut = _SUFFIX.sub("", short)
    while cut != short:
        short, cut = cut, _SUFFIX.sub("", cut)
    return _ALIASES.get(cut, cut)


def _key(name: str) -> str:
    """Return what is the same for `claude-4.5-sonnet` and `claude-sonnet-4-5`."""
    parts = labs.tokens(name)
    words = sorted(p for p in parts if not p.isdigit())
    return " ".join([*words, *(p for p in parts if p.isdigit())])


def origin(name: str, registry: Registry) -> tuple[str, str]:
    """Return lab and country of a bare name; unknown where no rule names them."""
    for beginning, home in NAMES.items():
        if name.startswith(beginning):
            return home
    known = registry.lineage(f"catalogue/{name}")
    return known.lab, known.country


def repositories(
    seen: Sequence[pd.DataFrame], labs_table: pd.DataFrame, day: pd.Timestamp
) -> pd.Series:
    """Return makers' repositories that were seen on the Hub by a day, by lab and key of the name.

    Args:
        seen: tables with date and model_id.
        labs_table: table `labs`; who repackages others' weights is left out.
        day: the last that counts.
    """
    ids = pd.concat([t.loc[t["date"] <= day, "model_id"] for t in seen]).drop_duplicates()
    makers = labs_table[labs_table["role"] == "maker"]
    lab = dict(zip(makers["organisation"].str.lower(), makers["lab"], strict=True))
    rows = pd.DataFrame({"id": ids, "lab": ids.str.split("/").str[0].str.lower().map(lab)})
    rows = rows.dropna().sort_values("id")
    keys = [_key(bare(name.removesuffix("-Base"))) for name in rows["id"]]
    return rows.groupby(rows["lab"] + "/" + pd.Series(keys, rows.index, dtype="str"))["id"].first()


def catalogue_releases(
    catalogue: pd.DataFrame, registry: Registry, published: pd.Series, day: pd.Timestamp
) -> pd.DataFrame:
    """Return the language models of a catalogue that two providers sell, a row each.

    Args:
        catalogue: provider, model, base_model (the catalogue's own entry, where it has one),
            release_date (a day or a month), open_weights.
        registry: who made a model.
        published: what `repositories` returns.
        day: of the catalogue.

    Returns:
        date, model, lab, country, released (as the catalogue's own entry has it, else the most
        frequent day; of a bare month the first), repository (of the maker, under that name;
        missing where none was seen), maker_open (what the catalogue's own entry says of weights;
        missing without one), listings (providers), open (providers that call it open).
    """
    source = catalogue["base_model"].fillna(catalogue["model"])
    rows = catalogue.assign(name=source.map(bare), own=catalogue["base_model"].notna())
    rows = rows[rows["release_date"].notna() & ~rows["name"].str.contains(_OTHER)]
    found = [_model(listed) for _, listed in rows.groupby(rows["name"].map(_key))]
    table = pd.DataFrame(found, columns=["model", "released", "maker_open", *_COUNTED])
    table["released"] = pd.to_datetime(table["released"])
    kept = (table["listings"] >= LEAST_PROVIDERS) & table["released"].between(SINCE, day)
    table = table[kept].assign(date=day)
    homes = [origin(name, registry) for name in table["model"]]
    table[["lab", "country"]] = pd.DataFrame(homes, index=table.index, columns=["lab", "country"])
    table["repository"] = (table["lab"] + "/" + table["model"].map(_key)).map(published)
    return table[_CATALOGUE + _COUNTED].sort_values("model", ignore_index=True)


def _model(listed: pd.DataFrame) -> tuple[str, str, str | None, int, int]:
    """Return name, day, the own entry's word on weights, providers, and those that say open."""
    own = listed[listed["own"]]
    days = (own if len(own) else listed)["release_date"].value_counts().sort_index()
    day = str(days.idxmax())
    votes = listed.groupby("provider")["open_weights"].mean() >= 0.5
    said = None if own.empty else _yes(bool(own["open_weights"].mean() >= 0.5))
    name = str(listed["name"].value_counts().sort_index().idxmax())
    return name, day if len(day) > 7 else f"{day}-01", said, len(votes), int(votes.sum())


def _yes(open_: bool) -> str:
    return "yes" if open_ else "no"


def measured(index: pd.DataFrame) -> pd.DataFrame:
    """Return each model's best measured score of the first scale, and how far it was behind.

    Args:
        index: date, id, name, release_date, creator, country, open_weights, intelligence_index,
            index_estimated; a row per day and configuration.

    Returns:
        released, country (US, CN, other), open (as last filed, also after the scale's last day),
        opened_later (filed as closed at first), score, behind (points below the best score of all
        models released by its day; at least nought).
    """
    index = index.sort_values("date")
    filed = index.groupby("id")["open_weights"].agg(["first", "last"]).astype(bool)
    rows = index[index["date"] <= LAST_OF_SCALE]
    known = rows["index_estimated"].eq(False) & rows["intelligence_index"].notna()
    rows = rows[known & rows["release_date"].notna()]
    rows = rows.drop_duplicates("id", keep="last")
    # "(xhigh)" and "(Reasoning)" are configurations of one model
    rows = rows.assign(base=rows["name"].str.replace(r"\s*\(.*", "", regex=True))
    rows = rows.sort_values("intelligence_index")
    rows = rows.drop_duplicates(["creator", "base", "release_date"], keep="last")
    rows = rows.sort_values("release_date")
    best = rows.groupby("release_date")["intelligence_index"].max().cummax()
    country = rows["country"].str.upper()
    return pd.DataFrame(
        {
            "released": pd.to_datetime(rows["release_date"]),
            "country": country.where(country.isin(["US", "CN"]), "other"),
            "open": rows["id"].map(filed["last"]),
            "opened_later": rows["id"].map(filed["last"] & ~filed["first"]),
            "score": rows["intelligence_index"],
            "behind": rows["release_date"].map(best) - rows["intelligence_index"],
        }
    ).reset_index(drop=True)


def frontier_releases(index: pd.DataFrame, since: pd.Timestamp) -> pd.DataFrame:
    """Count models within some points of the best at their release, by half-year and home.

    Args:
        index: see `measured`.
        since: releases before are left out, because too few of them have a measured score.

    Returns:
        date (last day of the file), half (its first day), country (US, CN, other), width
        (points), models, open, opened_later (of these, filed as closed at first).
    """
    models = measured(index)
    models = models[models["released"] >= since]
    month = models["released"].dt.month.sub(1).floordiv(6).mul(6).add(1)
    half = pd.to_datetime({"year": models["released"].dt.year, "month": month, "day": 1})
    parts = [
        models[models["behind"] <= width]
        .assign(half=half)
        .groupby(["half", "country"], as_index=False)
        .agg(models=("open", "size"), open=("open", "sum"), opened_later=("opened_later", "sum"))
        .assign(width=width, date=index["date"].max())
        for width in WIDTHS
    ]
    return pd.concat(parts, ignore_index=True)[_FRONTIER]


def main(arguments: Sequence[str]) -> None:
    """Write the two tables from the catalogue, its day and the index."""
    catalogue, day, index = arguments[:3]
    known = store.load("labs")
    registry = Registry(known, store.load("families"), store.load("countries"), {})
    hub = [store.load(n) for n in ("tracked_models", "trending_daily", "trending_top1000_daily")]
    curated = store.load("listed_releases").query("list == 'curated'")
    seen = [*hub, curated.rename(columns={"model": "model_id"})]
    published = repositories(seen, known, pd.Timestamp(day))
    daily = pd.read_csv(index, low_memory=False, parse_dates=["date"])
    made = {
        "catalogue_releases": catalogue_releases(
            pd.read_csv(catalogue), registry, published, pd.Timestamp(day)
        ),
        "frontier_releases": frontier_releases(daily, pd.Timestamp("2025-01-01")),
    }
    for name, table in made.items():
        key = package.describe(name)["schema"]["primaryKey"]
        table.sort_values(key).to_csv(package.path(name), index=False)


if __name__ == "__main__":
    main(sys.argv[1:])
