from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from pytest_httpserver import HTTPServer

from monitor.errors import SourceError
from monitor.model.quantity import date
from monitor.ports import Window
from monitor.sources.fetch import Fetch
from monitor.sources.llm_prices import KIND, Config, build, parse
from tests.shared import payload
from tests.sources.fakes import Clock
from tests.sources.lists import Shown, of_list, of_snapshot, sources, written

PATH = "/historical-v1.json"
CURRENT = payload("llm-prices/current-v1-2025-12-17.json")
VENDORS = ("anthropic", "deepseek", "openai", "xai")
AT = datetime(2026, 8, 5, 12, tzinfo=UTC)


def recorded() -> bytes:
    """The files of four vendors, put together as the project's own build does."""
    vendors = [json.loads(payload(f"llm-prices/data-{name}-2026-08-05.json")) for name in VENDORS]
    rows = [
        {"id": model["id"], "vendor": vendor["vendor"], "name": model["name"], **price}
        for vendor in vendors
        for model in vendor["models"]
        for price in model["price_history"]
    ]
    return written({"prices": rows})


def row(price: object, since: object = None, until: object = None) -> dict[str, object]:
    return {"id": "m0", "input": price, "output": 9, "input_cached": None, "from_date": since, "to_date": until}


def listing(*rows: object) -> bytes:
    """These rows, and forty of other models."""
    return written({"prices": [*rows, *({"id": f"m{number}", "input": 1, "output": 2} for number in range(1, 41))]})


def first(*rows: object) -> Shown:
    """What is shown of the model of these rows, of which nothing may be wrong."""
    found = parse(listing(*rows), AT)
    assert found.faults == ()
    return of_list(found)["m0"]


@pytest.mark.asyncio
async def test_the_recorded_list(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """The price in force by the clock, not the one whose end is open: Sonnet 5 is still at 2 / 10, and 3 / 15 comes."""
    httpserver.expect_request(PATH).respond_with_data(recorded(), headers={"ETag": '"1"'})
    source = build(Config(url=httpserver.url_for(PATH)), fetch)
    clock.at = AT
    snapshot = await source.poll(Window(clock.at))
    fetch.accept(snapshot.digest)
    clock.at = datetime(2026, 9, 1, tzinfo=UTC)
    before, after = of_snapshot(snapshot), of_snapshot(await source.poll(Window(clock.at)))
    sonnet = "claude-sonnet-5"
    assert date(float(before[sonnet].pop("price_changes_at"))) == "2026-09-01"
    assert before[sonnet] == {
        "price_input": 2,
        "price_output": 10,
        "announced_input": 3,
        "announced_output": 15,
    }
    assert after[sonnet] == {"price_input": 3, "price_output": 15}
    assert before["gpt-5.6-luna"] == {"price_input": 0.2, "price_output": 1.2, "price_cache_read": 0.02}
    assert before["deepseek-chat"] == {"price_input": 0.27, "price_output": 1.1}
    names = {entry["id"] for entry in json.loads(recorded())["prices"]}
    assert names - before.keys() == {"chatgpt-4o-latest"}  # it moves
    assert sources(snapshot) == {"llm-prices"}
    assert snapshot.citation == "Prices: Simon Willison's llm-prices.com"
    assert (snapshot.source, snapshot.complete, snapshot.faults, snapshot.entries) == (KIND, True, (), 95)


def test_the_recorded_list_of_current_prices_reads_too() -> None:
    """`url` may name it: rows without dates hold always, the same price twice is one. Nine names move (`-latest`)."""
    found = parse(CURRENT, AT)
    shown = of_list(found)
    assert (len(shown), found.entries, found.faults) == (83, 93, ())
    assert shown["amazon-nova-micro"] == {"price_input": 0.035, "price_output": 0.14}
    assert shown["grok-4-fast"] == {"price_input": 0.2, "price_output": 0.5, "price_cache_read": 0.05}


@pytest.mark.parametrize(
    ("rows", "price", "announced"),
    [
        ([row(1)], 1, None),
        ([row(1, "2026-08-05")], 1, None),
        ([row(1, "2026-08-06")], None, ("2026-08-06", 1)),
        ([row(1, None, "2026-08-05")], None, None),
        ([row(1, None, "2026-08-06")], 1, ("2026-08-06", None)),
        ([row(1, None, "2026-08-05"), row(2, "2026-08-05")], 2, None),
        ([row(2, "2026-08-05"), row(1, None, "2026-08-05")], 2, None),
        ([row(1, None, "2026-09-01"), row(2, "2026-09-01", "2026-10-01"), row(3, "2026-10-01")], 1, ("2026-09-01", 2)),
        ([row(1, None, "2026-09-01"), row(1, "2026-09-01")], 1, None),
        ([row(0)], None, None),
        ([row(None)], None, None),
    ],
)
def test_prices_by_date(rows: list[object], price: float | None, announced: tuple[str, float | None] | None) -> None:
    """From a day on, to before another; what comes next is announced, also that a price ends."""
    shown = first(*rows)
    at = shown.get("price_changes_at")
    assert shown.get("price_input") == price
    assert (None if at is None else (date(float(at)), shown.get("announced_input"))) == announced


def test_two_prices_at_the_same_time_are_none() -> None:
    """Nobody knows which is meant; the others of the list are believed."""
    found = parse(listing(row(1), row(2, "2026-08-01")), AT)
    (fault,) = found.faults
    assert fault.startswith("llm_prices: prices[1]: got an object")
    assert fault.endswith("expected one price at a time for 'm0'")
    assert of_list(found).keys() == {f"m{number}" for number in range(1, 41)}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (row("cheap"), "prices[0].input: got 'cheap', expected a price in USD per million tokens as a decimal number"),
        (row(-3), "prices[0].input: got -3, expected a price from 0 to 1,000,000 USD per million tokens"),
        (row(1, "soon"), "prices[0].from_date: got 'soon', expected a day such as 2026-09-30"),
        (row(1, None, 5), "prices[0].to_date: got 5, expected a day such as 2026-09-30"),
        ({"input": 1}, "prices[0]: got an object with the keys ['input'], expected the key 'id'"),
        ("m0", "prices[0]: got 'm0', expected an object"),
    ],
)
def test_a_wrong_row_is_told(wrong: object, told: str) -> None:
    """By its path, with what was got and what was expected; the other models are read."""
    found = parse(listing(wrong), AT)
    (fault,) = found.faults
    assert fault.startswith(f"{KIND}: {told}")
    assert len(of_list(found).keys() - {"m0"}) == 40


def test_a_row_that_is_wrong_announces_nothing_of_its_own() -> None:
    """What it would have begun is known to be a change; what it costs is not."""
    found = parse(listing(row(1, None, "2026-09-01"), row("cheap", "2026-09-01")), AT)
    shown = of_list(found)["m0"]
    assert date(float(shown["price_changes_at"])) == "2026-09-01"
    assert (shown["price_input"], shown.keys() & {"announced_input", "announced_output"}) == (1, set())


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<html>", "it looks like HTML"),
        (CURRENT[:-30], "expected JSON"),
        (b"[]", "the answer: got [], expected an object"),
        (b"{}", "expected the key 'prices'"),
        (b'{"prices": []}', "prices: got [], expected at least one entry"),
        (b'{"prices": {}}', "prices: got an empty object, expected a list"),
        (b'{"prices": [5]}', "prices: got 1 broken entries of 1, expected at most 5%"),
    ],
)
def test_a_broken_list_is_refused(body: bytes, told: str) -> None:
    """As when a file of one commit was no JSON, on 2025-10-15 and 2026-04-24."""
    with pytest.raises(SourceError) as caught:
        parse(body, AT)
    assert told in caught.value.message
