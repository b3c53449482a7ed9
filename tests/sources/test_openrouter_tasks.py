from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from pytest_httpserver import HTTPServer

from monitor.errors import SourceError
from monitor.model.bar import Bar
from monitor.model.labels import Labels
from monitor.model.sample import Seal, Snapshot
from monitor.ports import Window
from monitor.sources.fetch import Fetch
from monitor.sources.openrouter_tasks import KIND, Config, build, parse
from tests.shared import payload
from tests.sources.fakes import Clock, Memory
from tests.sources.judged import told

PATH = "/api/v1/classifications/task"
KEY = "sk-or-v1-topsecret"
EXAMPLE = payload("openrouter-classifications/docs-example.json")


async def poll(server: HTTPServer, fetch: Fetch, clock: Clock, body: bytes) -> Snapshot:
    server.clear()
    asked = server.expect_request(PATH, query_string={"window": "7d"}, headers={"Authorization": f"Bearer {KEY}"})
    asked.respond_with_data(body)
    config = Config.model_validate({"key": KEY, "url": server.url_for(PATH)})
    return await build(config, fetch).poll(Window(clock.at))


@pytest.mark.asyncio
async def test_the_documented_answer_becomes_its_shares(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock, memory: Memory
) -> None:
    """Tasks and groups as parts of all; models as parts of their task, under a source label of their own."""
    clock.at = datetime(2026, 6, 18, 1, 5, tzinfo=UTC)
    snapshot = await poll(httpserver, fetch, clock, EXAMPLE)
    task, group = "code:general_impl", "code"
    own, within = "openrouter/tasks", "openrouter/task-models"
    model = "openai/gpt-4.1-mini"
    assert {sample.series.labels: sample.value for sample in snapshot.samples} == {
        Labels.of(source=own, group=group, measure="usage"): 0.45,
        Labels.of(source=own, group=group, measure="tokens"): 0.52,
        Labels.of(source=own, task=task, measure="usage"): 0.23,
        Labels.of(source=own, task=task, measure="tokens"): 0.31,
        Labels.of(source=within, task=task, model=model, measure="usage"): 0.55,
        Labels.of(source=within, task=task, model=model, measure="tokens"): 0.75,
    }
    assert {(sample.series.metric, sample.valid_at) for sample in snapshot.samples} == {("usage_share", clock.at)}
    hour = datetime(2026, 6, 18, 2, tzinfo=UTC)
    assert snapshot.seals == tuple(
        Seal(source, "usage_share", Bar.HOUR, hour, clock.at, clock.at + timedelta(hours=48))
        for source in (own, within)
    )
    assert (snapshot.source, snapshot.entries, snapshot.complete) == (KIND, 1, True)
    assert snapshot.citation == (
        "Source: OpenRouter (openrouter.ai/rankings), as of 2026-06-17. Licensed under CC BY 4.0."
    )
    assert len(memory.spent["openrouter-data-api"]) == 1


def changed(field: str, value: object) -> bytes:
    """The documented answer with a field replaced (None = left out) wherever it stands first."""
    answer = json.loads(EXAMPLE)
    data = answer["data"]
    task, group = data["classifications"][0], data["macro_categories"][0]
    holder = next(each for each in (data, task, group, task["models"][0], answer) if field in each)
    holder[field] = value
    if value is None:
        del holder[field]
    return json.dumps(answer).encode()


_TASK: dict[str, Any] = json.loads(EXAMPLE)["data"]["classifications"][0]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<html>", "the answer: got 6 bytes beginning '<html>', expected JSON (it looks like HTML)"),
        (b"{}", "the answer: got an empty object, expected the key 'data'"),
        (changed("data", []), "data: got [], expected an object"),
        (changed("window_days", 30), "data.window_days: got 30, expected 7, as asked for"),
        (changed("as_of", "2026-06-31"), "data.as_of: got '2026-06-31', expected a date that exists, as YYYY-MM-DD"),
        (changed("classifications", []), "data.classifications: got [], expected at least one entry"),
        (changed("macro_categories", None), "expected the key 'macro_categories'"),
        (changed("tag", 5), "data.classifications[0].tag: got 5, expected a text"),
        (changed("tag", ""), "data.classifications[0].tag: got '', expected a slug of at most 200 characters"),
        (changed("usage_share", None), "expected the key 'usage_share'"),
        (changed("usage_share", "0.5"), "classifications[0].usage_share: got '0.5', expected a share as a number from"),
        (changed("usage_share", value=True), "classifications[0].usage_share: got True, expected a share as a number"),
        (
            changed("token_share", 31),
            "classifications[0].token_share: got 31, expected a share as a number from 0 to 1",
        ),
        (changed("token_share", -0.1), "classifications[0].token_share: got -0.1, expected a share as a number"),
        (changed("key", "a b"), "data.macro_categories[0].key: got 'a b', expected a slug"),
        (changed("models", None), "expected the key 'models'"),
        (changed("models", {}), "data.classifications[0].models: got an empty object, expected a list"),
        (changed("id", None), "data.classifications[0].models[0]: got an object with the keys"),
        (changed("tag_usage_share", None), "expected the key 'tag_usage_share'"),
        (changed("tag_token_share", 2), "models[0].tag_token_share: got 2, expected a share"),
        (
            changed("models", _TASK["models"] * 2),
            "models[1].id: got 'openai/gpt-4.1-mini', expected a model that stands",
        ),
        (
            changed("classifications", [_TASK, _TASK]),
            "[1].tag: got 'code:general_impl', expected a task that stands once",
        ),
    ],
)
def test_a_broken_answer_is_refused_with_field_got_and_expected(body: bytes, says: str) -> None:
    """Names inside the models once changed under those who read them: an absent key is loud."""
    with pytest.raises(SourceError) as caught:
        parse(body)
    assert caught.value.message.startswith(f"{KIND}: ")
    assert says in caught.value.message


def test_a_task_may_have_no_models() -> None:
    """The list of models is a top few; none is not an error."""
    assert parse(changed("models", [])).by_model == ()


@pytest.mark.parametrize("wrong", [{"key": ""}, {"window": "30d"}, {"stale_after": 0}])
def test_wrong_settings_are_refused_and_the_key_is_not_shown(wrong: dict[str, object]) -> None:
    """Unknown names and impossible values are errors at start."""
    with pytest.raises(ValidationError) as caught:
        Config.model_validate({"key": KEY, **wrong})
    assert KEY not in str(caught.value)


RULES = """
groups:
  - name: tasks
    every: day
    rules:
      - alert: TaskMoves
        watch: usage_share(task="*", measure="tokens", source="openrouter/tasks")
        moves: 5 points
      - alert: Leads
        watch: usage_share(task="code:*", model="*", measure="tokens")
        crosses_above: 80%
      - alert: AnyWhole
        watch: usage_share(measure="tokens")
        above: 0%
"""


@pytest.mark.asyncio
async def test_rules_mean_tasks_only_by_their_labels(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock, tmp_path: Path
) -> None:
    """End to end: a task that moved, a model that leads in it; what names no slice sees none."""
    polls = []
    bodies = (EXAMPLE, EXAMPLE, EXAMPLE.replace(b"0.31", b"0.37").replace(b"0.75", b"0.85"))
    for number, body in enumerate(bodies):
        clock.at = datetime(2026, 6, 18, 23, 5, tzinfo=UTC) + timedelta(days=number)
        polls.append(await poll(httpserver, fetch, clock, body))
    said = [notice.title for notice in told(tmp_path / "ledger", polls, RULES)]
    assert said == [
        "Leads: tokens, openai/gpt-4.1-mini, code:general_impl: 85% against 80%",
        "TaskMoves: tokens, code:general_impl: 37% against 31%",
    ]
