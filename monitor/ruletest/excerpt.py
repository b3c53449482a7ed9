"""The smallest stretch of stored history that still makes a rule say what it said, as a test.

Shorter and fewer are tried first. What is cut out or summed up is judged again, and taken only if the rule says the
very same of it, so that a test never claims what did not happen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from monitor.catalog import Join
from monitor.model.bar import Bar, Instants
from monitor.model.labels import Labels
from monitor.model.matcher import Matcher
from monitor.model.metric import METRICS, Kind
from monitor.model.quantity import written
from monitor.model.transition import Change, Transition
from monitor.rules.expression.nodes import Select, walk
from monitor.rules.rule import Rule
from monitor.ruletest.case import Case
from monitor.ruletest.run import happened
from monitor.ruletest.strips import Reading, Strip
from monitor.ruletest.words import shown_instant

MOST_SERIES = 50
"""Of a test; more than that nobody reads."""
_MOST_BARS = 5_000
_KEPT = (10, 25, MOST_SERIES - 1)
"""How many series are kept as they are while the rest is summed up."""
_WITNESSES = (1, 3, 10, MOST_SERIES - 1)
"""How many series that nothing happens to are kept beside those that something happens to."""
_FEWEST_BARS = 3

Told = tuple[Labels, str, int, str, str]
"""A transition as far as a test can say it: labels, change, bar, value and reference as people read them."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A test made of history, and what happens in it. `strips`: its series, of which some may stand for several."""

    case: Case
    strips: tuple[Strip, ...]
    told: tuple[Transition, ...]


def excerpt(reading: Reading, join: Join, wanted: Transition, real: Sequence[Transition]) -> Excerpt | None:
    """The first cut in which the instance says what it said, from its episode to a bar after; None if there is none.

    `real`: every transition of the rule over all of history, `wanted` among them.
    """
    for case, strips in _cuts(reading, join, wanted):
        told = happened(case)
        if _same(case, reading.rule, wanted, told, real):
            return Excerpt(case, strips, tuple(each for each in told if _due(each, reading.rule, wanted)))
    return None


def _cuts(reading: Reading, join: Join, wanted: Transition) -> Iterator[tuple[Case, tuple[Strip, ...]]]:
    rule = reading.rule
    own = Labels(tuple(pair for pair in wanted.labels if pair[0] != "source"))
    for every in reading.bars:
        for grid in _grids(reading, wanted, every):
            read = reading.strips(every, grid)
            for strips in _choices(read, own, rule):
                series = {strip.series: tuple(strip.cells.tolist()) for strip in strips}
                if len(series) < len(strips):
                    continue  # what is summed up has the name of one that is kept
                stale, alerts = reading.stale_after(), frozenset((rule.name,))
                name = f"{rule.name} {wanted.kind.value} {shown_instant(wanted.valid_at)}"
                yield Case(name, "", 0, every, int(grid[0]), series, stale, (rule,), alerts, join, ()), strips


def _grids(reading: Reading, wanted: Transition, every: Bar) -> Iterator[Instants]:
    """Bars from some before the episode to one after the transition, longer and longer."""
    rule = reading.rule
    bar_after = int(rule.bar.shift(np.array([wanted.valid_at], np.int64), 2)[0])
    last = reading.sealed_after(bar_after) - 1
    back = max(_FEWEST_BARS, -(-rule.lookback // rule.bar.width))
    begun = np.array([wanted.episode], np.int64)
    while True:
        first = int(rule.bar.shift(begun, -back)[0])
        grid = every.grid(max(first, rule.bar.start_of(reading.first)), last)
        if not len(grid) or len(grid) > _MOST_BARS:
            return
        yield grid
        if first <= reading.first:
            return
        back *= 3


def _choices(read: Sequence[Strip], own: Labels, rule: Rule) -> Iterator[tuple[Strip, ...]]:
    """Which series a test could have: as they are if they are few enough, then some of them summed up."""
    tells = _Tells.of(rule)
    mine = [strip for strip in read if own.pairs and all(strip.joined.get(name) == value for name, value in own)]
    rest = sorted((strip for strip in read if strip not in mine), key=_last_summed)
    named = [strip for strip in rest if any(matcher.matches(strip.joined) for matcher in tells.matchers)]
    for strips in (mine, [*mine, *named], list(read)):
        if 0 < len(strips) <= MOST_SERIES:
            yield tuple(strips)
    if any(METRICS[strip.series.metric].kind is not Kind.FLOW for strip in read):
        yield from _witnessed(mine, rest)  # prices do not add up
    else:
        yield from _summed_up(mine, rest, tells)


def _witnessed(mine: Sequence[Strip], rest: Sequence[Strip]) -> Iterator[tuple[Strip, ...]]:
    """With some others, those first that say most: what is new needs something that is not."""
    longest = sorted(rest, key=lambda strip: -int(np.isfinite(strip.cells).sum()))
    for count in _WITNESSES:
        if mine and len(mine) + count <= MOST_SERIES:
            yield (*mine, *longest[:count])


def _summed_up(mine: Sequence[Strip], rest: Sequence[Strip], tells: _Tells) -> Iterator[tuple[Strip, ...]]:
    """With the series as one that the rule can not tell apart, or with all but the largest as the rest row."""
    for kept in (mine, tells.grouped(mine)):
        for others in (tells.grouped([strip for strip in rest if tells.named(strip)]), tells.grouped(rest), rest):
            for count in (0, *_KEPT):
                free = max(count - len(kept), 0)
                summed = _summed(others[free:], "other")
                strips = (*kept, *others[:free], *([summed] if summed else []))
                if 0 < len(strips) <= MOST_SERIES:
                    yield strips


@dataclass(frozen=True, slots=True)
class _Tells:
    """By what the rule's expressions tell series apart: whom they match, and by which labels they sum."""

    matchers: tuple[Matcher, ...]
    by: tuple[str, ...]

    @classmethod
    def of(cls, rule: Rule) -> _Tells:
        nodes = [node for expression in rule.expressions for node in walk(expression) if not isinstance(node, Select)]
        matchers = dict.fromkeys(matcher for node in nodes for matcher in getattr(node, "matchers", ()))
        return cls(tuple(matchers), tuple(dict.fromkeys(label for node in nodes for label in getattr(node, "by", ()))))

    def named(self, strip: Strip) -> bool:
        """Whether any of them picks it; all, where nothing is picked."""
        return not self.matchers or any(matcher.matches(strip.joined) for matcher in self.matchers)

    def grouped(self, strips: Sequence[Strip]) -> list[Strip]:
        """Series that the rule can not tell apart as one, under the name of the largest; largest first."""
        groups: dict[tuple[object, ...], list[Strip]] = {}
        for strip in strips:
            labels = (strip.series.metric, strip.series.labels.get("source"), strip.joined.get("rest"))
            key = (*labels, *(each.matches(strip.joined) for each in self.matchers), *map(strip.joined.get, self.by))
            groups.setdefault(key, []).append(strip)
        found = [_summed(group, "") for group in groups.values()]
        return sorted((each for each in found if each is not None), key=_last_summed)


def _last_summed(strip: Strip) -> tuple[bool, float]:
    """Largest first; the rest row at the end, as whatever is summed up becomes a part of it."""
    return strip.joined.get("rest") == "true", -strip.size


def _summed(strips: Sequence[Strip], model: str) -> Strip | None:
    """Their sum, under a name or that of the largest; nothing where none of them has a number."""
    if len(strips) <= 1 and not model:
        return strips[0] if strips else None
    if not strips or len({(strip.series.metric, strip.series.labels.get("source")) for strip in strips}) > 1:
        return None
    cells = np.array([strip.cells for strip in strips])
    known = np.isfinite(cells)
    total = np.where(known.any(axis=0), np.where(known, cells, 0.0).sum(axis=0), np.nan)
    largest = max(strips, key=lambda strip: strip.size)
    labels = Labels.of(largest.series.labels.as_dict(), model=model) if model else largest.series.labels
    count = sum(strip.stands_for for strip in strips)
    return Strip(replace(largest.series, labels=labels), largest.joined, total, count)


def _same(case: Case, rule: Rule, wanted: Transition, told: Sequence[Transition], real: Sequence[Transition]) -> bool:
    """Whether all that is told really happened, and nothing of the instance since its first bar here is missing."""
    width = len(next(iter(case.series.values())))
    first, last = case.start, int(case.every.shift(np.array([case.start], np.int64), width)[0])
    happened_then = {_key(each, rule) for each in real if first <= each.valid_at < last}
    own = {_key(each, rule) for each in real if each.labels == wanted.labels and each.episode == wanted.episode}
    found = {_key(each, rule) for each in told}
    due = {key for key in own & happened_then if key[2] <= wanted.valid_at}
    return _key(wanted, rule) in found and due <= found <= happened_then


def _key(transition: Transition, rule: Rule) -> Told:
    unit = rule.alert.unit
    numbers = written(transition.value, unit), written(transition.reference, unit)
    return (transition.labels, transition.kind.value, transition.valid_at, *numbers)


def _due(transition: Transition, rule: Rule, wanted: Transition) -> bool:
    return _worth(transition, rule) or _key(transition, rule) == _key(wanted, rule)


def _worth(transition: Transition, rule: Rule) -> bool:
    """Whether a test must say it: the end of what tells no end need not be."""
    return transition.kind is not Change.RESOLVED or rule.alert.tells_end
