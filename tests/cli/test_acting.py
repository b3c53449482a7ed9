"""`monitor alerts`, `monitor ack`, `monitor silence` on a ledger that no monitor runs over."""

from __future__ import annotations

import getpass
import json

import pytest

from monitor.ledger import Ledger
from tests.cli.conftest import Program
from tests.dispatching.market import Market


@pytest.fixture
def busy(monitor: Program) -> Program:
    """Two models are busy; today is the day after."""
    with Ledger.open(monitor.ledger) as ledger:
        market = Market(ledger)
        market.day(a=200, b=300)
    return monitor


def test_what_fires_is_listed_with_who_knows_of_it(busy: Program) -> None:
    """Also for monitors."""
    listed = busy("alerts")
    assert listed.code == 0
    assert [line.partition(", for ")[0] for line in listed.out.splitlines()] == [
        "warning: Busy: a: 200 against 100",
        "warning: Busy: b: 300 against 100",
    ]
    assert busy("ack", "Busy", "model=a").out.startswith('acknowledged alertname="Busy", model="a"')
    first, second = (json.loads(line) for line in busy("alerts", "--json").out.splitlines())
    assert (first["alert"], first["labels"]["model"], first["value"]) == ("Busy", "a", 200.0)
    assert first["held"] == [f"acknowledged by {getpass.getuser()}, until it is over or becomes graver"]
    assert second["held"] == []


def test_nothing_fires_in_a_new_ledger(monitor: Program) -> None:
    """Said, rather than an empty page."""
    with Ledger.open(monitor.ledger):
        pass
    assert monitor("alerts").out == "nothing fires\n"
    assert monitor("silence").out == "nothing is silenced\n"


def test_what_does_not_fire_can_not_be_acknowledged(busy: Program) -> None:
    """With what to do next, and exit code 1."""
    refused = busy("ack", "Busy", "model=c")
    assert refused.code == 1
    assert 'Busy {model="c"} does not fire' in refused.err
    assert "`monitor alerts` lists what does" in refused.err
    assert busy("ack", "Busy", "c").code == 2


def test_a_silence_from_its_preview_to_its_end(busy: Program) -> None:
    """The preview does nothing; the list has what --end wants."""
    preview = busy("silence", 'model="a"', "--preview")
    assert "it is about Busy {" in preview.out
    assert busy("silence").out == "nothing is silenced\n"
    made = busy("silence", 'model="a"', "--for", "7d", "--reason", "planned")
    assert made.out.startswith('silenced model="a", until 20')
    (row,) = busy("silence").out.splitlines()
    assert f"silenced by {getpass.getuser()}" in row
    assert row.endswith("planned")
    (fields,) = (json.loads(line) for line in busy("silence", "--json").out.splitlines())
    assert fields["matchers"] == 'model="a"'
    assert busy("silence", "--end", row.split()[0]).out == 'ended: model="a"\n'
    assert busy("silence").out == "nothing is silenced\n"


def test_a_silence_may_recur(busy: Program) -> None:
    """Then it needs no end."""
    made = busy("silence", 'severity="warning"', "--times", "sat,sun Europe/Berlin")
    assert made.out.startswith('silenced severity="warning", until somebody ends it, sat,sun Europe/Berlin')


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("silence", 'model="a"'), "nothing says how long"),
        (("silence", "model", "--for", "1d"), "column 1"),
        (("silence", 'model="a"', "--for", "soon"), "expected a span"),
        (("silence", 'model="a"', "--times", "someday"), "expected days, times and a time zone"),
        (("silence", 'model="a"', "--times", "25:00-26:00"), "expected two different ones from 00:00 to 24:00"),
        (("silence", 'model="a"', "--times", "mon Europe/Berln"), "is no time zone"),
        (("silence", "--end", "zz"), "no silence with an id that begins with 'zz'"),
    ],
)
def test_what_is_not_understood_is_refused(busy: Program, words: tuple[str, ...], said: str) -> None:
    """With what was got and what was expected."""
    refused = busy(*words)
    assert refused.code == 1
    assert said in refused.err
    assert busy("silence").out == "nothing is silenced\n"
