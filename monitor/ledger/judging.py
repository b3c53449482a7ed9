"""Judging: how far rules were judged, what is remembered of their instances, what changed, and what is owed for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.errors import LedgerError
from monitor.ledger.connection import Row, Store
from monitor.ledger.encoding import labels_of, labels_text, memory_of, memory_text
from monitor.ledger.outbox import owe
from monitor.model.bar import seconds
from monitor.model.judgement import Judgement
from monitor.model.labels import Labels
from monitor.model.notification import Notification
from monitor.model.transition import Change, Phase, State, Transition

_ALL_TIME = -(2**63)


@dataclass(frozen=True, slots=True)
class Instance:
    """One label set of one alert, and how it stands."""

    alert: str
    partition: str
    labels: Labels
    state: State


class Judging(Store):
    """Records judgements and reads them back."""

    def record(
        self,
        judgements: Sequence[Judgement],
        notifications: Sequence[Notification],
        *,
        silent: bool,
        at: datetime,
    ) -> None:
        """Write judgements and what is owed for them, all or nothing; again the same changes nothing.

        `silent`: nobody is told (the first pass over history). Raises LedgerError for a judgement that ends before
        one already recorded.
        """
        recorded_at = seconds(at)
        with self._connection.transaction():
            for judgement in judgements:
                self._advance(judgement)
                self._replace_states(judgement)
                self._append_transitions(judgement, silent=silent, recorded_at=recorded_at)
            for notification in notifications:
                owe(self._connection, notification, recorded_at)

    def judged(self, alert: str, partition: str) -> int | None:
        """Epoch seconds: the end of the newest bar that was judged; None if there is none."""
        row = self._connection.row("SELECT through FROM judged WHERE alert = ? AND partition = ?", (alert, partition))
        return None if row is None else int(row[0])

    def progress(self) -> dict[str, dict[str, int]]:
        """By alert and partition, the end of the newest bar that was judged."""
        progress: dict[str, dict[str, int]] = {}
        for alert, partition, through in self._connection.rows("SELECT alert, partition, through FROM judged"):
            progress.setdefault(alert, {})[partition] = through
        return progress

    def states(self, alert: str, partition: str) -> dict[Labels, State]:
        """What is remembered of every instance that is not in its first state."""
        rows = self._connection.rows(
            "SELECT labels, phase, since, cleared_at, memory FROM states WHERE alert = ? AND partition = ?",
            (alert, partition),
        )
        return {labels_of(row[0]): _state(row[1:]) for row in rows}

    def unheard(self, transition: Transition) -> bool:
        """Whether the beginning of its episode was recorded silently, so that nobody was ever told of it."""
        row = self._connection.row(
            "SELECT silent FROM transitions WHERE alert = ? AND labels = ? AND episode = ? AND kind = ?",
            (transition.alert, labels_text(transition.labels), transition.episode, Change.FIRING.value),
        )
        return row is not None and bool(row[0])

    def open_instances(self) -> list[Instance]:
        """Every instance whose episode has not ended, oldest first."""
        rows = self._connection.rows(
            "SELECT alert, partition, labels, phase, since, cleared_at, memory FROM states"
            " WHERE phase IN ('firing', 'recovering') ORDER BY since, alert, labels"
        )
        return [Instance(row[0], row[1], labels_of(row[2]), _state(row[3:])) for row in rows]

    def transitions(self, *, limit: int = 50, since: int | None = None) -> list[Transition]:
        """Transitions of bars at or after `since` (None = all), newest first."""
        rows = self._connection.rows(
            "SELECT alert, labels, kind, episode, valid_at, judged_at, value, reference FROM transitions"
            " WHERE valid_at >= ? ORDER BY valid_at DESC, id DESC LIMIT ?",
            (_ALL_TIME if since is None else since, limit),
        )
        return [_transition(row) for row in rows]

    def _advance(self, judgement: Judgement) -> None:
        before = self.judged(judgement.alert, judgement.partition)
        if before is not None and judgement.through < before:
            raise LedgerError(
                f"{judgement.alert}: a judgement through {judgement.through} came after one through {before};"
                " bars are judged oldest first, each once"
            )
        self._connection.execute(
            "INSERT INTO judged (alert, partition, through) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET through = excluded.through",
            (judgement.alert, judgement.partition, judgement.through),
        )

    def _replace_states(self, judgement: Judgement) -> None:
        instance = (judgement.alert, judgement.partition)
        self._connection.execute("DELETE FROM states WHERE alert = ? AND partition = ?", instance)
        self._connection.execute_many(
            "INSERT INTO states (alert, partition, labels, phase, since, cleared_at, memory)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    *instance,
                    labels_text(labels),
                    state.phase.value,
                    state.since,
                    state.cleared_at,
                    memory_text(state.memory),
                )
                for labels, state in judgement.states.items()
            ),
        )

    def _append_transitions(self, judgement: Judgement, *, silent: bool, recorded_at: int) -> None:
        self._connection.execute_many(
            "INSERT INTO transitions (alert, partition, labels, kind, episode, valid_at, judged_at, value, reference,"
            " silent, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                (
                    transition.alert,
                    judgement.partition,
                    labels_text(transition.labels),
                    transition.kind.value,
                    transition.episode,
                    transition.valid_at,
                    transition.judged_at,
                    transition.value,  # SQLite stores NaN as NULL
                    transition.reference,
                    int(silent),
                    recorded_at,
                )
                for transition in judgement.transitions
            ),
        )


def _state(row: Row) -> State:
    phase, since, cleared_at, memory = row
    return State(Phase(phase), since, cleared_at, memory_of(memory))


def _transition(row: Row) -> Transition:
    alert, labels, kind, episode, valid_at, judged_at, value, reference = row
    return Transition(
        alert=alert,
        labels=labels_of(labels),
        kind=Change(kind),
        episode=episode,
        valid_at=valid_at,
        judged_at=judged_at,
        value=math.nan if value is None else value,
        reference=math.nan if reference is None else reference,
    )
