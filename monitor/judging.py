"""From newly sealed bars to what is owed: reads the ledger, lets the rules judge, records it in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.catalog import Catalog, Join
from monitor.dispatch import plan
from monitor.ledger import Ledger
from monitor.model.history import Columns
from monitor.model.judgement import Judgement
from monitor.model.notification import Notification
from monitor.model.transition import Change
from monitor.rules.assemble import TOGETHER, Assembler, Mode
from monitor.rules.evaluate import Past, judge
from monitor.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one pass decided: judgements that people are told of, and those over history that is only remembered."""

    told: tuple[Judgement, ...]
    silent: tuple[Judgement, ...]


@dataclass(frozen=True, slots=True)
class Judging:
    """Judges a set of rules over a ledger. `late_after`: how long after its bar a judgement is called late."""

    ledger: Ledger
    catalog: Catalog
    receivers: Sequence[str]
    late_after: timedelta

    def judge(self, rules: Sequence[Rule], at: datetime) -> Outcome:
        """Judge every bar that was sealed and not judged yet, oldest first. Calling it again changes nothing.

        A partition that was never judged is new: its history fills states and the record, and nobody is told. The end
        of an episode is told only if its beginning was.
        Raises LedgerError; then nothing of the pass was kept.
        """
        progress = self.ledger.progress()
        assembler = self._assembler(rules, progress)
        judgements = tuple(judge(rules, assembler, lambda *of: self._past(progress, *of), progress))
        told = tuple(each for each in judgements if each.partition in progress.get(each.alert, {}))
        silent = tuple(each for each in judgements if each.partition not in progress.get(each.alert, {}))
        with self.ledger.transaction():
            self.ledger.record(silent, (), silent=True, at=at)
            self.ledger.record(told, self._owed(rules, told), silent=False, at=at)
        return Outcome(told, silent)

    def _assembler(self, rules: Sequence[Rule], progress: Mapping[str, Mapping[str, int]]) -> Assembler:
        windows = self._windows(rules, progress)
        read: dict[tuple[str, int | None], Columns] = {}

        def recall(metric: str, since: int | None) -> Columns:
            if (metric, since) not in read:
                read[metric, since] = self.ledger.columns(metric, since=since)
            return read[metric, since]

        return Assembler(recall, Join(self.catalog, self.ledger.aliases()), Mode.AS_KNOWN, windows)

    def _windows(self, rules: Iterable[Rule], progress: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
        """By metric, how far back the partitions that may have news must be read."""
        sealed = self.ledger.sealed()
        windows: dict[str, int] = {}
        for rule in rules:
            judged = progress.get(rule.name, {})
            for metric in rule.metrics:
                newest = {source: end for (of, source), end in sealed.items() if of == metric}
                news = [
                    through - rule.lookback
                    for partition, through in judged.items()
                    if newest.get(partition, max(newest.values(), default=0) if partition == TOGETHER else 0) > through
                ]
                latest = max(newest.values(), default=0)
                windows[metric] = min([windows.get(metric, latest), *news])
        return windows

    def _past(self, progress: Mapping[str, Mapping[str, int]], alert: str, partition: str) -> Past:
        through = progress.get(alert, {}).get(partition)
        return Past() if through is None else Past(through, self.ledger.states(alert, partition))

    def _owed(self, rules: Iterable[Rule], told: Iterable[Judgement]) -> tuple[Notification, ...]:
        alerts = {rule.name: rule.alert for rule in rules}
        every = (transition for judgement in told for transition in judgement.transitions)
        transitions = [each for each in every if each.kind is not Change.RESOLVED or not self.ledger.unheard(each)]
        return plan(transitions, alerts, self.receivers, self.ledger.citations(), late_after=self.late_after)
