"""Judging: how far rules were judged, what is remembered of their instances, what changed, and what is owed for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from monitor.errors import LedgerError
from monitor.ledger.connection import Store
from monitor.ledger.encoding import labels_of, labels_text, memory_of
from monitor.ledger.outbox import owe
from monitor.ledger.rewinds import changed_states, changes_text, same_state, state_row
from monitor.ledger.transitions import APPEND_TRANSITION, TRANSITION, transition_of, transition_row
from monitor.model.bar import DAY, seconds
from monitor.model.judgement import Judgement, Past
from monitor.model.labels import Labels
from monitor.model.notification import Notification
from monitor.model.transition import EpisodeKey, Phase, Recorded, State, Transition

_ALL_TIME = -(2**63)
_SELECT = f"SELECT {TRANSITION} FROM transitions"  # noqa: S608 - own text
_RECORDED = f"""{_SELECT} WHERE alert = ?1 AND (?2 IS NULL OR partition = ?2) AND (labels, episode) IN (
    SELECT labels, episode FROM transitions WHERE alert = ?1 AND valid_at >= ?3
) ORDER BY id"""  # noqa: S608 - own text
_NEWEST = f"{_SELECT} WHERE valid_at >= ? ORDER BY valid_at DESC, id DESC LIMIT ?"
_ADVANCE = """
    INSERT INTO judged (alert, partition, through, armed) VALUES (?1, ?2, ?3, ?3)
    ON CONFLICT DO UPDATE SET through = excluded.through
"""
_FORGET = "DELETE FROM states WHERE alert = ? AND partition = ? AND labels = ?"
_REMEMBER = """
    INSERT OR REPLACE INTO states (alert, partition, labels, phase, since, cleared_at, memory, level)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True)
class Instance:
    """One label set of one alert, and how it stands."""

    alert: str
    partition: str
    labels: Labels
    state: State


class Judging(Store):
    """Records judgements and reads them back."""

    def record(self, judgements: Sequence[Judgement], notifications: Sequence[Notification], *, at: datetime) -> None:
        """Write judgements and what is owed for them, all or nothing; again the same changes nothing.

        What is of bars that the first evaluation of a partition judged is silent: nobody is told of it. Raises
        LedgerError for a judgement that ends before one already recorded.
        """
        recorded_at = seconds(at)
        with self._connection.transaction():
            judged = self._judged()
            for judgement in judgements:
                before, armed = judged.get((judgement.alert, judgement.partition), (None, judgement.through))
                _refuse_earlier(judgement, before)
                judged[judgement.alert, judgement.partition] = judgement.through, armed
                self._keep_states(judgement, before)
                self._append_transitions(judgement, armed, recorded_at)
            self._connection.execute_many(_ADVANCE, ((each.alert, each.partition, each.through) for each in judgements))
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

    def armed(self) -> dict[tuple[str, str], int]:
        """By alert and partition, the end of the newest bar that nobody is told of."""
        return {instance: armed for instance, (_, armed) in self._judged().items()}

    def pasts(self) -> dict[tuple[str, str], Past]:
        """By alert and partition, what the newest evaluation left; all of them in one go."""
        with self._connection.reading():
            judged = self._judged()
            rows = self._connection.rows(
                "SELECT alert, partition, labels, phase, since, cleared_at, memory, level FROM states"
            )
        named, remembered = cache(labels_of), cache(_state)  # most stand in many rows
        states: dict[tuple[str, str], dict[Labels, State]] = {}
        for alert, partition, labels, *row in rows:
            states.setdefault((alert, partition), {})[named(labels)] = remembered(*row)
        return {instance: Past(through, states.get(instance, {})) for instance, (through, _) in judged.items()}

    def past(self, alert: str, partition: str) -> Past:
        """What the newest evaluation left of an alert in a partition."""
        through = self.judged(alert, partition)
        return Past() if through is None else Past(through, self.states(alert, partition))

    def states(self, alert: str, partition: str) -> dict[Labels, State]:
        """What is remembered of every instance that is not in its first state."""
        rows = self._connection.rows(
            "SELECT labels, phase, since, cleared_at, memory, level FROM states WHERE alert = ? AND partition = ?",
            (alert, partition),
        )
        return {labels_of(row[0]): _state(*row[1:]) for row in rows}

    def rewound(self, alert: str, partition: str, bar: int) -> Past:
        """What the newest evaluation left that judged no bar from `bar` on; nothing where that is too long ago."""
        with self._connection.reading():
            states = self.states(alert, partition)
            rows = self._connection.rows(
                "SELECT through, states FROM rewinds WHERE alert = ? AND partition = ? ORDER BY through DESC",
                (alert, partition),
            )
        for through, changed in rows:
            for labels, state in changed_states(changed):
                if state is None:
                    states.pop(labels, None)
                else:
                    states[labels] = state
            if through <= bar:
                return Past(through, states)
        return Past()

    def restated(self) -> dict[tuple[str, str], tuple[int, int]]:
        """By metric and source label: the earliest bar of which a figure came late, and when the newest such came."""
        rows = self._connection.rows("SELECT metric, source, since, learnt_at FROM restated")
        return {(metric, source): (since, learnt_at) for metric, source, since, learnt_at in rows}

    def settle(self) -> None:
        """Every bar that was restated has been judged anew; in the transaction that records these judgements."""
        self._connection.execute("DELETE FROM restated")

    def recorded(self, alert: str, partition: str | None, since: int) -> list[Transition]:
        """All transitions of every episode that has one of bars from `since` on, in the order they were decided."""
        rows = self._connection.rows(_RECORDED, (alert, partition, max(since, _ALL_TIME)))
        return [transition_of(row) for row in rows]

    def transition(self, number: int) -> Transition | None:
        """The transition of that number in the record; None if there is none."""
        row = self._connection.row(f"{_SELECT} WHERE id = ?", (number,))
        return None if row is None else transition_of(row)

    def heard(self, episode: EpisodeKey) -> bool:
        """Whether anybody was told that it fires."""
        row = self._connection.row(
            "SELECT 1 FROM transitions WHERE alert = ? AND labels = ? AND episode = ? AND silent = 0"
            " AND kind IN ('firing', 'corrected')",
            (episode.alert, labels_text(episode.labels), episode.start),
        )
        return row is not None

    def levels(self, episode: EpisodeKey) -> list[str]:
        """The levels at which anybody was told of it."""
        rows = self._connection.rows(
            "SELECT DISTINCT level FROM transitions WHERE alert = ? AND labels = ? AND episode = ? AND silent = 0",
            (episode.alert, labels_text(episode.labels), episode.start),
        )
        return [row[0] for row in rows]

    def begun(self, episode: EpisodeKey) -> Transition | None:
        """The newest change that made or worsened it and that people may be told of; None if there is none."""
        row = self._connection.row(
            f"{_SELECT} WHERE alert = ? AND labels = ? AND episode = ? AND silent = 0"
            " AND kind IN ('firing', 'level', 'corrected') ORDER BY id DESC LIMIT 1",
            (episode.alert, labels_text(episode.labels), episode.start),
        )
        return None if row is None else transition_of(row)

    def turns(self, alert: str, labels: Labels, *, since: int) -> list[int]:
        """Epoch seconds of the bars since `since` in which an instance fired or was over, silent ones excepted."""
        rows = self._connection.rows(
            "SELECT valid_at FROM transitions WHERE alert = ? AND labels = ? AND valid_at >= ? AND silent = 0"
            " AND kind IN ('firing', 'resolved') ORDER BY id",
            (alert, labels_text(labels), since),
        )
        return [row[0] for row in rows]

    def origin(self, episode: EpisodeKey) -> int:
        """The start of the episode under which this one was first told: another one where it was moved since."""
        start = episode.start
        for _ in range(_MOVES):
            row = self._connection.row(
                "SELECT moved_from FROM transitions WHERE alert = ? AND labels = ? AND episode = ?"
                " AND kind = 'corrected' AND moved_from <> episode ORDER BY id LIMIT 1",
                (episode.alert, labels_text(episode.labels), start),
            )
            if row is None:
                break
            start = int(row[0])
        return start

    def open_instances(self) -> list[Instance]:
        """Every instance whose episode has not ended, oldest first."""
        rows = self._connection.rows(
            "SELECT alert, partition, labels, phase, since, cleared_at, memory, level FROM states"
            " WHERE phase IN ('firing', 'recovering') ORDER BY since, alert, labels"
        )
        return [Instance(row[0], row[1], labels_of(row[2]), _state(*row[3:])) for row in rows]

    def transitions(self, *, limit: int = 50, since: int | None = None) -> list[Transition]:
        """Transitions of bars at or after `since` (None = all), newest first."""
        rows = self._connection.rows(_NEWEST, (_ALL_TIME if since is None else since, limit))
        return [transition_of(row) for row in rows]

    def _judged(self) -> dict[tuple[str, str], tuple[int, int]]:
        """By alert and partition: the end of the newest bar that was judged, and of the newest nobody is told of."""
        rows = self._connection.rows("SELECT alert, partition, through, armed FROM judged")
        return {(alert, partition): (through, armed) for alert, partition, through, armed in rows}

    def _keep_states(self, judgement: Judgement, before: int | None) -> None:
        """Write those that differ, and how they were, so that one can go back there when figures are restated."""
        instance = (judgement.alert, judgement.partition)
        newest = judgement.past.through == before  # what it went on from is what is stored
        stored = judgement.past.states if newest else self.states(*instance)
        gone = [(*instance, labels_text(labels)) for labels in stored.keys() - judgement.states.keys()]
        changed = [
            (*instance, labels_text(labels), *state_row(state))
            for labels, state in judgement.states.items()
            if not same_state(stored.get(labels), state)
        ]
        if gone:
            self._connection.execute_many(_FORGET, gone)
        if changed:
            self._connection.execute_many(_REMEMBER, changed)
        if judgement.restatable:
            self._keep_rewind(judgement, _ALL_TIME if judgement.past.through is None else judgement.past.through)

    def _keep_rewind(self, judgement: Judgement, through: int) -> None:
        """What was kept of later ones no longer leads anywhere."""
        instance = (judgement.alert, judgement.partition)
        oldest = judgement.through - _REWINDABLE
        self._connection.execute(
            "DELETE FROM rewinds WHERE alert = ?1 AND partition = ?2 AND (through >= ?3 OR through < ?4)",
            (*instance, through, oldest),
        )
        if through == _ALL_TIME:
            return
        self._connection.execute(
            "INSERT INTO rewinds (alert, partition, through, states) VALUES (?, ?, ?, ?)",
            (*instance, through, changes_text(judgement.past.states, judgement.states)),
        )

    def _append_transitions(self, judgement: Judgement, armed: int, recorded_at: int) -> None:
        if not judgement.transitions:
            return
        self._connection.execute_many(
            APPEND_TRANSITION,
            (
                transition_row(Recorded(each, each.valid_at < armed, recorded_at, judgement.partition))
                for each in judgement.transitions
            ),
        )


_REWINDABLE = 120 * DAY
"""What is restated later than that is judged again from the beginning."""
_MOVES = 100


def _refuse_earlier(judgement: Judgement, before: int | None) -> None:
    if before is not None and judgement.through < before:
        raise LedgerError(
            f"{judgement.alert}: a judgement through {judgement.through} came after one through {before};"
            " bars are judged oldest first, each once"
        )


def _state(phase: str, since: int, cleared_at: int, memory: str, level: str) -> State:
    return State(Phase(phase), since, cleared_at, memory_of(memory), level)
