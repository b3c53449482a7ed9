"""The law: over a restored ledger is judged and told what the one before would have, and nothing twice unmarked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.backups import make, restore_backup
from monitor.ledger import Ledger
from monitor.model.notification import Notification
from monitor.model.transition import Transition
from tests.daemon.fakes import DAY, MONDAY, USAGE, Script, World, days, usage_poll

MORNING = timedelta(minutes=20)


@dataclass(frozen=True)
class Lived:
    """What was recorded at the end, and sent in all."""

    transitions: Sequence[Transition]
    sent: Sequence[Notification]


@settings(max_examples=25)
@given(
    values=st.lists(st.sampled_from([80.0, 95.0, 105.0, 120.0]), min_size=4, max_size=9),
    cut=st.data(),
)
def test_a_restored_ledger_goes_on_as_the_one_before(values: list[float], cut: st.DataObject) -> None:
    """Saved after any day, lost after any later one: same transitions, the same messages; repeats say so."""
    saved = cut.draw(st.integers(1, len(values) - 2), "saved after day")
    lost = cut.draw(st.integers(saved, len(values) - 1), "lost after day")
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        undisturbed = asyncio.run(_lived(Path(one) / "ledger.sqlite", values, saved=0, lost=0))
        restored = asyncio.run(_lived(Path(other) / "ledger.sqlite", values, saved=saved, lost=lost))
    assert {_key(each) for each in restored.transitions} == {_key(each) for each in undisturbed.transitions}
    assert _told(undisturbed) == _told(restored)
    seen: set[object] = set()
    for each in restored.sent:
        told = {_key(transition) for transition in each.transitions}
        assert each.possible_repeat or not told & seen
        seen |= told


async def _lived(path: Path, values: Sequence[float], *, saved: int, lost: int) -> Lived:
    """A poll each morning; `saved`, `lost`: after how many the backup is made, and is put back. 0 = never."""
    sent: list[Notification] = []
    backup = path.with_name("backup.sqlite")
    await _mornings(path, values, range(1, (lost or len(values)) + 1), sent, saved=saved)
    if lost:
        restore_backup(path, backup, MONDAY + lost * DAY + 2 * MORNING)
        await _mornings(path, values, range(lost + 1, len(values) + 1), sent)
    with Ledger.open(path) as ledger:
        return Lived(ledger.transitions(limit=1000), sent)


async def _mornings(
    path: Path, values: Sequence[float], numbers: range, sent: list[Notification], saved: int = 0
) -> None:
    with Ledger.open(path) as ledger:
        script = Script([days(MONDAY, a=values[:number]) for number in numbers])
        world = World(ledger, [usage_poll(script)])
        world.clock.at = MONDAY + numbers.start * DAY
        daemon = await world.started()
        for number in numbers:
            world.clock.at = MONDAY + number * DAY + MORNING
            await daemon.poll(USAGE)
            await daemon.deliver()
            if number == saved:
                make(path, path.with_name("backup.sqlite"), world.clock.at)
        sent.extend(world.inbox.sent)


def _key(transition: Transition) -> tuple[object, ...]:
    return transition.alert, transition.labels, transition.episode, transition.kind, transition.valid_at


def _told(lived: Lived) -> set[tuple[object, ...]]:
    return {_key(transition) for each in lived.sent for transition in each.transitions}
