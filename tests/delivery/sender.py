"""A process that owes a few stories more and sends until it is killed: `python -m tests.delivery.sender LEDGER LIFE`.

The settings of Slack come as JSON on standard input, so that no secret is in the list of processes.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from monitor.delivery import Delivery, Receiver
from monitor.ledger import Ledger
from monitor.notifiers import slack
from monitor.notifiers.slack.client import Bot
from monitor.ports import Notifier
from tests.delivery.stories import told_at_length

STORIES = 3
"""That each life owes."""


def main() -> None:
    """Owe, then deliver all there is."""
    logging.disable(logging.WARNING)  # what comes twice is meant to
    life = int(sys.argv[2])
    notifier = built(json.load(sys.stdin))
    with Ledger.open(Path(sys.argv[1])) as ledger:
        for number in range(life * STORIES, (life + 1) * STORIES):
            for each in told_at_length(number):
                ledger.outbox.add(each, datetime.now(UTC))
        print("owed", flush=True)  # noqa: T201 - read by whoever kills it
        delivery = Delivery(ledger.outbox, {"slack": Receiver(notifier, edits=slack.EDITS)})
        asyncio.run(delivery.drain(datetime.now(UTC)))


def built(settings: Mapping[str, str]) -> Notifier:
    """A notifier that takes what it does not see at once as not there: this Slack shows files at once."""
    if "webhook" in settings:
        return slack.build(slack.Config.model_validate(settings))
    return slack.Slack(Bot(settings["token"], settings["channel"], settings["base_url"]), settling=0.0)


if __name__ == "__main__":
    main()
