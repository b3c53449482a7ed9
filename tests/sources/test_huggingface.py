from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from monitor.errors import SourceError
from monitor.model.fact import code
from monitor.model.labels import Labels
from monitor.model.sample import Snapshot
from monitor.ports import Window
from monitor.sources.fetch import Fetch
from monitor.sources.huggingface import KIND, METRICS, Config, build, parse, parse_one
from tests.secrecy import assert_hidden, chained
from tests.shared import payload
from tests.sources.fakes import Clock, Memory
from tests.sources.judged import told

PATH = "/api/models"
TOKEN = "hf_topsecret"
RECORDED = payload("huggingface-hub/models-by-downloads-2026-10-10-trimmed.json")
QWEN = "Qwen/Qwen3-8B"


def config(server: HTTPServer, **settings: object) -> Config:
    return Config.model_validate({"url": server.url_for(PATH), **settings})


async def poll(server: HTTPServer, fetch: Fetch, clock: Clock, **settings: object) -> Snapshot:
    return await build(config(server, **settings), fetch).poll(Window(clock.at))


def values(snapshot: Snapshot, metric: str) -> dict[str, float | None]:
    """By repository."""
    return {
        sample.series.labels.get("repo"): sample.value for sample in snapshot.samples if sample.series.metric == metric
    }


def entry(name: str, **fields: object) -> dict[str, object]:
    return {"id": name, "downloads": 10, "downloadsAllTime": 100, "likes": 1, "tags": ["license:mit"], **fields}


@pytest.mark.asyncio
async def test_the_recorded_list_becomes_its_counts(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """Nine repositories by downloads; the one without a licence tag has none; what was not answered is not there."""
    asked: list[Request] = []

    def respond(request: Request) -> Response:
        asked.append(request)
        return Response(RECORDED)

    httpserver.expect_request(PATH).respond_with_handler(respond)
    snapshot = await poll(httpserver, fetch, clock)
    (request,) = asked
    assert {name: request.args.getlist(name) for name in request.args} == {
        "sort": ["downloads"],
        "direction": ["-1"],
        "limit": ["100"],
        "expand[]": ["downloads", "downloadsAllTime", "likes", "tags"],
        "pipeline_tag": ["text-generation"],
    }
    assert "Authorization" not in request.headers
    rows = json.loads(RECORDED)
    assert values(snapshot, "downloads") == {row["id"]: row["downloads"] for row in rows}
    assert values(snapshot, "likes") == {row["id"]: row["likes"] for row in rows}
    assert values(snapshot, "downloads_all_time") == values(snapshot, "derivatives") == {}
    licences = values(snapshot, "licence")
    assert licences[QWEN] == code("apache-2.0")
    assert licences["openai-community/gpt2"] == code("mit")
    assert "trl-internal-testing/tiny-Qwen2ForCausalLM-2.5" not in licences
    assert {"apache-2.0", "mit"} <= set(snapshot.texts)
    assert {seal.metric for seal in snapshot.seals} == set(METRICS)
    assert {sample.series.labels.without(["repo"]) for sample in snapshot.samples} == {Labels.of(source="huggingface")}
    assert (snapshot.source, snapshot.entries, snapshot.complete, snapshot.faults) == (KIND, 9, True, ())
    assert snapshot.citation == "Source: Hugging Face (huggingface.co/models)"


def paged(server: HTTPServer, pages: Sequence[list[dict[str, object]]], path: str = PATH) -> list[Request]:
    """Answers a list page by page, the next one by a Link header; notes what was asked."""
    asked: list[Request] = []

    def respond(request: Request) -> Response:
        asked.append(request)
        number = int(request.args.get("cursor", "0"))
        following = f"https://hub.example{path}?limit={request.args['limit']}&cursor={number + 1}"
        link = {"Link": f'<{following}>; rel="next"'} if number + 1 < len(pages) else {}
        return Response(json.dumps(pages[number]), headers=link)

    server.expect_request(path).respond_with_handler(respond)
    return asked


@pytest.mark.asyncio
async def test_a_list_is_read_page_by_page_until_there_is_enough(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock, memory: Memory
) -> None:
    """The Link header's cursor, at our own address whatever host it names; no page more than is needed."""
    asked = paged(httpserver, [[entry(f"a/{page}{place}") for place in range(2)] for page in range(5)])
    snapshot = await poll(httpserver, fetch, clock, top=5, token=TOKEN)
    assert [request.args.get("cursor") for request in asked] == [None, "1", "2"]
    assert {request.headers["Authorization"] for request in asked} == {f"Bearer {TOKEN}"}
    assert list(values(snapshot, "downloads_all_time")) == ["a/00", "a/01", "a/10", "a/11", "a/20"]
    assert len(memory.spent["huggingface"]) == 3
    assert snapshot.entries == 5


@pytest.mark.asyncio
async def test_named_repositories_are_asked_for_with_their_derivatives(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock
) -> None:
    """One that the list had is not asked for again; its derivatives are counted over all pages."""
    answers: dict[str, list[list[dict[str, str]]]] = {
        f"base_model:{QWEN}": [[{"id": f"x/{n}"} for n in range(3)], [{"id": "x/4"}]],
        "base_model:a/small": [[]],
    }

    def respond(request: Request) -> Response:
        if "filter" not in request.args and "cursor" not in request.args:
            return Response(json.dumps([entry(QWEN)]))
        pages = answers[request.args.get("filter", f"base_model:{QWEN}")]
        number = int(request.args.get("cursor", "0"))
        link = {"Link": '</api/models?cursor=1>; rel="next"'} if number + 1 < len(pages) else {}
        return Response(json.dumps(pages[number]), headers=link)

    httpserver.expect_request(PATH).respond_with_handler(respond)
    httpserver.expect_oneshot_request(f"{PATH}/a/small").respond_with_json(entry("a/small", likes=7))
    snapshot = await poll(httpserver, fetch, clock, top=1, repos=f"{QWEN}, a/small")
    assert values(snapshot, "derivatives") == {QWEN: 4, "a/small": 0}
    assert values(snapshot, "likes") == {QWEN: 1, "a/small": 7}
    assert (snapshot.entries, snapshot.faults) == (2, ())


def some_wrong(request: Request) -> Response:
    """One is gone, one is broken, one has derivatives without end."""
    name = request.path.removeprefix(f"{PATH}/")
    if name == "a/gone":
        return Response("{}", 404)
    if name != PATH:
        return Response(json.dumps(entry(name, likes="many" if name == "a/broken" else 7)))
    endless = {"Link": '<?cursor=more>; rel="next"'} if request.args.get("filter") != "base_model:a/sound" else {}
    return Response('[{"id": "x/y"}]', headers=endless)


@pytest.mark.asyncio
async def test_what_is_wrong_with_a_named_one_leaves_the_others_alone(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock
) -> None:
    """It is told, and left unknown; of one with too many derivatives only their count is."""
    httpserver.expect_request(PATH).respond_with_handler(some_wrong)
    for name in ("gone", "broken", "endless", "sound"):
        httpserver.expect_request(f"{PATH}/a/{name}").respond_with_handler(some_wrong)
    snapshot = await poll(httpserver, fetch, clock, top=0, repos=["a/gone", "a/broken", "a/endless", "a/sound"])
    assert values(snapshot, "likes") == {"a/endless": 7, "a/sound": 7}
    assert values(snapshot, "derivatives") == {"a/sound": 1}
    assert [fault.partition(": ")[0] for fault in snapshot.faults] == ["a/gone", "a/broken", "a/endless"]
    assert "got HTTP 404" in snapshot.faults[0]
    assert "likes: got 'many', expected a whole number, 0 or more" in snapshot.faults[1]
    assert "got more than 50 pages of one list, expected its end" in snapshot.faults[2]
    with pytest.raises(SourceError, match=r"a/gone: .*got HTTP 404"):
        await poll(httpserver, fetch, clock, top=0, repos=["a/gone"])


@pytest.mark.asyncio
async def test_a_busy_hub_fails_the_poll(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """Too many requests: nothing is lost for one that could not be asked, and no request goes out before the time."""
    httpserver.expect_request(f"{PATH}/a/b").respond_with_json(entry("a/b"))
    httpserver.expect_request(PATH).respond_with_data(b"", status=429, headers={"Retry-After": "200"})
    for says in ("got HTTP 429", "asked to wait; the next request may go out in 200 s"):
        with pytest.raises(SourceError, match=says) as caught:
            await poll(httpserver, fetch, clock, top=0, repos=["a/b"])
        assert caught.value.not_before == 200


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<html>", "the answer: got 6 bytes beginning '<html>', expected JSON (it looks like HTML)"),
        (b"{}", "the answer: got an empty object, expected a list"),
        (b"[]", "the answer: got [], expected at least one entry"),
        (b"[5]", "got 1 broken entries of 1, expected at most 5%"),
        (
            json.dumps([entry("a/b"), entry("a/b")]).encode(),
            "[1].id: got 'a/b', expected an id that stands once in the",
        ),
    ],
)
def test_a_broken_list_is_refused(body: bytes, says: str) -> None:
    """What is no list, or only a part of one, would make repositories vanish that are still there."""
    with pytest.raises(SourceError) as caught:
        parse(body)
    assert caught.value.message.startswith(f"{KIND}: ")
    assert says in caught.value.message


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"id": None}, "id: got None, expected a text"),
        ({"id": "a b"}, "id: got 'a b', expected the name of a repository, such as Qwen/Qwen3-8B"),
        ({"id": "../etc"}, "id: got '../etc', expected the name of a repository"),
        ({"downloads": "5"}, "downloads: got '5', expected a whole number, 0 or more"),
        ({"downloads": -5}, "downloads: got -5, expected a whole number, 0 or more"),
        ({"downloadsAllTime": 1.5}, "downloadsAllTime: got 1.5, expected a whole number"),
        ({"likes": True}, "likes: got True, expected a whole number"),
        ({"tags": "license:mit"}, "tags: got 'license:mit', expected a list"),
    ],
)
def test_a_broken_entry_is_told_with_field_got_and_expected(fields: dict[str, Any], says: str) -> None:
    """By itself it is refused; one of forty in a list leaves the others alone."""
    broken = entry("a/b", **fields)
    with pytest.raises(SourceError) as caught:
        parse_one(json.dumps(broken).encode())
    assert caught.value.message.startswith(f"{KIND}: {says}")
    found = parse(json.dumps([broken, *(entry(f"c/{number}") for number in range(39))]).encode())
    assert (len(found.faults), found.count) == (1, 40)
    assert says in found.faults[0]


@pytest.mark.parametrize(
    ("tags", "licence"),
    [
        ([], ""),
        (["license:mit", "region:us"], "mit"),
        (["license:other", "license:apache-2.0"], "apache-2.0, other"),
        (["licence:mit", "license:", "license:a b", 5], ""),
    ],
)
def test_a_licence_is_what_the_tags_say(tags: list[object], licence: str) -> None:
    """Several in one order; none is unknown, not free."""
    assert parse_one(json.dumps(entry("a/b", tags=tags)).encode()).licence == licence


@pytest.mark.parametrize(
    "wrong",
    [{"top": 0}, {"top": 1001}, {"repos": "a b"}, {"repos": ["../x"]}, {"task": "Text"}, {"token": ""}, {"key": "x"}],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    """Also those that leave nothing to read."""
    with pytest.raises(ValidationError):
        Config.model_validate(wrong)


@pytest.mark.asyncio
async def test_the_token_stands_in_no_text(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in the settings' repr, the source's repr, an error or a log; a line end pasted with it does no harm."""
    caplog.set_level(logging.DEBUG)
    httpserver.expect_request(PATH, headers={"Authorization": f"Bearer {TOKEN}"}).respond_with_data(b"{}", status=401)
    settings = config(httpserver, token=f"{TOKEN}\n")
    with pytest.raises(SourceError, match="got HTTP 401") as caught:
        await build(settings, fetch).poll(Window(clock.at))
    assert_hidden([TOKEN], texts=[repr(settings), repr(build(settings, fetch)), *chained(caught.value), caplog.text])


RULES = """
groups:
  - name: hub
    every: day
    rules:
      - alert: LicenceChanged
        watch: licence(repo="*")
        changes: true
      - alert: Downloads
        watch: downloads(vendor="qwen")
        rises: 50%
"""


@pytest.mark.asyncio
async def test_rules_over_licences_and_downloads(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock, tmp_path: Path
) -> None:
    """End to end: the fact by its text, the count by the vendor that the catalogue knows the repository's owner as."""
    polls = []
    for number, fields in enumerate(({}, {}, {"tags": ["license:other"], "downloads": 20})):
        httpserver.clear()
        httpserver.expect_request(PATH).respond_with_json([entry(QWEN, **fields)])
        clock.at = datetime(2026, 10, 10, 23, 5, tzinfo=UTC) + timedelta(days=number)
        polls.append(await poll(httpserver, fetch, clock))
    said = [notice.title for notice in told(tmp_path / "ledger", polls, RULES)]
    assert said == ["Downloads: Qwen/Qwen3-8B: 20 against 10", "LicenceChanged: Qwen/Qwen3-8B: other against mit"]
