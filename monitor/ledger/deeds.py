"""Who did what: acknowledged, silenced, edited rules, started the monitor. Only ever added to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.ledger.connection import Store

_NEWEST = "SELECT at, actor, via, deed, about, alert FROM deeds WHERE at >= ? ORDER BY seq DESC LIMIT ?"


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did at `at`, epoch seconds, and by which way. `about`: what; `alert`: whose, if of one."""

    at: int
    actor: str
    via: str
    deed: str
    about: str
    alert: str = ""


class Deeds(Store):
    """The record."""

    def record(self, deed: Deed) -> None:
        """Write down what somebody did."""
        self._connection.execute(
            "INSERT INTO deeds (at, actor, via, deed, about, alert) VALUES (?, ?, ?, ?, ?, ?)",
            (deed.at, deed.actor, deed.via, deed.deed, deed.about, deed.alert),
        )

    def since(self, at: int, limit: int = -1) -> Sequence[Deed]:
        """What was done at `at`, epoch seconds, or later: the newest `limit` (-1 = all), oldest first."""
        return [Deed(*row) for row in reversed(self._connection.rows(_NEWEST, (at, limit)))]
