from __future__ import annotations

from collections.abc import Mapping

import pytest
from pytest_httpserver import HTTPServer

from monitor.errors import SourceError
from monitor.ports import Window
from monitor.sources.fetch import Fetch
from monitor.sources.vercel_models import KIND, Config, build, parse
from tests.shared import payload
from tests.sources.fakes import Clock
from tests.sources.lists import of_list, of_snapshot, sources, written

PATH = "/v1/models"
SAMPLE = payload("vercel-gateway-models/models-2026-sample.json")
SOUND = {"context_window": 1000, "max_tokens": 100, "pricing": {"input": "0.000001", "output": "0.000002"}}


def models(first: Mapping[str, object]) -> bytes:
    """Forty models, the first one with these fields."""
    entries = [{"id": f"a/m{number}", **SOUND, **(first if number == 0 else {})} for number in range(40)]
    return written({"object": "list", "data": entries})


@pytest.mark.asyncio
async def test_the_recorded_list(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """Texts per token become USD per million; of tiers the price of short prompts; an embedding has no output."""
    httpserver.expect_request(PATH).respond_with_data(SAMPLE)
    snapshot = await build(Config(url=httpserver.url_for(PATH)), fetch).poll(Window(clock.at))
    shown = of_snapshot(snapshot)
    assert shown["google/gemini-3.1-pro-preview"] == {
        "price_input": 2,
        "price_output": 12,
        "price_cache_read": 0.2,
        "price_cache_write": 2,
        "context_length": 1000000,
        "max_output": 64000,
    }
    assert shown["alibaba/qwen3-embedding-0.6b"] == {
        "price_input": 0.01,
        "context_length": 32768,
        "max_output": 32768,
    }
    assert (len(shown), snapshot.entries, snapshot.faults, snapshot.source) == (8, 8, (), KIND)
    assert sources(snapshot) == {"vercel"}
    assert snapshot.citation == "Prices: Vercel AI Gateway (vercel.com/ai-gateway/models)"


@pytest.mark.parametrize(
    ("pricing", "prices"),
    [
        (None, {}),
        ({}, {}),
        ({"input": "0.00000025"}, {"price_input": 0.25}),
        ({"input": "0", "output": "0"}, {"price_input": 0, "price_output": 0}),
        ({"input": "0", "output": "0.000001"}, {"price_output": 1}),
        ({"input": "0.000001", "input_cache_read": "0"}, {"price_input": 1}),
        ({"input": "0.000001", "varies_by_provider": False}, {"price_input": 1}),
        ({"input": "0.000001", "varies_by_provider": True}, {}),
        ({"input": "0.000001", "input_tiers": [{"cost": "0.000009"}]}, {"price_input": 1}),
        ({"input_tiers": [{"cost": "0.000003", "max": 200001}, {"cost": "9", "min": 200001}]}, {"price_input": 3}),
        ({"image": "0.04", "web_search": "10"}, {}),
    ],
)
def test_prices_of_an_entry(pricing: object, prices: dict[str, object]) -> None:
    """What varies by provider is no price, as "-1" of another router; images and searches are no tokens."""
    found = parse(models({"pricing": pricing}))
    limits = {"context_length": 1000, "max_output": 100}
    assert (of_list(found)["a/m0"], found.faults) == (prices | limits, ())


@pytest.mark.parametrize(
    ("first", "told"),
    [
        ({"pricing": {"input": "free"}}, ".pricing.input: got 'free', expected a price in USD per token as a decimal"),
        ({"pricing": {"output": "-0.5"}}, ".pricing.output: got '-0.5', expected a price from 0 to 1 USD per token"),
        ({"pricing": {"input_tiers": []}}, ".pricing.input_tiers: got [], expected at least one entry"),
        ({"pricing": {"input_tiers": [{}]}}, ".pricing.input_tiers[0]: got an empty object, expected the key 'cost'"),
        ({"pricing": {"varies_by_provider": "yes"}}, ".pricing.varies_by_provider: got 'yes', expected true or false"),
        ({"pricing": "cheap"}, ".pricing: got 'cheap', expected an object"),
        ({"context_window": "1M"}, ".context_window: got '1M', expected a whole number of tokens"),
        ({"id": "a b"}, ".id: got 'a b', expected an id of at most 200 characters, without spaces"),
        ({"id": None}, ".id: got None, expected a text"),
    ],
)
def test_a_wrong_field_is_told(first: dict[str, object], told: str) -> None:
    """By its path, with what was got and what was expected; the other models are read."""
    found = parse(models(first))
    (fault,) = found.faults
    assert fault.startswith(f"{KIND}: data[0]{told}")
    assert len(of_list(found).keys() - {"a/m0"}) == 39


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<html>", "it looks like HTML"),
        (SAMPLE[:-300], "expected JSON"),
        (b"[]", "the answer: got [], expected an object"),
        (b"{}", "expected the key 'data'"),
        (b'{"data": []}', "data: got [], expected at least one entry"),
        (models({}).replace(b"a/m7", b"a/m6"), "data[7].id: got 'a/m6', expected an id that stands once in the list"),
        (b'{"data": [5]}', "data: got 1 broken entries of 1, expected at most 5%"),
    ],
)
def test_a_broken_list_is_refused(body: bytes, told: str) -> None:
    """What is no list would make models vanish that are still there."""
    with pytest.raises(SourceError) as caught:
        parse(body)
    assert told in caught.value.message
