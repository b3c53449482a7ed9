"""What does not go well with the monitor's own work: for whoever relies on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from monitor.errors import LedgerError
from monitor.ledger import Ledger
from monitor.model.bar import seconds
from monitor.model.quantity import ago
from monitor.model.text import counted
from monitor.steps import Steps

_STUCK = timedelta(minutes=15)  # the longest wait between two tries of a receiver


def amiss(steps: Steps, ledger: Ledger, at: datetime) -> list[str]:
    """Steps that went wrong when they were last taken, and receivers that have not taken what is owed to them.

    That a source does not answer or a server of copies is down is told to people, and none of it. Raises nothing.
    """
    try:
        return [*(f"{step}: {why}" for step, why in steps.wrong.items()), *_stuck(ledger, at)]
    except LedgerError as error:
        return [str(error)]


def _stuck(ledger: Ledger, at: datetime) -> Iterator[str]:
    for receiver, (count, since) in ledger.outbox.queues().items():
        if since <= seconds(at - _STUCK):
            yield f"receiver {receiver}: {counted(count, 'message')} owed, the oldest since {ago(since, seconds(at))}"
