"""What the catalogue adds to the labels of a series."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.catalog import Catalog, Join, shipped
from monitor.model.labels import Labels

CATALOG = shipped()
LEARNT = {
    "z-ai/glm-5.2-20260616": "z-ai/glm-5.2",
    "anthropic/claude-4.8-opus-20260528": "anthropic/claude-opus-4.8:batch",
}

names = st.one_of(
    st.sampled_from(["openai", "Zhipu", "~z-ai", "other", "openrouter", "litellm", "unknown"]),
    st.text(alphabet="aZ09-/:.~* \u00df\u4e2d", max_size=12),
)
series = st.dictionaries(
    st.sampled_from(["source", "model", "author", "lab", "repo", "open", "vendor", "category", "name"]), names
).map(Labels.of)
metrics = st.sampled_from(["tokens", "tokens_total", "price_input", "usage_share", "downloads", "source_up"])
aliases = st.dictionaries(names, names)


def added(metric: str = "tokens", /, **labels: str) -> dict[str, str]:
    return CATALOG.labels(metric, Labels.of(labels), LEARNT).as_dict()


@given(metrics, series, aliases)
def test_joining_adds_and_never_changes(metric: str, labels: Labels, learnt: dict[str, str]) -> None:
    """Whatever a series is called, joining raises nothing, says nothing empty and leaves its own labels alone."""
    joined = CATALOG.labels(metric, labels, learnt)
    assert not {name for name, _ in joined} & {name for name, _ in labels}
    assert joined == Labels.of(joined.as_dict())
    assert labels.merged(joined).only(name for name, _ in labels) == labels


@given(metrics, series, aliases)
def test_only_the_name_depends_on_what_was_polled(metric: str, labels: Labels, learnt: dict[str, str]) -> None:
    """A verdict by vendor, family or origin is the same before and after the list of models was read."""
    before, after = (CATALOG.labels(metric, labels, known).without(["name"]) for known in ({}, learnt))
    assert before == after


@given(series)
def test_join_answers_as_the_catalogue(labels: Labels) -> None:
    """What a Join remembers is what the catalogue said, for every metric apart."""
    join = Join(CATALOG, LEARNT)
    for metric in ("tokens", "price_input", "tokens"):
        assert join(metric, labels) == CATALOG.labels(metric, labels, LEARNT)


def test_a_usage_series_gets_all_there_is_to_say() -> None:
    """A permaslug with a variant: the public id it is priced under, and the variant as a label of its own."""
    assert added(source="openrouter", model="z-ai/glm-5.2-20260616:free") == {
        "country": "CN",
        "family": "glm",
        "name": "z-ai/glm-5.2",
        "open": "open",
        "origin": "CN",
        "variant": "free",
        "vendor": "z-ai",
    }


@pytest.mark.parametrize(
    ("model", "name", "variant"),
    [
        ("z-ai/glm-5.2-20260616", "z-ai/glm-5.2", None),
        ("anthropic/claude-4.8-opus-20260528", "anthropic/claude-opus-4.8", None),
        ("openai/gpt-9-20300101:batch", "openai/gpt-9-20300101", "batch"),
        ("anthropic/claude-3-5-haiku:beta", "anthropic/claude-3.5-haiku", "beta"),
        ("tencent/hy3-preview-20260421:free", "tencent/hy3-preview-20260421", None),
        ("other", "other", None),
    ],
)
def test_name_is_the_public_id(model: str, name: str, variant: str | None) -> None:
    """The name comes from the models list, else from a written alias, else it is the model without its variant."""
    labels = added(model=model)
    assert (labels["name"], labels.get("variant")) == (name, variant)


@pytest.mark.parametrize(
    ("source", "model", "name"),
    [
        ("openrouter", "z-ai/glm-5.2", "z-ai/glm-5.2"),
        ("openrouter", "z-ai/glm-5.2:free", "z-ai/glm-5.2"),
        ("openrouter", "z-ai/glm-5.2-20260616", "z-ai/glm-5.2"),
        ("openrouter", "anthropic/claude-3-5-haiku", "anthropic/claude-3.5-haiku"),
        ("litellm", "claude-opus-4-8", "anthropic/claude-opus-4.8"),
        ("genai-prices", "zai/GLM-5.2", "z-ai/glm-5.2"),
        ("litellm", "azure_ai/claude-opus-4-8", "azure_ai/claude-opus-4-8"),
        ("litellm", "claude-opus-4-7", "claude-opus-4-7"),
    ],
)
def test_prices_are_named_by_the_public_id_too(source: str, model: str, name: str) -> None:
    """What its maker sells has one name in all sources; a host's offer, and what the list never showed, keep theirs."""
    assert added("price_output", source=source, model=model)["name"] == name


def test_a_label_the_series_has_is_kept() -> None:
    """The split by weights comes from its source; a model's weights do when the source says so."""
    assert "open" not in added(model="openai/gpt-5.5", open="open")
    assert added(open="closed") == {}


@pytest.mark.parametrize(
    ("model", "family", "weights"),
    [
        ("openai/gpt-oss-120b", "gpt-oss", "open"),
        ("openai/gpt-5.5-20260423", "gpt", "closed"),
        ("openai/o4-mini-high", "o-series", "closed"),
        ("google/gemma-4-31b-it-20260402", "gemma", "open"),
        ("google/gemini-2.5-pro", "gemini", "closed"),
        ("qwen/qwen3.7-max-20260520", "qwen", "closed"),
        ("qwen/qwen3-235b-a22b-2507", "qwen", "open"),
        ("meta-llama/llama-3.3-70b-instruct", "llama", "open"),
        ("meta/muse-spark-1.2", "muse", "closed"),
        ("nvidia/llama-3.3-nemotron-super-49b-v1.5", "nemotron", "open"),
        ("sao10k/l3.3-euryale-70b", "euryale", "open"),
        ("mistralai/ministral-3b-2512", "ministral", "open"),
        ("mistralai/ministral-3b", "ministral", "closed"),
        ("mistralai/mistral-medium-3.5-20260430", "mistral", "open"),
        ("mistralai/mistral-medium-3.1", "mistral", "closed"),
        ("mistralai/mistral-large", "mistral", "unknown"),
        ("xiaomi/mimo-v2-pro-20260318", "mimo", "unknown"),
        ("openai/whatever-1", "unknown", "closed"),
        ("nobody/llama-3", "unknown", "unknown"),
        ("openrouter/owl-alpha", "unknown", "unknown"),
        ("other", "unknown", "unknown"),
    ],
)
def test_family_and_weights(model: str, family: str, weights: str) -> None:
    """The first pattern decides, what no pattern names is unknown, and a fine-tune is not of its base's family."""
    labels = added(model=model)
    assert (labels["family"], labels["open"]) == (family, weights)


@pytest.mark.parametrize(
    ("author", "weights"),
    [("Anthropic", "closed"), ("DeepSeek", "open"), ("Google", "unknown"), ("OpenRouter", "unknown")],
)
def test_a_brand_has_weights_only_if_all_its_models_agree(author: str, weights: str) -> None:
    """Google's total holds Gemini and Gemma: nobody can say how much of it is open."""
    assert added(author=author)["open"] == weights


@pytest.mark.parametrize("labels", [{"model": "other"}, {"author": "Others"}])
def test_the_rest_is_marked(labels: dict[str, str]) -> None:
    """The row that sums what a cut-off list leaves out belongs to nobody and says so."""
    joined = added(**labels)
    assert (joined["rest"], joined["vendor"], joined["origin"]) == ("true", "unknown", "unknown")
    assert "rest" not in added(model="openai/gpt-5.5")


@pytest.mark.parametrize(
    ("source", "model", "vendor"),
    [
        ("openrouter", "tencent/deepseek-v4-pro", "tencent"),
        ("litellm", "tencent/deepseek-v4-pro", "deepseek"),
        ("genai-prices", "google/claude-opus-4-7", "anthropic"),
        ("litellm", "gemini/gemini-2.5-pro", "google"),
        ("litellm", "dashscope/qwen-max", "qwen"),
        ("litellm", "minimax/MiniMax-M3", "minimax"),
        ("genai-prices", "openrouter/z-ai/glm-5.2", "z-ai"),
        ("genai-prices", "zhipuai/GLM-5.2", "z-ai"),
        ("litellm", "gpt-5.5", "openai"),
        ("openrouter", "~anthropic/claude-opus-latest", "anthropic"),
    ],
)
def test_a_host_is_no_vendor(source: str, model: str, vendor: str) -> None:
    """Price lists put the host before the model: it is not the maker of what is of another vendor's family."""
    assert added("price_input", source=source, model=model)["vendor"] == vendor


def test_a_repo_on_a_hub_is_its_organisations() -> None:
    """Hubs spell vendors their own way; a repository has no public id."""
    joined = added("downloads", source="huggingface", repo="deepseek-ai/DeepSeek-V4-Pro")
    assert (joined["vendor"], joined["family"], joined.get("name")) == ("deepseek", "deepseek", None)


def test_nothing_is_said_of_totals() -> None:
    """A total has no maker: the catalogue stays silent instead of calling it unknown."""
    assert added("tokens_total", source="openrouter") == {}


def test_duplicates_count_for_their_source_only() -> None:
    """The same name in another source is a model with tokens of its own."""
    twin = "google/gemini-2.5-pro-preview"
    pages = Labels.of(source="Kenneth-Top/workflows-:history_database.csv", model=twin)
    assert CATALOG.duplicate_of(pages) == Join(CATALOG, {}).duplicate_of(pages) == "google/gemini-2.5-pro"
    assert CATALOG.duplicate_of(Labels.of(source="openrouter", model=twin)) is None
    assert CATALOG.duplicate_of(Labels()) is None


def test_unknown_vendors_are_listed_with_their_share() -> None:
    """The whole counts every row; known vendors, stealth models and the rest row are not listed."""
    tokens = {"openai/gpt-5.5": 40.0, "new/a:free": 20.0, "new/b": 10.0, "x/y": 5.0, "stealth/z": 5.0, "other": 20.0}
    assert CATALOG.unknown_vendors(tokens) == [("new", 0.3), ("x", 0.05)]
    assert CATALOG.unknown_vendors({}) == []


def test_the_shipped_catalogue_is_frozen() -> None:
    """A catalogue is a value: an edit is another catalogue."""
    with pytest.raises(AttributeError):
        CATALOG.renames = {}  # type: ignore[misc]
    assert isinstance(CATALOG, Catalog)
