"""A ledger as a monitor leaves it that was armed some time ago and has told of every day since."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from monitor.backtest import Mode, judgements
from monitor.catalog import Join, shipped
from monitor.dispatch import Routes, Timeliness
from monitor.ledger import Ledger
from monitor.model.bar import DAY, instant
from monitor.rules.load import load
from monitor.rules.merge import Accepted
from tests.dispatch.planning import plan

EVER = timedelta(days=100_000)


def tell(ledger: Ledger, texts: Iterable[tuple[str, str]], armed: int, last: int, receivers: tuple[str, ...]) -> None:
    """Take over the rules of (path, text), silently until `armed`, and tell each later day at its end until `last`."""
    loaded = load(texts)
    assert not loaded.problems
    ledger.rulebook.accept(Accepted(each.name, each.path, each.text, armed) for each in loaded.written)
    alerts = {rule.name: rule.alert for rule in loaded.rules}
    found = list(judgements(ledger, loaded.rules, Join(shipped(), ledger.aliases()), Mode.AS_FINAL))
    ledger.record([replace(each, through=armed, transitions=()) for each in found], (), at=instant(armed))
    for day in range(armed, last, DAY):
        today = [
            replace(
                each,
                through=max(armed, min(each.through, day + DAY)),
                transitions=tuple(one for one in each.transitions if day <= one.valid_at < day + DAY),
            )
            for each in found
        ]
        changes = [change for each in today for change in each.transitions]
        owed = plan(changes, alerts, Routes(receivers), {}, Timeliness(EVER, EVER))
        ledger.record(today, owed, at=instant(day + DAY))
