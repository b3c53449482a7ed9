"""Label values that nothing has: neither the catalogue nor any stored series."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from fnmatch import fnmatchcase

from monitor.advice.facts import Facts
from monitor.advice.written import Written
from monitor.catalog.vendor import UNKNOWN
from monitor.errors import Problem
from monitor.model.matcher import Matcher
from monitor.rules.conditions.condition import Condition
from monitor.rules.expression.nodes import Expression, walk
from monitor.rules.rule import Rule
from monitor.rules.wrappers.overridden import Case, Overridden
from monitor.rules.wrappers.wrapper import Wrapper

_FEW = 12  # so many words can be told at once
_MOST_COMPARED = 10_000  # words that one is compared with; more takes too long for a hint
_ALWAYS = frozenset({"*", UNKNOWN})  # what may well be nobody's today
_GLOB = frozenset("*?[")


def advise(written: Written, facts: Facts) -> Iterator[Problem]:
    """A warning for each value of each matcher."""
    told: set[tuple[str, str]] = set()
    for node, matcher in _matchers(written.rule):
        for pattern in matcher.patterns:
            if pattern not in _ALWAYS and (matcher.label, pattern) not in told:
                told.add((matcher.label, pattern))
                yield from _unknown(written, facts, node, matcher.label, pattern)


def _matchers(rule: Rule) -> Iterator[tuple[Expression, Matcher]]:
    """Every matcher of a rule with what it chooses from: in its expressions and in its `overrides`."""
    for node in (inner for each in rule.expressions for inner in walk(each)):
        yield from ((node, matcher) for matcher in getattr(node, "matchers", ()))
    for condition in rule.conditions:
        yield from ((rule.watch, matcher) for case in _cases(condition) for matcher in case.matchers)


def _cases(condition: Condition) -> Iterator[Case]:
    if isinstance(condition, Overridden):
        yield from condition.cases
    if isinstance(condition, Wrapper):
        yield from _cases(condition.inner)


def _unknown(written: Written, facts: Facts, node: Expression, label: str, pattern: str) -> Iterator[Problem]:
    metrics = sorted({select.metric for select in node.selects})
    seen = _seen(facts, metrics, label)
    if label in facts.words and not _has(facts.words[label], pattern):
        known, where = facts.words[label], f"{label} of the catalogue"
    elif seen and not _has(seen, pattern):
        known, where = seen, f"{label} of {' and '.join(metrics)} in the ledger"
    else:
        return
    message = f"'{pattern}' {'matches' if _GLOB & set(pattern) else 'is'} no {where}"
    yield written.warning(written.naming(pattern), message, _hint(pattern, known), pattern)


def _seen(facts: Facts, metrics: Iterable[str], label: str) -> frozenset[str]:
    """Every stored value; none where one of the metrics has no such label, as then nothing is certain."""
    found = [
        facts.stored.values.get((metric, label), frozenset()) if facts.stored else frozenset() for metric in metrics
    ]
    return frozenset[str]().union(*found) if all(found) else frozenset()


def _has(known: frozenset[str], pattern: str) -> bool:
    return pattern in known or (bool(_GLOB & set(pattern)) and any(fnmatchcase(each, pattern) for each in known))


def _hint(pattern: str, known: frozenset[str]) -> str:
    near = get_close_matches(pattern.strip("*"), sorted(known), 1, 0.6) if len(known) <= _MOST_COMPARED else []
    if near:
        return f"did you mean '{near[0]}'?"
    if len(known) <= _FEW:
        return f"known: {', '.join(sorted(known))}"
    return f"none of the {len(known):,} known is like it; right if you wait for it to come"
