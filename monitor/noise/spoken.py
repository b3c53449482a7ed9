"""How often each rule spoke, of which instance most, and what people did about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.advice.noise import flaps
from monitor.model.alert import Alert
from monitor.model.bar import DAY
from monitor.model.labels import Labels
from monitor.model.transition import Change, Recorded, Transition, episode_of

RECENT, LONG = 7 * DAY, 28 * DAY
"""What is counted, up to the instant of the report; all but `recent` numbers are of the longer one."""

_DOMINANT = 0.5  # of the changes, that one instance has
_FEW = 4  # changes: of fewer no instance dominates

Message = tuple[int, Sequence[Transition]]
"""When it was owed, epoch seconds, and what it told of."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a rule said. `messages`: to each receiver; `changes`: those that people were told of; `episodes` begun.

    `dominant`: the instance that most changes are of, with its part of them (0 to 1); None = none has half of them.
    `flapping`: by instance that changes to and fro, its changes. `acknowledged`, `silenced`: episodes of it.
    """

    alert: str
    messages: int
    recent_messages: int
    changes: int
    recent_changes: int
    episodes: int
    dominant: tuple[Labels, float] | None
    flapping: Mapping[Labels, int]
    acknowledged: int
    silenced: int


def spoken(  # noqa: PLR0913, PLR0917 - what is counted, and by whom
    messages: Iterable[Message],
    told: Iterable[Recorded],
    alerts: Mapping[str, Alert],
    at: int,
    acknowledged: Mapping[str, int],
    silenced: Mapping[str, int],
) -> list[Spoken]:
    """Every rule that spoke, who spoke most first.

    `messages`: one that went to several receivers counts once. `told`: changes as recorded, silent ones excepted.
    `acknowledged`, `silenced`: by alert.
    """
    sent: dict[str, dict[tuple[Transition, ...], int]] = {}
    for owed_at, transitions in messages:
        for alert in {each.alert for each in transitions}:
            sent.setdefault(alert, {}).setdefault(tuple(transitions), owed_at)
    changes: dict[str, list[Recorded]] = {}
    for each in told:
        changes.setdefault(each.transition.alert, []).append(each)
    found = []
    for name in sent.keys() | changes.keys():
        own = changes.get(name, [])
        owed = sent.get(name, {}).values()
        counts = len(owed), sum(each > at - RECENT for each in owed)
        recent = len(own), sum(each.recorded_at > at - RECENT for each in own)
        every = [each.transition for each in own]
        deeds = acknowledged.get(name, 0), silenced.get(name, 0)
        found.append(
            Spoken(name, *counts, *recent, _begun(every), _dominant(every), _flapping(every, alerts.get(name)), *deeds)
        )
    return sorted(found, key=lambda each: (-each.messages, -each.changes, each.alert))


def _begun(every: Iterable[Transition]) -> int:
    return len({episode_of(each) for each in every if each.kind is Change.FIRING})


def _dominant(every: Sequence[Transition]) -> tuple[Labels, float] | None:
    counts = Counter(each.labels for each in every)
    if len(every) < _FEW or len(counts) == 1:
        return None
    labels, most = counts.most_common(1)[0]
    return (labels, most / len(every)) if most >= _DOMINANT * len(every) else None


def _flapping(every: Sequence[Transition], alert: Alert | None) -> dict[Labels, int]:
    if alert is None:
        return {}
    own: dict[Labels, list[Transition]] = {}
    for each in sorted(every, key=lambda each: each.valid_at):
        if alert.tells_end or each.kind is Change.FIRING:
            own.setdefault(each.labels, []).append(each)
    found = {labels: len(changes) for labels, changes in own.items() if flaps(changes, alert.bar)}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
