"""Noise reports from a ledger: counts what was told, and tries changes of the noisiest rules over stored history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic

from monitor.catalog import Catalog, Join
from monitor.hindsight import judged
from monitor.ledger import Ledger
from monitor.model.history import Remembered
from monitor.noise import LONG, Noise, Saving, Spoken, best, spoken, variants
from monitor.rules.assemble import Assembler
from monitor.rules.merge import Accepted, compiled
from monitor.rules.rule import Rule, with_earlier
from monitor.rules.written import Written

SECONDS = 10.0
"""For trying changes, however many rules there are."""
_TRIED = 5
"""Rules that changes are tried of, and how many messages make one worth it."""
_LEAST = 4


def noise_of(ledger: Ledger, catalog: Catalog, at: int, seconds: float) -> Noise:
    """The noise up to `at`, epoch seconds; changes are tried for so many `seconds`, and to the end of the last one.

    Raises LedgerError.
    """
    book = ledger.rulebook.accepted()
    rules = compiled(book)
    alerts = {rule.name: rule.alert for rule in rules}
    messages, told = ledger.reports.messages(at - LONG), ledger.reports.told(at - LONG)
    deeds = [each for each in ledger.deeds.since(at - LONG) if each.at <= at]
    acknowledged = Counter(each.alert for each in deeds if each.deed == "acknowledged")
    silenced = Counter(each.alert for each in deeds if each.deed == "silenced")
    found = spoken(messages, told, alerts, at, acknowledged, silenced)
    loud = [each for each in found if each.messages >= _LEAST and each.alert in alerts][:_TRIED]
    end = monotonic() + seconds
    return _Trial(ledger, Join(catalog, ledger.aliases()), book, rules, at).of(found, loud, lambda: monotonic() < end)


@dataclass(frozen=True, slots=True)
class _Trial:
    """What changes are tried with."""

    ledger: Ledger
    join: Join
    book: Mapping[str, Accepted]
    rules: tuple[Rule, ...]
    at: int

    def of(self, found: list[Spoken], loud: list[Spoken], in_time: Callable[[], bool]) -> Noise:
        """The report, with what was tried of the loud ones."""
        history = Remembered(self.ledger)
        assembler = Assembler(lambda metric, _since: history.columns(metric), self.join)
        savings: dict[str, Saving | None] = {}
        eventful, untried = [], []
        for each in loud:
            needed = with_earlier(self.rules, {each.alert})
            own = list(variants(self.book[each.alert].written, self._earlier(needed, each.alert)))
            if not own:
                eventful.append(each.alert)
                continue
            every = [*needed, *(variant.rule for variant in own)]
            told = {rule.name: (rule, changes) for rule, changes in judged(every, assembler, in_time=in_time)}
            tried = [(variant, told[variant.rule.name][1]) for variant in own if variant.rule.name in told]
            if tried:
                savings[each.alert] = best(told[each.alert], tried, self.at - LONG, self._end(told[each.alert][0]))
            else:
                untried.append(each.alert)
        return Noise(self.at, found, savings, eventful, untried)

    def _earlier(self, needed: list[Rule], alert: str) -> list[Written]:
        return [self.book[rule.name].written for rule in needed if rule.name != alert]

    def _end(self, rule: Rule) -> int:
        """Where its history ends."""
        return max((end for (metric, _), end in self.ledger.sealed().items() if metric in rule.metrics), default=0)
