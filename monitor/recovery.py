"""A damaged ledger is set aside, and the newest sound backup goes on in its place; people are told."""

from __future__ import annotations

import asyncio
from datetime import datetime

from monitor.backups import Backups, Restored, restore_backup
from monitor.dispatch import Routes, damage_notice
from monitor.errors import LedgerDamagedError, LedgerError, MonitorError
from monitor.ledger import Ledger, check_sound
from monitor.model.bar import seconds
from monitor.workers import pause

_LOOK = 1.0  # seconds between two looks


class Alarm:
    """Ends a run as soon as a transaction has met with damage: nothing more is to be written there."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def run(self, stop: asyncio.Event) -> None:
        """See `monitor.ports.Listener`."""
        while not stop.is_set():
            if self._ledger.damage is not None:
                stop.set()
            await pause(stop, _LOOK)


def confirmed(backups: Backups, fault: Exception) -> LedgerDamagedError | None:
    """What is wrong with the file, if what failed did so because of it; nobody may own it now."""
    if isinstance(fault, MonitorError) and not isinstance(fault, LedgerDamagedError):  # it says what it is itself
        return None
    try:
        check_sound(backups.ledger)
    except LedgerDamagedError as damage:
        return damage
    except LedgerError:
        return None
    return None


def recover(backups: Backups, routes: Routes, damage: LedgerDamagedError, at: datetime) -> Restored:
    """Go on from the newest sound backup; raises `damage` with what a person can do where there is none."""
    newest = backups.newest_sound()
    if newest is None:
        hint = f"no sound backup in {backups.folder}: move the file away; then `monitor influx restore`, or start anew"
        raise LedgerDamagedError(damage.message, hint=hint)
    restored = restore_backup(backups.ledger, newest.path, at)
    with Ledger.open(backups.ledger) as ledger:
        of = None if restored.owed.newest is None else seconds(restored.owed.newest)
        for notice in damage_notice(routes, damage.message, of=of, kept=str(restored.before), at=seconds(at)):
            ledger.outbox.add(notice, at)
    return restored
