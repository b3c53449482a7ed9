"""`monitor history`."""

from __future__ import annotations

import getpass
import json

from monitor.ledger import Ledger
from tests.cli.conftest import Program
from tests.dispatching.market import Market


def test_who_did_what_is_listed_oldest_first(monitor: Program) -> None:
    """For people, for programs, and from a time on."""
    with Ledger.open(monitor.ledger) as ledger:
        Market(ledger).day(a=200)
    monitor("ack", "Busy")
    first, second = monitor("history").out.splitlines()
    assert first.startswith("2026-02-02 00:00 UTC  rule files")
    assert f"{getpass.getuser()}" in second
    assert "acknowledged" in second
    deeds = [json.loads(line) for line in monitor("history", "--json", "--since", "2026-03-01").out.splitlines()]
    assert [(each["deed"], each["via"], each["alert"]) for each in deeds] == [("acknowledged", "command line", "Busy")]


def test_an_empty_record_says_so(monitor: Program) -> None:
    """Rather than nothing."""
    with Ledger.open(monitor.ledger):
        pass
    assert monitor("history").out == "nothing is on record\n"
