"""What becomes of transitions on their way: told, held back, an edit and nothing more, or never told. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from monitor.dispatch.holding import Because, Gate, Hold, Withheld
from monitor.dispatch.routes import Addressed
from monitor.model.transition import Change, EpisodeKey, episode_of

Unheard = tuple[str, EpisodeKey]
"""A receiver, and an episode whose beginning it was not told."""

_NEWS = (Change.FIRING, Change.LEVEL)


@dataclass(slots=True)
class Decided:
    """What is told, and what is not.

    `quiet`: what edits the message that began a story. `heard`: episodes of which something was held back, and more is
    told now. `dropped`: those of which nothing will be told any more.
    """

    told: list[Addressed] = field(default_factory=list)
    quiet: list[tuple[Addressed, Hold]] = field(default_factory=list)
    withheld: list[Withheld] = field(default_factory=list)
    heard: list[Unheard] = field(default_factory=list)
    dropped: list[Unheard] = field(default_factory=list)


def decide(addressed: Iterable[Addressed], gate: Gate, unheard: Mapping[Unheard, Hold]) -> Decided:
    """What becomes of what changed. `unheard`: those of before, with what held them back."""
    decided, waiting = Decided(), dict(unheard)
    for each in addressed:
        key = each.receiver, episode_of(each.transition)
        hold = gate.hold(each)
        news = each.transition.kind in _NEWS
        if hold is None and (news or key not in waiting):
            decided.told.append(each)
            if key in waiting:
                decided.heard.append(key)
                del waiting[key]
        elif hold is None:
            decided.dropped.append(key)
        else:
            _hold_back(decided, each, hold, gate.at, waiting.get(key))
            if each.transition.kind is Change.FIRING:
                waiting[key] = hold
    return decided


def _hold_back(decided: Decided, each: Addressed, hold: Hold, at: int, first: Hold | None) -> None:
    """`first`: what holds back the beginning of its episode; None where that was told."""
    kind = each.transition.kind
    lasting = hold if first is None else first  # the end of a story goes with its beginning
    if kind in _NEWS or lasting.because.sums_up:
        decided.withheld.append(Withheld(each.receiver, each.transition, lasting, at))
    elif first is not None:
        decided.dropped.append((each.receiver, episode_of(each.transition)))
    if kind is not Change.FIRING and first is None:
        decided.quiet.append((each, hold))


@dataclass(frozen=True, slots=True)
class Release:
    """What one receiver may be told now that one hold is over: `told`, and what is `over` and never will be told."""

    receiver: str
    hold: Hold
    told: tuple[Withheld, ...]
    over: tuple[Withheld, ...]


def released(waiting: Sequence[Withheld], gate: Gate, address: Callable[[Withheld], Addressed]) -> list[Release]:
    """What is held back no longer, by receiver and hold, in the order in which it was. `address`: by the routes of now.

    A hold that sums up is over for all of it at once, and what is inhibited stands in the summary too.
    """
    groups: dict[tuple[str, Because, str], list[Withheld]] = {}
    for each in waiting:
        groups.setdefault((each.receiver, each.hold.because, each.hold.key), []).append(each)
    open_ = {each.episode for each in gate.firing}
    found = []
    for (receiver, because, _), rows in groups.items():
        free = [each for each in rows if _is_free(address(each), because, gate)]
        if because.sums_up and any(gate.still_sums_up(address(each)) for each in rows):
            continue
        told = tuple(each for each in free if because.sums_up or episode_of(each.transition) in open_)
        over = tuple(each for each in free if each not in told)
        if free:
            found.append(Release(receiver, rows[-1].hold, told, over))
    return found


def _is_free(each: Addressed, because: Because, gate: Gate) -> bool:
    return (gate.silenced(each) if because.sums_up else gate.still_holds(each)) is None
