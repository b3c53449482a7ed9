"""Transitions as rows: how they are appended and read back."""

from __future__ import annotations

import math

from monitor.ledger.connection import Bound, Row
from monitor.ledger.encoding import labels_of, labels_text
from monitor.model.transition import Change, Recorded, Transition

TRANSITION = "alert, labels, kind, episode, valid_at, judged_at, value, reference, level, gap_from, moved_from, note"
"""The columns of a transition, for `transition_of`."""
APPEND_TRANSITION = """
    INSERT INTO transitions (partition, silent, recorded_at, alert, labels, kind, episode, valid_at, judged_at, value,
        reference, level, gap_from, moved_from, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING
"""


def transition_row(recorded: Recorded) -> tuple[Bound, ...]:
    """The values of `APPEND_TRANSITION`."""
    transition = recorded.transition
    return (
        recorded.partition,
        int(recorded.silent),
        recorded.recorded_at,
        transition.alert,
        labels_text(transition.labels),
        transition.kind.value,
        transition.episode,
        transition.valid_at,
        transition.judged_at,
        transition.value,  # SQLite stores NaN as NULL
        transition.reference,
        transition.level,
        transition.gap_from,
        transition.moved_from,
        transition.note,
    )


def transition_of(row: Row) -> Transition:
    """A transition, of a row of its columns."""
    alert, labels, kind, episode, valid_at, judged_at, value, reference, *rest = row
    return Transition(
        alert,
        labels_of(labels),
        Change(kind),
        episode,
        valid_at,
        judged_at,
        math.nan if value is None else value,
        math.nan if reference is None else reference,
        *rest,
    )
