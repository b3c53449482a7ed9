from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from monitor.errors import SourceError
from monitor.model.bar import Bar
from monitor.model.labels import Labels
from monitor.model.sample import Seal, Snapshot
from monitor.ports import Window
from monitor.sources.fetch import Fetch
from monitor.sources.span import midnight
from monitor.sources.vercel_leaderboard import KIND, Ask, Config, asks, build, parse
from tests.shared import payload
from tests.sources.fakes import Clock
from tests.sources.judged import told

PATH = "/api/ai/leaderboard-export"
LABS = payload("vercel-leaderboard/labs-text-2026-09-13-tokens-only.json")
MODELS = payload("vercel-leaderboard/models-text-2026-08-01.json")
LABS_ASK = Ask("labs", "text", date(2026, 8, 10), None)
MODELS_ASK = Ask("models", "text", date(2026, 8, 1), date(2026, 8, 31))
NOW = datetime(2026, 9, 15, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
Shares = Callable[[str, date], Mapping[str, float]]
"""By dataset and day: percent of tokens by name."""


def answer(ask: Ask, shares: Shares, newest: date) -> bytes:
    """What the export would say if tokens were all it knew."""
    days = [ask.first + lag * DAY for lag in range((min(ask.last or newest, newest) - ask.first).days + 1)]
    group = ask.dataset.removesuffix("s")
    rows = [
        {
            "date": str(day),
            "group": group,
            "name": name,
            "metric": "tokens",
            "modality": ask.modality,
            "share_percent": x,
        }
        for day in days
        for name, x in shares(ask.dataset, day).items()
    ]
    envelope = {"dataset": ask.dataset, "modality": ask.modality, "license": "CC-BY-4.0"}
    return json.dumps({**envelope, "rows": rows}).encode()


def serve(server: HTTPServer, shares: Shares, newest: date) -> list[dict[str, str]]:
    """Answers every list through the newest day; notes what was asked."""
    asked: list[dict[str, str]] = []
    server.clear()

    def respond(request: Request) -> Response:
        asked.append(dict(request.args))
        end = request.args.get("to")
        first, last = date.fromisoformat(request.args["from"]), date.fromisoformat(end) if end else None
        dataset: Any = request.args["dataset"]
        modality: Any = request.args["modality"]
        return Response(answer(Ask(dataset, modality, first, last), shares, newest))

    server.expect_request(PATH).respond_with_handler(respond)
    return asked


async def poll(
    server: HTTPServer, fetch: Fetch, clock: Clock, since: datetime | None = None, **settings: object
) -> Snapshot:
    config = Config.model_validate({"url": server.url_for(PATH), **settings})
    return await build(config, fetch).poll(Window(clock.at, since))


def test_the_recorded_labs() -> None:
    """26 labs that add up to all tokens of a day, as exact shares of one."""
    rows = parse(LABS, LABS_ASK)
    shares = {row.labels.get("lab"): row.share for row in rows}
    assert (len(shares), {row.date for row in rows}) == (26, {date(2026, 9, 13)})
    assert str(shares["deepseek"]) == "0.702559"
    assert float(sum(shares.values())) == pytest.approx(1, abs=1e-5)
    assert rows[0].labels == Labels.of(lab="deepseek", measure="tokens", modality="text")


def test_the_recorded_models() -> None:
    """Ten models and the rest row in each of three measures."""
    shares = {row.labels: float(row.share) for row in parse(MODELS, MODELS_ASK)}
    assert len(shares) == 33
    assert {labels.get("measure") for labels in shares} == {"tokens", "requests", "spend"}
    assert shares[Labels.of(model="Claude Opus 4.8", measure="spend", modality="text")] == 0.272107
    assert shares[Labels.of(model="other", measure="requests", modality="text")] == 0.389017


@pytest.mark.asyncio
async def test_the_recorded_lists_as_one_snapshot(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """Labs and models of one day, put together: levels of that day, which hold for it and no longer."""
    labs = LABS.replace(b"2026-09-13", b"2026-08-01")
    httpserver.expect_request(
        PATH, query_string={"dataset": "labs", "modality": "text", "from": "2026-07-22"}
    ).respond_with_data(labs)
    for month in ({"from": "2026-07-01", "to": "2026-07-31"}, {"from": "2026-08-01"}):
        body = (
            MODELS if month["from"] == "2026-08-01" else json.dumps({**json.loads(MODELS), "rows": [_july()]}).encode()
        )
        httpserver.expect_request(
            PATH, query_string={"dataset": "models", "modality": "text", **month}
        ).respond_with_data(body)
    clock.at = datetime(2026, 8, 26, 9, 30, tzinfo=UTC)
    snapshot = await poll(httpserver, fetch, clock)
    day = datetime(2026, 8, 1, tzinfo=UTC)
    values = {sample.series.labels: sample.value for sample in snapshot.samples}
    assert len([value for value in values.values() if value is not None]) == 26 + 33
    assert values[Labels.of(source="vercel", lab="zai", measure="tokens", modality="text")] == 0.041821
    assert {(sample.valid_at, sample.known_at, sample.series.bar) for sample in snapshot.samples} == {
        (day, clock.at, Bar.DAY)
    }
    assert snapshot.seals == (Seal("vercel", "usage_share", Bar.DAY, day + DAY, clock.at, day + DAY),)
    assert (snapshot.source, snapshot.entries, snapshot.complete) == (KIND, 59, True)
    assert snapshot.citation == (
        '© 2026 Vercel. "AI Gateway Leaderboard Data" is licensed under CC BY 4.0'
        " (https://creativecommons.org/licenses/by/4.0/)."
    )


def _july() -> dict[str, object]:
    row: dict[str, object] = json.loads(MODELS)["rows"][1]
    return {**row, "date": "2026-07-31"}


@pytest.mark.parametrize(
    ("now", "since", "labs", "months"),
    [
        ("2026-09-15", None, ["2026-08-11/"], ["2026-08-01/2026-08-31", "2026-09-01/"]),
        ("2026-09-01", None, ["2026-07-28/"], ["2026-08-01/2026-08-31"]),
        ("2026-09-02", None, ["2026-07-29/"], ["2026-08-01/2026-08-31", "2026-09-01/"]),
        ("2026-01-31", "2026-01-29", ["2025-12-27/"], ["2025-12-01/2025-12-31", "2026-01-01/"]),
        ("2025-10-05", "2025-10-01", ["2025-10-01/"], ["2025-10-01/"]),
        (
            "2026-01-10",
            "2025-10-01",
            ["2025-10-01/2025-12-05", "2025-12-06/"],
            ["2025-10-01/2025-10-31", "2025-11-01/2025-11-30", "2025-12-01/2025-12-31", "2026-01-01/"],
        ),
    ],
)
def test_what_a_poll_asks_for(now: str, since: str | None, labs: list[str], months: list[str]) -> None:
    """Labs 35 days back, models by calendar month, this and the last; all of them since the last good poll."""
    at, last = (None if day is None else midnight(date.fromisoformat(day)) for day in (now, since))
    assert at is not None
    found = asks(Window(at, last), Config())
    spans = {
        dataset: [f"{ask.first}/{ask.last or ''}" for ask in found if ask.dataset == dataset]
        for dataset in ("labs", "models")
    }
    assert spans == {"labs": labs, "models": months}
    assert all("to" not in ask.params or "from" in ask.params for ask in found)


@given(
    now=st.datetimes(datetime(2025, 11, 2), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    back=st.none() | st.integers(0, 4000),
)
def test_no_day_is_left_out_or_asked_twice(now: datetime, back: int | None) -> None:
    """Whatever is asked: each list without gaps, through the newest day."""
    found = asks(Window(now, None if back is None else now - back * DAY), Config())
    for dataset in ("labs", "models"):
        mine = [ask for ask in found if ask.dataset == dataset]
        assert all(mine[n].last == mine[n + 1].first - DAY for n in range(len(mine) - 1))
        assert all(ask.first >= date(2025, 10, 1) for ask in mine)
        assert mine[-1].last in (None, now.date() - DAY)


@pytest.mark.asyncio
async def test_a_day_that_may_still_run_is_no_day(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """The newest day is left out, until it is a day over: no answer can be from before its end then."""
    clock.at = NOW
    serve(httpserver, lambda *_: {"a": 60, "Other": 40}, date(2026, 9, 14))
    snapshot = await poll(httpserver, fetch, clock)
    assert max(sample.valid_at for sample in snapshot.samples) == datetime(2026, 9, 13, tzinfo=UTC)
    assert snapshot.seals[-1].through == datetime(2026, 9, 14, tzinfo=UTC)
    assert (snapshot.seals[0].through, len(snapshot.seals)) == (datetime(2026, 8, 12, tzinfo=UTC), 34)
    clock.at = datetime(2026, 9, 16, tzinfo=UTC)
    snapshot = await poll(httpserver, fetch, clock)
    assert snapshot.seals[-1].through == datetime(2026, 9, 15, tzinfo=UTC)


@pytest.mark.asyncio
async def test_only_days_that_every_list_has_are_sealed(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """A day that one list leaves out is unknown, not a day on which all are gone."""
    clock.at = NOW
    missing = date(2026, 9, 3)
    serve(httpserver, lambda dataset, day: {} if (dataset, day) == ("labs", missing) else {"a": 100}, date(2026, 9, 14))
    snapshot = await poll(httpserver, fetch, clock)
    assert midnight(missing + DAY) not in {seal.through for seal in snapshot.seals}
    assert midnight(missing) not in {sample.valid_at for sample in snapshot.samples}


@pytest.mark.asyncio
async def test_who_is_not_listed_is_gone_and_not_zero(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """A lab from that day on; a model only on days that no poll saw before, as the list has changed, not the past."""
    clock.at = NOW
    gone = date(2026, 9, 12)
    serve(
        httpserver,
        lambda _, day: {"a": 60, "b": 40} if day < gone - 5 * DAY else {"a": 100},
        date(2026, 9, 14),
    )
    snapshot = await poll(httpserver, fetch, clock, since=midnight(gone - DAY))
    absent = {
        kind: sorted(
            str(sample.valid_at.date())
            for sample in snapshot.samples
            if sample.value is None and sample.series.labels.get(kind) == "b"
        )
        for kind in ("lab", "model")
    }
    assert absent["lab"][0] == "2026-09-07"
    assert absent["model"] == ["2026-09-12", "2026-09-13"]


@pytest.mark.asyncio
async def test_a_list_without_any_rows_fails_the_poll(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """One month of models may be empty, all that was asked for may not."""
    clock.at = NOW
    august = date(2026, 8, 31)
    some, none = {"a": 60.0, "Other": 40.0}, dict[str, float]()
    serve(httpserver, lambda name, day: none if name == "models" and day <= august else some, date(2026, 9, 14))
    snapshot = await poll(httpserver, fetch, clock)
    assert snapshot.seals[0].through == datetime(2026, 9, 2, tzinfo=UTC)
    serve(httpserver, lambda name, _: none if name == "models" else some, date(2026, 9, 14))
    with pytest.raises(SourceError, match="rows: got none in all models of text, expected some"):
        await poll(httpserver, fetch, clock)


def changed(body: bytes, field: str, value: object) -> bytes:
    """An answer with a field of it, or of its first row, replaced (None = left out)."""
    found = json.loads(body)
    for holder in (found, found["rows"][0]):
        if field in holder:
            holder[field] = value
            if value is None:
                del holder[field]
    return json.dumps(found).encode()


_ROW = json.loads(LABS)["rows"][0]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<html>", "the answer: got 6 bytes beginning '<html>', expected JSON (it looks like HTML)"),
        (b"[]", "the answer: got [], expected an object"),
        (b"{}", "the answer: got an empty object, expected the key 'dataset'"),
        (MODELS, "dataset: got 'models', expected 'labs'"),
        (payload("vercel-leaderboard/providers-docs-example.json"), "dataset: got 'providers', expected 'labs'"),
        (changed(LABS, "license", "proprietary"), "license: got 'proprietary', expected 'CC-BY-4.0'"),
        (changed(LABS, "modality", "image"), "modality: got 'image', expected 'text'"),
        (changed(LABS, "rows", None), "expected the key 'rows'"),
        (changed(LABS, "rows", []), "rows: got [], expected at least one entry"),
        (changed(LABS, "rows", {}), "rows: got an empty object, expected a list"),
        (changed(LABS, "rows", ["x"]), "rows[0]: got 'x', expected an object"),
        (changed(LABS, "rows", [_ROW, _ROW]), "rows[1].name: got 'deepseek', expected one row for"),
        (changed(LABS, "group", "model"), "rows[0].group: got 'model', expected 'lab'"),
        (changed(LABS, "date", "2026-09-31"), "rows[0].date: got '2026-09-31', expected a date that exists"),
        (changed(LABS, "date", "2026-08-09"), "rows[0].date: got '2026-08-09', expected a date from 2026-08-10 on"),
        (changed(LABS, "name", None), "expected the key 'name'"),
        (changed(LABS, "name", ""), "rows[0].name: got '', expected a name of at most 200 characters"),
        (changed(LABS, "name", "a\nb"), "rows[0].name: got 'a\\nb', expected a name of at most 200 characters"),
        (changed(LABS, "metric", "joy"), "rows[0].metric: got 'joy', expected one of tokens, requests, spend"),
        (
            changed(LABS, "share_percent", "70"),
            "rows[0].share_percent: got '70', expected a share as a number from 0 to",
        ),
        (changed(LABS, "share_percent", 100.1), "rows[0].share_percent: got 100.1, expected a share as a number"),
        (changed(LABS, "share_percent", -1), "rows[0].share_percent: got -1, expected a share as a number"),
        (
            changed(LABS, "share_percent", 60),
            "rows: got labs that add up to 89.74% of tokens on 2026-09-13, expected 100%",
        ),
        (changed(LABS, "share_percent", 80), "rows: got labs that add up to 109.74% of tokens on 2026-09-13, expected"),
    ],
)
def test_a_broken_answer_is_refused_with_field_got_and_expected(body: bytes, says: str) -> None:
    """Also one under another licence: the notice would be wrong."""
    with pytest.raises(SourceError) as caught:
        parse(body, LABS_ASK)
    assert caught.value.message.startswith(f"{KIND}: ")
    assert says in caught.value.message


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ({"a": 60, "b": 20}, None),
        ({"a": 60, "Other": 40}, None),
        ({"a": 60, "Other": 20}, "models that add up to 80.00% of tokens on 2026-08-01"),
        ({"a": 60, "b": 60}, "models that add up to 120.00% of tokens on 2026-08-01"),
        ({"Other": 50, "others": 50}, "expected one row for"),
    ],
)
def test_models_add_up_if_the_rest_row_is_there(names: Mapping[str, float], says: str | None) -> None:
    """Before June 2026 the list had none."""
    body = answer(MODELS_ASK, lambda *_: names, MODELS_ASK.first)
    if says is None:
        assert len(parse(body, MODELS_ASK)) == 2
    else:
        with pytest.raises(SourceError, match=says):
            parse(body, MODELS_ASK)


@pytest.mark.parametrize(
    "wrong",
    [{"modalities": []}, {"modalities": ["smell"]}, {"history_from": "2025-09-30"}, {"labs_days": 1}, {"key": "x"}],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    """Unknown names and impossible values are errors at start."""
    with pytest.raises(ValidationError):
        Config.model_validate(wrong)


@pytest.mark.asyncio
async def test_a_modality_is_a_slice_and_all_is_none(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """Three requests for each."""
    clock.at = NOW
    asked = serve(httpserver, lambda *_: {"a": 60, "Other": 40}, date(2026, 9, 14))
    snapshot = await poll(httpserver, fetch, clock, modalities=["all", "image"])
    assert [request["modality"] for request in asked] == ["all"] * 3 + ["image"] * 3
    assert {sample.series.labels.get("modality") for sample in snapshot.samples} == {"", "image"}


RULES = """
groups:
  - name: vercel
    every: day
    rules:
      - alert: LabLeads
        watch: usage_share(lab="*", measure="tokens", modality="text")
        crosses_above: 50%
"""


@pytest.mark.asyncio
async def test_a_rule_over_the_share_of_a_lab(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock, tmp_path: Path
) -> None:
    """End to end: the day it happened is the day that is told, with the notice of its licence."""
    polls: list[Snapshot] = []
    for lag in range(3):
        clock.at = NOW + lag * DAY
        newest = clock.at.date() - DAY
        serve(
            httpserver,
            lambda _, day: {"deepseek": 60, "other": 40} if day >= date(2026, 9, 14) else {"deepseek": 40, "other": 60},
            newest,
        )
        polls.append(await poll(httpserver, fetch, clock, since=polls[-1].fetched_at - 2 * DAY if polls else None))
    (notice,) = told(tmp_path / "ledger", polls, RULES)
    assert notice.title == "LabLeads: deepseek, tokens, text: 60% against 50%"
    assert notice.lines[-1].startswith("day 2026-09-14 (UTC), judged 2026-09-16 09:30 UTC")
    assert notice.citations == (polls[0].citation,)


@pytest.mark.asyncio
async def test_a_restated_share_is_judged_anew(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock, tmp_path: Path
) -> None:
    """End to end: what was told of a day is withdrawn when its share turns out to be another one."""
    polls: list[Snapshot] = []
    high = date(2026, 9, 14)
    for lag in range(4):
        clock.at = NOW + lag * DAY
        share = 60 if lag < 3 else 45  # the last poll shows that day otherwise
        serve(
            httpserver,
            lambda _, day, share=share: (  # type: ignore[misc]
                {"deepseek": share, "other": 100 - share} if day == high else {"deepseek": 40, "other": 60}
            ),
            clock.at.date() - DAY,
        )
        polls.append(await poll(httpserver, fetch, clock))
    said = [notice.title for notice in told(tmp_path / "ledger", polls, RULES.replace('lab="*"', 'lab="deepseek"'))]
    assert said == [
        "LabLeads: deepseek, tokens, text: 60% against 50%",
        "Resolved: LabLeads: deepseek, tokens, text: 40% against 50%",
        "Withdrawn, figures were restated: LabLeads: deepseek, tokens, text: 60% against 50%",
    ]
