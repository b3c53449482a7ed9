"""People act at a Slack over a real socket: what the desk is asked, and what they are answered."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from monitor.errors import ActionError, LedgerFullError
from monitor.notifiers import slack
from monitor.notifiers.slack import listening
from monitor.notifiers.slack.answers import HOLD
from monitor.notifiers.slack.interactions import USAGE
from monitor.ports import Actor, Listener, Quiet
from monitor.testing import BROKEN, CUT, FakeSlack, Message, Person, busy, refused
from tests.notifiers.desk import FakeDesk
from tests.notifiers.said import NOTIFICATION, transition
from tests.secrecy import assert_hidden

pytestmark = pytest.mark.asyncio
OPEN = "apps.connections.open"
FIRED = replace(NOTIFICATION, transitions=(transition(),))
JANE = Actor("jane", "ops")
SOMEBODY = Person()
JOHN = Person("U00000002", "john")


@pytest.fixture
def fake() -> Iterator[FakeSlack]:
    """A workspace with two channels."""
    with FakeSlack(channels={"C00000001": "market", "C00000002": "random"}) as made:
        yield made


def config(fake: FakeSlack, channel: str = "C00000001", *users: str) -> slack.Config:
    """Of a receiver that listens."""
    table = {"token": fake.token, "app_token": fake.app_token, "channel": channel, "base_url": fake.api}
    return slack.Config.model_validate({**table, "users": users})


def posted(fake: FakeSlack) -> Message:
    """A message with its buttons."""
    slack.build(config(fake)).send(FIRED)
    return fake.posted[-1]


@asynccontextmanager
async def running(listener: Listener) -> AsyncIterator[asyncio.Task[None]]:
    """While it listens; it has ended afterwards."""
    stop = asyncio.Event()
    task = asyncio.create_task(listener.run(stop))
    try:
        yield task
    finally:
        stop.set()
        await task


@asynccontextmanager
async def listens(fake: FakeSlack, desk: FakeDesk, *users: str) -> AsyncIterator[None]:
    """While one listener for one receiver is connected."""
    (listener,) = slack.listen({"ops": config(fake, "C00000001", *users)}, desk)
    async with running(listener):
        await asyncio.to_thread(fake.sockets.wait)
        yield


async def pressed(fake: FakeSlack, label: str, by: Person = SOMEBODY) -> str:
    """What the person is told."""
    message = await asyncio.to_thread(posted, fake)
    act = await asyncio.to_thread(lambda: fake.press(message, label, by=by))
    return await asyncio.to_thread(fake.told, act)


@pytest.mark.parametrize(
    ("label", "asked"),
    [
        ("Acknowledge", ("acknowledge", FIRED.id, JANE)),
        ("1 day", ("silence", FIRED.id, JANE, Quiet.DAY)),
        ("1 week", ("silence", FIRED.id, JANE, Quiet.WEEK)),
        ("until it changes by 5 more points", ("silence", FIRED.id, JANE, Quiet.MOVED)),
        ("Why", ("why", FIRED.id)),
        ("History", ("history", FIRED.id)),
    ],
)
async def test_every_button_asks_the_desk(fake: FakeSlack, label: str, asked: tuple[object, ...]) -> None:
    """With the id of what it stands under, and who pressed it; the answer goes to them alone."""
    desk = FakeDesk(lambda: "done & <done>")
    async with listens(fake, desk):
        assert await pressed(fake, label) == "done &amp; &lt;done&gt;"
    assert desk.asked == [asked]
    assert len(fake.posted) == 1
    ((answer,),) = fake.people._answers.values()  # noqa: SLF001 - the whole document
    assert (answer["response_type"], answer["replace_original"]) == ("ephemeral", False)


async def test_a_command_asks_the_desk(fake: FakeSlack) -> None:
    """As it was typed, pretty quotes made plain; what the desk does not know it is not asked."""
    desk = FakeDesk(lambda: "two\n  lines")
    async with listens(fake, desk):
        for words, asked, told in (
            ("status", "status", "```two\n  lines```"),
            ("silence model=\u201ca/*\u201d 1w &amp; more", 'silence model="a/*" 1w & more', "```two\n  lines```"),
            ("sing", "", None),
            ("", "", None),
        ):
            act = await asyncio.to_thread(fake.command, words)
            answer = await asyncio.to_thread(fake.told, act)
            assert answer == told or (told is None and USAGE.splitlines()[0] in answer)
            assert not asked or desk.asked.pop() == ("command", asked, JANE)
    assert not desk.asked


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ActionError("it is over", hint="there is nothing to do"), "```it is over\n    there is nothing to do```"),
        (LedgerFullError("no room for secret.sqlite"), listening._NOT_NOW),  # noqa: SLF001
        (KeyError("a fault"), listening._FAULT),  # noqa: SLF001
    ],
)
async def test_what_can_not_be_done_is_said(
    fake: FakeSlack, caplog: pytest.LogCaptureFixture, error: Exception, told: str
) -> None:
    """An ActionError in its own words; of others the log has more, and the next is listened to."""

    def fails() -> str:
        raise error

    desk = FakeDesk(fails)
    async with listens(fake, desk):
        assert await pressed(fake, "Why") == told
        desk.answer = lambda: "now"
        assert await pressed(fake, "Why") == "now"
    assert bool(caplog.records) is not isinstance(error, ActionError)


async def test_an_envelope_is_acknowledged_before_the_work(fake: FakeSlack) -> None:
    """Slack waits three seconds; the desk may take longer."""
    released = threading.Event()
    desk = FakeDesk(lambda: str(released.wait(10)))
    message = posted(fake)
    async with listens(fake, desk):
        act = await asyncio.to_thread(fake.press, message, "Why")  # returns once it is acknowledged
        released.set()
        assert await asyncio.to_thread(fake.told, act) == "True"


async def test_an_envelope_that_comes_twice_acts_once(fake: FakeSlack) -> None:
    """Both are acknowledged."""
    desk, message = FakeDesk(), posted(fake)
    async with listens(fake, desk):
        await asyncio.to_thread(lambda: fake.press(message, "Acknowledge", times=2))
        await pressed(fake, "Why")
    assert [each[0] for each in desk.asked] == ["acknowledge", "why"]


async def test_only_the_receivers_people_in_its_channel_act(fake: FakeSlack, caplog: pytest.LogCaptureFixture) -> None:
    """By id or by name; others are told politely, and logged without anything secret."""
    desk = FakeDesk()
    async with listens(fake, desk, "U00000001", "mary"):
        assert await pressed(fake, "Acknowledge") == "done"
        assert await pressed(fake, "Acknowledge", Person("U00000003", "mary")) == "done"
        assert "not among those" in await pressed(fake, "Acknowledge", JOHN)
        act = await asyncio.to_thread(lambda: fake.command("status", channel="C00000002"))
        assert "only in the channel" in await asyncio.to_thread(fake.told, act)
        for kind, payload in (("interactive", {"type": "view_submission"}), ("events_api", {}), ("\x1b" * 300, {})):
            act = await asyncio.to_thread(fake.people.act, kind, payload)
            assert "does not know this" in await asyncio.to_thread(fake.told, act)
    assert len(desk.asked) == 2
    assert "U00000002, who is not among its users" in caplog.text
    assert "C00000002" in caplog.text
    assert "/respond/" not in caplog.text


async def test_one_connection_serves_all_receivers_of_an_app(fake: FakeSlack) -> None:
    """Slack hands over by any connection of an app; who acts where is told by the channel, here by its name."""
    desk = FakeDesk()
    configs = {"ops": config(fake), "dev": config(fake, "#random")}
    configs["quiet"] = slack.Config.model_validate({"webhook": fake.hook()})
    (listener,) = slack.listen(configs, desk)
    async with running(listener):
        await asyncio.to_thread(fake.sockets.wait)
        for channel in ("C00000001", "C00000002"):
            await asyncio.to_thread(lambda place: fake.told(fake.command("alerts", channel=place)), channel)
    assert [each[-1] for each in desk.asked] == [Actor("jane", "ops"), Actor("jane", "dev")]
    assert fake.sockets.opened == 1


async def test_after_a_stop_no_thread_is_left(fake: FakeSlack) -> None:
    """And no connection."""
    before = threading.active_count()
    async with listens(fake, FakeDesk()):
        await pressed(fake, "Why")
    await asyncio.to_thread(fake.sockets.wait_for_end)
    left = [each.name for each in threading.enumerate() if "process_request" not in each.name]
    assert len(left) <= before + 4, left  # asyncio keeps the threads of its own pool


def _refresh(fake: FakeSlack) -> None:
    fake.sockets.refresh()


def _cut(fake: FakeSlack) -> None:
    fake.sockets.cut()


def _cut_and_slack_falters(fake: FakeSlack) -> None:
    fake.fail(OPEN, BROKEN, CUT, busy(0), refused("internal_error"))
    fake.sockets.cut()


@pytest.mark.parametrize("happens", [_refresh, _cut, _cut_and_slack_falters])
async def test_it_connects_again_by_itself(
    fake: FakeSlack, monkeypatch: pytest.MonkeyPatch, happens: Callable[[FakeSlack], None]
) -> None:
    """Where Slack asks for it, where the connection breaks, and where Slack then is not there for a while."""
    monkeypatch.setattr(listening, "FIRST_WAIT", 0.01)
    desk = FakeDesk()
    async with listens(fake, desk):
        await asyncio.to_thread(happens, fake)
        await asyncio.to_thread(fake.sockets.wait, 2)
        assert await pressed(fake, "Acknowledge") == "done"


async def test_a_revoked_app_token_is_said_once_and_tried_slowly(
    fake: FakeSlack, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Every quarter of an hour; once it is good again that is said too."""
    waits = list[float]()
    tried = asyncio.Event()

    async def pause(_: asyncio.Event, seconds: float) -> None:
        waits.append(seconds)
        if waits.count(HOLD) == 3:
            fake.workspace.revoked = False
            tried.set()
        await asyncio.sleep(0)

    monkeypatch.setattr(listening, "pause", pause)
    caplog.set_level(logging.INFO)
    fake.revoke()
    async with listens(fake, FakeDesk()):
        await tried.wait()
    assert waits[:3] == [HOLD] * 3
    said = [record.getMessage() for record in caplog.records if record.name == listening.__name__]
    assert [each.count("token_revoked") for each in said] == [1, 0]
    assert "app_token" in said[0]
    assert "again" in said[1]
    assert fake.app_token not in caplog.text


async def test_an_address_that_is_not_private_is_not_connected_to(
    fake: FakeSlack, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """slack_sdk would speak in the open."""
    monkeypatch.setattr("monitor.notifiers.slack.socket._is_private", lambda _: False)
    (listener,) = slack.listen({"ops": config(fake)}, FakeDesk())
    tried = asyncio.Event()

    async def pause(*_: object) -> None:
        tried.set()
        await asyncio.sleep(0)

    monkeypatch.setattr(listening, "pause", pause)
    async with running(listener):
        await tried.wait()
    assert "nobody can act from Slack" in caplog.text
    assert fake.sockets.opened == 0


async def test_no_secret_shows_whatever_happens(
    fake: FakeSlack, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither token nor ticket nor where answers go: not in a log at DEBUG, not in a repr."""
    monkeypatch.setattr(listening, "FIRST_WAIT", 0.01)
    caplog.set_level(logging.DEBUG)
    fake.fail(OPEN, CUT, BROKEN, refused("internal_error"))
    desk = FakeDesk()
    (listener,) = slack.listen({"ops": config(fake)}, desk)
    async with running(listener):
        await asyncio.to_thread(fake.sockets.wait)
        await pressed(fake, "Why")
        fake.fail("respond", CUT)
        await asyncio.to_thread(fake.command, "status")
        await asyncio.to_thread(fake.sockets.cut)
        await asyncio.to_thread(fake.sockets.wait, 2)
    said = [repr(listener), repr(config(fake)), str(config(fake)), caplog.text]
    said += [str(record.exc_text or "") for record in caplog.records]
    assert "did not arrive" in caplog.text
    assert_hidden((fake.token, fake.app_token, "ticket=", "/respond/"), texts=said)
