"""Where the problems of a test file go: each with its place, and with the name of the test that it is in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from monitor.errors import Problem
from monitor.model.bar import Bar
from monitor.model.tree import Place, Tree
from monitor.ruletest.words import read_instant, shown_instant

_T = TypeVar("_T")


class RefusedError(Exception):
    """A part that means nothing; its problem is noted already. Never leaves the loader."""


@dataclass(frozen=True, slots=True)
class Noted:
    """Where the problems of one file go."""

    tree: Tree
    problems: list[Problem]

    def fail(
        self, place: Place, message: str, hint: str | None = None, *, offset: int | None = None, at_key: bool = False
    ) -> RefusedError:
        """Note a problem, `offset` characters into the value; returns what to raise."""
        found = self.tree.problem(place, "", at_key=at_key)
        where = (found.line, found.column) if offset is None else self.tree.within(place, offset)
        told = ": ".join(each for each in (*self._named(place), message) if each)
        self.problems.append(Problem(self.tree.path, *where, told, hint))
        return RefusedError()

    def _named(self, place: Place) -> tuple[str, str]:
        """The name of the test that a place is in, as far as it has one, and the keys that lead there."""
        value = self.tree.value
        tests = value.get("tests") if isinstance(value, dict) else None
        if place[:1] == ("tests",) and len(place) > 1 and isinstance(tests, list):
            case = tests[int(place[1])]
            name = case.get("name") if isinstance(case, dict) else None
            if isinstance(name, str) and name:
                return name, ".".join(map(str, place[2:]))
        return "", ".".join(map(str, place))

    def attempt(self, build: Callable[[], _T]) -> _T | None:
        """What it builds, or None if that was refused: the other parts are still looked at."""
        try:
            return build()
        except RefusedError:
            return None

    def instant(self, place: Place, text: str, bar: Bar) -> int:
        """Epoch seconds of an instant that starts a bar."""
        try:
            at = read_instant(text)
        except ValueError as error:
            raise self.fail(place, str(error)) from None
        start = bar.start_of(at)
        if start != at:
            raise self.fail(place, f"got {text}, inside a bar", f"this {bar.value} starts at {shown_instant(start)}")
        return at
