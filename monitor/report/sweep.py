"""One scalar of one rule, rewritten where it stands in its file: the same rule with many values of one key."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from monitor.errors import RuleError
from monitor.model.bar import DAY
from monitor.model.tree import Place, Tree, read
from monitor.report.episodes import kept
from monitor.report.original import TEXTS
from monitor.report.outcome import Outcome
from monitor.report.steps import steps
from monitor.rules.document import OPTIONS
from monitor.rules.load import load
from monitor.rules.rule import Rule
from monitor.rules.words import nearest

_DEPTH = len(("groups", "its number", "rules", "its number", "alert"))
"""How many keys lead to the name of a rule."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """What is asked for: which key (the keys that lead to it) of which alert, and its values as written."""

    alert: str
    keys: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def key(self) -> str:
        """As a person writes it."""
        return ".".join(self.keys)


@dataclass(frozen=True, slots=True)
class Variant:
    """The rule with one of the values; its alert has a name of its own. `written`: it is the value of the file."""

    value: str
    rule: Rule
    written: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a value made the rule fire. `seconds`: for how long at least one instance did.

    `first`, `last`: the first and the last bar at which it fired, epoch seconds; None = never.
    """

    value: str
    written: bool
    episodes: int
    instances: int
    seconds: int
    first: int | None
    last: int | None

    @property
    def days(self) -> float:
        """For how long, in days."""
        return self.seconds / DAY


def sweep_of(text: str) -> Sweep:
    """What `Alert.key=values` asks for; raises ValueError."""
    name, equals, values = text.partition("=")
    alert, dot, key = name.strip().partition(".")
    if not (equals and dot and alert and key):
        example = "FamilyBelowOnePercent.crosses_below=0.5%..3%/0.25%"
        raise ValueError(f"got '{text[:80]}', expected ALERT.KEY=VALUES, such as {example}")
    return Sweep(alert, tuple(key.split(".")), steps(values))


def variants(sweep: Sweep, files: Iterable[tuple[str, str]]) -> tuple[Variant, ...]:
    """The rule of (path, text) files with each of the values.

    Raises ValueError where the files have no such alert or key, RuleError where the rule can not have such a value.
    """
    files = tuple(files)
    path, tree, place = _found(sweep.alert, [(path, read(text, path)) for path, text in files])
    others = [each for each in files if each[0] != path] if awaited(sweep.alert, files) else []
    target = (*place, *_keys(sweep.keys))
    there = tree.scalars.get(target)
    if there is None and not (len(sweep.keys) == 1 and sweep.key in OPTIONS and target not in tree.marks):
        raise ValueError(_no_such_key(sweep, tree, place))
    written = None if there is None else _bare(there.value)
    return tuple(
        Variant(
            value,
            _rule_with(sweep, value, [*others, (path, _rewritten(tree, place, target, value))]),
            _bare(value) == written,
        )
        for value in sweep.values
    )


def _found(alert: str, trees: Sequence[tuple[str, Tree]]) -> tuple[str, Tree, Place]:
    names: list[str] = []
    for path, tree in trees:
        for place, scalar in tree.scalars.items():
            if len(place) == _DEPTH and place[-1] == "alert":
                if scalar.value == alert:
                    return path, tree, place[:-1]
                names.append(scalar.value)
    raise ValueError(f"no rule is called '{alert}'; {nearest(alert, names)}")


def awaited(alert: str, files: Iterable[tuple[str, str]]) -> frozenset[str]:
    """The alerts that this one waits for (`after`), and those that they wait for in turn: it needs them judged too."""
    waits: dict[str, set[str]] = {}
    for tree in (read(text, path) for path, text in files):
        names = {
            place[:-1]: scalar.value
            for place, scalar in tree.scalars.items()
            if len(place) == _DEPTH and place[-1] == "alert"
        }
        for place, scalar in tree.scalars.items():
            if place[-2:] == ("after", "alert") and place[: _DEPTH - 1] in names:
                waits.setdefault(names[place[: _DEPTH - 1]], set()).add(scalar.value)
    reached: set[str] = set()
    left = waits.get(alert, set())
    while left:
        reached |= left
        left = {name for each in left for name in waits.get(each, ())} - reached
    return frozenset(reached - {alert})


def _keys(keys: Iterable[str]) -> Place:
    """Positions in lists are numbers."""
    return tuple(int(key) if key.isdecimal() else key for key in keys)


def _no_such_key(sweep: Sweep, tree: Tree, place: Place) -> str:
    inside = [each[len(place) :] for each in tree.scalars if each[: len(place)] == place]
    known = [".".join(map(str, keys)) for keys in inside if keys and keys[0] not in TEXTS]
    return f"{sweep.alert} has no '{sweep.key}' with a single value; {nearest(sweep.key, known)}"


def _rewritten(tree: Tree, place: Place, target: Place, value: str) -> str:
    """The file with that value: in place of the one written, or as a new key before the first of the rule."""
    quoted = json.dumps(value, ensure_ascii=False)
    there = tree.scalars.get(target)
    if there is not None:
        tail = "\n" if tree.text[there.start : there.end].endswith("\n") else ""  # a block scalar ends with its line
        return tree.text[: there.start] + quoted + tail + tree.text[there.end :]
    line, column = min(mark for keys, mark in tree.keys.items() if keys[:-1] == place)
    lines = tree.text.split("\n")
    before, after = lines[line - 1][: column - 1], lines[line - 1][column - 1 :]
    flows = "\n".join((*lines[: line - 1], before)).rstrip().endswith("{")
    between = ", " if flows else "\n" + " " * (column - 1)
    lines[line - 1] = f"{before}{target[-1]}: {quoted}{between}{after}"
    return "\n".join(lines)


def _bare(value: str) -> str:
    """Without blanks: "2  bars" and "2bars" are the same value."""
    return "".join(value.split())


def _rule_with(sweep: Sweep, value: str, files: Iterable[tuple[str, str]]) -> Rule:
    """The rule of these files, under a name of its own, so that many of them can be judged in one go."""
    loaded = load(files)
    if loaded.problems:
        problems = [replace(each, message=f"{each.message} (with {sweep.key}: {value})") for each in loaded.problems]
        raise RuleError(tuple(problems))
    rule = next(each for each in loaded.rules if each.name == sweep.alert)
    return replace(rule, alert=replace(rule.alert, name=f"{sweep.alert} with {sweep.key}: {value}"))


def tallies(found: Outcome, tried: Iterable[Variant]) -> Iterator[Tally]:
    """What each variant did."""
    for variant in tried:
        rule = variant.rule
        own = list(kept(found.found(rule)))
        fired = [each.fired for each in own]
        ends = [each.until(found.seen(rule, each.labels)[1], rule.bar.width) for each in own]
        first, last = found.within
        spans = [(max(each.fired, first), min(end, last + 1)) for each, end in zip(own, ends, strict=True)]
        yield Tally(
            variant.value,
            variant.written,
            len(own),
            len({each.labels for each in own}),
            _covered(spans),
            min(fired, default=None),
            max(fired, default=None),
        )


def _covered(spans: Iterable[tuple[int, int]]) -> int:
    """Seconds that lie in at least one of the spans."""
    seconds, reached = 0, -(2**62)
    for first, last in sorted(spans):
        seconds += max(last - max(first, reached), 0)
        reached = max(reached, last)
    return seconds
