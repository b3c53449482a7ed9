"""What people do about alerts: each deed whole or not at all, on record with who did it, and told where it was told."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.desk.alerts import kept_quiet, open_alerts
from monitor.desk.answers import USAGE, alert_lines, explained, history_lines
from monitor.desk.wishes import Wish, wish
from monitor.dispatch.deeds import deed_notice
from monitor.dispatch.identity import identity
from monitor.dispatch.inhibition import Firing
from monitor.dispatching import Round
from monitor.errors import ActionError
from monitor.judging import Judging
from monitor.ledger.deeds import Deed
from monitor.model.alert import SEVERITIES
from monitor.model.bar import DAY
from monitor.model.labels import Labels
from monitor.model.matcher import Matcher
from monitor.model.metric import Unit
from monitor.model.notification import Notification
from monitor.model.silence import Band, Silence, pinned
from monitor.model.text import counted, one_line
from monitor.model.transition import Transition, episode_of
from monitor.ports import Actor, Quiet
from monitor.rules.rule import Rule

_SPANS = {Quiet.DAY: DAY, Quiet.WEEK: 7 * DAY}
_POINTS = 0.05
"""How far a share, or by which part any other value, has to move on for a silence to end."""
_NAME = 100  # characters of an actor


@dataclass(frozen=True, slots=True)
class Desk:
    """See `monitor.ports.Desk`. `wake`: called once something is owed; `status`: how things stand, in lines."""

    judging: Judging
    rules: Callable[[], Sequence[Rule]]
    now: Callable[[], datetime]
    wake: Callable[[], None] = lambda: None
    status: Callable[[], Iterable[str]] = tuple

    def acknowledge(self, about: str, actor: Actor) -> str:
        """See `monitor.ports.Desk`."""
        now = self._round()
        return self._acknowledge(self._open(now, self._told(about)), actor, now)

    def acknowledge_alert(self, alert: str, labels: Labels, actor: Actor) -> str:
        """The open episodes of an alert whose instances have these labels, joined ones too."""
        now = self._round()
        found = [each for each in now.firing if each.episode.alert == alert and _has(each.labels, labels)]
        if not found:
            raise ActionError(f"{alert} {labels} does not fire", hint="`monitor alerts` lists what does")
        return self._acknowledge(found, actor, now)

    def silence(self, about: str, actor: Actor, quiet: Quiet) -> str:
        """See `monitor.ports.Desk`."""
        now = self._round()
        told = self._told(about)
        ends = None if quiet is Quiet.MOVED else now.at + _SPANS[quiet]
        instances = {(each.alert, each.labels): each for each in told.transitions}
        made = [
            Silence(
                id=identity("silence", about, quiet.value, now.at, alert, labels.pairs),
                matchers=pinned({"alertname": alert, **labels.as_dict()}),
                starts_at=now.at,
                ends_at=ends,
                author=one_line(actor.name, _NAME),
                via=actor.via,
                band=self._band(each, now) if quiet is Quiet.MOVED else None,
            )
            for (alert, labels), each in instances.items()
        ]
        return self._do(made, actor, now)

    def silence_matching(self, wanted: Wish, actor: Actor) -> str:
        """What matches, alerts that fire and those to come."""
        now = self._round()
        made = self._wished(wanted, actor, now)
        return "\n".join((self._do([made], actor, now), *kept_quiet(made, now).lines))

    def preview(self, wanted: Wish) -> str:
        """What such a silence would have kept quiet; nothing is done."""
        now = self._round()
        return "\n".join(kept_quiet(self._wished(wanted, Actor("", ""), now), now).lines)

    def unsilence(self, silence_id: str, actor: Actor) -> str:
        """Let one end now, named by its id or the beginning of it; what still fires is told."""
        now = self._round()
        found = [each for each in self.judging.ledger.silences.standing() if each.id.startswith(silence_id)]
        if len(found) != 1 or not silence_id:
            what = "no silence" if not found else f"{len(found)} silences"
            raise ActionError(f"{what} with an id that begins with {silence_id!r}", hint="`monitor silence` lists them")
        with self.judging.ledger.transaction():
            self.judging.ledger.silences.end(found[0].id, now.at)
            self._record("ended a silence", found[0], actor, now)
            self.judging.review(now.rules, self.now())
        self.wake()
        return f"ended: {found[0].meant}"

    def why(self, about: str) -> str:
        """See `monitor.ports.Desk`."""
        first = self._told(about).transitions[0]
        return "\n".join(explained(self._round(), first.alert, first.labels, first.valid_at))

    def history(self, about: str) -> str:
        """See `monitor.ports.Desk`."""
        now = self._round()
        instances = dict.fromkeys((each.alert, each.labels) for each in self._told(about).transitions)
        return "\n".join(history_lines(now, list(instances)))

    def command(self, words: str, actor: Actor) -> str:
        """See `monitor.ports.Desk`."""
        verb, _, rest = words.strip().partition(" ")
        match verb.lower():
            case "status":
                return "\n".join(self.status())
            case "alerts":
                now = self._round()
                return "\n".join(alert_lines(open_alerts(now, self.judging.routes.inhibitions), now))
            case "silence":
                return self.silence_matching(wish(rest, self._round().at), actor)
            case "why":
                return "\n".join(explained(self._round(), *_named(rest)))
            case _:
                return USAGE

    def _round(self) -> Round:
        return self.judging.round(self.rules(), self.now())

    def _told(self, about: str) -> Notification:
        """A message on alerts that was delivered."""
        found = self.judging.ledger.outbox.said(about)
        if found is None or not found.transitions:
            raise ActionError("this message is not one of this monitor's on an alert")
        return found

    def _open(self, now: Round, told: Notification) -> list[Firing]:
        meant = {episode_of(each) for each in told.transitions}
        found = [each for each in now.firing if each.episode in meant]
        if not found:
            raise ActionError("nothing of this fires any more")
        return found

    def _acknowledge(self, firing: Sequence[Firing], actor: Actor, now: Round) -> str:
        made = [
            Silence(
                id=identity("acknowledged", each.episode.alert, each.episode.labels.pairs, each.episode.start),
                matchers=(
                    *pinned({"alertname": each.episode.alert, **each.episode.labels.as_dict()}),
                    _no_graver(each),
                ),
                starts_at=now.at,
                ends_at=None,
                author=one_line(actor.name, _NAME),
                via=actor.via,
                episode=each.episode.start,
            )
            for each in firing
        ]
        return self._do(made, actor, now)

    def _wished(self, wanted: Wish, actor: Actor, now: Round) -> Silence:
        return Silence(
            id=identity("silence", wanted.meant, now.at, actor.name),
            matchers=wanted.matchers,
            starts_at=max(wanted.starts_at, now.at),
            ends_at=wanted.ends_at,
            author=one_line(actor.name, _NAME),
            via=actor.via,
            reason=wanted.reason,
            recurrence=wanted.recurrence,
        )

    def _do(self, made: Sequence[Silence], actor: Actor, now: Round) -> str:
        """Keep them, record them, and say so where what they are about was told."""
        ledger = self.judging.ledger
        with ledger.transaction():
            new = [each for each in made if ledger.silences.add(each)]
            for silence in new:
                self._record("acknowledged" if silence.episode is not None else "silenced", silence, actor, now)
            for notice in self._notices(new, now):
                ledger.outbox.owe(notice, now.at)
        if not new:
            raise ActionError("somebody did that already")
        self.wake()
        done = "acknowledged" if new[0].episode is not None else "silenced"
        return f"{done} {new[0].meant if len(new) == 1 else counted(len(new), 'alert')}, {new[0].until}"

    def _notices(self, made: Sequence[Silence], now: Round) -> Iterable[Notification]:
        """One for each story that a receiver was told of something they are about."""
        found: dict[tuple[str, str], Notification] = {}
        for silence in made:
            for each in now.firing:
                if silence.matches(each.labels, each.episode.start):
                    for told in self.judging.ledger.outbox.telling(each.episode):
                        found.setdefault((told.receiver, told.thread), deed_notice(told, silence))
        return found.values()

    def _record(self, deed: str, silence: Silence, actor: Actor, now: Round) -> None:
        name = next((each.patterns[0] for each in silence.matchers if each.label == "alertname" and each.pins), "")
        about = f"{silence.id} {silence.meant}"
        self.judging.ledger.deeds.record(Deed(now.at, one_line(actor.name, _NAME), actor.via, deed, about, name))

    def _band(self, told: Transition, now: Round) -> Band:
        """Around the value of now: five points of a share, a twentieth of anything else."""
        (seen,) = now.as_of_now([told])
        if not math.isfinite(seen.value):
            raise ActionError(f"{told.alert} has no number that could change")
        alert = now.alerts.get(told.alert)
        ratio = alert is not None and alert.unit is Unit.RATIO
        reach = _POINTS if ratio else abs(seen.value) * _POINTS
        return Band(seen.value - reach, seen.value + reach)


def _no_graver(firing: Firing) -> Matcher:
    """Whatever is no graver than it is now: what becomes worse is told."""
    severity = firing.labels.get("severity")
    reach = SEVERITIES.index(severity) + 1 if severity in SEVERITIES else len(SEVERITIES)
    return Matcher("severity", SEVERITIES[:reach])


def _has(labels: Labels, wanted: Labels) -> bool:
    return all(labels.get(name) == value for name, value in wanted)


def _named(text: str) -> tuple[str, Labels]:
    """`ALERT label=value …`."""
    alert, *pairs = text.split() or [""]
    wrong = next((pair for pair in pairs if not all(pair.partition("="))), None)
    if wrong is not None:
        raise ActionError(f"got {wrong[:60]!r}, expected label=value")
    return alert, Labels.of(dict(pair.split("=", 1) for pair in pairs))
