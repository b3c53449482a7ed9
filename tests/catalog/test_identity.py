"""One identity for all the ways of writing a model, and none shared by two models."""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.catalog import Identities, Identity, shipped
from monitor.model.labels import Labels
from tests.shared import SHARED, payload

CATALOG = shipped()


@cache
def identities() -> Identities:
    """With what the recorded list of models teaches."""
    models = json.loads(payload("openrouter-models/models-2026-08-22T12.json"))["data"]
    return CATALOG.identities({model["canonical_slug"]: model["id"] for model in models})


def test_seven_spellings_are_one_model() -> None:
    """The public id, the reversed permanent slug, bare names, a display name and a provider in front."""
    names = [
        ("openrouter", "anthropic/claude-opus-4.8"),
        ("openrouter", "anthropic/claude-4.8-opus-20260528"),
        ("litellm", "claude-opus-4-8"),
        ("genai-prices", "anthropic/claude-opus-4-8"),
        ("llm-prices", "claude-opus-4.8"),
        ("models.dev", "anthropic/claude-opus-4-8"),
        ("vercel", "Claude Opus 4.8"),
    ]
    assert {identities().of(*name) for name in names} == {Identity("anthropic", "claude-4-8-opus")}
    assert identities().public("litellm", "claude-opus-4-8") == "anthropic/claude-opus-4.8"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (("openrouter", "x-ai/grok-4.3"), ("litellm", "xai/grok-4.3")),
        (("openrouter", "z-ai/glm-5.2"), ("genai-prices", "zai/GLM-5.2")),
        (("openrouter", "moonshotai/kimi-k2.6"), ("litellm", "moonshot/kimi-k2.6")),
        (("openrouter", "qwen/qwen3-14b"), ("vercel", "alibaba/qwen-3-14b")),
        (("openrouter", "qwen/qwen-max"), ("portkey", "dashscope/qwen-max")),
        (("openrouter", "mistralai/mistral-large-2512"), ("models.dev", "mistral/mistral-large-2512")),
        (("openrouter", "minimax/minimax-m3"), ("huggingface", "MiniMaxAI/Minimax-M3")),
        (("openrouter", "minimax/minimax-m2-her"), ("genai-prices", "minimax/M2-her")),
        (("openrouter", "meta-llama/llama-3.1-8b-instruct"), ("huggingface", "meta-llama/Meta-Llama-3.1-8B-Instruct")),
        (("openrouter", "google/gemini-pro-1.5"), ("litellm", "gemini/gemini-1.5-pro")),
        (("openrouter", "deepseek/deepseek-v4-flash-0731"), ("vercel", "DeepSeek V4 Flash 0731")),
        (("openrouter", "deepseek/deepseek-v4-flash-20260731"), ("vercel", "DeepSeek V4 Flash 0731")),
        (("openrouter", "openai/gpt-5.6-luna"), ("vercel", "GPT 5.6 Luna")),
        (("openrouter", "openai/gpt-4.1"), ("litellm", "gpt-4.1-2025-04-14")),
        (("openrouter", "~anthropic/claude-opus-latest"), ("litellm", "claude-opus-latest")),
        (("llm-prices", "amazon-nova-pro"), ("litellm", "amazon-nova/nova-pro")),
        (("litellm", "fireworks_ai/accounts/fireworks/models/glm-4p7"), ("litellm", "fireworks_ai/glm-4.7")),
    ],
)
def test_spellings_of_one_model(left: tuple[str, str], right: tuple[str, str]) -> None:
    """Names of vendors, places of versions, dates that the list of models says are the same."""
    assert identities().of(*left) == identities().of(*right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (("openrouter", "deepseek/deepseek-v4-flash"), ("openrouter", "deepseek/deepseek-v4-flash-0731")),
        (("openrouter", "z-ai/glm-5.2"), ("openrouter", "z-ai/glm-5.2:free")),
        (("litellm", "claude-3-5-haiku-latest"), ("litellm", "claude-3-5-haiku")),
        (("litellm", "gpt-4"), ("litellm", "gpt-4-32k")),
        (("llm-prices", "gemini-2.5-pro"), ("llm-prices", "gemini-2.5-pro-200k")),
        (("litellm", "gpt-4o"), ("litellm", "azure/gpt-4o")),
        (("litellm", "gpt-4o"), ("litellm", "ft:gpt-4o")),
        (("genai-prices", "zai/GLM-5.2"), ("genai-prices", "zhipuai/GLM-5.2")),
        (("openrouter", "openai/gpt-5.6-luna"), ("openrouter", "openai/gpt-5.6-luna-pro")),
        (("openrouter", "nobody/llama-3-8b"), ("openrouter", "meta-llama/llama-3-8b")),
        (("litellm", "text-embedding-004"), ("litellm", "text-embedding-005")),
    ],
)
def test_what_is_apart(left: tuple[str, str], right: tuple[str, str]) -> None:
    """Dates, unless the list says they are the same; variants, moving names, hosts, sizes, prices of another market."""
    assert identities().of(*left) != identities().of(*right)


@pytest.mark.parametrize(
    ("source", "model", "vendor", "host"),
    [
        ("litellm", "gpt-5.5", "openai", ""),
        ("litellm", "azure/eu/gpt-4o", "openai", "azure/eu"),
        ("litellm", "us.anthropic.claude-opus-4-6-v1:0", "anthropic", "bedrock/us"),
        ("litellm", "bedrock/us-east-1/deepseek.v3.2", "deepseek", "bedrock/us-east-1"),
        ("litellm", "vertex_ai/gemini-2.5-pro", "google", "vertex_ai"),
        ("litellm", "gemini/gemini-2.5-pro", "google", ""),
        ("litellm", "novita/zai-org/glm-4.7", "z-ai", "novita"),
        ("litellm", "openrouter/x-ai/grok-4", "x-ai", "openrouter"),
        ("litellm", "watsonx/openai/gpt-oss-120b", "openai", "watsonx"),
        ("litellm", "deepinfra/nvidia/Llama-3.3-Nemotron-Super-49B-v1.5", "nvidia", "deepinfra"),
        ("litellm", "databricks/databricks-claude-3-7-sonnet", "anthropic", "databricks"),
        ("litellm", "perplexity/llama-3.1-70b-instruct", "meta-llama", "perplexity"),
        ("litellm", "perplexity/llama-3.1-sonar-large-128k-online", "perplexity", ""),
        ("litellm", "gemini/learnlm-9-experimental", "google", ""),
        ("litellm", "deepgram/nova-3", "deepgram", ""),
        ("litellm", "deepseek-v3-2-251201", "deepseek", "volcengine"),
        ("litellm", "doubao-embedding-large-text-240915", "bytedance-seed", ""),
        ("litellm", "lemonade/unheard-of-1", "", "lemonade"),
        ("models.dev", "moonshotai-cn/kimi-k2.6", "moonshotai", "moonshotai-cn"),
        ("portkey", "dashscope/kimi-k2.5", "moonshotai", "dashscope"),
        ("openrouter", "nobody/llama-3-8b", "nobody", ""),
    ],
)
def test_who_makes_and_who_sells(source: str, model: str, vendor: str, host: str) -> None:
    """What stands in front is the maker, or a host if the model is of another's family."""
    identity = identities().of(source, model)
    assert (identity.vendor, identity.host) == (vendor, host)
    assert identity.joins == (bool(vendor) and not host)


def test_editions_of_one_model_have_one_base() -> None:
    """A dated snapshot and a preview are apart from the model, and comparable to it."""
    plain, dated = identities().of("litellm", "gpt-4o"), identities().of("litellm", "gpt-4o-2024-08-06")
    assert plain != dated
    assert plain == dated.base
    assert identities().of("litellm", "gpt-4.5-preview").base == identities().of("llm-prices", "gpt-4.5")


def test_a_public_id_is_not_taken_for_the_slug_of_another() -> None:
    """Case: one model's id can be another one's permanent slug; who writes ids means the id."""
    taught = CATALOG.identities({"openai/gpt-9": "openai/gpt-9-mini", "openai/gpt-9-20300101": "openai/gpt-9"})
    assert taught.of("openrouter", "openai/gpt-9").name == "gpt-9"
    assert taught.of("openrouter", "openai/gpt-9-20300101").name == "gpt-9"


@given(
    st.sampled_from(["openrouter", "litellm", "vercel"]),
    st.text(alphabet="aZ09-/:.~@ \u00df", max_size=14),
    st.dictionaries(st.text("a/0:-", max_size=5), st.text("a/0:-", max_size=5), max_size=3),
)
def test_any_name_has_an_identity(source: str, model: str, learnt: dict[str, str]) -> None:
    """No name raises, and asking twice gives the same."""
    known = CATALOG.identities(learnt)
    assert known.of(source, model) == known.of(source, model) == CATALOG.identities(learnt).of(source, model)


def test_every_recorded_event_is_of_one_model() -> None:
    """events_known.csv: each source's spelling of an event, 80 rows; the dates of snapshots may differ."""
    events = 0
    with (SHARED / "data/prices/events_known.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            seen = [name.split(" ")[:2] for name in row["seen_in"].split("; ") if name]
            assert len({identities().of(source, model).base for source, model in seen}) == 1, seen
            events += 1
    assert events == 80


def test_first_party_names_of_the_records_are_joined() -> None:
    """Of what makers sell themselves, four fifths of the names in genai-prices are in another source as well."""
    where: defaultdict[Identity, set[str]] = defaultdict(set)
    names: defaultdict[str, set[str]] = defaultdict(set)
    with gzip.open(SHARED / "data/prices/prices.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            names[row["source"]].add(row["model"])
    for source, models in names.items():
        for model in models:
            where[identities().of(source, model)].add(source)
    sold = [model for model in names["genai-prices"] if identities().of("genai-prices", model).joins]
    joined = [model for model in sold if len(where[identities().of("genai-prices", model)]) > 1]
    assert len(joined) > 0.8 * len(sold)
    assert not [model for model in names["openrouter"] if not identities().of("openrouter", model).vendor]


@pytest.mark.parametrize(
    ("labels", "vendor", "family", "origin"),
    [
        ({"source": "litellm", "model": "claude-opus-4-8"}, "anthropic", "claude", "US"),
        ({"source": "litellm", "model": "azure/gpt-4o"}, "openai", "gpt", "US"),
        ({"source": "models.dev", "model": "zhipuai/glm-5"}, "z-ai", "glm", "CN"),
        ({"source": "llm-prices", "model": "o3"}, "openai", "o-series", "US"),
        ({"source": "genai-prices", "model": "groq/openai/gpt-oss-20b"}, "openai", "gpt-oss", "US"),
        ({"source": "portkey", "model": "moonshot/kimi-k3"}, "moonshotai", "kimi", "CN"),
        ({"source": "vercel", "model": "DeepSeek V4 Flash 0731"}, "deepseek", "deepseek", "CN"),
        ({"source": "vercel", "model": "Step 3.7 Flash"}, "stepfun", "step", "CN"),
        ({"source": "vercel", "model": "Other"}, "unknown", "unknown", "unknown"),
        ({"source": "vercel", "lab": "zai"}, "z-ai", None, "CN"),
        ({"source": "huggingface", "repo": "Qwen/Qwen3-0.6B"}, "qwen", "qwen", "CN"),
        ({"source": "huggingface", "repo": "unsloth/Llama-3.1-8B-GGUF"}, "unknown", "unknown", "unknown"),
        ({"source": "artificial-analysis", "model": "nous-research/hermes-4-405b"}, "nousresearch", "hermes", "US"),
        ({"source": "artificial-analysis", "model": "mistral/mistral-large-3"}, "mistralai", "mistral", "EU"),
        ({"source": "openrouter/endpoints", "model": "openai/gpt-4o", "host": "Azure"}, "openai", "gpt", "US"),
        ({"source": "openrouter/programming", "model": "x-ai/grok-4.5-20260708"}, "x-ai", "grok", "US"),
    ],
)
def test_labels_in_every_source(labels: dict[str, str], vendor: str, family: str | None, origin: str) -> None:
    """Vendor, family and origin of a series, however its source writes the model."""
    joined = CATALOG.labels("price_input", Labels.of(labels), {})
    assert (joined.get("vendor"), joined.as_dict().get("family"), joined.get("origin")) == (
        vendor,
        "unknown" if family is None else family,
        origin,
    )
