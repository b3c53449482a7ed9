"""YAML as text with places: every scalar stays the text it is (`NO` is Norway), every node knows where it stands."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

import yaml

from monitor.errors import Problem, ProblemsError

Place = tuple[str | int, ...]
"""The keys and positions that lead to a node."""

_UNPRINTED = re.compile("[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")
"""Controls, line ends and marks that JSON leaves as they are: YAML folds or refuses them."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """One text of a file, and the characters (from 0) of the file that it is written in, quotes and all."""

    value: str
    start: int
    end: int


@dataclass(slots=True)
class Tree:
    """What a file holds, and where: `marks` are (line, column) from 1, of a value and, under `keys`, of its key.

    `text`: the file. `scalars`: what each says and where it is written. `faulty`: the places of `problems`.
    """

    path: str
    text: str = ""
    value: object = None
    scalars: dict[Place, Scalar] = field(default_factory=dict)
    marks: dict[Place, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Place, tuple[int, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    faulty: list[Place] = field(default_factory=list)

    def problem(self, place: Place, message: str, *, hint: str | None = None, at_key: bool = False) -> Problem:
        """A fault at `place`, or at the nearest node around it that exists."""
        marks = self.keys if at_key and place in self.keys else self.marks
        found = next((marks[place[:n]] for n in range(len(place), -1, -1) if place[:n] in marks), (0, 0))
        where = ".".join(str(step) for step in place)
        return Problem(self.path, *found, f"{where}: {message}" if where else message, hint)

    def within(self, place: Place, offset: int) -> tuple[int, int]:
        """(line, column) of the character `offset` (from 0) of the scalar at `place`, however it is written."""
        scalar = self.scalars[place]
        visible = len("".join(scalar.value[:offset].split()))
        at = scalar.start + _as_written(self.text[scalar.start : scalar.end], visible)
        before = self.text[:at]
        return before.count("\n") + 1, at - before.rfind("\n")


def _as_written(raw: str, count: int) -> int:
    """Where the visible character after `count` others stands in a scalar as written: blanks fold, quotes escape."""
    quote = raw[:1] if raw[:1] in ("'", '"') else ""
    at = raw.find("\n") + 1 if raw[:1] in ("|", ">") else len(quote)
    last = at
    while at < len(raw):
        escaped = raw[at : at + 2] == "''" if quote == "'" else quote == '"' and raw[at] == "\\"
        blank = raw[at].isspace() or (escaped and raw[at + 1 : at + 2] in "ntr \n")
        if not blank and count == 0:
            return at
        count -= not blank
        at += 2 if escaped else 1
        last = last if blank else at
    return min(last, len(raw) - len(quote))


def read(text: str, path: str) -> Tree:
    """The one document in `text`. Raises ProblemsError if it is no YAML; repeated keys are problems of the tree."""
    tree = Tree(path, text)
    try:
        root = yaml.compose(text, Loader=yaml.CBaseLoader)
    except yaml.MarkedYAMLError as error:
        raise ProblemsError((_unreadable(error, path),)) from error
    except yaml.YAMLError as error:
        raise ProblemsError((Problem(path, 0, 0, f"not YAML: {error}"),)) from error
    if root is not None:
        tree.value = _value(root, (), tree, set())
    return tree


def _unreadable(error: yaml.MarkedYAMLError, path: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    return Problem(path, line, column, f"not YAML: {error.problem or error.context}")


def _value(node: yaml.Node, place: Place, tree: Tree, seen: set[int]) -> object:
    quote = 1 if isinstance(node, yaml.ScalarNode) and node.style in ("'", '"') else 0
    tree.marks[place] = (node.start_mark.line + 1, node.start_mark.column + 1 + quote)
    if id(node) in seen:  # also what keeps a node that holds itself from being walked for ever
        tree.faulty.append(place)
        tree.problems.append(tree.problem(place, "an alias (*name) of YAML is not understood here"))
        return ""
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, tree, seen)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*place, position), tree, seen) for position, item in enumerate(node.value)]
    tree.scalars[place] = Scalar(str(node.value), node.start_mark.index, node.end_mark.index)
    return str(node.value)


def _mapping(node: yaml.MappingNode, place: Place, tree: Tree, seen: set[int]) -> dict[str, object]:
    mapping: dict[str, object] = {}
    for key, item in node.value:
        name, inner = str(key.value), (*place, str(key.value))
        line, column = key.start_mark.line + 1, key.start_mark.column + 1
        if name in mapping:
            first = tree.keys[inner][0]
            message = f"{'.'.join(map(str, inner))}: written twice, first on line {first}"
            tree.problems.append(Problem(tree.path, line, column, message))
            tree.faulty.append(inner)
            continue
        tree.keys[inner] = (line, column)
        mapping[name] = _value(item, inner, tree, seen)
    return mapping


def text_of(value: object) -> str:
    """A document that `read` gives back as it is: JSON, with those characters escaped that YAML would not take."""
    plain = json.dumps(value, ensure_ascii=False)
    return _UNPRINTED.sub(lambda match: f"\\u{ord(match[0]):04x}", plain)
