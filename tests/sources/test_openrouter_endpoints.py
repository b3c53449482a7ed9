from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from pydantic import ValidationError
from pytest_httpserver import HTTPServer

from monitor.errors import SourceError
from monitor.model.labels import Labels
from monitor.model.sample import Snapshot
from monitor.ports import Window
from monitor.sources.believed import NOTHING
from monitor.sources.fetch import Fetch
from monitor.sources.guard import suspicion
from monitor.sources.openrouter_endpoints import KIND, Config, Endpoint, build, list_prices, own_endpoint, parse
from monitor.truth.step import independent
from tests.shared import SHARED, payload
from tests.sources.fakes import Clock

PATH = "/api/v1/models"
GPT_4O = payload("openrouter-endpoints/openai-gpt-4o.json")
NOT_FOUND = payload("openrouter-errors/error-404.json")
MODEL = "a/b"


def endpoint(tag: str, prompt: str = "0.000001", completion: str = "0.000002", **changed: object) -> dict[str, object]:
    pricing = {"prompt": prompt, "completion": completion, "discount": changed.pop("discount", 0)}
    return {"tag": tag, "pricing": pricing, "status": 0, "uptime_last_1d": 99.5, **changed}


def answer(*endpoints: object, model: str = MODEL) -> bytes:
    return json.dumps({"data": {"id": model, "endpoints": endpoints}}).encode()


async def poll(httpserver: HTTPServer, fetch: Fetch, clock: Clock, *models: str) -> Snapshot:
    source = build(Config(url=httpserver.url_for(PATH), models=models), fetch)
    return await source.poll(Window(clock.at))


def serve(httpserver: HTTPServer, body: bytes, model: str = MODEL, status: int = 200) -> None:
    httpserver.expect_request(f"{PATH}/{model}/endpoints").respond_with_data(body, status=status)


def shown(snapshot: Snapshot) -> dict[tuple[str, Labels], float | None]:
    return {(sample.series.metric, sample.series.labels): sample.value for sample in snapshot.samples}


@pytest.mark.asyncio
async def test_the_recorded_answer(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """Azure's endpoint has the status -2: no offer, but its uptime is told. OpenAI's is the author's own."""
    serve(httpserver, GPT_4O, "openai/gpt-4o")
    snapshot = await poll(httpserver, fetch, clock, "openai/gpt-4o")
    host = {"source": "openrouter/endpoints", "model": "openai/gpt-4o"}
    openai, azure = Labels.of(host, host="openai"), Labels.of(host, host="azure")
    author = Labels.of(source="openrouter/author", model="openai/gpt-4o")
    assert shown(snapshot) == {
        ("price_input", openai): 2.5,
        ("price_output", openai): 10.0,
        ("price_cache_read", openai): 1.25,
        ("discount", openai): 0.0,
        ("uptime", openai): 0.9990331057473855,
        ("uptime", azure): 0.9933187349142759,
        ("price_input", author): 2.5,
        ("price_output", author): 10.0,
        ("price_cache_read", author): 1.25,
    }
    assert (snapshot.source, snapshot.entries, snapshot.complete, snapshot.faults) == (KIND, 2, True, ())
    assert snapshot.citation == "Prices by host: OpenRouter (openrouter.ai/models)"
    assert {(seal.source, seal.metric) for seal in snapshot.seals} == {
        *(("openrouter/endpoints", metric) for metric in (*PRICES, "discount", "uptime")),
        *(("openrouter/author", metric) for metric in PRICES),
    }


PRICES = ("price_input", "price_output", "price_cache_read", "price_cache_write")


@pytest.mark.asyncio
async def test_a_model_that_is_not_there_does_not_lose_the_others(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock
) -> None:
    """404, and an answer that breaks the contract: told as faults with the model, wherever in the list they stand."""
    serve(httpserver, NOT_FOUND, "a/gone", 404)
    serve(httpserver, answer(endpoint("x")))
    serve(httpserver, b"<html>", "a/html")
    snapshot = await poll(httpserver, fetch, clock, "a/gone", MODEL, "a/html")
    assert {labels.get("model") for _, labels in shown(snapshot)} == {MODEL}
    gone, html = snapshot.faults
    assert gone.endswith("/api/v1/models/a/gone/endpoints: got HTTP 404, expected 200")
    assert "it looks like HTML" in html
    assert html.endswith("(a/html)")


@pytest.mark.asyncio
async def test_a_server_in_trouble_fails_the_poll(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """What is left out is gone, so nothing may be left out for a moment's trouble."""
    serve(httpserver, answer(endpoint("x")))
    serve(httpserver, b"", "a/busy", 503)
    with pytest.raises(SourceError, match="got HTTP 503"):
        await poll(httpserver, fetch, clock, MODEL, "a/busy")


@pytest.mark.asyncio
async def test_where_no_model_has_an_endpoint_the_poll_failed(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock
) -> None:
    """An address that moved, or answers without any endpoint, must not end every series."""
    serve(httpserver, NOT_FOUND, "a/gone", 404)
    serve(httpserver, answer(model="a/idle"), "a/idle")
    with pytest.raises(SourceError, match="got no endpoint of any model, expected at least one"):
        await poll(httpserver, fetch, clock, "a/idle")
    with pytest.raises(SourceError, match="got HTTP 404"):
        await poll(httpserver, fetch, clock, "a/gone", "a/idle")


@pytest.mark.asyncio
async def test_a_model_that_nobody_serves_has_no_prices(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """An empty list of endpoints is an answer. That there are fewer than before is no reason for doubt."""
    serve(httpserver, answer(endpoint("x")))
    serve(httpserver, answer(model="a/idle"), "a/idle")
    snapshot = await poll(httpserver, fetch, clock, "a/idle", MODEL)
    assert ({labels.get("model") for _, labels in shown(snapshot)}, snapshot.faults) == ({MODEL}, ())
    assert not snapshot.guarded
    assert suspicion(snapshot, replace(NOTHING, entries=100)) is None


@pytest.mark.asyncio
async def test_prices_are_after_the_discount_and_the_list_price_before(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock
) -> None:
    """Case: Qwen at its author's own endpoint, 35 % off: 0.26 and 0.78 are charged, 0.40 and 1.20 are asked."""
    serve(httpserver, answer(endpoint("alibaba", "0.00000026", "0.00000078", discount=0.35), model="qwen/q"), "qwen/q")
    found = shown(await poll(httpserver, fetch, clock, "qwen/q"))
    host = Labels.of(source="openrouter/endpoints", model="qwen/q", host="alibaba")
    author = Labels.of(source="openrouter/author", model="qwen/q")
    assert [found[metric, host] for metric in ("price_input", "price_output", "discount")] == [0.26, 0.78, 0.35]
    assert [found[metric, author] for metric in ("price_input", "price_output")] == [0.4, 1.2]


@pytest.mark.parametrize(
    ("model", "tags", "own"),
    [
        ("openai/gpt", ("azure", "openai/priority", "openai"), "openai"),
        ("openai/gpt", ("openai/priority", "openai/default"), "openai/default"),
        ("openai/gpt", ("openai/flex", "azure"), None),
        ("z-ai/glm", ("deepinfra/fp4", "z-ai/fp8"), "z-ai/fp8"),
        ("x-ai/grok", ("xai/zdr", "xai"), "xai"),
        ("minimax/m2", ("minimax/highspeed", "minimax/fp8"), "minimax/fp8"),
        ("qwen/qwen3", ("alibaba/fp8", "alibaba", "alibaba/opensource"), "alibaba"),
        ("mistralai/large", ("mistral", "venice"), "mistral"),
        ("google/gemini", ("google-vertex", "google-ai-studio"), "google-ai-studio"),
        ("moonshotai/k3", ("moonshotai/mxfp4", "moonshotai/int4"), "moonshotai/int4"),
        ("anthropic/opus", ("anthropic/2", "anthropic/claude-on-aws", "amazon-bedrock"), None),
        ("meta-llama/llama-4", ("together", "metal"), None),
        ("nobody/x", ("nobodyelse",), None),
    ],
)
def test_the_authors_own_endpoint(model: str, tags: tuple[str, ...], own: str | None) -> None:
    """By the name alone, its usual tier and region; the order of the answer does not matter."""
    offers = [Endpoint(tag, {"price_input": Decimal(1)}, None, None) for tag in tags]
    for order in (offers, offers[::-1]):
        found = own_endpoint(model, order)
        assert (found and found.host) == own


def test_a_discount_of_everything_says_nothing_of_the_list_price() -> None:
    """A week for free is no list price of zero."""
    assert list_prices(Endpoint("x", {"price_input": Decimal(0)}, Decimal(1), None)) == {}


def test_the_authors_word_is_independent_of_the_routers() -> None:
    """So it can confirm a price; what other hosts charge can not."""
    author, hosts = "openrouter/author", "openrouter/endpoints"
    assert independent("openrouter", author)
    assert not independent("openrouter", hosts)


def test_an_own_endpoint_out_of_service_asks_no_price() -> None:
    """The next best of the author's is looked for, and where there is none nothing is said."""
    offers = parse(answer(endpoint("openai", status=-2), endpoint("azure"), model="openai/gpt"))
    assert own_endpoint(offers.model, offers.endpoints) is None


def test_of_two_endpoints_of_one_host_the_cheaper_counts() -> None:
    """Whatever the order; one without a price never counts before one that has it."""
    offers = (endpoint("x", "0.000003"), endpoint("x", "0.000001"), endpoint("x", "0.0000001", status=-3))
    for order in (offers, offers[::-1]):
        (found,) = parse(answer(*order)).endpoints
        assert found.prices == {"price_input": 1, "price_output": 2}


@pytest.mark.parametrize(
    ("broken", "told", "kept"),
    [
        (endpoint("x", "-2"), "data.endpoints[0].pricing.prompt: got '-2', expected a price from 0 to 1", 1),
        (endpoint("x", uptime_last_1d=101), "uptime_last_1d: got 101, expected a share as a number from 0 to 100", 1),
        (endpoint("x", discount=35), "pricing.discount: got 35, expected a share as a number from 0 to 1", 0),
        (endpoint("x", pricing=None), "data.endpoints[0].pricing: got None, expected an object", 0),
        ({"tag": "x"}, "expected the key 'pricing'", 0),
        ({**endpoint("x"), "tag": "a b"}, "tag: got 'a b', expected an id of at most 200 characters", 0),
        ("x", "data.endpoints[0]: got 'x', expected an object", 0),
    ],
)
def test_a_broken_endpoint_is_told_and_leaves_the_others_alone(broken: object, told: str, kept: int) -> None:
    """A field that can not be read is unknown; an endpoint that can not be named or has no prices is left out."""
    offers = parse(answer(broken, endpoint("y")))
    assert [each.host for each in offers.endpoints].count("x") == kept
    assert "y" in {each.host for each in offers.endpoints}
    (fault,) = offers.faults
    assert told in fault
    assert fault.endswith(f"({MODEL})")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (NOT_FOUND, "expected the key 'data'"),
        (b'{"data": []}', "data: got [], expected an object"),
        (b'{"data": {"id": "a/b"}}', "expected the key 'endpoints'"),
        (b'{"data": {"id": "a/b", "endpoints": {}}}', "data.endpoints: got an empty object, expected a list"),
    ],
)
def test_what_is_no_list_of_endpoints_is_refused(body: bytes, told: str) -> None:
    """With the field, what was got and what was expected."""
    with pytest.raises(SourceError) as caught:
        parse(body)
    assert told in caught.value.message


@pytest.mark.parametrize(
    "models", ["", "gpt-4o", "~openai/gpt-latest", "a/b?x=1", "../models", "a/b/c", ",".join(["a/b"] * 51)]
)
def test_only_names_of_models_are_asked_for(models: str) -> None:
    """No alias that moves, nothing that leads to another address, and not hundreds of requests."""
    with pytest.raises(ValidationError):
        Config.model_validate({"models": models})


def test_models_may_come_from_the_environment() -> None:
    """With commas between them."""
    assert Config.model_validate({"models": "a/b, c/d:free"}).models == ("a/b", "c/d:free")


def recorded_offers() -> Iterator[tuple[str, Endpoint]]:
    """Every state of an endpoint in the five-minute record, with its model."""
    with gzip.open(SHARED / "data" / "prices" / "openrouter_endpoints_5min.csv.gz", "rt", encoding="utf-8") as lines:
        fields: dict[str, dict[str, Decimal]] = {}
        for row in csv.DictReader(lines):
            known = fields.setdefault(row["endpoint_id"] + row["model"], {})
            known[row["field"]] = Decimal(row["value"] or 0)
            if row["field"] == "output":
                prices = {"price_output": known["output"]}
                yield row["model"], Endpoint(row["provider"], prices, known.get("discount"), None)


def test_recorded_list_prices_of_authors_are_round() -> None:
    """What authors ask before their discount has at most four digits, but for one of 87: it is their list price."""
    asked = [
        list_prices(offer)["price_output"]
        for model, offer in recorded_offers()
        if offer.discount and own_endpoint(model, [offer])
    ]
    odd = [price for price in asked if len(price.as_tuple().digits) > 4]
    assert (len(asked), odd) == (87, [Decimal("1.4625")])
