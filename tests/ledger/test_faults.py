"""Faults in mid-work: what fails is rolled back whole, is called by its name, and what was stored before stays."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.errors import LedgerError, LedgerFullError, LedgerLockedError, LedgerReadOnlyError
from monitor.ledger import Ledger
from monitor.ledger.connection import Connection
from monitor.ledger.faults import from_system
from monitor.ledger.schema import migrate
from monitor.model.bar import seconds
from tests.ledger.values import DAY, START, batch, notification, rows_of, tokens, usage

FILL = """
import sys
from datetime import timedelta
from pathlib import Path
from monitor.errors import LedgerFullError
from monitor.ledger import Ledger
from tests.ledger.values import START, usage
with Ledger.open(Path(sys.argv[1]) / "ledger.db") as ledger:
    kept = 0
    try:
        for kept in range(10_000):
            bars = {(f"{kept}-{model}", START): 1.0 for model in range(100)}
            ledger.learn(usage(START + timedelta(hours=kept), bars))
    except LedgerFullError as fault:
        print(fault)
    print(kept * 100, len(ledger.columns("tokens").values))
"""


def test_full_disk_keeps_nothing_of_the_transaction_and_all_before_it(path: Path) -> None:
    """SQLITE_FULL by a small page limit; with room again the very same import succeeds."""
    connection = Connection.own(path)
    migrate(connection)
    with Ledger(connection) as ledger:
        ledger.learn(usage(START, {("a", START): 1.0}))
        pages = connection.rows("PRAGMA page_count")[0][0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        large = batch((tokens(f"m{number}"), seconds(START), seconds(START), 1.0) for number in range(5000))
        with pytest.raises(LedgerFullError, match=r"ledger\.db: the disk is full.*\n.*free some space"):
            ledger.absorb(large)
        assert rows_of(ledger.columns("tokens")) == [("a", seconds(START), seconds(START), 1.0)]
        connection.execute("PRAGMA max_page_count = 100000")
        assert ledger.absorb(large) == 5000


def test_full_disk_inside_a_caller_transaction_dooms_all_of_it(path: Path) -> None:
    """SQLite rolls back by itself when the disk is full: nothing after that may slip in as a commit of its own."""
    connection = Connection.own(path)
    migrate(connection)
    with Ledger(connection) as ledger:
        pages = connection.rows("PRAGMA page_count")[0][0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(LedgerError, match="was rolled back"):
            _swallow_a_full_disk(ledger)
        assert ledger.outbox.counts()["pending"] == 0


def _swallow_a_full_disk(ledger: Ledger) -> None:
    with ledger.transaction():
        with pytest.raises(LedgerFullError):
            ledger.absorb(batch((tokens(f"m{number}"), 0, 0, 1.0) for number in range(5000)))
        ledger.outbox.add(notification(), START)


def test_really_full_file_system(tmp_path: Path) -> None:
    """A file system of 1 MiB: a LedgerFullError, and every learnt snapshot is still there, whole."""
    unshare = shutil.which("unshare")
    probe = [
        unshare or "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "mount",
        "-t",
        "tmpfs",
        "none",
        str(tmp_path),
    ]
    if unshare is None or subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("needs unshare and user namespaces (util-linux; sysctl kernel.unprivileged_userns_clone=1)")
    script = 'mount -t tmpfs -o size=1m none "$1" && exec "$2" -c "$3" "$1"'
    done = subprocess.run(
        [*probe[:4], "sh", "-c", script, "sh", str(tmp_path), sys.executable, FILL],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    *words, counts = done.stdout.splitlines()
    assert "the disk is full" in words[0]
    learnt, stored = counts.split()
    assert learnt == stored != "0"


@pytest.mark.parametrize(
    ("number", "expected"),
    [(errno.ENOSPC, LedgerFullError), (errno.EROFS, LedgerReadOnlyError), (errno.EACCES, LedgerReadOnlyError)],
)
def test_faults_of_the_file_system_by_name(number: int, expected: type[LedgerError]) -> None:
    """What the folder and the lock file report; made by hand because root is refused nothing."""
    fault = from_system(OSError(number, os.strerror(number)), Path("/state/ledger.db"))
    assert type(fault) is expected
    assert "/state/ledger.db" in fault.message
    assert fault.hint


def test_lock_of_another_program_is_waited_for_and_then_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody writes with the sqlite3 tool: LedgerLockedError, and the ledger works again when that ends."""
    monkeypatch.setattr("monitor.ledger.connection._BUSY_SECONDS", 0.01)
    with Ledger.open(path) as ledger:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerLockedError, match="another program"):
            ledger.learn(usage(START, {("a", START): 1.0}))
        other.execute("ROLLBACK")
        other.close()
        assert ledger.learn(usage(START, {("a", START): 1.0}))


def test_failed_part_dooms_the_whole_transaction(ledger: Ledger) -> None:
    """Even if the caller swallows the error of the part: half a transaction is never committed."""
    with pytest.raises(LedgerError, match="nothing of it was kept"):
        _swallow_a_failed_part(ledger)
    assert ledger.outbox.counts()["pending"] == 0
    ledger.outbox.add(notification(), START)
    assert ledger.outbox.counts()["pending"] == 1


def _swallow_a_failed_part(ledger: Ledger) -> None:
    with ledger.transaction():
        ledger.outbox.add(notification(), START)
        with pytest.raises(LedgerError, match="not in the outbox"):
            ledger.outbox.begin("no such", START)


def test_an_error_of_the_caller_rolls_back(ledger: Ledger) -> None:
    """Any exception leaves the transaction as if it had never begun."""
    with pytest.raises(ZeroDivisionError):
        _learn_and_stumble(ledger)
    assert ledger.cursors.newest() == 0
    assert ledger.accepted("openrouter_rankings") is None
    assert ledger.learn(usage(START, {("a", START): 1.0}))


def _learn_and_stumble(ledger: Ledger) -> None:
    with ledger.transaction():
        ledger.learn(usage(START, {("a", START): 1.0}, sealed=START + DAY))
        raise ZeroDivisionError


def test_text_that_is_no_unicode_is_refused_whole(ledger: Ledger) -> None:
    """A lone surrogate in a citation (JSON allows it) can not be stored; labels can carry it."""
    assert ledger.learn(usage(START, {("\ud800", START): 1.0}))
    assert ledger.columns("tokens").series == (tokens("\ud800"),)
    with pytest.raises(LedgerError, match="surrogates"):
        ledger.absorb(replace(batch([(tokens("b"), 0, 0, 1.0)]), citations={"openrouter": "\ud800"}))
    assert ledger.cursors.newest() == 1


def test_threads_do_not_mix_their_transactions(ledger: Ledger) -> None:
    """Four threads learn, owe and read at once; each sees whole transactions only, and nothing is lost."""
    faults: list[BaseException] = []

    def work(thread: int) -> None:
        try:
            for step in range(25):
                with ledger.transaction():
                    ledger.outbox.add(notification(f"{thread}-{step}-a"), START)
                    ledger.outbox.add(notification(f"{thread}-{step}-b"), START)
                at = START + timedelta(hours=step, seconds=thread)
                ledger.learn(usage(at, {(f"{thread}-{step}", START): 1.0}))
                assert ledger.outbox.counts()["pending"] % 2 == 0
        except BaseException as fault:  # noqa: BLE001 - a thread's failure must reach the test
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert ledger.outbox.counts()["pending"] == 200
    assert len(ledger.columns("tokens").values) == 100
