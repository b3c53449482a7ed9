"""What is in doubt is looked up before it is sent again; a story is one message that lives, and its thread."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from monitor.errors import DeliveryError
from monitor.model.notification import Notification, Receipt, Said
from monitor.model.transition import Change
from monitor.notifiers import slack
from monitor.ports import Notifier
from monitor.testing import BROKEN, CUT, LOST, FakeSlack, Fault, busy, refused
from tests.notifiers.said import NOTIFICATION, transition

NOW = 1_771_200_000
POST, UPDATE, HISTORY, REPLIES = "chat.postMessage", "chat.update", "conversations.history", "conversations.replies"
RESOLVED = replace(
    NOTIFICATION,
    id="2",
    title="Resolved: they did",
    lines=("judged later",),
    transitions=(transition(Change.RESOLVED),),
)


@pytest.fixture
def fake() -> Iterator[FakeSlack]:
    """A Slack on a clock that moves a second with every look at it."""
    clock = itertools.count(NOW)
    with FakeSlack(now=lambda: float(next(clock))) as made:
        yield made


@pytest.fixture
def bot(fake: FakeSlack) -> Notifier:
    """A notifier that names its channel by id."""
    return build(fake, "C00000001")


def build(fake: FakeSlack, channel: str) -> Notifier:
    """A notifier with the token of the fake."""
    return slack.build(slack.Config.model_validate({"token": fake.token, "channel": channel, "base_url": fake.api}))


def again(notification: Notification) -> Notification:
    """As the outbox gives it after an attempt whose outcome nobody knows."""
    return replace(notification, possible_repeat=True, tried_at=NOW)


def going_on(notification: Notification, begun: Receipt) -> Notification:
    """As the outbox gives it where a story has begun."""
    return replace(notification, follows=Said(NOTIFICATION, begun.reference))


def in_doubt(notifier: Notifier, notification: Notification) -> None:
    """Send it, and learn nothing."""
    with pytest.raises(DeliveryError) as failed:
        notifier.send(notification)
    assert failed.value.outcome_unknown


def methods(fake: FakeSlack) -> list[str]:
    """What was asked, in order."""
    return [call.method for call in fake.calls]


@pytest.mark.parametrize("fault", [LOST, refused("internal_error", acts=True), refused("fatal_error", acts=True)])
def test_what_has_arrived_is_not_sent_again(bot: Notifier, fake: FakeSlack, fault: Fault) -> None:
    """Found by its metadata: delivered with the ts that it has."""
    fake.fail(POST, fault)
    in_doubt(bot, NOTIFICATION)
    receipt = bot.send(again(NOTIFICATION))
    assert [receipt.reference] == [f"C00000001:{message.ts}" for message in fake.posted]
    assert (receipt.begins, receipt.remark) == (True, "")
    assert methods(fake) == [POST, HISTORY]


@pytest.mark.parametrize("fault", [CUT, BROKEN, refused("internal_error")])
def test_what_has_not_arrived_is_sent_without_a_mark(bot: Notifier, fake: FakeSlack, fault: Fault) -> None:
    """Nobody has to wonder: it is no repeat."""
    fake.fail(POST, fault)
    in_doubt(bot, NOTIFICATION)
    bot.send(again(NOTIFICATION))
    (message,) = fake.posted
    assert "possible repeat" not in message.text
    assert methods(fake) == [POST, HISTORY, POST]


def test_all_pages_since_the_first_try_are_read(bot: Notifier, fake: FakeSlack) -> None:
    """Four hundred and fifty messages came after it; of what is much older nothing is asked."""
    fake.fail(POST, LOST)
    in_doubt(bot, NOTIFICATION)
    for number in range(450):
        fake.workspace.call(POST, {"channel": "C00000001", "text": str(number)})
    assert bot.send(again(NOTIFICATION)).reference == f"C00000001:{fake.posted[0].ts}"
    assert methods(fake) == [POST, HISTORY, HISTORY, HISTORY]
    assert float(fake.calls[1].fields["oldest"]) == NOW - 300


@pytest.mark.parametrize("fault", [CUT, BROKEN, busy(30), refused("something_new"), refused("invalid_auth")])
def test_a_lookup_that_fails_postpones(bot: Notifier, fake: FakeSlack, fault: Fault) -> None:
    """Nothing is posted blindly, and nothing is given up; Retry-After counts here too."""
    fake.fail(HISTORY, fault)
    with pytest.raises(DeliveryError) as failed:
        bot.send(again(NOTIFICATION))
    error = failed.value
    assert error.not_before == fault.retry_after or error.permanent
    assert (error.permanent and error.not_before is None, error.outcome_unknown) == (False, False)
    assert methods(fake) == [HISTORY]


def test_without_permission_the_repeat_says_so(bot: Notifier, fake: FakeSlack) -> None:
    """As a webhook does; and the receipt carries what would avoid it."""
    fake.workspace.scopes -= {"channels:history"}
    receipt = bot.send(again(NOTIFICATION))
    assert "possible repeat" in fake.posted[0].text
    assert "channels:history" in receipt.remark
    receipt = slack.build(slack.Config.model_validate({"webhook": fake.hook()})).send(again(NOTIFICATION))
    assert "possible repeat" in fake.posted[1].text
    assert (receipt.reference, "channels:history" in receipt.remark) == ("", True)


def test_a_channels_name_will_do_once_slack_has_told_its_id(fake: FakeSlack) -> None:
    """Posting takes a name, reading does not."""
    bot = build(fake, "#market")
    fake.fail(POST, None, LOST)
    bot.send(NOTIFICATION)
    in_doubt(bot, replace(NOTIFICATION, id="2"))
    assert bot.send(again(replace(NOTIFICATION, id="2"))).remark == ""
    assert len(fake.posted) == 2
    assert build(fake, "#market").send(again(replace(NOTIFICATION, id="3"))).remark  # the name is all that one knows
    assert "possible repeat" in fake.posted[-1].text


def test_a_story_is_one_message_and_its_thread(bot: Notifier, fake: FakeSlack) -> None:
    """The reply stands in the thread; the first shows what became of it and when, and how it began."""
    begun = bot.send(NOTIFICATION)
    receipt = bot.send(going_on(RESOLVED, begun))
    first, reply = fake.posted
    assert begun.begins
    assert (receipt.reference, receipt.begins) == (f"C00000001:{reply.ts}", False)
    assert (reply.thread_ts, reply.broadcast) == (first.ts, False)
    assert first.blocks[0]["text"]["text"] == "🟢 Resolved: they did"
    for said in (*RESOLVED.lines, NOTIFICATION.title, *NOTIFICATION.lines, *NOTIFICATION.citations):
        assert said in first.text
        assert said in str(first.blocks)
    assert first.edits[0].metadata == first.metadata


def test_what_is_graver_than_the_first_is_shown_in_the_channel_too(bot: Notifier, fake: FakeSlack) -> None:
    """A reply rings nobody who does not follow the thread."""
    warning = replace(NOTIFICATION, severity="warning")
    begun = bot.send(warning)
    bot.send(replace(RESOLVED, severity="critical", follows=Said(warning, begun.reference)))
    assert [message.broadcast for message in fake.posted] == [False, True]


@pytest.mark.parametrize("fault", [CUT, BROKEN, busy(3), LOST])
def test_an_edit_that_fails_costs_nothing(bot: Notifier, fake: FakeSlack, fault: Fault) -> None:
    """It comes before the reply, so that nothing is in doubt; the next attempt does both."""
    begun = bot.send(NOTIFICATION)
    fake.fail(UPDATE, fault)
    with pytest.raises(DeliveryError) as failed:
        bot.send(going_on(RESOLVED, begun))
    assert (failed.value.outcome_unknown, failed.value.permanent) == (False, False)
    assert methods(fake) == [POST, UPDATE]
    bot.send(going_on(RESOLVED, begun))
    first, reply = fake.posted
    assert (reply.thread_ts, first.text.startswith("Resolved")) == (first.ts, True)


@pytest.mark.parametrize("code", ["edit_window_closed", "cant_update_message", "something_new"])
def test_where_nothing_may_be_edited_the_reply_comes(bot: Notifier, fake: FakeSlack, code: str) -> None:
    """The message stays as it was; the story goes on below it."""
    begun = bot.send(NOTIFICATION)
    fake.fail(UPDATE, refused(code))
    assert not bot.send(going_on(RESOLVED, begun)).begins
    assert len(fake.posted) == 2


def test_a_reply_in_doubt_is_looked_up_in_its_thread(bot: Notifier, fake: FakeSlack) -> None:
    """The channel's history does not have it."""
    begun = bot.send(NOTIFICATION)
    fake.fail(POST, LOST)
    in_doubt(bot, going_on(RESOLVED, begun))
    receipt = bot.send(again(going_on(RESOLVED, begun)))
    assert (receipt.reference, receipt.begins) == (f"C00000001:{fake.posted[1].ts}", False)
    assert methods(fake) == [POST, UPDATE, POST, UPDATE, REPLIES]


def _deleted(fake: FakeSlack) -> None:
    fake.delete(fake.posted[0])


def _deleted_after_the_edit(fake: FakeSlack) -> None:
    fake.fail(POST, refused("thread_not_found"))


@pytest.mark.parametrize("happens", [_deleted, _deleted_after_the_edit])
def test_after_its_first_message_was_deleted_a_story_goes_on_as_a_new_one(
    bot: Notifier, fake: FakeSlack, happens: Callable[[FakeSlack], None]
) -> None:
    """And it begins what follows."""
    begun = bot.send(NOTIFICATION)
    happens(fake)
    receipt = bot.send(going_on(RESOLVED, begun))
    assert (receipt.begins, fake.posted[-1].thread_ts) == (True, "")
    assert receipt.reference == f"C00000001:{fake.posted[-1].ts}"


def test_a_new_beginning_in_doubt_is_found_in_the_channel(bot: Notifier, fake: FakeSlack) -> None:
    """After the thread, which is gone, the history is read."""
    begun = bot.send(NOTIFICATION)
    _deleted(fake)
    fake.fail(POST, LOST)
    in_doubt(bot, going_on(RESOLVED, begun))
    receipt = bot.send(again(going_on(RESOLVED, begun)))
    assert (receipt.begins, len(fake.posted)) == (True, 2)
    assert methods(fake)[-3:] == [UPDATE, REPLIES, HISTORY]


def test_a_webhook_can_not_edit(fake: FakeSlack) -> None:
    """Every message stands by itself, also where a bot began."""
    hook = slack.build(slack.Config.model_validate({"webhook": fake.hook()}))
    assert hook.send(going_on(RESOLVED, Receipt("C00000001:1.2"))).reference == ""
    assert methods(fake) == ["webhook"]


def test_a_quiet_one_edits_and_says_nothing_new(bot: Notifier, fake: FakeSlack) -> None:
    """The message that began the story says it; its thread stays as it was."""
    begun = bot.send(NOTIFICATION)
    bot.send(replace(going_on(RESOLVED, begun), quiet=True))
    (only,) = fake.posted
    assert only.text.startswith("Resolved: they did")
