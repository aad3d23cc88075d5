"""Whose a model is by the name that a router gives it, and whether its weights are open.

One rule for every table made of the router's files, so that they cannot disagree on a model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

HOMES = ("CN", "US", "other", "unknown")

#: Chinese makers of models with open weights.
MAKERS = (
    "baidu",
    "bytedance",
    "bytedance-seed",
    "deepseek",
    "inclusionai",
    "kwaipilot",
    "meituan",
    "minimax",
    "moonshotai",
    "nex-agi",
    "qwen",
    "stepfun",
    "tencent",
    "xiaomi",
    "z-ai",
)
#: Organisations of `labs` that the router calls by another name.
NAMESAKES: Mapping[str, str] = {
    "ai21": "ai21labs",
    "bytedance": "ByteDance-Seed",
    "cohere": "CohereLabs",
    "deepseek": "deepseek-ai",
    "kwaivgi": "Kwaipilot",
    "liquid": "LiquidAI",
    "meituan": "meituan-longcat",
    "meta": "meta-llama",
    "minimax": "MiniMaxAI",
    "perplexity": "perplexity-ai",
    "stepfun": "stepfun-ai",
    "x-ai": "xai-org",
    "xiaomi": "XiaomiMiMo",
    "z-ai": "zai-org",
}
#: Makers that `labs` lacks; every other one that it lacks, stealth models among them, is unknown.
MORE_MAKERS: Mapping[str, str] = {"alibaba": "CN", "nex-agi": "CN"}

# Names under which Chinese labs sell what they have not published.
_CLOSED = re.compile(
    r"qwen/qwen.*-(?:max|plus|flash|turbo)\b|z-ai/.*-turbo|minimax/.*-her|"
    r"bytedance(?:-seed)?/seed(?!-oss)|kwaipilot/.*-pro|baidu/.*-x1"
)


def home_of(models: pd.Series, labs: pd.DataFrame) -> pd.Series:
    """Return the home of each model's maker: CN, US, other or unknown.

    Args:
        models: the router's names, `maker/model`, in any case.
        labs: table of that name.
    """
    maker = models.str.lower().str.split("/").str[0]
    homes = dict(zip(labs["organisation"].str.lower(), labs["country"], strict=True))
    known = maker.replace(dict(NAMESAKES)).str.lower().map(homes | dict(MORE_MAKERS))
    return known.fillna("unknown").map(lambda c: c if c in HOMES else "other")


def is_chinese_open(slug: pd.Series) -> pd.Series:
    """Say whether a router's name is of a model with open weights of a Chinese lab."""
    return slug.str.split("/").str[0].isin(MAKERS) & ~slug.str.contains(_CLOSED)
