"""A backup becomes the ledger: what it owes, what it makes of what was told meanwhile, and a death in the middle."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.backups import Backups, restore_backup
from monitor.errors import LedgerDamagedError, LedgerError, LedgerLockedError
from monitor.ledger import Ledger
from monitor.model.bar import seconds
from monitor.model.notification import Receipt
from tests.backups.dying import dies_at
from tests.backups.test_copies import content, damage
from tests.ledger.values import DAY, HOUR, START, notification, transition, usage

RESTORED = START + 10 * DAY


@pytest.fixture
def kept(tmp_path: Path) -> Backups:
    """A ledger that went on after its backup: a message was delivered since, and a day learnt."""
    kept = Backups(tmp_path / "ledger.sqlite", tmp_path / "backups")
    with Ledger.open(kept.ledger) as ledger:
        ledger.learn(usage(START, {("a", START): 1.0}))
        ledger.outbox.add(notification("owed"), START)
        kept.make(START, keep=1)
        ledger.outbox.begin("owed", START + HOUR)
        ledger.outbox.delivered("owed", Receipt("C1:2"), START + HOUR)
        ledger.learn(usage(START + DAY, {("a", START + DAY): 2.0}))
    return kept


def test_what_was_owed_may_have_arrived_since(kept: Backups) -> None:
    """Delivered after the backup was made: looked for from when it was owed on, and else marked."""
    restored = restore_backup(kept.ledger, kept.all()[0].path, RESTORED)
    assert (restored.owed.messages, restored.owed.newest) == (1, START)
    with Ledger.open(kept.ledger) as ledger:
        (owed,) = ledger.outbox.due(RESTORED)
        assert (owed.possible_repeat, owed.tried_at) == (True, seconds(START))
        assert ledger.cursors.newest() == 1


@pytest.mark.parametrize(
    ("judged", "owed", "possible"),
    [
        (START + DAY, RESTORED + 30 * DAY, True),  # judged before: the one of before may have told it
        (RESTORED + HOUR, RESTORED + HOUR, True),  # the first look after the gap may show what happened within it
        (RESTORED + 2 * DAY, RESTORED + 2 * DAY, False),
    ],
)
def test_what_is_judged_anew_may_have_been_told(kept: Backups, judged: object, owed: object, *, possible: bool) -> None:
    """What lies before the restoring for ever, all else for a day."""
    restore_backup(kept.ledger, kept.all()[0].path, RESTORED)
    change = replace(transition(), judged_at=seconds(judged))  # type: ignore[arg-type]
    with Ledger.open(kept.ledger) as ledger:
        ledger.outbox.bury("owed", "", RESTORED)
        ledger.outbox.add(notification("new", "slack", change), owed)  # type: ignore[arg-type]
        (found,) = ledger.outbox.due(RESTORED + 365 * DAY)
    assert (found.possible_repeat, found.tried_at) == (possible, seconds(START) if possible else 0)


def test_a_ledger_that_was_never_restored_doubts_nothing(tmp_path: Path) -> None:
    """However old the change is."""
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        ledger.outbox.add(notification("new", "slack", transition()), START)
        assert not ledger.outbox.due(START)[0].possible_repeat


def test_the_ledger_of_before_is_kept_with_its_log(kept: Backups, tmp_path: Path) -> None:
    """After a crash the newest is in the -wal alone: it is set aside under the name that lets SQLite find it."""
    with Ledger.open(kept.ledger) as ledger:
        ledger.learn(usage(START + 2 * DAY, {("late", START): 3.0}))
        crashed = tmp_path / "crashed"
        crashed.mkdir()
        for each in tmp_path.glob("ledger.sqlite*"):
            shutil.copy(each, crashed / each.name)
    assert (crashed / "ledger.sqlite-wal").stat().st_size
    restored = restore_backup(crashed / "ledger.sqlite", kept.all()[0].path, RESTORED)
    assert restored.before == crashed / "ledger.sqlite.before-20260115T000000Z"
    assert '"late"' in content(restored.before)
    assert '"late"' not in content(crashed / "ledger.sqlite")


def test_refused_while_a_monitor_runs(kept: Backups) -> None:
    """The owner's lock; nothing is changed, and nothing lies about."""
    with Ledger.open(kept.ledger) as ledger:
        with pytest.raises(LedgerLockedError):
            restore_backup(kept.ledger, kept.all()[0].path, RESTORED)
        assert ledger.outbox.counts()["delivered"] == 1
    assert {each.name for each in kept.ledger.parent.iterdir()} == {"ledger.sqlite", "ledger.sqlite.lock", "backups"}


def test_refused_where_the_backup_is_not_sound(kept: Backups) -> None:
    """The ledger of now stays."""
    before = content(kept.ledger)
    damage(kept.all()[0].path)
    with pytest.raises(LedgerDamagedError):
        restore_backup(kept.ledger, kept.all()[0].path, RESTORED)
    with pytest.raises(LedgerError, match="is the ledger itself"):
        restore_backup(kept.ledger, kept.ledger, RESTORED)
    with pytest.raises(LedgerError, match="no ledger here"):
        restore_backup(kept.ledger, kept.folder / "none.sqlite", RESTORED)
    assert content(kept.ledger) == before


def test_a_damaged_ledger_is_replaced_without_being_read(kept: Backups) -> None:
    """What can not be opened is set aside as it is."""
    kept.ledger.write_bytes(b"garbage " * 1000)
    restored = restore_backup(kept.ledger, kept.all()[0].path, RESTORED)
    assert restored.before is not None
    assert restored.before.read_bytes().startswith(b"garbage")
    assert '"a"' in content(kept.ledger)


def test_killed_at_any_line_one_of_them_is_whole(kept: Backups, tmp_path: Path) -> None:
    """SIGKILL before each line: the next owner finds the old ledger or the restored one, the old one is never lost."""
    backup, old = kept.all()[0].path, content(kept.ledger)
    number, ends = 1, set()
    while True:
        place = tmp_path / str(number) / "ledger.sqlite"
        place.parent.mkdir()
        shutil.copy(kept.ledger, place)
        died = dies_at(number, lambda place=place: restore_backup(place, backup, RESTORED))  # type: ignore[misc]
        with Ledger.open(place) as ledger:
            ends.add(ledger.cursors.newest())
        with closing(sqlite3.connect(place)) as raw:
            doubts = raw.execute("SELECT count(*) FROM restores").fetchone()[0]
        before = next((each for each in place.parent.glob("ledger.sqlite.before-*") if "-wal" not in each.name), None)
        assert content(before or place) == old
        assert doubts == (before is not None)
        if not died:
            break
        number += 1
    assert ends == {1, 2}
    assert number > 80


def test_a_death_between_two_names_is_made_good_by_the_next_owner(kept: Backups, tmp_path: Path) -> None:
    """What a copy of one file shows is true of its log too: it never stands beside the other file."""
    complete = tmp_path / "ledger.sqlite.next-20260115T000000Z"
    shutil.copy(kept.all()[0].path, complete)
    kept.ledger.rename(tmp_path / "ledger.sqlite.before-20260115T000000Z")
    with Ledger.open(kept.ledger) as ledger:
        assert ledger.cursors.newest() == 1
    assert not complete.exists()


def test_a_second_restoring_keeps_the_first_ledger_too(kept: Backups) -> None:
    """Each has a time in its name, also within one second."""
    first = restore_backup(kept.ledger, kept.all()[0].path, RESTORED)
    second = restore_backup(kept.ledger, kept.all()[0].path, RESTORED)
    assert first.before != second.before
    assert first.before is not None
    assert first.before.exists()
