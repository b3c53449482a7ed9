"""From newly sealed bars to what is owed: reads the ledger, lets the rules judge, records it in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.catalog import Catalog, Join, LastJoin
from monitor.dispatch import Routes, Timeliness, ending_notice, plan
from monitor.ledger import Ledger
from monitor.model.bar import DAY, seconds
from monitor.model.judgement import Judgement, Past
from monitor.model.notification import Notification
from monitor.model.transition import Change, EpisodeKey, Transition, episode_of
from monitor.rules.rounds import Learnt, judge_round
from monitor.rules.rule import Rule
from monitor.rules.scenes import with_scenes

_REMINDER = 7 * DAY
"""How long before its last day ends a person is told that a rule does."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one pass decided: judgements that people are told of, and those over history that is only remembered."""

    told: tuple[Judgement, ...]
    silent: tuple[Judgement, ...]


@dataclass(frozen=True, slots=True)
class _Recalled:
    """The ledger as a `Recollection` that has read at once what every evaluation left."""

    ledger: Ledger
    pasts: Mapping[tuple[str, str], Past]

    def past(self, alert: str, partition: str) -> Past:
        """See `Recollection`."""
        return self.pasts.get((alert, partition), Past())

    def rewound(self, alert: str, partition: str, bar: int) -> Past:
        """See `Recollection`."""
        return self.ledger.rewound(alert, partition, bar)

    def recorded(self, alert: str, partition: str | None, since: int) -> Sequence[Transition]:
        """See `Recollection`."""
        return self.ledger.recorded(alert, partition, since)


@dataclass(frozen=True, slots=True)
class Judging:
    """Judges a set of rules over a ledger."""

    ledger: Ledger
    catalog: Catalog
    routes: Routes
    timeliness: Timeliness
    page_url: str = ""
    _last_join: LastJoin = field(default_factory=LastJoin, repr=False, compare=False)

    def judge(self, rules: Sequence[Rule], at: datetime) -> Outcome:
        """Judge every bar that was sealed and not judged yet, oldest first. Calling it again changes nothing.

        Bars whose figures were restated are judged anew, and people are told where that makes a difference.
        A partition that was never judged is new: its history fills states and the record, and nobody is told. The end
        of an episode is told only if its beginning was.
        Raises LedgerError; then nothing of the pass was kept.
        """
        progress = self.ledger.progress()
        recollection = _Recalled(self.ledger, self.ledger.pasts())
        judgements = tuple(judge_round(rules, self._learnt(), self._join(), recollection, progress))
        silent = tuple(each for each in judgements if each.partition not in progress.get(each.alert, {}))
        told = tuple(each for each in judgements if each.partition in progress.get(each.alert, {}))
        with self.ledger.transaction():
            owed = (*self._owed(rules, told), *self._ending(rules, seconds(at)))
            self.ledger.record(judgements, owed, at=at)
            self.ledger.settle()
        return Outcome(told, silent)

    def _join(self) -> Join:
        """The catalogue with the aliases of now."""
        return self._last_join.of(self.catalog, self.ledger.aliases())

    def _learnt(self) -> Learnt:
        restated = self.ledger.restated()
        return Learnt(
            lambda metric, since: self.ledger.columns(metric, since=since),
            self.ledger.sealed(),
            {feed: since for feed, (since, _) in restated.items()},
            max((at for _, at in restated.values()), default=0),
        )

    def _ending(self, rules: Iterable[Rule], at: int) -> Iterator[Notification]:
        for rule in rules:
            if rule.until is not None and rule.until - _REMINDER <= at < rule.until:
                where = f"{rule.path}:{rule.line}"
                yield from ending_notice(self.routes, alert=rule.name, until=rule.until, where=where)

    def _owed(self, rules: Sequence[Rule], told: Sequence[Judgement]) -> tuple[Notification, ...]:
        armed = self.ledger.armed()
        transitions = [
            each
            for judgement in told
            for each in judgement.transitions
            if each.valid_at >= armed[judgement.alert, judgement.partition]
        ]
        heard = {episode_of(each) for each in transitions if each.kind in (Change.FIRING, Change.CORRECTED)}
        owed = [each for each in transitions if episode_of(each) in heard or self.ledger.heard(episode_of(each))]
        moved = {episode_of(each): each.moved_from for each in owed if each.kind is Change.CORRECTED}
        origins = {
            episode: self.ledger.origin(replace(episode, start=moved.get(episode, episode.start)))
            for episode in map(episode_of, owed)
        }
        return self.telling(rules, owed, origins)

    def telling(
        self, rules: Sequence[Rule], told: Sequence[Transition], origins: Mapping[EpisodeKey, int]
    ) -> tuple[Notification, ...]:
        """What is said of these transitions, and to whom; `origins`: see `plan`. Changes nothing."""
        alerts = {rule.name: rule.alert for rule in rules}
        shown = with_scenes(told, rules, lambda metric, since: self.ledger.columns(metric, since=since), self._join())
        citations, texts = self.ledger.citations(), self.ledger.texts()
        levels = {episode_of(each): self.ledger.levels(episode_of(each)) for each in told if each.level}
        planned = plan(shown, alerts, self.routes, citations, self.timeliness, origins, texts, levels)
        return tuple(replace(each, link=self.page_url) for each in planned)
