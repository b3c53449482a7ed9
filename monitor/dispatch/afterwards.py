"""What is said once a hold is over, of what still fires after long, and of a storm: several changes in one message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from monitor.dispatch.holding import Because, Gate, Hold
from monitor.dispatch.identity import identity
from monitor.dispatch.plan import evaluations, for_receiver
from monitor.dispatch.telling import Evaluation, Telling, gathered
from monitor.model.alert import SEVERITIES
from monitor.model.notification import Mood, Notification
from monitor.model.quantity import date
from monitor.model.text import counted, one_line
from monitor.model.transition import Transition, episode_of

_TITLE = 300
_TOGETHER = 50
"""Changes in one message of a storm: so many can be listed, the first ones in it and the others in its thread."""


def after_release(hold: Hold, changed: Sequence[Transition], telling: Telling, gate: Gate) -> Notification:
    """The summary of what was held back by flapping or in a mute time, one change at least."""
    if hold.because is Because.FLAPPING:
        title = f"No longer flapping: {_who(changed[-1])}; {_outcome(changed[-1], gate)}"
        return gathered(_by_alert(changed, telling), telling, one_line(title, _TITLE), "calm", first=(_span(changed),))
    title = f"{counted(len(changed), 'change')} while nothing was sent"
    return gathered(_by_alert(changed, telling), telling, one_line(title, _TITLE), "muted")


def still_firing(changed: Sequence[Transition], telling: Telling, why: str) -> Notification:
    """What began before and still fires; of one alone in its story. `why`: it is said now."""
    newest = list({episode_of(each): each for each in changed}.values())
    told = _by_alert(newest, telling)
    if len(newest) == 1:
        said = telling.notification(*told[0])
        return replace(said, title=one_line(f"Still firing: {said.title}", _TITLE), lines=(f"It {why}.", *said.lines))
    title = f"Still firing: {counted(len(newest), 'alert')}"
    return gathered(told, telling, title, "still", first=(f"They {_of_many(why)}.",))


def _of_many(why: str) -> str:
    return (
        why.replace("was ", "were ", 1) if why.startswith("was ") else why.replace("has fired for", "have fired up to")
    )


def reminded_at(begun: int, after: int, number: int) -> int:
    """Epoch seconds of that reminder, from 1: `after` seconds from the beginning, then twice as long each time."""
    return begun + after * ((1 << number) - 1)


def quiet(transition: Transition, telling: Telling, receiver: str, mood: Mood) -> Notification:
    """The same words, as an edit alone of what began the story."""
    (told,) = _by_alert((transition,), telling)
    said = telling.notification(*told)
    return for_receiver(replace(said, id=identity(said.id, "quiet"), quiet=True, mood=mood), receiver)


def calmed(owed: Sequence[Notification], room: Callable[[str], int], telling: Telling) -> list[Notification]:
    """The same; where there are more for a receiver than `room(receiver)`, the gravest by themselves, others together.

    Nothing is lost: each change is in one of the messages, and each message lists all that it has.
    """
    found = [each for each in owed if each.quiet]
    for receiver in dict.fromkeys(each.receiver for each in owed):
        own = [each for each in owed if each.receiver == receiver and not each.quiet]
        left = room(receiver)
        if len(own) <= left:
            found += own
            continue
        ranked = sorted(own, key=lambda each: -SEVERITIES.index(each.severity))
        alone = {each.id for each in ranked[: max(left // 2, 0)]}
        found += [each for each in own if each.id in alone]
        rest = [change for each in own if each.id not in alone for change in each.transitions]
        found += _storm(rest, receiver, telling)
    return found


def _storm(changed: Sequence[Transition], receiver: str, telling: Telling) -> list[Notification]:
    parts = [changed[place : place + _TOGETHER] for place in range(0, len(changed), _TOGETHER)]
    titles = (
        f"Storm: {counted(len(changed), 'more change')}, part {n} of {len(parts)}" for n in range(1, len(parts) + 1)
    )
    return [
        for_receiver(gathered(_by_alert(part, telling), telling, title, "storm"), receiver)
        for part, title in zip(parts, titles, strict=True)
    ]


def _by_alert(changed: Sequence[Transition], telling: Telling) -> tuple[Evaluation, ...]:
    found: dict[str, list[Transition]] = {}
    for each in changed:
        found.setdefault(each.alert, []).append(each)
    return evaluations(found, telling)


def _who(transition: Transition) -> str:
    names = ", ".join(value for _, value in transition.labels.without(("source",)))
    return ": ".join(filter(None, (transition.alert, names)))


def _outcome(last: Transition, gate: Gate) -> str:
    firing = any(each.episode.alert == last.alert and each.episode.labels == last.labels for each in gate.firing)
    return "it fires" if firing else "it is over"


def _span(changed: Sequence[Transition]) -> str:
    days = sorted(each.valid_at for each in changed)
    return f"not told: {counted(len(changed), 'change')} from {date(days[0])} to {date(days[-1])}"
