"""The fake of Slack, asked by slack_sdk: it behaves as Slack does, so that what is tested against it holds."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from http.client import RemoteDisconnected
from typing import Any
from urllib.error import URLError

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from monitor.testing import BROKEN, CUT, LOST, Chance, FakeSlack, busy, refused, slow
from monitor.testing.faults import Faults
from monitor.testing.messages import Shared

CHANNEL = "C00000001"
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3_000}}


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    """One that takes everything."""
    with FakeSlack() as fake:
        yield fake


def client(fake: FakeSlack, token: str = "") -> WebClient:
    """Without retries of its own."""
    return WebClient(token or fake.token, base_url=fake.api, retry_handlers=[])


def code(refusal: pytest.ExceptionInfo[SlackApiError]) -> str:
    """Slack's."""
    return str(refusal.value.response["error"])


def test_everything_posted_is_remembered(slack: FakeSlack) -> None:
    """With ids and metadata; an edit keeps what stood there and the metadata, and takes blocks away with plain text."""
    api, metadata = client(slack), {"event_type": "e", "event_payload": {"id": "1"}}
    posted = api.chat_postMessage(
        channel="#market", text="first", blocks=[SECTION], client_msg_id="m", metadata=metadata
    )
    assert posted["channel"] == CHANNEL
    api.chat_update(channel=CHANNEL, ts=posted["ts"], text="edited")
    (message,) = slack.posted
    assert (message.text, message.blocks, message.client_msg_id, message.metadata) == ("edited", [], "m", metadata)
    assert [(each.text, each.blocks) for each in message.edits] == [("first", [SECTION])]


def test_history_is_paged_newest_first_and_a_thread_oldest_first(slack: FakeSlack) -> None:
    """Replies stand in their thread alone unless they are broadcast; `oldest` is excluded; metadata when asked for."""
    api = client(slack)
    first = api.chat_postMessage(channel=CHANNEL, text="0", metadata={"event_type": "e", "event_payload": {}})["ts"]
    for number in (1, 2, 3):
        api.chat_postMessage(channel=CHANNEL, text=str(number), thread_ts=first, reply_broadcast=number == 3)
    api.chat_postMessage(channel=CHANNEL, text="4")
    page = api.conversations_history(channel=CHANNEL, limit=2)
    assert [each["text"] for each in page["messages"]] == ["4", "3"]
    rest = api.conversations_history(channel=CHANNEL, limit=2, cursor=page["response_metadata"]["next_cursor"])
    assert ([each["text"] for each in rest["messages"]], rest["has_more"]) == (["0"], False)
    assert "metadata" not in rest["messages"][0]
    whole = api.conversations_history(channel=CHANNEL, oldest=first, include_all_metadata=True)
    assert [each["text"] for each in whole["messages"]] == ["4", "3"]
    thread = api.conversations_replies(channel=CHANNEL, ts=first, include_all_metadata=True)
    assert [each["text"] for each in thread["messages"]] == ["0", "1", "2", "3"]
    assert "metadata" in thread["messages"][0]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        ({"text": "x", "blocks": [{"type": "colour"}]}, "invalid_blocks"),
        (
            {"text": "x", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3_001}}]},
            "invalid_blocks",
        ),
        ({"text": "x", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": ""}}]}, "invalid_blocks"),
        (
            {"text": "x", "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]},
            "invalid_blocks",
        ),
        ({"text": "x", "blocks": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]}, "invalid_blocks"),
        (
            {"text": "x", "blocks": [{"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11}]},
            "invalid_blocks",
        ),
        ({"text": "x", "blocks": [SECTION] * 5}, "msg_blocks_too_long"),
        ({"text": "x", "blocks": [{"type": "image", "slack_file": {"id": "F1"}, "alt_text": "x"}]}, "invalid_blocks"),
        ({"text": "x", "metadata": {"event_type": "e"}}, "invalid_metadata_format"),
        ({"text": "x", "thread_ts": "1.2"}, "thread_not_found"),
        ({"text": "x", "channel": "C9"}, "channel_not_found"),
    ],
)
def test_what_slack_refuses_it_refuses(slack: FakeSlack, fields: dict[str, Any], expected: str) -> None:
    """With Slack's own code; nothing is posted."""
    with pytest.raises(SlackApiError) as refusal:
        client(slack).api_call("chat.postMessage", json={"channel": CHANNEL, **fields})
    assert code(refusal) == expected
    assert not slack.posted


def test_who_may_not_is_refused(slack: FakeSlack) -> None:
    """Another token, one that was revoked, a missing scope, an archived channel, a method nobody knows."""
    for token, expected in (("xoxb-other", "invalid_auth"), (slack.token, "token_revoked")):
        slack.workspace.revoked = expected == "token_revoked"
        with pytest.raises(SlackApiError) as refusal:
            client(slack, token).auth_test()
        assert code(refusal) == expected
    slack.workspace.revoked = False
    slack.workspace.scopes = frozenset({"chat:write"})
    with pytest.raises(SlackApiError) as refusal:
        client(slack).conversations_history(channel=CHANNEL)
    assert code(refusal) == "missing_scope"
    slack.archive()
    with pytest.raises(SlackApiError) as refusal:
        client(slack).chat_postMessage(channel=CHANNEL, text="x")
    assert code(refusal) == "is_archived"
    with pytest.raises(SlackApiError) as refusal:
        client(slack).api_call("chat.shout")
    assert code(refusal) == "unknown_method"


def test_a_deleted_message_is_gone(slack: FakeSlack) -> None:
    """It can not be edited or replied to; the fake still knows of it."""
    posted = client(slack).chat_postMessage(channel=CHANNEL, text="x")
    slack.delete(slack.posted[0])
    with pytest.raises(SlackApiError) as refusal:
        client(slack).chat_update(channel=CHANNEL, ts=posted["ts"], text="y")
    assert code(refusal) == "message_not_found"
    with pytest.raises(SlackApiError) as refusal:
        client(slack).chat_postMessage(channel=CHANNEL, text="y", thread_ts=posted["ts"])
    assert code(refusal) == "thread_not_found"
    assert slack.posted[0].deleted


def test_a_channel_takes_one_message_a_second() -> None:
    """429 with whole seconds to wait; another channel has a pace of its own."""
    clock = [1_000.0]
    with FakeSlack(gap=1.0, now=lambda: clock[0], channels={"C1": "a", "C2": "b"}) as slack:
        api = client(slack)
        for channel in ("C1", "C2"):
            api.chat_postMessage(channel=channel, text="x")
        clock[0] += 0.25
        with pytest.raises(SlackApiError) as refusal:
            api.chat_postMessage(channel="C1", text="x")
        assert (refusal.value.response.status_code, refusal.value.response.headers["Retry-After"]) == (429, "1")
        clock[0] += 1
        api.chat_postMessage(channel="C1", text="x")
        assert [message.channel for message in slack.posted] == ["C1", "C2", "C1"]


def test_faults_by_script(slack: FakeSlack) -> None:
    """Each once, in order; those that act leave a message behind."""
    api, late = client(slack), list[float]()
    slack._pause = late.append  # noqa: SLF001 - time is a value
    slack.fail("chat.postMessage", busy(7), BROKEN, CUT, LOST, refused("internal_error", acts=True), slow(3.0), None)
    with pytest.raises(SlackApiError) as refusal:
        api.chat_postMessage(channel=CHANNEL, text="busy")
    assert refusal.value.response.headers["Retry-After"] == "7"
    with pytest.raises(SlackApiError, match="non-JSON"):
        api.chat_postMessage(channel=CHANNEL, text="broken")
    for text in ("cut", "lost"):
        with pytest.raises(RemoteDisconnected):
            api.chat_postMessage(channel=CHANNEL, text=text)
    with pytest.raises(SlackApiError) as refusal:
        api.chat_postMessage(channel=CHANNEL, text="doubtful")
    assert code(refusal) == "internal_error"
    for text in ("slow", "well"):
        api.chat_postMessage(channel=CHANNEL, text=text)
    assert [message.text for message in slack.posted] == ["lost", "doubtful", "slow", "well"]
    assert late == [0.0, 0.0, 3.0]


def test_chance_is_seeded() -> None:
    """The same seed, the same faults; about as many as asked for."""
    chance = Chance(7, busy=0.2, broken=0.02, lost=0.01)
    first, second = ([faults.next("m") for _ in range(10_000)] for faults in (Faults(chance), Faults(chance)))
    assert first == second
    assert 1_800 < first.count(busy(1)) < 2_200
    assert 150 < first.count(BROKEN) < 250
    assert 60 < first.count(LOST) < 140


def test_a_refused_connection_and_the_same_address_afterwards(slack: FakeSlack) -> None:
    """As during an outage."""
    with slack.away(), pytest.raises(URLError, match="refused"):
        client(slack).auth_test()
    assert client(slack).auth_test()["user_id"]


def test_a_webhook_says_ok_or_why_not(slack: FakeSlack) -> None:
    """As text with a status; it takes no ids, and its messages can not be edited."""
    hook = WebhookClient(slack.hook(), retry_handlers=[])
    assert (hook.send(text="x").body, hook.send(text="").body) == ("ok", "no_text")
    assert hook.send_dict({"text": "x", "client_msg_id": "m"}).status_code == 400
    with pytest.raises(SlackApiError) as refusal:
        client(slack).chat_update(channel=CHANNEL, ts=slack.posted[0].ts, text="y")
    assert code(refusal) == "cant_update_message"
    slack.archive()
    assert (hook.send(text="x").status_code, hook.send(text="x").body) == (410, "channel_is_archived")
    slack.revoke()
    assert (hook.send(text="x").status_code, hook.send(text="x").body) == (404, "no_service")


def test_a_file_is_ready_some_time_after_its_upload(slack: FakeSlack) -> None:
    """Three calls; blocks may show it once files.info has a thumbnail, and not before."""
    api = client(slack)
    begun = api.files_getUploadURLExternal(filename="chart.png", length=3, alt_txt="a line")
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    direct.open(begun["upload_url"], b"png", timeout=5).close()
    api.files_completeUploadExternal(files=[{"id": begun["file_id"], "title": "chart"}], channel_id=CHANNEL)
    shown = [{"type": "image", "slack_file": {"id": begun["file_id"]}, "alt_text": "chart"}]
    with pytest.raises(SlackApiError) as refusal:
        api.chat_postMessage(channel=CHANNEL, text="x", blocks=shown)
    assert code(refusal) == "invalid_blocks"
    looks = [api.files_info(file=begun["file_id"])["file"] for _ in range(3)]
    assert ["thumb_360" in look for look in looks] == [False, False, True]
    api.chat_postMessage(channel=CHANNEL, text="x", blocks=shown)
    assert [message.files for message in slack.posted] == [
        (Shared(begun["file_id"], "chart.png", "chart", "a line"),),
        (),
    ]


def test_a_shared_file_shows_after_a_while_and_not_without_its_thread() -> None:
    """Slack looks files through before; the answer comes earlier."""
    clock = [1_000.0]
    with FakeSlack(settling=5.0, now=lambda: clock[0]) as slack:
        api = client(slack)
        first = api.chat_postMessage(channel=CHANNEL, text="first")["ts"]
        file = slack.workspace.files.begin("a.png", 3, "")
        slack.workspace.files.take(file.id, b"png")
        api.files_completeUploadExternal(files=[{"id": file.id}], channel_id=CHANNEL, thread_ts=first)
        with pytest.raises(SlackApiError, match="thread_not_found"):
            api.files_completeUploadExternal(files=[{"id": file.id}], channel_id=CHANNEL, thread_ts="1.2")
        assert len(api.conversations_replies(channel=CHANNEL, ts=first)["messages"]) == 1
        clock[0] += 5
        _, reply = api.conversations_replies(channel=CHANNEL, ts=first)["messages"]
        assert reply["files"] == [{"id": file.id, "name": "a.png", "title": "a.png"}]
