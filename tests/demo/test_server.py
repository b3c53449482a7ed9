"""The local server speaks the formats of the real API, and knows nothing before its time."""

from __future__ import annotations

import json
import urllib.request
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.demo.facts import facts
from monitor.demo.server import MODELS, RANKINGS, answer, serving
from monitor.model.bar import Bar
from monitor.sources import openrouter_models, openrouter_rankings
from monitor.sources.span import Span
from tests.shared import payload

FACTS = facts()
KEY = "Bearer demo"
FIRST, LAST = date(2026, 1, 5), date(2026, 3, 29)
AFTER = datetime(2026, 3, 30, 0, 20, 22, tzinfo=UTC)
ALL = f"{RANKINGS}?start_date={FIRST}&end_date={LAST}&period=week"


def document(target: str, at: datetime = AFTER) -> Any:  # noqa: ANN401 - JSON
    return json.loads(json.dumps(answer(FACTS, at, target, KEY).document))


def recorded(name: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads(payload(name))


def test_the_strict_parser_takes_the_rankings() -> None:
    """Every fact comes out as it went in, under the time of the answer."""
    body = json.dumps(document(ALL)).encode()
    ranking = openrouter_rankings.parse(body, Span(FIRST, LAST), Bar.WEEK)
    assert [(row.date, row.model, row.tokens) for row in ranking.rows] == [
        (usage.monday, usage.model, usage.tokens) for usage in FACTS.usage
    ]
    assert ranking.stamp.at == AFTER


def test_rankings_have_the_members_of_a_recorded_answer() -> None:
    """Nothing more, nothing less, in the types of the original."""
    real = recorded("openrouter-rankings-daily/rankings-30d-end-2026-08-18.json")
    shown = document(ALL)
    assert _shape(shown["data"][0]) == _shape(real["data"][0])
    assert _shape(shown["meta"]) == _shape(real["meta"])
    assert shown.keys() == real.keys()


def test_the_strict_parser_takes_the_models() -> None:
    """Prices in USD per million tokens come out to the last digit; nothing is left unknown."""
    body = json.dumps(document(MODELS, datetime(2026, 4, 26, 1, tzinfo=UTC))).encode()
    catalogue = openrouter_models.parse(body)
    assert {model.id: dict(model.prices) for model in catalogue.models} == {
        "deepseek/deepseek-v4-pro": {"prompt": Decimal("0.435"), "completion": Decimal("0.87")},
        "openai/gpt-5.5": {"prompt": Decimal(5), "completion": Decimal(30)},
    }
    assert catalogue.faults == ()


def test_models_have_members_of_a_recorded_answer() -> None:
    """What is not known is left out; what is there is named and written as in the original."""
    real = recorded("openrouter-models/models-2026-08-22T12.json")
    shown = document(MODELS, datetime(2026, 4, 26, 1, tzinfo=UTC))
    assert shown.keys() == real.keys()
    originals = {model["id"]: model for model in real["data"]}
    for model in shown["data"]:
        original = originals[model["id"]]
        assert model["canonical_slug"] == original["canonical_slug"]
        assert _shape(model["pricing"]).items() <= _shape(original["pricing"]).items()


@given(at=st.datetimes(datetime(2025, 12, 1), datetime(2026, 6, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_nothing_is_shown_before_its_time(at: datetime) -> None:
    """Law: of all instants, exactly the weeks that had ended and the newest prices that had been seen."""
    weeks = {row["date"] for row in document(ALL, at)["data"]}
    assert weeks == {
        str(usage.monday)
        for usage in FACTS.usage
        if datetime.combine(usage.monday, datetime.min.time(), UTC) + timedelta(days=7) <= at
    }
    newest = {listing.model: listing for listing in FACTS.listings if listing.seen_at <= at}
    prices = {model["id"]: model["pricing"]["completion"] for model in document(MODELS, at)["data"]}
    assert {name: Decimal(price) * 1_000_000 for name, price in prices.items()} == {
        name: listing.output for name, listing in newest.items()
    }


def test_only_the_weeks_asked_for_are_sent() -> None:
    """Both ends count by the Monday."""
    target = f"{RANKINGS}?start_date=2026-02-09&end_date=2026-02-22&period=week"
    assert {row["date"] for row in document(target)["data"]} == {"2026-02-09", "2026-02-16"}


@pytest.mark.parametrize(
    ("target", "key", "refusal"),
    [
        (ALL, "", "error-401"),
        (ALL, "Basic demo", "error-401"),
        (RANKINGS, KEY, "error-400"),
        (ALL.replace("2026-01-05", "2026-02-30"), KEY, "error-400"),
        (ALL.replace("week", "day"), KEY, "error-400"),
        ("/api/v1/nothing", KEY, "error-404"),
    ],
)
def test_refusals_are_those_of_the_real_api(target: str, key: str, refusal: str) -> None:
    """Body as documented; the status is the code in it."""
    given_back = answer(FACTS, AFTER, target, key)
    expected = recorded(f"openrouter-errors/{refusal}.json")
    assert given_back.document == expected
    assert given_back.status == expected["error"]["code"]


def test_it_listens_on_loopback_and_stops() -> None:
    """Over the wire: JSON, its length told, nobody there afterwards."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with serving(FACTS, lambda: AFTER) as server:
        assert server.url.startswith("http://127.0.0.1:")
        with direct.open(server.url + MODELS, timeout=5) as response:
            body = response.read()
            assert response.headers["Content-Type"] == "application/json"
            assert response.headers["Content-Length"] == str(len(body))
    with pytest.raises(OSError, match="refused"):
        direct.open(server.url + MODELS, timeout=5)


def _shape(members: dict[str, object]) -> dict[str, type]:
    return {name: type(value) for name, value in members.items()}
