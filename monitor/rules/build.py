"""One rule as written → a compiled rule; problems are noted with their place, and the rule is then left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from monitor.errors import Problem
from monitor.model.alert import Alert
from monitor.model.bar import Bar
from monitor.model.metric import Kind, Unit
from monitor.model.quantity import hold, quantity
from monitor.model.template import Template, TemplateError
from monitor.model.tree import Place, Tree
from monitor.rules.conditions import Kinds
from monitor.rules.conditions.condition import Condition, Context, held
from monitor.rules.document import RuleDocument
from monitor.rules.expression.nodes import Expression, Number, walk
from monitor.rules.expression.over import Over
from monitor.rules.expression.parse import ExpressionError, parse
from monitor.rules.lifecycle import Timing
from monitor.rules.rule import Rule
from monitor.rules.words import nearest

T = TypeVar("T")
Keys = tuple[str, ...]
"""The keys of a rule that lead to what is meant; none is the rule itself."""


class _Refused(Exception):  # noqa: N818  (never leaves this file)
    """A part that can not be built; its problem is noted already."""


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds the rule at `place` of `tree`; appends to `problems`, which has those found in the document before."""

    tree: Tree
    place: Place
    group: str
    bar: Bar
    document: RuleDocument
    known: Kinds
    problems: list[Problem]

    def rule(self) -> Rule | None:
        """The rule, or None if anything is wrong with it."""
        watch = self._try(self._watch)
        condition = None if watch is None else self._try(lambda: self._one(self.document.conditions, watch, ()))
        clear = None if watch is None else self._try(lambda: self._clear(watch))
        timing = self._try(lambda: self._timing(condition))
        annotations = {name: self._template(name, text) for name, text in self.document.annotations.items()}
        if self.problems or watch is None or condition is None or timing is None:
            return None
        texts = {name: text for name, text in annotations.items() if text is not None}
        alert = self._alert(texts, watch, condition)
        line = self.tree.marks[self.place][0]
        return Rule(
            alert, self.group, self.bar, self.document.watch, watch, condition, clear, timing, self.tree.path, line
        )

    def _alert(self, texts: Mapping[str, Template], watch: Expression, condition: Condition) -> Alert:
        read = {select.metric for each in (watch, *condition.operands) for select in each.selects}
        labels, tells_end = dict(self.document.labels), condition.tells_end
        return Alert(self.document.alert, labels, texts, watch.unit, self.bar, tells_end, tuple(sorted(read)))

    def fail(
        self, keys: Keys, message: str, hint: str | None = None, *, offset: int | None = None, at_key: bool = False
    ) -> Exception:
        """Note a problem at some keys of the rule, `offset` characters into their value; returns what to raise."""
        place = (*self.place, *keys)
        fault = self.tree.problem(place, "", at_key=at_key)
        where = (fault.line, fault.column) if offset is None else self.tree.within(place, offset)
        named = ": ".join(each for each in (self.document.alert, ".".join(keys), message) if each)
        self.problems.append(Problem(self.tree.path, *where, named, hint))
        return _Refused()

    def _watch(self) -> Expression:
        watch = self._expression(("watch",), self.document.watch)
        if not watch.selects:
            raise self.fail(("watch",), "names no metric", "for example: watch: sum(tokens)")
        return watch

    def _expression(self, keys: Keys, text: str) -> Expression:
        try:
            expression = parse(text)
        except ExpressionError as error:
            raise self.fail(keys, error.message, error.hint, offset=error.column) from None
        try:
            for window in (node for node in walk(expression) if isinstance(node, Over)):
                self.bar.bars_in(window.span)
        except ValueError as error:
            raise self.fail(keys, f"a window of {error}") from None
        return expression

    def _one(self, written: Mapping[str, object], watch: Expression, under: Keys) -> Condition:
        """Exactly one condition."""
        for key in written:
            if key not in self.known.builds:
                hint = nearest(key, self.known.builds)
                raise self.fail((*under, key), f"unknown condition '{key}'", hint, at_key=True)
        if len(written) != 1:
            got = f"got {' and '.join(written)}" if written else "got none"
            hint = f"one of {', '.join(sorted(self.known.builds))}"
            keys = (*under, *list(written)[1:2])
            raise self.fail(keys, f"{got}, expected exactly one condition", hint, at_key=bool(written))
        ((key, body),) = written.items()
        options = {} if under else self._options(key)
        condition = self.known.builds[key](key, body, self._context(watch, options, under))
        self._check_end(key, condition)
        return condition

    def _options(self, key: str) -> dict[str, object]:
        """What is written beside the condition for it; problems with what means nothing to it."""
        every = {option for options in self.known.options.values() for option in options}
        options = {name: getattr(self.document, name) for name in every if getattr(self.document, name) is not None}
        self._refuse(key, sorted(set(options) - set(self.known.options[key])))
        return options

    def _check_end(self, key: str, condition: Condition) -> None:
        """What happens at one bar has no length and no end."""
        fields = {"hold": "for", "clear": "clear", "keep_firing_for": "keep_firing_for"}
        if condition.pulse:
            self._refuse(key, [name for field, name in fields.items() if field in self.document.model_fields_set])

    def _refuse(self, key: str, names: list[str]) -> None:
        takes = self.known.options[key]
        hint = f"it takes {', '.join(takes)}" if takes else None
        refusals = [self.fail((name,), f"has no meaning for '{key}'", hint, at_key=True) for name in names]
        if refusals:
            raise refusals[0]

    def _context(self, watch: Expression, options: Mapping[str, object], under: Keys) -> Context:
        def amount(name: str) -> float:
            written = options.get(name)
            return 0.0 if written is None else self._amount((*under, name), written, watch)

        return Context(
            self.bar,
            watch.unit,
            all(select.kind is Kind.LEVEL for select in watch.selects),
            options,
            amount,
            lambda name, body: self._operand((*under, name), body, watch),
            lambda name, message, hint: self.fail((*under, name), message, hint),
        )

    def _operand(self, keys: Keys, body: object, watch: Expression) -> Expression:
        """A number with a unit that fits, or an expression in the unit of what is watched."""
        if not isinstance(body, str):
            raise self.fail(keys, f"got {str(body)[:60]}, expected a number or an expression")
        try:
            amount = quantity(body)
        except ValueError:
            operand = self._expression(keys, body)
            if operand.unit is not watch.unit and Unit.NUMBER not in (operand.unit, watch.unit):
                raise self.fail(keys, f"mixed units: {watch.unit} is compared with {operand.unit}") from None
            return operand
        return Number(self._fitting(keys, body, amount.unit, amount.value, watch), watch.unit)

    def _amount(self, keys: Keys, written: object, watch: Expression) -> float:
        """A number with a unit that fits, zero or more."""
        amount = self._read(keys, lambda: quantity(written))
        if amount.value < 0:
            raise self.fail(keys, f"got {written}, expected zero or more")
        return self._fitting(keys, str(written), amount.unit, amount.value, watch)

    def _fitting(self, keys: Keys, written: str, sign: str, value: float, watch: Expression) -> float:
        wanted = {"%": Unit.RATIO, "points": Unit.RATIO, "$": Unit.USD}.get(sign, watch.unit)
        if wanted is not watch.unit and watch.unit is not Unit.NUMBER:
            raise self.fail(keys, f"mixed units: {watch.unit} is compared with '{written}'")
        return value

    def _clear(self, watch: Expression) -> Condition | None:
        return None if self.document.clear is None else self._one(self.document.clear, watch, ("clear",))

    def _timing(self, condition: Condition | None) -> Timing:
        wait = self._read(("for",), lambda: held(self.document.hold, self.bar))
        keep = self._read(("keep_firing_for",), lambda: _kept(self.document.keep_firing_for, self.bar))
        return Timing(wait, keep, pulse=condition is not None and condition.pulse)

    def _read(self, keys: Keys, read: Callable[[], T]) -> T:
        try:
            return read()
        except ValueError as error:
            raise self.fail(keys, str(error)) from None

    def _template(self, name: str, text: str) -> Template | None:
        try:
            return Template.compile(text)
        except TemplateError as error:
            self.fail(("annotations", name), error.message, error.hint, offset=error.offset)
            return None

    def _try(self, build: Callable[[], T]) -> T | None:
        """What it builds; None if that was refused (the problem is noted, the other parts are still looked at)."""
        try:
            return build()
        except _Refused:
            return None


def _kept(text: str | None, bar: Bar) -> int:
    """Seconds of "2 bars" or "7d"."""
    wanted = None if text is None else hold(text)
    return 0 if wanted is None else bar.back(wanted.bars) if wanted.bars else wanted.seconds or 0
