"""`monitor backup` and `monitor restore` as a person runs them."""

from __future__ import annotations

import json

from monitor.ledger import Ledger
from tests.cli.conftest import Program
from tests.ledger.values import START, notification, usage


def test_there_and_back_again(monitor: Program) -> None:
    """A backup into its folder, one to a file; restored, the ledger is as it was and says what it owes."""
    with Ledger.open(monitor.ledger) as ledger:
        ledger.learn(usage(START, {("a", START): 1.0}))
        ledger.outbox.add(notification(), START)
        made = monitor("backup", "--json")  # beside the owner
        ledger.learn(usage(START.replace(day=6), {("b", START): 1.0}))
    assert made.code == 0
    told = json.loads(made.out)
    assert (told["kept"], told["bytes"] > 0, told["seconds"] >= 0) == (1, True, True)
    restored = monitor("restore", "--json")
    assert restored.code == 0
    found = json.loads(restored.out)
    assert (found["backup"], found["newest"], found["owed"]) == (told["file"], "2026-01-05T00:00:00Z", 1)
    with Ledger.open(monitor.ledger) as ledger:
        assert ledger.cursors.newest() == 1
    elsewhere = monitor.folder / "elsewhere.sqlite"
    assert monitor("backup", elsewhere).out.startswith(f"{elsewhere}: 0.")
    again = monitor("restore", elsewhere)
    assert again.out.splitlines()[0].startswith(f"{monitor.ledger}: is {elsewhere} now, as of 2026-01-05")
    assert "1 message owed, which may have arrived since" in again.out


def test_what_is_refused(monitor: Program) -> None:
    """Nothing to copy, nothing to restore, a file that is there: exit code 1, and what to do."""
    assert (monitor("backup").code, monitor("restore").code) == (1, 1)
    assert "there is no sound backup here" in monitor("restore").err
    Ledger.open(monitor.ledger).close()
    taken = monitor.write("taken.sqlite", "mine")
    refused = monitor("backup", taken)
    assert (refused.code, taken.read_text()) == (1, "mine")
    assert "is there already" in refused.err
    not_one = monitor("restore", taken)
    assert (not_one.code, "Traceback" in not_one.err) == (1, False)
    assert "not a ledger, or damaged" in not_one.err


def test_status_says_what_there_is(monitor: Program) -> None:
    """The newest backup, and which tables take most of the ledger."""
    with Ledger.open(monitor.ledger) as ledger:
        ledger.learn(usage(START, {(f"m{number}", START): 1.0 for number in range(2000)}))
    assert "backup: none" in monitor("status").out
    monitor("backup")
    told = monitor("status").out
    assert "\nbackup: " in told
    assert "  most of it: se" in told
    found = json.loads(monitor("status", "--json").out)
    assert len(found["backups"]) == 1
    assert next(iter(found["ledger"]["tables"])) == "series"
