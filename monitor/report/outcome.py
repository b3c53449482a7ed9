"""All that one backtest found, and over what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from monitor.backtest import Mode
from monitor.model.fact import NO_TEXTS, Texts
from monitor.model.history import History
from monitor.model.labels import Labels
from monitor.model.transition import Transition
from monitor.report.episodes import Episode, episodes
from monitor.report.extent import Extent, extents
from monitor.report.timeline import Window
from monitor.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Outcome:
    """What rules found over a history.

    `within`: the first and the last epoch second that was asked for, both included. `extents`: of every metric that
    any of the rules reads. `episodes`: by alert, those that touch `within`; an alert without any is not in it. `texts`:
    what numbers in `Unit.TEXT` stand for.
    """

    rules: tuple[Rule, ...]
    mode: Mode
    within: tuple[int, int]
    extents: tuple[Extent, ...]
    episodes: Mapping[str, tuple[Episode, ...]]
    texts: Texts = field(default_factory=dict)

    @property
    def every(self) -> Iterator[Episode]:
        """Of all rules, by alert, instance and start."""
        return chain.from_iterable(self.episodes.values())

    def found(self, rule: Rule) -> tuple[Episode, ...]:
        """Of one rule, in order of instance and start."""
        return self.episodes.get(rule.name, ())

    def window(self, rule: Rule) -> Window:
        """What of history the rule could see, of what was asked for."""
        first, last = self.seen(rule, Labels())
        return Window(max(first, self.within[0]), min(last, self.within[1] + 1), rule.bar.width)

    def seen(self, rule: Rule, labels: Labels) -> tuple[int, int]:
        """From when to when (the last not included) there is history for an instance; without any, nothing."""
        source = labels.get("source")
        own = [each for each in self.extents if each.metric in rule.metrics and source in ("", each.source)]
        return min((each.first for each in own), default=0), max((each.end for each in own), default=0)


def outcome(  # noqa: PLR0913, PLR0917 - what was judged, and how
    rules: Iterable[Rule],
    history: History,
    transitions: Iterable[Transition],
    mode: Mode,
    within: tuple[int, int],
    texts: Texts = NO_TEXTS,
) -> Outcome:
    """What `transitions`, those of all of history, come to within that time."""
    judged = tuple(rules)
    by_alert: dict[str, list[Episode]] = {}
    for episode in episodes(transitions, moments_of(judged)):
        if episode.touches(within):
            by_alert.setdefault(episode.alert, []).append(episode)
    metrics = sorted({metric for rule in judged for metric in rule.metrics})
    known = tuple(each for metric in metrics for each in extents(metric, history.columns(metric)))
    return Outcome(judged, mode, within, known, {name: tuple(each) for name, each in by_alert.items()}, texts)


def moments_of(rules: Iterable[Rule]) -> frozenset[str]:
    """The alerts of which each true bar is an episode of its own."""
    return frozenset(rule.name for rule in rules if rule.timing.pulse)
