"""Figures were restated: what was told of the bars before against what they say now → what has to be told of that."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from monitor.model.labels import Labels
from monitor.model.transition import Change, Transition


@dataclass(slots=True)
class Story:
    """What stands of one instance, by episode: the transition that says it fires, and that it ended.

    `retracted`: episodes that were told and taken back.
    """

    fired: dict[int, Transition] = field(default_factory=dict)
    ended: dict[int, Transition] = field(default_factory=dict)
    retracted: set[int] = field(default_factory=set)

    def add(self, transition: Transition) -> None:
        """The next thing that was told."""
        episode = transition.episode
        match transition.kind:
            case Change.FIRING | Change.CORRECTED:
                self._forget(transition.moved_from)
                self.ended.pop(episode, None)
                self.fired[episode] = transition
            case Change.WITHDRAWN:
                self._forget(episode)
            case Change.RESOLVED:
                self.ended[episode] = transition
            case Change.LEVEL:
                pass  # says nothing of whether it fires

    def _forget(self, episode: int) -> None:
        self.retracted |= {episode} & self.fired.keys()
        for part in (self.fired, self.ended):
            part.pop(episode, None)


def stories(transitions: Iterable[Transition]) -> dict[Labels, Story]:
    """By instance, what stands after all of it was told, in order."""
    found: dict[Labels, Story] = {}
    for transition in transitions:
        found.setdefault(transition.labels, Story()).add(transition)
    return found


@dataclass(frozen=True, slots=True)
class Restated:
    """What happened to bars that had been judged.

    `since`: epoch seconds, the first bar that was judged anew. `through`: the end of the newest bar judged before.
    `at`: when the restated figures were learnt.
    """

    since: int
    through: int
    at: int


def corrections(told: Iterable[Transition], again: Sequence[Transition], restated: Restated) -> tuple[Transition, ...]:
    """What to tell so that what stands is `again`: withdrawn, moved, late, and whatever is of bars not judged before.

    `told`: all that was recorded of every episode of which anything is of bars from `since` on, in order. `again`: what
    these bars and newer ones say now. Both are of one alert and partition.
    """
    before, now = stories(told), stories(again)
    found = [
        transition if transition.valid_at >= restated.through else replace(transition, judged_at=restated.at)
        for labels in sorted(before.keys() | now.keys())
        for transition in _of_instance(before.get(labels, Story()), now.get(labels, Story()), restated.since)
    ]
    known = {_key(each) for each in found}
    newer = (each for each in again if each.kind is Change.LEVEL and each.valid_at >= restated.through)
    found += [each for each in newer if _key(each) not in known]
    return tuple(sorted(found, key=lambda each: (each.valid_at, each.labels.pairs, each.episode)))


def _key(transition: Transition) -> tuple[Labels, int, Change, int]:
    return transition.labels, transition.episode, transition.kind, transition.valid_at


def _of_instance(before: Story, now: Story, since: int) -> Iterator[Transition]:
    doubtful = {episode: fired for episode, fired in before.fired.items() if fired.valid_at >= since}
    moved = _pairs(doubtful.keys() - now.fired.keys(), now.fired.keys() - before.fired.keys())
    gone = doubtful.keys() - now.fired.keys() - moved.keys()
    yield from (replace(before.fired[episode], kind=Change.WITHDRAWN) for episode in sorted(gone))
    origin = {new: old for old, new in moved.items()}
    told = (_begun(before, now, fires, origin) for fires in now.fired.values())
    begun = [each for each in told if each is not None]
    yield from begun
    yield from _reopened(before, now, since)
    yield from _ends(before, now, {each.episode for each in begun if each.kind is Change.CORRECTED})


def _begun(before: Story, now: Story, fires: Transition, origin: Mapping[int, int]) -> Transition | None:
    """What to tell of an episode that fires; None if just that was told."""
    episode = fires.episode
    if episode in origin:
        return replace(fires, kind=Change.CORRECTED, moved_from=origin[episode])
    stood = before.fired.get(episode)
    if stood is None and episode not in before.retracted:
        return fires
    again = episode in before.ended and episode not in now.ended
    if stood is None or again or stood.valid_at != fires.valid_at:
        return replace(fires, kind=Change.CORRECTED, moved_from=episode)
    return None


def _pairs(gone: Iterable[int], new: Iterable[int]) -> dict[int, int]:
    """Episodes that are no more, each with the new one that stands in its place."""
    return dict(zip(sorted(gone), sorted(new), strict=False))


def _reopened(before: Story, now: Story, since: int) -> Iterator[Transition]:
    """Episodes that began before these bars, were told as over in one of them, and are not."""
    for episode, ended in sorted(before.ended.items()):
        fired = before.fired.get(episode)
        if ended.valid_at >= since and episode not in now.ended and fired is not None and fired.valid_at < since:
            yield replace(fired, kind=Change.CORRECTED, moved_from=episode)


def _ends(before: Story, now: Story, corrected: Collection[int]) -> Iterator[Transition]:
    """Ends that were not told, or of another bar; where the beginning is told anew, so is the end."""
    for episode, ends in sorted(now.ended.items()):
        stood = before.ended.get(episode)
        if stood is None or (episode in corrected and stood.valid_at == ends.valid_at):
            yield ends
        elif stood.valid_at != ends.valid_at:
            yield replace(ends, moved_from=stood.valid_at)
