"""Test files → cases. Every problem of every file is found before any test is run."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from monitor.catalog import Join
from monitor.errors import Problem, ProblemsError
from monitor.model.tree import Place, Tree, read
from monitor.rules.load import RuleSet
from monitor.rules.words import nearest
from monitor.ruletest.build import CaseBuilder
from monitor.ruletest.case import Case
from monitor.ruletest.document import CaseDocument, Document, ExpectationDocument, FileDocument
from monitor.ruletest.noted import Noted

_D = TypeVar("_D", bound=Document)

_WANTED = {
    "string_type": "text",
    "dict_type": "keys with what belongs to them",
    "model_type": "keys with what belongs to them",
    "list_type": "a list",
}
"""What is wanted instead, by pydantic's name of the fault; of all else here: something rather than nothing."""
_SHOWN = 60


class Library(Protocol):
    """What test files refer to, by paths; whoever hands it in remembers what was asked before."""

    def rules(self, paths: tuple[str, ...]) -> RuleSet:
        """The rules of files and folders, with their problems."""
        ...

    def join(self, path: str | None) -> Join:
        """The catalogue of a file, or the one to be used where none is named; raises CatalogError."""
        ...


@dataclass(frozen=True, slots=True)
class Suite:
    """What a set of files says: its tests, and every problem of the files and of what they refer to."""

    cases: tuple[Case, ...]
    problems: tuple[Problem, ...]


def load(files: Iterable[tuple[str, str]], library: Library) -> Suite:
    """The tests of (path, text) pairs."""
    problems: list[Problem] = []
    cases: list[Case] = []
    for path, text in files:
        try:
            tree = read(text, path)
        except ProblemsError as error:
            problems += error.problems
            continue
        problems += tree.problems
        cases += _File(tree, library, problems).cases()
    found = dict.fromkeys(problems)  # rules that several files are about have their problems once
    return Suite(tuple(cases), tuple(sorted(found, key=lambda each: (each.path, each.line, each.column))))


@dataclass(frozen=True, slots=True)
class _File:
    """One file, being read; its problems are appended to `problems`."""

    tree: Tree
    library: Library
    problems: list[Problem]
    names: dict[str, int] = field(default_factory=dict)

    def cases(self) -> Iterator[Case]:
        """Every sound test in it; none where its rules or its catalogue are not."""
        document = self._checked(FileDocument, self.tree.value, ())
        if document is None:
            return
        rules = self._rules(document)
        join = self._join(document)
        for number, value in enumerate(document.tests):
            case = self._case(("tests", number), value, rules, join)
            if case is not None:
                yield case

    def _rules(self, document: FileDocument) -> RuleSet | None:
        """None where they have problems: then nothing is said of what the tests say about them."""
        paths = [document.rules] if isinstance(document.rules, str) else document.rules
        found = self.library.rules(tuple(self._beside(path) for path in paths))
        self.problems.extend(found.problems)
        return None if found.problems else found

    def _join(self, document: FileDocument) -> Join | None:
        try:
            return self.library.join(None if document.catalog is None else self._beside(document.catalog))
        except ProblemsError as error:
            self.problems.extend(error.problems)
            return None

    def _beside(self, path: str) -> str:
        return os.path.normpath(os.path.join(os.path.dirname(self.tree.path), path))  # noqa: PTH118, PTH120 - text

    def _case(self, place: Place, value: object, rules: RuleSet | None, join: Join | None) -> Case | None:
        document = self._checked(CaseDocument, value, place)
        if document is None:
            return None
        noted = Noted(self.tree, self.problems)
        self._named_once(noted, (*place, "name"), document.name)
        places = [(*place, "expect", number) for number in range(len(document.expect))]
        written = [self._checked(ExpectationDocument, *each) for each in zip(document.expect, places, strict=True)]
        expected = [(where, each) for where, each in zip(places, written, strict=True) if each is not None]
        return CaseBuilder(noted, place, document, expected, None if rules is None else rules.rules, join).case()

    def _named_once(self, noted: Noted, place: Place, name: str) -> None:
        line = self.tree.keys[place][0]
        first = self.names.setdefault(name, line)
        if first != line:
            noted.fail(place, f"the name is taken, first on line {first}")

    def _checked(self, model: type[_D], value: object, place: Place) -> _D | None:
        """The document in a value; None with its problems noted."""
        try:
            return model.model_validate(value)
        except ValidationError as error:
            details = error.errors(include_url=False)
        for detail in details:
            self._note(detail, place, model)
        return None

    def _note(self, detail: ErrorDetails, place: Place, model: type[Document]) -> None:
        """One of pydantic's complaints in the words of the file."""
        noted = Noted(self.tree, self.problems)
        # pydantic names the branch of `str | list[str]` it tried; a key of the file is never called that
        inner = tuple(step for step in detail["loc"] if step not in ("str", "list[str]"))
        match detail["type"]:
            case "extra_forbidden":
                known = [each.alias or name for name, each in model.model_fields.items()]
                noted.fail((*place, *inner), "unknown key", nearest(str(inner[-1]), known), at_key=True)
            case "missing":
                hint = "expect: [] says that nothing happens" if inner[-1] == "expect" else None
                noted.fail((*place, *inner[:-1]), f"'{inner[-1]}' is missing", hint)
            case kind:
                got = f"'{str(detail['input'])[:_SHOWN]}'" if detail["input"] else "nothing"
                noted.fail((*place, *inner), f"got {got}, expected {_WANTED.get(kind, 'at least one')}")
