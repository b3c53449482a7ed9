from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from pytest_httpserver import HTTPServer

from monitor.errors import SourceError
from monitor.model.labels import Labels
from monitor.model.sample import Snapshot
from monitor.ports import Window
from monitor.sources.artificial_analysis import KIND, METRICS, Config, build, parse
from monitor.sources.fetch import Fetch
from tests.secrecy import assert_hidden, chained
from tests.shared import payload
from tests.sources.fakes import Clock, Memory

PATH = "/api/v2/language/models/free"
KEY = "aa_topsecret"
SHAPE = json.loads(payload("artificial-analysis/language-models-free-shape.json"))


def entry(slug: str, creator: str = "OpenAI", **prices: object) -> dict[str, Any]:
    """A model as the recorded shape has it."""
    shape = SHAPE["data"][0]
    named = {"id": f"id of {creator} {slug}", "slug": slug, "model_creator": {"id": "x", "name": creator}}
    return {**shape, **named, "pricing": {**shape["pricing"], **prices}}


def page(entries: Sequence[dict[str, Any]], number: int = 1, *, more: object = False) -> bytes:
    pagination = {**SHAPE["pagination"], "page": number, "has_more": more}
    return json.dumps({**SHAPE, "pagination": pagination, "data": entries}).encode()


def config(server: HTTPServer | None = None, **settings: object) -> Config:
    url = {} if server is None else {"url": server.url_for(PATH)}
    return Config.model_validate({"key": KEY, **url, **settings})


async def poll(server: HTTPServer, fetch: Fetch, clock: Clock) -> Snapshot:
    return await build(config(server), fetch).poll(Window(clock.at))


def serve(server: HTTPServer, pages: Sequence[bytes]) -> None:
    for number, body in enumerate(pages, start=1):
        asked = server.expect_request(PATH, query_string={"page": str(number)}, headers={"x-api-key": KEY})
        asked.respond_with_data(body)


def test_the_noted_shape() -> None:
    """One model whose names were blanked: four prices in USD per million tokens, and more pages to come."""
    found = parse(json.dumps(SHAPE).encode())
    (model,) = found.listed.models
    assert model.shown == {
        "price_input": Decimal("0.06"),
        "price_output": Decimal("0.2"),
        "price_cache_read": Decimal("0.015"),
        "price_cache_write": Decimal("0.075"),
    }
    assert (model.name, found.last) == ("openai/...", False)


@pytest.mark.asyncio
async def test_all_pages_become_one_list(httpserver: HTTPServer, fetch: Fetch, clock: Clock, memory: Memory) -> None:
    """Who makes it in front of the name; scores and speeds are not read."""
    first = [entry("gpt-oss-20b"), entry("kimi-k3", "Moonshot AI", price_1m_cache_write_tokens=None)]
    second = [entry("glm-5.2", "Z.ai", price_1m_input_tokens=0.6)]
    serve(httpserver, [page(first, more=True), page(second, 2)])
    snapshot = await poll(httpserver, fetch, clock)
    prices = {
        sample.series.labels: sample.value for sample in snapshot.samples if sample.series.metric == "price_input"
    }
    assert prices == {
        Labels.of(source="artificial-analysis", model="openai/gpt-oss-20b"): 0.06,
        Labels.of(source="artificial-analysis", model="moonshot-ai/kimi-k3"): 0.06,
        Labels.of(source="artificial-analysis", model="z.ai/glm-5.2"): 0.6,
    }
    assert {sample.series.metric for sample in snapshot.samples} == set(METRICS)
    assert len(snapshot.samples) == 3 * 4 - 1
    assert {seal.holds_until for seal in snapshot.seals} == {clock.at + timedelta(hours=48)}
    assert (snapshot.source, snapshot.entries, snapshot.complete, snapshot.faults) == (KIND, 3, True, ())
    assert snapshot.citation == "Prices: Artificial Analysis (https://artificialanalysis.ai)"
    assert len(memory.spent["artificial-analysis"]) == 2


@pytest.mark.asyncio
async def test_a_model_on_two_pages_refuses_them(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """The list moved while it was read: another one has slipped between the pages."""
    serve(httpserver, [page([entry("a"), entry("b")], more=True), page([entry("b")], 2)])
    with pytest.raises(SourceError, match="data: got openai/b 2 times, expected each model once in all pages"):
        await poll(httpserver, fetch, clock)


@pytest.mark.parametrize(
    ("prices", "shown"),
    [
        ({"price_1m_input_tokens": 0, "price_1m_output_tokens": 0}, ["price_cache_read", "price_cache_write"]),
        ({"price_1m_input_tokens": None}, ["price_output", "price_cache_read", "price_cache_write"]),
        ({"price_1m_input_tokens": -1}, ["price_output", "price_cache_read", "price_cache_write"]),
    ],
)
def test_no_price_is_no_zero(prices: dict[str, Any], shown: list[str]) -> None:
    """Null, and a zero, say that none was found."""
    (model,) = parse(page([entry("a", **prices)])).listed.models
    assert list(model.shown) == shown


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<html>", "the answer: got 6 bytes beginning '<html>', expected JSON (it looks like HTML)"),
        (b"{}", "the answer: got an empty object, expected the key 'pagination'"),
        (page([entry("a")], 2), "pagination.page: got 2, expected 1, as asked for"),
        (page([entry("a")], more="no"), "pagination.has_more: got 'no', expected true or false"),
        (page([]), "data: got [], expected at least one entry"),
        (page([entry("a"), entry("a")]), "data[1].id: got 'id of OpenAI a', expected an id that stands once in the"),
        (page([{**entry("a"), "pricing": None}]), "got 1 broken entries of 1, expected at most 5%"),
    ],
)
def test_a_broken_page_is_refused(body: bytes, says: str) -> None:
    """Field, what was got, what was expected."""
    with pytest.raises(SourceError) as caught:
        parse(body)
    assert caught.value.message.startswith(f"{KIND}: ")
    assert says in caught.value.message


def test_a_list_without_end_is_refused() -> None:
    """Twenty pages hold 4,000 models: more is a fault, not a market."""
    with pytest.raises(
        SourceError, match=r"pagination\.has_more: got True, expected the end of the list within 20 pages"
    ):
        parse(page([entry("a")], 20, more=True), 20)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"pricing": []}, "data[0].pricing: got [], expected an object"),
        ({"slug": "a b"}, "data[0].slug: got 'a b', expected an id of at most 200 characters, without spaces"),
        ({"model_creator": {"name": "!"}}, "data[0].model_creator.name: got '!', expected the name of who makes"),
        ({"model_creator": None}, "data[0].model_creator: got None, expected an object"),
        ({"pricing": {"price_1m_input_tokens": "dear"}}, "got 'dear', expected a price in USD per million tokens"),
        ({"pricing": {"price_1m_input_tokens": -5}}, "got -5, expected a price from 0 to 1,000,000 USD per million"),
    ],
)
def test_a_broken_model_is_told_and_leaves_the_others_alone(changed: dict[str, Any], says: str) -> None:
    """One of forty is a broken entry, not a broken list."""
    found = parse(page([{**entry("a"), **changed}, *(entry(f"m{number}") for number in range(39))]))
    assert (len(found.listed.faults), found.listed.entries) == (1, 40)
    assert says in found.listed.faults[0]


@pytest.mark.asyncio
async def test_the_key_stands_in_no_text(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in the settings' repr, the source's repr, an error or a log."""
    caplog.set_level(logging.DEBUG)
    httpserver.expect_request(PATH).respond_with_data(b"{}", status=401)
    source = build(config(httpserver), fetch)
    with pytest.raises(SourceError, match="got HTTP 401") as caught:
        await source.poll(Window(clock.at))
    assert_hidden([KEY], texts=[repr(config(httpserver)), repr(source), *chained(caught.value), caplog.text])


@pytest.mark.parametrize("wrong", [{"key": ""}, {"pages": 3}, {"url": "ftp://example.org"}, {"stale_after": 0}])
def test_wrong_settings_are_refused_and_the_key_is_not_shown(wrong: dict[str, Any]) -> None:
    """Unknown names and impossible values are errors at start."""
    with pytest.raises(ValidationError) as caught:
        Config.model_validate({"key": KEY, **wrong})
    assert KEY not in str(caught.value)
