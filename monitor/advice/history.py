"""Rules that saw nothing in all of stored history, never fired in it, or did nothing but fire."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.advice import spans as looks_back
from monitor.advice.facts import Extreme, Facts, Instance
from monitor.advice.limits import Limit, limit_of, place_of
from monitor.advice.written import Written
from monitor.errors import Problem
from monitor.model.metric import Unit
from monitor.model.quantity import date, plain
from monitor.model.quantity import written as shown

_ENOUGH = 10  # bars; of less history nothing can be said
_OWN = frozenset({"source_up", "source_age"})  # that nothing ever failed is no fault of a rule that watches for it
_FAR = 100  # times further than anything there was


def advise(written: Written, facts: Facts) -> Iterator[Problem]:
    """A warning where the rule has no instance, was never true, or was true in every bar of each instance."""
    instances = facts.outcomes.get(written.rule.name, ())
    judged = [each for each in instances if each.bars >= _ENOUGH]
    limit = None if written.rule.after or written.rule.until else limit_of(written.rule.condition)
    if not instances and _should_see(written, facts):
        message = "sees nothing: no stored series fits all that it asks for"
        yield written.warning(("watch",), message, "each part of it is known, but not together")
    elif not judged or written.rule.metrics <= _OWN:
        return
    elif limit is not None and not any(each.starts for each in instances):
        yield _never(written, limit, instances)
    elif all(_always(each) for each in judged):
        since = date(min(each.first for each in judged))
        message = f"was true in every bar of history since {since}: it can not tell you anything new"
        hint = "use a limit that separates what is usual from what is not"
        yield written.warning(place_of(written) or ("watch",), message, hint)


def _should_see(written: Written, facts: Facts) -> bool:
    """Whether there is enough of each metric, so that only what it asks for explains that it has no instance."""
    rule, stored = written.rule, facts.stored
    if stored is None or rule.name not in facts.outcomes or not rule.metrics <= stored.spans.keys():
        return False
    spans = [stored.spans[metric] for metric in rule.metrics]
    enough = min(last for _, last in spans) - max(first for first, _ in spans) >= _ENOUGH * rule.bar.width
    return enough and next(looks_back.advise(written, facts), None) is None


def _always(instance: Instance) -> bool:
    """Whether it fired at its first bar and never stopped."""
    return len(instance.transitions) == 1 and [each.episode for each in instance.starts] == [instance.first]


def _never(written: Written, limit: Limit, instances: Sequence[Instance]) -> Problem:
    unit, side = written.rule.alert.unit, "above" if limit.above else "below"
    high = max((each.high for each in instances), key=lambda each: each.value)
    low = min((each.low for each in instances), key=lambda each: each.value)
    reached, name = (high, "highest") if limit.above else (low, "lowest")
    other, other_name = (low, "lowest") if limit.above else (high, "highest")
    first = "right if you wait for the first time"
    if not limit.beyond(reached.value):
        message = f"never reached in history: the {name} was {_told(reached, unit)}"
        hint = _other_scale(limit, reached, unit) or f"{first}; otherwise come closer to it"
    elif limit.crosses and limit.beyond(other.value):
        message = f"never crossed in history: every bar was {side} it, the {other_name} was {_told(other, unit)}"
        hint = f"{first}; write {side}: if being {side} is what counts"
    else:
        why = "never crossed, or not for long enough" if limit.crosses else "never for long enough"
        message = f"reached in history, {_told(reached, unit)}, but {why}"
        hint = "a shorter for: or a smaller margin: fires" if limit.crosses else "a shorter for: fires"
    return written.warning(place_of(written), message, hint)


def _told(extreme: Extreme, unit: Unit) -> str:
    return f"{shown(extreme.value, unit)} ({date(extreme.at)})"


def _other_scale(limit: Limit, reached: Extreme, unit: Unit) -> str:
    """A hint where the number is so far away that its unit is likely another one; empty if it is not."""
    if unit not in (Unit.TOKENS, Unit.USD) or reached.value <= 0 or limit.value <= 0:
        return ""
    ratio = limit.value / reached.value if limit.above else reached.value / limit.value
    if ratio < _FAR:
        return ""
    return f"it is {plain(ratio)} times away from that: is the unit right?"
