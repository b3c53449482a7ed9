"""Rules that would speak too often."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.advice.facts import Facts, Instance
from monitor.advice.limits import place_of
from monitor.advice.written import Written
from monitor.dispatch.holding import FLAPS, flapping_span
from monitor.errors import Problem
from monitor.model.bar import DAY, Bar
from monitor.model.quantity import date, percent
from monitor.model.transition import Transition

_ENOUGH = 21  # bars; of less history nothing can be said
_OFTEN = 0.2  # of the bars
_MANY = 0.1  # of the instances: where fewer are noisy, it is those members, not the rule


def advise(written: Written, facts: Facts) -> Iterator[Problem]:
    """A warning where a tenth of the instances or more fire in over a fifth of their bars, or flap.

    Bars longer than a day are left alone: what comes once a week at most is read.
    """
    judged = [each for each in facts.outcomes.get(written.rule.name, ()) if each.bars >= _ENOUGH]
    if not judged or written.rule.bar.width > DAY:
        return
    often = [each for each in judged if len(each.starts) > _OFTEN * each.bars]
    flapping = [each for each in judged if flaps(_told(written, each), written.rule.bar)]
    if len(often) >= _MANY * len(judged):
        most = max(often, key=lambda each: len(each.starts) / each.bars)
        told = f"fires in {percent(len(most.starts) / most.bars)} of the bars of {_name(most)}"
    elif len(flapping) >= _MANY * len(judged):
        most = max(flapping, key=lambda each: len(each.transitions))
        told = f"flaps: {_name(most)} changed {len(most.transitions):,} times since {date(most.first)}"
    else:
        return
    yield written.warning(place_of(written) or ("watch",), told, "a wider limit, for:, clear: or margin: calms it")


def flaps(told: Sequence[Transition], bar: Bar) -> bool:
    """Whether as many of the changes of an instance that are told as make it flap lie within one span."""
    span, ends = flapping_span(bar), zip(told, told[FLAPS - 1 :], strict=False)
    return any(last.valid_at - first.valid_at <= span for first, last in ends)


def _told(written: Written, instance: Instance) -> Sequence[Transition]:
    return instance.transitions if written.rule.alert.tells_end else instance.starts


def _name(instance: Instance) -> str:
    return " ".join(f"{name}={value}" for name, value in instance.labels) or "its one instance"
