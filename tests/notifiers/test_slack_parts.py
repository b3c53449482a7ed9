"""What a message leaves over comes in its thread, exactly once: what did not fit, and the picture."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest

from monitor.chart import message as chart
from monitor.errors import DeliveryError
from monitor.model.notification import Notification, Receipt, Said
from monitor.notifiers import slack
from monitor.notifiers.slack.pictures import SETTLING
from monitor.ports import Notifier
from monitor.testing import BROKEN, CUT, LOST, FakeSlack, Fault, busy, refused
from tests.delivery.stories import told_at_length
from tests.notifiers.test_slack_once import NOW, again, build, in_doubt, methods

BEGIN, UPLOAD, SHARE = "files.getUploadURLExternal", "upload", "files.completeUploadExternal"
POST, REPLIES = "chat.postMessage", "conversations.replies"
_, TOLD, END = told_at_length(1)


@pytest.fixture
def fake() -> Iterator[FakeSlack]:
    """A Slack on a clock that moves a second with every look at it, and shows files three seconds late."""
    clock = itertools.count(NOW)
    with FakeSlack(now=lambda: float(next(clock)), settling=3.0) as made:
        yield made


@pytest.fixture
def bot(fake: FakeSlack) -> Notifier:
    """A notifier that names its channel by id."""
    return build(fake, "C00000001")


def owed(bot: Notifier) -> tuple[Notification, Notification]:
    """What is left of the message once it stands, as the outbox gives it."""
    receipt = bot.send(TOLD)
    overflow, picture = (replace(each, follows=Said(TOLD, receipt.reference)) for each in receipt.rest)
    return overflow, picture


def settle(fake: FakeSlack) -> None:
    """Let the time pass that Slack takes to show files."""
    for _ in range(4):
        fake.workspace.settle()


def shown(fake: FakeSlack) -> list[str]:
    """The names of the files that stand in the channel in the end."""
    settle(fake)
    return [file.name for message in fake.posted for file in message.files]


def test_what_is_left_is_owed_once_the_text_stands(bot: Notifier) -> None:
    """With ids of its own that follow from the text's; a message that holds everything leaves nothing."""
    overflow, picture = bot.send(TOLD).rest
    assert (overflow.part, picture.part) == ("overflow", "picture")
    assert [each.id for each in (overflow, picture)] == [f"{TOLD.id}-overflow", f"{TOLD.id}-picture"]
    assert bot.send(END).rest == ()


def test_what_did_not_fit_is_a_reply(bot: Notifier, fake: FakeSlack) -> None:
    """All lines stand, each once; it edits nothing, leaves nothing, and nothing goes on from it."""
    overflow, _ = owed(bot)
    receipt = bot.send(overflow)
    first, reply = fake.posted
    assert (reply.thread_ts, reply.broadcast, receipt.begins, receipt.rest) == (first.ts, False, False, ())
    said = str(first.blocks) + str(reply.blocks)
    assert [said.count(line) for line in TOLD.lines] == [1] * len(TOLD.lines)
    assert "chat.update" not in methods(fake)


def test_a_picture_is_a_reply_with_words_for_who_does_not_see_it(bot: Notifier, fake: FakeSlack) -> None:
    """Its bytes are those of `attachment`; its name holds the id, by which it is found."""
    _, picture = owed(bot)
    assert not bot.send(picture).begins
    assert shown(fake) == [f"A-{picture.id}.png"]
    (file,), thread = fake.posted[-1].files, fake.posted[-1].thread_ts
    drawn = chart.attachment(TOLD)
    assert drawn is not None
    assert (thread, file.title, file.alternative) == (fake.posted[0].ts, drawn.caption, drawn.caption)
    assert fake.workspace.files.by_id[file.id].content == drawn.png


def test_what_did_not_fit_is_looked_up_in_the_thread(bot: Notifier, fake: FakeSlack) -> None:
    """As every message is."""
    overflow, _ = owed(bot)
    fake.fail(POST, LOST)
    in_doubt(bot, overflow)
    assert not bot.send(again(overflow)).begins
    assert len(fake.posted) == 2


@pytest.mark.parametrize("fault", [LOST, refused("internal_error", acts=True)])
def test_a_picture_that_was_shared_is_not_shared_again(bot: Notifier, fake: FakeSlack, fault: Fault) -> None:
    """Nor where Slack does not show it yet: it is looked up twice before."""
    _, picture = owed(bot)
    fake.fail(SHARE, fault)
    in_doubt(bot, picture)
    with pytest.raises(DeliveryError) as early:
        bot.send(again(picture))
    assert (early.value.not_before, early.value.permanent) == (SETTLING, False)
    settle(fake)
    assert bot.send(again(picture)) == Receipt(f"C00000001:{fake.posted[-1].ts}", begins=False)
    assert len(shown(fake)) == 1


@pytest.mark.parametrize("fault", [CUT, BROKEN, refused("internal_error")])
def test_a_picture_that_was_not_shared_is_shared(bot: Notifier, fake: FakeSlack, fault: Fault) -> None:
    """After two looks; a further doubt is looked up twice again."""
    _, picture = owed(bot)
    for _ in range(2):
        fake.fail(SHARE, fault)
        in_doubt(bot, again(picture)) if REPLIES in methods(fake) else in_doubt(bot, picture)
        with pytest.raises(DeliveryError, match="once more"):
            bot.send(again(picture))
    bot.send(again(picture))
    assert len(shown(fake)) == 1


@pytest.mark.parametrize("method", [BEGIN, UPLOAD])
@pytest.mark.parametrize("fault", [CUT, LOST, BROKEN, busy(30)])
def test_an_upload_that_fails_is_tried_again(bot: Notifier, fake: FakeSlack, method: str, fault: Fault) -> None:
    """Nobody has seen it: nothing is in doubt. Retry-After counts."""
    _, picture = owed(bot)
    fake.fail(method, fault)
    with pytest.raises(DeliveryError) as failed:
        bot.send(picture)
    assert (failed.value.outcome_unknown, failed.value.permanent) == (False, False)
    assert failed.value.not_before == fault.retry_after
    bot.send(picture)
    assert len(shown(fake)) == 1


@pytest.mark.parametrize("code", ["missing_scope", "not_allowed_token_type", "invalid_arguments"])
def test_a_picture_that_is_refused_is_left_out(bot: Notifier, fake: FakeSlack, code: str) -> None:
    """The text stands, nothing is tried again, and whoever runs the program is told how to get pictures."""
    _, picture = owed(bot)
    fake.fail(BEGIN, refused(code))
    receipt = bot.send(picture)
    assert (receipt.begins, "files:write" in receipt.remark, code in receipt.remark) == (False, True, True)
    assert len(fake.posted) == 1


def test_a_refusal_that_nobody_knows_is_tried_a_few_times(bot: Notifier, fake: FakeSlack) -> None:
    """Then it is left out; nothing is told to other receivers for a picture."""
    _, picture = owed(bot)
    fake.fail(SHARE, *[refused("something_new")] * 5)
    for _ in range(4):
        with pytest.raises(DeliveryError) as failed:
            bot.send(picture)
        assert not failed.value.permanent
    assert "something_new" in bot.send(picture).remark


def test_a_refused_token_keeps_the_picture(bot: Notifier, fake: FakeSlack) -> None:
    """As it keeps texts."""
    _, picture = owed(bot)
    fake.revoke()
    with pytest.raises(DeliveryError) as failed:
        bot.send(picture)
    assert (failed.value.permanent, failed.value.not_before) == (True, 900.0)


def test_a_picture_whose_name_is_hidden_may_be_a_repeat(bot: Notifier, fake: FakeSlack) -> None:
    """Without files:read nobody can say which file it is; the receipt carries what would avoid that."""
    fake.workspace.scopes -= {"files:read"}
    overflow, picture = owed(bot)
    fake.fail(SHARE, LOST)
    in_doubt(bot, picture)
    settle(fake)
    assert "files:read" in bot.send(again(picture)).remark
    assert bot.send(again(overflow)).remark == ""  # what has metadata is known by that
    settle(fake)
    titles = [file.title for message in fake.posted for file in message.files]
    assert [title.endswith("(possible repeat)") for title in titles] == [False, True]


def test_where_nothing_may_be_read_what_may_be_a_repeat_says_so(bot: Notifier, fake: FakeSlack) -> None:
    """Overflow and picture alike."""
    overflow, picture = owed(bot)
    fake.workspace.scopes -= {"channels:history"}
    bot.send(again(overflow))
    bot.send(again(picture))
    settle(fake)
    _, reply, shared = fake.posted
    assert "possible repeat" in reply.text
    assert shared.files[0].title.endswith("(possible repeat)")


def test_what_belonged_to_a_deleted_message_is_dropped(bot: Notifier, fake: FakeSlack) -> None:
    """A person took it away."""
    overflow, picture = owed(bot)
    fake.delete(fake.posted[0])
    assert [bot.send(each) for each in (overflow, picture)] == [Receipt(begins=False)] * 2
    assert len(fake.posted) == 1


def test_without_the_extra_there_is_no_picture(bot: Notifier, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor where it was taken away since."""
    _, picture = owed(bot)
    for module in ("monitor.chart.message", "monitor.notifiers.slack.parts"):
        monkeypatch.setattr(f"{module}.drawable", lambda: False)
    assert [each.part for each in bot.send(TOLD).rest] == ["overflow"]
    assert bot.send(picture) == Receipt(begins=False)


def test_a_webhook_leaves_nothing(fake: FakeSlack) -> None:
    """It can not reply: what does not fit is cut, which is said."""
    hook = slack.build(slack.Config.model_validate({"webhook": fake.hook()}))
    assert hook.send(TOLD).rest == ()
    assert "the monitor's record" in str(fake.posted[0].blocks)
