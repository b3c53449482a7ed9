"""One pass over a ledger, as far as telling needs it: what fires, since when, and how the figures stand now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from monitor.catalog import Join
from monitor.dispatch.inhibition import Firing
from monitor.dispatch.routes import labels_of
from monitor.dispatch.telling import alert_of
from monitor.ledger import Instance, Ledger
from monitor.model.alert import Alert
from monitor.model.labels import Labels
from monitor.model.transition import Change, EpisodeKey, Transition
from monitor.rules.rule import Rule
from monitor.rules.scenes import with_scenes


@dataclass(frozen=True)
class Round:
    """The rules in force, the catalogue as it is, and `at`, epoch seconds. Reads the ledger when it is first asked."""

    ledger: Ledger
    rules: Sequence[Rule]
    join: Join
    at: int

    @cached_property
    def alerts(self) -> Mapping[str, Alert]:
        """By name."""
        return {rule.name: rule.alert for rule in self.rules}

    @cached_property
    def firing(self) -> tuple[Firing, ...]:
        """Every open episode, whether anybody was told of it or not."""
        return tuple(self._firing(each) for each in self.ledger.open_instances())

    @cached_property
    def begun(self) -> tuple[Transition, ...]:
        """How each open episode began that people may be told of: the newest change that made or worsened it."""
        found = (self.ledger.begun(each.episode) for each in self.firing)
        return tuple(replace(each, joined=self._joined(each.alert, each.labels)) for each in found if each is not None)

    def with_scenes(self, changed: Sequence[Transition]) -> list[Transition]:
        """With what stood around each in its bar."""
        return with_scenes(
            changed, self.rules, lambda metric, since: self.ledger.columns(metric, since=since), self.join
        )

    def as_of_now(self, begun: Sequence[Transition]) -> list[Transition]:
        """What still fires with the figures of the newest bar that was judged; as it began where there are none."""
        newest = [replace(each, valid_at=self._newest(each)) for each in begun]
        seen = self.with_scenes(newest)
        return [_moved_on(then, now) for then, now in zip(begun, seen, strict=True)]

    def _newest(self, each: Transition) -> int:
        """The start of the newest judged bar of its partition."""
        judged = self._progress.get(each.alert, {})
        through = judged.get(each.labels.get("source"), max(judged.values(), default=each.valid_at + 1))
        bar = alert_of(each.alert, self.alerts).bar
        return max(bar.start_of(through - 1), each.valid_at)

    @cached_property
    def _progress(self) -> Mapping[str, Mapping[str, int]]:
        return self.ledger.progress()

    @cached_property
    def _by_name(self) -> Mapping[str, Rule]:
        return {rule.name: rule for rule in self.rules}

    def _firing(self, instance: Instance) -> Firing:
        alert, level = alert_of(instance.alert, self.alerts), instance.state.level
        episode = EpisodeKey(instance.alert, instance.labels, instance.state.since)
        joined = self._joined(instance.alert, instance.labels)
        return Firing(episode, labels_of(_as_firing(episode, joined, level), alert, level))

    def seen(self, told: Transition) -> Labels:
        """What routes and silences see of a change, with the catalogue as it is."""
        joined = replace(told, joined=self._joined(told.alert, told.labels))
        return labels_of(joined, alert_of(told.alert, self.alerts), told.level)

    def _joined(self, alert: str, labels: Labels) -> Labels:
        """What the catalogue makes of an instance."""
        rule = self._by_name.get(alert)
        found = labels
        for metric in sorted(rule.metrics) if rule else ():
            found = found.merged(self.join(metric, labels))
        return found


def _as_firing(episode: EpisodeKey, joined: Labels, level: str) -> Transition:
    start, nothing = episode.start, float("nan")
    return Transition(
        episode.alert, episode.labels, Change.FIRING, start, start, start, nothing, nothing, level, joined=joined
    )


def _moved_on(then: Transition, now: Transition) -> Transition:
    trail = None if now.scene is None else now.scene.trail
    if trail is None or not trail.value:
        return then
    return replace(now, value=trail.value[-1], reference=trail.reference[-1])
