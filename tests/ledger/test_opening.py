"""Opening: one owner, readers beside it, and a clear word for every file that can not be used."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.errors import LedgerError, LedgerLockedError, LedgerReadOnlyError, LedgerVersionError
from monitor.ledger import Ledger, schema
from monitor.ledger.connection import Connection
from monitor.ledger.encoding import notification_text
from monitor.ledger.schema import VERSION
from monitor.model.bar import seconds
from monitor.model.fact import code
from tests.ledger.values import START, notification, usage

HOLD = """
import os, sys
from pathlib import Path
from monitor.ledger import Ledger
with Ledger.open(Path(sys.argv[1])):
    print(os.getpid(), flush=True)
    sys.stdin.read()
"""


def test_owner_creates_what_is_missing_for_itself_alone(path: Path) -> None:
    """Folder 0700, file and its neighbours 0600: prices and tokens of webhooks' texts are nobody else's."""
    with Ledger.open(path) as ledger:
        ledger.outbox.add(notification(), START)
        assert path.parent.stat().st_mode & 0o777 == 0o700
        neighbours = sorted(path.parent.iterdir())
        assert [file.name for file in neighbours] == [
            "ledger.db",
            "ledger.db-shm",
            "ledger.db-wal",
            "ledger.db.lock",
        ]
        assert {file.stat().st_mode & 0o777 for file in neighbours} == {0o600}


def test_settings_of_the_connection(path: Path) -> None:
    """WAL, FULL, no mmap, no trusted schema: what survives a power cut depends on them."""
    connection = Connection.own(path)
    found = {
        name: connection.row(f"PRAGMA {name}")
        for name in ("journal_mode", "synchronous", "foreign_keys", "trusted_schema", "mmap_size", "busy_timeout")
    }
    connection.close()
    assert found == {
        "journal_mode": ("wal",),
        "synchronous": (2,),
        "foreign_keys": (1,),
        "trusted_schema": (0,),
        "mmap_size": (0,),
        "busy_timeout": (5000,),
    }


def test_all_tables_are_strict(path: Path) -> None:
    """A wrong type is an error, not a silent text in a number's place."""
    Ledger.open(path).close()
    with sqlite3.connect(path) as raw:
        lax = raw.execute(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND NOT strict AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
    raw.close()
    assert lax == []


def test_second_owner_is_refused_at_once_with_the_pid_of_the_first(path: Path) -> None:
    """A real second process holds the ledger; when it is gone, even by SIGKILL, the next owner gets in."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        pid = holder.stdout.readline().strip()
        with pytest.raises(LedgerLockedError, match=f"process id {pid}"):
            Ledger.open(path)
        holder.kill()
    Ledger.open(path).close()


def test_second_owner_in_the_same_process_is_refused(path: Path, ledger: Ledger) -> None:
    """The lock belongs to the open ledger, not to the process."""
    with pytest.raises(LedgerLockedError):
        Ledger.open(path)
    ledger.close()
    Ledger.open(path).close()


def test_lock_file_left_by_a_longer_pid(path: Path) -> None:
    """What a dead owner wrote does not lock, and does not show through the new pid."""
    path.parent.mkdir()
    lock = path.with_name("ledger.db.lock")
    lock.write_text("12345678901\n")
    with Ledger.open(path):
        assert lock.read_text() == f"{os.getpid()}\n"


def test_lock_is_one_for_all_names_of_the_file(path: Path, ledger: Ledger) -> None:
    """A link to the folder is no way around the lock."""
    link = path.parent.parent / "link"
    link.symlink_to(path.parent, target_is_directory=True)
    assert ledger.path == path
    with pytest.raises(LedgerLockedError):
        Ledger.open(link / path.name)


def test_reader_works_beside_the_owner_and_can_not_write(path: Path, ledger: Ledger) -> None:
    """`monitor status` while the daemon runs; SQLite refuses the write and that is a LedgerReadOnlyError."""
    with Ledger.open(path, owner=False) as reader:
        ledger.learn(usage(START, {("a", START): 1.0}))
        assert reader.cursors.newest() == 1
        with pytest.raises(LedgerReadOnlyError, match=r"ledger\.db"):
            reader.outbox.add(notification(), START)
        with pytest.raises(LedgerReadOnlyError):
            reader.learn(usage(START, {("a", START): 2.0}))


def test_reader_works_without_an_owner(path: Path) -> None:
    """After a clean stop there is no -wal and no -shm."""
    with Ledger.open(path) as ledger:
        ledger.learn(usage(START, {("a", START): 1.0}))
    with Ledger.open(path, owner=False) as reader:
        assert reader.cursors.newest() == 1


def test_reader_of_nothing_is_told_what_makes_a_ledger(path: Path) -> None:
    """And nothing is created by looking."""
    with pytest.raises(LedgerError, match=r"no ledger here yet\n.*monitor run"):
        Ledger.open(path, owner=False)
    assert not path.parent.exists()


@pytest.mark.parametrize("owner", [True, False])
def test_newer_version_is_refused_with_both_numbers(path: Path, *, owner: bool) -> None:
    """A program that does not know the schema does not touch it; the lock is free afterwards."""
    Ledger.open(path).close()
    _set_version(path, VERSION + 6)
    before = path.read_bytes()
    for _ in range(2):
        with pytest.raises(LedgerVersionError, match=f"version {VERSION + 6}, this one knows {VERSION}\n.*install"):
            Ledger.open(path, owner=owner)
    assert path.read_bytes() == before


def test_reader_of_an_older_version_is_told_to_start_the_owner(path: Path) -> None:
    """Readers can not migrate."""
    Ledger.open(path).close()
    _set_version(path, VERSION - 1)
    with pytest.raises(LedgerVersionError, match=f"version {VERSION - 1}, this program reads version {VERSION}"):
        Ledger.open(path, owner=False)


def test_a_ledger_from_before_there_were_texts(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is brought up to date with all that it has, and takes texts from then on."""
    version = next(at for at, made in enumerate(schema.MIGRATIONS) if any("TABLE texts" in each for each in made))
    with monkeypatch.context() as before:
        before.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:version])
        before.setattr(schema, "VERSION", version)
        with Ledger.open(path) as old, pytest.raises(LedgerError, match="texts"):
            old.texts()
    raw = sqlite3.connect(path)
    owed = ("n1", "slack", notification_text(notification()), seconds(START), seconds(START))
    raw.execute("INSERT INTO outbox (id, receiver, payload, created_at, not_before) VALUES (?, ?, ?, ?, ?)", owed)
    raw.commit()
    raw.close()
    with Ledger.open(path) as ledger:
        assert ledger.texts() == {}
        assert ledger.outbox.due(START) == [notification()]
        ledger.learn(replace(usage(START, {}), texts=("text",)))
        assert ledger.texts() == {code("text"): "text"}


def test_file_of_another_program_is_left_alone(path: Path) -> None:
    """A SQLite file with tables and no version is somebody else's."""
    path.parent.mkdir()
    raw = sqlite3.connect(path)
    raw.execute("CREATE TABLE bookmarks (url TEXT)")
    raw.close()
    with pytest.raises(LedgerError, match="not a ledger"):
        Ledger.open(path)
    raw = sqlite3.connect(path)
    assert raw.execute("SELECT name FROM sqlite_schema").fetchall() == [("bookmarks",)]
    raw.close()


@pytest.mark.parametrize("owner", [True, False])
def test_file_that_is_no_database(path: Path, *, owner: bool) -> None:
    """Text in the ledger's place is reported, not overwritten."""
    path.parent.mkdir()
    path.write_text("not a database, " * 100)
    with pytest.raises(LedgerError, match="not a ledger, or damaged"):
        Ledger.open(path, owner=owner)
    assert path.read_text().startswith("not a database")


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    """Any fault of the file system is a LedgerError that names the path."""
    (tmp_path / "state").write_text("")
    with pytest.raises(LedgerError, match="state"):
        Ledger.open(tmp_path / "state" / "ledger.db")


def test_closed_ledger_says_so(ledger: Ledger) -> None:
    """Closing twice is harmless; using it afterwards is a LedgerError, not a crash of another kind."""
    ledger.close()
    ledger.close()
    with pytest.raises(LedgerError, match="closed"):
        ledger.citations()


def _set_version(path: Path, version: int) -> None:
    raw = sqlite3.connect(path)
    raw.execute(f"PRAGMA user_version = {version}")
    raw.close()
