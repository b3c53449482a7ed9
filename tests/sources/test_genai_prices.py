from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from pytest_httpserver import HTTPServer

from monitor.errors import SourceError
from monitor.model.quantity import date
from monitor.model.sample import Snapshot
from monitor.ports import Window
from monitor.sources.fetch import Fetch
from monitor.sources.genai_prices import KIND, Config, build, parse
from tests.shared import payload
from tests.sources.fakes import Clock
from tests.sources.lists import Shown, of_list, of_snapshot, sources, written

PATH = "/pydantic/genai-prices/refs/heads/main/prices/new_data/v2/data_slim.json"
SLIM = payload("genai-prices/v2-data_slim-2026-08-21.json")
FULL = payload("genai-prices/v2-data-2026-08-21-trimmed.json")
AT = datetime(2026, 8, 21, 12, tzinfo=UTC)
NIGHT = {"start_time": "00:30:00Z", "end_time": "16:30:00Z"}


def priced(prices: object, **fields: object) -> bytes:
    """One provider of forty models, the first one with these prices."""
    sound = {"prices": {"input_mtok": 1, "output_mtok": 2}}
    first = {"id": "m0", "prices": prices, **fields}
    models = [first, *({"id": f"m{number}", **sound} for number in range(1, 40))]
    return written([{"id": "openai", "models": models}])


def dated(*entries: tuple[Mapping[str, str] | None, float]) -> list[dict[str, object]]:
    return [
        {"prices": {"input_mtok": price}, **({} if constraint is None else {"constraint": constraint})}
        for constraint, price in entries
    ]


def first(body: bytes, at: datetime = AT) -> Shown:
    """What is shown of the first model, of which nothing may be wrong."""
    found = parse(body, at)
    assert found.faults == ()
    return of_list(found)["openai/m0"]


async def poll(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> Snapshot:
    return await build(Config(url=httpserver.url_for(PATH)), fetch).poll(Window(clock.at))


@pytest.mark.asyncio
async def test_the_recorded_list(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """Of dated prices the one in force, of tiers the base, of day and night what holds for longer."""
    httpserver.expect_request(PATH).respond_with_data(SLIM, content_type="text/plain")
    clock.at = AT
    snapshot = await poll(httpserver, fetch, clock)
    shown = of_snapshot(snapshot)
    assert (len(shown), snapshot.entries, snapshot.faults) == (1291, 1309, ())
    assert shown["openai/gpt-5.6-luna"] == {
        "price_input": 0.2,
        "price_output": 1.2,
        "price_cache_read": 0.02,
        "price_cache_write": 0.25,
        "context_length": 1050000,
    }
    assert shown["openai/o3"] == {"price_input": 2, "price_output": 8, "price_cache_read": 0.5}
    assert shown["deepseek/deepseek-reasoner"] == {
        "price_input": 0.55,
        "price_output": 2.19,
        "price_cache_read": 0.14,
        "context_length": 64000,
    }
    assert sources(snapshot) == {"genai-prices"}
    assert (snapshot.source, snapshot.complete) == (KIND, True)
    assert snapshot.citation == "Prices: Pydantic genai-prices (github.com/pydantic/genai-prices), MIT licence"


def test_recorded_announcements() -> None:
    """Claude Sonnet 5 rises on 2026-09-01 at Anthropic and three others, two Gemini models double in January."""
    shown = of_list(parse(SLIM, AT))
    announced = {
        model: (date(float(of["price_changes_at"])), of["price_input"], of["announced_input"], of["announced_output"])
        for model, of in shown.items()
        if "price_changes_at" in of
    }
    assert announced == {
        "anthropic/claude-sonnet-5": ("2026-09-01", 2, 3, 15),
        "aws/global.anthropic.claude-sonnet-5-v1:0": ("2026-09-01", 2, 3, 15),
        "aws/regional.anthropic.claude-sonnet-5-v1:0": ("2026-09-01", 2.2, 3.3, 16.5),
        "openrouter/anthropic/claude-sonnet-5": ("2026-09-01", 2, 3, 15),
        "google/gemini-3.6-flash": ("2027-01-01", 0.75, 1.5, 7.5),
        "google/gemini-3.7-flash": ("2027-01-01", 0.75, 1.5, 7.5),
    }


@pytest.mark.asyncio
async def test_the_day_comes_without_a_new_list(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """The same bytes show another price from the date on: they are asked for whole at each look, ETag or not."""
    httpserver.expect_request(PATH).respond_with_data(SLIM, headers={"ETag": '"1"'})
    seen = []
    for clock.at in (datetime(2026, 8, 31, 23, 59, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)):
        snapshot = await poll(httpserver, fetch, clock)
        fetch.accept(snapshot.digest)
        seen.append(of_snapshot(snapshot)["anthropic/claude-sonnet-5"])
    assert [(of["price_input"], "price_changes_at" in of) for of in seen] == [(2, True), (3, False)]
    assert not [request for request, _ in httpserver.log if "If-None-Match" in request.headers]


def test_the_full_list_reads_the_same() -> None:
    """It has more words and models that cost nothing; what both have, both show alike."""
    slim, full = of_list(parse(SLIM, AT)), of_list(parse(FULL, AT))
    both = slim.keys() & full.keys()
    assert len(both) == 234
    assert [model for model in both if slim[model] != full[model]] == []
    assert {metric for model in full.keys() - slim.keys() for metric in full[model]} <= {"context_length"}


@pytest.mark.parametrize(
    ("prices", "input_price"),
    [
        ({"input_mtok": 0.15}, 0.15),
        ({"input_mtok": "0.15"}, 0.15),
        ({"input_mtok": {"base": 3, "tiers": [{"start": 200000, "price": 6}]}}, 3),
        ({"input_mtok": None}, None),
        ({"input_mtok": 0, "output_mtok": 0}, 0),
        ({"input_mtok": 0, "output_mtok": 1}, None),
        ({"requests_kcount": 5, "input_audio_mtok": 100}, None),
        ({}, None),
        (dated((None, 1), ({"start_date": "2026-08-21"}, 2)), 2),
        (dated((None, 1), ({"start_date": "2026-08-22"}, 2)), 1),
        (dated((None, 1), ({"start_date": "2026-08-01"}, 2), ({"start_date": "2026-08-11"}, 3)), 3),
        (dated((None, 1), ({"start_date": "2026-08-11"}, 2), ({"start_date": "2026-08-01"}, 3)), 3),  # the last wins
        (dated(({"start_date": "2026-08-22"}, 2)), None),  # not sold yet
        (dated((None, 1), (NIGHT, 2)), 2),  # 16 hours
        (dated((None, 1), ({"start_time": "16:30:00Z", "end_time": "00:30:00Z"}, 2)), 1),  # 8 hours around midnight
        (dated((None, 1), ({"start_time": "00:00:00Z", "end_time": "12:00:00Z"}, 2)), 2),  # equally long: the higher
        (dated((None, 1), (NIGHT, 2), ({"start_date": "2026-08-16"}, 5)), 5),
        (dated((None, 1), (NIGHT, 2), ({"start_date": "2026-08-22"}, 5)), 2),
        (dated((None, 1), ({"start_date": "2026-08-16"}, 5), (NIGHT, 2)), 2),
    ],
)
def test_the_price_now(prices: object, input_price: float | None) -> None:
    """In USD per million: of the entries whose condition holds the last, whatever the hour of the look."""
    for hour in (0, 6, 18):
        shown = first(priced(prices), AT.replace(hour=hour))
        assert shown.get("price_input") == input_price


@pytest.mark.parametrize(
    ("prices", "announced"),
    [
        (dated((None, 1), ({"start_date": "2026-09-01"}, 2)), ("2026-09-01", 2)),
        (dated((None, 1), ({"start_date": "2026-09-01"}, 2), ({"start_date": "2026-10-01"}, 3)), ("2026-09-01", 2)),
        (dated((None, 1), ({"start_date": "2026-09-01"}, 1), ({"start_date": "2026-10-01"}, 3)), ("2026-10-01", 3)),
        (dated((None, 1), ({"start_date": "2026-09-01"}, 1)), None),
        (dated((None, 1), ({"start_date": "2026-08-01"}, 2)), None),
        (dated(({"start_date": "2026-09-01"}, 2)), ("2026-09-01", 2)),
        ({"input_mtok": 1}, None),
    ],
)
def test_what_is_announced(prices: object, announced: tuple[str, float] | None) -> None:
    """The next date at which a price differs; one that changes nothing is no news."""
    shown = first(priced(prices))
    found = (date(float(shown["price_changes_at"])), shown["announced_input"]) if "price_changes_at" in shown else None
    assert found == announced
    assert "announced_output" not in shown


@pytest.mark.parametrize(
    ("prices", "told"),
    [
        ({"input_mtok": "cheap"}, "prices.input_mtok: got 'cheap', expected a price in USD per million tokens"),
        ({"input_mtok": {"tiers": []}}, "prices.input_mtok: got an object with the keys ['tiers'], expected the key"),
        (
            [
                {"prices": {"input_mtok": 1}},
                {"constraint": {"start_date": "2026-09-01"}, "prices": {"input_mtok": "x"}},
            ],
            "prices[1].prices.input_mtok: got 'x', expected a price in USD per million tokens",
        ),
        ({"input_mtok": []}, "prices.input_mtok: got [], expected a price in USD per million tokens"),
        ("free", "prices: got 'free', expected a list"),
        ([], "prices: got [], expected at least one entry"),
        ([{}], "prices[0]: got an empty object, expected the key 'prices'"),
        (dated(({"start_date": "soon"}, 1)), "prices[0].constraint.start_date: got 'soon', expected a day such as"),
        (
            dated(({"end_date": "2026-09-01"}, 1)),
            "constraint: got an object with the keys ['end_date'], expected",
        ),
        (dated(({}, 1)), "prices[0].constraint: got an empty object, expected start_date, or start_time and end_time"),
        (dated(({"start_time": "00:30:00Z"}, 1)), "constraint: got an object with the keys ['start_time'], expected"),
        (
            dated(({**NIGHT, "end_time": "24:30:00Z"}, 1)),
            "constraint.end_time: got '24:30:00Z', expected a time",
        ),
        (
            dated(({**NIGHT, "end_time": "16:61:00Z"}, 1)),
            "constraint.end_time: got '16:61:00Z', expected a time",
        ),
        (dated(({**NIGHT, "end_time": "4 pm"}, 1)), "constraint.end_time: got '4 pm', expected a time of day in UTC"),
    ],
)
def test_prices_that_can_not_be_read_are_unknown_and_told(prices: object, told: str) -> None:
    """A condition that is not understood may be the one in force: then nobody knows the price."""
    found = parse(priced(prices, context_window=1000), AT)
    (fault,) = found.faults
    assert fault.startswith(f"{KIND}: [0].models[0].")
    assert told in fault
    shown = of_list(found)
    assert (shown["openai/m0"], len(shown)) == ({"context_length": 1000}, 40)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<html>", "it looks like HTML"),
        (SLIM[:-300], "expected JSON"),
        (b"{}", "the answer: got an empty object, expected a list"),
        (b"[]", "the answer: got [], expected at least one entry"),
        (b'[{"id": "a"}]', "[0]: got an object with the keys ['id'], expected the key 'models'"),
        (b'[{"id": "a", "models": []}]', "the answer: got a list of 1, expected at least one entry"),
        (b'[{"id": "a b", "models": [{}]}]', "[0].id: got 'a b', expected an id"),
        (b'[{"id": "a", "models": [{"id": "m"}]}]', "the answer: got 1 broken entries of 1, expected at most 5%"),
    ],
)
def test_a_broken_list_is_refused(body: bytes, told: str) -> None:
    """What is no list would make models vanish that are still there."""
    with pytest.raises(SourceError) as caught:
        parse(body, AT)
    assert told in caught.value.message
