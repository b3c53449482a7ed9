"""What is owed: holds back what nobody wants to hear now, and tells it when it is time.

Part of the transaction that records what changed, so that nothing of it is lost or told twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from monitor.dispatch import Levels, Routes, Telling, Timeliness, plan
from monitor.dispatch.afterwards import after_release, calmed, quiet, reminded_at, still_firing
from monitor.dispatch.deciding import Decided, Unheard, decide, released
from monitor.dispatch.holding import Because, Gate, Withheld, said_of
from monitor.dispatch.identity import identity
from monitor.dispatch.plan import for_receiver
from monitor.dispatch.routes import Addressed, labels_of
from monitor.dispatch.telling import alert_of
from monitor.dispatching.round import Round
from monitor.dispatching.standing import gate_of, is_over
from monitor.ledger import Ledger
from monitor.model.bar import DAY, HOUR
from monitor.model.notification import Mood, Notification
from monitor.model.quantity import duration
from monitor.model.silence import Silence
from monitor.model.transition import Change, EpisodeKey, Transition, episode_of

Origins = Mapping[EpisodeKey, int]
"""Where figures were restated, the start of the episode that a story was first told under."""

_ENDS = (Change.RESOLVED, Change.WITHDRAWN)
_MOODS = {Because.ACKNOWLEDGED: Mood.ACKNOWLEDGED, Because.SILENCED: Mood.SILENCED, Because.FLAPPING: Mood.FLAPPING}
_CALM = "It changed too often: further changes are told together, once it is calm."
_REMINDERS = 30  # from then on they are further apart than anything lasts


@dataclass(frozen=True, slots=True)
class Dispatching:
    """What is owed to whom, over a ledger."""

    ledger: Ledger
    routes: Routes
    timeliness: Timeliness
    page_url: str = ""

    def tell(self, now: Round, changed: Sequence[Transition], origins: Origins, levels: Levels) -> None:
        """Owe what is to be told of these transitions, which are recorded, and of what was held back until now.

        To be called in the transaction that records them. Calling it again owes nothing new.
        """
        telling = self._telling(now, origins)
        silences, over = self._silences(now)
        gate = gate_of(now, self.routes, silences, changed)
        owed = [each for silence in over for each in self._after(silence, gate, now, telling, changed)]
        owed += self._released(gate, now, telling)
        news = [*self._told(gate, now, telling, changed, levels)]
        owed += calmed(news, lambda receiver: self._room(receiver, now.at), telling)
        owed += self._reminders(gate, now, telling)
        for each in owed:
            self.ledger.outbox.owe(replace(each, link=self.page_url), now.at)
        self.ledger.withholding.forget(now.at)

    def planned(
        self, now: Round, changed: Sequence[Transition], origins: Origins, levels: Levels
    ) -> tuple[Notification, ...]:
        """What would be owed for these transitions if nothing held them back. Changes nothing."""
        telling = self._telling(now, origins)
        addressed = self.routes.addressed(now.with_scenes(changed), telling.alerts, levels)
        return tuple(replace(each, link=self.page_url) for each in plan(addressed, telling))

    def _telling(self, now: Round, origins: Origins) -> Telling:
        return Telling(now.alerts, self.ledger.citations(), self.timeliness, origins, self.ledger.texts())

    def _room(self, receiver: str, at: int) -> int:
        return self.routes.most - self.ledger.outbox.alerts_since(receiver, at - HOUR)

    def _silences(self, now: Round) -> tuple[list[Silence], list[Silence]]:
        """Those in effect or to come, and those that are over since the last pass; these are closed.

        An acknowledgement is over with its episode, and still holds for the end of that.
        """
        every = self.ledger.silences.standing()
        over = [each for each in every if is_over(now, each)]
        for each in over:
            self.ledger.silences.close(each.id, now.at)
        return [each for each in every if each not in over or each.episode is not None], over

    def _after(
        self, silence: Silence, gate: Gate, now: Round, telling: Telling, changed: Sequence[Transition]
    ) -> Iterator[Notification]:
        """One notice for each receiver of what it kept quiet and that still fires, told before it or not."""
        if silence.episode is not None:
            return
        news = {episode_of(each) for each in changed}  # told by themselves
        begun = [each for each in now.begun if episode_of(each) not in news]
        found: dict[str, list[Transition]] = {}
        for each in self.routes.addressed(begun, telling.alerts):
            if silence.matches(each.labels, each.transition.episode) and gate.still_holds(each) is None:
                found.setdefault(each.receiver, []).append(each.transition)
        for receiver, quiet_ones in found.items():
            self.ledger.withholding.told([(receiver, episode_of(each)) for each in quiet_ones])
            why = f"was {said_of(silence)}; that is over"
            yield _for(receiver, self._still_firing(quiet_ones, now, telling, why), silence.id)

    def _released(self, gate: Gate, now: Round, telling: Telling) -> Iterator[Notification]:
        """What nothing holds back any more."""

        def address(each: Withheld) -> Addressed:
            found = self.routes.addressed((each.transition,), telling.alerts)
            return next((one for one in found if one.receiver == each.receiver), _unrouted(each, telling))

        for each in released(self.ledger.withholding.waiting(), gate, address):
            self.ledger.withholding.drop([_heard(one) for one in each.over])
            self.ledger.withholding.told([_heard(one) for one in each.told])
            changed = [one.transition for one in each.told]
            if changed and each.hold.because.sums_up:
                yield _for(each.receiver, after_release(each.hold, changed, telling, gate), each.hold.key)
            elif changed:
                why = f"was {each.hold.words}; that is over"
                yield _for(each.receiver, self._still_firing(changed, now, telling, why), each.hold.key)

    def _told(
        self, gate: Gate, now: Round, telling: Telling, changed: Sequence[Transition], levels: Levels
    ) -> Iterator[Notification]:
        if not changed:
            return
        addressed = self.routes.addressed(now.with_scenes(changed), telling.alerts, levels)
        decided = decide(addressed, gate, self.ledger.withholding.unheard())
        self._keep(decided)
        yield from (_said_to_flap(each, gate) for each in plan(decided.told, telling))
        for each, hold in decided.quiet:
            yield quiet(each.transition, telling, each.receiver, _mood(each.transition, hold.because))

    def _keep(self, decided: Decided) -> None:
        self.ledger.withholding.add(decided.withheld)
        self.ledger.withholding.told(decided.heard)
        self.ledger.withholding.drop(decided.dropped)

    def _reminders(self, gate: Gate, now: Round, telling: Telling) -> Iterator[Notification]:
        """Of what still fires, to those whose route wants that, once a day: not what is held back or was never told."""
        wanted = {name for route in self.routes.routes if route.remind_after for name in route.receivers}
        keys = {receiver: identity("reminders", now.at // DAY) for receiver in wanted}
        wanted = {receiver for receiver in wanted if not self.ledger.outbox.has(identity(receiver, keys[receiver]))}
        unheard = self.ledger.withholding.unheard() if wanted else {}
        due: dict[str, list[Transition]] = {}
        for each in self.routes.addressed(now.begun, telling.alerts) if wanted else ():
            heard = (each.receiver, episode_of(each.transition)) not in unheard
            if each.receiver in wanted and heard and _is_due(each, now) and gate.still_holds(each) is None:
                due.setdefault(each.receiver, []).append(each.transition)
        for receiver, begun in due.items():
            longest = max(now.at - each.episode for each in begun)
            said = self._still_firing(begun, now, telling, f"has fired for {duration(longest)}")
            yield for_receiver(replace(said, id=keys[receiver]), receiver)

    def _still_firing(self, begun: Sequence[Transition], now: Round, telling: Telling, why: str) -> Notification:
        origins = {episode: self.ledger.origin(episode) for episode in map(episode_of, begun)}
        return still_firing(now.as_of_now(begun), replace(telling, origins={**telling.origins, **origins}), why)


def _mood(transition: Transition, because: Because) -> Mood:
    """What the living message says beside its words: what is over needs no more than these, unless it flaps."""
    over = transition.kind in _ENDS and because is not Because.FLAPPING
    return Mood.PLAIN if over else _MOODS.get(because, Mood.PLAIN)


def _is_due(each: Addressed, now: Round) -> bool:
    """Whether a person is to be reminded of it today."""
    begun, after = each.transition.judged_at, each.route.remind_after
    if after is None or not alert_of(each.transition.alert, now.alerts).tells_end:
        return False
    days = (-(-reminded_at(begun, after, number) // DAY) for number in range(1, _REMINDERS))
    return now.at // DAY in days


def _said_to_flap(notification: Notification, gate: Gate) -> Notification:
    """With a remark where it is the last one for a while."""
    if not any(gate.begins_to_flap(each) for each in notification.transitions):
        return notification
    mood = Mood.FLAPPING if len(notification.transitions) == 1 else Mood.PLAIN
    return replace(notification, mood=mood, lines=(*notification.lines, _CALM))


def _heard(withheld: Withheld) -> Unheard:
    return withheld.receiver, episode_of(withheld.transition)


def _unrouted(withheld: Withheld, telling: Telling) -> Addressed:
    """By the routes of now it would reach this receiver no more; what was held back for it is told all the same."""
    alert = alert_of(withheld.transition.alert, telling.alerts)
    labels = labels_of(withheld.transition, alert, withheld.transition.level)
    return Addressed(withheld.transition, labels, withheld.receiver)


def _for(receiver: str, said: Notification, key: str) -> Notification:
    """What is said once one hold is over."""
    return for_receiver(replace(said, id=identity(said.id, key)), receiver)
