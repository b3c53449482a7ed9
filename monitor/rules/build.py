"""One rule as written → a compiled rule; problems are noted with their place, and the rule is then left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from monitor.errors import Problem
from monitor.model.alert import SEVERITIES, Alert
from monitor.model.bar import Bar
from monitor.model.matcher import Matcher
from monitor.model.metric import Kind, Unit
from monitor.model.quantity import Hold, day, span
from monitor.model.quantity import hold as quantity_hold
from monitor.model.template import Template
from monitor.model.tree import Place, Tree
from monitor.rules.conditions import OF_FACTS, POLICIES, Kinds
from monitor.rules.conditions.condition import Condition, Context, Keys, held
from monitor.rules.confirm import confirmed
from monitor.rules.document import RuleDocument
from monitor.rules.expression.nodes import Expression, facts_in
from monitor.rules.expression.parse import labels_of
from monitor.rules.lifecycle import Timing
from monitor.rules.reader import Reader
from monitor.rules.rule import After, Level, Rule
from monitor.rules.words import nearest
from monitor.rules.wrappers.absence import Absence
from monitor.rules.wrappers.latched import Latched
from monitor.rules.wrappers.often import LONGEST, Often
from monitor.rules.wrappers.overridden import Case, Overridden

_LENGTHS = {"hold": "for", "clear": "clear", "keep_firing_for": "keep_firing_for", "levels": "levels"}
"""Fields of a document that mean something only where bars running are one episode, as they are written."""


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds the rule that `document` says, at the place that `reader` reads."""

    reader: Reader
    group: str
    document: RuleDocument
    known: Kinds

    @classmethod
    def at(  # noqa: PLR0913, PLR0917 - what a rule is made of
        cls,
        tree: Tree,
        place: Place,
        group: str,
        bar: Bar,
        document: RuleDocument,
        known: Kinds,
        problems: list[Problem],
    ) -> Builder:
        """For the rule at `place` of `tree`; appends to `problems`, which has those found in the document before."""
        return cls(Reader(tree, place, document.alert, bar, problems), group, document, known)

    def rule(self) -> Rule | None:
        """The rule, or None if anything is wrong with it."""
        attempt = self.reader.attempt
        watch = attempt(self._watch)
        base = None if watch is None else attempt(lambda: self._one(self._written, watch, ()))
        hold = attempt(lambda: self.reader.read(("for",), self.document.hold, quantity_hold)) or Hold(bars=1)
        condition = None if watch is None or base is None else attempt(lambda: self._refined(base, watch, hold))
        attempt(lambda: self._check_end(base))
        clear = None if watch is None else attempt(lambda: self._clear(watch))
        levels = None if watch is None or base is None else attempt(lambda: self._levels(watch))
        timing = attempt(lambda: self._timing(condition, hold))
        until, after = attempt(self._until), attempt(self._after)
        unit = Unit.NUMBER if watch is None else watch.unit
        texts = {name: self.reader.template(name, text, unit) for name, text in self.document.annotations.items()}
        if self.reader.problems or watch is None or condition is None or timing is None:
            return None
        tree, place = self.reader.tree, self.reader.place
        return Rule(
            self._alert(texts, watch, condition),
            self.group,
            self.reader.bar,
            self.document.watch,
            watch,
            condition,
            clear,
            timing,
            tree.path,
            tree.marks[place][0],
            levels or (),
            until,
            after,
        )

    @property
    def _written(self) -> dict[str, object]:
        """The condition key with the options beside it."""
        names = {name for options in self.known.options.values() for name in options}
        values = {name: getattr(self.document, name) for name in sorted(names)}
        return {**self.document.conditions, **{name: value for name, value in values.items() if value is not None}}

    def _alert(self, texts: Mapping[str, Template | None], watch: Expression, condition: Condition) -> Alert:
        read = {select.metric for each in (watch, *condition.operands) for select in each.selects}
        compiled = {name: text for name, text in texts.items() if text is not None}
        labels, tells_end = dict(self.document.labels), condition.tells_end
        metrics = tuple(sorted(read))
        unit, compared = condition.unit(watch.unit), condition.compared
        return Alert(self.document.alert, labels, compiled, unit, self.reader.bar, tells_end, metrics, compared)

    def _watch(self) -> Expression:
        watch = self.reader.expression(("watch",), self.document.watch)
        if not watch.selects:
            raise self.reader.fail(("watch",), "names no metric", "for example: watch: sum(tokens)")
        return watch

    def _one(self, written: Mapping[str, object], watch: Expression, under: Keys) -> Condition:
        """Exactly one condition and its options."""
        conditions = [key for key, body in written.items() if self.known.is_condition(key, body)]
        options = {key: body for key, body in written.items() if key not in conditions}
        every = {name for names in self.known.options.values() for name in names}
        for key in options.keys() - every:
            hint = nearest(key, self.known.builds)
            raise self.reader.fail((*under, key), f"unknown condition '{key}'", hint, at_key=True)
        if len(conditions) != 1:
            got = f"got {' and '.join(conditions)}" if conditions else "got none"
            hint = f"one of {', '.join(sorted(self.known.builds))}"
            keys = (*under, *conditions[1:2])
            raise self.reader.fail(keys, f"{got}, expected exactly one condition", hint, at_key=bool(conditions))
        (key,) = conditions
        if facts_in(watch) and key not in OF_FACTS:
            known = ", ".join(name for name in OF_FACTS if name in self.known.builds)
            message = f"has no meaning for '{facts_in(watch)[0]}', which is a fact"
            raise self.reader.fail((*under, key), message, f"it takes {known}", at_key=True)
        self._refuse(key, sorted(set(options) - set(self.known.options[key])), under)
        context = self._context(watch, options, lambda keys: (*under, *keys))
        return self.known.builds[key](key, written[key], context)

    def _check_end(self, condition: Condition | None) -> None:
        """What happens at one bar has no length, no end and no level."""
        if condition is not None and condition.pulse and not condition.lasts:
            self._refuse(next(iter(self.document.conditions)), self._lengths, ())

    def _refuse_with_confirm(self) -> None:
        """A claim has a length, an end and levels of its own."""
        absent = ["absent"] if self.document.absent is not None else []
        self._refuse("confirm", [*self._lengths, *absent], ())

    @property
    def _lengths(self) -> list[str]:
        """What is written of how long it is true, and how much."""
        return [name for field, name in _LENGTHS.items() if field in self.document.model_fields_set]

    def _refuse(self, key: str, names: list[str], under: Keys) -> None:
        takes = self.known.options.get(key, ())
        hint = f"it takes {', '.join(takes)}" if takes else None
        message = f"has no meaning for '{key}'"
        refusals = [self.reader.fail((*under, name), message, hint, at_key=True) for name in names]
        if refusals:
            raise refusals[0]

    def _context(self, watch: Expression, options: Mapping[str, object], at: Callable[[Keys], Keys]) -> Context:
        """`at`: from keys beside the condition to keys of the rule."""
        reader = self.reader
        return Context(
            reader.bar,
            watch.unit,
            all(select.kind is not Kind.FLOW for select in watch.selects),
            options,
            lambda keys, body: reader.amount(at(keys), body, watch),
            lambda keys, body: reader.operand(at(keys), body, watch),
            lambda keys, body: self._nested(at(keys), body, watch),
            lambda keys, message, hint: reader.fail(at(keys), message, hint),
        )

    def _nested(self, keys: Keys, body: object, watch: Expression) -> Condition:
        if not isinstance(body, dict):
            raise self.reader.fail(keys, f"got {str(body)[:60]}, expected a condition", "for example {above: 1%}")
        return self._one(body, watch, keys)

    def _refined(self, base: Condition, watch: Expression, hold: Hold) -> Condition:
        """With what is otherwise for some members, for absent ones, and `m of n bars`."""
        cases = tuple(
            self._case(number, override, base, watch) for number, override in enumerate(self.document.overrides)
        )
        condition = Overridden(base, cases) if cases else base
        condition = self._absent(condition)
        if self.document.confirm is not None or self.document.notify is not None:
            self._refuse_with_confirm()
            return confirmed(self.reader, self.document, condition, watch)
        if hold.of is None:
            return condition
        if not (hold.bars or 0) <= hold.of <= LONGEST:
            expected = f"expected m of n bars, m at most n, n at most {LONGEST}"
            raise self.reader.fail(("for",), f"got '{self.document.hold}'", expected)
        return Often(condition, hold.bars or 1, hold.of)

    def _case(self, number: int, override: Mapping[str, object], base: Condition, watch: Expression) -> Case:
        keys: Keys = ("overrides", number)
        match = override.get("match")
        if not isinstance(match, dict) or not match:
            raise self.reader.fail(keys, "'match' is missing", "for example match: {family: llama}")
        matchers = tuple(self._matcher((*keys, "match", label), label, body, watch) for label, body in match.items())
        own = {key: body for key, body in override.items() if key != "match"}
        condition = self._one({**self._written, **own}, watch, keys)
        if condition.remembers != base.remembers or not own:
            raise self.reader.fail(keys, "expected the rule's own condition with another amount")
        return Case(matchers, condition)

    def _matcher(self, keys: Keys, label: str, body: object, watch: Expression) -> Matcher:
        known = labels_of(watch)
        if label not in known:
            raise self.reader.fail(keys, f"unknown label '{label}'", nearest(label, known), at_key=True)
        every = body if isinstance(body, list) else [body]
        texts = [text for text in every if isinstance(text, str) and text]
        if not texts or len(texts) != len(every):
            raise self.reader.fail(keys, f"got {str(body)[:60]}, expected text or a list of it")
        return Matcher(label, tuple(texts))

    def _absent(self, condition: Condition) -> Condition:
        policy = self.document.absent
        if policy is not None and policy not in POLICIES:
            raise self.reader.fail(("absent",), f"got '{policy}'", f"expected {' | '.join(POLICIES)}")
        if policy is None or policy == "keep":
            if self.document.absent_for is not None:
                raise self.reader.fail(("absent_for",), "needs absent: ok or absent: fire", at_key=True)
            return condition
        bar = self.reader.bar
        wait = self.document.absent_for or "1 bar"
        return Absence(
            condition,
            policy == "fire",
            self.reader.read(("absent_for",), wait, lambda text: held(quantity_hold(text), bar)),
        )

    def _clear(self, watch: Expression) -> Condition | None:
        return None if self.document.clear is None else self._one(self.document.clear, watch, ("clear",))

    def _levels(self, watch: Expression) -> tuple[Level, ...]:
        """Mildest first."""
        levels = self.document.levels or {}
        for name in levels:
            if name not in SEVERITIES:
                hint = f"known: {', '.join(SEVERITIES)}"
                raise self.reader.fail(("levels", name), f"unknown severity '{name}'", hint, at_key=True)
        return tuple(self._level(name, levels[name], watch) for name in SEVERITIES if name in levels)

    def _level(self, name: str, body: object, watch: Expression) -> Level:
        keys: Keys = ("levels", name)
        written = body if isinstance(body, dict) else {"at": body}
        if "at" not in written or written.keys() - {"at", "clear"}:
            raise self.reader.fail(keys, "expected an amount, or {at: amount, clear: {condition}}")
        (key,) = self.document.conditions
        place: Keys = (*keys, "at") if isinstance(body, dict) else keys
        options = {name: value for name, value in self._written.items() if name != key}
        context = self._context(watch, options, lambda of: (*place, *of[1:]) if of[:1] == (key,) else of)
        condition = self.known.builds[key](key, written["at"], context)
        clear = self._nested((*keys, "clear"), written["clear"], watch) if "clear" in written else None
        return Level(name, Latched(condition, clear))

    def _timing(self, condition: Condition | None, hold: Hold) -> Timing:
        bar = self.reader.bar
        wait = 0 if hold.of is not None else held(hold, bar)
        keep = self.document.keep_firing_for
        kept = 0 if keep is None else self.reader.read(("keep_firing_for",), keep, lambda text: _kept(text, bar))
        pulse = condition is not None and condition.pulse and not (condition.lasts and self._lengths)
        return Timing(wait, kept, pulse=pulse)

    def _until(self) -> int | None:
        """Epoch seconds: the end of the last day."""
        written = self.document.until
        return None if written is None else self.reader.read(("until",), written, day) + Bar.DAY.width

    def _after(self) -> After | None:
        written = self.document.after
        if written is None:
            return None
        missing = [name for name in ("alert", "within") if name not in written]
        unknown = written.keys() - {"alert", "within", "same"}
        if missing or unknown:
            hint = "for example after: {alert: PriceCut, within: 14d, same: model}"
            got = f"'{missing[0]}' is missing" if missing else f"unknown key '{min(unknown)}'"
            raise self.reader.fail(("after",), got, hint)
        same = written.get("same", [])
        names = same if isinstance(same, list) else [same]
        within = self.reader.read(("after", "within"), written["within"], span)
        return After(str(written["alert"]), within, tuple(map(str, names)))


def _kept(text: object, bar: Bar) -> int:
    """Seconds of "2 bars" or "7d"."""
    wanted = quantity_hold(text)
    return bar.back(wanted.bars) if wanted.bars else wanted.seconds or 0
