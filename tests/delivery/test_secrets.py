"""Neither a token nor a webhook's address shows anywhere, whatever goes wrong."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.delivery import Delivery, Receiver
from monitor.errors import DeliveryError
from monitor.ledger import Ledger
from monitor.model.notification import Notification, Receipt
from monitor.notifiers import slack
from monitor.ports import Notifier
from monitor.testing import BROKEN, CUT, LOST, FakeSlack, busy, refused
from tests.delivery.fakes import NOW
from tests.delivery.stories import told_at_length
from tests.secrecy import assert_hidden, chained

TOKEN = "xoxb-very-secret-token"
METHODS = (
    *("chat.postMessage", "chat.update", "conversations.history", "conversations.replies", "webhook"),
    *("files.getUploadURLExternal", "upload", "files.completeUploadExternal"),
)
FAULTS = (
    LOST,
    CUT,
    BROKEN,
    busy(1),
    *map(refused, ("internal_error", "invalid_auth", "something_new", "invalid_blocks", "invalid_blocks")),
)


class Listening:
    """A notifier, and everything that its errors say."""

    def __init__(self, notifier: Notifier, said: list[str]) -> None:
        self._notifier = notifier
        self._said = said

    def send(self, notification: Notification) -> Receipt:
        """As it does."""
        try:
            receipt = self._notifier.send(notification)
        except DeliveryError as error:
            self._said.extend(chained(error))
            raise
        self._said.append(repr(receipt))
        return receipt


@pytest.mark.parametrize("webhook", [False, True])
def test_no_secret_shows_over_a_run_with_failures(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, *, webhook: bool
) -> None:
    """Not in a log at DEBUG, a message, an error or its causes, a repr, the ledger, or the list of processes."""
    caplog.set_level(logging.DEBUG)
    with FakeSlack(token=TOKEN) as fake:
        bot = {"token": TOKEN, "channel": "C00000001", "base_url": fake.api}
        config = slack.Config.model_validate({"webhook": fake.hook()} if webhook else bot)
        notifier, said = slack.build(config), [repr(config), str(config)]
        for method in METHODS:
            fake.fail(method, *FAULTS)
        with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
            _deliver(ledger, Listening(notifier, said), fake)
            with fake.away():
                _deliver(ledger, Listening(notifier, said), fake)
            said += [repr(notifier), *map(repr, fake.posted)]
            said += [record.getMessage() + str(record.exc_text or "") for record in caplog.records]
            assert any("DeliveryError" in each for each in said)
            assert webhook or "upload" in [call.method for call in fake.calls]
            assert_hidden((TOKEN, "fake-secret-path", fake.hook(), "/upload/"), texts=said, folder=tmp_path)


def _deliver(ledger: Ledger, notifier: Notifier, fake: FakeSlack) -> None:
    """Three stories, for four simulated days."""
    for number in range(3):
        for each in told_at_length(number + len(fake.calls)):
            ledger.outbox.add(each, NOW)
    for hour in range(96):
        at = NOW + timedelta(hours=hour)
        asyncio.run(Delivery(ledger.outbox, {"slack": Receiver(notifier, edits=True)}).drain(at))
