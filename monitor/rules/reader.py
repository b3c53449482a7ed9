"""Reads the parts of one rule as written: expressions, amounts, texts; notes every problem with its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from monitor.errors import Problem
from monitor.model.bar import Bar
from monitor.model.metric import Unit
from monitor.model.quantity import quantity
from monitor.model.template import Template, TemplateError
from monitor.model.tree import Place, Tree
from monitor.rules.conditions.condition import Keys
from monitor.rules.expression.nodes import Expression, Number, facts_in, walk
from monitor.rules.expression.over import Over
from monitor.rules.expression.parse import ExpressionError, parse

T = TypeVar("T")


class Refused(Exception):  # noqa: N818  (never leaves the builder)
    """A part that can not be built; its problem is noted already."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the rule `alert` at `place` of `tree`; appends to `problems`. `keys` lead from the rule to a part."""

    tree: Tree
    place: Place
    alert: str
    bar: Bar
    problems: list[Problem]

    def fail(
        self, keys: Keys, message: str, hint: str | None = None, *, offset: int | None = None, at_key: bool = False
    ) -> Exception:
        """Note a problem at some keys of the rule, `offset` characters into their value; returns what to raise."""
        place = (*self.place, *keys)
        fault = self.tree.problem(place, "", at_key=at_key)
        where = (fault.line, fault.column) if offset is None else self.tree.within(place, offset)
        named = ": ".join(each for each in (self.alert, ".".join(map(str, keys)), message) if each)
        self.problems.append(Problem(self.tree.path, *where, named, hint))
        return Refused()

    def attempt(self, build: Callable[[], T]) -> T | None:
        """What it builds; None if that was refused (the problem is noted, the other parts are still looked at)."""
        try:
            return build()
        except Refused:
            return None

    def read(self, keys: Keys, body: object, read: Callable[[object], T]) -> T:
        """What `read` makes of a text; its ValueError becomes a problem."""
        try:
            return read(body)
        except ValueError as error:
            raise self.fail(keys, str(error)) from None

    def expression(self, keys: Keys, text: str) -> Expression:
        """A parsed expression whose windows are whole bars."""
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

    def operand(self, keys: Keys, body: object, watch: Expression) -> Expression:
        """A number with a unit that fits, or an expression in the unit of what is watched."""
        if not isinstance(body, str):
            raise self.fail(keys, f"got {str(body)[:60]}, expected a number or an expression")
        try:
            amount = quantity(body)
        except ValueError:
            operand = self.expression(keys, body)
            for fact in facts_in(operand):
                raise self.fail(keys, f"'{fact}' is a fact, nothing to compare with") from None
            if operand.unit is not watch.unit and Unit.NUMBER not in (operand.unit, watch.unit):
                raise self.fail(keys, f"mixed units: {watch.unit} is compared with {operand.unit}") from None
            return operand
        return Number(self.fitting(keys, body, amount.unit, amount.value, watch), watch.unit)

    def amount(self, keys: Keys, written: object, watch: Expression) -> float:
        """A number with a unit that fits, zero or more."""
        amount = self.read(keys, written, quantity)
        if amount.value < 0:
            raise self.fail(keys, f"got {written}, expected zero or more")
        return self.fitting(keys, str(written), amount.unit, amount.value, watch)

    def fitting(self, keys: Keys, written: str, sign: str, value: float, watch: Expression) -> float:
        """The value, if its sign goes with the unit of what is watched."""
        wanted = {"%": Unit.RATIO, "points": Unit.RATIO, "$": Unit.USD}.get(sign, watch.unit)
        if wanted is not watch.unit and watch.unit is not Unit.NUMBER:
            raise self.fail(keys, f"mixed units: {watch.unit} is compared with '{written}'")
        return value

    def template(self, name: str, text: str, unit: Unit) -> Template | None:
        """An annotation, compiled; None if that can not be, or does not go with the unit of the rule."""
        try:
            compiled = Template.compile(text)
            compiled.check(unit)
        except TemplateError as error:
            self.fail(("annotations", name), error.message, error.hint, offset=error.offset)
            return None
        return compiled
