from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

import pytest
from pydantic import ValidationError
from pytest_httpserver import HTTPServer

from monitor.errors import SourceError
from monitor.model.sample import Snapshot
from monitor.ports import Window
from monitor.sources.fetch import Fetch
from monitor.sources.models_dev import KIND, Config, build, parse
from tests.shared import payload
from tests.sources.fakes import Clock
from tests.sources.lists import changes, of_list, of_snapshot, sources, written

PATH = "/api.json"
BEFORE = "api-2026-06-05-trimmed"
AFTER = "api-2026-06-13-trimmed"
RECORDED = tuple(sorted(json.loads(payload(f"models-dev/{BEFORE}.json"))))
COST = {"input": 1, "output": 2.5, "cache_read": 0.1}
SOUND: Mapping[str, object] = {
    "cost": COST,
    "limit": {"context": 1000, "output": 100},
    "modalities": {"input": ["text", "image"], "output": ["text"]},
}
SHOWN = {
    "price_input": 1,
    "price_output": 2.5,
    "price_cache_read": 0.1,
    "context_length": 1000,
    "max_output": 100,
    "modalities": "image in, text in, text out",
}
FREE = {"cost": {"input": 0, "output": 0, "cache_read": 0}}


def recorded(name: str) -> bytes:
    return payload(f"models-dev/{name}.json")


def providers(first: Mapping[str, object]) -> bytes:
    """One provider of forty models, the first one with these fields."""
    return written({"openai": {"models": {f"m{number}": SOUND for number in range(40)} | {"m0": {**SOUND, **first}}}})


async def poll(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> Snapshot:
    config = Config(url=httpserver.url_for(PATH), providers=RECORDED)
    return await build(config, fetch).poll(Window(clock.at))


@pytest.mark.asyncio
async def test_the_recorded_pair(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """DeepSeek's cache reads to a tenth; some limits move, 2 come, 3 go; a tier that moves is no base price."""
    seen = []
    for name in (BEFORE, AFTER):
        httpserver.expect_oneshot_request(PATH).respond_with_data(recorded(name))
        seen.append(await poll(httpserver, fetch, clock))
    before, after = map(of_snapshot, seen)
    a_million = {"context_length": (2000000, 1000000)}
    assert changes(before, after) == {
        "deepseek/deepseek-chat": {"price_cache_read": (0.028, 0.0028)},
        "deepseek/deepseek-reasoner": {"price_cache_read": (0.028, 0.0028)},
        "alibaba/qwen3.7-plus": {"max_output": (16384, 65536)},
        "google/gemini-3-pro-image-preview": {"context_length": (65536, 131072)},
        "xai/grok-4.20-0309-reasoning": a_million,
        "xai/grok-4.20-0309-non-reasoning": a_million,
        "xai/grok-4.20-multi-agent-0309": a_million,
    }
    assert after.keys() - before.keys() == {"anthropic/claude-fable-5", "moonshotai/kimi-k2.7-code"}
    assert before.keys() - after.keys() == {"google/gemini-2.5-flash-tts", "openai/o1-mini", "openai/o1-preview"}
    assert [(snapshot.entries, snapshot.faults) for snapshot in seen] == [(231, ()), (230, ())]
    assert sources(seen[0]) == {"models.dev"}
    assert (seen[0].source, seen[0].citation) == (KIND, "Prices: models.dev, MIT licence")


@pytest.mark.asyncio
async def test_what_did_not_change_is_not_sent_again(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """4.7 MB are read when they differ; 304 holds what was shown for `stale_after`."""
    httpserver.expect_oneshot_request(PATH).respond_with_data(recorded(BEFORE), headers={"ETag": 'W/"1"'})
    httpserver.expect_request(PATH, headers={"If-None-Match": 'W/"1"'}).respond_with_data(b"", status=304)
    fetch.accept((await poll(httpserver, fetch, clock)).digest)
    again = await poll(httpserver, fetch, clock)
    assert (again.unchanged, again.samples) == (True, ())
    assert {seal.holds_until for seal in again.seals} == {clock.at + timedelta(hours=24)}


def test_the_vendors_own_are_read_and_no_others_by_default() -> None:
    """One model under many providers has many prices; the settings say whose are read."""
    body = written({name: {"models": {"m": SOUND}} for name in ("openai", "openrouter", "zai", "zai-coding-plan")})
    assert list(of_list(parse(body))) == ["openai/m", "zai/m"]
    assert list(of_list(parse(body, ["openrouter"]))) == ["openrouter/m"]


def test_a_provider_that_is_not_there_is_told() -> None:
    """A name that is misspelt, or that moved, would be silence; the others are read."""
    found = parse(providers({}), ["openai", "xaii"])
    assert (len(found.models), found.entries) == (40, 40)
    assert found.faults == (
        "models_dev: the answer: got no provider 'xaii', expected it as `providers` in the settings names it",
    )


@pytest.mark.parametrize(
    ("provider", "models", "free"),
    [
        ("zai", {"m": FREE, "n": SOUND}, True),  # as glm-4.5-flash
        ("zai", {"m": FREE}, False),  # nothing is sold by the token
        ("zai", {"m": FREE, "n": {}}, False),
        ("zai-coding-plan", {"m": FREE, "n": SOUND}, False),
        ("kimi-for-coding", {"m": FREE, "n": SOUND}, False),
        ("some-token-plan", {"m": FREE, "n": SOUND}, False),
    ],
)
def test_zero_is_free_where_tokens_are_sold(provider: str, models: dict[str, object], free: bool) -> None:
    """A subscription shows 0 for every model, and that is not its price."""
    shown = of_list(parse(written({provider: {"models": models}}), [provider]))
    expected = {"price_input": 0, "price_output": 0, "price_cache_read": 0} if free else {}
    assert shown[f"{provider}/m"] == expected


@pytest.mark.parametrize(
    ("first", "differs"),
    [
        ({}, {}),
        ({"cost": None}, {"price_input": None, "price_output": None, "price_cache_read": None}),
        ({"cost": {}}, {"price_input": None, "price_output": None, "price_cache_read": None}),
        ({"cost": {"input": 0.13, "output": 0}}, {"price_input": 0.13, "price_output": None, "price_cache_read": None}),
        ({"cost": {"input": 1, "output": 2.5, "cache_read": 0}}, {"price_cache_read": None}),
        ({"cost": {**COST, "cache_write": 6.25}}, {"price_cache_write": 6.25}),
        ({"cost": {**COST, "tiers": [{"input": 9}], "context_over_200k": {"input": 9}}}, {}),
        ({"limit": {"context": 0, "output": 0}}, {"context_length": None, "max_output": None}),
        ({"limit": None, "modalities": None}, {"context_length": None, "max_output": None, "modalities": None}),
        ({"modalities": {"input": [], "output": ["text"]}}, {"modalities": None}),
        ({"modalities": {"input": ["text"], "output": ["text"]}}, {"modalities": "text in, text out"}),
        ({"status": "deprecated", "something_new": 1}, {}),
    ],
)
def test_an_entry(first: dict[str, object], differs: dict[str, object]) -> None:
    """Base prices in USD per million; what is not said is unknown, and embeddings have no price for output."""
    found = parse(providers(first), ["openai"])
    expected = {metric: value for metric, value in {**SHOWN, **differs}.items() if value is not None}
    assert (of_list(found)["openai/m0"], found.faults) == (expected, ())


@pytest.mark.parametrize(
    ("first", "told"),
    [
        (
            {"cost": {**COST, "input": "cheap"}},
            ".cost.input: got 'cheap', expected a price in USD per million",
        ),
        ({"cost": {**COST, "output": -5}}, ".cost.output: got -5, expected a price from 0 to 1,000,000"),
        ({"cost": []}, ".cost: got [], expected an object"),
        ({"limit": 5}, ".limit: got 5, expected an object"),
        ({"limit": {"context": "1M"}}, ".limit.context: got '1M', expected a whole number of tokens"),
        ({"modalities": {"input": ["text"]}}, ".modalities: got an object with the keys ['input'], expected the key"),
        ({"modalities": {"input": "text", "output": []}}, ".modalities.input: got 'text', expected a list"),
    ],
)
def test_a_wrong_field_is_told(first: dict[str, object], told: str) -> None:
    """By its path, with what was got and what was expected; the other models are read."""
    found = parse(providers(first), ["openai"])
    (fault,) = found.faults
    assert fault.startswith(f"{KIND}: openai.models['m0']{told}")
    assert [of_list(found)[f"openai/m{number}"] for number in range(1, 40)] == [SHOWN] * 39


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<html>", "it looks like HTML"),
        (b"[]", "the answer: got [], expected an object"),
        (
            b'{"openai-2": {}}',
            "the answer: got an object with the keys ['openai-2'], expected one of the providers alib",
        ),
        (b'{"openai": {}}', "openai: got an empty object, expected the key 'models'"),
        (
            b'{"openai": {"models": {}}}',
            "got an object with the keys ['openai'], expected at least one entry",
        ),
        (b'{"openai": {"models": []}}', "openai.models: got [], expected an object"),
        (written({"openai": {"models": {"m": 5, "n": SOUND}}}), "the answer: got 1 broken entries of 2"),
    ],
)
def test_a_broken_list_is_refused(body: bytes, told: str) -> None:
    """What is no list would make models vanish that are still there."""
    with pytest.raises(SourceError) as caught:
        parse(body)
    assert told in caught.value.message


def test_providers_come_from_the_environment_too() -> None:
    """As a text with commas."""
    assert Config.model_validate({"providers": "openai, xai"}).providers == ("openai", "xai")


@pytest.mark.parametrize("names", [[], "", ["../x"], ["Open AI"], 5])
def test_providers_that_can_not_be(names: object) -> None:
    """None at all, or a name that would lead elsewhere in an address."""
    with pytest.raises(ValidationError, match="providers"):
        Config.model_validate({"providers": names})
