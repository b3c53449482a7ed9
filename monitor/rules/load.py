"""Rule files → rules. Every problem of every file is found before any rule is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from monitor.errors import Problem, ProblemsError
from monitor.model.bar import Bar
from monitor.model.tree import Place, Tree, read
from monitor.rules.build import Builder
from monitor.rules.conditions import Kinds, kinds
from monitor.rules.document import OPTIONS, Document, FileDocument, GroupDocument, RuleDocument
from monitor.rules.rule import Rule
from monitor.rules.words import nearest
from monitor.rules.written import Written

_D = TypeVar("_D", bound=Document)

_EXPECTED = {
    "string_type": "expected text",
    "dict_type": "expected keys with what belongs to them",
    "model_type": "expected keys with what belongs to them",
    "list_type": "expected a list",
    "string_pattern_mismatch": "expected letters, digits and _, no digit first",
    "string_too_short": "expected text",
    "too_short": "expected at least one",
}
"""What is wanted instead, by pydantic's name of the fault."""
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class RuleSet:
    """What a set of files says: the rules that are sound, and every problem of the others.

    `written`: every rule that has a name, sound or not, a name that is taken only once. `broken`: the names that have
    a problem. `doubtful`: files (or folders) with a problem that belongs to no name: what else they say is unknown.
    """

    rules: tuple[Rule, ...]
    problems: tuple[Problem, ...]
    written: tuple[Written, ...] = ()
    broken: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A rule of a file, None if it is not sound, as it is written, with its place and how many problems are its own."""

    written: Written
    rule: Rule | None
    line: int
    column: int
    faults: int


def load(files: Iterable[tuple[str, str]]) -> RuleSet:
    """Rules of (path, text) pairs."""
    known = kinds()
    problems: list[Problem] = []
    first: dict[str, _Loaded] = {}
    broken: set[str] = set()
    doubtful: set[str] = set()
    for path, text in files:
        before = len(problems)
        found = list(_read(path, text, known, problems))
        if len(problems) - before > sum(each.faults for each in found if each.written.has_name):
            doubtful.add(path)
        for each in found:
            name = each.written.name
            taken = first.setdefault(name, each) if each.written.has_name else each
            if taken is not each:
                message = f"{name}: the name is taken, first at {taken.written.path}:{taken.line}"
                problems.append(Problem(path, each.line, each.column, message))
            if taken is not each or each.rule is None:
                broken.add(name)
    sound = _in_order([each.rule for each in first.values() if each.rule is not None], first.keys(), problems)
    named = {rule.name for rule in sound}
    return RuleSet(
        sound,
        tuple(sorted(problems, key=lambda each: (each.path, each.line, each.column))),
        tuple(each.written for each in first.values()),
        frozenset(name for name in first if name in broken or name not in named),
        frozenset(doubtful),
    )


def _in_order(rules: Iterable[Rule], written: Iterable[str], problems: list[Problem]) -> tuple[Rule, ...]:
    """Each rule behind the one that it comes `after`; those that can not be are problems."""
    waiting, placed, names = list(rules), dict[str, Rule](), set(written)
    while ready := [rule for rule in waiting if rule.after is None or rule.after.alert in placed]:
        placed |= {rule.name: rule for rule in ready}
        waiting = [rule for rule in waiting if rule.name not in placed]
    for rule in waiting:
        alert = rule.after.alert if rule.after else ""
        known = alert in names
        message = (
            f"'{alert[:_SHOWN]}' is not sound, or comes after this one itself"
            if known
            else f"unknown alert '{alert[:_SHOWN]}'"
        )
        hint = None if known else nearest(alert, names)
        problems.append(Problem(rule.path, rule.line, 1, f"{rule.name}: after: {message}", hint))
    return tuple(placed.values())


def _read(path: str, text: str, known: Kinds, problems: list[Problem]) -> Iterator[_Loaded]:
    try:
        tree = read(text, path)
    except ProblemsError as error:
        problems += error.problems
        return
    problems += tree.problems
    yield from _File(tree, known, problems).rules()


@dataclass(frozen=True, slots=True)
class _File:
    """One file, being read; its problems are appended to `problems`."""

    tree: Tree
    known: Kinds
    problems: list[Problem]

    def rules(self) -> Iterator[_Loaded]:
        """Every rule in it, sound or not."""
        document = self._checked(FileDocument, self.tree.value, ())
        for number, value in enumerate(document.groups if document else ()):
            place: Place = ("groups", number)
            group = self._checked(GroupDocument, value, place)
            if group is None:
                continue
            bar = next((bar for bar in Bar if bar == group.every), None)
            if bar is None:
                got, hint = f"got '{group.every[:_SHOWN]}'", f"expected {' | '.join(Bar)}"
                self.problems.append(self.tree.problem((*place, "every"), got, hint=hint))
            rules = [self._rule((*place, "rules", at), value, bar, rule) for at, rule in enumerate(group.rules)]
            if bar is None:  # a problem of all of them, and counted once
                rules[0] = replace(rules[0], faults=rules[0].faults + 1)
            yield from rules

    def _rule(self, place: Place, group: object, bar: Bar | None, value: object) -> _Loaded:
        """One rule of a sound group; where its bar is not known, it is looked at by days for its other problems."""
        before = len(self.problems)
        written = Written(self.tree.path, _keys(group), _keys(value))
        document = self._checked(RuleDocument, self._shaped(value), place)
        rule = None
        if document is not None:
            own = self.problems[before:]
            del self.problems[before:]
            rule = Builder.at(self.tree, place, written.group, bar or Bar.DAY, document, self.known, own).rule()
            self.problems.extend(own)
        repeated = sum(each[: len(place)] == place for each in self.tree.faulty)
        sound = bar is not None and not repeated
        line, column = self.tree.marks.get((*place, "alert"), self.tree.marks[place])
        faults = len(self.problems) - before + repeated
        return _Loaded(written, rule if sound else None, line, column, faults)

    def _shaped(self, value: object) -> object:
        """A rule with its condition keys gathered under `conditions`, where the document wants them."""
        if not isinstance(value, dict):
            return value
        conditions = {key: body for key, body in value.items() if self.known.is_condition(key, body)}
        plain = {key: body for key, body in value.items() if key not in conditions}
        return {**plain, "conditions": conditions}

    def _checked(self, model: type[_D], value: object, place: Place) -> _D | None:
        """The document in a value, its problems noted; what is left of it without the faulty keys, if that is one."""
        try:
            return model.model_validate(value)
        except ValidationError as error:
            details = error.errors(include_url=False)
        choices = (*OPTIONS, *self.known.builds) if model is RuleDocument else model.model_fields
        self.problems.extend(self._fault(detail, place, _name_of(value), choices) for detail in details)
        faulty = {detail["loc"][0] for detail in details if detail["loc"]}
        if not isinstance(value, dict) or not faulty:
            return None
        try:
            return model.model_validate({key: body for key, body in value.items() if key not in faulty})
        except ValidationError:
            return None

    def _fault(self, detail: ErrorDetails, place: Place, name: str, choices: Iterable[str]) -> Problem:
        """One of pydantic's complaints in the words of the file, as `name: key: what is wrong`."""
        inner, hint = detail["loc"], None
        match detail["type"]:
            case "extra_forbidden":
                message, hint = f"unknown key '{str(inner[-1])[:_SHOWN]}'", nearest(str(inner[-1]), choices)
            case "missing":
                message = f"'{inner[-1]}' is missing"
            case kind:
                got = "nothing" if detail["input"] in (None, "", []) else f"'{str(detail['input'])[:_SHOWN]}'"
                message = f"got {got}, {_EXPECTED.get(kind, detail['msg'])}"
        at = self.tree.problem((*place, *inner), "", at_key=hint is not None)
        keys = inner[:-1] if detail["type"] in ("extra_forbidden", "missing") else inner
        where = ".".join(str(step) for step in (keys if name else (*place, *keys)))
        return Problem(self.tree.path, at.line, at.column, ": ".join(filter(None, (name, where, message))), hint)


def _keys(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _name_of(value: object) -> str:
    """A rule's name as far as it has one."""
    name = _keys(value).get("alert")
    return name if isinstance(name, str) else ""


def metrics_of(rules: Iterable[Rule]) -> Mapping[str, int]:
    """Every metric that rules read, with the longest lookback any of them has into it, in seconds."""
    lookbacks: dict[str, int] = {}
    for rule in rules:
        for metric in rule.metrics:
            lookbacks[metric] = max(lookbacks.get(metric, 0), rule.lookback)
    return lookbacks
