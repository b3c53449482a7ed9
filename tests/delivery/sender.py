"""A process that owes a few stories more and sends until it is killed: `python -m tests.delivery.sender LEDGER LIFE`.

The settings of Slack come as JSON on standard input, so that no secret is in the list of processes.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from monitor.delivery import Delivery, Receiver
from monitor.ledger import Ledger
from monitor.notifiers import slack
from tests.delivery.stories import story

STORIES = 3
"""That each life owes."""


def main() -> None:
    """Owe, then deliver all there is."""
    life = int(sys.argv[2])
    notifier = slack.build(slack.Config.model_validate(json.load(sys.stdin)))
    with Ledger.open(Path(sys.argv[1])) as ledger:
        for number in range(life * STORIES, (life + 1) * STORIES):
            for each in story(number):
                ledger.outbox.add(each, datetime.now(UTC))
        print("owed", flush=True)  # noqa: T201 - read by whoever kills it
        asyncio.run(Delivery(ledger.outbox, {"slack": Receiver(notifier)}).drain(datetime.now(UTC)))


if __name__ == "__main__":
    main()
