"""What really happened → a test of it: which transition is meant, and the history that it was judged on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from monitor.backtest import backtest
from monitor.catalog import Join
from monitor.model.bar import DAY, Bar
from monitor.model.history import History
from monitor.model.labels import Labels
from monitor.model.metric import Unit
from monitor.model.transition import Change, Transition
from monitor.rules.rule import Rule
from monitor.ruletest.excerpt import MOST_SERIES, Excerpt, excerpt
from monitor.ruletest.strips import AtSealing, reading
from monitor.ruletest.words import read_instant, shown_instant

_WORDS = re.compile(r"(?P<alert>[A-Za-z_]\w*)@(?P<at>[^,]+)(?P<labels>(?:,[A-Za-z_]\w*=.*)?)", re.ASCII)
_NEXT = re.compile(r",(?=[A-Za-z_]\w*=)", re.ASCII)
_MOST_NAMED = 10
_BY_HAND = "write it by hand"


class EpisodeError(Exception):
    """Nothing that happened is meant, or too much; the hint says how to name one, or what to do instead."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(f"{message}\n    {hint}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which transition is meant. `first`, `last`: epoch seconds that its bar has a part of. None = any change."""

    alert: str
    first: int
    last: int
    labels: Labels = field(default_factory=Labels)
    change: Change | None = None

    @classmethod
    def of(cls, text: str) -> Wanted:
        """`ALERT@2026-02-09,label=value`: a whole day, or an instant; raises EpisodeError."""
        found = _WORDS.fullmatch(text)
        if found is None:
            raise EpisodeError(f"got '{text[:60]}'", "name ALERT@2026-02-09 or ALERT@2026-02-09,label=value, or an id")
        try:
            at = read_instant(found["at"])
        except ValueError as error:
            raise EpisodeError(str(error), "name the bar at which it changed") from None
        pairs = dict(pair.split("=", 1) for pair in _NEXT.split(found["labels"]) if pair)
        return cls(found["alert"], at, at + DAY - 1 if len(found["at"]) <= len("2026-02-09") else at, Labels.of(pairs))

    def means(self, transition: Transition, bar: Bar) -> bool:
        """Whether this may be it."""
        first = bar.start_of(self.first)
        labels = {**transition.joined.as_dict(), **transition.labels.as_dict()}
        return (
            first <= transition.valid_at <= self.last
            and self.change in (None, transition.kind)
            and all(labels.get(name) == value for name, value in self.labels)
        )


def retold(history: History, rule: Rule, join: Join, wanted: Wanted) -> tuple[Excerpt, Transition]:
    """A test of what is meant. By the newest values, or by those known at the time if it only happened by them.

    Raises EpisodeError.
    """
    if rule.after is not None:
        raise EpisodeError(f"{rule.name}: comes after {rule.after.alert}, and one test tells of one alert", _BY_HAND)
    if rule.condition.confirms:
        raise EpisodeError(f"{rule.name}: is confirmed by other sources, which are not picked out yet", _BY_HAND)
    if rule.watch.unit is Unit.TEXT:
        raise EpisodeError(f"{rule.name}: watches texts, which are not written back yet", _BY_HAND)
    for past in (history, AtSealing(history, rule.bar)):
        real = backtest(past, [rule], join)
        found = _one([each for each in real if wanted.means(each, rule.bar)])
        if found is not None:
            cut = excerpt(reading(past, rule, join, found.labels.get("source")), join, found, real)
            if cut is None:
                raise EpisodeError(
                    f"{rule.name}: no test of at most {MOST_SERIES} series tells what happened on"
                    f" {shown_instant(found.valid_at)}",
                    "the rule looks at too many series or too far back: write a test by hand, with those that matter",
                )
            return cut, found
    around = f"{shown_instant(wanted.first)}{wanted.labels if wanted.labels.pairs else ''}"
    raise EpisodeError(f"{rule.name}: nothing happened on {around}", "`monitor backtest` tells what happened")


def _one(found: Sequence[Transition]) -> Transition | None:
    """The one that is meant: that which fired, if several changes are; raises EpisodeError for several instances."""
    meant = [each for each in found if each.kind is Change.FIRING] or list(found)
    if len(meant) > 1:
        names = [_name(each) for each in meant[:_MOST_NAMED]]
        more = [f"and {len(meant) - _MOST_NAMED} more"] if len(meant) > _MOST_NAMED else []
        raise EpisodeError(f"{len(meant)} transitions are meant, expected one of:", "\n    ".join((*names, *more)))
    return meant[0] if meant else None


def _name(transition: Transition) -> str:
    labels = "".join(f",{name}={value}" for name, value in transition.labels)
    return f"{transition.alert}@{shown_instant(transition.valid_at)}{labels}"
