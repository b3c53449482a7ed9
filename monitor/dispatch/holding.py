"""What is held back from a receiver, and why: silences, inhibition, flapping, mute times. Pure.

What was held back by a silence or an inhibition is told afterwards if it still fires; what was by a mute time or by
flapping is told in one summary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from monitor.dispatch.inhibition import Firing, Inhibition
from monitor.dispatch.routes import Addressed
from monitor.model.bar import DAY, Bar
from monitor.model.labels import Labels
from monitor.model.silence import Silence
from monitor.model.transition import Transition, episode_of

FLAPS = 4
"""Changes between firing and over, within `flapping_span`, from which number on an instance flaps."""

Instance = tuple[str, Labels]
"""An alert and the labels of one of its instances."""


class Because(StrEnum):
    """Why something is held back."""

    SILENCED = "silenced"
    ACKNOWLEDGED = "acknowledged"
    INHIBITED = "inhibited"
    FLAPPING = "flapping"
    MUTED = "muted"

    @property
    def sums_up(self) -> bool:
        """Whether all that was held back is told afterwards, rather than what still fires."""
        return self in (Because.FLAPPING, Because.MUTED)


@dataclass(frozen=True, slots=True)
class Hold:
    """One reason to hold something back. `key`: which one of its kind. `words`: as people are told it."""

    because: Because
    key: str
    words: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """A transition that a receiver was not told, `since` epoch seconds.

    `dropped`: it never will be: its episode was over before the hold was. Kept, as that receiver never heard of it.
    """

    receiver: str
    transition: Transition
    hold: Hold
    since: int
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """Of one instance: when it fired and when that was over, epoch seconds of bars; `span`: within which they count."""

    at: Sequence[int]
    span: int

    def until(self, at: int) -> int:
        """How many times it has turned around in the span before `at`."""
        return max(sum(at - self.span < each <= at for each in self.at) - 1, 0)


@dataclass(frozen=True, slots=True)
class Gate:
    """How things stand at `at`, epoch seconds: what is held back is decided by that alone.

    `firing`: every open episode, those of this evaluation among them. `changes`: of instances that may flap.
    `flapping`: those of which something is held back for that already.
    """

    at: int
    silences: Sequence[Silence] = ()
    inhibitions: Sequence[Inhibition] = ()
    firing: Sequence[Firing] = ()
    changes: Mapping[Instance, Changes] = field(default_factory=dict)
    flapping: frozenset[Instance] = frozenset()

    def hold(self, each: Addressed) -> Hold | None:
        """Why it is held back; None where it is not."""
        return self._hold(each, each.transition.valid_at)

    def still_holds(self, each: Addressed) -> Hold | None:
        """Why what was held back still is; None where it is no longer."""
        return self._hold(each, self.at)

    def still_sums_up(self, each: Addressed) -> bool:
        """Whether it still flaps, or its route is mute: until then there is no summary."""
        return self._flaps(each.transition, self.at) is not None or self._muted(each) is not None

    def _hold(self, each: Addressed, at: int) -> Hold | None:
        return self.silenced(each) or self.inhibited(each) or self._flaps(each.transition, at) or self._muted(each)

    def silenced(self, each: Addressed) -> Hold | None:
        """By whom."""
        episode = each.transition.episode
        found = [one for one in self.silences if one.holds(self.at) and one.matches(each.labels, episode)]
        # An acknowledgement ends with its episode: of two reasons it is the one that lasts.
        chosen = min(found, key=lambda one: (one.episode is None, one.id), default=None)
        if chosen is None:
            return None
        because = Because.SILENCED if chosen.episode is None else Because.ACKNOWLEDGED
        return Hold(because, chosen.id, said_of(chosen))

    def inhibited(self, each: Addressed) -> Hold | None:
        """By what."""
        mine = Firing(episode_of(each.transition), each.labels)
        found = next((one for one in self.inhibitions if one.holds(mine, self.firing)), None)
        return None if found is None else Hold(Because.INHIBITED, found.words, found.words)

    def begins_to_flap(self, transition: Transition) -> bool:
        """Whether it is the one change too many: it is told, and that those to come are not."""
        return self._turns(transition, transition.valid_at) == FLAPS

    def _flaps(self, transition: Transition, at: int) -> Hold | None:
        count = self._turns(transition, at)
        instance = transition.alert, transition.labels
        if count <= FLAPS - (instance in self.flapping):
            return None
        return Hold(Because.FLAPPING, f"{instance[0]}{instance[1]}", f"it changed {count} times")

    def _turns(self, transition: Transition, at: int) -> int:
        changes = self.changes.get((transition.alert, transition.labels))
        return 0 if changes is None else changes.until(at)

    def _muted(self, each: Addressed) -> Hold | None:
        time = each.route.muted(self.at)
        return None if time is None else Hold(Because.MUTED, "", f"muted: {time}")


def said_of(silence: Silence) -> str:
    """Who silenced it, and why."""
    return f"{'silenced' if silence.episode is None else 'acknowledged'} by {silence.author}" + (
        f" ({silence.reason})" if silence.reason else ""
    )


def flapping_span(bar: Bar) -> int:
    """Seconds within which changes are counted: the longer of 7 days and 21 bars."""
    return max(7 * DAY, 21 * bar.width)
