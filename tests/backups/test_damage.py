"""Damage of the file: noticed or harmless, and never a traceback; the monitor goes on from a backup, and says so."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from monitor.backups import Backups
from monitor.dispatch import Routes
from monitor.errors import LedgerDamagedError
from monitor.ledger import Ledger, check_sound
from monitor.ledger.connection import Connection
from monitor.recovery import confirmed, recover
from tests.acceptance.process import Program
from tests.backups.test_copies import content, damage
from tests.ledger.values import START, notification, usage

PAGE = 4096


@pytest.fixture
def kept(tmp_path: Path) -> Backups:
    """A ledger with a backup."""
    kept = Backups(tmp_path / "ledger.sqlite", tmp_path / "backups")
    with Ledger.open(kept.ledger) as ledger:
        ledger.learn(usage(START, {(f"m{number}", START): float(number) for number in range(500)}))
        ledger.outbox.add(notification(), START)
    kept.make(START, keep=1)
    return kept


@pytest.mark.parametrize("seed", range(40))
def test_a_torn_page_is_noticed_or_harmless(kept: Backups, seed: int) -> None:
    """Any page as zeros, as noise or half of it, or the file cut off: told by name, or nothing that counts is there."""
    chance = random.Random(seed)  # noqa: S311 - seeded
    whole, before = kept.ledger.read_bytes(), content(kept.ledger)
    at = chance.randrange(0, len(whole), PAGE)
    tears: tuple[Callable[[], bytes], ...] = (
        lambda: whole[:at] + bytes(PAGE) + whole[at + PAGE :],
        lambda: whole[:at] + chance.randbytes(PAGE) + whole[at + PAGE :],
        lambda: whole[:at] + chance.randbytes(PAGE // 2) + whole[at + PAGE // 2 :],
        lambda: whole[:at],
    )
    kept.ledger.write_bytes(chance.choice(tears)())
    try:
        check_sound(kept.ledger)
    except LedgerDamagedError:
        with suppress(LedgerDamagedError), Ledger.open(kept.ledger) as ledger:
            ledger.columns("tokens")
        return
    assert content(kept.ledger) == before


def test_what_is_met_in_a_transaction_is_remembered(kept: Backups) -> None:
    """So that the run ends, wherever the error was caught."""
    with closing(sqlite3.connect(kept.ledger)) as raw:
        (root,) = raw.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'outbox'").fetchone()
    with kept.ledger.open("r+b") as file:
        file.seek((root - 1) * PAGE)
        file.write(bytes(PAGE))
    connection = Connection.own(kept.ledger)
    before = connection.damage
    with pytest.raises(LedgerDamagedError), connection.transaction():
        connection.rows("SELECT * FROM outbox")
    assert (before, type(connection.damage)) == (None, LedgerDamagedError)
    connection.close()


def test_an_owner_looks_first_where_the_one_before_did_not_end_well(kept: Backups, tmp_path: Path) -> None:
    """A log is left: the file is checked before anything is written. After a clean end nothing is asked."""
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    with Ledger.open(kept.ledger) as ledger:
        ledger.learn(usage(START.replace(day=6), {("late", START): 3.0}))
        for each in tmp_path.glob("ledger.sqlite*"):
            shutil.copy(each, crashed / each.name)
    with Ledger.open(crashed / "ledger.sqlite") as ledger:  # the log is sound: it is taken over
        assert ledger.cursors.newest() == 501
        shutil.copy(kept.ledger, crashed / "other.sqlite")
        shutil.copy(crashed / "ledger.sqlite-wal", crashed / "other.sqlite-wal")
    damage(crashed / "other.sqlite")
    with pytest.raises(LedgerDamagedError):
        Ledger.open(crashed / "other.sqlite")


def test_people_are_told_that_a_backup_took_its_place(kept: Backups) -> None:
    """Where the damaged file is, and up to when all is known."""
    damage(kept.ledger)
    found = confirmed(kept, LedgerDamagedError("met"))
    assert found is not None
    restored = recover(kept, Routes(("slack",)), found, START)
    check_sound(kept.ledger)
    with Ledger.open(kept.ledger) as ledger:
        ledger.outbox.bury("n1", "", START)
        (told,) = ledger.outbox.due(START)
    assert told.title == "Ledger: it was damaged; a backup took its place"
    assert str(restored.before) in told.text
    assert "all up to 2026-01-05 00:00 UTC" in told.text


def test_without_a_sound_backup_a_person_decides(kept: Backups) -> None:
    """Nothing is moved; the hint has the ways that are left."""
    damage(kept.ledger)
    kept.all()[0].path.unlink()
    before = kept.ledger.read_bytes()
    with pytest.raises(LedgerDamagedError, match="monitor influx restore"):
        recover(kept, Routes(("slack",)), LedgerDamagedError("met"), START)
    assert kept.ledger.read_bytes() == before


def test_a_sound_ledger_is_never_replaced(kept: Backups) -> None:
    """Whatever fault of ours looks like damage."""
    assert confirmed(kept, ValueError("a fault of this program")) is None
    assert confirmed(kept, LedgerDamagedError("met")) is None


@pytest.mark.parametrize("way", ["restore", "stop"])
def test_a_monitor_that_starts_over_garbage(kept: Backups, tmp_path: Path, way: str) -> None:
    """It goes on from the backup, or ends with exit code 1, as the setting says; never with a traceback."""
    kept.ledger.write_bytes(b"garbage " * 10_000)
    program = Program(tmp_path, {"MONITOR_LEDGER__WHEN_DAMAGED": way})
    with program.running("run") as running:
        if way == "restore":
            running.waits_to_say("ready: ")
            running.waits_to_say("Ledger: it was damaged; a backup took its place")
            assert running.stop(signal.SIGTERM) == 0
        else:
            assert running.process.wait(30) == 1
            assert running.says("not a ledger, or damaged")
    assert not running.says("Traceback")
