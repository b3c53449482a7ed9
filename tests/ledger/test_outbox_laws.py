"""The outbox against a model of it: nothing is lost or doubled in any order of steps and crashes."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from monitor.ledger import Ledger
from monitor.model.notification import Receipt
from tests.ledger.values import START, notification

RECEIVERS = ("slack", "console")
PARTS = ("overflow", "picture")


@dataclass(slots=True)
class Row:
    """What the model knows of one notification."""

    receiver: str
    part: str = ""
    state: Literal["pending", "sending", "delivered", "dead"] = "pending"
    not_before: int = 0
    unsure: bool = False
    attempts: int = 0


class OutboxMachine(RuleBasedStateMachine):
    """Takes every step in any order, as one sender may, and kills it at any point."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "ledger.db"
        self.ledger = Ledger.open(self.path)
        self.rows: dict[str, Row] = {}
        self.now = 0

    def teardown(self) -> None:
        """Close the file and remove it."""
        self.ledger.close()
        self.folder.cleanup()

    @initialize(receivers=st.lists(st.sampled_from(RECEIVERS), min_size=1, max_size=4))
    def owe_some(self, receivers: list[str]) -> None:
        for receiver in receivers:
            self.owe(receiver)

    @rule(receiver=st.sampled_from(RECEIVERS))
    def owe(self, receiver: str) -> None:
        name = f"n{len(self.rows)}"
        self.ledger.outbox.add(notification(name, receiver), self._at())
        self.rows[name] = Row(receiver, not_before=self.now)

    @precondition(lambda self: self.rows)
    @rule(draw=st.data())
    def owe_again(self, draw: st.DataObject) -> None:
        name = draw.draw(st.sampled_from(sorted(self.rows)))
        self.ledger.outbox.add(notification(name, self.rows[name].receiver), self._at())

    @rule()
    def begin_all_that_is_due(self) -> None:
        for owed in self.ledger.outbox.due(self._at()):
            row = self.rows[owed.id]
            row.attempts += 1
            row.state = "sending"
            assert self.ledger.outbox.begin(owed.id, self._at()) == row.attempts

    @precondition(lambda self: self._sending())
    @rule(draw=st.data(), parts=st.sets(st.sampled_from(PARTS)))
    def delivered(self, draw: st.DataObject, parts: set[str]) -> None:
        name = draw.draw(st.sampled_from(self._sending()))
        receiver = self.rows[name].receiver
        rest = tuple(replace(notification(f"{name}-{part}", receiver), part=part) for part in sorted(parts))
        self.ledger.outbox.delivered(name, Receipt("r", rest=rest), self._at())
        self.rows[name].state = "delivered"
        for each in rest:
            self.rows[each.id] = Row(receiver, each.part, not_before=self.now)

    @precondition(lambda self: self._sending())
    @rule(draw=st.data(), wait=st.integers(0, 3), unknown=st.booleans())
    def postpone(self, draw: st.DataObject, wait: int, *, unknown: bool) -> None:
        name = draw.draw(st.sampled_from(self._sending()))
        until = self._at() + timedelta(seconds=wait)
        self.ledger.outbox.postpone(name, until, "no", outcome_unknown=unknown)
        row = self.rows[name]
        row.state, row.not_before, row.unsure = "pending", self.now + wait, row.unsure or unknown

    @precondition(lambda self: self._sending())
    @rule(draw=st.data())
    def bury(self, draw: st.DataObject) -> None:
        name = draw.draw(st.sampled_from(self._sending()))
        self.ledger.outbox.bury(name, "never", self._at())
        self.rows[name].state = "dead"

    @rule()
    def crash(self) -> None:
        self.ledger.close()
        self.ledger = Ledger.open(self.path)
        for name in self._sending():
            self.rows[name].state, self.rows[name].unsure = "pending", True

    @rule(seconds=st.integers(1, 3))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @invariant()
    def due_is_the_head_of_each_queue(self) -> None:
        """Parts last, then in order of owing; marked exactly if an earlier attempt may have arrived."""
        heads: dict[tuple[str, str], str] = {}
        for name, row in self.rows.items():
            if row.state in {"pending", "sending"}:
                heads.setdefault((row.receiver, row.part), name)
        expected = [
            (name, self.rows[name].unsure)
            for name in sorted(self.rows, key=lambda name: self.rows[name].part != "")
            if name in heads.values() and self.rows[name].state == "pending" and self.rows[name].not_before <= self.now
        ]
        assert [(owed.id, owed.possible_repeat) for owed in self.ledger.outbox.due(self._at())] == expected

    @invariant()
    def every_notification_is_in_exactly_one_state(self) -> None:
        """None is lost, none is doubled."""
        states = [row.state for row in self.rows.values()]
        assert self.ledger.outbox.counts() == {
            state: states.count(state) for state in ("pending", "sending", "delivered", "dead")
        }

    def _sending(self) -> list[str]:
        return sorted(name for name, row in self.rows.items() if row.state == "sending")

    def _at(self) -> datetime:
        return START + timedelta(seconds=self.now)


TestOutbox = OutboxMachine.TestCase
TestOutbox.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
