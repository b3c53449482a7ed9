from __future__ import annotations

from collections.abc import Mapping

import pytest
from pytest_httpserver import HTTPServer

from monitor.errors import SourceError
from monitor.model.sample import Snapshot
from monitor.ports import Window
from monitor.sources.fetch import Fetch
from monitor.sources.portkey import Config, build, parse
from tests.shared import payload
from tests.sources.fakes import Clock
from tests.sources.lists import of_list, of_snapshot, sources, written

FOLDER = "/pricing"
PROVIDERS = ("deepseek", "z-ai", "dashscope")
ZERO = {"price": 0}
TEMPLATE = {"pricing_config": {"pay_as_you_go": {"request_token": ZERO, "response_token": ZERO}, "currency": "USD"}}


def recorded(provider: str) -> bytes:
    return payload(f"portkey/pricing-{provider}-2026-08-21.json")


def file(charged: object, **config: object) -> bytes:
    """Forty models of one file, the first one charged so."""
    sound = {"request_token": {"price": 0.0001}, "response_token": {"price": 0.0002}}
    models = {f"m{number}": {"pricing_config": {"pay_as_you_go": sound}} for number in range(40)}
    return written({"default": TEMPLATE, **models, "m0": {"pricing_config": {"pay_as_you_go": charged, **config}}})


async def poll(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> Snapshot:
    config = Config(url=httpserver.url_for(FOLDER), providers=PROVIDERS)
    return await build(config, fetch).poll(Window(clock.at))


@pytest.mark.asyncio
async def test_the_recorded_files_are_one_snapshot(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """A request for each provider; cents per token become USD per million; the template `default` is no model."""
    for provider in PROVIDERS:
        httpserver.expect_oneshot_request(f"{FOLDER}/{provider}.json").respond_with_data(recorded(provider))
    snapshot = await poll(httpserver, fetch, clock)
    shown = of_snapshot(snapshot)
    assert shown["deepseek/deepseek-chat"] == {"price_input": 0.14, "price_output": 0.28, "price_cache_read": 0.0028}
    assert shown["z-ai/glm-5.2"] == {"price_input": 1.4, "price_output": 4.4, "price_cache_read": 0.26}
    assert {model for model, prices in shown.items() if prices["price_input"] == 0} == {
        "z-ai/glm-4.5-flash",
        "z-ai/glm-4.6v-flash",
        "z-ai/glm-4.7-flash",
    }
    assert not [model for model in shown if model.endswith(("/default", "-latest"))]
    assert (snapshot.entries, len(shown), snapshot.faults, snapshot.complete) == (4 + 18 + 141, 147, (), True)
    assert sources(snapshot) == {"portkey"}
    assert snapshot.citation == "Prices: Portkey (github.com/Portkey-AI/models), MIT licence"
    assert snapshot.body.count(b"pay_as_you_go") == 5 + 19 + 142


@pytest.mark.asyncio
async def test_one_file_that_fails_fails_the_poll(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """Else its models would seem to be gone; the address says which."""
    httpserver.expect_request(f"{FOLDER}/deepseek.json").respond_with_data(recorded("deepseek"))
    httpserver.expect_request(f"{FOLDER}/z-ai.json").respond_with_data(b"", status=404)
    with pytest.raises(SourceError, match=r"/pricing/z-ai\.json: got HTTP 404"):
        await poll(httpserver, fetch, clock)


@pytest.mark.parametrize(
    ("charged", "prices"),
    [
        ({"request_token": {"price": 1.4e-05}, "response_token": {"price": 2.8e-05}}, (0.14, 0.28)),
        ({"request_token": ZERO, "response_token": ZERO}, (0, 0)),
        ({"request_token": ZERO, "response_token": ZERO, "additional_units": {"image": {"price": 4}}}, (None, None)),
        ({"request_token": ZERO, "response_token": ZERO, "additional_units": {"image": ZERO}}, (0, 0)),
        ({"request_token": ZERO, "response_token": ZERO, "request_audio_token": {"price": 1}}, (None, None)),
        ({"request_token": ZERO, "response_token": {"price": 0.001}}, (None, 10)),
        ({"request_token": {"price": 0.001}}, (10, None)),
        ({"request_token": {"price": None}, "response_token": None}, (None, None)),
        ({}, (None, None)),
        (None, (None, None)),
    ],
)
def test_what_is_charged(charged: object, prices: tuple[float | None, float | None]) -> None:
    """Absent is not zero; zero is free where both are zero and no image, second or search costs anything."""
    found = parse(file(charged), "x")
    shown = of_list(found)["x/m0"]
    assert ((shown.get("price_input"), shown.get("price_output")), found.faults) == (prices, ())


@pytest.mark.parametrize(
    ("charged", "config", "told"),
    [
        ({"request_token": {"price": "1c"}}, {}, "pay_as_you_go.request_token.price: got '1c', expected a price in US"),
        (
            {"request_token": {"price": 101}},
            {},
            "request_token.price: got 101, expected a price from 0 to 100 US cents",
        ),
        ({"request_token": {}}, {}, "request_token: got an empty object, expected the key 'price'"),
        ({"request_token": 5}, {}, "pay_as_you_go.request_token: got 5, expected an object"),
        ([], {}, "pay_as_you_go: got [], expected an object"),
        ({}, {"currency": "CNY"}, "currency: got 'CNY', expected USD"),
    ],
)
def test_a_wrong_field_is_told(charged: object, config: Mapping[str, object], told: str) -> None:
    """With its provider and path; the other models are read."""
    found = parse(file(charged, **config), "x")
    (fault,) = found.faults
    assert fault.startswith("portkey: x: ['m0'].pricing_config")
    assert told in fault
    assert len(of_list(found).keys() - {"x/m0"}) == 39


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<html>", "portkey: x: the answer: got 6 bytes beginning '<html>', expected JSON (it looks like HTML)"),
        (b"[]", "portkey: x: the answer: got [], expected an object"),
        (b"{}", "portkey: x: the answer: got an empty object, expected at least one entry"),
        (written({"m": {}, "n": TEMPLATE}), "portkey: x: the answer: got 1 broken entries of 2"),
    ],
)
def test_a_broken_file_is_refused(body: bytes, told: str) -> None:
    """What is no file of prices would make models vanish that are still there."""
    with pytest.raises(SourceError) as caught:
        parse(body, "x")
    assert caught.value.message.startswith(told)
