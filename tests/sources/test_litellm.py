from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer

from monitor.errors import SourceError
from monitor.model.quantity import date
from monitor.model.sample import Snapshot
from monitor.ports import Window
from monitor.sources.fetch import Fetch
from monitor.sources.litellm import KIND, Config, build, parse
from tests.shared import payload
from tests.sources.fakes import Clock
from tests.sources.lists import changes, of_list, of_snapshot, sources, written

PATH = "/BerriAI/litellm/main/model_prices_and_context_window.json"
BEFORE = "model_prices-2026-06-10-before-trimmed"
AFTER = "model_prices-2026-06-21-after-trimmed"
MIXED = "model_prices-2026-07-24-mixed-modes-trimmed"
SOUND = {"mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06, "max_input_tokens": 1000}


def recorded(name: str) -> bytes:
    return payload(f"litellm/{name}.json")


def table(first: Mapping[str, object]) -> bytes:
    """A table of forty models, the first one with these fields as well."""
    models = {f"m{number}": SOUND for number in range(40)}
    return written({"sample_spec": {"input_cost_per_token": 0}, **models, "m0": {**SOUND, **first}})


async def poll(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> Snapshot:
    return await build(Config(url=httpserver.url_for(PATH)), fetch).poll(Window(clock.at))


@pytest.mark.asyncio
async def test_the_recorded_pair_has_one_price_change(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """MiniMax-M3 halves on 2026-06-21 and four keys are new; nothing else moves by as much as a float's dust."""
    seen = []
    for name in (BEFORE, AFTER):
        httpserver.expect_oneshot_request(PATH).respond_with_data(recorded(name), content_type="text/plain")
        seen.append(await poll(httpserver, fetch, clock))
    before, after = map(of_snapshot, seen)
    assert changes(before, after) == {
        "minimax/MiniMax-M3": {
            "price_input": (0.6, 0.3),
            "price_output": (2.4, 1.2),
            "price_cache_read": (0.12, 0.06),
            "context_length": (512000, 1000000),
        }
    }
    assert after.keys() - before.keys() == {
        f"{front}deepseek-v4-{name}" for front in ("", "deepseek/") for name in ("flash", "pro")
    }
    assert before.keys() <= after.keys()
    assert [snapshot.entries for snapshot in seen] == [303, 307]
    assert sources(seen[0]) == {"litellm"}
    assert seen[0].citation == "Prices: LiteLLM (github.com/BerriAI/litellm), MIT licence"
    assert (seen[0].source, seen[0].complete, seen[0].faults) == (KIND, True, ())


@pytest.mark.asyncio
async def test_what_did_not_change_is_not_sent_again(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """304 is a look: every metric is sealed to the end of its hour, and believed for `stale_after`."""
    httpserver.expect_oneshot_request(PATH).respond_with_data(recorded(BEFORE), headers={"ETag": '"1"'})
    httpserver.expect_request(PATH, headers={"If-None-Match": '"1"'}).respond_with_data(b"", status=304)
    clock.at = datetime(2026, 6, 10, 3, 39, 12, tzinfo=UTC)
    fetch.accept((await poll(httpserver, fetch, clock)).digest)
    clock.at += timedelta(hours=3)
    again = await poll(httpserver, fetch, clock)
    assert (again.unchanged, again.samples, again.complete) == (True, (), False)
    assert {seal.through for seal in again.seals} == {datetime(2026, 6, 10, 7, tzinfo=UTC)}
    assert {seal.holds_until for seal in again.seals} == {clock.at + timedelta(hours=12)}
    assert {seal.metric for seal in again.seals} == {
        "price_input",
        "price_output",
        "price_cache_read",
        "price_cache_write",
        "context_length",
        "max_output",
        "modalities",
        "retires_at",
    }


def test_a_table_of_all_modes_has_only_prices_of_tokens() -> None:
    """No rules for routing, no example, no price where tiers, seconds or calls are charged, and not one zero."""
    found = parse(recorded(MIXED))
    shown, raw = of_list(found), json.loads(recorded(MIXED))
    assert (found.entries, found.faults) == (len(raw) - 2, ())
    assert not shown.keys() & {"sample_spec", "fallback_generalizations"}
    assert "price_input" not in shown["dashscope/qwen3-max"]  # tiers alone
    assert "price_input" not in shown["openrouter/openrouter/auto"]  # a router, at 0
    assert "price_output" not in shown["voyage/rerank-2-lite"]
    assert shown["voyage/rerank-2-lite"]["price_input"] == 0.02
    assert 0 not in [value for model in shown.values() for value in model.values()]
    assert date(float(shown["azure/gpt-4.1-2025-04-14"]["retires_at"])) == "2026-11-04"
    assert shown["azure/gpt-4.1-2025-04-14"]["modalities"] == "image in, text in, text out"
    assert sum("price_input" in model for model in shown.values()) == 342


@pytest.mark.parametrize(
    ("first", "metric", "value"),
    [
        ({"input_cost_per_token": 5e-07}, "price_input", 0.5),
        ({"input_cost_per_token": "5e-07"}, "price_input", 0.5),
        ({"input_cost_per_token": 0.0000006000000000000001}, "price_input", 0.6),
        ({"input_cost_per_token": 1}, "price_input", 1_000_000),
        ({"input_cost_per_token": None}, "price_input", None),
        ({"input_cost_per_token": 0}, "price_input", None),
        ({"output_cost_per_token": 0.0}, "price_output", None),
        ({"input_cost_per_token": 0, "output_cost_per_token": 0}, "price_output", None),
        ({"cache_read_input_token_cost": 0}, "price_cache_read", None),
        ({"cache_read_input_token_cost": 1e-7}, "price_cache_read", 0.1),
        ({"cache_creation_input_token_cost": 3e-6}, "price_cache_write", 3),
        ({"input_cost_per_token_above_200k_tokens": 9e-6}, "price_input", 1),
        ({"input_cost_per_token_batches": 5e-7}, "price_input", 1),
        ({"tiered_pricing": [{"input_cost_per_token": 9e-6}]}, "price_input", 1),
        ({"max_input_tokens": 128000.0}, "context_length", 128000),
        ({"max_input_tokens": 0}, "context_length", None),
        ({"max_output_tokens": 8192}, "max_output", 8192),
        ({"deprecation_date": "2026-09-30"}, "retires_at", 1790726400),
        ({"deprecation_date": None}, "retires_at", None),
        ({"supported_modalities": ["text"]}, "modalities", None),
        (
            {"supported_modalities": ["text"], "supported_output_modalities": ["text"]},
            "modalities",
            "text in, text out",
        ),
        ({"something_new": {"x": 1}}, "price_input", 1),
    ],
)
def test_an_entry(first: dict[str, object], metric: str, value: object) -> None:
    """Missing is not zero, a zero is not free, tiers and batches are other prices; what is new is let be."""
    found = parse(table(first))
    assert of_list(found)["m0"].get(metric) == value
    assert found.faults == ()


def test_zero_is_free_where_the_name_says_so() -> None:
    """`:free` of a router is the only word for it that this table has."""
    zero = {"input_cost_per_token": 0, "output_cost_per_token": 0.0}
    shown = of_list(parse(written({"openrouter/a/b:free": zero, "openrouter/a/b": zero})))
    assert shown == {"openrouter/a/b:free": {"price_input": 0, "price_output": 0}, "openrouter/a/b": {}}


def test_a_moving_alias_is_left_out() -> None:
    """Its price jumps when it comes to point to another model; it counts as an entry all the same."""
    found = parse(written({"mistral/mistral-large-latest": SOUND, "mistral/mistral-large-2512": SOUND}))
    assert (list(of_list(found)), found.entries) == (["mistral/mistral-large-2512"], 2)


@pytest.mark.parametrize(
    ("first", "told"),
    [
        ({"input_cost_per_token": "free"}, ".input_cost_per_token: got 'free', expected a price in USD per token"),
        ({"input_cost_per_token": -2}, ".input_cost_per_token: got -2, expected a price from 0 to 1 USD per token"),
        ({"output_cost_per_token": True}, ".output_cost_per_token: got True, expected a price in USD per token"),
        ({"output_cost_per_token": {}}, ".output_cost_per_token: got an empty object, expected a price"),
        ({"max_input_tokens": "128k"}, ".max_input_tokens: got '128k', expected a whole number of tokens"),
        ({"max_input_tokens": True}, ".max_input_tokens: got True, expected a whole number of tokens"),
        ({"max_output_tokens": -1}, ".max_output_tokens: got -1, expected a whole number of tokens"),
        ({"max_output_tokens": 0.5}, ".max_output_tokens: got 0.5, expected a whole number of tokens"),
        ({"deprecation_date": "soon"}, ".deprecation_date: got 'soon', expected a day such as 2026-09-30"),
        ({"deprecation_date": "2026-02-30"}, ".deprecation_date: got '2026-02-30', expected a day"),
        (
            {"supported_modalities": "text", "supported_output_modalities": ["text"]},
            ".supported_modalities: got 'text', expected a list",
        ),
        (
            {"supported_modalities": ["te xt"], "supported_output_modalities": ["text"]},
            ".supported_modalities: got ['te xt'], expected a list of words such as text, image",
        ),
    ],
)
def test_a_wrong_field_is_unknown_and_told_and_nothing_else_is(first: dict[str, object], told: str) -> None:
    """That field of that model only."""
    found = parse(table(first))
    shown = of_list(found)
    assert len(shown) == 40
    assert len(shown["m0"]) == len(shown["m1"]) - (next(iter(first)) in SOUND)
    (fault,) = found.faults
    assert fault.startswith(f"{KIND}: ['m0']{told}")


def test_more_than_one_broken_model_in_twenty_refuses_the_table() -> None:
    """A type that changed everywhere is another contract, not forty models without a price."""
    broken = {**SOUND, "max_input_tokens": "128k"}
    models = {f"m{number}": SOUND for number in range(40)}
    assert len(parse(written({**models, "m0": broken, "m1": 5})).faults) == 2
    with pytest.raises(SourceError, match="the answer: got 3 broken entries of 40, expected at most 5%") as caught:
        parse(written({**models, "m0": broken, "m1": broken, "m2": []}))
    assert "['m0'].max_input_tokens: got '128k'" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<html>", "it looks like HTML"),
        (recorded(BEFORE)[:-300], "expected JSON"),
        (b"[]", "the answer: got [], expected an object"),
        (b"{}", "the answer: got an empty object, expected at least one entry"),
        (b'{"sample_spec": {}}', "expected at least one entry"),
        (b'{"m": {"input_cost_per_token": NaN}}', "NaN is no JSON"),
        (b'{"a b": {}}', "the answer: got 1 broken entries of 1"),
    ],
)
def test_a_broken_table_is_refused(body: bytes, told: str) -> None:
    """What is no table would make models vanish that are still there."""
    with pytest.raises(SourceError) as caught:
        parse(body)
    assert caught.value.message.startswith(f"{KIND}: ")
    assert told in caught.value.message
