"""What a change of a rule would have saved: fewer messages, and nothing lost that lasted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor.model.bar import DAY
from monitor.model.transition import Change, Transition
from monitor.noise.changes import Variant
from monitor.report.episodes import Episode, Standing, episodes, kept
from monitor.rules.rule import Rule

LASTING = 7 * DAY
"""An episode that was true for longer may not be lost; nor may what happens at one bar, which has no length."""

Tried = tuple[Rule, Sequence[Transition]]
"""A rule and all its transitions over history."""


@dataclass(frozen=True, slots=True)
class Saving:
    """A change that would have told less. `told`, `instead`: messages of the time counted, both backtested.

    `lasting`: episodes of all of history that may not be lost, none of which is.
    """

    alert: str
    change: str
    told: int
    instead: int
    lasting: int


def best(
    original: Tried, tried: Iterable[tuple[Variant, Sequence[Transition]]], since: int, last: int
) -> Saving | None:
    """The change that saves most messages of bars from `since` on, and loses nothing; None if none saves any.

    `last`: the end of history. Lost is what no episode of the same instance meets. Of equal ones the first counts.
    """
    rule, transitions = original
    told = messages(rule, transitions, since)
    wanted = [each for each in _episodes(rule, transitions) if _lasts(each, rule, last)]
    found: Saving | None = None
    for variant, changed in tried:
        instead = messages(variant.rule, changed, since)
        if instead < (told if found is None else found.instead) and not _lost(
            wanted, original, (variant.rule, changed), last
        ):
            found = Saving(rule.name, variant.change, told, instead, len(wanted))
    return found


def messages(rule: Rule, transitions: Iterable[Transition], since: int) -> int:
    """How many messages tell of these: one for each bar in which something changed that is told."""
    told = (each for each in transitions if each.kind is not Change.RESOLVED or rule.alert.tells_end)
    return len({(each.valid_at, each.judged_at) for each in told if each.valid_at >= since})


def _episodes(rule: Rule, transitions: Iterable[Transition]) -> list[Episode]:
    moments = frozenset({rule.name} if rule.timing.pulse else ())
    return list(kept(episodes(transitions, moments)))


def _lasts(episode: Episode, rule: Rule, last: int) -> bool:
    moment = episode.standing is Standing.MOMENT
    return moment or episode.until(last, rule.bar.width) - episode.began > LASTING


def _lost(wanted: Iterable[Episode], original: Tried, changed: Tried, last: int) -> bool:
    rule, _ = original
    own: dict[object, list[Episode]] = {}
    for each in _episodes(*changed):
        own.setdefault(each.labels, []).append(each)

    def met(episode: Episode) -> bool:
        end, width = episode.until(last, rule.bar.width), changed[0].bar.width
        return any(each.fired < end and each.until(last, width) > episode.fired for each in own.get(episode.labels, ()))

    return not all(map(met, wanted))
