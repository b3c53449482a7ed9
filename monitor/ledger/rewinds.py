"""How states are written, and what an evaluation changed of them, so that one can go back to before it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from monitor.ledger.encoding import labels_of, labels_text, memory_of, memory_text
from monitor.model.labels import Labels
from monitor.model.transition import Phase, State

StateRow = tuple[str, int, int, str, str]
"""phase, since, cleared_at, memory, level."""


def state_row(state: State) -> StateRow:
    """A state as columns."""
    return state.phase.value, state.since, state.cleared_at, memory_text(state.memory), state.level


def same_state(one: State | None, other: State | None) -> bool:
    """Whether they are equal, NaN being equal to itself."""
    if one is None or other is None:
        return one is other
    return one == other or state_row(one) == state_row(other)


def changes_text(before: Mapping[Labels, State], after: Mapping[Labels, State]) -> str:
    """Those of `before` that are others in `after`, and null for those that were not there, as JSON."""
    changed = {
        labels_text(labels): None if labels not in before else state_row(before[labels])
        for labels in before.keys() | after.keys()
        if not same_state(before.get(labels), after.get(labels))
    }
    return json.dumps(changed, separators=(",", ":"), sort_keys=True)


def changed_states(text: str) -> Iterator[tuple[Labels, State | None]]:
    """The inverse of `changes_text`: how each was before."""
    for labels, row in json.loads(text).items():
        yield labels_of(labels), None if row is None else _state(row)


def _state(row: list[str | int]) -> State:
    phase, since, cleared_at, memory, level = row
    return State(Phase(str(phase)), int(since), int(cleared_at), memory_of(str(memory)), str(level))
