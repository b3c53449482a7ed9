"""What a server holds of what was derived: points by tags and time, where a later write adds to the fields."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from monitor.ledger.derived_cursors import DerivedCursors
from monitor.model.bar import Bar
from monitor.model.share import Share
from monitor.truth.event import Said

Place = tuple[str, Bar, str, str, int]
"""(source, bar, by, name, at)."""

Word = tuple[str, str, str, str, int, float, float, str, str]
"""(metric, model, source, status, at, before, after, kind, evidence)."""


def fed(
    cursors: DerivedCursors[tuple[Share, ...]], held: dict[Place, dict[str, float]], limit: int, name: str = "sink"
) -> int:
    """Feed until nothing is left, `limit` bars at a time; how many steps that took."""
    steps = 0
    while rows := cursors.after(cursors.position(name), limit):
        assert len(rows) <= limit
        assert [seq for seq, _ in rows] == sorted(seq for seq, _ in rows)
        hold(held, [share for _, shares in rows for share in shares])
        cursors.move(name, rows[-1][0])
        steps += 1
    assert cursors.position(name) == cursors.newest()
    return steps


def hold(held: dict[Place, dict[str, float]], shares: Sequence[Share]) -> None:
    """Write points: what is unknown takes nothing away."""
    for each in shares:
        numbers = {"share": each.share, "amount": each.amount, "rank": each.rank}
        fields = {name: number for name, number in numbers.items() if not math.isnan(number)}
        held.setdefault((each.source, each.bar, each.by, each.name, each.at), {}).update(fields)


def word(said: Said) -> Word:
    """A word without what makes it an object."""
    event, reading = said.event, said.word.reading
    key = event.key
    model = f"{key.offer.model}@{key.offer.host}"
    at, status = said.word.at, said.word.status.value
    return key.metric, model, event.source, status, at, event.old, event.new, reading.kind.value, reading.evidence


def cut(shuffle: random.Random) -> int:
    """How many bars at a time."""
    return shuffle.choice((1, 2, 5, 1_000))
