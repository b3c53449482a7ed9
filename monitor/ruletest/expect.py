"""What a test expects, as written → expectations; what can never come true is a problem."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.model.bar import Bar
from monitor.model.labels import Labels
from monitor.model.quantity import UNKNOWN, number
from monitor.model.transition import Change
from monitor.model.tree import Place
from monitor.rules.rule import Rule
from monitor.rules.words import nearest
from monitor.ruletest.case import Expectation
from monitor.ruletest.document import ExpectationDocument
from monitor.ruletest.noted import Noted

SUMMARY = "summary"
"""What every transition has: the headline of its message."""
NO_LEVEL = "none"
"""The level of what has left them all."""
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Tried:
    """What a test tries, as far as it is known: None where that has problems of its own.

    `rules`: of its file. `alerts`: those that count. `every`: the bar of its values. `metrics`: of its series.
    """

    rules: tuple[Rule, ...] | None
    alerts: frozenset[str]
    every: Bar | None
    metrics: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class ExpectationBuilder:
    """Builds the expectation at `place` of a test."""

    noted: Noted
    place: Place
    document: ExpectationDocument
    tried: Tried

    def expectation(self) -> Expectation | None:
        """It, or None if anything is wrong with it."""
        before = len(self.noted.problems)
        attempt = self.noted.attempt
        rule = None if self.tried.rules is None else attempt(lambda: self._rule(self.tried.rules or ()))
        if rule is None:
            return None
        at = attempt(lambda: self.noted.instant((*self.place, "at"), self.document.at, rule.bar))
        change = attempt(self._change)
        numbers = dict(self._numbers())
        texts = dict(self._texts(rule))
        level = self._level(rule)
        if at is None or change is None or len(self.noted.problems) > before:
            return None
        line = self.noted.tree.marks[self.place][0]
        return Expectation(line, rule.name, at, change, Labels.of(self.document.labels), numbers, texts, level)

    def _rule(self, known: tuple[Rule, ...]) -> Rule:
        """The rule that is to tell it; noted is what keeps it from ever doing so in this test."""
        place, alert = (*self.place, "alert"), self.document.alert
        rules = {rule.name: rule for rule in known}
        if alert not in rules:
            message = f"no alert '{alert[:_SHOWN]}' in the rules of this file"
            raise self.noted.fail(place, message, nearest(alert, rules))
        rule, every = rules[alert], self.tried.every
        if alert not in self.tried.alerts:
            self.noted.fail(place, f"{alert} is not among the 'alerts' of this test", "add it there")
        if every is not None and not rule.bar.holds(every):
            message = f"{alert} is judged every {rule.bar.value}, which can not be made of 'every: {every.value}'"
            self.noted.fail(place, message, f"write the values of each {rule.bar.value}")
        missing = sorted(rule.metrics - self.tried.metrics) if self.tried.metrics is not None else []
        if missing:
            self.noted.fail(place, f"{alert} reads {' and '.join(missing)}", "add series of it to this test")
        return rule

    def _change(self) -> Change:
        found = next((change for change in Change if change == self.document.change), None)
        if found is None:
            message = f"got '{self.document.change[:_SHOWN]}', expected {' | '.join(Change)}"
            raise self.noted.fail((*self.place, "change"), message)
        return found

    def _level(self, rule: Rule) -> str | None:
        """Of a rule with levels, one of them; none = it has left them all."""
        written, known = self.document.level, rule.level_names
        if written is None or written in known:
            return written
        if written != NO_LEVEL or not known:
            expected = f"expected {' | '.join((*known, NO_LEVEL))}" if known else f"{rule.name} has no levels"
            self.noted.fail((*self.place, "level"), f"got '{written[:_SHOWN]}'", expected)
        return ""

    def _numbers(self) -> Iterator[tuple[str, float]]:
        for key, text in (("value", self.document.value), ("reference", self.document.reference)):
            if text is None:
                continue
            try:
                yield key, math.nan if text == UNKNOWN else number(text)
            except ValueError as error:
                self.noted.fail((*self.place, key), f"{error}, or {UNKNOWN}")

    def _texts(self, rule: Rule) -> Iterator[tuple[str, str]]:
        known = (SUMMARY, *rule.alert.annotations)
        for key, text in (self.document.model_extra or {}).items():
            place = (*self.place, key)
            if key not in known:
                own = [each.alias or name for name, each in ExpectationDocument.model_fields.items()]
                hint = nearest(key, (*own, *known))
                self.noted.fail(place, f"neither a key nor an annotation of {rule.name}", hint, at_key=True)
            elif not isinstance(text, str):
                self.noted.fail(place, "expected text")
            else:
                yield key, text
