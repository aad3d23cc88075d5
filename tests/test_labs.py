"""Who made a model: the traps of organisations, base models and names."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openrace.errors import Refusal
from openrace.labs import NOBODY, UNKNOWN, Registry, attribute, parents, tokens

DATA = Path(__file__).resolve().parent.parent / "data"
LABS, FAMILIES, COUNTRIES = (
    pd.read_csv(DATA / f"{name}.csv", keep_default_na=False)
    for name in ("labs", "families", "countries")
)
SINGLE_KEYS = sorted(key for key in FAMILIES["key"] if key.isalpha() and key.isascii())


def registry(declared: dict[str, str] | None = None) -> Registry:
    """Return a registry of the real tables with the given base models."""
    return Registry(LABS, FAMILIES, COUNTRIES, declared or {})


BY_NAME = registry()


def lineage(model_id: str, declared: dict[str, str] | None = None) -> tuple[str, str, str]:
    """Return lab, country and basis of a model's lineage under the real tables."""
    origin = registry(declared).lineage(model_id)
    return origin.lab, origin.country, origin.basis


# --- publishers


def test_a_reuploader_is_the_publisher_but_never_the_lineage() -> None:
    known = registry()
    assert known.publisher("unsloth/Qwen3-8B-GGUF").country == "US"
    assert known.lineage("unsloth/Qwen3-8B-GGUF").country == "CN"


def test_meta_llama_facebook_and_the_others_are_one_lab() -> None:
    organisations = ["meta-llama", "facebook", "FacebookAI", "meta-models"]
    assert {registry().publisher(f"{o}/anything").lab for o in organisations} == {"Meta"}


def test_qwen_and_tongyi_and_wan_are_one_lab() -> None:
    organisations = ["Qwen", "Alibaba-NLP", "Tongyi-MAI", "Wan-AI", "FunAudioLLM", "alibaba-pai"]
    assert {registry().publisher(f"{o}/anything").lab for o in organisations} == {"Alibaba"}


def test_aidc_ai_is_now_ath_maas() -> None:
    renamed = LABS.set_index("organisation")["renamed_to"]
    assert renamed["AIDC-AI"] == "ATH-MaaS"
    assert registry().publisher("AIDC-AI/Ovis2.6-30B-A3B") == registry().publisher(
        "ATH-MaaS/Ovis2.6-30B-A3B"
    )


def test_a_base_model_under_an_old_name_continues_under_the_new_one() -> None:
    chain = {"someone/tune": "THUDM/x", "zai-org/x": "google/gemma-4-31B"}
    assert lineage("someone/tune", chain) == ("Google", "US", "base_model")


def test_organisations_that_rename_each_other_in_a_circle_end() -> None:
    circle = pd.DataFrame(
        {
            "organisation": ["a", "b"],
            "lab": ["A", "A"],
            "country": ["US", "US"],
            "role": ["maker", "maker"],
            "renamed_to": ["b", "a"],
        }
    )
    assert Registry(circle, FAMILIES, COUNTRIES, {}).publisher("a/model").lab == "A"


def test_unmapped_organisation_is_unknown() -> None:
    assert registry().publisher("nobody-has-heard-of-it/model") == NOBODY
    assert registry().lineage("nobody-has-heard-of-it/model") == NOBODY
    assert NOBODY.country == UNKNOWN
    assert NOBODY.bloc == "Unknown"


def test_an_organisation_matches_in_any_case_as_on_the_hub() -> None:
    assert registry().publisher("NVIDIA/x").lab == registry().publisher("nvidia/x").lab == "NVIDIA"


def test_a_maker_without_a_home_keeps_its_name() -> None:
    assert lineage("EleutherAI/pythia-1.4b") == ("EleutherAI", UNKNOWN, "publisher")


# --- base models


def test_chain_through_a_reuploader_reaches_the_maker() -> None:
    chain = {
        "someone/my-lora": "unsloth/some-upload-bnb-4bit",
        "unsloth/some-upload-bnb-4bit": "meta-llama/Llama-3.1-8B-Instruct",
        "meta-llama/Llama-3.1-8B-Instruct": "meta-llama/Llama-3.1-8B",
    }
    assert lineage("someone/my-lora", chain) == ("Meta", "US", "base_model")


def test_base_model_cycle_ends_and_is_still_attributed() -> None:
    cycle = {"a/one": "b/two", "b/two": "c/qwen-three", "c/qwen-three": "a/one"}
    assert lineage("a/one", cycle) == ("Alibaba", "CN", "name")
    assert lineage("a/itself", {"a/itself": "a/itself"}) == (UNKNOWN, UNKNOWN, UNKNOWN)


def test_qwen_based_model_by_a_us_lab_is_qwen_by_lineage() -> None:
    chain = {"microsoft/Fara1.5-27B": "Qwen/Qwen3.5-27B"}
    assert lineage("microsoft/Fara1.5-27B", chain) == ("Alibaba", "CN", "base_model")
    assert registry().publisher("microsoft/Fara1.5-27B").country == "US"


def test_us_based_model_by_a_chinese_lab_is_american_by_lineage() -> None:
    assert lineage("THUDM/webrl-llama-3.1-8b") == ("Meta", "US", "name")


def test_base_model_outranks_the_name() -> None:
    chain = {"agentic-ptb/kimi.h051.rl_v9": "Qwen/Qwen3.5-9B-Base"}
    assert lineage("agentic-ptb/kimi.h051.rl_v9", chain)[0] == "Alibaba"


def test_unknown_root_falls_back_to_the_nearest_known_descendant() -> None:
    chain = {"someone/Qwen3-8B-tuned": "nobody/private-base"}
    assert lineage("someone/Qwen3-8B-tuned", chain) == ("Alibaba", "CN", "name")


def test_merge_takes_first_parent() -> None:
    top = pd.read_csv(DATA / "trending_top1000_daily.csv", keep_default_na=False)
    merge = top[top["model_id"] == "Anserwise/AWAXIS-Think-28B"].iloc[0]
    assert merge["base_relation"] == "merge"
    assert merge["base_model"] == "FINAL-Bench/Darwin-28B-Opus"


# --- names


def test_deepseek_r1_distill_qwen_is_the_body_not_the_teacher() -> None:
    for publisher in ("deepseek-ai", "unsloth", "someone"):
        assert lineage(f"{publisher}/DeepSeek-R1-Distill-Qwen-7B")[0] == "Alibaba"
        assert lineage(f"{publisher}/DeepSeek-R1-Distill-Llama-8B")[0] == "Meta"


def test_a_distillation_named_last_is_the_body_named_first() -> None:
    assert lineage("TeichAI/Qwen3-14B-DeepSeek-v3.2-Speciale-Distill")[0] == "Alibaba"
    assert lineage("lordx64/Qwen3.6-35B-A3B-Kimi-K2.6-Reasoning-Distilled")[0] == "Alibaba"


def test_closed_teachers_are_no_family() -> None:
    assert lineage("Jackrong/Qwen3.5-27B-Claude-4.6-Opus-Reasoning-Distilled")[0] == "Alibaba"


def test_nemotron_on_llama_is_llama_and_nemotron_alone_is_nvidia() -> None:
    assert lineage("nvidia/Llama-3_1-Nemotron-Ultra-253B-v1")[0] == "Meta"
    assert lineage("nvidia/NVIDIA-Nemotron-Nano-9B-v2") == ("NVIDIA", "US", "publisher")


def test_two_families_without_a_rule_are_unknown() -> None:
    assert lineage("someone/Qwen3-8B-Nemotron-merged") == (UNKNOWN, UNKNOWN, UNKNOWN)
    assert lineage("sakamakismile/Qwen3-VL-32B-Heretic-MiniMax-H3-NVFP4")[0] == UNKNOWN


@pytest.mark.parametrize(
    "name",
    ["qwenish-8b", "myqwen", "ollama-model", "llamacpp-build", "llama.cpp-b1234", "dephinition"],
)
def test_substring_is_not_a_key(name: str) -> None:
    assert lineage(f"someone/{name}") == (UNKNOWN, UNKNOWN, UNKNOWN)


def test_a_format_named_after_llama_is_not_llama() -> None:
    assert lineage("openbmb/MiniCPM-2B-sft-bf16-llama-format") == ("OpenBMB", "CN", "publisher")
    assert lineage("someone/Qwen3.8-27B-ik-llama-GGUF")[0] == "Alibaba"


def test_gpt_is_no_key_but_gpt_oss_is() -> None:
    assert lineage("someone/my-gpt")[0] == UNKNOWN
    assert lineage("someone/gpt-oss-20b-heretic")[0] == "OpenAI"
    assert lineage("openai-community/gpt2")[0] == "OpenAI"


def test_codellama_is_meta_and_tinyllama_is_not() -> None:
    assert lineage("TheBloke/CodeLlama-7B-GGUF")[0] == "Meta"
    assert lineage("TheBloke/TinyLlama-1.1B-Chat-v1.0-GPTQ")[0] == "TinyLlama"


def test_family_is_the_one_in_the_name_and_else_unknown() -> None:
    assert registry().lineage("google/gemma-4-31B-it").family == "Gemma"
    assert registry().lineage("google/tipsv2-b14").family == UNKNOWN
    assert registry().publisher("unsloth/gemma-4-31B-it-GGUF").family == UNKNOWN


def test_a_number_ends_a_token() -> None:
    assert tokens("Qwen3.8-27B_v2") == ["qwen", "3", "8", "27", "b", "v", "2"]


# --- tables


def test_missing_base_model_is_no_parent_called_nan() -> None:
    # pandas 3: `astype(str)` keeps NaN, so a missing base model must be dropped as missing
    table = pd.DataFrame(
        {
            "date": pd.to_datetime(["2026-05-01"] * 3),
            "model_id": ["a/x", "a/y", "a/z"],
            "base_model": pd.Series(["b/x", None, ""], dtype="str"),
        }
    )
    assert parents(table) == {"a/x": "b/x"}


def test_missing_renamed_to_is_no_organisation_called_nan() -> None:
    labs = LABS.assign(renamed_to=LABS["renamed_to"].mask(LABS["renamed_to"] == "").astype("str"))
    assert Registry(labs, FAMILIES, COUNTRIES, {}).publisher("Qwen/Qwen3-8B").lab == "Alibaba"


def test_latest_base_model_wins_whatever_the_order_of_tables() -> None:
    old = pd.DataFrame({"date": ["2026-04-30"], "model_id": ["a/x"], "base_model": ["b/old"]})
    new = pd.DataFrame({"date": ["2026-08-22"], "model_id": ["a/x"], "base_model": ["b/new"]})
    gone = pd.DataFrame({"date": ["2026-09-01"], "model_id": ["a/x"], "base_model": [None]})
    assert parents(new, old, gone) == parents(old, gone, new) == {"a/x": "b/new"}


def test_no_tables_have_no_parents() -> None:
    assert parents() == {}


def test_attribute_keeps_rows_order_and_index_and_replaces_earlier_answers() -> None:
    rows = pd.DataFrame(
        {"model_id": ["Qwen/Qwen3-8B", "nobody/x", "Qwen/Qwen3-8B"], "rank": [1, 2, 3]},
        index=[7, 3, 5],
    )
    once = attribute(rows, registry(), "publisher")
    again = attribute(once, registry(), "publisher")
    assert list(once.index) == [7, 3, 5]
    assert list(once["rank"]) == [1, 2, 3]
    assert list(once["country"]) == ["CN", UNKNOWN, "CN"]
    pd.testing.assert_frame_equal(once, again)


def test_attribute_of_no_rows_has_the_columns() -> None:
    empty = attribute(pd.DataFrame({"model_id": pd.Series(dtype="str")}), registry(), "lineage")
    assert list(empty.columns) == ["model_id", "lab", "country", "bloc", "family", "basis"]
    assert empty.empty


def test_attribute_refuses_a_misspelt_attribution() -> None:
    with pytest.raises(Refusal, match="lineages"):
        attribute(pd.DataFrame({"model_id": ["a/b"]}), registry(), "lineages")


def test_every_lab_has_one_home_and_every_family_belongs_to_a_lab() -> None:
    homes = LABS.groupby("lab")["country"].agg(set).to_dict()
    assert {lab: home for lab, home in homes.items() if len(home) > 1} == {}
    for family in FAMILIES.itertuples():
        assert homes.get(family.lab) == {family.country}, family.key


def test_names_agree_with_declared_base_models() -> None:
    """The keys earn their place: where both speak, name and base model give the same country."""
    declared = parents(
        *(
            pd.read_csv(DATA / f"{name}.csv", keep_default_na=False, na_values=[""])
            for name in ("trending_top1000_daily", "hub_uploads")
        )
    )
    models = pd.DataFrame({"model_id": sorted(declared)})
    by_parent = attribute(models, registry(declared), "lineage")
    by_name = attribute(models, BY_NAME, "lineage")
    both = (by_parent["basis"] == "base_model") & (by_name["basis"] == "name")
    agree = (by_parent["country"] == by_name["country"])[both]
    assert both.sum() > 3000
    assert agree.mean() > 0.99


# --- properties


@given(st.sampled_from(SINGLE_KEYS), st.text("abcdefghij", min_size=1, max_size=5))
def test_a_key_grown_into_a_longer_word_does_not_match(key: str, more: str) -> None:
    known = {tuple(tokens(k)) for k in FAMILIES["key"]}
    for word in (key + more, more + key):
        if (word,) not in known:
            assert BY_NAME.lineage(f"someone/{word}-8b") == NOBODY


@given(st.sampled_from(SINGLE_KEYS), st.sampled_from(["-", "_", ".", ""]), st.integers(0, 999))
def test_a_key_matches_whatever_separates_it_from_a_number(key: str, sep: str, size: int) -> None:
    lab = FAMILIES.set_index("key")["lab"][key]
    found = BY_NAME.lineage(f"someone/{key.upper()}{sep}{size}")
    assert found.lab == lab
    assert found.basis == "name"


@given(
    st.dictionaries(
        st.sampled_from([f"o{i}/m{i}" for i in range(6)]),
        st.sampled_from([*(f"o{i}/m{i}" for i in range(6)), "Qwen/Qwen3-8B"]),
    )
)
def test_any_graph_of_base_models_ends_in_its_root_or_unknown(graph: dict[str, str]) -> None:
    found = registry(graph)
    for model in graph:
        steps, at = 0, model
        while at in graph and steps <= len(graph):
            at, steps = graph[at], steps + 1
        assert found.lineage(model).lab == ("Alibaba" if at == "Qwen/Qwen3-8B" else UNKNOWN)
