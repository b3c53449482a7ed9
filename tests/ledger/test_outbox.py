"""The outbox: in order for each receiver, begun before sent, and never again without saying so."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.errors import LedgerError
from monitor.ledger import Ledger
from monitor.model.bar import seconds
from monitor.model.notification import Receipt
from monitor.ports import Outbox
from tests.ledger.values import START, notification, transition

SECOND = timedelta(seconds=1)
SENT = Receipt("C1/123.456")


def ids(ledger: Ledger, at: datetime = START) -> list[tuple[str, bool]]:
    """What is due, and whether it says that it may be a repeat."""
    return [(owed.id, owed.possible_repeat) for owed in ledger.outbox.due(at)]


def test_notification_comes_back_as_it_was_owed(ledger: Ledger) -> None:
    """Every field, transitions and their NaN included."""
    outbox: Outbox = ledger.outbox
    owed = replace(notification("n", "slack", transition(), transition("Other")), title="≥ ü \ud800 <&>", part="p")
    outbox.add(owed, START)
    (due,) = outbox.due(START)
    assert [math.isnan(change.reference) for change in due.transitions] == [True, True]
    assert _comparable(due.transitions) == _comparable(owed.transitions)
    assert replace(due, transitions=()) == replace(owed, transitions=())


def _comparable(changes: tuple[object, ...]) -> list[str]:
    return [repr(change) for change in changes]


def test_owed_once_whatever_became_of_it(ledger: Ledger) -> None:
    """The id was taken up: while it waits, when it was delivered, and when it was given up."""
    for name in ("waits", "delivered", "dead"):
        ledger.outbox.add(notification(name, name), START)
    ledger.outbox.begin("delivered", START)
    ledger.outbox.delivered("delivered", SENT, START)
    ledger.outbox.bury("dead", "channel_not_found", START)
    for name in ("waits", "delivered", "dead"):
        ledger.outbox.add(notification(name, name), START)
    assert ids(ledger) == [("waits", False)]
    assert ledger.outbox.counts() == {"pending": 1, "sending": 0, "delivered": 1, "dead": 1}


def test_not_due_before_it_is_owed(ledger: Ledger) -> None:
    """Time is a value."""
    ledger.outbox.add(notification(), START)
    assert ids(ledger, START - SECOND) == []
    assert ids(ledger, START) == [("n1", False)]


def test_each_receiver_has_a_queue_of_its_own(ledger: Ledger) -> None:
    """The oldest of each is due; the next when that one has ended, well or badly."""
    for name, receiver in (("s1", "slack"), ("s2", "slack"), ("c1", "console"), ("s3", "slack")):
        ledger.outbox.add(notification(name, receiver), START)
    assert ids(ledger) == [("s1", False), ("c1", False)]
    ledger.outbox.begin("s1", START)
    assert ids(ledger) == [("c1", False)]
    ledger.outbox.delivered("s1", SENT, START)
    assert ids(ledger) == [("s2", False), ("c1", False)]
    ledger.outbox.begin("s2", START)
    ledger.outbox.bury("s2", "msg_too_long", START)
    assert ids(ledger) == [("c1", False), ("s3", False)]
    assert [owed.id for owed in ledger.outbox.due(START, 1)] == ["c1"]


def test_postponed_head_holds_its_queue(ledger: Ledger) -> None:
    """Order is kept while the receiver asks for patience; never earlier than it asked for, to the second."""
    for name, receiver in (("s1", "slack"), ("s2", "slack"), ("c1", "console")):
        ledger.outbox.add(notification(name, receiver), START)
    ledger.outbox.begin("s1", START)
    until = START + timedelta(seconds=29.5)
    ledger.outbox.postpone("s1", until, "ratelimited", outcome_unknown=False)
    assert ids(ledger, START + 29 * SECOND) == [("c1", False)]
    assert ids(ledger, START + 30 * SECOND) == [("s1", False), ("c1", False)]


def test_unknown_outcome_is_never_forgotten(ledger: Ledger) -> None:
    """A known failure after an unknown one: the first attempt may still have arrived."""
    ledger.outbox.add(notification(), START)
    assert ledger.outbox.begin("n1", START) == 1
    ledger.outbox.postpone("n1", START, "timeout", outcome_unknown=True)
    assert ids(ledger) == [("n1", True)]
    assert ledger.outbox.begin("n1", START) == 2
    ledger.outbox.postpone("n1", START, "connection refused", outcome_unknown=False)
    assert ids(ledger) == [("n1", True)]
    assert ledger.outbox.due(START)[0].text.count("(possible repeat)") == 1


def test_crash_while_sending_makes_a_possible_repeat(path: Path) -> None:
    """The process died between begin and an end: due again, in its place, and marked."""
    with Ledger.open(path) as ledger:
        ledger.outbox.add(notification("n1"), START)
        ledger.outbox.add(notification("n2"), START)
        ledger.outbox.begin("n1", START)
    with Ledger.open(path, owner=False) as reader:
        assert reader.outbox.counts()["sending"] == 1  # looking is not taking over
    with Ledger.open(path) as ledger:
        assert ids(ledger) == [("n1", True)]
        assert ledger.outbox.begin("n1", START) == 2
        ledger.outbox.delivered("n1", SENT, START)
        assert ids(ledger) == [("n2", False)]


def test_a_sender_that_died_alone_is_made_up_for(ledger: Ledger) -> None:
    """The daemon lives, its delivery task did not: reclaim does what opening does."""
    ledger.outbox.add(notification(), START)
    ledger.outbox.begin("n1", START)
    assert ids(ledger) == []
    assert ledger.outbox.reclaim() == 1
    assert ids(ledger) == [("n1", True)]
    assert ledger.outbox.reclaim() == 0


def test_possible_repeat_given_by_the_caller_stays(ledger: Ledger) -> None:
    """A notification restored from elsewhere may already have been sent."""
    ledger.outbox.add(replace(notification(), possible_repeat=True), START)
    assert ids(ledger) == [("n1", True)]


def test_steps_that_do_not_follow_are_refused(ledger: Ledger) -> None:
    """A second sender, a late acknowledgement, an unknown id: an error, and the row stays as it is."""
    outbox = ledger.outbox
    outbox.add(notification(), START)
    with pytest.raises(LedgerError, match="'n1' is pending"):
        outbox.delivered("n1", SENT, START)
    outbox.begin("n1", START)
    with pytest.raises(LedgerError, match="'n1' is sending"):
        outbox.begin("n1", START)
    outbox.delivered("n1", SENT, START)
    with pytest.raises(LedgerError, match="'n1' is delivered"):
        outbox.begin("n1", START)
    with pytest.raises(LedgerError, match="'n1' is delivered"):
        outbox.postpone("n1", START, "", outcome_unknown=True)
    with pytest.raises(LedgerError, match="'n1' is delivered"):
        outbox.bury("n1", "", START)
    with pytest.raises(LedgerError, match="'nobody' is not in the outbox"):
        outbox.begin("nobody", START)
    assert outbox.counts() == {"pending": 0, "sending": 0, "delivered": 1, "dead": 0}


def test_a_notification_knows_when_its_first_try_began(ledger: Ledger) -> None:
    """Not when the last did: what may have arrived did so since then."""
    outbox = ledger.outbox
    outbox.add(notification(), START)
    assert outbox.due(START)[0].tried_at == 0
    for attempt in range(3):
        outbox.begin("n1", START + attempt * SECOND)
        outbox.postpone("n1", START, "timeout", outcome_unknown=True)
        assert outbox.due(START)[0].tried_at == seconds(START)


def test_what_follows_knows_what_began_its_story(path: Path) -> None:
    """By receiver and thread, over restarts: the newest that stands by itself, never a reply, never one not found."""
    receipts = [SENT, Receipt("C1:reply", begins=False), Receipt("C1:anew"), Receipt(""), Receipt("C1:other")]
    expected = ["", SENT.reference, SENT.reference, "C1:anew", "C1:anew"]
    begun_by = ["", "n0", "n0", "n2", "n2"]
    for number, receipt in enumerate(receipts):
        with Ledger.open(path) as ledger:
            ledger.outbox.add(notification(f"n{number}"), START)
            ledger.outbox.add(notification(f"c{number}", "console"), START)
            console, slack = sorted(ledger.outbox.due(START), key=lambda owed: owed.receiver)
            follows = slack.follows
            assert ("" if follows is None else follows.reference) == expected[number]
            assert ("" if follows is None else follows.notification.id) == begun_by[number]
            assert console.follows is None
            ledger.outbox.begin(slack.id, START)
            ledger.outbox.delivered(slack.id, receipt, START)
    with Ledger.open(path) as ledger:
        ledger.outbox.add(replace(notification("n9"), thread="another"), START)
        assert ledger.outbox.due(START)[-1].follows is None


def test_what_is_left_of_it_is_owed_with_its_delivery(ledger: Ledger) -> None:
    """Once, though it is delivered after a doubt again; it goes on from what began the story, and holds up no text."""
    rest = (replace(notification("n1-picture"), part="picture"),)
    for number in (1, 2):
        ledger.outbox.add(notification(f"n{number}"), START)
    ledger.outbox.begin("n1", START)
    ledger.outbox.delivered("n1", replace(SENT, rest=rest), START)
    text, part = ledger.outbox.due(START)
    assert (text.id, part.id, part.part) == ("n2", "n1-picture", "picture")
    assert part.follows is not None
    assert part.follows.reference == SENT.reference
    ledger.outbox.postpone("n1-picture", START + SECOND, "busy", outcome_unknown=False)
    assert ids(ledger) == [("n2", False)]
    ledger.outbox.begin("n2", START)
    ledger.outbox.delivered("n2", replace(SENT, rest=rest), START)
    assert ids(ledger, START + SECOND) == [("n1-picture", False)]
