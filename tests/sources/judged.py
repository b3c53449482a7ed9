"""What people are told of snapshots: learnt one by one, judged by rules after each, as the daemon does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from monitor.dispatch import Routes, Timeliness
from monitor.files import load_catalog
from monitor.judging import Judging
from monitor.ledger import Ledger
from monitor.model.notification import Notification, Receipt
from monitor.model.sample import Snapshot
from monitor.rules.load import load

_A_WEEK = timedelta(days=7)


def told(path: Path, snapshots: Iterable[Snapshot], rules: str) -> Sequence[Notification]:
    """All that is owed in the end; the first snapshot is history, which is judged silently."""
    loaded = load([("rules.yaml", rules)])
    assert not loaded.problems, "\n".join(map(str, loaded.problems))
    with Ledger.open(path) as ledger:
        judging = Judging(ledger, load_catalog(None), Routes(("someone",)), Timeliness(_A_WEEK, _A_WEEK))
        owed: list[Notification] = []
        for snapshot in snapshots:
            ledger.learn(snapshot)
            judging.judge(loaded.rules, snapshot.fetched_at)
            owed += _owed(ledger, snapshot.fetched_at)
        return owed


def _owed(ledger: Ledger, at: datetime) -> Iterator[Notification]:
    """In order: each waits until the one before is delivered."""
    while due := ledger.outbox.due(at):
        for notification in due:
            ledger.outbox.begin(notification.id, at)
            ledger.outbox.delivered(notification.id, Receipt(), at)
            yield notification
