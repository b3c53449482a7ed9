"""An explanation for people: what was compared, what was remembered, how it stands, and what is missing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from monitor.dispatch.wording import bar_in_words
from monitor.explain.answer import Answer, Instance
from monitor.explain.part import Part, Remembered
from monitor.model.bar import Bar
from monitor.model.frame import FALSE, TRUE
from monitor.model.metric import Unit
from monitor.model.quantity import date, moment, percent, written
from monitor.model.transition import Change, Phase, Transition
from monitor.rules.conditions.change import Change as Changes
from monitor.rules.conditions.condition import Condition
from monitor.rules.conditions.crossing import Crossing
from monitor.rules.conditions.threshold import Threshold
from monitor.rules.conditions.top import Top
from monitor.rules.rule import Rule
from monitor.rules.wrappers.wrapper import Wrapper

MOST = 10
"""Instances that are explained one by one; the rest is counted."""
_TRUTH = {int(TRUE): "true", int(FALSE): "false"}
_ORDER = (Phase.FIRING, Phase.RECOVERING, Phase.PENDING, Phase.INACTIVE)


def lines(answer: Answer, instances: Sequence[Instance]) -> Iterator[str]:
    """All of it, the instances that fire or are nearest to it first."""
    rule = answer.rule
    yield f"{rule.name}: {bar_in_words(rule.bar, answer.bar)}, judged {moment(answer.judged_at)}"
    yield f"  {rule.text}   ({rule.path}:{rule.line})"
    ranked = sorted(instances, key=_rank)
    for each in ranked[:MOST]:
        yield ""
        yield from _instance(each, answer)
    if len(ranked) > MOST:
        yield ""
        yield f"and {len(ranked) - MOST} more; name one with label=value"


def _rank(instance: Instance) -> tuple[bool, int, float, object]:
    missing = abs(_distance(instance.condition))
    order = _ORDER.index(instance.state.phase)
    return not instance.changes, order, math.inf if math.isnan(missing) else missing, instance.labels


def _instance(instance: Instance, answer: Answer) -> Iterator[str]:
    rule = answer.rule
    names = ", ".join(f"{name}={value}" for name, value in instance.labels) or "all"
    yield f"  {names}: {_standing(instance, rule)}"
    for part in instance.parts:
        yield from _part(part, rule, 4)
    if answer.earlier is not None:
        yield f"    after {answer.earlier.name}: {_after(instance.fired, answer.earlier.bar)}"
    yield from (f"    unknown: {why}" for why in instance.unknown)
    missing = _missing(instance.condition, rule)
    if missing and instance.state.phase is Phase.INACTIVE:
        yield f"    missing: {missing}"


def _standing(instance: Instance, rule: Rule) -> str:
    state, bar = instance.state, rule.bar
    changed = [each.kind for each in instance.changes]
    if Change.FIRING in changed and state.phase is Phase.INACTIVE:
        return "fired here"
    if Change.RESOLVED in changed:
        return "resolved here"
    level = f", {state.level}" if state.level else ""
    match state.phase:
        case Phase.FIRING:
            began = "fired here" if Change.FIRING in changed else "firing"
            return f"{began}{level}, since {bar_in_words(bar, state.since)}"
        case Phase.PENDING:
            fires = bar_in_words(bar, _bar_of(bar, state.since + rule.timing.held))
            return f"pending since {bar_in_words(bar, state.since)}; fires in {fires} if it still holds"
        case Phase.RECOVERING:
            over = bar_in_words(bar, _bar_of(bar, state.cleared_at + rule.timing.keep))
            return f"firing{level}, cleared in {bar_in_words(bar, state.cleared_at)}; resolves in {over}"
        case Phase.INACTIVE:
            return "not firing"


def _after(fired: Transition | None, bar: Bar) -> str:
    if fired is None:
        return "did not fire in time"
    names = ", ".join(f"{name}={value}" for name, value in fired.labels)
    return f"fired in {bar_in_words(bar, fired.valid_at)}{f', {names}' if names else ''}"


def _bar_of(bar: Bar, at: int) -> int:
    return int(bar.grid(at, at)[0])


def _part(part: Part, rule: Rule, indent: int) -> Iterator[str]:
    role = {"condition": "", "part": "", "clear": "clear: "}.get(part.role, f"{part.role}: ")
    unit = rule.alert.unit
    yield f"{' ' * indent}{role}{part.words}: {_TRUTH.get(part.truth, 'unknown')}, {_compared(part, unit)}"
    yield from (f"{' ' * indent}  {each.name}: {_change(each, unit)}" for each in part.remembered)
    yield from (f"{' ' * indent}  {note}" for note in part.notes)
    for each in part.parts:
        yield from _part(each, rule, indent + 2)


def _compared(part: Part, unit: Unit) -> str:
    known = math.isfinite(part.value)
    if isinstance(_innermost(part), Top) or not math.isfinite(part.reference):
        return written(part.value, unit) if known else "nothing known"
    return f"{written(part.value, unit) if known else 'nothing known'} against {written(part.reference, unit)}"


def _change(remembered: Remembered, unit: Unit) -> str:
    before, after = (_number(remembered.name, each, unit) for each in (remembered.before, remembered.after))
    return after if before == after else f"{before} → {after}"


_WORDS = {"side": ("below", "above"), "inside": ("no", "yes")}


def _number(name: str, value: float, unit: Unit) -> str:
    if math.isnan(value):
        return "nothing yet"
    if name in _WORDS:
        return _WORDS[name][value > 0]
    if name.endswith(" at"):
        return moment(round(value))
    if name.endswith("since"):
        return "no" if value < 0 else date(value)
    if name.startswith(("was ", "seen ")) or name == "reached":
        return "yes" if value else "no"
    return "gone" if value < 0 else written(value, unit)


def _missing(part: Part, rule: Rule) -> str:
    """What would make it true; empty where it is, or where that is more than one number."""
    distance = _distance(part)
    if part.truth != FALSE or not math.isfinite(distance):
        return ""
    unit = rule.alert.unit
    condition = _innermost(part)
    if isinstance(condition, Changes):
        moved, wanted = percent(distance), percent(condition.move.amount)
        return f"it moved by {moved}, and {wanted} is wanted" if not condition.move.points else ""
    if distance == 0:
        return "the other side was not seen before" if isinstance(condition, Crossing) else ""
    more = "more" if distance > 0 else "less"
    return f"{percent(abs(distance))} {more} than {written(part.value, unit)}, to reach {written(_line(part), unit)}"


def _distance(part: Part) -> float:
    """The part of its value by which it would have to grow; of a change, how far it moved; NaN where not one number."""
    condition, value, reference = _innermost(part), part.value, part.reference
    if isinstance(condition, Changes):
        return (value - reference) / abs(reference) if reference else math.nan
    if not isinstance(condition, Threshold | Crossing) or not value:
        return math.nan
    up = condition.above if isinstance(condition, Threshold) else condition.turning.direction > 0
    short = _line(part) - value
    return 0.0 if (short < 0) == up else short / abs(value)


def _line(part: Part) -> float:
    """The number that has to be passed: the reference, and the margin beyond it that a crossing may have."""
    condition = _innermost(part)
    if not isinstance(condition, Crossing):
        return part.reference
    beyond = float(condition.margin.around(np.array([part.reference]))[0])
    return part.reference + (beyond if condition.turning.direction > 0 else -beyond)


def _innermost(part: Part) -> Condition:
    """What is written under the rule's key, of the override that decides."""
    while isinstance(part.condition, Wrapper):
        part = part.parts[0]
    return part.condition
