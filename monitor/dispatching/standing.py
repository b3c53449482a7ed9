"""How things stand in the ledger when something is to be told: silences in effect, what fires, what flaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from monitor.dispatch import Routes
from monitor.dispatch.holding import Because, Changes, Gate, Instance, Withheld, flapping_span
from monitor.dispatch.telling import alert_of
from monitor.dispatching.round import Round
from monitor.model.silence import Silence
from monitor.model.transition import Change, Transition, episode_of

_TURNS = (Change.FIRING, Change.RESOLVED)


def gate_of(now: Round, routes: Routes, silences: Sequence[Silence], changed: Iterable[Transition]) -> Gate:
    """What decides whether these transitions, and those that wait, are told."""
    waiting = now.ledger.withholding.waiting()
    asked = bool(silences or routes.inhibitions or waiting)
    return Gate(
        now.at,
        tuple(silences),
        routes.inhibitions,
        now.firing if asked else (),
        dict(_changes(now, [*changed, *_held_for_flapping(waiting)])),
        frozenset((each.alert, each.labels) for each in _held_for_flapping(waiting)),
    )


def is_over(now: Round, silence: Silence) -> bool:
    """Whether its time has passed, what was acknowledged is over, or a value has left its band."""
    if silence.is_over(now.at) or (silence.episode is None and silence.band is None):
        return silence.is_over(now.at)
    meant = {each.episode for each in now.firing if silence.matches(each.labels, each.episode.start)}
    if silence.band is None:
        return not meant
    seen = now.as_of_now([each for each in now.begun if episode_of(each) in meant])
    return any(not silence.band.holds(each.value) for each in seen)


def _held_for_flapping(waiting: Iterable[Withheld]) -> list[Transition]:
    return [each.transition for each in waiting if each.hold.because is Because.FLAPPING]


def _changes(now: Round, changed: Iterable[Transition]) -> Iterator[tuple[Instance, Changes]]:
    """Of each instance, when it turned around; what has no end worth telling can not flap."""
    for instance in dict.fromkeys((each.alert, each.labels) for each in changed if each.kind in _TURNS):
        alert = alert_of(instance[0], now.alerts)
        if alert.tells_end:
            span = flapping_span(alert.bar)
            yield instance, Changes(now.ledger.turns(*instance, since=now.at - 2 * span), span)
