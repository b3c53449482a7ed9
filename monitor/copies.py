"""How the copies in a sink stand, and what was kept aside written again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from monitor.model.copying import Answer, Rejected
from monitor.ports import Copies, Sink

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Copy:
    """How one copy stands.

    `behind`: how many wait. `waiting_since`: epoch seconds, when the oldest of them was recorded; None = none waits.
    `answer`: None = nothing was sent yet. `rejected`: the lines kept aside.
    """

    name: str
    behind: int
    waiting_since: int | None
    answer: Answer | None
    rejected: tuple[Rejected, ...]


def copy_of(name: str, kept: Copies[Any]) -> Copy:
    """How the copy of this name stands; raises LedgerError."""
    return Copy(
        name=name,
        behind=kept.newest() - kept.position(name),
        waiting_since=kept.waiting_since(name),
        answer=kept.answer(name),
        rejected=tuple(kept.rejected(name)),
    )


def resend(name: str, kept: Copies[_Item], sink: Sink[_Item], at: int) -> int:
    """Write again what was kept aside; how many lines are still refused. `at`: epoch seconds of now.

    The newest of a bar is written last again, so nothing older takes its place. Raises SinkError, LedgerError; what was
    written until then is remembered.
    """
    still = 0
    for seq in sorted({each.seq for each in kept.rejected(name)}):
        rows = kept.again(seq)
        rejections = sink.write([item for _, item in rows])
        rejected = [Rejected(rows[each.index][0], each.line, each.said, at) for each in rejections]
        kept.resent(name, seq, rejected)
        still += len(rejected)
    return still
