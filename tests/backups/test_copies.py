"""A copy is of one moment, whole or not there at all, and made without stopping whoever writes."""

from __future__ import annotations

import resource
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.backups import Backups
from monitor.errors import LedgerDamagedError, LedgerError, LedgerFullError, LedgerLockedError, LedgerVersionError
from monitor.ledger import Ledger, check_sound, copy_ledger
from tests.backups.dying import dies_at
from tests.ledger.values import DAY, START, notification, usage


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger with something in it, closed."""
    path = tmp_path / "ledger.sqlite"
    with Ledger.open(path) as ledger:
        ledger.learn(usage(START, {(f"m{number}", START): float(number) for number in range(300)}))
        ledger.outbox.add(notification(), START)
    return path


def content(path: Path) -> str:
    """All that a ledger holds, as text."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return "\n".join(raw.iterdump())


def test_a_copy_holds_all_and_is_its_owners_alone(path: Path, tmp_path: Path) -> None:
    """Mode 0600, one file, nothing beside it; it opens as a ledger."""
    copy_ledger(path, tmp_path / "copy.sqlite")
    assert content(tmp_path / "copy.sqlite") == content(path)
    assert (tmp_path / "copy.sqlite").stat().st_mode & 0o777 == 0o600
    assert not [each for each in tmp_path.iterdir() if "copy" in each.name and each.name != "copy.sqlite"]
    with Ledger.open(tmp_path / "copy.sqlite") as copied:
        assert copied.outbox.due(START) == [notification()]


def test_copies_beside_a_writer_are_of_one_moment(path: Path, tmp_path: Path) -> None:
    """Two messages are owed in each transaction: never is one of them missing, and the writer goes on meanwhile."""
    with Ledger.open(path) as ledger:
        stop, written = threading.Event(), [0]

        def write() -> None:
            while not stop.is_set():
                with ledger.transaction():
                    ledger.outbox.add(notification(f"{written[0]}-a"), START)
                    ledger.outbox.add(notification(f"{written[0]}-b"), START)
                written[0] += 1

        writer = threading.Thread(target=write)
        writer.start()
        for number in range(10):
            copy_ledger(path, tmp_path / f"{number}.sqlite")
        stop.set()
        writer.join()
    owed = []
    for number in range(10):
        with closing(sqlite3.connect(tmp_path / f"{number}.sqlite")) as raw:
            owed.append(raw.execute("SELECT count(*) FROM outbox").fetchone()[0])
    assert all(count % 2 == 1 for count in owed)
    assert owed == sorted(owed)
    assert owed[-1] > owed[0]


def test_a_reader_long_at_work_does_not_stop_the_owner(path: Path) -> None:
    """What a copy is, for SQLite: a reader of one state of the file. The owner commits beside it."""
    with Ledger.open(path) as ledger, closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM samples").fetchone()
        assert ledger.learn(usage(START + DAY, {("later", START): 1.0}))


def test_what_is_there_is_left_alone(path: Path, tmp_path: Path) -> None:
    """A file of that name is refused and not touched."""
    (tmp_path / "mine").write_text("precious")
    with pytest.raises(LedgerError, match="is there already"):
        copy_ledger(path, tmp_path / "mine")
    assert (tmp_path / "mine").read_text() == "precious"


def test_a_damaged_ledger_is_not_copied(path: Path, tmp_path: Path) -> None:
    """A backup that can not be restored would be worse than none: the fault is told, and nothing is left."""
    damage(path)
    with pytest.raises(LedgerDamagedError, match=r"ledger\.sqlite"):
        copy_ledger(path, tmp_path / "copy.sqlite")
    assert not [each for each in tmp_path.iterdir() if "copy" in each.name]


def test_two_at_once_in_one_folder(path: Path, tmp_path: Path) -> None:
    """The second is refused at once, and sweeps away nothing of the first."""
    second: list[LedgerError] = []

    def meanwhile() -> None:
        with pytest.raises(LedgerLockedError, match="another copy") as refused:
            copy_ledger(path, tmp_path / "second.sqlite")
        second.append(refused.value)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("monitor.ledger.copies._compare", lambda *_: meanwhile())
        copy_ledger(path, tmp_path / "first.sqlite")
    assert len(second) == 1
    assert content(tmp_path / "first.sqlite") == content(path)


@pytest.mark.parametrize("limit", [1, 40_000, 100_000])
def test_a_full_disk_leaves_nothing_half(path: Path, tmp_path: Path, limit: int) -> None:
    """A real limit of the system on the size of files, met at once or in mid-copy."""

    def work() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        with pytest.raises(LedgerError):
            copy_ledger(path, tmp_path / "copy.sqlite")

    assert not dies_at(0, work)
    assert not [each for each in tmp_path.iterdir() if "copy" in each.name]
    assert content(path)


def test_a_copy_that_would_fill_the_disk_is_not_begun(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last of the space is for the ledger itself."""

    class Little:
        f_bavail, f_frsize = 1, 4096

    monkeypatch.setattr("monitor.ledger.copies.os.statvfs", lambda _: Little())
    with pytest.raises(LedgerFullError, match="are needed"):
        copy_ledger(path, tmp_path / "copy.sqlite")


def test_killed_at_any_line_a_backup_is_whole_or_not_there(path: Path, tmp_path: Path) -> None:
    """SIGKILL before each line: the ledger is as it was, every file called a backup is whole, the next try succeeds."""
    kept = Backups(path, tmp_path / "backups")
    before = content(path)
    number = 1
    while dies_at(number, lambda: kept.make(START, keep=3)):
        for backup in kept.all():
            assert content(backup.path) == before
            backup.path.unlink()
        number += 1
    assert number > 60
    assert content(path) == before
    assert [each.name for each in kept.folder.iterdir()] == ["ledger-20260105T000000Z.sqlite"]


def test_the_newest_are_kept_and_nothing_of_others(path: Path, tmp_path: Path) -> None:
    """Names tell the age; a file under another name, also one like it, is a person's."""
    kept = Backups(path, tmp_path / "backups")
    for number in range(4):
        kept.make(START + timedelta(days=number), keep=2)
        (kept.folder / "ledger-mine.sqlite").touch()
    assert [each.at.day for each in kept.all()] == [8, 7]
    assert max(each.name for each in kept.folder.iterdir()) == "ledger-mine.sqlite"


def test_the_newest_sound_one(path: Path, tmp_path: Path) -> None:
    """One that was damaged since, or was made by a newer program, is passed over."""
    kept = Backups(path, tmp_path / "backups")
    for number in range(3):
        kept.make(START + timedelta(days=number), keep=3)
    newest, second, third = kept.all()
    damage(newest.path)
    with closing(sqlite3.connect(second.path)) as raw:
        raw.execute("PRAGMA user_version = 999")
    assert kept.newest_sound() == third


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:50_000]), LedgerDamagedError),
        (lambda path: path.write_bytes(b"not a database " * 1000), LedgerDamagedError),
        (lambda path: path.write_bytes(b""), LedgerDamagedError),
        (lambda path: _version(path, 999), LedgerVersionError),
    ],
)
def test_what_is_not_sound(path: Path, spoil: Callable[[Path], object], fault: type[LedgerError]) -> None:
    """Cut off, garbage, empty, of a newer program: each by its name."""
    spoil(path)
    with pytest.raises(fault):
        check_sound(path)


def damage(path: Path) -> None:
    """Zeros in the middle, as after a torn write."""
    whole = path.read_bytes()
    middle = len(whole) // 2 // 4096 * 4096
    path.write_bytes(whole[:middle] + bytes(3 * 4096) + whole[middle + 3 * 4096 :])


def _version(path: Path, number: int) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(f"PRAGMA user_version = {number}")
