"""What fires now, who knows of it and what holds it back; and what a silence would have kept quiet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.dispatch.inhibition import Firing, Inhibition
from monitor.dispatching.round import Round
from monitor.model.bar import DAY
from monitor.model.labels import Labels
from monitor.model.silence import Silence
from monitor.model.transition import EpisodeKey, Transition, episode_of

_LOOK_BACK = 90 * DAY
_MOST = 100_000


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An episode that has not ended. `seen`: all its labels; `told`: how it began or worsened, None = silently.

    `held`: why nothing is told of it, in words; several reasons may be there.
    """

    episode: EpisodeKey
    seen: Labels
    told: Transition | None
    held: tuple[str, ...]


def open_alerts(now: Round, inhibitions: Sequence[Inhibition]) -> list[OpenAlert]:
    """All that fires, the newest first."""
    silences = [each for each in now.ledger.silences.standing() if each.holds(now.at)]
    begun = {episode_of(each): each for each in now.begun}
    waiting = _waiting(now)
    found = [
        OpenAlert(
            each.episode,
            each.labels,
            begun.get(each.episode),
            (*_held(each, silences, inhibitions, now), *waiting.get(each.episode, ())),
        )
        for each in now.firing
    ]
    return sorted(found, key=lambda each: -each.episode.start)


def _held(each: Firing, silences: Sequence[Silence], inhibitions: Sequence[Inhibition], now: Round) -> list[str]:
    mine = [silence for silence in silences if silence.matches(each.labels, each.episode.start)]
    words = [
        f"{'acknowledged' if one.episode is not None else 'silenced'} by {one.author}, {one.until}" for one in mine
    ]
    return words + [one.words for one in inhibitions if one.holds(each, now.firing)]


def _waiting(now: Round) -> Mapping[EpisodeKey, tuple[str, ...]]:
    """What receivers will be told in a summary."""
    rows = [each for each in now.ledger.withholding.waiting() if each.hold.because.sums_up]
    return {episode_of(each.transition): (each.hold.because.value,) for each in rows}


@dataclass(frozen=True, slots=True)
class KeptQuiet:
    """What a silence would have done in the last 90 days: of `all` changes so many by alert; what it mutes now."""

    every: int
    by_alert: Mapping[str, int]
    now: tuple[EpisodeKey, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """As people read it."""
        count = sum(self.by_alert.values())
        listed = ", ".join(f"{name} {number}" for name, number in self.by_alert.items())
        past = f"in the last 90 days it would have kept {count:,} of {self.every:,} changes quiet"
        fires = ", ".join(f"{each.alert} {each.labels}" for each in self.now[:5])
        more = f" and {len(self.now) - 5} more" if len(self.now) > 5 else ""  # noqa: PLR2004 - as many as are shown
        return (f"{past}{f': {listed}' if listed else ''}", f"it is about {fires or 'nothing'}{more} that fires now")


def kept_quiet(silence: Silence, now: Round) -> KeptQuiet:
    """Among all changes on record, by the times at which they were judged."""
    told = now.ledger.transitions(limit=_MOST, since=now.at - _LOOK_BACK)
    meant = [each for each in told if silence.matches(now.seen(each), each.episode) and _in_time(silence, each)]
    firing = tuple(each.episode for each in now.firing if silence.matches(each.labels, each.episode.start))
    return KeptQuiet(len(told), dict(Counter(each.alert for each in meant).most_common()), firing)


def _in_time(silence: Silence, told: Transition) -> bool:
    return silence.recurrence is None or silence.recurrence.holds(told.judged_at)
