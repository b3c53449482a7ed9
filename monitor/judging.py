"""From newly sealed bars to what is owed: reads the ledger, lets the rules judge, records it in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.catalog import Catalog, Join, LastJoin
from monitor.dispatch import Levels, Routes, Timeliness, ending_notice
from monitor.dispatching import Dispatching, Round
from monitor.ledger import Ledger
from monitor.model.bar import DAY, seconds
from monitor.model.judgement import Judgement, Past
from monitor.model.notification import Notification
from monitor.model.transition import Change, EpisodeKey, Transition, episode_of
from monitor.rules.rounds import Learnt, judge_round
from monitor.rules.rule import Rule

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
            changed = self._worth_telling(told)
            origins, levels = self._origins(changed), self._levels(changed)
            self.ledger.record(judgements, tuple(self._ending(rules, seconds(at))), at=at)
            self._dispatching.tell(self.round(rules, at), changed, origins, levels)
            self.ledger.settle()
        return Outcome(told, silent)

    def review(self, rules: Sequence[Rule], at: datetime) -> None:
        """Tell what time alone makes due: a silence or a mute time that is over, a reminder. Raises LedgerError."""
        with self.ledger.transaction():
            self._dispatching.tell(self.round(rules, at), (), {}, {})

    @property
    def _dispatching(self) -> Dispatching:
        return Dispatching(self.ledger, self.routes, self.timeliness, self.page_url)

    def round(self, rules: Sequence[Rule], at: datetime) -> Round:
        """How things stand at `at`, with these rules in force."""
        return Round(self.ledger, rules, self._join(), seconds(at))

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

    def _worth_telling(self, told: Sequence[Judgement]) -> list[Transition]:
        """What people may be told of; the end of an episode only if its beginning was."""
        armed = self.ledger.armed()
        transitions = [
            each
            for judgement in told
            for each in judgement.transitions
            if each.valid_at >= armed[judgement.alert, judgement.partition]
        ]
        heard = {episode_of(each) for each in transitions if each.kind in (Change.FIRING, Change.CORRECTED)}
        return [each for each in transitions if episode_of(each) in heard or self.ledger.heard(episode_of(each))]

    def _origins(self, changed: Sequence[Transition]) -> dict[EpisodeKey, int]:
        moved = {episode_of(each): each.moved_from for each in changed if each.kind is Change.CORRECTED}
        return {
            episode: self.ledger.origin(replace(episode, start=moved.get(episode, episode.start)))
            for episode in map(episode_of, changed)
        }

    def _levels(self, changed: Sequence[Transition]) -> Levels:
        return {episode_of(each): self.ledger.levels(episode_of(each)) for each in changed if each.level}

    def telling(
        self, rules: Sequence[Rule], told: Sequence[Transition], origins: Mapping[EpisodeKey, int]
    ) -> tuple[Notification, ...]:
        """What is said of these transitions if nothing holds them back, and to whom. Changes nothing."""
        return self._dispatching.planned(Round(self.ledger, rules, self._join(), 0), told, origins, self._levels(told))
