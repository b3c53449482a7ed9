"""Conditions in the words of a rule file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from monitor.model.matcher import Matcher
from monitor.model.quantity import duration, percent, plain
from monitor.rules.conditions.absent import Absent
from monitor.rules.conditions.change import Change
from monitor.rules.conditions.condition import Condition
from monitor.rules.conditions.crossing import Crossing
from monitor.rules.conditions.deviates import Deviates
from monitor.rules.conditions.joined import Joined
from monitor.rules.conditions.membership import Disappears
from monitor.rules.conditions.moving import Move
from monitor.rules.conditions.range import Range
from monitor.rules.conditions.record import Record
from monitor.rules.conditions.steps import Steps
from monitor.rules.conditions.threshold import Threshold
from monitor.rules.conditions.top import Top
from monitor.rules.wrappers.absence import Absence
from monitor.rules.wrappers.often import Often
from monitor.rules.wrappers.overridden import Overridden

_WAYS = {1: "rises", -1: "falls", 0: "moves"}
_TURNS = {1: "crosses_above", -1: "crosses_below", 0: "crosses"}


def described(condition: Condition) -> str:  # noqa: C901, PLR0911, PLR0912 - one line a kind
    """Its key, and what tells it from others of its kind; the numbers compared are told beside it."""
    match condition:
        case Threshold():
            return "above" if condition.above else "below"
        case Range():
            return "inside" if condition.inside else "outside"
        case Crossing():
            return _TURNS[condition.turning.direction]
        case Change(move=move):
            return _moved(_WAYS[move.direction], move)
        case Steps(move=move):
            return _moved("steps", move)
        case Record():
            return "new_high" if condition.direction > 0 else "new_low"
        case Top():
            return f"{'enters' if condition.enters else 'leaves'}_top {condition.count}"
        case Deviates():
            return f"deviates {plain(condition.limit)}"
        case Disappears() | Absent():
            return type(condition).__name__.lower()
        case Joined():
            return condition.how
        case Often():
            return f"{condition.wanted} of {condition.bars} bars"
        case Absence():
            return f"absent: {'fire' if condition.fires else 'ok'} after {duration(condition.wait)}"
        case Overridden():
            return "overrides"
        case _:
            return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(condition).__name__).lower()


def _moved(way: str, move: Move) -> str:
    return f"{way} {plain(move.amount * 100)} points" if move.points else f"{way} {percent(move.amount)}"


def matched(matchers: Iterable[Matcher]) -> str:
    """Whom an override is for, as it is written."""
    return "{" + ", ".join(f"{each.label}: {_either(each.patterns)}" for each in matchers) + "}"


def _either(patterns: Sequence[str]) -> str:
    return patterns[0] if len(patterns) == 1 else f"[{', '.join(patterns)}]"
