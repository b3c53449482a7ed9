"""Bad input from outside, end to end: a message a person can act on, nothing stored is lost, and it goes on."""

from __future__ import annotations

import gzip
import json
import logging
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest
import pytest_asyncio

from monitor.daemon import Ended
from tests.acceptance.stand import DAY, PRICES, USAGE, Reply, Stand, answer, many, rows, standing_in

pytestmark = pytest.mark.asyncio

OTHER_HOST = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: http://localhost:1/elsewhere\r\n\r\n"


def changed(old: bytes, new: bytes) -> Reply:
    """The good body with one thing in it put otherwise."""

    def reply(good: bytes) -> bytes:
        assert old in good
        return answer(good.replace(old, new, 1))

    return reply


@pytest_asyncio.fixture
async def stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stand]:
    """A monitor with a ledger of its own."""
    monkeypatch.setenv("NO_PROXY", "*")
    async with standing_in(tmp_path) as standing:
        yield standing


@dataclass(frozen=True, slots=True)
class Case:
    """What a source answers, and what a person is told of it."""

    source: ModuleType
    reply: Reply
    told: str


HTML = answer(b"<!DOCTYPE html><html><body>Just a moment...</body></html>", b"Content-Type: text/html")
BOMB = answer(gzip.compress(bytes(17 * 2**20), 1), b"Content-Encoding: gzip")
CASES: Mapping[str, Case] = {
    "usage cut off on the wire": Case(
        USAGE, lambda good: answer(good[:-20], length=len(good)), r"rankings: no whole answer \(RemoteProtocolError\)"
    ),
    "usage cut off by whoever wrote it": Case(
        USAGE, lambda good: answer(good[:-20]), r"the answer: got [\d,]+ bytes beginning '{\"data\": .*, expected JSON"
    ),
    "usage as HTML": Case(USAGE, lambda _: HTML, "expected JSON .it looks like HTML"),
    "usage of no day": Case(
        USAGE,
        lambda good: answer(json.dumps({**json.loads(good), "data": []}).encode()),
        "data: got .*at least one entry",
    ),
    "usage of NaN tokens": Case(USAGE, changed(b'"90"', b"NaN"), "expected JSON .NaN is no JSON"),
    "usage of 'NaN' tokens": Case(
        USAGE, changed(b'"90"', b'"NaN"'), r"total_tokens: got 'NaN', expected a count of tok"
    ),
    "usage of negative tokens": Case(
        USAGE, changed(b'"90"', b'"-90"'), "total_tokens: got '-90', expected a count of tok"
    ),
    "usage on a date that does not exist": Case(
        USAGE, changed(b"2026-08-17", b"2026-02-30"), r"date: got '2026-02-30', expected a date that exists"
    ),
    "usage of a day that was not asked for": Case(
        USAGE, changed(b"2026-08-17", b"2026-09-17"), "date: got '2026-09-17', expected a date from"
    ),
    "a gzip bomb": Case(USAGE, lambda _: BOMB, "got more than 16,777,216 bytes, expected at most that"),
    "another host": Case(
        USAGE,
        lambda _: OTHER_HOST,
        "redirected from host 127.0.0.1:[0-9]+ to host localhost:1, which is refused\n.*`url`",
    ),
    "prices as HTML": Case(PRICES, lambda _: HTML, "expected JSON .it looks like HTML"),
    "prices of no model": Case(PRICES, lambda _: answer(b'{"data": []}'), "data: got .*at least one entry"),
    "prices below zero": Case(
        PRICES,
        changed(b'"0.000004"', b'"-0.000004"'),
        r"got 1 broken entries of 1, .*\n.*data\[0\].pricing.completion: got '-0.000004', expected a price from 0",
    ),
    "prices of NaN": Case(
        PRICES,
        changed(b'"0.000004"', b'"NaN"'),
        r"data\[0\].pricing.completion: got 'NaN', expected a price in USD per token as a decimal number",
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_a_bad_answer_is_told_and_costs_nothing(
    stand: Stand, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The poll fails with a message that names what was got and expected; the next good one goes on and is told."""
    case = CASES[name]
    daemon = stand.daemon(case.source)
    await daemon.start()
    assert (await daemon.poll(case.source.KIND)).ended is Ended.LEARNT
    metric = "tokens" if case.source is USAGE else "price_output"
    stored = rows(stand.ledger.columns(metric))

    stand.clock.at += DAY
    stand.reply = case.reply
    polled = await daemon.poll(case.source.KIND)
    assert polled.ended is Ended.FAILED
    assert re.search(case.told, polled.why), polled.why
    assert polled.why in caplog.text
    assert rows(stand.ledger.columns(metric)) == stored
    assert await stand.titles(daemon) == []

    stand.reply = answer
    stand.clock.at += timedelta(hours=1)
    assert (await daemon.poll(case.source.KIND)).ended is Ended.LEARNT
    expected = {USAGE: "Busy: a/b: 110 against 100", PRICES: "Dear: a/b: $6 against $5"}
    assert await stand.titles(daemon) == [expected[case.source]]


async def test_one_broken_price_among_many_is_left_unknown_and_said(
    stand: Stand, caplog: pytest.LogCaptureFixture
) -> None:
    """A negative price of one model does not cost the prices of all others; the log names the field."""
    daemon = stand.daemon(PRICES)
    await daemon.start()

    def one_broken(good: bytes) -> bytes:
        models = many(good, 40)
        models[7] = {**models[7], "pricing": {"prompt": "-5", "completion": "0.000002"}}
        return answer(json.dumps({"data": models}).encode())

    stand.reply = one_broken
    with caplog.at_level(logging.WARNING):
        assert (await daemon.poll(PRICES.KIND)).ended is Ended.LEARNT
    assert (
        "left unknown: openrouter_models: data[7].pricing.prompt: got '-5', expected a price from 0 to 1" in caplog.text
    )
    known = {name: len(stand.ledger.columns(name).values) for name in ("price_input", "price_output")}
    assert known == {"price_input": 39, "price_output": 40}


async def test_a_full_disk_is_told_and_made_up_for(stand: Stand, caplog: pytest.LogCaptureFixture) -> None:
    """SQLite finds no room: nothing of the answer is kept; with room again the retry learns all of it and tells."""
    daemon = stand.daemon(PRICES)
    await daemon.start()
    await daemon.poll(PRICES.KIND)
    stored = rows(stand.ledger.columns("price_output"))

    stand.clock.at += DAY + timedelta(hours=2)
    stand.reply = lambda good: answer(json.dumps({"data": many(good, 500)}).encode())
    stand.room(pages=2)
    polled = await daemon.poll(PRICES.KIND)
    assert polled.ended is Ended.FAILED
    assert re.search(
        r"ledger\.sqlite: the disk is full, nothing of this transaction was kept.*\n.*free some", polled.why
    )
    assert polled.why in caplog.text
    assert rows(stand.ledger.columns("price_output")) == stored

    stand.room(pages=100_000)
    stand.clock.at += timedelta(minutes=5)
    await daemon.heartbeat()
    assert len(rows(stand.ledger.columns("price_output"))) == len(stored) + 500
    assert await stand.titles(daemon) == ["Dear: 500 firing"]
