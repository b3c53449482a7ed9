"""A rule beside the file that it is written in, so that a warning can point at the very word it means."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from monitor.errors import Problem, Severity
from monitor.model.tree import Place, Tree, read
from monitor.rules.rule import Rule

Keys = tuple[str | int, ...]
"""The keys of a rule that lead to what is meant."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A rule file with its places. `rules`: by the alert's name, where the rule stands and what is written there."""

    tree: Tree
    rules: Mapping[str, tuple[Place, Mapping[str, object]]]


Sheets = Callable[[str], Sheet]
"""path → the file; read when it is first asked for: of most files there is nothing to say."""


def sheets(files: Iterable[tuple[str, str]]) -> Sheets:
    """Of (path, text) pairs."""
    texts = dict(files)

    @cache
    def sheet(path: str) -> Sheet:
        tree = read(texts[path], path)
        return Sheet(tree, {str(body["alert"]): (place, body) for place, body in _rules(tree)})

    return sheet


def _rules(tree: Tree) -> Iterator[tuple[Place, Mapping[str, object]]]:
    for number, group in enumerate(_list(tree.value, "groups")):
        for at, rule in enumerate(_list(group, "rules")):
            if isinstance(rule, dict) and "alert" in rule:
                yield ("groups", number, "rules", at), rule


def _list(value: object, key: str) -> list[object]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


@dataclass(frozen=True, slots=True)
class Written:
    """A sound rule and where it is written."""

    rule: Rule
    sheet: Sheets

    @property
    def body(self) -> Mapping[str, object]:
        """What the file says of it."""
        return self.sheet(self.rule.path).rules[self.rule.name][1]

    def scalars(self) -> Iterator[tuple[Keys, str]]:
        """Every text that decides what the rule does, with the keys that lead to it; names and texts are left out."""
        for key, value in self.body.items():
            if key not in ("alert", "labels", "annotations"):
                yield from _scalars((key,), value)

    def naming(self, word: str) -> Keys:
        """The keys of the first text with this word in it; none if there is none."""
        return next((keys for keys, text in self.scalars() if _find(text, word) >= 0), ())

    def warning(self, keys: Keys, message: str, hint: str, word: str = "") -> Problem:
        """A warning at some keys of the rule, at `word` in their text if it has that."""
        sheet = self.sheet(self.rule.path)
        place = (*sheet.rules[self.rule.name][0], *keys)
        scalar = sheet.tree.scalars.get(place)
        at = _find(scalar.value, word) if scalar and word else -1
        fault = sheet.tree.problem(place, "")
        line, column = (fault.line, fault.column) if at < 0 else sheet.tree.within(place, at)
        where = ".".join(map(str, keys))
        told = ": ".join(filter(None, (self.rule.name, where, message)))
        return Problem(self.rule.path, line, column, told, hint, Severity.WARNING)


def _find(text: str, word: str) -> int:
    """Where a word stands, -1 if it does not: in quotes rather than bare, never as a part of another word."""
    places = (text.find(f"{quote}{word}{quote}") for quote in ('"', "'"))
    quoted = next((place + 1 for place in places if place >= 0), -1)
    bare = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) if quoted < 0 else None
    return bare.start() if bare else quoted


def _scalars(keys: Keys, value: object) -> Iterator[tuple[Keys, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _scalars((*keys, key), inner)
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _scalars((*keys, at), inner)
    else:
        yield keys, str(value)
