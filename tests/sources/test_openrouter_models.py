from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer

from monitor.errors import SourceError
from monitor.model.bar import Bar
from monitor.model.fact import code
from monitor.model.quantity import date
from monitor.model.sample import Seal, Snapshot
from monitor.ports import Reparsing, Window
from monitor.sources.fetch import Fetch
from monitor.sources.openrouter_models import KIND, Config, build, parse
from tests.shared import payload
from tests.sources.fakes import Clock

PATH = "/api/v1/models"
FULL = "models-2026-08-22T12"
BEFORE = "models-luna-before-cut-2026-07-30T00-trimmed"
AFTER = "models-luna-after-cut-2026-07-31T00-trimmed"
METRICS = (
    "price_input",
    "price_output",
    "price_cache_read",
    "price_cache_write",
    "context_length",
    "modalities",
    "retires_at",
)

IN_AND_OUT = "image in, text in, text out"


def recorded(name: str) -> bytes:
    return payload(f"openrouter-models/{name}.json")


def entries(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(recorded(name))["data"]
    return found


async def poll(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> Snapshot:
    source = build(Config(url=httpserver.url_for(PATH)), fetch)
    return await source.poll(Window(clock.at))


def values(snapshot: Snapshot, metric: str) -> dict[str, float | None]:
    """By model id."""
    return {
        sample.series.labels.get("model"): sample.value for sample in snapshot.samples if sample.series.metric == metric
    }


@pytest.mark.asyncio
async def test_the_recorded_list_becomes_its_prices(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """421 entries: 12 moving aliases left out, 5 routers without a price, the rest in USD per million tokens."""
    httpserver.expect_request(PATH).respond_with_data(recorded(FULL))
    clock.at = datetime(2026, 8, 22, 12, 8, 30, tzinfo=UTC)
    snapshot = await poll(httpserver, fetch, clock)
    outputs = values(snapshot, "price_output")
    models = [entry for entry in entries(FULL) if not entry["id"].startswith("~")]
    plain = {
        entry["id"]: float(Decimal(entry["pricing"]["completion"]) * 1_000_000)
        for entry in models
        if entry["pricing"]["completion"] != "-1"
    }
    assert outputs == pytest.approx(plain, rel=1e-9)
    assert len(outputs) == 421 - 12 - 5
    assert "openrouter/auto" not in outputs
    assert outputs["openai/gpt-5.6-luna"] == 1.2
    assert outputs["openai/gpt-5.6-luna:batch"] == 0.6
    assert outputs["dots-studio/dots-3-note-preview:free"] == 0.0
    assert values(snapshot, "price_cache_read")["openai/gpt-5.6-luna"] == 0.02
    assert values(snapshot, "price_cache_write")["anthropic/claude-sonnet-4.5"] == 3.75
    assert values(snapshot, "context_length") == {entry["id"]: entry["context_length"] for entry in models}
    assert (snapshot.source, snapshot.entries, snapshot.complete, snapshot.faults) == (KIND, 421, True, ())
    assert snapshot.citation == "Prices: OpenRouter (openrouter.ai/models)"
    assert {sample.series.bar for sample in snapshot.samples} == {Bar.HOUR}
    assert {(sample.valid_at, sample.known_at) for sample in snapshot.samples} == {(clock.at, clock.at)}
    assert {sample.series.labels.get("source") for sample in snapshot.samples} == {"openrouter"}
    source = build(Config(), fetch)
    assert isinstance(source, Reparsing)
    assert source.reparse(snapshot.body, snapshot.fetched_at) == snapshot


@pytest.mark.asyncio
async def test_the_recorded_list_has_facts(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """What goes in and comes out of every model, in one order, and the day some of them retire."""
    httpserver.expect_request(PATH).respond_with_data(recorded(FULL))
    snapshot = await poll(httpserver, fetch, clock)
    models = [entry for entry in entries(FULL) if not entry["id"].startswith("~")]
    modalities, texts = values(snapshot, "modalities"), {code(text): text for text in snapshot.texts}
    assert modalities.keys() == {entry["id"] for entry in models}
    assert texts.keys() == set(modalities.values())
    told = {model: texts[found] for model, found in modalities.items() if found is not None}
    assert told["openai/gpt-5.6-luna"] == "file in, image in, text in, text out"
    assert len([text for text in told.values() if "image out" in text]) == 11
    days = {entry["id"]: entry["expiration_date"] for entry in models if entry["expiration_date"]}
    assert {model: date(at or 0) for model, at in values(snapshot, "retires_at").items()} == days
    assert len(days) == 12


@pytest.mark.parametrize(
    ("changed", "modalities", "retires_at"),
    [
        ({"architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]}}, IN_AND_OUT, None),
        ({"architecture": {"input_modalities": ["image", "text"], "output_modalities": ["text"]}}, IN_AND_OUT, None),
        ({"architecture": {"input_modalities": ["text"], "output_modalities": []}}, "", None),
        ({"architecture": {"input_modalities": ["text"]}}, "", None),
        ({"architecture": {"input_modalities": ["te\nxt"], "output_modalities": ["text"]}}, "", None),
        ({"architecture": {"input_modalities": [5], "output_modalities": ["text"]}}, "", None),
        ({"architecture": "text->text"}, "", None),
        ({"expiration_date": "2026-09-30"}, "", 1790726400),
        ({"expiration_date": "soon"}, "", None),
        ({"expiration_date": 5}, "", None),
        ({}, "", None),
    ],
)
def test_facts_of_an_entry(changed: dict[str, object], modalities: str, retires_at: int | None) -> None:
    """What is not said, or is no list of words and no day, is unknown, and the prices are read all the same."""
    entry = {"id": "a/b", "canonical_slug": "a/b", "pricing": {"prompt": "0.1", "completion": "0.1"}, **changed}
    (model,) = parse(json.dumps({"data": [entry]}).encode()).models
    assert (model.modalities, model.retires_at, len(model.prices)) == (modalities, retires_at, 2)


@pytest.mark.asyncio
async def test_usage_joins_prices_by_the_permanent_slug(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """Every model listed from 08-15 to 08-18 has exactly one id in the list of 08-22."""
    httpserver.expect_request(PATH).respond_with_data(recorded(FULL))
    ids = defaultdict(list)
    for slug, model in (await poll(httpserver, fetch, clock)).aliases:
        ids[slug].append(model)
    rows = json.loads(payload("openrouter-rankings-daily/rankings-30d-end-2026-08-18.json"))["data"]
    slugs = {row["model_permaslug"] for row in rows if row["date"] >= "2026-08-15"} - {"other"}
    assert len(slugs) > 50
    assert {slug: len(ids[slug]) for slug in slugs if len(ids[slug]) != 1} == {}
    assert ids["deepseek/deepseek-v4-flash-20260423"] == ["deepseek/deepseek-v4-flash"]
    assert ids["openai/gpt-5.6-luna-20260709:batch"] == ["openai/gpt-5.6-luna:batch"]


def test_a_cut_is_a_cut_and_dust_is_none() -> None:
    """The recorded pair: luna 0.50/3.00 to 0.10/0.60; the same prices written with float dust are the same numbers."""
    before, after = (
        {
            model.id: (model.prices.get("prompt"), model.prices.get("completion"))
            for model in parse(recorded(name)).models
        }
        for name in (BEFORE, AFTER)
    )
    assert before["openai/gpt-5.6-luna"] == (Decimal("0.5"), Decimal(3))
    assert after["openai/gpt-5.6-luna"] == (Decimal("0.1"), Decimal("0.6"))
    assert after["openai/gpt-5.6-terra"] == (Decimal(1), Decimal(6))
    dusty = recorded(BEFORE) + recorded(AFTER)
    assert b'"0.0000006000000000000001"' in dusty
    assert max(len(str(price)) for prices in (before | after).values() for price in prices) <= 10


@pytest.mark.asyncio
async def test_the_recorded_series_of_a_flapping_price(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """28 polls: z-ai/glm-5.2 changes 16 times between 13 pairs, claude-opus-4.8 never, the router has no price."""
    seen = defaultdict(list)
    for look in json.loads(recorded("series-flapping-prices-2026-07")):
        httpserver.expect_oneshot_request(PATH).respond_with_json(look["body"])
        clock.at = datetime.fromisoformat(look["fetched_at"])
        snapshot = await poll(httpserver, fetch, clock)
        inputs, outputs = (values(snapshot, metric) for metric in ("price_input", "price_output"))
        assert inputs.keys() == outputs.keys() == {"z-ai/glm-5.2", "anthropic/claude-opus-4.8"}
        for model in inputs:
            seen[model].append((inputs[model], outputs[model]))
    pairs = seen["z-ai/glm-5.2"]
    assert sum(one != next_one for one, next_one in pairwise(pairs)) == 16
    assert len(set(pairs)) == 13
    assert len(set(seen["anthropic/claude-opus-4.8"])) == 1


@pytest.mark.asyncio
async def test_every_level_is_sealed_to_the_end_of_the_hour_of_the_look(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock
) -> None:
    """A look holds for its hour, and unseen for `stale_after`; 304 is a look too, and brings nothing else."""
    httpserver.expect_oneshot_request(PATH).respond_with_data(recorded(BEFORE), headers={"ETag": '"1"'})
    httpserver.expect_request(PATH, headers={"If-None-Match": '"1"'}).respond_with_data(b"", status=304)
    clock.at = datetime(2026, 7, 30, 0, 39, 12, tzinfo=UTC)
    first = await poll(httpserver, fetch, clock)
    fetch.accept(first.digest)
    assert first.seals == tuple(
        Seal(
            "openrouter",
            metric,
            Bar.HOUR,
            datetime(2026, 7, 30, 1, tzinfo=UTC),
            clock.at,
            clock.at + timedelta(hours=6),
        )
        for metric in METRICS
    )
    clock.at += timedelta(hours=1)
    second = await poll(httpserver, fetch, clock)
    assert {seal.through for seal in second.seals} == {datetime(2026, 7, 30, 2, tzinfo=UTC)}
    assert {seal.holds_until for seal in second.seals} == {clock.at + timedelta(hours=6)}
    assert (second.unchanged, second.samples, second.complete, second.aliases) == (True, (), False, ())


def listing(*pricings: object, count: int = 40) -> bytes:
    """A list of `count` models, the first ones with these pricings."""
    sound = {"prompt": "0.000001", "completion": "0.000002"}
    padded = [*pricings, *[sound] * (count - len(pricings))]
    models = [
        {"id": f"a/m{number}", "canonical_slug": f"a/m{number}-20260101", "context_length": 1000, "pricing": pricing}
        for number, pricing in enumerate(padded)
    ]
    return json.dumps({"data": models}).encode()


def first_prices(pricing: dict[str, object]) -> dict[str, Decimal]:
    return dict(parse(listing(pricing)).models[0].prices)


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("0", "0"),
        ("0.0", "0"),
        ("-0", "0"),
        ("0.000003", "3"),
        ("0.00000043500", "0.435"),
        ("0.0000006000000000000001", "0.6"),
        ("0.00000019999999999999999", "0.2"),
        ("3e-06", "3"),
        ("1", "1000000"),
        ("-1", None),
        ("-1.0", None),
        (None, None),
    ],
)
def test_prices_are_decimals_in_usd_per_million(text: str | None, price: str | None) -> None:
    """Exact but for dust beyond twelve digits; -1 and null are no price, and free is a price of zero."""
    prices = first_prices({"prompt": text, "completion": "0.000001"})
    assert prices.get("prompt") == (None if price is None else Decimal(price))
    assert str(prices.get("prompt", "")) != "-0"
    assert prices["completion"] == 1


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("-0.000001", "got '-0.000001', expected a price from 0 to 1 USD per token, or -1 for none"),
        ("1.01", "got '1.01', expected a price from 0 to 1 USD per token, or -1 for none"),
        ("9e99", "got '9e99', expected a price from 0 to 1 USD per token, or -1 for none"),
        ("NaN", "got 'NaN', expected a price in USD per token as a decimal number"),
        ("Infinity", "got 'Infinity', expected a price in USD per token as a decimal number"),
        ("1_0", "got '1_0', expected a price in USD per token as a decimal number"),
        ("٣", "got '٣', expected a price in USD per token as a decimal number"),
        ("", "got '', expected a price in USD per token as a decimal number"),
        ("free", "got 'free', expected a price in USD per token as a decimal number"),
        (["0"], "got ['0'], expected a price in USD per token as a decimal number"),
    ],
)
def test_a_broken_price_is_unknown_and_told_and_nothing_else_is(value: object, told: str) -> None:
    """That field of that model only; the other prices of the list are believed."""
    catalogue = parse(listing({"prompt": value, "completion": "0.000001"}))
    assert catalogue.models[0].prices == {"completion": Decimal(1)}
    assert catalogue.models[0].context_length == 1000
    assert len(catalogue.models) == 40
    (fault,) = catalogue.faults
    assert fault == f"{KIND}: data[0].pricing.prompt: {told}"


@pytest.mark.parametrize(
    "pricing",
    [None, [], {"prompt": "0"}, {"completion": "0"}],
)
def test_a_model_without_its_two_prices_is_left_out_and_told(pricing: object) -> None:
    """`prompt` and `completion` are always there; without them an entry is not understood."""
    catalogue = parse(listing(pricing))
    assert [model.id for model in catalogue.models] == [f"a/m{number}" for number in range(1, 40)]
    assert (catalogue.entries, len(catalogue.faults)) == (40, 1)


def test_more_than_one_broken_model_in_twenty_refuses_the_list() -> None:
    """Two of forty are entries that are wrong; three are a list that is."""
    broken = {"prompt": "-5", "completion": "-5"}
    assert len(parse(listing(broken, broken)).faults) == 4
    with pytest.raises(SourceError, match="got 3 broken entries of 40, expected at most 5%") as caught:
        parse(listing(broken, broken, broken))
    assert "data[0].pricing.prompt: got '-5'" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<html>", "it looks like HTML"),
        (recorded(BEFORE)[:-300], "expected JSON"),
        (b"[]", "the answer: got [], expected an object"),
        (b"{}", "the answer: got an empty object, expected the key 'data'"),
        (b'{"data": []}', "data: got [], expected at least one entry"),
        (b'{"data": {"x": 1}}', "data: got an object with the keys ['x'], expected a list"),
        (listing({"prompt": float("nan"), "completion": "0"}), "NaN is no JSON"),
        (listing().replace(b"a/m7", b"a/m6"), "data[7].id: got 'a/m6', expected an id that stands once in the list"),
        (b'{"links": {"next": "/p2"}, ' + listing()[1:], "links.next: got '/p2', expected null: the whole list"),
    ],
)
def test_a_broken_list_is_refused(body: bytes, told: str) -> None:
    """What is no list, or only a part of it, would make models vanish that are still there."""
    with pytest.raises(SourceError) as caught:
        parse(body)
    assert caught.value.message.startswith(f"{KIND}: ")
    assert told in caught.value.message


DAY_AND_NIGHT = [  # as recorded for deepseek/deepseek-v4-flash-vision-exp: 17 hours at 0.22, 7 at 0.44
    (1000, 100, "0.00000022"),
    (100, 400, "0.00000044"),
    (400, 600, "0.00000022"),
    (600, 1000, "0.00000044"),
]


def by_hour(*windows: tuple[int, int, str]) -> list[dict[str, object]]:
    return [{"utc_start": start, "utc_end": end, "completion": price} for start, end, price in windows]


@pytest.mark.parametrize("now", ["0.00000022", "0.00000044"])
def test_a_price_by_the_hour_does_not_depend_on_the_hour_of_the_look(now: str) -> None:
    """The top-level price is that of the moment; the series has the price that holds for most of the day."""
    prices = first_prices({"prompt": "0", "completion": now, "overrides": by_hour(*DAY_AND_NIGHT)})
    assert prices["completion"] == Decimal("0.22")


@pytest.mark.parametrize(
    ("overrides", "price"),
    [
        ([{"min_prompt_tokens": 1000, "completion": "0.000009"}], 1),
        ([{"min_prompt_tokens": 1000, "utc_start": 0, "utc_end": 2400, "completion": "0.000009"}], 1),
        ([{"utc_start": 0, "utc_end": 2400, "prompt": "0.000009"}], 1),
        ([], 1),
        (None, 1),
        (by_hour((0, 2400, "0.000003")), 3),
        (by_hour((0, 0, "0.000003")), 3),
        (by_hour((0, 1200, "0.000003"), (1200, 0, "0.000004")), 4),  # equally long: the higher
        (by_hour((2300, 100, "0.000003"), (100, 259, "0.000004")), 3),  # 120 minutes around midnight against 119
        (by_hour((2300, 100, "0.000003"), (100, 301, "0.000004")), 4),  # against 121
        (by_hour((0, 2400, "0.000003"), (600, 1900, "0.000005")), 5),  # later entries win
        (by_hour((0, 2400, "-1")), None),
    ],
)
def test_the_schedule_decides_where_it_names_times(overrides: object, price: int | None) -> None:
    """Half-open windows, around midnight too; overrides for long prompts or other fields do not touch the price."""
    prices = first_prices({"prompt": "0", "completion": "0.000001", "overrides": overrides})
    assert prices.get("completion") == (None if price is None else Decimal(price))


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        (by_hour((2401, 100, "0")), "overrides[0].utc_start: got 2401, expected a clock number HHMM"),
        (by_hour((0, 960, "0")), "overrides[0].utc_end: got 960, expected a clock number HHMM"),
        (by_hour((0, 100, "x")), "overrides[0].completion: got 'x', expected a price"),
        ([{"utc_start": 0, "completion": "0"}], "expected the key 'utc_end'"),
        ("all day", "overrides: got 'all day', expected a list"),
        (["all day"], "overrides[0]: got 'all day', expected an object"),
    ],
)
def test_a_schedule_that_can_not_be_read_leaves_the_price_unknown(overrides: object, told: str) -> None:
    """The top-level price is then one of several, nobody knows which."""
    catalogue = parse(listing({"prompt": "0", "completion": "0.000001", "overrides": overrides}))
    assert "completion" not in catalogue.models[0].prices
    assert told in catalogue.faults[-1]


_PRICE = st.sampled_from(["0.0000001", "0.0000002", "0.0000003"])


@given(
    bounds=st.lists(st.integers(0, 1439), min_size=2, max_size=5, unique=True).map(sorted),
    prices=st.lists(_PRICE, min_size=5, max_size=5),
)
def test_no_look_at_any_time_sees_another_price(bounds: list[int], prices: list[str]) -> None:
    """A schedule over the whole day, read in each of its windows: one price, and one that is charged at some time."""
    clocks = [minute // 60 * 100 + minute % 60 for minute in bounds]
    windows = [(start, end, price) for start, end, price in zip(clocks, [*clocks[1:], clocks[0]], prices, strict=False)]
    found = {
        first_prices({"prompt": "0", "completion": now, "overrides": by_hour(*windows)})["completion"]
        for _, _, now in windows
    }
    assert len(found) == 1
    assert found <= {Decimal(price) * 1_000_000 for _, _, price in windows}


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["0", "-1", "1e-6"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_OVERRIDE = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("utc_start", "utc_end", "min_prompt_tokens", "prompt"), _VALUES)
)
_PRICING = st.fixed_dictionaries(
    {}, optional={"prompt": _VALUES, "completion": _VALUES, "overrides": st.lists(_OVERRIDE, max_size=3) | _VALUES}
)
_MODEL = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["a/b", "a/c:free", "~a/latest"]) | _VALUES,
        "canonical_slug": st.just("a/b-1") | _VALUES,
        "pricing": _PRICING | _VALUES,
        "context_length": _VALUES,
    },
)


@given(st.lists(_MODEL | _VALUES, min_size=1, max_size=3))
def test_no_answer_breaks_the_parser(models: list[object]) -> None:
    """Whatever a server sends, it is read, read in part with faults, or refused with a SourceError."""
    sound = json.loads(listing())["data"]
    for data in (models, sound + models):
        try:
            catalogue = parse(json.dumps({"data": data}).encode())
        except SourceError as error:
            assert error.message.startswith(f"{KIND}: ")  # noqa: PT017
        else:
            assert catalogue.entries == len(data)
