"""What happened beside what was expected: who belongs to whom, and in which fields they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.dispatch.wording import annotation, headline
from monitor.model.alert import Alert
from monitor.model.fact import NO_TEXTS, Texts
from monitor.model.metric import Unit
from monitor.model.quantity import plain, written
from monitor.model.transition import Change, Transition
from monitor.ruletest.case import SOURCE, Case, Expectation
from monitor.ruletest.expect import NO_LEVEL, SUMMARY
from monitor.ruletest.words import shown_instant

Fields = Mapping[str, str]
"""What is said of a transition, in order: at, alert, change, labels.NAME, value, reference, level, annotations."""


@dataclass(frozen=True, slots=True)
class Difference:
    """An expectation that did not come true, beside what happened most like it; or either of them alone.

    `expected`, `got`: their fields; None = there is none. `line`: of the expectation (0 = there is none).
    """

    line: int
    expected: Fields | None
    got: Fields | None

    @property
    def fields(self) -> tuple[str, ...]:
        """Which fields differ, if there are two."""
        if self.expected is None or self.got is None:
            return ()
        return _unequal(self.expected, self.got)


def differences(case: Case, found: Sequence[Transition]) -> tuple[Difference, ...]:
    """All that is not as expected, in order of bars. Every transition fulfils one expectation at most.

    The end of what tells no end (a record, a price step) is not missed in the expectations, as nobody is told of it.
    """
    alerts = {rule.name: rule.alert for rule in case.rules}
    said = [
        [fields(one, alerts[one.alert], like, case.texts) if one.alert == like.alert else {} for one in found]
        for like in case.expect
    ]
    wanted = [expected_fields(each, alerts[each.alert]) for each in case.expect]
    taken = paired([[got == want for got in row] for want, row in zip(wanted, said, strict=True)], len(found))
    missed = [row for row in range(len(wanted)) if row not in taken.values()]
    free = [column for column in range(len(found)) if column not in taken]
    beside = _nearest(missed, free, wanted, said)
    alone = [found[column] for column in free if column not in beside.values()]
    unequal = [
        Difference(case.expect[row].line, wanted[row], said[row][beside[row]] if row in beside else None)
        for row in missed
    ]
    unasked = [
        Difference(0, None, fields(one, alerts[one.alert], None, case.texts)) for one in alone if _told(one, alerts)
    ]
    return tuple(sorted((*unequal, *unasked), key=_place))


def _told(transition: Transition, alerts: Mapping[str, Alert]) -> bool:
    return transition.kind is not Change.RESOLVED or alerts[transition.alert].tells_end


def paired(fit: Sequence[Sequence[bool]], count: int) -> dict[int, int]:
    """By each of `count` columns the row that it goes with: as many pairs as there can be (augmenting paths)."""
    taken: dict[int, int] = {}

    def place(row: int, seen: set[int]) -> bool:
        for column in range(count):
            if fit[row][column] and column not in seen:
                seen.add(column)
                if column not in taken or place(taken[column], seen):
                    taken[column] = row
                    return True
        return False

    for row in range(len(fit)):
        place(row, set())
    return taken


def _nearest(
    missed: Sequence[int], free: Sequence[int], wanted: Sequence[Fields], said: Sequence[Sequence[Fields]]
) -> dict[int, int]:
    """By expectation that did not come true, what happened of the same alert and differs in the fewest fields."""
    costs = sorted(
        (len(_unequal(wanted[row], said[row][column])), row, column)
        for row in missed
        for column in free
        if said[row][column]
    )
    beside: dict[int, int] = {}
    for _, row, column in costs:
        if row not in beside and column not in beside.values():
            beside[row] = column
    return beside


def _unequal(expected: Fields, got: Fields) -> tuple[str, ...]:
    return tuple(field for field, text in expected.items() if got[field] != text)


def _place(difference: Difference) -> tuple[str, str, int]:
    first = difference.expected or difference.got or {}
    return first["at"], first["alert"], difference.line


def expected_fields(expectation: Expectation, alert: Alert) -> Fields:
    """An expectation in the words of what happens."""
    return {
        "at": shown_instant(expectation.at),
        "alert": expectation.alert,
        "change": expectation.change.value,
        **{f"labels.{name}": value for name, value in expectation.labels},
        **{name: _number(value, alert.unit) for name, value in expectation.numbers.items()},
        **({} if expectation.level is None else {"level": expectation.level or NO_LEVEL}),
        **expectation.texts,
    }


def fields(transition: Transition, alert: Alert, like: Expectation | None, texts: Texts = NO_TEXTS) -> Fields:
    """What happened, in the fields that an expectation names; where there is none, who it was and what people read."""
    labels = {**alert.labels, **transition.joined.as_dict(), **transition.labels.as_dict()}
    own = [pair for pair in transition.labels if pair != ("source", SOURCE)]  # nobody wrote that one
    wanted = [name for name, _ in (own if like is None else like.labels)]
    numbers = {"value": transition.value, "reference": transition.reference}
    return {
        "at": shown_instant(transition.valid_at),
        "alert": transition.alert,
        "change": transition.kind.value,
        **{f"labels.{name}": labels.get(name, "") for name in wanted},
        **{name: _number(numbers[name], alert.unit) for name in (() if like is None else like.numbers)},
        **({} if like is None or like.level is None else {"level": transition.level or NO_LEVEL}),
        **{name: _text(name, transition, alert, texts) for name in ((SUMMARY,) if like is None else like.texts)},
    }


def _text(name: str, transition: Transition, alert: Alert, texts: Texts) -> str:
    """The summary as the headline of a message, `Resolved: ` and all. A test's sources have no citations."""
    if name == SUMMARY:
        return headline(transition, alert, {}, texts)
    return annotation(name, transition, alert, {}, texts)


def _number(value: float, unit: Unit) -> str:
    """As messages show it, to their digits; of seconds, of which they show whole days only, as a plain number."""
    return plain(value) if unit is Unit.SECONDS else written(value, unit)
